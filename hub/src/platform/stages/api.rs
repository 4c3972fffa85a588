//! Pipelines for people: the handbook of stages for everybody, the settings for those who look after them.

use std::collections::BTreeMap;

use axum::Json as Answer;
use axum::extract::State;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::model::Pipeline;
use super::rules::{Missing, Moving, may_move};
use super::store;
use crate::http::extract::{Json, Path};
use crate::http::openapi::Refusals;
use crate::http::page::Page;
use crate::http::problem::Problem;
use crate::http::version::{IfMatch, Versioned};
use crate::platform::drafts::{self, Document, Editing, Kind, PublishedVersion, Restore, parsed};
use crate::platform::expressions::Bindings;
use crate::platform::fields::store::zone_of;
use crate::platform::fields::{DefinitionFault, FieldError};
use crate::platform::identity::Right;
use crate::platform::session::Session;
use crate::state::App;

/// A pipeline.
#[derive(Debug, Serialize, ToSchema)]
pub struct PipelineRow {
    /// Its code.
    code: String,
    /// What holds; absent before the first publication.
    #[serde(skip_serializing_if = "Option::is_none")]
    published: Option<Pipeline>,
    /// Number of the version that holds.
    number: i64,
    /// What is drafted, for those who may set it up.
    #[serde(skip_serializing_if = "Option::is_none")]
    draft: Option<Pipeline>,
    /// What keeps the draft from being published: `{field, rule, zh, en, place}`.
    #[schema(value_type = Vec<Object>)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    faults: Vec<Value>,
    /// Grows with every change; send it back as If-Match.
    version: i64,
}

async fn row(app: &App, session: &Session, document: Document) -> Result<PipelineRow, Problem> {
    let (db, settings) = (app.db.read(), session.actor.may_at(Right::Settings, None).is_ok());
    let Document { name: code, draft, published: number, version } = document;
    let published = match number {
        0 => None,
        number => Some(parsed(drafts::version(db, Kind::Pipeline, &code, number).await?)?),
    };
    let draft: Option<Pipeline> = draft.filter(|_| settings).map(parsed).transpose()?;
    let faults = match &draft {
        Some(draft) => match store::check(db, &code, draft).await {
            Err(FieldError::Definitions(faults)) => faults.iter().map(DefinitionFault::to_json).collect(),
            Err(error) => return Err(error.into()),
            Ok(_) => Vec::new(),
        },
        None => Vec::new(),
    };
    Ok(PipelineRow { code, published, number, draft, faults, version })
}

async fn seen(app: &App, session: &Session, code: &str) -> Result<Versioned<PipelineRow>, Problem> {
    let document = drafts::find(app.db.read(), Kind::Pipeline, code).await?;
    let settings = session.actor.may_at(Right::Settings, None).is_ok();
    if document.published == 0 && !settings {
        return Err(Problem::not_found());
    }
    Ok(Versioned(document.version, row(app, session, document).await?))
}

/// Pipelines with their stages: who owns each, what it brings forth, how long it may take, what its gates ask for.
#[utoipa::path(get, path = "/api/v1/pipelines", tag = "settings", responses((status = 200, body = Page<PipelineRow>), Refusals))]
pub async fn list(State(app): State<App>, session: Session) -> Result<Answer<Page<PipelineRow>>, Problem> {
    let settings = session.actor.may_at(Right::Settings, None).is_ok();
    let mut rows = Vec::new();
    for document in drafts::all(app.db.read(), Kind::Pipeline).await? {
        if settings || document.published > 0 {
            rows.push(row(&app, &session, document).await?);
        }
    }
    Ok(Answer(Page::whole(rows)))
}

/// A pipeline.
#[utoipa::path(get, path = "/api/v1/pipelines/{pipeline}", tag = "settings", params(("pipeline" = String, Path, description = "Code of the pipeline")),
    responses((status = 200, body = PipelineRow), Refusals))]
pub async fn show(State(app): State<App>, session: Session, Path(code): Path<String>) -> Result<Versioned<PipelineRow>, Problem> {
    seen(&app, &session, &code).await
}

/// Save a draft of a pipeline, also of a new one. It holds for nobody yet, and may be wrong; the answer says what keeps it from being published.
#[utoipa::path(put, path = "/api/v1/pipelines/{pipeline}", tag = "settings", request_body = Pipeline,
    params(("pipeline" = String, Path, description = "Code of the pipeline"),
        ("If-Match" = String, Header, description = "The ETag as it was read; \"0\" for a new one")),
    responses((status = 200, body = PipelineRow), Refusals))]
pub async fn draft(
    State(app): State<App>,
    session: Session,
    Path(code): Path<String>,
    version: IfMatch,
    Json(pipeline): Json<Pipeline>,
) -> Result<Versioned<PipelineRow>, Problem> {
    session.actor.may_at(Right::Settings, None)?;
    if !(1..=40).contains(&code.len()) || !code.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_') {
        let (zh, en) = ("流程编码要有 1 到 40 个小写字母、数字或 _。", "The code of a pipeline has 1 to 40 of a–z, 0–9 and _.");
        return Err(Problem::invalid("code_shape", "pipeline", zh, en));
    }
    Editing::by(&session, Kind::Pipeline, &code, version).save(&app.db, Some(&pipeline)).await?;
    seen(&app, &session, &code).await
}

/// Throw the draft away.
#[utoipa::path(delete, path = "/api/v1/pipelines/{pipeline}", tag = "settings",
    params(("pipeline" = String, Path, description = "Code of the pipeline"),
        ("If-Match" = String, Header, description = "The ETag as it was read")),
    responses((status = 200, body = PipelineRow), Refusals))]
pub async fn discard(
    State(app): State<App>,
    session: Session,
    Path(code): Path<String>,
    version: IfMatch,
) -> Result<Versioned<PipelineRow>, Problem> {
    session.actor.may_at(Right::Settings, None)?;
    Editing::by(&session, Kind::Pipeline, &code, version).save(&app.db, None::<&Pipeline>).await?;
    seen(&app, &session, &code).await
}

/// Publish the draft.
#[utoipa::path(post, path = "/api/v1/pipelines/{pipeline}/publish", tag = "settings",
    params(("pipeline" = String, Path, description = "Code of the pipeline"),
        ("If-Match" = String, Header, description = "The ETag as it was read")),
    responses((status = 200, body = PipelineRow), Refusals))]
pub async fn publish(
    State(app): State<App>,
    session: Session,
    Path(code): Path<String>,
    version: IfMatch,
) -> Result<Versioned<PipelineRow>, Problem> {
    session.actor.may_at(Right::Settings, None)?;
    store::publish(&app.db, Editing::by(&session, Kind::Pipeline, &code, version), None).await?;
    seen(&app, &session, &code).await
}

/// Take a publication back: an older version is published once more.
#[utoipa::path(post, path = "/api/v1/pipelines/{pipeline}/restore", tag = "settings", request_body = Restore,
    params(("pipeline" = String, Path, description = "Code of the pipeline"),
        ("If-Match" = String, Header, description = "The ETag as it was read")),
    responses((status = 200, body = PipelineRow), Refusals))]
pub async fn restore(
    State(app): State<App>,
    session: Session,
    Path(code): Path<String>,
    version: IfMatch,
    Json(asked): Json<Restore>,
) -> Result<Versioned<PipelineRow>, Problem> {
    session.actor.may_at(Right::Settings, None)?;
    store::publish(&app.db, Editing::by(&session, Kind::Pipeline, &code, version), Some(asked.number)).await?;
    seen(&app, &session, &code).await
}

/// Every version of a pipeline that was published, the newest first.
#[utoipa::path(get, path = "/api/v1/pipelines/{pipeline}/versions", tag = "settings",
    params(("pipeline" = String, Path, description = "Code of the pipeline")),
    responses((status = 200, body = Page<PublishedVersion>), Refusals))]
pub async fn versions(
    State(app): State<App>,
    session: Session,
    Path(code): Path<String>,
) -> Result<Answer<Page<PublishedVersion>>, Problem> {
    session.actor.may_at(Right::Settings, None)?;
    Ok(Answer(Page::whole(drafts::versions(app.db.read(), Kind::Pipeline, &code).await?)))
}

/// A move to be tried.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Move {
    /// The stage that the record is in; absent for a new one.
    #[serde(default)]
    from: Option<String>,
    /// The stage that it is to go to.
    to: String,
    /// Fields of the record.
    #[serde(default)]
    #[schema(value_type = Object)]
    record: Map<String, Value>,
    /// Its custom fields.
    #[serde(default)]
    #[schema(value_type = Object)]
    custom: Map<String, Value>,
    /// How many files of each kind it has.
    #[serde(default)]
    files: BTreeMap<String, i64>,
    /// Try the draft in place of what holds.
    #[serde(default)]
    draft: bool,
}

/// Whether a record may move.
#[derive(Debug, Serialize, ToSchema)]
pub struct Moved {
    /// Whether it may.
    allowed: bool,
    /// What is missing when it may not.
    missing: Vec<Missing>,
}

/// Try a move with a made-up record. Nothing is changed.
#[utoipa::path(post, path = "/api/v1/pipelines/{pipeline}/try", tag = "settings", request_body = Move,
    params(("pipeline" = String, Path, description = "Code of the pipeline")), responses((status = 200, body = Moved), Refusals))]
pub async fn try_move(
    State(app): State<App>,
    session: Session,
    Path(code): Path<String>,
    Json(asked): Json<Move>,
) -> Result<Answer<Moved>, Problem> {
    session.actor.may_at(Right::Settings, None)?;
    let db = app.db.read();
    let ready = if asked.draft {
        let draft = drafts::find(db, Kind::Pipeline, &code).await?.draft.ok_or(drafts::DraftError::NoDraft)?;
        store::check(db, &code, &parsed(draft)?).await?
    } else {
        store::find(db, &code).await?.ok_or_else(Problem::not_found)?
    };
    let moving = Moving { record: &asked.record, custom: &asked.custom, files: &asked.files };
    let zone = zone_of(db, None, &app.config.outside.time_zone).await?;
    let missing =
        may_move(&ready, moving, asked.from.as_deref(), &asked.to, Bindings::at(Timestamp::now(), zone)).err().unwrap_or_default();
    Ok(Answer(Moved { allowed: missing.is_empty(), missing }))
}
