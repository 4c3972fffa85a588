//! Every symbology, turned every way and at three resolutions, is read back by `rxing` and by zxing-cpp.

use qitao_labels::render::draw;
use qitao_labels::rules::Symbology;
use qitao_labels::{Fields, Template};
use rxing::{BarcodeFormat, DecodeHints, helpers::detect_in_luma_with_hints};

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
            let gs1 = matches!(symbology, Symbology::Gs1128);
            let mut hints = DecodeHints {
                AssumeGs1: gs1.then_some(true),
                TryHarder: Some(true),
                PossibleFormats: Some([*format].into()),
                ..DecodeHints::default()
            };
            let (_, inside) = said(*symbology, text);
            if *text != TWICE {
                let found =
                    detect_in_luma_with_hints(picture.as_raw().clone(), picture.width(), picture.height(), Some(*format), &mut hints);
                let found = found.unwrap_or_else(|error| panic!("{symbology:?} {text} {dpi} {rotate}: {error}"));
                // rxing shows FNC1 in front as GS, or as the AIM identifier of GS1-128.
                let read = found.getText().trim_start_matches("]C1").trim_start_matches('\u{1d}');
                let upc = matches!(symbology, Symbology::UpcA | Symbology::UpcE);
                assert_eq!(read, if upc { *text } else { &inside }, "{symbology:?} {dpi} {rotate}");
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
