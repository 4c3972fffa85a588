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

fn signal(line: &mut Line, ms: u64, signal: Signal) -> Vec<u8> {
    let mut out = Out::default();
    line.signal(stamp(ms), signal, &mut out);
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
    // A text comes before the command is repeated.
    ask(&mut line, 1_000, menu("REVINF."));
    feed(&mut line, 1_010, b"Product Name: Xenon\r\nBoot: 1.0\r\n");
    let Some(Ok(Reply::Menu(answers))) = feed(&mut line, 1_020, b"REVINF\x06.").done else { panic!() };
    assert!(answers[0].text.starts_with("Product Name: Xenon"));
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
    assert_eq!(came(&out), (vec![], None));
    let out = feed(&mut line, 10, b"\x03\x04B\r");
    assert_eq!(out.done, Some(Ok(Reply::Text(b"\x02ok\x03".to_vec()))));
    assert_eq!(payloads(&out), ["6901234567892", "B"]);
    assert_eq!(ask(&mut line, 20, Request::Host(b'R')).done, Some(Err(ExchangeError::Unsupported)), "a reset deafens it for half a minute");
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
    let mut out = Out::default();
    line.greet(stamp(0), &mut out);
    assert_eq!(out.bytes, b"E", "an agent that was killed may have left it disabled");
    assert_eq!(feed(&mut line, 10, b"A\r").bytes, b"D");
    // One more was on its way already.
    assert_eq!(feed(&mut line, 20, b"B\r").bytes, b"");
    assert_eq!(signal(&mut line, 30, Signal::Good), b"\x01");
    assert_eq!(signal(&mut line, 40, Signal::Wrong), b"FEE");
    assert_eq!(feed(&mut line, 50, b"C\r").bytes, b"D");
    assert_eq!(silence(&mut line, 9_000).bytes, b"");
    assert_eq!(silence(&mut line, 10_050).bytes, b"E", "no answer comes any more");
}

#[test]
fn host_ack_is_honeywells_way_of_holding() {
    let mut line = holding(Family::Honeywell);
    assert_eq!(feed(&mut line, 0, b"A\r").bytes, b"", "the scanner waits by itself");
    assert_eq!(signal(&mut line, 10, Signal::Wrong), b"\x1b8,\x1b8,");
}

#[test]
fn feedback_can_be_off_and_a_scanner_without_any_hears_nothing() {
    let speech = SpeechSettings { family: Family::Datalogic, feedback: false, ..SpeechSettings::default() };
    let mut quiet = Line::new(&FramingSettings::default(), speech, None);
    assert_eq!(signal(&mut quiet, 0, Signal::Good), b"");
    assert_eq!(signal(&mut quiet, 0, Signal::Trigger), b"T", "what is asked for is still done");
    let mut generic = holding(Family::Generic);
    assert_eq!(feed(&mut generic, 0, b"A\r").bytes, b"");
    assert_eq!(signal(&mut generic, 0, Signal::Good), b"");
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
    ) {
        let mut line = line(family);
        let (mut ms, mut seen) = (0, Vec::new());
        let mut take = |out: Out| seen.extend(payloads(&out));
        for (code, asks, answers) in &steps {
            if *asks && line.is_free() {
                let (request, answer): (_, &[u8]) = match family {
                    Family::Honeywell => (menu("CBRENA?."), b"CBRENA1\x06."),
                    Family::Newland => (menu("@CBRENA*"), b"\x02\x010000@CBRENA1\x06;\x03"),
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
        steps in prop::collection::vec((prop::collection::vec(any::<u8>(), 0..40), 0u64..3_000, 0u8..8), 0..20),
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
                3 => drop(signal(&mut line, ms, Signal::Good)),
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
