//! Counts under way: what was seen at a location, and what the books said when it was first seen.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use serde_json::{Value, json};

use super::cases::{self, Again, Case};
use super::known::Known;
use crate::inventory::{StockKeyAt, variances};
use crate::platform::sql::Sql;
use qitao_domain::ids::{LocationId, TaskId};
use qitao_domain::quantity::Quantity;

/// An item's carton of a lot.
type Thing = (i64, i32, String);

#[derive(Debug, Clone, Copy)]
struct Line {
    counted: i64,
    expected: i64,
    moved: bool,
    changed: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    /// Ended; a difference waits for a person.
    Finished,
    /// Approved or rejected: what was counted is history.
    Decided,
}

#[derive(Debug)]
struct Count {
    state: State,
    started_ms: i64,
    finished_ms: Option<i64>,
    lines: BTreeMap<Thing, Line>,
    /// Lines of an earlier count of the same location in the same task are to go.
    restarted: bool,
    changed: bool,
}

#[derive(FromQueryResult)]
struct CountRow {
    task_id: i64,
    location_id: i64,
    state: String,
    started_ms: i64,
    finished_ms: Option<i64>,
}

#[derive(FromQueryResult)]
struct LineRow {
    task_id: i64,
    location_id: i64,
    item_id: i64,
    carton: i32,
    lot: String,
    counted: i64,
    expected: i64,
    moved_during: bool,
}

#[derive(FromQueryResult)]
struct StockRow {
    location_id: i64,
    item_id: i64,
    carton: i32,
    lot: String,
    quantity: i64,
}

/// The counts that facts touch, and the stock at their locations.
#[derive(Debug, Default)]
pub struct Counting {
    counts: HashMap<(i64, i64), Count>,
    stock: BTreeMap<StockKeyAt, i64>,
}

impl Counting {
    /// Reads the counts that facts go on with, and those that movements may disturb.
    ///
    /// # Errors
    /// What the database said.
    pub async fn load(db: &impl ConnectionTrait, known: &Known) -> Result<Self, DbErr> {
        let mut this = Self::default();
        if known.touched.is_empty() {
            return Ok(this);
        }
        let tasks: BTreeSet<i64> = known.counted.iter().map(|(task, _)| *task).collect();
        let rows: Vec<CountRow> =
            Sql::new("SELECT task_id, location_id, state, started_ms, finished_ms FROM count_location WHERE location_id IN ")
                .list(known.touched.iter().copied())
                .text(" AND (state = 'open' OR task_id IN ")
                .list(tasks)
                .text(")")
                .all(db)
                .await?;
        for row in rows {
            let count = Count {
                state: match row.state.as_str() {
                    "open" => State::Open,
                    "finished" => State::Finished,
                    _ => State::Decided,
                },
                started_ms: row.started_ms,
                finished_ms: row.finished_ms,
                lines: BTreeMap::new(),
                restarted: false,
                changed: false,
            };
            this.counts.insert((row.task_id, row.location_id), count);
        }
        if !this.counts.is_empty() {
            let tasks: BTreeSet<i64> = this.counts.keys().map(|(task, _)| *task).collect();
            let locations: BTreeSet<i64> = this.counts.keys().map(|(_, location)| *location).collect();
            let rows: Vec<LineRow> = Sql::new(
                "SELECT task_id, location_id, item_id, carton, lot, counted, expected, moved_during FROM count_line WHERE task_id IN ",
            )
            .list(tasks)
            .text(" AND location_id IN ")
            .list(locations)
            .all(db)
            .await?;
            for row in rows {
                if let Some(count) = this.counts.get_mut(&(row.task_id, row.location_id)) {
                    let line = Line { counted: row.counted, expected: row.expected, moved: row.moved_during, changed: false };
                    count.lines.insert((row.item_id, row.carton, row.lot), line);
                }
            }
        }
        let places: BTreeSet<i64> = known.counted.iter().map(|(_, location)| *location).collect();
        if !places.is_empty() {
            let rows: Vec<StockRow> = Sql::new("SELECT location_id, item_id, carton, lot, quantity FROM stock WHERE location_id IN ")
                .list(places)
                .all(db)
                .await?;
            for row in rows {
                this.stock
                    .insert(StockKeyAt { location: row.location_id, item: row.item_id, carton: row.carton, lot: row.lot }, row.quantity);
            }
        }
        Ok(this)
    }

    /// Stock changed at a location: later counts expect the new quantity, and counts that have seen this stock are marked.
    pub fn moved(&mut self, key: &StockKeyAt, change: i64) {
        let held = self.stock.entry(key.clone()).or_default();
        *held = held.saturating_add(change);
        let thing = (key.item, key.carton, key.lot.clone());
        for ((_, location), count) in &mut self.counts {
            if *location == key.location
                && count.state == State::Open
                && let Some(line) = count.lines.get_mut(&thing)
            {
                (line.moved, line.changed) = (true, true);
            }
        }
    }

    /// A count begins; when the location was counted before in this task, it begins anew.
    pub fn started(&mut self, task: i64, location: i64, now_ms: i64) {
        self.open(task, location, now_ms, |state| state != State::Open);
    }

    /// The count of a location, open: as it is, taken up again, or from nothing when `anew` says so of its state.
    fn open(&mut self, task: i64, location: i64, now_ms: i64, anew: impl Fn(State) -> bool) -> &mut Count {
        let fresh = |restarted| Count {
            state: State::Open,
            started_ms: now_ms,
            finished_ms: None,
            lines: BTreeMap::new(),
            restarted,
            changed: true,
        };
        let count = self.counts.entry((task, location)).or_insert_with(|| fresh(false));
        if anew(count.state) {
            *count = fresh(true);
        } else if count.state != State::Open {
            (count.state, count.changed) = (State::Open, true);
        }
        count
    }

    /// Goods were seen, or taken back when the quantity is negative. What a second edge saw after the first had finished adds up.
    pub fn counted(&mut self, task: i64, key: &StockKeyAt, quantity: i64, now_ms: i64) {
        let expected = self.stock.get(key).copied().unwrap_or(0);
        let count = self.open(task, key.location, now_ms, |state| state == State::Decided);
        let thing = (key.item, key.carton, key.lot.clone());
        let line = count.lines.entry(thing).or_insert(Line { counted: 0, expected, moved: false, changed: true });
        line.counted = line.counted.saturating_add(quantity);
        line.changed = true;
    }

    /// A count ends: what is in the books and was not seen counts as nothing.
    pub fn finished(&mut self, task: i64, location: i64, now_ms: i64) {
        let here = self.stock.iter().filter(|(key, held)| key.location == location && **held != 0);
        let here: Vec<(Thing, i64)> = here.map(|(key, held)| ((key.item, key.carton, key.lot.clone()), *held)).collect();
        let count = self.open(task, location, now_ms, |state| state == State::Decided);
        for (thing, expected) in here {
            count.lines.entry(thing).or_insert(Line { counted: 0, expected, moved: false, changed: true });
        }
        (count.state, count.finished_ms, count.changed) = (State::Finished, Some(now_ms), true);
    }

    /// Writes what changed, and opens or settles the cases of counts that ended. Numbers of these cases.
    ///
    /// # Errors
    /// What the database said.
    pub async fn save(self, tx: &impl ConnectionTrait, known: &Known, now_ms: i64) -> Result<Vec<(i64, i64)>, DbErr> {
        let mut cases = Vec::new();
        let mut counts: Vec<_> = self.counts.into_iter().collect();
        counts.sort_by_key(|(key, _)| *key);
        for ((task, location), count) in counts {
            let ended = count.changed && count.state == State::Finished;
            if count.changed {
                Sql::new("INSERT INTO count_location (task_id, location_id, state, started_ms, finished_ms) VALUES ")
                    .list::<sea_orm::Value>([
                        task.into(),
                        location.into(),
                        if count.state == State::Open { "open" } else { "finished" }.into(),
                        count.started_ms.into(),
                        count.finished_ms.into(),
                    ])
                    .text(
                        " ON CONFLICT (task_id, location_id) DO UPDATE SET state = excluded.state, started_ms = excluded.started_ms, \
                         finished_ms = excluded.finished_ms",
                    )
                    .run(tx)
                    .await?;
            }
            if count.restarted {
                Sql::new("DELETE FROM count_line WHERE task_id = ").bind(task).text(" AND location_id = ").bind(location).run(tx).await?;
            }
            let lines: Vec<_> = count.lines.into_iter().filter(|(_, line)| line.changed || count.restarted).collect();
            for part in lines.chunks(500) {
                let mut sql = Sql::new(
                    "INSERT INTO count_line (task_id, location_id, item_id, carton, lot, counted, expected, moved_during) VALUES ",
                );
                for (n, ((item, carton, lot), line)) in part.iter().enumerate() {
                    let row: [sea_orm::Value; 8] = [
                        task.into(),
                        location.into(),
                        (*item).into(),
                        (*carton).into(),
                        lot.clone().into(),
                        line.counted.into(),
                        line.expected.into(),
                        line.moved.into(),
                    ];
                    sql = if n == 0 { sql.list(row) } else { sql.text(",").list(row) };
                }
                sql.text(
                    " ON CONFLICT (task_id, location_id, item_id, carton, lot) DO UPDATE SET counted = excluded.counted, \
                     expected = excluded.expected, moved_during = excluded.moved_during",
                )
                .run(tx)
                .await?;
            }
            if ended {
                cases.extend(judge(tx, known, task, location, now_ms).await?);
            }
        }
        Ok(cases)
    }
}

/// The key under which the case of a count is known.
pub fn variance_key(task: i64, location: i64) -> String {
    format!("count_variance:{task}:{location}")
}

/// A finished count either agrees with the books or becomes a case.
async fn judge(tx: &impl ConnectionTrait, known: &Known, task: i64, location: i64, now_ms: i64) -> Result<Option<(i64, i64)>, DbErr> {
    let lines = variances(tx, TaskId(task), LocationId(location)).await?;
    let site = known.locations.get(&location).map_or(0, |place| place.site_id);
    let key = variance_key(task, location);
    let off: Vec<Value> = lines
        .iter()
        .filter(|line| line.variance() != 0)
        .map(|line| {
            json!({
                "item": line.item_id, "code": line.code, "name": line.name, "carton": line.carton, "of": line.cartons, "lot": line.lot,
                "expected": Quantity::from_raw(line.expected), "counted": Quantity::from_raw(line.counted),
                "variance": Quantity::from_raw(line.variance()), "moved_during": line.moved_during,
            })
        })
        .collect();
    if off.is_empty() {
        return Ok(cases::settle(tx, &key, "counted_again", now_ms).await?.map(|id| (id, site)));
    }
    let data = json!({
        "task": task,
        "number": known.tasks.get(&task).map(|task| task.number.clone()),
        "location": location,
        "location_code": known.locations.get(&location).map(|place| place.code.clone()),
        "moved_during": lines.iter().any(|line| line.moved_during),
        "lines": off,
    });
    let case = Case { kind: "count_variance", site: Some(site), edge: None, key, data, again: Again::Replace };
    Ok(Some((cases::open(tx, case, now_ms).await?, site)))
}
