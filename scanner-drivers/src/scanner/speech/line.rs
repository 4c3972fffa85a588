//! One serial line as it is spoken, without I/O: bytes and signals in, codes and bytes to write out.
//!
//! Codes and answers share the wire. Newland's and Datalogic's answers and Zebra's packets are told apart by their own marks. Honeywell's are not, so
//! only while a question is open, and for some seconds after one that was not answered in time, text that repeats the question's tag is taken as the
//! answer; everything else is a code, in its order.

use qitao_domain::scan::{Framing, Stamp};

use super::exchange::{ExchangeError, Reply, Request};
use super::newland::Sieve;
use super::ssi::{PERMANENT, Packet};
use super::ssi_link::{Code, SsiLink, Told};
use super::{Family, Signal, SpeechSettings, datalogic, honeywell, menu, newland, say};
use crate::scanner::framing::{Frame, Framer, FramingSettings, split_aim};

/// How long a scanner may be kept from reading for want of an answer. Longer than any disk takes; a scanner that stays dead is worse.
const LONGEST_HOLD_US: u64 = 10_000_000;
/// How long after its time an answer is still known as one.
const LATE_US: u64 = 5_000_000;
/// Bytes of an answer that has begun come without such a gap.
const ANSWER_GAP_US: u64 = 400_000;

/// What the line has for others.
#[derive(Debug, Default)]
pub struct Out {
    /// Codes, in order.
    pub frames: Vec<Frame>,
    /// Bytes to write.
    pub bytes: Vec<u8>,
    /// The end of the question under way.
    pub done: Option<Result<Reply, ExchangeError>>,
}

#[derive(Debug)]
struct Question {
    request: Request,
    until_us: u64,
    /// Given up: what comes now is thrown away.
    late: bool,
}

/// The line. See the module's text.
#[derive(Debug)]
pub struct Line {
    family: Family,
    speech: SpeechSettings,
    framing: FramingSettings,
    framer: Framer,
    ssi: SsiLink,
    sieve: Sieve,
    /// Bytes that may be of an answer, and when the last of them came.
    held: Vec<u8>,
    held_at: Option<Stamp>,
    question: Option<Question>,
    /// Scans whose answer is owed, and when they are given up.
    owed: u32,
    owed_until: u64,
}

impl Line {
    /// A line at the start of a connection. `vendor` is that of the USB device, when there is one.
    #[must_use]
    pub fn new(framing: &FramingSettings, speech: SpeechSettings, vendor: Option<u16>) -> Self {
        Self {
            family: speech.family.resolve(vendor),
            speech,
            framing: framing.clone(),
            framer: Framer::new(framing.clone()),
            ssi: SsiLink::default(),
            sieve: Sieve::default(),
            held: Vec::new(),
            held_at: None,
            question: None,
            owed: 0,
            owed_until: 0,
        }
    }

    /// The language spoken.
    #[must_use]
    pub const fn family(&self) -> Family {
        self.family
    }

    /// What is said first: a scanner that was left disabled is enabled. Nothing, unless this line is one that disables.
    pub fn greet(&mut self, now: Stamp, out: &mut Out) {
        if self.speech.hold {
            self.tell(now, Signal::Enable, out);
        }
    }

    /// Whether a question can be asked now.
    #[must_use]
    pub fn is_free(&self) -> bool {
        self.question.as_ref().is_none_or(|question| question.late)
    }

    /// Takes bytes that came at `at`.
    pub fn feed(&mut self, at: Stamp, bytes: &[u8], out: &mut Out) {
        let before = out.frames.len();
        match self.family {
            Family::Ssi => self.packets(out, |link, told| link.feed(at, bytes, told)),
            Family::Newland => {
                let (mut codes, mut found) = (Vec::new(), Vec::new());
                self.sieve.feed(bytes, &mut codes, &mut found);
                self.held_at = Some(at);
                self.framer.feed(at, &codes, &mut out.frames);
                found.iter().for_each(|body| self.unified(body, out));
            }
            Family::Honeywell | Family::Datalogic if self.question.is_some() => {
                self.held.extend_from_slice(bytes);
                self.held_at = Some(at);
                self.sift(out);
            }
            _ => self.framer.feed(at, bytes, &mut out.frames),
        }
        self.owe(at, out.frames.len() - before, out);
    }

    fn packets(&mut self, out: &mut Out, what: impl FnOnce(&mut SsiLink, &mut Told)) {
        let mut told = Told::default();
        what(&mut self.ssi, &mut told);
        out.bytes.append(&mut told.bytes);
        out.frames.extend(told.codes.into_iter().map(|code| self.frame(code)));
        if let Some(done) = told.done {
            self.question = None;
            out.done = Some(done);
        }
    }

    /// A packet's code as a frame: without prefix and suffix, and with the AIM identifier where the scanner sends it.
    fn frame(&self, code: Code) -> Frame {
        let Code { data, symbology, framing, at } = code;
        let mut rest = data.as_slice();
        rest = rest.strip_prefix(self.framing.prefix.as_slice()).unwrap_or(rest);
        if framing == Framing::Whole {
            while let [front @ .., b'\r' | b'\n'] = rest {
                rest = front;
            }
            rest = rest.strip_suffix(self.framing.suffix.as_slice()).unwrap_or(rest);
        }
        let (told, rest) = if self.framing.aim { split_aim(rest) } else { (None, rest) };
        Frame { payload: rest.to_vec(), symbology: told.or(symbology), framing, at }
    }

    /// An answer in Newland's frame. Those to signals are nobody's question.
    fn unified(&mut self, body: &[u8], out: &mut Out) {
        let ours = self.question.as_ref().is_some_and(|question| match &question.request {
            Request::Menu(command) => newland::answers(command, body),
            _ => false,
        });
        if let Some(question) = ours.then(|| self.question.take()).flatten()
            && !question.late
        {
            out.done = Some(Ok(Reply::Menu(menu::answers(body, newland::MARKS))));
        }
    }

    /// Parts what is held into answer and codes, as far as it can be told.
    fn sift(&mut self, out: &mut Out) {
        let Some(request) = self.question.as_ref().map(|question| question.request.clone()) else { return };
        match &request {
            Request::Menu(command) => match honeywell::answer_start(command, &self.held) {
                None => self.release(self.held.len(), out),
                Some(start) => {
                    self.release(start, out);
                    // The tag may come back in part only and then be a code after all: the end of its line shows it.
                    let end = honeywell::answer_end(&self.held);
                    let line = self.held.iter().position(|byte| matches!(byte, b'\r' | b'\n'));
                    let known = honeywell::answer_start(command, &self.held) == Some(0) && self.held.len() >= honeywell::tag(command).len();
                    match (end, line) {
                        (Some(end), _) if known => {
                            let answer = self.held.drain(..end).collect::<Vec<_>>();
                            self.finish(Reply::Menu(menu::answers(&answer, honeywell::MARKS)), out);
                            self.release(self.held.len(), out);
                        }
                        (None, Some(line)) if !known => {
                            self.release(line + 1, out);
                            self.sift(out);
                        }
                        _ => {}
                    }
                }
            },
            _ => {
                if let Some(answer) = datalogic::answer(&mut self.held) {
                    self.finish(Reply::Text(answer), out);
                    self.release(self.held.len(), out);
                } else if let Some(line) = self.held.iter().rposition(|byte| matches!(byte, b'\r' | b'\n'))
                    && !self.held.contains(&0x01)
                {
                    self.release(line + 1, out);
                }
            }
        }
    }

    fn finish(&mut self, reply: Reply, out: &mut Out) {
        if self.question.take().is_some_and(|question| !question.late) {
            out.done = Some(Ok(reply));
        }
    }

    /// Held bytes that turned out to be codes.
    fn release(&mut self, count: usize, out: &mut Out) {
        if let Some(at) = self.held_at.filter(|_| count > 0) {
            let codes: Vec<u8> = self.held.drain(..count).collect();
            self.framer.feed(at, &codes, &mut out.frames);
        }
    }

    /// Asks. There must be no question under way; see [`Line::is_free`].
    pub fn ask(&mut self, now: Stamp, request: Request, wait_us: u64, out: &mut Out) {
        let bytes = match (&request, self.family) {
            (Request::Menu(text), Family::Honeywell) => honeywell::menu(text),
            (Request::Menu(text), Family::Newland) => newland::command(text),
            (Request::Host(byte), Family::Datalogic) if datalogic::is_answered(*byte) => Some(vec![*byte]),
            (Request::Ssi { opcode, permanent, data }, Family::Ssi) => {
                let packet = Packet::from_host(*opcode, if *permanent { PERMANENT } else { 0 }, data.clone());
                packet.map(|packet| {
                    self.packets(out, |link, told| link.ask(now, packet, wait_us, told));
                    Vec::new()
                })
            }
            _ => None,
        };
        let Some(mut bytes) = bytes else {
            out.done = Some(Err(ExchangeError::Unsupported));
            return;
        };
        out.bytes.append(&mut bytes);
        self.question = Some(Question { request, until_us: now.mono_us.saturating_add(wait_us), late: false });
    }

    /// Says something to the person or the scanner; as far as the family can.
    pub fn signal(&mut self, now: Stamp, signal: Signal, out: &mut Out) {
        if !signal.is_verdict() {
            return self.tell(now, signal, out);
        }
        if self.speech.feedback || self.speech.hold {
            self.tell(now, signal, out);
        }
        self.owed = self.owed.saturating_sub(1);
        if self.speech.hold && self.owed == 0 {
            self.tell(now, Signal::Enable, out);
        }
    }

    fn tell(&mut self, now: Stamp, signal: Signal, out: &mut Out) {
        match self.family {
            Family::Ssi => {
                let vibrate = self.speech.vibrate;
                self.packets(out, |link, told| link.signal(now, signal, vibrate, told));
            }
            family => out.bytes.extend(say(family, signal, self.speech.hold).into_iter().flatten()),
        }
    }

    /// Codes came whose answer is owed.
    fn owe(&mut self, now: Stamp, codes: usize, out: &mut Out) {
        if !self.speech.hold || codes == 0 {
            return;
        }
        if self.owed == 0 {
            self.tell(now, Signal::Disable, out);
        }
        self.owed = self.owed.saturating_add(u32::try_from(codes).unwrap_or(u32::MAX));
        self.owed_until = now.mono_us.saturating_add(LONGEST_HOLD_US);
    }

    /// When [`Line::silence`] has something to do, on the monotonic clock.
    #[must_use]
    pub fn deadline_us(&self) -> Option<u64> {
        let held = self.held_at.filter(|_| !self.held.is_empty() || self.sieve.is_open()).map(|at| at.mono_us + ANSWER_GAP_US);
        let question = self.question.as_ref().map(|question| question.until_us);
        let owed = (self.owed > 0).then_some(self.owed_until);
        [self.framer.deadline_us(), self.ssi.deadline_us(), held, question, owed].into_iter().flatten().min()
    }

    /// Nothing came until `now`, and nothing waits to be read.
    pub fn silence(&mut self, now: Stamp, out: &mut Out) {
        let before = out.frames.len();
        self.packets(out, |link, told| link.silence(now, told));
        let gap = self.held_at.is_some_and(|at| now.mono_us >= at.mono_us + ANSWER_GAP_US);
        if gap && self.sieve.is_open() {
            let mut codes = Vec::new();
            self.sieve.silence(&mut codes);
            self.framer.feed(now, &codes, &mut out.frames);
        }
        if gap && !self.held.is_empty() {
            self.quiet(out);
        }
        match self.question.take() {
            Some(question) if now.mono_us >= question.until_us => {
                if !question.late {
                    out.done = Some(Err(ExchangeError::Silent));
                    let until_us = now.mono_us + LATE_US;
                    self.question = (self.family != Family::Ssi).then_some(Question { until_us, late: true, ..question });
                }
                if self.question.is_none() {
                    self.release(self.held.len(), out);
                }
            }
            question => self.question = question,
        }
        self.framer.silence(now, &mut out.frames);
        self.owe(now, out.frames.len() - before, out);
        if self.owed > 0 && now.mono_us >= self.owed_until {
            tracing::warn!(owed = self.owed, "a scan was not answered; the scanner may read again");
            self.owed = 0;
            self.tell(now, Signal::Enable, out);
        }
    }

    /// What is held has not become whole: an answer that broke off is thrown away, or one without its last mark is taken; a code is let go.
    fn quiet(&mut self, out: &mut Out) {
        let whole = match self.question.as_ref().map(|question| &question.request) {
            Some(Request::Menu(command)) => {
                let known = self.held.len() >= honeywell::tag(command).len() && honeywell::answer_start(command, &self.held) == Some(0);
                // Older manuals print answers to queries without the mark at the end.
                known.then(|| menu::answers(&self.held, honeywell::MARKS))
            }
            Some(_) if self.held.contains(&0x01) => Some(Vec::new()),
            _ => None,
        };
        match whole {
            Some(answers) if answers.is_empty() => {
                tracing::debug!(bytes = self.held.len(), "an answer broke off");
                self.held.clear();
            }
            Some(answers) => {
                self.held.clear();
                self.finish(Reply::Menu(answers), out);
            }
            None => self.release(self.held.len(), out),
        }
    }

    fn begins_answer(&self) -> bool {
        match self.question.as_ref().map(|question| &question.request) {
            Some(Request::Menu(command)) => honeywell::answer_start(command, &self.held) == Some(0),
            _ => false,
        }
    }

    /// The device is gone: what was open is torn, a question is unanswered, and the next connection starts afresh.
    pub fn disconnect(&mut self, out: &mut Out) {
        self.packets(out, SsiLink::disconnect);
        // Half a tag is rather the answer that was awaited than a code; it would be torn anyway.
        if self.begins_answer() {
            self.held.clear();
        } else if !self.held.is_empty() {
            self.quiet(out);
        }
        self.framer.disconnect(&mut out.frames);
        if self.question.take().is_some_and(|question| !question.late) {
            out.done = Some(Err(ExchangeError::Offline));
        }
        self.held.clear();
        self.sieve = Sieve::default();
        self.owed = 0;
    }
}

#[cfg(test)]
#[path = "line_tests.rs"]
mod tests;
