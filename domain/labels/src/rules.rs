//! What the standards say about the size of a barcode, so that one that scanners will refuse is refused here, before anything is printed.
//!
//! GS1 General Specifications 5.12.3, symbol specification tables 1 (retail point of sale; for two-dimensional codes addendum 2, table
//! 5-46 of release 26), 2 (general distribution), 4 (neither) and 5 (logistic units); quiet zones from 5.2–5.7. EAN/UPC may be 80 to
//! 200 % of X = 0.330 mm (27.5 % further in distribution's table), with bars that grow with X; two-dimensional codes take 1.5 times the
//! X-dimension of linear ones in distribution (note below the tables). Outside GS1 the symbologies' own standards name no least module;
//! a quarter of a millimetre is what common hand scanners and thermal printers of 203 dpi both manage (two dots).
//!
//! The heights of GS1-128 and ITF-14 in table 4 (12.70 mm) and the upper limit of table 5 (0.940 mm) were written from memory of the
//! tables and stand only here.

use serde::{Deserialize, Serialize};

/// Symbologies that labels use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Symbology {
    /// Code 128 (ISO/IEC 15417).
    Code128,
    /// GS1-128; the text is bracketed, `(01)…`.
    #[serde(rename = "gs1-128")]
    Gs1128,
    /// EAN-13 (ISO/IEC 15420), 13 digits.
    Ean13,
    /// EAN-8, 8 digits.
    Ean8,
    /// UPC-A, 12 digits.
    UpcA,
    /// UPC-E, 8 digits.
    UpcE,
    /// ITF-14 (ISO/IEC 16390), 14 digits, between bearer bars.
    Itf14,
    /// Code 39 (ISO/IEC 16388).
    Code39,
    /// QR Code (ISO/IEC 18004).
    Qr,
    /// GS1 QR Code; the text is bracketed.
    Gs1Qr,
    /// Data Matrix (ISO/IEC 16022).
    DataMatrix,
    /// GS1 DataMatrix; the text is bracketed.
    Gs1DataMatrix,
    /// PDF417 (ISO/IEC 15438).
    Pdf417,
    /// Aztec Code (ISO/IEC 24778).
    Aztec,
}

impl Symbology {
    /// Its name in standards.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Code128 => "Code 128",
            Self::Gs1128 => "GS1-128",
            Self::Ean13 => "EAN-13",
            Self::Ean8 => "EAN-8",
            Self::UpcA => "UPC-A",
            Self::UpcE => "UPC-E",
            Self::Itf14 => "ITF-14",
            Self::Code39 => "Code 39",
            Self::Qr => "QR Code",
            Self::Gs1Qr => "GS1 QR Code",
            Self::DataMatrix => "Data Matrix",
            Self::Gs1DataMatrix => "GS1 DataMatrix",
            Self::Pdf417 => "PDF417",
            Self::Aztec => "Aztec Code",
        }
    }
}

/// Where a barcode is scanned.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// Within the chain, with its own scanners.
    #[default]
    House,
    /// At the retail point of sale: GS1 table 1.
    Retail,
    /// In general distribution: GS1 table 2.
    Distribution,
    /// Neither at the point of sale nor in distribution: GS1 table 4.
    Internal,
    /// On logistic units: GS1 table 5.
    Logistics,
}

/// How high bars must be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Height {
    /// The code's own matter.
    Own,
    /// Millimetres.
    Millimetres(f32),
    /// So many modules: EAN/UPC bars grow with their width.
    Modules(f32),
}

/// Sizes that a standard allows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rule {
    /// Least module, millimetres.
    pub least: f32,
    /// Largest module, millimetres; `None` when there is no limit.
    pub most: Option<f32>,
    /// Height of bars.
    pub height: Height,
    /// The table, for people.
    pub source: &'static str,
}

const TABLE_1: &str = "GS1 General Specifications 5.12.3.1";
const TABLE_2: &str = "GS1 General Specifications 5.12.3.2";
const TABLE_4: &str = "GS1 General Specifications 5.12.3.4";
const TABLE_5: &str = "GS1 General Specifications 5.12.3.5";

/// Bars of EAN-13, UPC-A and UPC-E: 22.85 mm at X = 0.330 mm.
const EAN_13: Height = Height::Modules(22.85 / 0.330);
/// Bars of EAN-8: 18.23 mm at X = 0.330 mm.
const EAN_8: Height = Height::Modules(18.23 / 0.330);

/// What holds for a symbology at a place; `None` when the standard does not have this symbology there.
#[must_use]
pub fn rule(symbology: Symbology, purpose: Purpose) -> Option<Rule> {
    use Symbology as S;
    let rule = |least, most, height, source| Some(Rule { least, most: Some(most), height, source });
    let ean = if symbology == S::Ean8 { EAN_8 } else { EAN_13 };
    match (purpose, symbology) {
        (Purpose::House, _) => Some(Rule { least: least_readable(symbology), most: None, height: Height::Own, source: "ISO/IEC" }),
        (Purpose::Retail, S::Ean13 | S::Ean8 | S::UpcA | S::UpcE) => rule(0.264, 0.660, ean, TABLE_1),
        (Purpose::Retail, S::Gs1DataMatrix | S::DataMatrix | S::Qr) => rule(0.396, 0.990, Height::Own, TABLE_1),
        (Purpose::Distribution, S::Ean13 | S::Ean8 | S::UpcA | S::UpcE) => rule(0.495, 0.660, ean, TABLE_2),
        (Purpose::Distribution, S::Itf14 | S::Gs1128) => rule(0.495, 1.016, Height::Millimetres(31.75), TABLE_2),
        (Purpose::Distribution, S::Gs1DataMatrix | S::Gs1Qr) => rule(0.743, 1.50, Height::Own, TABLE_2),
        (Purpose::Internal, S::Ean13 | S::Ean8 | S::UpcA | S::UpcE) => rule(0.264, 0.660, ean, TABLE_4),
        (Purpose::Internal, S::Itf14 | S::Gs1128) => rule(0.250, 0.495, Height::Millimetres(12.70), TABLE_4),
        (Purpose::Internal, S::Gs1DataMatrix | S::Gs1Qr) => rule(0.380, 0.495, Height::Own, TABLE_4),
        (Purpose::Logistics, S::Gs1128) => rule(0.495, 0.940, Height::Millimetres(31.75), TABLE_5),
        (Purpose::Logistics, S::Itf14) => rule(0.495, 1.016, Height::Millimetres(31.75), TABLE_5),
        (Purpose::Logistics, S::Gs1DataMatrix | S::Gs1Qr) => rule(0.743, 1.50, Height::Own, TABLE_5),
        _ => None,
    }
}

/// Least module within the chain, millimetres. EAN/UPC and ITF-14 keep GS1's limits everywhere: others may scan them.
#[must_use]
pub const fn least_readable(symbology: Symbology) -> f32 {
    match symbology {
        Symbology::Ean13 | Symbology::Ean8 | Symbology::UpcA | Symbology::UpcE => 0.264,
        Symbology::Itf14 => 0.495,
        _ => 0.25,
    }
}

/// The fewest dots that keep a least length. Printers have whole dots: 2 dots at 203 dpi are 0.250 mm, so a hundredth of a millimetre is spared.
#[must_use]
pub fn whole_dots(least: f32, dpi: u16) -> u32 {
    ((least - 0.01) * f32::from(dpi) / 25.4).ceil().max(1.0) as u32
}

/// Light modules left, right, and above and below a symbol that must stay free.
#[must_use]
pub const fn quiet_zone(symbology: Symbology) -> [u32; 3] {
    use Symbology as S;
    match symbology {
        S::Ean13 => [11, 7, 0],
        S::Ean8 => [7, 7, 0],
        S::UpcA => [9, 9, 0],
        S::UpcE => [9, 7, 0],
        S::Code128 | S::Gs1128 | S::Itf14 | S::Code39 => [10, 10, 0],
        // Small phones' cameras find QR and Aztec without; ISO/IEC 18004 asks for 4, 24778 for none.
        S::Qr | S::Gs1Qr => [4, 4, 4],
        S::DataMatrix | S::Gs1DataMatrix | S::Aztec => [1, 1, 1],
        S::Pdf417 => [2, 2, 2],
    }
}

/// Bars of a linear code within the chain are easy to hit from here: 5 mm, and 15 % of their length (ISO/IEC 15417 and 16388, annexes).
#[must_use]
pub fn easy_height(length: f32) -> f32 {
    (length * 0.15).max(5.0)
}

/// Bars below this are not hit by any scanner held in a hand, millimetres. No standard's, but what is left of a box that is full of other things.
pub const LEAST_HEIGHT: f32 = 2.0;

/// Most data characters of GS1-128, separators counted (5.4.4.3).
pub const GS1_128_CHARACTERS: usize = 48;
/// Longest GS1-128 with its quiet zones, millimetres (5.4.4.3).
pub const GS1_128_LENGTH: f32 = 165.1;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_of_gs1_hold() {
        let retail = rule(Symbology::Ean13, Purpose::Retail).unwrap();
        let Height::Modules(modules) = retail.height else { panic!() };
        assert!((modules * 0.264 - 18.28).abs() < 0.01 && (modules * 0.660 - 45.70).abs() < 0.01);
        let logistics = rule(Symbology::Gs1128, Purpose::Logistics).unwrap();
        assert_eq!((logistics.least, logistics.height), (0.495, Height::Millimetres(31.75)));
        assert_eq!(rule(Symbology::Code128, Purpose::Retail), None);
        assert_eq!(rule(Symbology::Ean13, Purpose::Logistics), None);
    }
}
