//! A USB bus for a program under test, with devices that answer as they are asked: the program's own libusb submits real transfers, and they
//! end here.
//!
//! The program runs with umockdev's preload library, which sends what it does with `/sys` and `/dev/bus/usb` to a folder and to sockets in it.
//! umockdev itself can play recordings only; so this module keeps the folder ([`tree`]), speaks the other end of the sockets ([`host`]) and has
//! the devices ([`gadget`]). An endpoint may have nothing to say or take nothing, a plug can be pulled in the middle of a transfer, and the kernel's
//! driver is bound, detached and given back, as with a real host.

mod gadget;
mod host;
mod tree;

use std::io;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use tempfile::TempDir;

pub use gadget::{Gadget, Identity, PosScanner, Setup, UsbPrinter};
use host::Host;
use tree::Tree;

/// A bus with sockets to plug into.
pub struct UsbBus {
    tree: Arc<Tree>,
    last_address: AtomicU8,
    _folder: TempDir,
}

impl UsbBus {
    /// An empty bus.
    ///
    /// # Errors
    /// When its folder cannot be made, or umockdev is not installed.
    pub fn new() -> io::Result<Self> {
        let there = Command::new("umockdev-run").arg("--version").output().is_ok_and(|output| output.status.success());
        if !there {
            return Err(io::Error::new(io::ErrorKind::NotFound, "a USB bus for tests needs a Debian package: apt-get install umockdev"));
        }
        // Short, because paths of sockets are.
        let folder = tempfile::Builder::new().prefix("usb").tempdir()?;
        let tree = Arc::new(Tree::new(folder.path())?);
        Ok(Self { tree, last_address: AtomicU8::new(1), _folder: folder })
    }

    /// What a program must have in its environment to see this bus instead of the machine's.
    #[must_use]
    pub fn environment(&self) -> Vec<(String, String)> {
        let folder: &Path = self.tree.root();
        [
            ("LD_PRELOAD", "libumockdev-preload.so.0"),
            ("UMOCKDEV_DIR", &folder.to_string_lossy()),
            // Or libudev asks the real /sys whether a device in an event is there.
            ("SYSTEMD_DEVICE_VERIFY_SYSFS", "0"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into()
    }

    /// Plugs a device into a socket, named as the kernel does (`1-1.2`). As on a real bus it gets another address each time.
    ///
    /// # Errors
    /// When its files cannot be made.
    pub fn plug<G: Gadget>(&self, port: &str, gadget: G) -> io::Result<Plug<G>> {
        let address = self.last_address.fetch_add(1, Ordering::Relaxed) + 1;
        let device = self.tree.place(port, address, gadget.identity())?;
        let host = Host::start(self.tree.clone(), device, gadget)?;
        self.tree.show(host.device())?;
        self.tree.tell("add", host.device());
        Ok(Plug { tree: self.tree.clone(), host })
    }
}

/// A device that is plugged in, until this is dropped.
pub struct Plug<G: Gadget> {
    tree: Arc<Tree>,
    host: Arc<Host<G>>,
}

impl<G: Gadget> Plug<G> {
    /// Does something at the device: pulls the trigger, takes the paper out.
    pub fn at<T>(&self, act: impl FnOnce(&mut G) -> T) -> T {
        self.host.at(act)
    }

    /// Whether the kernel's own driver has the interface now.
    #[must_use]
    pub fn driver_bound(&self) -> bool {
        self.host.driver_bound()
    }

    /// Whether a program waits for the device to say something.
    #[must_use]
    pub fn is_listened_to(&self) -> bool {
        self.host.is_listened_to()
    }

    /// Pulls the plug: transfers on the way fail, and everything after them.
    pub fn pull(self) {}
}

impl<G: Gadget> Drop for Plug<G> {
    fn drop(&mut self) {
        self.host.pull();
        self.tree.take_away(self.host.device());
        self.tree.tell("remove", self.host.device());
    }
}
