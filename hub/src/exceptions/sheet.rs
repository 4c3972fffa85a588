//! Cases as a sheet.

use super::api::ExceptionQuery;
use super::store;
use crate::http::page::PageQuery;
use crate::http::problem::{Problem, Text};
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

/// Kinds of cases.
const KINDS: Words = &[
    ("unknown_barcode", "未知条码", "unknown barcode"),
    ("count_variance", "盘点差异", "count difference"),
    ("negative_stock", "负库存", "stock below nothing"),
    ("unreadable_fact", "无法读取的记录", "unreadable record"),
    ("unappliable_fact", "无法入账的记录", "record that cannot be booked"),
    ("bad_signature", "签名错误", "wrong signature"),
    ("cloned_edge", "重复的边缘设备", "cloned edge"),
    ("clock_skew", "时钟偏差", "clock is off"),
    ("short_pick", "缺货", "short pick"),
    ("over_pick", "多拣", "picked too much"),
    ("stream_break", "数据流中断", "break in the stream"),
    ("printer", "打印机故障", "printer fault"),
    ("stock_low", "库存低于下限", "stock below its minimum"),
    ("stock_high", "库存高于上限", "stock above its maximum"),
];

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
            vec![
                row.id.into(),
                reading.word(KINDS, &row.kind),
                reading.site(row.site),
                row.edge.into(),
                Out::Moment(row.opened_ms),
                reading.word(STATES, &row.state),
                moment(row.resolved_ms),
                row.resolved_by.into(),
                row.data.to_string().into(),
            ]
        }))
    }
}
