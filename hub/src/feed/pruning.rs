//! Task logs do not grow for ever: what an edge has on disk, of a task that ended a while ago, is let go.
//!
//! Numbers are never used twice: the newest entry of every edge stays, and what is gone is sent as an entry that says nothing to an edge whose
//! disk was lost ([`super::push`]). What an edge has not confirmed stays, however long it is away.

use sea_orm::DbErr;

use crate::edges::Fleet;
use crate::platform::sql::Sql;

/// So long after its end a task's entries are kept: an edge whose disk goes back by some days still hears that it ended.
const GRACE_MS: i64 = 14 * 24 * 3_600_000;

/// Lets go what nobody needs; how many entries.
///
/// # Errors
/// What the database said.
pub async fn prune(fleet: &Fleet, now_ms: i64) -> Result<u64, DbErr> {
    let gone = "FROM task_log WHERE number <= (SELECT e.tasks_acked FROM edge e WHERE e.id = task_log.edge_id) \
                AND number < (SELECT MAX(l.number) FROM task_log l WHERE l.edge_id = task_log.edge_id) \
                AND (task_id = 0 OR task_id IN (SELECT t.id FROM task t WHERE t.state IN ('finished', 'withdrawn') AND t.finished_ms < ";
    let gone = Sql::new(gone).bind(now_ms - GRACE_MS).text("))");
    // Most hours there is nothing to do, and then nobody shall wait for it.
    if Sql::new("SELECT COUNT(*) ").append(&gone).number(fleet.db.read()).await? == 0 {
        return Ok(0);
    }
    let tx = fleet.db.begin().await?;
    let pruned = Sql::new("DELETE ").append(&gone).run(&tx).await?;
    tx.commit().await?;
    tracing::info!(entries = pruned, "entries of tasks that ended long ago were let go from the task logs of edges");
    Ok(pruned)
}
