//! From a draft to its end: signing asks for the files and makes the order, the discount is judged, the contract is done or called off. Each
//! is one transaction.

use sea_orm::{DatabaseTransaction, Value};
use serde_json::{Value as Json, json};

use super::model::SignContract;
use super::rules::{State, missing};
use super::seal::seal;
use super::store::{Stored, parts};
use super::write::{note, take};
use super::{ContractError, Unfit};
use crate::crm::customers;
use crate::crm::customers::rules::{Class, line};
use crate::platform::fields::Subject;
use crate::platform::files;
use crate::platform::files::owner::Owner;
use crate::platform::identity::Actor;
use crate::platform::sql::{hold, update};
use crate::platform::vault::without_numbers;
use crate::sales::lines::store::{self as lines, Document, needs_approval};
use crate::sales::orders::model::OrderOf;
use crate::sales::orders::rules::{State as OrderState, day};
use crate::sales::{orders, quotes};
use crate::state::App;

/// Most characters of a reason.
const REASON: usize = 200;

/// Somebody does something with a contract that they read at a version.
#[derive(Clone, Copy)]
pub(super) struct Act<'a> {
    pub app: &'a App,
    pub actor: &'a Actor,
    pub id: i64,
    pub version: i64,
    /// Today, where the contract is made.
    pub today: &'a str,
}

/// Where contracts are.
const TABLE: &str = "contract";

impl Act<'_> {
    /// Notes that a contract goes on, with it and in its customer's story.
    async fn moved(self, tx: &DatabaseTransaction, row: &Stored, action: &'static str, new: Json) -> Result<(), ContractError> {
        note(tx, self.actor, (row.id, action), Some(json!({"state": row.state})), Some(new)).await?;
        let mention = json!({"contract": row.id, "code": row.code, "did": action});
        Ok(customers::tell(tx, &self.actor.login, row.customer_id, "contract", mention).await?)
    }

    /// Signs a draft. A discount that nobody approved is asked for instead, unless whoever signs may approve it: `Ok(false)`.
    pub async fn sign(self, asked: &SignContract, may_approve: bool) -> Result<bool, ContractError> {
        let signed = asked.signed_on.as_deref().map_or_else(|| Some(self.today.to_owned()), day);
        let signed = signed.filter(|day| day.as_str() <= self.today).ok_or(ContractError::Day("signed_on"))?;
        let set = self.app.fields.of(Subject::Order).await?;
        let tx = self.app.db.begin().await?;
        let row = take(&tx, (self.id, self.version), &[State::Draft]).await?;
        let there = files::kinds(&tx, Owner::Contract, [self.id]).await?.remove(&self.id).unwrap_or_default();
        let missing = missing(&there);
        if !missing.is_empty() {
            return Err(ContractError::Missing(missing));
        }
        let agreed = lines::of(&tx, Document::Contract, [self.id]).await?.remove(&self.id).unwrap_or_default();
        let beyond = needs_approval(&agreed);
        if beyond && row.approval != "approved" {
            if !may_approve {
                update(&tx, TABLE, self.id, [("approval", "asked".into())]).await?;
                if row.approval != "asked" {
                    row.discounted().wait(&tx, self.actor).await?;
                }
                note(&tx, self.actor, (self.id, "ask_approval"), None, Some(json!({"approval": "asked"}))).await?;
                tx.commit().await?;
                self.app.jobs.wake();
                return Ok(false);
            }
            update(&tx, TABLE, self.id, [("approval", "approved".into())]).await?;
            note(&tx, self.actor, (self.id, "approve"), None, Some(json!({"approval": "approved"}))).await?;
        }
        let parts = parts(&tx, [self.id]).await?.remove(&self.id).unwrap_or_default();
        let digest = seal(&tx, &row, &signed, &agreed, &parts).await?;
        let from = orders::Origin { quote: row.quote_id, contract: Some(row.id), approved: beyond };
        let order = if let Some(order) = self.order_there(&tx, &row, asked.order).await? {
            orders::join_contract(&tx, self.actor, order, (row.customer_id, row.amount_fen), from).await?;
            order
        } else {
            let fields = orders::model::Fields {
                owner: Some(row.owner_id),
                opportunity: row.opportunity_id.map(Some),
                lines: Some(agreed.into_iter().map(Into::into).collect()),
                ..orders::model::Fields::default()
            };
            let writing = orders::Writing::of(self.app, self.actor, self.today, &set);
            orders::made_of(&tx, writing, &fields, (row.customer_id, row.organisation_id), from).await?
        };
        if let Some(quote) = row.quote_id {
            quotes::signed(&tx, self.actor, quote, (row.id, order)).await?;
        }
        update(&tx, TABLE, self.id, [("state", State::Signed.word().into()), ("signed_on", signed.clone().into())]).await?;
        orders::met(&tx, order, customers::reached(&tx, row.customer_id, Class::Client, &self.actor.login).await?).await?;
        self.moved(&tx, &row, "sign", json!({"state": "signed", "signed_on": signed, "order": order, "digest": digest})).await?;
        tx.commit().await?;
        orders::tell(self.app, order);
        Ok(true)
    }

    /// The order that becomes the contract's: the one that was asked for, or else the one that its quote has become.
    async fn order_there(self, tx: &DatabaseTransaction, row: &Stored, asked: Option<i64>) -> Result<Option<i64>, ContractError> {
        let Some(quote) = row.quote_id else { return Ok(asked) };
        // Whoever accepts the quote or signs another contract of it waits, and finds it sold then.
        hold(tx, "quote", quote).await?;
        if asked.is_some() {
            return Ok(asked);
        }
        let Some(order) = orders::of_quote(tx, quote).await? else { return Ok(None) };
        let why = match order.contract {
            Some(code) => Unfit::Contract(code),
            None if order.amount_fen != row.amount_fen => Unfit::Amount,
            None if !orders::sells(tx, self.actor, order.id).await? => Unfit::Foreign,
            None => return Ok(Some(order.id)),
        };
        Err(ContractError::Sold { order: order.code, why })
    }

    /// Approves or rejects the discount of a draft.
    pub async fn judge(self, approve: bool, said: &str) -> Result<(), ContractError> {
        let said = without_numbers(&line(said, REASON).ok_or(ContractError::Text { field: "note", least: 0, most: REASON })?);
        if !approve && said.chars().count() < 2 {
            return Err(ContractError::Text { field: "note", least: 2, most: REASON });
        }
        let tx = self.app.db.begin().await?;
        let row = take(&tx, (self.id, self.version), &[State::Draft]).await?;
        let word = if approve { "approved" } else { "rejected" };
        update(&tx, TABLE, self.id, [("approval", word.into()), ("approval_note", said.clone().into())]).await?;
        let (old, new) = (json!({"approval": row.approval}), json!({"approval": word, "note": said}));
        note(&tx, self.actor, (self.id, if approve { "approve" } else { "reject" }), Some(old), Some(new)).await?;
        row.discounted().judged(&tx, self.actor, approve, &said).await?;
        tx.commit().await?;
        self.app.jobs.wake();
        Ok(())
    }

    /// Ends a signed contract of which an order was delivered, and none is open.
    pub async fn complete(self) -> Result<(), ContractError> {
        self.end(&[State::Signed], State::Done, "complete", String::new()).await
    }

    /// Calls a contract off that has no order any more.
    pub async fn void(self, why: &str) -> Result<(), ContractError> {
        let why = line(why, REASON).filter(|why| why.chars().count() >= 2).map(|why| without_numbers(&why));
        let why = why.ok_or(ContractError::Text { field: "reason", least: 2, most: REASON })?;
        self.end(&[State::Draft, State::Signed], State::Void, "void", why).await
    }

    async fn end(self, from: &[State], to: State, action: &'static str, why: String) -> Result<(), ContractError> {
        let done = to == State::Done;
        let tx = self.app.db.begin().await?;
        let row = take(&tx, (self.id, self.version), from).await?;
        let orders = orders::of_contracts(&tx, [self.id]).await?.remove(&self.id).unwrap_or_default();
        let delivered = |order: &OrderOf| done && order.state == OrderState::Completed;
        if let Some(open) = orders.iter().find(|order| order.state != OrderState::Cancelled && !delivered(order)) {
            return Err(ContractError::OrderOpen(open.code.clone()));
        }
        if done && !orders.iter().any(delivered) {
            return Err(ContractError::NotDelivered);
        }
        let mut columns: Vec<(&str, Value)> = vec![("state", to.word().into()), ("reason", why.clone().into())];
        if !done {
            // Nobody has to judge it any more.
            columns.push(("approval", "".into()));
        }
        update(&tx, TABLE, self.id, columns).await?;
        let mut told = json!({"state": to.word()});
        if !why.is_empty() {
            told["reason"] = json!(why);
        }
        self.moved(&tx, &row, action, told).await?;
        tx.commit().await?;
        Ok(())
    }
}
