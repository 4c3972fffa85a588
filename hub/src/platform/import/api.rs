//! Import for people, step by step.

use std::collections::BTreeSet;

use axum::Json as Answer;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use serde_json::json;
use tokio::sync::mpsc;
use utoipa::{IntoParams, ToSchema};

use super::columns::{Column, Needed, matched};
use super::read::{self, SheetError};
use super::shown::{ImportDetail, ImportKind, ImportSummary, actions, kind_of, preview_rows};
use super::store::{self, Counts, Import, NewImport, Which};
use super::{ImportRow, Importable, SEALED, closed, failed, template, work};
use crate::db::Db;
use crate::http::extract::{IdempotencyKey, Json, Path, Query, given};
use crate::http::openapi::Refusals;
use crate::http::page::{Page, PageQuery};
use crate::http::problem::{Language, Problem, Who};
use crate::platform::audit::{self, Change};
use crate::platform::clock::now_ms;
use crate::platform::fields::no_right;
use crate::platform::files::kind::Kind as FileKind;
use crate::platform::files::{Files, Limits, Local, NewFile, disposition, keep, multipart, remove, stored};
use crate::platform::identity::Right;
use crate::platform::jobs::{self, NewJob};
use crate::platform::once;
use crate::platform::session::Session;
use crate::platform::sql::Sql;
use crate::state::App;

/// What is taken as a sheet.
const SHEETS: Limits = Limits { bytes: 64 * 1024 * 1024, kinds: &[FileKind::Xlsx, FileKind::Text] };
/// So long the file of an import is kept: what is personal in it lies there as it was uploaded. What was there before stays with its rows,
/// sealed, and with it the undo.
const KEPT_MS: i64 = 7 * 24 * 60 * 60 * 1000;
/// Rows of the sheet that are shown while columns are matched.
const SAMPLES: usize = 5;
/// Bad rows read at once while their sheet is written.
const BAD_AT_ONCE: i64 = 1_000;

impl From<SheetError> for Problem {
    fn from(error: SheetError) -> Self {
        let en = error.to_string();
        match error {
            SheetError::Broken(_) => Self::invalid("sheet_readable", "file", "这个表格读不出来，请另存为 xlsx 或 CSV 后再上传。", en),
            SheetError::NoHeading => Self::invalid("sheet_heading", "file", "表格的前 10 行里没有标题行。", en),
            SheetError::TooLong => Self::invalid("sheet_rows", "file", "表格最多 500000 行，请拆成几个文件。", en),
        }
    }
}

/// Goes on when this person may import such records somewhere.
fn may(session: &Session, entity: &dyn Importable) -> Result<(), Problem> {
    session.actor.may(Right::Import)?;
    if !entity.of_sites() {
        session.actor.may_at(Right::Import, None)?;
    }
    if let Some(right) = entity.right() {
        session.actor.may(right)?;
    }
    match closed(entity, &session.actor) {
        Some((subject, column)) => Err(no_right(format!("{}.{}", subject.word(), column.id))),
        None => Ok(()),
    }
}

/// The columns of what is imported, with those of custom fields that the reader may write.
async fn columns_of(app: &App, session: &Session, entity: &dyn Importable) -> Result<Vec<Column>, Problem> {
    let mut columns = entity.columns();
    columns.retain(|column| entity.right_for(&column.id).is_none_or(|right| session.actor.has(right)));
    if let Some(subject) = entity.subject() {
        let set = app.fields.of(subject).await?;
        columns.retain(|column| column.is_writable(subject, &session.actor));
        columns.extend(set.for_sheets(&session.actor).map(Column::custom));
    }
    Ok(columns)
}

/// The same for an import.
async fn columns_for(app: &App, session: &Session, import: &Import) -> Result<Vec<Column>, Problem> {
    match app.imports.get(&import.entity) {
        Some(entity) => columns_of(app, session, entity.as_ref()).await,
        None => Ok(Vec::new()),
    }
}

/// What can be imported, with its columns.
#[utoipa::path(get, path = "/api/v1/import-kinds", tag = "imports", responses((status = 200, body = Page<ImportKind>), Refusals))]
pub async fn kinds(State(app): State<App>, session: Session, headers: HeaderMap) -> Result<Answer<Page<ImportKind>>, Problem> {
    session.actor.may(Right::Import)?;
    let mut all = Vec::new();
    for entity in app.imports.all().filter(|entity| may(&session, entity.as_ref()).is_ok()) {
        let columns = columns_of(&app, &session, entity.as_ref()).await?;
        // Beside what says which record is meant there is nothing to write where nobody added a field.
        if columns.len() > 1 {
            all.push(kind_of(entity.as_ref(), columns, Language::of(&headers)));
        }
    }
    Ok(Answer(Page::whole(all)))
}

/// A workbook to fill, with drop-downs and hints in the reader's language.
#[utoipa::path(get, path = "/api/v1/import-kinds/{id}/template", tag = "imports",
    params(("id" = String, Path, description = "Word of what is imported: `items`")),
    responses((status = 200, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", description = "xlsx"), Refusals))]
pub async fn show_template(
    State(app): State<App>,
    session: Session,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    session.actor.may(Right::Import)?;
    let entity = app.imports.get(&id).ok_or_else(Problem::not_found)?.clone();
    let (language, path) = (Language::of(&headers), app.files.draft()?);
    let name = match language {
        Language::Chinese => format!("{}导入模板.xlsx", entity.title().in_language(language)),
        Language::English => format!("{} import template.xlsx", entity.title().in_language(language)),
    };
    entity.right().map_or(Ok(()), |right| session.actor.may(right))?;
    let columns = columns_of(&app, &session, entity.as_ref()).await?;
    let offers = entity.offers(app.db.read(), &session.actor, language).await?;
    let written = tokio::task::spawn_blocking(move || {
        template::write(entity.as_ref(), &columns, &offers, language, &path).map_err(|error| error.to_string())?;
        std::fs::read(&path).map_err(|error| error.to_string())
    });
    let bytes = written.await.map_err(|error| Problem::internal(&error))?.map_err(|error| Problem::internal(&error))?;
    Ok(sheet(&name, bytes))
}

fn sheet(name: &str, bytes: Vec<u8>) -> Response {
    use axum::http::header;
    let media = axum::http::HeaderValue::from_static(FileKind::Xlsx.media());
    ([(header::CONTENT_TYPE, media), (header::CONTENT_DISPOSITION, disposition("attachment", name))], bytes).into_response()
}

/// Whose imports this reader sees; nothing for everybody's.
fn owner(session: &Session) -> Option<&str> {
    session.actor.may_at(Right::Hub, None).is_err().then_some(session.actor.login.as_str())
}

/// An import that the reader may see. One whose job was cancelled or given up is where that left it.
async fn seen(db: &Db, session: &Session, id: i64) -> Result<Import, Problem> {
    session.actor.may(Right::Import)?;
    let found = store::find(db.read(), id).await?.filter(|import| owner(session).is_none_or(|owner| import.created_by == owner));
    let mut import = found.ok_or_else(Problem::not_found)?;
    let then = match import.state.as_str() {
        "checking" => "uploaded",
        "running" | "undoing" => "stopped",
        _ => return Ok(import),
    };
    let alive = "SELECT COUNT(*) FROM job WHERE state IN ('waiting', 'running') AND id = ";
    if Sql::new(alive).bind(import.job_id.unwrap_or(0)).number(db.read()).await? > 0 {
        return Ok(import);
    }
    let tx = db.begin().await?;
    store::change(&tx, id, &[&import.state], Sql::new("state = ").bind(then)).await?;
    tx.commit().await?;
    import = store::find(db.read(), id).await?.ok_or_else(Problem::not_found)?;
    Ok(import)
}

async fn local(files: &Files, import: &Import) -> Result<Option<Local>, Problem> {
    let Some(file) = import.file_id else { return Ok(None) };
    let Some(file) = stored(files.db.read(), file).await? else { return Ok(None) };
    Ok(Some(files.local(&file.key()?).await?))
}

async fn detail(app: &App, session: &Session, id: i64, language: Language) -> Result<Answer<ImportDetail>, Problem> {
    let import = seen(&app.db, session, id).await?;
    let columns = columns_for(app, session, &import).await?;
    let mapping = import.mapping()?;
    let is_free = |column: &&Column| column.needed != Needed::Never && !mapping.iter().flatten().any(|id| *id == column.id);
    let samples = match (import.state.as_str(), local(&app.files, &import).await) {
        ("uploaded", Ok(Some(file))) => {
            let opened = tokio::task::spawn_blocking(move || read::open(file.path(), SAMPLES)).await;
            let first = opened.ok().and_then(Result::ok).map(|opened| opened.first).unwrap_or_default();
            first.iter().map(|row| row.cells.iter().map(read::Cell::text).collect()).collect()
        }
        _ => Vec::new(),
    };
    Ok(Answer(ImportDetail {
        preview: preview_rows(&import, language),
        actions: actions(&import),
        summary: (&import).into(),
        headers: import.headers()?,
        unmatched: columns.iter().filter(is_free).map(|column| column.id.to_string()).collect(),
        mapping,
        update_existing: import.update_existing,
        samples,
    }))
}

/// The form of an import.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it is only described; the form is read piece by piece")]
pub struct ImportUpload {
    /// What is imported: `items`. It stands before the file.
    kind: String,
    /// xlsx or CSV (UTF-8, UTF-16 or GB18030), up to 64 MB and 500,000 rows.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
}

/// Upload a sheet. Its columns are matched by their titles; nothing is written yet. The same Idempotency-Key uploads none again.
#[utoipa::path(post, path = "/api/v1/imports", tag = "imports", request_body(content = ImportUpload, content_type = "multipart/form-data"),
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes the request safe to send again")),
    responses((status = 201, body = ImportDetail), Refusals))]
pub async fn create(
    State(app): State<App>,
    session: Session,
    headers: HeaderMap,
    key: Option<IdempotencyKey>,
    request: Request,
) -> Result<Response, Problem> {
    session.actor.may(Right::Import)?;
    let mut kind = String::new();
    let form = multipart(request).await?;
    let arrived = app
        .files
        .receive(form, SHEETS, |name, value| {
            if name == "kind" {
                kind = value;
            }
        })
        .await?;
    let entity = app.imports.get(kind.trim()).cloned();
    let entity = entity.ok_or_else(|| Problem::invalid("import_kind", "kind", "请说明导入什么。", "Say what is imported."))?;
    may(&session, entity.as_ref())?;
    let path = arrived.path.to_path_buf();
    let opened = tokio::task::spawn_blocking(move || read::open(&path, SAMPLES)).await.map_err(|error| Problem::internal(&error))??;
    let columns = columns_of(&app, &session, entity.as_ref()).await?;
    let (mapping, name, now) = (matched(&columns, &opened.headers), arrived.name.clone(), now_ms());
    let key = IdempotencyKey::of(key, session.actor.id);
    let tx = app.db.begin().await?;
    if let Some(made) = once::made(&tx, "import", key.as_deref()).await? {
        drop(tx);
        return Ok((StatusCode::CREATED, detail(&app, &session, made, Language::of(&headers)).await?).into_response());
    }
    let new = NewImport {
        entity: entity.word(),
        name: &name,
        shape: &opened.shape,
        headers: &opened.headers,
        mapping: &mapping,
        person: session.actor.id,
        author: &session.actor.login,
        now_ms: now,
    };
    let id = store::insert(&tx, new).await?;
    tx.commit().await?;
    let new = NewFile { entity: "import", record: id, kind: "", author: &session.actor.login, expires_ms: Some(now + KEPT_MS), once: None };
    let file = keep(&app.files, arrived, new).await?;
    let tx = app.db.begin().await?;
    // The key comes with the last step, so that an upload that broke off is done when it is sent again. Of two at once the faster one stays.
    let twin = once::made(&tx, "import", key.as_deref()).await?;
    if twin.is_some() {
        Sql::new("DELETE FROM import WHERE id = ").bind(id).run(&tx).await?;
        if let Some(file) = stored(&tx, file.id).await? {
            remove(&tx, &session.actor.login, &file).await?;
        }
    } else {
        let sql = Sql::new("UPDATE import SET file_id = ").bind(file.id).text(", idempotency_key = ").bind(key);
        sql.text(" WHERE id = ").bind(id).run(&tx).await?;
    }
    tx.commit().await?;
    let id = twin.unwrap_or(id);
    Ok((StatusCode::CREATED, detail(&app, &session, id, Language::of(&headers)).await?).into_response())
}

/// Imports, newest first: the reader's own; all of them for an administrator.
#[utoipa::path(get, path = "/api/v1/imports", tag = "imports", params(PageQuery), responses((status = 200, body = Page<ImportSummary>), Refusals))]
pub async fn list(State(app): State<App>, session: Session, Query(page): Query<PageQuery>) -> Result<Answer<Page<ImportSummary>>, Problem> {
    session.actor.may(Right::Import)?;
    Ok(Answer(store::list(app.db.read(), owner(&session), &page).await?.map(|import| ImportSummary::from(&import))))
}

/// An import with its columns, and a preview once it is checked.
#[utoipa::path(get, path = "/api/v1/imports/{id}", tag = "imports", params(("id" = i64, Path, description = "Number of the import")),
    responses((status = 200, body = ImportDetail), Refusals))]
pub async fn show(
    State(app): State<App>,
    session: Session,
    headers: HeaderMap,
    Path(id): Path<i64>,
) -> Result<Answer<ImportDetail>, Problem> {
    detail(&app, &session, id, Language::of(&headers)).await
}

/// How a sheet is meant.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// For each column of the sheet the column that it means; `null` leaves it out.
    mapping: Option<Vec<Option<String>>>,
    /// Change records that are there; otherwise such rows are refused.
    update_existing: Option<bool>,
}

fn not_now(import: &Import) -> Problem {
    let state = &import.state;
    Problem::conflict(
        "import_state",
        format!("这次导入现在不能这样做（状态 {state}）。"),
        format!("The import cannot do this now: it is {state}."),
    )
    .with("state", state.clone())
}

/// Match columns differently, or choose to update what exists. The check has to be made again then.
#[utoipa::path(put, path = "/api/v1/imports/{id}", tag = "imports", params(("id" = i64, Path, description = "Number of the import")),
    request_body = Mapping, responses((status = 200, body = ImportDetail), Refusals))]
pub async fn map(
    State(app): State<App>,
    session: Session,
    headers: HeaderMap,
    Path(id): Path<i64>,
    Json(given): Json<Mapping>,
) -> Result<Answer<ImportDetail>, Problem> {
    let import = seen(&app.db, &session, id).await?;
    let columns = columns_for(&app, &session, &import).await?;
    let mapping = given.mapping.map_or_else(|| import.mapping(), Ok)?;
    let many = import.headers()?.len();
    if mapping.len() != many {
        let zh = format!("要为表格的 {many} 列各写一项。");
        return Err(Problem::invalid("mapping_length", "mapping", zh, format!("One entry for each of the {many} columns is needed.")));
    }
    for (at, id) in mapping.iter().enumerate() {
        let Some(id) = id else { continue };
        if !columns.iter().any(|column| column.id == *id) {
            return Err(Problem::invalid(
                "mapping_column",
                format!("mapping[{at}]"),
                format!("没有 {id} 这一列。"),
                format!("There is no column {id}."),
            ));
        }
        if mapping.iter().flatten().filter(|other| *other == id).count() > 1 {
            let en = format!("The column {id} is matched twice.");
            return Err(Problem::invalid("mapping_once", format!("mapping[{at}]"), format!("{id} 对应了两列。"), en));
        }
    }
    let tx = app.db.begin().await?;
    let update = given.update_existing.unwrap_or(import.update_existing);
    let set = Sql::new("state = 'uploaded', mapping = ").bind(json!(mapping)).text(", update_existing = ");
    let set = set.bind(update).text(", counts = ").bind(json!(Counts::default()));
    let set = set.text(", preview = ").bind(json!([])).text(", error = NULL");
    if !store::change(&tx, id, &["uploaded", "checked"], set).await? {
        return Err(not_now(&import));
    }
    store::forget_rows(&tx, id).await?;
    let said = |mapping: &[Option<String>], update: bool| json!({"mapping": mapping, "update_existing": update});
    let (before, after) = (said(&import.mapping()?, import.update_existing), said(&mapping, update));
    if before != after {
        let change = Change { author: &session.actor.login, entity: "import", id: id.to_string(), action: "map" };
        audit::record(&tx, change, Some(before), Some(after)).await?;
    }
    tx.commit().await?;
    detail(&app, &session, id, Language::of(&headers)).await
}

/// Puts the job of a step.
async fn begin(app: &App, session: &Session, import: &Import, kind: &'static str, busy: &str, more: Sql) -> Result<(), Problem> {
    let entity = app.imports.get(&import.entity).ok_or_else(Problem::not_found)?;
    may(session, entity.as_ref())?;
    if import.person_id != session.actor.id {
        if entity.right().is_some() {
            let (zh, en) =
                ("这类导入只能由上传的人自己继续或撤销。", "Only whoever uploaded such an import goes on with it or takes it back.");
            return Err(Problem::new(StatusCode::FORBIDDEN, "import_own", zh, en).who(Who::Admin));
        }
        // It would work with the reach of whoever uploaded it.
        session.actor.may_at(Right::Import, None)?;
    }
    let (tx, login) = (app.db.begin().await?, &session.actor.login);
    // A program does with its person's rights no more than it may itself.
    let rights = session.is_program().then(|| -> BTreeSet<Right> {
        let grants = session.actor.grants.iter();
        grants.flat_map(|grant| grant.rights.iter().copied()).collect()
    });
    let job = jobs::put(&tx, NewJob::new(kind, json!({"import": import.id, "rights": rights}), login, app.jobs.clock().now_ms())).await?;
    let set = Sql::new("error = NULL, state = ").bind(busy).text(", job_id = ").bind(job).append(&more);
    if !store::change(&tx, import.id, &[&import.state], set).await? {
        return Err(not_now(import));
    }
    if kind == work::RUN && import.state == "checked" {
        // The bad rows of the check: the run writes all rows down anew.
        store::forget_rows(&tx, import.id).await?;
    }
    if kind == work::UNDO {
        store::forget_refusals(&tx, import.id).await?;
    }
    let change = Change { author: login, entity: "import", id: import.id.to_string(), action: kind };
    audit::record(&tx, change, audit::NOTHING, Some(json!({"entity": import.entity, "name": import.name}))).await?;
    tx.commit().await?;
    app.jobs.wake();
    Ok(())
}

/// Check every row. It writes nothing: a dry run of what the run does.
#[utoipa::path(post, path = "/api/v1/imports/{id}/check", tag = "imports", params(("id" = i64, Path, description = "Number of the import")),
    responses((status = 202, body = ImportDetail), Refusals))]
pub async fn check(State(app): State<App>, session: Session, headers: HeaderMap, Path(id): Path<i64>) -> Result<Response, Problem> {
    let import = seen(&app.db, &session, id).await?;
    if !actions(&import).contains(&"check") {
        return Err(not_now(&import));
    }
    let columns = columns_for(&app, &session, &import).await?;
    let mapping = import.mapping()?;
    if let Some(free) =
        columns.iter().find(|column| column.needed == Needed::Always && !mapping.iter().flatten().any(|id| *id == column.id))
    {
        let (zh, en) = (free.title.in_language(Language::Chinese), free.title.in_language(Language::English));
        return Err(Problem::invalid("mapping_needed", "mapping", format!("请指定哪一列是“{zh}”。"), format!("Say which column is {en}.")));
    }
    begin(&app, &session, &import, work::CHECK, "checking", Sql::default()).await?;
    Ok((StatusCode::ACCEPTED, detail(&app, &session, id, Language::of(&headers)).await?).into_response())
}

/// Run it: good rows are written, bad ones left out. One that stopped goes on where it was.
#[utoipa::path(post, path = "/api/v1/imports/{id}/run", tag = "imports", params(("id" = i64, Path, description = "Number of the import")),
    responses((status = 202, body = ImportDetail), Refusals))]
pub async fn run(State(app): State<App>, session: Session, headers: HeaderMap, Path(id): Path<i64>) -> Result<Response, Problem> {
    let import = seen(&app.db, &session, id).await?;
    if !actions(&import).contains(&"run") {
        return Err(not_now(&import));
    }
    let fresh = import.state == "checked";
    let more = if fresh { Sql::new(", next_row = 1, counts = ").bind(json!(Counts::default())) } else { Sql::default() };
    begin(&app, &session, &import, work::RUN, "running", more).await?;
    Ok((StatusCode::ACCEPTED, detail(&app, &session, id, Language::of(&headers)).await?).into_response())
}

/// Undo it: what it made goes, what it changed becomes what it was; records that were changed or used since stay, and are named.
#[utoipa::path(post, path = "/api/v1/imports/{id}/undo", tag = "imports", params(("id" = i64, Path, description = "Number of the import")),
    responses((status = 202, body = ImportDetail), Refusals))]
pub async fn undo(State(app): State<App>, session: Session, headers: HeaderMap, Path(id): Path<i64>) -> Result<Response, Problem> {
    let import = seen(&app.db, &session, id).await?;
    if !actions(&import).contains(&"undo") {
        return Err(not_now(&import));
    }
    let counts = Counts { kept: 0, ..import.counts() };
    begin(&app, &session, &import, work::UNDO, "undoing", Sql::new(", counts = ").bind(json!(counts))).await?;
    Ok((StatusCode::ACCEPTED, detail(&app, &session, id, Language::of(&headers)).await?).into_response())
}

/// Which rows.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct RowQuery {
    /// `new`, `changed`, `same` or `bad`.
    #[serde(deserialize_with = "given")]
    outcome: Option<String>,
    /// `true`: only those that the undo could not take back.
    #[serde(deserialize_with = "given")]
    refused: Option<bool>,
}

/// Rows of an import: the bad ones after a check, all of them after a run.
#[utoipa::path(get, path = "/api/v1/imports/{id}/rows", tag = "imports",
    params(("id" = i64, Path, description = "Number of the import"), RowQuery, PageQuery),
    responses((status = 200, body = Page<ImportRow>), Refusals))]
pub async fn rows(
    State(app): State<App>,
    session: Session,
    Path(id): Path<i64>,
    Query(asked): Query<RowQuery>,
    Query(page): Query<PageQuery>,
) -> Result<Answer<Page<ImportRow>>, Problem> {
    let import = seen(&app.db, &session, id).await?;
    let which = Which { outcome: asked.outcome, refused: asked.refused.unwrap_or(false) };
    let page = store::rows(app.db.read(), id, &which, &page).await?;
    let Some(subject) = app.imports.get(&import.entity).and_then(|entity| entity.subject()) else { return Ok(Answer(page)) };
    let fields = app.fields.of(subject).await?;
    let told = |mut old: serde_json::Value| {
        if let Some(members) = old.as_object_mut() {
            members.remove(SEALED);
        }
        fields.told(&session.actor.anywhere(), old)
    };
    Ok(Answer(page.map(|row| ImportRow { old: row.old.map(told), ..row })))
}

/// The failed rows as a workbook: as they were, with the reasons in the reader's language, to be mended and uploaded again.
#[utoipa::path(get, path = "/api/v1/imports/{id}/failed", tag = "imports", params(("id" = i64, Path, description = "Number of the import")),
    responses((status = 200, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", description = "xlsx"), Refusals))]
pub async fn show_failed(State(app): State<App>, session: Session, headers: HeaderMap, Path(id): Path<i64>) -> Result<Response, Problem> {
    let import = seen(&app.db, &session, id).await?;
    let Some(file) = local(&app.files, &import).await? else {
        let (zh, en) = ("导入的文件已经不在了。", "The file of the import is not there any more.");
        return Err(Problem::conflict("import_file", zh, en).who(Who::Reader));
    };
    let language = Language::of(&headers);
    let columns = columns_for(&app, &session, &import).await?;
    let (send, receive) = mpsc::channel(2);
    let (shape, titles, mapping, draft) = (import.shape()?, import.headers()?, import.mapping()?, app.files.draft()?);
    let written = tokio::task::spawn_blocking(move || {
        let source = failed::Source { path: file.path(), shape: &shape, headers: &titles, mapping: &mapping, columns: &columns, language };
        failed::write(&source, receive, &draft).map(|_| draft).map_err(|error| error.to_string())
    });
    let mut above = 0;
    loop {
        let some = store::bad_rows(app.db.read(), id, above, BAD_AT_ONCE).await?;
        let Some(last) = some.last() else { break };
        above = u32::try_from(last.row).unwrap_or(u32::MAX);
        if send.send(some).await.is_err() {
            break;
        }
    }
    drop(send);
    let draft = written.await.map_err(|error| Problem::internal(&error))?.map_err(|error| Problem::internal(&error))?;
    let bytes = tokio::fs::read(&draft).await.map_err(|error| Problem::internal(&error))?;
    let stem = import.name.rsplit_once('.').map_or(import.name.as_str(), |(stem, _)| stem);
    Ok(sheet(&format!("{stem} {}.xlsx", if language == Language::Chinese { "失败行" } else { "failed rows" }), bytes))
}
