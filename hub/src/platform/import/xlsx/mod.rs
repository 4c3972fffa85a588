//! Workbooks, row by row. A row is handed on as soon as its last cell was read, the texts that cells share lie in a file beside the memory
//! ([`shared`]), and no single tag or text may be longer than a cell can be ([`part`]): so the memory that a workbook takes does not grow with
//! it, whatever it says of itself.

mod book;
mod part;
mod shared;
#[cfg(test)]
mod tests;

use std::path::Path;

use quick_xml::events::{BytesStart, Event};

use self::book::Book;
use self::part::{Xml, attribute, text_of, unescaped};
use self::shared::Shared;
pub(super) use self::shared::Texts;
use super::read::{Cell, Each, Go, MOST_COLUMNS, SheetError, broken, short};

/// Days between the two days that workbooks count from: 1899-12-30 and 1904-01-01.
const SINCE_1904: f64 = 1_462.0;

/// The first sheet that is to be seen.
pub(super) fn first_visible(path: &Path) -> Result<Option<String>, SheetError> {
    Ok(Book::open(path)?.sheets.into_iter().find(|sheet| sheet.visible).map(|sheet| sheet.name))
}

/// Hands every row of a sheet to `each`, in order. With the first texts only it may end at a cell that has another, and says so.
pub(super) fn rows(path: &Path, sheet: &str, texts: Texts, each: Each<'_>) -> Result<(), RowsError> {
    let mut book = Book::open(path)?;
    let shared = Shared::read(&mut book, path, texts)?;
    let days = book.days()?;
    let at = book.sheets.iter().find(|known| known.name == sheet).map(|known| known.part.clone());
    let at = at.ok_or_else(|| broken(format!("there is no sheet {sheet}")))?;
    let meaning = Meaning { shared, days, since: if book.since_1904 { SINCE_1904 } else { 0.0 } };
    let mut xml = book.part(&at)?.ok_or_else(|| broken(format!("{at} is not in the workbook")))?;
    let (mut buffer, mut row) = (Vec::new(), 0_u32);
    loop {
        match xml.next(&mut buffer)? {
            Event::Start(tag) if tag.local_name().as_ref() == "row" => {
                let given = attribute(&tag, "r")?.map(|text| text.trim().parse::<u32>().map_err(broken)).transpose()?;
                let number = given.unwrap_or(row.saturating_add(1));
                if number <= row {
                    return Err(broken("its rows are not in order").into());
                }
                row = number;
                let cells = cells(&mut xml, &meaning)?;
                if !cells.is_empty() && each(row, cells)? == Go::Stop {
                    return Ok(());
                }
            }
            Event::End(tag) if tag.local_name().as_ref() == "sheetData" => return Ok(()),
            Event::Eof => return Err(broken("a sheet breaks off").into()),
            _ => {}
        }
    }
}

/// Why rows of a sheet were not read to the end.
#[derive(Debug)]
pub(super) enum RowsError {
    /// Read them with all texts.
    NotRead,
    /// Save the sheet again.
    Sheet(SheetError),
}

impl From<SheetError> for RowsError {
    fn from(error: SheetError) -> Self {
        Self::Sheet(error)
    }
}

/// What the cells of a workbook refer to.
struct Meaning {
    shared: Shared,
    /// By the number of a cell's style, whether it shows its number as a day or a time.
    days: Vec<bool>,
    /// Days to add to a moment.
    since: f64,
}

/// The cells of a row whose beginning was read.
fn cells(xml: &mut Xml<'_>, meaning: &Meaning) -> Result<Vec<Cell>, RowsError> {
    let (mut buffer, mut cells, mut next) = (Vec::new(), Vec::new(), 0_usize);
    loop {
        match xml.next(&mut buffer)? {
            Event::Start(tag) if tag.local_name().as_ref() == "c" => {
                let at = attribute(&tag, "r")?.and_then(|place| column(&place)).unwrap_or(next);
                next = at.saturating_add(1);
                let cell = cell(xml, &tag, meaning)?;
                if at >= MOST_COLUMNS || cell == Cell::Empty {
                    continue;
                }
                if cells.len() <= at {
                    cells.resize(at + 1, Cell::Empty);
                }
                if let Some(place) = cells.get_mut(at) {
                    *place = cell;
                }
            }
            Event::End(tag) if tag.local_name().as_ref() == "row" => return Ok(cells),
            Event::Eof => return Err(broken("a row breaks off").into()),
            _ => {}
        }
    }
}

/// The column of a place such as `AB12`, from 0.
fn column(place: &str) -> Option<usize> {
    let letters = place.bytes().take_while(u8::is_ascii_alphabetic).take(4);
    letters.fold(None, |sum: Option<usize>, letter| {
        Some(sum.map_or(0, |sum| (sum + 1) * 26) + usize::from(letter.to_ascii_uppercase() - b'A'))
    })
}

/// A cell whose beginning was read.
fn cell(xml: &mut Xml<'_>, tag: &BytesStart<'_>, meaning: &Meaning) -> Result<Cell, RowsError> {
    let (kind, style) = (attribute(tag, "t")?, attribute(tag, "s")?);
    let (mut buffer, mut value, mut inline) = (Vec::new(), None, None);
    loop {
        match xml.next(&mut buffer)? {
            Event::Start(tag) => match tag.local_name().as_ref() {
                "v" => value = Some(text_of(xml, "v")?),
                "is" => inline = Some(shared::text(xml, "is")?),
                other => xml.skip(other)?,
            },
            Event::End(tag) if tag.local_name().as_ref() == "c" => break,
            Event::Eof => return Err(broken("a cell breaks off").into()),
            _ => {}
        }
    }
    if let Some(text) = inline {
        return Ok(Cell::Text(text));
    }
    let Some(value) = value.filter(|value| !value.is_empty()) else { return Ok(Cell::Empty) };
    Ok(match kind.as_deref() {
        Some("s") => {
            let number = value.trim().parse().map_err(broken)?;
            if meaning.shared.lacks(number) {
                return Err(RowsError::NotRead);
            }
            Cell::Text(meaning.shared.get(number)?)
        }
        Some("b") => Cell::Flag(matches!(value.trim(), "1" | "true")),
        Some("e") => Cell::Fault(short(&value)),
        Some("n") | None => match value.trim().parse::<f64>() {
            Ok(number) => {
                let is_day = style.and_then(|style| meaning.days.get(style.parse::<usize>().ok()?).copied()).unwrap_or(false);
                if is_day { Cell::Moment(number + meaning.since) } else { Cell::Number(number) }
            }
            // Some programs write texts without saying so.
            Err(_) if kind.is_none() => Cell::Text(short(&value)),
            Err(error) => return Err(broken(error).into()),
        },
        Some(_) => Cell::Text(short(&unescaped(&value))),
    })
}
