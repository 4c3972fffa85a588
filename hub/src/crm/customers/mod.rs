//! One table of customers for the whole chain: who they are, who looks after them, and every word with them.
//!
//! Rules: a phone is one customer's in the whole chain, whoever made them, and whoever asks learns no more than a masked owner; what is
//! about a customer's life is sealed, notes and follow-ups too; sources, tags and kinds of follow-up are option lists of the settings. The
//! class (意向, 成交, 老客户) is never typed: it follows what the customer signs.
//!
//! [`rules`] is pure, [`store`] lists, [`write`] writes, [`personal`] finds and reveals, [`follow`] keeps follow-ups and the timeline, [`remind`] tells of silence, [`api`] is
//! what people and programs ask.

pub mod api;
mod class;
mod follow;
mod import;
pub mod model;
pub mod personal;
mod remind;
pub mod rules;
pub mod sheet;
mod store;
mod write;

pub use api::{may_own, seen};
pub use class::{hold, reached};
pub use follow::tell;
pub use import::Customers;
pub use personal::address_of;
pub use personal::{Contact, contact};
pub use remind::Remind;
pub use store::{due_count, idle_count};

use sea_orm::DbErr;

use crate::platform::fields::Broken;
use crate::platform::vault::VaultError;

/// Why a customer is not taken.
#[derive(Debug, thiserror::Error)]
pub enum CustomerError {
    /// Look at the list of customers.
    #[error("there is no such customer")]
    NoCustomer,
    /// Correct the text: it has so many characters at most, and a name has one at least.
    #[error("{field} has at most {most} characters and no control characters")]
    Text {
        /// Which.
        field: &'static str,
        /// How many.
        most: usize,
    },
    /// Write it as a phone number, an e-mail or an address.
    #[error("this is no {0} that can be reached")]
    Contact(&'static str),
    /// Look at the customer who has this phone.
    #[error("another customer has this phone")]
    PhoneTaken,
    /// Look at the list of organisations.
    #[error("there is no active organisation {0}")]
    NoOrganisation(i64),
    /// Choose somebody else, who can sign in.
    #[error("there is no person {0} who could look after a customer")]
    NoOwner(i64),
    /// Choose one of the options of the settings.
    #[error("{field} has no option {code}")]
    NoOption {
        /// Which field.
        field: &'static str,
        /// What was given.
        code: String,
    },
    /// Correct the year.
    #[error("a year of birth is from 1900 to this year")]
    BirthYear,
    /// Correct the moment.
    #[error("{0} is not a time that can be meant")]
    Moment(&'static str),
    /// Read it again: somebody else changed it meanwhile.
    #[error("the customer was changed meanwhile")]
    Changed,
    /// Correct the custom fields that are named.
    #[error("{} of the custom fields will not do", .0.len())]
    Custom(Vec<Broken>),
    /// See what the vault said.
    #[error(transparent)]
    Vault(VaultError),
    /// See what the database said.
    #[error(transparent)]
    Database(DbErr),
}

impl From<DbErr> for CustomerError {
    fn from(error: DbErr) -> Self {
        // Two who write the same phone at once: the second is told what it would have been told a moment later.
        match error.sql_err() {
            Some(sea_orm::SqlErr::UniqueConstraintViolation(text)) if text.contains("phone") => Self::PhoneTaken,
            _ => Self::Database(error),
        }
    }
}

impl From<VaultError> for CustomerError {
    fn from(error: VaultError) -> Self {
        match error {
            VaultError::Database(error) => error.into(),
            other => Self::Vault(other),
        }
    }
}
