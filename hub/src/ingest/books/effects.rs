//! What a fact means for the books, effect by effect, collected until all facts of a transaction are judged.

use qitao_domain::catalog::StockKey;
use qitao_domain::event::{Effect, Fact, PrintOutcome};
use serde_json::json;

use super::{Books, Incoming, digest};
use crate::ingest::cases::{Again, Case};
use crate::inventory::NewMovement;

impl Books {
    /// Takes one effect of a fact that may be booked in.
    pub(super) fn effect(&mut self, one: &Incoming, fact: &Fact, n: i32, effect: &Effect) {
        match effect {
            Effect::Moved { stock, quantity, from, to, line, reverses, .. } => {
                let item = self.known.items.get(&stock.item.0);
                let lot = if item.is_some_and(|item| item.by_lot) { stock.lot.clone() } else { String::new() };
                let task = self.task_of(one, fact).cloned();
                let line = line.and_then(|line| self.line_of(one, fact, line));
                if (fact.task.is_some() && task.is_none()) || matches!(effect, Effect::Moved { line: Some(_), .. } if line.is_none()) {
                    self.loose(one, fact);
                }
                if let Some(line) = line {
                    let sign = if reverses.is_some() { -1 } else { 1 };
                    let progress = self.lines.entry(line).or_default();
                    progress.0 = progress.0.saturating_add(sign * quantity.raw());
                }
                let from_supplier = self.known.locations.get(&from.0).is_some_and(|place| place.kind == "supplier");
                let reason = match task.as_ref().map(|task| task.kind.as_str()) {
                    _ if reverses.is_some() => "undo",
                    Some("pick") => "pick",
                    Some("put_away") => "put_away",
                    None if from_supplier => "put_away",
                    _ => "move",
                };
                let movement = NewMovement {
                    fact: Some((one.edge.clone(), one.epoch, one.seq)),
                    n,
                    at_ms: fact.at.wall_ms,
                    booked_ms: self.now_ms,
                    site: one.site,
                    item: stock.item.0,
                    carton: i32::from(stock.carton),
                    lot,
                    quantity: quantity.raw(),
                    from: from.0,
                    to: to.0,
                    task: task.map(|task| task.id),
                    line,
                    reason,
                    scan: Some(fact.scan.to_string()),
                    reverses: reverses.map(|scan| scan.to_string()),
                    author: fact.operator.map_or_else(|| format!("edge:{}", one.edge), |operator| format!("operator:{operator}")),
                };
                for (key, change) in movement.changes() {
                    self.counting.moved(&key, change);
                }
                self.movements.push(movement);
            }
            Effect::CountStarted { location } => {
                if let Some(task) = fact.task {
                    self.counting.started(task.0, location.0, self.now_ms);
                }
            }
            Effect::Counted { location, stock, quantity, .. } => {
                let by_lot = self.known.items.get(&stock.item.0).is_some_and(|item| item.by_lot);
                let lot = if by_lot { stock.lot.clone() } else { String::new() };
                if let Some(task) = fact.task {
                    let stock = StockKey { item: stock.item, carton: stock.carton, lot };
                    self.counting.counted(task.0, location.0, &stock, *quantity, self.now_ms);
                }
            }
            Effect::CountFinished { location } => {
                if let Some(task) = fact.task {
                    self.counting.finished(task.0, location.0, self.now_ms);
                }
            }
            Effect::Short { line, quantity, .. } => {
                if let Some(line) = self.line_of(one, fact, *line) {
                    let progress = self.lines.entry(line).or_default();
                    progress.1 = progress.1.saturating_add(quantity.raw());
                    let of_edge = self.shorts.entry((line, one.edge.clone())).or_default();
                    *of_edge = of_edge.saturating_add(quantity.raw());
                } else {
                    self.loose(one, fact);
                }
            }
            Effect::TaskFinished { complete } => {
                if let Some(task) = self.task_of(one, fact).map(|task| task.id) {
                    self.tasks.entry(task).or_default().finished = Some((fact.at.wall_ms, *complete, one.edge.clone()));
                }
            }
            Effect::UnknownBarcode { text } => self.cases.push(Case {
                kind: "unknown_barcode",
                site: Some(one.site),
                edge: Some(one.edge.clone()),
                key: format!("unknown_barcode:{}:{}", one.site, digest(text)),
                data: json!({ "text": text, "edge": one.edge, "station": fact.station, "operator": fact.operator, "at_ms": fact.at.wall_ms }),
                again: Again::Count,
            }),
            Effect::Printed { job, outcome, labels, reprint_of, .. } => {
                let matter = |job: &str| format!("printer:{}:{}", one.edge, digest(job));
                let well = *outcome == PrintOutcome::Confirmed;
                // What becomes of a reprint is a matter of its own; that of the job which it prints again is at an end.
                for over in reprint_of.iter().chain(well.then_some(job)).map(|job| matter(job)) {
                    self.cases.retain(|case| case.key != over);
                    self.printed.insert(over);
                }
                if !well {
                    // The last word on a job counts.
                    self.printed.remove(&matter(job));
                    self.cases.push(Case {
                        kind: "printer",
                        site: Some(one.site),
                        edge: Some(one.edge.clone()),
                        key: matter(job),
                        data: json!({ "job": job, "outcome": outcome, "labels": labels, "edge": one.edge, "station": fact.station }),
                        again: Again::Replace,
                    });
                }
            }
            Effect::TaskStarted | Effect::LoggedIn { .. } | Effect::LoggedOut => {}
        }
    }

    /// The stock moved, but the task or line that it was for is not known here.
    fn loose(&mut self, one: &Incoming, fact: &Fact) {
        self.cases.push(Case {
            kind: "unappliable_fact",
            site: Some(one.site),
            edge: Some(one.edge.clone()),
            key: format!("unappliable_fact:{}:{}", one.edge, fact.scan),
            data: json!({
                "edge": one.edge, "epoch": one.epoch, "seq": one.seq, "rule": "unknown_task", "booked": true, "task": fact.task,
                "detail": "the movement is booked; the task or line it was for is not in this database", "fact": one.offered.value(),
            }),
            again: Again::Replace,
        });
    }
}
