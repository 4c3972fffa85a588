//! From a draft to its end: signing asks for the files and makes the order, the discount is judged, the contract is done or called off. Each
//! is one transaction.

use sea_orm::{DatabaseTransaction, Value};
use serde_json::{Value as Json, json};

use super::ContractError;
use super::model::SignContract;
use super::rules::{State, missing};
use super::store::Stored;
use super::write::{note, take};
use crate::crm::customers;
use crate::crm::customers::rules::{Class, line};

use crate::platform::files;
use crate::platform::files::owner::Owner;
use crate::platform::identity::Actor;
use crate::platform::sql::Sql;
use crate::platform::vault::without_numbers;
use crate::sales::lines::store::{self as lines, Document, needs_approval};
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

async fn set(tx: &DatabaseTransaction, id: i64, columns: Vec<(&str, Value)>) -> Result<(), ContractError> {
    let mut sql = Sql::new("UPDATE contract SET version = version + 1");
    for (column, value) in columns {
        sql = sql.text(&format!(", {column} = ")).bind(value);
    }
    sql.text(" WHERE id = ").bind(id).run(tx).await?;
    Ok(())
}

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
                set(&tx, self.id, vec![("approval", "asked".into())]).await?;
                note(&tx, self.actor, (self.id, "ask_approval"), None, Some(json!({"approval": "asked"}))).await?;
                tx.commit().await?;
                return Ok(false);
            }
            set(&tx, self.id, vec![("approval", "approved".into())]).await?;
            note(&tx, self.actor, (self.id, "approve"), None, Some(json!({"approval": "approved"}))).await?;
        }
        let quoted = match row.quote_id {
            Some(quote) if asked.order.is_none() => orders::of_quote_without_contract(&tx, quote).await?,
            _ => None,
        };
        let origin = orders::Origin { quote: row.quote_id, contract: Some(row.id), approved: beyond };
        let order = if let Some(order) = asked.order.or(quoted) {
            let fits = orders::join_contract(&tx, self.actor, order, (row.id, &row.code), (row.customer_id, row.amount_fen)).await?;
            if !fits {
                return Err(ContractError::NoOrder(order));
            }
            order
        } else {
            let fields = orders::model::Fields {
                owner: Some(row.owner_id),
                opportunity: row.opportunity_id.map(Some),
                lines: Some(agreed.into_iter().map(Into::into).collect()),
                ..orders::model::Fields::default()
            };
            let writer = (&self.app.db, &self.app.vault, self.actor, self.today);
            orders::made_of(&tx, writer, &fields, (row.customer_id, row.organisation_id), origin).await?
        };
        if let Some(quote) = row.quote_id {
            quotes::signed(&tx, self.actor, quote, (row.id, order)).await?;
        }
        set(&tx, self.id, vec![("state", State::Signed.word().into()), ("signed_on", signed.clone().into())]).await?;
        customers::reached(&tx, row.customer_id, Class::Client, &self.actor.login).await?;
        self.moved(&tx, &row, "sign", json!({"state": "signed", "signed_on": signed, "order": order})).await?;
        tx.commit().await?;
        Ok(true)
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
        set(&tx, self.id, vec![("approval", word.into()), ("approval_note", said.clone().into())]).await?;
        let (old, new) = (json!({"approval": row.approval}), json!({"approval": word, "note": said}));
        note(&tx, self.actor, (self.id, if approve { "approve" } else { "reject" }), Some(old), Some(new)).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Ends a signed contract whose orders were all delivered or called off.
    pub async fn complete(self) -> Result<(), ContractError> {
        self.end(&[State::Signed], State::Done, "complete", String::new(), &[OrderState::Completed, OrderState::Cancelled]).await
    }

    /// Calls a contract off that has no order any more.
    pub async fn void(self, why: &str) -> Result<(), ContractError> {
        let why = line(why, REASON).filter(|why| why.chars().count() >= 2).map(|why| without_numbers(&why));
        let why = why.ok_or(ContractError::Text { field: "reason", least: 2, most: REASON })?;
        self.end(&[State::Draft, State::Signed], State::Void, "void", why, &[OrderState::Cancelled]).await
    }

    async fn end(
        self,
        from: &[State],
        to: State,
        action: &'static str,
        why: String,
        orders_are: &[OrderState],
    ) -> Result<(), ContractError> {
        let tx = self.app.db.begin().await?;
        let row = take(&tx, (self.id, self.version), from).await?;
        let orders = orders::of_contracts(&tx, [self.id]).await?.remove(&self.id).unwrap_or_default();
        if let Some(open) = orders.into_iter().find(|order| !orders_are.contains(&order.state)) {
            return Err(ContractError::OrderOpen(open.code));
        }
        set(&tx, self.id, vec![("state", to.word().into()), ("reason", why.clone().into()), ("approval", "".into())]).await?;
        let mut told = json!({"state": to.word()});
        if !why.is_empty() {
            told["reason"] = json!(why);
        }
        self.moved(&tx, &row, action, told).await?;
        tx.commit().await?;
        Ok(())
    }
}
