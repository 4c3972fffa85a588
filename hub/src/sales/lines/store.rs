//! Lines in the database: written as a whole, read for some documents at once.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use qitao_domain::quantity::{Money, Quantity};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, Value};

use serde_json::{Value as Json, json};

use super::model::{LineRow, NewLine};
use super::rules::{self, amount};
use crate::catalog;
use crate::catalog::prices::{self, LineAsked, PricingError};
use crate::crm::customers::rules::line;
use crate::platform::organisation::Tree;
use crate::platform::sql::{Sql, insert_many};

/// Most lines of a document.
pub const MOST: usize = 200;
/// Most characters of a specification.
const SPEC: usize = 200;
/// Most bytes of a configuration.
const CONFIGURATION: usize = 8_000;

/// The documents that have lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Document {
    /// A version of a quote.
    Quote,
    /// A contract.
    Contract,
    /// An order.
    Order,
}

impl Document {
    const fn word(self) -> &'static str {
        match self {
            Self::Quote => "quote",
            Self::Contract => "contract",
            Self::Order => "order",
        }
    }
}

/// Why lines are not taken.
#[derive(Debug, thiserror::Error)]
pub enum LineError {
    /// Give some lines, or fewer.
    #[error("there are 1 to 200 lines")]
    Count,
    /// Choose another item: there is none of this number.
    #[error("line {0} names no item of the catalogue")]
    NoItem(usize),
    /// Correct the number.
    #[error("{field} of line {line} is out of its range")]
    Range {
        /// Which line, from 0.
        line: usize,
        /// Which field.
        field: &'static str,
    },
    /// Give a price: no price list has one.
    #[error("line {0} needs a price")]
    NoPrice(usize),
    /// See what the database said.
    #[error(transparent)]
    Database(#[from] DbErr),
}

/// Where and when something is sold.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// The chain's organisations.
    pub tree: &'a Tree,
    /// The one that sells.
    pub organisation: i64,
    /// The day, as `2026-11-23`.
    pub day: &'a str,
}

/// A line that was held to the rules.
#[derive(Debug, Clone)]
pub struct Ready {
    line: NewLine,
    /// What the item is called.
    name: String,
    /// Price of one before the discount, in fen.
    price: i64,
    /// What it comes to, in fen.
    amount: i64,
    /// What the price list offers.
    offer: Option<Json>,
    /// What it costs the chain, in fen, where that is known. For figures of profit; shown to nobody with a line.
    cost: Option<i64>,
}

impl Ready {
    fn told(&self) -> Json {
        json!({"item": self.line.item, "name": self.name, "quantity": self.line.quantity, "price_fen": self.price,
            "discount_bp": self.line.discount, "amount_fen": self.amount, "spec": self.line.spec})
    }
}

/// Lines as the audit notes them.
#[must_use]
pub fn told(lines: &[Ready]) -> Json {
    json!(lines.iter().map(Ready::told).collect::<Vec<_>>())
}

/// Lines held to the rules.
///
/// # Errors
/// [`LineError`] that names the line.
pub async fn ready(db: &impl ConnectionTrait, place: Place<'_>, lines: &[NewLine]) -> Result<Vec<Ready>, LineError> {
    if !(1..=MOST).contains(&lines.len()) {
        return Err(LineError::Count);
    }
    let known = catalog::names_of(db, lines.iter().map(|line| line.item).collect::<BTreeSet<_>>()).await?;
    let mut ready = Vec::with_capacity(lines.len());
    for (n, given) in lines.iter().enumerate() {
        let wrong = |field| LineError::Range { line: n, field };
        let item = known.get(&given.item).ok_or(LineError::NoItem(n))?;
        let quantity = given.quantity.raw();
        let whole = item.is_kit || item.cartons > 1;
        if !(1..=rules::MOST_QUANTITY).contains(&quantity) || (whole && quantity % 1000 != 0) {
            return Err(wrong("quantity"));
        }
        if given.configuration.as_ref().is_some_and(|value| !value.is_object() || value.to_string().len() > CONFIGURATION) {
            return Err(wrong("configuration"));
        }
        let spec = line(&given.spec, SPEC).ok_or_else(|| wrong("spec"))?;
        let offer = offered(db, place, n, given).await?;
        let offered = offer.as_ref().and_then(|offer| offer.get("unit_price_fen")?.as_i64());
        let price = given.price.map(Money::raw).or(offered).ok_or(LineError::NoPrice(n))?;
        if !(0..=rules::MOST).contains(&price) {
            return Err(wrong("price"));
        }
        let amount = amount(quantity, price, given.discount).ok_or_else(|| wrong("discount"))?;
        ready.push(Ready { line: NewLine { spec, ..given.clone() }, name: item.name.clone(), price, amount, offer, cost: None });
    }
    reckon_costs(db, place, &mut ready).await?;
    Ok(ready)
}

/// Notes what lines cost the chain, as price lists have it on the day: what is made up as the customer chose costs what its parts cost.
async fn reckon_costs(db: &impl ConnectionTrait, place: Place<'_>, lines: &mut [Ready]) -> Result<(), LineError> {
    let Ok(day) = place.day.parse::<Date>() else { return Ok(()) };
    let goods: BTreeSet<i64> =
        lines.iter().flat_map(|line| parts_of(line.offer.as_ref()).into_iter().map(|(item, _)| item).chain([line.line.item])).collect();
    let costs = prices::at_all(db, place.tree, place.organisation, goods, day).await?;
    let cost_of = |item: i64| costs.get(&item).and_then(|found| found.cost_fen);
    for line in lines {
        let parts: Vec<_> = parts_of(line.offer.as_ref()).into_iter().map(|(item, quantity)| (cost_of(item), quantity)).collect();
        let one = if is_made_up(line.offer.as_ref()) { None } else { cost_of(line.line.item) };
        line.cost = rules::cost(line.line.quantity.raw(), one, &parts);
    }
    Ok(())
}

/// What the price list, or the item's option model, offers for a line; nothing where no list has a price.
async fn offered(db: &impl ConnectionTrait, place: Place<'_>, n: usize, line: &NewLine) -> Result<Option<Json>, LineError> {
    let wrong = |field| LineError::Range { line: n, field };
    let configuration = line.configuration.clone().map(serde_json::from_value).transpose().map_err(|_| wrong("configuration"))?;
    let asked = LineAsked { item: line.item, quantity: line.quantity, configuration };
    let day: Date = place.day.parse().map_err(|_| wrong("price"))?;
    match prices::offer(db, place.tree, place.organisation, &asked, day).await {
        Ok(offer) => serde_json::to_value(offer).map(Some).map_err(|error| DbErr::Json(error.to_string()).into()),
        Err(PricingError::NoPrice) => Ok(None),
        Err(PricingError::NoItem(_)) => Err(LineError::NoItem(n)),
        Err(PricingError::Quantity) => Err(wrong("quantity")),
        Err(PricingError::NoModel | PricingError::Refused(_)) => Err(wrong("configuration")),
        Err(PricingError::Database(error)) => Err(error.into()),
        Err(other @ (PricingError::Kit(_) | PricingError::Model(_))) => Err(DbErr::Custom(other.to_string()).into()),
    }
}

/// What lines come to together, in fen; nothing when that is more than may be.
#[must_use]
pub fn total(lines: &[Ready]) -> Option<i64> {
    let total = lines.iter().map(|line| line.amount).sum::<i64>();
    (total <= rules::MOST).then_some(total)
}

/// Writes the lines of a document in the place of those that it had.
///
/// # Errors
/// What the database said.
pub async fn write(tx: &impl ConnectionTrait, document: Document, id: i64, lines: &[Ready]) -> Result<(), DbErr> {
    let gone = Sql::new("DELETE FROM sales_line WHERE document = ").bind(document.word());
    gone.text(" AND document_id = ").bind(id).run(tx).await?;
    let rows = lines.iter().zip(0_i64..).map(|(Ready { line, price, amount, offer, cost, .. }, n)| -> Vec<Value> {
        vec![
            document.word().into(),
            id.into(),
            n.into(),
            line.item.into(),
            line.configuration.clone().into(),
            line.spec.clone().into(),
            line.quantity.raw().into(),
            (*price).into(),
            line.discount.into(),
            (*amount).into(),
            offer.clone().into(),
            (*cost).into(),
        ]
    });
    let columns = [
        "document",
        "document_id",
        "n",
        "item_id",
        "configuration",
        "spec",
        "quantity",
        "price_fen",
        "discount_bp",
        "amount_fen",
        "offer",
        "cost_fen",
    ];
    insert_many(tx, "sales_line", &columns, rows).await
}

/// Whether a line's amount is below what its offer lets a store give by itself. Where no price list has a price, nothing is allowed or
/// forbidden by one.
#[must_use]
pub fn is_beyond(line: &LineRow) -> bool {
    let number = |name: &str| line.offer.as_ref().and_then(|offer| offer.get(name)?.as_i64());
    let (Some(price), Some(most)) = (number("unit_price_fen"), number("most_discount_bp")) else { return false };
    amount(line.quantity.raw(), price, most.clamp(0, rules::WHOLE)).is_some_and(|least| line.amount.raw() < least)
}

/// Whether somebody has to approve what these lines give away.
#[must_use]
pub fn needs_approval(lines: &[LineRow]) -> bool {
    lines.iter().any(is_beyond)
}

/// The goods that one of a line needs, of those that are made up as the customer chose, in thousandths; none for those that are sold as they
/// are.
#[must_use]
pub fn parts(line: &LineRow) -> Vec<(i64, i64)> {
    if is_made_up(line.offer.as_ref()) { parts_of(line.offer.as_ref()) } else { Vec::new() }
}

/// Whether something is made up as the customer chose.
fn is_made_up(offer: Option<&Json>) -> bool {
    offer.and_then(|offer| offer.get("configuration")).is_some_and(|chosen| !chosen.is_null())
}

/// The goods of one piece that an offer names.
fn parts_of(offer: Option<&Json>) -> Vec<(i64, i64)> {
    let part = |part: &Json| {
        let quantity: Quantity = part.get("quantity")?.as_str()?.parse().ok()?;
        Some((part.get("item")?.as_i64()?, quantity.raw()))
    };
    offer.and_then(|offer| offer.get("parts")).and_then(Json::as_array).into_iter().flatten().filter_map(part).collect()
}

#[derive(FromQueryResult)]
struct Stored {
    id: i64,
    document_id: i64,
    item_id: i64,
    code: String,
    name: String,
    name_en: String,
    unit: String,
    configuration: Option<Json>,
    spec: String,
    quantity: i64,
    price_fen: i64,
    discount_bp: i64,
    amount_fen: i64,
    offer: Option<Json>,
}

/// The lines of some documents, in their order.
///
/// # Errors
/// What the database said.
pub async fn of(
    db: &impl ConnectionTrait,
    document: Document,
    ids: impl IntoIterator<Item = i64>,
) -> Result<BTreeMap<i64, Vec<LineRow>>, DbErr> {
    let sql = Sql::new(
        "SELECT n.id, n.document_id, n.item_id, i.code, i.name, i.name_en, i.unit, n.configuration, n.spec, n.quantity, n.price_fen, \
         n.discount_bp, n.amount_fen, n.offer FROM sales_line n JOIN item i ON i.id = n.item_id WHERE n.document = ",
    );
    let rows: Vec<Stored> =
        sql.bind(document.word()).text(" AND n.document_id IN ").among(ids).text(" ORDER BY n.document_id, n.n").all(db).await?;
    let mut lines: BTreeMap<i64, Vec<LineRow>> = BTreeMap::new();
    for row in rows {
        lines.entry(row.document_id).or_default().push(LineRow {
            id: row.id,
            item: row.item_id,
            code: row.code,
            name: row.name,
            name_en: row.name_en,
            unit: row.unit,
            configuration: row.configuration,
            spec: row.spec,
            quantity: Quantity::from_raw(row.quantity),
            price: Money::from_raw(row.price_fen),
            discount: row.discount_bp,
            amount: Money::from_raw(row.amount_fen),
            offer: row.offer,
        });
    }
    Ok(lines)
}
