//! Tickets as a sheet. What is personal is masked there whatever the reader may see: a sheet goes where nobody is asked any more.

use super::api::TicketQuery;
use super::personal::Reader;
use super::rules::Choices;
use super::store;
use crate::http::page::PageQuery;
use crate::http::problem::{Problem, Text};
use crate::platform::export::{Column, Exportable, Out, Reading, Rows, Words, moment};
use crate::platform::fields::Subject;
use crate::platform::scope::Entity;

const COLUMNS: Words = &[
    ("code", "工单号", "Number"),
    ("kind", "类型", "For"),
    ("fault", "故障类别", "Kind of fault"),
    ("state", "状态", "State"),
    ("organisation", "服务组织", "Organisation"),
    ("dispatcher", "派单人", "Dispatcher"),
    ("installer", "师傅", "Installer"),
    ("contact", "联系人", "Contact"),
    ("phone", "电话", "Phone"),
    ("address", "地址", "Address"),
    ("item", "商品", "Item"),
    ("from", "来源工单", "Made of"),
    ("problem", "问题描述", "Problem"),
    ("steps", "解决步骤", "Steps"),
    ("result", "处理结果", "Result"),
    ("satisfaction", "满意度", "Satisfaction"),
    ("feedback", "反馈时间", "Told"),
    ("appointed", "预约时间", "Appointment"),
    ("due", "应完成", "Due"),
    ("done", "完工时间", "Done"),
    ("far", "定位偏远", "Checked in from afar"),
    ("note", "备注", "Note"),
];

/// Service tickets.
pub struct Sheet;

#[async_trait::async_trait]
impl Exportable for Sheet {
    fn word(&self) -> &'static str {
        "tickets"
    }

    fn title(&self) -> Text {
        Text::new("服务工单", "Service tickets")
    }

    fn entity(&self) -> Option<Entity> {
        Some(Entity::Ticket)
    }

    fn subject(&self) -> Option<Subject> {
        Some(Subject::Ticket)
    }

    fn filters(&self) -> &'static [&'static str] {
        &["below", "q", "kind", "state", "installer", "customer", "order", "fault", "from", "to", "appointed", "due", "far", "reach"]
    }

    fn columns(&self) -> Vec<Column> {
        Column::all(COLUMNS)
    }

    async fn rows(&self, reading: &Reading<'_>, page: &PageQuery) -> Result<Rows, Problem> {
        let (db, actor, zh) = (reading.db, reading.actor, reading.zh());
        let asked = reading.filters.read::<TicketQuery>()?;
        let (scope, asked) = (asked.scope(actor)?, asked.asked(actor, reading.zone)?);
        let reader = Reader::masked(reading.vault.for_reading(db).await?, reading.set()?.clone(), actor.clone());
        let choices = Choices::of(&*reading.settings.lists().await?);
        let page = store::list(db, &reader, &scope, &asked, reading.narrowed("c.")?, page).await?;
        Ok(Rows::of(page, |row| {
            let own: [Out; 22] = [
                row.code.into(),
                reading.titles(row.kind.titles()),
                choices.fault(&row.fault, zh).into(),
                reading.titles(row.state.titles()),
                row.organisation_name.into(),
                row.dispatcher_name.into(),
                row.installer_name.into(),
                row.contact.into(),
                row.phone.into(),
                row.address.into(),
                row.item_name.into(),
                row.from_code.into(),
                row.problem.into(),
                row.steps.into(),
                row.result.into(),
                row.satisfaction.map(i64::from).into(),
                Out::Moment(row.feedback_ms),
                moment(row.appointed_ms),
                moment(row.due_ms),
                moment(row.done_ms),
                reading.yes(row.far),
                row.note.into(),
            ];
            reading.with_custom(own, &row.custom)
        }))
    }
}
