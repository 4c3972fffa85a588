//! Moves everything from one database into another, empty one: from SQLite to PostgreSQL when a chain has grown, or back.
//!
//! All that is written into the target is one transaction, its tables included: it becomes whole or stays empty. Every row is read back from the
//! target and compared before that. The source is held against writers meanwhile and says afterwards where it went, so that nobody works on
//! with it by mistake: what an edge was told is booked must never be in one database and missing in the other.

use futures_util::TryStreamExt;
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, Statement, StreamTrait};

use super::layout::{self, Table, counters};
use super::place::Place;
use super::target::{Tally, Target};
use super::{Db, DbError};
use crate::platform::sql::Sql;

/// The setting that a database keeps which was moved: where to.
pub const MOVED_TO: &str = "moved_to";
/// Rows that are held in memory at once.
pub(super) const AT_ONCE: usize = 2_000;
/// Who is there during a move, among the users of PostgreSQL.
const MOVER: &str = "qitao-move";

/// Why nothing was moved; the target is as it was.
#[derive(Debug, thiserror::Error)]
pub enum MoveError {
    /// Name an empty database.
    #[error("{at} is not empty: it has {count} tables ({first}, …); name a new, empty database")]
    NotEmpty {
        /// Where.
        at: String,
        /// How many tables it has.
        count: usize,
        /// One of them.
        first: String,
    },
    /// A table was not written as it was read: keep the source, and report this.
    #[error(
        "table {table} arrived with {arrived} of {sent} rows, or with other values; nothing was moved, keep the old database and report this"
    )]
    Differs {
        /// Which table.
        table: String,
        /// Rows of the source.
        sent: u64,
        /// Rows of the target.
        arrived: u64,
    },
    /// A table or column is in one database alone: report this.
    #[error("the databases do not have the same tables: {0}; nothing was moved")]
    Tables(String),
    /// See what is wrong with one of the databases.
    #[error(transparent)]
    Database(#[from] DbError),
}

impl From<DbErr> for MoveError {
    fn from(error: DbErr) -> Self {
        Self::Database(error.into())
    }
}

/// What was moved: rows by table, in the order of names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// Table and rows.
    pub tables: Vec<(String, u64)>,
}

/// Moves everything from `from` into `to`, which must be empty. `say` hears of each table and how many of its rows were written so far.
///
/// # Errors
/// [`MoveError`]; the target is then as empty as before.
pub async fn move_database(from: &Place, to: &Place, mut say: impl FnMut(&str, u64)) -> Result<Moved, MoveError> {
    let source = open_alone(&from.clone().named(MOVER)).await?;
    let target = Target::begin(&to.clone().named(MOVER), None).await?;
    let reading = source.begin().await?;
    if source.backend() == DbBackend::Postgres {
        reading.execute_unprepared("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ").await?;
    }
    let tables = same_tables(layout::tables(&reading).await?, &target.tables)?;
    let mut moved = Vec::with_capacity(tables.len());
    for table in &tables {
        let sent = copy(&reading, &target, table, |rows| say(&table.name, rows)).await?;
        target.compare(table, sent).await?;
        moved.push((table.name.clone(), sent.rows));
    }
    let filled = target.finish(&counters(&reading).await?).await?;
    Sql::new("INSERT INTO setting (key, value) VALUES ").list([MOVED_TO.to_owned(), to.shown()]).run(&reading).await?;
    reading.commit().await?;
    filled.close().await?;
    source.close().await?;
    Ok(Moved { tables: moved })
}

/// Opens a database that nobody else may have open.
async fn open_alone(place: &Place) -> Result<Db, DbError> {
    let db = Db::open_once(place, true).await?;
    if db.backend() == DbBackend::Postgres {
        let others =
            Sql::new("SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'qitao-hub'");
        if others.number(db.read()).await? > 0 {
            db.close().await?;
            return Err(DbError::Occupied { at: place.shown() });
        }
    }
    Ok(db)
}

/// The tables, with their columns as the source has them.
fn same_tables(source: Vec<Table>, target: &[Table]) -> Result<Vec<Table>, MoveError> {
    let columns = |tables: &[Table]| {
        let names = tables.iter().flat_map(|table| table.columns.iter().map(move |column| format!("{}.{}", table.name, column.name)));
        names.collect::<std::collections::BTreeSet<_>>()
    };
    let (ours, theirs) = (columns(&source), columns(target));
    let alone: Vec<_> = ours.symmetric_difference(&theirs).cloned().collect();
    if alone.is_empty() { Ok(source) } else { Err(MoveError::Tables(alone.join(", "))) }
}

async fn copy(source: &DatabaseTransaction, target: &Target, table: &Table, mut say: impl FnMut(u64)) -> Result<Tally, MoveError> {
    let mut tally = Tally::default();
    let mut batch = Vec::with_capacity(AT_ONCE);
    let question = Statement::from_string(ConnectionTrait::get_database_backend(source), table.question());
    let mut rows = source.stream_raw(question).await?;
    while let Some(row) = rows.try_next().await? {
        let row = table.values(&row)?;
        tally.add(&row);
        batch.push(row);
        if batch.len() == AT_ONCE {
            target.insert(table, batch.drain(..)).await?;
            say(tally.rows);
        }
    }
    target.insert(table, batch).await?;
    say(tally.rows);
    Ok(tally)
}
