//! Newland's unified commands: `~ SOH 0000`, a mark for where it is kept, `TAG SUB data`, `; ETX`.
//!
//! NLS-HR42 and NLS-HR52 User Guide, "Use of Programming Command": `@` keeps a setting, `#` holds it until power is off; `*` asks for the value, `&`
//! for the default, `^` for the range; answers begin with `STX SOH 0000` and have a status before each mark, see [`super::menu`]. An answer is told
//! from a code by its frame, so it never becomes a scan, whenever it comes. Older engines (`$$%^…`) are set by sheet only.

use qitao_domain::work::Tone;

use super::{Order, Signal};

/// How commands begin.
pub const COMMAND: &[u8] = b"~\x010000";
/// How answers begin.
pub const ANSWER: &[u8] = b"\x02\x010000";
/// How both end.
pub const END: &[u8] = b";\x03";
/// Marks that end a command of a chain; the last one is part of [`END`] and may be missing here.
pub const MARKS: &[u8] = b",;";
/// Longest answer that is waited for; listing every setting takes a quarter.
pub const LONGEST: usize = 16 * 1024;

/// Beeps of frequency, milliseconds and loudness. From memory of the newer engines' command list, to be confirmed there; a model without them answers ENQ
/// and stays as it is.
const GOOD: &str = "#BEEPON2700F60T20V";
const WARNING: &str = "#BEEPON2700F60T20V;BEEPON1600F200T20V";
const WRONG: &str = "#BEEPON800F500T20V";

/// A signal's bytes. The trigger commands are those of the vendor's own Android services.
#[must_use]
pub fn say(signal: Signal) -> Option<Vec<u8>> {
    command(match signal {
        Signal::Answer(Tone::Right) => GOOD,
        Signal::Answer(Tone::Attention) => WARNING,
        Signal::Answer(Tone::Wrong) => WRONG,
        Signal::Order(Order::Trigger) => "#SCNTRG1",
        Signal::Order(Order::Release) => "#SCNTRG0",
        // Reading barcodes can be switched off per symbology only, which is no work for every scan.
        Signal::Order(Order::Enable | Order::Disable) => return None,
    })
}

/// A command as it goes over the wire; `None` when it is none: without its first mark, not printable, or with an end inside.
#[must_use]
pub fn command(text: &str) -> Option<Vec<u8>> {
    let body = text.as_bytes();
    let right = body.len() >= 4 && matches!(body[0], b'@' | b'#') && body.iter().all(|byte| (0x20..0x7F).contains(byte));
    right.then(|| [COMMAND, body, END].concat())
}

/// Whether an answer (without its frame) repeats this command: the mark may differ, the letters of the first tag may not.
#[must_use]
pub fn answers(command: &str, body: &[u8]) -> bool {
    let tag: Vec<u8> = command.bytes().skip(1).take(3).collect();
    body.get(1..1 + tag.len()).is_some_and(|echo| echo.eq_ignore_ascii_case(&tag))
}

/// Takes answers out of a stream of codes.
#[derive(Debug, Clone, Default)]
pub struct Sieve {
    held: Vec<u8>,
}

impl Sieve {
    /// Whether an answer has begun.
    #[must_use]
    pub fn is_open(&self) -> bool {
        !self.held.is_empty()
    }

    /// Takes bytes; what is code is appended to `codes`, whole answers without their frame to `found`.
    pub fn feed(&mut self, bytes: &[u8], codes: &mut Vec<u8>, found: &mut Vec<Vec<u8>>) {
        for byte in bytes {
            self.held.push(*byte);
            let known = self.held.len().min(ANSWER.len());
            if self.held[..known] != ANSWER[..known] {
                self.give_back(codes);
            } else if self.held.len() > ANSWER.len() && self.held.ends_with(END) {
                let answer = std::mem::take(&mut self.held);
                found.push(answer[ANSWER.len()..answer.len() - END.len()].to_vec());
            } else if self.held.len() > LONGEST {
                self.silence(codes);
            }
        }
    }

    /// What looked like the beginning of an answer is none; the last byte may be a new beginning.
    fn give_back(&mut self, codes: &mut Vec<u8>) {
        let again = self.held.last() == Some(&ANSWER[0]) && self.held.len() > 1;
        let keep = usize::from(again);
        codes.extend(self.held.drain(..self.held.len() - keep));
    }

    /// Nothing more came: what was begun is given up. Less than two bytes were a code's own; and where there is the end of a line a code may hang on to
    /// what broke off: one that nobody knows is at least seen.
    pub fn silence(&mut self, codes: &mut Vec<u8>) {
        if self.held.len() < 2 || self.held.iter().any(|byte| matches!(byte, b'\r' | b'\n')) {
            codes.append(&mut self.held);
        }
        self.held.clear();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::menu::{self, Status};
    use super::*;

    fn sift(bytes: &[u8]) -> (Vec<u8>, Vec<Vec<u8>>) {
        let (mut sieve, mut codes, mut found) = (Sieve::default(), Vec::new(), Vec::new());
        sieve.feed(bytes, &mut codes, &mut found);
        (codes, found)
    }

    #[test]
    fn the_user_guides_examples_are_what_goes_over_the_wire() {
        // HR42 User Guide, Example 1: enable Code 11, lengths 12 and 22.
        let sent = [
            0x7E, 0x01, 0x30, 0x30, 0x30, 0x30, 0x40, 0x43, 0x31, 0x31, 0x45, 0x4E, 0x41, 0x31, 0x2C, 0x4D, 0x49, 0x4E, 0x31, 0x32, 0x2C,
            0x4D, 0x41, 0x58, 0x32, 0x32, 0x3B, 0x03,
        ];
        assert_eq!(command("@C11ENA1,MIN12,MAX22").unwrap(), sent);
        let answer = [
            0x02, 0x01, 0x30, 0x30, 0x30, 0x30, 0x40, 0x43, 0x31, 0x31, 0x45, 0x4E, 0x41, 0x31, 0x06, 0x2C, 0x4D, 0x49, 0x4E, 0x31, 0x32,
            0x06, 0x2C, 0x4D, 0x41, 0x58, 0x32, 0x32, 0x06, 0x3B, 0x03,
        ];
        let (codes, found) = sift(&answer);
        assert!(codes.is_empty());
        assert!(answers("@C11ENA1,MIN12,MAX22", &found[0]));
        let all = menu::answers(&found[0], MARKS);
        assert_eq!(all.iter().map(|a| a.text.as_str()).collect::<Vec<_>>(), ["@C11ENA1", "MIN12", "MAX22"]);
        assert!(all.iter().all(|answer| answer.status == Status::Ok));
        // Example 2 and the query of a whole tag (FM530 User Guide, "Query Commands").
        assert_eq!(command("@C11*").unwrap(), [0x7E, 0x01, 0x30, 0x30, 0x30, 0x30, 0x40, 0x43, 0x31, 0x31, 0x2A, 0x3B, 0x03]);
        assert_eq!((command("C11*"), command("@C\x0311"), command("@")), (None, None, None));
    }

    #[test]
    fn answers_are_taken_out_of_the_stream_wherever_they_come() {
        let (codes, found) = sift(b"6901234567892\r\x02\x010000#SCNTRG1\x06;\x03QT-OK\r\x02one\x03");
        assert_eq!((codes.as_slice(), found.len()), (b"6901234567892\rQT-OK\r\x02one\x03".as_slice(), 1));
        let (codes, _) = sift(b"\x02\x02\x010000@ABCDEF1\x15;\x03x");
        assert_eq!(codes, b"\x02x", "a second STX begins anew");
    }

    proptest! {
        #[test]
        fn codes_come_through_unchanged_and_in_order(codes in prop::collection::vec(prop::collection::vec(0x20u8..0x7F, 0..20), 0..6)) {
            let mut wire = Vec::new();
            for code in &codes {
                wire.extend_from_slice(code);
                wire.extend_from_slice(b"\r\x02\x010000@TAGSUB1\x06;\x03");
            }
            let (through, found) = sift(&wire);
            let expected: Vec<u8> = codes.iter().flat_map(|code| [code.as_slice(), b"\r"].concat()).collect();
            prop_assert_eq!(through, expected);
            prop_assert_eq!(found.len(), codes.len());
        }

        #[test]
        fn no_bytes_bring_it_down(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = sift(&bytes);
        }
    }
}
