//! Writing price lists and prices: held to the rules, noted with their author. Head office's alone.

use std::collections::BTreeSet;

use sea_orm::{ConnectionTrait, FromQueryResult, Value as DbValue};
use serde_json::{Value, json};

use super::PriceError;
use super::model::{ListFields, PriceFields, State};
use super::rules::{MOST_FEN, WHOLE_BP, day, is_code};
use super::store::{LIST, Stored, price};
use crate::db::Db;
use crate::platform::audit::{self, Change};
use crate::platform::clock;
use crate::platform::identity::{Actor, Right};
use crate::platform::once;
use crate::platform::organisation::Tree;
use crate::platform::sql::{Sql, insert_many};

/// Most characters of a name.
const NAME: usize = 60;
/// Most organisations of a list.
const PLACES: usize = 500;

/// A price list as it is to be.
#[derive(Debug, Clone, PartialEq)]
struct Plain {
    code: String,
    name: String,
    name_en: String,
    valid_from: String,
    valid_until: Option<String>,
    state: State,
    most_discount_bp: i32,
    organisations: BTreeSet<i64>,
}

impl Plain {
    fn new(fields: &ListFields) -> Result<Self, PriceError> {
        let code = fields.code.as_deref().ok_or(PriceError::Needed("code"))?.trim();
        if !is_code(code) {
            return Err(PriceError::Field("code"));
        }
        fields.name.as_ref().ok_or(PriceError::Needed("name"))?;
        fields.valid_from.as_ref().ok_or(PriceError::Needed("valid_from"))?;
        Ok(Self {
            code: code.to_owned(),
            name: String::new(),
            name_en: String::new(),
            valid_from: String::new(),
            valid_until: None,
            state: State::Draft,
            most_discount_bp: 0,
            organisations: BTreeSet::new(),
        })
    }

    fn of(row: &Stored, organisations: BTreeSet<i64>) -> Self {
        Self {
            code: row.code.clone(),
            name: row.name.clone(),
            name_en: row.name_en.clone(),
            valid_from: row.valid_from.clone(),
            valid_until: row.valid_until.clone(),
            state: State::of_word(&row.state),
            most_discount_bp: row.most_discount_bp,
            organisations,
        }
    }

    /// The same with what is to be written.
    fn with(mut self, fields: &ListFields, tree: &Tree) -> Result<Self, PriceError> {
        if fields.code.as_deref().is_some_and(|code| code.trim() != self.code) {
            return Err(PriceError::Field("code"));
        }
        let text = |field, given: &Option<String>, least: usize, was: &mut String| {
            let Some(given) = given.as_deref().map(str::trim) else { return Ok(()) };
            if !(least..=NAME).contains(&given.chars().count()) || given.chars().any(char::is_control) {
                return Err(PriceError::Field(field));
            }
            given.clone_into(was);
            Ok(())
        };
        text("name", &fields.name, 1, &mut self.name)?;
        text("name_en", &fields.name_en, 0, &mut self.name_en)?;
        let a_day = |field, text: &str| day(text).map(|day| day.to_string()).ok_or(PriceError::Field(field));
        if let Some(from) = &fields.valid_from {
            self.valid_from = a_day("valid_from", from)?;
        }
        if let Some(until) = &fields.valid_until {
            self.valid_until = until.as_deref().map(|until| a_day("valid_until", until)).transpose()?;
        }
        if self.valid_until.as_ref().is_some_and(|until| *until < self.valid_from) {
            return Err(PriceError::Field("valid_until"));
        }
        self.state = fields.state.unwrap_or(self.state);
        if let Some(most) = fields.most_discount_bp {
            self.most_discount_bp = Some(most).filter(|most| (0..=WHOLE_BP).contains(most)).ok_or(PriceError::Field("most_discount_bp"))?;
        }
        if let Some(organisations) = &fields.organisations {
            let wanted: BTreeSet<i64> = organisations.iter().copied().collect();
            if wanted.len() > PLACES {
                return Err(PriceError::Field("organisations"));
            }
            let gone = |id: &&i64| !self.organisations.contains(id) && tree.node(**id).is_none_or(|node| !node.active);
            if let Some(id) = wanted.iter().find(gone) {
                return Err(PriceError::NoOrganisation(*id));
            }
            self.organisations = wanted;
        }
        Ok(self)
    }

    fn columns(&self) -> Vec<(&'static str, DbValue)> {
        vec![
            ("name", self.name.clone().into()),
            ("name_en", self.name_en.clone().into()),
            ("valid_from", self.valid_from.clone().into()),
            ("valid_until", self.valid_until.clone().into()),
            ("state", self.state.word().into()),
            ("most_discount_bp", self.most_discount_bp.into()),
            ("for_all", self.organisations.is_empty().into()),
        ]
    }

    fn told(&self) -> Value {
        json!({"code": self.code, "name": self.name, "name_en": self.name_en, "valid_from": self.valid_from,
            "valid_until": self.valid_until, "state": self.state, "most_discount_bp": self.most_discount_bp,
            "organisations": self.organisations})
    }
}

async fn place(tx: &impl ConnectionTrait, id: i64, organisations: &BTreeSet<i64>) -> Result<(), PriceError> {
    Sql::new("DELETE FROM price_list_organisation WHERE price_list_id = ").bind(id).run(tx).await?;
    let rows = organisations.iter().map(|organisation| vec![id.into(), (*organisation).into()]);
    Ok(insert_many(tx, "price_list_organisation", &["price_list_id", "organisation_id"], rows).await?)
}

/// Makes a price list; its number. The same key again is the list that it made.
pub(super) async fn create(db: &Db, actor: &Actor, fields: &ListFields, key: Option<String>) -> Result<i64, PriceError> {
    let new = Plain::new(fields)?.with(fields, &actor.tree)?;
    let tx = db.begin().await?;
    if let Some(made) = once::made(&tx, "price_list", key.as_deref()).await? {
        return Ok(made);
    }
    if Sql::new("SELECT COUNT(*) FROM price_list WHERE code = ").bind(new.code.clone()).number(&tx).await? > 0 {
        return Err(PriceError::CodeTaken(new.code));
    }
    let own = [
        ("code", new.code.clone().into()),
        ("created_by", actor.login.clone().into()),
        ("created_ms", clock::now_ms().into()),
        ("idempotency_key", key.into()),
        ("version", 1_i64.into()),
    ];
    let (columns, values): (Vec<_>, Vec<DbValue>) = new.columns().into_iter().chain(own).unzip();
    let sql = Sql::new(format!("INSERT INTO price_list ({}) VALUES ", columns.join(", "))).list(values);
    let id = sql.text(" RETURNING id").number(&tx).await?;
    place(&tx, id, &new.organisations).await?;
    let change = Change { author: &actor.login, entity: "price_list", id: id.to_string(), action: "create" };
    audit::record(&tx, change, audit::NOTHING, Some(new.told())).await?;
    tx.commit().await?;
    Ok(id)
}

/// Changes a price list that is still at `version`.
pub(super) async fn change(db: &Db, actor: &Actor, (id, version): (i64, i64), fields: &ListFields) -> Result<(), PriceError> {
    let tx = db.begin().await?;
    let row: Stored = Sql::new(LIST).text(" AND l.id = ").bind(id).one(&tx).await?.ok_or(PriceError::NoList)?;
    let places = Sql::new("SELECT organisation_id FROM price_list_organisation WHERE price_list_id = ").bind(id).numbers(&tx).await?;
    let was = Plain::of(&row, places.into_iter().collect());
    let new = was.clone().with(fields, &actor.tree)?;
    let mut sql = Sql::new("UPDATE price_list SET version = version + 1");
    for (name, value) in new.columns() {
        sql = sql.text(&format!(", {name} = ")).bind(value);
    }
    if sql.text(" WHERE id = ").bind(id).text(" AND version = ").bind(version).run(&tx).await? == 0 {
        return Err(PriceError::Changed);
    }
    place(&tx, id, &new.organisations).await?;
    let change = Change { author: &actor.login, entity: "price_list", id: id.to_string(), action: "change" };
    audit::record(&tx, change, Some(was.told()), Some(new.told())).await?;
    tx.commit().await?;
    Ok(())
}

#[derive(FromQueryResult)]
struct Coded {
    code: String,
}

/// A price for the audit.
pub(super) fn told(item: i64, code: &str, unit_price_fen: i64, cost_fen: Option<i64>, most_discount_bp: Option<i32>) -> Value {
    json!({"item": item, "code": code, "unit_price_fen": unit_price_fen, "cost_fen": cost_fen, "most_discount_bp": most_discount_bp})
}

/// A price within its list, and the version it is changed from; 0 of a new one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Which {
    pub list: i64,
    pub item: i64,
    pub version: i64,
}

/// Sets the price that a list has of an item.
pub(super) async fn put(db: &Db, actor: &Actor, which: Which, fields: &PriceFields) -> Result<(), PriceError> {
    let Which { list, item, version } = which;
    let in_range = |fen: i64| (0..=MOST_FEN).contains(&fen);
    if !in_range(fields.unit_price_fen) {
        return Err(PriceError::Field("unit_price_fen"));
    }
    if fields.cost_fen.flatten().is_some_and(|cost| !in_range(cost)) {
        return Err(PriceError::Field("cost_fen"));
    }
    if fields.cost_fen.is_some() && !actor.has(Right::PriceCost) {
        return Err(PriceError::Cost);
    }
    if fields.most_discount_bp.is_some_and(|most| !(0..=WHOLE_BP).contains(&most)) {
        return Err(PriceError::Field("most_discount_bp"));
    }
    let tx = db.begin().await?;
    if Sql::new("SELECT COUNT(*) FROM price_list WHERE id = ").bind(list).number(&tx).await? == 0 {
        return Err(PriceError::NoList);
    }
    let known: Option<Coded> = Sql::new("SELECT code FROM item WHERE NOT deleted AND id = ").bind(item).one(&tx).await?;
    let code = known.ok_or(PriceError::NoItem(item))?.code;
    let was = price(&tx, list, item).await?;
    if was.as_ref().map_or(0, |was| was.version) != version {
        return Err(PriceError::Changed);
    }
    let cost = fields.cost_fen.unwrap_or_else(|| was.as_ref().and_then(|was| was.cost_fen));
    let written = if was.is_some() {
        let sql = Sql::new("UPDATE price SET version = version + 1, unit_price_fen = ").bind(fields.unit_price_fen).text(", cost_fen = ");
        let sql = sql.bind(cost).text(", most_discount_bp = ").bind(fields.most_discount_bp).text(" WHERE price_list_id = ").bind(list);
        sql.text(" AND item_id = ").bind(item).text(" AND version = ").bind(version).run(&tx).await?
    } else {
        let row: [DbValue; 7] = [
            list.into(),
            item.into(),
            code.clone().into(),
            fields.unit_price_fen.into(),
            cost.into(),
            fields.most_discount_bp.into(),
            1_i64.into(),
        ];
        let sql = "INSERT INTO price (price_list_id, item_id, code, unit_price_fen, cost_fen, most_discount_bp, version) VALUES ";
        Sql::new(sql).list(row).text(" ON CONFLICT DO NOTHING").run(&tx).await?
    };
    if written == 0 {
        return Err(PriceError::Changed);
    }
    let old = was.map(|was| told(item, &code, was.unit_price_fen, was.cost_fen, was.most_discount_bp));
    let new = told(item, &code, fields.unit_price_fen, cost, fields.most_discount_bp);
    let change = Change { author: &actor.login, entity: "price_list", id: list.to_string(), action: "set_price" };
    audit::record(&tx, change, old, Some(new)).await?;
    tx.commit().await?;
    Ok(())
}

/// Takes the price of an item off a list.
pub(super) async fn remove(db: &Db, actor: &Actor, Which { list, item, version }: Which) -> Result<(), PriceError> {
    let tx = db.begin().await?;
    let was = price(&tx, list, item).await?.ok_or(PriceError::NoList)?;
    let sql = Sql::new("DELETE FROM price WHERE price_list_id = ").bind(list).text(" AND item_id = ").bind(item);
    if sql.text(" AND version = ").bind(version).run(&tx).await? == 0 {
        return Err(PriceError::Changed);
    }
    let change = Change { author: &actor.login, entity: "price_list", id: list.to_string(), action: "remove_price" };
    let old = told(item, &was.code, was.unit_price_fen, was.cost_fen, was.most_discount_bp);
    audit::record(&tx, change, Some(old), audit::NOTHING).await?;
    tx.commit().await?;
    Ok(())
}
