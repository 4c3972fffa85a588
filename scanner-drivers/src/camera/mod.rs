//! Barcodes in pictures: a photo from a PDA's camera, a file given to `edge-agent decode`.
//!
//! `rxing` reads what lies upright, evenly lit and at the right size before it; all else is done here. [`places`] finds where the picture is full of
//! edges; [`bars`] looks along lines across those that all point one way, whatever way that is; [`modules`] brings the others to a size and a contrast
//! that suit rxing's readers. An easy look at every place comes first, a thorough one only at those that said nothing. Weak symbologies are believed
//! when several lines agree. Work is bounded by the number of places, whatever the picture.

mod bars;
mod bullseye;
mod ink;
mod modules;
mod places;
mod runs;
mod sample;
mod stacked;

use std::io::Cursor;

use image::metadata::Orientation;
use image::{DynamicImage, GrayImage, ImageDecoder, ImageFormat, ImageReader, Limits};
use qitao_domain::barcode::symbology::AimId;
use rxing::{BarcodeFormat, DecodeHints, RXingResult, RXingResultMetadataType, RXingResultMetadataValue};
use serde::{Deserialize, Serialize};

use places::Places;
use sample::half;

/// Four corners in pixels, one after the other.
pub type Corners = [(f32, f32); 4];

/// Largest picture side that is taken, pixels; a phone's 50-megapixel picture has 8,160.
const MAX_SIDE: u32 = 12_000;
/// Smallest picture side that can hold a code, pixels.
const SMALLEST: u32 = 16;
/// Largest memory that decoding a picture file may ask for, bytes.
const MAX_MEMORY: u64 = 512 * 1024 * 1024;

/// A code found in a picture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Code {
    /// Format by rxing's name in capitals: `EAN_13`, `CODE_128`, `QR_CODE`, `DATA_MATRIX` …
    pub format: String,
    /// What it says; FNC1 separators as GS (0x1D).
    pub text: String,
    /// AIM symbology identifier.
    pub aim: Option<AimId>,
    /// Its corners in pixels of the picture, one after the other.
    pub corners: Corners,
}

/// A picture that was looked at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Seen {
    /// Pixels across, as people see it.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// Its codes, the one that was most likely meant first.
    pub codes: Vec<Code>,
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

/// Reads a PNG or JPEG file, turned as its camera says, and finds its codes.
///
/// # Errors
/// [`PictureError`]. A picture without codes has an empty list and is no error.
pub fn decode_file(bytes: &[u8]) -> Result<Seen, PictureError> {
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
    let unreadable = |error| match error {
        image::ImageError::Limits(_) => PictureError::TooLarge,
        error => PictureError::TakeAgain(error.to_string()),
    };
    let mut decoder = reader.into_decoder().map_err(unreadable)?;
    // Phones store what the sensor gave and say how it is to be turned; corners are told as people see the photo.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut picture = DynamicImage::from_decoder(decoder).map_err(unreadable)?;
    picture.apply_orientation(orientation);
    let gray = picture.into_luma8();
    Ok(Seen { width: gray.width(), height: gray.height(), codes: decode(&gray) })
}

/// Finds the codes in a grey picture; the one that was most likely meant comes first: large and near the middle.
#[must_use]
pub fn decode(picture: &GrayImage) -> Vec<Code> {
    let mut found: Vec<Code> = Vec::new();
    if picture.width().min(picture.height()) < SMALLEST {
        return found;
    }
    let hints = DecodeHints { TryHarder: Some(true), AssumeGs1: Some(true), ..DecodeHints::default() };
    let halved = half(picture);
    for (level, view) in [(1.0, picture), (2.0, &halved)] {
        for read in modules::everywhere(view, 24, &hints) {
            take(&mut found, &read.result, read.corners, level);
        }
    }
    let places = Places::of(picture, &half(&halved));
    for thorough in [false, true] {
        for bar in places.bars(thorough) {
            if found.iter().any(|code| holds(&code.corners, bar.middle)) {
                continue;
            }
            let read = bars::read(picture, bar, &hints, thorough).map(|read| (read.result, read.corners));
            let read = read.or_else(|| stacked::read(picture, bar, &hints, thorough).map(|read| (read.result, read.corners)));
            if let Some((result, corners)) = read {
                take(&mut found, &result, corners, 1.0);
            }
        }
        for block in places.blocks(thorough) {
            let as_bars = block.as_bars();
            if found.iter().any(|code| holds(&code.corners, as_bars.middle)) {
                continue;
            }
            let mut read = modules::read(picture, block, &hints, thorough);
            if read.is_empty() {
                read.extend(stacked::read(picture, &as_bars, &hints, thorough));
            }
            for read in read {
                take(&mut found, &read.result, read.corners, 1.0);
            }
        }
        // What said nothing is only worth more time while nothing has been found.
        if !found.is_empty() {
            break;
        }
    }
    let middle = (picture.width() as f32 / 2.0, picture.height() as f32 / 2.0);
    found.sort_by(|one, other| away(&one.corners, middle).total_cmp(&away(&other.corners, middle)));
    found
}

/// How far a code lies from a place, its own size being the measure: people hold what they mean large and in the middle.
fn away(corners: &Corners, place: (f32, f32)) -> f32 {
    if holds(corners, place) {
        return 0.0;
    }
    let middle = (corners.iter().map(|corner| corner.0).sum::<f32>() / 4.0, corners.iter().map(|corner| corner.1).sum::<f32>() / 4.0);
    let size = (corners[0].0 - corners[2].0).hypot(corners[0].1 - corners[2].1);
    (middle.0 - place.0).hypot(middle.1 - place.1) / size.max(1.0)
}

fn take(found: &mut Vec<Code>, result: &RXingResult, corners: Corners, level: f32) {
    let mut code = describe(result);
    code.corners = corners.map(|(x, y)| (x * level, y * level));
    if !found.iter().any(|other| other.text == code.text && other.format == code.format) {
        found.push(code);
    }
}

/// Whether a place lies within four corners.
fn holds(corners: &Corners, (x, y): (f32, f32)) -> bool {
    let sides = (0..4).map(|at| {
        let ((ax, ay), (bx, by)) = (corners[at], corners[(at + 1) % 4]);
        (bx - ax) * (y - ay) - (by - ay) * (x - ax)
    });
    sides.clone().all(|side| side >= 0.0) || sides.clone().all(|side| side <= 0.0)
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
    // DataBar holds a GTIN, which readers send as the element it is.
    let text = if format == BarcodeFormat::RSS_14 { format!("01{text}") } else { text.to_owned() };
    Code { format: format!("{format:?}"), text, aim, corners: Corners::default() }
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
mod tests;
