//! The table of application identifiers: what a row says, and finding one. The rows are in `rows.rs`.

use super::rows::ROWS;
use super::rules::{Check, set_39, set_82, set_base64};
use crate::barcode::Fault;

/// Characters a part may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Set {
    /// Digits.
    N,
    /// GS1 character set 82.
    X,
    /// GS1 character set 39.
    Y,
    /// File-safe base64.
    Z,
}

/// One part of a value.
#[derive(Debug, Clone, Copy)]
pub struct Part {
    pub(super) set: Set,
    pub(super) shortest: usize,
    pub(super) longest: usize,
    pub(super) optional: bool,
    pub(super) checks: &'static [Check],
}

impl Part {
    /// Its characters.
    #[must_use]
    pub const fn set(&self) -> Set {
        self.set
    }

    /// Shortest and longest length when it is there.
    #[must_use]
    pub const fn lengths(&self) -> (usize, usize) {
        (self.shortest, self.longest)
    }

    /// Whether it may be left out, with all after it.
    #[must_use]
    pub const fn is_optional(&self) -> bool {
        self.optional
    }
}

/// One identifier, or a run of them that differ in the last digit only.
#[derive(Debug, Clone, Copy)]
pub struct Ai {
    pub(super) first: &'static str,
    pub(super) last: &'static str,
    pub(super) fixed: bool,
    pub(super) attribute: bool,
    pub(super) parts: &'static [Part],
    /// Groups of identifiers of which each must be satisfied: alternatives with a blank between, all of `a+b` together, `n` any digit.
    pub(super) needs: &'static str,
    /// Identifiers that may not stand beside it.
    pub(super) bars: &'static str,
    /// For a key of Digital Link: the sequences of qualifiers that may follow it in the path.
    pub(super) key: Option<&'static [&'static str]>,
    pub(super) title: &'static str,
}

impl Ai {
    /// First and last identifier of the run; the same for a single one.
    #[must_use]
    pub const fn codes(&self) -> (&'static str, &'static str) {
        (self.first, self.last)
    }

    /// Data title, as printed beside values.
    #[must_use]
    pub const fn title(&self) -> &'static str {
        self.title
    }

    /// Whether its length is predefined, so that no separator follows.
    #[must_use]
    pub const fn is_fixed(&self) -> bool {
        self.fixed
    }

    /// The parts of its value.
    #[must_use]
    pub const fn parts(&self) -> &'static [Part] {
        self.parts
    }

    /// Whether its value starts with a numeric GS1 key that ends in a check digit; then the key's length.
    #[must_use]
    pub fn numeric_key(&self) -> Option<usize> {
        let end = self.parts.iter().position(|part| part.checks.contains(&Check::Mod10))?;
        Some(self.parts.iter().take(end + 1).map(|part| part.longest).sum())
    }

    pub(super) fn shortest(&self) -> usize {
        self.parts.iter().filter(|part| !part.optional).map(|part| part.shortest).sum()
    }

    pub(super) fn longest(&self) -> usize {
        self.parts.iter().map(|part| part.longest).sum()
    }

    /// Checks a value against every part.
    pub(super) fn check(&self, code: &str, value: &[u8]) -> Result<(), Fault> {
        let (shortest, longest) = (self.shortest(), self.longest());
        let length = |position: usize| {
            let rule =
                if shortest == longest { format!("({code}) length {longest}") } else { format!("({code}) length {shortest} to {longest}") };
            Err(Fault::new(position, rule))
        };
        if value.len() < shortest || value.len() > longest {
            return length(value.len().min(longest));
        }
        let mut at = 0;
        for part in self.parts {
            let rest = value.get(at..).unwrap_or_default();
            if part.optional && rest.is_empty() {
                break;
            }
            let piece = rest.get(..part.longest).unwrap_or(rest);
            if piece.len() < part.shortest {
                return length(value.len());
            }
            if let Some((position, rule)) = part.broken(piece) {
                return Err(Fault::new(at + position, format!("({code}) {rule}")));
            }
            at += piece.len();
        }
        if at < value.len() { length(at) } else { Ok(()) }
    }
}

impl Part {
    fn broken(&self, piece: &[u8]) -> Option<(usize, &'static str)> {
        let (allowed, rule): (fn(u8) -> bool, _) = match self.set {
            Set::N => (|b| b.is_ascii_digit(), "digits only"),
            Set::X => (set_82, "character set 82"),
            Set::Y => (set_39, "character set 39"),
            Set::Z => (set_base64, "base64url"),
        };
        if let Some(position) = piece.iter().position(|b| !allowed(*b)) {
            return Some((position, rule));
        }
        if self.set == Set::Z
            && let Some(position) = super::rules::broken_padding(piece)
        {
            return Some((position, "base64url padding"));
        }
        self.checks.iter().find_map(|check| check.broken(piece))
    }
}

/// All rows, in the order of their identifiers.
#[must_use]
pub fn all() -> &'static [Ai] {
    ROWS
}

/// The row of an identifier.
#[must_use]
pub fn find(code: &str) -> Option<&'static Ai> {
    let i = ROWS.partition_point(|row| row.first <= code);
    ROWS.get(i.checked_sub(1)?).filter(|row| row.first.len() == code.len() && code <= row.last && code.bytes().all(|b| b.is_ascii_digit()))
}

/// The row of an identifier, and the identifier as text.
pub(super) fn find_bytes(code: &[u8]) -> Option<(&'static Ai, &str)> {
    let code = std::str::from_utf8(code).ok()?;
    find(code).map(|row| (row, code))
}

/// The identifier that data begins with. No identifier begins with another, so the first that fits is the one.
pub(in crate::barcode) fn find_prefix(data: &[u8]) -> Option<(&'static Ai, &str)> {
    (2..=4).find_map(|length| find_bytes(data.get(..length)?))
}
