//! Sums of days in the database.

use std::collections::BTreeMap;

use sea_orm::{ConnectionTrait, DbBackend, DbErr, FromQueryResult, Value};

use super::rules::{Counted, Key, Split, Sums, by_month, change, effect};
use crate::platform::sql::{Sql, pieces};

/// Orders `x` that count. Three states of five find nothing by themselves, so no database is to look by them: it goes by the day, or whatever
/// else is asked.
pub const COUNTED: &str = "(x.state || '') IN ('confirmed', 'shipped', 'completed')";
/// Orders that are read at once when everything is reckoned anew.
const AT_ONCE: i64 = 500;

#[derive(FromQueryResult)]
struct Row {
    id: i64,
    confirmed_on: String,
    organisation_id: i64,
    customer_class: String,
    known_fen: i64,
    cost_fen: i64,
    paid_fen: i64,
    person_id: i64,
    share_bp: i64,
    amount_fen: i64,
}

/// What was paid for an order `x`.
const PAID: &str =
    "(SELECT CAST(COALESCE(SUM(e.amount_fen), 0) AS BIGINT) FROM payment_entry e WHERE e.account = 'order' AND e.order_id = x.id)";

/// Some of the orders that count, with those who sold them.
fn rows(which: &Sql) -> Sql {
    let known = |column: &str| {
        format!(
            "(SELECT CAST(COALESCE(SUM(n.{column}), 0) AS BIGINT) FROM sales_line n WHERE n.document = 'order' AND n.document_id = x.id \
             AND n.cost_fen IS NOT NULL)"
        )
    };
    let (amount, cost) = (known("amount_fen"), known("cost_fen"));
    Sql::new(format!(
        "SELECT x.id, x.confirmed_on, x.organisation_id, COALESCE(x.customer_class, '') AS customer_class, {amount} AS known_fen, \
         {cost} AS cost_fen, {PAID} AS paid_fen, p.person_id, p.share_bp, p.amount_fen FROM sales_order x \
         JOIN order_split p ON p.order_id = x.id WHERE {COUNTED} AND x.confirmed_on IS NOT NULL"
    ))
    .append(which)
    .text(" ORDER BY x.id, p.n")
}

fn orders(rows: Vec<Row>) -> BTreeMap<i64, Counted> {
    let mut orders: BTreeMap<i64, Counted> = BTreeMap::new();
    for row in rows {
        let Row { confirmed_on: day, organisation_id: organisation, customer_class: class, known_fen, cost_fen, paid_fen, .. } = row;
        let counted = || Counted { day, organisation, class, known_fen, cost_fen, paid_fen, splits: Vec::new() };
        let split = Split { person: row.person_id, share_bp: row.share_bp, amount_fen: row.amount_fen };
        orders.entry(row.id).or_insert_with(counted).splits.push(split);
    }
    orders
}

/// What orders count for as they are now; those that do not count are left out.
///
/// # Errors
/// What the database said.
pub async fn counted(db: &impl ConnectionTrait, which: impl IntoIterator<Item = i64>) -> Result<Vec<Counted>, DbErr> {
    Ok(orders(rows(&Sql::new(" AND x.id IN ").among(which)).all(db).await?).into_values().collect())
}

/// Orders count otherwise than before: for nothing while they are drafts or cancelled. In the transaction that changes them, at its end: who
/// holds what is kept waits for nobody.
///
/// # Errors
/// What the database said.
pub async fn record(tx: &impl ConnectionTrait, before: &[Counted], after: &[Counted]) -> Result<(), DbErr> {
    add(tx, change(before, after)).await
}

/// First days, then months: so that no two writers wait for each other.
async fn add(tx: &impl ConnectionTrait, days: BTreeMap<Key, Sums>) -> Result<(), DbErr> {
    let months = by_month(&days);
    add_to(tx, "sales_day", "day", days).await?;
    add_to(tx, "sales_month", "month", months).await
}

async fn add_to(tx: &impl ConnectionTrait, table: &str, when: &str, sums: BTreeMap<Key, Sums>) -> Result<(), DbErr> {
    let rows: Vec<Vec<Value>> = sums
        .into_iter()
        .map(|(key, sums)| {
            let Sums { orders, shares, amount_fen, known_fen, cost_fen, paid_fen } = sums;
            vec![
                key.day.into(),
                key.organisation.into(),
                key.person.into(),
                key.class.into(),
                orders.into(),
                shares.into(),
                amount_fen.into(),
                known_fen.into(),
                cost_fen.into(),
                paid_fen.into(),
            ]
        })
        .collect();
    let added = ["orders", "shares", "amount_fen", "known_fen", "cost_fen", "paid_fen"]
        .map(|column| format!("{column} = {table}.{column} + excluded.{column}"));
    for some in pieces(&rows) {
        let sql = format!(
            "INSERT INTO {table} ({when}, organisation_id, person_id, customer_class, orders, shares, amount_fen, known_fen, cost_fen, \
             paid_fen) VALUES "
        );
        let tail = format!(" ON CONFLICT ({when}, organisation_id, person_id, customer_class) DO UPDATE SET {}", added.join(", "));
        Sql::new(sql).rows(some.iter().cloned()).text(&tail).run(tx).await?;
    }
    Ok(())
}

/// What all days of a month and key come to, or what is kept of the month: columns to compare.
fn months(from: &str, month: &str) -> String {
    let sums = ["orders", "shares", "amount_fen", "known_fen", "cost_fen", "paid_fen"];
    let summed = sums.map(|column| format!("CAST(SUM({column}) AS BIGINT)")).join(", ");
    let some = sums.map(|column| format!("SUM({column}) <> 0")).join(" OR ");
    let by = format!("{month}, organisation_id, person_id, customer_class");
    format!("SELECT {by}, {summed} FROM {from} GROUP BY {by} HAVING {some}")
}

/// How many sums are not what their orders come to; none, unless something is broken. Amounts and numbers are held to the orders person by
/// person, cost and payments, which are shared out to the fen, only class by class; months are held to their days.
///
/// # Errors
/// What the database said.
pub async fn off(db: &impl ConnectionTrait) -> Result<i64, DbErr> {
    let sums = |of: &[&str]| of.iter().map(|what| format!("CAST(SUM({what}) AS BIGINT)")).collect::<Vec<_>>().join(", ");
    let kept = |by: &str, of: &[&str]| {
        let some = of.iter().map(|what| format!("SUM({what}) <> 0")).collect::<Vec<_>>().join(" OR ");
        format!("SELECT {by}, {} FROM sales_day GROUP BY {by} HAVING {some}", sums(of))
    };
    let come = |more: &str, by: &str, of: &[&str]| {
        let by = format!("x.confirmed_on, x.organisation_id, {by}COALESCE(x.customer_class, '')");
        let some = of.iter().map(|what| format!("SUM({what}) <> 0")).collect::<Vec<_>>().join(" OR ");
        format!(
            "SELECT {by}, {} FROM sales_order x{more} WHERE {COUNTED} AND x.confirmed_on IS NOT NULL GROUP BY {by} HAVING {some}",
            sums(of)
        )
    };
    let lines = " LEFT JOIN (SELECT n.document_id, SUM(n.amount_fen) AS known, SUM(n.cost_fen) AS cost FROM sales_line n \
                 WHERE n.document = 'order' AND n.cost_fen IS NOT NULL GROUP BY n.document_id) n ON n.document_id = x.id \
                 LEFT JOIN (SELECT e.order_id, SUM(e.amount_fen) AS paid FROM payment_entry e WHERE e.account = 'order' \
                 GROUP BY e.order_id) e ON e.order_id = x.id";
    let checks = [
        (
            kept("day, organisation_id, person_id, customer_class", &["orders", "shares", "amount_fen"]),
            come(
                " JOIN order_split p ON p.order_id = x.id",
                "p.person_id, ",
                &["CASE WHEN p.n = 0 THEN 1 ELSE 0 END", "1", "p.amount_fen"],
            ),
        ),
        (
            kept("day, organisation_id, customer_class", &["known_fen", "cost_fen", "paid_fen"]),
            come(lines, "", &["COALESCE(n.known, 0)", "COALESCE(n.cost, 0)", "COALESCE(e.paid, 0)"]),
        ),
        (months("sales_month", "month"), months("sales_day", "SUBSTR(day, 1, 7)")),
    ];
    let mut off = 0;
    for (kept, come) in &checks {
        for (one, other) in [(kept, come), (come, kept)] {
            off += Sql::new(format!("SELECT COUNT(*) FROM ({one} EXCEPT {other}) d")).number(db).await?;
        }
    }
    Ok(off)
}

/// Reckons all days and months anew from the orders; how many orders count. Whoever changes what is kept waits for it, or it for them: an order that
/// came in between would be counted by both.
///
/// # Errors
/// What the database said.
pub async fn rebuild(tx: &impl ConnectionTrait) -> Result<usize, DbErr> {
    if tx.get_database_backend() == DbBackend::Postgres {
        tx.execute_unprepared("LOCK TABLE sales_day IN SHARE ROW EXCLUSIVE MODE").await?;
    }
    for table in ["sales_day", "sales_month"] {
        Sql::new(format!("DELETE FROM {table}")).run(tx).await?;
    }
    let (mut last, mut many) = (0, 0);
    loop {
        let next =
            Sql::new("SELECT id FROM sales_order WHERE id > ").bind(last).text(" ORDER BY id LIMIT ").bind(AT_ONCE).numbers(tx).await?;
        let Some(end) = next.last().copied() else { return Ok(many) };
        let some = orders(rows(&Sql::new(" AND x.id > ").bind(last).text(" AND x.id <= ").bind(end)).all(tx).await?);
        let mut sums: BTreeMap<Key, Sums> = BTreeMap::new();
        for (key, more) in some.values().flat_map(effect) {
            let sum = sums.entry(key).or_default();
            *sum = *sum + more;
        }
        add(tx, sums).await?;
        (last, many) = (end, many + some.len());
    }
}
