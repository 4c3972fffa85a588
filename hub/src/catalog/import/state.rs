//! An item as an import writes it and as it is: read from the database, shown as the cells of a sheet, compared.

use std::collections::{BTreeMap, HashMap};

use qitao_domain::quantity::Quantity;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, Value as DbValue};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::db::entity::item;
use crate::http::problem::Language;
use crate::platform::import::{Custom, FieldChange};
use crate::platform::sql::{MAX_PARAMETERS, Sql};

/// An item as an import writes it and as it was before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct State {
    pub(super) code: String,
    pub(super) name: String,
    pub(super) name_en: String,
    pub(super) unit: String,
    pub(super) cartons: i32,
    pub(super) by_lot: bool,
    pub(super) barcodes: Vec<Barcode>,
    /// By code of the part, in thousandths.
    pub(super) parts: BTreeMap<String, i64>,
    /// Custom fields by their keys; nothing in the notes of an import from before there were any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) custom: Option<Map<String, Value>>,
    /// It was there as a trace of one that is gone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) deleted: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Barcode {
    pub(super) text: String,
    pub(super) quantity: i64,
    pub(super) carton: Option<i32>,
}

#[derive(FromQueryResult)]
pub(super) struct Found {
    pub(super) id: i64,
    pub(super) code: String,
    pub(super) name: String,
    pub(super) name_en: String,
    pub(super) unit: String,
    pub(super) cartons: i32,
    pub(super) by_lot: bool,
    pub(super) is_kit: bool,
    pub(super) version: i64,
    pub(super) deleted: bool,
    pub(super) custom: Value,
}

#[derive(FromQueryResult)]
pub(super) struct FoundBarcode {
    pub(super) item_id: i64,
    pub(super) text: String,
    pub(super) quantity: i64,
    pub(super) carton: Option<i32>,
}

#[derive(FromQueryResult)]
struct FoundPart {
    kit_id: i64,
    code: String,
    quantity: i64,
}

/// Items with all that belongs to them, by column `code` or `id`.
pub(super) async fn states(tx: &impl ConnectionTrait, column: &str, of: Vec<DbValue>) -> Result<Vec<(Found, State)>, DbErr> {
    let mut found: Vec<Found> = Vec::new();
    for some in of.chunks(MAX_PARAMETERS) {
        let sql = Sql::new(format!(
            "SELECT id, code, name, name_en, unit, cartons, by_lot, is_kit, version, deleted, custom FROM item WHERE {column} IN "
        ));
        found.extend(sql.among(some.iter().cloned()).all::<Found>(tx).await?);
    }
    let (mut barcodes, mut parts) = (HashMap::<i64, Vec<Barcode>>::new(), HashMap::<i64, BTreeMap<String, i64>>::new());
    let all: Vec<i64> = found.iter().map(|row| row.id).collect();
    for some in all.chunks(MAX_PARAMETERS) {
        let sql = Sql::new("SELECT item_id, text, quantity, carton FROM item_barcode WHERE item_id IN ").among(some.iter().copied());
        for row in sql.all::<FoundBarcode>(tx).await? {
            barcodes.entry(row.item_id).or_default().push(Barcode { text: row.text, quantity: row.quantity, carton: row.carton });
        }
        let sql = Sql::new("SELECT p.kit_id, i.code, p.quantity FROM kit_part p JOIN item i ON i.id = p.part_id WHERE p.kit_id IN ");
        for row in sql.among(some.iter().copied()).all::<FoundPart>(tx).await? {
            parts.entry(row.kit_id).or_default().insert(row.code, row.quantity);
        }
    }
    let state = |mut row: Found| {
        let mut barcodes = barcodes.remove(&row.id).unwrap_or_default();
        barcodes.sort();
        let state = State {
            code: row.code.clone(),
            name: row.name.clone(),
            name_en: row.name_en.clone(),
            unit: row.unit.clone(),
            cartons: row.cartons,
            by_lot: row.by_lot,
            barcodes,
            parts: parts.remove(&row.id).unwrap_or_default(),
            custom: Some(if let Value::Object(custom) = row.custom.take() { custom } else { Map::new() }),
            deleted: row.deleted,
        };
        (row, state)
    };
    Ok(found.into_iter().map(state).collect())
}

/// Barcodes and parts of items as the cells of a sheet have them, by number.
///
/// # Errors
/// What the database said.
pub async fn cells_of(db: &impl ConnectionTrait, items: impl IntoIterator<Item = i64>) -> Result<HashMap<i64, (String, String)>, DbErr> {
    let found = states(db, "id", items.into_iter().map(DbValue::from).collect()).await?;
    Ok(found.into_iter().map(|(row, state)| (row.id, (barcodes_text(&state.barcodes), parts_text(&state.parts)))).collect())
}

fn amount(raw: i64) -> String {
    Quantity::from_raw(raw).to_string()
}

/// Barcodes as a cell has them.
pub(super) fn barcodes_text(barcodes: &[Barcode]) -> String {
    let one = |barcode: &Barcode| {
        let carton = barcode.carton.map(|carton| format!("#{carton}")).unwrap_or_default();
        let quantity = if barcode.quantity == 1000 { String::new() } else { format!("×{}", amount(barcode.quantity)) };
        format!("{}{carton}{quantity}", barcode.text)
    };
    barcodes.iter().map(one).collect::<Vec<_>>().join("; ")
}

pub(super) fn parts_text(parts: &BTreeMap<String, i64>) -> String {
    parts.iter().map(|(code, quantity)| format!("{code}×{}", amount(*quantity))).collect::<Vec<_>>().join("; ")
}

fn flag(flag: bool) -> &'static str {
    if flag { "是" } else { "否" }
}

impl State {
    /// The item that it makes, as far as expressions look at items.
    pub(super) fn item(&self) -> item::Model {
        item::Model {
            id: 0,
            code: self.code.clone(),
            name: self.name.clone(),
            name_en: self.name_en.clone(),
            unit: self.unit.clone(),
            cartons: self.cartons,
            by_lot: self.by_lot,
            is_kit: !self.parts.is_empty(),
            version: 0,
            deleted: self.deleted,
        }
    }
}

/// What changes, cell by cell.
pub(super) fn changes(old: Option<&State>, new: &State, fields: Option<&Custom>) -> Vec<FieldChange> {
    let cells = |state: &State| {
        [
            ("name", state.name.clone()),
            ("name_en", state.name_en.clone()),
            ("unit", state.unit.clone()),
            ("cartons", state.cartons.to_string()),
            ("by_lot", flag(state.by_lot).to_owned()),
            ("barcodes", barcodes_text(&state.barcodes)),
            ("parts", parts_text(&state.parts)),
        ]
    };
    let before = old.map(cells);
    let one = |(at, (column, new)): (usize, (&str, String))| {
        let old = before.as_ref().and_then(|before| before.get(at)).map(|(_, old)| old.clone()).unwrap_or_default();
        FieldChange::of(column, Some(&old), &new)
    };
    let own = cells(new).into_iter().enumerate().filter_map(one);
    let custom = fields.into_iter().flat_map(|fields| &fields.set.fields).filter_map(|of| {
        let cell = |state: &State| of.cell(state.custom.as_ref().and_then(|custom| custom.get(&of.field.key)), Language::Chinese);
        FieldChange::of(&format!("custom.{}", of.field.key), old.map(cell).as_deref(), &cell(new))
    });
    own.chain(custom).collect()
}
