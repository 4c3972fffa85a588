//! What comes in and goes out of a site, and on which day. Pure.
//!
//! A movement is in for the site of a real location that it goes to, out for the site of a real location that it comes from, and neither when
//! both are of one site: from bin to bin, from the receiving place to a shelf, from a shelf to the staging place. It counts on the day, where
//! the site is, on which the hub booked it: what an edge scanned without a line and sent later is of the day it arrived, so that the figures
//! of a day that is over never change.

use jiff::civil::Date;
use jiff::{Timestamp, tz::TimeZone};
use qitao_domain::catalog::LocationKind;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Milliseconds of a day.
const DAY_MS: i64 = 86_400_000;
/// Most days of a period.
const LONGEST: i64 = 3_660;

/// Why goods came in or went out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = FlowReason)]
pub enum Reason {
    /// From suppliers, or back to them.
    Supplier,
    /// To customers, or back from them.
    Customer,
    /// From another site, or to it.
    Transfer,
    /// Differences that counts found.
    Count,
    /// Written off, or not any more.
    Scrap,
    /// Opening stock of a sheet.
    Opening,
    /// Movements that were taken back.
    Undo,
    /// A location became real, or one of the books alone.
    Location,
    /// Anything else.
    Other,
}

impl Reason {
    /// Every reason.
    pub const ALL: [Self; 9] =
        [Self::Supplier, Self::Customer, Self::Transfer, Self::Count, Self::Scrap, Self::Opening, Self::Undo, Self::Location, Self::Other];

    /// Its word in the database and the API.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Supplier => "supplier",
            Self::Customer => "customer",
            Self::Transfer => "transfer",
            Self::Count => "count",
            Self::Scrap => "scrap",
            Self::Opening => "opening",
            Self::Undo => "undo",
            Self::Location => "location",
            Self::Other => "other",
        }
    }

    /// The reason of a word.
    #[must_use]
    pub fn of_word(word: &str) -> Self {
        Self::ALL.into_iter().find(|reason| reason.word() == word).unwrap_or(Self::Other)
    }

    /// By what a movement was booked as, and the kind of the location on its other side.
    #[must_use]
    pub fn of(booked: &str, other_side: &str) -> Self {
        match (booked, other_side) {
            ("undo", _) => Self::Undo,
            ("opening", _) => Self::Opening,
            (_, "supplier") => Self::Supplier,
            (_, "customer") => Self::Customer,
            (_, "variance") => Self::Count,
            (_, "scrap") => Self::Scrap,
            (_, kind) if kind == "transit" || is_real(kind) => Self::Transfer,
            _ => Self::Other,
        }
    }
}

/// Whether goods of a location of this kind are in a building.
#[must_use]
pub fn is_real(kind: &str) -> bool {
    serde_json::from_value::<LocationKind>(serde_json::Value::String(kind.to_owned())).is_ok_and(LocationKind::is_real)
}

/// The number of the local day of a moment; day 0 is 1970-01-01.
#[must_use]
pub fn day_at(ms: i64, zone: &TimeZone) -> i64 {
    let offset = Timestamp::from_millisecond(ms).map_or(0, |at| i64::from(zone.to_offset(at).seconds()));
    ms.saturating_add(offset * 1_000).div_euclid(DAY_MS)
}

/// A time zone by its name.
#[must_use]
pub fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap_or(TimeZone::UTC)
}

/// A day as people write it; nothing for what is none.
#[must_use]
pub fn day(text: &str) -> Option<Date> {
    text.parse::<Date>().ok().filter(|day| text.len() == 10 && (1970..2200).contains(&day.year()))
}

/// The first moment of a day in a time zone.
#[must_use]
pub fn begin(day: Date, zone: &TimeZone) -> i64 {
    day.to_zoned(zone.clone()).map_or(0, |at| at.timestamp().as_millisecond())
}

/// From a day to a day, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    from: Date,
    to: Date,
}

impl Period {
    /// Of days as people write them; what is left away is the first of today's month, and today. Nothing when these are no days, the period
    /// ends before it begins, or lasts more than ten years.
    #[must_use]
    pub fn of(from: Option<&str>, to: Option<&str>, today: Date) -> Option<Self> {
        let to = to.map_or(Some(today), day)?;
        let from = from.map_or(Some(to.min(today).first_of_month()), day)?;
        let period = Self { from, to };
        let (first, last) = period.days();
        (first <= last && last - first < LONGEST).then_some(period)
    }

    /// From a day to one that is not before it.
    #[must_use]
    pub const fn between(from: Date, to: Date) -> Self {
        Self { from, to }
    }

    /// The numbers of the first and the last day.
    #[must_use]
    pub fn days(self) -> (i64, i64) {
        let number = |day: Date| begin(day, &TimeZone::UTC).div_euclid(DAY_MS);
        (number(self.from), number(self.to))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use proptest::prelude::*;

    #[test]
    fn a_reason_is_what_stands_on_the_other_side_and_an_undo_is_an_undo() {
        let of = |booked, kind| Reason::of(booked, kind).word();
        assert_eq!([of("put_away", "supplier"), of("move", "supplier"), of("ship", "customer")], ["supplier", "supplier", "customer"]);
        assert_eq!([of("count", "variance"), of("move", "transit"), of("move", "bin")], ["count", "transfer", "transfer"]);
        assert_eq!([of("undo", "supplier"), of("opening", "supplier"), of("move", "moon")], ["undo", "opening", "other"]);
        for reason in Reason::ALL {
            assert_eq!(Reason::of_word(reason.word()), reason);
        }
    }

    #[test]
    fn a_period_is_of_whole_days_and_not_endless() {
        let (today, days) = (date(2026, 11, 23), |from, to| Period::of(from, to, date(2026, 11, 23)).map(Period::days));
        assert_eq!(Period::of(None, None, today), Some(Period { from: date(2026, 11, 1), to: today }));
        assert_eq!(days(Some("1970-01-01"), Some("1970-01-02")), Some((0, 1)));
        assert_eq!(days(None, Some("2026-10-15")).map(|(from, to)| to - from), Some(14), "of the month in which it ends");
        for (from, to) in
            [("2026-11-24", "2026-11-23"), ("2026-02-30", "2026-03-01"), ("20261101", "2026-11-02"), ("1990-01-01", "2026-01-01")]
        {
            assert_eq!(days(Some(from), Some(to)), None, "{from}");
        }
    }

    proptest! {
        #[test]
        fn a_moment_is_in_the_period_of_its_local_day(ms in 0_i64..4_000_000_000_000, which in 0_usize..3) {
            let zone = zone(["Asia/Shanghai", "Europe/Berlin", "Asia/Kolkata"][which]);
            let day = Timestamp::from_millisecond(ms).unwrap().to_zoned(zone.clone()).date();
            let period = Period { from: day, to: day };
            prop_assert_eq!(period.days(), (day_at(ms, &zone), day_at(ms, &zone)));
            prop_assert!(begin(day, &zone) <= ms && ms < begin(day.tomorrow().unwrap(), &zone));
        }
    }
}
