//! Taking kits apart: kit → items → cartons.

use std::collections::BTreeMap;

use crate::catalog::{Item, StockKey};
use crate::ids::ItemId;
use crate::quantity::Quantity;

/// How deep kits may hold kits.
pub const MAX_DEPTH: usize = 8;

/// How many parts one explosion may look at; a catalogue that needs more is wrong.
pub const MAX_PARTS: usize = 20_000;

/// Why an item cannot be taken apart; the catalogue has to be put right first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KitError {
    /// The item, or a part of it, is not in the catalogue.
    #[error("item {0} is not in the catalogue")]
    UnknownItem(ItemId),
    /// A kit that contains itself.
    #[error("kit {0} contains itself")]
    Circle(ItemId),
    /// Kits within kits beyond [`MAX_DEPTH`].
    #[error("kit {0} is nested deeper than {MAX_DEPTH} levels")]
    TooDeep(ItemId),
    /// More than [`MAX_PARTS`] parts, or a quantity that does not fit.
    #[error("kit {0} has too many parts")]
    TooLarge(ItemId),
    /// A quantity that is not above 0, or whose product is finer than a thousandth.
    #[error("the quantity of item {0} is not a usable amount")]
    BadQuantity(ItemId),
}

/// The goods that so many of an item stand for, each once, in the order in which they first appear. `lookup` reads the catalogue.
///
/// # Errors
/// [`KitError`] when the catalogue does not allow it.
pub fn explode_items<'a>(
    lookup: &impl Fn(ItemId) -> Option<&'a Item>,
    item: ItemId,
    quantity: Quantity,
) -> Result<Vec<(&'a Item, Quantity)>, KitError> {
    let mut goods = Explosion { lookup, list: Vec::new(), place: BTreeMap::new(), path: Vec::new(), steps: 0 };
    goods.add(item, quantity)?;
    Ok(goods.list)
}

/// The cartons that so many of an item stand for, without lot, in order of parts and carton number.
///
/// # Errors
/// [`KitError`] when the catalogue does not allow it.
pub fn explode<'a>(
    lookup: &impl Fn(ItemId) -> Option<&'a Item>,
    item: ItemId,
    quantity: Quantity,
) -> Result<Vec<(StockKey, Quantity)>, KitError> {
    let goods = explode_items(lookup, item, quantity)?;
    let cartons = |(item, quantity): (&'a Item, Quantity)| {
        (1..=item.cartons.max(1)).map(move |carton| (StockKey { item: item.id, carton, lot: String::new() }, quantity))
    };
    Ok(goods.into_iter().flat_map(cartons).collect())
}

struct Explosion<'f, 'a, F> {
    lookup: &'f F,
    list: Vec<(&'a Item, Quantity)>,
    place: BTreeMap<ItemId, usize>,
    path: Vec<ItemId>,
    steps: usize,
}

impl<'a, F: Fn(ItemId) -> Option<&'a Item>> Explosion<'_, 'a, F> {
    fn add(&mut self, id: ItemId, quantity: Quantity) -> Result<(), KitError> {
        if !quantity.is_positive() {
            return Err(KitError::BadQuantity(id));
        }
        if self.path.contains(&id) {
            return Err(KitError::Circle(id));
        }
        if self.path.len() > MAX_DEPTH {
            return Err(KitError::TooDeep(id));
        }
        self.steps += 1;
        if self.steps > MAX_PARTS {
            return Err(KitError::TooLarge(id));
        }
        let item = (self.lookup)(id).ok_or(KitError::UnknownItem(id))?;
        if item.parts.is_empty() {
            let index = *self.place.entry(id).or_insert(self.list.len());
            if index == self.list.len() {
                self.list.push((item, Quantity::ZERO));
            }
            let sum = &mut self.list[index].1;
            *sum = sum.checked_add(quantity).ok_or(KitError::TooLarge(id))?;
            return Ok(());
        }
        self.path.push(id);
        for part in &item.parts {
            self.add(part.item, part.quantity.checked_product(quantity).ok_or(KitError::BadQuantity(part.item))?)?;
        }
        self.path.pop();
        Ok(())
    }
}
