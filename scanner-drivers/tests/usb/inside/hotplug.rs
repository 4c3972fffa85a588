//! What comes and goes in a machine without a udev daemon, and who may open it.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use qitao_domain::ids::DeviceId;
use qitao_scanner_drivers::hotplug::{Capability, DeviceEvent, DeviceRecord, DeviceWatcher, WatchSettings};
use qitao_scanner_drivers::usb::Access;
use serde_json::Value;
use tokio::sync::mpsc::Receiver;
use tokio::time::timeout;

use crate::gadget::{Gadget, KEYBOARD, Model, PATIENCE, POS, PRINTER, SERIAL};

/// Waits until a device is there and what it can do is known: the kernel's driver takes a moment.
async fn there(events: &mut Receiver<DeviceEvent>, gadget: &Gadget, can: &Capability) -> DeviceRecord {
    loop {
        match timeout(PATIENCE, events.recv()).await.expect("the device is noticed").unwrap() {
            DeviceEvent::Attached(record) | DeviceEvent::Changed(record) if record.id == gadget.id() => {
                if record.capabilities == [can.clone()] {
                    return record;
                }
            }
            other => panic!("expected {}, got {other:?}", gadget.id()),
        }
    }
}

/// Waits until a device is gone. On its way out its driver may go before it, but it is not said to be forbidden.
async fn gone(events: &mut Receiver<DeviceEvent>, gone: &DeviceId) {
    loop {
        match timeout(PATIENCE, events.recv()).await.expect("it is noticed that the device is gone").unwrap() {
            DeviceEvent::Changed(record) if record.id == *gone => assert_eq!(record.access, Access::Granted),
            DeviceEvent::Detached { id } if id == *gone => return,
            other => panic!("expected {gone} to be gone, got {other:?}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "runs in the machine of `make usb`"]
async fn devices_are_noticed_without_a_udev_daemon_and_keep_their_ids() {
    assert!(!Path::new("/run/udev").exists());
    let (_watcher, mut events) = DeviceWatcher::spawn(WatchSettings::default());
    let cases: [(&'static Model, Capability); 4] = [
        (&PRINTER, Capability::Printer { interface: 0 }),
        (&POS, Capability::HidPos { interface: 0 }),
        (&KEYBOARD, Capability::Keyboard { interface: 0 }),
        (&SERIAL, Capability::Serial { node: "/dev/ttyACM0".into() }),
    ];
    for (model, can) in &cases {
        let gadget = Gadget::plug(model);
        let first = there(&mut events, &gadget, can).await;
        // So quickly that it may never have been seen to be away.
        gadget.pull();
        gadget.push();
        gone(&mut events, &gadget.id()).await;
        let second = there(&mut events, &gadget, can).await;
        assert_eq!((&first.id, &first.identity), (&second.id, &second.identity));
        assert_ne!(first.address, second.address);
        let id = gadget.id();
        drop(gadget);
        gone(&mut events, &id).await;
    }
}

/// What the service's user sees, who is not root.
fn as_nobody(arguments: &[&str]) -> Vec<Value> {
    const NOBODY: u32 = 65_534;
    let output = Command::new("/bin/qitao-devices").args(arguments).uid(NOBODY).gid(NOBODY).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
#[ignore = "runs in the machine of `make usb`"]
fn who_may_not_open_a_device_is_told_what_to_do_and_needs_nothing_else_of_root() {
    let gadget = Gadget::plug(&POS);
    let node = gadget.seen().unwrap().node();
    let listed = as_nobody(&["list"]);
    assert_eq!((&listed[0]["id"], &listed[0]["access"]), (&gadget.id().as_str().into(), &"denied".into()));
    assert!(listed[0]["help"].as_str().unwrap().contains(&node), "{}", listed[0]);
    let refused = as_nobody(&["scan", gadget.id().as_str(), "seconds=1"]);
    assert_eq!((&refused[0]["event"], &refused[0]["reason"]["kind"]), (&"offline".into(), &"permission_denied".into()));

    // As a udev rule would.
    fs::set_permissions(&node, Permissions::from_mode(0o666)).unwrap();
    assert_eq!(as_nobody(&["list"])[0]["access"], "granted");
    let scanning = std::thread::spawn({
        let id = gadget.id();
        move || as_nobody(&["scan", id.as_str(), "count=1"])
    });
    crate::gadget::soon("it to be taken from the kernel", || gadget.driver().is_none());
    gadget.scan("]E0", "6901234567892", true);
    let scanned = scanning.join().unwrap();
    assert_eq!((&scanned[0]["event"], &scanned[1]["text"]), (&"online".into(), &"6901234567892".into()));
    gadget.is_the_kernels();
}
