//! How floor and stations are kept: many small rows, so that a scan writes what it changed and not the whole task.
//!
//! | key | value |
//! |---|---|
//! | `task/T` | the task without its lines |
//! | `lines/T/N` | its lines in pieces of [`PIECE`] |
//! | `head/T` | begun, finished, withdrawn, locations counted |
//! | `line/T/L` | done, short, lots of one line, here and at other edges |
//! | `seen/T/L` | a location is being counted; in rows of earlier agents, all that was seen there |
//! | `seen/T/L/I-C-D` | how much of one stock (item, carton, dye lot) was seen there |
//! | `station/S` | the station without its history, and the order of its `past` |
//! | `past/S/N` | one fact that can be undone; a new one takes the place of one that no longer can |
//! | `tasks-through` | highest entry of the hub's task log that is kept |
//! | `edge` | whose tasks these are |
//!
//! Progress changes only by effects ([`TaskProgress::apply`]); so the effects of a fact name the rows that it changed.

use std::collections::{BTreeMap, BTreeSet};

use qitao_domain::catalog::StockKey;
use qitao_domain::event::Effect;
use qitao_domain::ids::{EdgeId, LineId, LocationId, ScanId, StationId, TaskId};
use qitao_domain::quantity::Quantity;
use qitao_domain::work::{LineShare, Station, Task, TaskLine, TaskProgress};
use serde::{Deserialize, Serialize};

use super::before::Before;
use super::{Counts, Post, Work};
use crate::outbox::{Append, Outbox, OutboxError};

/// Lines of a task in one row.
const PIECE: usize = 200;
const THROUGH: &str = "tasks-through";
const OWNER: &str = "edge";
/// Of tasks, all but the stations that work on them: those notice.
const OF_TASKS: [&str; 5] = ["task/", "lines/", "head/", "line/", "seen/"];

#[derive(Default, Serialize, Deserialize)]
struct Head {
    started: bool,
    finished: Option<bool>,
    withdrawn: bool,
    counted: Vec<LocationId>,
}

#[derive(Default, Serialize, Deserialize)]
struct Line {
    #[serde(default)]
    done: Quantity,
    #[serde(default)]
    short: Quantity,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    lots: Vec<(String, Quantity)>,
    /// What other edges did of it, as the hub last said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    others: Option<LineShare>,
}

#[derive(Serialize, Deserialize)]
struct KeptStation {
    station: Station,
    counts: Counts,
    /// Numbers of the `past` rows, oldest fact first; missing in stations kept by earlier agents, whose numbers grew.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    past: Vec<u64>,
}

/// A `seen` row.
#[derive(Deserialize)]
#[serde(untagged)]
enum Seen {
    All(Vec<(StockKey, Quantity)>),
    One(StockKey, Quantity),
}

type Past = (ScanId, Option<TaskId>, Vec<Effect>);

/// The task and all its progress, as on release.
pub(super) fn put_task(rows: &mut Append, progress: &TaskProgress, lines_before: usize) -> Result<(), OutboxError> {
    let task = &progress.task;
    rows.put(format!("task/{}", task.id), &Task { lines: Vec::new(), ..task.clone() })?;
    for (n, piece) in task.lines.chunks(PIECE).enumerate() {
        rows.put(format!("lines/{}/{n:05}", task.id), &piece)?;
    }
    for n in task.lines.len().div_ceil(PIECE)..lines_before.div_ceil(PIECE) {
        rows.delete(format!("lines/{}/{n:05}", task.id));
    }
    put_head(rows, progress)
}

pub(super) fn put_head(rows: &mut Append, progress: &TaskProgress) -> Result<(), OutboxError> {
    let TaskProgress { started, finished, withdrawn, counted, .. } = progress;
    let head = Head { started: *started, finished: *finished, withdrawn: *withdrawn, counted: counted.clone() };
    rows.put(format!("head/{}", progress.task.id), &head)
}

/// Everything kept of a task.
pub(super) fn delete_task(rows: &mut Append, progress: &TaskProgress) {
    let id = progress.task.id;
    rows.delete(format!("task/{id}"));
    rows.delete(format!("head/{id}"));
    for n in 0..progress.task.lines.len().div_ceil(PIECE) {
        rows.delete(format!("lines/{id}/{n:05}"));
    }
    let lots = progress.lots.iter().map(|(line, _, _)| line);
    let others = progress.others.iter().map(|share| &share.line);
    for line in progress.done.keys().chain(progress.short.keys()).chain(lots).chain(others).collect::<BTreeSet<_>>() {
        rows.delete(format!("line/{id}/{line}"));
    }
    for (location, seen) in &progress.counting {
        forget_seen(rows, id, *location, seen);
    }
}

/// The rows of a task that these effects changed.
pub(super) fn put_progress(
    rows: &mut Append,
    progress: &TaskProgress,
    effects: &[Effect],
    before: &Before,
    outbox: &Outbox,
) -> Result<(), OutboxError> {
    let id = progress.task.id;
    let mut lines = BTreeSet::new();
    let mut locations: BTreeMap<LocationId, BTreeSet<&StockKey>> = BTreeMap::new();
    let mut head = false;
    for effect in effects {
        match effect {
            Effect::Moved { line: Some(line), .. } | Effect::Short { line, .. } => drop(lines.insert(*line)),
            Effect::CountStarted { location } => drop(locations.entry(*location).or_default()),
            Effect::Counted { location, stock, .. } => drop(locations.entry(*location).or_default().insert(stock)),
            Effect::CountFinished { location } => {
                head = true;
                locations.entry(*location).or_default();
            }
            Effect::TaskStarted | Effect::TaskFinished { .. } => head = true,
            Effect::Moved { line: None, .. }
            | Effect::LoggedIn { .. }
            | Effect::LoggedOut
            | Effect::UnknownBarcode { .. }
            | Effect::Printed { .. } => {}
        }
    }
    put_lines(rows, progress, &lines)?;
    for (location, stocks) in locations {
        match progress.seen(location) {
            Some(seen) => put_seen(rows, (id, location), seen, &stocks, outbox)?,
            None => forget_seen(rows, id, location, before.seen(location)),
        }
    }
    if head { put_head(rows, progress) } else { Ok(()) }
}

/// What was seen of these stocks at a location; everything when it is not kept by stock yet.
fn put_seen(
    rows: &mut Append,
    (task, location): (TaskId, LocationId),
    seen: &[(StockKey, Quantity)],
    stocks: &BTreeSet<&StockKey>,
    outbox: &Outbox,
) -> Result<(), OutboxError> {
    let mark = seen_key(task, location);
    // Not there yet, perhaps only because it is on its way to the disk; or as an earlier agent kept it. Writing too much does no harm.
    if outbox.state::<Vec<(StockKey, Quantity)>>(&mark).is_none_or(|all| !all.is_empty()) {
        rows.put(mark, &[(); 0])?;
        for (stock, quantity) in seen {
            rows.put(stock_key(task, location, stock), &(stock, quantity))?;
        }
    }
    for stock in stocks {
        match seen.binary_search_by(|(key, _)| key.cmp(stock)) {
            Ok(index) => rows.put(stock_key(task, location, stock), &seen[index])?,
            Err(_) => rows.delete(stock_key(task, location, stock)),
        }
    }
    Ok(())
}

fn forget_seen(rows: &mut Append, task: TaskId, location: LocationId, seen: &[(StockKey, Quantity)]) {
    rows.delete(seen_key(task, location));
    for (stock, _) in seen {
        rows.delete(stock_key(task, location, stock));
    }
}

fn seen_key(task: TaskId, location: LocationId) -> String {
    format!("seen/{task}/{location}")
}

fn stock_key(task: TaskId, location: LocationId, stock: &StockKey) -> String {
    let StockKey { item, carton, lot } = stock;
    format!("seen/{task}/{location}/{item}-{carton}-{lot}")
}

/// How far these lines of a task are.
pub(super) fn put_lines(rows: &mut Append, progress: &TaskProgress, lines: &BTreeSet<LineId>) -> Result<(), OutboxError> {
    for line in lines {
        let lots = progress.lots.iter().filter(|(l, _, _)| l == line).map(|(_, lot, quantity)| (lot.clone(), *quantity)).collect();
        let kept = Line {
            done: progress.done.get(line).copied().unwrap_or_default(),
            short: progress.short.get(line).copied().unwrap_or_default(),
            lots,
            others: progress.of_others(*line).cloned(),
        };
        rows.put(format!("line/{}/{line}", progress.task.id), &kept)?;
    }
    Ok(())
}

/// The rows of a station that a step changed.
pub(super) fn put_station(rows: &mut Append, id: &StationId, post: &mut Post) -> Result<(), OutboxError> {
    let Post { station, past, counts } = post;
    let history = std::mem::take(&mut station.history);
    let mut free = Vec::new();
    past.retain(|(n, scan)| {
        let stays = history.iter().any(|(kept, _, _)| kept == scan);
        if !stays {
            free.push(*n);
        }
        stays
    });
    let known = past.len();
    for (scan, _, _) in history.iter().filter(|(scan, _, _)| !past.iter().any(|(_, kept)| kept == scan)).collect::<Vec<_>>() {
        let unused = || (0..).find(|n| past.iter().all(|(used, _)| used != n)).unwrap_or_default();
        let n = free.pop().unwrap_or_else(unused);
        past.push((n, *scan));
    }
    let kept = KeptStation { station: station.clone(), counts: *counts, past: past.iter().map(|(n, _)| *n).collect() };
    station.history = history;
    rows.put(format!("station/{id}"), &kept)?;
    for (n, scan) in &past[known..] {
        if let Some(entry) = station.history.iter().find(|(kept, _, _)| kept == scan) {
            rows.put(past_key(id, *n), entry)?;
        }
    }
    for n in free {
        rows.delete(past_key(id, n));
    }
    Ok(())
}

fn past_key(id: &StationId, n: u64) -> String {
    format!("past/{id}/{n:020}")
}

pub(super) fn put_through(rows: &mut Append, through: u64) -> Result<(), OutboxError> {
    rows.put(THROUGH, &through)
}

/// Lets go of the tasks of another edge, when this folder was enrolled as somebody else: they belong to its log, perhaps to another site, and what it
/// did of them comes back from the hub as the work of others. Facts that wait stay; the hub judges them.
pub(super) async fn belong_to(outbox: &Outbox, edge: &EdgeId) -> Result<(), OutboxError> {
    let before: Option<EdgeId> = outbox.state(OWNER);
    if before.as_ref() == Some(edge) {
        return Ok(());
    }
    let mut rows = Append::new();
    if let Some(before) = before {
        tracing::warn!(%before, now = %edge, "this folder was another edge's: its tasks are let go and come anew from the hub");
        for prefix in OF_TASKS {
            for (key, _) in outbox.states::<serde_json::Value>(prefix) {
                rows.delete(format!("{prefix}{key}"));
            }
        }
        rows.delete(THROUGH);
    }
    rows.put(OWNER, edge)?;
    outbox.reserve_even_when_full().await?.send(rows).durable().await.map(drop)
}

/// Floor and stations as they were left.
pub(super) fn read(outbox: &Outbox) -> Work {
    let mut work = Work { tasks_through: outbox.state(THROUGH).unwrap_or(0), ..Work::default() };
    for (_, task) in outbox.states::<Task>("task/") {
        work.floor.tasks.insert(task.id, TaskProgress::new(task));
    }
    for (key, lines) in outbox.states::<Vec<TaskLine>>("lines/") {
        if let Some(progress) = of_task(&mut work, &key) {
            progress.task.lines.extend(lines);
        }
    }
    for (key, head) in outbox.states::<Head>("head/") {
        if let Some(progress) = of_task(&mut work, &key) {
            progress.started = head.started;
            progress.finished = head.finished;
            progress.withdrawn = head.withdrawn;
            progress.counted = head.counted;
        }
    }
    for (key, line) in outbox.states::<Line>("line/") {
        if let (Some(id), Some(progress)) = (last(&key).map(LineId), of_task(&mut work, &key)) {
            if !line.done.is_zero() {
                progress.done.insert(id, line.done);
            }
            if !line.short.is_zero() {
                progress.short.insert(id, line.short);
            }
            progress.lots.extend(line.lots.into_iter().map(|(lot, quantity)| (id, lot, quantity)));
            progress.others.extend(line.others);
        }
    }
    for (key, kept) in outbox.states::<Seen>("seen/") {
        let location = key.split('/').nth(1).and_then(|location| location.parse().ok()).map(LocationId);
        let (Some(location), Some(progress)) = (location, of_task(&mut work, &key)) else { continue };
        // Rows of a location come one after the other.
        if progress.counting.last().is_none_or(|(last, _)| *last != location) {
            progress.counting.push((location, Vec::new()));
        }
        if let Some((_, seen)) = progress.counting.last_mut() {
            match kept {
                Seen::All(all) => seen.extend(all),
                Seen::One(stock, quantity) => seen.push((stock, quantity)),
            }
        }
    }
    for progress in work.floor.tasks.values_mut() {
        progress.lots.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
        progress.others.sort_by_key(|share| share.line);
        progress.counting.sort_by_key(|(location, _)| *location);
        for (_, seen) in &mut progress.counting {
            seen.sort_by(|a, b| a.0.cmp(&b.0));
        }
    }
    read_stations(outbox, &mut work);
    work
}

fn read_stations(outbox: &Outbox, work: &mut Work) {
    let mut orders = BTreeMap::new();
    for (key, kept) in outbox.states::<KeptStation>("station/") {
        if let Ok(id) = StationId::new(key) {
            orders.insert(id.clone(), kept.past);
            work.stations.insert(id, Post { station: kept.station, counts: kept.counts, past: Vec::new() });
        }
    }
    let mut entries: BTreeMap<StationId, Vec<(u64, Past)>> = BTreeMap::new();
    // Keys end in a number of fixed width: without an order of their own they come as the facts were made.
    for (key, entry) in outbox.states::<Past>("past/") {
        let Some((station, n)) = key.rsplit_once('/') else { continue };
        if let (Ok(id), Ok(n)) = (StationId::new(station), n.parse::<u64>()) {
            entries.entry(id).or_default().push((n, entry));
        }
    }
    for (id, mut entries) in entries {
        let (Some(post), Some(order)) = (work.stations.get_mut(&id), orders.get(&id)) else { continue };
        if !order.is_empty() {
            entries.sort_by_key(|(n, _)| order.iter().position(|kept| kept == n));
            entries.retain(|(n, _)| order.contains(n));
        }
        for (n, entry) in entries {
            post.past.push((n, entry.0));
            post.station.history.push(entry);
        }
    }
}

/// The task named first in a key.
fn of_task<'w>(work: &'w mut Work, key: &str) -> Option<&'w mut TaskProgress> {
    let id = key.split('/').next()?.parse().ok()?;
    work.floor.tasks.get_mut(&TaskId(id))
}

/// The number named last in a key.
fn last(key: &str) -> Option<i64> {
    key.rsplit('/').next()?.parse().ok()
}
