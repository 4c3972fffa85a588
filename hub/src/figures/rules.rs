//! Periods, and the figures that have a definition. Pure.

use jiff::civil::Date;
use jiff::{Span, ToSpan as _};
use qitao_domain::quantity::Money;

use super::model::{Measure, MeasureCode};
use crate::sales::days::month;
use crate::service::surveys::rules::nps;

/// Most days of a period.
const MOST_DAYS: i32 = 731;
/// Most days that are told one by one; a longer period is told month by month.
const DAYS_APART: i32 = 62;

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

    /// Whether it is told month by month.
    #[must_use]
    pub fn is_long(self) -> bool {
        self.days() > DAYS_APART
    }

    /// What is to be added up for it, in order: a long period is its whole months, and the days before and after them.
    #[must_use]
    pub fn stretches(self) -> Vec<Stretch> {
        let Self { from, to } = self;
        let begin = if from.day() == 1 { from } else { from.last_of_month().tomorrow().unwrap_or(from) };
        let end = if to == to.last_of_month() { to } else { to.first_of_month().yesterday().unwrap_or(to) };
        if !self.is_long() || end < begin {
            return vec![Stretch::Days(from, to)];
        }
        let before = begin.yesterday().ok().filter(|last| *last >= from).map(|last| Stretch::Days(from, last));
        let after = end.tomorrow().ok().filter(|first| *first <= to).map(|first| Stretch::Days(first, to));
        before.into_iter().chain([Stretch::Months(begin, end)]).chain(after).collect()
    }

    /// The first day of the part of it under which a day or a month (`2026-11`) is told.
    #[must_use]
    pub fn told_as(self, when: &str) -> String {
        match self.is_long() {
            true => format!("{}-01", month(when)).max(self.from.to_string()),
            false => when.to_owned(),
        }
    }

    /// As many days right before it.
    #[must_use]
    pub fn before(self) -> Self {
        let back = |span: Span| self.from.checked_sub(span).unwrap_or(self.from);
        Self { from: back(self.days().days()), to: back(1.days()) }
    }
}

/// Days that are added up one by one, or whole months.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stretch {
    /// From a day to a day.
    Days(Date, Date),
    /// From the first day of a month to the last day of one.
    Months(Date, Date),
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
    /// Goods that went to customers and came back; nothing for whoever does not see stock.
    pub delivered: Option<Delivered>,
    /// What goods cost that were sold and that lay there; nothing for whoever does not see what things cost.
    pub stocked: Option<Stocked>,
}

/// Goods that were booked out to customers and back from them, in thousandths of whole items.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Delivered {
    /// To customers.
    pub went: i64,
    /// Back from them.
    pub returned: i64,
}

/// Stock and what was sold of it, at cost, of goods whose cost is known; in fen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stocked {
    /// What goods cost that went to customers, less what came back.
    pub sold_fen: i64,
    /// Stock before the first day.
    pub opening_fen: i64,
    /// Stock after the last day.
    pub closing_fen: i64,
    /// Days of the period.
    pub days: i64,
}

/// One divided by another, in so many parts of one, rounded half up; nothing of nothing.
fn divided(part: i128, of: i128, parts: i128) -> Option<i64> {
    if of <= 0 { None } else { i64::try_from((part * parts * 2 + of).div_euclid(of * 2)).ok() }
}

/// 退换货率: goods that came back from customers ÷ goods that went to them, in tenths of a percent.
#[must_use]
pub fn returned(of: Delivered) -> Option<i64> {
    per_mille(of.returned, of.went)
}

/// 库存周转: cost of sales ÷ the mean of opening and closing stock at cost, in hundredths. Nothing where no stock was.
#[must_use]
pub fn turnover(of: Stocked) -> Option<i64> {
    divided(i128::from(of.sold_fen) * 2, i128::from(of.opening_fen) + i128::from(of.closing_fen), 100)
}

/// 周转天数: for so many days the mean stock lasts at what was sold; days × mean stock ÷ cost of sales, in tenths. Nothing where nothing was sold.
#[must_use]
pub fn turnover_days(of: Stocked) -> Option<i64> {
    divided(i128::from(of.days) * (i128::from(of.opening_fen) + i128::from(of.closing_fen)), i128::from(of.sold_fen) * 2, 10)
}

/// Hundredths as a decimal text.
fn hundredths(value: i64) -> String {
    format!("{}{}.{:02}", if value < 0 { "-" } else { "" }, value.abs() / 100, value.abs() % 100)
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
                // Of how many whole items.
                MeasureCode::Returns => (known.delivered.and_then(returned).map(tenths), known.delivered.map(|of| of.went / 1000)),
                MeasureCode::Turnover => (known.stocked.and_then(turnover).map(hundredths), None),
                MeasureCode::TurnoverDays => (known.stocked.and_then(turnover_days).map(tenths), None),
            };
            let ((title, title_en), (definition, definition_en)) = (code.titles(), code.definitions());
            Measure { code, title, title_en, definition, definition_en, value, of }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

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
    fn a_long_period_is_whole_months_and_the_days_around_them() {
        let day = |text: &str| text.parse::<Date>().unwrap();
        let of = |from: &str, to: &str| period(from, to).unwrap().stretches();
        let days = |from: &str, to: &str| Stretch::Days(day(from), day(to));
        let months = |from: &str, to: &str| Stretch::Months(day(from), day(to));
        assert_eq!(of("2026-03-01", "2026-03-31"), [days("2026-03-01", "2026-03-31")], "days are told one by one");
        assert_eq!(of("2025-01-01", "2025-12-31"), [months("2025-01-01", "2025-12-31")]);
        assert_eq!(of("2024-11-24", "2026-02-28"), [days("2024-11-24", "2024-11-30"), months("2024-12-01", "2026-02-28")],);
        assert_eq!(
            of("2025-12-31", "2026-03-30"),
            [days("2025-12-31", "2025-12-31"), months("2026-01-01", "2026-02-28"), days("2026-03-01", "2026-03-30")],
        );
        assert_eq!(of("2026-01-01", "2026-03-30"), [months("2026-01-01", "2026-02-28"), days("2026-03-01", "2026-03-30")]);
        let year = period("2024-11-24", "2025-11-23").unwrap();
        assert_eq!(["2024-11-25", "2024-12", "2025-11-03"].map(|when| year.told_as(when)), ["2024-11-24", "2024-12-01", "2025-11-01"]);
        assert_eq!(period("2026-03-01", "2026-03-31").unwrap().told_as("2026-03-07"), "2026-03-07");
    }

    proptest! {
        /// Stretches follow each other without a gap, from the first day to the last.
        #[test]
        fn stretches_are_the_period(begin in 0..3_000i32, days in 0..MOST_DAYS) {
            let from = jiff::civil::date(2020, 1, 1).checked_add(begin.days()).unwrap();
            let period = Period::of(from, from.checked_add(days.days()).unwrap()).unwrap();
            let mut next = from;
            for stretch in period.stretches() {
                let (first, last) = match stretch {
                    Stretch::Days(first, last) => (first, last),
                    Stretch::Months(first, last) => {
                        prop_assert!(first.day() == 1 && last == last.last_of_month());
                        (first, last)
                    }
                };
                prop_assert!(first == next && first <= last);
                next = last.tomorrow().unwrap();
            }
            prop_assert_eq!(next, period.to.tomorrow().unwrap());
        }
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

    #[test]
    fn returns_are_goods_that_came_back_of_those_that_went() {
        let delivered = |went, returned| Known { delivered: Some(Delivered { went, returned }), ..Known::default() };
        assert_eq!(value(&delivered(40_000, 1_000), MeasureCode::Returns), Some("2.5".into()));
        assert_eq!(value(&delivered(3_000, 0), MeasureCode::Returns), Some("0.0".into()), "that nothing came back is known");
        assert_eq!(value(&delivered(0, 1_000), MeasureCode::Returns), None, "of nothing there is no rate");
        assert_eq!(value(&Known::default(), MeasureCode::Returns), None, "stock is not seen");
        let measure = measures(&delivered(40_500, 1_000)).into_iter().find(|measure| measure.code == MeasureCode::Returns);
        assert_eq!(measure.and_then(|measure| measure.of), Some(40));
    }

    #[test]
    fn turnover_is_cost_of_sales_by_mean_stock_and_its_days_are_how_long_that_lasts() {
        // Goods for 9,000.00 were sold of stock that was worth 2,000.00 before and 4,000.00 after: three times in 30 days, each for 10 days.
        let of = Stocked { sold_fen: 900_000, opening_fen: 200_000, closing_fen: 400_000, days: 30 };
        assert_eq!((turnover(of), turnover_days(of)), (Some(300), Some(100)));
        let known = Known { stocked: Some(of), ..Known::default() };
        assert_eq!(
            (value(&known, MeasureCode::Turnover), value(&known, MeasureCode::TurnoverDays)),
            (Some("3.00".into()), Some("10.0".into()))
        );
        let unsold = Stocked { sold_fen: 0, ..of };
        assert_eq!((turnover(unsold), turnover_days(unsold)), (Some(0), None), "what is not sold lasts for ever");
        let emptied = Stocked { opening_fen: 200_000, closing_fen: 0, ..of };
        assert_eq!((turnover(emptied), turnover_days(emptied)), (Some(900), Some(33)));
        let none = Stocked { opening_fen: 0, closing_fen: 0, ..of };
        assert_eq!((turnover(none), turnover_days(none)), (None, Some(0)));
        let huge = Stocked { sold_fen: i64::MAX, opening_fen: i64::MAX, closing_fen: i64::MAX, days: 731 };
        assert_eq!((turnover(huge), turnover_days(huge)), (Some(100), Some(7310)));
        assert_eq!(value(&Known::default(), MeasureCode::Turnover), None, "what things cost is not seen");
    }
}
