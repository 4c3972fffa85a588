//! Messages from and to bytes, for bytes that anybody may have sent.
//!
//! Length and depth are bounded before anything is built. An error says what to do with the message; none of them is a reason to stop.

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;

use super::{Down, MAX_MESSAGE, Up};
use crate::ids::ScanId;

/// Deepest nesting of arrays and objects in a message.
pub const MAX_DEPTH: usize = 32;

const UP: &[&str] = &["hello", "batch", "tasks_ack", "health"];
const DOWN: &[&str] = &["welcome", "ack", "nack", "refused", "datasets", "tasks", "progress"];

/// What to do with bytes that are not a message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProtocolError {
    /// Ignore it: the other side is newer and says something that this build does not know. Nothing is wrong.
    #[error("message of type {0:?} is not known to this version; ignored")]
    IgnoreNewer(String),
    /// Drop it and count it against the sender: it breaks the protocol.
    #[error("not a message: {0}")]
    Drop(String),
    /// Do not send it: it would be refused on arrival. Send less at once.
    #[error("message of {length} bytes is longer than {MAX_MESSAGE}")]
    SendLess {
        /// Bytes it would have.
        length: usize,
    },
}

/// A message from an edge.
///
/// # Errors
/// [`ProtocolError::IgnoreNewer`] or [`ProtocolError::Drop`].
pub fn decode_up(json: &[u8]) -> Result<Up, ProtocolError> {
    decode(json, UP)
}

/// A message from the hub.
///
/// # Errors
/// [`ProtocolError::IgnoreNewer`] or [`ProtocolError::Drop`].
pub fn decode_down(json: &[u8]) -> Result<Down, ProtocolError> {
    decode(json, DOWN)
}

/// A message as bytes, without envelope.
///
/// # Errors
/// [`ProtocolError::SendLess`] when it would be too long with its envelope.
pub fn encode(message: &impl Serialize) -> Result<Vec<u8>, ProtocolError> {
    let json = serde_json::to_vec(message).map_err(|e| ProtocolError::Drop(e.to_string()))?;
    let length = json.len() + 1 + super::envelope::SIGNATURE;
    if length > MAX_MESSAGE { Err(ProtocolError::SendLess { length }) } else { Ok(json) }
}

/// The id of a fact that may or may not be readable as a whole.
#[must_use]
pub fn scan_of(fact: &Value) -> Option<ScanId> {
    fact.get("scan")?.as_str()?.parse().ok()
}

fn decode<M: DeserializeOwned>(json: &[u8], types: &[&str]) -> Result<M, ProtocolError> {
    #[derive(Deserialize)]
    struct Type {
        r#type: String,
    }
    if json.len() > MAX_MESSAGE {
        return Err(ProtocolError::Drop(format!("{} bytes are too long", json.len())));
    }
    if deeper_than(MAX_DEPTH, json) {
        return Err(ProtocolError::Drop(format!("nested deeper than {MAX_DEPTH}")));
    }
    serde_json::from_slice(json).map_err(|error| match serde_json::from_slice::<Type>(json) {
        Ok(Type { r#type }) if !types.contains(&r#type.as_str()) => ProtocolError::IgnoreNewer(short(&r#type)),
        _ => ProtocolError::Drop(short(&error.to_string())),
    })
}

/// Hostile text goes into logs only in part.
fn short(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(200).collect()
}

/// Counts brackets outside strings; right for all JSON, and harmless for anything else because the parser comes after.
fn deeper_than(limit: usize, json: &[u8]) -> bool {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for byte in json {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'[' | b'{' if !in_string => {
                depth += 1;
                if depth > limit {
                    return true;
                }
            }
            b']' | b'}' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_inside_strings_are_not_depth() {
        assert!(!deeper_than(1, br#"["[[[[\"[[["]"#));
        assert!(deeper_than(1, b"[[1]]"));
        assert!(!deeper_than(1, b"[1][2][3]"));
    }

    #[test]
    fn a_type_of_the_future_is_ignored_and_a_broken_message_is_dropped() {
        assert_eq!(decode_up(br#"{"type":"selfie","x":1}"#), Err(ProtocolError::IgnoreNewer("selfie".into())));
        assert!(matches!(decode_up(br#"{"type":"hello"}"#), Err(ProtocolError::Drop(e)) if e.contains("missing field")));
        assert!(matches!(decode_down(br#"{"type":"hello"}"#), Err(ProtocolError::IgnoreNewer(_))));
        assert!(matches!(decode_up(b"\xff\xfe"), Err(ProtocolError::Drop(_))));
        assert!(matches!(decode_up(b""), Err(ProtocolError::Drop(_))));
    }

    #[test]
    fn a_message_that_would_be_refused_is_not_sent() {
        let long = "x".repeat(MAX_MESSAGE);
        assert!(matches!(encode(&long), Err(ProtocolError::SendLess { .. })));
        assert_eq!(encode(&Up::TasksAck { through: 7 }).unwrap(), br#"{"type":"tasks_ack","through":7}"#);
    }
}
