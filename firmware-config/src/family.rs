//! How each family of devices is told its settings: tags and values on the wire, as data with the manual they come from (`families/`).
//!
//! A family's words are one-to-one where they can be. Where a device keeps several settings in one place (Honeywell's block of characters before a
//! code holds the AIM identifier and the prefix), their parts are put together; where it keeps one setting in several places (Zebra's suffixes and
//! the format that says which of them are sent), the setting becomes several items.

mod encode;
mod words;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::profile::Role;

pub use encode::{Item, Unsaid};

/// What is spoken on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Protocol {
    /// Honeywell's menu commands.
    HoneywellMenu,
    /// Newland's unified commands.
    NewlandUnified,
    /// Zebra's Simple Serial Interface.
    Ssi,
    /// Datalogic's service commands.
    DatalogicService,
    /// Zebra printers' Set-Get-Do.
    Sgd,
    /// TSPL commands and `GETSETTING$`.
    Tspl,
}

/// How programming barcodes are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SheetKind {
    /// A menu command and FNC3.
    Honeywell,
    /// `@` and a command, between `@SETUPE1` and `@SETUPE0`.
    Newland,
    /// FNC3, `$` and a command, between two `$P`.
    Datalogic,
}

/// A family of devices that are told their settings the same way.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Family {
    /// Stable name, e.g. `honeywell`.
    pub id: String,
    /// For people.
    pub name: String,
    /// What its devices are.
    pub role: Role,
    /// What is spoken.
    pub protocol: Protocol,
    /// The manual.
    pub source: String,
    /// A change can be made that ends with the power.
    pub volatile: bool,
    /// What is kept over a power cycle can be asked apart from what is in force.
    pub asks_flash: bool,
    /// Asking stops reading for a moment, so it is not done while somebody works.
    #[serde(default)]
    pub disturbs: bool,
    /// Settings cannot be read back at all.
    #[serde(default)]
    pub blind: bool,
    /// How programming barcodes are made; none where the maker does not say how.
    pub sheet: Option<SheetKind>,
    say: Vec<Say>,
}

/// How one setting is said.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Say {
    setting: String,
    #[serde(default)]
    tag: String,
    on: Option<String>,
    off: Option<String>,
    values: Option<BTreeMap<String, String>>,
    number: Option<Scale>,
    text: Option<TextForm>,
    /// Tags that hold one character each.
    #[serde(default)]
    bytes: Vec<String>,
    flags: Option<Flags>,
    /// Another tag that switches this one on.
    enable: Option<Enable>,
    /// Stands before the value when it is not empty.
    #[serde(default)]
    lead: String,
    /// Command that empties the place before it is filled, and alone when it stays empty.
    clear: Option<String>,
    /// Command that sets it, with `{}` for the value, where that is not the tag.
    sets: Option<String>,
    pad: Option<usize>,
    longest: Option<usize>,
    /// The device cannot be asked for it.
    #[serde(default)]
    unread: bool,
    /// The device leaves and comes back as another one.
    #[serde(default)]
    leaves: bool,
    #[allow(dead_code, reason = "for whoever reads or checks the data")]
    source: Option<String>,
    /// Written down from memory, not from the manual at hand; to be checked at a device.
    #[serde(default)]
    memory: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum TextForm {
    /// Two hexadecimal digits for each character.
    Hex,
}

/// The device's number is the setting's, `times` / `over`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Scale {
    times: i64,
    over: i64,
    #[serde(default)]
    decimals: u32,
    /// Written in so many hexadecimal digits.
    hex: Option<usize>,
    /// The largest that the device takes, in its own unit.
    most: Option<i64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Flags {
    tag: String,
    bits: Vec<i64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Enable {
    tag: String,
    on: String,
    off: String,
}

macro_rules! files {
    ($($name:literal),+ $(,)?) => { &[$(($name, include_str!(concat!("../families/", $name)))),+] };
}

const FILES: &[(&str, &str)] =
    files!["honeywell.toml", "newland.toml", "zebra-ssi.toml", "datalogic.toml", "zpl.toml", "tspl.toml", "tspl-clone.toml"];

static FAMILIES: LazyLock<Vec<Family>> = LazyLock::new(|| {
    let read = |(name, text): &(&str, &str)| match toml::from_str(text) {
        Ok(family) => family,
        Err(error) => unreachable!("the built-in families are tested: {name}: {error}"),
    };
    FILES.iter().map(read).collect()
});

/// All families.
#[must_use]
pub fn families() -> &'static [Family] {
    &FAMILIES
}

/// A family by its name.
#[must_use]
pub fn family(id: &str) -> Option<&'static Family> {
    FAMILIES.iter().find(|family| family.id == id)
}

impl Family {
    /// The names of the settings that this family can be told.
    pub fn settings(&self) -> impl Iterator<Item = &str> {
        self.say.iter().map(|say| say.setting.as_str())
    }

    /// Whether how a setting is said was written down from memory and is still to be checked at a device.
    #[must_use]
    pub fn is_from_memory(&self, setting: &str) -> bool {
        self.say.iter().any(|say| say.setting == setting && say.memory)
    }

    fn say_of(&self, setting: &str) -> Option<&Say> {
        self.say.iter().find(|say| say.setting == setting)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocabulary;

    #[test]
    fn every_word_is_of_the_vocabulary_and_has_exactly_one_form() {
        for family in families() {
            for say in &family.say {
                let place = format!("{} {}", family.id, say.setting);
                let setting = vocabulary::setting(&say.setting).unwrap_or_else(|| panic!("{place}"));
                assert_eq!(setting.role, family.role, "{place}");
                let forms = [say.on.is_some(), say.values.is_some(), say.number.is_some(), say.text.is_some(), !say.bytes.is_empty()];
                assert_eq!(forms.iter().filter(|form| **form).count(), 1, "{place}");
                assert_eq!(say.on.is_some(), say.off.is_some(), "{place}");
                assert_eq!(say.tag.is_empty(), !say.bytes.is_empty(), "{place}");
            }
            assert!(!family.source.is_empty() && !family.say.is_empty(), "{}", family.id);
            let mut names: Vec<&str> = family.settings().collect();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), family.say.len(), "{} says a setting twice", family.id);
        }
    }

    #[test]
    fn numbers_of_parameters_are_numbers() {
        for say in &family("zebra-ssi").unwrap().say {
            for tag in say.bytes.iter().chain([&say.tag]).filter(|tag| !tag.is_empty()) {
                assert!(tag.parse::<u16>().is_ok(), "{tag}");
            }
        }
    }
}
