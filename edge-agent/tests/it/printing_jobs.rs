//! Label jobs on scripted printers of every language, on TCP and on serial lines: confirmed, refused, in doubt, moved, printed again.

use std::path::Path;
use std::time::Duration;

use qitao_domain::event::Effect;
use qitao_domain::ids::StationId;
use qitao_domain::protocol::TaskEntry;
use qitao_domain::scan::Scan;
use qitao_edge_agent::config::{PrinterSettings, StandIn};
use qitao_edge_agent::core::Input;
use qitao_edge_agent::outbox::{Append, Outbox};
use qitao_edge_agent::printing::{Job, JobState, PrintError};
use qitao_labels::{Fields, Language};
use qitao_scanner_drivers::printer::setup::Media;
use qitao_scanner_drivers::printer::{Fault, PrinterAddress, Setup};
use qitao_scanner_drivers::scanner::serial::Flow;

use crate::core_keeps::{put_away, read, scan};
use crate::printer::{LabelPrinter, Mood, SerialPrinter};
use crate::printing_desk::{Desk, INSIDE, on_tcp, pace, settings};
use crate::support::{eventually, options};

async fn through_good_and_bad(language: Language, printer: &LabelPrinter, settings: PrinterSettings, folder: &Path) {
    let desk = Desk::open(folder, vec![settings]);
    desk.shows("label", None).await;
    let three = desk.submit("label", 3).await;
    desk.confirmed(three).await;
    assert_eq!(printer.labels().len(), 3, "{language:?}");

    // It says that it prints for a while, and only then is the job over.
    printer.prints_for(4);
    let job = desk.submit("label", 1).await;
    desk.confirmed(job).await;
    printer.prints_for(0);

    // Nothing is sent without paper, and everything when there is some.
    printer.set(Mood::PaperOut);
    let waits = desk.submit("label", 1).await;
    desk.shows("label", Some(Fault::PaperOut)).await;
    assert_eq!((desk.state(waits), printer.labels().len()), (JobState::Queued, 4), "{language:?}");
    printer.set(Mood::Well);
    desk.confirmed(waits).await;

    // Paper runs out inside the job: the printer goes on when there is some, and so does the job.
    printer.set_after(INSIDE, Mood::PaperOut);
    let job = desk.submit("label", 1).await;
    desk.shows("label", Some(Fault::PaperOut)).await;
    assert_eq!(desk.state(job), JobState::Sending, "{language:?}");
    printer.set(Mood::Well);
    desk.confirmed(job).await;
    assert_eq!(printer.labels().len(), 6, "{language:?}");

    // It loses its power inside a label, and is switched on again.
    printer.set_after(INSIDE, Mood::Off);
    let cut = desk.submit("label", 2).await;
    if language == Language::Cpcl {
        // It may be silent while it works; that it was switched on tells.
        eventually("no power", || printer.mood() == Mood::Off).await;
        printer.set(Mood::Well);
    }
    assert_eq!(desk.in_doubt(cut).await.doubtful(), 2, "{language:?}");
    printer.set(Mood::Well);
    let next = desk.submit("label", 1).await;
    desk.confirmed(next).await;
    assert_eq!(printer.labels().len(), 7, "{language:?}: it is not printed again by itself");
    let again = desk.settle(cut, 0, None).await.unwrap();
    assert_eq!((again.reprint_of, again.copies, again.again), (Some(cut), 2, 2));
    desk.confirmed(again.number).await;
    assert_eq!(printer.labels().len(), 9, "{language:?}");
    let told = desk.told().await;
    let of = |job: u64| told.iter().filter(move |effect| effect["job"] == format!("L-{job:06}")).collect::<Vec<_>>();
    assert_eq!(of(cut).iter().map(|effect| &effect["outcome"]).collect::<Vec<_>>(), ["uncertain", "faulted"]);
    assert_eq!((&of(again.number)[0]["outcome"], &of(again.number)[0]["reprint_of"]), (&"confirmed".into(), &format!("L-{cut:06}").into()));

    // Half a label stays in it when it is stuck; it does not swallow the next one.
    printer.set_after(INSIDE, Mood::Mute);
    let stuck = desk.submit("label", 1).await;
    eventually("silence", || printer.mood() == Mood::Mute).await;
    if language == Language::Cpcl {
        // Silence is work for it until the job takes too long.
        eventually("the end of patience", || desk.state(stuck) != JobState::Sending).await;
    }
    desk.in_doubt(stuck).await;
    printer.set(Mood::Well);
    let next = desk.submit("label", 1).await;
    desk.confirmed(next).await;
    assert_eq!(printer.labels().len(), 10, "{language:?}");
    assert!(printer.labels()[9] == printer.labels()[6], "{language:?}: whole, and nothing else");
    assert_eq!(desk.settle(stuck, 1, None).await.unwrap().state, JobState::Settled);
    desk.close().await;
}

#[tokio::test]
async fn printers_of_each_language_on_tcp_confirm_name_their_faults_and_leave_doubt() {
    for language in [Language::Zpl, Language::Tspl, Language::EscPos, Language::Cpcl] {
        let (folder, (wire, settings)) = (tempfile::tempdir().unwrap(), on_tcp("label", language).await);
        through_good_and_bad(language, &wire, settings, folder.path()).await;
    }
}

#[tokio::test]
async fn printers_of_each_language_on_serial_lines_confirm_name_their_faults_and_leave_doubt() {
    for language in [Language::Zpl, Language::Tspl, Language::EscPos, Language::Cpcl] {
        let (folder, printer) = (tempfile::tempdir().unwrap(), LabelPrinter::new(language));
        let path = folder.path().join("line");
        let _wire = SerialPrinter::plug_in(&path, &printer).unwrap();
        let settings = settings("label", PrinterAddress::Serial { path, baud: 115_200, flow: Flow::None }, language);
        through_good_and_bad(language, &printer, settings, folder.path()).await;
    }
}

/// What became of how many labels.
fn outcomes(told: &[serde_json::Value]) -> Vec<(&str, u64)> {
    told.iter().map(|effect| (effect["outcome"].as_str().unwrap(), effect["labels"].as_u64().unwrap())).collect()
}

#[tokio::test]
async fn of_a_large_job_it_is_known_which_labels_are_in_doubt_and_the_rest_is_printed_after_a_look() {
    let folder = tempfile::tempdir().unwrap();
    let (wire, settings) = on_tcp("label", Language::Tspl).await;
    wire.slow();
    wire.has_paper_for(14);
    let desk = Desk::open(folder.path(), vec![settings]);
    let job = desk.submit("label", 25).await;
    eventually("the end of the roll", || wire.mood() == Mood::PaperOut).await;
    desk.shows("label", Some(Fault::PaperOut)).await;
    wire.set(Mood::Off);
    let doubt = desk.in_doubt(job).await;
    assert_eq!((doubt.done, doubt.sent), (10, 20), "ten confirmed, ten in doubt, five not sent");
    assert_eq!(outcomes(&desk.told().await), [("confirmed", 10), ("uncertain", 10)]);
    let there = 4;
    assert_eq!(wire.labels().len(), 14);
    assert!(matches!(desk.settle(job, 11, None).await, Err(PrintError::ChangeCopies(11))));
    wire.set(Mood::Well);
    let rest = desk.settle(job, there, None).await.unwrap();
    assert_eq!((rest.copies, rest.again, rest.reprint_of), (15 - there, 10 - there, Some(job)));
    desk.confirmed(rest.number).await;
    assert_eq!((wire.labels().len(), desk.state(job)), (25, JobState::Settled));
    assert_eq!(outcomes(&desk.told().await)[2..], [("confirmed", 4), ("faulted", 6), ("confirmed", 11)]);

    // Spoilt ones are printed again as a reprint of their job.
    let again = desk.printing.reprint(rest.number, None).await.unwrap();
    assert_eq!((again.reprint_of, again.again), (Some(rest.number), again.copies));
    desk.confirmed(again.number).await;
    assert!(matches!(desk.printing.reprint(999, None).await, Err(PrintError::NotOver(999))));
    desk.close().await;
}

#[tokio::test]
async fn jobs_go_to_another_printer_by_choice_and_by_rule_and_keep_their_order() {
    let folder = tempfile::tempdir().unwrap();
    let ((first, mut one), (second, other)) = (on_tcp("one", Language::Tspl).await, on_tcp("other", Language::Zpl).await);
    first.set(Mood::PaperOut);
    second.set(Mood::PaperOut);
    let desk = Desk::open(folder.path(), vec![one.clone(), other.clone()]);
    let jobs = [desk.submit("one", 1).await, desk.submit("one", 2).await, desk.submit("other", 4).await];
    desk.shows("one", Some(Fault::PaperOut)).await;
    desk.shows("other", Some(Fault::PaperOut)).await;
    let moved = desk.printing.move_to(jobs[1], "other").await.unwrap();
    assert_eq!((moved.printer.as_str(), moved.moved_from), ("other", vec!["one".to_owned()]));
    assert!(matches!(desk.printing.move_to(jobs[0], "nowhere").await, Err(PrintError::ChoosePrinter(_))));
    second.set(Mood::Well);
    desk.confirmed(jobs[2]).await;
    let copies = |label: &Vec<u8>| String::from_utf8_lossy(label).contains("^PQ2");
    assert_eq!(second.labels().iter().map(copies).collect::<Vec<_>>(), [true, true, false, false, false, false], "asked for earlier");
    assert!(matches!(desk.printing.move_to(jobs[1], "one").await, Err(PrintError::NotWaiting(_))), "it is over");
    assert_eq!((desk.state(jobs[0]), first.labels().len()), (JobState::Queued, 0));
    desk.close().await;

    // By rule, after a restart: what waits is still there.
    one.stand_in = Some(StandIn { printer: other.id.clone(), after_s: 0 });
    let desk = Desk::open(folder.path(), vec![one, other]);
    desk.confirmed(jobs[0]).await;
    assert_eq!((second.labels().len(), first.labels().len()), (7, 0));
    assert_eq!(desk.printing.job(jobs[0]).unwrap().moved_from, ["one"]);
    desk.close().await;
}

#[tokio::test]
async fn jobs_of_a_printer_that_is_no_longer_named_are_shown_until_they_are_taken_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let ((old, one), (new, other)) = (on_tcp("one", Language::Tspl).await, on_tcp("other", Language::Tspl).await);
    let desk = Desk::open(folder.path(), vec![one.clone()]);
    old.set_after(INSIDE, Mood::Off);
    let doubtful = desk.submit("one", 1).await;
    desk.in_doubt(doubtful).await;
    let waits = desk.submit("one", 2).await;
    desk.close().await;

    let desk = Desk::open(folder.path(), vec![other]);
    desk.shows("one", Some(Fault::Unreachable)).await;
    assert_eq!(desk.printing.watch().borrow().iter().find(|printer| printer.id == "one").unwrap().waiting, 1);
    desk.printing.move_to(waits, "other").await.unwrap();
    desk.confirmed(waits).await;
    assert_eq!((new.labels().len(), old.labels().len()), (2, 0));
    assert!(desk.printing.watch().borrow().iter().all(|printer| printer.id != "one"), "nothing waits there");
    // What is there can be said without a printer; what is not goes to another one.
    assert!(matches!(desk.settle(doubtful, 0, None).await, Err(PrintError::ChoosePrinter(_))));
    let again = desk.settle(doubtful, 0, Some("other")).await.unwrap();
    desk.confirmed(again.number).await;
    assert!(matches!(desk.settle(doubtful, 1, None).await, Err(PrintError::NotUncertain(_))), "decided once");
    desk.close().await;
}

#[tokio::test]
async fn a_job_that_was_being_sent_when_the_agent_ended_is_in_doubt_afterwards_and_reported() {
    let folder = tempfile::tempdir().unwrap();
    let (wire, settings) = on_tcp("label", Language::Tspl).await;
    let kept = {
        let desk = Desk::open(folder.path(), vec![settings.clone()]);
        wire.set(Mood::PaperOut);
        let job = desk.submit("label", 3).await;
        desk.shows("label", Some(Fault::PaperOut)).await;
        let kept = Job { state: JobState::Sending, sent: 3, ..desk.printing.job(job).unwrap() };
        desk.close().await;
        kept
    };
    // As the disk is when the power goes between marking and the end.
    let (outbox, _) = Outbox::open(&folder.path().join("outbox"), options()).unwrap();
    let mut rows = Append::new();
    rows.put(format!("print/{:020}", kept.number), &kept).unwrap();
    outbox.reserve().await.unwrap().send(rows).durable().await.unwrap();
    outbox.close().await;
    wire.set(Mood::Well);
    let desk = Desk::open(folder.path(), vec![settings]);
    assert_eq!(desk.in_doubt(kept.number).await.doubtful(), 3);
    desk.shows("label", None).await;
    assert!(wire.labels().is_empty());
    let told = desk.told_at_least(1).await;
    assert_eq!((told.len(), &told[0]["outcome"]), (1, &"uncertain".into()));
    desk.close().await;
}

#[tokio::test]
async fn printers_that_speak_unasked_are_heard_at_once() {
    for language in [Language::Zpl, Language::EscPos] {
        let (folder, (wire, mut settings)) = (tempfile::tempdir().unwrap(), on_tcp("label", language).await);
        settings.listen = true;
        // Without a job it would be asked again after an hour.
        let desk = Desk::open(folder.path(), vec![settings]);
        let job = desk.submit("label", 1).await;
        desk.confirmed(job).await;
        for _ in 0..2 {
            tokio::time::sleep(pace().soon * 4).await;
            wire.set(Mood::PaperOut);
            desk.shows("label", Some(Fault::PaperOut)).await;
            wire.set(Mood::Well);
            desk.shows("label", None).await;
            let job = desk.submit("label", 1).await;
            desk.confirmed(job).await;
        }
        assert_eq!(wire.labels().len(), 3);
        desk.close().await;
    }
}

#[tokio::test]
async fn a_label_that_does_not_fit_what_is_loaded_is_refused_before_it_is_printed() {
    let folder = tempfile::tempdir().unwrap();
    let (wire, mut settings) = on_tcp("label", Language::Zpl).await;
    settings.setup = Setup { media: Some(Media { width: 30.0, height: Some(20.0), gap: Some(2.0) }), ..Setup::default() };
    let desk = Desk::open(folder.path(), vec![settings]);
    let data: Fields = [("code", "A-01"), ("name", "")].map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let refused = desk.printing.submit("location", data, 1, None, None).await;
    assert!(matches!(refused, Err(PrintError::LoadLabels { .. })), "{refused:?}");
    assert!(wire.labels().is_empty() && desk.printing.jobs().is_empty());
    desk.close().await;
}

#[tokio::test]
async fn each_carton_label_has_a_number_its_reprint_the_same_and_both_in_use_are_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let (wire, settings) = on_tcp("label", Language::Tspl).await;
    let desk = Desk::open(folder.path(), vec![settings.clone()]);
    let fields = [("code", "QT-1"), ("name", "沙发"), ("gtin", "06901234567892"), ("carton", "1"), ("of", "3"), ("lot", "")];
    let data: Fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let job = desk.printing.submit("carton", data, 3, None, None).await.unwrap();
    desk.confirmed(job.number).await;
    let labels = wire.labels();
    assert!(labels.len() == 3 && labels[0] != labels[1] && labels[1] != labels[2], "three numbers");
    let again = desk.printing.reprint(job.number, None).await.unwrap();
    desk.confirmed(again.number).await;
    let printed = wire.labels();
    assert_eq!(printed.len(), 6);
    assert!(printed[3..].iter().zip(&labels).all(|(again, first)| again != first), "a reprint is marked on the label");
    assert!(
        (1..=3).all(|label| again.serial_of(label).is_some() && again.serial_of(label) == job.serial_of(label)),
        "and has the same numbers"
    );
    let serial = again.serial_of(2).unwrap();
    desk.close().await;

    // Numbers that were printed again are remembered over a restart. Somebody puts a carton away by its label, and another by the twin of that.
    let desk = Desk::open(folder.path(), vec![settings]);
    desk.core.take_tasks(1, vec![TaskEntry::released(put_away(1))]).await.unwrap();
    for text in ["QT-OP-007", "QT-TASK-PA-000001", "B-01"] {
        scan(&desk.core, "desk-1", text).await;
    }
    let label = async || {
        let Input::Scan(read) = read(&format!("8006069012345678920103\u{1d}21{serial}")) else { unreachable!() };
        let read = Input::Scan(Scan { symbology: Some("]d2".parse().unwrap()), ..read });
        desk.core.take(StationId::new("desk-1").unwrap(), read).await.unwrap().fact.clone()
    };
    let printed = async || desk.told().await.into_iter().filter(|effect| effect["do"] == "printed").collect::<Vec<_>>();
    let before = printed().await.len();
    let first = label().await;
    assert!(matches!(&first.effects[..], [Effect::Moved { serial: Some(read), .. }, ..] if *read == serial), "{first:?}");
    assert_eq!(printed().await.len(), before);
    let second = label().await;
    assert!(
        matches!(&second.effects[..], [Effect::Moved { .. }, ..]),
        "it is taken: nobody sees from a label that it has a twin: {second:?}"
    );
    for _ in 0..500 {
        if printed().await.len() > before {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let told = printed().await;
    assert_eq!((told.len(), &told[before]["serials"]), (before + 1, &serde_json::json!([serial])), "two labels of one number, said once");
    desk.close().await;
}
