//! The audit for people: all of it for auditors and administrators, that of one record for those who see the record.

use axum::Json as Answer;
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;

use super::store::{self, Asked, AuditRow};
use crate::http::extract::{Path, Query, given};
use crate::http::openapi::Refusals;
use crate::http::page::{Page, PageQuery};
use crate::http::problem::Problem;
use crate::platform::fields::Subject;
use crate::platform::scope::{self, Entity, Part, Scope};
use crate::platform::session::Session;
use crate::state::App;
use crate::warehouse;

/// Which changes.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct AuditQuery {
    /// Of this kind of record: person, task, item, …
    #[serde(deserialize_with = "given")]
    entity: Option<String>,
    /// Of this one.
    #[serde(deserialize_with = "given")]
    id: Option<String>,
    /// By whom: a login, `edge:<id>`, `hub`.
    #[serde(deserialize_with = "given")]
    author: Option<String>,
    /// What was done: create, change, reveal, …
    #[serde(deserialize_with = "given")]
    action: Option<String>,
    /// Not before this moment, in milliseconds.
    #[serde(deserialize_with = "given")]
    from: Option<i64>,
    /// Before this moment, in milliseconds.
    #[serde(deserialize_with = "given")]
    to: Option<i64>,
    /// Of records at this organisation and beneath it, as they stood then.
    #[serde(deserialize_with = "given")]
    below: Option<i64>,
}

/// Who changed what, newest first.
#[utoipa::path(get, path = "/api/v1/audit", tag = "audit", params(AuditQuery, PageQuery),
    responses((status = 200, body = Page<AuditRow>), Refusals))]
pub async fn list(
    State(app): State<App>,
    session: Session,
    Query(asked): Query<AuditQuery>,
    Query(page): Query<PageQuery>,
) -> Result<Answer<Page<AuditRow>>, Problem> {
    let AuditQuery { entity, id, author, action, from, to, below } = asked;
    let scope = session.scope_at(Entity::Audit, Part { site: None, below })?;
    let page = store::list(app.db.read(), &scope, Asked { entity, id, author, action, from, to }, &page).await?;
    let mut sets = Vec::new();
    for subject in Subject::ALL {
        sets.push(app.fields.of(subject).await?);
    }
    Ok(Answer(page.map(|row| match sets.iter().find(|set| set.subject.word() == row.entity) {
        Some(set) if set.subject.placed().is_some() => {
            let sight = session.actor.at(row.organisation_id);
            row.seen_by(&sight, set)
        }
        Some(set) => row.seen_by(&session.actor.anywhere(), set),
        None => row,
    })))
}

/// What happened to a task, newest first.
#[utoipa::path(get, path = "/api/v1/tasks/{id}/timeline", tag = "audit", params(("id" = i64, Path, description = "Number of the task"), PageQuery),
    responses((status = 200, body = Page<AuditRow>), Refusals))]
pub async fn of_task(
    State(app): State<App>,
    session: Session,
    Path(id): Path<i64>,
    Query(page): Query<PageQuery>,
) -> Result<Answer<Page<AuditRow>>, Problem> {
    if warehouse::store::task_row(app.db.read(), &session.scope(Entity::Task)?, id).await?.is_none() {
        return Err(Problem::not_found());
    }
    Ok(Answer(store::timeline(app.db.read(), "task", id, &page).await?))
}

/// What happened to an item, newest first. The catalogue is one for the chain: who sees a part of the chain is not told who worked on it.
#[utoipa::path(get, path = "/api/v1/items/{id}/timeline", tag = "audit", params(("id" = i64, Path, description = "Number of the item"), PageQuery),
    responses((status = 200, body = Page<AuditRow>), Refusals))]
pub async fn of_item(
    State(app): State<App>,
    session: Session,
    Path(id): Path<i64>,
    Query(page): Query<PageQuery>,
) -> Result<Answer<Page<AuditRow>>, Problem> {
    session.scope(Entity::Stock)?;
    if !store::item_exists(app.db.read(), id).await? {
        return Err(Problem::not_found());
    }
    let page = store::timeline(app.db.read(), "item", id, &page).await?;
    let knows_everybody = scope::of(&session.actor, Entity::Site) == Scope::All;
    let fields = app.fields.of(Subject::Item).await?;
    let seen = |row: AuditRow| {
        AuditRow { author: row.author.clone().filter(|_| knows_everybody), ..row }.seen_by(&session.actor.anywhere(), &fields)
    };
    Ok(Answer(page.map(seen)))
}
