//! The chain's organisations: headquarters, regions, brands, dealers, stores, warehouses, in one tree. A site belongs to one of them.
//!
//! [`Tree`] is the tree in memory, as the scope function needs it; `rules` says what may stand where, `store` keeps it, `api` is for
//! people. Every change counts a number up in its own transaction; whoever holds an older tree reads it anew before the next request.

pub mod api;
mod model;
mod rules;
mod store;
#[cfg(test)]
pub(crate) mod tests;
mod tree;

pub use model::{Change, NewOrganisation, OrganisationRow};
pub use rules::{Broken, Kind, Module};
pub use store::{adopt_sites, begin_change};
pub use tree::{Organisations, Tree, end_of};

use sea_orm::DbErr;

/// Why an organisation cannot be made or changed.
#[derive(Debug, thiserror::Error)]
pub enum OrganisationError {
    /// Look at the list of organisations.
    #[error("there is no organisation {0}")]
    NoOrganisation(i64),
    /// Look at the rule that is named.
    #[error(transparent)]
    Rule(#[from] Broken),
    /// Choose another code.
    #[error("there is already an organisation with the code {0}")]
    CodeTaken(String),
    /// Read it again: somebody else changed it meanwhile.
    #[error("the organisation was changed meanwhile")]
    Changed,
    /// See what the database said.
    #[error(transparent)]
    Database(#[from] DbErr),
}
