//! What runs again and again: a cron pattern in the time zone of a site or of the chain puts jobs.
//!
//! Rules: each planned time makes one job, also when the hub restarts, several hubs run, or the clocks are changed (see
//! [`rules::Plan`]); the job and the next planned time are written in one transaction. Times that nobody kept because no hub ran are made
//! up for with one late run, or skipped, as the schedule says.

pub mod api;
pub mod rules;
mod store;

#[cfg(test)]
mod tests;

use std::time::Duration;

use sea_orm::DbErr;
use tokio_util::sync::CancellationToken;

use super::clock::Clock;
use super::jobs::Jobs;
use crate::db::Db;

/// So often the planned times are looked at.
const LOOK: Duration = Duration::from_secs(1);

/// Why a schedule cannot be made or changed.
#[derive(Debug, thiserror::Error)]
pub enum ScheduleError {
    /// Write the pattern differently.
    #[error("this pattern cannot be read: {0}")]
    Pattern(String),
    /// Name a time zone of the IANA database.
    #[error("there is no time zone {0}")]
    Zone(String),
    /// Choose a kind from the list.
    #[error("jobs of kind {0} cannot be put on a schedule")]
    Kind(String),
    /// Give it a name of 1 to 100 characters.
    #[error("a schedule's name has 1 to 100 characters")]
    Name,
    /// Choose another name.
    #[error("there is already a schedule of this name")]
    Taken,
    /// Look at the list of schedules.
    #[error("there is no such schedule")]
    Gone,
    /// Read it again: somebody else has changed it.
    #[error("somebody has changed the schedule meanwhile")]
    Changed,
    /// See what the database said.
    #[error(transparent)]
    Database(#[from] DbErr),
}

/// Puts the jobs whose planned time has come; how many.
///
/// # Errors
/// What the database said.
pub async fn put_due(db: &Db, clock: &Clock, chain_zone: &str) -> Result<usize, DbErr> {
    store::put_due(db, clock.now_ms(), chain_zone).await
}

/// Keeps the schedules until `stop`.
pub async fn serve(db: Db, jobs: Jobs, chain_zone: String, stop: CancellationToken) {
    loop {
        match put_due(&db, jobs.clock(), &chain_zone).await {
            Ok(0) => {}
            Ok(_) => jobs.wake(),
            Err(error) => tracing::error!(%error, "schedules could not be kept; it is tried again"),
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(LOOK) => {}
        }
    }
}
