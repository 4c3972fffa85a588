//! Amounts of lines, and splitting them among people. Pure.

/// All of something, in basis points.
pub const WHOLE: i64 = 10_000;
/// Most fen of a price or an amount: a thousand million yuan.
pub const MOST: i64 = 100_000_000_000;
/// Most of one line, in thousandths: as much as a task of the warehouse takes.
pub const MOST_QUANTITY: i64 = 1_000_000_000;

/// What a line comes to, in fen: thousandths of a unit times its price, less a discount in basis points, rounded half up. Nothing when a
/// number is out of its range.
#[must_use]
pub fn amount(quantity: i64, price: i64, discount: i64) -> Option<i64> {
    if !(1..=MOST_QUANTITY).contains(&quantity) || !(0..=MOST).contains(&price) || !(0..=WHOLE).contains(&discount) {
        return None;
    }
    let exact = i128::from(quantity) * i128::from(price) * i128::from(WHOLE - discount);
    let unit = i128::from(1000 * WHOLE);
    i64::try_from((exact + unit / 2) / unit).ok().filter(|amount| *amount <= MOST)
}

/// What so many of something cost, in fen: by what one costs, or else by the goods that one is made of, each with what it costs and how many
/// there are in one. Nothing when that is not known of all of it.
#[must_use]
pub fn cost(quantity: i64, one: Option<i64>, parts: &[(Option<i64>, i64)]) -> Option<i64> {
    let of_parts = || {
        let costs: Option<Vec<i64>> = parts.iter().map(|(cost, quantity)| amount(*quantity, (*cost)?, 0)).collect();
        costs.filter(|costs| !costs.is_empty()).map(|costs| costs.into_iter().sum::<i64>())
    };
    amount(quantity, one.or_else(of_parts)?, 0)
}

/// An amount split by shares, in basis points that add up to [`WHOLE`]: each gets the whole fen below its part, and the fen that are left go
/// to those who lost most by that, the first of equals first.
#[must_use]
pub fn allot(amount: i64, shares: &[i64]) -> Vec<i64> {
    let part = |share: &i64| i128::from(amount) * i128::from(*share);
    let mut parts: Vec<i64> = shares.iter().map(|share| i64::try_from(part(share).div_euclid(i128::from(WHOLE))).unwrap_or(0)).collect();
    let mut left = amount - parts.iter().sum::<i64>();
    let mut order: Vec<usize> = (0..shares.len()).collect();
    order.sort_by_key(|n| std::cmp::Reverse(shares.get(*n).map_or(0, |share| part(share).rem_euclid(i128::from(WHOLE)))));
    for n in order {
        if let Some(part) = parts.get_mut(n).filter(|_| left > 0) {
            *part += 1;
            left -= 1;
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn amounts_are_rounded_once_and_half_up() {
        assert_eq!(amount(2_375, 12_800, 0), Some(30_400), "2.375 m at 128.00");
        assert_eq!(amount(1_000, 199_900, 1_000), Some(179_910));
        assert_eq!(amount(500, 1, 0), Some(1));
        assert_eq!(amount(499, 1, 0), Some(0));
        assert_eq!(amount(3_000, 100, WHOLE), Some(0));
        for (quantity, price, discount) in [(0, 1, 0), (1, -1, 0), (1, 1, WHOLE + 1), (1, 1, -1), (MOST_QUANTITY, MOST, 0)] {
            assert_eq!(amount(quantity, price, discount), None);
        }
    }

    #[test]
    fn a_cost_is_known_when_all_of_it_is() {
        assert_eq!(cost(2_000, Some(500), &[]), Some(1_000));
        assert_eq!(cost(2_000, None, &[(Some(500), 1_000), (Some(100), 2_500)]), Some(1_500));
        assert_eq!((cost(1_000, None, &[]), cost(1_000, None, &[(Some(500), 1_000), (None, 1_000)])), (None, None));
        assert_eq!(cost(1_000, Some(500), &[(None, 1_000)]), Some(500));
    }

    #[test]
    fn the_last_fen_go_to_those_who_lost_most() {
        assert_eq!(allot(100, &[3_333, 3_333, 3_334]), [33, 33, 34]);
        assert_eq!(allot(1, &[5_000, 5_000]), [1, 0]);
        assert_eq!(allot(101, &[7_000, 3_000]), [71, 30]);
    }

    proptest! {
        #[test]
        fn what_is_split_adds_up_to_the_fen(amount in 0..=MOST, cuts in proptest::collection::vec(1..WHOLE, 0..12)) {
            let mut cuts = [cuts, vec![0, WHOLE]].concat();
            cuts.sort_unstable();
            let shares: Vec<i64> = cuts.windows(2).map(|pair| pair[1] - pair[0]).collect();
            let parts = allot(amount, &shares);
            prop_assert_eq!(parts.iter().sum::<i64>(), amount);
            for (part, share) in parts.iter().zip(&shares) {
                let exact = i128::from(amount) * i128::from(*share);
                let off = i128::from(*part) * i128::from(WHOLE) - exact;
                prop_assert!(off.abs() < i128::from(WHOLE), "nobody is off by a whole fen");
            }
        }
    }
}
