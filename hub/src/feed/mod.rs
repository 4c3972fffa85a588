//! What goes out to edges: the catalogue, locations and operators as versioned data sets over HTTP, and tasks through a log per edge.
//!
//! A data set's counter grows with every change and stamps the changed rows; deleted rows stay as tombstones. So an edge that was away asks
//! for what changed since the version it has. MQTT only says that there is something new. Tasks are numbered per edge without gaps, sent in
//! order, sent again until the edge has them on disk.

pub mod api;
mod datasets;
mod tasks;
#[cfg(test)]
mod tests;

pub use datasets::{DATASETS, DatasetError, Made, announce, heard_versions, notice, versions};
pub use tasks::{Outgoing, acked, greet, log_open_tasks, log_release, log_withdrawal, push, release_task, resend, withdraw_task};
