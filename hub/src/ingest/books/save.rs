//! What facts booked together come to: one statement for each table, and the cases that follow.

use std::collections::{BTreeMap, BTreeSet};

use qitao_domain::quantity::Quantity;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, Value};
use serde_json::json;

use super::{Applied, Books, FACT, RAW};
use crate::ingest::DOUBLED;
use crate::ingest::cases::{self, Again, Case};
use crate::ingest::known::KnownTask;
use crate::ingest::shelves;
use crate::inventory::book;
use crate::platform::sql::{Sql, insert_many, pieces};

impl Books {
    /// Writes everything.
    pub(super) async fn save(mut self, tx: &impl ConnectionTrait) -> Result<Applied, DbErr> {
        insert_many(tx, "fact", &FACT, std::mem::take(&mut self.facts)).await?;
        insert_many(tx, "fact_raw", &RAW, std::mem::take(&mut self.raw)).await?;
        let levels = book(tx, std::mem::take(&mut self.movements)).await?;
        self.applied.cases.extend(shelves::watch(tx, levels, self.now_ms).await?);
        self.save_lines(tx).await?;
        self.save_tasks(tx).await?;
        let counts = std::mem::take(&mut self.counting).save(tx, &self.known, self.now_ms).await?;
        self.applied.cases.extend(counts.into_iter().map(|(id, site)| (id, Some(site))));
        self.open_cases(tx).await?;
        if self.applied.doubled > 0 {
            count_doubled(tx, self.applied.doubled).await?;
        }
        Ok(self.applied)
    }

    async fn save_lines(&mut self, tx: &impl ConnectionTrait) -> Result<(), DbErr> {
        let mut undone: BTreeSet<i64> = BTreeSet::new();
        let lines: Vec<_> = std::mem::take(&mut self.lines).into_iter().filter(|(_, change)| *change != (0, 0)).collect();
        for part in pieces(&lines) {
            let update =
                "UPDATE task_line SET done = done + CAST(c.column2 AS BIGINT), short = short + CAST(c.column3 AS BIGINT) FROM (VALUES ";
            let rows = part.iter().map(|(line, (done, short))| -> Vec<Value> { vec![(*line).into(), (*done).into(), (*short).into()] });
            let after: Vec<LineAfter> = Sql::new(update)
                .rows(rows)
                .text(") AS c WHERE id = CAST(c.column1 AS BIGINT) RETURNING id, task_id, item_id, carton, lot, quantity, done, short")
                .all(tx)
                .await?;
            let changes: BTreeMap<i64, i64> = part.iter().map(|(line, (done, _))| (*line, *done)).collect();
            for line in after {
                let Some(task) = self.known.tasks.get(&line.task_id) else { continue };
                self.applied.progressed.insert(task.id, task.site_id);
                let before = line.done.saturating_sub(changes.get(&line.id).copied().unwrap_or(0));
                // Taken back at one edge after another had finished the task with it: what was complete is complete no more.
                if task.state == "finished" && line.done < before && line.done.saturating_add(line.short) < line.quantity {
                    undone.insert(task.id);
                }
                if line.item_id.is_none() || (line.done <= line.quantity && before <= line.quantity) {
                    continue;
                }
                let key = format!("over_pick:{}", line.id);
                if line.done > line.quantity {
                    self.cases.push(over_case(tx, task, &line, key).await?);
                } else {
                    let note = "多出的已退回 / what was too much was taken back";
                    self.applied.cases.extend(cases::settle(tx, &key, "taken_back", note, self.now_ms).await?);
                }
            }
        }
        for task in undone.iter().filter_map(|task| self.known.tasks.get(task)) {
            Sql::new("UPDATE task SET complete = FALSE WHERE id = ").bind(task.id).run(tx).await?;
            self.cases.push(short_case(tx, task).await?);
        }
        let shorts = std::mem::take(&mut self.shorts).into_iter().filter(|(_, change)| *change != 0);
        for ((line, edge), short) in shorts {
            Sql::new("INSERT INTO line_short (line_id, edge_id, short) VALUES ")
                .list::<Value>([line.into(), edge.into(), short.into()])
                .text(" ON CONFLICT (line_id, edge_id) DO UPDATE SET short = line_short.short + excluded.short")
                .run(tx)
                .await?;
        }
        Ok(())
    }

    async fn save_tasks(&mut self, tx: &impl ConnectionTrait) -> Result<(), DbErr> {
        for (task, change) in std::mem::take(&mut self.tasks) {
            let Some(known) = self.known.tasks.get(&task) else { continue };
            // Most facts only go on with a task that was begun before.
            if known.state != "open" && change.finished.is_none() {
                continue;
            }
            let state = match (known.state.as_str(), &change.finished) {
                ("withdrawn", _) => "withdrawn",
                (_, Some(_)) | ("finished", _) => "finished",
                _ => "started",
            };
            let (ended, mut complete) = change.finished.as_ref().map_or((None, None), |(at, complete, _)| (Some(*at), Some(*complete)));
            // An edge knows of the others what it last heard; what was taken back there meanwhile is missing all the same. The books decide.
            if complete == Some(true) && known.kind != "count" && lines_missing(tx, task).await? {
                complete = Some(false);
            }
            Sql::new("UPDATE task SET state = ")
                .bind(state)
                .text(", started_ms = COALESCE(started_ms, CAST(")
                .bind(change.started_ms)
                .text(" AS BIGINT)), finished_ms = COALESCE(finished_ms, CAST(")
                .bind(ended)
                .text(" AS BIGINT)), complete = COALESCE(complete, CAST(")
                .bind(complete)
                .text(" AS BOOLEAN)) WHERE id = ")
                .bind(task)
                .run(tx)
                .await?;
            if complete == Some(false) {
                self.cases.push(short_case(tx, known).await?);
            }
            if let Some((_, _, edge)) = change.finished.filter(|_| matches!(known.state.as_str(), "open" | "started")) {
                self.applied.finished.push((task, known.site_id, edge));
            }
        }
        Ok(())
    }

    /// Opens what is to be opened, the same matter, met many times in these facts, once; and ends doubts about labels.
    async fn open_cases(&mut self, tx: &impl ConnectionTrait) -> Result<(), DbErr> {
        let mut matters: Vec<(Case, i64)> = Vec::new();
        let mut places: BTreeMap<String, usize> = BTreeMap::new();
        for case in std::mem::take(&mut self.cases) {
            match places.get(&case.key).and_then(|at| matters.get_mut(*at)) {
                Some((open, times)) => {
                    *times += 1;
                    if case.again == Again::Replace {
                        *open = case;
                    }
                }
                None => {
                    places.insert(case.key.clone(), matters.len());
                    matters.push((case, 1));
                }
            }
        }
        let mut opened = BTreeSet::new();
        for (case, times) in matters {
            let site = case.site;
            opened.insert((cases::open_times(tx, case, times, self.now_ms).await?, site));
        }
        self.applied.cases.extend(opened);
        for key in std::mem::take(&mut self.printed) {
            let note = "已确认打印，或已由补打任务接手 / the labels are there, or another job prints them again";
            self.applied.cases.extend(cases::settle(tx, &key, "printed", note, self.now_ms).await?);
        }
        Ok(())
    }
}

#[derive(FromQueryResult)]
struct LineAfter {
    id: i64,
    task_id: i64,
    item_id: Option<i64>,
    carton: Option<i32>,
    lot: String,
    quantity: i64,
    done: i64,
    short: i64,
}

/// Whether the books have less of a line than the task asks for.
async fn lines_missing(tx: &impl ConnectionTrait, task: i64) -> Result<bool, DbErr> {
    let missing = Sql::new("SELECT COUNT(*) FROM task_line WHERE item_id IS NOT NULL AND done < quantity AND task_id = ").bind(task);
    Ok(missing.number(tx).await? > 0)
}

/// More was done of a line than it asks for: two edges that could not know of each other worked on it.
async fn over_case(tx: &impl ConnectionTrait, task: &KnownTask, line: &LineAfter, key: String) -> Result<Case, DbErr> {
    let item = shelves::item(tx, line.item_id.unwrap_or(0)).await?;
    let data = json!({
        "task": task.id, "number": task.number, "task_kind": task.kind, "line": line.id,
        "item": line.item_id, "code": item.code, "name": item.name, "name_en": item.name_en, "carton": line.carton, "of": item.cartons,
        "lot": line.lot, "asked": Quantity::from_raw(line.quantity), "done": Quantity::from_raw(line.done),
    });
    Ok(Case { kind: "over_pick", site: Some(task.site_id), edge: None, key, data, again: Again::Replace })
}

#[derive(FromQueryResult)]
struct ShortLine {
    item_id: i64,
    code: String,
    name: String,
    name_en: String,
    carton: i32,
    cartons: i32,
    lot: String,
    quantity: i64,
    done: i64,
    short: i64,
}

/// A task was finished with something missing.
async fn short_case(tx: &impl ConnectionTrait, task: &KnownTask) -> Result<Case, DbErr> {
    let lines: Vec<ShortLine> = Sql::new(
        "SELECT i.id AS item_id, i.code, i.name, i.name_en, l.carton, i.cartons, l.lot, l.quantity, l.done, l.short FROM task_line l JOIN item i ON i.id = l.item_id \
         WHERE (l.short <> 0 OR l.done < l.quantity) AND l.carton IS NOT NULL AND l.task_id = ",
    )
    .bind(task.id)
    .text(" ORDER BY l.id")
    .all(tx)
    .await?;
    let lines: Vec<_> = lines
        .into_iter()
        .map(|line| {
            json!({
                "item": line.item_id, "code": line.code, "name": line.name, "name_en": line.name_en, "carton": line.carton, "of": line.cartons, "lot": line.lot,
                "quantity": Quantity::from_raw(line.quantity), "done": Quantity::from_raw(line.done), "short": Quantity::from_raw(line.short),
            })
        })
        .collect();
    let data = json!({ "task": task.id, "number": task.number, "task_kind": task.kind, "lines": lines });
    Ok(Case {
        kind: "short_pick",
        site: Some(task.site_id),
        edge: None,
        key: format!("short_pick:{}", task.id),
        data,
        again: Again::Replace,
    })
}

async fn count_doubled(tx: &impl ConnectionTrait, more: i64) -> Result<(), DbErr> {
    let old = Sql::new("SELECT value FROM setting WHERE key = ").bind(DOUBLED).word(tx).await?;
    let sum = old.and_then(|text| text.parse::<i64>().ok()).unwrap_or(0).saturating_add(more);
    Sql::new("INSERT INTO setting (key, value) VALUES ")
        .list::<Value>([DOUBLED.into(), sum.to_string().into()])
        .text(" ON CONFLICT (key) DO UPDATE SET value = excluded.value")
        .run(tx)
        .await?;
    Ok(())
}
