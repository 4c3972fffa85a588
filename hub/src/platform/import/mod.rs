//! Import: a sheet becomes records, in steps that a person sees.
//!
//! Upload → the columns are matched → *check* (nothing is written: a dry run of exactly what the run does) → preview → *run* → result, with
//! the failed rows as a sheet that can be mended and uploaded again → *undo*, as long as one likes. Check, run and undo are durable jobs
//! ([`work`]) that go through the sheet a few hundred rows at a time; each step is one transaction with the note how far it came
//! (`import.next_row`), so a row is written once, whatever is killed.
//!
//! What can be imported is told by [`Importable`]s of the business modules ([`Registry`]): their columns, what a row would do, and how it is
//! taken back. They keep the rules of their records; this room keeps sheets, steps, rows and rights.

pub mod added;
pub mod api;
pub mod cells;
pub mod columns;
mod failed;
mod read;
mod shown;
mod store;
mod template;
#[cfg(test)]
mod tests;
mod work;
mod xlsx;

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;

use jiff::tz::TimeZone;
use qitao_domain::quantity::Quantity;
use sea_orm::{DatabaseConnection, DatabaseTransaction, DbErr};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};
use utoipa::ToSchema;

pub use columns::{Choice, Column, Kind, Needed};
pub use read::SheetError;
pub use store::{ImportRow, forget_some_rows, over_since};
pub use work::handlers;

use super::expressions::Value as Variable;
use super::fields::{Broken, Compiled, Situation, Subject};
use super::identity::{Actor, Right};
use super::organisation::Tree;
use super::scope::Scope;
use crate::http::problem::{Language, Problem, Text};

/// Something that can be imported.
#[async_trait::async_trait]
pub trait Importable: Send + Sync + 'static {
    /// Its word in the API: `items`.
    fn word(&self) -> &'static str;

    /// What people call it.
    fn title(&self) -> Text;

    /// The data set that it changes: who writes rows, or takes them back, waits for everybody else who changes that.
    fn dataset(&self) -> &'static str;

    /// Whether it belongs to sites or organisations: then a person imports into those where they have the right; otherwise it is the whole
    /// chain's.
    fn of_sites(&self) -> bool;

    /// The kind of record whose custom fields it has.
    fn subject(&self) -> Option<Subject> {
        None
    }

    /// The right over such records that it asks for beside that to import. What somebody uploads of it nobody else goes on with: it does
    /// what their rights allow.
    fn right(&self) -> Option<Right> {
        None
    }

    /// What its template says beneath the columns.
    fn note(&self) -> Option<Text> {
        None
    }

    /// What the drop-downs of its template offer that only the database knows.
    ///
    /// # Errors
    /// What the database said.
    async fn offers(&self, _db: &DatabaseConnection, _actor: &Actor, _language: Language) -> Result<Vec<Offer>, DbErr> {
        Ok(Vec::new())
    }

    /// The right that a column asks for beside that to import; whoever lacks it has no such column.
    fn right_for(&self, _column: &str) -> Option<Right> {
        None
    }

    /// What a sheet of it has, in the order of the template, but for custom fields.
    fn columns(&self) -> Vec<Column>;

    /// Decides what each row would do and, when the run is to write, does it in this transaction. As many answers as rows, in their order.
    ///
    /// # Errors
    /// What the database said; then nothing of these rows is written.
    async fn take(&self, tx: &DatabaseTransaction, run: &Run, rows: Vec<Parsed>, seen: &mut Seen) -> Result<Vec<Done>, DbErr>;

    /// Takes rows back that an import has written; rows whose record has changed since are refused. Answers in the order of the rows.
    ///
    /// # Errors
    /// What the database said; then none of these rows is taken back.
    async fn take_back(&self, tx: &DatabaseTransaction, run: &Run, rows: Vec<Made>) -> Result<Vec<Option<Fault>>, DbErr>;
}

/// What a column may be filled with, where something else will do as well.
#[derive(Debug, Clone)]
pub struct Offer {
    /// The column.
    pub column: &'static str,
    /// What can be chosen.
    pub options: Vec<String>,
}

/// The member of what an import keeps of a record in which everything is sealed: it is for the undo, and told to nobody.
pub const SEALED: &str = "sealed";

/// The column without which there is no row, when somebody may not write its field: then nothing of this can be imported by them.
fn closed(entity: &dyn Importable, actor: &Actor) -> Option<(Subject, Column)> {
    let subject = entity.subject()?;
    let closed = |column: &Column| column.needed == Needed::Always && !column.is_writable(subject, actor);
    Some((subject, entity.columns().into_iter().find(closed)?))
}

/// Everything that can be imported.
#[derive(Clone, Default)]
pub struct Registry(Arc<Vec<Arc<dyn Importable>>>);

impl Registry {
    /// These.
    #[must_use]
    pub fn new(entities: Vec<Arc<dyn Importable>>) -> Self {
        Self(Arc::new(entities))
    }

    /// All.
    pub fn all(&self) -> impl Iterator<Item = &Arc<dyn Importable>> {
        self.0.iter()
    }

    /// By word.
    #[must_use]
    pub fn get(&self, word: &str) -> Option<&Arc<dyn Importable>> {
        self.0.iter().find(|entity| entity.word() == word)
    }
}

/// One pass through a sheet.
#[derive(Debug, Clone)]
pub struct Run {
    /// Number of the import.
    pub import: i64,
    /// Login of whoever does it.
    pub author: String,
    /// Whoever uploaded it, with the rights that they have now; of those no more than the program has by which the step was begun.
    pub actor: Actor,
    /// Whether a program began the step.
    pub program: bool,
    /// The time.
    pub now_ms: i64,
    /// Whether records that are there are changed; otherwise such rows are refused.
    pub update_existing: bool,
    /// The sites that may be written to.
    pub sites: Scope,
    /// The custom fields of such records, and where they stand; nothing where there are none.
    pub custom: Option<Custom>,
    /// Whether it writes; a check does not.
    pub write: bool,
}

/// The custom fields of the records of an import.
#[derive(Debug, Clone)]
pub struct Custom {
    /// The fields.
    pub set: Arc<Compiled>,
    /// The organisations.
    pub tree: Arc<Tree>,
    /// The time zone that days are of.
    pub zone: TimeZone,
}

impl Custom {
    /// The values of a record of the whole chain after a row was written over what `was`; `record` is what expressions see of its other
    /// fields. What a row says nothing new of is asked nothing.
    ///
    /// # Errors
    /// Every field that is wrong.
    pub fn accept(
        &self,
        row: &Parsed,
        now_ms: i64,
        record: Variable,
        was: Option<&Map<String, Json>>,
    ) -> Result<Map<String, Json>, Vec<Fault>> {
        let none = Map::new();
        let (new, was) = (was.is_none(), was.unwrap_or(&none));
        if !new && row.custom.iter().all(|(key, value)| was.get(key).unwrap_or(&Json::Null) == value) {
            return Ok(was.clone());
        }
        let now = jiff::Timestamp::from_millisecond(now_ms).unwrap_or_default();
        let at = Situation { tree: &self.tree, organisation: None, now, zone: self.zone.clone(), new };
        let fault = |broken: Broken| Fault::new(&broken.field, broken.rule, broken.zh, broken.en);
        self.set.accept(&at, record, was, &row.custom).map_err(|all| all.into_iter().map(fault).collect())
    }
}

/// What earlier rows of the same sheet have claimed: keys that may come once, and what a check has to remember because nothing is written.
/// Keys are kept as two numbers that nobody can foresee, not as they are: half a million rows have millions of them.
#[derive(Debug, Default)]
pub struct Seen {
    shorten: [RandomState; 2],
    claimed: HashSet<(u64, u64)>,
    notes: HashMap<(u64, u64), i64>,
}

impl Seen {
    fn short(&self, key: &str) -> (u64, u64) {
        let [one, other] = &self.shorten;
        (one.hash_one(key), other.hash_one(key))
    }

    /// Claims a key; `false` when an earlier row had it.
    pub fn claim(&mut self, key: &str) -> bool {
        let key = self.short(key);
        self.claimed.insert(key)
    }

    /// Whether an earlier row had it.
    #[must_use]
    pub fn has(&self, key: &str) -> bool {
        self.claimed.contains(&self.short(key))
    }

    /// Remembers a figure for later rows.
    pub fn note(&mut self, key: &str, value: i64) {
        let key = self.short(key);
        self.notes.insert(key, value);
    }

    /// A figure of an earlier row.
    #[must_use]
    pub fn noted(&self, key: &str) -> Option<i64> {
        self.notes.get(&self.short(key)).copied()
    }
}

/// A value that was read from a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// The cell says that there is to be nothing: `-`.
    Nothing,
    /// Text, or the word of a choice.
    Text(String),
    /// A whole number.
    Whole(i64),
    /// An amount.
    Amount(Quantity),
    /// Yes or no.
    Flag(bool),
    /// Milliseconds since 1970 UTC.
    Moment(i64),
    /// Several codes.
    Pieces(Vec<Piece>),
}

/// One of several codes in a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// The code.
    pub code: String,
    /// How many.
    pub quantity: Quantity,
    /// Which carton.
    pub carton: Option<u16>,
}

/// A row whose cells were read.
#[derive(Debug, Clone, Default)]
pub struct Parsed {
    /// Row of the sheet, as it counts.
    pub number: u32,
    /// What the cells say; empty cells say nothing.
    pub values: HashMap<Cow<'static, str>, Value>,
    /// What the cells of custom fields say, by their keys; `null` where there is to be nothing.
    pub custom: Map<String, Json>,
    /// What is wrong with the cells.
    pub faults: Vec<Fault>,
}

impl Parsed {
    /// Whether a column says anything, also that there is to be nothing.
    #[must_use]
    pub fn says(&self, column: &str) -> bool {
        self.values.contains_key(column)
    }

    /// The text of a column.
    #[must_use]
    pub fn text(&self, column: &str) -> Option<&str> {
        match self.values.get(column) {
            Some(Value::Text(text)) => Some(text),
            Some(Value::Nothing) => Some(""),
            _ => None,
        }
    }

    /// The whole number of a column.
    #[must_use]
    pub fn whole(&self, column: &str) -> Option<i64> {
        if let Some(Value::Whole(number)) = self.values.get(column) { Some(*number) } else { None }
    }

    /// The amount of a column.
    #[must_use]
    pub fn amount(&self, column: &str) -> Option<Quantity> {
        if let Some(Value::Amount(amount)) = self.values.get(column) { Some(*amount) } else { None }
    }

    /// The flag of a column.
    #[must_use]
    pub fn flag(&self, column: &str) -> Option<bool> {
        if let Some(Value::Flag(flag)) = self.values.get(column) { Some(*flag) } else { None }
    }

    /// The moment of a column.
    #[must_use]
    pub fn moment(&self, column: &str) -> Option<i64> {
        if let Some(Value::Moment(ms)) = self.values.get(column) { Some(*ms) } else { None }
    }

    /// The codes of a column.
    #[must_use]
    pub fn pieces(&self, column: &str) -> Option<&[Piece]> {
        match self.values.get(column) {
            Some(Value::Pieces(pieces)) => Some(pieces),
            Some(Value::Nothing) => Some(&[]),
            _ => None,
        }
    }
}

/// Why a row is not taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// The column at fault; empty for the row as a whole.
    pub column: String,
    /// The rule that was broken, for programs.
    pub rule: String,
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}

impl Fault {
    /// A fault in both languages.
    pub fn new(column: &str, rule: &str, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { column: column.to_owned(), rule: rule.to_owned(), zh: zh.into(), en: en.into() }
    }

    /// What a rule of a page said, as a fault of a row.
    #[must_use]
    pub fn of_problem(problem: &Problem) -> Self {
        let (zh, en) = (problem.body(Language::Chinese), problem.body(Language::English));
        let word = |body: &Json, name: &str| body[name].as_str().unwrap_or_default().to_owned();
        Self { column: word(&zh, "field"), rule: word(&zh, "rule"), zh: word(&zh, "detail"), en: word(&en, "detail") }
    }

    /// In one language.
    #[must_use]
    pub fn text(&self, language: Language) -> &str {
        if language == Language::Chinese { &self.zh } else { &self.en }
    }
}

/// What a row does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Makes a record.
    New,
    /// Changes one.
    Changed,
    /// Says what is there already.
    Same,
    /// Is not taken.
    Bad,
}

impl Outcome {
    /// Of a row that is taken: whether its record is there, and what would change in it.
    #[must_use]
    pub fn of(there: bool, changes: &[FieldChange]) -> Self {
        match there {
            false => Self::New,
            true if changes.is_empty() => Self::Same,
            true => Self::Changed,
        }
    }

    /// Its word in the database.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Changed => "changed",
            Self::Same => "same",
            Self::Bad => "bad",
        }
    }
}

/// A field that changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FieldChange {
    /// The column.
    pub column: String,
    /// What is there; empty when there is nothing.
    pub old: String,
    /// What comes.
    pub new: String,
}

impl FieldChange {
    /// Nothing when it stays as it is.
    #[must_use]
    pub fn of(column: &str, old: Option<&str>, new: &str) -> Option<Self> {
        let old = old.unwrap_or_default();
        (old != new).then(|| Self { column: column.to_owned(), old: old.to_owned(), new: new.to_owned() })
    }
}

/// What became of a row, or would.
#[derive(Debug, Clone)]
pub struct Done {
    /// Row of the sheet.
    pub number: u32,
    /// What it was called, for people.
    pub key: String,
    /// What it does.
    pub outcome: Outcome,
    /// Why it is not taken.
    pub faults: Vec<Fault>,
    /// What changes.
    pub changes: Vec<FieldChange>,
    /// The record, once it is written.
    pub record: Option<i64>,
    /// Its version as the import left it.
    pub version: Option<i64>,
    /// What it was before, where it was there.
    pub old: Option<Json>,
}

impl Done {
    /// A row that is not taken.
    #[must_use]
    pub fn bad(number: u32, key: impl Into<String>, faults: Vec<Fault>) -> Self {
        Self { number, key: key.into(), outcome: Outcome::Bad, faults, changes: Vec::new(), record: None, version: None, old: None }
    }

    /// A row that is taken.
    #[must_use]
    pub fn good(number: u32, key: impl Into<String>, outcome: Outcome, changes: Vec<FieldChange>) -> Self {
        Self { number, key: key.into(), outcome, faults: Vec::new(), changes, record: None, version: None, old: None }
    }

    /// Notes that its record is written: its number, its version now, what it was before.
    pub fn written(&mut self, record: Option<i64>, version: i64, old: Option<&impl Serialize>) {
        (self.record, self.version, self.old) = (record, Some(version), old.map(|old| json!(old)));
    }
}

/// A row that an import has written.
#[derive(Debug, Clone)]
pub struct Made {
    /// Row of the sheet.
    pub number: u32,
    /// What it was called.
    pub key: String,
    /// The record.
    pub record: i64,
    /// Its version as the import left it.
    pub version: i64,
    /// What it was before; nothing when the import has made it.
    pub old: Option<Json>,
}

/// The fault of a record that somebody else has changed since the import.
#[must_use]
pub fn changed_since() -> Fault {
    Fault::new("", "changed_since", "导入后又被改过，没有撤销。", "It was changed after the import and is left as it is.")
}

/// The fault of a record at a site where whoever takes back may not import any more.
#[must_use]
pub fn out_of_reach() -> Fault {
    Fault::new(
        "",
        "site_reach",
        "所在站点已不在您的导入范围内，没有撤销。",
        "Its site is no longer one that you may import to; it is left as it is.",
    )
}

/// The fault of a record that is in use.
#[must_use]
pub fn in_use() -> Fault {
    Fault::new("", "in_use", "已被库存、流水、任务或价格使用，没有撤销。", "Stock, movements, tasks or prices use it; it is left as it is.")
}

/// The fault of a key that an earlier row of the sheet had.
#[must_use]
pub fn twice(column: &str) -> Fault {
    Fault::new(column, "once_in_file", "文件里前面已经有这一条。", "An earlier row of the file has the same.")
}

/// The fault of a row about a record that is there when only new ones are wanted.
#[must_use]
pub fn exists(column: &str) -> Fault {
    Fault::new(
        column,
        "exists",
        "已存在；如要修改，请勾选“更新已存在的数据”。",
        "It exists already; choose to update what exists if it is to be changed.",
    )
}

/// The fault of a column that a new record needs.
#[must_use]
pub fn missing(column: &str) -> Fault {
    Fault::new(column, "required", "新建时必须填写。", "A new record needs it.")
}
