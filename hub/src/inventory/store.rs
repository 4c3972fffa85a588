//! Stock and movements in the database, as the API asks for them.

use std::collections::BTreeMap;

use qitao_domain::quantity::Quantity;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};

use super::model::{LocationStockRow, MovementQuery, MovementRow, StockByItemRow, StockByLocationRow, Totals};
use crate::catalog::holdings::holdings_beside;
use crate::catalog::model::CartonRow;
use crate::catalog::store::REAL_KINDS;
use crate::http::page::{COUNTED, Page, PageQuery, Sort};
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
        }
    }
}

const MOVED: &str = "SELECT m.id, m.at_ms, m.site_id, m.item_id, i.code, i.name, i.name_en, i.unit, m.carton, i.cartons, m.lot, m.quantity, \
    m.from_id, a.code AS from_code, a.kind AS from_kind, m.to_id, b.code AS to_code, b.kind AS to_kind, m.task_id, t.number AS task_number, m.edge_id, f.station, \
    o.name AS operator_name, m.scan_id, m.reverses, m.reason, \
    CASE WHEN EXISTS (SELECT 1 FROM movement r WHERE r.reverses IS NOT NULL AND r.reverses = m.scan_id) THEN 1 ELSE 0 END AS reversed \
    FROM movement m JOIN item i ON i.id = m.item_id JOIN location a ON a.id = m.from_id JOIN location b ON b.id = m.to_id \
    LEFT JOIN task t ON t.id = m.task_id LEFT JOIN fact f ON f.edge_id = m.edge_id AND f.epoch = m.epoch AND f.seq = m.seq \
    LEFT JOIN operator o ON o.id = f.operator_id WHERE ";

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
    let each = scope.filter(Sql::new("SELECT 1 FROM movement m WHERE 1 = 1"), "m.site_id").append(&filter);
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
pub(super) struct ItemAmount {
    pub item_id: i64,
    code: String,
    name: String,
    name_en: String,
    unit: String,
    cartons: i32,
    /// Of all pages together, where the statement counts them.
    total: Option<i64>,
}

#[derive(FromQueryResult)]
struct CartonAmount {
    item_id: i64,
    carton: i32,
    quantity: i64,
}

/// Stock that is there, at a real location.
const HELD: &str = "s.site_id IS NOT NULL AND s.quantity <> 0";
const ITEM: &str = "i.id AS item_id, i.code, i.name, i.name_en, i.unit, i.cartons";

/// The page of items that lie somewhere, item after item until it is full: otherwise all stock of the chain would be gone through for it.
async fn walked(db: &impl ConnectionTrait, scope: &Scope, found: &Sql, page: &PageQuery) -> Result<Page<ItemAmount>, Problem> {
    let walk = |what: &str| {
        // One row of each, since PostgreSQL would join all stock with all items for whether there is one.
        let sql = Sql::new(format!("SELECT {what} FROM item i WHERE (SELECT 1 FROM stock s WHERE s.item_id = i.id AND {HELD}"));
        scope.filter_last(sql, "s.site_id").text(" LIMIT 1) IS NOT NULL").append(found)
    };
    page.rows(db, walk("1"), walk(&format!("{ITEM}, CAST(NULL AS BIGINT) AS total")), Sort::up(&["i.code"]), |row: &ItemAmount| {
        row.code.clone()
    })
    .await
}

/// Items that are looked at one by one for a page of a wide part of the chain.
const NEAR: i64 = 600;

/// The page of items that lie in a wide part of the chain, if the next items of the catalogue fill it. Nobody counts how many there are then.
pub(super) async fn near(db: &impl ConnectionTrait, scope: &Scope, page: &PageQuery) -> Result<Option<Page<ItemAmount>>, Problem> {
    let after: Option<String> = page.after()?;
    let sql = Sql::new(format!("SELECT {ITEM}, CAST(NULL AS BIGINT) AS total FROM (SELECT * FROM item n WHERE 1 = 1"));
    let sql = sql.bind_if(" AND n.code > ", after).text(" ORDER BY n.code LIMIT ").bind(NEAR);
    let sql = sql.text(&format!(") i WHERE (SELECT 1 FROM stock s WHERE s.item_id = i.id AND {HELD}"));
    let sql = scope.filter_last(sql, "s.site_id").text(" LIMIT 1) IS NOT NULL ORDER BY i.code LIMIT ");
    let rows: Vec<ItemAmount> = sql.bind(page.limit().cast_signed() + 1).all(db).await?;
    let is_full = rows.len() as u64 > page.limit();
    Ok(is_full.then(|| page.uncounted_if(true).page(rows, (0, true), |row| row.code.clone())))
}

/// The page of items that lie in a part of the chain: there may be few among many, so their numbers are looked up first, once for the rows
/// and for how many they are. Where they are too many for that they lie close enough to be walked. Nothing when something else narrows the list.
async fn of_part(db: &impl ConnectionTrait, scope: &Scope, found: &Sql, page: &PageQuery) -> Result<Option<Page<ItemAmount>>, Problem> {
    // Who goes through all pages walks: each page would look up all numbers again.
    if scope.is_large() || !found.is_empty() || (page.is_bulk() && page.cursor.is_some()) {
        return Ok(None);
    }
    let after: Option<String> = page.after()?;
    // The rows of the part first: PostgreSQL, told how many are enough, would look for them among all stock.
    let rows = Sql::new(format!("WITH lying AS MATERIALIZED (SELECT s.item_id FROM stock s WHERE {HELD}"));
    let sql = scope.filter(rows, "s.site_id");
    let sql = sql.text("), here AS MATERIALIZED (SELECT DISTINCT l.item_id FROM lying l LIMIT ").bind(COUNTED + 1);
    let sql = sql
        .text(&format!(") SELECT {ITEM}, (SELECT COUNT(*) FROM here) AS total FROM item i WHERE i.id IN (SELECT h.item_id FROM here h)"));
    let sql = sql.bind_if(" AND i.code > ", after).text(" ORDER BY i.code LIMIT ").bind(page.limit().cast_signed() + 1);
    let rows: Vec<ItemAmount> = sql.all(db).await?;
    // A page without rows does not say how many there are: among too many numbers those behind it may not have been looked up.
    if rows.is_empty() && page.cursor.is_some() {
        return Ok(None);
    }
    let total = rows.first().and_then(|row| row.total).unwrap_or(0);
    if total > COUNTED && !page.is_bulk() {
        // Not all numbers were looked up, but it is known that there are more than are counted.
        let page = walked(db, scope, found, &page.uncounted_if(true)).await?;
        return Ok(Some(Page { total: COUNTED, at_least: true, ..page }));
    }
    Ok((total <= COUNTED).then(|| page.page(rows, (total, false), |row| row.code.clone())))
}

/// Items in stock at real locations, by code.
///
/// # Errors
/// A problem when the cursor is not valid, or the database fails.
pub async fn stock_by_item(
    db: &impl ConnectionTrait,
    scope: &Scope,
    q: Option<&str>,
    page: &PageQuery,
) -> Result<Page<StockByItemRow>, Problem> {
    let said = search::narrow(db, search::Kind::Item, q, "i.id").await?;
    let (found, page) = (said.filter, &page.uncounted_if(said.is_common && scope.is_wide()));
    let is_near = scope.is_wide() && !scope.is_large() && found.is_empty() && !page.is_bulk();
    let page = match if is_near { near(db, scope, page).await? } else { None } {
        Some(page) => page,
        None => match of_part(db, scope, &found, page).await? {
            Some(page) => page,
            None => walked(db, scope, &found, page).await?,
        },
    };
    let sql = Sql::new(format!(
        "SELECT s.item_id, s.carton, CAST(SUM(s.quantity) AS BIGINT) AS quantity FROM stock s WHERE {HELD} AND s.item_id IN "
    ))
    .among(page.items.iter().map(|row| row.item_id));
    let amounts: Vec<CartonAmount> =
        scope.filter_last(sql, "s.site_id").text(" GROUP BY s.item_id, s.carton ORDER BY s.carton").all(db).await?;
    let mut by_item: BTreeMap<i64, Vec<CartonRow>> = BTreeMap::new();
    for amount in amounts {
        by_item.entry(amount.item_id).or_default().push(CartonRow { carton: amount.carton, quantity: Quantity::from_raw(amount.quantity) });
    }
    let known =
        by_item.iter().map(|(item, cartons)| (*item, cartons.iter().filter(|row| row.carton == 1).map(|row| row.quantity.raw()).sum()));
    let holdings = holdings_beside(db, scope, page.items.iter().map(|row| (row.item_id, row.cartons)).collect(), &known.collect()).await?;
    Ok(page.map(|row| {
        let cartons = by_item.remove(&row.item_id).unwrap_or_default();
        StockByItemRow {
            item: row.item_id,
            code: row.code,
            name: row.name,
            name_en: row.name_en,
            unit: row.unit,
            sets: holdings.sets(row.item_id),
            quantity: cartons.iter().map(|carton| carton.quantity).sum(),
            cartons,
        }
    }))
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
