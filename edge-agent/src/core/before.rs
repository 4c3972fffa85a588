//! The way back from a decision whose rows cannot be made: memory must never say what the disk does not.

use qitao_domain::catalog::StockKey;
use qitao_domain::event::Fact;
use qitao_domain::ids::{LocationId, StationId};
use qitao_domain::quantity::Quantity;
use qitao_domain::work::TaskProgress;

use super::{Post, Work};

/// What a decision may change, as it was. Of the task only what its effects do not tell: a task may have thousands of lines.
pub(super) struct Before {
    station: StationId,
    /// `None` when the station begins with this decision.
    post: Option<Post>,
    /// The stations that are left for this one, and how they were.
    others: Vec<(StationId, Post)>,
    /// The task as it was, when the decision may finish something of it.
    task: Option<TaskProgress>,
}

impl Before {
    pub(super) fn of<'s>(work: &Work, station: &StationId, leaves: impl Iterator<Item = &'s StationId>, confirms: bool) -> Self {
        let post = work.stations.get(station).cloned();
        let task = post.as_ref().filter(|_| confirms).and_then(|post| post.station.task);
        let others = leaves.filter_map(|id| work.stations.get(id).map(|post| (id.clone(), post.clone()))).collect();
        Self { station: station.clone(), post, others, task: task.and_then(|task| work.floor.tasks.get(&task)).cloned() }
    }

    /// What had been seen at a location whose count the decision may have finished.
    pub(super) fn seen(&self, location: LocationId) -> &[(StockKey, Quantity)] {
        self.task.as_ref().and_then(|task| task.seen(location)).unwrap_or_default()
    }

    /// Takes the decision back that led to this fact.
    pub(super) fn restore(self, work: &mut Work, fact: &Fact) {
        work.stations.extend(self.others);
        match self.post {
            Some(post) => drop(work.stations.insert(self.station, post)),
            None => drop(work.stations.remove(&self.station)),
        }
        if let Some(progress) = fact.task.and_then(|task| work.floor.tasks.get_mut(&task)) {
            match self.task.filter(|task| task.task.id == progress.task.id) {
                Some(task) => *progress = task,
                None => progress.take_back(&fact.effects),
            }
        }
    }
}
