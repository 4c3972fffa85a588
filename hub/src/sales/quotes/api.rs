//! Quotes for people: list, make, revise, compare, share, accept.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::IntoParams;

use super::model::{AcceptedQuote, Comparison, NewQuote, NewVersion, QuoteDetail, QuoteRow, ShareQuote, SharedLink};
use super::rules::compare;
use super::store::{self, Asked, Stored};
use super::write::Writing;
use super::{QuoteError, share};
use crate::crm::{customers, opportunities};
use crate::http::extract::{IdempotencyKey, Json, Path, Query, given};
use crate::http::openapi::Refusals;
use crate::http::page::{Page, PageQuery};
use crate::http::problem::{Problem, Who};
use crate::http::version::{IfMatch, Versioned};
use crate::platform::audit::{self, AuditRow};
use crate::platform::fields::Subject;
use crate::platform::identity::{Actor, Right};
use crate::platform::scope::{self, Entity};
use crate::platform::session::Session;
use crate::sales::lines::model::NewLine;
use crate::sales::lines::store::{self as lines, Document};
use crate::sales::orders;
use crate::sales::orders::api::{sells_at, today};
use crate::sales::orders::tell;
use crate::state::App;

impl From<QuoteError> for Problem {
    fn from(error: QuoteError) -> Self {
        let en = error.to_string();
        match error {
            QuoteError::NoQuote => Self::not_found(),
            QuoteError::Day => Self::invalid("day", "valid_until", "有效期要写成 2026-11-23，不能早于今天。", en),
            QuoteError::Note(most) => Self::invalid("text_length", "note", format!("最多 {most} 个字，不能有控制字符。"), en),
            QuoteError::Line(error) => error.into(),
            QuoteError::Total => Self::invalid("total", "lines", "报价金额最多 1000000000.00 元。", en),
            QuoteError::Accepted => Self::conflict("quote_open", "这份报价已经成交，不能再改。", en),
            QuoteError::Expired(day) => {
                Self::conflict("quote_valid", format!("这份报价的有效期到 {day}，请先修订。"), en).field("valid_until")
            }
            QuoteError::ShownOnce => {
                let zh = "这个请求已经建好了分享链接，链接只显示一次。没有收到的话，请再建一个。";
                Self::conflict("shown_once", zh, en).who(Who::Reader)
            }
            QuoteError::Days => Self::invalid("share_days", "days", "分享链接的有效期从 1 天到 90 天。", en),
            QuoteError::Changed => Self::changed(),
            QuoteError::Order(error) => error.into(),
            QuoteError::Database(error) => Self::internal(&error),
        }
    }
}

/// Which quotes.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct QuoteQuery {
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
    /// `open` or `accepted`.
    #[serde(deserialize_with = "given")]
    pub state: Option<String>,
}

impl QuoteQuery {
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
        if self.state.as_deref().is_some_and(|state| !matches!(state, "open" | "accepted")) {
            return Err(Problem::filter_value("state"));
        }
        let (customer, opportunity) = (self.customer, self.opportunity);
        Ok(Asked { below: self.below, q: self.q, owner, customer, opportunity, state: self.state, today })
    }
}

/// Quotes that the reader sees, the newest first.
#[utoipa::path(get, path = "/api/v1/quotes", tag = "sales", params(QuoteQuery, PageQuery),
    responses((status = 200, body = Page<QuoteRow>), Refusals))]
pub async fn list(
    State(app): State<App>,
    session: Session,
    Query(asked): Query<QuoteQuery>,
    Query(page): Query<PageQuery>,
) -> Result<Answer<Page<QuoteRow>>, Problem> {
    let scope = session.scope(Entity::Quote)?;
    let asked = asked.asked(&session.actor, today(&app, session.actor.organisation).await?)?;
    Ok(Answer(store::list(app.db.read(), &session.actor, &scope, &asked, &page).await?))
}

/// Which version.
#[derive(Debug, Clone, Copy, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct NumberQuery {
    /// Its number; the current one when left away.
    #[serde(deserialize_with = "given")]
    number: Option<i64>,
}

async fn answer(app: &App, session: &Session, id: i64, number: Option<i64>) -> Result<Versioned<QuoteDetail>, Problem> {
    let db = app.db.read();
    let row = store::find(db, &session.scope(Entity::Quote)?, id).await?.ok_or_else(Problem::not_found)?;
    let (version, today) = (row.version, today(app, Some(row.organisation_id)).await?);
    let detail = store::detail(db, row, number, &today).await?.ok_or_else(Problem::not_found)?;
    Ok(Versioned(version, detail))
}

/// Goes on only when the reader sees a quote, and sells there.
async fn changeable(app: &App, session: &Session, id: i64) -> Result<Stored, Problem> {
    let db = app.db.read();
    session.changeable(Entity::Quote, Right::Sales, |scope| async move { store::find(db, &scope, id).await }).await
}

/// What a version of a quote says, for the contract that is made of it.
pub struct Copied {
    /// The customer.
    pub customer: i64,
    /// The organisation that offers it.
    pub organisation: i64,
    /// The opportunity that it belongs to.
    pub opportunity: Option<i64>,
    /// The number of the version.
    pub number: i64,
    /// Its lines.
    pub lines: Vec<NewLine>,
}

/// A version of a quote that the reader sees, the current one when none is named.
///
/// # Errors
/// 403 without the right, 404 out of sight, 409 when it holds no more.
pub async fn copied(app: &App, session: &Session, id: i64, number: Option<i64>) -> Result<Copied, Problem> {
    let db = app.db.read();
    let row = store::find(db, &session.scope(Entity::Quote)?, id).await?.ok_or_else(Problem::not_found)?;
    let number = number.unwrap_or(row.current);
    let version = store::versions(db, id).await?.into_iter().find(|version| version.number == number);
    let version = version.ok_or_else(Problem::not_found)?;
    // What was accepted in time stays agreed.
    if row.state == "open" && version.valid_until < today(app, Some(row.organisation_id)).await? {
        return Err(QuoteError::Expired(version.valid_until).into());
    }
    let lines = lines::of(db, Document::Quote, [version.id]).await?.remove(&version.id).unwrap_or_default();
    Ok(Copied {
        customer: row.customer_id,
        organisation: row.organisation_id,
        opportunity: row.opportunity_id,
        number,
        lines: lines.into_iter().map(Into::into).collect(),
    })
}

/// Make a quote. The same Idempotency-Key makes none again.
#[utoipa::path(post, path = "/api/v1/quotes", tag = "sales", request_body = NewQuote,
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes the request safe to send again")),
    responses((status = 201, body = QuoteDetail), Refusals))]
pub async fn create(
    State(app): State<App>,
    session: Session,
    key: Option<IdempotencyKey>,
    Json(asked): Json<NewQuote>,
) -> Result<(StatusCode, Versioned<QuoteDetail>), Problem> {
    session.scope(Entity::Quote)?;
    let customer = customers::seen(&app, &session, asked.customer).await.map_err(|problem| problem.field("customer"))?;
    let organisation = sells_at(&session.actor, asked.organisation, customer.organisation)?;
    opportunities::of_customer(&app, &session, customer.id, asked.opportunity).await?;
    let key = key.map(|IdempotencyKey(key)| format!("{}:{key}", session.actor.id));
    let today = today(&app, Some(organisation)).await?;
    let writing = Writing { db: &app.db, actor: &session.actor, today: &today };
    let id = writing.create(&asked, organisation, key).await?;
    Ok((StatusCode::CREATED, answer(&app, &session, id, None).await?))
}

/// A quote with its current version, or an older one.
#[utoipa::path(get, path = "/api/v1/quotes/{id}", tag = "sales",
    params(("id" = i64, Path, description = "Number of the quote"), NumberQuery), responses((status = 200, body = QuoteDetail), Refusals))]
pub async fn show(
    State(app): State<App>,
    session: Session,
    Path(id): Path<i64>,
    Query(asked): Query<NumberQuery>,
) -> Result<Versioned<QuoteDetail>, Problem> {
    answer(&app, &session, id, asked.number).await
}

/// Revise a quote: a new version holds from now on, the others stay as they were.
#[utoipa::path(post, path = "/api/v1/quotes/{id}/versions", tag = "sales", request_body = NewVersion,
    params(("id" = i64, Path, description = "Number of the quote"), ("If-Match" = String, Header, description = "The ETag as it was read")),
    responses((status = 201, body = QuoteDetail), Refusals))]
pub async fn revise(
    State(app): State<App>,
    session: Session,
    Path(id): Path<i64>,
    version: IfMatch,
    Json(asked): Json<NewVersion>,
) -> Result<(StatusCode, Versioned<QuoteDetail>), Problem> {
    let was = changeable(&app, &session, id).await?;
    let today = today(&app, Some(was.organisation_id)).await?;
    let writing = Writing { db: &app.db, actor: &session.actor, today: &today };
    writing.revise((id, version.0), &asked).await?;
    Ok((StatusCode::CREATED, answer(&app, &session, id, None).await?))
}

/// Which two versions.
#[derive(Debug, Clone, Copy, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct CompareQuery {
    /// The older one; the one before `to` when left away.
    #[serde(deserialize_with = "given")]
    from: Option<i64>,
    /// The newer one; the current one when left away.
    #[serde(deserialize_with = "given")]
    to: Option<i64>,
}

/// Two versions of a quote, line by line.
#[utoipa::path(get, path = "/api/v1/quotes/{id}/compare", tag = "sales",
    params(("id" = i64, Path, description = "Number of the quote"), CompareQuery), responses((status = 200, body = Comparison), Refusals))]
pub async fn comparison(
    State(app): State<App>,
    session: Session,
    Path(id): Path<i64>,
    Query(asked): Query<CompareQuery>,
) -> Result<Answer<Comparison>, Problem> {
    let db = app.db.read();
    let row = store::find(db, &session.scope(Entity::Quote)?, id).await?.ok_or_else(Problem::not_found)?;
    let to = asked.to.unwrap_or(row.current);
    let from = asked.from.unwrap_or_else(|| to.saturating_sub(1).max(1));
    let versions = store::versions(db, id).await?;
    let find = |number: i64, field: &'static str| {
        versions.iter().find(|version| version.number == number).ok_or_else(|| Problem::not_found().field(field))
    };
    let (was, now) = (find(from, "from")?, find(to, "to")?);
    let read = lines::of(db, Document::Quote, [was.id, now.id]).await?;
    let of = |id: i64| read.get(&id).map(Vec::as_slice).unwrap_or_default();
    Ok(Answer(Comparison { was: was.row(), now: now.row(), lines: compare(of(was.id), of(now.id)) }))
}

/// Make a link that shows the current version to whoever has it, for some days. The same Idempotency-Key makes none again: 409, for a link is
/// shown once.
#[utoipa::path(post, path = "/api/v1/quotes/{id}/share", tag = "sales", request_body = ShareQuote,
    params(("id" = i64, Path, description = "Number of the quote"),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes the request safe to send again")),
    responses((status = 201, body = SharedLink), Refusals))]
pub async fn make_link(
    State(app): State<App>,
    session: Session,
    Path(id): Path<i64>,
    key: Option<IdempotencyKey>,
    Json(asked): Json<ShareQuote>,
) -> Result<(StatusCode, Answer<SharedLink>), Problem> {
    let row = changeable(&app, &session, id).await?;
    let key = IdempotencyKey::of(key, session.actor.id);
    let made = share::make(&app, &session.actor.login, (id, row.current), asked.days, key.as_deref()).await?;
    Ok((StatusCode::CREATED, Answer(made)))
}

/// Accept a quote for its customer: its current version becomes an order with the same lines.
#[utoipa::path(post, path = "/api/v1/quotes/{id}/accept", tag = "sales",
    params(("id" = i64, Path, description = "Number of the quote"), ("If-Match" = String, Header, description = "The ETag as it was read")),
    responses((status = 201, body = AcceptedQuote), Refusals))]
pub async fn accept(
    State(app): State<App>,
    session: Session,
    Path(id): Path<i64>,
    version: IfMatch,
) -> Result<(StatusCode, Answer<AcceptedQuote>), Problem> {
    let was = changeable(&app, &session, id).await?;
    let today = today(&app, Some(was.organisation_id)).await?;
    let writing = Writing { db: &app.db, actor: &session.actor, today: &today };
    let set = app.fields.of(Subject::Order).await?;
    let order = writing.accept((id, version.0), orders::Writing::of(&app, &session.actor, &today, &set)).await?;
    tell(&app, order);
    Ok((StatusCode::CREATED, Answer(AcceptedQuote { order })))
}

/// Everything that happened to a quote, the newest first.
#[utoipa::path(get, path = "/api/v1/quotes/{id}/timeline", tag = "sales",
    params(("id" = i64, Path, description = "Number of the quote"), PageQuery), responses((status = 200, body = Page<AuditRow>), Refusals))]
pub async fn timeline(
    State(app): State<App>,
    session: Session,
    Path(id): Path<i64>,
    Query(page): Query<PageQuery>,
) -> Result<Answer<Page<AuditRow>>, Problem> {
    let db = app.db.read();
    store::find(db, &session.scope(Entity::Quote)?, id).await?.ok_or_else(Problem::not_found)?;
    Ok(Answer(audit::timeline(db, "quote", id, &page).await?))
}
