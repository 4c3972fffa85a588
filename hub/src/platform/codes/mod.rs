//! One-time codes beside the password: a code from the person's phone that changes every half minute (RFC 6238), and recovery codes for the
//! day the phone is lost, each good once. A role can ask for them; whoever has such a role and no codes yet can only set them up.

pub mod api;
mod rules;
mod store;

pub use store::{Answered, answer, enrolled, forget};

use sea_orm::DbErr;

use super::vault::VaultError;

/// Why codes cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum CodesError {
    /// Take them away first.
    #[error("one-time codes are set up already")]
    Enrolled,
    /// Begin again.
    #[error("setting up was not begun")]
    NotBegun,
    /// Give the code that the phone shows now.
    #[error("the code is wrong, too old, or was used already")]
    Wrong,
    /// Give the password.
    #[error("the password is wrong")]
    Password,
    /// See what the vault said.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// See what the database said.
    #[error(transparent)]
    Database(#[from] DbErr),
}
