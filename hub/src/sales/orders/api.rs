//! Orders for people: list, make, read, change, confirm, ship, complete, cancel; who approves a discount.

use axum::Json as Answer;
use axum::extract::State as Extracted;
use axum::http::StatusCode;
use qitao_domain::quantity::Quantity;
use serde::Deserialize;
use utoipa::IntoParams;

use super::OrderError;
use super::goods::Act;
use super::model::{
    CancelOrder, CompleteOrder, ConfirmOrder, Fields, JudgeDiscount, OrderChoices, OrderDetail, OrderRow, OrderSum, ReserveOrder, ShipOrder,
};
use super::rules::{State, day};
use super::store::{self, Asked, Reader, Stored, sight};
use super::write::Writing;
use crate::crm::customers::rules::Class;
use crate::crm::{customers, opportunities};
use crate::http::extract::{IdempotencyKey, Json, Path, Query, given};
use crate::http::openapi::Refusals;
use crate::http::page::{Page, PageQuery};
use crate::http::problem::{Problem, Who};
use crate::http::version::{IfMatch, Versioned};
use crate::inventory::reservations::ReserveError;
use crate::live::What;
use crate::platform::audit::{self, AuditRow};
use crate::platform::fields::access::CustomQuery;
use crate::platform::fields::store::zone_of;
use crate::platform::fields::{Compiled, FieldError, Subject};
use crate::platform::identity::{Actor, Right};
use crate::platform::scope::{self, Entity};
use crate::platform::session::Session;
use crate::sales::lines::store::LineError;
use crate::state::App;

impl From<LineError> for Problem {
    fn from(error: LineError) -> Self {
        let en = error.to_string();
        match error {
            LineError::Count => Self::invalid("line_count", "lines", "要有 1 到 200 行。", en),
            LineError::NoItem(n) => Self::invalid("item_exists", format!("lines[{n}].item"), "没有这个商品。", en),
            LineError::NoPrice(n) => Self::invalid("price_needed", format!("lines[{n}].price"), "价目表里没有价格，请填写单价。", en),
            LineError::Range { line, field } => {
                let zh = match field {
                    "quantity" => "数量要大于 0，最多 1000000；套件和多包件商品只能是整件。",
                    "price" => "单价从 0 到 1000000000.00 元。",
                    "discount" => "折扣从 0 到 10000（万分之），一行金额最多 1000000000.00 元。",
                    "spec" => "规格最多 200 个字，不能有控制字符。",
                    _ => "选配内容不对，或者太大。",
                };
                Self::invalid("line_range", format!("lines[{line}].{field}"), zh, en)
            }
            LineError::Database(error) => Self::internal(&error),
        }
    }
}

impl From<OrderError> for Problem {
    fn from(error: OrderError) -> Self {
        let en = error.to_string();
        match error {
            OrderError::NoOrder => Self::not_found(),
            OrderError::Needed(field) => Self::invalid("needed", field, "这一项必须填写。", en),
            OrderError::Text { field: field @ ("reason" | "note"), least, most } if least > 0 => {
                Self::invalid("reason_length", field, format!("请写 {least} 到 {most} 个字的原因。"), en)
            }
            OrderError::Text { field, most, .. } => Self::invalid("text_length", field, format!("最多 {most} 个字，不能有控制字符。"), en),
            OrderError::Address => Self::invalid("address_shape", "address", "送货地址最多 300 个字，不能是遮盖过的。", en),
            OrderError::Day(field) => Self::invalid("day", field, "日期不合理；要写成 2026-11-23。", en),
            OrderError::NoOrganisation(id) => {
                Self::invalid("organisation_exists", "organisation", format!("没有编号为 {id} 的启用组织。"), en)
            }
            OrderError::NoPerson(id) => {
                Self::invalid("person_exists", "splits", format!("没有编号为 {id} 的、在这里销售的人员。"), en).with("person", id)
            }
            OrderError::Shares => Self::invalid("shares_sum", "splits", "分成比例合计要等于 100%，每人一行，都大于 0，最多 20 人。", en),
            OrderError::Line(error) => error.into(),
            OrderError::Total => Self::invalid("total", "lines", "订单金额最多 1000000000.00 元。", en),
            OrderError::State(state) => {
                let zh = format!("订单现在是“{}”，不能这样做。", State::of_word(&state).titles().0);
                Self::conflict("order_state", zh, en).with("state", state)
            }
            OrderError::OfContract(code) => {
                let zh = format!("这张订单是合同 {code} 的，合计要等于合同金额；金额要改，请取消订单、作废合同后重做。");
                let en = format!(
                    "This order is contract {code}'s and comes to the contract's amount; to change that, cancel it and call the contract off."
                );
                Self::invalid("contract_amount", "lines", zh, en).with("contract", code)
            }
            OrderError::Joins(code) => {
                let zh = format!("订单 {code} 不能关联：要是同一客户的、没有合同、没有取消、金额与合同相同的订单。");
                let en = format!(
                    "Order {code} cannot be linked: it has to be the same customer's, without a contract, not cancelled, and of the same amount."
                );
                Self::invalid("order_fits", "order", zh, en)
            }
            OrderError::NeedsApproval => {
                Self::conflict("discount_approval", "折扣超过价目表允许的范围，已提交审批。", en).who(Who::Manager).field("lines")
            }
            OrderError::NoSignature(id) => Self::invalid("signature_attached", "file", format!("这张订单没有编号为 {id} 的签名图片。"), en),
            OrderError::NoSite(id) => Self::invalid("site_sells", "site", format!("这个组织不能从编号为 {id} 的站点销售。"), en),
            OrderError::NoGoods => Self::conflict("stock_available", "没有一个可销售的站点备齐这张订单的全部商品。", en).field("site"),
            OrderError::NotComplete => {
                Self::conflict("pick_complete", "拣货还没有齐套完成；缺货发货需要有权限的人说明原因。", en).who(Who::Manager)
            }
            OrderError::Custom(broken) => FieldError::Broken(broken).into(),
            OrderError::Changed => Self::changed(),
            OrderError::Reserve(ReserveError::Short { site, item, missing }) => {
                let missing = Quantity::from_raw(missing);
                Self::conflict("stock_available", format!("这个站点缺少编号为 {item} 的商品 {missing}。"), en)
                    .field("site")
                    .with("site", site)
                    .with("item", item)
                    .with("missing", missing.to_string())
            }
            OrderError::Reserve(ReserveError::Database(error)) | OrderError::Database(error) => Self::internal(&error),
            OrderError::Warehouse(error) => error.into(),
            OrderError::Payment(error) => error.into(),
            OrderError::Vault(error) => error.into(),
        }
    }
}

/// Which orders.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct OrderQuery {
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
    /// `draft`, `confirmed`, `shipped`, `completed`, `cancelled`; several with commas.
    #[serde(deserialize_with = "given")]
    pub state: Option<String>,
    /// `true`: not delivered by the promised day.
    #[serde(deserialize_with = "given")]
    pub late: Option<bool>,
    /// `asked`: with a discount that waits for approval.
    #[serde(deserialize_with = "given")]
    pub approval: Option<String>,
    /// `true`: shipped, and no service ticket delivers it.
    #[serde(deserialize_with = "given")]
    pub unplanned: Option<bool>,
    /// `true`: those that count for figures of sales: confirmed, and not cancelled since.
    #[serde(deserialize_with = "given")]
    pub counted: Option<bool>,
    /// Confirmed on this day or later, as `2026-11-23`.
    #[serde(deserialize_with = "given")]
    pub from: Option<String>,
    /// Confirmed on this day or earlier.
    #[serde(deserialize_with = "given")]
    pub to: Option<String>,
    /// Of which this person has a share: their number, or `me`.
    #[serde(deserialize_with = "given")]
    pub person: Option<String>,
    /// Of customers who were this until then: `prospect`, `client`, `regular`.
    #[serde(deserialize_with = "given")]
    pub class: Option<String>,
}

impl OrderQuery {
    /// What the database is asked; `today` is the reader's.
    ///
    /// # Errors
    /// A problem that names the parameter: not understood, or out of sight.
    pub fn asked(self, actor: &Actor, today: String) -> Result<Asked, Problem> {
        if let Some(below) = self.below {
            let seen = scope::asked(actor, Entity::Organisation)?.check_organisation(Some(below));
            seen.map_err(|problem| problem.field("below"))?;
        }
        let (owner, person) = (actor.named("owner", self.owner.as_deref())?, actor.named("person", self.person.as_deref())?);
        let on =
            |name: &'static str, given: Option<&str>| given.map(|text| day(text).ok_or_else(|| Problem::filter_value(name))).transpose();
        let (from, to) = (on("from", self.from.as_deref())?, on("to", self.to.as_deref())?);
        let class = |word: &str| Class::ALL.into_iter().find(|class| class.word() == word).ok_or_else(|| Problem::filter_value("class"));
        let class = self.class.as_deref().map(class).transpose()?;
        let state =
            |word: &str| State::ALL.into_iter().find(|state| state.word() == word.trim()).ok_or_else(|| Problem::filter_value("state"));
        let states = self.state.as_deref().into_iter().flat_map(|words| words.split(',')).map(state).collect::<Result<_, _>>()?;
        let asked_approval = match self.approval.as_deref() {
            None => false,
            Some("asked") => true,
            Some(_) => return Err(Problem::filter_value("approval")),
        };
        let late = self.late.unwrap_or(false);
        let (counted, unplanned) = (self.counted.unwrap_or(false), self.unplanned.unwrap_or(false));
        let Self { below, q, customer, .. } = self;
        Ok(Asked { below, q, owner, customer, states, late, asked_approval, unplanned, counted, from, to, person, class, today })
    }
}

/// Today, where an organisation is; in the chain's zone when none is named.
pub async fn today(app: &App, organisation: Option<i64>) -> Result<String, Problem> {
    let zone = zone_of(app.db.read(), organisation, &app.config.outside.time_zone).await?;
    Ok(jiff::Timestamp::now().to_zoned(zone).date().to_string())
}

/// Orders that the reader sees, the newest first. Custom fields narrow and sort it by the parameters that `/entities/order/columns` names.
#[utoipa::path(get, path = "/api/v1/orders", tag = "sales", params(OrderQuery, PageQuery),
    responses((status = 200, body = Page<OrderRow>), Refusals))]
pub async fn list(
    Extracted(app): Extracted<App>,
    session: Session,
    Query(asked): Query<OrderQuery>,
    Query(page): Query<PageQuery>,
    custom: CustomQuery,
) -> Result<Answer<Page<OrderRow>>, Problem> {
    let scope = session.scope(Entity::Order)?;
    let asked = asked.asked(&session.actor, today(&app, session.actor.organisation).await?)?;
    let set = app.fields.of(Subject::Order).await?;
    let narrowed = custom.narrow(&set, &session.actor, app.db.backend(), "x.")?;
    let reader = Reader { actor: &session.actor, set: &set };
    Ok(Answer(store::list(app.db.read(), reader, &scope, (&asked, &narrowed), &page).await?))
}

/// How many orders the reader sees, and what they come to; the filters are those of the list.
#[utoipa::path(get, path = "/api/v1/orders/sum", tag = "sales", params(OrderQuery), responses((status = 200, body = OrderSum), Refusals))]
pub async fn sum(
    Extracted(app): Extracted<App>,
    session: Session,
    Query(asked): Query<OrderQuery>,
    custom: CustomQuery,
) -> Result<Answer<OrderSum>, Problem> {
    let scope = session.scope(Entity::Order)?;
    let asked = asked.asked(&session.actor, today(&app, session.actor.organisation).await?)?;
    let narrowed = custom.narrow(&*app.fields.of(Subject::Order).await?, &session.actor, app.db.backend(), "x.")?;
    Ok(Answer(store::sum(app.db.read(), &session.actor, &scope, (&asked, &narrowed)).await?))
}

/// What can be chosen for orders: who can share one.
#[utoipa::path(get, path = "/api/v1/orders/choices", tag = "sales", responses((status = 200, body = OrderChoices), Refusals))]
pub async fn choices(Extracted(app): Extracted<App>, session: Session) -> Result<Answer<OrderChoices>, Problem> {
    session.scope(Entity::Order)?;
    session.actor.may(Right::Sales)?;
    let people = store::people(app.db.read(), &session.actor.tree, session.actor.organisation).await?;
    Ok(Answer(OrderChoices { people }))
}

/// The order as the reader sees it now.
async fn answer(app: &App, session: &Session, id: i64) -> Result<Versioned<OrderDetail>, Problem> {
    let db = app.db.read();
    let row = store::find(db, &session.scope(Entity::Order)?, id).await?.ok_or_else(Problem::not_found)?;
    let (keys, today) = (app.vault.for_reading(db).await?, today(app, Some(row.organisation_id)).await?);
    let set = app.fields.of(Subject::Order).await?;
    let reader = Reader { actor: &session.actor, set: &set };
    Ok(Versioned(row.version, store::detail(db, &keys, reader, row, &today).await?))
}

/// Whoever looks at an order is told that it came or changed; after commit.
pub fn tell(app: &App, id: i64) {
    app.live.publish(None, What::Order(id));
}

/// The order as it is after a change, which whoever looks at it is told of.
pub(super) async fn changed(app: &App, session: &Session, id: i64) -> Result<Versioned<OrderDetail>, Problem> {
    tell(app, id);
    answer(app, session, id).await
}

/// Goes on only when the reader sees an order as it was read, and has a right over it.
pub(super) async fn changeable(app: &App, session: &Session, id: i64, right: Right) -> Result<Stored, Problem> {
    let db = app.db.read();
    session.changeable(Entity::Order, right, |scope| async move { store::find(db, &scope, id).await }).await
}

/// Goes on only when the reader sells an order.
///
/// # Errors
/// 404 out of sight, 403 without the right.
pub async fn sold(app: &App, session: &Session, id: i64) -> Result<(), Problem> {
    changeable(app, session, id, Right::Sales).await.map(drop)
}

/// Goes on only when a record of sales may be given to somebody else.
///
/// # Errors
/// A 403 problem that names the owner.
pub fn may_give(actor: &Actor, organisation: i64, owner: Option<Option<i64>>, was: Option<i64>) -> Result<(), Problem> {
    if owner.is_none_or(|owner| owner == was) {
        return Ok(());
    }
    actor.may_at(Right::AssignCustomers, Some(organisation)).map_err(|problem| problem.field("owner"))
}

/// The custom fields of orders, when everything that is given of them may be written there.
async fn may_write(
    app: &App,
    actor: &Actor,
    (organisation, owner): (i64, Option<i64>),
    asked: &Fields,
) -> Result<std::sync::Arc<Compiled>, Problem> {
    let set = app.fields.of(Subject::Order).await?;
    if let Some(custom) = &asked.custom {
        set.may_write(&sight(actor, organisation, owner), custom)?;
    }
    Ok(set)
}

/// Make an order. The same Idempotency-Key makes none again.
#[utoipa::path(post, path = "/api/v1/orders", tag = "sales", request_body = Fields,
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes the request safe to send again")),
    responses((status = 201, body = OrderDetail), Refusals))]
pub async fn create(
    Extracted(app): Extracted<App>,
    session: Session,
    key: Option<IdempotencyKey>,
    Json(asked): Json<Fields>,
) -> Result<(StatusCode, Versioned<OrderDetail>), Problem> {
    session.scope(Entity::Order)?;
    let customer = asked.customer.ok_or(OrderError::Needed("customer"))?;
    let customer = customers::seen(&app, &session, customer).await.map_err(|problem| problem.field("customer"))?;
    let organisation = sells_at(&session.actor, asked.organisation, customer.organisation)?;
    may_give(&session.actor, organisation, asked.owner, Some(session.actor.id))?;
    opportunities::of_customer(&app, &session, customer.id, asked.opportunity.flatten()).await?;
    let key = key.map(|IdempotencyKey(key)| format!("{}:{key}", session.actor.id));
    let today = today(&app, Some(organisation)).await?;
    let set = may_write(&app, &session.actor, (organisation, Some(session.actor.id)), &asked).await?;
    let writing = Writing::of(&app, &session.actor, &today, &set);
    let id = writing.create(&asked, (customer.id, organisation), key).await?;
    Ok((StatusCode::CREATED, changed(&app, &session, id).await?))
}

/// The organisation that sells: the one that is given, or the reader's own, or else the customer's; the reader must sell there.
///
/// # Errors
/// A 404 or 403 problem that names the organisation.
pub fn sells_at(actor: &Actor, given: Option<i64>, customers: i64) -> Result<i64, Problem> {
    actor.may(Right::Sales)?;
    if let Some(given) = given {
        let seen = scope::asked(actor, Entity::Organisation)?.check_organisation(Some(given));
        seen.map_err(|problem| problem.field("organisation"))?;
    }
    let own = actor.organisation.filter(|own| actor.may_at(Right::Sales, Some(*own)).is_ok());
    let organisation = given.or(own).unwrap_or(customers);
    actor.may_at(Right::Sales, Some(organisation)).map_err(|problem| problem.field("organisation"))?;
    Ok(organisation)
}

/// An order with its lines, shares, goods and money.
#[utoipa::path(get, path = "/api/v1/orders/{id}", tag = "sales", params(("id" = i64, Path, description = "Number of the order")),
    responses((status = 200, body = OrderDetail), Refusals))]
pub async fn show(Extracted(app): Extracted<App>, session: Session, Path(id): Path<i64>) -> Result<Versioned<OrderDetail>, Problem> {
    answer(&app, &session, id).await
}

/// Change an order. Lines and shares are those of a draft; lines that are changed lose the approval of their discount.
#[utoipa::path(patch, path = "/api/v1/orders/{id}", tag = "sales", request_body = Fields,
    params(("id" = i64, Path, description = "Number of the order"), ("If-Match" = String, Header, description = "The ETag as it was read")),
    responses((status = 200, body = OrderDetail), Refusals))]
pub async fn change(
    Extracted(app): Extracted<App>,
    session: Session,
    Path(id): Path<i64>,
    version: IfMatch,
    Json(asked): Json<Fields>,
) -> Result<Versioned<OrderDetail>, Problem> {
    let was = changeable(&app, &session, id, Right::Sales).await?;
    version.check(was.version)?;
    let moves = asked.customer.is_some_and(|to| to != was.customer_id) || asked.organisation.is_some_and(|to| to != was.organisation_id);
    if moves {
        let (zh, en) =
            ("订单的客户和组织不能改，请取消后重开一张。", "Customer and organisation of an order stay; cancel it and make another.");
        return Err(Problem::invalid("order_stays", "customer", zh, en));
    }
    may_give(&session.actor, was.organisation_id, asked.owner, was.owner_id)?;
    let named = asked.opportunity.flatten().filter(|named| Some(*named) != was.opportunity_id);
    opportunities::of_customer(&app, &session, was.customer_id, named).await?;
    let today = today(&app, Some(was.organisation_id)).await?;
    let set = may_write(&app, &session.actor, (was.organisation_id, was.owner_id), &asked).await?;
    Writing::of(&app, &session.actor, &today, &set).change((id, version.0), &asked).await?;
    changed(&app, &session, id).await
}

/// Everything that happened to an order, the newest first.
#[utoipa::path(get, path = "/api/v1/orders/{id}/timeline", tag = "sales",
    params(("id" = i64, Path, description = "Number of the order"), PageQuery), responses((status = 200, body = Page<AuditRow>), Refusals))]
pub async fn timeline(
    Extracted(app): Extracted<App>,
    session: Session,
    Path(id): Path<i64>,
    Query(page): Query<PageQuery>,
) -> Result<Answer<Page<AuditRow>>, Problem> {
    let db = app.db.read();
    let row = store::find(db, &session.scope(Entity::Order)?, id).await?.ok_or_else(Problem::not_found)?;
    let (set, sight) = (app.fields.of(Subject::Order).await?, sight(&session.actor, row.organisation_id, row.owner_id));
    Ok(Answer(audit::timeline(db, "order", id, &page).await?.map(|row| row.seen_by(&sight, &set))))
}

/// Confirm a draft: its goods are reserved at a site and their pick is made there. A discount beyond the price list is submitted for approval.
#[utoipa::path(post, path = "/api/v1/orders/{id}/confirm", tag = "sales", request_body = ConfirmOrder,
    params(("id" = i64, Path, description = "Number of the order"), ("If-Match" = String, Header, description = "The ETag as it was read")),
    responses((status = 200, body = OrderDetail), Refusals))]
pub async fn confirm(
    Extracted(app): Extracted<App>,
    session: Session,
    Path(id): Path<i64>,
    version: IfMatch,
    Json(asked): Json<ConfirmOrder>,
) -> Result<Versioned<OrderDetail>, Problem> {
    let was = changeable(&app, &session, id, Right::Sales).await?;
    let today = today(&app, Some(was.organisation_id)).await?;
    let may_approve = session.actor.may_at(Right::ApproveSales, Some(was.organisation_id)).is_ok();
    let act = Act { app: &app, actor: &session.actor, id, version: version.0, today: &today };
    if !act.confirm(asked.site, asked.without_goods, may_approve).await? {
        return Err(OrderError::NeedsApproval.into());
    }
    changed(&app, &session, id).await
}

/// Reserve the goods of a confirmed order that has none yet, or make its pick anew after the warehouse withdrew it.
#[utoipa::path(post, path = "/api/v1/orders/{id}/reserve", tag = "sales", request_body = ReserveOrder,
    params(("id" = i64, Path, description = "Number of the order"), ("If-Match" = String, Header, description = "The ETag as it was read")),
    responses((status = 200, body = OrderDetail), Refusals))]
pub async fn reserve(
    Extracted(app): Extracted<App>,
    session: Session,
    Path(id): Path<i64>,
    version: IfMatch,
    Json(asked): Json<ReserveOrder>,
) -> Result<Versioned<OrderDetail>, Problem> {
    let was = changeable(&app, &session, id, Right::Sales).await?;
    let today = today(&app, Some(was.organisation_id)).await?;
    Act { app: &app, actor: &session.actor, id, version: version.0, today: &today }.reserve(asked.site).await?;
    changed(&app, &session, id).await
}

/// Approve or reject the discount of a draft.
#[utoipa::path(post, path = "/api/v1/orders/{id}/approval", tag = "sales", request_body = JudgeDiscount,
    params(("id" = i64, Path, description = "Number of the order"), ("If-Match" = String, Header, description = "The ETag as it was read")),
    responses((status = 200, body = OrderDetail), Refusals))]
pub async fn approval(
    Extracted(app): Extracted<App>,
    session: Session,
    Path(id): Path<i64>,
    version: IfMatch,
    Json(asked): Json<JudgeDiscount>,
) -> Result<Versioned<OrderDetail>, Problem> {
    let was = changeable(&app, &session, id, Right::ApproveSales).await?;
    let today = today(&app, Some(was.organisation_id)).await?;
    Act { app: &app, actor: &session.actor, id, version: version.0, today: &today }.judge(asked.approve, &asked.note).await?;
    changed(&app, &session, id).await
}

/// Ship an order whose pick is complete; with less only with a right of its own, for a reason.
#[utoipa::path(post, path = "/api/v1/orders/{id}/ship", tag = "sales", request_body = ShipOrder,
    params(("id" = i64, Path, description = "Number of the order"), ("If-Match" = String, Header, description = "The ETag as it was read")),
    responses((status = 200, body = OrderDetail), Refusals))]
pub async fn ship(
    Extracted(app): Extracted<App>,
    session: Session,
    Path(id): Path<i64>,
    version: IfMatch,
    Json(asked): Json<ShipOrder>,
) -> Result<Versioned<OrderDetail>, Problem> {
    let was = changeable(&app, &session, id, Right::ShipOrders).await?;
    let today = today(&app, Some(was.organisation_id)).await?;
    let may_short = session.actor.may_at(Right::ShipShort, Some(was.organisation_id)).is_ok();
    Act { app: &app, actor: &session.actor, id, version: version.0, today: &today }.ship(&asked.reason, may_short).await?;
    changed(&app, &session, id).await
}

/// End an order that was shipped: it was delivered.
#[utoipa::path(post, path = "/api/v1/orders/{id}/complete", tag = "sales", request_body = CompleteOrder,
    params(("id" = i64, Path, description = "Number of the order"), ("If-Match" = String, Header, description = "The ETag as it was read")),
    responses((status = 200, body = OrderDetail), Refusals))]
pub async fn complete(
    Extracted(app): Extracted<App>,
    session: Session,
    Path(id): Path<i64>,
    version: IfMatch,
    Json(asked): Json<CompleteOrder>,
) -> Result<Versioned<OrderDetail>, Problem> {
    let was = changeable(&app, &session, id, Right::Sales).await?;
    let today = today(&app, Some(was.organisation_id)).await?;
    Act { app: &app, actor: &session.actor, id, version: version.0, today: &today }.complete(asked.delivered_on.as_deref()).await?;
    changed(&app, &session, id).await
}

/// Cancel an order that was not shipped: its goods are free again, its pick is withdrawn, its money is held for the customer.
#[utoipa::path(post, path = "/api/v1/orders/{id}/cancel", tag = "sales", request_body = CancelOrder,
    params(("id" = i64, Path, description = "Number of the order"), ("If-Match" = String, Header, description = "The ETag as it was read")),
    responses((status = 200, body = OrderDetail), Refusals))]
pub async fn cancel(
    Extracted(app): Extracted<App>,
    session: Session,
    Path(id): Path<i64>,
    version: IfMatch,
    Json(asked): Json<CancelOrder>,
) -> Result<Versioned<OrderDetail>, Problem> {
    let was = changeable(&app, &session, id, Right::Sales).await?;
    let today = today(&app, Some(was.organisation_id)).await?;
    let zone = zone_of(app.db.read(), Some(was.organisation_id), &app.config.outside.time_zone).await?;
    Act { app: &app, actor: &session.actor, id, version: version.0, today: &today }.cancel(&asked.reason, &zone).await?;
    changed(&app, &session, id).await
}
