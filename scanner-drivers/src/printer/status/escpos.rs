//! ESC/POS (Epson, "ESC/POS Application Programming Guide"): `DLE EOT n` "Transmit real-time status", `GS r 1` "Transmit status", `GS a n` automatic status
//! back (ASB).
//!
//! Everything comes on one wire without a header. The fixed bits tell the three apart (guide, "Identification of status"): a real-time answer is `0xx1xx10`,
//! an ASB begins with `0xx1xx00` and has three more `0xx0xxxx`, and `0xx0xxxx` alone answers `GS r`. `DLE EOT` is answered while the printer prints; `GS r`
//! waits its turn behind the job, and that is the receipt.

use super::{Fault, Status, Warning, holding};

/// `DLE EOT` 1 to 4: printer, offline cause, error cause, paper.
pub(super) const QUESTION: &[u8] = b"\x10\x04\x01\x10\x04\x02\x10\x04\x03\x10\x04\x04";
/// `GS r 1`.
pub(super) const RECEIPT: &[u8] = b"\x1dr\x01";
/// `DLE DC4` function 8 "Clear buffer(s)", with the fixed seven bytes that keep it from happening by chance.
pub(super) const CLEAR: &[u8] = b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08";
/// `GS a`: on-line/off-line, errors, paper.
pub(super) const SPEAK_UP: &[u8] = b"\x1da\x0e";

/// Tells apart what comes.
#[derive(Debug, Clone, Default)]
pub(super) struct Sorter {
    answers: Vec<u8>,
    automatic: Vec<u8>,
    pub(super) receipt: bool,
    pub(super) unasked: Option<Status>,
}

impl Sorter {
    pub(super) fn sort(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            if byte & 0x93 == 0x12 {
                self.answers.push(byte);
                let old = self.answers.len().saturating_sub(4);
                self.answers.drain(..old);
            } else if byte & 0x93 == 0x10 {
                self.automatic = vec![byte];
            } else if byte & 0x90 == 0 {
                match self.automatic.len() {
                    1 | 2 => self.automatic.push(byte),
                    3 => {
                        self.unasked = Some(automatic(self.automatic[0], self.automatic[1], self.automatic[2]));
                        self.automatic.clear();
                    }
                    _ => self.receipt = true,
                }
            }
        }
    }

    pub(super) fn answer(&mut self) -> Option<Status> {
        let four: [u8; 4] = self.answers.as_slice().try_into().ok()?;
        self.answers.clear();
        Some(real_time(four))
    }

    /// The beginning of an ASB is kept: what is left of it is still to come, and would be taken for a receipt.
    pub(super) fn forget(&mut self) {
        self.answers.clear();
    }
}

/// Bits that the error byte has in both forms: 2 mechanical, 3 cutter, 5 beyond recovery, 6 recovers by itself (the head is hot).
fn errors(byte: u8) -> [(bool, Fault); 4] {
    [
        (byte & 0x40 != 0, Fault::Temperature),
        (byte & 0x08 != 0, Fault::Cutter),
        (byte & 0x04 != 0, Fault::Jammed),
        (byte & 0x20 != 0, Fault::Other),
    ]
}

fn real_time([printer, offline, error, paper]: [u8; 4]) -> Status {
    let mut faults = holding(&[(offline & 0x04 != 0, Fault::Open), (paper & 0x60 != 0 || offline & 0x20 != 0, Fault::PaperOut)]);
    faults.extend(holding(&errors(error)));
    if offline & 0x40 != 0 && faults.is_empty() {
        faults.push(Fault::Other);
    }
    // Off line without a cause: the feed button, or switched off line by hand.
    if printer & 0x08 != 0 && faults.is_empty() {
        faults.push(Fault::Paused);
    }
    Status { faults, warnings: holding(&[(paper & 0x0c != 0, Warning::PaperLow)]), ..Status::default() }
}

fn automatic(printer: u8, error: u8, paper: u8) -> Status {
    let mut faults = holding(&[(printer & 0x20 != 0, Fault::Open), (paper & 0x0c != 0, Fault::PaperOut)]);
    faults.extend(holding(&errors(error)));
    if printer & 0x08 != 0 && faults.is_empty() {
        faults.push(Fault::Paused);
    }
    Status { faults, warnings: holding(&[(paper & 0x03 != 0, Warning::PaperLow)]), ..Status::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(bytes: &[u8]) -> Option<Status> {
        let mut sorter = Sorter::default();
        sorter.sort(bytes);
        sorter.answer()
    }

    #[test]
    fn real_time_answers_name_each_fault() {
        let faults = |four: &[u8; 4]| said(four).unwrap().faults;
        assert_eq!(said(b"\x12\x12\x12\x12"), Some(Status::default()));
        assert_eq!(faults(b"\x1a\x16\x12\x12"), [Fault::Open]);
        assert_eq!(faults(b"\x1a\x32\x12\x72"), [Fault::PaperOut]);
        assert_eq!(faults(b"\x1a\x52\x1a\x12"), [Fault::Cutter]);
        assert_eq!(faults(b"\x1a\x52\x52\x12"), [Fault::Temperature]);
        assert_eq!(faults(b"\x1a\x52\x12\x12"), [Fault::Other]);
        assert_eq!(faults(b"\x1a\x12\x12\x12"), [Fault::Paused]);
        assert_eq!(said(b"\x12\x12\x12\x1e").unwrap(), Status { warnings: vec![Warning::PaperLow], ..Status::default() });
        assert_eq!(said(b"\x12\x12\x12"), None);
    }

    #[test]
    fn receipts_answers_and_what_comes_unasked_are_told_apart_in_any_mixture() {
        let mut sorter = Sorter::default();
        // An ASB "cover open" between the answers, and the receipt behind them.
        sorter.sort(b"\x12\x12\x38\x00\x00");
        assert!(!sorter.receipt && sorter.unasked.is_none());
        sorter.sort(b"\x0f\x12\x12\x00");
        assert_eq!(sorter.unasked.take().unwrap().faults, [Fault::Open]);
        assert_eq!(sorter.answer(), Some(Status::default()));
        assert!(sorter.receipt);
        sorter.sort(b"\x18\x08\x0c\x0f");
        assert_eq!(sorter.unasked.take().unwrap().faults, [Fault::PaperOut, Fault::Cutter]);
    }

    #[test]
    fn what_comes_unasked_is_no_receipt_however_a_new_question_cuts_it() {
        const ASB: &[u8] = b"\x38\x00\x00\x0f";
        for cut in 0..=ASB.len() {
            let mut sorter = Sorter::default();
            sorter.sort(&[b"\x12\x12\x12\x12", &ASB[..cut]].concat());
            assert!(sorter.answer().is_some());
            sorter.forget();
            sorter.sort(&[&ASB[cut..], b"\x12\x12\x12\x12"].concat());
            assert!(sorter.answer().is_some() && !sorter.receipt, "{cut}");
            assert_eq!(sorter.unasked.unwrap().faults, [Fault::Open], "{cut}");
        }
    }
}
