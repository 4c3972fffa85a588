//! The narrow door to the disk: what the outbox needs of a database, and nothing more.
//!
//! [`Engine`] opens a folder, [`Store`] reads and commits. sled is behind it (see [`super::sled_store`]); tests put a store with made-up
//! faults there. All calls block; none is made on the async runtime's own threads.

use std::path::Path;

/// Why the store cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// No space: free the ballast, refuse new work.
    #[error("the disk is full")]
    DiskFull,
    /// Another process has the database open: stop it.
    #[error("the database is open in another process")]
    Locked,
    /// The database is damaged: climb the recovery ladder.
    #[error("the database is damaged: {0}")]
    Damaged(String),
    /// The disk fails: stop accepting, let the supervisor restart.
    #[error("the disk failed: {0}")]
    Io(#[from] std::io::Error),
    /// A part of the agent panicked, and memory may differ from the disk: stop accepting, let the supervisor restart.
    #[error("a fault in the agent: {0}")]
    Fault(&'static str),
}

/// Puts and deletes that happen together or not at all.
#[derive(Debug, Default, Clone)]
pub struct WriteBatch {
    /// In order; `None` deletes.
    pub writes: Vec<(Vec<u8>, Option<Vec<u8>>)>,
}

impl WriteBatch {
    /// Writes a value.
    pub fn put(&mut self, key: Vec<u8>, value: Vec<u8>) {
        self.writes.push((key, Some(value)));
    }

    /// Deletes a key.
    pub fn delete(&mut self, key: Vec<u8>) {
        self.writes.push((key, None));
    }

    /// Whether there is nothing to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.writes.is_empty()
    }
}

/// An open database: ordered keys, atomic durable batches.
pub trait Store: Send + Sync {
    /// Makes the batch durable: when this returns `Ok`, all of it survives a power cut; after `Err` nothing may be written any more.
    ///
    /// # Errors
    /// [`StoreError`]; the caller must not commit again.
    fn commit(&self, batch: WriteBatch) -> Result<(), StoreError>;

    /// Visits keys from `from` (inclusive) to `to` (exclusive) in order until `visit` answers `false`.
    ///
    /// # Errors
    /// [`StoreError`] when something cannot be read.
    fn scan(&self, from: &[u8], to: &[u8], visit: &mut dyn FnMut(&[u8], &[u8]) -> bool) -> Result<(), StoreError>;

    /// The last key in `from .. to`.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be read.
    fn last(&self, from: &[u8], to: &[u8]) -> Result<Option<Vec<u8>>, StoreError>;

    /// Bytes on disk, dead ones included.
    fn size(&self) -> u64;
}

/// Opens databases.
pub trait Engine: Send + Sync {
    /// Opens or creates the database in a folder. May hang or panic on a damaged one: the recovery ladder guards it.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be opened.
    fn open(&self, folder: &Path) -> Result<Box<dyn Store>, StoreError>;
}
