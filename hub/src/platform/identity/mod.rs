//! People who log in at the hub and what they may do.
//!
//! A person belongs to an organisation and has roles. A role is data: rights, how far they reach, rights on single fields. [`Actor`] is
//! somebody who is signed in, with all of that at its place in the tree; what they may see is decided in [`super::scope`].

mod actor;
mod rights;
mod role;
mod sight;
mod store;

pub use actor::{Actor, Area, Grant};
pub use rights::{FieldRight, Right};
pub use role::{Breadth, Fields, Role, StoredRole};
pub use sight::Sight;
pub use store::{actor, add, administrators, check_login, find, grants, is_administrator, list, set_password};

use sea_orm::DbErr;

use super::password::PasswordError;

/// Why a user could not be made or changed.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// Choose another login.
    #[error("a login has 2 to 64 characters of a–z, 0–9 and . _ @ - ; this is {0:?}")]
    Login(String),
    /// Choose another login: this one is taken.
    #[error("there is already a user {0}")]
    Taken(String),
    /// Look at the list of users.
    #[error("there is no user {0}")]
    Unknown(String),
    /// Look at the list of sites.
    #[error("there is no site with the code {0}")]
    Site(String),
    /// Choose another password.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// See what the database said.
    #[error(transparent)]
    Database(#[from] DbErr),
}

/// A user to be made with one of the built-in roles, from the command line or at the first start.
#[derive(Debug, Clone)]
pub struct NewUser {
    /// What they log in with.
    pub login: String,
    /// Name for people.
    pub name: String,
    /// What they are.
    pub role: Role,
    /// Code of the site they belong to; the headquarters when there is none.
    pub site: Option<String>,
    /// Their first password.
    pub password: String,
}
