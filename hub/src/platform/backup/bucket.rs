//! Files that lie in an S3-compatible store: each is fetched when its turn in a backup comes, one at a time, and put back by a restore.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use sea_orm::FromQueryResult;
use tempfile::TempPath;
use tokio::runtime::Handle;

use super::{At, BackupError, FILES, Kept, files_of};
use crate::db::Db;
use crate::platform::config::Config;
use crate::platform::files::{FileError, Key, Local, S3, Store as _, disk};
use crate::platform::sql::Sql;

/// A bucket of the settings.
pub struct Bucket {
    store: S3,
    /// Where a copy lies while it is read.
    copies: PathBuf,
}

impl std::fmt::Debug for Bucket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Bucket").field("copies", &self.copies).finish_non_exhaustive()
    }
}

#[derive(FromQueryResult)]
struct Named {
    key: String,
    thumbnail: bool,
}

impl Bucket {
    /// The one that the settings name; nothing when files lie in the data folder.
    ///
    /// # Errors
    /// [`BackupError::Store`] when the setting is none.
    pub fn of(config: &Config) -> Result<Option<Arc<Self>>, BackupError> {
        let Some(setting) = &config.s3 else { return Ok(None) };
        Ok(Some(Arc::new(Self { store: S3::open(setting)?, copies: config.data.join("drafts") })))
    }

    /// The files that the database knows there. Blocks: of a thread that may wait.
    pub(super) fn files(self: &Arc<Self>, db: &Db) -> Result<Vec<Kept>, BackupError> {
        let known = Sql::new("SELECT key, thumbnail FROM file WHERE state = 'kept' ORDER BY id");
        let known: Vec<Named> = Handle::current().block_on(known.all(db.read()))?;
        let mut kept = Vec::with_capacity(known.len());
        for Named { key, thumbnail } in known {
            let Some(key) = Key::of(&key) else { continue };
            let small = thumbnail.then(|| key.thumbnail());
            for key in [Some(key), small].into_iter().flatten() {
                let name = format!("{FILES}/{}", disk::place(&key).display());
                kept.push(Kept { name, at: At::Bucket(Arc::clone(self), key) });
            }
        }
        Ok(kept)
    }

    /// A copy of a file; nothing when it is gone meanwhile. Blocks.
    pub(super) fn fetch(&self, key: &Key) -> Result<Option<Local>, BackupError> {
        std::fs::create_dir_all(&self.copies).map_err(BackupError::at(&self.copies))?;
        match Handle::current().block_on(self.store.local(key, &self.copies)) {
            Ok(copy) => Ok(Some(copy)),
            Err(FileError::Gone) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Puts the files of a data folder into the bucket, and takes them away there; how many.
    pub(super) async fn take_in(&self, data: &Path) -> Result<u64, BackupError> {
        let mut taken = 0;
        for kept in files_of(data, None)? {
            let (At::Disk(path), Some(key)) = (kept.at, kept.name.rsplit('/').next().and_then(Key::named)) else { continue };
            self.store.put(&key, TempPath::try_from_path(&path).map_err(BackupError::at(&path))?).await?;
            taken += 1;
        }
        Ok(taken)
    }
}
