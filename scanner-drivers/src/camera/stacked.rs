//! PDF417: rows of bars between a start and a stop pattern. Its place is turned upright first; only where the patterns are seen does rxing's slow reader look.

use image::GrayImage;
use rxing::DecodeHints;
use rxing::Reader;
use rxing::pdf417::PDF417Reader;

use super::ink::{Rule, ink};
use super::modules::{Read, bitmap, corners, guarded};
use super::places::Bars;
use super::runs::{Run, runs};
use super::sample::{Axis, piece, profile, sharpened};

/// Widths of the start pattern's runs, dark first (ISO/IEC 15438, 5.3.2).
const START: [f32; 8] = [8.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 3.0];
/// Widths of the stop pattern's runs.
const STOP: [f32; 9] = [7.0, 1.0, 1.0, 3.0, 1.0, 1.0, 1.0, 2.0, 1.0];
/// Pixels of a module at which rxing does best.
const BEST_MODULE: f32 = 3.0;

/// Most pixels of a piece.
const LARGEST: f32 = 1_000_000.0;

/// Reads a place whose edges mostly point one way.
#[must_use]
pub fn read(picture: &GrayImage, place: &Bars, hints: &DecodeHints, thorough: bool) -> Option<Read> {
    let axis = Axis::new(place.middle, place.across);
    let module = pattern(picture, axis, place)?;
    let (wide, high) = (place.length * 1.3 + 20.0, place.height * 1.4 + 20.0);
    let scale = if (2.4..6.0).contains(&module.abs()) { 1.0 } else { (BEST_MODULE / module.abs()).clamp(0.3, 4.0) };
    let scale = scale.min((LARGEST / (wide * high)).sqrt());
    // Upside down it is seen the other way round.
    let axis = if module < 0.0 { Axis::new(place.middle, place.across + std::f32::consts::PI) } else { axis };
    let view = piece(picture, axis, (wide * scale) as u32, (high * scale) as u32, scale);
    let half = ((view.width() as f32 - 1.0) / 2.0, (view.height() as f32 - 1.0) / 2.0);
    let reach = (10.0 * module.abs() * scale) as usize;
    for at in 0..if thorough { 3 } else { 2 } {
        let matrix = match at {
            0 => ink(&view, Rule::Near(reach)),
            1 => ink(&view, Rule::Whole),
            _ => ink(&sharpened(&view, module.abs() * scale * 0.6, 2.0), Rule::Near(reach)),
        };
        let Some(matrix) = matrix else { continue };
        if let Some(result) = guarded(|| PDF417Reader.decode_with_hints(&mut bitmap(&matrix)?, hints)) {
            let corners = corners(&result, |x, y| axis.at((x - half.0) / scale, (y - half.1) / scale))?;
            return Some(Read { result, corners });
        }
    }
    None
}

/// Width of a module, pixels, where at least two lines show a start or stop pattern; negative when it is seen backwards.
fn pattern(picture: &GrayImage, axis: Axis, place: &Bars) -> Option<f32> {
    let step = (place.length / 700.0).max(0.3);
    let from = -place.length * 0.6 - 10.0;
    let samples = (-2.0 * from / step) as usize;
    let (mut forwards, mut backwards) = (Vec::new(), Vec::new());
    for part in [0.0, -0.12, 0.12, -0.24, 0.24, -0.36, 0.36] {
        let light = profile(picture, axis, from, step, samples, &[part * place.height]);
        let reach = samples / 12 + 2;
        let mut sums = vec![0.0];
        light.iter().for_each(|light| sums.push(sums[sums.len() - 1] + light));
        let dark = light.iter().enumerate().map(|(at, light)| {
            let (low, high) = (at.saturating_sub(reach), (at + reach + 1).min(samples));
            (light + 2.0) * ((high - low) as f32) < sums[high] - sums[low]
        });
        let row = runs(dark);
        let turned: Vec<Run> = row.iter().rev().copied().collect();
        for (row, seen) in [(&row, &mut forwards), (&turned, &mut backwards)] {
            seen.extend(row.windows(8).find_map(|runs| fit(runs, &START)).or_else(|| row.windows(9).find_map(|runs| fit(runs, &STOP))));
        }
    }
    let (mut seen, sign) = if forwards.len() >= backwards.len() { (forwards, step) } else { (backwards, -step) };
    seen.sort_by(f32::total_cmp);
    (seen.len() >= 2).then(|| sign * seen[seen.len() / 2])
}

/// The module's width when runs have the widths of a pattern.
fn fit(runs: &[Run], pattern: &[f32]) -> Option<f32> {
    if !runs.first()?.dark {
        return None;
    }
    let module = runs.iter().map(|run| run.length as f32).sum::<f32>() / pattern.iter().sum::<f32>();
    let fits = |(run, wanted): (&Run, &f32)| (run.length as f32 / module - wanted).abs() < 0.35 + 0.16 * wanted + 0.5 / module;
    (module > 0.8 && runs.iter().zip(pattern).all(fits)).then_some(module)
}
