//! Logos inside templates: a small PNG in Base64, made to fit and turned into dots.

use std::fmt::Display;
use std::io::Cursor;

use data_encoding::BASE64;
use image::imageops::{FilterType, resize};
use image::{GrayImage, ImageFormat, ImageReader, Limits, Luma};

use crate::canvas::Bitmap;
use crate::finding::Finding;

/// Most characters of Base64: labels go to every edge of a chain, and a logo of 600 dpi needs no more.
const LONGEST: usize = 256 * 1024;
/// Most pixels of an edge of the picture.
const LARGEST: u32 = 4_000;

/// Most pixels of all pictures of a template together.
pub const MOST_PIXELS: u64 = 16_000_000;

/// How many pixels a picture has. What is behind its header is looked at when it is drawn.
///
/// # Errors
/// A finding that says what to do.
pub fn pixels(base64: &str) -> Result<u64, Finding> {
    let (width, height) = reader(base64)?.into_dimensions().map_err(|error| broken(&error))?;
    if width.max(height) > LARGEST {
        return Err(Finding::error(
            format!("图片的边长超过 {LARGEST} 像素，请缩小。"),
            format!("The picture has more than {LARGEST} pixels across or down; make it smaller."),
        ));
    }
    Ok(u64::from(width) * u64::from(height))
}

fn broken(reason: &dyn Display) -> Finding {
    Finding::error("不是可用的 PNG 图片（Base64）。", format!("Not a usable PNG picture in Base64: {reason}."))
}

fn reader(base64: &str) -> Result<ImageReader<Cursor<Vec<u8>>>, Finding> {
    if base64.len() > LONGEST {
        return Err(Finding::error("图片太大，请压缩到 190 KB 以内。", "The picture is too large; bring it below 190 KB."));
    }
    let letters: Vec<u8> = base64.bytes().filter(|b| !b.is_ascii_whitespace()).collect();
    let bytes = BASE64.decode(&letters).map_err(|error| broken(&error))?;
    Ok(ImageReader::with_format(Cursor::new(bytes), ImageFormat::Png))
}

fn decode(base64: &str) -> Result<GrayImage, Finding> {
    let mut reader = reader(base64)?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(LARGEST);
    limits.max_image_height = Some(LARGEST);
    limits.max_alloc = Some(64 * 1024 * 1024);
    reader.limits(limits);
    let picture = reader.decode().map_err(|error| broken(&error))?.into_luma_alpha8();
    // What is transparent is paper.
    Ok(GrayImage::from_fn(picture.width(), picture.height(), |x, y| {
        let [light, opaque] = picture.get_pixel(x, y).0;
        let (light, opaque) = (u32::from(light), u32::from(opaque));
        Luma([u8::try_from((light * opaque + 255 * (255 - opaque)) / 255).unwrap_or(255)])
    }))
}

/// Draws a picture as large as its box allows, in the middle of it. Dithered (Floyd and Steinberg) or cut at half grey.
///
/// # Errors
/// A finding that says what to do.
pub fn draw(layer: &mut Bitmap, base64: &str, dither: bool) -> Result<(), Finding> {
    let picture = decode(base64)?;
    let (box_width, box_height) = (layer.width().max(1), layer.height().max(1));
    let scale = (box_width as f32 / picture.width().max(1) as f32).min(box_height as f32 / picture.height().max(1) as f32);
    let side = |length: u32, most: u32| ((length as f32 * scale).round() as u32).clamp(1, most);
    let (width, height) = (side(picture.width(), box_width), side(picture.height(), box_height));
    let (left, top) = (i64::from((box_width - width) / 2), i64::from((box_height - height) / 2));
    let picture = resize(&picture, width, height, FilterType::Triangle);
    // What this row and the next are too dark or too light by, with a place beyond either end.
    let (mut here, mut below) = (vec![0; width as usize + 2], vec![0; width as usize + 2]);
    for (x, y, pixel) in picture.enumerate_pixels() {
        if x == 0 {
            here = std::mem::replace(&mut below, vec![0; width as usize + 2]);
        }
        let at = x as usize + 1;
        let grey = i32::from(pixel.0[0]) + here[at];
        let black = grey < 128;
        if black {
            layer.set(left + i64::from(x), top + i64::from(y));
        }
        if dither {
            let error = grey - if black { 0 } else { 255 };
            here[at + 1] += error * 7 / 16;
            below[at - 1] += error * 3 / 16;
            below[at] += error * 5 / 16;
            below[at + 1] += error / 16;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png(picture: &GrayImage) -> String {
        let mut bytes = Cursor::new(Vec::new());
        picture.write_to(&mut bytes, ImageFormat::Png).unwrap();
        BASE64.encode(&bytes.into_inner())
    }

    #[test]
    fn a_logo_fills_its_box_and_keeps_its_shape() {
        let logo = png(&GrayImage::from_fn(20, 10, |x, _| Luma([if x < 10 { 0 } else { 255 }])));
        let mut layer = Bitmap::new(80, 80);
        draw(&mut layer, &logo, false).unwrap();
        assert!(layer.get(10, 40) && !layer.get(70, 40) && !layer.get(10, 10) && !layer.get(10, 65));
    }

    #[test]
    fn grey_becomes_as_many_dots_when_dithered() {
        let grey = png(&GrayImage::from_pixel(40, 40, Luma([191])));
        let mut layer = Bitmap::new(40, 40);
        draw(&mut layer, &grey, true).unwrap();
        let black = (0..40).flat_map(|y| (0..40).map(move |x| (x, y))).filter(|(x, y)| layer.get(*x, *y)).count();
        assert!((320..=480).contains(&black), "{black} of 1600 dots for a quarter");
    }

    #[test]
    fn what_is_no_picture_is_refused() {
        assert!(pixels("not base64!").is_err() && pixels("aGVsbG8=").is_err());
        assert!(pixels(&"A".repeat(LONGEST + 4)).unwrap_err().en.contains("190 KB"));
        let long = GrayImage::new(LARGEST + 1, 1);
        assert!(pixels(&png(&long)).unwrap_err().en.contains("4000 pixels"));
        let whole = png(&GrayImage::new(60, 40));
        assert_eq!(pixels(&whole), Ok(2_400));
        // One of which the end is missing is found when it is drawn.
        let cut = BASE64.encode(&BASE64.decode(whole.as_bytes()).unwrap()[..50]);
        assert!(draw(&mut Bitmap::new(60, 40), &cut, false).is_err());
    }
}
