//! What lets a person in, sessions and tokens: seeing it and ending it.

use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::db::Db;
use crate::platform::audit::{self, Change};
use crate::platform::sql::Sql;

/// Ends everything that lets a person in: sessions and tokens.
pub(super) async fn end_access(tx: &impl ConnectionTrait, person: i64) -> Result<(), DbErr> {
    Sql::new("DELETE FROM hub_session WHERE user_id = ").bind(person).run(tx).await?;
    end_tokens(tx, person).await.map(|_| ())
}

/// Ends a person's tokens; how many.
async fn end_tokens(tx: &impl ConnectionTrait, person: i64) -> Result<u64, DbErr> {
    let now = crate::platform::clock::now_ms();
    let sql = Sql::new("UPDATE api_token SET revoked_ms = ").bind(now).text(" WHERE revoked_ms IS NULL AND person_id = ").bind(person);
    sql.run(tx).await
}

/// A browser that somebody is signed in with.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SessionRow {
    /// Tells it from the person's others.
    pub id: String,
    /// Whether it is the one that asks.
    pub current: bool,
    /// Since when.
    pub created_ms: i64,
    /// Until when, if it is not used before.
    pub expires_ms: i64,
    /// What the browser calls itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// From which address they signed in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
}

#[derive(FromQueryResult)]
struct StoredSession {
    token_hash: String,
    created_ms: i64,
    expires_ms: i64,
    agent: Option<String>,
    address: Option<String>,
}

/// How much of a session's digest names it.
const HANDLE: usize = 16;

/// The living sessions of a person, newest first.
pub(super) async fn sessions(db: &impl ConnectionTrait, person: i64, current: &str) -> Result<Vec<SessionRow>, DbErr> {
    let rows: Vec<StoredSession> = Sql::new("SELECT token_hash, created_ms, expires_ms, agent, address FROM hub_session WHERE user_id = ")
        .bind(person)
        .text(" AND expires_ms > ")
        .bind(crate::platform::clock::now_ms())
        .text(" ORDER BY created_ms DESC, token_hash")
        .all(db)
        .await?;
    let row = |row: StoredSession| SessionRow {
        id: row.token_hash.chars().take(HANDLE).collect(),
        current: row.token_hash == current,
        created_ms: row.created_ms,
        expires_ms: row.expires_ms,
        agent: row.agent,
        address: row.address,
    };
    Ok(rows.into_iter().map(row).collect())
}

/// Which sessions are to end.
#[derive(Debug, Clone, Copy)]
pub(super) enum Which<'a> {
    /// All, and with them the tokens: whoever got hold of the account may have made some.
    All,
    /// All but this one, by its digest.
    But(&'a str),
    /// The one with this name.
    One(&'a str),
}

/// Ends sessions of a person, and with all of them their tokens; how many sessions.
pub(super) async fn end_sessions(db: &Db, author: &str, person: i64, which: Which<'_>) -> Result<u64, DbErr> {
    let tx = db.begin().await?;
    let sql = Sql::new("DELETE FROM hub_session WHERE user_id = ").bind(person);
    let sql = match which {
        Which::All => sql,
        Which::But(current) => sql.text(" AND token_hash <> ").bind(current),
        Which::One(name) => sql.text(" AND SUBSTR(token_hash, 1, 16) = ").bind(name),
    };
    let ended = sql.run(&tx).await?;
    let tokens = if matches!(which, Which::All) { end_tokens(&tx, person).await? } else { 0 };
    if ended + tokens > 0 {
        let change = Change { author, entity: "person", id: person.to_string(), action: "end_sessions" };
        audit::record(&tx, change, audit::NOTHING, Some(json!({"ended": ended, "tokens": tokens}))).await?;
    }
    tx.commit().await?;
    Ok(ended)
}
