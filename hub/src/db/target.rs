//! An empty database that is filled with the rows of another one: whole, in one transaction, its tables included, or not at all.

use std::collections::BTreeMap;
use std::fs::File;
use std::hash::{DefaultHasher, Hash, Hasher};

use futures_util::TryStreamExt;
use sea_orm::{ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbErr, Statement, StreamTrait, Value};
use sea_orm_migration::MigratorTrait;

use super::layout::{self, Table, quoted, raise_counters};
use super::moving::MoveError;
use super::place::{Place, Role};
use super::{begin_writing, migration};
use crate::platform::sql::insert_many;

/// How many rows there are, and a sum over their values that does not depend on their order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub rows: u64,
    sum: u64,
}

impl Tally {
    pub(super) fn add(&mut self, row: &[Value]) {
        let mut hasher = DefaultHasher::new();
        for value in row {
            match value {
                Value::BigInt(number) => number.hash(&mut hasher),
                Value::Double(number) => number.map(f64::to_bits).hash(&mut hasher),
                Value::Bool(flag) => flag.hash(&mut hasher),
                Value::String(text) => text.hash(&mut hasher),
                Value::Json(json) => json.as_ref().map(ToString::to_string).hash(&mut hasher),
                Value::Bytes(bytes) => bytes.hash(&mut hasher),
                other => format!("{other:?}").hash(&mut hasher),
            }
        }
        self.rows += 1;
        self.sum = self.sum.wrapping_add(hasher.finish());
    }
}

/// The database that is filled.
pub(super) struct Target {
    building: DatabaseConnection,
    tx: DatabaseTransaction,
    foreign_keys: Vec<String>,
    /// Its tables, empty.
    pub tables: Vec<Table>,
    _lock: Option<File>,
}

impl Target {
    /// Makes the tables of an empty database, by the first `steps` of the migrations or by all, and lets rows come in any order.
    pub(super) async fn begin(place: &Place, steps: Option<u32>) -> Result<Self, MoveError> {
        place.make_folder()?;
        let lock = place.lock(true)?;
        place.greet().await?;
        let building = place.connect(1, Role::Builder).await.map_err(MoveError::from)?;
        let tx = begin_writing(&building).await?;
        let there = layout::tables(&tx).await?;
        if let Some(first) = there.first() {
            return Err(MoveError::NotEmpty { at: place.shown(), count: there.len(), first: first.name.clone() });
        }
        migration::Migrator::up(&tx, steps).await?;
        let tables = layout::tables(&tx).await?;
        let foreign_keys = layout::set_foreign_keys_aside(&tx).await?;
        // What a migration has put in comes from the other database, too.
        for table in &tables {
            tx.execute_unprepared(&format!("DELETE FROM {}", quoted(&table.name))).await?;
        }
        Ok(Self { building, tx, foreign_keys, tables, _lock: lock })
    }

    /// Writes rows of a table, with their values in the order of its columns.
    pub(super) async fn insert(&self, table: &Table, rows: impl IntoIterator<Item = Vec<Value>>) -> Result<(), DbErr> {
        let names: Vec<String> = table.columns.iter().map(|column| quoted(&column.name)).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        insert_many(&self.tx, &quoted(&table.name), &names, rows).await
    }

    /// Reads a table back and compares it with what was sent.
    pub(super) async fn compare(&self, table: &Table, sent: Tally) -> Result<(), MoveError> {
        let mut arrived = Tally::default();
        let question = Statement::from_string(ConnectionTrait::get_database_backend(&self.tx), table.question());
        let mut rows = self.tx.stream_raw(question).await?;
        while let Some(row) = rows.try_next().await? {
            arrived.add(&table.values(&row)?);
        }
        if sent == arrived {
            return Ok(());
        }
        Err(MoveError::Differs { table: table.name.clone(), sent: sent.rows, arrived: arrived.rows })
    }

    /// Puts counters and foreign keys in place and makes it whole; what is handed back lets it be used.
    pub(super) async fn finish(self, counters: &BTreeMap<String, i64>) -> Result<Filled, MoveError> {
        raise_counters(&self.tx, counters).await?;
        for foreign_key in self.foreign_keys {
            self.tx.execute_unprepared(&foreign_key).await?;
        }
        layout::check_foreign_keys(&self.tx).await?;
        self.tx.commit().await?;
        Ok(Filled { building: self.building, _lock: self._lock })
    }
}

/// A database that was filled, still held alone.
pub(super) struct Filled {
    building: DatabaseConnection,
    _lock: Option<File>,
}

impl Filled {
    /// Lets go of it.
    pub(super) async fn close(self) -> Result<(), DbErr> {
        // Without it the first questions are answered by guessing.
        self.building.execute_unprepared("ANALYZE").await?;
        self.building.close().await
    }
}
