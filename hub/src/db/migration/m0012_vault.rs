//! Keys of personal fields, the first sealed columns, and an audit that the database itself keeps anybody from rewriting.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, string, text_null};
use sea_orm_migration::sea_orm::DbBackend;

use super::{index, table};

/// See the head of this file.
pub struct Vault;

impl MigrationName for Vault {
    fn name(&self) -> &'static str {
        "m0012_vault"
    }
}

/// The columns of a person's phone and e-mail: sealed text, keyed hash to find equal ones, keyed hash of a phone's last four digits.
const COLUMNS: [&str; 5] = [
    "ALTER TABLE hub_user ADD COLUMN phone TEXT",
    "ALTER TABLE hub_user ADD COLUMN phone_hash TEXT",
    "ALTER TABLE hub_user ADD COLUMN phone_last TEXT",
    "ALTER TABLE hub_user ADD COLUMN email TEXT",
    "ALTER TABLE hub_user ADD COLUMN email_hash TEXT",
];

/// Who makes people writes their phone and e-mail; who may see a masked field whole with a reason; who reads the audit. Roles of a house's
/// own, and what was changed of these, stay as they are.
const ROLES: [&str; 3] = [
    "UPDATE role SET fields = '{\"person.phone\":\"write\",\"person.email\":\"write\"}' \
     WHERE built_in AND fields = '{}' AND code IN ('region_manager', 'dealer_owner', 'store_manager')",
    "UPDATE role SET rights = SUBSTR(rights, 1, LENGTH(rights) - 1) || ',\"reveal\"]' \
     WHERE built_in AND rights LIKE '%\"people\"%' AND code IN ('region_manager', 'dealer_owner', 'store_manager')",
    "UPDATE role SET rights = SUBSTR(rights, 1, LENGTH(rights) - 1) || ',\"audit.see\"]' \
     WHERE built_in AND rights LIKE '[\"%' AND code = 'auditor'",
];

const GUARDS_SQLITE: [&str; 3] = [
    "CREATE TRIGGER audit_keeps_what_was BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END",
    "CREATE TRIGGER audit_keeps_rows BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END",
    // INSERT OR REPLACE takes the old row away without a DELETE that a trigger would see.
    "CREATE TRIGGER audit_keeps_numbers BEFORE INSERT ON audit WHEN EXISTS (SELECT 1 FROM audit WHERE id = NEW.id) \
     BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END",
];

const GUARDS_POSTGRES: [&str; 3] = [
    "CREATE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'the audit is append-only'; END $$",
    "CREATE TRIGGER audit_keeps_rows BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION audit_append_only()",
    "CREATE TRIGGER audit_keeps_all BEFORE TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only()",
];

#[async_trait::async_trait]
impl MigrationTrait for Vault {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // `purpose`: data, hash. `state`: active, old, retired. `wrapped`: the key, sealed by the master key; gone when it is retired.
        let keys = table("vault_key")
            .col(big_integer("id").primary_key())
            .col(string("purpose"))
            .col(string("state"))
            .col(text_null("wrapped"))
            .col(big_integer("created_ms"))
            .col(big_integer_null("retired_ms"))
            .take();
        manager.create_table(keys).await?;
        // Grows with every change of the keys: who has them in memory knows when they are old, and writers and rotation meet on its row.
        let counter =
            Query::insert().into_table("setting").columns(["key", "value"]).values_panic(["vault_keys".into(), "0".into()]).to_owned();
        manager.exec_stmt(counter).await?;
        let db = manager.get_connection();
        for statement in COLUMNS.into_iter().chain(ROLES) {
            db.execute_unprepared(statement).await?;
        }
        let guards = if manager.get_database_backend() == DbBackend::Postgres { GUARDS_POSTGRES } else { GUARDS_SQLITE };
        for statement in guards {
            db.execute_unprepared(statement).await?;
        }
        manager.drop_index(Index::drop().name("audit_entity").table("audit").to_owned()).await?;
        // Every list of the audit goes from new to old: each index ends with the order.
        for index in [
            index("hub_user_phone", "hub_user", &["phone_hash"]),
            index("hub_user_phone_last", "hub_user", &["phone_last"]),
            index("hub_user_email", "hub_user", &["email_hash"]),
            index("audit_record", "audit", &["entity", "entity_id", "at_ms", "id"]),
            index("audit_kind", "audit", &["entity", "at_ms", "id"]),
            index("audit_author", "audit", &["author", "at_ms", "id"]),
            index("audit_action", "audit", &["action", "at_ms", "id"]),
            index("audit_time", "audit", &["at_ms", "id"]),
        ] {
            manager.create_index(index).await?;
        }
        Ok(())
    }
}
