//! What a count found, and what becomes of it: a person approves the difference (it is posted) or rejects it (nothing moves).
//!
//! The difference is posted as a change, never as a new quantity: what was scanned between the count and its approval stays booked.

use qitao_domain::ids::{LocationId, TaskId};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};

use super::ledger::{Level, NewMovement, book};
use crate::platform::sql::Sql;

/// Why a count cannot be approved or rejected.
#[derive(Debug, thiserror::Error)]
pub enum CountError {
    /// Look at the task: nothing was counted there.
    #[error("location {1} was not counted in task {0}")]
    NotCounted(TaskId, LocationId),
    /// Wait until it is finished, or look who decided already.
    #[error("the count is {0}, not finished")]
    NotFinished(String),
    /// Add the location to the site.
    #[error("the site of location {0} has no location of kind variance")]
    NoVarianceLocation(LocationId),
    /// See what the database said.
    #[error(transparent)]
    Database(#[from] DbErr),
}

/// One thing that was counted, or should have been there.
#[derive(Debug, Clone, PartialEq, Eq, FromQueryResult)]
pub struct CountLine {
    /// Item.
    pub item_id: i64,
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Its English name, or empty.
    pub name_en: String,
    /// Carton.
    pub carton: i32,
    /// Cartons of the item.
    pub cartons: i32,
    /// Dye lot.
    pub lot: String,
    /// Seen, in thousandths.
    pub counted: i64,
    /// What the books said, in thousandths.
    pub expected: i64,
    /// It moved while it was counted.
    pub moved_during: bool,
}

impl CountLine {
    /// Found more than the books say (positive) or less.
    #[must_use]
    pub const fn variance(&self) -> i64 {
        self.counted.saturating_sub(self.expected)
    }
}

/// Everything counted or expected at a location in a task, by code: what [`qitao_domain::ledger::Count::found`] says, with names.
///
/// # Errors
/// What the database said.
pub async fn variances(db: &impl ConnectionTrait, task: TaskId, location: LocationId) -> Result<Vec<CountLine>, DbErr> {
    Sql::new(
        "SELECT c.item_id, i.code, i.name, i.name_en, c.carton, i.cartons, c.lot, c.counted, c.expected, c.moved_during FROM count_line c \
         JOIN item i ON i.id = c.item_id WHERE c.task_id = ",
    )
    .bind(task.0)
    .text(" AND c.location_id = ")
    .bind(location.0)
    .text(" AND (c.counted <> 0 OR c.expected <> 0) ORDER BY i.code, c.carton, c.lot")
    .all(db)
    .await
}

/// Takes a finished count over into `state`, so that it is decided once.
async fn decide(tx: &impl ConnectionTrait, task: TaskId, location: LocationId, state: &str) -> Result<(), CountError> {
    let decided = Sql::new("UPDATE count_location SET state = ")
        .bind(state)
        .text(" WHERE state = 'finished' AND task_id = ")
        .bind(task.0)
        .text(" AND location_id = ")
        .bind(location.0)
        .run(tx)
        .await?;
    if decided == 1 {
        return Ok(());
    }
    let found = Sql::new("SELECT state FROM count_location WHERE task_id = ")
        .bind(task.0)
        .text(" AND location_id = ")
        .bind(location.0)
        .word(tx)
        .await?;
    Err(found.map_or(CountError::NotCounted(task, location), CountError::NotFinished))
}

/// Posts what a count found against the site's variance location. The caller closes the case and writes the audit line in the same
/// transaction. Says which shelves went below nothing by it, or came back.
///
/// # Errors
/// [`CountError`]; then the transaction must be given up.
pub async fn approve_count(
    tx: &impl ConnectionTrait,
    task: TaskId,
    location: LocationId,
    author: &str,
    now_ms: i64,
) -> Result<Vec<Level>, CountError> {
    decide(tx, task, location, "approved").await?;
    let site = Sql::new("SELECT site_id FROM location WHERE id = ").bind(location.0).number(tx).await?;
    let variance =
        Sql::new("SELECT MIN(id) FROM location WHERE kind = 'variance' AND NOT deleted AND site_id = ").bind(site).number(tx).await?;
    if variance == 0 {
        return Err(CountError::NoVarianceLocation(location));
    }
    let lines = variances(tx, task, location).await?.into_iter().filter(|line| line.variance() != 0);
    let movements = lines.zip(0..).map(|(line, n)| {
        let found = line.variance() > 0;
        let (from, to) = if found { (variance, location.0) } else { (location.0, variance) };
        NewMovement {
            fact: None,
            n,
            at_ms: now_ms,
            booked_ms: now_ms,
            site,
            quantity: line.variance().saturating_abs(),
            item: line.item_id,
            carton: line.carton,
            lot: line.lot,
            from,
            to,
            task: Some(task.0),
            line: None,
            reason: "count",
            scan: None,
            reverses: None,
            author: author.to_owned(),
        }
    });
    let levels = book(tx, movements.collect()).await?;
    Ok(levels.into_iter().filter(|row| row.key.location != variance).collect())
}

/// Leaves the books as they are. The caller closes the case in the same transaction.
///
/// # Errors
/// [`CountError`]; then the transaction must be given up.
pub async fn reject_count(tx: &impl ConnectionTrait, task: TaskId, location: LocationId) -> Result<(), CountError> {
    decide(tx, task, location, "rejected").await
}
