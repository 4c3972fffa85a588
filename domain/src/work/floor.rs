//! The tasks at one edge, shared by all its stations: two people may work on one task.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::event::Fact;
use crate::ids::{LineId, TaskId};
use crate::work::{LineShare, Task, TaskProgress};

/// The tasks open at this edge, shared by all its stations (two people may work on one task).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Floor {
    /// Open and just finished tasks by id.
    pub tasks: BTreeMap<TaskId, TaskProgress>,
}

impl Floor {
    /// Takes a task from the hub. A later release of the same task replaces what is asked; what was done stays done.
    pub fn release(&mut self, task: Task) {
        match self.tasks.get_mut(&task.id) {
            Some(progress) => {
                progress.task = task;
                progress.withdrawn = false;
            }
            None => {
                self.tasks.insert(task.id, TaskProgress::new(task));
            }
        }
    }

    /// As [`Floor::release`], with what the hub has of it already: `own` of this edge, which counts when the task is new here because this
    /// edge has forgotten it, and `others` of the site's other edges. The lines of which these said something new.
    pub fn release_begun(&mut self, task: Task, own: &[LineShare], others: Vec<LineShare>) -> BTreeSet<LineId> {
        let (id, known) = (task.id, self.tasks.contains_key(&task.id));
        self.release(task);
        let mut changed = self.share(id, others);
        if let Some(progress) = self.tasks.get_mut(&id).filter(|_| !known) {
            progress.begin_at(own);
            changed.extend(own.iter().map(|share| share.line));
        }
        changed
    }

    /// Takes what other edges have done of a task. The lines of which that is something else than before.
    pub fn share(&mut self, task: TaskId, others: Vec<LineShare>) -> BTreeSet<LineId> {
        self.tasks.get_mut(&task).map_or_else(BTreeSet::new, |progress| progress.hear_of_others(others))
    }

    /// The hub no longer wants this task done here. Its progress stays, for undo and in case it is released again.
    pub fn withdraw(&mut self, task: TaskId) {
        if let Some(progress) = self.tasks.get_mut(&task) {
            progress.withdrawn = true;
        }
    }

    /// Replays a recorded fact, as after a restart. Facts of tasks that are not here change nothing.
    pub fn apply_fact(&mut self, fact: &Fact) {
        if let Some(progress) = fact.task.and_then(|task| self.tasks.get_mut(&task)) {
            progress.apply(&fact.effects);
        }
    }

    /// Tasks that can be worked on now.
    pub fn open(&self) -> impl Iterator<Item = &TaskProgress> {
        self.tasks.values().filter(|progress| progress.is_open())
    }

    /// A task by the number on its sheet, without regard to case; an open one first when a number was used twice.
    #[must_use]
    pub fn by_number(&self, number: &str) -> Option<&TaskProgress> {
        let number = number.trim();
        let mut found = self.tasks.values().filter(|progress| progress.task.number.eq_ignore_ascii_case(number));
        let first = found.clone().next();
        found.find(|progress| progress.is_open()).or(first)
    }

    /// Forgets finished and withdrawn tasks but the newest `keep`, so that a floor does not grow for ever.
    pub fn trim(&mut self, keep: usize) {
        let closed: Vec<TaskId> = self.tasks.values().filter(|progress| !progress.is_open()).map(|progress| progress.task.id).collect();
        for task in &closed[..closed.len().saturating_sub(keep)] {
            self.tasks.remove(task);
        }
    }
}
