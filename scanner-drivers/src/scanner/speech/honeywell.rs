//! Honeywell (and Metrologic under its name): menu commands, and beeps from the host.
//!
//! - Menu commands: `SYN M CR`, then `TAG SUB data` chained by `,` and `;`, ended by `.` (kept in flash, whose writes are limited) or `!` (volatile):
//!   N3680 User Guide, "Menu Command Syntax"; answers: Xenon/Granit User Guide, "Responses", see [`super::menu`].
//! - Trigger `SYN T CR` and beep `SYN BEL CR`: 3310g User Guide, "Trigger Commands"; release `SYN U CR` likewise.
//! - Host ACK: Xenon/Granit User Guide, "Host ACK": `ESC 7 ,` is a good read, `ESC 8 ,` a razz, `ESC 4`…`6` beeps from low to high. While it is on,
//!   the scanner waits after each code until it is answered (10 seconds by default), which is what holding means here.

use qitao_domain::work::Tone;

use super::menu::Status;
use super::{Order, Signal};

const SYN: u8 = 0x16;
const CR: u8 = 0x0D;
const BEL: u8 = 0x07;

/// Marks that end a command of a chain.
pub const MARKS: &[u8] = b",;.!";

/// A signal's bytes; `hold` tells that Host ACK is on.
#[must_use]
pub fn say(signal: Signal, hold: bool) -> Option<Vec<u8>> {
    let beep = [SYN, BEL, CR];
    Some(match (signal, hold) {
        (Signal::Answer(Tone::Right), true) => b"\x1b7,".to_vec(),
        (Signal::Answer(Tone::Wrong), true) => b"\x1b8,\x1b8,".to_vec(),
        // Also ends the waiting, like every other sequence.
        (Signal::Answer(Tone::Attention), true) => b"\x1b6,\x1b4,".to_vec(),
        (Signal::Answer(Tone::Right), false) => beep.to_vec(),
        (Signal::Answer(Tone::Attention), false) => beep.repeat(2),
        (Signal::Answer(Tone::Wrong), false) => beep.repeat(3),
        (Signal::Order(Order::Trigger), _) => vec![SYN, b'T', CR],
        (Signal::Order(Order::Release), _) => vec![SYN, b'U', CR],
        // Reading is held by the device itself in Host ACK mode.
        (Signal::Order(Order::Enable | Order::Disable), _) => return None,
    })
}

/// A menu command as it goes over the wire; `None` when it is none: not printable, or without its last mark.
#[must_use]
pub fn menu(text: &str) -> Option<Vec<u8>> {
    let body = text.as_bytes();
    let right = body.len() >= 4 && matches!(body.last(), Some(b'.' | b'!')) && body.iter().all(|byte| (0x20..0x7F).contains(byte));
    right.then(|| [&[SYN, b'M', CR], body].concat())
}

/// Where a whole answer ends: behind the status and the mark at its end.
#[must_use]
pub fn answer_end(bytes: &[u8]) -> Option<usize> {
    bytes.windows(2).position(|pair| Status::of(pair[0]).is_some() && matches!(pair[1], b'.' | b'!')).map(|at| at + 2)
}

/// Whether a command asks for a text (`REVINF.`), whose lines come before the command is repeated.
#[must_use]
pub fn is_text(command: &str) -> bool {
    let tag = tag(command);
    tag.is_empty() || !command[tag.len()..].starts_with(['?', '^', '*', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9'])
}

/// Whether a line is of such a text, `Product Name: Xenon`: with a colon, as hardly any barcode has.
#[must_use]
pub fn is_text_line(line: &[u8]) -> bool {
    line.windows(2).any(|pair| pair == b": ")
}

/// Where the answer to this command begins, or the last line of a text: where the letters of its tag come back, in whatever case.
#[must_use]
pub fn answer_start(command: &str, bytes: &[u8]) -> Option<usize> {
    let tag = tag(command);
    let last = bytes.len().checked_sub(1)?;
    // At the very end only a part of the tag may have come yet.
    (0..=last).find(|at| {
        let rest = &bytes[*at..];
        let length = rest.len().min(tag.len());
        rest[..length].eq_ignore_ascii_case(&tag.as_bytes()[..length])
    })
}

/// The letters that a command begins with.
#[must_use]
pub fn tag(command: &str) -> &str {
    let end = command.bytes().take(6).position(|byte| !byte.is_ascii_alphanumeric()).unwrap_or(command.len().min(6));
    // Every byte before is ASCII, so this is a boundary; a command that is not never gets here.
    command.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::menu::answers;
    use super::*;

    #[test]
    fn commands_are_framed_as_in_the_user_guides() {
        // N3680 User Guide: "SYN M CR 232BAD9." sets 115,200 Bd.
        assert_eq!(menu("232BAD9.").unwrap(), b"\x16M\r232BAD9.");
        assert_eq!(menu("cbrena*.").unwrap(), b"\x16M\rcbrena*.");
        assert_eq!((menu("CBRENA1"), menu("CBRENA\r."), menu("设."), menu(".")), (None, None, None, None));
        // 3310g User Guide: serial trigger and beep; python_hon_usbhid sends the same over USB.
        assert_eq!(say(Signal::Order(Order::Trigger), false).unwrap(), [0x16, 0x54, 0x0D]);
        assert_eq!(say(Signal::Answer(Tone::Right), false).unwrap(), [0x16, 0x07, 0x0D]);
        // Xenon User Guide, Host ACK: on file and not on file.
        assert_eq!(say(Signal::Answer(Tone::Right), true).unwrap(), b"\x1b7,");
        assert_eq!(say(Signal::Answer(Tone::Wrong), true).unwrap(), b"\x1b8,\x1b8,");
    }

    #[test]
    fn an_answer_is_found_where_its_tag_comes_back_and_ends_at_its_last_mark() {
        let wire = b"6901234567892\rCBRENA0-1\x06.QT-OK\r";
        let (start, end) = (answer_start("cbrena*.", wire).unwrap(), answer_end(wire).unwrap());
        assert_eq!(&wire[start..end], b"CBRENA0-1\x06.");
        assert_eq!(answers(&wire[start..end], MARKS)[0].text, "CBRENA0-1");
        assert_eq!(answer_end(b"CBRENA1\x06"), None);
        assert_eq!(answer_start("CBRENA?.", b"69012CBR"), Some(5), "the rest of the tag may be on its way");
        assert_eq!(answer_start("CBRENA?.", b"6901234567892\r"), None);
        assert!(is_text("REVINF.") && !is_text("CBRENA?.") && is_text_line(b"Product Name: Xenon") && !is_text_line(b"6901234567892"));
        assert_eq!((tag("CBRENA?."), tag("cbr?."), tag("2")), ("CBRENA", "cbr", "2"));
    }
}
