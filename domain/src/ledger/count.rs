//! What a stocktake found against the books (盘差).
//!
//! Stock moves while people count. The expected quantity of a stock is therefore what the books had at the location when its first scan of
//! this count was applied; for stock that was never scanned there, when the count was finished. The difference is posted as a change
//! (counted − expected), not as a new level, so what moved before or after stays right. Stock of the location that moved between start and
//! finish is flagged, because then a person should look at the difference with that in mind.
//!
//! A count may begin again. Started anew after its end, it forgets what was seen; scanned on after its end (a second edge was still at it),
//! it goes on where it was; once a person has decided about the difference, it is history, and whatever comes makes a new count.

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
    /// What the books had when it was first scanned, or when the count ended without a scan of it; `None` before.
    pub expected: Option<Quantity>,
    /// Stock moved to or from here while the count was under way.
    pub moved: bool,
}

/// How far a count is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Stage {
    /// Under way.
    #[default]
    Open,
    /// Ended; a difference waits for a person.
    Finished,
    /// A person has decided about the difference.
    Decided,
}

/// The count of one location in one task.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Count {
    /// How far it is.
    pub stage: Stage,
    /// What was seen, and what moved.
    pub lines: BTreeMap<StockKey, CountLine>,
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
    /// Somebody begins to count. A count that had ended begins from nothing.
    pub fn start(&mut self) {
        if self.stage != Stage::Open {
            *self = Self::default();
        }
    }

    /// Whatever is seen belongs to a count that is open: this one, taken up again, or a new one when this one is history.
    fn go_on(&mut self) {
        if self.stage == Stage::Decided {
            *self = Self::default();
        }
        self.stage = Stage::Open;
    }

    /// Takes a scan in; negative when an undo takes one back. `on_hand` is what the books have now, asked for only at the first scan.
    pub fn see(&mut self, stock: &StockKey, quantity: Quantity, on_hand: impl FnOnce() -> Quantity) {
        self.go_on();
        let line = self.lines.entry(stock.clone()).or_default();
        line.counted += quantity;
        if line.expected.is_none() {
            line.expected = Some(on_hand());
        }
    }

    /// Stock moved to or from the location. `true` when that concerns the count: it is under way.
    pub fn moved(&mut self, stock: &StockKey) -> bool {
        if self.stage == Stage::Open {
            self.lines.entry(stock.clone()).or_default().moved = true;
        }
        self.stage == Stage::Open
    }

    /// Ends the count. `on_hand` is all that the books have at the location now: what was not seen counts as nothing. An end that comes after the
    /// decision, of a second edge that was still at it, ends nothing: nothing was seen since, and that does not mean that nothing is there.
    pub fn finish(&mut self, on_hand: impl IntoIterator<Item = (StockKey, Quantity)>) {
        if self.stage == Stage::Decided {
            return;
        }
        self.stage = Stage::Finished;
        for (stock, amount) in on_hand {
            self.lines.entry(stock).or_default().expected.get_or_insert(amount);
        }
    }

    /// Every stock that was seen or expected, differences and agreements both: a stock that agrees was counted, too. Nothing before the end, nor
    /// once it is decided.
    #[must_use]
    pub fn found(&self, location: LocationId) -> Vec<Variance> {
        if self.stage != Stage::Finished {
            return Vec::new();
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

    /// A person has decided about what was found.
    pub const fn decide(&mut self) {
        self.stage = Stage::Decided;
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
                Effect::CountStarted { location } => self.counts.entry(*location).or_default().start(),
                Effect::Counted { location, stock, quantity, .. } => {
                    self.counts.entry(*location).or_default().see(stock, *quantity, || books.on_hand(*location, stock));
                }
                Effect::CountFinished { location } => {
                    let count = self.counts.entry(*location).or_default();
                    count.finish(books.at(*location).map(|(stock, amount)| (stock.clone(), amount)));
                    found.extend(count.found(*location));
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
