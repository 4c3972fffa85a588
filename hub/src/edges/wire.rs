//! The same messages over HTTP, for sites where MQTT is blocked: signed envelopes are posted to `/edge/v1/up` and fetched from `/edge/v1/down`.
//!
//! `GET /edge/v1/down?session=S&open=true` begins a connection (S is random, the edge's choice) and answers at once; from then on
//! `GET /edge/v1/down?session=S&after=N` answers as soon as there is something beyond message N, or with nothing after a while; 410 says that the
//! connection has ended and the edge is to begin another. The answer is each message's length (4 bytes, big-endian) and bytes; `x-qitao-through`
//! says N for the next question. Nothing here decides about facts: the receiver of the stream is the one that MQTT feeds.

use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, FromRef, Query, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use qitao_domain::protocol::MAX_MESSAGE;
use serde::Deserialize;
use tokio_util::sync::CancellationToken;

use super::{Caller, Fleet};
use crate::broker::Taken;
use crate::http::problem::{Problem, Who};

/// How long a question waits for news. Proxies give up after 60 s.
const WAIT: Duration = Duration::from_secs(20);

#[derive(Clone)]
struct Wire {
    fleet: Fleet,
    stop: CancellationToken,
}

impl FromRef<Wire> for Fleet {
    fn from_ref(wire: &Wire) -> Self {
        wire.fleet.clone()
    }
}

#[derive(Deserialize)]
struct Ask {
    session: u64,
    #[serde(default)]
    open: bool,
    #[serde(default)]
    after: u64,
}

async fn up(State(wire): State<Wire>, caller: Caller, envelope: Bytes) -> Result<StatusCode, Problem> {
    match wire.fleet.link.take(&caller.edge, &envelope).await {
        Taken::Yes => Ok(StatusCode::NO_CONTENT),
        Taken::Later => Err(Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "later",
            "中心暂时不能接收，请重试。",
            "The hub cannot take this now; send it again.",
        )
        .who(Who::Reader)
        .retry_after(1)),
    }
}

async fn down(State(wire): State<Wire>, caller: Caller, Query(ask): Query<Ask>) -> Result<Response, Problem> {
    let link = &wire.fleet.link;
    if ask.open {
        link.open_mailbox(&caller.edge, ask.session);
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let fetched = tokio::select! {
        fetched = link.fetch(&caller.edge, ask.session, ask.after, WAIT) => fetched,
        () = wire.stop.cancelled() => None,
    };
    let Some(fetched) = fetched else {
        return Err(Problem::new(
            StatusCode::GONE,
            "connection_ended",
            "这个连接已结束，请重新连接。",
            "This connection has ended; begin another.",
        ));
    };
    let mut body = Vec::with_capacity(fetched.messages.iter().map(|message| message.len() + 4).sum());
    for message in fetched.messages {
        body.extend(u32::try_from(message.len()).unwrap_or(0).to_be_bytes());
        body.extend(message);
    }
    let head = [(CONTENT_TYPE.as_str(), "application/octet-stream".to_owned()), ("x-qitao-through", fetched.through.to_string())];
    Ok((head, body).into_response())
}

/// Routes for edges, to be merged by the hub's router. `stop` ends waiting questions with the hub.
pub fn router(fleet: Fleet, stop: CancellationToken) -> Router {
    Router::new()
        .route("/edge/v1/up", post(up).layer(DefaultBodyLimit::max(MAX_MESSAGE)))
        .route("/edge/v1/down", get(down))
        .with_state(Wire { fleet, stop })
}
