//! What pages show of customers, and what they send.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use zeroize::Zeroizing;

use super::rules::{Class, Gender};
use crate::http::extract::nullable;

/// A customer as a reader sees them: what the reader's field rights hide is left away.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CustomerRow {
    /// Number.
    pub id: i64,
    /// The number that people say: `C000123`.
    pub code: String,
    /// Name.
    pub name: String,
    /// How far it went; never typed.
    pub class: Class,
    /// The organisation that looks after them.
    pub organisation: i64,
    /// Its name.
    pub organisation_name: String,
    /// Who looks after them; nobody when `null`.
    pub owner: Option<i64>,
    /// Their name.
    pub owner_name: Option<String>,
    /// Gender.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gender: Option<Gender>,
    /// Year of birth.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub birth_year: Option<i32>,
    /// Phone: whole or masked, as the reader's field right on `customer.phone` says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// E-mail, by `customer.email`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Where they live, by `customer.address`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Where they work.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub employer: Option<String>,
    /// As what.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub position: Option<String>,
    /// What they like.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hobbies: Option<String>,
    /// Where they come from: a code of `/customers/choices`, or empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The campaign that brought them, or empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub campaign: Option<String>,
    /// What was noted; long numbers in it show their ends only where the phone is masked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Tags, as `style.modern`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<String>>)]
    pub tags: Option<BTreeSet<String>>,
    /// When they were made, here or where they were brought over from.
    pub created_ms: i64,
    /// By whom: a login.
    pub created_by: String,
    /// The last follow-up.
    pub last_follow_ms: Option<i64>,
    /// The next one that is planned.
    pub next_follow_ms: Option<i64>,
    /// Whole days since the last follow-up, or since they were made.
    pub idle_days: i64,
    /// How many orders they have confirmed; left away for who may not see orders.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order_count: Option<i64>,
    /// When they last ordered, as `2026-11-23`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_order_on: Option<String>,
    /// How far their newest open opportunity is that the reader sees.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stands: Option<Standing>,
    /// Custom fields, those of `/entities/customer/columns`.
    #[schema(value_type = Object)]
    pub custom: Map<String, Value>,
    /// Grows with every change; send it back as If-Match.
    pub version: i64,
}

/// How far a customer's open opportunity is.
#[derive(Debug, Clone, Serialize, ToSchema, sea_orm::FromQueryResult)]
pub struct Standing {
    /// The customer.
    #[serde(skip)]
    pub customer_id: i64,
    /// The opportunity.
    pub opportunity: i64,
    /// Its pipeline.
    pub pipeline: String,
    /// The stage that it is in.
    pub stage: String,
    /// Since when.
    pub since_ms: i64,
}

/// What is to be written of a customer; what is left away stays as it is, an empty text or `null` takes a value away.
#[derive(Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(as = CustomerFields)]
pub struct Fields {
    /// Name.
    pub name: Option<String>,
    /// The organisation that looks after them; the reader's own for a new one.
    pub organisation: Option<i64>,
    /// Who looks after them; the reader for a new one.
    #[serde(deserialize_with = "nullable")]
    #[schema(value_type = Option<i64>)]
    pub owner: Option<Option<i64>>,
    /// Gender.
    #[serde(deserialize_with = "nullable")]
    #[schema(value_type = Option<Gender>)]
    pub gender: Option<Option<Gender>>,
    /// Year of birth.
    #[serde(deserialize_with = "nullable")]
    #[schema(value_type = Option<i32>)]
    pub birth_year: Option<Option<i32>>,
    /// Phone, however it is written.
    #[schema(value_type = Option<String>)]
    pub phone: Option<Zeroizing<String>>,
    /// E-mail.
    #[schema(value_type = Option<String>)]
    pub email: Option<Zeroizing<String>>,
    /// Where they live.
    #[schema(value_type = Option<String>)]
    pub address: Option<Zeroizing<String>>,
    /// Where they work.
    pub employer: Option<String>,
    /// As what.
    pub position: Option<String>,
    /// What they like.
    pub hobbies: Option<String>,
    /// Where they come from: a code of `/customers/choices`.
    pub source: Option<String>,
    /// The campaign that brought them.
    pub campaign: Option<String>,
    /// A note.
    #[schema(value_type = Option<String>)]
    pub note: Option<Zeroizing<String>>,
    /// Tags of `/customers/choices`, all of them: `style.modern`.
    pub tags: Option<Vec<String>>,
    /// When they are to be followed up next.
    #[serde(deserialize_with = "nullable")]
    #[schema(value_type = Option<i64>)]
    pub next_follow_ms: Option<Option<i64>>,
    /// Custom fields by their keys, those of `/entities/customer/form`; `null` takes a value away.
    #[schema(value_type = Option<Object>)]
    pub custom: Option<Map<String, Value>>,
}

impl std::fmt::Debug for Fields {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Fields(…)")
    }
}

impl Fields {
    /// The fields that the hub itself gives and that are to be written, by their names in field rights.
    #[must_use]
    pub fn named(&self) -> Vec<&'static str> {
        [
            ("name", self.name.is_some()),
            ("organisation", self.organisation.is_some()),
            ("owner", self.owner.is_some()),
            ("gender", self.gender.is_some()),
            ("birth_year", self.birth_year.is_some()),
            ("phone", self.phone.is_some()),
            ("email", self.email.is_some()),
            ("address", self.address.is_some()),
            ("employer", self.employer.is_some()),
            ("position", self.position.is_some()),
            ("hobbies", self.hobbies.is_some()),
            ("source", self.source.is_some()),
            ("campaign", self.campaign.is_some()),
            ("note", self.note.is_some()),
            ("tags", self.tags.is_some()),
        ]
        .into_iter()
        .filter_map(|(name, is_given)| is_given.then_some(name))
        .collect()
    }
}

/// A follow-up to be noted.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewFollowUp {
    /// How: a code of `/customers/choices`.
    pub kind: String,
    /// What was said and agreed, up to 2,000 characters.
    #[schema(value_type = String)]
    pub text: Zeroizing<String>,
    /// When it was; now when left away.
    pub at_ms: Option<i64>,
    /// When the next one is to be; none when left away.
    pub next_ms: Option<i64>,
}

impl std::fmt::Debug for NewFollowUp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NewFollowUp(…)")
    }
}

/// A follow-up.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FollowUpRow {
    /// Number.
    pub id: i64,
    /// How: a code of `/customers/choices`.
    pub kind: String,
    /// What was said and agreed.
    pub text: String,
    /// When it was.
    pub at_ms: i64,
    /// When the next one is to be.
    pub next_ms: Option<i64>,
    /// Who noted it: a login.
    pub author: String,
}
