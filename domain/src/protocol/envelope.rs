//! The signed envelope around every message: `[version u8][signature 64 bytes][JSON]`.
//!
//! The signature is Ed25519 over a context line and the JSON bytes. It is made and checked outside this crate (keys are secrets; this
//! crate only says which bytes are signed and how they are laid out).

/// Version byte of the layout.
pub const LAYOUT: u8 = 1;
/// Length of an Ed25519 signature.
pub const SIGNATURE: usize = 64;

/// Why bytes are not an envelope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeError {
    /// Shorter than version and signature.
    #[error("message of {0} bytes is too short to be signed")]
    TooShort(usize),
    /// Longer than [`super::MAX_MESSAGE`].
    #[error("message of {0} bytes is too long")]
    TooLong(usize),
    /// A layout this build does not know.
    #[error("unknown layout {0}")]
    Layout(u8),
}

/// The bytes that are signed: direction and edge, so that a message cannot be replayed for another edge or the other way, then the JSON.
#[must_use]
pub fn signed_bytes(topic: &str, json: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(topic.len() + 10 + json.len());
    bytes.extend_from_slice(b"qitao/");
    bytes.extend_from_slice(topic.as_bytes());
    bytes.push(b'\n');
    bytes.extend_from_slice(json);
    bytes
}

/// Lays version, signature and JSON out.
#[must_use]
pub fn seal(signature: &[u8; SIGNATURE], json: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(1 + SIGNATURE + json.len());
    bytes.push(LAYOUT);
    bytes.extend_from_slice(signature);
    bytes.extend_from_slice(json);
    bytes
}

/// Takes an envelope apart without checking the signature.
///
/// # Errors
/// [`EnvelopeError`] when the bytes cannot be one.
pub fn open(bytes: &[u8]) -> Result<([u8; SIGNATURE], &[u8]), EnvelopeError> {
    if bytes.len() > super::MAX_MESSAGE {
        return Err(EnvelopeError::TooLong(bytes.len()));
    }
    let Some((layout, rest)) = bytes.split_first() else { return Err(EnvelopeError::TooShort(0)) };
    let Some((signature, json)) = rest.split_first_chunk::<SIGNATURE>() else { return Err(EnvelopeError::TooShort(bytes.len())) };
    if *layout == LAYOUT { Ok((*signature, json)) } else { Err(EnvelopeError::Layout(*layout)) }
}
