//! Two edges of a site at the same pick: whatever is delivered late, twice or not at all, nothing is counted twice, and no more is picked than
//! was asked and than edges could not know of each other.

#![allow(clippy::unwrap_used, reason = "test helpers fail loudly")]

use std::collections::VecDeque;

use proptest::collection::vec;
use proptest::prelude::*;
use qitao_domain::catalog::StockKey;
use qitao_domain::event::Effect;
use qitao_domain::ids::{EdgeId, ItemId, LineId, LocationId, ScanId, TaskId};
use qitao_domain::quantity::Quantity;
use qitao_domain::work::{Floor, LineShare, Shares, Task, TaskKind, TaskLine};

use crate::work_world::SITE;

const TASK: TaskId = TaskId(1);
const LINES: i64 = 3;
const ASKED: i64 = 4;

#[derive(Debug, Clone)]
enum Step {
    /// A unit of a line is scanned, when the edge believes that it is still wanted.
    Pick { edge: usize, line: i64, lot: bool },
    /// What is left of a line is declared missing.
    Short { edge: usize, line: i64 },
    /// The edge's last fact is taken back.
    Undo { edge: usize },
    /// The hub books the oldest facts of an edge, and tells the other.
    Up { edge: usize, many: usize },
    /// The edge hears the oldest of what the hub said; or it is lost on the way.
    Down { edge: usize, lost: bool },
    /// The hub has all of an edge; then its disk is lost, and it joins again.
    Forget { edge: usize },
}

fn any_step() -> impl Strategy<Value = Step> {
    let edge = 0..2_usize;
    prop_oneof![
        6 => (edge.clone(), 0..LINES, any::<bool>()).prop_map(|(edge, line, lot)| Step::Pick { edge, line, lot }),
        1 => (edge.clone(), 0..LINES).prop_map(|(edge, line)| Step::Short { edge, line }),
        1 => edge.clone().prop_map(|edge| Step::Undo { edge }),
        3 => (edge.clone(), 1..4_usize).prop_map(|(edge, many)| Step::Up { edge, many }),
        3 => (edge.clone(), prop::bool::weighted(0.2)).prop_map(|(edge, lost)| Step::Down { edge, lost }),
        1 => edge.prop_map(|edge| Step::Forget { edge }),
    ]
}

fn task() -> Task {
    let line = |id| TaskLine {
        id: LineId(id),
        stock: Some(StockKey { item: ItemId(1), carton: 1, lot: String::new() }),
        quantity: Quantity::units(ASKED),
        location: None,
        set: 0,
    };
    Task {
        id: TASK,
        number: "PK-1".into(),
        kind: TaskKind::Pick,
        site: SITE,
        reference: String::new(),
        lines: (0..LINES).map(line).collect(),
    }
}

#[derive(Default)]
struct Edge {
    floor: Floor,
    /// Facts that can be taken back.
    past: Vec<(ScanId, Vec<Effect>)>,
    up: VecDeque<Vec<Effect>>,
    down: VecDeque<Vec<LineShare>>,
}

struct Chain {
    edges: [Edge; 2],
    hub: Shares,
    scans: u128,
}

fn name(edge: usize) -> EdgeId {
    EdgeId::new(format!("edge-{edge}")).unwrap()
}

impl Chain {
    fn new() -> Self {
        let mut chain = Self { edges: [Edge::default(), Edge::default()], hub: Shares::default(), scans: 0 };
        chain.edges.iter_mut().for_each(|edge| edge.floor.release(task()));
        chain
    }

    fn record(&mut self, edge: usize, effects: Vec<Effect>, undoable: bool) {
        self.scans += 1;
        let scan = ScanId(self.scans);
        let edge = &mut self.edges[edge];
        edge.floor.tasks.get_mut(&TASK).unwrap().apply(&effects);
        if undoable {
            edge.past.push((scan, effects.clone()));
        }
        edge.up.push_back(effects);
    }

    /// Done of a line at the hub and on the way to it.
    fn really(&self, line: i64) -> Quantity {
        let mut all = self.hub.clone();
        for (n, edge) in self.edges.iter().enumerate() {
            edge.up.iter().for_each(|effects| all.apply(&name(n), effects));
        }
        let nobody = EdgeId::new("nobody").unwrap();
        all.others(&nobody).into_iter().find(|share| share.line == LineId(line)).map_or(Quantity::ZERO, |share| share.done)
    }

    fn book(&mut self, edge: usize, many: usize) {
        for _ in 0..many {
            let Some(effects) = self.edges[edge].up.pop_front() else { return };
            self.hub.apply(&name(edge), &effects);
            let other = 1 - edge;
            let others = self.hub.others(&name(other));
            self.edges[other].down.push_back(others);
        }
    }

    fn take(&mut self, step: &Step) {
        match *step {
            Step::Pick { edge, line, lot } => {
                let progress = &self.edges[edge].floor.tasks[&TASK];
                if progress.line_left(&progress.task.lines[usize::try_from(line).unwrap()]) < Quantity::ONE {
                    return;
                }
                let stock = StockKey { item: ItemId(1), carton: 1, lot: if lot { "K7".into() } else { String::new() } };
                let (from, to) = (LocationId(1), LocationId(2));
                let effect =
                    Effect::Moved { stock, quantity: Quantity::ONE, from, to, line: Some(LineId(line)), reverses: None, serial: None };
                self.record(edge, vec![effect], true);
            }
            Step::Short { edge, line } => {
                let progress = &self.edges[edge].floor.tasks[&TASK];
                let quantity = progress.line_left(&progress.task.lines[usize::try_from(line).unwrap()]);
                if quantity.is_positive() {
                    self.record(edge, vec![Effect::Short { line: LineId(line), quantity, reverses: None }], true);
                }
            }
            Step::Undo { edge } => {
                let Some((scan, effects)) = self.edges[edge].past.pop() else { return };
                let back = effects.into_iter().map(|effect| match effect {
                    Effect::Moved { stock, quantity, from, to, line, serial, .. } => {
                        Effect::Moved { stock, quantity, from: to, to: from, line, reverses: Some(scan), serial }
                    }
                    Effect::Short { line, quantity, .. } => Effect::Short { line, quantity: -quantity, reverses: Some(scan) },
                    other => other,
                });
                let back = back.collect();
                self.record(edge, back, false);
            }
            Step::Up { edge, many } => self.book(edge, many),
            Step::Down { edge, lost } => {
                if let Some(others) = self.edges[edge].down.pop_front().filter(|_| !lost) {
                    self.edges[edge].floor.share(TASK, others);
                }
            }
            Step::Forget { edge } => {
                self.book(edge, usize::MAX);
                let name = name(edge);
                let mut fresh = Edge::default();
                fresh.floor.release_begun(task(), &self.hub.own(&name), self.hub.others(&name));
                self.edges[edge] = fresh;
            }
        }
    }

    /// Both edges say hello: the hub has everything, and they hear it.
    fn meet(&mut self) {
        for edge in [0, 1] {
            self.book(edge, usize::MAX);
        }
        for edge in [0, 1] {
            let others = self.hub.others(&name(edge));
            self.edges[edge].floor.share(TASK, others);
            self.edges[edge].down.clear();
        }
    }
}

proptest! {
    #[test]
    fn two_edges_pick_no_more_than_they_could_not_know_of(steps in vec(any_step(), 1..120)) {
        let mut chain = Chain::new();
        let mut unknown = [Quantity::ZERO; LINES as usize];
        for step in &steps {
            // What this edge does not know is there: the other has it, and word of it is still on its way. (What the other has taken back and
            // this one believes done does no harm.)
            if let Step::Pick { edge, line, .. } = *step {
                let believed = chain.edges[edge].floor.tasks[&TASK].line_done(LineId(line));
                let at = usize::try_from(line).unwrap();
                unknown[at] = unknown[at].max(chain.really(line) - believed);
            }
            chain.take(step);
            for (at, unknown) in unknown.iter().enumerate() {
                let done = chain.really(i64::try_from(at).unwrap());
                prop_assert!(done <= Quantity::units(ASKED) + *unknown, "line {at}: {done} done, {unknown} unknown");
            }
        }
        chain.meet();
        let nobody = EdgeId::new("nobody").unwrap();
        let all = chain.hub.others(&nobody);
        for line in 0..LINES {
            let share = all.iter().find(|share| share.line == LineId(line));
            for edge in &chain.edges {
                let progress = &edge.floor.tasks[&TASK];
                prop_assert_eq!(progress.line_done(LineId(line)), share.map_or(Quantity::ZERO, |share| share.done));
                prop_assert_eq!(progress.line_short(LineId(line)), share.map_or(Quantity::ZERO, |share| share.short));
            }
        }
    }

    #[test]
    fn edges_that_hear_each_other_at_once_pick_exactly_what_is_asked(steps in vec(any_step(), 1..120)) {
        let mut chain = Chain::new();
        for step in &steps {
            chain.take(step);
            chain.meet();
            for line in 0..LINES {
                prop_assert!(chain.really(line) <= Quantity::units(ASKED));
            }
        }
    }
}

#[test]
fn an_edge_that_joins_again_does_not_start_from_nothing_and_keeps_to_the_lot() {
    let mut chain = Chain::new();
    let pick = |edge| Step::Pick { edge, line: 0, lot: true };
    for step in [pick(0), pick(0), pick(1), Step::Up { edge: 0, many: 9 }, Step::Up { edge: 1, many: 9 }, Step::Forget { edge: 0 }] {
        chain.take(&step);
    }
    let progress = &chain.edges[0].floor.tasks[&TASK];
    assert_eq!((progress.line_done(LineId(0)), progress.started), (Quantity::units(3), true));
    assert_eq!(progress.lot_of(&progress.task.lines[0]), Some("K7"));
    let mut other = Floor::default();
    other.release_begun(task(), &[], chain.hub.others(&EdgeId::new("third").unwrap()));
    assert_eq!(other.tasks[&TASK].lot_of(&other.tasks[&TASK].task.lines[0]), Some("K7"), "one lot for the line, whoever began it");
    let again = chain.edges[0].floor.release_begun(task(), &chain.hub.own(&name(0)), chain.hub.others(&name(0)));
    assert!(again.is_empty(), "a task that is known is not begun once more");
    assert_eq!(chain.edges[0].floor.tasks[&TASK].line_done(LineId(0)), Quantity::units(3));
}
