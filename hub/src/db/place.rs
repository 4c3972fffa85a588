//! Where a database is: the URL that people write, what of it may be shown, and the connections that come from it.

use std::fs::File;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use sea_orm::sqlx::{self, Connection as _, PgConnection, postgres::PgConnectOptions};
use sea_orm::{ConnectOptions, Database, DatabaseConnection, DbErr, RuntimeErr};

use super::DbError;

/// How long a request waits for a connection of SQLite before it fails; longer than any batch takes.
const SQLITE_ACQUIRE: Duration = Duration::from_secs(60);
/// How long a statement waits for another that has the SQLite file to itself.
const SQLITE_BUSY: Duration = Duration::from_secs(10);
/// Between two attempts to open a file that another connection has to itself.
const SQLITE_AGAIN: Duration = Duration::from_millis(20);
/// How long a request waits for one of PostgreSQL, where nobody waits for the one writer: a database that is away is told soon.
const POSTGRES_ACQUIRE: Duration = Duration::from_secs(15);
/// How long PostgreSQL may take to greet.
const GREETING: Duration = Duration::from_secs(10);
/// Readers on SQLite when no setting says how many: two for each core, since none waits for anything but its core, and within this range. Each
/// keeps pages, statements and a thread of its own.
const SQLITE_READERS: std::ops::RangeInclusive<u32> = 4..=8;
/// Pages that a connection to SQLite keeps, in KiB with a minus. Readers take turns, so each comes to keep its own copy of the same pages; the
/// system has them all as well.
const READER_CACHE: &str = "-4000";
const WRITER_CACHE: &str = "-16000";
/// Statements that the writer keeps prepared.
const WRITER_STATEMENTS: usize = 250;
/// Connections to PostgreSQL when no setting says how many.
const POSTGRES_POOL: u32 = 16;
/// How PostgreSQL plans: each statement for its own values, since a word or a part of the chain may stand for ten rows or for a million; and
/// without compiling plans, which takes longer than what a page asks for.
const PLANNING: [(&str, &str); 2] = [("plan_cache_mode", "force_custom_plan"), ("jit", "off")];
/// Beside an SQLite file: everybody who has it open shares a lock on this one, so that it can be had alone.
const LOCK: &str = "-lock";

/// A database, and how it is opened.
#[derive(Debug, Clone)]
pub struct Place {
    url: String,
    connections: Option<u32>,
    pub(super) patience: Duration,
    application: &'static str,
}

impl Place {
    /// `sqlite:PATH`, a plain path or `postgres://…`. Everything a URL of PostgreSQL can say goes: `?sslmode=verify-full&sslrootcert=FILE`
    /// for an encrypted connection to a server that proves who it is, `?host=/FOLDER` for a Unix socket.
    ///
    /// # Errors
    /// [`DbError::Url`] for anything else.
    pub fn at(text: &str) -> Result<Self, DbError> {
        let url = match text.split_once(':') {
            Some(("sqlite" | "postgres", _)) => text.to_owned(),
            Some(("postgresql", rest)) => format!("postgres:{rest}"),
            _ if text.contains("://") || text.is_empty() => return Err(DbError::Url(shown(text))),
            _ => format!("sqlite:{text}"),
        };
        let place = Self { url, connections: None, patience: Duration::ZERO, application: "qitao-hub" };
        if place.is_postgres() {
            place.url.parse::<PgConnectOptions>().map_err(|_| DbError::Url(shown(text)))?;
        }
        Ok(place)
    }

    /// With so many connections (readers on SQLite) rather than the usual number.
    #[must_use]
    pub fn connections(mut self, connections: Option<u32>) -> Self {
        self.connections = connections;
        self
    }

    /// Tries again for so long when nobody answers there, as at the start of a machine.
    #[must_use]
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Under another name among those who use the database.
    #[must_use]
    pub(super) fn named(mut self, application: &'static str) -> Self {
        self.application = application;
        self
    }

    pub(super) fn is_postgres(&self) -> bool {
        self.url.starts_with("postgres:")
    }

    /// The URL without its password.
    #[must_use]
    pub fn shown(&self) -> String {
        shown(&self.url)
    }

    /// How many connections its pool has: readers on SQLite, all on PostgreSQL.
    pub(super) fn pool(&self) -> u32 {
        let cores = std::thread::available_parallelism().map_or(1, |cores| u32::try_from(cores.get()).unwrap_or(u32::MAX));
        let readers = cores.saturating_mul(2).clamp(*SQLITE_READERS.start(), *SQLITE_READERS.end());
        self.connections.unwrap_or(if self.is_postgres() { POSTGRES_POOL } else { readers }).max(1)
    }

    /// The file of an SQLite database.
    pub(super) fn file(&self) -> Option<PathBuf> {
        let path = self.url.strip_prefix("sqlite:")?;
        Some(PathBuf::from(path.trim_start_matches("//").split('?').next().unwrap_or_default()))
    }

    pub(super) fn make_folder(&self) -> Result<(), DbError> {
        let file = self.file();
        match file.as_deref().and_then(std::path::Path::parent) {
            Some(folder) if !folder.as_os_str().is_empty() => {
                std::fs::create_dir_all(folder).map_err(|source| DbError::Folder { path: folder.display().to_string(), source })
            }
            _ => Ok(()),
        }
    }

    /// Says that this process has the SQLite file open: with others, or `alone`. PostgreSQL knows by itself who is there.
    pub(super) fn lock(&self, alone: bool) -> Result<Option<File>, DbError> {
        let Some(mut path) = self.file() else { return Ok(None) };
        path.as_mut_os_string().push(LOCK);
        let failed = |source| DbError::Folder { path: path.display().to_string(), source };
        let file = File::options().create(true).append(true).open(&path).map_err(failed)?;
        match if alone { file.try_lock() } else { file.try_lock_shared() } {
            Ok(()) => Ok(Some(file)),
            Err(std::fs::TryLockError::WouldBlock) => Err(DbError::Occupied { at: self.shown() }),
            Err(std::fs::TryLockError::Error(source)) => Err(DbError::Folder { path: path.display().to_string(), source }),
        }
    }

    /// Says who is not let in and why, rather than that a pool gave up. SQLite has nobody to ask.
    pub(super) async fn greet(&self) -> Result<(), DbError> {
        if !self.is_postgres() {
            return Ok(());
        }
        let at = self.shown();
        let options: PgConnectOptions = self.url.parse().map_err(|_| DbError::Url(at.clone()))?;
        match tokio::time::timeout(GREETING, PgConnection::connect_with(&options)).await {
            Ok(Ok(connection)) => {
                // It has answered; how it goes away again is of no matter.
                drop(connection.close().await);
                Ok(())
            }
            Ok(Err(error)) if passes(&error) => Err(DbError::Away { at, said: error.to_string() }),
            Ok(Err(error)) => Err(DbError::NoEntry { at, said: error.to_string() }),
            Err(_) => Err(DbError::Away { at, said: format!("no answer within {} s", GREETING.as_secs()) }),
        }
    }

    /// A pool of that many connections. `change` may alter how SQLite is opened.
    pub(super) async fn connect(&self, connections: u32, role: Role) -> Result<DatabaseConnection, DbErr> {
        let mut options = ConnectOptions::new(self.url.clone());
        options.max_connections(connections).min_connections(1).sqlx_logging(false);
        if self.is_postgres() {
            options.acquire_timeout(POSTGRES_ACQUIRE).set_application_name(self.application);
            options.map_sqlx_postgres_opts(|postgres| postgres.options(PLANNING));
        } else {
            // A writer's connection must live as long as the process: a pool that closes it would make a WAL checkpoint each time.
            options.acquire_timeout(SQLITE_ACQUIRE).idle_timeout(None::<Duration>).max_lifetime(None::<Duration>);
            options.map_sqlx_sqlite_opts(move |sqlite| {
                let sqlite = sqlite
                    .create_if_missing(role != Role::Reader)
                    .foreign_keys(role != Role::Builder)
                    .busy_timeout(SQLITE_BUSY)
                    .pragma("temp_store", "MEMORY");
                match role {
                    Role::Reader => sqlite.pragma("query_only", "true").pragma("cache_size", READER_CACHE),
                    // Imports alone use a hundred different statements, and each of many rows is long to parse.
                    Role::Writer | Role::Builder => sqlite
                        .pragma("journal_mode", "WAL")
                        .pragma("synchronous", "FULL")
                        .pragma("cache_size", WRITER_CACHE)
                        .statement_cache_capacity(WRITER_STATEMENTS),
                }
            });
        }
        let began = Instant::now();
        loop {
            match Database::connect(options.clone()).await {
                Err(error) if !self.is_postgres() && is_locked(&error) && began.elapsed() < SQLITE_BUSY => {
                    tokio::time::sleep(SQLITE_AGAIN).await
                }
                connected => return connected,
            }
        }
    }
}

/// Whether SQLite said that another connection has the file to itself. While one makes its log, or makes it anew, others are told so at once,
/// whatever they are ready to wait: <https://sqlite.org/wal.html#sometimes_queries_return_sqlite_busy_in_wal_mode>
fn is_locked(error: &DbErr) -> bool {
    let DbErr::Conn(RuntimeErr::SqlxError(error)) = error else { return false };
    let Some(code) = error.as_database_error().and_then(|said| said.code()) else { return false };
    // The lower byte is the error, the rest says more about it: https://sqlite.org/rescode.html
    code.parse::<i32>().is_ok_and(|code| code & 0xff == 5)
}

/// What connections to SQLite are for; PostgreSQL makes no difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// Questions alone.
    Reader,
    /// Changes of rows.
    Writer,
    /// Changes of tables, or many rows in whatever order: whoever builds checks foreign keys at the end.
    Builder,
}

/// Whether a refusal to connect may pass by itself: nobody there, still starting, going down, or full.
fn passes(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut => true,
        sqlx::Error::Database(said) => {
            ["57P01", "57P02", "57P03", "53300"].iter().any(|code| said.code().is_some_and(|found| found == *code))
        }
        _ => false,
    }
}

/// A database URL without the password in it.
#[must_use]
pub fn shown(url: &str) -> String {
    let without_user = match (url.find("://"), url.rfind('@')) {
        (Some(scheme), Some(at)) if scheme + 3 < at => format!("{}…{}", &url[..scheme + 3], &url[at..]),
        _ => url.to_owned(),
    };
    match without_user.split_once("password=") {
        Some((before, after)) => {
            let rest = after.split_once('&').map_or_else(String::new, |(_, rest)| format!("&{rest}"));
            format!("{before}password=…{rest}")
        }
        None => without_user,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_in_a_url_is_not_shown() {
        assert_eq!(shown("postgres://qitao:secret@db/hub"), "postgres://…@db/hub");
        assert_eq!(
            shown("postgres:///hub?host=/run&password=secret&sslmode=require"),
            "postgres:///hub?host=/run&password=…&sslmode=require"
        );
        assert_eq!(shown("sqlite:/var/lib/qitao/hub.db"), "sqlite:/var/lib/qitao/hub.db");
    }

    #[test]
    fn a_path_a_url_of_sqlite_and_both_spellings_of_postgres_are_places_and_nothing_else_is() {
        assert_eq!(Place::at("data/hub.db").unwrap().url, "sqlite:data/hub.db");
        assert_eq!(Place::at("sqlite:///var/hub.db?mode=rwc").unwrap().file().unwrap(), PathBuf::from("/var/hub.db"));
        assert_eq!(Place::at("postgresql://db/hub").unwrap().url, "postgres://db/hub");
        assert!(Place::at("postgres://db/hub?sslmode=verify-full&sslrootcert=/etc/ssl/ca.pem").is_ok());
        for wrong in ["", "mysql://x/y", "postgres://db/hub?sslmode=perhaps"] {
            assert!(matches!(Place::at(wrong), Err(DbError::Url(_))), "{wrong}");
        }
    }

    #[tokio::test]
    async fn a_server_that_is_not_there_is_said_to_be_away_and_is_tried_again() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::at(&format!("postgres://qitao:secret@localhost/hub?host={}", folder.path().display())).unwrap();
        let began = std::time::Instant::now();
        let error = super::super::Db::open_at(&place.patience(Duration::from_millis(1_200))).await.unwrap_err();
        assert!(matches!(&error, DbError::Away { .. }), "{error}");
        assert!(!error.to_string().contains("secret"));
        assert!(began.elapsed() >= Duration::from_secs(1), "it waited for the server");
    }
}
