//! The stage report (阶段报表): for each stage how long opportunities stay, how many move on, and why they are stuck; for the whole of what
//! a reader sees and for each organisation. And the sums that stand over a board.

use std::collections::BTreeMap;

use axum::Json as Answer;
use axum::extract::State as Shared;
use qitao_domain::quantity::Money;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::api::OpportunityQuery;
use super::moves::pipeline;
use super::rules::{Counted, StageFigures};
use super::store::{Asked, OWNED, Reader, narrowed_by};
use crate::http::extract::{Query, given};
use crate::http::openapi::Refusals;
use crate::http::problem::{Problem, Who};
use crate::platform::clock;
use crate::platform::identity::Right;
use crate::platform::organisation::Tree;
use crate::platform::scope::{Entity, Listed, Scope};
use crate::platform::search;
use crate::platform::session::Session;
use crate::platform::sql::Sql;
use crate::state::App;

/// Most organisations of a report.
const MOST: usize = 200;
/// The pipeline of sales.
const SALES: &str = "sales";

/// Of which opportunities, of what time.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct ReportQuery {
    /// The pipeline; `sales` when nothing is said.
    #[serde(deserialize_with = "given")]
    pub pipeline: Option<String>,
    /// Of this organisation and all beneath it.
    #[serde(deserialize_with = "given")]
    pub below: Option<i64>,
    /// Stays that ended at this moment or later.
    #[serde(deserialize_with = "given")]
    pub from_ms: Option<i64>,
    /// Stays that ended before this moment.
    #[serde(deserialize_with = "given")]
    pub until_ms: Option<i64>,
}

/// Figures of an organisation.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = StageReportOfOrganisation)]
pub struct OfOrganisation {
    /// Which.
    pub organisation: i64,
    /// Its name.
    pub name: String,
    /// Figures of each stage that is no end, in their order.
    pub stages: Vec<StageFigures>,
}

/// The stage report.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct StageReport {
    /// The pipeline.
    pub pipeline: String,
    /// Figures of each stage that is no end, in their order.
    pub stages: Vec<StageFigures>,
    /// The same for each organisation, those with the most opportunities first.
    pub organisations: Vec<OfOrganisation>,
    /// There are more organisations than are shown.
    pub more: bool,
}

#[derive(FromQueryResult)]
struct Left {
    organisation_id: i64,
    stage: String,
    left: i64,
    moved_on: i64,
    stayed_ms: i64,
}

#[derive(FromQueryResult)]
struct There {
    organisation_id: i64,
    stage: String,
    open: i64,
    overdue: i64,
}

#[derive(FromQueryResult)]
struct Stuck {
    organisation_id: i64,
    stage: String,
    block_reason: String,
    stuck: i64,
}

#[derive(FromQueryResult)]
struct Named {
    id: i64,
    name: String,
}

type Book = BTreeMap<i64, BTreeMap<String, Counted>>;

/// Counts what the books have, by organisation and stage.
async fn counted(
    db: &impl ConnectionTrait,
    scope: &Scope,
    tree: &Tree,
    (pipeline, below): (&str, Option<i64>),
    (from_ms, until_ms): (i64, i64),
) -> Result<Book, DbErr> {
    let within = |sql: Sql| tree.filter_below(scope.filter_owned(sql, OWNED), below);
    let stays = |columns: &str| {
        Sql::new(format!(
            "SELECT p.organisation_id, s.stage, {columns} FROM opportunity_stay s JOIN opportunity p ON p.id = s.opportunity_id \
             JOIN organisation o ON o.id = p.organisation_id WHERE s.pipeline = "
        ))
        .bind(pipeline)
    };
    let mut book = Book::new();
    // Whoever was in a stage twice stayed for both times together, and moved on when they did so once.
    let left = stays(
        "COUNT(DISTINCT s.opportunity_id) AS \"left\", COUNT(DISTINCT CASE WHEN s.outcome = 'forward' THEN s.opportunity_id END) AS moved_on, \
         CAST(SUM(s.left_ms - s.entered_ms) AS BIGINT) AS stayed_ms",
    );
    let left = left.text(" AND s.left_ms >= ").bind(from_ms).text(" AND s.left_ms < ").bind(until_ms);
    for row in within(left).text(" GROUP BY p.organisation_id, s.stage").all::<Left>(db).await? {
        let counted = book.entry(row.organisation_id).or_default().entry(row.stage).or_default();
        (counted.left, counted.moved_on, counted.stayed_ms) = (row.left, row.moved_on, row.stayed_ms);
    }
    let there = Sql::new("SELECT p.organisation_id, p.stage, COUNT(*) AS open, COUNT(CASE WHEN p.due_ms < ")
        .bind(clock::now_ms())
        .text(" THEN 1 END) AS overdue FROM opportunity p JOIN organisation o ON o.id = p.organisation_id WHERE p.state = 'open' AND p.pipeline = ")
        .bind(pipeline);
    for row in within(there).text(" GROUP BY p.organisation_id, p.stage").all::<There>(db).await? {
        let counted = book.entry(row.organisation_id).or_default().entry(row.stage).or_default();
        (counted.open, counted.overdue) = (row.open, row.overdue);
    }
    let stuck = stays("s.block_reason, COUNT(DISTINCT s.opportunity_id) AS stuck").text(" AND s.block_reason <> '' AND s.entered_ms < ");
    let stuck = stuck.bind(until_ms).text(" AND (s.left_ms IS NULL OR s.left_ms >= ").bind(from_ms).text(")");
    for row in within(stuck).text(" GROUP BY p.organisation_id, s.stage, s.block_reason").all::<Stuck>(db).await? {
        let counted = book.entry(row.organisation_id).or_default().entry(row.stage).or_default();
        counted.reasons.insert(row.block_reason, row.stuck);
    }
    Ok(book)
}

fn together(book: &Book) -> BTreeMap<String, Counted> {
    let mut all: BTreeMap<String, Counted> = BTreeMap::new();
    for (stage, counted) in book.values().flatten() {
        let sum = all.entry(stage.clone()).or_default();
        sum.left += counted.left;
        sum.moved_on += counted.moved_on;
        sum.stayed_ms = sum.stayed_ms.saturating_add(counted.stayed_ms);
        sum.open += counted.open;
        sum.overdue += counted.overdue;
        for (reason, count) in &counted.reasons {
            *sum.reasons.entry(reason.clone()).or_default() += count;
        }
    }
    all
}

/// How long opportunities stay in each stage, how many of those that leave it move on, and why they are stuck. An opportunity counts where it
/// belongs now.
#[utoipa::path(get, path = "/api/v1/opportunities/report", tag = "crm", params(ReportQuery),
    responses((status = 200, body = StageReport), Refusals))]
pub async fn report(Shared(app): Shared<App>, session: Session, Query(asked): Query<ReportQuery>) -> Result<Answer<StageReport>, Problem> {
    Ok(Answer(made(&app, &session, &asked).await?))
}

async fn made(app: &App, session: &Session, asked: &ReportQuery) -> Result<StageReport, Problem> {
    let (db, actor, scope) = (app.db.read(), &session.actor, session.scope(Entity::Opportunity)?);
    super::api::may_look_below(actor, asked.below)?;
    let code = asked.pipeline.as_deref().unwrap_or(SALES);
    let ready = pipeline(db, code).await?;
    let time = (asked.from_ms.unwrap_or(0), asked.until_ms.unwrap_or(i64::MAX));
    if time.0 > time.1 {
        let (zh, en) = ("开始时间不能晚于结束时间。", "The beginning is not after the end.");
        return Err(Problem::new(axum::http::StatusCode::BAD_REQUEST, "filter_value", zh, en).field("from_ms").who(Who::Reader));
    }
    let book = counted(db, &scope, &actor.tree, (code, asked.below), time).await?;
    let nothing = Counted::default();
    let figures = |of: &BTreeMap<String, Counted>| {
        let stages = ready.pipeline.stages.iter().filter(|stage| stage.end.is_none());
        stages.map(|stage| of.get(&stage.code).unwrap_or(&nothing).figures(&stage.code)).collect::<Vec<_>>()
    };
    let mut busiest: Vec<(i64, i64)> =
        book.iter().map(|(organisation, stages)| (stages.values().map(|of| of.left + of.open).sum(), *organisation)).collect();
    busiest.sort_unstable_by_key(|(many, organisation)| (std::cmp::Reverse(*many), *organisation));
    let shown = Sql::new("SELECT id, name FROM organisation WHERE id IN ").among(busiest.iter().take(MOST).map(|(_, id)| *id));
    let names: BTreeMap<i64, String> = shown.all::<Named>(db).await?.into_iter().map(|row| (row.id, row.name)).collect();
    let organisations = busiest.iter().take(MOST).filter_map(|(_, organisation)| {
        let name = names.get(organisation)?.clone();
        Some(OfOrganisation { organisation: *organisation, name, stages: figures(book.get(organisation)?) })
    });
    Ok(StageReport {
        pipeline: code.to_owned(),
        stages: figures(&together(&book)),
        organisations: organisations.collect(),
        more: busiest.len() > MOST,
    })
}

/// What stands over a stage of a board.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct StageSum {
    /// The stage.
    pub stage: String,
    /// Opportunities in it.
    pub count: i64,
    /// Of these, those whose time is over.
    pub overdue: i64,
    /// What they may bring together, in yuan; left away where the reader's role hides amounts.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub amount: Option<Money>,
}

#[derive(FromQueryResult)]
struct Summed {
    stage: String,
    count: i64,
    overdue: i64,
    amount: i64,
}

/// How many opportunities are in each stage, and what they may bring: for the columns of a board. The filters are those of the list; a pipeline
/// is named.
#[utoipa::path(get, path = "/api/v1/opportunities/sums", tag = "crm", params(OpportunityQuery),
    responses((status = 200, body = Vec<StageSum>), Refusals))]
pub async fn sums(
    Shared(app): Shared<App>,
    session: Session,
    Query(asked): Query<OpportunityQuery>,
) -> Result<Answer<Vec<StageSum>>, Problem> {
    Ok(Answer(summed(&app, &session, asked).await?))
}

async fn summed(app: &App, session: &Session, asked: OpportunityQuery) -> Result<Vec<StageSum>, Problem> {
    let (db, actor, scope) = (app.db.read(), &session.actor, session.scope(Entity::Opportunity)?);
    let asked = asked.asked(actor)?;
    let asked = Asked { pipeline: asked.pipeline.or_else(|| Some(SALES.to_owned())), ..asked };
    let reader = Reader::of(app, actor).await?;
    let shows = reader.set.shows(&actor.in_lists(Right::SeeOpportunities), "amount");
    let said = search::narrow(db, search::Kind::Customer, asked.q.as_deref(), "p.customer_id").await?;
    let what = Sql::new("SELECT p.stage, COUNT(*) AS count, COUNT(CASE WHEN p.state = 'open' AND p.due_ms < ")
        .bind(clock::now_ms())
        .text(" THEN 1 END) AS overdue, CAST(COALESCE(SUM(p.amount), 0) AS BIGINT) AS amount");
    let rest = narrowed_by(&asked).append(&said.filter);
    let listed = Listed { scope: &scope, tree: &actor.tree, below: asked.below, columns: OWNED, rest: &rest };
    let rows: Vec<Summed> = listed.select(what, "").text(" GROUP BY p.stage").all(db).await?;
    let row =
        |Summed { stage, count, overdue, amount }| StageSum { stage, count, overdue, amount: shows.then_some(Money::from_raw(amount)) };
    Ok(rows.into_iter().map(row).collect())
}

/// A stage of the funnel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FunnelStage {
    /// The stage.
    pub stage: String,
    /// Its Chinese name.
    pub title: String,
    /// Its English name, or empty.
    pub title_en: String,
    /// Opportunities in it now.
    pub open: i64,
    /// Of these, those whose time is over.
    pub overdue: i64,
    /// What they may bring together, in yuan; left away where the reader's role hides amounts.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub amount: Option<Money>,
    /// Of those that left it within the period: how many of a hundred moved on; nothing when none left.
    pub rate: Option<i64>,
}

#[derive(FromQueryResult)]
struct MovedOn {
    stage: String,
    left: i64,
    moved_on: i64,
}

/// The stages of the sales pipeline that are no end, in their order: what is in them now, and how much of it moved on within a time. Of an
/// opportunity that was in a stage twice the figures are those of the stage report.
///
/// # Errors
/// A problem when the reader may not see opportunities, or the database fails.
pub async fn funnel(
    app: &App,
    session: &Session,
    below: Option<i64>,
    (from_ms, until_ms): (i64, i64),
) -> Result<Vec<FunnelStage>, Problem> {
    let (db, actor, scope) = (app.db.read(), &session.actor, session.scope(Entity::Opportunity)?);
    super::api::may_look_below(actor, below)?;
    let ready = pipeline(db, SALES).await?;
    let shows = Reader::of(app, actor).await?.set.shows(&actor.in_lists(Right::SeeOpportunities), "amount");
    let within = |sql: Sql| actor.tree.filter_below(scope.filter_owned(sql, OWNED), below);
    // Whose opportunities are is asked of those who do not see all; where they belong, when a part is asked for.
    let joined = |owned: &str| match (&scope, below) {
        (Scope::All, None) => String::new(),
        (_, None) => owned.to_owned(),
        (_, Some(_)) => format!("{owned} JOIN organisation o ON o.id = p.organisation_id"),
    };
    let left = format!(
        "SELECT s.stage, COUNT(DISTINCT s.opportunity_id) AS \"left\", COUNT(DISTINCT CASE WHEN s.outcome = 'forward' THEN s.opportunity_id END) \
         AS moved_on FROM opportunity_stay s{} WHERE s.pipeline = ",
        joined(" JOIN opportunity p ON p.id = s.opportunity_id")
    );
    let left = Sql::new(left).bind(SALES).text(" AND s.left_ms >= ").bind(from_ms).text(" AND s.left_ms < ").bind(until_ms);
    let there = Sql::new("SELECT p.stage, COUNT(*) AS count, COUNT(CASE WHEN p.due_ms < ").bind(clock::now_ms()).text(&format!(
        " THEN 1 END) AS overdue, CAST(COALESCE(SUM(p.amount), 0) AS BIGINT) AS amount FROM opportunity p{} WHERE p.state = 'open' AND p.pipeline = ",
        joined("")
    ));
    let (left, there) = tokio::try_join!(
        within(left).text(" GROUP BY s.stage").all::<MovedOn>(db),
        within(there.bind(SALES)).text(" GROUP BY p.stage").all::<Summed>(db)
    )?;
    let stage = |of: &crate::platform::stages::Stage| {
        let there = there.iter().find(|row| row.stage == of.code);
        let left = left.iter().find(|row| row.stage == of.code);
        let counted = Counted { left: left.map_or(0, |row| row.left), moved_on: left.map_or(0, |row| row.moved_on), ..Counted::default() };
        FunnelStage {
            stage: of.code.clone(),
            title: of.title.clone(),
            title_en: of.title_en.clone(),
            open: there.map_or(0, |row| row.count),
            overdue: there.map_or(0, |row| row.overdue),
            amount: shows.then(|| Money::from_raw(there.map_or(0, |row| row.amount))),
            rate: counted.figures(&of.code).rate,
        }
    };
    Ok(ready.pipeline.stages.iter().filter(|stage| stage.end.is_none()).map(stage).collect())
}
