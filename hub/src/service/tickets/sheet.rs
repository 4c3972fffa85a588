//! Tickets as rows of a sheet. What is personal is masked there whatever the reader may see: a sheet goes where nobody is asked any more.

use sea_orm::DatabaseConnection;

use super::api::TicketQuery;
use super::model::TicketRow;
use super::personal::Reader;
use super::store;
use crate::http::page::{Page, PageQuery};
use crate::http::problem::Problem;
use crate::platform::identity::Actor;
use crate::platform::scope::{self, Entity};
use crate::platform::vault::Vault;

/// Some of the tickets that somebody sees, newest first.
///
/// # Errors
/// A problem: without the right, out of scope, or when the database fails.
pub async fn rows(
    (db, vault): (&DatabaseConnection, &Vault),
    actor: &Actor,
    wanted: &TicketQuery,
    page: &PageQuery,
) -> Result<Page<TicketRow>, Problem> {
    let scope = scope::asked(actor, Entity::Ticket)?;
    let reader = Reader::masked(vault.for_reading(db).await?, actor.clone());
    store::list(db, &reader, &scope, &wanted.asked(actor)?, page).await
}
