//! What grows and grows: a row has a largest size, and neither many goods nor a decision that cannot be kept may part memory from disk.

use std::collections::BTreeSet;
use std::sync::Arc;

use qitao_domain::catalog::StockKey;
use qitao_domain::ids::{ItemId, LineId, LocationId, StationId, TaskId};
use qitao_domain::protocol::TaskEntry;
use qitao_domain::quantity::Quantity;
use qitao_domain::work::{LineShare, Task, TaskLine, Verdict};
use qitao_edge_agent::core::{Core, CoreError, Input};
use qitao_edge_agent::outbox::{Append, OpenOptions, OutboxError};
use serde_json::Value;

use crate::core_keeps::{count, open, put_away, read, scan};
use crate::fake_store::Fake;
use crate::support::options;

fn in_memory() -> OpenOptions {
    OpenOptions { engine: Fake::with(&[]), ..options() }
}

/// All that memory says.
fn memory(core: &Core) -> String {
    let tasks: Vec<_> = [1, 2, 3].map(|task| core.task(TaskId(task))).into();
    let stations: Vec<_> = core.stations().iter().map(|id| core.station(id)).collect();
    format!("{tasks:?} {stations:?} {}", core.tasks_through())
}

#[tokio::test]
async fn thousands_of_stocks_at_one_place_are_counted_and_a_scan_writes_one_of_them() {
    let (folder, options) = (tempfile::tempdir().unwrap(), in_memory());
    let core = open(folder.path(), options.clone());
    core.take_tasks(1, vec![TaskEntry::released(put_away(1)), TaskEntry::released(count(2))]).await.unwrap();
    for text in ["QT-OP-007", "QT-TASK-CT-000002", "B-01"] {
        scan(&core, "a", text).await;
    }
    for n in 0..2000 {
        let recorded = scan(&core, "a", &format!("SF-RED/1-1/2026-K{n}")).await;
        assert!(matches!(recorded.fact.verdict, Verdict::Counted { .. }), "{:?}", recorded.fact);
    }
    let before = core.outbox().stats().written;
    scan(&core, "a", "SF-RED/1-1/2026-K7").await;
    let written = core.outbox().stats().written - before;
    assert!(written < 3000, "{written} bytes");
    scan(&core, "a", "SF-RED/1-1/2026-K2000").await;
    scan(&core, "a", "QT-UNDO").await;
    let seen = core.task(TaskId(2)).unwrap().seen(LocationId(1)).unwrap().to_vec();
    assert_eq!((seen.len(), seen.iter().map(|(_, quantity)| *quantity).sum()), (2000, Quantity::units(2001)));
    core.outbox().close().await;

    let core = open(folder.path(), options.clone());
    assert_eq!(core.task(TaskId(2)).unwrap().seen(LocationId(1)).unwrap(), seen, "after a restart");
    assert_eq!(scan(&core, "a", "QT-OK").await.fact.verdict, Verdict::LocationCounted { location: LocationId(1) });
    assert!(core.outbox().states::<Value>("seen/").is_empty(), "nothing is left behind");
    core.outbox().close().await;
    let core = open(folder.path(), options);
    assert_eq!(core.task(TaskId(2)).unwrap().counted, [LocationId(1)]);
    core.outbox().close().await;
}

#[tokio::test]
async fn a_count_begun_under_an_earlier_agent_goes_on() {
    let (folder, options) = (tempfile::tempdir().unwrap(), in_memory());
    let core = open(folder.path(), options.clone());
    core.take_tasks(1, vec![TaskEntry::released(put_away(1)), TaskEntry::released(count(2))]).await.unwrap();
    let stock = |carton| StockKey { item: ItemId(1), carton, lot: String::new() };
    let mut old = Append::new();
    old.put("seen/2/1", &[(stock(1), Quantity::units(4)), (stock(2), Quantity::units(1))]).unwrap();
    old.put("seen/2/2", &[(); 0]).unwrap();
    core.outbox().append(old).await.unwrap();
    core.outbox().close().await;

    let core = open(folder.path(), options.clone());
    for text in ["QT-OP-007", "QT-TASK-CT-000002", "B-01", "YG-OAK/2-3", "QT-UNDO", "YG-OAK/1-3", "YG-OAK/3-3"] {
        scan(&core, "a", text).await;
    }
    let expected = vec![(stock(1), Quantity::units(5)), (stock(2), Quantity::units(1)), (stock(3), Quantity::units(1))];
    assert_eq!(core.task(TaskId(2)).unwrap().seen(LocationId(1)).unwrap(), expected);
    core.outbox().close().await;
    let core = open(folder.path(), options);
    assert_eq!(core.task(TaskId(2)).unwrap().counting, [(LocationId(1), expected), (LocationId(2), vec![])]);
    scan(&core, "a", "QT-OK").await;
    let left: Vec<_> = core.outbox().states::<Value>("seen/").into_iter().map(|(key, _)| key).collect();
    assert_eq!(left, ["2/2"]);
    core.outbox().close().await;
}

#[tokio::test]
async fn so_many_goods_wait_for_one_shelf_as_fit_into_a_fact_and_then_the_shelf_is_asked_for() {
    let (folder, options) = (tempfile::tempdir().unwrap(), in_memory());
    let core = open(folder.path(), options.clone());
    scan(&core, "a", "QT-OP-007").await;
    // The longest dye lot there may be, in characters that take four bytes.
    let label = format!("SF-RED/1-1/{}", "𠮷".repeat(64));
    for n in 1..=100 {
        let recorded = core.take_once(StationId::new("a").unwrap(), &format!("key-{n}"), read(&label)).await.unwrap();
        assert!(matches!(recorded.fact.verdict, Verdict::Held { .. }), "{:?}", recorded.fact);
    }
    let recorded = scan(&core, "a", &label).await;
    assert_eq!((recorded.fact.verdict.clone(), recorded.station.held.len()), (Verdict::NeedLocation, 100));
    core.outbox().close().await;
    let core = open(folder.path(), options);
    let station = StationId::new("a").unwrap();
    assert_eq!(core.station(&station).unwrap().held.len(), 100, "after a restart");
    let recorded = core.take_once(station, "shelf", read("B-01")).await.unwrap();
    assert!(matches!(recorded.fact.verdict, Verdict::PutAway { .. }), "{:?}", recorded.fact.verdict);
    assert_eq!(recorded.fact.effects.len(), 100);
    let recorded = scan(&core, "a", "QT-UNDO").await;
    assert_eq!(recorded.fact.effects.len(), 100);
    core.outbox().close().await;
}

#[tokio::test]
async fn one_scan_for_thousands_of_lines_is_refused_before_its_fact_is_too_large() {
    let (folder, options) = (tempfile::tempdir().unwrap(), in_memory());
    let core = open(folder.path(), options);
    let mut task = put_away(1);
    let line = task.lines[0].clone();
    task.lines = (0..3000).map(|n| TaskLine { id: LineId(n), ..line.clone() }).collect();
    core.take_tasks(1, vec![TaskEntry::released(task)]).await.unwrap();
    for text in ["QT-OP-007", "QT-TASK-PA-000001", "B-01", "QT-QTY-6000"] {
        scan(&core, "a", text).await;
    }
    assert!(matches!(scan(&core, "a", "YG-OAK/1-3").await.fact.verdict, Verdict::BadBarcode { .. }));
    scan(&core, "a", "QT-QTY-200").await;
    let recorded = scan(&core, "a", "YG-OAK/1-3").await;
    assert!(matches!(recorded.fact.verdict, Verdict::PutAway { .. }), "{:?}", recorded.fact.verdict);
    assert_eq!(recorded.fact.effects.len(), 100);
    core.outbox().close().await;
}

/// Sends the input under a key that no row can hold, and sees that nothing has changed.
async fn try_in_vain(core: &Arc<Core>, station: &str, input: Input) {
    let before = memory(core);
    let key = "k".repeat(200_000);
    let error = core.take_once(StationId::new(station).unwrap(), &key, input).await.unwrap_err();
    assert!(matches!(error, CoreError::Rows(OutboxError::TooLarge(_))), "{error}");
    assert_eq!(memory(core), before);
}

#[tokio::test]
async fn a_decision_that_cannot_be_kept_has_not_been() {
    let (folder, options) = (tempfile::tempdir().unwrap(), in_memory());
    let mut core = open(folder.path(), options.clone());
    core.take_tasks(1, vec![TaskEntry::released(put_away(1)), TaskEntry::released(count(2))]).await.unwrap();
    let script = "QT-OP-007 YG-OAK/1-3 B-02 QT-TASK-PA-000001 YG-OAK/1-3 YG-OAK/1-3 B-01 QT-QTY-2 YG-OAK/2-3 QT-UNDO QT-NEXT QT-SHORT QT-CLOSE \
                  QT-TASK-CT-000002 B-01 YG-OAK/3-3 YG-OAK/2-3 QT-UNDO QT-OK B-02 SF-RED/1-1/K7 QT-OK QT-OK QT-TASK-PA-000001 QT-SHORT QT-SHORT \
                  QT-SHORT QT-OK QT-OUT";
    let mut kinds = BTreeSet::new();
    for text in script.split_whitespace() {
        try_in_vain(&core, "a", read(text)).await;
        let effects = scan(&core, "a", text).await.fact.effects.clone();
        kinds.extend(effects.iter().map(|effect| serde_json::to_value(effect).unwrap()["do"].as_str().unwrap().to_owned()));
        let now = memory(&core);
        core.outbox().close().await;
        core = open(folder.path(), options.clone());
        assert_eq!(memory(&core), now, "{text}: the disk says the same");
    }
    let all = ["count_finished", "count_started", "counted", "logged_in", "logged_out", "moved", "short", "task_finished", "task_started"];
    assert_eq!(kinds.iter().map(String::as_str).collect::<Vec<_>>(), all, "the script goes through everything");
    core.outbox().close().await;
}

#[tokio::test]
async fn a_task_that_cannot_be_kept_changes_nothing() {
    let (folder, options) = (tempfile::tempdir().unwrap(), in_memory());
    let core = open(folder.path(), options);
    core.take_tasks(1, vec![TaskEntry::released(put_away(1))]).await.unwrap();
    let before = memory(&core);
    let mut larger = put_away(1);
    larger.lines.truncate(1);
    let entries = vec![
        TaskEntry::Withdrawn { task: TaskId(1) },
        TaskEntry::released(larger),
        TaskEntry::released(count(2)),
        TaskEntry::released(Task { reference: "r".repeat(200_000), ..put_away(3) }),
    ];
    assert!(matches!(core.take_tasks(2, entries).await, Err(CoreError::Rows(OutboxError::TooLarge(_)))));
    assert_eq!(memory(&core), before);
    let line = put_away(1).lines[0].id;
    let share = LineShare { line, done: Quantity::ONE, short: Quantity::ZERO, lots: vec![("l".repeat(200_000), Quantity::ONE)] };
    assert!(matches!(core.take_progress(TaskId(1), vec![share]).await, Err(CoreError::Rows(OutboxError::TooLarge(_)))));
    assert_eq!(memory(&core), before);
    core.outbox().close().await;
}
