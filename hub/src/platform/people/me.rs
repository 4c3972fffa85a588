//! What everybody does for themselves: name, password, sessions.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::StatusCode;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait};
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::PeopleError;
use super::access::{self, SessionRow, Which};
use super::store;
use crate::db::entity::hub_user;
use crate::http::extract::{Json, Path};
use crate::http::openapi::Refusals;
use crate::http::page::Page;
use crate::http::problem::Problem;
use crate::platform::address::Client;
use crate::platform::audit::{self, Change};
use crate::platform::guess::Guess;
use crate::platform::identity::IdentityError;
use crate::platform::password;
use crate::platform::search;
use crate::platform::session::Session;
use crate::platform::sql::Sql;
use crate::state::App;

/// What somebody changes about themselves.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Name for people.
    name: String,
}

/// Change the own name.
#[utoipa::path(patch, path = "/api/v1/me", tag = "me", request_body = Profile, responses((status = 204, description = "Changed"), Refusals))]
pub async fn change(State(app): State<App>, session: Session, Json(asked): Json<Profile>) -> Result<StatusCode, Problem> {
    let (id, name) = (session.actor.id, store::check_name(&asked.name)?);
    let tx = app.db.begin().await?;
    hub_user::ActiveModel { id: Set(id), name: Set(name.clone()), ..Default::default() }.update(&tx).await?;
    // Who changes the record from what it was before is told.
    Sql::new("UPDATE hub_user SET version = version + 1 WHERE id = ").bind(id).run(&tx).await?;
    search::index(&tx, search::Kind::Person, &[id.to_string()]).await?;
    let change = Change { author: &session.actor.login, entity: "person", id: id.to_string(), action: "change" };
    audit::record(&tx, change, Some(json!({"name": session.actor.name})), Some(json!({"name": name}))).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A change of the own password.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPassword {
    /// The password as it is.
    old: String,
    /// The password as it is to be.
    new: String,
}

/// Change the own password; all other sessions end.
#[utoipa::path(post, path = "/api/v1/me/password", tag = "me", request_body = NewPassword,
    responses((status = 204, description = "Changed"), Refusals))]
pub async fn change_password(
    State(app): State<App>,
    Client(address): Client,
    session: Session,
    Json(asked): Json<NewPassword>,
) -> Result<StatusCode, Problem> {
    let (id, login) = (session.actor.id, &session.actor.login);
    password::check_new(&asked.new).map_err(|error| Problem::from(IdentityError::from(error)).field("new"))?;
    if asked.old.len() > password::LONGEST {
        return Err(PeopleError::OldPassword.into());
    }
    let person = hub_user::Entity::find_by_id(id).one(app.db.read()).await?.ok_or_else(Problem::not_found)?;
    let guess = Guess::admit(&app, &session, address)?;
    if !password::fits(asked.old, Some(person.password_hash)).await {
        guess.wrong();
        return Err(PeopleError::OldPassword.into());
    }
    guess.right();
    let password_hash = password::hash(asked.new).await.map_err(IdentityError::from)?;
    let tx = app.db.begin().await?;
    hub_user::ActiveModel { id: Set(id), password_hash: Set(password_hash), ..Default::default() }.update(&tx).await?;
    let change = Change { author: login, entity: "person", id: id.to_string(), action: "password" };
    audit::record(&tx, change, audit::NOTHING, audit::NOTHING).await?;
    tx.commit().await?;
    access::end_sessions(&app.db, login, id, Which::But(session.hash())).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The browsers that the reader is signed in with.
#[utoipa::path(get, path = "/api/v1/me/sessions", tag = "me", responses((status = 200, body = Page<SessionRow>), Refusals))]
pub async fn sessions(State(app): State<App>, session: Session) -> Result<Answer<Page<SessionRow>>, Problem> {
    Ok(Answer(Page::whole(access::sessions(app.db.read(), session.actor.id, session.hash()).await?)))
}

/// Sign another browser of the reader's out.
#[utoipa::path(delete, path = "/api/v1/me/sessions/{id}", tag = "me", params(("id" = String, Path, description = "The session's id")),
    responses((status = 204, description = "Signed out"), Refusals))]
pub async fn end_session(State(app): State<App>, session: Session, Path(id): Path<String>) -> Result<StatusCode, Problem> {
    match access::end_sessions(&app.db, &session.actor.login, session.actor.id, Which::One(&id)).await? {
        0 => Err(Problem::not_found()),
        _ => Ok(StatusCode::NO_CONTENT),
    }
}
