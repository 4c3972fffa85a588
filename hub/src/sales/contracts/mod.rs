//! Contracts (合同): what a customer signs, in which instalments they pay it, and the order that comes of it.
//!
//! Rules: a contract is made of a version of a quote, or by hand; its instalments add up to its amount. It is signed once its scan and the
//! final design hang on it and nobody has to approve its discount any more; a refusal says everything that is missing, the same for pages and
//! programs. Signing makes the order with the same lines, or links one that is there; a quote is sold once, by contract or without. What was
//! signed stays as it is, word for word, and so does what the order comes to. What was paid of the order covers the instalments from the first on.
//!
//! [`rules`] is pure, [`store`] lists, [`write`] makes and changes, [`sign`] goes from draft to its end, [`seal`] keeps what was signed, [`api`] is what people and programs
//! ask.

pub mod api;
pub mod model;
pub mod rules;
pub mod seal;
pub mod sheet;
mod sign;
pub mod store;
mod write;

pub use store::{asked_count, due_count, keeps};

use sea_orm::DbErr;

use self::rules::Missing;
use super::lines::store::LineError;
use super::orders::OrderError;
use super::quotes::QuoteError;

/// Why the order of a quote does not become its contract's.
#[derive(Debug, PartialEq, Eq)]
pub enum Unfit {
    /// It is that of another contract, of this number.
    Contract(String),
    /// It comes to another amount.
    Amount,
    /// It is not the reader's to sell.
    Foreign,
}

/// Why a contract is not taken, or does not go on.
#[derive(Debug, thiserror::Error)]
pub enum ContractError {
    /// Look at the ledger.
    #[error("there is no such contract")]
    NoContract,
    /// Give what is missing.
    #[error("{0} is needed")]
    Needed(&'static str),
    /// Correct the text.
    #[error("{field} has {least} to {most} characters and no control characters")]
    Text {
        /// Which.
        field: &'static str,
        /// At least so many.
        least: usize,
        /// At most so many.
        most: usize,
    },
    /// Correct the day.
    #[error("{0} is no day that can be meant; days are written as 2026-11-23")]
    Day(&'static str),
    /// Choose an organisation that is in business.
    #[error("there is no active organisation {0}")]
    NoOrganisation(i64),
    /// Choose somebody who can sign in and works there.
    #[error("there is no person {0} who could sell for this organisation")]
    NoOwner(i64),
    /// Make the instalments add up.
    #[error("there are 1 to 24 instalments, each above 0 with a name, and together they are the amount of the contract")]
    Instalments,
    /// Correct the line.
    #[error(transparent)]
    Line(#[from] LineError),
    /// Leave lines away, or cost less.
    #[error("a contract comes to at most 1,000,000,000.00")]
    Total,
    /// Do something that its state allows.
    #[error("a contract that is {0} does not take this")]
    State(String),
    /// Attach what is missing.
    #[error("{} files are missing before the contract is signed", .0.len())]
    Missing(Vec<Missing>),
    /// Have the discount approved.
    #[error("the discount is beyond what the price list allows")]
    NeedsApproval,
    /// Its quote became an order that is not this contract's to take; see why.
    #[error("its quote has become order {order} already")]
    Sold {
        /// The number of the order that people say.
        order: String,
        /// Why it does not become the contract's.
        why: Unfit,
    },
    /// Deliver or cancel the order first.
    #[error("order {0} is still open")]
    OrderOpen(String),
    /// Have an order delivered first, or call the contract off.
    #[error("no order of the contract was delivered")]
    NotDelivered,
    /// Read it again: somebody else changed it meanwhile.
    #[error("the contract was changed meanwhile")]
    Changed,
    /// See what the order said.
    #[error(transparent)]
    Order(OrderError),
    /// See what the quote said.
    #[error(transparent)]
    Quote(QuoteError),
    /// See what the database said.
    #[error(transparent)]
    Database(#[from] DbErr),
}

impl From<OrderError> for ContractError {
    fn from(error: OrderError) -> Self {
        match error {
            OrderError::Database(error) => Self::Database(error),
            // Whoever looks after a contract sells the order that comes of it.
            OrderError::NoPerson(person) => Self::NoOwner(person),
            other => Self::Order(other),
        }
    }
}

impl From<QuoteError> for ContractError {
    fn from(error: QuoteError) -> Self {
        if let QuoteError::Database(error) = error { Self::Database(error) } else { Self::Quote(error) }
    }
}
