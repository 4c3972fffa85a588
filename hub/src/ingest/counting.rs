//! Counts under way, from the database and back: the rule itself is [`qitao_domain::ledger::Count`].

use std::collections::{BTreeMap, BTreeSet, HashMap};

use qitao_domain::catalog::StockKey;
use qitao_domain::ids::{ItemId, LocationId, TaskId};
use qitao_domain::ledger::{Count, CountLine, Stage};
use qitao_domain::quantity::Quantity;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use serde_json::{Value, json};

use super::cases::{self, Again, Case};
use super::known::Known;
use crate::inventory::{StockKeyAt, variances};
use crate::platform::sql::{Sql, pieces};

/// A count as the database has it, and as it is after the facts so far.
#[derive(Debug)]
struct Kept {
    was: Option<Count>,
    count: Count,
    started_ms: i64,
    finished_ms: Option<i64>,
    /// Begun anew, or ended once more, by these facts.
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
    seen: bool,
}

#[derive(FromQueryResult)]
struct StockRow {
    location_id: i64,
    item_id: i64,
    carton: i32,
    lot: String,
    quantity: i64,
}

fn stock_key(item: i64, carton: i32, lot: String) -> StockKey {
    StockKey { item: ItemId(item), carton: u16::try_from(carton).unwrap_or(0), lot }
}

/// The counts that facts touch, and the stock at their locations.
#[derive(Debug, Default)]
pub struct Counting {
    counts: HashMap<(i64, i64), Kept>,
    stock: BTreeMap<i64, BTreeMap<StockKey, Quantity>>,
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
                .among(known.touched.iter().copied())
                .text(" AND (state = 'open' OR task_id IN ")
                .among(tasks)
                .text(")")
                .all(db)
                .await?;
        let mut read: HashMap<(i64, i64), (CountRow, Count)> = HashMap::new();
        for row in rows {
            let stage = match row.state.as_str() {
                "open" => Stage::Open,
                "finished" => Stage::Finished,
                _ => Stage::Decided,
            };
            read.insert((row.task_id, row.location_id), (row, Count { stage, lines: BTreeMap::new() }));
        }
        if !read.is_empty() {
            let tasks: BTreeSet<i64> = read.keys().map(|(task, _)| *task).collect();
            let locations: BTreeSet<i64> = read.keys().map(|(_, location)| *location).collect();
            let rows: Vec<LineRow> = Sql::new(
                "SELECT task_id, location_id, item_id, carton, lot, counted, expected, moved_during, seen FROM count_line WHERE task_id IN ",
            )
            .among(tasks)
            .text(" AND location_id IN ")
            .among(locations)
            .all(db)
            .await?;
            for row in rows {
                if let Some((_, count)) = read.get_mut(&(row.task_id, row.location_id)) {
                    let expected = row.seen.then(|| Quantity::from_raw(row.expected));
                    let line = CountLine { counted: Quantity::from_raw(row.counted), expected, moved: row.moved_during };
                    count.lines.insert(stock_key(row.item_id, row.carton, row.lot), line);
                }
            }
        }
        let kept = |(row, count): (CountRow, Count)| Kept {
            was: Some(count.clone()),
            count,
            started_ms: row.started_ms,
            finished_ms: row.finished_ms,
            changed: false,
        };
        this.counts = read.into_iter().map(|(key, read)| (key, kept(read))).collect();
        let places: BTreeSet<i64> = known.counted.iter().map(|(_, location)| *location).collect();
        if !places.is_empty() {
            let rows: Vec<StockRow> = Sql::new("SELECT location_id, item_id, carton, lot, quantity FROM stock WHERE location_id IN ")
                .among(places)
                .all(db)
                .await?;
            for row in rows {
                let here = this.stock.entry(row.location_id).or_default();
                here.insert(stock_key(row.item_id, row.carton, row.lot), Quantity::from_raw(row.quantity));
            }
        }
        Ok(this)
    }

    /// Stock changed at a location: later counts expect the new quantity, and counts under way there are marked.
    pub fn moved(&mut self, key: &StockKeyAt, change: i64) {
        let stock = stock_key(key.item, key.carton, key.lot.clone());
        for ((_, location), kept) in &mut self.counts {
            if *location == key.location {
                kept.count.moved(&stock);
            }
        }
        if let Some(here) = self.stock.get_mut(&key.location) {
            let held = here.entry(stock).or_default();
            *held = Quantity::from_raw(held.raw().saturating_add(change));
        } else {
            self.stock.entry(key.location).or_default().insert(stock, Quantity::from_raw(change));
        }
    }

    /// The count of a location in a task, with what the books have there; `anew` says whether the event that comes begins it from nothing.
    fn of(&mut self, task: i64, location: i64, now_ms: i64, anew: impl Fn(Stage) -> bool) -> (&mut Kept, &BTreeMap<StockKey, Quantity>) {
        let fresh = || Kept { was: None, count: Count::default(), started_ms: now_ms, finished_ms: None, changed: true };
        let kept = self.counts.entry((task, location)).or_insert_with(fresh);
        if anew(kept.count.stage) {
            (kept.started_ms, kept.finished_ms, kept.changed) = (now_ms, None, true);
        }
        (kept, self.stock.entry(location).or_default())
    }

    /// Somebody begins to count a location.
    pub fn started(&mut self, task: i64, location: i64, now_ms: i64) {
        self.of(task, location, now_ms, |stage| stage != Stage::Open).0.count.start();
    }

    /// Goods were seen, or taken back when the quantity is negative.
    pub fn counted(&mut self, task: i64, location: i64, stock: &StockKey, quantity: Quantity, now_ms: i64) {
        let (kept, here) = self.of(task, location, now_ms, |stage| stage == Stage::Decided);
        kept.count.see(stock, quantity, || here.get(stock).copied().unwrap_or_default());
    }

    /// The count of a location ends.
    pub fn finished(&mut self, task: i64, location: i64, now_ms: i64) {
        if self.counts.get(&(task, location)).is_some_and(|kept| kept.count.stage == Stage::Decided) {
            return;
        }
        let (kept, here) = self.of(task, location, now_ms, |_| false);
        kept.count.finish(here.iter().filter(|(_, held)| !held.is_zero()).map(|(stock, held)| (stock.clone(), *held)));
        (kept.finished_ms, kept.changed) = (Some(now_ms), true);
    }

    /// Writes what changed, and opens or settles the cases of counts that ended. Numbers of these cases.
    ///
    /// # Errors
    /// What the database said.
    pub async fn save(self, tx: &impl ConnectionTrait, known: &Known, now_ms: i64) -> Result<Vec<(i64, i64)>, DbErr> {
        let mut cases = Vec::new();
        let mut counts: Vec<_> = self.counts.into_iter().collect();
        counts.sort_by_key(|(key, _)| *key);
        for ((task, location), kept) in counts {
            if !kept.changed && kept.was.as_ref() == Some(&kept.count) {
                continue;
            }
            write(tx, task, location, &kept).await?;
            if kept.count.stage == Stage::Finished {
                cases.extend(judge(tx, known, task, location, now_ms).await?);
            }
        }
        Ok(cases)
    }
}

async fn write(tx: &impl ConnectionTrait, task: i64, location: i64, kept: &Kept) -> Result<(), DbErr> {
    let before = kept.was.as_ref().map(|was| was.stage);
    if kept.changed || before != Some(kept.count.stage) {
        Sql::new("INSERT INTO count_location (task_id, location_id, state, started_ms, finished_ms) VALUES ")
            .list::<sea_orm::Value>([
                task.into(),
                location.into(),
                if kept.count.stage == Stage::Open { "open" } else { "finished" }.into(),
                kept.started_ms.into(),
                kept.finished_ms.into(),
            ])
            .text(
                " ON CONFLICT (task_id, location_id) DO UPDATE SET state = excluded.state, started_ms = excluded.started_ms, \
                 finished_ms = excluded.finished_ms",
            )
            .run(tx)
            .await?;
    }
    let old = kept.was.as_ref().map(|was| &was.lines);
    let restarted = old.is_some_and(|old| old.keys().any(|stock| !kept.count.lines.contains_key(stock)));
    if restarted {
        Sql::new("DELETE FROM count_line WHERE task_id = ").bind(task).text(" AND location_id = ").bind(location).run(tx).await?;
    }
    let differs = |(stock, line): &(&StockKey, &CountLine)| restarted || old.and_then(|old| old.get(*stock)) != Some(*line);
    let lines: Vec<_> = kept.count.lines.iter().filter(differs).collect();
    for part in pieces(&lines) {
        let rows = part.iter().map(|(stock, line)| -> Vec<sea_orm::Value> {
            vec![
                task.into(),
                location.into(),
                stock.item.0.into(),
                i32::from(stock.carton).into(),
                stock.lot.clone().into(),
                line.counted.raw().into(),
                line.expected.unwrap_or_default().raw().into(),
                line.moved.into(),
                line.expected.is_some().into(),
            ]
        });
        let columns = "task_id, location_id, item_id, carton, lot, counted, expected, moved_during, seen";
        Sql::new(format!("INSERT INTO count_line ({columns}) VALUES "))
            .rows(rows)
            .text(
                " ON CONFLICT (task_id, location_id, item_id, carton, lot) DO UPDATE SET counted = excluded.counted, \
             expected = excluded.expected, moved_during = excluded.moved_during, seen = excluded.seen",
            )
            .run(tx)
            .await?;
    }
    Ok(())
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
                "item": line.item_id, "code": line.code, "name": line.name, "name_en": line.name_en, "carton": line.carton, "of": line.cartons,
                "lot": line.lot, "expected": Quantity::from_raw(line.expected), "counted": Quantity::from_raw(line.counted),
                "variance": Quantity::from_raw(line.variance()), "moved_during": line.moved_during,
            })
        })
        .collect();
    if off.is_empty() {
        let note = "复盘与账面一致 / counted again, and the books agree";
        return Ok(cases::settle(tx, &key, "counted_again", note, now_ms).await?.map(|(id, _)| (id, site)));
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
