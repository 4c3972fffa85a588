//! Making a task: checked, exploded to cartons, given places, written and put into the task logs of the site's edges in one transaction.

use std::collections::{BTreeMap, BTreeSet};

use data_encoding::HEXLOWER;
use qitao_domain::catalog::{Item, KitPart, StockKey};
use qitao_domain::ids::{EdgeId, ItemId, LocationId, SiteId, TaskId};
use qitao_domain::ledger::explode;
use qitao_domain::quantity::Quantity;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, Value};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::WarehouseError;
use super::model::Kind;
use super::rules::{self, Bins, Broken, Pickable};
use crate::catalog::{self, store::ItemName};
use crate::db::entity::{audit as audit_row, location, task};
use crate::feed;
use crate::live::What;
use crate::platform::audit::{self, Change};
use crate::platform::clock;
use crate::platform::sql::{Sql, insert_many};
use crate::state::App;

/// A task as somebody asks for it.
#[derive(Debug, Clone)]
pub struct Draft {
    /// What kind of work.
    pub kind: Kind,
    /// Where.
    pub site: SiteId,
    /// What it is for.
    pub reference: String,
    /// What is to be done.
    pub lines: Vec<DraftLine>,
}

/// A line as somebody asks for it.
#[derive(Debug, Clone, Default)]
pub struct DraftLine {
    /// Item or kit; none in a count.
    pub item: Option<ItemId>,
    /// How many.
    pub quantity: Option<Quantity>,
    /// Where; suggested when left away.
    pub location: Option<LocationId>,
    /// Dye lot.
    pub lot: Option<String>,
}

/// A line as it is kept: `set` from 1, 0 stands alone.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Planned {
    stock: Option<StockKey>,
    quantity: Quantity,
    location: Option<LocationId>,
    set: u32,
}

/// Makes a task; the second value is false when the key had made it before.
///
/// # Errors
/// [`WarehouseError`] when a rule does not allow it.
pub async fn create(app: &App, author: &str, draft: Draft, key: Option<String>) -> Result<(TaskId, bool), WarehouseError> {
    if draft.reference.chars().count() > rules::MAX_REFERENCE {
        return Err(Broken::Reference.into());
    }
    if draft.lines.is_empty() || draft.lines.len() > rules::MAX_ASKED {
        return Err(Broken::Lines(draft.lines.len()).into());
    }
    let tx = app.db.begin().await?;
    if let Some(key) = &key
        && let Some(made) = task::Entity::find().filter(task::Column::IdempotencyKey.eq(key)).one(&tx).await?
    {
        return if asked_before(&tx, made.id).await? == Some(digest(&draft)) {
            Ok((TaskId(made.id), false))
        } else {
            Err(WarehouseError::KeyReused)
        };
    }
    if Sql::new("SELECT id FROM site WHERE id = ").bind(draft.site.0).number(&tx).await? == 0 {
        return Err(WarehouseError::NoSite(draft.site));
    }
    let planned = plan(&tx, &draft).await?;
    let id = write(&tx, author, &draft, &planned, key).await?;
    let edges = feed::log_release(&tx, id).await?;
    tx.commit().await?;
    tell(app, draft.site, id, edges).await;
    Ok((id, true))
}

/// What tells one request from another.
fn digest(draft: &Draft) -> String {
    HEXLOWER.encode(&Sha256::digest(format!("{draft:?}").as_bytes()))
}

/// The digest of the request that made a task, kept with its author.
async fn asked_before(tx: &impl ConnectionTrait, task: i64) -> Result<Option<String>, WarehouseError> {
    let written = audit_row::Entity::find()
        .filter(audit_row::Column::Entity.eq("task"))
        .filter(audit_row::Column::EntityId.eq(task.to_string()))
        .filter(audit_row::Column::Action.eq("create"))
        .one(tx)
        .await?;
    Ok(written.and_then(|row| row.new?.get("request")?.as_str().map(str::to_owned)))
}

/// Tells screens and edges. What fails here is sent again when the edge says hello.
async fn tell(app: &App, site: SiteId, task: TaskId, edges: Vec<EdgeId>) {
    app.live.publish(Some(site), What::Task(task));
    for edge in edges {
        if let Err(error) = feed::push(&app.fleet, &edge).await {
            tracing::warn!(%edge, %error, "a task could not be sent to an edge now");
        }
    }
}

/// Withdraws a task that has not ended.
///
/// # Errors
/// [`WarehouseError::NoTask`] or [`WarehouseError::Ended`].
pub async fn withdraw(app: &App, author: &str, id: TaskId) -> Result<(), WarehouseError> {
    let tx = app.db.begin().await?;
    let found = task::Entity::find_by_id(id.0).one(&tx).await?.ok_or(WarehouseError::NoTask(id))?;
    if !matches!(found.state.as_str(), "open" | "started") {
        return Err(WarehouseError::Ended { number: found.number, state: found.state });
    }
    let (site, old) = (SiteId(found.site_id), found.state);
    Sql::new("UPDATE task SET state = 'withdrawn', finished_ms = ").bind(clock::now_ms()).text(" WHERE id = ").bind(id.0).run(&tx).await?;
    let change = Change { author, entity: "task", id: id.to_string(), action: "withdraw" };
    audit::record(&tx, change, Some(json!({"state": old})), Some(json!({"state": "withdrawn"}))).await?;
    let edges = feed::log_withdrawal(&tx, id).await?;
    tx.commit().await?;
    tell(app, site, id, edges).await;
    Ok(())
}

async fn plan(tx: &impl ConnectionTrait, draft: &Draft) -> Result<Vec<Planned>, WarehouseError> {
    check_locations(tx, draft).await?;
    if draft.kind == Kind::Count {
        return plan_count(draft);
    }
    let items = items_of(tx, draft).await?;
    let mut sets = Vec::new();
    for (n, line) in draft.lines.iter().enumerate() {
        sets.push((line, cartons(n, line, &items)?));
    }
    let total = sets.iter().map(|(_, cartons)| cartons.len()).sum();
    if total > rules::MAX_LINES {
        return Err(Broken::Exploded(total).into());
    }
    let involved: BTreeSet<ItemId> = sets.iter().flat_map(|(_, cartons)| cartons.iter().map(|(stock, _)| stock.item)).collect();
    let planned = if draft.kind == Kind::PutAway {
        let mut bins = bins(tx, draft.site, &involved).await?;
        plan_put_away(&sets, &mut bins)
    } else {
        let mut pickable = pickable(tx, draft.site, &involved).await?;
        plan_pick(&sets, &items, &mut pickable)
    };
    if planned.len() > rules::MAX_LINES { Err(Broken::Exploded(planned.len()).into()) } else { Ok(planned) }
}

async fn check_locations(tx: &impl ConnectionTrait, draft: &Draft) -> Result<(), WarehouseError> {
    let asked: BTreeSet<i64> = draft.lines.iter().filter_map(|line| line.location).map(|location| location.0).collect();
    let found =
        location::Entity::find().filter(location::Column::Id.is_in(asked)).filter(location::Column::Deleted.eq(false)).all(tx).await?;
    let found: BTreeMap<i64, location::Model> = found.into_iter().map(|place| (place.id, place)).collect();
    for (line, asked) in draft.lines.iter().enumerate() {
        let Some(place) = asked.location else { continue };
        let place = found.get(&place.0).filter(|place| place.site_id == draft.site.0).ok_or(Broken::NoLocation { line })?;
        if !matches!(place.kind.as_str(), "bin" | "receiving" | "staging") {
            return Err(Broken::VirtualLocation { line }.into());
        }
    }
    Ok(())
}

fn plan_count(draft: &Draft) -> Result<Vec<Planned>, WarehouseError> {
    let mut seen = BTreeSet::new();
    let line = |(line, asked): (usize, &DraftLine)| {
        if asked.item.is_some() || asked.quantity.is_some() || asked.lot.is_some() {
            return Err(Broken::CountNamesItem { line });
        }
        let location = asked.location.ok_or(Broken::NoLocation { line })?;
        if !seen.insert(location) {
            return Err(Broken::LocationTwice { line });
        }
        Ok(Planned { stock: None, quantity: Quantity::ZERO, location: Some(location), set: 0 })
    };
    Ok(draft.lines.iter().enumerate().map(line).collect::<Result<_, _>>()?)
}

/// Items by number, with what kits are made of; barcodes are not needed here.
type Items = BTreeMap<ItemId, Item>;

#[derive(FromQueryResult)]
struct Part {
    kit_id: i64,
    part_id: i64,
    quantity: i64,
}

async fn items_of(tx: &impl ConnectionTrait, draft: &Draft) -> Result<Items, WarehouseError> {
    let mut asked: BTreeSet<i64> = draft.lines.iter().filter_map(|line| line.item).map(|item| item.0).collect();
    let mut items = Items::new();
    for _ in 0..=catalog::rules::KIT_DEPTH {
        if asked.is_empty() {
            break;
        }
        let found = catalog::names_of(tx, asked.iter().copied()).await?;
        let kits = found.values().filter(|name| name.is_kit).map(|name| name.id);
        let parts: Vec<Part> =
            Sql::new("SELECT kit_id, part_id, quantity FROM kit_part WHERE kit_id IN ").list(kits).text(" ORDER BY id").all(tx).await?;
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

/// The cartons of one line: kits become their parts, items their cartons.
fn cartons(n: usize, line: &DraftLine, items: &Items) -> Result<Vec<(StockKey, Quantity)>, Broken> {
    let id = line.item.ok_or(Broken::NoItem { line: n })?;
    let item = items.get(&id).ok_or(Broken::UnknownItem { line: n, item: id })?;
    let quantity = line.quantity.ok_or(Broken::Quantity { line: n })?;
    rules::check_quantity(n, quantity, !item.parts.is_empty() || item.cartons > 1)?;
    let exploded = explode(&|id| items.get(&id), id, quantity).map_err(|error| Broken::Kit { line: n, why: error.to_string() })?;
    let by_lot = |stock: &StockKey| items.get(&stock.item).is_some_and(|item| item.by_lot);
    if line.lot.is_some() && !exploded.iter().any(|(stock, _)| by_lot(stock)) {
        return Err(Broken::NotByLot { line: n });
    }
    let with_lot = |(stock, quantity): (StockKey, Quantity)| {
        let lot = if by_lot(&stock) { line.lot.clone().unwrap_or_default() } else { String::new() };
        (StockKey { lot, ..stock }, quantity)
    };
    Ok(exploded.into_iter().map(with_lot).collect())
}

type Sets<'a> = [(&'a DraftLine, Vec<(StockKey, Quantity)>)];

/// A set number for a line's cartons: what is in one carton stands alone.
fn set_number(n: usize, cartons: usize) -> u32 {
    if cartons > 1 { u32::try_from(n + 1).unwrap_or(0) } else { 0 }
}

fn plan_put_away(sets: &Sets<'_>, bins: &mut Bins) -> Vec<Planned> {
    let mut planned = Vec::new();
    for (n, (line, cartons)) in sets.iter().enumerate() {
        for (stock, quantity) in cartons {
            let location = line.location.or_else(|| bins.suggest(stock.item));
            planned.push(Planned { stock: Some(stock.clone()), quantity: *quantity, location, set: set_number(n, cartons.len()) });
        }
    }
    planned
}

fn plan_pick(sets: &Sets<'_>, items: &Items, pickable: &mut Pickable) -> Vec<Planned> {
    let mut planned = Vec::new();
    for (n, (line, cartons)) in sets.iter().enumerate() {
        for (stock, quantity) in cartons {
            let mut stock = stock.clone();
            if stock.lot.is_empty() && items.get(&stock.item).is_some_and(|item| item.by_lot) {
                let of_item: Vec<(u16, Quantity)> = cartons
                    .iter()
                    .filter(|(other, _)| other.item == stock.item)
                    .map(|(other, quantity)| (other.carton, *quantity))
                    .collect();
                let chosen = planned.iter().rev().find_map(|p: &Planned| {
                    let same = p.set == set_number(n, cartons.len()) && p.set != 0;
                    p.stock.as_ref().filter(|s| same && s.item == stock.item && !s.lot.is_empty()).map(|s| s.lot.clone())
                });
                stock.lot = chosen.or_else(|| pickable.lot_for(stock.item, &of_item)).unwrap_or_default();
            }
            let from = match line.location {
                Some(location) => vec![(Some(location), *quantity)],
                None => pickable.take(&stock, *quantity),
            };
            for (location, quantity) in from {
                planned.push(Planned { stock: Some(stock.clone()), quantity, location, set: set_number(n, cartons.len()) });
            }
        }
    }
    planned
}

#[derive(FromQueryResult)]
struct Lying {
    item_id: i64,
    carton: i32,
    lot: String,
    location_id: i64,
    quantity: i64,
}

async fn lying(tx: &impl ConnectionTrait, site: SiteId, items: &BTreeSet<ItemId>) -> Result<Vec<Lying>, WarehouseError> {
    let sql = Sql::new(
        "SELECT s.item_id, s.carton, s.lot, s.location_id, s.quantity FROM stock s JOIN location l ON l.id = s.location_id \
         WHERE s.quantity > 0 AND l.kind = 'bin' AND NOT l.deleted AND l.site_id = ",
    );
    Ok(sql.bind(site.0).text(" AND s.item_id IN ").list(items.iter().map(|item| item.0)).all(tx).await?)
}

async fn bins(tx: &impl ConnectionTrait, site: SiteId, items: &BTreeSet<ItemId>) -> Result<Bins, WarehouseError> {
    #[derive(FromQueryResult)]
    struct Id {
        id: i64,
    }
    let empty: Vec<Id> = Sql::new("SELECT l.id FROM location l WHERE l.kind = 'bin' AND NOT l.deleted AND l.site_id = ")
        .bind(site.0)
        .text(
            " AND NOT EXISTS (SELECT 1 FROM stock s WHERE s.location_id = l.id AND s.quantity <> 0) AND NOT EXISTS (SELECT 1 FROM task_line n \
             JOIN task t ON t.id = n.task_id WHERE n.location_id = l.id AND t.kind = 'put_away' AND t.state IN ('open','started')) ORDER BY l.code",
        )
        .all(tx)
        .await?;
    let mut bins = Bins::new(empty.into_iter().map(|row| LocationId(row.id)).collect());
    let mut holding: BTreeMap<(ItemId, LocationId), i64> = BTreeMap::new();
    for row in lying(tx, site, items).await? {
        *holding.entry((ItemId(row.item_id), LocationId(row.location_id))).or_default() += row.quantity;
    }
    for ((item, bin), quantity) in holding {
        bins.holding.entry(item).or_default().push((bin, quantity));
    }
    Ok(bins)
}

async fn pickable(tx: &impl ConnectionTrait, site: SiteId, items: &BTreeSet<ItemId>) -> Result<Pickable, WarehouseError> {
    let mut pickable = Pickable::default();
    let promised: Vec<Lying> = Sql::new(
        "SELECT n.item_id, n.carton, n.lot, n.location_id, -CAST(SUM(n.quantity - n.done - n.short) AS BIGINT) AS quantity FROM task_line n \
         JOIN task t ON t.id = n.task_id WHERE t.kind = 'pick' AND t.state IN ('open','started') AND n.location_id IS NOT NULL AND t.site_id = ",
    )
    .bind(site.0)
    .text(" AND n.item_id IN ")
    .list(items.iter().map(|item| item.0))
    .text(" GROUP BY n.item_id, n.carton, n.lot, n.location_id")
    .all(tx)
    .await?;
    for row in lying(tx, site, items).await?.into_iter().chain(promised) {
        let stock = StockKey { item: ItemId(row.item_id), carton: u16::try_from(row.carton).unwrap_or(0), lot: row.lot };
        pickable.add(stock, LocationId(row.location_id), row.quantity);
    }
    Ok(pickable)
}

async fn write(
    tx: &impl ConnectionTrait,
    author: &str,
    draft: &Draft,
    planned: &[Planned],
    key: Option<String>,
) -> Result<TaskId, WarehouseError> {
    let prefix = draft.kind.prefix();
    let next = Sql::new("INSERT INTO setting (key, value) VALUES (")
        .bind(format!("task_number:{prefix}"))
        .text(", '1') ON CONFLICT (key) DO UPDATE SET value = CAST(CAST(setting.value AS BIGINT) + 1 AS TEXT) RETURNING CAST(value AS BIGINT)")
        .number(tx)
        .await?;
    let made = task::ActiveModel {
        number: Set(rules::number(prefix, next)),
        kind: Set(draft.kind.word().to_owned()),
        site_id: Set(draft.site.0),
        reference: Set(draft.reference.clone()),
        state: Set("open".to_owned()),
        created_ms: Set(clock::now_ms()),
        created_by: Set(author.to_owned()),
        idempotency_key: Set(key),
        ..Default::default()
    }
    .insert(tx)
    .await?;
    let rows = planned.iter().map(|line| {
        let (item, carton, lot) =
            line.stock.as_ref().map_or((None, None, String::new()), |s| (Some(s.item.0), Some(i32::from(s.carton)), s.lot.clone()));
        let row: Vec<Value> = vec![
            made.id.into(),
            item.into(),
            carton.into(),
            lot.into(),
            line.set.cast_signed().into(),
            line.location.map(|location| location.0).into(),
            line.quantity.raw().into(),
            0_i64.into(),
            0_i64.into(),
        ];
        row
    });
    let columns = ["task_id", "item_id", "carton", "lot", "set_no", "location_id", "quantity", "done", "short"];
    insert_many(tx, "task_line", &columns, rows.collect::<Vec<_>>()).await?;
    let change = Change { author, entity: "task", id: made.id.to_string(), action: "create" };
    let new = json!({"number": made.number, "kind": made.kind, "site": made.site_id, "reference": made.reference, "lines": planned.len(), "request": digest(draft)});
    audit::record(tx, change, audit::NOTHING, Some(new)).await?;
    Ok(TaskId(made.id))
}
