//! Schedules for whoever runs the hub.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::ScheduleError;
use super::rules::{Missed, Plan};
use super::store::{self, Wanted};
use crate::db::entity::schedule;
use crate::http::extract::{IdempotencyKey, Json, Path};
use crate::http::openapi::Refusals;
use crate::http::page::Page;
use crate::http::problem::{Language, Problem};
use crate::http::version::{IfMatch, Versioned};
use crate::platform::identity::Right;
use crate::platform::notifications::channels_api::site_exists;
use crate::platform::session::Session;
use crate::state::App;

impl From<ScheduleError> for Problem {
    fn from(error: ScheduleError) -> Self {
        let en = error.to_string();
        match error {
            ScheduleError::Pattern(why) => Self::invalid(
                "cron",
                "cron",
                format!("时间规则读不懂：{why}。要有五段：分 时 日 月 周，例如 0 9 * * * 是每天 9:00。"),
                format!("{en}. It has five fields: minute, hour, day, month, weekday; 0 9 * * * is every day at 9:00."),
            ),
            ScheduleError::Zone(zone) => Self::invalid("time_zone", "time_zone", format!("没有时区 {zone}，例如 Asia/Shanghai。"), en),
            ScheduleError::Kind(_) => Self::invalid("kind_schedulable", "kind", "这种任务不能定时执行。", en),
            ScheduleError::Name => Self::invalid("name_length", "name", "名称要有 1 到 100 个字。", en),
            ScheduleError::Taken => Self::conflict("name_free", "已经有同名的定时任务。", en).field("name"),
            ScheduleError::Gone => Self::not_found(),
            ScheduleError::Changed => Self::changed(),
            ScheduleError::Database(error) => Self::internal(&error),
        }
    }
}

/// A schedule.
#[derive(Debug, Serialize, ToSchema)]
pub struct ScheduleRow {
    /// Number.
    id: i64,
    /// Name.
    name: String,
    /// Kind of its jobs.
    kind: String,
    /// Their arguments.
    #[schema(value_type = Object)]
    args: Value,
    /// Minute, hour, day, month, weekday.
    cron: String,
    /// The time zone that was chosen for it; absent: that of its site, or of the chain.
    #[serde(skip_serializing_if = "Option::is_none")]
    time_zone: Option<String>,
    /// The time zone it is kept in.
    zone: String,
    /// Its site.
    #[serde(skip_serializing_if = "Option::is_none")]
    site: Option<i64>,
    /// What happens to times when no hub ran.
    missed: Missed,
    /// Whether it is kept.
    enabled: bool,
    /// The next five planned times.
    next: Vec<i64>,
    /// The planned time of its last run.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_planned_ms: Option<i64>,
    /// Its last job.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_job: Option<i64>,
    /// Who made it.
    created_by: String,
    /// When.
    created_ms: i64,
    /// Grows with every change; `If-Match` of a change.
    version: i64,
}

/// Times that are shown ahead.
const AHEAD: usize = 5;

async fn row(app: &App, model: schedule::Model) -> Result<ScheduleRow, Problem> {
    let zone = store::zone(app.db.read(), &model, &app.config.outside.time_zone).await?;
    let next = match (model.enabled, Plan::parse(&model.cron, &zone)) {
        (true, Ok(plan)) => plan.next_few(app.jobs.clock().now_ms(), AHEAD),
        _ => Vec::new(),
    };
    Ok(ScheduleRow {
        id: model.id,
        name: model.name,
        kind: model.kind,
        args: model.args,
        cron: model.cron,
        time_zone: model.time_zone,
        zone,
        site: model.site_id,
        missed: Missed::of_word(&model.missed),
        enabled: model.enabled,
        next,
        last_planned_ms: model.last_planned_ms,
        last_job: model.last_job,
        created_by: model.created_by,
        created_ms: model.created_ms,
        version: model.version,
    })
}

async fn seen(app: &App, id: i64) -> Result<ScheduleRow, Problem> {
    row(app, store::find(app.db.read(), id).await?.ok_or_else(Problem::not_found)?).await
}

fn versioned(row: ScheduleRow) -> Versioned<ScheduleRow> {
    Versioned(row.version, row)
}

/// A schedule as it is to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ScheduleWanted {
    /// Name.
    name: String,
    /// Kind of its jobs, one of `/api/v1/schedule-kinds`.
    kind: String,
    /// Their arguments.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    args: Option<Value>,
    /// Minute, hour, day, month, weekday.
    cron: String,
    /// IANA time zone; when left away that of its site, or of the chain.
    #[serde(default)]
    time_zone: Option<String>,
    /// Its site.
    #[serde(default)]
    site: Option<i64>,
    /// What happens to times when no hub ran.
    #[serde(default)]
    missed: Missed,
    /// Whether it is kept.
    #[serde(default = "yes")]
    enabled: bool,
}

const fn yes() -> bool {
    true
}

fn wanted(asked: ScheduleWanted) -> Result<Wanted, Problem> {
    let args = asked.args.unwrap_or_else(|| json!({}));
    if !args.is_object() {
        return Err(Problem::invalid("args_object", "args", "参数要是一个 JSON 对象。", "The arguments are a JSON object."));
    }
    Ok(Wanted {
        name: asked.name,
        kind: asked.kind,
        args,
        cron: asked.cron,
        time_zone: asked.time_zone.filter(|zone| !zone.trim().is_empty()),
        site: asked.site,
        missed: asked.missed,
        enabled: asked.enabled,
    })
}

/// Schedules, by name.
#[utoipa::path(get, path = "/api/v1/schedules", tag = "jobs", responses((status = 200, body = Page<ScheduleRow>), Refusals))]
pub async fn list(State(app): State<App>, session: Session) -> Result<Answer<Page<ScheduleRow>>, Problem> {
    session.actor.may_at(Right::Hub, None)?;
    let mut rows = Vec::new();
    for model in store::list(app.db.read()).await? {
        rows.push(row(&app, model).await?);
    }
    Ok(Answer(Page::whole(rows)))
}

/// A schedule.
#[utoipa::path(get, path = "/api/v1/schedules/{id}", tag = "jobs", params(("id" = i64, Path, description = "Number of the schedule")),
    responses((status = 200, body = ScheduleRow), Refusals))]
pub async fn show(State(app): State<App>, session: Session, Path(id): Path<i64>) -> Result<Versioned<ScheduleRow>, Problem> {
    session.actor.may_at(Right::Hub, None)?;
    seen(&app, id).await.map(versioned)
}

/// Make a schedule. The same Idempotency-Key makes none again.
#[utoipa::path(post, path = "/api/v1/schedules", tag = "jobs", request_body = ScheduleWanted,
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes the request safe to send again")),
    responses((status = 201, body = ScheduleRow), Refusals))]
pub async fn create(
    State(app): State<App>,
    session: Session,
    key: Option<IdempotencyKey>,
    Json(asked): Json<ScheduleWanted>,
) -> Result<(StatusCode, Answer<ScheduleRow>), Problem> {
    session.actor.may_at(Right::Hub, None)?;
    site_exists(&app, asked.site).await?;
    let (zone, key) = (&app.config.outside.time_zone, IdempotencyKey::of(key, session.actor.id));
    let id = store::create(&app.db, &app.jobs, wanted(asked)?, &session.actor.login, zone, key.as_deref()).await?;
    Ok((StatusCode::CREATED, Answer(seen(&app, id).await?)))
}

/// Change a schedule. Its next run is planned anew from now.
#[utoipa::path(put, path = "/api/v1/schedules/{id}", tag = "jobs", request_body = ScheduleWanted,
    params(("id" = i64, Path, description = "Number of the schedule"), ("If-Match" = String, Header, description = "The ETag that was read")), responses((status = 200, body = ScheduleRow), Refusals))]
pub async fn change(
    State(app): State<App>,
    session: Session,
    Path(id): Path<i64>,
    IfMatch(version): IfMatch,
    Json(asked): Json<ScheduleWanted>,
) -> Result<Versioned<ScheduleRow>, Problem> {
    session.actor.may_at(Right::Hub, None)?;
    site_exists(&app, asked.site).await?;
    let zone = &app.config.outside.time_zone;
    store::change(&app.db, &app.jobs, id, version, wanted(asked)?, &session.actor.login, zone).await?;
    seen(&app, id).await.map(versioned)
}

/// Take a schedule away; jobs that it made stay.
#[utoipa::path(delete, path = "/api/v1/schedules/{id}", tag = "jobs", params(("id" = i64, Path, description = "Number of the schedule")),
    responses((status = 204, description = "It is gone"), Refusals))]
pub async fn remove(State(app): State<App>, session: Session, Path(id): Path<i64>) -> Result<StatusCode, Problem> {
    session.actor.may_at(Right::Hub, None)?;
    store::remove(&app.db, id, &session.actor.login).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The job that was made.
#[derive(Debug, Serialize, ToSchema)]
pub struct Made {
    /// Its number; see `/api/v1/jobs/{id}`.
    job: i64,
}

/// Run a schedule now. Its planned times stay as they are.
#[utoipa::path(post, path = "/api/v1/schedules/{id}/run", tag = "jobs",
    params(("id" = i64, Path, description = "Number of the schedule"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key never makes a second job")),
    responses((status = 202, body = Made), Refusals))]
pub async fn run(
    State(app): State<App>,
    session: Session,
    Path(id): Path<i64>,
    key: Option<IdempotencyKey>,
) -> Result<(StatusCode, Answer<Made>), Problem> {
    session.actor.may_at(Right::Hub, None)?;
    let (zone, now) = (&app.config.outside.time_zone, app.jobs.clock().now_ms());
    let key = key.map(|IdempotencyKey(key)| key);
    let job = store::run_now(&app.db, id, key.as_deref(), &session.actor.login, zone, now).await?;
    app.jobs.wake();
    Ok((StatusCode::ACCEPTED, Answer(Made { job })))
}

/// A kind of job that can be put on a schedule.
#[derive(Debug, Serialize, ToSchema)]
pub struct ScheduleKind {
    /// The kind.
    kind: &'static str,
    /// What it does, in the reader's language.
    name: String,
}

/// What can be put on a schedule.
#[utoipa::path(get, path = "/api/v1/schedule-kinds", tag = "jobs", responses((status = 200, body = Page<ScheduleKind>), Refusals))]
pub async fn kinds(State(app): State<App>, session: Session, headers: HeaderMap) -> Result<Answer<Page<ScheduleKind>>, Problem> {
    session.actor.may_at(Right::Hub, None)?;
    let language = Language::of(&headers);
    let kinds = app.jobs.schedulable().into_iter().filter_map(|handler| {
        let name = handler.schedulable()?.in_language(language).to_owned();
        Some(ScheduleKind { kind: handler.kind(), name })
    });
    Ok(Answer(Page::whole(kinds.collect())))
}

/// A pattern to look at.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PatternWanted {
    /// Minute, hour, day, month, weekday.
    cron: String,
    /// IANA time zone; when left away that of the chain.
    #[serde(default)]
    time_zone: Option<String>,
}

/// When a pattern's times come.
#[derive(Debug, Serialize, ToSchema)]
pub struct Preview {
    /// The next five planned times.
    next: Vec<i64>,
    /// The time zone they are of.
    zone: String,
}

/// The next five times of a pattern, before it is saved.
#[utoipa::path(post, path = "/api/v1/schedule-preview", tag = "jobs", request_body = PatternWanted,
    responses((status = 200, body = Preview), Refusals))]
pub async fn preview(State(app): State<App>, session: Session, Json(asked): Json<PatternWanted>) -> Result<Answer<Preview>, Problem> {
    session.actor.may_at(Right::Hub, None)?;
    let zone = asked.time_zone.unwrap_or_else(|| app.config.outside.time_zone.clone());
    let next = Plan::parse(&asked.cron, &zone)?.next_few(app.jobs.clock().now_ms(), AHEAD);
    Ok(Answer(Preview { next, zone }))
}
