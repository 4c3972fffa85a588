//! Cases in the database.

use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, QueryFilter};
use serde::Serialize;
use utoipa::ToSchema;

use super::model::ExceptionRow;
use crate::db::entity::exception;
use crate::http::page::{Page, PageQuery};
use crate::http::problem::Problem;
use crate::platform::scope::Scope;
use crate::platform::sql::Sql;
use crate::warehouse::Names;

/// Which cases.
#[derive(Debug, Default)]
pub struct Cases {
    /// `open` or `resolved`.
    pub state: Option<String>,
    /// Of one of these kinds, separated by commas.
    pub kind: Option<String>,
}

/// A page of cases, newest first.
///
/// # Errors
/// A problem when the cursor is not valid, or the database fails.
pub async fn list(db: &impl ConnectionTrait, scope: &Scope, asked: Cases, page: &PageQuery) -> Result<Page<ExceptionRow>, Problem> {
    let mut found = exception::Entity::find().filter(scope.condition(exception::Column::SiteId));
    if let Some(state) = asked.state {
        found = found.filter(exception::Column::State.eq(state));
    }
    if let Some(kinds) = asked.kind {
        found = found.filter(exception::Column::Kind.is_in(kinds.split(',').map(str::trim)));
    }
    let mut page = page.newest(db, found, exception::Column::Id, |row| row.id).await?.map(ExceptionRow::from);
    name(db, &mut page.items).await?;
    Ok(page)
}

/// Open cases of a kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema, FromQueryResult)]
pub struct CasesOfKind {
    /// Which kind.
    pub kind: String,
    /// How many are open.
    pub count: i64,
}

/// How many cases in a scope are open, by kind, the most first.
///
/// # Errors
/// What the database said.
pub async fn open_by_kind(db: &impl ConnectionTrait, scope: &Scope) -> Result<Vec<CasesOfKind>, DbErr> {
    let sql = Sql::new("SELECT kind, COUNT(*) AS count FROM exception WHERE state = 'open'");
    scope.filter(sql, "site_id").text(" GROUP BY kind ORDER BY COUNT(*) DESC, kind").all(db).await
}

/// A case in scope.
///
/// # Errors
/// What the database said.
pub async fn row(db: &impl ConnectionTrait, scope: &Scope, id: i64) -> Result<Option<ExceptionRow>, DbErr> {
    let found = exception::Entity::find_by_id(id).one(db).await?;
    let mut found = found.filter(|row| scope.sees_of(row.site_id)).map(ExceptionRow::from);
    name(db, found.as_mut_slice()).await?;
    Ok(found)
}

async fn name(db: &impl ConnectionTrait, rows: &mut [ExceptionRow]) -> Result<(), DbErr> {
    let names = Names::load(db, rows.iter().map(|row| &row.data)).await?;
    for row in rows {
        row.names = names.part(&row.data);
    }
    Ok(())
}
