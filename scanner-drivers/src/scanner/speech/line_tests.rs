//! Tests of the line: codes and answers on one wire, holding, and that no stream brings it down.

use proptest::prelude::*;

use super::super::menu::{Answer, Status};
use super::super::ssi;
use super::*;

fn stamp(ms: u64) -> Stamp {
    Stamp { wall_ms: 0, boot: 1, mono_us: ms * 1_000 }
}

fn line(family: Family) -> Line {
    Line::new(&FramingSettings::default(), SpeechSettings { family, ..SpeechSettings::default() }, None)
}

fn holding(family: Family) -> Line {
    Line::new(&FramingSettings::default(), SpeechSettings { family, hold: true, ..SpeechSettings::default() }, None)
}

fn feed(line: &mut Line, ms: u64, bytes: &[u8]) -> Out {
    let mut out = Out::default();
    line.feed(stamp(ms), bytes, &mut out);
    out
}

fn silence(line: &mut Line, ms: u64) -> Out {
    let mut out = Out::default();
    line.silence(stamp(ms), &mut out);
    out
}

fn ask(line: &mut Line, ms: u64, request: Request) -> Out {
    let mut out = Out::default();
    line.ask(stamp(ms), request, 1_000_000, &mut out);
    out
}

fn answer(line: &mut Line, ms: u64, number: u64, tone: Tone) -> Vec<u8> {
    let mut out = Out::default();
    line.answer(stamp(ms), number, tone, &mut out);
    out.bytes
}

fn connect(line: &mut Line, ms: u64) -> Vec<u8> {
    let mut out = Out::default();
    line.connect(stamp(ms), None, &mut out);
    out.bytes
}

fn payloads(out: &Out) -> Vec<String> {
    out.frames.iter().map(|frame| String::from_utf8(frame.payload.clone()).unwrap()).collect()
}

/// Codes and the end of the question.
fn came(out: &Out) -> (Vec<String>, Option<Result<Reply, ExchangeError>>) {
    (payloads(out), out.done.clone())
}

fn menu(text: &str) -> Request {
    Request::Menu(text.into())
}

fn answered(text: &str, status: Status) -> Option<Result<Reply, ExchangeError>> {
    Some(Ok(Reply::Menu(vec![Answer { text: text.into(), status }])))
}

#[test]
fn a_honeywell_answer_is_told_from_the_codes_around_it() {
    let mut line = line(Family::Honeywell);
    assert_eq!(ask(&mut line, 0, menu("CBRENA?.")).bytes, b"\x16M\rCBRENA?.");
    let out = feed(&mut line, 10, b"6901234567892\rCBR");
    assert_eq!(came(&out), (vec!["6901234567892".to_owned()], None));
    let out = feed(&mut line, 20, b"ENA1\x06.QT-OK\r");
    assert_eq!(out.done, answered("CBRENA1", Status::Ok));
    assert_eq!(payloads(&out), ["QT-OK"]);
    assert!(line.is_free());
}

#[test]
fn refusals_and_answers_without_their_last_mark_are_understood() {
    let mut line = line(Family::Honeywell);
    ask(&mut line, 0, menu("CBRENA7!"));
    assert_eq!(feed(&mut line, 10, b"CBRENA7\x15!").done, answered("CBRENA7", Status::BadValue));
    ask(&mut line, 100, menu("cbrena?."));
    assert_eq!(feed(&mut line, 110, b"CBRENA1\x06").done, None);
    assert_eq!(silence(&mut line, 600).done, answered("CBRENA1", Status::Ok));
}

#[test]
fn a_text_comes_before_its_command_is_repeated_and_codes_between_its_lines_are_codes() {
    let mut line = line(Family::Honeywell);
    ask(&mut line, 0, menu("REVINF."));
    assert_eq!(payloads(&feed(&mut line, 10, b"6901234567892\rProduct Name: Xenon\r\nA-01\rBoot: 1")), ["6901234567892", "A-01"]);
    let out = feed(&mut line, 20, b".0\r\nB-02REVINF\x06.QT-OK\r");
    let Some(Ok(Reply::Menu(answers))) = &out.done else { panic!("{:?}", out.done) };
    assert_eq!(answers[0].text, "Product Name: Xenon\r\nBoot: 1.0\r\nREVINF");
    assert_eq!(payloads(&out), ["B-02QT-OK"], "without line ends two codes run together, as ever");
    // One that breaks off is rather seen as codes than a code is lost.
    ask(&mut line, 1_000, menu("REVINF."));
    assert!(payloads(&feed(&mut line, 1_010, b"Boot: 1.0\r")).is_empty());
    assert_eq!(payloads(&feed(&mut line, 1_020, b"690123\r")), ["690123"]);
    assert_eq!(payloads(&silence(&mut line, 1_500)), ["Boot: 1.0"]);
    // Nor is anything held without an end.
    ask(&mut line, 20_000, menu("REVINF."));
    let seen: usize = (0..40).map(|n| feed(&mut line, 20_010 + n, &[b'x'; 1_000]).frames.len()).sum();
    assert_eq!(seen, 1, "too long for a code, and told as that");
}

#[test]
fn a_code_that_begins_like_an_answer_or_hangs_on_to_one_that_broke_off_is_seen() {
    let mut honeywell = line(Family::Honeywell);
    ask(&mut honeywell, 0, menu("CBRENA?."));
    feed(&mut honeywell, 10, b"CBRENA-77\r");
    assert_eq!(payloads(&silence(&mut honeywell, 410)), ["CBRENA-77"]);
    feed(&mut honeywell, 500, b"CBRE6901234567892\r");
    feed(&mut honeywell, 510, b"CBRENA6901234567892\r");
    let mut out = Out::default();
    honeywell.disconnect(&mut out);
    assert_eq!(payloads(&out), ["CBRENA6901234567892"]);
    // A code without a line end whose last letter may begin the answer is one code.
    let mut bare = line(Family::Honeywell);
    ask(&mut bare, 0, menu("CBRENA?."));
    feed(&mut bare, 10, b"690C");
    let mut seen = Vec::new();
    while let Some(at) = bare.deadline_us().filter(|_| seen.is_empty()) {
        seen = payloads(&silence(&mut bare, at / 1_000));
    }
    assert_eq!(seen, ["690C"]);

    let mut datalogic = line(Family::Datalogic);
    ask(&mut datalogic, 0, Request::Host(b'h'));
    assert_eq!(payloads(&feed(&mut datalogic, 10, b"6901234567892\r\x01\x02G93")), ["6901234567892"], "nothing that is no answer waits");
    assert!(payloads(&silence(&mut datalogic, 410)).is_empty());
    feed(&mut datalogic, 420, b"\x01\x02G936901234567892\r");
    assert_eq!(silence(&mut datalogic, 820).frames.len(), 1);

    let mut newland = line(Family::Newland);
    feed(&mut newland, 0, b"\x02\x010000@CBR");
    assert!(silence(&mut newland, 400).frames.is_empty());
    feed(&mut newland, 500, b"\x02\x010000@CBR6901234567892\r");
    assert_eq!(silence(&mut newland, 900).frames.len(), 1);
}

#[test]
fn a_code_is_let_go_though_the_scanner_never_answers() {
    let mut line = line(Family::Honeywell);
    ask(&mut line, 0, menu("CBRENA?."));
    // Without a line end, and beginning as the answer might.
    assert!(payloads(&feed(&mut line, 10, b"CB")).is_empty());
    assert_eq!(payloads(&silence(&mut line, 410)), ["CB"]);
    let out = silence(&mut line, 1_000);
    assert_eq!(came(&out), (vec![], Some(Err(ExchangeError::Silent))));
    // Too late: no answer any more, and no code either.
    let out = feed(&mut line, 2_000, b"CBRENA1\x06.");
    assert_eq!(came(&out), (vec![], None));
    assert_eq!(payloads(&feed(&mut line, 2_100, b"6901234567892\r")), ["6901234567892"]);
}

#[test]
fn an_answer_that_breaks_off_is_no_code() {
    let mut line = line(Family::Honeywell);
    ask(&mut line, 0, menu("CBRENA?."));
    feed(&mut line, 10, b"CBRENA");
    assert!(payloads(&silence(&mut line, 500)).is_empty());
    let out = silence(&mut line, 1_000);
    assert_eq!(came(&out), (vec![], Some(Err(ExchangeError::Silent))));
    ask(&mut line, 1_100, menu("CBRENA?."));
    feed(&mut line, 1_110, b"CBRENA");
    let mut out = Out::default();
    line.disconnect(&mut out);
    assert_eq!(came(&out), (vec![], Some(Err(ExchangeError::Offline))));
}

#[test]
fn newland_answers_are_taken_out_also_when_they_are_late_or_answer_a_beep() {
    let mut line = line(Family::Newland);
    assert_eq!(ask(&mut line, 0, menu("@C11MIN*,MAX*")).bytes, b"~\x010000@C11MIN*,MAX*;\x03");
    let out = feed(&mut line, 10, b"A-01\r\x02\x010000#BEEPON2700F60T20V\x05;\x03\x02\x010000@C11MIN12\x06,MAX22\x06;\x03");
    assert_eq!(payloads(&out), ["A-01"]);
    let Some(Ok(Reply::Menu(answers))) = out.done else { panic!("{:?}", out.done) };
    assert_eq!(answers.iter().map(|answer| answer.text.as_str()).collect::<Vec<_>>(), ["@C11MIN12", "MAX22"]);
    ask(&mut line, 100, menu("@C11ENA1"));
    assert_eq!(silence(&mut line, 1_100).done, Some(Err(ExchangeError::Silent)));
    let out = feed(&mut line, 60_000, b"\x02\x010000@C11ENA1\x06;\x03");
    assert_eq!(came(&out), (vec![], None));
}

#[test]
fn datalogic_answers_between_their_marks() {
    let mut line = line(Family::Datalogic);
    assert_eq!(ask(&mut line, 0, Request::Host(b'h')).bytes, b"h");
    let out = feed(&mut line, 5, b"6901234567892\r\x01\x02ok");
    assert_eq!(came(&out), (vec!["6901234567892".to_owned()], None));
    let out = feed(&mut line, 10, b"\x03\x04B\r\x01\x02ok\x03\x04C\r");
    assert_eq!(out.done, Some(Ok(Reply::Text(b"\x02ok\x03".to_vec()))));
    assert_eq!(payloads(&out), ["B", "C"], "also when it says everything twice");
    assert_eq!(ask(&mut line, 20, Request::Host(b'R')).done, Some(Err(ExchangeError::Unsupported)), "a reset deafens it for half a minute");
}

#[test]
fn datalogics_service_mode_answers_in_lines_and_codes_around_them_are_codes() {
    let mut line = line(Family::Datalogic);
    let service = |text: &str| Request::Service(text.into());
    assert_eq!(ask(&mut line, 0, service("$cC8EN")).bytes, b"$cC8EN\r");
    let out = feed(&mut line, 5, b"6901234567892\r690$>1");
    assert_eq!(came(&out), (vec!["6901234567892".to_owned()], None), "what begins in the middle of a code is part of it");
    let out = feed(&mut line, 6, b"\r$");
    assert_eq!(came(&out), (vec!["690$>1".to_owned()], None));
    let out = feed(&mut line, 10, b">01\r$>01\r$12.50\r");
    assert_eq!(out.done, Some(Ok(Reply::Text(b"$>01".to_vec()))));
    assert_eq!(payloads(&out), ["$12.50"], "also when it says everything twice; a price is a code");
    assert_eq!(ask(&mut line, 20, service("$CC8EN01")).done, None);
    assert_eq!(feed(&mut line, 25, b"$@\r").done, Some(Ok(Reply::Text(b"$@".to_vec()))));
    assert_eq!(ask(&mut line, 30, service("$S\r$Ar")).done, Some(Err(ExchangeError::Unsupported)), "one command at a time");
    assert_eq!(ask(&mut super::tests::line(Family::Honeywell), 0, service("$S")).done, Some(Err(ExchangeError::Unsupported)));
}

#[test]
fn who_cannot_be_asked_says_so_and_nothing_is_written() {
    for family in [Family::Generic, Family::ZebraSimple, Family::Ssi, Family::DatalogicEscape] {
        let out = ask(&mut line(family), 0, menu("CBRENA?."));
        assert_eq!((out.done, out.bytes), (Some(Err(ExchangeError::Unsupported)), vec![]));
    }
    assert_eq!(ask(&mut line(Family::Honeywell), 0, menu("CBRENA\r\n.")).done, Some(Err(ExchangeError::Unsupported)));
}

#[test]
fn a_held_scanner_reads_again_when_it_was_answered() {
    let mut line = holding(Family::Datalogic);
    assert_eq!(connect(&mut line, 0), b"E", "an agent that was killed may have left it disabled");
    assert_eq!(feed(&mut line, 10, b"A\r").bytes, b"D");
    // One more was on its way already.
    assert_eq!(feed(&mut line, 20, b"B\r").bytes, b"");
    assert_eq!(answer(&mut line, 30, 1, Tone::Right), b"\x01");
    assert_eq!(answer(&mut line, 40, 2, Tone::Wrong), b"FEE");
    assert_eq!(feed(&mut line, 50, b"C\r").bytes, b"D");
    assert_eq!(silence(&mut line, 9_000).bytes, b"");
    assert_eq!(silence(&mut line, 10_050).bytes, b"E", "no answer comes any more");
}

#[test]
fn an_answer_that_comes_too_late_says_nothing_of_the_code_that_was_read_meanwhile() {
    let mut line = holding(Family::Datalogic);
    feed(&mut line, 0, b"A\r");
    assert_eq!(silence(&mut line, 10_000).bytes, b"E");
    assert_eq!(feed(&mut line, 10_100, b"B\r").bytes, b"D");
    assert_eq!(answer(&mut line, 10_200, 1, Tone::Right), b"", "B is not on disk yet");
    assert_eq!(answer(&mut line, 10_300, 2, Tone::Wrong), b"FEE");
    // The plug comes out in the middle of a code.
    feed(&mut line, 10_400, b"C\r690");
    let mut out = Out::default();
    line.disconnect(&mut out);
    assert_eq!((payloads(&out), line.number()), (vec!["690".to_owned()], 4));
    assert_eq!((connect(&mut line, 11_000), feed(&mut line, 11_100, b"D\r").bytes), (b"E".to_vec(), b"D".to_vec()));
    for number in [3, 4] {
        assert_eq!(answer(&mut line, 11_200, number, Tone::Right), b"");
    }
    assert_eq!(answer(&mut line, 11_300, 5, Tone::Right), b"\x01E");
}

#[test]
fn the_order_to_read_again_is_given_until_it_was_heard() {
    let held = || {
        let mut line = holding(Family::Datalogic);
        feed(&mut line, 0, b"A\r");
        assert_eq!(answer(&mut line, 100, 1, Tone::Right), b"\x01E");
        line
    };
    // Nobody can tell that a byte was lost: it is said three times, or until a code shows that it was heard.
    let mut lost = held();
    assert_eq!([2_100, 4_100, 6_100].map(|ms| silence(&mut lost, ms).bytes), [b"E".to_vec(), b"E".to_vec(), vec![]]);
    assert_eq!(lost.deadline_us(), None);
    let mut heard = held();
    assert_eq!(feed(&mut heard, 200, b"B\r").bytes, b"D");
    assert_eq!(silence(&mut heard, 3_000).bytes, b"");
    // A line that takes no bytes is told so for as long as it takes none.
    let mut stuck = held();
    for n in 1..20 {
        stuck.unsaid();
        assert_eq!(silence(&mut stuck, 100 + n * 2_000).bytes, b"E");
    }
    // Somebody wants it disabled meanwhile.
    let mut out = Out::default();
    stuck.order(stamp(50_000), Order::Disable, &mut out);
    assert_eq!((out.bytes.as_slice(), silence(&mut stuck, 60_000).bytes, stuck.deadline_us()), (b"D".as_slice(), vec![], None));
}

fn packet(status: u8, text: &[u8]) -> Vec<u8> {
    Packet { opcode: ssi::DECODE_DATA, source: 0, status, data: [&[0x03], text].concat() }.encode()
}

fn said_by_decoder(opcode: u8) -> Vec<u8> {
    Packet { source: 0, ..Packet::order(opcode) }.encode()
}

#[test]
fn a_decoder_is_held_by_its_acknowledgement_and_disabled_only_when_that_cannot_wait() {
    let (ack, enable) = (Packet::order(ssi::CMD_ACK).encode(), Packet::order(ssi::SCAN_ENABLE).encode());
    let mut line = holding(Family::Ssi);
    let out = feed(&mut line, 0, &packet(0, b"A"));
    assert_eq!((payloads(&out), out.bytes, line.withholds()), (vec!["A".to_owned()], vec![], true));
    let said = answer(&mut line, 20, 1, Tone::Wrong);
    assert_eq!((&said[..6], said[7]), (ack.as_slice(), ssi::BEEP));
    feed(&mut line, 30, &said_by_decoder(ssi::CMD_ACK));
    assert_eq!(line.deadline_us(), None, "it was never disabled");
    // The disk is slow.
    feed(&mut line, 1_000, &packet(0, b"B"));
    assert_eq!(silence(&mut line, 2_500).bytes, [ack, Packet::order(ssi::SCAN_DISABLE).encode()].concat());
    feed(&mut line, 2_510, &said_by_decoder(ssi::CMD_ACK));
    assert_eq!(answer(&mut line, 3_000, 2, Tone::Wrong)[1], ssi::BEEP);
    assert_eq!(feed(&mut line, 3_010, &said_by_decoder(ssi::CMD_ACK)).bytes, enable);
    // It, or its answer, is lost on the way.
    assert_eq!(silence(&mut line, 3_610).bytes, b"");
    assert_eq!(silence(&mut line, 5_000).bytes, enable);
    feed(&mut line, 5_010, &said_by_decoder(ssi::CMD_ACK));
    assert_eq!(silence(&mut line, 7_000).bytes, enable);
    feed(&mut line, 7_010, &said_by_decoder(ssi::CMD_ACK));
    assert_eq!(line.deadline_us(), None);
}

#[test]
fn a_code_that_an_agent_before_this_one_took_is_not_taken_again_when_it_is_sent_again() {
    let speech = SpeechSettings { family: Family::Ssi, ..SpeechSettings::default() };
    let taken = Taken { payload: b"A".to_vec(), at: stamp(1_000) };
    let first = |ms: u64, status: u8, text: &[u8]| {
        let mut line = Line::new(&FramingSettings::default(), speech, Some(taken.clone()));
        let out = feed(&mut line, ms, &packet(status, text));
        (payloads(&out).len(), out.bytes == Packet::order(ssi::CMD_ACK).encode(), line.number())
    };
    assert_eq!(first(3_000, ssi::RETRANSMIT, b"A\r"), (0, true, 0), "acknowledged, not counted");
    assert_eq!(first(3_000, 0, b"A"), (1, false, 1), "scanned once more");
    assert_eq!(first(3_000, ssi::RETRANSMIT, b"B"), (1, false, 1));
    assert_eq!(first(9_000, ssi::RETRANSMIT, b"A"), (1, false, 1), "long after");
}

#[test]
fn host_ack_is_honeywells_way_of_holding() {
    let mut line = holding(Family::Honeywell);
    assert_eq!(feed(&mut line, 0, b"A\r").bytes, b"", "the scanner waits by itself");
    assert_eq!(answer(&mut line, 10, 1, Tone::Wrong), b"\x1b8,\x1b8,");
    assert_eq!(line.deadline_us(), None);
}

#[test]
fn feedback_can_be_off_and_a_scanner_without_any_hears_nothing() {
    let speech = SpeechSettings { family: Family::Datalogic, feedback: false, ..SpeechSettings::default() };
    let mut quiet = Line::new(&FramingSettings::default(), speech, None);
    feed(&mut quiet, 0, b"A\r");
    assert_eq!(answer(&mut quiet, 10, 1, Tone::Right), b"");
    let mut out = Out::default();
    quiet.order(stamp(20), Order::Trigger, &mut out);
    assert_eq!(out.bytes, b"T", "what is asked for is still done");
    let mut generic = holding(Family::Generic);
    assert_eq!(feed(&mut generic, 0, b"A\r").bytes, b"");
    assert_eq!(answer(&mut generic, 10, 1, Tone::Right), b"");
}

#[test]
fn packets_lose_prefix_suffix_and_line_end_and_keep_the_better_symbology() {
    let framing = FramingSettings { prefix: b"#".to_vec(), suffix: b"*".to_vec(), ..FramingSettings::default() };
    let mut line = Line::new(&framing, SpeechSettings { family: Family::Ssi, ..SpeechSettings::default() }, None);
    let packet = |kind: u8, text: &[u8]| Packet { opcode: ssi::DECODE_DATA, source: 0, status: 0, data: [&[kind], text].concat() }.encode();
    let out = feed(&mut line, 0, &[packet(0x03, b"#]C1010690*\r\n"), packet(0x1C, b"\xe9\xbd\x90")].concat());
    assert_eq!((out.frames[0].payload.as_slice(), out.frames[0].symbology.unwrap().to_string().as_str()), (b"010690".as_slice(), "]C1"));
    assert_eq!((payloads(&out)[1].as_str(), out.frames[1].symbology.unwrap().to_string().as_str()), ("齐", "]Q1"));
}

fn family() -> impl Strategy<Value = Family> {
    prop::sample::select(vec![
        Family::Generic,
        Family::Honeywell,
        Family::Ssi,
        Family::ZebraSimple,
        Family::Newland,
        Family::Datalogic,
        Family::DatalogicEscape,
    ])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: std::env::var("QITAO_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(256), ..ProptestConfig::default() })]

    /// Codes of letters and digits, questions asked at any time and answered or not: every code comes out once, in order.
    #[test]
    fn questions_never_cost_a_code(
        family in prop::sample::select(vec![Family::Honeywell, Family::Newland, Family::Datalogic]),
        steps in prop::collection::vec(("[A-Z0-9]{1,14}", any::<bool>(), any::<bool>()), 1..12),
        mode: bool,
    ) {
        let mut line = line(family);
        let (mut ms, mut seen) = (0, Vec::new());
        let mut take = |out: Out| seen.extend(payloads(&out));
        for (code, asks, answers) in &steps {
            if *asks && line.is_free() {
                let (request, answer): (_, &[u8]) = match family {
                    Family::Honeywell if mode => (menu("REVINF."), b"Product Name: Xenon\r\nREVINF\x06."),
                    Family::Honeywell => (menu("CBRENA?."), b"CBRENA1\x06."),
                    Family::Newland => (menu("@CBRENA*"), b"\x02\x010000@CBRENA1\x06;\x03"),
                    _ if mode => (Request::Service("$cC8EN".into()), b"$>01\r"),
                    _ => (Request::Host(b'i'), b"\x01\x02x\x03\x04"),
                };
                take(ask(&mut line, ms, request));
                if *answers {
                    take(feed(&mut line, ms + 1, answer));
                }
            }
            take(feed(&mut line, ms + 2, format!("{code}\r").as_bytes()));
            ms += 450;
            take(silence(&mut line, ms));
        }
        for _ in 0..3 {
            ms += 6_000;
            take(silence(&mut line, ms));
        }
        prop_assert_eq!(seen, steps.into_iter().map(|(code, _, _)| code).collect::<Vec<_>>());
    }

    #[test]
    fn no_stream_brings_it_down(
        family in family(),
        hold: bool,
        steps in prop::collection::vec((prop::collection::vec(any::<u8>(), 0..40), 0u64..3_000, 0u8..9), 0..20),
    ) {
        let mut line = if hold { holding(family) } else { line(family) };
        let mut ms = 0;
        for (bytes, pause, what) in steps {
            ms += pause;
            let _ = silence(&mut line, ms);
            match what {
                0 if line.is_free() => drop(ask(&mut line, ms, menu("CBRENA?."))),
                1 if line.is_free() => drop(ask(&mut line, ms, menu("@CBRENA*"))),
                2 if line.is_free() => drop(ask(&mut line, ms, Request::Ssi { opcode: 0xC7, permanent: true, data: bytes.clone() })),
                3 => {
                    let number = line.number();
                    drop(answer(&mut line, ms, number, Tone::Right));
                }
                5 if line.is_free() => drop(ask(&mut line, ms, menu("REVINF."))),
                6 => line.unsaid(),
                8 if line.is_free() => drop(ask(&mut line, ms, Request::Service("$S".into()))),
                7 => drop(connect(&mut line, ms)),
                4 => line.disconnect(&mut Out::default()),
                _ => {}
            }
            let _ = feed(&mut line, ms, &bytes);
        }
        // Left alone, it comes to rest: a deadline that stays would wake the worker for ever.
        let mut now = stamp(ms);
        for _ in 0..64 {
            let Some(at) = line.deadline_us() else { break };
            now.mono_us = at.max(now.mono_us);
            line.silence(now, &mut Out::default());
        }
        prop_assert_eq!(line.deadline_us(), None);
    }
}
