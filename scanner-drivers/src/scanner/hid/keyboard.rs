//! Scanners that type: keyboard reports back to the characters that were in the code.
//!
//! The kernel's keyboard driver is not used, so neither the console's layout nor a focused window has a say. Codes keep what
//! a normal keyboard path loses: FNC1 comes as GS (0x1D) when the scanner sends Ctrl+], and characters outside the layout come
//! as Alt plus digits on the number pad.

use std::ops::Range;
use std::sync::Arc;

use encoding_rs::{GBK, WINDOWS_1252};
use hidreport::{Field, Report, ReportDescriptor};
use hut::UsagePage;
use serde::{Deserialize, Serialize};

use super::descriptor::bits;
use super::layout::Layout;

/// The descriptor of the boot keyboard (HID 1.11, appendix B.1), for devices whose own cannot be read.
pub const BOOT_DESCRIPTOR: &[u8] = &[
    0x05, 0x01, 0x09, 0x06, 0xA1, 0x01, 0x05, 0x07, 0x19, 0xE0, 0x29, 0xE7, 0x15, 0x00, 0x25, 0x01, 0x75, 0x01, 0x95, 0x08, 0x81, 0x02,
    0x95, 0x01, 0x75, 0x08, 0x81, 0x03, 0x95, 0x05, 0x75, 0x01, 0x05, 0x08, 0x19, 0x01, 0x29, 0x05, 0x91, 0x02, 0x95, 0x01, 0x75, 0x03,
    0x91, 0x03, 0x95, 0x06, 0x75, 0x08, 0x15, 0x00, 0x25, 0x65, 0x05, 0x07, 0x19, 0x00, 0x29, 0x65, 0x81, 0x00, 0xC0,
];

/// What Alt plus a number above 255 means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AltCodes {
    /// A Unicode code point.
    #[default]
    Unicode,
    /// Two bytes of GBK, as scanners set to "Chinese, GBK" send.
    Gbk,
}

/// Where keys are in one kind of report.
#[derive(Debug, Clone, Default)]
struct Place {
    id: Option<u8>,
    /// One bit for one key: modifiers, or all keys.
    bits: Vec<(u8, Range<usize>)>,
    /// A slot that holds the number of a pressed key: its bits, the smallest value, and the usage that it stands for.
    slots: Vec<(Range<usize>, u32, u8)>,
}

/// Turns reports into bytes (UTF-8; Enter is CR, Tab is HT).
#[derive(Debug, Clone)]
pub struct KeyDecoder {
    places: Vec<Place>,
    /// Bytes of the longest report.
    pub longest: usize,
    layout: Arc<Layout>,
    alt_codes: AltCodes,
    held: Vec<u8>,
    caps: bool,
    alt_number: Option<(u32, bool)>,
    unknown_keys: u64,
}

mod usage {
    pub const ROLL_OVER: u8 = 0x01;
    pub const ENTER: u8 = 0x28;
    pub const ESCAPE: u8 = 0x29;
    pub const BACKSPACE: u8 = 0x2A;
    pub const TAB: u8 = 0x2B;
    pub const SPACE: u8 = 0x2C;
    pub const CAPS_LOCK: u8 = 0x39;
    pub const PAD_DIVIDE: u8 = 0x54;
    pub const PAD_ENTER: u8 = 0x58;
    pub const PAD_1: u8 = 0x59;
    pub const PAD_0: u8 = 0x62;
    pub const PAD_POINT: u8 = 0x63;
    pub const LEFT_ALT: u8 = 0xE2;
    pub const RIGHT_ALT: u8 = 0xE6;
    pub const CONTROLS: [u8; 2] = [0xE0, 0xE4];
    pub const SHIFTS: [u8; 2] = [0xE1, 0xE5];
}

impl KeyDecoder {
    /// `None` when no input report has keys: not a keyboard.
    #[must_use]
    pub fn new(descriptor: &ReportDescriptor, layout: Arc<Layout>) -> Option<Self> {
        let places: Vec<Place> = descriptor
            .input_reports()
            .iter()
            .map(place)
            .filter(|place| !place.slots.is_empty() || place.bits.iter().any(|(usage, _)| *usage < 0xE0))
            .collect();
        let longest = descriptor.input_reports().iter().map(Report::size_in_bytes).max().unwrap_or(0);
        let rest = Self {
            places: Vec::new(),
            longest,
            layout,
            alt_codes: AltCodes::default(),
            held: Vec::new(),
            caps: false,
            alt_number: None,
            unknown_keys: 0,
        };
        (!places.is_empty()).then_some(Self { places, ..rest })
    }

    /// Sets what Alt plus a number above 255 means.
    #[must_use]
    pub fn with_alt_codes(mut self, alt_codes: AltCodes) -> Self {
        self.alt_codes = alt_codes;
        self
    }

    /// Keys that mean nothing in this layout, since the beginning; many of them are a sign of the wrong one.
    #[must_use]
    pub fn unknown_keys(&self) -> u64 {
        self.unknown_keys
    }

    /// Takes one report; gives the bytes that it typed.
    pub fn report(&mut self, report: &[u8]) -> Vec<u8> {
        let Some(place) = self.places.iter().find(|place| place.id.is_none_or(|id| report.first() == Some(&id))) else { return Vec::new() };
        let mut now: Vec<u8> = Vec::new();
        for (usage, range) in &place.bits {
            if bits(report, range) == Some(1) {
                now.push(*usage);
            }
        }
        for (range, smallest, first) in &place.slots {
            let Some(value) = bits(report, range) else { continue };
            let Ok(usage) = u8::try_from(value.saturating_sub(*smallest) + u32::from(*first)) else { continue };
            if usage == usage::ROLL_OVER {
                // Too many keys at once: the report says nothing.
                return Vec::new();
            }
            if usage > usage::ROLL_OVER + 2 && value >= *smallest && !now.contains(&usage) {
                now.push(usage);
            }
        }
        let mut typed = Vec::new();
        let before = std::mem::replace(&mut self.held, now);
        if before.contains(&usage::LEFT_ALT) && !self.held.contains(&usage::LEFT_ALT) {
            self.alt_released(&mut typed);
        }
        let pressed: Vec<u8> = self.held.iter().copied().filter(|usage| !before.contains(usage) && *usage < 0xE0).collect();
        for usage in pressed {
            self.press(usage, &mut typed);
        }
        typed
    }

    fn holds(&self, keys: &[u8]) -> bool {
        keys.iter().any(|key| self.held.contains(key))
    }

    fn press(&mut self, key: u8, typed: &mut Vec<u8>) {
        let pad = match key {
            usage::PAD_1..=0x61 => Some(u32::from(key - usage::PAD_1) + 1),
            usage::PAD_0 => Some(0),
            _ => None,
        };
        if let Some(digit) = pad {
            if self.held.contains(&usage::LEFT_ALT) {
                let (number, leading_zero) = self.alt_number.unwrap_or((0, digit == 0));
                self.alt_number = Some((number.saturating_mul(10).saturating_add(digit), leading_zero));
            } else {
                typed.push(b'0' + digit.to_le_bytes()[0]);
            }
            return;
        }
        match key {
            usage::ENTER | usage::PAD_ENTER => typed.push(b'\r'),
            usage::TAB => typed.push(b'\t'),
            usage::ESCAPE => typed.push(0x1B),
            usage::BACKSPACE => typed.push(0x08),
            usage::SPACE => typed.push(b' '),
            usage::CAPS_LOCK => self.caps = !self.caps,
            usage::PAD_DIVIDE..=0x57 => typed.push(b"/*-+"[usize::from(key - usage::PAD_DIVIDE)]),
            usage::PAD_POINT => typed.push(b'.'),
            _ => self.character(key, typed),
        }
    }

    fn character(&mut self, key: u8, typed: &mut Vec<u8>) {
        let Some(meaning) = self.layout.key(key) else {
            self.unknown_keys += 1;
            return;
        };
        let [plain, shifted, third] = meaning;
        let letter = matches!((plain, shifted), (Some(a), Some(b)) if a.is_lowercase() && b.is_uppercase());
        let shift = self.holds(&usage::SHIFTS) != (letter && self.caps);
        let control = self.holds(&usage::CONTROLS);
        let third_level = self.held.contains(&usage::RIGHT_ALT) || (control && self.held.contains(&usage::LEFT_ALT));
        let character = if third_level {
            third
        } else if shift {
            shifted
        } else {
            plain
        };
        match character {
            Some(character) if control && !third_level => match character {
                '@'..='_' | 'a'..='z' => typed.push(character as u8 & 0x1F),
                _ => self.unknown_keys += 1,
            },
            Some(character) => push(character, typed),
            None => self.unknown_keys += 1,
        }
    }

    fn alt_released(&mut self, typed: &mut Vec<u8>) {
        let Some((number, leading_zero)) = self.alt_number.take() else { return };
        match (number, self.alt_codes) {
            (0..=0x7F, _) => typed.push(number.to_le_bytes()[0]),
            // Without the leading zero it would be the OEM code page of whatever Windows; the ANSI one is the better guess.
            (0x80..=0xFF, _) => {
                tracing::trace!(leading_zero, "alt code above 127");
                push_all(&WINDOWS_1252.decode_without_bom_handling(&[number.to_le_bytes()[0]]).0, typed);
            }
            (0x100..=0xFFFF, AltCodes::Gbk) => {
                let [low, high, ..] = number.to_le_bytes();
                push_all(&GBK.decode_without_bom_handling(&[high, low]).0, typed);
            }
            _ => match char::from_u32(number) {
                Some(character) => push(character, typed),
                None => self.unknown_keys += 1,
            },
        }
    }
}

fn push(character: char, typed: &mut Vec<u8>) {
    typed.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
}

fn push_all(text: &str, typed: &mut Vec<u8>) {
    typed.extend_from_slice(text.as_bytes());
}

fn place(report: &impl Report) -> Place {
    let mut place = Place { id: report.report_id().map(|id| u8::from(&id)), ..Place::default() };
    let page = u16::from(&UsagePage::KeyboardKeypad);
    for field in report.fields() {
        match field {
            Field::Variable(field) if u16::from(field.usage.usage_page) == page && field.bits.len() == 1 => {
                if let Ok(usage) = u8::try_from(u16::from(field.usage.usage_id)) {
                    place.bits.push((usage, field.bits.clone()));
                }
            }
            Field::Array(field) => {
                let Some(first) = field.usages().first().filter(|usage| u16::from(usage.usage_page) == page) else { continue };
                let (Ok(first), Ok(smallest)) = (u8::try_from(u16::from(first.usage_id)), u32::try_from(i32::from(field.logical_minimum)))
                else {
                    continue;
                };
                let width = field.bits.len() / usize::from(field.report_count).max(1);
                for start in field.bits.clone().step_by(width.max(1)).take(if width == 0 { 0 } else { 64 }) {
                    place.slots.push((start..start + width, smallest, first));
                }
            }
            Field::Variable(_) | Field::Constant(_) => {}
        }
    }
    place
}

#[cfg(test)]
#[path = "keyboard_tests.rs"]
mod tests;
