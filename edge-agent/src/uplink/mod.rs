//! The shell around [`qitao_domain::stream::sender::Sender`]: it decides nothing about the stream; it carries bytes, reads clocks and keeps the disk.
//!
//! [`transport`] is the door to the network; behind it are [`mqtt`] and, where that is blocked, [`https`], with [`ways`] to choose; [`driver`] is the loop; [`health`] tells the hub how the edge is.
//! Tasks go to the floor ([`crate::core`]), notices of data sets to the [`crate::replica::sync`].

pub mod driver;
pub mod health;
pub mod https;
pub mod mqtt;
pub mod transport;
pub mod ways;

use std::sync::Arc;
use std::time::Duration;

use qitao_domain::stream::sender::Timing;
use tokio::sync::watch;

use crate::http::Signer;
use crate::identity::{self, Identity, Keys};
use crate::replica::sync::Syncer;
use crate::workplace::Workplace;
use driver::{Driver, Speaker};

/// Least time between attempts to be back on MQTT.
const LEAST_BETWEEN: Duration = Duration::from_secs(1);

/// Starts the uplink of an enrolled edge.
pub struct Uplink;

impl Uplink {
    /// Starts the loop and the sync of data sets on [`Workplace::tracker`]. `recovered` is reported to the hub.
    pub fn start(workplace: &Workplace, identity: Arc<Identity>, keys: Keys, recovered: Vec<String>) {
        let notices = watch::Sender::new(Vec::new());
        let hub = identity.hub_url(&workplace.config);
        match crate::http::client(&workplace.config) {
            Ok(client) => {
                let folder = workplace.config.path("replica");
                let replica = workplace.core.replica().clone();
                let syncer = Syncer::new(client, hub.clone(), identity.edge.clone(), keys.clone(), replica, &folder);
                workplace.tracker.spawn(syncer.run(notices.subscribe(), workplace.stop.clone()));
            }
            Err(error) => tracing::error!(%error, "data sets cannot be fetched"),
        }
        let mqtt = mqtt::MqttTransport::new(&workplace.config, &identity, &hub);
        let https = https::HttpTransport::new(&workplace.config, Signer::new(identity.edge.clone(), keys.clone()), &hub);
        let without = Duration::from_secs(u64::from(workplace.config.hub.https_after_s));
        let transport = ways::Ways::new(mqtt, https, ways::Patience { without, between: without.max(LEAST_BETWEEN) });
        let speaker = Speaker {
            edge: identity.edge.clone(),
            keys,
            fingerprint: identity::fingerprint(&workplace.config),
            window: workplace.config.hub.window,
        };
        let driver = Driver::new(workplace.clone(), speaker, transport, Timing::default(), notices, recovered);
        workplace.tracker.spawn(driver.run());
    }
}
