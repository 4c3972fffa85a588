//! Programming sheets: barcodes that set a scanner which cannot be set over the wire, as PDF pages or as labels.
//!
//! Keyboard and most point-of-sale scanners take no commands from the host. They take them from barcodes, which their makers print in manuals of 300
//! pages; a sheet has just those that a profile needs, in order. Where a maker does not say how its barcodes are made (Zebra), the sheet says in
//! words which code of the manual to scan.

mod code;
mod draw;
mod pdf;

use qitao_labels::text::TextError;

pub use code::{Code, Sheet, sheet};
pub use draw::{label, pages};
pub use pdf::pdf;

/// Why there is no sheet.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SheetError {
    /// The profile says nothing that this family can be told.
    #[error("the profile says nothing that {0} devices can be told")]
    ChooseAnotherProfile(String),
    /// A code does not fit the paper with bars that scanners read; take wider labels, or the PDF.
    #[error("the code {code:?} needs {needed:.0} mm, the paper has {has:.0} mm: take wider labels, or a PDF")]
    WiderPaper {
        /// What the code says.
        code: String,
        /// Millimetres it needs.
        needed: f32,
        /// Millimetres there are.
        has: f32,
    },
    /// The code cannot be drawn.
    #[error("the code {code:?} cannot be drawn: {why}")]
    Undrawable {
        /// What the code says.
        code: String,
        /// Why.
        why: String,
    },
    /// The sheet is written with a font that is not there.
    #[error(transparent)]
    Font(#[from] TextError),
}
