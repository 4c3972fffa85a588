//! What the sender hears and says: inputs, actions, waits, the link's state.

use serde::{Deserialize, Serialize};

use crate::ids::{Epoch, ScanId, Seq};
use crate::protocol::{Down, Refusal};

/// How long to wait for what, in milliseconds. Every wait gets jitter on top, so that a thousand edges do not speak at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// Least wait before connecting again; doubles with every failure. The wait is random between 0 and that (full jitter).
    pub connect: u64,
    /// Most wait before connecting again.
    pub connect_most: u64,
    /// For a connection to come about.
    pub connecting: u64,
    /// For a welcome; doubles with every hello in vain, four times at most.
    pub welcome: u64,
    /// For ack progress while facts are on the way.
    pub silence: u64,
    /// Before asking again whether the hub still has no window for us.
    pub pause: u64,
    /// Before saying hello on a quiet link, to notice a hub that was restored from a backup while nothing was scanned.
    pub idle: u64,
    /// Without any progress, before the connection itself is held to be the fault.
    pub watchdog: u64,
    /// Before asking again after a refusal.
    pub refused: u64,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            connect: 1_000,
            connect_most: 60_000,
            connecting: 30_000,
            welcome: 3_000,
            silence: 5_000,
            pause: 15_000,
            idle: 600_000,
            watchdog: 60_000,
            refused: 60_000,
        }
    }
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input<'a> {
    /// There is a connection, subscribed to the edge's topic.
    Connected,
    /// There is none any more, or it did not come about.
    Disconnected,
    /// The hub said something (tasks and data sets are passed over here).
    Down {
        /// What.
        message: &'a Down,
        /// The scan id of the edge's own fact at [`super::Sender::wanted`].
        mine: Option<ScanId>,
    },
    /// [`Action::Settle`] is on disk.
    Settled,
    /// [`Action::SendBatch`] went out as far as this; less than asked when it would have been too long for a message.
    Sent {
        /// The batch's link.
        link: u64,
        /// Last fact that went out; lower than the batch's first when the rows are gone.
        through: Seq,
    },
    /// New facts are on disk.
    Committed,
    /// Time has passed.
    Tick,
}

/// What the shell is to do, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Make a connection; answer with [`Input::Connected`] or [`Input::Disconnected`].
    Connect,
    /// Drop the connection: it makes no progress. [`Action::Connect`] follows when it is time.
    Reconnect,
    /// Say hello.
    SendHello(Hail),
    /// Send facts; answer with [`Input::Sent`].
    SendBatch {
        /// For [`crate::protocol::Batch::link`].
        link: u64,
        /// Their epoch.
        epoch: Epoch,
        /// First fact.
        first: Seq,
        /// Last fact, at most.
        last: Seq,
    },
    /// Change the numbering on disk as the welcome says (see [`crate::stream::Place::settle`]); answer with [`Input::Settled`] once it is durable.
    Settle {
        /// The welcome's epoch.
        epoch: Epoch,
        /// The welcome's committed.
        committed: Seq,
    },
    /// The hub has everything up to here. Need not be durable: it may be written with the next facts.
    MarkAcked {
        /// Epoch it is about.
        epoch: Epoch,
        /// Highest fact that the hub has.
        through: Seq,
    },
    /// The hub's last fact of this epoch is not ours: one of the disks went back in time. For the log; a new epoch is being asked for.
    Diverged {
        /// Epoch that ends.
        epoch: Epoch,
        /// Where the two differ.
        at: Seq,
    },
    /// Show the link's state.
    Link(LinkState),
}

/// The stream's part of a hello.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hail {
    /// See [`crate::protocol::Hello`].
    pub session: u64,
    /// See there.
    pub attempt: u32,
    /// See there.
    pub epoch: Epoch,
    /// See there.
    pub diverged: bool,
    /// See there.
    pub next_seq: Seq,
    /// See there.
    pub oldest_kept: Seq,
}

/// The link, for the panel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", content = "reason", rename_all = "snake_case")]
pub enum LinkState {
    /// No connection.
    Offline,
    /// Connected, and waiting for the hub's answer.
    Greeting,
    /// Facts flow.
    Online,
    /// The hub asked to wait.
    Paused,
    /// The hub will not have this edge; everything is kept.
    Refused(Refusal),
}
