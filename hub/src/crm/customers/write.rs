//! Writing customers: what they are to be is held to the rules, what is about their life is sealed, and everything is noted with its author.

use std::collections::BTreeSet;

use sea_orm::{ConnectionTrait, Value as DbValue};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

use super::CustomerError;
use super::model::Fields;
use super::rules::{Choices, Class, DAY_MS, Gender, line, lines};
use super::store::{Stored, find, holder, tags_of};
use crate::crm::opportunities;
use crate::db::Db;
use crate::platform::audit::{self, Change};
use crate::platform::clock;
use crate::platform::expressions;
use crate::platform::fields::store::zone_of;
use crate::platform::fields::{Compiled, Situation};
use crate::platform::identity::{Actor, FieldRight};
use crate::platform::once;
use crate::platform::organisation::Tree;
use crate::platform::scope::Scope;
use crate::platform::search;
use crate::platform::sql::Sql;
use crate::platform::vault::{CUSTOMER_ADDRESS, CUSTOMER_EMAIL, CUSTOMER_NOTE, CUSTOMER_PHONE, Column, Keys, Vault};

/// Most characters of a name.
const NAME: usize = 60;
/// Most characters of the other lines.
const LINE: usize = 100;
/// Most characters of a note.
const NOTE: usize = 2_000;
/// How far ahead a follow-up can be planned.
pub(super) const AHEAD_MS: i64 = 5 * 366 * DAY_MS;

/// A text that is to be sealed, or nothing where one is to go.
pub(super) type Personal = (Column, Option<Zeroizing<String>>);

/// What stands behind writing a customer.
#[derive(Clone, Copy)]
pub(super) struct Writing<'a> {
    pub db: &'a Db,
    pub vault: &'a Vault,
    pub actor: &'a Actor,
    pub set: &'a Compiled,
    pub choices: &'a Choices,
    /// The chain's time zone.
    pub chain_zone: &'a str,
}

/// The columns of a customer that are no sealed ones.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Plain {
    pub organisation: i64,
    pub owner: Option<i64>,
    pub name: String,
    pub class: String,
    pub gender: String,
    pub birth_year: Option<i32>,
    pub employer: String,
    pub position: String,
    pub hobbies: String,
    pub source: String,
    pub campaign: String,
    pub next_follow_ms: Option<i64>,
    pub tags: BTreeSet<String>,
    pub custom: Map<String, Value>,
}

impl Plain {
    /// A new prospect of whom nothing is known.
    pub fn new(organisation: i64, owner: Option<i64>) -> Self {
        Self {
            organisation,
            owner,
            name: String::new(),
            class: Class::Prospect.word().to_owned(),
            gender: String::new(),
            birth_year: None,
            employer: String::new(),
            position: String::new(),
            hobbies: String::new(),
            source: String::new(),
            campaign: String::new(),
            next_follow_ms: None,
            tags: BTreeSet::new(),
            custom: Map::new(),
        }
    }

    /// As the database has it.
    pub fn of(row: &Stored, tags: BTreeSet<String>) -> Self {
        Self {
            organisation: row.organisation_id,
            owner: row.owner_id,
            name: row.name.clone(),
            class: row.class.clone(),
            gender: row.gender.clone(),
            birth_year: row.birth_year,
            employer: row.employer.clone(),
            position: row.position.clone(),
            hobbies: row.hobbies.clone(),
            source: row.source.clone(),
            campaign: row.campaign.clone(),
            next_follow_ms: row.next_follow_ms,
            tags,
            custom: if let Value::Object(custom) = &row.custom { custom.clone() } else { Map::new() },
        }
    }

    /// The same with what is to be written, but for custom fields.
    pub fn with(&self, fields: &Fields, choices: &Choices, now_ms: i64) -> Result<Self, CustomerError> {
        let mut new = self.clone();
        let text = |field, most, given: &Option<String>, was: &mut String| {
            let Some(given) = given else { return Ok(()) };
            *was = line(given, most).ok_or(CustomerError::Text { field, most })?;
            Ok::<_, CustomerError>(())
        };
        text("name", NAME, &fields.name, &mut new.name)?;
        if new.name.is_empty() {
            return Err(CustomerError::Text { field: "name", most: NAME });
        }
        text("employer", LINE, &fields.employer, &mut new.employer)?;
        text("position", LINE, &fields.position, &mut new.position)?;
        text("hobbies", LINE, &fields.hobbies, &mut new.hobbies)?;
        text("source", LINE, &fields.source, &mut new.source)?;
        text("campaign", LINE, &fields.campaign, &mut new.campaign)?;
        if !choices.has_source(&new.source, &self.source) {
            return Err(CustomerError::NoOption { field: "source", code: new.source });
        }
        if let Some(gender) = fields.gender {
            new.gender = gender.map(Gender::word).unwrap_or_default().to_owned();
        }
        if let Some(year) = fields.birth_year {
            let this_year =
                jiff::Timestamp::from_millisecond(now_ms).map_or(2200, |now| i32::from(now.to_zoned(jiff::tz::TimeZone::UTC).year()));
            if year.is_some_and(|year| !(1900..=this_year).contains(&year)) {
                return Err(CustomerError::BirthYear);
            }
            new.birth_year = year;
        }
        if let Some(next) = fields.next_follow_ms {
            if next.is_some_and(|next| !(0..=now_ms + AHEAD_MS).contains(&next)) {
                return Err(CustomerError::Moment("next_follow_ms"));
            }
            new.next_follow_ms = next;
        }
        if let Some(tags) = &fields.tags {
            new.tags = choices.tags(tags, &self.tags).map_err(|code| CustomerError::NoOption { field: "tags", code })?;
        }
        new.organisation = fields.organisation.unwrap_or(new.organisation);
        new.owner = fields.owner.unwrap_or(new.owner);
        Ok(new)
    }

    pub fn columns(&self) -> Vec<(&'static str, DbValue)> {
        vec![
            ("organisation_id", self.organisation.into()),
            ("owner_id", self.owner.into()),
            ("name", self.name.clone().into()),
            ("class", self.class.clone().into()),
            ("gender", self.gender.clone().into()),
            ("birth_year", self.birth_year.into()),
            ("employer", self.employer.clone().into()),
            ("position", self.position.clone().into()),
            ("hobbies", self.hobbies.clone().into()),
            ("source", self.source.clone().into()),
            ("campaign", self.campaign.clone().into()),
            ("next_follow_ms", self.next_follow_ms.into()),
            ("custom", Value::Object(self.custom.clone()).into()),
        ]
    }

    /// What expressions see of it.
    pub fn for_expressions(&self) -> expressions::Value {
        use expressions::Value as Of;
        Of::object([
            ("name", Of::text(&self.name)),
            ("class", Of::text(&self.class)),
            ("organisation", Of::Int(self.organisation)),
            ("gender", Of::text(&self.gender)),
            ("birth_year", self.birth_year.map_or(Of::Null, |year| Of::Int(year.into()))),
            ("source", Of::text(&self.source)),
            ("campaign", Of::text(&self.campaign)),
        ])
    }

    /// As the audit notes it.
    pub fn state(&self) -> Map<String, Value> {
        let state = json!({"name": self.name, "class": self.class, "organisation": self.organisation, "owner": self.owner,
            "gender": self.gender, "birth_year": self.birth_year, "employer": self.employer, "position": self.position,
            "hobbies": self.hobbies, "source": self.source, "campaign": self.campaign, "next_follow_ms": self.next_follow_ms,
            "tags": self.tags, "custom": self.custom});
        if let Value::Object(state) = state { state } else { Map::new() }
    }
}

/// Texts that are sealed, in their normal form; what is not given stays.
pub(super) fn sealed(fields: &Fields) -> Result<Vec<Personal>, CustomerError> {
    let mut sealed = Vec::new();
    let given = [(CUSTOMER_PHONE, &fields.phone), (CUSTOMER_EMAIL, &fields.email), (CUSTOMER_ADDRESS, &fields.address)];
    for (column, given) in given {
        let Some(given) = given else { continue };
        let normal = Zeroizing::new(column.kind.normal(given));
        if normal.is_empty() {
            sealed.push((column, None));
        } else if column.kind.fits(&normal) && !normal.contains("***") {
            sealed.push((column, Some(normal)));
        } else {
            return Err(CustomerError::Contact(column.column));
        }
    }
    if let Some(note) = &fields.note {
        let note = lines(note, NOTE).ok_or(CustomerError::Text { field: "note", most: NOTE })?;
        sealed.push((CUSTOMER_NOTE, Some(Zeroizing::new(note)).filter(|note| !note.is_empty())));
    }
    Ok(sealed)
}

async fn check_place(tx: &impl ConnectionTrait, tree: &Tree, new: &Plain, was: Option<&Plain>) -> Result<(), CustomerError> {
    if was.is_none_or(|was| was.organisation != new.organisation) && tree.node(new.organisation).is_none_or(|node| !node.active) {
        return Err(CustomerError::NoOrganisation(new.organisation));
    }
    if let Some(owner) = new.owner.filter(|_| was.is_none_or(|was| was.owner != new.owner)) {
        let there = Sql::new("SELECT COUNT(*) FROM hub_user WHERE NOT disabled AND id = ").bind(owner).number(tx).await?;
        if there == 0 {
            return Err(CustomerError::NoOwner(owner));
        }
    }
    Ok(())
}

/// What is in the sealed columns now, masked, for the audit.
fn masked(keys: &Keys, row: &Stored, column: &Column) -> Option<String> {
    let sealed = match column.column {
        "phone" => &row.phone,
        "email" => &row.email,
        "address" => &row.address,
        _ => &row.note,
    };
    keys.shown(column, row.id, sealed.as_ref(), FieldRight::Masked)
}

/// Writes a new customer's row, with what stands in no other than new ones; its number.
pub(super) async fn insert(
    tx: &impl ConnectionTrait,
    new: &Plain,
    (author, created_ms): (&str, i64),
    more: impl IntoIterator<Item = (&'static str, DbValue)>,
) -> Result<i64, CustomerError> {
    let mut columns = new.columns();
    columns.extend([("created_by", author.into()), ("created_ms", created_ms.into()), ("version", 1_i64.into())]);
    columns.extend(more);
    let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    let sql = Sql::new(format!("INSERT INTO customer ({}) VALUES ", names.join(", ")));
    let id = sql.list(columns.into_iter().map(|(_, value)| value)).text(" RETURNING id").number(tx).await?;
    // One that was brought over keeps the number that people know.
    Sql::new("UPDATE customer SET code = ").bind(code_of(id)).text(" WHERE code IS NULL AND id = ").bind(id).run(tx).await?;
    Ok(id)
}

/// The number that people say.
pub(super) fn code_of(id: i64) -> String {
    format!("C{id:06}")
}

/// Writes what lies beside a customer's row: sealed texts and tags. What was sealed is noted masked.
pub(super) async fn write_beside(
    tx: &impl ConnectionTrait,
    keys: &Keys,
    id: i64,
    tags: &BTreeSet<String>,
    sealed: &[Personal],
    state: &mut Map<String, Value>,
) -> Result<(), CustomerError> {
    for (column, text) in sealed {
        let text = text.as_ref().map(|text| text.as_str());
        keys.put(tx, column, id, text).await?;
        state.insert(column.column.to_owned(), json!(text.map(|text| column.kind.masked(text))));
    }
    Sql::new("DELETE FROM customer_tag WHERE customer_id = ").bind(id).run(tx).await?;
    if !tags.is_empty() {
        let rows = tags.iter().map(|tag| vec![id.into(), tag.clone().into()]);
        Sql::new("INSERT INTO customer_tag (customer_id, tag) VALUES ").rows(rows).run(tx).await?;
    }
    Ok(())
}

impl Writing<'_> {
    async fn accept(
        self,
        tx: &impl ConnectionTrait,
        new: &mut Plain,
        was: Option<&Plain>,
        given: Option<&Map<String, Value>>,
    ) -> Result<(), CustomerError> {
        if was.is_some() && given.is_none() {
            return Ok(());
        }
        let zone = zone_of(tx, Some(new.organisation), self.chain_zone).await?;
        let organisation = Some(new.organisation);
        let at = Situation { tree: &self.actor.tree, organisation, now: jiff::Timestamp::now(), zone, new: was.is_none() };
        let (none, given) = (Map::new(), given.cloned().unwrap_or_default());
        new.custom =
            self.set.accept(&at, new.for_expressions(), was.map_or(&none, |was| &was.custom), &given).map_err(CustomerError::Custom)?;
        Ok(())
    }

    async fn phone_is_free(
        self,
        tx: &impl ConnectionTrait,
        keys: &Keys,
        sealed: &[Personal],
        but: Option<i64>,
    ) -> Result<(), CustomerError> {
        let phone = sealed.iter().find(|(column, _)| column.column == "phone").and_then(|(_, phone)| phone.as_ref());
        let Some(phone) = phone else { return Ok(()) };
        if holder(tx, keys, phone, but).await?.is_some() { Err(CustomerError::PhoneTaken) } else { Ok(()) }
    }

    /// Makes a customer; its number. The same key again is the customer that it made.
    pub async fn create(self, fields: &Fields, organisation: i64, key: Option<String>) -> Result<i64, CustomerError> {
        let now = clock::now_ms();
        let start = Plain::new(organisation, Some(self.actor.id));
        let (mut new, sealed) = (start.with(fields, self.choices, now)?, sealed(fields)?);
        let tx = self.db.begin().await?;
        let keys = self.vault.for_writing(&tx).await?;
        if let Some(made) = once::made(&tx, "customer", key.as_deref()).await? {
            return Ok(made);
        }
        check_place(&tx, &self.actor.tree, &new, None).await?;
        self.phone_is_free(&tx, &keys, &sealed, None).await?;
        self.accept(&tx, &mut new, None, fields.custom.as_ref()).await?;
        let id = insert(&tx, &new, (&self.actor.login, now), [("idle_since_ms", now.into()), ("idempotency_key", key.into())]).await?;
        let mut state = new.state();
        write_beside(&tx, &keys, id, &new.tags, &sealed, &mut state).await?;
        search::index(&tx, search::Kind::Customer, &[id.to_string()]).await?;
        let change = Change { author: &self.actor.login, entity: "customer", id: id.to_string(), action: "create" };
        audit::record(&tx, change, audit::NOTHING, Some(state)).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Changes a customer who is still at `version`.
    pub async fn change(self, (id, version): (i64, i64), fields: &Fields) -> Result<(), CustomerError> {
        let sealed = sealed(fields)?;
        let tx = self.db.begin().await?;
        let keys = self.vault.for_writing(&tx).await?;
        let row = find(&tx, &Scope::All, id).await?.ok_or(CustomerError::NoCustomer)?;
        let was = Plain::of(&row, tags_of(&tx, [id]).await?.remove(&id).unwrap_or_default());
        let mut new = was.with(fields, self.choices, clock::now_ms())?;
        check_place(&tx, &self.actor.tree, &new, Some(&was)).await?;
        self.phone_is_free(&tx, &keys, &sealed, Some(id)).await?;
        self.accept(&tx, &mut new, Some(&was), fields.custom.as_ref()).await?;
        let mut sql = Sql::new("UPDATE customer SET version = version + 1");
        // A follow-up that was noted meanwhile has its own word on the next one.
        let written = |name: &str| name != "next_follow_ms" || fields.next_follow_ms.is_some();
        for (name, value) in new.columns().into_iter().filter(|(name, _)| written(name)) {
            sql = sql.text(&format!(", {name} = ")).bind(value);
        }
        if sql.text(" WHERE id = ").bind(id).text(" AND version = ").bind(version).run(&tx).await? == 0 {
            return Err(CustomerError::Changed);
        }
        let (before, mut after) = (was.state(), new.state());
        let mut old: Map<String, Value> = before.into_iter().filter(|(name, value)| after.get(name) != Some(value)).collect();
        after.retain(|name, _| old.contains_key(name));
        for (column, _) in &sealed {
            old.insert(column.column.to_owned(), json!(masked(&keys, &row, column)));
        }
        write_beside(&tx, &keys, id, &new.tags, &sealed, &mut after).await?;
        if was.owner != new.owner {
            opportunities::follow_customer(&tx, &self.actor.login, id, (was.owner, new.owner), new.organisation).await?;
        }
        search::index(&tx, search::Kind::Customer, &[id.to_string()]).await?;
        let change = Change { author: &self.actor.login, entity: "customer", id: id.to_string(), action: "change" };
        audit::record(&tx, change, Some(old), Some(after)).await?;
        tx.commit().await?;
        Ok(())
    }
}
