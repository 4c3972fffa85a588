//! USB scanners mocked by umockdev: the real program, the real libusb, recorded transfers, real hot-plug of mocked devices.
//!
//! Needs the Debian packages umockdev, gir1.2-umockdev-1.0 and python3-gi. Without them these tests fail and say so;
//! `QITAO_ALLOW_SKIP=1` turns that into a printed skip.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

const PROGRAM: &str = env!("CARGO_BIN_EXE_qitao-devices");
const BUS: &str = "/sys/devices/pci0000:00/0000:00:14.0/usb1";

struct Rig {
    folder: TempDir,
}

fn scripts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/rigs/umockdev")
}

fn works(program: &str, arguments: &[&str]) -> bool {
    Command::new(program).args(arguments).output().is_ok_and(|output| output.status.success())
}

/// `None` only when skipping was allowed and something is missing.
fn rig() -> Option<Rig> {
    let missing: Vec<&str> = [
        ("umockdev", works("umockdev-run", &["--version"])),
        ("python3-gi", works("/usr/bin/python3", &["-c", "import gi"])),
        ("gir1.2-umockdev-1.0", works("/usr/bin/python3", &["-c", "import gi; gi.require_version('UMockdev', '1.0')"])),
    ]
    .into_iter()
    .filter_map(|(package, there)| (!there).then_some(package))
    .collect();
    if !missing.is_empty() {
        let message = format!("mocked USB needs Debian packages: apt-get install {}", missing.join(" "));
        assert!(std::env::var_os("QITAO_ALLOW_SKIP").is_some_and(|value| value == "1"), "{message}");
        println!("SKIPPED: {message}");
        return None;
    }
    let folder = tempfile::tempdir().unwrap();
    let made = Command::new("/usr/bin/python3").arg(scripts().join("gen.py")).arg(folder.path()).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    Some(Rig { folder })
}

impl Rig {
    fn file(&self, name: &str) -> String {
        self.folder.path().join(name).to_string_lossy().into_owned()
    }

    /// Runs the program with devices plugged in; those with a port also play their recording.
    fn run(&self, devices: &[(&str, Option<&str>)], arguments: &[&str]) -> Vec<Value> {
        let mut command = Command::new("umockdev-run");
        for (name, port) in devices {
            command.args(["-d", &self.file(&format!("{name}.umockdev"))]);
            if let Some(port) = port {
                command.args(["-p", &format!("{BUS}/{port}={}", self.file(&format!("{name}.pcap")))]);
            }
        }
        lines(&command.arg("--").arg(PROGRAM).args(arguments).output().unwrap())
    }
}

fn lines(output: &Output) -> Vec<Value> {
    let text = String::from_utf8_lossy(&output.stdout);
    let parsed = text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("not JSON: {line}")));
    let values: Vec<Value> = parsed.collect();
    assert!(!values.is_empty(), "nothing printed; {}", String::from_utf8_lossy(&output.stderr));
    values
}

fn scans(events: &[Value]) -> Vec<(String, Option<String>, String)> {
    let text = |value: &Value| value.as_str().map(String::from);
    events
        .iter()
        .filter(|event| event["event"] == "scan")
        .map(|event| (text(&event["text"]).unwrap(), text(&event["symbology"]), text(&event["framing"]).unwrap()))
        .collect()
}

fn scan(text: &str, symbology: Option<&str>) -> (String, Option<String>, String) {
    (text.into(), symbology.map(String::from), "whole".into())
}

#[test]
fn a_point_of_sale_scanner_gives_codes_with_symbology_also_when_they_need_three_reports() {
    let Some(rig) = rig() else { return };
    let events = rig.run(&[("pos", Some("1-1"))], &["scan", "0c2e:0b6a", "count=3", "seconds=20"]);
    assert_eq!(events[0]["info"]["kind"], "hid_pos");
    let long: String = (b'A'..=b'Z').cycle().take(120).map(char::from).collect();
    let expected =
        [scan("6901234567892", Some("]E0")), scan("0106901234567892\u{1d}10LOT7", Some("]C1")), scan(long.as_str(), Some("]d2"))];
    assert_eq!(scans(&events), expected);
}

#[test]
fn a_keyboard_scanner_is_read_key_by_key_with_shift_and_group_separator() {
    let Some(rig) = rig() else { return };
    let events = rig.run(&[("wedge", Some("1-2"))], &["scan", "usb-05e0:1200-WEDGE-0001", "count=3", "seconds=20"]);
    assert_eq!(events[0]["info"]["kind"], "keyboard");
    let expected = [scan("6901234567892", None), scan("QT-L-A-01_02", None), scan("0106901234567892\u{1d}10LOT7", Some("]C1"))];
    assert_eq!(scans(&events), expected);
}

#[test]
fn two_identical_scanners_without_serial_numbers_are_two() {
    let Some(rig) = rig() else { return };
    let records = rig.run(&[("twin-a", None), ("twin-b", None), ("keyboard", None), ("printer", None)], &["list"]);
    let seen: Vec<(&str, &str)> =
        records.iter().map(|record| (record["id"].as_str().unwrap(), record["capabilities"][0]["kind"].as_str().unwrap())).collect();
    let expected = [
        ("usb-0c2e:0b6a-port-1-3.1", "hid_pos"),
        ("usb-0c2e:0b6a-port-1-3.2", "hid_pos"),
        ("usb-05e0:1200-KEYS-0001", "keyboard"),
        ("usb-0fe6:811e-PRN-0001", "printer"),
    ];
    assert_eq!(seen, expected);
}

#[test]
fn the_right_one_of_two_identical_scanners_is_read() {
    let Some(rig) = rig() else { return };
    for (id, text) in [("usb-0c2e:0b6a-port-1-3.2", "FROM-B"), ("usb-0c2e:0b6a-port-1-3.1", "FROM-A")] {
        let devices = [("twin-a", Some("1-3.1")), ("twin-b", Some("1-3.2"))];
        let events = rig.run(&devices, &["scan", id, "count=1", "seconds=20"]);
        assert_eq!(scans(&events), [scan(text, Some("]C0"))]);
        assert!(events.iter().filter(|event| event["event"] == "scan").all(|event| event["device"] == id));
    }
}

#[test]
fn a_keyboard_that_should_be_a_point_of_sale_scanner_is_said_to_be_none() {
    let Some(rig) = rig() else { return };
    let events = rig.run(&[("keyboard", None)], &["scan", "05e0:1200", "mode=pos", "seconds=1"]);
    assert_eq!((&events[0]["event"], &events[0]["reason"]["kind"]), (&Value::from("offline"), &Value::from("not_a_scanner")));
}

#[test]
fn a_device_plugged_in_and_out_while_running_is_told_both_times() {
    let Some(rig) = rig() else { return };
    let output = Command::new("umockdev-wrapper")
        .args(["/usr/bin/python3", &scripts().join("hotplug.py").to_string_lossy(), &rig.file("twin-a.umockdev"), PROGRAM, "watch"])
        .output()
        .unwrap();
    let told: Vec<(Value, Value)> = lines(&output).into_iter().map(|event| (event["event"].clone(), event["id"].clone())).collect();
    let id = Value::from("usb-0c2e:0b6a-port-1-3.1");
    assert_eq!(told, [("attached".into(), id.clone()), ("detached".into(), id)]);
}
