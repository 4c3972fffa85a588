//! The hub's database: SQLite by default, PostgreSQL by URL, with the same tables and the same queries.
//!
//! SQLite has one writer at a time. So there is one connection that writes, handed out in order by [`Db::begin`], beside a pool that
//! can only read: nobody meets "database is locked", and a page being read never waits for a batch being booked. PostgreSQL uses one
//! pool for both; what must be in order there is ordered by row locks.

pub mod entity;
pub mod migration;

use std::sync::Arc;
use std::time::Duration;

use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, SqliteTransactionMode,
    TransactionOptions, TransactionTrait,
};
use sea_orm_migration::MigratorTrait;

/// Why the database did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// The URL is neither `sqlite:…` nor `postgres://…`: correct the setting.
    #[error("database URL must begin with sqlite: or postgres:// and was {0}")]
    Url(String),
    /// A file or the folder for it cannot be made: look at path and rights.
    #[error("cannot make the folder of the database {path}: {source}")]
    Folder {
        /// Which folder.
        path: String,
        /// What the system said.
        source: std::io::Error,
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
}

/// How long a request waits for a connection before it fails; longer than any batch takes.
const ACQUIRE: Duration = Duration::from_secs(60);
/// Connections of the pool, readers on SQLite and everybody on PostgreSQL.
const POOL: u32 = 8;

fn options(url: &str, connections: u32) -> ConnectOptions {
    let mut options = ConnectOptions::new(url.to_owned());
    options.max_connections(connections).min_connections(1).acquire_timeout(ACQUIRE).sqlx_logging(false);
    if url.starts_with("sqlite:") {
        // A writer's connection must live as long as the process: a pool that closes it would make a WAL checkpoint each time.
        options.idle_timeout(None::<Duration>).max_lifetime(None::<Duration>);
        options.map_sqlx_sqlite_opts(|sqlite| {
            sqlite
                .create_if_missing(true)
                .foreign_keys(true)
                .busy_timeout(Duration::from_secs(10))
                .pragma("journal_mode", "WAL")
                .pragma("synchronous", "FULL")
                .pragma("temp_store", "MEMORY")
                .pragma("cache_size", "-16000")
        });
    }
    options
}

/// A URL from what people write: a path becomes `sqlite:PATH`.
fn url_of(text: &str) -> Result<String, DbError> {
    let known = ["sqlite:", "postgres://", "postgresql://"].iter().any(|scheme| text.starts_with(scheme));
    match (known, text.contains("://") || text.is_empty()) {
        (true, _) => Ok(text.to_owned()),
        (false, true) => Err(DbError::Url(text.to_owned())),
        (false, false) => Ok(format!("sqlite:{text}")),
    }
}

fn make_folder(url: &str) -> Result<(), DbError> {
    let Some(path) = url.strip_prefix("sqlite:") else { return Ok(()) };
    let path = path.trim_start_matches("//").split('?').next().unwrap_or_default();
    match std::path::Path::new(path).parent() {
        Some(folder) if !folder.as_os_str().is_empty() => {
            std::fs::create_dir_all(folder).map_err(|source| DbError::Folder { path: folder.display().to_string(), source })
        }
        _ => Ok(()),
    }
}

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
    /// [`DbError`] when the URL, the folder or the database is at fault.
    pub async fn open(url: &str) -> Result<Self, DbError> {
        Self::open_in(url, None).await
    }

    /// As [`Db::open`], in a schema of a PostgreSQL database (made when it is not there); SQLite has none and ignores it.
    ///
    /// # Errors
    /// [`DbError`] as for [`Db::open`].
    pub async fn open_in(url: &str, schema: Option<&str>) -> Result<Self, DbError> {
        let url = url_of(url)?;
        make_folder(&url)?;
        let with_schema = |connections| {
            let mut options = options(&url, connections);
            if let Some(schema) = schema {
                options.set_schema_search_path(schema);
            }
            options
        };
        // Migrations on a pool of one that is closed afterwards: statements prepared before a table changed must not be met again.
        let migrating = Database::connect(with_schema(1)).await?;
        let backend = migrating.get_database_backend();
        if let (DbBackend::Postgres, Some(schema)) = (backend, schema) {
            let quoted = schema.replace('"', "\"\"");
            migrating.execute_unprepared(&format!("CREATE SCHEMA IF NOT EXISTS \"{quoted}\"")).await?;
        }
        migration::Migrator::up(&migrating, None).await?;
        migrating.close().await?;

        let (read, write) = if backend == DbBackend::Sqlite {
            let write = Database::connect(with_schema(1)).await?;
            let mut reading = with_schema(POOL);
            reading.map_sqlx_sqlite_opts(|sqlite| {
                sqlite.foreign_keys(true).busy_timeout(Duration::from_secs(10)).pragma("query_only", "true").pragma("cache_size", "-16000")
            });
            (Database::connect(reading).await?, write)
        } else {
            let pool = Database::connect(with_schema(POOL * 2)).await?;
            (pool.clone(), pool)
        };
        Ok(Self { inner: Arc::new(Inner { backend, read, write }) })
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
        let options =
            TransactionOptions { sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate), ..TransactionOptions::default() };
        match self.inner.backend {
            DbBackend::Sqlite => self.inner.write.begin_with_options(options).await,
            _ => self.inner.write.begin().await,
        }
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
        let folder = tempfile::tempdir().unwrap();
        let db = Db::open(&folder.path().join("new/hub.db").display().to_string()).await.unwrap();
        let tx = db.begin().await.unwrap();
        let id = warehouse().insert(&tx).await.unwrap().id;
        assert_eq!(id, 1);
        tx.commit().await.unwrap();
        let tx = db.begin().await.unwrap();
        site::ActiveModel { code: Set("SH02".into()), ..warehouse() }.insert(&tx).await.unwrap();
        drop(tx);
        assert_eq!(site::Entity::find().count(db.read()).await.unwrap(), 1);
        assert!(warehouse().insert(db.read()).await.is_err(), "the reading side must not write");
    }

    #[tokio::test]
    async fn opening_again_keeps_everything() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("hub.db").display());
        for round in 0..3_u64 {
            let db = Db::open(&url).await.unwrap();
            assert_eq!(site::Entity::find().count(db.read()).await.unwrap(), round);
            let tx = db.begin().await.unwrap();
            site::ActiveModel { code: Set(format!("S{round}")), ..warehouse() }.insert(&tx).await.unwrap();
            tx.commit().await.unwrap();
            db.close().await.unwrap();
        }
    }

    #[tokio::test]
    async fn a_url_of_something_else_is_named() {
        assert!(matches!(Db::open("mysql://x/y").await, Err(DbError::Url(url)) if url == "mysql://x/y"));
    }
}
