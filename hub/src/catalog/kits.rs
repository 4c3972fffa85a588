//! Items with what kits are made of, as the domain takes them apart.

use std::collections::{BTreeMap, BTreeSet};

use qitao_domain::catalog::{Item, KitPart};
use qitao_domain::ids::ItemId;
use qitao_domain::quantity::Quantity;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};

use super::rules::KIT_DEPTH;
use super::store::{ItemName, names_of};
use crate::platform::sql::Sql;

#[derive(FromQueryResult)]
struct Part {
    kit_id: i64,
    part_id: i64,
    quantity: i64,
}

/// Some items by number, with the parts of those that are kits, and their parts; barcodes are left away.
///
/// # Errors
/// What the database said.
pub async fn with_parts(db: &impl ConnectionTrait, items: impl IntoIterator<Item = i64>) -> Result<BTreeMap<ItemId, Item>, DbErr> {
    let mut asked: BTreeSet<i64> = items.into_iter().collect();
    let mut items = BTreeMap::new();
    for _ in 0..=KIT_DEPTH {
        if asked.is_empty() {
            break;
        }
        let found = names_of(db, asked.iter().copied()).await?;
        let kits = found.values().filter(|name| name.is_kit).map(|name| name.id);
        let parts: Vec<Part> =
            Sql::new("SELECT kit_id, part_id, quantity FROM kit_part WHERE kit_id IN ").among(kits).text(" ORDER BY id").all(db).await?;
        items.extend(found.into_values().map(|name| (ItemId(name.id), item_of(name))));
        asked = parts.iter().map(|part| part.part_id).filter(|part| !items.contains_key(&ItemId(*part))).collect();
        for part in parts {
            if let Some(kit) = items.get_mut(&ItemId(part.kit_id)) {
                kit.parts.push(KitPart { item: ItemId(part.part_id), quantity: Quantity::from_raw(part.quantity) });
            }
        }
    }
    Ok(items)
}

fn item_of(name: ItemName) -> Item {
    Item {
        id: ItemId(name.id),
        code: name.code,
        name: name.name,
        name_en: String::new(),
        unit: String::new(),
        cartons: u16::try_from(name.cartons).unwrap_or(1),
        by_lot: name.by_lot,
        parts: Vec::new(),
        barcodes: Vec::new(),
    }
}
