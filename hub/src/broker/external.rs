//! An external broker (Mosquitto, EMQX, …): the hub is its client, hears all edges and speaks to each.
//!
//! The broker confirms to an edge before the hub has the message, so it may lose some; the edge sends again what the hub does not ack.
//! Who may log in there and on which topics is the broker's own configuration; the hub believes signatures only.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use qitao_domain::ids::EdgeId;
use qitao_domain::protocol::{MAX_MESSAGE, topic_down};
use rumqttc::{AsyncClient, Event, MqttOptions, Packet, Publish, QoS, Transport};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::{BrokerError, Upward};

/// Messages of different edges that are worked on at once; those of one edge stay in order.
const LANES: usize = 16;
/// Messages waiting in a lane.
const LANE: usize = 64;
/// Messages waiting to be sent.
const OUT: usize = 256;
/// What the hub subscribes to.
const EVERY_EDGE: &str = "qitao/v1/+/up";

/// Where the external broker is, and who the hub is there.
#[derive(Clone, PartialEq, Eq)]
pub struct ExternalBroker {
    /// Host.
    pub host: String,
    /// Port.
    pub port: u16,
    /// Whether to speak TLS, with the certificate authorities of the system.
    pub tls: bool,
    /// User and password.
    pub login: Option<(String, String)>,
}

impl std::fmt::Debug for ExternalBroker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{} (tls {})", self.host, self.port, self.tls)
    }
}

impl std::str::FromStr for ExternalBroker {
    type Err = BrokerError;

    fn from_str(text: &str) -> Result<Self, BrokerError> {
        let (tls, rest) = match (text.strip_prefix("mqtts://"), text.strip_prefix("mqtt://")) {
            (Some(rest), _) => (true, rest),
            (_, Some(rest)) => (false, rest),
            _ => return Err(BrokerError::Address),
        };
        let (login, place) = match rest.trim_end_matches('/').rsplit_once('@') {
            Some((login, place)) => {
                let (user, password) = login.split_once(':').unwrap_or((login, ""));
                (Some((user.to_owned(), password.to_owned())), place)
            }
            None => (None, rest.trim_end_matches('/')),
        };
        let (host, port) = match place.rsplit_once(':') {
            Some((host, port)) => (host, port.parse().map_err(|_| BrokerError::Address)?),
            None => (place, if tls { 8883 } else { 1883 }),
        };
        if host.is_empty() {
            return Err(BrokerError::Address);
        }
        Ok(Self { host: host.to_owned(), port, tls, login })
    }
}

pub(super) struct External {
    client: AsyncClient,
    running: JoinHandle<()>,
    connected: Arc<AtomicBool>,
}

/// The edge that a topic belongs to.
fn edge_of(topic: &[u8]) -> Option<EdgeId> {
    let topic = std::str::from_utf8(topic).ok()?;
    EdgeId::new(topic.strip_prefix("qitao/v1/")?.strip_suffix("/up")?).ok()
}

fn lanes(upward: &Arc<dyn Upward>) -> Vec<mpsc::Sender<(EdgeId, Publish)>> {
    let lane = |_| {
        let (sender, mut receiver) = mpsc::channel::<(EdgeId, Publish)>(LANE);
        let upward = upward.clone();
        tokio::spawn(async move {
            while let Some((edge, publish)) = receiver.recv().await {
                // "Later" needs nothing here: without an ack of the hub the edge sends again.
                let _ = upward.message(&edge, &publish.payload).await;
            }
        });
        sender
    };
    (0..LANES).map(lane).collect()
}

fn lane_of(edge: &EdgeId) -> usize {
    let mut hasher = DefaultHasher::new();
    edge.hash(&mut hasher);
    usize::try_from(hasher.finish() % LANES as u64).unwrap_or(0)
}

pub(super) fn start(broker: &ExternalBroker, upward: Arc<dyn Upward>) -> External {
    let mut options = MqttOptions::new(format!("qitao-hub-{:08x}", rand::random::<u32>()), broker.host.clone(), broker.port);
    options.set_keep_alive(Duration::from_secs(15)).set_clean_session(true).set_max_packet_size(MAX_MESSAGE + 1024, MAX_MESSAGE + 1024);
    if let Some((user, password)) = &broker.login {
        options.set_credentials(user, password);
    }
    if broker.tls {
        super::tls::settle_cryptography();
        options.set_transport(Transport::tls_with_default_config());
    }
    let (client, mut events) = AsyncClient::new(options, OUT);
    let connected = Arc::new(AtomicBool::new(false));
    let (subscriber, state, place) = (client.clone(), connected.clone(), broker.clone());
    let running = tokio::spawn(async move {
        let lanes = lanes(&upward);
        loop {
            match events.poll().await {
                Ok(Event::Incoming(Packet::ConnAck(_))) => {
                    tracing::info!(broker = ?place, "connected to the external broker");
                    state.store(true, Ordering::Relaxed);
                    // From a task of its own: the request queue is emptied by this very loop.
                    let subscriber = subscriber.clone();
                    tokio::spawn(async move { subscriber.subscribe(EVERY_EDGE, QoS::AtLeastOnce).await });
                }
                Ok(Event::Incoming(Packet::Publish(publish))) if !publish.retain => {
                    if let Some(edge) = edge_of(publish.topic.as_ref())
                        && let Some(lane) = lanes.get(lane_of(&edge))
                        && lane.send((edge, publish)).await.is_err()
                    {
                        return;
                    }
                }
                Ok(_) => {}
                Err(error) => {
                    if state.swap(false, Ordering::Relaxed) {
                        tracing::warn!(broker = ?place, %error, "the external broker is gone; trying again");
                    }
                    tokio::time::sleep(Duration::from_millis(500 + rand::random_range(0..1_500))).await;
                }
            }
        }
    });
    External { client, running, connected }
}

impl External {
    pub(super) async fn send(&self, edge: &EdgeId, bytes: Vec<u8>) -> bool {
        self.answers() && self.client.try_publish(topic_down(edge), QoS::AtLeastOnce, false, bytes).is_ok()
    }

    pub(super) fn answers(&self) -> bool {
        self.connected.load(Ordering::Relaxed) && !self.running.is_finished()
    }

    pub(super) async fn stop(&self) {
        let _ = self.client.disconnect().await;
        self.running.abort();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_with_and_without_login_and_port() {
        let broker: ExternalBroker = "mqtt://hub:s3:cret@10.0.0.7:1884/".parse().unwrap();
        let login = Some(("hub".to_owned(), "s3:cret".to_owned()));
        assert_eq!(broker, ExternalBroker { host: "10.0.0.7".into(), port: 1884, tls: false, login });
        let broker: ExternalBroker = "mqtts://mq.example".parse().unwrap();
        assert_eq!((broker.port, broker.tls, broker.login), (8883, true, None));
        for wrong in ["", "mqtt://", "http://x", "mqtt://h:port"] {
            assert!(wrong.parse::<ExternalBroker>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn only_topics_of_edges_are_heard() {
        assert_eq!(edge_of(b"qitao/v1/sh-1/up").unwrap().as_str(), "sh-1");
        for topic in [&b"qitao/v1//up"[..], b"qitao/v1/a/b/up", b"qitao/v1/a/down", b"\xff", b"qitao/v1/up"] {
            assert!(edge_of(topic).is_none());
        }
    }
}
