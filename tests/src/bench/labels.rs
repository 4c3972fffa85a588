//! Drawing a carton label at 300 dpi and writing the printer's commands.
//!
//! The limit is paper: a label of 50 mm takes a third of a second at 152 mm/s (6 inches a second), so a printer must never wait for its next label.

use std::collections::BTreeSet;
use std::hint::black_box;
use std::time::{Duration, Instant};

use qitao_domain::catalog::Item;
use qitao_hub::demo::chain;
use qitao_labels::{Fields, Language, Template, commands};

use super::{Failure, Samples, Sizes, Table, ms, times};

const DPI: u16 = 300;
/// Length of the carton label, and how fast a common desktop or industrial printer feeds it.
const LENGTH_MM: f64 = 50.0;
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

/// Measures both languages in turns.
///
/// # Errors
/// When a label cannot be drawn.
pub fn measure(sizes: Sizes) -> Result<Table, Failure> {
    let template = Template::named("carton")?;
    let items: Vec<Item> = chain(1, 500).items.into_iter().filter(|item| item.parts.is_empty()).collect();
    let paper = Duration::from_secs_f64(LENGTH_MM / FEED_MM_PER_S);
    let mut table =
        Table::new(format!("A carton label of 80 × 50 mm at {DPI} dpi"), ["language", "p50 ms", "p95 ms", "KiB", "paper beside p95"]);
    for (name, language) in [("ZPL", Language::Zpl), ("TSPL", Language::Tspl)] {
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
        table.row([name.into(), ms(samples.percentile(50)), ms(samples.percentile(95)), format!("≤ {}", longest.div_ceil(1024)), beside]);
    }
    table.row([format!("limit: the paper's way at {FEED_MM_PER_S} mm/s"), ms(paper), ms(paper), String::new(), "1".into()]);
    Ok(table.note(format!(
        "{} labels in each language, no two alike: drawn, DataMatrix and Chinese text included, and encoded.",
        sizes.rounds * sizes.labels
    )))
}
