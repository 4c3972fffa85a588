//! A label job and its states: queued → sending → confirmed, or uncertain until a person has looked.

use qitao_domain::ids::StationId;
use qitao_labels::Fields;
use serde::{Deserialize, Serialize};

/// A label job, as kept on disk.
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
    /// The station that asked for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub station: Option<StationId>,
    /// The job that this one prints again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reprint_of: Option<u64>,
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
    /// Cannot be printed by any printer here.
    Refused {
        /// Why.
        reason: String,
    },
}

impl Job {
    /// The job's name: unique at its edge.
    #[must_use]
    pub fn id(&self) -> String {
        format!("L-{:06}", self.number)
    }

    /// Whether the printer still has something to do for it.
    #[must_use]
    pub const fn is_waiting(&self) -> bool {
        matches!(self.state, JobState::Queued | JobState::Sending)
    }
}
