//! Orders as a sheet.

use super::api::OrderQuery;
use super::store::{self, Reader};
use crate::finance::payments::api::methods_of;
use crate::http::page::PageQuery;
use crate::http::problem::{Problem, Text};
use crate::platform::export::{Column, Exportable, Out, Reading, Rows, Words, yuan};
use crate::platform::fields::Subject;
use crate::platform::fields::model::Choice;
use crate::platform::scope::{self, Entity};

const COLUMNS: Words = &[
    ("code", "订单编号", "Number"),
    ("state", "状态", "State"),
    ("customer", "客户", "Customer"),
    ("organisation", "所属组织", "Organisation"),
    ("owner", "负责人", "Owner"),
    ("ordered_on", "下单日期", "Ordered"),
    ("promised_on", "预计送达", "Promised"),
    ("delivered_on", "实际送达", "Delivered"),
    ("late", "逾期", "Late"),
    ("amount", "总价（元）", "Amount (yuan)"),
    ("paid", "已付（元）", "Paid (yuan)"),
    ("paid_by", "支付方式", "Paid by"),
    ("created_by", "开单人", "Made by"),
];

/// Orders.
pub struct Sheet;

#[async_trait::async_trait]
impl Exportable for Sheet {
    fn word(&self) -> &'static str {
        "orders"
    }

    fn title(&self) -> Text {
        Text::new("订单", "Orders")
    }

    fn entity(&self) -> Option<Entity> {
        Some(Entity::Order)
    }

    fn subject(&self) -> Option<Subject> {
        Some(Subject::Order)
    }

    fn filters(&self) -> &'static [&'static str] {
        &["below", "q", "owner", "customer", "state", "late", "approval", "unplanned", "counted", "from", "to", "person", "class"]
    }

    fn columns(&self) -> Vec<Column> {
        Column::all(COLUMNS)
    }

    async fn rows(&self, reading: &Reading<'_>, page: &PageQuery) -> Result<Rows, Problem> {
        let today = jiff::Timestamp::now().to_zoned(reading.zone.clone()).date().to_string();
        let asked = reading.filters.read::<OrderQuery>()?.asked(reading.actor, today)?;
        let scope = scope::asked(reading.actor, Entity::Order)?;
        let reader = Reader { actor: reading.actor, set: reading.set()? };
        let page = store::list(reading.db, reader, &scope, (&asked, &reading.narrowed("x.")?), page).await?;
        let methods = methods_of(&*reading.settings.lists().await?);
        let method = |code: &str| {
            let found = methods.iter().find(|method| method.code == code);
            let titled =
                |method: &Choice| if reading.zh() || method.title_en.is_empty() { &method.title } else { &method.title_en }.clone();
            found.map_or_else(|| code.to_owned(), titled)
        };
        Ok(Rows::of(page, |row| {
            let own: [Out; 13] = [
                row.code.into(),
                reading.titles(row.state.titles()),
                row.customer_name.into(),
                row.organisation_name.into(),
                row.owner_name.into(),
                row.ordered_on.into(),
                row.promised_on.into(),
                row.delivered_on.into(),
                reading.yes(row.late),
                yuan(row.amount),
                row.paid.map_or(Out::Empty, yuan),
                row.paid_by.map(|by| by.iter().map(|code| method(code)).collect::<Vec<_>>().join(" ")).into(),
                row.created_by.into(),
            ];
            reading.with_custom(own, &row.custom)
        }))
    }
}
