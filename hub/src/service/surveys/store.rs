//! Surveys in the database.

use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use serde::Serialize;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use crate::platform::clock;
use crate::platform::identity::FieldRight;
use crate::platform::sql::Sql;
use crate::platform::vault::{Keys, SURVEY_COMMENT, SURVEY_TOKEN, Sealed, VaultError, without_numbers};

/// Bytes of a token.
const TOKEN: usize = 24;

/// A survey as staff see it with its ticket.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SurveyRow {
    /// What the customer opens, as long as it can be answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// Until when it can be answered.
    pub expires_ms: i64,
    /// When it was answered.
    pub answered_ms: Option<i64>,
    /// Would they recommend it: 0 to 10.
    pub score: Option<i32>,
    /// How content they are: 1 to 5.
    pub satisfaction: Option<i32>,
    /// In their own words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// A survey as the database has it.
#[derive(FromQueryResult)]
pub(super) struct Stored {
    pub id: i64,
    pub ticket_id: i64,
    token: Option<Sealed>,
    pub expires_ms: i64,
    pub answered_ms: Option<i64>,
    pub score: Option<i32>,
    pub satisfaction: Option<i32>,
    comment: Option<Sealed>,
}

const STORED: &str = "SELECT id, ticket_id, token, expires_ms, answered_ms, score, satisfaction, comment FROM survey WHERE ";

fn digest(token: &str) -> String {
    HEXLOWER.encode(&Sha256::digest(token.as_bytes()))
}

/// Opens the survey of a ticket that is done, where there is none yet.
///
/// # Errors
/// What vault or database said.
pub async fn open(tx: &impl ConnectionTrait, keys: &Keys, ticket: i64, expires_ms: i64) -> Result<(), VaultError> {
    let token = BASE64URL_NOPAD.encode(&rand::random::<[u8; TOKEN]>());
    let sql = Sql::new("INSERT INTO survey (ticket_id, token_hash, created_ms, expires_ms) VALUES ");
    let sql = sql.list([ticket.into(), digest(&token).into(), clock::now_ms().into(), expires_ms.into()] as [sea_orm::Value; 4]);
    let id = sql.text(" ON CONFLICT (ticket_id) DO NOTHING RETURNING id").number(tx).await?;
    if id > 0 {
        keys.put(tx, &SURVEY_TOKEN, id, Some(&token)).await?;
    }
    Ok(())
}

/// The survey of a ticket; `whole` shows long numbers in what the customer wrote.
///
/// # Errors
/// What the database said.
pub async fn of_ticket(db: &impl ConnectionTrait, keys: &Keys, ticket: i64, whole: bool) -> Result<Option<SurveyRow>, DbErr> {
    let Some(row) = Sql::new(STORED).text("ticket_id = ").bind(ticket).one::<Stored>(db).await? else { return Ok(None) };
    let can = row.answered_ms.is_none() && row.expires_ms > clock::now_ms();
    let token = if can { keys.shown(&SURVEY_TOKEN, row.id, row.token.as_ref(), FieldRight::Read) } else { None };
    let comment = keys.shown(&SURVEY_COMMENT, row.id, row.comment.as_ref(), FieldRight::Read);
    Ok(Some(SurveyRow {
        link: token.map(|token| format!("/survey#{token}")),
        expires_ms: row.expires_ms,
        answered_ms: row.answered_ms,
        score: row.score,
        satisfaction: row.satisfaction,
        comment: comment.map(|text| if whole { text } else { without_numbers(&text) }),
    }))
}

/// The survey of a token, as long as it lives.
pub(super) async fn of_token(db: &impl ConnectionTrait, token: &str) -> Result<Option<Stored>, DbErr> {
    let sql = Sql::new(STORED).text("token_hash = ").bind(digest(token)).text(" AND expires_ms > ");
    sql.bind(clock::now_ms()).one(db).await
}
