//! The door to the network: whole messages go up, whole messages come down, and a connection ends. MQTT is behind it in the shop, a hub in the same
//! process in tests.

use futures_util::future::BoxFuture;
use tokio::sync::{mpsc, oneshot};

/// Makes connections.
pub trait Transport: Send + Sync + 'static {
    /// Makes a fresh connection, ready in both directions; why not, in words, otherwise. Dropping the future gives up.
    fn connect(&self) -> BoxFuture<'static, Result<Connection, String>>;
}

/// A message on its way up.
#[derive(Debug)]
pub struct Outgoing {
    /// The whole envelope.
    pub bytes: Vec<u8>,
    /// Told when the network took it: this is the back-pressure of batches.
    pub taken: Option<oneshot::Sender<()>>,
}

/// A connection. It has ended when `down` gives nothing any more; dropping it ends it.
#[derive(Debug)]
pub struct Connection {
    /// To the hub.
    pub up: mpsc::UnboundedSender<Outgoing>,
    /// From the hub.
    pub down: mpsc::UnboundedReceiver<Vec<u8>>,
    /// Tasks that end with the connection.
    pub tasks: tokio::task::JoinSet<()>,
}
