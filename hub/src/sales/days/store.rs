//! Sums of days in the database.

use std::collections::BTreeMap;

use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, Value};

use super::rules::{Counted, Key, Split, Sums, change, effect};
use crate::platform::sql::{Sql, pieces};

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
    person_id: i64,
    share_bp: i64,
    amount_fen: i64,
}

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
         {cost} AS cost_fen, p.person_id, p.share_bp, p.amount_fen FROM sales_order x JOIN order_split p ON p.order_id = x.id \
         WHERE x.state IN ('confirmed', 'shipped', 'completed') AND x.confirmed_on IS NOT NULL"
    ))
    .append(which)
    .text(" ORDER BY x.id, p.n")
}

fn orders(rows: Vec<Row>) -> BTreeMap<i64, Counted> {
    let mut orders: BTreeMap<i64, Counted> = BTreeMap::new();
    for row in rows {
        let Row { confirmed_on: day, organisation_id: organisation, customer_class: class, known_fen, cost_fen, .. } = row;
        let counted = || Counted { day, organisation, class, known_fen, cost_fen, splits: Vec::new() };
        let split = Split { person: row.person_id, share_bp: row.share_bp, amount_fen: row.amount_fen };
        orders.entry(row.id).or_insert_with(counted).splits.push(split);
    }
    orders
}

/// What an order counts for as it is now; nothing while it does not count.
///
/// # Errors
/// What the database said.
pub async fn counted(db: &impl ConnectionTrait, order: i64) -> Result<Option<Counted>, DbErr> {
    Ok(orders(rows(&Sql::new(" AND x.id = ").bind(order)).all(db).await?).remove(&order))
}

/// An order counts otherwise than before: for nothing while it is a draft or cancelled. In the transaction that changes it.
///
/// # Errors
/// What the database said.
pub async fn record(tx: &impl ConnectionTrait, before: Option<&Counted>, after: Option<&Counted>) -> Result<(), DbErr> {
    add(tx, change(before, after)).await
}

async fn add(tx: &impl ConnectionTrait, sums: BTreeMap<Key, Sums>) -> Result<(), DbErr> {
    let rows: Vec<Vec<Value>> = sums
        .into_iter()
        .map(|(key, sums)| {
            let Sums { orders, shares, amount_fen, known_fen, cost_fen } = sums;
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
            ]
        })
        .collect();
    let added = ["orders", "shares", "amount_fen", "known_fen", "cost_fen"]
        .map(|column| format!("{column} = sales_day.{column} + excluded.{column}"));
    for some in pieces(&rows) {
        let sql = "INSERT INTO sales_day (day, organisation_id, person_id, customer_class, orders, shares, amount_fen, known_fen, cost_fen) VALUES ";
        let tail = format!(" ON CONFLICT (day, organisation_id, person_id, customer_class) DO UPDATE SET {}", added.join(", "));
        Sql::new(sql).rows(some.iter().cloned()).text(&tail).run(tx).await?;
    }
    Ok(())
}

/// How many days of people are not what their orders come to; none, unless something is broken.
///
/// # Errors
/// What the database said.
pub async fn off(db: &impl ConnectionTrait) -> Result<i64, DbErr> {
    let sum = |what: &str| format!("CAST(SUM({what}) AS BIGINT)");
    let kept = format!(
        "SELECT day, organisation_id, person_id, {}, {} FROM sales_day GROUP BY day, organisation_id, person_id HAVING SUM(shares) <> 0 OR \
         SUM(amount_fen) <> 0",
        sum("shares"),
        sum("amount_fen")
    );
    let come = format!(
        "SELECT x.confirmed_on, x.organisation_id, p.person_id, {}, {} FROM sales_order x JOIN order_split p ON p.order_id = x.id \
         WHERE x.state IN ('confirmed', 'shipped', 'completed') AND x.confirmed_on IS NOT NULL \
         GROUP BY x.confirmed_on, x.organisation_id, p.person_id",
        sum("1"),
        sum("p.amount_fen")
    );
    let mut off = 0;
    for (one, other) in [(&kept, &come), (&come, &kept)] {
        off += Sql::new(format!("SELECT COUNT(*) FROM ({one} EXCEPT {other}) d")).number(db).await?;
    }
    Ok(off)
}

/// Reckons all days anew from the orders; how many orders count.
///
/// # Errors
/// What the database said.
pub async fn rebuild(tx: &impl ConnectionTrait) -> Result<usize, DbErr> {
    Sql::new("DELETE FROM sales_day").run(tx).await?;
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
