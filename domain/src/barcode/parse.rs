//! A payload explained without a site's catalogue, for `edge-agent parse` and whoever asks what a barcode says.

use serde::{Deserialize, Serialize};

use super::gs1::{Broken, Carriers, Element};
use super::reading::{self, Found, Kind, Reading};
use super::symbology::AimId;
use super::{Fault, text_of};

/// What a payload says, by its form alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parsed {
    /// Whether it keeps the rules of its form.
    pub ok: bool,
    /// The symbology's name, when the scanner told it.
    pub symbology: Option<String>,
    /// What kind of thing it is.
    pub meaning: Kind,
    /// What it says, as text: the GTIN as 14 digits, the code after a house prefix, otherwise the payload.
    pub text: String,
    /// GS1 elements in the order scanned; those before the fault when there is one.
    pub elements: Vec<Element>,
    /// The rule that it breaks.
    pub error: Option<Fault>,
}

/// Explains a payload. A `]cm` in front of it is read as its symbology when none is given.
#[must_use]
pub fn parse(payload: &[u8], symbology: Option<AimId>) -> Parsed {
    let Reading { symbology, text, kind, found, .. } = reading::read(payload, symbology, Carriers::Whole);
    let whole = || text.map_or_else(|| text_of(payload), |text| text_of(text.as_bytes()));
    let symbology = symbology.map(|id| id.name().to_owned());
    let (text, elements, error) = match found {
        Ok(Found::Gs1(gs1)) => (whole(), gs1.into_elements(), None),
        Ok(Found::Gtin(text) | Found::Location(text) | Found::Operator(text) | Found::Plate(text)) => (text, Vec::new(), None),
        Ok(Found::Command(command)) => (command.to_string(), Vec::new(), None),
        Ok(Found::Text) => (whole(), Vec::new(), None),
        Err(Broken { elements, fault }) => (whole(), elements, Some(fault)),
    };
    Parsed { ok: error.is_none(), symbology, meaning: kind, text, elements, error }
}
