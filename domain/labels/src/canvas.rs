//! A one-bit picture, as a thermal head sees it: a dot is burnt or not.

use std::io::Cursor;

use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, GrayImage, ImageEncoder, ImageError, Luma};

/// A one-bit picture. Rows are packed, most significant bit first, and padded with white to whole bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bitmap {
    width: u32,
    height: u32,
    stride: usize,
    bits: Vec<u8>,
}

/// Clockwise.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Turn {
    /// Upright.
    #[default]
    None,
    /// A quarter.
    Right,
    /// Upside down.
    Half,
    /// Three quarters.
    Left,
}

impl Bitmap {
    /// A white picture of so many dots.
    #[must_use]
    pub fn new(width: u32, height: u32) -> Self {
        let stride = width.div_ceil(8) as usize;
        Self { width, height, stride, bits: vec![0; stride * height as usize] }
    }

    /// Dots across.
    #[must_use]
    pub const fn width(&self) -> u32 {
        self.width
    }

    /// Dots down.
    #[must_use]
    pub const fn height(&self) -> u32 {
        self.height
    }

    /// Bytes in a row.
    #[must_use]
    pub const fn stride(&self) -> usize {
        self.stride
    }

    /// All rows, 1 = black.
    #[must_use]
    pub fn rows(&self) -> &[u8] {
        &self.bits
    }

    /// Burns a dot; outside the picture it does nothing.
    pub fn set(&mut self, x: i64, y: i64) {
        if let Some((index, mask)) = self.place(x, y) {
            self.bits[index] |= mask;
        }
    }

    /// Whether a dot is black; white outside the picture.
    #[must_use]
    pub fn get(&self, x: i64, y: i64) -> bool {
        self.place(x, y).is_some_and(|(index, mask)| self.bits[index] & mask != 0)
    }

    fn place(&self, x: i64, y: i64) -> Option<(usize, u8)> {
        let (x, y) = (u32::try_from(x).ok()?, u32::try_from(y).ok()?);
        (x < self.width && y < self.height).then(|| (y as usize * self.stride + (x / 8) as usize, 0x80 >> (x % 8)))
    }

    /// Burns a rectangle.
    pub fn fill(&mut self, left: i64, top: i64, width: i64, height: i64) {
        for (index, mask) in self.bytes([left, top, width, height]) {
            self.bits[index] |= mask;
        }
    }

    /// Makes a rectangle white.
    pub fn clear(&mut self, left: i64, top: i64, width: i64, height: i64) {
        for (index, mask) in self.bytes([left, top, width, height]) {
            self.bits[index] &= !mask;
        }
    }

    /// Black dots in a rectangle (left, top, width, height).
    #[must_use]
    pub fn count(&self, rectangle: [i64; 4]) -> u64 {
        self.bytes(rectangle).map(|(index, mask)| u64::from((self.bits[index] & mask).count_ones())).sum()
    }

    /// The bytes that a rectangle touches, each with its dots in it.
    fn bytes(&self, [left, top, width, height]: [i64; 4]) -> impl Iterator<Item = (usize, u8)> + use<> {
        let inside = |at: i64, most: u32| usize::try_from(at.clamp(0, i64::from(most))).unwrap_or(0);
        let (from, to) = (inside(left, self.width), inside(left.saturating_add(width), self.width));
        let rows = inside(top, self.height)..inside(top.saturating_add(height), self.height);
        let stride = self.stride;
        let columns = from / 8..if from < to { to.div_ceil(8) } else { 0 };
        let mask = move |byte: usize| {
            let (first, behind) = (from.max(byte * 8) % 8, to.min(byte * 8 + 8) - byte * 8);
            (0xff_u8 >> first) & (0xff_u16 << (8 - behind)) as u8
        };
        rows.flat_map(move |y| columns.clone().map(move |byte| (y * stride + byte, mask(byte))))
    }

    /// Burns the black dots of another picture, turned, with its upper left corner (after turning) at this place.
    pub fn stamp(&mut self, other: &Self, left: i64, top: i64, turn: Turn) {
        if turn == Turn::None {
            for y in 0..other.height {
                self.stamp_row(&other.bits[y as usize * other.stride..(y as usize + 1) * other.stride], left, top + i64::from(y));
            }
            return;
        }
        for y in 0..i64::from(other.height) {
            for x in (0..i64::from(other.width)).filter(|x| other.get(*x, y)) {
                let (x, y) = turn.place(x, y, other.width, other.height);
                self.set(left + x, top + y);
            }
        }
    }

    fn stamp_row(&mut self, row: &[u8], left: i64, y: i64) {
        let Some(start) = usize::try_from(y).ok().filter(|y| *y < self.height as usize).map(|y| y * self.stride) else { return };
        for (index, byte) in row.iter().enumerate().filter(|(_, byte)| **byte != 0) {
            let x = left + index as i64 * 8;
            if x >= 0 && x + 8 <= i64::from(self.width) {
                let (at, shift) = (start + (x / 8) as usize, x % 8);
                self.bits[at] |= byte >> shift;
                if shift > 0 {
                    self.bits[at + 1] |= byte << (8 - shift);
                }
            } else {
                for bit in (0..8).filter(|bit| byte & (0x80 >> bit) != 0) {
                    self.set(x + bit, y);
                }
            }
        }
    }

    /// White becomes black and black white.
    pub fn invert(&mut self) {
        let mut white = Self::new(self.width, self.height);
        white.fill(0, 0, self.width.into(), self.height.into());
        for (bits, all) in self.bits.iter_mut().zip(white.bits) {
            *bits ^= all;
        }
    }

    /// As a grey picture, for PNG files and for reading back.
    #[must_use]
    pub fn to_gray(&self) -> GrayImage {
        GrayImage::from_fn(self.width, self.height, |x, y| Luma([if self.get(x.into(), y.into()) { 0 } else { 255 }]))
    }

    /// As a PNG file, one pixel for each dot.
    ///
    /// # Errors
    /// When the picture has no dots at all.
    pub fn to_png(&self) -> Result<Vec<u8>, ImageError> {
        let mut bytes = Cursor::new(Vec::new());
        let grey = self.to_gray();
        PngEncoder::new_with_quality(&mut bytes, CompressionType::Fast, FilterType::NoFilter).write_image(
            grey.as_raw(),
            self.width,
            self.height,
            ExtendedColorType::L8,
        )?;
        Ok(bytes.into_inner())
    }
}

impl Turn {
    /// Where a dot of a picture of this size comes to lie.
    #[must_use]
    pub fn place(self, x: i64, y: i64, width: u32, height: u32) -> (i64, i64) {
        let (width, height) = (i64::from(width), i64::from(height));
        match self {
            Self::None => (x, y),
            Self::Right => (height - 1 - y, x),
            Self::Half => (width - 1 - x, height - 1 - y),
            Self::Left => (y, width - 1 - x),
        }
    }

    /// Where a rectangle (left, top, width, height) of a picture of this size comes to lie.
    #[must_use]
    pub fn rectangle(self, [left, top, wide, high]: [i64; 4], width: u32, height: u32) -> [i64; 4] {
        let (a, b) = (self.place(left, top, width, height), self.place(left + wide - 1, top + high - 1, width, height));
        [a.0.min(b.0), a.1.min(b.1), (a.0 - b.0).abs() + 1, (a.1 - b.1).abs() + 1]
    }

    /// Whether width and height change places.
    #[must_use]
    pub const fn is_across(self) -> bool {
        matches!(self, Self::Right | Self::Left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn dots_land_in_the_right_bit_and_nothing_lands_outside() {
        let mut picture = Bitmap::new(10, 2);
        picture.set(0, 0);
        picture.set(9, 1);
        picture.set(10, 0);
        picture.set(-1, 0);
        picture.set(0, 2);
        assert_eq!(picture.rows(), [0x80, 0x00, 0x00, 0x40]);
        assert!(picture.get(9, 1) && !picture.get(8, 1) && !picture.get(99, 99));
    }

    #[test]
    fn a_quarter_turn_brings_the_upper_left_to_the_upper_right() {
        let mut mark = Bitmap::new(3, 2);
        mark.set(0, 0);
        let mut picture = Bitmap::new(10, 10);
        picture.stamp(&mark, 4, 4, Turn::Right);
        assert!(picture.get(5, 4));
        assert_eq!(Turn::Right.rectangle([0, 0, 1, 1], 3, 2), [1, 0, 1, 1]);
        assert_eq!(Turn::Half.rectangle([0, 0, 2, 1], 3, 2), [1, 1, 2, 1]);
        assert_eq!(Turn::Left.rectangle([0, 0, 1, 1], 3, 2), [0, 2, 1, 1]);
    }

    proptest! {
        #[test]
        fn rectangles_and_stamps_are_what_dot_by_dot_gives(
            left in -20_i64..60, top in -5_i64..8, width in -3_i64..50, height in -2_i64..8, dx in -40_i64..40, dy in -6_i64..6, turn in 0..4
        ) {
            let turn = [Turn::None, Turn::Right, Turn::Half, Turn::Left][turn as usize];
            let (mut filled, mut slow) = (Bitmap::new(43, 6), Bitmap::new(43, 6));
            filled.fill(left, top, width, height);
            for y in top..top + height { for x in left..left + width { slow.set(x, y); } }
            prop_assert_eq!(&filled, &slow);
            prop_assert_eq!(slow.count([dx, dy, width, height]), {
                let dots = (dy..dy + height).flat_map(|y| (dx..dx + width).map(move |x| (x, y)));
                dots.filter(|(x, y)| slow.get(*x, *y)).count() as u64
            });
            let (mut stamped, mut expected) = (Bitmap::new(37, 40), Bitmap::new(37, 40));
            stamped.stamp(&filled, dx, dy, turn);
            for y in 0..6 { for x in 0..43 { if filled.get(x, y) {
                let (x, y) = turn.place(x, y, 43, 6);
                expected.set(dx + x, dy + y);
            } } }
            prop_assert_eq!(stamped, expected);
            filled.clear(left, top, width, height);
            prop_assert_eq!(filled, Bitmap::new(43, 6));
        }
    }
}
