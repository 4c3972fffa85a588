//! Writing quotes: a new one, the next version, and the order that comes of one.

use jiff::civil::Date;
use sea_orm::{ConnectionTrait, DatabaseTransaction, Value};
use serde_json::{Value as Json, json};

use super::QuoteError;
use super::model::{NewQuote, NewVersion};
use super::store::{Stored, find, versions};
use crate::crm::customers::rules::lines as text_lines;
use crate::db::Db;
use crate::platform::audit::{self, Change};
use crate::platform::clock;
use crate::platform::identity::Actor;
use crate::platform::once;
use crate::platform::scope::Scope;
use crate::platform::search;
use crate::platform::sql::Sql;
use crate::sales::lines::store::{self as lines, Document, Place};
use crate::sales::orders;

/// Most characters of a note.
const NOTE: usize = 2_000;
/// A quote holds so long when nobody says.
const HOLDS_DAYS: i64 = 30;

/// What stands behind writing a quote.
#[derive(Clone, Copy)]
pub(super) struct Writing<'a> {
    pub db: &'a Db,
    pub actor: &'a Actor,
    /// Today, where the quote is made.
    pub today: &'a str,
}

/// Notes what happened to a quote, with it and in its customer's timeline.
async fn note(
    tx: &impl ConnectionTrait,
    actor: &Actor,
    (quote, customer): (i64, i64),
    action: &'static str,
    new: Json,
) -> Result<(), QuoteError> {
    let change = Change { author: &actor.login, entity: "quote", id: quote.to_string(), action };
    audit::record(tx, change, audit::NOTHING, Some(new)).await?;
    let mention = Change { author: &actor.login, entity: "customer", id: customer.to_string(), action: "quote" };
    Ok(audit::record(tx, mention, audit::NOTHING, Some(json!({"quote": quote, "did": action}))).await?)
}

impl Writing<'_> {
    /// Makes a quote with its first version; its number. The same key again is the quote that it made.
    pub async fn create(self, new: &NewQuote, organisation: i64, key: Option<String>) -> Result<i64, QuoteError> {
        let tx = self.db.begin().await?;
        if let Some(made) = once::made(&tx, "quote", key.as_deref()).await? {
            return Ok(made);
        }
        let values: [Value; 10] = [
            organisation.into(),
            self.actor.id.into(),
            new.customer.into(),
            new.opportunity.into(),
            "open".into(),
            1_i64.into(),
            self.actor.login.clone().into(),
            clock::now_ms().into(),
            key.into(),
            1_i64.into(),
        ];
        let columns = "INSERT INTO quote (organisation_id, owner_id, customer_id, opportunity_id, state, current, created_by, created_ms, \
                       idempotency_key, version) VALUES ";
        let id = Sql::new(columns).list(values).text(" RETURNING id").number(&tx).await?;
        Sql::new("UPDATE quote SET code = ").bind(format!("Q{id:06}")).text(" WHERE id = ").bind(id).run(&tx).await?;
        let amount = self.version(&tx, (id, 1), organisation, &new.version).await?;
        search::index(&tx, search::Kind::Quote, &[id.to_string()]).await?;
        note(&tx, self.actor, (id, new.customer), "create", json!({"number": 1, "amount_fen": amount})).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Writes a version; what it comes to.
    async fn version(
        self,
        tx: &impl ConnectionTrait,
        (quote, number): (i64, i64),
        organisation: i64,
        new: &NewVersion,
    ) -> Result<i64, QuoteError> {
        let today: Date = self.today.parse().map_err(|_| QuoteError::Day)?;
        let until = match new.valid_until.as_deref() {
            None => today.checked_add(jiff::Span::new().days(HOLDS_DAYS)).map_err(|_| QuoteError::Day)?.to_string(),
            Some(day) => orders::rules::day(day).filter(|day| day.as_str() >= self.today).ok_or(QuoteError::Day)?,
        };
        let said = text_lines(&new.note, NOTE).ok_or(QuoteError::Note(NOTE))?;
        let place = Place { tree: &self.actor.tree, organisation, day: self.today };
        let ready = lines::ready(tx, place, &new.lines).await?;
        let amount = lines::total(&ready).ok_or(QuoteError::Total)?;
        let values: [Value; 7] = [
            quote.into(),
            number.into(),
            until.into(),
            said.into(),
            amount.into(),
            self.actor.login.clone().into(),
            clock::now_ms().into(),
        ];
        let columns = "INSERT INTO quote_version (quote_id, number, valid_until, note, amount_fen, created_by, created_ms) VALUES ";
        let version = Sql::new(columns).list(values).text(" RETURNING id").number(tx).await?;
        lines::write(tx, Document::Quote, version, &ready).await?;
        Ok(amount)
    }

    /// Revises a quote that is still at `version`: a new version holds from now on, the others stay.
    pub async fn revise(self, (id, version): (i64, i64), new: &NewVersion) -> Result<(), QuoteError> {
        let tx = self.db.begin().await?;
        let row = take(&tx, id, version).await?;
        let number = row.current + 1;
        let amount = self.version(&tx, (id, number), row.organisation_id, new).await?;
        let sql = Sql::new("UPDATE quote SET version = version + 1, current = ").bind(number).text(" WHERE id = ").bind(id);
        sql.run(&tx).await?;
        note(&tx, self.actor, (id, row.customer_id), "revise", json!({"number": number, "amount_fen": amount})).await?;
        tx.commit().await?;
        Ok(())
    }

    /// The current version becomes an order with the same lines; its number.
    pub async fn accept(self, (id, version): (i64, i64), ordering: orders::Writing<'_>) -> Result<i64, QuoteError> {
        let tx = self.db.begin().await?;
        let row = take(&tx, id, version).await?;
        if row.valid_until.as_str() < self.today {
            return Err(QuoteError::Expired(row.valid_until));
        }
        let current = versions(&tx, id).await?.into_iter().find(|one| one.number == row.current).ok_or(QuoteError::NoQuote)?;
        let quoted = lines::of(&tx, Document::Quote, [current.id]).await?.remove(&current.id).unwrap_or_default();
        let fields = orders::model::Fields {
            owner: Some(row.owner_id),
            opportunity: row.opportunity_id.map(Some),
            lines: Some(quoted.into_iter().map(Into::into).collect()),
            ..orders::model::Fields::default()
        };
        let place = (row.customer_id, row.organisation_id);
        let from = orders::Origin { quote: Some(id), ..orders::Origin::default() };
        let order = orders::made_of(&tx, ordering, &fields, place, from).await.map_err(QuoteError::Order)?;
        Sql::new("UPDATE quote SET version = version + 1, state = 'accepted' WHERE id = ").bind(id).run(&tx).await?;
        note(&tx, self.actor, (id, row.customer_id), "accept", json!({"number": row.current, "order": order})).await?;
        tx.commit().await?;
        Ok(order)
    }
}

/// The contract of a quote was signed: one that is open is accepted by that.
///
/// # Errors
/// What the database said.
pub async fn signed(tx: &impl ConnectionTrait, actor: &Actor, id: i64, (contract, order): (i64, i64)) -> Result<(), QuoteError> {
    let sql = Sql::new("UPDATE quote SET version = version + 1, state = 'accepted' WHERE state = 'open' AND id = ").bind(id);
    if sql.run(tx).await? == 1 {
        let change = Change { author: &actor.login, entity: "quote", id: id.to_string(), action: "accept" };
        audit::record(tx, change, audit::NOTHING, Some(json!({"contract": contract, "order": order}))).await?;
    }
    Ok(())
}

/// An open quote that is still at `version`, held until the transaction ends.
async fn take(tx: &DatabaseTransaction, id: i64, version: i64) -> Result<Stored, QuoteError> {
    // A write that changes nothing holds the row on both databases.
    let held = Sql::new("UPDATE quote SET version = version WHERE id = ").bind(id).text(" AND version = ").bind(version);
    if held.run(tx).await? == 0 {
        return Err(QuoteError::Changed);
    }
    let row = find(tx, &Scope::All, id).await?.ok_or(QuoteError::NoQuote)?;
    if row.state == "open" { Ok(row) } else { Err(QuoteError::Accepted) }
}
