//! What the bytes alone say: a house code, GS1 data, a GTIN, or text. What this site knows of it comes later, in [`super::classify()`].

use serde::{Deserialize, Serialize};

use super::gs1::{self, Broken, Carriers, GS, Gs1, table};
use super::house::{self, House};
use super::symbology::{self, AimId};
use super::{Command, Fault, check};

/// What kind of thing a payload is by its form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A GTIN, alone.
    Gtin,
    /// An SSCC, alone.
    Sscc,
    /// A piece of a trade item (8006): carton n of N.
    Itip,
    /// Other GS1 elements.
    Gs1,
    /// `QT-L-…`.
    Location,
    /// `QT-OP-…`.
    Operator,
    /// A control barcode.
    Command,
    /// `QT-LP-…`.
    LicencePlate,
    /// `code/n-N`.
    Carton,
    /// Anything else.
    Text,
    /// Nothing at all.
    Empty,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Found {
    Command(Command),
    Operator(String),
    Location(String),
    Plate(String),
    /// As 14 digits.
    Gtin(String),
    Gs1(Gs1),
    Text,
}

/// A payload, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reading<'a> {
    /// What the scanner or a `]cm` in front of the payload says.
    pub symbology: Option<AimId>,
    /// The payload as text, without `]cm` and outer blanks; `None` when it is not UTF-8.
    pub text: Option<&'a str>,
    /// Byte of the payload where that text begins.
    pub start: usize,
    pub kind: Kind,
    /// Nothing else can be meant. Otherwise only the form suggests it, and what the site knows goes first.
    pub sure: bool,
    pub found: Result<Found, Broken>,
}

/// Reads a payload.
pub(super) fn read(payload: &[u8], symbology: Option<AimId>, carriers: Carriers) -> Reading<'_> {
    let (symbology, data) = match symbology {
        Some(_) => (symbology, payload),
        None => symbology::split(payload),
    };
    let text = std::str::from_utf8(data).ok().map(str::trim);
    let blanks = std::str::from_utf8(data).map_or(0, |all| all.len() - all.trim_start().len());
    let start = payload.len() - data.len() + blanks;
    // GS1 readers see bytes, so that what is not UTF-8 is a broken rule with a place and not just unreadable.
    let bytes = text.map_or(data, str::as_bytes);
    let (kind, sure, found) = if bytes.is_empty() {
        (Kind::Empty, true, Err(Broken { elements: Vec::new(), fault: Fault::new(0, "empty") }))
    } else {
        form(bytes, text, symbology, carriers)
    };
    let found = found.map_err(|Broken { elements, fault }| {
        let position = fault.position + start;
        Broken { elements, fault: Fault { position, ..fault } }
    });
    Reading { symbology, text, start, kind, sure, found }
}

type Form = (Kind, bool, Result<Found, Broken>);

fn broken(fault: Fault) -> Broken {
    Broken { elements: Vec::new(), fault }
}

fn form(bytes: &[u8], text: Option<&str>, symbology: Option<AimId>, carriers: Carriers) -> Form {
    if let Some(house) = text.and_then(house::read) {
        return match house {
            Ok(House::Command(command)) => (Kind::Command, true, Ok(Found::Command(command))),
            Ok(House::Operator(badge)) => (Kind::Operator, true, Ok(Found::Operator(badge.to_owned()))),
            Ok(House::Location(code)) => (Kind::Location, true, Ok(Found::Location(code.to_owned()))),
            Ok(House::Plate(number)) => (Kind::LicencePlate, true, Ok(Found::Plate(number.to_owned()))),
            Err(fault) => (Kind::Command, true, Err(broken(fault))),
        };
    }
    if let Some(link) = gs1::digital_link(bytes) {
        return message(link, true, carriers);
    }
    if let [b'(', b'0'..=b'9', ..] = bytes {
        return message(gs1::bracketed(bytes), true, carriers);
    }
    if symbology.is_some_and(AimId::is_gs1) {
        // Some scanners send DataBar without its (01).
        let bare = text.filter(|text| text.len() == 14 && symbology.is_some_and(|id| id.code == b'e')).and_then(check::gtin14);
        return match bare {
            Some(gtin) => (Kind::Gtin, true, Ok(Found::Gtin(gtin))),
            None => message(gs1::element_string(bytes), true, carriers),
        };
    }
    if symbology.is_some_and(AimId::is_ean) {
        return ean(bytes, symbology.map_or(0, |id| id.modifier));
    }
    let separated = bytes.contains(&GS) && matches!(bytes, [GS, ..] | [b'0'..=b'9', b'0'..=b'9', ..]);
    if separated {
        return message(gs1::element_string(bytes), true, carriers);
    }
    if bytes.iter().all(u8::is_ascii_digit) && matches!(bytes.len(), 8 | 12 | 13 | 14) {
        let sure = bytes.len() == 14 && symbology == Some(AimId { code: b'I', modifier: b'1' });
        return match text.and_then(check::gtin14) {
            Some(gtin) => (Kind::Gtin, sure, Ok(Found::Gtin(gtin))),
            None if sure || symbology.is_none() => (Kind::Gtin, sure, Err(broken(wrong_digit(bytes.len())))),
            None => (Kind::Text, false, Ok(Found::Text)),
        };
    }
    if let Some(unmarked) = unmarked(bytes, carriers) {
        return unmarked;
    }
    if let Some(carton) = text.filter(|text| !text.contains("://")).and_then(|text| house::cartons(text).next()) {
        return (Kind::Carton, false, carton.check().map(|()| Found::Text).map_err(broken));
    }
    (Kind::Text, false, Ok(Found::Text))
}

fn wrong_digit(length: usize) -> Fault {
    Fault::new(length - 1, format!("check digit of a GTIN-{length}"))
}

/// The outcome of a GS1 reader, with its pairs checked.
fn message(read: Result<Gs1, Broken>, sure: bool, carriers: Carriers) -> Form {
    let read = read.and_then(|gs1| match gs1.pairs(carriers) {
        Ok(()) => Ok(gs1),
        Err(fault) => Err(Broken { elements: gs1.into_elements(), fault }),
    });
    let elements = match &read {
        Ok(gs1) => gs1.elements(),
        Err(broken) => &broken.elements,
    };
    let kind = match elements {
        [only] if only.ai == "00" => Kind::Sscc,
        [only] if only.ai == "01" => Kind::Gtin,
        some if some.iter().any(|element| element.ai == "8006") => Kind::Itip,
        _ => Kind::Gs1,
    };
    (kind, sure, read.map(Found::Gs1))
}

/// EAN and UPC, whose symbols hold nothing but a GTIN and perhaps an add-on.
fn ean(bytes: &[u8], modifier: u8) -> Form {
    if matches!(modifier, b'1' | b'2') {
        return (Kind::Text, false, Ok(Found::Text));
    }
    let (main, upc_e) = match (modifier, bytes.len()) {
        (b'3', 14 | 15 | 17 | 18) => (bytes.get(..bytes.len() - if bytes.len() > 16 { 5 } else { 2 }).unwrap_or_default(), None),
        (b'0', 6..=8) => (bytes, check::expand_upc_e(bytes)),
        _ => (bytes, None),
    };
    let gtin = upc_e.or_else(|| std::str::from_utf8(main).ok().map(str::to_owned)).and_then(|text| check::gtin14(&text));
    let fault = match (main.iter().position(|b| !b.is_ascii_digit()), main.len()) {
        (Some(position), _) => Fault::new(position, "EAN/UPC: digits only"),
        (None, 8 | 12 | 13) => wrong_digit(main.len()),
        (None, length) => Fault::new(length, "EAN/UPC: 8, 12 or 13 digits"),
    };
    (Kind::Gtin, true, gtin.map(Found::Gtin).ok_or_else(|| broken(fault)))
}

/// Element strings without any mark. Only a numeric key in front makes them likely, and only those of goods and logistic units make
/// a message that breaks a rule worth telling.
fn unmarked(bytes: &[u8], carriers: Carriers) -> Option<Form> {
    let (row, code) = table::find_prefix(bytes)?;
    let key = bytes.get(code.len()..code.len() + row.numeric_key()?)?;
    if !key.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let form = message(gs1::element_string(bytes), false, carriers);
    (form.2.is_ok() || matches!(code, "00" | "01" | "02" | "8006")).then_some(form)
}
