//! Cases as a sheet.

use serde_json::Value;

use super::api::ExceptionQuery;
use super::model::ExceptionRow;
use super::store;
use crate::http::page::PageQuery;
use crate::http::problem::{Problem, Text};
use crate::ingest::cases::KINDS;
use crate::platform::export::{Column, Exportable, Out, Reading, Rows, Words, moment};
use crate::platform::scope::Entity;

const COLUMNS: Words = &[
    ("id", "编号", "Number"),
    ("kind", "类型", "Kind"),
    ("site", "站点", "Site"),
    ("edge", "边缘设备", "Edge"),
    ("opened", "发生时间", "Opened"),
    ("state", "状态", "State"),
    ("resolved", "处理时间", "Resolved"),
    ("resolved_by", "处理人", "Resolved by"),
    ("data", "详情", "Details"),
];

/// What a case tells, in this order: members of its data, in Chinese, in English.
const DETAILS: Words = &[
    ("text", "条码", "barcode"),
    ("number", "单号", "number"),
    ("task_number", "任务", "task"),
    ("reference", "参考号", "reference"),
    ("location", "库位", "location"),
    ("location_code", "库位", "location"),
    ("item", "商品", "item"),
    ("name", "商品", "item"),
    ("carton", "包件", "carton"),
    ("lot", "色号", "dye lot"),
    ("quantity", "现存", "on hand"),
    ("min", "下限", "at least"),
    ("max", "上限", "at most"),
    ("asked", "要求", "asked for"),
    ("done", "已做", "done"),
    ("station", "工位", "station"),
    ("reason", "原因", "reason"),
    ("error", "错误", "error"),
    ("detail", "说明", "details"),
    ("lines", "行数", "lines"),
    ("count", "次数", "times"),
];

/// What a case is about, in words: `商品 橡木餐椅 · 现存 7 · 下限 8`.
fn details(row: &ExceptionRow, zh: bool) -> String {
    let said = DETAILS.iter().filter_map(|(member, label_zh, label_en)| {
        let value = row.data.get(member)?;
        let named = match *member {
            "item" => value
                .as_i64()
                .and_then(|id| row.names.items.get(&id))
                .map(|item| if zh || item.name_en.is_empty() { item.name.clone() } else { item.name_en.clone() }),
            // Said above already, under the name that it has now.
            "name" | "location_code" if row.data.get(if *member == "name" { "item" } else { "location" }).is_some() => None,
            "location" => value.as_i64().and_then(|id| row.names.locations.get(&id)).cloned(),
            "lines" => value.as_array().map(|lines| lines.len().to_string()),
            _ => match value {
                Value::String(text) if !text.is_empty() => Some(text.clone()),
                Value::Number(number) => Some(number.to_string()),
                _ => None,
            },
        };
        named.map(|named| format!("{} {named}", if zh { label_zh } else { label_en }))
    });
    said.collect::<Vec<_>>().join(" · ")
}

/// States of cases.
const STATES: Words = &[("open", "未处理", "open"), ("resolved", "已处理", "resolved")];

/// Cases.
pub struct Sheet;

#[async_trait::async_trait]
impl Exportable for Sheet {
    fn word(&self) -> &'static str {
        "exceptions"
    }

    fn title(&self) -> Text {
        Text::new("异常", "Exceptions")
    }

    fn entity(&self) -> Option<Entity> {
        Some(Entity::Exception)
    }

    fn filters(&self) -> &'static [&'static str] {
        &["site", "below", "state", "kind"]
    }

    fn columns(&self) -> Vec<Column> {
        Column::all(COLUMNS)
    }

    async fn rows(&self, reading: &Reading<'_>, page: &PageQuery) -> Result<Rows, Problem> {
        let asked: ExceptionQuery = reading.filters.read()?;
        let page = store::list(reading.db, &reading.scope(Entity::Exception)?, asked.asked(), page).await?;
        Ok(Rows::of(page, |row| {
            let details = details(&row, reading.zh());
            vec![
                row.id.into(),
                reading.word(KINDS, &row.kind),
                reading.site(row.site),
                row.edge.into(),
                Out::Moment(row.opened_ms),
                reading.word(STATES, &row.state),
                moment(row.resolved_ms),
                row.resolved_by.into(),
                details.into(),
            ]
        }))
    }
}
