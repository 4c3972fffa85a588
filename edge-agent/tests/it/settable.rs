//! Devices on pseudo-terminals that can be set, one for each family: byte by byte as the manuals have it, with a volatile and a permanent memory, and with
//! the manners they are given: they answer, refuse, repeat themselves, stay silent, or vanish in the middle of an answer.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use qitao_firmware_config::family::{Family, Protocol, family};
use qitao_firmware_config::{Profiles, SettingsProfile};

use crate::wire::{Play, Wire};

/// How it behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manners {
    /// As in the manual.
    Answer,
    /// Every change is refused: NAK, `$@`, or it is simply not made.
    Refuse,
    /// Says everything twice.
    Repeat,
    /// Never answers.
    Silent,
    /// The plug comes out in the middle of the answer to this question, counted from 0.
    Vanish(usize),
}

struct Inner {
    wire: Wire,
    family: &'static Family,
    manners: Manners,
    heard: Vec<u8>,
    asked: usize,
    in_force: BTreeMap<String, String>,
    flash: BTreeMap<String, String>,
    writes: u64,
}

/// A device.
pub struct Settable {
    inner: Arc<Mutex<Inner>>,
    link: PathBuf,
    _play: Play,
}

/// The profile that comes with the program for what a family is.
pub fn profile_for(family: &Family) -> SettingsProfile {
    Profiles::built_in().iter().find(|profile| profile.role == family.role).unwrap().clone()
}

impl Settable {
    /// Plugs one in at `link`, set as its profile wants it but for what is named here.
    pub fn plug_in(link: &Path, family_id: &str, differs: &[(&str, &str)]) -> Self {
        let family = family(family_id).unwrap();
        let (items, _) = family.items(&profile_for(family).set);
        let mut memory: BTreeMap<String, String> = items.into_iter().map(|item| (item.tag, item.raw)).collect();
        memory.extend(differs.iter().map(|(tag, raw)| ((*tag).to_owned(), (*raw).to_owned())));
        let inner = Inner {
            wire: Wire::plug_in(link),
            family,
            manners: Manners::Answer,
            heard: Vec::new(),
            asked: 0,
            in_force: memory.clone(),
            flash: memory,
            writes: 0,
        };
        let inner = Arc::new(Mutex::new(inner));
        let play = Play::start(&inner, Inner::listen);
        Self { inner, link: link.to_owned(), _play: play }
    }

    pub fn path(&self) -> &Path {
        &self.link
    }

    pub fn behave(&self, manners: Manners) {
        let mut inner = self.inner.lock().unwrap();
        (inner.manners, inner.asked) = (manners, 0);
    }

    /// What is in force in a place.
    pub fn holds(&self, tag: &str) -> String {
        self.inner.lock().unwrap().in_force[tag].clone()
    }

    /// What a place holds after the power was off.
    pub fn keeps(&self, tag: &str) -> String {
        self.inner.lock().unwrap().flash[tag].clone()
    }

    /// Questions and changes that it heard since it got its manners.
    pub fn asked(&self) -> usize {
        self.inner.lock().unwrap().asked
    }

    /// Writes to its permanent memory.
    pub fn writes(&self) -> u64 {
        self.inner.lock().unwrap().writes
    }

    /// Somebody scans a programming code.
    pub fn turn(&self, tag: &str, raw: &str) {
        self.inner.lock().unwrap().in_force.insert(tag.into(), raw.into());
    }

    /// Reads a code.
    pub fn scan(&self, code: &str) {
        self.inner.lock().unwrap().send(format!("{code}\r").as_bytes());
    }
}

impl Inner {
    fn send(&mut self, bytes: &[u8]) {
        self.wire.send(bytes);
    }

    fn reply(&mut self, bytes: &[u8]) {
        let number = self.asked;
        self.asked += 1;
        match self.manners {
            Manners::Answer | Manners::Refuse => self.send(bytes),
            Manners::Repeat => self.send(&[bytes, bytes].concat()),
            Manners::Silent => {}
            Manners::Vanish(at) if at == number => {
                self.send(&bytes[..bytes.len() / 2]);
                // What is in the line is read before the plug is out.
                std::thread::sleep(Duration::from_millis(100));
                self.wire.pull();
            }
            Manners::Vanish(_) => self.send(bytes),
        }
    }

    fn write(&mut self, tag: &str, raw: &str, permanent: bool) -> bool {
        if self.manners == Manners::Refuse || !self.in_force.contains_key(tag) {
            return false;
        }
        self.in_force.insert(tag.to_owned(), raw.to_owned());
        if permanent {
            self.flash.insert(tag.to_owned(), raw.to_owned());
            self.writes += 1;
        }
        true
    }

    fn listen(&mut self) {
        if !self.wire.hear(&mut self.heard) {
            return;
        }
        while let Some(used) = match self.family.protocol {
            Protocol::HoneywellMenu => self.honeywell(),
            Protocol::NewlandUnified => self.newland(),
            Protocol::Ssi => self.ssi(),
            Protocol::DatalogicService => self.datalogic(),
            Protocol::Sgd | Protocol::Tspl => self.printer(),
        } {
            let used = used.min(self.heard.len());
            self.heard.drain(..used);
        }
    }

    fn commands(&mut self, line: &str, query: char, permanent: bool, asks_flash: bool) -> String {
        let answers: Vec<String> = line
            .split(';')
            .map(|command| {
                let (tag, value) = command.split_at(6);
                if value.starts_with(query) {
                    let memory = if permanent && asks_flash { &self.flash } else { &self.in_force };
                    return memory.get(tag).map_or_else(|| format!("{command}\x05"), |raw| format!("{tag}{raw}\x06"));
                }
                let done = match tag {
                    "SUFCA2" => self.write("SUFBK2", "", false),
                    "PRECA2" => self.write("PREBK2", "", false),
                    tag => self.write(tag, value, permanent),
                };
                format!("{command}{}", if done { '\x06' } else { '\x15' })
            })
            .collect();
        answers.join(";")
    }

    /// `SYN M CR` commands and `.` or `!`; the commands come back with a status before each mark.
    fn honeywell(&mut self) -> Option<usize> {
        let start = self.heard.windows(3).position(|part| part == b"\x16M\r")?;
        let end = start + 3 + self.heard[start + 3..].iter().position(|byte| matches!(byte, b'.' | b'!'))?;
        let line = String::from_utf8(self.heard[start + 3..end].to_vec()).unwrap();
        let mark = char::from(self.heard[end]);
        let answer = self.commands(&line, '?', mark == '.', true);
        self.reply(format!("{answer}{mark}").as_bytes());
        Some(end + 1)
    }

    /// `~ SOH 0000`, `@` or `#`, commands, `; ETX`; the answer begins with `STX SOH 0000`.
    fn newland(&mut self) -> Option<usize> {
        let start = self.heard.windows(6).position(|part| part == b"~\x010000")?;
        let end = start + self.heard[start..].windows(2).position(|part| part == b";\x03")?;
        let line = String::from_utf8(self.heard[start + 6..end].to_vec()).unwrap();
        let (store, line) = line.split_at(1);
        let answer = self.commands(line, '*', store == "@", false);
        self.reply(format!("\x02\x010000{store}{answer};\x03").as_bytes());
        Some(end + 2)
    }

    /// Packets: length, opcode, source, status, data, and the two's complement of their sum.
    fn ssi(&mut self) -> Option<usize> {
        let length = usize::from(*self.heard.first()?);
        let bytes = self.heard.get(..length + 2)?.to_vec();
        let numbers = |data: &[u8]| {
            let (mut at, mut found) = (0, Vec::new());
            while at < data.len() {
                let extended = data[at] >= 0xF0;
                let number = if extended { u16::from(data[at] - 0xF0 + 1) * 256 + u16::from(data[at + 1]) } else { u16::from(data[at]) };
                at += 1 + usize::from(extended);
                found.push((at, number));
            }
            found
        };
        let answer = match bytes[1] {
            0xC7 => {
                let mut data = vec![0xFF];
                for (_, number) in numbers(&bytes[4..length]) {
                    let Some(value) = self.in_force.get(&number.to_string()) else { continue };
                    match u8::try_from(number) {
                        Ok(low) if low < 0xF0 => data.push(low),
                        _ => data.extend([0xF0 + u8::try_from(number / 256 - 1).unwrap(), u8::try_from(number % 256).unwrap()]),
                    }
                    data.push(value.parse().unwrap());
                }
                packet(0xC6, &data)
            }
            0xC6 => {
                let data = &bytes[5..length];
                let (number, value) = match data {
                    [page @ 0xF0..=0xFF, offset, value] => (u16::from(page - 0xF0 + 1) * 256 + u16::from(*offset), *value),
                    [number, value] => (u16::from(*number), *value),
                    other => panic!("one parameter at a time, not {other:x?}"),
                };
                let done = self.write(&number.to_string(), &value.to_string(), bytes[3] & 0x08 != 0);
                if done { packet(0xD0, &[]) } else { packet(0xD1, &[6]) }
            }
            _ => return Some(length + 2),
        };
        self.reply(&answer);
        Some(length + 2)
    }

    /// `$` commands that end with CR; `$>` is yes.
    fn datalogic(&mut self) -> Option<usize> {
        let end = self.heard.iter().position(|byte| *byte == b'\r')?;
        // Single bytes before it are other commands: beeps.
        let start = self.heard[..end].iter().position(|byte| *byte == b'$').unwrap_or(end);
        let line = String::from_utf8(self.heard[start..end].to_vec()).unwrap();
        let answer = match (line.as_str(), line.get(..2), line.get(2..6)) {
            ("$S" | "$s" | "$r01", ..) => "$>".into(),
            ("$Ar", ..) => {
                self.flash.clone_from(&self.in_force);
                self.writes += 1;
                "$>".into()
            }
            (_, Some("$c"), Some(tag)) => self.in_force.get(tag).map_or_else(|| "$@".into(), |raw| format!("$>{raw}")),
            (_, Some("$C"), Some(tag)) if self.write(tag, &line[6..], false) => "$>".into(),
            _ => "$@".to_owned(),
        };
        self.reply(format!("{answer}\r").as_bytes());
        Some(end + 1)
    }

    /// Lines: SGD answers in quotation marks, `OUT` with a line; commands are not answered. ZPL's `~HS` and TSPL's `ESC ! ?` are answered as by a printer that
    /// is well.
    fn printer(&mut self) -> Option<usize> {
        if self.heard.starts_with(b"~HS") {
            self.send(b"\x02030,0,0,1245,000,0,0,0,000,0,0,0\x03\r\n\x02000,0,0,0,0,2,4,0,00000000,1,000\x03\r\n\x021234,0\x03\r\n");
            return Some(3);
        }
        if self.heard.starts_with(b"\x1b!?") {
            self.send(b"\0");
            return Some(3);
        }
        let end = self.heard.iter().position(|byte| *byte == b'\n')?;
        let line = String::from_utf8(self.heard[..end].to_vec()).unwrap();
        let line = line.trim();
        let quoted: Vec<&str> = line.split('"').collect();
        if line.starts_with("! U1 getvar") {
            let value = self.in_force.get(quoted[1]).cloned().unwrap_or_else(|| "?".into());
            self.reply(format!("\"{value}\"").as_bytes());
        } else if line.starts_with("! U1 setvar") {
            self.write(quoted[1], quoted[3], true);
        } else if line.starts_with("OUT GETSETTING$") {
            let tag = format!("{},{},{}", quoted[1], quoted[3], quoted[5]);
            let value = self.in_force.get(&tag).cloned().unwrap_or_default();
            self.reply(format!("{value}\r\n").as_bytes());
        } else if let Some(density) = line.strip_prefix("DENSITY ") {
            self.write("CONFIG,TSPL,DENSITY", density, true);
        }
        Some(end + 1)
    }
}

fn packet(opcode: u8, data: &[u8]) -> Vec<u8> {
    let mut bytes = vec![u8::try_from(data.len() + 4).unwrap(), opcode, 0, 0];
    bytes.extend_from_slice(data);
    let sum: u32 = bytes.iter().map(|byte| u32::from(*byte)).sum();
    bytes.extend(u16::try_from(0x1_0000 - sum).unwrap().to_be_bytes());
    bytes
}
