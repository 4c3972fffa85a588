//! Reading the audit: from new to old, by indexes that end with that order, so that ten million rows are read like ten.

use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::http::page::{Page, PageQuery, Sort};
use crate::http::problem::Problem;
use crate::platform::fields::Compiled;
use crate::platform::identity::Sight;
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
    /// Where the record was then.
    #[serde(skip)]
    pub organisation_id: Option<i64>,
}

impl AuditRow {
    /// Without the custom fields that the reader's roles hide.
    #[must_use]
    pub fn seen_by(mut self, sight: &Sight<'_>, fields: &Compiled) -> Self {
        self.old = self.old.map(|old| fields.told(sight, old));
        self.new = self.new.map(|new| fields.told(sight, new));
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

/// Adds the organisation that a record belongs to now. Only these kinds stand somewhere in the chain; all others (roles, keys, the catalogue)
/// belong to it as a whole.
pub(super) fn place(sql: Sql, entity: &str, id: &str) -> Sql {
    let number = id.parse::<i64>().ok();
    let of_site = |table: &str| format!("(SELECT s.organisation_id FROM {table} x JOIN site s ON s.id = x.site_id WHERE x.id = ");
    match (entity, number) {
        ("organisation", Some(number)) => sql.bind(number),
        ("person", Some(number)) => sql.text("(SELECT x.organisation_id FROM hub_user x WHERE x.id = ").bind(number).text(")"),
        ("customer" | "opportunity" | "ticket" | "quote" | "contract", Some(number)) => {
            sql.text(&format!("(SELECT x.organisation_id FROM {entity} x WHERE x.id = ")).bind(number).text(")")
        }
        ("order", Some(number)) => sql.text("(SELECT x.organisation_id FROM sales_order x WHERE x.id = ").bind(number).text(")"),
        ("task" | "exception", Some(number)) => sql.text(&of_site(entity)).bind(number).text(")"),
        ("edge", _) => sql.text(&of_site(entity)).bind(id).text(")"),
        ("stock_limit", _) => {
            // "site:item"
            let site = id.split(':').next().and_then(|site| site.parse::<i64>().ok());
            sql.text("(SELECT x.organisation_id FROM site x WHERE x.id = ").bind(site).text(")")
        }
        _ => sql.text("NULL"),
    }
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
    let filter = scope.filter_organisation_last(filter, "a.organisation_id");
    let each = Sql::new("SELECT 1 FROM audit a").append(&filter);
    let rows = Sql::new("SELECT a.id, a.at_ms, a.author, a.entity, a.entity_id, a.action, a.old, a.new, a.organisation_id FROM audit a")
        .append(&filter);
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
