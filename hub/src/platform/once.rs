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
    found(tx, table, key).await
}

/// The record of a table that was made with a key by now.
///
/// # Errors
/// What the database said.
pub async fn found(db: &impl ConnectionTrait, table: &str, key: &str) -> Result<Option<i64>, DbErr> {
    let made = Sql::new(format!("SELECT id FROM {table} WHERE idempotency_key = ")).bind(key).number(db).await?;
    Ok((made > 0).then_some(made))
}

/// Keeps with a record that was just made the key that it was made with. `table` is part of the program.
///
/// # Errors
/// What the database said.
pub async fn keep(tx: &impl ConnectionTrait, table: &str, id: i64, key: Option<&str>) -> Result<(), DbErr> {
    let Some(key) = key else { return Ok(()) };
    Sql::new(format!("UPDATE {table} SET idempotency_key = ")).bind(key).text(" WHERE id = ").bind(id).run(tx).await.map(drop)
}

/// What a request made, or had made before under the same key. What is shown once is not shown a second time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Made {
    /// Made now.
    Now(i64),
    /// Made before.
    Before(i64),
}

impl Made {
    /// Its number.
    #[must_use]
    pub const fn id(self) -> i64 {
        match self {
            Self::Now(id) | Self::Before(id) => id,
        }
    }

    /// A secret that goes with it, unless it was shown already.
    #[must_use]
    pub fn once<T>(self, secret: Option<T>) -> Option<T> {
        secret.filter(|_| matches!(self, Self::Now(_)))
    }
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
