//! People who sign in: making them, giving them roles, letting them go; and what everybody does for themselves ([`me`]).
//!
//! Who gives or takes roles must have all that they allow, where they allow it ([`Actor::covers`]); and one administrator always stays.
//!
//! [`Actor::covers`]: super::identity::Actor::covers

mod access;
pub mod api;
mod custom;
pub mod handover;
mod import;
pub mod me;
pub mod personal;
pub mod sheet;
mod store;
mod written;

pub use custom::seal_clear;
pub use import::People;
pub use personal::{email_of, set_own_email};
pub use store::{PersonRow, RoleOfPerson};

use sea_orm::DbErr;

use super::fields::Broken;
use super::identity::IdentityError;
use super::vault::VaultError;

/// Why a person cannot be made or changed.
#[derive(Debug, thiserror::Error)]
pub enum PeopleError {
    /// Look at the list of people.
    #[error("there is no such person")]
    NoPerson,
    /// Choose another name.
    #[error("a name has 1 to 60 characters")]
    Name,
    /// Look at the list of organisations.
    #[error("there is no active organisation {0}")]
    NoOrganisation(i64),
    /// Look at the list of roles.
    #[error("there is no role {0}")]
    NoRole(i64),
    /// Choose organisations for a role that needs them.
    #[error("choose organisations for the role {0}")]
    Chosen(String),
    /// Make somebody else an administrator first.
    #[error("this is the last administrator who can sign in")]
    LastAdministrator,
    /// Hand over to somebody else, who can sign in.
    #[error("records can be handed to another person who can sign in")]
    Receiver,
    /// Give the old password.
    #[error("the old password is wrong")]
    OldPassword,
    /// Write it as a phone number or an e-mail address.
    #[error("this is no {0} that can be reached")]
    Contact(&'static str),
    /// Read it again: somebody else changed it meanwhile.
    #[error("the person was changed meanwhile")]
    Changed,
    /// Correct the custom fields that are named.
    #[error("{} of the custom fields will not do", .0.len())]
    Custom(Vec<Broken>),
    /// See which login or password will do.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// See what the vault said.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// See what the database said.
    #[error(transparent)]
    Database(#[from] DbErr),
}
