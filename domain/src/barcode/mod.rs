//! What a string from a scanner means: symbology, check digits, GS1 element strings, Digital Link, house codes, and the classifier.

pub mod symbology;

use serde::{Deserialize, Serialize};

use crate::catalog::Directory;
use crate::ids::{ItemId, LocationId, OperatorId};
use crate::quantity::Quantity;
use symbology::AimId;

/// What a scan means at this site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Meaning {
    /// Goods.
    Goods {
        /// The item.
        item: ItemId,
        /// Units that this barcode stands for.
        quantity: Quantity,
        /// Carton n (of the item's cartons), when the barcode says so. `None` for an item of one carton means carton 1.
        carton: Option<u16>,
        /// Dye lot or batch, AI (10).
        lot: Option<String>,
        /// Serial number, AI (21).
        serial: Option<String>,
    },
    /// A place.
    Location {
        /// Which.
        location: LocationId,
    },
    /// A licence plate (SSCC, or a house number `QT-LP-…`).
    LicencePlate {
        /// Its number.
        code: String,
    },
    /// A badge.
    Operator {
        /// Who.
        operator: OperatorId,
    },
    /// A control barcode.
    Command {
        /// What to do.
        command: Command,
    },
    /// Well formed, but about something that is not in the catalogue of this site.
    NotFound {
        /// `item`, `location`, `operator`.
        what: NotFound,
        /// The text that was looked up.
        text: String,
    },
    /// Breaks a rule of its standard.
    Invalid {
        /// Byte position of the fault in the payload.
        position: usize,
        /// The rule, e.g. `check digit`, `(17) date`, `AI (37) needs (02)`.
        rule: String,
    },
    /// Nothing known.
    Unknown {
        /// The text.
        text: String,
    },
}

/// What was looked up in vain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotFound {
    /// An item's barcode or code.
    Item,
    /// A location's code.
    Location,
    /// A badge.
    Operator,
}

/// A control barcode. Its text is `QT-` and what stands beside each.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case")]
pub enum Command {
    /// `QT-OK`: confirm, finish.
    Confirm,
    /// `QT-UNDO`: take the last fact back.
    Undo,
    /// `QT-QTY-n`: the next scan counts n times (decimal, e.g. `QT-QTY-2.5`).
    Quantity {
        /// n.
        quantity: Quantity,
    },
    /// `QT-NEXT`: go on to the next line or location, leaving this one open.
    Next,
    /// `QT-SHORT`: what is asked for now is not there.
    Short,
    /// `QT-OUT`: log out.
    LogOut,
    /// `QT-TASK-number`: open a task.
    Task {
        /// Its number.
        number: String,
    },
    /// `QT-CLOSE`: leave the current task without finishing it.
    Close,
}

/// Says what a payload means at this site.
#[must_use]
pub fn classify(directory: &impl Directory, payload: &[u8], symbology: Option<AimId>) -> Meaning {
    let _ = (directory, payload, symbology);
    Meaning::Unknown { text: String::new() }
}

/// A payload as text: UTF-8 as it is, GS (0x1D) and other control characters and invalid bytes as `{GS}` or `{XX}`.
#[must_use]
pub fn text_of(payload: &[u8]) -> String {
    String::from_utf8_lossy(payload).into_owned()
}

/// The text under which the catalogue keeps a barcode: GTIN-8/12/13/14 as 14 digits, everything else as it is without outer blanks.
#[must_use]
pub fn normalise(text: &str) -> String {
    text.trim().to_owned()
}
