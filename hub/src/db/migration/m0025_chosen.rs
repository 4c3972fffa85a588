//! Which columns an export is to have.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::json_null;

/// See the head of this file.
pub(super) struct Chosen;

impl MigrationName for Chosen {
    fn name(&self) -> &'static str {
        "m0025_chosen"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Chosen {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.alter_table(Table::alter().table("export").add_column(json_null("chosen")).take()).await
    }
}
