//! ZPL II (Zebra, "ZPL II Programming Guide"; docs.zebra.com, zpl-pg): `~HS` "Host Status Return", `~HQES` of "Host Query", `^SX` "Set ZebraNet Alert".
//!
//! A Zebra printer does **not** answer `~HS` while paper or ribbon is out, the head is open or too hot (note of the manual); `~HQES` is answered then.

use super::{Fault, Status, Warning, holding};

pub(super) const QUESTION: &[u8] = b"~HS";
pub(super) const CLOSER: &[u8] = b"~HQES";
/// `~JA` "Cancel All": formats in the buffer, and the one that is being received.
pub(super) const CANCEL: &[u8] = b"~JA";
/// All errors, and their end, to whoever is on the wire that Zebra calls the parallel port: also USB and the print server.
pub(super) const SPEAK_UP: &[u8] = b"^XA^SX*,B,Y,Y^XZ";

pub(super) fn status(bytes: &[u8]) -> Option<Status> {
    host_status(bytes).or_else(|| error_status(bytes))
}

/// `~HS`: three strings between STX and ETX. Strings with fewer fields, or with something else in them, are pieces of an answer and tell nothing: a missing
/// field is not a zero.
fn host_status(bytes: &[u8]) -> Option<Status> {
    let mut strings = bytes.split(|byte| *byte == 0x02).skip(1).filter_map(|part| {
        let end = part.iter().position(|byte| *byte == 0x03)?;
        std::str::from_utf8(&part[..end]).ok()
    });
    let first = strings.by_ref().find_map(fields::<12>)?;
    let (second, _third) = (fields::<11>(strings.next()?)?, strings.next()?);
    // aaa,b,c,dddd,eee,f,g,h,iii,j,k,l: b paper out, c pause, eee formats in buffer, f buffer full, g diagnostics, h part of a format, j corrupt memory,
    // k under-, l over-temperature.
    // mmm,n,o,p,q,r,s,t,uuuuuuuu,v,www: o head up, p ribbon out, t label waits to be taken, uuuuuuuu labels remaining.
    let faults = holding(&[
        (second[2] != 0, Fault::Open),
        (first[1] != 0, Fault::PaperOut),
        (second[3] != 0, Fault::RibbonOut),
        (first[2] != 0, Fault::Paused),
        (first[10] != 0 || first[11] != 0, Fault::Temperature),
        (first[5] != 0, Fault::BufferFull),
        (first[9] != 0, Fault::Other),
    ]);
    let warnings = holding(&[(second[7] != 0, Warning::TakeLabel)]);
    Some(Status { faults, warnings, busy: first[4] > 0 || first[7] > 0 || second[8] > 0, reset: false })
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

/// `~HQES`: `ERRORS: flag group2 group1` and `WARNINGS:` likewise, groups of eight hexadecimal digits. Other makes send the same with fewer bits.
fn error_status(bytes: &[u8]) -> Option<Status> {
    let text = String::from_utf8_lossy(bytes);
    let (errors, errors_high, errors_low) = groups(&text, "ERRORS:")?;
    let (_, _, warnings) = groups(&text, "WARNINGS:")?;
    let mut faults = holding(&[
        (errors_low & 0x4 != 0, Fault::Open),
        (errors_low & 0x1 != 0, Fault::PaperOut),
        (errors_low & 0x2 != 0, Fault::RibbonOut),
        // Nibble 4: paper jam, presenter, paper feed, paper path.
        (errors_low & 0xf000 != 0, Fault::Jammed),
        (errors_low & 0x8 != 0, Fault::Cutter),
        (errors_low & 0x30 != 0, Fault::Temperature),
        // Bad element, head not recognised, its thermistor open.
        (errors_low & 0x2c0 != 0, Fault::Head),
    ]);
    let named = 0xf2ff;
    // Asked only when the first question was not answered: a printer that names nothing is still not ready.
    if errors_low & !named != 0 || errors_high != 0 || (errors && faults.is_empty()) || faults.is_empty() {
        faults.push(Fault::Other);
    }
    let warnings = holding(&[(warnings & 0x8 != 0, Warning::PaperLow), (warnings & 0x6 != 0, Warning::HeadWorn)]);
    Some(Status { faults, warnings, busy: true, reset: false })
}

fn groups(text: &str, title: &str) -> Option<(bool, u32, u32)> {
    let mut words = text.split_once(title)?.1.split_ascii_whitespace();
    let (flag, high, low) = (words.next()?, words.next()?, words.next()?);
    // Eight digits, or the answer is not whole yet.
    let group = |word: &str| word.get(..8).and_then(|digits| u32::from_str_radix(digits, 16).ok());
    Some((flag != "0", group(high)?, group(low)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hs(first: &str, second: &str) -> Vec<u8> {
        format!("\x02{first}\x03\r\n\x02{second}\x03\r\n\x021234,0\x03\r\n").into_bytes()
    }

    #[test]
    fn host_status_tells_ready_busy_and_each_fault() {
        let ready = hs("030,0,0,1245,000,0,0,0,000,0,0,0", "000,0,0,0,0,2,4,0,00000000,1,000");
        assert_eq!(status(&ready), Some(Status::default()));
        let busy = hs("030,0,0,1245,002,0,0,0,000,0,0,0", "000,0,0,0,0,2,4,0,00000005,1,000");
        assert_eq!(status(&busy), Some(Status { busy: true, ..Status::default() }));
        let out = hs("030,1,1,1245,000,0,0,0,000,0,0,0", "000,0,0,0,0,2,4,0,00000000,1,000");
        assert_eq!(status(&out).unwrap().faults, [Fault::PaperOut, Fault::Paused]);
        let all = hs("030,1,1,1245,000,1,0,0,000,1,1,0", "000,0,1,1,0,2,4,1,00000000,1,000");
        let said = status(&all).unwrap();
        assert_eq!(
            said.faults,
            [Fault::Open, Fault::PaperOut, Fault::RibbonOut, Fault::Paused, Fault::Temperature, Fault::BufferFull, Fault::Other]
        );
        assert_eq!(said.warnings, [Warning::TakeLabel]);
        for cut in 0..ready.len() - 3 {
            assert_eq!(status(&ready[..cut]), None, "{cut}");
        }
    }

    #[test]
    fn pieces_of_a_host_status_never_say_ready() {
        let ready = hs("030,0,0,1245,000,0,0,0,000,0,0,0", "000,0,0,0,0,2,4,0,00000000,1,000");
        for lost in 1..ready.len() {
            for at in 0..ready.len() - lost {
                let torn = [&ready[..at], &ready[at + lost..]].concat();
                let said = status(&torn);
                // Digits may be lost in a number without anybody seeing it; whole fields may not.
                let fields = |bytes: &[u8]| bytes.iter().filter(|byte| b",\x02\x03".contains(byte)).count();
                assert!(said.is_none() || fields(&torn) + 3 >= fields(&ready), "{:?}", String::from_utf8_lossy(&torn));
            }
        }
        assert_eq!(status(b"\x02\x03\x02\x03\x02\x03"), None);
    }

    #[test]
    fn an_alert_before_the_answer_does_not_hide_it() {
        let ready = hs("030,0,0,1245,000,0,0,0,000,0,0,0", "000,0,0,0,0,2,4,0,00000000,1,000");
        assert_eq!(status(&[b"ALERT: PAPER OUT\r\n".as_slice(), &ready].concat()), Some(Status::default()));
    }

    #[test]
    fn the_error_query_names_what_silence_hides() {
        let said = |errors: &str, warnings: &str| {
            let text = format!("\x02\r\n  PRINTER STATUS\r\n   ERRORS:         {errors}\r\n   WARNINGS:       {warnings}\r\n\x03");
            status(text.as_bytes()).unwrap()
        };
        let none = "0 00000000 00000000";
        // Vector of the manual: media out and head open; warning: replace the head.
        assert_eq!(said("1 00000000 00000005", none).faults, [Fault::Open, Fault::PaperOut]);
        assert_eq!(said("1 00000000 00000005", "1 00000000 00000004").warnings, [Warning::HeadWorn]);
        assert_eq!(said("1 00000000 00000032", none).faults, [Fault::RibbonOut, Fault::Temperature]);
        assert_eq!(said("1 00000000 00000248", none).faults, [Fault::Cutter, Fault::Head]);
        assert_eq!(said("1 00000000 00001000", none).faults, [Fault::Jammed]);
        assert_eq!(said("1 00000000 00080000", none).faults, [Fault::Other]);
        assert_eq!(
            said(none, "1 00000000 00000008"),
            Status { faults: vec![Fault::Other], warnings: vec![Warning::PaperLow], busy: true, reset: false }
        );
        assert_eq!(status(b"ERRORS: 1 00000000 00000001\r\n WARNINGS: 0 00000000 0000000"), None, "not whole");
    }
}
