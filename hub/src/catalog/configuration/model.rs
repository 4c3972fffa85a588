//! Option models as settings keep them and pages read them; what somebody chose of one, and what that came to.

use std::collections::BTreeMap;

use qitao_domain::quantity::Quantity;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::number::Number;

const fn yes() -> bool {
    true
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
const fn is_yes(answer: &bool) -> bool {
    *answer
}

/// How freely something is configured.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = OptionModelKind)]
pub enum Kind {
    /// 标准选配: only the standard sizes.
    #[default]
    Standard,
    /// 非标选配: any size within the limits; prices follow formulas.
    NonStandard,
    /// 套件选配: the item is a kit; what is chosen comes beside its parts.
    Kit,
}

/// A measure that somebody gives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = OptionParameter)]
pub struct Parameter {
    /// How formulas name it.
    pub code: String,
    /// Chinese name.
    pub title: String,
    /// English name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title_en: String,
    /// Its unit, such as m or mm.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub unit: String,
    /// The least that is possible.
    pub min: Number,
    /// The most that is possible.
    pub max: Number,
    /// From the least up only in such steps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<Number>,
    /// What holds when nothing is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<Number>,
}

/// A standard size.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = OptionSize)]
pub struct Size {
    /// Chinese name.
    pub title: String,
    /// English name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title_en: String,
    /// The values of parameters, by their codes; those that are left away may be any.
    pub values: BTreeMap<String, Number>,
}

/// Something that can be chosen (选配范围).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = OptionChoice)]
pub struct Choice {
    /// What is stored and what expressions compare with.
    pub code: String,
    /// Chinese name.
    pub title: String,
    /// English name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title_en: String,
    /// The item that it consumes, by its code; its price is then there as `price`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<String>,
    /// Figures that formulas use, such as the width of a cloth.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<String, Number>,
    /// When it may be chosen (CEL); always when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
    /// `false`: no longer to be chosen.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub active: bool,
}

/// A category of options, of which one is chosen (选配类别).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = OptionCategory)]
pub struct Category {
    /// How formulas name it.
    pub code: String,
    /// Chinese name.
    pub title: String,
    /// English name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title_en: String,
    /// `false`: nothing needs to be chosen.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub required: bool,
    /// What holds when nothing is chosen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
    /// What can be chosen.
    pub options: Vec<Choice>,
}

/// A term of the price (选配计价公式).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PriceFormula)]
pub struct Formula {
    /// Its code.
    pub code: String,
    /// Chinese name.
    pub title: String,
    /// English name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title_en: String,
    /// An expression (CEL) that gives yuan.
    pub formula: String,
    /// When it counts (CEL); always when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
}

/// What every configuration must fulfil (选配约束条件).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = OptionConstraint)]
pub struct Constraint {
    /// An expression (CEL) that is to be true.
    pub rule: String,
    /// What to tell whoever breaks it, in Chinese.
    pub message: String,
    /// And in English.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub message_en: String,
    /// The parameter or category that is to be changed; the first that the rule names when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
}

/// Goods that one configured piece needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = OptionPart)]
pub struct PartRule {
    /// The item by its code; or else `category`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<String>,
    /// The item of whatever is chosen in this category.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// An expression (CEL) that gives how many, in the item's unit.
    pub quantity: String,
    /// When it is needed (CEL); always when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
}

/// How items are configured and priced (选配).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OptionModel {
    /// Chinese name.
    pub title: String,
    /// English name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title_en: String,
    /// How freely.
    pub kind: Kind,
    /// Codes of the items that it is for; an item has one model at most.
    #[serde(default)]
    pub items: Vec<String>,
    /// Measures.
    #[serde(default)]
    pub parameters: Vec<Parameter>,
    /// Standard sizes; `standard` in expressions says whether one of them was given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sizes: Vec<Size>,
    /// What is chosen.
    #[serde(default)]
    pub categories: Vec<Category>,
    /// The terms of the price; they are summed up.
    pub terms: Vec<Formula>,
    /// What every configuration must fulfil.
    #[serde(default)]
    pub constraints: Vec<Constraint>,
    /// The goods that one piece needs; the item itself where there are none, and for kits always.
    #[serde(default)]
    pub parts: Vec<PartRule>,
}

/// What somebody chose for an item.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Configuration {
    /// The option model by which it was priced; found by the item, so it need not be sent.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub model: String,
    /// The version of that model.
    #[serde(default)]
    pub version: i64,
    /// Values of parameters by their codes; defaults for those that are left away.
    #[serde(default)]
    pub parameters: BTreeMap<String, Number>,
    /// Chosen options by the codes of their categories; defaults for those that are left away.
    #[serde(default)]
    pub options: BTreeMap<String, String>,
}

/// A term of a price, explained.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = PriceTerm)]
pub struct Term {
    /// Its code; `price` for the price of the list itself.
    pub code: String,
    /// Chinese name.
    pub title: String,
    /// English name, or empty.
    #[serde(default)]
    pub title_en: String,
    /// The formula; empty for the price of the list itself.
    #[serde(default)]
    pub formula: String,
    /// The formula with the values put in.
    #[serde(default)]
    pub worked: String,
    /// What it comes to for one piece.
    pub amount_fen: i64,
}

/// One choice in words, for papers and lists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ConfigurationDetail)]
pub struct Detail {
    /// Chinese name of the parameter or category.
    pub title: String,
    /// English name, or empty.
    #[serde(default)]
    pub title_en: String,
    /// Its value in Chinese.
    pub value: String,
    /// Its value in English, or empty where it is the same.
    #[serde(default)]
    pub value_en: String,
}

/// Why a configuration will not do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ConfigurationViolation)]
pub struct Violation {
    /// What to change: `parameters.width`, `options.cloth`; `item` or `configuration` where it is none of them.
    pub field: String,
    /// Which rule.
    pub rule: &'static str,
    /// What is wrong, in Chinese.
    pub zh: String,
    /// And in English.
    pub en: String,
}

/// What a configuration comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Priced {
    /// The terms.
    pub terms: Vec<Term>,
    /// Their sum: the price of one piece.
    pub total_fen: i64,
    /// Goods for one piece by the codes of items, kits whole.
    pub parts: Vec<(String, Quantity)>,
    /// The configuration with every default filled in.
    pub configuration: Configuration,
    /// The configuration in words.
    pub details: Vec<Detail>,
}
