//! The manners of Zebra's Simple Serial Interface, without I/O: who acknowledges what, what is sent again, and which packets are the same one twice.
//!
//! The decoder sends a code and waits for an acknowledgement; without one it sends the same packet twice more with the retransmit bit, then gives up with
//! four low beeps (SE955 Integration Guide, 10-7). So an acknowledgement that was lost must not count a carton twice: a packet with that bit that equals
//! the one just accepted is acknowledged again and is no second scan. A packet that was broken on the way was never accepted, and its resending is a scan,
//! unless it equals the one before and comes while that one may still be resent: then nobody can tell, and counting twice would be worse.
//!
//! The host sends one order at a time, in the same way: answered by ACK, NAK or data, sent again with the retransmit bit when nothing comes.

use std::collections::VecDeque;

use qitao_domain::barcode::symbology::AimId;
use qitao_domain::scan::{Framing, MAX_PAYLOAD, Stamp};

use super::exchange::{ExchangeError, Reply};
use super::ssi::{self, CMD_ACK, CMD_NAK, CONTINUATION, DECODE_DATA, EVENT, HEAD, NAK_RESEND, NoPacket, Packet, RETRANSMIT};
use super::{Signal, ssi_codes};

/// How long a packet may take from its first byte to the next before what came of it is thrown away.
const WITHIN_PACKET_US: u64 = 250_000;
/// How long an answer to a signal is waited for: the default of the decoder's own response time is two seconds, but a beep that late is of no use.
const SIGNAL_ANSWER_US: u64 = 600_000;
/// After this an order is sent again.
const RESEND_US: u64 = 1_000_000;
/// How often an order is sent at most.
const TRIES: u32 = 3;
/// How long the decoder may send a packet again: its response time, three times over.
const MAY_RESEND_US: u64 = 7_000_000;
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
}

#[derive(Debug, Clone)]
struct Order {
    packet: Packet,
    /// Not before.
    at_us: u64,
    asked: bool,
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
    parts: Option<(Code, u64)>,
    orders: VecDeque<Order>,
    waiting: Option<Waiting>,
    /// When a question that waits for its turn is given up.
    question_until: Option<u64>,
    /// The last signal was not answered: the decoder does not acknowledge, so nothing is waited for.
    mute: bool,
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
            told.codes.push(Code { data: self.buffer.clone(), symbology: None, framing: Framing::Torn, at });
        }
    }

    fn packet(&mut self, at: Stamp, packet: Packet, told: &mut Told) {
        match packet.opcode {
            DECODE_DATA => {
                told.bytes.extend(Packet::order(CMD_ACK).encode());
                self.code(at, packet, told);
            }
            CMD_ACK | CMD_NAK => {
                self.mute = false;
                self.answered(packet, told);
            }
            EVENT => told.bytes.extend(Packet::order(CMD_ACK).encode()),
            // An answer is not acknowledged; what nobody asked for is.
            _ if self.waiting.as_ref().is_some_and(|waiting| waiting.order.asked) => self.answered(packet, told),
            _ => told.bytes.extend(Packet::order(CMD_ACK).encode()),
        }
    }

    fn code(&mut self, at: Stamp, packet: Packet, told: &mut Told) {
        let again = packet.status & RETRANSMIT != 0;
        let plain = Packet { status: packet.status & !RETRANSMIT, ..packet };
        let same = self
            .accepted
            .as_ref()
            .is_some_and(|(last, when)| *last == plain && (!self.broken_since || at.mono_us.saturating_sub(*when) < MAY_RESEND_US));
        self.broken_since = false;
        if again && same {
            tracing::debug!("a code was sent again because its acknowledgement was lost; counted once");
            return;
        }
        let more = plain.status & CONTINUATION != 0;
        // Each part repeats the type, as the packet's layout has it.
        if let Some((code, data)) = plain.data.split_first() {
            let (mut open, _) = self
                .parts
                .take()
                .unwrap_or_else(|| (Code { data: Vec::new(), symbology: ssi_codes::symbology(*code), framing: Framing::Whole, at }, 0));
            open.at = at;
            open.data.extend_from_slice(data);
            if open.data.len() > MAX_PAYLOAD {
                open.data.truncate(MAX_PAYLOAD);
                open.framing = Framing::TooLong;
            }
            if more {
                self.parts = Some((open, at.mono_us + NEXT_PART_US));
            } else {
                told.codes.push(open);
            }
        }
        self.accepted = Some((plain, at.mono_us));
    }

    fn answered(&mut self, packet: Packet, told: &mut Told) {
        let Some(waiting) = self.waiting.take() else { return };
        let cause = (packet.opcode == CMD_NAK).then(|| packet.data.first().copied().unwrap_or(0));
        match cause {
            Some(NAK_RESEND) if waiting.tries < TRIES => {
                let again_us = waiting.again_us;
                self.send(Waiting { again_us, ..waiting }, told);
            }
            Some(cause) if waiting.order.asked => told.done = Some(Err(ExchangeError::Refused(cause))),
            Some(cause) => tracing::debug!(cause, opcode = waiting.order.packet.opcode, "the scanner does not do this"),
            None if waiting.order.asked => told.done = Some(Ok(Reply::Ssi { opcode: packet.opcode, data: packet.data })),
            None => {}
        }
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
        if signal.is_verdict() {
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

    /// Queues a question, answered within `wait_us`; there must be none under way.
    pub fn ask(&mut self, now: Stamp, packet: Packet, wait_us: u64, told: &mut Told) {
        self.orders.push_back(Order { packet, at_us: now.mono_us, asked: true });
        // The end of waiting counts from the asking, also while a signal has its turn first.
        self.question_until = Some(now.mono_us.saturating_add(wait_us));
        self.next_order(now.mono_us, told);
    }

    fn next_order(&mut self, now_us: u64, told: &mut Told) {
        while self.waiting.is_none() {
            let Some(at) = self.orders.iter().position(|order| order.at_us <= now_us) else { return };
            let Some(order) = self.orders.remove(at) else { return };
            if order.asked {
                let until_us = self.question_until.take().unwrap_or(now_us);
                self.send(Waiting { order, tries: 0, again_us: now_us + RESEND_US, until_us }, told);
            } else if self.mute {
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
        let order = self.orders.iter().map(|order| order.at_us).min().filter(|_| self.waiting.is_none());
        [packet, waiting, parts, order, self.question_until].into_iter().flatten().min()
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
        if self.question_until.is_some_and(|until| now_us >= until) {
            // It never got its turn.
            self.question_until = None;
            self.orders.retain(|order| !order.asked);
            told.done = Some(Err(ExchangeError::Silent));
        }
        match self.waiting.take() {
            Some(waiting) if now_us >= waiting.until_us => {
                if waiting.order.asked {
                    told.done = Some(Err(ExchangeError::Silent));
                } else {
                    self.mute = true;
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
            told.codes.push(Code { data: data.to_vec(), symbology: ssi_codes::symbology(*code), framing: Framing::Torn, at });
        }
        if self.question_until.is_some() || self.waiting.as_ref().is_some_and(|waiting| waiting.order.asked) {
            told.done = Some(Err(ExchangeError::Offline));
        }
        // What was accepted before the plug was pulled may be sent again after it.
        *self = Self { accepted: self.accepted.take(), ..Self::default() };
    }
}

#[cfg(test)]
#[path = "ssi_link_tests.rs"]
mod tests;
