//! Writing contracts: made of a version of a quote or by hand, changed while they are drafts.

use data_encoding::HEXLOWER;
use sea_orm::{ConnectionTrait, DatabaseTransaction, Value};
use serde_json::{Map, Value as Json, json};
use sha2::{Digest as _, Sha256};

use super::ContractError;
use super::model::{Fields, Instalment};
use super::rules::{State, instalments_fit};
use super::store::{Part, Stored, find, parts};
use crate::crm::customers;
use crate::crm::customers::rules::{line, lines as text_lines};
use crate::db::Db;
use crate::platform::audit::{self, Change};
use crate::platform::clock;
use crate::platform::identity::Actor;
use crate::platform::once;
use crate::platform::scope::Scope;
use crate::platform::search;
use crate::platform::sql::{Sql, insert_many};
use crate::sales::lines::model::NewLine;
use crate::sales::lines::store::{self as lines, Document, Place};
use crate::sales::orders::check_people;
use crate::sales::orders::rules::day;

/// Most characters of terms.
const TERMS: usize = 10_000;
/// Most characters of an instalment's name.
const NAME: usize = 40;
/// What is paid all at once is called so.
const WHOLE: &str = "全款";

/// What stands behind writing a contract.
#[derive(Clone, Copy)]
pub(super) struct Writing<'a> {
    pub db: &'a Db,
    pub actor: &'a Actor,
    /// Today, where the contract is made.
    pub today: &'a str,
}

/// Where a contract comes from.
#[derive(Debug)]
pub(super) struct Origin {
    pub customer: i64,
    pub organisation: i64,
    pub opportunity: Option<i64>,
    /// The quote and the number of its version.
    pub quote: Option<(i64, i64)>,
    /// What the quote offers.
    pub lines: Option<Vec<NewLine>>,
}

/// Notes a change of a contract.
pub(super) async fn note(
    tx: &impl ConnectionTrait,
    actor: &Actor,
    (id, action): (i64, &'static str),
    old: Option<Json>,
    new: Option<Json>,
) -> Result<(), ContractError> {
    let change = Change { author: &actor.login, entity: "contract", id: id.to_string(), action };
    Ok(audit::record(tx, change, old, new).await?)
}

/// A part of the amount: its name, how much in fen, when it is due.
type Agreed = (String, i64, Option<String>);

fn agreed(given: &[Instalment], amount: i64) -> Result<Vec<Agreed>, ContractError> {
    let one = |part: &Instalment| {
        let name = line(&part.name, NAME).filter(|name| !name.is_empty()).ok_or(ContractError::Instalments)?;
        let due = part.due_on.as_deref().map(|text| day(text).ok_or(ContractError::Day("instalments"))).transpose()?;
        Ok((name, part.amount.raw(), due))
    };
    let agreed = given.iter().map(one).collect::<Result<Vec<_>, ContractError>>()?;
    let amounts: Vec<i64> = agreed.iter().map(|(_, fen, _)| *fen).collect();
    if instalments_fit(&amounts, amount) { Ok(agreed) } else { Err(ContractError::Instalments) }
}

async fn write_instalments(tx: &impl ConnectionTrait, id: i64, agreed: &[Agreed]) -> Result<(), ContractError> {
    Sql::new("DELETE FROM contract_instalment WHERE contract_id = ").bind(id).run(tx).await?;
    let rows = agreed
        .iter()
        .zip(0_i64..)
        .map(|((name, fen, due), n)| -> Vec<Value> { vec![id.into(), n.into(), name.clone().into(), (*fen).into(), due.clone().into()] });
    Ok(insert_many(tx, "contract_instalment", &["contract_id", "n", "name", "amount_fen", "due_on"], rows).await?)
}

fn told(agreed: &[Agreed]) -> Json {
    json!(agreed.iter().map(|(name, fen, due)| json!({"name": name, "amount_fen": fen, "due_on": due})).collect::<Vec<_>>())
}

fn terms(text: &str) -> Result<String, ContractError> {
    text_lines(text, TERMS).ok_or(ContractError::Text { field: "terms", least: 0, most: TERMS })
}

/// Terms as the audit notes them: which they were, not what they say of people.
fn told_terms(text: &str) -> Json {
    json!({"characters": text.chars().count(), "digest": HEXLOWER.encode(&Sha256::digest(text))})
}

impl Writing<'_> {
    /// Makes a contract; its number. The same key again is the contract that it made.
    pub async fn create(self, fields: &Fields, from: &Origin, key: Option<String>) -> Result<i64, ContractError> {
        let tx = self.db.begin().await?;
        if let Some(made) = once::made(&tx, "contract", key.as_deref()).await? {
            return Ok(made);
        }
        if self.actor.tree.node(from.organisation).is_none_or(|node| !node.active) {
            return Err(ContractError::NoOrganisation(from.organisation));
        }
        let terms = terms(fields.terms.as_deref().unwrap_or_default())?;
        let owner = fields.owner.unwrap_or(Some(self.actor.id));
        check_people(&tx, self.actor, from.organisation, owner.as_slice()).await?;
        let opportunity = fields.opportunity.unwrap_or(from.opportunity);
        let given = fields.lines.as_deref().or(from.lines.as_deref()).ok_or(ContractError::Needed("lines"))?;
        let place = Place { tree: &self.actor.tree, organisation: from.organisation, day: self.today };
        let ready = lines::ready(&tx, place, given).await?;
        let amount = lines::total(&ready).ok_or(ContractError::Total)?;
        let agreed = match &fields.instalments {
            Some(given) => agreed(given, amount)?,
            None => vec![(WHOLE.to_owned(), amount, None)],
        };
        let values: [Value; 16] = [
            from.organisation.into(),
            owner.into(),
            from.customer.into(),
            opportunity.into(),
            from.quote.map(|(id, _)| id).into(),
            from.quote.map(|(_, number)| number).into(),
            State::Draft.word().into(),
            terms.into(),
            amount.into(),
            "".into(),
            "".into(),
            "".into(),
            self.actor.login.clone().into(),
            clock::now_ms().into(),
            key.into(),
            1_i64.into(),
        ];
        let into = "INSERT INTO contract (organisation_id, owner_id, customer_id, opportunity_id, quote_id, quote_number, state, terms, \
                    amount_fen, approval, approval_note, reason, created_by, created_ms, idempotency_key, version) VALUES ";
        let id = Sql::new(into).list(values).text(" RETURNING id").number(&tx).await?;
        let code = format!("HT{id:06}");
        Sql::new("UPDATE contract SET code = ").bind(code.clone()).text(" WHERE id = ").bind(id).run(&tx).await?;
        lines::write(&tx, Document::Contract, id, &ready).await?;
        write_instalments(&tx, id, &agreed).await?;
        search::index(&tx, search::Kind::Contract, &[id.to_string()]).await?;
        let new = json!({"amount_fen": amount, "instalments": told(&agreed), "lines": lines::told(&ready), "quote": from.quote.map(|(id, _)| id),
            "code": code, "customer": from.customer, "organisation": from.organisation, "owner": owner, "opportunity": opportunity});
        note(&tx, self.actor, (id, "create"), None, Some(new)).await?;
        let mention = json!({"contract": id, "code": code, "did": "create"});
        customers::tell(&tx, &self.actor.login, from.customer, "contract", mention).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Changes a draft that is still at `version`. Lines that are changed lose the approval of their discount.
    pub async fn change(self, (id, version): (i64, i64), fields: &Fields) -> Result<(), ContractError> {
        let tx = self.db.begin().await?;
        let row = take(&tx, (id, version), &[State::Draft]).await?;
        let (mut old, mut new) = (Map::new(), Map::new());
        let mut sql = Sql::new("UPDATE contract SET version = version + 1");
        let mut set = |mut sql: Sql, name: &str, column: &str, was: Json, value: Value, is: Json| {
            if was != is {
                old.insert(name.to_owned(), was);
                new.insert(name.to_owned(), is);
                sql = sql.text(&format!(", {column} = ")).bind(value);
            }
            sql
        };
        if let Some(given) = &fields.terms {
            let text = terms(given)?;
            sql = set(sql, "terms", "terms", told_terms(&row.terms), text.clone().into(), told_terms(&text));
        }
        if let Some(owner) = fields.owner {
            check_people(&tx, self.actor, row.organisation_id, owner.as_slice()).await?;
            sql = set(sql, "owner", "owner_id", json!(row.owner_id), owner.into(), json!(owner));
        }
        if let Some(opportunity) = fields.opportunity {
            sql = set(sql, "opportunity", "opportunity_id", json!(row.opportunity_id), opportunity.into(), json!(opportunity));
        }
        let mut amount = row.amount_fen;
        if let Some(given) = &fields.lines {
            let place = Place { tree: &self.actor.tree, organisation: row.organisation_id, day: self.today };
            let ready = lines::ready(&tx, place, given).await?;
            amount = lines::total(&ready).ok_or(ContractError::Total)?;
            lines::write(&tx, Document::Contract, id, &ready).await?;
            sql = set(sql, "amount_fen", "amount_fen", json!(row.amount_fen), amount.into(), json!(amount));
            // What was approved were other lines.
            sql = set(sql, "approval", "approval", json!(row.approval), "".into(), json!(""));
            new.insert("lines".to_owned(), lines::told(&ready));
        }
        if fields.instalments.is_some() || amount != row.amount_fen {
            let known = parts(&tx, [id]).await?.remove(&id).unwrap_or_default();
            let was: Vec<Agreed> = known.into_iter().map(|Part { name, amount_fen, due_on, .. }| (name, amount_fen, due_on)).collect();
            let amounts: Vec<i64> = was.iter().map(|(_, fen, _)| *fen).collect();
            match &fields.instalments {
                Some(given) => {
                    let agreed = agreed(given, amount)?;
                    write_instalments(&tx, id, &agreed).await?;
                    old.insert("instalments".to_owned(), told(&was));
                    new.insert("instalments".to_owned(), told(&agreed));
                }
                None if instalments_fit(&amounts, amount) => {}
                None => return Err(ContractError::Instalments),
            }
        }
        sql.text(" WHERE id = ").bind(id).run(&tx).await?;
        note(&tx, self.actor, (id, "change"), Some(Json::Object(old)), Some(Json::Object(new))).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// A contract that is still at `version` and in one of some states, held until the transaction ends.
pub(super) async fn take(tx: &DatabaseTransaction, (id, version): (i64, i64), states: &[State]) -> Result<Stored, ContractError> {
    // A write that changes nothing holds the row on both databases.
    let held = Sql::new("UPDATE contract SET version = version WHERE id = ").bind(id).text(" AND version = ").bind(version);
    if held.run(tx).await? == 0 {
        return Err(ContractError::Changed);
    }
    let row = find(tx, &Scope::All, id).await?.ok_or(ContractError::NoContract)?;
    if states.contains(&State::of_word(&row.state)) { Ok(row) } else { Err(ContractError::State(row.state)) }
}
