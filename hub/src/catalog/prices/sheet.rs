//! The prices of a list as a sheet, which can be changed and imported again.

use qitao_domain::quantity::Money;
use serde::Deserialize;

use super::store::{self, Seeing};
use crate::http::extract::given;
use crate::http::page::PageQuery;
use crate::http::problem::{Problem, Text};
use crate::platform::export::{Column, Exportable, Out, Reading, Rows, Words, yuan};
use crate::platform::scope::{self, Entity};

const COLUMNS: Words = &[
    ("list", "价目表", "Price list"),
    ("code", "商品编码", "Item code"),
    ("name", "商品名称", "Name"),
    ("unit", "单位", "Unit"),
    ("unit_price", "单价", "Unit price"),
    ("cost", "进价", "Cost"),
    ("most_discount", "最大折扣 %", "Greatest discount %"),
];

/// Which prices.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Wanted {
    #[serde(deserialize_with = "given")]
    price_list: Option<i64>,
    #[serde(deserialize_with = "given")]
    q: Option<String>,
}

/// Prices of a price list.
pub struct Sheet;

#[async_trait::async_trait]
impl Exportable for Sheet {
    fn word(&self) -> &'static str {
        "prices"
    }

    fn title(&self) -> Text {
        Text::new("价格", "Prices")
    }

    fn entity(&self) -> Option<Entity> {
        Some(Entity::PriceList)
    }

    fn filters(&self) -> &'static [&'static str] {
        &["price_list", "q"]
    }

    fn columns(&self) -> Vec<Column> {
        Column::all(COLUMNS)
    }

    async fn rows(&self, reading: &Reading<'_>, page: &PageQuery) -> Result<Rows, Problem> {
        let Wanted { price_list, q } = reading.filters.read()?;
        let needed = || {
            let (zh, en) = ("请选择要导出哪张价目表。", "Choose the price list that is to be exported.");
            Problem::invalid("export_filter", "filters.price_list", zh, en)
        };
        scope::asked(reading.actor, Entity::PriceList)?;
        let seeing = Seeing::of(reading.actor);
        let found = store::list(reading.db, &seeing, price_list.ok_or_else(needed)?).await?;
        let list = found.ok_or_else(|| Problem::not_found().field("filters.price_list"))?;
        let page = store::prices(reading.db, &seeing, list.id, q.as_deref(), page).await?;
        let hundredths = |amount: Option<i64>| amount.map_or(Out::Empty, |amount| yuan(Money::from_raw(amount)));
        Ok(Rows::of(page, |row| {
            vec![
                list.code.clone().into(),
                row.code.into(),
                reading.titles((&row.name, &row.name_en)),
                row.unit.into(),
                hundredths(Some(row.unit_price_fen)),
                hundredths(row.cost_fen),
                hundredths(row.most_discount_bp.map(i64::from)),
            ]
        }))
    }
}
