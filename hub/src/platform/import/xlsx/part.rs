//! The parts of a workbook as XML, of which no tag or text is longer than it may be.

use std::borrow::Cow;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};

use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::{Reader, XmlVersion};
use zip::read::ZipFile;

use super::super::read::{MOST_CHARACTERS, SheetError, broken};

/// Most bytes of one tag or one text. A cell holds 32,767 characters; this is more than that of any writing.
const LONGEST: usize = 1024 * 1024;
/// Bytes of a text of cells that are kept; whoever reads it cuts it to its characters.
pub(super) const KEPT: usize = 4 * MOST_CHARACTERS;

/// An entry of the archive, that ends in an error when what is read of it at once is too long.
pub(super) struct Bounded<R> {
    from: BufReader<R>,
    left: usize,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let read = self.fill_buf()?.read(into)?;
        self.consume(read);
        Ok(read)
    }
}

impl<R: Read> BufRead for Bounded<R> {
    fn fill_buf(&mut self) -> std::io::Result<&[u8]> {
        if self.left == 0 {
            return Err(std::io::Error::other("a text in it is too long"));
        }
        let some = self.from.fill_buf()?;
        Ok(some.get(..self.left).unwrap_or(some))
    }

    fn consume(&mut self, count: usize) {
        self.left = self.left.saturating_sub(count);
        self.from.consume(count);
    }
}

/// A part that is read tag by tag.
pub(super) struct Xml<'a>(Reader<Bounded<ZipFile<'a, BufReader<File>>>>);

impl<'a> Xml<'a> {
    pub fn new(from: ZipFile<'a, BufReader<File>>) -> Self {
        let mut reader = Reader::from_reader(Bounded { from: BufReader::with_capacity(32 * 1024, from), left: LONGEST });
        let config = reader.config_mut();
        config.check_end_names = false;
        config.expand_empty_elements = true;
        Self(reader)
    }

    /// What comes next.
    pub fn next<'b>(&mut self, buffer: &'b mut Vec<u8>) -> Result<Event<'b>, SheetError> {
        buffer.clear();
        self.0.get_mut().left = LONGEST;
        self.0.read_event_into(buffer).map_err(broken)
    }

    /// Passes over the rest of an element that is called so.
    pub fn skip(&mut self, name: &str) -> Result<(), SheetError> {
        let (mut buffer, mut depth) = (Vec::new(), 0_u32);
        loop {
            match self.next(&mut buffer)? {
                Event::Start(tag) if tag.local_name().as_ref() == name => depth += 1,
                Event::End(tag) if tag.local_name().as_ref() == name => match depth.checked_sub(1) {
                    Some(less) => depth = less,
                    None => return Ok(()),
                },
                Event::Eof => return Err(broken(format!("{name} does not end"))),
                _ => {}
            }
        }
    }
}

/// An attribute, whatever the prefix of its name.
pub(super) fn attribute(tag: &BytesStart<'_>, name: &str) -> Result<Option<String>, SheetError> {
    // Without its check for names that come twice, which goes through all of them for each.
    for attribute in tag.attributes().with_checks(false) {
        let attribute = attribute.map_err(broken)?;
        if attribute.key.local_name().as_ref() == name {
            return Ok(Some(attribute.normalized_value(XmlVersion::Implicit1_0).map_err(broken)?.into_owned()));
        }
    }
    Ok(None)
}

fn resolved(entity: &BytesRef<'_>, into: &mut String) -> Result<(), SheetError> {
    match resolve_xml_entity(entity) {
        Some(text) => into.push_str(text),
        None => into.push(entity.resolve_char_ref().map_err(broken)?.ok_or_else(|| broken(format!("&{}; is not known", &**entity)))?),
    }
    Ok(())
}

/// The text of an element whose beginning was read, as far as it is kept.
pub(super) fn text_of(xml: &mut Xml<'_>, name: &str) -> Result<String, SheetError> {
    let (mut buffer, mut text) = (Vec::new(), String::new());
    loop {
        match xml.next(&mut buffer)? {
            Event::Text(_) | Event::CData(_) | Event::GeneralRef(_) if text.len() >= KEPT => {}
            Event::Text(some) => text.push_str(&some.xml10_content()),
            Event::CData(some) => text.push_str(&some.xml10_content()),
            Event::GeneralRef(entity) => resolved(&entity, &mut text)?,
            Event::End(tag) if tag.local_name().as_ref() == name => return Ok(text),
            Event::Eof => return Err(broken(format!("{name} does not end"))),
            _ => {}
        }
    }
}

/// `_x000D_` at the beginning of a text: a sign that XML does not take, or not at that place; and what follows.
fn escape(text: &str) -> Option<(u16, &str)> {
    let digits = text.strip_prefix("_x")?;
    let (hex, after) = (digits.get(..4)?, digits.get(4..)?.strip_prefix('_')?);
    if !hex.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    Some((u16::from_str_radix(hex, 16).ok()?, after))
}

/// A text without the escapes of workbooks.
pub(super) fn unescaped(text: &str) -> Cow<'_, str> {
    if !text.contains("_x") {
        return Cow::Borrowed(text);
    }
    let (mut plain, mut rest) = (String::with_capacity(text.len()), text);
    loop {
        // Signs beyond the first 65,536 stand there as two that follow each other.
        let mut units = Vec::new();
        while let Some((unit, after)) = escape(rest) {
            units.push(unit);
            rest = after;
        }
        plain.extend(char::decode_utf16(units).map(|sign| sign.unwrap_or(char::REPLACEMENT_CHARACTER)));
        let Some(first) = rest.chars().next() else { return Cow::Owned(plain) };
        let (first, after) = rest.split_at(first.len_utf8());
        let (some, after) = after.split_at(after.find('_').unwrap_or(after.len()));
        plain.push_str(first);
        plain.push_str(some);
        rest = after;
    }
}
