//! Runs of ink and paper along a row.

/// So many pixels of one colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    /// Where it begins.
    pub start: usize,
    /// How long it is.
    pub length: usize,
    /// Whether it is ink.
    pub dark: bool,
}

/// The runs of a row.
#[must_use]
pub fn runs(bits: impl Iterator<Item = bool>) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for (at, dark) in bits.enumerate() {
        match runs.last_mut() {
            Some(run) if run.dark == dark => run.length += 1,
            _ => runs.push(Run { start: at, length: 1, dark }),
        }
    }
    runs
}
