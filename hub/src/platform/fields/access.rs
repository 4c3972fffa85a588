//! Values of custom fields in the database: the one place that knows how each database reads JSON, and what lists may ask of it.
//!
//! A list narrows by `custom.KEY=…`, `custom.KEY.from=…`, `custom.KEY.to=…`, `custom.KEY.empty=true` and sorts by `sort=custom.KEY` or
//! `sort=-custom.KEY`. Each field that lists may narrow by has an index on the very expression that is built here.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;
use sea_orm::DbBackend;
use serde::{Deserialize, Serialize};

use super::compile::{Compiled, CompiledField};
use super::model::Kind;
use crate::db::storable;
use crate::http::page::Sort;
use crate::http::problem::{Problem, Who};
use crate::platform::identity::{Actor, FieldRight};
use crate::platform::sql::Sql;

/// Stands for an empty number: below all that can be written.
const EMPTY_NUMBER: &str = "-1e300";

/// What a list compares and an index holds: a text or a number, never null. `alias` is `"i."`, or nothing in an index.
#[must_use]
pub fn expression(backend: DbBackend, alias: &str, key: &str, kind: Kind) -> String {
    // Written the same for both; numbers and yes-or-no come as such from SQLite and as texts from PostgreSQL.
    let read = format!("({alias}custom ->> '{key}')");
    if kind.is_numeric() {
        return format!("COALESCE(CAST({read} AS DOUBLE PRECISION), {EMPTY_NUMBER})");
    }
    if kind == Kind::Boolean && backend == DbBackend::Sqlite {
        return format!("CASE {read} WHEN 1 THEN 'true' WHEN 0 THEN 'false' ELSE '' END");
    }
    format!("COALESCE({read}, '')")
}

/// What makes an index for a field.
pub(super) fn index(backend: DbBackend, table: &str, key: &str, kind: Kind) -> Option<String> {
    let name = index_name(table, key);
    // Of several options each row has several keys: such a field is narrowed by without an index.
    let expression = (kind != Kind::Choices).then(|| expression(backend, "", key, kind))?;
    Some(format!("CREATE INDEX IF NOT EXISTS {name} ON {table} (({expression}))"))
}

pub(super) fn index_name(table: &str, key: &str) -> String {
    format!("custom_{table}_{key}")
}

/// The parameters of a list that are about custom fields.
#[derive(Debug, Clone, Default)]
pub struct CustomQuery(pub Vec<(String, String)>);

impl<S: Send + Sync> FromRequestParts<S> for CustomQuery {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let all = axum::extract::Query::<Vec<(String, String)>>::try_from_uri(&parts.uri).map(|query| query.0).unwrap_or_default();
        Ok(Self::of(all))
    }
}

impl CustomQuery {
    /// Those of some parameters that are about custom fields.
    pub fn of(all: impl IntoIterator<Item = (String, String)>) -> Self {
        let about = |(name, value): &(String, String)| (name.starts_with("custom.") || name == "sort") && !value.trim().is_empty();
        Self(all.into_iter().filter(about).map(|(name, value)| (name, storable(&value))).collect())
    }
}

/// How a list is narrowed and sorted.
#[derive(Debug, Clone, Default)]
pub struct Narrowed {
    /// ` AND …`
    pub filter: Sql,
    /// By which field it is sorted.
    pub order: Option<Order>,
}

/// A custom field that a list is sorted by.
#[derive(Debug, Clone)]
pub struct Order {
    expression: String,
    numeric: bool,
    descending: bool,
}

/// Where a page of such a list ended. A number is kept by its bits: it has to come back as it was.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Key {
    /// A text.
    Text(String),
    /// The bits of a number.
    Number(u64),
}

impl Order {
    /// Columns `sort_text` and `sort_number` of each row.
    #[must_use]
    pub fn columns(order: Option<&Self>) -> String {
        let (text, number) = match order {
            Some(Self { expression, numeric: true, .. }) => ("NULL", expression.as_str()),
            Some(Self { expression, numeric: false, .. }) => (expression.as_str(), "NULL"),
            None => ("NULL", "NULL"),
        };
        format!("CAST({text} AS TEXT) AS sort_text, CAST({number} AS DOUBLE PRECISION) AS sort_number")
    }

    /// The key of a row with these columns.
    #[must_use]
    pub fn key(text: Option<&str>, number: Option<f64>) -> Key {
        number.map_or_else(|| Key::Text(text.unwrap_or_default().to_owned()), |number| Key::Number(number.to_bits()))
    }

    /// What is compared.
    #[must_use]
    pub fn expression(&self) -> &str {
        &self.expression
    }

    /// The order by these columns: the expression, and one that settles ties.
    #[must_use]
    pub const fn sort<'a>(&self, columns: &'a [&'a str]) -> Sort<'a> {
        if self.descending { Sort::down(columns) } else { Sort::up(columns) }
    }
}

impl From<Key> for sea_orm::Value {
    fn from(key: Key) -> Self {
        match key {
            Key::Text(text) => text.into(),
            Key::Number(bits) => f64::from_bits(bits).into(),
        }
    }
}

fn refuse(parameter: &str, rule: &'static str, zh: impl Into<String>, en: impl Into<String>) -> Problem {
    Problem::new(axum::http::StatusCode::BAD_REQUEST, rule, zh.into(), en.into()).field(parameter.to_owned()).who(Who::Reader)
}

/// The field that a parameter is about, when lists narrow by it and the reader may see it.
fn field<'a>(set: &'a Compiled, actor: &Actor, parameter: &str, key: &str) -> Result<&'a CompiledField, Problem> {
    // A list that is narrowed tells the field of every record in it.
    let sight = set.subject.placed().map_or_else(|| actor.anywhere(), |right| actor.in_lists(right));
    let found = set.field(key).filter(|of| of.field.filter && set.right(&sight, of) >= FieldRight::Read);
    found.ok_or_else(|| {
        refuse(
            parameter,
            "filter_exists",
            format!("不能按自定义字段 {key} 筛选或排序。"),
            format!("Lists do not narrow or sort by a custom field {key}."),
        )
    })
}

impl CustomQuery {
    /// What a list is asked to do; `alias` is that of the table in its statement.
    ///
    /// # Errors
    /// A 400 problem that names the parameter.
    pub fn narrow(&self, set: &Compiled, actor: &Actor, backend: DbBackend, alias: &str) -> Result<Narrowed, Problem> {
        let mut narrowed = Narrowed::default();
        for (parameter, value) in &self.0 {
            let value = value.trim();
            if parameter == "sort" {
                let (descending, name) = value.strip_prefix('-').map_or((false, value), |name| (true, name));
                let key = name.strip_prefix("custom.").ok_or_else(|| {
                    refuse("sort", "sort_exists", format!("不能按 {name} 排序。"), format!("This list is not sorted by {name}."))
                })?;
                let of = field(set, actor, "sort", key)?;
                if !of.field.kind.sorts() {
                    return Err(refuse(
                        "sort",
                        "sort_exists",
                        format!("不能按 {name} 排序。"),
                        format!("This list is not sorted by {name}."),
                    ));
                }
                let numeric = of.field.kind.is_numeric();
                narrowed.order = Some(Order { expression: expression(backend, alias, key, of.field.kind), numeric, descending });
                continue;
            }
            let name = parameter.trim_start_matches("custom.");
            let (key, how) = name.split_once('.').unwrap_or((name, ""));
            let of = field(set, actor, parameter, key)?;
            narrowed.filter = condition(narrowed.filter, of, backend, alias, (how, value)).ok_or_else(|| {
                refuse(
                    parameter,
                    "filter_value",
                    format!("筛选条件 {parameter}={value} 看不懂。"),
                    format!("Cannot narrow by {parameter}={value}."),
                )
            })?;
        }
        Ok(narrowed)
    }
}

/// Adds ` AND …`; nothing when this cannot be asked of such a field.
fn condition(sql: Sql, of: &CompiledField, backend: DbBackend, alias: &str, (how, value): (&str, &str)) -> Option<Sql> {
    let (key, kind) = (of.field.key.as_str(), of.field.kind);
    let compared = expression(backend, alias, key, kind);
    let none = if kind.is_numeric() { EMPTY_NUMBER } else { "''" };
    let sign = match how {
        "" => "=",
        "from" => ">=",
        "to" => "<=",
        "empty" => {
            let sign = match value {
                "true" => "=",
                "false" => "<>",
                _ => return None,
            };
            return Some(sql.text(&format!(" AND {compared} {sign} {none}")));
        }
        _ => return None,
    };
    match kind {
        Kind::Number | Kind::Decimal | Kind::Money => {
            let number = value.parse::<Decimal>().ok()?.to_f64()?;
            Some(sql.text(&format!(" AND {compared} > {none} AND {compared} {sign} ")).bind(number))
        }
        Kind::Date | Kind::Time => Some(sql.text(&format!(" AND {compared} <> '' AND {compared} {sign} ")).bind(value)),
        _ if !how.is_empty() => None,
        Kind::Boolean => matches!(value, "true" | "false").then(|| sql.text(&format!(" AND {compared} = ")).bind(value)),
        Kind::Choice => Some(sql.text(&format!(" AND {compared} IN ")).list(value.split(',').map(|code| code.trim().to_owned()))),
        Kind::Choices => {
            let mut sql = sql.text(" AND (1 = 0");
            for code in value.split(',').map(str::trim) {
                sql = match backend {
                    DbBackend::Sqlite => sql
                        .text(&format!(" OR EXISTS (SELECT 1 FROM json_each({alias}custom -> '{key}') AS e WHERE e.value = "))
                        .bind(code)
                        .text(")"),
                    _ => sql
                        .text(&format!(" OR {alias}custom @> jsonb_build_object('{key}', jsonb_build_array(CAST("))
                        .bind(code)
                        .text(" AS TEXT)))"),
                };
            }
            Some(sql.text(")"))
        }
        Kind::Text | Kind::LongText => Some(sql.matching(Some(value), &[], &[&compared])),
    }
}
