//! Taking items back: gone as if they had never been, or as they were before. What stock, tasks, files or kits have come to depend on stays.

use std::collections::{HashMap, HashSet};

use sea_orm::{DatabaseTransaction, DbErr, Value as DbValue};
use serde_json::json;

use super::known::{holders, parts_of};
use super::state::{Found, State, states};
use super::write::{belongings, drop_belongings, put};
use crate::catalog::{bump, forget_changes};
use crate::platform::audit::{self, Change};
use crate::platform::import::{Fault, Made, Run, changed_since, in_use};
use crate::platform::search;
use crate::platform::sql::{MAX_PARAMETERS, Sql, found_by};

/// Everything that an item is kept for.
const USES: &[&str] = &[
    "SELECT item_id AS id FROM stock WHERE item_id IN ",
    "SELECT item_id AS id FROM movement WHERE item_id IN ",
    "SELECT item_id AS id FROM task_line WHERE item_id IN ",
    "SELECT item_id AS id FROM count_line WHERE item_id IN ",
    "SELECT item_id AS id FROM price WHERE item_id IN ",
    "SELECT record_id AS id FROM file WHERE entity = 'item' AND state = 'kept' AND record_id IN ",
    "SELECT record_id AS id FROM comment WHERE entity = 'item' AND record_id IN ",
];

/// Takes items back that an import has written, but for those that something has come to depend on.
pub(super) async fn take_back(tx: &DatabaseTransaction, run: &Run, rows: Vec<Made>) -> Result<Vec<Option<Fault>>, DbErr> {
    let records: Vec<DbValue> = rows.iter().map(|row| row.record.into()).collect();
    let found = states(tx, "id", records).await?;
    let now: HashMap<i64, (Found, State)> = found.into_iter().map(|(row, state)| (row.id, (row, state))).collect();
    let before: Vec<Option<State>> = rows.iter().map(|row| former(row, now.get(&row.record).map(|(_, state)| state))).collect();
    let texts: Vec<String> = before.iter().flatten().flat_map(|old| &old.barcodes).map(|barcode| barcode.text.clone()).collect();
    let codes: Vec<String> = before.iter().flatten().flat_map(|old| old.parts.keys().cloned()).collect();
    let holders = holders(tx, &texts).await?;
    let parts = parts_of(tx, &codes).await?.into_iter().map(|(code, (id, _))| (code, id)).collect();
    let mut refusals: Vec<Option<Fault>> =
        rows.iter().zip(&before).map(|(row, old)| changed(row, now.get(&row.record), old.as_ref(), &holders, &parts)).collect();
    // A kit that stays keeps its parts: so whoever is in use is taken out until nobody is.
    loop {
        let (mut free, mut made) = (Vec::new(), Vec::new());
        for ((row, old), _) in rows.iter().zip(&before).zip(&refusals).filter(|(_, refusal)| refusal.is_none()) {
            free.push(row.record);
            if goes(old.as_ref()) {
                made.push(row.record);
            }
        }
        let used = in_use_now(tx, &made, &free).await?;
        if used.is_empty() {
            break;
        }
        for (row, refusal) in rows.iter().zip(&mut refusals) {
            if refusal.is_none() && used.contains(&row.record) {
                *refusal = Some(in_use());
            }
        }
    }
    let (mut gone, mut restored, mut audited) = (Vec::new(), Vec::new(), Vec::new());
    for ((row, old), _) in rows.iter().zip(before).zip(&refusals).filter(|(_, refusal)| refusal.is_none()) {
        let change = Change { author: &run.author, entity: "item", id: row.record.to_string(), action: "undo" };
        let was = now.get(&row.record).map(|(_, state)| json!(state));
        audited.push((change, was, old.as_ref().filter(|old| !old.deleted).map(|old| json!(old))));
        match old {
            None => gone.push(row.record),
            Some(old) => restored.push((row.record, old)),
        }
    }
    let version = bump(tx, "items").await?;
    drop_belongings(tx, &gone).await?;
    drop_belongings(tx, &restored.iter().map(|(record, _)| *record).collect::<Vec<_>>()).await?;
    for some in gone.chunks(MAX_PARAMETERS) {
        Sql::new("DELETE FROM item WHERE id IN ").among(some.iter().copied()).run(tx).await?;
    }
    if !gone.is_empty() {
        forget_changes(tx, "items", version).await?;
    }
    let states: Vec<&State> = restored.iter().map(|(_, old)| old).collect();
    let numbers = put(tx, &states, version).await?;
    belongings(tx, &states, &numbers, &parts).await?;
    let records: Vec<String> = gone.iter().chain(numbers.values()).map(ToString::to_string).collect();
    search::index(tx, search::Kind::Item, &records).await?;
    audit::record_many(tx, audited).await?;
    Ok(refusals)
}

/// What an item was; its custom fields as they are, where nobody had noted them.
fn former(row: &Made, now: Option<&State>) -> Option<State> {
    let mut old: State = row.old.clone().and_then(|old| serde_json::from_value(old).ok())?;
    old.custom = old.custom.or_else(|| now.and_then(|now| now.custom.clone()));
    Some(old)
}

/// Those of some items that something depends on, other than these kits.
async fn in_use_now(tx: &DatabaseTransaction, all: &[i64], kits: &[i64]) -> Result<HashSet<i64>, DbErr> {
    let mut used = found_by(tx, USES, all).await?;
    for some in all.chunks(MAX_PARAMETERS / 2) {
        let sql = Sql::new("SELECT DISTINCT part_id AS id FROM kit_part WHERE part_id IN ").among(some.iter().copied());
        used.extend(sql.text(" AND kit_id NOT IN ").among(kits.iter().copied()).numbers(tx).await?);
    }
    Ok(used)
}

fn goes(old: Option<&State>) -> bool {
    old.is_none_or(|old| old.deleted)
}

/// Items whose former barcodes or parts somebody else has now, or that were changed since the import wrote them.
fn changed(
    row: &Made,
    now: Option<&(Found, State)>,
    old: Option<&State>,
    holders: &HashMap<String, i64>,
    parts: &HashMap<String, i64>,
) -> Option<Fault> {
    if now.is_none_or(|(found, _)| found.version != row.version || found.deleted) {
        return Some(changed_since());
    }
    let old = old?;
    let taken = old.barcodes.iter().any(|barcode| holders.get(&barcode.text).is_some_and(|holder| *holder != row.record));
    let (zh, en) =
        ("原来的条码或部件已被别的商品占用，没有撤销。", "Its former barcodes or parts are gone or another item's; it is left as it is.");
    (taken || old.parts.keys().any(|code| !parts.contains_key(code))).then(|| Fault::new("", "taken_meanwhile", zh, en))
}
