//! Datalogic and PSC: single bytes from the host, and escape sequences on hand-helds.
//!
//! - Host bytes: Magellan 800i and 9300i Product Reference Guide, "Host Commands"; PowerScan Programming Guide, "RS-232 Host Commands". After `R` more
//!   commands may be ignored for 30 seconds, so it is never sent. `F` leaves a Magellan 800i disabled until `E`.
//! - Escape sequences: PowerScan PD96xx and Gryphon GD44xx Product Reference Guide, "LED and Beeper Control": a message to the scanner ends with CR.
//! - Answers to `i`, `h`, `s`: `SOH` … `EOT`.
//! - Service commands: Gryphon I GFS4400 2D Product Reference Guide, pp. 268-292: a line that begins with `$`, answered by one that begins with `$>` or, when
//!   it was not taken, `$@`.

use qitao_domain::work::Tone;

use super::{Order, Signal};

/// Begins an answer.
pub const SOH: u8 = 0x01;
const EOT: u8 = 0x04;

/// A signal as host bytes.
#[must_use]
pub fn say(signal: Signal) -> Option<Vec<u8>> {
    Some(match signal {
        // Sounds whatever the good-read beep is set to; `B` would be silent where that is off, and with host feedback it should be.
        Signal::Answer(Tone::Right) => b"\x01".to_vec(),
        Signal::Answer(Tone::Attention) => b"\x01\x01".to_vec(),
        Signal::Answer(Tone::Wrong) => b"FE".to_vec(),
        Signal::Order(Order::Enable) => b"E".to_vec(),
        Signal::Order(Order::Disable) => b"D".to_vec(),
        Signal::Order(Order::Trigger) => b"T".to_vec(),
        Signal::Order(Order::Release) => b"X".to_vec(),
    })
}

/// A signal as escape sequences: tone and LED.
#[must_use]
pub fn say_escape(signal: Signal) -> Option<Vec<u8>> {
    Some(match signal {
        // Green on, good tone, green off.
        Signal::Answer(Tone::Right) => b"\x1b[6q\x1b[3q\x1b[7q\r".to_vec(),
        Signal::Answer(Tone::Attention) => b"\x1b[0q\x1b[1q\r".to_vec(),
        // Long low, wait, bad transmission.
        Signal::Answer(Tone::Wrong) => b"\x1b[2q\x1b[5q\x1b[4q\r".to_vec(),
        Signal::Order(_) => return None,
    })
}

/// Host bytes that are answered in full.
#[must_use]
pub const fn is_answered(byte: u8) -> bool {
    matches!(byte, b'i' | b'h' | b's')
}

/// A service command as it is sent; `None` when it is not one line that begins with `$`.
#[must_use]
pub fn service(command: &str) -> Option<Vec<u8>> {
    let line = command.strip_prefix('$').is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_graphic()));
    line.then(|| format!("{command}\r").into_bytes())
}

/// Whether a line that begins so may be the answer to a service command; a lone `$` may become one.
#[must_use]
pub fn is_service_answer(line: &[u8]) -> bool {
    matches!(line, [b'$'] | [b'$', b'>' | b'@', ..])
}

/// Takes one answer out of a stream of codes: bytes from `SOH` to `EOT`. `None` while it is not whole.
pub fn answer(held: &mut Vec<u8>) -> Option<Vec<u8>> {
    let start = held.iter().position(|byte| *byte == SOH)?;
    let end = held[start..].iter().position(|byte| *byte == EOT).map(|at| start + at)?;
    let answer = held[start + 1..end].to_vec();
    held.drain(start..=end);
    Some(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_bytes_are_those_of_the_reference_guides() {
        // Magellan 9300i, Appendix E.
        for (signal, bytes) in
            [(Signal::Order(Order::Enable), "E"), (Signal::Order(Order::Disable), "D"), (Signal::Answer(Tone::Right), "\x01")]
        {
            assert_eq!(say(signal).unwrap(), bytes.as_bytes());
        }
        assert_eq!(say(Signal::Answer(Tone::Wrong)).unwrap(), b"FE", "Magellan 800i: not on file must be followed by enable");
        // PD96xx: "ESC [ 6 q ESC [ 3 q ESC [ 7 q turns on the green LED, emits a good read tone, and turns off the green LED."
        assert_eq!(say_escape(Signal::Answer(Tone::Right)).unwrap(), b"\x1b[6q\x1b[3q\x1b[7q\r");
    }

    #[test]
    fn a_service_command_is_one_line() {
        assert_eq!(service("$cC8EN").unwrap(), b"$cC8EN\r");
        for wrong in ["", "$", "cC8EN", "$cC8EN\r$Ar", "$c C8EN"] {
            assert_eq!(service(wrong), None, "{wrong:?}");
        }
        assert!(is_service_answer(b"$>01") && is_service_answer(b"$@") && is_service_answer(b"$"));
        assert!(!is_service_answer(b"$12.50") && !is_service_answer(b"6901$>") && !is_service_answer(b""));
    }

    #[test]
    fn an_answer_is_cut_out_between_its_marks() {
        let mut held = b"6901\r\x01\x02G9300i\x03".to_vec();
        assert_eq!(answer(&mut held), None);
        held.extend_from_slice(b"\x04A\r");
        assert_eq!(answer(&mut held).unwrap(), b"\x02G9300i\x03");
        assert_eq!(held, b"6901\rA\r");
    }
}
