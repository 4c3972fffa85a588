//! Writing items, their barcodes and their parts, many at a time.

use std::collections::HashMap;

use sea_orm::{DatabaseTransaction, DbErr, FromQueryResult, Value as DbValue};
use serde_json::{Value, json};

use super::known::Known;
use super::state::State;
use crate::catalog::bump;
use crate::platform::audit::{self, Change};
use crate::platform::import::{Done, Run};
use crate::platform::search;
use crate::platform::sql::{MAX_PARAMETERS, Sql, insert_many, pieces};

/// A row that is to be written.
pub(super) struct Writing {
    pub(super) at: usize,
    pub(super) new: State,
    pub(super) old: Option<State>,
}

#[derive(FromQueryResult)]
struct Coded {
    id: i64,
    code: String,
}

pub(super) async fn write(
    tx: &DatabaseTransaction,
    run: &Run,
    writing: Vec<Writing>,
    known: &Known,
    done: &mut [Done],
) -> Result<(), DbErr> {
    if writing.is_empty() {
        return Ok(());
    }
    let version = bump(tx, "items").await?;
    let states: Vec<&State> = writing.iter().map(|row| &row.new).collect();
    let numbers = put(tx, &states, version).await?;
    // Of new items too: a part may have come with the same rows.
    let mut parts: HashMap<String, i64> = known.parts.iter().map(|(code, (id, _))| (code.clone(), *id)).collect();
    parts.extend(numbers.iter().map(|(code, id)| (code.clone(), *id)));
    belongings(tx, &states, &numbers, &parts).await?;
    let records: Vec<String> = numbers.values().map(ToString::to_string).collect();
    search::index(tx, search::Kind::Item, &records).await?;
    let mut audited = Vec::with_capacity(writing.len());
    for row in writing {
        let id = numbers.get(&row.new.code).copied();
        if let Some(done) = done.get_mut(row.at) {
            done.written(id, version, row.old.as_ref());
        }
        let (id, old) = (id.unwrap_or_default().to_string(), row.old.filter(|old| !old.deleted));
        let action = if old.is_some() { "change" } else { "create" };
        audited.push((Change { author: &run.author, entity: "item", id, action }, old.map(|old| json!(old)), Some(json!(row.new))));
    }
    audit::record_many(tx, audited).await
}

/// Writes items by their codes; their numbers.
pub(super) async fn put(tx: &DatabaseTransaction, states: &[&State], version: i64) -> Result<HashMap<String, i64>, DbErr> {
    let mut numbers = HashMap::with_capacity(states.len());
    for some in pieces(states) {
        let rows = some.iter().map(|state| -> Vec<DbValue> {
            vec![
                state.code.clone().into(),
                state.name.clone().into(),
                state.name_en.clone().into(),
                state.unit.clone().into(),
                state.cartons.into(),
                state.by_lot.into(),
                (!state.parts.is_empty()).into(),
                version.into(),
                state.deleted.into(),
                Value::Object(state.custom.clone().unwrap_or_default()).into(),
            ]
        });
        let sql =
            Sql::new("INSERT INTO item (code, name, name_en, unit, cartons, by_lot, is_kit, version, deleted, custom) VALUES ").rows(rows);
        let conflict = " ON CONFLICT (code) DO UPDATE SET name = excluded.name, name_en = excluded.name_en, unit = excluded.unit, \
                        cartons = excluded.cartons, by_lot = excluded.by_lot, is_kit = excluded.is_kit, version = excluded.version, \
                        deleted = excluded.deleted, custom = excluded.custom RETURNING id, code";
        numbers.extend(sql.text(conflict).all::<Coded>(tx).await?.into_iter().map(|row| (row.code, row.id)));
    }
    Ok(numbers)
}

/// Writes barcodes and parts in the place of those that are there.
pub(super) async fn belongings(
    tx: &DatabaseTransaction,
    states: &[&State],
    numbers: &HashMap<String, i64>,
    part_numbers: &HashMap<String, i64>,
) -> Result<(), DbErr> {
    drop_belongings(tx, &numbers.values().copied().collect::<Vec<_>>()).await?;
    let (mut barcodes, mut parts): (Vec<Vec<DbValue>>, Vec<Vec<DbValue>>) = (Vec::new(), Vec::new());
    for state in states {
        let Some(id) = numbers.get(&state.code) else { continue };
        let rows = state.barcodes.iter().cloned();
        barcodes.extend(rows.map(|row| vec![(*id).into(), row.text.into(), row.quantity.into(), row.carton.into()]));
        for (code, quantity) in &state.parts {
            let part =
                part_numbers.get(code).copied().ok_or_else(|| DbErr::Custom(format!("the part {code} of {} is not there", state.code)))?;
            parts.push(vec![(*id).into(), part.into(), (*quantity).into()]);
        }
    }
    insert_many(tx, "item_barcode", &["item_id", "text", "quantity", "carton"], barcodes).await?;
    insert_many(tx, "kit_part", &["kit_id", "part_id", "quantity"], parts).await
}

pub(super) async fn drop_belongings(tx: &DatabaseTransaction, items: &[i64]) -> Result<(), DbErr> {
    for some in items.chunks(MAX_PARAMETERS) {
        Sql::new("DELETE FROM item_barcode WHERE item_id IN ").among(some.iter().copied()).run(tx).await?;
        Sql::new("DELETE FROM kit_part WHERE kit_id IN ").among(some.iter().copied()).run(tx).await?;
    }
    Ok(())
}
