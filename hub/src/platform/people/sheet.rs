//! People as a sheet, with the columns of an import: what comes out goes in again and changes nothing. What is personal is masked there
//! whatever the reader may see: a sheet goes where nobody is asked any more.

use super::api::PeopleQuery;
use super::personal::Reader;
use super::store;
use super::written::Written;
use crate::http::page::PageQuery;
use crate::http::problem::{Problem, Text};
use crate::platform::export::{Column, Exportable, Out, Reading, Rows, Words};
use crate::platform::fields::Subject;
use crate::platform::scope::{self, Entity};

const COLUMNS: Words = &[
    ("name", "姓名", "Name"),
    ("login", "账号", "Login"),
    ("organisation", "组织", "Organisation"),
    ("organisation_code", "组织编码", "Organisation code"),
    ("roles", "角色", "Roles"),
    ("phone", "电话", "Phone"),
    ("email", "邮箱", "E-mail"),
    ("codes", "动态验证码", "One-time codes"),
    ("state", "已停用", "Disabled"),
];

/// People who sign in.
pub struct Sheet;

#[async_trait::async_trait]
impl Exportable for Sheet {
    fn word(&self) -> &'static str {
        "people"
    }

    fn title(&self) -> Text {
        Text::new("人员", "People")
    }

    fn entity(&self) -> Option<Entity> {
        Some(Entity::Person)
    }

    fn subject(&self) -> Option<Subject> {
        Some(Subject::Person)
    }

    fn filters(&self) -> &'static [&'static str] {
        &["below", "q", "role", "disabled"]
    }

    fn columns(&self) -> Vec<Column> {
        Column::all(COLUMNS)
    }

    async fn rows(&self, reading: &Reading<'_>, page: &PageQuery) -> Result<Rows, Problem> {
        let (db, actor, set) = (reading.db, reading.actor, reading.set()?);
        let scope = scope::asked(actor, Entity::Person)?;
        let asked = reading.filters.read::<PeopleQuery>()?.asked(&scope)?;
        let reader = Reader::masked(reading.vault.for_reading(db).await?, set.clone(), actor.clone());
        asked.check(&reader, actor)?;
        let written = Written::load(db, actor).await?;
        let page = store::list(db, &reader, &scope, asked, reading.narrowed("u.")?, page).await?;
        Ok(Rows::of(page, |row| {
            let own: [Out; 9] = [
                row.name.into(),
                row.login.into(),
                row.organisation_name.into(),
                row.organisation.map(|id| written.place(id)).into(),
                row.roles.map(|roles| written.roles(&roles, reading.language)).into(),
                row.phone.into(),
                row.email.into(),
                reading.yes(row.codes),
                row.disabled.map_or(Out::Empty, |disabled| reading.yes(disabled)),
            ];
            reading.with_custom(own, &row.custom)
        }))
    }
}
