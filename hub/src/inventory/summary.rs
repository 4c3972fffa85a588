//! Stock of a period (收发汇总): what there was, what came in and went out by reason, what there is; read from the sums of [`super::flows`]
//! and from what lies there now, without the movements. Opening and in and less out is closing, for any period: closing is what lies there now
//! less what came and went after the period.

use std::collections::BTreeMap;

use qitao_domain::quantity::Quantity;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};

use super::model::{FlowRow, PeriodStock, StockSummaryRow, StockTotalsRow};
use super::rules::{Period, Reason};
use crate::http::page::{Page, PageQuery, Sort};
use crate::http::problem::Problem;
use crate::platform::scope::Scope;
use crate::platform::search;
use crate::platform::sql::Sql;

/// Goods of which there is a summary.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Words of code or name.
    pub q: Option<String>,
    /// This item.
    pub item: Option<i64>,
}

#[derive(FromQueryResult)]
struct Item {
    item_id: i64,
    code: String,
    name: String,
    name_en: String,
    unit: String,
    cartons: i32,
}

#[derive(FromQueryResult)]
struct Flowed {
    whose: String,
    reason: String,
    come: i64,
    gone: i64,
    /// What lies there now, less what came and went after the period.
    remains: i64,
}

/// What lies there now at a place.
const HELD: &str = "s.site_id IS NOT NULL AND s.quantity <> 0";
/// By what goods are added up that are not of one item: their unit; goods of several cartons count by cartons.
const UNIT: &str = "CASE WHEN i.cartons > 1 THEN '' ELSE i.unit END";

/// Whether an item `i` moved in a period, or was there: something of it lies there that did not come later, or went later.
fn there(scope: &Scope, sql: Sql, (first, last): (i64, i64)) -> Sql {
    let sql =
        sql.text(" AND ((SELECT 1 FROM stock_day d WHERE d.item_id = i.id AND d.day >= ").bind(first).text(" AND d.day <= ").bind(last);
    let sql = scope.filter_last(sql, "d.site_id").text(&format!(
        " LIMIT 1) IS NOT NULL OR COALESCE((SELECT CAST(SUM(s.quantity) AS BIGINT) FROM stock s WHERE s.item_id = i.id AND {HELD}"
    ));
    let sql = scope.filter_last(sql, "s.site_id");
    let sql = sql.text("), 0) <> COALESCE((SELECT CAST(SUM(d.quantity_in - d.quantity_out) AS BIGINT) FROM stock_day d WHERE d.item_id = i.id AND d.day > ");
    scope.filter_last(sql.bind(last), "d.site_id").text("), 0))")
}

/// The page of items that moved in a period or were there, by code.
async fn items(db: &impl ConnectionTrait, scope: &Scope, period: (i64, i64), found: &Sql, page: &PageQuery) -> Result<Page<Item>, Problem> {
    let walk = |what: &str| {
        let mut sql = Sql::new(format!("SELECT {what} FROM item i WHERE 1 = 1"));
        if !scope.is_wide() {
            // A few stores have few of the goods: those that lie there, or moved since.
            sql = sql.text(" AND i.id IN (SELECT d.item_id FROM stock_day d WHERE d.day >= ").bind(period.0);
            sql = scope.filter(sql, "d.site_id").text(&format!(" UNION SELECT s.item_id FROM stock s WHERE {HELD}"));
            sql = scope.filter(sql, "s.site_id").text(")");
        }
        there(scope, sql, period).append(found)
    };
    let rows = walk("i.id AS item_id, i.code, i.name, i.name_en, i.unit, i.cartons");
    page.rows(db, walk("1"), rows, Sort::up(&["i.code"]), |row: &Item| row.code.clone()).await
}

/// Adds up what lies there now, and what came and went from the beginning of the period, by what `whose` says. One statement, so that a booking
/// is in both or in neither.
async fn sums(
    db: &impl ConnectionTrait,
    scope: &Scope,
    (first, last): (i64, i64),
    whose: &str,
    items: impl Fn(Sql, &str) -> Sql,
) -> Result<BTreeMap<String, PeriodStock>, DbErr> {
    let now = Sql::new(format!(
        "SELECT {whose} AS whose, '' AS reason, CAST(0 AS BIGINT) AS come, CAST(0 AS BIGINT) AS gone, CAST(SUM(s.quantity) AS BIGINT) AS remains \
         FROM stock s JOIN item i ON i.id = s.item_id WHERE {HELD}"
    ));
    let now = scope.filter_last(items(now, "s.item_id"), "s.site_id").text(&format!(" GROUP BY {whose} UNION ALL "));
    let days = now.text(&format!("SELECT {whose} AS whose, d.reason, CAST(SUM(CASE WHEN d.day <= ")).bind(last);
    let days = days.text(" THEN d.quantity_in ELSE 0 END) AS BIGINT) AS come, CAST(SUM(CASE WHEN d.day <= ").bind(last);
    let days = days.text(" THEN d.quantity_out ELSE 0 END) AS BIGINT) AS gone, CAST(SUM(CASE WHEN d.day > ").bind(last);
    let days = days.text(
        " THEN d.quantity_out - d.quantity_in ELSE 0 END) AS BIGINT) AS remains FROM stock_day d JOIN item i ON i.id = d.item_id WHERE d.day >= ",
    );
    let days = items(days.bind(first), "d.item_id");
    let days = scope.filter_last(days, "d.site_id").text(&format!(" GROUP BY {whose}, d.reason"));
    let mut books: BTreeMap<String, Vec<Flowed>> = BTreeMap::new();
    for row in days.all::<Flowed>(db).await? {
        books.entry(row.whose.clone()).or_default().push(row);
    }
    Ok(books.into_iter().map(|(whose, flowed)| (whose, period_stock(&flowed))).collect())
}

fn period_stock(flowed: &[Flowed]) -> PeriodStock {
    let sum = |of: fn(&Flowed) -> i64| flowed.iter().fold(0_i64, |sum, row| sum.saturating_add(of(row)));
    let (come, gone, closing) = (sum(|row| row.come), sum(|row| row.gone), sum(|row| row.remains));
    let mut reasons: Vec<FlowRow> = flowed
        .iter()
        .filter(|row| (row.come, row.gone) != (0, 0))
        .map(|row| FlowRow { reason: Reason::of_word(&row.reason), come: Quantity::from_raw(row.come), gone: Quantity::from_raw(row.gone) })
        .collect();
    reasons.sort_by_key(|row| row.reason);
    PeriodStock {
        opening: Quantity::from_raw(closing.saturating_sub(come).saturating_add(gone)),
        come: Quantity::from_raw(come),
        gone: Quantity::from_raw(gone),
        reasons,
        closing: Quantity::from_raw(closing),
    }
}

/// A page of the summary, by code.
///
/// # Errors
/// A problem when the cursor is not valid, or the database fails.
pub async fn summary(
    db: &impl ConnectionTrait,
    scope: &Scope,
    period: Period,
    wanted: &Wanted,
    page: &PageQuery,
) -> Result<Page<StockSummaryRow>, Problem> {
    let said = search::narrow(db, search::Kind::Item, wanted.q.as_deref(), "i.id").await?;
    let found = said.filter.bind_if(" AND i.id = ", wanted.item);
    let page = items(db, scope, period.days(), &found, &page.uncounted_if(scope.is_wide())).await?;
    let ids: Vec<i64> = page.items.iter().map(|row| row.item_id).collect();
    let of = |sql: Sql, column: &str| sql.text(&format!(" AND {column} IN ")).among(ids.iter().copied());
    let mut books = sums(db, scope, period.days(), "CAST(i.id AS TEXT)", of).await?;
    Ok(page.map(|row| StockSummaryRow {
        stock: books.remove(&row.item_id.to_string()).unwrap_or_default(),
        item: row.item_id,
        code: row.code,
        name: row.name,
        name_en: row.name_en,
        unit: row.unit,
        cartons: row.cartons,
    }))
}

/// What all rows of the summary are together: one sum for each unit of stock.
///
/// # Errors
/// What the database said.
pub async fn summary_totals(
    db: &impl ConnectionTrait,
    scope: &Scope,
    period: Period,
    wanted: &Wanted,
) -> Result<Vec<StockTotalsRow>, DbErr> {
    let said = search::narrow(db, search::Kind::Item, wanted.q.as_deref(), "i.id").await?;
    let found = said.filter.bind_if(" AND i.id = ", wanted.item);
    let books = sums(db, scope, period.days(), UNIT, |sql, _| sql.append(&found)).await?;
    Ok(books
        .into_iter()
        .filter(|(_, stock)| *stock != PeriodStock::default())
        .map(|(unit, stock)| StockTotalsRow { unit, stock })
        .collect())
}
