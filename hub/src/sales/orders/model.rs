//! What pages show of orders, and what they send.

use qitao_domain::quantity::{Money, Quantity};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use zeroize::Zeroizing;

use super::rules::State;
use crate::http::extract::nullable;
use crate::sales::lines::model::{LineRow, NewLine};

/// An order in the list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OrderRow {
    /// Number.
    pub id: i64,
    /// The number that people say: `SO000123`.
    pub code: String,
    /// How far it is: 草稿, 待发货, 已发货, 已完成, 已取消.
    pub state: State,
    /// Later than promised.
    pub late: bool,
    /// The customer.
    pub customer: i64,
    /// Their name.
    pub customer_name: String,
    /// The organisation that sold it.
    pub organisation: i64,
    /// Its name.
    pub organisation_name: String,
    /// Whose order it is; nobody's when `null`.
    pub owner: Option<i64>,
    /// Their name.
    pub owner_name: Option<String>,
    /// When it was ordered, as `2026-11-23`.
    pub ordered_on: String,
    /// When delivery is promised.
    pub promised_on: Option<String>,
    /// When it was delivered.
    pub delivered_on: Option<String>,
    /// What it comes to.
    #[schema(value_type = String)]
    pub amount: Money,
    /// What was paid for it; left away for who may not see payments.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub paid: Option<Money>,
    /// By which methods that came in, the first first: codes of `/payments/choices`; none while nothing is paid, left away for who may not
    /// see payments.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paid_by: Option<Vec<String>>,
    /// What of it is the person's to whom the list is narrowed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub part: Option<Money>,
    /// Of a discount beyond the price list: empty, `asked`, `approved`, `rejected`.
    pub approval: String,
    /// The site that it is shipped from.
    pub site: Option<i64>,
    /// The opportunity that it comes from.
    pub opportunity: Option<i64>,
    /// The quote that it comes from.
    pub quote: Option<i64>,
    /// The contract that it comes from.
    pub contract: Option<i64>,
    /// When it was made.
    pub created_ms: i64,
    /// By whom: a login.
    pub created_by: String,
    /// Custom fields, those of `/entities/order/columns`.
    #[schema(value_type = Object)]
    pub custom: Map<String, Value>,
    /// Grows with every change; send it back as If-Match.
    pub version: i64,
}

/// What stands over a list of orders.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct OrderSum {
    /// How many they are.
    pub orders: i64,
    /// What they come to together.
    #[schema(value_type = String)]
    pub amount: Money,
    /// What of it is the person's to whom the list is narrowed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub part: Option<Money>,
}

/// An order with everything in it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OrderDetail {
    /// As in the list.
    #[serde(flatten)]
    pub order: OrderRow,
    /// Where it goes, by the field right on `customer.address`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// What was noted, by the field right on `customer.note`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Its lines.
    pub lines: Vec<LineRow>,
    /// Who sold it, and what of its amount is whose.
    pub splits: Vec<SplitRow>,
    /// Whether its goods are reserved.
    pub reserved: bool,
    /// The pick of its goods, as it is now.
    pub pick: Option<OrderPick>,
    /// The number of its quote that people say.
    pub quote_code: Option<String>,
    /// The number of its contract that people say.
    pub contract_code: Option<String>,
    /// The customer's signature of the lines as they are.
    pub signed: Option<OrderSignature>,
    /// The name of the site that it is shipped from.
    pub site_name: Option<String>,
    /// Why it was cancelled, or shipped without everything; or empty.
    pub reason: String,
    /// What was said when the discount was approved or rejected, or empty.
    pub approval_note: String,
    /// When it was confirmed.
    pub confirmed_ms: Option<i64>,
    /// When it was shipped.
    pub shipped_ms: Option<i64>,
    /// When it was completed.
    pub completed_ms: Option<i64>,
}

/// What a customer signed an order with.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OrderSignature {
    /// Number of the file: the picture of the signature.
    pub file: i64,
    /// Who signed.
    pub name: String,
    /// When.
    pub at_ms: i64,
    /// On whose phone: a login.
    pub by: String,
}

/// What a customer signs an order with.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignOrder {
    /// Number of the file: a picture of kind `signature` that was attached to the order.
    pub file: i64,
    /// Who signs, 1 to 60 characters.
    #[schema(value_type = String)]
    pub name: Zeroizing<String>,
}

/// The pick of an order's goods.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OrderPick {
    /// Number of the task.
    pub task: i64,
    /// Number for people: `PK-000123`.
    pub number: String,
    /// `open`, `started`, `finished`, `withdrawn`.
    pub state: String,
    /// Finished with every set complete.
    pub complete: bool,
    /// Asked for: cartons.
    #[schema(value_type = String)]
    pub asked: Quantity,
    /// Picked so far.
    #[schema(value_type = String)]
    pub done: Quantity,
    /// Declared missing.
    #[schema(value_type = String)]
    pub short: Quantity,
}

/// An order of a contract.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ContractOrder)]
pub struct OrderOf {
    /// Number.
    pub id: i64,
    /// The number that people say.
    pub code: String,
    /// How far it is.
    pub state: State,
    /// What it comes to.
    #[schema(value_type = String)]
    pub amount: Money,
}

/// Somebody's share of an order.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewSplit)]
pub struct Share {
    /// Who.
    pub person: i64,
    /// How much, in basis points: 7000 is 70 %.
    #[schema(minimum = 1, maximum = 10000)]
    pub share: i64,
}

/// Somebody's share of an order, with what it comes to.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = OrderSplit)]
pub struct SplitRow {
    /// Who.
    pub person: i64,
    /// Their name.
    pub name: String,
    /// How much, in basis points.
    pub share: i64,
    /// Their part of the amount, to the fen.
    #[schema(value_type = String)]
    pub amount: Money,
}

/// What is to be written of an order; what is left away stays as it is. Lines and splits are given as a whole.
#[derive(Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(as = OrderFields)]
pub struct Fields {
    /// The customer; stays what it was.
    pub customer: Option<i64>,
    /// The organisation that sells; the reader's own, or else the customer's, for a new one. Stays what it was.
    pub organisation: Option<i64>,
    /// Whose order it is; the reader's for a new one.
    #[serde(deserialize_with = "nullable")]
    #[schema(value_type = Option<i64>)]
    pub owner: Option<Option<i64>>,
    /// The opportunity that it comes from.
    #[serde(deserialize_with = "nullable")]
    #[schema(value_type = Option<i64>)]
    pub opportunity: Option<Option<i64>>,
    /// When it was ordered, as `2026-11-23`; today for a new one.
    pub ordered_on: Option<String>,
    /// When delivery is promised.
    #[serde(deserialize_with = "nullable")]
    #[schema(value_type = Option<String>)]
    pub promised_on: Option<Option<String>>,
    /// Where it goes; the customer's address for a new one.
    #[schema(value_type = Option<String>)]
    pub address: Option<Zeroizing<String>>,
    /// A note, up to 2,000 characters.
    #[schema(value_type = Option<String>)]
    pub note: Option<Zeroizing<String>>,
    /// Its lines, 1 to 200.
    pub lines: Option<Vec<NewLine>>,
    /// Who sold it; the owner alone for a new one. Together 10,000.
    pub splits: Option<Vec<Share>>,
    /// Custom fields by their keys, those of `/entities/order/form`; `null` takes a value away. They may change as long as the order is not
    /// cancelled.
    #[schema(value_type = Option<Object>)]
    pub custom: Option<Map<String, Value>>,
}

impl Fields {
    /// Whether nothing but custom fields is to be written.
    #[must_use]
    pub const fn is_custom_alone(&self) -> bool {
        let Self { customer, organisation, owner, opportunity, ordered_on, promised_on, address, note, lines, splits, custom } = self;
        let head = customer.is_some() || organisation.is_some() || owner.is_some() || opportunity.is_some() || ordered_on.is_some();
        let rest = promised_on.is_some() || address.is_some() || note.is_some() || lines.is_some() || splits.is_some();
        custom.is_some() && !head && !rest
    }
}

impl std::fmt::Debug for Fields {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Fields(…)")
    }
}

/// How an order is confirmed.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ConfirmOrder {
    /// From which site; the nearest that has everything when left away.
    pub site: Option<i64>,
    /// Confirm it also when no site has everything: its goods are reserved later.
    pub without_goods: bool,
}

/// How goods of an order are reserved after it was confirmed.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ReserveOrder {
    /// From which site; the nearest that has everything when left away.
    pub site: Option<i64>,
}

/// How an order is shipped.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ShipOrder {
    /// Why it goes without everything, 2 to 200 characters; needed when its pick is not complete.
    pub reason: String,
}

/// When an order was delivered.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CompleteOrder {
    /// The day, as `2026-11-23`; today when left away.
    pub delivered_on: Option<String>,
}

/// Why an order is cancelled.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CancelOrder {
    /// Why, 2 to 200 characters.
    pub reason: String,
}

/// What becomes of a discount.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct JudgeDiscount {
    /// Whether it is approved.
    pub approve: bool,
    /// What is to be said; needed when it is rejected, up to 200 characters.
    #[serde(default)]
    pub note: String,
}

/// Who can share an order.
#[derive(Debug, Clone, Serialize, ToSchema, sea_orm::FromQueryResult)]
pub struct Colleague {
    /// Number of the person.
    pub id: i64,
    /// Their name.
    pub name: String,
}

/// What can be chosen for orders.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OrderChoices {
    /// Who sells for the reader's organisation, beneath it and above it; at most 200.
    pub people: Vec<Colleague>,
}
