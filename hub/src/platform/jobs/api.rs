//! Jobs for people: their own, and all of them for whoever runs the hub.

use axum::Json as Answer;
use axum::extract::State as Of;
use axum::http::HeaderMap;
use serde::Deserialize;
use utoipa::IntoParams;

use super::store::{self, Asked, JobRow};
use super::{State, cancel as stop};
use crate::http::extract::{Path, Query, given};
use crate::http::openapi::Refusals;
use crate::http::page::{Page, PageQuery};
use crate::http::problem::{Language, Problem};
use crate::platform::audit::{self, Change};
use crate::platform::identity::Right;
use crate::platform::session::Session;
use crate::state::App;

/// Which jobs.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct JobQuery {
    /// `waiting`, `running`, `done`, `dead` or `cancelled`.
    #[serde(deserialize_with = "given")]
    state: Option<String>,
    /// Of this kind.
    #[serde(deserialize_with = "given")]
    kind: Option<String>,
    /// `true`: only the reader's own, also when they may see all.
    #[serde(deserialize_with = "given")]
    mine: Option<bool>,
}

/// Whose jobs this reader sees; nothing for everybody's.
fn owner(session: &Session) -> Option<&str> {
    (session.actor.may_at(Right::Hub, None).is_err()).then_some(session.actor.login.as_str())
}

/// Jobs, newest first: the reader's own; all of them for an administrator.
#[utoipa::path(get, path = "/api/v1/jobs", tag = "jobs", params(JobQuery, PageQuery),
    responses((status = 200, body = Page<JobRow>), Refusals))]
pub async fn list(
    Of(app): Of<App>,
    session: Session,
    headers: HeaderMap,
    Query(asked): Query<JobQuery>,
    Query(page): Query<PageQuery>,
) -> Result<Answer<Page<JobRow>>, Problem> {
    let mine = asked.mine.unwrap_or(false).then_some(session.actor.login.as_str());
    let asked = Asked { owner: mine.or_else(|| owner(&session)), state: asked.state.as_deref(), kind: asked.kind.as_deref() };
    Ok(Answer(store::list(app.db.read(), asked, &page, Language::of(&headers)).await?))
}

/// A job.
#[utoipa::path(get, path = "/api/v1/jobs/{id}", tag = "jobs", params(("id" = i64, Path, description = "Number of the job")),
    responses((status = 200, body = JobRow), Refusals))]
pub async fn show(Of(app): Of<App>, session: Session, headers: HeaderMap, Path(id): Path<i64>) -> Result<Answer<JobRow>, Problem> {
    seen(&app, &session, &headers, id).await.map(Answer)
}

async fn seen(app: &App, session: &Session, headers: &HeaderMap, id: i64) -> Result<JobRow, Problem> {
    store::row(app.db.read(), id, owner(session), Language::of(headers)).await?.ok_or_else(Problem::not_found)
}

/// Cancel a job: one that waits at once, one that runs at its next good place.
#[utoipa::path(post, path = "/api/v1/jobs/{id}/cancel", tag = "jobs", params(("id" = i64, Path, description = "Number of the job")),
    responses((status = 200, body = JobRow), Refusals))]
pub async fn cancel(Of(app): Of<App>, session: Session, headers: HeaderMap, Path(id): Path<i64>) -> Result<Answer<JobRow>, Problem> {
    seen(&app, &session, &headers, id).await?;
    let tx = app.db.begin().await?;
    if !stop(&tx, id, app.jobs.clock().now_ms()).await? {
        return Err(Problem::conflict("job_open", "这个任务已经结束，不能取消。", "The job has ended and cannot be cancelled."));
    }
    note(&tx, &session, id, "cancel").await?;
    tx.commit().await?;
    app.jobs.stop_one(id);
    seen(&app, &session, &headers, id).await.map(Answer)
}

/// Let a dead or cancelled job begin again.
#[utoipa::path(post, path = "/api/v1/jobs/{id}/retry", tag = "jobs", params(("id" = i64, Path, description = "Number of the job")),
    responses((status = 200, body = JobRow), Refusals))]
pub async fn retry(Of(app): Of<App>, session: Session, headers: HeaderMap, Path(id): Path<i64>) -> Result<Answer<JobRow>, Problem> {
    let job = seen(&app, &session, &headers, id).await?;
    let tx = app.db.begin().await?;
    if !store::retry(&tx, id, app.jobs.clock().now_ms()).await? {
        let (zh, en) = match job.state {
            State::Done => ("这个任务已经完成。", "The job has ended well."),
            _ => ("这个任务正在等待或执行。", "The job is waiting or running."),
        };
        return Err(Problem::conflict("job_failed", zh, en));
    }
    note(&tx, &session, id, "retry").await?;
    tx.commit().await?;
    app.jobs.wake();
    seen(&app, &session, &headers, id).await.map(Answer)
}

async fn note(tx: &impl sea_orm::ConnectionTrait, session: &Session, id: i64, action: &'static str) -> Result<(), Problem> {
    let change = Change { author: &session.actor.login, entity: "job", id: id.to_string(), action };
    Ok(audit::record(tx, change, audit::NOTHING, audit::NOTHING).await?)
}
