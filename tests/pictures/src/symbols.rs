//! The codes that are shown: every symbology that a warehouse meets, with texts of its own kind.
//!
//! Most are encoded as our labels encode them, the rest by rxing. GS1 DataBar and Micro QR, which neither can write, come from `stored.txt`, which zint
//! wrote: symbology, text and modules, a line each.

use qitao_domain::barcode::check;
use qitao_labels::rules::Symbology;
use qitao_labels::symbol::{self, Modules};
use rxing::{BarcodeFormat, EncodeHints, MultiFormatWriter, Writer};

use crate::random::Random;

const STORED: &str = include_str!("stored.txt");
const DIGITS: &[u8] = b"0123456789";
const PLAIN: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZ0123456789";

/// A symbology with the kind of text that it carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Sort {
    /// Code 128 with a place or carton code.
    Code128,
    /// GS1-128 with GTIN, lot and serial.
    Gs1128,
    /// EAN-13.
    Ean13,
    /// EAN-8.
    Ean8,
    /// UPC-A.
    UpcA,
    /// UPC-E.
    UpcE,
    /// ITF-14.
    Itf14,
    /// Interleaved 2 of 5 of 6 to 12 digits.
    Itf,
    /// Code 39.
    Code39,
    /// Code 93.
    Code93,
    /// Codabar.
    Codabar,
    /// GS1 DataBar Omnidirectional.
    DataBar,
    /// GS1 DataBar Expanded.
    DataBarExpanded,
    /// A QR code with a short text.
    Qr,
    /// A QR code with a link and Chinese text.
    QrLong,
    /// A Micro QR code.
    MicroQr,
    /// A Data Matrix code.
    DataMatrix,
    /// A GS1 Data Matrix code.
    Gs1DataMatrix,
    /// A PDF417 code.
    Pdf417,
    /// An Aztec code.
    Aztec,
}

/// All of them.
pub const SORTS: [Sort; 20] = [
    Sort::Code128,
    Sort::Qr,
    Sort::Ean13,
    Sort::DataMatrix,
    Sort::Gs1128,
    Sort::QrLong,
    Sort::Code39,
    Sort::Gs1DataMatrix,
    Sort::Itf14,
    Sort::Pdf417,
    Sort::Ean8,
    Sort::Aztec,
    Sort::UpcA,
    Sort::MicroQr,
    Sort::Code93,
    Sort::DataBar,
    Sort::UpcE,
    Sort::Codabar,
    Sort::DataBarExpanded,
    Sort::Itf,
];

/// A code as modules, and what a reader must say.
#[derive(Debug, Clone)]
pub struct Symbol {
    /// What kind of code.
    pub sort: Sort,
    /// What it says, in the words of [`said`].
    pub text: String,
    /// Its modules.
    pub modules: Modules,
}

/// A reader's text in words that all readers share: no separators, no identifiers, a GTIN without leading zeros, no start and stop of Codabar.
#[must_use]
pub fn said(format: &str, text: &str) -> String {
    let text: String = text.chars().filter(|c| !c.is_control() && !"()".contains(*c)).collect();
    let format = format.to_uppercase();
    if format.contains("CODABAR") {
        return text.trim_matches(|c: char| c.is_ascii_alphabetic()).to_owned();
    }
    if let Some(whole) = (format == "UPC_E" || format == "UPCE").then(|| check::expand_upc_e(text.as_bytes())).flatten() {
        return whole.trim_start_matches('0').to_owned();
    }
    let gtin = ["EAN", "UPC", "ISBN"].iter().any(|name| format.contains(name));
    if gtin { text.trim_start_matches('0').to_owned() } else { text }
}

/// A code of this kind with a text by chance.
///
/// # Errors
/// When no encoder takes the text: a mistake in this file.
pub fn make(sort: Sort, random: &mut Random) -> Result<Symbol, String> {
    let gtin = |random: &mut Random, length: usize| with_check_digit(&format!("69{}", random.word(DIGITS, length - 3)));
    let (text, modules) = match sort {
        Sort::Code128 => {
            let text = match random.below(3) {
                0 => format!("QT-L-{}-{:02}-{}", random.word(b"ABCDE", 1), random.below(40), random.below(9)),
                1 => random.word(DIGITS, 10),
                _ => random.word(PLAIN, 9),
            };
            (text.clone(), label(Symbology::Code128, &text)?)
        }
        Sort::Gs1128 => gs1(Symbology::Gs1128, random)?,
        Sort::Gs1DataMatrix => gs1(Symbology::Gs1DataMatrix, random)?,
        Sort::Ean13 => same(gtin(random, 13), Symbology::Ean13)?,
        Sort::Ean8 => same(gtin(random, 8), Symbology::Ean8)?,
        Sort::UpcA => same(with_check_digit(&format!("6{}", random.word(DIGITS, 10))), Symbology::UpcA)?,
        Sort::UpcE => {
            // Number system 0, six digits of which the last says where the zeros were: 3 keeps three of the maker's.
            let digits = random.word(DIGITS, 5);
            let long = format!("0{}00000{}", &digits[..3], &digits[3..]);
            let whole = with_check_digit(&long);
            (whole.clone(), label(Symbology::UpcE, &format!("0{digits}3{}", &whole[11..]))?)
        }
        Sort::Itf14 => same(gtin(random, 14), Symbology::Itf14)?,
        Sort::Itf => {
            let length = random.one_of(&[6, 8, 10, 12]);
            foreign(BarcodeFormat::ITF, random.word(DIGITS, length))?
        }
        Sort::Code39 => {
            let length = 6 + random.below(5);
            same(random.word(b"ABCDEFGHJKLMNPQRSTUVWXYZ0123456789-.", length), Symbology::Code39)?
        }
        Sort::Code93 => {
            let length = 6 + random.below(7);
            foreign(BarcodeFormat::CODE_93, random.word(PLAIN, length))?
        }
        Sort::Codabar => {
            let length = 7 + random.below(6);
            let text = random.word(DIGITS, length);
            let (_, modules) = foreign(BarcodeFormat::CODABAR, format!("A{text}B"))?;
            (text, modules)
        }
        Sort::DataBar => stored("databar", random)?,
        Sort::DataBarExpanded => stored("databar-expanded", random)?,
        Sort::MicroQr => stored("micro-qr", random)?,
        Sort::Qr => same(format!("QT-OP-{}", random.word(DIGITS, 4)), Symbology::Qr)?,
        Sort::QrLong => {
            let text = format!("https://example.com/橡木衣柜/{}?lot={}", random.word(PLAIN, 12), random.word(DIGITS, 6));
            same(text, Symbology::Qr)?
        }
        Sort::DataMatrix => {
            let length = 6 + random.below(18);
            same(random.word(PLAIN, length), Symbology::DataMatrix)?
        }
        Sort::Pdf417 => same(format!("QT-TASK-PK-{} SO-{}", random.word(DIGITS, 6), random.word(DIGITS, 4)), Symbology::Pdf417)?,
        Sort::Aztec => {
            let length = 6 + random.below(20);
            same(random.word(PLAIN, length), Symbology::Aztec)?
        }
    };
    let format = if matches!(sort, Sort::Ean13 | Sort::Ean8 | Sort::UpcA | Sort::UpcE) { "EAN" } else { "" };
    Ok(Symbol { sort, text: said(format, &text), modules })
}

fn same(text: String, symbology: Symbology) -> Result<(String, Modules), String> {
    let modules = label(symbology, &text)?;
    Ok((text, modules))
}

fn label(symbology: Symbology, text: &str) -> Result<Modules, String> {
    symbol::encode(symbology, text).map_err(|error| error.to_string())
}

fn gs1(symbology: Symbology, random: &mut Random) -> Result<(String, Modules), String> {
    let gtin = with_check_digit(&format!("069{}", random.word(DIGITS, 10)));
    let text = match random.below(2) {
        0 => format!("(01){gtin}(10){}", random.word(PLAIN, 4)),
        _ => format!("(01){gtin}(10){}(21){}", random.word(PLAIN, 3), random.word(DIGITS, 5)),
    };
    same(text, symbology)
}

/// A code that only rxing writes.
fn foreign(format: BarcodeFormat, text: String) -> Result<(String, Modules), String> {
    let hints = EncodeHints { Margin: Some("0".into()), ..EncodeHints::default() };
    let matrix = MultiFormatWriter.encode_with_hints(&text, &format, 0, 1, &hints).map_err(|error| format!("{text}: {error}"))?;
    let dark: Vec<bool> = (0..matrix.width()).map(|x| matrix.get(x, 0)).collect();
    let first = dark.iter().position(|dark| *dark).unwrap_or(0);
    let last = dark.iter().rposition(|dark| *dark).unwrap_or(0);
    let dark = dark[first..=last].to_vec();
    Ok((text, Modules { width: dark.len() as u32, height: 1, dark, quiet_left: 10, quiet_right: 10, quiet_y: 0 }))
}

fn stored(name: &str, random: &mut Random) -> Result<(String, Modules), String> {
    let lines: Vec<[&str; 3]> = STORED
        .lines()
        .filter_map(|line| line.split('\t').collect::<Vec<_>>().try_into().ok())
        .filter(|[sort, ..]: &[&str; 3]| *sort == name)
        .collect();
    let [_, text, rows] = *lines.get(random.below(lines.len())).ok_or_else(|| format!("no {name} in stored.txt"))?;
    let height = rows.split('/').count() as u32;
    let dark: Vec<bool> = rows.bytes().filter(|c| *c != b'/').map(|c| c == b'#').collect();
    let quiet = if height == 1 { 1 } else { 2 };
    let modules = Modules { width: dark.len() as u32 / height, height, dark, quiet_left: quiet, quiet_right: quiet, quiet_y: quiet };
    Ok((text.to_owned(), modules))
}

/// With the mod-10 digit of GTINs behind it.
fn with_check_digit(body: &str) -> String {
    let sum: u32 = body.bytes().rev().enumerate().map(|(at, digit)| u32::from(digit - b'0') * if at % 2 == 0 { 3 } else { 1 }).sum();
    format!("{body}{}", (10 - sum % 10) % 10)
}
