//! Tasks from the hub, through the same lock and the same durable batches as scans.

use std::collections::BTreeMap;
use std::sync::Arc;

use qitao_domain::ids::TaskId;
use qitao_domain::protocol::TaskEntry;
use qitao_domain::work::{Floor, LineShare, TaskProgress};

use super::{Core, CoreError, Event, keep};
use crate::outbox::{Append, OutboxError, Pending, Slot};

/// Finished and withdrawn tasks that the floor remembers, for undo and for sheets scanned once more.
const REMEMBERED: usize = 200;

impl Core {
    /// Highest entry of the hub's task log that is kept here.
    #[must_use]
    pub fn tasks_through(&self) -> u64 {
        self.work().tasks_through
    }

    /// Takes entries of the hub's task log, `first`, `first + 1`, …; answers with the highest that is kept, durably. Entries that are kept
    /// already are passed over; after a gap nothing is taken, and the answer tells the hub where to go on.
    ///
    /// # Errors
    /// [`CoreError::Stopping`], or [`CoreError::Rows`] when a task is too large to be kept or the disk is nearly full.
    pub async fn take_tasks(self: &Arc<Self>, first: u64, entries: Vec<TaskEntry>) -> Result<u64, CoreError> {
        let core = self.clone();
        tokio::spawn(async move {
            let slot = core.outbox.reserve().await?;
            let (through, rows) = core.apply_tasks(first, entries, slot)?;
            if let Some(pending) = rows {
                pending.durable().await?;
                let _ = core.events.send(Event::Tasks);
            }
            Ok(through)
        })
        .await
        .map_err(|_| self.broken())?
    }

    /// Takes what other edges have done of a task; kept with its lines, so that it is known after a restart with the hub away.
    ///
    /// # Errors
    /// As [`Core::take_tasks`].
    pub async fn take_progress(self: &Arc<Self>, task: TaskId, others: Vec<LineShare>) -> Result<(), CoreError> {
        let core = self.clone();
        tokio::spawn(async move {
            let slot = core.outbox.reserve().await?;
            if let Some(pending) = core.apply_progress(task, others, slot)? {
                pending.durable().await?;
                let _ = core.events.send(Event::Tasks);
            }
            Ok(())
        })
        .await
        .map_err(|_| self.broken())?
    }

    fn apply_progress(&self, task: TaskId, others: Vec<LineShare>, slot: Slot) -> Result<Option<Pending>, CoreError> {
        let mut work = self.floor()?;
        let before = work.floor.tasks.get(&task).map(|progress| progress.others.clone());
        let changed = work.floor.share(task, others);
        let Some(progress) = work.floor.tasks.get_mut(&task).filter(|_| !changed.is_empty()) else { return Ok(None) };
        let mut rows = Append::new();
        if let Err(error) = keep::put_lines(&mut rows, progress, &changed) {
            progress.others = before.unwrap_or_default();
            return Err(error.into());
        }
        Ok(Some(slot.send(rows)))
    }

    fn apply_tasks(&self, first: u64, entries: Vec<TaskEntry>, slot: Slot) -> Result<(u64, Option<Pending>), CoreError> {
        let mut work = self.floor()?;
        let through = work.tasks_through;
        let last = first.saturating_add(entries.len() as u64).saturating_sub(1);
        if first > through + 1 || last <= through {
            return Ok((through, None));
        }
        let new = usize::try_from(through + 1 - first).unwrap_or(usize::MAX);
        let mut rows = Append::new();
        keep::put_through(&mut rows, last)?;
        let floor = &mut work.floor;
        let mut before = BTreeMap::new();
        if let Err(error) = apply_entries(floor, &mut rows, entries.into_iter().skip(new), &mut before) {
            // Memory must not say what the disk does not.
            for (task, was) in before {
                match was {
                    Some(progress) => drop(floor.tasks.insert(task, progress)),
                    None => drop(floor.tasks.remove(&task)),
                }
            }
            return Err(error.into());
        }
        if floor.tasks.values().filter(|progress| !progress.is_open()).count() > REMEMBERED {
            let before = floor.tasks.clone();
            floor.trim(REMEMBERED);
            for progress in before.iter().filter(|(id, _)| !floor.tasks.contains_key(id)).map(|(_, progress)| progress) {
                keep::delete_task(&mut rows, progress);
            }
        }
        work.tasks_through = last;
        Ok((last, Some(slot.send(rows))))
    }
}

/// Takes entries to the floor and makes their rows; `before` gets what the floor had instead.
fn apply_entries(
    floor: &mut Floor,
    rows: &mut Append,
    entries: impl Iterator<Item = TaskEntry>,
    before: &mut BTreeMap<TaskId, Option<TaskProgress>>,
) -> Result<(), OutboxError> {
    for entry in entries {
        match entry {
            TaskEntry::Released { task, own, others } => {
                let id = task.id;
                before.entry(id).or_insert_with(|| floor.tasks.get(&id).cloned());
                let lines_before = floor.tasks.get(&id).map_or(0, |progress| progress.task.lines.len());
                tracing::info!(number = %task.number, kind = ?task.kind, lines = task.lines.len(), "task released by the hub");
                let changed = floor.release_begun(task, &own, others);
                if let Some(progress) = floor.tasks.get(&id) {
                    keep::put_task(rows, progress, lines_before)?;
                    keep::put_lines(rows, progress, &changed)?;
                }
            }
            // Stands for an entry that the hub no longer keeps.
            TaskEntry::Withdrawn { task: TaskId(0) } => {}
            TaskEntry::Withdrawn { task } => {
                tracing::info!(task = task.0, "task withdrawn by the hub");
                before.entry(task).or_insert_with(|| floor.tasks.get(&task).cloned());
                floor.withdraw(task);
                if let Some(progress) = floor.tasks.get(&task) {
                    keep::put_head(rows, progress)?;
                }
            }
        }
    }
    Ok(())
}
