//! ESC/POS (Epson's "ESC/POS Application Programming Guide"; receipt printers of every make, many of them with a label mode): the label as raster bands.
//!
//! A band is `GS v 0` (`1D 76 30 m xL xH yL yH`), 1 = black: obsolete in Epson's guide and understood by everything sold. Bands are low, because cheap
//! printers have room for little more; they follow each other without a gap. After the label, `FF` feeds to the start of the next one in label and
//! black-mark mode; on plain paper (no gap) nothing is fed.

use super::canvas::Bitmap;
use super::render::Media;

/// `ESC @`: forgets what an earlier program left in the printer. Set-up goes behind it, or it would be forgotten as well.
pub const INITIALIZE: &[u8] = b"\x1b@";
/// Rows in one band.
const BAND: usize = 128;
/// `FF`: to the start of the next label.
const NEXT_LABEL: u8 = 0x0c;

/// Commands that print the picture so many times.
#[must_use]
pub fn encode(picture: &Bitmap, media: Media, copies: u32) -> Vec<u8> {
    let mut label = INITIALIZE.to_vec();
    if let Some(darkness) = media.darkness {
        // GS ( K function 49: 250–255 = -6…-1, 0–6; the middle is the printer's own.
        let steps = (i32::from(darkness.min(100)) * 12 + 50) / 100 - 6;
        label.extend([0x1d, b'(', b'K', 2, 0, 49, steps.to_le_bytes()[0]]);
    }
    if let Some(speed) = media.inches_per_second {
        // GS ( K function 50: 1–13, slow to fast; 0 would be the printer's own.
        label.extend([0x1d, b'(', b'K', 2, 0, 50, speed.clamp(1, 13)]);
    }
    let stride = picture.stride();
    for band in picture.rows().chunks((stride * BAND).max(1)) {
        let rows = band.len() / stride.max(1);
        let [wide_low, wide_high, ..] = stride.to_le_bytes();
        let [high_low, high_high, ..] = rows.to_le_bytes();
        label.extend([0x1d, b'v', b'0', 0, wide_low, wide_high, high_low, high_high]);
        label.extend_from_slice(band);
    }
    if media.gap > 0.0 {
        label.push(NEXT_LABEL);
    }
    label.repeat(copies.max(1) as usize)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Reads bands back by the guide: width in bytes, height, 1 = black.
    fn read(mut bytes: &[u8]) -> (usize, Vec<u8>) {
        let (mut width, mut rows) = (0, Vec::new());
        while let Some(rest) = bytes.strip_prefix(&[0x1d, b'v', b'0', 0]) {
            width = usize::from(u16::from_le_bytes([rest[0], rest[1]]));
            let high = usize::from(u16::from_le_bytes([rest[2], rest[3]]));
            rows.extend_from_slice(&rest[4..4 + width * high]);
            bytes = &rest[4 + width * high..];
        }
        assert_eq!(bytes, [NEXT_LABEL]);
        (width, rows)
    }

    #[test]
    fn a_small_picture_is_written_as_the_guide_says() {
        let mut picture = Bitmap::new(16, 2);
        picture.fill(0, 0, 8, 1);
        let media = Media { gap: 2.0, darkness: Some(100), inches_per_second: Some(4), ..Media::default() };
        let bytes = encode(&picture, media, 2);
        let label = [b"\x1b@\x1d(K\x02\x001\x06\x1d(K\x02\x002\x04\x1dv0\0\x02\0\x02\0".as_slice(), &[0xff, 0, 0, 0], b"\x0c"].concat();
        assert_eq!(bytes, [label.clone(), label].concat());
        let plain = encode(&picture, Media::default(), 1);
        assert_eq!(plain.last(), Some(&0), "plain paper has no next label to look for");
    }

    proptest! {
        #[test]
        fn every_picture_comes_back_from_its_bands(width in 1_u32..900, height in 1_u32..700, spot in (0_u32..900, 0_u32..700)) {
            let mut picture = Bitmap::new(width, height);
            picture.fill(spot.0.into(), spot.1.into(), 40, 300);
            let bytes = encode(&picture, Media { gap: 2.0, ..Media::default() }, 1);
            prop_assert_eq!(read(&bytes[2..]), (picture.stride(), picture.rows().to_vec()));
        }
    }
}
