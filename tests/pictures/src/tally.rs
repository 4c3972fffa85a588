//! Who found how much, and in what time: ours beside the others, over the same pictures in the same run.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::judge::{Answer, Judges, OTHERS, ours};
use crate::symbols::Sort;
use crate::{DAMAGES, Damage, Part, Picture, pictures};

/// Readers: ours, then [`OTHERS`].
const READERS: usize = 1 + OTHERS.len();

/// What the readers did with some pictures.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    /// Codes that were to be seen.
    pub shown: usize,
    /// Those found, by reader: ours, then the others.
    pub found: [usize; READERS],
    /// Texts that were in no picture, by reader.
    pub wrong: [usize; READERS],
    /// Processor time for each picture, by reader.
    pub took: [Vec<Duration>; READERS],
}

impl Tally {
    fn add(&mut self, picture: &Picture, answers: &[Answer; READERS]) {
        self.shown += picture.shown.len();
        for (reader, answer) in answers.iter().enumerate() {
            self.found[reader] += picture.shown.iter().filter(|shown| answer.texts.contains(&shown.text)).count();
            self.wrong[reader] += answer.texts.iter().filter(|text| !picture.shown.iter().any(|shown| shown.text == **text)).count();
            self.took[reader].push(answer.took);
        }
    }

    fn join(&mut self, other: &Self) {
        self.shown += other.shown;
        for reader in 0..READERS {
            self.found[reader] += other.found[reader];
            self.wrong[reader] += other.wrong[reader];
            self.took[reader].extend(&other.took[reader]);
        }
    }

    /// So many per cent of a reader's pictures took at most this long, milliseconds.
    #[must_use]
    pub fn milliseconds(&self, reader: usize, percent: usize) -> f64 {
        let mut took = self.took[reader].clone();
        took.sort_unstable();
        let rank = (took.len() * percent).div_ceil(100).max(1) - 1;
        took.get(rank).map_or(0.0, |took| took.as_secs_f64() * 1e3)
    }

    /// All of a reader's time, seconds.
    #[must_use]
    pub fn seconds(&self, reader: usize) -> f64 {
        self.took[reader].iter().sum::<Duration>().as_secs_f64()
    }

    /// A line of a table: [`HEAD`].
    #[must_use]
    pub fn row(&self, name: &str) -> [String; 10] {
        let [own, zxing, zbar] = self.found.map(|found| match self.shown {
            0 => "–".to_owned(),
            shown => format!("{:.1}", found as f64 * 100.0 / shown as f64),
        });
        let wrong = |reader: usize| self.wrong[reader].to_string();
        let time = |percent: usize| format!("{:.1} / {:.1}", self.milliseconds(0, percent), self.milliseconds(1, percent));
        [name.to_owned(), self.shown.to_string(), own, zxing, zbar, wrong(0), wrong(1), wrong(2), time(50), time(95)]
    }
}

/// What the cells of [`Tally::row`] are.
pub const HEAD: [&str; 10] = [
    "damage",
    "codes",
    "ours, % read",
    "zxing-cpp, % read",
    "zbar, % read",
    "ours, false",
    "zxing-cpp, false",
    "zbar, false",
    "p50 ms, ours / zxing-cpp",
    "p95 ms, ours / zxing-cpp",
];

/// A part's results.
#[derive(Debug, Clone, Default)]
pub struct Results {
    /// All together.
    pub all: Tally,
    /// By damage.
    pub damages: Vec<(Damage, Tally)>,
    /// By symbology: codes shown, and found by each reader.
    pub sorts: BTreeMap<Sort, (usize, [usize; READERS])>,
}

/// Reads so many pictures of each damage of a part with every reader in turn. `told` hears about each damage that is done.
///
/// # Errors
/// When a picture cannot be made, or the judges fail.
pub fn compare(part: Part, count: usize, judges: &mut Judges, mut told: impl FnMut(Damage)) -> Result<Results, String> {
    let mut results = Results::default();
    for damage in DAMAGES {
        let mut tally = Tally::default();
        for picture in pictures(part, damage, count) {
            let picture = picture?;
            let [zxing, zbar] = judges.ask(&picture.gray).map_err(|error| format!("the judges: {error}"))?;
            let answers = [ours(&picture.gray), zxing, zbar];
            tally.add(&picture, &answers);
            for shown in &picture.shown {
                let (many, found) = results.sorts.entry(shown.sort).or_default();
                *many += 1;
                found.iter_mut().zip(&answers).for_each(|(found, answer)| *found += usize::from(answer.texts.contains(&shown.text)));
            }
        }
        if !tally.took[0].is_empty() {
            results.all.join(&tally);
            results.damages.push((damage, tally));
            told(damage);
        }
    }
    Ok(results)
}

/// Starts the judges of this checkout.
///
/// # Errors
/// When they are not installed; says how they are.
pub fn judges() -> Result<Judges, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| PathBuf::from("target"), PathBuf::from);
    let python = root.join(target).join("judges/bin/python");
    let start = python.exists().then(|| Judges::start(&python, &root.join("tests/judges/read_pictures.py")));
    match start {
        Some(Ok(judges)) => Ok(judges),
        Some(Err(error)) => Err(format!("the independent readers do not start: {error}")),
        None => Err("the independent readers are missing; run tests/setup/need.sh judges".into()),
    }
}
