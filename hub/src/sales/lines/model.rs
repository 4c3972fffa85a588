//! Lines as pages show and send them.

use qitao_domain::quantity::{Money, Quantity};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// A line as it is sent.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewSalesLine)]
pub struct NewLine {
    /// Item or kit.
    pub item: i64,
    /// How it is made up (选配), as the option sets of the item have it.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    pub configuration: Option<Value>,
    /// Specification in words (规格型号), up to 200 characters.
    #[serde(default)]
    pub spec: String,
    /// How many, in the item's unit.
    #[schema(value_type = String, example = "2")]
    pub quantity: Quantity,
    /// Price of one before the discount; what the price list offers when left away.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "1999.00")]
    pub price: Option<Money>,
    /// Discount in basis points: 500 is 5 %.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 10000)]
    pub discount: i64,
}

impl From<LineRow> for NewLine {
    /// The same line again, for the document that comes of this one: nothing is typed anew.
    fn from(line: LineRow) -> Self {
        Self {
            item: line.item,
            configuration: line.configuration,
            spec: line.spec,
            quantity: line.quantity,
            price: Some(line.price),
            discount: line.discount,
        }
    }
}

/// A line.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = SalesLine)]
pub struct LineRow {
    /// Number.
    pub id: i64,
    /// Item or kit.
    pub item: i64,
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Its English name, or empty.
    pub name_en: String,
    /// Its unit.
    pub unit: String,
    /// How it is made up.
    #[schema(value_type = Option<Object>)]
    pub configuration: Option<Value>,
    /// Specification in words, or empty.
    pub spec: String,
    /// How many.
    #[schema(value_type = String)]
    pub quantity: Quantity,
    /// Price of one before the discount.
    #[schema(value_type = String)]
    pub price: Money,
    /// Discount in basis points.
    pub discount: i64,
    /// What the line comes to.
    #[schema(value_type = String)]
    pub amount: Money,
    /// The price list's offer at the time, where there was one.
    #[schema(value_type = Option<Object>)]
    pub offer: Option<Value>,
}
