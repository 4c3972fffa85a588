//! Views for people.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{ViewError, store};
use crate::http::extract::{IdempotencyKey, Json, Path, Query, given};
use crate::http::openapi::Refusals;
use crate::http::page::Page;
use crate::http::problem::{Problem, Who};
use crate::http::version::{IfMatch, Versioned};
use crate::platform::scope::Entity;
use crate::platform::session::Session;
use crate::state::App;

impl From<ViewError> for Problem {
    fn from(error: ViewError) -> Self {
        let en = error.to_string();
        match error {
            ViewError::NoView => Self::not_found(),
            ViewError::NotYours => {
                Self::new(StatusCode::FORBIDDEN, "view_own", "别人共享的视图不能修改，可以另存为自己的。", en).who(Who::Reader)
            }
            ViewError::List => Self::invalid("list_shape", "list", "列表名要有 1 到 40 个小写字母、数字或 -。", en),
            ViewError::Name => Self::invalid("name_length", "name", "名称要有 1 到 60 个字。", en),
            ViewError::Taken => Self::conflict("name_free", "您已经有同名的视图。", en).field("name"),
            ViewError::Size => Self::invalid("view_size", "query", "筛选条件最多 2000 个字符，隐藏的列最多 60 个。", en),
            ViewError::NoRole => Self::invalid("role_exists", "role", "没有这个角色。", en),
            ViewError::RoleAlone => Self::invalid("organisation_given", "organisation", "按角色共享时还要选择组织。", en),
            ViewError::TooMany => Self::conflict("view_count", "一个人最多保存 200 个视图。", en),
            ViewError::Changed => Self::changed(),
            ViewError::Database(error) => Self::internal(&error),
        }
    }
}

/// Which views.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct ViewQuery {
    /// Of this list.
    #[serde(deserialize_with = "given")]
    list: Option<String>,
}

/// A saved view.
#[derive(Debug, Serialize, ToSchema)]
pub struct ViewRow {
    /// Number.
    pub(super) id: i64,
    /// The list that it is a view of.
    pub(super) list: String,
    /// Name.
    pub(super) name: String,
    /// The list's filters, as in its page's address.
    pub(super) query: String,
    /// Columns that it does not show.
    pub(super) hidden: Vec<String>,
    /// Whether its rows are low.
    pub(super) dense: bool,
    /// Whether it is the reader's own.
    pub(super) mine: bool,
    /// Who shared it, when it is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) owner: Option<String>,
    /// The organisation it is shared with, told to its owner.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) organisation: Option<i64>,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) organisation_name: Option<String>,
    /// The role that it is shared with there, told to its owner; any role when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) role: Option<i64>,
    /// Grows with every change; send it back as If-Match.
    pub(super) version: i64,
}

/// A view as it is to be.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ViewWanted {
    /// The list that it is a view of: tasks, items, …
    pub(super) list: String,
    /// Name.
    pub(super) name: String,
    /// The list's filters, as in its page's address.
    pub(super) query: String,
    /// Columns that it does not show.
    #[serde(default)]
    pub(super) hidden: Vec<String>,
    /// Whether its rows are low.
    #[serde(default)]
    pub(super) dense: bool,
    /// Share it with everybody in this organisation and beneath it; nobody when left away.
    #[serde(default)]
    pub(super) organisation: Option<i64>,
    /// Share it there with those who have this role only.
    #[serde(default)]
    pub(super) role: Option<i64>,
}

/// Nobody shares with an organisation that they do not see.
fn may_share(session: &Session, wanted: &ViewWanted) -> Result<(), Problem> {
    match wanted.organisation {
        None => Ok(()),
        Some(_) => session.scope(Entity::Organisation)?.check_organisation(wanted.organisation).map_err(|no| no.field("organisation")),
    }
}

/// Views of the reader: their own, then those shared with them, by name.
#[utoipa::path(get, path = "/api/v1/views", tag = "pages", params(ViewQuery), responses((status = 200, body = Page<ViewRow>), Refusals))]
pub async fn list(State(app): State<App>, session: Session, Query(asked): Query<ViewQuery>) -> Result<Answer<Page<ViewRow>>, Problem> {
    Ok(Answer(Page::whole(store::list(app.db.read(), &session.actor, asked.list).await?)))
}

async fn row(app: &App, session: &Session, id: i64) -> Result<Versioned<ViewRow>, Problem> {
    let row = store::row(app.db.read(), &session.actor, id).await?.ok_or_else(Problem::not_found)?;
    Ok(Versioned(row.version, row))
}

/// Save a view. The same Idempotency-Key makes none again.
#[utoipa::path(post, path = "/api/v1/views", tag = "pages", request_body = ViewWanted,
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes the request safe to send again")),
    responses((status = 201, body = ViewRow), Refusals))]
pub async fn create(
    State(app): State<App>,
    session: Session,
    key: Option<IdempotencyKey>,
    Json(asked): Json<ViewWanted>,
) -> Result<(StatusCode, Versioned<ViewRow>), Problem> {
    may_share(&session, &asked)?;
    let id = store::create(&app.db, &session.actor, asked, IdempotencyKey::of(key, session.actor.id).as_deref()).await?;
    Ok((StatusCode::CREATED, row(&app, &session, id).await?))
}

/// Change an own view.
#[utoipa::path(put, path = "/api/v1/views/{id}", tag = "pages", request_body = ViewWanted,
    params(("id" = i64, Path, description = "Number of the view"), ("If-Match" = String, Header, description = "The ETag that was read")),
    responses((status = 200, body = ViewRow), Refusals))]
pub async fn change(
    State(app): State<App>,
    session: Session,
    Path(id): Path<i64>,
    IfMatch(version): IfMatch,
    Json(asked): Json<ViewWanted>,
) -> Result<Versioned<ViewRow>, Problem> {
    may_share(&session, &asked)?;
    store::change(&app.db, &session.actor, id, version, asked).await?;
    row(&app, &session, id).await
}

/// Forget an own view; those it was shared with lose it too.
#[utoipa::path(delete, path = "/api/v1/views/{id}", tag = "pages", params(("id" = i64, Path, description = "Number of the view")),
    responses((status = 204, description = "It is gone"), Refusals))]
pub async fn remove(State(app): State<App>, session: Session, Path(id): Path<i64>) -> Result<StatusCode, Problem> {
    store::remove(&app.db, &session.actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
