//! A label with a code, and where it lies before the camera: turned, tilted, bent.

use std::f32::consts::{PI, TAU};

use qitao_labels::Bitmap;
use qitao_labels::text::Fonts;

use crate::plane::Plane;
use crate::random::Random;
use crate::symbols::Symbol;
use crate::texture::{phrase, words};

/// Dots of a label per module of its code: fine enough for the ink's spread.
const DOTS: u32 = 6;

/// A printed label: paper with a code on it.
#[derive(Debug, Clone)]
pub struct Label {
    /// Dots, [`DOTS`] per module; set = ink.
    print: Bitmap,
    /// Size in modules.
    size: (f32, f32),
    /// The code's rectangle in modules: left, top, right, bottom.
    code: [f32; 4],
    /// How much light ink and paper give back.
    tones: (f32, f32),
    /// How far ink runs over its edge, modules; negative where the print is thin.
    spread: f32,
    /// Lines that a dead dot of the print head left white: place and width in modules, and whether they run across.
    streaks: Vec<(f32, f32, bool)>,
}

/// How a label lies.
#[derive(Debug, Clone, Copy)]
pub struct Pose {
    /// Pixels per module, where it lies nearest to the lens' axis.
    pub scale: f32,
    /// Turn in the picture, radians.
    pub turn: f32,
    /// Tilt away from the camera, radians.
    pub tilt: f32,
    /// Which way it tilts, radians.
    pub axis: f32,
    /// Radius of the pipe around which it is bent, modules.
    pub bend: Option<f32>,
    /// Middle in the picture, pixels.
    pub middle: (f32, f32),
}

impl Pose {
    /// Flat and upright.
    #[must_use]
    pub const fn flat(scale: f32, middle: (f32, f32)) -> Self {
        Self { scale, turn: 0.0, tilt: 0.0, axis: 0.0, bend: None, middle }
    }
}

impl Label {
    /// Lays a code out with its quiet zone, mostly with words around it.
    #[must_use]
    pub fn with(symbol: &Symbol, random: &mut Random) -> Self {
        let modules = &symbol.modules;
        let wide = modules.width as f32;
        let bars = if modules.height == 1 { (wide * random.between(0.18, 0.4)).max(14.0).round() } else { modules.height as f32 };
        let text = random.percent(60);
        let line = (wide / 12.0).clamp(4.0, 9.0).round();
        let spare = random.below(4) as f32;
        let left = modules.quiet_left as f32 + spare;
        let top = modules.quiet_y.max(2) as f32 + spare + if text { line + 2.0 } else { 0.0 };
        let size = (
            left + wide + modules.quiet_right as f32 + spare,
            top + bars + modules.quiet_y.max(2) as f32 + spare + if text { line } else { 0.0 },
        );
        let dots = DOTS as f32;
        let mut print = Bitmap::new((size.0 * dots) as u32, (size.1 * dots) as u32);
        for y in 0..modules.height {
            for x in 0..modules.width {
                if modules.is_dark(x, y) {
                    let high = if modules.height == 1 { bars } else { 1.0 };
                    let place = [left + x as f32, top + y as f32, 1.0, high].map(|at| (at * dots) as i64);
                    print.fill(place[0], place[1], place[2], place[3]);
                }
            }
        }
        if let Some(fonts) = text.then(Fonts::system).and_then(Result::ok) {
            let below = top + bars + modules.quiet_y.max(1) as f32;
            for (y, text) in [(1.0, phrase(random).to_owned()), (below, symbol.text.clone())] {
                words(&mut print, &fonts, [1.0, y, size.0 - 2.0, line].map(|at| at * dots), (line - 1.0) * dots, false, &text);
            }
        }
        let tones = (random.between(0.03, 0.14), random.between(0.78, 0.95));
        Self { print, size, code: [left, top, left + wide, top + bars], tones, spread: 0.0, streaks: Vec::new() }
    }

    /// Light where it was dark and dark where it was light.
    pub const fn invert(&mut self) {
        self.tones = (self.tones.1, self.tones.0);
    }

    /// Other ink and paper.
    pub const fn tone(&mut self, ink: f32, paper: f32) {
        self.tones = (ink, paper);
    }

    /// A worn print head: ink that runs or is thin, dots that are dead.
    pub fn wear(&mut self, random: &mut Random) {
        self.spread = random.between(-0.24, 0.3);
        let across = random.percent(50);
        let length = if across { self.size.1 } else { self.size.0 };
        self.streaks = (0..random.below(4)).map(|_| (random.unit() * length, random.between(0.2, 0.6), across)).collect();
    }

    /// Longest side in modules.
    #[must_use]
    pub fn longest(&self) -> f32 {
        self.size.0.hypot(self.size.1)
    }

    /// Light that a place of the label gives back; `None` beside it.
    fn light(&self, x: f32, y: f32) -> Option<f32> {
        if x < 0.0 || y < 0.0 || x >= self.size.0 || y >= self.size.1 {
            return None;
        }
        let dots = DOTS as f32;
        let ink = |x: f32, y: f32| self.print.get((x * dots) as i64, (y * dots) as i64);
        let around = [(self.spread, 0.0), (-self.spread, 0.0), (0.0, self.spread), (0.0, -self.spread)];
        let dark = match self.spread {
            0.0 => ink(x, y),
            run if run > 0.0 => ink(x, y) || around.iter().any(|(dx, dy)| ink(x + dx, y + dy)),
            _ => ink(x, y) && around.iter().all(|(dx, dy)| ink(x + dx, y + dy)),
        };
        let dead = self.streaks.iter().any(|(at, wide, across)| ((if *across { y } else { x }) - at).abs() < wide / 2.0);
        Some(if dark && !dead { self.tones.0 } else { self.tones.1 })
    }

    /// Draws it into a picture and says where the code's corners came to lie: left top, right top, right bottom, left bottom.
    pub fn lay(&self, picture: &mut Plane, pose: Pose) -> [(f32, f32); 4] {
        let far = picture.width.max(picture.height) as f32 * 1.3;
        let (turn_sin, turn_cos) = pose.turn.sin_cos();
        let (axis_sin, axis_cos) = pose.axis.sin_cos();
        let (tilt_sin, tilt_cos) = pose.tilt.sin_cos();
        // From the label's middle to the picture: turn, shorten along the axis of tilt, divide by the distance.
        let bend = move |x: f32| pose.bend.map_or(x, |radius| radius * (x / radius).clamp(-PI / 2.0, PI / 2.0).sin());
        let half = (self.size.0 / 2.0, self.size.1 / 2.0);
        let forward = move |x: f32, y: f32| {
            let (x, y) = (bend(x - half.0) * pose.scale, (y - half.1) * pose.scale);
            let (x, y) = (x * turn_cos - y * turn_sin, x * turn_sin + y * turn_cos);
            let (along, across) = (x * axis_cos + y * axis_sin, y * axis_cos - x * axis_sin);
            let near = 1.0 + along * tilt_sin / far;
            let (along, across) = (along * tilt_cos / near, across / near);
            (pose.middle.0 + along * axis_cos - across * axis_sin, pose.middle.1 + along * axis_sin + across * axis_cos)
        };
        let backward = move |x: f32, y: f32| {
            let (x, y) = (x - pose.middle.0, y - pose.middle.1);
            let (along, across) = (x * axis_cos + y * axis_sin, y * axis_cos - x * axis_sin);
            let along = along / (tilt_cos - along * tilt_sin / far);
            let across = across * (1.0 + along * tilt_sin / far);
            let (x, y) = (along * axis_cos - across * axis_sin, along * axis_sin + across * axis_cos);
            let (x, y) = ((x * turn_cos + y * turn_sin) / pose.scale, (y * turn_cos - x * turn_sin) / pose.scale);
            let x = match pose.bend {
                Some(radius) if x.abs() < radius => radius * (x / radius).asin(),
                Some(_) => return (-1.0, -1.0),
                None => x,
            };
            (x + half.0, y + half.1)
        };
        let edge = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)].map(|(x, y)| forward(x * self.size.0, y * self.size.1));
        let bounds = |of: fn(&(f32, f32)) -> f32, end: usize| {
            let low = edge.iter().map(of).fold(f32::MAX, f32::min).floor().max(0.0) as usize;
            let high = edge.iter().map(of).fold(f32::MIN, f32::max).ceil().max(0.0) as usize + 1;
            low.min(end)..high.min(end)
        };
        let fine = if pose.scale < 3.0 { 5_usize } else { 3 };
        let share = 1.0 / (fine * fine) as f32;
        for y in bounds(|corner| corner.1, picture.height) {
            for x in bounds(|corner| corner.0, picture.width) {
                let own = &mut picture.light[y * picture.width + x];
                let mut sum = 0.0;
                for part in 0..fine * fine {
                    let off = |part: usize| (part as f32 + 0.5) / fine as f32 - 0.5;
                    let (u, v) = backward(x as f32 + off(part % fine), y as f32 + off(part / fine));
                    let round = pose.bend.map_or(1.0, |radius| ((u - half.0) / radius).cos().max(0.0).sqrt());
                    sum += self.light(u, v).map_or(*own, |light| light * round);
                }
                *own = sum * share;
            }
        }
        let [left, top, right, bottom] = self.code;
        [(left, top), (right, top), (right, bottom), (left, bottom)].map(|(x, y)| forward(x, y))
    }
}

/// Any direction.
pub fn any_turn(random: &mut Random) -> f32 {
    random.between(0.0, TAU)
}

/// Upright, on its side or upside down, a little off.
pub fn near_upright(random: &mut Random, off: f32) -> f32 {
    random.below(4) as f32 * PI / 2.0 + random.between(-off, off)
}
