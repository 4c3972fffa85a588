//! What lies where on the first morning: furniture in sets (some with a carton missing), cloth on rolls by dye lot, small goods by the box.

use std::collections::BTreeMap;

use qitao_domain::catalog::{Item, Location, LocationKind, StockKey};
use qitao_domain::ids::{ItemId, LocationId};
use qitao_domain::quantity::Quantity;

use super::Opening;
use super::dice::Dice;
use super::families::FAMILIES;

/// One item in so many is out of stock.
const SOLD_OUT: usize = 8;
/// One item of several cartons in so many lacks one carton.
const CARTON_LOST: usize = 25;

pub(super) fn opening(dice: &mut Dice, items: &[Item], locations: &[Location]) -> Vec<Opening> {
    let mut aisles: BTreeMap<char, Vec<LocationId>> = BTreeMap::new();
    for place in locations.iter().filter(|place| place.kind == LocationKind::Bin) {
        aisles.entry(place.code.chars().next().unwrap_or('?')).or_default().push(place.id);
    }
    let mut list = Vec::new();
    for item in items.iter().filter(|item| item.parts.is_empty()) {
        let prefix = item.code.split('-').next().unwrap_or_default();
        let Some(family) = FAMILIES.iter().find(|family| family.word.code == prefix) else { continue };
        let bins: Vec<LocationId> = family.aisles.chars().filter_map(|aisle| aisles.get(&aisle)).flatten().copied().collect();
        if bins.is_empty() || dice.once_in(SOLD_OUT) {
            continue;
        }
        let bin = dice.below(bins.len());
        let mut put = |bin: usize, carton: u16, lot: String, quantity: Quantity| {
            list.push(Opening { location: bins[bin % bins.len()], stock: StockKey { item: item.id, carton, lot }, quantity });
        };
        if item.unit == "米" {
            // One to three rolls, each of its own dye lot, cut to the centimetre.
            for roll in 0..=dice.below(3) {
                put(bin + roll, 1, lot(dice, item.id, roll), Quantity::from_raw(dice.between(600, 6000) * 10));
            }
        } else if item.barcodes.len() > 1 {
            let box_of = item.barcodes.iter().map(|barcode| barcode.quantity).max().unwrap_or(Quantity::ONE);
            put(bin, 1, String::new(), box_of.times(dice.between(1, 8)) + Quantity::units(dice.between(0, 5)));
        } else {
            let sets = dice.between(1, 6);
            let lost = if item.cartons > 1 && dice.once_in(CARTON_LOST) { dice.between(1, i64::from(item.cartons)) } else { 0 };
            let lot = if item.by_lot { cover_lot(&item.code) } else { String::new() };
            for carton in 1..=item.cartons {
                let units = if i64::from(carton) == lost { sets - 1 } else { sets };
                if units > 0 {
                    // Large furniture needs the bin beside it, too.
                    put(bin + usize::from(carton > 5), carton, lot.clone(), Quantity::units(units));
                }
            }
        }
    }
    list
}

/// A dye lot as printed by the mill: year, month, vat; different for each roll of an item.
fn lot(dice: &mut Dice, item: ItemId, roll: usize) -> String {
    let (month, vat) = (dice.between(1, 12), (item.0 * 7 + i64::try_from(roll).unwrap_or(0)) % 100);
    format!("26{month:02}-{vat:02}")
}

/// The dye lot of covers: the same for all pieces of one series and finish, because a sofa and its armchairs are covered from one bolt.
fn cover_lot(code: &str) -> String {
    let style = code.split('-').skip(1).take(2).flat_map(str::bytes).fold(7_u32, |sum, byte| (sum * 31 + u32::from(byte)) % 9973);
    format!("26{:02}-{:02}", style % 12 + 1, style % 100)
}
