//! Barcodes in pictures: a photo from a PDA's camera, a file given to `edge-agent decode`.
//!
//! `rxing` finds most codes when it sees the picture at the right size, so the picture is tried whole, at a half and at a third, and linear codes
//! also turned by 45°. What is found at any size counts once.

mod pyramid;

use std::collections::HashSet;
use std::io::Cursor;

use image::{GrayImage, ImageFormat, ImageReader, Limits};
use qitao_domain::barcode::symbology::AimId;
use rxing::common::HybridBinarizer;
use rxing::multi::{GenericMultipleBarcodeReader, MultipleBarcodeReader};
use rxing::{
    BarcodeFormat, BinaryBitmap, DecodeHints, Luma8Source, MultiUseMultiFormatReader, RXingResult, RXingResultMetadataType,
    RXingResultMetadataValue,
};
use serde::{Deserialize, Serialize};

/// Largest picture side that is taken, pixels; a phone's 50-megapixel picture has 8,160.
const MAX_SIDE: u32 = 12_000;
/// Largest memory that decoding a picture file may ask for, bytes.
const MAX_MEMORY: u64 = 512 * 1024 * 1024;

/// A code found in a picture.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Code {
    /// Format by rxing's name in capitals: `EAN_13`, `CODE_128`, `QR_CODE`, `DATA_MATRIX` …
    pub format: String,
    /// What it says; FNC1 separators as GS (0x1D).
    pub text: String,
    /// AIM symbology identifier.
    pub aim: Option<AimId>,
}

/// Why a picture cannot be looked at.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PictureError {
    /// Not a PNG or JPEG, or a broken one; take the photo again.
    #[error("not a readable PNG or JPEG picture: {0}")]
    TakeAgain(String),
    /// Larger than any camera's; send a smaller one.
    #[error("the picture is too large: at most {MAX_SIDE} pixels a side")]
    TooLarge,
}

/// Reads a PNG or JPEG file and finds its codes.
///
/// # Errors
/// [`PictureError`]. A picture without codes is an empty list, not an error.
pub fn decode_file(bytes: &[u8]) -> Result<Vec<Code>, PictureError> {
    let mut reader =
        ImageReader::new(Cursor::new(bytes)).with_guessed_format().map_err(|error| PictureError::TakeAgain(error.to_string()))?;
    // Whatever else this build can read: cameras make these two, and every other format is one more way in.
    if !matches!(reader.format(), Some(ImageFormat::Png | ImageFormat::Jpeg)) {
        return Err(PictureError::TakeAgain("neither PNG nor JPEG".into()));
    }
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_MEMORY);
    reader.limits(limits);
    match reader.decode() {
        Ok(picture) => Ok(decode(&picture.into_luma8())),
        Err(image::ImageError::Limits(_)) => Err(PictureError::TooLarge),
        Err(error) => Err(PictureError::TakeAgain(error.to_string())),
    }
}

/// Finds the codes in a grey picture, in the order they were found.
#[must_use]
pub fn decode(picture: &GrayImage) -> Vec<Code> {
    let hints = DecodeHints { TryHarder: Some(true), AlsoInverted: Some(true), AssumeGs1: Some(true), ..DecodeHints::default() };
    let mut seen = HashSet::new();
    let mut codes = Vec::new();
    for view in pyramid::views(picture) {
        for result in look(&view, &hints) {
            let code = describe(&result);
            if seen.insert(code.clone()) {
                codes.push(code);
            }
        }
        // A smaller or turned view is only worth its time while nothing has been found.
        if !codes.is_empty() {
            break;
        }
    }
    codes
}

fn look(picture: &GrayImage, hints: &DecodeHints) -> Vec<RXingResult> {
    let Ok(source) = Luma8Source::new_with_slice(picture.as_raw(), picture.width(), picture.height()) else { return Vec::new() };
    let mut bitmap = BinaryBitmap::new(HybridBinarizer::new(source));
    GenericMultipleBarcodeReader::new(MultiUseMultiFormatReader::default())
        .decode_multiple_with_hints(&mut bitmap, hints)
        .unwrap_or_default()
}

fn describe(result: &RXingResult) -> Code {
    let identifier = match result.getRXingResultMetadata().get(&RXingResultMetadataType::SYMBOLOGY_IDENTIFIER) {
        Some(RXingResultMetadataValue::SymbologyIdentifier(text)) => text.parse().ok(),
        _ => None,
    };
    let format = *result.getBarcodeFormat();
    let (prefixed, text) = match result.getText().split_at_checked(3) {
        // rxing's Code 128 reader puts the identifier of GS1-128 before the text.
        Some(("]C1", text)) => ("]C1".parse().ok(), text),
        _ => (None, result.getText()),
    };
    let aim = prefixed.or(identifier).or_else(|| usual_identifier(format));
    Code { format: format!("{format:?}"), text: text.to_owned(), aim }
}

/// The identifier of formats for which rxing gives none.
fn usual_identifier(format: BarcodeFormat) -> Option<AimId> {
    let text = match format {
        BarcodeFormat::EAN_13 | BarcodeFormat::UPC_A | BarcodeFormat::UPC_E => "]E0",
        BarcodeFormat::EAN_8 => "]E4",
        BarcodeFormat::RSS_14 | BarcodeFormat::RSS_EXPANDED => "]e0",
        BarcodeFormat::MAXICODE => "]U0",
        BarcodeFormat::AZTEC => "]z0",
        _ => return None,
    };
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use qitao_labels::rules::Symbology;
    use qitao_labels::{Fields, Template, render};

    fn picture_of(symbology: Symbology, text: &str) -> GrayImage {
        let name = serde_json::to_value(symbology).unwrap();
        let template = format!(
            r#"{{"name": "t", "title": "t", "width": 100, "height": 40, "element": [
                {{"kind": "barcode", "x": 2, "y": 2, "width": 96, "height": 36, "symbology": {name}, "text": "{{text}}"}}]}}"#
        );
        let template = Template::read(&template).unwrap();
        render(&template, &Fields::from([("text".to_owned(), text.to_owned())]), 203).unwrap().to_gray()
    }

    #[test]
    fn what_the_labels_say_is_read_back_with_its_symbology() {
        let cases = [
            (Symbology::Code128, "QT-L-B-04-2", "QT-L-B-04-2", "]C0"),
            (Symbology::Gs1128, "(01)06901234567892(10)A7(21)99", "010690123456789210A7\u{1d}2199", "]C1"),
            (Symbology::Ean13, "6901234567892", "6901234567892", "]E0"),
            (Symbology::Itf14, "16901234567899", "16901234567899", "]I0"),
            (Symbology::Qr, "橡木衣柜 QT-OP-1001", "橡木衣柜 QT-OP-1001", "]Q2"),
            (Symbology::Qr, "QT-OP-1001", "QT-OP-1001", "]Q1"),
            (Symbology::DataMatrix, "hello 123456", "hello 123456", "]d1"),
            (Symbology::Gs1DataMatrix, "(8006)069012345678920307(10)LOT", "8006069012345678920307\u{1d}10LOT", "]d2"),
        ];
        for (symbology, text, expected, aim) in cases {
            let codes = decode(&picture_of(symbology, text));
            assert_eq!(codes.len(), 1, "{symbology:?}: {codes:?}");
            assert_eq!(
                (codes[0].text.as_str(), codes[0].aim.map(|aim| aim.to_string()).as_deref()),
                (expected, Some(aim)),
                "{symbology:?}"
            );
        }
    }

    #[test]
    fn a_turned_label_is_read_and_a_white_picture_has_no_code() {
        let upright = picture_of(Symbology::Code128, "QT-OK");
        let turned = image::imageops::rotate90(&upright);
        assert_eq!(decode(&turned).first().map(|code| code.text.as_str()), Some("QT-OK"));
        assert_eq!(decode(&GrayImage::from_pixel(300, 300, image::Luma([255]))), []);
    }

    #[test]
    fn what_is_no_picture_is_refused_in_words() {
        assert!(matches!(decode_file(b"not a picture"), Err(PictureError::TakeAgain(_))));
        assert!(matches!(decode_file(&[]), Err(PictureError::TakeAgain(_))));
        // A PNG header that promises 100,000 × 100,000 pixels.
        let bomb = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\x01\x86\xa0\0\x01\x86\xa0\x08\0\0\0\0\x4a\x1f\x15\x50";
        assert!(decode_file(bomb).is_err());
    }
}
