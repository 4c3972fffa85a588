//! Sheets, row by row: xlsx cells as they stand in the file ([`super::xlsx`]), CSV in whichever encoding it came. Neither is ever in memory
//! whole.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use encoding_rs::{Decoder, Encoding, GB18030, UTF_8};
use serde::{Deserialize, Serialize};

use super::xlsx::{self, RowsError, Texts};

/// Most rows of a sheet, most columns that are looked at, most characters of a cell.
pub const MOST_ROWS: u32 = 500_000;
pub(super) const MOST_COLUMNS: usize = 100;
pub(super) const MOST_CHARACTERS: usize = 4_000;
/// Rows in which the heading is looked for.
const HEADING_WITHIN: u32 = 10;

/// Why a sheet cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum SheetError {
    /// Save it again as xlsx or CSV.
    #[error("the sheet cannot be read: {0}")]
    Broken(String),
    /// Write a heading over the columns.
    #[error("there is no heading in the first rows")]
    NoHeading,
    /// Split it.
    #[error("the sheet has more than {MOST_ROWS} rows")]
    TooLong,
}

/// A cell as the sheet has it.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Nothing.
    Empty,
    /// Text.
    Text(String),
    /// A number.
    Number(f64),
    /// Yes or no.
    Flag(bool),
    /// A day and time, as days since 1899-12-30.
    Moment(f64),
    /// A formula that failed.
    Fault(String),
}

impl Cell {
    fn is_empty(&self) -> bool {
        match self {
            Self::Empty => true,
            Self::Text(text) => text.trim().is_empty(),
            _ => false,
        }
    }

    /// As text, for headings and samples.
    pub(super) fn text(&self) -> String {
        match self {
            Self::Empty => String::new(),
            Self::Text(text) | Self::Fault(text) => text.trim().to_owned(),
            Self::Number(number) | Self::Moment(number) => format!("{number}"),
            Self::Flag(flag) => format!("{flag}"),
        }
    }
}

/// A row that is not empty.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// As the sheet counts: 1 is the first.
    pub number: u32,
    /// Its cells.
    pub cells: Vec<Cell>,
}

/// How a file is read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "format")]
pub enum Shape {
    /// A workbook.
    Xlsx {
        /// The sheet: the first that is to be seen.
        sheet: String,
        /// Row of the heading.
        heading: u32,
    },
    /// Text.
    Csv {
        /// Name of the encoding.
        encoding: String,
        /// What stands between cells.
        delimiter: char,
        /// Row of the heading.
        heading: u32,
    },
}

impl Shape {
    const fn heading(&self) -> u32 {
        match self {
            Self::Xlsx { heading, .. } | Self::Csv { heading, .. } => *heading,
        }
    }
}

/// The heading of a file and how to read the rest.
#[derive(Debug, Clone, PartialEq)]
pub struct Opened {
    /// How it is read.
    pub shape: Shape,
    /// Titles of its columns.
    pub headers: Vec<String>,
    /// The first rows below.
    pub first: Vec<Row>,
}

/// Whether to go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Go {
    /// With the next row.
    On,
    /// Not any more.
    Stop,
}

pub(super) fn broken(error: impl std::fmt::Display) -> SheetError {
    SheetError::Broken(error.to_string())
}

/// Finds out how a file is read.
///
/// # Errors
/// [`SheetError`].
pub fn open(path: &Path, samples: usize) -> Result<Opened, SheetError> {
    let mut start = [0_u8; 4];
    let read = File::open(path).map_err(broken)?.read(&mut start).map_err(broken)?;
    let mut shape = if start[..read].starts_with(b"PK") {
        Shape::Xlsx { sheet: xlsx::first_visible(path)?.ok_or(SheetError::NoHeading)?, heading: 0 }
    } else {
        let encoding = encoding_of(path)?;
        Shape::Csv { delimiter: delimiter_of(path, encoding)?, encoding: encoding.name().to_owned(), heading: 0 }
    };
    // Of a large workbook the shared texts take far longer than the first rows.
    let (headers, first) = match head(path, &shape, samples, Texts::First) {
        Err(RowsError::NotRead) => head(path, &shape, samples, Texts::All),
        read => read,
    }
    .map_err(whole)?;
    let headers: Row = headers.ok_or(SheetError::NoHeading)?;
    match &mut shape {
        Shape::Xlsx { heading, .. } | Shape::Csv { heading, .. } => *heading = headers.number,
    }
    Ok(Opened { shape, headers: headers.cells.iter().map(Cell::text).collect(), first })
}

/// The heading and the first rows below it.
fn head(path: &Path, shape: &Shape, samples: usize, texts: Texts) -> Result<(Option<Row>, Vec<Row>), RowsError> {
    let (mut headers, mut first) = (None, Vec::new());
    rows_with(path, shape, texts, |row| {
        if headers.is_some() {
            first.push(row);
        } else if row.number > HEADING_WITHIN {
            return Go::Stop;
        } else {
            headers = Some(row);
        }
        if first.len() >= samples { Go::Stop } else { Go::On }
    })?;
    Ok((headers, first))
}

/// An error where all texts were read.
fn whole(error: RowsError) -> SheetError {
    match error {
        RowsError::Sheet(error) => error,
        RowsError::NotRead => broken("a text of it is missing"),
    }
}

/// Hands every row below the heading to `each`, in order; rows without anything in them are left out.
///
/// # Errors
/// [`SheetError`].
pub fn rows(path: &Path, shape: &Shape, each: impl FnMut(Row) -> Go) -> Result<(), SheetError> {
    rows_with(path, shape, Texts::All, each).map_err(whole)
}

fn rows_with(path: &Path, shape: &Shape, texts: Texts, mut each: impl FnMut(Row) -> Go) -> Result<(), RowsError> {
    let (heading, mut count) = (shape.heading(), 0_u32);
    let mut row = |number: u32, cells: Vec<Cell>| {
        if number <= heading || cells.iter().all(Cell::is_empty) {
            return Ok(Go::On);
        }
        count += 1;
        if count > MOST_ROWS { Err(SheetError::TooLong) } else { Ok(each(Row { number, cells })) }
    };
    match shape {
        Shape::Xlsx { sheet, .. } => xlsx::rows(path, sheet, texts, &mut row),
        Shape::Csv { encoding, delimiter, .. } => {
            let encoding = Encoding::for_label(encoding.as_bytes()).unwrap_or(UTF_8);
            Ok(csv(path, encoding, *delimiter, &mut row)?)
        }
    }
}

pub(super) type Each<'a> = &'a mut dyn FnMut(u32, Vec<Cell>) -> Result<Go, SheetError>;

pub(super) fn short(text: &str) -> String {
    match text.char_indices().nth(MOST_CHARACTERS) {
        Some((end, _)) => text[..end].to_owned(),
        None => text.to_owned(),
    }
}

/// The file as UTF-8, whatever it is written in.
struct Recoded {
    from: BufReader<File>,
    decoder: Decoder,
    ready: Vec<u8>,
    at: usize,
    ended: bool,
}

impl Recoded {
    fn open(path: &Path, encoding: &'static Encoding) -> Result<Self, SheetError> {
        let from = BufReader::with_capacity(64 * 1024, File::open(path).map_err(broken)?);
        Ok(Self { from, decoder: encoding.new_decoder_with_bom_removal(), ready: Vec::new(), at: 0, ended: false })
    }
}

impl Read for Recoded {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        while self.at == self.ready.len() && !self.ended {
            let piece = self.from.fill_buf()?;
            let (length, last) = (piece.len(), piece.is_empty());
            let mut text = String::with_capacity(self.decoder.max_utf8_buffer_length(length).unwrap_or(length * 4));
            let (_, read, _) = self.decoder.decode_to_string(piece, &mut text, last);
            self.from.consume(read);
            (self.ready, self.at, self.ended) = (text.into_bytes(), 0, last);
        }
        let some = self.ready.get(self.at..).unwrap_or_default();
        let count = some.len().min(into.len());
        into[..count].copy_from_slice(&some[..count]);
        self.at += count;
        Ok(count)
    }
}

/// UTF-8 or UTF-16 by their mark; UTF-8 when all of it is; GB18030, as Excel in China writes it, otherwise.
fn encoding_of(path: &Path) -> Result<&'static Encoding, SheetError> {
    let mut file = File::open(path).map_err(broken)?;
    let mut mark = [0_u8; 3];
    let read = file.read(&mut mark).map_err(broken)?;
    if let Some((encoding, _)) = Encoding::for_bom(&mark[..read]) {
        return Ok(encoding);
    }
    file.seek(SeekFrom::Start(0)).map_err(broken)?;
    let (mut kept, mut piece) = (Vec::new(), vec![0_u8; 64 * 1024]);
    loop {
        let read = file.read(&mut piece).map_err(broken)?;
        if read == 0 {
            return Ok(if kept.is_empty() { UTF_8 } else { GB18030 });
        }
        kept.extend_from_slice(&piece[..read]);
        match std::str::from_utf8(&kept) {
            Ok(_) => kept.clear(),
            // The last character goes on in the next piece.
            Err(error) if error.error_len().is_none() => {
                kept.drain(..error.valid_up_to());
            }
            Err(_) => return Ok(GB18030),
        }
    }
}

/// What stands between cells: whichever of comma, tab and semicolon the first line has most of.
fn delimiter_of(path: &Path, encoding: &'static Encoding) -> Result<char, SheetError> {
    let mut line = String::new();
    // A line that does not end is no heading.
    let mut text = BufReader::new(Recoded::open(path, encoding)?.take(64 * 1024));
    while line.trim().is_empty() {
        line.clear();
        if text.read_line(&mut line).map_err(broken)? == 0 {
            break;
        }
    }
    let count = |delimiter: &char| line.matches(*delimiter).count();
    Ok([',', '\t', ';'].into_iter().rev().max_by_key(count).unwrap_or(','))
}

fn csv(path: &Path, encoding: &'static Encoding, delimiter: char, each: Each<'_>) -> Result<(), SheetError> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(u8::try_from(delimiter).unwrap_or(b','))
        .from_reader(Recoded::open(path, encoding)?);
    let mut record = csv::StringRecord::new();
    let mut number = 0;
    while reader.read_record(&mut record).map_err(broken)? {
        number += 1;
        let cell = |text: &str| match text {
            "" => Cell::Empty,
            // What Excel and this hub write before a text that would be a formula.
            _ if text.starts_with('\'') && text[1..].starts_with(['=', '+', '-', '@', '\t', '\r']) => Cell::Text(short(&text[1..])),
            _ => Cell::Text(short(text)),
        };
        if each(number, record.iter().take(MOST_COLUMNS).map(cell).collect())? == Go::Stop {
            return Ok(());
        }
    }
    Ok(())
}
