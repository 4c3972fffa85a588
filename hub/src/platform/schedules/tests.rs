//! Schedules against a database, with a clock that stands.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::rules::Missed;
use super::store::{self, Wanted};
use super::*;
use crate::db::rig::{Scratch, scratch};
use crate::http::problem::Text;
use crate::platform::jobs::{Handler, Trouble, Work};
use crate::platform::sql::Sql;

struct Report;

#[async_trait::async_trait]
impl Handler for Report {
    fn kind(&self) -> &'static str {
        "report"
    }

    fn schedulable(&self) -> Option<Text> {
        Some(Text::new("报表", "Report"))
    }

    async fn run(&self, work: &Work) -> Result<Value, Trouble> {
        Ok(work.args["planned_ms"].clone())
    }
}

struct Rig {
    db: Db,
    jobs: Jobs,
    _scratch: Scratch,
}

fn ms(text: &str) -> i64 {
    text.parse::<Timestamp>().unwrap().as_millisecond()
}

fn nine(missed: Missed) -> Wanted {
    Wanted {
        name: format!("日报 {}", missed.word()),
        kind: "report".into(),
        args: json!({"board": 1}),
        cron: "0 9 * * *".into(),
        time_zone: None,
        site: Some(1),
        missed,
        enabled: true,
    }
}

impl Rig {
    /// A site in Berlin, at a moment.
    async fn at(moment: &str) -> Self {
        let scratch = scratch().await;
        let db = Db::open(scratch.url()).await.unwrap();
        let tx = db.begin().await.unwrap();
        // What is delivered has its own times.
        Sql::new("DELETE FROM schedule").run(&tx).await.unwrap();
        Sql::new("INSERT INTO site (id, code, name, time_zone) VALUES (1, 'B1', 'Berlin', 'Europe/Berlin')").run(&tx).await.unwrap();
        tx.commit().await.unwrap();
        let jobs = Jobs::new(db.clone(), Clock::standing(ms(moment)), vec![Arc::new(Report)]);
        Self { db, jobs, _scratch: scratch }
    }

    async fn create(&self, wanted: Wanted) -> Result<i64, ScheduleError> {
        store::create(&self.db, &self.jobs, wanted, "admin", "Asia/Shanghai", None).await
    }

    async fn due(&self) -> usize {
        put_due(&self.db, self.jobs.clock(), "Asia/Shanghai").await.unwrap()
    }

    async fn number(&self, sql: &str) -> i64 {
        Sql::new(sql).number(self.db.read()).await.unwrap()
    }
}

#[tokio::test]
async fn each_local_day_has_one_run_also_when_the_clocks_change_and_hubs_restart() {
    let rig = Rig::at("2026-03-27T20:00:00Z").await;
    rig.create(nine(Missed::Once)).await.unwrap();
    let mut planned = Vec::new();
    // Four days in steps of half an hour; each step asks three times, as hubs that restart and hubs beside each other do.
    for _ in 0..4 * 48 {
        for _ in 0..3 {
            rig.due().await;
        }
        rig.jobs.run_due().await.unwrap();
        rig.jobs.clock().forward(30 * 60_000);
    }
    for n in 0..rig.number("SELECT COUNT(*) FROM job").await {
        let sql = Sql::new("SELECT run_at_ms FROM job ORDER BY id LIMIT 1 OFFSET ").bind(n);
        planned.push(sql.number(rig.db.read()).await.unwrap());
    }
    // 08:00 UTC in winter, 07:00 in summer time, which begins on the 29th.
    let wanted = ["2026-03-28T08:00:00Z", "2026-03-29T07:00:00Z", "2026-03-30T07:00:00Z", "2026-03-31T07:00:00Z"].map(ms);
    assert_eq!(planned, wanted);
    assert_eq!(rig.number("SELECT COUNT(*) FROM job WHERE state = 'done'").await, 4);
}

#[tokio::test]
async fn missed_times_are_made_up_for_once_or_skipped_as_the_schedule_says() {
    let rig = Rig::at("2026-11-01T20:00:00Z").await;
    let (once, skip) = (rig.create(nine(Missed::Once)).await.unwrap(), rig.create(nine(Missed::Skip)).await.unwrap());
    // No hub for three days and two hours.
    rig.jobs.clock().forward(74 * 3_600_000);
    assert_eq!(rig.due().await, 1);
    assert_eq!(rig.due().await, 0);
    for schedule in [once, skip] {
        let next = rig.number(&format!("SELECT next_ms FROM schedule WHERE id = {schedule}")).await;
        assert_eq!(next, ms("2026-11-05T08:00:00Z"));
    }
    rig.jobs.clock().forward(10 * 3_600_000 + 60_000);
    assert_eq!(rig.due().await, 2, "a minute late is not missed");
}

#[tokio::test]
async fn running_now_leaves_the_planned_times_alone_and_one_key_runs_once() {
    let rig = Rig::at("2026-11-01T20:00:00Z").await;
    let id = rig.create(nine(Missed::Once)).await.unwrap();
    let now = rig.jobs.clock().now_ms();
    let first = store::run_now(&rig.db, id, Some("k1"), "admin", "Asia/Shanghai", now).await.unwrap();
    assert_eq!(store::run_now(&rig.db, id, Some("k1"), "admin", "Asia/Shanghai", now).await.unwrap(), first);
    assert_ne!(store::run_now(&rig.db, id, None, "admin", "Asia/Shanghai", now).await.unwrap(), first);
    assert_eq!(rig.number("SELECT next_ms FROM schedule").await, ms("2026-11-02T08:00:00Z"));
}

#[tokio::test]
async fn what_cannot_be_kept_is_refused_and_a_change_plans_anew() {
    let rig = Rig::at("2026-11-01T20:00:00Z").await;
    let wrong = |change: fn(&mut Wanted)| {
        let mut wanted = nine(Missed::Once);
        change(&mut wanted);
        wanted
    };
    assert!(matches!(rig.create(wrong(|w| w.cron = "9 Uhr".into())).await, Err(ScheduleError::Pattern(_))));
    assert!(matches!(rig.create(wrong(|w| w.time_zone = Some("Nowhere".into()))).await, Err(ScheduleError::Zone(_))));
    assert!(matches!(rig.create(wrong(|w| w.kind = "notice".into())).await, Err(ScheduleError::Kind(_))));
    let id = rig.create(nine(Missed::Once)).await.unwrap();
    assert!(matches!(rig.create(nine(Missed::Once)).await, Err(ScheduleError::Taken)));
    let later = wrong(|w| w.cron = "30 22 * * *".into());
    store::change(&rig.db, &rig.jobs, id, 1, later.clone(), "admin", "Asia/Shanghai").await.unwrap();
    assert_eq!(rig.number("SELECT next_ms FROM schedule").await, ms("2026-11-01T21:30:00Z"));
    let stale = store::change(&rig.db, &rig.jobs, id, 1, later, "admin", "Asia/Shanghai").await;
    assert!(matches!(stale, Err(ScheduleError::Changed)));
    store::remove(&rig.db, id, "admin").await.unwrap();
    assert_eq!(rig.number("SELECT COUNT(*) FROM audit WHERE entity = 'schedule'").await, 3);
}
