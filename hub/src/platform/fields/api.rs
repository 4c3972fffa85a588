//! Custom fields for pages: what a form, a list, an import or a print is made of; and the settings for those who look after them.

use axum::Json as Answer;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::compile::{DefinitionFault, is_key};
use super::describe::{Columns, Form};
use super::model::{FieldSet, OptionList};
use super::store;
use super::subject::Subject;
use crate::http::extract::{Json, Path, Query, given};
use crate::http::openapi::Refusals;
use crate::http::page::Page;
use crate::http::problem::Problem;
use crate::http::version::{IfMatch, Versioned};
use crate::platform::drafts::{self, Document, Editing, Kind, PublishedVersion, Restore, parsed};
use crate::platform::identity::Right;
use crate::platform::scope::Entity;
use crate::platform::session::Session;
use crate::state::App;

fn subject(word: &str) -> Result<Subject, Problem> {
    Subject::of_word(word).ok_or_else(Problem::not_found)
}

/// A kind of record that takes custom fields.
#[derive(Debug, Serialize, ToSchema)]
pub struct EntityRow {
    /// Its word, as in `/entities/item/form`.
    entity: &'static str,
    /// Chinese name.
    title: &'static str,
    /// English name.
    title_en: &'static str,
}

/// Kinds of records that take custom fields.
#[utoipa::path(get, path = "/api/v1/entities", tag = "settings", responses((status = 200, body = Page<EntityRow>), Refusals))]
pub async fn entities(_session: Session) -> Answer<Page<EntityRow>> {
    let row = |subject: Subject| EntityRow { entity: subject.word(), title: subject.titles().0, title_en: subject.titles().1 };
    Answer(Page::whole(Subject::ALL.into_iter().map(row).collect()))
}

/// For which organisation.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct FormQuery {
    /// The organisation that the record belongs to, or will; some fields are there for some only.
    #[serde(deserialize_with = "given")]
    organisation: Option<i64>,
}

/// The form of a kind of record: its fields in order, what they hold, which must be filled in, as the reader's role may see and write them.
#[utoipa::path(get, path = "/api/v1/entities/{entity}/form", tag = "settings",
    params(("entity" = String, Path, description = "Kind of record, one of `/entities`"), FormQuery),
    responses((status = 200, body = Form), Refusals))]
pub async fn form(
    State(app): State<App>,
    session: Session,
    Path(word): Path<String>,
    Query(asked): Query<FormQuery>,
) -> Result<Answer<Form>, Problem> {
    let subject = subject(&word)?;
    if asked.organisation.is_some() {
        session.scope(Entity::Organisation)?.check_organisation(asked.organisation)?;
    }
    let set = app.fields.of(subject).await?;
    Ok(Answer(set.form(&session.actor, &session.actor.tree, asked.organisation)))
}

/// The columns of a kind of record: for lists, filters, imports, exports and prints alike.
#[utoipa::path(get, path = "/api/v1/entities/{entity}/columns", tag = "settings",
    params(("entity" = String, Path, description = "Kind of record, one of `/entities`")),
    responses((status = 200, body = Columns), Refusals))]
pub async fn columns(State(app): State<App>, session: Session, Path(word): Path<String>) -> Result<Answer<Columns>, Problem> {
    let set = app.fields.of(subject(&word)?).await?;
    Ok(Answer(set.columns(&session.actor)))
}

/// The custom fields of a kind of record, as settings show them.
#[derive(Debug, Serialize, ToSchema)]
pub struct FieldSettings {
    /// The kind of record.
    entity: String,
    /// What holds.
    published: FieldSet,
    /// Number of the version that holds; 0 before the first.
    number: i64,
    /// What is drafted.
    #[serde(skip_serializing_if = "Option::is_none")]
    draft: Option<FieldSet>,
    /// What keeps the draft from being published, in both languages and by its place: `{field, rule, zh, en, place}`.
    #[schema(value_type = Vec<Object>)]
    faults: Vec<Value>,
    /// Grows with every change; send it back as If-Match.
    version: i64,
}

async fn settings(app: &App, subject: Subject) -> Result<Versioned<FieldSettings>, Problem> {
    let db = app.db.read();
    let document = drafts::find(db, Kind::Fields, subject.word()).await?;
    let published = match document.published {
        0 => FieldSet::default(),
        number => parsed(drafts::version(db, Kind::Fields, subject.word(), number).await?)?,
    };
    let draft: Option<FieldSet> = document.draft.map(parsed).transpose()?;
    let faults = match &draft {
        Some(draft) => store::faults(db, subject, draft).await?.iter().map(DefinitionFault::to_json).collect(),
        None => Vec::new(),
    };
    let entity = subject.word().to_owned();
    Ok(Versioned(
        document.version,
        FieldSettings { entity, published, number: document.published, draft, faults, version: document.version },
    ))
}

/// The custom fields of a kind of record: what holds, what is drafted, and what is wrong with the draft.
#[utoipa::path(get, path = "/api/v1/entities/{entity}/fields", tag = "settings",
    params(("entity" = String, Path, description = "Kind of record, one of `/entities`")),
    responses((status = 200, body = FieldSettings), Refusals))]
pub async fn show(State(app): State<App>, session: Session, Path(word): Path<String>) -> Result<Versioned<FieldSettings>, Problem> {
    session.actor.may_at(Right::Settings, None)?;
    settings(&app, subject(&word)?).await
}

/// Save a draft of the custom fields. It holds for nobody yet, and may be wrong; the answer says what keeps it from being published.
#[utoipa::path(put, path = "/api/v1/entities/{entity}/fields", tag = "settings", request_body = FieldSet,
    params(("entity" = String, Path, description = "Kind of record, one of `/entities`"),
        ("If-Match" = String, Header, description = "The ETag as it was read; \"0\" before the first draft")),
    responses((status = 200, body = FieldSettings), Refusals))]
pub async fn draft(
    State(app): State<App>,
    session: Session,
    Path(word): Path<String>,
    version: IfMatch,
    Json(set): Json<FieldSet>,
) -> Result<Versioned<FieldSettings>, Problem> {
    session.actor.may_at(Right::Settings, None)?;
    let subject = subject(&word)?;
    Editing::by(&session, Kind::Fields, subject.word(), version).save(&app.db, Some(&set)).await?;
    settings(&app, subject).await
}

/// Throw the draft away.
#[utoipa::path(delete, path = "/api/v1/entities/{entity}/fields", tag = "settings",
    params(("entity" = String, Path, description = "Kind of record, one of `/entities`"),
        ("If-Match" = String, Header, description = "The ETag as it was read")),
    responses((status = 200, body = FieldSettings), Refusals))]
pub async fn discard(
    State(app): State<App>,
    session: Session,
    Path(word): Path<String>,
    version: IfMatch,
) -> Result<Versioned<FieldSettings>, Problem> {
    session.actor.may_at(Right::Settings, None)?;
    let subject = subject(&word)?;
    Editing::by(&session, Kind::Fields, subject.word(), version).save(&app.db, None::<&FieldSet>).await?;
    settings(&app, subject).await
}

/// Publish the draft. From then on forms show the fields and the server holds everybody to their rules.
#[utoipa::path(post, path = "/api/v1/entities/{entity}/fields/publish", tag = "settings",
    params(("entity" = String, Path, description = "Kind of record, one of `/entities`"),
        ("If-Match" = String, Header, description = "The ETag as it was read")),
    responses((status = 200, body = FieldSettings), Refusals))]
pub async fn publish(
    State(app): State<App>,
    session: Session,
    Path(word): Path<String>,
    version: IfMatch,
) -> Result<Versioned<FieldSettings>, Problem> {
    session.actor.may_at(Right::Settings, None)?;
    let subject = subject(&word)?;
    store::publish(&app.db, subject, Editing::by(&session, Kind::Fields, subject.word(), version), None).await?;
    settings(&app, subject).await
}

/// Take a publication back: an older version is published once more. Values of fields that go away stay in their rows.
#[utoipa::path(post, path = "/api/v1/entities/{entity}/fields/restore", tag = "settings", request_body = Restore,
    params(("entity" = String, Path, description = "Kind of record, one of `/entities`"),
        ("If-Match" = String, Header, description = "The ETag as it was read")),
    responses((status = 200, body = FieldSettings), Refusals))]
pub async fn restore(
    State(app): State<App>,
    session: Session,
    Path(word): Path<String>,
    version: IfMatch,
    Json(asked): Json<Restore>,
) -> Result<Versioned<FieldSettings>, Problem> {
    session.actor.may_at(Right::Settings, None)?;
    let subject = subject(&word)?;
    store::publish(&app.db, subject, Editing::by(&session, Kind::Fields, subject.word(), version), Some(asked.number)).await?;
    settings(&app, subject).await
}

/// Every version of the custom fields that was published, the newest first.
#[utoipa::path(get, path = "/api/v1/entities/{entity}/fields/versions", tag = "settings",
    params(("entity" = String, Path, description = "Kind of record, one of `/entities`")),
    responses((status = 200, body = Page<PublishedVersion>), Refusals))]
pub async fn versions(
    State(app): State<App>,
    session: Session,
    Path(word): Path<String>,
) -> Result<Answer<Page<PublishedVersion>>, Problem> {
    session.actor.may_at(Right::Settings, None)?;
    Ok(Answer(Page::whole(drafts::versions(app.db.read(), Kind::Fields, subject(&word)?.word()).await?)))
}

/// A shared list of options.
#[derive(Debug, Serialize, ToSchema)]
pub struct OptionListRow {
    /// Its code.
    code: String,
    /// What holds; absent before the first publication.
    #[serde(skip_serializing_if = "Option::is_none")]
    published: Option<OptionList>,
    /// Number of the version that holds; 0 before the first.
    number: i64,
    /// What is drafted, for those who may set it up.
    #[serde(skip_serializing_if = "Option::is_none")]
    draft: Option<OptionList>,
    /// What keeps the draft from being published: `{field, rule, zh, en}`.
    #[schema(value_type = Vec<Object>)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    faults: Vec<Value>,
    /// Grows with every change; send it back as If-Match.
    version: i64,
}

async fn list_row(app: &App, session: &Session, document: Document) -> Result<OptionListRow, Problem> {
    let (db, settings) = (app.db.read(), session.actor.may_at(Right::Settings, None).is_ok());
    let Document { name: code, draft, published: number, version } = document;
    let published: Option<OptionList> = match number {
        0 => None,
        number => Some(parsed(drafts::version(db, Kind::Options, &code, number).await?)?),
    };
    let draft: Option<OptionList> = draft.filter(|_| settings).map(parsed).transpose()?;
    let faults = draft.as_ref().map_or_else(Vec::new, |draft| store::list_faults(draft, published.as_ref()));
    let faults = faults.iter().map(DefinitionFault::to_json).collect();
    Ok(OptionListRow { code, published, number, draft, faults, version })
}

async fn seen_list(app: &App, session: &Session, code: &str) -> Result<Versioned<OptionListRow>, Problem> {
    let document = drafts::find(app.db.read(), Kind::Options, code).await?;
    if document.published == 0 && session.actor.may_at(Right::Settings, None).is_err() {
        return Err(Problem::not_found());
    }
    Ok(Versioned(document.version, list_row(app, session, document).await?))
}

/// The shared lists of options, by code.
#[utoipa::path(get, path = "/api/v1/option-lists", tag = "settings", responses((status = 200, body = Page<OptionListRow>), Refusals))]
pub async fn option_lists(State(app): State<App>, session: Session) -> Result<Answer<Page<OptionListRow>>, Problem> {
    let settings = session.actor.may_at(Right::Settings, None).is_ok();
    let mut rows = Vec::new();
    for document in drafts::all(app.db.read(), Kind::Options).await? {
        if settings || document.published > 0 {
            rows.push(list_row(&app, &session, document).await?);
        }
    }
    Ok(Answer(Page::whole(rows)))
}

/// A shared list of options.
#[utoipa::path(get, path = "/api/v1/option-lists/{code}", tag = "settings", params(("code" = String, Path, description = "Code of the list")),
    responses((status = 200, body = OptionListRow), Refusals))]
pub async fn option_list(State(app): State<App>, session: Session, Path(code): Path<String>) -> Result<Versioned<OptionListRow>, Problem> {
    seen_list(&app, &session, &code).await
}

/// Save a draft of a shared list of options, also of a new one. It holds for nobody yet, and may be wrong; the answer says what keeps it from
/// being published. An option that records may hold is switched off, never taken away.
#[utoipa::path(put, path = "/api/v1/option-lists/{code}", tag = "settings", request_body = OptionList,
    params(("code" = String, Path, description = "Code of the list"),
        ("If-Match" = String, Header, description = "The ETag as it was read; \"0\" for a new list")),
    responses((status = 200, body = OptionListRow), Refusals))]
pub async fn draft_list(
    State(app): State<App>,
    session: Session,
    Path(code): Path<String>,
    version: IfMatch,
    Json(list): Json<OptionList>,
) -> Result<Versioned<OptionListRow>, Problem> {
    session.actor.may_at(Right::Settings, None)?;
    if !is_key(&code) {
        let zh = "选项表编码要有 1 到 40 个小写字母、数字或 _，以字母开头。";
        let en = "The code of a list has 1 to 40 of a–z, 0–9 and _, and begins with a letter.";
        return Err(Problem::invalid("key_shape", "code", zh, en));
    }
    Editing::by(&session, Kind::Options, &code, version).save(&app.db, Some(&list)).await?;
    seen_list(&app, &session, &code).await
}

/// Throw the draft away.
#[utoipa::path(delete, path = "/api/v1/option-lists/{code}", tag = "settings",
    params(("code" = String, Path, description = "Code of the list"), ("If-Match" = String, Header, description = "The ETag as it was read")),
    responses((status = 200, body = OptionListRow), Refusals))]
pub async fn discard_list(
    State(app): State<App>,
    session: Session,
    Path(code): Path<String>,
    version: IfMatch,
) -> Result<Versioned<OptionListRow>, Problem> {
    session.actor.may_at(Right::Settings, None)?;
    Editing::by(&session, Kind::Options, &code, version).save(&app.db, None::<&OptionList>).await?;
    seen_list(&app, &session, &code).await
}

/// Publish the draft. From then on every field with this list offers its options.
#[utoipa::path(post, path = "/api/v1/option-lists/{code}/publish", tag = "settings",
    params(("code" = String, Path, description = "Code of the list"), ("If-Match" = String, Header, description = "The ETag as it was read")),
    responses((status = 200, body = OptionListRow), Refusals))]
pub async fn publish_list(
    State(app): State<App>,
    session: Session,
    Path(code): Path<String>,
    version: IfMatch,
) -> Result<Versioned<OptionListRow>, Problem> {
    session.actor.may_at(Right::Settings, None)?;
    store::publish_list(&app.db, Editing::by(&session, Kind::Options, &code, version), None).await?;
    seen_list(&app, &session, &code).await
}

/// Take a publication back: an older version is published once more. Options that came since stay for the records that hold them, switched
/// off.
#[utoipa::path(post, path = "/api/v1/option-lists/{code}/restore", tag = "settings", request_body = Restore,
    params(("code" = String, Path, description = "Code of the list"), ("If-Match" = String, Header, description = "The ETag as it was read")),
    responses((status = 200, body = OptionListRow), Refusals))]
pub async fn restore_list(
    State(app): State<App>,
    session: Session,
    Path(code): Path<String>,
    version: IfMatch,
    Json(asked): Json<Restore>,
) -> Result<Versioned<OptionListRow>, Problem> {
    session.actor.may_at(Right::Settings, None)?;
    store::publish_list(&app.db, Editing::by(&session, Kind::Options, &code, version), Some(asked.number)).await?;
    seen_list(&app, &session, &code).await
}

/// Every version of a list that was published, the newest first.
#[utoipa::path(get, path = "/api/v1/option-lists/{code}/versions", tag = "settings",
    params(("code" = String, Path, description = "Code of the list")),
    responses((status = 200, body = Page<PublishedVersion>), Refusals))]
pub async fn list_versions(
    State(app): State<App>,
    session: Session,
    Path(code): Path<String>,
) -> Result<Answer<Page<PublishedVersion>>, Problem> {
    session.actor.may_at(Right::Settings, None)?;
    Ok(Answer(Page::whole(drafts::versions(app.db.read(), Kind::Options, &code).await?)))
}
