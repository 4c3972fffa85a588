//! What printers answer when asked how they are. Pure parsing; vectors from the vendors' manuals.

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
    /// Paused at the printer.
    Paused,
    /// Too hot or too cold.
    Temperature,
    /// Its buffer is full.
    BufferFull,
    /// Some other fault the printer does not name.
    Other,
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
            Self::Paused => "paused",
            Self::Temperature => "too hot or too cold",
            Self::BufferFull => "buffer full",
            Self::Other => "fault",
            Self::Silent => "no answer (paper or ribbon out, head open, or not a printer of this language)",
            Self::Unreachable => "cannot be reached",
        })
    }
}

/// How a printer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Status {
    /// Why it does not print, the most pressing first.
    pub fault: Option<Fault>,
    /// Still printing or holding labels of earlier jobs.
    pub busy: bool,
}

/// The question that asks a printer how it is, without disturbing what it prints.
#[must_use]
pub const fn question(language: Language) -> &'static [u8] {
    match language {
        Language::Zpl => b"~HS",
        Language::Tspl => b"\x1b!?",
        Language::EscPos => b"\x10\x04\x01\x10\x04\x02\x10\x04\x03\x10\x04\x04",
        Language::Cpcl => b"\x1bh",
    }
}

/// Reads what has been answered so far. `None`: not whole yet.
#[must_use]
pub fn answer(language: Language, bytes: &[u8]) -> Option<Status> {
    match language {
        Language::Zpl => host_status(bytes),
        Language::Tspl => bytes.last().map(|byte| tspl_status(*byte)),
        Language::EscPos => bytes.last_chunk().map(esc_pos_status),
        Language::Cpcl => bytes.last().map(|byte| cpcl_status(*byte)),
    }
}

/// ZPL `~HS`: three strings between STX and ETX (ZPL II Programming Guide, "Host Status Return"). Strings with fewer fields, or with something else in
/// them, are pieces of an answer and tell nothing: a missing field is not a zero.
fn host_status(bytes: &[u8]) -> Option<Status> {
    let mut strings = bytes.split(|byte| *byte == 0x02).skip(1).filter_map(|part| {
        let end = part.iter().position(|byte| *byte == 0x03)?;
        std::str::from_utf8(&part[..end]).ok()
    });
    let (first, second, _third) = (fields::<12>(strings.next()?)?, fields::<11>(strings.next()?)?, strings.next()?);
    // aaa,b,c,dddd,eee,f,g,h,iii,j,k,l: b paper out, c pause, eee formats in buffer, f buffer full, k under-, l over-temperature.
    // mmm,n,o,p,q,r,s,t,uuuuuuuu,v,www: o head up, p ribbon out, uuuuuuuu labels remaining.
    let faults = [
        (second[2], Fault::Open),
        (first[1], Fault::PaperOut),
        (second[3], Fault::RibbonOut),
        (first[2], Fault::Paused),
        (first[10] | first[11], Fault::Temperature),
        (first[5], Fault::BufferFull),
    ];
    let fault = faults.into_iter().find(|(flag, _)| *flag != 0).map(|(_, fault)| fault);
    Some(Status { fault, busy: first[4] > 0 || second[8] > 0 })
}

/// The first N numbers of a string of numbers.
fn fields<const N: usize>(text: &str) -> Option<[u64; N]> {
    let mut fields = text.split(',').map(|field| field.trim().parse().ok());
    let mut numbers = [0; N];
    for number in &mut numbers {
        *number = fields.next()??;
    }
    Some(numbers)
}

/// TSPL `<ESC>!?`: one byte (TSPL/TSPL2 Programming, "Immediate commands").
const fn tspl_status(byte: u8) -> Status {
    let fault = if byte & 0x41 != 0 {
        Some(Fault::Open)
    } else if byte & 0x02 != 0 {
        Some(Fault::Jammed)
    } else if byte & 0x04 != 0 {
        Some(Fault::PaperOut)
    } else if byte & 0x08 != 0 {
        Some(Fault::RibbonOut)
    } else if byte & 0x10 != 0 {
        Some(Fault::Paused)
    } else if byte & 0x80 != 0 {
        Some(Fault::Other)
    } else {
        None
    };
    Status { fault, busy: byte & 0x20 != 0 }
}

/// ESC/POS `DLE EOT` 1 to 4, one byte each (Epson's guide, "Transmit real-time status"): offline cause, error cause, paper.
const fn esc_pos_status(bytes: &[u8; 4]) -> Status {
    let [_, offline, error, paper] = *bytes;
    let fault = if offline & 0x04 != 0 {
        Some(Fault::Open)
    } else if paper & 0x60 != 0 {
        Some(Fault::PaperOut)
    } else if error & 0x40 != 0 {
        Some(Fault::Temperature)
    } else if error & 0x2c != 0 || offline & 0x40 != 0 {
        Some(Fault::Other)
    } else {
        None
    };
    Status { fault, busy: false }
}

/// CPCL `ESC h` (Zebra's manual, "Get Printer Status"): bit 2 latch open, 1 paper out, 0 busy.
const fn cpcl_status(byte: u8) -> Status {
    let fault = if byte & 0x04 != 0 {
        Some(Fault::Open)
    } else if byte & 0x02 != 0 {
        Some(Fault::PaperOut)
    } else {
        None
    };
    Status { fault, busy: byte & 0x01 != 0 }
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

    fn hs(first: &str, second: &str) -> Vec<u8> {
        format!("\x02{first}\x03\r\n\x02{second}\x03\r\n\x021234,0\x03\r\n").into_bytes()
    }

    #[test]
    fn host_status_tells_ready_busy_and_each_fault() {
        let ready = hs("030,0,0,1245,000,0,0,0,000,0,0,0", "000,0,0,0,0,2,4,0,00000000,1,000");
        assert_eq!(answer(Language::Zpl, &ready), Some(Status::default()));
        let busy = hs("030,0,0,1245,002,0,0,0,000,0,0,0", "000,0,0,0,0,2,4,0,00000005,1,000");
        assert_eq!(answer(Language::Zpl, &busy), Some(Status { fault: None, busy: true }));
        let out = hs("030,1,1,1245,000,0,0,0,000,0,0,0", "000,0,0,0,0,2,4,0,00000000,1,000");
        assert_eq!(answer(Language::Zpl, &out).unwrap().fault, Some(Fault::PaperOut));
        let open = hs("030,1,1,1245,000,0,0,0,000,0,0,0", "000,0,1,1,0,2,4,0,00000000,1,000");
        assert_eq!(answer(Language::Zpl, &open).unwrap().fault, Some(Fault::Open));
        for cut in 0..ready.len() - 3 {
            assert_eq!(answer(Language::Zpl, &ready[..cut]), None, "{cut}");
        }
    }

    #[test]
    fn pieces_of_a_host_status_never_say_ready() {
        let ready = hs("030,0,0,1245,000,0,0,0,000,0,0,0", "000,0,0,0,0,2,4,0,00000000,1,000");
        for lost in 1..ready.len() {
            for at in 0..ready.len() - lost {
                let torn = [&ready[..at], &ready[at + lost..]].concat();
                let said = answer(Language::Zpl, &torn);
                // Digits may be lost in a number without anybody seeing it; whole fields may not.
                let fields = |bytes: &[u8]| bytes.iter().filter(|byte| b",\x02\x03".contains(byte)).count();
                assert!(said.is_none() || fields(&torn) + 3 >= fields(&ready), "{:?}", String::from_utf8_lossy(&torn));
            }
        }
        assert_eq!(answer(Language::Zpl, b"\x02\x03\x02\x03\x02\x03"), None);
    }

    #[test]
    fn tspl_status_bits_are_those_of_the_manual() {
        let fault = |byte| answer(Language::Tspl, &[byte]).unwrap().fault;
        assert_eq!((fault(0x00), fault(0x01), fault(0x02)), (None, Some(Fault::Open), Some(Fault::Jammed)));
        assert_eq!((fault(0x04), fault(0x08), fault(0x10)), (Some(Fault::PaperOut), Some(Fault::RibbonOut), Some(Fault::Paused)));
        assert_eq!((fault(0x80), fault(0x05)), (Some(Fault::Other), Some(Fault::Open)));
        assert!(answer(Language::Tspl, &[0x20]).unwrap().busy);
    }

    #[test]
    fn port_status_of_a_usb_printer() {
        assert_eq!(port_status(0x18), None);
        assert_eq!(port_status(0x08), Some(Fault::Silent));
        assert_eq!((port_status(0x38), port_status(0x10)), (Some(Fault::PaperOut), Some(Fault::Other)));
    }

    proptest! {
        #[test]
        fn no_answer_can_break_the_parser(bytes: Vec<u8>) {
            let _ = (answer(Language::Zpl, &bytes), answer(Language::Tspl, &bytes));
        }
    }
}
