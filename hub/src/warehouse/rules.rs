//! What a task may be, and where things should go or come from. Pure.

use std::collections::{BTreeMap, BTreeSet};

use qitao_domain::catalog::StockKey;
use qitao_domain::ids::{ItemId, LocationId};
use qitao_domain::quantity::Quantity;

/// Longest reference, in characters.
pub const MAX_REFERENCE: usize = 200;
/// Most characters of a lot: twice what a GS1 batch or lot number has (General Specifications 3.3, AI 10). An edge keeps many lines in one
/// row, which must not grow without end.
pub const MAX_LOT: usize = 40;
/// Most lines that somebody may ask for at once.
pub const MAX_ASKED: usize = 500;
/// Most lines a task has after kits were exploded, so that it fits one message to an edge.
pub const MAX_LINES: usize = 1_000;
/// Largest quantity of a line, in thousandths.
const MAX_QUANTITY: i64 = 1_000_000_000;

/// A rule that a draft breaks; `line` counts from 0.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// Shorten the reference.
    #[error("a reference has at most {MAX_REFERENCE} characters")]
    Reference,
    /// Add a line, or make several tasks.
    #[error("a task has 1 to {MAX_ASKED} lines; this has {0}")]
    Lines(usize),
    /// Make several tasks.
    #[error("with kits taken apart this task has {0} lines; at most {MAX_LINES} fit")]
    Exploded(usize),
    /// Name an item.
    #[error("line {line} names no item")]
    NoItem {
        /// Which line.
        line: usize,
    },
    /// Name an item of the catalogue.
    #[error("line {line}: there is no item {item}")]
    UnknownItem {
        /// Which line.
        line: usize,
        /// The item.
        item: ItemId,
    },
    /// Give a quantity.
    #[error("line {line}: the quantity must be above 0 and at most 1,000,000")]
    Quantity {
        /// Which line.
        line: usize,
    },
    /// Give a whole number.
    #[error("line {line}: this item comes in whole pieces")]
    WholePieces {
        /// Which line.
        line: usize,
    },
    /// Give the lot as it stands on the label.
    #[error("line {line}: a lot has at most {MAX_LOT} characters, none of them a control character")]
    Lot {
        /// Which line.
        line: usize,
    },
    /// Leave the lot away.
    #[error("line {line}: this item is not kept by dye lot")]
    NotByLot {
        /// Which line.
        line: usize,
    },
    /// Name a location of the site.
    #[error("line {line}: there is no such location at this site")]
    NoLocation {
        /// Which line.
        line: usize,
    },
    /// Name a shelf.
    #[error("line {line}: this location is only in the books")]
    VirtualLocation {
        /// Which line.
        line: usize,
    },
    /// Name each location once.
    #[error("line {line}: this location is in the count twice")]
    LocationTwice {
        /// Which line.
        line: usize,
    },
    /// Leave item and quantity away.
    #[error("line {line}: a count names locations only")]
    CountNamesItem {
        /// Which line.
        line: usize,
    },
    /// Correct the kit in the catalogue.
    #[error("line {line}: {why}")]
    Kit {
        /// Which line.
        line: usize,
        /// What is wrong with it.
        why: String,
    },
}

/// Checks a quantity: above nothing, and whole where half a piece makes no sense.
///
/// # Errors
/// [`Broken::Quantity`] or [`Broken::WholePieces`].
pub fn check_quantity(line: usize, quantity: Quantity, whole: bool) -> Result<(), Broken> {
    if !quantity.is_positive() || quantity.raw() > MAX_QUANTITY {
        return Err(Broken::Quantity { line });
    }
    if whole && quantity.raw() % 1000 != 0 { Err(Broken::WholePieces { line }) } else { Ok(()) }
}

/// What is known of the bins of a site for put-away.
#[derive(Debug, Default)]
pub struct Bins {
    /// Bins without stock that no open put-away is promised, in the order to fill them.
    pub empty: Vec<LocationId>,
    /// Bins that hold an item, and how much of it.
    pub holding: BTreeMap<ItemId, Vec<(LocationId, i64)>>,
    taken: BTreeSet<LocationId>,
    given: BTreeMap<ItemId, LocationId>,
}

impl Bins {
    /// Bins to fill, in order.
    #[must_use]
    pub fn new(empty: Vec<LocationId>) -> Self {
        Self { empty, ..Self::default() }
    }

    /// Where an item should go: where most of it already lies, else the next empty bin; all its cartons together.
    pub fn suggest(&mut self, item: ItemId) -> Option<LocationId> {
        if let Some(given) = self.given.get(&item) {
            return Some(*given);
        }
        let beside =
            self.holding.get(&item).and_then(|bins| bins.iter().max_by_key(|(bin, quantity)| (*quantity, std::cmp::Reverse(*bin))));
        let bin = beside.map(|(bin, _)| *bin).or_else(|| self.empty.iter().copied().find(|bin| !self.taken.contains(bin)))?;
        self.taken.insert(bin);
        self.given.insert(item, bin);
        Some(bin)
    }
}

/// What may be picked: on hand in bins, without what open picks are promised.
#[derive(Debug, Default)]
pub struct Pickable {
    stock: BTreeMap<StockKey, BTreeMap<LocationId, i64>>,
}

impl Pickable {
    /// Stock in a bin; negative to take a promise away.
    pub fn add(&mut self, stock: StockKey, bin: LocationId, quantity: i64) {
        *self.stock.entry(stock).or_default().entry(bin).or_default() += quantity;
    }

    fn free(&self, stock: &StockKey) -> i64 {
        self.stock.get(stock).map_or(0, |bins| bins.values().filter(|quantity| **quantity > 0).sum())
    }

    /// The dye lot that covers all of these cartons of an item; the first by name when several do.
    #[must_use]
    pub fn lot_for(&self, item: ItemId, cartons: &[(u16, Quantity)]) -> Option<String> {
        let lots: BTreeSet<&str> = self.stock.keys().filter(|stock| stock.item == item).map(|stock| stock.lot.as_str()).collect();
        let covers = |lot: &str| {
            cartons.iter().all(|(carton, needed)| self.free(&StockKey { item, carton: *carton, lot: lot.to_owned() }) >= needed.raw())
        };
        lots.into_iter().find(|lot| covers(lot)).map(str::to_owned)
    }

    /// Takes from bins: from one that has it all, else from the fullest first. What no bin has comes with no bin: the picker will see.
    pub fn take(&mut self, stock: &StockKey, quantity: Quantity) -> Vec<(Option<LocationId>, Quantity)> {
        let mut left = quantity.raw();
        let mut taken = Vec::new();
        if let Some(bins) = self.stock.get_mut(stock) {
            while left > 0 {
                let enough = bins.iter().filter(|(_, has)| **has >= left).min_by_key(|(bin, has)| (**has, **bin));
                let Some(bin) =
                    enough.or_else(|| bins.iter().filter(|(_, has)| **has > 0).max_by_key(|(_, has)| **has)).map(|(bin, _)| *bin)
                else {
                    break;
                };
                let has = bins.entry(bin).or_default();
                let part = left.min(*has);
                *has -= part;
                left -= part;
                taken.push((Some(bin), Quantity::from_raw(part)));
            }
        }
        if left > 0 {
            taken.push((None, Quantity::from_raw(left)));
        }
        taken
    }
}

/// A number for people: `PA-000123`.
#[must_use]
pub fn number(prefix: &str, n: i64) -> String {
    format!("{prefix}-{n:06}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(n: i64) -> Quantity {
        Quantity::from_raw(n * 1000)
    }

    fn carton(carton: u16, lot: &str) -> StockKey {
        StockKey { item: ItemId(1), carton, lot: lot.into() }
    }

    #[test]
    fn goods_go_where_most_of_them_lies_and_new_goods_to_an_empty_bin_of_their_own() {
        let mut bins = Bins::new(vec![LocationId(7), LocationId(8)]);
        bins.holding.insert(ItemId(1), vec![(LocationId(3), 1000), (LocationId(4), 5000)]);
        assert_eq!(bins.suggest(ItemId(1)), Some(LocationId(4)));
        assert_eq!(bins.suggest(ItemId(2)), Some(LocationId(7)));
        assert_eq!(bins.suggest(ItemId(3)), Some(LocationId(8)));
        assert_eq!(bins.suggest(ItemId(2)), Some(LocationId(7)), "the cartons of one item stay together");
        assert_eq!(bins.suggest(ItemId(4)), None, "no empty bin is left: anywhere will do");
    }

    #[test]
    fn a_pick_takes_from_one_bin_when_it_can_and_says_what_is_nowhere() {
        let mut stock = Pickable::default();
        stock.add(carton(1, ""), LocationId(1), 9000);
        stock.add(carton(1, ""), LocationId(2), 3000);
        stock.add(carton(1, ""), LocationId(1), -1000);
        assert_eq!(stock.take(&carton(1, ""), pieces(3)), [(Some(LocationId(2)), pieces(3))]);
        assert_eq!(stock.take(&carton(1, ""), pieces(10)), [(Some(LocationId(1)), pieces(8)), (None, pieces(2))]);
        assert_eq!(stock.take(&carton(2, ""), pieces(1)), [(None, pieces(1))]);
    }

    #[test]
    fn a_set_is_taken_from_one_dye_lot() {
        let mut stock = Pickable::default();
        for (number, lot, quantity) in [(1, "A", 2000), (1, "B", 2000), (2, "B", 2000)] {
            stock.add(carton(number, lot), LocationId(1), quantity);
        }
        assert_eq!(stock.lot_for(ItemId(1), &[(1, pieces(2)), (2, pieces(2))]), Some("B".to_owned()));
        assert_eq!(stock.lot_for(ItemId(1), &[(1, pieces(3))]), None);
    }

    #[test]
    fn half_a_wardrobe_is_refused_and_half_a_metre_is_not() {
        assert_eq!(check_quantity(0, Quantity::from_raw(500), true), Err(Broken::WholePieces { line: 0 }));
        assert_eq!(check_quantity(0, Quantity::from_raw(500), false), Ok(()));
        assert_eq!(check_quantity(2, Quantity::ZERO, false), Err(Broken::Quantity { line: 2 }));
        assert_eq!(number("PA", 123), "PA-000123");
        assert_eq!(number("PA", 1_234_567), "PA-1234567");
    }
}
