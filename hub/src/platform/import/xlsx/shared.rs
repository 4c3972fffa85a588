//! The texts that cells of a workbook share. Excel writes every text here, once, and its number into the cells: in a large sheet they are
//! most of what it says. They lie one after the other in a file without a name; in memory is where each ends.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use quick_xml::events::Event;

use super::super::read::{SheetError, broken, short};
use super::book::Book;
use super::part::{KEPT, Xml, attribute, text_of, unescaped};

/// Where a workbook keeps them.
const PART: &str = "xl/sharedStrings.xml";
/// Most of them: ten for each row of the longest sheet.
const MOST: usize = 5_000_000;

/// How many of them are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Texts {
    /// The first: programs number them as the cells come, so the first rows of a sheet have these.
    First,
    /// All.
    All,
}

/// How many the first are.
const FIRST: usize = 5_000;

/// The texts, by their numbers.
pub(super) struct Shared {
    texts: File,
    ends: Vec<u32>,
    /// There are more, which were not read.
    cut: bool,
}

impl Shared {
    /// Reads them; the file is made beside the workbook.
    pub fn read(book: &mut Book, path: &Path, which: Texts) -> Result<Self, SheetError> {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let texts = tempfile::tempfile_in(folder).map_err(broken)?;
        let (mut ends, mut end) = (Vec::new(), 0_u32);
        let Some(mut xml) = book.part(PART)? else { return Ok(Self { texts, ends, cut: false }) };
        let (mut file, mut buffer, mut cut) = (BufWriter::new(texts), Vec::new(), false);
        while !cut {
            match xml.next(&mut buffer)? {
                Event::Start(tag) if tag.local_name().as_ref() == "si" => {
                    let text = text(&mut xml, "si")?;
                    file.write_all(text.as_bytes()).map_err(broken)?;
                    let too_many = || broken("its cells share too many texts");
                    end = u32::try_from(text.len()).ok().and_then(|length| end.checked_add(length)).ok_or_else(too_many)?;
                    if ends.len() >= MOST {
                        return Err(too_many());
                    }
                    ends.push(end);
                    cut = which == Texts::First && ends.len() >= FIRST;
                }
                Event::End(tag) if tag.local_name().as_ref() == "sst" => break,
                Event::Eof => return Err(broken("the shared texts break off")),
                _ => {}
            }
        }
        let texts = file.into_inner().map_err(broken)?;
        Ok(Self { texts, ends, cut })
    }

    /// Whether the text with this number may be one of those that were not read.
    pub fn lacks(&self, number: usize) -> bool {
        self.cut && number >= self.ends.len()
    }

    /// The text with this number.
    pub fn get(&self, number: usize) -> Result<String, SheetError> {
        let end = *self.ends.get(number).ok_or_else(|| broken(format!("there is no shared text {number}")))?;
        let begin = number.checked_sub(1).and_then(|before| self.ends.get(before).copied()).unwrap_or(0);
        let mut bytes = vec![0; usize::try_from(end - begin).map_err(broken)?];
        self.texts.read_exact_at(&mut bytes, begin.into()).map_err(broken)?;
        String::from_utf8(bytes).map_err(broken)
    }
}

/// The text of an element whose beginning was read: one text, or several in different letters, without how signs are pronounced.
pub(super) fn text(xml: &mut Xml<'_>, name: &str) -> Result<String, SheetError> {
    let (mut buffer, mut all) = (Vec::new(), String::new());
    loop {
        match xml.next(&mut buffer)? {
            Event::Start(tag) if tag.local_name().as_ref() == "rPh" => xml.skip("rPh")?,
            Event::Start(tag) if tag.local_name().as_ref() == "t" => {
                let keep = attribute(&tag, "space")?.is_some_and(|space| space == "preserve");
                let text = text_of(xml, "t")?;
                let text = if keep { text.as_str() } else { text.trim_matches([' ', '\t', '\r', '\n']) };
                if all.len() < KEPT {
                    all.push_str(&unescaped(text));
                }
            }
            Event::End(tag) if tag.local_name().as_ref() == name => return Ok(short(&all)),
            Event::Eof => return Err(broken(format!("{name} does not end"))),
            _ => {}
        }
    }
}
