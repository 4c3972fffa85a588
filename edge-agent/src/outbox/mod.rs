//! The durable queue between the shelf and the hub. Positive feedback is given only after a fact is in here, and on disk.
//!
//! One thread, the committer, owns all writing: it drains what waits, makes one batch of it, commits it durably, and answers everybody at once.
//! Small pieces of state (stations, tasks, print jobs) are written in the same batch as the fact that changed them, so a restart finds
//! both or neither. Reading happens on blocking threads and never holds the committer back, nor the async runtime.
//!
//! [`record`] is the layout of a row, [`store`] the narrow door to the database, [`sled_store`] what is behind it, [`place`] the position kept twice,
//! [`disk`] room and ballast, [`recovery`] the ladder at opening and `spare` what it stands on, [`committer`] the thread, [`compact`] the copy of live rows to a fresh database.

mod committer;
mod compact;
pub mod disk;
mod place;
pub mod record;
mod recovery;
pub mod sled_store;
mod spare;
pub mod store;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, mpsc};
use std::time::Duration;

use qitao_domain::event::Fact;
use qitao_domain::ids::{Epoch, Seq};
use serde::{Serialize, de::DeserializeOwned};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot, watch};

pub use disk::{Disk, DiskOptions, DiskState};
use place::{Filed, PlaceFile};
pub use qitao_domain::stream::{Place, Position};
use record::{HEADER, Kind, MAX_RECORD, Record};
use store::{Engine, Store, StoreError};

/// What went wrong, by what the caller must do.
#[derive(Debug, thiserror::Error)]
pub enum OutboxError {
    /// Refuse the work visibly; it is not recorded.
    #[error("the disk is nearly full; new work is refused")]
    DiskNearlyFull,
    /// Record less: one row would be larger than the store takes.
    #[error("a row of {0} bytes is too large")]
    TooLarge(usize),
    /// The value cannot be written as JSON: a fault in the caller.
    #[error("not writable as JSON: {0}")]
    Unwritable(#[from] serde_json::Error),
    /// Nothing more is accepted; the process must end and be started again.
    #[error("the outbox has stopped")]
    Stopped,
    /// Stop the other process first.
    #[error("the outbox is open in another process")]
    Locked,
    /// A person must look at the disk.
    #[error("the outbox cannot be opened: {0}")]
    Unusable(#[from] StoreError),
    /// The folder cannot be used: check path and rights.
    #[error("the outbox folder cannot be used: {0}")]
    Folder(#[from] std::io::Error),
}

/// Settings of an outbox; the defaults are those of an appliance.
#[derive(Clone)]
pub struct OpenOptions {
    /// Opens the database.
    pub engine: Arc<dyn Engine>,
    /// Room on the disk.
    pub disk: DiskOptions,
    /// Silence after which opening counts as hung.
    pub open_timeout: Duration,
    /// Acked rows kept at most, for a hub restored from a backup.
    pub keep_rows: u64,
    /// Acked rows kept at most so long, milliseconds.
    pub keep_ms: i64,
    /// How often room, retention and compaction are looked at.
    pub tick: Duration,
    /// Databases below this size are not compacted.
    pub compact_above: u64,
    /// Requests that may wait; more callers wait before they decide anything.
    pub queue: usize,
    /// Called once when a commit failed. The default ends the process with exit code 74.
    pub on_fatal: Arc<dyn Fn(&StoreError) + Send + Sync>,
    /// Wall clock in milliseconds since 1970 UTC; only retention looks at it.
    pub now_ms: Arc<dyn Fn() -> i64 + Send + Sync>,
}

/// Exit code of the process after a failed commit; the supervisor restarts it.
pub const EXIT_DISK_FAILED: i32 = 74;

impl Default for OpenOptions {
    fn default() -> Self {
        Self {
            engine: Arc::new(sled_store::SledEngine::default()),
            disk: DiskOptions::default(),
            open_timeout: Duration::from_secs(30),
            keep_rows: 200_000,
            keep_ms: 7 * 24 * 3_600_000,
            tick: Duration::from_secs(1),
            compact_above: 96 << 20,
            queue: 1024,
            on_fatal: Arc::new(|_| std::process::exit(EXIT_DISK_FAILED)),
            now_ms: Arc::new(crate::clock::wall_ms),
        }
    }
}

/// What opening had to do.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Recovered {
    /// Rungs of the recovery ladder taken, in words; empty after a plain start.
    pub rungs: Vec<String>,
}

/// What is committed together.
#[derive(Debug, Default)]
pub struct Append {
    fact: Option<Vec<u8>>,
    states: Vec<(String, Option<Vec<u8>>)>,
}

impl Append {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// With a fact; the committer gives it its sequence number.
    ///
    /// # Errors
    /// [`OutboxError::TooLarge`].
    pub fn with_fact(mut self, fact: &Fact) -> Result<Self, OutboxError> {
        self.fact = Some(bounded(serde_json::to_vec(fact)?)?);
        Ok(self)
    }

    /// With a piece of state to keep under a key.
    ///
    /// # Errors
    /// [`OutboxError::TooLarge`].
    pub fn put(&mut self, key: impl Into<String>, value: &impl Serialize) -> Result<(), OutboxError> {
        self.states.push((key.into(), Some(bounded(serde_json::to_vec(value)?)?)));
        Ok(())
    }

    /// With a piece of state to forget.
    pub fn delete(&mut self, key: impl Into<String>) {
        self.states.push((key.into(), None));
    }

    /// Whether there is nothing to commit.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.fact.is_none() && self.states.is_empty()
    }
}

fn bounded(bytes: Vec<u8>) -> Result<Vec<u8>, OutboxError> {
    // A key has at most 200 bytes in practice; half a kilobyte is left for it.
    if bytes.len() + HEADER + 512 <= MAX_RECORD { Ok(bytes) } else { Err(OutboxError::TooLarge(bytes.len())) }
}

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

/// Figures for people and reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Stats {
    /// Bytes of the database on disk.
    pub bytes: u64,
    /// Facts kept, acked ones included.
    pub rows: u64,
    /// Commits since start.
    pub commits: u64,
    /// Requests in these commits.
    pub requests: u64,
    /// Compactions since start.
    pub compactions: u64,
}

enum Request {
    Append { append: Append, reply: oneshot::Sender<Option<Seq>>, _permit: OwnedSemaphorePermit },
    Ack { epoch: Epoch, committed: Seq },
    Settle { epoch: Epoch, committed: Seq, reply: oneshot::Sender<Position> },
    Close { reply: oneshot::Sender<()> },
}

/// What committer and readers share.
struct Shared {
    store: RwLock<Option<Box<dyn Store>>>,
    place: Mutex<Place>,
    position: watch::Sender<Position>,
    states: RwLock<BTreeMap<String, Arc<[u8]>>>,
    disk: watch::Sender<Disk>,
    /// Highest write counter of a state row that is durable.
    writes: AtomicU64,
    file: PlaceFile,
    /// Rows up to this are covered by the position file: they may leave the building. Held while the file is written.
    covered: Mutex<u64>,
    stopped: AtomicBool,
    commits: AtomicU64,
    requests: AtomicU64,
    compactions: AtomicU64,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing between lock and unlock can panic half way through a change.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    /// Makes sure that the position file knows all rows up to `row`, before they are sent.
    fn cover(&self, row: u64) -> std::io::Result<()> {
        let mut covered = lock(&self.covered);
        if row > *covered { self.write_file(&mut covered) } else { Ok(()) }
    }

    /// Writes the position file as things stand.
    fn file_place(&self) -> std::io::Result<()> {
        self.write_file(&mut lock(&self.covered))
    }

    fn write_file(&self, covered: &mut u64) -> std::io::Result<()> {
        let place = *lock(&self.place);
        self.file.write(&Filed { place, writes: self.writes.load(Ordering::Acquire) })?;
        *covered = place.next_row - 1;
        Ok(())
    }
}

/// The durable queue. Cheap to clone; all clones are the same queue.
#[derive(Clone)]
pub struct Outbox {
    shared: Arc<Shared>,
    requests: mpsc::Sender<Request>,
    room: Arc<Semaphore>,
    on_fatal: Arc<dyn Fn(&StoreError) + Send + Sync>,
    folder: PathBuf,
}

/// The right to send one append without waiting; taken before a decision is made, so that nothing waits while the floor is locked.
pub struct Slot {
    permit: OwnedSemaphorePermit,
    requests: mpsc::Sender<Request>,
}

/// An append on its way to the disk.
#[must_use = "the append is durable only when this says so"]
pub struct Pending(oneshot::Receiver<Option<Seq>>);

impl Slot {
    /// Queues the append. Order of calls is order in the stream.
    pub fn send(self, append: Append) -> Pending {
        let (reply, answer) = oneshot::channel();
        // A closed channel drops `reply`, and `Pending` then says `Stopped`.
        let _ = self.requests.send(Request::Append { append, reply, _permit: self.permit });
        Pending(answer)
    }
}

impl Pending {
    /// Waits until the append is on disk; the sequence number when there was a fact in it.
    ///
    /// # Errors
    /// [`OutboxError::Stopped`] when the commit failed: nobody knows whether it is on disk, and the process is about to end.
    pub async fn durable(self) -> Result<Option<Seq>, OutboxError> {
        self.0.await.map_err(|_| OutboxError::Stopped)
    }
}

impl Outbox {
    /// Opens or creates the outbox in a folder and starts its committer. Blocks: up to several open time-outs when the database is damaged.
    ///
    /// # Errors
    /// [`OutboxError::Locked`], [`OutboxError::Unusable`] or [`OutboxError::Folder`].
    pub fn open(folder: &Path, options: OpenOptions) -> Result<(Self, Recovered), OutboxError> {
        let room = disk::Room::new(folder, options.disk.clone());
        let opened = recovery::open(folder, &options, &room)?;
        let place = opened.place;
        let shared = Arc::new(Shared {
            store: RwLock::new(Some(opened.store)),
            place: Mutex::new(place),
            position: watch::Sender::new(place.position()),
            states: RwLock::new(opened.states),
            disk: watch::Sender::new(room.look()),
            writes: AtomicU64::new(opened.writes),
            file: PlaceFile::new(folder),
            covered: Mutex::new(place.next_row - 1),
            stopped: AtomicBool::new(false),
            commits: AtomicU64::new(0),
            requests: AtomicU64::new(0),
            compactions: AtomicU64::new(0),
        });
        let (requests, waiting) = mpsc::channel();
        let outbox = Self {
            shared: shared.clone(),
            requests,
            room: Arc::new(Semaphore::new(options.queue)),
            on_fatal: options.on_fatal.clone(),
            folder: folder.to_owned(),
        };
        committer::start(shared, waiting, room, folder, options, opened.dead)?;
        Ok((outbox, Recovered { rungs: opened.rungs }))
    }

    /// Waits for room in the queue. Refuses when the disk is nearly full.
    ///
    /// # Errors
    /// [`OutboxError::DiskNearlyFull`] or [`OutboxError::Stopped`].
    pub async fn reserve(&self) -> Result<Slot, OutboxError> {
        if self.disk().state == DiskState::Full {
            return Err(OutboxError::DiskNearlyFull);
        }
        self.reserve_even_when_full().await
    }

    /// As [`Outbox::reserve`], for the few small rows that must be written even then (what the hub already acked, what ends work).
    ///
    /// # Errors
    /// [`OutboxError::Stopped`].
    pub async fn reserve_even_when_full(&self) -> Result<Slot, OutboxError> {
        let permit = self.room.clone().acquire_owned().await.map_err(|_| OutboxError::Stopped)?;
        if self.shared.stopped.load(Ordering::Acquire) {
            return Err(OutboxError::Stopped);
        }
        Ok(Slot { permit, requests: self.requests.clone() })
    }

    /// Commits, and answers when it is on disk.
    ///
    /// # Errors
    /// See [`Outbox::reserve`] and [`Pending::durable`].
    pub async fn append(&self, append: Append) -> Result<Option<Seq>, OutboxError> {
        self.reserve().await?.send(append).durable().await
    }

    /// Up to `max` facts from `first` on, in order, for the uplink. Facts that it returns are covered against being numbered twice.
    ///
    /// # Errors
    /// [`OutboxError::Stopped`] or [`OutboxError::Unusable`].
    pub async fn rows(&self, first: Seq, max: usize) -> Result<Vec<Row>, OutboxError> {
        let shared = self.shared.clone();
        let read = tokio::task::spawn_blocking(move || read_rows(&shared, first, max)).await;
        match read {
            Ok(Err(OutboxError::Unusable(error))) => {
                self.shared.stopped.store(true, Ordering::Release);
                (self.on_fatal)(&error);
                Err(OutboxError::Stopped)
            }
            Ok(rows) => rows,
            Err(_) => Err(OutboxError::Stopped),
        }
    }

    /// The hub has everything of this epoch up to `committed`. Costs nothing now; it is written with the next commit.
    pub fn mark_acked(&self, epoch: Epoch, committed: Seq) {
        let _ = self.requests.send(Request::Ack { epoch, committed });
    }

    /// Takes over the hub's account of the stream (see [`Place::settle`]). Durable when it returns.
    ///
    /// # Errors
    /// [`OutboxError::Stopped`].
    pub async fn settle(&self, epoch: Epoch, committed: Seq) -> Result<Position, OutboxError> {
        let (reply, answer) = oneshot::channel();
        let _ = self.requests.send(Request::Settle { epoch, committed, reply });
        answer.await.map_err(|_| OutboxError::Stopped)
    }

    /// Where the stream stands.
    #[must_use]
    pub fn position(&self) -> Position {
        *self.shared.position.borrow()
    }

    /// Follows the position; for the uplink and for badges that show what is pending.
    #[must_use]
    pub fn subscribe(&self) -> watch::Receiver<Position> {
        self.shared.position.subscribe()
    }

    /// Room on the disk.
    #[must_use]
    pub fn disk(&self) -> Disk {
        *self.shared.disk.borrow()
    }

    /// Follows the room on the disk.
    #[must_use]
    pub fn watch_disk(&self) -> watch::Receiver<Disk> {
        self.shared.disk.subscribe()
    }

    /// A piece of state.
    #[must_use]
    pub fn state<T: DeserializeOwned>(&self, key: &str) -> Option<T> {
        let states = self.shared.states.read().unwrap_or_else(PoisonError::into_inner);
        states.get(key).and_then(|value| readable(key, value))
    }

    /// All pieces of state whose key begins with `prefix`, in order of the key; the key comes without the prefix. What cannot be read is
    /// left out and logged.
    #[must_use]
    pub fn states<T: DeserializeOwned>(&self, prefix: &str) -> Vec<(String, T)> {
        let states = self.shared.states.read().unwrap_or_else(PoisonError::into_inner);
        let range = states.range(prefix.to_owned()..).take_while(|(key, _)| key.starts_with(prefix));
        range.filter_map(|(key, value)| Some((key[prefix.len()..].to_owned(), readable(key, value)?))).collect()
    }

    /// Figures.
    #[must_use]
    pub fn stats(&self) -> Stats {
        let place = *lock(&self.shared.place);
        let store = self.shared.store.read().unwrap_or_else(PoisonError::into_inner);
        Stats {
            bytes: store.as_ref().map_or(0, |s| s.size()),
            rows: place.next_row - place.oldest_row,
            commits: self.shared.commits.load(Ordering::Relaxed),
            requests: self.shared.requests.load(Ordering::Relaxed),
            compactions: self.shared.compactions.load(Ordering::Relaxed),
        }
    }

    /// The folder it lives in.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Commits what waits and closes the database. All clones answer [`OutboxError::Stopped`] afterwards.
    pub async fn close(&self) {
        let (reply, answer) = oneshot::channel();
        if self.requests.send(Request::Close { reply }).is_ok() {
            let _ = answer.await;
        }
    }
}

fn readable<T: DeserializeOwned>(key: &str, value: &[u8]) -> Option<T> {
    serde_json::from_slice(value).map_err(|error| tracing::error!(key, %error, "a piece of kept state cannot be read and is left out")).ok()
}

fn read_rows(shared: &Shared, first: Seq, max: usize) -> Result<Vec<Row>, OutboxError> {
    let place = *lock(&shared.place);
    let from = place.row(first).max(place.oldest_row);
    let to = place.next_row.min(from.saturating_add(max as u64));
    if from >= to {
        return Ok(Vec::new());
    }
    shared.cover(to - 1).map_err(StoreError::from)?;
    let store = shared.store.read().unwrap_or_else(PoisonError::into_inner);
    let store = store.as_ref().ok_or(OutboxError::Stopped)?;
    let mut rows = Vec::with_capacity(usize::try_from(to - from).unwrap_or(0));
    store.scan(&fact_key(from), &fact_key(to), &mut |key, value| {
        let row = row_of(key);
        // A hole or a damaged row becomes a note in its place, so that one bad row never blocks the stream and nothing is lost silently.
        while from + (rows.len() as u64) < row {
            let missing = from + rows.len() as u64;
            rows.push(Row { seq: place.seq(missing), written_ms: 0, bytes: 100, fact: recovery::lost(missing, None) });
        }
        let record = Record::decode(value).ok().filter(|r| r.kind == Kind::Fact && r.number == row);
        let fact = record.and_then(|r| serde_json::from_slice(r.payload).ok());
        rows.push(Row {
            seq: place.seq(row),
            written_ms: record.map_or(0, |r| r.written_ms),
            bytes: value.len(),
            fact: fact.unwrap_or_else(|| recovery::lost(row, Some(value))),
        });
        true
    })?;
    // Retention announces what it lets go before it does; so a row that was deleted during the scan is not mistaken for a lost one.
    let oldest = lock(&shared.place).oldest_row;
    rows.drain(..rows.iter().take_while(|row| place.row(row.seq) < oldest).count());
    Ok(rows)
}

const PLACE_KEY: &[u8] = b"p";

fn fact_key(row: u64) -> Vec<u8> {
    let mut key = Vec::with_capacity(9);
    key.push(b'f');
    key.extend_from_slice(&row.to_be_bytes());
    key
}

/// The row of a fact's key; 0, which is no row, for anything else.
fn row_of(key: &[u8]) -> u64 {
    key.strip_prefix(b"f").and_then(|row| row.try_into().ok()).map_or(0, u64::from_be_bytes)
}

fn state_key(key: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(1 + key.len());
    bytes.push(b's');
    bytes.extend_from_slice(key.as_bytes());
    bytes
}
