//! An S3-compatible store: requests are signed for a few minutes each (AWS signature version 4) and carry bytes as streams.

use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;

use futures_util::{StreamExt as _, TryStreamExt as _};
use reqwest::{Body, Client, Response, StatusCode, Url, header};
use rusty_s3::{Bucket, Credentials, S3Action as _, UrlStyle};
use serde::Deserialize;
use tempfile::TempPath;
use tokio::io::AsyncWriteExt as _;

use super::{Bytestream, FileError, Key, Local, Store, disk, keeper};

/// So long a signature holds: until a request has begun.
const SIGNED: Duration = Duration::from_secs(300);
/// So long nothing may come.
const SILENCE: Duration = Duration::from_secs(60);
/// Tries of a request that the store could not serve, and the pause before the first repetition.
const TRIES: u32 = 4;
const PAUSE: Duration = Duration::from_millis(200);

/// Where the store is.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Setting {
    /// `https://host`.
    pub endpoint: String,
    /// Name of the bucket.
    pub bucket: String,
    /// Region, as the store calls it.
    #[serde(default = "somewhere")]
    pub region: String,
    /// Access key; QITAO_S3_KEY goes before it.
    #[serde(default)]
    pub key: String,
    /// Secret key; QITAO_S3_SECRET goes before it.
    #[serde(default)]
    pub secret: String,
    /// The bucket stands in the host's name and not in the path.
    #[serde(default)]
    pub in_host: bool,
}

fn somewhere() -> String {
    "us-east-1".to_owned()
}

/// Without the secret.
impl std::fmt::Debug for Setting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Setting").field("endpoint", &self.endpoint).field("bucket", &self.bucket).finish_non_exhaustive()
    }
}

/// A bucket.
pub struct S3 {
    bucket: Bucket,
    credentials: Credentials,
    client: Client,
}

fn failed(error: impl std::fmt::Display) -> FileError {
    FileError::Store(error.to_string())
}

/// What went wrong without the address: it holds a signature.
fn sent(error: reqwest::Error) -> FileError {
    failed(error.without_url())
}

impl S3 {
    /// A bucket by setting; it is not asked for yet.
    ///
    /// # Errors
    /// [`FileError::Store`] when the setting is none.
    pub fn open(setting: &Setting) -> Result<Self, FileError> {
        let endpoint: Url = setting.endpoint.parse().map_err(|error| failed(format!("files endpoint: {error}")))?;
        let style = if setting.in_host { UrlStyle::VirtualHost } else { UrlStyle::Path };
        let bucket = Bucket::new(endpoint, style, setting.bucket.clone(), setting.region.clone()).map_err(failed)?;
        let client = Client::builder().connect_timeout(Duration::from_secs(10)).read_timeout(SILENCE).build().map_err(sent)?;
        Ok(Self { bucket, credentials: Credentials::new(setting.key.clone(), setting.secret.clone()), client })
    }

    /// Asks again when the store is overrun or away.
    async fn again<F>(&self, ask: impl Fn() -> F) -> Result<Response, FileError>
    where
        F: Future<Output = Result<Response, FileError>>,
    {
        let (mut pause, mut tries) = (PAUSE, 1);
        loop {
            match ask().await {
                Ok(response) if response.status().is_success() => return Ok(response),
                Ok(response) if response.status() == StatusCode::NOT_FOUND => return Err(FileError::Gone),
                Ok(response) if tries >= TRIES || !response.status().is_server_error() && response.status() != 429 => {
                    return Err(failed(format!("the store answered {}", response.status())));
                }
                Err(error) if tries >= TRIES || matches!(error, FileError::Gone) => return Err(error),
                _ => tokio::time::sleep(pause).await,
            }
            (pause, tries) = (pause * 2, tries + 1);
        }
    }

    async fn get(&self, key: &Key) -> Result<Response, FileError> {
        self.again(|| async {
            let url = self.bucket.get_object(Some(&self.credentials), key.text()).sign(SIGNED);
            self.client.get(url).send().await.map_err(sent)
        })
        .await
    }
}

#[async_trait::async_trait]
impl Store for S3 {
    async fn put(&self, key: &Key, from: TempPath) -> Result<(), FileError> {
        self.again(|| async {
            let file = tokio::fs::File::open(&from).await?;
            let length = file.metadata().await?.len();
            let url = self.bucket.put_object(Some(&self.credentials), key.text()).sign(SIGNED);
            let body = Body::wrap_stream(disk::stream(file));
            self.client.put(url).header(header::CONTENT_LENGTH, length).body(body).send().await.map_err(sent)
        })
        .await
        .map(drop)
    }

    async fn read(&self, key: &Key) -> Result<Bytestream, FileError> {
        let pieces = self.get(key).await?.bytes_stream();
        Ok(pieces.map_err(|error| std::io::Error::new(ErrorKind::ConnectionAborted, error.without_url())).boxed())
    }

    async fn local(&self, key: &Key, folder: &Path) -> Result<Local, FileError> {
        let copy = tempfile::Builder::new().prefix(keeper::DRAFT).tempfile_in(folder)?.into_temp_path();
        let mut file = tokio::fs::OpenOptions::new().write(true).open(&copy).await?;
        let mut pieces = self.read(key).await?;
        while let Some(piece) = pieces.next().await {
            file.write_all(&piece?).await?;
        }
        file.flush().await?;
        Ok(Local::Copy(copy))
    }

    async fn delete(&self, key: &Key) -> Result<(), FileError> {
        let ask = || async {
            let url = self.bucket.delete_object(Some(&self.credentials), key.text()).sign(SIGNED);
            self.client.delete(url).send().await.map_err(sent)
        };
        match self.again(ask).await {
            Ok(_) | Err(FileError::Gone) => Ok(()),
            Err(error) => Err(error),
        }
    }
}
