//! What is searched: which record has which words, how words that are not typed as they stand are found, and what each record had.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer_null, integer, string, text};
use sea_orm_migration::sea_orm::DbBackend;

use super::{primary, table};

/// See the head of this file.
pub(super) struct Search;

impl MigrationName for Search {
    fn name(&self) -> &'static str {
        "m0013_search"
    }
}

/// A text that is compared byte by byte, so that a beginning is one range of an index.
fn bytes(name: &'static str, backend: DbBackend) -> ColumnDef {
    let mut column = string(name);
    if backend == DbBackend::Postgres { column.extra("COLLATE \"C\"").take() } else { column }
}

#[async_trait::async_trait]
impl MigrationTrait for Search {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();
        // `kind`, `field`, `tier`: numbers of platform::search.
        let uses = table("search_use")
            .col(integer("kind"))
            .col(bytes("word", backend))
            .col(string("record"))
            .col(integer("field"))
            .col(big_integer_null("site_id"))
            .primary_key(&mut primary(&["kind", "word", "record"]))
            .take();
        let keys = table("search_key")
            .col(bytes("key", backend))
            .col(bytes("word", backend))
            .col(integer("tier"))
            .primary_key(&mut primary(&["key", "word"]))
            .take();
        let records = table("search_record")
            .col(integer("kind"))
            .col(string("record"))
            .col(text("words"))
            .primary_key(&mut primary(&["kind", "record"]))
            .take();
        for mut made in [uses, keys, records] {
            if backend == DbBackend::Sqlite {
                // The key is the whole row or nearly so: kept once, not twice.
                made.extra("WITHOUT ROWID");
            }
            manager.create_table(made).await?;
        }
        Ok(())
    }
}
