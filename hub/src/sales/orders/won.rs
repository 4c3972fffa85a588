//! What was sold on a day: orders that were confirmed within a time and not called off since, by organisation and by person.

use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};

use crate::platform::organisation::Tree;
use crate::platform::sql::Sql;

/// What an organisation sold.
#[derive(Debug, Clone, PartialEq, Eq, FromQueryResult)]
pub struct Won {
    /// Which.
    pub organisation_id: i64,
    /// Its name.
    pub name: String,
    /// How many orders.
    pub orders: i64,
    /// How much, in fen.
    pub amount_fen: i64,
}

/// What somebody sold: their shares of orders.
#[derive(Debug, Clone, PartialEq, Eq, FromQueryResult)]
pub struct WonByPerson {
    /// Who.
    pub person_id: i64,
    /// Their name.
    pub name: String,
    /// In how many orders they have a share.
    pub orders: i64,
    /// How much, in fen.
    pub amount_fen: i64,
}

fn of(tree: &Tree, sql: Sql, below: Option<i64>, (from_ms, to_ms): (i64, i64)) -> Sql {
    let sql = sql.text(" WHERE x.state IN ('confirmed', 'shipped', 'completed') AND x.confirmed_ms >= ").bind(from_ms);
    tree.filter_below(sql.text(" AND x.confirmed_ms < ").bind(to_ms), below)
}

/// What each organisation sold from a moment until another, of one organisation and those beneath it; the most first.
///
/// # Errors
/// What the database said.
pub async fn won(db: &impl ConnectionTrait, tree: &Tree, below: Option<i64>, time: (i64, i64)) -> Result<Vec<Won>, DbErr> {
    let sql = "SELECT x.organisation_id, o.name, COUNT(*) AS orders, CAST(SUM(x.amount_fen) AS BIGINT) AS amount_fen FROM sales_order x \
               JOIN organisation o ON o.id = x.organisation_id";
    of(tree, Sql::new(sql), below, time)
        .text(" GROUP BY x.organisation_id, o.name ORDER BY amount_fen DESC, x.organisation_id")
        .all(db)
        .await
}

/// What each person sold.
///
/// # Errors
/// What the database said.
pub async fn won_by_person(
    db: &impl ConnectionTrait,
    tree: &Tree,
    below: Option<i64>,
    time: (i64, i64),
) -> Result<Vec<WonByPerson>, DbErr> {
    let sql = "SELECT p.person_id, u.name, COUNT(*) AS orders, CAST(SUM(p.amount_fen) AS BIGINT) AS amount_fen FROM sales_order x \
               JOIN organisation o ON o.id = x.organisation_id JOIN order_split p ON p.order_id = x.id JOIN hub_user u ON u.id = p.person_id";
    of(tree, Sql::new(sql), below, time).text(" GROUP BY p.person_id, u.name ORDER BY amount_fen DESC, p.person_id").all(db).await
}
