//! What values an expression may have, and which variables are declared.

use std::collections::BTreeMap;
use std::sync::Arc;

/// A type. Every value may also be empty (`null`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Type {
    /// Anything; it shows when it is worked out.
    Any,
    /// Only `null`.
    Null,
    /// Yes or no.
    Bool,
    /// A whole number.
    Int,
    /// A decimal number: money, quantities.
    Decimal,
    /// A text.
    Text,
    /// A day.
    Date,
    /// A moment.
    Timestamp,
    /// A time between two moments.
    Duration,
    /// Many of one type.
    List(Box<Type>),
    /// Fields by name; which they are is known.
    Object(Arc<BTreeMap<String, Type>>),
    /// Values by name; which names there are is not known.
    Map(Box<Type>),
}

impl Type {
    /// Fields by name.
    #[must_use]
    pub fn object<N: Into<String>>(fields: impl IntoIterator<Item = (N, Self)>) -> Self {
        Self::Object(Arc::new(fields.into_iter().map(|(name, of)| (name.into(), of)).collect()))
    }

    /// Many of one type.
    #[must_use]
    pub fn list(of: Self) -> Self {
        Self::List(Box::new(of))
    }

    /// The type of a word, as `list<text>`.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Some(match word.trim() {
            "any" | "dyn" => Self::Any,
            "bool" => Self::Bool,
            "int" => Self::Int,
            "decimal" | "double" | "money" => Self::Decimal,
            "text" | "string" => Self::Text,
            "date" => Self::Date,
            "timestamp" => Self::Timestamp,
            "duration" => Self::Duration,
            "map" => Self::Map(Box::new(Self::Any)),
            "list" => Self::list(Self::Any),
            list => match list.strip_prefix("list<")?.strip_suffix('>')? {
                // Lists of lists are as deep as a rule needs.
                inner if inner.starts_with("list") => return None,
                inner => Self::list(Self::of_word(inner)?),
            },
        })
    }

    /// Its word in the API.
    #[must_use]
    pub fn word(&self) -> String {
        match self {
            Self::Any => "any".to_owned(),
            Self::Null => "null".to_owned(),
            Self::Bool => "bool".to_owned(),
            Self::Int => "int".to_owned(),
            Self::Decimal => "decimal".to_owned(),
            Self::Text => "text".to_owned(),
            Self::Date => "date".to_owned(),
            Self::Timestamp => "timestamp".to_owned(),
            Self::Duration => "duration".to_owned(),
            Self::List(of) => format!("list<{}>", of.word()),
            Self::Object(_) => "object".to_owned(),
            Self::Map(_) => "map".to_owned(),
        }
    }

    /// For sentences, in Chinese and English.
    pub(super) const fn words(&self) -> (&'static str, &'static str) {
        match self {
            Self::Any => ("任意值", "any value"),
            Self::Null => ("空值 null", "null"),
            Self::Bool => ("是或否（bool）", "yes or no (bool)"),
            Self::Int => ("整数（int）", "a whole number (int)"),
            Self::Decimal => ("数字（decimal）", "a number (decimal)"),
            Self::Text => ("文本（text）", "a text"),
            Self::Date => ("日期（date）", "a date"),
            Self::Timestamp => ("时间点（timestamp）", "a moment (timestamp)"),
            Self::Duration => ("时长（duration）", "a duration"),
            Self::List(_) => ("列表（list）", "a list"),
            Self::Object(_) | Self::Map(_) => ("记录（object）", "a record (object)"),
        }
    }

    /// Whether a value of this type may stand where `wanted` is asked for. Whole numbers are numbers; empty is allowed anywhere.
    pub(super) fn fits(&self, wanted: &Self) -> bool {
        match (self, wanted) {
            (Self::Any | Self::Null, _) | (_, Self::Any) | (Self::Int, Self::Decimal) => true,
            (Self::List(is), Self::List(wanted)) | (Self::Map(is), Self::Map(wanted)) => is.fits(wanted),
            (Self::Object(_), Self::Map(_) | Self::Object(_)) | (Self::Map(_), Self::Object(_)) => true,
            (is, wanted) => is == wanted,
        }
    }

    /// What both are.
    pub(super) fn with(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::Null, one) | (one, Self::Null) => one.clone(),
            (Self::Int, Self::Decimal) | (Self::Decimal, Self::Int) => Self::Decimal,
            (Self::List(one), Self::List(other)) => Self::list(one.with(other)),
            (one, other) if one == other => one.clone(),
            _ => Self::Any,
        }
    }

    /// A number, or something that may turn out as one.
    pub(super) const fn may_be_number(&self) -> bool {
        matches!(self, Self::Any | Self::Null | Self::Int | Self::Decimal)
    }
}

/// The variables that an expression may name. `now` and `today` are always there.
#[derive(Debug, Clone, Default)]
pub struct Declarations(BTreeMap<String, Type>);

impl Declarations {
    /// None but those that are always there.
    #[must_use]
    pub fn new() -> Self {
        Self(BTreeMap::from([("now".to_owned(), Type::Timestamp), ("today".to_owned(), Type::Date)]))
    }

    /// One more variable.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, of: Type) -> Self {
        self.0.insert(name.into(), of);
        self
    }

    /// The type of a variable.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Type> {
        self.0.get(name)
    }

    /// All of them, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Type)> {
        self.0.iter().map(|(name, of)| (name.as_str(), of))
    }
}
