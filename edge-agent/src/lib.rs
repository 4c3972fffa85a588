//! The appliance in a store or warehouse: it drives scanners and printers, decides on the spot whether a scan is right, and never loses one.
//!
//! The walk of one scan: a driver's [`qitao_domain::scan::Scan`] goes into [`core::Core::take`]; the decision and what it changed go into the
//! [`outbox`] as one durable batch; then the answer comes back. The uplink sends facts on when the hub is in reach, and brings tasks and
//! catalogue ([`replica`]) down.

pub mod clock;
pub mod core;
pub mod link;
pub mod outbox;
pub mod replica;
