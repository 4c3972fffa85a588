//! What others may know of the floor: plain values, made while the floor is locked.

use qitao_domain::catalog::Directory;
use qitao_domain::ids::{ScanId, StationId, TaskId};
use qitao_domain::quantity::Quantity;
use qitao_domain::work::{Floor, TaskKind, TaskProgress};
use serde::Serialize;

use super::{Post, StationNow};

/// A task and how far it has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TaskSummary {
    /// Number given by the hub.
    pub id: TaskId,
    /// Number people use.
    pub number: String,
    /// What kind.
    pub kind: TaskKind,
    /// What it is for.
    pub reference: String,
    /// How many lines.
    pub lines: usize,
    /// All that is asked for; in a count, locations.
    pub asked: Quantity,
    /// All that is done.
    pub done: Quantity,
    /// All that was declared missing.
    pub short: Quantity,
    /// Begun by somebody.
    pub started: bool,
    /// Finished: whether complete.
    pub finished: Option<bool>,
    /// Taken back by the hub.
    pub withdrawn: bool,
}

impl TaskSummary {
    pub(super) fn of(progress: &TaskProgress) -> Self {
        Self {
            id: progress.task.id,
            number: progress.task.number.clone(),
            kind: progress.task.kind,
            reference: progress.task.reference.clone(),
            lines: progress.task.lines.len(),
            asked: progress.asked(),
            done: progress.done_total(),
            short: progress.short_total(),
            started: progress.started,
            finished: progress.finished,
            withdrawn: progress.withdrawn,
        }
    }
}

pub(super) fn station_now(id: &StationId, post: &Post, floor: &Floor, directory: &impl Directory) -> StationNow {
    let station = &post.station;
    let candidates = station.history.iter().map(|(scan, _, _)| *scan).chain(station.held.iter().map(|held| held.scan));
    let undoable: Vec<ScanId> = candidates.filter(|scan| station.can_undo(floor, *scan)).collect();
    StationNow {
        id: id.clone(),
        operator: station.operator,
        task: station.task.and_then(|task| floor.tasks.get(&task)).map(TaskSummary::of),
        location: station.location,
        quantity: station.quantity,
        held: station.held.clone(),
        prompt: station.prompt(floor, directory),
        undoable,
        counts: post.counts,
    }
}
