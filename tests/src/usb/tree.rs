//! What the kernel shows of the bus: `/sys`, the nodes in `/dev`, and the events that udev passes on.

use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};

use nix::sys::stat::Mode;
use nix::unistd::mkfifo;

use super::gadget::{Endpoint, Identity};

const CONTROLLER: &str = "devices/pci0000:00/0000:00:14.0/usb1";
const BUS: u8 = 1;

/// The folder that stands for `/sys` and `/dev`.
pub(super) struct Tree {
    root: PathBuf,
}

/// A device as it has been placed.
pub(super) struct Placed {
    pub port: String,
    pub address: u8,
    pub identity: Identity,
    /// Its node. A pipe: a program waits on it until it can be written to, which is how the kernel says that a transfer has ended.
    pub node: PathBuf,
    /// Where umockdev's library sends what a program does with the node.
    pub socket: PathBuf,
}

impl Tree {
    pub fn new(root: &Path) -> io::Result<Self> {
        for folder in ["sys/bus/usb/devices", "sys/class", "dev/bus/usb/001", "ioctl/dev/bus/usb/001"] {
            fs::create_dir_all(root.join(folder))?;
        }
        Ok(Self { root: root.to_owned() })
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    fn folder(&self, port: &str) -> PathBuf {
        self.root.join("sys").join(CONTROLLER).join(port)
    }

    /// Makes everything of a device but what shows that it is there: a program that found it half made would fall over it.
    pub fn place(&self, port: &str, address: u8, identity: Identity) -> io::Result<Placed> {
        let folder = self.folder(port);
        fs::create_dir_all(&folder)?;
        let minor = u32::from(address) - 1;
        let texts = [
            ("busnum", BUS.to_string()),
            ("devnum", address.to_string()),
            ("devpath", port.split_once('-').map_or(port, |(_, path)| path).to_owned()),
            ("dev", format!("189:{minor}")),
            ("idVendor", format!("{:04x}", identity.vendor)),
            ("idProduct", format!("{:04x}", identity.product)),
            ("bConfigurationValue", "1".into()),
            ("bNumConfigurations", "1".into()),
            ("speed", "12".into()),
            ("version", " 2.00".into()),
            ("manufacturer", "Mock".into()),
            ("product", identity.name.to_owned()),
            ("serial", identity.serial.clone().unwrap_or_default()),
            ("uevent", properties(address, &identity)),
        ];
        for (name, text) in texts.iter().filter(|(_, text)| !text.is_empty()) {
            fs::write(folder.join(name), format!("{text}\n"))?;
        }
        fs::write(folder.join("descriptors"), descriptors(&identity))?;
        self.belongs(&folder)?;
        let interface = folder.join(format!("{port}:1.0"));
        fs::create_dir_all(&interface)?;
        fs::write(interface.join("bInterfaceNumber"), "00\n")?;
        fs::write(interface.join("uevent"), "DEVTYPE=usb_interface\n")?;
        self.belongs(&interface)?;
        let name = format!("bus/usb/001/{address:03}");
        let (node, socket) = (self.root.join("dev").join(&name), self.root.join("ioctl/dev").join(&name));
        mkfifo(&node, Mode::from_bits_truncate(0o666))?;
        Ok(Placed { port: port.to_owned(), address, identity, node, socket })
    }

    /// Shows a device that is complete.
    pub fn show(&self, device: &Placed) -> io::Result<()> {
        let folder = Path::new("../../..").join(CONTROLLER).join(&device.port);
        let interface = format!("{}:1.0", device.port);
        let devices = self.root.join("sys/bus/usb/devices");
        symlink(folder.join(&interface), devices.join(&interface))?;
        symlink(folder, devices.join(&device.port))
    }

    fn belongs(&self, folder: &Path) -> io::Result<()> {
        let below = folder.strip_prefix(self.root.join("sys")).map_err(io::Error::other)?;
        symlink(Path::new(&"../".repeat(below.components().count())).join("bus/usb"), folder.join("subsystem"))
    }

    /// Shows or hides what usbhid shows of an interface that it has.
    pub fn show_driver(&self, device: &Placed, bound: bool) -> io::Result<()> {
        let Some(report_descriptor) = device.identity.report_descriptor else { return Ok(()) };
        let Identity { vendor, product, .. } = device.identity;
        let folder = self.folder(&device.port).join(format!("{}:1.0/0003:{vendor:04X}:{product:04X}.{:04X}", device.port, device.address));
        if bound {
            fs::create_dir_all(&folder)?;
            fs::write(folder.join("report_descriptor"), report_descriptor)
        } else {
            match fs::remove_dir_all(&folder) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
                _ => Ok(()),
            }
        }
    }

    pub fn take_away(&self, device: &Placed) {
        // The socket stays: a program may be about to connect to it, and would be ended by the library if it could not.
        let _ = fs::remove_file(&device.node);
        for name in [device.port.clone(), format!("{}:1.0", device.port)] {
            let _ = fs::remove_file(self.root.join("sys/bus/usb/devices").join(name));
        }
        let _ = fs::remove_dir_all(self.folder(&device.port));
    }

    /// Sends an event to everybody who listens, in the form in which udev passes it on (`struct monitor_netlink_header` of libudev).
    pub fn tell(&self, action: &str, device: &Placed) {
        let mut words =
            format!("ACTION={action}\0DEVPATH=/{CONTROLLER}/{}\0SUBSYSTEM=usb\0SEQNUM={}\0", device.port, u32::from(device.address));
        words.extend(properties(device.address, &device.identity).lines().map(|line| {
            let line = line.strip_prefix("DEVNAME=").map_or_else(|| line.to_owned(), |name| format!("DEVNAME=/dev/{name}"));
            line + "\0"
        }));
        const HEADER: u32 = 40;
        let mut message = b"libudev\0".to_vec();
        message.extend(0xfeed_cafe_u32.to_be_bytes());
        for number in [HEADER, HEADER, words.len().try_into().unwrap_or(0)] {
            message.extend(u32::to_ne_bytes(number));
        }
        message.extend(hash("usb").to_be_bytes());
        message.extend(hash("usb_device").to_be_bytes());
        message.extend([0; 8]);
        message.extend(words.as_bytes());
        let Ok(folder) = fs::read_dir(&self.root) else { return };
        let Ok(socket) = UnixDatagram::unbound() else { return };
        for entry in folder.flatten().filter(|entry| entry.file_name().to_string_lossy().starts_with("event")) {
            // A listener that has gone leaves its socket behind.
            let _ = socket.send_to(&message, entry.path());
        }
    }
}

fn properties(address: u8, identity: &Identity) -> String {
    let minor = u32::from(address) - 1;
    format!(
        "MAJOR=189\nMINOR={minor}\nDEVNAME=bus/usb/{BUS:03}/{address:03}\nDEVTYPE=usb_device\nDRIVER=usb\nPRODUCT={:x}/{:x}/100\nTYPE=0/0/0\nBUSNUM={BUS:03}\nDEVNUM={address:03}",
        identity.vendor, identity.product
    )
}

/// Device, configuration, its one interface and endpoints, as the kernel keeps them.
fn descriptors(identity: &Identity) -> Vec<u8> {
    let Identity { vendor, product, class, endpoints, report_descriptor, .. } = identity;
    let mut parts = vec![9, 4, 0, 0, endpoints.len().try_into().unwrap_or(0), class.0, class.1, class.2, 0];
    if let Some(report) = report_descriptor {
        let length = u16::try_from(report.len()).unwrap_or(0).to_le_bytes();
        parts.extend([9, 0x21, 0x10, 1, 0, 1, 0x22, length[0], length[1]]);
    }
    for Endpoint { address, kind, packet } in endpoints.iter() {
        let packet = packet.to_le_bytes();
        parts.extend([7, 5, *address, *kind, packet[0], packet[1], 4]);
    }
    let (vendor, product) = (vendor.to_le_bytes(), product.to_le_bytes());
    let mut bytes = vec![18, 1, 0, 2, 0, 0, 0, 64, vendor[0], vendor[1], product[0], product[1], 0, 1, 1, 2, 3, 1];
    let total = u16::try_from(9 + parts.len()).unwrap_or(0).to_le_bytes();
    bytes.extend([9, 2, total[0], total[1], 1, 1, 0, 0x80, 50]);
    bytes.extend(parts);
    bytes
}

/// MurmurHash2 with seed 0, by which listeners let the kernel sort events out before they are woken.
fn hash(text: &str) -> u32 {
    const M: u32 = 0x5bd1_e995;
    let bytes = text.as_bytes();
    let mut h = u32::try_from(bytes.len()).unwrap_or(0);
    let words = bytes.chunks_exact(4);
    let rest = words.remainder();
    for word in words {
        let mut k = u32::from_le_bytes([word[0], word[1], word[2], word[3]]).wrapping_mul(M);
        k = (k ^ k >> 24).wrapping_mul(M);
        h = h.wrapping_mul(M) ^ k;
    }
    if !rest.is_empty() {
        let tail = rest.iter().rev().fold(0_u32, |tail, byte| tail << 8 | u32::from(*byte));
        h = (h ^ tail).wrapping_mul(M);
    }
    h = (h ^ h >> 13).wrapping_mul(M);
    h ^ h >> 15
}
