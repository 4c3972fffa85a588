//! Keyboard layouts as data: which character a key means. A scanner in keyboard mode types for the layout it was set to.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

/// What one key means: plain, with shift, with AltGr.
pub type Key = [Option<char>; 3];

/// A keyboard layout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    keys: BTreeMap<u8, Key>,
}

/// A line of a layout that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("layout, line {line}: expected a HID usage in hexadecimal and one to three characters, found {text:?}")]
pub struct LayoutError {
    /// Counted from 1.
    pub line: usize,
    /// The line.
    pub text: String,
}

static US: LazyLock<Arc<Layout>> = LazyLock::new(|| built_in(include_str!("layouts/us.layout")));
static DE: LazyLock<Arc<Layout>> = LazyLock::new(|| built_in(include_str!("layouts/de.layout")));

fn built_in(text: &str) -> Arc<Layout> {
    match Layout::parse(text) {
        Ok(layout) => Arc::new(layout),
        Err(error) => unreachable!("a built-in layout is tested: {error}"),
    }
}

impl Layout {
    /// The US layout; what scanners leave the factory with.
    #[must_use]
    pub fn us() -> Arc<Self> {
        US.clone()
    }

    /// A built-in layout: `us` or `de`.
    #[must_use]
    pub fn named(name: &str) -> Option<Arc<Self>> {
        match name {
            "us" => Some(US.clone()),
            "de" => Some(DE.clone()),
            _ => None,
        }
    }

    /// Reads lines of `usage plain [shift [altgr]]`; a line that starts with `# ` is a comment.
    ///
    /// # Errors
    /// [`LayoutError`] at the first line that cannot be read.
    pub fn parse(text: &str) -> Result<Self, LayoutError> {
        let mut keys = BTreeMap::new();
        for (number, line) in text.lines().enumerate() {
            if line.trim().is_empty() || line.starts_with("# ") {
                continue;
            }
            let wrong = || LayoutError { line: number + 1, text: line.into() };
            let mut words = line.split_whitespace();
            let usage = words.next().and_then(|word| u8::from_str_radix(word, 16).ok()).ok_or_else(wrong)?;
            let mut key: Key = [None; 3];
            let mut count = 0;
            for word in words {
                let mut characters = word.chars();
                let (Some(character), None, true) = (characters.next(), characters.next(), count < 3) else { return Err(wrong()) };
                key[count] = Some(character);
                count += 1;
            }
            if count == 0 || keys.insert(usage, key).is_some() {
                return Err(wrong());
            }
        }
        Ok(Self { keys })
    }

    /// What a key means.
    #[must_use]
    pub fn key(&self, usage: u8) -> Option<Key> {
        self.keys.get(&usage).copied()
    }

    /// The key and level (0 plain, 1 shift, 2 AltGr) that type a character.
    #[must_use]
    pub fn find(&self, character: char) -> Option<(u8, usize)> {
        self.keys.iter().find_map(|(usage, key)| key.iter().position(|c| *c == Some(character)).map(|level| (*usage, level)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_us_layout_types_every_printable_ascii_character() {
        for character in (0x21..0x7f).map(char::from) {
            assert!(Layout::us().find(character).is_some(), "{character}");
        }
        assert_eq!(Layout::us().key(0x1f), Some([Some('2'), Some('@'), None]));
    }

    #[test]
    fn german_swaps_y_and_z_and_has_a_third_level() {
        let de = Layout::named("de").unwrap();
        assert_eq!(de.find('y'), Some((0x1d, 0)));
        assert_eq!(de.find('@'), Some((0x14, 2)));
        assert!(Layout::named("xx").is_none());
    }

    #[test]
    fn a_broken_line_is_named() {
        assert_eq!(Layout::parse("# x\n04 a A\n05 bb\n").unwrap_err().line, 3);
        assert_eq!(Layout::parse("04 a\n04 b\n").unwrap_err().line, 2);
        assert!(Layout::parse("zz a").is_err());
        assert!(Layout::parse("04").is_err());
    }
}
