//! USB devices as the kernel lists them, and how to take one over politely.
//!
//! Listing reads `/sys` only: it sees every device, also those that may not be opened, never touches one, and does not depend on
//! hot-plug events having arrived. libusb comes in when a device is opened.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use nix::unistd::{AccessFlags, access};
use rusb::{Context, DeviceHandle, UsbContext};
use serde::{Deserialize, Serialize};

use crate::identity::UsbIdentity;
use crate::scanner::OfflineReason;

/// USB class of human interface devices.
pub const CLASS_HID: u8 = 3;
/// USB class of printers.
pub const CLASS_PRINTER: u8 = 7;

/// A device on the bus.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsbDevice {
    /// What it says of itself.
    pub identity: UsbIdentity,
    /// Bus number, as in `/dev/bus/usb/BUS/ADDRESS`.
    pub bus: u8,
    /// Address on the bus; another one after each plugging in.
    pub address: u8,
    /// The active configuration's interfaces (first alternate setting).
    pub interfaces: Vec<UsbInterface>,
}

/// One interface of a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsbInterface {
    /// The configuration it belongs to.
    pub configuration: u8,
    /// Its number.
    pub number: u8,
    /// Class, subclass, protocol.
    pub class: (u8, u8, u8),
    /// Address and packet size of its interrupt endpoint towards the host.
    pub interrupt_in: Option<(u8, u16)>,
    /// Address of its interrupt endpoint from the host.
    pub interrupt_out: Option<u8>,
    /// Length of its HID report descriptor.
    pub report_descriptor: Option<u16>,
}

/// Whether this program may open a device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "access", rename_all = "snake_case")]
pub enum Access {
    /// It may.
    Granted,
    /// It may not; the text says what to do.
    Denied {
        /// What to do.
        help: String,
    },
}

/// The node of a device on the bus.
#[must_use]
pub fn node(bus: u8, address: u8) -> String {
    format!("/dev/bus/usb/{bus:03}/{address:03}")
}

impl UsbDevice {
    /// Whether it is a hub.
    #[must_use]
    pub fn is_hub(&self) -> bool {
        const CLASS_HUB: u8 = 9;
        self.interfaces.first().is_some_and(|interface| interface.class.0 == CLASS_HUB)
    }

    /// The node to open.
    #[must_use]
    pub fn node(&self) -> String {
        node(self.bus, self.address)
    }

    /// Looks at the node's permissions.
    #[must_use]
    pub fn access(&self) -> Access {
        match access(self.node().as_str(), AccessFlags::R_OK | AccessFlags::W_OK) {
            Ok(()) => Access::Granted,
            Err(nix::Error::ENOENT) => Access::Denied { help: format!("{} is not in this container; hand /dev/bus/usb in", self.node()) },
            Err(_) => Access::Denied { help: self.permission_help() },
        }
    }

    fn permission_help(&self) -> String {
        format!(
            "install Qitao's udev rules and plug the device in again, or give the service's user read and write access to {} ({:04x}:{:04x})",
            self.node(),
            self.identity.vendor,
            self.identity.product
        )
    }

    /// Opens it.
    ///
    /// # Errors
    /// The reason, as it is told to people.
    pub fn open(&self) -> Result<DeviceHandle<Context>, OfflineReason> {
        if let Access::Denied { help } = self.access() {
            // While a device goes, its node is gone first.
            let node = self.node();
            let goes = !Path::new(&node).exists() && Path::new(&node).parent().is_some_and(Path::exists);
            return Err(if goes { OfflineReason::NotFound } else { OfflineReason::PermissionDenied { help } });
        }
        // A new context scans the bus itself; an old one would know only what hot-plug events told it.
        let context = Context::new().map_err(|error| self.reason(error))?;
        let devices = context.devices().map_err(|error| self.reason(error))?;
        let device = devices.iter().find(|device| (device.bus_number(), device.address()) == (self.bus, self.address));
        device.ok_or(OfflineReason::NotFound)?.open().map_err(|error| self.reason(error))
    }

    /// What an error of libusb means for this device.
    #[must_use]
    pub fn reason(&self, error: rusb::Error) -> OfflineReason {
        match error {
            rusb::Error::Access => OfflineReason::PermissionDenied { help: self.permission_help() },
            rusb::Error::Busy => OfflineReason::InUse,
            rusb::Error::NotFound => OfflineReason::NotFound,
            // After an unplug libusb says any of these three.
            rusb::Error::NoDevice | rusb::Error::Io | rusb::Error::Pipe => OfflineReason::Unplugged,
            other => OfflineReason::Failed { detail: format!("{}: {other}", self.identity) },
        }
    }
}

/// An interface that is ours. Dropping it gives it to the kernel's driver, also when that did not have it: a program that was killed, of ours as a rule, left
/// it without one, and a keyboard would stay dead and a printer away until somebody pulls the plug.
#[derive(Debug)]
pub struct Claimed {
    handle: Arc<DeviceHandle<Context>>,
    interface: u8,
    for_driver: bool,
}

impl Claimed {
    /// Takes an interface, from the kernel's driver if need be.
    ///
    /// # Errors
    /// `Busy` when another program has it; otherwise what libusb says.
    pub fn new(handle: Arc<DeviceHandle<Context>>, interface: u8) -> rusb::Result<Self> {
        // Asked, not assumed: some stacks answer the question with an error and need no detaching.
        let had_driver = matches!(handle.kernel_driver_active(interface), Ok(true));
        if had_driver {
            handle.detach_kernel_driver(interface)?;
        }
        // From here on dropping gives the driver back, also when the claim fails.
        let mut claimed = Self { handle, interface, for_driver: had_driver };
        claimed.handle.claim_interface(interface)?;
        claimed.for_driver = true;
        Ok(claimed)
    }

    /// Takes an interface that no driver has, only to ask the device something: it is left as it was.
    ///
    /// # Errors
    /// `Busy` when a driver or another program has it; otherwise what libusb says.
    pub fn to_ask(handle: Arc<DeviceHandle<Context>>, interface: u8) -> rusb::Result<Self> {
        let claimed = Self { handle, interface, for_driver: false };
        claimed.handle.claim_interface(interface)?;
        Ok(claimed)
    }

    /// Reads the HID report descriptor from the device.
    ///
    /// # Errors
    /// What libusb says.
    pub fn report_descriptor(&self, length: u16) -> rusb::Result<Vec<u8>> {
        const STANDARD_IN_INTERFACE: u8 = 0x81;
        const GET_DESCRIPTOR: u8 = 6;
        const REPORT: u16 = 0x2200;
        let mut buffer = vec![0; usize::from(length)];
        let index = u16::from(self.interface);
        let count =
            self.handle.read_control(STANDARD_IN_INTERFACE, GET_DESCRIPTOR, REPORT, index, &mut buffer, Duration::from_millis(1_000))?;
        buffer.truncate(count);
        Ok(buffer)
    }

    /// Asks a boot device to speak the fixed boot protocol.
    ///
    /// # Errors
    /// What libusb says; many devices do not know the request.
    pub fn use_boot_protocol(&self) -> rusb::Result<()> {
        const CLASS_OUT_INTERFACE: u8 = 0x21;
        const SET_PROTOCOL: u8 = 0x0B;
        let index = u16::from(self.interface);
        self.handle.write_control(CLASS_OUT_INTERFACE, SET_PROTOCOL, 0, index, &[], Duration::from_millis(500)).map(drop)
    }

    /// A way to send reports that may be used from another thread while this one reads. It must not outlive the claim for long: it keeps the
    /// device open.
    #[must_use]
    pub fn reports(&self, endpoint: Option<u8>) -> ReportWriter {
        ReportWriter { handle: self.handle.clone(), interface: self.interface, endpoint }
    }

    /// Waits for one report of an interrupt endpoint, or for bytes of a bulk endpoint.
    ///
    /// # Errors
    /// `Timeout` when nothing came; otherwise what libusb says.
    pub fn read(&self, endpoint: u8, buffer: &mut [u8], wait: Duration) -> rusb::Result<usize> {
        // rusb's `read_interrupt` throws away a report that came while the time was running out: a lost code, or a lost key inside one. Its `read_bulk`
        // hands it on, and the kernel takes a single transfer by the kind of its endpoint (`proc_do_submiturb`), whatever it is called.
        self.handle.read_bulk(endpoint, buffer, wait)
    }

    /// Sends bytes to a bulk endpoint. Fewer than asked have gone out when the time was up.
    ///
    /// # Errors
    /// What libusb says; after an error some bytes may have gone out all the same.
    pub fn write_bulk(&self, endpoint: u8, bytes: &[u8], wait: Duration) -> rusb::Result<usize> {
        self.handle.write_bulk(endpoint, bytes, wait)
    }

    /// Chooses another setting of the interface.
    ///
    /// # Errors
    /// What libusb says.
    pub fn choose_setting(&self, setting: u8) -> rusb::Result<()> {
        self.handle.set_alternate_setting(self.interface, setting)
    }

    /// Asks the interface something that its class defines; `index` is made of the interface's number as the class wants it.
    ///
    /// # Errors
    /// What libusb says; `Pipe` when the device does not know the request.
    pub fn ask_class(&self, request: u8, index: u16, buffer: &mut [u8], wait: Duration) -> rusb::Result<usize> {
        const CLASS_IN_INTERFACE: u8 = 0xA1;
        self.handle.read_control(CLASS_IN_INTERFACE, request, 0, index, buffer, wait)
    }

    /// The interface's number.
    #[must_use]
    pub fn interface(&self) -> u8 {
        self.interface
    }
}

/// Sends output reports of a HID interface.
#[derive(Debug)]
pub struct ReportWriter {
    handle: Arc<DeviceHandle<Context>>,
    interface: u8,
    endpoint: Option<u8>,
}

impl ReportWriter {
    /// Sends one report; its first byte is its id when `numbered`.
    ///
    /// # Errors
    /// What libusb says; a device may refuse what its descriptor promises.
    pub fn send(&self, report: &[u8], numbered: bool) -> rusb::Result<()> {
        const CLASS_OUT_INTERFACE: u8 = 0x21;
        const SET_REPORT: u8 = 9;
        const OUTPUT: u16 = 2 << 8;
        let wait = Duration::from_millis(300);
        match self.endpoint {
            Some(endpoint) => self.handle.write_interrupt(endpoint, report, wait).map(drop),
            None => {
                let id = if numbered { report.first().copied().unwrap_or(0) } else { 0 };
                let (value, index) = (OUTPUT | u16::from(id), u16::from(self.interface));
                self.handle.write_control(CLASS_OUT_INTERFACE, SET_REPORT, value, index, report, wait).map(drop)
            }
        }
    }
}

impl Drop for Claimed {
    fn drop(&mut self) {
        // Both fail when the device is gone, and then there is nothing to give back.
        if let Err(error) = self.handle.release_interface(self.interface) {
            tracing::trace!(interface = self.interface, %error, "interface cannot be released");
        }
        if self.for_driver
            && let Err(error) = self.handle.attach_kernel_driver(self.interface)
        {
            tracing::debug!(interface = self.interface, %error, "no driver of the kernel took the interface");
        }
    }
}

/// Reads interfaces out of the descriptors that the kernel keeps (`/sys/…/descriptors`): those of the wanted configuration, or the first.
#[must_use]
pub fn interfaces(descriptors: &[u8], configuration: Option<u8>) -> Vec<UsbInterface> {
    const CONFIGURATION: u8 = 2;
    const INTERFACE: u8 = 4;
    const ENDPOINT: u8 = 5;
    const HID: u8 = 0x21;
    let mut found: Vec<UsbInterface> = Vec::new();
    let (mut current, mut wanted) = (None, configuration);
    // Whether the descriptors that follow belong to an interface in `found`.
    let mut inside = false;
    let mut rest = descriptors;
    while let [length, kind, ..] = rest {
        let Some(body) = rest.get(..usize::from(*length)).filter(|body| body.len() >= 2) else { break };
        match (*kind, body) {
            (CONFIGURATION, [_, _, _, _, _, value, ..]) => {
                current = Some(*value);
                wanted = wanted.or(current);
                inside = false;
            }
            (INTERFACE, [_, _, number, alternate, _, class, subclass, protocol, ..]) => {
                inside = current == wanted && *alternate == 0;
                if inside {
                    found.push(UsbInterface {
                        configuration: current.unwrap_or(1),
                        number: *number,
                        class: (*class, *subclass, *protocol),
                        interrupt_in: None,
                        interrupt_out: None,
                        report_descriptor: None,
                    });
                }
            }
            (ENDPOINT, [_, _, address, attributes, low, high, ..]) if inside && attributes & 3 == 3 && address & 0x80 != 0 => {
                if let Some(interface) = found.last_mut() {
                    interface.interrupt_in.get_or_insert((*address, u16::from_le_bytes([*low, *high]) & 0x7FF));
                }
            }
            (ENDPOINT, [_, _, address, attributes, ..]) if inside && attributes & 3 == 3 => {
                if let Some(interface) = found.last_mut() {
                    interface.interrupt_out.get_or_insert(*address);
                }
            }
            (HID, [_, _, _, _, _, _, 0x22, low, high, ..]) if inside => {
                if let Some(interface) = found.last_mut() {
                    interface.report_descriptor = Some(u16::from_le_bytes([*low, *high]));
                }
            }
            _ => {}
        }
        rest = &rest[body.len()..];
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interfaces_are_read_from_the_kernels_copy_of_the_descriptors() {
        let mut bytes = vec![18, 1, 0, 2, 0, 0, 0, 64, 0xe0, 5, 0, 0x13, 0, 1, 1, 2, 3, 1];
        bytes.extend([9, 2, 59, 0, 2, 1, 0, 0x80, 50]);
        bytes.extend([9, 4, 0, 0, 1, 3, 0, 0, 0]);
        bytes.extend([9, 0x21, 0x10, 1, 0, 1, 0x22, 63, 0]);
        bytes.extend([7, 5, 0x81, 3, 64, 0, 4]);
        bytes.extend([9, 4, 1, 0, 1, 7, 1, 2, 0]);
        bytes.extend([7, 5, 0x02, 2, 64, 0, 0]);
        bytes.extend([9, 4, 1, 1, 0, 0xFF, 1, 2, 0]);
        let found = interfaces(&bytes, Some(1));
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].class, found[0].interrupt_in, found[0].report_descriptor), ((3, 0, 0), Some((0x81, 64)), Some(63)));
        assert_eq!((found[1].number, found[1].class, found[1].interrupt_in), (1, (7, 1, 2), None));
        assert_eq!(interfaces(&bytes, None), found);
        assert!(interfaces(&bytes, Some(2)).is_empty());
    }

    #[test]
    fn broken_descriptors_end_the_reading_and_nothing_else() {
        assert!(interfaces(&[0, 0, 0, 0], None).is_empty());
        assert!(interfaces(&[9, 4, 0], None).is_empty());
        assert!(interfaces(&[1, 2, 3], None).is_empty());
    }

    #[test]
    fn a_missing_right_is_told_with_what_to_do_and_not_as_missing_device() {
        let identity = UsbIdentity { vendor: 0x0c2e, product: 0x0b61, serial: None, port: "1-1".into(), manufacturer: None, name: None };
        let device = UsbDevice { identity, bus: 1, address: 250, interfaces: Vec::new() };
        match device.reason(rusb::Error::Access) {
            OfflineReason::PermissionDenied { help } => assert!(help.contains("udev") && help.contains("0c2e:0b61"), "{help}"),
            other => panic!("{other:?}"),
        }
        assert!(matches!(device.access(), Access::Denied { help } if help.contains("container")));
        assert_eq!(device.reason(rusb::Error::Busy), OfflineReason::InUse);
        for gone in [rusb::Error::Io, rusb::Error::NoDevice, rusb::Error::Pipe] {
            assert_eq!(device.reason(gone), OfflineReason::Unplugged);
        }
    }
}
