//! Reading the codes of a picture, as when a phone's photo is the scanner.
//!
//! The peer is what nobody can do without: unpacking the very same file to grey pixels. The limit is the second that a person waits without losing
//! the thread; it matters most for the picture in which there is nothing to find, because then every view is tried.

use std::hint::black_box;
use std::io::Cursor;
use std::time::{Duration, Instant};

use image::imageops::{FilterType, overlay, resize};
use image::{GrayImage, ImageFormat, Luma};
use qitao_hub::demo::chain;
use qitao_labels::{Template, render};
use qitao_scanner_drivers::camera::decode_file;

use super::labels::fields;
use super::{Failure, Samples, Sizes, Table, ms, times};

const PATIENCE: Duration = Duration::from_secs(1);

/// A grey desk under uneven light, with the grain of a small sensor; the same one every time.
fn desk(width: u32, height: u32) -> GrayImage {
    let mut grain: u32 = 2_463_534_242;
    GrayImage::from_fn(width, height, |x, _| {
        grain ^= grain << 13;
        grain ^= grain >> 17;
        grain ^= grain << 5;
        let light = 120 + u8::try_from(x * 60 / width).unwrap_or(60);
        Luma([light + u8::try_from(grain % 16).unwrap_or(0)])
    })
}

fn file(picture: &GrayImage, format: ImageFormat) -> Result<Vec<u8>, Failure> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format)?;
    Ok(bytes.into_inner())
}

/// What is looked at.
struct Picture {
    name: &'static str,
    file: Vec<u8>,
    /// Whether there is something to find in it.
    codes: bool,
}

fn pictures() -> Result<[Picture; 3], Failure> {
    let item = chain(1, 500).items.into_iter().find(|item| item.parts.is_empty()).ok_or("a chain without goods")?;
    let label = render(&Template::named("carton")?, &fields(&item, 1), 300)?.to_gray();
    let mut photo = desk(1_600, 1_200);
    let seen = resize(&label, label.width() * 9 / 10, label.height() * 9 / 10, FilterType::Triangle);
    overlay(&mut photo, &seen, 300, 250);
    Ok([
        Picture { name: "the label itself, PNG", file: file(&label, ImageFormat::Png)?, codes: true },
        Picture { name: "photo of it on a desk, 1600 × 1200, JPEG", file: file(&photo, ImageFormat::Jpeg)?, codes: true },
        Picture { name: "photo of the bare desk, 1600 × 1200, JPEG", file: file(&desk(1_600, 1_200), ImageFormat::Jpeg)?, codes: false },
    ])
}

/// Measures both sides in turns.
///
/// # Errors
/// When a code is not found, or one is where there is none.
pub fn measure(sizes: Sizes) -> Result<Table, Failure> {
    let head = ["picture", "p50 ms", "p95 ms", "unpacking alone, p50 ms", "p50 beside it", "a second beside p95"];
    let mut table = Table::new("Codes read from a picture", head);
    for Picture { name, file, codes } in pictures()? {
        let (mut ours, mut peer) = (Samples::default(), Samples::default());
        for _ in 0..sizes.rounds * sizes.pictures {
            let began = Instant::now();
            black_box(image::load_from_memory(&file)?.into_luma8());
            peer.push(began.elapsed());
            let began = Instant::now();
            let found = black_box(decode_file(&file)?);
            ours.push(began.elapsed());
            if found.is_empty() == codes {
                return Err(format!("{name}: found {found:?}").into());
            }
        }
        let [middle, most] = [50, 95].map(|percent| ours.percentile(percent));
        let unpacking = peer.percentile(50);
        let beside = times(middle.as_secs_f64(), unpacking.as_secs_f64());
        table.row([name.into(), ms(middle), ms(most), ms(unpacking), beside, times(PATIENCE.as_secs_f64(), most.as_secs_f64())]);
    }
    Ok(table.note(format!("Each picture looked at {} times, one core.", sizes.rounds * sizes.pictures)))
}
