//! The manners of Zebra's Simple Serial Interface, without I/O: who acknowledges what, what is sent again, and which packets are the same one twice.
//!
//! The decoder sends a code and waits for an acknowledgement; without one it sends the same packet twice more with the retransmit bit, then gives up with
//! four low beeps (SE955 Integration Guide, 10-7). So a code is acknowledged when it is on disk ([`SsiLink::recorded`]): what a power cut takes from us
//! the decoder still has. It waits two seconds by default, so after 1.5 it is acknowledged all the same. Until then it reads nothing and is told nothing.
//!
//! An acknowledgement that was lost must not count a carton twice: a packet with that bit that equals the one accepted last is acknowledged again and is
//! no second scan, also when the line was pulled out in between. A packet that was broken on the way was never accepted, and its resending is a scan,
//! unless it equals the one before and comes while that one may still be resent: then nobody can tell, so it is told as torn, and the operator looks.
//!
//! The host sends one order at a time, in the same way: answered by ACK, NAK or data, sent again with the retransmit bit when nothing comes.

use std::collections::VecDeque;

use qitao_domain::barcode::symbology::AimId;
use qitao_domain::scan::{Framing, MAX_PAYLOAD, Stamp};

use super::exchange::{ExchangeError, Reply};
use super::ssi::{
    self, CMD_ACK, CMD_NAK, CONTINUATION, DECODE_DATA, EVENT, HEAD, NAK_RESEND, NoPacket, PARAM_REQUEST, PARAM_SEND, Packet,
    REPLY_REVISION, REQUEST_REVISION, RETRANSMIT, SCAN_ENABLE,
};
use super::{Signal, ssi_codes};

/// How long a packet may take from its first byte to the next before what came of it is thrown away.
const WITHIN_PACKET_US: u64 = 250_000;
/// The decoder's own response time, by default.
const RESPONSE_US: u64 = 2_000_000;
/// How long the acknowledgement of a code waits for the disk.
const WITHHOLD_US: u64 = 1_500_000;
/// How long an answer to a signal is waited for: a beep that comes later is of no use. The answer itself may come until [`RESPONSE_US`] is over.
const SIGNAL_ANSWER_US: u64 = 600_000;
/// After this an order is sent again.
const RESEND_US: u64 = 1_000_000;
/// How often an order is sent at most.
const TRIES: u32 = 3;
/// How long the decoder may send a packet again: its response time, three times over.
pub const MAY_RESEND_US: u64 = 7_000_000;
/// How long the next packet of a code in several may take.
const NEXT_PART_US: u64 = 7_000_000;
/// Signals that wait at most; older ones are of no use any more.
const MOST_SIGNALS: usize = 16;

/// A code, whole or torn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Code {
    /// What was decoded, with prefix and suffix as the scanner is set.
    pub data: Vec<u8>,
    /// By the packet's bar code type.
    pub symbology: Option<AimId>,
    /// Whether it is whole.
    pub framing: Framing,
    /// When its last byte came.
    pub at: Stamp,
    /// The decoder sent it before, and here it is the first: who read this line earlier may have taken it.
    pub again: bool,
}

/// What the link has for others.
#[derive(Debug, Default)]
pub struct Told {
    /// Codes, in order.
    pub codes: Vec<Code>,
    /// Bytes to write.
    pub bytes: Vec<u8>,
    /// The end of the question under way.
    pub done: Option<Result<Reply, ExchangeError>>,
    /// The order to read again was heard.
    pub enabled: bool,
}

#[derive(Debug, Clone)]
struct Order {
    packet: Packet,
    /// Not before.
    at_us: u64,
    asked: bool,
}

impl Order {
    /// Whether this may be its answer: where data was asked for only those data are, or a refusal. An acknowledgement belongs to a signal before then, and
    /// another packet is one that the decoder sends unasked.
    const fn is_answered_by(&self, opcode: u8) -> bool {
        match self.packet.opcode {
            PARAM_REQUEST => matches!(opcode, PARAM_SEND | CMD_NAK),
            REQUEST_REVISION => matches!(opcode, REPLY_REVISION | CMD_NAK),
            _ => true,
        }
    }
}

#[derive(Debug, Clone)]
struct Waiting {
    order: Order,
    tries: u32,
    again_us: u64,
    until_us: u64,
}

/// One line to one decoder.
#[derive(Debug, Default)]
pub struct SsiLink {
    buffer: Vec<u8>,
    last: Option<Stamp>,
    /// The last code packet that was accepted, and when.
    accepted: Option<(Packet, u64)>,
    /// A broken packet came after it.
    broken_since: bool,
    /// The line was away after it.
    away_since: bool,
    /// The last code is not acknowledged yet; until when that may wait.
    withheld: Option<u64>,
    parts: Option<(Code, u64)>,
    orders: VecDeque<Order>,
    waiting: Option<Waiting>,
    /// The question that waits for its turn: how long its answer will be waited for, and when it is given up unasked.
    question: Option<(u64, u64)>,
    /// The last signal was not answered: the decoder does not acknowledge, so nothing is waited for.
    mute: bool,
    /// It has answered a signal since it was connected.
    answers: bool,
    /// The answer to a signal may come as late as this; a question asked before could take it for its own.
    late_until: u64,
}

impl SsiLink {
    /// Takes bytes that came at `at`.
    pub fn feed(&mut self, at: Stamp, bytes: &[u8], told: &mut Told) {
        self.buffer.extend_from_slice(bytes);
        if !bytes.is_empty() {
            self.last = Some(at);
        }
        loop {
            match Packet::decode(&self.buffer) {
                Ok((packet, length)) => {
                    self.buffer.drain(..length);
                    if !packet.is_ours() {
                        self.packet(at, packet, told);
                    }
                }
                Err(NoPacket::Short(_)) => break,
                // Bytes that wake a decoder up, and noise.
                Err(NoPacket::BadLength) => drop(self.buffer.remove(0)),
                Err(NoPacket::BadChecksum(_)) => self.broken(told),
            }
        }
        self.next_order(at.mono_us, told);
    }

    /// The length itself may be what broke, so everything goes; the decoder sends again what it has no acknowledgement for.
    fn broken(&mut self, told: &mut Told) {
        tracing::debug!(bytes = self.buffer.len(), "a packet with a wrong checksum; asked for again");
        self.report_text(told);
        self.buffer.clear();
        self.broken_since = true;
        told.bytes.extend(Packet::nak(NAK_RESEND).encode());
    }

    /// A scanner that sends plain text over a line that is set to packets: seen as torn codes, so that somebody looks, not swallowed.
    fn report_text(&mut self, told: &mut Told) {
        let text = self.buffer.len() >= HEAD && self.buffer.iter().all(|byte| matches!(byte, 0x20..0x7F | b'\r' | b'\n'));
        if let Some(at) = self.last.filter(|_| text) {
            tracing::warn!("text on a line that is set to packets (SSI): is the scanner set to \"send packeted decode data\"?");
            told.codes.push(Code { data: self.buffer.clone(), symbology: None, framing: Framing::Torn, at, again: false });
        }
    }

    fn packet(&mut self, at: Stamp, packet: Packet, told: &mut Told) {
        match packet.opcode {
            DECODE_DATA => self.code(at, packet, told),
            CMD_ACK | CMD_NAK => {
                (self.mute, self.answers) = (false, true);
                self.answered(at.mono_us, packet, told);
            }
            // An answer is not acknowledged; what nobody asked for is.
            opcode
                if opcode != EVENT
                    && self.waiting.as_ref().is_some_and(|waiting| waiting.order.asked && waiting.order.is_answered_by(opcode)) =>
            {
                self.answered(at.mono_us, packet, told)
            }
            _ => told.bytes.extend(Packet::order(CMD_ACK).encode()),
        }
    }

    fn acknowledge(&mut self, told: &mut Told) {
        self.withheld = None;
        told.bytes.extend(Packet::order(CMD_ACK).encode());
    }

    /// Whether a code waits for its acknowledgement; the decoder reads nothing until then.
    #[must_use]
    pub const fn withholds(&self) -> bool {
        self.withheld.is_some()
    }

    /// The last code is on disk.
    pub fn recorded(&mut self, now: Stamp, told: &mut Told) {
        if self.withholds() {
            self.acknowledge(told);
            self.next_order(now.mono_us, told);
        }
    }

    fn code(&mut self, at: Stamp, packet: Packet, told: &mut Told) {
        let again = packet.status & RETRANSMIT != 0;
        let plain = Packet { status: packet.status & !RETRANSMIT, ..packet };
        let unsure = self.broken_since || self.away_since;
        let same = self
            .accepted
            .as_ref()
            .is_some_and(|(last, when)| *last == plain && (!unsure || at.mono_us.saturating_sub(*when) < MAY_RESEND_US));
        let damaged = std::mem::take(&mut self.broken_since);
        let more = plain.status & CONTINUATION != 0;
        let Some((code, data)) = plain.data.split_first() else { return self.acknowledge(told) };
        let (data, symbology) = (data.to_vec(), ssi_codes::symbology(*code));
        if again && same {
            // One that was never acknowledged is sent again in any case.
            if damaged && !more && !self.withholds() {
                tracing::warn!("a damaged code was sent again and equals the one before: scanned once more, or not");
                told.codes.push(Code { data, symbology, framing: Framing::Torn, at, again: false });
            } else {
                tracing::debug!("a code was sent again because its acknowledgement was lost; counted once");
            }
            return self.acknowledge(told);
        }
        let first = self.accepted.replace((plain, at.mono_us)).is_none();
        self.away_since = false;
        // Each part repeats the type, as the packet's layout has it.
        let begun = || (Code { data: Vec::new(), symbology, framing: Framing::Whole, at, again: again && first }, 0);
        let (mut open, _) = self.parts.take().unwrap_or_else(begun);
        open.at = at;
        open.data.extend_from_slice(&data);
        if open.data.len() > MAX_PAYLOAD {
            open.data.truncate(MAX_PAYLOAD);
            open.framing = Framing::TooLong;
        }
        if more {
            self.parts = Some((open, at.mono_us + NEXT_PART_US));
            self.acknowledge(told);
        } else {
            told.codes.push(open);
            self.withheld = Some(at.mono_us + WITHHOLD_US);
        }
    }

    fn answered(&mut self, now_us: u64, packet: Packet, told: &mut Told) {
        let Some(waiting) = self.waiting.take_if(|waiting| waiting.order.is_answered_by(packet.opcode)) else { return };
        let cause = (packet.opcode == CMD_NAK).then(|| packet.data.first().copied().unwrap_or(0));
        match cause {
            Some(NAK_RESEND) if waiting.tries < TRIES => {
                let again_us = waiting.again_us;
                return self.send(Waiting { again_us, ..waiting }, told);
            }
            Some(cause) if waiting.order.asked => told.done = Some(Err(ExchangeError::Refused(cause))),
            Some(cause) => tracing::debug!(cause, opcode = waiting.order.packet.opcode, "the scanner does not do this"),
            None if waiting.order.asked => told.done = Some(Ok(Reply::Ssi { opcode: packet.opcode, data: packet.data })),
            None => {}
        }
        told.enabled |= waiting.order.packet.opcode == SCAN_ENABLE && now_us >= self.late_until;
    }

    fn send(&mut self, waiting: Waiting, told: &mut Told) {
        let Waiting { mut order, tries, again_us, until_us } = waiting;
        if tries > 0 {
            order.packet.status |= RETRANSMIT;
        }
        told.bytes.extend(order.packet.encode());
        self.waiting = Some(Waiting { order, tries: tries + 1, again_us, until_us });
    }

    /// Queues a signal.
    pub fn signal(&mut self, now: Stamp, signal: Signal, vibrate: bool, told: &mut Told) {
        if matches!(signal, Signal::Answer(_)) {
            // Feedback of a scan before: putting a light out must not wait for its time while the next answer is here.
            self.orders.retain(|order| order.asked || order.packet.opcode != ssi::LED_OFF);
        }
        for (pause_ms, packet) in ssi::say(signal, vibrate) {
            let waiting = self.orders.iter().filter(|order| !order.asked).count();
            if waiting >= MOST_SIGNALS
                && let Some(oldest) = self.orders.iter().position(|order| !order.asked)
            {
                drop(self.orders.remove(oldest));
            }
            self.orders.push_back(Order { packet, at_us: now.mono_us + pause_ms * 1_000, asked: false });
        }
        self.next_order(now.mono_us, told);
    }

    /// Queues a question, answered within `wait_us` from when it has its turn, which it has soon or never; there must be none under way.
    pub fn ask(&mut self, now: Stamp, packet: Packet, wait_us: u64, told: &mut Told) {
        self.orders.push_back(Order { packet, at_us: now.mono_us, asked: true });
        self.question = Some((wait_us, now.mono_us.saturating_add(wait_us).saturating_add(RESPONSE_US)));
        self.next_order(now.mono_us, told);
    }

    /// When an order has its turn at the earliest.
    fn turn_us(&self, order: &Order) -> u64 {
        if order.asked { order.at_us.max(self.late_until) } else { order.at_us }
    }

    fn next_order(&mut self, now_us: u64, told: &mut Told) {
        while self.waiting.is_none() && !self.withholds() {
            let Some(at) = self.orders.iter().position(|order| self.turn_us(order) <= now_us) else { return };
            let Some(order) = self.orders.remove(at) else { return };
            if order.asked {
                let until_us = now_us.saturating_add(self.question.take().map_or(0, |(wait_us, _)| wait_us));
                self.send(Waiting { order, tries: 0, again_us: now_us + RESEND_US, until_us }, told);
            } else if self.mute {
                // One that has never answered does not answer late.
                if self.answers || now_us < self.late_until {
                    self.late_until = now_us + RESPONSE_US;
                }
                told.bytes.extend(order.packet.encode());
            } else {
                let until_us = now_us + SIGNAL_ANSWER_US;
                self.send(Waiting { order, tries: 0, again_us: until_us, until_us }, told);
            }
        }
    }

    /// When [`SsiLink::silence`] has something to do.
    #[must_use]
    pub fn deadline_us(&self) -> Option<u64> {
        let packet = self.last.filter(|_| !self.buffer.is_empty()).map(|last| last.mono_us + WITHIN_PACKET_US);
        let waiting = self.waiting.as_ref().map(|waiting| waiting.again_us.min(waiting.until_us));
        let parts = self.parts.as_ref().map(|(_, until)| *until);
        let order = self.orders.iter().map(|order| self.turn_us(order)).min().filter(|_| self.waiting.is_none() && !self.withholds());
        [packet, waiting, parts, order, self.withheld, self.question.map(|(_, until)| until)].into_iter().flatten().min()
    }

    /// Nothing came until `now`.
    pub fn silence(&mut self, now: Stamp, told: &mut Told) {
        let now_us = now.mono_us;
        if !self.buffer.is_empty() && self.last.is_some_and(|last| now_us >= last.mono_us + WITHIN_PACKET_US) {
            self.broken(told);
        }
        if self.parts.as_ref().is_some_and(|(_, until)| now_us >= *until)
            && let Some((code, _)) = self.parts.take()
        {
            told.codes.push(Code { framing: Framing::Torn, ..code });
        }
        if self.withheld.is_some_and(|until| now_us >= until) {
            self.acknowledge(told);
        }
        if self.question.take_if(|(_, until)| now_us >= *until).is_some() {
            // It never got its turn.
            self.orders.retain(|order| !order.asked);
            told.done = Some(Err(ExchangeError::Silent));
        }
        match self.waiting.take() {
            Some(waiting) if now_us >= waiting.until_us => {
                if waiting.order.asked {
                    told.done = Some(Err(ExchangeError::Silent));
                } else {
                    self.mute = true;
                    self.late_until = waiting.until_us + (RESPONSE_US - SIGNAL_ANSWER_US);
                }
            }
            Some(waiting) if now_us >= waiting.again_us && waiting.tries < TRIES => {
                self.send(Waiting { again_us: now_us + RESEND_US, ..waiting }, told);
            }
            Some(waiting) if now_us >= waiting.again_us => {
                let again_us = waiting.until_us;
                self.waiting = Some(Waiting { again_us, ..waiting });
            }
            other => self.waiting = other,
        }
        self.next_order(now_us, told);
    }

    /// The device is gone: a code that was begun is torn, and the next connection starts afresh.
    pub fn disconnect(&mut self, told: &mut Told) {
        if let Some((code, _)) = self.parts.take() {
            told.codes.push(Code { framing: Framing::Torn, ..code });
        } else if let (Some([_, DECODE_DATA, 0, _, code, data @ ..]), Some(at)) = (self.buffer.get(..), self.last) {
            told.codes.push(Code { data: data.to_vec(), symbology: ssi_codes::symbology(*code), framing: Framing::Torn, at, again: false });
        }
        if self.question.is_some() || self.waiting.as_ref().is_some_and(|waiting| waiting.order.asked) {
            told.done = Some(Err(ExchangeError::Offline));
        }
        // What was accepted before the plug was pulled may be sent again after it, for as long as the decoder tries.
        *self = Self { accepted: self.accepted.take(), away_since: true, ..Self::default() };
    }
}

#[cfg(test)]
#[path = "ssi_link_tests.rs"]
mod tests;
