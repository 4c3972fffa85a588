//! Scanners: each one supervised by its driver, each one bound to a station by its identity, all of them reported to panel and hub.
//!
//! Configured scanners are watched for from the start. A point-of-sale scanner that nobody configured becomes a station of its own as soon as it is
//! plugged in, named after its identity; so two identical scanners are two stations, and a replugged one is the same station again. Keyboards and serial
//! lines are taken only when they are configured: they may be somebody's keyboard or a till.
//!
//! The answer to a scan is told through the scanner's own beeper and LED as well, where it has them ([`talk`]). It goes back with the scan's number.
//!
//! The end comes in this order: the scanners are let go, while what they have read is still taken; each station takes what waits for it; then this is
//! over, and the outbox may be closed. A scanner that waits for its code to be on disk is let go when it is.
//!
//! An agent that is killed leaves a scanner without the kernel's driver, and then the kernel no longer says what it is: such a device is asked itself.

mod taken;
mod talk;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use qitao_domain::ids::{DeviceId, StationId};
use qitao_domain::protocol::DeviceHealth;
use qitao_domain::scan::Scan;
use qitao_domain::work::Tone;
use qitao_scanner_drivers::clock::Clock;
use qitao_scanner_drivers::hotplug::{Capability, DeviceEvent, DeviceRecord, DeviceWatcher, WatchSettings};
use qitao_scanner_drivers::identity::Identity;
use qitao_scanner_drivers::scanner::hid::{self, HidSettings, HidTarget};
use qitao_scanner_drivers::scanner::remote::Remote;
use qitao_scanner_drivers::scanner::serial::{self, SerialSettings};
use qitao_scanner_drivers::scanner::speech::line::Taken;
use qitao_scanner_drivers::scanner::speech::{Family, Order};
use qitao_scanner_drivers::scanner::{ScannerEvent, ScannerHandle};
use qitao_scanner_drivers::sysfs::Sysfs;
use serde::Serialize;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::config::{Config, ScannerSettings, StationSettings};
use crate::core::{Core, Input};
use talk::{Known, Talks};

/// Scans that may wait for one station's disk before its scanner is made to wait.
const STATION_QUEUE: usize = 1024;

/// A device that was just plugged in is asked what it is only when no driver of the kernel has taken it for so long.
const FOR_DRIVERS: Duration = Duration::from_secs(1);

/// A scanner as it is now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ScannerNow {
    /// Which.
    pub device: DeviceId,
    /// The station its scans go to.
    pub station: StationId,
    /// The station's name for people.
    pub name: String,
    /// Where it is, or why it cannot be used.
    pub detail: String,
    /// Ready to scan.
    pub online: bool,
}

impl ScannerNow {
    /// As the hub's fleet page shows it.
    #[must_use]
    pub fn health(&self) -> DeviceHealth {
        DeviceHealth {
            id: self.device.to_string(),
            kind: "scanner".into(),
            model: self.name.clone(),
            state: if self.online { "online".into() } else { "offline".into() },
            station: Some(self.station.to_string()),
            settings: None,
        }
    }
}

/// The scanners of this edge. Cheap to clone.
#[derive(Clone)]
pub struct Devices {
    now: Arc<watch::Sender<Vec<ScannerNow>>>,
    plugs: Arc<watch::Sender<u64>>,
    talks: Talks,
}

impl Devices {
    /// Before any scanner is known.
    #[must_use]
    pub fn new() -> Self {
        Self { now: Arc::new(watch::Sender::new(Vec::new())), plugs: Arc::new(watch::Sender::new(0)), talks: Talks::default() }
    }

    /// The scanners as they are now; follow it for changes.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<Vec<ScannerNow>> {
        self.now.subscribe()
    }

    /// Changes whenever something is plugged in or out that can scan or print.
    #[must_use]
    pub fn plugs(&self) -> watch::Receiver<u64> {
        self.plugs.subscribe()
    }

    /// The way to a scanner, for signals and for its settings; `None` when no such scanner is watched for.
    #[must_use]
    pub fn remote(&self, device: &DeviceId) -> Option<Remote> {
        self.talks.of(device).map(|known| known.remote)
    }

    /// Which language a scanner speaks; of one that finds that out by its vendor, once it was seen.
    #[must_use]
    pub fn family(&self, device: &DeviceId) -> Option<Family> {
        self.talks.of(device).map(|known| known.family)
    }

    /// When the last code of a scanner came.
    #[must_use]
    pub fn scanned(&self, device: &DeviceId) -> Option<Instant> {
        self.talks.of(device).and_then(|known| known.scanned)
    }

    /// Tells the scanner of a station to do something. Whether there is one.
    #[must_use]
    pub fn order(&self, station: &StationId, order: Order) -> bool {
        let remote = self.talks.at(station);
        if let Some(remote) = &remote {
            remote.order(order);
        }
        remote.is_some()
    }

    /// Supervises scanners and feeds their scans to the stations until it is cancelled, and every scan that was read is answered.
    pub async fn run(self, settings: &Config, core: Arc<Core>, clock: Arc<dyn Clock>, stop: CancellationToken) {
        let (events, mut inbox) = mpsc::channel(256);
        let (watcher, attached) = DeviceWatcher::spawn(WatchSettings::default());
        let mut supervisor = Supervisor {
            devices: self,
            core: core.clone(),
            clock,
            events,
            adopt: settings.devices.adopt,
            adopted: BTreeSet::new(),
            handles: BTreeMap::new(),
            stations: BTreeMap::new(),
            seats: JoinSet::new(),
            asked: JoinSet::new(),
            taken: taken::last_taken(core.outbox()).await,
        };
        for station in &settings.stations {
            supervisor.configure(station);
        }
        supervisor.serve(&mut inbox, attached, stop).await;
        drop(watcher);
        supervisor.finish(inbox).await;
    }
}

impl Default for Devices {
    fn default() -> Self {
        Self::new()
    }
}

struct Supervisor {
    devices: Devices,
    core: Arc<Core>,
    clock: Arc<dyn Clock>,
    events: mpsc::Sender<ScannerEvent>,
    /// Whether a point-of-sale scanner that nobody named becomes a station.
    adopt: bool,
    adopted: BTreeSet<DeviceId>,
    handles: BTreeMap<DeviceId, ScannerHandle>,
    /// The queue of each device's station: scans with their numbers.
    stations: BTreeMap<DeviceId, mpsc::Sender<(u64, Scan)>>,
    /// Those who take from the queues.
    seats: JoinSet<()>,
    /// The last scan of each device that the agent before this one took.
    taken: BTreeMap<DeviceId, Taken>,
    /// Devices of unknown kind that are asked what they are; those that turned out to be point-of-sale scanners come back.
    asked: JoinSet<Option<DeviceRecord>>,
}

impl Supervisor {
    fn configure(&mut self, station: &StationSettings) {
        let name = if station.name.is_empty() { station.id.to_string() } else { station.name.clone() };
        match &station.scanner {
            ScannerSettings::Serial(wire) => self.start_serial(wire.clone(), station.id.clone(), name),
            ScannerSettings::Hid(wire) => self.start_hid(wire.clone(), station.id.clone(), name),
        }
    }

    async fn serve(
        &mut self,
        inbox: &mut mpsc::Receiver<ScannerEvent>,
        mut attached: mpsc::Receiver<DeviceEvent>,
        stop: CancellationToken,
    ) {
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                Some(event) = inbox.recv() => self.scanner_said(event).await,
                Some(event) = attached.recv() => {
                    self.devices.plugs.send_modify(|count| *count += 1);
                    if let DeviceEvent::Attached(record) | DeviceEvent::Changed(record) = event {
                        self.plugged_in(record);
                    }
                }
                Some(Ok(Some(record))) = self.asked.join_next() => self.adopt(&record),
                else => return,
            }
        }
    }

    /// See the module's text.
    async fn finish(mut self, mut inbox: mpsc::Receiver<ScannerEvent>) {
        let mut workers = JoinSet::new();
        for handle in std::mem::take(&mut self.handles).into_values() {
            workers.spawn(handle.stop());
        }
        loop {
            tokio::select! {
                Some(event) = inbox.recv() => self.scanner_said(event).await,
                ended = workers.join_next() => if ended.is_none() { break },
            }
        }
        while let Ok(event) = inbox.try_recv() {
            self.scanner_said(event).await;
        }
        self.stations.clear();
        while let Some(ended) = self.seats.join_next().await {
            if let Err(error) = ended {
                tracing::error!(%error, "what takes the scans of a station ended badly");
            }
        }
    }

    async fn scanner_said(&mut self, event: ScannerEvent) {
        match event {
            ScannerEvent::Online { info } => {
                tracing::info!(device = %info.device, place = %info.place, "scanner ready");
                self.devices.talks.seen(&info);
                self.update(&info.device, true, info.place);
            }
            ScannerEvent::Offline { device, reason } => {
                tracing::warn!(%device, %reason, "scanner cannot be used");
                self.update(&device, false, reason.to_string());
            }
            ScannerEvent::Scan { number, scan } => {
                self.devices.talks.scanned(&scan.device);
                if let Some(station) = self.stations.get(&scan.device) {
                    // Waits when the station's disk is behind; the scanner's own buffer holds what comes meanwhile.
                    let _ = station.send((number, scan)).await;
                }
            }
        }
    }

    /// Takes what it may take of a device that was plugged in.
    fn plugged_in(&mut self, record: DeviceRecord) {
        if !self.adopt || self.handles.contains_key(&record.id) {
            return;
        }
        self.leave_shared_name(&record);
        let is = |wanted: fn(&Capability) -> bool| record.capabilities.iter().any(wanted);
        if is(|capability| matches!(capability, Capability::HidPos { .. })) {
            self.adopt(&record);
        } else if is(|capability| matches!(capability, Capability::Hid { .. })) {
            self.asked.spawn(async move {
                tokio::time::sleep(FOR_DRIVERS).await;
                let asked = tokio::task::spawn_blocking(move || hid::is_point_of_sale(&Sysfs::system(), &record.id).then_some(record));
                asked.await.ok().flatten()
            });
        }
    }

    fn adopt(&mut self, record: &DeviceRecord) {
        // It may have been adopted while it was asked.
        if self.handles.contains_key(&record.id) {
            return;
        }
        let Ok(station) = StationId::new(record.id.as_str()) else { return };
        self.adopted.insert(record.id.clone());
        self.start_hid(HidSettings::of(HidTarget::Device(record.id.clone())), station, record.identity.to_string());
    }

    /// Two pieces turned out to show one serial number and go by their sockets now: the station that had this number as its name must let go, or it
    /// would have one of them, nobody knows which. What it has scanned is still taken.
    fn leave_shared_name(&mut self, record: &DeviceRecord) {
        let Identity::Usb(usb) = &record.identity else { return };
        let shared = usb.device_id();
        if shared != record.id && self.adopted.remove(&shared) {
            drop(self.handles.remove(&shared));
            self.devices.talks.forget(&shared);
            self.devices.now.send_modify(|all| all.retain(|scanner| scanner.device != shared));
        }
    }

    fn start_serial(&mut self, wire: SerialSettings, station: StationId, name: String) {
        let (device, family) = (wire.device_id(), wire.speech.family);
        let handle = serial::spawn_after(self.taken.remove(&device), wire, self.clock.clone(), self.events.clone());
        self.seat(&device, Known { station, family, remote: handle.remote(), scanned: None }, name);
        self.handles.insert(device, handle);
    }

    fn start_hid(&mut self, wire: HidSettings, station: StationId, name: String) {
        let (device, family) = (wire.device_id(), wire.speech.family);
        match hid::spawn(wire, self.clock.clone(), self.events.clone()) {
            Ok(handle) => {
                self.seat(&device, Known { station, family, remote: handle.remote(), scanned: None }, name);
                self.handles.insert(device, handle);
            }
            Err(error) => {
                tracing::error!(%device, %error, "a scanner's worker could not be started");
                self.show(ScannerNow { device, station, name, detail: error.to_string(), online: false });
            }
        }
    }

    /// Gives a device its station: a queue that keeps the order of its scans, while other stations go on. The answer goes back to the scanner only
    /// when it is on disk.
    fn seat(&mut self, device: &DeviceId, known: Known, name: String) {
        let Known { station, remote, .. } = known.clone();
        self.devices.talks.know(device, known);
        self.show(ScannerNow { device: device.clone(), station: station.clone(), name, detail: "looking for it".into(), online: false });
        let (queue, mut scans) = mpsc::channel::<(u64, Scan)>(STATION_QUEUE);
        let core = self.core.clone();
        self.seats.spawn(async move {
            while let Some((number, scan)) = scans.recv().await {
                let tone = match core.take(station.clone(), Input::Scan(scan)).await {
                    Ok(recorded) => recorded.fact.verdict.tone(),
                    Err(error) => {
                        tracing::error!(%station, %error, "a scan was not answered");
                        Tone::Wrong
                    }
                };
                remote.answer(number, tone);
            }
        });
        self.stations.insert(device.clone(), queue);
    }

    fn show(&self, scanner: ScannerNow) {
        self.devices.now.send_modify(|all| {
            all.retain(|other| other.device != scanner.device);
            all.push(scanner);
            all.sort_by(|a, b| a.station.cmp(&b.station));
        });
    }

    fn update(&self, device: &DeviceId, online: bool, detail: String) {
        self.devices.now.send_modify(|all| {
            if let Some(scanner) = all.iter_mut().find(|scanner| scanner.device == *device) {
                scanner.online = online;
                scanner.detail = detail;
            }
        });
    }
}
