//! Locations and tasks as sheets.

use super::api::{LocationQuery, TaskQuery};
use super::store;
use crate::http::page::PageQuery;
use crate::http::problem::{Problem, Text};
use crate::platform::export::{Column, Exportable, Out, Reading, Rows, Words, moment};
use crate::platform::scope::Entity;

const LOCATIONS: Words = &[
    ("site", "站点", "Site"),
    ("code", "库位", "Location"),
    ("kind", "类型", "Kind"),
    ("name", "名称", "Name"),
    ("on_hand", "现存", "On hand"),
];

const TASKS: Words = &[
    ("number", "任务号", "Number"),
    ("kind", "类型", "Kind"),
    ("site", "站点", "Site"),
    ("reference", "说明", "Reference"),
    ("state", "状态", "State"),
    ("lines", "行数", "Lines"),
    ("asked", "应做", "Asked"),
    ("done", "已做", "Done"),
    ("short", "缺", "Short"),
    ("created_by", "创建人", "Made by"),
    ("created", "创建时间", "Made"),
    ("started", "开始时间", "Started"),
    ("finished", "完成时间", "Finished"),
];

/// Kinds of locations.
pub const KINDS: Words = &[
    ("bin", "货位", "bin"),
    ("receiving", "收货区", "receiving"),
    ("staging", "备货区", "staging"),
    ("supplier", "供应商", "supplier"),
    ("customer", "客户", "customer"),
    ("variance", "盘差", "variance"),
    ("transit", "在途", "transit"),
    ("scrap", "报废", "scrap"),
];

/// Kinds of tasks.
const WORK: Words = &[("put_away", "上架", "put-away"), ("pick", "拣货", "pick"), ("count", "盘点", "count"), ("move", "移库", "move")];

/// States of tasks.
const STATES: Words = &[
    ("open", "未完成", "open"),
    ("started", "进行中", "started"),
    ("finished", "已完成", "finished"),
    ("withdrawn", "已撤回", "withdrawn"),
];

/// Locations.
pub struct Locations;

#[async_trait::async_trait]
impl Exportable for Locations {
    fn word(&self) -> &'static str {
        "locations"
    }

    fn title(&self) -> Text {
        Text::new("库位", "Locations")
    }

    fn entity(&self) -> Option<Entity> {
        Some(Entity::Location)
    }

    fn filters(&self) -> &'static [&'static str] {
        &["site", "below", "q", "kind"]
    }

    fn columns(&self) -> Vec<Column> {
        Column::all(LOCATIONS)
    }

    async fn rows(&self, reading: &Reading<'_>, page: &PageQuery) -> Result<Rows, Problem> {
        let asked: LocationQuery = reading.filters.read()?;
        let page = store::locations(reading.db, &reading.scope(Entity::Location)?, asked.asked(), page).await?;
        Ok(Rows::of(page, |row| {
            let kind = reading.word(KINDS, &row.kind);
            vec![reading.site(Some(row.site)), row.code.into(), kind, row.name.into(), row.on_hand.into()]
        }))
    }
}

/// Tasks.
pub struct Tasks;

#[async_trait::async_trait]
impl Exportable for Tasks {
    fn word(&self) -> &'static str {
        "tasks"
    }

    fn title(&self) -> Text {
        Text::new("任务", "Tasks")
    }

    fn entity(&self) -> Option<Entity> {
        Some(Entity::Task)
    }

    fn filters(&self) -> &'static [&'static str] {
        &["site", "below", "kind", "state", "q"]
    }

    fn columns(&self) -> Vec<Column> {
        Column::all(TASKS)
    }

    async fn rows(&self, reading: &Reading<'_>, page: &PageQuery) -> Result<Rows, Problem> {
        let asked: TaskQuery = reading.filters.read()?;
        let page = store::tasks(reading.db, &reading.scope(Entity::Task)?, asked.asked(), page).await?;
        Ok(Rows::of(page, |row| {
            vec![
                row.number.into(),
                reading.word(WORK, &row.kind),
                reading.site(Some(row.site)),
                row.reference.into(),
                reading.word(STATES, &row.state),
                row.lines.into(),
                row.asked.into(),
                row.done.into(),
                row.short.into(),
                row.created_by.into(),
                Out::Moment(row.created_ms),
                moment(row.started_ms),
                moment(row.finished_ms),
            ]
        }))
    }
}
