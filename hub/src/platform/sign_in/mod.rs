//! Signing in at another house: an OpenID Connect provider that a chain has already (Keycloak, Authing, …) vouches for its people.
//!
//! The authorization code flow with PKCE, `state` and `nonce`, all three made from one secret in a short-lived cookie ([`secrets`]), so that
//! an answer counts once and only in the browser that asked. The ID token is checked in [`token`]; addresses and keys of the provider are
//! found and kept in [`provider`]. Who somebody is there stands in `outside_identity` ([`store`]): bound at the first sign-in by a claim
//! that equals a login, and by the provider's own number for them from then on, so that neither a new login here nor a new name there
//! makes somebody another person. What follows is a session like any other.

pub mod api;
mod provider;
mod secrets;
pub mod settings;
mod store;
mod token;

pub use provider::Provider;
pub use store::{OutsideRow, bindings, forget};

use sea_orm::DbErr;

/// Why somebody is not signed in.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// Begin again, in this browser.
    #[error("this sign-in was not begun in this browser, took longer than ten minutes, or was used already; begin again")]
    NotBegun,
    /// Give a local path to come back to.
    #[error("the page to come back to is a path of this hub, such as /tasks")]
    ReturnTo,
    /// Try again later, or sign in with a password: the provider does not answer.
    #[error("the identity provider does not answer")]
    Away,
    /// Tell an administrator: what the provider answers cannot be trusted. The cause is in the log.
    #[error("what the identity provider answered cannot be trusted; an administrator finds the reason in the hub's log")]
    Distrusted(String),
    /// Sign in at the provider, or ask there: it did not let the person in.
    #[error("the identity provider did not let you in")]
    Denied,
    /// Ask for an account: nobody here has this identity.
    #[error("no account that may sign in belongs to this identity; ask a manager for one whose login is your name there")]
    Nobody,
    /// Sign in with the password: administrators are not bound by a name alone.
    #[error("an administrator's account is not bound by its name alone; sign in with the password")]
    Administrator,
    /// See what the database said.
    #[error(transparent)]
    Database(#[from] DbErr),
}
