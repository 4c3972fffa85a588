//! Files of records for people: attach, list, fetch, remove.

use axum::Json as Answer;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::kind::Kind;
use super::owner::{Owner, files_of, visible};
use super::{FileRow, Limits, NewFile, Shown, Stored, answer, keep, multipart, remove};
use crate::http::extract::{Path, Query, given};
use crate::http::openapi::Refusals;
use crate::http::page::Page;
use crate::http::problem::Problem;
use crate::platform::session::Session;
use crate::state::App;

/// What may be attached to a record.
const ATTACHMENTS: Limits =
    Limits { bytes: 20 * 1024 * 1024, kinds: &[Kind::Png, Kind::Jpeg, Kind::Pdf, Kind::Xlsx, Kind::Docx, Kind::Text] };

/// The form of an upload.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it is only described; the form is read piece by piece")]
pub struct Upload {
    /// The file.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
}

async fn list(app: &App, session: &Session, owner: Owner, record: i64) -> Result<Answer<Page<FileRow>>, Problem> {
    owner.seen(&app.files, session, record).await?;
    Ok(Answer(Page::whole(files_of(&app.files, owner, record).await?)))
}

async fn attach(app: &App, session: &Session, owner: Owner, record: i64, request: Request) -> Result<Response, Problem> {
    owner.worked_on(&app.files, session, record).await?;
    let arrived = app.files.receive(multipart(request).await?, ATTACHMENTS, |_, _| {}).await?;
    let new = NewFile { entity: owner.word(), record, author: &session.actor.login, expires_ms: None };
    Ok((StatusCode::CREATED, Answer(keep(&app.files, arrived, new).await?)).into_response())
}

/// Files of an item, newest first.
#[utoipa::path(get, path = "/api/v1/items/{id}/files", tag = "files", params(("id" = i64, Path, description = "Number of the item")),
    responses((status = 200, body = Page<FileRow>), Refusals))]
pub async fn of_item(State(app): State<App>, session: Session, Path(id): Path<i64>) -> Result<Answer<Page<FileRow>>, Problem> {
    list(&app, &session, Owner::Item, id).await
}

/// Attach a file to an item: PNG, JPEG, PDF, xlsx, docx, txt or csv up to 20 MB.
#[utoipa::path(post, path = "/api/v1/items/{id}/files", tag = "files", params(("id" = i64, Path, description = "Number of the item")),
    request_body(content = Upload, content_type = "multipart/form-data"), responses((status = 201, body = FileRow), Refusals))]
pub async fn to_item(State(app): State<App>, session: Session, Path(id): Path<i64>, request: Request) -> Result<Response, Problem> {
    attach(&app, &session, Owner::Item, id, request).await
}

/// Files of a task, newest first.
#[utoipa::path(get, path = "/api/v1/tasks/{id}/files", tag = "files", params(("id" = i64, Path, description = "Number of the task")),
    responses((status = 200, body = Page<FileRow>), Refusals))]
pub async fn of_task(State(app): State<App>, session: Session, Path(id): Path<i64>) -> Result<Answer<Page<FileRow>>, Problem> {
    list(&app, &session, Owner::Task, id).await
}

/// Attach a file to a task: PNG, JPEG, PDF, xlsx, docx, txt or csv up to 20 MB.
#[utoipa::path(post, path = "/api/v1/tasks/{id}/files", tag = "files", params(("id" = i64, Path, description = "Number of the task")),
    request_body(content = Upload, content_type = "multipart/form-data"), responses((status = 201, body = FileRow), Refusals))]
pub async fn to_task(State(app): State<App>, session: Session, Path(id): Path<i64>, request: Request) -> Result<Response, Problem> {
    attach(&app, &session, Owner::Task, id, request).await
}

/// Files of a case, newest first.
#[utoipa::path(get, path = "/api/v1/exceptions/{id}/files", tag = "files", params(("id" = i64, Path, description = "Number of the case")),
    responses((status = 200, body = Page<FileRow>), Refusals))]
pub async fn of_case(State(app): State<App>, session: Session, Path(id): Path<i64>) -> Result<Answer<Page<FileRow>>, Problem> {
    list(&app, &session, Owner::Case, id).await
}

/// Attach a file to a case: PNG, JPEG, PDF, xlsx, docx, txt or csv up to 20 MB.
#[utoipa::path(post, path = "/api/v1/exceptions/{id}/files", tag = "files", params(("id" = i64, Path, description = "Number of the case")),
    request_body(content = Upload, content_type = "multipart/form-data"), responses((status = 201, body = FileRow), Refusals))]
pub async fn to_case(State(app): State<App>, session: Session, Path(id): Path<i64>, request: Request) -> Result<Response, Problem> {
    attach(&app, &session, Owner::Case, id, request).await
}

fn kept(file: Stored) -> Result<Stored, Problem> {
    if file.state == "kept" { Ok(file) } else { Err(Problem::not_found()) }
}

/// A file: what it is, not its bytes.
#[utoipa::path(get, path = "/api/v1/files/{id}", tag = "files", params(("id" = i64, Path, description = "Number of the file")),
    responses((status = 200, body = FileRow), Refusals))]
pub async fn show(State(app): State<App>, session: Session, Path(id): Path<i64>) -> Result<Answer<FileRow>, Problem> {
    let (file, _) = visible(&app.files, &session, id).await?;
    Ok(Answer(kept(file)?.into()))
}

/// How the bytes are wanted.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct ContentQuery {
    /// `true`: a picture is shown where it is, not saved.
    #[serde(deserialize_with = "given")]
    inline: Option<bool>,
}

/// The bytes of a file.
#[utoipa::path(get, path = "/api/v1/files/{id}/content", tag = "files",
    params(("id" = i64, Path, description = "Number of the file"), ContentQuery),
    responses((status = 200, content_type = "*/*", description = "The bytes, in their own media type"), Refusals))]
pub async fn content(
    State(app): State<App>,
    session: Session,
    Path(id): Path<i64>,
    Query(asked): Query<ContentQuery>,
) -> Result<Response, Problem> {
    let (file, _) = visible(&app.files, &session, id).await?;
    let shown = if asked.inline.unwrap_or(false) { Shown::Inline } else { Shown::Download };
    Ok(answer(&app.files, &kept(file)?, shown).await?)
}

/// The small picture of a file.
#[utoipa::path(get, path = "/api/v1/files/{id}/thumbnail", tag = "files", params(("id" = i64, Path, description = "Number of the file")),
    responses((status = 200, content_type = "image/jpeg", description = "At most 320 pixels along each side"), Refusals))]
pub async fn thumbnail(State(app): State<App>, session: Session, Path(id): Path<i64>) -> Result<Response, Problem> {
    let (file, _) = visible(&app.files, &session, id).await?;
    Ok(answer(&app.files, &kept(file)?, Shown::Thumbnail).await?)
}

/// Remove a file. One that is removed already stays so.
#[utoipa::path(delete, path = "/api/v1/files/{id}", tag = "files", params(("id" = i64, Path, description = "Number of the file")),
    responses((status = 204, description = "Removed"), Refusals))]
pub async fn delete(State(app): State<App>, session: Session, Path(id): Path<i64>) -> Result<StatusCode, Problem> {
    let (file, owner) = visible(&app.files, &session, id).await?;
    owner.worked_on(&app.files, &session, file.record_id).await?;
    let tx = app.db.begin().await?;
    remove(&tx, &session.actor.login, &file).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
