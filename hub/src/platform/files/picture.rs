//! Small pictures of large ones, and a guard against pictures that are small as files and huge when they are unpacked.

use std::fs::File;
use std::io::{BufReader, BufWriter};
use std::path::Path;

use image::codecs::jpeg::JpegEncoder;
use image::metadata::Orientation;
use image::{ImageDecoder as _, ImageReader, Limits};

use super::FileError;

/// Most pixels along one side, and most bytes while it is unpacked.
const SIDE: u32 = 12_000;
const MEMORY: u64 = 256 * 1024 * 1024;
/// Longest side of a thumbnail, and how well it is packed.
const SMALL: u32 = 320;
const QUALITY: u8 = 80;

/// Size of a picture as it is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
}

/// Writes a thumbnail of the picture at `from` to `to`; how large the picture is. It is unpacked only when it says of itself that it fits.
///
/// # Errors
/// [`FileError::Picture`].
pub fn thumbnail(from: &Path, to: &Path) -> Result<Size, FileError> {
    let no = |error: image::ImageError| FileError::Picture(error.to_string());
    let mut limits = Limits::default();
    limits.max_image_width = Some(SIDE);
    limits.max_image_height = Some(SIDE);
    limits.max_alloc = Some(MEMORY);
    let mut reader = ImageReader::new(BufReader::new(File::open(from)?)).with_guessed_format()?;
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(no)?;
    let (width, height) = decoder.dimensions();
    if decoder.total_bytes() > MEMORY || width == 0 || height == 0 {
        return Err(FileError::Picture(format!("{width} × {height} pixels are too many")));
    }
    // Cameras turn pictures by a note in the file.
    let turned = decoder.orientation().map_err(no)?;
    let mut small = image::DynamicImage::from_decoder(decoder).map_err(no)?.thumbnail(SMALL, SMALL);
    small.apply_orientation(turned);
    let on_its_side =
        matches!(turned, Orientation::Rotate90 | Orientation::Rotate270 | Orientation::Rotate90FlipH | Orientation::Rotate270FlipH);
    let size = if on_its_side { Size { width: height, height: width } } else { Size { width, height } };
    // Transparent parts become white: JPEG knows no transparency.
    let mut flat = image::RgbaImage::from_pixel(small.width(), small.height(), image::Rgba([255; 4]));
    image::imageops::overlay(&mut flat, &small.to_rgba8(), 0, 0);
    let flat = image::DynamicImage::ImageRgba8(flat).to_rgb8();
    JpegEncoder::new_with_quality(BufWriter::new(File::create(to)?), QUALITY).encode_image(&flat).map_err(no)?;
    Ok(size)
}
