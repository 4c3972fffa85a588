//! Whom one can talk to: the ways to the scanners, by device and by station.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use qitao_domain::ids::{DeviceId, StationId};
use qitao_scanner_drivers::identity::Identity;
use qitao_scanner_drivers::scanner::ScannerInfo;
use qitao_scanner_drivers::scanner::remote::Remote;
use qitao_scanner_drivers::scanner::speech::Family;

/// A scanner that is watched for.
#[derive(Debug, Clone)]
pub(super) struct Known {
    /// Where its scans go.
    pub(super) station: StationId,
    /// What it speaks.
    pub(super) family: Family,
    /// The way to it; good over unplugging.
    pub(super) remote: Remote,
    /// When its last code came.
    pub(super) scanned: Option<Instant>,
}

/// All of them. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(super) struct Talks(Arc<Mutex<BTreeMap<DeviceId, Known>>>);

impl Talks {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<DeviceId, Known>> {
        // Nothing between lock and unlock can panic half way through a change.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn know(&self, device: &DeviceId, known: Known) {
        self.lock().insert(device.clone(), known);
    }

    pub(super) fn forget(&self, device: &DeviceId) {
        self.lock().remove(device);
    }

    /// A device is there: its vendor tells the language where nobody wrote it down.
    pub(super) fn seen(&self, info: &ScannerInfo) {
        let vendor = if let Identity::Usb(usb) = &info.identity { Some(usb.vendor) } else { None };
        if let Some(known) = self.lock().get_mut(&info.device) {
            known.family = known.family.resolve(vendor);
        }
    }

    /// A code came from a device.
    pub(super) fn scanned(&self, device: &DeviceId) {
        if let Some(known) = self.lock().get_mut(device) {
            known.scanned = Some(Instant::now());
        }
    }

    pub(super) fn of(&self, device: &DeviceId) -> Option<Known> {
        self.lock().get(device).cloned()
    }

    pub(super) fn at(&self, station: &StationId) -> Option<Remote> {
        self.lock().values().find(|known| known.station == *station).map(|known| known.remote.clone())
    }
}
