//! Values of expressions, and how they come from JSON and go back.

use std::collections::BTreeMap;
use std::str::FromStr as _;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp, civil::Date};
use rust_decimal::Decimal;
use serde_json::json;

use super::types::Type;

/// A value. Texts, lists and records are shared, so that a copy costs nothing.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Empty.
    Null,
    /// Yes or no.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A decimal number.
    Decimal(Decimal),
    /// A text.
    Text(Arc<str>),
    /// A day.
    Date(Date),
    /// A moment.
    Timestamp(Timestamp),
    /// A time between two moments.
    Duration(SignedDuration),
    /// Many.
    List(Arc<Vec<Value>>),
    /// Values by name.
    Object(Arc<BTreeMap<Arc<str>, Value>>),
}

/// A JSON value that is not of the type it ought to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misfit {
    /// Where in it, as `lines[0].quantity`; empty for the whole.
    pub at: String,
    /// What it ought to be.
    pub wanted: Type,
}

impl Misfit {
    fn below(mut self, step: &str) -> Self {
        let dot = if self.at.is_empty() || self.at.starts_with('[') { "" } else { "." };
        self.at = format!("{step}{dot}{}", self.at);
        self
    }
}

impl Value {
    /// A text.
    #[must_use]
    pub fn text(text: &str) -> Self {
        Self::Text(text.into())
    }

    /// Values by name.
    #[must_use]
    pub fn object<N: AsRef<str>>(fields: impl IntoIterator<Item = (N, Self)>) -> Self {
        Self::Object(Arc::new(fields.into_iter().map(|(name, value)| (name.as_ref().into(), value)).collect()))
    }

    /// Its type, as far as it shows.
    #[must_use]
    pub fn kind(&self) -> Type {
        match self {
            Self::Null => Type::Null,
            Self::Bool(_) => Type::Bool,
            Self::Int(_) => Type::Int,
            Self::Decimal(_) => Type::Decimal,
            Self::Text(_) => Type::Text,
            Self::Date(_) => Type::Date,
            Self::Timestamp(_) => Type::Timestamp,
            Self::Duration(_) => Type::Duration,
            Self::List(_) => Type::list(Type::Any),
            Self::Object(_) => Type::Map(Box::new(Type::Any)),
        }
    }

    /// As a number, where it is one.
    #[must_use]
    pub fn number(&self) -> Option<Decimal> {
        match self {
            Self::Int(number) => Some(Decimal::from(*number)),
            Self::Decimal(number) => Some(*number),
            _ => None,
        }
    }

    /// Reads JSON as a value of a type. Decimals are texts or numbers, days `2026-01-31`, moments RFC 3339 or milliseconds, durations
    /// seconds. What is missing of a record is empty, what is too much is left away.
    ///
    /// # Errors
    /// Where the JSON is of another type.
    pub fn of_json(json: &serde_json::Value, wanted: &Type) -> Result<Self, Misfit> {
        use serde_json::Value as Json;
        let misfit = || Misfit { at: String::new(), wanted: wanted.clone() };
        Ok(match (wanted, json) {
            (_, Json::Null) => Self::Null,
            (Type::Any, json) => Self::of_any(json),
            (Type::Bool, Json::Bool(answer)) => Self::Bool(*answer),
            (Type::Int, Json::Number(number)) => Self::Int(number.as_i64().ok_or_else(misfit)?),
            (Type::Decimal, Json::Number(number)) => Self::Decimal(decimal(&number.to_string()).ok_or_else(misfit)?),
            (Type::Decimal, Json::String(text)) => Self::Decimal(decimal(text).ok_or_else(misfit)?),
            (Type::Text, Json::String(text)) => Self::text(text),
            (Type::Date, Json::String(text)) => Self::Date(Date::from_str(text).map_err(|_| misfit())?),
            (Type::Timestamp, Json::String(text)) => Self::Timestamp(Timestamp::from_str(text).map_err(|_| misfit())?),
            (Type::Timestamp, Json::Number(number)) => {
                let ms = number.as_i64().ok_or_else(misfit)?;
                Self::Timestamp(Timestamp::from_millisecond(ms).map_err(|_| misfit())?)
            }
            (Type::Duration, Json::Number(number)) => Self::Duration(SignedDuration::from_secs(number.as_i64().ok_or_else(misfit)?)),
            (Type::List(of), Json::Array(elements)) => {
                let element = |(n, json)| Self::of_json(json, of).map_err(|misfit: Misfit| misfit.below(&format!("[{n}]")));
                Self::List(Arc::new(elements.iter().enumerate().map(element).collect::<Result<_, _>>()?))
            }
            (Type::Object(fields), Json::Object(given)) => {
                let field = |(name, of): (&String, &Type)| {
                    let value = Self::of_json(given.get(name).unwrap_or(&Json::Null), of).map_err(|misfit| misfit.below(name))?;
                    Ok::<_, Misfit>((Arc::<str>::from(name.as_str()), value))
                };
                Self::Object(Arc::new(fields.iter().map(field).collect::<Result<_, Misfit>>()?))
            }
            (Type::Map(of), Json::Object(given)) => {
                let field = |(name, json): (&String, &Json)| {
                    Ok::<_, Misfit>((Arc::<str>::from(name.as_str()), Self::of_json(json, of).map_err(|misfit| misfit.below(name))?))
                };
                Self::Object(Arc::new(given.iter().map(field).collect::<Result<_, Misfit>>()?))
            }
            _ => return Err(misfit()),
        })
    }

    fn of_any(json: &serde_json::Value) -> Self {
        use serde_json::Value as Json;
        match json {
            Json::Null => Self::Null,
            Json::Bool(answer) => Self::Bool(*answer),
            Json::Number(number) => match number.as_i64() {
                Some(number) => Self::Int(number),
                None => decimal(&number.to_string()).map_or(Self::Null, Self::Decimal),
            },
            Json::String(text) => Self::text(text),
            Json::Array(elements) => Self::List(Arc::new(elements.iter().map(Self::of_any).collect())),
            Json::Object(fields) => Self::object(fields.iter().map(|(name, json)| (name, Self::of_any(json)))),
        }
    }

    /// As JSON, while `room` is left for its parts; what finds none is left away, because sharing makes small values huge when written out.
    #[must_use]
    pub fn to_json(&self, room: &mut usize) -> serde_json::Value {
        if *room == 0 {
            return json!("…");
        }
        *room -= 1;
        match self {
            Self::Null => json!(null),
            Self::Bool(answer) => json!(answer),
            Self::Int(number) => json!(number),
            Self::Decimal(number) => json!(number.normalize().to_string()),
            Self::Text(text) => {
                *room = room.saturating_sub(text.len() / 64);
                json!(**text)
            }
            Self::Date(date) => json!(date.to_string()),
            Self::Timestamp(at) => json!(at.to_string()),
            Self::Duration(time) => json!(format!("{}s", time.as_secs())),
            Self::List(elements) => elements.iter().take(*room).map(|element| element.to_json(room)).collect(),
            Self::Object(fields) => fields
                .iter()
                .take(*room)
                .map(|(name, value)| (name.to_string(), value.to_json(room)))
                .collect::<serde_json::Map<_, _>>()
                .into(),
        }
    }
}

/// A decimal number as people and programs write it, not in powers of ten.
pub(super) fn decimal(text: &str) -> Option<Decimal> {
    let text = text.trim();
    if text.len() > 40 {
        return None;
    }
    Decimal::from_str(text).or_else(|_| Decimal::from_scientific(text)).ok()
}
