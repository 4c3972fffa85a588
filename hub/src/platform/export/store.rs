//! Exports in the database.

use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, Value as DbValue};
use serde::Serialize;
use serde_json::{Value as Json, json};
use utoipa::ToSchema;

use super::{Exportable, Filters};
use crate::db::storable_json;
use crate::http::page::{Page, PageQuery};
use crate::http::problem::Problem;
use crate::platform::identity::Right;
use crate::platform::sql::Sql;

/// An export in the centre.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ExportRow {
    /// Number.
    pub id: i64,
    /// Which list.
    pub list: String,
    /// `xlsx` or `csv`.
    pub format: String,
    /// With which filters.
    #[schema(value_type = Filters)]
    pub filters: Json,
    /// Which columns, in which order; absent: the usual ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub columns: Option<Vec<String>>,
    /// `waiting`, `done`, `failed` or `expired`.
    pub state: String,
    /// How many rows it has.
    pub rows: i64,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The job that makes it, when it is a long one; `/jobs/{id}` says how far it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub job: Option<i64>,
    /// When it was asked for.
    pub created_ms: i64,
    /// When it was done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_ms: Option<i64>,
    /// When it is thrown away.
    pub expires_ms: i64,
    /// Where the sheet is fetched, once it is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
}

/// An export as it is kept.
#[derive(Debug, Clone, FromQueryResult)]
pub(super) struct Export {
    pub id: i64,
    pub list: String,
    pub format: String,
    pub language: String,
    pub query: Json,
    chosen: Option<Json>,
    rights: Option<Json>,
    pub state: String,
    pub file_id: Option<i64>,
    pub row_count: i64,
    pub error: Option<String>,
    pub job_id: Option<i64>,
    pub person_id: i64,
    pub created_by: String,
    pub created_ms: i64,
    pub ended_ms: Option<i64>,
    pub expires_ms: i64,
}

impl Export {
    /// The rights of the token that asked; nothing when a person did.
    pub fn rights(&self) -> Option<Vec<Right>> {
        self.rights.clone().map(|rights| serde_json::from_value(rights).unwrap_or_default())
    }

    /// The columns that were chosen; nothing for the usual ones.
    pub fn columns(&self) -> Result<Option<Vec<String>>, serde_json::Error> {
        self.chosen.clone().map(serde_json::from_value).transpose()
    }

    pub fn shown(self, now: i64) -> ExportRow {
        let expired = self.expires_ms <= now || self.state == "done" && self.file_id.is_none();
        let columns = self.columns().ok().flatten();
        let state = if expired { "expired".to_owned() } else { self.state };
        ExportRow {
            content: (state == "done").then(|| format!("/api/v1/exports/{}/content", self.id)),
            id: self.id,
            list: self.list,
            format: self.format,
            columns,
            filters: self.query,
            state,
            rows: self.row_count,
            error: self.error,
            job: self.job_id,
            created_ms: self.created_ms,
            ended_ms: self.ended_ms,
            expires_ms: self.expires_ms,
        }
    }
}

const COLUMNS: &str = "id, list, format, language, query, chosen, rights, state, file_id, row_count, error, job_id, person_id, created_by, created_ms, ended_ms, \
                       expires_ms";

/// A new export.
pub(super) struct NewExport<'a> {
    pub list: &'a dyn Exportable,
    pub format: &'a str,
    pub language: &'a str,
    pub filters: &'a Filters,
    pub columns: Option<&'a [String]>,
    pub rights: Option<Vec<Right>>,
    pub person: i64,
    pub author: &'a str,
    pub now_ms: i64,
    pub expires_ms: i64,
}

pub(super) async fn insert(tx: &impl ConnectionTrait, new: NewExport<'_>) -> Result<i64, DbErr> {
    let values: [DbValue; 12] = [
        new.list.word().into(),
        new.format.into(),
        new.language.into(),
        storable_json(json!(new.filters)).into(),
        new.columns.map(|columns| storable_json(json!(columns))).into(),
        new.rights.map(|rights| json!(rights)).into(),
        "waiting".into(),
        0_i64.into(),
        new.person.into(),
        new.author.into(),
        new.now_ms.into(),
        new.expires_ms.into(),
    ];
    let into = "INSERT INTO export (list, format, language, query, chosen, rights, state, row_count, person_id, created_by, created_ms, expires_ms) VALUES ";
    Sql::new(into).list(values).text(" RETURNING id").number(tx).await
}

pub(super) async fn find(db: &impl ConnectionTrait, id: i64) -> Result<Option<Export>, DbErr> {
    Sql::new(format!("SELECT {COLUMNS} FROM export WHERE id = ")).bind(id).one(db).await
}

pub(super) async fn list(db: &impl ConnectionTrait, person: i64, of_programs: bool, page: &PageQuery) -> Result<Page<Export>, Problem> {
    let before: Option<i64> = page.after()?;
    let filter = Sql::new(" FROM export WHERE person_id = ").bind(person);
    let filter = if of_programs { filter.text(" AND rights IS NOT NULL") } else { filter };
    let total = Sql::new("SELECT COUNT(*)").append(&filter).number(db).await?;
    let limit = page.limit();
    let sql = Sql::new(format!("SELECT {COLUMNS}")).append(&filter).bind_if(" AND id < ", before).text(" ORDER BY id DESC LIMIT ");
    Ok(Page::of(sql.bind(limit.cast_signed() + 1).all(db).await?, limit, total, |row: &Export| row.id))
}

/// Exports of a person that are still being made.
pub(super) async fn waiting(db: &impl ConnectionTrait, person: i64) -> Result<i64, DbErr> {
    let sql = "SELECT COUNT(*) FROM export e JOIN job j ON j.id = e.job_id WHERE e.state = 'waiting' AND j.state IN ('waiting', 'running') AND e.person_id = ";
    Sql::new(sql).bind(person).number(db).await
}
