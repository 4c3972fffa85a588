//! What is offered for a line: the price of its item by the list that holds, or by the item's option model, and the goods that it needs.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use qitao_domain::ids::ItemId;
use qitao_domain::ledger::explode_items;
use qitao_domain::quantity::Quantity;
use sea_orm::{ConnectionTrait, FromQueryResult};

use super::PricingError;
use super::model::{Found, LineAsked, Offer, Part};
use super::rules::amount_fen;
use super::store::at_all;
use crate::catalog::configuration::{self, Configuration, Known, Priced, Ready, Term};
use crate::catalog::with_parts;
use crate::platform::organisation::Tree;
use crate::platform::sql::Sql;

/// The largest quantity of a line, in thousandths.
const MOST_QUANTITY: i64 = 1_000_000_000;

/// Where and when a price is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// The chain's organisations.
    pub tree: &'a Tree,
    /// The one that sells.
    pub organisation: i64,
    /// The day.
    pub day: Date,
}

#[derive(FromQueryResult)]
struct Named {
    id: i64,
    code: String,
    name: String,
    name_en: String,
    unit: String,
    cartons: i32,
    is_kit: bool,
}

const NAMED: &str = "SELECT id, code, name, name_en, unit, cartons, is_kit FROM item WHERE NOT deleted AND ";

/// What is offered for so many of an item, as it is configured, at an organisation on a day.
///
/// # Errors
/// [`PricingError`]: why it has no price.
pub async fn offer(db: &impl ConnectionTrait, tree: &Tree, organisation: i64, asked: &LineAsked, day: Date) -> Result<Offer, PricingError> {
    let item = find(db, asked.item).await?;
    let model = configuration::of_item(db, &item.code).await?;
    offered(db, Place { tree, organisation, day }, asked, item, model.as_ref()).await
}

/// What a configuration comes to by a model that is given, as a draft to be tried; of no item when none is named.
///
/// # Errors
/// [`PricingError`]: why it has no price.
pub async fn tried(
    db: &impl ConnectionTrait,
    place: Place<'_>,
    item: Option<i64>,
    chosen: &Configuration,
    model: &Ready,
) -> Result<Priced, PricingError> {
    let item = match item {
        Some(item) => Some(find(db, item).await?),
        None => None,
    };
    Ok(by_model(db, place, item.as_ref(), chosen, model).await?.priced)
}

async fn find(db: &impl ConnectionTrait, item: i64) -> Result<Named, PricingError> {
    Sql::new(NAMED).text("id = ").bind(item).one(db).await?.ok_or(PricingError::NoItem(item))
}

async fn offered(
    db: &impl ConnectionTrait,
    place: Place<'_>,
    asked: &LineAsked,
    item: Named,
    model: Option<&Ready>,
) -> Result<Offer, PricingError> {
    let whole = item.is_kit || item.cartons > 1;
    let is_whole = asked.quantity.whole_units().is_some();
    if !asked.quantity.is_positive() || asked.quantity.raw() > MOST_QUANTITY || (whole && !is_whole) {
        return Err(PricingError::Quantity);
    }
    let nothing = Configuration::default();
    let chosen = asked.configuration.as_ref().unwrap_or(&nothing);
    let (found, terms, unit_price_fen, parts, configuration, details) = match model {
        None if !chosen.parameters.is_empty() || !chosen.options.is_empty() => return Err(PricingError::NoModel),
        None => {
            let prices = at_all(db, place.tree, place.organisation, [item.id], place.day).await?;
            let found = prices.get(&item.id).cloned().ok_or(PricingError::NoPrice)?;
            let fen = found.unit_price_fen;
            (Some(found), vec![own(fen)], fen, vec![(item.id, Quantity::ONE)], None, Vec::new())
        }
        Some(model) => {
            let ByModel { priced, found, goods } = by_model(db, place, Some(&item), chosen, model).await?;
            let id = |code: &str| if code == item.code { Some(item.id) } else { goods.get(code).copied() };
            let parts = priced.parts.iter().filter_map(|(code, quantity)| Some((id(code)?, *quantity))).collect();
            (found, priced.terms, priced.total_fen, parts, Some(priced.configuration), priced.details)
        }
    };
    let amount_fen = amount_fen(unit_price_fen, asked.quantity).ok_or(PricingError::Quantity)?;
    let (list, most_discount_bp) = found.map(|found| (found.list, found.most_discount_bp)).unzip();
    Ok(Offer {
        parts: taken_apart(db, parts).await?,
        item: item.id,
        code: item.code,
        title: item.name,
        title_en: item.name_en,
        unit: item.unit,
        quantity: asked.quantity,
        unit_price_fen,
        amount_fen,
        list,
        most_discount_bp: most_discount_bp.unwrap_or(0),
        terms,
        configuration,
        details,
    })
}

struct ByModel {
    priced: Priced,
    /// The price of the item itself.
    found: Option<Found>,
    /// Numbers of the items that the model speaks of, by their codes.
    goods: BTreeMap<String, i64>,
}

async fn by_model(
    db: &impl ConnectionTrait,
    place: Place<'_>,
    item: Option<&Named>,
    chosen: &Configuration,
    model: &Ready,
) -> Result<ByModel, PricingError> {
    let goods = goods(db, model).await?;
    let made_of = match item {
        Some(item) if item.is_kit => with_parts(db, [item.id]).await?.remove(&ItemId(item.id)).map(|kit| kit.parts).unwrap_or_default(),
        _ => Vec::new(),
    };
    let all = goods.values().copied().chain(made_of.iter().map(|part| part.item.0)).chain(item.map(|item| item.id));
    let mut prices = at_all(db, place.tree, place.organisation, all, place.day).await?;
    let known = Known {
        item: item.and_then(|item| prices.get(&item.id)).map(|price| price.unit_price_fen),
        parts: together(made_of.iter().map(|part| (part.item.0, part.quantity)), &prices),
        goods: goods.iter().filter_map(|(code, id)| Some((code.clone(), prices.get(id)?.unit_price_fen))).collect(),
    };
    let code = item.map_or("", |item| &item.code);
    let priced = configuration::price(model, code, chosen, &known, place.day).map_err(PricingError::Refused)?;
    Ok(ByModel { priced, found: item.and_then(|item| prices.remove(&item.id)), goods })
}

/// The one term of an item that is priced by its list alone.
fn own(fen: i64) -> Term {
    Term {
        code: "price".to_owned(),
        title: "价目表单价".to_owned(),
        title_en: "List price".to_owned(),
        formula: String::new(),
        worked: String::new(),
        amount_fen: fen,
    }
}

/// Numbers of the items that a model speaks of, by their codes.
async fn goods(db: &impl ConnectionTrait, model: &Ready) -> Result<BTreeMap<String, i64>, PricingError> {
    let sql = Sql::new(NAMED).text("code IN ").among(model.goods().into_iter().map(str::to_owned));
    Ok(sql.all::<Named>(db).await?.into_iter().map(|row| (row.code, row.id)).collect())
}

/// What the parts of a kit cost together, where each has a price.
fn together(parts: impl ExactSizeIterator<Item = (i64, Quantity)>, prices: &BTreeMap<i64, Found>) -> Option<i64> {
    if parts.len() == 0 {
        return None;
    }
    let amounts = parts.map(|(item, quantity)| amount_fen(prices.get(&item)?.unit_price_fen, quantity));
    amounts.sum()
}

/// Goods, kits among them taken apart, each once.
async fn taken_apart(db: &impl ConnectionTrait, parts: Vec<(i64, Quantity)>) -> Result<Vec<Part>, PricingError> {
    let items = with_parts(db, parts.iter().map(|(item, _)| *item).collect::<BTreeSet<_>>()).await?;
    let mut taken: Vec<Part> = Vec::new();
    for (id, quantity) in parts {
        let exploded = explode_items(&|id| items.get(&id), ItemId(id), quantity).map_err(|_| PricingError::Kit(id))?;
        for (item, quantity) in exploded {
            match taken.iter_mut().find(|part| part.item == item.id.0) {
                Some(part) => part.quantity += quantity,
                None => taken.push(Part {
                    item: item.id.0,
                    code: item.code.clone(),
                    name: item.name.clone(),
                    quantity,
                    cartons: item.cartons.into(),
                }),
            }
        }
    }
    Ok(taken)
}
