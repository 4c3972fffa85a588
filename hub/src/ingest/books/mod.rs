//! Facts into the books: each fact is judged whole ([`check`]), then applied whole ([`effects`]), and all that follows from facts booked
//! together is written together ([`save`]): a statement for each table, however many facts there are. What cannot be read or applied is kept
//! whole and becomes a case.
//!
//! The physical scan wins: a location may go below nothing, a withdrawn task still counts what was done for it, a task that this
//! database does not know (it was restored from a backup) does not stop stock from moving. Refused is only what would break the ledger.

mod check;
mod effects;
mod save;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use qitao_domain::event::{Effect, Fact, Source};
use qitao_domain::ids::LineId;
use qitao_domain::work::Tone;
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, TransactionTrait, Value};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::cases::{self, Again, Case};
use super::counting::Counting;
use super::known::{Known, KnownTask};
use super::offered::Offered;
use crate::db::storable;
use crate::inventory::NewMovement;
use crate::platform::sql::insert_many;
use check::Refused;

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
    pub offered: Arc<Offered>,
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
    /// Task.
    pub task: Option<i64>,
    /// Tone.
    pub tone: &'static str,
    /// The fact, for its verdict.
    pub offered: Arc<Offered>,
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
    /// Those of them of which lines went on or back.
    pub progressed: BTreeMap<i64, i64>,
    /// Those of them that ended by it: task, site, edge.
    pub finished: Vec<(i64, i64, String)>,
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
        self.progressed.extend(other.progressed);
        self.finished.extend(other.finished);
        self.cases.extend(other.cases);
        self.doubled += other.doubled;
        self.refused.extend(other.refused);
    }
}

#[derive(Debug, Default, Clone)]
struct TaskChange {
    started_ms: Option<i64>,
    /// When, whether complete, by which edge.
    finished: Option<(i64, bool, String)>,
}

struct Books {
    now_ms: i64,
    known: Known,
    counting: Counting,
    movements: Vec<NewMovement>,
    /// Done and declared missing, by line.
    lines: BTreeMap<i64, (i64, i64)>,
    /// Declared missing, by line and edge.
    shorts: BTreeMap<(i64, String), i64>,
    tasks: BTreeMap<i64, TaskChange>,
    cases: Vec<Case>,
    /// Matters of label jobs of which no doubt is left.
    printed: BTreeSet<String>,
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
    let known = Known::load(tx, incoming.iter().filter_map(|one| one.offered.fact.as_ref().ok())).await?;
    let counting = Counting::load(tx, &known).await?;
    let mut books = Books {
        now_ms,
        known,
        counting,
        movements: Vec::new(),
        lines: BTreeMap::new(),
        shorts: BTreeMap::new(),
        tasks: BTreeMap::new(),
        cases: Vec::new(),
        printed: BTreeSet::new(),
        facts: Vec::new(),
        raw: Vec::new(),
        applied: Applied::default(),
    };
    for one in incoming {
        let offered = one.offered.clone();
        match &offered.fact {
            Ok(fact) => books.take(&one, fact),
            Err(error) => books.keep_unreadable(&one, error),
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
                let case = unappliable(&one, &digest(&one.offered.text), &refused);
                applied.cases.push((cases::open(tx, case, now_ms).await?, Some(one.site)));
                applied.refused.push((one.seq, refused.rule, refused.detail));
            }
        }
    }
    Ok(applied)
}

pub(super) fn digest(text: &str) -> String {
    data_encoding::HEXLOWER.encode(&Sha256::digest(text.as_bytes())[..16])
}

fn raw_row(one: &Incoming) -> Vec<Value> {
    vec![one.edge.clone().into(), one.epoch.into(), one.seq.into(), one.offered.text.clone().into()]
}

fn unappliable(one: &Incoming, key: &str, refused: &Refused) -> Case {
    Case {
        kind: "unappliable_fact",
        site: Some(one.site),
        edge: Some(one.edge.clone()),
        key: format!("unappliable_fact:{}:{key}", one.edge),
        data: json!({ "edge": one.edge, "epoch": one.epoch, "seq": one.seq, "rule": refused.rule, "detail": refused.detail, "fact": one.offered.value() }),
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
    /// The task that a fact is for. One of another site is as good as none: the edge was moved, or the number means something else since this
    /// database was restored from a backup.
    fn task_of(&self, one: &Incoming, fact: &Fact) -> Option<&KnownTask> {
        fact.task.and_then(|task| self.known.tasks.get(&task.0)).filter(|task| task.site_id == one.site)
    }

    /// The line that an effect counts towards, when it is one of the fact's own task.
    fn line_of(&self, one: &Incoming, fact: &Fact, line: LineId) -> Option<i64> {
        let task = self.task_of(one, fact)?;
        (self.known.lines.get(&line.0) == Some(&task.id)).then_some(line.0)
    }

    fn keep_unreadable(&mut self, one: &Incoming, error: &str) {
        self.raw.push(raw_row(one));
        self.applied.refused.push((one.seq, "unreadable", error.to_owned()));
        self.cases.push(Case {
            kind: "unreadable_fact",
            site: Some(one.site),
            edge: Some(one.edge.clone()),
            key: format!("unreadable_fact:{}:{}", one.edge, digest(&one.offered.text)),
            data: json!({ "edge": one.edge, "epoch": one.epoch, "seq": one.seq, "detail": error, "fact": one.offered.value() }),
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
        let body = &one.offered.text;
        if let Some(booked) = self.known.booked.get(&scan) {
            let same = booked == body || serde_json::from_str::<Fact>(booked).is_ok_and(|booked| booked == *fact);
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
        let task = self.task_of(one, fact).map(|task| (task.id, task.site_id));
        if let Some((task, site)) = task {
            self.applied.tasks.insert(task, site);
            if !fact.effects.is_empty() {
                self.tasks.entry(task).or_default().started_ms.get_or_insert(fact.at.wall_ms);
            }
        }
        let tone = tone_word(fact.verdict.tone());
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
            one.offered.verdict.get("is").and_then(|is| is.as_str()).unwrap_or_default().into(),
            storable(payload_of(&fact.source)).into(),
            body.clone().into(),
        ]);
        self.applied.seen.push(Seen {
            edge: one.edge.clone(),
            site: one.site,
            station: fact.station.to_string(),
            operator: fact.operator.map(|operator| operator.0),
            task: fact.task.map(|task| task.0),
            tone,
            offered: one.offered.clone(),
            at_ms: fact.at.wall_ms,
            scan: scan.clone(),
            moved,
        });
        let reverses = fact.effects.iter().filter_map(|effect| if let Effect::Moved { reverses, .. } = effect { *reverses } else { None });
        self.known.reversed.extend(reverses.map(|scan| scan.to_string()));
        self.known.reversible.insert(scan.clone());
        self.known.booked.insert(scan, body.clone());
    }
}
