//! A look over an open database: what is in it, and what should be and is not.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use data_encoding::BASE64;
use qitao_domain::stream::Place;

use super::record::{Kind, PLACE_KEY, Record, fact_key, row_of, state_key};
use super::store::{Store, StoreError};

pub(super) type States = BTreeMap<String, Arc<[u8]>>;

/// What stands in the stream for a fact that cannot be read any more.
pub(super) fn lost(row: u64, bytes: Option<&[u8]>) -> serde_json::Value {
    let mut note = serde_json::json!({ "lost": { "row": row } });
    if let Some(bytes) = bytes {
        note["lost"]["bytes"] = BASE64.encode(&bytes[..bytes.len().min(4096)]).into();
    }
    note
}

/// What a look over an open database found.
pub(super) struct Survey {
    pub place: Option<Place>,
    pub states: States,
    pub dead: Vec<String>,
    pub writes: u64,
    pub last_row: u64,
    /// Rows not yet acked that are damaged (with their bytes) or missing.
    pub bad: Vec<(u64, Option<Vec<u8>>)>,
    pub damaged_states: usize,
}

/// The row of such a note.
pub(super) fn note(row: u64, bytes: Option<&[u8]>, now: i64) -> Vec<u8> {
    Record { kind: Kind::Fact, number: row, written_ms: now, key: "", payload: lost(row, bytes).to_string().as_bytes() }.encode()
}

/// Reads everything once; `progress` shows a watchdog that it goes on.
pub(super) fn survey(store: &dyn Store, filed_acked: u64, progress: &AtomicU64) -> Result<Survey, StoreError> {
    let mut found =
        Survey { place: None, states: States::new(), dead: Vec::new(), writes: 0, last_row: 0, bad: Vec::new(), damaged_states: 0 };
    store.scan(PLACE_KEY, b"q", &mut |_, value| {
        found.place = Record::decode(value).ok().and_then(|r| serde_json::from_slice(r.payload).ok());
        true
    })?;
    store.scan(b"s", b"t", &mut |key, value| {
        progress.fetch_add(1, Ordering::Relaxed);
        match Record::decode(value) {
            Ok(r) if state_key(r.key) == key => {
                found.writes = found.writes.max(r.number);
                if r.payload.is_empty() {
                    found.dead.push(r.key.to_owned());
                } else {
                    found.states.insert(r.key.to_owned(), r.payload.into());
                }
            }
            _ => found.damaged_states += 1,
        }
        true
    })?;
    found.last_row = store.last(b"f", b"g")?.map_or(0, |key| row_of(&key));
    let place = found.place.unwrap_or_default();
    let mut expected = filed_acked.max(place.acked_row).max(place.oldest_row.saturating_sub(1)) + 1;
    store.scan(&fact_key(expected), b"g", &mut |key, value| {
        progress.fetch_add(1, Ordering::Relaxed);
        let row = row_of(key);
        found.bad.extend((expected..row).map(|missing| (missing, None)));
        if !Record::decode(value).is_ok_and(|r| r.kind == Kind::Fact && r.number == row) {
            found.bad.push((row, Some(value.to_vec())));
        }
        expected = row + 1;
        true
    })?;
    Ok(found)
}
