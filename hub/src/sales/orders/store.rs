//! Orders in the database: lists and single ones.

use std::collections::BTreeMap;

use qitao_domain::quantity::Money;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use serde::Serialize;
use serde_json::{Map, Value};

use super::model::{Colleague, OrderDetail, OrderOf, OrderPick, OrderRow, OrderSignature, OrderSum, SplitRow};
use super::rules::{State, is_late};
use crate::crm::customers::rules::Class;
use crate::finance::payments;
use crate::http::page::{Page, PageQuery, Sort};
use crate::http::problem::Problem;
use crate::platform::fields::Compiled;
use crate::platform::fields::access::{Narrowed, Order};
use crate::platform::files;
use crate::platform::identity::{Actor, FieldRight, Right, Sight};
use crate::platform::organisation::Tree;
use crate::platform::scope::{self, Belongs, Entity, Listed, Owned, Parties, Scope};
use crate::platform::search;
use crate::platform::sql::{Sql, hold};
use crate::platform::vault::{Keys, ORDER_ADDRESS, ORDER_NOTE, ORDER_SIGNER, Sealed, without_numbers};
use crate::sales::days;
use crate::sales::discounts::{Discounted, On};
use crate::sales::lines::store::{self as lines, Document};
use crate::warehouse;

/// Whose orders are.
const OWNED: Owned<'static> =
    Owned { entity: Entity::Order, table: "sales_order", id: "x.id", organisation: "organisation_id", owner: "owner_id" };
/// Most people who are offered for a split.
const PEOPLE: i64 = 200;

/// Which orders.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// Of this organisation and all beneath it.
    pub below: Option<i64>,
    /// What number or the customer's name are found by.
    pub q: Option<String>,
    /// Of this person.
    pub owner: Option<i64>,
    /// Of this customer.
    pub customer: Option<i64>,
    /// In one of these states.
    pub states: Vec<State>,
    /// Not delivered by the promised day.
    pub late: bool,
    /// With a discount that waits for approval.
    pub asked_approval: bool,
    /// Shipped, and no ticket delivers them.
    pub unplanned: bool,
    /// That count for figures of sales.
    pub counted: bool,
    /// Confirmed on this day or later.
    pub from: Option<String>,
    /// Confirmed on this day or earlier.
    pub to: Option<String>,
    /// Of which this person has a share.
    pub person: Option<i64>,
    /// Of a customer who was this until then.
    pub class: Option<Class>,
    /// Today, as the reader has it.
    pub today: String,
}

/// An order as the database has it.
#[derive(FromQueryResult)]
pub(super) struct Stored {
    pub id: i64,
    pub code: String,
    pub state: String,
    pub customer_id: i64,
    customer_name: String,
    pub organisation_id: i64,
    pub organisation_name: String,
    pub owner_id: Option<i64>,
    owner_name: Option<String>,
    pub ordered_on: String,
    pub promised_on: Option<String>,
    pub delivered_on: Option<String>,
    pub amount_fen: i64,
    pub approval: String,
    approval_note: String,
    pub site_id: Option<i64>,
    site_name: Option<String>,
    pub task_id: Option<i64>,
    reason: String,
    pub opportunity_id: Option<i64>,
    quote_id: Option<i64>,
    pub contract_id: Option<i64>,
    pub address: Option<Sealed>,
    pub note: Option<Sealed>,
    created_ms: i64,
    created_by: String,
    confirmed_ms: Option<i64>,
    shipped_ms: Option<i64>,
    completed_ms: Option<i64>,
    pub contract_code: Option<String>,
    quote_code: Option<String>,
    signer: Option<Sealed>,
    pub signed_ms: Option<i64>,
    signed_file: Option<i64>,
    signed_by: Option<String>,
    custom: Value,
    pub version: i64,
    sort_text: Option<String>,
    sort_number: Option<f64>,
}

/// Who reads orders.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a> {
    pub actor: &'a Actor,
    /// The custom fields of orders.
    pub set: &'a Compiled,
}

/// What somebody may do with an order's fields: with their own what their roles say anywhere.
pub(super) fn sight(actor: &Actor, organisation: i64, owner: Option<i64>) -> Sight<'_> {
    if owner == Some(actor.id) { actor.anywhere() } else { actor.at(Some(organisation)) }
}

const FROM: &str = "FROM sales_order x JOIN customer c ON c.id = x.customer_id JOIN organisation o ON o.id = x.organisation_id \
    LEFT JOIN hub_user u ON u.id = x.owner_id LEFT JOIN site s ON s.id = x.site_id LEFT JOIN contract h ON h.id = x.contract_id \
    LEFT JOIN quote q ON q.id = x.quote_id WHERE 1 = 1";

fn stored(order: Option<&Order>) -> Sql {
    let columns = Order::columns(order);
    Sql::new(format!(
        "SELECT {columns}, x.id, COALESCE(x.code, '') AS code, x.state, x.customer_id, c.name AS customer_name, x.organisation_id, \
         o.name AS organisation_name, x.owner_id, u.name AS owner_name, x.ordered_on, x.promised_on, x.delivered_on, x.amount_fen, x.approval, \
         x.approval_note, x.site_id, s.name AS site_name, x.task_id, x.reason, x.opportunity_id, x.quote_id, x.contract_id, x.address, x.note, \
         x.created_ms, x.created_by, x.confirmed_ms, x.shipped_ms, x.completed_ms, h.code AS contract_code, \
         q.code AS quote_code, x.signer, x.signed_ms, x.signed_file, x.signed_by, x.custom, x.version {FROM}"
    ))
}

impl Stored {
    /// The discount that it gives.
    pub fn discounted(&self) -> Discounted<'_> {
        Discounted {
            on: On::Order,
            id: self.id,
            code: &self.code,
            organisation: self.organisation_id,
            organisation_name: &self.organisation_name,
            owner: self.owner_id,
        }
    }

    /// Its custom fields.
    pub fn custom(&self) -> Map<String, Value> {
        if let Value::Object(custom) = &self.custom { custom.clone() } else { Map::new() }
    }

    /// As a reader sees it; `paid` in fen, where they may see payments.
    fn row(&self, reader: Reader<'_>, paid: Option<Paid>, part: Option<i64>, today: &str) -> OrderRow {
        let (paid, paid_by) = paid.map_or((None, None), |Paid { fen, by }| (Some(fen), Some(by)));
        let state = State::of_word(&self.state);
        OrderRow {
            id: self.id,
            code: self.code.clone(),
            state,
            late: is_late(state, self.promised_on.as_deref(), self.delivered_on.as_deref(), today),
            customer: self.customer_id,
            customer_name: self.customer_name.clone(),
            organisation: self.organisation_id,
            organisation_name: self.organisation_name.clone(),
            owner: self.owner_id,
            owner_name: self.owner_name.clone(),
            ordered_on: self.ordered_on.clone(),
            promised_on: self.promised_on.clone(),
            delivered_on: self.delivered_on.clone(),
            amount: Money::from_raw(self.amount_fen),
            paid: paid.map(Money::from_raw),
            paid_by,
            part: part.map(Money::from_raw),
            approval: self.approval.clone(),
            site: self.site_id,
            opportunity: self.opportunity_id,
            quote: self.quote_id,
            contract: self.contract_id,
            created_ms: self.created_ms,
            created_by: self.created_by.clone(),
            custom: reader.set.shown(&sight(reader.actor, self.organisation_id, self.owner_id), &self.custom),
            version: self.version,
        }
    }
}

/// What was paid for an order, and by which methods.
#[derive(Clone, Default)]
struct Paid {
    fen: i64,
    by: Vec<String>,
}

/// What was paid for those of some orders of whose payments somebody sees all: where they see payments of whomever, and of their own orders
/// where they see any.
async fn paid<'a>(
    db: &impl ConnectionTrait,
    actor: &Actor,
    orders: impl IntoIterator<Item = &'a Stored>,
) -> Result<BTreeMap<i64, Paid>, DbErr> {
    let scope = scope::of(actor, Entity::Payment);
    let belongs = |row: &Stored| Belongs { organisation: Some(row.organisation_id), owner: row.owner_id, collaborates: false };
    let seen: Vec<i64> = orders.into_iter().filter(|row| scope.sees_owned(belongs(row))).map(|row| row.id).collect();
    if seen.is_empty() {
        return Ok(BTreeMap::new());
    }
    let paid = payments::paid(db, seen.iter().copied()).await?;
    let with_money = paid.iter().filter(|(_, fen)| **fen > 0).map(|(id, _)| *id);
    let mut by = payments::paid_by(db, with_money).await?;
    let of = |id: i64| (id, Paid { fen: paid.get(&id).copied().unwrap_or(0), by: by.remove(&id).unwrap_or_default() });
    Ok(seen.into_iter().map(of).collect())
}

/// A page of orders that somebody sees, the newest first.
///
/// # Errors
/// A problem when the cursor is not valid, or the database fails.
pub(super) async fn list(
    db: &impl ConnectionTrait,
    reader: Reader<'_>,
    scope: &Scope,
    (asked, custom): (&Asked, &Narrowed),
    page: &PageQuery,
) -> Result<Page<OrderRow>, Problem> {
    let rest = narrowed(db, asked).await?.append(&custom.filter);
    let listed = Listed { scope, tree: &reader.actor.tree, below: asked.below, columns: OWNED, rest: &rest };
    let (each, rows) = (listed.each(), stored(custom.order.as_ref()).append(&listed.rows()));
    let page = match &custom.order {
        None => page.rows(db, each, rows, Sort::down(&["x.id"]), |row: &Stored| row.id).await?,
        Some(order) => {
            let key = |row: &Stored| (Order::key(row.sort_text.as_deref(), row.sort_number), row.id);
            page.rows(db, each, rows, order.sort(&[order.expression(), "x.id"]), key).await?
        }
    };
    let mut paid = paid(db, reader.actor, &page.items).await?;
    let parts = match asked.person {
        Some(person) => parts(db, person, page.items.iter().map(|row| row.id)).await?,
        None => BTreeMap::new(),
    };
    Ok(page.map(|row| row.row(reader, paid.remove(&row.id), parts.get(&row.id).copied(), &asked.today)))
}

/// What of some orders is somebody's.
async fn parts(db: &impl ConnectionTrait, person: i64, orders: impl IntoIterator<Item = i64>) -> Result<BTreeMap<i64, i64>, DbErr> {
    let sql = Sql::new("SELECT order_id, amount_fen FROM order_split WHERE person_id = ").bind(person).text(" AND order_id IN ");
    let rows: Vec<Part> = sql.among(orders).all(db).await?;
    Ok(rows.into_iter().map(|row| (row.order_id, row.amount_fen)).collect())
}

#[derive(FromQueryResult)]
struct Part {
    order_id: i64,
    amount_fen: i64,
}

/// How many orders somebody sees, and what they come to: what stands over their list.
///
/// # Errors
/// A problem when the database fails.
pub(super) async fn sum(
    db: &impl ConnectionTrait,
    actor: &Actor,
    scope: &Scope,
    (asked, custom): (&Asked, &Narrowed),
) -> Result<OrderSum, Problem> {
    let rest = narrowed(db, asked).await?.append(&custom.filter);
    let part = match asked.person {
        None => Sql::new("CAST(0 AS BIGINT)"),
        Some(person) => Sql::new("CAST(COALESCE(SUM((SELECT p.amount_fen FROM order_split p WHERE p.order_id = x.id AND p.person_id = ")
            .bind(person)
            .text(")), 0) AS BIGINT)"),
    };
    let what = Sql::new("SELECT COUNT(*) AS orders, CAST(COALESCE(SUM(x.amount_fen), 0) AS BIGINT) AS amount, ").append(&part);
    let listed = Listed { scope, tree: &actor.tree, below: asked.below, columns: OWNED, rest: &rest };
    let summed: Option<Summed> = listed.select(what.text(" AS part"), "").one(db).await?;
    let Summed { orders, amount, part } = summed.unwrap_or_default();
    Ok(OrderSum { orders, amount: Money::from_raw(amount), part: asked.person.map(|_| Money::from_raw(part)) })
}

#[derive(Default, FromQueryResult)]
struct Summed {
    orders: i64,
    amount: i64,
    part: i64,
}

/// What narrows orders to those that somebody asks for, beside a part of the chain.
async fn narrowed(db: &impl ConnectionTrait, asked: &Asked) -> Result<Sql, Problem> {
    let said = search::narrow(db, search::Kind::Order, asked.q.as_deref(), "x.id").await?;
    let mut filter = Sql::default().bind_if(" AND x.owner_id = ", asked.owner).bind_if(" AND x.customer_id = ", asked.customer);
    if !asked.states.is_empty() {
        filter = filter.text(" AND x.state IN ").among(asked.states.iter().map(|state| state.word()));
    }
    if asked.late {
        filter = filter.text(" AND x.state IN ('confirmed', 'shipped') AND x.promised_on < ").bind(asked.today.clone());
    }
    if asked.asked_approval {
        filter = filter.text(" AND x.state = 'draft' AND x.approval = 'asked'");
    }
    if asked.unplanned {
        filter = filter.text(UNPLANNED);
    }
    if asked.counted {
        filter = filter.text(&format!(" AND {}", days::COUNTED));
    }
    filter = filter.bind_if(" AND x.confirmed_on >= ", asked.from.clone()).bind_if(" AND x.confirmed_on <= ", asked.to.clone());
    filter = filter.bind_if(" AND x.customer_class = ", asked.class.map(Class::word));
    if let Some(person) = asked.person {
        filter = filter.text(" AND x.id IN (SELECT p.order_id FROM order_split p WHERE p.person_id = ").bind(person).text(")");
    }
    Ok(filter.append(&said.filter))
}

/// How many drafts in a scope have a discount that waits for approval, of one organisation and those beneath it.
///
/// # Errors
/// What the database said.
pub async fn asked_count(db: &impl ConnectionTrait, scope: &Scope, (tree, below): (&Tree, Option<i64>)) -> Result<i64, DbErr> {
    let join = if below.is_some() { " JOIN organisation o ON o.id = x.organisation_id" } else { "" };
    let sql = Sql::new(format!("SELECT COUNT(*) FROM sales_order x{join} WHERE x.state = 'draft' AND x.approval = 'asked'"));
    tree.filter_below(scope.filter_owned(sql, OWNED), below).number(db).await
}

/// Shipped orders that no ticket delivers.
const UNPLANNED: &str = " AND x.state = 'shipped' AND NOT EXISTS (SELECT 1 FROM ticket k WHERE k.order_id = x.id \
    AND k.kind = 'delivery_install' AND k.state <> 'cancelled')";

/// Whether an order was shipped and no ticket delivers it.
pub(super) async fn is_unplanned(db: &impl ConnectionTrait, id: i64) -> Result<bool, DbErr> {
    let sql = Sql::new(format!("SELECT COUNT(*) FROM sales_order x WHERE 1 = 1{UNPLANNED} AND x.id = ")).bind(id);
    Ok(sql.number(db).await? > 0)
}

/// How many shipped orders in a scope no ticket delivers, of one organisation and those beneath it.
///
/// # Errors
/// What the database said.
pub async fn unplanned_count(db: &impl ConnectionTrait, scope: &Scope, (tree, below): (&Tree, Option<i64>)) -> Result<i64, DbErr> {
    let join = if below.is_some() { " JOIN organisation o ON o.id = x.organisation_id" } else { "" };
    let sql = Sql::new(format!("SELECT COUNT(*) FROM sales_order x{join} WHERE 1 = 1{UNPLANNED}"));
    tree.filter_below(scope.filter_owned(sql, OWNED), below).number(db).await
}

/// How many orders in a scope are not delivered by the promised day, of one organisation and those beneath it.
///
/// # Errors
/// What the database said.
pub async fn late_count(db: &impl ConnectionTrait, scope: &Scope, (tree, below): (&Tree, Option<i64>), today: &str) -> Result<i64, DbErr> {
    let join = if below.is_some() { " JOIN organisation o ON o.id = x.organisation_id" } else { "" };
    let sql = format!("SELECT COUNT(*) FROM sales_order x{join} WHERE x.state IN ('confirmed', 'shipped') AND x.promised_on < ");
    tree.filter_below(scope.filter_owned(Sql::new(sql).bind(today), OWNED), below).number(db).await
}

/// Those of some numbers that people say.
pub(super) async fn those(db: &impl ConnectionTrait, codes: Vec<String>) -> Result<Vec<Stored>, DbErr> {
    stored(None).text(" AND x.code IN ").among(codes).all(db).await
}

/// An order in a scope, as the database has it.
pub(super) async fn find(db: &impl ConnectionTrait, scope: &Scope, id: i64) -> Result<Option<Stored>, DbErr> {
    scope.filter_owned(stored(None).text(" AND x.id = ").bind(id), OWNED).one(db).await
}

#[derive(FromQueryResult)]
struct Split {
    person_id: i64,
    name: String,
    share_bp: i64,
    amount_fen: i64,
}

/// Who sold an order.
pub(super) async fn splits(db: &impl ConnectionTrait, order: i64) -> Result<Vec<SplitRow>, DbErr> {
    let sql =
        "SELECT p.person_id, u.name, p.share_bp, p.amount_fen FROM order_split p JOIN hub_user u ON u.id = p.person_id WHERE p.order_id = ";
    let rows: Vec<Split> = Sql::new(sql).bind(order).text(" ORDER BY p.n").all(db).await?;
    let row = |row: Split| SplitRow { person: row.person_id, name: row.name, share: row.share_bp, amount: Money::from_raw(row.amount_fen) };
    Ok(rows.into_iter().map(row).collect())
}

/// An order with everything in it, as a reader sees it.
pub(super) async fn detail(
    db: &impl ConnectionTrait,
    keys: &Keys,
    reader: Reader<'_>,
    row: Stored,
    today: &str,
) -> Result<OrderDetail, DbErr> {
    let actor = reader.actor;
    let paid = paid(db, actor, [&row]).await?.remove(&row.id);
    let sight = sight(actor, row.organisation_id, row.owner_id);
    let right = |field| sight.right("customer", field, false);
    let note = Some(right("note")).filter(|right| *right >= FieldRight::Read).and_then(|right| {
        let text = keys.shown(&ORDER_NOTE, row.id, row.note.as_ref(), right)?;
        Some(if sight.right("customer", "phone", false) >= FieldRight::Read { text } else { without_numbers(&text) })
    });
    let pick = match row.task_id {
        Some(task) => warehouse::task_row(db, &Scope::All, task).await?,
        None => None,
    };
    let pick = pick.map(|task| OrderPick {
        task: task.id,
        number: task.number,
        state: task.state,
        complete: task.complete == Some(true),
        asked: task.asked,
        done: task.done,
        short: task.short,
    });
    let signed = row.signed_file.zip(row.signed_ms).map(|(file, at_ms)| OrderSignature {
        file,
        at_ms,
        name: keys.shown(&ORDER_SIGNER, row.id, row.signer.as_ref(), FieldRight::Read).unwrap_or_default(),
        by: row.signed_by.clone().unwrap_or_default(),
    });
    let held = Sql::new("SELECT COUNT(*) FROM reservation WHERE released_ms IS NULL AND order_id = ").bind(row.id).number(db).await?;
    Ok(OrderDetail {
        order: row.row(reader, paid, None, today),
        address: keys.shown(&ORDER_ADDRESS, row.id, row.address.as_ref(), right("address")),
        note,
        lines: lines::of(db, Document::Order, [row.id]).await?.remove(&row.id).unwrap_or_default(),
        splits: splits(db, row.id).await?,
        reserved: held > 0,
        pick,
        site_name: row.site_name,
        contract_code: row.contract_code,
        quote_code: row.quote_code,
        signed,
        reason: row.reason,
        approval_note: row.approval_note,
        confirmed_ms: row.confirmed_ms,
        shipped_ms: row.shipped_ms,
        completed_ms: row.completed_ms,
    })
}

/// The people who sell for an organisation: of it, beneath it and above it.
pub(super) async fn people(db: &impl ConnectionTrait, tree: &Tree, organisation: Option<i64>) -> Result<Vec<Colleague>, DbErr> {
    let near = tree.organisations().filter(|id| organisation.is_none_or(|own| tree.is_within(*id, own) || tree.is_within(own, *id)));
    let near: Vec<i64> = near.take(crate::platform::sql::MAX_PARAMETERS / 2).collect();
    let sql = Sql::new("SELECT u.id, u.name FROM hub_user u WHERE NOT u.disabled AND u.organisation_id IN ").among(near);
    let sells = " AND EXISTS (SELECT 1 FROM person_role p JOIN role r ON r.id = p.role_id WHERE p.person_id = u.id \
                 AND (r.rights LIKE '%\"sales\"%' OR r.rights LIKE '%\"*\"%')) ORDER BY u.name, u.id LIMIT ";
    sql.text(sells).bind(PEOPLE).all(db).await
}

#[derive(FromQueryResult)]
struct OfContract {
    contract_id: i64,
    id: i64,
    code: String,
    state: String,
    amount_fen: i64,
}

/// The orders of some contracts.
///
/// # Errors
/// What the database said.
pub async fn of_contracts(
    db: &impl ConnectionTrait,
    contracts: impl IntoIterator<Item = i64>,
) -> Result<BTreeMap<i64, Vec<OrderOf>>, DbErr> {
    let sql = "SELECT contract_id, id, COALESCE(code, '') AS code, state, amount_fen FROM sales_order WHERE contract_id IN ";
    let rows: Vec<OfContract> = Sql::new(sql).among(contracts).text(" ORDER BY id").all(db).await?;
    let mut orders: BTreeMap<i64, Vec<OrderOf>> = BTreeMap::new();
    for OfContract { contract_id, id, code, state, amount_fen } in rows {
        let order = OrderOf { id, code, state: State::of_word(&state), amount: Money::from_raw(amount_fen) };
        orders.entry(contract_id).or_default().push(order);
    }
    Ok(orders)
}

/// An order that a quote became.
#[derive(Debug, FromQueryResult)]
pub struct OfQuote {
    /// Number.
    pub id: i64,
    /// The number that people say.
    pub code: String,
    /// What it comes to, in fen.
    pub amount_fen: i64,
    /// The number of its contract that people say.
    pub contract: Option<String>,
}

/// The order that a quote became and that was not cancelled; one that has no contract yet before the others.
///
/// # Errors
/// What the database said.
pub async fn of_quote(db: &impl ConnectionTrait, quote: i64) -> Result<Option<OfQuote>, DbErr> {
    let sql = "SELECT x.id, COALESCE(x.code, '') AS code, x.amount_fen, h.code AS contract FROM sales_order x \
               LEFT JOIN contract h ON h.id = x.contract_id WHERE x.state <> 'cancelled' AND x.quote_id = ";
    Sql::new(sql).bind(quote).text(" ORDER BY x.contract_id IS NOT NULL, x.id LIMIT 1").one(db).await
}

/// Whether somebody sells an order.
///
/// # Errors
/// What the database said.
pub async fn sells(db: &impl ConnectionTrait, actor: &Actor, id: i64) -> Result<bool, DbErr> {
    Ok(find(db, &scope::with(actor, Entity::Order, Some(Right::Sales)), id).await?.is_some())
}

/// Whether a file stays with its order: the customer's signature. The order is held until the transaction ends, so that nobody signs
/// meanwhile.
///
/// # Errors
/// What the database said.
pub async fn keeps(tx: &impl ConnectionTrait, file: &files::Stored) -> Result<bool, DbErr> {
    hold(tx, "sales_order", file.record_id).await?;
    let signed = Sql::new("SELECT COUNT(*) FROM sales_order WHERE id = ").bind(file.record_id).text(" AND signed_file = ").bind(file.id);
    Ok(signed.number(tx).await? > 0)
}

/// How far an order is, for pages that show it while it goes on.
#[derive(Debug, Serialize, FromQueryResult)]
pub struct Brief {
    id: i64,
    code: Option<String>,
    state: String,
    customer_id: i64,
}

/// How far an order is, and whose it is.
///
/// # Errors
/// What the database said.
pub async fn brief(db: &impl ConnectionTrait, id: i64) -> Result<Option<(Parties, Brief)>, DbErr> {
    let sql = Sql::new("SELECT id, code, state, customer_id FROM sales_order WHERE id = ").bind(id);
    Ok(Parties::of(db, OWNED, id).await?.zip(sql.one(db).await?))
}

/// Whose an order in a scope is; nobody's when there is none.
///
/// # Errors
/// What the database said.
pub async fn customer_of(db: &impl ConnectionTrait, scope: &Scope, id: i64) -> Result<Option<i64>, DbErr> {
    let sql = Sql::new("SELECT x.customer_id FROM sales_order x WHERE x.id = ").bind(id);
    Ok(Some(scope.filter_owned(sql, OWNED).number(db).await?).filter(|customer| *customer > 0))
}
