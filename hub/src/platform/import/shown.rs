//! What the API shows of imports, in the reader's language.

use serde::Serialize;
use utoipa::ToSchema;

use super::columns::{Column, Kind, Needed};
use super::store::{Counts, Import};
use super::{Fault, FieldChange, Importable, Outcome};
use crate::http::problem::Language;

/// Something that can be imported.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportKind {
    /// Its word: `items`.
    pub(super) id: String,
    /// What it is called, in the reader's language.
    pub(super) title: String,
    /// Its columns.
    pub(super) columns: Vec<ImportColumn>,
}

/// A column of what can be imported.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportColumn {
    /// Its word.
    pub(super) id: String,
    /// Its title, in the reader's language.
    pub(super) title: String,
    /// `always`, `new` (for a new record) or `never`: when it has to be filled.
    pub(super) needed: String,
    /// What to write into it, in the reader's language.
    pub(super) hint: String,
    /// What can be chosen; empty when anything can be written.
    pub(super) options: Vec<String>,
    /// Whether something else than the options will do.
    pub(super) open: bool,
}

pub(super) fn kind_of(entity: &dyn Importable, columns: Vec<Column>, language: Language) -> ImportKind {
    let column = |column: Column| ImportColumn {
        id: column.id.to_string(),
        title: column.title.in_language(language).to_owned(),
        needed: match column.needed {
            Needed::Always => "always",
            Needed::New => "new",
            Needed::Never => "never",
        }
        .to_owned(),
        hint: column.hint.in_language(language).to_owned(),
        options: column.options(language).into_iter().map(str::to_owned).collect(),
        open: match &column.field {
            Some(field) => field.options_in(language).is_empty(),
            None => !matches!(column.kind, Kind::Choice(_) | Kind::Flag),
        },
    };
    let title = entity.title().in_language(language).to_owned();
    ImportKind { id: entity.word().to_owned(), title, columns: columns.into_iter().map(column).collect() }
}

/// A row that shows what would happen, or what is wrong.
#[derive(Debug, Serialize, ToSchema)]
pub struct PreviewRow {
    /// Row of the sheet.
    pub(super) row: u32,
    /// What it is called.
    pub(super) key: String,
    /// What it would do.
    pub(super) outcome: Outcome,
    /// What would change.
    pub(super) changes: Vec<FieldChange>,
    /// What is wrong with it, in the reader's language.
    pub(super) faults: Vec<FaultRow>,
}

/// What is wrong with a row.
#[derive(Debug, Serialize, ToSchema)]
pub struct FaultRow {
    /// The column at fault; empty for the row as a whole.
    pub(super) column: String,
    /// The rule, for programs.
    pub(super) rule: String,
    /// What is wrong and what to do, in the reader's language.
    pub(super) text: String,
}

/// An import in the list.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportSummary {
    /// Number.
    pub(super) id: i64,
    /// What is imported: `items`.
    pub(super) kind: String,
    /// What the file is called.
    pub(super) name: String,
    /// `uploaded`, `checking`, `checked`, `running`, `stopped`, `done`, `undoing` or `undone`.
    pub(super) state: String,
    /// How many rows do what, or did.
    pub(super) counts: Counts,
    /// Why it stopped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<String>,
    /// The job that works on it, or did last; `/jobs/{id}` says how far it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) job: Option<i64>,
    /// Who began it.
    pub(super) created_by: String,
    /// When.
    pub(super) created_ms: i64,
    /// When it was checked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) checked_ms: Option<i64>,
    /// When it was run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) ran_ms: Option<i64>,
    /// When it was undone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) undone_ms: Option<i64>,
}

/// An import.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportDetail {
    /// As in the list.
    #[serde(flatten)]
    pub(super) summary: ImportSummary,
    /// Titles of the sheet's columns.
    pub(super) headers: Vec<String>,
    /// For each of them the column that it means; `null` where it is left out.
    pub(super) mapping: Vec<Option<String>>,
    /// Columns that have to be filled and that no column of the sheet is matched to.
    pub(super) unmatched: Vec<String>,
    /// Whether records that are there are changed.
    pub(super) update_existing: bool,
    /// The first rows of the sheet, until it is checked.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) samples: Vec<Vec<String>>,
    /// The first rows of each outcome, once it is checked.
    pub(super) preview: Vec<PreviewRow>,
    /// What can be done now: `map`, `check`, `run`, `undo`, `failed`.
    pub(super) actions: Vec<&'static str>,
}

impl From<&Import> for ImportSummary {
    fn from(import: &Import) -> Self {
        Self {
            id: import.id,
            kind: import.entity.clone(),
            name: import.name.clone(),
            state: import.state.clone(),
            counts: import.counts(),
            error: import.error.clone(),
            job: import.job_id,
            created_by: import.created_by.clone(),
            created_ms: import.created_ms,
            checked_ms: import.checked_ms,
            ran_ms: import.ran_ms,
            undone_ms: import.undone_ms,
        }
    }
}

/// Whether there is something to take back. What could not be taken back is tried again: what held it may be gone.
pub(super) fn leaves_something(state: &str, counts: &Counts) -> bool {
    matches!(state, "stopped" | "done" | "undone") && counts.new + counts.changed > counts.undone
}

pub(super) fn actions(import: &Import) -> Vec<&'static str> {
    let (counts, mut all) = (import.counts(), Vec::new());
    let undone = counts.undone + counts.kept > 0;
    if matches!(import.state.as_str(), "uploaded" | "checked") {
        all.extend(["map", "check"]);
    }
    if import.state == "checked" && counts.new + counts.changed > 0 || import.state == "stopped" && !undone {
        all.push("run");
    }
    if leaves_something(&import.state, &counts) {
        all.push("undo");
    }
    if counts.bad > 0 && import.file_id.is_some() && !matches!(import.state.as_str(), "checking" | "running") {
        all.push("failed");
    }
    all
}

/// The first rows of each outcome, in the reader's language.
pub(super) fn preview_rows(import: &Import, language: Language) -> Vec<PreviewRow> {
    let fault = |fault: Fault| FaultRow { text: fault.text(language).to_owned(), column: fault.column, rule: fault.rule };
    let row = |row: super::store::Shown| PreviewRow {
        row: row.row,
        key: row.key,
        outcome: row.outcome,
        changes: row.changes,
        faults: row.faults.into_iter().map(fault).collect(),
    };
    import.preview().into_iter().map(row).collect()
}
