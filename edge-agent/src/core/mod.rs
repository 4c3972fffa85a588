//! The middle of the agent: a scan goes in, a decision is taken, the fact and the state that it changed go to disk together, and only then
//! comes the answer.
//!
//! Floor and stations are under one lock. It is held while deciding and queueing, never while waiting for the disk; so the order of facts in
//! the outbox is the order of decisions, and many stations share one flush. Room in the queue is taken before the lock, so that queueing never waits.
//! After a failed commit the memory is ahead of the disk; the process ends then (see [`crate::outbox`]) and a restart begins from the disk.
//!
//! When the rows of a decision cannot be made, `before` takes the decision back; when a decision panics, the process ends as well.
//!
//! Stations, the panel and printing call [`Core`]; `keep` lays out what is kept, `floor` takes the hub's task log in.

mod before;
mod decide;
mod floor;
mod keep;
mod once;
mod pins;
mod view;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use qitao_domain::event::{Effect, Fact};
use qitao_domain::ids::{EdgeId, LocationId, OperatorId, ScanId, Seq, SiteId, StationId, TaskId};
use qitao_domain::quantity::Quantity;
use qitao_domain::scan::Scan;
use qitao_domain::work::station::HeldGoods;
use qitao_domain::work::{Floor, Prompt, Station, Verdict};
use serde::{Deserialize, Serialize};
use tokio::sync::{broadcast, watch};

use crate::link::Link;
use crate::outbox::store::StoreError;
use crate::outbox::{Append, Outbox, OutboxError};
use crate::replica::Replica;
use once::Once;
use pins::Tries;
pub use view::TaskSummary;

/// What went wrong, by what the caller must do.
#[derive(Debug, thiserror::Error)]
pub enum CoreError {
    /// The process is ending; say so and wait for the restart. Nobody can tell whether the scan was recorded; its id tells after the restart.
    #[error("the agent is stopping")]
    Stopping,
    /// The rows given with a note are at fault.
    #[error(transparent)]
    Rows(OutboxError),
}

impl From<OutboxError> for CoreError {
    fn from(error: OutboxError) -> Self {
        match error {
            OutboxError::Stopped => Self::Stopping,
            other => Self::Rows(other),
        }
    }
}

/// What a station is given.
#[derive(Debug)]
pub enum Input {
    /// A scan from a wire, a PDA or a photo.
    Scan(Scan),
    /// A button of the panel that stands for a control barcode, e.g. `QT-OK` or `QT-TASK-PK-000456`.
    Command(String),
    /// A button of the panel that takes one of the station's recent facts back.
    Undo(ScanId),
    /// The operator is logged out by a rule of the site, said in a few words.
    LogOut {
        /// Which rule.
        why: String,
    },
    /// Something the edge itself has to record: a printer's answer. `rows` are committed in the same batch.
    Note {
        /// What, in one word.
        what: String,
        /// The answer shown.
        verdict: Verdict,
        /// What it means for the books.
        effects: Vec<Effect>,
        /// State to keep together with the fact.
        rows: Append,
    },
}

/// A station as it is now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StationNow {
    /// Which.
    pub id: StationId,
    /// Who is logged in.
    pub operator: Option<OperatorId>,
    /// What is being worked on.
    pub task: Option<TaskSummary>,
    /// The place last scanned.
    pub location: Option<LocationId>,
    /// How often the next goods count.
    pub quantity: Option<Quantity>,
    /// Goods that wait for their shelf.
    pub held: Vec<HeldGoods>,
    /// What the operator should do now.
    pub prompt: Prompt,
    /// Facts that can be taken back now, oldest first.
    pub undoable: Vec<ScanId>,
    /// Scans answered since the agent began to keep this station: right (or attention), wrong.
    pub counts: Counts,
}

/// How many scans were right and wrong at a station.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Right, or right with something to look at.
    pub right: u64,
    /// Wrong.
    pub wrong: u64,
}

/// A scan with its answer, durable.
#[derive(Debug, Clone)]
pub struct Recorded {
    /// Grows with every decision of this process; puts answers in order.
    pub order: u64,
    /// The fact as it is in the outbox.
    pub fact: Fact,
    /// Its place in the stream; `None` when it was not recorded (disk nearly full, or practice).
    pub seq: Option<Seq>,
    /// The station after it.
    pub station: StationNow,
}

/// What happened, for those who watch.
#[derive(Debug, Clone)]
pub enum Event {
    /// A scan was answered.
    Recorded(Arc<Recorded>),
    /// Tasks came, went or changed otherwise than by a scan at a station.
    Tasks,
}

/// The floor and the stations, and where their facts go.
pub struct Core {
    outbox: Outbox,
    replica: Arc<Replica>,
    site: Option<SiteId>,
    work: Mutex<Work>,
    events: broadcast::Sender<Event>,
    link: watch::Sender<Link>,
    once: Once,
    /// Whether an operator is at one station at most.
    one_station: AtomicBool,
    /// Whether a badge must be followed by a PIN.
    pins: AtomicBool,
}

#[derive(Default)]
struct Work {
    floor: Floor,
    stations: BTreeMap<StationId, Post>,
    tasks_through: u64,
    order: u64,
    /// Wrong PINs that were counted in this run; older ones are in the outbox.
    pin_tries: BTreeMap<OperatorId, Tries>,
}

/// A station and what is kept of it.
#[derive(Default, Clone)]
struct Post {
    station: Station,
    /// Numbers under which the entries of the history are kept, in their order.
    past: Vec<(u64, ScanId)>,
    counts: Counts,
}

impl Core {
    /// Rebuilds floor and stations from the outbox. Without a site the edge is not enrolled: it answers scans for practice and records nothing.
    #[must_use]
    pub fn new(outbox: Outbox, replica: Arc<Replica>, site: Option<SiteId>) -> Arc<Self> {
        let work = keep::read(&outbox);
        let once = Once::read(&outbox);
        tracing::info!(
            tasks = work.floor.tasks.len(),
            stations = work.stations.len(),
            tasks_through = work.tasks_through,
            backlog = outbox.position().backlog(),
            "the floor is as it was left"
        );
        Arc::new(Self {
            outbox,
            replica,
            site,
            work: Mutex::new(work),
            events: broadcast::Sender::new(512),
            link: watch::Sender::new(Link::new(site.is_some())),
            once,
            one_station: AtomicBool::new(false),
            pins: AtomicBool::new(false),
        })
    }

    /// From now on who logs in at one station leaves the others, and takes the work along.
    pub fn keep_to_one_station(&self) {
        self.one_station.store(true, Ordering::Relaxed);
    }

    /// From now on a badge must be followed by its operator's PIN, which is chosen at the first login.
    pub fn want_pins(&self) {
        self.pins.store(true, Ordering::Relaxed);
    }

    /// Before [`Core::new`]: whose tasks are in this outbox.
    ///
    /// # Errors
    /// [`OutboxError`] when it cannot be kept.
    pub async fn belong_to(outbox: &Outbox, edge: &EdgeId) -> Result<(), OutboxError> {
        keep::belong_to(outbox, edge).await
    }

    /// The durable queue, for other small rows (print jobs, the panel's own) and for its position and disk.
    #[must_use]
    pub const fn outbox(&self) -> &Outbox {
        &self.outbox
    }

    /// Catalogue, locations and operators.
    #[must_use]
    pub const fn replica(&self) -> &Arc<Replica> {
        &self.replica
    }

    /// The site, when enrolled.
    #[must_use]
    pub const fn site(&self) -> Option<SiteId> {
        self.site
    }

    /// Whether nothing is recorded because the edge is not enrolled.
    #[must_use]
    pub const fn practice(&self) -> bool {
        self.site.is_none()
    }

    /// Follows what happens. Answers come in the order of their durability; [`Recorded::order`] tells the order of decisions.
    #[must_use]
    pub fn subscribe(&self) -> broadcast::Receiver<Event> {
        self.events.subscribe()
    }

    /// The link to the hub.
    #[must_use]
    pub fn link(&self) -> watch::Receiver<Link> {
        self.link.subscribe()
    }

    /// Shows another state of the link; called by the uplink.
    pub fn show_link(&self, link: Link) {
        self.link.send_if_modified(|old| {
            let news = old.state != link.state || old.backlog != link.backlog;
            let since_ms = if old.state == link.state { old.since_ms } else { link.since_ms };
            *old = Link { since_ms, ..link };
            news
        });
    }

    /// Takes an input at a station and answers when it is durable. A station that is not known yet begins here. Goes on to the end when the
    /// caller goes away.
    ///
    /// # Errors
    /// [`CoreError::Stopping`]; [`CoreError::Rows`] for a note with rows that cannot be kept.
    pub async fn take(self: &Arc<Self>, station: StationId, input: Input) -> Result<Arc<Recorded>, CoreError> {
        let core = self.clone();
        tokio::spawn(async move { core.record(station, input, None).await }).await.map_err(|_| self.broken())?
    }

    /// As [`Core::take`], but an input that comes again under the same key gets the answer of the first time: a page that did not hear
    /// the answer may send once more, also after a restart of the agent. The key must not be used for anything else.
    ///
    /// # Errors
    /// As [`Core::take`].
    pub async fn take_once(self: &Arc<Self>, station: StationId, key: &str, input: Input) -> Result<Arc<Recorded>, CoreError> {
        let core = self.clone();
        let key = key.to_owned();
        let taken = tokio::spawn(async move {
            // Until it is durable: who brings this key meanwhile gets this answer.
            let _turn = core.once.turn(&key).await;
            if let Some(recorded) = core.once.answer(&core, &station, &key) {
                return Ok(recorded);
            }
            core.record(station, input, Some(&key)).await
        });
        taken.await.map_err(|_| self.broken())?
    }

    async fn record(&self, id: StationId, input: Input, once: Option<&str>) -> Result<Arc<Recorded>, CoreError> {
        let slot = if self.practice() {
            None
        } else {
            // What ends something that was begun is small, and must be known also when the disk is nearly full.
            let reserved = match &input {
                Input::Note { .. } | Input::LogOut { .. } => self.outbox.reserve_even_when_full().await,
                Input::Scan(_) | Input::Command(_) | Input::Undo(_) => self.outbox.reserve().await,
            };
            match reserved {
                Ok(slot) => Some(slot),
                Err(OutboxError::DiskNearlyFull) => {
                    let refused = Arc::new(self.refuse(&id, &input));
                    // The panel answers for a scanner on a wire, which nobody else does. A page with a key asks again every few seconds.
                    if once.is_none() {
                        let _ = self.events.send(Event::Recorded(refused.clone()));
                    }
                    return Ok(refused);
                }
                Err(error) => return Err(error.into()),
            }
        };
        let looked = self.look_at_pin(&id, &input).await;
        let (undelivered, pending, moved) = self.decide(&id, input, looked.as_ref(), slot, once)?;
        let seq = match pending {
            Some(pending) => pending.durable().await?,
            None => None,
        };
        let recorded = Arc::new(Recorded { seq, ..undelivered });
        let _ = self.events.send(Event::Recorded(recorded.clone()));
        if moved {
            // The station that was left has news too.
            let _ = self.events.send(Event::Tasks);
        }
        Ok(recorded)
    }

    /// The floor, to change it.
    fn floor(&self) -> Result<MutexGuard<'_, Work>, CoreError> {
        self.work.lock().map_err(|_| self.broken())
    }

    /// The answer to a caller whose task panicked. After a panic half way through a decision memory may differ from the disk: a bug to be seen, not
    /// to go on from.
    fn broken(&self) -> CoreError {
        if self.work.is_poisoned() {
            self.outbox.halt(&StoreError::Fault("a decision panicked"));
        }
        CoreError::Stopping
    }

    fn work(&self) -> MutexGuard<'_, Work> {
        // Reading for the panel is harmless even when poisoned; whoever wants to change something ends the process.
        self.work.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A station as it is now; `None` when it was never used.
    #[must_use]
    pub fn station(&self, id: &StationId) -> Option<StationNow> {
        let work = self.work();
        work.stations.get(id).map(|post| view::station_now(id, post, &work.floor, &*self.replica.catalogue()))
    }

    /// A station as it is now; as it would begin when it was never used.
    #[must_use]
    pub fn station_or_new(&self, id: &StationId) -> StationNow {
        let work = self.work();
        let catalogue = self.replica.catalogue();
        match work.stations.get(id) {
            Some(post) => view::station_now(id, post, &work.floor, &*catalogue),
            None => view::station_now(id, &Post::default(), &work.floor, &*catalogue),
        }
    }

    /// Stations that were ever used here.
    #[must_use]
    pub fn stations(&self) -> Vec<StationId> {
        self.work().stations.keys().cloned().collect()
    }

    /// Tasks that can be worked on now, by number.
    #[must_use]
    pub fn open_tasks(&self) -> Vec<TaskSummary> {
        let mut tasks: Vec<TaskSummary> = self.work().floor.open().map(TaskSummary::of).collect();
        tasks.sort_by(|a, b| a.number.cmp(&b.number));
        tasks
    }

    /// One task with its lines and progress, while the floor remembers it.
    #[must_use]
    pub fn task(&self, id: TaskId) -> Option<qitao_domain::work::TaskProgress> {
        self.work().floor.tasks.get(&id).cloned()
    }

    /// The number on a task's sheet.
    #[must_use]
    pub fn task_number(&self, id: TaskId) -> Option<String> {
        self.work().floor.tasks.get(&id).map(|progress| progress.task.number.clone())
    }
}
