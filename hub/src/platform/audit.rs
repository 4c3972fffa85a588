//! Every change has an author: who, when, what, from what to what. Rows are only ever added, in the transaction of the change.

use sea_orm::{ActiveModelTrait, ActiveValue::Set, ConnectionTrait, DbErr};
use serde::Serialize;
use serde_json::Value;

use super::clock;
use crate::db::entity::audit;

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
    audit::ActiveModel {
        at_ms: Set(clock::now_ms()),
        author: Set(change.author.to_owned()),
        entity: Set(change.entity.to_owned()),
        entity_id: Set(change.id),
        action: Set(change.action.to_owned()),
        old: Set(old.map(serde_json::to_value).transpose().map_err(json)?),
        new: Set(new.map(serde_json::to_value).transpose().map_err(json)?),
        ..Default::default()
    }
    .insert(db)
    .await?;
    Ok(())
}

/// "Nothing", where a change has no old or no new state.
pub const NOTHING: Option<Value> = None;
