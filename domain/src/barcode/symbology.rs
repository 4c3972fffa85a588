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

/// Takes a leading `]cm` off a payload, for scanners that send it as part of the text.
#[must_use]
pub fn split(payload: &[u8]) -> (Option<AimId>, &[u8]) {
    match payload {
        [b']', code, modifier, rest @ ..] => match AimId::new(*code, *modifier) {
            Ok(id) => (Some(id), rest),
            Err(AimError) => (None, payload),
        },
        _ => (None, payload),
    }
}

impl AimId {
    /// The symbology's name, as people and standards say it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match (self.code, self.modifier) {
            (b'A', _) => "Code 39",
            (b'B', _) => "Telepen",
            (b'C', b'1') => "GS1-128",
            (b'C', b'4') => "ISBT 128",
            (b'C', _) => "Code 128",
            (b'E', b'1') => "EAN/UPC add-on 2",
            (b'E', b'2') => "EAN/UPC add-on 5",
            (b'E', b'3') => "EAN-13 with add-on",
            (b'E', b'4') => "EAN-8",
            (b'E', _) => "EAN-13",
            (b'F', _) => "Codabar",
            (b'G', _) => "Code 93",
            (b'H', _) => "Code 11",
            (b'I', b'1') => "ITF-14",
            (b'I', _) => "Interleaved 2 of 5",
            (b'J', b'1') => "GS1 DotCode",
            (b'J', _) => "DotCode",
            (b'K', _) => "Code 16K",
            (b'L', _) => "PDF417",
            (b'M', _) => "MSI",
            (b'N', _) => "Anker",
            (b'O', _) => "Codablock",
            (b'P', _) => "Plessey",
            (b'Q', b'3' | b'4') => "GS1 QR Code",
            (b'Q', _) => "QR Code",
            (b'R' | b'S', _) => "Straight 2 of 5",
            (b'T', _) => "Code 49",
            (b'U', _) => "MaxiCode",
            (b'Z', _) => "no barcode",
            (b'c', _) => "Channel Code",
            (b'd', b'2' | b'5') => "GS1 DataMatrix",
            (b'd', _) => "Data Matrix",
            (b'e', b'0') => "GS1 DataBar",
            (b'e', _) => "GS1 Composite",
            (b'g', _) => "Grid Matrix",
            (b'h', _) => "Han Xin",
            (b'o', _) => "OCR",
            (b'p', _) => "PosiCode",
            (b's', _) => "SuperCode",
            (b'z', b'1' | b'4') => "GS1 Aztec Code",
            (b'z', _) => "Aztec Code",
            _ => "other",
        }
    }

    /// Whether this identifier promises GS1 element strings.
    #[must_use]
    pub const fn is_gs1(self) -> bool {
        matches!(
            (self.code, self.modifier),
            (b'C' | b'J' | b'K' | b'T', b'1') | (b'd', b'2' | b'5') | (b'Q', b'3' | b'4') | (b'e', b'0' | b'1') | (b'z', b'1' | b'4')
        )
    }

    /// Whether this is EAN, UPC or one of their add-ons.
    #[must_use]
    pub const fn is_ean(self) -> bool {
        self.code == b'E'
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str) -> AimId {
        text.parse().unwrap()
    }

    #[test]
    fn identifiers_have_names_and_say_whether_gs1_follows() {
        for (text, name, gs1) in [
            ("]C0", "Code 128", false),
            ("]C1", "GS1-128", true),
            ("]d1", "Data Matrix", false),
            ("]d2", "GS1 DataMatrix", true),
            ("]Q1", "QR Code", false),
            ("]Q3", "GS1 QR Code", true),
            ("]e0", "GS1 DataBar", true),
            ("]J1", "GS1 DotCode", true),
            ("]E0", "EAN-13", false),
            ("]E3", "EAN-13 with add-on", false),
            ("]E4", "EAN-8", false),
            ("]I1", "ITF-14", false),
            ("]A0", "Code 39", false),
            ("]L2", "PDF417", false),
            ("]z0", "Aztec Code", false),
            ("]h0", "Han Xin", false),
            ("]X0", "other", false),
        ] {
            assert_eq!((id(text).name(), id(text).is_gs1()), (name, gs1), "{text}");
        }
    }

    #[test]
    fn an_identifier_is_taken_off_only_when_it_is_one() {
        assert_eq!(split(b"]C101"), (Some(id("]C1")), &b"01"[..]));
        assert_eq!(split(b"]E0"), (Some(id("]E0")), &b""[..]));
        for none in [&b"]"[..], b"]C", b"]1C0", b"C10", b"", b"]\xff1x"] {
            assert_eq!(split(none), (None, none));
        }
    }
}
