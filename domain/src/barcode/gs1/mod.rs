//! GS1 data: element strings with separators, bracketed text, and Digital Link URIs, all read against one table of application
//! identifiers ([`table`]). A reader checks lengths, characters, dates and check digits of each element; [`Gs1::pairs`] then checks
//! which elements must or may not stand together.

mod coupon;
mod link;
mod lists;
mod pairs;
mod rows;
mod rules;
pub mod table;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::Fault;
pub use link::digital_link;
pub use pairs::Carriers;
use table::Ai;

/// Group separator, which stands for FNC1 inside a payload.
pub const GS: u8 = 0x1D;

/// One element: an application identifier and its value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Element {
    /// Two to four digits.
    pub ai: String,
    /// The value, without separators, brackets or percent-encoding.
    pub value: String,
}

impl Element {
    /// An element that keeps the rules of its identifier, for whoever prints labels.
    ///
    /// # Errors
    /// [`Fault`] with the position in `value`.
    pub fn new(ai: &str, value: &str) -> Result<Self, Fault> {
        let row = table::find(ai).ok_or_else(|| unknown_ai(0, ai.as_bytes()))?;
        row.check(ai, value.as_bytes())?;
        Ok(Self { ai: ai.to_owned(), value: value.to_owned() })
    }
}

/// The elements of one message, in the order scanned.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Gs1 {
    elements: Vec<Element>,
    places: Vec<usize>,
}

/// What was read before a rule was broken, and the rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{fault}")]
pub struct Broken {
    /// The elements before the fault.
    pub elements: Vec<Element>,
    /// The rule and its place.
    pub fault: Fault,
}

impl Gs1 {
    /// The elements in the order scanned.
    #[must_use]
    pub fn elements(&self) -> &[Element] {
        &self.elements
    }

    /// The elements in the order scanned.
    #[must_use]
    pub fn into_elements(self) -> Vec<Element> {
        self.elements
    }

    /// The value of the first element with this identifier.
    #[must_use]
    pub fn get(&self, ai: &str) -> Option<&str> {
        self.elements.iter().find(|element| element.ai == ai).map(|element| element.value.as_str())
    }

    /// Byte of the payload where the first element with this identifier begins.
    #[must_use]
    pub fn place(&self, ai: &str) -> Option<usize> {
        self.elements.iter().position(|element| element.ai == ai).and_then(|i| self.places.get(i).copied())
    }

    fn push(&mut self, ai: &str, value: &[u8], place: usize) {
        self.elements.push(Element { ai: ai.to_owned(), value: String::from_utf8_lossy(value).into_owned() });
        self.places.push(place);
    }

    fn broken(self, fault: Fault) -> Broken {
        Broken { elements: self.elements, fault }
    }
}

fn unknown_ai(place: usize, text: &[u8]) -> Fault {
    let digits: String = text.iter().take(4).take_while(|b| b.is_ascii_digit()).map(|b| char::from(*b)).collect();
    let rule = if digits.len() < 2 { "application identifier expected".to_owned() } else { format!("unknown AI {digits}") };
    Fault::new(place, rule)
}

/// Reads an element string as scanners send it: FNC1 as GS, one in front tolerated, one at the end too.
///
/// # Errors
/// [`Broken`]: the first rule broken, and the elements before it.
pub fn element_string(payload: &[u8]) -> Result<Gs1, Broken> {
    let mut read = Gs1::default();
    let mut at = usize::from(payload.first() == Some(&GS));
    if at >= payload.len() {
        return Err(read.broken(Fault::new(at, "application identifier expected")));
    }
    while let Some(rest) = payload.get(at..).filter(|rest| !rest.is_empty()) {
        let Some((row, code)) = table::find_prefix(rest) else { return Err(read.broken(unknown_ai(at, rest))) };
        let data = rest.get(code.len()..).unwrap_or_default();
        // One byte more than fits is enough to see that a value is too long, and keeps a hostile megabyte linear.
        let most = if row.is_fixed() { row.longest() } else { row.longest() + 1 };
        let length = data.iter().take(most).position(|b| *b == GS).unwrap_or(data.len().min(most));
        let value = data.get(..length).unwrap_or_default();
        if let Err(fault) = row.check(code, value) {
            return Err(read.broken(Fault { position: at + code.len() + fault.position, ..fault }));
        }
        read.push(code, value, at);
        at += code.len() + length;
        at += usize::from(payload.get(at) == Some(&GS));
    }
    Ok(read)
}

/// Reads text with identifiers in brackets, as printed under barcodes: `(01)…(17)…`. A bracket inside a value is written `\(`.
///
/// # Errors
/// [`Broken`]: the first rule broken, and the elements before it.
pub fn bracketed(payload: &[u8]) -> Result<Gs1, Broken> {
    let mut read = Gs1::default();
    let mut at = 0;
    while at < payload.len() || read.elements.is_empty() {
        let rest = payload.get(at..).unwrap_or_default();
        let close = rest.iter().position(|b| *b == b')');
        let code = match (rest, close) {
            ([b'(', ..], Some(close)) => rest.get(1..close).unwrap_or_default(),
            _ => return Err(read.broken(Fault::new(at, "application identifier in brackets expected"))),
        };
        let Some((row, code)) = table::find_bytes(code) else { return Err(read.broken(unknown_ai(at + 1, code))) };
        let start = at + code.len() + 2;
        let raw = payload.get(start..).unwrap_or_default();
        let end = (0..raw.len()).find(|i| raw.get(*i) == Some(&b'(') && raw.get(i.wrapping_sub(1)) != Some(&b'\\')).unwrap_or(raw.len());
        let raw = raw.get(..end).unwrap_or_default();
        if let Err(fault) = Escaped::Bracket.check(row, code, raw) {
            return Err(read.broken(Fault { position: start + fault.position, ..fault }));
        }
        read.push(code, &Escaped::Bracket.decode(raw), at + 1);
        at = start + end;
    }
    Ok(read)
}

/// How a value is wrapped in its payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Escaped {
    /// `\(` for a bracket.
    Bracket,
    /// `%XX`.
    Path,
    /// `%XX`, and `+` for a blank.
    Query,
}

impl Escaped {
    /// Each byte of the value with the place in `raw` where it begins.
    fn bytes(self, raw: &[u8]) -> impl Iterator<Item = (usize, u8)> + '_ {
        let mut at = 0;
        std::iter::from_fn(move || {
            let place = at;
            let rest = raw.get(at..)?;
            let hex = |c: u8| char::from(c).to_digit(16).and_then(|d| u8::try_from(d).ok());
            let (byte, length) = match (self, rest) {
                (Self::Bracket, [b'\\', b'(', ..]) => (b'(', 2),
                (Self::Path | Self::Query, [b'%', high, low, ..]) => match (hex(*high), hex(*low)) {
                    (Some(high), Some(low)) => (high << 4 | low, 3),
                    _ => (b'%', 1),
                },
                (Self::Query, [b'+', ..]) => (b' ', 1),
                (_, [byte, ..]) => (*byte, 1),
                (_, []) => return None,
            };
            at += length;
            Some((place, byte))
        })
    }

    fn decode(self, raw: &[u8]) -> Vec<u8> {
        self.bytes(raw).map(|(_, byte)| byte).collect()
    }

    fn check(self, row: &Ai, code: &str, raw: &[u8]) -> Result<(), Fault> {
        let value = self.decode(raw);
        row.check(code, &value).map_err(|fault| {
            let position = self.bytes(raw).nth(fault.position).map_or(raw.len(), |(place, _)| place);
            Fault { position, ..fault }
        })
    }
}

/// Writes an element string: GS after each value of open length that another element follows. Put FNC1 in front as the symbology asks.
#[must_use]
pub fn to_element_string(elements: &[Element]) -> String {
    let mut text = String::new();
    for (i, element) in elements.iter().enumerate() {
        text.push_str(&element.ai);
        text.push_str(&element.value);
        if i + 1 < elements.len() && !table::find(&element.ai).is_some_and(Ai::is_fixed) {
            text.push(char::from(GS));
        }
    }
    text
}

/// Writes the text under a barcode, `(01)…(10)…`, so that [`bracketed`] reads it back.
#[must_use]
pub fn to_bracketed(elements: &[Element]) -> String {
    elements.iter().fold(String::new(), |text, Element { ai, value }| {
        let value = if value.contains('(') { Cow::Owned(value.replace('(', "\\(")) } else { Cow::Borrowed(value.as_str()) };
        text + "(" + ai + ")" + &value
    })
}
