//! The views of a picture that are tried, the likeliest first.

use image::imageops::{FilterType, resize};
use image::{GrayImage, Luma};

/// Widest view worth its time: codes in larger pictures are large too.
const WIDEST: u32 = 2_400;
/// Views smaller than this hold nothing that a larger one does not.
const NARROWEST: u32 = 240;

/// The picture itself (shrunk when huge), a half, a third, and turned by 45°. Made one at a time, as they are asked for.
pub fn views(picture: &GrayImage) -> impl Iterator<Item = GrayImage> + '_ {
    let longest = picture.width().max(picture.height()).max(1);
    let base = longest.div_ceil(WIDEST);
    let shrunk = [base, base * 2, base * 3].into_iter().enumerate().filter(move |(at, divisor)| *at == 0 || longest / divisor >= NARROWEST);
    shrunk.map(move |(_, divisor)| shrink(picture, divisor)).chain(std::iter::once_with(move || turn_by_45(&shrink(picture, base))))
}

fn shrink(picture: &GrayImage, divisor: u32) -> GrayImage {
    if divisor <= 1 {
        return picture.clone();
    }
    resize(picture, (picture.width() / divisor).max(1), (picture.height() / divisor).max(1), FilterType::Triangle)
}

/// Turns about the middle; what was outside is white.
fn turn_by_45(picture: &GrayImage) -> GrayImage {
    let (width, height) = (f64::from(picture.width()), f64::from(picture.height()));
    let side = ((width + height) * std::f64::consts::FRAC_1_SQRT_2).ceil().max(1.0);
    let (sin, cos) = (std::f64::consts::FRAC_1_SQRT_2, std::f64::consts::FRAC_1_SQRT_2);
    GrayImage::from_fn(side as u32, side as u32, |x, y| {
        let (dx, dy) = (f64::from(x) - side / 2.0, f64::from(y) - side / 2.0);
        let (from_x, from_y) = (dx * cos + dy * sin + width / 2.0, dy * cos - dx * sin + height / 2.0);
        if from_x < 0.0 || from_y < 0.0 || from_x >= width || from_y >= height {
            return Luma([255]);
        }
        *picture.get_pixel(from_x as u32, from_y as u32)
    })
}
