//! The failed rows as a sheet: as they were, with what is wrong in a column behind them, ready to be mended and uploaded again.

use std::path::Path;

use rust_xlsxwriter::{Color, Format, Workbook, XlsxError};
use tokio::sync::mpsc;

use super::columns::{Column, Needed};
use super::read::{Cell, Go, Row, Shape, SheetError, rows};
use super::store::ImportRow;
use super::template::{dress, heading};
use crate::http::problem::Language;

/// Why the sheet could not be made.
#[derive(Debug, thiserror::Error)]
pub(super) enum FailedError {
    /// The file of the import cannot be read any more.
    #[error(transparent)]
    Sheet(#[from] SheetError),
    /// See whether the disk is full.
    #[error(transparent)]
    Write(#[from] XlsxError),
}

/// What it is made of.
pub(super) struct Source<'a> {
    pub path: &'a Path,
    pub shape: &'a Shape,
    pub headers: &'a [String],
    pub mapping: &'a [Option<String>],
    pub columns: &'a [Column],
    pub language: Language,
}

/// Title of the column of reasons; it is matched to nothing when the sheet comes back.
pub(super) const fn reason(language: Language) -> &'static str {
    match language {
        Language::Chinese => "失败原因",
        Language::English => "Why it failed",
    }
}

/// Writes the bad rows of `source` to `to`. They come through `bad` in the order of the sheet. It is a blocking call.
pub(super) fn write(source: &Source<'_>, mut bad: mpsc::Receiver<Vec<ImportRow>>, to: &Path) -> Result<u32, FailedError> {
    let Source { path, shape, headers, mapping, columns, language } = source;
    let mut book = Workbook::new();
    let (fault, why) = (Format::new().set_background_color(Color::RGB(0xFF_C7_CE)), Format::new().set_font_color(Color::RGB(0x9C_00_06)));
    let (plain, moment) = (Format::new(), Format::new().set_num_format("yyyy-mm-dd hh:mm"));
    let (text, fault_text) = (Format::new().set_num_format("@"), fault.clone().set_num_format("@"));
    let sheet = book.add_worksheet_with_constant_memory()?;
    sheet.set_freeze_panes(1, 0)?;
    let last = u16::try_from(headers.len()).unwrap_or(u16::MAX - 1);
    for (at, header) in (0..).zip(*headers) {
        let column = mapping.get(usize::from(at)).and_then(Option::as_ref).and_then(|id| columns.iter().find(|column| column.id == *id));
        if let Some(column) = column {
            dress(sheet, at, column, None, *language)?;
        }
        sheet.write_string_with_format(0, at, header, &heading(column.map_or(Needed::Never, |column| column.needed)))?;
    }
    sheet.write_string_with_format(0, last, reason(*language), &heading(Needed::Never))?;
    let mut waiting = Vec::new().into_iter().peekable();
    let (mut line, mut wrong) = (1_u32, None);
    rows(path, shape, |row: Row| {
        while waiting.peek().is_none() {
            match bad.blocking_recv() {
                Some(some) => waiting = some.into_iter().peekable(),
                None => return Go::Stop,
            }
        }
        let Some(found) = waiting.next_if(|bad: &ImportRow| i64::from(bad.row) <= i64::from(row.number)) else { return Go::On };
        if i64::from(found.row) != i64::from(row.number) {
            return Go::On;
        }
        let mut one = || -> Result<(), XlsxError> {
            for (at, cell) in (0..last).zip(&row.cells) {
                let id = mapping.get(usize::from(at)).and_then(Option::as_ref);
                let at_fault = id.is_some_and(|id| found.faults.iter().any(|fault| fault.column == *id));
                let format = if at_fault { &fault } else { &text };
                match cell {
                    Cell::Empty if at_fault => sheet.write_blank(line, at, &fault)?,
                    Cell::Empty => continue,
                    Cell::Text(text) => sheet.write_string_with_format(line, at, text, if at_fault { &fault_text } else { format })?,
                    Cell::Number(number) => sheet.write_number_with_format(line, at, *number, if at_fault { &fault } else { &plain })?,
                    Cell::Moment(serial) => sheet.write_number_with_format(line, at, *serial, &moment)?,
                    Cell::Flag(flag) => sheet.write_boolean_with_format(line, at, *flag, format)?,
                    Cell::Fault(text) => sheet.write_string_with_format(line, at, text, &fault_text)?,
                };
            }
            let title = |id: &str| columns.iter().find(|column| column.id == id).map(|column| column.title.in_language(*language));
            let colon = if *language == Language::Chinese { "：" } else { ": " };
            let reasons: Vec<String> = found
                .faults
                .iter()
                .map(|fault| match title(&fault.column) {
                    Some(title) => format!("{title}{colon}{}", fault.text(*language)),
                    None => fault.text(*language).to_owned(),
                })
                .collect();
            sheet.write_string_with_format(line, last, reasons.join(" "), &why)?;
            Ok(())
        };
        if let Err(error) = one() {
            wrong = Some(error);
            return Go::Stop;
        }
        line += 1;
        Go::On
    })?;
    if let Some(error) = wrong {
        return Err(error.into());
    }
    book.save(to)?;
    Ok(line - 1)
}
