//! Which of several prices holds, and which discounts a store may give by itself. Pure.

use jiff::civil::Date;
use qitao_domain::quantity::Quantity;

/// A whole, in hundredths of a percent.
pub const WHOLE_BP: i32 = 10_000;
/// The dearest thing there is: a hundred million yuan.
pub const MOST_FEN: i64 = 10_000_000_000;

/// What decides between the prices of several lists that hold on a day.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Weight {
    /// Levels from the top down to the organisation that the list is for; 0 of one for the whole chain.
    pub depth: usize,
    /// The first day on which it holds.
    pub valid_from: String,
    /// Number of the list: of two that begin on the same day the one that was made later.
    pub list: i64,
}

/// The price that holds: of the list for the most specific organisation, then of the newest.
pub fn holding<T>(prices: impl IntoIterator<Item = (Weight, T)>) -> Option<T> {
    prices.into_iter().max_by(|(one, _), (other, _)| one.cmp(other)).map(|(_, price)| price)
}

/// What becomes of a discount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Discount {
    /// A store may give it by itself.
    Allowed,
    /// Somebody has to approve it.
    NeedsApproval,
}

/// Judges a price that is asked for in place of a list's. Whoever asks for more than the list says gives no discount.
#[must_use]
pub fn judge_discount(list_fen: i64, asked_fen: i64, most_discount_bp: i32) -> Discount {
    let least = i128::from(list_fen) * i128::from(WHOLE_BP - most_discount_bp.clamp(0, WHOLE_BP));
    if i128::from(asked_fen) * i128::from(WHOLE_BP) >= least { Discount::Allowed } else { Discount::NeedsApproval }
}

/// The discount in hundredths of a percent, rounded up, so that one that needs approval never looks like one that does not.
#[must_use]
pub fn discount_bp(list_fen: i64, asked_fen: i64) -> i32 {
    if list_fen <= 0 || asked_fen >= list_fen {
        return 0;
    }
    let off = i128::from(list_fen - asked_fen.max(0)) * i128::from(WHOLE_BP);
    i32::try_from((off + i128::from(list_fen) - 1) / i128::from(list_fen)).unwrap_or(WHOLE_BP).min(WHOLE_BP)
}

/// So many at a price, a half fen rounded up; nothing when it does not fit.
#[must_use]
pub fn amount_fen(unit_price_fen: i64, quantity: Quantity) -> Option<i64> {
    let thousandths = i128::from(unit_price_fen) * i128::from(quantity.raw());
    i64::try_from((thousandths + 500).div_euclid(1000)).ok()
}

/// A day as it is kept: `2026-01-31`, in this century or the next.
#[must_use]
pub fn day(text: &str) -> Option<Date> {
    let day: Date = text.parse().ok().filter(|_| text.len() == 10)?;
    (2000..2200).contains(&day.year()).then_some(day)
}

/// Whether a code of a price list will do.
#[must_use]
pub fn is_code(code: &str) -> bool {
    let fits = |letter: char| letter.is_alphanumeric() || matches!(letter, '-' | '_' | '.');
    (1..=40).contains(&code.chars().count()) && code.chars().all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn weight(depth: usize, valid_from: &str, list: i64) -> Weight {
        Weight { depth, valid_from: valid_from.to_owned(), list }
    }

    #[test]
    fn the_most_specific_list_wins_then_the_newest_then_the_later_made() {
        let at = |weights: &[Weight]| holding(weights.iter().map(|weight| (weight.clone(), weight.list)));
        assert_eq!(at(&[]), None);
        assert_eq!(at(&[weight(0, "2026-05-01", 1), weight(3, "2025-01-01", 2), weight(2, "2026-06-01", 3)]), Some(2));
        assert_eq!(at(&[weight(1, "2026-01-01", 9), weight(1, "2026-03-01", 2)]), Some(2));
        assert_eq!(at(&[weight(1, "2026-01-01", 4), weight(1, "2026-01-01", 5)]), Some(5));
    }

    #[test]
    fn a_discount_up_to_the_limit_is_the_stores_own() {
        assert_eq!(judge_discount(10_000, 9_000, 1_000), Discount::Allowed);
        assert_eq!(judge_discount(10_000, 8_999, 1_000), Discount::NeedsApproval);
        assert_eq!(judge_discount(10_000, 12_000, 0), Discount::Allowed);
        assert_eq!(judge_discount(10_000, 9_999, 0), Discount::NeedsApproval);
        assert_eq!(judge_discount(0, 0, 0), Discount::Allowed);
        assert_eq!((discount_bp(30_000, 20_000), discount_bp(10_000, 9_000), discount_bp(0, 0)), (3_334, 1_000, 0));
    }

    #[test]
    fn days_and_codes_have_one_form() {
        assert_eq!(day("2026-01-31").unwrap().to_string(), "2026-01-31");
        for wrong in ["2026-02-30", "20260131", "1999-12-31", "2200-01-01", "2026-1-31", "2026-01-31T00"] {
            assert_eq!(day(wrong), None, "{wrong}");
        }
        assert!(is_code("全国-2026_A.1") && !is_code("") && !is_code("a b") && !is_code(&"x".repeat(41)));
    }

    proptest! {
        #[test]
        fn a_discount_is_allowed_exactly_when_its_share_is_within_the_limit(list in 0..MOST_FEN, asked in 0..MOST_FEN, most in 0..=WHOLE_BP) {
            let allowed = judge_discount(list, asked, most) == Discount::Allowed;
            prop_assert_eq!(allowed, discount_bp(list, asked) <= most);
        }

        #[test]
        fn an_amount_is_within_half_a_fen_of_what_it_is(price in 0..MOST_FEN, raw in 0_i64..1_000_000_000) {
            let amount = amount_fen(price, Quantity::from_raw(raw)).unwrap();
            let exact = i128::from(price) * i128::from(raw);
            prop_assert!((i128::from(amount) * 1000 - exact).abs() <= 500);
            prop_assert_eq!(amount_fen(price, Quantity::units(3)), Some(price * 3));
        }
    }
}
