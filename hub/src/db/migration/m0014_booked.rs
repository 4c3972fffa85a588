//! Movements are summed over a day.

use sea_orm_migration::prelude::*;

use super::index;

/// An index of movements by the time they were booked.
pub(super) struct Booked;

impl MigrationName for Booked {
    fn name(&self) -> &'static str {
        "m0014_booked"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Booked {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_index(index("movement_booked", "movement", &["booked_ms"])).await
    }
}
