//! Inputs that came under a key of their sender's: answered once, remembered with the fact in the same batch.
//!
//! A page that has lost the answer sends again, perhaps to a restarted agent, and perhaps an hour later: a handset that was out of reach. So each
//! station's last [`REMEMBERED`] keys are kept, however many the others bring meanwhile; a page sends one at a time.
//! Only those who bring the same key wait for each other; different keys share their flushes like scans from a wire.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use qitao_domain::event::Fact;
use qitao_domain::ids::{Seq, StationId};
use serde::{Deserialize, Serialize};

use super::{Core, Recorded};
use crate::outbox::{Append, Outbox, OutboxError};

/// Keys remembered of each station.
const REMEMBERED: usize = 50;
const PREFIX: &str = "once/";

#[derive(Serialize, Deserialize)]
struct Row {
    key: String,
    fact: Fact,
}

/// Keys that are being answered, and keys that were.
pub(super) struct Once {
    turns: Mutex<BTreeMap<String, Arc<tokio::sync::Mutex<()>>>>,
    answered: Mutex<Answered>,
}

/// Keys answered so far by station, oldest first, with the numbers of their rows.
#[derive(Default)]
struct Answered {
    stations: BTreeMap<StationId, VecDeque<(u64, String)>>,
    next: u64,
}

/// The right to answer a key: whoever brings the same key waits until this is dropped.
pub(super) struct Turn<'a> {
    once: &'a Once,
    key: &'a str,
    held: Option<tokio::sync::OwnedMutexGuard<()>>,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        drop(self.held.take());
        let mut turns = lock(&self.once.turns);
        // Who waits holds a clone, made under the same lock; the last one to leave takes the entry away.
        if turns.get(self.key).is_some_and(|turn| Arc::strong_count(turn) == 1) {
            turns.remove(self.key);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing between lock and unlock can panic half way through a change.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A key to be kept together with the fact that answers it.
pub(super) struct Kept {
    key: String,
    station: StationId,
    number: u64,
    /// One, or more than one of those that an earlier agent kept.
    forget: Vec<u64>,
}

impl Once {
    /// What was kept.
    pub(super) fn read(outbox: &Outbox) -> Self {
        let mut answered = Answered::default();
        for (number, row) in outbox.states::<Row>(PREFIX) {
            if let Ok(number) = number.parse() {
                answered.stations.entry(row.fact.station).or_default().push_back((number, row.key));
                answered.next = number + 1;
            }
        }
        Self { turns: Mutex::default(), answered: Mutex::new(answered) }
    }

    /// Waits until nobody else answers this key.
    pub(super) async fn turn<'a>(&'a self, key: &'a str) -> Turn<'a> {
        let turn = lock(&self.turns).entry(key.to_owned()).or_default().clone();
        // Made before waiting, so that giving up leaves no entry behind.
        let mut mine = Turn { once: self, key, held: None };
        mine.held = Some(turn.lock_owned().await);
        mine
    }

    /// The first answer to this key at this station. Asked under the key's turn, so that an answer on its way is seen.
    pub(super) fn answer(&self, core: &Core, station: &StationId, key: &str) -> Option<Arc<Recorded>> {
        let number = {
            let answered = lock(&self.answered);
            answered.stations.get(station)?.iter().rev().find(|(_, known)| known == key)?.0
        };
        let row = core.outbox.state::<Row>(&row_key(number)).filter(|row| row.key == key && row.fact.station == *station)?;
        // Its place in the stream is not needed again; that it is there is what counts.
        Some(Arc::new(Recorded { order: 0, fact: row.fact, seq: Some(Seq(0)), station: core.station_or_new(station) }))
    }

    /// The place for a key of a station, and whose places it takes. Called, with [`Once::keep`], in the order of decisions.
    pub(super) fn place(&self, station: &StationId, key: &str) -> Kept {
        let answered = lock(&self.answered);
        let kept = answered.stations.get(station);
        let beyond = kept.map_or(0, |kept| (kept.len() + 1).saturating_sub(REMEMBERED));
        let forget = kept.into_iter().flatten().take(beyond).map(|(number, _)| *number).collect();
        Kept { key: key.to_owned(), station: station.clone(), number: answered.next, forget }
    }

    /// Remembers a key whose rows are made.
    pub(super) fn keep(&self, kept: Kept) {
        let Kept { key, station, number, forget } = kept;
        let mut answered = lock(&self.answered);
        answered.next = number + 1;
        let of_station = answered.stations.entry(station).or_default();
        of_station.drain(..forget.len().min(of_station.len()));
        of_station.push_back((number, key));
    }
}

impl Kept {
    pub(super) fn put(&self, rows: &mut Append, fact: &Fact) -> Result<(), OutboxError> {
        for old in &self.forget {
            rows.delete(row_key(*old));
        }
        rows.put(row_key(self.number), &Row { key: self.key.clone(), fact: fact.clone() })
    }
}

fn row_key(number: u64) -> String {
    format!("{PREFIX}{number:020}")
}
