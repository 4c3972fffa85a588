//! How messages travel between hub and edges: an MQTT broker inside the hub, or an external one as a setting.
//!
//! MQTT is transport only: neither broker is trusted with a fact (the receipt is the hub's own ack after commit), nor with an identity
//! (every message is signed). This module knows nothing of what the messages say.

mod embedded;
mod external;
#[cfg(test)]
mod tests;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};

use qitao_domain::ids::EdgeId;

pub use external::ExternalBroker;

/// Which broker.
#[derive(Debug, Clone)]
pub enum Setting {
    /// In this process.
    Embedded {
        /// Where it listens; port 0 takes a free one.
        listen: SocketAddr,
        /// Certificate and key, to speak TLS.
        tls: Option<TlsFiles>,
    },
    /// Somewhere else; the hub is its client.
    External(ExternalBroker),
}

/// PEM files of a listener.
#[derive(Debug, Clone)]
pub struct TlsFiles {
    /// Certificate chain.
    pub certificate: PathBuf,
    /// Private key.
    pub key: PathBuf,
}

/// Why a broker cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BrokerError {
    /// Choose another address, or stop what uses it.
    #[error("cannot listen for edges on {address}: {reason}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// What the system said.
        reason: String,
    },
    /// Correct the setting: `mqtt://user:password@host:port` or `mqtts://…`.
    #[error("the external broker's address is not mqtt://user:password@host:port")]
    Address,
}

/// What became of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It is dealt with, or will never be: the broker may forget it.
    Yes,
    /// Not now. The connection should end, so that the edge comes again.
    Later,
}

/// Who hears what edges say.
#[async_trait::async_trait]
pub trait Upward: Send + Sync + 'static {
    /// Whether the secret is the edge's.
    async fn login(&self, edge: &EdgeId, secret: &[u8]) -> bool;
    /// A message on an edge's topic. Awaited before the broker confirms it, so that a hub with much to do slows its edges down.
    async fn message(&self, edge: &EdgeId, bytes: &[u8]) -> Taken;
    /// An edge has logged in.
    fn came(&self, edge: &EdgeId, connection: u64);
    /// A connection has ended.
    fn left(&self, edge: &EdgeId, connection: u64);
}

enum Way {
    Embedded(embedded::Embedded),
    External(external::External),
    #[cfg(test)]
    Captured(tokio::sync::mpsc::UnboundedSender<(EdgeId, Vec<u8>)>),
}

/// The way down to edges; clones share it. Until a broker is started nothing can be sent.
#[derive(Clone, Default)]
pub struct Link(Arc<RwLock<Option<Arc<Way>>>>);

impl Link {
    fn way(&self) -> Option<Arc<Way>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Starts a broker, or connects to one. Where it listens, when it is the embedded one.
    ///
    /// # Errors
    /// [`BrokerError`] when the setting cannot be used.
    pub async fn start(&self, setting: &Setting, upward: Arc<dyn Upward>) -> Result<Option<SocketAddr>, BrokerError> {
        let (way, address) = match setting {
            Setting::Embedded { listen, tls } => {
                let (embedded, address) = embedded::start(*listen, tls.as_ref(), upward).await?;
                (Way::Embedded(embedded), Some(address))
            }
            Setting::External(broker) => (Way::External(external::start(broker, upward)), None),
        };
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(way));
        Ok(address)
    }

    /// Sends to an edge. `false` when it is not there to take it.
    pub async fn send(&self, edge: &EdgeId, bytes: Vec<u8>) -> bool {
        match self.way().as_deref() {
            None => false,
            Some(Way::Embedded(broker)) => broker.send(edge, bytes).await,
            Some(Way::External(broker)) => broker.send(edge, bytes).await,
            #[cfg(test)]
            Some(Way::Captured(sender)) => sender.send((edge.clone(), bytes)).is_ok(),
        }
    }

    /// Ends an edge's connection, so that it says hello anew. An external broker does not offer that; there the edge is only not listened to.
    pub async fn drop_edge(&self, edge: &EdgeId) {
        if let Some(Way::Embedded(broker)) = self.way().as_deref() {
            broker.drop_edge(edge).await;
        }
    }

    /// Whether connections can be seen to come and go.
    #[must_use]
    pub fn tells_presence(&self) -> bool {
        matches!(self.way().as_deref(), Some(Way::Embedded(_)))
    }

    /// Whether edges can reach the hub through it now.
    #[must_use]
    pub fn answers(&self) -> bool {
        match self.way().as_deref() {
            None => false,
            Some(Way::Embedded(broker)) => broker.answers(),
            Some(Way::External(broker)) => broker.answers(),
            #[cfg(test)]
            Some(Way::Captured(_)) => true,
        }
    }

    /// Ends every connection and stops listening.
    pub async fn stop(&self) {
        let way = self.0.write().unwrap_or_else(PoisonError::into_inner).take();
        match way.as_deref() {
            Some(Way::Embedded(broker)) => broker.stop().await,
            Some(Way::External(broker)) => broker.stop().await,
            _ => {}
        }
    }

    /// A link that keeps what is sent, for tests.
    #[cfg(test)]
    pub fn capture(&self) -> tokio::sync::mpsc::UnboundedReceiver<(EdgeId, Vec<u8>)> {
        let (sender, receiver) = tokio::sync::mpsc::unbounded_channel();
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(Way::Captured(sender)));
        receiver
    }
}
