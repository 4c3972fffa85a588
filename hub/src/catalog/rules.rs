//! How often an item or a kit is complete (齐套) with the cartons on hand. Pure.

use std::collections::{BTreeMap, BTreeSet};

use qitao_domain::quantity::Quantity;

/// How deep kits may be made of kits.
pub const KIT_DEPTH: usize = 4;
/// One unit, in thousandths.
const ONE: i64 = 1000;

/// One carton's stock of one dye lot at one site.
#[derive(Debug, Clone)]
pub struct CartonStock {
    /// Site.
    pub site: i64,
    /// Item.
    pub item: i64,
    /// Dye lot.
    pub lot: String,
    /// Carton.
    pub carton: i32,
    /// Thousandths of a unit.
    pub quantity: i64,
}

/// What must be known to count sets: cartons of items, parts of kits, stock.
#[derive(Debug, Default)]
pub struct Holdings {
    cartons: BTreeMap<i64, i32>,
    parts: BTreeMap<i64, Vec<(i64, i64)>>,
    sites: BTreeSet<i64>,
    stock: BTreeMap<(i64, i64), BTreeMap<String, BTreeMap<i32, i64>>>,
}

impl Holdings {
    /// An item and how many cartons make one.
    pub fn item(&mut self, item: i64, cartons: i32) {
        self.cartons.insert(item, cartons.max(1));
    }

    /// A kit needs so much of a part.
    pub fn part(&mut self, kit: i64, part: i64, quantity: i64) {
        self.parts.entry(kit).or_default().push((part, quantity));
    }

    /// Stock at a site.
    pub fn stock(&mut self, row: CartonStock) {
        self.sites.insert(row.site);
        *self.stock.entry((row.item, row.site)).or_default().entry(row.lot).or_default().entry(row.carton).or_default() += row.quantity;
    }

    /// Complete sets of an item or kit at all sites together: cartons in different towns do not make a wardrobe.
    #[must_use]
    pub fn sets(&self, item: i64) -> Quantity {
        Quantity::from_raw(self.sites.iter().map(|site| self.sets_at(item, *site, KIT_DEPTH)).sum())
    }

    fn sets_at(&self, item: i64, site: i64, depth: usize) -> i64 {
        match self.parts.get(&item) {
            Some(parts) if depth > 0 => {
                let kits = parts
                    .iter()
                    .filter(|(_, needed)| *needed > 0)
                    .map(|(part, needed)| self.sets_at(*part, site, depth - 1).max(0) / needed);
                kits.min().unwrap_or(0) * ONE
            }
            Some(_) => 0,
            None => self.stock.get(&(item, site)).map_or(0, |lots| lots.values().map(|cartons| self.sets_of_lot(item, cartons)).sum()),
        }
    }

    fn sets_of_lot(&self, item: i64, cartons: &BTreeMap<i32, i64>) -> i64 {
        let of = self.cartons.get(&item).copied().unwrap_or(1);
        let on_hand = |carton: i32| cartons.get(&carton).copied().unwrap_or(0);
        if of == 1 { on_hand(1) } else { (1..=of).map(on_hand).min().unwrap_or(0).max(0) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stock(site: i64, item: i64, lot: &str, carton: i32, pieces: i64) -> CartonStock {
        CartonStock { site, item, lot: lot.into(), carton, quantity: pieces * ONE }
    }

    #[test]
    fn a_wardrobe_is_there_as_often_as_its_rarest_carton_at_one_site() {
        let mut holdings = Holdings::default();
        holdings.item(1, 3);
        for (site, carton, pieces) in [(1, 1, 4), (1, 2, 2), (1, 3, 3), (2, 1, 5), (2, 2, 5)] {
            holdings.stock(stock(site, 1, "", carton, pieces));
        }
        assert_eq!(holdings.sets(1), "2".parse().unwrap(), "site 2 lacks carton 3");
    }

    #[test]
    fn cartons_of_different_dye_lots_do_not_match() {
        let mut holdings = Holdings::default();
        holdings.item(1, 2);
        holdings.stock(stock(1, 1, "A", 1, 3));
        holdings.stock(stock(1, 1, "B", 2, 3));
        holdings.stock(stock(1, 1, "B", 1, 1));
        assert_eq!(holdings.sets(1), "1".parse().unwrap());
    }

    #[test]
    fn a_kit_is_there_as_often_as_its_scarcest_part_in_whole_kits() {
        let mut holdings = Holdings::default();
        for item in [1, 2] {
            holdings.item(item, 1);
        }
        holdings.part(9, 1, ONE);
        holdings.part(9, 2, 2 * ONE);
        holdings.stock(stock(1, 1, "", 1, 9));
        holdings.stock(stock(1, 2, "", 1, 5));
        assert_eq!(holdings.sets(9), "2".parse().unwrap());
        holdings.part(7, 7, ONE);
        assert_eq!(holdings.sets(7), Quantity::ZERO, "a kit of itself is never complete, and is no endless loop");
    }

    #[test]
    fn metres_of_curtain_are_as_long_as_they_are_even_below_nothing() {
        let mut holdings = Holdings::default();
        holdings.item(1, 1);
        holdings.stock(CartonStock { quantity: -2375, ..stock(1, 1, "A", 1, 0) });
        assert_eq!(holdings.sets(1), "-2.375".parse().unwrap());
    }
}
