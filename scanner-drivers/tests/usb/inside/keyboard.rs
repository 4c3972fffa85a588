//! A scanner that types: what it reads must not end up in whatever program has the console.

use std::fs::{File, OpenOptions};
use std::io::Read;
use std::os::unix::fs::OpenOptionsExt;
use std::time::Duration;

use nix::fcntl::OFlag;
use nix::sys::termios::{SetArg, cfmakeraw, tcgetattr, tcsetattr};
use qitao_scanner_drivers::hotplug::{Capability, IdentityBook, list};
use qitao_scanner_drivers::scanner::hid::{HidSettings, HidTarget};
use qitao_scanner_drivers::scanner::{OfflineReason, ScannerKind};
use qitao_scanner_drivers::sysfs::Sysfs;

use super::{Worker, other_program_has};
use crate::gadget::{Gadget, KEYBOARD, soon};

/// The console of the machine, as a program sees it that a person types into.
struct Console(File);

impl Console {
    fn open() -> Self {
        let flags = OFlag::O_NONBLOCK | OFlag::O_NOCTTY;
        let console = OpenOptions::new().read(true).write(true).custom_flags(flags.bits()).open("/dev/tty1").unwrap();
        let mut settings = tcgetattr(&console).unwrap();
        cfmakeraw(&mut settings);
        tcsetattr(&console, SetArg::TCSANOW, &settings).unwrap();
        Self(console)
    }

    fn typed(&mut self) -> String {
        let mut bytes = [0; 256];
        let count = self.0.read(&mut bytes).unwrap_or(0);
        String::from_utf8_lossy(&bytes[..count]).into_owned()
    }

    fn waits_for(&mut self, text: &str) {
        let mut all = String::new();
        soon("it to be typed into the console", || {
            all.push_str(&self.typed());
            all == text
        });
    }
}

fn worker(gadget: &Gadget) -> Worker {
    Worker::hid(HidSettings::of(HidTarget::Device(gadget.id())))
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "runs in the machine of `make usb`"]
async fn nothing_is_typed_into_the_console_while_the_scanner_is_read_and_again_afterwards() {
    let gadget = Gadget::plug(&KEYBOARD);
    let mut console = Console::open();
    gadget.type_digits("12345");
    console.waits_for("12345\r");

    let mut worker = worker(&gadget);
    assert_eq!(worker.online().await.kind, ScannerKind::Keyboard);
    for code in ["6901234567892", "20000017"] {
        gadget.type_digits(code);
        assert_eq!(worker.code().await, code);
    }
    assert_eq!(console.typed(), "");
    worker.stop().await;

    gadget.is_the_kernels();
    gadget.type_digits("67890");
    console.waits_for("67890\r");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "runs in the machine of `make usb`"]
async fn a_pulled_typing_scanner_is_taken_from_the_console_again_when_it_is_back() {
    let gadget = Gadget::plug(&KEYBOARD);
    let mut console = Console::open();
    let mut worker = worker(&gadget);
    let first = worker.online().await;
    for _ in 0..3 {
        gadget.pull();
        assert_eq!(worker.offline().await, OfflineReason::Unplugged);
        gadget.push();
        assert_eq!(worker.online().await, first);
        gadget.type_digits("6901234567892");
        assert_eq!(worker.code().await, "6901234567892");
    }
    assert_eq!(console.typed(), "");
    worker.stop().await;
    gadget.is_the_kernels();
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "runs in the machine of `make usb`"]
async fn a_keyboard_is_never_kept_by_a_program_that_was_told_to_end() {
    let gadget = Gadget::plug(&KEYBOARD);
    let kind = || list(&Sysfs::system(), &[], &mut IdentityBook::default()).into_iter().find(|record| record.id == gadget.id());
    assert_eq!(kind().unwrap().capabilities, [Capability::Keyboard { interface: 0 }]);
    let program = other_program_has(&gadget);
    assert_eq!(gadget.driver(), None);
    program.terminate();
    gadget.is_the_kernels();
    let mut console = Console::open();
    tokio::time::sleep(Duration::from_millis(50)).await;
    gadget.type_digits("1");
    console.waits_for("1\r");
}
