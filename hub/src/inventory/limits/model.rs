//! Limits as the API shows and takes them.

use qitao_domain::quantity::Quantity;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::http::extract::given;

/// How the stock of an item stands to its limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = StockLimitState)]
pub enum Standing {
    /// There is enough, and not too much.
    Within,
    /// There is less than the least.
    Low,
    /// There is more than the most.
    High,
}

impl Standing {
    /// Of an amount between limits, in thousandths.
    #[must_use]
    pub fn of(quantity: i64, least: Option<i64>, most: Option<i64>) -> Self {
        match (least, most) {
            (Some(least), _) if quantity < least => Self::Low,
            (_, Some(most)) if quantity > most => Self::High,
            _ => Self::Within,
        }
    }

    /// Its word in the database.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Within => "",
            Self::Low => "low",
            Self::High => "high",
        }
    }

    /// The state of a word.
    #[must_use]
    pub fn of_word(word: &str) -> Self {
        [Self::Low, Self::High].into_iter().find(|state| state.word() == word).unwrap_or(Self::Within)
    }
}

/// How much of an item there should be at a site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct StockLimitRow {
    /// The item.
    pub item: i64,
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Its English name, or empty.
    pub name_en: String,
    /// Its unit of stock.
    pub unit: String,
    /// The site.
    pub site: i64,
    /// Its name.
    pub site_name: String,
    /// At least so many complete ones.
    #[schema(value_type = Option<String>)]
    pub min: Option<Quantity>,
    /// At most so many.
    #[schema(value_type = Option<String>)]
    pub max: Option<Quantity>,
    /// So many there were when it was looked last, at most seconds after the last change.
    #[schema(value_type = String)]
    pub quantity: Quantity,
    /// How that stands to the limits.
    pub state: Standing,
    /// Grows with every change; `If-Match` of a change.
    pub version: i64,
}

/// A limit as it is to be: the least, the most or both.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StockLimitFields {
    /// At least so many.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub min: Option<Quantity>,
    /// At most so many.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub max: Option<Quantity>,
}

/// Which limits.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct StockLimitQuery {
    /// Words or beginnings of words of code or name, Chinese also by pinyin; several narrow it.
    #[serde(deserialize_with = "given")]
    pub q: Option<String>,
    /// Of this item.
    #[serde(deserialize_with = "given")]
    pub item: Option<i64>,
    /// `true`: only those that are passed.
    #[serde(deserialize_with = "given")]
    pub passed: Option<bool>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_itself_is_enough_and_not_too_much() {
        let of = |quantity| Standing::of(quantity, Some(2_000), Some(5_000));
        assert_eq!([of(1_999), of(2_000), of(5_000), of(5_001)], [Standing::Low, Standing::Within, Standing::Within, Standing::High]);
        assert_eq!([Standing::of(-1, None, Some(0)), Standing::of(-1, Some(0), None)], [Standing::Within, Standing::Low]);
        for state in [Standing::Within, Standing::Low, Standing::High] {
            assert_eq!(Standing::of_word(state.word()), state);
        }
    }
}
