//! Shelves that the books have below nothing: each is a case until the shelf is made good again, by whatever was booked.

use std::collections::{BTreeMap, BTreeSet};

use data_encoding::HEXLOWER;
use qitao_domain::quantity::Quantity;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::cases::{self, Again, Case};
use crate::inventory::{Level, StockKeyAt};
use crate::platform::sql::Sql;

/// How an item is called.
#[derive(Debug, Default, Clone, FromQueryResult)]
pub struct ItemNames {
    id: i64,
    /// Code.
    pub code: String,
    /// Chinese name.
    pub name: String,
    /// English name, or empty.
    pub name_en: String,
    /// Cartons of it.
    pub cartons: i32,
}

#[derive(FromQueryResult)]
struct Shelf {
    id: i64,
    site_id: i64,
    code: String,
}

async fn names(tx: &impl ConnectionTrait, items: BTreeSet<i64>) -> Result<BTreeMap<i64, ItemNames>, DbErr> {
    let rows: Vec<ItemNames> = Sql::new("SELECT id, code, name, name_en, cartons FROM item WHERE id IN ").among(items).all(tx).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// How one item is called.
///
/// # Errors
/// What the database said.
pub async fn item(tx: &impl ConnectionTrait, id: i64) -> Result<ItemNames, DbErr> {
    Ok(names(tx, BTreeSet::from([id])).await?.remove(&id).unwrap_or_default())
}

/// Opens the cases of shelves that are below nothing after a booking, and closes those of shelves that are made good by it. Numbers and sites
/// of these cases. Costs nothing when no shelf went below or came back.
///
/// # Errors
/// What the database said.
pub async fn watch(tx: &impl ConnectionTrait, levels: Vec<Level>, now_ms: i64) -> Result<Vec<(i64, Option<i64>)>, DbErr> {
    if levels.is_empty() {
        return Ok(Vec::new());
    }
    let shelves: BTreeSet<i64> = levels.iter().map(|level| level.key.location).collect();
    let shelves: Vec<Shelf> = Sql::new("SELECT id, site_id, code FROM location WHERE kind IN ('bin', 'receiving', 'staging') AND id IN ")
        .among(shelves)
        .all(tx)
        .await?;
    let shelves: BTreeMap<i64, Shelf> = shelves.into_iter().map(|shelf| (shelf.id, shelf)).collect();
    if shelves.is_empty() {
        return Ok(Vec::new());
    }
    let items = names(tx, levels.iter().map(|level| level.key.item).collect()).await?;
    let mut touched = Vec::new();
    for Level { key, before, after } in levels {
        let Some(shelf) = shelves.get(&key.location) else { continue };
        let StockKeyAt { location, item, carton, lot } = key;
        let of_lot = HEXLOWER.encode(&Sha256::digest(lot.as_bytes())[..16]);
        let matter = format!("negative_stock:{location}:{item}:{carton}:{of_lot}");
        if after < 0 {
            let names = items.get(&item).cloned().unwrap_or_default();
            let data = json!({
                "location": location, "location_code": shelf.code, "item": item, "code": names.code, "name": names.name,
                "name_en": names.name_en, "carton": carton, "of": names.cartons, "lot": lot, "quantity": Quantity::from_raw(after),
            });
            let site = Some(shelf.site_id);
            let case = Case { kind: "negative_stock", site, edge: None, key: matter, data, again: Again::Replace };
            touched.push((cases::open(tx, case, now_ms).await?, site));
        } else if before < 0 {
            let note = "账面已不再低于零 / the books are no longer below nothing here";
            touched.extend(cases::settle(tx, &matter, "made_good", note, now_ms).await?);
        }
    }
    Ok(touched)
}
