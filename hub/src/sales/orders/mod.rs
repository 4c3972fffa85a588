//! Orders: what a customer bought, for how much, by whose work, from which site, until it is delivered.
//!
//! Rules: a draft is changed at will; confirming it reserves its goods at a site and makes the pick there, in one transaction, or leaves it
//! without goods until some arrive; it ships when its pick is complete, with less only by a right and for a reason; a cancelled order
//! releases its goods, withdraws its pick and gives its money back to what is held. Shares of the people who sold it add up to the whole,
//! to the fen. What a customer signs on a phone are the lines as they are: lines that change take the signature away. What is paid is the payments' business ([`crate::finance::payments`]), what is promised of stock the inventory's.
//!
//! Who has a share of an order sees it, but changes it only as its owner, as somebody who works on it, or by a right over the organisation.
//!
//! [`rules`] is pure, [`store`] lists, [`write`] makes and changes, [`goods`] confirms, ships and completes, [`sign`] takes the customer's
//! signature, [`api`] is what people and programs ask. An order that is confirmed leaves a job of the kind [`WON`] for whoever tells of it.

mod added;
pub mod api;
pub mod available;
mod goods;
pub mod model;
pub mod rules;
pub mod sheet;
pub mod sign;
pub mod store;
mod write;

pub use added::AddedFields;
pub use api::tell;
pub use store::{asked_count, brief, customer_of, keeps, late_count, of_contracts, of_quote, sells, unplanned_count};
pub(in crate::sales) use write::check_people;
pub use write::{Origin, Writing, join_contract, made_of, met};

use sea_orm::DbErr;

use super::lines::store::LineError;
use crate::finance::payments::PaymentError;
use crate::inventory::reservations::ReserveError;
use crate::platform::fields::Broken;
use crate::platform::vault::VaultError;
use crate::warehouse::WarehouseError;

/// The kind of the job that a confirmed order leaves; its `order` is the order's number.
pub const WON: &str = "order_won";

/// Why an order is not taken, or does not go on.
#[derive(Debug, thiserror::Error)]
pub enum OrderError {
    /// Look at the list of orders.
    #[error("there is no such order")]
    NoOrder,
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
        /// How many.
        most: usize,
    },
    /// Write it as an address.
    #[error("this is no address")]
    Address,
    /// Correct the day.
    #[error("{0} is no day that can be meant; days are written as 2026-11-23")]
    Day(&'static str),
    /// Choose an organisation that is in business.
    #[error("there is no active organisation {0}")]
    NoOrganisation(i64),
    /// Choose somebody who can sign in and works there.
    #[error("there is no person {0} who could sell for this organisation")]
    NoPerson(i64),
    /// Make the shares add up to 10,000, each person once.
    #[error("shares are above 0, each person has one, at most 20 people, and together they are 10,000")]
    Shares,
    /// Correct the line.
    #[error(transparent)]
    Line(#[from] LineError),
    /// Leave lines away, or cost less.
    #[error("an order comes to at most 1,000,000,000.00")]
    Total,
    /// Do something that its state allows.
    #[error("an order that is {0} does not take this")]
    State(String),
    /// Leave its amount as it is, or call its contract off.
    #[error("the order comes to what its contract {0} says")]
    OfContract(String),
    /// Choose another order: one of the same customer, that has no contract yet, is not cancelled, and comes to the same amount.
    #[error("order {0} does not fit this contract")]
    Joins(String),
    /// Have the discount approved.
    #[error("the discount is beyond what the price list allows")]
    NeedsApproval,
    /// Attach the signature to the order first.
    #[error("the order has no signature of number {0}")]
    NoSignature(i64),
    /// Choose a site that this organisation may sell from.
    #[error("this organisation does not sell from site {0}")]
    NoSite(i64),
    /// Choose another site, or confirm it without goods.
    #[error("no site that this organisation sells from has everything")]
    NoGoods,
    /// Wait until the pick is complete, or have somebody ship it for a reason.
    #[error("the pick is not complete")]
    NotComplete,
    /// Correct the custom fields that are named.
    #[error("{} of the custom fields will not do", .0.len())]
    Custom(Vec<Broken>),
    /// Read it again: somebody else changed it meanwhile.
    #[error("the order was changed meanwhile")]
    Changed,
    /// See which site lacks what.
    #[error(transparent)]
    Reserve(ReserveError),
    /// See what the warehouse said.
    #[error(transparent)]
    Warehouse(WarehouseError),
    /// See what the customer's account said.
    #[error(transparent)]
    Payment(PaymentError),
    /// See what the vault said.
    #[error(transparent)]
    Vault(VaultError),
    /// See what the database said.
    #[error(transparent)]
    Database(#[from] DbErr),
}

impl From<VaultError> for OrderError {
    fn from(error: VaultError) -> Self {
        if let VaultError::Database(error) = error { Self::Database(error) } else { Self::Vault(error) }
    }
}

impl From<ReserveError> for OrderError {
    fn from(error: ReserveError) -> Self {
        if let ReserveError::Database(error) = error { Self::Database(error) } else { Self::Reserve(error) }
    }
}

impl From<WarehouseError> for OrderError {
    fn from(error: WarehouseError) -> Self {
        if let WarehouseError::Database(error) = error { Self::Database(error) } else { Self::Warehouse(error) }
    }
}

impl From<PaymentError> for OrderError {
    fn from(error: PaymentError) -> Self {
        if let PaymentError::Database(error) = error { Self::Database(error) } else { Self::Payment(error) }
    }
}
