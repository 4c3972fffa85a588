//! Making and changing opportunities: held to the rules, each change noted with its author, here and in the customer's timeline.

use sea_orm::{ConnectionTrait, Value as DbValue};
use serde_json::{Map, Value, json};

use super::OpportunityError;
use super::model::Fields;
use super::moves::{self, Stay};
use super::rules::State;
use super::store::{Stored, find};
use crate::crm::customers;
use crate::crm::customers::rules::line;
use crate::db::Db;
use crate::platform::audit::{self, Change};
use crate::platform::clock;
use crate::platform::expressions;
use crate::platform::fields::store::zone_of;
use crate::platform::fields::{Compiled, Situation};
use crate::platform::identity::Actor;
use crate::platform::once;
use crate::platform::scope::Scope;
use crate::platform::sql::Sql;

/// Most characters of a title.
const TITLE: usize = 60;
/// The largest amount, in fen.
const LARGEST: i64 = 100_000_000_000;
/// What records of this kind are called in settings and in the audit.
pub(super) const OPPORTUNITY: &str = "opportunity";

/// What stands behind writing an opportunity.
#[derive(Clone, Copy)]
pub(super) struct Writing<'a> {
    pub db: &'a Db,
    pub actor: &'a Actor,
    pub set: &'a Compiled,
    /// The chain's time zone.
    pub chain_zone: &'a str,
}

/// What people write of an opportunity.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Plain {
    pub organisation: i64,
    pub owner: Option<i64>,
    pub title: String,
    pub amount: Option<i64>,
    pub expected_on: Option<String>,
    pub custom: Map<String, Value>,
}

fn day(text: &str) -> Option<String> {
    let day: jiff::civil::Date = text.trim().parse().ok()?;
    (2000..=2100).contains(&day.year()).then(|| day.to_string())
}

impl Plain {
    /// As the database has it.
    pub fn of(row: &Stored) -> Self {
        Self {
            organisation: row.organisation_id,
            owner: row.owner_id,
            title: row.title.clone(),
            amount: row.amount,
            expected_on: row.expected_on.clone(),
            custom: row.custom(),
        }
    }

    /// The same with what is to be written, but for custom fields.
    fn with(&self, fields: &Fields) -> Result<Self, OpportunityError> {
        let mut new = self.clone();
        if let Some(title) = &fields.title {
            new.title = line(title, TITLE).ok_or(OpportunityError::Text { field: "title", most: TITLE })?;
        }
        if new.title.is_empty() {
            return Err(OpportunityError::Text { field: "title", most: TITLE });
        }
        if let Some(amount) = fields.amount {
            new.amount = amount.map(qitao_domain::quantity::Money::raw);
            if new.amount.is_some_and(|amount| !(0..=LARGEST).contains(&amount)) {
                return Err(OpportunityError::Amount);
            }
        }
        if let Some(expected) = &fields.expected_on {
            let expected = expected.as_deref().filter(|text| !text.trim().is_empty());
            new.expected_on = expected.map(|text| day(text).ok_or(OpportunityError::Day("expected_on"))).transpose()?;
        }
        new.organisation = fields.organisation.unwrap_or(new.organisation);
        new.owner = fields.owner.unwrap_or(new.owner);
        Ok(new)
    }

    fn columns(&self) -> Vec<(&'static str, DbValue)> {
        vec![
            ("organisation_id", self.organisation.into()),
            ("owner_id", self.owner.into()),
            ("title", self.title.clone().into()),
            ("amount", self.amount.into()),
            ("expected_on", self.expected_on.clone().into()),
            ("custom", Value::Object(self.custom.clone()).into()),
        ]
    }

    /// What gates ask for.
    pub fn for_gates(&self) -> Map<String, Value> {
        let amount = self.amount.map(|fen| qitao_domain::quantity::Money::from_raw(fen).to_string());
        let fields = json!({"title": self.title, "amount": amount, "expected_on": self.expected_on, "organisation": self.organisation,
            "owner": self.owner});
        if let Value::Object(fields) = fields { fields } else { Map::new() }
    }

    /// What expressions of custom fields see of it.
    pub fn for_expressions(&self) -> expressions::Value {
        use expressions::Value as Of;
        Of::object([
            ("title", Of::text(&self.title)),
            ("amount", self.amount.map_or(Of::Null, |fen| Of::Decimal(rust_decimal::Decimal::new(fen, 2)))),
            ("expected_on", self.expected_on.as_deref().map_or(Of::Null, Of::text)),
            ("organisation", Of::Int(self.organisation)),
            ("owner", self.owner.map_or(Of::Null, Of::Int)),
        ])
    }

    /// As the audit notes it.
    fn state(&self) -> Map<String, Value> {
        let mut state = self.for_gates();
        state.insert("custom".to_owned(), Value::Object(self.custom.clone()));
        state
    }
}

async fn check_place(tx: &impl ConnectionTrait, actor: &Actor, new: &Plain, was: Option<&Plain>) -> Result<(), OpportunityError> {
    let is_new = |same: fn(&Plain, &Plain) -> bool| was.is_none_or(|was| !same(was, new));
    if is_new(|was, new| was.organisation == new.organisation) && actor.tree.node(new.organisation).is_none_or(|node| !node.active) {
        return Err(OpportunityError::NoOrganisation(new.organisation));
    }
    if let Some(owner) = new.owner.filter(|_| is_new(|was, new| was.owner == new.owner)) {
        let there = Sql::new("SELECT COUNT(*) FROM hub_user WHERE NOT disabled AND id = ").bind(owner).number(tx).await?;
        if there == 0 {
            return Err(OpportunityError::NoOwner(owner));
        }
    }
    Ok(())
}

/// A new opportunity's place: its customer's organisation, and the customer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub customer: i64,
    pub organisation: i64,
}

impl Writing<'_> {
    async fn accept(
        self,
        tx: &impl ConnectionTrait,
        new: &mut Plain,
        was: Option<&Plain>,
        given: Option<&Map<String, Value>>,
    ) -> Result<(), OpportunityError> {
        if was.is_some() && given.is_none() {
            return Ok(());
        }
        let zone = zone_of(tx, Some(new.organisation), self.chain_zone).await?;
        let organisation = Some(new.organisation);
        let at = Situation { tree: &self.actor.tree, organisation, now: jiff::Timestamp::now(), zone, new: was.is_none() };
        let (none, given) = (Map::new(), given.cloned().unwrap_or_default());
        let was = was.map_or(&none, |was| &was.custom);
        new.custom = self.set.accept(&at, new.for_expressions(), was, &given).map_err(OpportunityError::Custom)?;
        Ok(())
    }

    /// Makes an opportunity in the first stage of its pipeline; its number. The same key again is the opportunity that it made.
    pub async fn create(self, fields: &Fields, place: Place, key: Option<String>) -> Result<i64, OpportunityError> {
        let (now, author) = (clock::now_ms(), &self.actor.login);
        let nothing = Plain {
            organisation: place.organisation,
            owner: Some(self.actor.id),
            title: String::new(),
            amount: None,
            expected_on: None,
            custom: Map::new(),
        };
        let mut new = nothing.with(fields)?;
        let tx = self.db.begin().await?;
        if let Some(made) = once::made(&tx, "opportunity", key.as_deref()).await? {
            return Ok(made);
        }
        check_place(&tx, self.actor, &new, None).await?;
        self.accept(&tx, &mut new, None, fields.custom.as_ref()).await?;
        let pipeline = fields.pipeline.as_deref().unwrap_or("sales");
        let ready = moves::pipeline(&tx, pipeline).await?;
        let first = moves::first_stage(&ready)?;
        moves::gate(&tx, (self.chain_zone, &ready), (0, &new), None, &first.code).await?;
        let due = ready.due_ms(&first.code, now);
        let mut columns = new.columns();
        columns.extend([
            ("customer_id", place.customer.into()),
            ("pipeline", pipeline.into()),
            ("stage", first.code.clone().into()),
            ("state", State::of(first).word().into()),
            ("stage_since_ms", now.into()),
            ("due_ms", due.into()),
            ("block_reason", "".into()),
            ("block_note", "".into()),
            ("lost_reason", "".into()),
            ("created_by", author.clone().into()),
            ("created_ms", now.into()),
            ("idempotency_key", key.into()),
            ("version", 1_i64.into()),
        ]);
        let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
        let sql = Sql::new(format!("INSERT INTO opportunity ({}) VALUES ", names.join(", ")));
        let id = sql.list(columns.into_iter().map(|(_, value)| value)).text(" RETURNING id").number(&tx).await?;
        let code = format!("O{id:06}");
        Sql::new("UPDATE opportunity SET code = ").bind(code.clone()).text(" WHERE id = ").bind(id).run(&tx).await?;
        moves::enter(&tx, Stay { opportunity: id, pipeline, stage: &first.code, at_ms: now }).await?;
        let change = Change { author, entity: OPPORTUNITY, id: id.to_string(), action: "create" };
        audit::record(&tx, change, audit::NOTHING, Some(new.state())).await?;
        let told = json!({"opportunity": id, "code": code, "title": new.title, "stage": first.code, "pipeline": pipeline});
        customers::tell(&tx, author, place.customer, OPPORTUNITY, told).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Changes an opportunity that is still at `version`.
    pub async fn change(self, (id, version): (i64, i64), fields: &Fields) -> Result<(), OpportunityError> {
        let tx = self.db.begin().await?;
        let row = find(&tx, &Scope::All, id).await?.ok_or(OpportunityError::NoOpportunity)?;
        let was = Plain::of(&row);
        let mut new = was.with(fields)?;
        check_place(&tx, self.actor, &new, Some(&was)).await?;
        self.accept(&tx, &mut new, Some(&was), fields.custom.as_ref()).await?;
        let mut sql = Sql::new("UPDATE opportunity SET version = version + 1");
        for (name, value) in new.columns() {
            sql = sql.text(&format!(", {name} = ")).bind(value);
        }
        if sql.text(" WHERE id = ").bind(id).text(" AND version = ").bind(version).run(&tx).await? == 0 {
            return Err(OpportunityError::Changed);
        }
        let (before, mut after) = (was.state(), new.state());
        let old: Map<String, Value> = before.into_iter().filter(|(name, value)| after.get(name) != Some(value)).collect();
        after.retain(|name, _| old.contains_key(name));
        let change = Change { author: &self.actor.login, entity: OPPORTUNITY, id: id.to_string(), action: "change" };
        audit::record(&tx, change, Some(old), Some(after)).await?;
        tx.commit().await?;
        Ok(())
    }
}

#[derive(sea_orm::FromQueryResult)]
struct Followed {
    id: i64,
}

/// Gives the open opportunities that one person had of a customer to whoever looks after the customer now.
///
/// # Errors
/// What the database said.
pub async fn follow_customer(
    tx: &impl ConnectionTrait,
    author: &str,
    customer: i64,
    (was, owner): (Option<i64>, Option<i64>),
    organisation: i64,
) -> Result<(), sea_orm::DbErr> {
    let sql = Sql::new("UPDATE opportunity SET version = version + 1, owner_id = ").bind(owner);
    let sql = sql.text(", organisation_id = ").bind(organisation).text(" WHERE state = 'open' AND customer_id = ").bind(customer);
    let sql = match was {
        Some(was) => sql.text(" AND owner_id = ").bind(was),
        None => sql.text(" AND owner_id IS NULL"),
    };
    for Followed { id } in sql.text(" RETURNING id").all(tx).await? {
        let change = Change { author, entity: OPPORTUNITY, id: id.to_string(), action: "change" };
        audit::record(tx, change, Some(json!({"owner": was})), Some(json!({"owner": owner, "organisation": organisation}))).await?;
    }
    Ok(())
}
