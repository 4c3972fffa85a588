//! How facts become double-entry stock movements, and what must always hold of them.
//!
//! Every movement takes from one location and gives to another, so per stock key the balances of all locations, real and virtual, add up to
//! nothing, always. On hand is the sum of movements and nothing else. A real location may stand below nothing in the books: the scan at the
//! shelf is believed, and the hub raises an exception. [`count`] says what a stocktake found against the books, [`kit`] takes kits apart to
//! cartons.

pub mod count;
pub mod kit;

use std::collections::BTreeMap;

use crate::catalog::StockKey;
use crate::event::Effect;
use crate::ids::{ItemId, LineId, LocationId, ScanId};
use crate::quantity::Quantity;

pub use count::{Count, CountBook, CountLine, Stage, Variance};
pub use kit::{KitError, explode, explode_items};

/// Stock that went from one location to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Movement {
    /// What.
    pub stock: StockKey,
    /// How much; always positive.
    pub quantity: Quantity,
    /// From where.
    pub from: LocationId,
    /// To where.
    pub to: LocationId,
    /// The task line it counts towards.
    pub line: Option<LineId>,
    /// The earlier fact that this reverses.
    pub reverses: Option<ScanId>,
    /// Serial number, when the label carried one.
    pub serial: Option<String>,
}

/// One side of a movement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posting {
    /// Where.
    pub location: LocationId,
    /// What.
    pub stock: StockKey,
    /// Change of what is on hand there.
    pub change: Quantity,
}

/// Why a movement cannot be booked; the fact it comes from is kept as an exception for a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LedgerError {
    /// Nothing or less than nothing was to be moved.
    #[error("a movement needs a quantity above 0, not {0}")]
    NotPositive(Quantity),
    /// From and to are the same.
    #[error("a movement needs two locations, not {0} twice")]
    SamePlace(LocationId),
    /// The balance would not fit its number.
    #[error("the balance at location {0} would be too large")]
    TooLarge(LocationId),
}

impl Movement {
    /// The movement that an effect stands for; `None` for effects that move nothing.
    #[must_use]
    pub fn of(effect: &Effect) -> Option<Self> {
        match effect.clone() {
            Effect::Moved { stock, quantity, from, to, line, reverses, serial } => {
                Some(Self { stock, quantity, from, to, line, reverses, serial })
            }
            _ => None,
        }
    }

    /// Checks what must hold of every movement.
    ///
    /// # Errors
    /// [`LedgerError::NotPositive`] or [`LedgerError::SamePlace`].
    pub fn check(&self) -> Result<(), LedgerError> {
        if !self.quantity.is_positive() {
            return Err(LedgerError::NotPositive(self.quantity));
        }
        if self.from == self.to { Err(LedgerError::SamePlace(self.from)) } else { Ok(()) }
    }

    /// Its two sides: what is taken, what is given.
    #[must_use]
    pub fn postings(&self) -> [Posting; 2] {
        let side = |location, change| Posting { location, stock: self.stock.clone(), change };
        [side(self.from, -self.quantity), side(self.to, self.quantity)]
    }
}

/// The movements of a fact, in order.
pub fn movements(effects: &[Effect]) -> impl Iterator<Item = Movement> {
    effects.iter().filter_map(Movement::of)
}

/// What is on hand where, as the sum of movements.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Balances {
    amounts: BTreeMap<(LocationId, StockKey), Quantity>,
}

impl Balances {
    /// Books a movement: both sides or none.
    ///
    /// # Errors
    /// [`LedgerError`] when it cannot be booked; nothing has changed then.
    pub fn apply(&mut self, movement: &Movement) -> Result<(), LedgerError> {
        movement.check()?;
        let sides = movement.postings();
        let mut sums = [Quantity::ZERO; 2];
        for (sum, side) in sums.iter_mut().zip(&sides) {
            let now = self.on_hand(side.location, &side.stock);
            *sum = now.checked_add(side.change).ok_or(LedgerError::TooLarge(side.location))?;
        }
        for (sum, side) in sums.into_iter().zip(sides) {
            let key = (side.location, side.stock);
            if sum.is_zero() {
                self.amounts.remove(&key);
            } else {
                self.amounts.insert(key, sum);
            }
        }
        Ok(())
    }

    /// Books all movements of a fact: all or none.
    ///
    /// # Errors
    /// [`LedgerError`] of the first that cannot be booked; nothing has changed then.
    pub fn apply_effects(&mut self, effects: &[Effect]) -> Result<(), LedgerError> {
        let mut booked: Vec<Movement> = Vec::new();
        for movement in movements(effects) {
            if let Err(error) = self.apply(&movement) {
                for movement in booked.into_iter().rev() {
                    let back = Movement { from: movement.to, to: movement.from, ..movement };
                    self.apply(&back)?;
                }
                return Err(error);
            }
            booked.push(movement);
        }
        Ok(())
    }

    /// What the books have at a location.
    #[must_use]
    pub fn on_hand(&self, location: LocationId, stock: &StockKey) -> Quantity {
        self.amounts.get(&(location, stock.clone())).copied().unwrap_or_default()
    }

    /// All stock that the books have at a location, without what stands at nothing.
    pub fn at(&self, location: LocationId) -> impl Iterator<Item = (&StockKey, Quantity)> {
        let first = (location, StockKey { item: ItemId(i64::MIN), carton: 0, lot: String::new() });
        self.amounts.range(first..).take_while(move |((place, _), _)| *place == location).map(|((_, stock), amount)| (stock, *amount))
    }

    /// Everything that does not stand at nothing.
    pub fn iter(&self) -> impl Iterator<Item = (LocationId, &StockKey, Quantity)> {
        self.amounts.iter().map(|((place, stock), amount)| (*place, stock, *amount))
    }

    /// Stock keys whose balances over all locations do not add up to nothing, with what is over. Empty as long as the ledger is right.
    #[must_use]
    pub fn out_of_balance(&self) -> Vec<(StockKey, Quantity)> {
        let mut sums: BTreeMap<&StockKey, i128> = BTreeMap::new();
        for ((_, stock), amount) in &self.amounts {
            *sums.entry(stock).or_default() += i128::from(amount.raw());
        }
        let over = |sum: i128| Quantity::from_raw(i64::try_from(sum).unwrap_or(if sum < 0 { i64::MIN } else { i64::MAX }));
        sums.into_iter().filter(|(_, sum)| *sum != 0).map(|(stock, sum)| (stock.clone(), over(sum))).collect()
    }
}

/// How many complete items the cartons on hand make (齐套): the smallest number among cartons 1 … `cartons`, whole, never below nothing.
/// Goods of one carton may be measured (2.375 m of cloth) and are not rounded. Amounts of the same carton add up; for stock kept by dye lot
/// ask per lot, because cartons of different lots make no set.
#[must_use]
pub fn complete_sets(cartons: u16, on_hand: impl IntoIterator<Item = (u16, Quantity)>) -> Quantity {
    let mut sums: BTreeMap<u16, Quantity> = BTreeMap::new();
    for (carton, amount) in on_hand {
        *sums.entry(carton).or_default() += amount;
    }
    let of = |carton| sums.get(&carton).copied().unwrap_or_default().max(Quantity::ZERO);
    match cartons {
        0 | 1 => of(1),
        many => (1..=many).map(of).min().map_or(Quantity::ZERO, |least| Quantity::units(least.raw() / Quantity::ONE.raw())),
    }
}
