//! Files that arrive: the parts of a multipart form are written beside the store piece by piece, counted while they come.

use std::io::Read as _;
use std::path::Path;

use axum::extract::multipart::{Field, MultipartError};
use axum::extract::{FromRequest as _, Multipart, Request};
use axum::http::StatusCode;
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};
use tempfile::TempPath;
use tokio::io::AsyncWriteExt as _;

use super::kind::{self, Kind};
use super::{FileError, Files, picture};

/// Most bytes of a field beside the file.
const FIELD: usize = 4_096;

/// What is taken.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Most bytes.
    pub bytes: u64,
    /// Kinds.
    pub kinds: &'static [Kind],
}

/// A file that has arrived and was looked at, still beside the store.
#[derive(Debug)]
pub struct Arrived {
    /// Where it lies.
    pub path: TempPath,
    /// Its small picture.
    pub thumbnail: Option<(TempPath, picture::Size)>,
    /// Name, made fit.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// How large it is.
    pub bytes: u64,
    /// SHA-256, in hex.
    pub digest: String,
}

/// The form of an upload.
///
/// # Errors
/// [`FileError::Upload`] when the request is none.
pub async fn multipart(request: Request) -> Result<Multipart, FileError> {
    Multipart::from_request(request, &()).await.map_err(|rejection| FileError::Upload(rejection.body_text()))
}

fn broken(limit: u64) -> impl Fn(MultipartError) -> FileError {
    move |error| match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => FileError::TooLarge { limit },
        _ => FileError::Upload(error.body_text()),
    }
}

impl Files {
    /// Takes the first file of a form in; fields before it are handed to `field`.
    ///
    /// # Errors
    /// [`FileError`] that says what to send instead.
    pub async fn receive(&self, mut form: Multipart, limits: Limits, mut field: impl FnMut(&str, String)) -> Result<Arrived, FileError> {
        let broken = broken(limits.bytes);
        while let Some(part) = form.next_field().await.map_err(&broken)? {
            match part.file_name().map(str::to_owned) {
                Some(name) => return self.take_in(part, &name, limits).await,
                None => {
                    let (name, mut text, mut part) = (part.name().unwrap_or_default().to_owned(), Vec::new(), part);
                    while let Some(piece) = part.chunk().await.map_err(&broken)? {
                        text.extend_from_slice(&piece);
                        if text.len() > FIELD {
                            return Err(FileError::Upload(format!("the field {name} is too long")));
                        }
                    }
                    field(&name, String::from_utf8_lossy(&text).into_owned());
                }
            }
        }
        Err(FileError::Nothing)
    }

    async fn take_in(&self, mut part: Field<'_>, name: &str, limits: Limits) -> Result<Arrived, FileError> {
        let path = self.draft()?;
        let mut file = tokio::fs::OpenOptions::new().write(true).open(&path).await?;
        let (mut bytes, mut digest) = (0_u64, Sha256::new());
        while let Some(piece) = part.chunk().await.map_err(broken(limits.bytes))? {
            bytes += piece.len() as u64;
            // What is too much is read to its end all the same: who is still sending would not hear the answer.
            if bytes <= limits.bytes {
                digest.update(&piece);
                file.write_all(&piece).await?;
            }
        }
        if bytes > limits.bytes {
            return Err(FileError::TooLarge { limit: limits.bytes });
        }
        file.flush().await?;
        drop(file);
        let thumbnail = self.draft()?;
        let name = name.to_owned();
        let looked = move || look(path, thumbnail, &name, limits, bytes, HEXLOWER.encode(&digest.finalize()));
        tokio::task::spawn_blocking(looked).await.map_err(|error| FileError::Store(error.to_string()))?
    }

    /// A file that the hub itself has made, ready to be kept.
    ///
    /// # Errors
    /// [`FileError::Store`].
    pub fn made(&self, path: TempPath, name: &str, kind: Kind) -> Result<Arrived, FileError> {
        let (mut file, mut digest, mut bytes, mut piece) = (std::fs::File::open(&path)?, Sha256::new(), 0, vec![0_u8; 64 * 1024]);
        loop {
            let read = file.read(&mut piece)?;
            if read == 0 {
                break;
            }
            digest.update(&piece[..read]);
            bytes += read as u64;
        }
        Ok(Arrived { name: kind::name(name, kind), digest: HEXLOWER.encode(&digest.finalize()), path, thumbnail: None, kind, bytes })
    }
}

fn look(path: TempPath, small: TempPath, name: &str, limits: Limits, bytes: u64, digest: String) -> Result<Arrived, FileError> {
    let kind = kind::of(&path)?;
    if !limits.kinds.contains(&kind) {
        return Err(FileError::Kind("not_here"));
    }
    let of = |path: &Path| picture::thumbnail(path, &small);
    let size = if kind.is_picture() { Some(of(&path)?) } else { None };
    Ok(Arrived { thumbnail: size.map(|size| (small, size)), name: kind::name(name, kind), path, kind, bytes, digest })
}
