//! What pages show of contracts, and what they send.

use qitao_domain::quantity::Money;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::rules::{Missing, State};
use super::seal::SealedContract;
use crate::http::extract::nullable;
use crate::sales::lines::model::{LineRow, NewLine};
use crate::sales::orders::model::OrderOf;

/// A contract in the ledger.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ContractRow {
    /// Number.
    pub id: i64,
    /// The number that people say: `HT000123`.
    pub code: String,
    /// How far it is: 草稿, 已签订, 已完成, 已作废.
    pub state: State,
    /// The customer.
    pub customer: i64,
    /// Their name.
    pub customer_name: String,
    /// The organisation that signs it.
    pub organisation: i64,
    /// Its name.
    pub organisation_name: String,
    /// Whose contract it is; nobody's when `null`.
    pub owner: Option<i64>,
    /// Their name.
    pub owner_name: Option<String>,
    /// The opportunity that it belongs to.
    pub opportunity: Option<i64>,
    /// The quote that it was made of.
    pub quote: Option<i64>,
    /// Which version of it.
    pub quote_number: Option<i64>,
    /// What it comes to.
    #[schema(value_type = String)]
    pub amount: Money,
    /// What was paid for its orders; left away for who may not see payments.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub paid: Option<Money>,
    /// The day of the first instalment that is not paid; left away for who may not see payments.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_due_on: Option<String>,
    /// It is signed, and that day has passed; left away for who may not see payments.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overdue: Option<bool>,
    /// Of a discount beyond the price list: empty, `asked`, `approved`, `rejected`.
    pub approval: String,
    /// When it was signed, as `2026-11-23`.
    pub signed_on: Option<String>,
    /// Files that are missing before it is signed.
    pub missing: Vec<Missing>,
    /// When it was made.
    pub created_ms: i64,
    /// By whom: a login.
    pub created_by: String,
    /// Grows with every change; send it back as If-Match.
    pub version: i64,
}

/// A contract with everything in it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ContractDetail {
    /// As in the ledger.
    #[serde(flatten)]
    pub contract: ContractRow,
    /// The number of the quote that people say.
    pub quote_code: Option<String>,
    /// What its opportunity is about.
    pub opportunity_title: Option<String>,
    /// What is agreed beside the lines; once signed, as it was signed.
    pub terms: String,
    /// That what was signed was kept, and whether it still stands so; left away for a draft.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sealed: Option<SealedContract>,
    /// Its lines; once signed, as they were signed.
    pub lines: Vec<LineRow>,
    /// When which part of it is paid.
    pub instalments: Vec<InstalmentRow>,
    /// The orders of it.
    pub orders: Vec<OrderOf>,
    /// Its discount is beyond the price list.
    pub needs_approval: bool,
    /// What was said when the discount was approved or rejected, or empty.
    pub approval_note: String,
    /// Why it was called off, or empty.
    pub reason: String,
}

/// A part of a contract's amount.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ContractInstalment)]
pub struct InstalmentRow {
    /// What it is called: 定金, 尾款.
    pub name: String,
    /// How much.
    #[schema(value_type = String)]
    pub amount: Money,
    /// When it is due, as `2026-11-23`.
    pub due_on: Option<String>,
    /// What is paid of it; left away for who may not see payments.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub paid: Option<Money>,
    /// It is due and not paid; left away for who may not see payments.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overdue: Option<bool>,
}

/// A part of a contract's amount, to be written.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewInstalment)]
pub struct Instalment {
    /// What it is called, 1 to 40 characters.
    pub name: String,
    /// How much.
    #[schema(value_type = String, example = "1999.00")]
    pub amount: Money,
    /// When it is due, as `2026-11-23`.
    #[serde(default)]
    pub due_on: Option<String>,
}

/// What is to be written of a contract; what is left away stays as it is. Lines and instalments are given as a whole.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(as = ContractFields)]
pub struct Fields {
    /// The customer, of one that is made by hand; stays what it was.
    pub customer: Option<i64>,
    /// The organisation that signs it; the reader's own, or else the customer's, for one that is made by hand. Stays what it was.
    pub organisation: Option<i64>,
    /// The quote that it is made of: its customer, opportunity and lines are the contract's. For a new one only.
    pub quote: Option<i64>,
    /// Which version of the quote; the current one when left away.
    pub quote_number: Option<i64>,
    /// Whose contract it is; the reader's for a new one.
    #[serde(deserialize_with = "nullable")]
    #[schema(value_type = Option<i64>)]
    pub owner: Option<Option<i64>>,
    /// The opportunity that it belongs to: one of the same customer.
    #[serde(deserialize_with = "nullable")]
    #[schema(value_type = Option<i64>)]
    pub opportunity: Option<Option<i64>>,
    /// What is agreed beside the lines, up to 10,000 characters.
    pub terms: Option<String>,
    /// Its lines, 1 to 200; those of the quote for one that is made of one.
    pub lines: Option<Vec<NewLine>>,
    /// When which part is paid, 1 to 24, together the amount; all at once for a new one when left away.
    pub instalments: Option<Vec<Instalment>>,
}

/// How a contract is signed.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SignContract {
    /// The day, as `2026-11-23`; today when left away.
    pub signed_on: Option<String>,
    /// An order that is there already and becomes the contract's; one with the same lines is made when left away, unless its quote has
    /// become an order already.
    pub order: Option<i64>,
}

/// Why a contract is called off.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VoidContract {
    /// Why, 2 to 200 characters.
    pub reason: String,
}
