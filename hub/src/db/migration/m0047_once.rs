//! Whatever a request makes keeps the `Idempotency-Key` that it was made with; comments keep where their author belonged.

use sea_orm_migration::prelude::*;

/// See the head of this file.
pub(super) struct Once;

impl MigrationName for Once {
    fn name(&self) -> &'static str {
        "m0047_once"
    }
}

/// Tables whose rows were made without a key until now.
const MADE: [&str; 13] = [
    "organisation",
    "hub_user",
    "role",
    "saved_view",
    "api_token",
    "channel",
    "webhook",
    "schedule",
    "device_assignment",
    "quote_share",
    "file",
    "import",
    "export",
];

#[async_trait::async_trait]
impl MigrationTrait for Once {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        for table in MADE {
            db.execute_unprepared(&format!("ALTER TABLE {table} ADD COLUMN idempotency_key VARCHAR")).await?;
            // Most rows have none: files of phones, people of sheets.
            let unique = format!("CREATE UNIQUE INDEX {table}_made ON {table} (idempotency_key) WHERE idempotency_key IS NOT NULL");
            db.execute_unprepared(&unique).await?;
        }
        db.execute_unprepared("ALTER TABLE comment ADD COLUMN organisation_id BIGINT").await?;
        let said = "UPDATE comment SET organisation_id = (SELECT u.organisation_id FROM hub_user u WHERE u.id = comment.author_id)";
        db.execute_unprepared(said).await.map(drop)
    }
}
