//! Barcodes as modules: what `rxing` and `datamatrix` encode, with the quiet zone and the smallest module each symbology asks for.

use datamatrix::{DataMatrix, SymbolList};
use qitao_domain::barcode::{check, gs1};
use rxing::{BarcodeFormat, EncodeHints, MultiFormatWriter, Writer};

use super::template::Symbology;

/// FNC1 as rxing's Code 128 writer wants it.
const FNC1: char = '\u{f1}';

/// A barcode as dark and light modules, without quiet zone.
#[derive(Debug, Clone, PartialEq)]
pub struct Modules {
    /// Modules across.
    pub width: u32,
    /// Modules down; 1 for a linear code, whose bars are as high as their box.
    pub height: u32,
    /// Row by row, true = dark.
    pub dark: Vec<bool>,
    /// Light modules that must stay free on the left and right.
    pub quiet_x: u32,
    /// Light modules that must stay free above and below.
    pub quiet_y: u32,
    /// Smallest module that common scanners read, millimetres.
    pub smallest: f32,
}

/// Why a barcode cannot be drawn.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SymbolError {
    /// The symbology cannot say this text; change the data or the symbology.
    #[error("{symbology:?} cannot encode {text:?}: {reason}")]
    ChangeData {
        /// Which symbology.
        symbology: Symbology,
        /// The text.
        text: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The code does not fit its box with modules of the smallest size that can be read; make the box larger or the data shorter.
    #[error("{symbology:?} with {modules} modules needs {needed:.1} mm, its box has {has:.1} mm")]
    EnlargeBox {
        /// Which symbology.
        symbology: Symbology,
        /// Modules, quiet zone included.
        modules: u32,
        /// Millimetres needed.
        needed: f32,
        /// Millimetres there.
        has: f32,
    },
}

/// Encodes a text.
///
/// # Errors
/// [`SymbolError::ChangeData`].
pub fn encode(symbology: Symbology, text: &str) -> Result<Modules, SymbolError> {
    let refuse = |reason: String| SymbolError::ChangeData { symbology, text: text.to_owned(), reason };
    match symbology {
        Symbology::Code128 => {
            if !text.is_ascii() || text.is_empty() {
                return Err(refuse("Code 128 holds ASCII characters only".into()));
            }
            linear(BarcodeFormat::CODE_128, text, 10, 0.25).map_err(refuse)
        }
        Symbology::Gs1128 => {
            let element_string = element_string(text).map_err(refuse)?;
            let marked: String = std::iter::once(FNC1).chain(element_string.chars().map(|c| if c == '\x1d' { FNC1 } else { c })).collect();
            linear(BarcodeFormat::CODE_128, &marked, 10, 0.25).map_err(refuse)
        }
        Symbology::Ean13 => {
            if text.len() != 13 || !check::is_mod10(text.as_bytes()) {
                return Err(refuse("EAN-13 needs 13 digits, the last of them the check digit".into()));
            }
            linear(BarcodeFormat::EAN_13, text, 11, 0.264).map_err(refuse)
        }
        Symbology::Itf14 => {
            if text.len() != 14 || !check::is_mod10(text.as_bytes()) {
                return Err(refuse("ITF-14 needs 14 digits, the last of them the check digit".into()));
            }
            linear(BarcodeFormat::ITF, text, 10, 0.495).map_err(refuse)
        }
        Symbology::Qr => {
            // Plain ASCII needs no statement of its character set (ECI), and old scanners read it better without.
            let character_set = (!text.is_ascii()).then(|| "UTF-8".to_owned());
            let hints = EncodeHints {
                Margin: Some("0".into()),
                CharacterSet: character_set,
                ErrorCorrection: Some("M".into()),
                ..EncodeHints::default()
            };
            let matrix = MultiFormatWriter
                .encode_with_hints(text, &BarcodeFormat::QR_CODE, 0, 0, &hints)
                .map_err(|error| refuse(error.to_string()))?;
            let (width, height) = (matrix.width(), matrix.height());
            let dark = (0..height).flat_map(|y| (0..width).map(move |x| (x, y))).map(|(x, y)| matrix.get(x, y)).collect();
            Ok(Modules { width, height, dark, quiet_x: 4, quiet_y: 4, smallest: 0.25 })
        }
        Symbology::DataMatrix => {
            let code = DataMatrix::encode_str(text, SymbolList::default()).map_err(|error| refuse(format!("{error:?}")))?;
            Ok(data_matrix(&code))
        }
        Symbology::Gs1DataMatrix => {
            let element_string = element_string(text).map_err(refuse)?;
            let code =
                DataMatrix::encode_gs1(element_string.as_bytes(), SymbolList::default()).map_err(|error| refuse(format!("{error:?}")))?;
            Ok(data_matrix(&code))
        }
    }
}

/// `(01)…(10)…` checked by the rules of GS1 and written with GS where a separator is due.
fn element_string(bracketed: &str) -> Result<String, String> {
    let message = gs1::bracketed(bracketed.as_bytes()).map_err(|broken| broken.to_string())?;
    Ok(gs1::to_element_string(message.elements()))
}

fn linear(format: BarcodeFormat, text: &str, quiet: u32, smallest: f32) -> Result<Modules, String> {
    let hints = EncodeHints { Margin: Some("0".into()), ..EncodeHints::default() };
    let matrix = MultiFormatWriter.encode_with_hints(text, &format, 0, 1, &hints).map_err(|error| error.to_string())?;
    let dark: Vec<bool> = (0..matrix.width()).map(|x| matrix.get(x, 0)).collect();
    // Some writers keep a margin whatever they are told; it is cut off, so that ours is the only one.
    let first = dark.iter().position(|dark| *dark).ok_or("no bars")?;
    let last = dark.iter().rposition(|dark| *dark).ok_or("no bars")?;
    let dark = dark[first..=last].to_vec();
    Ok(Modules { width: dark.len() as u32, height: 1, dark, quiet_x: quiet, quiet_y: 0, smallest })
}

fn data_matrix(code: &DataMatrix) -> Modules {
    let bitmap = code.bitmap();
    let (width, height) = (bitmap.width(), bitmap.height());
    let mut dark = vec![false; width * height];
    for (x, y) in bitmap.pixels() {
        dark[y * width + x] = true;
    }
    Modules { width: width as u32, height: height as u32, dark, quiet_x: 1, quiet_y: 1, smallest: 0.25 }
}

impl Modules {
    /// Whether a module is dark.
    #[must_use]
    pub fn is_dark(&self, x: u32, y: u32) -> bool {
        self.dark.get((y * self.width + x) as usize).copied().unwrap_or(false)
    }

    /// Largest whole number of dots a module may have in a box of so many dots, quiet zones included.
    ///
    /// # Errors
    /// [`SymbolError::EnlargeBox`] when that would be smaller than scanners read.
    pub fn dots_per_module(&self, symbology: Symbology, box_width: u32, box_height: u32, dpi: u16) -> Result<u32, SymbolError> {
        let across = self.width + 2 * self.quiet_x;
        let down = if self.height == 1 { 1 } else { self.height + 2 * self.quiet_y };
        let dots = if self.height == 1 { box_width / across } else { (box_width / across).min(box_height / down) };
        let dots_per_mm = f32::from(dpi) / 25.4;
        // Printers have whole dots: 2 dots at 203 dpi are 0.250 mm, so the limit is met with a hundredth of a millimetre to spare.
        let smallest = ((self.smallest - 0.01) * dots_per_mm).ceil().max(1.0) as u32;
        if dots < smallest {
            let needed = (across.max(down) * smallest) as f32 / dots_per_mm;
            return Err(SymbolError::EnlargeBox {
                symbology,
                modules: across,
                needed,
                has: box_width.min(box_height.max(box_width)) as f32 / dots_per_mm,
            });
        }
        Ok(dots)
    }
}
