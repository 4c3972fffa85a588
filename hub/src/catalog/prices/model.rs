//! Price lists and prices as pages and other modules see them; what is offered for a line.

use qitao_domain::quantity::Quantity;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::catalog::configuration::{Configuration, Detail, Term, Violation};
use crate::http::extract::nullable;

/// Whether a price list holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = PriceListState)]
pub enum State {
    /// Being prepared: holds for nobody, and only those who keep price lists see it.
    Draft,
    /// Holds on its days.
    Active,
}

impl State {
    /// Its word in the database.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Active => "active",
        }
    }

    /// The state of a word.
    #[must_use]
    pub fn of_word(word: &str) -> Self {
        if word == "active" { Self::Active } else { Self::Draft }
    }
}

/// A price list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PriceListRow {
    /// Number.
    pub id: i64,
    /// Code.
    pub code: String,
    /// Chinese name.
    pub name: String,
    /// English name, or empty.
    pub name_en: String,
    /// The first day on which it holds.
    #[schema(format = Date)]
    pub valid_from: String,
    /// The last day; for ever when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = Date)]
    pub valid_until: Option<String>,
    /// Whether it holds.
    pub state: State,
    /// The greatest discount that a store may give by itself, in hundredths of a percent, where a price says nothing of its own.
    pub most_discount_bp: i32,
    /// Organisations that it holds for, with all beneath them, as far as the reader sees them; the whole chain when `for_all`.
    pub organisations: Vec<ListOrganisation>,
    /// Whether it holds for the whole chain.
    pub for_all: bool,
    /// How many prices it has.
    pub prices: i64,
    /// When it was made.
    pub created_ms: i64,
    /// Who made it.
    pub created_by: String,
    /// Grows with every change; send it back as If-Match.
    pub version: i64,
}

/// An organisation that a price list holds for.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = PriceListOrganisation)]
pub struct ListOrganisation {
    /// Number.
    pub id: i64,
    /// Name.
    pub name: String,
}

/// What is to be written of a price list; what is left away stays. A new one needs code, name and `valid_from`.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PriceListFields)]
pub struct ListFields {
    /// Code: 1 to 40 letters, digits, `-`, `_`; stays as it was made.
    #[serde(default)]
    #[schema(max_length = 40)]
    pub code: Option<String>,
    /// Chinese name.
    #[serde(default)]
    #[schema(max_length = 60)]
    pub name: Option<String>,
    /// English name.
    #[serde(default)]
    #[schema(max_length = 60)]
    pub name_en: Option<String>,
    /// The first day on which it holds.
    #[serde(default)]
    #[schema(format = Date)]
    pub valid_from: Option<String>,
    /// The last day; `null` for ever.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>, format = Date)]
    pub valid_until: Option<Option<String>>,
    /// Whether it holds.
    #[serde(default)]
    pub state: Option<State>,
    /// The greatest discount that a store may give by itself, in hundredths of a percent.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 10000)]
    pub most_discount_bp: Option<i32>,
    /// Organisations that it holds for, with all beneath them; none for the whole chain.
    #[serde(default)]
    #[schema(max_items = 500)]
    pub organisations: Option<Vec<i64>>,
}

/// A price of a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PriceRow {
    /// Number of the item.
    pub item: i64,
    /// Its code.
    pub code: String,
    /// Its Chinese name.
    pub name: String,
    /// Its English name, or empty.
    pub name_en: String,
    /// Its unit.
    pub unit: String,
    /// Price of one unit.
    pub unit_price_fen: i64,
    /// What one unit costs the chain; left away for readers without the right to see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost_fen: Option<i64>,
    /// The greatest discount that a store may give by itself, in hundredths of a percent; that of the list when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub most_discount_bp: Option<i32>,
    /// Grows with every change; send it back as If-Match.
    pub version: i64,
}

/// What is to be written of a price.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PriceFields {
    /// Price of one unit.
    #[schema(minimum = 0, maximum = 10_000_000_000_i64)]
    pub unit_price_fen: i64,
    /// What one unit costs; stays when left away, goes with `null`. Only for those who see it.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<i64>, minimum = 0, maximum = 10_000_000_000_i64)]
    pub cost_fen: Option<Option<i64>>,
    /// The greatest discount that a store may give by itself, in hundredths of a percent; that of the list when absent.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 10000)]
    pub most_discount_bp: Option<i32>,
}

/// Which list a price is from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = PriceSource)]
pub struct Source {
    /// Number of the list.
    pub id: i64,
    /// Its code.
    pub code: String,
    /// Its Chinese name.
    pub name: String,
    /// Its English name, or empty.
    #[serde(default)]
    pub name_en: String,
}

/// The price that holds for an item at an organisation on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Price of one unit.
    pub unit_price_fen: i64,
    /// What one unit costs the chain, where that is known. For figures of profit; never for whoever may not see it.
    pub cost_fen: Option<i64>,
    /// The greatest discount that may be given without approval, in hundredths of a percent.
    pub most_discount_bp: i32,
    /// Whence it comes.
    pub list: Source,
}

/// Something to be priced: so many of an item, as it is configured.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LineAsked {
    /// Number of the item.
    pub item: i64,
    /// How many of it, in its unit; whole ones of kits and of what comes in several cartons.
    #[serde(default = "one")]
    #[schema(value_type = String, pattern = r"^[0-9]{1,7}(\.[0-9]{1,3})?$")]
    pub quantity: Quantity,
    /// What was chosen, for items with an option model; defaults when absent.
    #[serde(default)]
    pub configuration: Option<Configuration>,
}

const fn one() -> Quantity {
    Quantity::ONE
}

/// Goods that one piece needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = OfferPart)]
pub struct Part {
    /// Number of the item.
    pub item: i64,
    /// Its code.
    pub code: String,
    /// Its Chinese name.
    pub name: String,
    /// How many one piece needs, in its unit.
    #[schema(value_type = String)]
    pub quantity: Quantity,
    /// Cartons that make one of it.
    pub cartons: i32,
}

/// What is offered for a line: its price explained, and what it consumes. Kept as it was in quotes and orders.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Offer {
    /// Number of the item.
    pub item: i64,
    /// Its code.
    pub code: String,
    /// Its Chinese name.
    pub title: String,
    /// Its English name, or empty.
    #[serde(default)]
    pub title_en: String,
    /// Its unit.
    pub unit: String,
    /// How many.
    #[schema(value_type = String)]
    pub quantity: Quantity,
    /// Price of one before any discount: the sum of the terms.
    pub unit_price_fen: i64,
    /// Price of all of them, a half fen rounded up.
    pub amount_fen: i64,
    /// The list that the item's own price is from; absent where only formulas make the price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub list: Option<Source>,
    /// The greatest discount that may be given without approval, in hundredths of a percent.
    pub most_discount_bp: i32,
    /// How the price of one came about.
    pub terms: Vec<Term>,
    /// Goods that one piece needs, kits taken apart.
    pub parts: Vec<Part>,
    /// What was chosen, every default filled in, with model and version; absent for items without a model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub configuration: Option<Configuration>,
    /// What was chosen, in words.
    #[serde(default)]
    pub details: Vec<Detail>,
}

/// The price of an item where the reader asks for it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ItemPrice {
    /// Number of the item.
    pub item: i64,
    /// Where.
    pub organisation: i64,
    /// The day.
    #[schema(format = Date)]
    pub day: String,
    /// Price of one unit; absent where no list has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit_price_fen: Option<i64>,
    /// What one unit costs the chain; for readers with the right to see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost_fen: Option<i64>,
    /// The greatest discount that may be given without approval, in hundredths of a percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub most_discount_bp: Option<i32>,
    /// Whence it comes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub list: Option<Source>,
    /// The option model that the item is configured by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
}

/// A configuration, priced; or why it will not do.
#[derive(Debug, Serialize, ToSchema)]
pub struct PricedLine {
    /// The price explained; absent where something stands against it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offer: Option<Offer>,
    /// What stands against it, each at the field to be changed.
    pub violations: Vec<Violation>,
}
