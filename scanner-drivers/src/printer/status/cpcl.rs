//! CPCL (Zebra, "CPCL Programming Manual", section 11 "Printer escape commands"): `ESC h` "Get printer status", one byte.
//!
//! The printer answers only when it has finished the label before ("if one is returned, it indicates that the printer is operational and has finished
//! processing the previous label"): silence during a job is work. Bit 4 stays set from switching on until `ESC N` "Acknowledge printer reset", so that a job
//! which lost its printer's power is known.

use super::{Fault, Status, Warning, holding};

pub(super) const QUESTION: &[u8] = b"\x1bh";
pub(super) const SEEN_RESET: &[u8] = b"\x1bN";

/// White for what is missing of a graphic, then `ABORT`, which ends a session without printing. There is no command that a graphic would not swallow.
pub(super) fn fill_up_and_abort(missing: usize) -> Vec<u8> {
    let mut bytes = vec![0; missing];
    bytes.extend_from_slice(b"\r\nABORT\r\n");
    bytes
}

pub(super) fn status(bytes: &[u8]) -> Option<Status> {
    let byte = *bytes.last()?;
    // The upper three bits mean nothing and are zero: anything else is noise.
    (byte & 0xe0 == 0).then(|| Status {
        faults: holding(&[(byte & 0x04 != 0, Fault::Open), (byte & 0x02 != 0, Fault::PaperOut)]),
        warnings: holding(&[(byte & 0x08 != 0, Warning::BatteryLow)]),
        busy: byte & 0x01 != 0,
        reset: byte & 0x10 != 0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bits_are_those_of_the_manual() {
        assert_eq!(status(&[0x00]), Some(Status::default()));
        assert_eq!(status(&[0x06]).unwrap().faults, [Fault::Open, Fault::PaperOut]);
        let low = status(&[0x19]).unwrap();
        assert_eq!((low.warnings, low.busy, low.reset), (vec![Warning::BatteryLow], true, true));
        assert_eq!((status(&[]), status(b"a")), (None, None));
    }
}
