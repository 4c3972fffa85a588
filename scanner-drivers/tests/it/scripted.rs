//! Scanners on pseudo-terminals that behave as they are told: they answer, refuse, repeat, stay silent, or vanish in the middle of a frame.
//!
//! One device speaks as the family's manuals have it, written down apart from the drivers: checksums, marks and echoes are made here once more. What the
//! device did is listed in plain words ([`Scripted::did`]), its settings can be looked at and set. Other crates' tests take this file by its path, and
//! `wire.rs` with it.

#![allow(dead_code, reason = "each crate that takes this file uses a part of it")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::wire::{Play, Wire};

/// What kind of scanner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Model {
    Generic,
    Honeywell,
    /// Honeywell with Host ACK on: reads nothing until the last code was answered.
    HoneywellHostAck,
    Ssi,
    ZebraSimple,
    Newland,
    Datalogic,
    /// A cordless hand-held that takes messages of escape sequences.
    DatalogicEscape,
}

/// How it behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manners {
    /// As in the manual.
    Answer,
    /// Knows no command: ENQ, or NAK.
    Refuse,
    /// Says everything twice; packets as if no acknowledgement had come, with the retransmit bit.
    Repeat,
    /// Reads codes and never answers the host.
    Silent,
    /// The plug comes out in the middle of the next answer.
    VanishAnswering,
}

struct Inner {
    wire: Wire,
    model: Model,
    manners: Manners,
    heard: Vec<u8>,
    did: Vec<String>,
    disabled: bool,
    owed: bool,
    /// A packet whose acknowledgement has not come; nothing is read until then.
    unacknowledged: Option<Vec<u8>>,
    /// A command that will be lost on the way.
    lost: Option<u8>,
    in_front: Option<String>,
    settings: BTreeMap<String, String>,
}

/// A scanner.
pub struct Scripted {
    inner: Arc<Mutex<Inner>>,
    link: PathBuf,
    _play: Play,
}

impl Scripted {
    /// Plugs one in at `link`, a path that is made.
    pub fn plug_in(link: &Path, model: Model) -> Self {
        let inner = Inner {
            wire: Wire::plug_in(link),
            model,
            manners: Manners::Answer,
            heard: Vec::new(),
            did: Vec::new(),
            disabled: false,
            owed: false,
            unacknowledged: None,
            lost: None,
            in_front: None,
            settings: BTreeMap::new(),
        };
        let inner = Arc::new(Mutex::new(inner));
        let play = Play::start(&inner, Inner::listen);
        Self { inner, link: link.to_owned(), _play: play }
    }

    pub fn path(&self) -> &Path {
        &self.link
    }

    pub fn behave(&self, manners: Manners) {
        self.inner.lock().unwrap().manners = manners;
    }

    /// A setting as the device keeps it: `CBRENA` → `1`, or a parameter's number.
    pub fn set(&self, name: &str, value: &str) {
        self.inner.lock().unwrap().settings.insert(name.into(), value.into());
    }

    pub fn setting(&self, name: &str) -> Option<String> {
        self.inner.lock().unwrap().settings.get(name).cloned()
    }

    /// Lays a code before the scanner: read when the host pulls the trigger.
    pub fn lay(&self, code: &str) {
        self.inner.lock().unwrap().in_front = Some(code.into());
    }

    /// The operator pulls the trigger at a code. Whether it was read: not while disabled.
    pub fn scan(&self, code: &str) -> bool {
        self.inner.lock().unwrap().scan(code)
    }

    /// Raw bytes on the wire.
    pub fn send(&self, bytes: &[u8]) {
        self.inner.lock().unwrap().send(bytes);
    }

    /// The next of these commands (a host byte, or a packet's opcode) is lost on the way.
    pub fn lose(&self, command: u8) {
        self.inner.lock().unwrap().lost = Some(command);
    }

    /// A decoder has a code that it sent to somebody else, and no acknowledgement.
    pub fn leave(&self, code: &str) {
        self.inner.lock().unwrap().unacknowledged = Some([&[0x0B], code.as_bytes()].concat());
    }

    /// The response time of a decoder is over without an acknowledgement: it sends its code again.
    pub fn send_again(&self) {
        let mut inner = self.inner.lock().unwrap();
        let data = inner.unacknowledged.clone().expect("every code was acknowledged");
        inner.send(&packet(0xF3, 1, &data));
    }

    pub fn unplug(&self) {
        self.inner.lock().unwrap().wire.pull();
    }

    pub fn replug(&self) {
        let mut inner = self.inner.lock().unwrap();
        inner.heard.clear();
        inner.wire.replug();
    }

    /// What it did so far, and forgets it.
    pub fn did(&self) -> Vec<String> {
        std::mem::take(&mut self.inner.lock().unwrap().did)
    }

    /// Waits until the last things it did are these.
    pub fn until(&self, wanted: &[&str]) {
        self.until_that(&format!("{wanted:?}"), |did| did.len() >= wanted.len() && did[did.len() - wanted.len()..] == *wanted);
    }

    /// Waits for anything that it does. A machine that stands still for some seconds is no fault of the line.
    pub fn until_that(&self, what: &str, right: impl Fn(&[String]) -> bool) {
        let end = Instant::now() + Duration::from_secs(60);
        loop {
            // The lock is free while the question is asked: it may look at the device too.
            let did = self.inner.lock().unwrap().did.clone();
            if right(&did) {
                return;
            }
            assert!(Instant::now() < end, "waited for {what}; it did {did:?}");
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    pub fn is_disabled(&self) -> bool {
        let inner = self.inner.lock().unwrap();
        inner.disabled || inner.owed || inner.unacknowledged.is_some()
    }
}

/// Two's complement of the sum, high byte first: SE955 Integration Guide, chapter 10.
fn packet(opcode: u8, status: u8, data: &[u8]) -> Vec<u8> {
    let mut bytes = vec![u8::try_from(data.len() + 4).unwrap(), opcode, 0, status];
    bytes.extend_from_slice(data);
    let sum: u32 = bytes.iter().map(|byte| u32::from(*byte)).sum();
    let check = 0x1_0000 - sum;
    bytes.extend([(check >> 8) as u8, (check & 0xFF) as u8]);
    bytes
}

impl Inner {
    fn send(&mut self, bytes: &[u8]) {
        self.wire.send(bytes);
    }

    fn do_(&mut self, what: impl Into<String>) {
        self.did.push(what.into());
    }

    fn scan(&mut self, code: &str) -> bool {
        if self.disabled || self.owed || self.unacknowledged.is_some() || !self.wire.is_in() {
            return false;
        }
        self.owed = self.model == Model::HoneywellHostAck;
        match self.model {
            Model::Ssi => {
                let data = [&[0x0B], code.as_bytes()].concat();
                self.send(&packet(0xF3, 0, &data));
                if self.manners == Manners::Repeat {
                    self.send(&packet(0xF3, 1, &data));
                    self.send(&packet(0xF3, 1, &data));
                }
                self.unacknowledged = Some(data);
            }
            _ => self.send(format!("{code}\r").as_bytes()),
        }
        true
    }

    fn listen(&mut self) {
        if !self.wire.hear(&mut self.heard) {
            return;
        }
        while let Some(used) = match self.model {
            Model::Generic => self.nothing(),
            Model::Honeywell | Model::HoneywellHostAck => self.honeywell(),
            Model::Ssi => self.ssi(),
            Model::ZebraSimple => self.bel(),
            Model::Newland => self.newland(),
            Model::Datalogic => self.host_byte(),
            Model::DatalogicEscape => self.message(),
        } {
            self.heard.drain(..used.min(self.heard.len()));
        }
    }

    fn reply(&mut self, bytes: &[u8]) {
        match self.manners {
            Manners::Answer | Manners::Refuse => self.send(bytes),
            Manners::Repeat => self.send(&[bytes, bytes].concat()),
            Manners::Silent => {}
            Manners::VanishAnswering => {
                self.send(&bytes[..bytes.len() / 2]);
                // What is in the line is read before the plug is out.
                std::thread::sleep(Duration::from_millis(100));
                self.wire.pull();
            }
        }
    }

    fn pull_trigger(&mut self) {
        self.do_("trigger");
        if let Some(code) = self.in_front.take() {
            self.scan(&code);
        }
    }

    fn nothing(&mut self) -> Option<usize> {
        (!self.heard.is_empty()).then(|| {
            self.do_("noise");
            self.heard.len()
        })
    }

    fn bel(&mut self) -> Option<usize> {
        let byte = *self.heard.first()?;
        self.do_(if byte == 7 { "beep" } else { "noise" });
        Some(1)
    }

    fn host_byte(&mut self) -> Option<usize> {
        let byte = *self.heard.first()?;
        if self.lost.take_if(|lost| *lost == byte).is_some() {
            self.do_("lost");
            return Some(1);
        }
        match byte {
            b'E' => {
                self.disabled = false;
                self.do_("enable");
            }
            b'D' => {
                self.disabled = true;
                self.do_("disable");
            }
            b'F' => {
                self.disabled = true;
                self.do_("not on file");
            }
            0x01 | 0x07 => self.do_("beep"),
            b'T' => self.pull_trigger(),
            b'X' => self.do_("release"),
            b'i' | b'h' | b's' => {
                self.do_(format!("asked {}", char::from(byte)));
                if self.manners != Manners::Refuse {
                    self.reply(b"\x01\x02PD9530 1.0\x03\x04");
                }
            }
            _ => self.do_("noise"),
        }
        Some(1)
    }

    /// `ESC [ n q` sequences up to CR (PD96xx Product Reference Guide, "LED and Beeper Control"); nothing is done before the message is whole.
    fn message(&mut self) -> Option<usize> {
        let end = self.heard.iter().position(|byte| *byte == b'\r')?;
        let words = self.heard[..end].chunks(4).map(|sequence| match sequence {
            [0x1B, b'[', number @ b'0'..=b'7', b'q'] => {
                let names = ["short high", "short low", "long low", "good tone", "bad transmission", "wait", "green on", "green off"];
                names[usize::from(number - b'0')]
            }
            _ => "noise",
        });
        for word in words.collect::<Vec<_>>() {
            self.do_(word);
        }
        Some(end + 1)
    }

    fn honeywell(&mut self) -> Option<usize> {
        match self.heard.as_slice() {
            [] | [0x16] | [0x16, _] | [0x1B] | [0x1B, _] => None,
            [0x16, 0x07, 0x0D, ..] => {
                self.do_("beep");
                Some(3)
            }
            [0x16, b'T', 0x0D, ..] => {
                self.pull_trigger();
                Some(3)
            }
            [0x16, b'U', 0x0D, ..] => {
                self.do_("release");
                Some(3)
            }
            [0x1B, what, b',', ..] => {
                let word = match what {
                    b'7' => "good",
                    b'8' => "razz",
                    b'4' => "low",
                    b'6' => "high",
                    _ => "noise",
                };
                if self.model == Model::HoneywellHostAck {
                    self.owed = false;
                }
                self.do_(word);
                Some(3)
            }
            [0x16, b'M', 0x0D, rest @ ..] => {
                let end = rest.iter().position(|byte| matches!(byte, b'.' | b'!'))?;
                let line = String::from_utf8(rest[..end].to_vec()).unwrap();
                let mark = char::from(rest[end]);
                self.do_(format!("menu {line}{mark}"));
                let answer = self.menu(&line);
                self.reply(format!("{answer}{mark}").as_bytes());
                Some(3 + end + 1)
            }
            _ => {
                self.do_("noise");
                Some(1)
            }
        }
    }

    /// `TAGSUBvalue`, chained by commas within one tag; each comes back with its status behind it.
    fn menu(&mut self, line: &str) -> String {
        let mut tag = String::new();
        let answers: Vec<String> = line
            .split(',')
            .map(|command| {
                let whole = if command.len() >= 6 && tag.is_empty() { command.to_owned() } else { format!("{tag}{command}") };
                let (name, value) = whole.split_at(6.min(whole.len()));
                let name = name.to_ascii_uppercase();
                let shown = if tag.is_empty() { name.clone() } else { name[3..].to_owned() };
                tag = name[..3.min(name.len())].to_owned();
                if self.manners == Manners::Refuse {
                    return format!("{shown}{value}\x05");
                }
                match value {
                    "?" | "*" => format!("{shown}{}\x06", self.settings.get(&name).map_or("0", String::as_str)),
                    value => {
                        self.settings.insert(name, value.to_owned());
                        format!("{shown}{value}\x06")
                    }
                }
            })
            .collect();
        answers.join(",")
    }

    fn newland(&mut self) -> Option<usize> {
        let start = self.heard.windows(6).position(|part| part == b"~\x010000")?;
        let end = start + self.heard[start..].windows(2).position(|part| part == b";\x03")?;
        let line = String::from_utf8(self.heard[start + 6..end].to_vec()).unwrap();
        let (store, commands) = line.split_at(1);
        if commands.starts_with("SCNTRG1") {
            self.pull_trigger();
        } else if let Some(beep) = commands.strip_prefix("BEEPON") {
            self.do_(format!("beep {}", beep.split('F').next().unwrap()));
        } else {
            self.do_(format!("menu {line}"));
        }
        let answer = self.menu(commands);
        self.reply(format!("\x02\x010000{store}{answer};\x03").as_bytes());
        Some(end + 2)
    }

    fn ssi(&mut self) -> Option<usize> {
        let length = usize::from(*self.heard.first()?);
        let bytes = self.heard.get(..length + 2)?.to_vec();
        let sum: u32 = bytes[..length].iter().map(|byte| u32::from(*byte)).sum();
        let check = u32::from(bytes[length]) << 8 | u32::from(bytes[length + 1]);
        if length < 4 || (sum + check) & 0xFFFF != 0 {
            self.do_("bad checksum");
            self.reply(&packet(0xD1, 0, &[1]));
            return Some(length + 2);
        }
        assert_eq!(bytes[2], 4, "the host is 4");
        if self.lost.take_if(|lost| *lost == bytes[1]).is_some() {
            self.do_("lost");
            return Some(length + 2);
        }
        let data = &bytes[4..length];
        let refuse = self.manners == Manners::Refuse;
        let mut answer = packet(0xD0, 0, &[]);
        match bytes[1] {
            0xD0 => {
                self.unacknowledged = None;
                self.do_("ack");
                return Some(length + 2);
            }
            0xD1 => {
                self.do_("nak");
                return Some(length + 2);
            }
            0xE6 => self.do_(format!("beep {}", data[0])),
            0xE7 => self.do_("led on"),
            0xE8 => self.do_("led off"),
            0xE9 => {
                self.disabled = refuse && self.disabled;
                self.do_("enable");
            }
            0xEA => {
                self.disabled = !refuse;
                self.do_("disable");
            }
            0xE4 => self.pull_trigger(),
            0xE5 => self.do_("release"),
            0xCA => self.do_("motor"),
            0xC6 => {
                for pair in data[1..].chunks(2) {
                    if !refuse {
                        self.settings.insert(pair[0].to_string(), pair[1].to_string());
                    }
                }
                self.do_(format!("{} parameters", if bytes[3] & 8 == 0 { "temporary" } else { "permanent" }));
            }
            0xC7 => {
                let mut values = vec![0xFF];
                for parameter in data {
                    if let Some(value) = self.settings.get(&parameter.to_string()) {
                        values.extend([*parameter, value.parse().unwrap()]);
                    }
                }
                self.do_("asked parameters");
                answer = packet(0xC6, 0, &values);
            }
            _ => answer = packet(0xD1, 0, &[2]),
        }
        if refuse {
            answer = packet(0xD1, 0, &[6]);
        }
        self.reply(&answer);
        Some(length + 2)
    }
}
