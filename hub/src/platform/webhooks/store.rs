//! Webhooks and their deliveries in the database.

use sea_orm::{
    ActiveModelTrait, ActiveValue::NotSet, ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect,
};
use serde_json::{Value, json};

use super::{Try, WebhookError, attach};
use crate::db::Db;
use crate::db::entity::{webhook, webhook_attempt, webhook_delivery};
use crate::http::page::{Page, PageQuery};
use crate::http::problem::Problem;
use crate::platform::audit::{self, Change};
use crate::platform::notifications::words;
use crate::platform::once::{self, Made};
use crate::platform::sql::Sql;
use crate::platform::vault::{Vault, WEBHOOK_SECRET, WEBHOOK_URL};

/// Attempts of a delivery that are shown.
const SHOWN: u64 = 50;

/// What a webhook is to be.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    pub name: String,
    pub url: Option<String>,
    pub kinds: Vec<String>,
    pub site: Option<i64>,
    pub enabled: bool,
}

fn check(wanted: &Wanted) -> Result<(), WebhookError> {
    if !(1..=100).contains(&wanted.name.trim().chars().count()) {
        return Err(WebhookError::Name);
    }
    wanted.kinds.iter().find(|kind| !words::known(kind)).map_or(Ok(()), |kind| Err(WebhookError::Kind(kind.clone())))
}

/// What the audit trail says; never the address or the secret.
fn shown(row: &webhook::Model) -> Value {
    json!({"name": row.name, "kinds": row.kinds, "site": row.site_id, "enabled": row.enabled})
}

async fn taken(tx: &impl ConnectionTrait, name: &str, but: i64) -> Result<bool, DbErr> {
    let found = webhook::Entity::find().filter(webhook::Column::Name.eq(name.trim())).one(tx).await?;
    Ok(found.is_some_and(|found| found.id != but))
}

pub(super) async fn create(
    db: &Db,
    vault: &Vault,
    wanted: Wanted,
    secret: &str,
    (author, now): (&str, i64),
    key: Option<&str>,
) -> Result<Made, WebhookError> {
    check(&wanted)?;
    let tx = db.begin().await?;
    if let Some(made) = once::made(&tx, "webhook", key).await? {
        return Ok(Made::Before(made));
    }
    if taken(&tx, &wanted.name, 0).await? {
        return Err(WebhookError::Taken);
    }
    let made = webhook::ActiveModel {
        id: NotSet,
        name: Set(wanted.name.trim().to_owned()),
        url: Set(String::new()),
        secret: Set(String::new()),
        kinds: Set(json!(wanted.kinds)),
        site_id: Set(wanted.site),
        organisation_id: Set(None),
        enabled: Set(wanted.enabled),
        created_by: Set(author.to_owned()),
        created_ms: Set(now),
        version: Set(1),
    }
    .insert(&tx)
    .await?;
    let keys = vault.for_writing(&tx).await?;
    keys.put(&tx, &WEBHOOK_URL, made.id, Some(wanted.url.as_deref().unwrap_or_default())).await?;
    keys.put(&tx, &WEBHOOK_SECRET, made.id, Some(secret)).await?;
    let change = Change { author, entity: "webhook", id: made.id.to_string(), action: "create" };
    audit::record(&tx, change, audit::NOTHING, Some(shown(&made))).await?;
    once::keep(&tx, "webhook", made.id, key).await?;
    tx.commit().await?;
    Ok(Made::Now(made.id))
}

/// Changes a webhook; its address only when a new one is given.
pub(super) async fn change(db: &Db, vault: &Vault, id: i64, version: i64, wanted: Wanted, author: &str) -> Result<(), WebhookError> {
    check(&wanted)?;
    let tx = db.begin().await?;
    let old = webhook::Entity::find_by_id(id).lock_exclusive().one(&tx).await?.ok_or(WebhookError::Gone)?;
    if version != old.version {
        return Err(WebhookError::Changed);
    }
    if taken(&tx, &wanted.name, id).await? {
        return Err(WebhookError::Taken);
    }
    if let Some(url) = &wanted.url {
        vault.for_writing(&tx).await?.put(&tx, &WEBHOOK_URL, id, Some(url)).await?;
    }
    let changed = webhook::ActiveModel {
        id: Set(id),
        name: Set(wanted.name.trim().to_owned()),
        kinds: Set(json!(wanted.kinds)),
        site_id: Set(wanted.site),
        enabled: Set(wanted.enabled),
        version: Set(old.version + 1),
        ..Default::default()
    };
    let new = changed.update(&tx).await?;
    let mut after = shown(&new);
    after["address_changed"] = json!(wanted.url.is_some());
    let change = Change { author, entity: "webhook", id: id.to_string(), action: "change" };
    audit::record(&tx, change, Some(shown(&old)), Some(after)).await?;
    tx.commit().await?;
    Ok(())
}

/// Gives a webhook a new secret; the old one ends at once.
pub(super) async fn set_secret(db: &Db, vault: &Vault, id: i64, secret: &str, author: &str) -> Result<(), WebhookError> {
    let tx = db.begin().await?;
    let changed = Sql::new("UPDATE webhook SET version = version + 1 WHERE id = ").bind(id).run(&tx).await?;
    if changed == 0 {
        return Err(WebhookError::Gone);
    }
    vault.for_writing(&tx).await?.put(&tx, &WEBHOOK_SECRET, id, Some(secret)).await?;
    let change = Change { author, entity: "webhook", id: id.to_string(), action: "secret" };
    audit::record(&tx, change, audit::NOTHING, audit::NOTHING).await?;
    tx.commit().await?;
    Ok(())
}

/// Takes a webhook away with its deliveries.
pub(super) async fn remove(db: &Db, id: i64, author: &str) -> Result<(), WebhookError> {
    let tx = db.begin().await?;
    let old = webhook::Entity::find_by_id(id).lock_exclusive().one(&tx).await?.ok_or(WebhookError::Gone)?;
    Sql::new("DELETE FROM webhook_attempt WHERE delivery_id IN (SELECT id FROM webhook_delivery WHERE webhook_id = ")
        .bind(id)
        .text(")")
        .run(&tx)
        .await?;
    Sql::new("DELETE FROM webhook_delivery WHERE webhook_id = ").bind(id).run(&tx).await?;
    webhook::Entity::delete_by_id(id).exec(&tx).await?;
    let change = Change { author, entity: "webhook", id: id.to_string(), action: "delete" };
    audit::record(&tx, change, Some(shown(&old)), audit::NOTHING).await?;
    tx.commit().await?;
    Ok(())
}

pub(super) async fn list(db: &impl ConnectionTrait) -> Result<Vec<webhook::Model>, DbErr> {
    webhook::Entity::find().order_by_asc(webhook::Column::Name).all(db).await
}

pub(super) async fn find(db: &impl ConnectionTrait, id: i64) -> Result<Option<webhook::Model>, DbErr> {
    webhook::Entity::find_by_id(id).one(db).await
}

/// Writes a try down.
pub(super) async fn log(tx: &impl ConnectionTrait, delivery: i64, now: i64, tried: &Try) -> Result<(), DbErr> {
    webhook_attempt::ActiveModel {
        id: NotSet,
        delivery_id: Set(delivery),
        at_ms: Set(now),
        took_ms: Set(i32::try_from(tried.took_ms).unwrap_or(i32::MAX)),
        status: Set(tried.status.map(i32::from)),
        error: Set(tried.error.clone()),
    }
    .insert(tx)
    .await
    .map(|_| ())
}

/// Deliveries, newest first, of one webhook or of all, in a state.
pub(super) async fn deliveries(
    db: &impl ConnectionTrait,
    webhook: Option<i64>,
    state: Option<&str>,
    page: &PageQuery,
) -> Result<Page<webhook_delivery::Model>, Problem> {
    use webhook_delivery::Column;
    let mut found = webhook_delivery::Entity::find();
    if let Some(webhook) = webhook {
        found = found.filter(Column::WebhookId.eq(webhook));
    }
    if let Some(state) = state {
        found = found.filter(Column::State.eq(state));
    }
    page.newest(db, found, Column::Id, |row| row.id).await
}

/// A delivery and its tries, newest first.
pub(super) async fn delivery(
    db: &impl ConnectionTrait,
    id: i64,
) -> Result<Option<(webhook_delivery::Model, Vec<webhook_attempt::Model>)>, DbErr> {
    let Some(delivery) = webhook_delivery::Entity::find_by_id(id).one(db).await? else { return Ok(None) };
    let tries = webhook_attempt::Entity::find()
        .filter(webhook_attempt::Column::DeliveryId.eq(id))
        .order_by_desc(webhook_attempt::Column::Id)
        .limit(SHOWN)
        .all(db)
        .await?;
    Ok(Some((delivery, tries)))
}

/// Delivers again what is dead or delivered, with the same id.
pub(super) async fn redeliver(db: &Db, id: i64, author: &str, now: i64) -> Result<(), WebhookError> {
    let tx = db.begin().await?;
    let old = webhook_delivery::Entity::find_by_id(id).lock_exclusive().one(&tx).await?.ok_or(WebhookError::Gone)?;
    if old.state == "waiting" {
        return Err(WebhookError::UnderWay);
    }
    Sql::new("UPDATE webhook_delivery SET state = 'waiting', delivered_ms = NULL WHERE id = ").bind(id).run(&tx).await?;
    attach(&tx, id, now).await?;
    let change = Change { author, entity: "webhook_delivery", id: id.to_string(), action: "redeliver" };
    audit::record(&tx, change, Some(json!({"state": old.state})), audit::NOTHING).await?;
    tx.commit().await?;
    Ok(())
}
