//! Cases that a person resolves: what the hub could not do by itself, or what somebody should know.
//!
//! Rules: a case is resolved once, by somebody who may; what the resolution does (posting a count, binding a barcode, booking a fact) and
//! the end of the case are one transaction. Cases are opened where facts are booked, see [`crate::ingest`]; those of stock beyond its
//! limits in [`limits`].

pub mod api;
mod limits;
pub mod model;
pub mod resolve;
pub mod rules;
pub mod sheet;
pub mod store;

pub use limits::{look, watch_limits};
pub use store::{CasesOfKind, open_by_kind, row};

use crate::catalog::CatalogError;
use crate::inventory::CountError;

/// Why a case cannot be resolved so.
#[derive(Debug, thiserror::Error)]
pub enum ExceptionError {
    /// Look at the list of cases.
    #[error("there is no such case")]
    NoCase,
    /// Look at the case: somebody was quicker.
    #[error("the case is already resolved")]
    Resolved,
    /// Choose one of the actions that the case offers.
    #[error("a case of kind {kind} cannot be resolved with {action}")]
    Action {
        /// Kind of the case.
        kind: String,
        /// What was asked for.
        action: String,
    },
    /// Give the value.
    #[error("the action needs {0}")]
    Missing(&'static str),
    /// Shorten the note.
    #[error("a note has at most 1,000 characters")]
    Note,
    /// Put right what the fact speaks of, then try again; or dismiss the case.
    #[error("the fact still cannot be booked ({rule}): {detail}")]
    StillUnappliable {
        /// The rule that it breaks.
        rule: &'static str,
        /// What is wrong.
        detail: String,
    },
    /// Dismiss the case: the fact was booked already.
    #[error("the fact does not wait any more; it was booked before")]
    Gone,
    /// See what the catalogue says.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// See what the count says.
    #[error(transparent)]
    Count(#[from] CountError),
    /// See what the database said.
    #[error(transparent)]
    Database(#[from] sea_orm::DbErr),
}
