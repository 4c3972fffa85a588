//! One decision: what an input means, what the station answers, and which rows change with it. All of it under the floor's lock, none of it
//! waiting for anything.

use std::borrow::Cow;
use std::sync::atomic::Ordering;

use qitao_domain::barcode::{Command, Meaning, Pin, classify, text_of};
use qitao_domain::catalog::Directory as _;
use qitao_domain::event::{Effect, Fact, Source};
use qitao_domain::ids::{OperatorId, ScanId, SiteId, StationId};
use qitao_domain::scan::{Framing, Scan, Stamp};
use qitao_domain::work::{Outcome, Station, Tone, Verdict};

use super::before::Before;
use super::once::Kept;
use super::pins::{Looked, Tried, WithPins};
use super::{Core, CoreError, Input, Recorded, Work, keep, view};
use crate::clock;
use crate::outbox::{Append, OutboxError, Pending, Slot};
use crate::replica::Catalogue;

/// What the input says, ready for the station.
enum Step {
    Meaning(Meaning),
    BadFrame,
    Undo(ScanId),
    Note { verdict: Verdict, effects: Vec<Effect>, rows: Append },
}

impl Step {
    /// Whether this may finish something, and throw away what was kept until then.
    const fn confirms(&self) -> bool {
        matches!(self, Self::Meaning(Meaning::Command { command: Command::Confirm }))
    }

    const fn is_pin(&self) -> bool {
        matches!(self, Self::Meaning(Meaning::Command { command: Command::Pin { .. } }))
    }
}

/// What becomes of the other stations when somebody logs in here who is there already.
#[derive(Default)]
struct Leaves {
    /// Whose work goes along.
    along: Option<StationId>,
    /// Those that are just left.
    rest: Vec<StationId>,
}

impl Leaves {
    fn stations(&self) -> impl Iterator<Item = &StationId> {
        self.along.iter().chain(&self.rest)
    }
}

impl Core {
    /// Decides and queues the fact. The caller waits for its durability before anybody hears of the answer. A decision whose rows cannot be made is
    /// taken back: nothing has happened then. The last one tells whether another station changed with it.
    pub(super) fn decide(
        &self,
        id: &StationId,
        input: Input,
        looked: Option<&Looked>,
        slot: Option<Slot>,
        once: Option<&str>,
    ) -> Result<(Recorded, Option<Pending>, bool), CoreError> {
        let catalogue = self.replica.catalogue();
        let (source, at, step) = read(input, &catalogue);
        let scan = ScanId(rand::random());

        let mut work = self.floor()?;
        let work = &mut *work;
        let comes = comes(work, id, &step);
        let leaves = self.leaves(work, id, comes);
        let now = clock::stamp();
        let tried = comes.and_then(|operator| Some(Tried { operator, badge: catalogue.operator(operator)?.badge.clone() }));
        let locked = tried.as_ref().and_then(|tried| self.locked(work, tried, now));
        let wanted = self.pins.load(Ordering::Relaxed);
        let directory = WithPins { catalogue: &catalogue, outbox: &self.outbox, wanted, looked, locked };
        let pin_typed = step.is_pin();
        let before = Before::of(work, id, leaves.stations(), step.confirms());
        let post = work.stations.entry(id.clone()).or_default();
        let operator = post.station.operator;
        let (outcome, rows) = match step {
            Step::Meaning(meaning) => (post.station.handle(&mut work.floor, &directory, scan, &meaning), Append::new()),
            Step::Undo(target) => (post.station.undo_scan(&mut work.floor, scan, target), Append::new()),
            Step::BadFrame => (nothing(Verdict::BadFrame, post.station.task), Append::new()),
            Step::Note { verdict, effects, rows } => (Outcome { verdict, effects, task: post.station.task }, rows),
        };
        let left = if matches!(outcome.verdict, Verdict::LoggedIn { .. }) { leaves } else { Leaves::default() };
        move_work(work, &left, id);
        let post = work.stations.entry(id.clone()).or_default();
        match outcome.verdict.tone() {
            Tone::Right | Tone::Attention => post.counts.right += 1,
            Tone::Wrong => post.counts.wrong += 1,
        }
        work.order += 1;
        let fact = Fact {
            scan,
            site: self.site.unwrap_or(SiteId(0)),
            station: id.clone(),
            operator: post.station.operator.or(operator),
            at,
            source,
            task: outcome.task,
            verdict: outcome.verdict,
            effects: outcome.effects,
        };
        let pending = match slot {
            Some(slot) => match self.rows(rows, work, &before, &fact, &left, once).and_then(|(mut rows, kept)| {
                let mut tries = None;
                if let Some(tried) = tried.as_ref().filter(|_| pin_typed) {
                    match fact.verdict {
                        Verdict::LoggedIn { operator } => {
                            directory.right(operator, &mut rows)?;
                            tries = self.count_pin(work, tried, true, now, &mut rows)?;
                        }
                        Verdict::WrongPin { .. } => tries = self.count_pin(work, tried, false, now, &mut rows)?,
                        _ => {}
                    }
                }
                Ok((rows, kept, tries))
            }) {
                Ok((rows, kept, tries)) => {
                    if let (Some(tried), Some(tries)) = (&tried, tries) {
                        work.pin_tries.insert(tried.operator, tries);
                    }
                    if let Some(kept) = kept {
                        self.once.keep(kept);
                    }
                    Some(slot.send(rows))
                }
                Err(error) => {
                    tracing::error!(station = %id, %error, "a scan cannot be recorded; nothing was changed");
                    before.restore(work, &fact);
                    return Err(error.into());
                }
            },
            None => None,
        };
        let post = work.stations.entry(id.clone()).or_default();
        let station = view::station_now(id, post, &work.floor, &*catalogue);
        Ok((Recorded { order: work.order, fact, seq: None, station }, pending, left.stations().next().is_some()))
    }

    /// The stations that somebody leaves who comes to this one. Nothing goes along to where that person works already: the work there would be
    /// lost. And a station with goods in hand is not just left: they stand somewhere and are in no books.
    fn leaves(&self, work: &Work, id: &StationId, comes: Option<OperatorId>) -> Leaves {
        if comes.is_none() || !self.one_station.load(Ordering::Relaxed) {
            return Leaves::default();
        }
        let here = work.stations.get(id).map(|post| &post.station);
        let others: Vec<_> = work.stations.iter().filter(|(other, post)| *other != id && post.station.operator == comes).collect();
        let holding = others.iter().find(|(_, post)| !post.station.held.is_empty());
        let is_new = here.is_none_or(|station| station.operator != comes);
        let along = holding.or(others.first()).filter(|_| is_new).map(|(other, _)| (*other).clone());
        let rest = others.iter().filter(|(other, post)| along.as_ref() != Some(*other) && post.station.held.is_empty());
        Leaves { rest: rest.map(|(other, _)| (*other).clone()).collect(), along }
    }

    /// All rows of a decision. What it changes besides (numbers of rows at the station) goes back with the station.
    fn rows(
        &self,
        mut rows: Append,
        work: &mut Work,
        before: &Before,
        fact: &Fact,
        left: &Leaves,
        once: Option<&str>,
    ) -> Result<(Append, Option<Kept>), OutboxError> {
        let fact = &*shortened(fact);
        if let Some(progress) = fact.task.and_then(|task| work.floor.tasks.get(&task)) {
            keep::put_progress(&mut rows, progress, &fact.effects, before, &self.outbox)?;
        }
        for station in left.stations().chain([&fact.station]) {
            if let Some(post) = work.stations.get_mut(station) {
                keep::put_station(&mut rows, station, post)?;
            }
        }
        let kept = once.map(|key| self.once.place(&fact.station, key));
        if let Some(kept) = &kept {
            kept.put(&mut rows, fact)?;
        }
        Ok((rows.with_fact(fact)?, kept))
    }

    /// The answer when the disk is nearly full: nothing is decided and nothing recorded.
    pub(super) fn refuse(&self, id: &StationId, input: &Input) -> Recorded {
        let catalogue = self.replica.catalogue();
        let mut work = self.work();
        let work = &mut *work;
        work.order += 1;
        let post = work.stations.entry(id.clone()).or_default();
        let source = match input {
            Input::Scan(scan) => source_of(scan),
            Input::Command(command) => Source::Panel { command: Pin::hidden(command).to_owned() },
            Input::Undo(_) => Source::Panel { command: "QT-UNDO".into() },
            Input::LogOut { why: what } | Input::Note { what, .. } => Source::Edge { what: what.clone() },
        };
        let fact = Fact {
            scan: ScanId(rand::random()),
            site: self.site.unwrap_or(SiteId(0)),
            station: id.clone(),
            operator: post.station.operator,
            at: clock::stamp(),
            source,
            task: post.station.task,
            verdict: Verdict::DiskNearlyFull,
            effects: Vec::new(),
        };
        let station = view::station_now(id, post, &work.floor, &*catalogue);
        Recorded { order: work.order, fact, seq: None, station }
    }
}

/// Who shows a badge, or types the PIN that a badge waits for.
fn comes(work: &Work, id: &StationId, step: &Step) -> Option<OperatorId> {
    match step {
        Step::Meaning(Meaning::Operator { operator }) => Some(*operator),
        _ if step.is_pin() => work.stations.get(id)?.station.pending,
        _ => None,
    }
}

fn read(input: Input, catalogue: &Catalogue) -> (Source, Stamp, Step) {
    match input {
        Input::Scan(scan) => {
            let step = match scan.framing {
                Framing::Whole => Step::Meaning(classify(catalogue, &scan.payload, scan.symbology)),
                Framing::Torn | Framing::TooLong => Step::BadFrame,
            };
            (source_of(&scan), scan.captured_at, step)
        }
        Input::Command(command) => {
            let meaning = classify(catalogue, command.as_bytes(), None);
            (Source::Panel { command: Pin::hidden(&command).to_owned() }, clock::stamp(), Step::Meaning(meaning))
        }
        Input::Undo(target) => (Source::Panel { command: "QT-UNDO".into() }, clock::stamp(), Step::Undo(target)),
        Input::LogOut { why } => {
            let meaning = Meaning::Command { command: Command::LogOut };
            (Source::Edge { what: why }, clock::stamp(), Step::Meaning(meaning))
        }
        Input::Note { what, verdict, effects, rows } => (Source::Edge { what }, clock::stamp(), Step::Note { verdict, effects, rows }),
    }
}

/// The work goes with the person who does it: task, place, goods in hand, and the way back. What is left is as new.
fn move_work(work: &mut Work, left: &Leaves, to: &StationId) {
    for other in &left.rest {
        if let Some(post) = work.stations.get_mut(other) {
            post.station = Station::default();
        }
    }
    let along = left.along.as_ref().and_then(|from| work.stations.get_mut(from));
    let Some(along) = along.map(|post| std::mem::take(&mut post.station)) else { return };
    let post = work.stations.entry(to.clone()).or_default();
    let begun = std::mem::replace(&mut post.station, along);
    post.station.history.extend(begun.history);
}

fn source_of(scan: &Scan) -> Source {
    let payload = Pin::hidden(&text_of(&scan.payload)).to_owned();
    Source::Scanner { device: scan.device.clone(), payload, symbology: scan.symbology, framing: scan.framing }
}

fn nothing(verdict: Verdict, task: Option<qitao_domain::ids::TaskId>) -> Outcome {
    Outcome { verdict, effects: Vec::new(), task }
}

/// The fact as it is recorded. An answer that lists more than a row can hold is cut: the list is for the operator's eyes, the books follow from the
/// effects.
fn shortened(fact: &Fact) -> Cow<'_, Fact> {
    const SHOWN: usize = 100;
    let verdict = match &fact.verdict {
        Verdict::Incomplete { missing } if missing.len() > SHOWN => Verdict::Incomplete { missing: missing[..SHOWN].to_vec() },
        Verdict::TaskFinishedShort { task, missing } if missing.len() > SHOWN => {
            Verdict::TaskFinishedShort { task: *task, missing: missing[..SHOWN].to_vec() }
        }
        Verdict::WrongLot { item, lot, needed } if needed.len() > SHOWN => {
            Verdict::WrongLot { item: *item, lot: lot.clone(), needed: needed[..SHOWN].to_vec() }
        }
        _ => return Cow::Borrowed(fact),
    };
    Cow::Owned(Fact { verdict, ..fact.clone() })
}
