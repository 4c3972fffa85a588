//! Tokens in the database.

use std::collections::BTreeSet;

use data_encoding::BASE64URL_NOPAD;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, Value};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::TokenError;
use crate::db::Db;
use crate::platform::audit::{self, Change};
use crate::platform::clock;
use crate::platform::identity::{Actor, Right};
use crate::platform::once;
use crate::platform::session;
use crate::platform::sql::Sql;

/// What every token begins with, so that it is known for what it is wherever it turns up.
const MARK: &str = "qitao_";
/// Letters of a token that are kept in clear, to tell it by.
const SHOWN: usize = 12;
/// Tokens that one person may have.
const MOST: i64 = 50;
const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// The last use is written again only after this long, so that reading does not mean writing.
const USED_AGAIN_MS: i64 = 60 * 1000;

/// A token, without its secret.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TokenRow {
    /// Number.
    pub id: i64,
    /// What it is for.
    pub name: String,
    /// How it begins.
    pub prefix: String,
    /// What it allows, as far as its person may.
    pub rights: Vec<Right>,
    /// When it was made.
    pub created_ms: i64,
    /// Until when it is good.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_ms: Option<i64>,
    /// When it was revoked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revoked_ms: Option<i64>,
    /// When it was used last, to the minute.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_used_ms: Option<i64>,
}

#[derive(FromQueryResult)]
struct Stored {
    id: i64,
    person_id: i64,
    name: String,
    prefix: String,
    rights: String,
    created_ms: i64,
    expires_ms: Option<i64>,
    revoked_ms: Option<i64>,
    last_used_ms: Option<i64>,
}

const STORED: &str = "SELECT id, person_id, name, prefix, rights, created_ms, expires_ms, revoked_ms, last_used_ms FROM api_token";

fn rights(text: &str) -> BTreeSet<Right> {
    let words: Vec<String> = serde_json::from_str(text).unwrap_or_default();
    words.iter().filter_map(|word| Right::of_word(word)).collect()
}

impl From<Stored> for TokenRow {
    fn from(row: Stored) -> Self {
        Self {
            rights: rights(&row.rights).into_iter().collect(),
            id: row.id,
            name: row.name,
            prefix: row.prefix,
            created_ms: row.created_ms,
            expires_ms: row.expires_ms,
            revoked_ms: row.revoked_ms,
            last_used_ms: row.last_used_ms,
        }
    }
}

/// A person's tokens, newest first.
pub(super) async fn list(db: &impl ConnectionTrait, person: i64) -> Result<Vec<TokenRow>, DbErr> {
    let rows: Vec<Stored> = Sql::new(STORED).text(" WHERE person_id = ").bind(person).text(" ORDER BY id DESC").all(db).await?;
    Ok(rows.into_iter().map(TokenRow::from).collect())
}

/// Makes a token; its secret, shown once.
pub(super) async fn create(
    db: &Db,
    actor: &Actor,
    (name, wanted, days): (&str, &BTreeSet<Right>, Option<i64>),
    key: Option<&str>,
) -> Result<(String, TokenRow), TokenError> {
    let name = name.trim();
    if !(1..=60).contains(&name.chars().count()) || name.chars().any(char::is_control) {
        return Err(TokenError::Name);
    }
    if days.is_some_and(|days| !(1..=730).contains(&days)) {
        return Err(TokenError::Days);
    }
    if let Some(lacking) = wanted.iter().find(|right| !actor.has(**right)).map(|right| right.word()).or(wanted.is_empty().then_some("")) {
        return Err(TokenError::Right(lacking.to_owned()));
    }
    let token = format!("{MARK}{}", BASE64URL_NOPAD.encode(&rand::random::<[u8; 32]>()));
    let now = clock::now_ms();
    let tx = db.begin().await?;
    if let Some(made) = once::made(&tx, "api_token", key).await? {
        return Err(TokenError::ShownOnce(made));
    }
    let living = Sql::new("SELECT COUNT(*) FROM api_token WHERE revoked_ms IS NULL AND (expires_ms IS NULL OR expires_ms > ")
        .bind(now)
        .text(") AND person_id = ")
        .bind(actor.id);
    if living.number(&tx).await? >= MOST {
        return Err(TokenError::TooMany(MOST));
    }
    let row: [Value; 7] = [
        actor.id.into(),
        name.into(),
        token[..SHOWN].into(),
        session::hash(&token).into(),
        json!(wanted).to_string().into(),
        now.into(),
        days.map(|days| now + days * DAY_MS).into(),
    ];
    let insert = "INSERT INTO api_token (person_id, name, prefix, token_hash, rights, created_ms, expires_ms) VALUES ";
    let id = Sql::new(insert).list(row).text(" RETURNING id").number(&tx).await?;
    once::keep(&tx, "api_token", id, key).await?;
    let made: Stored = Sql::new(STORED).text(" WHERE id = ").bind(id).one(&tx).await?.ok_or(TokenError::NoToken)?;
    let change = Change { author: &actor.login, entity: "api_token", id: id.to_string(), action: "create" };
    audit::record(&tx, change, audit::NOTHING, Some(json!({"name": name, "prefix": made.prefix, "rights": wanted, "days": days}))).await?;
    tx.commit().await?;
    Ok((token, made.into()))
}

/// Revokes a token of a person.
pub(super) async fn revoke(db: &Db, author: &str, person: i64, id: i64) -> Result<(), TokenError> {
    let tx = db.begin().await?;
    let there = Sql::new("SELECT COUNT(*) FROM api_token WHERE id = ").bind(id).text(" AND person_id = ").bind(person).number(&tx).await?;
    if there == 0 {
        return Err(TokenError::NoToken);
    }
    let sql = Sql::new("UPDATE api_token SET revoked_ms = ").bind(clock::now_ms()).text(" WHERE revoked_ms IS NULL AND id = ").bind(id);
    if sql.run(&tx).await? > 0 {
        let change = Change { author, entity: "api_token", id: id.to_string(), action: "revoke" };
        audit::record(&tx, change, audit::NOTHING, audit::NOTHING).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// A token that is good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Its person.
    pub person: i64,
    /// What it allows, as far as its person may.
    pub rights: BTreeSet<Right>,
}

/// The token with this digest, when it is good now.
///
/// # Errors
/// What the database said.
pub async fn recognise(db: &Db, token_hash: &str) -> Result<Option<Token>, DbErr> {
    let now = clock::now_ms();
    let found: Option<Stored> = Sql::new(STORED).text(" WHERE token_hash = ").bind(token_hash).one(db.read()).await?;
    let good = |row: &Stored| row.revoked_ms.is_none() && row.expires_ms.is_none_or(|expires| expires > now);
    let Some(row) = found.filter(good) else { return Ok(None) };
    if row.last_used_ms.is_none_or(|last| now - last >= USED_AGAIN_MS) {
        let tx = db.begin().await?;
        Sql::new("UPDATE api_token SET last_used_ms = ").bind(now).text(" WHERE id = ").bind(row.id).run(&tx).await?;
        tx.commit().await?;
    }
    Ok(Some(Token { person: row.person_id, rights: rights(&row.rights) }))
}
