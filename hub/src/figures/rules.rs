//! Periods, and the figures that have a definition. Pure.

use jiff::civil::Date;
use jiff::{Span, ToSpan as _};
use qitao_domain::quantity::Money;

use super::model::{Measure, MeasureCode};
use crate::service::surveys::rules::nps;

/// Most days of a period.
const MOST_DAYS: i32 = 731;

/// Days from the first to the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// The first day.
    pub from: Date,
    /// The last day.
    pub to: Date,
}

impl Period {
    /// From one day to another; nothing when they are the wrong way round or too far apart.
    #[must_use]
    pub fn of(from: Date, to: Date) -> Option<Self> {
        let days = from.until(to).ok()?.get_days();
        (0..MOST_DAYS).contains(&days).then_some(Self { from, to })
    }

    /// How many days it has.
    #[must_use]
    pub fn days(self) -> i32 {
        self.from.until(self.to).map_or(0, |span| span.get_days()) + 1
    }

    /// As many days right before it.
    #[must_use]
    pub fn before(self) -> Self {
        let back = |span: Span| self.from.checked_sub(span).unwrap_or(self.from);
        Self { from: back(self.days().days()), to: back(1.days()) }
    }
}

/// So many tenths of a percent one number is of another, rounded half up; nothing of nothing.
#[must_use]
pub fn per_mille(part: i64, of: i64) -> Option<i64> {
    if of <= 0 { None } else { i64::try_from((i128::from(part) * 2000 + i128::from(of)).div_euclid(i128::from(of) * 2)).ok() }
}

/// 客单价: net paid ÷ orders, in fen.
#[must_use]
pub fn average_order(paid_fen: i64, orders: i64) -> Option<i64> {
    if orders <= 0 { None } else { Some((paid_fen * 2 + orders).div_euclid(orders * 2)) }
}

/// What is counted for the figures that have a definition.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Known {
    /// Customers with a completed order.
    pub bought: i64,
    /// Of these, those with two or more.
    pub bought_again: i64,
    /// Orders that count.
    pub orders: i64,
    /// What was paid for them less what was paid back; nothing for whoever does not see payments.
    pub paid_fen: Option<i64>,
    /// Answers of customers: 9 and 10, 0 to 6, all.
    pub answers: (i64, i64, i64),
}

/// Tenths as a decimal text.
fn tenths(value: i64) -> String {
    format!("{}{}.{}", if value < 0 { "-" } else { "" }, value.abs() / 10, value.abs() % 10)
}

/// The figures that have a definition, each with it.
#[must_use]
pub fn measures(known: &Known) -> Vec<Measure> {
    let (promoters, detractors, answers) = known.answers;
    MeasureCode::ALL
        .into_iter()
        .map(|code| {
            let (value, of) = match code {
                MeasureCode::Repurchase => (per_mille(known.bought_again, known.bought).map(tenths), Some(known.bought)),
                MeasureCode::AverageOrder => {
                    let fen = known.paid_fen.and_then(|paid| average_order(paid, known.orders));
                    (fen.map(|fen| Money::from_raw(fen).to_string()), Some(known.orders))
                }
                MeasureCode::Nps => (nps(promoters, detractors, answers).map(|nps| nps.to_string()), Some(answers)),
                // Nobody notes yet what comes back, nor what stock was worth in the past: that is not 0.
                MeasureCode::Returns | MeasureCode::Turnover => (None, None),
            };
            let ((title, title_en), (definition, definition_en)) = (code.titles(), code.definitions());
            Measure { code, title, title_en, definition, definition_en, value, of }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn period(from: &str, to: &str) -> Option<Period> {
        Period::of(from.parse().unwrap(), to.parse().unwrap())
    }

    #[test]
    fn the_period_before_has_as_many_days() {
        let day = period("2026-11-23", "2026-11-23").unwrap();
        assert_eq!((day.days(), day.before()), (1, period("2026-11-22", "2026-11-22").unwrap()));
        let month = period("2026-03-01", "2026-03-31").unwrap();
        assert_eq!(month.before(), period("2026-01-29", "2026-02-28").unwrap());
        assert!(period("2026-11-24", "2026-11-23").is_none() && period("2020-01-01", "2026-01-01").is_none());
        assert!(period("2024-01-01", "2025-12-31").is_some());
    }

    #[test]
    fn a_tenth_of_a_percent_is_rounded_half_up() {
        assert_eq!((per_mille(1, 3), per_mille(2, 3), per_mille(0, 5)), (Some(333), Some(667), Some(0)));
        assert_eq!((per_mille(1, 0), per_mille(i64::MAX / 2, i64::MAX)), (None, Some(500)));
        assert_eq!((tenths(333), tenths(-5), tenths(1000)), ("33.3".into(), "-0.5".into(), "100.0".into()));
    }

    fn value(known: &Known, code: MeasureCode) -> Option<String> {
        measures(known).into_iter().find(|measure| measure.code == code).unwrap().value
    }

    #[test]
    fn repurchase_is_customers_with_two_completed_orders_of_those_with_one() {
        assert_eq!(value(&Known { bought: 8, bought_again: 3, ..Known::default() }, MeasureCode::Repurchase), Some("37.5".into()));
        assert_eq!(value(&Known::default(), MeasureCode::Repurchase), None);
    }

    #[test]
    fn the_average_order_is_net_paid_by_orders() {
        assert_eq!(average_order(100_000, 3), Some(33_333));
        assert_eq!((average_order(-5, 2), average_order(5, 2), average_order(5, 0)), (Some(-2), Some(3), None));
        assert_eq!(
            value(&Known { paid_fen: Some(199_900), orders: 2, ..Known::default() }, MeasureCode::AverageOrder),
            Some("999.50".into())
        );
        assert_eq!(value(&Known { orders: 2, ..Known::default() }, MeasureCode::AverageOrder), None, "payments are not seen");
    }

    #[test]
    fn nps_is_the_share_of_9_and_10_less_that_of_0_to_6() {
        assert_eq!(value(&Known { answers: (6, 1, 10), ..Known::default() }, MeasureCode::Nps), Some("50".into()));
        assert_eq!(value(&Known::default(), MeasureCode::Nps), None);
    }
}
