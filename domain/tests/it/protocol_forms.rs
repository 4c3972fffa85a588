//! One value of every wire form, and its name.

use qitao_domain::barcode::symbology::AimId;
use qitao_domain::catalog::StockKey;
use qitao_domain::event::{Effect, Fact, PrintOutcome, Source};
use qitao_domain::ids::{DeviceId, Epoch, ItemId, LineId, LocationId, OperatorId, ScanId, Seq, SiteId, StationId, TaskId};
use qitao_domain::protocol::{
    Batch, DatasetNotice, DatasetVersion, DeviceHealth, Down, Drift, Health, Hello, Refusal, SettingsHealth, TaskEntry, Up, VERSION,
    Welcome,
};
use qitao_domain::quantity::Quantity;
use qitao_domain::scan::{Framing, Stamp};
use qitao_domain::work::{LineShare, Task, TaskKind, TaskLine, Verdict};

/// Larger than what a JavaScript number holds, as random numbers are.
const RANDOM: u64 = u64::MAX - 1;
const SCAN: ScanId = ScanId(0x0123_4567_89ab_cdef_0011_2233_4455_6677);
const HERE: LocationId = LocationId(41);
const THERE: LocationId = LocationId(42);
const TASK: TaskId = TaskId(9);
const ITEM: ItemId = ItemId(7);

fn stock() -> StockKey {
    StockKey { item: ITEM, carton: 3, lot: "D12".into() }
}

fn two() -> Quantity {
    Quantity::units(2)
}

fn half() -> Quantity {
    Quantity::from_raw(-500)
}

pub fn ups() -> Vec<Up> {
    vec![
        Up::Hello(Hello {
            epoch: Epoch(2),
            boot: RANDOM,
            session: RANDOM,
            attempt: 3,
            diverged: true,
            fingerprint: "e3b0c44298fc1c14".into(),
            next_seq: Seq(120),
            oldest_kept: Seq(5),
            clock_ms: 1_700_000_000_123,
            protocol: VERSION,
            agent: "0.1.0".into(),
            tasks_through: 17,
            datasets: vec![DatasetVersion { name: "items".into(), version: 88 }],
        }),
        Up::Batch(Batch::of(RANDOM, Epoch(2), Seq(119), &facts()[1..2]).unwrap()),
        Up::TasksAck { through: 17 },
        Up::Health(Health {
            backlog: 3,
            lag_ms: 1500,
            disk_free: 1 << 40,
            memory: 1 << 26,
            devices: vec![DeviceHealth {
                id: "usb-1".into(),
                kind: "scanner".into(),
                model: "DS2208".into(),
                state: "online".into(),
                station: Some("gun-1".into()),
                settings: None,
            }],
            recovery: vec!["snap files moved aside".into()],
            datasets: vec![],
            fonts: String::new(),
        }),
        Up::Health(Health {
            backlog: 0,
            lag_ms: 0,
            disk_free: 1 << 40,
            memory: 1 << 26,
            devices: vec![],
            recovery: vec![],
            datasets: vec![DatasetVersion { name: "items".into(), version: 88 }],
            fonts: String::new(),
        }),
        Up::Health(Health {
            backlog: 0,
            lag_ms: 0,
            disk_free: 1 << 40,
            memory: 1 << 26,
            devices: vec![DeviceHealth {
                id: "usb-1".into(),
                kind: "scanner".into(),
                model: "HR52".into(),
                state: "online".into(),
                station: None,
                settings: Some(SettingsHealth {
                    profile: "warehouse-scanner".into(),
                    family: "newland".into(),
                    state: "differs".into(),
                    since_ms: 1_700_000_000_123,
                    drift: vec![Drift { setting: "suffix".into(), has: "CRLF".into(), wants: "CR".into() }],
                    differs: 1,
                    flash_writes: 3,
                }),
            }],
            recovery: vec![],
            datasets: vec![],
            fonts: String::new(),
        }),
    ]
}

pub fn up_name(up: &Up) -> &'static str {
    match up {
        Up::Hello(_) => "hello",
        Up::Batch(_) => "batch",
        Up::TasksAck { .. } => "tasks_ack",
        Up::Health(health) if !health.datasets.is_empty() => "health_datasets",
        Up::Health(health) if health.devices.iter().any(|device| device.settings.is_some()) => "health_settings",
        Up::Health(_) => "health",
    }
}

pub fn downs() -> Vec<Down> {
    let (link, epoch) = (RANDOM, Epoch(2));
    let welcome =
        Welcome { session: RANDOM, attempt: 3, link, epoch, committed: Seq(99), head: Some(SCAN), window: 1024, now_ms: 1_700_000_000_456 };
    vec![
        Down::Welcome(welcome),
        Down::Ack { link, epoch, committed: Seq(110), window: 0 },
        Down::Nack { link, epoch, expected: Seq(111) },
        Down::Refused { session: RANDOM, reason: Refusal::Cloned },
        Down::Datasets { datasets: vec![DatasetNotice { name: "locations".into(), version: 4 }] },
        Down::Tasks { first: 17, entries: task_entries().into_iter().take(2).collect() },
        Down::Progress { task: TASK, others: shares() },
    ]
}

pub fn down_name(down: &Down) -> &'static str {
    match down {
        Down::Welcome(_) => "welcome",
        Down::Ack { .. } => "ack",
        Down::Nack { .. } => "nack",
        Down::Refused { .. } => "refused",
        Down::Datasets { .. } => "datasets",
        Down::Tasks { .. } => "tasks",
        Down::Progress { .. } => "progress",
    }
}

fn shares() -> Vec<LineShare> {
    let share = |line, done, short, lots| LineShare { line: LineId(line), done, short, lots };
    vec![share(70, two(), Quantity::ZERO, vec![("D12".into(), two())]), share(71, Quantity::ZERO, Quantity::ONE, vec![])]
}

pub fn task_entries() -> Vec<TaskEntry> {
    let line = TaskLine { id: LineId(70), stock: Some(stock()), quantity: two(), location: Some(HERE), set: 1 };
    let task = Task {
        id: TASK,
        number: "PK-000456".into(),
        kind: TaskKind::Pick,
        site: SiteId(1),
        reference: "订单 SO-2044 王女士".into(),
        lines: vec![line.clone(), TaskLine { id: LineId(71), stock: None, quantity: Quantity::ZERO, location: None, set: 0 }],
    };
    let own = vec![LineShare { line: LineId(70), done: half(), short: Quantity::ZERO, lots: vec![] }];
    let begun = TaskEntry::Released { task: task.clone(), own, others: shares() };
    vec![TaskEntry::released(task), TaskEntry::Withdrawn { task: TASK }, begun]
}

pub fn task_entry_name(entry: &TaskEntry) -> &'static str {
    match entry {
        TaskEntry::Released { own, .. } if !own.is_empty() => "released_begun",
        TaskEntry::Released { .. } => "released",
        TaskEntry::Withdrawn { .. } => "withdrawn",
    }
}

pub fn facts() -> Vec<Fact> {
    let fact = |source, verdict, effects| Fact {
        scan: SCAN,
        site: SiteId(1),
        station: StationId::new("gate-2").unwrap(),
        operator: Some(OperatorId(5)),
        at: Stamp { wall_ms: 1_700_000_000_000, boot: RANDOM, mono_us: 12_345_678 },
        source,
        task: Some(TASK),
        verdict,
        effects,
    };
    let scanner = Source::Scanner {
        device: DeviceId::new("05e0:1200:A1").unwrap(),
        payload: "8006069012345678920307{GS}10D12橡木{FF}".into(),
        symbology: Some(AimId::new(b'C', b'1').unwrap()),
        framing: Framing::Whole,
    };
    let picked = Verdict::Picked { stock: stock(), quantity: two(), location: HERE, left: Quantity::ZERO };
    let edge = Fact { operator: None, task: None, ..fact(Source::Edge { what: "printer".into() }, Verdict::Noted, vec![]) };
    vec![
        fact(scanner, picked, effects()[..1].to_vec()),
        fact(Source::Panel { command: "QT-UNDO".into() }, Verdict::NothingToUndo, vec![]),
        edge,
    ]
}

pub fn source_name(source: &Source) -> &'static str {
    match source {
        Source::Scanner { .. } => "scanner",
        Source::Panel { .. } => "panel",
        Source::Edge { .. } => "edge",
    }
}

pub fn effects() -> Vec<Effect> {
    let reverses = Some(SCAN);
    vec![
        Effect::Moved {
            stock: stock(),
            quantity: Quantity::from_raw(2375),
            from: HERE,
            to: THERE,
            line: Some(LineId(70)),
            reverses,
            serial: Some("S9".into()),
        },
        Effect::CountStarted { location: HERE },
        Effect::Counted { location: HERE, stock: StockKey { lot: String::new(), ..stock() }, quantity: half(), reverses },
        Effect::CountFinished { location: HERE },
        Effect::Short { line: LineId(70), quantity: half(), reverses },
        Effect::TaskStarted,
        Effect::TaskFinished { complete: false },
        Effect::LoggedIn { operator: OperatorId(5) },
        Effect::LoggedOut,
        Effect::UnknownBarcode { text: "???\u{1f4e6}".into() },
        Effect::Printed { job: "j-1".into(), outcome: PrintOutcome::Uncertain, labels: 12, reprint_of: None, serials: vec![] },
    ]
}

pub fn effect_name(effect: &Effect) -> &'static str {
    match effect {
        Effect::Moved { .. } => "moved",
        Effect::CountStarted { .. } => "count_started",
        Effect::Counted { .. } => "counted",
        Effect::CountFinished { .. } => "count_finished",
        Effect::Short { .. } => "short",
        Effect::TaskStarted => "task_started",
        Effect::TaskFinished { .. } => "task_finished",
        Effect::LoggedIn { .. } => "logged_in",
        Effect::LoggedOut => "logged_out",
        Effect::UnknownBarcode { .. } => "unknown_barcode",
        Effect::Printed { .. } => "printed",
    }
}

pub fn verdicts() -> Vec<Verdict> {
    vec![
        Verdict::LoggedIn { operator: OperatorId(5) },
        Verdict::LoggedOut,
        Verdict::NeedPin { operator: OperatorId(5) },
        Verdict::TaskOpened { task: TASK },
        Verdict::TaskClosed { task: TASK },
        Verdict::AtLocation { location: HERE },
        Verdict::Held { stock: stock(), quantity: two(), suggested: Some(THERE) },
        Verdict::PutAway { stock: stock(), quantity: two(), location: HERE, left: half() },
        Verdict::PutAwayElsewhere { stock: stock(), quantity: two(), location: HERE, suggested: THERE, left: half() },
        Verdict::Counted { stock: stock(), quantity: two(), location: HERE, total: two() },
        Verdict::LocationCounted { location: HERE },
        Verdict::Picked { stock: stock(), quantity: two(), location: HERE, left: half() },
        Verdict::SetComplete { stock: stock(), quantity: two(), location: HERE, set: 2 },
        Verdict::ShortDeclared { stock: stock(), quantity: two() },
        Verdict::TaskComplete { task: TASK },
        Verdict::TaskFinishedShort { task: TASK, missing: vec![(stock(), two())] },
        Verdict::QuantitySet { quantity: two() },
        Verdict::Undone { scan: SCAN },
        Verdict::Skipped,
        Verdict::NeedOperator,
        Verdict::NeedTask,
        Verdict::NeedLocation,
        Verdict::NeedCarton { item: ITEM, of: 7 },
        Verdict::NeedLot { item: ITEM },
        Verdict::WrongItem { item: ITEM },
        Verdict::WrongCarton { item: ITEM, carton: 4, needed: vec![1, 2] },
        Verdict::WrongLot { item: ITEM, lot: "D11".into(), needed: vec!["D12".into()] },
        Verdict::WrongLocation { location: HERE, expected: THERE },
        Verdict::TooMany { stock: stock(), asked: two(), done: half() },
        Verdict::KitNotStock { item: ITEM },
        Verdict::Incomplete { missing: vec![(stock(), two())] },
        Verdict::TaskAlreadyFinished { task: TASK },
        Verdict::UnknownTask { number: "PA-000123".into() },
        Verdict::UnknownLocation { code: "B-04-2".into() },
        Verdict::UnknownOperator,
        Verdict::WrongPin { operator: OperatorId(5) },
        Verdict::PinLocked { operator: OperatorId(5), minutes: 4 },
        Verdict::UnknownBarcode { text: "690x".into() },
        Verdict::BadBarcode { position: 12, rule: "check digit".into() },
        Verdict::BadFrame,
        Verdict::NothingToUndo,
        Verdict::NotNow,
        Verdict::VirtualLocation { location: HERE },
        Verdict::DiskNearlyFull,
        Verdict::LabelsPrinted { labels: 3 },
        Verdict::PrinterFault { reason: "out of paper".into() },
        Verdict::Noted,
    ]
}

pub fn verdict_name(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::LoggedIn { .. } => "logged_in",
        Verdict::LoggedOut => "logged_out",
        Verdict::NeedPin { .. } => "need_pin",
        Verdict::TaskOpened { .. } => "task_opened",
        Verdict::TaskClosed { .. } => "task_closed",
        Verdict::AtLocation { .. } => "at_location",
        Verdict::Held { .. } => "held",
        Verdict::PutAway { .. } => "put_away",
        Verdict::PutAwayElsewhere { .. } => "put_away_elsewhere",
        Verdict::Counted { .. } => "counted",
        Verdict::LocationCounted { .. } => "location_counted",
        Verdict::Picked { .. } => "picked",
        Verdict::SetComplete { .. } => "set_complete",
        Verdict::ShortDeclared { .. } => "short_declared",
        Verdict::TaskComplete { .. } => "task_complete",
        Verdict::TaskFinishedShort { .. } => "task_finished_short",
        Verdict::QuantitySet { .. } => "quantity_set",
        Verdict::Undone { .. } => "undone",
        Verdict::Skipped => "skipped",
        Verdict::NeedOperator => "need_operator",
        Verdict::NeedTask => "need_task",
        Verdict::NeedLocation => "need_location",
        Verdict::NeedCarton { .. } => "need_carton",
        Verdict::NeedLot { .. } => "need_lot",
        Verdict::WrongItem { .. } => "wrong_item",
        Verdict::WrongCarton { .. } => "wrong_carton",
        Verdict::WrongLot { .. } => "wrong_lot",
        Verdict::WrongLocation { .. } => "wrong_location",
        Verdict::TooMany { .. } => "too_many",
        Verdict::KitNotStock { .. } => "kit_not_stock",
        Verdict::Incomplete { .. } => "incomplete",
        Verdict::TaskAlreadyFinished { .. } => "task_already_finished",
        Verdict::UnknownTask { .. } => "unknown_task",
        Verdict::UnknownLocation { .. } => "unknown_location",
        Verdict::UnknownOperator => "unknown_operator",
        Verdict::WrongPin { .. } => "wrong_pin",
        Verdict::PinLocked { .. } => "pin_locked",
        Verdict::UnknownBarcode { .. } => "unknown_barcode",
        Verdict::BadBarcode { .. } => "bad_barcode",
        Verdict::BadFrame => "bad_frame",
        Verdict::NothingToUndo => "nothing_to_undo",
        Verdict::NotNow => "not_now",
        Verdict::VirtualLocation { .. } => "virtual_location",
        Verdict::DiskNearlyFull => "disk_nearly_full",
        Verdict::LabelsPrinted { .. } => "labels_printed",
        Verdict::PrinterFault { .. } => "printer_fault",
        Verdict::Noted => "noted",
    }
}
