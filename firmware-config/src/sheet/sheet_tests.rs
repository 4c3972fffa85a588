//! Sheets: what a scanner reads from them is the manual's command, and it is marked as a command.

use image::{GrayImage, Luma};
use miniz_oxide::inflate::decompress_to_vec_zlib;
use qitao_labels::Bitmap;
use qitao_labels::text::Fonts;
use rxing::helpers::{detect_in_luma, detect_multiple_in_luma_with_hints};
use rxing::{BarcodeFormat, DecodeHints};

use crate::family::family;
use crate::sheet::{Sheet, SheetError, label, pages, pdf, sheet};
use crate::wanted::Profiles;

fn sheet_for(family_id: &str) -> Sheet {
    sheet(family(family_id).unwrap(), Profiles::built_in().get("warehouse-scanner").unwrap()).unwrap()
}

fn gray(width: u32, height: u32, rows: &[u8]) -> GrayImage {
    let stride = width.div_ceil(8);
    GrayImage::from_fn(width, height, |x, y| Luma([if rows[(y * stride + x / 8) as usize] & (0x80 >> (x % 8)) == 0 { 255 } else { 0 }]))
}

fn read_all(picture: &GrayImage) -> Vec<String> {
    let mut hints =
        DecodeHints { TryHarder: Some(true), PossibleFormats: Some([BarcodeFormat::CODE_128].into()), ..DecodeHints::default() };
    let found =
        detect_multiple_in_luma_with_hints(picture.as_raw().clone(), picture.width(), picture.height(), &mut hints).unwrap_or_default();
    found.iter().map(|code| code.getText().to_owned()).collect()
}

/// Pictures in a PDF, taken out as any reader takes them out: by their dictionaries.
fn pictures(pdf: &[u8]) -> Vec<GrayImage> {
    let number = |head: &str, key: &str| head.split(key).nth(1).unwrap().split_whitespace().next().unwrap().parse::<u32>().unwrap();
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(at) = find(&pdf[from..], b"/Image").map(|at| at + from) {
        let start = find(&pdf[at..], b"stream\n").map(|offset| at + offset + 7).unwrap();
        let object = pdf[..at].windows(4).rposition(|window| window == b" obj").unwrap();
        let head = String::from_utf8_lossy(&pdf[object..start]).into_owned();
        let length = number(&head, "/Length ") as usize;
        let rows = decompress_to_vec_zlib(&pdf[start..start + length]).unwrap();
        found.push(gray(number(&head, "/Width "), number(&head, "/Height "), &rows));
        from = start + length;
    }
    found
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

#[test]
fn what_is_read_from_the_pdf_is_what_the_manual_prints() {
    let fonts = Fonts::system().unwrap();
    for id in ["honeywell", "newland", "datalogic"] {
        let sheet = sheet_for(id);
        let file = pdf("sheet", &pages(&sheet, &fonts).unwrap());
        assert!(file.starts_with(b"%PDF-1.") && find(&file, b"%%EOF").is_some());
        let mut read: Vec<String> = pictures(&file).iter().flat_map(read_all).map(|text| text.trim_end_matches('\r').to_owned()).collect();
        let mut printed: Vec<String> = sheet.codes.iter().map(|code| code.command.clone()).collect();
        read.sort();
        read.dedup();
        printed.sort();
        printed.dedup();
        assert_eq!(read, printed, "{id}");
    }
}

#[test]
fn the_commands_are_those_of_the_manuals() {
    let commands = |id: &str| sheet_for(id).codes.into_iter().map(|code| code.command).collect::<Vec<_>>();
    let honeywell = commands("honeywell");
    assert!(honeywell.contains(&"128ENA1.".to_owned()) && honeywell.contains(&"SUFCA2;SUFBK2990D.".to_owned()), "{honeywell:?}");
    let newland = commands("newland");
    assert_eq!((newland.first().unwrap().as_str(), newland.last().unwrap().as_str()), ("@SETUPE1", "@SETUPE0"));
    assert!(newland.contains(&"@TSUSET0D".to_owned()) && newland.contains(&"@AIDENA1".to_owned()));
    let datalogic = commands("datalogic");
    assert_eq!((datalogic.first().unwrap().as_str(), datalogic.last().unwrap().as_str()), ("$P", "$P"));
    assert!(datalogic.contains(&"$C8BEN01".to_owned()));
}

#[test]
fn a_command_is_marked_as_one_with_fnc3() {
    // The eleven modules of FNC3 in code sets A and B (ISO/IEC 15417, table 1, value 96).
    const FNC3: [bool; 11] = [true, false, true, true, true, true, false, false, false, true, false];
    for (id, marked) in [("honeywell", true), ("datalogic", true), ("newland", false)] {
        for code in sheet_for(id).codes {
            let bars = code.bars().unwrap();
            assert_eq!(bars.dark.chunks(11).any(|symbol| symbol == FNC3), marked, "{id} {}", code.command);
        }
    }
}

#[test]
fn labels_are_read_back_and_too_narrow_ones_say_what_is_needed() {
    let fonts = Fonts::system().unwrap();
    let sheet = sheet_for("honeywell");
    for dpi in [203, 300, 600] {
        for (at, code) in sheet.codes.iter().enumerate() {
            let drawn: Bitmap = label(code, at + 1, (100.0, 40.0), dpi, &fonts).unwrap();
            let picture = gray(drawn.width(), drawn.height(), drawn.rows());
            let read = detect_in_luma(picture.as_raw().clone(), picture.width(), picture.height(), Some(BarcodeFormat::CODE_128)).unwrap();
            assert_eq!(read.getText(), code.command, "{dpi}");
        }
    }
    let narrow = label(&sheet.codes[0], 1, (30.0, 20.0), 203, &fonts);
    assert!(matches!(narrow, Err(SheetError::WiderPaper { .. })), "{narrow:?}");
}

#[test]
fn where_the_maker_does_not_say_how_codes_are_made_the_sheet_says_what_to_look_up() {
    let zebra = sheet_for("zebra-ssi");
    assert!(zebra.codes.is_empty());
    assert!(zebra.by_hand.iter().any(|line| line.contains("发送 AIM 码制标识：开") && line.ends_with("45 = 1")), "{:?}", zebra.by_hand);
    assert_eq!(pages(&zebra, &Fonts::system().unwrap()).unwrap().len(), 1);
    let datalogic = sheet_for("datalogic");
    assert!(datalogic.by_hand.iter().any(|line| line.starts_with("蜂鸣音量")), "{:?}", datalogic.by_hand);
}
