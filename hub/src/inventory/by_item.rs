//! Stock by item: what lies at the sites of a part of the chain, and how many sets it makes.
//!
//! Three ways lead to a page, since a chain has a few goods in every store and a hundred thousand in some: item after item ([`walked`]), the
//! next few of them ([`near`]), or what lies there first ([`of_part`]).

use std::collections::BTreeMap;

use qitao_domain::quantity::Quantity;
use sea_orm::{ConnectionTrait, FromQueryResult};

use super::model::StockByItemRow;
use crate::catalog::holdings::holdings_beside;
use crate::catalog::model::CartonRow;
use crate::http::page::{COUNTED, Page, PageQuery, Sort};
use crate::http::problem::Problem;
use crate::platform::scope::Scope;
use crate::platform::search;
use crate::platform::sql::Sql;

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
/// and for how many they are. Where they are too many for that they lie close enough to be walked.
async fn of_part(db: &impl ConnectionTrait, scope: &Scope, page: &PageQuery) -> Result<Page<ItemAmount>, Problem> {
    let after: Option<String> = page.after()?;
    // The rows of the part first: PostgreSQL, told how many are enough, would look for them among all stock.
    let rows = Sql::new(format!("WITH lying AS MATERIALIZED (SELECT s.item_id FROM stock s WHERE {HELD}"));
    let sql = scope.filter(rows, "s.site_id");
    let sql = sql.text("), here AS MATERIALIZED (SELECT DISTINCT l.item_id FROM lying l LIMIT ").bind(COUNTED + 1);
    let sql = sql
        .text(&format!(") SELECT {ITEM}, (SELECT COUNT(*) FROM here) AS total FROM item i WHERE i.id IN (SELECT h.item_id FROM here h)"));
    let sql = sql.bind_if(" AND i.code > ", after).text(" ORDER BY i.code LIMIT ").bind(page.limit().cast_signed() + 1);
    let rows: Vec<ItemAmount> = sql.all(db).await?;
    let total = rows.first().and_then(|row| row.total);
    match total {
        Some(total) if total <= COUNTED => Ok(page.page(rows, (total, false), |row| row.code.clone())),
        // Not all numbers were looked up, but it is known that there are more than are counted.
        Some(_) if !page.is_bulk() => {
            let page = walked(db, scope, &Sql::default(), &page.uncounted_if(true)).await?;
            Ok(Page { total: COUNTED, at_least: true, ..page })
        }
        // A page without rows does not say how many there are: those behind its cursor may be among the numbers that were not looked up.
        None if page.cursor.is_none() => Ok(page.page(rows, (0, false), |row| row.code.clone())),
        _ => walked(db, scope, &Sql::default(), page).await,
    }
}

/// The page of items that lie there, by the way that suits the part of the chain.
async fn lying(db: &impl ConnectionTrait, scope: &Scope, found: &Sql, page: &PageQuery) -> Result<Page<ItemAmount>, Problem> {
    // Who goes through all pages walks: each page would look up all numbers again.
    if scope.is_large() || !found.is_empty() || (page.is_bulk() && page.cursor.is_some()) {
        return walked(db, scope, found, page).await;
    }
    if scope.is_wide()
        && !page.is_bulk()
        && let Some(page) = near(db, scope, page).await?
    {
        return Ok(page);
    }
    of_part(db, scope, page).await
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
    let page = lying(db, scope, &found, page).await?;
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
