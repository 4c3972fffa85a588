//! A label job and its states: queued → sending → confirmed, or uncertain until a person has looked.

use std::ops::RangeInclusive;

use qitao_domain::event::{Effect, PrintOutcome};
use qitao_domain::ids::StationId;
use qitao_labels::Fields;
use serde::{Deserialize, Serialize};

/// The field that takes a label's serial number, when whoever asks gives none.
pub(super) const SERIAL: &str = "serial";

/// A label job, as kept on disk. Its labels are counted from 1; [`Job::done`] and [`Job::sent`] part them into printed, in doubt and not sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// Its number at this edge; jobs of one printer are printed in this order.
    pub number: u64,
    /// Template by name.
    pub template: String,
    /// What the label says.
    pub data: Fields,
    /// How many.
    pub copies: u32,
    /// Which printer.
    pub printer: String,
    /// Printers that it was taken away from, first to last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub moved_from: Vec<String>,
    /// The station that asked for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub station: Option<StationId>,
    /// Under which it was asked for: who asks again under it gets this job.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The job that this one prints again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reprint_of: Option<u64>,
    /// How many labels at its beginning are printed again; those behind them were never sent.
    #[serde(default)]
    pub again: u32,
    /// Beginning of the serial numbers of its labels, when they carry some; a reprint has those of its first job.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serial: Option<String>,
    /// Labels of the first job before the first of this one.
    #[serde(default)]
    pub skipped: u32,
    /// Labels that the printer confirmed or a person saw.
    #[serde(default)]
    pub done: u32,
    /// Labels of which bytes may have gone out.
    #[serde(default)]
    pub sent: u32,
    /// Labels of which the hub was told that they are there.
    #[serde(default)]
    pub told: u32,
    /// When it was asked for, by the wall clock.
    pub asked_ms: i64,
    /// Where it stands.
    pub state: JobState,
}

/// Where a job stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum JobState {
    /// Waits for its turn, or for a printer that cannot print now.
    Queued,
    /// Bytes may be on their way.
    Sending,
    /// The printer says that everything is out.
    Confirmed,
    /// Something happened after bytes went out: nobody knows what was printed until somebody looks.
    Uncertain {
        /// What happened.
        reason: String,
    },
    /// A person looked: it is there, or it is printed again by another job.
    Settled,
    /// What is left of it cannot be printed by any printer here.
    Refused {
        /// Why.
        reason: String,
    },
}

impl Job {
    /// The job's name: unique at its edge.
    #[must_use]
    pub fn id(&self) -> String {
        name(self.number)
    }

    /// Whether the printer still has something to do for it.
    #[must_use]
    pub const fn is_waiting(&self) -> bool {
        matches!(self.state, JobState::Queued | JobState::Sending)
    }

    /// Whether nothing more becomes of it by itself.
    #[must_use]
    pub const fn is_over(&self) -> bool {
        matches!(self.state, JobState::Confirmed | JobState::Settled | JobState::Refused { .. })
    }

    /// Labels of which nobody knows whether they were printed.
    #[must_use]
    pub const fn doubtful(&self) -> u32 {
        match self.state {
            JobState::Uncertain { .. } => self.sent.saturating_sub(self.done),
            _ => 0,
        }
    }

    /// Serial number of a label, when this job's labels carry some. The same on a label and on its reprint, so that two of one number are noticed.
    #[must_use]
    pub fn serial_of(&self, label: u32) -> Option<String> {
        let own = self.serial.as_ref().map(|start| format!("{start}{:03}", self.skipped + label));
        own.or_else(|| self.data.get(SERIAL).filter(|given| !given.is_empty()).cloned())
    }

    /// What the hub is told of some of its labels; nothing of none.
    pub(super) fn effect(&self, outcome: PrintOutcome, labels: RangeInclusive<u32>) -> Option<Effect> {
        (!labels.is_empty()).then(|| Effect::Printed {
            job: self.id(),
            outcome,
            labels: labels.end() + 1 - labels.start(),
            reprint_of: self.reprint_of.map(name),
            serials: labels.filter_map(|label| self.serial_of(label)).collect(),
        })
    }

    /// As it was left on the disk by a process that ended: what was being sent is in doubt.
    pub(super) fn left(mut self) -> Self {
        if self.state == JobState::Sending {
            self.state = JobState::Uncertain { reason: "the agent stopped while it was sent".into() };
        }
        if matches!(self.state, JobState::Uncertain { .. }) && self.sent == self.done {
            // Kept by an agent that sent jobs whole.
            self.sent = self.copies;
        }
        self
    }
}

/// Name of the job of a number.
pub(super) fn name(number: u64) -> String {
    format!("L-{number:06}")
}
