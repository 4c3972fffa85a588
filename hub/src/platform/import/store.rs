//! Imports and their rows in the database.

use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, Value as DbValue};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use utoipa::ToSchema;

use super::read::Shape;
use super::shown::leaves_something;
use super::{Done, Fault, FieldChange, Made, Outcome};
use crate::db::{storable, storable_json};
use crate::http::page::{Page, PageQuery};
use crate::http::problem::Problem;
use crate::platform::sql::{Sql, insert_many};

/// Rows of each outcome that a preview shows.
const SHOWN: usize = 20;

/// How many rows do what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Counts {
    /// Rows of the sheet.
    pub rows: u32,
    /// Rows that make a record.
    pub new: u32,
    /// Rows that change one.
    pub changed: u32,
    /// Rows that say what is there already.
    pub same: u32,
    /// Rows that are not taken.
    pub bad: u32,
    /// Rows that were taken back.
    #[serde(default)]
    pub undone: u32,
    /// Rows that could not be taken back.
    #[serde(default)]
    pub kept: u32,
}

impl Counts {
    /// With these rows too.
    pub(super) fn add(&mut self, rows: &[Done]) {
        for row in rows {
            self.rows += 1;
            *match row.outcome {
                Outcome::New => &mut self.new,
                Outcome::Changed => &mut self.changed,
                Outcome::Same => &mut self.same,
                Outcome::Bad => &mut self.bad,
            } += 1;
        }
    }
}

/// A row of a preview.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Shown {
    pub row: u32,
    pub key: String,
    pub outcome: Outcome,
    pub changes: Vec<FieldChange>,
    pub faults: Vec<Fault>,
}

/// The first rows of each outcome.
#[derive(Debug, Default)]
pub(super) struct Preview(Vec<Shown>, [usize; 4]);

impl Preview {
    pub fn add(&mut self, rows: &[Done]) {
        for row in rows {
            let count = &mut self.1[row.outcome as usize];
            if *count < SHOWN {
                *count += 1;
                let Done { number, key, outcome, changes, faults, .. } = row.clone();
                self.0.push(Shown { row: number, key, outcome, changes, faults });
            }
        }
    }

    pub fn rows(self) -> Vec<Shown> {
        self.0
    }
}

/// An import.
#[derive(Debug, Clone, FromQueryResult)]
pub(super) struct Import {
    pub id: i64,
    pub entity: String,
    pub state: String,
    pub file_id: Option<i64>,
    pub name: String,
    shape: Json,
    headers: Json,
    mapping: Json,
    pub update_existing: bool,
    pub next_row: i32,
    counts: Json,
    /// What the check counted.
    checked: Option<Json>,
    preview: Json,
    pub error: Option<String>,
    pub job_id: Option<i64>,
    pub person_id: i64,
    pub created_by: String,
    pub created_ms: i64,
    pub checked_ms: Option<i64>,
    pub ran_ms: Option<i64>,
    pub undone_ms: Option<i64>,
}

fn read<T: serde::de::DeserializeOwned>(what: &str, json: &Json) -> Result<T, DbErr> {
    serde_json::from_value(json.clone()).map_err(|error| DbErr::Json(format!("{what}: {error}")))
}

impl Import {
    pub fn shape(&self) -> Result<Shape, DbErr> {
        read("shape", &self.shape)
    }

    pub fn headers(&self) -> Result<Vec<String>, DbErr> {
        read("headers", &self.headers)
    }

    /// For each column of the sheet the column that it is matched to.
    pub fn mapping(&self) -> Result<Vec<Option<String>>, DbErr> {
        read("mapping", &self.mapping)
    }

    pub fn counts(&self) -> Counts {
        serde_json::from_value(self.counts.clone()).unwrap_or_default()
    }

    /// Rows that the check counted; a run counts anew.
    pub fn expected_rows(&self) -> u32 {
        self.checked
            .as_ref()
            .and_then(|checked| checked.get("rows"))
            .and_then(Json::as_u64)
            .and_then(|rows| u32::try_from(rows).ok())
            .unwrap_or(0)
    }

    pub fn preview(&self) -> Vec<Shown> {
        serde_json::from_value(self.preview.clone()).unwrap_or_default()
    }
}

const COLUMNS: &str = "id, entity, state, file_id, name, shape, headers, mapping, update_existing, next_row, counts, checked, preview, error, job_id, person_id, \
                       created_by, created_ms, checked_ms, ran_ms, undone_ms";

/// A new import.
pub(super) struct NewImport<'a> {
    pub entity: &'a str,
    pub name: &'a str,
    pub shape: &'a Shape,
    pub headers: &'a [String],
    pub mapping: &'a [Option<String>],
    pub person: i64,
    pub author: &'a str,
    pub now_ms: i64,
}

pub(super) async fn insert(tx: &impl ConnectionTrait, new: NewImport<'_>) -> Result<i64, DbErr> {
    let values: [DbValue; 14] = [
        new.entity.into(),
        "uploaded".into(),
        storable(new.name).into(),
        storable_json(json!(new.shape)).into(),
        storable_json(json!(new.headers)).into(),
        json!(new.mapping).into(),
        false.into(),
        0_i32.into(),
        json!(Counts::default()).into(),
        json!([]).into(),
        new.person.into(),
        new.author.into(),
        new.now_ms.into(),
        Option::<String>::None.into(),
    ];
    let into = "INSERT INTO import (entity, state, name, shape, headers, mapping, update_existing, next_row, counts, preview, person_id, created_by, \
                created_ms, error) VALUES ";
    Sql::new(into).list(values).text(" RETURNING id").number(tx).await
}

pub(super) async fn find(db: &impl ConnectionTrait, id: i64) -> Result<Option<Import>, DbErr> {
    Sql::new(format!("SELECT {COLUMNS} FROM import WHERE id = ")).bind(id).one(db).await
}

pub(super) async fn list(db: &impl ConnectionTrait, owner: Option<&str>, page: &PageQuery) -> Result<Page<Import>, Problem> {
    let before: Option<i64> = page.after()?;
    let filter = Sql::new(" FROM import WHERE 1 = 1").bind_if(" AND created_by = ", owner);
    let total = Sql::new("SELECT COUNT(*)").append(&filter).number(db).await?;
    let limit = page.limit();
    let sql = Sql::new(format!("SELECT {COLUMNS}")).append(&filter).bind_if(" AND id < ", before).text(" ORDER BY id DESC LIMIT ");
    Ok(Page::of(sql.bind(limit.cast_signed() + 1).all(db).await?, limit, total, |row: &Import| row.id))
}

/// Changes an import that is in one of these states; `false` when it is not.
pub(super) async fn change(tx: &impl ConnectionTrait, id: i64, states: &[&str], set: Sql) -> Result<bool, DbErr> {
    let sql =
        Sql::new("UPDATE import SET ").append(&set).text(" WHERE id = ").bind(id).text(" AND state IN ").among(states.iter().copied());
    Ok(sql.run(tx).await? == 1)
}

/// Moves on by the rows that were just written; `false` when somebody else has moved on meanwhile.
pub(super) async fn advance(tx: &impl ConnectionTrait, import: &Import, next: i32, counts: &Counts) -> Result<bool, DbErr> {
    let sql =
        Sql::new("UPDATE import SET counts = ").bind(json!(counts)).text(", next_row = ").bind(next).text(" WHERE id = ").bind(import.id);
    Ok(sql.text(" AND next_row = ").bind(import.next_row).text(" AND state = ").bind(import.state.as_str()).run(tx).await? == 1)
}

/// Writes rows down: all of them after a run, the bad ones after a check.
pub(super) async fn write_rows(tx: &impl ConnectionTrait, import: i64, rows: Vec<Done>) -> Result<(), DbErr> {
    let values = rows.into_iter().map(|row| -> Vec<DbValue> {
        let faults = (!row.faults.is_empty()).then(|| storable_json(json!(row.faults)));
        vec![
            import.into(),
            i32::try_from(row.number).unwrap_or(i32::MAX).into(),
            row.outcome.word().into(),
            storable(&row.key).into(),
            row.record.into(),
            row.version.into(),
            row.old.into(),
            faults.into(),
            false.into(),
        ]
    });
    let columns = ["import_id", "row_no", "outcome", "key", "record_id", "version", "old", "faults", "taken_back"];
    insert_many(tx, "import_row", &columns, values).await
}

/// An import as far as it says whether its rows are still good for something.
#[derive(FromQueryResult)]
struct Ended {
    id: i64,
    state: String,
    file_id: Option<i64>,
    counts: Json,
}

/// Imports that ended before a time and whose rows nothing can be done with any more: nothing is left to take back, and of what was never
/// run the file is gone.
///
/// # Errors
/// What the database said.
pub async fn over_since(db: &impl ConnectionTrait, before_ms: i64) -> Result<Vec<i64>, DbErr> {
    let sql = "SELECT id, state, file_id, counts FROM import WHERE state IN ('uploaded', 'checked', 'done', 'undone') \
               AND EXISTS (SELECT 1 FROM import_row r WHERE r.import_id = import.id) \
               AND COALESCE(undone_ms, ran_ms, checked_ms, created_ms) < ";
    let ended: Vec<Ended> = Sql::new(sql).bind(before_ms).text(" ORDER BY id").all(db).await?;
    let over = |import: &Ended| match import.state.as_str() {
        "uploaded" | "checked" => import.file_id.is_none(),
        state => !leaves_something(state, &serde_json::from_value(import.counts.clone()).unwrap_or_default()),
    };
    Ok(ended.iter().filter(|import| over(import)).map(|import| import.id).collect())
}

/// Forgets so many rows of an import, the first ones; how many there were.
///
/// # Errors
/// What the database said.
pub async fn forget_some_rows(tx: &impl ConnectionTrait, import: i64, most: i64) -> Result<u64, DbErr> {
    let first = Sql::new("SELECT row_no FROM import_row WHERE import_id = ").bind(import).text(" ORDER BY row_no LIMIT ").bind(most);
    let sql = Sql::new("DELETE FROM import_row WHERE import_id = ").bind(import).text(" AND row_no <= (SELECT MAX(row_no) FROM (");
    sql.append(&first).text(") AS first_rows)").run(tx).await
}

pub(super) async fn forget_rows(tx: &impl ConnectionTrait, import: i64) -> Result<(), DbErr> {
    Sql::new("DELETE FROM import_row WHERE import_id = ").bind(import).run(tx).await.map(drop)
}

/// Rows that could not be taken back may be tried again.
pub(super) async fn forget_refusals(tx: &impl ConnectionTrait, import: i64) -> Result<(), DbErr> {
    let sql = Sql::new("UPDATE import_row SET refusal = NULL WHERE refusal IS NOT NULL AND import_id = ");
    sql.bind(import).run(tx).await.map(drop)
}

#[derive(FromQueryResult)]
struct Keyed {
    row_no: i32,
    key: String,
}

/// Rows above one that were written before a run was interrupted, and their keys.
pub(super) async fn keys(db: &impl ConnectionTrait, import: i64, above: i32, most: i64) -> Result<Vec<(i32, String)>, DbErr> {
    let sql = Sql::new("SELECT row_no, key FROM import_row WHERE outcome <> 'bad' AND import_id = ").bind(import);
    let sql = sql.text(" AND row_no > ").bind(above).text(" ORDER BY row_no LIMIT ").bind(most);
    Ok(sql.all::<Keyed>(db).await?.into_iter().map(|row| (row.row_no, row.key)).collect())
}

/// A row of an import.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ImportRow {
    /// Row of the sheet.
    pub row: i32,
    /// What it does or did: `new`, `changed`, `same`, `bad`.
    pub outcome: String,
    /// What it is called.
    pub key: String,
    /// The record it made or changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub record: Option<i64>,
    /// What was there before, of a record that was changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub old: Option<Json>,
    /// Why it was not taken, in both languages.
    #[schema(value_type = Vec<Object>)]
    pub faults: Vec<Fault>,
    /// It was taken back.
    pub taken_back: bool,
    /// Why it was not taken back, in both languages.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub refusal: Option<Fault>,
}

#[derive(FromQueryResult)]
struct Kept {
    row_no: i32,
    outcome: String,
    key: String,
    record_id: Option<i64>,
    version: Option<i64>,
    old: Option<Json>,
    faults: Option<Json>,
    taken_back: bool,
    refusal: Option<Json>,
}

const KEPT: &str = "SELECT row_no, outcome, key, record_id, version, old, faults, taken_back, refusal FROM import_row WHERE import_id = ";

impl From<Kept> for ImportRow {
    fn from(row: Kept) -> Self {
        let faults = |json: Option<Json>| json.and_then(|json| serde_json::from_value(json).ok());
        Self {
            row: row.row_no,
            outcome: row.outcome,
            key: row.key,
            record: row.record_id,
            old: row.old,
            faults: faults(row.faults).unwrap_or_default(),
            taken_back: row.taken_back,
            refusal: row.refusal.and_then(|json| serde_json::from_value(json).ok()),
        }
    }
}

/// Which rows of an import.
#[derive(Debug, Default)]
pub(super) struct Which {
    pub outcome: Option<String>,
    pub refused: bool,
}

pub(super) async fn rows(db: &impl ConnectionTrait, import: i64, which: &Which, page: &PageQuery) -> Result<Page<ImportRow>, Problem> {
    let after: Option<i32> = page.after()?;
    let mut filter = Sql::default().bind_if(" AND outcome = ", which.outcome.clone());
    if which.refused {
        filter = filter.text(" AND refusal IS NOT NULL");
    }
    let total = Sql::new("SELECT COUNT(*) FROM import_row WHERE import_id = ").bind(import).append(&filter).number(db).await?;
    let limit = page.limit();
    let sql = Sql::new(KEPT).bind(import).append(&filter).bind_if(" AND row_no > ", after).text(" ORDER BY row_no LIMIT ");
    let rows: Vec<Kept> = sql.bind(limit.cast_signed() + 1).all(db).await?;
    Ok(Page::of(rows, limit, total, |row| row.row_no).map(ImportRow::from))
}

/// Bad rows above a row of the sheet, with their faults.
pub(super) async fn bad_rows(db: &impl ConnectionTrait, import: i64, above: u32, most: i64) -> Result<Vec<ImportRow>, DbErr> {
    let above = i32::try_from(above).unwrap_or(i32::MAX);
    let sql = Sql::new(KEPT).bind(import).text(" AND outcome = 'bad' AND row_no > ").bind(above).text(" ORDER BY row_no LIMIT ").bind(most);
    Ok(sql.all::<Kept>(db).await?.into_iter().map(ImportRow::from).collect())
}

/// The last rows above one that were written and neither taken back nor refused, from the bottom of the sheet.
pub(super) async fn to_take_back(db: &impl ConnectionTrait, import: i64, above: i32, most: i64) -> Result<Vec<Made>, DbErr> {
    let sql = Sql::new(KEPT).bind(import).text(" AND outcome IN ('new', 'changed') AND NOT taken_back AND refusal IS NULL AND row_no < ");
    let sql = sql.bind(above);
    let rows: Vec<Kept> = sql.text(" ORDER BY row_no DESC LIMIT ").bind(most).all(db).await?;
    let made = |row: Kept| {
        Some(Made { number: u32::try_from(row.row_no).ok()?, key: row.key, record: row.record_id?, version: row.version?, old: row.old })
    };
    Ok(rows.into_iter().filter_map(made).collect())
}

/// Notes what was taken back, and what not.
pub(super) async fn note_taken_back(tx: &impl ConnectionTrait, import: i64, rows: &[(u32, Option<Fault>)]) -> Result<(), DbErr> {
    let number = |row: u32| i32::try_from(row).unwrap_or(i32::MAX);
    let back = rows.iter().filter(|(_, fault)| fault.is_none()).map(|(row, _)| number(*row));
    let sql = Sql::new("UPDATE import_row SET taken_back = TRUE WHERE import_id = ").bind(import).text(" AND row_no IN ").among(back);
    sql.run(tx).await?;
    for (row, fault) in rows {
        let Some(fault) = fault else { continue };
        let sql = Sql::new("UPDATE import_row SET refusal = ").bind(json!(fault)).text(" WHERE import_id = ").bind(import);
        sql.text(" AND row_no = ").bind(number(*row)).run(tx).await?;
    }
    Ok(())
}
