//! Group bots and mailboxes for whoever runs the hub. Addresses and secrets are never answered.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::StatusCode;
use sea_orm::{
    ActiveModelTrait, ActiveValue::NotSet, ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter,
    QueryOrder, QuerySelect,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::bots::{Verdict, Way};
use super::{channels, mail, words};
use crate::db::entity::{channel, message, site};
use crate::http::extract::{IdempotencyKey, Json, Path, Query};
use crate::http::openapi::Refusals;
use crate::http::page::{Page, PageQuery};
use crate::http::problem::{Problem, Who};
use crate::http::version::{IfMatch, Versioned};
use crate::platform::audit::{self, Change};
use crate::platform::identity::Right;
use crate::platform::once;
use crate::platform::session::Session;
use crate::platform::sql::Sql;
use crate::platform::vault::{CHANNEL_SECRET, CHANNEL_TARGET};
use crate::state::App;

/// A channel.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChannelRow {
    /// Number.
    id: i64,
    /// Name.
    name: String,
    /// By which way.
    way: Way,
    /// Language of its messages: `zh` or `en`.
    language: String,
    /// Of this site only.
    #[serde(skip_serializing_if = "Option::is_none")]
    site: Option<i64>,
    /// Of this organisation and all beneath it only.
    #[serde(skip_serializing_if = "Option::is_none")]
    organisation: Option<i64>,
    /// Kinds it is told of; empty for all but `win_report` and `sales_report`, which have to be named.
    #[schema(value_type = Vec<String>)]
    kinds: Value,
    /// Whether it is told.
    enabled: bool,
    /// Whether messages are signed.
    signed: bool,
    /// Why the last message was not sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_error: Option<String>,
    /// Its vendor takes nothing before this.
    #[serde(skip_serializing_if = "Option::is_none")]
    blocked_until_ms: Option<i64>,
    /// Who made it.
    created_by: String,
    /// When.
    created_ms: i64,
    /// Grows with every change; `If-Match` of a change.
    version: i64,
}

fn row(model: channel::Model) -> ChannelRow {
    ChannelRow {
        way: Way::of_word(&model.way).unwrap_or(Way::Mail),
        signed: model.secret.is_some(),
        id: model.id,
        name: model.name,
        language: model.language,
        site: model.site_id,
        organisation: model.organisation_id,
        kinds: model.kinds,
        enabled: model.enabled,
        last_error: model.last_error,
        blocked_until_ms: model.blocked_until_ms,
        created_by: model.created_by,
        created_ms: model.created_ms,
        version: model.version,
    }
}

/// A channel as it is to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChannelWanted {
    /// Name.
    name: String,
    /// By which way.
    way: Way,
    /// The bot's whole address as its vendor shows it, or a mail address; when left away in a change it stays.
    #[serde(default)]
    target: Option<String>,
    /// The bot's signing secret (Feishu, DingTalk); when left away in a change it stays, empty takes it away.
    #[serde(default)]
    secret: Option<String>,
    /// Language of its messages: `zh` (when left away) or `en`.
    #[serde(default)]
    language: Option<String>,
    /// Of this site only.
    #[serde(default)]
    site: Option<i64>,
    /// Of this organisation and all beneath it only; not together with a site.
    #[serde(default)]
    organisation: Option<i64>,
    /// Kinds to be told of; empty for all but `win_report` and `sales_report`, which have to be named.
    #[serde(default)]
    kinds: Vec<String>,
    /// Whether it is told.
    #[serde(default = "yes")]
    enabled: bool,
}

const fn yes() -> bool {
    true
}

/// Refuses a site that does not exist.
pub(crate) async fn site_exists(app: &App, id: Option<i64>) -> Result<(), Problem> {
    let Some(id) = id else { return Ok(()) };
    match site::Entity::find_by_id(id).one(app.db.read()).await? {
        Some(_) => Ok(()),
        None => Err(Problem::invalid("site_exists", "site", "没有这个站点。", "There is no such site.")),
    }
}

async fn check(app: &App, asked: &ChannelWanted) -> Result<(), Problem> {
    if !(1..=100).contains(&asked.name.trim().chars().count()) {
        return Err(Problem::invalid("name_length", "name", "名称要有 1 到 100 个字。", "A name has 1 to 100 characters."));
    }
    if let Some(at) = asked.kinds.iter().position(|kind| !words::known(kind)) {
        return Err(Problem::invalid("kind_exists", format!("kinds[{at}]"), "没有这种通知。", "There is no such kind of notice."));
    }
    if asked.language.as_deref().is_some_and(|language| !matches!(language, "zh" | "en")) {
        return Err(Problem::invalid("language", "language", "语言是 zh 或 en。", "The language is zh or en."));
    }
    match (asked.target.as_deref().map(str::trim), asked.way) {
        (Some(target), Way::Mail) if !mail::is_address(target) => {
            return Err(Problem::invalid("mail_address", "target", "这不是一个邮箱地址。", "This is not a mail address."));
        }
        (Some(target), Way::Feishu | Way::Dingtalk | Way::Wecom) => {
            if let Err(error) = app.telling.outside.check(target) {
                let zh = "地址要以 https:// 开头，指向公网；内网地址需要管理员在设置里允许。";
                return Err(Problem::invalid("outside_address", "target", zh, error.to_string()));
            }
        }
        _ => {}
    }
    if let Some(organisation) = asked.organisation {
        if asked.site.is_some() {
            let (zh, en) = ("站点和组织只能选一个。", "Choose a site or an organisation, not both.");
            return Err(Problem::invalid("one_place", "organisation", zh, en));
        }
        if app.organisations.tree().await?.node(organisation).is_none() {
            return Err(Problem::invalid("organisation_exists", "organisation", "没有这个组织。", "There is no such organisation."));
        }
    }
    site_exists(app, asked.site).await
}

/// What the audit trail says; never the address or the secret.
fn shown(model: &channel::Model) -> Value {
    json!({"name": model.name, "way": model.way, "kinds": model.kinds, "site": model.site_id, "organisation": model.organisation_id, "language": model.language,
        "enabled": model.enabled})
}

async fn taken(tx: &impl ConnectionTrait, name: &str, but: i64) -> Result<(), Problem> {
    let found = channel::Entity::find().filter(channel::Column::Name.eq(name.trim())).one(tx).await?;
    match found.is_some_and(|found| found.id != but) {
        true => Err(Problem::conflict("name_free", "已经有同名的通道。", "There is already a channel of this name.").field("name")),
        false => Ok(()),
    }
}

/// Writes address and secret, sealed; what is not given stays, and an empty secret takes it away.
async fn put(app: &App, tx: &DatabaseTransaction, id: i64, target: Option<&str>, secret: Option<&str>) -> Result<(), Problem> {
    let keys = app.vault.for_writing(tx).await?;
    if let Some(target) = target {
        keys.put(tx, &CHANNEL_TARGET, id, Some(target)).await?;
    }
    if let Some(secret) = secret {
        keys.put(tx, &CHANNEL_SECRET, id, Some(secret).filter(|secret| !secret.is_empty())).await?;
    }
    Ok(())
}

async fn find(db: &impl ConnectionTrait, id: i64) -> Result<channel::Model, Problem> {
    channel::Entity::find_by_id(id).one(db).await?.ok_or_else(Problem::not_found)
}

/// Channels, by name.
#[utoipa::path(get, path = "/api/v1/channels", tag = "notifications", responses((status = 200, body = Page<ChannelRow>), Refusals))]
pub async fn list(State(app): State<App>, session: Session) -> Result<Answer<Page<ChannelRow>>, Problem> {
    session.actor.may_at(Right::Hub, None)?;
    let rows = channel::Entity::find().order_by_asc(channel::Column::Name).all(app.db.read()).await?;
    Ok(Answer(Page::whole(rows.into_iter().map(row).collect())))
}

/// A channel.
#[utoipa::path(get, path = "/api/v1/channels/{id}", tag = "notifications", params(("id" = i64, Path, description = "Number of the channel")),
    responses((status = 200, body = ChannelRow), Refusals))]
pub async fn show(State(app): State<App>, session: Session, Path(id): Path<i64>) -> Result<Versioned<ChannelRow>, Problem> {
    session.actor.may_at(Right::Hub, None)?;
    let model = find(app.db.read(), id).await?;
    Ok(Versioned(model.version, row(model)))
}

/// Make a channel. The same Idempotency-Key makes none again.
#[utoipa::path(post, path = "/api/v1/channels", tag = "notifications", request_body = ChannelWanted,
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes the request safe to send again")),
    responses((status = 201, body = ChannelRow), Refusals))]
pub async fn create(
    State(app): State<App>,
    session: Session,
    key: Option<IdempotencyKey>,
    Json(asked): Json<ChannelWanted>,
) -> Result<(StatusCode, Answer<ChannelRow>), Problem> {
    session.actor.may_at(Right::Hub, None)?;
    check(&app, &asked).await?;
    let Some(target) = asked.target.as_deref().map(str::trim).filter(|target| !target.is_empty()) else {
        return Err(Problem::invalid("value_given", "target", "请填写机器人地址或邮箱。", "Give the bot's address or a mail address."));
    };
    let (author, key) = (&session.actor.login, IdempotencyKey::of(key, session.actor.id));
    let tx = app.db.begin().await?;
    if let Some(made) = once::made(&tx, "channel", key.as_deref()).await? {
        return Ok((StatusCode::CREATED, Answer(row(find(&tx, made).await?))));
    }
    taken(&tx, &asked.name, 0).await?;
    let made = channel::ActiveModel {
        id: NotSet,
        name: Set(asked.name.trim().to_owned()),
        way: Set(asked.way.word().to_owned()),
        target: Set(String::new()),
        secret: Set(None),
        language: Set(asked.language.unwrap_or_else(|| "zh".into())),
        site_id: Set(asked.site),
        organisation_id: Set(asked.organisation),
        kinds: Set(json!(asked.kinds)),
        enabled: Set(asked.enabled),
        sent: Set(json!([])),
        blocked_until_ms: Set(None),
        busy_until_ms: Set(None),
        last_error: Set(None),
        created_by: Set(author.clone()),
        created_ms: Set(app.telling.clock.now_ms()),
        version: Set(1),
    }
    .insert(&tx)
    .await?;
    put(&app, &tx, made.id, Some(target), asked.secret.as_deref()).await?;
    let made = find(&tx, made.id).await?;
    once::keep(&tx, "channel", made.id, key.as_deref()).await?;
    let change = Change { author, entity: "channel", id: made.id.to_string(), action: "create" };
    audit::record(&tx, change, audit::NOTHING, Some(shown(&made))).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Answer(row(made))))
}

/// Change a channel.
#[utoipa::path(put, path = "/api/v1/channels/{id}", tag = "notifications", request_body = ChannelWanted,
    params(("id" = i64, Path, description = "Number of the channel"), ("If-Match" = String, Header, description = "The ETag that was read")), responses((status = 200, body = ChannelRow), Refusals))]
pub async fn change(
    State(app): State<App>,
    session: Session,
    Path(id): Path<i64>,
    if_match: IfMatch,
    Json(asked): Json<ChannelWanted>,
) -> Result<Versioned<ChannelRow>, Problem> {
    session.actor.may_at(Right::Hub, None)?;
    check(&app, &asked).await?;
    let author = &session.actor.login;
    let tx = app.db.begin().await?;
    let old = channel::Entity::find_by_id(id).lock_exclusive().one(&tx).await?.ok_or_else(Problem::not_found)?;
    if_match.check(old.version)?;
    taken(&tx, &asked.name, id).await?;
    let moved = asked.target.is_some() || asked.secret.is_some();
    let new = channel::ActiveModel {
        id: Set(id),
        name: Set(asked.name.trim().to_owned()),
        way: Set(asked.way.word().to_owned()),
        language: asked.language.map_or(NotSet, Set),
        site_id: Set(asked.site),
        organisation_id: Set(asked.organisation),
        kinds: Set(json!(asked.kinds)),
        enabled: Set(asked.enabled),
        last_error: if moved { Set(None) } else { NotSet },
        blocked_until_ms: if moved { Set(None) } else { NotSet },
        version: Set(old.version + 1),
        ..Default::default()
    };
    let new = new.update(&tx).await?;
    put(&app, &tx, id, asked.target.as_deref().map(str::trim), asked.secret.as_deref()).await?;
    let new = find(&tx, new.id).await?;
    let mut after = shown(&new);
    after["address_changed"] = json!(moved);
    audit::record(&tx, Change { author, entity: "channel", id: id.to_string(), action: "change" }, Some(shown(&old)), Some(after)).await?;
    channels::wake(&tx, id, app.telling.clock.now_ms(), app.telling.clock.now_ms()).await?;
    tx.commit().await?;
    Ok(Versioned(new.version, row(new)))
}

/// Take a channel away, with what waits for it.
#[utoipa::path(delete, path = "/api/v1/channels/{id}", tag = "notifications",
    params(("id" = i64, Path, description = "Number of the channel")), responses((status = 204, description = "It is gone"), Refusals))]
pub async fn remove(State(app): State<App>, session: Session, Path(id): Path<i64>) -> Result<StatusCode, Problem> {
    session.actor.may_at(Right::Hub, None)?;
    let tx = app.db.begin().await?;
    let old = find(&tx, id).await?;
    Sql::new("DELETE FROM message WHERE channel_id = ").bind(id).run(&tx).await?;
    channel::Entity::delete_by_id(id).exec(&tx).await?;
    let change = Change { author: &session.actor.login, entity: "channel", id: id.to_string(), action: "delete" };
    audit::record(&tx, change, Some(shown(&old)), audit::NOTHING).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Send a test message to a channel now.
#[utoipa::path(post, path = "/api/v1/channels/{id}/test", tag = "notifications",
    params(("id" = i64, Path, description = "Number of the channel")), responses((status = 204, description = "It was sent"), Refusals))]
pub async fn test(State(app): State<App>, session: Session, Path(id): Path<i64>) -> Result<StatusCode, Problem> {
    session.actor.may_at(Right::Hub, None)?;
    let channel = find(app.db.read(), id).await?;
    let message = words::message("test", &json!({}), 1, channels::language(&channel));
    match channels::send(&app.telling, &channel, &message, app.telling.clock.now_ms()).await {
        Verdict::Sent => Ok(StatusCode::NO_CONTENT),
        Verdict::Slower(ms) => {
            let seconds = u64::try_from(ms / 1_000).unwrap_or(60);
            let (zh, en) = ("机器人太忙，请稍后再试。", "The bot takes no more messages now; try again later.");
            Err(Problem::new(StatusCode::TOO_MANY_REQUESTS, "channel_pace", zh, en).who(Who::Reader).retry_after(seconds))
        }
        Verdict::Again(why) | Verdict::Refused(why) => {
            Err(Problem::conflict("channel_works", format!("没有发送成功：{why}"), format!("It was not sent: {why}")))
        }
    }
}

/// A message of a channel.
#[derive(Debug, Serialize, ToSchema)]
pub struct MessageRow {
    /// Number.
    id: i64,
    /// The notice it tells.
    notice: i64,
    /// `waiting`, `sent` or `failed`.
    state: String,
    /// When it was made.
    created_ms: i64,
    /// How often it was tried.
    attempts: i32,
    /// Why it was not sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_error: Option<String>,
    /// When it was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    sent_ms: Option<i64>,
}

/// Messages of a channel, newest first.
#[utoipa::path(get, path = "/api/v1/channels/{id}/messages", tag = "notifications",
    params(("id" = i64, Path, description = "Number of the channel"), PageQuery), responses((status = 200, body = Page<MessageRow>), Refusals))]
pub async fn messages(
    State(app): State<App>,
    session: Session,
    Path(id): Path<i64>,
    Query(page): Query<PageQuery>,
) -> Result<Answer<Page<MessageRow>>, Problem> {
    session.actor.may_at(Right::Hub, None)?;
    find(app.db.read(), id).await?;
    Ok(Answer(sent(app.db.read(), id, &page).await?))
}

async fn sent(db: &impl ConnectionTrait, channel: i64, page: &PageQuery) -> Result<Page<MessageRow>, Problem> {
    let found = message::Entity::find().filter(message::Column::ChannelId.eq(channel));
    Ok(page.newest(db, found, message::Column::Id, |row| row.id).await?.map(|row| MessageRow {
        id: row.id,
        notice: row.notice_id,
        state: row.state,
        created_ms: row.created_ms,
        attempts: row.attempts,
        last_error: row.last_error,
        sent_ms: row.sent_ms,
    }))
}
