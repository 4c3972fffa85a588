//! Which device is this: identities that survive unplugging, and the ids made from them.
//!
//! A device with a believable serial number is known by it wherever it is plugged in. One without is known by its port, so two
//! identical scanners stay two as long as nobody swaps their plugs. Whoever binds a role to a device keeps the [`DeviceId`].

use std::fmt;
use std::path::{Path, PathBuf};

use qitao_domain::ids::DeviceId;
use serde::{Deserialize, Serialize};

/// What a USB device says of itself, and where it is plugged in.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct UsbIdentity {
    /// Vendor id.
    pub vendor: u16,
    /// Product id.
    pub product: u16,
    /// Serial number as the device tells it, believable or not.
    pub serial: Option<String>,
    /// Bus and port path as the kernel writes it, e.g. `1-1.2`. Stays the same for the same socket.
    pub port: String,
    /// Manufacturer text.
    pub manufacturer: Option<String>,
    /// Product text.
    pub name: Option<String>,
}

/// A device on USB, or a serial line that is only known by its path.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Identity {
    /// On USB, also serial scanners behind USB.
    Usb(UsbIdentity),
    /// A fixed path: an RS-232 port, a pseudo-terminal, a link made by a udev rule.
    Path(PathBuf),
}

impl UsbIdentity {
    /// The serial number, when it can tell two devices apart.
    #[must_use]
    pub fn believable_serial(&self) -> Option<&str> {
        self.serial.as_deref().map(str::trim).filter(|serial| believable(serial))
    }

    /// The id under which roles are bound to this device.
    #[must_use]
    pub fn device_id(&self) -> DeviceId {
        match self.believable_serial() {
            Some(serial) => id("usb", &format!("{:04x}:{:04x}-{serial}", self.vendor, self.product)),
            None => self.device_id_by_port(),
        }
    }

    /// Whether an id means this device, by serial number or by socket.
    #[must_use]
    pub fn is(&self, id: &DeviceId) -> bool {
        self.device_id() == *id || self.device_id_by_port() == *id
    }

    /// The id by socket, for models whose serial numbers turned out not to be unique.
    #[must_use]
    pub fn device_id_by_port(&self) -> DeviceId {
        id("usb", &format!("{:04x}:{:04x}-port-{}", self.vendor, self.product, self.port))
    }
}

/// What to look for on USB.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UsbMatch {
    /// Vendor id.
    pub vendor: u16,
    /// Product id.
    pub product: u16,
    /// Serial number; any when absent.
    #[serde(default)]
    pub serial: Option<String>,
    /// Bus and port path, e.g. `1-1.2`; any when absent.
    #[serde(default)]
    pub port: Option<String>,
}

impl UsbMatch {
    /// Any device of a model.
    #[must_use]
    pub fn model(vendor: u16, product: u16) -> Self {
        Self { vendor, product, serial: None, port: None }
    }

    /// Whether a device is meant.
    #[must_use]
    pub fn fits(&self, usb: &UsbIdentity) -> bool {
        self.vendor == usb.vendor
            && self.product == usb.product
            && self.serial.as_ref().is_none_or(|serial| usb.serial.as_ref() == Some(serial))
            && self.port.as_ref().is_none_or(|port| *port == usb.port)
    }

    /// An id for what was looked for, also before it is found.
    #[must_use]
    pub fn device_id(&self) -> DeviceId {
        let port = self.port.clone().unwrap_or_else(|| "any".into());
        let Self { vendor, product, serial, .. } = self.clone();
        UsbIdentity { vendor, product, serial, port, manufacturer: None, name: None }.device_id()
    }
}

impl Identity {
    /// The id under which roles are bound to this device.
    #[must_use]
    pub fn device_id(&self) -> DeviceId {
        match self {
            Self::Usb(usb) => usb.device_id(),
            Self::Path(path) => path_id(path),
        }
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usb(usb) => usb.fmt(f),
            Self::Path(path) => path.display().fmt(f),
        }
    }
}

impl fmt::Display for UsbIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.name.as_deref().unwrap_or("USB device");
        write!(f, "{name} {:04x}:{:04x} at {}", self.vendor, self.product, self.port)
    }
}

/// The id of a device that is only known by its path.
#[must_use]
pub fn path_id(path: &Path) -> DeviceId {
    id("tty", path.to_string_lossy().trim_start_matches("/dev/"))
}

/// Cheap devices carry the same number in every piece; such a number tells nothing.
fn believable(serial: &str) -> bool {
    let mut characters = serial.chars();
    let Some(first) = characters.next() else { return false };
    serial.len() >= 4
        && !characters.all(|c| c == first)
        && !serial.trim_start_matches('0').len().lt(&3)
        && !["1234567890ABCDEF", "0123456789ABCDEF", "12345678901234567890"].iter().any(|run| run.starts_with(&serial.to_ascii_uppercase()))
}

/// Makes an id of any text: characters that an id may not have become `_`, and whatever that loses goes into a checksum at the end.
fn id(kind: &str, text: &str) -> DeviceId {
    const LONGEST: usize = 64;
    let mut clean: String = text.chars().map(|c| if c.is_ascii_alphanumeric() || "._:-".contains(c) { c } else { '_' }).collect();
    if clean != text || kind.len() + 1 + clean.len() > LONGEST {
        clean.truncate(LONGEST - kind.len() - 1 - 9);
        clean.push_str(&format!("-{:08x}", fnv(text.as_bytes())));
    }
    match DeviceId::new(format!("{kind}-{clean}")) {
        Ok(id) => id,
        Err(_) => unreachable!("only allowed characters and at most 64 of them"),
    }
}

/// FNV-1a, 32 bits. Must never change: ids are kept in settings.
fn fnv(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usb(serial: Option<&str>, port: &str) -> UsbIdentity {
        UsbIdentity {
            vendor: 0x0c2e,
            product: 0x0b61,
            serial: serial.map(String::from),
            port: port.into(),
            manufacturer: None,
            name: Some("Scanner".into()),
        }
    }

    #[test]
    fn a_serial_number_makes_the_id_independent_of_the_port() {
        assert_eq!(usb(Some("19234B0A7F"), "1-1").device_id().as_str(), "usb-0c2e:0b61-19234B0A7F");
        assert_eq!(usb(Some("19234B0A7F"), "2-1.4").device_id(), usb(Some("19234B0A7F"), "1-1").device_id());
    }

    #[test]
    fn two_identical_scanners_without_serial_differ_by_their_port() {
        assert_eq!(usb(None, "1-1.2").device_id().as_str(), "usb-0c2e:0b61-port-1-1.2");
        assert_ne!(usb(None, "1-1.2").device_id(), usb(None, "1-1.3").device_id());
    }

    #[test]
    fn serial_numbers_that_every_piece_carries_are_not_believed() {
        for junk in ["", "   ", "0", "000000000000", "0001", "00000000001", "123456", "12345678", "0123456789abcdef", "AAAA"] {
            assert_eq!(usb(Some(junk), "1-1").device_id(), usb(None, "1-1").device_id(), "{junk:?}");
        }
        assert!(usb(Some("S/N:1F00A7"), "1-1").believable_serial().is_some());
    }

    #[test]
    fn unusual_characters_and_lengths_still_give_different_ids() {
        let (a, b) = (usb(Some("S/N 17"), "1-1").device_id(), usb(Some("S_N_17"), "1-1").device_id());
        assert_ne!(a, b);
        let long = usb(Some(&"x1".repeat(100)), "1-1").device_id();
        assert_eq!(long.as_str().len(), 64);
        assert_ne!(long, usb(Some(&("x1".repeat(99) + "y1")), "1-1").device_id());
        assert_eq!(path_id(Path::new("/dev/ttyS0")).as_str(), "tty-ttyS0");
        assert_ne!(path_id(Path::new("/dev/枪一")), path_id(Path::new("/dev/枪二")));
    }
}
