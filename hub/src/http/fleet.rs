//! Edges for people; how edges join and speak is [`crate::edges`].

use axum::Json as Answer;
use axum::extract::State;
use axum::http::StatusCode;
use qitao_domain::ids::{EdgeId, SiteId};
use sea_orm::Value;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::extract::{IdempotencyKey, Json, Path, Query, given};
use super::openapi::Refusals;
use super::page::{Page, PageQuery};
use super::problem::Problem;
use crate::edges::{self, Created, EdgeRow, Edges};
use crate::platform::identity::Right;
use crate::platform::scope::{Entity, Part};
use crate::platform::session::Session;
use crate::platform::sql::Sql;
use crate::state::App;

async fn seen(app: &App, session: &Session, id: &str) -> Result<(EdgeId, EdgeRow), Problem> {
    let id = EdgeId::new(id).map_err(|_| Problem::not_found())?;
    let row = edges::get(&app.fleet, &session.scope(Entity::Edge)?, &id).await?.ok_or_else(Problem::not_found)?;
    Ok((id, row))
}

/// An edge that the reader sees and may change.
async fn changeable(app: &App, session: &Session, id: &str) -> Result<EdgeId, Problem> {
    let (id, row) = seen(app, session, id).await?;
    session.may_at(Entity::Edge, Right::Edges, Some(row.site))?;
    Ok(id)
}

/// Which edges.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct EdgeQuery {
    /// Part of the name.
    #[serde(deserialize_with = "given")]
    q: Option<String>,
    /// Of these, separated by commas; others are left out.
    #[serde(deserialize_with = "given")]
    ids: Option<String>,
    /// Those that should be there and are silent.
    #[serde(deserialize_with = "given")]
    away: Option<bool>,
}

/// Edges, by site and name.
#[utoipa::path(get, path = "/api/v1/edges", tag = "edges", params(Part, EdgeQuery, PageQuery),
    responses((status = 200, body = Page<EdgeRow>), Refusals))]
pub async fn list(
    State(app): State<App>,
    session: Session,
    Query(part): Query<Part>,
    Query(asked): Query<EdgeQuery>,
    Query(page): Query<PageQuery>,
) -> Result<Answer<Page<EdgeRow>>, Problem> {
    let asked = Edges { q: asked.q, ids: asked.ids, away: asked.away == Some(true) };
    Ok(Answer(edges::list(&app.fleet, &session.scope_at(Entity::Edge, part)?, asked, &page).await?))
}

/// An edge.
#[utoipa::path(get, path = "/api/v1/edges/{id}", tag = "edges", params(("id" = String, Path, description = "The edge")),
    responses((status = 200, body = EdgeRow), Refusals))]
pub async fn show(State(app): State<App>, session: Session, Path(id): Path<String>) -> Result<Answer<EdgeRow>, Problem> {
    Ok(Answer(seen(&app, &session, &id).await?.1))
}

/// An edge to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewEdge {
    /// Where it will stand.
    site: i64,
    /// Its name, for people.
    name: String,
}

/// Make an edge. Its enrolment token is shown once. With an Idempotency-Key the same request makes one edge; asked again, it gets a new token.
#[utoipa::path(post, path = "/api/v1/edges", tag = "edges", request_body = NewEdge,
    params(("Idempotency-Key" = Option<String>, Header, description = "The same key never makes a second edge")),
    responses((status = 201, body = Created), (status = 200, body = Created, description = "Made before; the token is new"), Refusals))]
pub async fn create(
    State(app): State<App>,
    session: Session,
    key: Option<IdempotencyKey>,
    Json(asked): Json<NewEdge>,
) -> Result<(StatusCode, Answer<Created>), Problem> {
    session.may_at(Entity::Edge, Right::Edges, Some(asked.site))?;
    let (author, site) = (&session.actor.login, SiteId(asked.site));
    let Some(IdempotencyKey(key)) = key else {
        return Ok((StatusCode::CREATED, Answer(edges::create(&app.fleet, site, &asked.name, author).await?)));
    };
    let setting = format!("edge_key:{}:{key}", session.actor.id);
    if !reserve(&app, &setting).await? {
        return repeated(&app, &session, &setting).await;
    }
    match edges::create(&app.fleet, site, &asked.name, author).await {
        Ok(created) => {
            remember(&app, &setting, Some(&created.id)).await?;
            Ok((StatusCode::CREATED, Answer(created)))
        }
        Err(error) => {
            remember(&app, &setting, None).await?;
            Err(error.into())
        }
    }
}

/// Takes the key; `false` when it was taken before.
async fn reserve(app: &App, setting: &str) -> Result<bool, Problem> {
    let tx = app.db.begin().await?;
    let row: [Value; 2] = [setting.into(), "".into()];
    let taken = Sql::new("INSERT INTO setting (key, value) VALUES ").list(row).text(" ON CONFLICT (key) DO NOTHING").run(&tx).await?;
    tx.commit().await?;
    Ok(taken == 1)
}

/// Notes which edge the key made, or gives the key back when it made none.
async fn remember(app: &App, setting: &str, edge: Option<&str>) -> Result<(), Problem> {
    let tx = app.db.begin().await?;
    match edge {
        Some(edge) => Sql::new("UPDATE setting SET value = ").bind(edge).text(" WHERE key = ").bind(setting).run(&tx).await?,
        None => Sql::new("DELETE FROM setting WHERE key = ").bind(setting).run(&tx).await?,
    };
    tx.commit().await?;
    Ok(())
}

async fn repeated(app: &App, session: &Session, setting: &str) -> Result<(StatusCode, Answer<Created>), Problem> {
    let made = Sql::new("SELECT value FROM setting WHERE key = ").bind(setting).word(app.db.read()).await?.unwrap_or_default();
    let Ok(id) = EdgeId::new(made) else {
        return Err(Problem::conflict(
            "idempotency_key_busy",
            "同一个请求正在处理，请稍后再试。",
            "The same request is under way; try again in a moment.",
        ));
    };
    // With the right that is there now, at the site where that edge is.
    let id = changeable(app, session, id.as_str()).await?;
    Ok((StatusCode::OK, Answer(edges::renew_token(&app.fleet, &id, &session.actor.login).await?)))
}

/// Give an edge a new enrolment token, for a machine that takes its place. It is shown once.
#[utoipa::path(post, path = "/api/v1/edges/{id}/token", tag = "edges", params(("id" = String, Path, description = "The edge")),
    responses((status = 200, body = Created), Refusals))]
pub async fn renew_token(State(app): State<App>, session: Session, Path(id): Path<String>) -> Result<Answer<Created>, Problem> {
    let id = changeable(&app, &session, &id).await?;
    Ok(Answer(edges::renew_token(&app.fleet, &id, &session.actor.login).await?))
}

/// Disable an edge: it keeps everything and is told that nobody listens.
#[utoipa::path(post, path = "/api/v1/edges/{id}/disable", tag = "edges", params(("id" = String, Path, description = "The edge")),
    responses((status = 200, body = EdgeRow), Refusals))]
pub async fn disable(State(app): State<App>, session: Session, Path(id): Path<String>) -> Result<Answer<EdgeRow>, Problem> {
    set_disabled(&app, &session, &id, true).await
}

/// Enable an edge again.
#[utoipa::path(post, path = "/api/v1/edges/{id}/enable", tag = "edges", params(("id" = String, Path, description = "The edge")),
    responses((status = 200, body = EdgeRow), Refusals))]
pub async fn enable(State(app): State<App>, session: Session, Path(id): Path<String>) -> Result<Answer<EdgeRow>, Problem> {
    set_disabled(&app, &session, &id, false).await
}

async fn set_disabled(app: &App, session: &Session, id: &str, disabled: bool) -> Result<Answer<EdgeRow>, Problem> {
    let edge = changeable(app, session, id).await?;
    edges::set_disabled(&app.fleet, &edge, disabled, &session.actor.login).await?;
    Ok(Answer(seen(app, session, id).await?.1))
}

/// End the refusal of an edge after somebody has looked which machine is the real one.
#[utoipa::path(post, path = "/api/v1/edges/{id}/forgive", tag = "edges", params(("id" = String, Path, description = "The edge")),
    responses((status = 200, body = EdgeRow), Refusals))]
pub async fn forgive(State(app): State<App>, session: Session, Path(id): Path<String>) -> Result<Answer<EdgeRow>, Problem> {
    let edge = changeable(&app, &session, &id).await?;
    edges::forgive(&app.fleet, &edge, &session.actor.login).await?;
    Ok(Answer(seen(&app, &session, &id).await?.1))
}
