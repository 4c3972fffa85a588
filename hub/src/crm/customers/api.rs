//! Customers for people: list, make, read, change, follow up.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::StatusCode;
use jiff::tz::TimeZone;
use serde::Deserialize;
use utoipa::IntoParams;

use super::model::{CustomerRow, Fields, FollowUpRow, NewFollowUp};
use super::personal::{Reader, whose};
use super::rules::{Choices, Class, DAY_MS, TagQuery};
use super::store::{self, Asked};
use super::write::Writing;
use super::{CustomerError, follow};
use crate::crm::collaborators::{Record, works_on};
use crate::http::extract::{IdempotencyKey, Json, Path, Query, given};
use crate::http::openapi::Refusals;
use crate::http::page::{Page, PageQuery};
use crate::http::problem::{Problem, Who};
use crate::http::version::{IfMatch, Versioned};
use crate::platform::audit::AuditRow;
use crate::platform::clock;
use crate::platform::fields::access::CustomQuery;
use crate::platform::fields::store::zone_of;
use crate::platform::fields::{Compiled, FieldError, Subject};
use crate::platform::identity::{Actor, Right};
use crate::platform::scope::{self, Entity};
use crate::platform::session::Session;
use crate::platform::sql::Sql;
use crate::state::App;

impl From<CustomerError> for Problem {
    fn from(error: CustomerError) -> Self {
        let en = error.to_string();
        match error {
            CustomerError::NoCustomer => Self::not_found(),
            CustomerError::Text { field: "name", most } => Self::invalid("name_length", "name", format!("姓名要有 1 到 {most} 个字。"), en),
            CustomerError::Text { field: "text", most } => {
                Self::invalid("text_length", "text", format!("请写跟进内容，最多 {most} 个字。"), en)
            }
            CustomerError::Text { field, most } => Self::invalid("text_length", field, format!("最多 {most} 个字，不能有控制字符。"), en),
            CustomerError::Contact("phone") => Self::invalid("phone_shape", "phone", "电话要写成 5 到 18 位数字，可以带 + 和区号。", en),
            CustomerError::Contact("email") => Self::invalid("email_shape", "email", "这不是一个电子邮箱地址。", en),
            CustomerError::Contact(field) => Self::invalid("address_shape", field, "住址最多 300 个字，不能是遮盖过的。", en),
            CustomerError::PhoneTaken => Self::invalid("phone_free", "phone", "这个电话已经是另一位客户的。", en).who(Who::Manager),
            CustomerError::NoOrganisation(id) => {
                Self::invalid("organisation_exists", "organisation", format!("没有编号为 {id} 的启用组织。"), en)
            }
            CustomerError::NoOwner(id) => Self::invalid("owner_exists", "owner", format!("没有编号为 {id} 的、能登录的人员。"), en),
            CustomerError::NoOption { field, code } => {
                Self::invalid("option_exists", field, format!("没有选项 {code}，或已停用、太多。"), en).who(Who::Reader)
            }
            CustomerError::BirthYear => Self::invalid("birth_year", "birth_year", "出生年份从 1900 到今年。", en),
            CustomerError::Moment(field) => Self::invalid("moment", field, "这个时间不合理，请重新选择。", en),
            CustomerError::Changed => Self::changed(),
            CustomerError::Custom(broken) => FieldError::Broken(broken).into(),
            CustomerError::Vault(error) => error.into(),
            CustomerError::Database(error) => Self::internal(&error),
        }
    }
}

/// Which customers.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct CustomerQuery {
    /// Of this organisation and all beneath it.
    #[serde(deserialize_with = "given")]
    pub below: Option<i64>,
    /// Words or beginnings of words of name or number, Chinese also by pinyin; several narrow it.
    #[serde(deserialize_with = "given")]
    pub q: Option<String>,
    /// Whom this person looks after: their number, or `me`.
    #[serde(deserialize_with = "given")]
    pub owner: Option<String>,
    /// `prospect`, `client`, `regular`.
    #[serde(deserialize_with = "given")]
    pub class: Option<String>,
    /// From where: a code of `/customers/choices`.
    #[serde(deserialize_with = "given")]
    pub source: Option<String>,
    /// Tags: `style.modern,style.nordic;budget.high` is (modern or nordic) and a high budget.
    #[serde(deserialize_with = "given")]
    pub tags: Option<String>,
    /// Not followed up for more than so many days.
    #[serde(deserialize_with = "given")]
    pub idle: Option<u16>,
    /// `today`: to be followed up today, or before.
    #[serde(deserialize_with = "given")]
    pub due: Option<String>,
}

impl CustomerQuery {
    /// What the database is asked; days end where somebody belongs, in `zone`.
    ///
    /// # Errors
    /// A problem that names the parameter: not understood, out of sight, or about a field that is hidden.
    pub fn asked(&self, actor: &Actor, set: &Compiled, zone: &TimeZone) -> Result<Asked, Problem> {
        if let Some(below) = self.below {
            let seen = scope::asked(actor, Entity::Organisation)?.check_organisation(Some(below));
            seen.map_err(|problem| problem.field("below"))?;
        }
        let sight = actor.in_lists(Right::SeeCustomers);
        for (is_asked, key) in [(self.source.is_some(), "source"), (self.tags.is_some(), "tags")] {
            if is_asked {
                set.may_ask(&sight, key, key)?;
            }
        }
        let now = clock::now_ms();
        let owner = actor.named("owner", self.owner.as_deref())?;
        let class = |word: &str| Class::ALL.into_iter().find(|class| class.word() == word).ok_or_else(|| Problem::filter_value("class"));
        let due_before = match self.due.as_deref() {
            None => None,
            Some("today") => Some(end_of_today(zone, now)),
            Some(_) => return Err(Problem::filter_value("due")),
        };
        Ok(Asked {
            below: self.below,
            q: self.q.clone(),
            owner,
            class: self.class.as_deref().map(class).transpose()?,
            source: self.source.clone(),
            tags: self.tags.as_deref().unwrap_or_default().parse::<TagQuery>().map_err(|_| Problem::filter_value("tags"))?,
            idle_before: self.idle.map(|days| now - i64::from(days) * DAY_MS),
            due_before,
            hashed: None,
        })
    }
}

/// When the day is over in a time zone.
#[must_use]
pub fn end_of_today(zone: &TimeZone, now_ms: i64) -> i64 {
    let now = jiff::Timestamp::from_millisecond(now_ms).unwrap_or_default().to_zoned(zone.clone());
    now.tomorrow().and_then(|next| next.start_of_day()).map_or(now_ms, |next| next.timestamp().as_millisecond())
}

/// Customers, the newest first. Custom fields narrow and sort it by the parameters that `/entities/customer/columns` names.
#[utoipa::path(get, path = "/api/v1/customers", tag = "crm", params(CustomerQuery, PageQuery),
    responses((status = 200, body = Page<CustomerRow>), Refusals))]
pub async fn list(
    State(app): State<App>,
    session: Session,
    Query(asked): Query<CustomerQuery>,
    Query(page): Query<PageQuery>,
    custom: CustomQuery,
) -> Result<Answer<Page<CustomerRow>>, Problem> {
    let scope = session.scope(Entity::Customer)?;
    let reader = Reader::of(&app, &session.actor).await?;
    let zone = zone_of(app.db.read(), session.actor.organisation, &app.config.outside.time_zone).await?;
    let asked = asked.asked(&session.actor, &reader.set, &zone)?;
    let narrowed = custom.narrow(&reader.set, &session.actor, app.db.backend(), "c.")?;
    Ok(Answer(store::list(app.db.read(), &reader, &scope, &asked, narrowed, &page).await?))
}

/// What can be chosen for customers: sources, tags, kinds of follow-up, as the settings have them.
#[utoipa::path(get, path = "/api/v1/customers/choices", tag = "crm", responses((status = 200, body = Choices), Refusals))]
pub async fn choices(State(app): State<App>, session: Session) -> Result<Answer<Choices>, Problem> {
    session.scope(Entity::Customer)?;
    Ok(Answer(Choices::of(&*app.fields.lists().await?)))
}

/// A customer whom the reader sees.
///
/// # Errors
/// A problem: without the right, out of scope, or when the database fails.
pub async fn seen(app: &App, session: &Session, id: i64) -> Result<CustomerRow, Problem> {
    let scope = session.scope(Entity::Customer)?;
    let reader = Reader::of(app, &session.actor).await?;
    store::get(app.db.read(), &reader, &scope, id).await?.ok_or_else(Problem::not_found)
}

/// Goes on only when the reader sees a customer, and has a right over them.
async fn changeable(app: &App, session: &Session, id: i64, right: Right) -> Result<store::Stored, Problem> {
    let db = app.db.read();
    session.changeable(Entity::Customer, right, |scope| async move { store::find(db, &scope, id).await }).await
}

/// A customer as something that can be shared, when the reader sees them, and has a right over them where one is named.
///
/// # Errors
/// 404 out of sight, 403 without the right.
pub(in crate::crm) async fn record(app: &App, session: &Session, id: i64, right: Option<Right>) -> Result<Record, Problem> {
    let row = match right {
        Some(right) => changeable(app, session, id, right).await?,
        None => store::find(app.db.read(), &session.scope(Entity::Customer)?, id).await?.ok_or_else(Problem::not_found)?,
    };
    Ok(Record { entity: Entity::Customer, id, organisation: row.organisation_id, owner: row.owner_id, code: row.code })
}

/// The same customer again, as the reader sees them now.
async fn answer(app: &App, session: &Session, id: i64) -> Result<Versioned<CustomerRow>, Problem> {
    let row = seen(app, session, id).await?;
    Ok(Versioned(row.version, row))
}

/// Says of a phone that is taken whose it is, as far as the reader may know.
async fn told(app: &App, session: &Session, error: CustomerError, phone: Option<&str>, but: Option<i64>) -> Problem {
    let (CustomerError::PhoneTaken, Some(phone)) = (&error, phone) else { return error.into() };
    let whose = match whose(app, session, phone, but).await {
        Ok(whose) => whose,
        Err(problem) => return problem,
    };
    let (zh, en) = match &whose.owner {
        Some(owner) => (
            format!("这个电话已经是另一位客户的，由 {owner} 跟进。"),
            format!("Another customer has this phone; {owner} looks after them."),
        ),
        None => (
            "这个电话已经是另一位客户的，暂时无人跟进。".to_owned(),
            "Another customer has this phone; nobody looks after them.".to_owned(),
        ),
    };
    let problem = Problem::invalid("phone_free", "phone", zh, en).who(Who::Manager).with("owner", whose.owner);
    match whose.customer {
        Some(customer) => problem.with("customer", customer),
        None => problem,
    }
}

/// Make a customer. The same Idempotency-Key makes none again.
#[utoipa::path(post, path = "/api/v1/customers", tag = "crm", request_body = Fields,
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes the request safe to send again")),
    responses((status = 201, body = CustomerRow), Refusals))]
pub async fn create(
    State(app): State<App>,
    session: Session,
    key: Option<IdempotencyKey>,
    Json(asked): Json<Fields>,
) -> Result<(StatusCode, Versioned<CustomerRow>), Problem> {
    session.scope(Entity::Customer)?;
    let actor = &session.actor;
    actor.may(Right::Customers)?;
    let own = actor.organisation.filter(|own| actor.may_at(Right::Customers, Some(*own)).is_ok());
    let organisation = asked.organisation.or(own).ok_or_else(|| {
        let (zh, en) = ("请选择由哪个组织跟进这位客户。", "Choose the organisation that looks after this customer.");
        Problem::invalid("organisation_needed", "organisation", zh, en).who(Who::Reader)
    })?;
    let in_sight = scope::asked(actor, Entity::Organisation)?.check_organisation(Some(organisation));
    in_sight.map_err(|problem| problem.field("organisation"))?;
    actor.may_at(Right::Customers, Some(organisation)).map_err(|problem| problem.field("organisation"))?;
    if asked.owner.is_some_and(|owner| owner != Some(actor.id)) {
        actor.may_at(Right::AssignCustomers, Some(organisation)).map_err(|problem| problem.field("owner"))?;
        may_own(&app, actor, asked.owner.flatten()).await?;
    }
    let set = may_write(&app, actor, organisation, false, &asked).await?;
    let choices = Choices::of(&*app.fields.lists().await?);
    let key = key.map(|IdempotencyKey(key)| format!("{}:{key}", actor.id));
    let zone = &app.config.outside.time_zone;
    let writing = Writing { db: &app.db, vault: &app.vault, actor, set: &set, choices: &choices, chain_zone: zone };
    let id = match writing.create(&asked, organisation, key).await {
        Ok(id) => id,
        Err(error) => return Err(told(&app, &session, error, asked.phone.as_ref().map(|phone| phone.as_str()), None).await),
    };
    Ok((StatusCode::CREATED, answer(&app, &session, id).await?))
}

/// Goes on only when customers may be given to somebody: to those of the organisations where the reader gives them away. Others are as good as
/// unknown.
///
/// # Errors
/// A problem that says so.
pub async fn may_own(app: &App, actor: &Actor, owner: Option<i64>) -> Result<(), Problem> {
    let Some(owner) = owner.filter(|owner| *owner != actor.id) else { return Ok(()) };
    let sql = Sql::new("SELECT COALESCE(organisation_id, 0) FROM hub_user WHERE id = ").bind(owner);
    let organisation = sql.number(app.db.read()).await?;
    let may = actor.may_at(Right::AssignCustomers, Some(organisation).filter(|organisation| *organisation > 0));
    may.map_err(|_| CustomerError::NoOwner(owner).into())
}

/// The custom fields of customers, when everything that is given may be written there.
async fn may_write(app: &App, actor: &Actor, organisation: i64, own: bool, asked: &Fields) -> Result<std::sync::Arc<Compiled>, Problem> {
    let set = app.fields.of(Subject::Customer).await?;
    let sight = if own { actor.anywhere() } else { actor.at(Some(organisation)) };
    set.may_write_own(&sight, &asked.named())?;
    if let Some(custom) = &asked.custom {
        set.may_write(&sight, custom)?;
    }
    Ok(set)
}

/// A customer.
#[utoipa::path(get, path = "/api/v1/customers/{id}", tag = "crm", params(("id" = i64, Path, description = "Number of the customer")),
    responses((status = 200, body = CustomerRow), Refusals))]
pub async fn show(State(app): State<App>, session: Session, Path(id): Path<i64>) -> Result<Versioned<CustomerRow>, Problem> {
    answer(&app, &session, id).await
}

/// Change a customer. Another organisation or owner is for those who may give customers away.
#[utoipa::path(patch, path = "/api/v1/customers/{id}", tag = "crm", request_body = Fields,
    params(("id" = i64, Path, description = "Number of the customer"), ("If-Match" = String, Header, description = "The ETag as it was read")),
    responses((status = 200, body = CustomerRow), Refusals))]
pub async fn change(
    State(app): State<App>,
    session: Session,
    Path(id): Path<i64>,
    version: IfMatch,
    Json(asked): Json<Fields>,
) -> Result<Versioned<CustomerRow>, Problem> {
    let was = changeable(&app, &session, id, Right::Customers).await?;
    version.check(was.version)?;
    let (actor, organisation) = (&session.actor, was.organisation_id);
    let moves = asked.organisation.is_some_and(|to| to != organisation) || asked.owner.is_some_and(|to| to != was.owner_id);
    if moves {
        actor.may_at(Right::AssignCustomers, Some(organisation)).map_err(|problem| problem.field("owner"))?;
        may_own(&app, actor, asked.owner.flatten().filter(|to| Some(*to) != was.owner_id)).await?;
        if let Some(to) = asked.organisation {
            let in_sight = scope::asked(actor, Entity::Organisation)?.check_organisation(Some(to));
            in_sight.map_err(|problem| problem.field("organisation"))?;
            actor.may_at(Right::AssignCustomers, Some(to)).map_err(|problem| problem.field("organisation"))?;
        }
    }
    let own = was.owner_id == Some(actor.id) || works_on(app.db.read(), Entity::Customer, actor.id).await?.contains(&id);
    let set = may_write(&app, actor, organisation, own, &asked).await?;
    let choices = Choices::of(&*app.fields.lists().await?);
    let zone = &app.config.outside.time_zone;
    let writing = Writing { db: &app.db, vault: &app.vault, actor, set: &set, choices: &choices, chain_zone: zone };
    if let Err(error) = writing.change((id, version.0), &asked).await {
        return Err(told(&app, &session, error, asked.phone.as_ref().map(|phone| phone.as_str()), Some(id)).await);
    }
    answer(&app, &session, id).await
}

/// Everything that happened to a customer, newest first: changes, and follow-ups (`follow_up`) with what was said.
#[utoipa::path(get, path = "/api/v1/customers/{id}/timeline", tag = "crm",
    params(("id" = i64, Path, description = "Number of the customer"), PageQuery), responses((status = 200, body = Page<AuditRow>), Refusals))]
pub async fn timeline(
    State(app): State<App>,
    session: Session,
    Path(id): Path<i64>,
    Query(page): Query<PageQuery>,
) -> Result<Answer<Page<AuditRow>>, Problem> {
    let db = app.db.read();
    let row = store::find(db, &session.scope(Entity::Customer)?, id).await?.ok_or_else(Problem::not_found)?;
    let reader = Reader::of(&app, &session.actor).await?;
    Ok(Answer(follow::timeline(db, &reader, &row, &page).await?))
}

/// Note a follow-up, and when the next one is to be. The same Idempotency-Key notes none again.
#[utoipa::path(post, path = "/api/v1/customers/{id}/follow-ups", tag = "crm", request_body = NewFollowUp,
    params(("id" = i64, Path, description = "Number of the customer"),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes the request safe to send again")),
    responses((status = 201, body = FollowUpRow), Refusals))]
pub async fn follow_up(
    State(app): State<App>,
    session: Session,
    Path(id): Path<i64>,
    key: Option<IdempotencyKey>,
    Json(asked): Json<NewFollowUp>,
) -> Result<(StatusCode, Answer<FollowUpRow>), Problem> {
    changeable(&app, &session, id, Right::Customers).await?;
    let choices = Choices::of(&*app.fields.lists().await?);
    let key = key.map(|IdempotencyKey(key)| format!("{}:{id}:{key}", session.actor.id));
    let made = follow::note((&app.db, &app.vault), &choices, &session.actor.login, id, &asked, key).await?;
    Ok((StatusCode::CREATED, Answer(made)))
}
