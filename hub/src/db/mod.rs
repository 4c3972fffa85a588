//! The hub's database: SQLite by default, PostgreSQL by URL, with the same tables and the same queries.
//!
//! SQLite has one writer at a time. So there is one connection that writes, handed out in order by [`Db::begin`], beside a pool that
//! can only read: nobody meets "database is locked", and a page being read never waits for a batch being booked. PostgreSQL uses one
//! pool for both; what must be in order there is ordered by row locks.

pub mod archive;
pub mod entity;
mod layout;
pub mod migration;
mod moving;
mod place;
#[cfg(test)]
pub mod rig;
mod target;

use std::fs::File;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, FromQueryResult, SqliteTransactionMode, TransactionOptions,
    TransactionTrait,
};
use sea_orm_migration::MigratorTrait;
use tokio_util::sync::CancellationToken;

pub use layout::{counters, raise_counters};
pub use moving::{MOVED_TO, MoveError, Moved, move_database};
pub use place::{Place, shown};

use crate::platform::sql::Sql;
use place::Role;

/// Why the database did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// The URL is neither `sqlite:…` nor `postgres://…`: correct the setting.
    #[error("database URL must be sqlite:PATH or postgres://user:password@host/name and was {0}")]
    Url(String),
    /// A file or the folder for it cannot be made: look at path and rights.
    #[error("cannot make {path} for the database: {source}")]
    Folder {
        /// Which file or folder.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// Nobody answers, or not yet: see whether PostgreSQL runs; trying again may help.
    #[error("PostgreSQL does not answer at {at}: {said}; see whether it runs, and whether host and port are right")]
    Away {
        /// Where.
        at: String,
        /// What the system or the server said.
        said: String,
    },
    /// The server does not let the hub in: correct the URL, or the server's rights.
    #[error("PostgreSQL does not let the hub in at {at}: {said}; correct user, password, database name or sslmode in the URL")]
    NoEntry {
        /// Where.
        at: String,
        /// What the server said.
        said: String,
    },
    /// Somebody has it open who needs it alone, or somebody else has it open who should not: stop the other one.
    #[error("{at} is in use: stop the hub that works on it, or wait until the move that runs is done")]
    Occupied {
        /// Which database.
        at: String,
    },
    /// What was here lives elsewhere now: correct the setting.
    #[error(
        "{at} was moved to {to}: set the database to that one (QITAO_DATABASE). Who gives up what was booked there and goes on here deletes the row \
         moved_to of the table setting"
    )]
    Moved {
        /// Which database.
        at: String,
        /// Where to.
        to: String,
    },
    /// The database itself said no: see its words.
    #[error(transparent)]
    Database(#[from] DbErr),
}

/// A handle to the database; clones share it.
#[derive(Clone, Debug)]
pub struct Db {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    backend: DbBackend,
    read: DatabaseConnection,
    write: DatabaseConnection,
    /// Held while it is open.
    _lock: Option<File>,
}

/// What a database is, for people who look after it.
#[derive(Debug, Clone, FromQueryResult)]
pub struct About {
    /// Version of SQLite or PostgreSQL.
    pub version: String,
    /// How much it holds.
    pub bytes: i64,
}

/// Between two attempts to reach a database that is away.
const AGAIN: Duration = Duration::from_millis(500);
/// Number of the lock that keeps two hubs from changing the same tables of PostgreSQL at once.
const MIGRATING: i64 = 0x7169_7461_6f31;

/// A text that both databases can hold: PostgreSQL's cannot hold the character NUL, and one record with it must not hold up others.
#[must_use]
pub fn storable(text: &str) -> String {
    text.replace('\0', "{00}")
}

/// The same for every text within a JSON value.
#[must_use]
pub fn storable_json(value: serde_json::Value) -> serde_json::Value {
    use serde_json::Value;
    match value {
        Value::String(text) => Value::String(storable(&text)),
        Value::Array(values) => Value::Array(values.into_iter().map(storable_json).collect()),
        Value::Object(fields) => Value::Object(fields.into_iter().map(|(name, value)| (storable(&name), storable_json(value))).collect()),
        other => other,
    }
}

impl Db {
    /// Opens the database at `sqlite:PATH`, a plain path or `postgres://…`, and brings its tables up to date.
    ///
    /// # Errors
    /// [`DbError`] that says what to correct.
    pub async fn open(url: &str) -> Result<Self, DbError> {
        Self::open_at(&Place::at(url)?).await
    }

    /// As [`Db::open`]; waits for a database that is away as long as the place says.
    ///
    /// # Errors
    /// [`DbError`] that says what to correct.
    pub async fn open_at(place: &Place) -> Result<Self, DbError> {
        let began = Instant::now();
        loop {
            match Self::open_once(place, false).await {
                Err(error @ DbError::Away { .. }) if began.elapsed() < place.patience => {
                    tracing::warn!(%error, "the database is away; trying again");
                    tokio::time::sleep(AGAIN).await;
                }
                opened => return opened,
            }
        }
    }

    async fn open_once(place: &Place, alone: bool) -> Result<Self, DbError> {
        place.make_folder()?;
        let lock = place.lock(alone)?;
        place.greet().await?;
        // On a pool that is closed afterwards: statements prepared before a table changed must not be met again.
        let building = place.connect(1, Role::Builder).await?;
        let backend = building.get_database_backend();
        bring_up_to_date(&building).await?;
        learn(&building).await?;
        building.close().await?;

        let (read, write) = if place.is_postgres() {
            let pool = place.connect(place.pool(), Role::Writer).await?;
            (pool.clone(), pool)
        } else {
            let write = place.connect(1, Role::Writer).await?;
            (place.connect(place.pool(), Role::Reader).await?, write)
        };
        let db = Self { inner: Arc::new(Inner { backend, read, write, _lock: lock }) };
        match Sql::new("SELECT value FROM setting WHERE key = ").bind(MOVED_TO).word(db.read()).await? {
            Some(to) => {
                db.close().await?;
                Err(DbError::Moved { at: place.shown(), to })
            }
            None => Ok(db),
        }
    }

    /// What it is.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn about(&self) -> Result<About, DbErr> {
        let question = match self.inner.backend {
            DbBackend::Sqlite => {
                "SELECT sqlite_version() AS version, page_count * page_size AS bytes FROM pragma_page_count(), pragma_page_size()"
            }
            _ => "SELECT current_setting('server_version') AS version, pg_database_size(current_database()) AS bytes",
        };
        Sql::new(question).one(self.read()).await?.ok_or(DbErr::RecordNotFound(question.to_owned()))
    }

    /// Which kind of database this is.
    #[must_use]
    pub fn backend(&self) -> DbBackend {
        self.inner.backend
    }

    /// For questions. On SQLite a change through it is refused.
    #[must_use]
    pub fn read(&self) -> &DatabaseConnection {
        &self.inner.read
    }

    /// Begins a transaction that may write. On SQLite writers wait for each other here, in order; so hold it shortly, and never
    /// begin a second one while holding the first. Dropped without commit it leaves nothing behind.
    ///
    /// # Errors
    /// When no connection comes free in time, or the database is gone.
    pub async fn begin(&self) -> Result<DatabaseTransaction, DbErr> {
        begin_writing(&self.inner.write).await
    }

    /// Whether SQLite overwrites in its file what is taken out of it. When that ends its log is emptied too, which holds pages as they were.
    ///
    /// # Errors
    /// What the database said.
    pub async fn overwrite(&self, on: bool) -> Result<(), DbErr> {
        if self.inner.backend == DbBackend::Sqlite {
            let off = "PRAGMA secure_delete = OFF; PRAGMA wal_checkpoint(TRUNCATE)";
            self.inner.write.execute_unprepared(if on { "PRAGMA secure_delete = ON" } else { off }).await?;
        }
        Ok(())
    }

    /// Closes all connections; other clones stop working.
    ///
    /// # Errors
    /// When a connection cannot be closed in order.
    pub async fn close(&self) -> Result<(), DbErr> {
        self.inner.read.close_by_ref().await?;
        self.inner.write.close_by_ref().await
    }
}

/// How often it is looked whether rows are spread otherwise than before.
const LEARN_EVERY: Duration = Duration::from_secs(60 * 60);

/// Learns how rows are spread, again and again until `stop`: tables that have grown tenfold are looked at anew.
pub async fn keep_learning(db: Db, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(LEARN_EVERY) => {}
        }
        if let Err(error) = learn(&db.inner.write).await {
            tracing::warn!(%error, "how rows are spread could not be learnt; it is tried again");
        }
    }
}

/// SQLite would otherwise find out in the middle that somebody else writes.
async fn begin_writing(connection: &DatabaseConnection) -> Result<DatabaseTransaction, DbErr> {
    let options = TransactionOptions { sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate), ..TransactionOptions::default() };
    match connection.get_database_backend() {
        DbBackend::Sqlite => connection.begin_with_options(options).await,
        _ => connection.begin().await,
    }
}

/// SQLite chooses among indexes by what it has looked at when it is told to; PostgreSQL looks by itself. Of each index some hundred rows, so
/// that it takes no time however large the tables are.
async fn learn(connection: &DatabaseConnection) -> Result<(), DbErr> {
    if connection.get_database_backend() == DbBackend::Sqlite {
        // Every table, not only those that this connection has asked about: https://sqlite.org/pragma.html#pragma_optimize
        connection.execute_unprepared("PRAGMA analysis_limit = 400; PRAGMA optimize = 0x10002").await?;
    }
    Ok(())
}

/// Takes the steps that are missing, all or none. Two hubs that start at once take them one after the other.
async fn bring_up_to_date(connection: &DatabaseConnection) -> Result<(), DbErr> {
    if migration::Migrator::get_pending_migrations_read_only(connection).await?.is_empty() {
        return Ok(());
    }
    let tx = begin_writing(connection).await?;
    if tx.get_database_backend() == DbBackend::Postgres {
        Sql::new("SELECT 1 FROM pg_advisory_xact_lock(").bind(MIGRATING).text(")").run(&tx).await?;
    }
    migration::Migrator::up(&tx, None).await?;
    layout::check_foreign_keys(&tx).await?;
    tx.commit().await
}

#[cfg(test)]
mod tests {
    use super::*;
    use entity::site;
    use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait, PaginatorTrait};

    fn warehouse() -> site::ActiveModel {
        site::ActiveModel {
            code: Set("SH01".into()),
            name: Set("上海一店".into()),
            time_zone: Set("Asia/Shanghai".into()),
            ..Default::default()
        }
    }

    #[tokio::test]
    async fn what_is_written_is_read_and_what_is_dropped_is_gone() {
        let scratch = rig::scratch().await;
        let db = Db::open(scratch.url()).await.unwrap();
        let tx = db.begin().await.unwrap();
        let id = warehouse().insert(&tx).await.unwrap().id;
        assert_eq!(id, 1);
        tx.commit().await.unwrap();
        let tx = db.begin().await.unwrap();
        site::ActiveModel { code: Set("SH02".into()), ..warehouse() }.insert(&tx).await.unwrap();
        drop(tx);
        assert_eq!(site::Entity::find().count(db.read()).await.unwrap(), 1);
        assert!(warehouse().insert(db.read()).await.is_err(), "twice the same code, and SQLite's reading side must not write at all");
    }

    #[tokio::test]
    async fn opening_again_keeps_everything() {
        let scratch = rig::scratch().await;
        for round in 0..3_u64 {
            let db = Db::open(scratch.url()).await.unwrap();
            assert_eq!(site::Entity::find().count(db.read()).await.unwrap(), round);
            let tx = db.begin().await.unwrap();
            site::ActiveModel { code: Set(format!("S{round}")), ..warehouse() }.insert(&tx).await.unwrap();
            tx.commit().await.unwrap();
            db.close().await.unwrap();
        }
    }

    #[tokio::test]
    async fn hubs_that_start_at_once_on_an_empty_database_make_its_tables_once() {
        let scratch = rig::nothing().await;
        let place = Place::at(scratch.url()).unwrap().connections(Some(2));
        let opened = futures_util::future::join_all((0..4).map(|_| Db::open_at(&place))).await;
        for db in opened {
            let db = db.unwrap();
            assert_eq!(Sql::new("SELECT COUNT(*) FROM dataset").number(db.read()).await.unwrap(), 5);
            assert!(db.about().await.unwrap().bytes > 0);
            db.close().await.unwrap();
        }
    }

    #[tokio::test]
    async fn a_url_of_something_else_is_named() {
        assert!(matches!(Db::open("mysql://x/y").await, Err(DbError::Url(url)) if url == "mysql://x/y"));
    }
}
