//! Tests of keyboard scanners: what is typed comes out, with every trick that scanners use.

use proptest::prelude::*;

use super::*;
use crate::scanner::hid::descriptor::parse;

const SHIFT: u8 = 0x02;
const CONTROL: u8 = 0x01;
const ALT: u8 = 0x04;
const ALT_GR: u8 = 0x40;

fn keyboard(layout: &str) -> KeyDecoder {
    KeyDecoder::new(&parse(BOOT_DESCRIPTOR).unwrap(), Layout::named(layout).unwrap()).unwrap()
}

/// Presses and releases keys one after another.
fn strike(keys: &mut KeyDecoder, strokes: &[(u8, u8)]) -> Vec<u8> {
    let mut typed = Vec::new();
    for (modifiers, key) in strokes {
        typed.extend(keys.report(&[*modifiers, 0, *key, 0, 0, 0, 0, 0]));
        typed.extend(keys.report(&[0; 8]));
    }
    typed
}

fn strokes(layout: &Layout, text: &str) -> Vec<(u8, u8)> {
    text.chars()
        .map(|c| match c {
            '\r' => (0, usage::ENTER),
            ' ' => (0, usage::SPACE),
            c => {
                let (key, level) = layout.find(c).unwrap();
                ([0, SHIFT, ALT_GR][level], key)
            }
        })
        .collect()
}

#[test]
fn digits_letters_and_enter() {
    let mut keys = keyboard("us");
    assert_eq!(keys.longest, 8);
    assert_eq!(strike(&mut keys, &strokes(&Layout::us(), "6901234567892 Qt/Ok_[x]~\r")), b"6901234567892 Qt/Ok_[x]~\r");
}

#[test]
fn control_and_bracket_is_the_group_separator_of_gs1() {
    let mut keys = keyboard("us");
    assert_eq!(strike(&mut keys, &[(CONTROL, 0x30), (CONTROL, 0x04), (CONTROL | SHIFT, 0x23), (CONTROL, 0x31)]), [0x1D, 0x01, 0x1E, 0x1C]);
}

#[test]
fn caps_lock_turns_letters_only_and_shift_turns_them_back() {
    let mut keys = keyboard("us");
    assert_eq!(strike(&mut keys, &[(0, usage::CAPS_LOCK), (0, 0x04), (SHIFT, 0x04), (0, 0x1E), (0, usage::CAPS_LOCK), (0, 0x04)]), b"Aa1a");
}

#[test]
fn the_number_pad_types_digits_and_signs() {
    let mut keys = keyboard("us");
    let pad = [(0, 0x59), (0, 0x61), (0, 0x62), (0, 0x63), (0, 0x54), (0, 0x55), (0, 0x56), (0, 0x57), (0, 0x58)];
    assert_eq!(strike(&mut keys, &pad), b"190./*-+\r");
}

fn alt_code(keys: &mut KeyDecoder, digits: &[u8]) -> Vec<u8> {
    let mut typed = keys.report(&[ALT, 0, 0, 0, 0, 0, 0, 0]);
    for digit in digits {
        let key = if *digit == 0 { usage::PAD_0 } else { usage::PAD_1 + digit - 1 };
        typed.extend(keys.report(&[ALT, 0, key, 0, 0, 0, 0, 0]));
        typed.extend(keys.report(&[ALT, 0, 0, 0, 0, 0, 0, 0]));
    }
    assert!(typed.is_empty(), "nothing before Alt is released");
    keys.report(&[0; 8])
}

#[test]
fn alt_and_digits_make_control_latin_unicode_and_gbk_characters() {
    let mut keys = keyboard("us");
    assert_eq!(alt_code(&mut keys, &[0, 2, 9]), [0x1D]);
    assert_eq!(alt_code(&mut keys, &[6, 5]), b"A");
    assert_eq!(alt_code(&mut keys, &[0, 2, 2, 3]), "ß".as_bytes());
    assert_eq!(alt_code(&mut keys, &[2, 6, 7, 0, 8]), "桔".as_bytes());
    // 好 is BA C3 in GBK.
    let mut keys = keyboard("us").with_alt_codes(AltCodes::Gbk);
    assert_eq!(alt_code(&mut keys, &[4, 7, 8, 1, 1]), "好".as_bytes());
}

#[test]
fn german_layout_with_alt_gr() {
    let mut keys = keyboard("de");
    let layout = Layout::named("de").unwrap();
    assert_eq!(strike(&mut keys, &strokes(&layout, "Zylinder@7{[]}")), b"Zylinder@7{[]}");
}

#[test]
fn fast_scanners_that_do_not_release_between_keys_lose_nothing() {
    let mut keys = keyboard("us");
    let mut typed = Vec::new();
    for report in [[0, 0, 0x1E, 0, 0, 0, 0, 0], [0, 0, 0x1E, 0x1F, 0, 0, 0, 0], [0, 0, 0x1F, 0x20, 0x21, 0, 0, 0], [0; 8]] {
        typed.extend(keys.report(&report));
    }
    assert_eq!(typed, b"1234");
}

#[test]
fn a_roll_over_report_is_no_keystroke_and_unknown_keys_are_counted() {
    let mut keys = keyboard("us");
    assert!(keys.report(&[0, 0, 1, 1, 1, 1, 1, 1]).is_empty());
    assert!(strike(&mut keys, &[(0, 0x3A), (0, 0x65)]).is_empty());
    assert_eq!(keys.unknown_keys(), 2);
}

#[test]
fn a_keyboard_with_one_bit_for_each_key_and_a_report_id_is_read_too() {
    // Report 1: eight modifier bits, then one bit each for usages 0 to 0x67.
    let descriptor = [
        0x05, 0x01, 0x09, 0x06, 0xA1, 0x01, 0x85, 0x01, 0x05, 0x07, 0x19, 0xE0, 0x29, 0xE7, 0x15, 0x00, 0x25, 0x01, 0x75, 0x01, 0x95, 0x08,
        0x81, 0x02, 0x19, 0x00, 0x29, 0x67, 0x95, 0x68, 0x81, 0x02, 0xC0,
    ];
    let mut keys = KeyDecoder::new(&parse(&descriptor).unwrap(), Layout::us()).unwrap();
    let mut report = [0u8; 15];
    report[0] = 1;
    report[1] = SHIFT;
    report[2] = 1 << 4;
    assert_eq!(keys.report(&report), b"A");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn whatever_the_layout_can_type_comes_out_again(text in "[ -~]{0,60}") {
        let mut keys = keyboard("us");
        prop_assert_eq!(strike(&mut keys, &strokes(&Layout::us(), &text)), text.as_bytes());
    }
}
