//! Payments for people: take money, apply it to orders, move it, pay it back; the lists of it, and the count of the till.

use std::collections::BTreeMap;

use axum::Json as Answer;
use axum::extract::State;
use axum::http::StatusCode;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Deserialize;
use utoipa::IntoParams;

use super::model::{
    CloseDay, CustomerAccount, MoveMoney, NewReceipt, NewRefund, PaymentChoices, PaymentRow, TillDay, TillDays, UndoPayment,
};
use super::rules::{Account, Act, Refused};
use super::store::{self, Asked};
use super::write::{Booking, Slip, day_of};
use super::{PaymentError, days};
use crate::crm::customers;
use crate::crm::customers::rules::line;
use crate::http::extract::{IdempotencyKey, Json, Path, Query, given};
use crate::http::openapi::Refusals;
use crate::http::page::{Page, PageQuery};
use crate::http::problem::{Problem, Who};
use crate::live::What;
use crate::platform::clock;
use crate::platform::fields::model::{Choice, OptionList};
use crate::platform::fields::store::zone_of;
use crate::platform::identity::{Actor, Right};
use crate::platform::scope::{self, Entity, Scope};
use crate::platform::session::Session;
use crate::platform::vault::without_numbers;
use crate::state::App;

/// The option list of methods of payment.
const METHODS: &str = "payment_method";
/// Most characters of a slip's number.
const REFERENCE: usize = 60;
/// Most characters of a reason.
const REASON: usize = 200;
/// Most days that the count of the till is shown of at once.
const SPAN: i32 = 92;

impl From<PaymentError> for Problem {
    fn from(error: PaymentError) -> Self {
        let en = error.to_string();
        let yuan = |fen: i64| qitao_domain::quantity::Money::from_raw(fen);
        match error {
            PaymentError::NotThere => Self::not_found(),
            PaymentError::Refused(Refused::Amount) => Self::invalid("amount_range", "amount", "金额要大于 0，最多 1000000000.00 元。", en),
            PaymentError::Refused(Refused::Way) => Self::invalid("two_accounts", "to", "请选择两个不同的地方：预收款余额，或者订单。", en),
            PaymentError::Refused(Refused::NoOrder) => Self::invalid("order_of_customer", "to", "这位客户没有这张订单。", en),
            PaymentError::Refused(Refused::Closed) => Self::conflict("order_open", "这张订单已经取消，不能再收款。", en).field("to"),
            PaymentError::Refused(Refused::Short(there)) => {
                Self::conflict("balance", format!("余额不够，这里只有 {} 元。", yuan(there)), en)
                    .field("amount")
                    .with("left", yuan(there).to_string())
            }
            PaymentError::Refused(Refused::Over(left)) => {
                Self::conflict("order_due", format!("这张订单最多还能收 {} 元。", yuan(left)), en)
                    .field("amount")
                    .with("left", yuan(left).to_string())
            }
            PaymentError::NoMethod(code) => Self::invalid("option_exists", "method", format!("没有收款方式 {code}，或已停用。"), en),
            PaymentError::Text { field: "reason", least, most } => {
                Self::invalid("reason_length", "reason", format!("请写 {least} 到 {most} 个字的原因。"), en)
            }
            PaymentError::Text { field, most, .. } => {
                Self::invalid("text_length", field, format!("最多 {most} 个字，不能有控制字符。"), en)
            }
            PaymentError::Moment => Self::invalid("moment", "at_ms", "收款时间要在最近一年内，不能在将来。", en),
            PaymentError::Undone => Self::conflict("not_undone", "这一笔已经撤销过，或者本身就是撤销。", en),
            PaymentError::Day => Self::invalid("day", "day", "日期要写成 2026-11-23，不能在将来。", en),
            PaymentError::DayClosed => Self::conflict("day_open", "这一天已经对过账。", en).field("day"),
            PaymentError::Counts(of) => {
                Self::invalid("every_method", "counts", format!("账上有的每种收款方式都要点一次：{of}。"), en).with("methods", of)
            }
            PaymentError::Reason(method) => {
                Self::invalid("difference_reason", "counts", format!("{method} 与账面不符，请写明原因。"), en).with("method", method)
            }
            PaymentError::Database(error) => Self::internal(&error),
        }
    }
}

/// Which payments.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct PaymentQuery {
    /// Of this organisation and all beneath it.
    #[serde(deserialize_with = "given")]
    pub below: Option<i64>,
    /// `receive`, `refund`, `apply`, `move`, `take_back`; several with commas.
    #[serde(deserialize_with = "given")]
    pub kind: Option<String>,
    /// Paid by this method: a code of `/payments/choices`.
    #[serde(deserialize_with = "given")]
    pub method: Option<String>,
    /// Of this customer.
    #[serde(deserialize_with = "given")]
    pub customer: Option<i64>,
    /// From or to this order.
    #[serde(deserialize_with = "given")]
    pub order: Option<i64>,
    /// On this day or later: `2026-11-23`.
    #[serde(deserialize_with = "given")]
    pub from: Option<String>,
    /// On this day or before.
    #[serde(deserialize_with = "given")]
    pub to: Option<String>,
    /// Beginning of the slip's number, or part of the customer's name.
    #[serde(deserialize_with = "given")]
    pub q: Option<String>,
}

impl PaymentQuery {
    /// What the database is asked.
    ///
    /// # Errors
    /// A problem that names the parameter that is out of sight.
    pub fn asked(self, actor: &Actor) -> Result<Asked, Problem> {
        below_is_seen(actor, self.below)?;
        let kinds = self.kind.iter().flat_map(|kinds| kinds.split(',')).map(|kind| kind.trim().to_owned()).collect();
        let day = |field, day: Option<String>| match day.as_deref().map(str::parse::<Date>) {
            None => Ok(None),
            Some(Ok(day)) => Ok(Some(day.to_string())),
            Some(Err(_)) => Err(Problem::filter_value(field)),
        };
        Ok(Asked {
            below: self.below,
            kinds,
            method: self.method,
            customer: self.customer,
            order: self.order,
            from: day("from", self.from)?,
            to: day("to", self.to)?,
            q: self.q,
        })
    }
}

fn below_is_seen(actor: &Actor, below: Option<i64>) -> Result<(), Problem> {
    let Some(below) = below else { return Ok(()) };
    scope::asked(actor, Entity::Organisation)?.check_organisation(Some(below)).map_err(|problem| problem.field("below"))
}

/// Methods of payment among the option lists of the settings.
#[must_use]
pub fn methods_of(lists: &BTreeMap<String, OptionList>) -> Vec<Choice> {
    lists.get(METHODS).map(|list| list.options.clone()).unwrap_or_default()
}

async fn methods(app: &App) -> Result<Vec<Choice>, Problem> {
    Ok(methods_of(&*app.fields.lists().await?))
}

async fn check_method(app: &App, code: &str) -> Result<(), Problem> {
    let known = methods(app).await?.iter().any(|method| method.code == code && method.active);
    if known { Ok(()) } else { Err(PaymentError::NoMethod(code.to_owned()).into()) }
}

fn reference(text: &str) -> Result<String, PaymentError> {
    line(text, REFERENCE).ok_or(PaymentError::Text { field: "reference", least: 0, most: REFERENCE })
}

/// A reason as it is kept: numbers of phones in it show their ends only.
fn reason(text: &str) -> Result<String, PaymentError> {
    let reason = line(text, REASON).filter(|reason| reason.chars().count() >= 2);
    reason.map(|reason| without_numbers(&reason)).ok_or(PaymentError::Text { field: "reason", least: 2, most: REASON })
}

/// Where the till stands: the place that is given, or the reader's own, or else the customer's; the reader must have the right there.
fn till(actor: &Actor, right: Right, given: Option<i64>, customers: i64) -> Result<i64, Problem> {
    if let Some(given) = given {
        let seen = scope::asked(actor, Entity::Organisation)?.check_organisation(Some(given));
        seen.and_then(|()| actor.may_at(right, Some(given))).map_err(|problem| problem.field("organisation"))?;
        return Ok(given);
    }
    let own = actor.organisation.filter(|own| actor.may_at(right, Some(*own)).is_ok());
    let till = own.unwrap_or(customers);
    actor.may_at(right, Some(till)).map(|()| till)
}

async fn zone(app: &App, organisation: i64) -> Result<TimeZone, Problem> {
    Ok(zone_of(app.db.read(), Some(organisation), &app.config.outside.time_zone).await?)
}

fn keyed(session: &Session, key: Option<IdempotencyKey>) -> Option<String> {
    key.map(|IdempotencyKey(key)| format!("{}:{key}", session.actor.id))
}

/// A payment that was just made. Whoever looks at the orders that it was for is told.
async fn made(app: &App, id: i64, orders: [Option<i64>; 2]) -> Result<(StatusCode, Answer<PaymentRow>), Problem> {
    orders.into_iter().flatten().for_each(|order| app.live.publish(None, What::Order(order)));
    let row = store::get(app.db.read(), &Scope::All, id).await?.ok_or_else(Problem::not_found)?;
    Ok((StatusCode::CREATED, Answer(row)))
}

/// Payments that the reader sees, the newest first.
#[utoipa::path(get, path = "/api/v1/payments", tag = "finance", params(PaymentQuery, PageQuery),
    responses((status = 200, body = Page<PaymentRow>), Refusals))]
pub async fn list(
    State(app): State<App>,
    session: Session,
    Query(asked): Query<PaymentQuery>,
    Query(page): Query<PageQuery>,
) -> Result<Answer<Page<PaymentRow>>, Problem> {
    let scope = session.scope(Entity::Payment)?;
    let asked = asked.asked(&session.actor)?;
    Ok(Answer(store::list(app.db.read(), &session.actor.tree, &scope, &asked, &page).await?))
}

/// What can be chosen for payments: methods, as the settings have them.
#[utoipa::path(get, path = "/api/v1/payments/choices", tag = "finance", responses((status = 200, body = PaymentChoices), Refusals))]
pub async fn choices(State(app): State<App>, session: Session) -> Result<Answer<PaymentChoices>, Problem> {
    session.scope(Entity::Payment)?;
    Ok(Answer(PaymentChoices { methods: methods(&app).await? }))
}

/// A payment.
#[utoipa::path(get, path = "/api/v1/payments/{id}", tag = "finance", params(("id" = i64, Path, description = "Number of the payment")),
    responses((status = 200, body = PaymentRow), Refusals))]
pub async fn show(State(app): State<App>, session: Session, Path(id): Path<i64>) -> Result<Answer<PaymentRow>, Problem> {
    store::get(app.db.read(), &session.scope(Entity::Payment)?, id).await?.map(Answer).ok_or_else(Problem::not_found)
}

/// How a customer's account stands.
#[utoipa::path(get, path = "/api/v1/customers/{id}/account", tag = "finance",
    params(("id" = i64, Path, description = "Number of the customer")), responses((status = 200, body = CustomerAccount), Refusals))]
pub async fn account(State(app): State<App>, session: Session, Path(id): Path<i64>) -> Result<Answer<CustomerAccount>, Problem> {
    session.scope(Entity::Payment)?;
    customers::seen(&app, &session, id).await?;
    Ok(Answer(store::account(app.db.read(), id).await?))
}

/// Everything that happened with a customer's money, the newest first.
#[utoipa::path(get, path = "/api/v1/customers/{id}/account/history", tag = "finance",
    params(("id" = i64, Path, description = "Number of the customer"), PageQuery), responses((status = 200, body = Page<PaymentRow>), Refusals))]
pub async fn history(
    State(app): State<App>,
    session: Session,
    Path(id): Path<i64>,
    Query(page): Query<PageQuery>,
) -> Result<Answer<Page<PaymentRow>>, Problem> {
    session.scope(Entity::Payment)?;
    customers::seen(&app, &session, id).await?;
    Ok(Answer(store::history(app.db.read(), id, &page).await?))
}

/// Take money of a customer. It is held for them, or applied to an order at once. The same Idempotency-Key takes none again.
#[utoipa::path(post, path = "/api/v1/customers/{id}/payments", tag = "finance", request_body = NewReceipt,
    params(("id" = i64, Path, description = "Number of the customer"),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes the request safe to send again")),
    responses((status = 201, body = PaymentRow), Refusals))]
pub async fn receive(
    State(app): State<App>,
    session: Session,
    Path(id): Path<i64>,
    key: Option<IdempotencyKey>,
    Json(asked): Json<NewReceipt>,
) -> Result<(StatusCode, Answer<PaymentRow>), Problem> {
    session.scope(Entity::Payment)?;
    let customer = customers::seen(&app, &session, id).await?;
    let (actor, key) = (&session.actor, keyed(&session, key));
    actor.may(Right::Payments)?;
    let organisation = till(actor, Right::Payments, asked.organisation, customer.organisation)?;
    check_method(&app, &asked.method).await?;
    let (method, reference) = (asked.method, reference(&asked.reference)?);
    let slip = Slip { customer: id, organisation, method, reference, reason: String::new(), at_ms: asked.at_ms, reverses: None };
    let booking = Booking { db: &app.db, actor, zone: &zone(&app, organisation).await? };
    made(&app, booking.receive(asked.amount.raw(), asked.order, slip, key).await?, [asked.order, None]).await
}

/// Apply held money to an order, move it from order to order, or take it back. The same Idempotency-Key moves none again.
#[utoipa::path(post, path = "/api/v1/customers/{id}/payments/move", tag = "finance", request_body = MoveMoney,
    params(("id" = i64, Path, description = "Number of the customer"),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes the request safe to send again")),
    responses((status = 201, body = PaymentRow), Refusals))]
pub async fn transfer(
    State(app): State<App>,
    session: Session,
    Path(id): Path<i64>,
    key: Option<IdempotencyKey>,
    Json(asked): Json<MoveMoney>,
) -> Result<(StatusCode, Answer<PaymentRow>), Problem> {
    session.scope(Entity::Payment)?;
    let customer = customers::seen(&app, &session, id).await?;
    let (actor, key) = (&session.actor, keyed(&session, key));
    actor.may(Right::Payments)?;
    let account = |order: Option<i64>| order.map_or(Account::Held, Account::Order);
    let act = Act { from: account(asked.from), to: account(asked.to), amount: asked.amount.raw() };
    let (organisation, empty) = (customer.organisation, String::new);
    let slip = Slip { customer: id, organisation, method: empty(), reference: empty(), reason: empty(), at_ms: None, reverses: None };
    let booking = Booking { db: &app.db, actor, zone: &zone(&app, organisation).await? };
    made(&app, booking.act(act, slip, key).await?, [asked.from, asked.to]).await
}

/// Pay held money back to a customer, for a reason. The same Idempotency-Key pays none again.
#[utoipa::path(post, path = "/api/v1/customers/{id}/payments/refund", tag = "finance", request_body = NewRefund,
    params(("id" = i64, Path, description = "Number of the customer"),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes the request safe to send again")),
    responses((status = 201, body = PaymentRow), Refusals))]
pub async fn refund(
    State(app): State<App>,
    session: Session,
    Path(id): Path<i64>,
    key: Option<IdempotencyKey>,
    Json(asked): Json<NewRefund>,
) -> Result<(StatusCode, Answer<PaymentRow>), Problem> {
    session.scope(Entity::Payment)?;
    let customer = customers::seen(&app, &session, id).await?;
    let (actor, key) = (&session.actor, keyed(&session, key));
    actor.may(Right::RefundPayments)?;
    let organisation = till(actor, Right::RefundPayments, asked.organisation, customer.organisation)?;
    check_method(&app, &asked.method).await?;
    let (method, reference, reason) = (asked.method, reference(&asked.reference)?, reason(&asked.reason)?);
    let slip = Slip { customer: id, organisation, method, reference, reason, at_ms: None, reverses: None };
    let booking = Booking { db: &app.db, actor, zone: &zone(&app, organisation).await? };
    let act = Act { from: Account::Held, to: Account::Till, amount: asked.amount.raw() };
    made(&app, booking.act(act, slip, key).await?, [None, None]).await
}

/// Undo a payment: the same amount goes the other way, today. What was given on meanwhile must be taken back before. The same Idempotency-Key
/// undoes none again.
#[utoipa::path(post, path = "/api/v1/payments/{id}/undo", tag = "finance", request_body = UndoPayment,
    params(("id" = i64, Path, description = "Number of the payment"),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes the request safe to send again")),
    responses((status = 201, body = PaymentRow), Refusals))]
pub async fn undo(
    State(app): State<App>,
    session: Session,
    Path(id): Path<i64>,
    key: Option<IdempotencyKey>,
    Json(asked): Json<UndoPayment>,
) -> Result<(StatusCode, Answer<PaymentRow>), Problem> {
    let row = store::get(app.db.read(), &session.scope(Entity::Payment)?, id).await?.ok_or_else(Problem::not_found)?;
    let actor = &session.actor;
    actor.may_at(Right::RefundPayments, Some(row.organisation))?;
    let act = Act::named(&row.kind, (row.from_order, row.to_order), row.amount.raw());
    let slip = Slip {
        customer: row.customer,
        organisation: row.organisation,
        method: row.method,
        reference: row.reference,
        reason: reason(&asked.reason)?,
        at_ms: None,
        reverses: None,
    };
    let booking = Booking { db: &app.db, actor, zone: &zone(&app, row.organisation).await? };
    let key = keyed(&session, key);
    made(&app, booking.undo(id, act, slip, key).await?, [row.from_order, row.to_order]).await
}

/// Which days of the till.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct DayQuery {
    /// Of this organisation and all beneath it.
    #[serde(deserialize_with = "given")]
    below: Option<i64>,
    /// From this day, as `2026-11-23`; today when left away.
    #[serde(deserialize_with = "given")]
    #[param(value_type = Option<String>)]
    from: Option<Date>,
    /// To this day, at most 92 days later; `from` when left away.
    #[serde(deserialize_with = "given")]
    #[param(value_type = Option<String>)]
    to: Option<Date>,
}

/// What tills took, day by day, and how it was counted.
#[utoipa::path(get, path = "/api/v1/payments/days", tag = "finance", params(DayQuery), responses((status = 200, body = TillDays), Refusals))]
pub async fn list_days(State(app): State<App>, session: Session, Query(asked): Query<DayQuery>) -> Result<Answer<TillDays>, Problem> {
    session.scope(Entity::Payment)?;
    let actor = &session.actor;
    actor.may(Right::ReconcilePayments)?;
    below_is_seen(actor, asked.below)?;
    let here = zone_of(app.db.read(), actor.organisation, &app.config.outside.time_zone).await?;
    let from = asked.from.or(asked.to).unwrap_or_else(|| day_of(clock::now_ms(), &here));
    let to = asked.to.unwrap_or(from);
    if to < from || from.until(to).map_or(true, |span| span.get_days() > SPAN) {
        let (zh, en) = ("请选择不超过 92 天的日期范围。", "Choose a range of at most 92 days.");
        return Err(Problem::new(StatusCode::BAD_REQUEST, "day_range", zh, en).field("to").who(Who::Reader));
    }
    let scope = scope::with(actor, Entity::Organisation, Some(Right::ReconcilePayments));
    let asked = days::Asked { below: asked.below, from, to };
    Ok(Answer(TillDays { items: days::list(app.db.read(), &actor.tree, &scope, &asked).await? }))
}

/// Close a day of a till with what was counted. It takes nothing more from then on; what comes later is of the next day.
#[utoipa::path(post, path = "/api/v1/payments/days", tag = "finance", request_body = CloseDay,
    responses((status = 201, body = TillDay), Refusals))]
pub async fn close_day(
    State(app): State<App>,
    session: Session,
    Json(asked): Json<CloseDay>,
) -> Result<(StatusCode, Answer<TillDay>), Problem> {
    session.scope(Entity::Payment)?;
    let actor = &session.actor;
    let seen = scope::asked(actor, Entity::Organisation)?.check_organisation(Some(asked.organisation));
    seen.map_err(|problem| problem.field("organisation"))?;
    actor.may_at(Right::ReconcilePayments, Some(asked.organisation))?;
    let today = day_of(clock::now_ms(), &zone(&app, asked.organisation).await?);
    Ok((StatusCode::CREATED, Answer(days::close(&app.db, &actor.login, &asked, today).await?)))
}
