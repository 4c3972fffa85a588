//! Payments as a sheet.

use super::api::{PaymentQuery, methods_of};
use super::store;
use crate::http::page::PageQuery;
use crate::http::problem::{Problem, Text};
use crate::platform::export::{Column, Exportable, Out, Reading, Rows, Words, yuan};
use crate::platform::scope::{self, Entity};

const COLUMNS: Words = &[
    ("id", "流水号", "Number"),
    ("at", "时间", "Time"),
    ("day", "对账日", "Day of the count"),
    ("kind", "类型", "Kind"),
    ("customer", "客户", "Customer"),
    ("organisation", "所属组织", "Organisation"),
    ("amount", "金额（元）", "Amount (yuan)"),
    ("method", "收款方式", "Method"),
    ("reference", "凭证号", "Number of the slip"),
    ("from_order", "从订单", "From order"),
    ("to_order", "到订单", "To order"),
    ("reverses", "撤销了流水号", "Undoes"),
    ("reversed_by", "被流水号撤销", "Undone by"),
    ("reason", "原因", "Reason"),
    ("author", "经手人", "By"),
];

/// Kinds of payments.
const KINDS: Words = &[
    ("receive", "收款", "received"),
    ("refund", "退款", "paid back"),
    ("apply", "用于订单", "applied to an order"),
    ("take_back", "从订单退回", "taken back from an order"),
    ("move", "移到另一订单", "moved to another order"),
    ("undo", "撤销", "undone"),
];

/// What customers paid.
pub struct Sheet;

#[async_trait::async_trait]
impl Exportable for Sheet {
    fn word(&self) -> &'static str {
        "payments"
    }

    fn title(&self) -> Text {
        Text::new("收款", "Payments")
    }

    fn entity(&self) -> Option<Entity> {
        Some(Entity::Payment)
    }

    fn filters(&self) -> &'static [&'static str] {
        &["below", "q", "kind", "method", "customer", "order", "from", "to"]
    }

    fn columns(&self) -> Vec<Column> {
        Column::all(COLUMNS)
    }

    async fn rows(&self, reading: &Reading<'_>, page: &PageQuery) -> Result<Rows, Problem> {
        let asked = reading.filters.read::<PaymentQuery>()?.asked(reading.actor)?;
        let scope = scope::asked(reading.actor, Entity::Payment)?;
        let methods = methods_of(&*reading.settings.lists().await?);
        let page = store::list(reading.db, &reading.actor.tree, &scope, &asked, page).await?;
        let method = |code: &str| {
            let found = methods.iter().find(|method| method.code == code);
            found.map_or_else(|| Out::from(code), |method| reading.titles((&method.title, &method.title_en)))
        };
        Ok(Rows::of(page, |row| {
            vec![
                row.id.into(),
                Out::Moment(row.at_ms),
                row.day.into(),
                reading.word(KINDS, &row.kind),
                row.customer_name.into(),
                row.organisation_name.into(),
                yuan(row.amount),
                method(&row.method),
                row.reference.into(),
                row.from_order_code.into(),
                row.to_order_code.into(),
                row.reverses.into(),
                row.reversed_by.into(),
                row.reason.into(),
                row.author.into(),
            ]
        }))
    }
}
