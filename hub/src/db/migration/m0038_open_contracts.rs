//! How contracts are found that wait for something: drafts whose discount is to be approved, signed ones with an instalment that is due.

use sea_orm_migration::prelude::*;

use super::index;

/// See the head of this file.
pub(super) struct OpenContracts;

impl MigrationName for OpenContracts {
    fn name(&self) -> &'static str {
        "m0038_open_contracts"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for OpenContracts {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // Most days when something was due are long past: no statement looks for instalments by their day alone.
        manager.get_connection().execute_unprepared("DROP INDEX contract_instalment_due").await?;
        manager.create_index(index("contract_state", "contract", &["state", "approval", "id"])).await
    }
}
