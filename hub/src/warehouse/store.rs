//! Sites, locations and tasks, as pages read them.

use qitao_domain::quantity::Quantity;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};

use super::model::{LineRow, LocationDetail, LocationRow, OperatorRow, SiteRow, TaskDetail, TaskEdge, TaskRow};
use crate::http::page::{Page, PageQuery, Sort};
use crate::http::problem::Problem;
use crate::inventory;
use crate::platform::scope::Scope;
use crate::platform::search;
use crate::platform::sql::Sql;

/// A page of sites in scope, by code.
///
/// # Errors
/// A problem when the cursor is not valid, or the database fails.
pub async fn sites(db: &impl ConnectionTrait, scope: &Scope, asked: Sites, page: &PageQuery) -> Result<Page<SiteRow>, Problem> {
    let mut filter = scope.filter(Sql::default(), "s.id").matching(asked.q.as_deref(), &["s.code"], &["s.name"]);
    if let Some(ids) = &asked.ids {
        filter = filter.text(" AND s.id IN ").among(ids.split(',').filter_map(|id| id.trim().parse::<i64>().ok()));
    }
    let each = Sql::new("SELECT 1 FROM site s WHERE 1 = 1").append(&filter);
    let rows =
        Sql::new("SELECT s.id, s.code, s.name, s.time_zone, s.organisation_id AS organisation FROM site s WHERE 1 = 1").append(&filter);
    page.rows(db, each, rows, Sort::up(&["s.code"]), |row: &SiteRow| row.code.clone()).await
}

/// Which sites.
#[derive(Debug, Default)]
pub struct Sites {
    /// Beginning of the code, or part of the name.
    pub q: Option<String>,
    /// Of these numbers, separated by commas.
    pub ids: Option<String>,
}

/// A page of the operators who work at sites in scope, by name.
///
/// # Errors
/// A problem when the cursor is not valid, or the database fails.
pub async fn operators(db: &impl ConnectionTrait, scope: &Scope, q: Option<&str>, page: &PageQuery) -> Result<Page<OperatorRow>, Problem> {
    let filter = scope.filter(Sql::new(" AND (o.site_id IS NULL OR (1 = 1"), "o.site_id").text("))");
    let filter = filter.matching(q, &["o.badge"], &["o.name"]);
    let each = Sql::new("SELECT 1 FROM operator o WHERE NOT o.deleted").append(&filter);
    let rows = Sql::new("SELECT o.id, o.name, o.badge, o.site_id AS site FROM operator o WHERE NOT o.deleted").append(&filter);
    page.rows(db, each, rows, Sort::up(&["o.name", "o.id"]), |row: &OperatorRow| (row.name.clone(), row.id)).await
}

#[derive(FromQueryResult)]
struct Place {
    id: i64,
    site_id: i64,
    code: String,
    kind: String,
    name: String,
    on_hand: i64,
}

impl From<Place> for LocationRow {
    fn from(row: Place) -> Self {
        let Place { id, site_id: site, code, kind, name, on_hand } = row;
        Self { id, site, code, kind, name, on_hand: Quantity::from_raw(on_hand) }
    }
}

const PLACE: &str = "SELECT l.id, l.site_id, l.code, l.kind, l.name, \
    CAST(COALESCE((SELECT SUM(s.quantity) FROM stock s WHERE s.location_id = l.id), 0) AS BIGINT) AS on_hand FROM location l WHERE NOT l.deleted";

/// Which locations.
#[derive(Debug, Default)]
pub struct Places {
    /// What code or name are found by; see [`search`].
    pub q: Option<String>,
    /// Of this kind.
    pub kind: Option<String>,
}

/// A page of locations by site and code.
///
/// # Errors
/// A problem when the cursor is not valid, or the database fails.
pub async fn locations(db: &impl ConnectionTrait, scope: &Scope, asked: Places, page: &PageQuery) -> Result<Page<LocationRow>, Problem> {
    let filter = scope.filter(Sql::default(), "l.site_id").bind_if(" AND l.kind = ", asked.kind);
    let said = search::narrow(db, search::Kind::Location, asked.q.as_deref(), "l.id").await?;
    let (filter, page) = (filter.append(&said.filter), &page.uncounted_if(said.is_common && scope.is_wide()));
    let each = Sql::new("SELECT 1 FROM location l WHERE NOT l.deleted").append(&filter);
    let (rows, sort) = (Sql::new(PLACE).append(&filter), Sort::up(&["l.site_id", "l.code"]));
    Ok(page.rows(db, each, rows, sort, |row: &Place| (row.site_id, row.code.clone())).await?.map(LocationRow::from))
}

/// A location in scope with what is there.
///
/// # Errors
/// What the database said.
pub async fn location(db: &impl ConnectionTrait, scope: &Scope, id: i64) -> Result<Option<LocationDetail>, DbErr> {
    let row = scope.filter(Sql::new(PLACE).text(" AND l.id = ").bind(id), "l.site_id").one::<Place>(db).await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(LocationDetail { location: row.into(), stock: inventory::stock_at(db, id).await? }))
}

#[derive(FromQueryResult)]
struct Work {
    id: i64,
    number: String,
    kind: String,
    site_id: i64,
    reference: String,
    state: String,
    complete: Option<bool>,
    created_ms: i64,
    created_by: String,
    started_ms: Option<i64>,
    finished_ms: Option<i64>,
    lines: i64,
    asked: i64,
    done: i64,
    short: i64,
    counted: i64,
}

impl From<Work> for TaskRow {
    fn from(row: Work) -> Self {
        let count = row.kind == "count";
        let (asked, done) = if count { (row.lines * 1000, row.counted * 1000) } else { (row.asked, row.done) };
        Self {
            id: row.id,
            number: row.number,
            kind: row.kind,
            site: row.site_id,
            reference: row.reference,
            state: row.state,
            complete: row.complete,
            lines: row.lines,
            asked: Quantity::from_raw(asked),
            done: Quantity::from_raw(done),
            short: Quantity::from_raw(row.short),
            created_ms: row.created_ms,
            created_by: row.created_by,
            started_ms: row.started_ms,
            finished_ms: row.finished_ms,
        }
    }
}

const WORK: &str = "SELECT t.id, t.number, t.kind, t.site_id, t.reference, t.state, t.complete, t.created_ms, t.created_by, t.started_ms, \
    t.finished_ms, COALESCE(s.lines, 0) AS lines, COALESCE(s.asked, 0) AS asked, COALESCE(s.done, 0) AS done, COALESCE(s.short, 0) AS short, \
    (SELECT COUNT(*) FROM count_location c WHERE c.task_id = t.id AND c.state <> 'open') AS counted FROM task t LEFT JOIN (\
    SELECT task_id, COUNT(*) AS lines, CAST(SUM(quantity) AS BIGINT) AS asked, CAST(SUM(done) AS BIGINT) AS done, \
    CAST(SUM(short) AS BIGINT) AS short FROM task_line WHERE task_id IN ";

/// The statement for the tasks whose numbers `which` lists, in brackets.
fn work(which: &Sql) -> Sql {
    Sql::new(WORK).append(which).text(" GROUP BY task_id) s ON s.task_id = t.id WHERE t.id IN ").append(which)
}

/// Which tasks.
#[derive(Debug, Default)]
pub struct Tasks {
    /// Of this kind.
    pub kind: Option<String>,
    /// In one of these states, separated by commas.
    pub state: Option<String>,
    /// What number or reference are found by; see [`search`].
    pub q: Option<String>,
}

/// A page of tasks, newest first.
///
/// # Errors
/// A problem when the cursor is not valid, or the database fails.
pub async fn tasks(db: &impl ConnectionTrait, scope: &Scope, asked: Tasks, page: &PageQuery) -> Result<Page<TaskRow>, Problem> {
    let before: Option<i64> = page.after()?;
    let states: Vec<&str> = asked.state.iter().flat_map(|states| states.split(',')).map(str::trim).collect();
    let mut filter = Sql::default().bind_if(" AND t.kind = ", asked.kind);
    // Said in the words of the index of unfinished tasks, which are few.
    let unfinished = !states.is_empty() && states.iter().all(|state| matches!(*state, "open" | "started"));
    if unfinished {
        filter = filter.text(" AND t.state IN ('open', 'started')");
    }
    if !states.is_empty() {
        filter = filter.text(" AND t.state IN ").among(states);
    }
    let said = search::narrow(db, search::Kind::Task, asked.q.as_deref(), "t.id").await?;
    let (filter, page) = (filter.append(&said.filter), &page.uncounted_if(said.is_common && scope.is_wide()));
    let each = scope.filter(Sql::new("SELECT 1 FROM task t WHERE 1 = 1"), "t.site_id").append(&filter);
    let total = page.total(db, &each).await?;
    let which = scope.filter_last(Sql::new("SELECT t.id FROM task t WHERE 1 = 1"), "t.site_id");
    let which = which.append(&filter).bind_if(" AND t.id < ", before);
    let which = which.text(" ORDER BY t.id DESC LIMIT ").bind(page.limit().cast_signed() + 1);
    // Found once: the statement names them twice.
    let which = Sql::default().among(which.numbers(db).await?);
    let rows: Vec<Work> = work(&which).text(" ORDER BY t.id DESC").all(db).await?;
    Ok(page.page(rows, total, |row| row.id).map(TaskRow::from))
}

/// A task in scope as in the list.
///
/// # Errors
/// What the database said.
pub async fn task_row(db: &impl ConnectionTrait, scope: &Scope, id: i64) -> Result<Option<TaskRow>, DbErr> {
    let which = scope.filter(Sql::new("(SELECT t.id FROM task t WHERE t.id = ").bind(id), "t.site_id").text(")");
    Ok(work(&which).one::<Work>(db).await?.map(TaskRow::from))
}

#[derive(FromQueryResult)]
struct Line {
    id: i64,
    item_id: Option<i64>,
    code: Option<String>,
    name: Option<String>,
    name_en: Option<String>,
    carton: Option<i32>,
    cartons: Option<i32>,
    lot: String,
    set_no: i32,
    location_id: Option<i64>,
    location_code: Option<String>,
    quantity: i64,
    done: i64,
    short: i64,
    count_state: Option<String>,
}

impl From<Line> for LineRow {
    fn from(row: Line) -> Self {
        let counted = row.item_id.is_none() && row.count_state.is_some_and(|state| state != "open");
        Self {
            id: row.id,
            item: row.item_id,
            code: row.code,
            name: row.name,
            name_en: row.name_en,
            carton: row.carton,
            of: row.cartons,
            lot: row.lot,
            set: row.set_no,
            location: row.location_id,
            location_code: row.location_code,
            quantity: Quantity::from_raw(row.quantity),
            done: Quantity::from_raw(if counted { 1000 } else { row.done }),
            short: Quantity::from_raw(row.short),
        }
    }
}

#[derive(FromQueryResult)]
struct HasIt {
    id: String,
    name: String,
    tasks_acked: i64,
    released: i64,
    joined: bool,
}

/// A task in scope with its lines and edges.
///
/// # Errors
/// What the database said.
pub async fn task(db: &impl ConnectionTrait, scope: &Scope, id: i64) -> Result<Option<TaskDetail>, DbErr> {
    let Some(row) = task_row(db, scope, id).await? else { return Ok(None) };
    let lines: Vec<Line> = Sql::new(
        "SELECT n.id, n.item_id, i.code, i.name, i.name_en, n.carton, i.cartons, n.lot, n.set_no, n.location_id, l.code AS location_code, n.quantity, \
         n.done, n.short, c.state AS count_state FROM task_line n LEFT JOIN item i ON i.id = n.item_id LEFT JOIN location l ON l.id = n.location_id \
         LEFT JOIN count_location c ON c.task_id = n.task_id AND c.location_id = n.location_id WHERE n.task_id = ",
    )
    .bind(id)
    .text(" ORDER BY n.id")
    .all(db)
    .await?;
    let edges: Vec<HasIt> = Sql::new(
        "SELECT e.id, e.name, e.tasks_acked, COALESCE((SELECT MAX(g.number) FROM task_log g WHERE g.edge_id = e.id), 0) AS released, \
         e.public_key IS NOT NULL AS joined FROM edge e WHERE e.site_id = ",
    )
    .bind(row.site)
    .text(" ORDER BY e.id")
    .all(db)
    .await?;
    Ok(Some(TaskDetail {
        id: row.id,
        number: row.number,
        kind: row.kind,
        site: row.site,
        reference: row.reference,
        state: row.state,
        complete: row.complete,
        asked: row.asked,
        done: row.done,
        short: row.short,
        created_ms: row.created_ms,
        created_by: row.created_by,
        started_ms: row.started_ms,
        finished_ms: row.finished_ms,
        lines: lines.into_iter().map(LineRow::from).collect(),
        edges: edges
            .into_iter()
            .map(|edge| TaskEdge { has_it: edge.joined && edge.released <= edge.tasks_acked, id: edge.id, name: edge.name })
            .collect(),
    }))
}
