//! Tests of HID point-of-sale reports in two vendors' layouts.

use super::*;
use crate::scanner::hid::descriptor::parse;

/// Report 2: length, AIM identifier, 56 bytes of data, two vendor bytes, flag "more follows".
const FIFTY_SIX: &[u8] = &[
    0x05, 0x8C, 0x09, 0x02, 0xA1, 0x01, 0x09, 0x12, 0xA1, 0x02, 0x85, 0x02, 0x15, 0x00, 0x26, 0xFF, 0x00, 0x75, 0x08, 0x95, 0x01, 0x05,
    0x01, 0x09, 0x3B, 0x81, 0x02, 0x05, 0x8C, 0x09, 0xFB, 0x09, 0xFC, 0x09, 0xFD, 0x95, 0x03, 0x81, 0x02, 0x09, 0xFE, 0x95, 0x38, 0x82,
    0x02, 0x01, 0x06, 0x66, 0xFF, 0x09, 0x04, 0x09, 0x05, 0x95, 0x02, 0x81, 0x02, 0x05, 0x8C, 0x09, 0xFF, 0x75, 0x01, 0x95, 0x01, 0x25,
    0x01, 0x81, 0x02, 0x75, 0x07, 0x81, 0x03, 0xC0, 0xC0,
];

/// Without report id and length: flag first, 29 bytes of data, AIM identifier last.
const TWENTY_NINE: &[u8] = &[
    0x05, 0x8C, 0x09, 0x02, 0xA1, 0x01, 0x09, 0x12, 0xA1, 0x02, 0x15, 0x00, 0x25, 0x01, 0x75, 0x01, 0x95, 0x01, 0x09, 0xFF, 0x81, 0x02,
    0x95, 0x07, 0x81, 0x03, 0x26, 0xFF, 0x00, 0x75, 0x08, 0x95, 0x1D, 0x09, 0xFE, 0x81, 0x02, 0x95, 0x03, 0x09, 0xFB, 0x09, 0xFC, 0x09,
    0xFD, 0x81, 0x02, 0xC0, 0xC0,
];

const AT: Stamp = Stamp { wall_ms: 0, boot: 0, mono_us: 0 };

fn report_56(aim: &[u8; 3], data: &[u8], more: bool) -> Vec<u8> {
    let mut report = vec![2, u8::try_from(data.len()).unwrap()];
    report.extend_from_slice(aim);
    report.extend_from_slice(data);
    report.resize(63, 0);
    report.push(u8::from(more));
    report
}

fn decoder(descriptor: &[u8]) -> PosDecoder {
    PosDecoder::new(&parse(descriptor).unwrap()).unwrap()
}

#[test]
fn one_report_is_one_code_with_its_symbology() {
    let mut pos = decoder(FIFTY_SIX);
    assert_eq!(pos.longest, 64);
    let mut out = Vec::new();
    pos.report(AT, &report_56(b"]E0", b"6901234567892", false), &mut out);
    assert_eq!(
        out,
        [Frame { payload: b"6901234567892".to_vec(), symbology: Some("]E0".parse().unwrap()), framing: Framing::Whole, at: AT }]
    );
}

#[test]
fn a_code_in_three_reports_is_joined_and_nuls_inside_are_kept_by_the_length() {
    let code: Vec<u8> = (0..120u8).map(|n| if n == 60 { 0 } else { b'A' + n % 26 }).collect();
    let mut pos = decoder(FIFTY_SIX);
    let mut out = Vec::new();
    pos.report(AT, &report_56(b"]d2", &code[..56], true), &mut out);
    assert!(out.is_empty() && pos.waits());
    pos.report(AT, &report_56(b"]d2", &code[56..112], true), &mut out);
    pos.report(AT, &report_56(b"]d2", &code[112..], false), &mut out);
    assert_eq!((out.len(), out[0].payload.as_slice(), out[0].framing), (1, code.as_slice(), Framing::Whole));
}

#[test]
fn another_vendors_layout_is_read_from_its_descriptor() {
    let mut pos = decoder(TWENTY_NINE);
    let mut report = vec![0];
    report.extend_from_slice(b"QT-L-A-01-02");
    report.resize(30, 0);
    report.extend_from_slice(b"]Q1");
    let mut out = Vec::new();
    pos.report(AT, &report, &mut out);
    assert_eq!((out[0].payload.as_slice(), out[0].symbology.unwrap().to_string().as_str()), (b"QT-L-A-01-02".as_slice(), "]Q1"));
}

#[test]
fn a_continuation_that_never_comes_is_torn() {
    let mut pos = decoder(FIFTY_SIX);
    let mut out = Vec::new();
    pos.report(AT, &report_56(b"]C1", b"0106901234567892", true), &mut out);
    pos.give_up(&mut out);
    pos.give_up(&mut out);
    assert_eq!((out.len(), out[0].framing), (1, Framing::Torn));
}

#[test]
fn a_report_shorter_than_its_length_says_is_torn_and_a_short_packet_with_all_data_is_whole() {
    let mut pos = decoder(FIFTY_SIX);
    let mut out = Vec::new();
    let report = report_56(b"]E0", b"6901234567892", false);
    pos.report(AT, &report[..18], &mut out);
    pos.report(AT, &report[..12], &mut out);
    assert_eq!(out.iter().map(|f| (f.payload.len(), f.framing)).collect::<Vec<_>>(), [(13, Framing::Whole), (7, Framing::Torn)]);
}

#[test]
fn foreign_reports_and_empty_ones_say_nothing() {
    let mut pos = decoder(FIFTY_SIX);
    let mut out = Vec::new();
    pos.report(AT, &[7, 1, 2, 3], &mut out);
    pos.report(AT, &[], &mut out);
    pos.report(AT, &report_56(b"\0\0\0", b"", false), &mut out);
    assert!(out.is_empty());
}

#[test]
fn an_endless_chain_of_reports_is_too_long_and_bounded() {
    let mut pos = decoder(FIFTY_SIX);
    let mut out = Vec::new();
    for _ in 0..400 {
        pos.report(AT, &report_56(b"]Q1", &[b'x'; 56], true), &mut out);
    }
    pos.report(AT, &report_56(b"]Q1", b"end", false), &mut out);
    assert_eq!((out[0].framing, out[0].payload.len()), (Framing::TooLong, MAX_PAYLOAD));
}

#[test]
fn a_keyboard_is_no_point_of_sale_scanner() {
    assert!(PosDecoder::new(&parse(crate::scanner::hid::keyboard::BOOT_DESCRIPTOR).unwrap()).is_none());
}
