//! A folder of this machine: two levels of folders by the first four digits of the key. A file is there whole or not at all: it is written
//! beside, synced, renamed, and then its folder is synced.

use std::fs::File;
use std::path::{Path, PathBuf};

use futures_util::StreamExt as _;
use futures_util::stream::unfold;
use tempfile::TempPath;
use tokio::io::AsyncReadExt as _;
use tokio_util::bytes::{Bytes, BytesMut};

use super::{Bytestream, FileError, Key, Local, Store};

/// Bytes read at once.
const PIECE: usize = 64 * 1024;

/// A folder as a store.
#[derive(Debug, Clone)]
pub struct Disk {
    root: PathBuf,
}

impl Disk {
    /// In this folder, made when it is missing.
    ///
    /// # Errors
    /// [`FileError::Store`].
    pub fn open(root: impl Into<PathBuf>) -> Result<Self, FileError> {
        let root = root.into();
        std::fs::create_dir_all(&root)?;
        Ok(Self { root })
    }

    fn path(&self, key: &Key) -> PathBuf {
        self.root.join(place(key))
    }
}

/// Where a file lies beneath the folder.
pub fn place(key: &Key) -> PathBuf {
    let (first, rest) = key.text().split_at(2);
    Path::new(first).join(&rest[..2]).join(key.text())
}

fn take_over(from: TempPath, to: &Path) -> std::io::Result<()> {
    let folder = to.parent().ok_or(std::io::ErrorKind::InvalidInput)?;
    std::fs::create_dir_all(folder)?;
    File::open(&from)?.sync_all()?;
    from.persist(to).map_err(|error| error.error)?;
    // The names of the file and of the folders it is in are on disk only with these.
    for folder in folder.ancestors().take(3) {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> std::io::Result<T> + Send + 'static) -> Result<T, FileError> {
    Ok(tokio::task::spawn_blocking(work).await.map_err(|error| FileError::Store(error.to_string()))??)
}

/// Reads a file piece by piece.
pub(super) fn stream(file: tokio::fs::File) -> Bytestream {
    unfold(Some(file), |file| async {
        let mut file = file?;
        let mut piece = BytesMut::with_capacity(PIECE);
        match file.read_buf(&mut piece).await {
            Ok(0) => None,
            Ok(_) => Some((Ok::<Bytes, _>(piece.freeze()), Some(file))),
            Err(error) => Some((Err(error), None)),
        }
    })
    .boxed()
}

#[async_trait::async_trait]
impl Store for Disk {
    async fn put(&self, key: &Key, from: TempPath) -> Result<(), FileError> {
        let to = self.path(key);
        blocking(move || take_over(from, &to)).await
    }

    async fn read(&self, key: &Key) -> Result<Bytestream, FileError> {
        Ok(stream(tokio::fs::File::open(self.path(key)).await?))
    }

    async fn local(&self, key: &Key, _: &Path) -> Result<Local, FileError> {
        let path = self.path(key);
        if tokio::fs::try_exists(&path).await? { Ok(Local::There(path)) } else { Err(FileError::Gone) }
    }

    async fn delete(&self, key: &Key) -> Result<(), FileError> {
        match tokio::fs::remove_file(self.path(key)).await {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }
}
