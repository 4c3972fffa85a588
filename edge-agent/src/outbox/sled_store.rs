//! sled 0.34 behind the [`Store`] trait.
//!
//! `flush()` on Linux ends in `sync_file_range`, which neither flushes the disk's cache nor writes the file's metadata; so every commit ends
//! with our own `fdatasync` of the database file. One process, one tree, a small cache.

use std::fs::File;
use std::path::Path;
use std::time::Duration;

use super::store::{Engine, Store, StoreError, WriteBatch};

/// Opens sled databases.
#[derive(Debug, Clone, Copy)]
pub struct SledEngine {
    /// Page cache in bytes; sled's own default of 1 GiB is no size for an appliance.
    pub cache: u64,
}

impl Default for SledEngine {
    fn default() -> Self {
        Self { cache: 48 << 20 }
    }
}

impl Engine for SledEngine {
    fn open(&self, folder: &Path) -> Result<Box<dyn Store>, StoreError> {
        let db = sled::Config::new()
            .path(folder)
            .cache_capacity(self.cache)
            // The collector of old segments runs only in this flusher.
            .flush_every_ms(Some(500))
            .open()
            .map_err(sled_error)?;
        // sled keeps its own handle private; fdatasync works on the file, whichever handle asks.
        let file = File::options().read(true).write(true).open(folder.join("db"))?;
        file.sync_all()?;
        File::open(folder)?.sync_all()?;
        Ok(Box::new(SledStore { db: Some(db), file }))
    }
}

struct SledStore {
    /// `None` only while it is dropped.
    db: Option<sled::Db>,
    file: File,
}

impl Drop for SledStore {
    /// sled's own threads may hold the file, and its lock, for a moment longer. Who drops a store may open it again at once, so this waits.
    fn drop(&mut self) {
        drop(self.db.take());
        for _ in 0..200 {
            if self.file.try_lock().is_ok() {
                let _ = self.file.unlock();
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        tracing::warn!("sled still holds its file two seconds after it was closed");
    }
}

impl SledStore {
    fn db(&self) -> Result<&sled::Db, StoreError> {
        self.db.as_ref().ok_or_else(|| StoreError::Damaged("closed".into()))
    }
}

impl Store for SledStore {
    fn commit(&self, batch: WriteBatch) -> Result<(), StoreError> {
        let mut inner = sled::Batch::default();
        for (key, value) in batch.writes {
            match value {
                Some(value) => inner.insert(key, value),
                None => inner.remove(key),
            }
        }
        let db = self.db()?;
        db.apply_batch(inner).map_err(sled_error)?;
        db.flush().map_err(sled_error)?;
        self.file.sync_data().map_err(io_error)
    }

    fn scan(&self, from: &[u8], to: &[u8], visit: &mut dyn FnMut(&[u8], &[u8]) -> bool) -> Result<(), StoreError> {
        for row in self.db()?.range::<&[u8], _>(from..to) {
            let (key, value) = row.map_err(sled_error)?;
            if !visit(&key, &value) {
                break;
            }
        }
        Ok(())
    }

    fn last(&self, from: &[u8], to: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let last = self.db()?.range::<&[u8], _>(from..to).next_back();
        last.transpose().map_err(sled_error).map(|row| row.map(|(key, _)| key.to_vec()))
    }

    fn size(&self) -> u64 {
        self.file.metadata().map_or(0, |m| m.len())
    }
}

fn sled_error(error: sled::Error) -> StoreError {
    match error {
        sled::Error::Io(error) => io_error(error),
        other => StoreError::Damaged(other.to_string()),
    }
}

fn io_error(error: std::io::Error) -> StoreError {
    match error.kind() {
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => StoreError::DiskFull,
        std::io::ErrorKind::WouldBlock => StoreError::Locked,
        // sled wraps a failed lock into a text of its own.
        _ if error.to_string().contains("could not acquire lock") => StoreError::Locked,
        _ => StoreError::Io(error),
    }
}
