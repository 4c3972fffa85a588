//! Indexes for chains of thousands of sites: what lists, counters, imports and their undo ask for, each question with its own.

use sea_orm_migration::prelude::*;

/// See the head of this file.
pub(super) struct Large;

impl MigrationName for Large {
    fn name(&self) -> &'static str {
        "m0019_large"
    }
}

const INDEXES: [&str; 12] = [
    // The few tasks among a million that somebody still has to do.
    "CREATE INDEX task_unfinished ON task (id, site_id, state) WHERE state IN ('open', 'started')",
    "CREATE INDEX task_newest ON task (site_id, id)",
    // Whether an item, a location or an operator is in use.
    "CREATE INDEX task_line_item ON task_line (item_id) WHERE item_id IS NOT NULL",
    "CREATE INDEX task_line_location ON task_line (location_id) WHERE location_id IS NOT NULL",
    "CREATE INDEX count_line_item ON count_line (item_id)",
    "CREATE INDEX count_location_place ON count_location (location_id)",
    "CREATE INDEX fact_operator ON fact (operator_id) WHERE operator_id IS NOT NULL",
    // Lists from new to old.
    "CREATE INDEX notification_newest ON notification (user_id, at_ms, id)",
    "CREATE INDEX export_person ON export (person_id, id)",
    "CREATE INDEX exception_site ON exception (site_id, state, id)",
    // Counters of what has failed.
    "CREATE INDEX job_state ON job (state, id)",
    "CREATE INDEX webhook_delivery_failed ON webhook_delivery (state, id)",
];

#[async_trait::async_trait]
impl MigrationTrait for Large {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for index in INDEXES {
            manager.get_connection().execute_unprepared(index).await?;
        }
        Ok(())
    }
}
