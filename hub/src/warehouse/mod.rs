//! Sites, their locations, and the work done there: put-away, counts, picks.
//!
//! Rules: a task is made whole or not at all; kits and items are exploded to cartons when it is made; put-away suggests the bin where the
//! item already lies, or an empty one; a pick takes from bins what no other open pick is promised; a withdrawn task stays in the books,
//! and what was scanned for it still counts.

pub mod api;
pub mod floor;
pub(crate) mod import;
pub mod labels;
pub mod model;
pub mod names;
mod plan;
pub mod release;
pub mod rules;
pub mod scans;
pub mod sheet;
pub mod store;

pub use floor::{ONLINE_MS, edges_summary, floor};
pub use import::{Locations, Operators};
pub use names::Names;
pub use release::{Draft, DraftLine, Released, create, create_in, tell, withdraw, withdraw_in};
pub use store::task_row;

use qitao_domain::ids::{SiteId, TaskId};

/// Why a task cannot be made or withdrawn.
#[derive(Debug, thiserror::Error)]
pub enum WarehouseError {
    /// Look at the list of sites.
    #[error("there is no site {0}, or it is outside what you may see")]
    NoSite(SiteId),
    /// Look at the list of tasks.
    #[error("there is no task {0}, or it is outside what you may see")]
    NoTask(TaskId),
    /// Correct the task: a rule does not allow it.
    #[error(transparent)]
    Rule(#[from] rules::Broken),
    /// Look at the task: it has ended.
    #[error("task {number} is {state}")]
    Ended {
        /// Number for people.
        number: String,
        /// Its state.
        state: String,
    },
    /// Use a new key for a new task.
    #[error("the idempotency key was used for another task")]
    KeyReused,
    /// See what the database said.
    #[error(transparent)]
    Database(#[from] sea_orm::DbErr),
}
