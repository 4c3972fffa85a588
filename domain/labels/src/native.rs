//! Barcodes that the printer draws itself. The dots are the same (modules are whole dots either way), but the printer may correct the
//! width of its bars for heat and speed, and a slow line carries fewer bytes.
//!
//! A code is left to the printer only when it must come out exactly as large as drawn here: upright, with a text that every firmware
//! encodes alike or whose encoding the language lets us spell out. All others stay in the picture:
//! QR in ZPL (firmware puts `^BQ` up to ten dots lower than `^FO` says), PDF417 and Aztec (printers choose rows and layers themselves),
//! GS1-128, ITF-14, EAN-8 and UPC in TSPL (switching of code sets, bearer bars and check digits differ from maker to maker).
//!
//! Sources: Zebra "ZPL II Programming Guide" (^BC, ^BE, ^B8, ^BU, ^B9, ^B2, ^B3, ^BX, ^BY), TSC "TSPL/TSPL2 Programming Manual"
//! (BARCODE, QRCODE, DMATRIX).

use qitao_domain::barcode::{check, gs1};

use crate::Language;
use crate::canvas::Turn;
use crate::render::Symbol;
use crate::rules::Symbology;

/// The command that draws a symbol; `None` when it must stay in the picture.
#[must_use]
pub(crate) fn command(language: Language, symbol: &Symbol) -> Option<String> {
    // Both languages have modules of 1 to 10 dots.
    if symbol.turn != Turn::None || symbol.module > 10 {
        return None;
    }
    if language == Language::Zpl {
        zpl(symbol)
    } else if language == Language::Tspl {
        tspl(symbol)
    } else {
        None
    }
}

fn zpl(symbol: &Symbol) -> Option<String> {
    let Symbol { x, y, height, module, modules: (columns, rows), text, .. } = symbol;
    // Signs that ZPL itself uses stay out of it.
    if text.bytes().any(|b| !(b' '..=b'~').contains(&b) || b"^~>_\\".contains(&b)) {
        return None;
    }
    let but_last = text.get(..text.len().checked_sub(1)?)?;
    // Ratio of wide to narrow bars as drawn: 3 for ITF, 2 for Code 39.
    let (ratio, code, data) = match symbol.symbology {
        Symbology::Code128 => ("2", format!("^BCN,{height},N,N,N,N"), code_128(text, *columns)?),
        Symbology::Gs1128 => ("2", format!("^BCN,{height},N,N,N,N"), code_128(&marked(text)?, *columns)?),
        Symbology::Ean13 => ("2", format!("^BEN,{height},N,N"), but_last.to_owned()),
        Symbology::Ean8 => ("2", format!("^B8N,{height},N,N"), but_last.to_owned()),
        Symbology::UpcA => ("2", format!("^BUN,{height},N,N,N"), but_last.to_owned()),
        Symbology::UpcE => {
            let full = check::expand_upc_e(text.as_bytes()).filter(|full| full.starts_with('0'))?;
            ("2", format!("^B9N,{height},N,N,N"), full.get(1..11)?.to_owned())
        }
        Symbology::Itf14 => ("3", format!("^B2N,{height},N,N,N"), text.clone()),
        Symbology::Code39 => ("2", format!("^B3N,N,{height},N,N"), text.clone()),
        // Oblong ones need firmware of this century's second decade.
        Symbology::DataMatrix | Symbology::Gs1DataMatrix if columns != rows => return None,
        Symbology::DataMatrix => ("2", format!("^BXN,{module},200,{columns},{rows},6,_"), text.clone()),
        Symbology::Gs1DataMatrix => ("2", format!("^BXN,{module},200,{columns},{rows},6,_"), marked(text)?.replace(FNC1, "_1")),
        Symbology::Qr | Symbology::Gs1Qr | Symbology::Pdf417 | Symbology::Aztec => return None,
    };
    Some(format!("^FO{x},{y}^BY{module},{ratio},{height}{code}^FD{data}^FS"))
}

fn tspl(symbol: &Symbol) -> Option<String> {
    let Symbol { x, y, width, height, module, modules: (columns, rows), text, level, .. } = symbol;
    if text.bytes().any(|b| !(b' '..=b'~').contains(&b) || b"\"\\!~".contains(&b)) {
        return None;
    }
    let barcode = |kind: &str, wide: u32, data: &str| format!("BARCODE {x},{y},\"{kind}\",{height},0,0,{module},{wide},\"{data}\"\r\n");
    Some(match symbol.symbology {
        // Every firmware stays in set B when there are no four digits in a row, and in set C when there are only pairs of digits.
        Symbology::Code128 if only_one_set(text) => barcode("128", *module, text),
        Symbology::Ean13 => barcode("EAN13", *module, text.get(..12)?),
        Symbology::Code39 => barcode("39", 2 * module, text),
        // One mode throughout, so that the size is the same whoever encodes it.
        Symbology::Qr if one_mode(text) => format!("QRCODE {x},{y},{},{module},A,0,\"{text}\"\r\n", level.qr()),
        Symbology::DataMatrix | Symbology::Gs1DataMatrix if columns != rows => return None,
        Symbology::DataMatrix => format!("DMATRIX {x},{y},{width},{height},x{module},{rows},{columns},\"{text}\"\r\n"),
        Symbology::Gs1DataMatrix => {
            let data = marked(text)?.replace(FNC1, "~1");
            format!("DMATRIX {x},{y},{width},{height},c126,x{module},{rows},{columns},\"{data}\"\r\n")
        }
        _ => return None,
    })
}

const FNC1: char = '\u{f1}';

/// `(01)…(10)…` as an element string with FNC1 in front and between.
fn marked(bracketed: &str) -> Option<String> {
    let message = gs1::bracketed(bracketed.as_bytes()).ok()?;
    let text = gs1::to_element_string(message.elements());
    Some(std::iter::once(FNC1).chain(text.chars().map(|c| if c == '\u{1d}' { FNC1 } else { c })).collect())
}

fn only_one_set(text: &str) -> bool {
    let all_digits = text.bytes().all(|b| b.is_ascii_digit());
    let runs = text.split(|c: char| !c.is_ascii_digit()).map(str::len).max().unwrap_or(0);
    (all_digits && text.len().is_multiple_of(2)) || runs < 4
}

fn one_mode(text: &str) -> bool {
    let capitals = |b: u8| b.is_ascii_uppercase() || b" $%*+-./:".contains(&b);
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    digits == text.len() || (digits < 6 && text.bytes().all(|b| b.is_ascii_digit() || capitals(b)))
}

/// Code 128 with its code sets spelt out (`>:` B, `>;` C, `>5` to C, `>6` to B, `>8` FNC1); `None` when that is not as wide as drawn.
fn code_128(text: &str, columns: u32) -> Option<String> {
    let symbols: Vec<char> = text.chars().collect();
    // Digits that follow from here, FNC1 passed over.
    let run = |from: usize| symbols[from..].iter().filter(|c| **c != FNC1).take_while(|c| c.is_ascii_digit()).count();
    let pair = |at: usize| symbols.get(at).is_some_and(char::is_ascii_digit) && symbols.get(at + 1).is_some_and(char::is_ascii_digit);
    let mut in_c = run(0) >= 4 || (symbols.len() == 2 && pair(0));
    let mut written = String::from(if in_c { ">;" } else { ">:" });
    let mut count = 0_u32;
    let mut at = 0;
    while let Some(&c) = symbols.get(at) {
        if c == FNC1 {
            written.push_str(">8");
        } else if in_c && pair(at) {
            written.push(c);
            at += 1;
            written.push(symbols[at]);
        } else if in_c {
            written.push_str(">6");
            in_c = false;
            count += 1;
            continue;
        } else {
            let ahead = run(at);
            let ends = symbols[at..].iter().all(|c| c.is_ascii_digit());
            // Switching costs a character each way; at the end of the text only one.
            if c.is_ascii_digit() && ahead % 2 == 0 && (ahead >= 6 || (ends && ahead >= 4)) && pair(at) {
                written.push_str(">5");
                in_c = true;
                count += 1;
                continue;
            }
            written.push(c);
        }
        count += 1;
        at += 1;
    }
    // Start, check character and stop.
    (11 * (count + 2) + 13 == columns).then_some(written)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::symbol;

    fn symbol(symbology: Symbology, text: &str) -> Symbol {
        let modules = symbol::encode_for(symbology, text, symbol::Level::Medium, 1.0).unwrap();
        Symbol::upright(symbology, text, (modules.width, modules.height), 3)
    }

    #[test]
    fn code_sets_are_spelt_out_in_zpl() {
        for (text, expected) in
            [("QT-L-B-04-2", ">:QT-L-B-04-2"), ("QT-OP-1001", ">:QT-OP->51001"), ("123456", ">;123456"), ("1234567", ">;123456>67")]
        {
            let command = command(Language::Zpl, &symbol(Symbology::Code128, text)).unwrap();
            assert!(command.ends_with(&format!("^FD{expected}^FS")), "{command}");
        }
        let sscc = command(Language::Zpl, &symbol(Symbology::Gs1128, "(00)106141412345678908")).unwrap();
        assert!(sscc.contains("^BY3,2,60^BCN,60,N,N,N,N^FD>;>800106141412345678908^FS"), "{sscc}");
    }

    #[test]
    fn what_could_come_out_otherwise_stays_in_the_picture() {
        assert_eq!(command(Language::Zpl, &symbol(Symbology::Qr, "QT-OK")), None);
        assert_eq!(command(Language::Zpl, &symbol(Symbology::Code128, "a^b")), None);
        assert_eq!(command(Language::Tspl, &symbol(Symbology::Code128, "QT-OP-1001")), None);
        assert_eq!(command(Language::Tspl, &symbol(Symbology::Code128, "a\"b")), None);
        assert_eq!(command(Language::Tspl, &symbol(Symbology::Gs1128, "(00)106141412345678908")), None);
        let turned = Symbol { turn: Turn::Right, ..symbol(Symbology::Ean13, "6901234567892") };
        assert_eq!(command(Language::Zpl, &turned), None);
    }

    #[test]
    fn a_qr_code_keeps_its_error_correction() {
        let high = Symbol { level: symbol::Level::High, ..symbol(Symbology::Qr, "QT-OK") };
        assert_eq!(command(Language::Tspl, &high).unwrap(), "QRCODE 0,0,H,3,A,0,\"QT-OK\"\r\n");
    }

    #[test]
    fn data_matrix_has_its_size_and_separators() {
        let code = symbol(Symbology::Gs1DataMatrix, "(01)06901234567892(10)A7(21)9");
        let (zpl, tspl) = (command(Language::Zpl, &code).unwrap(), command(Language::Tspl, &code).unwrap());
        assert!(zpl.contains("^BXN,3,200,18,18,6,_^FD_1010690123456789210A7_1219^FS"), "{zpl}");
        assert!(tspl.contains("c126,x3,18,18,\"~1010690123456789210A7~1219\"\r\n"), "{tspl}");
    }
}
