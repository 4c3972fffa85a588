//! Facts as pages read them: those of a task in the order they arrived, and all that the reader may see, newest first.

use qitao_domain::event::{Fact, Source};
use sea_orm::{ConnectionTrait, FromQueryResult};
use serde::Deserialize;
use utoipa::IntoParams;

use super::floor::since;
use super::model::ScanRow;
use super::names::Names;
use crate::http::extract::given;
use crate::http::page::{Page, PageQuery, Sort};
use crate::http::problem::Problem;
use crate::platform::scope::Scope;
use crate::platform::sql::Sql;

const SELECT: &str = "SELECT f.edge_id, f.epoch, f.seq, f.scan_id, f.site_id, f.at_ms, f.station, f.task_id, t.number AS task_number, \
    o.name AS operator_name, f.payload, f.tone, f.arrived_ms, f.skew_ms, f.body \
    FROM fact f LEFT JOIN operator o ON o.id = f.operator_id LEFT JOIN task t ON t.id = f.task_id WHERE 1 = 1";

/// The order in which facts arrived.
const ORDER: [&str; 4] = ["f.arrived_ms", "f.edge_id", "f.epoch", "f.seq"];

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

async fn page_of(db: &impl ConnectionTrait, page: &PageQuery, each: Sql, rows: Sql, sort: Sort<'_>) -> Result<Page<ScanRow>, Problem> {
    let mut page = page.rows(db, each, rows, sort, Recorded::key).await?.map(ScanRow::from);
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
    let each = Sql::new("SELECT 1 FROM fact WHERE task_id = ").bind(task);
    let rows = Sql::new(SELECT).text(" AND f.task_id = ").bind(task);
    page_of(db, page, each, rows, Sort::up(&ORDER)).await
}

/// Which facts.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct ScanQuery {
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
/// A problem when the cursor is not valid, or the database fails.
pub async fn list(db: &impl ConnectionTrait, scope: &Scope, asked: ScanQuery, page: &PageQuery) -> Result<Page<ScanRow>, Problem> {
    let mut filter = scope.filter(Sql::default(), "f.site_id");
    if let Some(tones) = &asked.tone {
        filter = filter.text(" AND f.tone IN ").among(tones.split(',').map(str::trim));
    }
    filter = filter.bind_if(" AND f.edge_id = ", asked.edge).bind_if(" AND f.station = ", asked.station);
    filter = filter.bind_if(" AND f.task_id = ", asked.task);
    filter = filter.matching(asked.q.as_deref(), &[], &["f.payload"]);
    if let Some(days) = asked.days {
        filter = since(db, scope, filter, ("f.arrived_ms", "f.site_id"), days.clamp(1, 400)).await?;
    }
    let each = Sql::new("SELECT 1 FROM fact f WHERE 1 = 1").append(&filter);
    let rows = Sql::new(SELECT).append(&filter);
    page_of(db, page, each, rows, Sort::down(&ORDER)).await
}
