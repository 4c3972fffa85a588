//! Tests of the link: what is counted once, what is sent again, and that no stream brings it down.

use proptest::prelude::*;

use super::super::ssi::{BEEP, NAK_DENIED, PARAM_REQUEST, PARAM_SEND, SCAN_DISABLE};
use super::*;

fn stamp(ms: u64) -> Stamp {
    Stamp { wall_ms: 0, boot: 1, mono_us: ms * 1_000 }
}

fn decoder(opcode: u8, status: u8, data: &[u8]) -> Vec<u8> {
    Packet { opcode, source: 0, status, data: data.to_vec() }.encode()
}

fn code(status: u8, text: &str) -> Vec<u8> {
    decoder(DECODE_DATA, status, &[&[0x0B], text.as_bytes()].concat())
}

fn feed(link: &mut SsiLink, ms: u64, bytes: &[u8]) -> Told {
    let mut told = Told::default();
    link.feed(stamp(ms), bytes, &mut told);
    told
}

fn silence(link: &mut SsiLink, ms: u64) -> Told {
    let mut told = Told::default();
    link.silence(stamp(ms), &mut told);
    told
}

fn texts(told: &Told) -> Vec<(&str, Framing)> {
    told.codes.iter().map(|code| (std::str::from_utf8(&code.data).unwrap(), code.framing)).collect()
}

fn ack() -> Vec<u8> {
    Packet::order(CMD_ACK).encode()
}

#[test]
fn a_code_is_acknowledged_and_carries_its_symbology() {
    let mut link = SsiLink::default();
    let told = feed(&mut link, 0, &code(0, "6901234567892"));
    assert_eq!(texts(&told), [("6901234567892", Framing::Whole)]);
    assert_eq!(told.codes[0].symbology.unwrap().to_string(), "]E0");
    assert_eq!(told.bytes, ack());
}

#[test]
fn a_code_sent_again_because_its_acknowledgement_was_lost_counts_once() {
    let mut link = SsiLink::default();
    assert_eq!(feed(&mut link, 0, &code(0, "A")).codes.len(), 1);
    for ms in [2_000, 4_000] {
        let told = feed(&mut link, ms, &code(RETRANSMIT, "A"));
        assert_eq!((told.codes.len(), told.bytes), (0, ack()), "acknowledged, not counted");
    }
    assert_eq!(feed(&mut link, 5_000, &code(0, "A")).codes.len(), 1, "scanned once more");
}

#[test]
fn a_code_broken_on_the_way_is_asked_for_again_and_counts() {
    let mut link = SsiLink::default();
    let mut broken = code(0, "6901234567892");
    broken[7] ^= 0x10;
    let told = feed(&mut link, 0, &broken);
    assert_eq!((told.codes.len(), told.bytes), (0, Packet::nak(NAK_RESEND).encode()));
    assert_eq!(texts(&feed(&mut link, 100, &code(RETRANSMIT, "6901234567892"))), [("6901234567892", Framing::Whole)]);
    // The same code scanned once more, broken once more, long after the first can have been sent again.
    assert_eq!(feed(&mut link, 60_000, &broken).codes.len(), 0);
    assert_eq!(feed(&mut link, 60_100, &code(RETRANSMIT, "6901234567892")).codes.len(), 1);
    // While the first may still be on its way again nobody can tell; it counts once.
    assert_eq!(feed(&mut link, 61_000, &broken).codes.len(), 0);
    assert_eq!(feed(&mut link, 61_100, &code(RETRANSMIT, "6901234567892")).codes.len(), 0);
}

#[test]
fn a_code_in_several_packets_is_put_together() {
    let mut link = SsiLink::default();
    assert!(feed(&mut link, 0, &code(CONTINUATION, "one ")).codes.is_empty());
    // The acknowledgement was lost.
    assert!(feed(&mut link, 2_000, &code(CONTINUATION | RETRANSMIT, "one ")).codes.is_empty());
    assert!(feed(&mut link, 2_100, &code(CONTINUATION, "two ")).codes.is_empty());
    assert_eq!(texts(&feed(&mut link, 2_200, &code(0, "three"))), [("one two three", Framing::Whole)]);
}

#[test]
fn a_code_whose_rest_never_comes_is_torn() {
    let mut link = SsiLink::default();
    feed(&mut link, 0, &code(CONTINUATION, "half"));
    let deadline = link.deadline_us().unwrap() / 1_000;
    assert_eq!(texts(&silence(&mut link, deadline)), [("half", Framing::Torn)]);
    feed(&mut link, 20_000, &code(CONTINUATION, "half"));
    let mut told = Told::default();
    link.disconnect(&mut told);
    assert_eq!(texts(&told), [("half", Framing::Torn)]);
}

#[test]
fn a_packet_cut_off_is_asked_for_again_and_one_cut_off_by_the_plug_is_torn() {
    let mut link = SsiLink::default();
    let whole = code(0, "6901234567892");
    assert!(feed(&mut link, 0, &whole[..9]).bytes.is_empty());
    let told = silence(&mut link, 300);
    assert_eq!((told.codes.len(), told.bytes), (0, Packet::nak(NAK_RESEND).encode()));
    feed(&mut link, 400, &whole[..9]);
    let mut told = Told::default();
    link.disconnect(&mut told);
    assert_eq!(texts(&told), [("6901", Framing::Torn)]);
}

#[test]
fn text_on_a_line_of_packets_is_seen() {
    let mut link = SsiLink::default();
    feed(&mut link, 0, b"6901234567892\r");
    assert_eq!(texts(&silence(&mut link, 300)), [("6901234567892\r", Framing::Torn)]);
}

#[test]
fn orders_go_one_by_one_and_are_sent_again_when_asked_for() {
    let mut link = SsiLink::default();
    let mut told = Told::default();
    link.signal(stamp(0), Signal::Good, false, &mut told);
    let beep = Packet::from_host(BEEP, 0, vec![0]).unwrap();
    assert_eq!(told.bytes, beep.encode(), "the light waits for the beep's answer");
    let told = feed(&mut link, 10, &decoder(CMD_NAK, 0, &[NAK_RESEND]));
    assert_eq!(told.bytes, Packet { status: RETRANSMIT, ..beep }.encode());
    let told = feed(&mut link, 20, &decoder(CMD_ACK, 0, &[]));
    assert_eq!(told.bytes[1], ssi::LED_ON);
    assert!(feed(&mut link, 30, &decoder(CMD_NAK, 0, &[NAK_DENIED])).bytes.is_empty(), "no LED: so be it");
    assert_eq!(link.deadline_us(), Some(300_000));
    assert_eq!(silence(&mut link, 300).bytes[1], ssi::LED_OFF);
}

#[test]
fn a_decoder_that_never_acknowledges_is_not_waited_for() {
    let mut link = SsiLink::default();
    let mut told = Told::default();
    link.signal(stamp(0), Signal::Disable, false, &mut told);
    assert_eq!(told.bytes[1], SCAN_DISABLE);
    assert!(silence(&mut link, 600).bytes.is_empty());
    let mut told = Told::default();
    link.signal(stamp(700), Signal::Enable, false, &mut told);
    link.signal(stamp(700), Signal::Wrong, true, &mut told);
    assert_eq!(told.bytes.len(), 6 + 7 + 7, "all at once");
    assert_eq!(link.deadline_us(), None);
}

#[test]
fn a_question_is_answered_refused_or_given_up() {
    let ask = |link: &mut SsiLink, ms: u64| {
        let mut told = Told::default();
        link.ask(stamp(ms), Packet::from_host(PARAM_REQUEST, 0, vec![0x8A]).unwrap(), 2_500_000, &mut told);
        told
    };
    let mut link = SsiLink::default();
    assert_eq!(ask(&mut link, 0).bytes[1], PARAM_REQUEST);
    // The operator scans in between.
    let told = feed(&mut link, 10, &code(0, "A"));
    assert_eq!((told.codes.len(), told.bytes, told.done), (1, ack(), None));
    let told = feed(&mut link, 20, &decoder(PARAM_SEND, 0, &[0xFF, 0x8A, 8]));
    assert_eq!(told.done, Some(Ok(Reply::Ssi { opcode: PARAM_SEND, data: vec![0xFF, 0x8A, 8] })));
    assert!(told.bytes.is_empty(), "an answer is not acknowledged");
    ask(&mut link, 100);
    assert_eq!(feed(&mut link, 110, &decoder(CMD_NAK, 0, &[NAK_DENIED])).done, Some(Err(ExchangeError::Refused(NAK_DENIED))));
    ask(&mut link, 1_000);
    assert_eq!(silence(&mut link, 2_000).bytes[3], RETRANSMIT);
    assert_eq!(silence(&mut link, 3_000).bytes[3], RETRANSMIT);
    assert_eq!(silence(&mut link, 3_500).done, Some(Err(ExchangeError::Silent)));
    assert_eq!(link.deadline_us(), None);
    ask(&mut link, 5_000);
    let mut told = Told::default();
    link.disconnect(&mut told);
    assert_eq!(told.done, Some(Err(ExchangeError::Offline)));
}

#[test]
fn an_echoing_line_does_not_talk_to_itself() {
    let mut link = SsiLink::default();
    let mut told = Told::default();
    link.signal(stamp(0), Signal::Wrong, false, &mut told);
    let echo = told.bytes;
    assert!(feed(&mut link, 5, &echo).bytes.is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: std::env::var("QITAO_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(256), ..ProptestConfig::default() })]

    /// Whatever is lost, repeated or cut: codes come in order, each at most once, and every one that the decoder heard an acknowledgement for.
    #[test]
    fn a_lossy_line_never_counts_twice_and_never_loses_what_was_acknowledged(
        codes in prop::collection::vec("[0-9]{1,12}", 1..12),
        fates in prop::collection::vec(0u8..4, 40),
        cuts in prop::collection::vec(1usize..30, 40),
    ) {
        let mut link = SsiLink::default();
        let (mut ms, mut fates, mut cuts) = (0, fates.into_iter().cycle(), cuts.into_iter().cycle());
        let (mut counted, mut acknowledged) = (Vec::new(), Vec::new());
        for (n, text) in codes.iter().enumerate() {
            // Made different, as two scans of one code are told apart by the bit alone.
            let text = format!("{n}-{text}");
            for attempt in 0..3 {
                let mut bytes = code(if attempt > 0 { RETRANSMIT } else { 0 }, &text);
                let fate = fates.next().unwrap();
                if fate == 1 {
                    let at = bytes.len() / 2;
                    bytes[at] ^= 0x40;
                }
                let mut told = Told::default();
                for piece in bytes.chunks(cuts.next().unwrap()) {
                    link.feed(stamp(ms), piece, &mut told);
                }
                counted.extend(told.codes.iter().map(|code| String::from_utf8(code.data.clone()).unwrap()));
                // Fate 2: the acknowledgement is lost.
                if told.bytes == ack() && fate != 2 {
                    acknowledged.push(text.clone());
                    break;
                }
                ms += 2_000;
            }
            ms += 100;
        }
        let mut unique = counted.clone();
        unique.dedup();
        prop_assert_eq!(&counted, &unique, "counted twice");
        prop_assert!(acknowledged.iter().all(|text| counted.contains(text)), "{acknowledged:?} {counted:?}");
    }

    #[test]
    fn no_stream_brings_it_down(pieces in prop::collection::vec((prop::collection::vec(any::<u8>(), 0..60), 0u64..900), 0..20)) {
        let mut link = SsiLink::default();
        let mut ms = 0;
        for (piece, pause) in pieces {
            ms += pause;
            let _ = silence(&mut link, ms);
            let _ = feed(&mut link, ms, &piece);
        }
        link.disconnect(&mut Told::default());
    }
}
