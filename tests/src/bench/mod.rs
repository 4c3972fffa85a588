//! Speed and memory, always beside a limit or a peer that is measured in the same run on the same folder: absolute figures move from machine to
//! machine, ratios carry over.
//!
//! [`scans`] is the operator's wait, [`stream`] the way from a full outbox to the hub's books, [`memory`] a large catalogue at the edge, [`labels`] the
//! drawing of labels, [`pictures`] the reading of photos, [`search`] finding in a large catalogue at the hub, [`imports`]
//! a catalogue out of a sheet, [`chain`] lists, records and saves in a large chain, [`customers`] those of its customers and of what they bought,
//! [`idle`] an agent that has nothing to do.

pub mod chain;
pub mod customers;
pub mod idle;
pub mod imports;
pub mod labels;
pub mod memory;
pub mod pictures;
mod saves;
pub mod scans;
pub mod search;
pub mod stream;
mod trade;

use std::error::Error;
use std::fmt;
use std::path::Path;
use std::time::Duration;

/// Why a measurement came to nothing.
pub type Failure = Box<dyn Error + Send + Sync>;

/// How much is measured.
#[derive(Debug, Clone, Copy)]
pub struct Sizes {
    /// Rounds of everything; the two sides take turns.
    pub rounds: usize,
    /// Scans of one operator alone, per round.
    pub alone: usize,
    /// Scans of each of 64 operators, per round.
    pub each: usize,
    /// Scans of each of 64 operators who scan at a human pace, per round.
    pub busy: usize,
    /// Facts in the outbox before the hub is in reach, per round.
    pub facts: usize,
    /// Items in the catalogue.
    pub items: usize,
    /// Rows of the audit in a large chain; it has a tenth as many tasks.
    pub audited: usize,
    /// Customers of the chain.
    pub customers: usize,
    /// Labels drawn, per round.
    pub labels: usize,
    /// Times that each picture is looked at, per round.
    pub pictures: usize,
    /// Made-up pictures of each kind of damage; 20 show each symbology once.
    pub photos: usize,
}

impl Sizes {
    /// For figures that are worth writing down.
    pub const FULL: Self = Self {
        rounds: 5,
        alone: 2_000,
        each: 200,
        busy: 15,
        facts: 20_000,
        items: 130_000,
        audited: 10_000_000,
        customers: 100_000,
        labels: 100,
        pictures: 3,
        photos: 20,
    };
    /// For seeing that it works, in some seconds.
    pub const QUICK: Self = Self {
        rounds: 1,
        alone: 100,
        each: 10,
        busy: 5,
        facts: 1_000,
        items: 5_000,
        audited: 100_000,
        customers: 2_000,
        labels: 5,
        pictures: 1,
        photos: 1,
    };
}

/// Figures, as Markdown.
#[derive(Debug)]
pub struct Table {
    title: String,
    head: Vec<String>,
    rows: Vec<Vec<String>>,
    note: String,
}

impl Table {
    fn new<const N: usize>(title: impl Into<String>, head: [&str; N]) -> Self {
        Self { title: title.into(), head: head.map(str::to_owned).to_vec(), rows: Vec::new(), note: String::new() }
    }

    fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.push(cells.to_vec());
    }

    fn push(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }

    fn note(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "### {}\n", self.title)?;
        writeln!(f, "| {} |", self.head.join(" | "))?;
        let line = (0..self.head.len()).map(|column| if column == 0 { "---" } else { "---:" });
        writeln!(f, "| {} |", line.collect::<Vec<_>>().join(" | "))?;
        for row in &self.rows {
            writeln!(f, "| {} |", row.join(" | "))?;
        }
        if self.note.is_empty() { Ok(()) } else { writeln!(f, "\n{}", self.note) }
    }
}

/// The machine by what matters to the figures, and by nothing that would tell which one it is.
#[must_use]
pub fn machine(folder: &Path) -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": ").map(|(_, model)| model.trim().to_owned()));
    let build = if cfg!(debug_assertions) { "debug" } else { "release" };
    format!("{cores} cores, {}, {}, {build} build", model.unwrap_or_else(|| "unknown processor".into()), file_system(folder))
}

/// A word of warning when others work on this machine as well.
#[must_use]
pub fn company() -> Option<String> {
    let load = std::fs::read_to_string("/proc/loadavg").ok()?.split(' ').next()?.parse::<f64>().ok()?;
    (load > 0.5).then(|| format!("Load average {load:.1} before it began: others were at work, so look at ratios more than at figures."))
}

/// Says how far it is to whoever waits for a long measurement.
#[expect(clippy::print_stderr, reason = "the figures go to the output, this does not")]
fn told(text: &str) {
    eprintln!("bench: {text}");
}

/// Type of the file system that a folder is on.
fn file_system(folder: &Path) -> String {
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    let mounts = std::fs::read_to_string("/proc/self/mounts").unwrap_or_default();
    let of = |line: &str| {
        let mut words = line.split(' ').skip(1);
        let (at, kind) = (words.next()?.to_owned(), words.next()?.to_owned());
        folder.starts_with(&at).then_some((at.len(), kind))
    };
    // Of two mounts at one place the later covers the earlier.
    mounts.lines().filter_map(of).max_by_key(|(length, _)| *length).map_or_else(|| "unknown file system".into(), |(_, kind)| kind)
}

/// Durations of many calls.
#[derive(Debug, Default, Clone)]
pub struct Samples(Vec<Duration>);

impl Samples {
    /// With one more call.
    pub fn push(&mut self, took: Duration) {
        self.0.push(took);
    }

    /// With the calls of another measurement.
    pub fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// How many calls.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nothing was measured.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// So many per cent of the calls took at most this long.
    #[must_use]
    pub fn percentile(&self, percent: usize) -> Duration {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        let rank = (sorted.len() * percent).div_ceil(100).max(1) - 1;
        sorted.get(rank).copied().unwrap_or_default()
    }
}

/// Milliseconds with three digits after the point.
fn ms(duration: Duration) -> String {
    format!("{:.3}", duration.as_secs_f64() * 1e3)
}

/// How many times one is the other.
fn times(one: f64, other: f64) -> String {
    if other > 0.0 { format!("{:.2} ×", one / other) } else { "–".into() }
}

/// Whole numbers with blanks between thousands.
fn whole(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

/// The middle one, and the lowest and the highest, of a figure that was taken once a round.
fn spread(mut figures: Vec<f64>) -> (f64, String) {
    figures.sort_by(f64::total_cmp);
    let middle = figures.get(figures.len() / 2).copied().unwrap_or_default();
    let (low, high) = (figures.first().copied().unwrap_or_default(), figures.last().copied().unwrap_or_default());
    (middle, format!("{}–{}", whole(low), whole(high)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_durations_that_were_measured() {
        let mut samples = Samples::default();
        assert_eq!(samples.percentile(99), Duration::ZERO);
        (1..=200).rev().for_each(|n| samples.push(Duration::from_millis(n)));
        let found = [0, 50, 95, 99, 100].map(|percent| samples.percentile(percent).as_millis());
        assert_eq!(found, [1, 100, 190, 198, 200]);
    }

    #[test]
    fn figures_are_written_for_people() {
        assert_eq!([0.0, 999.4, 1000.0, 1_234_567.0].map(whole), ["0", "999", "1 000", "1 234 567"]);
        assert_eq!(spread(vec![3.0, 1.0, 2.0]), (2.0, "1–3".into()));
        let mut table = Table::new("Title", ["what", "ms"]);
        table.row(["call".into(), ms(Duration::from_micros(1500))]);
        assert_eq!(table.note("Said.").to_string(), "### Title\n\n| what | ms |\n| --- | ---: |\n| call | 1.500 |\n\nSaid.\n");
    }
}
