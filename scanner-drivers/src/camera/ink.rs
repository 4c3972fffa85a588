//! Ink or paper: thresholds that follow the light.

use image::GrayImage;
use rxing::common::{BitArray, BitMatrix};

/// Bits of a word of rxing's bit rows.
const WORD: usize = usize::BITS as usize;

/// How ink is told from paper.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Rule {
    /// Darker than the mean of the neighbourhood, which reaches so many pixels to each side.
    Near(usize),
    /// Darker than one level for all, which parts the picture best (Otsu 1979).
    Whole,
}

/// Rows of bits, set where there is ink. `None` for an empty picture.
#[must_use]
pub fn ink(picture: &GrayImage, rule: Rule) -> Option<BitMatrix> {
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let mut matrix = BitMatrix::new(picture.width(), picture.height()).ok()?;
    let pixels = picture.as_raw();
    match rule {
        Rule::Whole => {
            let level = parting(pixels);
            for y in 0..height {
                let row = &pixels[y * width..(y + 1) * width];
                matrix.setRow(y as u32, &packed(row.iter().map(|light| *light < level), width));
            }
        }
        Rule::Near(reach) => {
            // Sums of columns, moved down with the window, and of these, moved along: a few additions for each pixel, however far it reaches.
            let mut columns = vec![0_u32; width];
            let add = |columns: &mut [u32], y: usize| {
                columns.iter_mut().zip(&pixels[y * width..]).for_each(|(sum, light)| *sum += u32::from(*light))
            };
            for y in 0..reach.min(height) {
                add(&mut columns, y);
            }
            let mut sums = vec![0_u32; width + 1];
            for y in 0..height {
                if y + reach < height {
                    add(&mut columns, y + reach);
                }
                if y > reach {
                    let gone = y - reach - 1;
                    columns.iter_mut().zip(&pixels[gone * width..]).for_each(|(sum, light)| *sum -= u32::from(*light));
                }
                let rows = ((y + reach + 1).min(height) - y.saturating_sub(reach)) as u32;
                let mut sum = 0;
                for (at, column) in columns.iter().enumerate() {
                    sum += column;
                    sums[at + 1] = sum;
                }
                let row = &pixels[y * width..(y + 1) * width];
                let dark = row.iter().enumerate().map(|(x, light)| {
                    let (low, high) = (x.saturating_sub(reach), (x + reach + 1).min(width));
                    let many = rows * (high - low) as u32;
                    // A grey level of doubt, so that plain paper stays paper.
                    (u32::from(*light) + 2) * many < sums[high] - sums[low]
                });
                matrix.setRow(y as u32, &packed(dark, width));
            }
        }
    }
    Some(matrix)
}

/// A row of bits.
#[must_use]
pub fn packed(bits: impl Iterator<Item = bool>, size: usize) -> BitArray {
    let mut row = BitArray::with_size(size);
    let (mut word, mut at) = (0, 0);
    for bit in bits.take(size) {
        word |= usize::from(bit) << (at % WORD);
        at += 1;
        if at % WORD == 0 {
            row.setBulk(at - WORD, word);
            word = 0;
        }
    }
    if at % WORD != 0 {
        row.setBulk(at - at % WORD, word);
    }
    row
}

/// The level that parts the pixels into two kinds that differ most from one another.
fn parting(pixels: &[u8]) -> u8 {
    let mut many = [0_u32; 256];
    pixels.iter().for_each(|light| many[usize::from(*light)] += 1);
    let all = pixels.len() as f64;
    let sum: f64 = many.iter().enumerate().map(|(light, many)| light as f64 * f64::from(*many)).sum();
    let (mut best, mut level, mut below, mut below_sum) = (0.0, 128, 0.0, 0.0);
    for (light, many) in many.iter().enumerate() {
        below += f64::from(*many);
        below_sum += light as f64 * f64::from(*many);
        if below == 0.0 || below == all {
            continue;
        }
        let difference = below_sum / below - (sum - below_sum) / (all - below);
        let parted = below * (all - below) * difference * difference;
        if parted > best {
            (best, level) = (parted, light + 1);
        }
    }
    level.min(255) as u8
}
