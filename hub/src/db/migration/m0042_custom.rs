//! Room for custom fields of service tickets and orders.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

/// See the head of this file.
pub(super) struct Custom;

impl MigrationName for Custom {
    fn name(&self) -> &'static str {
        "m0042_custom"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Custom {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let kind = if manager.get_database_backend() == DbBackend::Postgres { "jsonb" } else { "json_text" };
        for of in ["ticket", "sales_order"] {
            let add = format!("ALTER TABLE {of} ADD COLUMN custom {kind} NOT NULL DEFAULT '{{}}'");
            manager.get_connection().execute_unprepared(&add).await?;
        }
        Ok(())
    }
}
