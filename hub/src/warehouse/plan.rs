//! What a task is made of: the draft checked, kits and items exploded to cartons, each carton given a place.

use std::collections::{BTreeMap, BTreeSet};

use qitao_domain::catalog::{Item, StockKey};
use qitao_domain::ids::{ItemId, LocationId, SiteId};
use qitao_domain::ledger::explode;
use qitao_domain::quantity::Quantity;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter};

use super::WarehouseError;
use super::model::Kind;
use super::release::{Draft, DraftLine};
use super::rules::{self, Bins, Broken, Pickable};
use crate::catalog;
use crate::db::entity::location;
use crate::platform::sql::Sql;

/// A line as it is kept: `set` from 1, 0 stands alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Planned {
    pub stock: Option<StockKey>,
    pub quantity: Quantity,
    pub location: Option<LocationId>,
    pub set: u32,
}

/// What a draft comes to, or the rule that it breaks.
pub(super) async fn plan(tx: &impl ConnectionTrait, draft: &Draft) -> Result<Vec<Planned>, WarehouseError> {
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

async fn items_of(tx: &impl ConnectionTrait, draft: &Draft) -> Result<Items, WarehouseError> {
    Ok(catalog::with_parts(tx, draft.lines.iter().filter_map(|line| line.item).map(|item| item.0)).await?)
}

/// The cartons of one line: kits become their parts, items their cartons.
fn cartons(n: usize, line: &DraftLine, items: &Items) -> Result<Vec<(StockKey, Quantity)>, Broken> {
    let id = line.item.ok_or(Broken::NoItem { line: n })?;
    let item = items.get(&id).ok_or(Broken::UnknownItem { line: n, item: id })?;
    let quantity = line.quantity.ok_or(Broken::Quantity { line: n })?;
    rules::check_quantity(n, quantity, !item.parts.is_empty() || item.cartons > 1)?;
    let exploded = explode(&|id| items.get(&id), id, quantity).map_err(|error| Broken::Kit { line: n, why: error.to_string() })?;
    let by_lot = |stock: &StockKey| items.get(&stock.item).is_some_and(|item| item.by_lot);
    if line.lot.as_deref().is_some_and(|lot| lot.chars().count() > rules::MAX_LOT || lot.chars().any(char::is_control)) {
        return Err(Broken::Lot { line: n });
    }
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
    let sql = sql.bind(site.0).text(" AND s.site_id = ").bind(site.0).text(" AND s.item_id IN ");
    Ok(sql.among(items.iter().map(|item| item.0)).all(tx).await?)
}

async fn bins(tx: &impl ConnectionTrait, site: SiteId, items: &BTreeSet<ItemId>) -> Result<Bins, WarehouseError> {
    #[derive(FromQueryResult)]
    struct Id {
        id: i64,
    }
    let empty: Vec<Id> = Sql::new("SELECT l.id FROM location l WHERE l.kind = 'bin' AND NOT l.deleted AND l.site_id = ")
        .bind(site.0)
        .text(
            " AND NOT EXISTS (SELECT 1 FROM stock s WHERE s.location_id = l.id AND s.quantity <> 0) AND l.id NOT IN (SELECT n.location_id \
             FROM task t JOIN task_line n ON n.task_id = t.id WHERE t.kind = 'put_away' AND t.state IN ('open', 'started') \
             AND n.location_id IS NOT NULL AND t.site_id = ",
        )
        .bind(site.0)
        .text(") ORDER BY l.code")
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
    .among(items.iter().map(|item| item.0))
    .text(" GROUP BY n.item_id, n.carton, n.lot, n.location_id")
    .all(tx)
    .await?;
    for row in lying(tx, site, items).await?.into_iter().chain(promised) {
        let stock = StockKey { item: ItemId(row.item_id), carton: u16::try_from(row.carton).unwrap_or(0), lot: row.lot };
        pickable.add(stock, LocationId(row.location_id), row.quantity);
    }
    Ok(pickable)
}
