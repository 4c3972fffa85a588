//! Service tickets: what is delivered, installed, repaired and asked after, from the desk that gives it out to the signature on the phone.
//!
//! Rules: a ticket moves by acts alone, and only where [`states`] says so; each is noted with its author and its time. Whoever has a ticket
//! sees the customer's name, phone and address whole from taking it until it is done, others as their field rights say; they are sealed, like
//! everything that somebody wrote and every place where somebody was. Completing asks for what the settings ask; a check-in far away is
//! flagged, never refused. Whoever sold the order or looks after the customer reads the ticket, and leads it only by a right.
//!
//! [`states`], [`rules`] and [`place`] are pure, [`store`] lists, [`write`] makes and changes, [`acts`] moves, [`cartons`] judges scans,
//! [`waiting`] tells whom one waits for, [`reach`] says which of those that somebody reads are their work, [`personal`] says who sees what, [`api`] is what people ask; the phone comes through [`super::field`].

pub(in crate::service) mod acts;
mod added;
pub mod api;
mod cartons;
pub mod model;
pub mod personal;
pub mod place;
mod reach;
pub mod rules;
pub mod settings;
pub mod sheet;
pub mod states;
pub(in crate::service) mod store;
mod waiting;
mod write;

pub use added::AddedFields;
pub use personal::shows_numbers;
pub use reach::Reach;
pub use store::{Asked, OWNED, brief, count};

use sea_orm::DbErr;

use self::rules::Missing;
use self::states::{Act, State};
use crate::platform::fields::Broken;
use crate::platform::vault::VaultError;

/// Why a ticket is not taken, or does not move.
#[derive(Debug, thiserror::Error)]
pub enum TicketError {
    /// Look at the list of tickets.
    #[error("there is no such ticket")]
    NoTicket,
    /// Correct the text.
    #[error("{field} has {least} to {most} characters and no control characters")]
    Text {
        /// Which.
        field: &'static str,
        /// How many at least.
        least: usize,
        /// How many at most.
        most: usize,
    },
    /// Write it as a phone number or an address.
    #[error("this is no {0} that can be reached")]
    Contact(&'static str),
    /// Choose something that there is.
    #[error("{field} names nothing that there is: {what}")]
    Nothing {
        /// Which field.
        field: &'static str,
        /// What was given.
        what: String,
    },
    /// Correct the moment.
    #[error("{0} is not a time that can be meant")]
    Moment(&'static str),
    /// Give what the act is about.
    #[error("this act needs {0}")]
    Needed(&'static str),
    /// See what may be done with the ticket now.
    #[error("{} is not possible while the ticket is {}", act.word(), state.word())]
    Illegal {
        /// What was to be done.
        act: Act,
        /// How far the ticket is.
        state: State,
    },
    /// Do what is missing first.
    #[error("something is missing before this can be completed")]
    Missing(Vec<Missing>),
    /// Put the carton aside: it is for somebody else, or there already.
    #[error("{0}")]
    Carton(cartons::Wrong),
    /// Expect fewer cartons.
    #[error("a ticket expects at most {} cartons", rules::MOST_CARTONS)]
    TooMany,
    /// Correct the custom fields that are named.
    #[error("{} of the custom fields will not do", .0.len())]
    Custom(Vec<Broken>),
    /// Read it again: somebody else changed it meanwhile.
    #[error("the ticket was changed meanwhile")]
    Changed,
    /// See what the vault said.
    #[error(transparent)]
    Vault(VaultError),
    /// See what the database said.
    #[error(transparent)]
    Database(#[from] DbErr),
}

impl From<VaultError> for TicketError {
    fn from(error: VaultError) -> Self {
        match error {
            VaultError::Database(error) => Self::Database(error),
            other => Self::Vault(other),
        }
    }
}
