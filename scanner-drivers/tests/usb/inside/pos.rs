//! A HID point-of-sale scanner: `usbhid` has it first.

use std::sync::Arc;
use std::time::Duration;

use qitao_domain::scan::Framing;
use qitao_domain::work::Tone;
use qitao_scanner_drivers::scanner::OfflineReason;
use qitao_scanner_drivers::scanner::ScannerKind;
use qitao_scanner_drivers::scanner::hid::{self, HidSettings, HidTarget};
use qitao_scanner_drivers::sysfs::Sysfs;
use qitao_scanner_drivers::usb::Claimed;

use super::{Worker, other_program_has};
use crate::gadget::{Gadget, POS, soon};

fn worker(gadget: &Gadget) -> Worker {
    Worker::hid(HidSettings::of(HidTarget::Device(gadget.id())))
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "runs in the machine of `make usb`"]
async fn codes_come_with_their_symbology_also_in_three_reports_and_the_scanner_hears_the_verdict() {
    let gadget = Gadget::plug(&POS);
    let mut worker = worker(&gadget);
    let info = worker.online().await;
    assert_eq!((info.kind, info.device), (ScannerKind::HidPos, gadget.id()));
    assert_eq!(gadget.driver(), None, "the kernel would make input of what is scanned");
    let long: String = (b'A'..=b'Z').cycle().take(150).map(char::from).collect();
    for (aim, code) in [("]E0", "6901234567892"), ("]d2", &long), ("]C1", "0106901234567892\u{1d}10LOT7")] {
        gadget.scan(aim, code, true);
        let scan = worker.scan().await;
        assert_eq!(scan.symbology.map(|aim| aim.to_string()).as_deref(), Some(aim));
        assert_eq!((scan.payload.as_slice(), scan.framing), (code.as_bytes(), Framing::Whole));
    }
    worker.answer(Tone::Right);
    assert_eq!((gadget.told(), gadget.told()), (vec![4, 0b001], vec![4, 0]));
    gadget.scan("]E0", "6901234567892", true);
    worker.scan().await;
    worker.answer(Tone::Wrong);
    assert_eq!((gadget.told(), gadget.told()), (vec![4, 0b010], vec![4, 0]));
    worker.stop().await;
    gadget.is_the_kernels();
}

#[test]
#[ignore = "runs in the machine of `make usb`"]
fn a_code_that_comes_while_the_program_has_no_time_is_not_lost() {
    let gadget = Gadget::plug(&POS);
    let mut program = other_program_has(&gadget);
    for n in 0..5 {
        // Longer than the driver waits in one turn: its time is up and the report is there when it goes on.
        program.stands_still_while(|| {
            std::thread::sleep(Duration::from_millis(400));
            gadget.scan("]C0", &format!("WHILE-{n}"), true);
            std::thread::sleep(Duration::from_millis(100));
        });
        std::thread::sleep(Duration::from_millis(100));
        gadget.scan("]C0", &format!("AFTER-{n}"), true);
        for code in ["WHILE", "AFTER"] {
            assert_eq!(program.next()["text"], format!("{code}-{n}"));
        }
    }
    program.terminate();
    gadget.is_the_kernels();
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "runs in the machine of `make usb`"]
async fn a_pulled_scanner_is_unplugged_and_the_same_again_in_its_socket() {
    let gadget = Gadget::plug(&POS);
    let mut worker = worker(&gadget);
    let first = worker.online().await;
    let first_address = gadget.seen().map(|device| device.address);
    for away in [0, 150, 700, 1_500, 0] {
        // A transfer is always under way: the worker waits for the next report.
        gadget.pull();
        tokio::time::sleep(Duration::from_millis(away)).await;
        gadget.push();
        assert_eq!(worker.offline().await, OfflineReason::Unplugged);
        assert_eq!(worker.online().await, first);
        gadget.scan("]E0", "6901234567892", true);
        assert_eq!(worker.code().await, "6901234567892");
    }
    assert_ne!(gadget.seen().map(|device| device.address), first_address);
    worker.stop().await;
    gadget.is_the_kernels();
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "runs in the machine of `make usb`"]
async fn a_code_that_is_cut_by_the_plug_is_told_as_torn() {
    let gadget = Gadget::plug(&POS);
    let mut worker = worker(&gadget);
    worker.online().await;
    gadget.scan("]d2", &"HALF".repeat(30), false);
    // The virtual wire has room for one report, so a second may be on its way before the first has arrived; a third waits until it has.
    for _ in 0..2 {
        gadget.report(&[9; 64]);
    }
    gadget.pull();
    let scan = worker.scan().await;
    assert_eq!((scan.payload.as_slice(), scan.framing), ("HALF".repeat(14).as_bytes(), Framing::Torn));
    assert_eq!(worker.offline().await, OfflineReason::Unplugged);
    gadget.push();
    worker.online().await;
    gadget.scan("]d2", "WHOLE", true);
    assert_eq!(worker.code().await, "WHOLE");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "runs in the machine of `make usb`"]
async fn who_comes_second_is_told_that_another_program_has_the_scanner_and_gets_it_after_it() {
    let gadget = Gadget::plug(&POS);
    let first = other_program_has(&gadget);
    let mut second = worker(&gadget);
    assert_eq!(second.offline().await, OfflineReason::InUse);
    assert_eq!(OfflineReason::InUse.to_string(), "in use by another program");
    first.terminate();
    second.online().await;
    gadget.scan("]E0", "6901234567892", true);
    assert_eq!(second.code().await, "6901234567892");
    second.stop().await;
    gadget.is_the_kernels();
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "runs in the machine of `make usb`"]
async fn a_program_that_is_told_to_end_gives_the_scanner_back() {
    let gadget = Gadget::plug(&POS);
    let program = other_program_has(&gadget);
    assert_eq!(gadget.driver(), None);
    program.terminate();
    gadget.is_the_kernels();
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "runs in the machine of `make usb`"]
async fn what_a_killed_program_kept_from_the_kernel_goes_back_with_the_next_that_ends_in_order() {
    let gadget = Gadget::plug(&POS);
    other_program_has(&gadget).kill();
    assert_eq!(gadget.driver(), None, "nobody could give it back");
    // The kernel no longer tells what it is; asking the device leaves it as it was.
    assert!(hid::is_point_of_sale(&Sysfs::system(), &gadget.id()));
    let mut next = worker(&gadget);
    next.online().await;
    gadget.scan("]E0", "6901234567892", true);
    assert_eq!(next.code().await, "6901234567892");
    next.stop().await;
    gadget.is_the_kernels();
}

#[test]
#[ignore = "runs in the machine of `make usb`"]
fn a_thread_that_panics_gives_the_scanner_back() {
    let gadget = Gadget::plug(&POS);
    let device = gadget.seen().unwrap();
    let held = Claimed::new(Arc::new(device.open().unwrap()), 0).unwrap();
    assert_eq!(gadget.driver(), None);
    let fallen = std::thread::spawn(move || {
        assert!(held.interface() == 1, "a fault of ours while the scanner is held");
    });
    assert!(fallen.join().is_err());
    gadget.is_the_kernels();
    soon("its interface to be free", || Claimed::new(Arc::new(device.open().unwrap()), 0).is_ok());
}
