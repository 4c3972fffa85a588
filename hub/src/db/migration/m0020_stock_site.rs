//! Stock says itself at which site it lies: lists of thousands of sites then read it without asking each location.

use sea_orm_migration::prelude::*;

/// A column of `stock`: the site of a real location, nothing for those that exist in the books alone.
pub(super) struct StockSite;

impl MigrationName for StockSite {
    fn name(&self) -> &'static str {
        "m0020_stock_site"
    }
}

const STEPS: [&str; 4] = [
    "ALTER TABLE stock ADD COLUMN site_id BIGINT",
    "UPDATE stock SET site_id = (SELECT l.site_id FROM location l WHERE l.id = stock.location_id AND l.kind IN ('bin','receiving','staging'))",
    "CREATE INDEX stock_item_site ON stock (item_id, site_id) WHERE site_id IS NOT NULL",
    "CREATE INDEX stock_site_item ON stock (site_id, item_id) WHERE site_id IS NOT NULL",
];

#[async_trait::async_trait]
impl MigrationTrait for StockSite {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for step in STEPS {
            manager.get_connection().execute_unprepared(step).await?;
        }
        Ok(())
    }
}
