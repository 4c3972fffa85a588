//! What can be said to a HID point-of-sale scanner: the output reports that its descriptor offers, and Honeywell's own.
//!
//! USB HID Point of Sale Usage Tables 1.02, usage page 0x8C: "sound good read beep" (0x86), "sound error beep" (0x85), "sound not on file beep" (0x87),
//! "prevent read of barcodes" (0x5F), "initiate barcode read" (0x60). As with what is read, nothing stands at a fixed place. Honeywell's scanners take
//! their serial commands in output report 0xFD behind a length; that is not in any manual, but found by trying (python_hon_usbhid) and offered by the
//! descriptor.

use std::ops::Range;

use hidreport::{Field, Report, ReportDescriptor, Usage};
use hut::{AsUsage, BarcodeScanner};
use qitao_domain::work::Tone;

use crate::scanner::speech::{Family, Order, Signal, honeywell, say};

const HONEYWELL_REPORT: u8 = 0xFD;

/// One output report and where its switches are.
#[derive(Debug, Clone, Default)]
struct Place {
    id: Option<u8>,
    bytes: usize,
    good: Option<Range<usize>>,
    error: Option<Range<usize>>,
    not_on_file: Option<Range<usize>>,
    prevent: Option<Range<usize>>,
    initiate: Option<Range<usize>>,
}

/// Makes output reports.
#[derive(Debug, Clone)]
pub struct PosOutput {
    places: Vec<Place>,
    /// Length of Honeywell's report for commands, id included.
    commands: Option<usize>,
    prevented: bool,
    hold: bool,
}

/// A report to send: its bytes, and whether the first of them is its id.
pub type OutReport = (Vec<u8>, bool);

fn means(usage: &Usage, wanted: &impl AsUsage) -> bool {
    u32::from(usage) == wanted.usage_value()
}

impl PosOutput {
    /// What a device of this family offers; nothing is offered by most.
    #[must_use]
    pub fn new(descriptor: &ReportDescriptor, family: Family, hold: bool) -> Self {
        let (mut places, mut commands) = (Vec::new(), None);
        for report in descriptor.output_reports() {
            let place = place(report);
            if place.id == Some(HONEYWELL_REPORT) && family == Family::Honeywell {
                commands = Some(place.bytes);
            } else if [&place.good, &place.error, &place.not_on_file, &place.prevent, &place.initiate].iter().any(|range| range.is_some()) {
                places.push(place);
            }
        }
        Self { places, commands, prevented: false, hold }
    }

    /// The reports for a signal; none when the device has no such switch.
    pub fn say(&mut self, signal: Signal) -> Vec<OutReport> {
        if let Some(reports) = say(Family::Honeywell, signal, self.hold).and_then(|bytes| self.commands(&bytes)) {
            return reports;
        }
        match signal {
            Signal::Order(Order::Enable) => self.prevented = false,
            Signal::Order(Order::Disable) => self.prevented = true,
            _ => {}
        }
        let chosen = |place: &Place| match signal {
            Signal::Answer(Tone::Right) => place.good.clone(),
            // Two different sounds where there are two.
            Signal::Answer(Tone::Attention) => place.not_on_file.clone().or_else(|| place.good.clone()),
            Signal::Answer(Tone::Wrong) => place.error.clone().or_else(|| place.not_on_file.clone()),
            Signal::Order(Order::Enable | Order::Disable) => place.prevent.clone(),
            Signal::Order(Order::Trigger | Order::Release) => place.initiate.clone(),
        };
        let Some((place, range)) = self.places.iter().find_map(|place| chosen(place).map(|range| (place, range))) else {
            return Vec::new();
        };
        let on = !matches!(signal, Signal::Order(Order::Enable | Order::Release));
        let report = |on: bool| {
            let mut bytes = vec![0; place.bytes];
            if let (Some(id), Some(first)) = (place.id, bytes.first_mut()) {
                *first = id;
            }
            // A switch that stays must be said again with each report that has it.
            if let Some(prevent) = place.prevent.clone().filter(|_| self.prevented) {
                set(&mut bytes, prevent);
            }
            if on {
                set(&mut bytes, range.clone());
            }
            (bytes, place.id.is_some())
        };
        // Sounds are given at the change from 0 to 1.
        let moment = matches!(signal, Signal::Answer(_));
        if moment { vec![report(true), report(false)] } else { vec![report(on)] }
    }

    /// A line of menu commands in Honeywell's report; `None` when the device has none, or it is too long for it.
    #[must_use]
    pub fn menu(&self, text: &str) -> Option<Vec<OutReport>> {
        self.commands(&honeywell::menu(text)?)
    }

    /// Each command is one report: several in one are taken as one that is not known.
    fn commands(&self, bytes: &[u8]) -> Option<Vec<OutReport>> {
        let room = self.commands?;
        let single = bytes.starts_with(b"\x16M");
        let pieces: Vec<&[u8]> = if single { vec![bytes] } else { bytes.split_inclusive(|byte| matches!(byte, b'\r' | b',')).collect() };
        let report = |piece: &[u8]| {
            let length = u8::try_from(piece.len()).ok().filter(|length| usize::from(*length) + 2 <= room)?;
            let mut report = vec![HONEYWELL_REPORT, length];
            report.extend_from_slice(piece);
            report.resize(room, 0);
            Some((report, true))
        };
        pieces.into_iter().map(report).collect()
    }
}

fn place(report: &impl Report) -> Place {
    let mut place = Place { id: report.report_id().map(|id| u8::from(&id)), bytes: report.size_in_bytes().min(4096), ..Place::default() };
    for field in report.fields() {
        let Field::Variable(field) = field else { continue };
        let slots = [
            (BarcodeScanner::SoundGoodReadBeep, &mut place.good),
            (BarcodeScanner::SoundErrorBeep, &mut place.error),
            (BarcodeScanner::SoundNotOnFileBeep, &mut place.not_on_file),
            (BarcodeScanner::PreventReadofBarcodes, &mut place.prevent),
            (BarcodeScanner::InitiateBarcodeRead, &mut place.initiate),
        ];
        for (usage, slot) in slots {
            if means(&field.usage, &usage) && field.bits.end <= place.bytes * 8 {
                *slot = Some(field.bits.clone());
            }
        }
    }
    place
}

/// Sets a field to one.
fn set(bytes: &mut [u8], range: Range<usize>) {
    if let Some(byte) = bytes.get_mut(range.start / 8) {
        *byte |= 1 << (range.start % 8);
    }
}

#[cfg(test)]
mod tests {
    use super::super::descriptor;
    use super::*;

    /// Report 4: three sounds and two switches in one byte; report 0xFD: 63 bytes of a vendor's page.
    const DESCRIPTOR: &[u8] = &[
        0x05, 0x8C, 0x09, 0x02, 0xA1, 0x01, 0x85, 0x04, 0x15, 0x00, 0x25, 0x01, 0x75, 0x01, 0x95, 0x01, 0x09, 0x86, 0x91, 0x02, 0x09, 0x85,
        0x91, 0x02, 0x09, 0x87, 0x91, 0x02, 0x09, 0x5F, 0x91, 0x02, 0x09, 0x60, 0x91, 0x02, 0x95, 0x03, 0x91, 0x01, 0x85, 0xFD, 0x06, 0x66,
        0xFF, 0x09, 0x04, 0x26, 0xFF, 0x00, 0x75, 0x08, 0x95, 0x3F, 0x91, 0x02, 0xC0,
    ];

    fn output(family: Family, hold: bool) -> PosOutput {
        PosOutput::new(&descriptor::parse(DESCRIPTOR).unwrap(), family, hold)
    }

    fn bytes(reports: Vec<OutReport>) -> Vec<Vec<u8>> {
        assert!(reports.iter().all(|(_, numbered)| *numbered));
        reports.into_iter().map(|(bytes, _)| bytes).collect()
    }

    #[test]
    fn the_descriptors_own_switches_are_used() {
        let mut output = output(Family::Generic, true);
        assert_eq!(bytes(output.say(Signal::Answer(Tone::Right))), [[4, 0b1], [4, 0]]);
        assert_eq!(bytes(output.say(Signal::Answer(Tone::Wrong))), [[4, 0b10], [4, 0]]);
        assert_eq!(bytes(output.say(Signal::Order(Order::Disable))), [[4, 0b1000]]);
        assert_eq!(bytes(output.say(Signal::Answer(Tone::Attention))), [[4, 0b1100], [4, 0b1000]], "it stays prevented");
        assert_eq!(bytes(output.say(Signal::Order(Order::Enable))), [[4, 0]]);
        assert_eq!(bytes(output.say(Signal::Order(Order::Trigger))), [[4, 0b1_0000]]);
    }

    #[test]
    fn honeywells_report_carries_its_commands_behind_their_length() {
        let mut output = output(Family::Honeywell, false);
        let good = bytes(output.say(Signal::Answer(Tone::Right)));
        assert_eq!((good.len(), &good[0][..5], good[0].len()), (1, [0xFD, 3, 0x16, 0x07, 0x0D].as_slice(), 64));
        assert_eq!(bytes(output.say(Signal::Answer(Tone::Wrong))).len(), 3, "three beeps in three reports");
        assert_eq!(bytes(output.say(Signal::Order(Order::Trigger)))[0][..5], [0xFD, 3, 0x16, 0x54, 0x0D]);
        // python_hon_usbhid: REVINF.
        let menu = bytes(output.menu("REVINF.").unwrap());
        assert_eq!(menu[0][..12], [0xFD, 10, 0x16, 0x4D, 0x0D, b'R', b'E', b'V', b'I', b'N', b'F', b'.']);
        assert_eq!(output.menu(&"X".repeat(80)), None);
        assert_eq!(bytes(output.say(Signal::Order(Order::Disable))), [[4, 0b1000]], "what Honeywell has no word for the standard may have");
    }

    #[test]
    fn a_scanner_that_offers_nothing_is_told_nothing() {
        // A HID point-of-sale scanner with input only.
        let input: &[u8] =
            &[0x05, 0x8C, 0x09, 0x02, 0xA1, 0x01, 0x85, 0x02, 0x09, 0xFE, 0x26, 0xFF, 0x00, 0x75, 0x08, 0x95, 0x38, 0x81, 0x02, 0xC0];
        let mut output = PosOutput::new(&descriptor::parse(input).unwrap(), Family::Honeywell, true);
        for signal in [
            Signal::Answer(Tone::Right),
            Signal::Answer(Tone::Wrong),
            Signal::Answer(Tone::Attention),
            Signal::Order(Order::Enable),
            Signal::Order(Order::Disable),
            Signal::Order(Order::Trigger),
            Signal::Order(Order::Release),
        ] {
            assert!(output.say(signal).is_empty());
        }
        assert_eq!(output.menu("REVINF."), None);
    }
}
