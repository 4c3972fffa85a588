//! A request that is sent again makes nothing again: records keep the `Idempotency-Key` that they were made with.

use sea_orm::{ConnectionTrait, DbBackend, DbErr};

use super::sql::Sql;

/// The record of a table that was made with a key. Whoever asks second waits until the first has committed or given up, so that both of two
/// that come at once are answered with the same record. `table` is part of the program.
///
/// # Errors
/// What the database said.
pub async fn made(tx: &impl ConnectionTrait, table: &str, key: Option<&str>) -> Result<Option<i64>, DbErr> {
    let Some(key) = key else { return Ok(None) };
    alone(tx, table, key).await?;
    let made = Sql::new(format!("SELECT id FROM {table} WHERE idempotency_key = ")).bind(key).number(tx).await?;
    Ok((made > 0).then_some(made))
}

/// Whoever does something of this key waits until the transaction of another who does the same has ended, so that it finds what that did.
///
/// # Errors
/// What the database said.
pub async fn alone(tx: &impl ConnectionTrait, what: &str, key: &str) -> Result<(), DbErr> {
    // SQLite has one writer.
    if tx.get_database_backend() == DbBackend::Postgres {
        Sql::new("SELECT pg_advisory_xact_lock(hashtextextended(").bind(format!("{what}:{key}")).text(", 0))").run(tx).await?;
    }
    Ok(())
}
