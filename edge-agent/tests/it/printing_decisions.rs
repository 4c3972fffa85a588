//! Decisions about label jobs: carried out to their end, each about what somebody saw, and none that makes a label unmarked or unheard of.

use std::sync::Arc;
use std::time::Duration;

use qitao_edge_agent::outbox::{Append, OpenOptions, Outbox};
use qitao_edge_agent::printing::{Job, JobState, PrintError, Seen};
use qitao_labels::{Fields, Language};
use qitao_scanner_drivers::printer::Fault;
use serde_json::{Value, json};

use crate::fake_store::Fake;
use crate::printer::Mood;
use crate::printing_desk::{Desk, INSIDE, on_tcp};
use crate::support::{eventually, options};

/// A disk that can be held up, as it is by a slow card.
fn slow_disk() -> (Arc<Fake>, OpenOptions) {
    let engine = Fake::with(&[]);
    (engine.clone(), OpenOptions { engine, ..options() })
}

/// Longer than a decision takes on a disk that is not held up.
const GONE: Duration = Duration::from_millis(300);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::await_holding_lock, reason = "only the disk's own thread waits for it")]
async fn a_decision_is_carried_out_when_whoever_made_it_has_gone() {
    let (folder, (engine, disk)) = (tempfile::tempdir().unwrap(), slow_disk());
    let (wire, settings) = on_tcp("label", Language::Tspl).await;
    wire.set(Mood::PaperOut);
    let desk = Desk::with(folder.path(), vec![settings], disk);
    desk.shows("label", Some(Fault::PaperOut)).await;
    let given_up = {
        let _slow = engine.gate.lock().unwrap();
        tokio::time::timeout(GONE, desk.submit("label", 2)).await.is_err()
    };
    assert!(given_up);
    wire.set(Mood::Well);
    wire.set_after(INSIDE, Mood::Off);
    desk.in_doubt(1).await;

    wire.set(Mood::Well);
    let given_up = {
        let _slow = engine.gate.lock().unwrap();
        tokio::time::timeout(GONE, desk.settle(1, 0, None)).await.is_err()
    };
    assert!(given_up);
    desk.confirmed(2).await;
    assert!(matches!(desk.settle(1, 0, None).await, Err(PrintError::NotUncertain(1))), "once");
    assert_eq!((desk.state(1), desk.printing.jobs().len(), wire.labels().len()), (JobState::Settled, 2, 2));
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::await_holding_lock, reason = "only the disk's own thread waits for it")]
async fn a_job_on_its_way_to_another_printer_is_taken_by_none_until_the_disk_knows() {
    let (folder, (engine, disk)) = (tempfile::tempdir().unwrap(), slow_disk());
    let ((first, one), (second, other)) = (on_tcp("one", Language::Tspl).await, on_tcp("other", Language::Tspl).await);
    first.set(Mood::PaperOut);
    let desk = Desk::with(folder.path(), vec![one, other], disk);
    let job = desk.submit("one", 3).await;
    desk.shows("one", Some(Fault::PaperOut)).await;
    desk.shows("other", None).await;
    let moving = {
        let _slow = engine.gate.lock().unwrap();
        let printing = desk.printing.clone();
        let moving = tokio::spawn(async move { printing.move_to(job, "other").await });
        eventually("the move", || desk.state(job) != JobState::Queued || desk.printing.job(job).unwrap().printer == "other").await;
        first.set(Mood::Well);
        // Both printers would take it now.
        tokio::time::sleep(GONE).await;
        assert_eq!(desk.printing.job(job).unwrap().printer, "one", "the disk does not know yet");
        assert!(matches!(desk.printing.move_to(job, "one").await, Err(PrintError::NotWaiting(_))));
        moving
    };
    assert_eq!(moving.await.unwrap().unwrap().printer, "other");
    desk.confirmed(job).await;
    assert_eq!((first.labels().len(), second.labels().len()), (0, 3));
    desk.close().await;
}

#[tokio::test]
async fn a_reprint_of_a_reprint_is_marked_as_one_to_its_last_label() {
    let folder = tempfile::tempdir().unwrap();
    let (wire, settings) = on_tcp("label", Language::Tspl).await;
    let desk = Desk::open(folder.path(), vec![settings]);
    let job = desk.submit("label", 12).await;
    desk.confirmed(job).await;
    wire.set_after(INSIDE, Mood::Off);
    let again = desk.printing.reprint(job, None).await.unwrap().number;
    assert_eq!(desk.in_doubt(again).await.doubtful(), 10);
    wire.set(Mood::Well);
    let third = desk.settle(again, 0, None).await.unwrap();
    assert_eq!((third.copies, third.again), (12, 12), "two of them were not sent yet");
    desk.confirmed(third.number).await;
    let labels = wire.labels();
    assert!(labels.len() == 24 && labels[12..].iter().all(|label| label != &labels[0]), "each is marked");
    desk.close().await;
}

#[tokio::test]
async fn an_answer_about_labels_that_are_no_longer_in_doubt_settles_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (wire, settings) = on_tcp("label", Language::Tspl).await;
    let desk = Desk::open(folder.path(), vec![settings]);
    wire.set_after(INSIDE, Mood::Off);
    let job = desk.submit("label", 20).await;
    desk.in_doubt(job).await;
    let first = Seen { done: 0, sent: 10, printed: 10 };
    wire.set(Mood::Well);
    wire.set_after(INSIDE, Mood::Off);
    desk.printing.settle(job, first, None).await.unwrap();
    desk.in_doubt(job).await;
    // The button was pressed twice.
    assert!(matches!(desk.printing.settle(job, first, None).await, Err(PrintError::LookAgain(_))));
    assert_eq!((desk.in_doubt(job).await.done, desk.in_doubt(job).await.sent), (10, 20));
    desk.close().await;
}

#[tokio::test]
async fn what_is_left_of_a_job_that_cannot_be_drawn_any_more_is_reported_and_printed_by_another() {
    let folder = tempfile::tempdir().unwrap();
    let (wire, settings) = on_tcp("label", Language::Tspl).await;
    wire.set(Mood::PaperOut);
    let kept = {
        let desk = Desk::open(folder.path(), vec![settings.clone()]);
        let jobs = [desk.submit("label", 25).await, desk.submit("label", 1).await];
        let kept = jobs.map(|job| desk.printing.job(job).unwrap());
        desk.close().await;
        kept
    };
    // As when the template is taken away between two groups of labels.
    let (outbox, _) = Outbox::open(&folder.path().join("outbox"), options()).unwrap();
    let mut rows = Append::new();
    for job in kept {
        let (number, done) = (job.number, if job.copies == 25 { 10 } else { 0 });
        rows.put(format!("print/{number:020}"), &Job { template: "gone".into(), done, sent: done, ..job }).unwrap();
    }
    outbox.reserve().await.unwrap().send(rows).durable().await.unwrap();
    outbox.close().await;
    wire.set(Mood::Well);
    let desk = Desk::open(folder.path(), vec![settings.clone()]);
    let refused = |number| matches!(desk.state(number), JobState::Refused { .. });
    eventually("the refusals", || refused(1) && refused(2)).await;
    let told = desk.told().await;
    let told: Vec<Value> = told.iter().map(|one| json!([one["job"], one["outcome"], one["labels"]])).collect();
    assert_eq!(json!(told), json!([["L-000001", "confirmed", 10], ["L-000001", "faulted", 15], ["L-000002", "faulted", 1]]));
    assert!(matches!(desk.printing.reprint(1, None).await, Err(PrintError::FixLabel(_))), "still gone");
    assert_eq!(desk.settle(2, 0, None).await.unwrap().state, JobState::Settled, "somebody does without");
    desk.close().await;

    // It is there again.
    let (outbox, _) = Outbox::open(&folder.path().join("outbox"), options()).unwrap();
    let job = outbox.states::<Job>("print/").into_iter().next().unwrap().1;
    let mut rows = Append::new();
    rows.put(format!("print/{:020}", job.number), &Job { template: "location".into(), ..job }).unwrap();
    outbox.reserve().await.unwrap().send(rows).durable().await.unwrap();
    outbox.close().await;
    let desk = Desk::open(folder.path(), vec![settings]);
    let rest = desk.printing.reprint(1, None).await.unwrap();
    assert_eq!((rest.copies, rest.skipped, rest.again, rest.reprint_of), (15, 10, 0, Some(1)), "none was sent before");
    desk.confirmed(rest.number).await;
    assert_eq!((wire.labels().len(), desk.state(1)), (15, JobState::Settled));
    desk.close().await;
}

#[tokio::test]
async fn a_job_that_is_asked_for_twice_under_one_key_is_one_job_also_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let (wire, settings) = on_tcp("label", Language::Tspl).await;
    let data: Fields = [("code", "A-01"), ("name", "")].map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let mut numbers = Vec::new();
    for _ in 0..2 {
        let desk = Desk::open(folder.path(), vec![settings.clone()]);
        let ask = |key: &'static str| desk.printing.submit_once(key, "location", data.clone(), 1, None, None);
        let (one, other, third) = tokio::join!(ask("key-00001"), ask("key-00001"), ask("key-00002"));
        numbers.push([one, other, third].map(|job| job.unwrap().number));
        desk.confirmed(1).await;
        desk.confirmed(2).await;
        desk.close().await;
    }
    assert_eq!((numbers, wire.labels().len()), (vec![[1, 1, 2]; 2], 2));
}

#[tokio::test]
async fn a_number_of_the_asker_is_told_with_its_label() {
    let folder = tempfile::tempdir().unwrap();
    let (_wire, settings) = on_tcp("label", Language::Tspl).await;
    let desk = Desk::open(folder.path(), vec![settings]);
    let fields =
        [("code", "QT-1"), ("name", "沙发"), ("gtin", "06901234567892"), ("carton", "1"), ("of", "2"), ("lot", ""), ("serial", "S-7")];
    let data: Fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let twice = desk.printing.submit("carton", data.clone(), 2, None, None).await;
    assert!(matches!(twice, Err(PrintError::NumberEach(2))), "{twice:?}");
    let job = desk.printing.submit("carton", data, 1, None, None).await.unwrap();
    desk.confirmed(job.number).await;
    assert_eq!(desk.told_at_least(1).await[0]["serials"], json!(["S-7"]));
    desk.close().await;
}
