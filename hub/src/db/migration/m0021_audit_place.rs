//! A row of the audit says where in the chain it was: the audit of a part of it is then read by an index, however long the whole is.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

use super::index;

/// A column of `audit`: the organisation that the record belonged to, nothing for what belongs to the chain as a whole.
pub(super) struct AuditPlace;

impl MigrationName for AuditPlace {
    fn name(&self) -> &'static str {
        "m0021_audit_place"
    }
}

/// Kinds of records that stand somewhere, and a statement that gives their numbers as texts (`id`) and their organisations (`place`).
const PLACED: [(&str, &str); 5] = [
    ("person", "SELECT CAST(id AS TEXT) AS id, organisation_id AS place FROM hub_user"),
    ("organisation", "SELECT CAST(id AS TEXT) AS id, id AS place FROM organisation"),
    ("task", "SELECT CAST(x.id AS TEXT) AS id, s.organisation_id AS place FROM task x JOIN site s ON s.id = x.site_id"),
    ("exception", "SELECT CAST(x.id AS TEXT) AS id, s.organisation_id AS place FROM exception x JOIN site s ON s.id = x.site_id"),
    ("edge", "SELECT CAST(x.id AS TEXT) AS id, s.organisation_id AS place FROM edge x JOIN site s ON s.id = x.site_id"),
];

#[async_trait::async_trait]
impl MigrationTrait for AuditPlace {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        // The guard against rewriting is off while rows learn their place.
        let (off, on) = if manager.get_database_backend() == DbBackend::Postgres {
            ("ALTER TABLE audit DISABLE TRIGGER audit_keeps_rows", "ALTER TABLE audit ENABLE TRIGGER audit_keeps_rows")
        } else {
            (
                "DROP TRIGGER audit_keeps_what_was",
                "CREATE TRIGGER audit_keeps_what_was BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END",
            )
        };
        db.execute_unprepared("ALTER TABLE audit ADD COLUMN organisation_id BIGINT").await?;
        db.execute_unprepared(off).await?;
        for (entity, places) in PLACED {
            let fill = format!(
                "UPDATE audit SET organisation_id = p.place FROM ({places}) p WHERE audit.entity = '{entity}' AND audit.entity_id = p.id"
            );
            db.execute_unprepared(&fill).await?;
        }
        db.execute_unprepared(on).await?;
        manager.create_index(index("audit_place", "audit", &["organisation_id", "at_ms", "id"])).await
    }
}
