//! Jobs against a database, with a clock that stands.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use sea_orm::EntityTrait;
use serde_json::{Value, json};
use tokio::sync::Notify;

use super::*;
use crate::db::entity::job;
use crate::db::rig::{Scratch, scratch};
use crate::platform::sql::Sql;

const NOON: i64 = 1_790_000_000_000;

/// What a try does, by the job's arguments.
#[derive(Default)]
struct Trial {
    runs: AtomicUsize,
    died: AtomicUsize,
    begun: Notify,
}

#[async_trait::async_trait]
impl Handler for Trial {
    fn kind(&self) -> &'static str {
        "trial"
    }

    fn policy(&self) -> Policy {
        Policy { max_attempts: 3, ..Policy::default() }
    }

    async fn run(&self, work: &Work) -> Result<Value, Trouble> {
        self.runs.fetch_add(1, Ordering::SeqCst);
        match work.args["do"].as_str() {
            Some("fail") => Err(Trouble::Again("the other side is away".into())),
            Some("never") => Err(Trouble::Never("there is no such thing".into())),
            Some("later") if work.args["until"].as_i64() > Some(work.clock.now_ms()) => {
                Err(Trouble::Later(work.args["until"].as_i64().unwrap()))
            }
            Some("panic") => panic!("a mistake in a handler"),
            Some("effect") => {
                let tx = work.db.begin().await?;
                Sql::new("INSERT INTO setting (key, value) VALUES ('effect', '1')").run(&tx).await?;
                work.done_in(&tx, &json!("made")).await?;
                tx.commit().await?;
                Ok(json!("made"))
            }
            Some("hang") => {
                self.begun.notify_one();
                loop {
                    work.progress(300, &Text::new("第三步", "step three")).await?;
                    tokio::time::sleep(std::time::Duration::from_millis(5)).await;
                    work.clock.forward(500);
                }
            }
            _ => Ok(json!({"did": work.args})),
        }
    }

    async fn died(&self, _: &DatabaseTransaction, _: &Work, _: &str) -> Result<(), DbErr> {
        self.died.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }
}

struct Rig {
    db: Db,
    clock: Clock,
    trial: Arc<Trial>,
    jobs: Jobs,
    _scratch: Scratch,
}

impl Rig {
    async fn new() -> Self {
        let scratch = scratch().await;
        let db = Db::open(scratch.url()).await.unwrap();
        let (clock, trial) = (Clock::standing(NOON), Arc::new(Trial::default()));
        let jobs = Jobs::new(db.clone(), clock.clone(), vec![trial.clone()]);
        Self { db, clock, trial, jobs, _scratch: scratch }
    }

    fn new_job(&self, what: &str) -> NewJob {
        NewJob::new("trial", json!({"do": what}), "li", self.clock.now_ms())
    }

    async fn put(&self, new: NewJob) -> i64 {
        let tx = self.db.begin().await.unwrap();
        let id = put(&tx, new).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    async fn job(&self, id: i64) -> job::Model {
        job::Entity::find_by_id(id).one(self.db.read()).await.unwrap().unwrap()
    }

    async fn state(&self, id: i64) -> (String, i32) {
        let job = self.job(id).await;
        (job.state, job.attempts)
    }
}

#[tokio::test]
async fn a_job_of_a_change_that_is_rolled_back_does_not_exist() {
    let rig = Rig::new().await;
    let tx = rig.db.begin().await.unwrap();
    put(&tx, rig.new_job("do")).await.unwrap();
    drop(tx);
    assert_eq!(rig.jobs.run_due().await.unwrap(), 0);
    let id = rig.put(rig.new_job("do")).await;
    assert_eq!(rig.jobs.run_due().await.unwrap(), 1);
    let job = rig.job(id).await;
    assert_eq!((job.state.as_str(), job.result, job.progress), ("done", Some(json!({"did": {"do": "do"}})), 1_000));
}

#[tokio::test]
async fn a_failure_is_tried_again_after_growing_pauses_and_then_given_up_once() {
    let rig = Rig::new().await;
    let id = rig.put(rig.new_job("fail")).await;
    for (attempt, pause) in [(1, 5_000), (2, 10_000)] {
        assert_eq!(rig.jobs.run_due().await.unwrap(), 1);
        assert_eq!(rig.state(id).await, ("waiting".to_owned(), attempt));
        let wait = rig.job(id).await.due_ms.unwrap() - rig.clock.now_ms();
        assert!((pause * 3 / 4..=pause).contains(&wait), "{wait}");
        rig.clock.forward(pause);
    }
    rig.jobs.run_due().await.unwrap();
    assert_eq!((rig.state(id).await, rig.trial.died.load(Ordering::SeqCst)), (("dead".to_owned(), 3), 1));
    assert_eq!(rig.job(id).await.last_error.as_deref(), Some("the other side is away"));
    let tx = rig.db.begin().await.unwrap();
    assert!(store::retry(&tx, id, rig.clock.now_ms()).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!((rig.jobs.run_due().await.unwrap(), rig.state(id).await.1), (1, 1));
}

#[tokio::test]
async fn what_cannot_get_better_is_given_up_at_once_and_a_panic_is_a_failure() {
    let rig = Rig::new().await;
    let (never, panics) = (rig.put(rig.new_job("never")).await, rig.put(rig.new_job("panic")).await);
    assert_eq!(rig.jobs.run_due().await.unwrap(), 2);
    assert_eq!(rig.state(never).await, ("dead".to_owned(), 1));
    assert_eq!(rig.state(panics).await, ("waiting".to_owned(), 1));
}

#[tokio::test]
async fn going_on_later_is_no_failure() {
    let rig = Rig::new().await;
    let id = rig.put(NewJob::new("trial", json!({"do": "later", "until": NOON + 60_000}), "hub", NOON)).await;
    rig.jobs.run_due().await.unwrap();
    assert_eq!((rig.state(id).await, rig.job(id).await.due_ms), (("waiting".to_owned(), 0), Some(NOON + 60_000)));
    rig.clock.forward(60_000);
    rig.jobs.run_due().await.unwrap();
    assert_eq!(rig.state(id).await, ("done".to_owned(), 1));
}

#[tokio::test]
async fn one_key_makes_one_job_and_a_waiting_one_takes_others_in() {
    let rig = Rig::new().await;
    let first = rig.put(rig.new_job("do").once("import-7")).await;
    assert_eq!(rig.put(rig.new_job("do").once("import-7")).await, first);
    let gathered = rig.put(rig.new_job("do").collapse("channel:1").at(NOON + 9_000)).await;
    assert_eq!(rig.put(rig.new_job("do").collapse("channel:1").at(NOON + 20_000)).await, gathered);
    assert_eq!(rig.job(gathered).await.due_ms, Some(NOON + 9_000), "the earlier time holds");
    rig.put(rig.new_job("do").collapse("channel:1")).await;
    assert_eq!(rig.jobs.run_due().await.unwrap(), 2);
    assert_eq!(rig.put(rig.new_job("do").once("import-7")).await, first, "also when it has ended");
    assert_ne!(rig.put(rig.new_job("do").collapse("channel:1")).await, gathered, "nothing waits any more");
}

#[tokio::test]
async fn jobs_of_a_killed_hub_are_taken_again_when_the_lease_is_over_and_not_before() {
    let rig = Rig::new().await;
    let id = rig.put(rig.new_job("do")).await;
    // A hub takes it and is killed.
    let policy = Policy::default();
    let gone = store::claim(&rig.db, &["trial"], 1, NOON, |_| policy).await.unwrap();
    assert_eq!(gone.len(), 1);
    assert_eq!(rig.jobs.run_due().await.unwrap(), 0);
    rig.clock.forward(policy.lease_ms - 1);
    assert_eq!(rig.jobs.run_due().await.unwrap(), 0);
    rig.clock.forward(1);
    assert_eq!(rig.jobs.run_due().await.unwrap(), 1);
    assert_eq!(rig.state(id).await, ("done".to_owned(), 2));
}

#[tokio::test]
async fn a_job_that_kills_its_hub_every_time_is_given_up() {
    let rig = Rig::new().await;
    let id = rig.put(rig.new_job("do")).await;
    for _ in 0..3 {
        let taken = store::claim(&rig.db, &["trial"], 1, rig.clock.now_ms(), |_| Trial::default().policy()).await.unwrap();
        assert_eq!(taken.len(), 1);
        rig.clock.forward(60_000);
    }
    rig.jobs.run_due().await.unwrap();
    assert_eq!((rig.state(id).await.0, rig.trial.runs.load(Ordering::SeqCst)), ("dead".to_owned(), 0));
}

#[tokio::test]
async fn whoever_lost_the_lease_cannot_make_the_effect_a_second_time() {
    let rig = Rig::new().await;
    let id = rig.put(rig.new_job("effect")).await;
    let slow = store::claim(&rig.db, &["trial"], 1, NOON, |_| Policy::default()).await.unwrap().remove(0);
    rig.clock.forward(60_000);
    rig.jobs.run_due().await.unwrap();
    assert_eq!(rig.state(id).await.0, "done");
    let work = Work {
        id,
        kind: slow.kind,
        args: slow.args,
        attempt: 1,
        created_by: String::new(),
        organisation: None,
        db: rig.db.clone(),
        clock: rig.clock.clone(),
        max_attempts: 3,
        lease: slow.lease.unwrap(),
        cancelled: CancellationToken::new(),
        told: Mutex::new(0),
    };
    let tx = rig.db.begin().await.unwrap();
    assert!(matches!(work.done_in(&tx, &json!("made")).await, Err(Trouble::Lost)));
    drop(tx);
    assert_eq!(Sql::new("SELECT COUNT(*) FROM setting WHERE key = 'effect'").number(rig.db.read()).await.unwrap(), 1);
}

#[tokio::test]
async fn a_cancelled_job_stops_at_its_next_step_and_one_that_waits_never_begins() {
    let rig = Rig::new().await;
    let (hangs, waits) = (rig.put(rig.new_job("hang")).await, rig.put(rig.new_job("do").at(NOON + 1_000_000_000)).await);
    let running = tokio::spawn({
        let jobs = rig.jobs.clone();
        async move { jobs.run_due().await.unwrap() }
    });
    rig.trial.begun.notified().await;
    let tx = rig.db.begin().await.unwrap();
    assert!(cancel(&tx, hangs, NOON).await.unwrap() && cancel(&tx, waits, NOON).await.unwrap());
    tx.commit().await.unwrap();
    running.await.unwrap();
    let job = rig.job(hangs).await;
    assert_eq!((job.state.as_str(), job.progress), ("cancelled", 300));
    assert_eq!(job.words, Some(json!({"zh": "第三步", "en": "step three"})));
    assert_eq!(rig.state(waits).await, ("cancelled".to_owned(), 0));
}

#[tokio::test]
async fn two_hubs_share_the_work_and_nothing_runs_twice() {
    let rig = Rig::new().await;
    for _ in 0..40 {
        rig.put(rig.new_job("do")).await;
    }
    let other = Jobs::new(rig.db.clone(), rig.clock.clone(), vec![rig.trial.clone()]);
    let (here, there) = tokio::join!(rig.jobs.run_due(), other.run_due());
    assert_eq!((here.unwrap() + there.unwrap(), rig.trial.runs.load(Ordering::SeqCst)), (40, 40));
    let done = Sql::new("SELECT COUNT(*) FROM job WHERE state = 'done' AND attempts = 1").number(rig.db.read()).await.unwrap();
    assert_eq!(done, 40);
}

#[tokio::test]
async fn a_hub_that_stops_in_order_gives_back_what_it_could_not_end() {
    let rig = Rig::new().await;
    let id = rig.put(rig.new_job("hang")).await;
    let stop = CancellationToken::new();
    let serving = tokio::spawn(rig.jobs.clone().serve(stop.clone()));
    rig.trial.begun.notified().await;
    stop.cancel();
    serving.await.unwrap();
    assert_eq!(rig.state(id).await, ("waiting".to_owned(), 0));
}

#[tokio::test]
async fn jobs_of_unknown_kinds_wait_for_a_hub_that_knows_them_and_old_ones_go() {
    let rig = Rig::new().await;
    let unknown = rig.put(NewJob::new("of_a_later_version", json!({}), "hub", NOON)).await;
    let (done, dead) = (rig.put(rig.new_job("do")).await, rig.put(rig.new_job("never")).await);
    rig.jobs.run_due().await.unwrap();
    assert_eq!(rig.state(unknown).await, ("waiting".to_owned(), 0));
    assert_eq!(store::sweep(&rig.db, NOON + 1_001, 1_000).await.unwrap(), 1);
    assert!(job::Entity::find_by_id(done).one(rig.db.read()).await.unwrap().is_none());
    assert_eq!(rig.state(dead).await.0, "dead");
    assert_eq!(store::sweep(&rig.db, NOON + 3_001, 1_000).await.unwrap(), 1);
}
