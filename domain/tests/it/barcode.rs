//! A little fuzzing on every test run, and the barcode room as its neighbours use it.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use qitao_domain::barcode::{gs1, parse};

#[path = "../../fuzz/src/lib.rs"]
mod fuzz;

/// xorshift: the same inputs on every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % n.max(1)
    }
    fn byte(&mut self) -> u8 {
        let likely = b"0123456789()/-]{}%?&=.\x1d\xff";
        if self.below(3) == 0 { u8::try_from(self.below(256)).unwrap() } else { likely[self.below(likely.len())] }
    }
}

fn mutated(dice: &mut Dice) -> Vec<u8> {
    let seed = |dice: &mut Dice| fuzz::SEEDS[dice.below(fuzz::SEEDS.len())].as_bytes();
    let mut payload = seed(dice).to_vec();
    for _ in 0..dice.below(4) {
        let at = dice.below(payload.len() + 1);
        match dice.below(6) {
            0 => payload.insert(at, dice.byte()),
            1 => payload.truncate(at),
            2 => payload.extend_from_slice(seed(dice)),
            3 if at < payload.len() => drop(payload.remove(at)),
            4 => payload = payload[at..].to_vec(),
            _ if at < payload.len() => payload[at] = dice.byte(),
            _ => {}
        }
    }
    let choice = u8::try_from(dice.below(12)).unwrap();
    payload.insert(0, choice);
    payload
}

#[test]
fn twenty_thousand_mutated_payloads_break_nothing() {
    let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
    for _ in 0..20_000 {
        let payload = mutated(&mut dice);
        fuzz::parse_anything(&payload);
        fuzz::classify_anything(&payload);
    }
}

#[test]
fn a_megabyte_of_anything_is_answered() {
    let units = ["2012", "]C12012", "(20)12", "{1D}", "https://x.cn/01/", "A/1-2", "\u{1d}", "9"];
    for (start, unit) in
        units.map(|unit| ("", unit)).into_iter().chain([("https://x.cn/01/09506000134352?", "17=250531&"), ("]C1", "2012")])
    {
        let whole = format!("\u{7f}{start}{}", unit.repeat(1_000_000 / unit.len()));
        assert!(parse(&whole.as_bytes()[1..], None).elements.len() < whole.len());
        fuzz::classify_anything(whole.as_bytes());
    }
}

#[test]
fn a_label_printed_from_elements_scans_back_as_them() {
    let elements = [("8006", "069012345678920307"), ("10", "D12"), ("21", "S/9")].map(|(ai, value)| gs1::Element::new(ai, value).unwrap());
    assert_eq!(gs1::to_bracketed(&elements), "(8006)069012345678920307(10)D12(21)S/9");
    let scanned = format!("]d2{}", gs1::to_element_string(&elements));
    assert_eq!(parse(scanned.as_bytes(), None).elements, elements);
    assert_eq!(parse(gs1::to_bracketed(&elements).as_bytes(), None).elements, elements);
}
