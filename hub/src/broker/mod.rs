//! How messages travel between hub and edges: an MQTT broker inside the hub, or an external one as a setting; and a mailbox for each edge that MQTT does
//! not reach, which fetches its messages over HTTP ([`crate::edges::wire`]).
//!
//! MQTT is transport only: neither broker is trusted with a fact (the receipt is the hub's own ack after commit), nor with an identity
//! (every message is signed). This module knows nothing of what the messages say.

mod door;
mod embedded;
mod external;
mod mailbox;
pub mod mosquitto;
#[cfg(test)]
mod tests;
mod tls;

use std::net::SocketAddr;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use qitao_domain::ids::EdgeId;

pub use external::ExternalBroker;
pub use mailbox::Fetched;
pub use tls::TlsFiles;

/// Which broker.
#[derive(Debug, Clone)]
pub enum Setting {
    /// In this process.
    Embedded {
        /// Where it listens; port 0 takes a free one.
        listen: SocketAddr,
        /// Certificate and key, to speak TLS.
        tls: Option<TlsFiles>,
        /// Most connections of one address.
        per_address: usize,
    },
    /// Somewhere else; the hub is its client.
    External(ExternalBroker),
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
    /// Correct the files of certificate and key.
    #[error("the broker's certificate cannot be used: {0}")]
    Certificate(String),
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

#[derive(Default)]
struct Parts {
    way: RwLock<Option<Arc<Way>>>,
    upward: RwLock<Option<Arc<dyn Upward>>>,
    mailboxes: mailbox::Mailboxes,
}

/// The way to edges; clones share it. Until a broker is started nothing can be sent.
#[derive(Clone, Default)]
pub struct Link(Arc<Parts>);

impl Link {
    fn way(&self) -> Option<Arc<Way>> {
        self.0.way.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn upward(&self) -> Option<Arc<dyn Upward>> {
        self.0.upward.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Starts a broker, or connects to one. Where it listens, when it is the embedded one.
    ///
    /// # Errors
    /// [`BrokerError`] when the setting cannot be used.
    pub async fn start(&self, setting: &Setting, upward: Arc<dyn Upward>) -> Result<Option<SocketAddr>, BrokerError> {
        let hears = upward.clone();
        let (way, address) = match setting {
            Setting::Embedded { listen, tls, per_address } => {
                let (embedded, address) = embedded::start(*listen, tls.as_ref(), *per_address, upward).await?;
                (Way::Embedded(embedded), Some(address))
            }
            Setting::External(broker) => (Way::External(external::start(broker, upward)), None),
        };
        *self.0.way.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(way));
        *self.0.upward.write().unwrap_or_else(PoisonError::into_inner) = Some(hears);
        Ok(address)
    }

    /// Sends to an edge. `false` when it is not there to take it. An edge that has a mailbox and is at the broker too gets it both ways; it knows what it
    /// has heard already.
    pub async fn send(&self, edge: &EdgeId, bytes: Vec<u8>) -> bool {
        let posted = self.0.mailboxes.put(edge, &bytes);
        posted | self.send_by_broker(edge, bytes).await
    }

    async fn send_by_broker(&self, edge: &EdgeId, bytes: Vec<u8>) -> bool {
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
        self.0.mailboxes.close(edge);
        if let Some(Way::Embedded(broker)) = self.way().as_deref() {
            broker.drop_edge(edge).await;
        }
    }

    /// Takes a message that an edge posted.
    pub async fn take(&self, edge: &EdgeId, bytes: &[u8]) -> Taken {
        match self.upward() {
            Some(upward) => upward.message(edge, bytes).await,
            None => Taken::Later,
        }
    }

    /// Begins a connection of an edge without a broker: it has a mailbox until it does not ask any more.
    pub fn open_mailbox(&self, edge: &EdgeId, session: u64) {
        let Some(upward) = self.upward() else { return };
        self.0.mailboxes.open(edge, session);
        upward.came(edge, session);
        let (link, edge) = (self.clone(), edge.clone());
        tokio::spawn(async move {
            link.0.mailboxes.gone(&edge, session).await;
            upward.left(&edge, session);
        });
    }

    /// What an edge's mailbox holds beyond message `after`, once there is something, at the latest after `wait`; `None` when its connection has ended.
    pub async fn fetch(&self, edge: &EdgeId, session: u64, after: u64, wait: Duration) -> Option<Fetched> {
        self.0.mailboxes.fetch(edge, session, after, wait).await
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
        self.0.mailboxes.close_all();
        self.0.upward.write().unwrap_or_else(PoisonError::into_inner).take();
        let way = self.0.way.write().unwrap_or_else(PoisonError::into_inner).take();
        match way.as_deref() {
            Some(Way::Embedded(broker)) => broker.stop().await,
            Some(Way::External(broker)) => broker.stop().await,
            _ => {}
        }
    }

    /// Where the broker behind the door listens, for tests.
    #[cfg(test)]
    pub fn inside(&self) -> Option<SocketAddr> {
        match self.way().as_deref() {
            Some(Way::Embedded(broker)) => Some(broker.inside),
            _ => None,
        }
    }

    /// A link that keeps what is sent, for tests.
    #[cfg(test)]
    pub fn capture(&self) -> tokio::sync::mpsc::UnboundedReceiver<(EdgeId, Vec<u8>)> {
        let (sender, receiver) = tokio::sync::mpsc::unbounded_channel();
        *self.0.way.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(Way::Captured(sender)));
        receiver
    }
}
