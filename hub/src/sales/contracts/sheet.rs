//! The contract ledger (合同台账) as a sheet.

use super::api::ContractQuery;
use super::store;
use crate::http::page::PageQuery;
use crate::http::problem::{Problem, Text};
use crate::platform::export::{Column, Exportable, Out, Reading, Rows, Words, yuan};
use crate::platform::scope::{self, Entity};

const COLUMNS: Words = &[
    ("code", "合同编号", "Number"),
    ("state", "状态", "State"),
    ("customer", "客户", "Customer"),
    ("organisation", "所属组织", "Organisation"),
    ("owner", "负责人", "Owner"),
    ("signed_on", "签订日期", "Signed"),
    ("amount", "合同金额（元）", "Amount (yuan)"),
    ("paid", "已付（元）", "Paid (yuan)"),
    ("next_due_on", "下一期应付", "Next due"),
    ("overdue", "逾期", "Overdue"),
    ("created_by", "创建人", "Made by"),
];

/// Contracts.
pub struct Sheet;

#[async_trait::async_trait]
impl Exportable for Sheet {
    fn word(&self) -> &'static str {
        "contracts"
    }

    fn title(&self) -> Text {
        Text::new("合同台账", "Contracts")
    }

    fn entity(&self) -> Option<Entity> {
        Some(Entity::Contract)
    }

    fn filters(&self) -> &'static [&'static str] {
        &["below", "q", "owner", "customer", "opportunity", "quote", "state", "signed_from", "signed_to", "due", "approval"]
    }

    fn columns(&self) -> Vec<Column> {
        Column::all(COLUMNS)
    }

    async fn rows(&self, reading: &Reading<'_>, page: &PageQuery) -> Result<Rows, Problem> {
        let today = jiff::Timestamp::now().to_zoned(reading.zone.clone()).date().to_string();
        let asked = reading.filters.read::<ContractQuery>()?.asked(reading.actor, today)?;
        let scope = scope::asked(reading.actor, Entity::Contract)?;
        let page = store::list(reading.db, reading.actor, &scope, &asked, page).await?;
        Ok(Rows::of(page, |row| {
            vec![
                row.code.into(),
                reading.titles(row.state.titles()),
                row.customer_name.into(),
                row.organisation_name.into(),
                row.owner_name.into(),
                row.signed_on.into(),
                yuan(row.amount),
                row.paid.map_or(Out::Empty, yuan),
                row.next_due_on.into(),
                row.overdue.map_or(Out::Empty, |overdue| reading.yes(overdue)),
                row.created_by.into(),
            ]
        }))
    }
}
