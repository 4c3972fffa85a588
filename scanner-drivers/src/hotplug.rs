//! Which devices are plugged in, told as they come and go, so that roles can be bound to identities.
//!
//! The bus is looked at again and again whatever happens, because hot-plug events do not arrive everywhere (containers,
//! machines without udev). Where they arrive they only make the next look come at once; so a lost or repeated event cannot do
//! any harm. A look reads a few small files of `/sys`, which is cheap enough to do it more than once a second. After an event there are a few more looks, for nodes and permissions that come a moment later.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use qitao_domain::ids::DeviceId;
use rusb::{Context, Device, Hotplug, HotplugBuilder, UsbContext};
use serde::{Deserialize, Serialize};
use tokio::sync::{Notify, mpsc};
use tokio_util::sync::CancellationToken;

use crate::identity::{Identity, UsbIdentity, path_id};
use crate::scanner::hid::descriptor;
use crate::scanner::hid::keyboard::KeyDecoder;
use crate::scanner::hid::layout::Layout;
use crate::scanner::hid::pos::PosDecoder;
use crate::sysfs::Sysfs;
use crate::usb::{self, Access, CLASS_HID, CLASS_PRINTER, UsbDevice, UsbInterface};

/// Something that can be used as a scanner or a printer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceRecord {
    /// The id to bind roles to.
    pub id: DeviceId,
    /// What the device says of itself.
    pub identity: Identity,
    /// How it can be used; never empty.
    pub capabilities: Vec<Capability>,
    /// Whether this program may open it.
    #[serde(flatten)]
    pub access: Access,
    /// Bus and address of this plugging-in, for USB.
    pub address: Option<(u8, u8)>,
}

/// One way to use a device.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Capability {
    /// HID point-of-sale scanner.
    HidPos {
        /// USB interface.
        interface: u8,
    },
    /// Types. May be a scanner, and may be somebody's keyboard: never take it over without being told to.
    Keyboard {
        /// USB interface.
        interface: u8,
    },
    /// A human interface whose kind shows only when it is opened.
    Hid {
        /// USB interface.
        interface: u8,
    },
    /// A serial line.
    Serial {
        /// Its node now.
        node: PathBuf,
    },
    /// A printer of the USB printer class.
    Printer {
        /// USB interface.
        interface: u8,
    },
}

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::HidPos { .. } => f.write_str("point-of-sale scanner"),
            Self::Keyboard { .. } => f.write_str("keyboard, or a scanner that types"),
            Self::Hid { .. } => f.write_str("scanner or another device that a program has"),
            Self::Serial { node } => write!(f, "serial line {}", node.display()),
            Self::Printer { .. } => f.write_str("printer"),
        }
    }
}

/// What changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum DeviceEvent {
    /// It is there now.
    Attached(DeviceRecord),
    /// It is still there, but its rights or capabilities changed, e.g. a udev rule took effect.
    Changed(DeviceRecord),
    /// It is gone.
    Detached {
        /// Which.
        id: DeviceId,
    },
}

/// What to watch.
#[derive(Debug, Clone)]
pub struct WatchSettings {
    /// Lines outside USB that count as devices while their path exists: RS-232 ports, pseudo-terminals.
    pub paths: Vec<PathBuf>,
    /// Time between two looks when nothing happens.
    pub every: Duration,
}

impl Default for WatchSettings {
    fn default() -> Self {
        Self { paths: Vec::new(), every: Duration::from_millis(800) }
    }
}

/// Gives ids, and remembers models of which two pieces showed the same serial number: those go by their socket from then on.
#[derive(Debug, Default)]
pub struct IdentityBook {
    by_port: HashSet<(u16, u16)>,
}

impl IdentityBook {
    fn learn(&mut self, devices: &[UsbDevice]) {
        let mut seen = HashSet::new();
        for UsbDevice { identity, .. } in devices {
            let model = (identity.vendor, identity.product);
            if !seen.insert(identity.device_id()) && self.by_port.insert(model) {
                tracing::warn!(device = %identity, "two devices of this model show the same serial number; they are told apart by their sockets");
            }
        }
    }

    fn id(&self, identity: &UsbIdentity) -> DeviceId {
        if self.by_port.contains(&(identity.vendor, identity.product)) { identity.device_id_by_port() } else { identity.device_id() }
    }
}

/// Looks at what is plugged in now. Only devices that can scan or print are listed.
#[must_use]
pub fn list(sysfs: &Sysfs, paths: &[PathBuf], book: &mut IdentityBook) -> Vec<DeviceRecord> {
    let devices = sysfs.usb_devices();
    book.learn(&devices);
    let lines = sysfs.serial_ports();
    let mut records = Vec::new();
    for device in devices {
        let mut capabilities: Vec<Capability> =
            device.interfaces.iter().filter_map(|interface| capability(sysfs, &device, interface)).collect();
        let serial = lines.iter().filter(|line| line.usb.as_ref().is_some_and(|usb| usb.port == device.identity.port));
        let mut access = if capabilities.is_empty() { Access::Granted } else { device.access() };
        for line in serial {
            if capabilities.is_empty() {
                access = line.access();
            }
            capabilities.push(Capability::Serial { node: line.node.clone() });
        }
        if !capabilities.is_empty() {
            let (id, address) = (book.id(&device.identity), Some((device.bus, device.address)));
            records.push(DeviceRecord { id, identity: Identity::Usb(device.identity), capabilities, access, address });
        }
    }
    for path in paths.iter().filter(|path| path.exists()) {
        let capabilities = vec![Capability::Serial { node: path.clone() }];
        let (id, identity) = (path_id(path), Identity::Path(path.clone()));
        records.push(DeviceRecord { id, identity, capabilities, access: Access::Granted, address: None });
    }
    records
}

fn capability(sysfs: &Sysfs, device: &UsbDevice, interface: &UsbInterface) -> Option<Capability> {
    let number = interface.number;
    match interface.class {
        (CLASS_PRINTER, ..) => Some(Capability::Printer { interface: number }),
        (CLASS_HID, subclass, protocol) if interface.interrupt_in.is_some() => {
            let known = sysfs.report_descriptor(&device.identity.port, interface.configuration, number);
            match known.and_then(|bytes| descriptor::parse(&bytes).ok()) {
                Some(descriptor) if PosDecoder::new(&descriptor).is_some() => Some(Capability::HidPos { interface: number }),
                Some(descriptor) if KeyDecoder::new(&descriptor, Layout::us()).is_some() => {
                    Some(Capability::Keyboard { interface: number })
                }
                // A mouse, or the media keys beside a keyboard.
                Some(_) => None,
                None if (subclass, protocol) == (1, 1) => Some(Capability::Keyboard { interface: number }),
                None if (subclass, protocol) == (1, 2) => None,
                None => Some(Capability::Hid { interface: number }),
            }
        }
        _ => None,
    }
}

/// Watches in the background until dropped.
#[derive(Debug)]
pub struct DeviceWatcher {
    stop: CancellationToken,
    wake: Arc<Notify>,
}

impl DeviceWatcher {
    /// Starts watching; everything that is there already is `Attached` first.
    ///
    /// Must be called inside a Tokio runtime.
    #[must_use]
    pub fn spawn(settings: WatchSettings) -> (Self, mpsc::Receiver<DeviceEvent>) {
        Self::spawn_on(settings, Sysfs::system())
    }

    /// The same for another root of `/sys`.
    #[must_use]
    pub fn spawn_on(settings: WatchSettings, sysfs: Sysfs) -> (Self, mpsc::Receiver<DeviceEvent>) {
        let (sender, receiver) = mpsc::channel(64);
        let (stop, wake) = (CancellationToken::new(), Arc::new(Notify::new()));
        listen(wake.clone(), stop.clone());
        tokio::spawn(watch(settings, sysfs, sender, wake.clone(), stop.clone()));
        (Self { stop, wake }, receiver)
    }

    /// Looks now: after an error on a device, or because somebody asked.
    pub fn look_now(&self) {
        self.wake.notify_one();
    }
}

impl Drop for DeviceWatcher {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

async fn watch(settings: WatchSettings, sysfs: Sysfs, events: mpsc::Sender<DeviceEvent>, wake: Arc<Notify>, stop: CancellationToken) {
    let mut book = IdentityBook::default();
    let mut known: BTreeMap<DeviceId, DeviceRecord> = BTreeMap::new();
    let mut soon = VecDeque::new();
    loop {
        let look = {
            let (sysfs, paths) = (sysfs.clone(), settings.paths.clone());
            tokio::task::spawn_blocking(move || {
                let records = list(&sysfs, &paths, &mut book);
                (records, book)
            })
        };
        let found = match look.await {
            Ok((records, learnt)) => {
                book = learnt;
                let seen = records.into_iter().map(|record| (record.id.clone(), record));
                seen.map(|(id, record)| {
                    let record = known.get(&id).filter(|old| goes(old, &record)).cloned().unwrap_or(record);
                    (id, record)
                })
                .collect()
            }
            Err(error) => {
                tracing::error!(%error, "looking for devices broke down");
                return;
            }
        };
        for event in difference(&known, &found) {
            tracing::info!(?event, "devices changed");
            if events.send(event).await.is_err() {
                return;
            }
        }
        known = found;
        let pause = soon.pop_front().unwrap_or(settings.every);
        tokio::select! {
            () = stop.cancelled() => return,
            () = events.closed() => return,
            () = wake.notified() => {
                soon = [50, 200, 500].map(Duration::from_millis).into();
            }
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// Whether a device is on its way out: its node is gone, and the kernel lists it for a moment longer. That is no change of rights.
fn goes(old: &DeviceRecord, new: &DeviceRecord) -> bool {
    let node_is_gone = || new.address.is_some_and(|(bus, address)| !Path::new(&usb::node(bus, address)).exists());
    old.address == new.address && old.access == Access::Granted && new.access != Access::Granted && node_is_gone()
}

fn difference(before: &BTreeMap<DeviceId, DeviceRecord>, after: &BTreeMap<DeviceId, DeviceRecord>) -> Vec<DeviceEvent> {
    let mut events = Vec::new();
    for (id, old) in before {
        // Another address: it was away in between.
        if after.get(id).is_none_or(|new| new.address != old.address) {
            events.push(DeviceEvent::Detached { id: id.clone() });
        }
    }
    for (id, new) in after {
        match before.get(id) {
            Some(old) if old == new => {}
            Some(old) if old.address == new.address => events.push(DeviceEvent::Changed(new.clone())),
            _ => events.push(DeviceEvent::Attached(new.clone())),
        }
    }
    events
}

struct Ring(Arc<Notify>);

impl Hotplug<Context> for Ring {
    fn device_arrived(&mut self, _: Device<Context>) {
        self.0.notify_one();
    }

    fn device_left(&mut self, _: Device<Context>) {
        self.0.notify_one();
    }
}

/// Listens to libusb's hot-plug events on a thread of its own. Not having them is no fault: the timer looks anyway.
fn listen(wake: Arc<Notify>, stop: CancellationToken) {
    let thread = std::thread::Builder::new().name("usb-hotplug".into()).spawn(move || {
        let context = match Context::new() {
            Ok(context) if rusb::has_hotplug() => context,
            Ok(_) => return,
            Err(error) => {
                tracing::warn!(%error, "no hot-plug events from USB; looking at intervals only");
                return;
            }
        };
        let registration = HotplugBuilder::new().register(&context, Box::new(Ring(wake)));
        if let Err(error) = &registration {
            tracing::warn!(%error, "no hot-plug events from USB; looking at intervals only");
            return;
        }
        while !stop.is_cancelled() {
            if let Err(error) = context.handle_events(Some(Duration::from_millis(300))) {
                tracing::debug!(%error, "waiting for hot-plug events failed");
                std::thread::sleep(Duration::from_millis(300));
            }
        }
        drop(registration);
    });
    if let Err(error) = thread {
        tracing::warn!(%error, "no thread for hot-plug events; looking at intervals only");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(serial: &str, address: u8, access: Access) -> (DeviceId, DeviceRecord) {
        let usb = UsbIdentity { vendor: 1, product: 2, serial: Some(serial.into()), port: "1-1".into(), manufacturer: None, name: None };
        let (id, capabilities) = (usb.device_id(), vec![Capability::HidPos { interface: 0 }]);
        (id.clone(), DeviceRecord { id, identity: Identity::Usb(usb), capabilities, access, address: Some((1, address)) })
    }

    fn named(events: &[DeviceEvent]) -> Vec<(&str, &str)> {
        fn name(event: &DeviceEvent) -> (&str, &DeviceId) {
            match event {
                DeviceEvent::Attached(record) => ("attached", &record.id),
                DeviceEvent::Changed(record) => ("changed", &record.id),
                DeviceEvent::Detached { id } => ("detached", id),
            }
        }
        events.iter().map(name).map(|(what, id)| (what, id.as_str().trim_start_matches("usb-0001:0002-"))).collect()
    }

    #[test]
    fn coming_going_and_coming_back_between_two_looks_are_told() {
        let granted = Access::Granted;
        let before = BTreeMap::from([record("AAAB", 5, granted.clone()), record("BBBC", 6, granted.clone())]);
        let after = BTreeMap::from([record("BBBC", 9, granted.clone()), record("CCCD", 7, granted)]);
        let told = difference(&before, &after);
        assert_eq!(named(&told), [("detached", "AAAB"), ("detached", "BBBC"), ("attached", "BBBC"), ("attached", "CCCD")]);
        assert!(difference(&after, &after).is_empty());
    }

    #[test]
    fn a_right_that_comes_late_is_a_change() {
        let before = BTreeMap::from([record("AAAB", 5, Access::Denied { help: "x".into() })]);
        let after = BTreeMap::from([record("AAAB", 5, Access::Granted)]);
        assert_eq!(named(&difference(&before, &after)), [("changed", "AAAB")]);
    }

    #[test]
    fn clones_with_one_serial_number_go_by_socket_from_then_on() {
        let device = |port: &str| UsbDevice {
            identity: UsbIdentity {
                vendor: 1,
                product: 2,
                serial: Some("A1B2C3".into()),
                port: port.into(),
                manufacturer: None,
                name: None,
            },
            bus: 1,
            address: 1,
            interfaces: Vec::new(),
        };
        let mut book = IdentityBook::default();
        book.learn(&[device("1-1")]);
        assert_eq!(book.id(&device("1-1").identity).as_str(), "usb-0001:0002-A1B2C3");
        book.learn(&[device("1-1"), device("1-2")]);
        assert_eq!(book.id(&device("1-1").identity).as_str(), "usb-0001:0002-port-1-1");
        book.learn(&[device("1-1")]);
        assert_eq!(book.id(&device("1-1").identity).as_str(), "usb-0001:0002-port-1-1", "unplugging the twin changes nothing");
    }
}
