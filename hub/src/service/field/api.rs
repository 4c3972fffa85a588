//! The phone's API: the day, operations, files.

use axum::Json as Answer;
use axum::extract::{Request, State};
use axum::http::HeaderMap;
use serde::Deserialize;
use utoipa::IntoParams;

use super::apply::Applying;
use super::files;
use super::model::{FieldDay, FieldFile, FileKind, OperationAnswers, Operations};
use crate::http::extract::{Json, Query, given};
use crate::http::openapi::Refusals;
use crate::http::problem::{Language, Problem, Who};
use crate::platform::clock;
use crate::platform::files::api::Upload;
use crate::platform::identity::Right;
use crate::platform::scope::Entity;
use crate::platform::session::Session;
use crate::service::tickets::rules::DAY_MS;
use crate::service::tickets::store;
use crate::state::App;

/// Most operations in one request.
const MOST: usize = 50;

/// How far ahead.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct DayQuery {
    /// Appointments of so many days; 3 when not given, more than 14 are 14.
    #[serde(deserialize_with = "given")]
    days: Option<u8>,
}

/// What a phone takes along: the reader's own tickets of the next days, with all that they need without a signal.
#[utoipa::path(get, path = "/api/v1/field/day", tag = "service", params(DayQuery), responses((status = 200, body = FieldDay), Refusals))]
pub async fn day(
    State(app): State<App>,
    session: Session,
    Query(asked): Query<DayQuery>,
    headers: HeaderMap,
) -> Result<Answer<FieldDay>, Problem> {
    let applying = Applying::of(&app, &session, Language::of(&headers)).await?;
    session.actor.may(Right::Visits)?;
    let (db, now) = (app.db.read(), clock::now_ms());
    let until = now + i64::from(asked.days.unwrap_or(3).clamp(1, 14)) * DAY_MS;
    let mut tickets = Vec::new();
    for row in store::of_installer(db, session.actor.id, now - DAY_MS, until).await? {
        tickets.extend(store::get(db, &applying.reader, &applying.scope, &applying.settings, row.id).await?);
    }
    let form = applying.reader.set.form(&session.actor, &session.actor.tree, session.actor.organisation);
    let fields = form.fields.into_iter().filter(|field| field.custom).collect();
    let (name, choices) = (session.actor.name.clone(), applying.choices);
    Ok(Answer(FieldDay { now_ms: now, name, tickets, fields, choices, far_m: applying.settings.far_m }))
}

/// Send what was done without a signal. Each operation is applied at most once, those of a ticket in order, and answered one by one.
#[utoipa::path(post, path = "/api/v1/field/operations", tag = "service", request_body = Operations,
    responses((status = 200, body = OperationAnswers), Refusals))]
pub async fn operations(
    State(app): State<App>,
    session: Session,
    headers: HeaderMap,
    Json(asked): Json<Operations>,
) -> Result<Answer<OperationAnswers>, Problem> {
    let applying = Applying::of(&app, &session, Language::of(&headers)).await?;
    session.actor.may(Right::Visits)?;
    if asked.operations.len() > MOST {
        let (zh, en) = ("一次最多发送 50 个操作。", "At most 50 operations at once.");
        return Err(Problem::invalid("operation_count", "operations", zh, en).who(Who::Reader));
    }
    Ok(Answer(OperationAnswers { answers: applying.all(&asked.operations).await? }))
}

/// Whose a file is.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct FileQuery {
    /// 128 random bits in hex, by which the file is known for good.
    #[serde(default, deserialize_with = "given")]
    #[param(required = true, pattern = "^[0-9a-f]{32}$", example = "0123456789abcdef0123456789abcdef")]
    operation: Option<String>,
    /// The ticket.
    #[serde(default, deserialize_with = "given")]
    #[param(required = true)]
    ticket: Option<i64>,
    /// What it is to the ticket.
    #[serde(default)]
    #[param(required = true, inline)]
    kind: Option<FileKind>,
}

/// Send a photo or a signature: PNG or JPEG up to 8 MB. The same operation keeps none again.
#[utoipa::path(post, path = "/api/v1/field/files", tag = "service", params(FileQuery),
    request_body(content = Upload, content_type = "multipart/form-data"), responses((status = 200, body = FieldFile), Refusals))]
pub async fn send(
    State(app): State<App>,
    session: Session,
    Query(asked): Query<FileQuery>,
    request: Request,
) -> Result<Answer<FieldFile>, Problem> {
    session.scope(Entity::Ticket)?;
    session.actor.may(Right::Visits)?;
    let FileQuery { operation: Some(operation), ticket: Some(ticket), kind: Some(kind) } = asked else {
        let (zh, en) = ("请给出操作编号、工单和文件用途。", "Give the operation, the ticket and what the file is to it.");
        return Err(Problem::invalid("needed", "operation", zh, en).who(Who::Reader));
    };
    Ok(Answer(files::take(&app, &session, (&operation, ticket, kind), request).await?))
}
