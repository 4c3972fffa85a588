//! Quotes: what a customer is offered, version by version, until they order it.
//!
//! Rules: every revision is a new version with the next number; the last one holds, the others stay as they were and can be compared with
//! it line by line. A link shows one version to whoever has it, for some days, without more of the customer than the first letter of their
//! name. An accepted quote becomes an order with the same lines, once.
//!
//! [`rules`] is pure, [`store`] lists, [`write`] makes and revises, [`share`] is what customers open, [`api`] what people and programs ask.

pub mod api;
pub mod model;
pub mod rules;
pub mod share;
pub mod store;
mod write;

pub use write::signed;

use sea_orm::DbErr;

use super::lines::store::LineError;
use super::orders::OrderError;

/// Why a quote is not taken.
#[derive(Debug, thiserror::Error)]
pub enum QuoteError {
    /// Look at the list of quotes.
    #[error("there is no such quote")]
    NoQuote,
    /// Correct the day.
    #[error("valid_until is no day that can be meant; days are written as 2026-11-23")]
    Day,
    /// Correct the text.
    #[error("a note has at most {0} characters and no control characters")]
    Note(usize),
    /// Correct the line.
    #[error(transparent)]
    Line(#[from] LineError),
    /// Leave lines away, or cost less.
    #[error("a quote comes to at most 1,000,000,000.00")]
    Total,
    /// Look at the order that came of it.
    #[error("this quote was accepted already")]
    Accepted,
    /// Revise it: the current version is valid no more.
    #[error("the current version was valid until {0}")]
    Expired(String),
    /// Choose fewer days.
    #[error("a link lives 1 to 90 days")]
    Days,
    /// Make another: the link was shown when it was made.
    #[error("this request made a link already; a link is shown once")]
    ShownOnce,
    /// Read it again: somebody else changed it meanwhile.
    #[error("the quote was changed meanwhile")]
    Changed,
    /// See what the order said.
    #[error(transparent)]
    Order(OrderError),
    /// See what the database said.
    #[error(transparent)]
    Database(#[from] DbErr),
}
