//! Serial scanners on pseudo-terminals: framing, unplugging, coming back, and who may have the line.

use std::io::Write;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::pty::{PtyMaster, grantpt, posix_openpt, ptsname_r, unlockpt};
use qitao_domain::scan::{Framing, Scan};
use qitao_scanner_drivers::clock::SystemClock;
use qitao_scanner_drivers::scanner::framing::FramingSettings;
use qitao_scanner_drivers::scanner::serial::{self, SerialSettings};
use qitao_scanner_drivers::scanner::{OfflineReason, ScannerEvent, ScannerHandle};
use tokio::sync::mpsc::{self, Receiver};
use tokio::time::{Instant, timeout};

/// The scanner's end of a line.
struct Gun {
    master: PtyMaster,
    node: PathBuf,
}

impl Gun {
    fn plug_in() -> Self {
        let master = posix_openpt(OFlag::O_RDWR | OFlag::O_NOCTTY | OFlag::O_CLOEXEC).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let node = ptsname_r(&master).unwrap().into();
        fcntl(&master, FcntlArg::F_SETFL(OFlag::O_NONBLOCK)).unwrap();
        Self { master, node }
    }

    fn send(&mut self, bytes: &[u8]) {
        self.master.write_all(bytes).unwrap();
    }

    fn heard(&self) -> Result<usize, nix::Error> {
        nix::unistd::read(&self.master, &mut [0; 64])
    }
}

fn start(settings: SerialSettings) -> (ScannerHandle, Receiver<ScannerEvent>) {
    let (sender, receiver) = mpsc::channel(64);
    (serial::spawn(settings, Arc::new(SystemClock::new().unwrap()), sender), receiver)
}

async fn next(inbox: &mut Receiver<ScannerEvent>) -> ScannerEvent {
    // A machine that stands still for some seconds is no fault of the line.
    timeout(Duration::from_secs(60), inbox.recv()).await.expect("an event within a minute").expect("the worker is alive")
}

async fn online(inbox: &mut Receiver<ScannerEvent>) {
    match next(inbox).await {
        ScannerEvent::Online { .. } => {}
        other => panic!("expected Online, got {other:?}"),
    }
}

async fn scan(inbox: &mut Receiver<ScannerEvent>) -> Scan {
    match next(inbox).await {
        ScannerEvent::Scan { scan, .. } => scan,
        other => panic!("expected a scan, got {other:?}"),
    }
}

async fn offline(inbox: &mut Receiver<ScannerEvent>) -> OfflineReason {
    match next(inbox).await {
        ScannerEvent::Offline { reason, .. } => reason,
        other => panic!("expected Offline, got {other:?}"),
    }
}

#[tokio::test]
async fn codes_come_out_whole_however_the_line_cuts_them_and_nothing_is_written_back() {
    let mut gun = Gun::plug_in();
    let (handle, mut inbox) = start(SerialSettings::at_path(&gun.node));
    online(&mut inbox).await;
    gun.send(b"]E0690123");
    tokio::time::sleep(Duration::from_millis(5)).await;
    gun.send(b"4567892\r");
    gun.send(b"\nA-01-02\r\n");
    let (first, second) = (scan(&mut inbox).await, scan(&mut inbox).await);
    assert_eq!((first.payload.as_slice(), first.framing), (b"6901234567892".as_slice(), Framing::Whole));
    assert_eq!(first.symbology.unwrap().to_string(), "]E0");
    assert_eq!(second.payload, b"A-01-02");
    assert!(second.captured_at.mono_us >= first.captured_at.mono_us);
    assert_eq!(gun.heard(), Err(nix::Error::EAGAIN), "an echoing scanner would hear itself for ever");
    handle.stop().await;
    assert_eq!(offline(&mut inbox).await, OfflineReason::Stopped);
}

#[tokio::test]
async fn a_scanner_that_sends_no_terminator_is_framed_by_its_silence() {
    let mut gun = Gun::plug_in();
    let (_handle, mut inbox) = start(SerialSettings::at_path(&gun.node));
    online(&mut inbox).await;
    gun.send(b"6901234567892");
    assert_eq!(scan(&mut inbox).await.payload, b"6901234567892");
    gun.send(b"QT-OK");
    assert_eq!(scan(&mut inbox).await.payload, b"QT-OK");
}

#[tokio::test]
async fn an_unplugged_scanner_is_told_once_with_its_torn_code_and_is_back_within_a_second() {
    let folder = tempfile::tempdir().unwrap();
    let link = folder.path().join("gun");
    let mut gun = Gun::plug_in();
    symlink(&gun.node, &link).unwrap();
    let (_handle, mut inbox) = start(SerialSettings::at_path(&link));
    online(&mut inbox).await;
    gun.send(b"whole\r690123");
    assert_eq!(scan(&mut inbox).await.payload, b"whole");
    // The rest must have been read before the plug is pulled, as on a real line.
    tokio::time::sleep(Duration::from_millis(50)).await;
    drop(gun);
    let torn = scan(&mut inbox).await;
    assert_eq!((torn.payload.as_slice(), torn.framing), (b"690123".as_slice(), Framing::Torn));
    assert_eq!(offline(&mut inbox).await, OfflineReason::Unplugged);
    std::fs::remove_file(&link).unwrap();
    assert!(timeout(Duration::from_millis(500), inbox.recv()).await.is_err(), "being away is said once");

    let mut again = Gun::plug_in();
    symlink(&again.node, &link).unwrap();
    let plugged = Instant::now();
    online(&mut inbox).await;
    assert!(plugged.elapsed() < Duration::from_secs(1), "took {:?}", plugged.elapsed());
    again.send(b"6901234567892\r");
    let whole = scan(&mut inbox).await;
    assert_eq!((whole.payload.as_slice(), whole.framing), (b"6901234567892".as_slice(), Framing::Whole));
}

#[tokio::test]
async fn a_line_that_another_program_holds_is_in_use_and_not_gone() {
    let gun = Gun::plug_in();
    let (first, mut first_inbox) = start(SerialSettings::at_path(&gun.node));
    online(&mut first_inbox).await;
    let (_second, mut second_inbox) = start(SerialSettings::at_path(&gun.node));
    assert_eq!(offline(&mut second_inbox).await, OfflineReason::InUse);
    first.stop().await;
    online(&mut second_inbox).await;
}

#[tokio::test]
async fn a_line_that_is_not_there_yet_is_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let link = folder.path().join("later");
    let (_handle, mut inbox) = start(SerialSettings::at_path(&link));
    assert_eq!(offline(&mut inbox).await, OfflineReason::NotFound);
    let gun = Gun::plug_in();
    symlink(&gun.node, &link).unwrap();
    online(&mut inbox).await;
}

#[tokio::test]
async fn a_path_that_is_no_serial_line_is_a_fault_with_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("plain");
    std::fs::write(&file, b"").unwrap();
    let (_handle, mut inbox) = start(SerialSettings::at_path(&file));
    match offline(&mut inbox).await {
        OfflineReason::Failed { detail } => assert!(detail.contains("plain"), "{detail}"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_wire_that_goes_silent_inside_stx_gives_a_torn_scan_and_then_clean_ones() {
    let mut gun = Gun::plug_in();
    let mut settings = SerialSettings::at_path(&gun.node);
    settings.framing = FramingSettings { idle_ms: 100, ..FramingSettings::stx_etx() };
    let (_handle, mut inbox) = start(settings);
    online(&mut inbox).await;
    gun.send(b"\x026901");
    let torn = scan(&mut inbox).await;
    assert_eq!((torn.payload.as_slice(), torn.framing), (b"6901".as_slice(), Framing::Torn));
    gun.send(b"\x02two\r\nlines\x03");
    let whole = scan(&mut inbox).await;
    assert_eq!((whole.payload.as_slice(), whole.framing), (b"two\r\nlines".as_slice(), Framing::Whole));
}

#[tokio::test]
async fn a_slow_reader_makes_the_line_wait_and_loses_nothing() {
    let mut gun = Gun::plug_in();
    let (sender, mut inbox) = mpsc::channel(1);
    let _handle = serial::spawn(SerialSettings::at_path(&gun.node), Arc::new(SystemClock::new().unwrap()), sender);
    online(&mut inbox).await;
    for n in 0..100 {
        gun.send(format!("CODE-{n:03}\r").as_bytes());
    }
    tokio::time::sleep(Duration::from_millis(100)).await;
    for n in 0..100 {
        assert_eq!(scan(&mut inbox).await.payload, format!("CODE-{n:03}").as_bytes());
    }
}

#[test]
fn the_id_of_a_line_is_known_before_the_line_is() {
    assert_eq!(SerialSettings::at_path(Path::new("/dev/ttyS1")).device_id().as_str(), "tty-ttyS1");
}
