//! Jobs in the database.

use data_encoding::HEXLOWER;
use sea_orm::sea_query::{LockBehavior, LockType};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect, Value as DbValue,
};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::{NewJob, Policy, State, Trouble, Work};
use crate::db::entity::job::{self, Column};
use crate::db::{Db, storable, storable_json};
use crate::http::page::{Page, PageQuery};
use crate::http::problem::{Language, Problem, Text};
use crate::platform::sql::Sql;

/// Longest error that is kept, in characters.
const LONGEST_ERROR: usize = 2_000;

/// Writes a job; its number, also when it was there before.
///
/// # Errors
/// What the database said.
pub async fn put(tx: &impl ConnectionTrait, new: NewJob) -> Result<i64, DbErr> {
    let (once, collapse) = (new.once.clone(), new.collapse.is_some());
    let values: [DbValue; 12] = [
        new.kind.into(),
        storable_json(new.args).into(),
        State::Waiting.word().into(),
        new.run_at_ms.into(),
        new.run_at_ms.into(),
        0_i32.into(),
        0_i32.into(),
        new.author.into(),
        new.organisation.into(),
        new.created_ms.into(),
        new.once.into(),
        new.collapse.into(),
    ];
    let columns = "kind, args, state, run_at_ms, due_ms, attempts, progress, created_by, organisation_id, created_ms, idempotency_key, \
                   collapse_key, cancel_asked";
    let mut sql = Sql::new(format!("INSERT INTO job ({columns}) VALUES ("));
    for value in values {
        sql = sql.bind(value).text(",");
    }
    // The row of a waiting job is touched, so that on PostgreSQL no worker takes it before this transaction is over.
    let conflict = match collapse {
        true => {
            " ON CONFLICT (collapse_key) DO UPDATE SET \
             run_at_ms = CASE WHEN excluded.run_at_ms < job.run_at_ms THEN excluded.run_at_ms ELSE job.run_at_ms END, \
             due_ms = CASE WHEN excluded.due_ms < job.due_ms THEN excluded.due_ms ELSE job.due_ms END"
        }
        false => " ON CONFLICT (idempotency_key) DO NOTHING",
    };
    let id = sql.text("FALSE)").text(conflict).text(" RETURNING id").number(tx).await?;
    match (id, once) {
        (0, Some(key)) => Sql::new("SELECT id FROM job WHERE idempotency_key = ").bind(key).number(tx).await,
        (id, _) => Ok(id),
    }
}

/// Takes up to `most` jobs that are due, under leases of their own.
pub(super) async fn claim(
    db: &Db,
    kinds: &[&'static str],
    most: u64,
    now: i64,
    policy: impl Fn(&str) -> Policy,
) -> Result<Vec<job::Model>, DbErr> {
    let due = job::Entity::find()
        .filter(Column::DueMs.lte(now))
        .filter(Column::Kind.is_in(kinds.iter().copied()))
        .order_by_asc(Column::DueMs)
        .order_by_asc(Column::Id)
        .limit(most);
    // Looking costs nobody the writer's turn.
    if due.clone().select_only().column(Column::Id).into_tuple::<i64>().one(db.read()).await?.is_none() {
        return Ok(Vec::new());
    }
    let tx = db.begin().await?;
    let due = due.lock_with_behavior(LockType::Update, LockBehavior::SkipLocked).all(&tx).await?;
    let mut taken = Vec::with_capacity(due.len());
    for mut job in due {
        let policy = policy(&job.kind);
        if job.lease.is_some() {
            tracing::warn!(job = job.id, kind = job.kind, "a job whose worker is gone is taken again");
        }
        job.attempts += 1;
        job.max_attempts = job.max_attempts.or(Some(policy.max_attempts));
        job.lease = Some(HEXLOWER.encode(&rand::random::<[u8; 12]>()));
        let changed = job::ActiveModel {
            id: Set(job.id),
            state: Set(State::Running.word().to_owned()),
            attempts: Set(job.attempts),
            max_attempts: Set(job.max_attempts),
            lease: Set(job.lease.clone()),
            due_ms: Set(Some(now + policy.lease_ms)),
            started_ms: Set(Some(now)),
            collapse_key: Set(None),
            ..Default::default()
        };
        changed.update(&tx).await?;
        taken.push(job);
    }
    tx.commit().await?;
    Ok(taken)
}

/// A change of a job that this worker holds; `false` when it does not hold it any more.
async fn held(tx: &impl ConnectionTrait, work: &Work, set: Sql) -> Result<bool, DbErr> {
    let sql = Sql::new("UPDATE job SET ").append(&set).text(" WHERE id = ").bind(work.id).text(" AND lease = ").bind(work.lease.as_str());
    Ok(sql.run(tx).await? == 1)
}

/// Ends a job well.
pub(super) async fn done(tx: &DatabaseTransaction, work: &Work, result: &Value) -> Result<bool, DbErr> {
    let set = Sql::new("state = 'done', due_ms = NULL, lease = NULL, last_error = NULL, progress = 1000, result = ")
        .bind(storable_json(result.clone()))
        .text(", ended_ms = ")
        .bind(work.clock.now_ms());
    held(tx, work, set).await
}

/// Writes down how a try ended. `true` when the job is given up with it.
pub(super) async fn failed(tx: &DatabaseTransaction, work: &Work, trouble: &Trouble, policy: Policy) -> Result<bool, DbErr> {
    let now = work.clock.now_ms();
    let error: String = storable(&trouble.to_string()).chars().take(LONGEST_ERROR).collect();
    let waiting = |at: i64| Sql::new("state = 'waiting', lease = NULL, run_at_ms = ").bind(at).text(", due_ms = ").bind(at);
    let ended = |state: State| Sql::new("due_ms = NULL, lease = NULL, state = ").bind(state.word()).text(", ended_ms = ").bind(now);
    let last = work.attempt >= work.max_attempts;
    let (set, dead) = match trouble {
        Trouble::Lost => return Ok(false),
        Trouble::Later(at) => (waiting(*at).text(", attempts = attempts - 1"), false),
        Trouble::Again(_) if !last => {
            let at = now + policy.wait_ms(work.attempt, rand::random());
            (waiting(at).text(", last_error = ").bind(error), false)
        }
        Trouble::AgainAt(at, _) if !last => (waiting((*at).max(now)).text(", last_error = ").bind(error), false),
        Trouble::Again(_) | Trouble::AgainAt(..) | Trouble::Never(_) => (ended(State::Dead).text(", last_error = ").bind(error), true),
        Trouble::Cancelled => (ended(State::Cancelled), false),
    };
    Ok(held(tx, work, set).await? && dead)
}

/// Keeps a lease; whether somebody wants the job to stop, nothing when it is lost.
pub(super) async fn renew(db: &Db, work: &Work, until_ms: i64) -> Result<Option<bool>, DbErr> {
    let tx = db.begin().await?;
    let kept = held(&tx, work, Sql::new("due_ms = ").bind(until_ms)).await?;
    let asked = if kept { Some(asked(&tx, work.id).await?) } else { None };
    tx.commit().await?;
    Ok(asked)
}

async fn asked(db: &impl ConnectionTrait, id: i64) -> Result<bool, DbErr> {
    let found = job::Entity::find_by_id(id).select_only().column(Column::CancelAsked).into_tuple::<bool>().one(db).await?;
    Ok(found.unwrap_or(false))
}

/// Notes progress; whether somebody wants the job to stop, nothing when it is lost.
pub(super) async fn progress(db: &Db, work: &Work, thousandths: i32, words: &Text) -> Result<Option<bool>, DbErr> {
    let words = json!({"zh": words.in_language(Language::Chinese), "en": words.in_language(Language::English)});
    let tx = db.begin().await?;
    let set = Sql::new("progress = ").bind(thousandths).text(", words = ").bind(storable_json(words));
    let asked = if held(&tx, work, set).await? { Some(asked(&tx, work.id).await?) } else { None };
    tx.commit().await?;
    Ok(asked)
}

/// Gives a job back that could not be ended because the hub stops; the try does not count.
pub(super) async fn give_back(db: &Db, leases: &[String], now: i64) -> Result<u64, DbErr> {
    let tx = db.begin().await?;
    let given = Sql::new("UPDATE job SET state = 'waiting', attempts = attempts - 1, lease = NULL, due_ms = ")
        .bind(now)
        .text(" WHERE lease IN ")
        .among(leases.iter().map(String::as_str))
        .run(&tx)
        .await?;
    tx.commit().await?;
    Ok(given)
}

/// Throws out jobs that ended before `before_ms`; the dead stay until somebody has looked, at most three times as long.
pub(super) async fn sweep(db: &Db, now: i64, keep_ms: i64) -> Result<u64, DbErr> {
    let tx = db.begin().await?;
    let gone = Sql::new("DELETE FROM job WHERE (state <> 'dead' AND ended_ms < ")
        .bind(now - keep_ms)
        .text(") OR ended_ms < ")
        .bind(now - 3 * keep_ms)
        .run(&tx)
        .await?;
    tx.commit().await?;
    Ok(gone)
}

/// Cancels a job that waits, and asks one that runs to stop. `false` when it has ended already.
///
/// # Errors
/// What the database said.
pub async fn cancel(tx: &impl ConnectionTrait, id: i64, now: i64) -> Result<bool, DbErr> {
    let waiting = Sql::new("UPDATE job SET state = 'cancelled', due_ms = NULL, collapse_key = NULL, cancel_asked = TRUE, ended_ms = ")
        .bind(now)
        .text(" WHERE state = 'waiting' AND id = ")
        .bind(id);
    if waiting.run(tx).await? == 1 {
        return Ok(true);
    }
    Ok(Sql::new("UPDATE job SET cancel_asked = TRUE WHERE state = 'running' AND id = ").bind(id).run(tx).await? == 1)
}

/// Lets a job that is dead or cancelled begin again, with all its tries. `false` when it is neither.
pub(super) async fn retry(tx: &impl ConnectionTrait, id: i64, now: i64) -> Result<bool, DbErr> {
    let again =
        Sql::new("UPDATE job SET state = 'waiting', attempts = 0, cancel_asked = FALSE, ended_ms = NULL, progress = 0, run_at_ms = ")
            .bind(now)
            .text(", due_ms = ")
            .bind(now)
            .text(" WHERE state IN ('dead', 'cancelled') AND id = ")
            .bind(id);
    Ok(again.run(tx).await? == 1)
}

/// A job as people see it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct JobRow {
    /// Number.
    pub id: i64,
    /// What it does.
    pub kind: String,
    /// With which arguments.
    #[schema(value_type = Object)]
    pub args: Value,
    /// Where it stands.
    pub state: State,
    /// When it runs, or ran last.
    pub run_at_ms: i64,
    /// Tries that have begun.
    pub attempts: i32,
    /// Tries that it gets; absent before the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_attempts: Option<i32>,
    /// Why the last try failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_error: Option<String>,
    /// How far it is, in thousandths.
    pub progress: i32,
    /// The same in words, in the reader's language.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub words: Option<String>,
    /// What came of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Object)]
    pub result: Option<Value>,
    /// Who made it: a login, or `hub`.
    pub created_by: String,
    /// When it was made.
    pub created_ms: i64,
    /// When its last try began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started_ms: Option<i64>,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_ms: Option<i64>,
    /// Somebody asked it to stop.
    pub cancel_asked: bool,
}

impl JobRow {
    fn of(job: job::Model, language: Language) -> Self {
        let tongue = if language == Language::Chinese { "zh" } else { "en" };
        Self {
            words: job.words.and_then(|words| words.get(tongue).and_then(Value::as_str).map(str::to_owned)),
            state: State::of_word(&job.state).unwrap_or(State::Dead),
            id: job.id,
            kind: job.kind,
            args: job.args,
            run_at_ms: job.run_at_ms,
            attempts: job.attempts,
            max_attempts: job.max_attempts,
            last_error: job.last_error,
            progress: job.progress,
            result: job.result,
            created_by: job.created_by,
            created_ms: job.created_ms,
            started_ms: job.started_ms,
            ended_ms: job.ended_ms,
            cancel_asked: job.cancel_asked,
        }
    }
}

/// Which jobs.
pub(super) struct Asked<'a> {
    /// Of this person only.
    pub owner: Option<&'a str>,
    /// In this state.
    pub state: Option<&'a str>,
    /// Of this kind.
    pub kind: Option<&'a str>,
}

pub(super) async fn list(
    db: &impl ConnectionTrait,
    asked: Asked<'_>,
    page: &PageQuery,
    language: Language,
) -> Result<Page<JobRow>, Problem> {
    let mut found = job::Entity::find();
    for (column, value) in [(Column::CreatedBy, asked.owner), (Column::State, asked.state), (Column::Kind, asked.kind)] {
        if let Some(value) = value {
            found = found.filter(column.eq(value));
        }
    }
    Ok(page.newest(db, found, Column::Id, |row| row.id).await?.map(|row| JobRow::of(row, language)))
}

/// A job, when it is this person's or they see all.
pub(super) async fn row(db: &impl ConnectionTrait, id: i64, owner: Option<&str>, language: Language) -> Result<Option<JobRow>, DbErr> {
    let found = job::Entity::find_by_id(id).one(db).await?;
    Ok(found.filter(|job| owner.is_none_or(|owner| job.created_by == owner)).map(|job| JobRow::of(job, language)))
}
