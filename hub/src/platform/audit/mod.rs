//! Every change has an author: who, when, what, from what to what. Rows are only ever added, in the transaction of the change; the
//! database itself refuses to change or delete one. Of personal fields a row says the masked form only, whoever writes it.

pub mod api;
mod store;
#[cfg(test)]
mod tests;

pub use store::{Asked, AuditRow, list, timeline};

use sea_orm::{ConnectionTrait, DbErr};
use serde::Serialize;
use serde_json::Value;

use super::clock;
use super::sql::{Sql, pieces};
use super::vault::Kind;

/// One change.
#[derive(Debug, Clone)]
pub struct Change<'a> {
    /// Who: a login, `edge:<id>`, or `hub`.
    pub author: &'a str,
    /// What kind of record.
    pub entity: &'static str,
    /// Which one.
    pub id: String,
    /// What was done, in one word.
    pub action: &'static str,
}

/// Writes a change down. `old` is empty for what is new, `new` for what is gone.
///
/// # Errors
/// What the database said.
pub async fn record<O: Serialize, N: Serialize>(
    db: &impl ConnectionTrait,
    change: Change<'_>,
    old: Option<O>,
    new: Option<N>,
) -> Result<(), DbErr> {
    let json = |error: serde_json::Error| DbErr::Json(error.to_string());
    let old = old.map(serde_json::to_value).transpose().map_err(json)?;
    let new = new.map(serde_json::to_value).transpose().map_err(json)?;
    record_many(db, vec![(change, old, new)]).await
}

/// Writes many changes down at once.
///
/// # Errors
/// What the database said.
pub async fn record_many(db: &impl ConnectionTrait, changes: Vec<(Change<'_>, Option<Value>, Option<Value>)>) -> Result<(), DbErr> {
    let now = clock::now_ms();
    for some in pieces(&changes) {
        let mut sql = Sql::new("INSERT INTO audit (at_ms, author, entity, entity_id, action, old, new, organisation_id) VALUES ");
        for (n, (change, old, new)) in some.iter().enumerate() {
            let (old, new) = (old.clone().map(masked), new.clone().map(masked));
            sql = sql.text(if n == 0 { "(" } else { ",(" }).bind(now).text(",").bind(change.author).text(",").bind(change.entity);
            sql = sql.text(",").bind(change.id.clone()).text(",").bind(change.action).text(",").bind(old).text(",").bind(new);
            sql = store::place(sql.text(","), change.entity, &change.id).text(")");
        }
        sql.run(db).await?;
    }
    Ok(())
}

/// A state with every personal field masked, however deep it is.
fn masked(value: Value) -> Value {
    match value {
        Value::Array(values) => Value::Array(values.into_iter().map(masked).collect()),
        Value::Object(fields) => Value::Object(
            fields
                .into_iter()
                .map(|(name, value)| {
                    let value = match (Kind::of_field(&name), value) {
                        // What is masked already stays as it is.
                        (Some(_), Value::String(text)) if text.contains("***") => Value::String(text),
                        (Some(kind), Value::String(text)) => Value::String(kind.masked(&kind.normal(&text))),
                        (Some(kind), Value::Number(number)) => Value::String(kind.masked(&number.to_string())),
                        (_, other) => masked(other),
                    };
                    (name, value)
                })
                .collect(),
        ),
        other => other,
    }
}

/// "Nothing", where a change has no old or no new state.
pub const NOTHING: Option<Value> = None;
