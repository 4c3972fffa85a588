//! What goods cost, as a head office would set it: by what they are, the same for the same item.

use qitao_domain::catalog::Item;

/// A price and what the chain pays, in fen; whole tens of yuan, the price ending in 9.
#[must_use]
pub fn price(item: &Item) -> (i64, i64) {
    // A spread that stays the same whatever else is sold: from the code.
    let spread = item.code.bytes().fold(7_i64, |sum, byte| (sum * 31 + i64::from(byte)) % 997);
    let yuan = match (item.cartons, item.unit.as_str()) {
        (_, "米" | "m") => 30 + spread % 12 * 10,
        (1, _) => 80 + spread % 160 * 10,
        (cartons, _) => i64::from(cartons) * (480 + spread % 70 * 10),
    };
    let yuan = yuan / 10 * 10 + 9;
    (yuan * 100, yuan * (52 + spread % 13))
}
