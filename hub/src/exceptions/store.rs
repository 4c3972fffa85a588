//! Cases in the database.

use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter};

use super::model::ExceptionRow;
use crate::db::entity::exception;
use crate::http::page::{Page, PageQuery};
use crate::http::problem::Problem;
use crate::platform::scope::Scope;
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
