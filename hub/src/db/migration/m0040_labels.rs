//! Label templates as a data set of edges.

use sea_orm_migration::prelude::*;

/// See the head of this file.
pub(super) struct Labels;

impl MigrationName for Labels {
    fn name(&self) -> &'static str {
        "m0040_labels"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Labels {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.get_connection().execute_unprepared("INSERT INTO dataset (name, version) VALUES ('labels', 1)").await.map(drop)
    }
}
