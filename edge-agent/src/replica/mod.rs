//! This site's catalogue, locations and operators: in memory for the scan at hand, on disk for the start with the hub away.
//!
//! [`catalogue`] is the packed form in memory; [`files`] the snapshot files with version and digest; [`sync`] fetches what is newer at the hub.
//! A reader takes the whole [`Catalogue`] as one value and keeps it for a scan; a newer one is put in its place without anybody waiting.

pub mod catalogue;

use std::sync::{Arc, PoisonError, RwLock};

pub use catalogue::Catalogue;

/// The catalogue that is current now.
#[derive(Debug, Default)]
pub struct Replica {
    current: RwLock<Arc<Catalogue>>,
}

impl Replica {
    /// What is known now. Taken once per scan.
    #[must_use]
    pub fn catalogue(&self) -> Arc<Catalogue> {
        // The lock is held for copying one pointer, by readers and by the one writer alike.
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Puts a newer catalogue in place.
    pub fn replace(&self, catalogue: Catalogue) {
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(catalogue);
    }
}
