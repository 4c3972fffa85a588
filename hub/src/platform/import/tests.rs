//! Sheets as people have them: encodings, separators, workbooks, and what is left of a run that was killed.

use std::path::Path;

use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};

use super::read::{Cell, Go, Row, Shape, SheetError, open, rows};

fn all(path: &Path, shape: &Shape) -> Vec<Row> {
    let mut all = Vec::new();
    rows(path, shape, |row| {
        all.push(row);
        Go::On
    })
    .unwrap();
    all
}

fn csv(bytes: &[u8]) -> (Shape, Vec<String>, Vec<Vec<String>>) {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), bytes).unwrap();
    let opened = open(file.path(), 2).unwrap();
    let rows = all(file.path(), &opened.shape);
    assert!(opened.first.len() <= 2 && rows.starts_with(&opened.first));
    let text = rows.iter().map(|row| row.cells.iter().map(Cell::text).collect()).collect();
    (opened.shape, opened.headers, text)
}

#[test]
fn csv_is_read_in_the_encoding_and_with_the_separator_that_it_has() {
    let text = "\n编码,名称\n\n1,\"橡木, 餐椅\"\n2,单人椅\n3,龘\n";
    let utf16: Vec<u8> = [0xFF, 0xFE].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let cases: [(Vec<u8>, &str); 4] = [
        (text.as_bytes().to_vec(), "UTF-8"),
        ([b"\xEF\xBB\xBF", text.as_bytes()].concat(), "UTF-8"),
        (encoding_rs::GB18030.encode(text).0.into_owned(), "gb18030"),
        (utf16, "UTF-16LE"),
    ];
    for (bytes, wanted) in cases {
        let (shape, headers, rows) = csv(&bytes);
        assert!(matches!(&shape, Shape::Csv { encoding, delimiter: ',', heading: 1 } if encoding == wanted), "{shape:?}");
        assert_eq!(headers, ["编码", "名称"], "{wanted}");
        assert_eq!(rows, [["1", "橡木, 餐椅"], ["2", "单人椅"], ["3", "龘"]], "{wanted}");
    }
    assert_eq!(csv(b"a\tb\n1,2\t3\n").2, [["1,2", "3"]]);
    assert_eq!(csv(b"a;b\r\n1,2;3\r\n\r\n;\r\n4;5").2, [["1,2", "3"], ["4", "5"]]);
    assert_eq!(csv(b"a,b\n'=1+1,'quoted\n").2, [["=1+1", "'quoted"]]);
}

#[test]
fn a_long_sheet_of_gb18030_is_told_from_utf8_by_its_last_line_too() {
    let mut text = "编码,名称\n".as_bytes().to_vec();
    text.splice(.., b"code,name\n".iter().copied());
    text.extend(b"1,plain\n".repeat(20_000));
    text.extend(encoding_rs::GB18030.encode("2,床\n").0.iter());
    assert_eq!(csv(&text).2.last().unwrap(), &["2", "床"]);
}

#[test]
fn a_workbook_is_read_cell_by_cell_with_rows_as_the_sheet_counts_them() {
    let file = tempfile::NamedTempFile::with_suffix(".xlsx").unwrap();
    let mut book = Workbook::new();
    book.add_worksheet().set_hidden(true).write_string(0, 0, "not this one").unwrap();
    let sheet = book.add_worksheet().set_name("商品").unwrap();
    sheet.write_string(1, 0, "编码").unwrap().write_string(1, 2, "日期").unwrap();
    sheet.write_number(2, 0, 6_901_234_567_892.0).unwrap();
    let day = ExcelDateTime::from_ymd(2026, 1, 31).unwrap();
    sheet.write_datetime_with_format(2, 2, &day, &Format::new().set_num_format("yyyy-mm-dd")).unwrap();
    sheet.write_boolean(5, 1, true).unwrap().write_string(5, 0, "A").unwrap();
    sheet.set_active(true);
    book.save(file.path()).unwrap();
    let opened = open(file.path(), 9).unwrap();
    assert_eq!(opened.shape, Shape::Xlsx { sheet: "商品".into(), heading: 2 });
    assert_eq!(opened.headers, ["编码", "", "日期"]);
    let wanted = [
        Row { number: 3, cells: vec![Cell::Number(6_901_234_567_892.0), Cell::Empty, Cell::Moment(46_053.0)] },
        Row { number: 6, cells: vec![Cell::Text("A".into()), Cell::Flag(true)] },
    ];
    assert_eq!(opened.first, wanted);
    assert_eq!(all(file.path(), &opened.shape), wanted);
}

#[test]
fn what_is_no_sheet_says_so() {
    let file = tempfile::NamedTempFile::new().unwrap();
    for (bytes, heading) in [(b"".as_slice(), true), (b"\n \n,,\n", true), (b"PK\x03\x04broken", false)] {
        std::fs::write(file.path(), bytes).unwrap();
        let error = open(file.path(), 1).unwrap_err();
        assert_eq!(matches!(error, SheetError::NoHeading), heading, "{error}");
    }
}
