//! SQL written out, with parameters numbered as they come: for lists with optional filters and for inserts of many rows.
//!
//! The text is the same for SQLite and PostgreSQL, but for how parameters are written (`?`; `$1`, `$2`, …). Values only ever go in as
//! parameters.

use std::collections::HashSet;

use sea_orm::{ConnectionTrait, DbBackend, DbErr, FromQueryResult, QueryTrait, Statement, Value};

/// Parameters that one statement may carry; both databases take more than this.
pub const MAX_PARAMETERS: usize = 6_000;

/// A statement in the making.
#[derive(Debug, Clone, Default)]
pub struct Sql {
    text: String,
    values: Vec<Value>,
}

impl Sql {
    /// Begins with a text.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), values: Vec::new() }
    }

    /// A statement that was put together of entities, to stand within another.
    pub fn of(select: &impl QueryTrait) -> Self {
        // Both databases take numbered parameters.
        let Statement { sql, values, .. } = select.build(DbBackend::Postgres);
        Self { text: sql, values: values.map(|values| values.0).unwrap_or_default() }
    }

    /// Adds text that is part of the program, never of a request.
    #[must_use]
    pub fn text(mut self, text: &str) -> Self {
        self.text.push_str(text);
        self
    }

    /// Adds a parameter.
    #[must_use]
    pub fn bind(mut self, value: impl Into<Value>) -> Self {
        self.push(value);
        self
    }

    /// Adds `text` and a parameter behind it when there is a value.
    #[must_use]
    pub fn bind_if(self, text: &str, value: Option<impl Into<Value>>) -> Self {
        match value {
            Some(value) => self.text(text).bind(value),
            None => self,
        }
    }

    /// Whether there is no text in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Adds a list in brackets, for `IN`. An empty list matches nothing. The last value is said again until there are as many as the next
    /// power of two: a database that meets few different statements keeps them prepared.
    #[must_use]
    pub fn among<V: Into<Value>>(self, values: impl IntoIterator<Item = V>) -> Self {
        let mut values: Vec<Value> = values.into_iter().map(Into::into).collect();
        if let Some(last) = values.last().cloned() {
            values.resize(values.len().next_power_of_two(), last);
        }
        self.list(values)
    }

    /// Adds values in brackets: a row. Without any it is one of nothing.
    #[must_use]
    pub fn list<V: Into<Value>>(mut self, values: impl IntoIterator<Item = V>) -> Self {
        self.text.push('(');
        let before = self.values.len();
        for (n, value) in values.into_iter().enumerate() {
            if n > 0 {
                self.text.push(',');
            }
            self.push(value);
        }
        if self.values.len() == before {
            self.text.push_str("NULL");
        }
        self.text.push(')');
        self
    }

    /// Adds rows, each in brackets, for `VALUES`.
    #[must_use]
    pub fn rows(mut self, rows: impl IntoIterator<Item = Vec<Value>>) -> Self {
        for (n, row) in rows.into_iter().enumerate() {
            if n > 0 {
                self.text.push(',');
            }
            self = self.list(row);
        }
        self
    }

    /// Adds ` AND (…)`: `q` begins one of the columns `begins`, or is part of one of `parts`; letters may be large or small. Nothing when
    /// there is nothing to look for.
    #[must_use]
    pub fn matching(self, q: Option<&str>, begins: &[&str], parts: &[&str]) -> Self {
        let Some(q) = q.map(str::trim).filter(|q| !q.is_empty()) else { return self };
        let patterns = begins.iter().map(|column| (column, begins_with(q))).chain(parts.iter().map(|column| (column, contains(q))));
        let mut sql = self.text(" AND (");
        for (n, (column, pattern)) in patterns.enumerate() {
            let or = if n == 0 { "" } else { " OR " };
            sql = sql.text(&format!("{or}LOWER({column}) LIKE ")).bind(pattern.to_lowercase()).text(" ESCAPE '\\'");
            if !q.is_ascii() {
                // SQLite makes small only what is ASCII; other letters are then found as they were typed.
                sql = sql.text(&format!(" OR {column} LIKE ")).bind(pattern).text(" ESCAPE '\\'");
            }
        }
        sql.text(")")
    }

    /// Adds a statement's text and parameters, numbered on.
    #[must_use]
    pub fn append(mut self, other: &Self) -> Self {
        let mut rest = other.text.as_str();
        let mut next = 0;
        while let Some(at) = rest.find('$') {
            let (before, after) = rest.split_at(at);
            self.text.push_str(before);
            let digits = after[1..].bytes().take_while(u8::is_ascii_digit).count();
            if let Some(value) = other.values.get(next) {
                self.push(value.clone());
                next += 1;
            }
            rest = &after[1 + digits..];
        }
        self.text.push_str(rest);
        self
    }

    fn push(&mut self, value: impl Into<Value>) {
        self.values.push(value.into());
        self.text.push('$');
        self.text.push_str(&self.values.len().to_string());
    }

    fn statement(self, db: &impl ConnectionTrait) -> Statement {
        let backend = db.get_database_backend();
        let text = if backend == DbBackend::Sqlite { by_place(&self.text) } else { self.text };
        Statement::from_sql_and_values(backend, text, self.values)
    }

    /// All rows.
    ///
    /// # Errors
    /// What the database said.
    pub async fn all<T: FromQueryResult>(self, db: &impl ConnectionTrait) -> Result<Vec<T>, DbErr> {
        let statement = self.statement(db);
        db.query_all_raw(statement).await?.iter().map(|row| T::from_query_result(row, "")).collect()
    }

    /// The first row.
    ///
    /// # Errors
    /// What the database said.
    pub async fn one<T: FromQueryResult>(self, db: &impl ConnectionTrait) -> Result<Option<T>, DbErr> {
        let statement = self.statement(db);
        db.query_one_raw(statement).await?.map(|row| T::from_query_result(&row, "")).transpose()
    }

    /// The first column of the first row: a count, a sum, an id. 0 when there is no row or it is null.
    ///
    /// # Errors
    /// What the database said.
    pub async fn number(self, db: &impl ConnectionTrait) -> Result<i64, DbErr> {
        let statement = self.statement(db);
        match db.query_one_raw(statement).await? {
            // PostgreSQL tells small numbers from large ones, as in SELECT 1.
            Some(row) => match row.try_get_by_index::<Option<i64>>(0) {
                Ok(number) => Ok(number.unwrap_or(0)),
                Err(_) => Ok(row.try_get_by_index::<Option<i32>>(0)?.map_or(0, i64::from)),
            },
            None => Ok(0),
        }
    }

    /// The first column of all rows, which are ids.
    ///
    /// # Errors
    /// What the database said.
    pub async fn numbers(self, db: &impl ConnectionTrait) -> Result<Vec<i64>, DbErr> {
        let statement = self.statement(db);
        db.query_all_raw(statement).await?.iter().map(|row| row.try_get_by_index(0)).collect()
    }

    /// The first column of all rows, which are texts.
    ///
    /// # Errors
    /// What the database said.
    pub async fn texts(self, db: &impl ConnectionTrait) -> Result<Vec<String>, DbErr> {
        let statement = self.statement(db);
        db.query_all_raw(statement).await?.iter().map(|row| row.try_get_by_index(0)).collect()
    }

    /// The first column of the first row as text.
    ///
    /// # Errors
    /// What the database said.
    pub async fn word(self, db: &impl ConnectionTrait) -> Result<Option<String>, DbErr> {
        let statement = self.statement(db);
        match db.query_one_raw(statement).await? {
            Some(row) => row.try_get_by_index::<Option<String>>(0),
            None => Ok(None),
        }
    }

    /// Runs a change; how many rows it touched.
    ///
    /// # Errors
    /// What the database said.
    pub async fn run(self, db: &impl ConnectionTrait) -> Result<u64, DbErr> {
        let statement = self.statement(db);
        Ok(db.execute_raw(statement).await?.rows_affected())
    }
}

/// The text with `?` for each parameter. To SQLite `$1` is a name, and it looks for a name among all others, each time a value is bound: a
/// statement of 2,500 parameters would go through three million of them.
fn by_place(text: &str) -> String {
    let (mut plain, mut rest) = (String::with_capacity(text.len()), text);
    while let Some((before, after)) = rest.split_once('$') {
        rest = after.trim_start_matches(|digit: char| digit.is_ascii_digit());
        plain.push_str(before);
        plain.push(if rest.len() < after.len() { '?' } else { '$' });
    }
    plain.push_str(rest);
    plain
}

/// A pattern for `LIKE … ESCAPE '\'` that matches what begins with `text`.
fn begins_with(text: &str) -> String {
    format!("{}%", escape(text))
}

/// A pattern for `LIKE … ESCAPE '\'` that matches what contains `text`.
fn contains(text: &str) -> String {
    format!("%{}%", escape(text))
}

fn escape(text: &str) -> String {
    text.trim().replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}

/// Most rows that go into one statement.
const MOST_ROWS: usize = 256;

/// Cuts rows into pieces for one statement each, whose lengths are powers of two: few different statements, which databases keep prepared.
pub fn pieces<T>(mut rows: &[T]) -> impl Iterator<Item = &[T]> {
    std::iter::from_fn(move || {
        let size = if rows.len() >= MOST_ROWS { MOST_ROWS } else { 1 << rows.len().checked_ilog2()? };
        let (some, rest) = rows.split_at(size);
        rows = rest;
        Some(some)
    })
}

/// Inserts rows, many in one statement.
///
/// # Errors
/// What the database said.
pub async fn insert_many(
    db: &impl ConnectionTrait,
    into: &str,
    columns: &[&str],
    rows: impl IntoIterator<Item = Vec<Value>>,
) -> Result<(), DbErr> {
    insert(db, into, columns, rows, "").await
}

/// As [`insert_many`]; rows whose key is there stay as they are.
///
/// # Errors
/// What the database said.
pub async fn insert_new(
    db: &impl ConnectionTrait,
    into: &str,
    columns: &[&str],
    rows: impl IntoIterator<Item = Vec<Value>>,
) -> Result<(), DbErr> {
    insert(db, into, columns, rows, " ON CONFLICT DO NOTHING").await
}

async fn insert(
    db: &impl ConnectionTrait,
    into: &str,
    columns: &[&str],
    rows: impl IntoIterator<Item = Vec<Value>>,
    tail: &str,
) -> Result<(), DbErr> {
    let head = format!("INSERT INTO {into} ({}) VALUES ", columns.join(","));
    let rows: Vec<Vec<Value>> = rows.into_iter().collect();
    for some in pieces(&rows) {
        Sql::new(head.clone()).rows(some.iter().cloned()).text(tail).run(db).await?;
    }
    Ok(())
}

/// Writes columns of a row, whose version grows with it.
///
/// # Errors
/// What the database said.
pub async fn update(
    tx: &impl ConnectionTrait,
    table: &str,
    id: i64,
    columns: impl IntoIterator<Item = (&'static str, Value)>,
) -> Result<(), DbErr> {
    let mut sql = Sql::new(format!("UPDATE {table} SET version = version + 1"));
    for (column, value) in columns {
        sql = sql.text(&format!(", {column} = ")).bind(value);
    }
    sql.text(" WHERE id = ").bind(id).run(tx).await?;
    Ok(())
}

/// Holds a row until the transaction ends: a write that changes nothing does that on both databases.
///
/// # Errors
/// What the database said.
pub async fn hold(tx: &impl ConnectionTrait, table: &str, id: i64) -> Result<(), DbErr> {
    Sql::new(format!("UPDATE {table} SET version = version WHERE id = ")).bind(id).run(tx).await?;
    Ok(())
}

/// Which of some ids one of these statements finds; each gives ids and ends with `IN`.
///
/// # Errors
/// What the database said.
pub async fn found_by(db: &impl ConnectionTrait, selects: &[&str], of: &[i64]) -> Result<HashSet<i64>, DbErr> {
    let mut found = HashSet::new();
    for some in of.chunks((MAX_PARAMETERS / selects.len().max(1)).max(1)) {
        let mut sql = Sql::default();
        for (n, select) in selects.iter().enumerate() {
            sql = if n > 0 { sql.text(" UNION ") } else { sql }.text(select).among(some.iter().copied());
        }
        found.extend(sql.numbers(db).await?);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_numbered_as_they_come_also_when_appended() {
        let filter = Sql::new(" AND a=").bind(1_i64).text(" AND b IN ").among([2_i64, 3, 4]);
        let sql = Sql::new("SELECT 1 WHERE z=").bind(0_i64).append(&filter);
        assert_eq!(sql.text, "SELECT 1 WHERE z=$1 AND a=$2 AND b IN ($3,$4,$5,$6)");
        assert_eq!(sql.values.len(), 6);
        assert_eq!(Sql::new("x IN ").among(Vec::<i64>::new()).text, "x IN (NULL)");
        assert_eq!(by_place(&sql.text), "SELECT 1 WHERE z=? AND a=? AND b IN (?,?,?,?)");
        assert_eq!(by_place("a->>'$.b' = $12$3"), "a->>'$.b' = ??");
    }

    #[test]
    fn rows_go_into_statements_of_few_lengths() {
        let lengths = |many: usize| pieces(&vec![(); many]).map(<[()]>::len).collect::<Vec<_>>();
        assert_eq!(lengths(0), [0; 0]);
        assert_eq!(lengths(7), [4, 2, 1]);
        assert_eq!(lengths(600), [256, 256, 64, 16, 8]);
    }

    #[test]
    fn signs_of_a_pattern_are_taken_literally() {
        assert_eq!(contains("50%_A\\"), "%50\\%\\_A\\\\%");
        assert_eq!(begins_with(" YG-"), "YG-%");
    }
}
