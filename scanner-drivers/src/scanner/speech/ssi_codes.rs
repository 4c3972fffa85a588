//! Zebra's numbers for symbologies, and the AIM identifier that each stands for.
//!
//! Symbol SE923 Integration Guide, Table 6-6; PDT6800 Reference Guide, Table F-6 (with AIM identifiers); later ones from Zebra's scanner SDK headers.
//! The identifier says less than the scanner knows in some cases, never more: a check digit that was verified is not claimed.

use qitao_domain::barcode::symbology::AimId;

/// The AIM identifier for a bar code type; `None` for types that are no code (parameters, distances) or have no identifier.
#[must_use]
pub fn symbology(code: u8) -> Option<AimId> {
    let text: [u8; 2] = match code {
        // Code 39, Trioptic, Code 39 full ASCII, Code 32.
        0x01 | 0x20 => *b"A0",
        0x13 => *b"A4",
        // Codabar, NW-7.
        0x02 | 0x18 => *b"F0",
        0x03 => *b"C0",
        // Discrete 2 of 5, IATA.
        0x04 => *b"S0",
        0x05 => *b"R0",
        0x06 => *b"I0",
        0x07 => *b"G0",
        // UPC-A, UPC-E, EAN-13, UPC-E1.
        0x08 | 0x09 | 0x0B | 0x10 => *b"E0",
        0x0A => *b"E4",
        0x0C => *b"H0",
        0x0D => *b"T0",
        0x0E => *b"M0",
        0x0F => *b"C1",
        // PDF417, MicroPDF, its CC-A, Macro PDF and Macro MicroPDF.
        0x11 | 0x1A | 0x1D | 0x28 | 0x9A => *b"L0",
        0x12 => *b"K0",
        // Trioptic, Bookland, postal codes.
        0x15 | 0x16 | 0x1E | 0x1F | 0x22..=0x24 | 0x26 | 0x27 | 0x34 | 0x35 | 0x36 | 0x39 => *b"X0",
        // Coupon: UPC-A with GS1-128.
        0x17 => *b"E3",
        // ISBT 128, alone and concatenated.
        0x19 => *b"C0",
        0x21 => *b"C4",
        0x1B => *b"d0",
        // QR, Macro QR, Micro QR.
        0x1C | 0x29 | 0x2C => *b"Q1",
        0x25 => *b"U0",
        0x2D => *b"z0",
        0x2E => *b"zC",
        // GS1 DataBar: omnidirectional, limited, expanded, coupon.
        0x30..=0x32 | 0xB4 => *b"e0",
        // UPC and EAN with two or five digits beside; EAN-8 has no identifier for that.
        0x48 | 0x49 | 0x4B | 0x50 | 0x88 | 0x89 | 0x8B | 0x90 => *b"E3",
        0x4A | 0x8A => *b"E4",
        // Composites, by their 2-D part.
        0x51..=0x59 | 0x61..=0x68 => *b"e1",
        0x5A => *b"A0",
        0xB7 => *b"h0",
        // GS1 Data Matrix and GS1 QR Code.
        0xC1 => *b"d2",
        0xC2 => *b"Q3",
        _ => return None,
    };
    AimId::new(text[0], text[1]).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_of_the_integration_guides_have_their_identifiers() {
        for (code, id) in [
            (0x01, "]A0"),
            (0x03, "]C0"),
            (0x06, "]I0"),
            (0x08, "]E0"),
            (0x0A, "]E4"),
            (0x0B, "]E0"),
            (0x0F, "]C1"),
            (0x11, "]L0"),
            (0x1B, "]d0"),
            (0x1C, "]Q1"),
            (0x30, "]e0"),
            (0x4B, "]E3"),
            (0xC1, "]d2"),
        ] {
            assert_eq!(symbology(code).unwrap().to_string(), id, "{code:#04x}");
        }
        assert_eq!((symbology(0x00), symbology(0x2F), symbology(0x33), symbology(0xFF)), (None, None, None, None));
    }
}
