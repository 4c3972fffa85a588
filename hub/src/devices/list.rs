//! The devices of a reader's sites, and how many are set as they should be.
//!
//! Rules: what a machine that was switched off told counts for nothing. One that has been silent for longer than an edge may work alone knows
//! nothing of its devices any more: they are unwatched, whatever it told last.

use qitao_domain::protocol::Drift;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};

use super::rows::{ChainDeviceRow, DeviceCount, DeviceQuery, DeviceRole};
use crate::edges::DeviceDrift;
use crate::http::page::{Page, PageQuery, Sort};
use crate::http::problem::Problem;
use crate::platform::clock::now_ms;
use crate::platform::scope::Scope;
use crate::platform::sql::Sql;
use crate::warehouse::ONLINE_MS;

/// What stands for devices whose edge does not look.
const UNWATCHED: &str = "unwatched";
/// What stands for the state of devices whose edge is away.
const AWAY: &str = "away";
/// An edge works alone for a week: silent for longer than that, it knows nothing of its devices.
const HEARD_MS: i64 = 7 * 86_400_000;

#[derive(FromQueryResult)]
struct Stored {
    edge_id: String,
    edge_name: String,
    site_id: i64,
    site_name: String,
    device_id: String,
    kind: String,
    name: String,
    state: String,
    family: String,
    profile: String,
    settings: String,
    since_ms: i64,
    differs: i64,
    drift: String,
    flash_writes: i64,
    heard_ms: i64,
}

impl Stored {
    fn shown(self, now: i64) -> ChainDeviceRow {
        let row = self;
        let watched = !row.settings.is_empty() && row.heard_ms > now - HEARD_MS;
        let drift: Vec<Drift> = if watched { serde_json::from_str(&row.drift).unwrap_or_default() } else { Vec::new() };
        ChainDeviceRow {
            edge: row.edge_id,
            edge_name: row.edge_name,
            site: row.site_id,
            site_name: row.site_name,
            device: row.device_id,
            role: DeviceRole::of(&row.kind),
            name: row.name,
            state: if row.heard_ms > now - ONLINE_MS { row.state } else { AWAY.into() },
            heard_ms: Some(row.heard_ms).filter(|heard| *heard > 0),
            family: row.family,
            profile: row.profile,
            settings: if watched { row.settings } else { UNWATCHED.into() },
            since_ms: watched.then_some(row.since_ms),
            differs: if watched { row.differs } else { 0 },
            drift: drift.into_iter().map(DeviceDrift::from).collect(),
            flash_writes: row.flash_writes,
        }
    }
}

const FROM: &str = "FROM device d JOIN edge e ON e.id = d.edge_id JOIN site w ON w.id = e.site_id WHERE NOT e.disabled";

/// Adds how a device is set.
fn settings(sql: Sql, now: i64) -> Sql {
    let sql = sql.text("CASE WHEN d.settings = '' OR COALESCE(e.last_seen_ms, 0) <= ").bind(now - HEARD_MS);
    sql.text(" THEN ").bind(UNWATCHED).text(" ELSE d.settings END")
}

fn filter(scope: &Scope, asked: &DeviceQuery, now: i64) -> Sql {
    let filter =
        scope.filter(Sql::default(), "e.site_id").matching(asked.q.as_deref(), &[], &["d.name", "d.device_id", "e.name", "w.name"]);
    let filter = filter.bind_if(" AND d.kind = ", asked.role.as_deref()).bind_if(" AND d.family = ", asked.family.as_deref());
    let filter = filter.bind_if(" AND d.profile = ", asked.profile.as_deref());
    let Some(words) = &asked.settings else { return filter };
    settings(filter.text(" AND "), now).text(" IN ").among(words.split(',').map(|word| word.trim().to_owned()))
}

/// A page of devices, by site, edge and device.
pub(super) async fn list(
    db: &impl ConnectionTrait,
    scope: &Scope,
    asked: &DeviceQuery,
    page: &PageQuery,
) -> Result<Page<ChainDeviceRow>, Problem> {
    let now = now_ms();
    let filter = filter(scope, asked, now);
    let columns = "SELECT d.*, e.name AS edge_name, e.site_id, w.name AS site_name, COALESCE(e.last_seen_ms, 0) AS heard_ms";
    let (each, rows) = (Sql::new(format!("SELECT 1 {FROM}")).append(&filter), Sql::new(format!("{columns} {FROM}")).append(&filter));
    let key = |row: &Stored| (row.site_id, row.edge_id.clone(), row.device_id.clone());
    Ok(page.rows(db, each, rows, Sort::up(&["e.site_id", "d.edge_id", "d.device_id"]), key).await?.map(|row: Stored| row.shown(now)))
}

/// How many devices are set how, by role, family and profile.
pub(super) async fn counts(db: &impl ConnectionTrait, scope: &Scope, asked: &DeviceQuery) -> Result<Vec<DeviceCount>, DbErr> {
    let now = now_ms();
    let each = settings(Sql::new("SELECT d.kind AS role, d.family, d.profile, "), now).text(&format!(" AS settings {FROM}"));
    let sql = Sql::new("SELECT x.role, x.family, x.profile, x.settings, COUNT(*) AS devices FROM (").append(&each);
    let sql = sql.append(&filter(scope, asked, now)).text(") x GROUP BY x.role, x.family, x.profile, x.settings");
    sql.text(" ORDER BY x.role, x.family, x.profile, x.settings").all(db).await
}
