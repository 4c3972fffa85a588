//! People as rows of a sheet. What is personal is masked there whatever the reader may see: a sheet goes where nobody is asked any more.

use std::collections::BTreeMap;
use std::sync::Arc;

use sea_orm::{DatabaseConnection, DbErr, FromQueryResult};

use super::personal::Reader;
use super::store::{self, Asked, PersonRow};
use crate::http::page::{Page, PageQuery};
use crate::http::problem::{Language, Problem};
use crate::platform::fields::Compiled;
use crate::platform::fields::access::CustomQuery;
use crate::platform::identity::Actor;
use crate::platform::scope::{self, Entity};
use crate::platform::sql::Sql;
use crate::platform::vault::Vault;

/// Which people are to be in a sheet.
#[derive(Debug)]
pub struct Wanted {
    /// Of this organisation and all beneath it.
    pub below: Option<i64>,
    /// With this role.
    pub role: Option<i64>,
    /// Who may not sign in, or who may.
    pub disabled: Option<bool>,
    /// What login or name are found by.
    pub q: Option<String>,
    /// The list's parameters about custom fields.
    pub custom: BTreeMap<String, String>,
}

/// Some of the people whom somebody sees, by login.
///
/// # Errors
/// A problem: without the right, out of scope, by a field that is hidden, or when the database fails.
pub async fn rows(
    (db, vault): (&DatabaseConnection, &Vault),
    set: &Arc<Compiled>,
    actor: &Actor,
    wanted: Wanted,
    page: &PageQuery,
) -> Result<Page<PersonRow>, Problem> {
    let scope = scope::asked(actor, Entity::Person)?;
    if let Some(organisation) = wanted.below {
        scope.check_organisation(Some(organisation))?;
    }
    let Wanted { below, role, disabled, q, custom } = wanted;
    let asked = Asked { below, role, disabled, q, ..Asked::default() };
    let reader = Reader::masked(vault.for_reading(db).await?, set.clone(), actor.clone());
    asked.check(&reader, actor)?;
    let narrowed = CustomQuery::of(custom).narrow(set, actor, db.get_database_backend(), "u.")?;
    store::list(db, &reader, &scope, asked, narrowed, page).await
}

#[derive(FromQueryResult)]
struct Named {
    id: i64,
    name: String,
    name_en: String,
}

/// Names of roles by their numbers.
///
/// # Errors
/// What the database said.
pub async fn role_names(db: &DatabaseConnection, language: Language) -> Result<BTreeMap<i64, String>, DbErr> {
    let rows: Vec<Named> = Sql::new("SELECT id, name, name_en FROM role").all(db).await?;
    let name = |row: Named| if language == Language::Chinese || row.name_en.is_empty() { row.name } else { row.name_en };
    Ok(rows.into_iter().map(|row| (row.id, name(row))).collect())
}
