//! A picture as light, 0 (none) to 1 (as much as the sensor takes), and what a lens does to it.

use image::{GrayImage, Luma};

use crate::random::Random;

/// Light on a sensor.
#[derive(Debug, Clone)]
pub struct Plane {
    /// Pixels across.
    pub width: usize,
    /// Pixels down.
    pub height: usize,
    /// Row by row.
    pub light: Vec<f32>,
}

impl Plane {
    /// A plane by a function of the pixel.
    pub fn by(width: usize, height: usize, mut light: impl FnMut(f32, f32) -> f32) -> Self {
        let mut all = Vec::with_capacity(width * height);
        for y in 0..height {
            for x in 0..width {
                all.push(light(x as f32, y as f32));
            }
        }
        Self { width, height, light: all }
    }

    /// Changes each pixel by where it is.
    pub fn each(&mut self, mut change: impl FnMut(f32, f32, f32) -> f32) {
        for (at, light) in self.light.iter_mut().enumerate() {
            *light = change((at % self.width) as f32, (at / self.width) as f32, *light);
        }
    }

    /// The light at a pixel; outside, that of the edge.
    #[must_use]
    pub fn at(&self, x: isize, y: isize) -> f32 {
        let (x, y) = (x.clamp(0, self.width as isize - 1), y.clamp(0, self.height as isize - 1));
        self.light[y as usize * self.width + x as usize]
    }

    /// The light between pixels.
    #[must_use]
    pub fn between(&self, x: f32, y: f32) -> f32 {
        let (left, top) = (x.floor(), y.floor());
        let (part_x, part_y) = (x - left, y - top);
        let (left, top) = (left as isize, top as isize);
        let upper = self.at(left, top) * (1.0 - part_x) + self.at(left + 1, top) * part_x;
        let lower = self.at(left, top + 1) * (1.0 - part_x) + self.at(left + 1, top + 1) * part_x;
        upper * (1.0 - part_y) + lower * part_y
    }

    /// Out of focus: a bell of this deviation.
    #[must_use]
    pub fn blurred(&self, deviation: f32) -> Self {
        let reach = (deviation * 2.7).ceil() as isize;
        let bell: Vec<f32> = (-reach..=reach).map(|at| (-(at * at) as f32 / (2.0 * deviation * deviation)).exp()).collect();
        let sum: f32 = bell.iter().sum();
        let along = |from: &Self, step: (isize, isize)| {
            let mut to = from.clone();
            for y in 0..from.height as isize {
                for x in 0..from.width as isize {
                    let mixed: f32 =
                        bell.iter().zip(-reach..=reach).map(|(part, at)| part * from.at(x + at * step.0, y + at * step.1)).sum();
                    to.light[y as usize * from.width + x as usize] = mixed / sum;
                }
            }
            to
        };
        along(&along(self, (1, 0)), (0, 1))
    }

    /// Moved while the shutter was open: so many pixels in this direction.
    #[must_use]
    pub fn moved(&self, length: f32, direction: f32) -> Self {
        let (sin, cos) = direction.sin_cos();
        let steps = (length * 1.5).ceil().max(1.0) as usize;
        Self::by(self.width, self.height, |x, y| {
            let sum: f32 = (0..=steps)
                .map(|step| {
                    let away = length * (step as f32 / steps as f32 - 0.5);
                    self.between(x + away * cos, y + away * sin)
                })
                .sum();
            sum / (steps + 1) as f32
        })
    }

    /// Edges made hard, as phones do: the picture and its difference from a blurred one.
    #[must_use]
    pub fn sharpened(&self, strength: f32) -> Self {
        let soft = self.blurred(1.2);
        let light = self.light.iter().zip(&soft.light).map(|(own, soft)| own + strength * (own - soft)).collect();
        Self { light, ..*self }
    }

    /// What the sensor makes of it: noise of the light itself and of the reading, then 256 steps.
    #[must_use]
    pub fn taken(&self, noise: f32, random: &mut Random) -> GrayImage {
        GrayImage::from_fn(self.width as u32, self.height as u32, |x, y| {
            let light = self.light[y as usize * self.width + x as usize];
            let deviation = noise * (0.35 + light.max(0.0)).sqrt();
            Luma([((light + deviation * random.bell()) * 255.0).round().clamp(0.0, 255.0) as u8])
        })
    }
}

/// Smooth hills by chance: one at this scale, half as high at half of it, and so on.
pub fn hills(random: &mut Random, octaves: u32) -> impl Fn(f32, f32) -> f32 + use<> {
    let seed = random.bits();
    let corner = move |x: i32, y: i32, octave: u32| {
        let mixed = seed ^ (x as u32 as u64) << 32 ^ y as u32 as u64 ^ u64::from(octave) << 60;
        Random::new(mixed.wrapping_mul(0xD6E8_FEB8_6659_FD93)).unit()
    };
    move |x, y| {
        let (mut sum, mut height, mut scale) = (0.0, 0.5, 1.0);
        for octave in 0..octaves {
            let (x, y) = (x * scale, y * scale);
            let (left, top) = (x.floor(), y.floor());
            let ease = |part: f32| part * part * (3.0 - 2.0 * part);
            let (part_x, part_y) = (ease(x - left), ease(y - top));
            let (left, top) = (left as i32, top as i32);
            let upper = corner(left, top, octave) * (1.0 - part_x) + corner(left + 1, top, octave) * part_x;
            let lower = corner(left, top + 1, octave) * (1.0 - part_x) + corner(left + 1, top + 1, octave) * part_x;
            sum += height * (upper * (1.0 - part_y) + lower * part_y);
            height /= 2.0;
            scale *= 2.0;
        }
        sum
    }
}
