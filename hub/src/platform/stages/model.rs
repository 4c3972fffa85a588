//! Pipelines, as settings keep them and pages read them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::platform::fields::model::{Check, Choice};

const fn yes() -> bool {
    true
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
const fn is_yes(answer: &bool) -> bool {
    *answer
}

/// Files that have to be there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = StageFiles)]
pub struct Files {
    /// What kind of file.
    pub kind: String,
    /// Its Chinese name.
    pub title: String,
    /// Its English name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title_en: String,
    /// How many at least.
    #[serde(default = "one")]
    pub at_least: u32,
}

const fn one() -> u32 {
    1
}

/// A field that has to have a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = StageField)]
pub struct Needed {
    /// Where its value stands in the record, as `amount` or `custom.budget`.
    pub key: String,
    /// Its Chinese name.
    pub title: String,
    /// Its English name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title_en: String,
}

/// What has to be there before a record goes through.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Gate {
    /// Fields with a value.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<Needed>,
    /// Files.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<Files>,
    /// Expressions (CEL) that are to be true; they may name `record`, `custom`, `files`, `today`, `now`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<Check>,
}

impl Gate {
    fn is_open(&self) -> bool {
        *self == Self::default()
    }
}

/// How a record ends in a stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = StageEnd)]
pub enum End {
    /// It was a success.
    Won,
    /// It came to nothing; this stage may be entered from anywhere.
    Lost,
}

/// A stage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Stage {
    /// What is stored; stays for ever.
    pub code: String,
    /// Chinese name.
    pub title: String,
    /// English name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title_en: String,
    /// The role that has to do something, by its code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner_role: Option<String>,
    /// What this stage is to bring forth.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub deliverable: String,
    /// The same in English.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub deliverable_en: String,
    /// Hours that a record may stay before it is overdue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit_hours: Option<u32>,
    /// Chance of success, in percent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chance: Option<u8>,
    /// Whether it is the end, and how.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<End>,
    /// What has to be there to come in.
    #[serde(default, skip_serializing_if = "Gate::is_open")]
    pub enter: Gate,
    /// What has to be there to go on.
    #[serde(default, skip_serializing_if = "Gate::is_open")]
    pub leave: Gate,
    /// Reasons why a record may be stuck.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub block_reasons: Vec<Choice>,
    /// What can be done in this stage, by the codes that pages know.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub actions: Vec<Choice>,
    /// `false`: nothing comes in any more; records that are there go on from it.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub active: bool,
}

/// A path of stages.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Pipeline {
    /// The kind of records that go along it.
    pub entity: String,
    /// Chinese name.
    pub title: String,
    /// English name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title_en: String,
    /// Whether stages may be left out when all their gates are fulfilled.
    #[serde(default)]
    pub may_skip: bool,
    /// The stages in their order.
    pub stages: Vec<Stage>,
}
