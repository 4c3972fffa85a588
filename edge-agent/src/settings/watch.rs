//! The watch over attached devices: each is held against its profile when it comes and regularly after that, and what differs is told to the hub.
//!
//! Two kinds are looked at otherwise. A scanner that reads no codes while it is asked (Datalogic) is asked when it comes and when it has rested after work. One
//! that has not answered for many looks is asked seldom, until it answers.
//!
//! It only looks. A device that somebody has set otherwise may be so for a reason; it is set right by `edge-agent device apply`, when somebody
//! decides so.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use qitao_domain::protocol::{DeviceHealth, Drift, MOST_DRIFT, SettingsHealth};
use qitao_firmware_config::family::Family;
use qitao_firmware_config::plan::Kept;
use qitao_firmware_config::{Conversation, Goal, Report, Role, Trouble};
use qitao_scanner_drivers::scanner::remote::Remote;
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::chain::ChainRules;
use super::choice::{Choice, family_of_printer, family_of_scanner};
use super::kept::KeptStore;
use super::wire::{ScannerWire, WAIT, hold};
use crate::clock;
use crate::config::Config;
use crate::core::Core;
use crate::devices::Devices;
use crate::printing::{PrinterNow, Printing};

/// After so many looks without an answer a device is asked seldom: it may have been busy, or somebody scanned just then, but not each time.
const SILENCES: u32 = 20;
/// Between two looks at a device that cannot work meanwhile, when it was not used.
const DAY: Duration = Duration::from_secs(24 * 3600);

/// How often devices are looked at, and how long they have.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// Between two looks at a device that answers.
    pub every: Duration,
    /// Between two looks at a device that cannot be asked, or has not answered [`SILENCES`] times in a row.
    pub seldom: Duration,
    /// For one answer.
    pub wait: Duration,
}

impl Pace {
    /// As the settings say.
    #[must_use]
    pub fn of(config: &Config) -> Self {
        Self { every: Duration::from_secs(u64::from(config.settings.every_s.max(1))), seldom: Duration::from_secs(300), wait: WAIT }
    }
}

/// The settings of attached devices as they were last seen. Cheap to clone.
#[derive(Debug, Clone)]
pub struct SettingsWatch {
    now: Arc<watch::Sender<BTreeMap<String, SettingsHealth>>>,
    pace: Pace,
}

/// A device that is to be looked at.
struct Due {
    id: String,
    role: Role,
    family: Option<&'static Family>,
    how: How,
}

enum How {
    Scanner {
        remote: Remote,
        /// When its last code came.
        used: Option<std::time::Instant>,
    },
    Printer(Printing),
}

/// What is known of a device's looks.
#[derive(Debug, Clone, Copy)]
struct Looks {
    last: Instant,
    next: Instant,
    /// Without an answer, in a row.
    silences: u32,
}

/// How a look went.
enum Look {
    /// The device answered, or is looked at again as usual for another reason.
    Usual,
    /// It did not answer.
    Silent,
    /// It cannot be asked.
    Cannot,
}

impl Due {
    /// Whether it is time. `rest`: how long a device that cannot work meanwhile must have rested.
    fn is_now(&self, looks: Option<&Looks>, now: Instant, rest: Duration) -> bool {
        let Some(looks) = looks else { return true };
        let rested = match self.how {
            How::Scanner { used: Some(used), .. } if self.disturbs() => Instant::from_std(used) > looks.last && used.elapsed() >= rest,
            _ => false,
        };
        looks.next <= now || rested
    }

    fn disturbs(&self) -> bool {
        self.family.is_some_and(|family| family.disturbs)
    }
}

impl SettingsWatch {
    /// Before anything was looked at.
    #[must_use]
    pub fn new(pace: Pace) -> Self {
        Self { now: Arc::new(watch::Sender::new(BTreeMap::new())), pace }
    }

    /// The settings as they were last seen; follow it for changes.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<BTreeMap<String, SettingsHealth>> {
        self.now.subscribe()
    }

    /// Puts what is known of a device's settings into its health.
    pub fn complete(&self, devices: &mut [DeviceHealth]) {
        let now = self.now.borrow();
        for device in devices {
            device.settings = now.get(&device.id).cloned();
        }
    }

    /// Looks at devices until it is cancelled.
    pub async fn run(self, config: Arc<Config>, core: Arc<Core>, devices: Devices, printing: Printing, stop: CancellationToken) {
        let mut chain = core.replica().catalogue().devices.clone();
        let load = |chain: &Arc<ChainRules>| Choice::load(&config, chain.clone());
        let mut choice = match load(&chain) {
            Ok(choice) => choice,
            Err(error) => return tracing::error!(%error, "devices are not held against their profiles"),
        };
        let store = KeptStore::of(&config);
        let (mut scanners, mut printers) = (devices.watch(), printing.watch());
        let mut looks: BTreeMap<String, Looks> = BTreeMap::new();
        loop {
            let said = core.replica().catalogue().devices.clone();
            if !Arc::ptr_eq(&said, &chain) {
                chain = said;
                match load(&chain) {
                    Ok(new) => choice = new,
                    Err(error) => tracing::error!(%error, "devices are held against their profiles as they were"),
                }
                looks.clear();
            }
            let mut there = Vec::new();
            for scanner in scanners.borrow_and_update().iter().filter(|scanner| scanner.online) {
                let Some(remote) = devices.remote(&scanner.device) else { continue };
                let family = devices.family(&scanner.device).and_then(family_of_scanner);
                let how = How::Scanner { remote, used: devices.scanned(&scanner.device) };
                there.push(Due { id: scanner.device.to_string(), role: Role::Scanner, family, how });
            }
            let idle = |printer: &&PrinterNow| config.settings.printers && printer.fault.is_none() && printer.waiting == 0;
            for printer in printers.borrow_and_update().iter().filter(idle) {
                let Some(settings) = config.printers.iter().find(|settings| settings.id.as_str() == printer.id) else { continue };
                let family = family_of_printer(settings);
                there.push(Due { id: printer.id.clone(), role: Role::Printer, family, how: How::Printer(printing.clone()) });
            }
            // A scanner that went away is looked at as soon as it is back; a printer that is busy only when it is due again.
            looks.retain(|id, _| there.iter().any(|due| due.id == *id) || config.printers.iter().any(|printer| printer.id.as_str() == id));
            let now = Instant::now();
            there.retain(|due| due.is_now(looks.get(&due.id), now, self.pace.every));
            let looked = tokio::select! {
                () = stop.cancelled() => return,
                looked = join_all(there.iter().map(|due| self.look(due, &choice, &store))) => looked,
            };
            for (due, look) in there.iter().zip(looked) {
                let last = Instant::now();
                let silences = if matches!(look, Look::Silent) { looks.get(&due.id).map_or(0, |looks| looks.silences) + 1 } else { 0 };
                let pause = match look {
                    Look::Usual if due.disturbs() => DAY,
                    Look::Silent if silences < SILENCES => self.pace.every,
                    Look::Usual => self.pace.every,
                    Look::Silent | Look::Cannot => self.pace.seldom,
                };
                looks.insert(due.id.clone(), Looks { last, next: last + pause, silences });
            }
            // At least as often as this it is looked whether the chain says something else.
            let regular = Instant::now() + self.pace.every;
            let soonest = looks.values().map(|looks| looks.next).min().map_or(regular, |due| due.min(regular));
            tokio::select! {
                () = stop.cancelled() => return,
                changed = scanners.changed() => if changed.is_err() { return },
                changed = printers.changed() => if changed.is_err() { return },
                () = tokio::time::sleep_until(soonest) => {}
            }
        }
    }

    /// Looks at one device.
    async fn look(&self, due: &Due, choice: &Choice, store: &KeptStore) -> Look {
        let id = choice.id_for(&due.id, due.role, due.family);
        let Ok(profile) = choice.profile_for(&due.id, due.role, due.family) else {
            self.tell(due, id, "no_profile", Vec::new(), 0);
            return Look::Cannot;
        };
        let kept = store.load(&due.id);
        let writes = u32::try_from(kept.flash_writes).unwrap_or(u32::MAX);
        let unsettable = || {
            self.tell(due, id, "unsettable", Vec::new(), writes);
            Look::Cannot
        };
        let Some(family) = due.family.filter(|family| !family.blind) else { return unsettable() };
        let conversation = Conversation::new(family, profile, Goal::Look, Kept::default());
        let report = match &due.how {
            How::Scanner { remote, .. } => hold(conversation, &mut ScannerWire::new(remote.clone(), self.pace.wait)).await,
            How::Printer(printing) => match printing.converse(&due.id, conversation, self.pace.wait).await {
                Some(report) => report,
                // Busy or away: the printer's own state says so.
                None => return Look::Usual,
            },
        };
        match report.trouble {
            Some(Trouble::Gone) => Look::Usual,
            Some(Trouble::Unsupported) => unsettable(),
            Some(Trouble::Silent | Trouble::Refused | Trouble::AskForPermanent) => {
                self.tell(due, id, "silent", Vec::new(), writes);
                Look::Silent
            }
            None => {
                let drift = drift(&report);
                self.tell(due, id, if drift.is_empty() { "holds" } else { "differs" }, drift, writes);
                Look::Usual
            }
        }
    }

    fn tell(&self, due: &Due, profile: &str, state: &str, mut drift: Vec<Drift>, flash_writes: u32) {
        let differs = u32::try_from(drift.len()).unwrap_or(u32::MAX);
        drift.truncate(MOST_DRIFT);
        let (device, family) = (due.id.as_str(), due.family.map(|family| family.id.clone()).unwrap_or_default());
        self.now.send_if_modified(|all| {
            let old = all.get(device);
            let health = SettingsHealth {
                profile: profile.to_owned(),
                family,
                state: state.to_owned(),
                since_ms: clock::wall_ms(),
                drift,
                differs,
                flash_writes,
            };
            let same = old.is_some_and(|old| *old == SettingsHealth { since_ms: old.since_ms, ..health.clone() });
            if same {
                return false;
            }
            match state {
                "differs" => tracing::warn!(device, profile, drift = ?health.drift, "a device is not set as it should be"),
                _ => tracing::info!(device, profile, state, "settings of a device"),
            }
            all.insert(device.to_owned(), health);
            true
        });
    }
}

/// What differs, for people at the hub.
#[must_use]
pub fn drift(report: &Report) -> Vec<Drift> {
    let one = |(line, has): (&qitao_firmware_config::plan::Line, &str)| Drift {
        setting: line.settings.join("+"),
        has: has.to_owned(),
        wants: line.wants.clone(),
    };
    report.plan.drift().map(one).collect()
}
