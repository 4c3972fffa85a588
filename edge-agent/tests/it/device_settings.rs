//! `edge-agent device` and the watch over settings, with scripted devices of every family on pseudo-terminals.

use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

use qitao_domain::catalog::{DeviceRule, DeviceSays};
use qitao_domain::ids::StationId;
use qitao_domain::protocol::{DeviceHealth, SettingsHealth};
use qitao_edge_agent::Agent;
use qitao_edge_agent::config::{Config, ScannerSettings, StationSettings};
use qitao_edge_agent::replica::Catalogue;
use qitao_edge_agent::settings::{ChainRules, KeptStore};
use qitao_scanner_drivers::printer::{PrinterAddress, PrinterPort};
use qitao_scanner_drivers::scanner::serial::{Flow, SerialSettings};
use qitao_scanner_drivers::scanner::speech;
use tokio::sync::watch;

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

#[tokio::test(flavor = "multi_thread")]
async fn an_idle_printer_is_watched_where_the_site_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let printer = Settable::plug_in(&folder.path().join("printer"), "zpl", &[("print.tone", "5.0")]);
    let mut config = support::enrolled(folder.path(), "edge-1");
    (config.settings.every_s, config.settings.printers) = (1, true);
    let text = format!("id = \"label-1\"\naddress.serial = {{ path = {:?}, baud = 9600 }}\nlanguage = \"zpl\"\n", printer.path());
    config.printers = vec![toml::from_str(&text).unwrap()];
    let agent = Agent::build(config).await.unwrap();
    let (mut devices, stop) = (agent.workplace().devices.subscribe(), agent.stop());
    let running = tokio::spawn(agent.run());
    let drifted = settings(&mut devices, "drift of the printer", |health| health.state == "differs").await;
    assert_eq!(
        (drifted.profile.as_str(), drifted.drift[0].setting.as_str(), drifted.drift[0].wants.as_str()),
        ("label-printer", "darkness", "60")
    );
    printer.turn("print.tone", "18.0");
    settings(&mut devices, "the printer set right", |health| health.state == "holds").await;
    assert_eq!(printer.writes(), 0);
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
