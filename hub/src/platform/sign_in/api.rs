//! The way to the provider and back.
//!
//! These pages are opened by browsers, so what is refused sends a browser to the login page with the rule; a program gets the problem.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::provider::Vouched;
use super::secrets::{self, Secret};
use super::store::{self, Meant};
use super::{Provider, SignInError};
use crate::http::extract::{Json, Query};
use crate::http::openapi::Refusals;
use crate::http::problem::{Problem, Who};
use crate::platform::address::{Client, neighbourhood};
use crate::platform::api::{Shown, SignedIn, enter, too_many, wrong_code};
use crate::platform::codes::{self, Answered};
use crate::platform::{clock, session};
use crate::state::App;

/// After how many seconds a provider that is away may be tried again.
const AGAIN_S: u64 = 30;

impl From<SignInError> for Problem {
    fn from(error: SignInError) -> Self {
        let en = error.to_string();
        let unauthorized = |rule, zh, en| Self::new(StatusCode::UNAUTHORIZED, rule, zh, en);
        let forbidden = |rule, zh, en| Self::new(StatusCode::FORBIDDEN, rule, zh, en);
        match error {
            SignInError::NotBegun => {
                let zh = "这次登录不是在这个浏览器里开始的，或者超过十分钟、已经用过。请重新点登录按钮。";
                unauthorized("outside_begun", zh, en).who(Who::Reader)
            }
            SignInError::ReturnTo => Self::invalid("local_path", "to", "登录后返回的页面要写成本系统的路径，例如 /tasks。", en),
            SignInError::Away => {
                let zh = "统一登录服务没有响应，请稍后再试，或用密码登录。";
                let en = "The identity provider does not answer; try again later, or sign in with your password.";
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "outside_away", zh, en).who(Who::Admin).retry_after(AGAIN_S)
            }
            SignInError::Distrusted(why) => {
                tracing::warn!(why, "what the identity provider answered is not believed");
                let zh = "统一登录服务的回答不可信，没有登录。原因在总部服务的日志里，请告诉系统管理员。";
                unauthorized("outside_answer", zh, en).who(Who::Admin)
            }
            SignInError::Denied => {
                forbidden("outside_denied", "统一登录服务没有让您通过，请在那里重新登录或联系其管理员。", en).who(Who::Reader)
            }
            SignInError::Nobody => {
                let zh = "没有可以登录的账号与这个身份对应。请主管建一个登录名与您在那里的用户名相同的账号。";
                forbidden("outside_person", zh, en).who(Who::Manager)
            }
            SignInError::Administrator => {
                forbidden("outside_administrator", "系统管理员的账号不能只凭用户名绑定，请用密码登录。", en).who(Who::Admin)
            }
            SignInError::Database(error) => Self::internal(&error),
        }
    }
}

fn provider(app: &App) -> Result<&Provider, Problem> {
    let off = || {
        let (zh, en) = ("没有设置统一登录。", "No identity provider is set up.");
        Problem::new(StatusCode::NOT_FOUND, "outside_sign_in_on", zh, en).who(Who::Admin)
    };
    app.sign_in.as_ref().ok_or_else(off)
}

/// A provider that people can sign in with.
#[derive(Debug, Serialize, ToSchema)]
pub struct Outside {
    /// Chinese name, for the button.
    name: String,
    /// English name, for the button.
    name_en: String,
    /// Passwords are for administrators alone.
    only: bool,
    /// The reader came back from the provider and has to give a one-time code.
    code_asked: bool,
}

/// The provider that people can sign in with; 404 without any.
#[utoipa::path(get, path = "/api/v1/session/outside", tag = "session", security(()),
    responses((status = 200, body = Outside), Refusals))]
pub async fn show(State(app): State<App>, headers: HeaderMap) -> Result<Answer<Outside>, Problem> {
    let house = &provider(&app)?.house;
    let code_asked = match Secret::of(&headers, app.config.https) {
        Some(secret) => store::waiting(app.db.read(), &secret.digest(), clock::now_ms()).await?.is_some(),
        None => false,
    };
    Ok(Answer(Outside { name: house.name.clone(), name_en: house.name_en.clone(), only: house.only, code_asked }))
}

/// Where to come back to.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct BeginQuery {
    /// A path of the pages, such as `/tasks`.
    to: Option<String>,
}

/// What the provider sends back with the browser.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct CallbackQuery {
    /// What the hub gives for an ID token.
    code: Option<String>,
    /// Repeats what the hub sent along.
    state: Option<String>,
    /// Why the provider let nobody in.
    error: Option<String>,
    /// The provider's address.
    iss: Option<String>,
}

fn go(to: &str, cookies: &[String]) -> Result<Response, Problem> {
    let location = HeaderValue::from_str(to).map_err(|error| Problem::internal(&error))?;
    let cookies = cookies.iter().map(|cookie| (header::SET_COOKIE, cookie.clone()));
    Ok((StatusCode::FOUND, [(header::LOCATION, location)], AppendHeaders(cookies.collect::<Vec<_>>())).into_response())
}

/// A refusal as its reader can use it: the login page for a browser that opens a page, the problem for everything else.
fn to_reader(headers: &HeaderMap, answered: Result<Response, Problem>) -> Result<Response, Problem> {
    let opens_page = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).is_some_and(|accept| accept.contains("text/html"));
    match answered {
        Err(problem) if opens_page => go(&format!("/?outside={}", problem.rule()), &[]),
        answered => answered,
    }
}

/// Go to the provider.
#[utoipa::path(get, path = "/api/v1/session/outside/begin", tag = "session", security(()), params(BeginQuery),
    responses((status = 302, description = "To the provider; a browser that is refused, to the login page"),
        (status = 503, description = "The provider does not answer", content_type = "application/problem+json"), Refusals))]
pub async fn begin(
    State(app): State<App>,
    Client(address): Client,
    headers: HeaderMap,
    Query(asked): Query<BeginQuery>,
) -> Result<Response, Problem> {
    let begun = async {
        let (provider, now) = (provider(&app)?, clock::now_ms());
        let to = secrets::local(asked.to.as_deref()).ok_or(SignInError::ReturnTo)?;
        // Nobody's login: what counts is how often one address begins.
        app.attempts.admit("", neighbourhood(address), now).map_err(too_many)?;
        let secret = Secret::fresh();
        let door = provider.door(&secret).await?;
        store::begun(&app.db, session::hash(&secret.state()), to, now).await?;
        go(door.as_str(), &[secret.cookie(app.config.https)])
    };
    to_reader(&headers, begun.await)
}

/// Come back from the provider.
#[utoipa::path(get, path = "/api/v1/session/outside/callback", tag = "session", security(()), params(CallbackQuery),
    responses((status = 302, description = "Signed in, the session is in a cookie; or on the way to give a one-time code; a browser that is refused, to the login page"),
        (status = 503, description = "The provider does not answer", content_type = "application/problem+json"), Refusals))]
pub async fn callback(
    State(app): State<App>,
    Client(address): Client,
    headers: HeaderMap,
    Query(asked): Query<CallbackQuery>,
) -> Result<Response, Problem> {
    let called = called_back(&app, &Came { address: address.to_string(), headers: &headers }, asked).await;
    to_reader(&headers, called)
}

/// From where somebody comes.
struct Came<'a> {
    address: String,
    headers: &'a HeaderMap,
}

async fn called_back(app: &App, came: &Came<'_>, asked: CallbackQuery) -> Result<Response, Problem> {
    let (provider, secure, now) = (provider(app)?, app.config.https, clock::now_ms());
    let secret = Secret::of(came.headers, secure).ok_or(SignInError::NotBegun)?;
    let own = session::hash(&secret.state());
    // Compared as digests, which tell nothing by time.
    if session::hash(asked.state.as_deref().unwrap_or_default()) != own {
        return Err(SignInError::NotBegun.into());
    }
    let to = store::take(&app.db, &own, now).await?;
    provider.is_own(asked.iss.as_deref()).await?;
    if let Some(error) = asked.error {
        let error: String = error.chars().filter(char::is_ascii_graphic).take(60).collect();
        tracing::warn!(error, "the identity provider let somebody not in");
        return Err(SignInError::Denied.into());
    }
    let code = asked.code.filter(|code| !code.is_empty()).ok_or(SignInError::Denied)?;
    let Vouched { subject, login, second_factor } = provider.vouch(&code, &secret).await?;
    let house = &provider.house;
    let person = store::person(app.db.read(), &house.issuer, (&subject, login.as_deref()), house.bind_administrators).await?;
    // Mail addresses and phone numbers are kept sealed or not at all.
    let name = login.filter(|_| !matches!(house.claim.as_str(), "email" | "phone_number"));
    let meant = Meant { person_id: person.id, subject, name };
    let trusted = second_factor && house.trust_second_factor;
    if !trusted && codes::enrolled(app.db.read(), person.id).await? {
        // A new secret: the old one has been to the provider and back.
        let secret = Secret::fresh();
        store::wait(&app.db, secret.digest(), &meant, now).await?;
        return go(&to, &[secret.cookie(secure)]);
    }
    store::bind(&app.db, &house.issuer, &meant).await?;
    let shown = Shown::Outside { second_factor: trusted };
    let (cookie, _) = enter(app, person.id, came.headers, came.address.clone(), shown).await?;
    go(&to, &[cookie, secrets::no_cookie(secure)])
}

/// A one-time code, or a recovery code.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = OutsideCode)]
pub struct Code {
    /// The code.
    code: String,
}

/// Give the one-time code that is asked for after the provider has vouched.
#[utoipa::path(post, path = "/api/v1/session/outside", tag = "session", security(()), request_body = Code,
    responses((status = 200, body = SignedIn, description = "Signed in; the session is in a cookie"), Refusals))]
pub async fn finish(
    State(app): State<App>,
    Client(address): Client,
    headers: HeaderMap,
    Json(given): Json<Code>,
) -> Result<Response, Problem> {
    let (provider, secure, now) = (provider(&app)?, app.config.https, clock::now_ms());
    let digest = Secret::of(&headers, secure).ok_or(SignInError::NotBegun)?.digest();
    let meant = store::waiting(app.db.read(), &digest, now).await?.ok_or(SignInError::NotBegun)?;
    let person = store::may_sign_in(app.db.read(), meant.person_id).await?.ok_or(SignInError::Nobody)?;
    // Codes are guessed as seldom here as beside a password.
    let from = neighbourhood(address);
    app.attempts.admit(&person.login, from, now).map_err(too_many)?;
    match codes::answer(&app.db, &app.vault, &person.login, person.id, Some(&given.code), now).await? {
        Answered::NotAsked | Answered::Right => {}
        Answered::Missing | Answered::Wrong => {
            app.attempts.wrong(&person.login, from, now);
            return Err(wrong_code());
        }
    }
    if !store::waited(&app.db, &digest).await? {
        return Err(SignInError::NotBegun.into());
    }
    store::bind(&app.db, &provider.house.issuer, &meant).await?;
    app.attempts.right(&person.login, from);
    let (cookie, signed_in) = enter(&app, person.id, &headers, address.to_string(), Shown::Outside { second_factor: false }).await?;
    let cookies = AppendHeaders([(header::SET_COOKIE, cookie), (header::SET_COOKIE, secrets::no_cookie(secure))]);
    Ok((cookies, Answer(signed_in)).into_response())
}
