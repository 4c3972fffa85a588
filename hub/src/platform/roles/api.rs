//! Roles and rights for people.

use std::collections::BTreeSet;

use axum::Json as Answer;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::RoleError;
use super::store::{self, Wanted};
use crate::http::extract::{IdempotencyKey, Json, Path};
use crate::http::openapi::Refusals;
use crate::http::page::Page;
use crate::http::problem::Problem;
use crate::http::version::{IfMatch, Versioned};
use crate::platform::identity::{Actor, Area, Breadth, Fields, Grant, Right, StoredRole};
use crate::platform::scope::Entity;
use crate::platform::session::Session;
use crate::state::App;

impl From<RoleError> for Problem {
    fn from(error: RoleError) -> Self {
        let en = error.to_string();
        match error {
            RoleError::NoRole => Self::not_found(),
            RoleError::Code => Self::invalid("code_shape", "code", "编码要有 2 到 40 个小写字母、数字或 _。", en),
            RoleError::CodeTaken(code) => Self::invalid("code_free", "code", format!("编码 {code} 已经用了。"), en),
            RoleError::Name => Self::invalid("name_length", "name", "名称要有 1 到 60 个字。", en),
            RoleError::Field(name) => {
                Self::invalid("field_shape", format!("fields.{name}"), format!("{name} 不是字段，请写 对象.字段、对象.* 或 *。"), en)
            }
            RoleError::Shown(name) => Self::invalid(
                "field_stays",
                format!("fields.{name}"),
                format!("{name} 是认出和处理这条记录要用的，看得到记录的人都看得到它；角色只能规定不许修改。"),
                en,
            ),
            RoleError::BuiltIn => Self::conflict("built_in", "这是系统自带的，不能这样改。", en),
            RoleError::InUse(people) => Self::conflict("role_unused", format!("还有 {people} 人有这个角色。"), en),
            RoleError::Changed => Self::changed(),
            RoleError::Database(error) => Self::internal(&error),
        }
    }
}

/// A right, for pages where roles are made.
#[derive(Debug, Serialize, ToSchema)]
pub struct RightRow {
    /// Its word.
    right: Right,
    /// What it allows, in Chinese.
    name: String,
    /// What it allows, in English.
    name_en: String,
}

/// Every right that a role can allow.
#[utoipa::path(get, path = "/api/v1/rights", tag = "organisation", responses((status = 200, body = Page<RightRow>), Refusals))]
pub async fn rights(session: Session) -> Result<Answer<Page<RightRow>>, Problem> {
    session.scope(Entity::Person)?;
    let row = |right: &Right| {
        let (zh, en) = right.texts();
        RightRow { right: *right, name: zh.to_owned(), name_en: en.to_owned() }
    };
    Ok(Answer(Page::whole(Right::ALL.iter().map(row).collect())))
}

/// A role.
#[derive(Debug, Serialize, ToSchema)]
pub struct RoleRow {
    /// Number.
    id: i64,
    /// Code.
    code: String,
    /// Chinese name.
    name: String,
    /// English name.
    name_en: String,
    /// Came with the hub.
    built_in: bool,
    /// How far it reaches.
    scope: Breadth,
    /// What it allows.
    rights: BTreeSet<Right>,
    /// What it allows with single fields: `{"customer.phone": "masked"}`. What is not named may be written; phone, email, address,
    /// id_number, bank_account and custom fields that are personal are masked. What records are called by and handled with (login and name
    /// of people; all of items but `on_hand`) is read by whoever sees the record.
    fields: Fields,
    /// Whether its people must give a one-time code when they sign in.
    codes_required: bool,
    /// Grows with every change; send it back as If-Match.
    version: i64,
}

impl From<StoredRole> for RoleRow {
    fn from(role: StoredRole) -> Self {
        Self {
            scope: role.breadth(),
            rights: role.rights(),
            fields: role.fields(),
            id: role.id,
            code: role.code,
            name: role.name,
            name_en: role.name_en,
            built_in: role.built_in,
            codes_required: role.codes_required,
            version: role.version,
        }
    }
}

/// Every role.
#[utoipa::path(get, path = "/api/v1/roles", tag = "organisation", responses((status = 200, body = Page<RoleRow>), Refusals))]
pub async fn list(State(app): State<App>, session: Session) -> Result<Answer<Page<RoleRow>>, Problem> {
    session.scope(Entity::Person)?;
    Ok(Answer(Page::whole(store::list(app.db.read()).await?.into_iter().map(RoleRow::from).collect())))
}

async fn row(app: &App, id: i64) -> Result<Versioned<RoleRow>, Problem> {
    let role = store::get(app.db.read(), id).await?.ok_or_else(Problem::not_found)?;
    Ok(Versioned(role.version, role.into()))
}

/// A role.
#[utoipa::path(get, path = "/api/v1/roles/{id}", tag = "organisation", params(("id" = i64, Path, description = "Number of the role")),
    responses((status = 200, body = RoleRow), Refusals))]
pub async fn show(State(app): State<App>, session: Session, Path(id): Path<i64>) -> Result<Versioned<RoleRow>, Problem> {
    session.scope(Entity::Person)?;
    row(&app, id).await
}

/// A role to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRole {
    /// Code.
    code: String,
    /// Chinese name.
    name: String,
    /// English name.
    #[serde(default)]
    name_en: String,
    /// How far it reaches.
    scope: Breadth,
    /// What it allows.
    rights: BTreeSet<Right>,
    /// What it allows with single fields.
    #[serde(default)]
    fields: Fields,
    /// Whether its people must give a one-time code when they sign in.
    #[serde(default)]
    codes_required: bool,
}

/// What is to be changed; what is left away stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RoleChange)]
pub struct Change {
    /// Code.
    code: Option<String>,
    /// Chinese name.
    name: Option<String>,
    /// English name.
    name_en: Option<String>,
    /// How far it reaches.
    scope: Option<Breadth>,
    /// What it allows.
    rights: Option<BTreeSet<Right>>,
    /// What it allows with single fields.
    fields: Option<Fields>,
    /// Whether its people must give a one-time code when they sign in.
    codes_required: Option<bool>,
}

/// A role holds wherever somebody is given it, so who makes or changes it must have all of it in the whole chain.
async fn must_cover(app: &App, actor: &Actor, name: &str, rights: &BTreeSet<Right>, fields: &Fields) -> Result<(), Problem> {
    let given = Grant {
        role: 0,
        code: name.to_owned(),
        name: name.to_owned(),
        name_en: String::new(),
        rights: rights.clone(),
        area: Area::All,
        records: false,
        fields: fields.clone(),
        codes_required: false,
    };
    actor.covers(&[given], &app.fields.personal().await?)
}

/// Make a role. The same Idempotency-Key makes none again.
#[utoipa::path(post, path = "/api/v1/roles", tag = "organisation", request_body = NewRole,
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes the request safe to send again")),
    responses((status = 201, body = RoleRow), Refusals))]
pub async fn create(
    State(app): State<App>,
    session: Session,
    key: Option<IdempotencyKey>,
    Json(asked): Json<NewRole>,
) -> Result<(StatusCode, Versioned<RoleRow>), Problem> {
    session.actor.may_at(Right::Roles, None)?;
    must_cover(&app, &session.actor, &asked.code, &asked.rights, &asked.fields).await?;
    let NewRole { code, name, name_en, scope, rights, fields, codes_required } = asked;
    let wanted = Wanted { code, name, name_en, scope, rights, fields, codes_required };
    let id = store::create(&app.db, &session.actor.login, wanted, IdempotencyKey::of(key, session.actor.id).as_deref()).await?;
    Ok((StatusCode::CREATED, row(&app, id).await?))
}

/// Change a role. The administrator's rights stay.
#[utoipa::path(patch, path = "/api/v1/roles/{id}", tag = "organisation", request_body = Change,
    params(("id" = i64, Path, description = "Number of the role"), ("If-Match" = String, Header, description = "The ETag as it was read")),
    responses((status = 200, body = RoleRow), Refusals))]
pub async fn change(
    State(app): State<App>,
    session: Session,
    Path(id): Path<i64>,
    version: IfMatch,
    Json(asked): Json<Change>,
) -> Result<Versioned<RoleRow>, Problem> {
    session.actor.may_at(Right::Roles, None)?;
    let was = store::get(app.db.read(), id).await?.ok_or_else(Problem::not_found)?;
    version.check(was.version)?;
    must_cover(&app, &session.actor, &was.code, &was.rights(), &was.fields()).await?;
    let wanted = Wanted {
        scope: asked.scope.unwrap_or(was.breadth()),
        rights: asked.rights.unwrap_or_else(|| was.rights()),
        fields: asked.fields.unwrap_or_else(|| was.fields()),
        codes_required: asked.codes_required.unwrap_or(was.codes_required),
        code: asked.code.unwrap_or(was.code),
        name: asked.name.unwrap_or(was.name),
        name_en: asked.name_en.unwrap_or(was.name_en),
    };
    must_cover(&app, &session.actor, &wanted.code, &wanted.rights, &wanted.fields).await?;
    store::change(&app.db, &session.actor.login, id, version.0, wanted).await?;
    row(&app, id).await
}

/// Delete a role that nobody has and that did not come with the hub.
#[utoipa::path(delete, path = "/api/v1/roles/{id}", tag = "organisation", params(("id" = i64, Path, description = "Number of the role")),
    responses((status = 204, description = "Deleted"), Refusals))]
pub async fn delete(State(app): State<App>, session: Session, Path(id): Path<i64>) -> Result<StatusCode, Problem> {
    session.actor.may_at(Right::Roles, None)?;
    store::delete(&app.db, &session.actor.login, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
