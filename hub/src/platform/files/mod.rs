//! Files that people attach, import and export.
//!
//! What a file is called and whose it is stands in the table `file`; its bytes lie in a [`Store`]: a folder of this machine ([`disk`]) or
//! an S3-compatible store ([`s3`]). The row is committed as *arriving* before the store gets the bytes, and as *kept* afterwards, so that
//! whatever breaks in between leaves a row that [`keeper`] finds: no bytes lie anywhere without a row. A name that somebody gave is only
//! ever shown; where bytes lie is called by a random [`Key`], so nothing that is typed can lead out of the store.

pub mod api;
pub(in crate::platform) mod disk;
pub mod keeper;
pub mod kind;
pub mod owner;
mod picture;
mod receive;
mod rows;
mod s3;
mod serve;
#[cfg(test)]
pub(crate) mod tests;

use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;

use futures_util::Stream;
use sea_orm::DbErr;
use tempfile::TempPath;
use tokio_util::bytes::Bytes;

pub use disk::Disk;
pub use receive::{Arrived, Limits, multipart};
pub use rows::{FileRow, NewFile, Stored, counts, keep, kinds, list_of, remove, row, stored};
pub use s3::{S3, Setting as S3Setting};
pub use serve::{Shown, answer, disposition};

use super::config::Config;
use crate::db::Db;

/// Why a file is not taken or not there.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// Send a smaller file.
    #[error("the file is larger than {limit} bytes")]
    TooLarge {
        /// The limit.
        limit: u64,
    },
    /// Send a file of another type.
    #[error("files of this type are not taken: {0}")]
    Kind(&'static str),
    /// Send a picture of fewer pixels, or one that is whole.
    #[error("the picture cannot be shown: {0}")]
    Picture(String),
    /// Send the file as a part of a multipart form.
    #[error("the upload cannot be read: {0}")]
    Upload(String),
    /// Fill the form: no file was in it.
    #[error("there was no file in the upload")]
    Nothing,
    /// The store does not have it: it was removed.
    #[error("the file is not there any more")]
    Gone,
    /// See whether disk or store are well.
    #[error("the file store failed: {0}")]
    Store(String),
    /// See what the database said.
    #[error(transparent)]
    Database(#[from] DbErr),
}

impl From<std::io::Error> for FileError {
    fn from(error: std::io::Error) -> Self {
        if error.kind() == std::io::ErrorKind::NotFound { Self::Gone } else { Self::Store(error.to_string()) }
    }
}

/// What bytes are called in a store: 32 random hexadecimal digits, with `-t` behind them for a thumbnail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key(String);

impl Key {
    /// A new one.
    #[must_use]
    pub fn random() -> Self {
        Self(data_encoding::HEXLOWER.encode(&rand::random::<[u8; 16]>()))
    }

    /// One that was written down; nothing for what is none.
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        let fits = text.len() == 32 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        fits.then(|| Self(text.to_owned()))
    }

    /// One that bytes are called by, be it a thumbnail's; nothing for what is none.
    #[must_use]
    pub fn named(text: &str) -> Option<Self> {
        text.strip_suffix("-t").map_or_else(|| Self::of(text), |key| Self::of(key).map(|key| key.thumbnail()))
    }

    /// That of the small picture beside it.
    #[must_use]
    pub fn thumbnail(&self) -> Self {
        Self(format!("{}-t", self.0))
    }

    /// As text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0
    }
}

/// Bytes as they come.
pub type Bytestream = Pin<Box<dyn Stream<Item = std::io::Result<Bytes>> + Send>>;

/// A file that can be read by path: in the store itself, or a copy that is gone when this is dropped.
#[derive(Debug)]
pub enum Local {
    /// Where the store keeps it.
    There(PathBuf),
    /// A copy.
    Copy(TempPath),
}

impl Local {
    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        match self {
            Self::There(path) => path,
            Self::Copy(path) => path,
        }
    }
}

/// Where bytes lie.
#[async_trait::async_trait]
pub trait Store: Send + Sync + 'static {
    /// Takes a file over; when this comes back well the bytes are safe.
    ///
    /// # Errors
    /// [`FileError::Store`].
    async fn put(&self, key: &Key, from: TempPath) -> Result<(), FileError>;

    /// Reads bytes.
    ///
    /// # Errors
    /// [`FileError::Gone`], [`FileError::Store`].
    async fn read(&self, key: &Key) -> Result<Bytestream, FileError>;

    /// Makes bytes readable by path; `folder` is for a copy.
    ///
    /// # Errors
    /// [`FileError::Gone`], [`FileError::Store`].
    async fn local(&self, key: &Key, folder: &Path) -> Result<Local, FileError>;

    /// Takes bytes away; well also when they are not there.
    ///
    /// # Errors
    /// [`FileError::Store`].
    async fn delete(&self, key: &Key) -> Result<(), FileError>;
}

/// The hub's files; clones share them.
#[derive(Clone)]
pub struct Files {
    /// The database.
    pub db: Db,
    store: Arc<dyn Store>,
    folder: PathBuf,
}

impl Files {
    /// Files in a store; what arrives lies in `folder` until the store has it.
    ///
    /// # Errors
    /// [`FileError::Store`] when the folder cannot be made.
    pub fn open(db: Db, store: impl Store, folder: impl Into<PathBuf>) -> Result<Self, FileError> {
        let folder = folder.into();
        std::fs::create_dir_all(&folder)?;
        Ok(Self { db, store: Arc::new(store), folder })
    }

    /// As the settings say.
    ///
    /// # Errors
    /// [`FileError::Store`] when a folder cannot be made.
    pub fn of(config: &Config, db: Db) -> Result<Self, FileError> {
        let drafts = config.data.join("drafts");
        match &config.s3 {
            Some(setting) => Self::open(db, S3::open(setting)?, drafts),
            None => Self::open(db, Disk::open(config.data.join("files"))?, drafts),
        }
    }

    /// Where files lie while they are made.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// An empty file beside the store, gone when it is dropped.
    ///
    /// # Errors
    /// [`FileError::Store`].
    pub fn draft(&self) -> Result<TempPath, FileError> {
        Ok(tempfile::Builder::new().prefix(keeper::DRAFT).tempfile_in(&self.folder)?.into_temp_path())
    }

    /// A stored file by path.
    ///
    /// # Errors
    /// [`FileError`].
    pub async fn local(&self, key: &Key) -> Result<Local, FileError> {
        self.store.local(key, &self.folder).await
    }
}
