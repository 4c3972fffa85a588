//! Who sends an HTTP request: an edge signs what it asks for, when, and as whom.
//!
//! `authorization: Qitao-Edge <edge>.<unix-ms>.<base64url(signature)>`, the signature over
//! `"qitao-http\n" METHOD "\n" path_and_query "\n" edge "\n" unix-ms`. A wrong clock must not lock an edge out: the refusal says the hub's time.

use axum::extract::{FromRef, FromRequestParts};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use data_encoding::BASE64URL_NOPAD;
use ed25519_dalek::Signature;
use qitao_domain::ids::{EdgeId, SiteId};

use super::{Fleet, store};
use crate::http::problem::Problem;
use crate::platform::clock::now_ms;

/// How far a request's time may be from the hub's.
const SKEW_MS: i64 = 10 * 60_000;

/// An edge that has proven who it is.
#[derive(Debug, Clone)]
pub struct Caller {
    /// Which edge.
    pub edge: EdgeId,
    /// Its site.
    pub site: SiteId,
}

/// Why a request is not taken for an edge's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CallerError {
    /// Sign the request, with the key that the edge joined with.
    #[error("the request is not signed by an edge that has joined")]
    Signature,
    /// Sign again with the hub's time.
    #[error("the request's time is too far from the hub's")]
    Time,
}

impl CallerError {
    fn problem(self) -> Problem {
        let (rule, zh) = match self {
            Self::Signature => ("edge_signature", "请求没有由已登记的边缘设备签名。"),
            Self::Time => ("edge_clock", "请求的时间与中心相差太大，请按 now_ms 重新签名。"),
        };
        Problem::new(StatusCode::UNAUTHORIZED, rule, zh, self.to_string()).with("now_ms", now_ms())
    }
}

/// The bytes that an edge signs for a request.
#[must_use]
pub fn signed(method: &Method, path_and_query: &str, edge: &EdgeId, unix_ms: i64) -> Vec<u8> {
    format!("qitao-http\n{method}\n{path_and_query}\n{edge}\n{unix_ms}").into_bytes()
}

/// Takes the header apart. The edge's id may hold dots; time and signature do not.
fn parse(header: &str) -> Option<(EdgeId, i64, Signature)> {
    let mut parts = header.strip_prefix("Qitao-Edge ")?.trim().rsplitn(3, '.');
    let signature = BASE64URL_NOPAD.decode(parts.next()?.as_bytes()).ok()?;
    let unix_ms = parts.next()?.parse().ok()?;
    let edge = EdgeId::new(parts.next()?).ok()?;
    Some((edge, unix_ms, Signature::from_slice(&signature).ok()?))
}

async fn check(fleet: &Fleet, parts: &Parts) -> Result<Caller, Problem> {
    let header = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let Some((edge, unix_ms, signature)) = header.and_then(parse) else { return Err(CallerError::Signature.problem()) };
    let known = store::known(fleet, &edge).await.map_err(|error| Problem::internal(&error))?;
    let Some(known) = known else { return Err(CallerError::Signature.problem()) };
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    if known.key.verify_strict(&signed(&parts.method, path, &edge, unix_ms), &signature).is_err() {
        return Err(CallerError::Signature.problem());
    }
    if now_ms().abs_diff(unix_ms) > SKEW_MS.unsigned_abs() {
        return Err(CallerError::Time.problem());
    }
    Ok(Caller { edge, site: known.site })
}

impl<S> FromRequestParts<S> for Caller
where
    S: Send + Sync,
    Fleet: FromRef<S>,
{
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
        check(&Fleet::from_ref(state), parts).await.map_err(IntoResponse::into_response)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edge_id_with_dots_is_read_whole() {
        let signature = BASE64URL_NOPAD.encode(&[7; 64]);
        let (edge, at, _) = parse(&format!("Qitao-Edge a.b-1.1700000000000.{signature}")).unwrap();
        assert_eq!((edge.as_str(), at), ("a.b-1", 1_700_000_000_000));
    }

    #[test]
    fn anything_else_is_no_caller() {
        for header in
            ["", "Bearer x", "Qitao-Edge a.1", "Qitao-Edge a.x.AAAA", "Qitao-Edge a/b.1.AAAA", "Qitao-Edge ..", "Qitao-Edge a.1.AAAA"]
        {
            assert!(parse(header).is_none(), "{header}");
        }
    }
}
