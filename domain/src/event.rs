//! Facts: what an edge records, one per scan (or per button that stands for a scan), right or wrong.
//!
//! A fact is never changed and never deleted. It says what was scanned, what the station answered, and what that means for
//! the books ([`Effect`]). The hub applies effects; it does not guess them again. Undo is a fact of its own whose effects
//! are the reverse of an earlier fact's.

use serde::{Deserialize, Serialize};

use crate::barcode::symbology::AimId;
use crate::catalog::StockKey;
use crate::ids::{DeviceId, LineId, LocationId, OperatorId, ScanId, SiteId, StationId, TaskId};
use crate::quantity::Quantity;
use crate::scan::{Framing, Stamp};
use crate::work::Verdict;

/// One fact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// Guards against a second application.
    pub scan: ScanId,
    /// Where it happened.
    pub site: SiteId,
    /// At which station of the edge.
    pub station: StationId,
    /// Who, when somebody is logged in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operator: Option<OperatorId>,
    /// When.
    pub at: Stamp,
    /// What was done.
    pub source: Source,
    /// The task it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<TaskId>,
    /// The answer the operator saw.
    pub verdict: Verdict,
    /// What it means for the books, in order; empty for a scan that changes nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub effects: Vec<Effect>,
}

/// Where a fact came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum Source {
    /// A scanner on a wire, a PDA's own scanner, or a photo.
    Scanner {
        /// Which.
        device: DeviceId,
        /// What it said. Bytes that are not UTF-8 are kept as `{XX}` escapes (see [`crate::barcode::text_of`]).
        payload: String,
        /// AIM symbology identifier, when the scanner sent one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        symbology: Option<AimId>,
        /// Whether the frame was whole.
        framing: Framing,
    },
    /// A button on the panel that stands for a control barcode.
    Panel {
        /// The control barcode it stands for, e.g. `QT-UNDO`.
        command: String,
    },
    /// The edge itself: a printer's answer, a device that came or went.
    Edge {
        /// What, in one word.
        what: String,
    },
}

/// What a fact means for the books.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Effect {
    /// Stock went from one location to another.
    Moved {
        /// What.
        stock: StockKey,
        /// How much; always positive.
        quantity: Quantity,
        /// From where.
        from: LocationId,
        /// To where.
        to: LocationId,
        /// The task line it counts towards.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        line: Option<LineId>,
        /// The earlier fact that this reverses; the line's progress goes down then.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reverses: Option<ScanId>,
        /// Serial number, when the label carries one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        serial: Option<String>,
    },
    /// A count began at a location; whatever is not counted there by its end is counted as nothing.
    CountStarted {
        /// Where.
        location: LocationId,
    },
    /// Goods were seen at a location during a count. Negative when an undo takes a count back.
    Counted {
        /// Where.
        location: LocationId,
        /// What.
        stock: StockKey,
        /// How much was seen by this scan.
        quantity: Quantity,
        /// The earlier fact that this takes back.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reverses: Option<ScanId>,
    },
    /// The count of a location is finished; differences go to the hub for approval or posting by rule.
    CountFinished {
        /// Where.
        location: LocationId,
    },
    /// A picker found less than the line asks for.
    Short {
        /// The line.
        line: LineId,
        /// How much is missing; negative when an undo takes a short back.
        quantity: Quantity,
        /// The earlier fact that this takes back.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reverses: Option<ScanId>,
    },
    /// An operator began a task.
    TaskStarted,
    /// An operator finished a task: complete, or with shorts that were declared.
    TaskFinished {
        /// Whether every set is complete (齐套).
        complete: bool,
    },
    /// An operator logged in at the station.
    LoggedIn {
        /// Who.
        operator: OperatorId,
    },
    /// The operator left the station.
    LoggedOut,
    /// A barcode nobody knows was scanned; it goes to the hub's inbox.
    UnknownBarcode {
        /// The text.
        text: String,
    },
    /// A label job came to an end.
    Printed {
        /// The job, unique at its edge.
        job: String,
        /// `confirmed`, `faulted` or `uncertain`.
        outcome: PrintOutcome,
        /// How many labels.
        labels: u32,
        /// The job that this one prints again: the same labels may be there twice.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reprint_of: Option<String>,
        /// Serial numbers of these labels, when they carry some.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        serials: Vec<String>,
    },
}

/// How a label job ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PrintOutcome {
    /// The printer's status after the job says it is done.
    Confirmed,
    /// Nothing was printed, and somebody has been told.
    Faulted,
    /// Bytes went out and no answer came back: a person must look.
    Uncertain,
}
