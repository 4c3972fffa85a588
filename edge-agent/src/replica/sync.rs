//! Fetches data sets over HTTP: changes when they follow on what is here, the whole otherwise; resumed where a download broke off, checked
//! against the digest, and never in the way of a scan.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use qitao_domain::ids::EdgeId;
use qitao_domain::protocol::DatasetNotice;
use reqwest::header::{AUTHORIZATION, HeaderMap, RANGE};
use reqwest::{Client, Response, StatusCode};
use tokio::fs::{self, File};
use tokio::io::AsyncWriteExt as _;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::files::{Contents, FileError, digest_of};
use super::{Dataset, Replica};
use crate::http::{self, Signer};
use crate::identity::Keys;

/// Longest wait between two attempts.
const MOST_WAIT: Duration = Duration::from_secs(60);
/// Larger bodies are refused: no catalogue of one chain comes near, and the disk is needed for scans.
const MAX_BODY: u64 = 1 << 30;

/// Why a data set was not brought up to date.
#[derive(Debug, thiserror::Error)]
pub enum SyncError {
    /// Later.
    #[error("hub not reached: {0}")]
    Unreachable(String),
    /// A person must look at the hub: it refuses this edge.
    #[error("the hub answered {status}: {why}")]
    Refused {
        /// HTTP status.
        status: u16,
        /// Its words.
        why: String,
    },
    /// The changes asked for are gone: fetch the whole.
    #[error("the hub no longer has the changes since this edge's version")]
    TooOld,
    /// What came is not what the hub says it sent: fetch again.
    #[error("digest of the download is {got} instead of {wanted}")]
    Digest {
        /// What the hub said.
        wanted: String,
        /// What came.
        got: String,
    },
    /// See [`FileError`].
    #[error(transparent)]
    File(#[from] FileError),
}

impl From<std::io::Error> for SyncError {
    fn from(error: std::io::Error) -> Self {
        Self::File(error.into())
    }
}

/// Fetches for one edge.
pub struct Syncer {
    client: Client,
    hub: String,
    signer: Signer,
    replica: Arc<Replica>,
    folder: PathBuf,
}

impl Syncer {
    /// A syncer that keeps unfinished downloads in `folder`.
    #[must_use]
    pub fn new(client: Client, hub: String, edge: EdgeId, keys: Keys, replica: Arc<Replica>, folder: &Path) -> Self {
        Self { client, hub, signer: Signer::new(edge, keys), replica, folder: folder.to_owned() }
    }

    /// Follows the hub's notices until stopped. A data set that fails does not hold the others back.
    pub async fn run(self, mut notices: watch::Receiver<Vec<DatasetNotice>>, stop: CancellationToken) {
        let mut failures: u32 = 0;
        loop {
            let current = notices.borrow_and_update().clone();
            let mut failed = false;
            for notice in &current {
                let Some(dataset) = Dataset::of(&notice.name) else { continue };
                let brought = tokio::select! {
                    brought = self.bring(dataset, notice.version) => brought,
                    () = stop.cancelled() => return,
                };
                if let Err(error) = brought {
                    tracing::warn!(dataset = dataset.name(), version = notice.version, %error, "data set not brought up to date; trying again");
                    failed = true;
                }
            }
            failures = if failed { failures + 1 } else { 0 };
            let wait = Duration::from_secs(1 << failures.min(6)).min(MOST_WAIT);
            let wait = wait.mul_f64(rand::random_range(0.0..1.0)).max(Duration::from_millis(100));
            tokio::select! {
                changed = notices.changed() => if changed.is_err() { return },
                () = tokio::time::sleep(wait), if failed => {}
                () = stop.cancelled() => return,
            }
        }
    }

    /// Brings a data set to the version that the hub names, or beyond.
    ///
    /// # Errors
    /// [`SyncError`].
    pub async fn bring(&self, dataset: Dataset, wanted: u64) -> Result<(), SyncError> {
        let have = self.replica.version(dataset);
        if have == wanted {
            return Ok(());
        }
        // A hub with a lower version was restored from a backup: what we have beyond it is not true any more.
        if have > 0 && have < wanted {
            match self.fetch(dataset, Contents::Changes, have).await {
                Ok(()) => return Ok(()),
                Err(SyncError::TooOld | SyncError::File(FileError::Misfit { .. } | FileError::Damaged(_)) | SyncError::Digest { .. }) => {
                    tracing::info!(dataset = dataset.name(), have, wanted, "changes do not fit: fetching the whole data set");
                }
                Err(error) => return Err(error),
            }
        }
        self.fetch(dataset, Contents::Snapshot, 0).await
    }

    async fn fetch(&self, dataset: Dataset, contents: Contents, from: u64) -> Result<(), SyncError> {
        let name = dataset.name();
        let path = match contents {
            Contents::Snapshot => format!("/edge/v1/datasets/{name}/snapshot"),
            Contents::Changes => format!("/edge/v1/datasets/{name}/changes?from={from}"),
        };
        let body = self.folder.join(format!("{name}.part"));
        self.download(&path, &body).await?;
        let (replica, part) = (self.replica.clone(), body.clone());
        let taken = tokio::task::spawn_blocking(move || replica.take(dataset, &part, contents)).await;
        // Taken or of no use: either way it is not resumed.
        let _ = fs::remove_file(&body).await;
        let version = taken.map_err(|e| FileError::Damaged(e.to_string()))??;
        tracing::info!(dataset = name, version, ?contents, "data set is up to date");
        Ok(())
    }

    /// Downloads into `body`, going on where an earlier attempt at the same content broke off.
    async fn download(&self, path: &str, body: &Path) -> Result<(), SyncError> {
        let note = body.with_extension("part.of");
        let begun = match fs::read_to_string(&note).await {
            Ok(of) => of.strip_prefix(&format!("{path}\n")).map(str::to_owned),
            Err(_) => None,
        };
        let mut at = match (&begun, fs::metadata(body).await) {
            (Some(_), Ok(m)) => m.len(),
            _ => 0,
        };
        let mut response = self.get(path, at).await?;
        let mut wanted = digest(response.headers())?;
        if at > 0 && (response.status() != StatusCode::PARTIAL_CONTENT || begun.as_deref() != Some(&*wanted)) {
            // The content is another one now: from the beginning.
            at = 0;
            if response.status() == StatusCode::PARTIAL_CONTENT {
                response = self.get(path, 0).await?;
                wanted = digest(response.headers())?;
            }
        }
        let mut file = if at > 0 { File::options().append(true).open(body).await? } else { File::create(body).await? };
        fs::write(&note, format!("{path}\n{wanted}")).await?;
        let mut stream = response.bytes_stream();
        while let Some(piece) = stream.next().await {
            let piece = piece.map_err(|e| SyncError::Unreachable(http::words(&e)))?;
            at += piece.len() as u64;
            if at > MAX_BODY {
                return Err(FileError::Damaged("larger than any data set".into()).into());
            }
            file.write_all(&piece).await?;
        }
        file.flush().await?;
        file.sync_all().await?;
        let part = body.to_owned();
        let got = tokio::task::spawn_blocking(move || digest_of(&part)).await.map_err(|e| FileError::Damaged(e.to_string()))??;
        let _ = fs::remove_file(&note).await;
        if got != wanted {
            let _ = fs::remove_file(body).await;
            return Err(SyncError::Digest { wanted, got });
        }
        Ok(())
    }

    /// GET with the edge's signature; once more with the hub's time when our clock is off.
    async fn get(&self, path: &str, from: u64) -> Result<Response, SyncError> {
        for last in [false, true] {
            let mut request = self.client.get(format!("{}{path}", self.hub)).header(AUTHORIZATION, self.signer.sign("GET", path));
            if from > 0 {
                request = request.header(RANGE, format!("bytes={from}-"));
            }
            let response = request.send().await.map_err(|e| SyncError::Unreachable(http::words(&e)))?;
            let status = response.status();
            match status {
                _ if status.is_success() => return Ok(response),
                StatusCode::GONE => return Err(SyncError::TooOld),
                // All of it was here already; without knowing which content that is, begin anew.
                StatusCode::RANGE_NOT_SATISFIABLE if from > 0 => return Box::pin(self.get(path, 0)).await,
                _ => {}
            }
            let text = response.text().await.unwrap_or_default();
            if last || status != StatusCode::UNAUTHORIZED || !self.signer.learn(&text) {
                return Err(SyncError::Refused { status: status.as_u16(), why: http::problem(&text) });
            }
            tracing::warn!("this machine's clock differs from the hub's; requests are signed with the hub's time");
        }
        Err(SyncError::Refused { status: 401, why: "the hub does not take its own time".into() })
    }
}

fn digest(headers: &HeaderMap) -> Result<String, SyncError> {
    let value = headers.get("x-qitao-digest").and_then(|v| v.to_str().ok()).and_then(|v| v.strip_prefix("sha256="));
    value.map(|v| v.trim().to_ascii_lowercase()).ok_or_else(|| FileError::Damaged("the hub sent no digest".into()).into())
}
