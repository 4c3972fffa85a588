//! Drawing labels of 60 × 40 and 80 × 50 mm at 300 dpi and writing the printer's commands.
//!
//! The limit is paper: a label of 40 mm takes a quarter of a second at 152 mm/s (6 inches a second), so a printer must never wait for its next label.

use std::collections::BTreeSet;
use std::hint::black_box;
use std::time::{Duration, Instant};

use qitao_domain::barcode::check;
use qitao_domain::catalog::Item;
use qitao_hub::demo::chain;
use qitao_labels::{Fields, Language, Template, commands};

use super::{Failure, Samples, Sizes, Table, ms, times};

const DPI: u16 = 300;
const LANGUAGES: [(&str, Language); 4] =
    [("ZPL", Language::Zpl), ("TSPL", Language::Tspl), ("ESC/POS", Language::EscPos), ("CPCL", Language::Cpcl)];
/// How fast a common desktop or industrial printer feeds labels.
const FEED_MM_PER_S: f64 = 152.0;

/// Fields of a label of this item, each with a serial of its own.
pub(super) fn fields(item: &Item, serial: usize) -> Fields {
    let gtin = item.barcodes.first().map_or_else(String::new, |barcode| barcode.text.clone());
    let fields = [
        ("code", item.code.clone()),
        ("name", item.name.clone()),
        ("gtin", gtin),
        ("carton", "1".into()),
        ("of", item.cartons.to_string()),
        ("lot", "L2026".into()),
        ("serial", format!("{serial:08}")),
    ];
    fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// What a label of an item says, the n-th of them.
type Data = fn(&Item, usize) -> Fields;

/// Fields of the item label, no two alike, each with a check digit of its own.
fn item_fields(item: &Item, n: usize) -> Fields {
    let body = format!("690{:09}", n % 1_000_000_000);
    let check = check::mod10(body.as_bytes()).map_or('0', char::from);
    let fields = [("code", format!("{}-{n}", item.code)), ("name", item.name.clone()), ("ean", format!("{body}{check}"))];
    fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// Measures every language in turns.
///
/// # Errors
/// When a label cannot be drawn.
pub fn measure(sizes: Sizes) -> Result<Table, Failure> {
    let items: Vec<Item> = chain(1, 500).items.into_iter().filter(|item| item.parts.is_empty()).collect();
    let labels: [(&str, Data); 2] = [("item", item_fields), ("carton", fields)];
    let mut table =
        Table::new(format!("A label with Chinese text at {DPI} dpi"), ["label, language", "p50 ms", "p95 ms", "KiB", "paper beside p95"]);
    for (name, fields) in labels {
        let template = Template::named(name)?;
        let paper = Duration::from_secs_f64(f64::from(template.height) / FEED_MM_PER_S);
        for (language_name, language) in LANGUAGES {
            let (mut samples, mut lengths) = (Samples::default(), BTreeSet::new());
            // Fonts are looked up once in the life of the agent.
            commands(&template, &fields(&items[0], 0), DPI, language, 1)?;
            for (n, item) in items.iter().cycle().take(sizes.rounds * sizes.labels).enumerate() {
                let fields = fields(item, n);
                let began = Instant::now();
                let bytes = black_box(commands(&template, &fields, DPI, language, 1)?);
                samples.push(began.elapsed());
                lengths.insert(bytes.len());
            }
            let longest = lengths.last().copied().unwrap_or_default();
            let beside = times(paper.as_secs_f64(), samples.percentile(95).as_secs_f64());
            let label = format!("{} × {} mm, {language_name}", template.width, template.height);
            table.row([label, ms(samples.percentile(50)), ms(samples.percentile(95)), format!("≤ {}", longest.div_ceil(1024)), beside]);
        }
        let limit = format!("limit: {} mm of paper at {FEED_MM_PER_S} mm/s", template.height);
        table.row([limit, ms(paper), ms(paper), String::new(), "1".into()]);
    }
    Ok(table.note(format!(
        "{} labels of each, no two alike: checked, drawn with barcode and Chinese text, and encoded.",
        sizes.rounds * sizes.labels
    )))
}
