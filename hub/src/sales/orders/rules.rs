//! States of orders, their days, and shares of the people who sold them. Pure.

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::model::Share;
use crate::sales::lines::rules::WHOLE;

/// Most people who share an order.
const PEOPLE: usize = 20;

/// How far an order is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = OrderState)]
pub enum State {
    /// Being written.
    Draft,
    /// Agreed; its goods are picked, or waited for (待发货).
    Confirmed,
    /// On its way (已发货).
    Shipped,
    /// Delivered (已完成).
    Completed,
    /// Called off.
    Cancelled,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 5] = [Self::Draft, Self::Confirmed, Self::Shipped, Self::Completed, Self::Cancelled];

    /// Its word in the database and the API.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Confirmed => "confirmed",
            Self::Shipped => "shipped",
            Self::Completed => "completed",
            Self::Cancelled => "cancelled",
        }
    }

    /// Its name in Chinese and English.
    #[must_use]
    pub const fn titles(self) -> (&'static str, &'static str) {
        match self {
            Self::Draft => ("草稿", "draft"),
            Self::Confirmed => ("待发货", "to be shipped"),
            Self::Shipped => ("已发货", "shipped"),
            Self::Completed => ("已完成", "completed"),
            Self::Cancelled => ("已取消", "cancelled"),
        }
    }

    /// The state of a word; a draft for one of another version.
    #[must_use]
    pub fn of_word(word: &str) -> Self {
        Self::ALL.into_iter().find(|state| state.word() == word).unwrap_or(Self::Draft)
    }
}

/// Whether an order is later than promised: not delivered by that day, or on a later one.
#[must_use]
pub fn is_late(state: State, promised: Option<&str>, delivered: Option<&str>, today: &str) -> bool {
    let Some(promised) = promised else { return false };
    match state {
        State::Draft | State::Cancelled => false,
        State::Completed => delivered.is_some_and(|delivered| delivered > promised),
        State::Confirmed | State::Shipped => today > promised,
    }
}

/// A day as it is kept; nothing for what is none of this century or the next.
#[must_use]
pub fn day(text: &str) -> Option<String> {
    let day: Date = text.parse().ok().filter(|_| text.len() == 10)?;
    (2000..2200).contains(&day.year()).then(|| day.to_string())
}

/// Whether shares will do: each person once, each above nothing, all together the whole.
#[must_use]
pub fn shares_fit(shares: &[Share]) -> bool {
    let people: BTreeSet<i64> = shares.iter().map(|share| share.person).collect();
    let whole: i64 = shares.iter().map(|share| share.share.clamp(0, WHOLE + 1)).sum();
    (1..=PEOPLE).contains(&shares.len()) && people.len() == shares.len() && shares.iter().all(|share| share.share > 0) && whole == WHOLE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_is_late_from_the_day_after_the_promised_one() {
        let late = |state, delivered, today| is_late(state, Some("2026-11-20"), delivered, today);
        assert!(!late(State::Confirmed, None, "2026-11-20") && late(State::Shipped, None, "2026-11-21"));
        assert!(late(State::Completed, Some("2026-11-21"), "2026-12-01") && !late(State::Completed, Some("2026-11-19"), "2026-12-01"));
        assert!(!late(State::Cancelled, None, "2026-12-01") && !late(State::Draft, None, "2026-12-01"));
        assert!(!is_late(State::Confirmed, None, None, "2026-12-01"));
    }

    #[test]
    fn shares_are_the_whole_and_each_person_has_one() {
        let fit = |shares: &[(i64, i64)]| {
            shares_fit(&shares.iter().map(|(person, share)| Share { person: *person, share: *share }).collect::<Vec<_>>())
        };
        assert!(fit(&[(1, 10_000)]) && fit(&[(1, 7_000), (2, 3_000)]));
        for wrong in [
            &[][..],
            &[(1, 9_999)],
            &[(1, 5_000), (1, 5_000)],
            &[(1, 10_000), (2, 0)],
            &[(1, 11_000), (2, -1_000)],
            &[(1, i64::MAX), (2, i64::MAX)],
        ] {
            assert!(!fit(wrong), "{wrong:?}");
        }
    }

    #[test]
    fn days_have_one_form() {
        assert_eq!(day("2026-02-28"), Some("2026-02-28".to_owned()));
        for wrong in ["2026-02-30", "20260228", "1999-01-01", "2026-2-3", "", "2026-01-01T0"] {
            assert_eq!(day(wrong), None, "{wrong}");
        }
    }
}
