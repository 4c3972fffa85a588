//! What pages show of payments, and what they send.

use qitao_domain::quantity::Money;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::platform::fields::model::Choice;

/// One act with a customer's money.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PaymentRow {
    /// Number.
    pub id: i64,
    /// `receive`, `refund`, `apply`, `move`, `take_back`.
    pub kind: String,
    /// Whose money.
    pub customer: i64,
    /// Their name.
    pub customer_name: String,
    /// The organisation that received it or paid it back, or whose customer it is.
    pub organisation: i64,
    /// Its name.
    pub organisation_name: String,
    /// How much.
    #[schema(value_type = String, example = "1999.00")]
    pub amount: Money,
    /// How it was paid: a code of `/payments/choices`; empty within the account.
    pub method: String,
    /// Number of the bank's, POS's or wallet's slip, or empty.
    pub reference: String,
    /// The order that it was taken from.
    pub from_order: Option<i64>,
    /// Its number.
    pub from_order_code: Option<String>,
    /// The order that it was applied to.
    pub to_order: Option<i64>,
    /// Its number.
    pub to_order_code: Option<String>,
    /// When it was received, paid back or moved.
    pub at_ms: i64,
    /// The day in whose count it is, as `2026-11-23`.
    pub day: String,
    /// The act that this one undoes.
    pub reverses: Option<i64>,
    /// The act that undid this one.
    pub reversed_by: Option<i64>,
    /// Why, or empty.
    pub reason: String,
    /// Who: a login.
    pub author: String,
}

/// What can be chosen for payments.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PaymentChoices {
    /// Methods of payment.
    pub methods: Vec<Choice>,
}

/// How a customer's account stands.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CustomerAccount {
    /// Whose.
    pub customer: i64,
    /// What is held and not applied (预收款余额).
    #[schema(value_type = String)]
    pub held: Money,
    /// Applied to orders, all together.
    #[schema(value_type = String)]
    pub applied: Money,
    /// Received less paid back.
    #[schema(value_type = String)]
    pub received: Money,
    /// Their orders that cost something or have money, newest first.
    pub orders: Vec<AccountOrder>,
}

/// An order in a customer's account.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AccountOrder {
    /// The order.
    pub order: i64,
    /// Its number.
    pub code: String,
    /// What it costs.
    #[schema(value_type = String)]
    pub due: Money,
    /// What was applied to it.
    #[schema(value_type = String)]
    pub applied: Money,
    /// What it still needs.
    #[schema(value_type = String)]
    pub left: Money,
    /// Whether money can be applied to it: it is not cancelled.
    pub open: bool,
}

/// Money that a customer paid.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewReceipt {
    /// How much.
    #[schema(value_type = String, example = "1999.00")]
    pub amount: Money,
    /// How: a code of `/payments/choices`.
    pub method: String,
    /// Number of the bank's, POS's or wallet's slip, up to 60 characters.
    #[serde(default)]
    pub reference: String,
    /// When it was received; now when left away.
    pub at_ms: Option<i64>,
    /// The organisation that received it; the reader's own, or else the customer's, when left away.
    pub organisation: Option<i64>,
    /// Apply it to this order at once, as far as the order needs it.
    pub order: Option<i64>,
}

/// Money that goes back to a customer.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRefund {
    /// How much of what is held.
    #[schema(value_type = String, example = "100.00")]
    pub amount: Money,
    /// How: a code of `/payments/choices`.
    pub method: String,
    /// Number of the slip, up to 60 characters.
    #[serde(default)]
    pub reference: String,
    /// Why, 2 to 200 characters.
    pub reason: String,
    /// The organisation that pays it back; the reader's own, or else the customer's, when left away.
    pub organisation: Option<i64>,
}

/// Money that goes from what is held to an order, from order to order, or back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MoveMoney {
    /// How much.
    #[schema(value_type = String, example = "500.00")]
    pub amount: Money,
    /// From this order; from what is held when left away.
    pub from: Option<i64>,
    /// To this order; to what is held when left away.
    pub to: Option<i64>,
}

/// Why a payment is undone.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UndoPayment {
    /// Why, 2 to 200 characters.
    pub reason: String,
}

/// What an organisation's till took on a day.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TillDay {
    /// The organisation.
    pub organisation: i64,
    /// Its name.
    pub organisation_name: String,
    /// The day, as `2026-11-23`.
    pub day: String,
    /// By method.
    pub methods: Vec<TillMethod>,
    /// Who closed it; open when `null`.
    pub closed_by: Option<String>,
    /// When.
    pub closed_ms: Option<i64>,
}

/// What came in by one method on a day, less what was paid back.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TillMethod {
    /// A code of `/payments/choices`.
    pub method: String,
    /// The sum in the books.
    #[schema(value_type = String)]
    pub booked: Money,
    /// The sum that was counted; of an open day nobody has counted it yet.
    #[schema(value_type = Option<String>)]
    pub counted: Option<Money>,
    /// Counted less booked.
    #[schema(value_type = Option<String>)]
    pub difference: Option<Money>,
    /// Why they differ, or empty.
    pub reason: String,
}

/// Days of tills.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TillDays {
    /// The days that have bookings, the newest first; at most 500.
    pub items: Vec<TillDay>,
}

/// A till that was counted.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CloseDay {
    /// The organisation.
    pub organisation: i64,
    /// The day, as `2026-11-23`.
    #[schema(max_length = 10)]
    pub day: String,
    /// What was counted, of each method that is in the books.
    pub counts: Vec<Counted>,
}

/// What was counted of one method.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CountedMethod)]
pub struct Counted {
    /// A code of `/payments/choices`.
    pub method: String,
    /// The sum that is there.
    #[schema(value_type = String)]
    pub counted: Money,
    /// Why it differs from the books; needed when it does, up to 200 characters.
    #[serde(default)]
    pub reason: String,
}
