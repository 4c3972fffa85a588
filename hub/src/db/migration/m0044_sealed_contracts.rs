//! What was signed of a contract, word for word, with its digest.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{string_null, text_null};

/// See the head of this file.
pub(super) struct SealedContracts;

impl MigrationName for SealedContracts {
    fn name(&self) -> &'static str {
        "m0044_sealed_contracts"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for SealedContracts {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in [text_null("sealed"), string_null("sealed_digest")] {
            manager.alter_table(Table::alter().table("contract").add_column(column).take()).await?;
        }
        Ok(())
    }
}
