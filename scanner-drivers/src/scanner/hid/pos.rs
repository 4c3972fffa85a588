//! HID point-of-sale scanners: reports that carry the decoded data and its symbology (HID usage page 0x8C).
//!
//! Vendors lay these reports out differently, so nothing stands at a fixed place: the report descriptor says where the AIM
//! identifier, the length, the data and the flag "more follows" are. A code longer than one report comes in several, joined here.

use std::ops::Range;

use hidreport::{Field, Report, ReportDescriptor, Usage};
use hut::{AsUsage, BarcodeScanner, GenericDesktop};
use qitao_domain::barcode::symbology::AimId;
use qitao_domain::scan::{Framing, MAX_PAYLOAD, Stamp};

use super::descriptor::bits;
use crate::scanner::framing::{Frame, split_aim};

/// Where things are in one kind of report.
#[derive(Debug, Clone, Default)]
struct Place {
    id: Option<u8>,
    aim: [Option<Range<usize>>; 3],
    length: Option<Range<usize>>,
    data: Vec<Range<usize>>,
    more: Option<Range<usize>>,
}

/// Reads the reports of one interface.
#[derive(Debug, Clone)]
pub struct PosDecoder {
    places: Vec<Place>,
    /// Bytes of the longest report.
    pub longest: usize,
    open: Option<Open>,
}

#[derive(Debug, Clone)]
struct Open {
    aim: Option<AimId>,
    data: Vec<u8>,
    at: Stamp,
    too_long: bool,
}

fn means(usage: &Usage, wanted: &impl AsUsage) -> bool {
    u32::from(usage) == wanted.usage_value()
}

impl PosDecoder {
    /// `None` when no input report carries decoded data: not a HID point-of-sale scanner.
    #[must_use]
    pub fn new(descriptor: &ReportDescriptor) -> Option<Self> {
        let places: Vec<Place> = descriptor.input_reports().iter().map(place).filter(|place| !place.data.is_empty()).collect();
        let longest = descriptor.input_reports().iter().map(Report::size_in_bytes).max().unwrap_or(0);
        (!places.is_empty()).then_some(Self { places, longest, open: None })
    }

    /// Takes one report as it came from the wire.
    pub fn report(&mut self, at: Stamp, report: &[u8], out: &mut Vec<Frame>) {
        let Some(place) = self.places.iter().find(|place| place.id.is_none_or(|id| report.first() == Some(&id))) else { return };
        let all: Vec<u8> = place.data.iter().map_while(|range| bits(report, range)).map(|byte| byte.to_le_bytes()[0]).collect();
        let told = place.length.as_ref().and_then(|range| bits(report, range)).map(|n| usize::try_from(n).unwrap_or(usize::MAX));
        let (data, cut) = match told {
            Some(told) if told <= all.len() => (&all[..told], false),
            // More than a report can hold is a field with another meaning; more than this one holds is a report cut short.
            Some(told) if told <= place.data.len() => (all.as_slice(), true),
            _ => (trim_nul(&all), false),
        };
        let more = place.more.as_ref().and_then(|range| bits(report, range)).is_some_and(|flag| flag != 0);
        let aim = aim(place, report);
        if data.is_empty() && self.open.is_none() {
            return;
        }
        let open = self.open.get_or_insert_with(|| Open { aim, data: Vec::new(), at, too_long: false });
        open.at = at;
        let room = MAX_PAYLOAD + 3 - open.data.len().min(MAX_PAYLOAD + 3);
        open.too_long |= data.len() > room;
        open.data.extend_from_slice(&data[..data.len().min(room)]);
        if cut {
            self.finish(Framing::Torn, out);
        } else if !more {
            self.finish(Framing::Whole, out);
        }
    }

    /// Whether a code waits for its continuation.
    #[must_use]
    pub fn waits(&self) -> bool {
        self.open.is_some()
    }

    /// The continuation did not come, or the device is gone.
    pub fn give_up(&mut self, out: &mut Vec<Frame>) {
        self.finish(Framing::Torn, out);
    }

    fn finish(&mut self, framing: Framing, out: &mut Vec<Frame>) {
        let Some(open) = self.open.take() else { return };
        // A suffix set for keyboard use comes along on some models.
        let mut data = trim_nul(&open.data);
        while let [front @ .., b'\r' | b'\n'] = data {
            data = front;
        }
        let (symbology, data) = if open.aim.is_some() { (open.aim, data) } else { split_aim(data) };
        if data.is_empty() {
            return;
        }
        let framing = if open.too_long || data.len() > MAX_PAYLOAD { Framing::TooLong } else { framing };
        out.push(Frame { payload: data[..data.len().min(MAX_PAYLOAD)].to_vec(), symbology, framing, at: open.at });
    }
}

fn trim_nul(mut bytes: &[u8]) -> &[u8] {
    while let [front @ .., 0] = bytes {
        bytes = front;
    }
    bytes
}

/// Three characters `]cm`, or two without the bracket.
fn aim(place: &Place, report: &[u8]) -> Option<AimId> {
    let text: Vec<u8> =
        place.aim.iter().flatten().filter_map(|range| bits(report, range)).map(|n| n.to_le_bytes()[0]).filter(|byte| *byte != 0).collect();
    match text.as_slice() {
        [b']', code, modifier] | [code, modifier] => AimId::new(*code, *modifier).ok(),
        _ => None,
    }
}

fn place(report: &impl Report) -> Place {
    let mut place = Place { id: report.report_id().map(|id| u8::from(&id)), ..Place::default() };
    for field in report.fields() {
        match field {
            Field::Variable(field) => one(&mut place, &field.usage, &field.bits),
            // Some descriptors declare the data as an array of bytes.
            Field::Array(field) => {
                let width = field.bits.len() / usize::from(field.report_count).max(1);
                if let (Some(usage), 8) = (field.usages().first(), width) {
                    for start in field.bits.clone().step_by(8) {
                        one(&mut place, usage, &(start..start + 8));
                    }
                }
            }
            Field::Constant(_) => {}
        }
    }
    place
}

fn one(place: &mut Place, usage: &Usage, range: &Range<usize>) {
    let slots = [BarcodeScanner::SymbologyIdentifier1, BarcodeScanner::SymbologyIdentifier2, BarcodeScanner::SymbologyIdentifier3];
    if means(usage, &BarcodeScanner::DecodedData) && range.len() == 8 {
        place.data.push(range.clone());
    } else if means(usage, &BarcodeScanner::DecodeDataContinued) {
        place.more = Some(range.clone());
    } else if means(usage, &GenericDesktop::ByteCount) && range.len() <= 16 {
        place.length = Some(range.clone());
    } else if let Some(n) = slots.iter().position(|slot| means(usage, slot)) {
        place.aim[n] = Some(range.clone());
    }
}

#[cfg(test)]
#[path = "pos_tests.rs"]
mod tests;
