//! One serial line as it is spoken, without I/O: bytes and signals in, codes and bytes to write out.
//!
//! Codes and answers share the wire. Newland's and Datalogic's answers and Zebra's packets are told apart by their own marks. Honeywell's are not, so
//! only while a question is open, and for some seconds after that, text that repeats the question's tag is taken as the
//! answer, and on a Datalogic a line that begins as its service mode answers; everything else is a code, in its order.

use qitao_domain::scan::{Framing, Stamp};
use qitao_domain::work::Tone;

use super::exchange::{ExchangeError, Reply, Request};
use super::holding::Holding;
use super::newland::Sieve;
use super::ssi::{PERMANENT, Packet};
use super::ssi_link::{Code, MAY_RESEND_US, SsiLink, Told};
use super::{Family, Order, Signal, SpeechSettings, datalogic, honeywell, menu, newland, say};
use crate::scanner::framing::{Frame, Framer, FramingSettings, split_aim};

/// How long after its time an answer is still known as one.
const LATE_US: u64 = 5_000_000;
/// Bytes of an answer that has begun come without such a gap.
const ANSWER_GAP_US: u64 = 400_000;
/// Longest answer of text that is waited for.
const LONGEST_ANSWER: usize = 16 * 1024;

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
    /// `None` where the link knows.
    until_us: Option<u64>,
    /// Answered or given up: an answer that comes now is thrown away.
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
    /// Lines of an answer whose end is to come.
    text: Vec<u8>,
    question: Option<Question>,
    codes: Holding,
    /// What was taken from this scanner before this line was, and when.
    before: Option<Taken>,
}

/// A code that is on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// Its bytes.
    pub payload: Vec<u8>,
    /// When it was read.
    pub at: Stamp,
}

impl Line {
    /// A line that was never open. What was `taken` last from its scanner, by an agent before this one, is not taken again when it is sent again.
    #[must_use]
    pub fn new(framing: &FramingSettings, speech: SpeechSettings, taken: Option<Taken>) -> Self {
        Self {
            family: speech.family.resolve(None),
            speech,
            framing: framing.clone(),
            framer: Framer::new(framing.clone()),
            ssi: SsiLink::default(),
            sieve: Sieve::default(),
            held: Vec::new(),
            held_at: None,
            text: Vec::new(),
            question: None,
            codes: Holding::new(speech.hold),
            before: taken,
        }
    }

    /// The language spoken.
    #[must_use]
    pub const fn family(&self) -> Family {
        self.family
    }

    /// The number of the last code that was handed on.
    #[must_use]
    pub const fn number(&self) -> u64 {
        self.codes.number()
    }

    /// Whether the scanner waits to hear that its code is on disk.
    #[must_use]
    pub const fn withholds(&self) -> bool {
        self.ssi.withholds()
    }

    /// A connection begins; `vendor` is that of the USB device, when there is one. A scanner that was left disabled is enabled. Nothing is said, unless
    /// this line is one that disables.
    pub fn connect(&mut self, now: Stamp, vendor: Option<u16>, out: &mut Out) {
        self.family = self.speech.family.resolve(vendor);
        let order = self.codes.connected(now.mono_us);
        self.give(now, order, out);
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
        self.count(at, before, out);
    }

    fn packets(&mut self, out: &mut Out, what: impl FnOnce(&mut SsiLink, &mut Told)) {
        let mut told = Told::default();
        what(&mut self.ssi, &mut told);
        for code in std::mem::take(&mut told.codes) {
            let again = code.again;
            let frame = self.frame(code);
            if again && self.before.as_ref().is_some_and(|taken| sent_again(taken, &frame)) {
                tracing::info!("a code was sent again that an agent before this one took; counted once");
                self.ssi.recorded(frame.at, &mut told);
            } else {
                out.frames.push(frame);
            }
        }
        out.bytes.append(&mut told.bytes);
        if told.enabled {
            self.codes.heard();
        }
        if let Some(done) = told.done {
            self.question = None;
            out.done = Some(done);
        }
    }

    /// A packet's code as a frame: without prefix and suffix, and with the AIM identifier where the scanner sends it.
    fn frame(&self, code: Code) -> Frame {
        let Code { data, symbology, framing, at, .. } = code;
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
            Request::Menu(command) => self.sift_menu(command, out),
            Request::Service(_) => self.sift_lines(out),
            _ => loop {
                let mark = self.held.iter().position(|byte| *byte == datalogic::SOH);
                self.release(mark.unwrap_or(self.held.len()), out);
                let Some(answer) = datalogic::answer(&mut self.held) else { break };
                self.finish(Reply::Text(answer), out);
            },
        }
        if self.held.len() + self.text.len() > LONGEST_ANSWER {
            self.give_back(out);
        }
    }

    /// Lines of Datalogic's service mode. One that begins in the middle of a code is part of it.
    fn sift_lines(&mut self, out: &mut Out) {
        while !self.held.is_empty() {
            let end = self.held.iter().position(|byte| matches!(byte, b'\r' | b'\n'));
            if self.framer.deadline_us().is_some() || !datalogic::is_service_answer(&self.held) {
                self.release(end.map_or(self.held.len(), |end| end + 1), out);
                continue;
            }
            let Some(end) = end else { return };
            let answer: Vec<u8> = self.held.drain(..=end).collect();
            self.finish(Reply::Text(answer[..end].to_vec()), out);
        }
    }

    fn sift_menu(&mut self, command: &str, out: &mut Out) {
        loop {
            let start = honeywell::answer_start(command, &self.held).unwrap_or(self.held.len());
            let end = honeywell::answer_end(&self.held);
            let text = honeywell::is_text(command);
            if text && let Some(end) = self.held[..start].iter().position(|byte| matches!(byte, b'\r' | b'\n')) {
                // The text comes before the command is repeated, line by line, and codes may come between the lines.
                if honeywell::is_text_line(&self.held[..end]) || (end == 0 && self.text.ends_with(b"\r")) {
                    self.text.extend(self.held.drain(..=end));
                } else {
                    self.release(end + 1, out);
                }
                continue;
            }
            if !text || end.is_some() {
                self.release(start, out);
            }
            // The tag may come back in part only and then be a code after all: the end of its line shows it.
            let end = honeywell::answer_end(&self.held);
            let line = self.held.iter().position(|byte| matches!(byte, b'\r' | b'\n'));
            match (end, line) {
                (Some(end), _) if self.has_tag(command) => {
                    let mut answer = std::mem::take(&mut self.text);
                    answer.extend(self.held.drain(..end));
                    self.finish(Reply::Menu(menu::answers(&answer, honeywell::MARKS)), out);
                }
                (None, Some(line)) if !self.has_tag(command) => self.release(line + 1, out),
                _ => return,
            }
        }
    }

    /// Whether what is held begins with a command's whole tag.
    fn has_tag(&self, command: &str) -> bool {
        self.held.len() >= honeywell::tag(command).len() && honeywell::answer_start(command, &self.held) == Some(0)
    }

    /// The question is answered. Some devices say everything twice, so the answer is known for some time more.
    fn finish(&mut self, reply: Reply, out: &mut Out) {
        let at_us = self.held_at.map_or(0, |at| at.mono_us);
        if let Some(question) = self.question.as_mut().filter(|question| !question.late) {
            (question.late, question.until_us) = (true, Some(at_us + LATE_US));
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

    /// All that was held turned out to be codes.
    fn give_back(&mut self, out: &mut Out) {
        let rest = std::mem::replace(&mut self.held, std::mem::take(&mut self.text));
        self.held.extend(rest);
        self.release(self.held.len(), out);
    }

    /// Asks. There must be no question under way; see [`Line::is_free`].
    pub fn ask(&mut self, now: Stamp, request: Request, wait_us: u64, out: &mut Out) {
        if !self.text.is_empty() {
            // Of another answer, which broke off.
            let before = out.frames.len();
            self.give_back(out);
            self.count(now, before, out);
        }
        let bytes = match (&request, self.family) {
            (Request::Menu(text), Family::Honeywell) => honeywell::menu(text),
            (Request::Menu(text), Family::Newland) => newland::command(text),
            (Request::Host(byte), Family::Datalogic) if datalogic::is_answered(*byte) => Some(vec![*byte]),
            (Request::Service(command), Family::Datalogic) => datalogic::service(command),
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
        let until_us = (self.family != Family::Ssi).then(|| now.mono_us.saturating_add(wait_us));
        self.question = Some(Question { request, until_us, late: false });
    }

    /// Answers a code, which is on disk or refused: sounds, as far as the family can.
    pub fn answer(&mut self, now: Stamp, number: u64, tone: Tone, out: &mut Out) {
        if number == self.number() {
            self.packets(out, |link, told| link.recorded(now, told));
        }
        if let Some(order) = self.codes.answered(now.mono_us, number) {
            if self.speech.feedback || self.speech.hold {
                self.tell(now, Signal::Answer(tone), out);
            }
            self.give(now, order, out);
        }
    }

    /// Tells the scanner to do something; as far as the family can.
    pub fn order(&mut self, now: Stamp, order: Order, out: &mut Out) {
        let order = self.codes.ordered(now.mono_us, order);
        self.give(now, Some(order), out);
    }

    /// What was to be said was not taken by the wire.
    pub fn unsaid(&mut self) {
        self.codes.unsaid();
    }

    fn give(&mut self, now: Stamp, order: Option<Order>, out: &mut Out) {
        if order.is_some_and(|order| !self.tell(now, Signal::Order(order), out)) {
            self.codes.heard();
        }
    }

    /// Whether the family has words for it.
    fn tell(&mut self, now: Stamp, signal: Signal, out: &mut Out) -> bool {
        if self.family == Family::Ssi {
            let vibrate = self.speech.vibrate;
            self.packets(out, |link, told| link.signal(now, signal, vibrate, told));
            return true;
        }
        let words = say(self.family, signal, self.speech.hold);
        let known = words.is_some();
        out.bytes.extend(words.into_iter().flatten());
        known
    }

    /// Numbers the codes that came since there were so many. A decoder that waits for its acknowledgement reads nothing.
    fn count(&mut self, now: Stamp, before: usize, out: &mut Out) {
        let order = self.codes.came(now.mono_us, out.frames.len() - before, self.withholds());
        self.give(now, order, out);
    }

    /// When [`Line::silence`] has something to do, on the monotonic clock.
    #[must_use]
    pub fn deadline_us(&self) -> Option<u64> {
        let held = self
            .held_at
            .filter(|_| !self.held.is_empty() || !self.text.is_empty() || self.sieve.is_open())
            .map(|at| at.mono_us + ANSWER_GAP_US);
        let question = self.question.as_ref().and_then(|question| question.until_us);
        let framer = self.framer.deadline_us().filter(|_| self.held.is_empty());
        [framer, self.ssi.deadline_us(), held, question, self.codes.deadline_us()].into_iter().flatten().min()
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
        if gap && !(self.held.is_empty() && self.text.is_empty()) {
            self.quiet(out);
        }
        match self.question.take() {
            Some(question) if question.until_us.is_some_and(|until| now.mono_us >= until) => {
                if question.late {
                    self.give_back(out);
                } else {
                    out.done = Some(Err(ExchangeError::Silent));
                    self.question = Some(Question { until_us: Some(now.mono_us + LATE_US), late: true, ..question });
                }
            }
            question => self.question = question,
        }
        // The end of a code may still be held.
        if self.held.is_empty() {
            self.framer.silence(now, &mut out.frames);
        }
        self.count(now, before, out);
        let order = self.codes.silence(now.mono_us);
        self.give(now, order, out);
    }

    /// What is held has not become whole: an answer that broke off is thrown away, or one without its last mark is taken; a code is let go. What has
    /// the end of a line in it is let go too: a code may hang on to what broke off, and one that nobody knows is at least seen.
    fn quiet(&mut self, out: &mut Out) {
        match self.question.as_ref().map(|question| question.request.clone()) {
            Some(Request::Menu(command)) if self.has_tag(&command) => {
                // Older manuals print answers to queries without the mark at the end.
                let answers = menu::answers(&[self.text.as_slice(), &self.held].concat(), honeywell::MARKS);
                if !answers.is_empty() {
                    self.held.clear();
                    self.text.clear();
                    return self.finish(Reply::Menu(answers), out);
                }
            }
            Some(Request::Host(_)) if self.held.contains(&datalogic::SOH) => {}
            Some(Request::Service(_)) if self.held.len() > 1 && datalogic::is_service_answer(&self.held) => {}
            _ => return self.give_back(out),
        }
        if self.has_line() {
            return self.give_back(out);
        }
        tracing::debug!(bytes = self.held.len(), "an answer broke off");
        self.held.clear();
    }

    fn has_line(&self) -> bool {
        self.text.iter().chain(&self.held).any(|byte| matches!(byte, b'\r' | b'\n'))
    }

    fn begins_answer(&self) -> bool {
        match self.question.as_ref().map(|question| &question.request) {
            Some(Request::Menu(command)) => honeywell::answer_start(command, &self.held) == Some(0),
            _ => false,
        }
    }

    /// The device is gone: what was open is torn, a question is unanswered, and the next connection starts afresh.
    pub fn disconnect(&mut self, out: &mut Out) {
        let before = out.frames.len();
        self.packets(out, SsiLink::disconnect);
        let mut codes = Vec::new();
        self.sieve.silence(&mut codes);
        if let Some(at) = self.held_at {
            self.framer.feed(at, &codes, &mut out.frames);
        }
        // Half a tag is rather the answer that was awaited than a code; it would be torn anyway.
        if !self.begins_answer() || self.has_line() {
            self.quiet(out);
        }
        self.framer.disconnect(&mut out.frames);
        if self.question.take().is_some_and(|question| !question.late) {
            out.done = Some(Err(ExchangeError::Offline));
        }
        self.held.clear();
        self.codes.disconnected(out.frames.len() - before);
    }
}

/// Whether a code that the decoder says it sent before is the one that was taken before this line was open.
fn sent_again(taken: &Taken, frame: &Frame) -> bool {
    let passed = frame.at.mono_us.checked_sub(taken.at.mono_us);
    frame.payload == taken.payload && frame.at.boot == taken.at.boot && passed.is_some_and(|passed| passed < MAY_RESEND_US)
}

#[cfg(test)]
#[path = "line_tests.rs"]
mod tests;
