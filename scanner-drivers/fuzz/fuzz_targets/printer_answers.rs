//! Any bytes from a printer, cut into reads anyhow: nothing breaks, and what is understood of a whole stream does not depend on where it was cut.

#![no_main]

use libfuzzer_sys::fuzz_target;
use qitao_labels::Language;
use qitao_scanner_drivers::printer::status::Ear;

fuzz_target!(|data: &[u8]| {
    let [kind, cut, bytes @ ..] = data else { return };
    let language = [Language::Zpl, Language::Tspl, Language::EscPos, Language::Cpcl][usize::from(kind % 4)];
    let (mut whole, mut pieces) = (Ear::new(language), Ear::new(language));
    whole.hear(bytes);
    for piece in bytes.chunks(usize::from(*cut).max(1)) {
        pieces.hear(piece);
    }
    assert_eq!((whole.receipt(), whole.unasked()), (pieces.receipt(), pieces.unasked()));
    assert_eq!(whole.answer(), pieces.answer());
    // Answers taken as they come may differ from those of the whole; they must only not break anything.
    let mut eager = Ear::new(language);
    for piece in bytes.chunks(usize::from(*cut).max(1)) {
        eager.hear(piece);
        let _ = (eager.answer(), eager.unasked());
    }
});
