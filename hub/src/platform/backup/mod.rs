//! Backups: everything a hub holds, in one encrypted file. In it are the rows of all tables at one moment (see [`crate::db::archive`]), the
//! files that people handed in, wherever they lie, and the master key of personal fields, without which sealed texts could never be opened
//! again.
//!
//! The file is lines of JSON, packed with Zstandard and encrypted with age (age-encryption.org/v1): to a recipient, whose key is kept
//! elsewhere, or by a passphrase. Should the hub be gone, `age -d FILE | zstd -d` shows everything. A backup is written beside its name and
//! takes the name when it is whole and on disk. Before anything is restored the whole file is read once, so that a damaged one changes
//! nothing.

mod bucket;
pub mod daily;
mod opened;
mod sealed;
pub mod settings;
#[cfg(test)]
mod tests;

use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use age::secrecy::SecretString;
use sea_orm::DbErr;

pub use bucket::Bucket;
pub use opened::{Unlock, check, restore};
pub use sealed::{Lock, back_up, new_key};

use crate::db::Db;
use crate::db::archive::ArchiveError;
use crate::platform::files::{FileError, Key};

/// Name of the master key's file in a data folder and in a backup.
pub const MASTER_KEY: &str = "vault.key";
/// Folder of people's files in a data folder.
const FILES: &str = "files";

/// What is in a backup.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Contents {
    /// Tables.
    pub tables: u64,
    /// Rows of all tables.
    pub rows: u64,
    /// Files, the master key among them.
    pub files: u64,
    /// Bytes of the backup.
    pub bytes: u64,
}

/// Why there is no backup, or nothing was restored.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// Say who is to be able to open it.
    #[error("say who can open the backup: a recipient (age1…, see `hub backup --new-key FILE`) or a file with a passphrase")]
    NoLock,
    /// Correct the recipient.
    #[error("{0} is no recipient of age: it begins with age1")]
    Recipient(String),
    /// Correct the file with the key.
    #[error("{0} holds no key of age: a line in it begins with AGE-SECRET-KEY-1")]
    Identity(String),
    /// Give the key, or the passphrase, that this backup was made for.
    #[error("the backup does not open: this is not its key or passphrase, or it is no backup ({0})")]
    Locked(String),
    /// Look at path, rights and space of the disk.
    #[error("{path}: {source}")]
    File {
        /// Which file.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// Use an empty data folder: this one has another master key or another file of that name.
    #[error("{0} is there already, and is another one than that of the backup; restore into an empty data folder")]
    There(String),
    /// See what is wrong with the backup or with the database.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// See what the database said.
    #[error(transparent)]
    Database(#[from] DbErr),
    /// See whether the S3-compatible store of the settings is well.
    #[error(transparent)]
    Store(FileError),
    /// Report this: a part of the program ended before its time.
    #[error("a part of the program ended before its time")]
    Ended,
}

impl From<FileError> for BackupError {
    fn from(error: FileError) -> Self {
        if let FileError::Database(error) = error { Self::Database(error) } else { Self::Store(error) }
    }
}

impl BackupError {
    fn at(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.display().to_string();
        move |source| Self::File { path, source }
    }

    fn damaged(what: impl Into<String>) -> Self {
        Self::Archive(ArchiveError::Damaged(what.into()))
    }
}

/// A file that goes into a backup.
#[derive(Debug, Clone)]
pub struct Kept {
    /// Its name beneath the data folder, with `/`.
    pub name: String,
    /// Where it is now.
    pub at: At,
}

/// Where a file is.
#[derive(Debug, Clone)]
pub enum At {
    /// On a disk of this machine.
    Disk(PathBuf),
    /// In an S3-compatible store.
    Bucket(Arc<Bucket>, Key),
}

/// All files of a hub: those of its data folder, and those in the bucket of its settings. Blocks: of a thread that may wait.
///
/// # Errors
/// [`BackupError::File`], [`BackupError::Store`], [`BackupError::Database`].
pub fn all_files(db: &Db, data: &Path, master: Option<&Path>, bucket: Option<&Arc<Bucket>>) -> Result<Vec<Kept>, BackupError> {
    let mut kept = files_of(data, master)?;
    if let Some(bucket) = bucket {
        kept.extend(bucket.files(db)?);
    }
    Ok(kept)
}

/// The files of a data folder, by name: the master key, when it is a file, and everything that people have handed in.
///
/// # Errors
/// [`BackupError::File`].
fn files_of(data: &Path, master: Option<&Path>) -> Result<Vec<Kept>, BackupError> {
    let mut kept = Vec::new();
    if let Some(path) = master {
        kept.push(Kept { name: MASTER_KEY.to_owned(), at: At::Disk(path.to_owned()) });
    }
    let mut folders = vec![data.join(FILES)];
    while let Some(folder) = folders.pop() {
        let entries = match std::fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => return Err(BackupError::at(&folder)(error)),
        };
        for entry in entries {
            let entry = entry.map_err(BackupError::at(&folder))?;
            let (path, kind) = (entry.path(), entry.file_type().map_err(BackupError::at(&folder))?);
            if kind.is_dir() {
                folders.push(path);
            } else if let Some(name) = path.strip_prefix(data).ok().filter(|_| kind.is_file()).and_then(Path::to_str) {
                kept.push(Kept { name: name.to_owned(), at: At::Disk(path.clone()) });
            }
        }
    }
    kept.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(kept)
}

/// The place of a file beneath a data folder; nothing for a name that leads elsewhere.
fn beneath(data: &Path, name: &str) -> Option<PathBuf> {
    let path = Path::new(name);
    let plain = !name.is_empty() && path.components().all(|part| matches!(part, Component::Normal(_)));
    plain.then(|| data.join(path))
}

/// A passphrase out of a file, without the end of its line.
///
/// # Errors
/// [`BackupError::File`].
pub fn passphrase(path: &Path) -> Result<SecretString, BackupError> {
    let text = zeroize::Zeroizing::new(std::fs::read_to_string(path).map_err(BackupError::at(path))?);
    Ok(SecretString::from(text.trim_end_matches(['\r', '\n'])))
}
