//! Devices for people: what each should be set to, which get what, and how the chain stands.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::StatusCode;
use qitao_firmware_config::DocumentFault;
use qitao_firmware_config::document::LONGEST_NAME;
use qitao_firmware_config::family::families;
use qitao_firmware_config::value::names;
use qitao_firmware_config::vocabulary::{Choice, Kind, Setting, settings};
use serde::Deserialize;
use utoipa::IntoParams;

use super::rows::{
    ChainDeviceRow, DeviceAssignmentChange, DeviceAssignmentFields, DeviceAssignmentRow, DeviceChoice, DeviceCount, DeviceProfileFields,
    DeviceProfileRow, DeviceQuery, DeviceSettingRow,
};
use super::{DeviceError, assignments, list, places, profiles};
use crate::feed;
use crate::http::extract::{IdempotencyKey, Json, Path, Query, given};
use crate::http::openapi::Refusals;
use crate::http::page::{Page, PageQuery};
use crate::http::problem::{Problem, Who};
use crate::http::version::{IfMatch, Versioned};
use crate::platform::fields::{DefinitionFault, FieldError};
use crate::platform::identity::Right;
use crate::platform::scope::{Entity, Part};
use crate::platform::session::Session;
use crate::state::App;

impl From<DeviceError> for Problem {
    fn from(error: DeviceError) -> Self {
        let en = error.to_string();
        match error {
            DeviceError::NotThere => Self::not_found(),
            DeviceError::Correct(faults) => FieldError::Definitions(faults.iter().map(told).collect()).into(),
            DeviceError::Role => Self::invalid("device_profile_role", "role", "这个编号的方案已用于另一类设备，请换一个编号。", en),
            DeviceError::Assigned(all) => {
                let (many, at) = (all.len(), places(&all, "全部站点", "、"));
                let zh = format!("这个方案还有 {many} 条指派：{at}。请先改掉或删除这些指派。");
                Self::conflict("device_profile_free", zh, en).who(Who::Reader)
            }
            DeviceError::NoProfile(_) => Self::invalid("device_profile_exists", "profile", "没有适用于这类设备的这个方案。", en),
            DeviceError::NoFamily(_) => Self::invalid("device_family_exists", "family", "这类设备没有这个系列。", en),
            DeviceError::NoSite(_) => Self::invalid("site_exists", "site", "没有这个站点。", en),
            DeviceError::Taken => Self::conflict("device_assignment_unique", "这些设备已经指派了方案，请直接修改那一条。", en),
            DeviceError::Changed => Self::changed(),
            DeviceError::Database(error) => Self::internal(&error),
        }
    }
}

fn may_be(setting: &Setting) -> String {
    match setting.kind() {
        Kind::Switch => "on（开）或 off（关）".into(),
        Kind::Choice(choices) => choices.iter().map(|choice| format!("{}（{}）", choice.zh, choice.name)).collect::<Vec<_>>().join("、"),
        Kind::Number { least, most, unit } => format!("{least} 到 {most} {unit}"),
        Kind::Text(longest) => format!("最多 {longest} 个 ASCII 字符，或 {}", names().join("、")),
    }
}

/// A fault at its place, in both languages.
fn told(fault: &DocumentFault) -> DefinitionFault {
    let en = fault.to_string();
    let (at, zh) = match fault {
        DocumentFault::Id => ("profile".into(), "编号要有 1 到 64 个小写字母、数字或 -。".into()),
        DocumentFault::Name => ("name".into(), format!("名称要有 1 到 {LONGEST_NAME} 个字。")),
        DocumentFault::Empty => ("set".into(), "方案至少要规定一项设置。".into()),
        DocumentFault::Unknown(name) => (format!("set.{name}"), format!("没有“{name}”这项设置。")),
        DocumentFault::OtherRole(setting) => (format!("set.{}", setting.name), format!("“{}”不是这类设备的设置。", setting.zh)),
        DocumentFault::Value(setting) => (format!("set.{}", setting.name), format!("“{}”可以是：{}。", setting.zh, may_be(setting))),
    };
    DefinitionFault::new(at, "device_setting", zh, en)
}

/// Scanners and printers of the reader's sites, with how each is set beside its profile; by site and edge.
#[utoipa::path(get, path = "/api/v1/devices", tag = "edges", params(Part, DeviceQuery, PageQuery),
    responses((status = 200, body = Page<ChainDeviceRow>), Refusals))]
pub async fn devices(
    State(app): State<App>,
    session: Session,
    Query(part): Query<Part>,
    Query(asked): Query<DeviceQuery>,
    Query(page): Query<PageQuery>,
) -> Result<Answer<Page<ChainDeviceRow>>, Problem> {
    Ok(Answer(list::list(app.db.read(), &session.scope_at(Entity::Edge, part)?, &asked, &page).await?))
}

/// How many devices are set as they should be, by role, family and profile.
#[utoipa::path(get, path = "/api/v1/devices/counts", tag = "edges", params(Part, DeviceQuery),
    responses((status = 200, body = Page<DeviceCount>), Refusals))]
pub async fn counts(
    State(app): State<App>,
    session: Session,
    Query(part): Query<Part>,
    Query(asked): Query<DeviceQuery>,
) -> Result<Answer<Page<DeviceCount>>, Problem> {
    let counts = list::counts(app.db.read(), &session.scope_at(Entity::Edge, part)?, &asked).await?;
    Ok(Answer(Page::whole(counts)))
}

/// What devices can be told: each setting with what it may be.
#[utoipa::path(get, path = "/api/v1/device-settings", tag = "settings", responses((status = 200, body = Page<DeviceSettingRow>), Refusals))]
pub async fn device_settings(session: Session) -> Result<Answer<Page<DeviceSettingRow>>, Problem> {
    session.actor.may_at(Right::Settings, None)?;
    Ok(Answer(Page::whole(settings().iter().map(setting_row).collect())))
}

fn setting_row(setting: &'static Setting) -> DeviceSettingRow {
    let families = families().iter().filter(|family| family.settings().any(|name| name == setting.name));
    let word = |choice: &'static Choice| DeviceChoice { value: &choice.name, zh: &choice.zh, en: &choice.en };
    let character = |name: &'static str| DeviceChoice { value: name, zh: name, en: name };
    let (kind, choices, limits, longest) = match setting.kind() {
        Kind::Switch => ("switch", Vec::new(), None, None),
        Kind::Choice(choices) => ("choice", choices.iter().map(word).collect(), None, None),
        Kind::Number { least, most, .. } => ("number", Vec::new(), Some((least, most)), None),
        Kind::Text(longest) => ("text", names().into_iter().map(character).collect(), None, Some(longest)),
    };
    DeviceSettingRow {
        name: &setting.name,
        role: setting.role.into(),
        kind,
        choices,
        least: limits.map(|(least, _)| least),
        most: limits.map(|(_, most)| most),
        unit: setting.unit.as_deref().unwrap_or_default(),
        longest,
        zh: &setting.zh,
        en: &setting.en,
        families: families.map(|family| family.id.as_str()).collect(),
    }
}

/// What devices should be set to: the profiles of the program and of the chain.
#[utoipa::path(get, path = "/api/v1/device-profiles", tag = "settings", responses((status = 200, body = Page<DeviceProfileRow>), Refusals))]
pub async fn profile_list(State(app): State<App>, session: Session) -> Result<Answer<Page<DeviceProfileRow>>, Problem> {
    session.actor.may_at(Right::Settings, None)?;
    Ok(Answer(Page::whole(profiles::list(app.db.read()).await?)))
}

async fn seen(app: &App, id: &str) -> Result<Versioned<DeviceProfileRow>, Problem> {
    let row = profiles::find(app.db.read(), id).await?.ok_or_else(Problem::not_found)?;
    Ok(Versioned(row.version, row))
}

/// What devices should be set to.
#[utoipa::path(get, path = "/api/v1/device-profiles/{profile}", tag = "settings",
    params(("profile" = String, Path, description = "Id of the profile")), responses((status = 200, body = DeviceProfileRow), Refusals))]
pub async fn profile(State(app): State<App>, session: Session, Path(id): Path<String>) -> Result<Versioned<DeviceProfileRow>, Problem> {
    session.actor.may_at(Right::Settings, None)?;
    seen(&app, &id).await
}

/// Say what devices should be set to. A profile of the program's id holds instead of the program's. Edges compare their devices with it from then
/// on; a device is set by whoever stands before it.
#[utoipa::path(put, path = "/api/v1/device-profiles/{profile}", tag = "settings", request_body = DeviceProfileFields,
    params(("profile" = String, Path, description = "Id of the profile"),
        ("If-Match" = String, Header, description = "The ETag as it was read; \"0\" for a new one")),
    responses((status = 200, body = DeviceProfileRow), Refusals))]
pub async fn put_profile(
    State(app): State<App>,
    session: Session,
    Path(id): Path<String>,
    version: IfMatch,
    Json(fields): Json<DeviceProfileFields>,
) -> Result<Versioned<DeviceProfileRow>, Problem> {
    session.actor.may_at(Right::Settings, None)?;
    profiles::put(&app.db, &session.actor.login, (&id, version.0), fields).await?;
    feed::announce(&app.fleet).await?;
    seen(&app, &id).await
}

/// Take the chain's profile away; where the program has one of its id, that one holds again.
#[utoipa::path(delete, path = "/api/v1/device-profiles/{profile}", tag = "settings",
    params(("profile" = String, Path, description = "Id of the profile"),
        ("If-Match" = String, Header, description = "The ETag as it was read")),
    responses((status = 204, description = "It is gone"), Refusals))]
pub async fn remove_profile(
    State(app): State<App>,
    session: Session,
    Path(id): Path<String>,
    version: IfMatch,
) -> Result<StatusCode, Problem> {
    session.actor.may_at(Right::Settings, None)?;
    profiles::remove(&app.db, &session.actor.login, (&id, version.0)).await?;
    feed::announce(&app.fleet).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Which assignments.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct DeviceAssignmentQuery {
    /// Of this profile.
    #[serde(deserialize_with = "given")]
    profile: Option<String>,
}

/// Which devices get which profile: everywhere first, then by site.
#[utoipa::path(get, path = "/api/v1/device-assignments", tag = "settings", params(DeviceAssignmentQuery, PageQuery),
    responses((status = 200, body = Page<DeviceAssignmentRow>), Refusals))]
pub async fn assignment_list(
    State(app): State<App>,
    session: Session,
    Query(asked): Query<DeviceAssignmentQuery>,
    Query(page): Query<PageQuery>,
) -> Result<Answer<Page<DeviceAssignmentRow>>, Problem> {
    session.actor.may_at(Right::Settings, None)?;
    Ok(Answer(assignments::list(app.db.read(), asked.profile.as_deref(), &page).await?))
}

async fn assigned(app: &App, id: i64) -> Result<Versioned<DeviceAssignmentRow>, Problem> {
    let row = assignments::find(app.db.read(), id).await?.ok_or_else(Problem::not_found)?;
    Ok(Versioned(row.version, row))
}

/// Assign a profile to devices. The same Idempotency-Key assigns none again.
#[utoipa::path(post, path = "/api/v1/device-assignments", tag = "settings", request_body = DeviceAssignmentFields,
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes the request safe to send again")),
    responses((status = 201, body = DeviceAssignmentRow), Refusals))]
pub async fn create_assignment(
    State(app): State<App>,
    session: Session,
    key: Option<IdempotencyKey>,
    Json(fields): Json<DeviceAssignmentFields>,
) -> Result<(StatusCode, Versioned<DeviceAssignmentRow>), Problem> {
    session.actor.may_at(Right::Settings, None)?;
    let id = assignments::create(&app.db, &session.actor.login, fields, IdempotencyKey::of(key, session.actor.id).as_deref()).await?;
    feed::announce(&app.fleet).await?;
    Ok((StatusCode::CREATED, assigned(&app, id).await?))
}

/// Give the same devices another profile.
#[utoipa::path(put, path = "/api/v1/device-assignments/{id}", tag = "settings", request_body = DeviceAssignmentChange,
    params(("id" = i64, Path, description = "Number of the assignment"),
        ("If-Match" = String, Header, description = "The ETag as it was read")),
    responses((status = 200, body = DeviceAssignmentRow), Refusals))]
pub async fn change_assignment(
    State(app): State<App>,
    session: Session,
    Path(id): Path<i64>,
    version: IfMatch,
    Json(asked): Json<DeviceAssignmentChange>,
) -> Result<Versioned<DeviceAssignmentRow>, Problem> {
    session.actor.may_at(Right::Settings, None)?;
    assignments::change(&app.db, &session.actor.login, (id, version.0), &asked.profile).await?;
    feed::announce(&app.fleet).await?;
    assigned(&app, id).await
}

/// Take an assignment away.
#[utoipa::path(delete, path = "/api/v1/device-assignments/{id}", tag = "settings",
    params(("id" = i64, Path, description = "Number of the assignment"),
        ("If-Match" = String, Header, description = "The ETag as it was read")),
    responses((status = 204, description = "It is gone"), Refusals))]
pub async fn remove_assignment(
    State(app): State<App>,
    session: Session,
    Path(id): Path<i64>,
    version: IfMatch,
) -> Result<StatusCode, Problem> {
    session.actor.may_at(Right::Settings, None)?;
    assignments::remove(&app.db, &session.actor.login, (id, version.0)).await?;
    feed::announce(&app.fleet).await?;
    Ok(StatusCode::NO_CONTENT)
}
