//! Definitions of custom fields, as settings keep them and pages read them.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::platform::expressions::Type;

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = FieldKind)]
pub enum Kind {
    /// A line of text.
    Text,
    /// Text of several lines.
    LongText,
    /// A whole number.
    Number,
    /// A decimal number, as text: `"2.375"`.
    Decimal,
    /// Money, as text with two places: `"1999.00"`.
    Money,
    /// A day: `2026-01-31`.
    Date,
    /// A time of day: `09:30`.
    Time,
    /// One of the options, by its code.
    Choice,
    /// Several of the options, by their codes.
    Choices,
    /// Yes or no.
    Boolean,
}

impl Kind {
    /// The type that expressions see.
    #[must_use]
    pub fn of(self) -> Type {
        match self {
            Self::Text | Self::LongText | Self::Time | Self::Choice => Type::Text,
            Self::Number => Type::Int,
            Self::Decimal | Self::Money => Type::Decimal,
            Self::Date => Type::Date,
            Self::Choices => Type::list(Type::Text),
            Self::Boolean => Type::Bool,
        }
    }

    /// Whether it has options.
    #[must_use]
    pub const fn has_options(self) -> bool {
        matches!(self, Self::Choice | Self::Choices)
    }

    /// Whether lists compare it as a number.
    #[must_use]
    pub const fn is_numeric(self) -> bool {
        matches!(self, Self::Number | Self::Decimal | Self::Money)
    }

    /// Whether lists can be sorted by it.
    #[must_use]
    pub const fn sorts(self) -> bool {
        !matches!(self, Self::LongText | Self::Choices)
    }
}

/// An option of a choice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = FieldOption)]
pub struct Choice {
    /// What is stored; stays for ever.
    pub code: String,
    /// Chinese name.
    pub title: String,
    /// English name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title_en: String,
    /// `false`: no longer to be chosen; records that have it keep it.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub active: bool,
}

const fn yes() -> bool {
    true
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
const fn is_yes(answer: &bool) -> bool {
    *answer
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
const fn is_no(answer: &bool) -> bool {
    !*answer
}

/// A rule that a record must fulfil when the field has a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = FieldCheck)]
pub struct Check {
    /// An expression (CEL) that is to be true; it may name `record`, `custom`, `today`, `now`.
    pub rule: String,
    /// What to tell whoever breaks it, in Chinese.
    pub message: String,
    /// And in English.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub message_en: String,
}

/// A custom field.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CustomField)]
pub struct Field {
    /// How programs and expressions name it: a–z, 0–9 and _; stays for ever.
    pub key: String,
    /// Chinese name.
    pub title: String,
    /// English name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title_en: String,
    /// What it holds; stays for ever.
    pub kind: Kind,
    /// A line of help, in Chinese.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub help: String,
    /// And in English.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub help_en: String,
    /// The group of the form that it stands in, by its key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Must have a value.
    #[serde(default, skip_serializing_if = "is_no")]
    pub required: bool,
    /// Must have a value when this expression is true.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub required_when: Option<String>,
    /// Options of a choice.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<Choice>,
    /// The shared list that its options are of, by code; in place of `options`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub options_from: Option<String>,
    /// Rules.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<Check>,
    /// The value of a new record that names none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Value>)]
    pub default: Option<Value>,
    /// Most characters of a text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_length: Option<usize>,
    /// Only at these organisations and beneath them; everywhere when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub organisations: Vec<i64>,
    /// Lists narrow and sort by it, with an index.
    #[serde(default, skip_serializing_if = "is_no")]
    pub filter: bool,
    /// Lists show it without being asked.
    #[serde(default, skip_serializing_if = "is_no")]
    pub in_list: bool,
    /// It is about somebody's life: sealed at rest, masked by role, found by `/people/find` alone. Of people only; stays for ever. Keys as
    /// `address` or `id_number` are personal without it.
    #[serde(default, skip_serializing_if = "is_no")]
    pub personal: bool,
}

/// A group of a form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = FieldGroup)]
pub struct Group {
    /// Its key.
    pub key: String,
    /// Chinese name.
    pub title: String,
    /// English name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title_en: String,
}

/// All custom fields of a kind of record, in the order of the form.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FieldSet {
    /// Groups of the form.
    #[serde(default)]
    pub groups: Vec<Group>,
    /// The fields.
    #[serde(default)]
    pub fields: Vec<Field>,
}

/// A list of options that several fields share.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OptionList {
    /// Chinese name.
    pub title: String,
    /// English name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title_en: String,
    /// The options.
    #[serde(default)]
    pub options: Vec<Choice>,
}
