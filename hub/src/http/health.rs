//! Whether the hub is well, for load balancers and people in a hurry. Tells nothing that needs a login.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use super::openapi::Refusals;
use crate::platform::sql::Sql;
use crate::state::App;

/// How long the database may take to answer before it counts as away.
const PATIENCE: Duration = Duration::from_secs(3);

/// How the hub is.
#[derive(Debug, Serialize, ToSchema)]
pub struct Health {
    /// Everything works.
    pub ok: bool,
    /// Version of the hub.
    pub version: &'static str,
    /// The database answers.
    pub database: bool,
    /// The broker takes connections.
    pub broker: bool,
}

/// How the hub is; 503 when a part does not work.
#[utoipa::path(get, path = "/api/v1/health", tag = "hub", security(()),
    responses((status = 200, body = Health), (status = 503, body = Health), Refusals))]
pub async fn show(State(app): State<App>) -> (StatusCode, Json<Health>) {
    let database = tokio::time::timeout(PATIENCE, Sql::new("SELECT 1").number(app.db.read())).await.is_ok_and(|answer| answer.is_ok());
    let broker = app.fleet.link.answers();
    let ok = database && broker;
    let status = if ok { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(Health { ok, version: env!("CARGO_PKG_VERSION"), database, broker }))
}
