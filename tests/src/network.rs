//! A cable between edge and hub: a TCP forwarder that can be cut and mended.
//!
//! Cutting closes what is open and refuses what comes, as a pulled plug behind a switch would look to both ends; nothing is buffered
//! here, so bytes on the way are lost.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// A forwarder from its own port to `target`.
pub struct Cable {
    address: SocketAddr,
    connected: Arc<watch::Sender<bool>>,
    task: JoinHandle<()>,
}

impl Cable {
    /// Listens on a free port of the loopback address and forwards to `target`.
    ///
    /// # Errors
    /// When no port can be had.
    pub async fn lay(target: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let connected = Arc::new(watch::Sender::new(true));
        let task = tokio::spawn(accept(listener, target, connected.clone()));
        Ok(Self { address, connected, task })
    }

    /// Where to connect instead of the target.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Pulls the plug.
    pub fn cut(&self) {
        self.connected.send_replace(false);
    }

    /// Puts it back.
    pub fn mend(&self) {
        self.connected.send_replace(true);
    }
}

impl Drop for Cable {
    fn drop(&mut self) {
        self.connected.send_replace(false);
        self.task.abort();
    }
}

async fn accept(listener: TcpListener, target: SocketAddr, connected: Arc<watch::Sender<bool>>) {
    while let Ok((near, _)) = listener.accept().await {
        let mut link = connected.subscribe();
        if !*link.borrow() {
            continue;
        }
        tokio::spawn(async move {
            tokio::select! {
                _ = forward(near, target) => {}
                _ = link.wait_for(|up| !up) => {}
            }
        });
    }
}

async fn forward(mut near: TcpStream, target: SocketAddr) -> io::Result<()> {
    let mut far = TcpStream::connect(target).await?;
    near.set_nodelay(true)?;
    far.set_nodelay(true)?;
    io::copy_bidirectional(&mut near, &mut far).await.map(|_| ())
}
