//! Indexes for what is thrown out: what still speaks of a notice is looked for before it goes.

use sea_orm_migration::prelude::*;

use super::index;

/// See the head of this file.
pub(super) struct Keep;

impl MigrationName for Keep {
    fn name(&self) -> &'static str {
        "m0024_keep"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Keep {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_index(index("message_notice", "message", &["notice_id"])).await?;
        manager.create_index(index("webhook_delivery_notice", "webhook_delivery", &["notice_id"])).await
    }
}
