//! Scanners: from wire to [`Scan`], whatever the wire is.
//!
//! Each scanner is one supervised worker that owns its device: it opens it, reads it, frames what it reads, and opens it again
//! after it has been unplugged. All it says goes through one channel as [`ScannerEvent`]s. A full channel makes the worker wait;
//! it never drops a scan. The other way, from the host to the scanner and the person who holds it, goes through a [`remote::Remote`]; [`speech`] is
//! what can be said.

pub mod framing;
pub mod hid;
pub mod remote;
pub mod serial;
pub mod speech;

use std::fmt;
use std::time::Duration;

use qitao_domain::ids::DeviceId;
use qitao_domain::scan::Scan;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::identity::Identity;
use framing::Frame;
use remote::Remote;

/// What a scanner's worker says.
#[derive(Debug, Clone, PartialEq)]
pub enum ScannerEvent {
    /// The device is open and can be used.
    Online {
        /// Which, and how.
        info: ScannerInfo,
    },
    /// A code was read. Between its `Online` and the next `Offline`; a torn last scan comes before the `Offline`.
    Scan {
        /// Counts the worker's scans, from 1; [`remote::Remote::answer`] takes it.
        number: u64,
        /// The code.
        scan: Scan,
    },
    /// The device cannot be used; the worker keeps trying. Sent once for each change of reason.
    Offline {
        /// Which.
        device: DeviceId,
        /// Why, and what to do.
        reason: OfflineReason,
    },
}

/// A device that is open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScannerInfo {
    /// The id that its scans carry.
    pub device: DeviceId,
    /// What the device says of itself.
    pub identity: Identity,
    /// How it is read.
    pub kind: ScannerKind,
    /// Device node or interface, for the log and the settings page, e.g. `/dev/ttyACM0` or `1-1.2 interface 0`.
    pub place: String,
}

/// How a scanner is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScannerKind {
    /// RS-232, CDC-ACM, or a USB-serial adapter.
    Serial,
    /// HID point-of-sale scanner: codes come with their symbology.
    HidPos,
    /// Types like a keyboard.
    Keyboard,
}

/// Why a device cannot be used now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum OfflineReason {
    /// Not there (yet).
    NotFound,
    /// Was there and went away.
    Unplugged,
    /// There, but this user may not open it; the text says what to do.
    PermissionDenied {
        /// What to do.
        help: String,
    },
    /// There, but another program has it.
    InUse,
    /// There and open to us, but it is no scanner that can be read this way.
    NotAScanner {
        /// What was found instead.
        detail: String,
    },
    /// Anything else; tried again with growing pauses.
    Failed {
        /// The error, for a technician.
        detail: String,
    },
    /// The worker was told to stop.
    Stopped,
}

impl fmt::Display for OfflineReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound => f.write_str("not found"),
            Self::Unplugged => f.write_str("unplugged"),
            Self::PermissionDenied { help } => write!(f, "permission denied: {help}"),
            Self::InUse => f.write_str("in use by another program"),
            Self::NotAScanner { detail } => write!(f, "cannot be read as a scanner: {detail}"),
            Self::Failed { detail } => f.write_str(detail),
            Self::Stopped => f.write_str("stopped"),
        }
    }
}

/// A running worker. Dropping it stops the worker; [`ScannerHandle::stop`] also waits until the device is free again.
#[derive(Debug)]
pub struct ScannerHandle {
    stop: CancellationToken,
    task: Option<JoinHandle<()>>,
    remote: Remote,
}

impl ScannerHandle {
    pub(crate) fn new(stop: CancellationToken, task: JoinHandle<()>, remote: Remote) -> Self {
        Self { stop, task: Some(task), remote }
    }

    /// The way to the scanner; stays good over unplugging.
    #[must_use]
    pub fn remote(&self) -> Remote {
        self.remote.clone()
    }

    /// Stops the worker and waits until it has let go of the device.
    pub async fn stop(mut self) {
        self.stop.cancel();
        if let Some(task) = self.task.take()
            && let Err(error) = task.await
        {
            tracing::error!(%error, "a scanner's worker ended badly");
        }
    }
}

impl Drop for ScannerHandle {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// One worker's way to the outside: remembers the last state, so that each change is said once.
pub(crate) struct Reporter {
    device: DeviceId,
    events: mpsc::Sender<ScannerEvent>,
    last: Option<Option<OfflineReason>>,
}

/// Nobody listens any more, so the worker should end.
#[derive(Debug)]
pub(crate) struct Deaf;

impl Reporter {
    pub(crate) fn new(device: DeviceId, events: mpsc::Sender<ScannerEvent>) -> Self {
        Self { device, events, last: None }
    }

    async fn send(&self, event: ScannerEvent) -> Result<(), Deaf> {
        self.events.send(event).await.map_err(|_| Deaf)
    }

    pub(crate) async fn online(&mut self, info: ScannerInfo) -> Result<(), Deaf> {
        tracing::info!(device = %self.device, place = %info.place, kind = ?info.kind, "scanner is ready");
        self.last = Some(None);
        self.send(ScannerEvent::Online { info }).await
    }

    pub(crate) async fn offline(&mut self, reason: OfflineReason) -> Result<(), Deaf> {
        // "Unplugged" turns into "not found" at the next look, which is no news.
        let stale = matches!((&self.last, &reason), (Some(Some(OfflineReason::Unplugged)), OfflineReason::NotFound));
        if stale || self.last.as_ref() == Some(&Some(reason.clone())) {
            return Ok(());
        }
        tracing::warn!(device = %self.device, %reason, "scanner cannot be used");
        self.last = Some(Some(reason.clone()));
        self.send(ScannerEvent::Offline { device: self.device.clone(), reason }).await
    }

    /// Hands codes on; `last` is the number of the last one.
    pub(crate) async fn frames(&mut self, frames: &mut Vec<Frame>, last: u64) -> Result<(), Deaf> {
        let first = last + 1 - frames.len() as u64;
        for (number, frame) in (first..).zip(frames.drain(..)) {
            let Frame { payload, symbology, framing, at } = frame;
            let scan = Scan { payload, symbology, device: self.device.clone(), captured_at: at, framing };
            self.send(ScannerEvent::Scan { number, scan }).await?;
        }
        Ok(())
    }
}

/// How long to wait before looking again: short while the device is away (a look is cheap, and a device plugged in again must be
/// usable within a second), growing for faults that stay.
pub(crate) struct Pauses {
    away: Duration,
    fault: Duration,
}

const FIRST_LOOK: Duration = Duration::from_millis(100);
const LONGEST_LOOK: Duration = Duration::from_millis(500);
const FIRST_FAULT: Duration = Duration::from_millis(250);
const STEADY: Duration = Duration::from_secs(2);
const LONGEST_FAULT: Duration = Duration::from_secs(3);

impl Pauses {
    pub(crate) fn new() -> Self {
        Self { away: FIRST_LOOK, fault: FIRST_FAULT }
    }

    pub(crate) fn after(&mut self, reason: &OfflineReason) -> Duration {
        let (pause, longest) = match reason {
            OfflineReason::NotFound | OfflineReason::Unplugged => (&mut self.away, LONGEST_LOOK),
            _ => (&mut self.fault, LONGEST_FAULT),
        };
        let now = *pause;
        *pause = (now * 3 / 2).min(longest);
        now
    }

    /// Starts small again after a device has worked for a while. One that breaks as soon as it is opened is tried less and less often.
    pub(crate) fn after_use(&mut self, worked: Duration) {
        if worked >= STEADY {
            *self = Self::new();
        }
    }
}
