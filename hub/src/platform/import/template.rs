//! The sheet to fill: a heading with hints, drop-downs where only some values will do, and a second sheet that explains every column.

use std::path::Path;

use rust_xlsxwriter::{
    Color, DataValidation, DataValidationErrorStyle, DataValidationRule, Format, FormatAlign, Formula, Workbook, Worksheet, XlsxError,
};

use super::columns::{Column, Kind, Needed};
use super::{Importable, Offer};
use crate::http::problem::Language;

/// Rows below the heading that have drop-downs.
const ROWS: u32 = 100_000;
/// Longest hint that a sheet shows beside a cell, and its title.
const HINT: usize = 255;
const TITLE: usize = 32;

/// The format of headings: needed columns stand out.
pub(super) fn heading(needed: Needed) -> Format {
    let format = Format::new().set_bold().set_align(FormatAlign::VerticalCenter).set_text_wrap();
    format.set_background_color(Color::RGB(if needed == Needed::Never { 0xE7_E6_E6 } else { 0xFC_E4_D6 }))
}

fn short(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}

/// Drop-downs, hints and the format of text for one column. `offered` is the range of another sheet that holds what may be chosen beside
/// whatever else is written.
pub(super) fn dress(sheet: &mut Worksheet, at: u16, column: &Column, offered: Option<&str>, language: Language) -> Result<(), XlsxError> {
    let text = Format::new().set_num_format("@");
    let as_text = matches!(column.kind, Kind::Code(_) | Kind::Barcodes | Kind::Parts | Kind::Text(_) | Kind::Suggested(..));
    let width = if matches!(column.kind, Kind::Barcodes | Kind::Parts | Kind::Text(_)) { 28.0 } else { 16.0 };
    sheet.set_column_width(at, width)?;
    if as_text {
        // Otherwise a barcode becomes a number, and a number of 16 digits another number.
        sheet.set_column_format(at, &text)?;
    }
    let options = column.options(language);
    let rule = match (offered, column.kind) {
        (Some(range), _) => DataValidation::new().allow_list_formula(Formula::new(range)),
        // A list longer than 255 characters does not go into a drop-down; the second sheet has it.
        (None, _) if !options.is_empty() && options.iter().map(|option| option.chars().count() + 1).sum::<usize>() <= 255 => {
            DataValidation::new().allow_list_strings(&options)?
        }
        (None, Kind::Whole(from, to)) => {
            let bound = |number: i64| i32::try_from(number).unwrap_or(i32::MAX);
            DataValidation::new().allow_whole_number(DataValidationRule::Between(bound(from), bound(to)))
        }
        (None, _) => DataValidation::new().allow_any_value(),
    };
    let rule = rule.set_input_title(short(&column.heading(language), TITLE))?;
    let rule = rule.set_input_message(short(column.hint.in_language(language), HINT))?;
    let rule = match column.kind {
        _ if offered.is_some() => rule.show_error_message(false),
        Kind::Suggested(..) => rule.show_error_message(false),
        _ => rule.set_error_style(DataValidationErrorStyle::Stop),
    };
    sheet.add_data_validation(1, at, ROWS, at, &rule)?;
    Ok(())
}

/// The range of the third sheet that holds an offer, as a formula names it; none for an empty one. `at` is its column there.
fn range(offer: &Offer, at: usize, language: Language) -> Option<String> {
    let (letter, last) = (char::from(b'A' + u8::try_from(at).ok().filter(|at| *at < 26)?), offer.options.len() + 1);
    (last > 1).then(|| format!("='{}'!${letter}$2:${letter}${last}", offers_name(language)))
}

const fn offers_name(language: Language) -> &'static str {
    match language {
        Language::Chinese => "可选项",
        Language::English => "Choices",
    }
}

/// Writes the template of what has these columns, as somebody may fill it.
///
/// # Errors
/// What the writer said.
pub(super) fn write(
    entity: &dyn Importable,
    columns: &[Column],
    offers: &[Offer],
    language: Language,
    path: &Path,
) -> Result<(), XlsxError> {
    let zh = language == Language::Chinese;
    let mut book = Workbook::new();
    let sheet = book.add_worksheet().set_name(entity.title().in_language(language))?;
    sheet.set_freeze_panes(1, 0)?;
    sheet.set_row_height(0, 24)?;
    for (at, column) in (0..).zip(columns) {
        sheet.write_string_with_format(0, at, column.heading(language), &heading(column.needed))?;
        let offer = offers.iter().enumerate().find(|(_, offer)| offer.column == column.id);
        dress(sheet, at, column, offer.and_then(|(at, offer)| range(offer, at, language)).as_deref(), language)?;
    }
    let notes = book.add_worksheet().set_name(if zh { "填写说明" } else { "How to fill" })?;
    let heads = if zh { ["列", "是否必填", "说明", "示例"] } else { ["Column", "Needed", "What to write", "Example"] };
    for (at, head) in (0..).zip(heads) {
        notes.write_string_with_format(0, at, head, &heading(Needed::Never))?;
    }
    for (width, at) in [(18.0, 0), (14.0, 1), (80.0, 2), (36.0, 3)] {
        notes.set_column_width(at, width)?;
    }
    for (row, column) in (1..).zip(columns) {
        let needed = match (column.needed, zh) {
            (Needed::Always, true) => "必填",
            (Needed::Always, false) => "always",
            (Needed::New, true) => "新建时必填",
            (Needed::New, false) => "for new records",
            (Needed::Never, true) => "可不填",
            (Needed::Never, false) => "no",
        };
        let options = column.options(language).join(if zh { "、" } else { ", " });
        let mut hint = column.hint.in_language(language).to_owned();
        if !options.is_empty() {
            hint = if zh { format!("{hint}可选：{options}。") } else { format!("{hint} One of: {options}.") };
        }
        notes.write_string(row, 0, column.title.in_language(language))?;
        notes.write_string(row, 1, needed)?;
        notes.write_string_with_format(row, 2, hint, &Format::new().set_text_wrap())?;
        notes.write_string(row, 3, column.example)?;
    }
    let below = u32::try_from(columns.len()).unwrap_or(0) + 2;
    let rule = if zh {
        "空着的格子不会改动已有的数据；填“-”表示清空。一个文件最多 500000 行，每条只能出现一次。"
    } else {
        "An empty cell changes nothing that is there; write - to empty a field. At most 500000 rows in a file, each record once."
    };
    notes.write_string(below, 0, rule)?;
    if let Some(note) = entity.note() {
        notes.write_string(below + 1, 0, note.in_language(language))?;
    }
    if !offers.is_empty() {
        let lists = book.add_worksheet().set_name(offers_name(language))?;
        for (at, offer) in (0..).zip(offers) {
            let title = columns.iter().find(|column| column.id == offer.column).map(|column| column.title.in_language(language));
            lists.write_string_with_format(0, at, title.unwrap_or_default(), &heading(Needed::Never))?;
            lists.set_column_width(at, 28.0)?;
            for (row, option) in (1..).zip(&offer.options) {
                lists.write_string(row, at, option)?;
            }
        }
    }
    book.save(path)
}
