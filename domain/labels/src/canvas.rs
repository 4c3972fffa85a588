//! A one-bit picture, as a thermal head sees it: a dot is burnt or not.

use image::{GrayImage, Luma};

/// A one-bit picture. Rows are packed, most significant bit first, and padded with white to whole bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bitmap {
    width: u32,
    height: u32,
    stride: usize,
    bits: Vec<u8>,
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
        for y in top..top.saturating_add(height) {
            for x in left..left.saturating_add(width) {
                self.set(x, y);
            }
        }
    }

    /// As a grey picture, for PNG files and for reading back.
    #[must_use]
    pub fn to_gray(&self) -> GrayImage {
        GrayImage::from_fn(self.width, self.height, |x, y| Luma([if self.get(x.into(), y.into()) { 0 } else { 255 }]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
