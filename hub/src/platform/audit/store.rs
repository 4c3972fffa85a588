//! Reading the audit: from new to old, by indexes that end with that order, so that ten million rows are read like ten.

use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::http::page::{Page, PageQuery, Sort};
use crate::http::problem::Problem;
use crate::platform::fields::Compiled;
use crate::platform::identity::Actor;
use crate::platform::scope::Scope;
use crate::platform::sql::Sql;

/// One change.
#[derive(Debug, Clone, Serialize, ToSchema, FromQueryResult)]
pub struct AuditRow {
    /// Number.
    pub id: i64,
    /// When.
    pub at_ms: i64,
    /// Who: a login, `edge:<id>`, `hub`, `command line`. Left away for a reader who may not know them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// What kind of record.
    pub entity: String,
    /// Which one.
    pub entity_id: String,
    /// What was done.
    pub action: String,
    /// From what; personal fields are masked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub old: Option<Value>,
    /// To what; personal fields are masked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub new: Option<Value>,
}

impl AuditRow {
    /// Without the custom fields that the reader's roles hide.
    #[must_use]
    pub fn seen_by(mut self, actor: &Actor, fields: &Compiled) -> Self {
        self.old = self.old.map(|old| fields.told(actor, old));
        self.new = self.new.map(|new| fields.told(actor, new));
        self
    }
}

/// Which changes.
#[derive(Debug, Default)]
pub struct Asked {
    /// Of this kind of record.
    pub entity: Option<String>,
    /// Of this one.
    pub id: Option<String>,
    /// By whom.
    pub author: Option<String>,
    /// What was done.
    pub action: Option<String>,
    /// Not before.
    pub from: Option<i64>,
    /// Before.
    pub to: Option<i64>,
}

/// Kinds of records that stand somewhere in the chain: word, table, column of the place, whether that is a site. All others (roles, keys,
/// the catalogue) belong to the chain as a whole.
const PLACED: [(&str, &str, &str, bool); 5] = [
    ("person", "hub_user", "organisation_id", false),
    ("organisation", "organisation", "id", false),
    ("task", "task", "site_id", true),
    ("exception", "exception", "site_id", true),
    ("edge", "edge", "site_id", true),
];

/// Adds ` AND …` for changes of records within a scope.
fn within(scope: &Scope, mut sql: Sql) -> Sql {
    if *scope == Scope::All {
        return sql;
    }
    for (n, (entity, table, column, of_site)) in PLACED.into_iter().enumerate() {
        let before = if n == 0 { " AND (" } else { " OR " };
        sql = sql
            .text(before)
            .text(&format!("(a.entity = '{entity}' AND a.entity_id IN (SELECT CAST(x.id AS TEXT) FROM {table} x WHERE 1 = 1"));
        let column = format!("x.{column}");
        sql = if of_site { scope.filter(sql, &column) } else { scope.filter_organisation(sql, &column) };
        sql = sql.text("))");
    }
    sql.text(")")
}

/// A page of changes, newest first.
///
/// # Errors
/// A problem when the cursor is not ours, or the database failed.
pub async fn list(db: &impl ConnectionTrait, scope: &Scope, asked: Asked, page: &PageQuery) -> Result<Page<AuditRow>, Problem> {
    let filter = Sql::new(" WHERE 1 = 1")
        .bind_if(" AND a.entity = ", asked.entity)
        .bind_if(" AND a.entity_id = ", asked.id)
        .bind_if(" AND a.author = ", asked.author)
        .bind_if(" AND a.action = ", asked.action)
        .bind_if(" AND a.at_ms >= ", asked.from)
        .bind_if(" AND a.at_ms < ", asked.to);
    let filter = within(scope, filter);
    let each = Sql::new("SELECT 1 FROM audit a").append(&filter);
    let rows = Sql::new("SELECT a.id, a.at_ms, a.author, a.entity, a.entity_id, a.action, a.old, a.new FROM audit a").append(&filter);
    page.rows(db, each, rows, Sort::down(&["a.at_ms", "a.id"]), |row: &AuditRow| (row.at_ms, row.id)).await
}

/// What happened to one record, newest first. Whether the reader may see the record is for the caller to say.
///
/// # Errors
/// As [`list`].
pub async fn timeline(db: &impl ConnectionTrait, entity: &str, id: i64, page: &PageQuery) -> Result<Page<AuditRow>, Problem> {
    let asked = Asked { entity: Some(entity.to_owned()), id: Some(id.to_string()), ..Asked::default() };
    list(db, &Scope::All, asked, page).await
}

/// Whether there is an item.
pub(super) async fn item_exists(db: &impl ConnectionTrait, id: i64) -> Result<bool, DbErr> {
    Ok(Sql::new("SELECT COUNT(*) FROM item WHERE id = ").bind(id).number(db).await? > 0)
}
