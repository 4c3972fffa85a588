//! Any template, as TOML or JSON: it is read or refused with what is wrong, and what was read is written and read again the same.

#![no_main]

use libfuzzer_sys::fuzz_target;
use qitao_labels::{Fields, Missing, Template, preview};

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let shown = preview(text, &Fields::new(), 100, Missing::Examples);
    assert!(shown.printable || !shown.findings.is_empty());
    if let Some(template) = shown.template {
        let written = template.to_toml();
        assert_eq!(Template::read(&written).map(|again| again.to_toml()), Ok(written));
    }
});
