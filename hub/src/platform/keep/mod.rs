//! How long the hub keeps what it has told, sent and made: once a night a job throws out what is older than the settings say.
//!
//! It never stands in the way of booking. It looks with connections that only read, throws out a few hundred rows at a time, each time in a
//! transaction of its own, and rests afterwards nine times as long as that took, waiting for its turn included: the more others write, the
//! slower it goes. What somebody still has to deal with stays: messages and deliveries that were given up, notices that are not handed out,
//! rows of imports that can be run or undone. The audit, the books and the files of records are none of its business; jobs that have ended
//! are thrown out by the workers, bytes of expired files by the keeper of files.

pub mod settings;
#[cfg(test)]
mod tests;

use std::time::{Duration, Instant};

use jiff::civil::time;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use sea_orm::{ConnectionTrait, DbErr};
use serde_json::{Map, Value, json};
use tokio_util::sync::CancellationToken;

use super::import;
use super::jobs::{self, Handler, Jobs, NewJob, Policy, Trouble, Waits, Work};
use super::sql::Sql;
use crate::db::Db;
use crate::http::problem::Text;
use settings::Settings;

/// Kind of the job.
const KIND: &str = "sweep";
/// When it runs, by the chain's clock.
const HOUR: i8 = 3;
const MINUTE: i8 = 30;
/// So often it is looked whether the next one is planned.
const LOOK: Duration = Duration::from_secs(10 * 60);
/// Rows that are thrown out in one transaction.
const AT_ONCE: i64 = 500;
/// How many times as long as a transaction the rest after it is; the shortest and the longest.
const REST: u32 = 9;
const SHORTEST: Duration = Duration::from_millis(20);
const LONGEST: Duration = Duration::from_secs(10);

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// The job.
pub struct Sweep {
    /// What it goes by.
    pub settings: Settings,
}

/// Rows of a table that are due, by a condition that ends the question; what belongs to them goes first.
struct Due {
    table: &'static str,
    condition: Sql,
    first: Option<(&'static str, &'static str)>,
}

/// What is due, in the order of who refers to whom.
fn all_due(settings: Settings, now: i64) -> Vec<Due> {
    let before = |days: u32| now - i64::from(days) * DAY_MS;
    let ended = before(settings.ended_days);
    let due = |table, condition| Due { table, condition, first: None };
    vec![
        due(
            "notification",
            Sql::new(" AND (at_ms < ")
                .bind(before(settings.unread_days))
                .text(" OR (read_ms IS NOT NULL AND at_ms < ")
                .bind(before(settings.read_days))
                .text("))"),
        ),
        due("message", Sql::new(" AND state = 'sent' AND created_ms < ").bind(ended)),
        Due {
            first: Some(("webhook_attempt", "delivery_id")),
            ..due("webhook_delivery", Sql::new(" AND state = 'delivered' AND created_ms < ").bind(ended))
        },
        // Messages and deliveries that were given up say what they were about by their notice.
        due(
            "notice",
            Sql::new(" AND told_ms IS NOT NULL AND created_ms < ").bind(ended).text(
                " AND NOT EXISTS (SELECT 1 FROM message m WHERE m.notice_id = notice.id) \
                 AND NOT EXISTS (SELECT 1 FROM webhook_delivery d WHERE d.notice_id = notice.id)",
            ),
        ),
        due("export", Sql::new(" AND file_id IS NULL AND expires_ms < ").bind(ended)),
    ]
}

impl Due {
    /// Some of them, above one.
    async fn some(&self, db: &impl ConnectionTrait, above: i64) -> Result<Vec<i64>, DbErr> {
        let sql = Sql::new(format!("SELECT id FROM {} WHERE id > ", self.table)).bind(above).append(&self.condition);
        sql.text(" ORDER BY id LIMIT ").bind(AT_ONCE).numbers(db).await
    }

    /// Throws them out, but for those that are not due any more; how many.
    async fn throw_out(&self, tx: &impl ConnectionTrait, some: &[i64]) -> Result<u64, DbErr> {
        if let Some((table, column)) = self.first {
            let sql = Sql::new(format!("DELETE FROM {table} WHERE {column} IN (SELECT id FROM {} WHERE id IN ", self.table));
            sql.among(some.iter().copied()).append(&self.condition).text(")").run(tx).await?;
        }
        Sql::new(format!("DELETE FROM {} WHERE id IN ", self.table)).among(some.iter().copied()).append(&self.condition).run(tx).await
    }
}

/// Stands aside after a transaction that took so long, its wait for its turn included.
async fn rest(work: &Work, took: Duration, gone: u64) -> Result<(), Trouble> {
    work.progress(0, &Text::new(format!("已清理 {gone} 行"), format!("{gone} rows thrown out"))).await?;
    tokio::time::sleep(took.saturating_mul(REST).clamp(SHORTEST, LONGEST)).await;
    Ok(())
}

#[async_trait::async_trait]
impl Handler for Sweep {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn policy(&self) -> Policy {
        Policy { long: true, max_attempts: 5, lease_ms: 60_000, waits: Waits::Doubling(60, 3_600) }
    }

    async fn run(&self, work: &Work) -> Result<Value, Trouble> {
        let (now, mut all, mut result) = (work.clock.now_ms(), 0, Map::new());
        for due in all_due(self.settings, now) {
            let (mut above, mut gone) = (0, 0);
            loop {
                let some = due.some(work.db.read(), above).await?;
                let Some(last) = some.last() else { break };
                above = *last;
                let began = Instant::now();
                let tx = work.db.begin().await?;
                gone += due.throw_out(&tx, &some).await?;
                tx.commit().await?;
                rest(work, began.elapsed(), all + gone).await?;
            }
            all += gone;
            result.insert(due.table.to_owned(), json!(gone));
        }
        let mut gone = 0;
        for import in import::over_since(work.db.read(), now - i64::from(self.settings.ended_days) * DAY_MS).await? {
            loop {
                let began = Instant::now();
                let tx = work.db.begin().await?;
                let some = import::forget_some_rows(&tx, import, AT_ONCE).await?;
                tx.commit().await?;
                gone += some;
                if some == 0 {
                    break;
                }
                rest(work, began.elapsed(), all + gone).await?;
            }
        }
        result.insert("import_row".to_owned(), json!(gone));
        Ok(Value::Object(result))
    }
}

/// The next time that it is due, by the chain's clock.
fn next(now: i64, zone: &str) -> i64 {
    let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    let of_day = |day: jiff::civil::Date| day.to_datetime(time(HOUR, MINUTE, 0, 0)).to_zoned(zone.clone()).ok();
    let today = Timestamp::from_millisecond(now).unwrap_or_default().to_zoned(zone.clone()).date();
    let ms = |day| of_day(day).map(|at| at.timestamp().as_millisecond());
    match ms(today) {
        Some(at) if at > now => at,
        _ => today.checked_add(1.day()).ok().and_then(ms).unwrap_or(now + DAY_MS),
    }
}

/// Plans the next one, unless one waits.
///
/// # Errors
/// What the database said.
pub async fn plan(db: &Db, now: i64, zone: &str) -> Result<(), DbErr> {
    let tx = db.begin().await?;
    jobs::put(&tx, NewJob::new(KIND, json!({}), "hub", now).at(next(now, zone)).collapse(KIND)).await?;
    tx.commit().await
}

/// Sees to it that there is one every night, until `stop`.
pub async fn serve(db: Db, jobs: Jobs, zone: String, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(LOOK) => {}
        }
        if let Err(error) = plan(&db, jobs.clock().now_ms(), &zone).await {
            tracing::warn!(%error, "the nightly sweep could not be planned; it is tried again");
        }
    }
}
