//! Any bytes, signals and questions on a line of any family: no panic, and every time to wait for comes.

#![no_main]

use libfuzzer_sys::fuzz_target;
use qitao_domain::scan::Stamp;
use qitao_domain::work::Tone;
use qitao_scanner_drivers::scanner::framing::FramingSettings;
use qitao_scanner_drivers::scanner::speech::line::{Line, Out};
use qitao_scanner_drivers::scanner::speech::{Family, Request, SpeechSettings};

fuzz_target!(|data: &[u8]| {
    let [family, hold, rest @ ..] = data else { return };
    let family = match family % 7 {
        0 => Family::Generic,
        1 => Family::Honeywell,
        2 => Family::Ssi,
        3 => Family::ZebraSimple,
        4 => Family::Newland,
        5 => Family::Datalogic,
        _ => Family::DatalogicEscape,
    };
    let speech = SpeechSettings { family, hold: hold % 2 == 1, ..SpeechSettings::default() };
    let mut line = Line::new(&FramingSettings::default(), speech, None);
    let (mut now, mut out) = (Stamp { wall_ms: 0, boot: 1, mono_us: 0 }, Out::default());
    for chunk in rest.chunks(16) {
        let [what, bytes @ ..] = chunk else { continue };
        match what % 9 {
            0 if line.is_free() => line.ask(now, Request::Menu("CBRENA?.".into()), 500_000, &mut out),
            1 if line.is_free() => line.ask(now, Request::Menu("@CBRENA*".into()), 500_000, &mut out),
            2 if line.is_free() => line.ask(now, Request::Ssi { opcode: 0xC7, permanent: false, data: bytes.to_vec() }, 500_000, &mut out),
            3 if line.is_free() => line.ask(now, Request::Host(b'i'), 500_000, &mut out),
            7 if line.is_free() => line.ask(now, Request::Service("$cC8EN".into()), 500_000, &mut out),
            4 => line.answer(now, line.number(), Tone::Wrong, &mut out),
            5 => line.disconnect(&mut out),
            6 => {
                now.mono_us = line.deadline_us().map_or(now.mono_us + 1, |at| at.max(now.mono_us));
                line.silence(now, &mut out);
            }
            _ => {}
        }
        now.mono_us += u64::from(*what) * 1_000;
        line.feed(now, bytes, &mut out);
    }
    // Left alone, it comes to rest.
    for _ in 0..64 {
        let Some(at) = line.deadline_us() else { return };
        now.mono_us = at.max(now.mono_us);
        line.silence(now, &mut out);
    }
    assert!(line.deadline_us().is_none(), "{family:?} never rests");
});
