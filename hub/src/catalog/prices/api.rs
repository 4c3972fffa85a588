//! Price lists, prices and priced configurations for people.

use std::collections::BTreeMap;

use axum::Json as Answer;
use axum::extract::State as Of;
use axum::http::StatusCode;
use jiff::civil::Date;
use qitao_domain::quantity::Quantity;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::model::{ItemPrice, LineAsked, ListFields, PriceFields, PriceListRow, PriceRow, PricedLine, State};
use super::offer::{Place, offer, tried};
use super::store::{self, Seeing};
use super::write::{self, Which};
use super::{PriceError, PricingError};
use crate::catalog::configuration::model::OptionModel;
use crate::catalog::configuration::{self, Configuration, Detail, Number, Term, Violation};
use crate::catalog::names_of;
use crate::http::extract::{IdempotencyKey, Json, Path, Query, given};
use crate::http::openapi::Refusals;
use crate::http::page::{Page, PageQuery};
use crate::http::problem::{Problem, Who};
use crate::http::version::{IfMatch, Versioned};
use crate::platform::audit::{self, AuditRow};
use crate::platform::drafts::{self, Kind, parsed};
use crate::platform::fields::store::zone_of;
use crate::platform::identity::Right;
use crate::platform::scope::Entity;
use crate::platform::session::Session;
use crate::state::App;

impl From<PriceError> for Problem {
    fn from(error: PriceError) -> Self {
        let en = error.to_string();
        match error {
            PriceError::NoList => Self::not_found(),
            PriceError::NoItem(item) => Self::invalid("item_exists", "item", format!("没有编号为 {item} 的商品。"), en),
            PriceError::Field(field) => {
                let (rule, zh, en) = match field {
                    "code" => (
                        "code_shape",
                        "编码要有 1 到 40 个字母、数字、-、_ 或 .，建好后不能改。",
                        "A code has 1 to 40 letters, digits, -, _ or ., and stays as it was made.",
                    ),
                    "name" | "name_en" => ("name_length", "名称要有 1 到 60 个字。", "A name has 1 to 60 characters."),
                    "valid_until" => {
                        ("day", "最后一天要写成 2026-01-31，不早于第一天。", "The last day is written 2026-01-31, not before the first.")
                    }
                    "valid_from" => ("day", "日期要写成 2026-01-31。", "A day is written 2026-01-31."),
                    "most_discount_bp" => ("share", "折扣从 0 到 10000（100%）。", "A discount is 0 to 10000 (100 %)."),
                    "organisations" => ("organisations", "最多 500 个组织。", "There are at most 500 organisations."),
                    _ => ("price_range", "金额从 0 到 1 亿元。", "An amount is 0 to 100,000,000.00."),
                };
                Self::invalid(rule, field, zh, en)
            }
            PriceError::Needed(field) => Self::invalid("required", field, "新建价目表必须填写。", en),
            PriceError::CodeTaken(code) => Self::invalid("code_free", "code", format!("已有编码为 {code} 的价目表。"), en),
            PriceError::NoOrganisation(id) => {
                Self::invalid("organisation_exists", "organisations", format!("没有编号为 {id} 的启用组织。"), en)
            }
            PriceError::Cost => {
                Self::new(StatusCode::FORBIDDEN, "field_right", "您的角色不能维护进价。", en).field("cost_fen").who(Who::Admin)
            }
            PriceError::Changed => Self::changed(),
            PriceError::Database(error) => Self::internal(&error),
        }
    }
}

impl From<PricingError> for Problem {
    fn from(error: PricingError) -> Self {
        let en = error.to_string();
        match error {
            PricingError::NoItem(item) => Self::invalid("item_exists", "item", format!("没有编号为 {item} 的商品。"), en),
            PricingError::NoPrice => Self::invalid("price_exists", "item", "价目表里没有这个商品的价格。", en).who(Who::Admin),
            PricingError::NoModel => Self::invalid("model_exists", "configuration", "这个商品没有选配模型。", en),
            PricingError::Quantity => {
                Self::invalid("quantity_range", "quantity", "数量要大于 0，最多 1000000；套件和多包件商品要整数。", en)
            }
            PricingError::Refused(violations) => match violations.first().cloned() {
                Some(Violation { field, rule, zh, en }) => {
                    Self::invalid(rule, field, zh, en).with("violations", serde_json::to_value(&violations).unwrap_or_default())
                }
                None => Self::internal(&"a refusal without a reason"),
            },
            PricingError::Kit(_) => {
                Self::conflict("kit_explodes", "这个套件拆不开，请检查它的部件清单。", en).field("item").who(Who::Admin)
            }
            PricingError::Model(error) => error.into(),
            PricingError::Database(error) => Self::internal(&error),
        }
    }
}

/// Which price lists.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct ListQuery {
    /// Beginning of the code, or part of a name.
    #[serde(deserialize_with = "given")]
    q: Option<String>,
    /// `draft` or `active`.
    #[serde(deserialize_with = "given")]
    state: Option<String>,
}

/// Price lists that hold for the chain or for parts of it that the reader sees, the newest first; drafts for those who keep them.
#[utoipa::path(get, path = "/api/v1/price-lists", tag = "catalog", params(ListQuery, PageQuery),
    responses((status = 200, body = Page<PriceListRow>), Refusals))]
pub async fn list(
    Of(app): Of<App>,
    session: Session,
    Query(asked): Query<ListQuery>,
    Query(page): Query<PageQuery>,
) -> Result<Answer<Page<PriceListRow>>, Problem> {
    let seeing = seeing(&session)?;
    let state = match asked.state.as_deref() {
        None => None,
        Some("draft") => Some(State::Draft),
        Some("active") => Some(State::Active),
        Some(_) => {
            let (zh, en) = ("筛选条件看不懂，请重新选择。", "This filter cannot be understood; choose it again.");
            return Err(Problem::new(StatusCode::BAD_REQUEST, "filter_value", zh, en).field("state").who(Who::Reader));
        }
    };
    Ok(Answer(store::lists(app.db.read(), &seeing, (asked.q.as_deref(), state), &page).await?))
}

fn seeing(session: &Session) -> Result<Seeing, Problem> {
    session.scope(Entity::PriceList)?;
    Ok(Seeing::of(&session.actor))
}

async fn seen(app: &App, session: &Session, id: i64) -> Result<Versioned<PriceListRow>, Problem> {
    let row = store::list(app.db.read(), &seeing(session)?, id).await?.ok_or_else(Problem::not_found)?;
    Ok(Versioned(row.version, row))
}

/// Make a price list. The same Idempotency-Key makes none again.
#[utoipa::path(post, path = "/api/v1/price-lists", tag = "catalog", request_body = ListFields,
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes the request safe to send again")),
    responses((status = 201, body = PriceListRow), Refusals))]
pub async fn create(
    Of(app): Of<App>,
    session: Session,
    key: Option<IdempotencyKey>,
    Json(fields): Json<ListFields>,
) -> Result<(StatusCode, Versioned<PriceListRow>), Problem> {
    session.actor.may_at(Right::Prices, None)?;
    let key = key.map(|IdempotencyKey(key)| format!("{}:{key}", session.actor.id));
    let id = write::create(&app.db, &session.actor, &fields, key).await?;
    Ok((StatusCode::CREATED, seen(&app, &session, id).await?))
}

/// A price list.
#[utoipa::path(get, path = "/api/v1/price-lists/{id}", tag = "catalog", params(("id" = i64, Path, description = "Number of the price list")),
    responses((status = 200, body = PriceListRow), Refusals))]
pub async fn show(Of(app): Of<App>, session: Session, Path(id): Path<i64>) -> Result<Versioned<PriceListRow>, Problem> {
    seen(&app, &session, id).await
}

/// Change a price list.
#[utoipa::path(patch, path = "/api/v1/price-lists/{id}", tag = "catalog", request_body = ListFields,
    params(("id" = i64, Path, description = "Number of the price list"), ("If-Match" = String, Header, description = "The ETag as it was read")),
    responses((status = 200, body = PriceListRow), Refusals))]
pub async fn change(
    Of(app): Of<App>,
    session: Session,
    Path(id): Path<i64>,
    version: IfMatch,
    Json(fields): Json<ListFields>,
) -> Result<Versioned<PriceListRow>, Problem> {
    session.actor.may_at(Right::Prices, None)?;
    write::change(&app.db, &session.actor, (id, version.0), &fields).await?;
    seen(&app, &session, id).await
}

/// Which prices of a list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct PriceQuery {
    /// Of items that are found by this, as by `q` of `/items`.
    #[serde(deserialize_with = "given")]
    q: Option<String>,
}

/// The prices of a list, by the codes of items.
#[utoipa::path(get, path = "/api/v1/price-lists/{id}/prices", tag = "catalog",
    params(("id" = i64, Path, description = "Number of the price list"), PriceQuery, PageQuery),
    responses((status = 200, body = Page<PriceRow>), Refusals))]
pub async fn prices(
    Of(app): Of<App>,
    session: Session,
    Path(id): Path<i64>,
    Query(asked): Query<PriceQuery>,
    Query(page): Query<PageQuery>,
) -> Result<Answer<Page<PriceRow>>, Problem> {
    let (seeing, db) = (seeing(&session)?, app.db.read());
    store::list(db, &seeing, id).await?.ok_or_else(Problem::not_found)?;
    Ok(Answer(store::prices(db, &seeing, id, asked.q.as_deref(), &page).await?))
}

/// Set the price that a list has of an item.
#[utoipa::path(put, path = "/api/v1/price-lists/{id}/prices/{item}", tag = "catalog", request_body = PriceFields,
    params(("id" = i64, Path, description = "Number of the price list"), ("item" = i64, Path, description = "Number of the item"),
        ("If-Match" = String, Header, description = "The ETag as it was read; \"0\" for a new one")),
    responses((status = 200, body = PriceRow), Refusals))]
pub async fn put_price(
    Of(app): Of<App>,
    session: Session,
    Path((list, item)): Path<(i64, i64)>,
    version: IfMatch,
    Json(fields): Json<PriceFields>,
) -> Result<Versioned<PriceRow>, Problem> {
    session.actor.may_at(Right::Prices, None)?;
    write::put(&app.db, &session.actor, Which { list, item, version: version.0 }, &fields).await?;
    let row = store::price(app.db.read(), list, item).await?.ok_or_else(Problem::not_found)?;
    Ok(Versioned(row.version, row.seen_by(&Seeing::of(&session.actor))))
}

/// Take an item off a price list.
#[utoipa::path(delete, path = "/api/v1/price-lists/{id}/prices/{item}", tag = "catalog",
    params(("id" = i64, Path, description = "Number of the price list"), ("item" = i64, Path, description = "Number of the item"),
        ("If-Match" = String, Header, description = "The ETag as it was read")),
    responses((status = 204, description = "It is off"), Refusals))]
pub async fn remove_price(
    Of(app): Of<App>,
    session: Session,
    Path((list, item)): Path<(i64, i64)>,
    version: IfMatch,
) -> Result<StatusCode, Problem> {
    session.actor.may_at(Right::Prices, None)?;
    write::remove(&app.db, &session.actor, Which { list, item, version: version.0 }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes what items cost out of a state that the audit keeps.
fn without_cost(state: Option<Value>) -> Option<Value> {
    state.map(|mut state| {
        if let Value::Object(fields) = &mut state {
            fields.remove("cost_fen");
        }
        state
    })
}

/// Everything that happened to a price list and its prices, newest first.
#[utoipa::path(get, path = "/api/v1/price-lists/{id}/timeline", tag = "catalog",
    params(("id" = i64, Path, description = "Number of the price list"), PageQuery),
    responses((status = 200, body = Page<AuditRow>), Refusals))]
pub async fn timeline(
    Of(app): Of<App>,
    session: Session,
    Path(id): Path<i64>,
    Query(page): Query<PageQuery>,
) -> Result<Answer<Page<AuditRow>>, Problem> {
    let (seeing, db) = (seeing(&session)?, app.db.read());
    store::list(db, &seeing, id).await?.ok_or_else(Problem::not_found)?;
    let page = audit::timeline(db, "price_list", id, &page).await?;
    Ok(Answer(page.map(|mut row| {
        // Who works at head office is told to those who keep the lists.
        row.author = row.author.filter(|_| seeing.keeps);
        if !seeing.cost {
            (row.old, row.new) = (without_cost(row.old), without_cost(row.new));
        }
        // Where else a list holds is no reader's business who sees a part of the chain.
        if !seeing.keeps {
            for state in [&mut row.old, &mut row.new].into_iter().flatten() {
                if let Value::Object(fields) = state {
                    fields.remove("organisations");
                }
            }
        }
        row
    })))
}

/// Where and when.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct PlaceQuery {
    /// The organisation that sells; the reader's own when not given.
    #[serde(deserialize_with = "given")]
    organisation: Option<i64>,
}

/// Where a reader asks for prices, and which day it is there.
async fn place(app: &App, session: &Session, organisation: Option<i64>) -> Result<(i64, Date), Problem> {
    let actor = &session.actor;
    let scope = session.scope(Entity::PriceList)?;
    let organisation = organisation.or(actor.organisation).or_else(|| actor.tree.top()).ok_or_else(Problem::not_found)?;
    // Everybody knows what holds where they belong, also who looks after another part of the chain.
    let is_own = actor.organisation.or_else(|| actor.tree.top()) == Some(organisation);
    if actor.tree.node(organisation).is_none() || !(is_own || scope.sees_organisation(Some(organisation))) {
        return Err(Problem::not_found().field("organisation"));
    }
    let zone = zone_of(app.db.read(), Some(organisation), &app.config.outside.time_zone).await?;
    Ok((organisation, jiff::Timestamp::now().to_zoned(zone).date()))
}

/// The price of an item at an organisation today, and the option model that it is configured by.
#[utoipa::path(get, path = "/api/v1/items/{id}/price", tag = "catalog",
    params(("id" = i64, Path, description = "Number of the item"), PlaceQuery), responses((status = 200, body = ItemPrice), Refusals))]
pub async fn of_item(
    Of(app): Of<App>,
    session: Session,
    Path(id): Path<i64>,
    Query(asked): Query<PlaceQuery>,
) -> Result<Answer<ItemPrice>, Problem> {
    let (organisation, day) = place(&app, &session, asked.organisation).await?;
    let db = app.db.read();
    let item = names_of(db, [id]).await?.remove(&id).ok_or_else(Problem::not_found)?;
    let found = store::at(db, &session.actor.tree, organisation, id, day).await?;
    let cost = session.actor.has(Right::PriceCost);
    Ok(Answer(ItemPrice {
        item: id,
        organisation,
        day: day.to_string(),
        unit_price_fen: found.as_ref().map(|found| found.unit_price_fen),
        cost_fen: found.as_ref().and_then(|found| found.cost_fen).filter(|_| cost),
        most_discount_bp: found.as_ref().map(|found| found.most_discount_bp),
        list: found.map(|found| found.list),
        model: configuration::store::code_of_item(db, &item.code).await?,
    }))
}

/// Something to be priced.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PriceAsked {
    /// Number of the item.
    item: i64,
    /// How many of it; one when absent.
    #[serde(default = "one")]
    #[schema(value_type = String, pattern = r"^[0-9]{1,7}(\.[0-9]{1,3})?$")]
    quantity: Quantity,
    /// The organisation that sells; the reader's own when absent.
    #[serde(default)]
    organisation: Option<i64>,
    /// Values of parameters by their codes; defaults for those that are left away.
    #[serde(default)]
    parameters: BTreeMap<String, Number>,
    /// Chosen options by the codes of their categories; defaults for those that are left away.
    #[serde(default)]
    options: BTreeMap<String, String>,
}

const fn one() -> Quantity {
    Quantity::ONE
}

/// What a configuration comes to, term by term; or everything that stands against it. Nothing is kept.
#[utoipa::path(post, path = "/api/v1/configurations/price", tag = "catalog", request_body = PriceAsked,
    responses((status = 200, body = PricedLine), Refusals))]
pub async fn price(Of(app): Of<App>, session: Session, Json(asked): Json<PriceAsked>) -> Result<Answer<PricedLine>, Problem> {
    let (organisation, day) = place(&app, &session, asked.organisation).await?;
    let PriceAsked { item, quantity, parameters, options, .. } = asked;
    let configuration = Some(Configuration { parameters, options, ..Configuration::default() });
    let line = LineAsked { item, quantity, configuration };
    Ok(Answer(match offer(app.db.read(), &session.actor.tree, organisation, &line, day).await {
        Ok(offer) => PricedLine { offer: Some(offer), violations: Vec::new() },
        Err(PricingError::Refused(violations)) => PricedLine { offer: None, violations },
        Err(error) => return Err(error.into()),
    }))
}

/// A configuration to be tried by an option model.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Trial {
    /// Try the draft in place of what holds.
    #[serde(default)]
    draft: bool,
    /// For this item; for none when absent, and then without its price.
    #[serde(default)]
    item: Option<i64>,
    /// The organisation that sells; the reader's own when absent.
    #[serde(default)]
    organisation: Option<i64>,
    /// Values of parameters by their codes.
    #[serde(default)]
    parameters: BTreeMap<String, Number>,
    /// Chosen options by the codes of their categories.
    #[serde(default)]
    options: BTreeMap<String, String>,
}

/// Goods of a configuration that was tried.
#[derive(Debug, Serialize, ToSchema)]
pub struct TriedPart {
    /// Code of the item.
    code: String,
    /// How many one piece needs.
    #[schema(value_type = String)]
    quantity: Quantity,
}

/// What a configuration that was tried comes to.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct Tried {
    /// The terms.
    terms: Vec<Term>,
    /// Their sum; absent where something stands against it.
    #[serde(skip_serializing_if = "Option::is_none")]
    total_fen: Option<i64>,
    /// Goods for one piece, kits whole.
    parts: Vec<TriedPart>,
    /// The configuration in words.
    details: Vec<Detail>,
    /// What stands against it, each at the field to be changed.
    violations: Vec<Violation>,
}

/// Try a configuration by an option model, also by its draft. Nothing is kept.
#[utoipa::path(post, path = "/api/v1/option-models/{model}/try", tag = "settings", request_body = Trial,
    params(("model" = String, Path, description = "Code of the option model")), responses((status = 200, body = Tried), Refusals))]
pub async fn try_model(
    Of(app): Of<App>,
    session: Session,
    Path(code): Path<String>,
    Json(asked): Json<Trial>,
) -> Result<Answer<Tried>, Problem> {
    session.actor.may_at(Right::Prices, None)?;
    let (organisation, day) = place(&app, &session, asked.organisation).await?;
    let db = app.db.read();
    let model = if asked.draft {
        let draft = drafts::find(db, Kind::OptionModel, &code).await?.draft.ok_or(drafts::DraftError::NoDraft)?;
        configuration::store::check(db, &code, &parsed::<OptionModel>(draft)?).await?
    } else {
        configuration::store::find(db, &code).await?.ok_or_else(Problem::not_found)?
    };
    let chosen = Configuration { parameters: asked.parameters, options: asked.options, ..Configuration::default() };
    let place = Place { tree: &session.actor.tree, organisation, day };
    Ok(Answer(match tried(db, place, asked.item, &chosen, &model).await {
        Ok(priced) => Tried {
            terms: priced.terms,
            total_fen: Some(priced.total_fen),
            parts: priced.parts.into_iter().map(|(code, quantity)| TriedPart { code, quantity }).collect(),
            details: priced.details,
            violations: Vec::new(),
        },
        Err(PricingError::Refused(violations)) => Tried { violations, ..Tried::default() },
        Err(error) => return Err(error.into()),
    }))
}
