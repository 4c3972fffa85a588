//! A job's labels as the commands of its printer: with serial numbers and the mark of a reprint where the template has a place for them.

use std::ops::RangeInclusive;

use qitao_labels::{Fields, LabelError, Template, commands};

use super::Job;
use crate::config::PrinterSettings;

/// The field that takes a label's serial number, when whoever asks gives none.
const SERIAL: &str = "serial";
/// The field that marks a reprint; empty on a first print.
const REPRINT: &str = "reprint";
/// What stands in it.
const REPRINT_MARK: &str = "补打";
/// Digits and letters that are not taken for one another, for people who type them.
const LETTERS: &[u8] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";

/// Whether labels of a template are given serial numbers here.
pub(super) fn wants_serial(template: &Template, data: &Fields) -> bool {
    asks_for(template, data, SERIAL)
}

fn asks_for(template: &Template, data: &Fields, field: &str) -> bool {
    !data.contains_key(field) && template.fields().iter().any(|name| name == field)
}

/// The beginning of the serial numbers of a job: 45 random bits, so that edges need not agree on them.
pub(super) fn new_serial() -> String {
    let random: u64 = rand::random();
    (0..9).map(|place| char::from(LETTERS[(random >> (place * 5) & 31) as usize])).collect()
}

/// The commands of some labels of a job.
///
/// # Errors
/// [`LabelError`]; nothing is to be sent then.
pub(super) fn draw(template: &Template, job: &Job, labels: RangeInclusive<u32>, printer: &PrinterSettings) -> Result<Vec<u8>, LabelError> {
    let one = |data: &Fields, copies| {
        let label = commands(template, data, printer.dpi, printer.language, copies)?;
        Ok(printer.setup.dress(printer.language, printer.dpi, label))
    };
    let marked = asks_for(template, &job.data, REPRINT);
    if job.serial.is_none() && !marked {
        return one(&job.data, labels.end() + 1 - labels.start());
    }
    let mut all = Vec::new();
    for label in labels {
        let mut data = job.data.clone();
        if let Some(serial) = job.serial_of(label) {
            data.insert(SERIAL.to_owned(), serial);
        }
        if marked {
            data.insert(REPRINT.to_owned(), if label <= job.again { REPRINT_MARK.to_owned() } else { String::new() });
        }
        all.extend(one(&data, 1)?);
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serial_numbers_differ_and_are_easily_typed() {
        let (one, other) = (new_serial(), new_serial());
        assert_ne!(one, other);
        assert!(one.len() == 9 && one.bytes().all(|letter| LETTERS.contains(&letter)), "{one}");
    }
}
