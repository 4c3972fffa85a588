//! Packets of Zebra's (Symbol's) Simple Serial Interface: lengths, checksums, parameters.
//!
//! Zebra, Simple Serial Interface Programmer's Guide (72E-40451); Symbol SE955 Integration Guide, chapter 10. A packet is: length (everything but the
//! checksum), opcode, source (0 decoder, 4 host), status, data, and the two's complement of the 16-bit sum, high byte first. The manners of resending
//! and acknowledging are in [`super::ssi_link`].

use qitao_domain::work::Tone;

use super::exchange::Request;
use super::{Order, Signal};

/// Positive acknowledgement.
pub const CMD_ACK: u8 = 0xD0;
/// Negative acknowledgement; data is the cause.
pub const CMD_NAK: u8 = 0xD1;
/// A code: type, then data.
pub const DECODE_DATA: u8 = 0xF3;
/// Something happened at the decoder (switched on, trigger pulled).
pub const EVENT: u8 = 0xF6;
/// Sound the beeper; data is the beep code.
pub const BEEP: u8 = 0xE6;
/// Light an LED; data has bit 0 for the decode LED.
pub const LED_ON: u8 = 0xE7;
/// Put an LED out.
pub const LED_OFF: u8 = 0xE8;
/// Allow scanning.
pub const SCAN_ENABLE: u8 = 0xE9;
/// Forbid scanning. (Some public headers have this and the one above swapped; Zebra's own table has not.)
pub const SCAN_DISABLE: u8 = 0xEA;
/// Begin a scan session, as if the trigger were pulled; the trigger mode must be "host".
pub const START_SESSION: u8 = 0xE4;
/// End it.
pub const STOP_SESSION: u8 = 0xE5;
/// Set parameters, and the answer to [`PARAM_REQUEST`].
pub const PARAM_SEND: u8 = 0xC6;
/// Ask for parameters.
pub const PARAM_REQUEST: u8 = 0xC7;
/// Turn the motor for as many times 10 ms as the data says. Cordless models only.
pub const PAGER_MOTOR_ACTIVATION: u8 = 0xCA;
/// Ask for the software's revision.
pub const REQUEST_REVISION: u8 = 0xA3;
/// The answer to [`REQUEST_REVISION`].
pub const REPLY_REVISION: u8 = 0xA4;

/// NAK: the checksum was wrong, send again.
pub const NAK_RESEND: u8 = 1;
/// NAK: does not know the command.
pub const NAK_BAD_CONTEXT: u8 = 2;
/// NAK: knows it and cannot comply.
pub const NAK_DENIED: u8 = 6;

/// Status bit: sent before.
pub const RETRANSMIT: u8 = 1;
/// Status bit: more packets follow.
pub const CONTINUATION: u8 = 1 << 1;
/// Status bit of parameters: keep over power-off.
pub const PERMANENT: u8 = 1 << 3;

/// Bytes before the data.
pub const HEAD: usize = 4;
const CHECKSUM: usize = 2;
const FROM_HOST: u8 = 4;

/// Beep codes. 0 to 4 are one to five short high beeps (MK1000 Product Reference Guide, Table 5-8); that long low ones begin at 15 is from memory of
/// Symbol's common table and is used nowhere else.
const SHORT_HIGH: u8 = 0;
const TWO_SHORT_HIGH: u8 = 1;
const TWO_LONG_LOW: u8 = 16;
const NO_BEEP: u8 = 0xFF;
const DECODE_LED: u8 = 1;
/// Of 10 ms.
const SHAKE: u8 = 40;

/// One packet, without length and checksum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packet {
    /// What it is.
    pub opcode: u8,
    /// Who sent it: 0 the decoder, 4 the host.
    pub source: u8,
    /// Bits: [`RETRANSMIT`], [`CONTINUATION`], [`PERMANENT`].
    pub status: u8,
    /// The rest, at most 251 bytes.
    pub data: Vec<u8>,
}

/// Why bytes are no packet yet, or never.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoPacket {
    /// More bytes are needed: this many in all.
    Short(usize),
    /// The length is none that a packet can have.
    BadLength,
    /// The sum is wrong; the packet would have had so many bytes.
    BadChecksum(usize),
}

impl Packet {
    /// A packet from the host. Data beyond what fits is the caller's mistake and gives `None`.
    #[must_use]
    pub fn from_host(opcode: u8, status: u8, data: Vec<u8>) -> Option<Self> {
        (HEAD + data.len() <= usize::from(u8::MAX)).then_some(Self { opcode, source: FROM_HOST, status, data })
    }

    /// A packet from the host without data.
    #[must_use]
    pub fn order(opcode: u8) -> Self {
        Self { opcode, source: FROM_HOST, status: 0, data: Vec::new() }
    }

    fn with(opcode: u8, data: u8) -> Self {
        Self { data: vec![data], ..Self::order(opcode) }
    }

    /// A refusal with its cause.
    #[must_use]
    pub fn nak(cause: u8) -> Self {
        Self::with(CMD_NAK, cause)
    }

    /// Whether the host sent it: seen when a line echoes.
    #[must_use]
    pub const fn is_ours(&self) -> bool {
        self.source == FROM_HOST
    }

    /// As it goes over the wire.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let data = &self.data[..self.data.len().min(usize::from(u8::MAX) - HEAD)];
        let length = u8::try_from(HEAD + data.len()).unwrap_or(u8::MAX);
        let mut bytes = vec![length, self.opcode, self.source, self.status];
        bytes.extend_from_slice(data);
        bytes.extend_from_slice(&checksum(&bytes).to_be_bytes());
        bytes
    }

    /// Reads the packet at the beginning of `bytes`; with it, how many bytes it took.
    ///
    /// # Errors
    /// [`NoPacket`].
    pub fn decode(bytes: &[u8]) -> Result<(Self, usize), NoPacket> {
        let Some(length) = bytes.first().map(|length| usize::from(*length)) else { return Err(NoPacket::Short(HEAD + CHECKSUM)) };
        if length < HEAD {
            return Err(NoPacket::BadLength);
        }
        let whole = length + CHECKSUM;
        let Some((body, sum)) = bytes.get(..whole).map(|bytes| bytes.split_at(length)) else { return Err(NoPacket::Short(whole)) };
        if sum != checksum(body).to_be_bytes() {
            return Err(NoPacket::BadChecksum(whole));
        }
        Ok((Self { opcode: body[1], source: body[2], status: body[3], data: body[HEAD..].to_vec() }, whole))
    }
}

/// Two's complement of the sum.
#[must_use]
pub fn checksum(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0u16, |sum, byte| sum.wrapping_add(u16::from(*byte))).wrapping_neg()
}

/// A signal as packets in their order, with the pause before each in milliseconds.
#[must_use]
pub fn say(signal: Signal, vibrate: bool) -> Vec<(u64, Packet)> {
    let now = |packet| (0, packet);
    match signal {
        Signal::Answer(Tone::Right) => {
            vec![now(Packet::with(BEEP, SHORT_HIGH)), now(Packet::with(LED_ON, DECODE_LED)), (300, Packet::with(LED_OFF, DECODE_LED))]
        }
        Signal::Answer(Tone::Attention) => vec![now(Packet::with(BEEP, TWO_SHORT_HIGH))],
        Signal::Answer(Tone::Wrong) => {
            let mut packets = vec![now(Packet::with(BEEP, TWO_LONG_LOW))];
            packets.extend(vibrate.then(|| now(Packet::with(PAGER_MOTOR_ACTIVATION, SHAKE))));
            packets
        }
        Signal::Order(Order::Enable) => vec![now(Packet::order(SCAN_ENABLE))],
        Signal::Order(Order::Disable) => vec![now(Packet::order(SCAN_DISABLE))],
        Signal::Order(Order::Trigger) => vec![now(Packet::order(START_SESSION))],
        Signal::Order(Order::Release) => vec![now(Packet::order(STOP_SESSION))],
    }
}

/// Numbers of 256 and more are written as an offset behind one of these (SE923 Integration Guide, 6-25); beyond 1023 there is no way here.
const EXTENDED: u8 = 0xF0;
const HIGHEST: u16 = 256 + 3 * 256 - 1;

fn number(parameter: u16, out: &mut Vec<u8>) -> Option<()> {
    match parameter {
        0..0xF0 => out.push(parameter.to_le_bytes()[0]),
        256..=HIGHEST => {
            let [offset, page] = parameter.to_le_bytes();
            out.extend([EXTENDED + page - 1, offset]);
        }
        _ => return None,
    }
    Some(())
}

/// Asks for parameters; `None` when a number cannot be asked for, or there are too many.
#[must_use]
pub fn param_request(parameters: &[u16]) -> Option<Request> {
    let mut data = Vec::new();
    parameters.iter().try_for_each(|parameter| number(*parameter, &mut data))?;
    fitting(PARAM_REQUEST, false, data)
}

/// Sets parameters of one byte, without a beep; `None` as for [`param_request`].
#[must_use]
pub fn param_send(permanent: bool, parameters: &[(u16, u8)]) -> Option<Request> {
    let mut data = vec![NO_BEEP];
    parameters.iter().try_for_each(|(parameter, value)| {
        number(*parameter, &mut data)?;
        data.push(*value);
        Some(())
    })?;
    fitting(PARAM_SEND, permanent, data)
}

fn fitting(opcode: u8, permanent: bool, data: Vec<u8>) -> Option<Request> {
    (HEAD + data.len() <= usize::from(u8::MAX)).then_some(Request::Ssi { opcode, permanent, data })
}

/// The values in a decoder's `PARAM_SEND`: number and value of each parameter that it has; others are left out by the decoder. Ends at the first that
/// is not of one byte.
#[must_use]
pub fn parameters(data: &[u8]) -> Vec<(u16, u8)> {
    // The first byte is the beep code.
    let (mut rest, mut found) = (data.get(1..).unwrap_or_default(), Vec::new());
    loop {
        match *rest {
            [low @ 0..EXTENDED, value, ..] => {
                found.push((u16::from(low), value));
                rest = &rest[2..];
            }
            [page @ 0xF0..=0xF2, offset, value, ..] => {
                found.push((u16::from(page - EXTENDED + 1) * 256 + u16::from(offset), value));
                rest = &rest[3..];
            }
            _ => return found,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Packets as the vendors' integration guides print them (SE955, GM67, E3000H).
    #[test]
    fn packets_are_byte_for_byte_those_of_the_integration_guides() {
        let vectors: [(&[u8], Packet); 10] = [
            (&[0x04, 0xD0, 0x04, 0x00, 0xFF, 0x28], Packet::order(CMD_ACK)),
            (&[0x05, 0xD1, 0x04, 0x00, 0x01, 0xFF, 0x25], Packet::nak(NAK_RESEND)),
            (&[0x05, 0xD1, 0x04, 0x00, 0x02, 0xFF, 0x24], Packet::nak(NAK_BAD_CONTEXT)),
            (&[0x05, 0xD1, 0x04, 0x00, 0x06, 0xFF, 0x20], Packet::nak(NAK_DENIED)),
            (&[0x05, 0xE7, 0x04, 0x00, 0x01, 0xFF, 0x0F], Packet::with(LED_ON, 1)),
            (&[0x05, 0xE8, 0x04, 0x00, 0x01, 0xFF, 0x0E], Packet::with(LED_OFF, 1)),
            (&[0x04, 0xE9, 0x04, 0x00, 0xFF, 0x0F], Packet::order(SCAN_ENABLE)),
            (&[0x04, 0xEA, 0x04, 0x00, 0xFF, 0x0E], Packet::order(SCAN_DISABLE)),
            (&[0x04, 0xA3, 0x04, 0x00, 0xFF, 0x55], Packet::order(REQUEST_REVISION)),
            (&[0x04, 0xD0, 0x00, 0x00, 0xFF, 0x2C], Packet { source: 0, ..Packet::order(CMD_ACK) }),
        ];
        for (bytes, packet) in vectors {
            assert_eq!(packet.encode(), bytes, "{packet:?}");
            assert_eq!(Packet::decode(bytes), Ok((packet, bytes.len())));
        }
    }

    #[test]
    fn a_signal_is_told_by_beeper_led_and_motor() {
        let opcodes = |signal, vibrate| say(signal, vibrate).iter().map(|(_, packet)| packet.opcode).collect::<Vec<_>>();
        assert_eq!(say(Signal::Answer(Tone::Right), false)[0].1.encode(), [0x05, 0xE6, 0x04, 0x00, 0x00, 0xFF, 0x11]);
        assert_eq!(opcodes(Signal::Answer(Tone::Right), true), [BEEP, LED_ON, LED_OFF]);
        assert_eq!(opcodes(Signal::Answer(Tone::Wrong), true), [BEEP, PAGER_MOTOR_ACTIVATION]);
        assert_eq!(opcodes(Signal::Answer(Tone::Wrong), false), [BEEP]);
        assert_eq!(
            (opcodes(Signal::Order(Order::Trigger), false), opcodes(Signal::Order(Order::Disable), false)),
            (vec![START_SESSION], vec![SCAN_DISABLE])
        );
    }

    #[test]
    fn parameters_below_and_above_255_are_written_and_read() {
        // 0xEE decode data packet format, 0x8A trigger mode, 0x28E = 654 as F1 8E.
        let Some(Request::Ssi { data, permanent, .. }) = param_send(true, &[(0xEE, 1), (0x8A, 8), (654, 2)]) else { panic!() };
        assert_eq!((data.as_slice(), permanent), ([0xFF, 0xEE, 1, 0x8A, 8, 0xF1, 0x8E, 2].as_slice(), true));
        assert_eq!(parameters(&data), [(0xEE, 1), (0x8A, 8), (654, 2)]);
        assert_eq!(param_request(&[256]), Some(Request::Ssi { opcode: PARAM_REQUEST, permanent: false, data: vec![0xF0, 0x00] }));
        assert_eq!((param_request(&[0xF0]), param_request(&[2000])), (None, None));
        assert_eq!(parameters(&[0xFF]), [], "none of the requested ones is known");
        assert_eq!(param_request(&[1; 300]), None);
    }

    #[test]
    fn what_is_no_packet_is_told_apart() {
        assert_eq!(Packet::decode(&[]), Err(NoPacket::Short(6)));
        assert_eq!(Packet::decode(&[3, 1]), Err(NoPacket::BadLength));
        assert_eq!(Packet::decode(&[5, 0xF3, 0, 0, 1]), Err(NoPacket::Short(7)));
        assert_eq!(Packet::decode(&[4, 0xD0, 0, 0, 0xFF, 0x2D]), Err(NoPacket::BadChecksum(6)));
    }

    proptest! {
        #[test]
        fn what_is_encoded_is_decoded(opcode: u8, status: u8, data in prop::collection::vec(any::<u8>(), 0..=251), tail in prop::collection::vec(any::<u8>(), 0..9)) {
            let packet = Packet::from_host(opcode, status, data).unwrap();
            let mut bytes = packet.encode();
            let length = bytes.len();
            bytes.extend_from_slice(&tail);
            prop_assert_eq!(Packet::decode(&bytes), Ok((packet, length)));
        }

        #[test]
        fn one_flipped_bit_is_noticed(data in prop::collection::vec(any::<u8>(), 0..40), at: prop::sample::Index, bit in 0u8..8) {
            let mut bytes = Packet::from_host(DECODE_DATA, 0, data).unwrap().encode();
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
            prop_assert!(Packet::decode(&bytes).is_err() || at == 0);
        }

        #[test]
        fn no_bytes_bring_it_down(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = Packet::decode(&bytes);
            let _ = parameters(&bytes);
        }
    }
}
