//! Scans, buttons and stations of the panel. A POST answers only when the fact is on disk.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use qitao_domain::barcode::bytes_of;
use qitao_domain::barcode::symbology::AimId;
use qitao_domain::ids::{DeviceId, ScanId, StationId};
use qitao_domain::protocol::DeviceHealth;
use qitao_domain::scan::{Framing, MAX_PAYLOAD, Scan};
use qitao_domain::work::Verdict;
use qitao_scanner_drivers::scanner::speech::Order;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::Panel;
use super::problem::Problem;
use super::view::{ScanView, StateView, StationView};
use crate::clock;
use crate::core::{Input, TaskSummary};
use crate::outbox::Append;
use crate::workplace::Workplace;

/// Prefix of stations that live in a browser.
const BROWSER: &str = "web-";
/// Browsers whose names the hub is told.
const MOST_BROWSERS: usize = 200;

#[derive(Serialize)]
pub(super) struct Answer {
    scan: ScanView,
    station: StationView,
}

#[derive(Deserialize)]
pub(super) struct ScanBody {
    payload: String,
    #[serde(default)]
    symbology: Option<AimId>,
}

#[derive(Deserialize)]
pub(super) struct CommandBody {
    command: String,
}

#[derive(Deserialize)]
pub(super) struct UndoBody {
    scan: ScanId,
}

#[derive(Deserialize)]
pub(super) struct ScannerBody {
    signal: Order,
}

#[derive(Deserialize)]
pub(super) struct StationBody {
    name: String,
}

#[derive(Serialize)]
pub(super) struct StationMade {
    id: StationId,
    token: String,
}

/// A browser's station as it is kept.
#[derive(Serialize, Deserialize)]
struct Browser {
    name: String,
    token_hash: String,
}

pub(super) async fn state(State(panel): State<Panel>) -> Json<StateView> {
    Json(panel.state_view())
}

pub(super) async fn tasks(State(panel): State<Panel>) -> Json<Vec<TaskSummary>> {
    Json(panel.workplace.core.open_tasks())
}

pub(super) async fn scan(
    State(panel): State<Panel>,
    Path(id): Path<String>,
    headers: HeaderMap,
    Json(body): Json<ScanBody>,
) -> Result<Json<Answer>, Problem> {
    let station = panel.enter(&id, &headers)?;
    panel.take(station, &headers, scanned(&id, bytes_of(&body.payload), body.symbology)?).await
}

pub(super) async fn command(
    State(panel): State<Panel>,
    Path(id): Path<String>,
    headers: HeaderMap,
    Json(body): Json<CommandBody>,
) -> Result<Json<Answer>, Problem> {
    let station = panel.enter(&id, &headers)?;
    if body.command.len() > 200 {
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "command", "控制命令过长"));
    }
    panel.take(station, &headers, Input::Command(body.command)).await
}

pub(super) async fn undo(
    State(panel): State<Panel>,
    Path(id): Path<String>,
    headers: HeaderMap,
    Json(body): Json<UndoBody>,
) -> Result<Json<Answer>, Problem> {
    let station = panel.enter(&id, &headers)?;
    panel.take(station, &headers, Input::Undo(body.scan)).await
}

/// Something for the station's scanner to do: read now, stop, be enabled or disabled. It sounds only for a scan that is on disk. Answers when it is on
/// its way; nobody knows whether the model can.
pub(super) async fn scanner(
    State(panel): State<Panel>,
    Path(id): Path<String>,
    headers: HeaderMap,
    Json(body): Json<ScannerBody>,
) -> Result<StatusCode, Problem> {
    let station = panel.enter(&id, &headers)?;
    if panel.devices.order(&station, body.signal) {
        Ok(StatusCode::ACCEPTED)
    } else {
        Err(Problem::new(StatusCode::NOT_FOUND, "no_scanner", "这个工位没有连接扫描枪 This station has no scanner of its own"))
    }
}

/// Makes a station for this browser: a PDA whose own scanner types into the page. Its token keeps other browsers out of it.
pub(super) async fn create_station(State(panel): State<Panel>, Json(body): Json<StationBody>) -> Result<Json<StationMade>, Problem> {
    let name: String = body.name.trim().chars().take(40).collect();
    if name.is_empty() {
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "name", "请给工位起一个名字"));
    }
    let unmade = || Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "station", "无法建立工位");
    let id = StationId::new(format!("{BROWSER}{:08x}", rand::random::<u32>())).map_err(|_| unmade())?;
    let token = format!("{:032x}", rand::random::<u128>());
    let mut rows = Append::new();
    let kept = Browser { name, token_hash: hash(&token) };
    rows.put(key(id.as_str()), &kept).map_err(crate::core::CoreError::from)?;
    panel.workplace.core.outbox().append(rows).await.map_err(crate::core::CoreError::from)?;
    panel.workplace.devices.send_modify(|all| all.push(health(id.to_string(), kept.name)));
    Ok(Json(StationMade { id, token }))
}

/// A browser that is a station, as the hub's fleet page shows it. Whether it is there now nobody knows.
fn health(station: String, name: String) -> DeviceHealth {
    DeviceHealth { id: station.clone(), kind: "panel".into(), model: name, state: "known".into(), station: Some(station), settings: None }
}

/// The browsers that are stations of this edge.
pub(super) fn browsers(workplace: &Workplace) -> impl Iterator<Item = DeviceHealth> {
    let kept = workplace.core.outbox().states::<Browser>(&key(""));
    kept.into_iter().take(MOST_BROWSERS).map(|(station, browser)| health(station, browser.name))
}

impl Panel {
    /// Whether this station is here, and whether this browser may use it.
    pub(super) fn enter(&self, id: &str, headers: &HeaderMap) -> Result<StationId, Problem> {
        let station = StationId::new(id).map_err(|_| Problem::unknown_station())?;
        if let Some(kept) = self.workplace.core.outbox().state::<Browser>(&key(id)) {
            let token = headers.get("authorization").and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
            if token.map(hash) != Some(kept.token_hash) {
                return Err(Problem::new(StatusCode::FORBIDDEN, "station_token", "这个工位属于另一台设备，请选择或新建自己的工位"));
            }
            return Ok(station);
        }
        let has_scanner = self.devices.watch().borrow().iter().any(|scanner| scanner.station == station);
        if has_scanner { Ok(station) } else { Err(Problem::unknown_station()) }
    }

    /// A browser station's name; the id for others.
    pub(super) fn browser_name(&self, id: &StationId) -> String {
        self.workplace.core.outbox().state::<Browser>(&key(id.as_str())).map_or_else(|| id.to_string(), |kept| kept.name)
    }

    /// Takes an input once, however often its key comes, and answers when it is durable.
    pub(super) async fn take(&self, station: StationId, headers: &HeaderMap, input: Input) -> Result<Json<Answer>, Problem> {
        let sent = key_of(headers);
        let recorded = match sent {
            Some(key) => self.workplace.core.take_once(station, &hash(key), input).await?,
            None => self.workplace.core.take(station, input).await?,
        };
        if sent.is_some() && recorded.fact.verdict == Verdict::DiskNearlyFull {
            // Whoever has a key sends again: an answer would make the page forget what is recorded nowhere, perhaps a whole walk out of reach.
            return Err(Problem::new(StatusCode::INSUFFICIENT_STORAGE, "disk_nearly_full", "本机磁盘快满，暂停收单；扫描保留在这台设备上"));
        }
        self.recent.push(recorded.order, recorded.fact.clone());
        let scan = self.scan_view(&recorded.fact, &recorded.station.undoable);
        Ok(Json(Answer { scan, station: self.station_view(recorded.station.clone()) }))
    }
}

/// The key under which something is asked for once, however often it is sent.
pub(super) fn key_of(headers: &HeaderMap) -> Option<&str> {
    headers.get("idempotency-key").and_then(|value| value.to_str().ok()).filter(|key| (8..=128).contains(&key.len()))
}

/// A payload from a browser as a scan.
pub(super) fn scanned(station: &str, payload: Vec<u8>, symbology: Option<AimId>) -> Result<Input, Problem> {
    if payload.is_empty() {
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "payload", "扫描内容为空"));
    }
    let framing = if payload.len() > MAX_PAYLOAD { Framing::TooLong } else { Framing::Whole };
    let device = DeviceId::new(format!("panel-{station}")).map_err(|_| Problem::unknown_station())?;
    let payload = payload.into_iter().take(MAX_PAYLOAD).collect();
    Ok(Input::Scan(Scan { payload, symbology, device, captured_at: clock::stamp(), framing }))
}

fn key(station: &str) -> String {
    format!("browser/{station}")
}

fn hash(text: &str) -> String {
    data_encoding::HEXLOWER.encode(&Sha256::digest(text.as_bytes())[..16])
}
