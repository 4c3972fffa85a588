//! Tickets in the database: lists, single ones, and all that belongs to one.

use std::collections::BTreeMap;

use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use serde_json::{Map, Value};

use super::cartons::Cartons;
use super::model::{CheckIn, InstallerRow, MadeOfIt, Ticket, TicketRow, TicketStep};
use super::personal::Reader;
use super::place::Place;
use super::rules::{Has, Settings};
use super::states::{Act, Kind, State};
use super::waiting::Told;
use crate::http::page::{Page, PageQuery, Sort};
use crate::http::problem::Problem;
use crate::platform::fields::access::{Narrowed, Order};
use crate::platform::files::{self, owner::Owner};
use crate::platform::identity::{Area, Right};
use crate::platform::organisation::Tree;
use crate::platform::scope::{self, Entity, Listed, Owned, Parties, Scope};
use crate::platform::search;
use crate::platform::sql::Sql;
use crate::platform::vault::Sealed;
use crate::service::surveys;

/// Whose tickets are.
pub const OWNED: Owned<'static> =
    Owned { entity: Entity::Ticket, table: "ticket", id: "c.id", organisation: "organisation_id", owner: "installer_id" };

/// Which tickets.
#[derive(Debug, Default)]
pub struct Asked {
    /// Of this organisation and all beneath it.
    pub below: Option<i64>,
    /// What they are found by.
    pub q: Option<String>,
    /// For this.
    pub kind: Option<Kind>,
    /// For anything but a return visit.
    pub delivers: bool,
    /// In one of these states.
    pub states: Vec<State>,
    /// That this person has.
    pub installer: Option<i64>,
    /// That nobody has.
    pub nobodys: bool,
    /// Of this customer.
    pub customer: Option<i64>,
    /// Of this order.
    pub order: Option<i64>,
    /// With this fault.
    pub fault: Option<String>,
    /// Appointed from this moment on.
    pub appointed_from: Option<i64>,
    /// Appointed before this moment.
    pub appointed_to: Option<i64>,
    /// Due before this moment.
    pub due_before: Option<i64>,
    /// With a check-in from afar.
    pub far: Option<bool>,
}

/// A ticket as the database has it.
#[derive(Clone, FromQueryResult)]
pub(in crate::service) struct Stored {
    pub id: i64,
    pub code: String,
    pub kind: String,
    pub fault: String,
    pub state: String,
    pub organisation_id: i64,
    organisation_name: String,
    pub dispatcher_id: Option<i64>,
    dispatcher_name: Option<String>,
    pub installer_id: Option<i64>,
    installer_name: Option<String>,
    pub customer_id: Option<i64>,
    pub order_id: Option<i64>,
    order_code: Option<String>,
    pub item_id: Option<i64>,
    item_code: Option<String>,
    item_name: Option<String>,
    pub from_id: Option<i64>,
    from_code: Option<String>,
    pub contact: Option<Sealed>,
    pub phone: Option<Sealed>,
    pub address: Option<Sealed>,
    pub place: Option<Sealed>,
    pub problem: Option<Sealed>,
    pub steps: Option<Sealed>,
    pub result: Option<Sealed>,
    pub note: Option<Sealed>,
    pub reason: Option<Sealed>,
    pub satisfaction: Option<i32>,
    pub feedback_ms: i64,
    pub due_ms: Option<i64>,
    pub appointed_ms: Option<i64>,
    pub done_ms: Option<i64>,
    created_by: String,
    pub created_ms: i64,
    far: bool,
    custom: Value,
    pub version: i64,
    sort_text: Option<String>,
    sort_number: Option<f64>,
}

const FROM: &str = "FROM ticket c JOIN organisation o ON o.id = c.organisation_id LEFT JOIN hub_user u ON u.id = c.installer_id \
                    LEFT JOIN hub_user d ON d.id = c.dispatcher_id LEFT JOIN item i ON i.id = c.item_id \
                    LEFT JOIN ticket f ON f.id = c.from_id WHERE 1 = 1";

fn stored(order: Option<&Order>) -> Sql {
    let columns = Order::columns(order);
    Sql::new(format!(
        "SELECT {columns}, c.id, COALESCE(c.code, '') AS code, c.kind, c.fault, c.state, c.organisation_id, o.name AS organisation_name, \
         c.dispatcher_id, d.name AS dispatcher_name, c.installer_id, u.name AS installer_name, c.customer_id, c.order_id, \
         (SELECT x.code FROM sales_order x WHERE x.id = c.order_id) AS order_code, c.item_id, \
         i.code AS item_code, i.name AS item_name, c.from_id, f.code AS from_code, c.contact, c.phone, c.address, c.place, c.problem, \
         c.steps, c.result, c.note, c.reason, c.satisfaction, c.feedback_ms, c.due_ms, c.appointed_ms, c.done_ms, c.created_by, \
         c.created_ms, c.far, c.custom, c.version {FROM}"
    ))
}

impl Stored {
    pub fn kind(&self) -> Kind {
        Kind::of_word(&self.kind).unwrap_or(Kind::AfterSales)
    }

    pub fn state(&self) -> State {
        State::of_word(&self.state).unwrap_or(State::Closed)
    }

    /// What others are told of it.
    pub fn told(&self) -> Told<'_> {
        Told { id: self.id, code: &self.code, kind: self.kind(), organisation: self.organisation_id }
    }

    /// Its custom fields.
    pub fn custom(&self) -> Map<String, Value> {
        if let Value::Object(custom) = &self.custom { custom.clone() } else { Map::new() }
    }

    /// As a reader sees it.
    pub fn seen_by(&self, reader: &Reader) -> TicketRow {
        let sight = reader.sight(self);
        TicketRow {
            id: self.id,
            code: self.code.clone(),
            kind: self.kind(),
            fault: self.fault.clone(),
            state: self.state(),
            organisation: self.organisation_id,
            organisation_name: self.organisation_name.clone(),
            dispatcher: self.dispatcher_id,
            dispatcher_name: self.dispatcher_name.clone(),
            installer: self.installer_id,
            installer_name: self.installer_name.clone(),
            customer: self.customer_id,
            order: self.order_id,
            order_code: self.order_code.clone(),
            item: self.item_id,
            item_code: self.item_code.clone(),
            item_name: self.item_name.clone(),
            from: self.from_id,
            from_code: self.from_code.clone(),
            contact: sight.contact(),
            phone: sight.phone(),
            address: sight.address(),
            problem: sight.problem(),
            steps: sight.steps(),
            result: sight.result(),
            note: sight.note(),
            reason: sight.reason(),
            satisfaction: self.satisfaction,
            feedback_ms: self.feedback_ms,
            due_ms: self.due_ms,
            appointed_ms: self.appointed_ms,
            done_ms: self.done_ms,
            created_ms: self.created_ms,
            created_by: self.created_by.clone(),
            far: self.far,
            custom: sight.custom(&self.custom),
            version: self.version,
        }
    }
}

fn narrowed_by(asked: &Asked) -> Sql {
    let sql = Sql::default()
        .bind_if(" AND c.kind = ", asked.kind.map(Kind::word))
        .bind_if(" AND c.installer_id = ", asked.installer)
        .bind_if(" AND c.customer_id = ", asked.customer)
        .bind_if(" AND c.order_id = ", asked.order)
        .bind_if(" AND c.fault = ", asked.fault.clone())
        .bind_if(" AND c.appointed_ms >= ", asked.appointed_from)
        .bind_if(" AND c.appointed_ms < ", asked.appointed_to)
        .bind_if(" AND c.due_ms < ", asked.due_before)
        .bind_if(" AND c.far = ", asked.far);
    let sql = if asked.delivers { sql.text(" AND c.kind <> 'return_visit'") } else { sql };
    let sql = if asked.nobodys { sql.text(" AND c.installer_id IS NULL") } else { sql };
    if asked.states.is_empty() { sql } else { sql.text(" AND c.state IN ").among(asked.states.iter().map(|state| state.word())) }
}

/// A page of tickets, the newest first.
pub(super) async fn list(
    db: &impl ConnectionTrait,
    reader: &Reader,
    scope: &Scope,
    asked: &Asked,
    narrowed: Narrowed,
    page: &PageQuery,
) -> Result<Page<TicketRow>, Problem> {
    let said = search::narrow(db, search::Kind::Ticket, asked.q.as_deref(), "c.id").await?;
    let rest = narrowed_by(asked).append(&said.filter).append(&narrowed.filter);
    let listed = Listed { scope, tree: &reader.actor.tree, below: asked.below, columns: OWNED, rest: &rest };
    let (each, rows) = (listed.each(), stored(narrowed.order.as_ref()).append(&listed.rows()));
    let page = match &narrowed.order {
        None => page.rows(db, each, rows, Sort::down(&["c.id"]), |row: &Stored| row.id).await?,
        Some(order) => {
            let key = |row: &Stored| (Order::key(row.sort_text.as_deref(), row.sort_number), row.id);
            page.rows(db, each, rows, order.sort(&[order.expression(), "c.id"]), key).await?
        }
    };
    Ok(page.map(|row| row.seen_by(reader)))
}

/// How many tickets in a scope are so.
///
/// # Errors
/// What the database said.
pub async fn count(db: &impl ConnectionTrait, scope: &Scope, tree: &Tree, asked: &Asked) -> Result<i64, DbErr> {
    let rest = narrowed_by(asked);
    let listed = Listed { scope, tree, below: asked.below, columns: OWNED, rest: &rest };
    listed.select(Sql::new("SELECT COUNT(*)"), "").number(db).await
}

/// Those of some numbers that people say.
pub(super) async fn those(db: &impl ConnectionTrait, codes: Vec<String>) -> Result<Vec<Stored>, DbErr> {
    stored(None).text(" AND c.code IN ").among(codes).all(db).await
}

/// A ticket in a scope, as the database has it.
pub(in crate::service) async fn find(db: &impl ConnectionTrait, scope: &Scope, id: i64) -> Result<Option<Stored>, DbErr> {
    scope.filter_owned(stored(None).text(" AND c.id = ").bind(id), OWNED).one(db).await
}

/// Open tickets that somebody has, and those that they have finished since a moment; the next appointment first.
pub(in crate::service) async fn of_installer(
    db: &impl ConnectionTrait,
    installer: i64,
    done_since: i64,
    before: i64,
) -> Result<Vec<Stored>, DbErr> {
    let sql = stored(None).text(" AND c.installer_id = ").bind(installer).text(" AND (c.state IN ");
    let open = State::ALL.into_iter().filter(|state| state.is_open()).map(State::word);
    let sql = sql.among(open).text(" AND (c.appointed_ms IS NULL OR c.appointed_ms < ").bind(before);
    let sql = sql.text(") OR (c.state = 'completed' AND c.done_ms >= ").bind(done_since);
    sql.text(")) ORDER BY COALESCE(c.appointed_ms, 9000000000000), c.id LIMIT 200").all(db).await
}

#[derive(FromQueryResult)]
struct VisitRow {
    id: i64,
    at_ms: i64,
    made_ms: Option<i64>,
    author: String,
    place: Option<Sealed>,
    accuracy_m: Option<i32>,
    distance_m: Option<i64>,
    far: bool,
}

/// Most steps and check-ins that are shown with a ticket; a timeline has all.
const MOST_SHOWN: i64 = 200;

/// What a ticket has of what it needs.
pub(in crate::service) async fn has(db: &impl ConnectionTrait, ticket: i64) -> Result<Has, DbErr> {
    let files = files::counts(db, Owner::Ticket, ticket).await?;
    let count = |kind: &str| files.get(kind).copied().unwrap_or_default();
    Ok(Has { photos: count("photo"), signatures: count("signature"), cartons_left: Cartons::of(db, ticket).await?.left() })
}

/// What somebody may do with a ticket.
fn acts(reader: &Reader, row: &Stored) -> Vec<Act> {
    let may = |right| {
        scope::with(&reader.actor, Entity::Ticket, Some(right)).sees_owned(scope::Belongs {
            organisation: Some(row.organisation_id),
            owner: row.installer_id,
            collaborates: false,
        })
    };
    let leads = reader.actor.has(Right::Tickets) && may(Right::Tickets);
    let has_it = row.installer_id == Some(reader.actor.id) && reader.actor.has(Right::Visits);
    let mine = |act: &Act| (leads && act.is_dispatchers()) || (has_it && act.is_installers());
    super::states::legal(row.kind(), row.state()).filter(mine).collect()
}

/// The photos of each check-in: without a signal they come before it or after it, so each belongs to the nearest.
async fn photos_of(db: &impl ConnectionTrait, ticket: i64, visits: &[VisitRow]) -> Result<BTreeMap<i64, Vec<i64>>, DbErr> {
    let mut photos: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
    for file in files::list_of(db, Owner::Ticket.word(), ticket).await?.into_iter().filter(|file| file.kind == "check_in").rev() {
        let near = visits.iter().min_by_key(|visit| (visit.at_ms.abs_diff(file.created_ms), visit.id));
        if let Some(visit) = near {
            photos.entry(visit.id).or_default().push(file.id);
        }
    }
    Ok(photos)
}

/// A ticket in a scope with everything that belongs to it.
pub(in crate::service) async fn get(
    db: &impl ConnectionTrait,
    reader: &Reader,
    scope: &Scope,
    settings: &Settings,
    id: i64,
) -> Result<Option<Ticket>, DbErr> {
    let Some(row) = find(db, scope, id).await? else { return Ok(None) };
    let has = has(db, id).await?;
    let mut steps_done: Vec<TicketStep> =
        Sql::new("SELECT act, to_state AS state, at_ms, made_ms, author FROM ticket_step WHERE ticket_id = ")
            .bind(id)
            .text(" ORDER BY id DESC LIMIT ")
            .bind(MOST_SHOWN)
            .all(db)
            .await?;
    steps_done.reverse();
    let visits: Vec<VisitRow> =
        Sql::new("SELECT id, at_ms, made_ms, author, place, accuracy_m, distance_m, far FROM ticket_check_in WHERE ticket_id = ")
            .bind(id)
            .text(" ORDER BY id DESC LIMIT ")
            .bind(MOST_SHOWN)
            .all(db)
            .await?;
    let made = Sql::new("SELECT c.id, c.code, c.kind, c.state FROM ticket c WHERE c.from_id = ").bind(id);
    let made: Vec<MadeOfIt> = scope.filter_owned(made, OWNED).text(" ORDER BY c.id LIMIT 50").all(db).await?;
    let sight = reader.sight(&row);
    // The link is for whoever hands it to the customer: who only reads the ticket could answer in the customer's name.
    let passes_on = row.installer_id == Some(reader.actor.id) || reader.actor.may_at(Right::Tickets, Some(row.organisation_id)).is_ok();
    let survey = surveys::of_ticket(db, &reader.keys, id, sight.is_whole()).await?;
    let survey = survey.map(|survey| surveys::SurveyRow { link: survey.link.filter(|_| passes_on), ..survey });
    let mut taken = photos_of(db, id, &visits).await?;
    let check_ins = visits.iter().map(|visit| CheckIn {
        photos: taken.remove(&visit.id).unwrap_or_default(),
        at_ms: visit.at_ms,
        made_ms: visit.made_ms,
        author: visit.author.clone(),
        place: sight.visit_place(visit.id, visit.place.as_ref()),
        accuracy_m: visit.accuracy_m,
        distance_m: visit.distance_m,
        far: visit.far,
    });
    Ok(Some(Ticket {
        place: sight.place(),
        survey,
        needs: settings.needs(row.kind()),
        photos: has.photos,
        signatures: has.signatures,
        cartons: Cartons::of(db, id).await?.shown(),
        check_ins: check_ins.collect(),
        acts: acts(reader, &row),
        row: row.seen_by(reader),
        steps_done,
        made,
    }))
}

/// Whom a reader may give tickets to: people who may do visits, of organisations where the reader gives them out.
pub(super) async fn installers(db: &impl ConnectionTrait, area: &Area, tree: &Tree) -> Result<Vec<InstallerRow>, DbErr> {
    let sql = Sql::new(
        "SELECT u.id, u.name, u.organisation_id AS organisation, o.name AS organisation_name, \
         (SELECT COUNT(*) FROM ticket t WHERE t.installer_id = u.id AND t.state IN ('dispatched', 'accepted', 'appointed', 'on_site')) AS open \
         FROM hub_user u JOIN organisation o ON o.id = u.organisation_id WHERE NOT u.disabled AND u.id IN (SELECT p.person_id \
         FROM person_role p JOIN role r ON r.id = p.role_id WHERE r.rights LIKE '%\"visits\"%') ORDER BY o.path, u.name, u.id LIMIT 2000",
    );
    let all: Vec<InstallerRow> = sql.all(db).await?;
    Ok(all.into_iter().filter(|row| area.holds(tree, row.organisation)).collect())
}

/// Where a customer lives, as a ticket or an earlier one of theirs has learnt it.
pub(super) fn place_of(text: &str) -> Option<Place> {
    serde_json::from_str(text).ok()
}

/// How far a ticket is, for pages that show it while it goes on.
#[derive(Debug, serde::Serialize, FromQueryResult)]
pub struct Brief {
    id: i64,
    code: Option<String>,
    state: String,
    order_id: Option<i64>,
    customer_id: Option<i64>,
}

/// How far a ticket is, and whose it is.
///
/// # Errors
/// What the database said.
pub async fn brief(db: &impl ConnectionTrait, id: i64) -> Result<Option<(Parties, Brief)>, DbErr> {
    let sql = Sql::new("SELECT id, code, state, order_id, customer_id FROM ticket WHERE id = ").bind(id);
    Ok(Parties::of(db, OWNED, id).await?.zip(sql.one(db).await?))
}
