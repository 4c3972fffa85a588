//! Limits of stock for people: list, set, take away.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::StatusCode;

use super::model::{StockLimitFields, StockLimitQuery, StockLimitRow};
use super::{LimitError, store, write};
use crate::http::extract::{Json, Path, Query};
use crate::http::openapi::Refusals;
use crate::http::page::{Page, PageQuery};
use crate::http::problem::Problem;
use crate::http::version::{IfMatch, Versioned};
use crate::platform::identity::Right;
use crate::platform::scope::{Entity, Part};
use crate::platform::session::Session;
use crate::state::App;

impl From<LimitError> for Problem {
    fn from(error: LimitError) -> Self {
        let en = error.to_string();
        match error {
            LimitError::NoLimit => Self::not_found(),
            LimitError::NoItem(_) => Self::not_found().field("item"),
            LimitError::NoSite(_) => Self::not_found().field("id"),
            LimitError::Kit => Self::invalid("not_a_kit", "item", "套件本身没有库存，请给它的部件设上下限。", en),
            LimitError::Range => Self::invalid("limit_range", "min", "下限和上限至少填一个，从 0 到 1000000000，下限不能高于上限。", en),
            LimitError::Changed => Self::changed(),
            LimitError::Database(error) => Self::internal(&error),
        }
    }
}

/// How much there should be of items at sites, by code and site.
#[utoipa::path(get, path = "/api/v1/stock-limits", tag = "inventory", params(Part, StockLimitQuery, PageQuery),
    responses((status = 200, body = Page<StockLimitRow>), Refusals))]
pub async fn list(
    State(app): State<App>,
    session: Session,
    Query(part): Query<Part>,
    Query(asked): Query<StockLimitQuery>,
    Query(page): Query<PageQuery>,
) -> Result<Answer<Page<StockLimitRow>>, Problem> {
    Ok(Answer(store::list(app.db.read(), &session.scope_at(Entity::Stock, part)?, &asked, &page).await?))
}

/// How much there should be of an item at a site.
#[utoipa::path(get, path = "/api/v1/sites/{id}/limits/{item}", tag = "inventory",
    params(("id" = i64, Path, description = "Number of the site"), ("item" = i64, Path, description = "Number of the item")),
    responses((status = 200, body = StockLimitRow), Refusals))]
pub async fn show(
    State(app): State<App>,
    session: Session,
    Path((site, item)): Path<(i64, i64)>,
) -> Result<Versioned<StockLimitRow>, Problem> {
    session.scope(Entity::Stock)?.check(Some(site))?;
    let row = store::find(app.db.read(), site, item).await?.ok_or_else(Problem::not_found)?;
    Ok(Versioned(row.version, row))
}

/// Say how much there should be of an item at a site: at least, at most, or both. Who leads the site is told when there is less or more.
#[utoipa::path(put, path = "/api/v1/sites/{id}/limits/{item}", tag = "inventory", request_body = StockLimitFields,
    params(("id" = i64, Path, description = "Number of the site"), ("item" = i64, Path, description = "Number of the item"),
        ("If-Match" = String, Header, description = "The ETag as it was read; \"0\" for a new one")),
    responses((status = 200, body = StockLimitRow), Refusals))]
pub async fn put(
    State(app): State<App>,
    session: Session,
    Path((site, item)): Path<(i64, i64)>,
    version: IfMatch,
    Json(fields): Json<StockLimitFields>,
) -> Result<Versioned<StockLimitRow>, Problem> {
    session.may_at(Entity::Stock, Right::Approvals, Some(site))?;
    write::put(&app.db, &session.actor.login, (site, item, version.0), &fields).await?;
    let row = store::find(app.db.read(), site, item).await?.ok_or_else(Problem::not_found)?;
    Ok(Versioned(row.version, row))
}

/// Say no more how much there should be.
#[utoipa::path(delete, path = "/api/v1/sites/{id}/limits/{item}", tag = "inventory",
    params(("id" = i64, Path, description = "Number of the site"), ("item" = i64, Path, description = "Number of the item"),
        ("If-Match" = String, Header, description = "The ETag as it was read")),
    responses((status = 204, description = "It is gone"), Refusals))]
pub async fn remove(
    State(app): State<App>,
    session: Session,
    Path((site, item)): Path<(i64, i64)>,
    version: IfMatch,
) -> Result<StatusCode, Problem> {
    session.may_at(Entity::Stock, Right::Approvals, Some(site))?;
    write::remove(&app.db, &session.actor.login, (site, item, version.0)).await?;
    Ok(StatusCode::NO_CONTENT)
}
