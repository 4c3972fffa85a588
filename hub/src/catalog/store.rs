//! The catalogue in the database.

use std::collections::{BTreeMap, BTreeSet};

use qitao_domain::ids::ItemId;
use qitao_domain::quantity::Quantity;
use sea_orm::{ConnectionTrait, DbErr, EntityTrait, FromQueryResult};
use serde_json::{Map, Value, json};

use super::CatalogError;
use super::holdings::{holdings, parts_of};
use super::model::{BarcodeRow, CartonRow, ItemDetail, ItemRow, ItemStockRow, PartRow};
use super::rules::Holdings;
use crate::db::Db;
use crate::db::entity::item;
use crate::http::page::{Page, PageQuery, Sort};
use crate::http::problem::Problem;
use crate::platform::audit::{self, Change};
use crate::platform::expressions;
use crate::platform::fields::access::{Narrowed, Order};
use crate::platform::fields::store::zone_of;
use crate::platform::fields::{Compiled, Situation};
use crate::platform::identity::Actor;
use crate::platform::scope::Scope;
use crate::platform::search;
use crate::platform::sql::Sql;

/// Kinds of locations whose stock is really in the building, as an SQL list.
pub const REAL_KINDS: &str = "('bin','receiving','staging')";

#[derive(FromQueryResult)]
struct Listed {
    id: i64,
    code: String,
    name: String,
    name_en: String,
    unit: String,
    cartons: i32,
    by_lot: bool,
    is_kit: bool,
    barcodes_count: i64,
    version: i64,
    custom: Value,
    sort_text: Option<String>,
    sort_number: Option<f64>,
}

impl Listed {
    fn with(self, holdings: &Holdings) -> ItemRow {
        let Self { id, code, name, name_en, unit, cartons, by_lot, is_kit, barcodes_count, version, custom, .. } = self;
        let custom = if let Value::Object(custom) = custom { custom } else { Map::new() };
        ItemRow {
            on_hand: Some(holdings.sets(id)),
            id,
            code,
            name,
            name_en,
            unit,
            cartons,
            by_lot,
            is_kit,
            barcodes_count,
            custom,
            version,
        }
    }
}

/// Rows of the list; with the keys of the order where it is by a custom field.
fn listed(order: Option<&Order>) -> Sql {
    Sql::new(format!(
        "SELECT i.id, i.code, i.name, i.name_en, i.unit, i.cartons, i.by_lot, i.is_kit, i.version, i.custom, \
         (SELECT COUNT(*) FROM item_barcode b WHERE b.item_id = i.id) AS barcodes_count, {} FROM item i WHERE NOT i.deleted",
        Order::columns(order)
    ))
}

/// Rows that a search goes through at most; who looks for one of more narrows it.
pub const MOST_FOUND: usize = 1_000;

/// A page of items by code; of those that `q` finds (see [`search`]) the best first.
///
/// # Errors
/// A problem when the cursor is not valid or the database fails.
pub async fn list(
    db: &impl ConnectionTrait,
    scope: &Scope,
    q: Option<&str>,
    narrowed: Narrowed,
    page: &PageQuery,
) -> Result<Page<ItemRow>, Problem> {
    let page = match q.map(str::trim).filter(|q| !q.is_empty()) {
        Some(q) => found(db, q, &narrowed.filter, page).await?,
        None => by_code(db, &narrowed, page).await?,
    };
    let holdings = holdings(db, scope, page.items.iter().map(|row| (row.id, row.cartons)).collect()).await?;
    Ok(page.map(|row| row.with(&holdings)))
}

async fn by_code(db: &impl ConnectionTrait, narrowed: &Narrowed, page: &PageQuery) -> Result<Page<Listed>, Problem> {
    let each = Sql::new("SELECT 1 FROM item i WHERE NOT i.deleted").append(&narrowed.filter);
    let rows = listed(narrowed.order.as_ref()).append(&narrowed.filter);
    match &narrowed.order {
        None => page.rows(db, each, rows, Sort::up(&["i.code"]), |row: &Listed| row.code.clone()).await,
        Some(order) => {
            let key = |row: &Listed| (Order::key(row.sort_text.as_deref(), row.sort_number), row.code.clone());
            page.rows(db, each, rows, order.sort(&[order.expression(), "i.code"]), key).await
        }
    }
}

#[derive(FromQueryResult)]
struct Numbered {
    id: i64,
}

async fn found(db: &impl ConnectionTrait, q: &str, filter: &Sql, page: &PageQuery) -> Result<Page<Listed>, Problem> {
    let after: Option<(i32, i64)> = page.after()?;
    let found = search::find(db, search::Kind::Item, &Scope::All, q, MOST_FOUND).await?;
    let mut all: Vec<(i32, i64)> = found.hits.iter().filter_map(|hit| Some((hit.rank, hit.record.parse().ok()?))).collect();
    if !filter.is_empty() {
        let fits = Sql::new("SELECT i.id FROM item i WHERE i.id IN ").among(all.iter().map(|hit| hit.1)).append(filter);
        let fits: BTreeSet<i64> = fits.all::<Numbered>(db).await?.into_iter().map(|row| row.id).collect();
        all.retain(|hit| fits.contains(&hit.1));
    }
    let total = i64::try_from(all.len()).unwrap_or(i64::MAX);
    let rest = all.into_iter().filter(|hit| after.is_none_or(|after| *hit > after));
    let page = Page::of(rest.collect(), page.limit(), total, |hit| *hit);
    let rows: Vec<Listed> = listed(None).text(" AND i.id IN ").among(page.items.iter().map(|hit| hit.1)).all(db).await?;
    let mut rows: BTreeMap<i64, Listed> = rows.into_iter().map(|row| (row.id, row)).collect();
    let items = page.items.iter().filter_map(|hit| rows.remove(&hit.1)).collect();
    Ok(Page { items, next: page.next, total, at_least: found.more })
}

#[derive(FromQueryResult)]
struct Barcode {
    text: String,
    quantity: i64,
    carton: Option<i32>,
}

#[derive(FromQueryResult)]
struct Held {
    carton: i32,
    quantity: i64,
}

/// Most rows of stock that an item's page shows; goods of thousands of stores have more.
const MOST_PLACES: usize = 200;

#[derive(FromQueryResult)]
struct Lying {
    location: i64,
    location_code: String,
    site: i64,
    carton: i32,
    lot: String,
    quantity: i64,
}

impl From<Lying> for ItemStockRow {
    fn from(Lying { location, location_code, site, carton, lot, quantity }: Lying) -> Self {
        Self { location, location_code, site, carton, lot, quantity: Quantity::from_raw(quantity) }
    }
}

/// An item with barcodes, parts and stock; nothing when there is none.
///
/// # Errors
/// What the database said.
pub async fn detail(db: &impl ConnectionTrait, scope: &Scope, id: i64) -> Result<Option<ItemDetail>, DbErr> {
    let Some(row) = listed(None).text(" AND i.id = ").bind(id).one::<Listed>(db).await? else { return Ok(None) };
    let holdings = holdings(db, scope, BTreeMap::from([(row.id, row.cartons)])).await?;
    let barcodes: Vec<Barcode> = Sql::new("SELECT text, quantity, carton FROM item_barcode WHERE item_id = ")
        .bind(id)
        .text(" ORDER BY carton, text")
        .all(db)
        .await?;
    let parts = parts_of(db, &BTreeSet::from([id])).await?;
    let held = |what: &str| {
        let sql = format!("SELECT {what} WHERE s.site_id IS NOT NULL AND s.quantity <> 0 AND s.item_id = ");
        scope.filter_last(Sql::new(sql).bind(id), "s.site_id")
    };
    let stock: Vec<Lying> = held("l.id AS location, l.code AS location_code, s.site_id AS site, s.carton, s.lot, s.quantity FROM stock s JOIN location l ON l.id = s.location_id")
        .text(&format!(" ORDER BY s.site_id, l.code, s.carton, s.lot LIMIT {MOST_PLACES}"))
        .all(db)
        .await?;
    let places = held("COUNT(DISTINCT s.location_id) FROM stock s").number(db).await?;
    let by_carton: Vec<Held> = held("s.carton, CAST(SUM(s.quantity) AS BIGINT) AS quantity FROM stock s")
        .text(" GROUP BY s.carton ORDER BY s.carton")
        .all(db)
        .await?;
    let item = row.with(&holdings);
    Ok(Some(ItemDetail {
        sets: item.on_hand,
        item,
        barcodes: barcodes
            .into_iter()
            .map(|b| BarcodeRow { text: b.text, quantity: Quantity::from_raw(b.quantity), carton: b.carton })
            .collect(),
        parts: parts
            .into_iter()
            .map(|p| PartRow {
                item: p.part_id,
                code: p.code,
                name: p.name,
                name_en: p.name_en,
                unit: p.unit,
                quantity: Quantity::from_raw(p.quantity),
            })
            .collect(),
        by_carton: Some(
            by_carton.into_iter().map(|held| CartonRow { carton: held.carton, quantity: Quantity::from_raw(held.quantity) }).collect(),
        ),
        places: Some(places),
        stock: Some(stock.into_iter().map(ItemStockRow::from).collect()),
    }))
}

/// Code, name and cartons of items, for pages that show them beside something else.
#[derive(Debug, Clone, FromQueryResult)]
pub struct ItemName {
    /// Number.
    pub id: i64,
    /// Code.
    pub code: String,
    /// Chinese name.
    pub name: String,
    /// Cartons that make one.
    pub cartons: i32,
    /// Kept by dye lot.
    pub by_lot: bool,
    /// A kit.
    pub is_kit: bool,
}

/// Names of items by number.
///
/// # Errors
/// What the database said.
pub async fn names_of(db: &impl ConnectionTrait, items: impl IntoIterator<Item = i64>) -> Result<BTreeMap<i64, ItemName>, DbErr> {
    let items: Vec<i64> = items.into_iter().collect();
    let mut names = BTreeMap::new();
    for some in items.chunks(crate::platform::sql::MAX_PARAMETERS) {
        let rows: Vec<ItemName> = Sql::new("SELECT id, code, name, cartons, by_lot, is_kit FROM item WHERE NOT deleted AND id IN ")
            .among(some.iter().copied())
            .all(db)
            .await?;
        names.extend(rows.into_iter().map(|row| (row.id, row)));
    }
    Ok(names)
}

/// Counts a data set's version up, in the transaction of the change that it stands for; the new version.
///
/// # Errors
/// What the database said.
pub async fn bump(tx: &impl ConnectionTrait, dataset: &str) -> Result<i64, DbErr> {
    Sql::new("UPDATE dataset SET version = version + 1 WHERE name = ").bind(dataset).text(" RETURNING version").number(tx).await
}

/// Waits for everybody else who changes a data set, until the transaction ends: what is read from then on is not changed by others.
///
/// # Errors
/// What the database said.
pub async fn alone(tx: &impl ConnectionTrait, dataset: &str) -> Result<(), DbErr> {
    Sql::new("UPDATE dataset SET version = version WHERE name = ").bind(dataset).run(tx).await.map(drop)
}

/// The setting that says from which version on changes of a data set are known.
#[must_use]
pub fn floor_key(dataset: &str) -> String {
    format!("dataset_floor:{dataset}")
}

/// Rows of a data set are gone without a trace with this version: whoever has an older one fetches it whole.
///
/// # Errors
/// What the database said.
pub async fn forget_changes(tx: &impl ConnectionTrait, dataset: &str, version: i64) -> Result<(), DbErr> {
    Sql::new("INSERT INTO setting (key, value) VALUES ")
        .list::<sea_orm::Value>([floor_key(dataset).into(), version.to_string().into()])
        .text(" ON CONFLICT (key) DO UPDATE SET value = excluded.value")
        .run(tx)
        .await?;
    Ok(())
}

/// A barcode means an item from now on.
#[derive(Debug, Clone)]
pub struct Binding {
    /// The barcode, normalised.
    pub text: String,
    /// The item.
    pub item: ItemId,
    /// Units that one scan stands for.
    pub quantity: Quantity,
    /// The carton it is on.
    pub carton: Option<u16>,
}

/// Binds a barcode to an item and counts the data set up. Binding it the same way again changes nothing.
///
/// # Errors
/// [`CatalogError`] when item, carton or barcode will not do.
pub async fn bind_barcode(tx: &impl ConnectionTrait, author: &str, binding: &Binding) -> Result<(), CatalogError> {
    let Binding { text, item: id, quantity, carton } = binding;
    if !(1..=128).contains(&text.chars().count()) {
        return Err(CatalogError::BarcodeText);
    }
    if !quantity.is_positive() || quantity.raw() > 1_000_000_000 {
        return Err(CatalogError::Quantity);
    }
    let found = item::Entity::find_by_id(id.0).one(tx).await?.filter(|found| !found.deleted).ok_or(CatalogError::NoItem(*id))?;
    if found.is_kit {
        return Err(CatalogError::Kit(*id));
    }
    if carton.is_some_and(|carton| carton == 0 || i32::from(carton) > found.cartons) {
        return Err(CatalogError::NoCarton { item: *id, of: found.cartons });
    }
    let holder = Sql::new("SELECT item_id FROM item_barcode WHERE text = ").bind(text.clone()).number(tx).await?;
    if holder == id.0 {
        return Ok(());
    }
    if holder != 0 {
        return Err(CatalogError::BarcodeTaken { text: text.clone(), item: ItemId(holder) });
    }
    let carton = carton.map(i32::from);
    Sql::new("INSERT INTO item_barcode (item_id, text, quantity, carton) VALUES ")
        .list::<sea_orm::Value>([id.0.into(), text.clone().into(), quantity.raw().into(), carton.into()])
        .run(tx)
        .await?;
    let version = bump(tx, "items").await?;
    Sql::new("UPDATE item SET version = ").bind(version).text(" WHERE id = ").bind(id.0).run(tx).await?;
    search::index(tx, search::Kind::Item, &[id.to_string()]).await?;
    let change = Change { author, entity: "item", id: id.to_string(), action: "bind_barcode" };
    audit::record(tx, change, audit::NOTHING, Some(json!({"text": text, "quantity": quantity, "carton": carton}))).await?;
    Ok(())
}

#[derive(FromQueryResult)]
struct Stored {
    version: i64,
    custom: Value,
}

/// What expressions see of an item.
#[must_use]
pub fn for_expressions(item: &item::Model) -> expressions::Value {
    use expressions::Value as Of;
    Of::object([
        ("code", Of::text(&item.code)),
        ("name", Of::text(&item.name)),
        ("name_en", Of::text(&item.name_en)),
        ("unit", Of::text(&item.unit)),
        ("cartons", Of::Int(item.cartons.into())),
        ("by_lot", Of::Bool(item.by_lot)),
        ("is_kit", Of::Bool(item.is_kit)),
    ])
}

/// Changes the custom fields of an item that is still at `version`.
///
/// # Errors
/// [`CatalogError`] when it was changed meanwhile or a value will not do.
pub async fn change(
    db: &Db,
    actor: &Actor,
    set: &Compiled,
    id: i64,
    version: i64,
    given: Map<String, Value>,
    chain_zone: &str,
) -> Result<(), CatalogError> {
    let tx = db.begin().await?;
    // The data set's row first: who changes items waits for each other here, and edges miss no version.
    let next = bump(&tx, "items").await?;
    let found = item::Entity::find_by_id(id).one(&tx).await?.filter(|found| !found.deleted).ok_or(CatalogError::NoItem(ItemId(id)))?;
    let stored: Option<Stored> = Sql::new("SELECT version, custom FROM item WHERE id = ").bind(id).one(&tx).await?;
    let stored = stored.filter(|stored| stored.version == version).ok_or(CatalogError::Changed)?;
    let was = if let Value::Object(was) = stored.custom { was } else { Map::new() };
    let zone = zone_of(&tx, None, chain_zone).await?;
    let at = Situation { tree: &actor.tree, organisation: None, now: jiff::Timestamp::now(), zone, new: false };
    let values = set.accept(&at, for_expressions(&found), &was, &given).map_err(CatalogError::Custom)?;
    if values == was {
        return Ok(());
    }
    let sql = Sql::new("UPDATE item SET version = ").bind(next).text(", custom = ").bind(Value::Object(values.clone()));
    sql.text(" WHERE id = ").bind(id).run(&tx).await?;
    let change = Change { author: &actor.login, entity: "item", id: id.to_string(), action: "change" };
    audit::record(&tx, change, Some(json!({"custom": was})), Some(json!({"custom": values}))).await?;
    tx.commit().await?;
    Ok(())
}
