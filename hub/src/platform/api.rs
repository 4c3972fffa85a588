//! Signing in, who is signed in, signing out.

use std::net::SocketAddr;

use axum::Json as Answer;
use axum::extract::{ConnectInfo, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::identity::{self, Actor, Role};
use super::session::{self, Session};
use super::{attempts, clock, password};
use crate::http::extract::Json;
use crate::http::openapi::Refusals;
use crate::http::problem::{Problem, Who};
use crate::state::App;

/// What somebody signs in with.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Credentials {
    /// Login.
    login: String,
    /// Password.
    password: String,
}

/// Somebody who is signed in.
#[derive(Debug, Serialize, ToSchema)]
pub struct User {
    /// Number.
    id: i64,
    /// Login.
    login: String,
    /// Name for people.
    name: String,
    /// What they are.
    role: Role,
    /// The site they belong to; absent for the whole chain.
    #[serde(skip_serializing_if = "Option::is_none")]
    site: Option<i64>,
}

/// A session: who, and the secret that changes repeat in `x-qitao-csrf`.
#[derive(Debug, Serialize, ToSchema)]
pub struct SignedIn {
    /// Who.
    user: User,
    /// The secret.
    csrf: String,
}

impl From<Actor> for User {
    fn from(actor: Actor) -> Self {
        Self { id: actor.id, login: actor.login, name: actor.name, role: actor.role, site: actor.site.map(|site| site.0) }
    }
}

fn wrong() -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, "password", "用户名或密码不对。", "Login or password is wrong.")
        .field("password")
        .who(Who::Reader)
}

/// Sign in.
#[utoipa::path(post, path = "/api/v1/session", tag = "session", security(()), request_body = Credentials,
    responses((status = 200, body = SignedIn, description = "Signed in; the session is in a cookie"), Refusals))]
pub async fn sign_in(
    State(app): State<App>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    Json(given): Json<Credentials>,
) -> Result<Response, Problem> {
    let (login, from, now) = (given.login.trim().to_lowercase(), from.ip(), clock::now_ms());
    if login.is_empty() || login.len() > 64 || given.password.len() > password::LONGEST {
        return Err(wrong());
    }
    app.attempts.admit(&login, from, now).map_err(|seconds| {
        Problem::new(
            StatusCode::TOO_MANY_REQUESTS,
            "login_attempts",
            format!("尝试次数太多，请 {} 分钟后再试。", seconds.div_ceil(60)),
            format!("Too many attempts; try again in {} min.", seconds.div_ceil(60)),
        )
        .who(Who::Reader)
        .retry_after(seconds)
    })?;
    let user = identity::find(app.db.read(), &login).await?.filter(|user| !user.disabled);
    if !password::fits(given.password, user.as_ref().map(|user| user.password_hash.clone())).await {
        app.attempts.wrong(&login, from, now);
        tracing::warn!(wrong_within = attempts::LOCK_MS / 60_000, "a login was refused: wrong name or password");
        return Err(wrong());
    }
    let Some((user, role)) = user.and_then(|user| Role::of_word(&user.role).map(|role| (user, role))) else { return Err(wrong()) };
    app.attempts.right(&login, from);
    let begun = session::begin(&app.db, user.id).await?;
    let user = User { id: user.id, login: user.login, name: user.name, role, site: user.site_id };
    let cookie = session::cookie(&begun.token, app.config.https);
    Ok(([(header::SET_COOKIE, cookie)], Answer(SignedIn { user, csrf: begun.csrf })).into_response())
}

/// Who is signed in.
#[utoipa::path(get, path = "/api/v1/session", tag = "session", responses((status = 200, body = SignedIn), Refusals))]
pub async fn who(session: Session) -> Answer<SignedIn> {
    Answer(SignedIn { user: session.actor.into(), csrf: session.csrf })
}

/// Sign out.
#[utoipa::path(delete, path = "/api/v1/session", tag = "session", responses((status = 204, description = "Signed out"), Refusals))]
pub async fn sign_out(State(app): State<App>, session: Session) -> Result<Response, Problem> {
    session::end(&app.db, &session.token_hash).await?;
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, session::no_cookie(app.config.https))]).into_response())
}
