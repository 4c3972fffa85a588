//! What the kernel tells of devices without opening them: `/sys`.
//!
//! Reading `/sys` needs no permission on the device, so a device that may not be opened can still be named to the person who
//! has to fix that.

use std::fs;
use std::path::{Path, PathBuf};

use nix::unistd::{AccessFlags, access};

use crate::identity::UsbIdentity;
use crate::usb::{self, Access, UsbDevice};

/// A root of `/sys`; another one in tests.
#[derive(Debug, Clone)]
pub struct Sysfs {
    root: PathBuf,
}

/// A serial port with hardware behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SerialPortEntry {
    /// Its node, e.g. `/dev/ttyACM0`.
    pub node: PathBuf,
    /// The USB device behind it, when there is one.
    pub usb: Option<UsbIdentity>,
    /// The USB interface's number.
    pub interface: Option<u8>,
}

impl SerialPortEntry {
    /// Looks at the node's permissions.
    #[must_use]
    pub fn access(&self) -> Access {
        match access(&self.node, AccessFlags::R_OK | AccessFlags::W_OK) {
            Ok(()) => Access::Granted,
            Err(_) => Access::Denied {
                help: format!("let the service's user into the group that owns {} (usually dialout)", self.node.display()),
            },
        }
    }
}

impl Sysfs {
    /// `/sys`.
    #[must_use]
    pub fn system() -> Self {
        Self { root: "/sys".into() }
    }

    /// Any folder with the same shape.
    #[must_use]
    pub fn at(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// All serial ports on USB, by name. Ports of the mainboard are left out: they exist whether or not anything is connected.
    #[must_use]
    pub fn serial_ports(&self) -> Vec<SerialPortEntry> {
        let Ok(folder) = fs::read_dir(self.root.join("class/tty")) else { return Vec::new() };
        let mut names: Vec<String> = folder.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect();
        names.sort();
        names.iter().filter_map(|name| self.serial_port(name)).filter(|port| port.usb.is_some()).collect()
    }

    /// The port behind a node or a link to one.
    #[must_use]
    pub fn serial_port_at(&self, path: &Path) -> Option<SerialPortEntry> {
        let node = path.canonicalize().ok()?;
        let mut entry = self.serial_port(node.file_name()?.to_str()?)?;
        entry.node = node;
        Some(entry)
    }

    fn serial_port(&self, name: &str) -> Option<SerialPortEntry> {
        let device = self.root.join("class/tty").join(name).join("device").canonicalize().ok()?;
        let interface =
            device.ancestors().find_map(|folder| text(folder, "bInterfaceNumber")).and_then(|hex| u8::from_str_radix(&hex, 16).ok());
        let usb = device.ancestors().find(|folder| folder.join("idVendor").exists()).and_then(usb_identity);
        Some(SerialPortEntry { node: Path::new("/dev").join(name), usb, interface })
    }

    /// All USB devices but hubs, in the order of their sockets.
    #[must_use]
    pub fn usb_devices(&self) -> Vec<UsbDevice> {
        let Ok(folder) = fs::read_dir(self.root.join("bus/usb/devices")) else { return Vec::new() };
        // `1-1.2` is a device, `1-1.2:1.0` one of its interfaces, `usb1` a root hub.
        let wanted = |name: &String| name.starts_with(|c: char| c.is_ascii_digit()) && !name.contains(':');
        let mut names: Vec<String> = folder.flatten().filter_map(|entry| entry.file_name().into_string().ok()).filter(wanted).collect();
        names.sort();
        names.iter().filter_map(|name| self.usb_device(name)).filter(|device| !device.is_hub()).collect()
    }

    /// The USB device in a socket, e.g. `1-1.2`.
    #[must_use]
    pub fn usb_device(&self, port: &str) -> Option<UsbDevice> {
        let folder = self.root.join("bus/usb/devices").join(port).canonicalize().ok()?;
        let number = |name| text(&folder, name).and_then(|number| number.parse::<u8>().ok());
        let descriptors = fs::read(folder.join("descriptors")).unwrap_or_default();
        Some(UsbDevice {
            identity: usb_identity(&folder)?,
            bus: number("busnum")?,
            address: number("devnum")?,
            interfaces: usb::interfaces(&descriptors, number("bConfigurationValue")),
        })
    }

    /// The report descriptor of a HID interface that a kernel driver has bound.
    #[must_use]
    pub fn report_descriptor(&self, port: &str, configuration: u8, interface: u8) -> Option<Vec<u8>> {
        let folder = self.root.join("bus/usb/devices").join(format!("{port}:{configuration}.{interface}"));
        fs::read_dir(folder)
            .ok()?
            .flatten()
            .find_map(|entry| fs::read(entry.path().join("report_descriptor")).ok())
            .filter(|d| !d.is_empty())
    }
}

fn usb_identity(folder: &Path) -> Option<UsbIdentity> {
    let number = |name| text(folder, name).and_then(|hex| u16::from_str_radix(&hex, 16).ok());
    Some(UsbIdentity {
        vendor: number("idVendor")?,
        product: number("idProduct")?,
        serial: text(folder, "serial"),
        port: folder.file_name()?.to_str()?.to_owned(),
        manufacturer: text(folder, "manufacturer"),
        name: text(folder, "product"),
    })
}

fn text(folder: &Path, name: &str) -> Option<String> {
    let bytes = fs::read(folder.join(name)).ok()?;
    let text = String::from_utf8_lossy(&bytes);
    let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\0');
    (!text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    fn write(path: &Path, content: &str) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    #[test]
    fn a_serial_scanner_is_known_by_the_usb_device_behind_its_node() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        let usb = root.join("devices/pci0/usb1/1-1/1-1.2");
        for (name, content) in [("idVendor", "1eab\n"), ("idProduct", "1d06\n"), ("serial", "FM430-77\n"), ("product", "NLS Scanner\n")] {
            write(&usb.join(name), content);
        }
        write(&usb.join("1-1.2:1.0/bInterfaceNumber"), "00\n");
        write(&usb.join("1-1.2:1.0/tty/ttyACM3/dev"), "166:3\n");
        fs::create_dir_all(root.join("class/tty")).unwrap();
        symlink(usb.join("1-1.2:1.0/tty/ttyACM3"), root.join("class/tty/ttyACM3")).unwrap();
        symlink(usb.join("1-1.2:1.0"), usb.join("1-1.2:1.0/tty/ttyACM3/device")).unwrap();
        write(&root.join("devices/platform/serial8250/tty/ttyS0/dev"), "4:64\n");
        symlink(root.join("devices/platform/serial8250"), root.join("devices/platform/serial8250/tty/ttyS0/device")).unwrap();
        symlink(root.join("devices/platform/serial8250/tty/ttyS0"), root.join("class/tty/ttyS0")).unwrap();

        let ports = Sysfs::at(root).serial_ports();
        assert_eq!(ports.len(), 1);
        assert_eq!(ports[0].node, Path::new("/dev/ttyACM3"));
        assert_eq!(ports[0].interface, Some(0));
        let identity = ports[0].usb.clone().unwrap();
        assert_eq!(identity.device_id().as_str(), "usb-1eab:1d06-FM430-77");
        assert_eq!(identity.port, "1-1.2");
        assert_eq!(identity.manufacturer, None);
    }
}
