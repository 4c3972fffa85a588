//! What goes between edge and hub: messages, topics, the signed envelope. Versioned; every wire form has a golden file.
//!
//! MQTT carries the messages on two topics per edge: [`topic_up`] and [`topic_down`], each message one [`envelope`]. Large things
//! (snapshots, deltas) go over HTTP; MQTT only says that there is something new ([`Down::Datasets`]).

mod codec;
pub mod envelope;

pub use codec::{MAX_DEPTH, ProtocolError, decode_down, decode_up, encode, scan_of};

use serde::{Deserialize, Serialize};

use crate::event::Fact;
use crate::ids::{EdgeId, Epoch, ScanId, Seq, TaskId};
use crate::work::{LineShare, Task};

/// Version of this protocol. A hub speaks this and the one before it.
pub const VERSION: u16 = 1;

/// Oldest version that a hub of this build still speaks.
pub const OLDEST_VERSION: u16 = 1;

/// Largest message either side sends or accepts, in bytes.
pub const MAX_MESSAGE: usize = 256 * 1024;

/// Most facts in one batch.
pub const MAX_BATCH: usize = 64;

/// Topic on which an edge speaks.
#[must_use]
pub fn topic_up(edge: &EdgeId) -> String {
    format!("qitao/v1/{edge}/up")
}

/// Topic on which an edge is spoken to.
#[must_use]
pub fn topic_down(edge: &EdgeId) -> String {
    format!("qitao/v1/{edge}/down")
}

/// From edge to hub.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Up {
    /// First on every connection, and again after silence.
    Hello(Hello),
    /// Facts without gaps.
    Batch(Batch),
    /// The edge has these task log entries on disk.
    TasksAck {
        /// Highest entry of the task log that the edge keeps.
        through: u64,
    },
    /// How the edge is, every 30 s.
    Health(Health),
}

/// "This is who I am and where my stream stands."
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// The edge's epoch; 0 when it never had one.
    pub epoch: Epoch,
    /// Boot of the machine.
    pub boot: u64,
    /// Number of this process start, random.
    pub session: u64,
    /// Which hello of this session this is, from 1: the hub ignores an older one that comes late.
    pub attempt: u32,
    /// The edge found that the hub's last fact of this epoch is not its own: its disk, or the hub's, went back in time. Asks for a new epoch.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub diverged: bool,
    /// SHA-256 over machine id and disk identity, hex: tells a cloned disk image from its original.
    pub fingerprint: String,
    /// Sequence number that the next new fact will get.
    pub next_seq: Seq,
    /// Lowest sequence number still on the edge's disk, acked rows included; equals `next_seq` when there is none.
    pub oldest_kept: Seq,
    /// Wall clock, milliseconds since 1970 UTC.
    pub clock_ms: i64,
    /// Protocol version that the edge speaks.
    pub protocol: u16,
    /// Agent version, for the fleet page.
    pub agent: String,
    /// Highest task log entry that the edge keeps.
    pub tasks_through: u64,
    /// Versions of the data sets that the edge has.
    pub datasets: Vec<DatasetVersion>,
}

/// A data set and the version somebody has of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatasetVersion {
    /// `items`, `locations`, `operators`.
    pub name: String,
    /// Grows with every change at the hub.
    pub version: u64,
}

/// Facts `first`, `first + 1`, … of an epoch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batch {
    /// The link they are sent on, from [`Welcome::link`]. A batch of an earlier link that comes late is ignored.
    pub link: u64,
    /// Epoch of all of them.
    pub epoch: Epoch,
    /// Sequence number of the first.
    pub first: Seq,
    /// The facts, at most [`MAX_BATCH`]. A fact that the hub cannot read as [`Fact`] is still kept there, as text, as an exception.
    pub facts: Vec<serde_json::Value>,
}

impl Batch {
    /// A batch of readable facts.
    ///
    /// # Errors
    /// When a fact cannot be written as JSON (never for facts made by this crate).
    pub fn of(link: u64, epoch: Epoch, first: Seq, facts: &[Fact]) -> Result<Self, serde_json::Error> {
        Ok(Self { link, epoch, first, facts: facts.iter().map(serde_json::to_value).collect::<Result<_, _>>()? })
    }
}

/// How an edge is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    /// Facts not acked yet.
    pub backlog: u64,
    /// Age of the oldest fact not acked yet, milliseconds; 0 when there is none.
    pub lag_ms: u64,
    /// Free bytes on the outbox's disk.
    pub disk_free: u64,
    /// Resident memory in bytes.
    pub memory: u64,
    /// Devices as they are now.
    pub devices: Vec<DeviceHealth>,
    /// Rungs of the recovery ladder taken since the last report, in words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recovery: Vec<String>,
    /// Versions of the data sets that the edge has; none from an edge that does not say it here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub datasets: Vec<DatasetVersion>,
    /// What tells the fonts of its labels from others; empty from an edge without printers or fonts, and from one that does not say it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub fonts: String,
}

/// How a device is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceHealth {
    /// Which.
    pub id: String,
    /// `scanner`, `printer`, or `panel` for a browser that is a station of its own.
    pub kind: String,
    /// Model or name, for people.
    pub model: String,
    /// `online`, `offline`, a printer's fault, or `known` of a panel.
    pub state: String,
    /// The station whose scans it makes: its name for people is `model`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub station: Option<String>,
    /// How it is set; none from an edge that does not look, and before it has looked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settings: Option<SettingsHealth>,
}

/// Most differences that [`SettingsHealth`] names.
pub const MOST_DRIFT: usize = 12;

/// How a device's settings stand beside the profile it should have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettingsHealth {
    /// The profile.
    pub profile: String,
    /// The family whose words the device takes, e.g. `newland`, `zpl`; empty where that is not known.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub family: String,
    /// `holds`, `differs`, `silent` (it does not answer), `unsettable` (it cannot be asked over its wire), or `no_profile` (there is none of this id).
    pub state: String,
    /// Since when that is so, by the edge's clock, milliseconds since 1970.
    pub since_ms: i64,
    /// What differs, at most [`MOST_DRIFT`] of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub drift: Vec<Drift>,
    /// How many settings differ, those included that `drift` has no room for.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub differs: u32,
    /// Writes to the device's permanent memory from this edge, ever.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub flash_writes: u32,
}

/// A setting that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drift {
    /// Which, e.g. `suffix`; several that share a place in the device are joined by `+`.
    pub setting: String,
    /// What it is, in words.
    pub has: String,
    /// What it should be.
    pub wants: String,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands it over so")]
const fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// From hub to edge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Down {
    /// Answer to [`Up::Hello`].
    Welcome(Welcome),
    /// Everything up to `committed` is in the hub's database.
    Ack {
        /// The link it is about; others ignore it.
        link: u64,
        /// Epoch it is about.
        epoch: Epoch,
        /// Cumulative.
        committed: Seq,
        /// How many facts may be on the way beyond `committed`; 0 pauses the edge.
        window: u32,
    },
    /// There was a gap: send again from `expected`.
    Nack {
        /// The link it is about; others ignore it.
        link: u64,
        /// Epoch it is about.
        epoch: Epoch,
        /// The next sequence number that the hub will take.
        expected: Seq,
    },
    /// The edge may not speak: says why. The edge keeps everything and shows it.
    Refused {
        /// The session of the hello this answers; a clone's refusal must not stop the original.
        session: u64,
        /// The reason.
        reason: Refusal,
    },
    /// Current versions of the data sets; the edge fetches what it lacks over HTTP.
    Datasets {
        /// All data sets of this edge.
        datasets: Vec<DatasetNotice>,
    },
    /// Entries of the task log, without gaps, `first`, `first + 1`, ….
    Tasks {
        /// Number of the first entry.
        first: u64,
        /// The entries.
        entries: Vec<TaskEntry>,
    },
    /// What other edges of the site have done of a task, all of it, as it stands now. Not confirmed: the next one, or the next hello, makes
    /// good for one that is lost. An edge that does not know this message works as if it were alone.
    Progress {
        /// The task.
        task: TaskId,
        /// By line; a line that is not named is one of which they did nothing.
        others: Vec<LineShare>,
    },
}

/// Answer to a hello.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Welcome {
    /// The session of the hello this answers.
    pub session: u64,
    /// The attempt of the hello this answers.
    pub attempt: u32,
    /// Random number of the link that begins here. Batches, acks and nacks carry it, so that nothing of an earlier link is mistaken for one
    /// of this.
    pub link: u64,
    /// Epoch from now on. When it is not the hello's, the edge re-keys everything it keeps, acked or not: `committed + 1`, …. The hub skips
    /// what it has by [`ScanId`].
    pub epoch: Epoch,
    /// Highest sequence number of that epoch in the hub's database.
    pub committed: Seq,
    /// The fact at `committed`, when there is one that says its id. The edge compares it with its own: if they differ, one of the two disks
    /// went back in time and the numbering means different facts on each side.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub head: Option<ScanId>,
    /// How many facts may be on the way.
    pub window: u32,
    /// The hub's clock, milliseconds since 1970 UTC.
    pub now_ms: i64,
}

/// Why an edge may not speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// The same epoch is already spoken by a machine with another fingerprint: a cloned disk image.
    Cloned,
    /// The hub does not speak this protocol version; update the edge.
    Protocol,
    /// Disabled at the hub.
    Disabled,
}

/// A data set's version and where to check it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatasetNotice {
    /// `items`, `locations`, `operators`.
    pub name: String,
    /// Current version.
    pub version: u64,
}

/// One entry of an edge's task log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum TaskEntry {
    /// A task to work on; replaces an earlier release of the same id, progress kept.
    Released {
        /// The task.
        task: Task,
        /// What the hub has from this edge already: where an edge that has forgotten the task begins.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        own: Vec<LineShare>,
        /// What other edges have done of it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        others: Vec<LineShare>,
    },
    /// A task that is no longer wanted here. Facts recorded for it still count.
    Withdrawn {
        /// Which.
        task: TaskId,
    },
}

impl TaskEntry {
    /// A task that nobody has begun.
    #[must_use]
    pub const fn released(task: Task) -> Self {
        Self::Released { task, own: Vec::new(), others: Vec::new() }
    }
}
