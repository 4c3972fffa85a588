//! The thread that owns all writing: drain what waits → one batch → durable → answer everybody.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use qitao_domain::ids::{Epoch, Seq};
use qitao_domain::stream::Place;
use tokio::sync::oneshot;

use super::compact::Compaction;
use super::disk::{DiskState, Room};
use super::record::{Kind, PLACE_KEY, Record, fact_key, row_of, state_key};
use super::store::{StoreError, WriteBatch};
use super::{Append, OnFatal, OpenOptions, OutboxError, Request, Shared, lock};

/// Most requests in one batch; bounds the time that the first of them waits.
const GROUP: usize = 512;
/// Most bytes in one batch.
const GROUP_BYTES: usize = 4 << 20;
/// Most acked rows deleted at a time.
const PRUNE: u64 = 2000;
/// Acks alone are written no more often than in so many ticks; where few rows are old, more are looked for after so many.
const SELDOM: u32 = 30;
/// So many deleted pieces of state are kept as such before the older half goes.
const DEAD: usize = 1000;
/// Looks at the disk at least so often (in ticks' time) even when it is never idle.
const BUSY_TICKS: u32 = 5;

pub(super) fn start(
    shared: Arc<Shared>,
    waiting: Receiver<Request>,
    room: Room,
    folder: &Path,
    options: OpenOptions,
    dead: Vec<String>,
) -> Result<(), OutboxError> {
    let place = *lock(&shared.place);
    let writes = shared.writes.load(Ordering::Acquire);
    let (alive, ended) = mpsc::channel();
    let (watched, on_fatal, patience) = (shared.clone(), options.on_fatal.clone(), options.commit_timeout);
    std::thread::Builder::new().name("outbox-watch".into()).spawn(move || watch(&watched, &ended, &*on_fatal, patience))?;
    let mut committer = Committer {
        shared,
        waiting,
        held: None,
        room,
        folder: folder.to_owned(),
        options,
        place,
        place_dirty: false,
        kept_at: Instant::now(),
        prune_at: Instant::now(),
        writes,
        dead: dead.into(),
        mean: 700,
        compaction: Compaction::Resting { until: None },
        last_tick: Instant::now(),
    };
    std::thread::Builder::new().name("outbox".into()).spawn(move || {
        let _alive = alive;
        committer.run();
    })?;
    Ok(())
}

/// Ends the process when the committer comes to no end. sled writes in threads of its own; when one of them panics, or fails at the wrong moment,
/// `flush` waits for ever, and so would everybody who has scanned.
fn watch(shared: &Shared, ended: &Receiver<()>, on_fatal: &OnFatal, patience: Duration) {
    let pause = (patience / 8).clamp(Duration::from_millis(10), Duration::from_secs(5));
    while ended.recv_timeout(pause) == Err(RecvTimeoutError::Timeout) {
        if shared.busy_for() > patience {
            return shared.fail(&StoreError::Fault("a commit does not come to its end"), on_fatal);
        }
    }
}

pub(super) struct Committer {
    pub(super) shared: Arc<Shared>,
    waiting: Receiver<Request>,
    held: Option<Request>,
    pub(super) room: Room,
    pub(super) folder: PathBuf,
    pub(super) options: OpenOptions,
    /// The committer's own copy; the shared one follows after each commit.
    pub(super) place: Place,
    /// Something else than `next_row` changed since the store last got the place.
    place_dirty: bool,
    /// When acks alone were last written.
    kept_at: Instant,
    /// When to look for old rows again.
    prune_at: Instant,
    pub(super) writes: u64,
    /// Keys of deleted state whose rows, without content, still lie in the store. They stay for a while, so that a damaged file cannot bring back
    /// what was deleted.
    pub(super) dead: VecDeque<String>,
    /// Mean size of a fact's row, for guessing how much of the file is alive.
    pub(super) mean: u64,
    pub(super) compaction: Compaction,
    last_tick: Instant,
}

enum Next {
    Nothing,
    Settle { epoch: Epoch, committed: Seq, reply: oneshot::Sender<super::Position> },
    Close(oneshot::Sender<()>),
}

impl Committer {
    fn run(&mut self) {
        // A panic of the database must not leave an agent behind that answers nobody and does not end either.
        let served = catch_unwind(AssertUnwindSafe(|| self.serve()));
        let done = served.unwrap_or(Err(StoreError::Fault("committing panicked")));
        if let Err(error) = &done {
            if matches!(error, StoreError::DiskFull) {
                self.room.drop_ballast();
            }
            // Before the database is closed: closing one that has failed may hang.
            self.shared.fail(error, &*self.options.on_fatal);
        }
        self.shared.stopped.store(true, Ordering::Release);
        // Readers see that it is over, and sled lets go of the file, before anybody hears that it is closed.
        let closed = catch_unwind(AssertUnwindSafe(|| {
            self.compaction = Compaction::Resting { until: None };
            let store = self.shared.store.write().unwrap_or_else(PoisonError::into_inner).take();
            drop(store);
        }));
        if closed.is_err() {
            tracing::warn!("the database could not be closed in good order; what was committed is on disk");
        }
        if let Ok(Some(reply)) = done {
            let _ = reply.send(());
        }
    }

    /// Until it is told to close; answers with whom to tell.
    fn serve(&mut self) -> Result<Option<oneshot::Sender<()>>, StoreError> {
        loop {
            let request = match self.held.take() {
                Some(request) => Ok(request),
                None => {
                    self.shared.at_rest();
                    self.waiting.recv_timeout(self.options.tick)
                }
            };
            self.shared.busy();
            let next = match request {
                Ok(first) => self.group(first)?,
                Err(RecvTimeoutError::Timeout) => Next::Nothing,
                Err(RecvTimeoutError::Disconnected) => Next::Close(oneshot::channel().0),
            };
            match next {
                Next::Nothing => {}
                Next::Settle { epoch, committed, reply } => {
                    self.settle(epoch, committed)?;
                    let _ = reply.send(self.place.position());
                }
                Next::Close(reply) => {
                    self.keep_place(true)?;
                    return Ok(Some(reply));
                }
            }
            let waited = self.last_tick.elapsed();
            if waited >= self.options.tick * BUSY_TICKS || (waited >= self.options.tick && self.idle()) {
                self.shared.busy();
                self.tick()?;
                self.last_tick = Instant::now();
            }
        }
    }

    /// Takes everything that waits, up to a bound, and commits it.
    fn group(&mut self, first: Request) -> Result<Next, StoreError> {
        let mut batch = WriteBatch::default();
        let mut replies = Vec::new();
        let mut states = Vec::new();
        let mut bytes = 0;
        let mut next = Next::Nothing;
        let mut request = Some(first);
        while let Some(now) = request {
            match now {
                Request::Append { append, reply, _permit } => {
                    let row = self.encode(append, &mut batch, &mut states, &mut bytes);
                    replies.push((row, reply, _permit));
                }
                Request::Ack { epoch, committed } => self.place_dirty |= self.place.ack(epoch, committed),
                Request::Settle { epoch, committed, reply } => next = Next::Settle { epoch, committed, reply },
                Request::Close { reply } => next = Next::Close(reply),
            }
            let more = matches!(next, Next::Nothing) && replies.len() < GROUP && bytes < GROUP_BYTES;
            request = if more { self.waiting.try_recv().ok() } else { None };
        }
        if !batch.is_empty() {
            self.commit(batch)?;
            self.shared.commits.fetch_add(1, Ordering::Relaxed);
            self.shared.requests.fetch_add(replies.len() as u64, Ordering::Relaxed);
            self.shared.written.fetch_add(bytes as u64, Ordering::Relaxed);
        }
        if !states.is_empty() {
            let mut kept = self.shared.states.write().unwrap_or_else(PoisonError::into_inner);
            for (key, value) in states {
                match value {
                    Some(value) => drop(kept.insert(key, value.into())),
                    None => drop(kept.remove(&key)),
                }
            }
        }
        self.publish();
        for (row, reply, _permit) in replies {
            // A caller that went away does not make the fact less durable.
            let _ = reply.send(row.map(|row| self.place.seq(row)));
        }
        Ok(next)
    }

    fn encode(
        &mut self,
        append: Append,
        batch: &mut WriteBatch,
        states: &mut Vec<(String, Option<Vec<u8>>)>,
        bytes: &mut usize,
    ) -> Option<u64> {
        let written_ms = (self.options.now_ms)();
        let row = append.fact.map(|json| {
            let row = self.place.next_row;
            self.place.next_row += 1;
            let value = Record { kind: Kind::Fact, number: row, written_ms, key: "", payload: &json }.encode();
            *bytes += value.len();
            self.mean = (self.mean * 63 + value.len() as u64) / 64;
            batch.put(fact_key(row), value);
            row
        });
        for (key, value) in append.states {
            self.writes += 1;
            match &value {
                Some(payload) => {
                    let record = Record { kind: Kind::State, number: self.writes, written_ms, key: &key, payload }.encode();
                    *bytes += record.len();
                    batch.put(state_key(&key), record);
                }
                None => {
                    let record = Record { kind: Kind::State, number: self.writes, written_ms, key: &key, payload: b"" }.encode();
                    *bytes += record.len();
                    batch.put(state_key(&key), record);
                    self.dead.push_back(key.clone());
                }
            }
            states.push((key, value));
        }
        row
    }

    /// Makes a batch durable, with the place in it when more than the next row changed.
    fn commit(&mut self, mut batch: WriteBatch) -> Result<(), StoreError> {
        if self.place_dirty {
            batch.put(PLACE_KEY.to_vec(), self.place_record());
        }
        let store = self.shared.store.read().unwrap_or_else(PoisonError::into_inner);
        let store = store.as_ref().ok_or_else(|| StoreError::Damaged("closed".into()))?;
        store.commit(batch)?;
        self.place_dirty = false;
        Ok(())
    }

    pub(super) fn place_record(&self) -> Vec<u8> {
        // A struct of numbers cannot fail to be written as JSON.
        let payload = serde_json::to_vec(&self.place).unwrap_or_default();
        Record { kind: Kind::Place, number: self.place.turn, written_ms: (self.options.now_ms)(), key: "", payload: &payload }.encode()
    }

    fn publish(&self) {
        self.shared.writes.store(self.writes, Ordering::Release);
        *lock(&self.shared.place) = self.place;
        let position = self.place.position();
        self.shared.position.send_if_modified(|old| std::mem::replace(old, position) != position);
    }

    fn settle(&mut self, epoch: Epoch, committed: Seq) -> Result<(), StoreError> {
        let before = self.place;
        self.place.settle(epoch, committed);
        if self.place == before {
            return Ok(());
        }
        self.place_dirty = true;
        if self.place.turn != before.turn {
            let backlog = self.place.position().backlog();
            tracing::warn!(
                epoch = epoch.0,
                was_epoch = before.epoch.0,
                committed = committed.0,
                backlog,
                "the stream follows the hub's account"
            );
            // The store first, then the file: between the two the higher turn wins.
            self.commit(WriteBatch::default())?;
            self.publish();
            self.shared.file_place()?;
        }
        self.publish();
        Ok(())
    }

    /// What is done when nothing waits: room, acks to disk, retention, compaction.
    fn tick(&mut self) -> Result<(), StoreError> {
        let disk = self.room.look();
        let was = self.shared.disk.send_replace(disk);
        if disk.state != was.state {
            match disk.state {
                DiskState::Ok => tracing::info!(free = disk.free, "there is room on the disk again"),
                DiskState::Low => tracing::warn!(free = disk.free, "the disk is getting full"),
                DiskState::Full => tracing::error!(free = disk.free, "the disk is nearly full: new work is refused"),
            }
        }
        if matches!(self.compaction, Compaction::Resting { .. }) {
            if Instant::now() >= self.prune_at {
                self.prune()?;
            }
            self.bury()?;
        }
        self.keep_place(false)?;
        self.compact()
    }

    /// That rows are there is written down soon. An ack goes to disk with the next facts; alone it can wait, because lost it costs a repeat and no
    /// more, and those who scan wait for every commit.
    fn keep_place(&mut self, all: bool) -> Result<(), StoreError> {
        let uncovered = *lock(&self.shared.covered) + 1 < self.place.next_row;
        let acks = self.place_dirty && (all || self.kept_at.elapsed() >= self.options.tick * SELDOM);
        if acks {
            self.commit(WriteBatch::default())?;
        }
        if acks || uncovered {
            self.shared.file_place()?;
        }
        if acks {
            self.kept_at = Instant::now();
        }
        Ok(())
    }

    /// Lets go of the rows of state that was deleted a good while ago and not written again.
    fn bury(&mut self) -> Result<(), StoreError> {
        if self.dead.len() < DEAD {
            return Ok(());
        }
        let mut batch = WriteBatch::default();
        {
            let living = self.shared.states.read().unwrap_or_else(PoisonError::into_inner);
            for key in self.dead.drain(..DEAD / 2).filter(|key| !living.contains_key(key)) {
                batch.delete(state_key(&key));
            }
        }
        if batch.is_empty() { Ok(()) } else { self.commit(batch) }
    }

    /// Lets acked rows go that are older or more than must be kept for a hub restored from a backup.
    fn prune(&mut self) -> Result<(), StoreError> {
        let place = self.place;
        let too_many = place.next_row.saturating_sub(self.options.keep_rows);
        let too_old = (self.options.now_ms)() - self.options.keep_ms;
        // The newest acked row stays: the next welcome's head is compared with it.
        let end = place.acked_row.min(place.oldest_row + PRUNE);
        let mut batch = WriteBatch::default();
        let mut oldest = place.oldest_row;
        let mut hole = true;
        {
            let store = self.shared.store.read().unwrap_or_else(PoisonError::into_inner);
            let Some(store) = store.as_ref() else { return Ok(()) };
            if place.oldest_row >= end {
                return Ok(());
            }
            store.scan(&fact_key(place.oldest_row), &fact_key(end), &mut |key, value| {
                hole = false;
                let row = row_of(key);
                let old = Record::decode(value).map_or(true, |r| r.written_ms < too_old);
                let go = row < too_many || old;
                if go {
                    batch.delete(key.to_vec());
                    oldest = row + 1;
                }
                go
            })?;
        }
        if hole {
            // Damage took acked rows away: there is nothing to let go of here, and what comes behind must not stay for ever.
            oldest = end;
        }
        if oldest < place.oldest_row + PRUNE {
            // Not even as many as may go at once: a handful every second would cost a commit every second.
            self.prune_at = Instant::now() + self.options.tick * SELDOM;
        }
        if oldest == place.oldest_row {
            return Ok(());
        }
        self.place.oldest_row = oldest;
        self.place_dirty = true;
        // Announced first, so that no reader takes a row that is gone for one that was lost.
        self.publish();
        self.commit(batch)
    }

    /// Whether nothing waits. What is found waiting is held for the next round.
    pub(super) fn idle(&mut self) -> bool {
        if self.held.is_none() {
            self.held = self.waiting.try_recv().ok();
        }
        self.held.is_none()
    }
}
