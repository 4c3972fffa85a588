//! Workers: they take what is due, keep its lease while it runs, and write down how it ended.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::FutureExt as _;
use sea_orm::DbErr;
use serde_json::Value;
use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::{Handler, Policy, Trouble, Work, store};
use crate::db::Db;
use crate::db::entity::job;
use crate::platform::clock::Clock;

/// Jobs that run at the same time in one hub.
const AT_ONCE: usize = 4;
/// Of these, jobs of kinds that take minutes.
const LONG_AT_ONCE: usize = 2;
/// So often workers look for what is due.
const LOOK: Duration = Duration::from_millis(500);
/// So long jobs may go on when the hub stops, or after somebody cancelled them, before they are cut off.
const GRACE: Duration = Duration::from_millis(if cfg!(test) { 50 } else { 5_000 });
/// So often old jobs are thrown out, and how old they get.
const SWEEP_MS: i64 = 60 * 60 * 1000;
const KEEP_MS: i64 = 30 * 24 * 60 * 60 * 1000;

/// The hub's workers; clones share them.
#[derive(Clone)]
pub struct Jobs(Arc<Parts>);

struct Parts {
    db: Db,
    clock: Clock,
    handlers: HashMap<&'static str, Arc<dyn Handler>>,
    kinds: Vec<&'static str>,
    wake: Notify,
    /// What runs in this process: how to stop it, under which lease.
    running: Mutex<HashMap<i64, (CancellationToken, String)>>,
}

impl Jobs {
    /// Workers that know these kinds. Jobs of other kinds are left for a hub that knows them.
    #[must_use]
    pub fn new(db: Db, clock: Clock, handlers: Vec<Arc<dyn Handler>>) -> Self {
        let handlers: HashMap<_, _> = handlers.into_iter().map(|handler| (handler.kind(), handler)).collect();
        let mut kinds: Vec<_> = handlers.keys().copied().collect();
        kinds.sort_unstable();
        Self(Arc::new(Parts { db, clock, handlers, kinds, wake: Notify::new(), running: Mutex::default() }))
    }

    /// The handlers that people may put on a schedule, by kind.
    #[must_use]
    pub fn schedulable(&self) -> Vec<&Arc<dyn Handler>> {
        self.0.kinds.iter().filter_map(|kind| self.0.handlers.get(kind)).filter(|handler| handler.schedulable().is_some()).collect()
    }

    /// Its time.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// Lets workers look now; call it after the commit that put a job somebody waits for.
    pub fn wake(&self) {
        self.0.wake.notify_one();
    }

    /// Stops a job at once when it runs in this process; in another one it is noticed with the next lease.
    pub(super) fn stop_one(&self, id: i64) {
        if let Some((stop, _)) = self.running().get(&id) {
            stop.cancel();
        }
    }

    fn running(&self) -> MutexGuard<'_, HashMap<i64, (CancellationToken, String)>> {
        self.0.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn policy(&self, kind: &str) -> Policy {
        self.0.handlers.get(kind).map(|handler| handler.policy()).unwrap_or_default()
    }

    async fn claim(&self, kinds: &[&'static str], most: usize) -> Result<Vec<job::Model>, DbErr> {
        if most == 0 {
            return Ok(Vec::new());
        }
        let most = u64::try_from(most).unwrap_or(1);
        store::claim(&self.0.db, kinds, most, self.0.clock.now_ms(), |kind| self.policy(kind)).await
    }

    /// What is due, for workers of which so many are free, and so many for kinds that take minutes.
    async fn claim_some(&self, free: usize, free_for_long: usize) -> Result<Vec<job::Model>, DbErr> {
        let (long, short): (Vec<_>, Vec<_>) = self.0.kinds.iter().partition(|kind| self.policy(kind).long);
        let mut taken = self.claim(&long, free.min(free_for_long)).await?;
        taken.extend(self.claim(&short, free - taken.len().min(free)).await?);
        Ok(taken)
    }

    /// Runs everything that is due now, one after the other, until nothing is; how many tries that were. For tests and commands.
    ///
    /// # Errors
    /// What the database said.
    pub async fn run_due(&self) -> Result<usize, DbErr> {
        let mut tries = 0;
        loop {
            let taken = self.claim(&self.0.kinds, 1).await?;
            let Some(job) = taken.into_iter().next() else { return Ok(tries) };
            tries += 1;
            self.work(job).await;
        }
    }

    /// Works until `stop`, then gives back what did not end in time.
    pub async fn serve(self, stop: CancellationToken) {
        let mut running = JoinSet::new();
        let mut swept_ms = 0;
        let long = Arc::new(Semaphore::new(LONG_AT_ONCE));
        while !stop.is_cancelled() {
            match self.claim_some(AT_ONCE - running.len().min(AT_ONCE), long.available_permits()).await {
                Ok(taken) => {
                    for job in taken {
                        let this = self.clone();
                        let place = self.policy(&job.kind).long.then(|| long.clone().try_acquire_owned());
                        running.spawn(async move {
                            this.work(job).await;
                            drop(place);
                        });
                    }
                }
                Err(error) => tracing::error!(%error, "jobs could not be taken; workers try again"),
            }
            let now = self.0.clock.now_ms();
            if now - swept_ms >= SWEEP_MS {
                swept_ms = now;
                if let Err(error) = store::sweep(&self.0.db, now, KEEP_MS).await {
                    tracing::warn!(%error, "old jobs could not be thrown out");
                }
            }
            tokio::select! {
                () = stop.cancelled() => {}
                _ = running.join_next(), if !running.is_empty() => {}
                () = self.0.wake.notified(), if running.len() < AT_ONCE => {}
                () = tokio::time::sleep(LOOK), if running.len() < AT_ONCE => {}
            }
        }
        let drained = tokio::time::timeout(GRACE, async { while running.join_next().await.is_some() {} }).await;
        if drained.is_err() {
            running.shutdown().await;
            let leases: Vec<_> = self.running().drain().map(|(_, (_, lease))| lease).collect();
            match store::give_back(&self.0.db, &leases, self.0.clock.now_ms()).await {
                Ok(given) => tracing::info!(given, "jobs that had not ended were given back"),
                Err(error) => tracing::warn!(%error, "jobs could not be given back; they are taken again when their leases end"),
            }
        }
    }

    async fn work(&self, job: job::Model) {
        let Some(handler) = self.0.handlers.get(job.kind.as_str()) else { return };
        let (policy, cancelled) = (handler.policy(), CancellationToken::new());
        let lease = job.lease.unwrap_or_default();
        if job.cancel_asked {
            cancelled.cancel();
        }
        self.running().insert(job.id, (cancelled.clone(), lease.clone()));
        let work = Work {
            id: job.id,
            kind: job.kind,
            args: job.args,
            attempt: job.attempts,
            created_by: job.created_by,
            organisation: job.organisation_id,
            db: self.0.db.clone(),
            clock: self.0.clock.clone(),
            max_attempts: job.max_attempts.unwrap_or(policy.max_attempts),
            lease,
            cancelled,
            told: Mutex::new(0),
        };
        let ended = if work.cancelled() {
            Err(Trouble::Cancelled)
        } else if work.attempt > work.max_attempts {
            Err(Trouble::Never("its worker disappeared during the last try".into()))
        } else {
            tokio::select! {
                ended = AssertUnwindSafe(handler.run(&work)).catch_unwind() => {
                    ended.unwrap_or_else(|_| Err(Trouble::Again("the handler panicked; see the log".into())))
                }
                trouble = self.keep(&work, policy) => Err(trouble),
            }
        };
        // Forgotten only once it is written down: a hub that stops meanwhile gives it back.
        if let Err(error) = self.end(handler.as_ref(), &work, ended, policy).await {
            tracing::error!(job = work.id, kind = work.kind, %error, "the end of a job could not be written down; it will be taken again");
        }
        self.running().remove(&work.id);
    }

    /// Keeps the lease as long as the job runs; ends only when the job is to be cut off.
    async fn keep(&self, work: &Work, policy: Policy) -> Trouble {
        let pause = Duration::from_millis(u64::try_from(policy.lease_ms / 3).unwrap_or(1_000));
        loop {
            tokio::select! {
                () = work.cancelled.cancelled() => {
                    tokio::time::sleep(GRACE).await;
                    return Trouble::Cancelled;
                }
                () = tokio::time::sleep(pause) => {}
            }
            match store::renew(&self.0.db, work, self.0.clock.now_ms() + policy.lease_ms).await {
                Ok(Some(false)) => {}
                Ok(Some(true)) => work.cancelled.cancel(),
                Ok(None) if self.ended(work).await => std::future::pending().await,
                Ok(None) => return Trouble::Lost,
                Err(error) => tracing::warn!(job = work.id, %error, "a lease could not be renewed"),
            }
        }
    }

    /// A handler that has ended its job in its own transaction may still have something to say to others.
    async fn ended(&self, work: &Work) -> bool {
        use sea_orm::EntityTrait as _;
        let found = job::Entity::find_by_id(work.id).one(self.0.db.read()).await;
        found.is_ok_and(|job| job.is_some_and(|job| job.state == super::State::Done.word()))
    }

    async fn end(&self, handler: &dyn Handler, work: &Work, ended: Result<Value, Trouble>, policy: Policy) -> Result<(), DbErr> {
        let tx = self.0.db.begin().await?;
        match ended {
            Ok(result) => {
                // Nothing to do when the handler ended it itself.
                store::done(&tx, work, &result).await?;
            }
            Err(trouble) => {
                if store::failed(&tx, work, &trouble, policy).await? {
                    handler.died(&tx, work, &trouble.to_string()).await?;
                    tracing::error!(job = work.id, kind = work.kind, attempts = work.attempt, %trouble, "a job is given up");
                } else if matches!(trouble, Trouble::Again(_) | Trouble::AgainAt(..) | Trouble::Lost) {
                    tracing::warn!(job = work.id, kind = work.kind, attempt = work.attempt, %trouble, "a job did not succeed this time");
                }
            }
        }
        tx.commit().await
    }
}
