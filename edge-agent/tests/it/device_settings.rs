//! `edge-agent device` and the watch over settings, with scripted devices of every family on pseudo-terminals.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;
use std::time::Duration;

use qitao_domain::catalog::{DeviceRule, DeviceSays};
use qitao_domain::ids::{DeviceId, StationId};
use qitao_domain::protocol::{DeviceHealth, SettingsHealth};
use qitao_edge_agent::Agent;
use qitao_edge_agent::config::{Config, PrinterSettings, ScannerSettings, StationSettings};
use qitao_edge_agent::core::Core;
use qitao_edge_agent::devices::Devices;
use qitao_edge_agent::printing::{JobState, Printing};
use qitao_edge_agent::replica::Catalogue;
use qitao_edge_agent::settings::watch::Pace;
use qitao_edge_agent::settings::{ChainRules, KeptStore, SettingsWatch};
use qitao_labels::Language;
use qitao_scanner_drivers::clock::SystemClock;
use qitao_scanner_drivers::printer::{PrinterAddress, PrinterPort};
use qitao_scanner_drivers::scanner::serial::{Flow, SerialSettings};
use qitao_scanner_drivers::scanner::speech;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::printer::{LabelPrinter, TcpPrinter};
use crate::settable::{Manners, Settable};
use crate::support;

/// A place of each family with a value that its profile does not want, and what the change is called.
const PLACES: [(&str, &str, &str, &str); 6] = [
    ("honeywell", "SUFBK2", "990D0A", "CRLF → CR"),
    ("newland", "AIDENA", "0", "off → on"),
    ("zebra-ssi", "45", "0", "off → on"),
    ("datalogic", "8BEN", "00", "off → on"),
    ("zpl", "print.tone", "15.0", "50 → 60"),
    ("tspl", "CONFIG,TSPL,DENSITY", "3", "20 → 60"),
];

fn device(data: &Path, command: &[&str], path: &Path, family: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_edge-agent"))
        .arg("device")
        .args(command)
        .args(["--data", data.to_str().unwrap(), "--port", path.to_str().unwrap(), "--family", family])
        .env("RUST_LOG", "error")
        .output()
        .unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[test]
fn a_device_is_compared_set_and_verified_in_every_family() {
    for (family, tag, wrong, change) in PLACES {
        let folder = tempfile::tempdir().unwrap();
        let gun = Settable::plug_in(&folder.path().join("gun"), family, &[(tag, wrong)]);
        let device = |command: &[&str]| device(folder.path(), command, gun.path(), family);

        let planned = device(&["plan"]);
        assert!(
            planned.status.success() && said(&planned).contains("≠ ") && said(&planned).contains(change),
            "{family}: {}",
            said(&planned)
        );
        assert_eq!((gun.holds(tag).as_str(), gun.writes()), (wrong, 0), "{family}: a plan changes nothing");
        assert!(!device(&["verify"]).status.success(), "{family}");

        let volatile = qitao_firmware_config::family::family(family).unwrap().volatile;
        if volatile {
            let applied = device(&["apply"]);
            assert!(applied.status.success() && said(&applied).contains("已设置 set"), "{family}: {}", said(&applied));
            assert_eq!((gun.keeps(tag).as_str(), gun.writes()), (wrong, 0), "{family}: not for good unless asked");
            assert_ne!(gun.holds(tag), wrong, "{family}");
            assert!(device(&["verify"]).status.success(), "{family}");
        } else {
            let applied = device(&["apply"]);
            assert!(!applied.status.success() && said(&applied).contains("--permanent"), "{family}: {}", said(&applied));
        }

        let kept = device(&["apply", "--permanent"]);
        assert!(kept.status.success(), "{family}: {}", said(&kept));
        assert_ne!(gun.keeps(tag), wrong, "{family}: {}", said(&kept));
        let (writes, store) = (gun.writes(), KeptStore::of(&Config { data: folder.path().into(), ..Config::default() }));
        let id = qitao_scanner_drivers::identity::path_id(gun.path());
        assert!(writes > 0 && store.load(id.as_str()).flash_writes >= writes, "{family}: every write is counted");
        assert!(device(&["verify"]).status.success(), "{family}");
        if family != "tspl" {
            device(&["apply", "--permanent"]);
            assert_eq!(gun.writes(), writes, "{family}: what is there is not written again");
        }
    }
}

#[test]
fn devices_that_refuse_repeat_stay_silent_or_vanish_are_told_apart() {
    for (family, tag, wrong, _) in PLACES {
        let folder = tempfile::tempdir().unwrap();
        let meet = |manners: Manners| {
            let gun = Settable::plug_in(&folder.path().join(format!("{manners:?}").replace(['(', ')'], "")), family, &[(tag, wrong)]);
            gun.behave(manners);
            gun
        };
        let gun = meet(Manners::Refuse);
        let refused = device(folder.path(), &["apply", "--permanent"], gun.path(), family);
        let words = said(&refused);
        assert!(!refused.status.success() && (words.contains("refused") || words.contains("not taken")), "{family}: {words}");
        assert_eq!((gun.holds(tag).as_str(), gun.keeps(tag).as_str()), (wrong, wrong), "{family}");

        let gun = meet(Manners::Repeat);
        let repeated = device(folder.path(), &["apply", "--permanent"], gun.path(), family);
        assert!(repeated.status.success(), "{family}: {}", said(&repeated));
        assert_ne!(gun.keeps(tag), wrong, "{family}");

        let gun = meet(Manners::Silent);
        let silent = device(folder.path(), &["plan", "--wait", "200"], gun.path(), family);
        assert!(!silent.status.success() && said(&silent).contains("does not answer"), "{family}: {}", said(&silent));

        let gun = meet(Manners::Vanish(1));
        let vanished = device(folder.path(), &["apply", "--permanent", "--wait", "500"], gun.path(), family);
        assert!(!vanished.status.success(), "{family}: {}", said(&vanished));
        let words = said(&vanished);
        assert!(words.contains("has gone") || words.contains("does not answer"), "{family}: {words}");
    }
}

#[test]
fn profiles_are_checked_at_line_and_column_and_sheets_are_written() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("own.toml");
    std::fs::write(&file, "[[profile]]\nid = \"a\"\nname = \"a\"\nrole = \"scanner\"\n[profile.set]\nsufix = \"CR\"\n").unwrap();
    let agent = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_edge-agent"))
            .arg("device")
            .args(arguments)
            .env("QITAO_EDGE_DATA", folder.path())
            .output()
            .unwrap();
        (output.status.success(), output)
    };
    let (well, output) = agent(&["check", file.to_str().unwrap()]);
    assert!(!well && said(&output).contains("own.toml:6:1: there is no setting"), "{}", said(&output));
    std::fs::write(&file, "[[profile]]\nid = \"a\"\nname = \"a\"\nrole = \"scanner\"\n[profile.set]\nsuffix = \"CR\"\n").unwrap();
    assert!(agent(&["check", file.to_str().unwrap()]).0);
    let (well, pdf) = agent(&["sheet", "--family", "honeywell"]);
    assert!(well && pdf.stdout.starts_with(b"%PDF-"), "{}", String::from_utf8_lossy(&pdf.stderr));
    let (well, labels) = agent(&["sheet", "--family", "newland", "--to", "zpl"]);
    assert!(well && labels.stdout.windows(3).filter(|part| part == b"^XA").count() > 10);
    let (well, output) = agent(&["sheet", "--family", "datalogic", "--to", "zpl", "--size", "60x40"]);
    assert!(!well && said(&output).contains("wider labels"), "{}", said(&output));
    let (well, output) = agent(&["list"]);
    assert!(well && said(&output).contains("warehouse-scanner") && said(&output).contains("symbology.code128"));
}

/// Waits for what the agent says of a device's settings; it says so to the hub at once.
async fn settings(devices: &mut watch::Receiver<Vec<DeviceHealth>>, what: &str, right: impl Fn(&SettingsHealth) -> bool) -> SettingsHealth {
    let found = |all: &Vec<DeviceHealth>| all.iter().find_map(|device| device.settings.clone().filter(&right));
    let waited = tokio::time::timeout(Duration::from_secs(60), devices.wait_for(|all| found(all).is_some())).await;
    let all = waited.unwrap_or_else(|_| panic!("{what} did not come about within a minute")).unwrap().clone();
    found(&all).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_somebody_sets_otherwise_is_reported_within_a_minute_and_codes_are_read_meanwhile() {
    let folder = tempfile::tempdir().unwrap();
    let gun = Settable::plug_in(&folder.path().join("gun"), "newland", &[]);
    let mut config = support::enrolled(folder.path(), "edge-1");
    config.settings.every_s = 1;
    let mut serial = SerialSettings::at_path(gun.path());
    serial.speech.family = speech::Family::Newland;
    config.stations =
        vec![StationSettings { id: StationId::new("desk-1").unwrap(), name: "一号台".into(), scanner: ScannerSettings::Serial(serial) }];
    let agent = Agent::build(config).await.unwrap();
    let (mut devices, stop, workplace) = (agent.workplace().devices.subscribe(), agent.stop(), agent.workplace().clone());
    let running = tokio::spawn(agent.run());

    let first = settings(&mut devices, "a device as it should be", |health| health.state == "holds").await;
    assert_eq!((first.profile.as_str(), first.differs, first.flash_writes), ("warehouse-scanner", 0, 0));
    gun.turn("TSUSET", "0D0A");
    gun.scan("6901234567892");
    let drifted = settings(&mut devices, "drift", |health| health.state == "differs").await;
    assert_eq!(
        (drifted.drift[0].setting.as_str(), drifted.drift[0].has.as_str(), drifted.drift[0].wants.as_str()),
        ("suffix", "CRLF", "CR")
    );
    assert!(drifted.since_ms >= first.since_ms);
    gun.turn("TSUSET", "0D");
    settings(&mut devices, "the device set right", |health| health.state == "holds").await;
    gun.behave(Manners::Silent);
    settings(&mut devices, "a silent device", |health| health.state == "silent").await;
    support::eventually("the code that was scanned meanwhile", || workplace.core.outbox().position().backlog() > 0).await;
    assert_eq!(gun.writes(), 0, "looking writes nothing");
    stop.cancel();
    running.await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_is_compared_with_what_the_chain_assigns_as_soon_as_it_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let gun = Settable::plug_in(&folder.path().join("gun"), "newland", &[]);
    let mut config = support::enrolled(folder.path(), "edge-1");
    config.settings.every_s = 1;
    let mut serial = SerialSettings::at_path(gun.path());
    serial.speech.family = speech::Family::Newland;
    config.stations =
        vec![StationSettings { id: StationId::new("desk-1").unwrap(), name: "一号台".into(), scanner: ScannerSettings::Serial(serial) }];
    let agent = Agent::build(config).await.unwrap();
    let (mut devices, stop, workplace) = (agent.workplace().devices.subscribe(), agent.stop(), agent.workplace().clone());
    let running = tokio::spawn(agent.run());
    settings(&mut devices, "a device as it should be", |health| health.state == "holds").await;

    let says = |profile: &str| {
        let document = r#"{"id": "returns-desk", "name": "退货台", "role": "scanner", "set": {"suffix": "TAB"}}"#;
        let assignment = DeviceSays::Assignment { role: "scanner".into(), family: Some("newland".into()), profile: profile.into() };
        let rows = [DeviceSays::Profile { document: document.into() }, assignment];
        let rules = ChainRules::new((1..).zip(rows).map(|(id, says)| DeviceRule { id, says }).collect());
        let replica = workplace.core.replica();
        replica.replace(Catalogue { devices: rules.into(), ..Catalogue::clone(&replica.catalogue()) });
    };
    says("returns-desk");
    let drifted = settings(&mut devices, "drift from the chain's profile", |health| health.state == "differs").await;
    assert_eq!((drifted.profile.as_str(), drifted.family.as_str()), ("returns-desk", "newland"));
    assert_eq!((drifted.drift.len(), drifted.drift[0].has.as_str(), drifted.drift[0].wants.as_str()), (1, "CR", "TAB"));
    says("nowhere");
    settings(&mut devices, "a profile that there is not", |health| health.state == "no_profile" && health.profile == "nowhere").await;
    says("warehouse-scanner");
    settings(&mut devices, "the standard profile", |health| health.state == "holds").await;
    stop.cancel();
    running.await.unwrap().unwrap();
}

/// The watch over the scanners and printers of an agent, without its panel and uplink, at a pace of our own.
struct Watched {
    now: watch::Receiver<BTreeMap<String, SettingsHealth>>,
    core: Arc<Core>,
    printing: Printing,
    stop: CancellationToken,
    running: JoinSet<()>,
}

impl Watched {
    async fn start(config: Config, pace: Pace) -> Self {
        let agent = Agent::build(config).await.unwrap();
        let (core, config, stop) = (agent.workplace().core.clone(), agent.workplace().config.clone(), CancellationToken::new());
        let (devices, printing) = (Devices::new(), Printing::new(core.clone(), config.printers.clone()));
        let (settings, mut running) = (SettingsWatch::new(pace), JoinSet::new());
        let now = settings.watch();
        running.spawn(printing.clone().run(devices.plugs(), stop.clone()));
        running.spawn(settings.run(config.clone(), core.clone(), devices.clone(), printing.clone(), stop.clone()));
        let (core_of_devices, until) = (core.clone(), stop.clone());
        running.spawn(async move {
            devices.run(&config, core_of_devices, Arc::new(SystemClock::new().unwrap()), until).await;
            drop(agent);
        });
        Self { now, core, printing, stop, running }
    }

    /// Waits until a device's settings are so.
    async fn until(&mut self, device: &str, state: &str) -> SettingsHealth {
        let found = |all: &BTreeMap<String, SettingsHealth>| all.get(device).filter(|health| health.state == state).cloned();
        let waited = tokio::time::timeout(Duration::from_secs(60), self.now.wait_for(|all| found(all).is_some())).await;
        let all = waited.unwrap_or_else(|_| panic!("{device} did not become {state} within a minute")).unwrap().clone();
        found(&all).unwrap()
    }

    async fn end(self) {
        self.stop.cancel();
        self.running.join_all().await;
        self.core.outbox().close().await;
    }
}

fn quick() -> Pace {
    Pace { every: Duration::from_millis(500), seldom: Duration::from_secs(300), wait: Duration::from_millis(300) }
}

fn station(name: &str, gun: &Settable, family: speech::Family) -> StationSettings {
    let mut serial = SerialSettings::at_path(gun.path());
    serial.speech.family = family;
    StationSettings { id: StationId::new(name).unwrap(), name: String::new(), scanner: ScannerSettings::Serial(serial) }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scanner_of_every_family_that_somebody_sets_otherwise_is_seen() {
    let folder = tempfile::tempdir().unwrap();
    let families = [
        ("honeywell", speech::Family::Honeywell),
        ("newland", speech::Family::Newland),
        ("zebra-ssi", speech::Family::Ssi),
        ("datalogic", speech::Family::Datalogic),
    ];
    let guns = families.map(|(name, family)| (name, family, Settable::plug_in(&folder.path().join(name), name, &[])));
    let mut config = support::enrolled(folder.path(), "edge-1");
    config.stations = guns.iter().map(|(name, family, gun)| station(name, gun, *family)).collect();
    let ids: Vec<String> = config.stations.iter().map(|station| station.scanner.device_id().to_string()).collect();
    let mut watched = Watched::start(config, quick()).await;
    for ((name, _, gun), id) in guns.iter().zip(&ids) {
        let first = watched.until(id, "holds").await;
        assert_eq!((first.family.as_str(), first.profile.as_str()), (*name, "warehouse-scanner"));
        let (_, tag, wrong, change) = PLACES.iter().find(|place| place.0 == *name).unwrap();
        gun.turn(tag, wrong);
        if *name == "datalogic" {
            // It reads nothing while it is asked, so it is asked when it rests after work.
            let asked = gun.asked();
            tokio::time::sleep(3 * quick().every).await;
            assert_eq!(gun.asked(), asked, "not while nobody has used it");
            gun.scan("6901234567892");
        }
        let drifted = watched.until(id, "differs").await;
        let said = format!("{} → {}", drifted.drift[0].has, drifted.drift[0].wants);
        assert_eq!((drifted.differs, said.as_str()), (1, *change), "{name}");
        assert_eq!(gun.writes(), 0, "looking writes nothing");
    }
    assert_eq!(watched.core.outbox().position().backlog(), 1, "an answer is no code");
    watched.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scanner_that_did_not_answer_twice_is_still_looked_at_soon() {
    let folder = tempfile::tempdir().unwrap();
    let gun = Settable::plug_in(&folder.path().join("gun"), "newland", &[]);
    gun.behave(Manners::Silent);
    let mut config = support::enrolled(folder.path(), "edge-1");
    config.stations = vec![station("desk-1", &gun, speech::Family::Newland)];
    let id = config.stations[0].scanner.device_id().to_string();
    let mut watched = Watched::start(config, quick()).await;
    watched.until(&id, "silent").await;
    let (once, mut looks) = (gun.asked(), 1);
    while looks < 4 {
        tokio::time::sleep(Duration::from_millis(50)).await;
        looks = gun.asked() / once;
    }
    gun.behave(Manners::Answer);
    watched.until(&id, "holds").await;
    watched.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_printer_that_does_not_answer_about_its_settings_prints_all_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let printer = LabelPrinter::new(Language::Zpl);
    let wire = TcpPrinter::connect(&printer).await.unwrap();
    let mut config = support::enrolled(folder.path(), "edge-1");
    config.printers = vec![PrinterSettings::at(DeviceId::new("label-1").unwrap(), PrinterAddress::Tcp(wire.address()), Language::Zpl)];
    // The next look begins as soon as one is over, so that every job comes into one.
    let mut watched = Watched::start(config, Pace { every: Duration::from_millis(1), ..quick() }).await;
    watched.until("label-1", "silent").await;
    let mut seen = watched.printing.watch();
    let faults = tokio::spawn(async move {
        let mut faults = Vec::new();
        while seen.changed().await.is_ok() {
            faults.extend(seen.borrow_and_update().iter().filter_map(|printer| printer.fault));
        }
        faults
    });
    for order in 0..5 {
        let data = [("code".to_owned(), format!("A-{order}")), ("name".to_owned(), String::new())].into();
        let job = watched.printing.submit("location", data, 1, None, None).await.unwrap();
        let printing = watched.printing.clone();
        support::eventually("the label", || printing.job(job.number).is_some_and(|job| job.state == JobState::Confirmed)).await;
    }
    assert_eq!(printer.labels().len(), 5);
    watched.end().await;
    assert_eq!(faults.await.unwrap(), [], "a look is no fault of the printer");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idle_printer_is_watched() {
    let folder = tempfile::tempdir().unwrap();
    let printer = Settable::plug_in(&folder.path().join("printer"), "zpl", &[("print.tone", "5.0")]);
    let tsc = Settable::plug_in(&folder.path().join("tsc"), "tspl", &[("CONFIG,TSPL,DENSITY", "3")]);
    let mut config = support::enrolled(folder.path(), "edge-1");
    config.settings.every_s = 1;
    let serial = |id: &str, printer: &Settable, more: &str| {
        toml::from_str(&format!("id = \"{id}\"\naddress.serial = {{ path = {:?}, baud = 9600 }}\n{more}", printer.path())).unwrap()
    };
    config.printers = vec![serial("label-1", &printer, ""), serial("label-2", &tsc, "language = \"tspl\"\nfamily = \"tspl\"\n")];
    let agent = Agent::build(config).await.unwrap();
    let (mut devices, stop) = (agent.workplace().devices.subscribe(), agent.stop());
    let running = tokio::spawn(agent.run());
    let drifted = settings(&mut devices, "drift of the printer", |health| health.state == "differs" && health.family == "zpl").await;
    assert_eq!(
        (drifted.profile.as_str(), drifted.drift[0].setting.as_str(), drifted.drift[0].wants.as_str()),
        ("label-printer", "darkness", "60")
    );
    printer.turn("print.tone", "18.0");
    settings(&mut devices, "the printer set right", |health| health.state == "holds" && health.family == "zpl").await;
    let drifted = settings(&mut devices, "drift of the TSC printer", |health| health.state == "differs" && health.family == "tspl").await;
    assert_eq!((drifted.drift[0].has.as_str(), drifted.drift[0].wants.as_str()), ("20", "60"));
    assert_eq!((printer.writes(), tsc.writes()), (0, 0));
    stop.cancel();
    running.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_line_that_the_agent_has_is_said_to_be_taken() {
    let folder = tempfile::tempdir().unwrap();
    let gun = Settable::plug_in(&folder.path().join("gun"), "newland", &[]);
    let _held = PrinterPort::open(&PrinterAddress::Serial { path: gun.path().into(), baud: 9600, flow: Flow::None }).await.unwrap();
    let refused = device(folder.path(), &["plan"], gun.path(), "newland");
    assert!(!refused.status.success() && said(&refused).contains("another program has it"), "{}", said(&refused));
}
