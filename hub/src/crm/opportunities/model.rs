//! What pages show of opportunities, and what they send.

use qitao_domain::quantity::Money;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::rules::State;
use crate::http::extract::nullable;
use crate::platform::stages::Missing;

/// An opportunity as a reader sees it: what the reader's field rights hide is left away.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OpportunityRow {
    /// Number.
    pub id: i64,
    /// The number that people say: `O000123`.
    pub code: String,
    /// What it is about.
    pub title: String,
    /// Whose it is.
    pub customer: i64,
    /// Their name.
    pub customer_name: String,
    /// The organisation that looks after it.
    pub organisation: i64,
    /// Its name.
    pub organisation_name: String,
    /// Who looks after it; nobody when `null`.
    pub owner: Option<i64>,
    /// Their name.
    pub owner_name: Option<String>,
    /// The pipeline along which it goes.
    pub pipeline: String,
    /// The stage that it is in.
    pub stage: String,
    /// How it stands.
    pub state: State,
    /// What it may bring, in yuan.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub amount: Option<Money>,
    /// The day on which it may be signed: `2026-05-01`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected_on: Option<String>,
    /// Since when it is in its stage.
    pub stage_since_ms: i64,
    /// When its time there is over; left away where there is no limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_ms: Option<i64>,
    /// Its time there is over.
    pub overdue: bool,
    /// Why it is stuck: a code of its stage's reasons, or empty.
    pub block_reason: String,
    /// What was noted of it.
    pub block_note: String,
    /// Why it was lost: a code of the option list `opportunity_lost_reason`, or empty.
    pub lost_reason: String,
    /// Whole days since the last word with the customer.
    pub idle_days: i64,
    /// When it was won or lost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closed_ms: Option<i64>,
    /// When it was made.
    pub created_ms: i64,
    /// By whom: a login.
    pub created_by: String,
    /// Custom fields, those of `/entities/opportunity/columns`.
    #[schema(value_type = Object)]
    pub custom: Map<String, Value>,
    /// Grows with every change; send it back as If-Match.
    pub version: i64,
}

/// Where an opportunity may go.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = OpportunityWay)]
pub struct Way {
    /// The stage.
    pub stage: String,
    /// What is missing; it may go there when nothing is.
    pub missing: Vec<Missing>,
}

/// An opportunity with where it may go from here.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OpportunityDetail {
    /// As in the list.
    #[serde(flatten)]
    pub opportunity: OpportunityRow,
    /// Each other stage of its pipeline that is in use, in their order.
    pub ways: Vec<Way>,
    /// Its time is over, its stage has reasons to choose from, and none is given: it does not go on before.
    pub needs_reason: bool,
}

/// What is to be written of an opportunity; what is left away stays as it is, an empty text or `null` takes a value away.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(as = OpportunityFields)]
pub struct Fields {
    /// Whose it is; for a new one only.
    pub customer: Option<i64>,
    /// The pipeline; `sales` for a new one when nothing is said, and for a new one only.
    pub pipeline: Option<String>,
    /// What it is about.
    pub title: Option<String>,
    /// The organisation that looks after it; the customer's for a new one.
    pub organisation: Option<i64>,
    /// Who looks after it; the reader for a new one.
    #[serde(deserialize_with = "nullable")]
    #[schema(value_type = Option<i64>)]
    pub owner: Option<Option<i64>>,
    /// What it may bring, in yuan.
    #[serde(deserialize_with = "nullable")]
    #[schema(value_type = Option<String>)]
    pub amount: Option<Option<Money>>,
    /// The day on which it may be signed: `2026-05-01`.
    #[serde(deserialize_with = "nullable")]
    #[schema(value_type = Option<String>)]
    pub expected_on: Option<Option<String>>,
    /// Custom fields by their keys, those of `/entities/opportunity/form`; `null` takes a value away.
    #[schema(value_type = Option<Object>)]
    pub custom: Option<Map<String, Value>>,
}

impl Fields {
    /// The fields that the hub itself gives and that are to be written, by their names in field rights.
    #[must_use]
    pub fn named(&self) -> Vec<&'static str> {
        [
            ("title", self.title.is_some()),
            ("organisation", self.organisation.is_some()),
            ("owner", self.owner.is_some()),
            ("amount", self.amount.is_some()),
            ("expected_on", self.expected_on.is_some()),
        ]
        .into_iter()
        .filter_map(|(name, is_given)| is_given.then_some(name))
        .collect()
    }
}

/// To which stage an opportunity is to go.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = MoveOpportunity)]
pub struct Move {
    /// The stage.
    pub to: String,
    /// Why it stayed so long, when its time was over and nobody said so: a code of the reasons of the stage that it leaves.
    #[serde(default)]
    pub block_reason: Option<String>,
    /// Why it is lost, when it goes to a stage of the lost: a code of the option list `opportunity_lost_reason`.
    #[serde(default)]
    pub lost_reason: Option<String>,
}

/// Why an opportunity is stuck.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = BlockOpportunity)]
pub struct Block {
    /// A code of its stage's reasons; `null` when it is stuck no more.
    pub reason: Option<String>,
    /// What is to be said of it, up to 200 characters.
    #[serde(default)]
    pub note: String,
}
