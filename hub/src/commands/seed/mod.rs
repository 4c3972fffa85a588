//! Writes a chain from [`crate::demo`] into an empty database: everything in one transaction, many rows in one statement.
//!
//! Here are goods, places and opening stock; [`trade`] has the tree, people, customers and opportunities, [`sold`] prices, orders, money, what
//! left the warehouse, and tickets, [`agreed`] contracts with their papers, [`picked`] the work in the warehouse.

mod agreed;
mod picked;
mod sold;
#[cfg(test)]
mod tests;
mod trade;

use std::collections::BTreeMap;

use qitao_domain::catalog::{Item, Location, LocationKind};
use sea_orm::{DatabaseTransaction, DbErr, Value};
use serde_json::json;

use self::agreed::Agreed;
pub(super) use self::agreed::papers;
use self::sold::Writing;
use self::trade::Told;
use super::Failure;
use crate::catalog::bump;
use crate::db::{Db, raise_counters};
use crate::demo::Chain;
use crate::demo::trade::{DAY_MS, Now, Trade};
use crate::inventory::{NewMovement, book};
use crate::platform::audit::{self, Change};
use crate::platform::clock;
use crate::platform::organisation::adopt_sites;
use crate::platform::search;
use crate::platform::sql::{Sql, insert_many};
use crate::platform::vault::{Keys, Vault};

/// Movements booked in one go.
const AT_ONCE: usize = 2_000;

/// Whether there is nothing in the catalogue yet.
pub(super) async fn empty(db: &Db) -> Result<bool, DbErr> {
    Ok(Sql::new("SELECT COUNT(*) FROM (SELECT 1 FROM site UNION ALL SELECT 1 FROM item) AS rows").number(db.read()).await? == 0)
}

/// What a chain did, and what seals the texts of its customers.
#[derive(Clone, Copy)]
pub(super) struct Business<'a> {
    pub vault: &'a Vault,
    pub done: &'a Trade,
    pub now: &'a Now,
}

/// Writes the chain, with what it did where that is wanted, and says what it does; the contracts whose [`papers`] are to be hung on them.
pub(super) async fn write(db: &Db, chain: &Chain, business: Option<Business<'_>>, say: impl Fn(String)) -> Result<Vec<Agreed>, Failure> {
    let mut agreed = Vec::new();
    let tx = db.begin().await?;
    say(format!("{} 个站点, {} 个库位, {} 名操作员", chain.sites.len(), chain.locations.len(), chain.operators.len()));
    places(&tx, chain).await?;
    let kits = chain.items.iter().filter(|item| !item.parts.is_empty()).count();
    say(format!("{} 个商品, 其中 {kits} 个套件", chain.items.len()));
    items(&tx, &chain.items).await?;
    say(format!("{} 笔期初库存", chain.opening.len()));
    let first = business.and_then(|of| of.done.orders.first());
    let began = first.map_or_else(clock::now_ms, |order| order.ordered_ms - DAY_MS);
    opening(&tx, chain, began).await?;
    raise_counters(&tx, &BTreeMap::new()).await?;
    adopt_sites(&tx).await?;
    if let Some(Business { vault, done, now }) = business {
        agreed = trade_of(&tx, &vault.for_writing(&tx).await?, chain, (done, now), say).await?;
        raise_counters(&tx, &BTreeMap::new()).await?;
    }
    search::rebuild(&tx).await?;
    let new =
        json!({"sites": chain.sites.len(), "items": chain.items.len(), "locations": chain.locations.len(), "opening": chain.opening.len()});
    audit::record(&tx, Change { author: "demo", entity: "chain", id: "demo".into(), action: "create" }, audit::NOTHING, Some(new)).await?;
    tx.commit().await?;
    Ok(agreed)
}

/// What the chain did, in the order in which one thing needs the other.
async fn trade_of(
    tx: &DatabaseTransaction,
    keys: &Keys,
    chain: &Chain,
    (done, now): (&Trade, &Now),
    say: impl Fn(String),
) -> Result<Vec<Agreed>, Failure> {
    let site = chain.sites.first().ok_or("a chain without a site")?.id.0;
    let mut told = Told::default();
    let stores = done.organisations.iter().filter(|of| of.kind == "store").count();
    say(format!("{stores} 家门店, {} 名员工", done.people.len()));
    say(format!("{} 位客户, {} 个商机", done.customers.len(), done.leads.len()));
    let places = trade::write(tx, keys, done, &mut told).await?;
    let writing = Writing { tx, keys, chain, trade: done, places: &places, now };
    writing.prices(&chain.items).await?;
    say(format!("{} 张订单, {} 张服务工单", done.orders.len(), done.tickets.len()));
    let orders = writing.orders(site, &mut told).await?;
    let agreed = writing.contracts(&orders, &mut told).await?;
    writing.payments(&orders).await?;
    let tasks = writing.picks(&orders, site).await?;
    movements(tx, writing.goods(site, &tasks)?).await?;
    // What follows takes its numbers from the database.
    raise_counters(writing.tx, &BTreeMap::new()).await?;
    writing.open_picks(&orders, site).await?;
    writing.tickets(&orders, &mut told).await?;
    told.write(tx).await?;
    say(format!("{} 份合同", agreed.len()));
    Ok(agreed)
}

async fn places(tx: &DatabaseTransaction, chain: &Chain) -> Result<(), Failure> {
    let sites = chain
        .sites
        .iter()
        .map(|site| vec![site.id.0.into(), site.code.clone().into(), site.name.clone().into(), site.time_zone.clone().into()]);
    insert_many(tx, "site", &["id", "code", "name", "time_zone"], sites.collect::<Vec<_>>()).await?;
    let version = bump(tx, "locations").await?;
    let locations = chain.locations.iter().map(|place| location(place, version)).collect::<Result<Vec<_>, _>>()?;
    insert_many(tx, "location", &["id", "site_id", "code", "kind", "name", "version", "deleted"], locations).await?;
    let version = bump(tx, "operators").await?;
    let operators = chain.operators.iter().map(|person| {
        let row: Vec<Value> =
            vec![person.id.0.into(), person.name.clone().into(), person.badge.clone().into(), version.into(), false.into()];
        row
    });
    insert_many(tx, "operator", &["id", "name", "badge", "version", "deleted"], operators.collect::<Vec<_>>()).await?;
    Ok(())
}

fn location(place: &Location, version: i64) -> Result<Vec<Value>, serde_json::Error> {
    let kind = serde_json::to_value(place.kind)?.as_str().unwrap_or_default().to_owned();
    Ok(vec![
        place.id.0.into(),
        place.site.0.into(),
        place.code.clone().into(),
        kind.into(),
        place.name.clone().into(),
        version.into(),
        false.into(),
    ])
}

async fn items(tx: &DatabaseTransaction, items: &[Item]) -> Result<(), Failure> {
    let version = bump(tx, "items").await?;
    let rows = items.iter().map(|item| {
        let row: Vec<Value> = vec![
            item.id.0.into(),
            item.code.clone().into(),
            item.name.clone().into(),
            item.name_en.clone().into(),
            item.unit.clone().into(),
            i32::from(item.cartons).into(),
            item.by_lot.into(),
            (!item.parts.is_empty()).into(),
            version.into(),
            false.into(),
        ];
        row
    });
    let columns = ["id", "code", "name", "name_en", "unit", "cartons", "by_lot", "is_kit", "version", "deleted"];
    insert_many(tx, "item", &columns, rows.collect::<Vec<_>>()).await?;
    let barcodes = items.iter().flat_map(|item| {
        item.barcodes.iter().map(|code| {
            let row: Vec<Value> =
                vec![item.id.0.into(), code.text.clone().into(), code.quantity.raw().into(), code.carton.map(i32::from).into()];
            row
        })
    });
    insert_many(tx, "item_barcode", &["item_id", "text", "quantity", "carton"], barcodes.collect::<Vec<_>>()).await?;
    let parts = items.iter().flat_map(|kit| {
        kit.parts.iter().map(|part| {
            let row: Vec<Value> = vec![kit.id.0.into(), part.item.0.into(), part.quantity.raw().into()];
            row
        })
    });
    insert_many(tx, "kit_part", &["kit_id", "part_id", "quantity"], parts.collect::<Vec<_>>()).await?;
    Ok(())
}

/// Opening stock comes from the site's supplier, as a movement like any other.
async fn opening(tx: &DatabaseTransaction, chain: &Chain, at_ms: i64) -> Result<(), Failure> {
    let sites: BTreeMap<_, _> = chain.locations.iter().map(|place| (place.id, place.site)).collect();
    let suppliers: BTreeMap<_, _> =
        chain.locations.iter().filter(|place| place.kind == LocationKind::Supplier).map(|place| (place.site, place.id)).collect();
    let mut booked = Vec::with_capacity(chain.opening.len());
    for (n, row) in (0..).zip(&chain.opening) {
        let site = sites.get(&row.location).ok_or("opening stock at a location that is not in the chain")?;
        let supplier = suppliers.get(site).ok_or("a site without a supplier location")?;
        booked.push(NewMovement {
            fact: None,
            n,
            at_ms,
            booked_ms: at_ms,
            site: site.0,
            item: row.stock.item.0,
            carton: i32::from(row.stock.carton),
            lot: row.stock.lot.clone(),
            quantity: row.quantity.raw(),
            from: supplier.0,
            to: row.location.0,
            task: None,
            line: None,
            reason: "opening",
            scan: None,
            reverses: None,
            author: "demo".to_owned(),
        });
    }
    movements(tx, booked).await
}

async fn movements(tx: &DatabaseTransaction, mut movements: Vec<NewMovement>) -> Result<(), Failure> {
    while !movements.is_empty() {
        let rest = movements.split_off(movements.len().min(AT_ONCE));
        book(tx, std::mem::replace(&mut movements, rest)).await?;
    }
    Ok(())
}
