//! Opportunities for people: list, make, read, change, move, say why one is stuck.

use axum::Json as Answer;
use axum::extract::State as Shared;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::IntoParams;

use super::model::{Block, Fields, Move, OpportunityDetail, OpportunityRow};
use super::rules::State;
use super::store::{self, Asked, Reader};
use super::write::{OPPORTUNITY, Place, Writing};
use super::{OpportunityError, moves};
use crate::crm::collaborators::{Record, works_on};
use crate::crm::customers;
use crate::http::extract::{IdempotencyKey, Json, Path, Query, given};
use crate::http::openapi::Refusals;
use crate::http::page::{Page, PageQuery};
use crate::http::problem::{Problem, Who};
use crate::http::version::{IfMatch, Versioned};
use crate::platform::audit::{self, AuditRow};
use crate::platform::clock;
use crate::platform::fields::access::CustomQuery;
use crate::platform::fields::{Compiled, FieldError, Subject};
use crate::platform::identity::{Actor, Right};
use crate::platform::scope::{self, Entity};
use crate::platform::session::Session;
use crate::state::App;

impl From<OpportunityError> for Problem {
    fn from(error: OpportunityError) -> Self {
        let en = error.to_string();
        let json = |value: serde_json::Result<serde_json::Value>| value.unwrap_or_default();
        match error {
            OpportunityError::NoOpportunity => Self::not_found(),
            OpportunityError::NoCustomer(id) => Self::invalid("customer_exists", "customer", format!("没有编号为 {id} 的客户。"), en),
            OpportunityError::Text { field: "title", most } => Self::invalid(
                "title_length",
                "title",
                format!("商机名称要有 1 到 {most} 个字。"),
                format!("A title has 1 to {most} characters."),
            ),
            OpportunityError::Text { field, most } => {
                Self::invalid("text_length", field, format!("最多 {most} 个字，不能有控制字符。"), en)
            }
            OpportunityError::Amount => Self::invalid("amount_range", "amount", "金额从 0 到 10 亿元，最多两位小数。", en),
            OpportunityError::Day(field) => Self::invalid("day", field, "日期要写成 2026-05-01，从 2000 到 2100 年。", en),
            OpportunityError::NoOrganisation(id) => {
                Self::invalid("organisation_exists", "organisation", format!("没有编号为 {id} 的启用组织。"), en)
            }
            OpportunityError::NoOwner(id) => Self::invalid("owner_exists", "owner", format!("没有编号为 {id} 的、能登录的人员。"), en),
            OpportunityError::NoPipeline(code) => {
                Self::invalid("pipeline_exists", "pipeline", format!("没有可用的商机流程 {code}。"), en).who(Who::Admin)
            }
            OpportunityError::NoReason { field, code, options } => {
                let (zh, en) = match (field, code.is_empty()) {
                    ("block_reason", true) => {
                        ("在这个阶段已超时，请先选择停滞原因。", "Its time in this stage is over; say first why it was stuck.")
                    }
                    (_, true) => ("请选择流失原因。", "Say why it is lost."),
                    _ => ("没有这个原因，请从列表中选择。", "There is no such reason; choose one of the list."),
                };
                let rule = if code.is_empty() { "reason_needed" } else { "option_exists" };
                Self::invalid(rule, field, zh, en).who(Who::Reader).with("options", json(serde_json::to_value(options)))
            }
            OpportunityError::Gate(missing) => {
                let all = |of: fn(&crate::platform::stages::Missing) -> &str| missing.iter().map(of).collect::<Vec<_>>().join(" ");
                let zh = format!("还不能进入这个阶段：{}", all(|missing| &missing.zh));
                let en = format!("It cannot go to this stage yet: {}", all(|missing| &missing.en));
                Self::invalid("stage_gate", "to", zh, en).who(Who::Reader).with("missing", json(serde_json::to_value(missing)))
            }
            OpportunityError::Changed => Self::changed(),
            OpportunityError::Custom(broken) => FieldError::Broken(broken).into(),
            OpportunityError::Settings(error) => error.into(),
            OpportunityError::Database(error) => Self::internal(&error),
        }
    }
}

/// Which opportunities.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct OpportunityQuery {
    /// Of this organisation and all beneath it.
    #[serde(deserialize_with = "given")]
    pub below: Option<i64>,
    /// Words or beginnings of words of the customer's name or number, Chinese also by pinyin.
    #[serde(deserialize_with = "given")]
    pub q: Option<String>,
    /// Of this customer.
    #[serde(deserialize_with = "given")]
    pub customer: Option<i64>,
    /// Which this person looks after: their number, or `me`.
    #[serde(deserialize_with = "given")]
    pub owner: Option<String>,
    /// Along this pipeline.
    #[serde(deserialize_with = "given")]
    pub pipeline: Option<String>,
    /// In this stage.
    #[serde(deserialize_with = "given")]
    pub stage: Option<String>,
    /// `open`, `won`, `lost`.
    #[serde(deserialize_with = "given")]
    pub state: Option<String>,
    /// `true`: those whose time in their stage is over.
    #[serde(deserialize_with = "given")]
    pub overdue: Option<bool>,
    /// `true`: those that are stuck for a reason that was given; `false`: the others.
    #[serde(deserialize_with = "given")]
    pub blocked: Option<bool>,
}

/// Goes on when an organisation that a list is narrowed to is in sight.
pub(super) fn may_look_below(actor: &Actor, below: Option<i64>) -> Result<(), Problem> {
    let Some(below) = below else { return Ok(()) };
    let seen = scope::asked(actor, Entity::Organisation)?.check_organisation(Some(below));
    seen.map_err(|problem| problem.field("below"))
}

impl OpportunityQuery {
    /// What the database is asked.
    ///
    /// # Errors
    /// A problem that names the parameter: not understood, or out of sight.
    pub fn asked(self, actor: &Actor) -> Result<Asked, Problem> {
        may_look_below(actor, self.below)?;
        let owner = actor.named("owner", self.owner.as_deref())?;
        let state = |word: &str| State::ALL.into_iter().find(|state| state.word() == word).ok_or_else(|| Problem::filter_value("state"));
        Ok(Asked {
            below: self.below,
            customer: self.customer,
            owner,
            stage: self.stage,
            state: self.state.as_deref().map(state).transpose()?,
            overdue_at: self.overdue.filter(|wanted| *wanted).map(|_| clock::now_ms()),
            blocked: self.blocked,
            q: self.q,
            pipeline: self.pipeline,
        })
    }
}

/// Opportunities, the newest first. Custom fields narrow and sort it by the parameters that `/entities/opportunity/columns` names.
#[utoipa::path(get, path = "/api/v1/opportunities", tag = "crm", params(OpportunityQuery, PageQuery),
    responses((status = 200, body = Page<OpportunityRow>), Refusals))]
pub async fn list(
    Shared(app): Shared<App>,
    session: Session,
    Query(asked): Query<OpportunityQuery>,
    Query(page): Query<PageQuery>,
    custom: CustomQuery,
) -> Result<Answer<Page<OpportunityRow>>, Problem> {
    let scope = session.scope(Entity::Opportunity)?;
    let (actor, asked) = (&session.actor, asked.asked(&session.actor)?);
    let reader = Reader::of(&app, actor).await?;
    let narrowed = custom.narrow(&reader.set, actor, app.db.backend(), "p.")?;
    Ok(Answer(store::list(app.db.read(), (&reader, &actor.tree), &scope, &asked, narrowed, &page).await?))
}

/// Goes on only when the reader sees an opportunity, and has a right over it.
async fn changeable(app: &App, session: &Session, id: i64, right: Right) -> Result<store::Stored, Problem> {
    let db = app.db.read();
    session.changeable(Entity::Opportunity, right, |scope| async move { store::find(db, &scope, id).await }).await
}

/// An opportunity as something that can be shared, when the reader sees it, and has a right over it where one is named.
///
/// # Errors
/// 404 out of sight, 403 without the right.
pub(in crate::crm) async fn record(app: &App, session: &Session, id: i64, right: Option<Right>) -> Result<Record, Problem> {
    let row = match right {
        Some(right) => changeable(app, session, id, right).await?,
        None => store::find(app.db.read(), &session.scope(Entity::Opportunity)?, id).await?.ok_or_else(Problem::not_found)?,
    };
    Ok(Record { entity: Entity::Opportunity, id, organisation: row.organisation_id, owner: row.owner_id, code: row.code })
}

/// Goes on only when something of a customer may name an opportunity: one that the writer sees, of the same customer.
///
/// # Errors
/// A problem that names the field: 404 for what the writer does not see, 422 for another customer's.
pub async fn of_customer(app: &App, session: &Session, customer: i64, opportunity: Option<i64>) -> Result<(), Problem> {
    let Some(id) = opportunity else { return Ok(()) };
    let scope = session.scope(Entity::Opportunity).map_err(|problem| problem.field("opportunity"))?;
    let found = store::find(app.db.read(), &scope, id).await?.ok_or_else(|| Problem::not_found().field("opportunity"))?;
    if found.customer_id == customer {
        return Ok(());
    }
    let (zh, en) = (
        format!("商机 {} 是另一位客户的，请选择这位客户的商机。", found.code),
        format!("Opportunity {} is another customer's; choose one of this customer.", found.code),
    );
    Err(Problem::invalid("opportunity_of_customer", "opportunity", zh, en).who(Who::Reader))
}

/// The same opportunity again, as the reader sees it now.
async fn answer(app: &App, session: &Session, id: i64) -> Result<Versioned<OpportunityDetail>, Problem> {
    let (db, scope) = (app.db.read(), session.scope(Entity::Opportunity)?);
    let row = store::find(db, &scope, id).await?.ok_or_else(Problem::not_found)?;
    let (ways, needs_reason) = moves::ways(db, &app.config.outside.time_zone, &row).await?;
    let reader = Reader::of(app, &session.actor).await?;
    let (version, opportunity) = (row.version, row.seen_by(&reader, clock::now_ms()));
    Ok(Versioned(version, OpportunityDetail { opportunity, ways, needs_reason }))
}

/// The custom fields of opportunities, when everything that is given may be written there.
async fn may_write(app: &App, actor: &Actor, organisation: i64, own: bool, asked: &Fields) -> Result<std::sync::Arc<Compiled>, Problem> {
    let set = app.fields.of(Subject::Opportunity).await?;
    let sight = if own { actor.anywhere() } else { actor.at(Some(organisation)) };
    set.may_write_own(&sight, &asked.named())?;
    if let Some(custom) = &asked.custom {
        set.may_write(&sight, custom)?;
    }
    Ok(set)
}

/// Goes on only when an opportunity may be given to another organisation and owner.
async fn may_give(app: &App, actor: &Actor, (from, to): (i64, Option<i64>), owner: Option<i64>) -> Result<(), Problem> {
    actor.may_at(Right::AssignCustomers, Some(from)).map_err(|problem| problem.field("owner"))?;
    customers::may_own(app, actor, owner).await?;
    let Some(to) = to else { return Ok(()) };
    let in_sight = scope::asked(actor, Entity::Organisation)?.check_organisation(Some(to));
    in_sight.map_err(|problem| problem.field("organisation"))?;
    actor.may_at(Right::AssignCustomers, Some(to)).map_err(|problem| problem.field("organisation"))
}

/// Make an opportunity of a customer, in the first stage of its pipeline. The same Idempotency-Key makes none again.
#[utoipa::path(post, path = "/api/v1/opportunities", tag = "crm", request_body = Fields,
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes the request safe to send again")),
    responses((status = 201, body = OpportunityDetail), Refusals))]
pub async fn create(
    Shared(app): Shared<App>,
    session: Session,
    key: Option<IdempotencyKey>,
    Json(asked): Json<Fields>,
) -> Result<(StatusCode, Versioned<OpportunityDetail>), Problem> {
    session.scope(Entity::Opportunity)?;
    let actor = &session.actor;
    actor.may(Right::Opportunities)?;
    let customer = asked
        .customer
        .ok_or_else(|| Problem::invalid("customer_needed", "customer", "请选择客户。", "Choose the customer.").who(Who::Reader))?;
    let no_customer = |problem: Problem| {
        if problem.status() == StatusCode::NOT_FOUND { OpportunityError::NoCustomer(customer).into() } else { problem }
    };
    let of = customers::seen(&app, &session, customer).await.map_err(no_customer)?;
    // Whoever looks after the customer or works on them makes opportunities of theirs, wherever they stand.
    if of.owner != Some(actor.id) && !works_on(app.db.read(), Entity::Customer, actor.id).await?.contains(&customer) {
        actor.may_at(Right::Opportunities, Some(of.organisation)).map_err(|problem| problem.field("customer"))?;
    }
    let owner = asked.owner.flatten().filter(|owner| *owner != actor.id);
    if asked.organisation.is_some_and(|to| to != of.organisation) || asked.owner.is_some_and(|to| to != Some(actor.id)) {
        may_give(&app, actor, (of.organisation, asked.organisation), owner).await?;
    }
    let set = may_write(&app, actor, of.organisation, true, &asked).await?;
    let key = key.map(|IdempotencyKey(key)| format!("{}:{key}", actor.id));
    let writing = Writing { db: &app.db, actor, set: &set, chain_zone: &app.config.outside.time_zone };
    let id = writing.create(&asked, Place { customer, organisation: of.organisation }, key).await?;
    Ok((StatusCode::CREATED, answer(&app, &session, id).await?))
}

/// An opportunity, and where it may go.
#[utoipa::path(get, path = "/api/v1/opportunities/{id}", tag = "crm", params(("id" = i64, Path, description = "Number of the opportunity")),
    responses((status = 200, body = OpportunityDetail), Refusals))]
pub async fn show(Shared(app): Shared<App>, session: Session, Path(id): Path<i64>) -> Result<Versioned<OpportunityDetail>, Problem> {
    answer(&app, &session, id).await
}

/// Change an opportunity. Its stage is moved, not changed; another organisation or owner is for those who may give customers away.
#[utoipa::path(patch, path = "/api/v1/opportunities/{id}", tag = "crm", request_body = Fields,
    params(("id" = i64, Path, description = "Number of the opportunity"), ("If-Match" = String, Header, description = "The ETag as it was read")),
    responses((status = 200, body = OpportunityDetail), Refusals))]
pub async fn change(
    Shared(app): Shared<App>,
    session: Session,
    Path(id): Path<i64>,
    version: IfMatch,
    Json(asked): Json<Fields>,
) -> Result<Versioned<OpportunityDetail>, Problem> {
    let was = changeable(&app, &session, id, Right::Opportunities).await?;
    version.check(was.version)?;
    let (actor, organisation) = (&session.actor, was.organisation_id);
    for (field, is_other) in [
        ("customer", asked.customer.is_some_and(|to| to != was.customer_id)),
        ("pipeline", asked.pipeline.as_ref().is_some_and(|to| *to != was.pipeline)),
    ] {
        if is_other {
            let (zh, en) = ("商机建立后，客户和流程不能再改。", "The customer and the pipeline of an opportunity stay.");
            return Err(Problem::invalid("stays", field, zh, en));
        }
    }
    if asked.organisation.is_some_and(|to| to != organisation) || asked.owner.is_some_and(|to| to != was.owner_id) {
        let owner = asked.owner.flatten().filter(|to| Some(*to) != was.owner_id);
        may_give(&app, actor, (organisation, asked.organisation), owner).await?;
    }
    let own = was.owner_id == Some(actor.id) || works_on(app.db.read(), Entity::Opportunity, actor.id).await?.contains(&id);
    let set = may_write(&app, actor, organisation, own, &asked).await?;
    let writing = Writing { db: &app.db, actor, set: &set, chain_zone: &app.config.outside.time_zone };
    writing.change((id, version.0), &asked).await?;
    answer(&app, &session, id).await
}

/// Move an opportunity to another stage. What is missing on the way is named, all of it.
#[utoipa::path(post, path = "/api/v1/opportunities/{id}/move", tag = "crm", request_body = Move,
    params(("id" = i64, Path, description = "Number of the opportunity"), ("If-Match" = String, Header, description = "The ETag as it was read")),
    responses((status = 200, body = OpportunityDetail), Refusals))]
pub async fn go(
    Shared(app): Shared<App>,
    session: Session,
    Path(id): Path<i64>,
    version: IfMatch,
    Json(asked): Json<Move>,
) -> Result<Versioned<OpportunityDetail>, Problem> {
    let was = changeable(&app, &session, id, Right::Opportunities).await?;
    version.check(was.version)?;
    moves::go(&app.db, (&session.actor.login, &app.config.outside.time_zone), (id, version.0), &asked).await?;
    answer(&app, &session, id).await
}

/// Say why an opportunity is stuck, or that it is stuck no more.
#[utoipa::path(post, path = "/api/v1/opportunities/{id}/block", tag = "crm", request_body = Block,
    params(("id" = i64, Path, description = "Number of the opportunity"), ("If-Match" = String, Header, description = "The ETag as it was read")),
    responses((status = 200, body = OpportunityDetail), Refusals))]
pub async fn block(
    Shared(app): Shared<App>,
    session: Session,
    Path(id): Path<i64>,
    version: IfMatch,
    Json(asked): Json<Block>,
) -> Result<Versioned<OpportunityDetail>, Problem> {
    let was = changeable(&app, &session, id, Right::Opportunities).await?;
    version.check(was.version)?;
    moves::block(&app.db, &session.actor.login, (id, version.0), &asked).await?;
    answer(&app, &session, id).await
}

/// Everything that happened to an opportunity, newest first.
#[utoipa::path(get, path = "/api/v1/opportunities/{id}/timeline", tag = "crm",
    params(("id" = i64, Path, description = "Number of the opportunity"), PageQuery),
    responses((status = 200, body = Page<AuditRow>), Refusals))]
pub async fn timeline(
    Shared(app): Shared<App>,
    session: Session,
    Path(id): Path<i64>,
    Query(page): Query<PageQuery>,
) -> Result<Answer<Page<AuditRow>>, Problem> {
    let db = app.db.read();
    let row = store::find(db, &session.scope(Entity::Opportunity)?, id).await?.ok_or_else(Problem::not_found)?;
    let reader = Reader::of(&app, &session.actor).await?;
    let sight = reader.sight(row.id, row.organisation_id, row.owner_id);
    let page = audit::timeline(db, OPPORTUNITY, id, &page).await?;
    Ok(Answer(page.map(|row| row.seen_by(&sight, &reader.set))))
}
