//! What goes out to edges: the catalogue, locations and operators as versioned data sets over HTTP, and tasks through a log per edge.
//!
//! A data set's counter grows with every change and stamps the changed rows; deleted rows stay as tombstones. So an edge that was away asks
//! for what changed since the version it has. MQTT only says that there is something new. Tasks are numbered per edge without gaps, sent in
//! order, sent again until the edge has them on disk; entries of tasks that ended long ago are let go once the edge has them. Edges of one site
//! hear what the others have done of a task.

pub mod api;
mod datasets;
mod pruning;
mod shares;
mod tasks;
#[cfg(test)]
mod tests;

pub use datasets::{DATASETS, DatasetError, Made, announce, heard_versions, notice, versions};
pub use pruning::prune;
pub use shares::{greet_shares, tell_shares};
pub use tasks::{
    Outgoing, acked, edges_of, greet, log_end, log_open_tasks, log_release, log_withdrawal, push, release_task, resend, withdraw_task,
};
