//! Sessions of browsers: a random token in a cookie, only its SHA-256 in the database, twelve hours from the last use, and a second secret
//! that every change must repeat in a header (a foreign page can send the cookie, but cannot read that secret).

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use qitao_domain::ids::SiteId;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, DbErr, EntityTrait, QueryFilter};
use sha2::{Digest, Sha256};

use super::clock;
use super::identity::{Actor, Role};
use super::scope::{self, Scope};
use crate::db::Db;
use crate::db::entity::{hub_session, hub_user};
use crate::http::problem::{Problem, Who};
use crate::state::App;

/// Name of the cookie.
pub const COOKIE: &str = "qitao_session";
/// Header that repeats the session's secret on every change.
pub const CSRF_HEADER: &str = "x-qitao-csrf";
/// How long a session lives after its last use.
const LIFE_MS: i64 = 12 * 60 * 60 * 1000;
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

/// A session that was recognised.
#[derive(Debug, Clone)]
pub struct Session {
    /// Who.
    pub actor: Actor,
    /// The secret for changes.
    pub csrf: String,
    /// The token's hash, which names the session.
    pub token_hash: String,
}

fn secret() -> String {
    BASE64URL_NOPAD.encode(&rand::random::<[u8; 32]>())
}

fn hash(token: &str) -> String {
    HEXLOWER.encode(&Sha256::digest(token.as_bytes()))
}

/// Begins a session, and throws out those that are over.
///
/// # Errors
/// What the database said.
pub async fn begin(db: &Db, user: i64) -> Result<Begun, DbErr> {
    let (token, csrf, now) = (secret(), secret(), clock::now_ms());
    let tx = db.begin().await?;
    hub_session::Entity::delete_many().filter(hub_session::Column::ExpiresMs.lte(now)).exec(&tx).await?;
    hub_session::ActiveModel {
        token_hash: Set(hash(&token)),
        user_id: Set(user),
        csrf: Set(csrf.clone()),
        created_ms: Set(now),
        expires_ms: Set(now + LIFE_MS),
    }
    .insert(&tx)
    .await?;
    tx.commit().await?;
    Ok(Begun { token, csrf })
}

/// Ends a session.
///
/// # Errors
/// What the database said.
pub async fn end(db: &Db, token_hash: &str) -> Result<(), DbErr> {
    let tx = db.begin().await?;
    hub_session::Entity::delete_by_id(token_hash.to_owned()).exec(&tx).await?;
    tx.commit().await
}

/// The session with this token hash, when it lives and its user may log in; its life begins again.
///
/// # Errors
/// What the database said.
pub async fn recognise(db: &Db, token_hash: String) -> Result<Option<Session>, DbErr> {
    let now = clock::now_ms();
    let Some(session) = hub_session::Entity::find_by_id(token_hash.clone()).one(db.read()).await? else { return Ok(None) };
    if session.expires_ms <= now {
        return Ok(None);
    }
    let Some(user) = hub_user::Entity::find_by_id(session.user_id).one(db.read()).await? else { return Ok(None) };
    let (false, Some(role)) = (user.disabled, Role::of_word(&user.role)) else { return Ok(None) };
    if session.expires_ms - now < LIFE_MS - RENEW_AFTER_MS {
        let tx = db.begin().await?;
        hub_session::Entity::update_many()
            .col_expr(hub_session::Column::ExpiresMs, sea_orm::sea_query::Expr::value(now + LIFE_MS))
            .filter(hub_session::Column::TokenHash.eq(token_hash.clone()))
            .exec(&tx)
            .await?;
        tx.commit().await?;
    }
    let actor = Actor { id: user.id, login: user.login, name: user.name, role, site: user.site_id.map(SiteId) };
    Ok(Some(Session { actor, csrf: session.csrf, token_hash }))
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
    let cookies = headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok()).flat_map(|text| text.split(';'));
    cookies.filter_map(|pair| pair.trim().split_once('=')).find(|(name, _)| *name == COOKIE).map(|(_, token)| token)
}

/// Compares without telling by time how much was right.
fn same(given: Option<&HeaderValue>, wanted: &str) -> bool {
    given.is_some_and(|given| {
        let (given, wanted) = (given.as_bytes(), wanted.as_bytes());
        given.len() == wanted.len() && given.iter().zip(wanted).fold(0, |differences, (a, b)| differences | (a ^ b)) == 0
    })
}

/// Every route for people takes a [`Session`]; so none can forget to ask who it is, nor to check the secret of a change.
impl FromRequestParts<App> for Session {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let token = token_of(&parts.headers).ok_or_else(Problem::sign_in)?;
        let session = recognise(&app.db, hash(token)).await?.ok_or_else(Problem::sign_in)?;
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
    /// What this reader may see: the one scope function's answer.
    #[must_use]
    pub fn scope(&self) -> Scope {
        scope::visible_sites(&self.actor)
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
    fn the_secret_must_be_repeated_exactly() {
        assert!(same(Some(&HeaderValue::from_static("abc")), "abc"));
        assert!(!same(Some(&HeaderValue::from_static("abd")), "abc"));
        assert!(!same(Some(&HeaderValue::from_static("ab")), "abc"));
        assert!(!same(None, ""));
    }
}
