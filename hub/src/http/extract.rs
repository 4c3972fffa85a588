//! Extractors that refuse with a problem instead of a bare text: path numbers, query strings, JSON bodies, idempotency keys.

use axum::body::{Body, Bytes};
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, OptionalFromRequestParts, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};

use super::problem::{Problem, Who};

/// Longest idempotency key that is taken.
const MAX_IDEMPOTENCY_KEY: usize = 128;

/// A part of the path, such as a number. What cannot be one does not exist: 404.
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match <axum::extract::Path<T> as FromRequestParts<S>>::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(value)) => Ok(Self(value)),
            Err(_) => Err(Problem::not_found()),
        }
    }
}

/// The query string.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        if parts.uri.query().is_some_and(|query| query.contains("%00")) {
            return Err(nul());
        }
        let asked: Result<axum::extract::Query<T>, QueryRejection> = axum::extract::Query::from_request_parts(parts, state).await;
        asked.map(|axum::extract::Query(value)| Self(value)).map_err(|rejection| {
            let text = rejection.body_text();
            Problem::new(StatusCode::BAD_REQUEST, "query", format!("网址里的查询参数看不懂：{text}"), text).who(Who::Reader)
        })
    }
}

/// A JSON body.
pub struct Json<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let body = match Bytes::from_request(Request::from_parts(parts.clone(), body), state).await {
            Ok(body) if has_nul(&body) => return Err(nul()),
            Ok(body) => body,
            Err(rejection) => return Err(refuse_body(&JsonRejection::from(rejection))),
        };
        match axum::Json::<T>::from_request(Request::from_parts(parts, Body::from(body)), state).await {
            Ok(axum::Json(value)) => Ok(Self(value)),
            Err(rejection) => Err(refuse_body(&rejection)),
        }
    }
}

/// The character NUL, which no text of a person has and PostgreSQL cannot hold.
fn nul() -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, "no_nul", "文字里不能有空字符（NUL）。", "A text must not hold the character NUL.")
        .who(Who::Reader)
}

/// Whether JSON has the character NUL in a text: it can only be written as an escape, whose backslash is not itself escaped.
fn has_nul(json: &[u8]) -> bool {
    let mut at = 0;
    while let Some(next) = json.get(at..).and_then(|rest| rest.iter().position(|byte| *byte == b'\\')) {
        at += next;
        if json.get(at..at + 6).is_some_and(|escape| escape == b"\\u0000") {
            return true;
        }
        at += 2;
    }
    false
}

fn refuse_body(rejection: &JsonRejection) -> Problem {
    let text = rejection.body_text();
    let problem = match rejection {
        JsonRejection::JsonDataError(error) => {
            let cause = std::error::Error::source(error).map_or_else(|| text.clone(), ToString::to_string);
            let problem = Problem::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "body_shape",
                format!("请求体的内容不符合要求：{cause}"),
                format!("The body does not have the shape asked for: {cause}"),
            );
            match cause.split_once(": ") {
                Some((path, _)) if !path.contains(' ') => problem.field(path.to_owned()),
                _ => problem,
            }
        }
        JsonRejection::JsonSyntaxError(_) => Problem::new(StatusCode::BAD_REQUEST, "json", format!("请求体不是正确的 JSON：{text}"), text),
        JsonRejection::MissingJsonContentType(_) => Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "content_type",
            "请求体要用 content-type: application/json。",
            "Send the body with content-type: application/json.",
        ),
        other if other.status() == StatusCode::PAYLOAD_TOO_LARGE => {
            Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "body_limit", "请求体太大。", "The body is too large.")
        }
        _ => Problem::new(StatusCode::BAD_REQUEST, "body", "请求体读不出来。", "The body could not be read."),
    };
    problem.who(Who::Reader)
}

/// The `Idempotency-Key` of a create: the same key never creates twice.
pub struct IdempotencyKey(pub String);

impl IdempotencyKey {
    /// The key as a record that somebody makes keeps it: nobody comes upon what others made.
    #[must_use]
    pub fn of(key: Option<Self>, person: i64) -> Option<String> {
        key.map(|Self(key)| format!("{person}:{key}"))
    }
}

impl<S: Send + Sync> OptionalFromRequestParts<S> for IdempotencyKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, Problem> {
        let Some(value) = parts.headers.get("idempotency-key") else { return Ok(None) };
        match value.to_str() {
            Ok(text) if (1..=MAX_IDEMPOTENCY_KEY).contains(&text.len()) => Ok(Some(Self(text.to_owned()))),
            _ => Err(Problem::new(
                StatusCode::BAD_REQUEST,
                "idempotency_key",
                "Idempotency-Key 要有 1 到 128 个可见 ASCII 字符。",
                "Idempotency-Key has 1 to 128 visible ASCII characters.",
            )
            .field("Idempotency-Key")
            .who(Who::Reader)),
        }
    }
}

/// Reads an optional query value, taking the empty text of `?site=` for "not given".
///
/// # Errors
/// When there is a text and it is not a `T`.
pub fn given<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: std::str::FromStr,
    T::Err: std::fmt::Display,
{
    match Option::<String>::deserialize(deserializer)?.as_deref().map(str::trim) {
        None | Some("") => Ok(None),
        Some(text) => text.parse().map(Some).map_err(serde::de::Error::custom),
    }
}

/// Reads an optional value of a body that can be taken away: `null` is told from what is left away.
///
/// # Errors
/// When it is not a `T`.
pub fn nullable<'de, D, T>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::deserialize(deserializer).map(Some)
}
