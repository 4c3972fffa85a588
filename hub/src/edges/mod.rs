//! The machines at the sites: how one joins, proves who it is, and how it is.
//!
//! An edge is made at the hub with a one-time token. With the token it brings its public key and gets a secret for the broker; from then on
//! every message it sends is signed. The hub signs too, so that no broker can speak for it. Tokens and secrets are kept as digests only.

pub mod api;
mod fleet;
mod keys;
mod presence;
mod request;
mod rows;
mod store;
#[cfg(test)]
mod tests;
pub mod wire;

pub use fleet::{Fleet, MqttAddress};
pub use keys::HubKey;
pub use presence::{Here, Presence};
pub use request::{Caller, CallerError};
pub use rows::{DatasetState, DeviceDrift, DeviceRow, DriftWords, EdgeRow, Edges, get, list, refusal_word, row};
pub use store::{
    BrokerLogin, Created, Enrolled, Enrolment, Known, broker_logins, create, enroll, forgive, known, login, renew_token, set_disabled,
};

use qitao_domain::ids::{EdgeId, SiteId};
use sea_orm::DbErr;

/// Why an edge cannot be made or changed, or may not join.
#[derive(Debug, thiserror::Error)]
pub enum EdgeError {
    /// Look at the list of sites.
    #[error("there is no site {0}")]
    NoSite(SiteId),
    /// Look at the list of edges.
    #[error("there is no edge {0}")]
    NoEdge(EdgeId),
    /// Give it a name of 1 to 100 characters.
    #[error("an edge's name has 1 to 100 characters")]
    Name,
    /// Ask the hub's administrator for a new token: this one is wrong, used or too old.
    #[error("the enrolment token is wrong, used or too old")]
    Token,
    /// Send an Ed25519 public key of 32 bytes in base64.
    #[error("the public key is not an Ed25519 key of 32 bytes in base64")]
    PublicKey,
    /// See what the database said.
    #[error(transparent)]
    Database(#[from] DbErr),
}
