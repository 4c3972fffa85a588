//! API tokens: for programs that speak for a person, with no more rights than both the person and the token have. Only a digest is kept;
//! the token is shown once. A program sends it as `Authorization: Bearer …` and needs no CSRF secret, because no browser sends it by itself.

pub mod api;
mod store;

pub use store::{Token, recognise};

use sea_orm::DbErr;

/// Why a token cannot be made or revoked.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// Give it a name.
    #[error("a token's name has 1 to 60 characters")]
    Name,
    /// Choose rights that the person has.
    #[error("a token needs at least one right, and has none that its person has not: {0}")]
    Right(String),
    /// Choose between a day and two years.
    #[error("a token lives 1 to 730 days")]
    Days,
    /// Revoke some first.
    #[error("a person has at most {0} tokens")]
    TooMany(i64),
    /// Revoke it and make another: its text was shown when it was made.
    #[error("this request made the token {0} already; a token is shown once")]
    ShownOnce(i64),
    /// Look at the list of tokens.
    #[error("there is no such token")]
    NoToken,
    /// See what the database said.
    #[error(transparent)]
    Database(#[from] DbErr),
}
