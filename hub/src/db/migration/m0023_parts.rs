//! An index for what goes: kits are looked for by their parts whenever an item is deleted.

use sea_orm_migration::prelude::*;

use super::index;

/// See the head of this file.
pub(super) struct Parts;

impl MigrationName for Parts {
    fn name(&self) -> &'static str {
        "m0023_parts"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Parts {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // Without it the undo of a large import goes through all parts of all kits for each item.
        manager.create_index(index("kit_part_part", "kit_part", &["part_id"])).await
    }
}
