//! The loop: wait for the network, the outbox and the clock; hand what happened to the sender; do what it says, in order.

use std::time::{Duration, Instant};

use qitao_domain::ids::{EdgeId, ScanId, Seq, TaskId};
use qitao_domain::protocol::{Batch, DatasetNotice, Down, Hello, MAX_MESSAGE, TaskEntry, Up, VERSION, envelope, topic_down, topic_up};
use qitao_domain::stream::Position;
use qitao_domain::stream::sender::{Action, Hail, Input, LinkState, Sender, Timing};
use qitao_domain::work::LineShare;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinSet;

use super::health;
use super::transport::{Connection, Outgoing, Transport};
use crate::clock;
use crate::identity::Keys;
use crate::link::{Link, LinkKind};
use crate::outbox::{Outbox, OutboxError};
use crate::workplace::Workplace;

/// How often the hub hears how the edge is.
const HEALTH: Duration = Duration::from_secs(30);
/// Changes of devices are reported together after this.
const HEALTH_SOON: Duration = Duration::from_secs(1);
/// Facts of a batch may take this much of a message; the rest is for what is around them.
const BATCH_BYTES: usize = MAX_MESSAGE - 8 * 1024;

/// Who speaks to the hub, and with which keys.
pub struct Speaker {
    /// The edge.
    pub edge: EdgeId,
    /// Its key and the hub's.
    pub keys: Keys,
    /// Of machine and disk.
    pub fingerprint: String,
    /// Facts on the way at most, whatever the hub allows.
    pub window: Option<u32>,
}

impl Speaker {
    /// A message as it goes on the wire.
    fn seal(&self, message: &Up) -> Result<Vec<u8>, serde_json::Error> {
        let json = serde_json::to_vec(message)?;
        let signature = self.keys.sign(&envelope::signed_bytes(&topic_up(&self.edge), &json));
        Ok(envelope::seal(&signature, &json))
    }

    /// A message from the wire, when it is the hub's and can be read; why not otherwise.
    fn open(&self, bytes: &[u8]) -> Result<Down, String> {
        let (signature, json) = envelope::open(bytes).map_err(|e| e.to_string())?;
        if !self.keys.is_hubs(&envelope::signed_bytes(&topic_down(&self.edge), json), &signature) {
            return Err("not signed by the hub".into());
        }
        let mut message: Down = serde_json::from_slice(json).map_err(|e| e.to_string())?;
        if let (Some(most), Down::Ack { window, .. }) = (self.window, &mut message) {
            *window = most.min(*window);
        } else if let (Some(most), Down::Welcome(welcome)) = (self.window, &mut message) {
            welcome.window = most.min(welcome.window);
        }
        Ok(message)
    }
}

/// The loop and what it works with.
pub struct Driver<T> {
    workplace: Workplace,
    speaker: Speaker,
    transport: T,
    sender: Sender,
    started: Instant,
    notices: watch::Sender<Vec<DatasetNotice>>,
    recovered: Vec<String>,
    connection: Option<Connection>,
    /// An attempt to connect, or a batch being filled; ended by dropping.
    connecting: JoinSet<Result<Connection, String>>,
    filling: JoinSet<Result<Filled, OutboxError>>,
    tasks: Option<mpsc::UnboundedSender<OfTasks>>,
    health_at: tokio::time::Instant,
    bad_messages: u64,
}

/// What the hub says of tasks.
enum OfTasks {
    /// Entries of the task log from this number on.
    Log(u64, Vec<TaskEntry>),
    /// What other edges have done of a task.
    Progress(TaskId, Vec<LineShare>),
}

/// A batch that is on the network, up to here.
struct Filled {
    link: u64,
    through: Seq,
}

/// What woke the loop.
enum Woken {
    Tick,
    Committed,
    Connected(Result<Connection, String>),
    Message(Option<Vec<u8>>),
    Filled(Result<Filled, String>),
    TasksKept(u64),
    Health,
    Stop,
}

impl<T: Transport> Driver<T> {
    /// A driver at rest.
    #[must_use]
    pub fn new(
        workplace: Workplace,
        speaker: Speaker,
        transport: T,
        timing: Timing,
        notices: watch::Sender<Vec<DatasetNotice>>,
        recovered: Vec<String>,
    ) -> Self {
        Self {
            workplace,
            speaker,
            transport,
            sender: Sender::new(rand::random(), timing),
            started: Instant::now(),
            notices,
            recovered,
            connection: None,
            connecting: JoinSet::new(),
            filling: JoinSet::new(),
            tasks: None,
            health_at: tokio::time::Instant::now() + HEALTH,
            bad_messages: 0,
        }
    }

    fn outbox(&self) -> &Outbox {
        self.workplace.core.outbox()
    }

    fn position(&self) -> Position {
        self.outbox().position()
    }

    fn now(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Works until the agent stops.
    pub async fn run(mut self) {
        let mut kept = self.start_tasks();
        let mut position = self.outbox().subscribe();
        let mut devices = self.workplace.devices.subscribe();
        let mut disk = self.outbox().watch_disk();
        let stop = self.workplace.stop.clone();
        self.step(Input::Tick).await;
        loop {
            let deadline = self.sender.deadline().map(|at| Duration::from_millis(at.saturating_sub(self.now())));
            let woken = tokio::select! {
                () = stop.cancelled() => Woken::Stop,
                message = receive(&mut self.connection) => Woken::Message(message),
                Some(done) = self.filling.join_next() => Woken::Filled(done.map_err(|e| e.to_string()).and_then(|filled| filled.map_err(|e| e.to_string()))),
                Some(done) = self.connecting.join_next() => Woken::Connected(done.unwrap_or_else(|e| Err(e.to_string()))),
                Some(through) = kept.recv() => Woken::TasksKept(through),
                Ok(()) = position.changed() => Woken::Committed,
                () = tokio::time::sleep(deadline.unwrap_or(Duration::MAX)), if deadline.is_some() => Woken::Tick,
                () = tokio::time::sleep_until(self.health_at) => Woken::Health,
                Ok(()) = devices.changed() => { self.health_soon(); continue }
                Ok(()) = disk.changed() => { self.health_soon(); continue }
            };
            match woken {
                Woken::Stop => break,
                Woken::Tick => self.step(Input::Tick).await,
                Woken::Committed => {
                    let backlog = position.borrow_and_update().backlog();
                    let link = *self.workplace.core.link().borrow();
                    self.workplace.core.show_link(Link { backlog, ..link });
                    self.step(Input::Committed).await;
                }
                Woken::Connected(Ok(connection)) => {
                    self.connection = Some(connection);
                    self.step(Input::Connected).await;
                }
                Woken::Connected(Err(error)) => {
                    tracing::debug!(%error, "no connection to the broker");
                    self.step(Input::Disconnected).await;
                }
                Woken::Message(Some(bytes)) => self.heard(&bytes).await,
                Woken::Message(None) => {
                    self.hang_up();
                    self.step(Input::Disconnected).await;
                }
                Woken::Filled(Ok(Filled { link, through })) => self.step(Input::Sent { link, through }).await,
                Woken::Filled(Err(error)) => {
                    tracing::error!(%error, "a batch cannot be made");
                    self.hang_up();
                    self.step(Input::Disconnected).await;
                }
                Woken::TasksKept(through) => self.say(&Up::TasksAck { through }, None),
                Woken::Health => self.report().await,
            }
        }
        self.hang_up();
    }

    /// Tasks are kept on a task of their own, in order: the stream does not wait for them.
    fn start_tasks(&mut self) -> mpsc::UnboundedReceiver<u64> {
        let (tasks, mut waiting) = mpsc::unbounded_channel::<OfTasks>();
        let (kept, done) = mpsc::unbounded_channel();
        let core = self.workplace.core.clone();
        self.workplace.tracker.spawn(async move {
            while let Some(said) = waiting.recv().await {
                match said {
                    OfTasks::Log(first, entries) => match core.take_tasks(first, entries).await {
                        Ok(through) => drop(kept.send(through)),
                        Err(error) => tracing::warn!(first, %error, "tasks from the hub were not kept; it sends them again"),
                    },
                    OfTasks::Progress(task, others) => {
                        if let Err(error) = core.take_progress(task, others).await {
                            tracing::warn!(task = task.0, %error, "what other edges did was not kept; the hub says it again");
                        }
                    }
                }
            }
        });
        self.tasks = Some(tasks);
        done
    }

    async fn heard(&mut self, bytes: &[u8]) {
        let message = match self.speaker.open(bytes) {
            Ok(message) => message,
            Err(why) => {
                self.bad_messages += 1;
                // A hostile sender shall not fill the log.
                if self.bad_messages.is_power_of_two() {
                    tracing::warn!(%why, bytes = bytes.len(), so_far = self.bad_messages, "a message that is not the hub's was passed over");
                }
                return;
            }
        };
        match &message {
            Down::Datasets { datasets } => {
                self.notices.send_replace(datasets.clone());
            }
            Down::Tasks { first, entries } => {
                if let Some(tasks) = &self.tasks {
                    let _ = tasks.send(OfTasks::Log(*first, entries.clone()));
                }
            }
            Down::Progress { task, others } => {
                if let Some(tasks) = &self.tasks {
                    let _ = tasks.send(OfTasks::Progress(*task, others.clone()));
                }
            }
            Down::Welcome(welcome) => {
                let skew_ms = welcome.now_ms - clock::wall_ms();
                if skew_ms.abs() > 60_000 {
                    tracing::warn!(
                        skew_ms,
                        "this machine's clock differs from the hub's; facts keep our time, the hub corrects its reports"
                    );
                }
            }
            Down::Ack { .. } | Down::Nack { .. } | Down::Refused { .. } => {}
        }
        let mine = match self.sender.wanted(self.position(), &message) {
            Some(seq) => self.scan_at(seq).await,
            None => None,
        };
        self.step(Input::Down { message: &message, mine }).await;
    }

    async fn scan_at(&self, seq: Seq) -> Option<ScanId> {
        let rows = self.outbox().rows(seq, 1).await.ok()?;
        let row = rows.first().filter(|row| row.seq == seq)?;
        row.fact["scan"].as_str()?.parse().ok()
    }

    /// Hands an input to the sender and does what it says; what that leads to at once is handed in too.
    async fn step(&mut self, input: Input<'_>) {
        let mut actions = self.sender.handle(self.now(), rand::random(), self.position(), input);
        while !actions.is_empty() {
            let mut next = Vec::new();
            for action in actions {
                if let Some(input) = self.act(action).await {
                    next.extend(self.sender.handle(self.now(), rand::random(), self.position(), input));
                }
            }
            actions = next;
        }
    }

    async fn act(&mut self, action: Action) -> Option<Input<'static>> {
        match action {
            Action::Connect => {
                self.hang_up();
                self.connecting.spawn(self.transport.connect());
            }
            Action::Reconnect => self.hang_up(),
            Action::SendHello(hail) => self.say(&Up::Hello(self.hello(hail)), None),
            Action::SendBatch { link, epoch, first, last } => self.fill(link, epoch, first, last),
            Action::Settle { epoch, committed } => {
                return match self.outbox().settle(epoch, committed).await {
                    Ok(_) => Some(Input::Settled),
                    // The process is ending; nothing more is to be said.
                    Err(_) => None,
                };
            }
            Action::MarkAcked { epoch, through } => self.outbox().mark_acked(epoch, through),
            Action::Diverged { epoch, at } => {
                tracing::warn!(
                    epoch = epoch.0,
                    at = at.0,
                    "the hub's last fact is not ours: one disk went back in time; a new epoch is asked for"
                );
            }
            Action::Link(state) => self.show(state),
        }
        None
    }

    fn hello(&self, hail: Hail) -> Hello {
        Hello {
            epoch: hail.epoch,
            boot: clock::boot(),
            session: hail.session,
            attempt: hail.attempt,
            diverged: hail.diverged,
            fingerprint: self.speaker.fingerprint.clone(),
            next_seq: hail.next_seq,
            oldest_kept: hail.oldest_kept,
            clock_ms: clock::wall_ms(),
            protocol: VERSION,
            agent: crate::VERSION.into(),
            tasks_through: self.workplace.core.tasks_through(),
            datasets: self.workplace.core.replica().versions(),
        }
    }

    /// Reads a batch from the outbox and sends it, beside the loop; the loop hears when the network took it.
    fn fill(&mut self, link: u64, epoch: qitao_domain::ids::Epoch, first: Seq, last: Seq) {
        let Some(up) = self.connection.as_ref().map(|c| c.up.clone()) else { return };
        let outbox = self.outbox().clone();
        let most = usize::try_from(last.0 - first.0 + 1).unwrap_or(1);
        let (edge, keys) = (self.speaker.edge.clone(), self.speaker.keys.clone());
        // One at a time. One that the sender no longer waits for, because it said hello meanwhile, is ended and forgotten: its end is no news.
        self.filling = JoinSet::new();
        self.filling.spawn(async move {
            let rows = outbox.rows(first, most).await?;
            let mut facts = Vec::with_capacity(rows.len());
            let mut bytes = 0;
            for row in rows.into_iter().enumerate().map_while(|(n, row)| (row.seq.0 == first.0 + n as u64).then_some(row)) {
                bytes += row.bytes + 1;
                if bytes > BATCH_BYTES && !facts.is_empty() {
                    break;
                }
                facts.push(row.fact);
            }
            let through = Seq(first.0 + facts.len() as u64 - 1);
            if facts.is_empty() {
                return Ok(Filled { link, through: Seq(first.0.saturating_sub(1)) });
            }
            let json = serde_json::to_vec(&Up::Batch(Batch { link, epoch, first, facts }))?;
            let signature = keys.sign(&envelope::signed_bytes(&topic_up(&edge), &json));
            let (taken, done) = oneshot::channel();
            let _ = up.send(Outgoing { bytes: envelope::seal(&signature, &json), taken: Some(taken) });
            // A connection that ends here shows itself by its end.
            let _ = done.await;
            Ok(Filled { link, through })
        });
    }

    fn say(&self, message: &Up, taken: Option<oneshot::Sender<()>>) {
        let Some(connection) = &self.connection else { return };
        match self.speaker.seal(message) {
            Ok(bytes) => drop(connection.up.send(Outgoing { bytes, taken })),
            Err(error) => tracing::error!(%error, "a message cannot be written"),
        }
    }

    fn hang_up(&mut self) {
        self.connection = None;
        self.connecting = JoinSet::new();
        self.filling = JoinSet::new();
    }

    fn show(&mut self, state: LinkState) {
        let (kind, reason) = match state {
            LinkState::Online | LinkState::Paused => (LinkKind::Online, None),
            LinkState::Offline => (LinkKind::Offline, None),
            // A hello in between says nothing new to people.
            LinkState::Greeting => return,
            LinkState::Refused(reason) => (LinkKind::Refused, Some(reason)),
        };
        match kind {
            LinkKind::Refused => tracing::error!(?reason, "the hub refuses this edge; everything is kept"),
            _ => tracing::info!(?state, backlog = self.position().backlog(), "link"),
        }
        self.workplace.core.show_link(Link { state: kind, reason, backlog: self.position().backlog(), since_ms: clock::wall_ms() });
        if kind == LinkKind::Online {
            self.health_soon();
        }
    }

    fn health_soon(&mut self) {
        self.health_at = self.health_at.min(tokio::time::Instant::now() + HEALTH_SOON);
    }

    async fn report(&mut self) {
        self.health_at = tokio::time::Instant::now() + HEALTH;
        if matches!(self.sender.link(), LinkState::Online | LinkState::Paused) && self.connection.is_some() {
            let recovery = std::mem::take(&mut self.recovered);
            let health = health::report(&self.workplace, recovery).await;
            self.say(&Up::Health(health), None);
        }
    }
}

/// The next message of the connection; waits for ever without one.
async fn receive(connection: &mut Option<Connection>) -> Option<Vec<u8>> {
    match connection {
        Some(connection) => connection.down.recv().await,
        None => std::future::pending().await,
    }
}
