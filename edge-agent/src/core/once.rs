//! Inputs that came under a key of their sender's: answered once, remembered with the fact in the same batch.
//!
//! A page that has lost the answer sends again, perhaps to a restarted agent. The last [`REMEMBERED`] keys are kept; a page holds far fewer unanswered.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use qitao_domain::event::Fact;
use qitao_domain::ids::{Seq, StationId};
use serde::{Deserialize, Serialize};

use super::{Core, Recorded};
use crate::outbox::{Append, Outbox, OutboxError};

const REMEMBERED: usize = 500;
const PREFIX: &str = "once/";

#[derive(Serialize, Deserialize)]
struct Row {
    key: String,
    fact: Fact,
}

/// Keys answered so far, oldest first.
#[derive(Default)]
pub(super) struct Once {
    rows: BTreeMap<String, u64>,
    order: VecDeque<(u64, String)>,
    next: u64,
}

/// A key to be kept together with the fact that answers it.
pub(super) struct Kept {
    key: String,
    number: u64,
    forget: Option<u64>,
}

impl Once {
    /// What was kept.
    pub(super) fn read(outbox: &Outbox) -> Self {
        let mut once = Self::default();
        for (number, row) in outbox.states::<Row>(PREFIX) {
            if let Ok(number) = number.parse() {
                once.rows.insert(row.key.clone(), number);
                once.order.push_back((number, row.key));
                once.next = number + 1;
            }
        }
        once
    }

    /// The first answer to this key at this station.
    pub(super) fn answered(&self, core: &Core, station: &StationId, key: &str) -> Option<Arc<Recorded>> {
        let number = self.rows.get(key)?;
        let row = core.outbox.state::<Row>(&row_key(*number)).filter(|row| row.key == key && row.fact.station == *station)?;
        // Its place in the stream is not needed again; that it is there is what counts.
        Some(Arc::new(Recorded { order: 0, fact: row.fact, seq: Some(Seq(0)), station: core.station_or_new(station) }))
    }

    /// Takes a key; the oldest beyond the limit is forgotten.
    pub(super) fn keep(&mut self, key: &str) -> Kept {
        let number = self.next;
        self.next += 1;
        self.rows.insert(key.to_owned(), number);
        self.order.push_back((number, key.to_owned()));
        let mut forget = None;
        if self.order.len() > REMEMBERED
            && let Some((old, old_key)) = self.order.pop_front()
        {
            // A key whose first try was not recorded has come again under a later number.
            if self.rows.get(&old_key) == Some(&old) {
                self.rows.remove(&old_key);
            }
            forget = Some(old);
        }
        Kept { key: key.to_owned(), number, forget }
    }
}

impl Kept {
    pub(super) fn put(self, rows: &mut Append, fact: &Fact) -> Result<(), OutboxError> {
        if let Some(old) = self.forget {
            rows.delete(row_key(old));
        }
        rows.put(row_key(self.number), &Row { key: self.key, fact: fact.clone() })
    }
}

fn row_key(number: u64) -> String {
    format!("{PREFIX}{number:020}")
}
