//! Versions of records: a record is read with its `ETag`, and a change says with `If-Match` which one it was made from. So nobody writes
//! over what somebody else changed meanwhile.

use axum::Json;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::problem::{Problem, Who};

/// A record with its version.
pub struct Versioned<T>(pub i64, pub T);

impl<T: Serialize> IntoResponse for Versioned<T> {
    fn into_response(self) -> Response {
        let mut response = Json(self.1).into_response();
        if let Ok(tag) = HeaderValue::from_str(&format!("\"{}\"", self.0)) {
            response.headers_mut().insert(header::ETAG, tag);
        }
        response
    }
}

/// The version that a change was made from.
#[derive(Debug, Clone, Copy)]
pub struct IfMatch(pub i64);

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let Some(value) = parts.headers.get(header::IF_MATCH) else {
            return Err(Problem::new(
                StatusCode::PRECONDITION_REQUIRED,
                "if_match",
                "修改时要用 If-Match 带上读到的 ETag。",
                "A change carries the ETag that was read in If-Match.",
            )
            .field("If-Match")
            .who(Who::Reader));
        };
        let text = value.to_str().unwrap_or_default().trim();
        let text = text.strip_prefix("W/").unwrap_or(text).trim_matches('"');
        // What is no version of ours is none that the record has.
        text.parse().map(Self).map_err(|_| Problem::changed())
    }
}

impl IfMatch {
    /// Goes on only when the record is still as it was read.
    ///
    /// # Errors
    /// A 412 problem.
    pub fn check(self, version: i64) -> Result<(), Problem> {
        if self.0 == version { Ok(()) } else { Err(Problem::changed()) }
    }
}
