//! A database as lines, the same whichever database it is: what a backup is made of. One line says which steps of the migrations made the
//! tables, then each table comes with its columns and rows, last the counters that number new rows.
//!
//! What is read is one moment of the database, while others go on writing. What is written becomes whole or stays empty, and is compared.

use std::collections::BTreeMap;

use data_encoding::BASE64;
use futures_util::TryStreamExt;
use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement, StreamTrait, TransactionTrait, Value};
use sea_orm_migration::MigratorTrait;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;

use super::layout::{self, Kind, Table, counters};
use super::moving::{AT_ONCE, MoveError};
use super::target::{Tally, Target};
use super::{Db, Place, migration};

/// A line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Line {
    /// Names of the migrations that made the tables, in order.
    Steps(Vec<String>),
    /// A table begins.
    Table {
        /// Its name.
        name: String,
        /// Its columns.
        columns: Vec<String>,
    },
    /// A row of it.
    Row(Vec<serde_json::Value>),
    /// The table ends after so many rows.
    Rows(u64),
    /// The last number given to a row, by table. The database ends.
    Counters(BTreeMap<String, i64>),
    /// A file begins: its name beneath the data folder.
    File(String),
    /// A piece of it, in base64.
    Piece(String),
    /// Everything is here: so many tables, rows and files.
    End {
        /// Tables.
        tables: u64,
        /// Rows.
        rows: u64,
        /// Files.
        files: u64,
    },
}

/// Why an archive could not be read into a database; it is as empty as before.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// Use the hub that made it, or a newer one.
    #[error("it was made by a newer hub (its tables know the step {0}): use that hub or a newer one")]
    Newer(String),
    /// Use another copy: this one is damaged or not whole.
    #[error("it is damaged: {0}; use another copy")]
    Damaged(String),
    /// Name an empty database, or see what is wrong with it.
    #[error(transparent)]
    Target(#[from] MoveError),
}

impl From<DbErr> for ArchiveError {
    fn from(error: DbErr) -> Self {
        Self::Target(error.into())
    }
}

/// Tables and rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counted {
    /// Tables.
    pub tables: u64,
    /// Rows.
    pub rows: u64,
}

/// Who takes lines has gone away; what was wrong there is told there.
fn gone<T>(_: mpsc::error::SendError<T>) -> DbErr {
    DbErr::Custom("nobody takes the archive any more".to_owned())
}

fn told(value: &Value) -> serde_json::Value {
    match value {
        Value::BigInt(number) => (*number).into(),
        Value::Double(number) => (*number).into(),
        Value::Bool(flag) => (*flag).into(),
        Value::String(text) => text.as_deref().into(),
        Value::Json(json) => json.as_ref().map(ToString::to_string).into(),
        Value::Bytes(bytes) => bytes.as_ref().map(|bytes| BASE64.encode(bytes)).into(),
        // Table::values makes no others.
        _ => serde_json::Value::Null,
    }
}

fn read(kind: Kind, told: &serde_json::Value) -> Option<Value> {
    let text = || told.as_str().map(str::to_owned);
    let null = told.is_null();
    Some(match kind {
        Kind::Whole => Value::BigInt(if null { None } else { Some(told.as_i64()?) }),
        Kind::Real => Value::Double(if null { None } else { Some(told.as_f64()?) }),
        Kind::Flag => Value::Bool(if null { None } else { Some(told.as_bool()?) }),
        Kind::Text => (if null { None } else { Some(text()?) }).into(),
        Kind::Json => {
            let json = if null { None } else { Some(serde_json::from_str::<serde_json::Value>(&text()?).ok()?) };
            json.into()
        }
        Kind::Bytes => (if null { None } else { Some(BASE64.decode(text()?.as_bytes()).ok()?) }).into(),
    })
}

/// Tells everything that a database holds at one moment. `say` hears of each table and its rows.
///
/// # Errors
/// What the database said, or that nobody takes the lines any more.
pub async fn dump(db: &Db, lines: &mpsc::Sender<Line>, mut say: impl FnMut(&str, u64)) -> Result<Counted, DbErr> {
    let reading = db.read().begin().await?;
    if db.backend() == DbBackend::Postgres {
        reading.execute_unprepared("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY").await?;
    }
    let steps = migration::Migrator::migrations().iter().map(|step| step.name().to_owned()).collect();
    lines.send(Line::Steps(steps)).await.map_err(gone)?;
    let mut counted = Counted::default();
    for table in layout::tables(&reading).await? {
        let columns = table.columns.iter().map(|column| column.name.clone()).collect();
        lines.send(Line::Table { name: table.name.clone(), columns }).await.map_err(gone)?;
        let mut n = 0;
        {
            let question = Statement::from_string(ConnectionTrait::get_database_backend(&reading), table.question());
            let mut rows = reading.stream_raw(question).await?;
            while let Some(row) = rows.try_next().await? {
                lines.send(Line::Row(table.values(&row)?.iter().map(told).collect())).await.map_err(gone)?;
                n += 1;
            }
        }
        lines.send(Line::Rows(n)).await.map_err(gone)?;
        say(&table.name, n);
        counted = Counted { tables: counted.tables + 1, rows: counted.rows + n };
    }
    lines.send(Line::Counters(counters(&reading).await?)).await.map_err(gone)?;
    reading.commit().await?;
    Ok(counted)
}

fn damaged<T>(what: impl Into<String>) -> Result<T, ArchiveError> {
    Err(ArchiveError::Damaged(what.into()))
}

/// How many of our migrations made the tables of an archive.
fn steps_of(theirs: &[String]) -> Result<u32, ArchiveError> {
    let ours: Vec<String> = migration::Migrator::migrations().iter().map(|step| step.name().to_owned()).collect();
    match theirs.iter().zip(&ours).find(|(theirs, ours)| theirs != ours) {
        Some((theirs, _)) => Err(ArchiveError::Newer(theirs.clone())),
        None if theirs.len() > ours.len() => Err(ArchiveError::Newer(theirs[ours.len()].clone())),
        None => Ok(u32::try_from(theirs.len()).unwrap_or(u32::MAX)),
    }
}

/// A table of the archive on its way into the target.
struct Arriving {
    table: Table,
    tally: Tally,
    batch: Vec<Vec<Value>>,
}

/// Fills an empty database with the lines of an archive, up to its [`Line::Counters`]. `say` hears of each table and its rows.
///
/// # Errors
/// [`ArchiveError`]; the database is then as empty as before.
pub async fn load(place: &Place, lines: &mut mpsc::Receiver<Line>, mut say: impl FnMut(&str, u64)) -> Result<Counted, ArchiveError> {
    let Some(Line::Steps(steps)) = lines.recv().await else { return damaged("it does not begin as a backup does") };
    let target = Target::begin(place, Some(steps_of(&steps)?)).await?;
    let (mut counted, mut arriving): (Counted, Option<Arriving>) = (Counted::default(), None);
    while let Some(line) = lines.recv().await {
        match (line, &mut arriving) {
            (Line::Table { name, columns }, None) => {
                let Some(table) = target.tables.iter().find(|table| table.name == name) else { return damaged(format!("table {name}")) };
                let known = |name: &String| table.columns.iter().find(|column| column.name == *name).cloned();
                let Some(columns) = columns.iter().map(known).collect::<Option<Vec<_>>>() else {
                    return damaged(format!("columns of {name}"));
                };
                arriving = Some(Arriving { table: Table { name, columns }, tally: Tally::default(), batch: Vec::with_capacity(AT_ONCE) });
            }
            (Line::Row(row), Some(at)) => {
                let values = at.table.columns.iter().zip(&row).map(|(column, told)| read(column.kind, told)).collect::<Option<Vec<_>>>();
                let Some(values) = values.filter(|values| values.len() == at.table.columns.len() && row.len() == values.len()) else {
                    return damaged(format!("row {} of {}", at.tally.rows + 1, at.table.name));
                };
                at.tally.add(&values);
                at.batch.push(values);
                if at.batch.len() == AT_ONCE {
                    target.insert(&at.table, at.batch.drain(..)).await?;
                }
            }
            (Line::Rows(n), Some(at)) => {
                if at.tally.rows != n {
                    return damaged(format!("{} has {} of {n} rows", at.table.name, at.tally.rows));
                }
                target.insert(&at.table, at.batch.drain(..)).await?;
                target.compare(&at.table, at.tally).await?;
                say(&at.table.name, n);
                counted = Counted { tables: counted.tables + 1, rows: counted.rows + n };
                arriving = None;
            }
            (Line::Counters(counters), None) => {
                target.finish(&counters).await?.close().await?;
                return Ok(counted);
            }
            _ => return damaged("its lines are not in order"),
        }
    }
    damaged("it ends in the middle")
}
