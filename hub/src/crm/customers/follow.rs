//! Follow-ups: what was said with a customer and when the next word is due; and the one timeline of a customer in which they stand.

use std::collections::BTreeMap;

use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use serde_json::{Value, json};

use super::CustomerError;
use super::model::{FollowUpRow, NewFollowUp};
use super::personal::Reader;
use super::rules::{Choices, DAY_MS, lines};
use super::store::Stored;
use super::write::AHEAD_MS;
use crate::db::Db;
use crate::http::page::{Page, PageQuery};
use crate::http::problem::Problem;
use crate::platform::audit::{self, AuditRow, Change};
use crate::platform::clock;
use crate::platform::once;
use crate::platform::sql::Sql;
use crate::platform::vault::{FOLLOW_UP_TEXT, Sealed, Vault};

/// Most characters of a follow-up.
const TEXT: usize = 2_000;
/// How far back one can be noted.
const BACK_MS: i64 = 10 * 366 * DAY_MS;
/// How far clocks of readers may be ahead.
const SKEW_MS: i64 = 5 * 60_000;
/// What an act with a customer's money is called in the audit: how much it was is for those who see payments.
const PAYMENT: &str = "payment";
/// What a follow-up is called in the audit.
const ACTION: &str = "follow_up";

/// Notes a follow-up; its number. The same key again is the follow-up that it made.
pub(super) async fn note(
    (db, vault): (&Db, &Vault),
    choices: &Choices,
    author: &str,
    customer: i64,
    new: &NewFollowUp,
    key: Option<String>,
) -> Result<FollowUpRow, CustomerError> {
    let now = clock::now_ms();
    let at = new.at_ms.unwrap_or(now);
    if !choices.has_kind(&new.kind) {
        return Err(CustomerError::NoOption { field: "kind", code: new.kind.clone() });
    }
    let text = lines(&new.text, TEXT).filter(|text| !text.is_empty()).ok_or(CustomerError::Text { field: "text", most: TEXT })?;
    if !(now - BACK_MS..=now + SKEW_MS).contains(&at) {
        return Err(CustomerError::Moment("at_ms"));
    }
    if new.next_ms.is_some_and(|next| !(at..=now + AHEAD_MS).contains(&next)) {
        return Err(CustomerError::Moment("next_ms"));
    }
    let row =
        |id| FollowUpRow { id, kind: new.kind.clone(), text: text.clone(), at_ms: at, next_ms: new.next_ms, author: author.to_owned() };
    let tx = db.begin().await?;
    let keys = vault.for_writing(&tx).await?;
    if let Some(made) = once::made(&tx, "follow_up", key.as_deref()).await? {
        return Ok(row(made));
    }
    let columns = "INSERT INTO follow_up (customer_id, kind, text, at_ms, next_ms, author, created_ms, idempotency_key) VALUES ";
    let values: [sea_orm::Value; 8] =
        [customer.into(), new.kind.clone().into(), "".into(), at.into(), new.next_ms.into(), author.into(), now.into(), key.into()];
    let id = Sql::new(columns).list(values).text(" RETURNING id").number(&tx).await?;
    keys.put(&tx, &FOLLOW_UP_TEXT, id, Some(&text)).await?;
    // One that is noted late does not hide a later one; the plan is that of whoever noted last.
    Sql::new("UPDATE customer SET last_follow_ms = CASE WHEN last_follow_ms > ")
        .bind(at)
        .text(" THEN last_follow_ms ELSE ")
        .bind(at)
        .text(" END, idle_since_ms = CASE WHEN idle_since_ms > ")
        .bind(at)
        .text(" THEN idle_since_ms ELSE ")
        .bind(at)
        .text(" END, next_follow_ms = ")
        .bind(new.next_ms)
        .text(" WHERE id = ")
        .bind(customer)
        .run(&tx)
        .await?;
    let change = Change { author, entity: "customer", id: customer.to_string(), action: ACTION };
    let told = json!({"follow_up": id, "kind": new.kind, "at_ms": at, "next_ms": new.next_ms});
    audit::record(&tx, change, audit::NOTHING, Some(told)).await?;
    tx.commit().await?;
    Ok(row(id))
}

/// Writes into a customer's timeline what happened to something of theirs: `told` says what it is and how it stands.
///
/// # Errors
/// What the database said.
pub async fn tell(tx: &impl ConnectionTrait, author: &str, customer: i64, action: &'static str, told: Value) -> Result<(), DbErr> {
    let change = Change { author, entity: "customer", id: customer.to_string(), action };
    audit::record(tx, change, audit::NOTHING, Some(told)).await
}

#[derive(FromQueryResult)]
struct Said {
    id: i64,
    text: Sealed,
}

fn follow_up(row: &AuditRow) -> Option<i64> {
    row.new.as_ref().filter(|_| row.action == ACTION)?.get("follow_up")?.as_i64()
}

async fn said(db: &impl ConnectionTrait, ids: Vec<i64>) -> Result<BTreeMap<i64, Sealed>, DbErr> {
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let rows: Vec<Said> = Sql::new("SELECT id, text FROM follow_up WHERE id IN ").among(ids).all(db).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.text)).collect())
}

/// Everything that happened to a customer, newest first; of follow-ups what was said.
pub(super) async fn timeline(
    db: &impl ConnectionTrait,
    reader: &Reader,
    customer: &Stored,
    page: &PageQuery,
) -> Result<Page<AuditRow>, Problem> {
    let page = audit::timeline(db, "customer", customer.id, page).await?;
    let texts = said(db, page.items.iter().filter_map(follow_up).collect()).await?;
    let sight = reader.sight(customer.id, customer.organisation_id, customer.owner_id);
    Ok(page.map(|row| {
        let text = follow_up(&row).and_then(|id| reader.text(&sight, &FOLLOW_UP_TEXT, id, texts.get(&id)));
        let mut row = row.seen_by(&sight, &reader.set);
        if row.action == PAYMENT && !reader.sees_payments() {
            row.new = None;
        }
        if let (Some(Value::Object(new)), Some(text)) = (&mut row.new, text) {
            new.insert("text".to_owned(), text.into());
        }
        row
    }))
}
