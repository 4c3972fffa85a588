//! A scanner on a serial line that USB carries: `cdc_acm` makes a line of it, and the drivers read that.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Arc;

use nix::fcntl::OFlag;
use nix::sys::termios::{ControlFlags, InputFlags, tcgetattr};
use qitao_domain::scan::Framing;
use qitao_domain::work::Tone;
use qitao_scanner_drivers::scanner::OfflineReason;
use qitao_scanner_drivers::scanner::ScannerKind;
use qitao_scanner_drivers::scanner::framing::FramingSettings;
use qitao_scanner_drivers::scanner::serial::{Flow, Parity, SerialSettings, SerialTarget};
use qitao_scanner_drivers::usb::Claimed;

use super::{Worker, other_program_has};
use crate::gadget::{Gadget, SERIAL, soon};

/// The scanner and its end of the line.
fn plug() -> (Gadget, File) {
    let gadget = Gadget::plug(&SERIAL);
    let line = gadget.line();
    (gadget, line)
}

fn worker(gadget: &Gadget) -> Worker {
    Worker::serial(SerialSettings::of(SerialTarget::Device(gadget.id())))
}

fn hears(line: &mut File, wanted: &[u8]) {
    let mut heard = Vec::new();
    soon("the scanner to hear it", || {
        let mut bytes = [0; 64];
        let count = line.read(&mut bytes).unwrap_or(0);
        heard.extend_from_slice(&bytes[..count]);
        heard == wanted
    });
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "runs in the machine of `make usb`"]
async fn a_line_is_found_by_the_device_behind_it_and_the_scanner_hears_the_verdict() {
    let (gadget, mut line) = plug();
    let mut worker = worker(&gadget);
    let info = worker.online().await;
    assert_eq!((info.kind, info.device, info.place.as_str()), (ScannerKind::Serial, gadget.id(), "/dev/ttyACM0"));
    for code in ["6901234567892", "0106901234567892\u{1d}10LOT7"] {
        line.write_all(format!("{code}\r\n").as_bytes()).unwrap();
        assert_eq!(worker.code().await, code);
    }
    worker.answer(Tone::Right);
    hears(&mut line, b"\x07");
    line.write_all(b"6901234567892\r\n").unwrap();
    worker.code().await;
    worker.answer(Tone::Wrong);
    hears(&mut line, b"\x07\x07\x07");
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "runs in the machine of `make usb`"]
async fn a_line_that_is_pulled_inside_a_code_gives_a_torn_one_and_is_the_same_again() {
    let (gadget, mut line) = plug();
    // Silence tears a frame as well, but later than this test takes.
    let framing = FramingSettings { idle_ms: 30_000, ..FramingSettings::stx_etx() };
    let mut worker = Worker::serial(SerialSettings { framing, ..SerialSettings::of(SerialTarget::Device(gadget.id())) });
    let first = worker.online().await;
    for _ in 0..3 {
        line.write_all(b"\x026901234567892\x03\x0269012345").unwrap();
        assert_eq!(worker.code().await, "6901234567892");
        gadget.pull();
        let torn = worker.scan().await;
        assert_eq!((torn.payload.as_slice(), torn.framing), (b"69012345".as_slice(), Framing::Torn));
        assert_eq!(worker.offline().await, OfflineReason::Unplugged);
        drop(line);
        line = gadget.line();
        gadget.push();
        assert_eq!(worker.online().await, first, "the same node, because it was let go of");
    }
    line.write_all(b"\x026901234567892\x03").unwrap();
    assert_eq!(worker.code().await, "6901234567892");
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "runs in the machine of `make usb`"]
async fn a_line_that_comes_back_under_another_name_is_the_same_device() {
    let (gadget, line) = plug();
    // A program that never lets go of the old line: the kernel cannot give its name away.
    let flags = OFlag::O_NONBLOCK | OFlag::O_NOCTTY;
    let clinging = OpenOptions::new().read(true).custom_flags(flags.bits()).open("/dev/ttyACM0").unwrap();
    let mut worker = worker(&gadget);
    let first = worker.online().await;
    gadget.pull();
    assert_eq!(worker.offline().await, OfflineReason::Unplugged);
    drop(line);
    let mut line = gadget.line();
    gadget.push();
    let again = worker.online().await;
    assert_eq!((&again.device, &again.identity), (&first.device, &first.identity));
    assert_eq!(again.place, "/dev/ttyACM1");
    line.write_all(b"6901234567892\r\n").unwrap();
    assert_eq!(worker.code().await, "6901234567892");
    worker.stop().await;
    drop(clinging);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "runs in the machine of `make usb`"]
async fn who_comes_second_is_told_that_another_program_has_the_line_and_gets_it_after_it() {
    let (gadget, mut line) = plug();
    let first = other_program_has(&gadget);
    let mut second = worker(&gadget);
    assert_eq!(second.offline().await, OfflineReason::InUse);
    first.kill();
    second.online().await;
    line.write_all(b"6901234567892\r\n").unwrap();
    assert_eq!(second.code().await, "6901234567892");
    second.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "runs in the machine of `make usb`"]
async fn the_line_is_set_as_the_settings_say() {
    use ControlFlags as C;
    let (gadget, _line) = plug();
    let usual = || SerialSettings::of(SerialTarget::Device(gadget.id()));
    let (bits, parity) = (C::CSIZE, C::PARENB | C::PARODD);
    for (settings, size, wanted, flow) in [
        (usual(), C::CS8, C::empty(), InputFlags::empty()),
        (
            SerialSettings { data_bits: 7, parity: Parity::Even, stop_bits: 2, ..usual() },
            C::CS7,
            C::PARENB | C::CSTOPB,
            InputFlags::empty(),
        ),
        (SerialSettings { parity: Parity::Odd, flow: Flow::Hardware, ..usual() }, C::CS8, parity | C::CRTSCTS, InputFlags::empty()),
        (SerialSettings { data_bits: 6, flow: Flow::Software, ..usual() }, C::CS6, C::empty(), InputFlags::IXON | InputFlags::IXOFF),
    ] {
        let mut worker = Worker::serial(settings.clone());
        worker.online().await;
        // The machine's tests are root's, whom the exclusive use of a line does not keep out.
        let flags = OFlag::O_NONBLOCK | OFlag::O_NOCTTY;
        let beside = OpenOptions::new().read(true).custom_flags(flags.bits()).open("/dev/ttyACM0").unwrap();
        let set = tcgetattr(&beside).unwrap();
        assert_eq!(set.control_flags & bits, size, "{settings:?}");
        assert_eq!(set.control_flags & (parity | C::CSTOPB | C::CRTSCTS), wanted, "{settings:?}");
        assert_eq!(set.input_flags & (InputFlags::IXON | InputFlags::IXOFF), flow, "{settings:?}");
        drop(beside);
        worker.stop().await;
    }
}

#[test]
#[ignore = "runs in the machine of `make usb`"]
fn the_kernels_line_goes_when_its_device_is_taken_and_comes_back_with_it() {
    let (gadget, _line) = plug();
    let node = Path::new("/dev/ttyACM0");
    assert!(node.exists());
    let held = Claimed::new(Arc::new(gadget.seen().unwrap().open().unwrap()), 0).unwrap();
    assert_eq!((gadget.driver(), node.exists()), (None, false));
    drop(held);
    gadget.is_the_kernels();
    soon("the line to be there", || node.exists());
}
