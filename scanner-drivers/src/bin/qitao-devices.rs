//! Shows scanners and printers as Qitao sees them, one JSON object a line. For setting up, for support, and for the USB rigs.
//!
//! ```text
//! qitao-devices list                     what is plugged in
//! qitao-devices watch [SECONDS]          what comes and goes
//! qitao-devices scan TARGET [OPTION]...  what a scanner reads
//!   TARGET   a path (/dev/ttyACM0), an id from `list` (usb-0c2e:0b61-…), or vendor:product[@port] (0c2e:0b61@1-1.2)
//!   OPTION   count=N  seconds=N  mode=auto|pos|keyboard  layout=us|de  baud=N
//! ```

#![allow(clippy::print_stdout, reason = "printing is what this program is for")]

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use qitao_domain::ids::DeviceId;
use qitao_scanner_drivers::clock::SystemClock;
use qitao_scanner_drivers::hotplug::{Capability, DeviceWatcher, IdentityBook, WatchSettings, list};
use qitao_scanner_drivers::identity::UsbMatch;
use qitao_scanner_drivers::scanner::hid::{self, HidMode, HidSettings, HidTarget};
use qitao_scanner_drivers::scanner::serial::{self, SerialSettings, SerialTarget};
use qitao_scanner_drivers::scanner::{ScannerEvent, ScannerHandle};
use qitao_scanner_drivers::sysfs::Sysfs;
use serde_json::json;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;

const USAGE: &str =
    "usage: qitao-devices list | watch [SECONDS] | scan TARGET [count=N] [seconds=N] [mode=auto|pos|keyboard] [layout=us|de] [baud=N]";

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        ["list"] => show(list(&Sysfs::system(), &[], &mut IdentityBook::default())),
        ["watch"] => watch(None).await,
        ["watch", seconds] => match seconds.parse() {
            Ok(seconds) => watch(Some(seconds)).await,
            Err(_) => Err(USAGE.into()),
        },
        ["scan", target, options @ ..] => scan(target, options).await,
        _ => Err(USAGE.into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

fn line(value: &impl serde::Serialize) -> Result<(), String> {
    let text = serde_json::to_string(value).map_err(|error| error.to_string())?;
    println!("{text}");
    std::io::stdout().flush().map_err(|error| error.to_string())
}

fn show(items: Vec<impl serde::Serialize>) -> Result<(), String> {
    items.iter().try_for_each(line)
}

/// Waits until the time is up or the program is told to end. It must not just be ended: a keyboard that it has would stay dead.
async fn told_to_end(seconds: Option<u64>) {
    let time_is_up = async {
        match seconds {
            Some(seconds) => tokio::time::sleep(Duration::from_secs(seconds)).await,
            None => std::future::pending().await,
        }
    };
    let signalled = |kind| async move {
        match signal(kind) {
            Ok(mut signals) => drop(signals.recv().await),
            Err(error) => {
                eprintln!("Ctrl-C will end this without giving devices back: {error}");
                std::future::pending().await
            }
        }
    };
    tokio::select! {
        () = time_is_up => {}
        () = signalled(SignalKind::interrupt()) => {}
        () = signalled(SignalKind::terminate()) => {}
    }
}

async fn watch(seconds: Option<u64>) -> Result<(), String> {
    let (_watcher, mut events) = DeviceWatcher::spawn(WatchSettings::default());
    let end = told_to_end(seconds);
    tokio::pin!(end);
    loop {
        tokio::select! {
            event = events.recv() => match event {
                Some(event) => line(&event)?,
                None => return Ok(()),
            },
            () = &mut end => return Ok(()),
        }
    }
}

struct Options {
    count: Option<usize>,
    seconds: Option<u64>,
    mode: HidMode,
    layout: String,
    baud: u32,
}

impl Options {
    fn read(words: &[&str]) -> Result<Self, String> {
        let mut options = Self { count: None, seconds: None, mode: HidMode::Auto, layout: "us".into(), baud: 9_600 };
        for word in words {
            let wrong = |_| format!("cannot read {word:?}\n{USAGE}");
            match word.split_once('=') {
                Some(("count", n)) => options.count = Some(n.parse().map_err(wrong)?),
                Some(("seconds", n)) => options.seconds = Some(n.parse().map_err(wrong)?),
                Some(("baud", n)) => options.baud = n.parse().map_err(wrong)?,
                Some(("layout", name)) => options.layout = name.into(),
                Some(("mode", "auto")) => options.mode = HidMode::Auto,
                Some(("mode", "pos")) => options.mode = HidMode::Pos,
                Some(("mode", "keyboard")) => options.mode = HidMode::Keyboard,
                _ => return Err(format!("cannot read {word:?}\n{USAGE}")),
            }
        }
        Ok(options)
    }
}

fn usb_match(text: &str) -> Option<UsbMatch> {
    let (numbers, port) = match text.split_once('@') {
        Some((numbers, port)) => (numbers, Some(port.to_owned())),
        None => (text, None),
    };
    let (vendor, product) = numbers.split_once(':')?;
    let number = |hex| u16::from_str_radix(hex, 16).ok();
    Some(UsbMatch { port, ..UsbMatch::model(number(vendor)?, number(product)?) })
}

fn start(target: &str, options: &Options, events: mpsc::Sender<ScannerEvent>) -> Result<ScannerHandle, String> {
    let clock = Arc::new(SystemClock::new().map_err(|error| error.to_string())?);
    let line = |target| SerialSettings { baud: options.baud, ..SerialSettings::of(target) };
    if target.starts_with('/') {
        return Ok(serial::spawn(line(SerialTarget::Path(PathBuf::from(target))), clock, events));
    }
    let (hid_target, serial_target) = match usb_match(target) {
        Some(wanted) => (HidTarget::Usb(wanted.clone()), SerialTarget::Usb(wanted)),
        None => {
            let id = DeviceId::new(target).map_err(|error| error.to_string())?;
            (HidTarget::Device(id.clone()), SerialTarget::Device(id))
        }
    };
    let plugged_in = list(&Sysfs::system(), &[], &mut IdentityBook::default());
    let found = plugged_in.iter().find(|record| match (&record.identity, &hid_target) {
        (qitao_scanner_drivers::identity::Identity::Usb(usb), HidTarget::Usb(wanted)) => wanted.fits(usb),
        (_, HidTarget::Device(id)) => record.id == *id,
        _ => false,
    });
    if found.is_some_and(|record| record.capabilities.iter().all(|capability| matches!(capability, Capability::Serial { .. }))) {
        return Ok(serial::spawn(line(serial_target), clock, events));
    }
    let settings = HidSettings { mode: options.mode, layout: options.layout.clone(), ..HidSettings::of(hid_target) };
    hid::spawn(settings, clock, events).map_err(|error| error.to_string())
}

async fn scan(target: &str, words: &[&str]) -> Result<(), String> {
    let options = Options::read(words)?;
    let (sender, mut events) = mpsc::channel(64);
    let handle = start(target, &options, sender)?;
    let end = told_to_end(options.seconds);
    tokio::pin!(end);
    let mut count = 0;
    loop {
        let event = tokio::select! {
            event = events.recv() => event,
            () = &mut end => break,
        };
        match event {
            Some(ScannerEvent::Online { info }) => line(&json!({"event": "online", "info": info}))?,
            Some(ScannerEvent::Offline { device, reason }) => line(&json!({"event": "offline", "device": device, "reason": reason}))?,
            Some(ScannerEvent::Scan { scan, .. }) => {
                line(&json!({
                    "event": "scan",
                    "device": scan.device,
                    "text": String::from_utf8_lossy(&scan.payload),
                    "bytes": scan.payload,
                    "symbology": scan.symbology,
                    "framing": scan.framing,
                    "captured_at": scan.captured_at,
                }))?;
                count += 1;
                if options.count.is_some_and(|wanted| count >= wanted) {
                    break;
                }
            }
            None => break,
        }
    }
    handle.stop().await;
    Ok(())
}
