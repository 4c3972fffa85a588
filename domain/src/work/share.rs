//! Who has done how much of a task, when several edges of a site work on it.
//!
//! Each edge knows its own part exactly, from its own facts, whether the hub has heard of them or not. The hub tells it the part of the
//! others, as a state and never as a change: hearing it twice, late, or not at all does no harm, the next one is right again. So nothing is
//! counted twice, and an edge that was away only lacks what the others did meanwhile. What was taken too much because of that is in the books
//! as it happened, and becomes a case at the hub.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::event::Effect;
use crate::ids::{EdgeId, LineId};
use crate::quantity::Quantity;

/// What somebody has done of a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineShare {
    /// Which line.
    pub line: LineId,
    /// Done.
    #[serde(default, skip_serializing_if = "nothing")]
    pub done: Quantity,
    /// Declared missing.
    #[serde(default, skip_serializing_if = "nothing")]
    pub short: Quantity,
    /// How much of which dye lot, sorted; only stock that is kept by lot.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lots: Vec<(String, Quantity)>,
}

fn nothing(quantity: &Quantity) -> bool {
    quantity.is_zero()
}

impl LineShare {
    const fn new(line: LineId) -> Self {
        Self { line, done: Quantity::ZERO, short: Quantity::ZERO, lots: Vec::new() }
    }

    fn add_done(&mut self, lot: &str, change: Quantity) {
        self.done += change;
        if lot.is_empty() {
            return;
        }
        match self.lots.binary_search_by(|(name, _)| name.as_str().cmp(lot)) {
            Ok(index) => {
                self.lots[index].1 += change;
                if self.lots[index].1.is_zero() {
                    self.lots.remove(index);
                }
            }
            Err(index) => self.lots.insert(index, (lot.to_owned(), change)),
        }
    }

    fn add(&mut self, other: &Self) {
        self.short += other.short;
        let mut rest = other.done;
        for (lot, quantity) in &other.lots {
            self.add_done(lot, *quantity);
            rest -= *quantity;
        }
        self.add_done("", rest);
    }

    /// Whether it says anything at all.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        self.done.is_zero() && self.short.is_zero() && self.lots.is_empty()
    }
}

/// The parts of all edges in one task, as the hub has booked them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shares(BTreeMap<EdgeId, BTreeMap<LineId, LineShare>>);

impl Shares {
    fn line(&mut self, edge: &EdgeId, line: LineId) -> &mut LineShare {
        self.0.entry(edge.clone()).or_default().entry(line).or_insert_with(|| LineShare::new(line))
    }

    /// An edge has done so much more of a line; less when it is negative.
    pub fn add_done(&mut self, edge: &EdgeId, line: LineId, lot: &str, change: Quantity) {
        self.line(edge, line).add_done(lot, change);
    }

    /// An edge has declared so much more missing of a line.
    pub fn add_short(&mut self, edge: &EdgeId, line: LineId, change: Quantity) {
        self.line(edge, line).short += change;
    }

    /// Takes the effects of one fact of an edge in.
    pub fn apply(&mut self, edge: &EdgeId, effects: &[Effect]) {
        for effect in effects {
            match effect {
                Effect::Moved { stock, quantity, line: Some(line), reverses, .. } => {
                    let change = if reverses.is_some() { -*quantity } else { *quantity };
                    self.add_done(edge, *line, &stock.lot, change);
                }
                Effect::Short { line, quantity, .. } => self.add_short(edge, *line, *quantity),
                _ => {}
            }
        }
    }

    /// What the hub has of an edge itself: where it starts from when it has forgotten.
    #[must_use]
    pub fn own(&self, edge: &EdgeId) -> Vec<LineShare> {
        let lines = self.0.get(edge).into_iter().flat_map(BTreeMap::values);
        lines.filter(|share| !share.is_nothing()).cloned().collect()
    }

    /// What all others have done together.
    #[must_use]
    pub fn others(&self, edge: &EdgeId) -> Vec<LineShare> {
        let mut sums: BTreeMap<LineId, LineShare> = BTreeMap::new();
        for share in self.0.iter().filter(|(of, _)| *of != edge).flat_map(|(_, lines)| lines.values()) {
            sums.entry(share.line).or_insert_with(|| LineShare::new(share.line)).add(share);
        }
        sums.into_values().filter(|share| !share.is_nothing()).collect()
    }
}
