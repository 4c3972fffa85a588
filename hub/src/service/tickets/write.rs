//! Making and changing tickets: what they are to be is held to the rules, what is about the customer's life is sealed, and everything is
//! noted with its author.

use sea_orm::{ConnectionTrait, Value as DbValue};
use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

use super::TicketError;
use super::cartons::expect;
use super::model::Fields;
use super::place::Place;
use super::rules::{Choices, DAY_MS, TEXT};
use super::states::{Kind, State};
use super::store::{Stored, find};
use super::waiting::{Came, Told};
use crate::crm::customers;
use crate::crm::customers::rules::{line, lines};
use crate::db::Db;
use crate::platform::audit::{self, Change};
use crate::platform::clock;
use crate::platform::expressions;
use crate::platform::fields::store::zone_of;
use crate::platform::fields::{Compiled, Situation};
use crate::platform::identity::{Actor, FieldRight};
use crate::platform::once;
use crate::platform::scope::{self, Entity, Scope};
use crate::platform::search;
use crate::platform::sql::Sql;
use crate::platform::vault::{
    Column, Keys, TICKET_ADDRESS, TICKET_CONTACT, TICKET_NOTE, TICKET_PHONE, TICKET_PLACE, TICKET_PROBLEM, TICKET_RESULT, TICKET_STEPS,
    Vault,
};
use crate::sales::orders;
use crate::state::App;

/// Most characters of a name.
const NAME: usize = 60;
/// How far ahead something can be due.
pub(super) const AHEAD_MS: i64 = 2 * 366 * DAY_MS;
/// How long ago a customer can have told of it.
const BACK_MS: i64 = 10 * 366 * DAY_MS;

/// A text that is to be sealed, or nothing where one is to go.
pub(super) type Personal = (Column, Option<Zeroizing<String>>);

/// The columns of a ticket that are neither sealed nor moved by acts.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Plain {
    pub kind: Kind,
    pub fault: String,
    pub organisation: i64,
    pub dispatcher: Option<i64>,
    pub customer: Option<i64>,
    pub order: Option<i64>,
    pub item: Option<i64>,
    pub from: Option<i64>,
    pub feedback_ms: i64,
    pub due_ms: Option<i64>,
    pub custom: Map<String, Value>,
}

impl Plain {
    /// A new one of which nothing is known.
    pub fn new(kind: Kind, organisation: i64, now_ms: i64) -> Self {
        Self {
            kind,
            fault: String::new(),
            organisation,
            dispatcher: None,
            customer: None,
            order: None,
            item: None,
            from: None,
            feedback_ms: now_ms,
            due_ms: None,
            custom: Map::new(),
        }
    }

    /// As the database has it.
    pub fn of(row: &Stored) -> Self {
        Self {
            kind: row.kind(),
            fault: row.fault.clone(),
            organisation: row.organisation_id,
            dispatcher: row.dispatcher_id,
            customer: row.customer_id,
            order: row.order_id,
            item: row.item_id,
            from: row.from_id,
            feedback_ms: row.feedback_ms,
            due_ms: row.due_ms,
            custom: row.custom(),
        }
    }

    fn with(&self, fields: &Fields, choices: &Choices, now_ms: i64) -> Result<Self, TicketError> {
        let mut new = self.clone();
        if let Some(fault) = &fields.fault {
            new.fault = fault.trim().to_owned();
            if !choices.has_fault(&new.fault, &self.fault) {
                return Err(TicketError::Nothing { field: "fault", what: new.fault });
            }
        }
        if fields.kind.is_some_and(|kind| kind != self.kind) {
            return Err(TicketError::Nothing { field: "kind", what: "another kind".to_owned() });
        }
        new.organisation = fields.organisation.unwrap_or(new.organisation);
        new.customer = fields.customer.unwrap_or(new.customer);
        new.order = fields.order.unwrap_or(new.order);
        new.item = fields.item.unwrap_or(new.item);
        if let Some(feedback) = fields.feedback_ms {
            if !(now_ms - BACK_MS..=now_ms + 5 * 60_000).contains(&feedback) {
                return Err(TicketError::Moment("feedback_ms"));
            }
            new.feedback_ms = feedback;
        }
        if let Some(due) = fields.due_ms {
            if due.is_some_and(|due| !(now_ms - BACK_MS..=now_ms + AHEAD_MS).contains(&due)) {
                return Err(TicketError::Moment("due_ms"));
            }
            new.due_ms = due;
        }
        Ok(new)
    }

    fn columns(&self) -> Vec<(&'static str, DbValue)> {
        vec![
            ("kind", self.kind.word().into()),
            ("fault", self.fault.clone().into()),
            ("organisation_id", self.organisation.into()),
            ("dispatcher_id", self.dispatcher.into()),
            ("customer_id", self.customer.into()),
            ("order_id", self.order.into()),
            ("item_id", self.item.into()),
            ("from_id", self.from.into()),
            ("feedback_ms", self.feedback_ms.into()),
            ("due_ms", self.due_ms.into()),
            ("custom", Value::Object(self.custom.clone()).into()),
        ]
    }

    /// What expressions of custom fields see of it.
    pub fn for_expressions(&self) -> expressions::Value {
        use expressions::Value as Of;
        let number = |id: Option<i64>| id.map_or(Of::Null, Of::Int);
        Of::object([
            ("kind", Of::text(self.kind.word())),
            ("fault", if self.fault.is_empty() { Of::Null } else { Of::text(&self.fault) }),
            ("organisation", Of::Int(self.organisation)),
            ("customer", number(self.customer)),
            ("order", number(self.order)),
            ("item", number(self.item)),
        ])
    }

    /// As the audit notes it.
    fn state(&self) -> Map<String, Value> {
        let state = json!({"kind": self.kind.word(), "fault": self.fault, "organisation": self.organisation, "dispatcher": self.dispatcher,
            "customer": self.customer, "order": self.order, "item": self.item, "from": self.from, "feedback_ms": self.feedback_ms,
            "due_ms": self.due_ms, "custom": self.custom});
        if let Value::Object(state) = state { state } else { Map::new() }
    }
}

/// A text of several lines that is to be sealed; empty is none.
pub(super) fn written(column: Column, text: &str) -> Result<Personal, TicketError> {
    let field = column.column;
    let text = lines(text, TEXT).ok_or(TicketError::Text { field, least: 0, most: TEXT })?;
    Ok((column, Some(Zeroizing::new(text)).filter(|text| !text.is_empty())))
}

/// Texts that are sealed, in their normal form; what is not given stays.
fn sealed(fields: &Fields) -> Result<Vec<Personal>, TicketError> {
    let mut sealed = Vec::new();
    if let Some(contact) = &fields.contact {
        let name = line(contact, NAME).filter(|name| !name.contains('*'));
        let name = name.ok_or(TicketError::Text { field: "contact", least: 0, most: NAME })?;
        sealed.push((TICKET_CONTACT, Some(Zeroizing::new(name)).filter(|name| !name.is_empty())));
    }
    for (column, given) in [(TICKET_PHONE, &fields.phone), (TICKET_ADDRESS, &fields.address)] {
        let Some(given) = given else { continue };
        let normal = Zeroizing::new(column.kind.normal(given));
        if normal.is_empty() {
            sealed.push((column, None));
        } else if column.kind.fits(&normal) && !normal.contains("***") {
            sealed.push((column, Some(normal)));
        } else {
            return Err(TicketError::Contact(column.column));
        }
    }
    if let Some(place) = fields.place {
        sealed.push((TICKET_PLACE, place.map(placed).transpose()?));
    }
    let texts =
        [(TICKET_PROBLEM, &fields.problem), (TICKET_STEPS, &fields.steps), (TICKET_RESULT, &fields.result), (TICKET_NOTE, &fields.note)];
    for (column, given) in texts {
        if let Some(text) = given {
            sealed.push(written(column, text)?);
        }
    }
    Ok(sealed)
}

/// A place as it is sealed.
pub(super) fn placed(place: Place) -> Result<Zeroizing<String>, TicketError> {
    if !place.exists() {
        return Err(TicketError::Nothing { field: "place", what: "no such place".to_owned() });
    }
    serde_json::to_string(&place).map(Zeroizing::new).map_err(|_| TicketError::Needed("place"))
}

/// Seals texts into a ticket's row; what they were and are, masked, for the audit.
pub(super) async fn seal(
    tx: &impl ConnectionTrait,
    keys: &Keys,
    id: i64,
    sealed: &[Personal],
    state: &mut Map<String, Value>,
) -> Result<(), TicketError> {
    for (column, text) in sealed {
        let text = text.as_ref().map(|text| text.as_str());
        keys.put(tx, column, id, text).await?;
        state.insert(column.column.to_owned(), json!(text.map(|text| column.kind.masked(text))));
    }
    Ok(())
}

/// Whether what a ticket names is there.
async fn check(tx: &impl ConnectionTrait, actor: &Actor, new: &Plain, was: Option<&Plain>) -> Result<(), TicketError> {
    let nothing = |field, id: i64| Err(TicketError::Nothing { field, what: id.to_string() });
    if was.is_none_or(|was| was.organisation != new.organisation) && actor.tree.node(new.organisation).is_none_or(|node| !node.active) {
        return nothing("organisation", new.organisation);
    }
    if let Some(item) = new.item.filter(|_| was.is_none_or(|was| was.item != new.item))
        && Sql::new("SELECT COUNT(*) FROM item WHERE NOT deleted AND id = ").bind(item).number(tx).await? == 0
    {
        return nothing("item", item);
    }
    if let Some(order) = new.order.filter(|_| was.is_none_or(|was| (was.order, was.customer) != (new.order, new.customer))) {
        // One that was named before stays, whoever changes the customer.
        let seen = if was.is_some_and(|was| was.order == new.order) { Scope::All } else { scope::of(actor, Entity::Order) };
        let of = orders::customer_of(tx, &seen, order).await?;
        if of.is_none() || new.customer.is_some_and(|customer| of != Some(customer)) {
            return nothing("order", order);
        }
    }
    Ok(())
}

/// The number of a ticket that people say.
pub(super) fn code_of(id: i64) -> String {
    format!("S{id:06}")
}

/// Writes a new ticket with what is sealed in it; its number. The customer's story tells of it.
pub(super) async fn insert(
    tx: &impl ConnectionTrait,
    keys: &Keys,
    new: &Plain,
    sealed: &[Personal],
    (author, key): (&str, Option<String>),
) -> Result<i64, TicketError> {
    let mut columns = new.columns();
    columns.extend([
        ("state", State::New.word().into()),
        ("far", false.into()),
        ("created_by", author.into()),
        ("created_ms", clock::now_ms().into()),
        ("idempotency_key", key.into()),
        ("version", 1_i64.into()),
    ]);
    let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    let sql = Sql::new(format!("INSERT INTO ticket ({}) VALUES ", names.join(", ")));
    let id = sql.list(columns.into_iter().map(|(_, value)| value)).text(" RETURNING id").number(tx).await?;
    let code = code_of(id);
    Sql::new("UPDATE ticket SET code = ").bind(code.clone()).text(" WHERE id = ").bind(id).run(tx).await?;
    let mut state = new.state();
    seal(tx, keys, id, sealed, &mut state).await?;
    search::index(tx, search::Kind::Ticket, &[id.to_string()]).await?;
    audit::record(tx, Change { author, entity: "ticket", id: id.to_string(), action: "create" }, audit::NOTHING, Some(state)).await?;
    tell_customer(tx, author, new.customer, (id, &code), new.kind, State::New).await?;
    Ok(id)
}

/// Notes in a customer's story how far a ticket of theirs is.
pub(super) async fn tell_customer(
    tx: &impl ConnectionTrait,
    author: &str,
    customer: Option<i64>,
    (id, code): (i64, &str),
    kind: Kind,
    state: State,
) -> Result<(), TicketError> {
    let Some(customer) = customer else { return Ok(()) };
    let change = Change { author, entity: "customer", id: customer.to_string(), action: "ticket" };
    let told = json!({"ticket": id, "code": code, "kind": kind.word(), "state": state.word()});
    Ok(audit::record(tx, change, audit::NOTHING, Some(told)).await?)
}

/// What stands behind writing a ticket.
#[derive(Clone, Copy)]
pub(super) struct Writing<'a> {
    pub db: &'a Db,
    pub vault: &'a Vault,
    pub actor: &'a Actor,
    pub choices: &'a Choices,
    /// The customers whom the writer sees.
    pub customers: &'a Scope,
    /// The custom fields of tickets.
    pub set: &'a Compiled,
    /// The chain's time zone.
    pub chain_zone: &'a str,
}

impl<'a> Writing<'a> {
    /// By somebody, with what the settings say.
    pub fn of(app: &'a App, actor: &'a Actor, choices: &'a Choices, customers: &'a Scope, set: &'a Compiled) -> Self {
        Self { db: &app.db, vault: &app.vault, actor, choices, customers, set, chain_zone: app.config.outside.time_zone.as_str() }
    }

    /// Custom fields as they are to be: those of a new ticket, or what is given of one that is there.
    async fn accept(
        self,
        tx: &impl ConnectionTrait,
        new: &mut Plain,
        was: Option<&Plain>,
        given: Option<&Map<String, Value>>,
    ) -> Result<(), TicketError> {
        if was.is_some() && given.is_none() {
            return Ok(());
        }
        let (organisation, zone) = (Some(new.organisation), zone_of(tx, Some(new.organisation), self.chain_zone).await?);
        let at = Situation { tree: &self.actor.tree, organisation, now: jiff::Timestamp::now(), zone, new: was.is_none() };
        let (none, given) = (Map::new(), given.cloned().unwrap_or_default());
        let was = was.map_or(&none, |was| &was.custom);
        new.custom = self.set.accept(&at, new.for_expressions(), was, &given).map_err(TicketError::Custom)?;
        Ok(())
    }

    /// The name, phone and address of the customer, where none are given.
    async fn of_customer(self, tx: &impl ConnectionTrait, keys: &Keys, new: &Plain, sealed: &mut Vec<Personal>) -> Result<(), TicketError> {
        let Some(customer) = new.customer else { return Ok(()) };
        let found = customers::contact(tx, keys, self.customers, customer).await?;
        let Some(contact) = found else { return Err(TicketError::Nothing { field: "customer", what: customer.to_string() }) };
        let texts = [(TICKET_CONTACT, Some(contact.name)), (TICKET_PHONE, contact.phone), (TICKET_ADDRESS, contact.address)];
        for (column, text) in texts {
            if !sealed.iter().any(|(given, _)| *given == column) {
                sealed.push((column, text));
            }
        }
        Ok(())
    }

    /// Makes a ticket; its number. The same key again is the ticket that it made.
    pub async fn create(self, fields: &Fields, organisation: i64, key: Option<String>) -> Result<i64, TicketError> {
        let (now, kind) = (clock::now_ms(), fields.kind.ok_or(TicketError::Needed("kind"))?);
        let mut new = Plain { dispatcher: Some(self.actor.id), ..Plain::new(kind, organisation, now) }.with(fields, self.choices, now)?;
        let mut sealed = sealed(fields)?;
        let tx = self.db.begin().await?;
        let keys = self.vault.for_writing(&tx).await?;
        if let Some(made) = once::made(&tx, "ticket", key.as_deref()).await? {
            return Ok(made);
        }
        check(&tx, self.actor, &new, None).await?;
        self.accept(&tx, &mut new, None, fields.custom.as_ref()).await?;
        self.of_customer(&tx, &keys, &new, &mut sealed).await?;
        let id = insert(&tx, &keys, &new, &sealed, (&self.actor.login, key)).await?;
        if let Some(goods) = &fields.goods {
            expect(&tx, id, goods).await?;
        }
        Told { id, code: &code_of(id), kind, organisation: new.organisation }.waits(&tx, self.actor, Came::New).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Changes a ticket that is still at `version`.
    pub async fn change(self, (id, version): (i64, i64), fields: &Fields) -> Result<(), TicketError> {
        let sealed = sealed(fields)?;
        let tx = self.db.begin().await?;
        let keys = self.vault.for_writing(&tx).await?;
        let row = find(&tx, &Scope::All, id).await?.ok_or(TicketError::NoTicket)?;
        let was = Plain::of(&row);
        let mut new = was.with(fields, self.choices, clock::now_ms())?;
        check(&tx, self.actor, &new, Some(&was)).await?;
        self.accept(&tx, &mut new, Some(&was), fields.custom.as_ref()).await?;
        if let Some(customer) = new.customer.filter(|_| new.customer != was.customer)
            && customers::contact(&tx, &keys, self.customers, customer).await?.is_none()
        {
            return Err(TicketError::Nothing { field: "customer", what: customer.to_string() });
        }
        let mut sql = Sql::new("UPDATE ticket SET version = version + 1");
        for (name, value) in new.columns() {
            sql = sql.text(&format!(", {name} = ")).bind(value);
        }
        if sql.text(" WHERE id = ").bind(id).text(" AND version = ").bind(version).run(&tx).await? == 0 {
            return Err(TicketError::Changed);
        }
        let (before, mut after) = (was.state(), new.state());
        let mut old: Map<String, Value> = before.into_iter().filter(|(name, value)| after.get(name) != Some(value)).collect();
        after.retain(|name, _| old.contains_key(name));
        for (column, _) in &sealed {
            let was = [(TICKET_PHONE, &row.phone), (TICKET_ADDRESS, &row.address)].into_iter().find(|(of, _)| of == column);
            let masked = was.and_then(|(of, sealed)| keys.shown(&of, id, sealed.as_ref(), FieldRight::Masked));
            old.insert(column.column.to_owned(), json!(masked));
        }
        seal(&tx, &keys, id, &sealed, &mut after).await?;
        if let Some(goods) = &fields.goods {
            expect(&tx, id, goods).await?;
            after.insert("goods".to_owned(), json!(goods.iter().map(|of| (of.item, of.quantity)).collect::<Vec<_>>()));
        }
        let change = Change { author: &self.actor.login, entity: "ticket", id: id.to_string(), action: "change" };
        audit::record(&tx, change, Some(old), Some(after)).await?;
        // Who serves it now has not heard of it yet.
        if new.organisation != was.organisation && row.state().is_open() {
            Told { organisation: new.organisation, ..row.told() }.waits(&tx, self.actor, Came::Over).await?;
        }
        tx.commit().await?;
        Ok(())
    }
}
