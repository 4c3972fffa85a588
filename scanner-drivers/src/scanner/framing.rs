//! From bytes to frames, without I/O and without a clock.
//!
//! A [`Framer`] is fed the bytes as they come, in pieces of any size, and hands out [`Frame`]s. The pieces do not matter:
//! however a stream is cut into reads, the same frames come out. Silence is told to it by [`Framer::silence`] and the end of
//! a connection by [`Framer::disconnect`]; so the driver owns all time-outs, and must read what is waiting before it reports
//! silence, or a stalled machine would cut a code in two.
//!
//! A code that was cut is worse than none, because half a code may be another valid one. Hence the rule of [`FrameEnd::Auto`]:
//! silence ends a whole frame only as long as the device has never sent a line end; after that it makes a torn one.

use std::time::Duration;

use qitao_domain::barcode::symbology::AimId;
use qitao_domain::scan::{Framing, MAX_PAYLOAD, Stamp};
use serde::{Deserialize, Serialize};

/// How a scanner marks where a code begins and ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FramingSettings {
    /// Byte that opens a frame, e.g. 2 (STX). Everything outside frames is noise then.
    pub start: Option<u8>,
    /// What closes a frame.
    pub end: FrameEnd,
    /// How long a line must be silent inside a frame before the frame is given up or taken as whole; see [`FrameEnd`].
    pub idle_ms: u32,
    /// Bytes the scanner was set to put first; taken off when present.
    pub prefix: Vec<u8>,
    /// Bytes the scanner was set to put last, before the terminator; taken off when present.
    pub suffix: Vec<u8>,
    /// Whether `]cm` at the front is an AIM identifier. On by default; off only for codes that really begin so.
    pub aim: bool,
}

/// What closes a frame.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FrameEnd {
    /// CR, LF or both; for a device that has never sent one, silence. Fits most scanners without setting anything.
    #[default]
    Auto,
    /// CR, LF or both; silence inside a frame tears it.
    Line,
    /// Exactly these bytes, e.g. CR LF, or ETX, or an own mark; silence inside a frame tears it. Must not be empty.
    Bytes(Vec<u8>),
    /// Any one of these bytes; silence as in `Auto`. Keyboard wedges end with Enter or Tab.
    AnyOf(Vec<u8>),
    /// Silence only.
    Idle,
}

impl Default for FramingSettings {
    fn default() -> Self {
        Self { start: None, end: FrameEnd::Auto, idle_ms: 120, prefix: Vec::new(), suffix: Vec::new(), aim: true }
    }
}

impl FramingSettings {
    /// STX … ETX, as many scanners can be set to; the only framing in which a code may hold line ends.
    #[must_use]
    pub fn stx_etx() -> Self {
        Self { start: Some(0x02), end: FrameEnd::Bytes(vec![0x03]), idle_ms: 1_000, ..Self::default() }
    }

    /// Keyboard wedges: Enter (CR), line feed or Tab ends.
    #[must_use]
    pub fn keyboard() -> Self {
        Self { end: FrameEnd::AnyOf(vec![b'\r', b'\n', b'\t']), ..Self::default() }
    }

    /// The idle gap.
    #[must_use]
    pub fn idle(&self) -> Duration {
        Duration::from_millis(u64::from(self.idle_ms.max(1)))
    }

    /// Longest raw frame: the longest payload and everything that is taken off it.
    fn limit(&self) -> usize {
        let end = if let FrameEnd::Bytes(bytes) = &self.end { bytes.len() } else { 0 };
        MAX_PAYLOAD + self.prefix.len() + self.suffix.len() + end + AIM_LENGTH
    }
}

const AIM_LENGTH: usize = 3;

/// One message between its marks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// Without marks, prefix, suffix, AIM identifier.
    pub payload: Vec<u8>,
    /// The AIM identifier, when it was sent.
    pub symbology: Option<AimId>,
    /// Whether it is whole.
    pub framing: Framing,
    /// When its last byte came.
    pub at: Stamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Waiting for the start mark: what comes is noise.
    Outside,
    /// Collecting.
    Inside,
    /// The frame was too long and has been reported; waiting for its end.
    Skipping,
}

/// The decoder. See the module's text.
#[derive(Debug, Clone)]
pub struct Framer {
    settings: FramingSettings,
    limit: usize,
    state: State,
    raw: Vec<u8>,
    last: Option<Stamp>,
    ends_seen: bool,
    noise: u64,
}

impl Framer {
    /// A decoder at the start of a connection.
    #[must_use]
    pub fn new(settings: FramingSettings) -> Self {
        let state = Self::rest(&settings);
        Self { limit: settings.limit(), settings, state, raw: Vec::new(), last: None, ends_seen: false, noise: 0 }
    }

    fn rest(settings: &FramingSettings) -> State {
        if settings.start.is_some() { State::Outside } else { State::Inside }
    }

    /// Bytes that belonged to no frame since the beginning: line noise, or a sign of wrong settings.
    #[must_use]
    pub fn noise(&self) -> u64 {
        self.noise
    }

    /// When silence would matter, on the monotonic clock of the last byte; `None` when nothing is open.
    #[must_use]
    pub fn deadline_us(&self) -> Option<u64> {
        let open = match self.state {
            State::Outside => false,
            State::Inside => !self.raw.is_empty() || self.settings.start.is_some(),
            State::Skipping => true,
        };
        let idle = u64::try_from(self.settings.idle().as_micros()).unwrap_or(u64::MAX);
        self.last.filter(|_| open).map(|last| last.mono_us.saturating_add(idle))
    }

    /// Takes bytes that arrived at `at`; whole frames are appended to `out`.
    pub fn feed(&mut self, at: Stamp, bytes: &[u8], out: &mut Vec<Frame>) {
        for &byte in bytes {
            self.byte(at, byte, out);
        }
        if !bytes.is_empty() {
            self.last = Some(at);
        }
    }

    fn byte(&mut self, at: Stamp, byte: u8, out: &mut Vec<Frame>) {
        if self.settings.start == Some(byte) {
            // A start mark inside a frame means that the end of the one before was lost.
            if self.state == State::Inside {
                self.finish(at, Framing::Torn, out);
            }
            self.raw.clear();
            self.state = State::Inside;
            return;
        }
        match self.state {
            State::Outside => self.noise += 1,
            State::Inside => {
                // NULs between frames come from breaks and plugs. Inside a frame they stay: without them two halves could join to a valid code.
                if self.raw.is_empty() && byte == 0 {
                    self.noise += 1;
                    return;
                }
                self.raw.push(byte);
                if self.at_end() {
                    self.ends_seen = true;
                    self.take_end();
                    self.finish(at, Framing::Whole, out);
                } else if self.raw.len() > self.limit {
                    self.finish(at, Framing::TooLong, out);
                    self.state = State::Skipping;
                }
            }
            State::Skipping => {
                self.noise += 1;
                self.raw.push(byte);
                if self.at_end() {
                    self.ends_seen = true;
                    self.raw.clear();
                    self.state = Self::rest(&self.settings);
                } else if self.raw.len() > 64 {
                    // Only what may be the beginning of an end mark is needed.
                    let keep = self.raw.len() - 63.min(self.raw.len());
                    self.raw.drain(..keep);
                }
            }
        }
    }

    fn at_end(&self) -> bool {
        let Some(last) = self.raw.last() else { return false };
        match &self.settings.end {
            FrameEnd::Auto | FrameEnd::Line => matches!(last, b'\r' | b'\n'),
            FrameEnd::AnyOf(marks) => marks.contains(last),
            FrameEnd::Bytes(mark) => !mark.is_empty() && self.raw.ends_with(mark),
            FrameEnd::Idle => false,
        }
    }

    fn take_end(&mut self) {
        let end = if let FrameEnd::Bytes(mark) = &self.settings.end { mark.len() } else { 1 };
        self.raw.truncate(self.raw.len().saturating_sub(end));
    }

    /// Tells that nothing has come until `now` and nothing is waiting to be read. Does nothing before [`Framer::deadline_us`].
    pub fn silence(&mut self, now: Stamp, out: &mut Vec<Frame>) {
        let (Some(deadline), Some(last)) = (self.deadline_us(), self.last) else { return };
        if now.mono_us < deadline {
            return;
        }
        match self.state {
            State::Outside => {}
            State::Inside => {
                let whole = self.settings.start.is_none()
                    && match self.settings.end {
                        FrameEnd::Idle => true,
                        FrameEnd::Auto | FrameEnd::AnyOf(_) => !self.ends_seen,
                        FrameEnd::Line | FrameEnd::Bytes(_) => false,
                    };
                self.finish(last, if whole { Framing::Whole } else { Framing::Torn }, out);
            }
            State::Skipping => {
                self.raw.clear();
                self.state = Self::rest(&self.settings);
            }
        }
    }

    /// The device is gone: what was open is torn, and the next connection starts afresh.
    pub fn disconnect(&mut self, out: &mut Vec<Frame>) {
        if self.state == State::Inside
            && let Some(last) = self.last
        {
            self.finish(last, Framing::Torn, out);
        }
        self.raw.clear();
        self.state = Self::rest(&self.settings);
        self.last = None;
        self.ends_seen = false;
    }

    /// Cuts the open frame out of `raw`, strips it and appends it, unless nothing is left of it.
    fn finish(&mut self, at: Stamp, framing: Framing, out: &mut Vec<Frame>) {
        let raw = std::mem::take(&mut self.raw);
        self.state = Self::rest(&self.settings);
        let mut rest = raw.as_slice();
        if framing == Framing::Whole {
            while let [front @ .., 0] = rest {
                rest = front;
            }
        }
        // A start mark may stand before NULs too.
        while let [0, tail @ ..] = rest {
            rest = tail;
        }
        rest = rest.strip_prefix(self.settings.prefix.as_slice()).unwrap_or(rest);
        if framing == Framing::Whole {
            rest = rest.strip_suffix(self.settings.suffix.as_slice()).unwrap_or(rest);
        }
        let (symbology, rest) = if self.settings.aim { split_aim(rest) } else { (None, rest) };
        if rest.is_empty() && symbology.is_none() {
            return;
        }
        let framing = if rest.len() > MAX_PAYLOAD { Framing::TooLong } else { framing };
        out.push(Frame { payload: rest[..rest.len().min(MAX_PAYLOAD)].to_vec(), symbology, framing, at });
    }
}

/// Splits `]cm` off the front.
#[must_use]
pub fn split_aim(bytes: &[u8]) -> (Option<AimId>, &[u8]) {
    if let [b']', code, modifier, rest @ ..] = bytes
        && let Ok(id) = AimId::new(*code, *modifier)
    {
        return (Some(id), rest);
    }
    (None, bytes)
}

#[cfg(test)]
#[path = "framing_tests.rs"]
mod tests;
