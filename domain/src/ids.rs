//! Typed ids, so that a location can never be passed where an item is meant.
//!
//! Three families: numbers given by the hub's database ([`ItemId`] …), short texts given to machines ([`EdgeId`] …), and
//! 128 random bits made where the thing happens, so that an edge can make them alone ([`ScanId`], [`WorkId`]).

use std::fmt;
use std::str::FromStr;

use data_encoding::HEXLOWER;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

macro_rules! number_id {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )+};
}

number_id!(
    /// An item (SKU) of the chain's catalogue.
    ItemId,
    /// A store or warehouse that holds stock.
    SiteId,
    /// A place that stock can be in, real or virtual, at one site.
    LocationId,
    /// A person who works with a scanner.
    OperatorId,
    /// A piece of work released by the hub: a put-away, a count, a pick.
    TaskId,
    /// One line of a task.
    LineId,
);

/// Why a text is not an id of the kind asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// Machine ids have 1 to 64 characters.
    #[error("an id has 1 to 64 characters, this has {0}")]
    Length(usize),
    /// Machine ids use letters, digits, `.`, `_`, `:` and `-`, so that they can stand in a topic, a file name and a URL.
    #[error("character {1:?} at position {0} is not allowed; use letters, digits and . _ : -")]
    Character(usize, char),
    /// A scan or work id is 32 lower-case hexadecimal digits.
    #[error("expected 32 lower-case hexadecimal digits")]
    NotHex128,
}

macro_rules! text_id {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Checks length and characters.
            ///
            /// # Errors
            /// [`IdError::Length`] or [`IdError::Character`].
            pub fn new(text: impl Into<String>) -> Result<Self, IdError> {
                let text = text.into();
                check_text_id(&text)?;
                Ok(Self(text))
            }

            /// The id as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                Self::new(text)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                Self::new(String::deserialize(d)?).map_err(D::Error::custom)
            }
        }
    )+};
}

fn check_text_id(text: &str) -> Result<(), IdError> {
    let length = text.chars().count();
    if !(1..=64).contains(&length) {
        return Err(IdError::Length(length));
    }
    match text.chars().enumerate().find(|(_, c)| !(c.is_ascii_alphanumeric() || "._:-".contains(*c))) {
        Some((position, character)) => Err(IdError::Character(position, character)),
        None => Ok(()),
    }
}

text_id!(
    /// An edge: one mini-PC with its outbox. Given at enrolment.
    EdgeId,
    /// One operator's place at one scanner, named within its edge.
    StationId,
    /// A scanner or printer as the edge tells it from others, stable over unplugging: model, serial number, port path.
    DeviceId,
);

macro_rules! random_id {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u128);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&HEXLOWER.encode(&self.0.to_be_bytes()))
            }
        }

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                let bytes = HEXLOWER.decode(text.as_bytes()).map_err(|_| IdError::NotHex128)?;
                Ok(Self(u128::from_be_bytes(bytes.try_into().map_err(|_| IdError::NotHex128)?)))
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                String::deserialize(d)?.parse().map_err(D::Error::custom)
            }
        }
    )+};
}

random_id!(
    /// 128 random bits made at capture. Guards against applying a fact twice when everything else has been lost.
    ScanId,
    /// 128 random bits that name a piece of work begun at an edge without a task from the hub.
    WorkId,
);

/// A life of an edge's stream. Minted only by the hub; grows by one whenever the edge's disk is found to have gone back in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Epoch(pub u32);

/// Place of a fact in its edge's stream. Starts at 1 in each epoch, without gaps. `Seq(0)` means "nothing yet".
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Seq(pub u64);

impl Seq {
    /// The one after this.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Seq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scan_id_is_32_hex_digits_both_ways() {
        let id = ScanId(0x0123_4567_89ab_cdef_0011_2233_4455_6677);
        assert_eq!(id.to_string(), "0123456789abcdef0011223344556677");
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!("0123".parse::<ScanId>(), Err(IdError::NotHex128));
        assert_eq!("0123456789ABCDEF0011223344556677".parse::<ScanId>(), Err(IdError::NotHex128));
    }

    #[test]
    fn a_machine_id_refuses_what_would_break_a_topic_or_a_path() {
        assert!(EdgeId::new("sh-01.a:2_b").is_ok());
        assert_eq!(EdgeId::new("a/b"), Err(IdError::Character(1, '/')));
        assert_eq!(EdgeId::new("a#"), Err(IdError::Character(1, '#')));
        assert_eq!(EdgeId::new(""), Err(IdError::Length(0)));
        assert!(serde_json::from_str::<EdgeId>("\"../x\"").is_err());
    }
}
