//! Messages of edges into the database: each fact once, in order, whole or kept as a case; acked only after commit.
//!
//! ```text
//! bytes → envelope and signature → decode            in the task of the edge's connection, side by side
//!       → queue → one transaction for all that wait  one writer: [`writer`]
//!       → commit → acks, tasks, notices → screens    in order, beside the next transaction: [`teller`]
//! ```
//! A batch waits in the queue, not its connection, so that a backlog of one edge is booked many batches at a time; only the hub's ack says that
//! it is there. An edge cannot be further ahead than its window, and a connection waits when that much is in the queue. Every other message
//! waits for its commit.

mod books;
pub mod cases;
mod counting;
mod drift;
mod known;
mod limiter;
mod offered;
mod retry;
mod shelves;
mod teller;
mod writer;

#[cfg(test)]
pub(crate) mod rig;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use ed25519_dalek::Signature;
use qitao_domain::ids::{EdgeId, SiteId};
use qitao_domain::protocol::envelope::{open, signed_bytes};
use qitao_domain::protocol::{ProtocolError, Up, decode_up, topic_up};
use sea_orm::DbErr;
use serde_json::json;
use tokio_util::sync::CancellationToken;

pub use drift::Drifting;
pub use retry::{RetryError, retry_fact};
pub use shelves::watch as watch_shelves;

use crate::broker::{BrokerError, Setting, Taken, Upward};
use crate::db::storable_json;
use crate::devices::seen::Told;
use crate::edges::{self, Fleet, Here, Known, MqttAddress};
use crate::feed;
use crate::live::What;
use crate::platform::clock::now_ms;
use crate::platform::sql::Sql;
use cases::{Again, Case};
use limiter::Limiter;
use writer::{Lane, Message, Writer};

/// Setting that counts facts which came again under another number.
pub const DOUBLED: &str = "facts_doubled";

/// So often what edges say of themselves is written down, and what changed is announced.
const HOUSEKEEPING: Duration = Duration::from_secs(3);

/// So often task logs are relieved of what nobody needs any more.
const PRUNING_MS: i64 = 3_600_000;

/// A hub that edges can reach.
pub struct Running {
    /// Where the embedded broker listens; `None` with an external one.
    pub mqtt: Option<SocketAddr>,
    fleet: Fleet,
    stop: CancellationToken,
}

impl Running {
    /// Ends connections, lets what is being booked be committed, and stops.
    pub async fn stop(&self) {
        self.fleet.link.stop().await;
        self.stop.cancel();
    }
}

/// Opens the door to edges.
///
/// # Errors
/// [`BrokerError`] when the broker's setting cannot be used.
pub async fn start(fleet: &Fleet, setting: &Setting) -> Result<Running, BrokerError> {
    let stop = CancellationToken::new();
    let mqtt = fleet.link.start(setting, Arc::new(Ingest::new(fleet, &stop))).await?;
    fleet.set_mqtt(match setting {
        Setting::Embedded { listen, tls, .. } => {
            let authority = tls.as_ref().and_then(|tls| tls.authority_pem().ok().flatten());
            MqttAddress { host: None, port: mqtt.map_or(listen.port(), |address| address.port()), tls: tls.is_some(), authority }
        }
        Setting::External(broker) => MqttAddress { host: elsewhere(&broker.host), port: broker.port, tls: broker.tls, authority: None },
    });
    tokio::spawn(housekeeping(fleet.clone(), stop.clone()));
    Ok(Running { mqtt, fleet: fleet.clone(), stop })
}

/// The broker's host as edges can use it. A broker on the hub's own machine is, for an edge, on the host that it reached the hub under.
fn elsewhere(host: &str) -> Option<String> {
    let bare = host.trim_matches(['[', ']']);
    let here = bare.eq_ignore_ascii_case("localhost") || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    (!here).then(|| host.to_owned())
}

/// Takes what edges say.
pub struct Ingest {
    fleet: Fleet,
    writer: Writer,
    limiter: Limiter,
    lanes: Mutex<HashMap<EdgeId, Arc<Lane>>>,
}

/// Why a message is nobody's business.
enum Worthless {
    /// It is not from the edge that the topic names.
    Signature,
    /// It is not a message.
    Bytes(String),
    /// It says something that this hub does not know yet.
    Newer(String),
}

fn read(known: &Known, edge: &EdgeId, bytes: &[u8]) -> Result<Up, Worthless> {
    let (signature, json) = open(bytes).map_err(|error| Worthless::Bytes(error.to_string()))?;
    let signed = signed_bytes(&topic_up(edge), json);
    known.key.verify_strict(&signed, &Signature::from_bytes(&signature)).map_err(|_| Worthless::Signature)?;
    decode_up(json).map_err(|error| match error {
        ProtocolError::IgnoreNewer(kind) => Worthless::Newer(kind),
        error => Worthless::Bytes(error.to_string()),
    })
}

impl Ingest {
    fn new(fleet: &Fleet, stop: &CancellationToken) -> Self {
        Self {
            fleet: fleet.clone(),
            writer: Writer::start(fleet.clone(), stop.clone()),
            limiter: Limiter::default(),
            lanes: Mutex::default(),
        }
    }

    async fn take(&self, edge: &EdgeId, bytes: &[u8]) -> Result<Taken, DbErr> {
        let now = now_ms();
        let Some(known) = edges::known(&self.fleet, edge).await? else {
            if self.limiter.may("unknown", edge, now) {
                tracing::warn!(%edge, "a message for an edge that has not joined was dropped");
            }
            return Ok(Taken::Yes);
        };
        let up = match read(&known, edge, bytes) {
            Ok(up) => up,
            Err(Worthless::Newer(kind)) => {
                tracing::debug!(%edge, kind, "a message of a newer kind was ignored");
                return Ok(Taken::Yes);
            }
            Err(Worthless::Bytes(why)) => {
                if self.limiter.may("bytes", edge, now) {
                    tracing::warn!(%edge, bytes = bytes.len(), why, "a message that cannot be read was dropped");
                }
                return Ok(Taken::Yes);
            }
            Err(Worthless::Signature) => {
                if self.limiter.may("signature", edge, now) {
                    tracing::warn!(%edge, bytes = bytes.len(), "a message with a wrong signature was dropped");
                    self.report_signature(edge, &known, now).await?;
                }
                return Ok(Taken::Yes);
            }
        };
        self.fleet.presence.heard(edge, now);
        if let Up::Health(health) = up {
            if !health.recovery.is_empty() {
                tracing::warn!(%edge, steps = ?health.recovery, "an edge had to recover its store");
            }
            if !health.datasets.is_empty() {
                self.fleet.presence.datasets(edge, health.datasets.clone());
            }
            self.fleet.presence.health(edge, health, now);
            self.fleet.live.publish(Some(known.site), What::Edge(edge.clone()));
            return Ok(Taken::Yes);
        }
        if let Up::Hello(hello) = &up {
            self.fleet.presence.datasets(edge, hello.datasets.clone());
        }
        let batch = matches!(up, Up::Batch(_));
        let message = Message::of(edge.clone(), up);
        let lane = self.lane(edge);
        let taken = !lane.has_failed() && if batch { self.writer.queue(message, &lane).await } else { self.writer.write(message).await };
        Ok(if taken { Taken::Yes } else { Taken::Later })
    }

    fn lane(&self, edge: &EdgeId) -> Arc<Lane> {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner).entry(edge.clone()).or_default().clone()
    }

    /// Waits until everything of an edge that was queued is committed and answered.
    #[cfg(test)]
    pub(crate) async fn settled(&self, edge: &EdgeId) {
        self.lane(edge).settled().await;
    }

    async fn report_signature(&self, edge: &EdgeId, known: &Known, now: i64) -> Result<(), DbErr> {
        let case = Case {
            kind: "bad_signature",
            site: Some(known.site.0),
            edge: Some(edge.to_string()),
            key: format!("bad_signature:{edge}"),
            data: json!({ "edge": edge }),
            again: Again::Count,
        };
        let tx = self.fleet.db.begin().await?;
        let id = cases::open(&tx, case, now).await?;
        tx.commit().await?;
        self.fleet.live.publish(Some(known.site), What::Exception(id));
        Ok(())
    }

    fn show(&self, edge: &EdgeId) {
        let (fleet, edge) = (self.fleet.clone(), edge.clone());
        tokio::spawn(async move {
            if let Ok(Some(known)) = edges::known(&fleet, &edge).await {
                fleet.live.publish(Some(known.site), What::Edge(edge));
            }
        });
    }
}

#[async_trait::async_trait]
impl Upward for Ingest {
    async fn login(&self, edge: &EdgeId, secret: &[u8]) -> bool {
        edges::login(&self.fleet, edge, secret).await.unwrap_or_else(|error| {
            tracing::error!(%edge, %error, "a login could not be checked");
            false
        })
    }

    async fn message(&self, edge: &EdgeId, bytes: &[u8]) -> Taken {
        self.take(edge, bytes).await.unwrap_or_else(|error| {
            tracing::error!(%edge, %error, "a message could not be taken; the edge will send it again");
            Taken::Later
        })
    }

    fn came(&self, edge: &EdgeId, connection: u64) {
        self.fleet.presence.came(edge, connection, now_ms());
        self.show(edge);
    }

    fn left(&self, edge: &EdgeId, connection: u64) {
        if self.fleet.presence.left(edge, connection) {
            self.show(edge);
        }
    }
}

/// Writes down what edges said of themselves.
pub(crate) async fn save_presence(fleet: &Fleet) -> Result<(), DbErr> {
    let unsaved = fleet.presence.unsaved();
    if unsaved.is_empty() {
        return Ok(());
    }
    let mut drifting = fleet.drifting.lock().await;
    let mut told = fleet.told.lock().await;
    let written = write_presence(fleet, (&mut drifting, &mut told), unsaved).await;
    if written.is_err() {
        // What they met was not kept.
        (*drifting, *told) = (Drifting::default(), Told::default());
    }
    for (case, site) in written? {
        fleet.live.publish(site.map(SiteId), What::Exception(case));
    }
    Ok(())
}

async fn write_presence(
    fleet: &Fleet,
    (drifting, told): (&mut Drifting, &mut Told),
    unsaved: Vec<(EdgeId, Here)>,
) -> Result<Vec<(i64, Option<i64>)>, DbErr> {
    let (tx, now, mut touched) = (fleet.db.begin().await?, now_ms(), Vec::new());
    for (edge, here) in unsaved {
        if let Some(health) = &here.health {
            touched.extend(drifting.follow(&tx, &edge, health, now).await?);
            told.keep(&tx, &edge, health).await?;
        }
        let health = here.health.and_then(|health| serde_json::to_value(health).ok()).map(storable_json);
        let datasets = here.datasets.and_then(|datasets| serde_json::to_value(datasets).ok()).map(storable_json);
        Sql::new("UPDATE edge SET last_seen_ms = ")
            .bind(here.heard_ms)
            .bind_if(", health = ", health)
            .bind_if(", datasets = ", datasets)
            .text(" WHERE id = ")
            .bind(edge.as_str())
            .run(&tx)
            .await?;
    }
    tx.commit().await?;
    Ok(touched)
}

async fn housekeeping(fleet: Fleet, stop: CancellationToken) {
    let (mut announced, mut pruned_ms) = (None, 0);
    loop {
        let round = async {
            save_presence(&fleet).await?;
            let versions = feed::versions(fleet.db.read()).await?;
            if announced.as_ref().is_some_and(|announced| *announced != versions) {
                feed::announce(&fleet).await?;
            }
            announced = Some(versions);
            if now_ms().saturating_sub(pruned_ms) > PRUNING_MS {
                pruned_ms = now_ms();
                feed::prune(&fleet, pruned_ms).await?;
            }
            feed::resend(&fleet).await
        };
        if let Err(error) = round.await {
            tracing::error!(%error, "housekeeping of edges failed; it goes on");
        }
        tokio::select! {
            () = stop.cancelled() => {
                if let Err(error) = save_presence(&fleet).await {
                    tracing::warn!(%error, "the last words of edges were not written down");
                }
                return;
            }
            () = tokio::time::sleep(HOUSEKEEPING) => {}
        }
    }
}
