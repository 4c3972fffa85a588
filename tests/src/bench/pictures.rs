//! Reading the codes of a picture, as when a phone's photo is the scanner.
//!
//! [`rates`] is how much is read and in what time, beside zxing-cpp and zbar over the same made-up pictures, each reader in turn; the pictures are those
//! of `tests/pictures`, half of which nobody looked at while ours was made better. [`measure`] is what one person waits for.
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
use qitao_test_pictures::Part;
use qitao_test_pictures::tally::{HEAD, compare, judges};

use super::labels::fields;
use super::{Failure, Samples, Sizes, Table, ms, times, told};

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
            if found.codes.is_empty() == codes {
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

/// Reads made-up pictures with every reader: the part that ours was tuned on, and the part that it never saw.
///
/// # Errors
/// When the judges are not installed or fail.
pub fn rates(sizes: Sizes) -> Result<Vec<Table>, Failure> {
    let mut judges = judges()?;
    let mut tables = Vec::new();
    for (part, name) in [(Part::Tuning, "that it was tuned on"), (Part::HeldOut, "that it never saw")] {
        let results = compare(part, sizes.photos, &mut judges, |damage| told(&format!("pictures {name}: {damage:?}")))?;
        let mut table = Table::new(format!("Codes read in made-up pictures {name}"), HEAD);
        for (damage, tally) in &results.damages {
            let new = part == Part::HeldOut && damage.is_held_out();
            table.row(tally.row(&format!("{damage:?}{}", if new { " (this kind never)" } else { "" })));
        }
        table.row(results.all.row("all"));
        let [own, zxing, zbar] = [0, 1, 2].map(|reader| results.all.seconds(reader));
        let weak = results
            .sorts
            .iter()
            .filter(|(_, (_, found))| found[0] < found[1])
            .map(|(sort, (shown, found))| format!("{sort:?} ({} against {} of {shown})", found[0], found[1]));
        let weak: Vec<String> = weak.collect();
        let weak = if weak.is_empty() { "none".into() } else { weak.join(", ") };
        tables.push(table.note(format!(
            "{} pictures of each damage. Processor time for all: ours {own:.1} s, zxing-cpp {zxing:.1} s ({}), zbar {zbar:.1} s, which has no Data Matrix, Aztec, PDF417 and Micro QR. Symbologies of which zxing-cpp reads more: {weak}.",
            sizes.photos,
            times(own, zxing)
        )));
    }
    Ok(tables)
}
