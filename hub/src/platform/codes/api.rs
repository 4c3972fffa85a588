//! Setting one-time codes up and taking them away.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::StatusCode;
use sea_orm::EntityTrait;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::store::{self, Answered};
use super::{CodesError, rules};
use crate::db::entity::hub_user;
use crate::http::extract::Json;
use crate::http::openapi::Refusals;
use crate::http::problem::Problem;
use crate::platform::address::Client;
use crate::platform::guess::Guess;
use crate::platform::session::Session;
use crate::platform::{clock, password};
use crate::state::App;

impl From<CodesError> for Problem {
    fn from(error: CodesError) -> Self {
        let en = error.to_string();
        match error {
            CodesError::Enrolled => Self::conflict("codes_off", "已经启用动态验证码。", en),
            CodesError::NotBegun => Self::conflict("codes_begun", "请先开始设置动态验证码。", en),
            CodesError::Wrong => Self::invalid("code", "code", "验证码不对、已过期或已用过。", en),
            CodesError::Password => Self::invalid("old_password", "password", "密码不对。", en),
            CodesError::Vault(error) => error.into(),
            CodesError::Database(error) => Self::internal(&error),
        }
    }
}

/// How it stands with the reader's codes.
#[derive(Debug, Serialize, ToSchema)]
pub struct CodesState {
    /// Whether they are asked for when the reader signs in.
    enrolled: bool,
    /// Whether a role of the reader demands them.
    required: bool,
    /// Recovery codes that are still good.
    recovery_left: i64,
}

/// How it stands with the reader's one-time codes.
#[utoipa::path(get, path = "/api/v1/me/codes", tag = "me", responses((status = 200, body = CodesState), Refusals))]
pub async fn show(State(app): State<App>, session: Session) -> Result<Answer<CodesState>, Problem> {
    let (db, person) = (app.db.read(), session.actor.id);
    Ok(Answer(CodesState {
        enrolled: store::enrolled(db, person).await?,
        required: session.actor.grants.iter().any(|grant| grant.codes_required),
        recovery_left: store::recovery_left(db, person).await?,
    }))
}

/// The reader's password again, so that nobody sets codes up at a screen that was left alone.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Begin {
    /// The password.
    password: String,
}

/// The secret, for the authenticator app.
#[derive(Debug, Serialize, ToSchema)]
pub struct Begun {
    /// To be typed in, base32.
    secret: String,
    /// To be shown as a QR code.
    uri: String,
}

/// Begin to set one-time codes up; they are asked for once [`confirm`] was given one.
#[utoipa::path(post, path = "/api/v1/me/codes", tag = "me", request_body = Begin, responses((status = 200, body = Begun), Refusals))]
pub async fn begin(
    State(app): State<App>,
    Client(address): Client,
    session: Session,
    Json(asked): Json<Begin>,
) -> Result<Answer<Begun>, Problem> {
    let guess = Guess::admit(&app, &session, address)?;
    let person = hub_user::Entity::find_by_id(session.actor.id).one(app.db.read()).await?.ok_or_else(Problem::not_found)?;
    if asked.password.len() > password::LONGEST || !password::fits(asked.password, Some(person.password_hash)).await {
        guess.wrong();
        return Err(CodesError::Password.into());
    }
    guess.right();
    let secret = store::begin(&app.db, &app.vault, session.actor.id).await?;
    Ok(Answer(Begun { uri: rules::uri(&session.actor.login, &secret), secret }))
}

/// A code that the phone shows, or a recovery code.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Code {
    /// The code.
    code: String,
}

/// Recovery codes, shown once.
#[derive(Debug, Serialize, ToSchema)]
pub struct Recovery {
    /// Each is good once, in place of a code.
    recovery: Vec<String>,
}

/// Give the first code; from now on they are asked for.
#[utoipa::path(post, path = "/api/v1/me/codes/confirm", tag = "me", request_body = Code, responses((status = 200, body = Recovery), Refusals))]
pub async fn confirm(State(app): State<App>, session: Session, Json(asked): Json<Code>) -> Result<Answer<Recovery>, Problem> {
    let recovery = store::confirm(&app.db, &app.vault, &session.actor.login, session.actor.id, &asked.code, clock::now_ms()).await?;
    Ok(Answer(Recovery { recovery }))
}

/// Take the own codes away, with a code.
#[utoipa::path(post, path = "/api/v1/me/codes/remove", tag = "me", request_body = Code,
    responses((status = 204, description = "Codes are no longer asked for"), Refusals))]
pub async fn remove(
    State(app): State<App>,
    Client(address): Client,
    session: Session,
    Json(asked): Json<Code>,
) -> Result<StatusCode, Problem> {
    let guess = Guess::admit(&app, &session, address)?;
    let (login, person) = (&session.actor.login, session.actor.id);
    if store::answer(&app.db, &app.vault, login, person, Some(&asked.code), clock::now_ms()).await? != Answered::Right {
        guess.wrong();
        return Err(CodesError::Wrong.into());
    }
    guess.right();
    store::forget(&app.db, login, person).await?;
    Ok(StatusCode::NO_CONTENT)
}
