//! `hub move-database`: everything from one database into another, empty one.

use std::io::{IsTerminal as _, Write as _};
use std::time::Instant;

use clap::Args;

use super::Failure;
use crate::db::{Db, Place, move_database, shown};
use crate::inventory;
use crate::platform::config::Config;
use crate::platform::sql::Sql;

#[derive(Args)]
pub(super) struct Options {
    /// Where to: an empty database, postgres://… (or sqlite:PATH, to go back).
    #[arg(long, value_name = "URL")]
    to: String,
    /// Where from; the database that the settings name when left away.
    #[arg(long, value_name = "URL")]
    from: Option<String>,
}

pub(super) async fn run(config: &Config, options: Options) -> Result<(), Failure> {
    let from = options.from.unwrap_or_else(|| config.database_url());
    let (from, to) = (Place::at(&from)?, Place::at(&options.to)?);
    let began = Instant::now();
    let live = std::io::stderr().is_terminal();
    let moved = move_database(&from, &to, |table, rows| {
        if live {
            eprint!("\r  {table:<24} {rows:>12}");
            // Only somebody who watches misses something when it fails.
            drop(std::io::stderr().flush());
        }
    })
    .await?;
    if live {
        eprintln!();
    }
    for (table, rows) in &moved.tables {
        println!("  {table:<24} {rows:>12}");
    }
    let rows: u64 = moved.tables.iter().map(|(_, rows)| rows).sum();
    println!("moved and compared: {rows} rows of {} tables in {:.1} s", moved.tables.len(), began.elapsed().as_secs_f64());
    let db = Db::open_at(&to).await?;
    println!("{}", ledger(&db).await?);
    db.close().await?;
    println!("from now on start the hub with: --database {}   (or QITAO_DATABASE)", shown(&options.to));
    println!("{} is left as it was, and says where everything went when a hub is started on it", from.shown());
    Ok(())
}

/// The books in one line.
pub(super) async fn ledger(db: &Db) -> Result<String, Failure> {
    let number = async |question: &str| Sql::new(question).number(db.read()).await;
    let movements = number("SELECT COUNT(*) FROM movement").await?;
    let on_hand = number("SELECT COUNT(*) FROM stock WHERE quantity <> 0").await?;
    let differences = inventory::tie_out(db.read()).await?.len();
    Ok(format!("ledger: {movements} movements, {on_hand} stock rows, {differences} differences between them"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::seed;
    use super::*;
    use crate::db::{DbError, MoveError, counters, rig};
    use crate::demo::chain;

    /// Every table of a database with its rows, asked in another way than the mover asks.
    async fn counted(db: &Db) -> BTreeMap<String, i64> {
        let question = match db.backend() {
            sea_orm::DbBackend::Sqlite => "SELECT group_concat(name) FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
            _ => "SELECT string_agg(CAST(tablename AS TEXT), ',') FROM pg_tables WHERE schemaname = 'public'",
        };
        let mut counted = BTreeMap::new();
        for name in Sql::new(question).word(db.read()).await.unwrap().unwrap().split(',') {
            counted.insert(name.to_owned(), Sql::new(format!("SELECT COUNT(*) FROM {name}")).number(db.read()).await.unwrap());
        }
        counted
    }

    async fn sum(db: &Db, of: &str) -> i64 {
        Sql::new(format!("SELECT CAST(SUM({of}) AS BIGINT) FROM movement")).number(db.read()).await.unwrap()
    }

    async fn seeded(url: &str) -> Db {
        let db = Db::open(url).await.unwrap();
        seed::write(&db, &chain(1, 200), None, |_| ()).await.unwrap();
        let tx = db.begin().await.unwrap();
        for statement in [
            "INSERT INTO setting (key, value) VALUES ('mark', '客户 ''引号'' \\ 😀')",
            "INSERT INTO exception (kind, opened_ms, state, data) VALUES ('printer', 1, 'open', '{\"b\":[1,null,2.5],\"a\":\"纸\"}')",
            "INSERT INTO operator (name, badge, version, deleted) VALUES ('x', 'last', 1, FALSE)",
            "DELETE FROM operator WHERE badge = 'last'",
        ] {
            Sql::new(statement).run(&tx).await.unwrap();
        }
        tx.commit().await.unwrap();
        db
    }

    /// An SQLite file, whatever database this run of the tests is on.
    fn file(folder: &tempfile::TempDir, name: &str) -> String {
        format!("sqlite:{}", folder.path().join(name).display())
    }

    #[tokio::test]
    async fn everything_arrives_with_equal_totals_in_every_table_and_goes_back_again() {
        let (folder, target) = (tempfile::tempdir().unwrap(), rig::nothing().await);
        let (first, back) = (file(&folder, "first.db"), file(&folder, "back.db"));
        let db = seeded(&first).await;
        let (tables, numbers, ledger_before) = (counted(&db).await, counters(db.read()).await.unwrap(), ledger(&db).await.unwrap());
        let sums = (sum(&db, "quantity").await, sum(&db, "quantity * to_id").await);
        db.close().await.unwrap();
        drop(db);
        for (from, to) in [(first.as_str(), target.url()), (target.url(), back.as_str())] {
            let moved = move_database(&Place::at(from).unwrap(), &Place::at(to).unwrap(), |_, _| ()).await.unwrap();
            let db = Db::open(to).await.unwrap();
            assert_eq!(counted(&db).await, tables, "a table was forgotten");
            assert_eq!(moved.tables.len() + 1, tables.len(), "all but the list of migrations");
            assert_eq!((sum(&db, "quantity").await, sum(&db, "quantity * to_id").await), sums);
            assert_eq!(ledger(&db).await.unwrap(), ledger_before);
            assert!(ledger_before.contains(", 0 differences") && tables["movement"] > 50, "{ledger_before}");
            let now = counters(db.read()).await.unwrap();
            assert!(numbers.iter().all(|(table, last)| now[table] >= *last), "a number is never given twice: {numbers:?} {now:?}");
            let tx = db.begin().await.unwrap();
            let id =
                Sql::new("INSERT INTO operator (name, badge, version, deleted) VALUES ('y', 'new', 1, FALSE) RETURNING id").number(&tx);
            assert!(id.await.unwrap() > numbers["operator"], "also not that of a row that is gone");
            drop(tx);
            let mark = Sql::new("SELECT value FROM setting WHERE key = 'mark'").word(db.read()).await.unwrap();
            assert_eq!(mark.unwrap(), "客户 '引号' \\ 😀");
            db.close().await.unwrap();
        }
        let error = Db::open(&first).await.unwrap_err();
        assert!(matches!(&error, DbError::Moved { to, .. } if *to == shown(target.url())), "{error}");
    }

    #[tokio::test]
    async fn a_target_that_holds_something_is_refused_and_a_source_in_use_too() {
        let (folder, target) = (tempfile::tempdir().unwrap(), rig::scratch().await);
        let from = file(&folder, "hub.db");
        let db = seeded(&from).await;
        let (from, to) = (Place::at(&from).unwrap(), Place::at(target.url()).unwrap());
        let error = move_database(&from, &to, |_, _| ()).await.unwrap_err();
        assert!(matches!(&error, MoveError::Database(DbError::Occupied { .. })), "{error}");
        db.close().await.unwrap();
        drop(db);
        let error = move_database(&from, &to, |_, _| ()).await.unwrap_err();
        assert!(matches!(&error, MoveError::NotEmpty { .. }), "{error}");
        Db::open_at(&from).await.unwrap().close().await.unwrap();
    }
}
