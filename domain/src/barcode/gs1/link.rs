//! GS1 Digital Link URIs, uncompressed: any domain, `/ai/value` pairs in the path from a key on, attributes in the query.

use super::table::{self, Ai};
use super::{Broken, Escaped, Gs1, unknown_ai};
use crate::barcode::Fault;

/// A stretch of the payload.
#[derive(Clone, Copy)]
struct Span<'a> {
    at: usize,
    bytes: &'a [u8],
}

impl<'a> Span<'a> {
    /// Pieces between delimiters.
    fn split(self, delimiter: u8) -> impl Iterator<Item = Span<'a>> {
        self.bytes.split(move |b| *b == delimiter).scan(self.at, |next, bytes| {
            let at = *next;
            *next += bytes.len() + 1;
            Some(Span { at, bytes })
        })
    }

    /// Before and after the first of a byte.
    fn cut(self, byte: u8) -> (Span<'a>, Option<Span<'a>>) {
        let Some(i) = self.bytes.iter().position(|b| *b == byte) else { return (self, None) };
        let (before, after) = (self.bytes.get(..i).unwrap_or_default(), self.bytes.get(i + 1..).unwrap_or_default());
        (Span { at: self.at, bytes: before }, Some(Span { at: self.at + i + 1, bytes: after }))
    }
}

/// One `/ai/value` of the path.
struct Pair<'a> {
    row: &'static Ai,
    code: &'a str,
    at: usize,
    value: Span<'a>,
}

/// Reads a Digital Link; `None` when this is no web address, or one without a GS1 key in its path.
///
/// # Errors
/// [`Broken`]: the first rule broken, and the elements before it.
#[must_use]
pub fn digital_link(payload: &[u8]) -> Option<Result<Gs1, Broken>> {
    let rest = ["https://", "http://"].iter().find_map(|scheme| {
        let start = payload.get(..scheme.len())?;
        start.eq_ignore_ascii_case(scheme.as_bytes()).then_some(scheme.len())
    })?;
    let whole = Span { at: rest, bytes: payload.get(rest..).unwrap_or_default() };
    let (whole, _fragment) = whole.cut(b'#');
    let (path, query) = whole.cut(b'?');
    let (domain, path) = path.cut(b'/');
    let host = |b: &u8| b.is_ascii_alphanumeric() || b".-:[]".contains(b);
    let path = path.filter(|_| !domain.bytes.is_empty() && domain.bytes.iter().all(host))?;

    let segments: Vec<Span<'_>> = path.split(b'/').collect();
    let mut pairs = Vec::new();
    let mut from_end = segments.rchunks_exact(2);
    loop {
        let [code, value] = from_end.next()? else { return None };
        let (row, text) = table::find_bytes(code.bytes)?;
        pairs.push(Pair { row, code: text, at: code.at, value: *value });
        if row.key.is_some() {
            break;
        }
    }
    pairs.reverse();
    let allowed = |b: &u8| b.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=%".contains(b);
    if let Some(position) = payload.iter().position(|b| !allowed(b)) {
        let fault = Fault::new(position, "web address: character must be percent-encoded");
        return Some(Err(Broken { elements: Vec::new(), fault }));
    }
    Some(read(&pairs, query))
}

fn read(path: &[Pair<'_>], query: Option<Span<'_>>) -> Result<Gs1, Broken> {
    let mut read = Gs1::default();
    for pair in path {
        if let Err(fault) = add(&mut read, pair.row, pair.code, pair.at, pair.value, Escaped::Path) {
            return Err(read.broken(fault));
        }
    }
    let qualifiers: Vec<&str> = path.iter().skip(1).map(|pair| pair.code).collect();
    let alternatives = path.first().and_then(|pair| pair.row.key).unwrap_or_default();
    if let Some(pair) = path.get(1)
        && !alternatives.iter().any(|sequence| in_order(&qualifiers, sequence))
    {
        let rule = format!("order of ({}) in the path", qualifiers.join(")("));
        return Err(read.broken(Fault::new(pair.at, rule)));
    }
    for parameter in query.into_iter().flat_map(|query| query.split(b'&')) {
        if let Err(fault) = attribute(&mut read, parameter, &qualifiers, alternatives) {
            return Err(read.broken(fault));
        }
    }
    Ok(read)
}

/// Whether these follow each other, perhaps with gaps, as in the sequence.
fn in_order(qualifiers: &[&str], sequence: &str) -> bool {
    let mut rest = sequence.split(' ');
    qualifiers.iter().all(|qualifier| rest.any(|next| next == *qualifier))
}

/// Takes a parameter of the query, when its name is a number; others are none of GS1's business.
fn attribute(read: &mut Gs1, parameter: Span<'_>, qualifiers: &[&str], alternatives: &[&str]) -> Result<(), Fault> {
    let (name, Some(value)) = parameter.cut(b'=') else { return Ok(()) };
    if name.bytes.is_empty() || !name.bytes.iter().all(u8::is_ascii_digit) {
        return Ok(());
    }
    let (row, code) = table::find_bytes(name.bytes).ok_or_else(|| unknown_ai(name.at, name.bytes))?;
    if !row.attribute {
        return Err(Fault::new(name.at, format!("({code}) is no attribute for the query")));
    }
    if alternatives.iter().any(|sequence| in_order(qualifiers, sequence) && sequence.split(' ').any(|qualifier| qualifier == code)) {
        return Err(Fault::new(name.at, format!("({code}) belongs in the path")));
    }
    if read.get(code).is_some() {
        return Err(Fault::new(name.at, format!("({code}) is there twice")));
    }
    add(read, row, code, name.at, value, Escaped::Query)
}

fn add(read: &mut Gs1, row: &Ai, code: &str, at: usize, value: Span<'_>, form: Escaped) -> Result<(), Fault> {
    let hex = |i: usize| value.bytes.get(i).is_some_and(u8::is_ascii_hexdigit);
    if let Some(i) = (0..value.bytes.len()).find(|i| value.bytes.get(*i) == Some(&b'%') && !(hex(i + 1) && hex(i + 2))) {
        return Err(Fault::new(value.at + i, format!("({code}) percent-encoding")));
    }
    let decoded = form.decode(value.bytes);
    let short_gtin = code == "01" && matches!(decoded.len(), 8 | 12 | 13);
    let padding = if short_gtin { 14 - decoded.len() } else { 0 };
    let mut full = vec![b'0'; padding];
    full.extend(decoded);
    row.check(code, &full).map_err(|fault| {
        let inside = fault.position.saturating_sub(padding);
        let place = form.bytes(value.bytes).nth(inside).map_or(value.bytes.len(), |(place, _)| place);
        Fault { position: value.at + place, ..fault }
    })?;
    read.push(code, &full, at);
    Ok(())
}
