//! ZPL II (Zebra's manual "ZPL II Programming Guide", also spoken by many other makes): the label as one graphic field.
//!
//! The picture is sent with `^GFA` in ASCII hexadecimal with Zebra's run-length compression (`G`–`Y` = 1–19 times, `g`–`z` = 20–400 times,
//! `,` fills the row with white, `!` with black, `:` repeats the row above), which every printer since firmware x.10 understands and no
//! serial line can garble.

use std::fmt::Write as _;

use super::canvas::Bitmap;
use super::render::Media;

/// Commands that print the picture so many times.
#[must_use]
pub fn encode(picture: &Bitmap, media: Media, copies: u32) -> Vec<u8> {
    encode_with(picture, "", media, copies)
}

/// The same with fields that the printer draws over the picture.
#[must_use]
pub fn encode_with(picture: &Bitmap, fields: &str, media: Media, copies: u32) -> Vec<u8> {
    let mut text = String::from("^XA^CI28");
    let _ = write!(text, "^PW{}^LL{}^LH0,0", picture.width(), picture.height());
    if let Some(darkness) = media.darkness {
        // ~SD takes 00–30; profiles say 0–100.
        let _ = write!(text, "~SD{:02}", (u32::from(darkness.min(100)) * 30 + 50) / 100);
    }
    if let Some(speed) = media.inches_per_second {
        let _ = write!(text, "^PR{speed}");
    }
    let bytes = picture.rows().len();
    let _ = write!(text, "^FO0,0^GFA,{bytes},{bytes},{},", picture.stride());
    compress(picture, &mut text);
    let _ = write!(text, "^FS{fields}^PQ{}^XZ", copies.max(1));
    text.into_bytes()
}

fn compress(picture: &Bitmap, text: &mut String) {
    let mut above: Option<&[u8]> = None;
    for row in picture.rows().chunks(picture.stride().max(1)) {
        if above == Some(row) {
            text.push(':');
        } else {
            compress_row(row, text);
        }
        above = Some(row);
    }
}

fn compress_row(row: &[u8], text: &mut String) {
    let digits: Vec<u8> = row.iter().flat_map(|byte| [byte >> 4, byte & 15]).collect();
    let mut at = 0;
    while at < digits.len() {
        let digit = digits[at];
        let run = digits[at..].iter().take_while(|&&other| other == digit).count();
        let to_the_end = at + run == digits.len();
        match digit {
            0 if to_the_end => text.push(','),
            15 if to_the_end => text.push('!'),
            _ => {
                push_run(run, text);
                text.push(char::from_digit(digit.into(), 16).unwrap_or('0').to_ascii_uppercase());
            }
        }
        at += run;
    }
}

/// How often the next digit stands; nothing for once.
fn push_run(mut run: usize, text: &mut String) {
    while run >= 400 {
        text.push('z');
        run -= 400;
        if run == 0 {
            return;
        }
    }
    if run >= 20 {
        text.push(char::from(b'g' + (run / 20 - 1) as u8));
        run %= 20;
    } else if run == 1 {
        return;
    }
    if run > 0 {
        text.push(char::from(b'G' + (run - 1) as u8));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Reads a compressed graphic back by the rules of the manual, written apart from the writer.
    fn expand(text: &str, stride: usize) -> Vec<u8> {
        let (mut rows, mut row, mut count): (Vec<u8>, Vec<u8>, usize) = (Vec::new(), Vec::new(), 0);
        let digits = stride * 2;
        for c in text.chars() {
            match c {
                'G'..='Y' => count += c as usize - 'F' as usize,
                'g'..='z' => count += (c as usize - 'f' as usize) * 20,
                ',' => row.resize(digits, 0),
                '!' => row.resize(digits, 15),
                ':' => row = rows[rows.len() - digits..].to_vec(),
                _ => {
                    row.extend(std::iter::repeat_n(c.to_digit(16).unwrap() as u8, count.max(1)));
                    count = 0;
                }
            }
            if row.len() == digits {
                rows.append(&mut row);
            }
        }
        rows.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
    }

    #[test]
    fn a_small_picture_is_written_as_the_manual_says() {
        let mut picture = Bitmap::new(16, 3);
        picture.fill(0, 0, 8, 2);
        let text = String::from_utf8(encode(&picture, Media::default(), 2)).unwrap();
        assert_eq!(text, "^XA^CI28^PW16^LL3^LH0,0^FO0,0^GFA,6,6,2,HF,:,^FS^PQ2^XZ");
    }

    proptest! {
        #[test]
        fn every_picture_survives_compression(width in 1_u32..900, rows in prop::collection::vec((0_u32..900, 1_u32..900), 1..6)) {
            let mut picture = Bitmap::new(width, rows.len() as u32 * 2);
            for (y, (left, length)) in rows.iter().enumerate() {
                picture.fill((*left).into(), y as i64 * 2, (*length).into(), 1);
            }
            let text = String::from_utf8(encode(&picture, Media::default(), 1)).unwrap();
            let data = text.split(',').skip(6).collect::<Vec<_>>().join(",");
            let data = data.strip_suffix("^FS^PQ1^XZ").unwrap().to_owned();
            prop_assert_eq!(expand(&data, picture.stride()), picture.rows());
        }
    }
}
