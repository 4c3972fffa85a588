//! What the database knows of the items, barcodes and parts that some rows speak of.

use std::collections::{BTreeSet, HashMap, HashSet};

use sea_orm::{DatabaseTransaction, DbErr, FromQueryResult, Value as DbValue};

use super::state::{FoundBarcode, State, states};
use crate::platform::import::Parsed;
use crate::platform::sql::{MAX_PARAMETERS, Sql, found_by};

/// What the database knows of the rows at hand.
#[derive(Default)]
pub(super) struct Known {
    pub(super) items: HashMap<String, (i64, i64, bool, State)>,
    /// Barcode → item.
    pub(super) holders: HashMap<String, i64>,
    /// Code → number and whether it is a kit, of what can be a part.
    pub(super) parts: HashMap<String, (i64, bool)>,
    /// Items that stock or open work depends on.
    pub(super) busy: HashSet<i64>,
    /// Items that are a part of a kit.
    pub(super) used: HashSet<i64>,
}

#[derive(FromQueryResult)]
struct FoundItem {
    id: i64,
    code: String,
    is_kit: bool,
}

/// Stock and open work.
const BUSY: &[&str] = &[
    "SELECT item_id AS id FROM stock WHERE quantity <> 0 AND item_id IN ",
    "SELECT n.item_id AS id FROM task_line n JOIN task t ON t.id = n.task_id WHERE t.state IN ('open', 'started') AND n.item_id IN ",
];

/// What rows speak of.
pub(super) struct Asked {
    pub(super) codes: Vec<DbValue>,
    pub(super) barcodes: Vec<String>,
    pub(super) parts: Vec<String>,
}

impl Asked {
    pub(super) fn of(rows: &[Parsed]) -> Self {
        let pieces = |column: &str| -> BTreeSet<String> {
            rows.iter().filter_map(|row| row.pieces(column)).flatten().map(|piece| piece.code.clone()).collect()
        };
        let codes: BTreeSet<&str> = rows.iter().filter_map(|row| row.text("code")).collect();
        Self {
            codes: codes.into_iter().map(DbValue::from).collect(),
            barcodes: pieces("barcodes").into_iter().collect(),
            parts: pieces("parts").into_iter().collect(),
        }
    }
}

impl Known {
    pub(super) async fn load(tx: &DatabaseTransaction, asked: Asked) -> Result<Self, DbErr> {
        let mut known = Self::default();
        for (row, state) in states(tx, "code", asked.codes).await? {
            known.items.insert(row.code, (row.id, row.version, row.is_kit, state));
        }
        known.holders = holders(tx, &asked.barcodes).await?;
        // Those that kits have already too: they are written again with the kit.
        let had = known.items.values().flat_map(|(.., state)| state.parts.keys().cloned());
        let parts: Vec<String> = asked.parts.into_iter().chain(had).collect::<BTreeSet<_>>().into_iter().collect();
        known.parts = parts_of(tx, &parts).await?;
        let there: Vec<i64> = known.items.values().map(|(id, ..)| *id).collect();
        known.busy = found_by(tx, BUSY, &there).await?;
        known.used = found_by(tx, &["SELECT part_id AS id FROM kit_part WHERE part_id IN "], &there).await?;
        Ok(known)
    }
}

/// Whose barcodes are.
pub(super) async fn holders(tx: &DatabaseTransaction, texts: &[String]) -> Result<HashMap<String, i64>, DbErr> {
    let mut holders = HashMap::new();
    for some in texts.chunks(MAX_PARAMETERS) {
        let sql = Sql::new("SELECT item_id, text, quantity, carton FROM item_barcode WHERE text IN ").among(some.iter().cloned());
        let rows: Vec<FoundBarcode> = sql.all(tx).await?;
        holders.extend(rows.into_iter().map(|row| (row.text, row.item_id)));
    }
    Ok(holders)
}

/// What can be a part of a kit, by code: its number, and whether it is a kit itself.
pub(super) async fn parts_of(tx: &DatabaseTransaction, codes: &[String]) -> Result<HashMap<String, (i64, bool)>, DbErr> {
    let mut parts = HashMap::new();
    for some in codes.chunks(MAX_PARAMETERS) {
        let sql = Sql::new("SELECT id, code, is_kit FROM item WHERE NOT deleted AND code IN ").among(some.iter().cloned());
        let rows: Vec<FoundItem> = sql.all(tx).await?;
        parts.extend(rows.into_iter().map(|row| (row.code, (row.id, row.is_kit))));
    }
    Ok(parts)
}
