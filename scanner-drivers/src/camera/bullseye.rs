//! Aztec's bullseye: rings one module wide around a dark module. rxing looks for it in the middle of the picture and upright; here it is found anywhere
//! and however it is turned.

use std::f32::consts::FRAC_PI_4;

use image::GrayImage;
use rxing::common::BitMatrix;

use super::runs::runs;
use super::sample::{Axis, between};

/// Most bullseyes of one place that are worth a look.
const MOST: usize = 3;

/// A bullseye in ink.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bullseye {
    /// Its middle, pixels.
    pub middle: (f32, f32),
    /// Width of a ring along a row, pixels; more than a module where it is turned.
    pub ring: f32,
}

/// Bullseyes in ink: seven runs of like length along a row and along the column through their middle.
#[must_use]
pub fn find(ink: &BitMatrix) -> Vec<Bullseye> {
    let mut found: Vec<Bullseye> = Vec::new();
    for y in (0..ink.height()).step_by(2) {
        let row = runs((0..ink.width()).map(|x| ink.get(x, y)));
        for at in 3..row.len().saturating_sub(3) {
            if !row[at].dark {
                continue;
            }
            let around = &row[at - 3..=at + 3];
            let Some(ring) = alike(around.iter().map(|run| run.length as f32)) else { continue };
            let x = row[at].start + row[at].length / 2;
            let Some((middle_y, ring_y)) = upwards(ink, x as u32, y, (ring * 12.0) as u32) else { continue };
            if !(0.5..2.0).contains(&(ring / ring_y)) {
                continue;
            }
            let middle = (row[at].start as f32 + row[at].length as f32 / 2.0 - 0.5, middle_y);
            let near = |other: &Bullseye| (other.middle.0 - middle.0).abs().max((other.middle.1 - middle.1).abs()) < 3.0 * ring;
            if !found.iter().any(near) {
                found.push(Bullseye { middle, ring: (ring + ring_y) / 2.0 });
            }
            if found.len() == MOST {
                return found;
            }
        }
    }
    found
}

/// The middle and the ring's width along a column.
fn upwards(ink: &BitMatrix, x: u32, y: u32, reach: u32) -> Option<(f32, f32)> {
    let top = y.saturating_sub(reach);
    let column = runs((top..(y + reach).min(ink.height())).map(|y| ink.get(x, y)));
    let at = column.partition_point(|run| run.start + run.length <= (y - top) as usize);
    let around = column.get(at.checked_sub(3)?..at + 4)?;
    let ring = alike(around.iter().map(|run| run.length as f32))?;
    Some((top as f32 + around[3].start as f32 + around[3].length as f32 / 2.0 - 0.5, ring))
}

/// The mean of lengths that are all about the same.
fn alike(lengths: impl Iterator<Item = f32> + Clone) -> Option<f32> {
    let (sum, many) = lengths.clone().fold((0.0, 0.0), |(sum, many), length| (sum + length, many + 1.0));
    let mean = sum / many;
    lengths.into_iter().all(|length| length > 0.45 * mean && length < 1.7 * mean).then_some(mean)
}

/// How a bullseye is turned, radians between -45° and 45°, and the width of its modules in pixels: where light and dark rings differ most. `None` where
/// they hardly differ: cloth and grain have such runs too.
#[must_use]
pub fn pose(picture: &GrayImage, bullseye: &Bullseye) -> Option<(f32, f32)> {
    let turns = (-15..=15).map(|turn| turn as f32 / 15.0 * FRAC_PI_4);
    let (turn, clear) = turns.map(|turn| (turn, clearness(picture, bullseye, turn))).max_by(|one, other| one.1.total_cmp(&other.1))?;
    (clear > LEAST_CLEAR).then_some((turn, bullseye.ring * turn.cos()))
}

/// Least difference of light and dark rings, as a share of the whole contrast there.
const LEAST_CLEAR: f32 = 0.4;

fn clearness(picture: &GrayImage, bullseye: &Bullseye, turn: f32) -> f32 {
    let module = bullseye.ring * turn.cos();
    let axis = Axis::new(bullseye.middle, turn);
    let (mut low, mut high) = (f32::MAX, f32::MIN);
    let mut mean = |rings: f32| -> f32 {
        let mut sum = 0.0;
        for part in -4..=4 {
            let (along, away) = (part as f32 / 4.5 * rings * module, rings * module);
            for (x, y) in [(along, away), (along, -away), (away, along), (-away, along)] {
                let light = between(picture, axis.at(x, y));
                (low, high) = (low.min(light), high.max(light));
                sum += light;
            }
        }
        sum / 36.0
    };
    let difference = (mean(1.0) + mean(3.0)) / 2.0 - mean(2.0);
    difference / (high - low).max(10.0)
}
