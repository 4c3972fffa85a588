//! Opportunities as a sheet.

use super::api::OpportunityQuery;
use super::rules::State;
use super::store::{self, Reader};
use crate::http::page::PageQuery;
use crate::http::problem::{Problem, Text};
use crate::platform::export::{Column, Exportable, Out, Reading, Rows, Words, moment};
use crate::platform::fields::Subject;
use crate::platform::scope::{self, Entity};
use crate::platform::stages;

const COLUMNS: Words = &[
    ("code", "商机编号", "Number"),
    ("title", "商机名称", "Title"),
    ("customer", "客户", "Customer"),
    ("organisation", "所属组织", "Organisation"),
    ("owner", "负责人", "Owner"),
    ("stage", "阶段", "Stage"),
    ("state", "状态", "State"),
    ("amount", "预计金额", "Expected amount"),
    ("expected_on", "预计签约", "Expected on"),
    ("stage_since", "进入阶段时间", "In this stage since"),
    ("overdue", "已超时", "Overdue"),
    ("block_reason", "停滞原因", "Stuck for"),
    ("created", "创建时间", "Made"),
    ("closed", "结束时间", "Closed"),
];

/// Opportunities.
pub struct Sheet;

#[async_trait::async_trait]
impl Exportable for Sheet {
    fn word(&self) -> &'static str {
        "opportunities"
    }

    fn title(&self) -> Text {
        Text::new("商机", "Opportunities")
    }

    fn entity(&self) -> Option<Entity> {
        Some(Entity::Opportunity)
    }

    fn subject(&self) -> Option<Subject> {
        Some(Subject::Opportunity)
    }

    fn filters(&self) -> &'static [&'static str] {
        &["below", "q", "customer", "owner", "pipeline", "stage", "state", "overdue", "blocked"]
    }

    fn columns(&self) -> Vec<Column> {
        Column::all(COLUMNS)
    }

    async fn rows(&self, reading: &Reading<'_>, page: &PageQuery) -> Result<Rows, Problem> {
        let (actor, set) = (reading.actor, reading.set()?);
        let scope = scope::asked(actor, Entity::Opportunity)?;
        let asked = reading.filters.read::<OpportunityQuery>()?.asked(actor)?;
        let reader = Reader::with(reading.db, set.clone(), actor.clone()).await?;
        let page = store::list(reading.db, (&reader, &actor.tree), &scope, &asked, reading.narrowed("p.")?, page).await?;
        let pipelines = stages::all(reading.db).await?;
        let stage = |pipeline: &str, code: &str| pipelines.get(pipeline).and_then(|of| of.stages.iter().find(|stage| stage.code == code));
        let state = |state: State| match state {
            State::Open => ("进行中", "open"),
            State::Won => ("已签约", "won"),
            State::Lost => ("已流失", "lost"),
        };
        Ok(Rows::of(page, |row| {
            let stage = stage(&row.pipeline, &row.stage);
            let stuck = stage.and_then(|stage| stage.block_reasons.iter().find(|reason| reason.code == row.block_reason));
            let own: [Out; 14] = [
                row.code.into(),
                row.title.into(),
                row.customer_name.into(),
                row.organisation_name.into(),
                row.owner_name.into(),
                stage.map_or_else(|| row.stage.as_str().into(), |stage| reading.titles((&stage.title, &stage.title_en))),
                reading.titles(state(row.state)),
                row.amount.map(|amount| amount.to_string()).into(),
                row.expected_on.into(),
                Out::Moment(row.stage_since_ms),
                reading.yes(row.overdue),
                stuck.map_or_else(|| row.block_reason.as_str().into(), |reason| reading.titles((&reason.title, &reason.title_en))),
                Out::Moment(row.created_ms),
                moment(row.closed_ms),
            ];
            reading.with_custom(own, &row.custom)
        }))
    }
}
