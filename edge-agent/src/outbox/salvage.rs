//! The last rung of the ladder: a fresh database with what the raw files of the old one still hold, under a new epoch.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::{Path, PathBuf};

use qitao_domain::ids::Epoch;
use qitao_domain::stream::Place;

use super::OutboxError;
use super::place::Filed;
use super::record::{Kind, PLACE_KEY, Record, fact_key, state_key};
use super::recovery::{Failure, Ladder, Opened};
use super::spare::{Spare, carve_folder};
use super::store::{Store, StoreError, WriteBatch};
use super::survey::note;

impl Ladder<'_> {
    /// The last rung: what the raw files still hold goes into a fresh database, under a new epoch.
    pub(super) fn salvage(mut self, db: &Path, filed: Option<Filed>, spare: &Spare) -> Result<Opened, OutboxError> {
        let mut facts = BTreeMap::new();
        let mut states: HashMap<String, (u64, Vec<u8>)> = HashMap::new();
        let mut place = filed.map(|f| f.place);
        let acked = place.map_or(0, |p| p.acked_row);
        let shelf = self.folder.join("quarantine");
        let copies =
            fs::read_dir(&shelf).map(|entries| entries.filter_map(|e| e.ok().map(|e| e.path())).collect::<Vec<_>>()).unwrap_or_default();
        {
            let mut take = |r: &Record<'_>| match r.kind {
                Kind::Fact if r.number > acked => drop(facts.insert(r.number, r.encode())),
                Kind::Fact => {}
                Kind::State => {
                    let kept = states.entry(r.key.to_owned()).or_default();
                    if r.number >= kept.0 {
                        *kept = (r.number, r.payload.to_vec());
                    }
                }
                Kind::Place => {
                    if let Ok(found) = serde_json::from_slice::<Place>(r.payload) {
                        place = Some(place.map_or(found, |p| newer(p, found)));
                    }
                }
            };
            // The newest quarantined folder is the original of this very database.
            for folder in copies.iter().max().into_iter().map(PathBuf::as_path).chain([db]) {
                carve_folder(folder, &mut take);
            }
            spare.read(&mut take);
        }
        let writes = states.values().map(|(n, _)| *n).max().unwrap_or(0).max(filed.map_or(0, |f| f.writes));
        states.retain(|_, (_, payload)| !payload.is_empty());
        if db.exists() {
            self.quarantine(db)?;
        }
        let mut place = place.unwrap_or_default();
        facts.retain(|row, _| *row > place.acked_row);
        place.next_row = place.next_row.max(facts.last_key_value().map_or(0, |(row, _)| row + 1));
        place.oldest_row = place.acked_row + 1;
        place.turn += 1;
        place.epoch = Epoch(0);
        let holes = (place.next_row - place.oldest_row) - facts.len() as u64;
        self.rung(format!(
            "the database is in quarantine; {} facts not yet sent and {} pieces of state were read from its files, {holes} facts are reported as lost; \
             a new epoch is asked for",
            facts.len(),
            states.len()
        ));
        let (store, _) = self.attempt(db, 0).map_err(|failure| match failure {
            Failure::Error(error) => OutboxError::from(error),
            other => StoreError::Damaged(other.to_string()).into(),
        })?;
        self.refill(&*store, &place, &facts, &states)?;
        let states = states.into_iter().map(|(key, (_, value))| (key, value.into())).collect();
        Ok(Opened { store, place, states, writes, dead: Vec::new(), rungs: self.rungs })
    }

    fn refill(
        &self,
        store: &dyn Store,
        place: &Place,
        facts: &BTreeMap<u64, Vec<u8>>,
        states: &HashMap<String, (u64, Vec<u8>)>,
    ) -> Result<(), OutboxError> {
        let now = (self.options.now_ms)();
        let rows: Vec<u64> = (place.oldest_row..place.next_row).collect();
        for chunk in rows.chunks(1000) {
            let mut batch = WriteBatch::default();
            for row in chunk {
                batch.put(fact_key(*row), facts.get(row).cloned().unwrap_or_else(|| note(*row, None, now)));
            }
            store.commit(batch)?;
        }
        let mut batch = WriteBatch::default();
        let payload = serde_json::to_vec(place)?;
        batch.put(
            PLACE_KEY.to_vec(),
            Record { kind: Kind::Place, number: place.turn, written_ms: now, key: "", payload: &payload }.encode(),
        );
        for (key, (number, payload)) in states {
            batch.put(state_key(key), Record { kind: Kind::State, number: *number, written_ms: now, key, payload }.encode());
        }
        Ok(store.commit(batch)?)
    }
}

/// Of two copies of the place, the one that knows more.
fn newer(a: Place, b: Place) -> Place {
    let (newer, older) = if (b.turn, b.acked_row) > (a.turn, a.acked_row) { (b, a) } else { (a, b) };
    Place { next_row: newer.next_row.max(older.next_row), ..newer }
}
