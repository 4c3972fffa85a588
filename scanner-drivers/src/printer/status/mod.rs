//! What printers answer when asked how they are, and what they say unasked. Pure parsing; each language in a file of its own, with the manual it
//! follows.
//!
//! [`question`] is understood while a printer prints; [`closer`] is a second question for what the first does not tell. [`receipt`] is queued behind a job
//! where a language has such a thing: its answer comes only when everything before it has been printed, and never after the power was gone.

mod cpcl;
mod escpos;
mod tspl;
mod zpl;

use std::fmt;

use serde::{Deserialize, Serialize};

use qitao_labels::Language;

/// Why a printer does not print.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// Labels are used up.
    PaperOut,
    /// The ribbon is used up.
    RibbonOut,
    /// The head or cover is open.
    Open,
    /// Labels are jammed.
    Jammed,
    /// The cutter is stuck.
    Cutter,
    /// The head is broken or not recognised.
    Head,
    /// Paused at the printer.
    Paused,
    /// Too hot or too cold.
    Temperature,
    /// Its buffer is full.
    BufferFull,
    /// Some other fault the printer does not name.
    Other,
    /// It was switched off and on: what it held is gone.
    Reset,
    /// It does not answer. Zebra printers do not answer at all when paper or ribbon is out or the head is open.
    Silent,
    /// It cannot be reached: switched off, unplugged, or another program holds it.
    Unreachable,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::PaperOut => "paper out",
            Self::RibbonOut => "ribbon out",
            Self::Open => "head or cover open",
            Self::Jammed => "paper jam",
            Self::Cutter => "cutter stuck",
            Self::Head => "print head broken",
            Self::Paused => "paused",
            Self::Temperature => "too hot or too cold",
            Self::BufferFull => "buffer full",
            Self::Other => "fault",
            Self::Reset => "switched off and on",
            Self::Silent => "no answer (paper or ribbon out, head open, or not a printer of this language)",
            Self::Unreachable => "cannot be reached",
        })
    }
}

/// What somebody should see to while it still prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Warning {
    /// Labels are nearly used up.
    PaperLow,
    /// A label waits to be taken off; the next is printed then.
    TakeLabel,
    /// The battery is low.
    BatteryLow,
    /// The head wants cleaning or replacing.
    HeadWorn,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::PaperLow => "paper nearly used up",
            Self::TakeLabel => "a label waits to be taken off",
            Self::BatteryLow => "battery low",
            Self::HeadWorn => "the print head wants cleaning or replacing",
        })
    }
}

/// How a printer is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Status {
    /// Why it does not print, the most pressing first; empty when it does.
    pub faults: Vec<Fault>,
    /// What to see to.
    pub warnings: Vec<Warning>,
    /// Still printing or holding labels of earlier jobs.
    pub busy: bool,
    /// It was switched on since it was last told that this is known.
    pub reset: bool,
}

impl Status {
    /// A printer that does not print for one reason.
    #[must_use]
    pub fn of(fault: Fault) -> Self {
        Self { faults: vec![fault], ..Self::default() }
    }

    /// The most pressing reason.
    #[must_use]
    pub fn fault(&self) -> Option<Fault> {
        self.faults.first().copied()
    }
}

/// What holds, of conditions and what they mean.
fn holding<T: Copy>(conditions: &[(bool, T)]) -> Vec<T> {
    conditions.iter().filter(|(holds, _)| *holds).map(|(_, meaning)| *meaning).collect()
}

/// The question that asks a printer how it is, without disturbing what it prints.
#[must_use]
pub const fn question(language: Language) -> &'static [u8] {
    match language {
        Language::Zpl => zpl::QUESTION,
        Language::Tspl => tspl::QUESTION,
        Language::EscPos => escpos::QUESTION,
        Language::Cpcl => cpcl::QUESTION,
    }
}

/// A second question: to a ZPL printer that did not answer the first, to a TSPL printer with a fault that has no bit of its own. Its answer is read by the
/// same [`Ear`].
#[must_use]
pub const fn closer(language: Language) -> Option<&'static [u8]> {
    match language {
        Language::Zpl => Some(zpl::CLOSER),
        Language::Tspl => Some(tspl::CLOSER),
        Language::EscPos | Language::Cpcl => None,
    }
}

/// Whether an answer is one byte, which noise on the line or a line break while the power comes can be as well: to be trusted when it is said twice.
#[must_use]
pub const fn one_byte(language: Language) -> bool {
    matches!(language, Language::Tspl | Language::Cpcl)
}

/// Sent behind a job: answered when the job has been printed. See [`Ear::receipt`].
#[must_use]
pub const fn receipt(language: Language) -> Option<&'static [u8]> {
    match language {
        Language::EscPos => Some(escpos::RECEIPT),
        // CPCL answers its one question in order; the others are asked until they are idle.
        Language::Zpl | Language::Tspl | Language::Cpcl => None,
    }
}

/// Sent before a job: the printer need not tell again that it was switched on. See [`Status::reset`].
#[must_use]
pub const fn seen_reset(language: Language) -> Option<&'static [u8]> {
    match language {
        Language::Cpcl => Some(cpcl::SEEN_RESET),
        Language::Zpl | Language::Tspl | Language::EscPos => None,
    }
}

/// Sent after a job that was cut off, before anything else: the printer forgets the half of a label that it may still have, which would swallow the next
/// one, and labels that it held back. `label` is the size of what was cut off, bytes.
#[must_use]
pub fn start_over(language: Language, label: usize) -> Vec<u8> {
    match language {
        Language::Zpl => zpl::CANCEL.to_vec(),
        Language::Tspl => tspl::RESET.to_vec(),
        Language::EscPos => escpos::CLEAR.to_vec(),
        Language::Cpcl => cpcl::fill_up_and_abort(label),
    }
}

/// Sent to have a printer speak unasked when something changes, for as long as it is on.
#[must_use]
pub const fn speak_up(language: Language) -> Option<&'static [u8]> {
    match language {
        Language::Zpl => Some(zpl::SPEAK_UP),
        Language::EscPos => Some(escpos::SPEAK_UP),
        Language::Tspl | Language::Cpcl => None,
    }
}

/// Hears one printer: answers, receipts, and what it says unasked, cut into pieces anyhow.
#[derive(Debug, Clone)]
pub struct Ear {
    language: Language,
    waiting: Vec<u8>,
    escpos: escpos::Sorter,
}

/// More than any answer; what is older is noise.
const MOST: usize = 4096;

impl Ear {
    /// Nothing heard yet.
    #[must_use]
    pub fn new(language: Language) -> Self {
        Self { language, waiting: Vec::new(), escpos: escpos::Sorter::default() }
    }

    /// Hears bytes.
    pub fn hear(&mut self, bytes: &[u8]) {
        if self.language == Language::EscPos {
            self.escpos.sort(bytes);
        } else {
            self.waiting.extend_from_slice(bytes);
            let old = self.waiting.len().saturating_sub(MOST);
            self.waiting.drain(..old);
        }
    }

    /// Takes the answer when it is whole.
    pub fn answer(&mut self) -> Option<Status> {
        let status = match self.language {
            Language::Zpl => zpl::status(&self.waiting),
            Language::Tspl => tspl::status(&self.waiting),
            Language::EscPos => return self.escpos.answer(),
            Language::Cpcl => cpcl::status(&self.waiting),
        }?;
        self.waiting.clear();
        Some(status)
    }

    /// Whether the job's receipt has come.
    #[must_use]
    pub const fn receipt(&self) -> bool {
        self.escpos.receipt
    }

    /// What was said unasked, whole, since it was last taken.
    pub fn unasked(&mut self) -> Option<Status> {
        self.escpos.unasked.take()
    }

    /// What was taken for a receipt was none: older than the job, or noise of a line without power.
    pub fn drop_receipt(&mut self) {
        self.escpos.receipt = false;
    }

    /// Lets go of pieces of an answer that never became whole; a receipt is kept.
    pub fn forget(&mut self) {
        self.waiting.clear();
        self.escpos.forget();
    }
}

/// `GET_PORT_STATUS` of a USB printer (USB Printer Class 1.1, table 2): bit 5 paper empty, 4 selected, 3 not error.
#[must_use]
pub const fn port_status(byte: u8) -> Option<Fault> {
    if byte & 0x20 != 0 {
        Some(Fault::PaperOut)
    } else if byte & 0x08 == 0 {
        Some(Fault::Other)
    } else if byte & 0x10 == 0 {
        Some(Fault::Silent)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn port_status_of_a_usb_printer() {
        assert_eq!(port_status(0x18), None);
        assert_eq!(port_status(0x08), Some(Fault::Silent));
        assert_eq!((port_status(0x38), port_status(0x10)), (Some(Fault::PaperOut), Some(Fault::Other)));
    }

    const ALL: [Language; 4] = [Language::Zpl, Language::Tspl, Language::EscPos, Language::Cpcl];

    proptest! {
        #[test]
        fn no_bytes_in_any_pieces_can_break_an_ear(pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..60), 0..20)) {
            for language in ALL {
                let mut ear = Ear::new(language);
                for piece in &pieces {
                    ear.hear(piece);
                    let _ = (ear.answer(), ear.unasked(), ear.receipt());
                }
                ear.forget();
                prop_assert!(ear.waiting.is_empty());
            }
        }
    }
}
