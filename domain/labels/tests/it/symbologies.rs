//! Every symbology, turned every way and at three resolutions, is read back by `rxing` and by zxing-cpp, and every code of every template by `rxing`.

use image::{GrayImage, imageops};
use qitao_labels::render::draw;
use qitao_labels::rules::Symbology;
use qitao_labels::{Fields, Template};
use rxing::{BarcodeFormat, DecodeHints, Exceptions, helpers::detect_in_luma_with_hints};

use crate::judges;
use crate::matrix::said;

/// rxing's reader stumbles over a '%' that is written twice in alphanumeric mode (its `decodeAlphanumericSegment`); zxing-cpp's does not.
const TWICE: &str = "(01)06901234567892(10)A%7";

const CASES: [(Symbology, BarcodeFormat, &str); 18] = [
    (Symbology::Code128, BarcodeFormat::CODE_128, "QT-L-B-04-2"),
    (Symbology::Gs1128, BarcodeFormat::CODE_128, "(01)06901234567892(10)A7(21)99"),
    (Symbology::Ean13, BarcodeFormat::EAN_13, "6901234567892"),
    (Symbology::Ean8, BarcodeFormat::EAN_8, "96385074"),
    (Symbology::UpcA, BarcodeFormat::UPC_A, "614141000036"),
    (Symbology::UpcE, BarcodeFormat::UPC_E, "01234565"),
    (Symbology::Itf14, BarcodeFormat::ITF, "16901234567899"),
    (Symbology::Code39, BarcodeFormat::CODE_39, "QT-OK 42"),
    (Symbology::Qr, BarcodeFormat::QR_CODE, "QT-OP-1001"),
    (Symbology::Qr, BarcodeFormat::QR_CODE, "https://example.com/橡木衣柜?a=1"),
    (Symbology::Gs1Qr, BarcodeFormat::QR_CODE, "(01)06901234567892(10)A7(21)99"),
    (Symbology::Gs1Qr, BarcodeFormat::QR_CODE, "(01)06901234567892(10)a7%(21)99"),
    (Symbology::Gs1Qr, BarcodeFormat::QR_CODE, TWICE),
    (Symbology::DataMatrix, BarcodeFormat::DATA_MATRIX, "hello 123456"),
    (Symbology::Gs1DataMatrix, BarcodeFormat::DATA_MATRIX, "(8006)069012345678920307(10)LOT(21)0001"),
    (Symbology::Pdf417, BarcodeFormat::PDF_417, "QT-TASK-PK-000456 SO-2044 齐套"),
    (Symbology::Pdf417, BarcodeFormat::PDF_417, "QT-TASK-PK-000456"),
    (Symbology::Aztec, BarcodeFormat::AZTEC, "QT-OP-1001"),
];

/// What rxing reads in a picture with one code.
fn read_back(picture: &GrayImage, symbology: Symbology, format: BarcodeFormat) -> Result<String, Exceptions> {
    let mut hints = DecodeHints {
        AssumeGs1: matches!(symbology, Symbology::Gs1128).then_some(true),
        TryHarder: Some(true),
        PossibleFormats: Some([format].into()),
        ..DecodeHints::default()
    };
    let found = detect_in_luma_with_hints(picture.as_raw().clone(), picture.width(), picture.height(), Some(format), &mut hints)?;
    // rxing shows FNC1 in front as GS, or as the AIM identifier of GS1-128.
    Ok(found.getText().trim_start_matches("]C1").trim_start_matches('\u{1d}').to_owned())
}

/// rxing tells UPC as it is printed, not as scanners send it.
fn without_zero<'t>(symbology: Symbology, text: &'t str, inside: &'t str) -> &'t str {
    if matches!(symbology, Symbology::UpcA | Symbology::UpcE) { text } else { inside }
}

#[test]
fn every_code_of_every_template_is_read_back_at_every_resolution() {
    let mut codes = 0;
    for template in Template::built_in() {
        for dpi in [203, 300, 600] {
            let drawing = draw(&template, &template.examples(), dpi);
            let label = drawing.picture.to_gray();
            for symbol in &drawing.symbols {
                let format = CASES.iter().find(|(symbology, ..)| *symbology == symbol.symbology).unwrap().1;
                let (_, inside) = said(symbol.symbology, &symbol.text);
                // With the white around it that its symbology wants, which lies on the label.
                let white = i64::from(dpi) / 12;
                let clip = |at: i64, most: u32| u32::try_from(at.clamp(0, most.into())).unwrap();
                let (left, top) = (clip(symbol.x - white, label.width()), clip(symbol.y - white, label.height()));
                let right = clip(symbol.x + symbol.width + white, label.width());
                let bottom = clip(symbol.y + symbol.height + white, label.height());
                let picture = imageops::crop_imm(&label, left, top, right - left, bottom - top).to_image();
                let read = read_back(&picture, symbol.symbology, format);
                let read = read.unwrap_or_else(|error| panic!("{} {:?} {dpi}: {error}", template.name, symbol.symbology));
                assert_eq!(read, without_zero(symbol.symbology, &symbol.text, &inside), "{} {dpi}", template.name);
                codes += 1;
            }
        }
    }
    assert!(codes >= 24, "only {codes} codes");
}

#[test]
fn every_symbology_is_read_back_however_it_lies() {
    let folder = tempfile::tempdir().unwrap();
    let mut expected = Vec::new();
    for (number, (symbology, format, text)) in CASES.iter().enumerate() {
        for (dpi, rotate) in [(203, 0), (203, 90), (300, 180), (600, 270)] {
            let name = serde_json::to_value(symbology).unwrap();
            let (width, height) = if rotate % 180 == 0 { (90, 36) } else { (36, 90) };
            let template = format!(
                r#"{{"name": "t", "title": "t", "width": {}, "height": {}, "element": [{{"kind": "barcode", "x": 4, "y": 4,
                    "width": {width}, "height": {height}, "rotate": {rotate}, "human": 3, "symbology": {name}, "text": "{{text}}"}}]}}"#,
                width + 8,
                height + 8
            );
            let template = Template::read(&template).unwrap();
            let drawing = draw(&template, &Fields::from([("text".to_owned(), (*text).to_owned())]), dpi);
            assert_eq!(drawing.findings, [], "{symbology:?} {dpi} {rotate}");
            let picture = drawing.picture.to_gray();
            let (_, inside) = said(*symbology, text);
            if *text != TWICE {
                let read =
                    read_back(&picture, *symbology, *format).unwrap_or_else(|error| panic!("{symbology:?} {text} {dpi} {rotate}: {error}"));
                assert_eq!(read, without_zero(*symbology, text, &inside), "{symbology:?} {dpi} {rotate}");
            }
            let file = folder.path().join(format!("{number}-{dpi}-{rotate}.png"));
            picture.save(&file).unwrap();
            expected.push((file, *symbology, inside));
        }
    }
    let files: Vec<_> = expected.iter().map(|(file, ..)| file.clone()).collect();
    let read = judges::read(&files);
    let wrong: Vec<String> = expected
        .iter()
        .filter(|(file, _, inside)| !matches!(&read[file][..], [(_, text)] if text == inside))
        .map(|(file, symbology, inside)| format!("{} {symbology:?}: expected {inside:?}, read {:?}", file.display(), read[file]))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
