//! The whole API on one page. Each line is one address with its methods; the handler says the rest.
//!
//! What stands around every route, from outside to inside: request id and security headers, refusals in the reader's language, panics
//! caught, a time limit, answers compressed, bodies limited.

use std::time::Duration;

use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::{Router, middleware};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::timeout::TimeoutLayer;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{headers, health, openapi, problem, ui};
use crate::state::App;
use crate::{catalog, platform};

/// Largest body that a route takes.
const BODY_LIMIT: usize = 1024 * 1024;
/// Longest time until an answer begins.
const TIME_LIMIT: Duration = Duration::from_secs(60);

/// The API with its document.
pub(super) fn open_api_router() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(openapi::frame())
        // /api/v1/session                     who is asking
        .routes(routes!(platform::api::sign_in, platform::api::who, platform::api::sign_out))
        // /api/v1/items                       the catalogue
        .routes(routes!(catalog::api::list))
        // /api/v1/items/{id}
        .routes(routes!(catalog::api::show))
        // /api/v1/openapi.json                the hub itself
        .routes(routes!(openapi::show))
        // /api/v1/health
        .routes(routes!(health::show))
}

/// Everything the hub answers over HTTP.
pub fn router(app: App) -> Router {
    let (api, _) = open_api_router().split_for_parts();
    api.fallback(ui::serve)
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(CompressionLayer::new())
        .layer(TimeoutLayer::with_status_code(StatusCode::GATEWAY_TIMEOUT, TIME_LIMIT))
        .layer(CatchPanicLayer::custom(problem::of_panic))
        .layer(middleware::from_fn(problem::in_readers_language))
        .layer(middleware::from_fn(headers::around))
        .with_state(app)
}
