//! What a house has set for service: what completion asks for, how far is far, when a return visit is due.

use axum::extract::State;
use sea_orm::{ConnectionTrait, DbErr};

use super::rules::Settings;
use crate::http::extract::Json;
use crate::http::openapi::Refusals;
use crate::http::problem::Problem;
use crate::http::version::{IfMatch, Versioned};
use crate::platform::audit::{self, Change};
use crate::platform::identity::Right;
use crate::platform::scope::Entity;
use crate::platform::session::Session;
use crate::platform::sql::Sql;
use crate::state::App;

/// The settings with their version; the delivered ones where nothing was set.
pub(in crate::service) async fn of(db: &impl ConnectionTrait) -> Result<(i64, Settings), DbErr> {
    let version = Sql::new("SELECT version FROM service_setting WHERE id = 1").number(db).await?;
    let document = Sql::new("SELECT document FROM service_setting WHERE id = 1").word(db).await?;
    let settings = document
        .filter(|text| !text.is_empty())
        .and_then(|text| serde_json::from_str(&text).inspect_err(|error| tracing::error!(%error, "settings of service")).ok());
    Ok((version, settings.unwrap_or_default()))
}

/// What is set for service.
#[utoipa::path(get, path = "/api/v1/service-settings", tag = "service", responses((status = 200, body = Settings), Refusals))]
pub async fn show(State(app): State<App>, session: Session) -> Result<Versioned<Settings>, Problem> {
    session.scope(Entity::Ticket)?;
    let (version, settings) = of(app.db.read()).await?;
    Ok(Versioned(version, settings))
}

/// Set something for service.
#[utoipa::path(put, path = "/api/v1/service-settings", tag = "service", request_body = Settings,
    params(("If-Match" = String, Header, description = "The ETag as it was read")), responses((status = 200, body = Settings), Refusals))]
pub async fn put(
    State(app): State<App>,
    session: Session,
    version: IfMatch,
    Json(asked): Json<Settings>,
) -> Result<Versioned<Settings>, Problem> {
    session.actor.may_at(Right::Settings, None)?;
    if let Some(field) = asked.fault() {
        return Err(Problem::invalid("setting_bounds", field, "这个数字超出了允许的范围。", "This number is out of its bounds."));
    }
    let tx = app.db.begin().await?;
    let (was_at, was) = of(&tx).await?;
    version.check(was_at)?;
    let document = serde_json::to_string(&asked).map_err(|error| Problem::internal(&error))?;
    let sql = Sql::new("UPDATE service_setting SET version = version + 1, document = ").bind(document).text(" WHERE id = 1 AND version = ");
    if sql.bind(was_at).run(&tx).await? == 0 {
        return Err(Problem::changed());
    }
    let change = Change { author: &session.actor.login, entity: "service_setting", id: "1".to_owned(), action: "change" };
    audit::record(&tx, change, Some(was), Some(asked.clone())).await?;
    tx.commit().await?;
    Ok(Versioned(was_at + 1, asked))
}
