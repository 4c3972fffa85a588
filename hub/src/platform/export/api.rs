//! The export centre for people.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::columns;
use super::make::{self, KIND, Wanted};
use super::sheet::Format;
use super::store::{self, Export, NewExport};
use super::{ExportError, ExportRow, Filters};
use crate::http::extract::{IdempotencyKey, Json, Path, Query};
use crate::http::openapi::Refusals;
use crate::http::page::{Page, PageQuery};
use crate::http::problem::{Language, Problem, Who};
use crate::platform::audit::{self, Change};
use crate::platform::files::{self, Shown, answer};
use crate::platform::jobs::{self, NewJob};
use crate::platform::once;
use crate::platform::scope;
use crate::platform::session::{Credential, Session};
use crate::platform::sql::Sql;
use crate::state::App;

/// Rows that are exported while the reader waits; more become a job.
const AT_ONCE: i64 = 2_000;
/// So long an export can be fetched.
const KEPT_MS: i64 = 7 * 24 * 60 * 60 * 1000;
/// Exports that one person may have waiting.
const WAITING: i64 = 10;

impl From<ExportError> for Problem {
    fn from(error: ExportError) -> Self {
        match error {
            ExportError::Refused(problem) => *problem,
            ExportError::TooLong(rows) => {
                let zh = format!("超过 {rows} 行，请缩小筛选范围。");
                Self::invalid("export_rows", "filters", zh, format!("There are more than {rows} rows; narrow the filters."))
            }
            ExportError::File(error) => error.into(),
            ExportError::Stopped(_) | ExportError::Sheet(_) | ExportError::Database(_) => Self::internal(&error),
        }
    }
}

/// A list that can be exported.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExportList {
    /// Its word.
    list: &'static str,
    /// What it is called, in the reader's language.
    title: String,
    /// The filters that it knows.
    filters: Vec<&'static str>,
    /// What stands over its columns, in the reader's language.
    columns: Vec<String>,
    /// Words of the same columns, by which an export chooses among them.
    column_words: Vec<String>,
}

/// Lists that can be exported.
#[utoipa::path(get, path = "/api/v1/export-lists", tag = "exports", responses((status = 200, body = Page<ExportList>), Refusals))]
pub async fn lists(State(app): State<App>, session: Session, headers: HeaderMap) -> Result<Answer<Page<ExportList>>, Problem> {
    let (language, mut all) = (Language::of(&headers), Vec::new());
    for list in app.exports.all() {
        let set = match list.subject() {
            Some(subject) => Some(app.fields.of(subject).await?),
            None => None,
        };
        let columns = columns::columns(list.as_ref(), &set.as_ref().map(|set| set.seen(&session.actor)).unwrap_or_default());
        all.push(ExportList {
            list: list.word(),
            title: list.title().in_language(language).to_owned(),
            filters: list.filters().to_vec(),
            columns: columns.iter().map(|column| column.title.in_language(language).to_owned()).collect(),
            column_words: columns.into_iter().map(|column| column.id.into_owned()).collect(),
        });
    }
    Ok(Answer(Page::whole(all)))
}

fn no_list(word: &str) -> Problem {
    let zh = format!("没有 {word} 这个可以导出的列表。");
    Problem::invalid("export_list", "list", zh, format!("There is no list {word} that could be exported."))
}

/// What is to be exported.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExportWanted {
    /// Which list, by its word.
    #[schema(max_length = 40)]
    list: String,
    /// `xlsx` or `csv`; `xlsx` when not given.
    #[serde(default)]
    format: Option<FormatWord>,
    /// The filters, as the list's page has them.
    #[serde(default)]
    filters: Filters,
    /// Which columns, in which order, by their words; the usual ones when not given.
    #[serde(default)]
    columns: Option<Vec<String>>,
}

/// How a sheet is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FormatWord {
    /// A workbook of Excel.
    Xlsx,
    /// Text with commas, in UTF-8 with its mark.
    Csv,
}

/// Export a list as the reader sees it, in their language. A short one is there with the answer (201), a long one is made by a job (202). The
/// same Idempotency-Key makes none again.
#[utoipa::path(post, path = "/api/v1/exports", tag = "exports", request_body = ExportWanted,
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes the request safe to send again")),
    responses((status = 201, body = ExportRow), (status = 202, body = ExportRow), Refusals))]
pub async fn create(
    State(app): State<App>,
    session: Session,
    headers: HeaderMap,
    key: Option<IdempotencyKey>,
    Json(asked): Json<ExportWanted>,
) -> Result<Response, Problem> {
    let key = IdempotencyKey::of(key, session.actor.id);
    if let Some(key) = &key
        && let Some(made) = once::found(app.db.read(), "export", key).await?
    {
        return again(&app, &session, made).await;
    }
    let ExportWanted { list, format, filters, columns } = asked;
    let list = app.exports.get(&list).ok_or_else(|| no_list(&list))?.as_ref();
    filters.check(list)?;
    let (actor, now, language) = (&session.actor, app.jobs.clock().now_ms(), Language::of(&headers));
    if store::waiting(app.db.read(), actor.id).await? >= WAITING {
        let (zh, en) = ("您已有 10 个导出在等待，请等它们完成。", "Ten of your exports are waiting; let them finish first.");
        return Err(Problem::new(StatusCode::TOO_MANY_REQUESTS, "exports_waiting", zh, en).who(Who::Reader).retry_after(30));
    }
    let (format, word) = match format {
        Some(FormatWord::Csv) => (Format::Csv, "csv"),
        Some(FormatWord::Xlsx) | None => (Format::Xlsx, "xlsx"),
    };
    let zone = TimeZone::get(&app.config.outside.time_zone).unwrap_or(TimeZone::UTC);
    let columns = columns.as_deref();
    let wanted = Wanted { list, format, language, filters: &filters, columns, actor, fields: &app.fields, vault: &app.vault, zone: &zone };
    let made = make::write(&app.files, wanted, Some(AT_ONCE), |_, _| async { Ok(()) }).await?;
    let rights = match &session.credential {
        Credential::Browser(_) => None,
        Credential::Program(_) => Some(actor.grants.iter().flat_map(|grant| grant.rights.iter().copied()).collect()),
    };
    let new = NewExport {
        list,
        format: word,
        language: if language == Language::English { "en" } else { "zh" },
        filters: &filters,
        columns,
        rights,
        person: actor.id,
        author: &actor.login,
        now_ms: now,
        expires_ms: now + KEPT_MS,
    };
    let tx = app.db.begin().await?;
    if let Some(made) = once::made(&tx, "export", key.as_deref()).await? {
        drop(tx);
        return again(&app, &session, made).await;
    }
    let id = store::insert(&tx, new).await?;
    once::keep(&tx, "export", id, key.as_deref()).await?;
    if made.is_none() {
        let job = jobs::put(&tx, NewJob::new(KIND, json!({ "export": id }), actor.login.as_str(), now)).await?;
        Sql::new("UPDATE export SET job_id = ").bind(job).text(" WHERE id = ").bind(id).run(&tx).await?;
    }
    tx.commit().await?;
    let status = match made {
        None => {
            app.jobs.wake();
            StatusCode::ACCEPTED
        }
        Some(made) => {
            let export = store::find(app.db.read(), id).await?.ok_or_else(Problem::not_found)?;
            if let Err(trouble) = make::finish(&app.files, &export, made, now, None).await {
                // Nothing was made, so the same request may try again.
                let tx = app.db.begin().await?;
                Sql::new("DELETE FROM export WHERE state = 'waiting' AND id = ").bind(id).run(&tx).await?;
                tx.commit().await?;
                return Err(Problem::internal(&trouble));
            }
            StatusCode::CREATED
        }
    };
    Ok((status, Answer(seen(&app, &session, id).await?.shown(now))).into_response())
}

/// What an export that was asked for before is answered with.
async fn again(app: &App, session: &Session, id: i64) -> Result<Response, Problem> {
    let shown = seen(app, session, id).await?.shown(app.jobs.clock().now_ms());
    let status = if shown.state == "waiting" { StatusCode::ACCEPTED } else { StatusCode::CREATED };
    Ok((status, Answer(shown)).into_response())
}

/// An export of this person; nobody sees those of others.
async fn seen(app: &App, session: &Session, id: i64) -> Result<Export, Problem> {
    let found = store::find(app.db.read(), id).await?.filter(|export| export.person_id == session.actor.id && within(session, export));
    found.ok_or_else(Problem::not_found)
}

/// A program sees what was asked for with no more rights than it has itself.
fn within(session: &Session, export: &Export) -> bool {
    match session.credential {
        Credential::Browser(_) => true,
        Credential::Program(_) => export.rights().is_some_and(|rights| rights.iter().all(|right| session.actor.has(*right))),
    }
}

/// The reader's own exports, newest first.
#[utoipa::path(get, path = "/api/v1/exports", tag = "exports", params(PageQuery), responses((status = 200, body = Page<ExportRow>), Refusals))]
pub async fn list(State(app): State<App>, session: Session, Query(page): Query<PageQuery>) -> Result<Answer<Page<ExportRow>>, Problem> {
    let now = app.jobs.clock().now_ms();
    let mut page = store::list(app.db.read(), session.actor.id, matches!(session.credential, Credential::Program(_)), &page).await?;
    page.items.retain(|export| within(&session, export));
    Ok(Answer(page.map(|export| export.shown(now))))
}

/// An export.
#[utoipa::path(get, path = "/api/v1/exports/{id}", tag = "exports", params(("id" = i64, Path, description = "Number of the export")),
    responses((status = 200, body = ExportRow), Refusals))]
pub async fn show(State(app): State<App>, session: Session, Path(id): Path<i64>) -> Result<Answer<ExportRow>, Problem> {
    Ok(Answer(seen(&app, &session, id).await?.shown(app.jobs.clock().now_ms())))
}

/// The sheet of an export, until it expires. Every fetch is in the audit.
#[utoipa::path(get, path = "/api/v1/exports/{id}/content", tag = "exports", params(("id" = i64, Path, description = "Number of the export")),
    responses((status = 200, content_type = "*/*", description = "The sheet, in its own media type"), Refusals))]
pub async fn content(State(app): State<App>, session: Session, Path(id): Path<i64>) -> Result<Response, Problem> {
    let export = seen(&app, &session, id).await?;
    // Who has lost the right since does not fetch what was made before.
    if let Some(entity) = app.exports.get(&export.list).and_then(|list| list.entity()) {
        scope::asked(&session.actor, entity)?;
    }
    let file = match export.file_id {
        Some(file) if export.expires_ms > app.jobs.clock().now_ms() => files::row(app.db.read(), file).await?,
        _ => None,
    };
    let Some(file) = file else {
        let (zh, en) = ("这个导出还没有完成，或者已经过期。", "This export is not ready yet, or has expired.");
        return Err(Problem::conflict("export_ready", zh, en));
    };
    let answer = answer(&app.files, &file, Shown::Download).await?;
    let tx = app.db.begin().await?;
    let change = Change { author: &session.actor.login, entity: "export", id: id.to_string(), action: "fetch" };
    audit::record(&tx, change, audit::NOTHING, Some(json!({"list": export.list, "rows": export.row_count}))).await?;
    tx.commit().await?;
    Ok(answer)
}

/// Throw an export away before its time; one that is being made stops.
#[utoipa::path(delete, path = "/api/v1/exports/{id}", tag = "exports", params(("id" = i64, Path, description = "Number of the export")),
    responses((status = 204, description = "Gone"), Refusals))]
pub async fn delete(State(app): State<App>, session: Session, Path(id): Path<i64>) -> Result<StatusCode, Problem> {
    let (export, now) = (seen(&app, &session, id).await?, app.jobs.clock().now_ms());
    let file = match export.file_id {
        Some(file) => files::stored(app.db.read(), file).await?,
        None => None,
    };
    let tx = app.db.begin().await?;
    if let Some(job) = export.job_id {
        jobs::cancel(&tx, job, now).await?;
    }
    if let Some(file) = file {
        files::remove(&tx, &session.actor.login, &file).await?;
    }
    let sql = Sql::new("UPDATE export SET state = 'failed', expires_ms = ").bind(now).text(" WHERE id = ").bind(id);
    sql.run(&tx).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
