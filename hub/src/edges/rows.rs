//! Edges as pages show them: the database's row, what is known of the edge now, and how far its data sets are.

use qitao_domain::ids::{EdgeId, SiteId};
use qitao_domain::protocol::{DatasetVersion, DeviceHealth, Drift, Health, Refusal};
use qitao_firmware_config::vocabulary;
use qitao_labels::font_files;
use sea_orm::{DbErr, EntityTrait};
use serde::Serialize;
use utoipa::ToSchema;

use super::fleet::Fleet;
use crate::db::entity::edge;
use crate::feed;
use crate::http::page::{Page, PageQuery, Sort};
use crate::http::problem::Problem;
use crate::platform::clock::now_ms;
use crate::platform::scope::Scope;
use crate::platform::sql::Sql;
use crate::warehouse::ONLINE_MS;

/// A data set at an edge.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DatasetState {
    /// `items`, `locations`, `operators`, `labels`, `device_profiles`.
    pub name: String,
    /// Version that the edge has.
    pub version: u64,
    /// Whether that is the newest.
    pub current: bool,
}

/// A device at an edge.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DeviceRow {
    /// Which.
    pub id: String,
    /// `scanner`, `printer`, or `panel` for a browser that is a station of its own.
    pub kind: String,
    /// Model or name.
    pub model: String,
    /// `online`, `offline`, a printer's fault, or `known` of a panel.
    pub state: String,
    /// The station whose scans it makes: facts and movements name it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub station: Option<String>,
    /// How it is set beside its profile; absent when its edge does not look.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub settings: Option<DeviceSettings>,
}

/// How a device's settings stand beside the profile that it should have.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DeviceSettings {
    /// The profile.
    pub profile: String,
    /// The family whose words the device takes, or empty.
    pub family: String,
    /// `holds`, `differs`, `silent` (it does not answer), `unsettable` (it cannot be asked over its wire) or `no_profile`.
    pub state: String,
    /// Since when.
    pub since_ms: i64,
    /// What differs, as far as the edge names it.
    pub drift: Vec<DeviceDrift>,
    /// How many settings differ.
    pub differs: u32,
    /// Writes to its permanent memory, ever.
    pub flash_writes: u32,
}

/// A setting that is not as it should be.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DeviceDrift {
    /// Which.
    pub setting: String,
    /// What it is.
    pub has: String,
    /// What it should be.
    pub wants: String,
    /// The same for people, Chinese.
    pub zh: DriftWords,
    /// The same for people, English.
    pub en: DriftWords,
}

/// A setting that is not as it should be, as people read it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DriftWords {
    /// Which.
    pub setting: String,
    /// What it is.
    pub has: String,
    /// What it should be.
    pub wants: String,
}

impl From<Drift> for DeviceDrift {
    fn from(drift: Drift) -> Self {
        let Drift { setting, has, wants } = drift;
        let (mut zh, mut en) = (Vec::new(), Vec::new());
        for name in setting.split('+') {
            let known = vocabulary::setting(name);
            zh.push(known.map_or(name, |known| known.zh.as_str()));
            en.push(known.map_or(name, |known| known.en.as_str()));
        }
        // Several settings that share a place have a value that is nobody's word.
        let read = |value: &str| vocabulary::setting(&setting).map_or_else(|| (value.to_owned(), value.to_owned()), |of| of.titles(value));
        let ((zh_has, en_has), (zh_wants, en_wants)) = (read(&has), read(&wants));
        let zh = DriftWords { setting: zh.join(" + "), has: zh_has, wants: zh_wants };
        let en = DriftWords { setting: en.join(" + "), has: en_has, wants: en_wants };
        Self { setting, has, wants, zh, en }
    }
}

impl From<DeviceHealth> for DeviceRow {
    fn from(device: DeviceHealth) -> Self {
        let DeviceHealth { id, kind, model, state, station, settings } = device;
        let settings = settings.map(|of| DeviceSettings {
            profile: of.profile,
            family: of.family,
            state: of.state,
            since_ms: of.since_ms,
            drift: of.drift.into_iter().map(DeviceDrift::from).collect(),
            differs: of.differs,
            flash_writes: of.flash_writes,
        });
        Self { id, kind, model, state, station, settings }
    }
}

/// An edge as pages show it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct EdgeRow {
    /// Its id.
    pub id: String,
    /// Its site.
    pub site: i64,
    /// Its name.
    pub name: String,
    /// `online`, `offline`, `never`, `refused`, `disabled`.
    pub state: &'static str,
    /// Why it is refused: `cloned`, `protocol`.
    pub refused: Option<String>,
    /// Life of its stream.
    pub epoch: i64,
    /// Highest fact in the database.
    pub committed: i64,
    /// Facts that it has and the hub has not, as far as is known.
    pub backlog: i64,
    /// Age of the oldest of them; for an edge that is away, since its last word.
    pub lag_ms: i64,
    /// Its last word.
    pub last_seen_ms: Option<i64>,
    /// How far its clock is ahead.
    pub clock_skew_ms: i64,
    /// Version of its agent.
    pub agent: String,
    /// Its devices.
    pub devices: Vec<DeviceRow>,
    /// Free bytes on its disk.
    pub disk_free: Option<u64>,
    /// Memory of its agent in bytes.
    pub memory: Option<u64>,
    /// Its data sets.
    pub datasets: Vec<DatasetState>,
    /// Whether its labels are drawn with the fonts of the preview here: `same`, `other`; absent when it prints none or has not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label_fonts: Option<&'static str>,
}

fn row_of(fleet: &Fleet, model: edge::Model, versions: &[(String, i64)], now: i64) -> EdgeRow {
    let here = EdgeId::new(model.id.clone()).map(|id| fleet.presence.of(&id)).unwrap_or_default();
    let online = here.online(now, fleet.link.tells_presence());
    let last_seen_ms = here.heard_ms.max(model.last_seen_ms);
    let health: Option<Health> = here.health.or_else(|| model.health.and_then(|health| serde_json::from_value(health).ok()));
    let known_backlog = (model.next_seq_seen - 1 - model.committed).max(0);
    let reported = health.as_ref().map_or(0, |health| i64::try_from(health.backlog).unwrap_or(i64::MAX));
    let backlog = if online { reported } else { reported.max(known_backlog) };
    let away = last_seen_ms.map_or(0, |seen| (now - seen).max(0));
    let lag = health.as_ref().map_or(0, |health| i64::try_from(health.lag_ms).unwrap_or(i64::MAX));
    let state = match () {
        () if model.disabled => "disabled",
        () if model.refused.is_some() => "refused",
        () if online => "online",
        () if last_seen_ms.is_none() => "never",
        () => "offline",
    };
    let kept = || model.datasets.and_then(|datasets| serde_json::from_value(datasets).ok());
    let has: Vec<DatasetVersion> = here.datasets.or_else(kept).unwrap_or_default();
    let datasets = versions.iter().map(|(name, version)| {
        let version = u64::try_from(*version).unwrap_or(0);
        let has = has.iter().find(|has| has.name == *name).map_or(0, |has| has.version);
        DatasetState { name: name.clone(), version: has, current: has == version }
    });
    // An edge without printers says nothing, and then nothing is read here.
    let fonts = health.as_ref().map(|health| health.fonts.as_str()).filter(|fonts| !fonts.is_empty());
    let label_fonts = fonts.and_then(|fonts| Some(if fonts == font_files::digest().ok()? { "same" } else { "other" }));
    EdgeRow {
        datasets: datasets.collect(),
        label_fonts,
        site: model.site_id,
        name: model.name,
        state,
        refused: model.refused,
        epoch: model.epoch,
        committed: model.committed,
        backlog,
        lag_ms: if online { lag } else { away },
        last_seen_ms,
        clock_skew_ms: model.clock_skew_ms,
        agent: model.agent,
        disk_free: health.as_ref().map(|health| health.disk_free),
        memory: health.as_ref().map(|health| health.memory),
        devices: health.into_iter().flat_map(|health| health.devices).map(DeviceRow::from).collect(),
        id: model.id,
    }
}

/// Which edges.
#[derive(Debug, Default)]
pub struct Edges {
    /// Part of the name.
    pub q: Option<String>,
    /// Of these, separated by commas.
    pub ids: Option<String>,
    /// Those that should be there and are silent.
    pub away: bool,
}

/// A page of the edges that the reader may see, by site and name.
///
/// # Errors
/// A problem when the cursor is not valid, or the database fails.
pub async fn list(fleet: &Fleet, scope: &Scope, asked: Edges, page: &PageQuery) -> Result<Page<EdgeRow>, Problem> {
    let db = fleet.db.read();
    let mut filter = scope.filter(Sql::default(), "e.site_id").matching(asked.q.as_deref(), &[], &["e.name"]);
    if let Some(ids) = &asked.ids {
        filter = filter.text(" AND e.id IN ").among(ids.split(',').map(|id| id.trim().to_owned()));
    }
    if asked.away {
        let due = " AND e.public_key IS NOT NULL AND NOT e.disabled AND COALESCE(e.last_seen_ms, 0) <= ";
        filter = filter.text(due).bind(now_ms() - ONLINE_MS);
    }
    let each = Sql::new("SELECT 1 FROM edge e WHERE 1 = 1").append(&filter);
    let rows = Sql::new("SELECT e.* FROM edge e WHERE 1 = 1").append(&filter);
    let key = |row: &edge::Model| (row.site_id, row.name.clone(), row.id.clone());
    let rows = page.rows(db, each, rows, Sort::up(&["e.site_id", "e.name", "e.id"]), key).await?;
    let (versions, now) = (feed::versions(db).await?, now_ms());
    Ok(rows.map(|row| row_of(fleet, row, &versions, now)))
}

/// One edge, when the reader may see it.
///
/// # Errors
/// What the database said.
pub async fn get(fleet: &Fleet, scope: &Scope, id: &EdgeId) -> Result<Option<EdgeRow>, DbErr> {
    Ok(row(fleet, id).await?.filter(|row| scope.sees(SiteId(row.site))))
}

/// One edge, for whoever has checked already.
///
/// # Errors
/// What the database said.
pub async fn row(fleet: &Fleet, id: &EdgeId) -> Result<Option<EdgeRow>, DbErr> {
    let Some(row) = edge::Entity::find_by_id(id.as_str()).one(fleet.db.read()).await? else { return Ok(None) };
    let versions = feed::versions(fleet.db.read()).await?;
    Ok(Some(row_of(fleet, row, &versions, now_ms())))
}

/// Reason of a refusal as it is kept.
#[must_use]
pub fn refusal_word(refusal: Refusal) -> String {
    serde_json::to_value(refusal).ok().and_then(|word| word.as_str().map(str::to_owned)).unwrap_or_default()
}
