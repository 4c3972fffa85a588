//! Edges in the database: made, joined, disabled, forgiven.

use std::sync::PoisonError;

use data_encoding::{BASE32_NOPAD, BASE64};
use ed25519_dalek::VerifyingKey;
use qitao_domain::ids::{EdgeId, SiteId};
use qitao_domain::stream::receiver::Stream;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, DatabaseTransaction, DbErr, EntityTrait, FromQueryResult, QuerySelect};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::fleet::{Fleet, MqttAddress};
use super::{EdgeError, keys};
use crate::broker::mosquitto;
use crate::db::Db;
use crate::db::entity::{edge, site};
use crate::feed;
use crate::live::What;
use crate::platform::audit::{self, Change, NOTHING};
use crate::platform::clock::now_ms;
use crate::platform::search;
use crate::platform::sql::Sql;

/// How long an enrolment token is good.
const TOKEN_MS: i64 = 7 * 24 * 3_600_000;

/// A new edge, or a new token of an old one. The token is shown once.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Created {
    /// The edge.
    pub id: String,
    /// What it joins with; good once, for seven days.
    pub token: String,
}

/// What an edge brings to join.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct Enrolment {
    /// The one-time token.
    pub token: String,
    /// Its Ed25519 public key, base64.
    pub public_key: String,
    /// Its machine's fingerprint.
    #[serde(default)]
    pub fingerprint: String,
    /// Version of the agent.
    #[serde(default)]
    pub agent: String,
    /// Name of the machine.
    #[serde(default)]
    pub hostname: String,
}

/// The site that an edge is at.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SiteOfEdge {
    /// Number.
    pub id: i64,
    /// Code.
    pub code: String,
    /// Name.
    pub name: String,
    /// IANA time zone.
    pub time_zone: String,
}

/// How the edge reaches the broker.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MqttLogin {
    /// Host, port, TLS.
    #[serde(flatten)]
    pub address: MqttAddress,
    /// Its name there, which is its client id too.
    pub username: String,
    /// Its secret there; shown once.
    pub password: String,
}

/// What an edge gets when it joins.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Enrolled {
    /// Who it is from now on.
    pub edge: String,
    /// Where it is.
    pub site: SiteOfEdge,
    /// How it reaches the broker.
    pub mqtt: MqttLogin,
    /// The hub's public key, base64.
    pub hub_key: String,
}

/// What must be known of an edge to check what it sends.
#[derive(Debug, Clone)]
pub struct Known {
    /// Its key.
    pub key: VerifyingKey,
    /// Its site.
    pub site: SiteId,
}

fn audited<'a>(author: &'a str, edge: &EdgeId, action: &'static str) -> Change<'a> {
    Change { author, entity: "edge", id: edge.to_string(), action }
}

async fn find(tx: &DatabaseTransaction, id: &EdgeId) -> Result<edge::Model, EdgeError> {
    edge::Entity::find_by_id(id.as_str()).one(tx).await?.ok_or_else(|| EdgeError::NoEdge(id.clone()))
}

/// An id from the site's code and five random characters: `sh01-k3x7p`.
fn mint(code: &str) -> Result<EdgeId, DbErr> {
    let site: String = code.to_lowercase().chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').take(40).collect();
    let random = BASE32_NOPAD.encode(&keys::random_32()).to_lowercase();
    let site = if site.is_empty() { "edge" } else { &site };
    EdgeId::new(format!("{site}-{}", &random[..5])).map_err(|error| DbErr::Custom(error.to_string()))
}

/// Makes an edge that may join with the token.
///
/// # Errors
/// [`EdgeError::NoSite`], [`EdgeError::Name`] or what the database said.
pub async fn create(fleet: &Fleet, site: SiteId, name: &str, author: &str) -> Result<Created, EdgeError> {
    let name = name.trim();
    if !(1..=100).contains(&name.chars().count()) {
        return Err(EdgeError::Name);
    }
    let tx = fleet.db.begin().await?;
    let site = site::Entity::find_by_id(site.0).one(&tx).await?.ok_or(EdgeError::NoSite(site))?;
    let id = mint(&site.code)?;
    let (token, now) = (keys::secret_text(), now_ms());
    let row = edge::ActiveModel {
        id: Set(id.to_string()),
        site_id: Set(site.id),
        name: Set(name.to_owned()),
        token_hash: Set(Some(keys::digest(token.as_bytes()))),
        token_expires_ms: Set(Some(now + TOKEN_MS)),
        disabled: Set(false),
        epoch: Set(0),
        committed: Set(0),
        boot: Set(0),
        next_seq_seen: Set(0),
        clock_skew_ms: Set(0),
        agent: Set(String::new()),
        tasks_acked: Set(0),
        created_ms: Set(now),
        ..Default::default()
    };
    edge::Entity::insert(row).exec_without_returning(&tx).await?;
    search::index(&tx, search::Kind::Edge, &[id.to_string()]).await?;
    audit::record(&tx, audited(author, &id, "create"), NOTHING, Some(json!({ "site": site.id, "name": name }))).await?;
    tx.commit().await?;
    fleet.live.publish(Some(SiteId(site.id)), What::Edge(id.clone()));
    Ok(Created { id: id.to_string(), token })
}

/// A new token for an edge whose machine was replaced. The old machine works on until the new one has joined.
///
/// # Errors
/// [`EdgeError::NoEdge`] or what the database said.
pub async fn renew_token(fleet: &Fleet, id: &EdgeId, author: &str) -> Result<Created, EdgeError> {
    let tx = fleet.db.begin().await?;
    find(&tx, id).await?;
    let token = keys::secret_text();
    edge::ActiveModel {
        id: Set(id.to_string()),
        token_hash: Set(Some(keys::digest(token.as_bytes()))),
        token_expires_ms: Set(Some(now_ms() + TOKEN_MS)),
        ..Default::default()
    }
    .update(&tx)
    .await?;
    audit::record(&tx, audited(author, id, "renew_token"), NOTHING, NOTHING).await?;
    tx.commit().await?;
    Ok(Created { id: id.to_string(), token })
}

fn public_key(text: &str) -> Result<VerifyingKey, EdgeError> {
    let bytes: [u8; 32] = BASE64.decode(text.trim().as_bytes()).ok().and_then(|bytes| bytes.try_into().ok()).ok_or(EdgeError::PublicKey)?;
    VerifyingKey::from_bytes(&bytes).ok().filter(|key| !key.is_weak()).ok_or(EdgeError::PublicKey)
}

/// What a machine says of itself, as far as it is worth keeping.
fn shown(text: &str, most: usize) -> String {
    text.chars().filter(|c| !c.is_control()).take(most).collect()
}

fn stream_of(text: Option<&str>) -> Stream {
    text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
}

/// Lets an edge join: the token is used up, its key is taken, its secret for the broker made, its site's open tasks are put in its log.
///
/// # Errors
/// [`EdgeError::Token`], [`EdgeError::PublicKey`] or what the database said.
pub async fn enroll(fleet: &Fleet, asked: &Enrolment) -> Result<Enrolled, EdgeError> {
    let key = public_key(&asked.public_key)?;
    let now = now_ms();
    let tx = fleet.db.begin().await?;
    let used = Sql::new("UPDATE edge SET token_hash = NULL WHERE token_hash = ")
        .bind(keys::digest(asked.token.trim().as_bytes()))
        .text(" AND token_expires_ms > ")
        .bind(now)
        .text(" RETURNING id")
        .word(&tx)
        .await?;
    let Some(id) = used.and_then(|id| EdgeId::new(id).ok()) else { return Err(EdgeError::Token) };
    let row = find(&tx, &id).await?;
    let site = site::Entity::find_by_id(row.site_id).one(&tx).await?.ok_or(EdgeError::NoSite(SiteId(row.site_id)))?;
    let password = keys::secret_text();
    // A new key is a new machine, or one set up anew: a clone's alarm of before does not concern it.
    let mut stream = stream_of(row.stream.as_deref());
    stream.forgive();
    edge::ActiveModel {
        id: Set(id.to_string()),
        public_key: Set(Some(BASE64.encode(key.as_bytes()))),
        mqtt_secret_hash: Set(Some(keys::digest(password.as_bytes()))),
        broker_hash: Set(Some(mosquitto::hash(password.as_bytes()))),
        token_expires_ms: Set(None),
        refused: Set(None),
        stream: Set(serde_json::to_string(&stream).ok()),
        fingerprint: Set(Some(shown(&asked.fingerprint, 128))),
        agent: Set(shown(&asked.agent, 64)),
        ..Default::default()
    }
    .update(&tx)
    .await?;
    feed::log_open_tasks(&tx, &id, SiteId(site.id)).await?;
    let new = json!({ "hostname": shown(&asked.hostname, 128), "fingerprint": shown(&asked.fingerprint, 128) });
    audit::record(&tx, audited(&format!("edge:{id}"), &id, "enroll"), NOTHING, Some(new)).await?;
    tx.commit().await?;
    fleet.known.write().unwrap_or_else(PoisonError::into_inner).remove(&id);
    // Whoever is connected with the old secret is not the edge any more.
    fleet.link.drop_edge(&id).await;
    fleet.live.publish(Some(SiteId(site.id)), What::Edge(id.clone()));
    tracing::info!(edge = %id, site = site.id, "an edge has joined");
    Ok(Enrolled {
        mqtt: MqttLogin { address: fleet.mqtt(), username: id.to_string(), password },
        edge: id.to_string(),
        site: SiteOfEdge { id: site.id, code: site.code, name: site.name, time_zone: site.time_zone },
        hub_key: fleet.key.public(),
    })
}

/// Whether the secret is the edge's. A disabled edge may log in, to be told so.
///
/// # Errors
/// What the database said.
pub async fn login(fleet: &Fleet, id: &EdgeId, secret: &[u8]) -> Result<bool, DbErr> {
    let kept = Sql::new("SELECT mqtt_secret_hash FROM edge WHERE id = ").bind(id.as_str()).word(fleet.db.read()).await?;
    Ok(kept.is_some_and(|kept| kept == keys::digest(secret)))
}

/// An edge's login at an external broker.
#[derive(Debug, Clone, FromQueryResult)]
pub struct BrokerLogin {
    /// The edge, which is the user's name there.
    pub id: String,
    /// What the broker's password file keeps; `None` for an edge that joined before the hub kept it.
    pub broker_hash: Option<String>,
}

/// Logins of all edges that have joined.
///
/// # Errors
/// What the database said.
pub async fn broker_logins(db: &Db) -> Result<Vec<BrokerLogin>, DbErr> {
    Sql::new("SELECT id, broker_hash FROM edge WHERE public_key IS NOT NULL ORDER BY id").all(db.read()).await
}

/// What must be known to check what an edge sends; `None` when it never joined. Remembered until it joins anew.
///
/// # Errors
/// What the database said.
pub async fn known(fleet: &Fleet, id: &EdgeId) -> Result<Option<Known>, DbErr> {
    if let Some(known) = fleet.known.read().unwrap_or_else(PoisonError::into_inner).get(id) {
        return Ok(Some(known.clone()));
    }
    let Some(row) = edge::Entity::find_by_id(id.as_str()).one(fleet.db.read()).await? else { return Ok(None) };
    let Some(key) = row.public_key.as_deref().and_then(|key| public_key(key).ok()) else { return Ok(None) };
    let known = Known { key, site: SiteId(row.site_id) };
    fleet.known.write().unwrap_or_else(PoisonError::into_inner).insert(id.clone(), known.clone());
    Ok(Some(known))
}

/// Disables an edge, or enables it again. A disabled edge keeps everything and is told why nobody listens.
///
/// # Errors
/// [`EdgeError::NoEdge`] or what the database said.
pub async fn set_disabled(fleet: &Fleet, id: &EdgeId, disabled: bool, author: &str) -> Result<(), EdgeError> {
    let tx = fleet.db.begin().await?;
    let row = find(&tx, id).await?;
    edge::ActiveModel { id: Set(id.to_string()), disabled: Set(disabled), ..Default::default() }.update(&tx).await?;
    let action = if disabled { "disable" } else { "enable" };
    audit::record(&tx, audited(author, id, action), Some(json!({ "disabled": row.disabled })), Some(json!({ "disabled": disabled })))
        .await?;
    tx.commit().await?;
    // It says hello again at once, and hears what has changed.
    fleet.link.drop_edge(id).await;
    fleet.live.publish(Some(SiteId(row.site_id)), What::Edge(id.clone()));
    Ok(())
}

/// Ends the refusal of an edge after a person has looked: the next machine that says hello is the edge.
///
/// # Errors
/// [`EdgeError::NoEdge`] or what the database said.
pub async fn forgive(fleet: &Fleet, id: &EdgeId, author: &str) -> Result<(), EdgeError> {
    let tx = fleet.db.begin().await?;
    let row = edge::Entity::find_by_id(id.as_str()).lock_exclusive().one(&tx).await?.ok_or_else(|| EdgeError::NoEdge(id.clone()))?;
    let mut stream = stream_of(row.stream.as_deref());
    stream.forgive();
    let stream = serde_json::to_string(&stream).ok();
    edge::ActiveModel { id: Set(id.to_string()), refused: Set(None), stream: Set(stream), ..Default::default() }.update(&tx).await?;
    audit::record(&tx, audited(author, id, "forgive"), Some(json!({ "refused": row.refused })), NOTHING).await?;
    tx.commit().await?;
    fleet.link.drop_edge(id).await;
    fleet.live.publish(Some(SiteId(row.site_id)), What::Edge(id.clone()));
    Ok(())
}
