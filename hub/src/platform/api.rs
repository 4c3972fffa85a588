//! Signing in, who is signed in, signing out.

use std::collections::BTreeSet;

use axum::Json as Answer;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::address::{Client, neighbourhood};
use super::codes::{self, Answered};
use super::identity::{self, Actor, Right};
use super::organisation::Module;
use super::session::{self, CameFrom, Credential, Session};
use super::sign_in::Provider;
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
    /// One-time code or recovery code, for those who have set codes up: asked for with the rule `code_given`.
    code: Option<String>,
}

/// A role that somebody has.
#[derive(Debug, Serialize, ToSchema)]
pub struct RoleName {
    /// Number.
    id: i64,
    /// Code.
    code: String,
    /// Chinese name.
    name: String,
    /// English name.
    name_en: String,
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
    /// Code of their first role; empty without any.
    role: String,
    /// All their roles.
    roles: Vec<RoleName>,
    /// What these allow, at one place or another.
    rights: Vec<Right>,
    /// Modules that are switched off where they belong.
    switched_off: BTreeSet<Module>,
    /// The organisation they belong to.
    #[serde(skip_serializing_if = "Option::is_none")]
    organisation: Option<i64>,
    /// Its site, of a store or a warehouse.
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
    /// One-time codes are demanded and not set up yet: nothing else is possible before.
    codes_missing: bool,
}

impl From<Actor> for User {
    fn from(actor: Actor) -> Self {
        let roles: Vec<RoleName> = actor
            .grants
            .iter()
            .map(|grant| RoleName { id: grant.role, code: grant.code.clone(), name: grant.name.clone(), name_en: grant.name_en.clone() })
            .collect();
        Self {
            role: roles.first().map(|role| role.code.clone()).unwrap_or_default(),
            roles,
            rights: Right::ALL.iter().copied().filter(|right| actor.has(*right)).collect(),
            switched_off: actor.organisation.map(|own| actor.tree.switched_off(own)).unwrap_or_default(),
            site: actor.organisation.and_then(|own| actor.tree.site_of(own)),
            organisation: actor.organisation,
            id: actor.id,
            login: actor.login,
            name: actor.name,
        }
    }
}

fn wrong() -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, "password", "用户名或密码不对。", "Login or password is wrong.")
        .field("password")
        .who(Who::Reader)
}

/// Somebody tried too often.
pub fn too_many(seconds: u64) -> Problem {
    Problem::new(
        StatusCode::TOO_MANY_REQUESTS,
        "login_attempts",
        format!("尝试次数太多，请 {} 分钟后再试。", seconds.div_ceil(60)),
        format!("Too many attempts; try again in {} min.", seconds.div_ceil(60)),
    )
    .who(Who::Reader)
    .retry_after(seconds)
}

/// A one-time code that does not open.
pub(super) fn wrong_code() -> Problem {
    let (zh, en) = ("验证码不对、已过期或已用过。", "The code is wrong, too old, or was used already.");
    Problem::new(StatusCode::UNAUTHORIZED, "code", zh, en).field("code").who(Who::Reader)
}

/// Sign in.
#[utoipa::path(post, path = "/api/v1/session", tag = "session", security(()), request_body = Credentials,
    responses((status = 200, body = SignedIn, description = "Signed in; the session is in a cookie"), Refusals))]
pub async fn sign_in(
    State(app): State<App>,
    Client(address): Client,
    headers: HeaderMap,
    Json(given): Json<Credentials>,
) -> Result<Response, Problem> {
    let (login, from, now) = (given.login.trim().to_lowercase(), neighbourhood(address), clock::now_ms());
    if login.is_empty() || login.len() > 64 || given.password.len() > password::LONGEST {
        return Err(wrong());
    }
    app.attempts.admit(&login, from, now).map_err(too_many)?;
    let user = identity::find(app.db.read(), &login).await?.filter(|user| !user.disabled);
    if !password::fits(given.password, user.as_ref().map(|user| user.password_hash.clone())).await {
        app.attempts.wrong(&login, from, now);
        tracing::warn!(wrong_within = attempts::LOCK_MS / 60_000, "a login was refused: wrong name or password");
        return Err(wrong());
    }
    let Some(user) = user else { return Err(wrong()) };
    if app.sign_in.as_ref().is_some_and(Provider::is_only) && !identity::is_administrator(app.db.read(), &user).await? {
        // Only to whoever knows the password: nobody else learns which logins are administrators'.
        let (zh, en) = ("密码登录已关闭，请用统一登录。", "Passwords are switched off; sign in with the identity provider.");
        return Err(Problem::new(StatusCode::FORBIDDEN, "password_on", zh, en).field("password").who(Who::Admin));
    }
    match codes::answer(&app.db, &app.vault, &login, user.id, given.code.as_deref(), now).await? {
        Answered::NotAsked | Answered::Right => {}
        Answered::Missing => {
            let (zh, en) = ("请输入动态验证码。", "Enter the one-time code.");
            return Err(Problem::new(StatusCode::UNAUTHORIZED, "code_given", zh, en).field("code").who(Who::Reader));
        }
        Answered::Wrong => {
            app.attempts.wrong(&login, from, now);
            return Err(wrong_code());
        }
    }
    app.attempts.right(&login, from);
    let (cookie, signed_in) = enter(&app, user.id, &headers, address.to_string(), Shown::Password).await?;
    Ok(([(header::SET_COOKIE, cookie)], Answer(signed_in)).into_response())
}

/// How somebody has shown who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shown {
    /// With their password.
    Password,
    /// At the identity provider.
    Outside {
        /// It vouched for a second factor, and is trusted in this.
        second_factor: bool,
    },
}

/// Begins the session of somebody who has shown who they are: its cookie, and what the pages are told.
///
/// # Errors
/// A problem when they may not sign in after all.
pub(super) async fn enter(
    app: &App,
    person: i64,
    headers: &HeaderMap,
    address: String,
    shown: Shown,
) -> Result<(String, SignedIn), Problem> {
    let agent = headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok()).map(str::to_owned);
    let second_factor = shown == Shown::Outside { second_factor: true };
    let outside = shown != Shown::Password;
    let begun = session::begin(&app.db, person, CameFrom { agent, address: Some(address), second_factor, outside }).await?;
    let credential = Credential::Browser(session::hash(&begun.token));
    let Session { actor, csrf, codes_missing, .. } = session::recognise(app, credential).await?.ok_or_else(wrong)?;
    Ok((session::cookie(&begun.token, app.config.https), SignedIn { user: actor.into(), csrf, codes_missing }))
}

/// Who is signed in.
#[utoipa::path(get, path = "/api/v1/session", tag = "session", responses((status = 200, body = SignedIn), Refusals))]
pub async fn who(session: Session) -> Answer<SignedIn> {
    Answer(SignedIn { user: session.actor.into(), csrf: session.csrf, codes_missing: session.codes_missing })
}

/// Where to go on after signing out.
#[derive(Debug, Serialize, ToSchema)]
pub struct SignedOut {
    /// The identity provider's page on which the browser signs out there, too, and comes back.
    outside: String,
}

/// Sign out. Whoever came in by an identity provider is told where to sign out there; here they are out already, whether they go or not.
#[utoipa::path(delete, path = "/api/v1/session", tag = "session",
    responses((status = 200, body = SignedOut, description = "Signed out here; next at the identity provider"),
        (status = 204, description = "Signed out"), Refusals))]
pub async fn sign_out(State(app): State<App>, session: Session) -> Result<Response, Problem> {
    let came_by_it = session::end(&app.db, session.hash()).await?;
    let cookie = [(header::SET_COOKIE, session::no_cookie(app.config.https))];
    let way_out = match app.sign_in.as_ref().filter(|_| came_by_it) {
        Some(provider) => provider.way_out().await,
        None => None,
    };
    Ok(match way_out {
        Some(url) => (cookie, Answer(SignedOut { outside: url.to_string() })).into_response(),
        None => (StatusCode::NO_CONTENT, cookie).into_response(),
    })
}
