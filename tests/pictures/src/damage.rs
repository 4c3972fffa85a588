//! What is done to pictures, from hardly at all to beyond reading.

use std::f32::consts::PI;
use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::{GrayImage, ImageFormat};

use crate::Shown;
use crate::plane::{Plane, hills};
use crate::random::Random;
use crate::scene::{Label, Pose, any_turn, near_upright};
use crate::symbols::{SORTS, make};
use crate::texture::{self, surface};

/// A kind of damage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Damage {
    /// None: a label straight before the lens.
    Clean,
    /// Turned by any angle.
    Turned,
    /// Tilted away from the camera by up to 60°.
    Skewed,
    /// Out of focus.
    Defocus,
    /// Moved while the shutter was open.
    Motion,
    /// Low light: dark and noisy.
    Dark,
    /// Little contrast: printed grey on brown, or seen through foil.
    Pale,
    /// A shadow's edge or a lamp on one side.
    Shade,
    /// JPEG at low quality.
    Jpeg,
    /// Light on dark.
    Inverted,
    /// Partly covered.
    Hidden,
    /// Modules of 1 to 2 pixels.
    Small,
    /// 4 to 16 codes in one picture.
    Many,
    /// 640 × 480 of a cheap camera: a little of everything.
    Webcam,
    /// A surface without any code.
    Nothing,
    /// Around a pipe or a bottle.
    Curved,
    /// A lamp's reflection on it.
    Glare,
    /// On a screen whose own grid is seen.
    Screen,
    /// A worn print head.
    Worn,
    /// 4000 × 3000 of a phone: a little of everything.
    Phone,
    /// A phone's photo of 1920 × 1440 without any code.
    Room,
}

/// All of them.
pub const DAMAGES: [Damage; 21] = [
    Damage::Clean,
    Damage::Turned,
    Damage::Skewed,
    Damage::Defocus,
    Damage::Motion,
    Damage::Dark,
    Damage::Pale,
    Damage::Shade,
    Damage::Jpeg,
    Damage::Inverted,
    Damage::Hidden,
    Damage::Small,
    Damage::Many,
    Damage::Webcam,
    Damage::Nothing,
    Damage::Curved,
    Damage::Glare,
    Damage::Screen,
    Damage::Worn,
    Damage::Phone,
    Damage::Room,
];

const SIZES: [(usize, usize); 4] = [(640, 480), (1280, 960), (1280, 720), (1920, 1080)];

/// How a picture is taken.
struct Shot {
    size: (usize, usize),
    scale: (f32, f32),
    turn: f32,
    tilt: f32,
    blur: f32,
    motion: f32,
    light: f32,
    noise: f32,
    sharpen: f32,
    quality: Option<u8>,
}

impl Shot {
    /// A good camera in good light, the label more or less upright.
    fn good(random: &mut Random) -> Self {
        Self {
            size: random.one_of(&SIZES),
            scale: (2.2, 6.0),
            turn: near_upright(random, 0.08),
            tilt: random.between(0.0, 0.15),
            blur: random.between(0.4, 0.8),
            motion: 0.0,
            light: random.between(0.75, 1.0),
            noise: random.between(0.005, 0.02),
            sharpen: if random.percent(40) { random.between(0.2, 0.8) } else { 0.0 },
            quality: random.percent(50).then_some(88),
        }
    }

    fn camera(&self, mut plane: Plane, random: &mut Random) -> Result<GrayImage, String> {
        if self.motion > 0.5 {
            plane = plane.moved(self.motion, any_turn(random));
        }
        if self.blur > 0.3 {
            plane = plane.blurred(self.blur);
        }
        plane.each(|_, _, light| light * self.light);
        if self.sharpen > 0.0 {
            plane = plane.sharpened(self.sharpen);
        }
        let gray = plane.taken(self.noise, random);
        match self.quality {
            Some(quality) => jpeg(&gray, quality).map_err(|error| error.to_string()),
            None => Ok(gray),
        }
    }
}

fn jpeg(gray: &GrayImage, quality: u8) -> Result<GrayImage, image::ImageError> {
    let mut bytes = Cursor::new(Vec::new());
    gray.write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, quality))?;
    Ok(image::load_from_memory_with_format(bytes.get_ref(), ImageFormat::Jpeg)?.into_luma8())
}

impl Damage {
    /// Whether it is kept away from tuning altogether.
    #[must_use]
    pub const fn is_held_out(self) -> bool {
        matches!(self, Self::Curved | Self::Glare | Self::Screen | Self::Worn | Self::Phone | Self::Room)
    }

    /// Makes the picture of this number.
    pub(crate) fn make(self, number: usize, random: &mut Random) -> Result<(GrayImage, Vec<Shown>), String> {
        let mut shot = Shot::good(random);
        match self {
            Self::Nothing => {
                shot.noise = random.between(0.005, 0.05);
                return Ok((
                    shot.camera(surface(texture::ALL[number % texture::ALL.len()], shot.size.0, shot.size.1, random), random)?,
                    Vec::new(),
                ));
            }
            Self::Room => return Ok((room(&shot, random)?, Vec::new())),
            Self::Many => return many(&shot, random),
            _ => {}
        }
        let sort = SORTS[number % SORTS.len()];
        let symbol = make(sort, random)?;
        let mut label = Label::with(&symbol, random);
        self.shoot(&mut shot, &mut label, random);
        let (width, height) = shot.size;
        let largest = 0.94 * width.min(height) as f32 / label.longest();
        let largest = if (shot.turn * 2.0 / PI - (shot.turn * 2.0 / PI).round()).abs() < 0.1 { largest * 1.15 } else { largest };
        // Square codes have few modules across; people come nearer.
        let near = if symbol.modules.height > 1 && self != Self::Small { random.between(1.0, 2.2) } else { 1.0 };
        let scale = (near * random.between(shot.scale.0, shot.scale.1)).min(largest);
        let mut plane = surface(random.one_of(&texture::CALM), width, height, random);
        let room = |side: usize, random: &mut Random| {
            let free = (side as f32 - label.longest() * scale).max(0.0) / 2.0;
            side as f32 / 2.0 + random.between(-free, free)
        };
        let middle = (room(width, random), room(height, random));
        let bend = (self == Self::Curved).then(|| label.longest() * random.between(0.34, 0.9));
        let pose = Pose { scale, turn: shot.turn, tilt: shot.tilt, axis: any_turn(random), bend, middle };
        let corners = label.lay(&mut plane, pose);
        self.light(&mut plane, corners, scale, random);
        // Blur is felt in modules, not in pixels.
        match self {
            Self::Defocus => shot.blur = scale * random.between(0.25, 0.95),
            Self::Motion => shot.motion = scale * random.between(0.5, 3.0),
            _ => {}
        }
        let shown = Shown { sort, text: symbol.text, corners };
        Ok((shot.camera(plane, random)?, vec![shown]))
    }

    /// How it is taken and printed.
    fn shoot(self, shot: &mut Shot, label: &mut Label, random: &mut Random) {
        match self {
            Self::Turned => {
                shot.turn = any_turn(random);
                shot.scale = (1.8, 5.0);
            }
            Self::Skewed => {
                shot.turn = near_upright(random, 0.5);
                shot.tilt = random.between(0.4, 1.05);
                shot.scale = (3.0, 7.0);
            }
            Self::Dark => {
                shot.light = random.between(0.12, 0.4);
                shot.noise = random.between(0.015, 0.09) * shot.light.sqrt();
                shot.blur = random.between(0.5, 1.0);
            }
            Self::Pale => {
                let ink = random.between(0.25, 0.6);
                label.tone(ink, ink + random.between(0.04, 0.2));
                shot.noise = random.between(0.003, 0.012);
            }
            Self::Jpeg => {
                shot.quality = Some(4 + random.below(28) as u8);
                shot.scale = (1.6, 4.0);
            }
            Self::Inverted => label.invert(),
            Self::Small => {
                shot.scale = (1.0, 2.1);
                shot.blur = random.between(0.3, 0.6);
                shot.turn = near_upright(random, 0.2);
            }
            Self::Webcam => {
                shot.size = (640, 480);
                shot.scale = (1.5, 4.0);
                shot.turn = near_upright(random, 0.6);
                shot.tilt = random.between(0.0, 0.5);
                shot.blur = random.between(0.5, 1.1);
                shot.motion = random.between(0.0, 2.0);
                shot.light = random.between(0.35, 0.9);
                shot.noise = random.between(0.01, 0.04);
                shot.quality = Some(30 + random.below(50) as u8);
            }
            Self::Phone => {
                shot.size = (4000, 3000);
                shot.scale = (3.0, 11.0);
                shot.turn = any_turn(random);
                shot.tilt = random.between(0.0, 0.6);
                shot.blur = random.between(0.8, 2.5);
                shot.motion = random.between(0.0, 3.0);
                shot.light = random.between(0.4, 1.0);
                shot.noise = random.between(0.01, 0.05);
                shot.quality = Some(80);
                shot.sharpen = random.between(0.0, 0.8);
            }
            Self::Worn => {
                label.wear(random);
                shot.scale = (2.5, 6.0);
            }
            Self::Screen => {
                shot.scale = (2.5, 8.0);
                shot.turn = near_upright(random, 0.3);
                shot.tilt = random.between(0.0, 0.35);
            }
            Self::Curved | Self::Glare | Self::Shade => shot.turn = near_upright(random, 0.3),
            _ => {}
        }
    }

    /// What falls on the label or covers it.
    fn light(self, plane: &mut Plane, corners: [(f32, f32); 4], scale: f32, random: &mut Random) {
        let middle = (corners.iter().map(|at| at.0).sum::<f32>() / 4.0, corners.iter().map(|at| at.1).sum::<f32>() / 4.0);
        let side = (corners[0].0 - corners[1].0).hypot(corners[0].1 - corners[1].1);
        let down = (corners[0].0 - corners[3].0).hypot(corners[0].1 - corners[3].1);
        match self {
            Self::Shade => {
                let (sin, cos) = any_turn(random).sin_cos();
                let (deep, soft) = (random.between(0.2, 0.75), scale * random.between(0.5, 30.0));
                let off = random.between(-0.4, 0.4) * side;
                let lamp = random.between(0.0, 0.5);
                plane.each(|x, y, light| {
                    let away = (x - middle.0) * cos + (y - middle.1) * sin - off;
                    let shadow = 1.0 - deep / (1.0 + (-away / soft).exp());
                    light * shadow * (1.0 - lamp * ((y - middle.1) / side).clamp(-1.0, 1.0))
                });
            }
            Self::Glare => {
                for _ in 0..=random.below(2) {
                    let at = (middle.0 + random.between(-0.5, 0.5) * side, middle.1 + random.between(-0.5, 0.5) * down);
                    let (wide, high) = (side * random.between(0.08, 0.35), down * random.between(0.1, 0.5));
                    let strength = random.between(0.4, 1.6);
                    plane.each(|x, y, light| {
                        let away = ((x - at.0) / wide).powi(2) + ((y - at.1) / high).powi(2);
                        light + strength * (-away).exp()
                    });
                }
            }
            Self::Hidden => {
                for _ in 0..=random.below(2) {
                    let tone = random.between(0.1, 0.9);
                    let at = (
                        corners[0].0 + random.unit() * (corners[2].0 - corners[0].0),
                        corners[0].1 + random.unit() * (corners[2].1 - corners[0].1),
                    );
                    if random.percent(50) {
                        // A scratch or a line of a pen, right through.
                        let (sin, cos) = any_turn(random).sin_cos();
                        let wide = scale * random.between(0.3, 1.6);
                        plane.each(|x, y, light| if ((x - at.0) * cos + (y - at.1) * sin).abs() < wide { tone } else { light });
                    } else {
                        // A finger or a piece of tape.
                        let round = side.min(down) * random.between(0.08, 0.28);
                        plane.each(|x, y, light| if (x - at.0).hypot((y - at.1) * 0.7) < round { tone } else { light });
                    }
                }
            }
            Self::Screen => {
                let (sin, cos) = random.between(-0.35, 0.35).sin_cos();
                let pitch = random.between(1.6, 4.5);
                let glow = random.between(0.02, 0.15);
                let deep = random.between(0.3, 0.9);
                plane.each(|x, y, light| {
                    let (u, v) = ((x * cos + y * sin) / pitch, (y * cos - x * sin) / pitch);
                    let column = 0.5 + 0.5 * (u * 2.0 * PI).cos();
                    let row = 0.5 + 0.5 * (v * 2.0 * PI).cos();
                    (light * (1.0 - deep * 0.5 * (2.0 - column - row)) + glow).min(1.0)
                });
            }
            Self::Worn => {
                let cloud = hills(random, 4);
                let thin = random.between(0.0, 0.35);
                plane.each(|x, y, light| light + thin * (cloud(x / (6.0 * scale), y / (6.0 * scale)) - 0.3).max(0.0));
            }
            Self::Phone => {
                let cloud = hills(random, 2);
                let wide = plane.width as f32 / 2.0;
                plane.each(|x, y, light| light * (0.75 + 0.4 * cloud(x / wide, y / wide)));
            }
            _ => {}
        }
    }
}

/// A room of several surfaces, with words on labels but no code.
fn room(shot: &Shot, random: &mut Random) -> Result<GrayImage, String> {
    let (width, height) = (1920, 1440);
    let sides: Vec<Plane> = (0..3)
        .map(|_| {
            let kind = random.one_of(&texture::ALL);
            surface(kind, width, height, random)
        })
        .collect();
    let (sin, cos) = any_turn(random).sin_cos();
    let (near, far) = (random.between(-500.0, 0.0), random.between(50.0, 500.0));
    let plane = Plane::by(width, height, |x, y| {
        let along = (x - 960.0) * cos + (y - 720.0) * sin;
        let side = if along < near { 0 } else { 1 + usize::from(along > far) };
        sides[side].light[y as usize * width + x as usize]
    });
    shot.camera(plane, random)
}

/// Many labels beside one another, each turned a little in its own way.
fn many(shot: &Shot, random: &mut Random) -> Result<(GrayImage, Vec<Shown>), String> {
    let (columns, rows) = random.one_of(&[(2, 2), (3, 2), (3, 3), (4, 3), (4, 4)]);
    let (width, height) = random.one_of(&[(1280, 960), (1920, 1080), (1920, 1440)]);
    let mut plane = surface(random.one_of(&texture::CALM), width, height, random);
    let (wide, high) = (width / columns, height / rows);
    let mut shown: Vec<Shown> = Vec::new();
    for place in 0..columns * rows {
        let sort = random.one_of(&SORTS[..12]);
        let symbol = make(sort, random)?;
        let label = Label::with(&symbol, random);
        let scale = (0.95 * wide.min(high) as f32 / label.longest()).min(random.between(2.0, 4.0));
        // A cell too small for this code stays empty: the kind is about many, not about small ones.
        if scale < 1.5 || shown.iter().any(|other| other.text == symbol.text) {
            continue;
        }
        let middle = ((place % columns * wide + wide / 2) as f32, (place / columns * high + high / 2) as f32);
        let pose = Pose { turn: near_upright(random, 0.25), tilt: shot.tilt, ..Pose::flat(scale, middle) };
        let corners = label.lay(&mut plane, pose);
        shown.push(Shown { sort, text: symbol.text, corners });
    }
    Ok((shot.camera(plane, random)?, shown))
}
