//! Limits in the database: lists, and the look at what was marked.

use std::collections::BTreeSet;

use qitao_domain::quantity::Quantity;
use sea_orm::{ConnectionTrait, DbBackend, DbErr, FromQueryResult};

use super::model::{Standing, StockLimitQuery, StockLimitRow};
use crate::catalog::holdings::complete_at;
use crate::http::page::{Page, PageQuery, Sort};
use crate::http::problem::Problem;
use crate::platform::scope::Scope;
use crate::platform::search;
use crate::platform::sql::Sql;

/// Limits that are looked at in one transaction.
const AT_ONCE: i64 = 200;

#[derive(FromQueryResult)]
struct Stored {
    item_id: i64,
    code: String,
    name: String,
    name_en: String,
    unit: String,
    site_id: i64,
    site_name: String,
    least: Option<i64>,
    most: Option<i64>,
    quantity: i64,
    state: String,
    version: i64,
}

impl From<Stored> for StockLimitRow {
    fn from(row: Stored) -> Self {
        Self {
            item: row.item_id,
            code: row.code,
            name: row.name,
            name_en: row.name_en,
            unit: row.unit,
            site: row.site_id,
            site_name: row.site_name,
            min: row.least.map(Quantity::from_raw),
            max: row.most.map(Quantity::from_raw),
            quantity: Quantity::from_raw(row.quantity),
            state: Standing::of_word(&row.state),
            version: row.version,
        }
    }
}

const FROM: &str = "FROM stock_limit m JOIN item i ON i.id = m.item_id JOIN site w ON w.id = m.site_id WHERE NOT m.removed";

fn stored() -> Sql {
    Sql::new(format!(
        "SELECT m.item_id, i.code, i.name, i.name_en, i.unit, m.site_id, w.name AS site_name, m.least, m.most, m.quantity, m.state, m.version {FROM}"
    ))
}

/// A page of limits, by code and site.
pub(super) async fn list(
    db: &impl ConnectionTrait,
    scope: &Scope,
    asked: &StockLimitQuery,
    page: &PageQuery,
) -> Result<Page<StockLimitRow>, Problem> {
    let said = search::narrow(db, search::Kind::Item, asked.q.as_deref(), "i.id").await?;
    let mut filter = scope.filter(Sql::default(), "m.site_id").bind_if(" AND m.item_id = ", asked.item).append(&said.filter);
    if asked.passed == Some(true) {
        filter = filter.text(" AND m.state <> ''");
    }
    let (each, rows) = (Sql::new(format!("SELECT 1 {FROM}")).append(&filter), stored().append(&filter));
    let key = |row: &Stored| (row.code.clone(), row.site_id);
    Ok(page.rows(db, each, rows, Sort::up(&["i.code", "m.site_id"]), key).await?.map(StockLimitRow::from))
}

/// A limit.
pub(super) async fn find(db: &impl ConnectionTrait, site: i64, item: i64) -> Result<Option<StockLimitRow>, DbErr> {
    let row: Option<Stored> = stored().text(" AND m.site_id = ").bind(site).text(" AND m.item_id = ").bind(item).one(db).await?;
    Ok(row.map(StockLimitRow::from))
}

#[derive(FromQueryResult)]
struct Due {
    item_id: i64,
    site_id: i64,
    least: Option<i64>,
    most: Option<i64>,
    state: String,
    removed: bool,
    code: String,
    name: String,
    name_en: String,
    unit: String,
    site_name: String,
}

/// What a look found at a limit: how it stood, how it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Crossed {
    /// How it stood.
    pub before: Standing,
    /// Somebody took it away.
    pub removed: bool,
    /// The limit as it stands.
    pub now: StockLimitRow,
}

/// Looks at limits that were marked, some at a time; what was found at each. An empty answer: none was marked.
///
/// # Errors
/// What the database said; then the transaction must be given up.
pub async fn check(tx: &impl ConnectionTrait) -> Result<Vec<Crossed>, DbErr> {
    // What somebody books to just now is marked again by them; it is looked at when they are done.
    let lock = if tx.get_database_backend() == DbBackend::Postgres { " FOR UPDATE OF m SKIP LOCKED" } else { "" };
    let due = "SELECT m.item_id, m.site_id, m.least, m.most, m.state, m.removed, i.code, i.name, i.name_en, i.unit, w.name AS site_name \
               FROM stock_limit m JOIN item i ON i.id = m.item_id JOIN site w ON w.id = m.site_id WHERE m.due ORDER BY m.site_id, m.item_id LIMIT ";
    let due: Vec<Due> = Sql::new(due).bind(AT_ONCE).text(lock).all(tx).await?;
    let (sites, items): (BTreeSet<i64>, BTreeSet<i64>) = due.iter().map(|row| (row.site_id, row.item_id)).unzip();
    let held = complete_at(tx, &sites.into_iter().collect::<Vec<_>>(), &items).await?;
    let mut found = Vec::new();
    for row in due {
        let quantity = held.get(&(row.item_id, row.site_id)).copied().unwrap_or(0);
        found.push(settle(tx, row, Quantity::from_raw(quantity)).await?);
    }
    Ok(found)
}

async fn settle(tx: &impl ConnectionTrait, row: Due, quantity: Quantity) -> Result<Crossed, DbErr> {
    let state = if row.removed { Standing::Within } else { Standing::of(quantity.raw(), row.least, row.most) };
    let sql = if row.removed {
        Sql::new("DELETE FROM stock_limit")
    } else {
        Sql::new("UPDATE stock_limit SET due = FALSE, quantity = ").bind(quantity.raw()).text(", state = ").bind(state.word())
    };
    sql.text(" WHERE item_id = ").bind(row.item_id).text(" AND site_id = ").bind(row.site_id).run(tx).await?;
    let now = Stored {
        item_id: row.item_id,
        code: row.code,
        name: row.name,
        name_en: row.name_en,
        unit: row.unit,
        site_id: row.site_id,
        site_name: row.site_name,
        least: row.least,
        most: row.most,
        quantity: quantity.raw(),
        state: state.word().to_owned(),
        version: 0,
    };
    Ok(Crossed { before: Standing::of_word(&row.state), removed: row.removed, now: now.into() })
}
