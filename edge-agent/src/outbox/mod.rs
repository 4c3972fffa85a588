//! The durable queue between the shelf and the hub. Positive feedback is given only after a fact is in here, and on disk.
//!
//! One thread, the committer, owns all writing: it drains what waits, makes one batch of it, commits it durably, and answers everybody at once.
//! Small pieces of state (stations, tasks, print jobs) are written in the same batch as the fact that changed them, so a restart finds
//! both or neither. Reading happens on blocking threads and never holds the committer back, nor the async runtime.
//!
//! [`append`] is what callers give and [`reading`] what the uplink takes, [`options`] how it is opened. [`record`] is the layout of a row, [`store`] the
//! narrow door to the database, [`sled_store`] what is behind it, [`place`] the position kept twice, [`disk`] room and ballast, [`committer`] the thread,
//! [`compact`] the copy of live rows to a fresh database. At opening [`recovery`] is the ladder, [`survey`] the look over an open database, [`salvage`]
//! the last rung and `spare` what they stand on.

mod append;
mod committer;
mod compact;
pub mod disk;
mod options;
mod place;
mod reading;
pub mod record;
mod recovery;
mod salvage;
pub mod sled_store;
mod spare;
pub mod store;
mod survey;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, mpsc};
use std::time::{Duration, Instant};

use qitao_domain::ids::{Epoch, Seq};
use serde::{Serialize, de::DeserializeOwned};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot, watch};

pub use append::{Append, Pending, Slot};
pub use disk::{Disk, DiskOptions, DiskState};
pub use options::{EXIT_DISK_FAILED, OpenOptions, Recovered};
use place::{Filed, PlaceFile};
pub use qitao_domain::stream::{Place, Position};
pub use reading::Row;
use store::{Store, StoreError};

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
    /// Bytes of the rows in these commits.
    pub written: u64,
    /// Compactions since start.
    pub compactions: u64,
}

enum Request {
    Append { append: Append, reply: oneshot::Sender<Option<Seq>>, _permit: OwnedSemaphorePermit },
    Ack { epoch: Epoch, committed: Seq },
    Settle { epoch: Epoch, committed: Seq, reply: oneshot::Sender<Position> },
    Close { reply: oneshot::Sender<()> },
}

/// Ends the process.
type OnFatal = dyn Fn(&StoreError) + Send + Sync;

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
    born: Instant,
    /// When the committer began what it is at, in milliseconds since `born`; 0 while it waits for work. Whoever watches it takes no lock: the hung one may
    /// hold any.
    busy_since: AtomicU64,
    commits: AtomicU64,
    requests: AtomicU64,
    written: AtomicU64,
    compactions: AtomicU64,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing between lock and unlock can panic half way through a change.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    /// Stops accepting and has the process ended, once: memory may be ahead of the disk, and only a restart puts that right.
    fn fail(&self, error: &StoreError, on_fatal: &OnFatal) {
        if !self.stopped.swap(true, Ordering::AcqRel) {
            tracing::error!(%error, "nothing more is accepted: the process ends and must be started again");
            on_fatal(error);
        }
    }

    /// Milliseconds since the outbox was opened; never 0.
    fn age_ms(&self) -> u64 {
        u64::try_from(self.born.elapsed().as_millis()).unwrap_or(u64::MAX).max(1)
    }

    /// The committer begins something.
    fn busy(&self) {
        self.busy_since.store(self.age_ms(), Ordering::Relaxed);
    }

    /// The committer waits for work.
    fn at_rest(&self) {
        self.busy_since.store(0, Ordering::Relaxed);
    }

    /// How long the committer has been at what it does now.
    fn busy_for(&self) -> Duration {
        match self.busy_since.load(Ordering::Relaxed) {
            0 => Duration::ZERO,
            since => Duration::from_millis(self.age_ms().saturating_sub(since)),
        }
    }

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
    on_fatal: Arc<OnFatal>,
    folder: PathBuf,
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
            born: Instant::now(),
            busy_since: AtomicU64::new(0),
            commits: AtomicU64::new(0),
            requests: AtomicU64::new(0),
            written: AtomicU64::new(0),
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
        let read = tokio::task::spawn_blocking(move || reading::rows(&shared, first, max)).await;
        match read {
            Ok(Err(OutboxError::Unusable(error))) => {
                self.halt(&error);
                Err(OutboxError::Stopped)
            }
            Ok(rows) => rows,
            Err(ended) => {
                if ended.is_panic() {
                    self.halt(&StoreError::Fault("reading facts panicked"));
                }
                Err(OutboxError::Stopped)
            }
        }
    }

    /// As after a failed commit: nothing more is accepted and the process ends. For those who find that memory may differ from the disk.
    pub fn halt(&self, why: &StoreError) {
        self.shared.fail(why, &*self.on_fatal);
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
            written: self.shared.written.load(Ordering::Relaxed),
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
