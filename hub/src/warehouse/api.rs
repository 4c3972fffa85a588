//! Sites, locations, tasks and the floor for people.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::StatusCode;
use qitao_domain::ids::{ItemId, LocationId, SiteId, TaskId};
use qitao_domain::quantity::Quantity;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::model::{Floor, Kind, LocationDetail, LocationRow, OperatorRow, ScanRow, SiteRow, TaskDetail, TaskRow};
use super::rules::Broken;
use super::scans::{self, ScanQuery};
use super::store::{self, Places, Sites, Tasks};
use super::{Draft, DraftLine, WarehouseError, release};
use crate::http::extract::{IdempotencyKey, Json, Path, Query, given};
use crate::http::openapi::Refusals;
use crate::http::page::{Page, PageQuery};
use crate::http::problem::Problem;
use crate::platform::identity::Right;
use crate::platform::scope::{Entity, Part};
use crate::platform::session::Session;
use crate::state::App;

impl From<Broken> for Problem {
    fn from(broken: Broken) -> Self {
        let en = broken.to_string();
        let at = |line: &usize, field: &str| format!("lines[{line}].{field}");
        let (rule, field, zh) = match &broken {
            Broken::Reference => ("reference_length", "reference".to_owned(), "说明最多 200 个字。".to_owned()),
            Broken::Lines(n) => ("line_count", "lines".to_owned(), format!("一个任务要有 1 到 500 行，现在有 {n} 行。")),
            Broken::Exploded(n) => ("line_count", "lines".to_owned(), format!("套件拆开后有 {n} 行，最多 1000 行，请分成几个任务。")),
            Broken::NoItem { line } => ("item_given", at(line, "item"), "这一行没有写商品。".to_owned()),
            Broken::UnknownItem { line, item } => ("item_exists", at(line, "item"), format!("没有编号为 {item} 的商品。")),
            Broken::Quantity { line } => ("quantity_range", at(line, "quantity"), "数量要大于 0，最多 1000000。".to_owned()),
            Broken::WholePieces { line } => ("whole_pieces", at(line, "quantity"), "这个商品只能按整件计。".to_owned()),
            Broken::Lot { line } => ("lot_length", at(line, "lot"), "色号最多 40 个字，不能有控制字符。".to_owned()),
            Broken::NotByLot { line } => ("not_by_lot", at(line, "lot"), "这个商品不分色号。".to_owned()),
            Broken::NoLocation { line } => ("location_exists", at(line, "location"), "这个站点没有这个库位。".to_owned()),
            Broken::VirtualLocation { line } => {
                ("real_location", at(line, "location"), "这个库位只存在于账上，不能在这里作业。".to_owned())
            }
            Broken::LocationTwice { line } => ("location_once", at(line, "location"), "这个库位在盘点单里出现了两次。".to_owned()),
            Broken::CountNamesItem { line } => ("count_by_location", at(line, "item"), "盘点单只写库位，不写商品和数量。".to_owned()),
            Broken::Kit { line, .. } => ("kit_explodes", at(line, "item"), "这个套件拆不开，请检查它的部件清单。".to_owned()),
        };
        Self::invalid(rule, field, zh, en)
    }
}

impl From<WarehouseError> for Problem {
    fn from(error: WarehouseError) -> Self {
        let en = error.to_string();
        match error {
            WarehouseError::NoSite(_) | WarehouseError::NoTask(_) => Self::not_found(),
            WarehouseError::Rule(broken) => broken.into(),
            WarehouseError::Ended { number, state } => {
                let state = if state == "withdrawn" { "撤回" } else { "完成" };
                Self::conflict("task_open", format!("任务 {number} 已经{state}。"), en)
            }
            WarehouseError::KeyReused => {
                Self::invalid("idempotency_key_reused", "Idempotency-Key", "这个 Idempotency-Key 已经用于另一个任务。", en)
            }
            WarehouseError::Database(error) => Self::internal(&error),
        }
    }
}

/// Which sites.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct SiteQuery {
    /// Beginning of the code, or part of the name.
    #[serde(deserialize_with = "given")]
    q: Option<String>,
    /// Of these numbers, separated by commas; others are left out.
    #[serde(deserialize_with = "given")]
    ids: Option<String>,
}

/// Sites that the reader may see, by code.
#[utoipa::path(get, path = "/api/v1/sites", tag = "warehouse", params(Part, SiteQuery, PageQuery),
    responses((status = 200, body = Page<SiteRow>), Refusals))]
pub async fn sites(
    State(app): State<App>,
    session: Session,
    Query(part): Query<Part>,
    Query(asked): Query<SiteQuery>,
    Query(page): Query<PageQuery>,
) -> Result<Answer<Page<SiteRow>>, Problem> {
    let asked = Sites { q: asked.q, ids: asked.ids };
    Ok(Answer(store::sites(app.db.read(), &session.scope_at(Entity::Site, part)?, asked, &page).await?))
}

/// Which operators.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct OperatorQuery {
    /// Beginning of the badge, or part of the name.
    #[serde(deserialize_with = "given")]
    q: Option<String>,
}

/// People who work with scanners at sites that the reader may see, or at every site, by name.
#[utoipa::path(get, path = "/api/v1/operators", tag = "warehouse", params(Part, OperatorQuery, PageQuery),
    responses((status = 200, body = Page<OperatorRow>), Refusals))]
pub async fn operators(
    State(app): State<App>,
    session: Session,
    Query(part): Query<Part>,
    Query(asked): Query<OperatorQuery>,
    Query(page): Query<PageQuery>,
) -> Result<Answer<Page<OperatorRow>>, Problem> {
    let scope = session.scope_at(Entity::Operator, part)?;
    Ok(Answer(store::operators(app.db.read(), &scope, asked.q.as_deref(), &page).await?))
}

/// Which locations.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct LocationQuery {
    /// Words or beginnings of words of code or name, Chinese also by pinyin; several narrow it.
    #[serde(deserialize_with = "given")]
    q: Option<String>,
    /// Of this kind: `bin`, `receiving`, `staging`, `supplier`, `customer`, `variance`, `transit`, `scrap`.
    #[serde(deserialize_with = "given")]
    kind: Option<String>,
}

impl LocationQuery {
    pub(super) fn asked(self) -> Places {
        Places { q: self.q, kind: self.kind }
    }
}

/// Locations by site and code.
#[utoipa::path(get, path = "/api/v1/locations", tag = "warehouse", params(Part, LocationQuery, PageQuery),
    responses((status = 200, body = Page<LocationRow>), Refusals))]
pub async fn locations(
    State(app): State<App>,
    session: Session,
    Query(part): Query<Part>,
    Query(asked): Query<LocationQuery>,
    Query(page): Query<PageQuery>,
) -> Result<Answer<Page<LocationRow>>, Problem> {
    Ok(Answer(store::locations(app.db.read(), &session.scope_at(Entity::Location, part)?, asked.asked(), &page).await?))
}

/// A location with what is there.
#[utoipa::path(get, path = "/api/v1/locations/{id}", tag = "warehouse", params(("id" = i64, Path, description = "Number of the location")),
    responses((status = 200, body = LocationDetail), Refusals))]
pub async fn location(State(app): State<App>, session: Session, Path(id): Path<i64>) -> Result<Answer<LocationDetail>, Problem> {
    store::location(app.db.read(), &session.scope(Entity::Location)?, id).await?.map(Answer).ok_or_else(Problem::not_found)
}

/// Which tasks.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct TaskQuery {
    /// `put_away`, `count`, `pick`.
    #[serde(deserialize_with = "given")]
    kind: Option<String>,
    /// `open`, `started`, `finished`, `withdrawn`; several with commas.
    #[serde(deserialize_with = "given")]
    state: Option<String>,
    /// Words or beginnings of words of number or reference, Chinese also by pinyin; several narrow it.
    #[serde(deserialize_with = "given")]
    q: Option<String>,
}

impl TaskQuery {
    pub(super) fn asked(self) -> Tasks {
        Tasks { kind: self.kind, state: self.state, q: self.q }
    }
}

/// Tasks, newest first.
#[utoipa::path(get, path = "/api/v1/tasks", tag = "warehouse", params(Part, TaskQuery, PageQuery),
    responses((status = 200, body = Page<TaskRow>), Refusals))]
pub async fn tasks(
    State(app): State<App>,
    session: Session,
    Query(part): Query<Part>,
    Query(asked): Query<TaskQuery>,
    Query(page): Query<PageQuery>,
) -> Result<Answer<Page<TaskRow>>, Problem> {
    Ok(Answer(store::tasks(app.db.read(), &session.scope_at(Entity::Task, part)?, asked.asked(), &page).await?))
}

/// A task with its lines.
#[utoipa::path(get, path = "/api/v1/tasks/{id}", tag = "warehouse", params(("id" = i64, Path, description = "Number of the task")),
    responses((status = 200, body = TaskDetail), Refusals))]
pub async fn task(State(app): State<App>, session: Session, Path(id): Path<i64>) -> Result<Answer<TaskDetail>, Problem> {
    store::task(app.db.read(), &session.scope(Entity::Task)?, id).await?.map(Answer).ok_or_else(Problem::not_found)
}

/// The facts of a task, newest last.
#[utoipa::path(get, path = "/api/v1/tasks/{id}/scans", tag = "warehouse", params(("id" = i64, Path, description = "Number of the task"), PageQuery),
    responses((status = 200, body = Page<ScanRow>), Refusals))]
pub async fn task_scans(
    State(app): State<App>,
    session: Session,
    Path(id): Path<i64>,
    Query(page): Query<PageQuery>,
) -> Result<Answer<Page<ScanRow>>, Problem> {
    if store::task_row(app.db.read(), &session.scope(Entity::Task)?, id).await?.is_none() {
        return Err(Problem::not_found());
    }
    Ok(Answer(scans::of_task(app.db.read(), id, &page).await?))
}

/// Facts of all tasks and of none, newest first.
#[utoipa::path(get, path = "/api/v1/scans", tag = "warehouse", params(Part, ScanQuery, PageQuery),
    responses((status = 200, body = Page<ScanRow>), Refusals))]
pub async fn list_scans(
    State(app): State<App>,
    session: Session,
    Query(part): Query<Part>,
    Query(asked): Query<ScanQuery>,
    Query(page): Query<PageQuery>,
) -> Result<Answer<Page<ScanRow>>, Problem> {
    Ok(Answer(scans::list(app.db.read(), &session.scope_at(Entity::Task, part)?, asked, &page).await?))
}

/// A task to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTask {
    /// What kind of work.
    kind: Kind,
    /// Where.
    site: i64,
    /// What it is for: 到货单 A-1001, 订单 SO-2044 王女士.
    #[serde(default)]
    reference: String,
    /// What is to be done.
    lines: Vec<NewLine>,
}

/// A line of a task to be made. A count line names a location only.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewLine {
    /// Item or kit; the hub takes kits and items apart into cartons.
    item: Option<i64>,
    /// How many.
    #[schema(value_type = Option<String>)]
    quantity: Option<Quantity>,
    /// Where to put it, take it from, or count; the hub suggests one when it is left away.
    location: Option<i64>,
    /// Dye lot.
    lot: Option<String>,
}

/// Make a task. With an Idempotency-Key the same request makes it once.
#[utoipa::path(post, path = "/api/v1/tasks", tag = "warehouse", request_body = NewTask,
    params(("Idempotency-Key" = Option<String>, Header, description = "The same key never makes a second task")),
    responses((status = 201, body = TaskDetail, description = "Made; 200 when the key made it before"), (status = 200, body = TaskDetail), Refusals))]
pub async fn create(
    State(app): State<App>,
    session: Session,
    key: Option<IdempotencyKey>,
    Json(asked): Json<NewTask>,
) -> Result<(StatusCode, Answer<TaskDetail>), Problem> {
    session.may_at(Entity::Task, Right::Tasks, Some(asked.site))?;
    let scope = session.scope(Entity::Task)?;
    let line = |line: NewLine| DraftLine {
        item: line.item.map(ItemId),
        quantity: line.quantity,
        location: line.location.map(LocationId),
        lot: line.lot.filter(|lot| !lot.is_empty()),
    };
    let draft = Draft {
        kind: asked.kind,
        site: SiteId(asked.site),
        reference: asked.reference,
        lines: asked.lines.into_iter().map(line).collect(),
    };
    let key = key.map(|IdempotencyKey(key)| format!("{}:{key}", session.actor.id));
    let (id, made) = release::create(&app, &session.actor.login, draft, key).await?;
    let detail = store::task(app.db.read(), &scope, id.0).await?.ok_or_else(Problem::not_found)?;
    Ok((if made { StatusCode::CREATED } else { StatusCode::OK }, Answer(detail)))
}

/// Withdraw a task: edges stop working on it; what was scanned for it still counts.
#[utoipa::path(post, path = "/api/v1/tasks/{id}/withdraw", tag = "warehouse", params(("id" = i64, Path, description = "Number of the task")),
    responses((status = 200, body = TaskRow), Refusals))]
pub async fn withdraw(State(app): State<App>, session: Session, Path(id): Path<i64>) -> Result<Answer<TaskRow>, Problem> {
    let scope = session.scope(Entity::Task)?;
    let row = store::task_row(app.db.read(), &scope, id).await?.ok_or_else(Problem::not_found)?;
    session.may_at(Entity::Task, Right::Tasks, Some(row.site))?;
    release::withdraw(&app, &session.actor.login, TaskId(id)).await?;
    store::task_row(app.db.read(), &scope, id).await?.map(Answer).ok_or_else(Problem::not_found)
}

/// The floor now: figures of today, open tasks, the last movements, edges, open cases.
#[utoipa::path(get, path = "/api/v1/floor", tag = "warehouse", params(Part), responses((status = 200, body = Floor), Refusals))]
pub async fn floor(State(app): State<App>, session: Session, Query(part): Query<Part>) -> Result<Answer<Floor>, Problem> {
    session.scope(Entity::Task)?;
    Ok(Answer(super::floor(app.db.read(), &session.actor, part).await?))
}
