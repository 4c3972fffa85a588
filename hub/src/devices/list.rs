//! The devices of a reader's sites, and how many are set as they should be.

use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};

use super::rows::{ChainDeviceRow, DeviceCount, DeviceQuery, DeviceRole};
use crate::http::page::{Page, PageQuery, Sort};
use crate::http::problem::Problem;
use crate::platform::scope::Scope;
use crate::platform::sql::Sql;

/// What stands for devices whose edge does not look.
const UNWATCHED: &str = "unwatched";

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
}

impl From<Stored> for ChainDeviceRow {
    fn from(row: Stored) -> Self {
        let watched = !row.settings.is_empty();
        Self {
            edge: row.edge_id,
            edge_name: row.edge_name,
            site: row.site_id,
            site_name: row.site_name,
            device: row.device_id,
            role: DeviceRole::of(&row.kind),
            name: row.name,
            state: row.state,
            family: row.family,
            profile: row.profile,
            settings: if watched { row.settings } else { UNWATCHED.into() },
            since_ms: watched.then_some(row.since_ms),
            differs: row.differs,
            drift: serde_json::from_str(&row.drift).unwrap_or_default(),
            flash_writes: row.flash_writes,
        }
    }
}

const FROM: &str = "FROM device d JOIN edge e ON e.id = d.edge_id JOIN site w ON w.id = e.site_id WHERE 1 = 1";

fn filter(scope: &Scope, asked: &DeviceQuery) -> Sql {
    let filter =
        scope.filter(Sql::default(), "e.site_id").matching(asked.q.as_deref(), &[], &["d.name", "d.device_id", "e.name", "w.name"]);
    let filter = filter.bind_if(" AND d.kind = ", asked.role.as_deref()).bind_if(" AND d.family = ", asked.family.as_deref());
    let filter = filter.bind_if(" AND d.profile = ", asked.profile.as_deref());
    let Some(settings) = &asked.settings else { return filter };
    let words = settings.split(',').map(|word| if word.trim() == UNWATCHED { String::new() } else { word.trim().to_owned() });
    filter.text(" AND d.settings IN ").among(words)
}

/// A page of devices, by site, edge and device.
pub(super) async fn list(
    db: &impl ConnectionTrait,
    scope: &Scope,
    asked: &DeviceQuery,
    page: &PageQuery,
) -> Result<Page<ChainDeviceRow>, Problem> {
    let filter = filter(scope, asked);
    let columns = "SELECT d.*, e.name AS edge_name, e.site_id, w.name AS site_name";
    let (each, rows) = (Sql::new(format!("SELECT 1 {FROM}")).append(&filter), Sql::new(format!("{columns} {FROM}")).append(&filter));
    let key = |row: &Stored| (row.site_id, row.edge_id.clone(), row.device_id.clone());
    Ok(page.rows(db, each, rows, Sort::up(&["e.site_id", "d.edge_id", "d.device_id"]), key).await?.map(ChainDeviceRow::from))
}

/// How many devices are set how, by role, family and profile.
pub(super) async fn counts(db: &impl ConnectionTrait, scope: &Scope, asked: &DeviceQuery) -> Result<Vec<DeviceCount>, DbErr> {
    let sql = Sql::new("SELECT d.kind AS role, d.family, d.profile, CASE WHEN d.settings = '' THEN ").bind(UNWATCHED);
    let sql = sql.text(" ELSE d.settings END AS settings, COUNT(*) AS devices, COUNT(DISTINCT e.site_id) AS sites ").text(FROM);
    let sql = sql.append(&filter(scope, asked)).text(" GROUP BY d.kind, d.family, d.profile, d.settings");
    sql.text(" ORDER BY d.kind, d.family, d.profile, d.settings").all(db).await
}
