//! Sheets as they are written: xlsx row by row in constant memory, CSV with a mark that tells Excel that it is UTF-8. Nothing that somebody
//! typed ever becomes a formula.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use qitao_domain::quantity::Quantity;
use rust_xlsxwriter::{Color, Format as CellFormat, Workbook, XlsxError};

/// Most rows that a sheet holds, without its heading.
pub const MOST: u32 = 1_048_575;
/// Longest text of a cell.
const LONGEST: usize = 32_767;

/// How a sheet is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// A workbook.
    Xlsx,
    /// Text.
    Csv,
}

/// What a cell is to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Out {
    /// Nothing.
    Empty,
    /// Text.
    Text(String),
    /// An amount.
    Amount(Quantity),
    /// A whole number.
    Whole(i64),
    /// A moment, in milliseconds since 1970 UTC.
    Moment(i64),
}

impl From<&str> for Out {
    fn from(text: &str) -> Self {
        if text.is_empty() { Self::Empty } else { Self::Text(text.to_owned()) }
    }
}

impl From<String> for Out {
    fn from(text: String) -> Self {
        if text.is_empty() { Self::Empty } else { Self::Text(text) }
    }
}

impl From<Quantity> for Out {
    fn from(amount: Quantity) -> Self {
        Self::Amount(amount)
    }
}

impl From<i64> for Out {
    fn from(number: i64) -> Self {
        Self::Whole(number)
    }
}

impl<T: Into<Self>> From<Option<T>> for Out {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Empty, Into::into)
    }
}

/// A sheet in the making.
pub struct Writer {
    to: PathBuf,
    zone: TimeZone,
    rows: u32,
    kind: Kind,
}

enum Kind {
    Xlsx { book: Box<Workbook>, moment: Box<CellFormat>, text: Box<CellFormat> },
    Csv(Box<csv::Writer<BufWriter<File>>>),
}

/// What a text begins with that Excel would take for a formula.
fn guarded(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() }
}

fn said(error: impl std::fmt::Display) -> String {
    error.to_string()
}

impl Writer {
    /// A sheet at a path, with a heading. `folder` is for what does not fit into memory.
    ///
    /// # Errors
    /// What the writer said.
    pub fn new(format: Format, to: &Path, folder: &Path, zone: TimeZone, name: &str, heading: &[String]) -> Result<Self, String> {
        let kind = match format {
            Format::Xlsx => Self::workbook(folder, name, heading).map_err(said)?,
            Format::Csv => {
                let mut file = BufWriter::new(File::create(to).map_err(said)?);
                file.write_all(b"\xEF\xBB\xBF").map_err(said)?;
                let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(file);
                writer.write_record(heading).map_err(said)?;
                Kind::Csv(Box::new(writer))
            }
        };
        Ok(Self { to: to.to_owned(), zone, rows: 0, kind })
    }

    fn workbook(folder: &Path, name: &str, heading: &[String]) -> Result<Kind, XlsxError> {
        let mut book = Workbook::new();
        book.set_tempdir(folder)?;
        let sheet = book.add_worksheet_with_constant_memory()?.set_name(name)?;
        sheet.set_freeze_panes(1, 0)?;
        let bold = CellFormat::new().set_bold().set_background_color(Color::RGB(0xE7_E6_E6));
        for (at, title) in (0..).zip(heading) {
            sheet.set_column_width(at, 18.0)?;
            sheet.write_string_with_format(0, at, title, &bold)?;
        }
        let last = u16::try_from(heading.len().saturating_sub(1)).unwrap_or(u16::MAX);
        sheet.autofilter(0, 0, MOST, last)?;
        let format = |pattern| Box::new(CellFormat::new().set_num_format(pattern));
        Ok(Kind::Xlsx { book: Box::new(book), moment: format("yyyy-mm-dd hh:mm:ss"), text: format("@") })
    }

    /// Rows so far.
    #[must_use]
    pub const fn rows(&self) -> u32 {
        self.rows
    }

    /// Writes a row.
    ///
    /// # Errors
    /// What the writer said.
    pub fn row(&mut self, cells: Vec<Out>) -> Result<(), String> {
        self.rows += 1;
        let (row, zone) = (self.rows, &self.zone);
        match &mut self.kind {
            Kind::Xlsx { book, moment, text } => write_row(book, row, cells, zone, moment, text).map_err(said),
            Kind::Csv(writer) => {
                let cell = |cell: Out| match cell {
                    Out::Empty => String::new(),
                    Out::Text(text) => guarded(&text),
                    Out::Amount(amount) => amount.to_string(),
                    Out::Whole(number) => number.to_string(),
                    Out::Moment(ms) => local(ms, zone).map_or_else(String::new, |at| at.strftime("%Y-%m-%d %H:%M:%S").to_string()),
                };
                writer.write_record(cells.into_iter().map(cell)).map_err(said)
            }
        }
    }

    /// Ends the sheet; how many rows it has.
    ///
    /// # Errors
    /// What the writer said.
    pub fn finish(self) -> Result<u32, String> {
        match self.kind {
            Kind::Xlsx { mut book, .. } => book.save(&self.to).map_err(said)?,
            Kind::Csv(writer) => {
                let file = writer.into_inner().map_err(said)?.into_inner().map_err(said)?;
                file.sync_all().map_err(said)?;
            }
        }
        Ok(self.rows)
    }
}

fn local(ms: i64, zone: &TimeZone) -> Option<jiff::civil::DateTime> {
    Timestamp::from_millisecond(ms).ok().map(|at| zone.to_datetime(at))
}

/// Days since 1899-12-30, as Excel counts.
fn serial(ms: i64, zone: &TimeZone) -> Option<f64> {
    let since = local(ms, zone)?.duration_since(jiff::civil::date(1899, 12, 30).at(0, 0, 0, 0));
    #[expect(clippy::cast_precision_loss, reason = "seconds of some centuries")]
    let seconds = since.as_secs() as f64;
    Some(seconds / 86_400.0)
}

fn write_row(
    book: &mut Workbook,
    row: u32,
    cells: Vec<Out>,
    zone: &TimeZone,
    moment: &CellFormat,
    text_format: &CellFormat,
) -> Result<(), XlsxError> {
    let sheet = book.worksheet_from_index(0)?;
    for (at, cell) in (0..).zip(cells) {
        match cell {
            Out::Empty => {}
            Out::Text(text) => {
                let text = if text.chars().count() > LONGEST { text.chars().take(LONGEST).collect() } else { text };
                sheet.write_string_with_format(row, at, text, text_format)?;
            }
            #[expect(clippy::cast_precision_loss, reason = "a sheet knows no other numbers")]
            Out::Amount(amount) => {
                sheet.write_number(row, at, amount.raw() as f64 / 1000.0)?;
            }
            #[expect(clippy::cast_precision_loss, reason = "a sheet knows no other numbers")]
            Out::Whole(number) => {
                sheet.write_number(row, at, number as f64)?;
            }
            Out::Moment(ms) => {
                if let Some(serial) = serial(ms, zone) {
                    sheet.write_number_with_format(row, at, serial, moment)?;
                }
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_be_a_formula_stays_text_and_negative_numbers_stay_numbers() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.csv");
        let zone = TimeZone::get("Asia/Shanghai").unwrap();
        let mut writer = Writer::new(Format::Csv, &path, folder.path(), zone, "x", &["a".into(), "b".into(), "c".into()]).unwrap();
        let amount: Quantity = "-2.5".parse().unwrap();
        for text in ["=1+1", "+86 138", "-x", "@SUM(A1)", "\tx", "橡木, \"餐椅\"\n二代"] {
            writer.row(vec![text.into(), amount.into(), Out::Moment(1_769_846_400_000)]).unwrap();
        }
        assert_eq!(writer.finish(), Ok(6));
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("\u{feff}a,b,c\r\n'=1+1,-2.5,2026-01-31 16:00:00\r\n'+86 138,"), "{text}");
        assert!(text.ends_with("\"橡木, \"\"餐椅\"\"\n二代\",-2.5,2026-01-31 16:00:00\r\n"), "{text}");
        assert!(text.contains("\r\n'-x,") && text.contains("\r\n'@SUM(A1),") && text.contains("\r\n'\tx,"), "{text}");
    }

    #[test]
    fn days_are_counted_as_excel_counts_them() {
        assert_eq!(serial(1_769_846_400_000, &TimeZone::UTC), Some(46_053.0 + 8.0 / 24.0));
    }
}
