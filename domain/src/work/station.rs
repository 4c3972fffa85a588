//! One operator's place at one scanner, and the floor it shares with the other stations of the edge.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::barcode::Meaning;
use crate::catalog::{Directory, StockKey};
use crate::event::Effect;
use crate::ids::{LocationId, OperatorId, ScanId, TaskId};
use crate::quantity::Quantity;
use crate::work::{TaskProgress, Verdict};

/// How many facts back a station can undo.
pub const UNDO_DEPTH: usize = 20;

/// The tasks open at this edge, shared by all its stations (two people may work on one task).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Floor {
    /// Open and just finished tasks by id.
    pub tasks: BTreeMap<TaskId, TaskProgress>,
}

/// One operator's place at one scanner. Kept on disk with the fact that changed it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Station {
    /// Who is logged in.
    pub operator: Option<OperatorId>,
    /// The task being worked on.
    pub task: Option<TaskId>,
    /// The place last scanned.
    pub location: Option<LocationId>,
    /// Set by a quantity command for the next scan only.
    pub quantity: Option<Quantity>,
    /// The stock line the operator is asked for now, for SHORT and NEXT.
    pub skipped: u32,
    /// Facts that can still be undone, oldest first.
    pub history: Vec<(ScanId, Option<TaskId>, Vec<Effect>)>,
}

/// What the operator should do now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "snake_case")]
pub enum Prompt {
    /// Scan your badge.
    ScanBadge,
    /// Scan a task sheet, or choose one on the panel.
    ScanTask,
    /// Go to a place and scan it.
    GoTo {
        /// Where; `None` when any place will do.
        location: Option<LocationId>,
        /// What will be done there.
        stock: Option<StockKey>,
        /// How much of it is left.
        left: Quantity,
    },
    /// Scan goods at this place.
    ScanGoods {
        /// Where.
        location: LocationId,
        /// What is expected next; `None` in a count.
        stock: Option<StockKey>,
        /// How much of it is left.
        left: Quantity,
    },
    /// Everything is done or short: confirm to finish.
    Confirm,
}

/// The result of a scan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The answer.
    pub verdict: Verdict,
    /// What it means for the books.
    pub effects: Vec<Effect>,
}

impl Station {
    /// Decides what a scan means for the work, and takes the step. `scan` is the id under which the fact will be recorded.
    pub fn handle(&mut self, floor: &mut Floor, directory: &impl Directory, scan: ScanId, meaning: &Meaning) -> Outcome {
        let _ = (floor, directory, scan, meaning);
        Outcome { verdict: Verdict::NotNow, effects: Vec::new() }
    }

    /// What the operator should do now.
    #[must_use]
    pub fn prompt(&self, floor: &Floor, directory: &impl Directory) -> Prompt {
        let _ = (floor, directory);
        Prompt::ScanBadge
    }
}
