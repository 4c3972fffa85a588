//! A label printer with its makers' manners, whatever wire it is on: prints what it understands, answers when it is asked how it is, and can fall
//! silent, be stuck, run out of paper, lose its power or answer in pieces at a chosen place of a job.
//!
//! ZPL as docs.zebra.com has it: `~HS` is answered with three strings, and **not at all** while paper is out, so that silence can be told from success
//! only by asking; `~HQES` says why. TSPL as in TSC's manual: `ESC ! ?` is answered with one byte at any time. ESC/POS as in Epson's guide: `DLE EOT` at any
//! time, `GS r` when its turn comes. CPCL as in Zebra's manual: `ESC h` is answered when the label before has been printed, and tells of a loss of power.
//!
//! What is in the printer when a connection ends stays there, half a label as well; without power everything is gone.

mod serial;
mod tcp;
mod tongues;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use qitao_labels::Language;
use tokio::sync::Notify;

pub use serial::SerialPrinter;
pub use tcp::TcpPrinter;
use tongues::Command;

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
    /// It has no power. What it held is gone, and what comes is lost.
    Off,
}

/// The printer itself. Clones are the same printer.
#[derive(Clone)]
pub struct LabelPrinter {
    inside: Arc<Mutex<Inside>>,
    changed: Arc<Notify>,
    language: Language,
}

/// What waits to be done in its turn.
enum Task {
    Label(Vec<u8>),
    Receipt,
}

#[derive(Default)]
struct Inside {
    labels: Vec<Vec<u8>>,
    mood: Mood,
    /// Bytes from now until its mood changes.
    change: Option<(usize, Mood)>,
    /// Bytes that are no whole command yet.
    waiting: Vec<u8>,
    /// Bytes of a piece that it was stuck in the middle of: taken when it goes on.
    untaken: Vec<u8>,
    /// The part of a label that has been described so far.
    label: Vec<u8>,
    /// Labels and receipts in their order.
    tasks: VecDeque<Task>,
    /// It prints one label for every question, instead of all at once.
    slow: bool,
    /// Labels on the roll, when they are counted.
    paper: Option<usize>,
    /// Questions that it will answer with "still printing" after a job.
    busy_for: u32,
    busy: u32,
    /// It was switched on since anybody acknowledged it.
    reset: bool,
    /// It speaks unasked.
    speaks: bool,
    unasked: Vec<u8>,
}

impl LabelPrinter {
    /// A printer of a language, with paper in it.
    #[must_use]
    pub fn new(language: Language) -> Self {
        Self { inside: Arc::default(), changed: Arc::default(), language }
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

    /// Changes how it is, now.
    pub fn set(&self, mood: Mood) {
        let mut inside = self.lock();
        inside.change = None;
        inside.become_(mood, self.language);
        drop(inside);
        self.changed.notify_waiters();
    }

    /// How it is.
    #[must_use]
    pub fn mood(&self) -> Mood {
        self.lock().mood
    }

    /// Nothing more happens to it by itself. How it is.
    pub fn calm(&self) -> Mood {
        let mut inside = self.lock();
        inside.change = None;
        inside.mood
    }

    /// Changes how it is after so many more bytes.
    pub fn set_after(&self, bytes: usize, mood: Mood) {
        self.lock().change = Some((bytes, mood));
    }

    /// After a job it answers so many questions with "still printing".
    pub fn prints_for(&self, questions: u32) {
        self.lock().busy_for = questions;
    }

    /// It prints one label for every question from now on, so that something may happen between two labels of a job.
    pub fn slow(&self) {
        self.lock().slow = true;
    }

    /// Its paper runs out after so many labels, until it is [`Mood::Well`] again.
    pub fn has_paper_for(&self, labels: usize) {
        self.lock().paper = Some(labels);
    }

    /// The byte that a USB printer answers to `GET_PORT_STATUS`.
    #[must_use]
    pub fn port_status(&self) -> u8 {
        match self.lock().mood {
            Mood::Well | Mood::Torn => 0x18,
            Mood::PaperOut => 0x38,
            Mood::Mute | Mood::Stuck | Mood::Off => 0x08,
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
                inside.change = None;
                inside.become_(mood, self.language);
                self.changed.notify_waiters();
            }
        }
        answer.extend(inside.hear(&bytes[before..], self.language));
        Some(answer)
    }

    /// What it says without having been asked.
    fn unasked(&self) -> Vec<u8> {
        std::mem::take(&mut self.lock().unasked)
    }

    fn lock(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inside {
    fn become_(&mut self, mood: Mood, language: Language) {
        let told = (self.mood, mood);
        self.mood = mood;
        if mood == Mood::Off {
            self.forget();
            (self.reset, self.speaks, self.busy) = (true, false, 0);
        }
        if mood == Mood::Well {
            self.paper = None;
        }
        if mood == Mood::Well && !self.slow {
            let receipts = self.work(usize::MAX);
            self.unasked.extend(receipts);
        }
        if self.speaks && told.0 != told.1 {
            self.unasked.extend(tongues::alert(language, mood));
        }
    }

    /// What half a job left inside, and what was to be printed.
    fn forget(&mut self) {
        (self.waiting, self.label, self.tasks, self.untaken) = (Vec::new(), Vec::new(), VecDeque::new(), Vec::new());
    }

    fn hear(&mut self, bytes: &[u8], language: Language) -> Vec<u8> {
        if self.mood == Mood::Stuck {
            self.untaken.extend_from_slice(bytes);
        }
        if matches!(self.mood, Mood::Mute | Mood::Stuck | Mood::Off) {
            return Vec::new();
        }
        let mut answer = Vec::new();
        self.waiting.append(&mut self.untaken);
        let mut rest = bytes;
        while let Some((command, length)) = tongues::at_once(language, rest) {
            answer.extend(self.obey(command, language));
            rest = &rest[length..];
        }
        self.waiting.extend_from_slice(rest);
        // Heard in the middle of anything.
        let cancel = tongues::start_over(language);
        if let Some(at) = self.waiting.windows(cancel.len().max(1)).rposition(|window| window == cancel) {
            let behind = self.waiting.split_off(at + cancel.len());
            self.forget();
            self.waiting = behind;
        }
        while let Some(command) = tongues::next(language, &mut self.waiting, &mut self.label) {
            answer.extend(self.obey(command, language));
        }
        answer
    }

    fn obey(&mut self, command: Command, language: Language) -> Vec<u8> {
        match command {
            Command::Label(label, copies) => {
                self.tasks.extend(std::iter::repeat_n(label, copies).map(Task::Label));
                self.busy = self.busy_for;
                if self.slow { Vec::new() } else { self.work(usize::MAX) }
            }
            Command::Receipt => {
                self.tasks.push_back(Task::Receipt);
                if self.slow { Vec::new() } else { self.work(usize::MAX) }
            }
            Command::Question(asked) => {
                let mut answer = if self.slow { self.work(1) } else { Vec::new() };
                let busy = self.busy > 0 || !self.tasks.is_empty();
                self.busy = self.busy.saturating_sub(1);
                let whole = tongues::answer(language, asked, self.mood, busy, self.reset);
                let end = if self.mood == Mood::Torn { whole.len() / 2 } else { whole.len() };
                answer.extend_from_slice(&whole[..end]);
                answer
            }
            Command::StartOver => {
                self.forget();
                Vec::new()
            }
            Command::SeenReset => {
                self.reset = false;
                Vec::new()
            }
            Command::SpeakUp => {
                self.speaks = true;
                // An ESC/POS printer says at once how it is.
                if language == Language::EscPos { tongues::alert(language, self.mood) } else { Vec::new() }
            }
        }
    }

    /// Prints so many labels when there is paper, and the receipts behind them.
    fn work(&mut self, labels: usize) -> Vec<u8> {
        let (mut left, mut receipts) = (labels, Vec::new());
        while matches!(self.mood, Mood::Well | Mood::Torn) {
            match self.tasks.pop_front() {
                Some(Task::Receipt) => receipts.push(0x00),
                Some(Task::Label(label)) if left > 0 => {
                    left -= 1;
                    self.labels.push(label);
                    if let Some(paper) = &mut self.paper {
                        *paper = paper.saturating_sub(1);
                        if *paper == 0 {
                            self.mood = Mood::PaperOut;
                        }
                    }
                }
                Some(label) => {
                    self.tasks.push_front(label);
                    break;
                }
                None => break,
            }
        }
        receipts
    }
}
