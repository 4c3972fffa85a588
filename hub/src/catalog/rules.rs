//! How often a kit is complete (齐套) with what is complete of its parts at each site. Pure; how often a single item is complete with its
//! cartons is counted where they lie, see [`super::holdings`].

use std::collections::{BTreeMap, BTreeSet};

use qitao_domain::quantity::Quantity;

/// How deep kits may be made of kits.
pub const KIT_DEPTH: usize = 4;
/// One unit, in thousandths.
const ONE: i64 = 1000;

/// What must be known to count sets: parts of kits, and how often what is no kit is complete at each site.
#[derive(Debug, Default)]
pub struct Holdings {
    parts: BTreeMap<i64, Vec<(i64, i64)>>,
    complete: BTreeMap<i64, BTreeMap<i64, i64>>,
    sites: BTreeSet<i64>,
}

impl Holdings {
    /// A kit needs so much of a part.
    pub fn part(&mut self, kit: i64, part: i64, quantity: i64) {
        self.parts.entry(kit).or_default().push((part, quantity));
    }

    /// Complete sets of an item at a site, in thousandths. Of an item that no kit here is made of, those of all sites can be given as of one.
    pub fn complete(&mut self, item: i64, site: i64, sets: i64) {
        self.sites.insert(site);
        self.complete.entry(item).or_default().insert(site, sets);
    }

    /// Complete sets of an item or kit at all sites together: cartons in different towns do not make a wardrobe.
    #[must_use]
    pub fn sets(&self, item: i64) -> Quantity {
        Quantity::from_raw(match self.parts.get(&item) {
            None => self.complete.get(&item).map_or(0, |sites| sites.values().sum()),
            Some(_) => self.sites.iter().map(|site| self.sets_at(item, *site, KIT_DEPTH)).sum(),
        })
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
            None => self.complete.get(&item).and_then(|sites| sites.get(&site)).copied().unwrap_or(0),
        }
    }
}

/// What single items one of an item is, in thousandths; one that is no kit is itself. What is too deep, or in a circle, is left out.
#[must_use]
pub fn goods(parts: &BTreeMap<i64, Vec<(i64, i64)>>, item: i64) -> BTreeMap<i64, i64> {
    let (mut goods, mut open) = (BTreeMap::new(), vec![(item, ONE, 0)]);
    while let Some((item, quantity, depth)) = open.pop() {
        match parts.get(&item) {
            None => *goods.entry(item).or_default() += quantity,
            Some(parts) if depth < KIT_DEPTH => {
                open.extend(parts.iter().map(|(part, needed)| (*part, quantity.saturating_mul(*needed) / ONE, depth + 1)));
            }
            Some(_) => {}
        }
    }
    goods
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kit_is_there_as_often_as_its_scarcest_part_in_whole_kits_at_one_site() {
        let mut holdings = Holdings::default();
        holdings.part(9, 1, ONE);
        holdings.part(9, 2, 2 * ONE);
        for (item, site, pieces) in [(1, 1, 9), (2, 1, 5), (1, 2, 7), (3, 2, 4)] {
            holdings.complete(item, site, pieces * ONE);
        }
        assert_eq!(holdings.sets(9), "2".parse().unwrap(), "site 2 has none of the other part");
        assert_eq!(holdings.sets(1), "16".parse().unwrap());
        let kits = BTreeMap::from([(9, vec![(1, ONE), (8, 2 * ONE)]), (8, vec![(1, 500), (3, 3 * ONE)]), (7, vec![(7, ONE)])]);
        assert_eq!(goods(&kits, 9), BTreeMap::from([(1, 2 * ONE), (3, 6 * ONE)]));
        assert_eq!((goods(&kits, 5), goods(&kits, 7)), (BTreeMap::from([(5, ONE)]), BTreeMap::new()));
        holdings.part(7, 7, ONE);
        assert_eq!(holdings.sets(7), Quantity::ZERO, "a kit of itself is never complete, and is no endless loop");
    }
}
