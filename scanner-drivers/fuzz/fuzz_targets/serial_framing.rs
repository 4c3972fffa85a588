//! Any bytes on a serial line, cut into reads anyhow: the frames are those of the uncut stream, and none is longer than allowed.

#![no_main]

use libfuzzer_sys::fuzz_target;
use qitao_domain::scan::{MAX_PAYLOAD, Stamp};
use qitao_scanner_drivers::scanner::framing::{FrameEnd, Framer, FramingSettings};

const AT: Stamp = Stamp { wall_ms: 0, boot: 0, mono_us: 0 };

fuzz_target!(|data: &[u8]| {
    let [kind, cut, bytes @ ..] = data else { return };
    let settings = match kind % 6 {
        0 => FramingSettings::default(),
        1 => FramingSettings::stx_etx(),
        2 => FramingSettings::keyboard(),
        3 => FramingSettings {
            end: FrameEnd::Bytes(b"\r\n".to_vec()),
            prefix: b"A".to_vec(),
            suffix: b"Z".to_vec(),
            ..FramingSettings::default()
        },
        4 => FramingSettings { end: FrameEnd::Line, aim: false, ..FramingSettings::default() },
        _ => FramingSettings { end: FrameEnd::Idle, start: Some(2), ..FramingSettings::default() },
    };
    let mut expected = Vec::new();
    let mut whole = Framer::new(settings.clone());
    whole.feed(AT, bytes, &mut expected);
    whole.disconnect(&mut expected);
    let mut got = Vec::new();
    let mut framer = Framer::new(settings);
    for piece in bytes.chunks(usize::from(*cut).max(1)) {
        framer.feed(AT, piece, &mut got);
    }
    framer.disconnect(&mut got);
    assert_eq!(got, expected);
    assert!(got.iter().all(|frame| frame.payload.len() <= MAX_PAYLOAD));
});
