//! Option models for people: what can be chosen for whoever sells, the settings for those who keep them.

use axum::Json as Answer;
use axum::extract::State;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::model::OptionModel;
use super::store;
use crate::http::extract::{Json, Path};
use crate::http::openapi::Refusals;
use crate::http::page::Page;
use crate::http::problem::Problem;
use crate::http::version::{IfMatch, Versioned};
use crate::platform::drafts::{self, Document, Editing, Kind, PublishedVersion, Restore, parsed};
use crate::platform::fields::{DefinitionFault, FieldError};
use crate::platform::identity::Right;
use crate::platform::scope::Entity;
use crate::platform::session::Session;
use crate::state::App;

/// An option model with its versions' state.
#[derive(Debug, Serialize, ToSchema)]
pub struct OptionModelRow {
    /// Its code.
    code: String,
    /// What holds; absent before the first publication.
    #[serde(skip_serializing_if = "Option::is_none")]
    published: Option<OptionModel>,
    /// Number of the version that holds.
    number: i64,
    /// What is drafted, for those who keep models.
    #[serde(skip_serializing_if = "Option::is_none")]
    draft: Option<OptionModel>,
    /// What keeps the draft from being published: `{field, rule, zh, en, place}`.
    #[schema(value_type = Vec<Object>)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    faults: Vec<Value>,
    /// Grows with every change; send it back as If-Match.
    version: i64,
}

fn keeps(session: &Session) -> bool {
    session.actor.may_at(Right::Prices, None).is_ok()
}

async fn row(app: &App, session: &Session, document: Document) -> Result<OptionModelRow, Problem> {
    let db = app.db.read();
    let Document { name: code, draft, published: number, version } = document;
    let published = match number {
        0 => None,
        number => Some(parsed(drafts::version(db, Kind::OptionModel, &code, number).await?)?),
    };
    let draft: Option<OptionModel> = draft.filter(|_| keeps(session)).map(parsed).transpose()?;
    let faults = match &draft {
        Some(draft) => match store::check(db, &code, draft).await {
            Err(FieldError::Definitions(faults)) => faults.iter().map(DefinitionFault::to_json).collect(),
            Err(error) => return Err(error.into()),
            Ok(_) => Vec::new(),
        },
        None => Vec::new(),
    };
    Ok(OptionModelRow { code, published, number, draft, faults, version })
}

async fn seen(app: &App, session: &Session, code: &str) -> Result<Versioned<OptionModelRow>, Problem> {
    let document = drafts::find(app.db.read(), Kind::OptionModel, code).await?;
    if document.published == 0 && !keeps(session) {
        return Err(Problem::not_found());
    }
    Ok(Versioned(document.version, row(app, session, document).await?))
}

/// Option models: measures, options, price formulas and constraints, and which items they are for.
#[utoipa::path(get, path = "/api/v1/option-models", tag = "settings", responses((status = 200, body = Page<OptionModelRow>), Refusals))]
pub async fn list(State(app): State<App>, session: Session) -> Result<Answer<Page<OptionModelRow>>, Problem> {
    session.scope(Entity::PriceList)?;
    let mut rows = Vec::new();
    for document in drafts::all(app.db.read(), Kind::OptionModel).await? {
        if keeps(&session) || document.published > 0 {
            rows.push(row(&app, &session, document).await?);
        }
    }
    Ok(Answer(Page::whole(rows)))
}

/// An option model.
#[utoipa::path(get, path = "/api/v1/option-models/{model}", tag = "settings",
    params(("model" = String, Path, description = "Code of the option model")), responses((status = 200, body = OptionModelRow), Refusals))]
pub async fn show(State(app): State<App>, session: Session, Path(code): Path<String>) -> Result<Versioned<OptionModelRow>, Problem> {
    session.scope(Entity::PriceList)?;
    seen(&app, &session, &code).await
}

/// Save a draft of an option model, also of a new one. It holds for nobody yet, and may be wrong; the answer says what keeps it from being
/// published.
#[utoipa::path(put, path = "/api/v1/option-models/{model}", tag = "settings", request_body = OptionModel,
    params(("model" = String, Path, description = "Code of the option model"),
        ("If-Match" = String, Header, description = "The ETag as it was read; \"0\" for a new one")),
    responses((status = 200, body = OptionModelRow), Refusals))]
pub async fn draft(
    State(app): State<App>,
    session: Session,
    Path(code): Path<String>,
    version: IfMatch,
    Json(model): Json<OptionModel>,
) -> Result<Versioned<OptionModelRow>, Problem> {
    session.actor.may_at(Right::Prices, None)?;
    if !(1..=40).contains(&code.len()) || !code.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_') {
        let (zh, en) = ("选配模型编码要有 1 到 40 个小写字母、数字或 _。", "The code of an option model has 1 to 40 of a–z, 0–9 and _.");
        return Err(Problem::invalid("code_shape", "model", zh, en));
    }
    Editing::by(&session, Kind::OptionModel, &code, version).save(&app.db, Some(&model)).await?;
    seen(&app, &session, &code).await
}

/// Throw the draft away.
#[utoipa::path(delete, path = "/api/v1/option-models/{model}", tag = "settings",
    params(("model" = String, Path, description = "Code of the option model"),
        ("If-Match" = String, Header, description = "The ETag as it was read")),
    responses((status = 200, body = OptionModelRow), Refusals))]
pub async fn discard(
    State(app): State<App>,
    session: Session,
    Path(code): Path<String>,
    version: IfMatch,
) -> Result<Versioned<OptionModelRow>, Problem> {
    session.actor.may_at(Right::Prices, None)?;
    Editing::by(&session, Kind::OptionModel, &code, version).save(&app.db, None::<&OptionModel>).await?;
    seen(&app, &session, &code).await
}

/// Publish the draft: prices follow it from then on.
#[utoipa::path(post, path = "/api/v1/option-models/{model}/publish", tag = "settings",
    params(("model" = String, Path, description = "Code of the option model"),
        ("If-Match" = String, Header, description = "The ETag as it was read")),
    responses((status = 200, body = OptionModelRow), Refusals))]
pub async fn publish(
    State(app): State<App>,
    session: Session,
    Path(code): Path<String>,
    version: IfMatch,
) -> Result<Versioned<OptionModelRow>, Problem> {
    session.actor.may_at(Right::Prices, None)?;
    store::publish(&app.db, Editing::by(&session, Kind::OptionModel, &code, version), None).await?;
    seen(&app, &session, &code).await
}

/// Take a publication back: an older version is published once more.
#[utoipa::path(post, path = "/api/v1/option-models/{model}/restore", tag = "settings", request_body = Restore,
    params(("model" = String, Path, description = "Code of the option model"),
        ("If-Match" = String, Header, description = "The ETag as it was read")),
    responses((status = 200, body = OptionModelRow), Refusals))]
pub async fn restore(
    State(app): State<App>,
    session: Session,
    Path(code): Path<String>,
    version: IfMatch,
    Json(asked): Json<Restore>,
) -> Result<Versioned<OptionModelRow>, Problem> {
    session.actor.may_at(Right::Prices, None)?;
    store::publish(&app.db, Editing::by(&session, Kind::OptionModel, &code, version), Some(asked.number)).await?;
    seen(&app, &session, &code).await
}

/// Every version of an option model that was published, the newest first.
#[utoipa::path(get, path = "/api/v1/option-models/{model}/versions", tag = "settings",
    params(("model" = String, Path, description = "Code of the option model")),
    responses((status = 200, body = Page<PublishedVersion>), Refusals))]
pub async fn versions(
    State(app): State<App>,
    session: Session,
    Path(code): Path<String>,
) -> Result<Answer<Page<PublishedVersion>>, Problem> {
    session.actor.may_at(Right::Prices, None)?;
    Ok(Answer(Page::whole(drafts::versions(app.db.read(), Kind::OptionModel, &code).await?)))
}
