//! TSPL/TSPL2 (TSC, "TSPL/TSPL2 Programming", section "Status polling and immediate commands"): `<ESC>!?`, one byte, and `<ESC>!S`, eight bytes that name
//! more (firmware V6.29 EZ and later). Both are answered at any time, also while there is a fault.

use super::{Fault, Status, Warning, holding};

pub(super) const QUESTION: &[u8] = b"\x1b!?";
pub(super) const CLOSER: &[u8] = b"\x1b!S";

/// `<ESC>!R`: the printer starts anew and forgets what it was sent; it is silent for some seconds.
pub(super) const RESET: &[u8] = b"\x1b!R";

/// The answer to either question; `None` while the longer one is not whole.
pub(super) fn status(bytes: &[u8]) -> Option<Status> {
    // 0x02 alone is the short answer for a jam; as the start of the long one it is followed by bytes that all have bit 6.
    match bytes {
        [.., 0x02, message, warning, error, media, 0x03, b'\r', b'\n'] => Some(named([*message, *warning, *error, *media])),
        [0x02, rest @ ..] if !rest.is_empty() && rest.iter().take(4).all(|byte| byte & 0x40 != 0) => None,
        [.., byte] => Some(bits(*byte)),
        [] => None,
    }
}

fn bits(byte: u8) -> Status {
    let faults = holding(&[
        (byte & 0x41 != 0, Fault::Open),
        (byte & 0x02 != 0, Fault::Jammed),
        (byte & 0x04 != 0, Fault::PaperOut),
        (byte & 0x08 != 0, Fault::RibbonOut),
        (byte & 0x10 != 0, Fault::Paused),
        (byte & 0x80 != 0, Fault::Other),
    ]);
    Status { faults, busy: byte & 0x20 != 0, ..Status::default() }
}

/// `STX message warning error media ETX CR LF`; in each byte bit 6 is set and the others mean something.
fn named([message, warning, error, media]: [u8; 4]) -> Status {
    let mut faults = holding(&[
        (media & 0x20 != 0, Fault::Open),
        (media & 0x02 != 0, Fault::Jammed),
        (media & 0x01 != 0, Fault::PaperOut),
        // Ribbon empty, ribbon jam.
        (media & 0x0c != 0, Fault::RibbonOut),
        (error & 0x03 != 0, Fault::Temperature),
        (error & 0x08 != 0, Fault::Cutter),
        (error & 0x10 != 0, Fault::Other),
        (message == b'`' || message == b'K', Fault::Paused),
        (warning & 0x08 != 0, Fault::BufferFull),
    ]);
    if message == b'E' && faults.is_empty() {
        faults.push(Fault::Other);
    }
    let warnings = holding(&[(message == b'L', Warning::TakeLabel)]);
    // Backing, cutting, feeding, waiting for the label to be taken, printing, imaging.
    Status { faults, warnings, busy: b"BCFLPW".contains(&message), reset: false }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bits_are_those_of_the_manual() {
        let faults = |byte| status(&[byte]).unwrap().faults;
        assert_eq!((faults(0x00), faults(0x01), faults(0x02)), (vec![], vec![Fault::Open], vec![Fault::Jammed]));
        assert_eq!((faults(0x04), faults(0x08), faults(0x10)), (vec![Fault::PaperOut], vec![Fault::RibbonOut], vec![Fault::Paused]));
        assert_eq!((faults(0x80), faults(0x05)), (vec![Fault::Other], vec![Fault::Open, Fault::PaperOut]));
        assert!(status(&[0x20]).unwrap().busy && status(&[]).is_none());
    }

    #[test]
    fn the_long_answer_names_what_the_short_one_does_not() {
        let said = |four: &[u8; 4]| status(&[b"\x02".as_slice(), four, b"\x03\r\n"].concat()).unwrap();
        assert_eq!(said(b"@@@@"), Status::default());
        assert!(said(b"P@@@").busy && said(b"W@@@").busy);
        assert_eq!(said(b"L@@@").warnings, [Warning::TakeLabel]);
        assert_eq!((said(b"E@A@").faults, said(b"E@H@").faults), (vec![Fault::Temperature], vec![Fault::Cutter]));
        assert_eq!((said(b"E@@A").faults, said(b"E@@B").faults), (vec![Fault::PaperOut], vec![Fault::Jammed]));
        assert_eq!((said(b"E@@D").faults, said(b"`@@@").faults), (vec![Fault::RibbonOut], vec![Fault::Paused]));
        assert_eq!((said(b"E@@@").faults, said(b"@H@@").faults), (vec![Fault::Other], vec![Fault::BufferFull]));
        for cut in 2..8 {
            assert_eq!(status(&b"\x02@@@@\x03\r\n"[..cut]), None, "{cut}");
        }
    }
}
