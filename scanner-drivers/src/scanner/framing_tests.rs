//! Tests of framing: every mark, every kind of damage, and the law that the cutting into reads does not matter.

use proptest::prelude::*;

use super::*;

fn stamp(us: u64) -> Stamp {
    Stamp { wall_ms: 0, boot: 1, mono_us: us }
}

fn frames(settings: FramingSettings, bytes: &[u8]) -> Vec<Frame> {
    let mut framer = Framer::new(settings);
    let mut out = Vec::new();
    framer.feed(stamp(0), bytes, &mut out);
    out
}

fn texts(frames: &[Frame]) -> Vec<(&str, Framing)> {
    frames.iter().map(|f| (std::str::from_utf8(&f.payload).unwrap(), f.framing)).collect()
}

#[test]
fn cr_lf_and_crlf_all_end_a_line() {
    let out = frames(FramingSettings::default(), b"6901234567892\rA-01\nB-02\r\nC\n\r\n");
    let whole = Framing::Whole;
    assert_eq!(texts(&out), [("6901234567892", whole), ("A-01", whole), ("B-02", whole), ("C", whole)]);
}

#[test]
fn an_exact_crlf_keeps_a_lone_cr_inside_the_code() {
    let settings = FramingSettings { end: FrameEnd::Bytes(b"\r\n".to_vec()), ..FramingSettings::default() };
    assert_eq!(texts(&frames(settings, b"a\rb\r\nc\r\n")), [("a\rb", Framing::Whole), ("c", Framing::Whole)]);
}

#[test]
fn stx_etx_ignores_noise_outside_and_keeps_line_ends_inside() {
    let out = frames(FramingSettings::stx_etx(), b"xx\x02one\r\ntwo\x03\r\nyy\x02three\x03");
    assert_eq!(texts(&out), [("one\r\ntwo", Framing::Whole), ("three", Framing::Whole)]);
}

#[test]
fn a_second_stx_tears_the_frame_before_it() {
    let out = frames(FramingSettings::stx_etx(), b"\x02690123\x026901234567892\x03");
    assert_eq!(texts(&out), [("690123", Framing::Torn), ("6901234567892", Framing::Whole)]);
}

#[test]
fn the_aim_identifier_is_split_off_behind_the_prefix() {
    let settings = FramingSettings { prefix: b"#1".to_vec(), suffix: b"*".to_vec(), ..FramingSettings::default() };
    let out = frames(settings.clone(), b"#1]C1010690123456789221A*\rplain\r");
    assert_eq!(out[0].symbology, Some("]C1".parse().unwrap()));
    assert_eq!(out[0].payload, b"010690123456789221A");
    assert_eq!((out[1].symbology, out[1].payload.as_slice()), (None, b"plain".as_slice()));
    let off = FramingSettings { aim: false, ..FramingSettings::default() };
    assert_eq!(frames(off, b"]C1x\r")[0].payload, b"]C1x");
}

#[test]
fn a_device_without_terminator_is_framed_by_silence() {
    let mut framer = Framer::new(FramingSettings::default());
    let mut out = Vec::new();
    framer.feed(stamp(1_000), b"690123", &mut out);
    framer.feed(stamp(5_000), b"4567892", &mut out);
    assert_eq!(framer.deadline_us(), Some(125_000));
    framer.silence(stamp(124_999), &mut out);
    assert!(out.is_empty());
    framer.silence(stamp(125_000), &mut out);
    assert_eq!(texts(&out), [("6901234567892", Framing::Whole)]);
    assert_eq!(out[0].at, stamp(5_000), "stamped with its last byte, not with the end of the wait");
    assert_eq!(framer.deadline_us(), None);
}

#[test]
fn once_a_device_has_sent_line_ends_silence_tears_instead_of_halving_a_code() {
    let mut framer = Framer::new(FramingSettings::default());
    let mut out = Vec::new();
    framer.feed(stamp(0), b"first\r690123", &mut out);
    framer.silence(stamp(500_000), &mut out);
    framer.feed(stamp(600_000), b"4567892\r", &mut out);
    assert_eq!(texts(&out), [("first", Framing::Whole), ("690123", Framing::Torn), ("4567892", Framing::Whole)]);
}

#[test]
fn silence_inside_stx_tears_and_the_next_frame_is_clean() {
    let mut framer = Framer::new(FramingSettings::stx_etx());
    let mut out = Vec::new();
    framer.feed(stamp(0), b"\x0269012", &mut out);
    framer.silence(stamp(1_000_000), &mut out);
    framer.feed(stamp(1_100_000), b"34\x03\x02whole\x03", &mut out);
    assert_eq!(texts(&out), [("69012", Framing::Torn), ("whole", Framing::Whole)]);
    assert_eq!(framer.noise(), 3);
}

#[test]
fn a_lost_device_tears_its_open_frame_and_forgets_what_it_learnt() {
    let mut framer = Framer::new(FramingSettings::default());
    let mut out = Vec::new();
    framer.feed(stamp(0), b"a\r690", &mut out);
    framer.disconnect(&mut out);
    framer.disconnect(&mut out);
    framer.feed(stamp(10), b"next", &mut out);
    framer.silence(stamp(900_000), &mut out);
    assert_eq!(texts(&out), [("a", Framing::Whole), ("690", Framing::Torn), ("next", Framing::Whole)]);
}

#[test]
fn an_endless_frame_is_reported_once_and_the_next_line_is_read() {
    let mut bytes = vec![b'7'; MAX_PAYLOAD * 3];
    bytes.extend_from_slice(b"\rnext\r");
    let out = frames(FramingSettings::default(), &bytes);
    assert_eq!(out.len(), 2);
    assert_eq!((out[0].framing, out[0].payload.len()), (Framing::TooLong, MAX_PAYLOAD));
    assert_eq!(out[1].payload, b"next");
}

#[test]
fn the_longest_allowed_payload_is_whole_and_one_more_is_not() {
    let mut bytes = vec![b'7'; MAX_PAYLOAD];
    bytes.push(b'\r');
    assert_eq!(frames(FramingSettings::default(), &bytes)[0].framing, Framing::Whole);
    bytes.insert(0, b'7');
    assert_eq!(frames(FramingSettings::default(), &bytes)[0].framing, Framing::TooLong);
}

#[test]
fn nul_noise_around_a_code_is_dropped_but_inside_it_stays() {
    let out = frames(FramingSettings::default(), b"\0\0A-01\0\r\0\0\rB\x00C\r");
    assert_eq!(out.iter().map(|f| f.payload.as_slice()).collect::<Vec<_>>(), [b"A-01".as_slice(), b"B\x00C"]);
}

fn settings() -> impl Strategy<Value = FramingSettings> {
    let end = prop_oneof![
        Just(FrameEnd::Auto),
        Just(FrameEnd::Line),
        Just(FrameEnd::Bytes(b"\r\n".to_vec())),
        Just(FrameEnd::Bytes(b"aab".to_vec())),
        Just(FrameEnd::AnyOf(b"\r\t".to_vec())),
        Just(FrameEnd::Idle),
    ];
    (prop_oneof![Just(None), Just(Some(2u8))], end, prop_oneof![Just(Vec::new()), Just(b"a".to_vec())], any::<bool>()).prop_map(
        |(start, end, prefix, aim)| FramingSettings {
            start,
            end,
            prefix: prefix.clone(),
            suffix: prefix,
            aim,
            ..FramingSettings::default()
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: std::env::var("QITAO_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(256), ..ProptestConfig::default() })]

    #[test]
    fn however_the_stream_is_cut_into_reads_the_frames_are_the_same(
        settings in settings(),
        bytes in prop::collection::vec(prop::sample::select(b"\x00\x02\x03\r\n\tab]C1".to_vec()), 0..200),
        run in prop_oneof![9 => Just(0usize), 1 => Just(MAX_PAYLOAD * 2)],
        cuts in prop::collection::vec(1usize..40, 1..60),
    ) {
        let mut bytes = bytes;
        let middle = bytes.len() / 2;
        bytes.splice(middle..middle, std::iter::repeat_n(b'x', run));
        let mut whole = Framer::new(settings.clone());
        let mut expected = Vec::new();
        whole.feed(stamp(7), &bytes, &mut expected);
        whole.disconnect(&mut expected);

        let mut framer = Framer::new(settings);
        let mut got = Vec::new();
        let mut rest = bytes.as_slice();
        for cut in cuts.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (piece, tail) = rest.split_at((*cut).min(rest.len()));
            framer.feed(stamp(7), piece, &mut got);
            rest = tail;
        }
        framer.disconnect(&mut got);
        prop_assert_eq!(got, expected);
        prop_assert_eq!(framer.noise(), whole.noise());
    }

    #[test]
    fn no_frame_is_longer_than_a_payload_may_be_or_empty(settings in settings(), bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let mut framer = Framer::new(settings);
        let mut out = Vec::new();
        framer.feed(stamp(0), &bytes, &mut out);
        framer.silence(stamp(10_000_000), &mut out);
        prop_assert!(framer.deadline_us().is_none());
        for frame in out {
            prop_assert!(frame.payload.len() <= MAX_PAYLOAD);
            prop_assert!(!frame.payload.is_empty() || frame.symbology.is_some());
        }
    }
}
