//! Tickets for people: list, make, read, change, move on.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::StatusCode;
use jiff::tz::TimeZone;
use serde::Deserialize;
use utoipa::IntoParams;

use super::acts::{self, By};
use super::model::{Doing, Fields, InstallerRow, Payload, Ticket, TicketRow};
use super::personal::Reader;
use super::rules::{Choices, Missing};
use super::states::{Act, Kind, State as Step};
use super::store::{self, Asked};
use super::write::Writing;
use super::{Reach, TicketError, settings};
use crate::crm::customers::api::end_of_today;
use crate::http::extract::{IdempotencyKey, Json, Path, Query, given};
use crate::http::openapi::Refusals;
use crate::http::page::{Page, PageQuery};
use crate::http::problem::{Problem, Who};
use crate::http::version::{IfMatch, Versioned};
use crate::live::What;
use crate::platform::audit::{self, AuditRow};
use crate::platform::clock;
use crate::platform::fields::access::CustomQuery;
use crate::platform::fields::store::zone_of;
use crate::platform::fields::{Compiled, FieldError, Subject};
use crate::platform::identity::{Actor, FieldRight, Right};
use crate::platform::once;
use crate::platform::scope::{self, Entity, Scope};
use crate::platform::session::Session;
use crate::state::App;

fn listed(missing: &[Missing], of: fn((&'static str, &'static str)) -> &'static str, between: &str) -> String {
    missing.iter().map(|what| of(what.titles())).collect::<Vec<_>>().join(between)
}

impl From<TicketError> for Problem {
    fn from(error: TicketError) -> Self {
        let en = error.to_string();
        match error {
            TicketError::NoTicket => Self::not_found(),
            TicketError::Text { field, least: 0, most } => {
                Self::invalid("text_length", field, format!("最多 {most} 个字，不能有控制字符，也不能是遮盖过的。"), en)
            }
            TicketError::Text { field, least, most } => Self::invalid("text_length", field, format!("请写 {least} 到 {most} 个字。"), en),
            TicketError::Contact("phone") => Self::invalid("phone_shape", "phone", "电话要写成 5 到 18 位数字，可以带 + 和区号。", en),
            TicketError::Contact(field) => Self::invalid("address_shape", field, "地址最多 300 个字，不能是遮盖过的。", en),
            TicketError::Nothing { field, what } => {
                Self::invalid("record_exists", field, format!("没有可选的：{what}。"), en).who(Who::Reader)
            }
            TicketError::Moment(field) => Self::invalid("moment", field, "这个时间不合理，请重新选择。", en),
            TicketError::Needed(field) => Self::invalid("needed", field, "这一步需要这一项。", en),
            TicketError::Illegal { state, .. } => {
                let zh = format!("工单{}，不能做这一步。", state.titles().0);
                Self::conflict("ticket_state", zh, en).with("state", state.word())
            }
            TicketError::Missing(missing) => {
                let zh = format!("完工前还缺：{}。", listed(&missing, |titles| titles.0, "、"));
                let en = format!("Before completion there must be {}.", listed(&missing, |titles| titles.1, ", "));
                let words = serde_json::to_value(&missing).unwrap_or_default();
                Self::invalid("completion_needs", "act", zh, en).who(Who::Reader).with("missing", words)
            }
            TicketError::Carton(wrong) => {
                use super::cartons::Wrong;
                let (rule, zh) = match wrong {
                    Wrong::NotOfTicket => ("carton_of_ticket", "这不是本工单的包件。".to_owned()),
                    Wrong::Twice(carton) => ("carton_once", format!("包件 {carton} 已经扫过。")),
                    Wrong::WhichCarton => ("carton_told", "这个条码看不出是第几包，请扫包件标签。".to_owned()),
                    Wrong::Broken(_) => ("barcode", "条码读得不对，请再扫一次。".to_owned()),
                };
                Self::invalid(rule, "code", zh, en).who(Who::Reader)
            }
            TicketError::TooMany => Self::invalid("carton_count", "goods", "包件太多，请分成几张工单。", en).who(Who::Reader),
            TicketError::Custom(broken) => FieldError::Broken(broken).into(),
            TicketError::Changed => Self::changed(),
            TicketError::Vault(error) => error.into(),
            TicketError::Database(error) => Self::internal(&error),
        }
    }
}

/// Which tickets.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct TicketQuery {
    /// Of this organisation and all beneath it.
    #[serde(deserialize_with = "given")]
    pub below: Option<i64>,
    /// The beginning of its number.
    #[serde(deserialize_with = "given")]
    pub q: Option<String>,
    /// `delivery_install`, `after_sales`, `return_visit`; `work` is both but the last.
    #[serde(deserialize_with = "given")]
    pub kind: Option<String>,
    /// States, with commas: `new,dispatched`; `open` is all that are not over.
    #[serde(deserialize_with = "given")]
    pub state: Option<String>,
    /// Who has it: their number, `me`, or `none`.
    #[serde(deserialize_with = "given")]
    pub installer: Option<String>,
    /// Of this customer.
    #[serde(deserialize_with = "given")]
    pub customer: Option<i64>,
    /// Of this order.
    #[serde(deserialize_with = "given")]
    pub order: Option<i64>,
    /// With this kind of fault.
    #[serde(deserialize_with = "given")]
    pub fault: Option<String>,
    /// Appointed from this moment on, in milliseconds.
    #[serde(deserialize_with = "given")]
    pub from: Option<i64>,
    /// Appointed before this moment.
    #[serde(deserialize_with = "given")]
    pub to: Option<i64>,
    /// `today`: appointed today, or before.
    #[serde(deserialize_with = "given")]
    pub appointed: Option<String>,
    /// `now`: to be done by now.
    #[serde(deserialize_with = "given")]
    pub due: Option<String>,
    /// With a check-in from afar.
    #[serde(deserialize_with = "given")]
    pub far: Option<bool>,
    /// `seen`: without those of other organisations that the reader reads only with an order or a customer of theirs; `led`: those that the
    /// reader may give out.
    #[serde(deserialize_with = "given")]
    pub reach: Option<String>,
}

impl TicketQuery {
    /// The tickets that somebody asks for, of those that they may see.
    ///
    /// # Errors
    /// A 403 problem when they may see none at all; a problem that names the parameter when it is not understood.
    pub fn scope(&self, actor: &Actor) -> Result<Scope, Problem> {
        scope::asked(actor, Entity::Ticket)?;
        let reach = self.reach.as_deref().map(|word| Reach::of_word(word).ok_or_else(|| Problem::filter_value("reach")));
        Ok(reach.transpose()?.unwrap_or_default().scope(actor))
    }

    /// What the database is asked; days end where somebody belongs, in `zone`.
    ///
    /// # Errors
    /// A problem that names the parameter: not understood, or out of sight.
    pub fn asked(&self, actor: &Actor, zone: &TimeZone) -> Result<Asked, Problem> {
        if let Some(below) = self.below {
            let seen = scope::asked(actor, Entity::Organisation)?.check_organisation(Some(below));
            seen.map_err(|problem| problem.field("below"))?;
        }
        let mut states = Vec::new();
        for word in self.state.as_deref().unwrap_or_default().split(',').map(str::trim).filter(|word| !word.is_empty()) {
            match word {
                "open" => states.extend(Step::ALL.into_iter().filter(|state| state.is_open())),
                _ => states.push(Step::of_word(word).ok_or_else(|| Problem::filter_value("state"))?),
            }
        }
        let installer = actor.named("installer", self.installer.as_deref().filter(|word| *word != "none"))?;
        let due_before = match self.due.as_deref() {
            None => None,
            Some("now") => Some(clock::now_ms()),
            Some(_) => return Err(Problem::filter_value("due")),
        };
        let today = match self.appointed.as_deref() {
            None => None,
            Some("today") => Some(end_of_today(zone, clock::now_ms())),
            Some(_) => return Err(Problem::filter_value("appointed")),
        };
        Ok(Asked {
            below: self.below,
            q: self.q.clone(),
            delivers: self.kind.as_deref() == Some("work"),
            kind: self
                .kind
                .as_deref()
                .filter(|word| *word != "work")
                .map(|word| Kind::of_word(word).ok_or_else(|| Problem::filter_value("kind")))
                .transpose()?,
            states,
            installer,
            nobodys: self.installer.as_deref() == Some("none"),
            customer: self.customer,
            order: self.order,
            fault: self.fault.clone(),
            appointed_from: self.from,
            appointed_to: self.to.into_iter().chain(today).min(),
            due_before,
            far: self.far,
        })
    }
}

/// Tickets, the newest first. Custom fields narrow and sort it by the parameters that `/entities/ticket/columns` names.
#[utoipa::path(get, path = "/api/v1/tickets", tag = "service", params(TicketQuery, PageQuery),
    responses((status = 200, body = Page<TicketRow>), Refusals))]
pub async fn list(
    State(app): State<App>,
    session: Session,
    Query(asked): Query<TicketQuery>,
    Query(page): Query<PageQuery>,
    custom: CustomQuery,
) -> Result<Answer<Page<TicketRow>>, Problem> {
    let scope = asked.scope(&session.actor)?;
    let reader = Reader::of(&app, &session.actor).await?;
    let narrowed = custom.narrow(&reader.set, &session.actor, app.db.backend(), "c.")?;
    let zone = zone_of(app.db.read(), session.actor.organisation, &app.config.outside.time_zone).await?;
    let asked = asked.asked(&session.actor, &zone)?;
    Ok(Answer(store::list(app.db.read(), &reader, &scope, &asked, narrowed, &page).await?))
}

/// What can be chosen for tickets, as the settings have it.
#[utoipa::path(get, path = "/api/v1/tickets/choices", tag = "service", responses((status = 200, body = Choices), Refusals))]
pub async fn choices(State(app): State<App>, session: Session) -> Result<Answer<Choices>, Problem> {
    session.scope(Entity::Ticket)?;
    Ok(Answer(Choices::of(&*app.fields.lists().await?)))
}

/// To whom the reader can give tickets, with how many open ones they have.
#[utoipa::path(get, path = "/api/v1/tickets/installers", tag = "service", responses((status = 200, body = Page<InstallerRow>), Refusals))]
pub async fn installers(State(app): State<App>, session: Session) -> Result<Answer<Page<InstallerRow>>, Problem> {
    session.scope(Entity::Ticket)?;
    session.actor.may(Right::Tickets)?;
    let area = session.actor.area(Some(Right::Tickets));
    Ok(Answer(Page::whole(store::installers(app.db.read(), &area, &session.actor.tree).await?)))
}

/// The ticket as the reader sees it now.
async fn answer(app: &App, session: &Session, id: i64) -> Result<Versioned<Ticket>, Problem> {
    let (scope, reader) = (session.scope(Entity::Ticket)?, Reader::of(app, &session.actor).await?);
    let (_, settings) = settings::of(app.db.read()).await?;
    let ticket = store::get(app.db.read(), &reader, &scope, &settings, id).await?.ok_or_else(Problem::not_found)?;
    Ok(Versioned(ticket.row.version, ticket))
}

/// A ticket that the reader sees and leads.
async fn led(app: &App, session: &Session, id: i64) -> Result<store::Stored, Problem> {
    let row = store::find(app.db.read(), &session.scope(Entity::Ticket)?, id).await?.ok_or_else(Problem::not_found)?;
    session.actor.may_at(Right::Tickets, Some(row.organisation_id))?;
    Ok(row)
}

/// Goes on only when somebody may do this with a ticket: whoever leads, or whoever has it.
pub(in crate::service) fn may_do(actor: &Actor, row: &store::Stored, act: Act) -> Result<(), Problem> {
    let leads = actor.may_at(Right::Tickets, Some(row.organisation_id));
    if act.is_dispatchers() && leads.is_ok() {
        return Ok(());
    }
    let has_it = row.installer_id == Some(actor.id) && actor.has(Right::Visits);
    if act.is_installers() && has_it { Ok(()) } else { Err(Problem::forbidden(Right::Tickets.who()).field("act")) }
}

/// Goes on only when the customer's name, phone and address, and custom fields, may be written, where they are given.
fn may_write(actor: &Actor, set: &Compiled, organisation: i64, asked: &Fields) -> Result<(), Problem> {
    if let Some(custom) = &asked.custom {
        set.may_write(&actor.at(Some(organisation)), custom)?;
    }
    let given =
        [("phone", asked.phone.is_some() || asked.contact.is_some()), ("address", asked.address.is_some() || asked.place.is_some())];
    for (field, is_given) in given {
        if is_given && actor.at(Some(organisation)).right("ticket", field, false) < FieldRight::Write {
            let (zh, en) = ("您的角色不能查看或修改这个字段。", "Your role may not see or change this field.");
            return Err(Problem::new(StatusCode::FORBIDDEN, "field_right", zh, en).field(field).who(Who::Admin));
        }
    }
    Ok(())
}

/// Make a ticket. The same Idempotency-Key makes none again.
#[utoipa::path(post, path = "/api/v1/tickets", tag = "service", request_body = Fields,
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes the request safe to send again")),
    responses((status = 201, body = Ticket), Refusals))]
pub async fn create(
    State(app): State<App>,
    session: Session,
    key: Option<IdempotencyKey>,
    Json(asked): Json<Fields>,
) -> Result<(StatusCode, Versioned<Ticket>), Problem> {
    session.scope(Entity::Ticket)?;
    let actor = &session.actor;
    actor.may(Right::Tickets)?;
    let own = actor.organisation.filter(|own| actor.may_at(Right::Tickets, Some(*own)).is_ok());
    let organisation = asked.organisation.or(own).ok_or_else(|| {
        let (zh, en) = ("请选择由哪个组织服务。", "Choose the organisation that does this.");
        Problem::invalid("organisation_needed", "organisation", zh, en).who(Who::Reader)
    })?;
    placed(actor, organisation)?;
    let set = app.fields.of(Subject::Ticket).await?;
    may_write(actor, &set, organisation, &asked)?;
    let choices = Choices::of(&*app.fields.lists().await?);
    let key = key.map(|IdempotencyKey(key)| format!("{}:{key}", actor.id));
    let customers = scope::of(actor, Entity::Customer);
    let writing = Writing::of(&app, actor, &choices, &customers, &set);
    let id = writing.create(&asked, organisation, key).await?;
    app.jobs.wake();
    app.live.publish(None, What::Ticket(id));
    Ok((StatusCode::CREATED, answer(&app, &session, id).await?))
}

/// Goes on only when somebody sees an organisation and gives tickets out there.
fn placed(actor: &Actor, organisation: i64) -> Result<(), Problem> {
    let in_sight = scope::asked(actor, Entity::Organisation)?.check_organisation(Some(organisation));
    in_sight.map_err(|problem| problem.field("organisation"))?;
    actor.may_at(Right::Tickets, Some(organisation)).map_err(|problem| problem.field("organisation"))
}

/// A ticket.
#[utoipa::path(get, path = "/api/v1/tickets/{id}", tag = "service", params(("id" = i64, Path, description = "Number of the ticket")),
    responses((status = 200, body = Ticket), Refusals))]
pub async fn show(State(app): State<App>, session: Session, Path(id): Path<i64>) -> Result<Versioned<Ticket>, Problem> {
    answer(&app, &session, id).await
}

/// Change a ticket; how far it is changes by acts alone.
#[utoipa::path(patch, path = "/api/v1/tickets/{id}", tag = "service", request_body = Fields,
    params(("id" = i64, Path, description = "Number of the ticket"), ("If-Match" = String, Header, description = "The ETag as it was read")),
    responses((status = 200, body = Ticket), Refusals))]
pub async fn change(
    State(app): State<App>,
    session: Session,
    Path(id): Path<i64>,
    version: IfMatch,
    Json(asked): Json<Fields>,
) -> Result<Versioned<Ticket>, Problem> {
    let (was, actor) = (led(&app, &session, id).await?, &session.actor);
    version.check(was.version)?;
    if let Some(to) = asked.organisation.filter(|to| *to != was.organisation_id) {
        placed(actor, to)?;
    }
    let set = app.fields.of(Subject::Ticket).await?;
    may_write(actor, &set, was.organisation_id, &asked)?;
    let choices = Choices::of(&*app.fields.lists().await?);
    let customers = scope::of(actor, Entity::Customer);
    let writing = Writing::of(&app, actor, &choices, &customers, &set);
    writing.change((id, version.0), &asked).await?;
    app.live.publish(None, What::Ticket(id));
    answer(&app, &session, id).await
}

/// Do something with a ticket: it moves on where that is legal, and stays as it is with the reason where it is not.
#[utoipa::path(post, path = "/api/v1/tickets/{id}/acts", tag = "service", request_body = Doing,
    params(("id" = i64, Path, description = "Number of the ticket"), ("If-Match" = String, Header, description = "The ETag as it was read")),
    responses((status = 200, body = Ticket), Refusals))]
pub async fn act(
    State(app): State<App>,
    session: Session,
    Path(id): Path<i64>,
    version: IfMatch,
    Json(doing): Json<Doing>,
) -> Result<Versioned<Ticket>, Problem> {
    let (scope, actor) = (session.scope(Entity::Ticket)?, &session.actor);
    let row = store::find(app.db.read(), &scope, id).await?.ok_or_else(Problem::not_found)?;
    may_do(actor, &row, doing.act)?;
    version.check(row.version)?;
    perform(&app, actor, id, Some(version.0), &doing, None).await?;
    // Whoever gave a ticket back sees it no more.
    match answer(&app, &session, id).await {
        Err(_) if doing.act == Act::Decline => {
            let reader = Reader::of(&app, actor).await?;
            let (_, settings) = settings::of(app.db.read()).await?;
            let ticket = store::get(app.db.read(), &reader, &scope::Scope::All, &settings, id).await?.ok_or_else(Problem::not_found)?;
            Ok(Versioned(ticket.row.version, ticket))
        }
        answer => answer,
    }
}

/// Performs an act in a transaction of its own, on the ticket as it is then.
async fn perform(
    app: &App,
    actor: &Actor,
    id: i64,
    version: Option<i64>,
    doing: &Doing,
    key: Option<String>,
) -> Result<Option<i64>, TicketError> {
    let (choices, set) = (Choices::of(&*app.fields.lists().await?), app.fields.of(Subject::Ticket).await?);
    let tx = app.db.begin().await?;
    let keys = app.vault.for_writing(&tx).await?;
    if let Some(made) = once::made(&tx, "ticket", key.as_deref()).await? {
        return Ok(Some(made));
    }
    let (_, settings) = settings::of(&tx).await?;
    let row = store::find(&tx, &scope::Scope::All, id).await?.ok_or(TicketError::NoTicket)?;
    if version.is_some_and(|version| version != row.version) {
        return Err(TicketError::Changed);
    }
    let by = By { actor, settings: &settings, choices: &choices, set: &set, made_ms: None, key };
    let made = acts::perform(&tx, &keys, &row, doing, &by).await?;
    tx.commit().await?;
    app.jobs.wake();
    for ticket in [Some(id), made].into_iter().flatten() {
        app.live.publish(None, What::Ticket(ticket));
    }
    Ok(made)
}

/// What is wrong with what was delivered.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewAfterSales)]
pub struct Wrong {
    /// What is wrong.
    #[schema(value_type = String)]
    problem: zeroize::Zeroizing<String>,
    /// The kind of fault, or empty.
    #[serde(default)]
    fault: String,
}

/// Make an after-sales ticket of a delivery, with its customer, order, item and photos. The same Idempotency-Key makes none again.
#[utoipa::path(post, path = "/api/v1/tickets/{id}/after-sales", tag = "service", request_body = Wrong,
    params(("id" = i64, Path, description = "Number of the ticket"),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes the request safe to send again")),
    responses((status = 201, body = Ticket), Refusals))]
pub async fn after_sales(
    State(app): State<App>,
    session: Session,
    Path(id): Path<i64>,
    key: Option<IdempotencyKey>,
    Json(wrong): Json<Wrong>,
) -> Result<(StatusCode, Versioned<Ticket>), Problem> {
    led(&app, &session, id).await?;
    let payload = Payload { problem: Some(wrong.problem), fault: Some(wrong.fault), ..Payload::default() };
    let key = key.map(|IdempotencyKey(key)| format!("{}:{key}", session.actor.id));
    let doing = Doing { act: Act::AfterSales, payload };
    let made = perform(&app, &session.actor, id, None, &doing, key).await?.ok_or_else(Problem::not_found)?;
    Ok((StatusCode::CREATED, answer(&app, &session, made).await?))
}

/// Everything that happened to a ticket, newest first.
#[utoipa::path(get, path = "/api/v1/tickets/{id}/timeline", tag = "service",
    params(("id" = i64, Path, description = "Number of the ticket"), PageQuery), responses((status = 200, body = Page<AuditRow>), Refusals))]
pub async fn timeline(
    State(app): State<App>,
    session: Session,
    Path(id): Path<i64>,
    Query(page): Query<PageQuery>,
) -> Result<Answer<Page<AuditRow>>, Problem> {
    let db = app.db.read();
    let row = store::find(db, &session.scope(Entity::Ticket)?, id).await?.ok_or_else(Problem::not_found)?;
    let reader = Reader::of(&app, &session.actor).await?;
    let (sight, page) = (reader.sight(&row), audit::timeline(db, "ticket", id, &page).await?);
    Ok(Answer(page.map(|row| row.seen_by(sight.roles(), &reader.set))))
}
