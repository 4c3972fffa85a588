//! Contracts for people: the ledger, make, read, change, sign, complete, call off; who approves a discount.

use axum::Json as Answer;
use axum::extract::State as Extracted;
use axum::http::StatusCode;
use jiff::civil::Date;
use serde::Deserialize;
use utoipa::IntoParams;

use super::model::{ContractDetail, ContractRow, Fields, SignContract, VoidContract};
use super::rules::State;
use super::sign::Act;
use super::store::{self, Asked, Stored};
use super::write::{Origin, Writing};
use super::{ContractError, Unfit};
use crate::crm::{customers, opportunities};
use crate::http::extract::{IdempotencyKey, Json, Path, Query, given};
use crate::http::openapi::Refusals;
use crate::http::page::{Page, PageQuery};
use crate::http::problem::{Problem, Who};
use crate::http::version::{IfMatch, Versioned};
use crate::platform::audit::{self, AuditRow};
use crate::platform::identity::{Actor, Right};
use crate::platform::scope::{self, Entity};
use crate::platform::session::Session;
use crate::sales::orders::api::{may_give, sells_at, today};
use crate::sales::orders::model::JudgeDiscount;
use crate::sales::orders::rules::day;
use crate::sales::{orders, quotes};
use crate::state::App;

/// Furthest that due instalments are looked for, in days.
const AHEAD: i64 = 366;

impl From<ContractError> for Problem {
    fn from(error: ContractError) -> Self {
        let en = error.to_string();
        match error {
            ContractError::NoContract => Self::not_found(),
            ContractError::Needed(field) => Self::invalid("needed", field, "这一项必须填写。", en),
            ContractError::Text { field: field @ ("reason" | "note"), least, most } if least > 0 => {
                Self::invalid("reason_length", field, format!("请写 {least} 到 {most} 个字的原因。"), en)
            }
            ContractError::Text { field, most, .. } => {
                Self::invalid("text_length", field, format!("最多 {most} 个字，不能有控制字符。"), en)
            }
            ContractError::Day(field) => Self::invalid("day", field, "日期不合理；要写成 2026-11-23。", en),
            ContractError::NoOrganisation(id) => {
                Self::invalid("organisation_exists", "organisation", format!("没有编号为 {id} 的启用组织。"), en)
            }
            ContractError::NoOwner(id) => Self::invalid("owner_exists", "owner", format!("没有编号为 {id} 的、在这里销售的人员。"), en),
            ContractError::Instalments => {
                Self::invalid("instalments_sum", "instalments", "分期要有 1 到 24 期，每期有名称、金额大于 0，合计等于合同金额。", en)
            }
            ContractError::Line(error) => error.into(),
            ContractError::Total => Self::invalid("total", "lines", "合同金额最多 1000000000.00 元。", en),
            ContractError::State(state) => {
                let zh = format!("合同现在是“{}”，不能这样做。", State::of_word(&state).titles().0);
                Self::conflict("contract_state", zh, en).with("state", state)
            }
            ContractError::Missing(missing) => {
                let all = |of: fn(&super::rules::Missing) -> &str, and: &str| missing.iter().map(of).collect::<Vec<_>>().join(and);
                let zh = format!("签订前还缺：{}。请先上传。", all(|missing| missing.zh, "、"));
                let en = format!("Before it is signed there are missing: {}. Attach them first.", all(|missing| missing.en, ", "));
                let listed = serde_json::to_value(&missing).unwrap_or_default();
                Self::conflict("contract_files", zh, en).field("files").who(Who::Reader).with("missing", listed)
            }
            ContractError::NeedsApproval => {
                Self::conflict("discount_approval", "折扣超过价目表允许的范围，已提交审批。", en).who(Who::Manager).field("lines")
            }
            ContractError::Sold { order, why } => {
                let (zh, en, who) = match why {
                    Unfit::Contract(code) => (
                        format!("报价已成订单 {order}，是合同 {code} 的；同一份报价不再签第二份合同。"),
                        format!("The quote has become order {order}, of contract {code}; it is not signed twice."),
                        Who::Reader,
                    ),
                    Unfit::Amount => (
                        format!("报价已成订单 {order}，金额不同，请先修改或取消该订单。"),
                        format!("The quote has become order {order}, of another amount; change or cancel that order first."),
                        Who::Reader,
                    ),
                    Unfit::Foreign => (
                        format!("报价已成订单 {order}，不归您负责，请主管来签订。"),
                        format!("The quote has become order {order}, which is not yours; ask a manager to sign."),
                        Who::Manager,
                    ),
                };
                Self::conflict("quote_sold", zh, en).who(who).field("order").with("order", order)
            }
            ContractError::OrderOpen(code) => {
                let zh = format!("订单 {code} 还没有结束：完成合同前要送达，作废合同前要取消订单。");
                let en =
                    format!("Order {code} is open: it is delivered before the contract is done, or cancelled before it is called off.");
                Self::conflict("contract_order_open", zh, en).who(Who::Reader).with("order", code)
            }
            ContractError::NotDelivered => {
                Self::conflict("contract_delivered", "合同还没有送达的订单，不能完成；不再履行的合同请作废。", en)
            }
            ContractError::Changed => Self::changed(),
            ContractError::Order(error) => error.into(),
            ContractError::Quote(error) => error.into(),
            ContractError::Database(error) => Self::internal(&error),
        }
    }
}

/// Which contracts.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct ContractQuery {
    /// Of this organisation and all beneath it.
    #[serde(deserialize_with = "given")]
    pub below: Option<i64>,
    /// Words or beginnings of words of the number or the customer's name, Chinese also by pinyin; several narrow it.
    #[serde(deserialize_with = "given")]
    pub q: Option<String>,
    /// Of this person: their number, or `me`.
    #[serde(deserialize_with = "given")]
    pub owner: Option<String>,
    /// Of this customer.
    #[serde(deserialize_with = "given")]
    pub customer: Option<i64>,
    /// Of this opportunity.
    #[serde(deserialize_with = "given")]
    pub opportunity: Option<i64>,
    /// Made of this quote.
    #[serde(deserialize_with = "given")]
    pub quote: Option<i64>,
    /// `draft`, `signed`, `done`, `void`; several with commas.
    #[serde(deserialize_with = "given")]
    pub state: Option<String>,
    /// Signed on this day or later, as `2026-11-23`.
    #[serde(deserialize_with = "given")]
    pub signed_from: Option<String>,
    /// Signed on this day or before.
    #[serde(deserialize_with = "given")]
    pub signed_to: Option<String>,
    /// Signed, with an instalment that is due within so many days, 0 to 366, or was before, and is not paid; for who may see payments.
    #[serde(deserialize_with = "given")]
    pub due: Option<i64>,
    /// `asked`: with a discount that waits for approval.
    #[serde(deserialize_with = "given")]
    pub approval: Option<String>,
}

fn within(today: &str, days: i64) -> Option<String> {
    let today: Date = today.parse().ok().filter(|_| (0..=AHEAD).contains(&days))?;
    Some(today.checked_add(jiff::Span::new().try_days(days).ok()?).ok()?.to_string())
}

impl ContractQuery {
    /// What the database is asked; `today` is the reader's.
    ///
    /// # Errors
    /// A problem that names the parameter: not understood, or out of sight.
    pub fn asked(self, actor: &Actor, today: String) -> Result<Asked, Problem> {
        if let Some(below) = self.below {
            let seen = scope::asked(actor, Entity::Organisation)?.check_organisation(Some(below));
            seen.map_err(|problem| problem.field("below"))?;
        }
        let owner = actor.named("owner", self.owner.as_deref())?;
        let state =
            |word: &str| State::ALL.into_iter().find(|state| state.word() == word.trim()).ok_or_else(|| Problem::filter_value("state"));
        let states = self.state.as_deref().into_iter().flat_map(|words| words.split(',')).map(state).collect::<Result<_, _>>()?;
        let days = |text: Option<String>, field| text.map(|text| day(&text).ok_or_else(|| Problem::filter_value(field))).transpose();
        let due_by = match self.due {
            None => None,
            Some(ahead) => {
                actor.may(Right::SeePayments).map_err(|problem| problem.field("due"))?;
                Some(within(&today, ahead).ok_or_else(|| Problem::filter_value("due"))?)
            }
        };
        let asked_approval = match self.approval.as_deref() {
            None => false,
            Some("asked") => true,
            Some(_) => return Err(Problem::filter_value("approval")),
        };
        Ok(Asked {
            below: self.below,
            q: self.q,
            owner,
            customer: self.customer,
            opportunity: self.opportunity,
            quote: self.quote,
            states,
            signed_from: days(self.signed_from, "signed_from")?,
            signed_to: days(self.signed_to, "signed_to")?,
            due_by,
            asked_approval,
            today,
        })
    }
}

/// The ledger: contracts that the reader sees, the newest first.
#[utoipa::path(get, path = "/api/v1/contracts", tag = "sales", params(ContractQuery, PageQuery),
    responses((status = 200, body = Page<ContractRow>), Refusals))]
pub async fn list(
    Extracted(app): Extracted<App>,
    session: Session,
    Query(asked): Query<ContractQuery>,
    Query(page): Query<PageQuery>,
) -> Result<Answer<Page<ContractRow>>, Problem> {
    let scope = session.scope(Entity::Contract)?;
    let asked = asked.asked(&session.actor, today(&app, session.actor.organisation).await?)?;
    Ok(Answer(store::list(app.db.read(), &session.actor, &scope, &asked, &page).await?))
}

async fn answer(app: &App, session: &Session, id: i64) -> Result<Versioned<ContractDetail>, Problem> {
    let db = app.db.read();
    let row = store::find(db, &session.scope(Entity::Contract)?, id).await?.ok_or_else(Problem::not_found)?;
    let today = today(app, Some(row.organisation_id)).await?;
    Ok(Versioned(row.version, store::detail(db, &session.actor, row, &today).await?))
}

/// Goes on only when the reader sees a contract, and has a right over it.
async fn changeable(app: &App, session: &Session, id: i64, right: Right) -> Result<Stored, Problem> {
    let db = app.db.read();
    session.changeable(Entity::Contract, right, |scope| async move { store::find(db, &scope, id).await }).await
}

/// Where a new contract comes from: a quote that the reader sees, or what is said by hand.
async fn origin(app: &App, session: &Session, asked: &Fields) -> Result<Origin, Problem> {
    let Some(quote) = asked.quote else {
        let customer = asked.customer.ok_or(ContractError::Needed("customer"))?;
        let customer = customers::seen(app, session, customer).await.map_err(|problem| problem.field("customer"))?;
        let organisation = sells_at(&session.actor, asked.organisation, customer.organisation)?;
        return Ok(Origin { customer: customer.id, organisation, opportunity: None, quote: None, lines: None });
    };
    let of = quotes::api::copied(app, session, quote, asked.quote_number).await.map_err(|problem| problem.field("quote"))?;
    let moves = asked.customer.is_some_and(|to| to != of.customer) || asked.organisation.is_some_and(|to| to != of.organisation);
    if moves {
        return Err(stays());
    }
    session.actor.may_at(Right::Sales, Some(of.organisation)).map_err(|problem| problem.field("quote"))?;
    Ok(Origin {
        customer: of.customer,
        organisation: of.organisation,
        opportunity: of.opportunity,
        quote: Some((quote, of.number)),
        lines: Some(of.lines),
    })
}

fn stays() -> Problem {
    let (zh, en) = (
        "合同的客户、组织和报价不能改，请作废后重做一份。",
        "Customer, organisation and quote of a contract stay; call it off and make another.",
    );
    Problem::invalid("contract_stays", "customer", zh, en)
}

/// Make a contract, of a version of a quote or by hand. The same Idempotency-Key makes none again.
#[utoipa::path(post, path = "/api/v1/contracts", tag = "sales", request_body = Fields,
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes the request safe to send again")),
    responses((status = 201, body = ContractDetail), Refusals))]
pub async fn create(
    Extracted(app): Extracted<App>,
    session: Session,
    key: Option<IdempotencyKey>,
    Json(asked): Json<Fields>,
) -> Result<(StatusCode, Versioned<ContractDetail>), Problem> {
    session.scope(Entity::Contract)?;
    let from = origin(&app, &session, &asked).await?;
    may_give(&session.actor, from.organisation, asked.owner, Some(session.actor.id))?;
    let named = asked.opportunity.flatten().filter(|named| Some(*named) != from.opportunity);
    opportunities::of_customer(&app, &session, from.customer, named).await?;
    let key = key.map(|IdempotencyKey(key)| format!("{}:{key}", session.actor.id));
    let today = today(&app, Some(from.organisation)).await?;
    let id = Writing { db: &app.db, actor: &session.actor, today: &today }.create(&asked, &from, key).await?;
    Ok((StatusCode::CREATED, answer(&app, &session, id).await?))
}

/// A contract with its lines, instalments and orders.
#[utoipa::path(get, path = "/api/v1/contracts/{id}", tag = "sales", params(("id" = i64, Path, description = "Number of the contract")),
    responses((status = 200, body = ContractDetail), Refusals))]
pub async fn show(Extracted(app): Extracted<App>, session: Session, Path(id): Path<i64>) -> Result<Versioned<ContractDetail>, Problem> {
    answer(&app, &session, id).await
}

/// Change a draft. Lines that are changed lose the approval of their discount.
#[utoipa::path(patch, path = "/api/v1/contracts/{id}", tag = "sales", request_body = Fields,
    params(("id" = i64, Path, description = "Number of the contract"), ("If-Match" = String, Header, description = "The ETag as it was read")),
    responses((status = 200, body = ContractDetail), Refusals))]
pub async fn change(
    Extracted(app): Extracted<App>,
    session: Session,
    Path(id): Path<i64>,
    version: IfMatch,
    Json(asked): Json<Fields>,
) -> Result<Versioned<ContractDetail>, Problem> {
    let was = changeable(&app, &session, id, Right::Sales).await?;
    version.check(was.version)?;
    let moves = asked.customer.is_some_and(|to| to != was.customer_id) || asked.organisation.is_some_and(|to| to != was.organisation_id);
    if moves || asked.quote.is_some_and(|to| Some(to) != was.quote_id) || asked.quote_number.is_some() {
        return Err(stays());
    }
    may_give(&session.actor, was.organisation_id, asked.owner, was.owner_id)?;
    let named = asked.opportunity.flatten().filter(|named| Some(*named) != was.opportunity_id);
    opportunities::of_customer(&app, &session, was.customer_id, named).await?;
    let today = today(&app, Some(was.organisation_id)).await?;
    Writing { db: &app.db, actor: &session.actor, today: &today }.change((id, version.0), &asked).await?;
    answer(&app, &session, id).await
}

/// Sign a draft: its scan and the final design have to be attached. It makes the order, or links one. A discount beyond the price list is
/// submitted for approval.
#[utoipa::path(post, path = "/api/v1/contracts/{id}/sign", tag = "sales", request_body = SignContract,
    params(("id" = i64, Path, description = "Number of the contract"), ("If-Match" = String, Header, description = "The ETag as it was read")),
    responses((status = 200, body = ContractDetail), Refusals))]
pub async fn sign(
    Extracted(app): Extracted<App>,
    session: Session,
    Path(id): Path<i64>,
    version: IfMatch,
    Json(asked): Json<SignContract>,
) -> Result<Versioned<ContractDetail>, Problem> {
    let was = changeable(&app, &session, id, Right::Sales).await?;
    if let Some(order) = asked.order {
        orders::api::sold(&app, &session, order).await.map_err(|problem| problem.field("order"))?;
    }
    let today = today(&app, Some(was.organisation_id)).await?;
    let may_approve = session.actor.may_at(Right::ApproveSales, Some(was.organisation_id)).is_ok();
    let act = Act { app: &app, actor: &session.actor, id, version: version.0, today: &today };
    if !act.sign(&asked, may_approve).await? {
        return Err(ContractError::NeedsApproval.into());
    }
    answer(&app, &session, id).await
}

/// Approve or reject the discount of a draft.
#[utoipa::path(post, path = "/api/v1/contracts/{id}/approval", tag = "sales", request_body = JudgeDiscount,
    params(("id" = i64, Path, description = "Number of the contract"), ("If-Match" = String, Header, description = "The ETag as it was read")),
    responses((status = 200, body = ContractDetail), Refusals))]
pub async fn approval(
    Extracted(app): Extracted<App>,
    session: Session,
    Path(id): Path<i64>,
    version: IfMatch,
    Json(asked): Json<JudgeDiscount>,
) -> Result<Versioned<ContractDetail>, Problem> {
    let was = changeable(&app, &session, id, Right::ApproveSales).await?;
    let today = today(&app, Some(was.organisation_id)).await?;
    Act { app: &app, actor: &session.actor, id, version: version.0, today: &today }.judge(asked.approve, &asked.note).await?;
    answer(&app, &session, id).await
}

/// End a signed contract whose orders were all delivered.
#[utoipa::path(post, path = "/api/v1/contracts/{id}/complete", tag = "sales",
    params(("id" = i64, Path, description = "Number of the contract"), ("If-Match" = String, Header, description = "The ETag as it was read")),
    responses((status = 200, body = ContractDetail), Refusals))]
pub async fn complete(
    Extracted(app): Extracted<App>,
    session: Session,
    Path(id): Path<i64>,
    version: IfMatch,
) -> Result<Versioned<ContractDetail>, Problem> {
    let was = changeable(&app, &session, id, Right::Sales).await?;
    let today = today(&app, Some(was.organisation_id)).await?;
    Act { app: &app, actor: &session.actor, id, version: version.0, today: &today }.complete().await?;
    answer(&app, &session, id).await
}

/// Call a contract off; an order of it is cancelled first.
#[utoipa::path(post, path = "/api/v1/contracts/{id}/void", tag = "sales", request_body = VoidContract,
    params(("id" = i64, Path, description = "Number of the contract"), ("If-Match" = String, Header, description = "The ETag as it was read")),
    responses((status = 200, body = ContractDetail), Refusals))]
pub async fn void(
    Extracted(app): Extracted<App>,
    session: Session,
    Path(id): Path<i64>,
    version: IfMatch,
    Json(asked): Json<VoidContract>,
) -> Result<Versioned<ContractDetail>, Problem> {
    let was = changeable(&app, &session, id, Right::Sales).await?;
    let today = today(&app, Some(was.organisation_id)).await?;
    Act { app: &app, actor: &session.actor, id, version: version.0, today: &today }.void(&asked.reason).await?;
    answer(&app, &session, id).await
}

/// Everything that happened to a contract, the newest first.
#[utoipa::path(get, path = "/api/v1/contracts/{id}/timeline", tag = "sales",
    params(("id" = i64, Path, description = "Number of the contract"), PageQuery), responses((status = 200, body = Page<AuditRow>), Refusals))]
pub async fn timeline(
    Extracted(app): Extracted<App>,
    session: Session,
    Path(id): Path<i64>,
    Query(page): Query<PageQuery>,
) -> Result<Answer<Page<AuditRow>>, Problem> {
    let db = app.db.read();
    store::find(db, &session.scope(Entity::Contract)?, id).await?.ok_or_else(Problem::not_found)?;
    Ok(Answer(audit::timeline(db, "contract", id, &page).await?))
}
