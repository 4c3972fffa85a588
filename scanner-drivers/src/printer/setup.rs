//! How one printer is set up: what is loaded, how dark and fast it prints, and what happens after a label. As commands of each language, sent with every
//! label: a printer that was switched off in between has forgotten them. Nothing here is written to a printer's memory for good.

use std::io::Write as _;

use qitao_labels::{Language, escpos};
use serde::{Deserialize, Serialize};

/// Settings of one printer; what is not given stays as the printer has it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Setup {
    /// What is loaded.
    pub media: Option<Media>,
    /// How the printer finds the next label.
    pub sensor: Option<Sensor>,
    /// 0–100 % of what the head can do.
    pub darkness: Option<u8>,
    /// Inches per second.
    pub speed: Option<u8>,
    /// What happens after a label.
    pub after: Option<After>,
    /// Where a label stops to be torn off, millimetres further (or less far) than the printer's own place.
    pub tear_offset: Option<f32>,
}

/// The labels in a printer, millimetres.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Media {
    /// Across the head.
    pub width: f32,
    /// Along the feed; absent for a roll without an end.
    #[serde(default)]
    pub height: Option<f32>,
    /// Gap between two labels, or height of the black mark.
    #[serde(default)]
    pub gap: Option<f32>,
}

/// How a printer finds the next label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sensor {
    /// By the gap between labels.
    Gap,
    /// By a black mark on the back.
    Mark,
    /// Not at all: a roll without an end.
    Continuous,
}

/// What happens after a label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum After {
    /// It stops where it is torn off.
    Tear,
    /// It is peeled off its backing, and the next comes when it has been taken.
    Peel,
    /// It is cut off.
    Cut,
}

/// Slack of what is loaded against what a template says, millimetres: rolls are named in round figures.
const SLACK: f32 = 1.5;

impl Setup {
    /// Whether a label of this size (millimetres) can be printed on what is loaded; a longer one would run over the gap.
    #[must_use]
    pub fn takes(&self, width: f32, height: f32) -> bool {
        let Some(media) = self.media else { return true };
        width <= media.width + SLACK && media.height.is_none_or(|loaded| (height - loaded).abs() <= SLACK)
    }

    /// What cannot be said in a language: somebody has to set it at the printer.
    #[must_use]
    pub fn unsaid(&self, language: Language) -> Vec<&'static str> {
        let mut unsaid = Vec::new();
        let mut tell = |given: bool, what| {
            if given {
                unsaid.push(what);
            }
        };
        match language {
            Language::Zpl | Language::Tspl => {}
            Language::EscPos => {
                tell(self.sensor.is_some(), "sensor");
                tell(self.tear_offset.is_some(), "tear_offset");
            }
            Language::Cpcl => {
                tell(matches!(self.after, Some(After::Peel | After::Cut)), "after");
                tell(self.tear_offset.is_some(), "tear_offset");
            }
        }
        unsaid
    }

    /// The commands of a label, with the set-up of its printer where the language wants it.
    #[must_use]
    pub fn dress(&self, language: Language, dpi: u16, label: Vec<u8>) -> Vec<u8> {
        if *self == Self::default() {
            return label;
        }
        match language {
            Language::Zpl => [self.zpl(dpi).into_bytes(), label].concat(),
            // Later lines win over the template's own, and everything up to CLS is lines.
            Language::Tspl => insert_before(label, b"CLS\r\n", self.tspl().as_bytes()),
            Language::EscPos => self.escpos(label),
            Language::Cpcl => self.cpcl(label),
        }
    }

    /// A format that prints nothing: `^MN` media, `^MM` mode, `~TA` tear-off, `~SD` darkness, `^PR` speed (ZPL II Programming Guide). Without `^JU` it is
    /// gone when the printer is switched off.
    fn zpl(&self, dpi: u16) -> String {
        let mut text = String::new();
        if let Some(darkness) = self.darkness {
            // ~SD takes 00–30.
            text += &format!("~SD{:02}", scale(darkness, 30));
        }
        if let Some(offset) = self.tear_offset {
            // ~TA takes three digits of dots, -120 to 120.
            let dots = (offset * f32::from(dpi) / 25.4).round().clamp(-120.0, 120.0) as i32;
            text += &if dots < 0 { format!("~TA-{:03}", -dots) } else { format!("~TA{dots:03}") };
        }
        text += "^XA";
        text += match self.sensor {
            Some(Sensor::Gap) => "^MNY",
            Some(Sensor::Mark) => "^MNM",
            Some(Sensor::Continuous) => "^MNN",
            None => "",
        };
        text += match self.after {
            Some(After::Tear) => "^MMT",
            Some(After::Peel) => "^MMP",
            Some(After::Cut) => "^MMC",
            None => "",
        };
        if let Some(speed) = self.speed {
            text += &format!("^PR{speed}");
        }
        text + "^XZ"
    }

    /// `GAP`/`BLINE`, `DENSITY` 0–15, `SPEED`, `SET TEAR`/`PEEL`/`CUTTER`, `OFFSET` (TSPL/TSPL2 Programming, "Setup and system commands").
    fn tspl(&self) -> String {
        let mut text = String::new();
        let gap = self.media.and_then(|media| media.gap).unwrap_or(2.0);
        match self.sensor {
            Some(Sensor::Gap) => text += &format!("GAP {gap} mm,0 mm\r\n"),
            Some(Sensor::Mark) => text += &format!("BLINE {gap} mm,0 mm\r\n"),
            Some(Sensor::Continuous) => text += "GAP 0 mm,0 mm\r\n",
            None => {}
        }
        if let Some(darkness) = self.darkness {
            text += &format!("DENSITY {}\r\n", scale(darkness, 15));
        }
        if let Some(speed) = self.speed {
            text += &format!("SPEED {speed}\r\n");
        }
        text += match self.after {
            Some(After::Tear) => "SET PEEL OFF\r\nSET CUTTER OFF\r\nSET TEAR ON\r\n",
            Some(After::Peel) => "SET CUTTER OFF\r\nSET PEEL ON\r\n",
            Some(After::Cut) => "SET PEEL OFF\r\nSET CUTTER 1\r\n",
            None => "",
        };
        if let Some(offset) = self.tear_offset {
            text += &format!("OFFSET {offset} mm\r\n");
        }
        text
    }

    /// `GS ( K` functions 49 density and 50 speed behind every `ESC @`, which would forget them; after the label `FS ( L` function 65 to the peeling place,
    /// or `GS V` 66 to cut (ESC/POS Application Programming Guide).
    fn escpos(&self, label: Vec<u8>) -> Vec<u8> {
        let mut dressed = escpos::INITIALIZE.to_vec();
        if let Some(darkness) = self.darkness {
            let steps = i32::from(scale(darkness, 12)) - 6;
            dressed.extend([0x1d, b'(', b'K', 2, 0, 49, steps.to_le_bytes()[0]]);
        }
        if let Some(speed) = self.speed {
            dressed.extend([0x1d, b'(', b'K', 2, 0, 50, speed.clamp(1, 13)]);
        }
        dressed.extend_from_slice(label.strip_prefix(escpos::INITIALIZE).unwrap_or(&label));
        match self.after {
            Some(After::Peel) => dressed.extend_from_slice(b"\x1c(L\x02\x00\x41\x30"),
            Some(After::Cut) => dressed.extend_from_slice(b"\x1dV\x42\x00"),
            Some(After::Tear) | None => {}
        }
        dressed
    }

    /// `CONTRAST` 0–3, `SPEED` 0–5 behind the first line; the sensor before `FORM` (CPCL Programming Manual).
    fn cpcl(&self, label: Vec<u8>) -> Vec<u8> {
        const BY_GAP: &[u8] = b"GAP-SENSE\r\nFORM\r\nPRINT\r\n";
        let mut lines = Vec::new();
        // Writing into a Vec cannot fail.
        if let Some(darkness) = self.darkness {
            let _ = write!(lines, "CONTRAST {}\r\n", scale(darkness, 3));
        }
        if let Some(speed) = self.speed {
            let _ = write!(lines, "SPEED {}\r\n", speed.min(5));
        }
        let label = match (self.sensor, label.strip_suffix(BY_GAP)) {
            (Some(Sensor::Mark), Some(rest)) => [rest, b"BAR-SENSE\r\nFORM\r\nPRINT\r\n"].concat(),
            (Some(Sensor::Continuous), Some(rest)) => [rest, b"PRINT\r\n"].concat(),
            _ => label,
        };
        insert_before(label, b"PAGE-WIDTH ", &lines)
    }
}

/// Per cent of a scale, rounded.
fn scale(per_cent: u8, most: u8) -> u8 {
    let scaled = (u32::from(per_cent.min(100)) * u32::from(most) + 50) / 100;
    scaled.to_le_bytes()[0]
}

/// The first place is before any picture: pictures come last in a label.
fn insert_before(label: Vec<u8>, place: &[u8], lines: &[u8]) -> Vec<u8> {
    match label.windows(place.len()).position(|window| window == place) {
        Some(at) => [&label[..at], lines, &label[at..]].concat(),
        None => label,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use qitao_labels::{Template, commands};

    const ALL: [Language; 4] = [Language::Zpl, Language::Tspl, Language::EscPos, Language::Cpcl];

    fn label(language: Language) -> Vec<u8> {
        let template = Template::named("command").unwrap();
        let fields = template.fields().into_iter().map(|name| (name, "1".to_owned())).collect();
        commands(&template, &fields, 203, language, 1).unwrap()
    }

    fn full(after: After, sensor: Sensor) -> Setup {
        let media = Some(Media { width: 60.0, height: Some(40.0), gap: Some(3.0) });
        Setup { media, sensor: Some(sensor), darkness: Some(80), speed: Some(4), after: Some(after), tear_offset: Some(-1.5) }
    }

    fn dressed(setup: &Setup, language: Language) -> String {
        String::from_utf8_lossy(&setup.dress(language, 203, label(language))).into_owned()
    }

    #[test]
    fn without_a_setup_a_label_is_sent_as_it_is() {
        for language in ALL {
            assert_eq!(Setup::default().dress(language, 203, label(language)), label(language));
            assert!(Setup::default().unsaid(language).is_empty());
        }
    }

    #[test]
    fn zpl_is_told_before_the_label() {
        let text = dressed(&full(After::Cut, Sensor::Mark), Language::Zpl);
        assert!(text.starts_with("~SD24~TA-012^XA^MNM^MMC^PR4^XZ^XA"), "{text}");
        let peel = Setup { after: Some(After::Peel), sensor: Some(Sensor::Gap), ..Setup::default() };
        assert!(dressed(&peel, Language::Zpl).starts_with("^XA^MNY^MMP^XZ^XA"));
    }

    #[test]
    fn tspl_is_told_after_the_templates_own_lines_and_before_the_picture() {
        let text = dressed(&full(After::Peel, Sensor::Mark), Language::Tspl);
        let told = "BLINE 3 mm,0 mm\r\nDENSITY 12\r\nSPEED 4\r\nSET CUTTER OFF\r\nSET PEEL ON\r\nOFFSET -1.5 mm\r\nCLS\r\n";
        let (at, size, picture) = (text.find(told).unwrap(), text.find("SIZE ").unwrap(), text.find("BITMAP").unwrap());
        assert!(size < at && at < picture);
    }

    #[test]
    fn escpos_is_told_behind_the_initialisation_and_cuts_behind_the_label() {
        let bytes = full(After::Cut, Sensor::Gap).dress(Language::EscPos, 203, label(Language::EscPos));
        assert!(bytes.starts_with(b"\x1b@\x1d(K\x02\x00\x31\x04\x1d(K\x02\x00\x32\x04\x1dv0"), "{:?}", &bytes[..20]);
        assert!(bytes.ends_with(b"\x0c\x1dV\x42\x00"));
        assert_eq!(full(After::Cut, Sensor::Gap).unsaid(Language::EscPos), ["sensor", "tear_offset"]);
    }

    #[test]
    fn cpcl_is_told_behind_the_first_line_and_finds_black_marks() {
        let text = dressed(&full(After::Tear, Sensor::Mark), Language::Cpcl);
        assert!(text.contains(" 1\r\nCONTRAST 2\r\nSPEED 4\r\nPAGE-WIDTH ") && text.ends_with("BAR-SENSE\r\nFORM\r\nPRINT\r\n"), "{text}");
        assert_eq!(full(After::Cut, Sensor::Gap).unsaid(Language::Cpcl), ["after", "tear_offset"]);
    }

    #[test]
    fn a_label_that_does_not_fit_what_is_loaded_is_noticed() {
        let setup = full(After::Tear, Sensor::Gap);
        assert!(setup.takes(60.0, 40.0) && setup.takes(50.0, 39.0) && Setup::default().takes(300.0, 300.0));
        assert!(!setup.takes(80.0, 40.0) && !setup.takes(60.0, 50.0) && !setup.takes(60.0, 30.0));
        let roll = Setup { media: Some(Media { width: 58.0, height: None, gap: None }), ..Setup::default() };
        assert!(roll.takes(58.0, 200.0));
    }
}
