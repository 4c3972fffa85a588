//! The devices: a point-of-sale scanner and a label printer, as their class specifications say.

use std::collections::VecDeque;

use crate::printer::LabelPrinter;

/// Kinds of endpoints.
const INTERRUPT: u8 = 3;
const BULK: u8 = 2;

/// An endpoint's descriptor.
#[derive(Debug, Clone, Copy)]
pub struct Endpoint {
    /// Number, and 0x80 towards the host.
    pub address: u8,
    /// Interrupt or bulk.
    pub kind: u8,
    /// Bytes in a packet.
    pub packet: u16,
}

/// What a device tells of itself. It has one interface.
#[derive(Debug, Clone)]
pub struct Identity {
    /// Vendor id.
    pub vendor: u16,
    /// Product id.
    pub product: u16,
    /// Name for people.
    pub name: &'static str,
    /// Serial number.
    pub serial: Option<String>,
    /// Class, subclass, protocol of the interface.
    pub class: (u8, u8, u8),
    /// The interface's endpoints.
    pub endpoints: &'static [Endpoint],
    /// HID report descriptor.
    pub report_descriptor: Option<&'static [u8]>,
    /// The driver of the kernel that takes the interface first.
    pub driver: Option<&'static str>,
}

/// A control request.
#[derive(Debug, Clone, Copy)]
pub struct Setup {
    /// Direction, type and recipient.
    pub kind: u8,
    /// Which request.
    pub request: u8,
    /// Its value.
    pub value: u16,
}

impl Setup {
    pub(super) fn read(bytes: &[u8]) -> Self {
        Self { kind: bytes[0], request: bytes[1], value: u16::from_le_bytes([bytes[2], bytes[3]]) }
    }
}

/// A device.
pub trait Gadget: Send + 'static {
    /// What it tells of itself.
    fn identity(&self) -> Identity;
    /// A control request; `None` = it does not know it.
    fn control(&mut self, setup: &Setup, data: &[u8]) -> Option<Vec<u8>>;
    /// Bytes for an endpoint; how many of them it takes now.
    fn take(&mut self, endpoint: u8, bytes: &[u8]) -> usize;
    /// What an endpoint has to say; `None` = nothing now.
    fn give(&mut self, endpoint: u8) -> Option<Vec<u8>>;
}

/// Report 2: byte count, AIM identifier, 56 bytes of data, two vendor bytes, flag "more follows", padding.
const POS_REPORT_DESCRIPTOR: [u8; 75] = [
    0x05, 0x8C, 0x09, 0x02, 0xA1, 0x01, 0x09, 0x12, 0xA1, 0x02, 0x85, 0x02, 0x15, 0x00, 0x26, 0xFF, 0x00, 0x75, 0x08, 0x95, 0x01, 0x05,
    0x01, 0x09, 0x3B, 0x81, 0x02, 0x05, 0x8C, 0x09, 0xFB, 0x09, 0xFC, 0x09, 0xFD, 0x95, 0x03, 0x81, 0x02, 0x09, 0xFE, 0x95, 0x38, 0x82,
    0x02, 0x01, 0x06, 0x66, 0xFF, 0x09, 0x04, 0x09, 0x05, 0x95, 0x02, 0x81, 0x02, 0x05, 0x8C, 0x09, 0xFF, 0x75, 0x01, 0x95, 0x01, 0x25,
    0x01, 0x81, 0x02, 0x75, 0x07, 0x81, 0x03, 0xC0, 0xC0,
];
/// Bytes of a code that fit into one report.
const PART: usize = 56;

/// A scanner of the HID point-of-sale page.
#[derive(Debug, Default)]
pub struct PosScanner {
    serial: Option<String>,
    reports: VecDeque<Vec<u8>>,
}

impl PosScanner {
    /// One without a serial number, like most.
    #[must_use]
    pub fn nameless() -> Self {
        Self::default()
    }

    /// One with a serial number.
    #[must_use]
    pub fn with_serial(serial: &str) -> Self {
        Self { serial: Some(serial.into()), ..Self::default() }
    }

    /// Reads a code of a symbology (`]E0`): as many reports as it needs.
    pub fn scan(&mut self, aim: &str, code: &str) {
        let parts = code.as_bytes().chunks(PART).count();
        for (n, part) in code.as_bytes().chunks(PART).enumerate() {
            self.reports.push_back(report(aim, part, n + 1 < parts));
        }
    }

    /// Sends only the first report of a code that needs more.
    pub fn scan_half(&mut self, aim: &str, code: &str) {
        self.reports.push_back(report(aim, &code.as_bytes()[..code.len().min(PART)], true));
    }

    /// Sends any bytes as a report.
    pub fn send(&mut self, report: &[u8]) {
        self.reports.push_back(report.to_vec());
    }
}

fn report(aim: &str, part: &[u8], more: bool) -> Vec<u8> {
    let mut report = vec![2, part.len().try_into().unwrap_or(0)];
    report.extend(aim.bytes());
    report.extend(part);
    report.resize(63, 0);
    report.push(u8::from(more));
    report
}

impl Gadget for PosScanner {
    fn identity(&self) -> Identity {
        Identity {
            vendor: 0x0C2E,
            product: 0x0B6A,
            name: "Point of sale scanner",
            serial: self.serial.clone(),
            class: (3, 0, 0),
            endpoints: &[Endpoint { address: 0x81, kind: INTERRUPT, packet: 64 }],
            report_descriptor: Some(&POS_REPORT_DESCRIPTOR),
            driver: Some("usbhid"),
        }
    }

    fn control(&mut self, setup: &Setup, _: &[u8]) -> Option<Vec<u8>> {
        match (setup.kind, setup.request, setup.value >> 8) {
            // GET_DESCRIPTOR of the interface: its report descriptor.
            (0x81, 6, 0x22) => Some(POS_REPORT_DESCRIPTOR.to_vec()),
            // SET_IDLE, SET_PROTOCOL.
            (0x21, 0x0A | 0x0B, _) => Some(Vec::new()),
            _ => None,
        }
    }

    fn take(&mut self, _: u8, _: &[u8]) -> usize {
        0
    }

    fn give(&mut self, _: u8) -> Option<Vec<u8>> {
        self.reports.pop_front()
    }
}

/// A label printer of the USB printer class; what it prints is in its [`LabelPrinter`].
pub struct UsbPrinter {
    serial: &'static str,
    printer: LabelPrinter,
    answers: VecDeque<Vec<u8>>,
}

impl UsbPrinter {
    /// The wire in front of a printer.
    #[must_use]
    pub fn before(printer: &LabelPrinter, serial: &'static str) -> Self {
        Self { serial, printer: printer.clone(), answers: VecDeque::new() }
    }
}

impl Gadget for UsbPrinter {
    fn identity(&self) -> Identity {
        Identity {
            vendor: 0x0FE6,
            product: 0x811E,
            name: "Label printer",
            serial: Some(self.serial.into()),
            class: (7, 1, 2),
            endpoints: &[Endpoint { address: 0x01, kind: BULK, packet: 64 }, Endpoint { address: 0x82, kind: BULK, packet: 64 }],
            report_descriptor: None,
            driver: Some("usblp"),
        }
    }

    fn control(&mut self, setup: &Setup, _: &[u8]) -> Option<Vec<u8>> {
        match (setup.kind, setup.request) {
            // GET_DEVICE_ID: IEEE 1284, its length in front, itself included.
            (0xA1, 0) => {
                let text = format!("MFG:Mock;CMD:{};MDL:LP-{};CLS:PRINTER;", self.printer.language_name(), self.serial);
                let mut answer = u16::try_from(text.len() + 2).unwrap_or(0).to_be_bytes().to_vec();
                answer.extend(text.bytes());
                Some(answer)
            }
            // GET_PORT_STATUS.
            (0xA1, 1) => Some(vec![self.printer.port_status()]),
            (0x21 | 0x23, 2) => Some(Vec::new()),
            _ => None,
        }
    }

    fn take(&mut self, _: u8, bytes: &[u8]) -> usize {
        // The memory of a printer takes a packet at a time; so a plug can be pulled inside a job.
        let mut taken = 0;
        for packet in bytes.chunks(64) {
            let Some(answer) = self.printer.take(packet) else { break };
            taken += packet.len();
            if !answer.is_empty() {
                self.answers.push_back(answer);
            }
        }
        taken
    }

    fn give(&mut self, _: u8) -> Option<Vec<u8>> {
        self.answers.pop_front()
    }
}
