//! What the uplink reads: facts in order, without gaps, whatever became of single rows.

use std::sync::PoisonError;

use qitao_domain::ids::Seq;

use super::record::{Kind, Record, fact_key, row_of};
use super::store::StoreError;
use super::{OutboxError, Shared, lock, survey};

/// A fact as it lies in the outbox.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Its place in the stream of the current epoch.
    pub seq: Seq,
    /// When it was written, by the wall clock.
    pub written_ms: i64,
    /// Bytes of it as JSON.
    pub bytes: usize,
    /// The fact, or a note that it was lost; the hub keeps either.
    pub fact: serde_json::Value,
}

/// Up to `max` facts from `first` on. Blocks.
pub(super) fn rows(shared: &Shared, first: Seq, max: usize) -> Result<Vec<Row>, OutboxError> {
    let place = *lock(&shared.place);
    let from = place.row(first).max(place.oldest_row);
    let to = place.next_row.min(from.saturating_add(max as u64));
    if from >= to {
        return Ok(Vec::new());
    }
    shared.cover(to - 1).map_err(StoreError::from)?;
    let store = shared.store.read().unwrap_or_else(PoisonError::into_inner);
    let store = store.as_ref().ok_or(OutboxError::Stopped)?;
    let mut rows: Vec<Row> = Vec::with_capacity(usize::try_from(to - from).unwrap_or(0));
    // A hole or a damaged row becomes a note in its place, so that one bad row never blocks the stream and nothing is lost silently.
    let fill = |rows: &mut Vec<Row>, row: u64| {
        let missing = from + rows.len() as u64..row;
        rows.extend(missing.map(|row| Row { seq: place.seq(row), written_ms: 0, bytes: 100, fact: survey::lost(row, None) }));
    };
    store.scan(&fact_key(from), &fact_key(to), &mut |key, value| {
        let row = row_of(key);
        fill(&mut rows, row);
        let record = Record::decode(value).ok().filter(|r| r.kind == Kind::Fact && r.number == row);
        let fact = record.and_then(|r| serde_json::from_slice(r.payload).ok());
        rows.push(Row {
            seq: place.seq(row),
            written_ms: record.map_or(0, |r| r.written_ms),
            bytes: value.len(),
            fact: fact.unwrap_or_else(|| survey::lost(row, Some(value))),
        });
        true
    })?;
    // A hole as long as what was asked for would otherwise read as "nothing there", for ever.
    fill(&mut rows, to);
    // Retention announces what it lets go before it does; so a row that was deleted during the scan is not mistaken for a lost one.
    let oldest = lock(&shared.place).oldest_row;
    rows.drain(..rows.iter().take_while(|row| place.row(row.seq) < oldest).count());
    Ok(rows)
}
