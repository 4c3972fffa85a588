//! The whole agent: built in one place, run in one place, so that tests start it as `main` does.

use std::fs::File;
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::Duration;

use nix::fcntl::{Flock, FlockArg};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::config::Config;
use crate::core::Core;
use crate::identity::{Identity, IdentityError, Keys};
use crate::outbox::{Outbox, OutboxError};
use crate::replica::Replica;
use crate::uplink::Uplink;
use crate::workplace::Workplace;

/// How long the parts have to come to an end.
const FAREWELL: Duration = Duration::from_secs(10);

/// Why the agent does not start or go on.
#[derive(Debug, thiserror::Error)]
pub enum AgentError {
    /// Stop the other one first.
    #[error("another agent works with {0}")]
    Locked(std::path::PathBuf),
    /// Check path and rights.
    #[error("data folder {path}: {error}")]
    Folder {
        /// The folder.
        path: std::path::PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// The outbox does not open.
    #[error(transparent)]
    Outbox(#[from] OutboxError),
    /// There is an identity, and it cannot be used.
    #[error(transparent)]
    Identity(IdentityError),
    /// Choose another address for the panel.
    #[error("the panel cannot listen on {address}: {error}")]
    Panel {
        /// The address.
        address: SocketAddr,
        /// Why.
        error: std::io::Error,
    },
    /// The panel's server ended.
    #[error("the panel ended: {0}")]
    Served(std::io::Error),
}

/// An agent that is built but does not work yet.
pub struct Agent {
    workplace: Workplace,
    keys: Option<Keys>,
    listener: TcpListener,
    recovered: Vec<String>,
    _lock: Flock<OwnedFd>,
}

impl Agent {
    /// Locks the data folder, opens outbox and replica, rebuilds the floor, binds the panel. An edge that is not enrolled works for practice.
    ///
    /// # Errors
    /// [`AgentError`] says what to do.
    pub async fn build(config: Config) -> Result<Self, AgentError> {
        let config = Arc::new(config);
        let lock = lock(&config)?;
        let (identity, keys) = match Identity::load(&config) {
            Ok((identity, keys)) => (Some(Arc::new(identity)), Some(keys)),
            Err(IdentityError::NotEnrolled) => (None, None),
            Err(error) => return Err(AgentError::Identity(error)),
        };
        let opening = config.clone();
        // Opening may take long on a damaged disk; the runtime stays free meanwhile.
        let opened = tokio::task::spawn_blocking(move || {
            let opened = Outbox::open(&opening.path("outbox"), opening.outbox());
            (opened, Replica::open(&opening.path("replica")))
        });
        let (opened, replica) = opened.await.map_err(|_| OutboxError::Stopped)?;
        let (outbox, recovered) = opened?;
        if let Some(identity) = &identity {
            Core::belong_to(&outbox, &identity.edge).await?;
        }
        let core = Core::new(outbox, Arc::new(replica), identity.as_ref().map(|i| i.site.id));
        let address = config.panel.listen;
        let listener = TcpListener::bind(address).await.map_err(|error| AgentError::Panel { address, error })?;
        let panel = listener.local_addr().map_err(|error| AgentError::Panel { address, error })?;
        let workplace = Workplace {
            core,
            config,
            identity,
            panel,
            devices: Arc::new(watch::Sender::new(Vec::new())),
            stop: CancellationToken::new(),
            tracker: TaskTracker::new(),
        };
        Ok(Self { workplace, keys, listener, recovered: recovered.rungs, _lock: lock })
    }

    /// What the parts of the agent share.
    #[must_use]
    pub const fn workplace(&self) -> &Workplace {
        &self.workplace
    }

    /// Where the panel is reached.
    #[must_use]
    pub const fn panel(&self) -> SocketAddr {
        self.workplace.panel
    }

    /// Cancel this and [`Agent::run`] comes to an end in good order.
    #[must_use]
    pub fn stop(&self) -> CancellationToken {
        self.workplace.stop.clone()
    }

    /// Works until it is told to stop.
    ///
    /// # Errors
    /// [`AgentError::Served`].
    pub async fn run(self) -> Result<(), AgentError> {
        let Self { workplace, keys, listener, recovered, _lock } = self;
        match (&workplace.identity, keys) {
            (Some(identity), Some(keys)) => {
                tracing::info!(edge = %identity.edge, site = %identity.site.code, hub = %identity.hub_url(&workplace.config), "edge agent works");
                Uplink::start(&workplace, identity.clone(), keys, recovered);
            }
            _ => tracing::warn!("this edge is not enrolled: scans are answered for practice and not recorded"),
        }
        let router = crate::panel::start(workplace.clone()).await;
        tracing::info!(panel = %workplace.panel, "operator panel listens");
        let stop = workplace.stop.clone();
        let served = axum::serve(listener, router.into_make_service_with_connect_info::<crate::panel::Ends>())
            .with_graceful_shutdown(async move { stop.cancelled().await });
        // Streams of events to open pages never end by themselves: the panel ends them when told, and is not waited for beyond the farewell.
        let stopped = workplace.stop.clone();
        let served = tokio::select! {
            served = served => served,
            () = async { stopped.cancelled().await; tokio::time::sleep(FAREWELL).await } => Ok(()),
        };
        workplace.stop.cancel();
        workplace.tracker.close();
        if tokio::time::timeout(FAREWELL, workplace.tracker.wait()).await.is_err() {
            tracing::warn!(
                "some parts did not come to an end in time: codes that a scanner without acknowledgements gave just now may not be recorded"
            );
        }
        workplace.core.outbox().close().await;
        tracing::info!("edge agent stopped");
        served.map_err(AgentError::Served)
    }
}

/// One agent per data folder.
fn lock(config: &Config) -> Result<Flock<OwnedFd>, AgentError> {
    let folder = |error| AgentError::Folder { path: config.data.clone(), error };
    std::fs::create_dir_all(&config.data).map_err(folder)?;
    let file = File::create(config.path("lock")).map_err(folder)?;
    Flock::lock(OwnedFd::from(file), FlockArg::LockExclusiveNonblock).map_err(|(_, error)| match error {
        nix::errno::Errno::EWOULDBLOCK => AgentError::Locked(config.data.clone()),
        error => folder(error.into()),
    })
}
