//! Webhooks for whoever runs the hub. Address and secret are never answered again; the secret is shown once, when it is made.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};

use super::rules::Event;
use super::store::{self, Wanted};
use super::{WebhookError, deliver, rules};
use crate::db::entity::{webhook, webhook_attempt, webhook_delivery};
use crate::http::extract::{IdempotencyKey, Json, Path, Query, given};
use crate::http::openapi::Refusals;
use crate::http::page::{Page, PageQuery};
use crate::http::problem::Problem;
use crate::http::version::{IfMatch, Versioned};
use crate::platform::identity::Right;
use crate::platform::session::Session;
use crate::platform::vault::{Keys, WEBHOOK_URL};
use crate::state::App;

impl From<WebhookError> for Problem {
    fn from(error: WebhookError) -> Self {
        let en = error.to_string();
        match error {
            WebhookError::Name => Self::invalid("name_length", "name", "名称要有 1 到 100 个字。", en),
            WebhookError::Taken => Self::conflict("name_free", "已经有同名的 Webhook。", en).field("name"),
            WebhookError::Kind(kind) => Self::invalid("kind_exists", "kinds", format!("没有 {kind} 这种事件。"), en),
            WebhookError::Address(_) => {
                Self::invalid("outside_address", "url", "地址要以 https:// 开头，指向公网；内网地址需要管理员在设置里允许。", en)
            }
            WebhookError::Gone => Self::not_found(),
            WebhookError::Changed => Self::changed(),
            WebhookError::UnderWay => Self::conflict("delivery_ended", "这次投递还在进行。", en),
            WebhookError::Vault(error) => error.into(),
            WebhookError::Database(error) => Self::internal(&error),
        }
    }
}

/// A webhook.
#[derive(Debug, Serialize, ToSchema)]
pub struct WebhookRow {
    /// Number.
    id: i64,
    /// Name.
    name: String,
    /// Where it is, without path and query, which may hold secrets.
    host: String,
    /// Kinds of notices it takes; empty for all.
    #[schema(value_type = Vec<String>)]
    kinds: Value,
    /// Of this site only.
    #[serde(skip_serializing_if = "Option::is_none")]
    site: Option<i64>,
    /// Whether it is told.
    enabled: bool,
    /// Who made it.
    created_by: String,
    /// When.
    created_ms: i64,
    /// Grows with every change; `If-Match` of a change.
    version: i64,
    /// The secret to check signatures with, when it was made just now.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
}

fn row(app: &App, keys: &Keys, model: webhook::Model, secret: Option<String>) -> WebhookRow {
    let url = keys.open(&WEBHOOK_URL, model.id, &model.url.into()).ok();
    let url = url.and_then(|url| app.telling.outside.check(url.expose()).ok());
    WebhookRow {
        host: url.and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default(),
        id: model.id,
        name: model.name,
        kinds: model.kinds,
        site: model.site_id,
        enabled: model.enabled,
        created_by: model.created_by,
        created_ms: model.created_ms,
        version: model.version,
        secret,
    }
}

/// A webhook as it is to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookWanted {
    /// Name.
    name: String,
    /// Address; when left away in a change it stays.
    #[serde(default)]
    url: Option<String>,
    /// Kinds of notices to take; empty for all.
    #[serde(default)]
    kinds: Vec<String>,
    /// Of this site only.
    #[serde(default)]
    site: Option<i64>,
    /// Whether it is told.
    #[serde(default = "yes")]
    enabled: bool,
}

const fn yes() -> bool {
    true
}

async fn wanted(app: &App, asked: WebhookWanted) -> Result<Wanted, Problem> {
    let WebhookWanted { name, url, kinds, site, enabled } = asked;
    if let Some(url) = &url {
        app.telling.outside.check(url).map_err(|error| match error {
            super::OutsideError::Forbidden(why) => WebhookError::Address(why),
            super::OutsideError::Unreachable(_) => WebhookError::Address("this is not a web address"),
        })?;
    }
    crate::platform::notifications::channels_api::site_exists(app, site).await?;
    Ok(Wanted { name, url: url.map(|url| url.trim().to_owned()), kinds, site, enabled })
}

async fn seen(app: &App, id: i64, secret: Option<String>) -> Result<WebhookRow, Problem> {
    let found = store::find(app.db.read(), id).await?.ok_or_else(Problem::not_found)?;
    Ok(row(app, &app.vault.for_reading(app.db.read()).await?, found, secret))
}

fn versioned(row: WebhookRow) -> Versioned<WebhookRow> {
    Versioned(row.version, row)
}

/// Webhooks, by name.
#[utoipa::path(get, path = "/api/v1/webhooks", tag = "webhooks", responses((status = 200, body = Page<WebhookRow>), Refusals))]
pub async fn list(State(app): State<App>, session: Session) -> Result<Answer<Page<WebhookRow>>, Problem> {
    session.actor.may_at(Right::Hub, None)?;
    let rows = store::list(app.db.read()).await?;
    let keys = app.vault.for_reading(app.db.read()).await?;
    Ok(Answer(Page::whole(rows.into_iter().map(|model| row(&app, &keys, model, None)).collect())))
}

/// A webhook.
#[utoipa::path(get, path = "/api/v1/webhooks/{id}", tag = "webhooks", params(("id" = i64, Path, description = "Number of the webhook")),
    responses((status = 200, body = WebhookRow), Refusals))]
pub async fn show(State(app): State<App>, session: Session, Path(id): Path<i64>) -> Result<Versioned<WebhookRow>, Problem> {
    session.actor.may_at(Right::Hub, None)?;
    seen(&app, id, None).await.map(versioned)
}

/// Make a webhook. Its secret is shown once. The same Idempotency-Key makes none again, and is answered without the secret; /secret makes a
/// new one.
#[utoipa::path(post, path = "/api/v1/webhooks", tag = "webhooks", request_body = WebhookWanted,
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes the request safe to send again")),
    responses((status = 201, body = WebhookRow), Refusals))]
pub async fn create(
    State(app): State<App>,
    session: Session,
    key: Option<IdempotencyKey>,
    Json(asked): Json<WebhookWanted>,
) -> Result<(StatusCode, Answer<WebhookRow>), Problem> {
    session.actor.may_at(Right::Hub, None)?;
    if asked.url.is_none() {
        return Err(WebhookError::Address("the address is missing").into());
    }
    let (wanted, secret) = (wanted(&app, asked).await?, rules::new_secret());
    let (now, key) = (app.telling.clock.now_ms(), IdempotencyKey::of(key, session.actor.id));
    let made = store::create(&app.db, &app.vault, wanted, &secret, (&session.actor.login, now), key.as_deref()).await?;
    Ok((StatusCode::CREATED, Answer(seen(&app, made.id(), made.once(Some(secret))).await?)))
}

/// Change a webhook.
#[utoipa::path(put, path = "/api/v1/webhooks/{id}", tag = "webhooks", request_body = WebhookWanted,
    params(("id" = i64, Path, description = "Number of the webhook"), ("If-Match" = String, Header, description = "The ETag that was read")), responses((status = 200, body = WebhookRow), Refusals))]
pub async fn change(
    State(app): State<App>,
    session: Session,
    Path(id): Path<i64>,
    IfMatch(version): IfMatch,
    Json(asked): Json<WebhookWanted>,
) -> Result<Versioned<WebhookRow>, Problem> {
    session.actor.may_at(Right::Hub, None)?;
    let wanted = wanted(&app, asked).await?;
    store::change(&app.db, &app.vault, id, version, wanted, &session.actor.login).await?;
    seen(&app, id, None).await.map(versioned)
}

/// Take a webhook away, with its deliveries.
#[utoipa::path(delete, path = "/api/v1/webhooks/{id}", tag = "webhooks", params(("id" = i64, Path, description = "Number of the webhook")),
    responses((status = 204, description = "It is gone"), Refusals))]
pub async fn remove(State(app): State<App>, session: Session, Path(id): Path<i64>) -> Result<StatusCode, Problem> {
    session.actor.may_at(Right::Hub, None)?;
    store::remove(&app.db, id, &session.actor.login).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Give a webhook a new secret, shown once. The old one ends at once.
#[utoipa::path(post, path = "/api/v1/webhooks/{id}/secret", tag = "webhooks", params(("id" = i64, Path, description = "Number of the webhook")),
    responses((status = 200, body = WebhookRow), Refusals))]
pub async fn renew_secret(State(app): State<App>, session: Session, Path(id): Path<i64>) -> Result<Answer<WebhookRow>, Problem> {
    session.actor.may_at(Right::Hub, None)?;
    let secret = rules::new_secret();
    store::set_secret(&app.db, &app.vault, id, &secret, &session.actor.login).await?;
    seen(&app, id, Some(secret)).await.map(Answer)
}

/// Deliver a test event to a webhook, whatever kinds it takes.
#[utoipa::path(post, path = "/api/v1/webhooks/{id}/test", tag = "webhooks", params(("id" = i64, Path, description = "Number of the webhook")),
    responses((status = 202, description = "It is on its way; see the deliveries"), Refusals))]
pub async fn test(State(app): State<App>, session: Session, Path(id): Path<i64>) -> Result<StatusCode, Problem> {
    session.actor.may_at(Right::Hub, None)?;
    seen(&app, id, None).await?;
    let now = app.telling.clock.now_ms();
    let event = Event { kind: "test", at_ms: now, site: None, link: "", data: &json!({}) };
    let tx = app.db.begin().await?;
    deliver(&tx, id, None, &format!("evt_test_{now}"), &event, now).await?;
    tx.commit().await?;
    app.jobs.wake();
    Ok(StatusCode::ACCEPTED)
}

/// Which deliveries.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct DeliveryQuery {
    /// Of this webhook.
    #[serde(deserialize_with = "given")]
    webhook: Option<i64>,
    /// `waiting`, `delivered` or `dead`.
    #[serde(deserialize_with = "given")]
    state: Option<String>,
}

/// A delivery.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeliveryRow {
    /// Number.
    id: i64,
    /// The webhook.
    webhook: i64,
    /// `webhook-id` of its tries.
    event: String,
    /// Kind of notice.
    kind: String,
    /// `waiting`, `delivered` or `dead`.
    state: String,
    /// When it was made.
    created_ms: i64,
    /// When it was received.
    #[serde(skip_serializing_if = "Option::is_none")]
    delivered_ms: Option<i64>,
    /// The job that tries, or tried.
    #[serde(skip_serializing_if = "Option::is_none")]
    job: Option<i64>,
}

/// One try.
#[derive(Debug, Serialize, ToSchema)]
pub struct AttemptRow {
    /// When.
    at_ms: i64,
    /// How long it took.
    took_ms: i32,
    /// The status that was answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<i32>,
    /// Why nothing was answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// A delivery with what was sent and its tries, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeliveryDetail {
    /// The delivery.
    #[serde(flatten)]
    row: DeliveryRow,
    /// The body, byte for byte.
    payload: String,
    /// Its tries.
    attempts: Vec<AttemptRow>,
}

impl From<webhook_delivery::Model> for DeliveryRow {
    fn from(model: webhook_delivery::Model) -> Self {
        Self {
            id: model.id,
            webhook: model.webhook_id,
            event: model.event,
            kind: model.kind,
            state: model.state,
            created_ms: model.created_ms,
            delivered_ms: model.delivered_ms,
            job: model.job_id,
        }
    }
}

impl From<webhook_attempt::Model> for AttemptRow {
    fn from(model: webhook_attempt::Model) -> Self {
        Self { at_ms: model.at_ms, took_ms: model.took_ms, status: model.status, error: model.error }
    }
}

/// Deliveries, newest first; those that were given up with `state=dead`.
#[utoipa::path(get, path = "/api/v1/webhook-deliveries", tag = "webhooks", params(DeliveryQuery, PageQuery),
    responses((status = 200, body = Page<DeliveryRow>), Refusals))]
pub async fn deliveries(
    State(app): State<App>,
    session: Session,
    Query(asked): Query<DeliveryQuery>,
    Query(page): Query<PageQuery>,
) -> Result<Answer<Page<DeliveryRow>>, Problem> {
    session.actor.may_at(Right::Hub, None)?;
    Ok(Answer(store::deliveries(app.db.read(), asked.webhook, asked.state.as_deref(), &page).await?.map(DeliveryRow::from)))
}

/// A delivery with its tries.
#[utoipa::path(get, path = "/api/v1/webhook-deliveries/{id}", tag = "webhooks",
    params(("id" = i64, Path, description = "Number of the delivery")), responses((status = 200, body = DeliveryDetail), Refusals))]
pub async fn delivery(State(app): State<App>, session: Session, Path(id): Path<i64>) -> Result<Answer<DeliveryDetail>, Problem> {
    session.actor.may_at(Right::Hub, None)?;
    detail(&app, id).await.map(Answer)
}

async fn detail(app: &App, id: i64) -> Result<DeliveryDetail, Problem> {
    let (model, tries) = store::delivery(app.db.read(), id).await?.ok_or_else(Problem::not_found)?;
    let payload = model.payload.clone();
    Ok(DeliveryDetail { row: model.into(), payload, attempts: tries.into_iter().map(AttemptRow::from).collect() })
}

/// Deliver again, with the same id.
#[utoipa::path(post, path = "/api/v1/webhook-deliveries/{id}/redeliver", tag = "webhooks",
    params(("id" = i64, Path, description = "Number of the delivery")), responses((status = 200, body = DeliveryDetail), Refusals))]
pub async fn redeliver(State(app): State<App>, session: Session, Path(id): Path<i64>) -> Result<Answer<DeliveryDetail>, Problem> {
    session.actor.may_at(Right::Hub, None)?;
    store::redeliver(&app.db, id, &session.actor.login, app.telling.clock.now_ms()).await?;
    app.jobs.wake();
    detail(&app, id).await.map(Answer)
}
