//! Organisations for people.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::OrganisationError;
use super::model::{Change, NewOrganisation, OrganisationRow};
use super::rules::{Broken, Kind, Module};
use super::store::{self, Asked};
use crate::http::extract::{IdempotencyKey, Json, Path, Query, given};
use crate::http::openapi::Refusals;
use crate::http::page::{Page, PageQuery};
use crate::http::problem::{Problem, Who};
use crate::http::version::{IfMatch, Versioned};
use crate::platform::identity::Right;
use crate::platform::scope::Entity;
use crate::platform::session::Session;
use crate::state::App;

impl From<Broken> for Problem {
    fn from(broken: Broken) -> Self {
        let en = broken.to_string();
        match broken {
            Broken::Top => Self::invalid("one_top", "parent", "总部只有一个，其他组织都要有上级。", en),
            Broken::Under { .. } => Self::invalid("kind_fits", "parent", "这种组织不能直接放在这个上级下面。", en),
            Broken::Circle => Self::invalid("no_circle", "parent", "组织不能放到自己的下级里。", en),
            Broken::Depth => Self::invalid("tree_depth", "parent", "组织层级太深，最多 12 级。", en),
            Broken::Inactive => Self::invalid("parent_active", "parent", "上级组织已停用。", en),
            Broken::Site => Self::invalid("keeps_site", "kind", "它有站点，只能是门店或仓库。", en),
            Broken::Code => Self::invalid("code_shape", "code", "编码要有 1 到 40 个字母、数字、- 或 _。", en),
            Broken::Name => Self::invalid("name_length", "name", "名称要有 1 到 100 个字。", en),
            Broken::TimeZone(zone) => Self::invalid("time_zone", "time_zone", format!("{zone} 不是有效的时区。"), en),
            Broken::Switch(word) => Self::invalid("module_exists", format!("switches.{word}"), format!("没有叫 {word} 的模块。"), en),
        }
    }
}

impl From<OrganisationError> for Problem {
    fn from(error: OrganisationError) -> Self {
        let en = error.to_string();
        match error {
            OrganisationError::NoOrganisation(_) => Self::not_found(),
            OrganisationError::Rule(broken) => broken.into(),
            OrganisationError::CodeTaken(code) => Self::invalid("code_free", "code", format!("编码 {code} 已经用了。"), en),
            OrganisationError::Changed => Self::changed(),
            OrganisationError::Database(error) => Self::internal(&error),
        }
    }
}

/// Which organisations.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct OrganisationQuery {
    /// Right beneath this one.
    #[serde(deserialize_with = "given")]
    parent: Option<i64>,
    /// This one and all beneath it.
    #[serde(deserialize_with = "given")]
    below: Option<i64>,
    /// Of this kind.
    #[serde(deserialize_with = "given")]
    kind: Option<String>,
    /// In business or not.
    #[serde(deserialize_with = "given")]
    active: Option<bool>,
    /// Beginning of the code, or part of a name.
    #[serde(deserialize_with = "given")]
    q: Option<String>,
    /// `true`: only where the tree begins for the reader; go on from there with `parent`.
    #[serde(deserialize_with = "given")]
    tops: Option<bool>,
}

/// Organisations that the reader may see, by code. As a tree: first `tops=true`, then `parent=` for each that is opened.
#[utoipa::path(get, path = "/api/v1/organisations", tag = "organisation", params(OrganisationQuery, PageQuery),
    responses((status = 200, body = Page<OrganisationRow>), Refusals))]
pub async fn list(
    State(app): State<App>,
    session: Session,
    Query(asked): Query<OrganisationQuery>,
    Query(page): Query<PageQuery>,
) -> Result<Answer<Page<OrganisationRow>>, Problem> {
    let scope = session.scope(Entity::Organisation)?;
    for id in asked.parent.iter().chain(&asked.below) {
        scope.check_organisation(Some(*id))?;
    }
    let kind = asked.kind.as_deref().map(|word| {
        let unknown = || Problem::invalid("kind_exists", "kind", "没有这种组织。", "There is no such kind of organisation.");
        Kind::of_word(word).ok_or_else(unknown)
    });
    let asked = Asked {
        parent: asked.parent,
        below: asked.below,
        kind: kind.transpose()?,
        active: asked.active,
        q: asked.q,
        tops: asked.tops.unwrap_or(false),
    };
    Ok(Answer(store::list(app.db.read(), &session.actor.tree, &scope, asked, &page).await?))
}

/// A module that can be switched off for an organisation and all beneath it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ModuleRow {
    /// Its word, as in `switches` of an organisation.
    module: Module,
    /// Chinese name.
    title: &'static str,
    /// English name.
    title_en: &'static str,
}

/// What can be switched off for an organisation and all beneath it, with `switches` of `PATCH /organisations/{id}`.
#[utoipa::path(get, path = "/api/v1/modules", tag = "organisation", responses((status = 200, body = Page<ModuleRow>), Refusals))]
pub async fn modules(_session: Session) -> Answer<Page<ModuleRow>> {
    let row = |module: Module| ModuleRow { module, title: module.titles().0, title_en: module.titles().1 };
    Answer(Page::whole(Module::ALL.into_iter().map(row).collect()))
}

async fn row(app: &App, session: &Session, id: i64) -> Result<Versioned<OrganisationRow>, Problem> {
    // The tree is read again: the reader's own is of before the change.
    let tree = app.organisations.tree().await?;
    let scope = session.scope(Entity::Organisation)?.with_tree(tree.clone());
    let row = store::get(app.db.read(), &tree, &scope, id).await?.ok_or_else(Problem::not_found)?;
    Ok(Versioned(row.version, row))
}

/// An organisation.
#[utoipa::path(get, path = "/api/v1/organisations/{id}", tag = "organisation", params(("id" = i64, Path, description = "Number of the organisation")),
    responses((status = 200, body = OrganisationRow), Refusals))]
pub async fn show(State(app): State<App>, session: Session, Path(id): Path<i64>) -> Result<Versioned<OrganisationRow>, Problem> {
    row(&app, &session, id).await
}

/// Make an organisation beneath one that the reader may change. A store or warehouse gets its site with it. The same Idempotency-Key makes
/// none again.
#[utoipa::path(post, path = "/api/v1/organisations", tag = "organisation", request_body = NewOrganisation,
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes the request safe to send again")),
    responses((status = 201, body = OrganisationRow), Refusals))]
pub async fn create(
    State(app): State<App>,
    session: Session,
    key: Option<IdempotencyKey>,
    Json(asked): Json<NewOrganisation>,
) -> Result<(StatusCode, Versioned<OrganisationRow>), Problem> {
    session.scope(Entity::Organisation)?.check_organisation(Some(asked.parent))?;
    session.actor.may_at(Right::Organisations, Some(asked.parent))?;
    let id = store::create(&app.db, &session.actor.login, asked, IdempotencyKey::of(key, session.actor.id).as_deref()).await?;
    Ok((StatusCode::CREATED, row(&app, &session, id).await?))
}

/// Change an organisation, or move it with all beneath it. Where it stands, its code, whether it is in business and what is switched on
/// are decided by those who may change the one above it.
#[utoipa::path(patch, path = "/api/v1/organisations/{id}", tag = "organisation", request_body = Change,
    params(("id" = i64, Path, description = "Number of the organisation"), ("If-Match" = String, Header, description = "The ETag as it was read")),
    responses((status = 200, body = OrganisationRow), Refusals))]
pub async fn change(
    State(app): State<App>,
    session: Session,
    Path(id): Path<i64>,
    version: IfMatch,
    Json(asked): Json<Change>,
) -> Result<Versioned<OrganisationRow>, Problem> {
    let (actor, scope) = (&session.actor, session.scope(Entity::Organisation)?);
    scope.check_organisation(Some(id))?;
    actor.may_at(Right::Organisations, Some(id))?;
    if asked.is_decided_above() {
        // Of the headquarters nothing is above; who may change the whole chain may change it.
        actor.may_at(Right::Organisations, actor.tree.node(id).and_then(|node| node.parent))?;
    }
    if let Some(parent) = asked.parent {
        scope.check_organisation(Some(parent)).map_err(|problem| problem.field("parent"))?;
        actor.may_at(Right::Organisations, Some(parent)).map_err(|problem| problem.field("parent").who(Who::Admin))?;
    }
    store::change(&app.db, &actor.login, id, version.0, asked).await?;
    row(&app, &session, id).await
}
