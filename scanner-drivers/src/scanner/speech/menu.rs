//! Answers of scanners that are set by lines of text (Honeywell, Newland): the line comes back with a status character before each of its marks.
//!
//! Honeywell Xenon User Guide, chapter "Serial Programming Commands", section "Responses"; Newland NLS-HR42 User Guide, chapter 3, section "Responses".

use serde::{Deserialize, Serialize};

/// How a command was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// ACK: processed.
    Ok,
    /// ENQ: there is no such tag; this model does not have the setting.
    UnknownTag,
    /// NAK: the tag is good, its value out of range.
    BadValue,
}

impl Status {
    /// The status that a byte stands for.
    #[must_use]
    pub const fn of(byte: u8) -> Option<Self> {
        match byte {
            0x06 => Some(Self::Ok),
            0x05 => Some(Self::UnknownTag),
            0x15 => Some(Self::BadValue),
            _ => None,
        }
    }

    /// The byte on the wire.
    #[must_use]
    pub const fn byte(self) -> u8 {
        match self {
            Self::Ok => 0x06,
            Self::UnknownTag => 0x05,
            Self::BadValue => 0x15,
        }
    }
}

/// The answer to one command of a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The command as it came back, e.g. `CBRENA1`, with the value in the place of a query's mark. Of a chained command only what the line repeats:
    /// `MAX22` after `C11MIN12`.
    pub text: String,
    /// How it was taken.
    pub status: Status,
}

/// Takes a line of answers apart. A status character counts only before one of `marks` or at the end; what follows the last one is left out.
#[must_use]
pub fn answers(line: &[u8], marks: &[u8]) -> Vec<Answer> {
    let (mut found, mut from) = (Vec::new(), 0);
    for (at, byte) in line.iter().enumerate() {
        let Some(status) = Status::of(*byte) else { continue };
        if at >= from && line.get(at + 1).is_none_or(|next| marks.contains(next)) {
            found.push(Answer { text: String::from_utf8_lossy(&line[from..at]).into_owned(), status });
            from = at + 2;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_command_of_a_line_has_its_own_answer() {
        let answer = |text: &str, status| Answer { text: text.into(), status };
        // Voyager 1250g User's Guide, 9-3: "What are the device's settings for all Codabar selections?"
        let codabar = answers(b"CBRENA1\x06,SSX0\x06,CK20\x06.", b",;.!");
        assert_eq!(codabar, [answer("CBRENA1", Status::Ok), answer("SSX0", Status::Ok), answer("CK20", Status::Ok)]);
        assert_eq!(answers(b"C11MIN12\x06,MAX99\x15", b",;"), [answer("C11MIN12", Status::Ok), answer("MAX99", Status::BadValue)]);
        assert_eq!(answers(b"XYZABC1\x05.", b",;.!"), [answer("XYZABC1", Status::UnknownTag)]);
        assert_eq!(answers(b"a\x06b\x06.", b".")[0].text, "a\u{6}b", "a control character inside a value is part of it");
        assert_eq!(answers(b"CBREN", b".,"), []);
    }

    proptest! {
        #[test]
        fn no_line_brings_it_down(line in prop::collection::vec(any::<u8>(), 0..80)) {
            let _ = answers(&line, b",;.!");
        }
    }
}
