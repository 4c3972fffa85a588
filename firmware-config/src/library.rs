//! All profiles together: loading with faults at line and column, and finding the best one for a device.

use std::fmt;
use std::ops::Range;
use std::sync::LazyLock;

use qitao_labels::finding::Position;

use crate::profile::{self, Profile, Role};

/// Everything that is known of devices.
#[derive(Debug, Clone, Default)]
pub struct Library {
    profiles: Vec<Profile>,
}

/// A fault in a profile file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}:{column}: {what}")]
pub struct Fault {
    /// Which file.
    pub file: String,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// What is wrong.
    pub what: String,
}

impl Fault {
    /// At a byte of a file.
    pub(crate) fn at(file: &str, text: &str, byte: usize, what: String) -> Self {
        let Position { line, column } = Position::of(text, byte);
        Self { file: file.to_owned(), line, column, what }
    }
}

/// How surely a profile fits. A later one is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Match {
    /// By its interface class only: a guess.
    Class,
    /// By vendor and interface class.
    Vendor,
    /// By vendor and product.
    Product,
}

impl fmt::Display for Match {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Class => "by its class",
            Self::Vendor => "by its vendor",
            Self::Product => "by its model",
        })
    }
}

macro_rules! files {
    ($($name:literal),+ $(,)?) => { &[$(($name, include_str!(concat!("../profiles/", $name)))),+] };
}

const FILES: &[(&str, &str)] = files!["honeywell.toml", "zebra-scanners.toml", "newland.toml", "datalogic.toml", "printers.toml"];

static BUILT_IN: LazyLock<Library> = LazyLock::new(|| match Library::default().with(FILES) {
    Ok(library) => library,
    Err(faults) => unreachable!("built-in profiles are tested: {faults:?}"),
});

impl Library {
    /// The profiles that come with the program.
    #[must_use]
    pub fn built_in() -> &'static Self {
        &BUILT_IN
    }

    /// Adds files (name, text). An added profile goes before those that fit as well, so a site's own files win.
    ///
    /// # Errors
    /// Every fault of every file, with its place.
    pub fn with(&self, files: &[(&str, &str)]) -> Result<Self, Vec<Fault>> {
        let (mut profiles, mut faults) = (Vec::<Profile>::new(), Vec::new());
        for (file, text) in files {
            let place = |(span, what): (Range<usize>, String)| Fault::at(file, text, span.start, what);
            match profile::read(text) {
                Ok(read) => {
                    for (profile, span) in read {
                        if profiles.iter().chain(&self.profiles).any(|other| other.id == profile.id) {
                            faults.push(place((span, format!("the id {:?} is taken", profile.id))));
                        } else {
                            profiles.push(profile);
                        }
                    }
                }
                Err(wrong) => faults.extend(wrong.into_iter().map(place)),
            }
        }
        profiles.extend(self.profiles.iter().cloned());
        if faults.is_empty() { Ok(Self { profiles }) } else { Err(faults) }
    }

    /// All profiles, best first where several fit.
    #[must_use]
    pub fn profiles(&self) -> &[Profile] {
        &self.profiles
    }

    /// The best profile for a USB interface (class, subclass, protocol), or for a device whose class is not known.
    #[must_use]
    pub fn identify(&self, vendor: u16, product: u16, class: Option<(u8, u8, u8)>) -> Option<&Profile> {
        self.identify_surely(vendor, product, class).map(|(profile, _)| profile)
    }

    /// The same, with how surely it fits.
    #[must_use]
    pub fn identify_surely(&self, vendor: u16, product: u16, class: Option<(u8, u8, u8)>) -> Option<(&Profile, Match)> {
        let mut best: Option<(&Profile, Match)> = None;
        for profile in self.profiles.iter().filter(|profile| !profile.needs_text) {
            let class_fits = profile.class.is_none_or(|wanted| class.is_some_and(|(class, ..)| class == wanted));
            let fits = match profile.vendor {
                // A model is known by its number, also before anybody has looked at its interfaces.
                Some(known) if known == vendor && profile.products.contains(&product) => {
                    (class.is_none() || class_fits).then_some(Match::Product)
                }
                Some(known) if known == vendor && profile.products.is_empty() => class_fits.then_some(Match::Vendor),
                None => class_fits.then_some(Match::Class),
                Some(_) => None,
            };
            if let Some(fits) = fits
                && best.is_none_or(|(_, so_far)| fits > so_far)
            {
                best = Some((profile, fits));
            }
        }
        best
    }

    /// The profile of a printer by its IEEE 1284 device id, e.g. `MFG:Gprinter;CMD:TSPL;MDL:GP-1324D;`.
    #[must_use]
    pub fn identify_printer(&self, device_id: &str) -> Option<&Profile> {
        let parts: Vec<(&str, &str)> = device_id.split(';').filter_map(|part| part.split_once(':')).collect();
        let says = |wanted: &str| {
            let Some((key, value)) = wanted.split_once(':') else { return false };
            let begins = |text: &str| text.trim().get(..value.len()).is_some_and(|head| head.eq_ignore_ascii_case(value));
            // CMD is a list: `CMD:TSPL,ESC/POS`.
            parts.iter().any(|(name, text)| name.trim().eq_ignore_ascii_case(key) && text.split(',').any(begins))
        };
        let fits = |profile: &&Profile| profile.role == Role::Printer && profile.text.iter().any(|entry| entry.split(';').all(says));
        self.profiles.iter().find(fits)
    }
}

#[cfg(test)]
#[path = "library_tests.rs"]
mod tests;
