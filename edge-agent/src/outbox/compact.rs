//! Compaction: a drained sled database does not shrink, so the rows still alive are copied to a fresh one while nothing waits, and the two
//! change places.
//!
//! Copying goes in slices between requests. Rows appended meanwhile lie beyond the cursor and are reached by later slices; state and place are
//! copied last, from memory. The swap is two renames; whatever a crash leaves behind tells how far it came (see [`finish_swap`]).

use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::committer::Committer;
use super::record::{Kind, PLACE_KEY, Record, fact_key, row_of, state_key};
use super::store::{Store, StoreError, WriteBatch};

/// Rows copied before looking whether somebody waits.
const SLICE: u64 = 256;
/// How long to leave it after a compaction failed or was not possible.
const REST: Duration = Duration::from_secs(1800);

pub(super) enum Compaction {
    Resting { until: Option<Instant> },
    Copying { fresh: Box<dyn Store>, cursor: u64 },
}

impl Committer {
    /// Goes on with a compaction, or begins one when it is worth it. Returns as soon as a request waits.
    pub(super) fn compact(&mut self) -> Result<(), StoreError> {
        if let Compaction::Resting { until } = &self.compaction {
            if until.is_some_and(|t| Instant::now() < t) || !self.worth_compacting() {
                return Ok(());
            }
            self.begin();
        }
        while matches!(self.compaction, Compaction::Copying { .. }) && self.idle() {
            self.shared.busy();
            match self.copy_slice() {
                Ok(false) => {}
                Ok(true) => {
                    self.shared.busy();
                    return self.swap();
                }
                Err(error) => {
                    // The old database is untouched: this costs nothing but the room, which is given back.
                    tracing::warn!(%error, "compaction was given up; it is tried again later");
                    self.compaction = Compaction::Resting { until: Some(Instant::now() + REST) };
                    let _ = fs::remove_dir_all(self.folder.join("db.new"));
                }
            }
        }
        Ok(())
    }

    fn worth_compacting(&self) -> bool {
        let size = self.shared.store.read().unwrap_or_else(PoisonError::into_inner).as_ref().map_or(0, |s| s.size());
        // sled takes about twice the bytes that it is given.
        let live = (self.place.next_row - self.place.oldest_row) * self.mean * 2;
        size > self.options.compact_above && live.saturating_mul(2) < size && self.room.look().free > live.saturating_mul(2)
    }

    fn begin(&mut self) {
        let folder = self.folder.join("db.new");
        let _ = fs::remove_dir_all(&folder);
        match self.options.engine.open(&folder) {
            Ok(fresh) => {
                tracing::info!("most of the database is dead rows: copying the living to a fresh one");
                self.compaction = Compaction::Copying { fresh, cursor: self.place.oldest_row };
            }
            Err(error) => {
                tracing::warn!(%error, "no fresh database for compaction");
                self.compaction = Compaction::Resting { until: Some(Instant::now() + REST) };
            }
        }
    }

    /// `true` when everything is copied.
    fn copy_slice(&mut self) -> Result<bool, StoreError> {
        let Compaction::Copying { fresh, cursor } = &mut self.compaction else { return Ok(false) };
        let store = self.shared.store.read().unwrap_or_else(PoisonError::into_inner);
        let Some(store) = store.as_ref() else { return Ok(false) };
        let to = self.place.next_row.min(*cursor + SLICE);
        let mut batch = WriteBatch::default();
        store.scan(&fact_key(*cursor), &fact_key(to), &mut |key, value| {
            debug_assert!(row_of(key) >= *cursor);
            batch.put(key.to_vec(), value.to_vec());
            true
        })?;
        if !batch.is_empty() {
            fresh.commit(batch)?;
        }
        *cursor = to;
        Ok(to == self.place.next_row)
    }

    /// Copies state and place, and puts the fresh database in the place of the old one. From the first rename on, an error is fatal.
    fn swap(&mut self) -> Result<(), StoreError> {
        let mut batch = WriteBatch::default();
        batch.put(PLACE_KEY.to_vec(), self.place_record());
        for (key, value) in self.shared.states.read().unwrap_or_else(PoisonError::into_inner).iter() {
            let record = Record { kind: Kind::State, number: self.writes, written_ms: (self.options.now_ms)(), key, payload: value };
            batch.put(state_key(key), record.encode());
        }
        let Compaction::Copying { fresh, .. } = std::mem::replace(&mut self.compaction, Compaction::Resting { until: None }) else {
            return Ok(());
        };
        fresh.commit(batch)?;
        drop(fresh);
        // What was deleted is not in the fresh database.
        self.dead.clear();
        let mut store = self.shared.store.write().unwrap_or_else(PoisonError::into_inner);
        let before = store.as_ref().map_or(0, |s| s.size());
        drop(store.take());
        let (db, old, new) = (self.folder.join("db"), self.folder.join("db.old"), self.folder.join("db.new"));
        fs::rename(&db, &old)?;
        sync_folder(&self.folder)?;
        fs::rename(&new, &db)?;
        sync_folder(&self.folder)?;
        let fresh = self.options.engine.open(&db)?;
        tracing::info!(before, after = fresh.size(), "the database was compacted");
        *store = Some(fresh);
        drop(store);
        self.shared.compactions.fetch_add(1, Ordering::Relaxed);
        fs::remove_dir_all(&old)?;
        Ok(())
    }
}

/// Ends a swap that a crash cut off. `db.new` is whole exactly when `db` is gone, because `db` is moved away only after that.
pub(super) fn finish_swap(folder: &Path) -> io::Result<()> {
    let (db, old, new) = (folder.join("db"), folder.join("db.old"), folder.join("db.new"));
    if !db.exists() {
        if new.exists() {
            fs::rename(&new, &db)?;
        } else if old.exists() {
            fs::rename(&old, &db)?;
        }
        sync_folder(folder)?;
    }
    for leftover in [old, new] {
        if leftover.exists() {
            fs::remove_dir_all(leftover)?;
        }
    }
    Ok(())
}

pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}
