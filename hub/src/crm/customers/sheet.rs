//! Customers as rows of a sheet. What is personal is masked there whatever the reader may see: a sheet goes where nobody is asked any more.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::tz::TimeZone;
use sea_orm::DatabaseConnection;

use super::api::CustomerQuery;
use super::model::CustomerRow;
use super::personal::Reader;
use super::store;
use crate::http::page::{Page, PageQuery};
use crate::http::problem::Problem;
use crate::platform::fields::Compiled;
use crate::platform::fields::access::CustomQuery;
use crate::platform::identity::Actor;
use crate::platform::scope::{self, Entity};
use crate::platform::vault::Vault;

/// Some of the customers whom somebody sees, newest first.
///
/// # Errors
/// A problem: without the right, out of scope, by a field that is hidden, or when the database fails.
pub async fn rows(
    (db, vault): (&DatabaseConnection, &Vault),
    set: &Arc<Compiled>,
    actor: &Actor,
    zone: &TimeZone,
    (wanted, custom): (CustomerQuery, BTreeMap<String, String>),
    page: &PageQuery,
) -> Result<Page<CustomerRow>, Problem> {
    let scope = scope::asked(actor, Entity::Customer)?;
    let asked = wanted.asked(actor, set, zone)?;
    let reader = Reader::masked(vault.for_reading(db).await?, set.clone(), actor.clone());
    let narrowed = CustomQuery::of(custom).narrow(set, actor, db.get_database_backend(), "c.")?;
    store::list(db, &reader, &scope, &asked, narrowed, page).await
}
