//! What colleagues say to each other about a record, and whom they mean by it (@).
//!
//! Rules: whoever sees a record itself reads what was said of it and says something themselves; it is never changed. Whoever is named is told,
//! in the pages and by mail as they wish, and only somebody can be named who sees the record. Items are seen by the whole chain, so what is
//! said of one stays within the house of whoever says it: it is read by those who may see the organisation that its author belonged to, and
//! by whoever is named in it; and only people of organisations that the author may see are named. What is said is sealed; numbers of phones in
//! it are shown whole to its author and to whom the phone of the record is shown whole, their ends to everybody else.

pub mod api;
mod store;

use sea_orm::DbErr;

use super::vault::VaultError;

/// Most characters of a comment.
const LONGEST: usize = 2_000;
/// Most people who are named in one.
const MOST_NAMED: usize = 20;

/// Why a comment is not taken.
#[derive(Debug, thiserror::Error)]
pub enum CommentError {
    /// Correct the text.
    #[error("a comment has 1 to {LONGEST} characters and no control characters")]
    Text,
    /// Name fewer people.
    #[error("a comment names at most {MOST_NAMED} people")]
    TooMany,
    /// Name somebody who sees the record, or have it given to them first. By number alone: who they are, and whether there is anybody, is
    /// not told to whoever may not know it.
    #[error("person {0} cannot be named here")]
    Sightless(i64),
    /// See what the vault said.
    #[error(transparent)]
    Vault(VaultError),
    /// See what the database said.
    #[error(transparent)]
    Database(#[from] DbErr),
}

impl From<VaultError> for CommentError {
    fn from(error: VaultError) -> Self {
        if let VaultError::Database(error) = error { Self::Database(error) } else { Self::Vault(error) }
    }
}
