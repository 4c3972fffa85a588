//! How far a task has come. It follows from the recorded effects alone: [`TaskProgress::apply`] is the only way it changes, at the shelf,
//! after a restart and at the hub. What other edges of the site have done comes beside it from the hub ([`crate::work::share`]).

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::catalog::StockKey;
use crate::event::Effect;
use crate::ids::{ItemId, LineId, LocationId};
use crate::quantity::Quantity;
use crate::work::{LineShare, Task, TaskKind, TaskLine};

/// How far a task has come. Follows from the facts alone; kept so that it need not be replayed at every scan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskProgress {
    /// The task.
    pub task: Task,
    /// Done here so far by line; lines without anything done are left out.
    pub done: BTreeMap<LineId, Quantity>,
    /// Declared missing here so far by line; lines without shorts are left out.
    pub short: BTreeMap<LineId, Quantity>,
    /// How much of which dye lot was done here by line, sorted; only stock that is kept by lot.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lots: Vec<(LineId, String, Quantity)>,
    /// What other edges have done, as the hub last said, sorted by line; lines of which they did nothing are left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<LineShare>,
    /// Locations whose count is under way: what was seen there, both sorted. JSON keys must be text, hence pairs.
    pub counting: Vec<(LocationId, Vec<(StockKey, Quantity)>)>,
    /// Locations whose count is finished, in the order they were.
    pub counted: Vec<LocationId>,
    /// Begun by somebody.
    pub started: bool,
    /// Finished: `Some(complete)`.
    pub finished: Option<bool>,
    /// The hub took the task back; facts recorded for it still count.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub withdrawn: bool,
}

impl TaskProgress {
    /// A task that nobody has begun.
    #[must_use]
    pub const fn new(task: Task) -> Self {
        Self {
            task,
            done: BTreeMap::new(),
            short: BTreeMap::new(),
            lots: Vec::new(),
            others: Vec::new(),
            counting: Vec::new(),
            counted: Vec::new(),
            started: false,
            finished: None,
            withdrawn: false,
        }
    }

    /// Takes the effects of one fact of this task in. Effects that say nothing of a task are passed over.
    pub fn apply(&mut self, effects: &[Effect]) {
        for effect in effects {
            match effect {
                Effect::Moved { stock, quantity, line: Some(line), reverses, .. } => {
                    let change = if reverses.is_some() { -*quantity } else { *quantity };
                    add(&mut self.done, *line, change);
                    if !stock.lot.is_empty() {
                        self.add_lot(*line, &stock.lot, change);
                    }
                }
                Effect::Short { line, quantity, .. } => add(&mut self.short, *line, *quantity),
                Effect::CountStarted { location } => {
                    self.seen_at(*location);
                }
                Effect::Counted { location, stock, quantity, .. } => {
                    if let Some(seen) = self.seen_at(*location) {
                        add_seen(seen, stock, *quantity);
                    }
                }
                Effect::CountFinished { location } => {
                    self.counting.retain(|(place, _)| place != location);
                    if !self.counted.contains(location) {
                        self.counted.push(*location);
                    }
                }
                Effect::TaskStarted => self.started = true,
                Effect::TaskFinished { complete } => self.finished = Some(*complete),
                Effect::Moved { line: None, .. }
                | Effect::LoggedIn { .. }
                | Effect::LoggedOut
                | Effect::UnknownBarcode { .. }
                | Effect::Printed { .. } => {}
            }
        }
    }

    /// Takes back what [`TaskProgress::apply`] has just done with the effects of one decision, as if it had not been. What a finished count of a
    /// location threw away does not come back: who may have to take that back keeps a copy.
    pub fn take_back(&mut self, effects: &[Effect]) {
        for effect in effects.iter().rev() {
            match effect {
                Effect::Moved { stock, quantity, line: Some(line), reverses, .. } => {
                    let change = if reverses.is_some() { *quantity } else { -*quantity };
                    add(&mut self.done, *line, change);
                    if !stock.lot.is_empty() {
                        self.add_lot(*line, &stock.lot, change);
                    }
                }
                Effect::Short { line, quantity, .. } => add(&mut self.short, *line, -*quantity),
                Effect::CountStarted { location } => self.counting.retain(|(place, _)| place != location),
                Effect::Counted { location, stock, quantity, .. } => {
                    if let Some(seen) = self.seen_at(*location) {
                        add_seen(seen, stock, -*quantity);
                    }
                }
                Effect::CountFinished { location } => self.counted.retain(|place| place != location),
                Effect::TaskStarted => self.started = false,
                Effect::TaskFinished { .. } => self.finished = None,
                Effect::Moved { line: None, .. }
                | Effect::LoggedIn { .. }
                | Effect::LoggedOut
                | Effect::UnknownBarcode { .. }
                | Effect::Printed { .. } => {}
            }
        }
    }

    /// What was seen at a location so far; begins its count. `None` when that count is finished.
    fn seen_at(&mut self, location: LocationId) -> Option<&mut Vec<(StockKey, Quantity)>> {
        if self.counted.contains(&location) {
            return None;
        }
        let index = match self.counting.binary_search_by_key(&location, |(place, _)| *place) {
            Ok(index) => index,
            Err(index) => {
                self.counting.insert(index, (location, Vec::new()));
                index
            }
        };
        Some(&mut self.counting[index].1)
    }

    fn add_lot(&mut self, line: LineId, lot: &str, change: Quantity) {
        match self.lots.binary_search_by(|(l, name, _)| (l, name.as_str()).cmp(&(&line, lot))) {
            Ok(index) => {
                self.lots[index].2 += change;
                if self.lots[index].2.is_zero() {
                    self.lots.remove(index);
                }
            }
            Err(index) => self.lots.insert(index, (line, lot.to_owned(), change)),
        }
    }

    /// Whether it can be worked on: neither finished nor withdrawn.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.finished.is_none() && !self.withdrawn
    }

    /// Begins where the hub says that this edge was: for an edge that has forgotten.
    pub fn begin_at(&mut self, own: &[LineShare]) {
        for share in own {
            add(&mut self.done, share.line, share.done);
            add(&mut self.short, share.line, share.short);
            for (lot, quantity) in &share.lots {
                self.add_lot(share.line, lot, *quantity);
            }
        }
        self.started |= !own.is_empty();
    }

    /// Takes what other edges have done, all of it. The lines of which that is something else than before.
    pub fn hear_of_others(&mut self, mut others: Vec<LineShare>) -> BTreeSet<LineId> {
        others.retain(|share| !share.is_nothing());
        others.sort_by_key(|share| share.line);
        others.dedup_by_key(|share| share.line);
        let differs = |share: &&LineShare, than: &[LineShare]| !than.contains(share);
        let new = others.iter().filter(|share| differs(share, &self.others));
        let old = self.others.iter().filter(|share| differs(share, &others));
        let changed = new.chain(old).map(|share| share.line).collect();
        self.others = others;
        changed
    }

    /// What other edges have done of a line.
    #[must_use]
    pub fn of_others(&self, line: LineId) -> Option<&LineShare> {
        self.others.binary_search_by_key(&line, |share| share.line).ok().map(|index| &self.others[index])
    }

    /// Done of a line, here and elsewhere.
    #[must_use]
    pub fn line_done(&self, line: LineId) -> Quantity {
        self.done.get(&line).copied().unwrap_or_default() + self.of_others(line).map_or(Quantity::ZERO, |share| share.done)
    }

    /// Declared missing of a line, here and elsewhere.
    #[must_use]
    pub fn line_short(&self, line: LineId) -> Quantity {
        self.short.get(&line).copied().unwrap_or_default() + self.of_others(line).map_or(Quantity::ZERO, |share| share.short)
    }

    /// Neither done nor declared missing of a line; never negative.
    #[must_use]
    pub fn line_left(&self, line: &TaskLine) -> Quantity {
        (line.quantity - self.line_done(line.id) - self.line_short(line.id)).max(Quantity::ZERO)
    }

    /// All that is asked for. A count asks for locations.
    #[must_use]
    pub fn asked(&self) -> Quantity {
        match self.task.kind {
            TaskKind::Count => Quantity::units(i64::try_from(self.places().len()).unwrap_or(i64::MAX)),
            TaskKind::PutAway | TaskKind::Pick => self.task.lines.iter().map(|line| line.quantity).sum(),
        }
    }

    /// All that is done; in a count, the locations whose count is finished.
    #[must_use]
    pub fn done_total(&self) -> Quantity {
        match self.task.kind {
            TaskKind::Count => {
                let counted = self.counted_places();
                let done = self.places().iter().filter(|place| counted.contains(place)).count();
                Quantity::units(i64::try_from(done).unwrap_or(i64::MAX))
            }
            TaskKind::PutAway | TaskKind::Pick => self.task.lines.iter().map(|line| self.line_done(line.id)).sum(),
        }
    }

    /// All that was declared missing.
    #[must_use]
    pub fn short_total(&self) -> Quantity {
        self.task.lines.iter().map(|line| self.line_short(line.id)).sum()
    }

    /// All that is neither done nor declared missing.
    #[must_use]
    pub fn left_total(&self) -> Quantity {
        match self.task.kind {
            TaskKind::Count => self.asked() - self.done_total(),
            TaskKind::PutAway | TaskKind::Pick => self.task.lines.iter().map(|line| self.line_left(line)).sum(),
        }
    }

    /// What is neither done nor declared missing, by stock in the order of the lines. This keeps a task from being finished.
    #[must_use]
    pub fn open_stock(&self) -> Vec<(StockKey, Quantity)> {
        self.by_stock(|line| self.line_left(line))
    }

    /// What is not done, declared missing or not, by stock in the order of the lines. This keeps a task from being complete.
    #[must_use]
    pub fn missing(&self) -> Vec<(StockKey, Quantity)> {
        self.by_stock(|line| (line.quantity - self.line_done(line.id)).max(Quantity::ZERO))
    }

    fn by_stock(&self, amount: impl Fn(&TaskLine) -> Quantity) -> Vec<(StockKey, Quantity)> {
        let mut place: BTreeMap<&StockKey, usize> = BTreeMap::new();
        let mut list: Vec<(StockKey, Quantity)> = Vec::new();
        for line in &self.task.lines {
            let (Some(stock), amount) = (&line.stock, amount(line)) else { continue };
            if amount.is_positive() {
                let index = *place.entry(stock).or_insert(list.len());
                if index == list.len() {
                    list.push((stock.clone(), Quantity::ZERO));
                }
                list[index].1 += amount;
            }
        }
        list
    }

    /// Whether nothing is missing: every line done, every set complete, every location counted.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        match self.task.kind {
            TaskKind::Count => self.next_place(0).is_none(),
            TaskKind::PutAway | TaskKind::Pick => self.missing().is_empty(),
        }
    }

    /// Whether every line of a set is done.
    #[must_use]
    pub fn is_set_complete(&self, set: u32) -> bool {
        self.task.lines.iter().filter(|line| line.set == set && line.stock.is_some()).all(|line| self.line_done(line.id) >= line.quantity)
    }

    /// Whether a line of the task asks for any carton of this item.
    #[must_use]
    pub fn asks_for(&self, item: ItemId) -> bool {
        self.stock_lines().any(|(_, stock)| stock.item == item)
    }

    /// Lines that ask for stock.
    pub(super) fn stock_lines(&self) -> impl Iterator<Item = (&TaskLine, &StockKey)> {
        self.task.lines.iter().filter_map(|line| line.stock.as_ref().map(|stock| (line, stock)))
    }

    /// Lines with something left, beginning at line number `from` and going round once.
    pub(super) fn open_lines_from(&self, from: usize) -> impl Iterator<Item = (usize, &TaskLine)> {
        let count = self.task.lines.len();
        (0..count)
            .map(move |step| (from % count.max(1) + step) % count)
            .map(|index| (index, &self.task.lines[index]))
            .filter(|(_, line)| line.stock.is_some() && self.line_left(line).is_positive())
    }

    /// The different locations that a count asks for, in order.
    fn places(&self) -> BTreeSet<LocationId> {
        self.task.lines.iter().filter_map(|line| line.location).collect()
    }

    /// The next location still to count, beginning at line number `from` and going round once.
    pub(super) fn next_place(&self, from: usize) -> Option<(usize, LocationId)> {
        let (count, counted) = (self.task.lines.len(), self.counted_places());
        (0..count)
            .map(|step| (from % count.max(1) + step) % count)
            .filter_map(|index| self.task.lines[index].location.map(|place| (index, place)))
            .find(|(_, place)| !counted.contains(place))
    }

    fn counted_places(&self) -> BTreeSet<LocationId> {
        self.counted.iter().copied().collect()
    }

    /// What was seen so far at a location whose count is under way.
    #[must_use]
    pub fn seen(&self, location: LocationId) -> Option<&[(StockKey, Quantity)]> {
        self.counting.iter().find(|(place, _)| *place == location).map(|(_, seen)| seen.as_slice())
    }

    /// The dye lot that the next stock of a line must have: the line's own, or the one with which its set was begun. A set may span several
    /// items (a sofa and its armchairs), and all of them must match; where a set needs different lots, its lines name them.
    #[must_use]
    pub fn lot_of<'a>(&'a self, line: &'a TaskLine) -> Option<&'a str> {
        let own = |line: &TaskLine| line.stock.as_ref().is_some_and(|stock| !stock.lot.is_empty());
        if own(line) {
            return line.stock.as_ref().map(|stock| stock.lot.as_str());
        }
        let together = |other: &&TaskLine| other.id == line.id || (line.set != 0 && other.set == line.set && !own(other));
        self.task.lines.iter().filter(together).find_map(|other| self.begun_lot(other.id))
    }

    /// The dye lot of which something is done on a line, here or else elsewhere.
    fn begun_lot(&self, line: LineId) -> Option<&str> {
        let first = self.lots.partition_point(|(id, _, _)| *id < line);
        let of_line = self.lots[first..].iter().take_while(|(id, _, _)| *id == line);
        let here = of_line.filter(|(_, _, quantity)| quantity.is_positive()).map(|(_, lot, _)| lot.as_str()).next();
        let lots_of_others = || self.of_others(line).into_iter().flat_map(|share| &share.lots);
        here.or_else(|| lots_of_others().find(|(_, quantity)| quantity.is_positive()).map(|(lot, _)| lot.as_str()))
    }
}

fn add(amounts: &mut BTreeMap<LineId, Quantity>, line: LineId, change: Quantity) {
    let amount = amounts.entry(line).or_default();
    *amount += change;
    if amount.is_zero() {
        amounts.remove(&line);
    }
}

fn add_seen(seen: &mut Vec<(StockKey, Quantity)>, stock: &StockKey, change: Quantity) {
    match seen.binary_search_by(|(key, _)| key.cmp(stock)) {
        Ok(index) => {
            seen[index].1 += change;
            if seen[index].1.is_zero() {
                seen.remove(index);
            }
        }
        Err(index) if !change.is_zero() => seen.insert(index, (stock.clone(), change)),
        Err(_) => {}
    }
}
