//! What each edge declared missing of a task's lines, which task an entry of a task log is about, and which lines of a count were seen.

use std::collections::BTreeMap;

use qitao_domain::event::{Effect, Fact};
use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, boolean, string};

use super::{primary, table};

/// See the head of this file.
pub struct Shares;

impl MigrationName for Shares {
    fn name(&self) -> &'static str {
        "m0004_shares"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Shares {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let shorts = table("line_short")
            .col(big_integer("line_id"))
            .col(string("edge_id"))
            .col(big_integer("short"))
            .primary_key(&mut primary(&["line_id", "edge_id"]))
            .take();
        manager.create_table(shorts).await?;
        let task = Table::alter().table("task_log").add_column(big_integer_null("task_id")).take();
        manager.alter_table(task).await?;
        // A line of a count that moved and was not seen is kept too, since then.
        let seen = Table::alter().table("count_line").add_column(boolean("seen").default(true)).take();
        manager.alter_table(seen).await?;
        fill_tasks(manager).await?;
        fill_shorts(manager).await
    }
}

async fn rows(manager: &SchemaManager<'_>, sql: &str) -> Result<Vec<sea_orm::QueryResult>, DbErr> {
    let db = manager.get_connection();
    db.query_all_raw(sea_orm::Statement::from_string(db.get_database_backend(), sql)).await
}

async fn run(manager: &SchemaManager<'_>, sql: &str, values: Vec<sea_orm::Value>) -> Result<(), DbErr> {
    let db = manager.get_connection();
    db.execute_raw(sea_orm::Statement::from_sql_and_values(db.get_database_backend(), sql, values)).await.map(drop)
}

/// Entries that are there name their task in their text alone.
async fn fill_tasks(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    for row in rows(manager, "SELECT edge_id, number, entry FROM task_log").await? {
        let entry: serde_json::Value = row.try_get("", "entry")?;
        let task = entry.get("task").and_then(|task| task.as_i64().or_else(|| task.get("id")?.as_i64()));
        let edge: String = row.try_get("", "edge_id")?;
        let number: i64 = row.try_get("", "number")?;
        run(manager, "UPDATE task_log SET task_id = $1 WHERE edge_id = $2 AND number = $3", vec![task.into(), edge.into(), number.into()])
            .await?;
    }
    Ok(())
}

/// Which edge declared what missing is written in the facts of tasks that are still open.
async fn fill_shorts(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let open = "SELECT f.edge_id, f.body FROM fact f JOIN task t ON t.id = f.task_id WHERE t.state IN ('open', 'started') \
                AND f.body LIKE '%\"do\":\"short\"%'";
    let mut shorts: BTreeMap<(i64, String), i64> = BTreeMap::new();
    for row in rows(manager, open).await? {
        let (edge, body): (String, String) = (row.try_get("", "edge_id")?, row.try_get("", "body")?);
        let Ok(fact) = serde_json::from_str::<Fact>(&body) else { continue };
        for effect in fact.effects {
            if let Effect::Short { line, quantity, .. } = effect {
                *shorts.entry((line.0, edge.clone())).or_default() += quantity.raw();
            }
        }
    }
    for ((line, edge), short) in shorts {
        run(manager, "INSERT INTO line_short (line_id, edge_id, short) VALUES ($1, $2, $3)", vec![line.into(), edge.into(), short.into()])
            .await?;
    }
    Ok(())
}
