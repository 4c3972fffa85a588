//! What a string from a scanner means: symbology, check digits, GS1 element strings, Digital Link, house codes, and the classifier.
//!
//! Three steps. Reading looks at the bytes only: is this a control barcode, GS1 data, a GTIN, or just text?
//! [`parse`] tells that to people. [`classify`] asks the site's directory on top, and answers with a [`Meaning`].
//! Nothing here panics, whatever the bytes.

pub mod check;
mod classify;
pub mod gs1;
pub mod house;
mod parse;
mod reading;
pub mod symbology;
#[cfg(test)]
mod tests;
mod text;

use serde::{Deserialize, Serialize};

pub use classify::classify;
pub use parse::{Parsed, parse};
pub use reading::Kind;
pub use text::{bytes_of, normalise, text_of};

use crate::ids::{ItemId, LocationId, OperatorId};
use crate::quantity::Quantity;

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
    /// `QT-PIN-digits`: typed after a badge where the site wants it. Never printed, and never recorded with its digits.
    Pin {
        /// What was typed.
        pin: Pin,
    },
}

/// Four to eight digits that only their operator knows; not shown when printed for debugging.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Pin(String);

impl Pin {
    /// What a control command with a PIN begins with.
    pub const MARK: &str = "QT-PIN";

    /// `None` when it is not four to eight digits.
    #[must_use]
    pub fn new(digits: &str) -> Option<Self> {
        ((4..=8).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())).then(|| Self(digits.to_owned()))
    }

    /// The digits.
    #[must_use]
    pub fn digits(&self) -> &str {
        &self.0
    }

    /// Where a PIN's mark ends in a text. A letter behind it makes it another word, such as an item of pine.
    fn mark_end(text: &str) -> Option<usize> {
        let mut ends = (Self::MARK.len()..=text.len()).filter(|end| text.is_char_boundary(*end));
        ends.find(|end| {
            let mark = text.get(end - Self::MARK.len()..*end).is_some_and(|mark| mark.eq_ignore_ascii_case(Self::MARK));
            mark && !text[*end..].starts_with(char::is_alphabetic)
        })
    }

    /// What stands behind the mark in a text that begins with it: a PIN, or what somebody meant as one.
    pub(crate) fn typed(text: &str) -> Option<&str> {
        Self::mark_end(text).filter(|end| *end == Self::MARK.len()).map(|end| &text[end..])
    }

    /// A text that is to be recorded: without what stands behind a PIN's mark, wherever that is, as two codes may have run together.
    #[must_use]
    pub fn hidden(text: &str) -> &str {
        Self::mark_end(text).map_or(text, |end| &text[..end])
    }
}

impl std::fmt::Debug for Pin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pin(…)")
    }
}

/// A rule that a payload breaks, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("byte {position}: {rule}")]
pub struct Fault {
    /// Byte of the payload, from 0.
    pub position: usize,
    /// The rule, for people: `(01) check digit`, `(17) date`, `(37) needs (02)`.
    pub rule: String,
}

impl Fault {
    pub(crate) fn new(position: usize, rule: impl Into<String>) -> Self {
        Self { position, rule: rule.into() }
    }
}
