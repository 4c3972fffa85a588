//! Orders of a state, the newest first.

use sea_orm_migration::prelude::*;

use super::index;

/// See the head of this file.
pub(super) struct OrderStates;

impl MigrationName for OrderStates {
    fn name(&self) -> &'static str {
        "m0041_order_states"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for OrderStates {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_index(index("order_newest", "sales_order", &["state", "id"])).await
    }
}
