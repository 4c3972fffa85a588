//! What everything at the edge that works with people and devices shares.

use std::net::SocketAddr;
use std::sync::Arc;

use qitao_domain::protocol::DeviceHealth;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::config::Config;
use crate::core::Core;
use crate::identity::Identity;

/// Handed to stations, devices, printing and panel; cheap to clone.
#[derive(Clone)]
pub struct Workplace {
    /// Floor, stations, outbox, replica, link.
    pub core: Arc<Core>,
    /// Settings.
    pub config: Arc<Config>,
    /// Who we are; `None` when not enrolled.
    pub identity: Option<Arc<Identity>>,
    /// Where the panel is reached; the port is the real one.
    pub panel: SocketAddr,
    /// Scanners and printers as they are now; the uplink reports them soon after a change.
    pub devices: Arc<watch::Sender<Vec<DeviceHealth>>>,
    /// Set when the agent is to stop.
    pub stop: CancellationToken,
    /// Tasks that the agent waits for at its end.
    pub tracker: TaskTracker,
}
