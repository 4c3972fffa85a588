//! Programs that are told: a signed POST for each notice that a webhook takes.
//!
//! The form is that of Standard Webhooks. Headers: `webhook-id` (the same for every try of one event: keep it to drop repetitions),
//! `webhook-timestamp` (seconds), `webhook-signature` (`v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body`, keyed with the bytes
//! behind `whsec_` of the secret, base64). Body: `{"type", "timestamp", "data"}`. Check the signature over the bytes as they came, and
//! refuse what is older than five minutes.
//!
//! Any 2xx is "received". Anything else, a redirect too, is tried again over 24 hours ([`rules::PAUSES`]); then the delivery is dead, whoever
//! runs the hub is told, and it can be redelivered by hand. 410 says that nobody is there any more: the webhook is disabled. Order is not
//! promised; a delivery may come twice.

pub mod api;
pub mod outside;
pub mod rules;
mod store;

#[cfg(test)]
mod tests;

use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter};
use serde_json::{Value, json};

use super::identity::Right;
use super::jobs::{self, Handler, NewJob, Policy, Trouble, Waits, Work};
use super::notifications::{Notice, Telling, notify};
use super::sql::Sql;
use super::vault::{VaultError, WEBHOOK_SECRET, WEBHOOK_URL};
use crate::db::entity::{notice, webhook, webhook_delivery};
use outside::OutsideError;
use rules::Event;

const KIND: &str = "webhook";

/// Why a webhook cannot be made or changed.
#[derive(Debug, thiserror::Error)]
pub enum WebhookError {
    /// Give it a name of 1 to 100 characters.
    #[error("a webhook's name has 1 to 100 characters")]
    Name,
    /// Choose another name.
    #[error("there is already a webhook of this name")]
    Taken,
    /// Choose kinds from the list.
    #[error("there is no kind {0}")]
    Kind(String),
    /// Enter another address.
    #[error("{0}")]
    Address(&'static str),
    /// Look at the list.
    #[error("there is no such webhook or delivery")]
    Gone,
    /// Read it again: somebody else has changed it.
    #[error("somebody has changed the webhook meanwhile")]
    Changed,
    /// Wait: it is still on its way.
    #[error("the delivery is still being tried")]
    UnderWay,
    /// See what the vault said.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// See what the database said.
    #[error(transparent)]
    Database(#[from] DbErr),
}

/// Writes the deliveries of a notice; how many.
///
/// # Errors
/// What the database said.
pub async fn put(tx: &DatabaseTransaction, notice: &notice::Model, now: i64) -> Result<usize, DbErr> {
    if notice.user_id.is_some() {
        return Ok(0);
    }
    let mut made = 0;
    for webhook in webhook::Entity::find().filter(webhook::Column::Enabled.eq(true)).all(tx).await? {
        // A program that hears that it does not hear would be told so for ever.
        if notice.kind == "webhook_dead" || !rules::takes(&webhook.kinds, webhook.site_id, &notice.kind, notice.site_id) {
            continue;
        }
        let event =
            Event { kind: notice.kind.as_str(), at_ms: notice.created_ms, site: notice.site_id, link: &notice.link, data: &notice.data };
        if deliver(tx, webhook.id, Some(notice.id), &format!("evt_{}", notice.id), &event, now).await? {
            made += 1;
        }
    }
    Ok(made)
}

/// Writes a delivery and its job; `false` when this webhook had this event before.
async fn deliver(
    tx: &impl ConnectionTrait,
    webhook: i64,
    notice: Option<i64>,
    name: &str,
    event: &Event<'_>,
    now: i64,
) -> Result<bool, DbErr> {
    let row: [sea_orm::Value; 7] =
        [webhook.into(), notice.into(), name.into(), event.kind.into(), event.body().into(), "waiting".into(), now.into()];
    let id = Sql::new("INSERT INTO webhook_delivery (webhook_id, notice_id, event, kind, payload, state, created_ms) VALUES ")
        .list(row)
        .text(" ON CONFLICT (webhook_id, event) DO NOTHING RETURNING id")
        .number(tx)
        .await?;
    if id == 0 {
        return Ok(false);
    }
    attach(tx, id, now).await?;
    Ok(true)
}

/// Puts the job of a delivery.
async fn attach(tx: &impl ConnectionTrait, delivery: i64, now: i64) -> Result<(), DbErr> {
    let job = jobs::put(tx, NewJob::new(KIND, json!({"delivery": delivery}), "hub", now)).await?;
    Sql::new("UPDATE webhook_delivery SET job_id = ").bind(job).text(" WHERE id = ").bind(delivery).run(tx).await.map(|_| ())
}

/// Delivers.
pub struct Deliver(pub Telling);

/// How a try went.
struct Try {
    status: Option<u16>,
    error: Option<String>,
    took_ms: i64,
    retry_after_s: Option<i64>,
}

impl Deliver {
    async fn post(&self, webhook: &webhook::Model, delivery: &webhook_delivery::Model, now: i64) -> Result<Try, Trouble> {
        let keys = self.0.vault.for_reading(self.0.db.read()).await.map_err(|error| Trouble::Again(error.to_string()))?;
        let url = keys.open(&WEBHOOK_URL, webhook.id, &webhook.url.clone().into());
        let secret = keys.open(&WEBHOOK_SECRET, webhook.id, &webhook.secret.clone().into());
        let (Ok(url), Ok(secret)) = (url, secret) else {
            return Err(Trouble::Never("its address or secret cannot be opened; enter it again".into()));
        };
        let url = self.0.outside.check(url.expose()).map_err(|error| Trouble::Never(error.to_string()))?;
        let seconds = now.div_euclid(1_000);
        let signature = rules::sign(secret.expose(), &delivery.event, seconds, &delivery.payload)
            .ok_or_else(|| Trouble::Never("its secret is no secret; make a new one".into()))?;
        let headers = [
            ("content-type", "application/json".to_owned()),
            ("webhook-id", delivery.event.clone()),
            ("webhook-timestamp", seconds.to_string()),
            ("webhook-signature", signature),
        ];
        let began = std::time::Instant::now();
        let answer = self.0.outside.post(url, &headers, delivery.payload.clone().into_bytes()).await;
        let took_ms = i64::try_from(began.elapsed().as_millis()).unwrap_or(i64::MAX);
        Ok(match answer {
            Ok(answer) => Try { status: Some(answer.status), error: None, took_ms, retry_after_s: answer.retry_after_s },
            Err(OutsideError::Forbidden(why)) => return Err(Trouble::Never(why.to_owned())),
            Err(OutsideError::Unreachable(why)) => Try { status: None, error: Some(why), took_ms, retry_after_s: None },
        })
    }
}

#[derive(serde::Deserialize)]
struct Args {
    delivery: i64,
}

#[async_trait::async_trait]
impl Handler for Deliver {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn policy(&self) -> Policy {
        let tries = i32::try_from(rules::PAUSES.len() + 1).unwrap_or(1);
        Policy { max_attempts: tries, waits: Waits::Steps(rules::PAUSES), ..Policy::default() }
    }

    async fn run(&self, work: &Work) -> Result<Value, Trouble> {
        let (Args { delivery: id }, db) = (work.args()?, self.0.db.read());
        let Some(delivery) = webhook_delivery::Entity::find_by_id(id).one(db).await? else { return Ok(json!("gone")) };
        let Some(webhook) = webhook::Entity::find_by_id(delivery.webhook_id).one(db).await? else { return Ok(json!("gone")) };
        if !webhook.enabled {
            return Err(Trouble::Never("the webhook is disabled".into()));
        }
        let now = work.clock.now_ms();
        let tried = self.post(&webhook, &delivery, now).await?;
        let (received, gone) = (tried.status.is_some_and(|status| (200..300).contains(&status)), tried.status == Some(410));
        let tx = self.0.db.begin().await?;
        store::log(&tx, id, now, &tried).await?;
        if gone {
            Sql::new("UPDATE webhook SET enabled = FALSE, version = version + 1 WHERE id = ").bind(webhook.id).run(&tx).await?;
        }
        if received {
            Sql::new("UPDATE webhook_delivery SET state = 'delivered', delivered_ms = ")
                .bind(now)
                .text(" WHERE id = ")
                .bind(id)
                .run(&tx)
                .await?;
            work.done_in(&tx, &json!({"status": tried.status})).await?;
        }
        tx.commit().await?;
        let why = tried.error.clone().unwrap_or_else(|| format!("it answered {}", tried.status.unwrap_or_default()));
        match tried.retry_after_s {
            _ if received => Ok(json!({"status": tried.status})),
            _ if gone => Err(Trouble::Never("it answered 410: nobody is there any more; the webhook is disabled now".into())),
            // Asked to wait longer than a day, the hub tries earlier.
            Some(seconds) if matches!(tried.status, Some(429 | 503)) => {
                let own = self.policy().wait_ms(work.attempt, rand::random());
                Err(Trouble::AgainAt(now + own.max(seconds.clamp(1, 86_400) * 1_000), why))
            }
            _ => Err(Trouble::Again(why)),
        }
    }

    async fn died(&self, tx: &DatabaseTransaction, work: &Work, why: &str) -> Result<(), DbErr> {
        let Ok(Args { delivery: id }) = work.args() else { return Ok(()) };
        Sql::new("UPDATE webhook_delivery SET state = 'dead' WHERE id = ").bind(id).run(tx).await?;
        let Some(delivery) = webhook_delivery::Entity::find_by_id(id).one(tx).await? else { return Ok(()) };
        let Some(webhook) = webhook::Entity::find_by_id(delivery.webhook_id).one(tx).await? else { return Ok(()) };
        let data = json!({"webhook": webhook.id, "name": webhook.name, "why": why});
        let notice = Notice::to_those_with(Right::Hub, "webhook_dead", None, data, "/settings/webhooks");
        let hour = work.clock.now_ms().div_euclid(3_600_000);
        notify(tx, notice.once(format!("webhook_dead:{}:{hour}", webhook.id)), work.clock.now_ms()).await.map(|_| ())
    }
}
