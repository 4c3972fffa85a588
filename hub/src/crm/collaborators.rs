//! Colleagues who work on a customer or an opportunity beside whoever looks after it.
//!
//! Rules: whoever looks after a record shares it, or whoever gives customers away there; nobody else passes it on. It is shared with a
//! colleague: somebody of the record's organisation or the sharer's, above them or beneath them, who may see such records. They see it and
//! work on it as far as their own roles go, and may leave it.

use std::collections::BTreeSet;

use axum::Json as Answer;
use axum::extract::State;
use axum::http::StatusCode;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

use super::{customers, opportunities};
use crate::http::extract::{Path, Query, given};
use crate::http::openapi::Refusals;
use crate::http::problem::{Problem, Who};
use crate::platform::audit::{self, Change};
use crate::platform::clock;
use crate::platform::identity::{Actor, Right};
use crate::platform::notifications::{Notice, notify};
use crate::platform::organisation::end_of;
use crate::platform::scope::Entity;
use crate::platform::session::Session;
use crate::platform::sql::Sql;
use crate::state::App;

/// Most colleagues who are offered at once; more are found by their names.
const OFFERED: i64 = 50;

/// A record that can be shared.
#[derive(Debug, Clone)]
pub(super) struct Record {
    pub entity: Entity,
    pub id: i64,
    pub organisation: i64,
    pub owner: Option<i64>,
    /// The number that people say: notices go to mailboxes and groups, names of customers do not.
    pub code: String,
}

impl Record {
    /// Whether somebody may say who works on it.
    fn may_share(&self, actor: &Actor) -> Result<(), Problem> {
        if self.owner == Some(actor.id) { Ok(()) } else { actor.may_at(Right::AssignCustomers, Some(self.organisation)) }
    }

    fn link(&self) -> String {
        match self.entity {
            Entity::Opportunity => format!("/opportunities/{}", self.id),
            _ => format!("/customers/{}", self.id),
        }
    }

    const fn titles(&self) -> (&'static str, &'static str) {
        if matches!(self.entity, Entity::Opportunity) { ("商机", "opportunity") } else { ("客户", "customer") }
    }
}

/// Somebody who works on a record, or could.
#[derive(Debug, Clone, Serialize, ToSchema, FromQueryResult)]
pub struct Collaborator {
    /// Number of the person.
    pub person: i64,
    /// Their name.
    pub name: String,
    /// Where they belong.
    pub organisation_name: Option<String>,
}

/// Who works on a record beside whoever looks after it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Collaborators {
    /// Those who do.
    pub people: Vec<Collaborator>,
    /// Whether the reader may share it.
    pub may_share: bool,
    /// With whom the reader may share it, the first 50 by name; left away for who may not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub colleagues: Option<Vec<Collaborator>>,
}

/// Which colleagues.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct ColleagueQuery {
    /// A part of the names of those who are offered.
    #[serde(deserialize_with = "given")]
    q: Option<String>,
}

/// Numbers of the records of a kind that somebody works on beside their owners.
///
/// # Errors
/// What the database said.
pub(super) async fn works_on(db: &impl ConnectionTrait, entity: Entity, person: i64) -> Result<BTreeSet<i64>, DbErr> {
    let sql = Sql::new("SELECT record_id FROM collaborator WHERE entity = ").bind(entity.word()).text(" AND person_id = ").bind(person);
    Ok(sql.numbers(db).await?.into_iter().collect())
}

/// Colleagues with whom somebody may share a record.
fn colleagues(actor: &Actor, record: &Record) -> Sql {
    let mut sql = Sql::new(
        "SELECT u.id AS person, u.name, o.name AS organisation_name FROM hub_user u JOIN organisation o ON o.id = u.organisation_id \
         WHERE NOT u.disabled AND (1 = 0",
    );
    for place in [Some(record.organisation), actor.organisation].into_iter().flatten() {
        sql = sql.text(" OR o.id IN ").among(actor.tree.down_to(place));
        if let Some(node) = actor.tree.node(place) {
            sql = sql.text(" OR (o.path >= ").bind(node.path.clone()).text(" AND o.path < ").bind(end_of(&node.path)).text(")");
        }
    }
    let right = record.entity.right().map_or("*", Right::word);
    let sees = format!(
        ") AND EXISTS (SELECT 1 FROM person_role p JOIN role r ON r.id = p.role_id WHERE p.person_id = u.id \
         AND (r.rights LIKE '%\"{right}\"%' OR r.rights LIKE '%\"*\"%'))"
    );
    sql.text(&sees).bind_if(" AND u.id <> ", record.owner)
}

async fn answer(app: &App, session: &Session, record: &Record, q: Option<&str>) -> Result<Collaborators, Problem> {
    let (db, actor) = (app.db.read(), &session.actor);
    let sql = Sql::new(
        "SELECT u.id AS person, u.name, o.name AS organisation_name FROM collaborator k JOIN hub_user u ON u.id = k.person_id \
         LEFT JOIN organisation o ON o.id = u.organisation_id WHERE k.entity = ",
    );
    let people = sql.bind(record.entity.word()).text(" AND k.record_id = ").bind(record.id).text(" ORDER BY u.name, u.id").all(db).await?;
    let may_share = record.may_share(actor).is_ok();
    let offered = if may_share {
        let there = colleagues(actor, record).text(" AND u.id NOT IN (SELECT k.person_id FROM collaborator k WHERE k.entity = ");
        let there = there.bind(record.entity.word()).text(" AND k.record_id = ").bind(record.id).text(")");
        Some(there.matching(q, &[], &["u.name"]).text(" ORDER BY u.name, u.id LIMIT ").bind(OFFERED).all(db).await?)
    } else {
        None
    };
    Ok(Collaborators { people, may_share, colleagues: offered })
}

async fn noted(tx: &impl ConnectionTrait, actor: &Actor, record: &Record, person: i64, action: &'static str) -> Result<(), DbErr> {
    let name = Sql::new("SELECT name FROM hub_user WHERE id = ").bind(person).word(tx).await?;
    let change = Change { author: &actor.login, entity: record.entity.word(), id: record.id.to_string(), action };
    audit::record(tx, change, audit::NOTHING, Some(json!({"person": person, "colleague": name}))).await
}

async fn share(app: &App, actor: &Actor, record: &Record, person: i64) -> Result<(), Problem> {
    record.may_share(actor).map_err(|problem| problem.field("person"))?;
    let tx = app.db.begin().await?;
    let is_one: Vec<Collaborator> = colleagues(actor, record).text(" AND u.id = ").bind(person).all(&tx).await?;
    if is_one.is_empty() {
        let (zh, en) = (
            "只能共享给本组织及上下级组织里能查看这类记录的同事；负责人自己不用共享。",
            "It is shared with colleagues of the organisation, above it or beneath it, who may see such records; its owner needs no share.",
        );
        return Err(Problem::invalid("colleague", "person", zh, en).who(Who::Reader));
    }
    let row: [sea_orm::Value; 3] = [record.entity.word().into(), record.id.into(), person.into()];
    let sql = Sql::new("INSERT INTO collaborator (entity, record_id, person_id) VALUES ").list(row);
    if sql.text(" ON CONFLICT (entity, record_id, person_id) DO NOTHING").run(&tx).await? == 1 {
        noted(&tx, actor, record, person, "share").await?;
        let (zh, en) = record.titles();
        let data = json!({"what_zh": zh, "what_en": en, "code": record.code, "who": actor.name});
        if person != actor.id {
            notify(&tx, Notice::to_person(person, "record_shared", data, record.link()), clock::now_ms()).await?;
        }
    }
    tx.commit().await?;
    app.jobs.wake();
    Ok(())
}

async fn unshare(app: &App, actor: &Actor, record: &Record, person: i64) -> Result<(), Problem> {
    if person != actor.id {
        record.may_share(actor).map_err(|problem| problem.field("person"))?;
    }
    let tx = app.db.begin().await?;
    let sql = Sql::new("DELETE FROM collaborator WHERE entity = ").bind(record.entity.word()).text(" AND record_id = ").bind(record.id);
    if sql.text(" AND person_id = ").bind(person).run(&tx).await? == 1 {
        noted(&tx, actor, record, person, "unshare").await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Who works on a customer beside whoever looks after them, and with whom the reader may share them.
#[utoipa::path(get, path = "/api/v1/customers/{id}/collaborators", tag = "crm",
    params(("id" = i64, Path, description = "Number of the customer"), ColleagueQuery), responses((status = 200, body = Collaborators), Refusals))]
pub async fn of_customer(
    State(app): State<App>,
    session: Session,
    Path(id): Path<i64>,
    Query(asked): Query<ColleagueQuery>,
) -> Result<Answer<Collaborators>, Problem> {
    let record = customers::api::record(&app, &session, id, None).await?;
    Ok(Answer(answer(&app, &session, &record, asked.q.as_deref()).await?))
}

/// Share a customer with a colleague: they see them and work on them, as far as their own roles go.
#[utoipa::path(put, path = "/api/v1/customers/{id}/collaborators/{person}", tag = "crm",
    params(("id" = i64, Path, description = "Number of the customer"), ("person" = i64, Path, description = "Number of the colleague")),
    responses((status = 200, body = Collaborators), Refusals))]
pub async fn share_customer(
    State(app): State<App>,
    session: Session,
    Path((id, person)): Path<(i64, i64)>,
) -> Result<Answer<Collaborators>, Problem> {
    let record = customers::api::record(&app, &session, id, Some(Right::Customers)).await?;
    share(&app, &session.actor, &record, person).await?;
    Ok(Answer(answer(&app, &session, &record, None).await?))
}

/// Take a customer back from a colleague, or leave one who was shared with the reader.
#[utoipa::path(delete, path = "/api/v1/customers/{id}/collaborators/{person}", tag = "crm",
    params(("id" = i64, Path, description = "Number of the customer"), ("person" = i64, Path, description = "Number of the colleague")),
    responses((status = 204, description = "They work on it no more"), Refusals))]
pub async fn unshare_customer(
    State(app): State<App>,
    session: Session,
    Path((id, person)): Path<(i64, i64)>,
) -> Result<StatusCode, Problem> {
    let record = customers::api::record(&app, &session, id, None).await?;
    unshare(&app, &session.actor, &record, person).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Who works on an opportunity beside whoever looks after it, and with whom the reader may share it.
#[utoipa::path(get, path = "/api/v1/opportunities/{id}/collaborators", tag = "crm",
    params(("id" = i64, Path, description = "Number of the opportunity"), ColleagueQuery),
    responses((status = 200, body = Collaborators), Refusals))]
pub async fn of_opportunity(
    State(app): State<App>,
    session: Session,
    Path(id): Path<i64>,
    Query(asked): Query<ColleagueQuery>,
) -> Result<Answer<Collaborators>, Problem> {
    let record = opportunities::api::record(&app, &session, id, None).await?;
    Ok(Answer(answer(&app, &session, &record, asked.q.as_deref()).await?))
}

/// Share an opportunity with a colleague: they see it and work on it, as far as their own roles go.
#[utoipa::path(put, path = "/api/v1/opportunities/{id}/collaborators/{person}", tag = "crm",
    params(("id" = i64, Path, description = "Number of the opportunity"), ("person" = i64, Path, description = "Number of the colleague")),
    responses((status = 200, body = Collaborators), Refusals))]
pub async fn share_opportunity(
    State(app): State<App>,
    session: Session,
    Path((id, person)): Path<(i64, i64)>,
) -> Result<Answer<Collaborators>, Problem> {
    let record = opportunities::api::record(&app, &session, id, Some(Right::Opportunities)).await?;
    share(&app, &session.actor, &record, person).await?;
    Ok(Answer(answer(&app, &session, &record, None).await?))
}

/// Take an opportunity back from a colleague, or leave one that was shared with the reader.
#[utoipa::path(delete, path = "/api/v1/opportunities/{id}/collaborators/{person}", tag = "crm",
    params(("id" = i64, Path, description = "Number of the opportunity"), ("person" = i64, Path, description = "Number of the colleague")),
    responses((status = 204, description = "They work on it no more"), Refusals))]
pub async fn unshare_opportunity(
    State(app): State<App>,
    session: Session,
    Path((id, person)): Path<(i64, i64)>,
) -> Result<StatusCode, Problem> {
    let record = opportunities::api::record(&app, &session, id, None).await?;
    unshare(&app, &session.actor, &record, person).await?;
    Ok(StatusCode::NO_CONTENT)
}
