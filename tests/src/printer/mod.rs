//! A label printer with its makers' manners, whatever wire it is on: prints what it understands, answers when it is asked how it is, and can fall
//! silent, be stuck, run out of paper or answer in pieces at a chosen place of a job.
//!
//! ZPL as docs.zebra.com has it: `~HS` is answered with three strings, and **not at all** while paper is out, so that silence can be told from success
//! only by asking. TSPL as in TSC's manual: `ESC ! ?` is answered with one byte at any time.

mod serial;
mod tcp;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use qitao_labels::Language;

pub use serial::SerialPrinter;
pub use tcp::TcpPrinter;

/// How a printer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mood {
    /// It prints and answers.
    #[default]
    Well,
    /// Labels are used up; it goes on with what it was sent when they are put in.
    PaperOut,
    /// It takes what comes and neither prints nor answers.
    Mute,
    /// It takes nothing more.
    Stuck,
    /// It prints, and its answers come in pieces.
    Torn,
}

/// The printer itself. Clones are the same printer.
#[derive(Clone)]
pub struct LabelPrinter {
    inside: Arc<Mutex<Inside>>,
    language: Language,
}

#[derive(Default)]
struct Inside {
    labels: Vec<Vec<u8>>,
    mood: Mood,
    /// Bytes from now until its mood changes.
    change: Option<(usize, Mood)>,
    /// Bytes that are no whole command yet.
    waiting: Vec<u8>,
    /// TSPL: the lines of the label that is being described.
    label: Vec<u8>,
    /// Labels that are to be printed when there is paper again.
    held: Vec<Vec<u8>>,
    /// Questions that it will answer with "still printing" after a job.
    busy_for: u32,
    busy: u32,
}

enum Command {
    /// A label and how many.
    Label(Vec<u8>, usize),
    Question,
}

impl LabelPrinter {
    /// A printer of a language, with paper in it.
    #[must_use]
    pub fn new(language: Language) -> Self {
        Self { inside: Arc::default(), language }
    }

    /// The language as printers name it.
    #[must_use]
    pub fn language_name(&self) -> &'static str {
        match self.language {
            Language::Zpl => "ZPL",
            Language::Tspl => "TSPL",
            Language::EscPos => "ESC/POS",
            Language::Cpcl => "CPCL",
        }
    }

    /// Labels printed so far, each as the commands that made it.
    #[must_use]
    pub fn labels(&self) -> Vec<Vec<u8>> {
        self.lock().labels.clone()
    }

    /// Changes how it is, now. What half a job left inside is gone, as after switching it off and on.
    pub fn set(&self, mood: Mood) {
        let mut inside = self.lock();
        if mood != Mood::PaperOut && inside.mood != Mood::PaperOut {
            (inside.waiting, inside.label) = (Vec::new(), Vec::new());
        }
        (inside.mood, inside.change) = (mood, None);
        if mood == Mood::Well {
            let held = std::mem::take(&mut inside.held);
            inside.labels.extend(held);
        }
    }

    /// How it is.
    #[must_use]
    pub fn mood(&self) -> Mood {
        self.lock().mood
    }

    /// Changes how it is after so many more bytes.
    pub fn set_after(&self, bytes: usize, mood: Mood) {
        self.lock().change = Some((bytes, mood));
    }

    /// After a job it answers so many questions with "still printing".
    pub fn prints_for(&self, questions: u32) {
        self.lock().busy_for = questions;
    }

    /// The byte that a USB printer answers to `GET_PORT_STATUS`.
    #[must_use]
    pub fn port_status(&self) -> u8 {
        match self.lock().mood {
            Mood::Well | Mood::Torn => 0x18,
            Mood::PaperOut => 0x38,
            Mood::Mute | Mood::Stuck => 0x08,
        }
    }

    /// Takes bytes and gives the answer to the questions in them; `None` when it takes none now.
    pub fn take(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        let mut inside = self.lock();
        if inside.mood == Mood::Stuck {
            return None;
        }
        let before = inside.change.map_or(bytes.len(), |(left, _)| left.min(bytes.len()));
        let mut answer = inside.hear(&bytes[..before], self.language);
        if let Some((left, mood)) = inside.change {
            inside.change = Some((left - before, mood));
            if left == before {
                (inside.mood, inside.change) = (mood, None);
            }
        }
        answer.extend(inside.hear(&bytes[before..], self.language));
        Some(answer)
    }

    fn lock(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inside {
    fn hear(&mut self, bytes: &[u8], language: Language) -> Vec<u8> {
        if matches!(self.mood, Mood::Mute | Mood::Stuck) {
            return Vec::new();
        }
        self.waiting.extend_from_slice(bytes);
        let mut answer = Vec::new();
        while let Some(command) = match language {
            Language::Zpl => self.zpl(),
            Language::Tspl => self.tspl(),
        } {
            match command {
                Command::Label(label, copies) => {
                    let tray = if self.mood == Mood::PaperOut { &mut self.held } else { &mut self.labels };
                    tray.extend(std::iter::repeat_n(label, copies));
                    self.busy = self.busy_for;
                }
                Command::Question => answer.extend(self.status(language)),
            }
        }
        answer
    }

    fn status(&mut self, language: Language) -> Vec<u8> {
        let busy = self.busy > 0;
        self.busy = self.busy.saturating_sub(1);
        let whole = match (language, self.mood) {
            (Language::Zpl, Mood::PaperOut) => Vec::new(),
            (Language::Zpl, _) => {
                let (formats, left) = if busy { ("001", "00000003") } else { ("000", "00000000") };
                let first = format!("030,0,0,0245,{formats},0,0,0,000,0,0,0");
                format!("\x02{first}\x03\r\n\x02000,0,0,0,0,2,4,0,{left},1,000\x03\r\n\x021234,0\x03\r\n").into_bytes()
            }
            (Language::Tspl, Mood::PaperOut) => vec![0x04],
            (Language::Tspl, _) => vec![if busy { 0x20 } else { 0x00 }],
        };
        let end = if self.mood == Mood::Torn { whole.len() / 2 } else { whole.len() };
        whole[..end].to_vec()
    }

    /// Takes the next whole command off the front; bytes between commands are dropped, an unfinished label stays.
    fn zpl(&mut self) -> Option<Command> {
        let (status, label) = (find(&self.waiting, b"~HS"), find(&self.waiting, b"^XA"));
        match (status, label) {
            (Some(at), start) if start.is_none_or(|start| at < start) => {
                self.waiting.drain(..at + 3);
                Some(Command::Question)
            }
            (_, Some(start)) => {
                let end = find(&self.waiting, b"^XZ")? + 3;
                let label: Vec<u8> = self.waiting.drain(..end).skip(start).collect();
                let copies = number_after(&label, "^PQ");
                Some(Command::Label(label, copies))
            }
            _ => None,
        }
    }

    /// Lines that end in CRLF; a picture's bytes follow the fifth comma of its line and may be anything.
    fn tspl(&mut self) -> Option<Command> {
        loop {
            if self.waiting.starts_with(b"\x1b!?") {
                self.waiting.drain(..3);
                return Some(Command::Question);
            }
            if self.waiting.starts_with(b"\x1b") {
                return None;
            }
            let mut end = 0;
            if self.waiting.starts_with(b"BITMAP ") {
                let comma = self.waiting.iter().enumerate().filter(|(_, byte)| **byte == b',').nth(4)?.0;
                let head = String::from_utf8_lossy(&self.waiting[7..comma]).into_owned();
                let size = |at: usize| head.split(',').nth(at).and_then(|text| text.trim().parse::<usize>().ok()).unwrap_or(0);
                end = comma + 1 + size(2) * size(3);
            }
            end += find(self.waiting.get(end..)?, b"\r\n")? + 2;
            let line: Vec<u8> = self.waiting.drain(..end).collect();
            self.label.extend_from_slice(&line);
            if line.starts_with(b"PRINT ") {
                let copies = number_after(&line, ",");
                return Some(Command::Label(std::mem::take(&mut self.label), copies));
            }
        }
    }
}

fn find(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    bytes.windows(needle.len()).position(|window| window == needle)
}

/// The number behind a word; 1 without it.
fn number_after(bytes: &[u8], word: &str) -> usize {
    let text = String::from_utf8_lossy(bytes);
    text.split(word).nth(1).and_then(|rest| rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()).unwrap_or(1)
}
