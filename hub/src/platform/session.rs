//! Who is asking: a session of a browser, or a token of a program.
//!
//! Sessions of browsers: a random token in a cookie, only its SHA-256 in the database, twelve hours from the last use, and a second secret
//! that every change must repeat in a header (a foreign page can send the cookie, but cannot read that secret).

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, DbErr, EntityTrait, FromQueryResult, QueryFilter};
use sha2::{Digest, Sha256};

use super::identity::{self, Actor, Right};
use super::scope::{self, Entity, Part, Scope};
use super::sql::Sql;
use super::{clock, codes, tokens};
use crate::db::entity::{hub_session, hub_user};
use crate::db::{Db, storable};
use crate::http::problem::{Problem, Who};
use crate::state::App;

/// Name of the cookie.
pub const COOKIE: &str = "qitao_session";
/// Header that repeats the session's secret on every change.
pub const CSRF_HEADER: &str = "x-qitao-csrf";
/// How long a session lives after its last use.
const LIFE_MS: i64 = 12 * 60 * 60 * 1000;
/// How much of a browser's name is kept.
const AGENT_LENGTH: usize = 200;
/// A session's end is written again only after this much of its life is gone, so that reading pages does not mean writing.
const RENEW_AFTER_MS: i64 = 10 * 60 * 1000;

/// A session that has just begun.
#[derive(Debug, Clone)]
pub struct Begun {
    /// The token for the cookie; nobody keeps it but the browser.
    pub token: String,
    /// The secret for changes.
    pub csrf: String,
}

/// What somebody shows to say who they are; only its digest is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credential {
    /// The cookie of a browser, as its digest.
    Browser(String),
    /// The token of a program, as its digest.
    Program(String),
}

/// A session that was recognised.
#[derive(Debug, Clone)]
pub struct Session {
    /// Who.
    pub actor: Actor,
    /// The secret for changes; empty for a program, which needs none.
    pub csrf: String,
    /// What named the session.
    pub credential: Credential,
    /// One-time codes are demanded of them and not set up yet: they can do nothing else before.
    pub codes_missing: bool,
}

fn secret() -> String {
    BASE64URL_NOPAD.encode(&rand::random::<[u8; 32]>())
}

/// The digest that a token is kept as.
#[must_use]
pub fn hash(token: &str) -> String {
    HEXLOWER.encode(&Sha256::digest(token.as_bytes()))
}

/// From where somebody signs in, for the list of their sessions.
#[derive(Debug, Clone, Default)]
pub struct CameFrom {
    /// What their browser calls itself.
    pub agent: Option<String>,
    /// Their address.
    pub address: Option<String>,
    /// An identity provider that is trusted in this has vouched for a second factor: one-time codes are not demanded.
    pub second_factor: bool,
    /// An identity provider let them in, where they are signed in as well.
    pub outside: bool,
}

/// Begins a session, and throws out those that are over.
///
/// # Errors
/// What the database said.
pub async fn begin(db: &Db, user: i64, from: CameFrom) -> Result<Begun, DbErr> {
    let (token, csrf, now) = (secret(), secret(), clock::now_ms());
    let tx = db.begin().await?;
    hub_session::Entity::delete_many().filter(hub_session::Column::ExpiresMs.lte(now)).exec(&tx).await?;
    hub_session::ActiveModel {
        token_hash: Set(hash(&token)),
        user_id: Set(user),
        csrf: Set(csrf.clone()),
        created_ms: Set(now),
        expires_ms: Set(now + LIFE_MS),
        agent: Set(from.agent.map(|agent| storable(&agent).chars().take(AGENT_LENGTH).collect())),
        address: Set(from.address),
        second_factor: Set(from.second_factor),
        outside: Set(from.outside),
    }
    .insert(&tx)
    .await?;
    tx.commit().await?;
    Ok(Begun { token, csrf })
}

#[derive(FromQueryResult)]
struct Ended {
    outside: bool,
}

/// Ends a session; whether an identity provider had let its owner in.
///
/// # Errors
/// What the database said.
pub async fn end(db: &Db, token_hash: &str) -> Result<bool, DbErr> {
    let tx = db.begin().await?;
    let sql = Sql::new("DELETE FROM hub_session WHERE token_hash = ").bind(token_hash).text(" RETURNING outside");
    let ended: Option<Ended> = sql.one(&tx).await?;
    tx.commit().await?;
    Ok(ended.is_some_and(|ended| ended.outside))
}

/// Whose credential this is, when it is good and they may sign in. The life of a browser's session begins again.
///
/// # Errors
/// What the database said.
pub async fn recognise(app: &App, credential: Credential) -> Result<Option<Session>, DbErr> {
    match &credential {
        Credential::Browser(hash) => browser(app, hash.clone(), credential).await,
        Credential::Program(hash) => program(app, &hash.clone(), credential).await,
    }
}

async fn program(app: &App, hash: &str, credential: Credential) -> Result<Option<Session>, DbErr> {
    let Some(token) = tokens::recognise(&app.db, hash).await? else { return Ok(None) };
    let person = hub_user::Entity::find_by_id(token.person).one(app.db.read()).await?;
    let Some(person) = person.filter(|person| !person.disabled) else { return Ok(None) };
    let mut actor = identity::actor(app.db.read(), app.organisations.tree().await?, &person).await?;
    for grant in &mut actor.grants {
        grant.rights.retain(|right| token.rights.contains(right));
    }
    Ok(Some(Session { actor, csrf: String::new(), credential, codes_missing: false }))
}

async fn browser(app: &App, token_hash: String, credential: Credential) -> Result<Option<Session>, DbErr> {
    let (db, now) = (&app.db, clock::now_ms());
    let Some(session) = hub_session::Entity::find_by_id(token_hash.clone()).one(db.read()).await? else { return Ok(None) };
    if session.expires_ms <= now {
        return Ok(None);
    }
    let user = hub_user::Entity::find_by_id(session.user_id).one(db.read()).await?;
    let Some(user) = user.filter(|user| !user.disabled) else { return Ok(None) };
    if session.expires_ms - now < LIFE_MS - RENEW_AFTER_MS {
        let tx = db.begin().await?;
        hub_session::Entity::update_many()
            .col_expr(hub_session::Column::ExpiresMs, sea_orm::sea_query::Expr::value(now + LIFE_MS))
            .filter(hub_session::Column::TokenHash.eq(token_hash.clone()))
            .exec(&tx)
            .await?;
        tx.commit().await?;
    }
    let actor = identity::actor(db.read(), app.organisations.tree().await?, &user).await?;
    let demanded = actor.grants.iter().any(|grant| grant.codes_required);
    let codes_missing = demanded && !session.second_factor && !codes::enrolled(db.read(), actor.id).await?;
    Ok(Some(Session { actor, csrf: session.csrf, credential, codes_missing }))
}

/// The cookie for a token. `secure` when browsers reach the hub over HTTPS only.
#[must_use]
pub fn cookie(token: &str, secure: bool) -> String {
    format!("{COOKIE}={token}; Path=/; HttpOnly; SameSite=Lax{}", if secure { "; Secure" } else { "" })
}

/// The cookie that takes the session's away.
#[must_use]
pub fn no_cookie(secure: bool) -> String {
    format!("{COOKIE}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax{}", if secure { "; Secure" } else { "" })
}

fn token_of(headers: &HeaderMap) -> Option<&str> {
    cookie_of(headers, COOKIE)
}

/// The value of a cookie.
pub(super) fn cookie_of<'a>(headers: &'a HeaderMap, wanted: &str) -> Option<&'a str> {
    let cookies = headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok()).flat_map(|text| text.split(';'));
    cookies.filter_map(|pair| pair.trim().split_once('=')).find(|(name, _)| *name == wanted).map(|(_, value)| value)
}

/// The token that a program shows.
fn bearer_of(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

/// What a person does for themselves, and a program never for them.
const OWN: [&str; 2] = ["/api/v1/me", "/api/v1/session"];
/// What is open to somebody who has to set one-time codes up first.
const WITHOUT_CODES: [&str; 2] = ["/api/v1/me/codes", "/api/v1/session"];

fn is_below(path: &str, above: &str) -> bool {
    path.strip_prefix(above).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Compares without telling by time how much was right.
fn same(given: Option<&HeaderValue>, wanted: &str) -> bool {
    given.is_some_and(|given| {
        let (given, wanted) = (given.as_bytes(), wanted.as_bytes());
        given.len() == wanted.len() && given.iter().zip(wanted).fold(0, |differences, (a, b)| differences | (a ^ b)) == 0
    })
}

/// What a program may not do for its person.
fn for_browsers() -> Problem {
    let (zh, en) = ("访问令牌不能用在这里，请在浏览器里登录后操作。", "An API token cannot be used for this; sign in with a browser.");
    Problem::new(StatusCode::FORBIDDEN, "browser_session", zh, en).who(Who::Reader)
}

/// Every route for people takes a [`Session`]; so none can forget to ask who it is, nor to check the secret of a change.
impl FromRequestParts<App> for Session {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        if let Some(token) = bearer_of(&parts.headers) {
            let session = recognise(app, Credential::Program(hash(token))).await?.ok_or_else(Problem::sign_in)?;
            // A token that leaks must not become a password, another token or somebody's session.
            if OWN.iter().any(|own| is_below(parts.uri.path(), own)) {
                return Err(for_browsers());
            }
            return Ok(session);
        }
        let token = token_of(&parts.headers).ok_or_else(Problem::sign_in)?;
        let session = recognise(app, Credential::Browser(hash(token))).await?.ok_or_else(Problem::sign_in)?;
        if session.codes_missing && !WITHOUT_CODES.iter().any(|free| is_below(parts.uri.path(), free)) {
            return Err(Problem::new(
                StatusCode::FORBIDDEN,
                "codes_set_up",
                "您的角色要求动态验证码，请先在个人设置里启用。",
                "Your role demands one-time codes; set them up in your profile first.",
            )
            .who(Who::Reader));
        }
        let reading = matches!(parts.method, Method::GET | Method::HEAD);
        if !reading && !same(parts.headers.get(CSRF_HEADER), &session.csrf) {
            return Err(Problem::new(
                StatusCode::FORBIDDEN,
                "csrf",
                "缺少或错误的 x-qitao-csrf。请刷新页面再试。",
                "The x-qitao-csrf header is missing or wrong; reload the page and try again.",
            )
            .field(CSRF_HEADER)
            .who(Who::Reader));
        }
        Ok(session)
    }
}

impl Session {
    /// The digest that names the session in the database.
    #[must_use]
    pub fn hash(&self) -> &str {
        match &self.credential {
            Credential::Browser(hash) | Credential::Program(hash) => hash,
        }
    }

    /// What this reader may see of a kind of record: the one scope function's answer.
    ///
    /// # Errors
    /// A 403 problem when none of the reader's roles lets them see any, or the module is switched off for their organisation.
    pub fn scope(&self, entity: Entity) -> Result<Scope, Problem> {
        scope::asked(&self.actor, entity)
    }

    /// A record with an owner, as `find` finds it in a scope, when the reader sees it and has a right over it.
    ///
    /// # Errors
    /// A 404 problem for what they do not see, a 403 problem for what they see but may not do.
    pub async fn changeable<T, F: Future<Output = Result<Option<T>, DbErr>>>(
        &self,
        entity: Entity,
        right: Right,
        find: impl Fn(Scope) -> F,
    ) -> Result<T, Problem> {
        let row = find(self.scope(entity)?).await?.ok_or_else(Problem::not_found)?;
        self.actor.may(right)?;
        let within = find(scope::with(&self.actor, entity, Some(right))).await?;
        if within.is_some() { Ok(row) } else { Err(Problem::forbidden(right.who())) }
    }

    /// Whether a program asks, not a person at a browser.
    #[must_use]
    pub const fn is_program(&self) -> bool {
        matches!(self.credential, Credential::Program(_))
    }

    /// Goes on only for a person at a browser: what comes of it lets somebody sign in, and would outlive the token.
    ///
    /// # Errors
    /// A 403 problem for a program.
    pub fn in_browser(&self) -> Result<(), Problem> {
        if self.is_program() { Err(for_browsers()) } else { Ok(()) }
    }

    /// As [`Session::scope`], and of that the part that the reader asks for.
    ///
    /// # Errors
    /// As there, and a 404 problem when the part is not visible.
    pub fn scope_at(&self, entity: Entity, part: Part) -> Result<Scope, Problem> {
        self.scope(entity)?.at(&self.actor.tree, part)
    }

    /// Goes on only when the reader sees records of this kind at a site (or of no site), and has the right there.
    ///
    /// # Errors
    /// A 404 problem for what they do not see, a 403 problem for what they see but may not do.
    pub fn may_at(&self, entity: Entity, right: Right, site: Option<i64>) -> Result<(), Problem> {
        self.scope(entity)?.check(site)?;
        if scope::with(&self.actor, entity, Some(right)).sees_of(site) { Ok(()) } else { Err(Problem::forbidden(right.who())) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_is_found_among_other_cookies() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, HeaderValue::from_static("a=1; qitao_session=tok; b=2"));
        assert_eq!(token_of(&headers), Some("tok"));
        assert_eq!(token_of(&HeaderMap::new()), None);
    }

    #[test]
    fn a_programs_token_is_found_and_other_schemes_are_not() {
        let mut headers = HeaderMap::new();
        assert_eq!(bearer_of(&headers), None);
        headers.insert(header::AUTHORIZATION, HeaderValue::from_static("bearer tok"));
        assert_eq!(bearer_of(&headers), Some("tok"));
        headers.insert(header::AUTHORIZATION, HeaderValue::from_static("Basic dTpw"));
        assert_eq!(bearer_of(&headers), None);
        assert!(
            is_below("/api/v1/me", "/api/v1/me")
                && is_below("/api/v1/me/codes", "/api/v1/me")
                && !is_below("/api/v1/members", "/api/v1/me")
        );
    }

    #[test]
    fn the_secret_must_be_repeated_exactly() {
        assert!(same(Some(&HeaderValue::from_static("abc")), "abc"));
        assert!(!same(Some(&HeaderValue::from_static("abd")), "abc"));
        assert!(!same(Some(&HeaderValue::from_static("ab")), "abc"));
        assert!(!same(None, ""));
    }
}
