//! Indexes of what was moved by work, and of stock that is there: lists of thousands of sites count and sum it without its rows.

use sea_orm_migration::prelude::*;

/// See the head of this file.
pub(super) struct Moved;

impl MigrationName for Moved {
    fn name(&self) -> &'static str {
        "m0026_moved"
    }
}

const STEPS: [&str; 6] = [
    "DROP INDEX movement_booked",
    // The opening stock of a large chain is booked on one day, and no work of that day.
    "CREATE INDEX movement_booked ON movement (booked_ms) WHERE reason <> 'opening'",
    "DROP INDEX stock_item_site",
    "CREATE INDEX stock_item_site ON stock (item_id, site_id, lot, carton, quantity) WHERE site_id IS NOT NULL AND quantity <> 0",
    "DROP INDEX stock_site_item",
    "CREATE INDEX stock_site_item ON stock (site_id, item_id) WHERE site_id IS NOT NULL AND quantity <> 0",
];

#[async_trait::async_trait]
impl MigrationTrait for Moved {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for step in STEPS {
            manager.get_connection().execute_unprepared(step).await?;
        }
        Ok(())
    }
}
