//! The core: a scan's fact and what it changed go to disk together, and a restart goes on where it was left.

use std::sync::Arc;

use qitao_domain::catalog::{Item, ItemBarcode, Location, LocationKind, Operator, StockKey};
use qitao_domain::event::Effect;
use qitao_domain::ids::{DeviceId, ItemId, LineId, LocationId, OperatorId, ScanId, Seq, SiteId, StationId, TaskId};
use qitao_domain::protocol::TaskEntry;
use qitao_domain::quantity::Quantity;
use qitao_domain::scan::{Framing, Scan};
use qitao_domain::work::{Prompt, Station, Task, TaskKind, TaskLine, Verdict};
use qitao_edge_agent::clock;
use qitao_edge_agent::core::{Core, Input, Recorded};
use qitao_edge_agent::outbox::{Append, DiskOptions, OpenOptions, Outbox};
use qitao_edge_agent::replica::Replica;
use qitao_edge_agent::replica::catalogue::{Catalogue, ItemsBuilder, Locations, Operators};

use crate::support::{eventually, options};

/// A small site: a wardrobe in three cartons, a sofa kept by dye lot, two shelves, one operator.
pub fn catalogue() -> Catalogue {
    let mut items = ItemsBuilder::default();
    items.push(&Item {
        id: ItemId(1),
        code: "YG-OAK".into(),
        name: "橡木衣柜".into(),
        name_en: String::new(),
        unit: "件".into(),
        cartons: 3,
        by_lot: false,
        parts: vec![],
        barcodes: vec![ItemBarcode { text: "06901234567892".into(), quantity: Quantity::ONE, carton: None }],
    });
    items.push(&Item {
        id: ItemId(2),
        code: "SF-RED".into(),
        name: "红沙发".into(),
        name_en: String::new(),
        unit: "件".into(),
        cartons: 1,
        by_lot: true,
        parts: vec![],
        barcodes: vec![],
    });
    let location = |id, code: &str, kind| Location { id: LocationId(id), site: SiteId(1), code: code.into(), kind, name: String::new() };
    let locations = vec![
        location(1, "B-01", LocationKind::Bin),
        location(2, "B-02", LocationKind::Bin),
        location(90, "SUPPLIER", LocationKind::Supplier),
        location(91, "STAGING", LocationKind::Staging),
        location(92, "VARIANCE", LocationKind::Variance),
    ];
    let operators = vec![Operator { id: OperatorId(7), name: "王芳".into(), badge: "007".into() }];
    Catalogue {
        items: items.build().into(),
        locations: Locations::new(locations).into(),
        operators: Operators::new(operators).into(),
        ..Catalogue::default()
    }
}

pub fn put_away(id: i64) -> Task {
    let line = |n: i64| TaskLine {
        id: LineId(id * 10 + n),
        stock: Some(StockKey { item: ItemId(1), carton: u16::try_from(n).unwrap(), lot: String::new() }),
        quantity: Quantity::from_raw(2000),
        location: Some(LocationId(1)),
        set: 0,
    };
    Task {
        id: TaskId(id),
        number: format!("PA-{id:06}"),
        kind: TaskKind::PutAway,
        site: SiteId(1),
        reference: "到货单 A-1".into(),
        lines: (1..=3).map(line).collect(),
    }
}

pub fn count(id: i64) -> Task {
    let lines =
        (1..=2).map(|n| TaskLine { id: LineId(id * 10 + n), stock: None, quantity: Quantity::ZERO, location: Some(LocationId(n)), set: 0 });
    Task {
        id: TaskId(id),
        number: format!("CT-{id:06}"),
        kind: TaskKind::Count,
        site: SiteId(1),
        reference: String::new(),
        lines: lines.collect(),
    }
}

pub fn open(folder: &std::path::Path, options: OpenOptions) -> Arc<Core> {
    let (outbox, _) = Outbox::open(folder, options).unwrap();
    let replica = Replica::default();
    replica.replace(catalogue());
    Core::new(outbox, replica.into(), Some(SiteId(1)))
}

pub async fn scan(core: &Arc<Core>, station: &str, text: &str) -> Arc<Recorded> {
    core.take(StationId::new(station).unwrap(), read(text)).await.unwrap()
}

/// A label read by a scanner.
pub fn read(text: &str) -> Input {
    Input::Scan(Scan {
        payload: text.as_bytes().to_vec(),
        symbology: None,
        device: DeviceId::new("scanner-1").unwrap(),
        captured_at: clock::stamp(),
        framing: Framing::Whole,
    })
}

#[tokio::test]
async fn a_shift_cut_off_at_every_scan_goes_on_as_if_nothing_had_been() {
    let script = [
        ("a", "QT-OP-007"),
        ("a", "QT-TASK-PA-000001"),
        ("b", "QT-OP-007"),
        ("b", "QT-TASK-CT-000002"),
        ("a", "B-01"),
        ("a", "YG-OAK/1-3"),
        ("b", "B-02"),
        ("b", "YG-OAK/3-3"),
        ("a", "YG-OAK/2-3"),
        ("a", "QT-UNDO"),
        ("b", "YG-OAK/3-3"),
        ("a", "QT-QTY-2"),
        ("a", "YG-OAK/3-3"),
        ("a", "nonsense"),
        ("b", "QT-OK"),
        ("a", "YG-OAK/9-9"),
        ("a", "QT-UNDO"),
        ("b", "B-01"),
    ];
    let release = [TaskEntry::released(put_away(1)), TaskEntry::released(count(2))];

    let straight = tempfile::tempdir().unwrap();
    let core = open(straight.path(), options());
    assert_eq!(core.take_tasks(1, release.to_vec()).await.unwrap(), 2);
    let mut verdicts = Vec::new();
    let mut after = Vec::new();
    for (station, text) in script {
        let recorded = scan(&core, station, text).await;
        verdicts.push(recorded.fact.verdict.clone());
        after.push((recorded.station.prompt.clone(), recorded.station.undoable.len(), recorded.station.counts));
    }
    let tasks = (core.task(TaskId(1)), core.task(TaskId(2)));
    core.outbox().close().await;
    assert!(verdicts.iter().any(|v| matches!(v, Verdict::PutAway { .. })), "{verdicts:?}");
    assert!(
        verdicts.iter().any(|v| matches!(v, Verdict::Undone { .. }))
            && verdicts.iter().any(|v| matches!(v, Verdict::LocationCounted { .. }))
    );

    let broken = tempfile::tempdir().unwrap();
    let core = open(broken.path(), options());
    core.take_tasks(1, release.to_vec()).await.unwrap();
    core.outbox().close().await;
    for (n, (station, text)) in script.into_iter().enumerate() {
        let core = open(broken.path(), options());
        let before = core.station(&StationId::new(station).unwrap());
        let recorded = scan(&core, station, text).await;
        // Undo names the fact it takes back, whose id is random.
        if !matches!(recorded.fact.verdict, Verdict::Undone { .. }) {
            assert_eq!(recorded.fact.verdict, verdicts[n], "scan {n} {text} after {before:?}");
        }
        assert_eq!(
            (recorded.station.prompt.clone(), recorded.station.undoable.len(), recorded.station.counts),
            after[n],
            "scan {n} {text}"
        );
        assert_eq!(recorded.seq, Some(Seq(n as u64 + 1)));
        core.outbox().close().await;
    }
    let core = open(broken.path(), options());
    assert_eq!((core.task(TaskId(1)), core.task(TaskId(2))), tasks);
    assert_eq!(core.tasks_through(), 2);
    core.outbox().close().await;
}

#[tokio::test]
async fn the_task_log_is_taken_without_gaps_and_once() {
    let folder = tempfile::tempdir().unwrap();
    let core = open(folder.path(), options());
    let released = |id| TaskEntry::released(put_away(id));
    assert_eq!(core.take_tasks(2, vec![released(2)]).await.unwrap(), 0, "a gap");
    assert_eq!(core.take_tasks(1, vec![released(1), released(2)]).await.unwrap(), 2);
    assert_eq!(core.take_tasks(1, vec![released(1), released(2), released(3)]).await.unwrap(), 3, "what overlaps is passed over");
    assert_eq!(core.take_tasks(1, vec![released(1)]).await.unwrap(), 3, "an old one again");
    assert_eq!(core.open_tasks().len(), 3);
    scan(&core, "a", "QT-OP-007").await;
    scan(&core, "a", "QT-TASK-PA-000002").await;
    assert_eq!(core.take_tasks(4, vec![TaskEntry::Withdrawn { task: TaskId(2) }]).await.unwrap(), 4);
    assert!(matches!(scan(&core, "a", "YG-OAK/1-3").await.fact.verdict, Verdict::UnknownTask { .. }));
    core.outbox().close().await;
    let core = open(folder.path(), options());
    assert_eq!(core.open_tasks().len(), 2);
    assert!(core.task(TaskId(2)).unwrap().withdrawn);
    core.outbox().close().await;
}

#[tokio::test]
async fn a_task_with_thousands_of_lines_is_kept_and_a_scan_writes_little() {
    let folder = tempfile::tempdir().unwrap();
    let core = open(folder.path(), options());
    let mut task = put_away(1);
    let line = task.lines[0].clone();
    task.lines = (0..3000).map(|n| TaskLine { id: LineId(n), ..line.clone() }).collect();
    core.take_tasks(1, vec![TaskEntry::released(task.clone())]).await.unwrap();
    for text in ["QT-OP-007", "QT-TASK-PA-000001", "B-01", "YG-OAK/1-3"] {
        scan(&core, "a", text).await;
    }
    let before = core.task(TaskId(1));
    task.lines.truncate(100);
    core.take_tasks(2, vec![TaskEntry::released(task)]).await.unwrap();
    core.outbox().close().await;
    let core = open(folder.path(), options());
    let after = core.task(TaskId(1)).unwrap();
    assert_eq!((after.task.lines.len(), after.done), (100, before.unwrap().done));
    core.outbox().close().await;
}

#[tokio::test]
async fn what_can_be_undone_takes_no_more_room_with_every_scan_and_stays_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let core = open(folder.path(), options());
    for text in ["QT-OP-007", "B-01"] {
        scan(&core, "a", text).await;
    }
    let mut made = Vec::new();
    for n in 0..50 {
        made.push(scan(&core, "a", "YG-OAK/1-3").await.fact.scan);
        if n % 7 == 0 {
            let middle = made.remove(made.len() - made.len().min(5));
            core.take(StationId::new("a").unwrap(), Input::Undo(middle)).await.unwrap();
        }
    }
    let undoable = core.station(&StationId::new("a").unwrap()).unwrap().undoable;
    assert_eq!(undoable, made[made.len() - undoable.len()..], "the newest, oldest first");
    let rows = core.outbox().states::<serde_json::Value>("past/a/");
    assert!(rows.len() == undoable.len() && rows.iter().all(|(n, _)| n.parse::<u64>().unwrap() <= 20), "{rows:?}");
    core.outbox().close().await;
    let core = open(folder.path(), options());
    assert_eq!(core.station(&StationId::new("a").unwrap()).unwrap().undoable, undoable, "and so after a restart");
    core.outbox().close().await;
}

#[tokio::test]
async fn a_station_kept_by_an_earlier_agent_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let (outbox, _) = Outbox::open(folder.path(), options()).unwrap();
    let station = Station { operator: Some(OperatorId(7)), location: Some(LocationId(1)), ..Station::default() };
    let mut rows = Append::new();
    rows.put("station/a", &serde_json::json!({ "station": station, "counts": { "right": 9, "wrong": 1 } })).unwrap();
    let effect = Effect::Moved {
        stock: StockKey { item: ItemId(1), carton: 1, lot: String::new() },
        quantity: Quantity::ONE,
        from: LocationId(90),
        to: LocationId(1),
        line: None,
        reverses: None,
        serial: None,
    };
    let old = [ScanId(70), ScanId(60), ScanId(50)];
    for (n, scan) in old.iter().enumerate() {
        rows.put(format!("past/a/{:020}", 117 + n), &(scan, None::<TaskId>, [&effect])).unwrap();
    }
    outbox.append(rows).await.unwrap();
    outbox.close().await;
    for round in 0..2 {
        let core = open(folder.path(), options());
        let undoable = core.station(&StationId::new("a").unwrap()).unwrap().undoable;
        assert_eq!(undoable[..3], old, "round {round}");
        scan(&core, "a", "YG-OAK/1-3").await;
        core.outbox().close().await;
    }
}

#[tokio::test]
async fn many_stations_at_once_share_commits_and_keep_one_order() {
    let folder = tempfile::tempdir().unwrap();
    let core = open(folder.path(), options());
    let mut stations = Vec::new();
    for station in 0..32 {
        let core = core.clone();
        stations.push(tokio::spawn(async move {
            let mut seen = Vec::new();
            for _ in 0..10 {
                let recorded = scan(&core, &format!("s{station}"), "QT-OP-007").await;
                seen.push((recorded.order, recorded.seq.unwrap()));
            }
            seen
        }));
    }
    let mut all = Vec::new();
    for station in stations {
        all.extend(station.await.unwrap());
    }
    all.sort_unstable();
    assert!(all.windows(2).all(|w| w[0].1 < w[1].1), "the order in the outbox is the order of decisions");
    assert_eq!(all.len(), 320);
    let stats = core.outbox().stats();
    assert!(stats.commits < stats.requests, "{stats:?}");
    core.outbox().close().await;
}

#[tokio::test]
async fn without_enrolment_scans_are_answered_and_not_recorded() {
    let folder = tempfile::tempdir().unwrap();
    let (outbox, _) = Outbox::open(folder.path(), options()).unwrap();
    let replica = Replica::default();
    replica.replace(catalogue());
    let core = Core::new(outbox, replica.into(), None);
    let recorded = scan(&core, "a", "QT-OP-007").await;
    assert_eq!((recorded.seq, recorded.fact.verdict.clone()), (None, Verdict::LoggedIn { operator: OperatorId(7) }));
    assert_ne!(recorded.station.prompt, Prompt::ScanBadge);
    assert_eq!(core.outbox().position().next_seq, Seq(1));
    core.outbox().close().await;
}

#[tokio::test]
async fn a_nearly_full_disk_is_an_answer_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let disk = DiskOptions { low: 2 << 20, full: 1 << 20, ballast: 0, free_space: Arc::new(|_| Ok(1000)) };
    let core = open(folder.path(), OpenOptions { disk, ..options() });
    let mut events = core.subscribe();
    let recorded = scan(&core, "a", "QT-OP-007").await;
    let heard = events.try_recv().unwrap();
    assert!(
        matches!(heard, qitao_edge_agent::core::Event::Recorded(r) if r.fact.verdict == Verdict::DiskNearlyFull),
        "the panel hears of it"
    );
    assert_eq!((recorded.seq, recorded.fact.verdict.clone()), (None, Verdict::DiskNearlyFull));
    assert_eq!(recorded.station.operator, None);
    core.outbox().close().await;
}

#[tokio::test]
async fn a_caller_that_goes_away_does_not_stop_its_scan() {
    let folder = tempfile::tempdir().unwrap();
    let core = open(folder.path(), options());
    let mut events = core.subscribe();
    let gone = tokio::time::timeout(std::time::Duration::ZERO, scan(&core, "a", "QT-OP-007")).await;
    drop(gone);
    eventually("the fact", || core.outbox().position().next_seq == Seq(2)).await;
    assert!(matches!(events.recv().await.unwrap(), qitao_edge_agent::core::Event::Recorded(r) if r.seq == Some(Seq(1))));
    core.outbox().close().await;
}
