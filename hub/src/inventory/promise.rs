//! From where goods may be sold, and how many of them are still free to be promised. Pure.

use std::collections::{BTreeMap, BTreeSet};

use crate::platform::organisation::{Kind, Tree};

/// One unit, in thousandths.
const ONE: i64 = 1000;

/// The sites that an organisation may sell from, the nearest first: its own and its warehouses', then those of each organisation above it.
/// Stores beside it keep what is theirs.
#[must_use]
pub fn sells_from(tree: &Tree, organisation: i64) -> Vec<i64> {
    let (mut sites, mut at) = (Vec::new(), Some(organisation));
    while let Some((id, node)) = at.and_then(|id| Some((id, tree.node(id)?))) {
        let warehouses = tree.children(id).filter(|(_, below)| below.kind == Kind::Warehouse && below.active).map(|(below, _)| below);
        for place in [id].into_iter().chain(warehouses) {
            sites.extend(tree.sites_of(place, true));
        }
        at = node.parent;
    }
    let mut seen = BTreeSet::new();
    sites.retain(|site| seen.insert(*site));
    sites
}

/// What lies at a site and what of it is promised, of single items in thousandths.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shelf {
    /// Complete sets that lie there.
    pub on_hand: BTreeMap<i64, i64>,
    /// What is promised already.
    pub reserved: BTreeMap<i64, i64>,
}

impl Shelf {
    /// How many of something that is made of `goods` lie there: whole ones when it is made of several things.
    #[must_use]
    pub fn on_hand(&self, goods: &BTreeMap<i64, i64>) -> i64 {
        units(goods, |item| self.on_hand.get(&item).copied().unwrap_or(0).max(0))
    }

    /// How many of it can still be promised.
    #[must_use]
    pub fn available(&self, goods: &BTreeMap<i64, i64>) -> i64 {
        units(goods, |item| self.free(item))
    }

    /// What of a single item can still be promised.
    #[must_use]
    pub fn free(&self, item: i64) -> i64 {
        let of = |amounts: &BTreeMap<i64, i64>| amounts.get(&item).copied().unwrap_or(0);
        (of(&self.on_hand).max(0) - of(&self.reserved)).max(0)
    }

    /// Promises single items, all or none.
    ///
    /// # Errors
    /// The item that there is too little of, and how much is missing.
    pub fn promise(&mut self, wanted: &BTreeMap<i64, i64>) -> Result<(), (i64, i64)> {
        for (item, quantity) in wanted {
            let missing = quantity - self.free(*item);
            if missing > 0 {
                return Err((*item, missing));
            }
        }
        for (item, quantity) in wanted {
            *self.reserved.entry(*item).or_default() += quantity;
        }
        Ok(())
    }
}

fn units(goods: &BTreeMap<i64, i64>, of: impl Fn(i64) -> i64) -> i64 {
    match goods.iter().next() {
        Some((item, &ONE)) if goods.len() == 1 => of(*item),
        _ => goods.iter().filter(|(_, needed)| **needed > 0).map(|(item, needed)| of(*item) / needed).min().unwrap_or(0) * ONE,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::platform::organisation::tests::chain;

    #[test]
    fn a_store_sells_its_own_goods_and_those_above_it_and_none_of_the_store_beside() {
        // 4 and 5 are stores of dealer 3; 7 is one of dealer 6.
        assert_eq!(sells_from(&chain(), 4), [40]);
        assert_eq!(sells_from(&chain(), 3), [0_i64; 0]);
        assert_eq!(sells_from(&chain(), 99), [0_i64; 0]);
    }

    #[test]
    fn kits_are_free_as_often_as_the_scarcest_of_their_goods_and_cloth_by_the_metre() {
        let shelf = Shelf { on_hand: BTreeMap::from([(1, 5000), (2, 7000), (3, 2375)]), reserved: BTreeMap::from([(2, 4000), (3, 9000)]) };
        let kit = BTreeMap::from([(1, 1000), (2, 2000)]);
        assert_eq!((shelf.on_hand(&kit), shelf.available(&kit)), (3000, 1000));
        let cloth = BTreeMap::from([(3, 1000)]);
        assert_eq!((shelf.on_hand(&cloth), shelf.available(&cloth)), (2375, 0), "less lies there than was promised before");
        assert_eq!(shelf.available(&BTreeMap::new()), 0);
    }

    proptest! {
        #[test]
        fn never_more_is_promised_than_lies_there(
            on_hand in proptest::collection::btree_map(1..4_i64, 0..9_000_i64, 0..4),
            asked in proptest::collection::vec(proptest::collection::btree_map(1..5_i64, 1..4_000_i64, 1..3), 0..20),
        ) {
            let mut shelf = Shelf { on_hand: on_hand.clone(), reserved: BTreeMap::new() };
            for wanted in asked {
                let before = shelf.clone();
                if shelf.promise(&wanted).is_err() {
                    prop_assert_eq!(&shelf, &before);
                }
                for (item, reserved) in &shelf.reserved {
                    prop_assert!(*reserved <= on_hand.get(item).copied().unwrap_or(0));
                }
            }
        }
    }
}
