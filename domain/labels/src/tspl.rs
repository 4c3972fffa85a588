//! TSPL (TSC's "TSPL/TSPL2 Programming Manual"; the language of most label printers sold in China): the label as one bitmap.
//!
//! In `BITMAP` a 1 is white and a 0 is black, the opposite of ZPL and ESC/POS; the raw bytes follow the comma at once, and lines end in CRLF.

use std::io::Write as _;

use super::canvas::Bitmap;
use super::render::Media;

/// Commands that print the picture so many times.
#[must_use]
pub fn encode(picture: &Bitmap, media: Media, copies: u32) -> Vec<u8> {
    encode_with(picture, "", media, copies)
}

/// The same with lines for what the printer draws over the picture.
#[must_use]
pub fn encode_with(picture: &Bitmap, lines: &str, media: Media, copies: u32) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(picture.rows().len() + 200);
    // Writing into a Vec cannot fail.
    let _ = write!(bytes, "SIZE {} mm,{} mm\r\nGAP {} mm,0 mm\r\nDIRECTION 1\r\nREFERENCE 0,0\r\n", media.width, media.height, media.gap);
    if let Some(darkness) = media.darkness {
        let _ = write!(bytes, "DENSITY {}\r\n", (u32::from(darkness.min(100)) * 15 + 50) / 100);
    }
    if let Some(speed) = media.inches_per_second {
        let _ = write!(bytes, "SPEED {speed}\r\n");
    }
    let _ = write!(bytes, "CLS\r\nBITMAP 0,0,{},{},0,", picture.stride(), picture.height());
    // Dots that pad a row are white in the picture and so in what is sent.
    bytes.extend(picture.rows().iter().map(|byte| !byte));
    let _ = write!(bytes, "\r\n{lines}PRINT 1,{}\r\n", copies.max(1));
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn black_is_zero_and_the_bytes_follow_the_comma() {
        let mut picture = Bitmap::new(12, 2);
        picture.fill(0, 0, 8, 1);
        let media = Media { width: 1.5, height: 0.25, gap: 2.0, ..Media::default() };
        let bytes = encode(&picture, media, 3);
        let start = bytes.windows(6).position(|window| window == b"BITMAP").unwrap();
        assert_eq!(&bytes[start..start + 16], b"BITMAP 0,0,2,2,0");
        assert_eq!(&bytes[start + 16..], b",\x00\xff\xff\xff\r\nPRINT 1,3\r\n");
        assert!(bytes.starts_with(b"SIZE 1.5 mm,0.25 mm\r\nGAP 2 mm,0 mm\r\n"));
    }
}
