//! Opportunities in the database: lists, single ones, and how many wait.

use std::collections::BTreeSet;
use std::sync::Arc;

use qitao_domain::quantity::Money;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use serde_json::{Map, Value};

use super::model::OpportunityRow;
use super::rules::State;
use crate::crm::collaborators::works_on;
use crate::crm::customers::rules::days_since;
use crate::http::page::{Page, PageQuery, Sort};
use crate::http::problem::Problem;
use crate::platform::clock;
use crate::platform::fields::access::{Narrowed, Order};
use crate::platform::fields::{Compiled, Subject};
use crate::platform::identity::{Actor, Sight};
use crate::platform::organisation::Tree;
use crate::platform::scope::{Entity, Listed, Owned, Scope};
use crate::platform::search;
use crate::platform::sql::Sql;
use crate::state::App;

/// Whose opportunities are.
pub(super) const OWNED: Owned<'static> =
    Owned { entity: Entity::Opportunity, table: "opportunity", id: "p.id", organisation: "organisation_id", owner: "owner_id" };

/// Who reads opportunities.
pub(super) struct Reader {
    /// The custom fields of opportunities.
    pub set: Arc<Compiled>,
    actor: Actor,
    /// Opportunities that they work on beside whoever looks after them.
    works_on: BTreeSet<i64>,
}

impl Reader {
    pub async fn of(app: &App, actor: &Actor) -> Result<Self, DbErr> {
        Self::with(app.db.read(), app.fields.of(Subject::Opportunity).await?, actor.clone()).await
    }

    pub async fn with(db: &impl ConnectionTrait, set: Arc<Compiled>, actor: Actor) -> Result<Self, DbErr> {
        Ok(Self { set, works_on: works_on(db, Entity::Opportunity, actor.id).await?, actor })
    }

    /// What they may do with an opportunity's fields: with those that they look after or work on what their roles say anywhere.
    pub fn sight(&self, id: i64, organisation: i64, owner: Option<i64>) -> Sight<'_> {
        if owner == Some(self.actor.id) || self.works_on.contains(&id) { self.actor.anywhere() } else { self.actor.at(Some(organisation)) }
    }
}

/// Which opportunities.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// Of this organisation and all beneath it.
    pub below: Option<i64>,
    /// What the customer's name or number is found by.
    pub q: Option<String>,
    /// Of this customer.
    pub customer: Option<i64>,
    /// Which this person looks after.
    pub owner: Option<i64>,
    /// Along this pipeline.
    pub pipeline: Option<String>,
    /// In this stage.
    pub stage: Option<String>,
    /// Which stand so.
    pub state: Option<State>,
    /// Open ones whose time in their stage was over before this moment.
    pub overdue_at: Option<i64>,
    /// Stuck ones, or those that are not.
    pub blocked: Option<bool>,
}

/// An opportunity as the database has it.
#[derive(Debug, Clone, FromQueryResult)]
pub(super) struct Stored {
    pub id: i64,
    pub code: String,
    pub customer_id: i64,
    customer_name: String,
    pub organisation_id: i64,
    organisation_name: String,
    pub owner_id: Option<i64>,
    owner_name: Option<String>,
    pub title: String,
    pub pipeline: String,
    pub stage: String,
    state: String,
    pub amount: Option<i64>,
    pub expected_on: Option<String>,
    stage_since_ms: i64,
    pub due_ms: Option<i64>,
    pub block_reason: String,
    pub block_note: String,
    pub lost_reason: String,
    idle_since_ms: i64,
    closed_ms: Option<i64>,
    created_by: String,
    created_ms: i64,
    custom: Value,
    pub version: i64,
    sort_text: Option<String>,
    sort_number: Option<f64>,
}

const FROM: &str = "FROM opportunity p JOIN customer c ON c.id = p.customer_id JOIN organisation o ON o.id = p.organisation_id \
    LEFT JOIN hub_user u ON u.id = p.owner_id WHERE 1 = 1";

fn stored(order: Option<&Order>) -> Sql {
    let columns = Order::columns(order);
    Sql::new(format!(
        "SELECT {columns}, p.id, COALESCE(p.code, '') AS code, p.customer_id, c.name AS customer_name, p.organisation_id, \
         o.name AS organisation_name, p.owner_id, u.name AS owner_name, p.title, p.pipeline, p.stage, p.state, p.amount, p.expected_on, \
         p.stage_since_ms, p.due_ms, p.block_reason, p.block_note, p.lost_reason, c.idle_since_ms, p.closed_ms, p.created_by, \
         p.created_ms, p.custom, p.version {FROM}"
    ))
}

impl Stored {
    /// Its custom fields.
    pub fn custom(&self) -> Map<String, Value> {
        if let Value::Object(custom) = &self.custom { custom.clone() } else { Map::new() }
    }

    /// Whether its time in its stage is over.
    pub fn is_overdue(&self, now_ms: i64) -> bool {
        self.state == State::Open.word() && self.due_ms.is_some_and(|due| due < now_ms)
    }

    /// As a reader sees it.
    pub fn seen_by(self, reader: &Reader, now_ms: i64) -> OpportunityRow {
        let sight = reader.sight(self.id, self.organisation_id, self.owner_id);
        let shows = |key: &str| reader.set.shows(&sight, key);
        OpportunityRow {
            amount: self.amount.map(Money::from_raw).filter(|_| shows("amount")),
            expected_on: self.expected_on.clone().filter(|_| shows("expected_on")),
            custom: reader.set.shown(&sight, &self.custom),
            overdue: self.is_overdue(now_ms),
            id: self.id,
            code: self.code,
            title: self.title,
            customer: self.customer_id,
            customer_name: self.customer_name,
            organisation: self.organisation_id,
            organisation_name: self.organisation_name,
            owner: self.owner_id,
            owner_name: self.owner_name,
            pipeline: self.pipeline,
            stage: self.stage,
            state: State::of_word(&self.state),
            stage_since_ms: self.stage_since_ms,
            due_ms: self.due_ms,
            block_reason: self.block_reason,
            block_note: self.block_note,
            lost_reason: self.lost_reason,
            idle_days: days_since(self.idle_since_ms, now_ms),
            closed_ms: self.closed_ms,
            created_ms: self.created_ms,
            created_by: self.created_by,
            version: self.version,
        }
    }
}

/// ` AND …` for what is asked, but for a part of the chain and what is searched for.
pub(super) fn narrowed_by(asked: &Asked) -> Sql {
    let sql = Sql::default()
        .bind_if(" AND p.customer_id = ", asked.customer)
        .bind_if(" AND p.owner_id = ", asked.owner)
        .bind_if(" AND p.pipeline = ", asked.pipeline.clone())
        .bind_if(" AND p.stage = ", asked.stage.clone())
        .bind_if(" AND p.state = ", asked.state.map(State::word))
        .bind_if(" AND p.state = 'open' AND p.due_ms < ", asked.overdue_at);
    match asked.blocked {
        None => sql,
        Some(true) => sql.text(" AND p.block_reason <> ''"),
        Some(false) => sql.text(" AND p.block_reason = ''"),
    }
}

/// A page of opportunities, the newest first.
pub(super) async fn list(
    db: &impl ConnectionTrait,
    (reader, tree): (&Reader, &Tree),
    scope: &Scope,
    asked: &Asked,
    narrowed: Narrowed,
    page: &PageQuery,
) -> Result<Page<OpportunityRow>, Problem> {
    let said = search::narrow(db, search::Kind::Customer, asked.q.as_deref(), "p.customer_id").await?;
    let rest = narrowed_by(asked).append(&said.filter).append(&narrowed.filter);
    let listed = Listed { scope, tree, below: asked.below, columns: OWNED, rest: &rest };
    let (each, rows) = (listed.each(), stored(narrowed.order.as_ref()).append(&listed.rows()));
    let page = match &narrowed.order {
        None => page.rows(db, each, rows, Sort::down(&["p.id"]), |row: &Stored| row.id).await?,
        Some(order) => {
            let key = |row: &Stored| (Order::key(row.sort_text.as_deref(), row.sort_number), row.id);
            page.rows(db, each, rows, order.sort(&[order.expression(), "p.id"]), key).await?
        }
    };
    let now = clock::now_ms();
    Ok(page.map(|row| row.seen_by(reader, now)))
}

/// Those of some numbers that people say.
pub(super) async fn those(db: &impl ConnectionTrait, codes: Vec<String>) -> Result<Vec<Stored>, DbErr> {
    stored(None).text(" AND p.code IN ").among(codes).all(db).await
}

/// An opportunity in a scope, as the database has it.
pub(super) async fn find(db: &impl ConnectionTrait, scope: &Scope, id: i64) -> Result<Option<Stored>, DbErr> {
    scope.filter_owned(stored(None).text(" AND p.id = ").bind(id), OWNED).one(db).await
}

/// How many in a scope are overdue in their stage, and nobody said why, of one organisation and those beneath it.
///
/// # Errors
/// What the database said.
pub async fn unexplained_count(
    db: &impl ConnectionTrait,
    scope: &Scope,
    (tree, below): (&Tree, Option<i64>),
    now_ms: i64,
) -> Result<i64, DbErr> {
    let join = if below.is_some() { " JOIN organisation o ON o.id = p.organisation_id" } else { "" };
    let sql = format!("SELECT COUNT(*) FROM opportunity p{join} WHERE p.state = 'open' AND p.block_reason = '' AND p.due_ms < ");
    tree.filter_below(scope.filter_owned(Sql::new(sql).bind(now_ms), OWNED), below).number(db).await
}
