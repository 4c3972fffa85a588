//! The recovery ladder: what to do with a database that does not open, in the order of least harm. Each rung is logged and reported.
//!
//! 1. Open it and look it over, under a watchdog (sled has been seen to panic and to spin on damaged files).
//! 2. Move sled's snapshots (`snap.*`) aside, so that it reads its log instead; from a copy when the first attempt still holds the file.
//! 3. Read every row that can be found in the raw files ([`super::salvage`]), put the folder into quarantine, begin a fresh database with
//!    what was read, and ask the hub for a new epoch. The hub knows facts that it has already by their scan ids.
//!
//! sled does not say when it drops the end of its log behind a damaged spot; it opens, with less in it, and writes over the rest. So before it
//! is opened, what the hub has yet to get is copied out of the raw files (see [`super::spare`]); and the position file tells how far the rows must
//! reach. What is missing then comes from the spare copy; for what is nowhere a note takes its place in the stream, and the hub makes a case of
//! it. So a lost fact blocks nothing and is not lost silently.

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};

use qitao_domain::stream::Place;

use super::compact::{finish_swap, sync_folder};
use super::disk::Room;
use super::place::{FileSays, Filed, PlaceFile};
use super::record::{Kind, Record, fact_key, state_key};
use super::spare::Spare;
use super::store::{Store, StoreError, WriteBatch};
use super::survey::{States, Survey, note, survey};
use super::{OpenOptions, OutboxError};

pub(super) struct Opened {
    pub store: Box<dyn Store>,
    pub place: Place,
    pub states: States,
    /// Highest write counter seen on a state row.
    pub writes: u64,
    /// Keys of state that was deleted, whose rows still lie in the store.
    pub dead: Vec<String>,
    pub rungs: Vec<String>,
}

pub(super) enum Failure {
    Error(StoreError),
    Panicked(String),
    Hung,
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Error(error) => write!(f, "{error}"),
            Self::Panicked(text) => write!(f, "sled panicked: {text}"),
            Self::Hung => f.write_str("no progress within the time-out"),
        }
    }
}

pub(super) struct Ladder<'a> {
    pub folder: &'a Path,
    pub options: &'a OpenOptions,
    pub room: &'a Room,
    pub rungs: Vec<String>,
}

pub(super) fn open(folder: &Path, options: &OpenOptions, room: &Room) -> Result<Opened, OutboxError> {
    fs::create_dir_all(folder)?;
    let mut ladder = Ladder { folder, options, room, rungs: Vec::new() };
    if room.desperate() && room.drop_ballast() {
        ladder.rung("the disk was full at start: ballast given up".into());
    }
    finish_swap(folder)?;
    let file = PlaceFile::new(folder);
    let filed = match file.read()? {
        FileSays::Filed(filed) => Some(filed),
        FileSays::Nothing => None,
        FileSays::Damaged => {
            ladder.rung("the position file was damaged; the database's own copy counts".into());
            None
        }
    };
    let spare = Spare::collect(folder, filed);
    let opened = ladder.climb(filed, &spare)?;
    file.write(&Filed { place: opened.place, writes: opened.writes })?;
    spare.discard();
    Ok(opened)
}

impl Ladder<'_> {
    pub(super) fn rung(&mut self, text: String) {
        tracing::warn!(rung = %text, "outbox recovery");
        self.rungs.push(text);
    }

    fn climb(mut self, filed: Option<Filed>, spare: &Spare) -> Result<Opened, OutboxError> {
        let db = self.folder.join("db");
        let acked = filed.map_or(0, |f| f.place.acked_row);
        let first = match self.attempt(&db, acked) {
            Ok((store, survey)) => return self.repair(store, survey, filed, spare),
            Err(Failure::Error(StoreError::DiskFull)) if self.room.drop_ballast() => {
                self.rung("the disk was full: ballast given up to open the database".into());
                match self.attempt(&db, acked) {
                    Ok((store, survey)) => return self.repair(store, survey, filed, spare),
                    Err(failure) => failure,
                }
            }
            Err(failure) => failure,
        };
        match first {
            Failure::Error(StoreError::Locked) => return Err(OutboxError::Locked),
            Failure::Error(StoreError::DiskFull) => return Err(StoreError::DiskFull.into()),
            Failure::Error(StoreError::Io(e)) if e.kind() == io::ErrorKind::PermissionDenied => return Err(StoreError::Io(e).into()),
            first => self.rung(format!("the database did not open ({first}); its snapshots were moved aside")),
        }
        // The failed attempt may still hold the file's lock, or write: a copy belongs to us alone.
        let retry = self.copy_without_snapshots(&db);
        match retry.map_err(|e| Failure::Error(e.into())).and_then(|()| self.attempt(&db, acked)) {
            Ok((store, survey)) => self.repair(store, survey, filed, spare),
            Err(second) => {
                self.rung(format!("it did not open without them either ({second})"));
                self.salvage(&db, filed, spare)
            }
        }
    }

    /// Opens and looks over on a thread of its own; counts as hung when it makes no progress for the time-out.
    pub(super) fn attempt(&self, db: &Path, acked: u64) -> Result<(Box<dyn Store>, Survey), Failure> {
        let (done, result) = channel();
        let progress = Arc::new(AtomicU64::new(0));
        let (engine, db, theirs) = (self.options.engine.clone(), db.to_owned(), progress.clone());
        let thread = std::thread::Builder::new().name("outbox-open".into()).spawn(move || {
            let outcome = catch_unwind(AssertUnwindSafe(|| {
                let store = engine.open(&db)?;
                let survey = survey(&*store, acked, &theirs)?;
                Ok((store, survey))
            }));
            // Nobody listens any more when this thread was given up as hung; then the store is closed here.
            let _ = done.send(outcome.map_err(|panic| panic_text(&*panic)));
        });
        if let Err(error) = thread {
            return Err(Failure::Error(error.into()));
        }
        let mut seen = 0;
        loop {
            match result.recv_timeout(self.options.open_timeout) {
                Ok(Ok(outcome)) => return outcome.map_err(Failure::Error),
                Ok(Err(panic)) => return Err(Failure::Panicked(panic)),
                Err(RecvTimeoutError::Disconnected) => return Err(Failure::Panicked("the opening thread died".into())),
                Err(RecvTimeoutError::Timeout) => {
                    let now = progress.load(Ordering::Relaxed);
                    if now == seen {
                        return Err(Failure::Hung);
                    }
                    seen = now;
                }
            }
        }
    }

    /// The folder as it was goes to quarantine; a copy of it without `snap.*` takes its place.
    fn copy_without_snapshots(&self, db: &Path) -> io::Result<()> {
        let kept = self.quarantine(db)?;
        fs::create_dir_all(db)?;
        for entry in fs::read_dir(&kept)? {
            let entry = entry?;
            let name = entry.file_name();
            if name.to_string_lossy().starts_with("snap.") {
                continue;
            }
            copy_all(&entry.path(), &db.join(name))?;
        }
        sync_folder(db)?;
        sync_folder(self.folder)
    }

    pub(super) fn quarantine(&self, db: &Path) -> io::Result<PathBuf> {
        let shelf = self.folder.join("quarantine");
        fs::create_dir_all(&shelf)?;
        let now = (self.options.now_ms)();
        let free = (0..).map(|n| shelf.join(format!("{now}-{n}"))).find(|p| !p.exists());
        let kept = free.ok_or_else(|| io::Error::other("no free name"))?;
        fs::rename(db, &kept)?;
        sync_folder(&shelf)?;
        sync_folder(self.folder)?;
        Ok(kept)
    }

    /// The database is open: settle the place, and mend what is not as it should be.
    fn repair(mut self, store: Box<dyn Store>, mut survey: Survey, filed: Option<Filed>, spare: &Spare) -> Result<Opened, OutboxError> {
        if survey.damaged_states > 0 {
            self.rung(format!("{} pieces of state could not be read", survey.damaged_states));
        }
        // The place's own next row is as old as its last change; the rows themselves know better, and the file may know more than both.
        let stored = survey.place.unwrap_or_default();
        let written = (survey.last_row + 1).max(stored.next_row).max(stored.acked_row + 1);
        let next_row = written.max(filed.map_or(1, |f| f.place.next_row));
        let (mut place, _) = Place::recover(Some(Place { next_row, ..stored }), filed.map(|f| f.place));
        let mut bad = survey.bad.split_off(0);
        bad.retain(|(row, _)| *row > place.acked_row);
        bad.extend(((survey.last_row + 1).max(place.acked_row + 1)..next_row).map(|row| (row, None)));
        if !bad.is_empty() {
            self.mend(&*store, &mut survey, bad, place.acked_row, spare)?;
        } else if survey.writes < spare.writes() {
            self.mend(&*store, &mut survey, Vec::new(), place.acked_row, spare)?;
        }
        // The oldest row that is said to be kept must be there: the head of the next welcome is compared with the newest acked one.
        let there = |row: u64| -> Result<bool, StoreError> {
            let mut found = false;
            store.scan(&fact_key(row), &fact_key(row + 1), &mut |_, _| {
                found = true;
                false
            })?;
            Ok(found)
        };
        if place.oldest_row <= place.acked_row && !there(place.oldest_row)? {
            place.oldest_row = if there(place.acked_row)? { place.acked_row } else { place.acked_row + 1 };
        }
        let writes = survey.writes.max(filed.map_or(0, |f| f.writes));
        Ok(Opened { store, place, states: survey.states, writes, dead: survey.dead, rungs: self.rungs })
    }

    /// Puts back what sled dropped: facts, a note for each that is nowhere, and the state that was written with them.
    fn mend(
        &mut self,
        store: &dyn Store,
        survey: &mut Survey,
        bad: Vec<(u64, Option<Vec<u8>>)>,
        head: u64,
        spare: &Spare,
    ) -> Result<(), StoreError> {
        let mut rows: BTreeMap<u64, Option<Vec<u8>>> = bad.into_iter().collect();
        let wanted = rows.len();
        let mut found: HashMap<u64, Vec<u8>> = HashMap::new();
        let mut states: BTreeMap<String, (u64, Vec<u8>)> = BTreeMap::new();
        spare.read(&mut |r| match r.kind {
            Kind::Fact if rows.contains_key(&r.number) || r.number == head => drop(found.insert(r.number, r.encode())),
            Kind::State if r.number > survey.writes => {
                let kept = states.entry(r.key.to_owned()).or_default();
                if r.number >= kept.0 {
                    *kept = (r.number, r.payload.to_vec());
                }
            }
            _ => {}
        });
        if found.contains_key(&head) {
            rows.insert(head, None);
        }
        let again = rows.keys().filter(|row| **row != head && found.contains_key(row)).count();
        self.rung(format!(
            "the database had lost {wanted} facts that the hub may not have, and {} pieces of state; {again} facts were found again, {} are reported as lost",
            states.len(),
            wanted - again
        ));
        let now = (self.options.now_ms)();
        let rows: Vec<_> = rows.into_iter().collect();
        for chunk in rows.chunks(1000) {
            let mut batch = WriteBatch::default();
            for (row, bytes) in chunk {
                batch.put(fact_key(*row), found.remove(row).unwrap_or_else(|| note(*row, bytes.as_deref(), now)));
            }
            store.commit(batch)?;
        }
        let mut batch = WriteBatch::default();
        for (key, (number, payload)) in states {
            batch.put(state_key(&key), Record { kind: Kind::State, number, written_ms: now, key: &key, payload: &payload }.encode());
            survey.writes = survey.writes.max(number);
            if payload.is_empty() {
                survey.states.remove(&key);
                survey.dead.push(key);
            } else {
                survey.states.insert(key, payload.into());
            }
        }
        if batch.is_empty() { Ok(()) } else { store.commit(batch) }
    }
}

fn copy_all(from: &Path, to: &Path) -> io::Result<()> {
    if from.is_dir() {
        fs::create_dir_all(to)?;
        for entry in fs::read_dir(from)? {
            let entry = entry?;
            copy_all(&entry.path(), &to.join(entry.file_name()))?;
        }
        return sync_folder(to);
    }
    fs::copy(from, to)?;
    File::open(to)?.sync_all()
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|s| (*s).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "without a message".into())
}
