//! Opportunities as rows of a sheet.

use std::collections::BTreeMap;
use std::sync::Arc;

use sea_orm::DatabaseConnection;

use super::api::OpportunityQuery;
use super::model::OpportunityRow;
use super::store::{self, Reader};
use crate::http::page::{Page, PageQuery};
use crate::http::problem::Problem;
use crate::platform::fields::Compiled;
use crate::platform::fields::access::CustomQuery;
use crate::platform::identity::Actor;
use crate::platform::scope::{self, Entity};

/// Some of the opportunities that somebody sees, newest first.
///
/// # Errors
/// A problem: without the right, out of scope, or when the database fails.
pub async fn rows(
    db: &DatabaseConnection,
    set: &Arc<Compiled>,
    actor: &Actor,
    (wanted, custom): (OpportunityQuery, BTreeMap<String, String>),
    page: &PageQuery,
) -> Result<Page<OpportunityRow>, Problem> {
    let scope = scope::asked(actor, Entity::Opportunity)?;
    let asked = wanted.asked(actor)?;
    let reader = Reader::with(set.clone(), actor.clone());
    let narrowed = CustomQuery::of(custom).narrow(set, actor, db.get_database_backend(), "p.")?;
    store::list(db, (&reader, &actor.tree), &scope, &asked, narrowed, page).await
}
