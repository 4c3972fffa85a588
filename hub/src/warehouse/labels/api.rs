//! Label templates for people: list, draft, try, publish, take back.

use std::collections::BTreeMap;

use axum::Json as Answer;
use axum::extract::State;
use data_encoding::BASE64;
use qitao_labels::preview::{self, Missing};
use qitao_labels::schema::schema;
use qitao_labels::{Fields, Template};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::store;
use crate::feed;
use crate::http::extract::{Json, Path};
use crate::http::openapi::Refusals;
use crate::http::page::Page;
use crate::http::problem::Problem;
use crate::http::version::{IfMatch, Versioned};
use crate::platform::drafts::{self, Document, Editing, Kind, PublishedVersion, Restore};
use crate::platform::fields::{DefinitionFault, FieldError};
use crate::platform::identity::Right;
use crate::platform::session::Session;
use crate::state::App;

/// Resolutions that are drawn, in dots per inch.
const RESOLUTIONS: [u16; 3] = [203, 300, 600];

/// A label template with its versions' state.
#[derive(Debug, Serialize, ToSchema)]
pub struct LabelTemplateRow {
    /// Its name, by which labels are asked for.
    name: String,
    /// What holds: the version that was published last, or the standard template; absent before the first publication of another.
    #[schema(value_type = Option<Object>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    published: Option<Value>,
    /// Number of the version that holds; 0 when none was published.
    number: i64,
    /// The program brings a template of this name.
    standard: bool,
    /// What is drafted.
    #[schema(value_type = Option<Object>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    draft: Option<Value>,
    /// What keeps the draft from being published: `{field, rule, zh, en}`.
    #[schema(value_type = Vec<Object>)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    faults: Vec<Value>,
    /// Grows with every change; send it back as If-Match.
    version: i64,
}

async fn row(app: &App, document: Document) -> Result<LabelTemplateRow, Problem> {
    let Document { name, draft, published: number, version } = document;
    let standard = store::standard(&name);
    let (is_standard, published) = match number {
        0 => (standard.is_some(), standard),
        number => (standard.is_some(), Some(drafts::version(app.db.read(), Kind::LabelTemplate, &name, number).await?)),
    };
    let faults = match draft.clone() {
        Some(draft) => drawn(move || store::faults(&draft)).await?.iter().map(DefinitionFault::to_json).collect(),
        None => Vec::new(),
    };
    Ok(LabelTemplateRow { name, published, number, standard: is_standard, draft, faults, version })
}

/// Drawing takes a processor for milliseconds: not on a thread that answers others.
async fn drawn<T: Send + 'static>(draw: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
    tokio::task::spawn_blocking(draw).await.map_err(|error| Problem::internal(&error))
}

async fn seen(app: &App, name: &str) -> Result<Versioned<LabelTemplateRow>, Problem> {
    let document = drafts::find(app.db.read(), Kind::LabelTemplate, name).await?;
    if document.version == 0 && store::standard(name).is_none() {
        return Err(Problem::not_found());
    }
    Ok(Versioned(document.version, row(app, document).await?))
}

/// Publishes the draft, or an older version once more, when it can be printed.
async fn published(app: &App, editing: Editing<'_>, restores: Option<i64>) -> Result<Versioned<LabelTemplateRow>, Problem> {
    let wanted = editing.wanted(app.db.read(), restores).await?;
    let template = wanted.clone();
    let faults = drawn(move || store::faults(&template)).await?;
    if !faults.is_empty() {
        return Err(FieldError::Definitions(faults).into());
    }
    store::publish(&app.db, editing, restores, wanted).await?;
    feed::announce(&app.fleet).await?;
    seen(app, editing.name).await
}

/// Label templates: the standard ones and the chain's own.
#[utoipa::path(get, path = "/api/v1/label-templates", tag = "settings", responses((status = 200, body = Page<LabelTemplateRow>), Refusals))]
pub async fn list(State(app): State<App>, session: Session) -> Result<Answer<Page<LabelTemplateRow>>, Problem> {
    session.actor.may_at(Right::Settings, None)?;
    let mut documents: BTreeMap<String, Document> =
        drafts::all(app.db.read(), Kind::LabelTemplate).await?.into_iter().map(|document| (document.name.clone(), document)).collect();
    for Template { name, .. } in Template::built_in() {
        documents.entry(name.clone()).or_insert_with(|| Document { name, ..Document::default() });
    }
    let mut rows = Vec::new();
    for document in documents.into_values() {
        rows.push(row(&app, document).await?);
    }
    Ok(Answer(Page::whole(rows)))
}

/// A label template.
#[utoipa::path(get, path = "/api/v1/label-templates/{template}", tag = "settings",
    params(("template" = String, Path, description = "Name of the template")), responses((status = 200, body = LabelTemplateRow), Refusals))]
pub async fn show(State(app): State<App>, session: Session, Path(name): Path<String>) -> Result<Versioned<LabelTemplateRow>, Problem> {
    session.actor.may_at(Right::Settings, None)?;
    seen(&app, &name).await
}

/// A label template as JSON; what it is made of is told by `/label-elements`.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = Object)]
pub struct LabelTemplate(serde_json::Map<String, Value>);

/// Save a draft of a label template, also of a new one. It is printed by nobody yet, and may be wrong; the answer says what keeps it from being
/// published.
#[utoipa::path(put, path = "/api/v1/label-templates/{template}", tag = "settings", request_body = LabelTemplate,
    params(("template" = String, Path, description = "Name of the template"),
        ("If-Match" = String, Header, description = "The ETag as it was read; \"0\" for a new one")),
    responses((status = 200, body = LabelTemplateRow), Refusals))]
pub async fn draft(
    State(app): State<App>,
    session: Session,
    Path(name): Path<String>,
    version: IfMatch,
    Json(LabelTemplate(mut template)): Json<LabelTemplate>,
) -> Result<Versioned<LabelTemplateRow>, Problem> {
    session.actor.may_at(Right::Settings, None)?;
    if !(1..=40).contains(&name.len()) || !name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-') {
        let (zh, en) = ("模板名要有 1 到 40 个小写字母、数字或 -。", "The name of a template has 1 to 40 of a–z, 0–9 and -.");
        return Err(Problem::invalid("name_shape", "template", zh, en));
    }
    template.insert("name".into(), name.clone().into());
    Editing::by(&session, Kind::LabelTemplate, &name, version).save(&app.db, Some(&template)).await?;
    seen(&app, &name).await
}

/// Throw the draft away.
#[utoipa::path(delete, path = "/api/v1/label-templates/{template}", tag = "settings",
    params(("template" = String, Path, description = "Name of the template"),
        ("If-Match" = String, Header, description = "The ETag as it was read")),
    responses((status = 200, body = LabelTemplateRow), Refusals))]
pub async fn discard(
    State(app): State<App>,
    session: Session,
    Path(name): Path<String>,
    version: IfMatch,
) -> Result<Versioned<LabelTemplateRow>, Problem> {
    session.actor.may_at(Right::Settings, None)?;
    Editing::by(&session, Kind::LabelTemplate, &name, version).save(&app.db, None::<&LabelTemplate>).await?;
    seen(&app, &name).await
}

/// Publish the draft: every edge prints it from then on.
#[utoipa::path(post, path = "/api/v1/label-templates/{template}/publish", tag = "settings",
    params(("template" = String, Path, description = "Name of the template"),
        ("If-Match" = String, Header, description = "The ETag as it was read")),
    responses((status = 200, body = LabelTemplateRow), Refusals))]
pub async fn publish(
    State(app): State<App>,
    session: Session,
    Path(name): Path<String>,
    version: IfMatch,
) -> Result<Versioned<LabelTemplateRow>, Problem> {
    session.actor.may_at(Right::Settings, None)?;
    published(&app, Editing::by(&session, Kind::LabelTemplate, &name, version), None).await
}

/// Take a publication back: an older version is published once more.
#[utoipa::path(post, path = "/api/v1/label-templates/{template}/restore", tag = "settings", request_body = Restore,
    params(("template" = String, Path, description = "Name of the template"),
        ("If-Match" = String, Header, description = "The ETag as it was read")),
    responses((status = 200, body = LabelTemplateRow), Refusals))]
pub async fn restore(
    State(app): State<App>,
    session: Session,
    Path(name): Path<String>,
    version: IfMatch,
    Json(asked): Json<Restore>,
) -> Result<Versioned<LabelTemplateRow>, Problem> {
    session.actor.may_at(Right::Settings, None)?;
    published(&app, Editing::by(&session, Kind::LabelTemplate, &name, version), Some(asked.number)).await
}

/// Every version of a label template that was published, the newest first.
#[utoipa::path(get, path = "/api/v1/label-templates/{template}/versions", tag = "settings",
    params(("template" = String, Path, description = "Name of the template")),
    responses((status = 200, body = Page<PublishedVersion>), Refusals))]
pub async fn versions(
    State(app): State<App>,
    session: Session,
    Path(name): Path<String>,
) -> Result<Answer<Page<PublishedVersion>>, Problem> {
    session.actor.may_at(Right::Settings, None)?;
    Ok(Answer(Page::whole(drafts::versions(app.db.read(), Kind::LabelTemplate, &name).await?)))
}

/// What a label template is made of: kinds of elements with their properties and what these may be, functions of expressions, symbologies.
#[utoipa::path(get, path = "/api/v1/label-elements", tag = "settings", responses((status = 200, body = Object), Refusals))]
pub async fn elements(session: Session) -> Result<Answer<Value>, Problem> {
    session.actor.may_at(Right::Settings, None)?;
    store::as_written(schema()).map(Answer).map_err(|error| Problem::internal(&error))
}

/// A label that is to be looked at.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LabelPreviewAsked {
    /// The template: as JSON, or as TOML in a text.
    #[schema(value_type = Object)]
    template: Value,
    /// What the label is about, by the names of the template's fields. What is left away is taken from the template's examples.
    #[serde(default)]
    data: Fields,
    /// Dots per inch: 203, 300 or 600.
    #[serde(default = "coarse")]
    #[schema(minimum = 203, maximum = 600)]
    dpi: u16,
}

const fn coarse() -> u16 {
    RESOLUTIONS[0]
}

/// A label as it would be printed, and what is to be said of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct LabelPreview {
    /// The dots, as a PNG in base64; absent when the template cannot be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    png: Option<String>,
    /// Findings `{severity, element, key, line, column, zh, en}`, the fields that it needs, where its elements came to lie, the template as JSON;
    /// `width` and `height` in dots; `printable`: nothing keeps it from being printed.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    rest: Value,
}

/// Draw a label as it would be printed, dot for dot. Nothing is kept.
#[utoipa::path(post, path = "/api/v1/label-previews", tag = "settings", request_body = LabelPreviewAsked,
    responses((status = 200, body = LabelPreview), Refusals))]
pub async fn preview(session: Session, Json(asked): Json<LabelPreviewAsked>) -> Result<Answer<LabelPreview>, Problem> {
    session.actor.may_at(Right::Settings, None)?;
    if !RESOLUTIONS.contains(&asked.dpi) {
        return Err(Problem::invalid("resolution", "dpi", "分辨率是 203、300 或 600。", "The resolution is 203, 300 or 600."));
    }
    let text = match asked.template {
        Value::String(text) => text,
        other => other.to_string(),
    };
    let shown = drawn(move || preview::preview(&text, &asked.data, asked.dpi, Missing::Examples)).await?;
    let png = shown.png.as_deref().map(|png| BASE64.encode(png));
    Ok(Answer(LabelPreview { png, rest: store::as_written(&shown).map_err(|error| Problem::internal(&error))? }))
}
