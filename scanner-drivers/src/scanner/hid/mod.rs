//! Scanners on USB's human interface class, read through libusb: point-of-sale scanners ([`pos`]) and those that type ([`keyboard`]).
//!
//! Each has a thread of its own, because libusb blocks. It waits in short turns, so that it hears when it should stop and notices
//! silence. Whatever ends the reading, the interface is given back, and the thread looks for its device again.

pub mod descriptor;
pub mod keyboard;
pub mod layout;
pub mod output;
pub mod pos;
mod reader;
mod voice;

use std::sync::Arc;

use qitao_domain::ids::DeviceId;
use serde::{Deserialize, Serialize};
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::framing::FramingSettings;
use super::remote::Remote;
use super::speech::SpeechSettings;
use super::{Reporter, ScannerEvent, ScannerHandle};
use crate::clock::Clock;
use crate::identity::{UsbIdentity, UsbMatch};
use crate::sysfs::Sysfs;
use crate::usb::{CLASS_HID, Claimed, UsbInterface};
use keyboard::AltCodes;
use pos::PosDecoder;
use voice::Booth;

/// Which device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HidTarget {
    /// The device with this id.
    Device(DeviceId),
    /// The first device that fits.
    Usb(UsbMatch),
}

impl HidTarget {
    fn fits(&self, usb: &UsbIdentity) -> bool {
        match self {
            Self::Device(id) => usb.is(id),
            Self::Usb(wanted) => wanted.fits(usb),
        }
    }
}

/// Which of a device's interfaces to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HidMode {
    /// The point-of-sale interface if there is one, since it tells the symbology; otherwise the keyboard.
    #[default]
    Auto,
    /// Point of sale only.
    Pos,
    /// Keyboard only.
    Keyboard,
}

/// Everything about one HID scanner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HidSettings {
    /// Which device.
    pub target: HidTarget,
    /// The id for its scans; made from the target when absent.
    #[serde(default)]
    pub device: Option<DeviceId>,
    /// Which interface.
    #[serde(default)]
    pub mode: HidMode,
    /// Keyboard layout that the scanner types for: `us` or `de`.
    #[serde(default = "default_layout")]
    pub layout: String,
    /// What Alt plus a number above 255 means.
    #[serde(default)]
    pub alt_codes: AltCodes,
    /// How a typing scanner marks codes. Point-of-sale reports need no marks.
    #[serde(default = "FramingSettings::keyboard")]
    pub framing: FramingSettings,
    /// What a point-of-sale scanner understands. Those that type are told nothing.
    #[serde(default)]
    pub speech: SpeechSettings,
}

fn default_layout() -> String {
    "us".into()
}

impl HidSettings {
    /// Everything found out by itself.
    #[must_use]
    pub fn of(target: HidTarget) -> Self {
        Self {
            target,
            device: None,
            mode: HidMode::Auto,
            layout: default_layout(),
            alt_codes: AltCodes::Unicode,
            framing: FramingSettings::keyboard(),
            speech: SpeechSettings::default(),
        }
    }

    /// The id that this scanner's events carry, known before it has been found.
    #[must_use]
    pub fn device_id(&self) -> DeviceId {
        match (&self.device, &self.target) {
            (Some(id), _) | (None, HidTarget::Device(id)) => id.clone(),
            (None, HidTarget::Usb(wanted)) => wanted.device_id(),
        }
    }
}

/// Asks a device whether it is a point-of-sale scanner, when the kernel does not say: no driver has it, as after a program that had it was killed.
/// What a driver or another program has is left alone. Blocks for up to a second for each interface.
#[must_use]
pub fn is_point_of_sale(sysfs: &Sysfs, id: &DeviceId) -> bool {
    let Some(device) = sysfs.usb_devices().into_iter().find(|device| device.identity.is(id)) else { return false };
    let Ok(handle) = device.open().map(Arc::new) else { return false };
    let unknown = |interface: &&UsbInterface| {
        interface.class == (CLASS_HID, 0, 0)
            && interface.interrupt_in.is_some()
            && handle.kernel_driver_active(interface.number) == Ok(false)
    };
    device.interfaces.iter().filter(unknown).any(|interface| {
        let described = Claimed::to_ask(handle.clone(), interface.number).ok().and_then(|claimed| reader::ask(&claimed, interface));
        described.and_then(|bytes| descriptor::parse(&bytes).ok()).is_some_and(|descriptor| PosDecoder::new(&descriptor).is_some())
    })
}

/// Starts the worker of one HID scanner.
///
/// Must be called inside a Tokio runtime.
///
/// # Errors
/// When the machine has no thread left.
pub fn spawn(settings: HidSettings, clock: Arc<dyn Clock>, events: mpsc::Sender<ScannerEvent>) -> std::io::Result<ScannerHandle> {
    let stop = CancellationToken::new();
    let reporter = Reporter::new(settings.device_id(), events);
    let (remote, orders) = Remote::new();
    let (booth, answers) = Booth::new(settings.speech, clock.clone());
    let worker = reader::Worker::new(settings, clock, reporter, stop.clone(), Handle::current(), Sysfs::system(), booth.clone());
    let (done, finished) = tokio::sync::oneshot::channel();
    std::thread::Builder::new().name("hid-scanner".into()).spawn(move || {
        worker.run();
        // Nobody may be waiting for the end.
        let _ = done.send(());
    })?;
    tokio::spawn(booth.serve(orders, answers, stop.clone()));
    let task = tokio::spawn(async move {
        if finished.await.is_err() {
            tracing::error!("a scanner's thread broke down");
        }
    });
    Ok(ScannerHandle::new(stop, task, remote))
}
