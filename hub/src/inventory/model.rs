//! Rows that the API shows.

use qitao_domain::quantity::Quantity;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::rules::Reason;
use crate::catalog::model::CartonRow;
use crate::http::extract::given;

/// A movement of the ledger, with names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct MovementRow {
    /// Number in the ledger.
    pub id: i64,
    /// When it was scanned, by the edge's clock; or posted, when a person at the hub did it.
    pub at_ms: i64,
    /// Which site.
    pub site: i64,
    /// The item.
    pub item: i64,
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Its English name, or empty.
    pub name_en: String,
    /// Its unit of stock.
    pub unit: String,
    /// Carton n …
    pub carton: i32,
    /// … of N.
    pub of: i32,
    /// Dye lot; empty when the item is not kept by lot.
    pub lot: String,
    /// How much; always positive.
    #[schema(value_type = String)]
    pub quantity: Quantity,
    /// From where.
    pub from: i64,
    /// Its code.
    pub from_code: String,
    /// Its kind: places that only the books have are called by it.
    pub from_kind: String,
    /// To where.
    pub to: i64,
    /// Its code.
    pub to_code: String,
    /// Its kind.
    pub to_kind: String,
    /// The task it belongs to.
    pub task: Option<i64>,
    /// Its number.
    pub task_number: Option<String>,
    /// The edge it came from.
    pub edge: Option<String>,
    /// The station of that edge.
    pub station: Option<String>,
    /// Who scanned.
    pub operator_name: Option<String>,
    /// The scan it comes from.
    pub scan_id: Option<String>,
    /// The scan that it takes back.
    pub reverses: Option<String>,
    /// Whether a later movement takes this one back.
    pub reversed: bool,
    /// `put_away`, `pick`, `count`, `move`, `undo`, `ship`, `opening`.
    pub reason: String,
    /// When the hub booked it; summaries of stock count it on that day.
    pub booked_ms: i64,
}

/// Which movements.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct MovementQuery {
    /// Of this item.
    #[serde(deserialize_with = "given")]
    pub item: Option<i64>,
    /// From or to this location.
    #[serde(deserialize_with = "given")]
    pub location: Option<i64>,
    /// Of this task.
    #[serde(deserialize_with = "given")]
    pub task: Option<i64>,
    /// Booked on this day of its site or later, as `2026-11-01`.
    #[serde(deserialize_with = "given")]
    #[param(format = Date)]
    pub from: Option<String>,
    /// Booked on this day of its site or before.
    #[serde(deserialize_with = "given")]
    #[param(format = Date)]
    pub to: Option<String>,
    /// `true`: only what came in or went out of a site, not what moved within it.
    #[serde(deserialize_with = "given")]
    pub flows: Option<bool>,
}

/// Which days' stock, of which goods.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct SummaryQuery {
    /// First day, as `2026-11-01`; the first of the month when not given.
    #[serde(deserialize_with = "given")]
    #[param(format = Date)]
    pub from: Option<String>,
    /// Last day; today when not given.
    #[serde(deserialize_with = "given")]
    #[param(format = Date)]
    pub to: Option<String>,
    /// Words or beginnings of words of code or name, Chinese also by pinyin; several narrow it.
    #[serde(deserialize_with = "given")]
    pub q: Option<String>,
    /// This item only.
    #[serde(deserialize_with = "given")]
    pub item: Option<i64>,
}

/// What came in and went out for a reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FlowRow {
    /// Why.
    pub reason: Reason,
    /// What came in.
    #[serde(rename = "in")]
    #[schema(value_type = String)]
    pub come: Quantity,
    /// What went out.
    #[serde(rename = "out")]
    #[schema(value_type = String)]
    pub gone: Quantity,
}

/// Stock of a period; opening and in, less out, is closing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct PeriodStock {
    /// What there was when it began.
    #[schema(value_type = String)]
    pub opening: Quantity,
    /// What came in.
    #[serde(rename = "in")]
    #[schema(value_type = String)]
    pub come: Quantity,
    /// What went out.
    #[serde(rename = "out")]
    #[schema(value_type = String)]
    pub gone: Quantity,
    /// Why; without those for which nothing moved.
    pub reasons: Vec<FlowRow>,
    /// What there was when it ended; of a period that has not ended, what there is.
    #[schema(value_type = String)]
    pub closing: Quantity,
}

/// An item's stock of a period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct StockSummaryRow {
    /// The item.
    pub item: i64,
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Its English name, or empty.
    pub name_en: String,
    /// Its unit of stock.
    pub unit: String,
    /// Cartons that make one; of more than one, quantities are cartons.
    pub cartons: i32,
    /// What there was, came and went.
    #[serde(flatten)]
    pub stock: PeriodStock,
}

/// What items of one unit are together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct StockTotalsRow {
    /// The unit; empty for cartons of goods that have several.
    pub unit: String,
    /// What there was, came and went.
    #[serde(flatten)]
    pub stock: PeriodStock,
}

/// An item that is in stock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct StockByItemRow {
    /// The item.
    pub item: i64,
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Its English name, or empty.
    pub name_en: String,
    /// Unit of stock.
    pub unit: String,
    /// On hand by carton.
    pub cartons: Vec<CartonRow>,
    /// How many complete sets that makes.
    #[schema(value_type = String)]
    pub sets: Quantity,
    /// Cartons together.
    #[schema(value_type = String)]
    pub quantity: Quantity,
}

/// A location that has stock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct StockByLocationRow {
    /// The location.
    pub location: i64,
    /// Its site.
    pub site: i64,
    /// Its code.
    pub code: String,
    /// Its kind.
    pub kind: String,
    /// How many different things are there.
    pub lines: i64,
    /// How much in all.
    #[schema(value_type = String)]
    pub quantity: Quantity,
}

/// What is at a location.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct LocationStockRow {
    /// The item.
    pub item: i64,
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Its English name, or empty.
    pub name_en: String,
    /// Its unit of stock.
    pub unit: String,
    /// Carton n …
    pub carton: i32,
    /// … of N.
    pub of: i32,
    /// Dye lot; empty when the item is not kept by lot.
    pub lot: String,
    /// How much.
    #[schema(value_type = String)]
    pub quantity: Quantity,
}

/// Figures that must agree with the edges' own.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Totals {
    /// Facts in the database.
    pub facts: i64,
    /// Facts kept whole because they could not be read or applied.
    pub kept_raw: i64,
    /// Movements in the ledger.
    pub movements: i64,
    /// Facts that came a second time under another number and were not booked again.
    pub doubled: i64,
}
