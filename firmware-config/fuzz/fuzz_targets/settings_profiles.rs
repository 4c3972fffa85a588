//! Any text as a file of profiles: read, or refused with a place in it.

#![no_main]

use libfuzzer_sys::fuzz_target;
use qitao_firmware_config::{Library, Profiles};

fuzz_target!(|text: &str| {
    let faults = Profiles::built_in().with(&[("own.toml", text)]).err().into_iter().flatten();
    let others = Library::built_in().with(&[("own.toml", text)]).err().into_iter().flatten();
    for fault in faults.chain(others) {
        assert!(fault.line >= 1 && fault.column >= 1 && fault.line <= text.lines().count() + 1, "{fault}");
    }
});
