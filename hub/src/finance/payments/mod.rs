//! What customers paid: an account of each customer, from which orders are paid.
//!
//! Rules: a prepayment (预收款) belongs to the customer; it is held until it is applied to one of their orders, and may be moved to another
//! or taken back. Each act takes an amount from one account and gives it to another, both in one transaction, so that nothing is made or
//! lost; no account stands below nothing, and no order gets more than it costs. Entries are never changed, the database itself refuses that:
//! undo is an act the other way. A day that was counted and closed takes nothing more: what comes later is of the next day.
//!
//! Orders tell what they cost by [`due`] and that they are cancelled by [`close`]; this module never asks them. What is paid for an order that
//! counts goes into the figures of its day ([`crate::sales::days`]).
//!
//! [`rules`] and [`origin`] are pure, [`store`] lists, [`write`] books, [`days`] counts the till, [`api`] is what people and programs ask.

pub mod api;
pub mod days;
pub mod model;
mod origin;
pub mod rules;
pub mod sheet;
pub mod store;
mod write;

pub use store::{paid, paid_by, paid_for};
pub use write::{close, due};

use sea_orm::DbErr;

/// Why a payment is not taken.
#[derive(Debug, thiserror::Error)]
pub enum PaymentError {
    /// Look at the list of payments, or of customers.
    #[error("there is no such payment or customer")]
    NotThere,
    /// Correct the act: a rule of accounts does not allow it.
    #[error(transparent)]
    Refused(#[from] rules::Refused),
    /// Choose one of the methods of the settings.
    #[error("there is no method of payment {0}")]
    NoMethod(String),
    /// Correct the text.
    #[error("{field} has {least} to {most} characters and no control characters")]
    Text {
        /// Which.
        field: &'static str,
        /// At least so many.
        least: usize,
        /// How many.
        most: usize,
    },
    /// Correct the time: it is to come, or longer ago than a year.
    #[error("money was received within the last year, and not in time to come")]
    Moment,
    /// Look at the payment: it was undone already, or undoes one itself.
    #[error("this payment was undone already, or undoes another one")]
    Undone,
    /// Write the day as 2026-11-23.
    #[error("a day is written as 2026-11-23 and is not to come")]
    Day,
    /// Look at the day: it is closed.
    #[error("this day is closed")]
    DayClosed,
    /// Count each method that is in the books, each once.
    #[error("the counts must name each method with bookings of the day, each once: {0}")]
    Counts(String),
    /// Say why it is another sum than in the books.
    #[error("say why the count of {0} differs from the books")]
    Reason(String),
    /// See what the database said.
    #[error(transparent)]
    Database(#[from] DbErr),
}
