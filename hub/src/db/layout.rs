//! What a database itself says about its tables: columns, foreign keys, and the counters that number new rows. Nothing here names a table of
//! the hub, so that what moves or looks after tables takes every table along that a migration will ever make.

use std::collections::BTreeMap;

use sea_orm::{ConnectionTrait, DbBackend, DbErr, FromQueryResult, QueryResult, Value};

use crate::platform::sql::Sql;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Whole,
    Real,
    Flag,
    Text,
    Json,
    Bytes,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Column {
    pub name: String,
    pub kind: Kind,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Table {
    pub name: String,
    pub columns: Vec<Column>,
}

/// A name as both databases take it.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

impl Kind {
    /// From PostgreSQL's name of the type, or from how the column of SQLite was declared.
    fn of(kind: &str) -> Option<Self> {
        let kind = kind.to_ascii_lowercase();
        let has = |words: &[&str]| words.iter().any(|word| kind.contains(word));
        Some(match kind.as_str() {
            "interval" | "point" => return None,
            _ if has(&["json"]) => Self::Json,
            _ if has(&["bool"]) => Self::Flag,
            _ if has(&["int"]) => Self::Whole,
            _ if has(&["char", "text"]) => Self::Text,
            _ if has(&["blob", "bytea", "binary"]) => Self::Bytes,
            _ if has(&["float", "double", "real"]) => Self::Real,
            _ => return None,
        })
    }
}

impl Table {
    /// `SELECT` of all columns, as [`Table::values`] reads them.
    pub(super) fn question(&self) -> String {
        let columns = self.columns.iter().map(|column| {
            let name = quoted(&column.name);
            match column.kind {
                Kind::Whole => format!("CAST({name} AS BIGINT)"),
                Kind::Real => format!("CAST({name} AS DOUBLE PRECISION)"),
                _ => name,
            }
        });
        format!("SELECT {} FROM {}", columns.collect::<Vec<_>>().join(","), quoted(&self.name))
    }

    pub(super) fn values(&self, row: &QueryResult) -> Result<Vec<Value>, DbErr> {
        let value = |(at, column): (usize, &Column)| {
            Ok(match column.kind {
                Kind::Whole => row.try_get_by_index::<Option<i64>>(at)?.into(),
                Kind::Real => row.try_get_by_index::<Option<f64>>(at)?.into(),
                Kind::Flag => row.try_get_by_index::<Option<bool>>(at)?.into(),
                Kind::Text => row.try_get_by_index::<Option<String>>(at)?.into(),
                Kind::Json => row.try_get_by_index::<Option<serde_json::Value>>(at)?.into(),
                Kind::Bytes => row.try_get_by_index::<Option<Vec<u8>>>(at)?.into(),
            })
        };
        self.columns.iter().enumerate().map(value).collect()
    }
}

#[derive(FromQueryResult)]
struct Found {
    table_name: String,
    column_name: String,
    kind: String,
}

/// All tables that hold data of their own, by name; not what a migration keeps for itself, nor what SQLite derives for searching.
pub(super) async fn tables(db: &impl ConnectionTrait) -> Result<Vec<Table>, DbErr> {
    let question = match db.get_database_backend() {
        DbBackend::Sqlite => {
            "SELECT l.name AS table_name, i.name AS column_name, i.type AS kind FROM pragma_table_list AS l, pragma_table_info(l.name) AS i \
             WHERE l.schema = 'main' AND l.type = 'table' AND l.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND l.name <> 'seaql_migrations' \
             ORDER BY l.name, i.cid"
        }
        _ => {
            "SELECT CAST(c.table_name AS TEXT) AS table_name, CAST(c.column_name AS TEXT) AS column_name, CAST(c.udt_name AS TEXT) AS kind \
             FROM information_schema.columns AS c JOIN information_schema.tables AS t \
             ON t.table_schema = c.table_schema AND t.table_name = c.table_name \
             WHERE c.table_schema = current_schema() AND t.table_type = 'BASE TABLE' AND c.is_generated = 'NEVER' \
             AND c.table_name <> 'seaql_migrations' ORDER BY c.table_name COLLATE \"C\", c.ordinal_position"
        }
    };
    let mut tables: Vec<Table> = Vec::new();
    for found in Sql::new(question).all::<Found>(db).await? {
        let Found { table_name, column_name, kind } = found;
        let kind = Kind::of(&kind).ok_or_else(|| DbErr::Type(format!("{table_name}.{column_name} is {kind}, which cannot be moved")))?;
        let column = Column { name: column_name, kind };
        match tables.last_mut().filter(|table| table.name == table_name) {
            Some(table) => table.columns.push(column),
            None => tables.push(Table { name: table_name, columns: vec![column] }),
        }
    }
    Ok(tables)
}

/// A foreign key of PostgreSQL, as it is written.
#[derive(Debug, FromQueryResult)]
struct ForeignKey {
    of: String,
    name: String,
    definition: String,
}

/// Lets rows come in any order; what it returns puts the foreign keys back. SQLite does not look when a connection builds.
pub(super) async fn set_foreign_keys_aside(db: &impl ConnectionTrait) -> Result<Vec<String>, DbErr> {
    if db.get_database_backend() == DbBackend::Sqlite {
        return Ok(Vec::new());
    }
    let question = "SELECT CAST(CAST(conrelid AS regclass) AS TEXT) AS of, CAST(conname AS TEXT) AS name, pg_get_constraintdef(oid) AS definition \
                    FROM pg_constraint WHERE contype = 'f' AND connamespace = CAST(current_schema() AS regnamespace) ORDER BY 1, 2";
    let mut back = Vec::new();
    for ForeignKey { of, name, definition } in Sql::new(question).all::<ForeignKey>(db).await? {
        let name = quoted(&name);
        db.execute_unprepared(&format!("ALTER TABLE {of} DROP CONSTRAINT {name}")).await?;
        back.push(format!("ALTER TABLE {of} ADD CONSTRAINT {name} {definition}"));
    }
    Ok(back)
}

/// Whether every row that is referred to is there. PostgreSQL has looked by itself.
pub(super) async fn check_foreign_keys(db: &impl ConnectionTrait) -> Result<(), DbErr> {
    if db.get_database_backend() == DbBackend::Sqlite {
        let question = "SELECT \"table\" || ' refers to a missing row of ' || parent FROM pragma_foreign_key_check() LIMIT 1";
        if let Some(broken) = Sql::new(question).word(db).await? {
            return Err(DbErr::Custom(broken));
        }
    }
    Ok(())
}

#[derive(FromQueryResult)]
struct Counter {
    table_name: String,
    column_name: String,
    sequence: String,
}

async fn sequences(db: &impl ConnectionTrait) -> Result<Vec<Counter>, DbErr> {
    let question = "SELECT * FROM (SELECT CAST(table_name AS TEXT) AS table_name, CAST(column_name AS TEXT) AS column_name, \
                    pg_get_serial_sequence(quote_ident(table_schema) || '.' || quote_ident(table_name), column_name) AS sequence \
                    FROM information_schema.columns WHERE table_schema = current_schema()) AS counters WHERE sequence IS NOT NULL";
    Sql::new(question).all(db).await
}

/// The last number that each numbered table has given to a row, be that row there or not.
///
/// # Errors
/// What the database said.
pub async fn counters(db: &impl ConnectionTrait) -> Result<BTreeMap<String, i64>, DbErr> {
    #[derive(FromQueryResult)]
    struct Last {
        name: String,
        last: i64,
    }
    let mut last = BTreeMap::new();
    if db.get_database_backend() == DbBackend::Sqlite {
        for row in Sql::new("SELECT name, seq AS last FROM sqlite_sequence").all::<Last>(db).await? {
            last.insert(row.name, row.last);
        }
        return Ok(last);
    }
    for counter in sequences(db).await? {
        let question = format!("SELECT CASE WHEN is_called THEN last_value ELSE last_value - 1 END FROM {}", counter.sequence);
        last.insert(counter.table_name, Sql::new(question).number(db).await?);
    }
    Ok(last)
}

/// Lets numbered tables go on behind the largest number that is there, and behind `least` where that says more: after rows were written with
/// numbers of their own.
///
/// # Errors
/// What the database said.
pub async fn raise_counters(db: &impl ConnectionTrait, least: &BTreeMap<String, i64>) -> Result<(), DbErr> {
    if db.get_database_backend() == DbBackend::Sqlite {
        // Its counters follow the numbers of rows by themselves.
        for (table, last) in least {
            let raised = Sql::new("UPDATE sqlite_sequence SET seq = MAX(seq, ").bind(*last).text(") WHERE name = ").bind(table.as_str());
            if raised.run(db).await? == 0 {
                Sql::new("INSERT INTO sqlite_sequence (name, seq) VALUES ")
                    .list([Value::from(table.as_str()), (*last).into()])
                    .run(db)
                    .await?;
            }
        }
        return Ok(());
    }
    for Counter { table_name, column_name, sequence } in sequences(db).await? {
        let least = least.get(&table_name).copied().unwrap_or(0);
        let largest = format!("(SELECT COALESCE(MAX({}), 0) FROM {})", quoted(&column_name), quoted(&table_name));
        let raise = Sql::new("SELECT setval(CAST(").bind(sequence).text(" AS regclass), GREATEST(").text(&largest).text(", ").bind(least);
        raise.text(") + 1, false)").number(db).await?;
    }
    Ok(())
}
