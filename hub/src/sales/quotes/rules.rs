//! Comparing two versions of a quote. Pure.

use std::collections::BTreeSet;

use super::model::{Compared, Difference};
use crate::sales::lines::model::LineRow;

/// Lines of two versions side by side. Lines of the same item and configuration belong together, in the order of the newer version; what only
/// the older one has comes last.
#[must_use]
pub fn compare(was: &[LineRow], now: &[LineRow]) -> Vec<Compared> {
    let same = |one: &LineRow, other: &LineRow| one.item == other.item && one.configuration == other.configuration;
    let mut used = BTreeSet::new();
    let mut rows: Vec<Compared> = Vec::new();
    for line in now {
        let before = was.iter().enumerate().find(|(n, old)| !used.contains(n) && same(old, line));
        let difference = match before {
            None => Difference::Added,
            Some((_, old)) if is_alike(old, line) => Difference::Same,
            Some(_) => Difference::Changed,
        };
        used.extend(before.map(|(n, _)| n));
        rows.push(Compared { difference, was: before.map(|(_, old)| old.clone()), now: Some(line.clone()) });
    }
    let gone = was.iter().enumerate().filter(|(n, _)| !used.contains(n));
    rows.extend(gone.map(|(_, old)| Compared { difference: Difference::Removed, was: Some(old.clone()), now: None }));
    rows
}

fn is_alike(one: &LineRow, other: &LineRow) -> bool {
    (one.quantity, one.price, one.discount, &one.spec) == (other.quantity, other.price, other.discount, &other.spec)
}

#[cfg(test)]
mod tests {
    use qitao_domain::quantity::{Money, Quantity};

    use super::*;

    fn line(item: i64, units: i64, fen: i64) -> LineRow {
        let empty = String::new;
        LineRow {
            id: 0,
            item,
            code: empty(),
            name: empty(),
            name_en: empty(),
            unit: empty(),
            configuration: None,
            spec: empty(),
            quantity: Quantity::units(units),
            price: Money::from_raw(fen),
            discount: 0,
            amount: Money::from_raw(units * fen),
            offer: None,
        }
    }

    #[test]
    fn versions_are_compared_line_by_line() {
        let rows = compare(
            &[line(1, 1, 100), line(2, 2, 50), line(3, 1, 9), line(3, 1, 9)],
            &[line(2, 3, 50), line(1, 1, 100), line(4, 1, 1), line(3, 1, 9)],
        );
        let told: Vec<_> =
            rows.iter().map(|row| (row.difference, row.now.as_ref().or(row.was.as_ref()).map_or(0, |line| line.item))).collect();
        assert_eq!(
            told,
            [(Difference::Changed, 2), (Difference::Same, 1), (Difference::Added, 4), (Difference::Same, 3), (Difference::Removed, 3)]
        );
        assert!(compare(&[], &[]).is_empty());
    }
}
