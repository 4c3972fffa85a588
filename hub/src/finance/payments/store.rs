//! Payments in the database: lists, a customer's account, what was paid for orders.

use std::collections::{BTreeMap, BTreeSet};

use qitao_domain::quantity::Money;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};

use super::model::{AccountOrder, CustomerAccount, PaymentRow};
use super::origin::{Booked, Origins};
use super::rules::{Act, Order, Standing};
use crate::http::page::{Page, PageQuery, Sort};
use crate::http::problem::Problem;
use crate::platform::organisation::Tree;
use crate::platform::scope::{Entity, Listed, Owned, Scope};
use crate::platform::sql::Sql;

/// Whose payments are: of the organisation that took the money, and of who took it.
const OWNED: Owned<'static> =
    Owned { entity: Entity::Payment, table: "payment", id: "p.id", organisation: "organisation_id", owner: "person_id" };

/// Which payments.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// Of this organisation and all beneath it.
    pub below: Option<i64>,
    /// Of these kinds.
    pub kinds: Vec<String>,
    /// Paid by this method.
    pub method: Option<String>,
    /// Of this customer.
    pub customer: Option<i64>,
    /// From or to this order.
    pub order: Option<i64>,
    /// On this day or later.
    pub from: Option<String>,
    /// On this day or before.
    pub to: Option<String>,
    /// Beginning of the slip's number, or part of the customer's name.
    pub q: Option<String>,
}

#[derive(FromQueryResult)]
struct Stored {
    id: i64,
    kind: String,
    customer_id: i64,
    customer_name: String,
    organisation_id: i64,
    organisation_name: String,
    amount_fen: i64,
    method: String,
    reference: String,
    from_order: Option<i64>,
    from_order_code: Option<String>,
    to_order: Option<i64>,
    to_order_code: Option<String>,
    at_ms: i64,
    day: String,
    reverses: Option<i64>,
    reversed_by: Option<i64>,
    reason: String,
    author: String,
}

impl From<Stored> for PaymentRow {
    fn from(row: Stored) -> Self {
        Self {
            id: row.id,
            kind: row.kind,
            customer: row.customer_id,
            customer_name: row.customer_name,
            organisation: row.organisation_id,
            organisation_name: row.organisation_name,
            amount: Money::from_raw(row.amount_fen),
            method: row.method,
            reference: row.reference,
            from_order: row.from_order,
            from_order_code: row.from_order_code,
            to_order: row.to_order,
            to_order_code: row.to_order_code,
            at_ms: row.at_ms,
            day: row.day,
            reverses: row.reverses,
            reversed_by: row.reversed_by,
            reason: row.reason,
            author: row.author,
        }
    }
}

const FROM: &str = "FROM payment p JOIN customer c ON c.id = p.customer_id JOIN organisation o ON o.id = p.organisation_id WHERE 1 = 1";

fn stored() -> Sql {
    Sql::new(format!(
        "SELECT p.id, p.kind, p.customer_id, c.name AS customer_name, p.organisation_id, o.name AS organisation_name, p.amount_fen, p.method, \
         p.reference, p.from_order, (SELECT x.code FROM payment_order x WHERE x.order_id = p.from_order) AS from_order_code, p.to_order, \
         (SELECT x.code FROM payment_order x WHERE x.order_id = p.to_order) AS to_order_code, p.at_ms, p.day, p.reverses, \
         (SELECT x.id FROM payment x WHERE x.reverses = p.id) AS reversed_by, p.reason, p.author {FROM}"
    ))
}

/// A page of payments that somebody sees, the newest first.
///
/// # Errors
/// A problem when the cursor is not valid, or the database fails.
pub async fn list(
    db: &impl ConnectionTrait,
    tree: &Tree,
    scope: &Scope,
    asked: &Asked,
    page: &PageQuery,
) -> Result<Page<PaymentRow>, Problem> {
    let mut filter = Sql::default().bind_if(" AND p.method = ", asked.method.clone());
    if !asked.kinds.is_empty() {
        filter = filter.text(" AND p.kind IN ").among(asked.kinds.iter().cloned());
    }
    filter = filter.bind_if(" AND p.customer_id = ", asked.customer);
    if let Some(order) = asked.order {
        filter = filter.text(" AND (p.from_order = ").bind(order).text(" OR p.to_order = ").bind(order).text(")");
    }
    filter = filter.bind_if(" AND p.day >= ", asked.from.clone()).bind_if(" AND p.day <= ", asked.to.clone());
    filter = filter.matching(asked.q.as_deref(), &["p.reference"], &["c.name"]);
    let listed = Listed { scope, tree, below: asked.below, columns: OWNED, rest: &filter };
    let each = listed.select(Sql::new("SELECT 1"), if asked.q.is_some() { " JOIN customer c ON c.id = p.customer_id" } else { "" });
    rows(db, each, &listed.rows(), page).await
}

async fn rows(db: &impl ConnectionTrait, each: Sql, filter: &Sql, page: &PageQuery) -> Result<Page<PaymentRow>, Problem> {
    Ok(page.rows(db, each, stored().append(filter), Sort::down(&["p.id"]), |row: &Stored| row.id).await?.map(PaymentRow::from))
}

/// A payment in a scope.
pub(super) async fn get(db: &impl ConnectionTrait, scope: &Scope, id: i64) -> Result<Option<PaymentRow>, DbErr> {
    let row: Option<Stored> = scope.filter_owned(stored().text(" AND p.id = ").bind(id), OWNED).one(db).await?;
    Ok(row.map(PaymentRow::from))
}

/// Everything that happened with a customer's money, the newest first. Whether the reader sees the customer is for the caller to say.
pub(super) async fn history(db: &impl ConnectionTrait, customer: i64, page: &PageQuery) -> Result<Page<PaymentRow>, Problem> {
    let of = Sql::new(" AND p.customer_id = ").bind(customer);
    rows(db, Sql::new("SELECT 1 FROM payment p WHERE 1 = 1").append(&of), &of, page).await
}

#[derive(FromQueryResult)]
struct OfOrder {
    order_id: i64,
    code: String,
    due_fen: i64,
    open: bool,
    applied: i64,
}

async fn orders_of(db: &impl ConnectionTrait, customer: i64) -> Result<Vec<OfOrder>, DbErr> {
    Sql::new(
        "SELECT x.order_id, x.code, x.due_fen, x.open, CAST(COALESCE((SELECT SUM(e.amount_fen) FROM payment_entry e \
         WHERE e.order_id = x.order_id AND e.account = 'order'), 0) AS BIGINT) AS applied FROM payment_order x WHERE x.customer_id = ",
    )
    .bind(customer)
    .text(" ORDER BY x.order_id DESC")
    .all(db)
    .await
}

async fn held(db: &impl ConnectionTrait, customer: i64) -> Result<i64, DbErr> {
    let sql = "SELECT CAST(COALESCE(SUM(amount_fen), 0) AS BIGINT) FROM payment_entry WHERE account = 'held' AND customer_id = ";
    Sql::new(sql).bind(customer).number(db).await
}

/// How a customer's accounts stand by their entries.
pub(super) async fn standing(db: &impl ConnectionTrait, customer: i64) -> Result<Standing, DbErr> {
    let order = |row: OfOrder| (row.order_id, Order { due: row.due_fen, applied: row.applied, open: row.open });
    let orders = orders_of(db, customer).await?.into_iter().map(order).collect();
    Ok(Standing { held: held(db, customer).await?, orders })
}

/// A customer's account as pages show it.
pub(super) async fn account(db: &impl ConnectionTrait, customer: i64) -> Result<CustomerAccount, DbErr> {
    let orders = orders_of(db, customer).await?;
    let (held, applied) = (held(db, customer).await?, orders.iter().map(|row| row.applied).sum::<i64>());
    let order = |row: OfOrder| AccountOrder {
        order: row.order_id,
        code: row.code,
        due: Money::from_raw(row.due_fen),
        applied: Money::from_raw(row.applied),
        left: Money::from_raw(if row.open { (row.due_fen - row.applied).max(0) } else { 0 }),
        open: row.open,
    };
    Ok(CustomerAccount {
        customer,
        held: Money::from_raw(held),
        applied: Money::from_raw(applied),
        received: Money::from_raw(held + applied),
        orders: orders.into_iter().filter(|row| row.applied != 0 || (row.open && row.due_fen > 0)).map(order).collect(),
    })
}

#[derive(FromQueryResult)]
struct Paid {
    order_id: i64,
    applied: i64,
}

/// What was paid for some orders; those without money are left out.
///
/// # Errors
/// What the database said.
pub async fn paid(db: &impl ConnectionTrait, orders: impl IntoIterator<Item = i64>) -> Result<BTreeMap<i64, i64>, DbErr> {
    let sql =
        Sql::new("SELECT order_id, CAST(SUM(amount_fen) AS BIGINT) AS applied FROM payment_entry WHERE account = 'order' AND order_id IN ");
    let rows: Vec<Paid> = sql.among(orders).text(" GROUP BY order_id").all(db).await?;
    Ok(rows.into_iter().map(|row| (row.order_id, row.applied)).collect())
}

#[derive(FromQueryResult)]
struct Row {
    id: i64,
    customer_id: i64,
    kind: String,
    amount_fen: i64,
    method: String,
    from_order: Option<i64>,
    to_order: Option<i64>,
    at_ms: i64,
    reverses: Option<i64>,
}

impl From<Row> for Booked {
    fn from(row: Row) -> Self {
        let act = Act::named(&row.kind, (row.from_order, row.to_order), row.amount_fen);
        Self { id: row.id, act, method: row.method, at_ms: row.at_ms, reverses: row.reverses }
    }
}

/// By which methods the money came in that lies on some orders, as it came; those without money are left out.
///
/// # Errors
/// What the database said.
pub async fn paid_by(db: &impl ConnectionTrait, orders: impl IntoIterator<Item = i64>) -> Result<BTreeMap<i64, Vec<String>>, DbErr> {
    let orders: BTreeSet<i64> = orders.into_iter().collect();
    let sql = Sql::new(
        "SELECT id, customer_id, kind, amount_fen, method, from_order, to_order, at_ms, reverses FROM payment WHERE customer_id IN \
         (SELECT customer_id FROM payment_order WHERE order_id IN ",
    );
    let rows: Vec<Row> = sql.among(orders.iter().copied()).text(") ORDER BY id").all(db).await?;
    let mut booked: BTreeMap<i64, Vec<Booked>> = BTreeMap::new();
    for row in rows {
        booked.entry(row.customer_id).or_default().push(row.into());
    }
    let mut by: BTreeMap<i64, Vec<String>> = BTreeMap::new();
    for booked in booked.values() {
        let origins = Origins::of(booked);
        let those = origins.of_orders().filter(|(order, _)| orders.contains(order));
        by.extend(those.map(|(order, methods)| (order, methods.into_iter().map(str::to_owned).collect())));
    }
    Ok(by)
}

/// What was paid for the orders that `orders` selects, as an expression of a larger statement. `orders` is part of the program.
#[must_use]
pub fn paid_for(orders: &str) -> String {
    format!("(SELECT COALESCE(SUM(e.amount_fen), 0) FROM payment_entry e WHERE e.account = 'order' AND e.order_id IN ({orders}))")
}
