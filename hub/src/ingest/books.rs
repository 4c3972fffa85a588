//! Facts into the books: each fact is judged whole, then applied whole; what cannot be read or applied is kept whole and becomes a case.
//!
//! The physical scan wins: a location may go below nothing, a withdrawn task still counts what was done for it, a task that this
//! database does not know (it was restored from a backup) does not stop stock from moving. Refused is only what would break the ledger.

use std::collections::{BTreeMap, BTreeSet};

use qitao_domain::event::{Effect, Fact, PrintOutcome, Source};
use qitao_domain::quantity::Quantity;
use qitao_domain::work::Tone;
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, FromQueryResult, TransactionTrait, Value};
use serde::Deserialize;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::DOUBLED;
use super::cases::{self, Again, Case};
use super::counting::Counting;
use super::known::Known;
use crate::db::storable;
use crate::inventory::{NewMovement, StockKeyAt, book};
use crate::platform::sql::{Sql, insert_many};

/// A fact that is to be booked under its place in the stream.
#[derive(Debug, Clone)]
pub struct Incoming {
    /// Edge.
    pub edge: String,
    /// Its site: a fact may speak of no other.
    pub site: i64,
    /// Epoch.
    pub epoch: i64,
    /// Sequence number.
    pub seq: i64,
    /// How far the edge's clock is ahead of the hub's.
    pub skew_ms: i64,
    /// The fact as it came.
    pub body: serde_json::Value,
}

/// A scan that was booked, for screens.
#[derive(Debug, Clone)]
pub struct Seen {
    /// Edge.
    pub edge: String,
    /// Site.
    pub site: i64,
    /// Station.
    pub station: String,
    /// Operator.
    pub operator: Option<i64>,
    /// Tone.
    pub tone: &'static str,
    /// Verdict as the domain writes it.
    pub verdict: serde_json::Value,
    /// Edge's clock.
    pub at_ms: i64,
    /// Scan.
    pub scan: String,
    /// Whether it moved stock.
    pub moved: bool,
}

/// What booking did.
#[derive(Debug, Default)]
pub struct Applied {
    /// Facts booked.
    pub seen: Vec<Seen>,
    /// Tasks that went on, with their sites.
    pub tasks: BTreeMap<i64, i64>,
    /// Cases opened or settled, with their sites.
    pub cases: Vec<(i64, Option<i64>)>,
    /// Facts that were there already.
    pub doubled: i64,
    /// Facts that were kept raw, and the rule that they break.
    pub refused: Vec<(i64, &'static str, String)>,
}

impl Applied {
    fn add(&mut self, other: Self) {
        self.seen.extend(other.seen);
        self.tasks.extend(other.tasks);
        self.cases.extend(other.cases);
        self.doubled += other.doubled;
        self.refused.extend(other.refused);
    }
}

/// Largest amount of one effect, in thousandths: a thousand million units.
const MOST: i64 = 1_000_000_000_000;

/// Why a fact cannot be booked.
struct Refused {
    rule: &'static str,
    detail: String,
}

fn refuse<T>(rule: &'static str, detail: impl Into<String>) -> Result<T, Refused> {
    Err(Refused { rule, detail: detail.into() })
}

#[derive(Debug, Default, Clone)]
struct TaskChange {
    started_ms: Option<i64>,
    finished: Option<(i64, bool)>,
}

struct Books {
    now_ms: i64,
    known: Known,
    counting: Counting,
    movements: Vec<NewMovement>,
    lines: BTreeMap<i64, (i64, i64)>,
    tasks: BTreeMap<i64, TaskChange>,
    cases: Vec<Case>,
    facts: Vec<Vec<Value>>,
    raw: Vec<Vec<Value>>,
    applied: Applied,
}

const FACT: [&str; 15] = [
    "edge_id",
    "epoch",
    "seq",
    "scan_id",
    "site_id",
    "station",
    "operator_id",
    "task_id",
    "at_ms",
    "arrived_ms",
    "skew_ms",
    "tone",
    "verdict",
    "payload",
    "body",
];
const RAW: [&str; 4] = ["edge_id", "epoch", "seq", "body"];

/// Books facts in the order given. An error means that the transaction must be given up.
///
/// # Errors
/// What the database said.
pub async fn apply(tx: &impl ConnectionTrait, incoming: Vec<Incoming>, now_ms: i64) -> Result<Applied, DbErr> {
    let read: Vec<(Incoming, Result<Fact, String>)> = incoming
        .into_iter()
        .map(|one| {
            let fact = Fact::deserialize(&one.body).map_err(|error| error.to_string());
            (one, fact)
        })
        .collect();
    let known = Known::load(tx, read.iter().filter_map(|(_, fact)| fact.as_ref().ok())).await?;
    let counting = Counting::load(tx, &known).await?;
    let mut books = Books {
        now_ms,
        known,
        counting,
        movements: Vec::new(),
        lines: BTreeMap::new(),
        tasks: BTreeMap::new(),
        cases: Vec::new(),
        facts: Vec::new(),
        raw: Vec::new(),
        applied: Applied::default(),
    };
    for (one, fact) in read {
        match fact {
            Ok(fact) => books.take(&one, &fact),
            Err(error) => books.keep_unreadable(&one, &error),
        }
    }
    books.save(tx).await
}

/// Books facts one by one, each within a savepoint, so that one which the database itself cannot take does not hold up the others: it
/// is kept raw. For when [`apply`] failed on all of them together.
///
/// # Errors
/// What the database said when it could not even keep a fact raw.
pub async fn apply_one_by_one(tx: &DatabaseTransaction, incoming: Vec<Incoming>, now_ms: i64) -> Result<Applied, DbErr> {
    let mut applied = Applied::default();
    for one in incoming {
        let inner = tx.begin().await?;
        match apply(&inner, vec![one.clone()], now_ms).await {
            Ok(done) => {
                inner.commit().await?;
                applied.add(done);
            }
            Err(error) => {
                inner.rollback().await?;
                insert_many(tx, "fact_raw", &RAW, [raw_row(&one)]).await?;
                let refused = Refused { rule: "database", detail: error.to_string() };
                let case = unappliable(&one, &digest(&one.body.to_string()), &refused);
                applied.cases.push((cases::open(tx, case, now_ms).await?, Some(one.site)));
                applied.refused.push((one.seq, refused.rule, refused.detail));
            }
        }
    }
    Ok(applied)
}

fn digest(text: &str) -> String {
    data_encoding::HEXLOWER.encode(&Sha256::digest(text.as_bytes())[..16])
}

fn raw_row(one: &Incoming) -> Vec<Value> {
    vec![one.edge.clone().into(), one.epoch.into(), one.seq.into(), one.body.to_string().into()]
}

fn unappliable(one: &Incoming, key: &str, refused: &Refused) -> Case {
    Case {
        kind: "unappliable_fact",
        site: Some(one.site),
        edge: Some(one.edge.clone()),
        key: format!("unappliable_fact:{}:{key}", one.edge),
        data: json!({ "edge": one.edge, "epoch": one.epoch, "seq": one.seq, "rule": refused.rule, "detail": refused.detail, "fact": one.body }),
        again: Again::Count,
    }
}

const fn tone_word(tone: Tone) -> &'static str {
    match tone {
        Tone::Right => "right",
        Tone::Wrong => "wrong",
        Tone::Attention => "attention",
    }
}

fn payload_of(source: &Source) -> &str {
    match source {
        Source::Scanner { payload, .. } => payload,
        Source::Panel { command } => command,
        Source::Edge { what } => what,
    }
}

impl Books {
    fn keep_unreadable(&mut self, one: &Incoming, error: &str) {
        self.raw.push(raw_row(one));
        self.applied.refused.push((one.seq, "unreadable", error.to_owned()));
        self.cases.push(Case {
            kind: "unreadable_fact",
            site: Some(one.site),
            edge: Some(one.edge.clone()),
            key: format!("unreadable_fact:{}:{}", one.edge, digest(&one.body.to_string())),
            data: json!({ "edge": one.edge, "epoch": one.epoch, "seq": one.seq, "detail": error, "fact": one.body }),
            again: Again::Count,
        });
    }

    fn keep_unappliable(&mut self, one: &Incoming, fact: &Fact, refused: Refused) {
        self.raw.push(raw_row(one));
        self.cases.push(unappliable(one, &fact.scan.to_string(), &refused));
        self.applied.refused.push((one.seq, refused.rule, refused.detail));
    }

    fn take(&mut self, one: &Incoming, fact: &Fact) {
        let scan = fact.scan.to_string();
        let body = one.body.to_string();
        if let Some(booked) = self.known.booked.get(&scan) {
            let same = *booked == body || serde_json::from_str::<Fact>(booked).is_ok_and(|booked| booked == *fact);
            if same {
                self.applied.doubled += 1;
            } else {
                let refused = Refused { rule: "scan_twice", detail: format!("scan {scan} is booked already with other contents") };
                self.keep_unappliable(one, fact, refused);
            }
            return;
        }
        if let Err(refused) = self.check(one, fact) {
            self.keep_unappliable(one, fact, refused);
            return;
        }
        let moved = fact.effects.iter().any(|effect| matches!(effect, Effect::Moved { .. }));
        for (n, effect) in (0..).zip(&fact.effects) {
            self.effect(one, fact, n, effect);
        }
        let task = fact.task.and_then(|task| self.known.tasks.get(&task.0)).map(|task| (task.id, task.site_id));
        if let Some((task, site)) = task {
            self.applied.tasks.insert(task, site);
            if !fact.effects.is_empty() {
                self.tasks.entry(task).or_default().started_ms.get_or_insert(fact.at.wall_ms);
            }
        }
        let tone = tone_word(fact.verdict.tone());
        let verdict = one.body.get("verdict").cloned().unwrap_or_default();
        self.facts.push(vec![
            one.edge.clone().into(),
            one.epoch.into(),
            one.seq.into(),
            scan.clone().into(),
            one.site.into(),
            fact.station.as_str().into(),
            fact.operator.map(|operator| operator.0).into(),
            fact.task.map(|task| task.0).into(),
            fact.at.wall_ms.into(),
            self.now_ms.into(),
            one.skew_ms.into(),
            tone.into(),
            verdict.get("is").and_then(|is| is.as_str()).unwrap_or_default().into(),
            storable(payload_of(&fact.source)).into(),
            body.clone().into(),
        ]);
        self.applied.seen.push(Seen {
            edge: one.edge.clone(),
            site: one.site,
            station: fact.station.to_string(),
            operator: fact.operator.map(|operator| operator.0),
            tone,
            verdict,
            at_ms: fact.at.wall_ms,
            scan: scan.clone(),
            moved,
        });
        self.known.reversible.insert(scan.clone());
        self.known.booked.insert(scan, body);
    }

    /// Judges a fact as a whole, before anything of it is booked.
    fn check(&self, one: &Incoming, fact: &Fact) -> Result<(), Refused> {
        if fact.site.0 != one.site {
            return refuse("foreign_site", format!("the edge belongs to site {}, the fact to site {}", one.site, fact.site));
        }
        let place = |location: i64| match self.known.locations.get(&location) {
            None => refuse("unknown_location", format!("there is no location {location}")),
            Some(place) if place.site_id != one.site => {
                refuse("foreign_location", format!("location {} belongs to another site", place.code))
            }
            Some(place) => Ok(place),
        };
        let stock = |stock: &qitao_domain::catalog::StockKey| match self.known.items.get(&stock.item.0) {
            None => refuse("unknown_item", format!("there is no item {}", stock.item)),
            Some(item) if item.is_kit => refuse("kit", format!("item {} is a kit and never in stock itself", stock.item)),
            Some(item) if !(1..=item.cartons).contains(&i32::from(stock.carton)) => {
                refuse("unknown_carton", format!("item {} has cartons 1 to {}, not {}", stock.item, item.cartons, stock.carton))
            }
            Some(_) if stock.lot.chars().count() > 64 || stock.lot.contains(char::is_control) => {
                refuse("lot", "a lot has at most 64 printable characters")
            }
            Some(_) => Ok(()),
        };
        let amount = |quantity: Quantity| {
            let fits = quantity.raw() != 0 && (-MOST..=MOST).contains(&quantity.raw());
            if fits { Ok(()) } else { refuse("quantity", format!("{quantity} is not an amount that can be booked")) }
        };
        for effect in &fact.effects {
            match effect {
                Effect::Moved { stock: key, quantity, from, to, reverses, .. } => {
                    stock(key)?;
                    amount(*quantity)?;
                    place(from.0)?;
                    place(to.0)?;
                    if quantity.raw() < 0 || from == to {
                        return refuse("movement", "a movement is of more than nothing, and to another place");
                    }
                    if let Some(scan) = reverses.map(|scan| scan.to_string()).filter(|scan| !self.known.reversible.contains(scan)) {
                        return refuse("reverses_nothing", format!("scan {scan} is not booked, so it cannot be taken back"));
                    }
                }
                Effect::Counted { location, stock: key, quantity, .. } => {
                    stock(key)?;
                    amount(*quantity)?;
                    self.countable(fact, place(location.0)?.is_real())?;
                }
                Effect::CountStarted { location } | Effect::CountFinished { location } => {
                    self.countable(fact, place(location.0)?.is_real())?
                }
                Effect::Short { quantity, .. } => amount(*quantity)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn countable(&self, fact: &Fact, real: bool) -> Result<(), Refused> {
        if !real {
            return refuse("virtual_location", "only what is really there can be counted");
        }
        match fact.task {
            Some(task) if self.known.tasks.contains_key(&task.0) => Ok(()),
            Some(task) => refuse("unknown_task", format!("there is no task {task}")),
            None => refuse("unknown_task", "a count belongs to a task"),
        }
    }

    fn effect(&mut self, one: &Incoming, fact: &Fact, n: i32, effect: &Effect) {
        match effect {
            Effect::Moved { stock, quantity, from, to, line, reverses, .. } => {
                let item = self.known.items.get(&stock.item.0);
                let lot = if item.is_some_and(|item| item.by_lot) { stock.lot.clone() } else { String::new() };
                let task = fact.task.and_then(|task| self.known.tasks.get(&task.0)).cloned();
                let line = line.map(|line| line.0).filter(|line| self.known.lines.contains_key(line));
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
                let key = StockKeyAt { location: location.0, item: stock.item.0, carton: i32::from(stock.carton), lot };
                if let Some(task) = fact.task {
                    self.counting.counted(task.0, &key, quantity.raw(), self.now_ms);
                }
            }
            Effect::CountFinished { location } => {
                if let Some(task) = fact.task {
                    self.counting.finished(task.0, location.0, self.now_ms);
                }
            }
            Effect::Short { line, quantity, .. } => {
                if self.known.lines.contains_key(&line.0) {
                    let progress = self.lines.entry(line.0).or_default();
                    progress.1 = progress.1.saturating_add(quantity.raw());
                } else {
                    self.loose(one, fact);
                }
            }
            Effect::TaskFinished { complete } => {
                if let Some(task) = fact.task.filter(|task| self.known.tasks.contains_key(&task.0)) {
                    self.tasks.entry(task.0).or_default().finished = Some((fact.at.wall_ms, *complete));
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
            Effect::Printed { job, outcome, labels } if *outcome != PrintOutcome::Confirmed => self.cases.push(Case {
                kind: "printer",
                site: Some(one.site),
                edge: Some(one.edge.clone()),
                key: format!("printer:{}:{}", one.edge, digest(job)),
                data: json!({ "job": job, "outcome": outcome, "labels": labels, "edge": one.edge, "station": fact.station }),
                again: Again::Replace,
            }),
            Effect::TaskStarted | Effect::LoggedIn { .. } | Effect::LoggedOut | Effect::Printed { .. } => {}
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
                "detail": "the movement is booked; the task or line it was for is not in this database", "fact": one.body,
            }),
            again: Again::Replace,
        });
    }

    async fn save(mut self, tx: &impl ConnectionTrait) -> Result<Applied, DbErr> {
        insert_many(tx, "fact", &FACT, self.facts).await?;
        insert_many(tx, "fact_raw", &RAW, self.raw).await?;
        for row in book(tx, self.movements).await? {
            let place = self.known.locations.get(&row.key.location);
            if place.is_none_or(|place| !place.is_real()) {
                continue;
            }
            let StockKeyAt { location, item, carton, lot } = row.key;
            self.cases.push(Case {
                kind: "negative_stock",
                site: place.map(|place| place.site_id),
                edge: None,
                key: format!("negative_stock:{location}:{item}:{carton}:{}", digest(&lot)),
                data: json!({
                    "location": location, "location_code": place.map(|place| place.code.clone()), "item": item, "carton": carton, "lot": lot,
                    "quantity": Quantity::from_raw(row.quantity),
                }),
                again: Again::Replace,
            });
        }
        for (line, (done, short)) in self.lines {
            Sql::new("UPDATE task_line SET done = done + ")
                .bind(done)
                .text(", short = short + ")
                .bind(short)
                .text(" WHERE id = ")
                .bind(line)
                .run(tx)
                .await?;
        }
        for (task, change) in self.tasks {
            let Some(known) = self.known.tasks.get(&task) else { continue };
            let state = match (known.state.as_str(), change.finished) {
                ("withdrawn", _) => "withdrawn",
                (_, Some(_)) | ("finished", _) => "finished",
                _ => "started",
            };
            Sql::new("UPDATE task SET state = ")
                .bind(state)
                .text(", started_ms = COALESCE(started_ms, CAST(")
                .bind(change.started_ms)
                .text(" AS BIGINT)), finished_ms = COALESCE(finished_ms, CAST(")
                .bind(change.finished.map(|(at, _)| at))
                .text(" AS BIGINT)), complete = COALESCE(complete, CAST(")
                .bind(change.finished.map(|(_, complete)| complete))
                .text(" AS BOOLEAN)) WHERE id = ")
                .bind(task)
                .run(tx)
                .await?;
            if matches!(change.finished, Some((_, false))) {
                self.cases.push(short_case(tx, known.id, &known.number, &known.kind, known.site_id).await?);
            }
        }
        let counts = self.counting.save(tx, &self.known, self.now_ms).await?;
        self.applied.cases.extend(counts.into_iter().map(|(id, site)| (id, Some(site))));
        let mut opened = BTreeSet::new();
        for case in self.cases {
            let site = case.site;
            opened.insert((cases::open(tx, case, self.now_ms).await?, site));
        }
        self.applied.cases.extend(opened);
        if self.applied.doubled > 0 {
            count_doubled(tx, self.applied.doubled).await?;
        }
        Ok(self.applied)
    }
}

#[derive(FromQueryResult)]
struct ShortLine {
    item_id: i64,
    code: String,
    name: String,
    carton: i32,
    cartons: i32,
    lot: String,
    quantity: i64,
    done: i64,
    short: i64,
}

/// A task was finished with something missing.
async fn short_case(tx: &impl ConnectionTrait, task: i64, number: &str, kind: &str, site: i64) -> Result<Case, DbErr> {
    let lines: Vec<ShortLine> = Sql::new(
        "SELECT i.id AS item_id, i.code, i.name, l.carton, i.cartons, l.lot, l.quantity, l.done, l.short FROM task_line l JOIN item i ON i.id = l.item_id \
         WHERE l.short <> 0 AND l.carton IS NOT NULL AND l.task_id = ",
    )
    .bind(task)
    .text(" ORDER BY l.id")
    .all(tx)
    .await?;
    let lines: Vec<_> = lines
        .into_iter()
        .map(|line| {
            json!({
                "item": line.item_id, "code": line.code, "name": line.name, "carton": line.carton, "of": line.cartons, "lot": line.lot,
                "quantity": Quantity::from_raw(line.quantity), "done": Quantity::from_raw(line.done), "short": Quantity::from_raw(line.short),
            })
        })
        .collect();
    let data = json!({ "task": task, "number": number, "task_kind": kind, "lines": lines });
    Ok(Case { kind: "short_pick", site: Some(site), edge: None, key: format!("short_pick:{task}"), data, again: Again::Replace })
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
