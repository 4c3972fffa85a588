//! What waits for somebody: counters by what their roles let them see and do, each with the page that lists what it counts.
//!
//! A counter is one line of [`show`]; it goes through the scope of its kind, as the list that it opens does.

use axum::Json;
use axum::extract::State as Shared;
use serde::Serialize;
use utoipa::ToSchema;

use super::clock;
use super::fields::store::zone_of;
use super::identity::Right;
use super::notifications;
use super::scope::{self, Entity, Part, Scope};
use super::session::Session;
use super::sql::Sql;
use crate::crm::{customers, opportunities};
use crate::http::extract::Query;
use crate::http::openapi::Refusals;
use crate::http::problem::Problem;
use crate::sales::{contracts, orders};
use crate::service::tickets::states::{Kind, State};
use crate::service::tickets::{self, Asked, Reach};
use crate::state::App;
use crate::warehouse::ONLINE_MS;

/// So many days without a word with a customer are too many.
const IDLE_DAYS: i64 = 5;

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Counted {
    /// Count differences that the reader may approve or reject.
    Approvals,
    /// Open cases.
    Cases,
    /// The reader's own customers who are to be followed up today, or were to be before.
    FollowUpsDue,
    /// The reader's own prospects with whom nobody spoke for more than five days.
    CustomersIdle,
    /// Opportunities whose time in their stage is over, and nobody said why.
    OpportunitiesUnexplained,
    /// Orders whose discount the reader may approve or reject.
    DiscountsAsked,
    /// Contracts whose discount the reader may approve or reject.
    ContractsAsked,
    /// Signed contracts with an instalment that is due and not paid.
    InstalmentsDue,
    /// Orders that are later than promised.
    OrdersLate,
    /// Orders that were shipped, and no service ticket delivers them.
    DeliveriesUnplanned,
    /// Service tickets that nobody has.
    TicketsNew,
    /// Service tickets that were given to the reader, who did not take them yet.
    TicketsGiven,
    /// The reader's own service tickets that are appointed today, or were before.
    VisitsToday,
    /// Return visits that are to be made by now.
    ReturnVisitsDue,
    /// Tasks that are not finished.
    Tasks,
    /// Edges that are silent.
    EdgesAway,
    /// Jobs that were given up.
    JobsDead,
    /// Deliveries to programs that were given up.
    DeliveriesDead,
    /// Channels whose last message was not sent.
    ChannelsFailing,
    /// Notifications that the reader has not read.
    Unread,
}

/// A number, and where the things are that it counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Counter {
    /// What is counted.
    name: Counted,
    /// How many.
    count: i64,
    /// The page that lists them.
    link: &'static str,
}

/// What waits for the reader.
#[derive(Debug, Serialize, ToSchema)]
pub struct Home {
    /// Counters of what the reader may see; one of nothing is 0, one of what they may not see is not there.
    counters: Vec<Counter>,
}

/// What waits for the reader: a counter for each kind of work that their roles let them see.
#[utoipa::path(get, path = "/api/v1/home", tag = "pages", params(Part), responses((status = 200, body = Home), Refusals))]
pub async fn show(Shared(app): Shared<App>, session: Session, Query(asked): Query<Part>) -> Result<Json<Home>, Problem> {
    let (db, actor) = (app.db.read(), &session.actor);
    session.scope_at(Entity::Site, asked)?;
    // What belongs to an organisation is asked for at that of the site.
    let below = (actor.tree.as_ref(), asked.site.and_then(|site| actor.tree.organisation_of(site)).or(asked.below));
    let part = |entity| scope::of(actor, entity).at_most(&actor.tree, asked);
    let sees = |entity| scope::of(actor, entity) != Scope::Sites(Vec::new());
    let mut counters = Vec::new();
    let mut add = |name, count, link| counters.push(Counter { name, count, link });
    if sees(Entity::Exception) {
        let cases = "SELECT COUNT(*) FROM exception WHERE state = 'open'";
        if actor.has(Right::Approvals) {
            let may = scope::with(actor, Entity::Exception, Some(Right::Approvals)).at_most(&actor.tree, asked);
            let sql = part(Entity::Exception).filter(Sql::new(cases).text(" AND kind = 'count_variance'"), "site_id");
            add(Counted::Approvals, may.filter(sql, "site_id").number(db).await?, "/exceptions?kind=count_variance");
        }
        add(Counted::Cases, part(Entity::Exception).filter(Sql::new(cases), "site_id").number(db).await?, "/exceptions");
    }
    if sees(Entity::Customer) && actor.has(Right::Customers) {
        let (now, zone) = (clock::now_ms(), zone_of(db, actor.organisation, &app.config.outside.time_zone).await?);
        let due = customers::due_count(db, actor.id, below, customers::api::end_of_today(&zone, now)).await?;
        add(Counted::FollowUpsDue, due, "/customers?due=today&owner=me");
        let idle = customers::idle_count(db, actor.id, below, now - IDLE_DAYS * customers::rules::DAY_MS).await?;
        add(Counted::CustomersIdle, idle, "/customers?idle=5&owner=me&class=prospect");
    }
    if sees(Entity::Opportunity) && actor.has(Right::Opportunities) {
        let stuck = opportunities::unexplained_count(db, &scope::of(actor, Entity::Opportunity), below, clock::now_ms()).await?;
        add(Counted::OpportunitiesUnexplained, stuck, "/opportunities?overdue=true&blocked=false");
    }
    if sees(Entity::Order) {
        if actor.has(Right::ApproveSales) {
            let may = scope::with(actor, Entity::Order, Some(Right::ApproveSales));
            add(Counted::DiscountsAsked, orders::asked_count(db, &may, below).await?, "/orders?approval=asked&state=draft");
            let may = scope::with(actor, Entity::Contract, Some(Right::ApproveSales));
            add(Counted::ContractsAsked, contracts::asked_count(db, &may, below).await?, "/contracts?approval=asked&state=draft");
        }
        let today = orders::api::today(&app, actor.organisation).await?;
        if actor.has(Right::SeePayments) {
            let due = contracts::due_count(db, &scope::of(actor, Entity::Contract), below, &today).await?;
            add(Counted::InstalmentsDue, due, "/contracts?due=0");
        }
        add(Counted::OrdersLate, orders::late_count(db, &scope::of(actor, Entity::Order), below, &today).await?, "/orders?late=true");
    }
    if sees(Entity::Ticket) {
        let open = || State::ALL.into_iter().filter(|state| state.is_open()).collect::<Vec<_>>();
        if actor.has(Right::Visits) {
            let zone = zone_of(db, actor.organisation, &app.config.outside.time_zone).await?;
            let today = customers::api::end_of_today(&zone, clock::now_ms());
            let mine = Asked { below: below.1, installer: Some(actor.id), states: open(), appointed_to: Some(today), ..Asked::default() };
            let count = tickets::count(db, &scope::of(actor, Entity::Ticket), &actor.tree, &mine).await?;
            add(Counted::VisitsToday, count, "/tickets?installer=me&state=open&appointed=today");
            let given = Asked { below: below.1, installer: Some(actor.id), states: vec![State::Dispatched], ..Asked::default() };
            let count = tickets::count(db, &scope::of(actor, Entity::Ticket), &actor.tree, &given).await?;
            add(Counted::TicketsGiven, count, "/tickets?installer=me&state=dispatched");
        }
        if actor.has(Right::Tickets) {
            if sees(Entity::Order) {
                let count = orders::unplanned_count(db, &scope::of(actor, Entity::Order), below).await?;
                add(Counted::DeliveriesUnplanned, count, "/orders?unplanned=true");
            }
            // Work is what the reader may do something about: of other organisations' tickets they only read.
            let (scope, below) = (Reach::Led.scope(actor), asked.below);
            let new = Asked { below, states: vec![State::New], delivers: true, ..Asked::default() };
            let link = "/tickets?state=new&kind=work&reach=led";
            add(Counted::TicketsNew, tickets::count(db, &scope, &actor.tree, &new).await?, link);
            let due_before = Some(clock::now_ms());
            let visits = Asked { below, kind: Some(Kind::ReturnVisit), states: open(), due_before, ..Asked::default() };
            let link = "/tickets?kind=return_visit&state=open&due=now&reach=led";
            add(Counted::ReturnVisitsDue, tickets::count(db, &scope, &actor.tree, &visits).await?, link);
        }
    }
    if sees(Entity::Task) {
        let open = Sql::new("SELECT COUNT(*) FROM task WHERE state IN ('open', 'started')");
        add(Counted::Tasks, part(Entity::Task).filter(open, "site_id").number(db).await?, "/tasks?state=open%2Cstarted");
    }
    if sees(Entity::Edge) {
        let silent = Sql::new("SELECT COUNT(*) FROM edge WHERE public_key IS NOT NULL AND NOT disabled AND COALESCE(last_seen_ms, 0) <= ")
            .bind(clock::now_ms() - ONLINE_MS);
        add(Counted::EdgesAway, part(Entity::Edge).filter(silent, "site_id").number(db).await?, "/edges?away=true");
    }
    // What belongs to the hub as a whole belongs to no part of the chain.
    if asked == Part::default() && actor.may_at(Right::Hub, None).is_ok() {
        for (name, from, link) in [
            (Counted::JobsDead, "job WHERE state = 'dead'", "/settings/jobs?state=dead"),
            (Counted::DeliveriesDead, "webhook_delivery WHERE state = 'dead'", "/settings/deliveries?state=dead"),
            (Counted::ChannelsFailing, "channel WHERE enabled AND last_error IS NOT NULL", "/settings/channels"),
        ] {
            add(name, Sql::new(format!("SELECT COUNT(*) FROM {from}")).number(db).await?, link);
        }
    }
    add(Counted::Unread, notifications::unread(db, actor.id).await?, "/notifications?unread=true");
    Ok(Json(Home { counters }))
}
