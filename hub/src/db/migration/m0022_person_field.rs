//! Values of personal custom fields of people: sealed, each in a row of its own, with a keyed hash to find equal ones.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, string, text, text_null};

use super::{id, index, refers, table};

/// See the head of this file.
pub(super) struct PersonField;

impl MigrationName for PersonField {
    fn name(&self) -> &'static str {
        "m0022_person_field"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for PersonField {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let values = table("person_field")
            .col(id())
            .col(big_integer("person_id"))
            .col(string("field"))
            .col(text("value"))
            .col(text_null("value_hash"))
            .foreign_key(&mut refers("person_id", "hub_user"))
            .take();
        manager.create_table(values).await?;
        manager.create_index(index("person_field_of", "person_field", &["person_id", "field"]).unique().take()).await?;
        manager.create_index(index("person_field_found", "person_field", &["value_hash", "field"])).await
    }
}
