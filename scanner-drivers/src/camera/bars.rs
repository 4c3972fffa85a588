//! Linear codes: lines across their bars, made into bars and spaces in several ways, read by rxing, and believed when several agree.

use std::panic::{AssertUnwindSafe, catch_unwind};

use image::GrayImage;
use rxing::common::BitArray;
use rxing::oned::rss::RSS14Reader;
use rxing::oned::rss::expanded::RSSExpandedReader;
use rxing::oned::{CodaBarReader, Code39Reader, Code93Reader, Code128Reader, ITFReader, MultiFormatUPCEANReader, OneDReader};
use rxing::{BarcodeFormat, DecodeHints, RXingResult};

use super::Corners;
use super::ink::packed;
use super::places::Bars;
use super::sample::{Axis, profile};

/// Samples across a code: enough for six to a module of the longest that are common.
const SAMPLES: f32 = 900.0;

/// What the lines of one place said.
#[derive(Debug)]
pub struct Read {
    /// What rxing said first.
    pub result: RXingResult,
    /// Corners in the picture.
    pub corners: Corners,
}

/// One answer and how often it was given.
struct Vote {
    result: RXingResult,
    /// From where to where along the axis, in pixels.
    span: (f32, f32),
    votes: u32,
}

/// Reads what is in a place with bars. `thorough`: not only the easy ways.
#[must_use]
pub fn read(picture: &GrayImage, place: &Bars, hints: &DecodeHints, thorough: bool) -> Option<Read> {
    let margin = place.length * 0.3 + 20.0;
    let step = (place.length / SAMPLES).clamp(0.2, 4.0);
    let from = -place.length / 2.0 - margin;
    let samples = (-2.0 * from / step) as usize;
    let axis = Axis::new(place.middle, upright(picture, place));
    let bands = bands(place.height);
    let mut lines: Vec<Vec<f32>> = vec![profile(picture, axis, from, step, samples, &bands[0])];
    if !is_barred(&lines[0]) {
        return None;
    }
    let mut readers = Readers::default();
    let mut votes: Vec<Vote> = Vec::new();
    let ways: &[(Way, bool)] =
        if thorough { &[(Way::Deblurred, false), (Way::Edges, false), (Way::Middle, true)] } else { &[(Way::Middle, false)] };
    for (way, inverted) in ways {
        for (at, band) in bands.iter().enumerate() {
            if at == lines.len() {
                lines.push(profile(picture, axis, from, step, samples, band));
            }
            let Some(mut light) = straightened(&lines[at]) else { continue };
            if *inverted {
                light.iter_mut().for_each(|light| *light = 1.0 - *light);
            }
            let Some(row) = bits(&light, *way, place.length / step) else { continue };
            if let Some(result) = readers.read(&row, hints) {
                count(&mut votes, result, from, step);
            } else if at > 2 && votes.is_empty() {
                break;
            }
            if let Some(best) = chosen(&votes, place) {
                return Some(answer(best, axis, place));
            }
        }
    }
    None
}

/// Fewest bars of a code: those of UPC-E with its guards are 10 to 12 of them, blurred ones fewer.
const FEWEST_BARS: usize = 8;

/// Whether a line's light goes up and down often enough, and far enough, for a code.
fn is_barred(line: &[f32]) -> bool {
    let (low, high) = line.iter().fold((f32::MAX, f32::MIN), |(low, high), light| (low.min(*light), high.max(*light)));
    let enough = (high - low) * 0.15;
    let (mut turn, mut up, mut turns) = (line[0], true, 0);
    for light in line {
        let on = if up { *light > turn } else { *light < turn };
        if on {
            turn = *light;
        } else if (light - turn).abs() > enough {
            (turn, up) = (*light, !up);
            turns += 1;
        }
    }
    high - low > 5.0 && turns >= 2 * FEWEST_BARS
}

fn answer(vote: &Vote, axis: Axis, place: &Bars) -> Read {
    let half = place.height / 2.0;
    let (low, high) = vote.span;
    Read { result: vote.result.clone(), corners: [axis.at(low, -half), axis.at(high, -half), axis.at(high, half), axis.at(low, half)] }
}

/// The answer that has been given often enough, and no other nearly as often.
fn chosen<'a>(votes: &'a [Vote], place: &Bars) -> Option<&'a Vote> {
    let best = votes.iter().max_by_key(|vote| vote.votes)?;
    let others: u32 = votes.iter().map(|vote| vote.votes).sum::<u32>() - best.votes;
    let covered = (best.span.1 - best.span.0) / place.length;
    let needed = match best.result.getBarcodeFormat() {
        BarcodeFormat::RSS_14 | BarcodeFormat::RSS_EXPANDED => 1,
        BarcodeFormat::CODE_128 | BarcodeFormat::EAN_13 | BarcodeFormat::UPC_A | BarcodeFormat::CODE_93 => 2,
        // The label's own edges beside the bars make their place longer than the code.
        BarcodeFormat::EAN_8 | BarcodeFormat::CODE_39 if covered > 0.55 => 2,
        BarcodeFormat::UPC_E if covered > 0.45 => 3,
        _ if covered > 0.7 => 3,
        _ => return None,
    };
    (best.votes >= needed && best.votes > 2 * others).then_some(best)
}

fn count(votes: &mut Vec<Vote>, result: RXingResult, from: f32, step: f32) {
    let known = votes
        .iter_mut()
        .find(|vote| vote.result.getText() == result.getText() && vote.result.getBarcodeFormat() == result.getBarcodeFormat());
    if let Some(vote) = known {
        vote.votes += 1;
        return;
    }
    let ends = result.getPoints().iter().map(|point| from + point.x * step);
    let span = (ends.clone().fold(f32::MAX, f32::min), ends.fold(f32::MIN, f32::max));
    votes.push(Vote { result, span, votes: 1 });
}

/// Which lines are looked along: one broad band, then narrower ones from the middle out, each as distances beside the axis.
fn bands(height: f32) -> Vec<Vec<f32>> {
    let band = |middle: f32, wide: f32| -> Vec<f32> {
        let lines = (wide.ceil() as usize).clamp(1, 9);
        (0..lines).map(|line| middle + wide * ((line as f32 + 0.5) / lines as f32 - 0.5)).collect()
    };
    let mut bands = vec![band(0.0, height * 0.5)];
    for part in [0.0, 0.2, -0.2, 0.32, -0.32, 0.1, -0.1] {
        bands.push(band(part * height, (height * 0.08).clamp(1.0, 12.0)));
    }
    bands
}

/// The way across the bars, exactly: the one in which light changes most along a broad band.
fn upright(picture: &GrayImage, place: &Bars) -> f32 {
    let step = (place.length / 400.0).max(0.7);
    let samples = (place.length / step) as usize;
    let beside: Vec<f32> = (-3..=3).map(|line| line as f32 / 7.0 * place.height * 0.8).collect();
    let sharp = |turn: f32| {
        let light = profile(picture, Axis::new(place.middle, place.across + turn), -place.length / 2.0, step, samples, &beside);
        light.windows(2).map(|pair| (pair[1] - pair[0]).powi(2)).sum::<f32>()
    };
    let mut best = (sharp(0.0), 0.0);
    let mut reach = 0.08;
    while reach > 0.004 {
        for turn in [best.1 - reach, best.1 + reach] {
            let strength = sharp(turn);
            if strength > best.0 {
                best = (strength, turn);
            }
        }
        reach *= 0.6;
    }
    place.across + best.1
}

/// Light between 0 and 1. `None` without any contrast.
fn straightened(line: &[f32]) -> Option<Vec<f32>> {
    let mut sorted = line.to_vec();
    sorted.sort_by(f32::total_cmp);
    let (low, high) = (sorted[sorted.len() / 50], sorted[sorted.len() - 1 - sorted.len() / 50]);
    if high - low < 3.0 {
        return None;
    }
    Some(line.iter().map(|light| ((light - low) / (high - low)).clamp(-0.2, 1.2)).collect())
}

/// How a line becomes bars and spaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// By the middle between the lightest and the darkest of the neighbourhood.
    Middle,
    /// The same, after the lens' blur has been taken back.
    Deblurred,
    /// By where the light changes fastest.
    Edges,
}

/// Bars and spaces of a line whose code is about so many samples long.
fn bits(light: &[f32], way: Way, length: f32) -> Option<BitArray> {
    let reach = (length / 14.0) as usize + 2;
    match way {
        Way::Middle => parted(light, reach),
        Way::Deblurred => parted(&deblurred(light), reach),
        Way::Edges => edges(light),
    }
}

fn parted(light: &[f32], reach: usize) -> Option<BitArray> {
    let (lows, highs) = envelope(light, reach);
    let dark = light.iter().zip(lows.iter().zip(&highs)).map(|(light, (low, high))| {
        let level = if high - low < 0.2 { 0.5 } else { (low + high) / 2.0 };
        *light < level
    });
    let row = packed(dark, light.len());
    Some(row)
}

/// Darkest and lightest of each sample's neighbourhood.
fn envelope(light: &[f32], reach: usize) -> (Vec<f32>, Vec<f32>) {
    let extreme = |better: fn(f32, f32) -> bool| {
        let mut kept: std::collections::VecDeque<usize> = std::collections::VecDeque::new();
        let mut found = Vec::with_capacity(light.len());
        for at in 0..light.len() + reach {
            if let Some(new) = light.get(at) {
                while kept.back().is_some_and(|old| !better(light[*old], *new)) {
                    kept.pop_back();
                }
                kept.push_back(at);
            }
            if at >= reach {
                while kept.front().is_some_and(|old| old + 2 * reach < at) {
                    kept.pop_front();
                }
                found.push(kept.front().map_or(0.5, |best| light[*best]));
            }
        }
        found
    };
    (extreme(|old, new| old < new), extreme(|old, new| old > new))
}

/// Takes a blur back: its width from the steepest edge, then Richardson's and Lucy's steps.
fn deblurred(light: &[f32]) -> Vec<f32> {
    let mut slopes: Vec<f32> = light.windows(2).map(|pair| (pair[1] - pair[0]).abs()).collect();
    slopes.sort_by(f32::total_cmp);
    let steepest = slopes.get(slopes.len().saturating_sub(1 + slopes.len() / 100)).copied().unwrap_or(0.0).max(1e-3);
    // An edge of height 1 under a bell of deviation d has slope 1 / (d √2π) in its middle.
    let deviation = (0.36 / steepest).clamp(0.8, 14.0);
    let reach = (2.5 * deviation).ceil() as isize;
    let bell: Vec<f32> = (-reach..=reach).map(|at| (-((at * at) as f32) / (2.0 * deviation * deviation)).exp()).collect();
    let whole: f32 = bell.iter().sum();
    let smooth = |values: &[f32]| -> Vec<f32> {
        let last = values.len() as isize - 1;
        (0..values.len() as isize)
            .map(|at| {
                let inside = at >= reach && at + reach <= last;
                let sum: f32 = if inside {
                    let around = &values[(at - reach) as usize..=(at + reach) as usize];
                    around.iter().zip(&bell).map(|(value, part)| value * part).sum()
                } else {
                    (-reach..=reach).zip(&bell).map(|(away, part)| values[(at + away).clamp(0, last) as usize] * part).sum()
                };
                sum / whole
            })
            .collect()
    };
    let seen: Vec<f32> = light.iter().map(|light| light.max(0.0) + 0.05).collect();
    let mut guess = seen.clone();
    for _ in 0..10 {
        let blurred = smooth(&guess);
        let ratio: Vec<f32> = seen.iter().zip(&blurred).map(|(seen, blurred)| seen / blurred.max(1e-3)).collect();
        let correction = smooth(&ratio);
        guess.iter_mut().zip(&correction).for_each(|(guess, correction)| *guess *= correction);
    }
    guess
}

/// Bars and spaces by the strongest change between each two turns of the light.
fn edges(light: &[f32]) -> Option<BitArray> {
    let slope: Vec<f32> = (0..light.len()).map(|at| light[(at + 2).min(light.len() - 1)] - light[at.saturating_sub(2)]).collect();
    let strongest = slope.iter().fold(0.0_f32, |most, slope| most.max(slope.abs()));
    let mut steps: Vec<(usize, f32)> = Vec::new();
    for (at, slope) in slope.iter().copied().enumerate() {
        if slope.abs() < 0.12 * strongest {
            continue;
        }
        match steps.last_mut() {
            Some(last) if last.1.signum() == slope.signum() => {
                if slope.abs() > last.1.abs() {
                    *last = (at, slope);
                }
            }
            _ => steps.push((at, slope)),
        }
    }
    if steps.len() < 12 {
        return None;
    }
    let mut next = 0;
    let mut dark = steps[0].1 > 0.0;
    let bits: Vec<bool> = (0..light.len())
        .map(|at| {
            while steps.get(next).is_some_and(|step| step.0 <= at) {
                dark = steps[next].1 < 0.0;
                next += 1;
            }
            dark
        })
        .collect();
    Some(packed(bits.into_iter(), light.len()))
}

/// rxing's readers of rows. Those of DataBar remember what they saw in earlier rows.
#[derive(Default)]
struct Readers {
    databar: RSS14Reader,
    expanded: [RSSExpandedReader; 2],
}

impl Readers {
    /// What a row says, in one direction or the other; symbologies with weak checks only where no other is found.
    fn read(&mut self, row: &BitArray, hints: &DecodeHints) -> Option<RXingResult> {
        let mut back = row.clone();
        back.reverse();
        let size = row.get_size();
        for weak in [false, true] {
            for (way, row) in [row, &back].into_iter().enumerate() {
                // A mistake in a reader must not cost more than this row.
                let found = catch_unwind(AssertUnwindSafe(|| if weak { weakly(row, hints) } else { self.strongly(row, hints, way) }));
                if let Ok(Some(mut result)) = found {
                    // rxing halves where a Code 39 ends.
                    if *result.getBarcodeFormat() == BarcodeFormat::CODE_39
                        && let Some(end) = result.getPointsMut().get_mut(1)
                    {
                        end.x *= 2.0;
                    }
                    if way == 1 {
                        result.getPointsMut().iter_mut().for_each(|point| point.x = size as f32 - 1.0 - point.x);
                    }
                    return Some(result);
                }
            }
        }
        None
    }

    fn strongly(&mut self, row: &BitArray, hints: &DecodeHints, way: usize) -> Option<RXingResult> {
        Code128Reader
            .decode_row(0, row, hints)
            .or_else(|_| MultiFormatUPCEANReader::new(hints).decode_row(0, row, hints))
            .or_else(|_| Code93Reader::default().decode_row(0, row, hints))
            .or_else(|_| self.databar.decode_row(0, row, hints))
            .or_else(|_| self.expanded[way].decode_row(0, row, hints))
            .ok()
    }
}

fn weakly(row: &BitArray, hints: &DecodeHints) -> Option<RXingResult> {
    Code39Reader::default()
        .decode_row(0, row, hints)
        .or_else(|_| ITFReader::default().decode_row(0, row, hints))
        .or_else(|_| CodaBarReader::default().decode_row(0, row, hints))
        .ok()
}
