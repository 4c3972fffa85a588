//! A job's labels as the commands of its printer: with serial numbers and the mark of a reprint where the template has a place for them.

use std::ops::RangeInclusive;

use qitao_labels::{Fields, Finding, LabelError, Template, commands_with, render};

use super::PrintError;
use super::job::{Job, SERIAL};
use crate::config::PrinterSettings;
use crate::core::CoreError;

/// The field that marks a reprint; empty on a first print.
const REPRINT: &str = "reprint";
/// What stands in it.
const REPRINT_MARK: &str = "补打";
/// Sizes of the mark on labels whose template has no place for it, the largest first: width and height in millimetres.
const MARKS: [(f32, f32); 3] = [(9.0, 4.6), (6.4, 3.2), (4.4, 2.2)];
/// White beside and above such a mark, millimetres: barcodes want it.
const WHITE: (f32, f32) = (3.0, 1.0);
/// Digits and letters that are not taken for one another, for people who type them.
const LETTERS: &[u8] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";

/// Whether data may be given for so many labels: the mark of a reprint is not the asker's, and one serial number is on one label.
///
/// # Errors
/// [`PrintError::LeaveOut`] or [`PrintError::NumberEach`].
pub(super) fn allowed(data: &Fields, copies: u32) -> Result<(), PrintError> {
    if data.contains_key(REPRINT) {
        return Err(PrintError::LeaveOut(REPRINT));
    }
    if copies > 1 && data.get(SERIAL).is_some_and(|serial| !serial.is_empty()) {
        return Err(PrintError::NumberEach(copies));
    }
    Ok(())
}

/// Draws beside the threads that answer scans: it takes milliseconds of a processor.
///
/// # Errors
/// What the drawing says, [`PrintError::Report`] when it breaks off, [`CoreError::Stopping`] when the agent ends.
pub(super) async fn aside(draw: impl FnOnce() -> Result<Vec<u8>, LabelError> + Send + 'static) -> Result<Vec<u8>, PrintError> {
    match tokio::task::spawn_blocking(draw).await {
        Ok(drawn) => Ok(drawn?),
        Err(broken) if broken.is_panic() => Err(PrintError::Report),
        Err(_) => Err(CoreError::Stopping.into()),
    }
}

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
    let one = |template: &Template, data: &Fields, copies| {
        let label = commands_with(template, data, printer.dpi, printer.language, copies, printer.barcodes)?;
        Ok(printer.setup.dress(printer.language, printer.dpi, label))
    };
    let named = |template: &Template| template.fields().iter().any(|name| name == REPRINT);
    let made = if *labels.start() <= job.again && !named(template) {
        Some(with_mark(template, &data_of(job, *labels.start()), printer.dpi)?)
    } else {
        None
    };
    let template = made.as_ref().unwrap_or(template);
    let marked = named(template);
    if job.serial.is_none() && !marked {
        return one(template, &job.data, labels.end() + 1 - labels.start());
    }
    let mut all = Vec::new();
    for label in labels {
        let mut data = data_of(job, label);
        if marked {
            data.insert(REPRINT.to_owned(), if label <= job.again { REPRINT_MARK.to_owned() } else { String::new() });
        }
        all.extend(one(template, &data, 1)?);
    }
    Ok(all)
}

/// What one label of a job says.
fn data_of(job: &Job, label: u32) -> Fields {
    let mut data = job.data.clone();
    if let Some(serial) = job.serial_of(label) {
        data.insert(SERIAL.to_owned(), serial);
    }
    data
}

/// A template with a place for the mark of a reprint, where nothing else stands; for those that have none.
fn with_mark(template: &Template, data: &Fields, dpi: u16) -> Result<Template, LabelError> {
    let picture = render(template, data, dpi)?;
    let dots = |length: f32| (length * f32::from(dpi) / 25.4).round() as i64;
    for (wide, high) in MARKS {
        let (right, bottom) = (template.width - wide - 1.0, template.height - high - 1.0);
        let places = (1..=bottom as u16).flat_map(|y| (0..right as u16).map(move |x| (right - f32::from(x), f32::from(y))));
        let free = |&(x, y): &(f32, f32)| {
            picture.count([dots(x - WHITE.0), dots(y - WHITE.1), dots(wide + 2.0 * WHITE.0), dots(high + 2.0 * WHITE.1)]) == 0
        };
        if let Some((x, y)) = places.into_iter().find(free) {
            let mark = format!(
                "\n[[element]]\nkind = \"text\"\nwhen = \"[{{{REPRINT}}}]\"\ntext = \"[{{{REPRINT}}}]\"\nx = {x:.1}\ny = {y:.1}\nwidth = {wide:.1}\n\
                 height = {high:.1}\nsize = {:.1}\nbold = true\ninverse = true\nalign = \"center\"\nvalign = \"middle\"\n",
                high * 0.8
            );
            return Ok(Template::from_toml(&(template.to_toml() + &mark))?);
        }
    }
    let zh = "标签上没有空位放补打标记：请在模板里给字段 reprint 留一处";
    let en = "no room for the mark of a reprint: give the field `reprint` a place in the template";
    Err(LabelError::Fix(vec![Finding::error(zh, en)]))
}

#[cfg(test)]
mod tests {
    use qitao_labels::render::{Drawing, draw as drawn};
    use qitao_labels::{Barcodes, Language};
    use qitao_scanner_drivers::printer::PrinterAddress;
    use serde_json::json;

    use super::*;

    #[test]
    fn every_label_that_is_printed_again_is_marked_and_its_barcodes_are_untouched() {
        for whole in Template::built_in() {
            let mut without = whole.clone();
            without.elements.retain(|element| element.when.is_none());
            for template in [whole, without] {
                let mut data = template.examples();
                data.insert(REPRINT.to_owned(), String::new());
                let made = with_mark(&template, &data, 203).unwrap();
                let (plain, unmarked) = (drawn(&template, &data, 203), drawn(&made, &data, 203));
                data.insert(REPRINT.to_owned(), REPRINT_MARK.to_owned());
                let marked = drawn(&made, &data, 203);
                assert!(unmarked.picture == plain.picture, "{}: only on reprints", template.name);
                assert!(marked.picture != plain.picture && !marked.findings.iter().any(Finding::is_error), "{}", template.name);
                for code in &plain.symbols {
                    let dots = |of: &Drawing| of.picture.count([code.x - 20, code.y, code.width + 40, code.height]);
                    assert_eq!(dots(&marked), dots(&plain), "{}", template.name);
                }
            }
        }
    }

    #[tokio::test]
    async fn a_drawing_that_breaks_off_is_a_refusal_and_not_the_end_of_the_agent() {
        let broken = aside(|| panic!("a made-up fault of the drawing")).await;
        assert!(matches!(broken, Err(PrintError::Report)), "{broken:?}");
    }

    #[test]
    fn a_mark_or_one_number_for_many_labels_is_not_taken() {
        let given = |field: &str, value: &str, copies| allowed(&Fields::from([(field.to_owned(), value.to_owned())]), copies);
        assert!(matches!(given("reprint", "", 1), Err(PrintError::LeaveOut("reprint"))));
        assert!(matches!(given("serial", "S1", 2), Err(PrintError::NumberEach(2))));
        assert!(given("serial", "S1", 1).is_ok() && given("serial", "", 2).is_ok());
    }

    #[test]
    fn serial_numbers_differ_and_are_easily_typed() {
        let (one, other) = (new_serial(), new_serial());
        assert_ne!(one, other);
        assert!(one.len() == 9 && one.bytes().all(|letter| LETTERS.contains(&letter)), "{one}");
    }

    #[test]
    fn the_commands_of_a_label_that_is_printed_again_differ_in_every_language() {
        for template in [Template::named("location").unwrap(), Template::named("item").unwrap()] {
            let at = PrinterAddress::Tcp("127.0.0.1:9100".parse().unwrap());
            for language in [Language::Zpl, Language::Tspl, Language::EscPos, Language::Cpcl] {
                let mut data = template.examples();
                data.remove(REPRINT);
                let printer = PrinterSettings::at("p".parse().unwrap(), at.clone(), language);
                let job = |again: u32| {
                    let job = json!({"number": 1, "template": template.name, "data": data, "copies": 2, "printer": "p", "asked_ms": 0,
                        "again": again, "state": {"state": "queued"}});
                    serde_json::from_value::<Job>(job).unwrap()
                };
                let commands = |again: u32, labels| draw(&template, &job(again), labels, &printer).unwrap();
                assert!(commands(1, 1..=1) != commands(0, 1..=1), "{} {language:?}", template.name);
                assert!(commands(1, 2..=2) == commands(0, 2..=2), "{} {language:?}: that one was never sent", template.name);
            }
        }
    }

    #[test]
    fn a_printer_draws_barcodes_itself_when_its_settings_say_so() {
        let template = Template::named("location").unwrap();
        let job = json!({"number": 1, "template": "location", "data": template.examples(), "copies": 1, "printer": "p", "asked_ms": 0,
            "state": {"state": "queued"}});
        let job: Job = serde_json::from_value(job).unwrap();
        let at = PrinterAddress::Tcp("127.0.0.1:9100".parse().unwrap());
        let mut printer = PrinterSettings::at("p".parse().unwrap(), at, Language::Zpl);
        let commands = |printer: &PrinterSettings| String::from_utf8(draw(&template, &job, 1..=1, printer).unwrap()).unwrap();
        assert!(!commands(&printer).contains("^BCN"));
        printer.barcodes = Barcodes::Printer;
        assert!(commands(&printer).contains("^BCN"), "{}", commands(&printer));
    }
}
