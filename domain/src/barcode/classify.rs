//! From what the bytes say to what they mean at this site.

use super::gs1::{Carriers, Gs1};
use super::house::{self, Carton};
use super::reading::{self, Found, Kind, Reading};
use super::symbology::AimId;
use super::{Fault, Meaning, NotFound, Pin, normalise, text_of};
use crate::catalog::{BarcodeHit, Directory};
use crate::ids::ItemId;
use crate::quantity::Quantity;

/// Says what a payload means at this site.
///
/// Marked things go first (house prefixes, GS1 data, EAN symbols); what only looks like a GTIN or like GS1 comes after the site's own
/// barcodes, carton labels, item codes and location codes.
#[must_use]
pub fn classify(directory: &impl Directory, payload: &[u8], symbology: Option<AimId>) -> Meaning {
    let reading = reading::read(payload, symbology, Carriers::OneOfSeveral);
    let unknown = || {
        let text = reading.text.map_or_else(|| text_of(payload), |text| text_of(text.as_bytes()));
        Meaning::Unknown { text: Pin::hidden(&text).to_owned() }
    };
    let known = if reading.sure { None } else { reading.text.and_then(|text| known(directory, text, reading.start)) };
    known.unwrap_or_else(|| match &reading.found {
        Ok(Found::Command(command)) => Meaning::Command { command: command.clone() },
        Ok(Found::Operator(badge)) => match directory.operator_by_badge(badge) {
            Some(operator) => Meaning::Operator { operator },
            None => not_found(NotFound::Operator, badge),
        },
        Ok(Found::Location(code)) => match directory.location_by_code(code) {
            Some(location) => Meaning::Location { location },
            None => not_found(NotFound::Location, code),
        },
        Ok(Found::Plate(number)) => Meaning::LicencePlate { code: number.clone() },
        Ok(Found::Gtin(gtin)) => match directory.barcode(gtin) {
            Some(hit) => goods(hit),
            None => not_found(NotFound::Item, gtin),
        },
        Ok(Found::Gs1(gs1)) => elements(directory, gs1, reading.start).unwrap_or_else(unknown),
        Ok(Found::Text) => missing_carton(&reading).unwrap_or_else(unknown),
        Err(_) if reading.kind == Kind::Empty => unknown(),
        Err(broken) => invalid(broken.fault.clone()),
    })
}

fn not_found(what: NotFound, text: &str) -> Meaning {
    Meaning::NotFound { what, text: text.to_owned() }
}

fn invalid(Fault { position, rule }: Fault) -> Meaning {
    Meaning::Invalid { position, rule }
}

fn goods(BarcodeHit { item, quantity, carton }: BarcodeHit) -> Meaning {
    Meaning::Goods { item, quantity, carton, lot: None, serial: None }
}

/// What the site itself calls by this text.
fn known(directory: &impl Directory, text: &str, start: usize) -> Option<Meaning> {
    if let Some(hit) = directory.barcode(&normalise(text)) {
        return Some(goods(hit));
    }
    if let Some(meaning) = house::cartons(text).find_map(|label| carton(directory, &label, start)) {
        return Some(meaning);
    }
    if let Some(item) = directory.item_by_code(text) {
        return Some(goods(BarcodeHit { item, quantity: Quantity::ONE, carton: None }));
    }
    directory.location_by_code(text).map(|location| Meaning::Location { location })
}

fn carton(directory: &impl Directory, label: &Carton<'_>, start: usize) -> Option<Meaning> {
    let item = directory.item_by_code(label.code)?;
    let checked = label.check().and_then(|()| total(directory, item, label.carton, label.of, label.at));
    Some(match checked {
        Ok(()) => {
            Meaning::Goods { item, quantity: Quantity::ONE, carton: Some(label.carton), lot: label.lot.map(str::to_owned), serial: None }
        }
        Err(fault) => invalid(Fault { position: fault.position + start, ..fault }),
    })
}

/// The label's number of cartons must be the catalogue's: a set of seven is not complete with the third of five.
fn total(directory: &impl Directory, item: ItemId, carton: u16, of: u16, at: usize) -> Result<(), Fault> {
    match directory.item(item) {
        Some(facts) if facts.cartons != of => Err(Fault::new(at, format!("carton {carton} of {of}: {} has {}", facts.code, facts.cartons))),
        _ => Ok(()),
    }
}

/// A carton label of an item that is not in the catalogue.
fn missing_carton(reading: &Reading<'_>) -> Option<Meaning> {
    let label = reading.text.filter(|_| reading.kind == Kind::Carton).and_then(|text| house::cartons(text).next())?;
    Some(not_found(NotFound::Item, label.code))
}

/// GS1 elements: a piece, an item or the content of a logistic unit, otherwise the unit itself; `None` for anything else.
fn elements(directory: &impl Directory, gs1: &Gs1, start: usize) -> Option<Meaning> {
    let Some((ai, key)) = ["8006", "8026", "01", "02", "03"].iter().find_map(|ai| gs1.get(ai).map(|key| (*ai, key))) else {
        return gs1.get("00").map(|sscc| Meaning::LicencePlate { code: sscc.to_owned() });
    };
    let (gtin, pieces) = key.split_at_checked(14)?;
    let Some(hit) = directory.barcode(gtin) else { return Some(not_found(NotFound::Item, gtin)) };
    let place = |ai: &str| start + gs1.place(ai).unwrap_or_default();
    let carton = match pieces.split_at_checked(2).map(|(n, of)| (n.parse(), of.parse())) {
        Some((Ok(n), Ok(of))) => {
            if let Err(fault) = total(directory, hit.item, n, of, place(ai)) {
                return Some(invalid(fault));
            }
            Some(n)
        }
        _ => hit.carton,
    };
    let count = ["37", "30"].iter().find_map(|ai| gs1.get(ai).map(|count| (*ai, count)));
    let quantity = match count.map(|(ai, count)| (ai, count.parse::<i64>())) {
        Some((_, Ok(count))) if count > 0 => hit.quantity.times(count),
        Some((ai, _)) => return Some(invalid(Fault::new(place(ai), format!("({ai}) not zero")))),
        None => hit.quantity,
    };
    let text = |ai| gs1.get(ai).map(str::to_owned);
    Some(Meaning::Goods { item: hit.item, quantity, carton, lot: text("10"), serial: text("21") })
}
