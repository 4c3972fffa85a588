//! People as a sheet. What is personal is masked there whatever the reader may see: a sheet goes where nobody is asked any more.

use std::collections::BTreeMap;

use sea_orm::{DatabaseConnection, DbErr, FromQueryResult};

use super::api::PeopleQuery;
use super::personal::Reader;
use super::store;
use crate::http::page::PageQuery;
use crate::http::problem::{Language, Problem, Text};
use crate::platform::export::{Column, Exportable, Out, Reading, Rows, Words};
use crate::platform::fields::Subject;
use crate::platform::scope::{self, Entity};
use crate::platform::sql::Sql;

const COLUMNS: Words = &[
    ("name", "姓名", "Name"),
    ("login", "账号", "Login"),
    ("organisation", "组织", "Organisation"),
    ("roles", "角色", "Roles"),
    ("phone", "电话", "Phone"),
    ("email", "邮箱", "E-mail"),
    ("codes", "动态验证码", "One-time codes"),
    ("state", "已停用", "Disabled"),
];

#[derive(FromQueryResult)]
struct Named {
    id: i64,
    name: String,
    name_en: String,
}

/// Names of roles by their numbers.
async fn role_names(db: &DatabaseConnection, language: Language) -> Result<BTreeMap<i64, String>, DbErr> {
    let rows: Vec<Named> = Sql::new("SELECT id, name, name_en FROM role").all(db).await?;
    let name = |row: Named| if language == Language::Chinese || row.name_en.is_empty() { row.name } else { row.name_en };
    Ok(rows.into_iter().map(|row| (row.id, name(row))).collect())
}

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
        let named = role_names(db, reading.language).await?;
        let page = store::list(db, &reader, &scope, asked, reading.narrowed("u.")?, page).await?;
        Ok(Rows::of(page, |row| {
            let roles = row.roles.as_ref().map(|roles| {
                let names: Vec<&str> = roles.iter().filter_map(|role| named.get(&role.role)).map(String::as_str).collect();
                names.join("; ")
            });
            let own: [Out; 8] = [
                row.name.into(),
                row.login.into(),
                row.organisation_name.into(),
                roles.into(),
                row.phone.into(),
                row.email.into(),
                reading.yes(row.codes),
                row.disabled.map_or(Out::Empty, |disabled| reading.yes(disabled)),
            ];
            reading.with_custom(own, &row.custom)
        }))
    }
}
