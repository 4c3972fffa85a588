//! Lists as people like to see them: kept by one person, and shared with an organisation or a role within it.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, boolean, string, text};

use super::{id, index, refers, table};

/// See the head of this file.
pub(super) struct Views;

impl MigrationName for Views {
    fn name(&self) -> &'static str {
        "m0016_views"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Views {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // `list`: the list's word in the pages. `query`: its filters as they stand in the address. `hidden`: a JSON list of columns.
        // Shared with everybody in `organisation_id` and beneath it who has the role `role_id`, or any role when there is none.
        // A role may be deleted: nobody has it any more, and the view is its owner's alone.
        let views = table("saved_view")
            .col(id())
            .col(big_integer("person_id"))
            .col(string("list"))
            .col(string("name"))
            .col(text("query"))
            .col(text("hidden"))
            .col(boolean("dense"))
            .col(big_integer_null("organisation_id"))
            .col(big_integer_null("role_id"))
            .col(big_integer("created_ms"))
            .col(big_integer("version"))
            .foreign_key(&mut refers("person_id", "hub_user"))
            .foreign_key(&mut refers("organisation_id", "organisation"))
            .take();
        manager.create_table(views).await?;
        manager.create_index(index("saved_view_own", "saved_view", &["person_id", "list", "name"]).unique().take()).await?;
        manager.create_index(index("saved_view_shared", "saved_view", &["organisation_id"])).await
    }
}
