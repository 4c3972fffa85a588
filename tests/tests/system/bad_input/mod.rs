//! Whatever comes in, on the scanner's wire, over MQTT or over HTTP: a clear answer or a case, never a process that falls over.

mod http;
mod mqtt;
mod rogue;
mod scene;
mod wire;

pub use rogue::Rogue;
pub use scene::Scene;

use std::time::Duration;

/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(30);
