//! Writing orders: what they are to be is held to the rules, what is about the customer's life is sealed, the customer's account is told what
//! they cost, and everything is noted with its author.

use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult, Value};
use serde_json::{Map, Value as Json, json};
use zeroize::Zeroizing;

use super::OrderError;
use super::model::{Fields, Share};
use super::rules::{State, day, shares_fit};
use super::store::{Stored, find, splits};
use crate::crm::customers;
use crate::crm::customers::rules::{Class, lines as text_lines};
use crate::db::Db;
use crate::finance::payments;
use crate::platform::audit::{self, Change};
use crate::platform::clock;
use crate::platform::expressions;
use crate::platform::fields::store::zone_of;
use crate::platform::fields::{Compiled, Situation};
use crate::platform::identity::Actor;
use crate::platform::once;
use crate::platform::scope::Scope;
use crate::platform::search;
use crate::platform::sql::{Sql, insert_many};
use crate::platform::vault::{Column, Keys, ORDER_ADDRESS, ORDER_NOTE, Vault};
use crate::sales::lines::rules::{WHOLE, allot};
use crate::sales::lines::store::{self as lines, Document, Place};
use crate::state::App;

/// Most characters of a note.
const NOTE: usize = 2_000;

/// A text that is to be sealed, or nothing where one is to go.
type Personal = (Column, Option<Zeroizing<String>>);

/// What stands behind writing an order.
#[derive(Clone, Copy)]
pub struct Writing<'a> {
    db: &'a Db,
    vault: &'a Vault,
    actor: &'a Actor,
    /// Today, where the order is sold.
    today: &'a str,
    /// The custom fields of orders.
    set: &'a Compiled,
    chain_zone: &'a str,
}

/// What expressions of custom fields see of an order.
fn for_expressions(
    (customer, organisation, owner): (i64, i64, Option<i64>),
    (ordered, promised): (&str, Option<&str>),
    amount_fen: i64,
) -> expressions::Value {
    use expressions::Value as Of;
    let day = |day: &str| day.parse().map_or(Of::Null, Of::Date);
    Of::object([
        ("customer", Of::Int(customer)),
        ("organisation", Of::Int(organisation)),
        ("owner", owner.map_or(Of::Null, Of::Int)),
        ("ordered_on", day(ordered)),
        ("promised_on", promised.map_or(Of::Null, day)),
        ("amount", Of::Decimal(rust_decimal::Decimal::new(amount_fen, 2))),
    ])
}

impl Stored {
    pub(super) fn for_expressions(&self) -> expressions::Value {
        let days = (self.ordered_on.as_str(), self.promised_on.as_deref());
        for_expressions((self.customer_id, self.organisation_id, self.owner_id), days, self.amount_fen)
    }
}

/// Goes on only when a draft's custom fields are as the settings ask; one that the hub made of a quote or a contract may lack some until then.
pub(super) async fn check_custom(
    tx: &impl ConnectionTrait,
    actor: &Actor,
    row: &Stored,
    (set, chain_zone): (&Compiled, &str),
) -> Result<(), OrderError> {
    let zone = zone_of(tx, Some(row.organisation_id), chain_zone).await?;
    let at = Situation { tree: &actor.tree, organisation: Some(row.organisation_id), now: jiff::Timestamp::now(), zone, new: false };
    set.accept(&at, row.for_expressions(), &row.custom(), &Map::new()).map(drop).map_err(OrderError::Custom)
}

/// Notes a change of an order.
pub(super) async fn note(
    tx: &impl ConnectionTrait,
    actor: &Actor,
    (id, action): (i64, &'static str),
    old: Option<Json>,
    new: Option<Json>,
) -> Result<(), OrderError> {
    let change = Change { author: &actor.login, entity: "order", id: id.to_string(), action };
    Ok(audit::record(tx, change, old, new).await?)
}

/// A day, or nothing where one is to go.
fn day_of(field: &'static str, given: &str) -> Result<String, OrderError> {
    day(given).ok_or(OrderError::Day(field))
}

/// Sealed texts that are to be written; an empty one takes what was there away.
fn sealed(fields: &Fields) -> Result<Vec<Personal>, OrderError> {
    let mut sealed = Vec::new();
    if let Some(address) = &fields.address {
        let normal = Zeroizing::new(ORDER_ADDRESS.kind.normal(address));
        if !normal.is_empty() && (!ORDER_ADDRESS.kind.fits(&normal) || normal.contains("***")) {
            return Err(OrderError::Address);
        }
        sealed.push((ORDER_ADDRESS, Some(normal).filter(|text| !text.is_empty())));
    }
    if let Some(note) = &fields.note {
        let text = text_lines(note, NOTE).ok_or(OrderError::Text { field: "note", least: 0, most: NOTE })?;
        sealed.push((ORDER_NOTE, Some(Zeroizing::new(text)).filter(|text| !text.is_empty())));
    }
    Ok(sealed)
}

async fn seal(
    tx: &impl ConnectionTrait,
    keys: &Keys,
    id: i64,
    sealed: &[Personal],
    state: &mut Map<String, Json>,
) -> Result<(), OrderError> {
    for (column, text) in sealed {
        let text = text.as_ref().map(|text| text.as_str());
        keys.put(tx, column, id, text).await?;
        state.insert(column.column.to_owned(), json!(text.map(|text| column.kind.masked(text))));
    }
    Ok(())
}

#[derive(FromQueryResult)]
struct Person {
    id: i64,
    organisation_id: Option<i64>,
}

/// Goes on only when everybody can sign in and works for the organisation, above it or beneath it.
///
/// # Errors
/// [`OrderError::NoPerson`].
pub async fn check_people(tx: &impl ConnectionTrait, actor: &Actor, organisation: i64, people: &[i64]) -> Result<(), OrderError> {
    let sql = Sql::new("SELECT id, organisation_id FROM hub_user WHERE NOT disabled AND id IN ").among(people.iter().copied());
    let known: Vec<Person> = sql.all(tx).await?;
    let near = |at: i64| actor.tree.is_within(at, organisation) || actor.tree.is_within(organisation, at);
    let sells = |id: i64| known.iter().any(|person| person.id == id && (id == actor.id || person.organisation_id.is_some_and(near)));
    people.iter().find(|person| !sells(**person)).map_or(Ok(()), |person| Err(OrderError::NoPerson(*person)))
}

/// Writes the shares of an order, with what each comes to.
async fn write_splits(tx: &impl ConnectionTrait, order: i64, amount: i64, shares: &[Share]) -> Result<(), OrderError> {
    Sql::new("DELETE FROM order_split WHERE order_id = ").bind(order).run(tx).await?;
    let parts = allot(amount, &shares.iter().map(|share| share.share).collect::<Vec<_>>());
    let rows = shares
        .iter()
        .zip(parts)
        .zip(0_i64..)
        .map(|((share, part), n)| -> Vec<Value> { vec![order.into(), share.person.into(), n.into(), share.share.into(), part.into()] });
    Ok(insert_many(tx, "order_split", &["order_id", "person_id", "n", "share_bp", "amount_fen"], rows).await?)
}

fn told(shares: &[Share]) -> Json {
    json!(shares.iter().map(|share| json!({"person": share.person, "share": share.share})).collect::<Vec<_>>())
}

/// What an order was made of.
#[derive(Debug, Clone, Copy, Default)]
pub struct Origin {
    /// The quote.
    pub quote: Option<i64>,
    /// The contract.
    pub contract: Option<i64>,
    /// Its discount was approved there.
    pub approved: bool,
}

impl Origin {
    /// Whether the hub makes it out of something that was agreed already: nobody fills in a form then.
    const fn is_hubs(self) -> bool {
        self.quote.is_some() || self.contract.is_some()
    }

    const fn approval(self) -> &'static str {
        if self.approved { "approved" } else { "" }
    }
}

/// Makes an order of an accepted quote or a signed contract; its number.
///
/// # Errors
/// [`OrderError`] when its lines will not do any more.
pub async fn made_of(
    tx: &DatabaseTransaction,
    writing: Writing<'_>,
    fields: &Fields,
    place: (i64, i64),
    from: Origin,
) -> Result<i64, OrderError> {
    writing.create_in(tx, fields, place, from, None).await
}

/// Makes an order that is there a contract's, as if it had been made of it.
///
/// # Errors
/// [`OrderError::Joins`] when it is another customer's, has a contract, is cancelled, or comes to another amount.
pub async fn join_contract(
    tx: &DatabaseTransaction,
    actor: &Actor,
    order: i64,
    (customer, amount): (i64, i64),
    from: Origin,
) -> Result<(), OrderError> {
    let sql = Sql::new("UPDATE sales_order SET version = version + 1, contract_id = ").bind(from.contract);
    let sql = sql.text(", quote_id = COALESCE(quote_id, ").bind(from.quote).text("), approval = CASE state WHEN 'draft' THEN ");
    let sql = sql.bind(from.approval()).text(" ELSE approval END WHERE id = ").bind(order);
    let sql = sql.text(" AND contract_id IS NULL AND state <> 'cancelled' AND customer_id = ").bind(customer);
    if sql.text(" AND amount_fen = ").bind(amount).run(tx).await? == 0 {
        let code = Sql::new("SELECT code FROM sales_order WHERE id = ").bind(order).word(tx).await?;
        return Err(OrderError::Joins(code.unwrap_or_default()));
    }
    note(tx, actor, (order, "join"), None, Some(json!({"contract": from.contract}))).await
}

/// Notes what its customer was until they bought it: they sign a contract first, or the order is confirmed.
///
/// # Errors
/// What the database said.
pub async fn met(tx: &impl ConnectionTrait, order: i64, class: Class) -> Result<(), OrderError> {
    let sql = Sql::new("UPDATE sales_order SET customer_class = ").bind(class.word()).text(" WHERE customer_class IS NULL AND id = ");
    sql.bind(order).run(tx).await?;
    Ok(())
}

impl<'a> Writing<'a> {
    /// By somebody, on a day where the order is sold.
    #[must_use]
    pub fn of(app: &'a App, actor: &'a Actor, today: &'a str, set: &'a Compiled) -> Self {
        Self { db: &app.db, vault: &app.vault, actor, today, set, chain_zone: app.config.outside.time_zone.as_str() }
    }

    /// Custom fields as they are to be.
    async fn accept(
        self,
        tx: &impl ConnectionTrait,
        (record, organisation): (expressions::Value, i64),
        was: Option<&Map<String, Json>>,
        given: &Map<String, Json>,
    ) -> Result<Map<String, Json>, OrderError> {
        let zone = zone_of(tx, Some(organisation), self.chain_zone).await?;
        let (tree, organisation) = (&self.actor.tree, Some(organisation));
        let at = Situation { tree, organisation, now: jiff::Timestamp::now(), zone, new: was.is_none() };
        self.set.accept(&at, record, was.unwrap_or(&Map::new()), given).map_err(OrderError::Custom)
    }

    /// Makes an order; its number. The same key again is the order that it made.
    pub async fn create(self, fields: &Fields, (customer, organisation): (i64, i64), key: Option<String>) -> Result<i64, OrderError> {
        let tx = self.db.begin().await?;
        if let Some(made) = once::made(&tx, "sales_order", key.as_deref()).await? {
            return Ok(made);
        }
        let id = self.create_in(&tx, fields, (customer, organisation), Origin::default(), key).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// As [`Writing::create`], in a transaction that does more.
    async fn create_in(
        self,
        tx: &DatabaseTransaction,
        fields: &Fields,
        (customer, organisation): (i64, i64),
        from: Origin,
        key: Option<String>,
    ) -> Result<i64, OrderError> {
        let sealed = sealed(fields)?;
        let ordered = fields.ordered_on.as_deref().map_or_else(|| Ok(self.today.to_owned()), |day| day_of("ordered_on", day))?;
        let promised = fields.promised_on.as_ref().and_then(Option::as_deref).map(|day| day_of("promised_on", day)).transpose()?;
        if self.actor.tree.node(organisation).is_none_or(|node| !node.active) {
            return Err(OrderError::NoOrganisation(organisation));
        }
        let keys = self.vault.for_writing(tx).await?;
        let place = Place { tree: &self.actor.tree, organisation, day: &ordered };
        let ready = lines::ready(tx, place, fields.lines.as_deref().ok_or(OrderError::Needed("lines"))?).await?;
        let amount = lines::total(&ready).ok_or(OrderError::Total)?;
        let owner = fields.owner.unwrap_or(Some(self.actor.id));
        let alone = [Share { person: owner.unwrap_or(self.actor.id), share: WHOLE }];
        let shares = fields.splits.as_deref().unwrap_or(&alone);
        if !shares_fit(shares) {
            return Err(OrderError::Shares);
        }
        check_people(tx, self.actor, organisation, &shares.iter().map(|share| share.person).chain(owner).collect::<Vec<_>>()).await?;
        let opportunity = fields.opportunity.flatten();
        let custom = if from.is_hubs() {
            self.set.defaults(&self.actor.tree, Some(organisation))
        } else {
            let record = for_expressions((customer, organisation, owner), (&ordered, promised.as_deref()), amount);
            self.accept(tx, (record, organisation), None, &fields.custom.clone().unwrap_or_default()).await?
        };
        let values: [Value; 20] = [
            organisation.into(),
            owner.into(),
            customer.into(),
            opportunity.into(),
            from.quote.into(),
            from.contract.into(),
            State::Draft.word().into(),
            ordered.clone().into(),
            promised.clone().into(),
            amount.into(),
            from.approval().into(),
            "".into(),
            "".into(),
            self.actor.login.clone().into(),
            clock::now_ms().into(),
            key.into(),
            1_i64.into(),
            Value::BigInt(None),
            Value::BigInt(None),
            Json::Object(custom.clone()).into(),
        ];
        let columns = "INSERT INTO sales_order (organisation_id, owner_id, customer_id, opportunity_id, quote_id, contract_id, state, ordered_on, \
                       promised_on, amount_fen, approval, approval_note, reason, created_by, created_ms, idempotency_key, version, site_id, \
                       task_id, custom) VALUES ";
        let id = Sql::new(columns).list(values).text(" RETURNING id").number(tx).await?;
        let code = format!("SO{id:06}");
        Sql::new("UPDATE sales_order SET code = ").bind(code.clone()).text(" WHERE id = ").bind(id).run(tx).await?;
        lines::write(tx, Document::Order, id, &ready).await?;
        write_splits(tx, id, amount, shares).await?;
        let mut state = Map::new();
        seal(tx, &keys, id, &sealed, &mut state).await?;
        if fields.address.is_none()
            && let Some(address) = customers::address_of(tx, &keys, customer).await?
        {
            seal(tx, &keys, id, &[(ORDER_ADDRESS, Some(address))], &mut state).await?;
        }
        payments::due(tx, customer, (id, &code), amount).await?;
        search::index(tx, search::Kind::Order, &[id.to_string()]).await?;
        for (name, value) in [
            ("code", json!(code)),
            ("customer", json!(customer)),
            ("organisation", json!(organisation)),
            ("owner", json!(owner)),
            ("opportunity", json!(opportunity)),
            ("quote", json!(from.quote)),
            ("contract", json!(from.contract)),
            ("ordered_on", json!(ordered)),
            ("promised_on", json!(promised)),
            ("lines", lines::told(&ready)),
            ("splits", told(shares)),
            ("custom", Json::Object(custom)),
        ] {
            state.insert(name.to_owned(), value);
        }
        note(tx, self.actor, (id, "create"), None, Some(Json::Object(state))).await?;
        let mention = Change { author: &self.actor.login, entity: "customer", id: customer.to_string(), action: "order" };
        audit::record(tx, mention, audit::NOTHING, Some(json!({"order": id, "code": code}))).await?;
        Ok(id)
    }

    /// Changes an order that is still at `version`. Lines, shares and the day of the order are those of a draft alone; where it goes, when,
    /// and what was noted may change until it is shipped. What it comes to stays when a contract says so.
    pub async fn change(self, (id, version): (i64, i64), fields: &Fields) -> Result<(), OrderError> {
        let sealed = sealed(fields)?;
        let tx = self.db.begin().await?;
        let keys = self.vault.for_writing(&tx).await?;
        let row = take(&tx, id, version).await?;
        let state = State::of_word(&row.state);
        let of_draft = fields.lines.is_some() || fields.splits.is_some() || fields.ordered_on.is_some() || fields.opportunity.is_some();
        let is_late = !matches!(state, State::Draft | State::Confirmed) && (state == State::Cancelled || !fields.is_custom_alone());
        if is_late || (of_draft && state != State::Draft) {
            return Err(OrderError::State(row.state));
        }
        let (mut old, mut new) = (Map::new(), Map::new());
        let mut sql = Sql::new("UPDATE sales_order SET version = version + 1");
        let mut set = |mut sql: Sql, name: &str, column: &str, was: Json, value: Value, is: Json| {
            if was != is {
                old.insert(name.to_owned(), was);
                new.insert(name.to_owned(), is);
                sql = sql.text(&format!(", {column} = ")).bind(value);
            }
            sql
        };
        if let Some(given) = &fields.ordered_on {
            let day = day_of("ordered_on", given)?;
            sql = set(sql, "ordered_on", "ordered_on", json!(row.ordered_on), day.clone().into(), json!(day));
        }
        if let Some(given) = &fields.promised_on {
            let day = given.as_deref().map(|day| day_of("promised_on", day)).transpose()?;
            sql = set(sql, "promised_on", "promised_on", json!(row.promised_on), day.clone().into(), json!(day));
        }
        if let Some(owner) = fields.owner {
            check_people(&tx, self.actor, row.organisation_id, &owner.into_iter().collect::<Vec<_>>()).await?;
            sql = set(sql, "owner", "owner_id", json!(row.owner_id), owner.into(), json!(owner));
        }
        if let Some(opportunity) = fields.opportunity {
            sql = set(sql, "opportunity", "opportunity_id", json!(row.opportunity_id), opportunity.into(), json!(opportunity));
        }
        let ordered = fields.ordered_on.clone().unwrap_or_else(|| row.ordered_on.clone());
        let mut amount = row.amount_fen;
        if let Some(given) = &fields.lines {
            let place = Place { tree: &self.actor.tree, organisation: row.organisation_id, day: &ordered };
            let ready = lines::ready(&tx, place, given).await?;
            amount = lines::total(&ready).ok_or(OrderError::Total)?;
            if row.contract_id.is_some() && amount != row.amount_fen {
                return Err(OrderError::OfContract(row.contract_code.unwrap_or_default()));
            }
            lines::write(&tx, Document::Order, id, &ready).await?;
            sql = set(sql, "amount_fen", "amount_fen", json!(row.amount_fen), amount.into(), json!(amount));
            // What was approved were other lines; of a contract's order it is the amount, which stays.
            if row.contract_id.is_none() {
                sql = set(sql, "approval", "approval", json!(row.approval), "".into(), json!(""));
            }
            // And what was signed.
            if row.signed_ms.is_some() {
                sql = sql.text(", signer = NULL, signed_ms = NULL, signed_file = NULL, signed_by = NULL");
                new.insert("signed".to_owned(), json!(false));
            }
            new.insert("lines".to_owned(), lines::told(&ready));
            payments::due(&tx, row.customer_id, (id, &row.code), amount).await?;
        }
        if fields.lines.is_some() || fields.splits.is_some() {
            let was: Vec<Share> = splits(&tx, id).await?.iter().map(|split| Share { person: split.person, share: split.share }).collect();
            let shares = fields.splits.as_deref().unwrap_or(&was);
            if !shares_fit(shares) {
                return Err(OrderError::Shares);
            }
            if fields.splits.is_some() {
                check_people(&tx, self.actor, row.organisation_id, &shares.iter().map(|share| share.person).collect::<Vec<_>>()).await?;
                old.insert("splits".to_owned(), told(&was));
                new.insert("splits".to_owned(), told(shares));
            }
            write_splits(&tx, id, amount, shares).await?;
        }
        if let Some(given) = &fields.custom {
            let was = row.custom();
            let owner = fields.owner.unwrap_or(row.owner_id);
            let promised = fields.promised_on.as_ref().map_or(row.promised_on.as_deref(), Option::as_deref);
            let record = for_expressions((row.customer_id, row.organisation_id, owner), (&ordered, promised), amount);
            let is = self.accept(&tx, (record, row.organisation_id), Some(&was), given).await?;
            if was != is {
                sql = sql.text(", custom = ").bind(Json::Object(is.clone()));
                old.insert("custom".to_owned(), Json::Object(was));
                new.insert("custom".to_owned(), Json::Object(is));
            }
        }
        for (column, kept) in [(&ORDER_ADDRESS, &row.address), (&ORDER_NOTE, &row.note)] {
            if sealed.iter().any(|(written, _)| written.column == column.column) {
                let shown = keys.shown(column, id, kept.as_ref(), crate::platform::identity::FieldRight::Masked);
                old.insert(column.column.to_owned(), json!(shown));
            }
        }
        seal(&tx, &keys, id, &sealed, &mut new).await?;
        sql.text(" WHERE id = ").bind(id).run(&tx).await?;
        note(&tx, self.actor, (id, "change"), Some(Json::Object(old)), Some(Json::Object(new))).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// An order that is still at `version`, held until the transaction ends.
pub(super) async fn take(tx: &DatabaseTransaction, id: i64, version: i64) -> Result<Stored, OrderError> {
    // A write that changes nothing holds the row on both databases.
    let held = Sql::new("UPDATE sales_order SET version = version WHERE id = ").bind(id).text(" AND version = ").bind(version);
    if held.run(tx).await? == 0 {
        return Err(OrderError::Changed);
    }
    find(tx, &Scope::All, id).await?.ok_or(OrderError::NoOrder)
}
