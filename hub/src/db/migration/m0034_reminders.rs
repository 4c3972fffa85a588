//! The reminder of prospects who were left alone too long, every morning at nine; a schedule like any other from then on.

use sea_orm_migration::prelude::*;

/// See the head of this file.
pub(super) struct Reminders;

impl MigrationName for Reminders {
    fn name(&self) -> &'static str {
        "m0034_reminders"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Reminders {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // The first planned time lies long ago: it is skipped, and the next one is worked out in the chain's time zone.
        let made = Query::insert()
            .into_table("schedule")
            .columns(["name", "kind", "args", "cron", "missed", "enabled", "next_ms", "created_by", "created_ms", "version"])
            .values_panic([
                "客户未跟进提醒".into(),
                "customers_idle".into(),
                serde_json::json!({"days": 5}).into(),
                "0 9 * * *".into(),
                "skip".into(),
                true.into(),
                1_i64.into(),
                "hub".into(),
                0_i64.into(),
                1_i64.into(),
            ])
            .to_owned();
        manager.exec_stmt(made).await
    }
}
