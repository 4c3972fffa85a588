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

/// So many items are few enough to be found by themselves.
const FEW: usize = 4;
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

/// Of what sums are made.
#[derive(Clone, Copy)]
enum Which<'a> {
    /// These items.
    Items(&'a [i64]),
    /// Items `i` of a filter.
    Found(&'a Sql),
}

impl Which<'_> {
    /// Narrows rows whose `column` is an item, where items are named.
    fn named(self, sql: Sql, column: &str) -> Sql {
        let Self::Items(items) = self else { return sql };
        // Many items are found by days or sites: no database reads an index by an expression.
        let column = if items.len() > FEW { format!("({column} + 0)") } else { column.to_owned() };
        sql.text(&format!(" AND {column} IN ")).among(items.iter().copied())
    }

    /// Narrows items `i`, where none are named.
    fn found(self, sql: Sql) -> Sql {
        if let Self::Found(filter) = self { sql.append(filter) } else { sql }
    }
}

/// What came and went from a day on, by item and reason: of a large part of the chain it is found by its days, of less by its sites.
fn flowed(scope: &Scope, (first, last): (i64, i64), which: Which<'_>) -> Sql {
    let sql = Sql::new("SELECT (d.item_id + 0) AS item_id, d.reason, SUM(CASE WHEN d.day <= ").bind(last);
    let sql = sql.text(" THEN d.quantity_in ELSE 0 END) AS come, SUM(CASE WHEN d.day <= ").bind(last);
    let sql = sql.text(" THEN d.quantity_out ELSE 0 END) AS gone, SUM(CASE WHEN d.day > ").bind(last);
    let sql = sql.text(" THEN d.quantity_out - d.quantity_in ELSE 0 END) AS remains FROM stock_day d WHERE d.day >= ").bind(first);
    let sql = if scope.is_large() { scope.filter_last(sql, "d.site_id") } else { scope.filter(sql, "d.site_id") };
    which.named(sql, "d.item_id").text(" GROUP BY (d.item_id + 0), d.reason")
}

/// Adds up what lies there now, and what came and went from the beginning of the period, by what `whose` says. One statement, so that a booking
/// is in both or in neither.
async fn sums(
    db: &impl ConnectionTrait,
    scope: &Scope,
    period: (i64, i64),
    whose: &str,
    which: Which<'_>,
) -> Result<BTreeMap<String, PeriodStock>, DbErr> {
    let now = Sql::new(format!(
        "SELECT {whose} AS whose, '' AS reason, CAST(0 AS BIGINT) AS come, CAST(0 AS BIGINT) AS gone, CAST(SUM(s.quantity) AS BIGINT) AS remains \
         FROM stock s JOIN item i ON i.id = s.item_id WHERE {HELD}"
    ));
    let now = scope.filter_last(which.found(which.named(now, "s.item_id")), "s.site_id");
    let sum = |column: &str| format!("CAST(SUM(f.{column}) AS BIGINT) AS {column}");
    let days = now.text(&format!(
        " GROUP BY {whose} UNION ALL SELECT {whose} AS whose, f.reason, {}, {}, {} FROM (",
        sum("come"),
        sum("gone"),
        sum("remains")
    ));
    let days = days.append(&flowed(scope, period, which)).text(") f JOIN item i ON i.id = f.item_id WHERE 1 = 1");
    let days = which.found(days).text(&format!(" GROUP BY {whose}, f.reason"));
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

/// What an item did in a period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeriodOfItem {
    /// The item.
    pub item: i64,
    /// How many cartons it comes in.
    pub cartons: i32,
    /// What there was, came, went and is.
    pub stock: PeriodStock,
}

impl PeriodOfItem {
    /// What went to customers and what came back from them, in thousandths.
    #[must_use]
    pub fn customers(&self) -> (i64, i64) {
        let of = self.stock.reasons.iter().find(|row| row.reason == Reason::Customer);
        of.map_or((0, 0), |row| (row.gone.raw(), row.come.raw()))
    }
}

/// Every item that moved since a period began, or lies somewhere.
///
/// # Errors
/// What the database said.
pub async fn period_by_item(db: &impl ConnectionTrait, scope: &Scope, period: Period) -> Result<Vec<PeriodOfItem>, DbErr> {
    let whose = "CAST(i.id AS TEXT) || ' ' || CAST(i.cartons AS TEXT)";
    let books = sums(db, scope, period.days(), whose, Which::Found(&Sql::default())).await?;
    let of = |(whose, stock): (String, PeriodStock)| {
        let (item, cartons) = whose.split_once(' ')?;
        Some(PeriodOfItem { item: item.parse().ok()?, cartons: cartons.parse().ok()?, stock })
    };
    Ok(books.into_iter().filter_map(of).collect())
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
    let mut books = sums(db, scope, period.days(), "CAST(i.id AS TEXT)", Which::Items(&ids)).await?;
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
    let books = sums(db, scope, period.days(), UNIT, Which::Found(&found)).await?;
    Ok(books
        .into_iter()
        .filter(|(_, stock)| *stock != PeriodStock::default())
        .map(|(unit, stock)| StockTotalsRow { unit, stock })
        .collect())
}
