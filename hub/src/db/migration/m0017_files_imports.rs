//! Files, imports with every row they took in, exports.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, boolean, integer, integer_null, json, json_null, string, string_null, text_null,
};

use super::{id, index, primary, refers, table};

/// See the head of this file.
pub(super) struct FilesImports;

impl MigrationName for FilesImports {
    fn name(&self) -> &'static str {
        "m0017_files_imports"
    }
}

fn tables() -> Vec<TableCreateStatement> {
    vec![
        // `state`: arriving (written down before the store has it), kept, removed. `entity`, `record_id`: whose file it is; `import` and
        // `export` for what those rooms keep.
        table("file")
            .col(id())
            .col(string("key").unique_key())
            .col(string("name"))
            .col(string("media"))
            .col(big_integer("bytes"))
            .col(string("digest"))
            .col(boolean("thumbnail"))
            .col(integer_null("width"))
            .col(integer_null("height"))
            .col(string("entity"))
            .col(big_integer("record_id"))
            .col(string("state"))
            .col(string("created_by"))
            .col(big_integer("created_ms"))
            .col(big_integer_null("expires_ms"))
            .take(),
        // `state`: uploaded, checking, checked, running, stopped, done, undoing, undone, failed. `next_row`: rows of the sheet below this one
        // are written; it moves in the transaction that writes them.
        table("import")
            .col(id())
            .col(string("entity"))
            .col(string("state"))
            .col(big_integer_null("file_id"))
            .col(string("name"))
            .col(json("shape"))
            .col(json("headers"))
            .col(json("mapping"))
            .col(boolean("update_existing"))
            .col(integer("next_row"))
            .col(json("counts"))
            .col(json_null("checked"))
            .col(json("preview"))
            .col(text_null("error"))
            .col(big_integer_null("job_id"))
            .col(big_integer("person_id"))
            .col(string("created_by"))
            .col(big_integer("created_ms"))
            .col(big_integer_null("checked_ms"))
            .col(big_integer_null("ran_ms"))
            .col(big_integer_null("undone_ms"))
            .foreign_key(&mut refers("file_id", "file"))
            .take(),
        // `outcome`: new, changed, same, bad. `version`: of the record as the import left it; `old`: as it was before, where it was.
        // `taken_back`: undone; `refusal`: why it was not.
        table("import_row")
            .col(big_integer("import_id"))
            .col(integer("row_no"))
            .col(string("outcome"))
            .col(string("key"))
            .col(big_integer_null("record_id"))
            .col(big_integer_null("version"))
            .col(json_null("old"))
            .col(json_null("faults"))
            .col(boolean("taken_back"))
            .col(json_null("refusal"))
            .primary_key(&mut primary(&["import_id", "row_no"]))
            .foreign_key(&mut refers("import_id", "import"))
            .take(),
        // `state`: waiting, done, failed. `rights`: those that a token allows; null for a person.
        table("export")
            .col(id())
            .col(string("list"))
            .col(string("format"))
            .col(string("language"))
            .col(json("query"))
            .col(json_null("rights"))
            .col(string("state"))
            .col(big_integer_null("file_id"))
            .col(big_integer("row_count"))
            .col(string_null("error"))
            .col(big_integer_null("job_id"))
            .col(big_integer("person_id"))
            .col(string("created_by"))
            .col(big_integer("created_ms"))
            .col(big_integer_null("ended_ms"))
            .col(big_integer("expires_ms"))
            .foreign_key(&mut refers("file_id", "file"))
            .take(),
    ]
}

#[async_trait::async_trait]
impl MigrationTrait for FilesImports {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in tables() {
            manager.create_table(table).await?;
        }
        let indices = [
            index("file_record", "file", &["entity", "record_id", "id"]),
            index("file_state", "file", &["state", "created_ms"]),
            index("file_expiry", "file", &["expires_ms"]),
            index("import_owner", "import", &["created_by", "id"]),
            index("export_owner", "export", &["created_by", "id"]),
        ];
        for index in indices {
            manager.create_index(index).await?;
        }
        Ok(())
    }
}
