//! What is promised of the stock of a site: an order's lines hold complete sets of single items from when it is confirmed until it is shipped
//! or cancelled. Never more is promised than lies there.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::{ConnectionTrait, DbBackend, DbErr, FromQueryResult, Value};

use super::promise::Shelf;
use crate::catalog::holdings::{complete_at, made_of};
use crate::platform::clock;
use crate::platform::sql::{Sql, insert_many};

/// So much of an item for a line of an order, in thousandths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Need {
    /// The line.
    pub line: i64,
    /// Item or kit.
    pub item: i64,
    /// How much.
    pub quantity: i64,
}

/// Why a site cannot promise something.
#[derive(Debug, thiserror::Error)]
pub enum ReserveError {
    /// Choose another site, or wait for goods.
    #[error("site {site} lacks {missing} thousandths of item {item}")]
    Short {
        /// Where.
        site: i64,
        /// Of what single item.
        item: i64,
        /// How much.
        missing: i64,
    },
    /// See what the database said.
    #[error(transparent)]
    Database(#[from] DbErr),
}

#[derive(FromQueryResult)]
struct Reserved {
    item_id: i64,
    site_id: i64,
    quantity: i64,
}

/// What lies at sites of single items, and what of it is promised.
async fn shelves(db: &impl ConnectionTrait, sites: &[i64], items: &BTreeSet<i64>) -> Result<BTreeMap<i64, Shelf>, DbErr> {
    let mut shelves: BTreeMap<i64, Shelf> = sites.iter().map(|site| (*site, Shelf::default())).collect();
    for ((item, site), sets) in complete_at(db, sites, items).await? {
        shelves.entry(site).or_default().on_hand.insert(item, sets);
    }
    let sql = Sql::new(
        "SELECT item_id, site_id, CAST(SUM(quantity) AS BIGINT) AS quantity FROM reservation WHERE released_ms IS NULL AND site_id IN ",
    );
    let rows: Vec<Reserved> = sql
        .among(sites.iter().copied())
        .text(" AND item_id IN ")
        .among(items.iter().copied())
        .text(" GROUP BY item_id, site_id")
        .all(db)
        .await?;
    for row in rows {
        shelves.entry(row.site_id).or_default().reserved.insert(row.item_id, row.quantity);
    }
    Ok(shelves)
}

/// How much of an item is where, in thousandths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Available {
    /// The site.
    pub site: i64,
    /// Complete sets that lie there.
    pub on_hand: i64,
    /// What of them can still be promised.
    pub available: i64,
}

/// How much of an item or kit is at some sites, in their order.
///
/// # Errors
/// What the database said.
pub async fn available(db: &impl ConnectionTrait, sites: &[i64], item: i64) -> Result<Vec<Available>, DbErr> {
    let goods = made_of(db, &BTreeSet::from([item])).await?.remove(&item).unwrap_or_default();
    let shelves = shelves(db, sites, &goods.keys().copied().collect()).await?;
    let of = |site: &i64| {
        let shelf = shelves.get(site)?;
        Some(Available { site: *site, on_hand: shelf.on_hand(&goods), available: shelf.available(&goods) })
    };
    Ok(sites.iter().filter_map(of).collect())
}

/// Single items of each need.
async fn goods_of(db: &impl ConnectionTrait, needs: &[Need]) -> Result<Vec<(Need, BTreeMap<i64, i64>)>, DbErr> {
    let goods = made_of(db, &needs.iter().map(|need| need.item).collect()).await?;
    let scaled = |need: &Need| {
        let of = goods.get(&need.item).cloned().unwrap_or_default();
        (*need, of.into_iter().map(|(item, one)| (item, one.saturating_mul(need.quantity) / 1000)).collect())
    };
    Ok(needs.iter().map(scaled).collect())
}

fn together(goods: &[(Need, BTreeMap<i64, i64>)]) -> BTreeMap<i64, i64> {
    let mut wanted: BTreeMap<i64, i64> = BTreeMap::new();
    for (item, quantity) in goods.iter().flat_map(|(_, goods)| goods) {
        *wanted.entry(*item).or_default() += quantity;
    }
    wanted
}

/// The first of some sites that can promise everything.
///
/// # Errors
/// What the database said.
pub async fn site_for(db: &impl ConnectionTrait, sites: &[i64], needs: &[Need]) -> Result<Option<i64>, DbErr> {
    let wanted = together(&goods_of(db, needs).await?);
    let mut shelves = shelves(db, sites, &wanted.keys().copied().collect()).await?;
    Ok(sites.iter().copied().find(|site| shelves.get_mut(site).is_some_and(|shelf| shelf.promise(&wanted).is_ok())))
}

/// Promises everything that an order needs from one site, or nothing. Who promises from a site waits for whoever does so already.
///
/// # Errors
/// [`ReserveError::Short`] when something is missing there.
pub async fn reserve(tx: &impl ConnectionTrait, order: i64, site: i64, needs: &[Need]) -> Result<(), ReserveError> {
    // The same row that the planning of tasks holds; SQLite has one writer.
    let lock = if tx.get_database_backend() == DbBackend::Postgres { " FOR NO KEY UPDATE" } else { "" };
    Sql::new("SELECT id FROM site WHERE id = ").bind(site).text(lock).number(tx).await?;
    let goods = goods_of(tx, needs).await?;
    let wanted = together(&goods);
    let mut shelf = shelves(tx, &[site], &wanted.keys().copied().collect()).await?.remove(&site).unwrap_or_default();
    shelf.promise(&wanted).map_err(|(item, missing)| ReserveError::Short { site, item, missing })?;
    let now = clock::now_ms();
    let rows = goods.into_iter().flat_map(|(need, goods)| {
        goods.into_iter().map(move |(item, quantity)| -> Vec<Value> {
            vec![order.into(), need.line.into(), item.into(), site.into(), quantity.into(), now.into()]
        })
    });
    Ok(insert_many(tx, "reservation", &["order_id", "line_id", "item_id", "site_id", "quantity", "created_ms"], rows).await?)
}

/// An order holds nothing any more.
///
/// # Errors
/// What the database said.
pub async fn release(tx: &impl ConnectionTrait, order: i64) -> Result<(), DbErr> {
    let sql = Sql::new("UPDATE reservation SET released_ms = ").bind(clock::now_ms());
    sql.text(" WHERE released_ms IS NULL AND order_id = ").bind(order).run(tx).await.map(|_| ())
}
