//! Undo: the reverse of an earlier fact, recorded as a fact of its own.
//!
//! Goods that moved, counts and shorts can be undone, exactly and once. Finishing is final, of a task as of a location's count: the hub may
//! already have acted on it (posted a difference, released a lorry), so an undo that would reach behind it answers
//! [`Verdict::NotNow`]. An undo is not undone; scan the goods again instead.

use crate::event::Effect;
use crate::ids::{ScanId, TaskId};
use crate::quantity::Quantity;
use crate::work::station::UNDO_DEPTH;
use crate::work::{Floor, Outcome, Station, Verdict};

impl Station {
    /// Takes one of this station's recent facts back; `scan` is the id under which the undo will be recorded, `target` the fact's.
    pub fn undo_scan(&mut self, floor: &mut Floor, scan: ScanId, target: ScanId) -> Outcome {
        debug_assert_ne!(scan, target, "an undo is a fact of its own");
        if self.operator.is_none() {
            return Outcome::new(Verdict::NeedOperator, Vec::new(), self.task);
        }
        if let Some(index) = self.held.iter().position(|held| held.scan == target) {
            self.held.remove(index);
            return Outcome::new(Verdict::Undone { scan: target }, Vec::new(), self.task);
        }
        let Some(index) = self.history.iter().position(|(id, _, _)| *id == target) else {
            return Outcome::new(Verdict::NothingToUndo, Vec::new(), self.task);
        };
        let (_, task, effects) = &self.history[index];
        if let Some(verdict) = refusal(floor, *task, effects) {
            return Outcome::new(verdict, Vec::new(), *task);
        }
        let (_, task, effects) = self.history.remove(index);
        let effects: Vec<Effect> = effects.iter().rev().filter_map(|effect| reversed(effect, target)).collect();
        if let Some(progress) = task.and_then(|task| floor.tasks.get_mut(&task)) {
            progress.apply(&effects);
        }
        Outcome::new(Verdict::Undone { scan: target }, effects, task)
    }

    /// Whether [`Station::undo_scan`] would take this fact back now.
    #[must_use]
    pub fn can_undo(&self, floor: &Floor, target: ScanId) -> bool {
        let held = || self.held.iter().any(|held| held.scan == target);
        let past = || self.history.iter().any(|(id, task, effects)| *id == target && refusal(floor, *task, effects).is_none());
        self.operator.is_some() && (held() || past())
    }

    /// QT-UNDO: a quantity that waits for its goods, goods that wait for their shelf, or the last fact that changed anything.
    pub(super) fn undo_last(&mut self, floor: &mut Floor, scan: ScanId) -> Outcome {
        if self.operator.is_some() && self.quantity.take().is_some() {
            return Outcome::new(Verdict::QuantitySet { quantity: Quantity::ONE }, Vec::new(), self.task);
        }
        let last = self.held.last().map(|held| held.scan).or_else(|| self.history.last().map(|(id, _, _)| *id));
        match last {
            Some(target) => self.undo_scan(floor, scan, target),
            None if self.operator.is_none() => Outcome::new(Verdict::NeedOperator, Vec::new(), self.task),
            None => Outcome::new(Verdict::NothingToUndo, Vec::new(), self.task),
        }
    }

    /// Remembers a fact that can be undone, or that closes the way back.
    pub(super) fn remember(&mut self, scan: ScanId, outcome: &Outcome) {
        let worth = |effect: &Effect| is_final(effect) || reversed(effect, scan).is_some();
        let effects: Vec<Effect> = outcome.effects.iter().filter(|effect| worth(effect)).cloned().collect();
        if effects.is_empty() {
            return;
        }
        self.history.push((scan, outcome.task, effects));
        let beyond = self.history.len().saturating_sub(UNDO_DEPTH);
        self.history.drain(..beyond);
    }
}

const fn is_final(effect: &Effect) -> bool {
    matches!(effect, Effect::CountFinished { .. } | Effect::TaskFinished { .. })
}

/// Why a fact cannot be taken back.
fn refusal(floor: &Floor, task: Option<TaskId>, effects: &[Effect]) -> Option<Verdict> {
    if effects.iter().any(is_final) {
        return Some(Verdict::NotNow);
    }
    let progress = match task {
        None => return None,
        // Closed so long ago that the floor has forgotten it.
        Some(task) => match floor.tasks.get(&task) {
            Some(progress) => progress,
            None => return Some(Verdict::NotNow),
        },
    };
    if progress.finished.is_some() {
        return Some(Verdict::TaskAlreadyFinished { task: progress.task.id });
    }
    let counted = |effect: &Effect| matches!(effect, Effect::Counted { location, .. } if progress.counted.contains(location));
    effects.iter().any(counted).then_some(Verdict::NotNow)
}

/// The reverse of an effect, or `None` for effects that are not taken back.
fn reversed(effect: &Effect, scan: ScanId) -> Option<Effect> {
    match effect.clone() {
        Effect::Moved { stock, quantity, from, to, line, reverses: None, serial } => {
            Some(Effect::Moved { stock, quantity, from: to, to: from, line, reverses: Some(scan), serial })
        }
        Effect::Counted { location, stock, quantity, reverses: None } => {
            Some(Effect::Counted { location, stock, quantity: -quantity, reverses: Some(scan) })
        }
        Effect::Short { line, quantity, reverses: None } => Some(Effect::Short { line, quantity: -quantity, reverses: Some(scan) }),
        _ => None,
    }
}
