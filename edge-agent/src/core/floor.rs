//! Tasks from the hub, through the same lock and the same durable batches as scans.

use std::sync::Arc;

use qitao_domain::ids::TaskId;
use qitao_domain::protocol::TaskEntry;
use qitao_domain::work::LineShare;

use super::{Core, CoreError, Event, keep};
use crate::outbox::Append;

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
        .map_err(|_| CoreError::Stopping)?
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
        .map_err(|_| CoreError::Stopping)?
    }

    fn apply_progress(
        &self,
        task: TaskId,
        others: Vec<LineShare>,
        slot: crate::outbox::Slot,
    ) -> Result<Option<crate::outbox::Pending>, CoreError> {
        let mut work = self.work.lock().map_err(|_| CoreError::Stopping)?;
        let changed = work.floor.share(task, others);
        let Some(progress) = work.floor.tasks.get(&task).filter(|_| !changed.is_empty()) else { return Ok(None) };
        let mut rows = Append::new();
        keep::put_lines(&mut rows, progress, &changed)?;
        Ok(Some(slot.send(rows)))
    }

    fn apply_tasks(
        &self,
        first: u64,
        entries: Vec<TaskEntry>,
        slot: crate::outbox::Slot,
    ) -> Result<(u64, Option<crate::outbox::Pending>), CoreError> {
        let mut work = self.work.lock().map_err(|_| CoreError::Stopping)?;
        let through = work.tasks_through;
        let last = first.saturating_add(entries.len() as u64).saturating_sub(1);
        if first > through + 1 || last <= through {
            return Ok((through, None));
        }
        let new = usize::try_from(through + 1 - first).unwrap_or(usize::MAX);
        let mut rows = Append::new();
        let floor = &mut work.floor;
        for entry in entries.into_iter().skip(new) {
            match entry {
                TaskEntry::Released { task, own, others } => {
                    let id = task.id;
                    let lines_before = floor.tasks.get(&id).map_or(0, |progress| progress.task.lines.len());
                    tracing::info!(number = %task.number, kind = ?task.kind, lines = task.lines.len(), "task released by the hub");
                    let changed = floor.release_begun(task, &own, others);
                    if let Some(progress) = floor.tasks.get(&id) {
                        keep::put_task(&mut rows, progress, lines_before)?;
                        keep::put_lines(&mut rows, progress, &changed)?;
                    }
                }
                // Stands for an entry that the hub no longer keeps.
                TaskEntry::Withdrawn { task: TaskId(0) } => {}
                TaskEntry::Withdrawn { task } => {
                    tracing::info!(task = task.0, "task withdrawn by the hub");
                    floor.withdraw(task);
                    if let Some(progress) = floor.tasks.get(&task) {
                        keep::put_head(&mut rows, progress)?;
                    }
                }
            }
        }
        if floor.tasks.values().filter(|progress| !progress.is_open()).count() > REMEMBERED {
            let before = floor.tasks.clone();
            floor.trim(REMEMBERED);
            for progress in before.iter().filter(|(id, _)| !floor.tasks.contains_key(id)).map(|(_, progress)| progress) {
                keep::delete_task(&mut rows, progress);
            }
        }
        work.tasks_through = last;
        keep::put_through(&mut rows, last)?;
        Ok((last, Some(slot.send(rows))))
    }
}
