//! AIM symbology identifiers (ISO/IEC 15424): `]cm`, a code character and a modifier.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// An AIM identifier, without the leading `]`: code character and modifier, e.g. `C1` for GS1-128.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AimId {
    /// Code character: `C` Code 128, `E` EAN/UPC, `Q` QR, `d` Data Matrix, …
    pub code: u8,
    /// Modifier: digits and letters, its meaning depends on the code character.
    pub modifier: u8,
}

/// A text that is not `]cm`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an AIM identifier is ']', a letter and a letter or digit")]
pub struct AimError;

impl AimId {
    /// Checks both characters.
    ///
    /// # Errors
    /// [`AimError`] when either is not an ASCII letter (or digit, for the modifier).
    pub fn new(code: u8, modifier: u8) -> Result<Self, AimError> {
        if code.is_ascii_alphabetic() && modifier.is_ascii_alphanumeric() { Ok(Self { code, modifier }) } else { Err(AimError) }
    }
}

impl fmt::Display for AimId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "]{}{}", char::from(self.code), char::from(self.modifier))
    }
}

impl FromStr for AimId {
    type Err = AimError;
    fn from_str(text: &str) -> Result<Self, AimError> {
        match text.as_bytes() {
            [b']', code, modifier] => Self::new(*code, *modifier),
            _ => Err(AimError),
        }
    }
}

impl Serialize for AimId {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for AimId {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(D::Error::custom)
    }
}
