//! A device with any report descriptor that sends any reports: the driver neither panics nor hands on more than a payload may hold.

#![no_main]

use std::sync::Once;

use libfuzzer_sys::fuzz_target;
use qitao_domain::scan::{MAX_PAYLOAD, Stamp};
use qitao_scanner_drivers::scanner::hid::descriptor;
use qitao_scanner_drivers::scanner::hid::keyboard::KeyDecoder;
use qitao_scanner_drivers::scanner::hid::layout::Layout;
use qitao_scanner_drivers::scanner::hid::pos::PosDecoder;
use qitao_scanner_drivers::usb;

const AT: Stamp = Stamp { wall_ms: 0, boot: 0, mono_us: 0 };

static QUIET: Once = Once::new();

fuzz_target!(|data: &[u8]| {
    // The driver catches panics of the descriptor parser; the fuzzer's own hook would end the run before that. What is not caught still does.
    QUIET.call_once(|| std::panic::set_hook(Box::new(|_| {})));
    let [length, packet, rest @ ..] = data else { return };
    let (bytes, reports) = rest.split_at(usize::from(*length).min(rest.len()));
    let _ = usb::interfaces(bytes, None);
    let Ok(parsed) = descriptor::parse(bytes) else { return };
    let reports = || reports.chunks(usize::from(*packet).max(1));
    if let Some(mut pos) = PosDecoder::new(&parsed) {
        let mut frames = Vec::new();
        for report in reports() {
            pos.report(AT, report, &mut frames);
        }
        pos.give_up(&mut frames);
        assert!(frames.iter().all(|frame| frame.payload.len() <= MAX_PAYLOAD));
    }
    if let Some(mut keys) = KeyDecoder::new(&parsed, Layout::us()) {
        for report in reports() {
            let _ = keys.report(report);
        }
    }
});
