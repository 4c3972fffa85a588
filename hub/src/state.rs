//! What all parts of a running hub share.

use std::ops::Deref;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use crate::db::Db;
use crate::platform::attempts::Attempts;
use crate::platform::config::Config;

/// A handle to the running hub; clones share it.
#[derive(Clone)]
pub struct App(Arc<Parts>);

/// The parts.
pub struct Parts {
    /// Settings.
    pub config: Config,
    /// The database.
    pub db: Db,
    /// Failed logins.
    pub attempts: Attempts,
    /// Cancelled when the hub stops.
    pub stop: CancellationToken,
}

impl App {
    /// Puts the parts together.
    #[must_use]
    pub fn new(config: Config, db: Db) -> Self {
        Self(Arc::new(Parts { config, db, attempts: Attempts::default(), stop: CancellationToken::new() }))
    }
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl Parts {
    /// Whether the broker takes connections.
    #[must_use]
    pub fn broker_answers(&self) -> bool {
        !self.stop.is_cancelled()
    }
}
