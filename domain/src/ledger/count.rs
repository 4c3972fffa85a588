//! What a stocktake found against the books (盘差).
//!
//! Stock moves while people count. The expected quantity of a stock is therefore what the books had at the location when its first scan of
//! this count was applied; for stock that was never scanned there, when the count was finished. The difference is posted as a change
//! (counted − expected), not as a new level, so what moved before or after stays right. Stock of the location that moved between start and
//! finish is flagged, because then a person should look at the difference with that in mind.

use std::collections::BTreeMap;

use crate::catalog::StockKey;
use crate::event::Effect;
use crate::ids::LocationId;
use crate::ledger::{Balances, Movement, movements};
use crate::quantity::Quantity;

/// One stock at one location in one count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CountLine {
    /// Seen so far.
    pub counted: Quantity,
    /// What the books had when it was first scanned; `None` as long as it was not.
    pub expected: Option<Quantity>,
    /// Stock moved to or from here while the count was under way.
    pub moved: bool,
}

impl CountLine {
    /// Takes a scan in; negative when an undo takes one back. `on_hand` is what the books have now, asked for only at the first scan.
    pub fn see(&mut self, quantity: Quantity, on_hand: impl FnOnce() -> Quantity) {
        self.counted += quantity;
        if self.expected.is_none() {
            self.expected = Some(on_hand());
        }
    }
}

/// The count of one location in one task.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Count {
    /// What was seen, and what moved.
    pub lines: BTreeMap<StockKey, CountLine>,
    /// Finished; later scans and movements change nothing.
    pub finished: bool,
}

/// What a count found of one stock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variance {
    /// Where.
    pub location: LocationId,
    /// What.
    pub stock: StockKey,
    /// Seen.
    pub counted: Quantity,
    /// What the books had.
    pub expected: Quantity,
    /// It moved while it was counted.
    pub moved: bool,
}

impl Variance {
    /// Counted less expected.
    #[must_use]
    pub fn difference(&self) -> Quantity {
        self.counted - self.expected
    }

    /// The movement that brings the books to what was counted; `None` when they agree. `variance` is the site's location for differences.
    #[must_use]
    pub fn movement(&self, variance: LocationId) -> Option<Movement> {
        let difference = self.difference();
        let (from, to) = match difference.raw() {
            0 => return None,
            1.. => (variance, self.location),
            _ => (self.location, variance),
        };
        Some(Movement { stock: self.stock.clone(), quantity: difference.abs(), from, to, line: None, reverses: None, serial: None })
    }
}

impl Count {
    /// Takes a scan in; see [`CountLine::see`]. After the end it is passed over, `false`.
    pub fn see(&mut self, stock: &StockKey, quantity: Quantity, on_hand: impl FnOnce() -> Quantity) -> bool {
        if !self.finished {
            self.lines.entry(stock.clone()).or_default().see(quantity, on_hand);
        }
        !self.finished
    }

    /// Stock moved to or from the location.
    pub fn moved(&mut self, stock: &StockKey) {
        if !self.finished {
            self.lines.entry(stock.clone()).or_default().moved = true;
        }
    }

    /// Ends the count. `on_hand` is all that the books have at the location now. Answers every stock that was seen or expected, differences
    /// and agreements both: a stock that agrees was counted, too.
    pub fn finish(&mut self, location: LocationId, on_hand: impl IntoIterator<Item = (StockKey, Quantity)>) -> Vec<Variance> {
        if self.finished {
            return Vec::new();
        }
        self.finished = true;
        for (stock, amount) in on_hand {
            self.lines.entry(stock).or_default().expected.get_or_insert(amount);
        }
        let found = |(stock, line): (&StockKey, &CountLine)| Variance {
            location,
            stock: stock.clone(),
            counted: line.counted,
            expected: line.expected.unwrap_or_default(),
            moved: line.moved,
        };
        self.lines.iter().map(found).filter(|v| !(v.counted.is_zero() && v.expected.is_zero())).collect()
    }
}

/// All counts of one task, kept by replaying facts in the order in which they are booked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CountBook {
    /// By location.
    pub counts: BTreeMap<LocationId, Count>,
}

impl CountBook {
    /// Takes the effects of one fact of the task in, after its movements were booked to `books`. Answers what finished counts found.
    pub fn apply(&mut self, effects: &[Effect], books: &Balances) -> Vec<Variance> {
        let mut found = Vec::new();
        for effect in effects {
            match effect {
                Effect::CountStarted { location } => {
                    self.counts.entry(*location).or_default();
                }
                Effect::Counted { location, stock, quantity, .. } => {
                    self.counts.entry(*location).or_default().see(stock, *quantity, || books.on_hand(*location, stock));
                }
                Effect::CountFinished { location } => {
                    let on_hand = books.at(*location).map(|(stock, amount)| (stock.clone(), amount));
                    found.extend(self.counts.entry(*location).or_default().finish(*location, on_hand));
                }
                _ => {}
            }
        }
        found
    }

    /// Takes note of movements of any fact, of this task or another, that touch a location under count.
    pub fn note_movements(&mut self, effects: &[Effect]) {
        for movement in movements(effects) {
            for side in movement.postings() {
                if let Some(count) = self.counts.get_mut(&side.location) {
                    count.moved(&side.stock);
                }
            }
        }
    }
}
