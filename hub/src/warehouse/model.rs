//! What the warehouse's pages show, and what a task is made of.

use qitao_domain::quantity::Quantity;
use qitao_domain::work::TaskKind;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::names::Names;
use crate::inventory::{LocationStockRow, MovementRow};

/// A site.
#[derive(Debug, Clone, Serialize, ToSchema, sea_orm::FromQueryResult)]
pub struct SiteRow {
    /// Number.
    pub id: i64,
    /// Code.
    pub code: String,
    /// Name.
    pub name: String,
    /// Time zone, as `Asia/Shanghai`.
    pub time_zone: String,
    /// The organisation that it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organisation: Option<i64>,
}

/// A person who works with a scanner.
#[derive(Debug, Clone, Serialize, ToSchema, sea_orm::FromQueryResult)]
pub struct OperatorRow {
    /// Number.
    pub id: i64,
    /// Name.
    pub name: String,
    /// The text after `QT-OP-` on the badge.
    pub badge: String,
    /// The site they work at; absent for every site.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub site: Option<i64>,
}

/// A location in the list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LocationRow {
    /// Number.
    pub id: i64,
    /// Its site.
    pub site: i64,
    /// Code on the shelf.
    pub code: String,
    /// What it is for.
    pub kind: String,
    /// Name, or empty.
    pub name: String,
    /// How much is there, all things together.
    #[schema(value_type = String)]
    pub on_hand: Quantity,
}

/// A location with what is there.
#[derive(Debug, Serialize, ToSchema)]
pub struct LocationDetail {
    /// As in the list.
    #[serde(flatten)]
    pub location: LocationRow,
    /// What is there.
    pub stock: Vec<LocationStockRow>,
}

/// What kind of work, in the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = TaskKind)]
pub enum Kind {
    /// Arrived goods to their shelves (上架).
    PutAway,
    /// Count what is there (盘点).
    Count,
    /// Goods for an order to the staging place (拣货).
    Pick,
}

impl Kind {
    /// Its word in the database.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::PutAway => "put_away",
            Self::Count => "count",
            Self::Pick => "pick",
        }
    }

    /// What its numbers begin with.
    #[must_use]
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::PutAway => "PA",
            Self::Count => "CT",
            Self::Pick => "PK",
        }
    }

    /// The domain's word.
    #[must_use]
    pub const fn domain(self) -> TaskKind {
        match self {
            Self::PutAway => TaskKind::PutAway,
            Self::Count => TaskKind::Count,
            Self::Pick => TaskKind::Pick,
        }
    }
}

/// A task in the list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TaskRow {
    /// Number in the database.
    pub id: i64,
    /// Number for people: `PA-000123`.
    pub number: String,
    /// `put_away`, `count`, `pick`.
    pub kind: String,
    /// Its site.
    pub site: i64,
    /// What it is for.
    pub reference: String,
    /// `open`, `started`, `finished`, `withdrawn`.
    pub state: String,
    /// Finished with every set complete.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub complete: Option<bool>,
    /// How many lines.
    pub lines: i64,
    /// Asked for: cartons; in a count, locations.
    #[schema(value_type = String)]
    pub asked: Quantity,
    /// Done so far.
    #[schema(value_type = String)]
    pub done: Quantity,
    /// Declared missing.
    #[schema(value_type = String)]
    pub short: Quantity,
    /// When it was made.
    pub created_ms: i64,
    /// Who made it.
    pub created_by: String,
    /// When somebody began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started_ms: Option<i64>,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finished_ms: Option<i64>,
}

/// A task with its lines and the edges that have it.
#[derive(Debug, Serialize, ToSchema)]
pub struct TaskDetail {
    /// As in the list. `lines` is the lines themselves here.
    pub id: i64,
    /// Number for people.
    pub number: String,
    /// `put_away`, `count`, `pick`.
    pub kind: String,
    /// Its site.
    pub site: i64,
    /// What it is for.
    pub reference: String,
    /// `open`, `started`, `finished`, `withdrawn`.
    pub state: String,
    /// Finished with every set complete.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub complete: Option<bool>,
    /// Asked for.
    #[schema(value_type = String)]
    pub asked: Quantity,
    /// Done so far.
    #[schema(value_type = String)]
    pub done: Quantity,
    /// Declared missing.
    #[schema(value_type = String)]
    pub short: Quantity,
    /// When it was made.
    pub created_ms: i64,
    /// Who made it.
    pub created_by: String,
    /// When somebody began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started_ms: Option<i64>,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finished_ms: Option<i64>,
    /// Its lines.
    pub lines: Vec<LineRow>,
    /// The edges of its site, and whether they have it on disk.
    pub edges: Vec<TaskEdge>,
}

/// A line of a task.
#[derive(Debug, Serialize, ToSchema)]
pub struct LineRow {
    /// Number.
    pub id: i64,
    /// What; absent on a count line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub item: Option<i64>,
    /// Its code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its English name, or empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name_en: Option<String>,
    /// Carton n …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub carton: Option<i32>,
    /// … of N.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub of: Option<i32>,
    /// Dye lot, or empty.
    pub lot: String,
    /// Lines with the same number make complete sets together; 0 stands alone.
    pub set: i32,
    /// Where.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<i64>,
    /// Its code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location_code: Option<String>,
    /// How much is asked for.
    #[schema(value_type = String)]
    pub quantity: Quantity,
    /// Done so far; on a count line 1 when the location is counted.
    #[schema(value_type = String)]
    pub done: Quantity,
    /// Declared missing.
    #[schema(value_type = String)]
    pub short: Quantity,
}

/// An edge of the task's site.
#[derive(Debug, Serialize, ToSchema)]
pub struct TaskEdge {
    /// The edge.
    pub id: String,
    /// Its name.
    pub name: String,
    /// It has this task, and all others released until now, on its disk.
    pub has_it: bool,
}

/// A fact.
#[derive(Debug, Serialize, ToSchema)]
pub struct ScanRow {
    /// The edge.
    pub edge: String,
    /// Life of the edge's stream.
    pub epoch: i64,
    /// Place in the edge's stream.
    pub seq: i64,
    /// Its own random id.
    pub scan: String,
    /// Its site.
    pub site: i64,
    /// When, by the edge's clock.
    pub at_ms: i64,
    /// At which station.
    pub station: String,
    /// The task it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task: Option<i64>,
    /// Its number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task_number: Option<String>,
    /// Who.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operator_name: Option<String>,
    /// `scanner`, `panel`, `edge`.
    pub source: String,
    /// What was scanned.
    pub payload: String,
    /// The verdict as the domain writes it.
    #[schema(value_type = Object)]
    pub verdict: Value,
    /// `right`, `wrong`, `attention`.
    pub tone: String,
    /// How many effects it has on the books.
    pub effects_count: usize,
    /// When it arrived at the hub.
    pub arrived_ms: i64,
    /// How far the edge's clock was off.
    pub skew_ms: i64,
    /// Names of what the verdict speaks about.
    pub names: Names,
}

/// The floor now.
#[derive(Debug, Serialize, ToSchema)]
pub struct Floor {
    /// Figures of today, by each site's own midnight.
    pub today: Today,
    /// Tasks that are open or begun, newest first.
    pub open_tasks: Vec<TaskRow>,
    /// The last movements, newest first.
    pub movements: Vec<MovementRow>,
    /// How the edges are.
    pub edges: EdgesSummary,
    /// Cases that wait for a person.
    pub exceptions_open: i64,
}

/// Figures of a day.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct Today {
    /// Scans.
    pub scans: i64,
    /// Of these right, or right with a look.
    pub right: i64,
    /// Of these wrong.
    pub wrong: i64,
    /// Cartons moved.
    #[schema(value_type = String)]
    pub moved: Quantity,
}

/// How many edges are how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct EdgesSummary {
    /// Enrolled and enabled.
    pub total: i64,
    /// Heard of within the last two minutes.
    pub online: i64,
    /// Not heard of.
    pub offline: i64,
}
