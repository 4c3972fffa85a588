//! Facts of all sites, newest first: the order in which the list of scans is read.

use sea_orm_migration::prelude::*;

use super::index;

/// An index of facts by arrival.
pub(super) struct Scans;

impl MigrationName for Scans {
    fn name(&self) -> &'static str {
        "m0010_scans"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Scans {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_index(index("fact_by_arrival", "fact", &["arrived_ms", "edge_id", "epoch", "seq"])).await
    }
}
