//! Reading a backup: checking it, and restoring it into an empty database and data folder.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use age::secrecy::SecretString;
use age::{scrypt, x25519};
use data_encoding::BASE64;
use tokio::sync::mpsc;

use super::{BackupError, Bucket, Contents, beneath};
use crate::db::Place;
use crate::db::archive::{Line, load};

/// Lines that wait for the database.
const WAITING: usize = 1_000;
/// Longest line that is read; rows are far shorter.
const LONGEST: u64 = 64 << 20;

/// What opens a backup.
#[derive(Clone)]
pub enum Unlock {
    /// The key of its recipient.
    Identity(x25519::Identity),
    /// Its passphrase.
    Passphrase(SecretString),
}

impl std::fmt::Debug for Unlock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Unlock(…)")
    }
}

impl Unlock {
    /// The key in a file, as `hub backup --new-key` and `age-keygen` write it.
    ///
    /// # Errors
    /// [`BackupError::File`] or [`BackupError::Identity`].
    pub fn identity(path: &Path) -> Result<Self, BackupError> {
        let text = zeroize::Zeroizing::new(std::fs::read_to_string(path).map_err(BackupError::at(path))?);
        let key = text.lines().find_map(|line| line.trim().parse::<x25519::Identity>().ok());
        key.map(Self::Identity).ok_or_else(|| BackupError::Identity(path.display().to_string()))
    }

    fn open(&self, path: &Path) -> Result<impl std::io::BufRead + use<>, BackupError> {
        let file = BufReader::new(File::open(path).map_err(BackupError::at(path))?);
        let locked = |error: age::DecryptError| BackupError::Locked(error.to_string());
        let decryptor = age::Decryptor::new_buffered(file).map_err(locked)?;
        let clear = match self {
            Self::Identity(key) => decryptor.decrypt(std::iter::once(key as &dyn age::Identity)),
            Self::Passphrase(passphrase) => {
                decryptor.decrypt(std::iter::once(&scrypt::Identity::new(passphrase.clone()) as &dyn age::Identity))
            }
        };
        let unpacked = zstd::stream::read::Decoder::new(clear.map_err(locked)?).map_err(BackupError::at(path))?;
        Ok(BufReader::new(unpacked))
    }
}

/// Hands every line to `take` until the one that says that everything is here.
fn lines(path: &Path, unlock: &Unlock, mut take: impl FnMut(Line) -> Result<(), BackupError>) -> Result<Contents, BackupError> {
    let mut source = unlock.open(path)?;
    let (mut contents, mut text) = (Contents::default(), Vec::new());
    loop {
        text.clear();
        // A backup that was cut or changed fails here: every block of it is authenticated.
        let read = source.by_ref().take(LONGEST).read_until(b'\n', &mut text).map_err(|error| BackupError::damaged(error.to_string()))?;
        if read == 0 {
            return Err(BackupError::damaged("it ends in the middle"));
        }
        let line = serde_json::from_slice(&text).map_err(|_| BackupError::damaged("a line of it cannot be read"))?;
        match line {
            Line::Rows(n) => {
                contents.tables += 1;
                contents.rows += n;
            }
            Line::File(_) => contents.files += 1,
            Line::End { tables, rows, files } => {
                if (contents.tables, contents.rows, contents.files) != (tables, rows, files) {
                    return Err(BackupError::damaged("it does not hold what it says"));
                }
                contents.bytes = std::fs::metadata(path).map_err(BackupError::at(path))?.len();
                return Ok(contents);
            }
            _ => {}
        }
        take(line)?;
    }
}

/// Reads a backup to its end without keeping anything of it.
///
/// # Errors
/// [`BackupError`] when it is not whole or does not open.
pub async fn check(from: &Path, unlock: &Unlock) -> Result<Contents, BackupError> {
    let (path, unlock) = (from.to_owned(), unlock.clone());
    tokio::task::spawn_blocking(move || lines(&path, &unlock, |_| Ok(()))).await.map_err(|_| BackupError::Ended)?
}

/// Restores a backup into an empty database and a data folder, and the files into a bucket where there is one. `say` hears of each table.
///
/// # Errors
/// [`BackupError`]; while it is about the backup or the database, nothing was restored.
pub async fn restore(
    from: &Path,
    unlock: &Unlock,
    place: &Place,
    (data, bucket): (&Path, Option<&Bucket>),
    say: impl FnMut(&str, u64),
) -> Result<Contents, BackupError> {
    check(from, unlock).await?;
    // Files first: those that stand in the way are met before the database is filled.
    write_files(from, unlock, data).await?;
    if let Some(bucket) = bucket {
        bucket.take_in(data).await?;
    }
    let (told, mut waiting) = mpsc::channel(WAITING);
    let (path, key) = (from.to_owned(), unlock.clone());
    let reading = tokio::task::spawn_blocking(move || {
        // Whoever takes the lines goes away after the last one of the database.
        lines(&path, &key, |line| {
            if !matches!(line, Line::File(_) | Line::Piece(_)) {
                drop(told.blocking_send(line));
            }
            Ok(())
        })
    });
    load(place, &mut waiting, say).await?;
    drop(waiting);
    reading.await.map_err(|_| BackupError::Ended)?
}

/// Writes the files beneath the data folder. One that is there already must be the same.
async fn write_files(from: &Path, unlock: &Unlock, data: &Path) -> Result<(), BackupError> {
    let (path, unlock, data) = (from.to_owned(), unlock.clone(), data.to_owned());
    let writing = tokio::task::spawn_blocking(move || {
        let mut files = Files { data, open: None };
        lines(&path, &unlock, |line| match line {
            Line::File(name) => files.begin(&name),
            Line::Piece(piece) => files.put(&piece),
            _ => Ok(()),
        })?;
        files.end()
    });
    writing.await.map_err(|_| BackupError::Ended)?
}

/// Files on their way into a data folder; each is written beside its name first.
struct Files {
    data: std::path::PathBuf,
    open: Option<(std::path::PathBuf, File)>,
}

const PART: &str = ".part";

impl Files {
    fn begin(&mut self, name: &str) -> Result<(), BackupError> {
        self.end()?;
        let path = beneath(&self.data, name).ok_or_else(|| BackupError::damaged("a file in it has no name beneath the data folder"))?;
        let folder = path.parent().unwrap_or(&self.data);
        std::fs::create_dir_all(folder).map_err(BackupError::at(folder))?;
        let part = part(&path);
        let file = File::options().write(true).create(true).truncate(true).mode(0o600).open(&part).map_err(BackupError::at(&part))?;
        self.open = Some((path, file));
        Ok(())
    }

    fn put(&mut self, piece: &str) -> Result<(), BackupError> {
        let bytes = BASE64.decode(piece.as_bytes()).map_err(|_| BackupError::damaged("a piece of a file in it cannot be read"))?;
        match &mut self.open {
            Some((path, file)) => file.write_all(&bytes).map_err(BackupError::at(path)),
            None => Err(BackupError::damaged("its lines are not in order")),
        }
    }

    fn end(&mut self) -> Result<(), BackupError> {
        let Some((path, file)) = self.open.take() else { return Ok(()) };
        let part = part(&path);
        file.sync_all().map_err(BackupError::at(&part))?;
        if path.exists() {
            let same = std::fs::read(&path).map_err(BackupError::at(&path))? == std::fs::read(&part).map_err(BackupError::at(&part))?;
            std::fs::remove_file(&part).map_err(BackupError::at(&part))?;
            return if same { Ok(()) } else { Err(BackupError::There(path.display().to_string())) };
        }
        std::fs::rename(&part, &path).map_err(BackupError::at(&path))
    }
}

fn part(path: &Path) -> std::path::PathBuf {
    let mut part = path.to_owned();
    part.as_mut_os_string().push(PART);
    part
}
