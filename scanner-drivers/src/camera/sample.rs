//! Looking at a picture between its pixels: lines through it, pieces of it turned upright, smaller and larger ones.

use image::GrayImage;

/// A line that is looked along: through a middle, in a direction.
#[derive(Debug, Clone, Copy)]
pub struct Axis {
    /// Where it goes through.
    pub middle: (f32, f32),
    /// Sine and cosine of its direction.
    pub direction: (f32, f32),
}

impl Axis {
    /// Through a place, in a direction in radians.
    #[must_use]
    pub fn new(middle: (f32, f32), direction: f32) -> Self {
        Self { middle, direction: direction.sin_cos() }
    }

    /// So far along the line and so far to its right, in the picture.
    #[must_use]
    pub const fn at(&self, along: f32, beside: f32) -> (f32, f32) {
        let (sin, cos) = self.direction;
        (self.middle.0 + along * cos - beside * sin, self.middle.1 + along * sin + beside * cos)
    }
}

/// Light between the four nearest pixels; outside, that of the edge.
#[must_use]
pub fn between(picture: &GrayImage, (x, y): (f32, f32)) -> f32 {
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let (x, y) = (x.clamp(0.0, width as f32 - 1.001).max(0.0), y.clamp(0.0, height as f32 - 1.001).max(0.0));
    let (left, top) = (x as usize, y as usize);
    let (part_x, part_y) = (x - left as f32, y - top as f32);
    let pixels = picture.as_raw();
    let at = top * width + left;
    let right = usize::from(left + 1 < width);
    let below = if top + 1 < height { width } else { 0 };
    let [a, b, c, d] = [pixels[at], pixels[at + right], pixels[at + below], pixels[at + below + right]].map(f32::from);
    let (upper, lower) = (a + (b - a) * part_x, c + (d - c) * part_x);
    upper + (lower - upper) * part_y
}

/// The mean light along several parallel lines: from, step and number of samples along the axis, and how far beside it each line lies.
#[must_use]
pub fn profile(picture: &GrayImage, axis: Axis, from: f32, step: f32, samples: usize, beside: &[f32]) -> Vec<f32> {
    let mut sums = vec![0.0; samples];
    let (sin, cos) = axis.direction;
    let (step_x, step_y) = (step * cos, step * sin);
    let (wide, high) = (picture.width() as f32 - 1.0, picture.height() as f32 - 1.0);
    let inside = |(x, y): (f32, f32)| x >= 0.0 && y >= 0.0 && x < wide && y < high;
    let width = picture.width() as usize;
    let pixels = picture.as_raw();
    for beside in beside {
        let (x, y) = axis.at(from, *beside);
        // Where both ends are inside, all is: the common case needs no care at the picture's edge.
        if inside((x, y)) && inside((x + step_x * samples as f32, y + step_y * samples as f32)) {
            for (at, sum) in sums.iter_mut().enumerate() {
                let (x, y) = (x + step_x * at as f32, y + step_y * at as f32);
                let (left, top) = (x as usize, y as usize);
                let (part_x, part_y) = (x - left as f32, y - top as f32);
                let at = top * width + left;
                if let (Some([a, b]), Some([c, d])) = (pixels.get(at..at + 2), pixels.get(at + width..at + width + 2)) {
                    let [a, b, c, d] = [*a, *b, *c, *d].map(f32::from);
                    let (upper, lower) = (a + (b - a) * part_x, c + (d - c) * part_x);
                    *sum += upper + (lower - upper) * part_y;
                }
            }
        } else {
            for (at, sum) in sums.iter_mut().enumerate() {
                *sum += between(picture, (x + step_x * at as f32, y + step_y * at as f32));
            }
        }
    }
    let many = beside.len().max(1) as f32;
    sums.iter_mut().for_each(|sum| *sum /= many);
    sums
}

/// A piece of the picture, so that the axis lies level in it: size in pixels of the piece, and how many of them make one of the picture's.
#[must_use]
pub fn piece(picture: &GrayImage, axis: Axis, width: u32, height: u32, scale: f32) -> GrayImage {
    let (half_x, half_y) = ((width as f32 - 1.0) / 2.0, (height as f32 - 1.0) / 2.0);
    // Where a piece is smaller than what it shows, each of its rows is the mean of several lines.
    let fine = (1.0 / scale).round().clamp(1.0, 4.0) as usize;
    let off = |part: usize| ((part as f32 + 0.5) / fine as f32 - 0.5) / scale;
    let mut pixels = Vec::with_capacity((width * height) as usize);
    for y in 0..height {
        let beside: Vec<f32> = (0..fine).map(|part| (y as f32 - half_y) / scale + off(part)).collect();
        let row = profile(picture, axis, -half_x / scale + off(0), 1.0 / (scale * fine as f32), width as usize * fine, &beside);
        pixels.extend(row.chunks_exact(fine).map(|part| (part.iter().sum::<f32>() / fine as f32 + 0.5) as u8));
    }
    GrayImage::from_raw(width, height, pixels).unwrap_or_default()
}

/// Half as wide and high: each pixel the mean of four.
#[must_use]
pub fn half(picture: &GrayImage) -> GrayImage {
    let (width, height) = (picture.width() as usize / 2, picture.height() as usize / 2);
    let mut pixels = Vec::with_capacity(width * height);
    let rows = picture.as_raw().chunks_exact(picture.width() as usize * 2);
    for pair in rows.take(height) {
        let (upper, lower) = pair.split_at(picture.width() as usize);
        let both = upper.chunks_exact(2).zip(lower.chunks_exact(2));
        pixels.extend(both.map(|(upper, lower)| {
            let sum = u16::from(upper[0]) + u16::from(upper[1]) + u16::from(lower[0]) + u16::from(lower[1]);
            ((sum + 2) / 4) as u8
        }));
    }
    GrayImage::from_raw(width as u32, height as u32, pixels).unwrap_or_default()
}

/// Edges made harder: the picture and so many times its difference from the mean of the neighbourhood, which reaches so far.
#[must_use]
pub fn sharpened(picture: &GrayImage, reach: f32, strength: f32) -> GrayImage {
    let soft = image::imageops::fast_blur(picture, reach.max(0.3));
    let mut sharp = picture.clone();
    for (own, soft) in sharp.iter_mut().zip(soft.iter()) {
        let difference = f32::from(*own) - f32::from(*soft);
        *own = (f32::from(*own) + strength * difference).round().clamp(0.0, 255.0) as u8;
    }
    sharp
}
