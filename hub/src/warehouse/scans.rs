//! Facts as pages read them: those of a task in the order they arrived, and all that the reader may see, newest first.

use qitao_domain::event::{Fact, Source};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, Value};
use serde::Deserialize;
use utoipa::IntoParams;

use super::floor::midnight;
use super::model::ScanRow;
use super::names::Names;
use crate::http::extract::given;
use crate::http::page::{Page, PageQuery};
use crate::http::problem::Problem;
use crate::platform::scope::Scope;
use crate::platform::sql::{Sql, contains};

const SELECT: &str = "SELECT f.edge_id, f.epoch, f.seq, f.scan_id, f.site_id, f.at_ms, f.station, f.task_id, t.number AS task_number, \
    o.name AS operator_name, f.payload, f.tone, f.arrived_ms, f.skew_ms, f.body \
    FROM fact f LEFT JOIN operator o ON o.id = f.operator_id LEFT JOIN task t ON t.id = f.task_id WHERE 1 = 1";

#[derive(FromQueryResult)]
struct Recorded {
    edge_id: String,
    epoch: i64,
    seq: i64,
    scan_id: String,
    site_id: i64,
    at_ms: i64,
    station: String,
    task_id: Option<i64>,
    task_number: Option<String>,
    operator_name: Option<String>,
    payload: String,
    tone: String,
    arrived_ms: i64,
    skew_ms: i64,
    body: String,
}

/// A fact's place among all others: when it arrived, then its place in its edge's stream.
type Key = (i64, String, i64, i64);

impl Recorded {
    fn key(&self) -> Key {
        (self.arrived_ms, self.edge_id.clone(), self.epoch, self.seq)
    }
}

impl From<Recorded> for ScanRow {
    fn from(row: Recorded) -> Self {
        let fact: Option<Fact> = serde_json::from_str(&row.body).ok();
        let source = match fact.as_ref().map(|fact| &fact.source) {
            Some(Source::Panel { .. }) => "panel",
            Some(Source::Edge { .. }) => "edge",
            Some(Source::Scanner { .. }) | None => "scanner",
        };
        Self {
            edge: row.edge_id,
            epoch: row.epoch,
            seq: row.seq,
            scan: row.scan_id,
            site: row.site_id,
            at_ms: row.at_ms,
            station: row.station,
            task: row.task_id,
            task_number: row.task_number,
            operator_name: row.operator_name,
            source: source.to_owned(),
            payload: row.payload,
            verdict: fact.as_ref().and_then(|fact| serde_json::to_value(&fact.verdict).ok()).unwrap_or_default(),
            tone: row.tone,
            effects_count: fact.map_or(0, |fact| fact.effects.len()),
            arrived_ms: row.arrived_ms,
            skew_ms: row.skew_ms,
            names: Names::default(),
        }
    }
}

async fn page_of(db: &impl ConnectionTrait, rows: Vec<Recorded>, limit: u64, total: i64) -> Result<Page<ScanRow>, DbErr> {
    let mut page = Page::of(rows, limit, total, Recorded::key).map(ScanRow::from);
    let names = Names::load(db, page.items.iter().map(|row| &row.verdict)).await?;
    for row in &mut page.items {
        row.names = names.part(&row.verdict);
    }
    Ok(page)
}

/// A page of a task's facts in the order they arrived, newest last.
///
/// # Errors
/// A problem when the cursor is not valid or the database fails.
pub async fn of_task(db: &impl ConnectionTrait, task: i64, page: &PageQuery) -> Result<Page<ScanRow>, Problem> {
    let after: Option<Key> = page.after()?;
    let total = Sql::new("SELECT COUNT(*) FROM fact WHERE task_id = ").bind(task).number(db).await?;
    let mut sql = Sql::new(SELECT).text(" AND f.task_id = ").bind(task);
    if let Some((arrived, edge, epoch, seq)) = after {
        let key: [Value; 4] = [arrived.into(), edge.into(), epoch.into(), seq.into()];
        sql = sql.text(" AND (f.arrived_ms, f.edge_id, f.epoch, f.seq) > ").list(key);
    }
    let limit = page.limit();
    let rows = sql.text(" ORDER BY f.arrived_ms, f.edge_id, f.epoch, f.seq LIMIT ").bind(limit.cast_signed() + 1).all(db).await?;
    Ok(page_of(db, rows, limit, total).await?)
}

/// Which facts.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct ScanQuery {
    /// At this site.
    #[serde(deserialize_with = "given")]
    site: Option<i64>,
    /// `right`, `wrong`, `attention`; several with commas.
    #[serde(deserialize_with = "given")]
    tone: Option<String>,
    /// Of this edge.
    #[serde(deserialize_with = "given")]
    edge: Option<String>,
    /// At this station.
    #[serde(deserialize_with = "given")]
    station: Option<String>,
    /// Of this task.
    #[serde(deserialize_with = "given")]
    task: Option<i64>,
    /// Part of what was scanned.
    #[serde(deserialize_with = "given")]
    q: Option<String>,
    /// Arrived within so many days, today being the first, by each site's own midnight; 1 to 400.
    #[serde(deserialize_with = "given")]
    days: Option<u16>,
}

/// A page of facts in scope, newest first.
///
/// # Errors
/// A problem when site or cursor is not valid, or the database fails.
pub async fn list(db: &impl ConnectionTrait, scope: Scope, asked: ScanQuery, page: &PageQuery) -> Result<Page<ScanRow>, Problem> {
    let before: Option<Key> = page.after()?;
    let scope = scope.at(asked.site)?;
    let mut filter = scope.filter(Sql::default(), "f.site_id");
    if let Some(tones) = &asked.tone {
        filter = filter.text(" AND f.tone IN ").list(tones.split(',').map(str::trim));
    }
    filter = filter.bind_if(" AND f.edge_id = ", asked.edge).bind_if(" AND f.station = ", asked.station);
    filter = filter.bind_if(" AND f.task_id = ", asked.task);
    if let Some(q) = asked.q {
        filter = filter.text(" AND LOWER(f.payload) LIKE ").bind(contains(&q)).text(" ESCAPE '\\'");
    }
    if let Some(days) = asked.days {
        filter = since(db, &scope, filter, days.clamp(1, 400)).await?;
    }
    let total = Sql::new("SELECT COUNT(*) FROM fact f WHERE 1 = 1").append(&filter).number(db).await?;
    if let Some((arrived, edge, epoch, seq)) = before {
        let key: [Value; 4] = [arrived.into(), edge.into(), epoch.into(), seq.into()];
        filter = filter.text(" AND (f.arrived_ms, f.edge_id, f.epoch, f.seq) < ").list(key);
    }
    let limit = page.limit();
    let sql = Sql::new(SELECT).append(&filter).text(" ORDER BY f.arrived_ms DESC, f.edge_id DESC, f.epoch DESC, f.seq DESC LIMIT ");
    let rows = sql.bind(limit.cast_signed() + 1).all(db).await?;
    Ok(page_of(db, rows, limit, total).await?)
}

#[derive(FromQueryResult)]
struct Zone {
    time_zone: String,
}

/// Days begin at midnight where the site is: one condition for each time zone.
async fn since(db: &impl ConnectionTrait, scope: &Scope, filter: Sql, days: u16) -> Result<Sql, DbErr> {
    let zones = scope.filter(Sql::new("SELECT DISTINCT time_zone FROM site WHERE 1 = 1"), "id");
    let mut filter = filter.text(" AND (1 = 0");
    for Zone { time_zone: zone } in zones.all(db).await? {
        let midnight = midnight(&zone, i32::from(days) - 1);
        filter =
            filter.text(" OR (f.arrived_ms >= ").bind(midnight).text(" AND f.site_id IN (SELECT z.id FROM site z WHERE z.time_zone = ");
        filter = filter.bind(zone).text("))");
    }
    Ok(filter.text(")"))
}
