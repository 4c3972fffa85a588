//! Barcodes as modules: what `rxing` and `datamatrix` encode, with the quiet zone each symbology asks for.

use std::borrow::Cow;

use datamatrix::{DataMatrix, SymbolList};
use qitao_domain::barcode::{check, gs1};
use rxing::pdf417::encoder::Dimensions;
use rxing::{BarcodeFormat, EncodeHints, MultiFormatWriter, Writer, common::BitMatrix};
use serde::{Deserialize, Serialize};

use crate::rules::{self, Symbology};

/// FNC1 as rxing's Code 128 writer wants it.
const FNC1: char = '\u{f1}';
/// FNC3 in a text for [`code128`]: "this is a command to the reader" (ISO/IEC 15417, 4.3.4.2).
pub const FNC3: char = '\u{f3}';
const GS: char = '\u{1d}';

/// A barcode as dark and light modules, without quiet zone.
#[derive(Debug, Clone, PartialEq)]
pub struct Modules {
    /// Modules across.
    pub width: u32,
    /// Modules down; 1 for a linear code, whose bars are as high as their box.
    pub height: u32,
    /// Row by row, true = dark.
    pub dark: Vec<bool>,
    /// Light modules that must stay free on the left.
    pub quiet_left: u32,
    /// Light modules that must stay free on the right.
    pub quiet_right: u32,
    /// Light modules that must stay free above and below.
    pub quiet_y: u32,
}

/// How much of a two-dimensional code may be destroyed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// 7 %.
    Low,
    /// 15 %.
    #[default]
    Medium,
    /// 25 %.
    Quartile,
    /// 30 %.
    High,
}

impl Level {
    /// Its letter in ISO/IEC 18004.
    pub(crate) const fn qr(self) -> &'static str {
        match self {
            Self::Low => "L",
            Self::Medium => "M",
            Self::Quartile => "Q",
            Self::High => "H",
        }
    }
}

/// The symbology cannot say this text; change the data or the symbology.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{symbology:?} {text:?}: {zh} {en}")]
pub struct Unsayable {
    /// Which symbology.
    pub symbology: Symbology,
    /// The text.
    pub text: String,
    /// What is wrong and what to do, Chinese.
    pub zh: String,
    /// The same, English.
    pub en: String,
}

type Refused = (Cow<'static, str>, Cow<'static, str>);

const fn refused(zh: &'static str, en: &'static str) -> Refused {
    (Cow::Borrowed(zh), Cow::Borrowed(en))
}

/// Encodes a text with middling error correction.
///
/// # Errors
/// [`Unsayable`].
pub fn encode(symbology: Symbology, text: &str) -> Result<Modules, Unsayable> {
    encode_for(symbology, text, Level::Medium, 3.0)
}

/// Encodes a text for a box of this shape (width by height), which PDF417 and Data Matrix follow.
///
/// # Errors
/// [`Unsayable`].
pub fn encode_for(symbology: Symbology, text: &str, level: Level, shape: f32) -> Result<Modules, Unsayable> {
    modules(symbology, text, level, shape).map_err(|refused| unsayable(symbology, text, refused))
}

/// Encodes a command to a reader as Code 128: ASCII and [`FNC3`].
///
/// # Errors
/// [`Unsayable`].
pub fn code128(command: &str) -> Result<Modules, Unsayable> {
    let symbology = Symbology::Code128;
    linear(symbology, BarcodeFormat::CODE_128, command).map_err(|refused| unsayable(symbology, command, refused))
}

fn unsayable(symbology: Symbology, text: &str, (zh, en): Refused) -> Unsayable {
    Unsayable { symbology, text: text.to_owned(), zh: zh.into_owned(), en: en.into_owned() }
}

fn modules(symbology: Symbology, text: &str, level: Level, shape: f32) -> Result<Modules, Refused> {
    if text.is_empty() {
        return Err(refused("没有内容。", "It has no text."));
    }
    match symbology {
        Symbology::Code128 => {
            if !text.is_ascii() || text.len() > 80 {
                return Err(refused(
                    "Code 128 只能表示 80 个以内的英文字符；中文请用 QR 码。",
                    "Code 128 holds up to 80 ASCII characters; use QR for Chinese.",
                ));
            }
            linear(symbology, BarcodeFormat::CODE_128, text)
        }
        Symbology::Gs1128 => {
            let element_string = element_string(text)?;
            if element_string.len() > rules::GS1_128_CHARACTERS {
                return Err(refused(
                    "GS1-128 最多 48 个字符；请分成两个条码。",
                    "GS1-128 holds 48 characters at most; split it into two barcodes.",
                ));
            }
            let marked: String = std::iter::once(FNC1).chain(element_string.chars().map(|c| if c == GS { FNC1 } else { c })).collect();
            linear(symbology, BarcodeFormat::CODE_128, &marked)
        }
        Symbology::Ean13 => digits(symbology, BarcodeFormat::EAN_13, text, 13),
        Symbology::Ean8 => digits(symbology, BarcodeFormat::EAN_8, text, 8),
        Symbology::UpcA => digits(symbology, BarcodeFormat::UPC_A, text, 12),
        Symbology::UpcE => {
            if text.len() != 8 || check::expand_upc_e(text.as_bytes()).is_none() {
                return Err(refused(
                    "UPC-E 要 8 位数字，以 0 或 1 开头，末位为校验位。",
                    "UPC-E needs 8 digits that begin with 0 or 1 and end in the check digit.",
                ));
            }
            linear(symbology, BarcodeFormat::UPC_E, text)
        }
        Symbology::Itf14 => digits(symbology, BarcodeFormat::ITF, text, 14),
        Symbology::Code39 => {
            let sayable = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b"-. $/+%".contains(&b);
            if !text.bytes().all(sayable) || text.len() > 60 {
                return Err(refused(
                    "Code 39 只能表示 60 个以内的大写字母、数字和 “-. $/+%”；请加 “| upper” 或改用 Code 128。",
                    "Code 39 holds up to 60 capital letters, digits and '-. $/+%'; add '| upper', or use Code 128.",
                ));
            }
            linear(symbology, BarcodeFormat::CODE_39, text)
        }
        Symbology::Qr => qr(symbology, text, level, false),
        Symbology::Gs1Qr => {
            let message = element_string(text)?;
            // A message with separators goes in byte mode, where GS stands for FNC1 and every reader knows it. Without them it may go in
            // alphanumeric mode, where '%' is written twice (ISO/IEC 18004, 7.4.8.2).
            let alphanumeric = message.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b" $%*+-./:".contains(&b));
            let said = if alphanumeric { message.replace('%', "%%") } else { message };
            qr(symbology, &said, level, true)
        }
        Symbology::DataMatrix => {
            let code = DataMatrix::encode_str(text, sizes(shape)).map_err(|_| too_long())?;
            Ok(data_matrix(symbology, &code))
        }
        Symbology::Gs1DataMatrix => {
            let code = DataMatrix::encode_gs1(element_string(text)?.as_bytes(), sizes(shape)).map_err(|_| too_long())?;
            Ok(data_matrix(symbology, &code))
        }
        Symbology::Pdf417 => pdf417(text, level, shape),
        Symbology::Aztec => {
            let percent = ["23", "33", "40", "50"][level as usize];
            let hints = EncodeHints { ErrorCorrection: Some(percent.into()), ..hints(text) };
            Ok(matrix(symbology, &write(BarcodeFormat::AZTEC, text, &hints, (0, 0))?))
        }
    }
}

/// Oblong Data Matrix only for oblong boxes: in others a square one has larger modules.
fn sizes(shape: f32) -> SymbolList {
    if shape >= 2.0 { SymbolList::default() } else { SymbolList::default().enforce_square() }
}

const fn too_long() -> Refused {
    refused("内容太长，这个码制装不下；请缩短。", "The text is too long for this symbology; shorten it.")
}

/// `(01)…(10)…` checked by the rules of GS1 and written with GS where a separator is due.
fn element_string(bracketed: &str) -> Result<String, Refused> {
    let told = |fault: &dyn std::fmt::Display| {
        (
            Cow::Owned(format!("不符合 GS1 规则（{fault}）；请写成 (01)06901234567892(10)A7 这样并核对数据。")),
            Cow::Owned(format!("Against the rules of GS1 ({fault}); write it like (01)06901234567892(10)A7 and check the data.")),
        )
    };
    let message = gs1::bracketed(bracketed.as_bytes()).map_err(|broken| told(&broken))?;
    message.pairs(gs1::Carriers::OneOfSeveral).map_err(|fault| told(&fault))?;
    Ok(gs1::to_element_string(message.elements()))
}

fn digits(symbology: Symbology, format: BarcodeFormat, text: &str, length: usize) -> Result<Modules, Refused> {
    if text.len() != length || !check::is_mod10(text.as_bytes()) {
        return Err((
            Cow::Owned(format!("要 {length} 位数字，末位为校验位；没有校验位的数字请加 “| check”。")),
            Cow::Owned(format!("It needs {length} digits, the last of them the check digit; add '| check' to digits without one.")),
        ));
    }
    linear(symbology, format, text)
}

/// Plain ASCII needs no statement of its character set (ECI), and old scanners read it better without.
fn hints(text: &str) -> EncodeHints {
    EncodeHints { Margin: Some("0".into()), CharacterSet: (!text.is_ascii()).then(|| "UTF-8".to_owned()), ..EncodeHints::default() }
}

fn write(format: BarcodeFormat, text: &str, hints: &EncodeHints, (width, height): (i32, i32)) -> Result<BitMatrix, Refused> {
    MultiFormatWriter.encode_with_hints(text, &format, width, height, hints).map_err(|error| {
        (
            Cow::Borrowed("这个码制不能表示这个内容；请缩短或换码制。"),
            Cow::Owned(format!("This symbology cannot say this text ({error}); shorten it or choose another.")),
        )
    })
}

fn linear(symbology: Symbology, format: BarcodeFormat, text: &str) -> Result<Modules, Refused> {
    let matrix = write(format, text, &EncodeHints { Margin: Some("0".into()), ..EncodeHints::default() }, (0, 1))?;
    let dark: Vec<bool> = (0..matrix.width()).map(|x| matrix.get(x, 0)).collect();
    // Some writers keep a margin whatever they are told; it is cut off, so that ours is the only one.
    let (Some(first), Some(last)) = (dark.iter().position(|dark| *dark), dark.iter().rposition(|dark| *dark)) else {
        return Err(too_long());
    };
    let dark = dark[first..=last].to_vec();
    Ok(with_quiet_zone(symbology, dark.len() as u32, 1, dark))
}

fn qr(symbology: Symbology, text: &str, level: Level, gs1: bool) -> Result<Modules, Refused> {
    let hints = EncodeHints { ErrorCorrection: Some(level.qr().into()), Gs1Format: gs1.then_some(true), ..hints(text) };
    Ok(matrix(symbology, &write(BarcodeFormat::QR_CODE, text, &hints, (0, 0))?))
}

/// PDF417 in the number of columns that comes nearest to the shape of its box. Rows are four modules high, three being the least (ISO/IEC
/// 15438).
fn pdf417(text: &str, level: Level, shape: f32) -> Result<Modules, Refused> {
    let correction = ["2", "3", "4", "5"][level as usize];
    let mut best: Option<(f32, Modules)> = None;
    for columns in 1..=30_u8 {
        // A column is 17 modules wide, start, stop and row indicators 69: more columns than this only make it smaller.
        let widest = shape / (f32::from(columns) * 17.0 + 73.0);
        if best.as_ref().is_some_and(|(largest, _)| widest <= *largest) {
            break;
        }
        let columns = usize::from(columns);
        let hints = EncodeHints {
            ErrorCorrection: Some(correction.into()),
            Pdf417Dimensions: Some(Dimensions::new(columns, columns, 3, 90)),
            ..hints(text)
        };
        // The writer turns what is higher than wide unless it is asked for a high picture; the start pattern shows which way it lies.
        let upright =
            |size| write(BarcodeFormat::PDF_417, text, &hints, size).ok().map(|code| matrix(Symbology::Pdf417, &code)).filter(starts);
        let Some(code) = upright((2, 1)).or_else(|| upright((1, 2))) else { continue };
        let across = (code.width + 4) as f32;
        // As large as fits: the module is the smaller of what width and height allow.
        let module = (shape / across).min(1.0 / (code.height + 4) as f32);
        if best.as_ref().is_none_or(|(largest, _)| module > *largest) {
            best = Some((module, code));
        }
    }
    best.map(|(_, code)| code).ok_or_else(too_long)
}

/// Every row of a PDF417 begins with eight dark modules and a light one.
fn starts(code: &Modules) -> bool {
    code.width > 9 && (0..code.height).all(|y| (0..8).all(|x| code.is_dark(x, y)) && !code.is_dark(8, y))
}

fn matrix(symbology: Symbology, matrix: &BitMatrix) -> Modules {
    let (width, height) = (matrix.width(), matrix.height());
    let dark = (0..height).flat_map(|y| (0..width).map(move |x| (x, y))).map(|(x, y)| matrix.get(x, y)).collect();
    with_quiet_zone(symbology, width, height, dark)
}

fn data_matrix(symbology: Symbology, code: &DataMatrix) -> Modules {
    let bitmap = code.bitmap();
    let (width, height) = (bitmap.width(), bitmap.height());
    let mut dark = vec![false; width * height];
    for (x, y) in bitmap.pixels() {
        dark[y * width + x] = true;
    }
    with_quiet_zone(symbology, width as u32, height as u32, dark)
}

fn with_quiet_zone(symbology: Symbology, width: u32, height: u32, dark: Vec<bool>) -> Modules {
    let [quiet_left, quiet_right, quiet_y] = rules::quiet_zone(symbology);
    Modules { width, height, dark, quiet_left, quiet_right, quiet_y }
}

impl Modules {
    /// Whether a module is dark.
    #[must_use]
    pub fn is_dark(&self, x: u32, y: u32) -> bool {
        self.dark.get((y * self.width + x) as usize).copied().unwrap_or(false)
    }

    /// Modules across with the quiet zones.
    #[must_use]
    pub const fn across(&self) -> u32 {
        self.quiet_left + self.width + self.quiet_right
    }

    /// Modules down with the quiet zones; 0 for a linear code, which takes what height there is.
    #[must_use]
    pub const fn down(&self) -> u32 {
        if self.height == 1 { 0 } else { self.height + 2 * self.quiet_y }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_symbology_cannot_say_is_refused_with_what_to_do() {
        let cases = [
            (Symbology::Code128, "橡木", "QR"),
            (Symbology::Ean13, "6901234567890", "check digit"),
            (Symbology::Ean8, "123", "8 digits"),
            (Symbology::UpcE, "23456789", "UPC-E"),
            (Symbology::Itf14, "1690123456789", "14 digits"),
            (Symbology::Code39, "abc", "upper"),
            (Symbology::Gs1128, "0106901234567892", "GS1"),
            (Symbology::Gs1DataMatrix, "(37)12", "GS1"),
            (Symbology::Gs1128, "(01)06901234567892(10)ABCDEFGHIJKLMNOPQRST(21)ABCDEFGH", "48"),
            (Symbology::Qr, "", "no text"),
        ];
        for (symbology, text, said) in cases {
            let unsayable = encode(symbology, text).unwrap_err();
            assert!(unsayable.en.contains(said) && !unsayable.zh.is_empty(), "{symbology:?}: {unsayable}");
        }
    }

    #[test]
    fn symbols_have_the_sizes_of_their_standards() {
        let size = |symbology, text| encode(symbology, text).map(|code| (code.width, code.height)).unwrap();
        assert_eq!(size(Symbology::Ean13, "6901234567892"), (95, 1));
        assert_eq!(size(Symbology::Ean8, "96385074"), (67, 1));
        assert_eq!(size(Symbology::UpcA, "614141000036"), (95, 1));
        assert_eq!(size(Symbology::UpcE, "01234565"), (51, 1));
        // Start, FNC1, 10 pairs, check character, stop.
        assert_eq!(size(Symbology::Gs1128, "(00)106141412345678908"), (11 * 13 + 13, 1));
        assert_eq!(size(Symbology::Qr, "QT-OK"), (21, 21));
        assert_eq!(size(Symbology::Aztec, "QT-OK"), (15, 15));
    }

    #[test]
    fn pdf417_follows_the_shape_of_its_box_and_is_never_turned() {
        let text = "QT-TASK-PK-000456 ".repeat(4);
        let wide = encode_for(Symbology::Pdf417, &text, Level::Medium, 5.0).unwrap();
        let high = encode_for(Symbology::Pdf417, &text, Level::Medium, 0.8).unwrap();
        assert!(wide.width > high.width && wide.height < high.height && starts(&wide) && starts(&high));
    }
}
