//! Work that outlives a request and a restart.
//!
//! A job is a row. [`put`] writes it in the caller's transaction: a change that is rolled back leaves no job behind, and one that is
//! committed cannot lose it. Workers ([`Jobs`]) take what is due under a lease and hand it to the [`Handler`] of its kind. A hub that is
//! killed leaves a lease that runs out, and the job is taken again.
//!
//! **A handler may run more than once for one job.** Between its effect and the note that it is done, a hub can be killed. So:
//! - An effect in this database is made in one transaction with the end of the job: [`Work::done_in`], then commit. That happens once.
//! - An effect elsewhere carries a key that stays the same when the job runs again (the job's id, or that of the row it works for), so
//!   that the other side can tell a repetition; or it is such that a repetition does no harm.
//! - Long work is cut into steps, and each step notes in its transaction how far it came.
//!
//! To add a kind: implement [`Handler`], add it where the hub is built, put jobs with [`put`].

pub mod api;
pub mod rules;
mod store;
mod worker;

#[cfg(test)]
mod tests;

use std::sync::Mutex;

use sea_orm::{DatabaseTransaction, DbErr};
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

pub use rules::{Policy, State, Waits};
pub use store::{JobRow, cancel, put};
pub use worker::Jobs;

use super::clock::Clock;
use crate::db::Db;
use crate::http::problem::Text;

/// A job to be made.
#[derive(Debug, Clone)]
pub struct NewJob {
    kind: String,
    args: Value,
    author: String,
    run_at_ms: i64,
    created_ms: i64,
    organisation: Option<i64>,
    once: Option<String>,
    collapse: Option<String>,
}

impl NewJob {
    /// A job of a kind, to be run as soon as a worker is free. `author`: a login, or `hub`.
    pub fn new(kind: impl Into<String>, args: Value, author: impl Into<String>, now_ms: i64) -> Self {
        let (kind, author) = (kind.into(), author.into());
        Self { kind, args, author, run_at_ms: now_ms, created_ms: now_ms, organisation: None, once: None, collapse: None }
    }

    /// Not before this time.
    #[must_use]
    pub fn at(mut self, ms: i64) -> Self {
        self.run_at_ms = ms;
        self
    }

    /// Of an organisation.
    #[must_use]
    pub fn of(mut self, organisation: Option<i64>) -> Self {
        self.organisation = organisation;
        self
    }

    /// One job for this key, ever (as long as the job is kept): putting it again gives the job that is there.
    #[must_use]
    pub fn once(mut self, key: impl Into<String>) -> Self {
        (self.once, self.collapse) = (Some(key.into()), None);
        self
    }

    /// No second one while a job with this key waits; the earlier of both times holds.
    #[must_use]
    pub fn collapse(mut self, key: impl Into<String>) -> Self {
        (self.once, self.collapse) = (None, Some(key.into()));
        self
    }
}

/// Why a job did not end well.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// Not a failure: it goes on at this time, and the try does not count.
    #[error("it goes on later")]
    Later(i64),
    /// Try again after a pause.
    #[error("{0}")]
    Again(String),
    /// Try again at this time: the other side said when.
    #[error("{1}")]
    AgainAt(i64, String),
    /// Trying again would not help: a person has to look.
    #[error("{0}")]
    Never(String),
    /// Somebody cancelled it, and it has stopped at a good place.
    #[error("it was cancelled")]
    Cancelled,
    /// The lease ran out and somebody else has the job: leave everything as it is.
    #[error("somebody else has the job")]
    Lost,
}

impl From<DbErr> for Trouble {
    fn from(error: DbErr) -> Self {
        Self::Again(error.to_string())
    }
}

/// Does the jobs of one kind.
#[async_trait::async_trait]
pub trait Handler: Send + Sync + 'static {
    /// The kind.
    fn kind(&self) -> &'static str;

    /// How it is tried.
    fn policy(&self) -> Policy {
        Policy::default()
    }

    /// Its name for people when they may put it on a schedule; nothing when they may not.
    fn schedulable(&self) -> Option<Text> {
        None
    }

    /// Does the job; the answer is kept as its result.
    ///
    /// # Errors
    /// [`Trouble`] that says how to go on.
    async fn run(&self, work: &Work) -> Result<Value, Trouble>;

    /// The job is given up; called in the transaction that says so.
    ///
    /// # Errors
    /// What the database said; then the job is not given up yet.
    async fn died(&self, _tx: &DatabaseTransaction, _work: &Work, _why: &str) -> Result<(), DbErr> {
        Ok(())
    }
}

/// A job in the hands of a worker.
pub struct Work {
    /// Number of the job.
    pub id: i64,
    /// Its kind.
    pub kind: String,
    /// What to do.
    pub args: Value,
    /// Which try this is; 1 is the first.
    pub attempt: i32,
    /// Who made it.
    pub created_by: String,
    /// The organisation it belongs to.
    pub organisation: Option<i64>,
    /// The database.
    pub db: Db,
    /// The time.
    pub clock: Clock,
    max_attempts: i32,
    lease: String,
    cancelled: CancellationToken,
    told: Mutex<i64>,
}

impl Work {
    /// What to do, read as a type.
    ///
    /// # Errors
    /// [`Trouble::Never`]: such arguments will not get better.
    pub fn args<T: DeserializeOwned>(&self) -> Result<T, Trouble> {
        serde_json::from_value(self.args.clone()).map_err(|error| Trouble::Never(format!("the job's arguments cannot be read: {error}")))
    }

    /// Whether somebody wants it to stop; a handler looks between steps.
    #[must_use]
    pub fn cancelled(&self) -> bool {
        self.cancelled.is_cancelled()
    }

    /// Says how far it is, in thousandths and words. Written down at most twice a second.
    ///
    /// # Errors
    /// [`Trouble::Cancelled`] when it is to stop, [`Trouble::Lost`] when somebody else has it.
    pub async fn progress(&self, thousandths: i32, words: &Text) -> Result<(), Trouble> {
        if self.cancelled() {
            return Err(Trouble::Cancelled);
        }
        if !self.may_tell() {
            return Ok(());
        }
        match store::progress(&self.db, self, thousandths.clamp(0, 1_000), words).await? {
            Some(false) => Ok(()),
            Some(true) => Err(Trouble::Cancelled),
            None => Err(Trouble::Lost),
        }
    }

    fn may_tell(&self) -> bool {
        let (mut told, now) = (self.told.lock().unwrap_or_else(std::sync::PoisonError::into_inner), self.clock.now_ms());
        let due = now - *told >= 500;
        if due {
            *told = now;
        }
        due
    }

    /// Ends the job well in the transaction of its effect. Commit afterwards and give the same result back.
    ///
    /// # Errors
    /// [`Trouble::Lost`]: roll back, somebody else does it.
    pub async fn done_in(&self, tx: &DatabaseTransaction, result: &Value) -> Result<(), Trouble> {
        if store::done(tx, self, result).await? { Ok(()) } else { Err(Trouble::Lost) }
    }
}
