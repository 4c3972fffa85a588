//! Why a label job is not taken, or a decision about one is not carried out.

use qitao_labels::LabelError;

use super::MAX_COPIES;
use crate::core::CoreError;
use crate::outbox::OutboxError;

/// Why a job is not taken.
#[derive(Debug, thiserror::Error)]
pub enum PrintError {
    /// No such printer here, or none at all.
    #[error("no printer {0:?} at this edge")]
    ChoosePrinter(String),
    /// Too many or too few copies.
    #[error("{0} copies: 1 to {MAX_COPIES} are possible in one job")]
    ChangeCopies(u32),
    /// The label cannot be drawn.
    #[error(transparent)]
    FixLabel(#[from] LabelError),
    /// A field that is filled in here.
    #[error("field {0:?} is filled in by the agent: leave it out")]
    LeaveOut(&'static str),
    /// So many labels with one serial number: leave the number out, and each gets its own, or ask for them one by one.
    #[error("one serial number on {0} labels: leave it out, and each gets its own")]
    NumberEach(u32),
    /// The drawing of the label broke off: a fault of this program, to be reported with the template and the data.
    #[error("the drawing of this label breaks off: report it with its template and its data")]
    Report,
    /// What is loaded in the printer does not fit the label: load other labels or choose another printer.
    #[error("a label of {width} × {height} mm does not fit what is loaded in printer {printer:?}")]
    LoadLabels {
        /// Width of the label, millimetres.
        width: u32,
        /// Its length, millimetres.
        height: u32,
        /// The printer.
        printer: String,
    },
    /// No such job, or it is not in a state for this.
    #[error("job {0} is not waiting for a decision")]
    NotUncertain(u64),
    /// Other labels are in doubt than those that somebody looked at.
    #[error("other labels of job {0} are in doubt now")]
    LookAgain(u64),
    /// No such job, or it is being sent, in doubt or over.
    #[error("job {0} does not wait for a printer")]
    NotWaiting(u64),
    /// No such job, or it is not over.
    #[error("job {0} is not over")]
    NotOver(u64),
    /// The job could not be kept.
    #[error(transparent)]
    Keep(#[from] OutboxError),
    /// The agent is ending.
    #[error(transparent)]
    Core(#[from] CoreError),
}

impl PrintError {
    /// Whether nothing more can be kept: the agent is ending.
    pub(super) const fn is_final(&self) -> bool {
        matches!(self, Self::Core(CoreError::Stopping) | Self::Keep(OutboxError::Stopped))
    }
}
