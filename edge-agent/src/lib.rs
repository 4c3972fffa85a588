//! The appliance in a store or warehouse: it drives scanners and printers, decides on the spot whether a scan is right, and never loses one.
//!
//! The walk of one scan: a driver's [`qitao_domain::scan::Scan`] goes into [`core::Core::take`]; the decision and what it changed go into the
//! [`outbox`] as one durable batch; then the answer comes back. The [`uplink`] sends facts on when the hub is in reach, and brings tasks and
//! catalogue ([`replica`]) down. [`agent`] puts it all together.

pub mod agent;
pub mod clock;
pub mod commands;
pub mod config;
pub mod core;
pub mod devices;
pub mod enroll;
mod http;
pub mod identity;
pub mod link;
pub mod login;
pub mod outbox;
pub mod panel;
pub mod printing;
pub mod replica;
pub mod settings;
pub mod uplink;
pub mod workplace;

pub use agent::{Agent, AgentError};

/// Version of the agent, as the fleet page shows it.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
