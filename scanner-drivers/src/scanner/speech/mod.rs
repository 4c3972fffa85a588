//! What scanners say besides codes, and what can be said to them: the languages of the common makes, without I/O.
//!
//! [`line`] is one serial line as it is spoken: bytes in, codes and bytes to answer with out. [`ssi`] and [`ssi_link`] are Zebra's packets and the
//! manners around them, [`ssi_codes`] its numbers for symbologies; [`honeywell`], [`newland`] and [`datalogic`] are the others' commands, and [`menu`]
//! the answers that two of them share; [`holding`] knows which codes wait for their answer. A [`Signal`] is what the host has to say; each family says
//! it in its own way, or has no word for it: then the panel and the light are what the operator has.

pub mod datalogic;
pub mod exchange;
pub mod holding;
pub mod honeywell;
pub mod line;
pub mod menu;
pub mod newland;
pub mod ssi;
pub mod ssi_codes;
pub mod ssi_link;

use qitao_domain::work::Tone;
use serde::{Deserialize, Serialize};

pub use exchange::{ExchangeError, Reply, Request};

/// Which language a scanner speaks with its host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// By the vendor of the USB device; a line that is not on USB is [`Family::Generic`]. Zebra's packets are never guessed: a scanner that does not
    /// send packets must not be answered with them.
    #[default]
    Auto,
    /// Only sends codes. Nothing is ever written to it.
    Generic,
    /// Honeywell: menu commands after `SYN M CR`, and Host ACK.
    Honeywell,
    /// Zebra and Symbol, Simple Serial Interface: packets with checksums that are acknowledged.
    Ssi,
    /// Zebra and Symbol on a plain serial line: codes as text, and a beep on `BEL`.
    ZebraSimple,
    /// Newland: unified commands between `~ SOH 0000` and `; ETX`.
    Newland,
    /// Datalogic and PSC: single host bytes.
    Datalogic,
    /// Datalogic hand-helds that take escape sequences for beeper and LED, most of them over radio.
    DatalogicEscape,
}

impl Family {
    /// What [`Family::Auto`] means for a device of this USB vendor.
    #[must_use]
    pub const fn of_vendor(vendor: Option<u16>) -> Self {
        match vendor {
            Some(0x0C2E | 0x0536) => Self::Honeywell,
            Some(0x05E0) => Self::ZebraSimple,
            Some(0x1EAB) => Self::Newland,
            Some(0x05F9) => Self::Datalogic,
            _ => Self::Generic,
        }
    }

    /// Whether such a scanner can be kept from reading while an answer is owed. Others read on, whatever [`SpeechSettings::hold`] says.
    #[must_use]
    pub const fn can_hold(self) -> bool {
        match self {
            Self::Honeywell | Self::Ssi | Self::Datalogic => true,
            Self::Auto | Self::Generic | Self::ZebraSimple | Self::Newland | Self::DatalogicEscape => false,
        }
    }

    /// This family, or the vendor's when it is to be found out.
    #[must_use]
    pub const fn resolve(self, vendor: Option<u16>) -> Self {
        match self {
            Self::Auto => Self::of_vendor(vendor),
            known => known,
        }
    }
}

/// How to speak with one scanner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SpeechSettings {
    /// Its language.
    pub family: Family,
    /// Whether answers are told through the scanner's own beeper and LED, where it has them.
    pub feedback: bool,
    /// Whether it must not read while an answer is owed: the next code is then always scanned by somebody who has heard of the one before. On
    /// Honeywell this is the device's own Host ACK mode, which its profile must switch on; elsewhere it is disabled and enabled from here.
    pub hold: bool,
    /// Whether a wrong scan is also told by vibration, where the model has a motor. For loud halls and gloves.
    pub vibrate: bool,
}

impl Default for SpeechSettings {
    fn default() -> Self {
        Self { family: Family::Auto, feedback: true, hold: false, vibrate: false }
    }
}

/// What the host has to say: the answer to a scan, for the person who made it, or an order to the scanner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Signal {
    /// The scan is on disk, or refused.
    Answer(Tone),
    /// Something to do.
    Order(Order),
}

/// What a scanner can be told to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// It may read.
    Enable,
    /// It must not read.
    Disable,
    /// Read now, as if the trigger were pulled.
    Trigger,
    /// Stop reading, as if the trigger were let go.
    Release,
}

/// A signal in the words of a family that is written to byte by byte; `None` when it has none. Zebra's packets go through [`ssi_link`].
#[must_use]
pub fn say(family: Family, signal: Signal, hold: bool) -> Option<Vec<u8>> {
    match family {
        Family::Auto | Family::Generic | Family::Ssi => None,
        Family::Honeywell => honeywell::say(signal, hold),
        Family::ZebraSimple => zebra_simple(signal),
        Family::Newland => newland::say(signal),
        Family::Datalogic => datalogic::say(signal),
        Family::DatalogicEscape => datalogic::say_escape(signal),
    }
}

/// `BEL` sounds one high beep when "beep on BEL" is on (DS9208 Product Reference Guide, Table 2-1). There is no other sound, so the number tells.
fn zebra_simple(signal: Signal) -> Option<Vec<u8>> {
    const BEL: u8 = 0x07;
    let beeps = match signal {
        Signal::Answer(Tone::Right) => 1,
        Signal::Answer(Tone::Attention) => 2,
        Signal::Answer(Tone::Wrong) => 3,
        Signal::Order(_) => return None,
    };
    Some(vec![BEL; beeps])
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIGNALS: [Signal; 7] = [
        Signal::Answer(Tone::Right),
        Signal::Answer(Tone::Wrong),
        Signal::Answer(Tone::Attention),
        Signal::Order(Order::Enable),
        Signal::Order(Order::Disable),
        Signal::Order(Order::Trigger),
        Signal::Order(Order::Release),
    ];

    #[test]
    fn what_is_not_known_is_never_written_to() {
        for signal in SIGNALS {
            assert_eq!(say(Family::Auto.resolve(None), signal, true), None);
            assert_eq!(
                say(Family::Auto.resolve(Some(0x0403)), signal, true),
                None,
                "an adapter's vendor says nothing of the scanner behind it"
            );
        }
        assert_eq!(Family::Auto.resolve(Some(0x05E0)), Family::ZebraSimple);
        assert_eq!(Family::Ssi.resolve(Some(0x1EAB)), Family::Ssi, "what is written down wins");
    }

    #[test]
    fn who_can_be_held_has_a_word_for_it() {
        use Family::{Auto, Datalogic, DatalogicEscape, Generic, Honeywell, Newland, Ssi, ZebraSimple};
        for family in [Auto, Generic, Honeywell, Ssi, ZebraSimple, Newland, Datalogic, DatalogicEscape] {
            let disables = say(family, Signal::Order(Order::Disable), true).is_some();
            // Host ACK: the answer itself lets it read on.
            let waits = say(family, Signal::Answer(Tone::Right), true) != say(family, Signal::Answer(Tone::Right), false);
            assert_eq!(family.can_hold(), family == Ssi || disables || waits, "{family:?}");
        }
    }

    #[test]
    fn every_family_with_a_beeper_tells_right_from_wrong() {
        for family in [Family::Honeywell, Family::ZebraSimple, Family::Newland, Family::Datalogic, Family::DatalogicEscape] {
            for hold in [false, true] {
                let said = [Tone::Right, Tone::Wrong, Tone::Attention].map(|tone| say(family, Signal::Answer(tone), hold).unwrap());
                assert_ne!(said[0], said[1], "{family:?}");
                assert_ne!(said[1], said[2], "{family:?}");
                assert_ne!(said[0], said[2], "{family:?}");
            }
        }
    }
}
