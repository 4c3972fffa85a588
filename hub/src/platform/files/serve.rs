//! Files that are sent out: as a thing to save, under a name that no header can be broken with, and never as a page of the hub.

use axum::body::Body;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt as _;

use super::{FileError, Files, Stored};

/// How a file is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// To be saved.
    Download,
    /// To be shown where it is, if it is a picture.
    Inline,
    /// Its small picture.
    Thumbnail,
}

/// Nothing in it may run, load, be framed or reach the hub with the reader's session.
const SANDBOX: HeaderValue = HeaderValue::from_static("sandbox; default-src 'none'; img-src 'self'; frame-ancestors 'none'");

/// `Content-Disposition` (RFC 6266, RFC 8187): a plain name for old readers, the true one in UTF-8.
#[must_use]
pub fn disposition(how: &str, name: &str) -> HeaderValue {
    let plain: String = name.chars().map(|c| if c.is_ascii_graphic() && !"\"\\%;".contains(c) || c == ' ' { c } else { '_' }).collect();
    let mut true_name = String::with_capacity(name.len() * 3);
    for byte in name.bytes() {
        match byte {
            b if b.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&b) => true_name.push(char::from(b)),
            b => true_name.push_str(&format!("%{b:02X}")),
        }
    }
    HeaderValue::from_str(&format!("{how}; filename=\"{plain}\"; filename*=UTF-8''{true_name}"))
        .unwrap_or(HeaderValue::from_static("attachment"))
}

/// The answer with a file's bytes.
///
/// # Errors
/// [`FileError::Gone`] when the store has it no more.
pub async fn answer(files: &Files, file: &Stored, shown: Shown) -> Result<Response, FileError> {
    let key = file.key()?;
    let (key, media, bytes) = match shown {
        Shown::Thumbnail if file.has_thumbnail() => (key.thumbnail(), "image/jpeg", None),
        Shown::Thumbnail => return Err(FileError::Gone),
        Shown::Download | Shown::Inline => (key, file.media.as_str(), Some(file.bytes)),
    };
    let inline = shown != Shown::Download && media.starts_with("image/");
    let stream =
        files.store.read(&key).await?.map(|piece| piece.inspect_err(|error| tracing::error!(%error, "a file broke off while it was sent")));
    // Whoever packs the answer asks once more after its end.
    let mut response = Body::from_stream(stream.fuse()).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_str(media).unwrap_or(HeaderValue::from_static("application/octet-stream")));
    headers.insert(header::CONTENT_DISPOSITION, disposition(if inline { "inline" } else { "attachment" }, &file.name));
    headers.insert(header::CONTENT_SECURITY_POLICY, SANDBOX);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    if let Some(bytes) = bytes {
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(bytes));
    }
    Ok(response)
}
