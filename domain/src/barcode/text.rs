//! Payload bytes as text that people can read and databases can keep, and back without loss.

use super::check;

const GS: u8 = 0x1D;

/// The byte that an escape at the start of `rest` stands for, and the escape's length: `{GS}` or `{XX}` with two hexadecimal digits.
fn escape(rest: &[u8]) -> Option<(u8, usize)> {
    match rest {
        [b'{', b'G', b'S', b'}', ..] => Some((GS, 4)),
        [b'{', high, low, b'}', ..] => {
            let digit = |c: u8| char::from(c).to_digit(16).and_then(|d| u8::try_from(d).ok());
            Some((digit(*high)? << 4 | digit(*low)?, 4))
        }
        _ => None,
    }
}

/// A payload as text: UTF-8 as it is, GS (0x1D) and other control characters and invalid bytes as `{GS}` or `{XX}`.
///
/// A brace that would read as such an escape is itself escaped, so [`bytes_of`] gives back exactly the payload.
#[must_use]
pub fn text_of(payload: &[u8]) -> String {
    let mut text = String::with_capacity(payload.len());
    let mut at = 0;
    for chunk in payload.utf8_chunks() {
        for character in chunk.valid().chars() {
            let end = at + character.len_utf8();
            if character.is_control() || (character == '{' && escape(payload.get(at..).unwrap_or_default()).is_some()) {
                push_escaped(&mut text, payload.get(at..end).unwrap_or_default());
            } else {
                text.push(character);
            }
            at = end;
        }
        push_escaped(&mut text, chunk.invalid());
        at += chunk.invalid().len();
    }
    text
}

fn push_escaped(text: &mut String, bytes: &[u8]) {
    for byte in bytes {
        match *byte {
            GS => text.push_str("{GS}"),
            byte => text.push_str(&format!("{{{byte:02X}}}")),
        }
    }
}

/// The payload that [`text_of`] wrote, or that somebody typed with `{GS}` for the separator.
#[must_use]
pub fn bytes_of(text: &str) -> Vec<u8> {
    let mut rest = text.as_bytes();
    let mut bytes = Vec::with_capacity(rest.len());
    while let Some((first, after)) = rest.split_first() {
        match escape(rest) {
            Some((byte, length)) => {
                bytes.push(byte);
                rest = rest.get(length..).unwrap_or_default();
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    bytes
}

/// The text under which the catalogue keeps a barcode: GTIN-8/12/13/14 as 14 digits, everything else as it is without outer blanks.
///
/// Digits of such a length without a right check digit are no GTIN, and stay as they are.
#[must_use]
pub fn normalise(text: &str) -> String {
    let text = text.trim();
    check::gtin14(text).unwrap_or_else(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn controls_and_broken_bytes_are_written_as_escapes() {
        assert_eq!(text_of(b"10ABC\x1d21\x00"), "10ABC{GS}21{00}");
        assert_eq!(text_of("橡木衣柜".as_bytes()), "橡木衣柜");
        assert_eq!(text_of(b"\xe6\xa9x\xff"), "{E6}{A9}x{FF}");
        assert_eq!(text_of("\u{85}".as_bytes()), "{C2}{85}");
        assert_eq!(text_of(br#"{"a":1}"#), r#"{"a":1}"#);
        assert_eq!(text_of(b"{GS}{1d}"), "{7B}GS}{7B}1d}");
        assert_eq!(bytes_of("10ABC{GS}21{1D}{1d}{G}"), b"10ABC\x1d21\x1d\x1d{G}");
    }

    #[test]
    fn only_a_gtin_with_a_right_check_digit_is_padded() {
        assert_eq!(normalise(" 6901234567892\r\n"), "06901234567892");
        assert_eq!(normalise("6901234567893"), "6901234567893");
        assert_eq!(normalise("YG-OAK-2400 "), "YG-OAK-2400");
    }

    proptest! {
        #[test]
        fn every_payload_survives_its_text(payload: Vec<u8>) {
            prop_assert_eq!(bytes_of(&text_of(&payload)), payload);
        }

        #[test]
        fn braces_and_hex_survive_too(payload in "[{}GS0-9a-fA-F\u{1d}]{0,24}") {
            prop_assert_eq!(bytes_of(&text_of(payload.as_bytes())), payload.as_bytes());
        }
    }
}
