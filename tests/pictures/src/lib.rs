//! Pictures of codes for judging readers: made up and damaged by seed, so that there are as many as one likes and none is stored.
//!
//! Half of the seeds and most of the damages may be looked at while a reader is being made better ([`Part::Tuning`]); the other seeds, and the damages
//! that [`Damage::is_held_out`] names, are for saying how good it has become ([`Part::HeldOut`]) and for nothing else.
//!
//! [`judge`] asks readers of others the same question, pixel for pixel.

pub mod damage;
pub mod judge;
pub mod plane;
pub mod random;
pub mod scene;
pub mod symbols;
pub mod tally;
pub mod texture;

use image::GrayImage;

pub use damage::{DAMAGES, Damage};
use random::Random;
use symbols::Sort;

/// What a picture is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// For finding out what goes wrong.
    Tuning,
    /// For saying how good it is.
    HeldOut,
}

/// A code that is to be seen in a picture.
#[derive(Debug, Clone)]
pub struct Shown {
    /// What kind of code.
    pub sort: Sort,
    /// What it says, in the words of [`symbols::said`].
    pub text: String,
    /// Its corners in pixels: left top, right top, right bottom, left bottom.
    pub corners: [(f32, f32); 4],
}

/// A picture and what is in it.
#[derive(Debug, Clone)]
pub struct Picture {
    /// What was done to it.
    pub damage: Damage,
    /// Its number among those of the same damage and part.
    pub number: usize,
    /// As a camera gave it.
    pub gray: GrayImage,
    /// The codes in it.
    pub shown: Vec<Shown>,
}

/// The pictures of one part with one damage, the first so many.
///
/// # Errors
/// When a code cannot be made: a mistake in this crate.
pub fn pictures(part: Part, damage: Damage, count: usize) -> impl Iterator<Item = Result<Picture, String>> {
    let known = part == Part::HeldOut || !damage.is_held_out();
    (0..if known { count } else { 0 }).map(move |number| picture(part, damage, number))
}

/// One picture.
///
/// # Errors
/// As [`pictures`].
pub fn picture(part: Part, damage: Damage, number: usize) -> Result<Picture, String> {
    let of_part = match part {
        Part::Tuning => 1,
        Part::HeldOut => 2,
    };
    let seed = of_part << 48 | (damage as u64) << 32 | number as u64;
    let mut random = Random::new(seed.wrapping_mul(0x9E6C_63D0_676A_9A99));
    let (gray, shown) = damage.make(number, &mut random)?;
    Ok(Picture { damage, number, gray, shown })
}
