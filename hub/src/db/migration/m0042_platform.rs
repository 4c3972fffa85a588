//! Room for custom fields of service tickets and orders; what colleagues say about records; which sessions an identity provider opened.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, string, string_null, text_null};
use sea_orm_migration::sea_orm::DbBackend;

use super::{id, index, refers, table};

/// See the head of this file.
pub(super) struct Platform;

impl MigrationName for Platform {
    fn name(&self) -> &'static str {
        "m0042_platform"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Platform {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let kind = if manager.get_database_backend() == DbBackend::Postgres { "jsonb" } else { "json_text" };
        for of in ["ticket", "sales_order"] {
            let add = format!("ALTER TABLE {of} ADD COLUMN custom {kind} NOT NULL DEFAULT '{{}}'");
            manager.get_connection().execute_unprepared(&add).await?;
        }
        // `people`: numbers of those who are named, as JSON. `text` is sealed.
        let comment = table("comment")
            .col(id())
            .col(string("entity"))
            .col(big_integer("record_id"))
            .col(big_integer("author_id"))
            .col(string("people"))
            .col(text_null("text"))
            .col(big_integer("at_ms"))
            .col(string_null("idempotency_key").unique_key())
            .foreign_key(&mut refers("author_id", "hub_user"))
            .take();
        manager.create_table(comment).await?;
        manager.create_index(index("comment_record", "comment", &["entity", "record_id", "id"])).await?;
        let session = "ALTER TABLE hub_session ADD COLUMN outside BOOLEAN NOT NULL DEFAULT FALSE";
        manager.get_connection().execute_unprepared(session).await.map(drop)
    }
}
