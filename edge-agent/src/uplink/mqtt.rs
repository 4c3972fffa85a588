//! MQTT through rumqttc: a fresh client and event loop for every connection, nothing of an earlier one is kept. The outbox is the only queue.

use std::path::PathBuf;
use std::time::Duration;

use futures_util::future::BoxFuture;
use qitao_domain::protocol::{MAX_MESSAGE, topic_down, topic_up};
use rumqttc::{
    AsyncClient, ConnectReturnCode, Event, EventLoop, MqttOptions, Packet, QoS, SubscribeReasonCode, TlsConfiguration, Transport as Wire,
};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tokio_rustls::rustls::crypto::aws_lc_rs;

use super::transport::{Connection, Outgoing, Transport};
use crate::config::Config;
use crate::identity::Identity;

/// Requests that wait in rumqttc; few, so that back-pressure is felt.
const CHANNEL: usize = 8;
const IN_FLIGHT: u16 = 16;
const KEEP_ALIVE: Duration = Duration::from_secs(20);
/// Room for topic and header around the largest message.
const PACKET: usize = MAX_MESSAGE + 1024;

/// How to reach the broker.
#[derive(Clone)]
pub struct MqttTransport {
    options: MqttOptions,
    tls: bool,
    ca: Option<PathBuf>,
    authority: Option<String>,
    up: String,
    down: String,
}

impl MqttTransport {
    /// From settings and identity; the broker is on the hub's host unless the identity names another.
    #[must_use]
    pub fn new(config: &Config, identity: &Identity, hub: &str) -> Self {
        let mqtt = &identity.mqtt;
        let host = mqtt.host.clone().or_else(|| host_of(hub)).unwrap_or_else(|| "localhost".into());
        let mut options = MqttOptions::new(identity.edge.as_str(), host, mqtt.port);
        options
            .set_credentials(&mqtt.username, &mqtt.password)
            .set_clean_session(true)
            .set_keep_alive(KEEP_ALIVE)
            .set_inflight(IN_FLIGHT)
            .set_max_packet_size(PACKET, PACKET);
        Self {
            options,
            tls: mqtt.tls,
            ca: config.hub.ca.clone(),
            authority: mqtt.authority.clone(),
            up: topic_up(&identity.edge),
            down: topic_down(&identity.edge),
        }
    }

    async fn dial(self) -> Result<Connection, String> {
        let mut options = self.options;
        if self.tls {
            // More than one cryptography is linked (each library brings its own), and none is taken by itself then. Whoever came first has settled it.
            let _ = aws_lc_rs::default_provider().install_default();
            // The settings' authority and the one that the hub named are both believed: either may be newer.
            let mut ca = self.authority.unwrap_or_default().into_bytes();
            if let Some(path) = &self.ca {
                ca.push(b'\n');
                ca.extend(tokio::fs::read(path).await.map_err(|e| format!("{}: {e}", path.display()))?);
            }
            options.set_transport(match ca.is_empty() {
                true => Wire::tls_with_default_config(),
                false => Wire::tls_with_config(TlsConfiguration::Simple { ca, alpn: None, client_auth: None }),
            });
        }
        let (client, events) = AsyncClient::new(options, CHANNEL);
        let (up, outgoing) = mpsc::unbounded_channel();
        let (incoming, down) = mpsc::unbounded_channel();
        let (ready, subscribed) = oneshot::channel();
        let mut tasks = JoinSet::new();
        tasks.spawn(pump(events, client.clone(), self.down, incoming, ready));
        tasks.spawn(publish(client, self.up, outgoing));
        // Dropping `tasks` ends both, so giving this future up leaves nothing behind.
        match subscribed.await {
            Ok(Ok(())) => Ok(Connection { up, down, tasks }),
            Ok(Err(error)) => Err(error),
            Err(_) => Err("the connection ended before it was ready".into()),
        }
    }
}

impl Transport for MqttTransport {
    fn connect(&self) -> BoxFuture<'static, Result<Connection, String>> {
        Box::pin(self.clone().dial())
    }
}

/// The host in an address like `https://hub.example:8443/`.
fn host_of(url: &str) -> Option<String> {
    reqwest::Url::parse(url).ok()?.host_str().map(|host| host.trim_matches(['[', ']']).to_owned())
}

/// Turns the event loop until the connection ends. Says once whether it became ready.
async fn pump(
    mut events: EventLoop,
    client: AsyncClient,
    topic: String,
    incoming: mpsc::UnboundedSender<Vec<u8>>,
    ready: oneshot::Sender<Result<(), String>>,
) {
    let mut ready = Some(ready);
    let mut subscriptions = JoinSet::new();
    let ended = loop {
        match events.poll().await {
            Ok(Event::Incoming(Packet::ConnAck(ack))) if ack.code == ConnectReturnCode::Success => {
                // From a task of its own: the request goes through a channel that this loop empties.
                let (client, topic) = (client.clone(), topic.clone());
                subscriptions.spawn(async move {
                    if let Err(error) = client.subscribe(topic, QoS::AtLeastOnce).await {
                        tracing::debug!(%error, "subscription not sent");
                    }
                });
            }
            Ok(Event::Incoming(Packet::SubAck(ack))) => {
                if ack.return_codes.contains(&SubscribeReasonCode::Failure) {
                    break "the broker refuses the edge's topic".to_owned();
                }
                if let Some(ready) = ready.take() {
                    let _ = ready.send(Ok(()));
                }
            }
            Ok(Event::Incoming(Packet::Publish(publish))) => {
                if publish.topic == topic && incoming.send(publish.payload.to_vec()).is_err() {
                    return;
                }
            }
            Ok(Event::Incoming(Packet::Disconnect)) => break "the broker disconnected".to_owned(),
            Ok(_) => {}
            Err(error) => break error.to_string(),
        }
        if incoming.is_closed() {
            return;
        }
    };
    match ready {
        Some(ready) => drop(ready.send(Err(ended))),
        None => tracing::info!(why = %ended, "connection to the broker ended"),
    }
}

async fn publish(client: AsyncClient, topic: String, mut outgoing: mpsc::UnboundedReceiver<Outgoing>) {
    while let Some(Outgoing { bytes, taken }) = outgoing.recv().await {
        if client.publish(topic.as_str(), QoS::AtLeastOnce, false, bytes).await.is_err() {
            return;
        }
        if let Some(taken) = taken {
            let _ = taken.send(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_broker_is_on_the_hubs_host() {
        assert_eq!(host_of("http://hub:8080").as_deref(), Some("hub"));
        assert_eq!(host_of("https://[::1]:8443").as_deref(), Some("::1"));
        assert_eq!(host_of("nonsense"), None);
    }
}
