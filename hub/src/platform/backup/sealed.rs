//! Writing a backup: the database tells its lines, a thread packs, encrypts and writes them.

use std::fs::File;
use std::io::{BufWriter, Read as _, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use age::secrecy::{ExposeSecret as _, SecretString};
use age::x25519;
use data_encoding::BASE64;
use tokio::sync::mpsc;

use super::{At, BackupError, Contents, Kept};
use crate::db::Db;
use crate::db::archive::{Counted, Line, dump};

/// Lines that wait for the disk.
const WAITING: usize = 1_000;
/// Bytes of a file in one line.
const PIECE: usize = 48 * 1024;
/// Effort of the packing: 3 is Zstandard's own choice.
const EFFORT: i32 = 3;

/// Who can open a backup.
pub enum Lock {
    /// Whoever has the key of this recipient.
    Recipient(x25519::Recipient),
    /// Whoever knows the passphrase.
    Passphrase(SecretString),
}

impl std::fmt::Debug for Lock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Recipient(_) => "Recipient",
            Self::Passphrase(_) => "Passphrase",
        })
    }
}

impl Lock {
    /// For a recipient as it is written: `age1…`.
    ///
    /// # Errors
    /// [`BackupError::Recipient`].
    pub fn recipient(text: &str) -> Result<Self, BackupError> {
        text.trim().parse().map(Self::Recipient).map_err(|_| BackupError::Recipient(text.to_owned()))
    }

    fn encryptor(self) -> Result<age::Encryptor, BackupError> {
        match self {
            Self::Passphrase(passphrase) => Ok(age::Encryptor::with_user_passphrase(passphrase)),
            Self::Recipient(recipient) => age::Encryptor::with_recipients(std::iter::once(&recipient as &dyn age::Recipient))
                .map_err(|error| BackupError::Recipient(error.to_string())),
        }
    }
}

/// Makes a key for backups, in a file for its owner alone; the recipient that belongs to it.
///
/// # Errors
/// [`BackupError::File`], also when the file is there already.
pub fn new_key(path: &Path) -> Result<String, BackupError> {
    let key = x25519::Identity::generate();
    let recipient = key.to_public().to_string();
    let mut file = File::options().write(true).create_new(true).mode(0o600).open(path).map_err(BackupError::at(path))?;
    let written = writeln!(file, "# public key: {recipient}\n{}", key.to_string().expose_secret()).and_then(|()| file.sync_all());
    written.map_err(BackupError::at(path))?;
    Ok(recipient)
}

/// Says which files there are; asked when all rows are written: a file that a row names was there before the row.
pub trait ListFiles: FnOnce() -> Result<Vec<Kept>, BackupError> + Send + 'static {}

impl<F: FnOnce() -> Result<Vec<Kept>, BackupError> + Send + 'static> ListFiles for F {}

/// Writes a backup of database and files to a path, where nothing may be yet. Others work on meanwhile. `say` hears of each table.
///
/// # Errors
/// [`BackupError`]; then there is no file of that name.
pub async fn back_up(db: &Db, files: impl ListFiles, to: &Path, lock: Lock, say: impl FnMut(&str, u64)) -> Result<Contents, BackupError> {
    let (lines, waiting) = mpsc::channel(WAITING);
    let path = to.to_owned();
    let writing = tokio::task::spawn_blocking(move || write(&path, lock, waiting, files));
    let told = dump(db, &lines, say).await;
    drop(lines);
    // What went wrong with the file is the reason why the database could not go on telling.
    let written = writing.await.map_err(|_| BackupError::Ended)?;
    match (told, written) {
        (_, Err(error @ BackupError::File { .. })) => Err(error),
        (Err(error), _) => Err(error.into()),
        (Ok(Counted { .. }), written) => written,
    }
}

fn write(to: &Path, lock: Lock, waiting: mpsc::Receiver<Line>, files: impl ListFiles) -> Result<Contents, BackupError> {
    if to.exists() {
        return Err(BackupError::at(to)(std::io::ErrorKind::AlreadyExists.into()));
    }
    let beside = beside(to);
    let written = write_beside(&beside, lock, waiting, files).and_then(|contents| {
        std::fs::rename(&beside, to).map_err(BackupError::at(to))?;
        let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(BackupError::at(folder))?;
        Ok(contents)
    });
    if written.is_err() {
        // There is nothing in it that anybody could use; one that stays is written over by the next.
        drop(std::fs::remove_file(&beside));
    }
    written
}

/// Where a backup is written before it has its name.
fn beside(to: &Path) -> PathBuf {
    let mut beside = to.to_owned();
    beside.as_mut_os_string().push(".part");
    beside
}

fn write_beside(path: &Path, lock: Lock, mut waiting: mpsc::Receiver<Line>, files: impl ListFiles) -> Result<Contents, BackupError> {
    let failed = BackupError::at(path);
    let file = File::options().write(true).create(true).truncate(true).mode(0o600).open(path).map_err(BackupError::at(path))?;
    let write = move || -> Result<Option<(Contents, File)>, WriteError> {
        let encrypted = lock.encryptor()?.wrap_output(BufWriter::new(file))?;
        let mut out = zstd::stream::write::Encoder::new(encrypted, EFFORT)?;
        let (mut contents, mut whole) = (Contents::default(), false);
        while let Some(line) = waiting.blocking_recv() {
            match &line {
                Line::Rows(n) => {
                    contents.tables += 1;
                    contents.rows += n;
                }
                Line::Counters(_) => whole = true,
                _ => {}
            }
            put(&mut out, &line)?;
        }
        if !whole {
            return Ok(None);
        }
        for kept in files().map_err(WriteError::Lock)? {
            contents.files += u64::from(put_file(&mut out, &kept)?);
        }
        put(&mut out, &Line::End { tables: contents.tables, rows: contents.rows, files: contents.files })?;
        let file = out.finish()?.finish()?.into_inner().map_err(std::io::IntoInnerError::into_error)?;
        file.sync_all()?;
        contents.bytes = file.metadata()?.len();
        Ok(Some((contents, file)))
    };
    match write() {
        Ok(Some((contents, _))) => Ok(contents),
        Ok(None) => Err(BackupError::Ended),
        Err(WriteError::Lock(error)) => Err(error),
        Err(WriteError::Disk(error)) => Err(failed(error)),
    }
}

enum WriteError {
    Lock(BackupError),
    Disk(std::io::Error),
}

impl From<BackupError> for WriteError {
    fn from(error: BackupError) -> Self {
        Self::Lock(error)
    }
}

impl From<std::io::Error> for WriteError {
    fn from(error: std::io::Error) -> Self {
        Self::Disk(error)
    }
}

fn put(out: &mut impl Write, line: &Line) -> std::io::Result<()> {
    serde_json::to_writer(&mut *out, line)?;
    out.write_all(b"\n")
}

/// Writes a file; false when it is gone meanwhile, as one that somebody has just taken away.
fn put_file(out: &mut impl Write, kept: &Kept) -> Result<bool, WriteError> {
    // A copy is gone when it has been written.
    let copy = match &kept.at {
        At::Disk(_) => None,
        At::Bucket(bucket, key) => match bucket.fetch(key)? {
            None => return Ok(false),
            copy => copy,
        },
    };
    let path = match (&kept.at, &copy) {
        (At::Disk(path), _) => path.as_path(),
        (At::Bucket(..), Some(copy)) => copy.path(),
        (At::Bucket(..), None) => return Ok(false),
    };
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(BackupError::at(path)(error).into()),
    };
    put(out, &Line::File(kept.name.clone()))?;
    let mut piece = vec![0; PIECE];
    loop {
        let n = file.read(&mut piece).map_err(BackupError::at(path))?;
        if n == 0 {
            return Ok(true);
        }
        put(out, &Line::Piece(BASE64.encode(&piece[..n])))?;
    }
}
