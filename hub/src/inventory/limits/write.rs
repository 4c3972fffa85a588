//! Writing limits, and marking those of which something came or went.

use std::collections::{BTreeMap, BTreeSet};

use qitao_domain::quantity::Quantity;
use sea_orm::{ConnectionTrait, DbBackend, DbErr, FromQueryResult, Value};
use serde_json::json;

use super::LimitError;
use super::model::StockLimitFields;
use super::store::find;
use crate::db::Db;
use crate::platform::audit::{self, Change};
use crate::platform::sql::{MAX_PARAMETERS, Sql};

/// The most that a limit says, in thousandths.
const MOST: i64 = 1_000_000_000_000;

#[derive(FromQueryResult)]
struct Marked {
    site_id: i64,
    item_id: i64,
}

/// Marks the limits of items at sites, of which something came or went. Costs one question when there is no limit of them.
pub(in crate::inventory) async fn mark(tx: &impl ConnectionTrait, moved: &BTreeSet<(i64, i64)>) -> Result<(), DbErr> {
    let items: BTreeSet<i64> = moved.iter().map(|(_, item)| *item).collect();
    let mut sites: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
    for some in items.into_iter().collect::<Vec<_>>().chunks(MAX_PARAMETERS) {
        let sql = Sql::new("SELECT site_id, item_id FROM stock_limit WHERE item_id IN ").among(some.iter().copied());
        for Marked { site_id, item_id } in sql.all(tx).await? {
            if moved.contains(&(site_id, item_id)) {
                sites.entry(site_id).or_default().push(item_id);
            }
        }
    }
    for (site, items) in sites {
        let of = |sql: &str| Sql::new(sql).bind(site).text(" AND item_id IN ").among(items.iter().copied());
        if tx.get_database_backend() == DbBackend::Postgres {
            // In one order for everybody, so that two bookings never wait for each other in a circle.
            of("SELECT item_id FROM stock_limit WHERE site_id = ").text(" ORDER BY item_id FOR UPDATE").numbers(tx).await?;
        }
        // Also what is marked already: who looks just now must wait for this booking.
        of("UPDATE stock_limit SET due = TRUE WHERE site_id = ").run(tx).await?;
    }
    Ok(())
}

#[derive(FromQueryResult)]
struct Item {
    is_kit: bool,
}

fn fit(fields: &StockLimitFields) -> bool {
    let (least, most) = (fields.min.map(Quantity::raw), fields.max.map(Quantity::raw));
    let each = [least, most].into_iter().flatten().all(|limit| (0..=MOST).contains(&limit));
    each && (least.is_some() || most.is_some()) && least.zip(most).is_none_or(|(least, most)| least <= most)
}

/// Sets the limits of an item at a site. `version`: what was read; 0 for a new one.
pub(super) async fn put(
    db: &Db,
    author: &str,
    (site, item, version): (i64, i64, i64),
    fields: &StockLimitFields,
) -> Result<(), LimitError> {
    if !fit(fields) {
        return Err(LimitError::Range);
    }
    let tx = db.begin().await?;
    // A booking that does not see this limit yet holds the item by its reference to it: it is waited for here, so that the look that follows
    // counts what it books.
    let held = if tx.get_database_backend() == DbBackend::Postgres { " FOR UPDATE" } else { "" };
    let known = Sql::new("SELECT is_kit FROM item WHERE NOT deleted AND id = ").bind(item).text(held);
    if Sql::new("SELECT COUNT(*) FROM site WHERE id = ").bind(site).number(&tx).await? == 0 {
        return Err(LimitError::NoSite(site));
    }
    match known.one::<Item>(&tx).await? {
        None => return Err(LimitError::NoItem(item)),
        Some(Item { is_kit: true }) => return Err(LimitError::Kit),
        Some(_) => {}
    }
    let old = find(&tx, site, item).await?;
    if old.as_ref().map_or(0, |old| old.version) != version {
        return Err(LimitError::Changed);
    }
    let (least, most) = (fields.min.map(Quantity::raw), fields.max.map(Quantity::raw));
    let set = if version == 0 {
        let row: [Value; 9] =
            [item.into(), site.into(), least.into(), most.into(), 0_i64.into(), "".into(), true.into(), false.into(), 1_i64.into()];
        let new = "INSERT INTO stock_limit (item_id, site_id, least, most, quantity, state, due, removed, version) VALUES ";
        // One that was taken away a moment ago is not swept yet.
        let again = " ON CONFLICT (item_id, site_id) DO UPDATE SET least = excluded.least, most = excluded.most, due = TRUE, removed = FALSE, \
                     version = stock_limit.version + 1 WHERE stock_limit.removed";
        Sql::new(new).list(row).text(again)
    } else {
        let set = Sql::new("UPDATE stock_limit SET due = TRUE, version = version + 1, least = ").bind(least).text(", most = ").bind(most);
        let set = set.text(" WHERE NOT removed AND item_id = ").bind(item).text(" AND site_id = ").bind(site);
        set.text(" AND version = ").bind(version)
    };
    if set.run(&tx).await? == 0 {
        return Err(LimitError::Changed);
    }
    let action = if old.is_some() { "change" } else { "create" };
    let old = old.map(|old| json!({"min": old.min, "max": old.max}));
    note(&tx, author, (site, item, action), old, Some(json!({"min": fields.min, "max": fields.max}))).await?;
    tx.commit().await?;
    Ok(())
}

/// Takes the limits of an item at a site away; the next look settles their case.
pub(super) async fn remove(db: &Db, author: &str, (site, item, version): (i64, i64, i64)) -> Result<(), LimitError> {
    let tx = db.begin().await?;
    let old = find(&tx, site, item).await?.ok_or(LimitError::NoLimit)?;
    let sql =
        Sql::new("UPDATE stock_limit SET removed = TRUE, due = TRUE, version = version + 1 WHERE NOT removed AND site_id = ").bind(site);
    if sql.text(" AND item_id = ").bind(item).text(" AND version = ").bind(version).run(&tx).await? == 0 {
        return Err(LimitError::Changed);
    }
    note(&tx, author, (site, item, "delete"), Some(json!({"min": old.min, "max": old.max})), None).await?;
    tx.commit().await?;
    Ok(())
}

/// Notes a change of a limit.
async fn note(
    tx: &impl ConnectionTrait,
    author: &str,
    (site, item, action): (i64, i64, &'static str),
    old: Option<serde_json::Value>,
    new: Option<serde_json::Value>,
) -> Result<(), DbErr> {
    audit::record(tx, Change { author, entity: "stock_limit", id: format!("{site}:{item}"), action }, old, new).await
}
