//! Schedules in the database.

use sea_orm::sea_query::{Expr, LockBehavior, LockType};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::{Value, json};

use super::ScheduleError;
use super::rules::{Missed, Plan};
use crate::db::Db;
use crate::db::entity::schedule::{self, Column};
use crate::db::entity::site;
use crate::platform::audit::{self, Change};
use crate::platform::jobs::{self, Jobs, NewJob};
use crate::platform::once;

/// A run that is later than this was missed.
const LATE_MS: i64 = 5 * 60 * 1000;

/// The time zone that a schedule is kept in.
pub(super) async fn zone(db: &impl ConnectionTrait, row: &schedule::Model, chain_zone: &str) -> Result<String, DbErr> {
    if let Some(zone) = &row.time_zone {
        return Ok(zone.clone());
    }
    let site = match row.site_id {
        Some(site) => site::Entity::find_by_id(site).one(db).await?,
        None => None,
    };
    Ok(site.map_or_else(|| chain_zone.to_owned(), |site| site.time_zone))
}

/// The job of a schedule. `planned_ms`: the time it was planned for.
fn job_of(row: &schedule::Model, zone: &str, planned_ms: i64, author: &str, now: i64) -> NewJob {
    let mut args = row.args.clone();
    if !args.is_object() {
        args = json!({});
    }
    for (name, value) in
        [("schedule", json!(row.id)), ("planned_ms", json!(planned_ms)), ("time_zone", json!(zone)), ("site", json!(row.site_id))]
    {
        args[name] = value;
    }
    NewJob::new(row.kind.as_str(), args, author, now).of(row.organisation_id)
}

/// Puts the jobs whose planned time has come; how many.
pub(super) async fn put_due(db: &Db, now: i64, chain_zone: &str) -> Result<usize, DbErr> {
    let due = schedule::Entity::find().filter(Column::Enabled.eq(true)).filter(Column::NextMs.lte(now)).order_by_asc(Column::NextMs);
    if due.clone().one(db.read()).await?.is_none() {
        return Ok(0);
    }
    let tx = db.begin().await?;
    let mut made = 0;
    for row in due.lock_with_behavior(LockType::Update, LockBehavior::SkipLocked).all(&tx).await? {
        let Some(planned) = row.next_ms else { continue };
        let zone = zone(&tx, &row, chain_zone).await?;
        let next = match Plan::parse(&row.cron, &zone) {
            Ok(plan) => plan.next_after(now.max(planned)),
            Err(error) => {
                tracing::error!(schedule = row.id, %error, "a schedule cannot be kept any more");
                None
            }
        };
        let skip = now - planned > LATE_MS && Missed::of_word(&row.missed) == Missed::Skip;
        let mut put = None;
        if skip {
            tracing::warn!(schedule = row.id, planned, "a planned run was missed and is skipped, as the schedule says");
        } else {
            let job = job_of(&row, &zone, planned, "hub", now);
            put = Some(jobs::put(&tx, job.once(format!("schedule:{}:{planned}", row.id))).await?);
            made += 1;
        }
        let mut change = schedule::ActiveModel { id: Set(row.id), next_ms: Set(next), ..Default::default() };
        if put.is_some() {
            // A run that was skipped is none: the page says when the last one was planned.
            change.last_planned_ms = Set(Some(planned));
            change.last_job = Set(put);
        }
        change.update(&tx).await?;
    }
    tx.commit().await?;
    Ok(made)
}

/// What a schedule is to be.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    pub name: String,
    pub kind: String,
    pub args: Value,
    pub cron: String,
    pub time_zone: Option<String>,
    pub site: Option<i64>,
    pub missed: Missed,
    pub enabled: bool,
}

fn shown(row: &schedule::Model) -> Value {
    json!({
        "name": row.name, "kind": row.kind, "args": row.args, "cron": row.cron, "time_zone": row.time_zone, "site": row.site_id,
        "missed": row.missed, "enabled": row.enabled,
    })
}

async fn next(tx: &impl ConnectionTrait, row: &schedule::Model, chain_zone: &str, now: i64) -> Result<Option<i64>, ScheduleError> {
    let zone = zone(tx, row, chain_zone).await?;
    let plan = Plan::parse(&row.cron, &zone)?;
    Ok(if row.enabled { plan.next_after(now) } else { None })
}

fn check(wanted: &Wanted, jobs: &Jobs) -> Result<(), ScheduleError> {
    if !(1..=100).contains(&wanted.name.trim().chars().count()) {
        return Err(ScheduleError::Name);
    }
    if !jobs.schedulable().iter().any(|handler| handler.kind() == wanted.kind) {
        return Err(ScheduleError::Kind(wanted.kind.clone()));
    }
    Ok(())
}

async fn taken(tx: &impl ConnectionTrait, name: &str, but: i64) -> Result<bool, DbErr> {
    let found = schedule::Entity::find().filter(Column::Name.eq(name.trim())).one(tx).await?;
    Ok(found.is_some_and(|found| found.id != but))
}

/// Makes a schedule.
pub(super) async fn create(
    db: &Db,
    jobs: &Jobs,
    wanted: Wanted,
    author: &str,
    chain_zone: &str,
    key: Option<&str>,
) -> Result<i64, ScheduleError> {
    check(&wanted, jobs)?;
    let now = jobs.clock().now_ms();
    let tx = db.begin().await?;
    if let Some(made) = once::made(&tx, "schedule", key).await? {
        return Ok(made);
    }
    if taken(&tx, &wanted.name, 0).await? {
        return Err(ScheduleError::Taken);
    }
    let mut row = schedule::Model {
        id: 0,
        name: wanted.name.trim().to_owned(),
        kind: wanted.kind,
        args: wanted.args,
        cron: wanted.cron.trim().to_owned(),
        time_zone: wanted.time_zone,
        site_id: wanted.site,
        organisation_id: None,
        missed: wanted.missed.word().to_owned(),
        enabled: wanted.enabled,
        next_ms: None,
        last_planned_ms: None,
        last_job: None,
        created_by: author.to_owned(),
        created_ms: now,
        version: 1,
    };
    row.next_ms = next(&tx, &row, chain_zone, now).await?;
    let made = schedule::ActiveModel { id: sea_orm::ActiveValue::NotSet, ..row.into() }.insert(&tx).await?;
    once::keep(&tx, "schedule", made.id, key).await?;
    let change = Change { author, entity: "schedule", id: made.id.to_string(), action: "create" };
    audit::record(&tx, change, audit::NOTHING, Some(shown(&made))).await?;
    tx.commit().await?;
    Ok(made.id)
}

/// Changes a schedule; its next run is planned from now. `version`: what the reader has seen.
pub(super) async fn change(
    db: &Db,
    jobs: &Jobs,
    id: i64,
    version: i64,
    wanted: Wanted,
    author: &str,
    chain_zone: &str,
) -> Result<(), ScheduleError> {
    check(&wanted, jobs)?;
    let tx = db.begin().await?;
    let old = schedule::Entity::find_by_id(id).lock_exclusive().one(&tx).await?.ok_or(ScheduleError::Gone)?;
    if version != old.version {
        return Err(ScheduleError::Changed);
    }
    if taken(&tx, &wanted.name, id).await? {
        return Err(ScheduleError::Taken);
    }
    let mut row = schedule::Model {
        name: wanted.name.trim().to_owned(),
        kind: wanted.kind,
        args: wanted.args,
        cron: wanted.cron.trim().to_owned(),
        time_zone: wanted.time_zone,
        site_id: wanted.site,
        missed: wanted.missed.word().to_owned(),
        enabled: wanted.enabled,
        version: old.version + 1,
        ..old.clone()
    };
    row.next_ms = next(&tx, &row, chain_zone, jobs.clock().now_ms()).await?;
    let new = shown(&row);
    schedule::ActiveModel::from(row).reset_all().update(&tx).await?;
    let change = Change { author, entity: "schedule", id: id.to_string(), action: "change" };
    audit::record(&tx, change, Some(shown(&old)), Some(new)).await?;
    tx.commit().await?;
    Ok(())
}

/// Takes a schedule away; its jobs stay.
pub(super) async fn remove(db: &Db, id: i64, author: &str) -> Result<(), ScheduleError> {
    let tx = db.begin().await?;
    let old = schedule::Entity::find_by_id(id).lock_exclusive().one(&tx).await?.ok_or(ScheduleError::Gone)?;
    schedule::Entity::delete_by_id(id).exec(&tx).await?;
    let change = Change { author, entity: "schedule", id: id.to_string(), action: "delete" };
    audit::record(&tx, change, Some(shown(&old)), audit::NOTHING).await?;
    tx.commit().await?;
    Ok(())
}

/// Puts the job of a schedule now; the planned times stay as they are. With a key, once.
pub(super) async fn run_now(db: &Db, id: i64, key: Option<&str>, author: &str, chain_zone: &str, now: i64) -> Result<i64, ScheduleError> {
    let tx = db.begin().await?;
    let row = schedule::Entity::find_by_id(id).one(&tx).await?.ok_or(ScheduleError::Gone)?;
    let zone = zone(&tx, &row, chain_zone).await?;
    let mut job = job_of(&row, &zone, now, author, now);
    if let Some(key) = key {
        let by_hand = format!("schedule:{id}:by hand:{author}:{key}");
        if let Some(made) = once::made(&tx, "job", Some(&by_hand)).await? {
            return Ok(made);
        }
        job = job.once(by_hand);
    }
    let job = jobs::put(&tx, job).await?;
    schedule::Entity::update_many().col_expr(Column::LastJob, Expr::value(job)).filter(Column::Id.eq(id)).exec(&tx).await?;
    audit::record(&tx, Change { author, entity: "schedule", id: id.to_string(), action: "run" }, audit::NOTHING, Some(json!({"job": job})))
        .await?;
    tx.commit().await?;
    Ok(job)
}

/// All schedules, by name.
pub(super) async fn list(db: &impl ConnectionTrait) -> Result<Vec<schedule::Model>, DbErr> {
    schedule::Entity::find().order_by_asc(Column::Name).all(db).await
}

/// One schedule.
pub(super) async fn find(db: &impl ConnectionTrait, id: i64) -> Result<Option<schedule::Model>, DbErr> {
    schedule::Entity::find_by_id(id).one(db).await
}
