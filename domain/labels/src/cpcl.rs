//! CPCL (Zebra's "CPCL Programming Manual"; mobile printers, and many Chinese ones of HPRT, Zicox and Gprinter): the label as one graphic.
//!
//! A session is `! offset 200 200 height quantity` … `PRINT`; its height must be told before anything else, in dots. `CG width height x y data` takes
//! raw bytes behind one blank, 1 = black; white margins are not sent, because mobile printers hang on slow radio links. Lines end in CRLF.

use std::io::Write as _;

use super::canvas::Bitmap;
use super::render::Media;

/// Commands that print the picture so many times.
#[must_use]
pub fn encode(picture: &Bitmap, media: Media, copies: u32) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(picture.rows().len() + 200);
    // Writing into a Vec cannot fail.
    let _ = write!(bytes, "! 0 200 200 {} {}\r\nPAGE-WIDTH {}\r\n", picture.height(), copies.max(1), picture.width());
    if let Some(darkness) = media.darkness {
        // CONTRAST takes 0 to 3 (section "CONTRAST Command").
        let _ = write!(bytes, "CONTRAST {}\r\n", (u32::from(darkness.min(100)) * 3 + 50) / 100);
    }
    if let Some(speed) = media.inches_per_second {
        // SPEED takes 0 to 5, an inch per second each (section "SPEED Command").
        let _ = write!(bytes, "SPEED {}\r\n", speed.min(5));
    }
    if let Some((left, top, width, height)) = dark(picture) {
        let _ = write!(bytes, "CG {width} {height} {} {top} ", left * 8);
        for row in picture.rows().chunks(picture.stride()).skip(top).take(height) {
            bytes.extend_from_slice(&row[left..left + width]);
        }
        bytes.extend_from_slice(b"\r\n");
    }
    if media.gap > 0.0 {
        bytes.extend_from_slice(b"GAP-SENSE\r\nFORM\r\n");
    }
    bytes.extend_from_slice(b"PRINT\r\n");
    bytes
}

/// What is not white: first byte and row, bytes across, rows down.
fn dark(picture: &Bitmap) -> Option<(usize, usize, usize, usize)> {
    let rows: Vec<&[u8]> = picture.rows().chunks(picture.stride().max(1)).collect();
    let black = |byte: &u8| *byte != 0;
    let (top, bottom) = (rows.iter().position(|row| row.iter().any(black))?, rows.iter().rposition(|row| row.iter().any(black))?);
    let left = rows.iter().filter_map(|row| row.iter().position(black)).min()?;
    let right = rows.iter().filter_map(|row| row.iter().rposition(black)).max()?;
    Some((left, top, right + 1 - left, bottom + 1 - top))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_small_picture_is_written_as_the_manual_says() {
        let mut picture = Bitmap::new(32, 5);
        picture.fill(8, 1, 8, 2);
        let media = Media { gap: 2.0, darkness: Some(100), inches_per_second: Some(9), ..Media::default() };
        let wanted = b"! 0 200 200 5 3\r\nPAGE-WIDTH 32\r\nCONTRAST 3\r\nSPEED 5\r\nCG 1 2 8 1 \xff\xff\r\nGAP-SENSE\r\nFORM\r\nPRINT\r\n";
        assert_eq!(encode(&picture, media, 3), wanted);
        assert_eq!(encode(&Bitmap::new(8, 2), Media::default(), 1), b"! 0 200 200 2 1\r\nPAGE-WIDTH 8\r\nPRINT\r\n");
    }

    proptest! {
        #[test]
        fn nothing_dark_is_left_out(width in 1_u32..700, height in 1_u32..300, spots in prop::collection::vec((0_u32..700, 0_u32..300), 0..6)) {
            let mut picture = Bitmap::new(width, height);
            for (x, y) in spots {
                picture.fill(x.into(), y.into(), 3, 2);
            }
            let stride = picture.stride();
            let mut drawn = vec![0; picture.rows().len()];
            if let Some((left, top, wide, high)) = dark(&picture) {
                for row in top..top + high {
                    drawn[row * stride + left..][..wide].copy_from_slice(&picture.rows()[row * stride + left..][..wide]);
                }
            }
            prop_assert_eq!(drawn, picture.rows());
        }
    }
}
