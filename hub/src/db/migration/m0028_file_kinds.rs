//! What a file is to its record: a sketch, a signed quote, a photo. Gates and pages ask for files by it.

use sea_orm_migration::prelude::*;

/// See the head of this file.
pub(super) struct FileKinds;

impl MigrationName for FileKinds {
    fn name(&self) -> &'static str {
        "m0028_file_kinds"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for FileKinds {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.get_connection().execute_unprepared("ALTER TABLE file ADD COLUMN kind VARCHAR NOT NULL DEFAULT ''").await?;
        Ok(())
    }
}
