//! What must hold of work whatever is scanned: random catalogues, tasks and shifts of two stations, with undo, withdrawal, release again and
//! restarts in between. `PROPTEST_CASES` asks for more cases.

#![allow(clippy::unwrap_used, reason = "test helpers fail loudly")]

use std::collections::{BTreeMap, BTreeSet};

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use qitao_domain::barcode::{Command, Meaning, NotFound};
use qitao_domain::catalog::{KitPart, LocationKind, StockKey};
use qitao_domain::event::Effect;
use qitao_domain::ids::{ItemId, LineId, LocationId, OperatorId, ScanId, TaskId};
use qitao_domain::ledger::movements;
use qitao_domain::quantity::Quantity;
use qitao_domain::work::{Floor, Prompt, Station, Task, TaskKind, TaskLine, TaskProgress, Verdict};

use crate::work_world::{SITE, Site, World, item, place, site};

#[derive(Debug, Clone)]
enum Step {
    /// Does what the station is asked to do.
    Follow,
    Scan(Meaning),
    UndoOne(Index),
    Withdraw(Index),
    /// Releases a task again with other quantities.
    Release(Index, i64),
    /// Floor and station as a restarted edge reads them back.
    Restart,
}

fn any_site() -> impl Strategy<Value = Site> {
    let one = (1_u16..4, any::<bool>(), 0..8_u8);
    (vec(one, 1..5), 1..4_i64).prop_map(|(kinds, bins)| {
        let make = |(index, (cartons, by_lot, kit)): (usize, (u16, bool, u8))| {
            let mut made = item(index as i64 + 1, &format!("I{}", index + 1), cartons);
            made.by_lot = by_lot;
            if kit == 0 {
                made.parts = vec![KitPart { item: ItemId(1), quantity: Quantity::ONE }];
            }
            made
        };
        let mut locations: Vec<_> = (1..=bins).map(|n| place(n, &format!("A-{n}"), LocationKind::Bin)).collect();
        locations.extend(site().locations.into_iter().filter(|place| place.kind != LocationKind::Bin));
        Site { items: kinds.into_iter().enumerate().map(make).collect(), locations, operators: site().operators }
    })
}

fn lot() -> impl Strategy<Value = String> {
    prop_oneof![3 => Just(String::new()), 1 => "[KL]"]
}

/// Item, carton, lot, units, location, set.
type AnyLine = (i64, u16, String, i64, Option<i64>, u32);

fn any_task(id: i64) -> impl Strategy<Value = Task> {
    let kind = prop_oneof![2 => Just(TaskKind::Pick), 1 => Just(TaskKind::PutAway), 1 => Just(TaskKind::Count)];
    let line = (1..5_i64, 1..5_u16, lot(), 1..4_i64, prop::option::of(1..4_i64), 0..3_u32);
    (kind, vec(line, 0..6)).prop_map(move |(kind, lines)| {
        let line = |(index, (item, carton, lot, units, location, set)): (usize, AnyLine)| TaskLine {
            id: LineId(id * 100 + index as i64),
            stock: (kind != TaskKind::Count).then_some(StockKey { item: ItemId(item), carton, lot }),
            quantity: if kind == TaskKind::Count { Quantity::ZERO } else { Quantity::units(units) },
            location: location.map(LocationId),
            set,
        };
        let lines = lines.into_iter().enumerate().map(line).collect();
        Task { id: TaskId(id), number: format!("T-{id}"), kind, site: SITE, reference: String::new(), lines }
    })
}

fn any_goods() -> impl Strategy<Value = Meaning> {
    let quantity = prop_oneof![8 => Just(1000_i64), 2 => Just(2000), 1 => Just(500), 1 => Just(0), 1 => any::<i64>()];
    let serial = prop::option::weighted(0.1, Just("SN1".to_owned()));
    (1..6_i64, quantity, prop::option::weighted(0.8, 0..5_u16), prop::option::of("[KL]"), serial).prop_map(
        |(item, raw, carton, lot, serial)| Meaning::Goods { item: ItemId(item), quantity: Quantity::from_raw(raw), carton, lot, serial },
    )
}

fn any_command(finishing: bool) -> impl Strategy<Value = Command> {
    let quantity = prop_oneof![4 => (1..4_i64).prop_map(Quantity::units), 1 => any::<i64>().prop_map(Quantity::from_raw)];
    let ending = if finishing { 3 } else { 0 };
    prop_oneof![
        ending => Just(Command::Confirm),
        u32::from(finishing) => Just(Command::LogOut),
        2 => Just(Command::Undo),
        2 => Just(Command::Short),
        2 => Just(Command::Next),
        1 => Just(Command::Close),
        1 => quantity.prop_map(|quantity| Command::Quantity { quantity }),
        3 => (1..4_i64).prop_map(|id| Command::Task { number: format!("T-{id}") }),
    ]
}

fn any_meaning(finishing: bool) -> impl Strategy<Value = Meaning> {
    prop_oneof![
        6 => any_goods(),
        3 => prop_oneof![4 => 1..4_i64, 1 => Just(80_i64), 1 => Just(90), 1 => Just(999)].prop_map(|id| Meaning::Location { location: LocationId(id) }),
        6 => any_command(finishing).prop_map(|command| Meaning::Command { command }),
        u32::from(finishing) => (1..3_i64).prop_map(|id| Meaning::Operator { operator: OperatorId(id) }),
        1 => Just(Meaning::Unknown { text: "?".into() }),
        1 => Just(Meaning::NotFound { what: NotFound::Operator, text: "?".into() }),
        1 => Just(Meaning::Invalid { position: 1, rule: "check digit".into() }),
        1 => Just(Meaning::LicencePlate { code: "QT-LP-1".into() }),
    ]
}

fn any_step(finishing: bool) -> impl Strategy<Value = (usize, Step)> {
    let floor = u32::from(finishing);
    let step = prop_oneof![
        12 => Just(Step::Follow),
        10 => any_meaning(finishing).prop_map(Step::Scan),
        2 => any::<Index>().prop_map(Step::UndoOne),
        floor => any::<Index>().prop_map(Step::Withdraw),
        floor => (any::<Index>(), 1..4_i64).prop_map(|(task, units)| Step::Release(task, units)),
        floor => Just(Step::Restart),
    ];
    (0..2_usize, step)
}

fn any_world() -> impl Strategy<Value = World> {
    (any_site(), any_task(1), any_task(2), any_task(3)).prop_map(|(site, one, two, three)| {
        let mut world = World { site, ..World::new(vec![one, two, three]) };
        for station in 0..2 {
            world.mean(station, &Meaning::Operator { operator: OperatorId(station as i64 + 1) });
        }
        world
    })
}

/// The scan that the prompt asks for.
fn obey(world: &World, station: usize, finishing: bool) -> Meaning {
    let goods = |stock: StockKey| Meaning::Goods {
        item: stock.item,
        quantity: Quantity::ONE,
        carton: Some(stock.carton),
        lot: Some(if stock.lot.is_empty() { "K".to_owned() } else { stock.lot }),
        serial: None,
    };
    let lamp = StockKey { item: ItemId(1), carton: 1, lot: String::new() };
    match world.stations[station].prompt(&world.floor, &world.site) {
        Prompt::ScanBadge => Meaning::Operator { operator: OperatorId(1) },
        Prompt::EnterPin { operator } => unreachable!("nobody at this site has a PIN, not even {operator}"),
        Prompt::ScanTask => {
            let open = world.floor.open().next().map_or("none", |progress| progress.task.number.as_str());
            Meaning::Command { command: Command::Task { number: open.to_owned() } }
        }
        Prompt::GoTo { location, .. } => Meaning::Location { location: location.unwrap_or(LocationId(1)) },
        Prompt::ScanGoods { stock, .. } => goods(stock.unwrap_or(lamp)),
        Prompt::Confirm if finishing => Meaning::Command { command: Command::Confirm },
        Prompt::Confirm => Meaning::Command { command: Command::Close },
    }
}

fn take(world: &mut World, station: usize, step: &Step, finishing: bool) -> Option<Verdict> {
    let task = |world: &World, index: &Index| world.floor.tasks.values().nth(index.index(world.floor.tasks.len())).map(|p| p.task.clone());
    match step {
        Step::Follow => {
            let meaning = obey(world, station, finishing);
            Some(world.mean(station, &meaning))
        }
        Step::Scan(meaning) => Some(world.mean(station, meaning)),
        Step::UndoOne(index) => {
            let target = ScanId(index.index(world.facts.len()) as u128 + 1);
            let can = world.stations[station].can_undo(&world.floor, target);
            let verdict = world.undo(station, target);
            assert_eq!(can, matches!(verdict, Verdict::Undone { .. }));
            Some(verdict)
        }
        Step::Withdraw(index) => {
            let id = task(world, index)?.id;
            world.floor.withdraw(id);
            None
        }
        Step::Release(index, units) => {
            let mut task = task(world, index)?;
            task.lines.iter_mut().filter(|line| line.stock.is_some()).for_each(|line| line.quantity = Quantity::units(*units));
            world.floor.release(task);
            None
        }
        Step::Restart => {
            let station = &mut world.stations[station];
            *station = serde_json::from_str::<Station>(&serde_json::to_string(station).unwrap()).unwrap();
            world.floor = serde_json::from_str::<Floor>(&serde_json::to_string(&rebuilt(world)).unwrap()).unwrap();
            None
        }
    }
}

/// The floor as it follows from the tasks released and the facts recorded.
fn rebuilt(world: &World) -> Floor {
    let mut floor = Floor::default();
    for progress in world.floor.tasks.values() {
        floor.release(progress.task.clone());
        if progress.withdrawn {
            floor.withdraw(progress.task.id);
        }
    }
    world.facts.iter().for_each(|fact| floor.apply_fact(fact));
    floor
}

/// Net amount by line and stock, straight from the facts of a task.
fn net(world: &World, task: TaskId) -> BTreeMap<(LineId, StockKey), i64> {
    let mut net = BTreeMap::new();
    for movement in world.facts.iter().filter(|fact| fact.task == Some(task)).flat_map(|fact| movements(&fact.effects)) {
        let sign = if movement.reverses.is_some() { -1 } else { 1 };
        if let Some(line) = movement.line {
            *net.entry((line, movement.stock)).or_default() += sign * movement.quantity.raw();
        }
    }
    net
}

fn check_pick(world: &World, progress: &TaskProgress, finished_now: Option<bool>) {
    let net = net(world, progress.task.id);
    let done = |line: &TaskLine| net.iter().filter(|((id, _), _)| *id == line.id).map(|(_, amount)| amount).sum::<i64>();
    if let Some(complete) = finished_now {
        let all = progress.task.lines.iter().filter(|line| line.stock.is_some()).all(|line| done(line) >= line.quantity.raw());
        assert_eq!(complete, all, "a pick is complete with every carton of every set, and only then: {progress:?}");
    }
    for set in 1..3 {
        let lines: BTreeSet<LineId> = progress
            .task
            .lines
            .iter()
            .filter(|l| l.set == set && l.stock.as_ref().is_some_and(|s| s.lot.is_empty()))
            .map(|l| l.id)
            .collect();
        let lots: BTreeSet<&str> = net
            .iter()
            .filter(|((id, s), n)| **n > 0 && lines.contains(id) && !s.lot.is_empty())
            .map(|((_, s), _)| s.lot.as_str())
            .collect();
        assert!(lots.len() <= 1, "set {set} has lots {lots:?}");
    }
}

proptest! {
    #[test]
    fn whatever_is_scanned_books_and_progress_follow_from_the_facts(mut world in any_world(), steps in vec(any_step(true), 1..60)) {
        for (station, step) in &steps {
            let verdict = take(&mut world, *station, step, true);
            prop_assert!(world.books.out_of_balance().is_empty());
            if let Some(verdict) = verdict {
                let fact = world.facts.last().unwrap();
                let finished = fact.effects.iter().find_map(|e| if let Effect::TaskFinished { complete } = e { Some(*complete) } else { None });
                if let Some(progress) = fact.task.and_then(|task| world.floor.tasks.get(&task)).filter(|p| p.task.kind == TaskKind::Pick) {
                    check_pick(&world, progress, finished);
                }
                if let Verdict::TaskComplete { task } | Verdict::TaskFinishedShort { task, .. } = verdict {
                    prop_assert_eq!(finished, Some(matches!(verdict, Verdict::TaskComplete { .. })));
                    prop_assert_eq!(fact.task, Some(task));
                }
            }
            for station in &world.stations {
                prop_assert!(station.history.len() <= qitao_domain::work::station::UNDO_DEPTH);
                let _ = station.prompt(&world.floor, &world.site);
            }
        }
        prop_assert_eq!(&rebuilt(&world), &world.floor);
        let mut sums: BTreeMap<(LocationId, StockKey), Quantity> = BTreeMap::new();
        for movement in world.facts.iter().flat_map(|fact| movements(&fact.effects)) {
            prop_assert!(movement.quantity.is_positive());
            prop_assert!([movement.from, movement.to].iter().all(|place| world.site.locations.iter().any(|known| known.id == *place)));
            *sums.entry((movement.from, movement.stock.clone())).or_default() -= movement.quantity;
            *sums.entry((movement.to, movement.stock)).or_default() += movement.quantity;
        }
        sums.retain(|_, amount| !amount.is_zero());
        let books: BTreeMap<_, _> = world.books.iter().map(|(place, stock, amount)| ((place, stock.clone()), amount)).collect();
        prop_assert_eq!(sums, books);
    }

    #[test]
    fn undoing_everything_returns_to_the_start(mut world in any_world(), steps in vec(any_step(false), 1..20), last in 0..2_usize) {
        let start = world.floor.clone();
        for (station, step) in &steps {
            take(&mut world, *station, step, false);
        }
        for station in [last, 1 - last] {
            while world.scan(station, "QT-UNDO") != Verdict::NothingToUndo {}
        }
        prop_assert_eq!(world.books.iter().count(), 0);
        for (progress, before) in world.floor.tasks.values().zip(start.tasks.values()) {
            prop_assert!(progress.counting.iter().all(|(_, seen)| seen.is_empty()));
            let as_before = TaskProgress { started: before.started, counting: Vec::new(), ..progress.clone() };
            prop_assert_eq!(&as_before, before);
        }
        prop_assert!(world.stations.iter().all(|station| station.held.is_empty() && station.quantity.is_none()));
    }

    #[test]
    fn what_a_decision_did_to_a_task_can_be_taken_back_exactly(mut world in any_world(), steps in vec(any_step(true), 1..60)) {
        for (station, step) in &steps {
            let (before, facts) = (world.floor.clone(), world.facts.len());
            take(&mut world, *station, step, true);
            let Some(fact) = world.facts.get(facts) else { continue };
            if fact.effects.iter().any(|effect| matches!(effect, Effect::CountFinished { .. })) {
                continue;
            }
            let mut floor = world.floor.clone();
            if let Some(progress) = fact.task.and_then(|task| floor.tasks.get_mut(&task)) {
                progress.take_back(&fact.effects);
            }
            prop_assert_eq!(floor, before, "{:?}", fact);
        }
    }

    #[test]
    fn who_does_what_is_asked_finishes_every_task(mut world in any_world()) {
        // Lines for goods that this site cannot book (kits, unknown items, wrong cartons, places it does not have) are dropped by the hub.
        let (site, floor) = (world.site.clone(), &mut world.floor);
        for progress in floor.tasks.values_mut() {
            progress.task.lines.retain(|line| {
                let stock = line.stock.as_ref().is_none_or(|stock| {
                    let item = site.items.iter().find(|item| item.id == stock.item);
                    item.is_some_and(|item| item.parts.is_empty() && stock.carton <= item.cartons && (item.by_lot || stock.lot.is_empty()))
                });
                stock && line.location.is_none_or(|place| site.locations.iter().any(|known| known.id == place))
            });
        }
        for _ in 0..250 {
            let meaning = obey(&world, 0, true);
            world.mean(0, &meaning);
            // A count does not say when a place is done; here it is after one scan.
            if matches!(world.stations[0].prompt(&world.floor, &world.site), Prompt::ScanGoods { stock: None, .. }) {
                world.scan(0, "QT-OK");
            }
        }
        for progress in world.floor.tasks.values() {
            prop_assert_eq!(progress.finished, Some(true), "{:?}\n{:?}", progress, world.facts.last());
            prop_assert!(progress.is_complete() && progress.left_total().is_zero());
            prop_assert!(progress.done_total() == progress.asked());
        }
    }
}
