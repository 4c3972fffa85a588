//! The answer to a scan. Data, not prose: the panel and the hub say it in the reader's language.

use serde::{Deserialize, Serialize};

use crate::catalog::StockKey;
use crate::ids::{ItemId, LocationId, OperatorId, ScanId, TaskId};
use crate::quantity::Quantity;

/// What the operator sees and hears.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    /// Green, high beep.
    Right,
    /// Red, low buzz: nothing was booked.
    Wrong,
    /// Amber, double beep: booked or waiting, but look.
    Attention,
}

/// The answer to a scan.
#[allow(missing_docs, reason = "fields are named by what they hold; the line above each variant says the rest")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Verdict {
    /// An operator is now logged in.
    LoggedIn { operator: OperatorId },
    /// The operator has left.
    LoggedOut,
    /// The badge is known; its PIN must follow.
    NeedPin { operator: OperatorId },
    /// A task is now the station's work.
    TaskOpened { task: TaskId },
    /// The station left a task without finishing it; its progress stays.
    TaskClosed { task: TaskId },
    /// A location is now the station's place.
    AtLocation { location: LocationId },
    /// Goods scanned before their shelf: nothing is booked yet, the next shelf takes them. `quantity` is all that waits.
    Held { stock: StockKey, quantity: Quantity, suggested: Option<LocationId> },
    /// Put on the shelf; `left` of this stock is still to do in the task.
    PutAway { stock: StockKey, quantity: Quantity, location: LocationId, left: Quantity },
    /// Put on another shelf than suggested: booked, but look.
    PutAwayElsewhere { stock: StockKey, quantity: Quantity, location: LocationId, suggested: LocationId, left: Quantity },
    /// Seen in the count; `total` of it so far at this location.
    Counted { stock: StockKey, quantity: Quantity, location: LocationId, total: Quantity },
    /// The location's count is finished.
    LocationCounted { location: LocationId },
    /// Picked; `left` of this line is still to do.
    Picked { stock: StockKey, quantity: Quantity, location: LocationId, left: Quantity },
    /// Picked, and with it a set became complete (齐套).
    SetComplete { stock: StockKey, quantity: Quantity, location: LocationId, set: u32 },
    /// Declared missing.
    ShortDeclared { stock: StockKey, quantity: Quantity },
    /// The task is finished and every set complete.
    TaskComplete { task: TaskId },
    /// The task is finished with declared shorts.
    TaskFinishedShort { task: TaskId, missing: Vec<(StockKey, Quantity)> },
    /// The next scan counts so often.
    QuantitySet { quantity: Quantity },
    /// The last fact was taken back.
    Undone { scan: ScanId },
    /// Skipped to the next line or location.
    Skipped,

    /// Nobody is logged in; scan a badge.
    NeedOperator,
    /// Scan a task first.
    NeedTask,
    /// Scan a location first.
    NeedLocation,
    /// Say which carton: this label does not.
    NeedCarton { item: ItemId, of: u16 },
    /// This item is kept by dye lot and the label has none.
    NeedLot { item: ItemId },
    /// Not in this task at all.
    WrongItem { item: ItemId },
    /// The item is in the task, but not this carton (or it is already there).
    WrongCarton { item: ItemId, carton: u16, needed: Vec<u16> },
    /// Right carton, wrong dye lot.
    WrongLot { item: ItemId, lot: String, needed: Vec<String> },
    /// Not the place this has to be.
    WrongLocation { location: LocationId, expected: LocationId },
    /// More than the task asks for.
    TooMany { stock: StockKey, asked: Quantity, done: Quantity },
    /// A kit is not in stock itself; scan its cartons.
    KitNotStock { item: ItemId },
    /// The task cannot be finished: these are missing. Pick them, or declare them short.
    Incomplete { missing: Vec<(StockKey, Quantity)> },
    /// The task is already finished.
    TaskAlreadyFinished { task: TaskId },
    /// No such open task here.
    UnknownTask { number: String },
    /// No location with this code at this site.
    UnknownLocation { code: String },
    /// No operator with this badge at this site.
    UnknownOperator,
    /// Not this operator's PIN; the badge has to be scanned again.
    WrongPin { operator: OperatorId },
    /// Too many wrong PINs in a row: for so many more minutes none of this operator is taken.
    PinLocked { operator: OperatorId, minutes: u32 },
    /// A barcode nobody knows; it was reported to the hub.
    UnknownBarcode { text: String },
    /// The barcode breaks a rule of its standard.
    BadBarcode { position: usize, rule: String },
    /// A frame that was cut off or too long.
    BadFrame,
    /// Nothing to undo.
    NothingToUndo,
    /// Nothing to confirm, skip or declare short at this point.
    NotNow,
    /// A location that only the books have (supplier, variance, …) cannot be worked at.
    VirtualLocation { location: LocationId },
    /// The edge's disk is nearly full: no new work until it is not.
    DiskNearlyFull,
    /// A label job's end.
    LabelsPrinted { labels: u32 },
    /// A label job that needs a person.
    PrinterFault { reason: String },
    /// A message from the edge without an operator's part in it.
    Noted,
}

impl Verdict {
    /// Colour and sound of the answer.
    #[must_use]
    pub const fn tone(&self) -> Tone {
        match self {
            Self::LoggedIn { .. }
            | Self::LoggedOut
            | Self::TaskOpened { .. }
            | Self::TaskClosed { .. }
            | Self::AtLocation { .. }
            | Self::PutAway { .. }
            | Self::Counted { .. }
            | Self::LocationCounted { .. }
            | Self::Picked { .. }
            | Self::SetComplete { .. }
            | Self::TaskComplete { .. }
            | Self::QuantitySet { .. }
            | Self::LabelsPrinted { .. }
            | Self::Noted => Tone::Right,
            Self::Held { .. }
            | Self::NeedPin { .. }
            | Self::PutAwayElsewhere { .. }
            | Self::ShortDeclared { .. }
            | Self::TaskFinishedShort { .. }
            | Self::Undone { .. }
            | Self::Skipped => Tone::Attention,
            Self::NeedOperator
            | Self::NeedTask
            | Self::NeedLocation
            | Self::NeedCarton { .. }
            | Self::NeedLot { .. }
            | Self::WrongItem { .. }
            | Self::WrongCarton { .. }
            | Self::WrongLot { .. }
            | Self::WrongLocation { .. }
            | Self::TooMany { .. }
            | Self::KitNotStock { .. }
            | Self::Incomplete { .. }
            | Self::TaskAlreadyFinished { .. }
            | Self::UnknownTask { .. }
            | Self::UnknownLocation { .. }
            | Self::UnknownOperator
            | Self::WrongPin { .. }
            | Self::PinLocked { .. }
            | Self::UnknownBarcode { .. }
            | Self::BadBarcode { .. }
            | Self::BadFrame
            | Self::NothingToUndo
            | Self::NotNow
            | Self::VirtualLocation { .. }
            | Self::DiskNearlyFull
            | Self::PrinterFault { .. } => Tone::Wrong,
        }
    }
}
