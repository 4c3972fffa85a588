//! Tests of the link: what is counted once, what is sent again, and that no stream brings it down.

use proptest::prelude::*;

use qitao_domain::work::Tone;

use super::super::Order;
use super::super::ssi::{BEEP, LED_OFF, LED_ON, NAK_DENIED, SCAN_DISABLE};
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

fn recorded(link: &mut SsiLink, ms: u64) -> Vec<u8> {
    let mut told = Told::default();
    link.recorded(stamp(ms), &mut told);
    told.bytes
}

fn disconnect(link: &mut SsiLink) -> Told {
    let mut told = Told::default();
    link.disconnect(&mut told);
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
    assert!(told.bytes.is_empty(), "not on disk yet");
    assert_eq!(recorded(&mut link, 20), ack());
    assert!(recorded(&mut link, 30).is_empty(), "once");
}

#[test]
fn a_code_is_acknowledged_before_the_decoder_gives_it_up_also_when_the_disk_is_slow() {
    let mut link = SsiLink::default();
    feed(&mut link, 0, &code(0, "A"));
    assert_eq!((link.withholds(), link.deadline_us()), (true, Some(WITHHOLD_US)));
    // Nothing is said to a decoder that waits for its acknowledgement.
    let mut told = Told::default();
    link.signal(stamp(100), Signal::Order(Order::Trigger), false, &mut told);
    assert!(told.bytes.is_empty() && silence(&mut link, 1_400).bytes.is_empty());
    let told = silence(&mut link, 1_500);
    assert_eq!(told.bytes, [ack(), Packet::order(ssi::START_SESSION).encode()].concat());
    assert!(!link.withholds() && recorded(&mut link, 1_600).is_empty());
}

#[test]
fn a_code_sent_again_over_the_next_connection_counts_once_for_as_long_as_the_decoder_tries() {
    for told_in_time in [false, true] {
        let mut link = SsiLink::default();
        assert_eq!(feed(&mut link, 0, &code(0, "A")).codes.len(), 1);
        if told_in_time {
            recorded(&mut link, 10);
        }
        disconnect(&mut link);
        for ms in [2_000, 4_000] {
            let told = feed(&mut link, ms, &code(RETRANSMIT, "A"));
            assert_eq!((told.codes.len(), told.bytes), (0, ack()));
            disconnect(&mut link);
        }
        let told = feed(&mut link, 60_000, &code(RETRANSMIT, "A"));
        assert_eq!(texts(&told), [("A", Framing::Whole)], "of a scan long after, whose first packet found nobody");
    }
}

#[test]
fn a_code_that_was_sent_before_anybody_listened_says_so() {
    let mut link = SsiLink::default();
    assert!(feed(&mut link, 0, &code(RETRANSMIT, "A")).codes[0].again);
    recorded(&mut link, 10);
    let mut broken = code(0, "B");
    broken[5] ^= 0x10;
    feed(&mut link, 100, &broken);
    assert!(!feed(&mut link, 200, &code(RETRANSMIT, "B")).codes[0].again, "it was seen to be broken here");
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
    // One that was not acknowledged yet is sent again in any case.
    assert_eq!(feed(&mut link, 61_000, &broken).codes.len(), 0);
    let told = feed(&mut link, 61_100, &code(RETRANSMIT, "6901234567892"));
    assert_eq!((told.codes.len(), told.bytes), (0, ack()));
    // While the first may still be on its way again nobody can tell: it is not counted twice, and not passed over in silence.
    assert_eq!(feed(&mut link, 62_000, &broken).codes.len(), 0);
    let told = feed(&mut link, 62_100, &code(RETRANSMIT, "6901234567892"));
    assert_eq!((texts(&told), &told.bytes), (vec![("6901234567892", Framing::Torn)], &ack()));
    assert!(feed(&mut link, 64_100, &code(RETRANSMIT, "6901234567892")).codes.is_empty(), "said once");
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
    assert_eq!(texts(&disconnect(&mut link)), [("half", Framing::Torn)]);
}

#[test]
fn a_packet_cut_off_is_asked_for_again_and_one_cut_off_by_the_plug_is_torn() {
    let mut link = SsiLink::default();
    let whole = code(0, "6901234567892");
    assert!(feed(&mut link, 0, &whole[..9]).bytes.is_empty());
    let told = silence(&mut link, 300);
    assert_eq!((told.codes.len(), told.bytes), (0, Packet::nak(NAK_RESEND).encode()));
    feed(&mut link, 400, &whole[..9]);
    assert_eq!(texts(&disconnect(&mut link)), [("6901", Framing::Torn)]);
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
    link.signal(stamp(0), Signal::Answer(Tone::Right), false, &mut told);
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
    link.signal(stamp(0), Signal::Order(Order::Disable), false, &mut told);
    assert_eq!(told.bytes[1], SCAN_DISABLE);
    assert!(silence(&mut link, 600).bytes.is_empty());
    let mut told = Told::default();
    link.signal(stamp(700), Signal::Order(Order::Enable), false, &mut told);
    link.signal(stamp(700), Signal::Answer(Tone::Wrong), true, &mut told);
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
    assert_eq!((told.codes.len(), told.done), (1, None));
    assert_eq!(recorded(&mut link, 15), ack());
    let told = feed(&mut link, 20, &decoder(PARAM_SEND, 0, &[0xFF, 0x8A, 8]));
    assert_eq!(told.done, Some(Ok(Reply::Ssi { opcode: PARAM_SEND, data: vec![0xFF, 0x8A, 8] })));
    assert!(told.bytes.is_empty(), "an answer is not acknowledged");
    ask(&mut link, 50);
    let told = feed(&mut link, 60, &decoder(REPLY_REVISION, 0, b"NBRFMAAC"));
    assert_eq!((told.done, told.bytes), (None, ack()), "what nobody asked for is no answer to what was asked");
    assert!(feed(&mut link, 70, &decoder(PARAM_SEND, 0, &[0xFF, 0x8A, 8])).done.is_some());
    ask(&mut link, 100);
    assert_eq!(feed(&mut link, 110, &decoder(CMD_NAK, 0, &[NAK_DENIED])).done, Some(Err(ExchangeError::Refused(NAK_DENIED))));
    ask(&mut link, 1_000);
    assert_eq!(silence(&mut link, 2_000).bytes[3], RETRANSMIT);
    assert_eq!(silence(&mut link, 3_000).bytes[3], RETRANSMIT);
    assert_eq!(silence(&mut link, 3_500).done, Some(Err(ExchangeError::Silent)));
    assert_eq!(link.deadline_us(), None);
    ask(&mut link, 5_000);
    assert_eq!(disconnect(&mut link).done, Some(Err(ExchangeError::Offline)));
}

#[test]
fn a_late_acknowledgement_of_a_beep_is_not_taken_for_the_answer_to_a_question() {
    let mut link = SsiLink::default();
    let mut told = Told::default();
    link.signal(stamp(0), Signal::Answer(Tone::Right), false, &mut told);
    let led = silence(&mut link, 600).bytes;
    assert_eq!((told.bytes[1], led[1], led[8]), (BEEP, LED_ON, LED_OFF), "not waited for any more");
    let mut told = Told::default();
    link.ask(stamp(700), Packet::from_host(PARAM_REQUEST, 0, vec![0x8A]).unwrap(), 1_500_000, &mut told);
    assert!(told.bytes.is_empty(), "the decoder has two seconds for the beep's answer");
    for ms in [900, 1_400, 1_900] {
        let told = feed(&mut link, ms, &decoder(CMD_ACK, 0, &[]));
        assert_eq!((told.done, told.bytes.len()), (None, 0));
    }
    assert_eq!(link.deadline_us(), Some(2_600_000));
    assert_eq!(silence(&mut link, 2_600).bytes[1], PARAM_REQUEST);
    assert_eq!(feed(&mut link, 2_610, &decoder(CMD_ACK, 0, &[])).done, None, "data was asked for");
    let told = feed(&mut link, 4_000, &decoder(PARAM_SEND, 0, &[0xFF, 0x8A, 8]));
    assert!(matches!(told.done, Some(Ok(Reply::Ssi { opcode: PARAM_SEND, .. }))), "its time counts from its turn: {told:?}");
}

#[test]
fn the_order_to_read_again_is_known_to_be_heard_by_its_own_answer_only() {
    let mut link = SsiLink::default();
    let enable = |link: &mut SsiLink, ms| link.signal(stamp(ms), Signal::Order(Order::Enable), false, &mut Told::default());
    enable(&mut link, 0);
    assert!(feed(&mut link, 10, &decoder(CMD_ACK, 0, &[])).enabled);
    link.signal(stamp(100), Signal::Answer(Tone::Wrong), false, &mut Told::default());
    silence(&mut link, 700);
    enable(&mut link, 800);
    assert!(!feed(&mut link, 900, &decoder(CMD_ACK, 0, &[])).enabled, "the beep's");
    enable(&mut link, 950);
    assert!(!feed(&mut link, 1_000, &decoder(CMD_ACK, 0, &[])).enabled, "that of the order before");
    enable(&mut link, 3_000);
    assert!(feed(&mut link, 3_010, &decoder(CMD_NAK, 0, &[NAK_DENIED])).enabled, "heard, and it cannot");
}

#[test]
fn an_echoing_line_does_not_talk_to_itself() {
    let mut link = SsiLink::default();
    let mut told = Told::default();
    link.signal(stamp(0), Signal::Answer(Tone::Wrong), false, &mut told);
    let echo = told.bytes;
    assert!(feed(&mut link, 5, &echo).bytes.is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: std::env::var("QITAO_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(256), ..ProptestConfig::default() })]

    /// Whatever is lost, repeated or cut, and however often the line goes away: codes come in order, each at most once, every one that the decoder heard
    /// an acknowledgement for, and none is acknowledged before it is on disk.
    #[test]
    fn a_lossy_line_never_counts_twice_and_never_loses_what_was_acknowledged(
        codes in prop::collection::vec("[0-9]{1,12}", 1..12),
        fates in prop::collection::vec(0u8..6, 40),
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
                let new: Vec<String> = told
                    .codes
                    .iter()
                    .filter(|code| code.framing == Framing::Whole)
                    .map(|code| String::from_utf8(code.data.clone()).unwrap())
                    .collect();
                prop_assert!(new.is_empty() || told.bytes.is_empty(), "acknowledged before it is on disk");
                counted.extend(new);
                // 3: the disk is slower than the decoder. 4: the line goes away before the acknowledgement, 5: it is lost with the line.
                if !matches!(fate, 3 | 4) {
                    link.recorded(stamp(ms + 5), &mut told);
                }
                if matches!(fate, 4 | 5) {
                    link.disconnect(&mut Told::default());
                }
                // 2: the acknowledgement is lost.
                if told.bytes == ack() && !matches!(fate, 2 | 5) {
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
