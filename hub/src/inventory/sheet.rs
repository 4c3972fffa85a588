//! Stock and movements as sheets.

use serde::Deserialize;

use super::rules::Period;
use super::{MovementQuery, SummaryQuery, Wanted, movements, no_period, stock_by_item, stock_by_location, summary};
use crate::http::extract::given;
use crate::http::page::PageQuery;
use crate::http::problem::{Problem, Text};
use crate::platform::export::{Column, Exportable, Out, Reading, Rows, Words};
use crate::platform::scope::Entity;
use crate::warehouse::sheet::KINDS;

const BY_ITEM: Words = &[
    ("code", "商品编码", "Item code"),
    ("name", "商品名称", "Name"),
    ("name_en", "英文名称", "English name"),
    ("unit", "单位", "Unit"),
    ("sets", "现存（齐套）", "Complete sets"),
    ("quantity", "包件合计", "Cartons together"),
    ("cartons", "各包件", "By carton"),
];

const BY_LOCATION: Words = &[
    ("site", "站点", "Site"),
    ("code", "库位", "Location"),
    ("kind", "类型", "Kind"),
    ("lines", "品种数", "Different things"),
    ("quantity", "数量", "Quantity"),
];

const MOVEMENTS: Words = &[
    ("id", "流水号", "Number"),
    ("at", "时间", "Time"),
    ("site", "站点", "Site"),
    ("code", "商品编码", "Item code"),
    ("name", "商品名称", "Name"),
    ("carton", "包件", "Carton"),
    ("lot", "色号", "Dye lot"),
    ("quantity", "数量", "Quantity"),
    ("unit", "单位", "Unit"),
    ("from", "从", "From"),
    ("to", "到", "To"),
    ("reason", "原因", "Reason"),
    ("task", "任务", "Task"),
    ("operator", "操作员", "Operator"),
    ("edge", "边缘设备", "Edge"),
    ("reversed", "已被撤销", "Taken back"),
];

const SUMMARY: Words = &[
    ("code", "商品编码", "Item code"),
    ("name", "商品名称", "Name"),
    ("unit", "单位", "Unit"),
    ("opening", "期初", "Opening"),
    ("in", "收入", "In"),
    ("out", "发出", "Out"),
    ("closing", "期末", "Closing"),
];

/// Reasons of movements.
const REASONS: Words = &[
    ("put_away", "上架", "put-away"),
    ("pick", "拣货", "pick"),
    ("count", "盘点", "count"),
    ("move", "移库", "move"),
    ("undo", "撤销", "undo"),
    ("ship", "发货", "shipped"),
    ("opening", "期初", "opening"),
];

/// What stock is searched for.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Searched {
    #[serde(deserialize_with = "given")]
    q: Option<String>,
}

/// Stock by item.
pub struct Stock;

#[async_trait::async_trait]
impl Exportable for Stock {
    fn word(&self) -> &'static str {
        "stock"
    }

    fn title(&self) -> Text {
        Text::new("库存-按商品", "Stock by item")
    }

    fn entity(&self) -> Option<Entity> {
        Some(Entity::Stock)
    }

    fn filters(&self) -> &'static [&'static str] {
        &["site", "below", "q"]
    }

    fn columns(&self) -> Vec<Column> {
        Column::all(BY_ITEM)
    }

    async fn rows(&self, reading: &Reading<'_>, page: &PageQuery) -> Result<Rows, Problem> {
        let asked: Searched = reading.filters.read()?;
        let page = stock_by_item(reading.db, &reading.scope(Entity::Stock)?, asked.q.as_deref(), page).await?;
        Ok(Rows::of(page, |row| {
            let cartons: Vec<String> = row.cartons.iter().map(|carton| format!("#{}: {}", carton.carton, carton.quantity)).collect();
            let head: [Out; 4] = [row.code.into(), row.name.into(), row.name_en.into(), row.unit.into()];
            head.into_iter().chain([row.sets.into(), row.quantity.into(), cartons.join("; ").into()]).collect()
        }))
    }
}

/// Stock by location.
pub struct StockByLocation;

#[async_trait::async_trait]
impl Exportable for StockByLocation {
    fn word(&self) -> &'static str {
        "stock_by_location"
    }

    fn title(&self) -> Text {
        Text::new("库存-按库位", "Stock by location")
    }

    fn entity(&self) -> Option<Entity> {
        Some(Entity::Stock)
    }

    fn filters(&self) -> &'static [&'static str] {
        &["site", "below", "q"]
    }

    fn columns(&self) -> Vec<Column> {
        Column::all(BY_LOCATION)
    }

    async fn rows(&self, reading: &Reading<'_>, page: &PageQuery) -> Result<Rows, Problem> {
        let asked: Searched = reading.filters.read()?;
        let page = stock_by_location(reading.db, &reading.scope(Entity::Stock)?, asked.q.as_deref(), page).await?;
        Ok(Rows::of(page, |row| {
            let kind = reading.word(KINDS, &row.kind);
            vec![reading.site(Some(row.site)), row.code.into(), kind, row.lines.into(), row.quantity.into()]
        }))
    }
}

/// Movements of the ledger.
pub struct Movements;

#[async_trait::async_trait]
impl Exportable for Movements {
    fn word(&self) -> &'static str {
        "movements"
    }

    fn title(&self) -> Text {
        Text::new("库存流水", "Movements")
    }

    fn entity(&self) -> Option<Entity> {
        Some(Entity::Movement)
    }

    fn filters(&self) -> &'static [&'static str] {
        &["site", "below", "item", "location", "task", "from", "to", "flows"]
    }

    fn columns(&self) -> Vec<Column> {
        Column::all(MOVEMENTS)
    }

    async fn rows(&self, reading: &Reading<'_>, page: &PageQuery) -> Result<Rows, Problem> {
        let asked: MovementQuery = reading.filters.read()?;
        let page = movements(reading.db, &reading.scope(Entity::Movement)?, &asked, page).await?;
        Ok(Rows::of(page, |row| {
            vec![
                row.id.into(),
                Out::Moment(row.at_ms),
                reading.site(Some(row.site)),
                row.code.into(),
                reading.titles((&row.name, &row.name_en)),
                format!("{}/{}", row.carton, row.of).into(),
                row.lot.into(),
                row.quantity.into(),
                row.unit.into(),
                row.from_code.into(),
                row.to_code.into(),
                reading.word(REASONS, &row.reason),
                row.task_number.into(),
                row.operator_name.into(),
                row.edge.into(),
                reading.yes(row.reversed),
            ]
        }))
    }
}

/// Stock of a period by item: 收发汇总.
pub struct Summary;

#[async_trait::async_trait]
impl Exportable for Summary {
    fn word(&self) -> &'static str {
        "stock_summary"
    }

    fn title(&self) -> Text {
        Text::new("收发汇总", "Stock of a period")
    }

    fn entity(&self) -> Option<Entity> {
        Some(Entity::Stock)
    }

    fn filters(&self) -> &'static [&'static str] {
        &["site", "below", "q", "item", "from", "to"]
    }

    fn columns(&self) -> Vec<Column> {
        Column::all(SUMMARY)
    }

    async fn rows(&self, reading: &Reading<'_>, page: &PageQuery) -> Result<Rows, Problem> {
        let SummaryQuery { from, to, q, item } = reading.filters.read()?;
        let today = jiff::Timestamp::now().to_zoned(reading.zone.clone()).date();
        let period = Period::of(from.as_deref(), to.as_deref(), today).ok_or_else(no_period)?;
        let page = summary(reading.db, &reading.scope(Entity::Stock)?, period, &Wanted { q, item }, page).await?;
        Ok(Rows::of(page, |row| {
            let unit = if row.cartons > 1 { reading.titles(("包件", "cartons")) } else { row.unit.into() };
            let head: [Out; 3] = [row.code.into(), reading.titles((&row.name, &row.name_en)), unit];
            let stock = [row.stock.opening, row.stock.come, row.stock.gone, row.stock.closing];
            head.into_iter().chain(stock.map(Out::from)).collect()
        }))
    }
}
