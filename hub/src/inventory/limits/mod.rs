//! How much of an item there should be at a site, at least and at most; whoever leads the site is told when there is less or more.
//!
//! Rules: a limit counts complete items, as many as can be sold. What comes into a site or leaves it marks its limit in the transaction of the
//! movement ([`mark`]), as does a change of the limit itself; a second later [`check`] looks at what was marked, so that no change is missed and
//! nobody who scans waits for it. Passing a limit opens one case, which ends by itself when there is enough again; a case that somebody dismissed
//! is not opened again before.

pub mod api;
pub mod model;
mod store;
mod write;

pub use store::{Crossed, check};
pub(super) use write::mark;

use sea_orm::DbErr;

/// Why a limit is not taken.
#[derive(Debug, thiserror::Error)]
pub enum LimitError {
    /// Look at the list of limits.
    #[error("there is no such limit")]
    NoLimit,
    /// Choose an item of the catalogue that is in business.
    #[error("there is no item {0}")]
    NoItem(i64),
    /// Choose a site of the chain.
    #[error("there is no site {0}")]
    NoSite(i64),
    /// Set limits for what it is made of.
    #[error("a kit has no stock of its own")]
    Kit,
    /// Correct the amounts.
    #[error("give the least, the most or both, from 0 to 1,000,000,000, the least not above the most")]
    Range,
    /// Read it again: somebody else changed it meanwhile.
    #[error("the limit was changed meanwhile")]
    Changed,
    /// See what the database said.
    #[error(transparent)]
    Database(#[from] DbErr),
}
