//! Pages of a list: `{items, next, total}` with an opaque cursor.
//!
//! A cursor is the sort key of the last row shown, so that rows which come or go meanwhile neither repeat nor hide others.

use axum::http::StatusCode;
use data_encoding::BASE64URL_NOPAD;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect, Select, Value};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::extract::given;
use super::problem::{Problem, Who};
use crate::platform::sql::Sql;

/// Rows on a page when the reader does not say.
const DEFAULT_LIMIT: u64 = 50;
/// Most rows on a page that somebody asks for.
const MAX_LIMIT: u64 = 200;
/// Most rows on a page that the hub itself asks for, such as for an export.
const BULK: u64 = 1_000;
/// Rows of a list that are counted: a person wants to know whether it is long, not to wait until a million rows are counted.
pub const COUNTED: i64 = 10_000;

/// Which page of a list.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// `next` of the page before; empty for the first page.
    #[serde(default, deserialize_with = "given")]
    pub cursor: Option<String>,
    /// Rows on the page, 1 to 200; 50 when not given.
    #[serde(default, deserialize_with = "limited")]
    pub limit: Option<u64>,
    /// Nobody looks at how long the list is.
    #[serde(skip)]
    #[param(ignore)]
    uncounted: bool,
}

fn limited<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    Ok(given::<D, u64>(deserializer)?.map(|limit| limit.min(MAX_LIMIT)))
}

impl PageQuery {
    /// The page after `cursor`, as large as the hub itself takes them.
    #[must_use]
    pub const fn bulk(cursor: Option<String>) -> Self {
        Self { cursor, limit: Some(BULK), uncounted: false }
    }

    /// The first rows of a list, for a page that shows a few of them beside something else. They are not counted.
    #[must_use]
    pub const fn top(rows: u64) -> Self {
        Self { cursor: None, limit: Some(rows), uncounted: true }
    }

    /// Whether the hub itself goes through all rows.
    #[must_use]
    pub fn is_bulk(&self) -> bool {
        self.limit == Some(BULK)
    }

    /// The same page, of a list that would take long to count for what it would tell.
    #[must_use]
    pub fn uncounted_if(&self, is_so: bool) -> Self {
        // The hub itself goes through all rows, and says how many they are.
        Self { uncounted: self.uncounted || (is_so && !self.is_bulk()), ..self.clone() }
    }

    /// The page of so many rows after `cursor`.
    #[cfg(test)]
    pub const fn of_rows(cursor: Option<String>, rows: u64) -> Self {
        Self { cursor, limit: Some(rows), uncounted: false }
    }

    /// Rows on the page.
    #[must_use]
    pub fn limit(&self) -> u64 {
        self.limit.unwrap_or(DEFAULT_LIMIT).clamp(1, BULK)
    }

    /// The sort key to go on after.
    ///
    /// # Errors
    /// A 400 problem when the cursor is not one that this hub gave.
    pub fn after<K: DeserializeOwned>(&self) -> Result<Option<K>, Problem> {
        let Some(cursor) = &self.cursor else { return Ok(None) };
        let key = BASE64URL_NOPAD.decode(cursor.as_bytes()).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
        key.map(Some).ok_or_else(|| {
            Problem::new(
                StatusCode::BAD_REQUEST,
                "cursor",
                "翻页标记无效，请从第一页重新开始。",
                "This cursor is not valid; start again from the first page.",
            )
            .field("cursor")
            .who(Who::Reader)
        })
    }
}

/// What a list is sorted by; together the values are different in every row.
pub trait SortKey: Serialize + DeserializeOwned {
    /// The values, in the order of the columns.
    fn values(self) -> Vec<Value>;
}

impl SortKey for i64 {
    fn values(self) -> Vec<Value> {
        vec![self.into()]
    }
}

impl SortKey for String {
    fn values(self) -> Vec<Value> {
        vec![self.into()]
    }
}

impl<A: Into<Value> + Serialize + DeserializeOwned, B: Into<Value> + Serialize + DeserializeOwned> SortKey for (A, B) {
    fn values(self) -> Vec<Value> {
        vec![self.0.into(), self.1.into()]
    }
}

impl<A, B, C> SortKey for (A, B, C)
where
    A: Into<Value> + Serialize + DeserializeOwned,
    B: Into<Value> + Serialize + DeserializeOwned,
    C: Into<Value> + Serialize + DeserializeOwned,
{
    fn values(self) -> Vec<Value> {
        vec![self.0.into(), self.1.into(), self.2.into()]
    }
}

impl SortKey for (i64, String, i64, i64) {
    fn values(self) -> Vec<Value> {
        vec![self.0.into(), self.1.into(), self.2.into(), self.3.into()]
    }
}

/// The order of a list that is written in SQL.
#[derive(Debug, Clone, Copy)]
pub struct Sort<'a> {
    columns: &'a [&'a str],
    down: bool,
}

impl<'a> Sort<'a> {
    /// From small to large.
    #[must_use]
    pub const fn up(columns: &'a [&'a str]) -> Self {
        Self { columns, down: false }
    }

    /// From large to small: the newest first.
    #[must_use]
    pub const fn down(columns: &'a [&'a str]) -> Self {
        Self { columns, down: true }
    }
}

impl PageQuery {
    /// How many rows a list has, and whether there are more than are counted. `each` selects something for each of them. The hub itself, which
    /// goes through all, has all of them counted with the first page, and none with the others.
    ///
    /// # Errors
    /// What the database said.
    pub async fn total(&self, db: &impl ConnectionTrait, each: &Sql) -> Result<(i64, bool), DbErr> {
        if self.uncounted {
            return Ok((0, true));
        }
        let counted = Sql::new("SELECT COUNT(*) FROM (").append(each);
        let (counted, most) = match (self.is_bulk(), &self.cursor) {
            (true, Some(_)) => return Ok((0, false)),
            (true, None) => (counted, i64::MAX),
            (false, _) => (counted.text(" LIMIT ").bind(COUNTED + 1), COUNTED),
        };
        let total = counted.text(") AS counted").number(db).await?;
        Ok((total.min(most), total > most))
    }

    /// The page of a list that is written in SQL: `each` selects something for each row, `rows` reads them and ends within its conditions;
    /// `key` is what a row has in the columns of the order.
    ///
    /// # Errors
    /// A problem when the cursor is not valid or the database fails.
    pub async fn rows<T: FromQueryResult, K: SortKey>(
        &self,
        db: &impl ConnectionTrait,
        each: Sql,
        rows: Sql,
        sort: Sort<'_>,
        key: impl Fn(&T) -> K,
    ) -> Result<Page<T>, Problem> {
        let after: Option<K> = self.after()?;
        let (total, at_least) = self.total(db, &each).await?;
        let mut sql = rows;
        if let Some(after) = after {
            let behind = if sort.down { "<" } else { ">" };
            sql = sql.text(&format!(" AND ({}) {behind} ", sort.columns.join(", "))).list(after.values());
        }
        let way = if sort.down { " DESC" } else { "" };
        let order: Vec<String> = sort.columns.iter().map(|column| format!("{column}{way}")).collect();
        let sql = sql.text(&format!(" ORDER BY {} LIMIT ", order.join(", ")));
        let rows = sql.bind(self.limit().cast_signed() + 1).all(db).await?;
        Ok(self.page(rows, (total, at_least), key))
    }

    /// The page of rows that were asked for with one more than the limit, and of what [`PageQuery::total`] said.
    pub fn page<T, K: Serialize>(&self, rows: Vec<T>, (total, at_least): (i64, bool), key: impl Fn(&T) -> K) -> Page<T> {
        let page = Page::of(rows, self.limit(), total, key);
        if !self.uncounted {
            return Page { at_least, ..page };
        }
        let (shown, is_all) = (i64::try_from(page.items.len()).unwrap_or(i64::MAX), self.cursor.is_none() && page.next.is_none());
        Page { total: shown, at_least: !is_all, ..page }
    }

    /// The page of a table's rows, newest first; `number` is what a row has in the column `id`.
    ///
    /// # Errors
    /// A problem when the cursor is not valid or the database fails.
    pub async fn newest<E: EntityTrait>(
        &self,
        db: &impl ConnectionTrait,
        found: Select<E>,
        id: E::Column,
        number: impl Fn(&E::Model) -> i64,
    ) -> Result<Page<E::Model>, Problem>
    where
        E::Model: FromQueryResult + Send + Sync,
    {
        let before: Option<i64> = self.after()?;
        let (total, at_least) = self.total(db, &Sql::of(&found.clone().select_only().column(id))).await?;
        let found = match before {
            Some(before) => found.filter(id.lt(before)),
            None => found,
        };
        let limit = self.limit();
        Ok(Page { at_least, ..Page::of(found.order_by_desc(id).limit(limit + 1).all(db).await?, limit, total, number) })
    }
}

/// One page of a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Cursor of the next page; `null` on the last.
    pub next: Option<String>,
    /// Rows on all pages together, as far as they are counted; of a list that is not counted, those of this page.
    pub total: i64,
    /// There are more rows than `total`: counting, or a search, ended there.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub at_least: bool,
}

impl<T> Page<T> {
    /// A page from rows that were asked for with one more than `limit`; `key` gives a row's sort key.
    pub fn of<K: Serialize>(mut rows: Vec<T>, limit: u64, total: i64, key: impl Fn(&T) -> K) -> Self {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = if more {
            rows.last().and_then(|row| serde_json::to_vec(&key(row)).ok()).map(|bytes| BASE64URL_NOPAD.encode(&bytes))
        } else {
            None
        };
        Self { items: rows, next, total, at_least: false }
    }

    /// A list that always fits on one page.
    #[must_use]
    pub fn whole(items: Vec<T>) -> Self {
        let total = i64::try_from(items.len()).unwrap_or(i64::MAX);
        Self { items, next: None, total, at_least: false }
    }

    /// The same page with other rows.
    pub fn map<U>(self, with: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(with).collect(), next: self.next, total: self.total, at_least: self.at_least }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::Db;

    #[test]
    fn a_cursor_comes_back_as_the_key_it_was_made_of() {
        let page = Page::of(vec![("a", 1), ("b", 2), ("c", 3)], 2, 9, |row| *row);
        assert_eq!((page.items.len(), page.total), (2, 9));
        let query = PageQuery { cursor: page.next, ..PageQuery::default() };
        assert_eq!(query.after::<(String, i64)>().unwrap(), Some(("b".to_owned(), 2)));
    }

    #[tokio::test]
    async fn a_long_list_is_counted_to_an_end_and_says_so() {
        let scratch = crate::db::rig::scratch().await;
        let db = Db::open(scratch.url()).await.unwrap();
        let rows = |many: usize| {
            Sql::new(format!(
                "SELECT 1 FROM (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {many}) SELECT i FROM n) AS n"
            ))
        };
        let first = PageQuery::default();
        assert_eq!(first.total(db.read(), &rows(10_000)).await.unwrap(), (10_000, false));
        assert_eq!(first.total(db.read(), &rows(10_001)).await.unwrap(), (10_000, true));
        assert_eq!(PageQuery::bulk(None).total(db.read(), &rows(10_001)).await.unwrap(), (10_001, false));
        assert_eq!(PageQuery::bulk(Some(String::new())).total(db.read(), &rows(3)).await.unwrap(), (0, false));
    }

    #[test]
    fn the_last_page_has_no_cursor_and_a_forged_one_is_refused() {
        assert_eq!(Page::of(vec![1, 2], 2, 2, |row| *row).next, None);
        let query = PageQuery::of_rows(Some("%%%".to_owned()), 0);
        assert_eq!(query.after::<i64>().unwrap_err().rule(), "cursor");
        assert_eq!(query.limit(), 1);
    }
}
