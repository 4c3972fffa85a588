//! Workbooks as programs write them, and as somebody would who means ill.

use std::io::Write as _;
use std::path::Path;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use rust_xlsxwriter::Workbook;
use tempfile::NamedTempFile;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::super::read::{Cell, Go, SheetError, open};
use super::part::unescaped;
use super::{RowsError, Texts, column, first_visible, rows};

const WORKBOOK: &str = r#"<workbook xmlns:r="x"><workbookPr date1904="1"/><sheets><sheet name="旧" sheetId="1" state="hidden" r:id="rId1"/>
    <sheet name="商品 &amp; 条码" sheetId="2" r:id="rId2"/></sheets></workbook>"#;
const RELATIONS: &str = r#"<Relationships><Relationship Id="rId1" Target="worksheets/old.xml"/>
    <Relationship Id="rId2" Target="/XL/worksheets/Sheet2.xml"/></Relationships>"#;
const STYLES: &str = r#"<styleSheet><numFmts><numFmt numFmtId="164" formatCode="yyyy&quot;年&quot;"/></numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs>
    <cellXfs><xf numFmtId="0"/><xf numFmtId="164"/><xf numFmtId="14"/></cellXfs></styleSheet>"#;
const SHARED: &str = r#"<sst uniqueCount="99999999999999"><si><t>编码</t></si><si><t xml:space="preserve"> a </t></si>
    <si><r><t>橡木</t></r><r><rPr/><t>餐椅 &lt;2&gt; &#x4E8C;</t></r><rPh><t>xiangmu</t></rPh></si><si/><si><t>x_x000D_y_x005F_</t></si></sst>"#;

const SHEET: &str = r#"<worksheet><dimension ref="A1:XFD9"/><sheetData>
        <row r="1"><c r="A1" t="s"><v>0</v></c><c r="C1" t="s"><v>1</v></c><c t="s"><v>2</v></c></row><row/>
        <row r="4" spans="1:9"><c r="A4"><v>6901234567892</v></c><c r="B4" s="1"><f>TODAY()</f><v>1</v></c><c r="C4" s="2" t="n"><v>2.5</v></c>
            <c r="D4" t="b"><v>1</v></c><c r="E4" t="e"><v>#N/A</v></c><c r="F4" t="str"><v>a&amp;_x0009_b</v></c><c r="G4" s="1"/>
            <c r="H4" t="inlineStr"><is><t>内联</t></is></c><c r="I4"><v>words</v></c><c r="J4" t="d"><v>2026-01-31</v></c>
            <c r="K4" t="s"><v>3</v></c><c r="L4" t="s"><v>4</v></c><c r="ZZ4"><v>1</v></c></row>
        </sheetData><mergeCells/></worksheet>"#;

/// A workbook of these two parts.
fn book(shared: &str, sheet: &str) -> NamedTempFile {
    let file = NamedTempFile::new().unwrap();
    let mut archive = ZipWriter::new(file.reopen().unwrap());
    let parts = [
        ("xl/workbook.xml", WORKBOOK),
        ("xl/_rels/workbook.xml.rels", RELATIONS),
        ("xl/styles.xml", STYLES),
        ("xl/sharedStrings.xml", shared),
        ("xl/worksheets/sheet2.xml", sheet),
    ];
    for (name, text) in parts {
        archive.start_file(name, SimpleFileOptions::default()).unwrap();
        archive.write_all(text.as_bytes()).unwrap();
    }
    archive.finish().unwrap();
    file
}

fn all(path: &Path) -> Result<Vec<(u32, Vec<Cell>)>, RowsError> {
    let (sheet, mut all) = (first_visible(path)?.unwrap(), Vec::new());
    rows(path, &sheet, Texts::All, &mut |number, cells| {
        all.push((number, cells));
        Ok(Go::On)
    })?;
    Ok(all)
}

fn text(text: &str) -> Cell {
    Cell::Text(text.into())
}

#[test]
fn cells_of_every_kind_are_read() {
    let file = book(SHARED, SHEET);
    assert_eq!(first_visible(file.path()).unwrap().unwrap(), "商品 & 条码");
    let wanted = vec![
        (1, vec![text("编码"), Cell::Empty, text(" a "), text("橡木餐椅 <2> 二")]),
        (
            4,
            vec![
                Cell::Number(6_901_234_567_892.0),
                Cell::Moment(1_463.0),
                Cell::Moment(1_464.5),
                Cell::Flag(true),
                Cell::Fault("#N/A".into()),
                text("a&\tb"),
                Cell::Empty,
                text("内联"),
                text("words"),
                text("2026-01-31"),
                text(""),
                text("x\ry_"),
            ],
        ),
    ];
    assert_eq!(all(file.path()).unwrap(), wanted);
}

#[test]
fn a_thousand_texts_that_are_shared_come_back_each_in_its_place() {
    let file = NamedTempFile::with_suffix(".xlsx").unwrap();
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    for row in 0..1_000 {
        sheet.write_string(row, 0, format!("编码 {row}")).unwrap().write_string(row, 1, format!("每 {} 行", row % 7)).unwrap();
    }
    workbook.save(file.path()).unwrap();
    let found = all(file.path()).unwrap();
    assert_eq!(found.len(), 1_000);
    for (at, (number, cells)) in (0..).zip(found) {
        assert_eq!((number, cells), (at + 1, vec![text(&format!("编码 {at}")), text(&format!("每 {} 行", at % 7))]));
    }
}

#[test]
fn the_first_rows_are_read_without_all_texts_and_with_them_when_they_need_them() {
    let texts: String = (0..6_000).map(|number| format!("<si><t>text {number}</t></si>")).collect();
    let sheet = |second: usize| {
        let cell = |number: usize| format!("<row><c t=\"s\"><v>{number}</v></c></row>");
        format!("<worksheet><sheetData>{}{}{}</sheetData></worksheet>", cell(0), cell(second), cell(5_999))
    };
    // What breaks off behind the first texts was not looked at.
    let file = book(&format!("<sst>{texts}"), &sheet(4_999));
    assert_eq!(open(file.path(), 1).unwrap().first[0].cells, [text("text 4999")]);
    assert!(matches!(open(file.path(), 2), Err(SheetError::Broken(_))));
    let file = book(&format!("<sst>{texts}</sst>"), &sheet(5_000));
    assert_eq!(open(file.path(), 2).unwrap().first.iter().map(|row| row.cells[0].text()).collect::<Vec<_>>(), ["text 5000", "text 5999"]);
}

#[test]
fn what_would_fill_the_memory_is_refused() {
    let sheet = |row: &str| format!("<worksheet><sheetData>{row}</sheetData></worksheet>");
    let long = "a".repeat(1_100_000);
    let broken = [
        (SHARED.to_owned(), sheet(&format!("<row><c t=\"inlineStr\"><is><t>{long}</t></is></c></row>"))),
        (SHARED.to_owned(), sheet(&format!("<row><c s=\"{long}\"/></row>"))),
        (format!("<sst><si><t>{long}</t></si></sst>"), sheet("")),
        (SHARED.to_owned(), sheet("<row r=\"2\"><c><v>1</v></c></row><row r=\"2\"/>")),
        (SHARED.to_owned(), sheet("<row><c t=\"s\"><v>5</v></c></row>")),
        (SHARED.to_owned(), sheet("<row><c><v>&lol;</v></c></row>")),
        (SHARED.to_owned(), "<worksheet><sheetData><row><c>".to_owned()),
    ];
    for (shared, sheet) in broken {
        let file = book(&shared, &sheet);
        let found = all(file.path());
        assert!(matches!(found, Err(RowsError::Sheet(SheetError::Broken(_)))), "{}: {found:?}", &sheet[..sheet.len().min(80)]);
    }
    // Many pieces that are short each, and a text that is long but not too long, are cut to what a cell may hold.
    let pieces = format!("<row><c t=\"inlineStr\"><is>{}</is></c></row>", "<r><t>餐椅</t></r>".repeat(9_000));
    let file = book(&format!("<sst><si><t>{}</t></si></sst>", &long[..900_000]), &sheet(&(pieces + "<row><c t=\"s\"><v>0</v></c></row>")));
    let lengths: Vec<usize> = all(file.path()).unwrap().iter().map(|(_, cells)| cells[0].text().chars().count()).collect();
    assert_eq!(lengths, [4_000, 4_000]);
}

/// A text of which a few pieces were changed, taken away, doubled or put elsewhere.
fn mutated(dice: &mut StdRng, text: &[u8]) -> Vec<u8> {
    const SPLICED: [&[u8]; 12] = [
        b"<",
        b">",
        b"\"",
        b"&",
        b"&#x110000;",
        b"_xD800_",
        b"</row>",
        b"<v>-1</v>",
        b"\0",
        b"\xFF\xFE",
        b"99999999999999999999",
        b"<!DOCTYPE a [<!ENTITY b \"c\">]>",
    ];
    let mut text = text.to_vec();
    for _ in 0..dice.random_range(1..5) {
        let from = dice.random_range(0..text.len());
        let to = (from + dice.random_range(0..40)).min(text.len());
        match dice.random_range(0..5) {
            0 => text[from] = dice.random(),
            1 => drop(text.drain(from..to)),
            2 => text.truncate(from.max(1)),
            3 => {
                let piece = text[from..to].to_vec();
                let at = dice.random_range(0..text.len());
                drop(text.splice(at..at, piece));
            }
            _ => drop(text.splice(from..from, SPLICED[dice.random_range(0..SPLICED.len())].iter().copied())),
        }
        if text.is_empty() {
            text.push(b'<');
        }
    }
    text
}

#[test]
fn three_thousand_mutated_workbooks_are_read_or_refused() {
    let mut dice = StdRng::seed_from_u64(20_261_123);
    let (mut read, mut refused) = (0, 0);
    let whole = std::fs::read(book(SHARED, SHEET).path()).unwrap();
    for round in 0..3_000 {
        let changed = |dice: &mut StdRng, text: &str| String::from_utf8_lossy(&mutated(dice, text.as_bytes())).into_owned();
        let file = match round % 3 {
            0 => book(SHARED, &changed(&mut dice, SHEET)),
            1 => book(&changed(&mut dice, SHARED), SHEET),
            _ => {
                let file = NamedTempFile::new().unwrap();
                std::fs::write(file.path(), mutated(&mut dice, &whole)).unwrap();
                file
            }
        };
        match first_visible(file.path()) {
            Ok(Some(sheet)) if rows(file.path(), &sheet, Texts::All, &mut |_, _| Ok(Go::On)).is_ok() => read += 1,
            _ => refused += 1,
        }
    }
    assert!(read > 300 && refused > 300, "{read} read, {refused} refused: too much of one to mean anything");
}

#[test]
fn escapes_and_places_are_read_as_workbooks_write_them() {
    assert_eq!(unescaped("_xD83D__xDE00_ _x00_ _xZZZZ_ _x0041_"), "😀 _x00_ _xZZZZ_ A");
    assert_eq!(unescaped("_xD83D_x"), "\u{FFFD}x");
    assert_eq!(["A1", "z9", "AA10", "XFD1", "7"].map(column), [Some(0), Some(25), Some(26), Some(16_383), None]);
}
