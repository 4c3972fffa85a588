//! Customers as a sheet. What is personal is masked there whatever the reader may see: a sheet goes where nobody is asked any more.

use super::api::CustomerQuery;
use super::personal::Reader;
use super::rules::{Choices, Gender};
use super::store;
use crate::http::page::PageQuery;
use crate::http::problem::{Problem, Text};
use crate::platform::export::{Column, Exportable, Out, Reading, Rows, Words, moment};
use crate::platform::fields::Subject;
use crate::platform::scope::{self, Entity};
use crate::platform::stages;

const COLUMNS: Words = &[
    ("code", "客户编号", "Number"),
    ("name", "姓名", "Name"),
    ("class", "客户类别", "Class"),
    ("organisation", "所属组织", "Organisation"),
    ("owner", "负责人", "Owner"),
    ("gender", "性别", "Gender"),
    ("birth_year", "出生年份", "Year of birth"),
    ("phone", "电话", "Phone"),
    ("email", "邮箱", "E-mail"),
    ("address", "住址", "Address"),
    ("employer", "工作单位", "Employer"),
    ("position", "职务", "Position"),
    ("hobbies", "兴趣爱好", "Hobbies"),
    ("source", "来源渠道", "Source"),
    ("campaign", "活动", "Campaign"),
    ("tags", "标签", "Tags"),
    ("order_count", "购买次数", "Orders"),
    ("last_order_on", "最近购买", "Last order"),
    ("stands", "商机阶段", "Stage"),
    ("created", "创建时间", "Made"),
    ("last_follow", "最近跟进", "Last follow-up"),
    ("next_follow", "下次跟进", "Next follow-up"),
    ("note", "备注", "Note"),
];

/// Customers.
pub struct Sheet;

#[async_trait::async_trait]
impl Exportable for Sheet {
    fn word(&self) -> &'static str {
        "customers"
    }

    fn title(&self) -> Text {
        Text::new("客户", "Customers")
    }

    fn entity(&self) -> Option<Entity> {
        Some(Entity::Customer)
    }

    fn subject(&self) -> Option<Subject> {
        Some(Subject::Customer)
    }

    fn filters(&self) -> &'static [&'static str] {
        &["below", "q", "owner", "class", "source", "tags", "idle", "due"]
    }

    fn columns(&self) -> Vec<Column> {
        Column::all(COLUMNS)
    }

    async fn rows(&self, reading: &Reading<'_>, page: &PageQuery) -> Result<Rows, Problem> {
        let (db, actor, set, zh) = (reading.db, reading.actor, reading.set()?, reading.zh());
        let scope = scope::asked(actor, Entity::Customer)?;
        let asked = reading.filters.read::<CustomerQuery>()?.asked(actor, set, reading.zone)?;
        let reader = Reader::masked(db, reading.vault.for_reading(db).await?, set.clone(), actor.clone()).await?;
        let choices = Choices::of(&*reading.settings.lists().await?);
        let page = store::list(db, &reader, &scope, &asked, reading.narrowed("c.")?, page).await?;
        let pipelines = stages::all(db).await?;
        let stage = |pipeline: &str, code: &str| {
            let found = pipelines.get(pipeline).and_then(|of| of.stages.iter().find(|stage| stage.code == code));
            found.map_or_else(
                || code.to_owned(),
                |stage| if zh || stage.title_en.is_empty() { &stage.title } else { &stage.title_en }.clone(),
            )
        };
        Ok(Rows::of(page, |row| {
            let gender = match row.gender {
                Some(Gender::Female) => reading.titles(("女", "female")),
                Some(Gender::Male) => reading.titles(("男", "male")),
                None => Out::Empty,
            };
            let own: [Out; 23] = [
                row.code.into(),
                row.name.into(),
                reading.titles(row.class.titles()),
                row.organisation_name.into(),
                row.owner_name.into(),
                gender,
                row.birth_year.map(i64::from).into(),
                row.phone.into(),
                row.email.into(),
                row.address.into(),
                row.employer.into(),
                row.position.into(),
                row.hobbies.into(),
                row.source.as_deref().map(|source| choices.source(source, zh)).into(),
                row.campaign.into(),
                row.tags.as_ref().map(|tags| choices.titles(tags, zh)).into(),
                row.order_count.into(),
                row.last_order_on.into(),
                row.stands.map(|at| stage(&at.pipeline, &at.stage)).into(),
                Out::Moment(row.created_ms),
                moment(row.last_follow_ms),
                moment(row.next_follow_ms),
                row.note.into(),
            ];
            reading.with_custom(own, &row.custom)
        }))
    }
}
