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
use crate::http::extract::{IdempotencyKey, Path, Query, given};
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
    let mut files = files_of(&app.files, owner, record).await?;
    if owner == Owner::Ticket
        && let Some(from) = Owner::origin_of_ticket(&app.files, record).await?
    {
        files.extend(files_of(&app.files, owner, from).await?);
    }
    Ok(Answer(Page::whole(files)))
}

/// What a file is to its record.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct KindQuery {
    /// What it is to the record, as a gate of its stages or its form asks for it: `design_sketch`. Up to 40 of a–z, 0–9 and _.
    #[serde(deserialize_with = "given")]
    kind: Option<String>,
}

impl KindQuery {
    fn checked(self) -> Result<String, Problem> {
        let kind = self.kind.unwrap_or_default();
        if kind.len() <= 40 && kind.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_') {
            return Ok(kind);
        }
        let (zh, en) = ("文件类型最多 40 个小写字母、数字或 _。", "A kind of file has at most 40 of a–z, 0–9 and _.");
        Err(Problem::invalid("file_kind", "kind", zh, en))
    }
}

async fn attach(
    app: &App,
    session: &Session,
    (owner, record): (Owner, i64),
    (kind, key): (KindQuery, Option<IdempotencyKey>),
    request: Request,
) -> Result<Response, Problem> {
    let kind = kind.checked()?;
    // The key brings a file to this record: with another record it is another request.
    let once = IdempotencyKey::of(key, session.actor.id).map(|key| format!("{}:{record}:{key}", owner.word()));
    owner.worked_on(&app.files, session, record).await?;
    let arrived = app.files.receive(multipart(request).await?, ATTACHMENTS, |_, _| {}).await?;
    let new = NewFile { entity: owner.word(), record, kind: &kind, author: &session.actor.login, expires_ms: None, once: once.as_deref() };
    Ok((StatusCode::CREATED, Answer(keep(&app.files, arrived, new).await?)).into_response())
}

/// The files of a kind of record: the list, and what adds one to it.
macro_rules! attachments {
    ($owner:ident, $path:tt, $number:tt; $(#[$list:meta])* $of:ident; $(#[$add:meta])* $to:ident) => {
        $(#[$list])*
        #[utoipa::path(get, path = $path, tag = "files", params(("id" = i64, Path, description = $number)),
            responses((status = 200, body = Page<FileRow>), Refusals))]
        pub async fn $of(State(app): State<App>, session: Session, Path(id): Path<i64>) -> Result<Answer<Page<FileRow>>, Problem> {
            list(&app, &session, Owner::$owner, id).await
        }

        $(#[$add])*
        #[utoipa::path(post, path = $path, tag = "files", params(("id" = i64, Path, description = $number), KindQuery,
                ("Idempotency-Key" = Option<String>, Header, description = "Makes the request safe to send again")),
            request_body(content = Upload, content_type = "multipart/form-data"), responses((status = 201, body = FileRow), Refusals))]
        pub async fn $to(
            State(app): State<App>,
            session: Session,
            Path(id): Path<i64>,
            Query(kind): Query<KindQuery>,
            key: Option<IdempotencyKey>,
            request: Request,
        ) -> Result<Response, Problem> {
            attach(&app, &session, (Owner::$owner, id), (kind, key), request).await
        }
    };
}

attachments! { Item, "/api/v1/items/{id}/files", "Number of the item";
    /// Files of an item, newest first.
    of_item;
    /// Attach a file to an item: PNG, JPEG, PDF, xlsx, docx, txt or csv up to 20 MB.
    to_item
}

attachments! { Task, "/api/v1/tasks/{id}/files", "Number of the task";
    /// Files of a task, newest first.
    of_task;
    /// Attach a file to a task: PNG, JPEG, PDF, xlsx, docx, txt or csv up to 20 MB.
    to_task
}

attachments! { Case, "/api/v1/exceptions/{id}/files", "Number of the case";
    /// Files of a case, newest first.
    of_case;
    /// Attach a file to a case: PNG, JPEG, PDF, xlsx, docx, txt or csv up to 20 MB.
    to_case
}

attachments! { Customer, "/api/v1/customers/{id}/files", "Number of the customer";
    /// Files of a customer, newest first.
    of_customer;
    /// Attach a file to a customer: PNG, JPEG, PDF, xlsx, docx, txt or csv up to 20 MB.
    to_customer
}

attachments! { Opportunity, "/api/v1/opportunities/{id}/files", "Number of the opportunity";
    /// Files of an opportunity, newest first.
    of_opportunity;
    /// Attach a file to an opportunity: PNG, JPEG, PDF, xlsx, docx, txt or csv up to 20 MB.
    to_opportunity
}

attachments! { Ticket, "/api/v1/tickets/{id}/files", "Number of the ticket";
    /// Files of a service ticket, newest first; those of an after-sales ticket with what the delivery had.
    of_ticket;
    /// Attach a file to a service ticket: PNG, JPEG, PDF, xlsx, docx, txt or csv up to 20 MB; `kind` is `photo` or `signature`.
    to_ticket
}

attachments! { Contract, "/api/v1/contracts/{id}/files", "Number of the contract";
    /// Files of a contract, newest first.
    of_contract;
    /// Attach a file to a contract: PNG, JPEG, PDF, xlsx, docx, txt or csv up to 20 MB; it is signed with one of kind
    /// `contract_scan` and one of kind `final_design`.
    to_contract
}

attachments! { Order, "/api/v1/orders/{id}/files", "Number of the order";
    /// Files of an order, newest first.
    of_order;
    /// Attach a file to an order: PNG, JPEG, PDF, xlsx, docx, txt or csv up to 20 MB; `kind` is `signature` for what the
    /// customer signs with.
    to_order
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
    owner.may_lose(&tx, &file).await?;
    remove(&tx, &session.actor.login, &file).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
