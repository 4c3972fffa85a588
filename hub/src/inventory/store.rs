//! Stock and movements in the database, as the API asks for them.

use std::collections::BTreeMap;

use qitao_domain::quantity::Quantity;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};

use super::model::{LocationStockRow, MovementQuery, MovementRow, StockByLocationRow, Totals};
use super::rules::{begin, day, zone};
use crate::catalog::store::REAL_KINDS;
use crate::http::page::{Page, PageQuery, Sort};
use crate::http::problem::Problem;
use crate::platform::scope::Scope;
use crate::platform::search;
use crate::platform::sql::Sql;

#[derive(FromQueryResult)]
struct Moved {
    id: i64,
    at_ms: i64,
    site_id: i64,
    item_id: i64,
    code: String,
    name: String,
    name_en: String,
    unit: String,
    carton: i32,
    cartons: i32,
    lot: String,
    quantity: i64,
    from_id: i64,
    from_code: String,
    from_kind: String,
    to_id: i64,
    to_code: String,
    to_kind: String,
    task_id: Option<i64>,
    task_number: Option<String>,
    edge_id: Option<String>,
    station: Option<String>,
    operator_name: Option<String>,
    scan_id: Option<String>,
    reverses: Option<String>,
    reversed: i32,
    reason: String,
    booked_ms: i64,
}

impl From<Moved> for MovementRow {
    fn from(row: Moved) -> Self {
        Self {
            id: row.id,
            at_ms: row.at_ms,
            site: row.site_id,
            item: row.item_id,
            code: row.code,
            name: row.name,
            name_en: row.name_en,
            unit: row.unit,
            carton: row.carton,
            of: row.cartons,
            lot: row.lot,
            quantity: Quantity::from_raw(row.quantity),
            from: row.from_id,
            from_code: row.from_code,
            from_kind: row.from_kind,
            to: row.to_id,
            to_code: row.to_code,
            to_kind: row.to_kind,
            task: row.task_id,
            task_number: row.task_number,
            edge: row.edge_id,
            station: row.station,
            operator_name: row.operator_name,
            scan_id: row.scan_id,
            reverses: row.reverses,
            reversed: row.reversed != 0,
            reason: row.reason,
            booked_ms: row.booked_ms,
        }
    }
}

/// Left joins, although goods and places are always there: so that both databases walk the movements and look the rest up, and never sort all
/// movements of the few goods of a small catalogue.
const MOVED: &str = "SELECT m.id, m.at_ms, m.site_id, m.item_id, i.code, i.name, i.name_en, i.unit, m.carton, i.cartons, m.lot, m.quantity, \
    m.from_id, a.code AS from_code, a.kind AS from_kind, m.to_id, b.code AS to_code, b.kind AS to_kind, m.task_id, t.number AS task_number, m.edge_id, f.station, \
    o.name AS operator_name, m.scan_id, m.reverses, m.reason, m.booked_ms, \
    CASE WHEN EXISTS (SELECT 1 FROM movement r WHERE r.reverses IS NOT NULL AND r.reverses = m.scan_id) THEN 1 ELSE 0 END AS reversed \
    FROM movement m LEFT JOIN item i ON i.id = m.item_id LEFT JOIN location a ON a.id = m.from_id LEFT JOIN location b ON b.id = m.to_id \
    LEFT JOIN task t ON t.id = m.task_id LEFT JOIN fact f ON f.edge_id = m.edge_id AND f.epoch = m.epoch AND f.seq = m.seq \
    LEFT JOIN operator o ON o.id = f.operator_id WHERE ";

/// Adds ` AND …` for movements that were booked from a day on, or up to one, as each site has its days.
async fn booked(db: &impl ConnectionTrait, filter: Sql, (from, to): (Option<&str>, Option<&str>)) -> Result<Sql, Problem> {
    let read = |text: Option<&str>| text.map(|text| day(text).ok_or_else(no_period)).transpose();
    let (from, to) = (read(from)?, read(to)?);
    if from.is_none() && to.is_none() {
        return Ok(filter);
    }
    let mut sql = filter.text(" AND (1 = 0");
    let zones = Sql::new("SELECT DISTINCT time_zone FROM site ORDER BY time_zone").texts(db).await?;
    for name in &zones {
        let zone = zone(name);
        sql = sql.text(" OR (1 = 1").bind_if(" AND m.booked_ms >= ", from.map(|day| begin(day, &zone)));
        sql = sql.bind_if(" AND m.booked_ms < ", to.map(|day| day.tomorrow().map_or(i64::MAX, |next| begin(next, &zone))));
        if zones.len() > 1 {
            sql = sql.text(" AND m.site_id IN (SELECT w.id FROM site w WHERE w.time_zone = ").bind(name.as_str()).text(")");
        }
        sql = sql.text(")");
    }
    Ok(sql.text(")"))
}

/// Refuses what is no period.
pub fn no_period() -> Problem {
    let zh = "日期写成 2026-11-23，开始不晚于结束，最长十年。";
    Problem::invalid("period", "from", zh, "Days are written as 2026-11-23, the first not after the last, at most ten years apart.")
}

/// A page of movements, newest first.
///
/// # Errors
/// A problem when the cursor is not valid, or the database fails.
pub async fn movements(
    db: &impl ConnectionTrait,
    scope: &Scope,
    asked: &MovementQuery,
    page: &PageQuery,
) -> Result<Page<MovementRow>, Problem> {
    // What one record is about is few; without one, all that is in scope is wanted from new to old.
    let few = asked.item.is_some() || asked.location.is_some() || asked.task.is_some();
    let mut filter = Sql::default().bind_if(" AND m.item_id = ", asked.item);
    if let Some(location) = asked.location {
        filter = filter.text(" AND (m.from_id = ").bind(location).text(" OR m.to_id = ").bind(location).text(")");
    }
    filter = filter.bind_if(" AND m.task_id = ", asked.task);
    filter = booked(db, filter, (asked.from.as_deref(), asked.to.as_deref())).await?;
    let mut each = "SELECT 1 FROM movement m WHERE 1 = 1";
    if asked.flows == Some(true) {
        each = "SELECT 1 FROM movement m JOIN location a ON a.id = m.from_id JOIN location b ON b.id = m.to_id WHERE 1 = 1";
        filter = filter.text(&format!(" AND NOT (a.kind IN {REAL_KINDS} AND b.kind IN {REAL_KINDS} AND a.site_id = b.site_id)"));
    }
    let each = scope.filter(Sql::new(each), "m.site_id").append(&filter);
    let rows = Sql::new(MOVED).text("1 = 1");
    let rows = if few { scope.filter(rows, "m.site_id") } else { scope.filter_last(rows, "m.site_id") }.append(&filter);
    Ok(page.rows(db, each, rows, Sort::down(&["m.id"]), |row: &Moved| row.id).await?.map(MovementRow::from))
}

/// Movements of facts that were just booked, oldest first.
///
/// # Errors
/// What the database said.
pub async fn movements_by_id(db: &impl ConnectionTrait, above: i64, scans: &[String]) -> Result<Vec<MovementRow>, DbErr> {
    let rows: Vec<Moved> = Sql::new(MOVED)
        .text("m.id > ")
        .bind(above)
        .text(" AND m.scan_id IN ")
        .among(scans.iter().cloned())
        .text(" ORDER BY m.id")
        .all(db)
        .await?;
    Ok(rows.into_iter().map(MovementRow::from).collect())
}

#[derive(FromQueryResult)]
struct Place {
    location_id: i64,
    site_id: i64,
    code: String,
    kind: String,
}

#[derive(FromQueryResult)]
struct LocationAmount {
    location_id: i64,
    lines: i64,
    quantity: i64,
}

/// Real locations that have stock, by site and code.
///
/// # Errors
/// A problem when the cursor is not valid, or the database fails.
pub async fn stock_by_location(
    db: &impl ConnectionTrait,
    scope: &Scope,
    q: Option<&str>,
    page: &PageQuery,
) -> Result<Page<StockByLocationRow>, Problem> {
    // Location after location, until the page is full.
    let from = format!(
        "FROM location l WHERE l.kind IN {REAL_KINDS} AND EXISTS (SELECT 1 FROM stock s WHERE s.location_id = l.id AND s.quantity <> 0)"
    );
    let said = search::narrow(db, search::Kind::Location, q, "l.id").await?;
    let (filter, page) =
        (scope.filter(Sql::default(), "l.site_id").append(&said.filter), &page.uncounted_if(said.is_common && scope.is_wide()));
    let each = Sql::new(format!("SELECT 1 {from}")).append(&filter);
    let rows = Sql::new(format!("SELECT l.id AS location_id, l.site_id, l.code, l.kind {from}")).append(&filter);
    let page = page.rows(db, each, rows, Sort::up(&["l.site_id", "l.code"]), |row: &Place| (row.site_id, row.code.clone())).await?;
    let amounts = "SELECT s.location_id, COUNT(*) AS lines, CAST(SUM(s.quantity) AS BIGINT) AS quantity FROM stock s \
                   WHERE s.quantity <> 0 AND s.location_id IN ";
    let amounts = Sql::new(amounts).among(page.items.iter().map(|row| row.location_id)).text(" GROUP BY s.location_id");
    let amounts: Vec<LocationAmount> = amounts.all(db).await?;
    let mut amounts: BTreeMap<i64, LocationAmount> = amounts.into_iter().map(|amount| (amount.location_id, amount)).collect();
    Ok(page.map(|row| {
        let amount = amounts.remove(&row.location_id);
        StockByLocationRow {
            location: row.location_id,
            site: row.site_id,
            code: row.code,
            kind: row.kind,
            lines: amount.as_ref().map_or(0, |amount| amount.lines),
            quantity: Quantity::from_raw(amount.map_or(0, |amount| amount.quantity)),
        }
    }))
}

#[derive(FromQueryResult)]
struct AtLocation {
    item_id: i64,
    code: String,
    name: String,
    name_en: String,
    unit: String,
    carton: i32,
    cartons: i32,
    lot: String,
    quantity: i64,
}

/// What is at a location, real or virtual.
///
/// # Errors
/// What the database said.
pub async fn stock_at(db: &impl ConnectionTrait, location: i64) -> Result<Vec<LocationStockRow>, DbErr> {
    let rows: Vec<AtLocation> = Sql::new(
        "SELECT s.item_id, i.code, i.name, i.name_en, i.unit, s.carton, i.cartons, s.lot, s.quantity FROM stock s JOIN item i ON i.id = s.item_id \
         WHERE s.quantity <> 0 AND s.location_id = ",
    )
    .bind(location)
    .text(" ORDER BY i.code, s.carton, s.lot")
    .all(db)
    .await?;
    let row = |row: AtLocation| LocationStockRow {
        item: row.item_id,
        code: row.code,
        name: row.name,
        name_en: row.name_en,
        unit: row.unit,
        carton: row.carton,
        of: row.cartons,
        lot: row.lot,
        quantity: Quantity::from_raw(row.quantity),
    };
    Ok(rows.into_iter().map(row).collect())
}

/// The figures that a demo or a test compares with what was scanned.
///
/// # Errors
/// What the database said.
pub async fn totals(db: &impl ConnectionTrait) -> Result<Totals, DbErr> {
    let doubled = Sql::new("SELECT value FROM setting WHERE key = ").bind(crate::ingest::DOUBLED).word(db).await?;
    Ok(Totals {
        facts: Sql::new("SELECT COUNT(*) FROM fact").number(db).await?,
        kept_raw: Sql::new("SELECT COUNT(*) FROM fact_raw").number(db).await?,
        movements: Sql::new("SELECT COUNT(*) FROM movement").number(db).await?,
        doubled: doubled.and_then(|text| text.parse().ok()).unwrap_or(0),
    })
}

/// Stock that is not the sum of its movements.
#[derive(Debug, Clone, PartialEq, Eq, FromQueryResult)]
pub struct Difference {
    /// Where.
    pub location_id: i64,
    /// What.
    pub item_id: i64,
    /// Which carton.
    pub carton: i32,
    /// Which lot.
    pub lot: String,
    /// What the ledger says, in thousandths.
    pub ledger: i64,
    /// What the stock table says.
    pub stock: i64,
}

/// Compares every stock row with the sum of its movements; an empty answer is the only right one.
///
/// # Errors
/// What the database said.
pub async fn tie_out(db: &impl ConnectionTrait) -> Result<Vec<Difference>, DbErr> {
    Sql::new(
        "SELECT location_id, item_id, carton, lot, CAST(SUM(moved) AS BIGINT) AS ledger, CAST(SUM(held) AS BIGINT) AS stock FROM (\
         SELECT to_id AS location_id, item_id, carton, lot, quantity AS moved, 0 AS held FROM movement UNION ALL \
         SELECT from_id, item_id, carton, lot, -quantity, 0 FROM movement UNION ALL \
         SELECT location_id, item_id, carton, lot, 0, quantity FROM stock) AS books \
         GROUP BY location_id, item_id, carton, lot HAVING SUM(moved) <> SUM(held) ORDER BY location_id, item_id, carton, lot LIMIT 1000",
    )
    .all(db)
    .await
}
