//! What an order counts for. Pure.

use std::collections::BTreeMap;
use std::ops::{Add, Neg};

use crate::sales::lines::rules::allot;

/// An order that counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    /// The day on which it was confirmed, as `2026-11-23`.
    pub day: String,
    /// The organisation that sold it.
    pub organisation: i64,
    /// What its customer was until then.
    pub class: String,
    /// What those of its lines come to whose cost is known, in fen.
    pub known_fen: i64,
    /// What these cost.
    pub cost_fen: i64,
    /// What was paid for it, less what was paid back.
    pub paid_fen: i64,
    /// Who sold it, the first of them first.
    pub splits: Vec<Split>,
}

/// Somebody's share of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Split {
    /// Who.
    pub person: i64,
    /// How much, in basis points.
    pub share_bp: i64,
    /// What that comes to, in fen.
    pub amount_fen: i64,
}

/// Of which day, organisation, person and class of customer; in this order rows are written, so that no two writers wait for each other.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// The day.
    pub day: String,
    /// The organisation.
    pub organisation: i64,
    /// The person.
    pub person: i64,
    /// The class of the customer.
    pub class: String,
}

/// What is added up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sums {
    /// Orders, each with the first of those who sold it.
    pub orders: i64,
    /// Orders, each with everybody who sold it.
    pub shares: i64,
    /// What was sold, in fen.
    pub amount_fen: i64,
    /// Of this, what was sold in lines whose cost is known.
    pub known_fen: i64,
    /// What these cost.
    pub cost_fen: i64,
    /// What was paid for it all.
    pub paid_fen: i64,
}

impl Add for Sums {
    type Output = Self;

    fn add(self, more: Self) -> Self {
        Self {
            orders: self.orders + more.orders,
            shares: self.shares + more.shares,
            amount_fen: self.amount_fen + more.amount_fen,
            known_fen: self.known_fen + more.known_fen,
            cost_fen: self.cost_fen + more.cost_fen,
            paid_fen: self.paid_fen + more.paid_fen,
        }
    }
}

impl Neg for Sums {
    type Output = Self;

    fn neg(self) -> Self {
        Self {
            orders: -self.orders,
            shares: -self.shares,
            amount_fen: -self.amount_fen,
            known_fen: -self.known_fen,
            cost_fen: -self.cost_fen,
            paid_fen: -self.paid_fen,
        }
    }
}

/// What an order adds to the sums of its day, person by person.
#[must_use]
pub fn effect(of: &Counted) -> BTreeMap<Key, Sums> {
    let shares: Vec<i64> = of.splits.iter().map(|split| split.share_bp).collect();
    let [known, cost, paid] = [of.known_fen, of.cost_fen, of.paid_fen].map(|fen| allot(fen, &shares));
    let each = of.splits.iter().zip(known).zip(cost).zip(paid).enumerate().map(|(n, (((split, known_fen), cost_fen), paid_fen))| {
        let key = Key { day: of.day.clone(), organisation: of.organisation, person: split.person, class: of.class.clone() };
        (key, Sums { orders: i64::from(n == 0), shares: 1, amount_fen: split.amount_fen, known_fen, cost_fen, paid_fen })
    });
    each.collect()
}

/// What is to be added when orders count otherwise than before.
#[must_use]
pub fn change<'a>(before: impl IntoIterator<Item = &'a Counted>, after: impl IntoIterator<Item = &'a Counted>) -> BTreeMap<Key, Sums> {
    let mut change: BTreeMap<Key, Sums> = BTreeMap::new();
    for (key, sums) in after.into_iter().flat_map(effect) {
        let sum = change.entry(key).or_default();
        *sum = *sum + sums;
    }
    for (key, sums) in before.into_iter().flat_map(effect) {
        let sum = change.entry(key).or_default();
        *sum = *sum + -sums;
    }
    change.retain(|_, sums| *sums != Sums::default());
    change
}

/// The month of a day as `2026-11-23`.
#[must_use]
pub fn month(day: &str) -> &str {
    day.get(..7).unwrap_or(day)
}

/// The same sums by month; [`Key::day`] is the month.
#[must_use]
pub fn by_month(days: &BTreeMap<Key, Sums>) -> BTreeMap<Key, Sums> {
    let mut months: BTreeMap<Key, Sums> = BTreeMap::new();
    for (key, sums) in days {
        let sum = months.entry(Key { day: month(&key.day).to_owned(), ..key.clone() }).or_default();
        *sum = *sum + *sums;
    }
    months.retain(|_, sums| *sums != Sums::default());
    months
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::sales::lines::rules::WHOLE;

    fn order(day: i64, organisation: i64, amount: i64, known: i64, [cost, paid]: [i64; 2], cuts: &[i64]) -> Counted {
        let mut cuts = [cuts, &[0, WHOLE]].concat();
        cuts.sort_unstable();
        cuts.dedup();
        let shares: Vec<i64> = cuts.windows(2).map(|pair| pair[1] - pair[0]).collect();
        let parts = allot(amount, &shares);
        let split = |((n, share), part): ((usize, &i64), i64)| Split { person: n as i64 + 1, share_bp: *share, amount_fen: part };
        Counted {
            day: format!("2026-11-{day:02}"),
            organisation,
            class: "client".into(),
            known_fen: known.min(amount),
            cost_fen: cost,
            paid_fen: paid,
            splits: shares.iter().enumerate().zip(parts).map(split).collect(),
        }
    }

    fn total(sums: impl IntoIterator<Item = Sums>) -> Sums {
        sums.into_iter().fold(Sums::default(), Add::add)
    }

    #[test]
    fn an_order_counts_once_and_its_shares_add_up() {
        let shared = order(23, 4, 10_001, 5_001, [3_001, 10_001], &[7_000]);
        let effect = effect(&shared);
        assert_eq!(
            total(effect.values().copied()),
            Sums { orders: 1, shares: 2, amount_fen: 10_001, known_fen: 5_001, cost_fen: 3_001, paid_fen: 10_001 }
        );
        let of: Vec<(i64, i64, i64, i64)> =
            effect.iter().map(|(key, sums)| (key.person, sums.orders, sums.amount_fen, sums.paid_fen)).collect();
        assert_eq!(of, [(1, 1, 7_001, 7_001), (2, 0, 3_000, 3_000)], "seven tenths of 100.01 are 70.01 however it is added up");
        assert_eq!(change([&shared], [&shared]), BTreeMap::new(), "what is shipped counts as before");
    }

    #[test]
    fn a_month_is_the_sum_of_its_days() {
        let orders = [order(3, 4, 100, 0, [0, 50], &[]), order(23, 4, 11, 0, [0, 0], &[]), order(23, 5, 7, 0, [0, 0], &[])];
        let months = by_month(&change([], &orders));
        let of: Vec<_> = months.iter().map(|(key, sums)| (key.day.as_str(), key.organisation, sums.orders, sums.amount_fen)).collect();
        assert_eq!(of, [("2026-11", 4, 2, 111), ("2026-11", 5, 1, 7)]);
        let moved = Counted { day: "2026-11-24".into(), ..orders[0].clone() };
        assert_eq!(by_month(&change([&orders[0]], [&moved])), BTreeMap::new(), "from day to day of a month nothing changes of the month");
    }

    fn any_order() -> impl Strategy<Value = Option<Counted>> {
        let fen = || 0..1_000_000i64;
        let one = (1..4i64, 1..3i64, fen(), fen(), [fen(), fen()], proptest::collection::vec(1..WHOLE, 0..4));
        proptest::option::of(
            one.prop_map(|(day, organisation, amount, known, more, cuts)| order(day, organisation, amount, known, more, &cuts)),
        )
    }

    proptest! {
        /// However often orders change, what is kept is the sum of what they count for at last.
        #[test]
        fn what_is_kept_is_the_sum_of_what_counts(changes in proptest::collection::vec((0..5usize, any_order()), 0..40)) {
            let mut orders: Vec<Option<Counted>> = vec![None; 5];
            let mut kept: BTreeMap<Key, Sums> = BTreeMap::new();
            for (n, after) in changes {
                for (key, sums) in change(orders[n].as_ref(), after.as_ref()) {
                    let sum = kept.entry(key).or_default();
                    *sum = *sum + sums;
                }
                orders[n] = after;
            }
            kept.retain(|_, sums| *sums != Sums::default());
            let mut anew: BTreeMap<Key, Sums> = BTreeMap::new();
            for order in orders.iter().flatten() {
                for (key, sums) in effect(order) {
                    let sum = anew.entry(key).or_default();
                    *sum = *sum + sums;
                }
            }
            prop_assert_eq!(kept, anew);
        }
    }
}
