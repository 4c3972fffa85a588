//! A database for one test: a new file of SQLite, or a new database on the PostgreSQL server that QITAO_TEST_POSTGRES names (as
//! `tests/setup/postgres.sh with COMMAND` does). Tables are made once for all tests and copied from then on.

use sea_orm::{ConnectOptions, ConnectionTrait, Database, DbErr};
use tempfile::TempDir;
use tokio::sync::OnceCell;

use super::Db;

/// A database that is gone when this is dropped.
pub struct Scratch {
    url: String,
    /// Only the file of SQLite lives in it.
    _folder: TempDir,
    /// Server and name of a database on PostgreSQL.
    on_server: Option<(String, String)>,
}

impl Scratch {
    /// Its URL.
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let Some((server, name)) = self.on_server.take() else { return };
        // A test has a runtime of its own that cannot wait here. What stays behind goes with the server.
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(tell(&server, &format!("DROP DATABASE \"{name}\" WITH (FORCE)")))
        });
        drop(dropping.join());
    }
}

/// The server that the tests of this run are to use; nothing for SQLite.
fn server() -> Option<String> {
    std::env::var("QITAO_TEST_POSTGRES").ok().filter(|url| !url.is_empty())
}

/// One statement to a server.
async fn tell(server: &str, statement: &str) -> Result<(), DbErr> {
    let mut options = ConnectOptions::new(server.to_owned());
    options.max_connections(1).sqlx_logging(false);
    let connection = Database::connect(options).await?;
    connection.execute_unprepared(statement).await?;
    connection.close().await
}

fn invented() -> String {
    format!("t{:016x}", rand::random::<u64>())
}

/// The URL of another database on the same server.
fn beside(server: &str, name: &str) -> String {
    let (base, parameters) = server.split_once('?').map_or((server, String::new()), |(base, rest)| (base, format!("?{rest}")));
    let host = base.rfind('/').map_or(base, |at| &base[..at]);
    format!("{host}/{name}{parameters}")
}

/// A database with nothing in it.
pub async fn nothing() -> Scratch {
    let folder = tempfile::tempdir().unwrap();
    match server() {
        None => Scratch { url: format!("sqlite:{}", folder.path().join("hub.db").display()), _folder: folder, on_server: None },
        Some(server) => {
            let name = invented();
            tell(&server, &format!("CREATE DATABASE \"{name}\"")).await.unwrap();
            Scratch { url: beside(&server, &name), _folder: folder, on_server: Some((server, name)) }
        }
    }
}

/// A database with the hub's tables as they are at the first start.
pub async fn scratch() -> Scratch {
    static FILE: OnceCell<Vec<u8>> = OnceCell::const_new();
    static NAME: OnceCell<String> = OnceCell::const_new();
    match server() {
        None => {
            let made = FILE.get_or_init(|| async {
                let template = nothing().await;
                Db::open(template.url()).await.unwrap().close().await.unwrap();
                std::fs::read(template.url().trim_start_matches("sqlite:")).unwrap()
            });
            let scratch = nothing().await;
            std::fs::write(scratch.url().trim_start_matches("sqlite:"), made.await).unwrap();
            scratch
        }
        Some(server) => {
            let made = NAME.get_or_init(|| async {
                let name = invented();
                tell(&server, &format!("CREATE DATABASE \"{name}\"")).await.unwrap();
                Db::open(&beside(&server, &name)).await.unwrap().close().await.unwrap();
                name
            });
            let (template, name) = (made.await, invented());
            tell(&server, &format!("CREATE DATABASE \"{name}\" TEMPLATE \"{template}\"")).await.unwrap();
            Scratch { url: beside(&server, &name), _folder: tempfile::tempdir().unwrap(), on_server: Some((server, name)) }
        }
    }
}
