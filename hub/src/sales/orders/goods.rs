//! From a draft to the customer's home: confirming reserves goods and makes their pick, shipping books them out, completing ends it; or it
//! is cancelled, and everything that it held is free again. Each is one transaction.

use std::sync::Arc;

use jiff::tz::TimeZone;
use qitao_domain::ids::{ItemId, SiteId, TaskId};
use qitao_domain::quantity::Quantity;
use sea_orm::{DatabaseTransaction, Value};
use serde_json::{Value as Json, json};

use super::rules::{State, day};
use super::store::{Stored, is_unplanned};
use super::write::{check_custom, met, note, take};
use super::{OrderError, WON};
use crate::crm::customers::rules::{Class, line};
use crate::crm::customers::{self};
use crate::finance::payments;
use crate::inventory::promise::sells_from;
use crate::inventory::reservations::{self, Need};
use crate::inventory::shipping;
use crate::live::What;
use crate::platform::audit::{self, Change};
use crate::platform::clock;
use crate::platform::fields::Subject;
use crate::platform::identity::{Actor, Right};
use crate::platform::jobs::{self, NewJob};
use crate::platform::notifications::{About, Notice, notify};
use crate::platform::scope::Parties;
use crate::platform::sql::update;
use crate::platform::vault::without_numbers;
use crate::sales::days;
use crate::sales::lines::model::LineRow;
use crate::sales::lines::store::{self as lines, Document, needs_approval};
use crate::state::App;
use crate::warehouse::model::Kind;
use crate::warehouse::{self, Draft, DraftLine, Released};

/// Most characters of a reason.
const REASON: usize = 200;
/// Where orders are.
const TABLE: &str = "sales_order";

/// Somebody does something with an order that they read at a version.
#[derive(Clone, Copy)]
pub(super) struct Act<'a> {
    pub app: &'a App,
    pub actor: &'a Actor,
    pub id: i64,
    pub version: i64,
    /// Today, where the order is sold.
    pub today: &'a str,
}

/// A reason as it is kept: numbers of phones in it show their ends only.
fn reason(text: &str) -> Result<String, OrderError> {
    let reason = line(text, REASON).filter(|reason| reason.chars().count() >= 2);
    reason.map(|reason| without_numbers(&reason)).ok_or(OrderError::Text { field: "reason", least: 2, most: REASON })
}

fn demand(row: &Stored, states: &[State]) -> Result<(), OrderError> {
    if states.contains(&State::of_word(&row.state)) { Ok(()) } else { Err(OrderError::State(row.state.clone())) }
}

/// What an order's lines need: of goods that are made up as the customer chose, what the price list's offer says.
fn needs(lines: &[LineRow]) -> Vec<Need> {
    let of = |line: &LineRow| -> Vec<Need> {
        let quantity = line.quantity.raw();
        let parts = lines::parts(line);
        if parts.is_empty() {
            return vec![Need { line: line.id, item: line.item, quantity }];
        }
        parts.into_iter().map(|(item, one)| Need { line: line.id, item, quantity: one.saturating_mul(quantity) / 1000 }).collect()
    };
    lines.iter().flat_map(of).collect()
}

/// Reserves an order's goods at a site and makes their pick there; the site and what edges are to be told.
async fn hold(tx: &DatabaseTransaction, act: Act<'_>, row: &Stored, site: Option<i64>, needs: &[Need]) -> Result<Released, OrderError> {
    let sites = sells_from(&act.actor.tree, row.organisation_id);
    let site = match site {
        Some(site) if sites.contains(&site) => site,
        Some(site) => return Err(OrderError::NoSite(site)),
        None => reservations::site_for(tx, &sites, needs).await?.ok_or(OrderError::NoGoods)?,
    };
    reservations::reserve(tx, row.id, site, needs).await?;
    pick(tx, act, row, site, needs).await
}

async fn pick(tx: &DatabaseTransaction, act: Act<'_>, row: &Stored, site: i64, needs: &[Need]) -> Result<Released, OrderError> {
    let line = |need: &Need| DraftLine {
        item: Some(ItemId(need.item)),
        quantity: Some(Quantity::from_raw(need.quantity)),
        location: None,
        lot: None,
    };
    let draft = Draft { kind: Kind::Pick, site: SiteId(site), reference: row.code.clone(), lines: needs.iter().map(line).collect() };
    let made = warehouse::create_in(tx, &act.actor.login, &draft, None).await?;
    update(tx, TABLE, row.id, [("site_id", site.into()), ("task_id", made.task.0.into())]).await?;
    Ok(made)
}

impl Act<'_> {
    /// Confirms a draft. With `without_goods` also when no site has everything. A discount that nobody approved is asked for instead, unless
    /// whoever confirms may approve it: `Ok(false)`.
    pub async fn confirm(self, site: Option<i64>, without_goods: bool, may_approve: bool) -> Result<bool, OrderError> {
        let set = self.app.fields.of(Subject::Order).await?;
        let tx = self.app.db.begin().await?;
        let row = take(&tx, self.id, self.version).await?;
        demand(&row, &[State::Draft])?;
        check_custom(&tx, self.actor, &row, (&set, &self.app.config.outside.time_zone)).await?;
        let lines = lines::of(&tx, Document::Order, [self.id]).await?.remove(&self.id).unwrap_or_default();
        // What a contract gives away was judged when it was signed.
        if row.contract_id.is_none() && needs_approval(&lines) && row.approval != "approved" {
            if !may_approve {
                update(&tx, TABLE, self.id, [("approval", "asked".into())]).await?;
                if row.approval != "asked" {
                    row.discounted().wait(&tx, self.actor).await?;
                }
                note(&tx, self.actor, (self.id, "ask_approval"), None, None).await?;
                tx.commit().await?;
                self.app.jobs.wake();
                return Ok(false);
            }
            update(&tx, TABLE, self.id, [("approval", "approved".into())]).await?;
            note(&tx, self.actor, (self.id, "approve"), None, Some(json!({"approval": "approved"}))).await?;
        }
        let now = clock::now_ms();
        met(&tx, self.id, customers::reached(&tx, row.customer_id, Class::Client, &self.actor.login).await?).await?;
        let confirmed: [(&str, Value); 3] =
            [("state", State::Confirmed.word().into()), ("confirmed_ms", now.into()), ("confirmed_on", self.today.into())];
        update(&tx, TABLE, self.id, confirmed).await?;
        let win = NewJob::new(WON, json!({"order": self.id}), self.actor.login.as_str(), now).of(Some(row.organisation_id));
        jobs::put(&tx, win.once(format!("{WON}:{}", self.id))).await?;
        let needs = needs(&lines);
        let held = match hold(&tx, self, &row, site, &needs).await {
            Ok(made) => Some(made),
            Err(OrderError::NoGoods) if without_goods => None,
            Err(error) => return Err(error),
        };
        let told =
            json!({"state": "confirmed", "site": held.as_ref().map(|made| made.site.0), "task": held.as_ref().map(|made| made.task.0)});
        self.moved(&tx, &row, "confirm", told).await?;
        let counts = days::counted(&tx, [self.id]).await?;
        days::record(&tx, &[], &counts).await?;
        tx.commit().await?;
        self.app.jobs.wake();
        self.tell_screens(counts);
        if let Some(made) = held {
            warehouse::tell(self.app, made).await;
        }
        Ok(true)
    }

    /// Screens that show figures read them again.
    fn tell_screens(self, changed: Vec<days::Counted>) {
        for order in changed {
            let people = order.splits.iter().map(|split| split.person).collect();
            self.app.live.publish(None, What::Sale(Arc::new(Parties { organisation: order.organisation, people })));
        }
    }

    /// Notes that an order goes on, with the order and in its customer's timeline.
    async fn moved(self, tx: &DatabaseTransaction, row: &Stored, action: &'static str, new: Json) -> Result<(), OrderError> {
        note(tx, self.actor, (row.id, action), Some(json!({"state": row.state})), Some(new)).await?;
        let mention = Change { author: &self.actor.login, entity: "customer", id: row.customer_id.to_string(), action: "order" };
        Ok(audit::record(tx, mention, audit::NOTHING, Some(json!({"order": row.id, "code": row.code, "did": action}))).await?)
    }

    /// Reserves the goods of a confirmed order that has none yet, or makes its pick anew when the warehouse withdrew it.
    pub async fn reserve(self, site: Option<i64>) -> Result<(), OrderError> {
        let tx = self.app.db.begin().await?;
        let row = take(&tx, self.id, self.version).await?;
        demand(&row, &[State::Confirmed])?;
        let lines = lines::of(&tx, Document::Order, [self.id]).await?.remove(&self.id).unwrap_or_default();
        if self.task_state(&tx, &row).await?.is_some_and(|(state, _)| state != "withdrawn") {
            return Err(OrderError::State(row.state));
        }
        reservations::release(&tx, self.id).await?;
        let made = hold(&tx, self, &row, site, &needs(&lines)).await?;
        note(&tx, self.actor, (self.id, "reserve"), None, Some(json!({"site": made.site.0, "task": made.task.0}))).await?;
        tx.commit().await?;
        warehouse::tell(self.app, made).await;
        Ok(())
    }

    /// State of an order's pick, and whether it is complete.
    async fn task_state(self, tx: &DatabaseTransaction, row: &Stored) -> Result<Option<(String, bool)>, OrderError> {
        let Some(task) = row.task_id else { return Ok(None) };
        let task = warehouse::task_row(tx, &crate::platform::scope::Scope::All, task).await?;
        Ok(task.map(|task| (task.state, task.complete == Some(true))))
    }

    /// Ships an order whose pick is complete. With less only by whoever may, for a reason.
    pub async fn ship(self, why: &str, may_short: bool) -> Result<(), OrderError> {
        let tx = self.app.db.begin().await?;
        let row = take(&tx, self.id, self.version).await?;
        demand(&row, &[State::Confirmed])?;
        let task = self.task_state(&tx, &row).await?;
        let complete = task.as_ref().is_some_and(|(state, complete)| state == "finished" && *complete);
        if !complete && !may_short {
            return Err(OrderError::NotComplete);
        }
        let why = if complete { String::new() } else { reason(why)? };
        let mut released = None;
        if let (Some(task), Some(site)) = (row.task_id, row.site_id) {
            if !complete && task_is_open(task_word(self.task_state(&tx, &row).await?.as_ref())) {
                released = Some(warehouse::withdraw_in(&tx, &self.actor.login, TaskId(task)).await?);
            }
            shipping::ship(&tx, TaskId(task), SiteId(site), &format!("user:{}", self.actor.id)).await?;
        }
        reservations::release(&tx, self.id).await?;
        let shipped: [(&str, Value); 3] =
            [("state", State::Shipped.word().into()), ("shipped_ms", clock::now_ms().into()), ("reason", why.clone().into())];
        update(&tx, TABLE, self.id, shipped).await?;
        self.moved(&tx, &row, "ship", json!({"state": "shipped", "complete": complete, "reason": why})).await?;
        self.delivery_waits(&tx, &row).await?;
        tx.commit().await?;
        self.app.jobs.wake();
        if let Some(released) = released {
            warehouse::tell(self.app, released).await;
        }
        Ok(())
    }

    /// Tells who gives tickets out that goods left and nobody is sent to deliver them.
    async fn delivery_waits(self, tx: &DatabaseTransaction, row: &Stored) -> Result<(), OrderError> {
        if !is_unplanned(tx, row.id).await? {
            return Ok(());
        }
        let data = json!({"code": row.code, "place": row.organisation_name, "who": self.actor.name});
        let link = format!("/tickets?new=1&order={}&customer={}", row.id, row.customer_id);
        let about = About { data, link, list: "/orders?unplanned=true", by: self.actor.id };
        let notice = Notice::to_those_over(Right::Tickets, "delivery_waits", row.organisation_id, about);
        Ok(notify(tx, notice, clock::now_ms()).await.map(drop)?)
    }

    /// Ends an order that was shipped: it was delivered on a day.
    pub async fn complete(self, delivered: Option<&str>) -> Result<(), OrderError> {
        let delivered = delivered.map_or_else(|| Some(self.today.to_owned()), day).filter(|day| day.as_str() <= self.today);
        let delivered = delivered.ok_or(OrderError::Day("delivered_on"))?;
        let tx = self.app.db.begin().await?;
        let row = take(&tx, self.id, self.version).await?;
        demand(&row, &[State::Shipped])?;
        if delivered < row.ordered_on {
            return Err(OrderError::Day("delivered_on"));
        }
        let done: [(&str, Value); 3] = [
            ("state", State::Completed.word().into()),
            ("delivered_on", delivered.clone().into()),
            ("completed_ms", clock::now_ms().into()),
        ];
        update(&tx, TABLE, self.id, done).await?;
        customers::reached(&tx, row.customer_id, Class::Regular, &self.actor.login).await?;
        self.moved(&tx, &row, "complete", json!({"state": "completed", "delivered_on": delivered})).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Calls an order off: its goods are free again, its pick is withdrawn, its money is held for the customer.
    pub async fn cancel(self, why: &str, zone: &TimeZone) -> Result<(), OrderError> {
        let why = reason(why)?;
        let tx = self.app.db.begin().await?;
        let row = take(&tx, self.id, self.version).await?;
        demand(&row, &[State::Draft, State::Confirmed])?;
        // Money that comes in meanwhile would count for it too.
        customers::hold(&tx, row.customer_id).await?;
        let counted = days::counted(&tx, [self.id]).await?;
        payments::close(&tx, self.actor, (row.customer_id, row.organisation_id), self.id, zone).await?;
        reservations::release(&tx, self.id).await?;
        let mut released = None;
        if let Some(task) = row.task_id
            && task_is_open(task_word(self.task_state(&tx, &row).await?.as_ref()))
        {
            released = Some(warehouse::withdraw_in(&tx, &self.actor.login, TaskId(task)).await?);
        }
        update(&tx, TABLE, self.id, [("state", State::Cancelled.word().into()), ("reason", why.clone().into())]).await?;
        self.moved(&tx, &row, "cancel", json!({"state": "cancelled", "reason": why})).await?;
        days::record(&tx, &counted, &[]).await?;
        tx.commit().await?;
        self.tell_screens(counted);
        if let Some(released) = released {
            warehouse::tell(self.app, released).await;
        }
        Ok(())
    }

    /// Approves or rejects the discount of a draft.
    pub async fn judge(self, approve: bool, said: &str) -> Result<(), OrderError> {
        let said = without_numbers(&line(said, REASON).ok_or(OrderError::Text { field: "note", least: 0, most: REASON })?);
        if !approve && said.chars().count() < 2 {
            return Err(OrderError::Text { field: "note", least: 2, most: REASON });
        }
        let tx = self.app.db.begin().await?;
        let row = take(&tx, self.id, self.version).await?;
        demand(&row, &[State::Draft])?;
        let word = if approve { "approved" } else { "rejected" };
        update(&tx, TABLE, self.id, [("approval", word.into()), ("approval_note", said.clone().into())]).await?;
        let (old, new) = (json!({"approval": row.approval}), json!({"approval": word, "note": said}));
        note(&tx, self.actor, (self.id, if approve { "approve" } else { "reject" }), Some(old), Some(new)).await?;
        row.discounted().judged(&tx, self.actor, approve, &said).await?;
        tx.commit().await?;
        self.app.jobs.wake();
        Ok(())
    }
}

fn task_word(task: Option<&(String, bool)>) -> &str {
    task.map_or("", |(state, _)| state)
}

fn task_is_open(state: &str) -> bool {
    matches!(state, "open" | "started")
}
