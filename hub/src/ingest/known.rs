//! What the books must know to judge facts: read once for all facts that are booked together.

use std::collections::{BTreeSet, HashMap, HashSet};

use qitao_domain::event::{Effect, Fact};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};

use crate::platform::sql::Sql;

/// An item.
#[derive(Debug, FromQueryResult)]
pub struct KnownItem {
    id: i64,
    pub cartons: i32,
    pub by_lot: bool,
    pub is_kit: bool,
}

/// A location.
#[derive(Debug, FromQueryResult)]
pub struct KnownLocation {
    id: i64,
    pub site_id: i64,
    pub kind: String,
    pub code: String,
}

impl KnownLocation {
    /// Whether stock here is really in the building.
    pub fn is_real(&self) -> bool {
        matches!(self.kind.as_str(), "bin" | "receiving" | "staging")
    }
}

/// A task.
#[derive(Debug, Clone, FromQueryResult)]
pub struct KnownTask {
    pub id: i64,
    pub number: String,
    pub kind: String,
    pub site_id: i64,
    pub state: String,
}

#[derive(FromQueryResult)]
struct KnownLine {
    id: i64,
    task_id: i64,
}

#[derive(FromQueryResult)]
struct Booked {
    scan_id: String,
    body: String,
}

/// Everything that facts refer to, as far as it exists.
#[derive(Debug, Default)]
pub struct Known {
    pub items: HashMap<i64, KnownItem>,
    pub locations: HashMap<i64, KnownLocation>,
    pub tasks: HashMap<i64, KnownTask>,
    /// Task of each line.
    pub lines: HashMap<i64, i64>,
    /// Facts that are booked already, by scan, with their bodies.
    pub booked: HashMap<String, String>,
    /// Scans that facts take back and that are booked.
    pub reversible: HashSet<String>,
    /// Those of them that were taken back already.
    pub reversed: HashSet<String>,
    /// Locations that facts move to or from, or count.
    pub touched: BTreeSet<i64>,
    /// Tasks and locations that facts count.
    pub counted: BTreeSet<(i64, i64)>,
}

/// Ids in one `IN` list.
const AT_ONCE: usize = 2_000;

async fn select<T: FromQueryResult>(db: &impl ConnectionTrait, text: &str, ids: impl IntoIterator<Item = i64>) -> Result<Vec<T>, DbErr> {
    let ids: Vec<i64> = ids.into_iter().collect();
    let mut rows = Vec::with_capacity(ids.len());
    for part in ids.chunks(AT_ONCE) {
        rows.extend(Sql::new(text).among(part.iter().copied()).all::<T>(db).await?);
    }
    Ok(rows)
}

async fn booked(db: &impl ConnectionTrait, scans: impl IntoIterator<Item = String>) -> Result<HashMap<String, String>, DbErr> {
    let scans: Vec<String> = scans.into_iter().collect();
    let mut found = HashMap::new();
    for part in scans.chunks(AT_ONCE) {
        let rows: Vec<Booked> = Sql::new("SELECT scan_id, body FROM fact WHERE scan_id IN ").among(part.iter().cloned()).all(db).await?;
        found.extend(rows.into_iter().map(|row| (row.scan_id, row.body)));
    }
    Ok(found)
}

async fn taken_back(db: &impl ConnectionTrait, scans: &BTreeSet<String>) -> Result<HashSet<String>, DbErr> {
    #[derive(FromQueryResult)]
    struct TakenBack {
        reverses: String,
    }
    let scans: Vec<&String> = scans.iter().collect();
    let mut found = HashSet::new();
    for part in scans.chunks(AT_ONCE) {
        let question = Sql::new("SELECT DISTINCT reverses FROM movement WHERE reverses IN ").among(part.iter().map(|scan| (*scan).clone()));
        found.extend(question.all::<TakenBack>(db).await?.into_iter().map(|row| row.reverses));
    }
    Ok(found)
}

impl Known {
    /// Reads what these facts refer to.
    ///
    /// # Errors
    /// What the database said.
    pub async fn load<'f>(db: &impl ConnectionTrait, facts: impl Iterator<Item = &'f Fact>) -> Result<Self, DbErr> {
        let (mut items, mut lines, mut tasks) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        let (mut scans, mut reversed) = (BTreeSet::new(), BTreeSet::new());
        let mut known = Self::default();
        for fact in facts {
            scans.insert(fact.scan.to_string());
            tasks.extend(fact.task.map(|task| task.0));
            for effect in &fact.effects {
                match effect {
                    Effect::Moved { stock, from, to, line, reverses, .. } => {
                        items.insert(stock.item.0);
                        known.touched.extend([from.0, to.0]);
                        lines.extend(line.map(|line| line.0));
                        reversed.extend(reverses.map(|scan| scan.to_string()));
                    }
                    Effect::Counted { location, stock, .. } => {
                        items.insert(stock.item.0);
                        known.touched.insert(location.0);
                        known.counted.extend(fact.task.map(|task| (task.0, location.0)));
                    }
                    Effect::CountStarted { location } | Effect::CountFinished { location } => {
                        known.touched.insert(location.0);
                        known.counted.extend(fact.task.map(|task| (task.0, location.0)));
                    }
                    Effect::Short { line, .. } => {
                        lines.insert(line.0);
                    }
                    _ => {}
                }
            }
        }
        let rows: Vec<KnownItem> = select(db, "SELECT id, cartons, by_lot, is_kit FROM item WHERE id IN ", items).await?;
        known.items = rows.into_iter().map(|row| (row.id, row)).collect();
        let rows: Vec<KnownLocation> =
            select(db, "SELECT id, site_id, kind, code FROM location WHERE id IN ", known.touched.iter().copied()).await?;
        known.locations = rows.into_iter().map(|row| (row.id, row)).collect();
        let rows: Vec<KnownTask> = select(db, "SELECT id, number, kind, site_id, state FROM task WHERE id IN ", tasks).await?;
        known.tasks = rows.into_iter().map(|row| (row.id, row)).collect();
        let rows: Vec<KnownLine> = select(db, "SELECT id, task_id FROM task_line WHERE id IN ", lines).await?;
        known.lines = rows.into_iter().map(|row| (row.id, row.task_id)).collect();
        known.booked = booked(db, scans).await?;
        known.reversed = taken_back(db, &reversed).await?;
        known.reversible = booked(db, reversed).await?.into_keys().collect();
        Ok(known)
    }
}
