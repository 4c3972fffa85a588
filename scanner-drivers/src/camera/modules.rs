//! Codes of square modules: QR and Micro QR, Data Matrix, Aztec.

use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};

use image::GrayImage;
use image::imageops::crop_imm;
use rxing::aztec::AztecReader;
use rxing::common::{BitArray, BitMatrix, LineOrientation, Result as Reading};
use rxing::datamatrix::DataMatrixReader;
use rxing::multi::MultipleBarcodeReader;
use rxing::qrcode::cpp_port::QrReader;
use rxing::{Binarizer, BinaryBitmap, DecodeHints, Exceptions, Luma8Source, RXingResult, Reader};

use super::bullseye::Bullseye;
use super::ink::{Rule, ink};
use super::places::Block;
use super::runs::runs;
use super::sample::{Axis, piece, sharpened};
use super::{Corners, bullseye};

/// Pixels of a module at which rxing's readers do best.
const BEST_MODULE: f32 = 4.5;
/// The same for Aztec.
const AZTEC_MODULE: f32 = 5.0;
/// Most modules of an Aztec code with some around it: 95 of them hold over a thousand letters.
const AZTEC_SIDE: f32 = 100.0;
/// Smallest side of a place, pixels.
const SMALLEST: u32 = 16;
/// Longest side of a piece, pixels.
const LONGEST: f32 = 900.0;

/// What was read.
#[derive(Debug)]
pub struct Read {
    /// What rxing said.
    pub result: RXingResult,
    /// Corners in the picture.
    pub corners: Corners,
}

/// Looks for QR codes all over a picture: their finder patterns are seen from afar.
#[must_use]
pub fn everywhere(picture: &GrayImage, reach: usize, hints: &DecodeHints) -> Vec<Read> {
    let Some(matrix) = ink(picture, Rule::Near(reach)) else { return Vec::new() };
    let mut found = Vec::new();
    for result in qr(&matrix, hints) {
        let corners = corners(&result, |x, y| (x, y));
        found.extend(corners.map(|corners| Read { result, corners }));
    }
    found
}

/// Reads what is in a place with modules. `thorough`: not only the easy ways.
#[must_use]
pub fn read(picture: &GrayImage, place: &Block, hints: &DecodeHints, thorough: bool) -> Vec<Read> {
    let margin = 8.0 + 0.08 * (place.right - place.left).max(place.bottom - place.top);
    let (left, top) = ((place.left - margin).max(0.0) as u32, (place.top - margin).max(0.0) as u32);
    let (right, bottom) = (((place.right + margin) as u32).min(picture.width()), ((place.bottom + margin) as u32).min(picture.height()));
    if right < left + SMALLEST || bottom < top + SMALLEST {
        return Vec::new();
    }
    let plain = crop_imm(picture, left, top, right - left, bottom - top).to_image();
    let (wide, high) = ((right - left) as f32, (bottom - top) as f32);
    let axis = Axis::new((left as f32 + (wide - 1.0) / 2.0, top as f32 + (high - 1.0) / 2.0), 0.0);
    let module = module(&plain);
    let scale = if (3.5..8.0).contains(&module) { 1.0 } else { (BEST_MODULE / module).clamp(0.2, 4.0) };
    let scale = scale.min(LONGEST / wide.max(high));
    let view = if scale == 1.0 { plain } else { piece(picture, axis, (wide * scale) as u32, (high * scale) as u32, scale) };
    let reach = (5.0 * module * scale) as usize + 2;
    let half = ((view.width() as f32 - 1.0) / 2.0, (view.height() as f32 - 1.0) / 2.0);
    let back = |x: f32, y: f32| axis.at((x - half.0) / scale, (y - half.1) / scale);
    for at in 0.. {
        let matrix = match at {
            0 => ink(&view, Rule::Near(reach)),
            1 => ink(&view, Rule::Whole),
            2 if thorough => ink(&sharpened(&view, module * scale * 0.6, 2.0), Rule::Near(reach)),
            3 if thorough => ink(&view, Rule::Near(reach)).map(|mut matrix| {
                matrix.flip_self();
                matrix
            }),
            _ => break,
        };
        let Some(matrix) = matrix else { continue };
        let found = every_kind(&matrix, hints, thorough);
        if !found.is_empty() {
            return found.into_iter().filter_map(|result| corners(&result, back).map(|corners| Read { result, corners })).collect();
        }
        for seen in bullseye::find(&matrix) {
            let seen = Bullseye { middle: back(seen.middle.0, seen.middle.1), ring: seen.ring / scale };
            if let Some(read) = aztec(picture, &seen, wide.max(high), hints) {
                return vec![read];
            }
        }
    }
    Vec::new()
}

/// Turns a bullseye upright in the middle of a piece and reads the Aztec code around it.
fn aztec(picture: &GrayImage, seen: &Bullseye, reach: f32, hints: &DecodeHints) -> Option<Read> {
    let (turn, module) = bullseye::pose(picture, seen)?;
    let scale = (AZTEC_MODULE / module).clamp(0.2, 6.0);
    let side = (reach * 1.5 * scale).min(AZTEC_SIDE * AZTEC_MODULE) as u32;
    let axis = Axis::new(seen.middle, turn);
    let view = piece(picture, axis, side, side, scale);
    let half = (side as f32 - 1.0) / 2.0;
    [Rule::Near(20), Rule::Whole].into_iter().find_map(|rule| {
        let matrix = ink(&view, rule)?;
        let result = guarded(|| AztecReader.decode_with_hints(&mut bitmap(&matrix)?, hints))?;
        let corners = corners(&result, |x, y| axis.at((x - half) / scale, (y - half) / scale))?;
        Some(Read { result, corners })
    })
}

/// Pixels of a module, judged by how long runs of one colour are.
fn module(view: &GrayImage) -> f32 {
    let Some(matrix) = ink(view, Rule::Whole) else { return BEST_MODULE };
    let (width, height) = (matrix.width(), matrix.height());
    let along = (0..height).step_by(3).flat_map(|y| runs((0..width).map(|x| matrix.get(x, y))));
    let down = (0..width).step_by(3).flat_map(|x| runs((0..height).map(|y| matrix.get(x, y))));
    let mut runs: Vec<usize> = along.chain(down).map(|run| run.length).collect();
    if runs.len() < 20 {
        return BEST_MODULE;
    }
    runs.sort_unstable();
    runs[runs.len() * 3 / 10] as f32
}

fn every_kind(matrix: &BitMatrix, hints: &DecodeHints, thorough: bool) -> Vec<RXingResult> {
    let found = qr(matrix, hints);
    if !found.is_empty() {
        return found;
    }
    // Without trying harder it looks along the middle lines only: enough where a code has been found already.
    let hints = DecodeHints { TryHarder: Some(thorough), ..hints.clone() };
    guarded(|| DataMatrixReader.decode_with_hints(&mut bitmap(matrix)?, &hints)).into_iter().collect()
}

fn qr(matrix: &BitMatrix, hints: &DecodeHints) -> Vec<RXingResult> {
    guarded(|| QrReader.decode_multiple_with_hints(&mut bitmap(matrix)?, hints)).unwrap_or_default()
}

/// rxing's readers panic on some inputs; that must cost this view and nothing more.
pub fn guarded<T>(read: impl FnOnce() -> Reading<T>) -> Option<T> {
    catch_unwind(AssertUnwindSafe(read)).ok()?.ok()
}

/// A result's corners in the picture.
pub fn corners(result: &RXingResult, back: impl Fn(f32, f32) -> (f32, f32)) -> Option<Corners> {
    let points = result.getPoints();
    match points {
        [a, b, c, d] => Some([a, b, c, d].map(|point| back(point.x, point.y))),
        [] => None,
        _ => {
            let edge = |of: fn(&rxing::Point) -> f32, better: fn(f32, f32) -> f32| points.iter().map(of).reduce(better).unwrap_or(0.0);
            let (left, right) = (edge(|point| point.x, f32::min), edge(|point| point.x, f32::max));
            let (top, bottom) = (edge(|point| point.y, f32::min), edge(|point| point.y, f32::max));
            Some([(left, top), (right, top), (right, bottom), (left, bottom)].map(|(x, y)| back(x, y)))
        }
    }
}

/// Ink as rxing's readers want it.
pub fn bitmap(matrix: &BitMatrix) -> Reading<BinaryBitmap<Ready<'_>>> {
    Ok(BinaryBitmap::new(Ready { matrix, light: Luma8Source::new_with_slice(&[255], 1, 1)? }))
}

/// Ink that has been told from paper already, as rxing's readers want it.
pub struct Ready<'a> {
    matrix: &'a BitMatrix,
    /// Readers of modules never ask for the light itself.
    light: Luma8Source<'static>,
}

impl Binarizer for Ready<'_> {
    type Source = Luma8Source<'static>;

    fn get_luminance_source(&self) -> &Self::Source {
        &self.light
    }

    fn get_black_row(&self, y: usize) -> Reading<Cow<'_, BitArray>> {
        if y >= self.get_height() { Err(Exceptions::INDEX_OUT_OF_BOUNDS) } else { Ok(Cow::Owned(self.matrix.getRow(y as u32))) }
    }

    fn get_black_row_from_matrix(&self, y: usize) -> Reading<Cow<'_, BitArray>> {
        self.get_black_row(y)
    }

    fn get_black_matrix(&self) -> Reading<&BitMatrix> {
        Ok(self.matrix)
    }

    fn get_black_line(&self, l: usize, lt: LineOrientation) -> Reading<Cow<'_, BitArray>> {
        match lt {
            LineOrientation::Row => self.get_black_row(l),
            LineOrientation::Column if l < self.get_width() => Ok(Cow::Owned(self.matrix.getCol(l as u32))),
            LineOrientation::Column => Err(Exceptions::INDEX_OUT_OF_BOUNDS),
        }
    }

    fn create_binarizer(&self, light: Self::Source) -> Self {
        Self { matrix: self.matrix, light }
    }

    fn get_width(&self) -> usize {
        self.matrix.width() as usize
    }

    fn get_height(&self) -> usize {
        self.matrix.height() as usize
    }
}
