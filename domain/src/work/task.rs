//! A task as the hub releases it.

use serde::{Deserialize, Serialize};

use crate::catalog::StockKey;
use crate::ids::{LineId, LocationId, SiteId, TaskId};
use crate::quantity::Quantity;

/// What kind of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskKind {
    /// Arrived goods to their shelves (上架).
    PutAway,
    /// Count what is there (盘点).
    Count,
    /// Goods for an order to the staging place, complete sets only (拣货).
    Pick,
}

/// A piece of work released by the hub for one site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// Number given by the hub.
    pub id: TaskId,
    /// Number people use and scan: `PA-000123`, `CT-000007`, `PK-000456`; the barcode on the task sheet is `QT-TASK-` + this.
    pub number: String,
    /// What kind.
    pub kind: TaskKind,
    /// Where.
    pub site: SiteId,
    /// What it is for, for people: 到货单 A-1001, 订单 SO-2044 王女士.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reference: String,
    /// What is to be done. A count has one line per location to count, without stock.
    pub lines: Vec<TaskLine>,
}

/// One line: a carton so many times, at a place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskLine {
    /// Number given by the hub.
    pub id: LineId,
    /// What; `None` on a count line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stock: Option<StockKey>,
    /// How much is expected; zero on a count line.
    pub quantity: Quantity,
    /// Where: the shelf suggested for put-away, the bin to pick from, the location to count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<LocationId>,
    /// Lines with the same set number make complete sets together (all cartons of all parts of one ordered kit or item). 0 = on its own.
    #[serde(default)]
    pub set: u32,
}
