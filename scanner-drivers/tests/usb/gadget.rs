//! The devices: gadgets that the machine's kernel makes (`Documentation/usb/gadget_configfs.rst`), and what one does at them.
//!
//! A device is made when it is plugged in for the first time and stays made; the plug is the binding to one of four virtual sockets.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle, sleep};
use std::time::{Duration, Instant};

use nix::fcntl::OFlag;
use nix::sys::termios::{SetArg, cfmakeraw, tcgetattr, tcsetattr};
use qitao_domain::ids::DeviceId;
use qitao_scanner_drivers::identity::UsbMatch;
use qitao_scanner_drivers::sysfs::Sysfs;
use qitao_scanner_drivers::usb::UsbDevice;

/// How long anything may take that is waited for.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Waits until something is so.
pub fn soon(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < PATIENCE, "waited in vain for {what}");
        sleep(Duration::from_millis(10));
    }
}

/// One kind of device, of which there is one piece.
pub struct Model {
    name: &'static str,
    socket: u8,
    vendor: u16,
    product: u16,
    serial: &'static str,
    function: &'static str,
    settings: &'static [(&'static str, &'static [u8])],
    driver: &'static str,
}

/// A label printer of the USB printer class.
pub const PRINTER: Model = Model {
    name: "printer",
    socket: 0,
    vendor: 0x0FE6,
    product: 0x811E,
    serial: "PRN-4711",
    function: "printer.label",
    settings: &[("pnp_string", b"MFG:Gprinter;CMD:TSPL;MDL:GP-1324D;CLS:PRINTER;"), ("q_len", b"10")],
    driver: "usblp",
};

/// A scanner of the HID point-of-sale page.
pub const POS: Model = Model {
    name: "pos",
    socket: 1,
    vendor: 0x0C2E,
    product: 0x0B61,
    serial: "POS-4712",
    function: "hid.pos",
    settings: &[("protocol", b"0"), ("subclass", b"0"), ("report_length", b"64"), ("report_desc", &POS_REPORTS)],
    driver: "usbhid",
};

/// A scanner that types.
pub const KEYBOARD: Model = Model {
    name: "keyboard",
    socket: 2,
    vendor: 0x05E0,
    product: 0x1200,
    serial: "KBD-4713",
    function: "hid.keyboard",
    settings: &[("protocol", b"1"), ("subclass", b"1"), ("report_length", b"8"), ("report_desc", &KEYBOARD_REPORTS)],
    driver: "usbhid",
};

/// A scanner on a serial line that USB carries.
pub const SERIAL: Model = Model {
    name: "serial",
    socket: 3,
    vendor: 0x05E0,
    product: 0x1701,
    serial: "ACM-4714",
    function: "acm.line",
    settings: &[],
    driver: "cdc_acm",
};

/// Report 2, in: byte count, AIM identifier, 56 bytes of data, two vendor bytes, flag "more follows", padding. Report 4, out: good, error, not on file.
const POS_REPORTS: [u8; 101] = [
    0x05, 0x8C, 0x09, 0x02, 0xA1, 0x01, 0x09, 0x12, 0xA1, 0x02, 0x85, 0x02, 0x15, 0x00, 0x26, 0xFF, 0x00, 0x75, 0x08, 0x95, 0x01, 0x05,
    0x01, 0x09, 0x3B, 0x81, 0x02, 0x05, 0x8C, 0x09, 0xFB, 0x09, 0xFC, 0x09, 0xFD, 0x95, 0x03, 0x81, 0x02, 0x09, 0xFE, 0x95, 0x38, 0x82,
    0x02, 0x01, 0x06, 0x66, 0xFF, 0x09, 0x04, 0x09, 0x05, 0x95, 0x02, 0x81, 0x02, 0x05, 0x8C, 0x09, 0xFF, 0x75, 0x01, 0x95, 0x01, 0x25,
    0x01, 0x81, 0x02, 0x75, 0x07, 0x81, 0x03, 0xC0, 0x85, 0x04, 0x15, 0x00, 0x25, 0x01, 0x75, 0x01, 0x95, 0x01, 0x09, 0x86, 0x91, 0x02,
    0x09, 0x85, 0x91, 0x02, 0x09, 0x87, 0x91, 0x02, 0x95, 0x05, 0x91, 0x03, 0xC0,
];

/// The boot keyboard of the HID specification, appendix B.1.
const KEYBOARD_REPORTS: [u8; 63] = [
    0x05, 0x01, 0x09, 0x06, 0xA1, 0x01, 0x05, 0x07, 0x19, 0xE0, 0x29, 0xE7, 0x15, 0x00, 0x25, 0x01, 0x75, 0x01, 0x95, 0x08, 0x81, 0x02,
    0x95, 0x01, 0x75, 0x08, 0x81, 0x01, 0x95, 0x05, 0x75, 0x01, 0x05, 0x08, 0x19, 0x01, 0x29, 0x05, 0x91, 0x02, 0x95, 0x01, 0x75, 0x03,
    0x91, 0x01, 0x95, 0x06, 0x75, 0x08, 0x15, 0x00, 0x25, 0x65, 0x05, 0x07, 0x19, 0x00, 0x29, 0x65, 0x81, 0x00, 0xC0,
];

/// A device that is plugged in, until this is dropped.
pub struct Gadget {
    model: &'static Model,
}

impl Gadget {
    /// Plugs one in, and waits until the kernel's driver has it.
    pub fn plug(model: &'static Model) -> Self {
        let line = fs::read_to_string("/proc/cmdline").unwrap();
        assert!(line.split_whitespace().any(|word| word == "qitao.usb"), "this test belongs into the machine of `make usb`");
        let gadget = Self { model };
        if !gadget.folder().exists() {
            gadget.make();
        }
        gadget.push();
        soon("the kernel's driver", || gadget.driver().as_deref() == Some(model.driver));
        gadget
    }

    fn folder(&self) -> PathBuf {
        Path::new("/sys/kernel/config/usb_gadget").join(self.model.name)
    }

    fn make(&self) {
        let Model { vendor, product, serial, function, settings, .. } = *self.model;
        let folder = self.folder();
        let write = |name: &str, value: &[u8]| fs::write(folder.join(name), value).unwrap_or_else(|error| panic!("{name}: {error}"));
        for made in ["", "strings/0x409", "configs/c.1"] {
            fs::create_dir(folder.join(made)).unwrap();
        }
        fs::create_dir(folder.join("functions").join(function)).unwrap();
        write("idVendor", format!("{vendor:#06x}").as_bytes());
        write("idProduct", format!("{product:#06x}").as_bytes());
        write("strings/0x409/manufacturer", b"Qitao");
        write("strings/0x409/product", self.model.name.as_bytes());
        write("strings/0x409/serialnumber", serial.as_bytes());
        for (name, value) in settings {
            write(&format!("functions/{function}/{name}"), value);
        }
        symlink(folder.join("functions").join(function), folder.join("configs/c.1").join(function)).unwrap();
    }

    /// Plugs it in again, into the same socket.
    pub fn push(&self) {
        fs::write(self.folder().join("UDC"), format!("dummy_udc.{}", self.model.socket)).unwrap();
    }

    /// Pulls the plug.
    pub fn pull(&self) {
        fs::write(self.folder().join("UDC"), "\n").unwrap();
    }

    /// As the host sees it; `None` while it does not.
    pub fn seen(&self) -> Option<UsbDevice> {
        Sysfs::system().usb_devices().into_iter().find(|device| device.identity.serial.as_deref() == Some(self.model.serial))
    }

    /// The driver of the kernel that has its first interface.
    pub fn driver(&self) -> Option<String> {
        let port = self.seen()?.identity.port;
        let driver = fs::read_link(format!("/sys/bus/usb/devices/{port}:1.0/driver")).ok()?;
        // While a program has it, its "driver" is usbfs.
        driver.file_name()?.to_str().filter(|name| *name != "usbfs").map(String::from)
    }

    /// Waits until the kernel's driver has it (again).
    pub fn is_the_kernels(&self) {
        soon("the kernel's driver to have it", || self.driver().as_deref() == Some(self.model.driver));
    }

    /// What to look for.
    pub fn wanted(&self) -> UsbMatch {
        UsbMatch { serial: Some(self.model.serial.into()), ..UsbMatch::model(self.model.vendor, self.model.product) }
    }

    /// The id under which roles are bound to it.
    pub fn id(&self) -> DeviceId {
        self.wanted().device_id()
    }

    fn text(&self, name: &str) -> String {
        fs::read_to_string(self.folder().join("functions").join(self.model.function).join(name)).unwrap().trim().to_owned()
    }

    /// Sends a report of a HID device.
    pub fn report(&self, report: &[u8]) {
        OpenOptions::new().write(true).open(self.hid_node()).unwrap().write_all(report).unwrap();
    }

    /// Waits for a report that a HID device was sent.
    pub fn told(&self) -> Vec<u8> {
        let mut node = OpenOptions::new().read(true).custom_flags(OFlag::O_NONBLOCK.bits()).open(self.hid_node()).unwrap();
        let mut buffer = [0; 64];
        let mut count = 0;
        soon("a report from the host", || {
            count = node.read(&mut buffer).unwrap_or(0);
            count > 0
        });
        buffer[..count].to_vec()
    }

    fn hid_node(&self) -> PathBuf {
        let minor = self.text("dev").split_once(':').unwrap().1.to_owned();
        Path::new("/dev").join(format!("hidg{minor}"))
    }

    /// A point-of-sale scanner reads a code: as many reports as it needs, or only the first of them.
    pub fn scan(&self, aim: &str, code: &str, whole: bool) {
        const PART: usize = 56;
        let parts = code.len().div_ceil(PART);
        for (n, part) in code.as_bytes().chunks(PART).enumerate().take(if whole { parts } else { 1 }) {
            let mut report = vec![2, u8::try_from(part.len()).unwrap()];
            report.extend(aim.bytes());
            report.extend(part);
            report.resize(63, 0);
            report.push(u8::from(n + 1 < parts));
            self.report(&report);
        }
    }

    /// A scanner that types reads a code of digits: each key down and up, Enter last.
    pub fn type_digits(&self, digits: &str) {
        const ENTER: u8 = 0x28;
        let key = |digit: u8| if digit == b'0' { 0x27 } else { 0x1E + digit - b'1' };
        for usage in digits.bytes().map(key).chain([ENTER]) {
            self.report(&[0, 0, usage, 0, 0, 0, 0, 0]);
            self.report(&[0; 8]);
        }
    }

    /// The scanner's end of a serial line. To be opened before the plug is in: a line that is not raw sends back what it hears.
    pub fn line(&self) -> File {
        let node = format!("/dev/ttyGS{}", self.text("port_num"));
        let flags = OFlag::O_NOCTTY | OFlag::O_NONBLOCK;
        let line = OpenOptions::new().read(true).write(true).custom_flags(flags.bits()).open(node).unwrap();
        let mut settings = tcgetattr(&line).unwrap();
        cfmakeraw(&mut settings);
        tcsetattr(&line, SetArg::TCSANOW, &settings).unwrap();
        line
    }
}

impl Drop for Gadget {
    fn drop(&mut self) {
        // It may be unplugged already.
        let _ = fs::write(self.folder().join("UDC"), "\n");
        let began = Instant::now();
        while self.seen().is_some() && began.elapsed() < PATIENCE {
            sleep(Duration::from_millis(10));
        }
    }
}

/// What is inside a label printer: takes what the wire brings, and answers TSPL's questions, until it is dropped.
pub struct Mechanism {
    received: Arc<Mutex<Vec<u8>>>,
    takes: Arc<AtomicBool>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Mechanism {
    /// Switches it on; it pauses after each piece.
    pub fn on(pause: Duration) -> Self {
        let (received, takes, stop) = (Arc::default(), Arc::new(AtomicBool::new(true)), Arc::<AtomicBool>::default());
        let open = || OpenOptions::new().read(true).write(true).custom_flags(OFlag::O_NONBLOCK.bits()).open("/dev/g_printer0");
        let mut node = open().unwrap();
        let works = Works { received: Arc::clone(&received), ..Works::default() };
        let (may, end) = (takes.clone(), stop.clone());
        let thread = thread::spawn(move || {
            let (mut works, mut buffer) = (works, [0; 8192]);
            while !end.load(Ordering::Relaxed) {
                let read = if may.load(Ordering::Relaxed) { node.read(&mut buffer) } else { Ok(0) };
                match read {
                    Ok(0) => sleep(Duration::from_millis(5)),
                    Ok(count) => {
                        let answers = works.take(&buffer[..count]);
                        // Nobody may be there to hear it.
                        let _ = node.write(&answers);
                        sleep(pause);
                    }
                    Err(error) if error.kind() == ErrorKind::WouldBlock => sleep(Duration::from_millis(2)),
                    // Pulled: its wire comes back when it is plugged in again.
                    Err(_) => sleep(Duration::from_millis(20)),
                }
            }
        });
        Self { received, takes, stop, thread: Some(thread) }
    }

    /// Takes no more bytes, or goes on.
    pub fn takes(&self, yes: bool) {
        self.takes.store(yes, Ordering::Relaxed);
    }

    /// Everything but questions, since it was switched on or told to start anew.
    pub fn received(&self) -> Vec<u8> {
        self.received.lock().unwrap().clone()
    }
}

impl Drop for Mechanism {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

#[derive(Default)]
struct Works {
    received: Arc<Mutex<Vec<u8>>>,
    begun: Vec<u8>,
    busy: bool,
}

impl Works {
    /// Labels are printed between two questions. Immediate commands are `ESC ! x`; labels of these tests have no ESC.
    fn take(&mut self, bytes: &[u8]) -> Vec<u8> {
        const PRINTING: u8 = 0x20;
        let mut answers = Vec::new();
        for byte in bytes {
            match (self.begun.as_slice(), byte) {
                ([], 0x1B) | ([_], _) => self.begun.push(*byte),
                ([], _) => {
                    self.received.lock().unwrap().push(*byte);
                    self.busy = true;
                }
                (_, command) => {
                    self.begun.clear();
                    match command {
                        b'?' => answers.push(if std::mem::take(&mut self.busy) { PRINTING } else { 0 }),
                        b'R' => self.received.lock().unwrap().clear(),
                        other => panic!("a command that this printer does not know: {other:?}"),
                    }
                }
            }
        }
        answers
    }
}
