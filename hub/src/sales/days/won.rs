//! Who sold how much on a day, of those that count; the most first.

use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};

use crate::platform::organisation::Tree;
use crate::platform::sql::Sql;

/// What an organisation or somebody sold on a day.
#[derive(Debug, Clone, PartialEq, Eq, FromQueryResult)]
pub struct Won {
    /// Which, or who.
    pub id: i64,
    /// The name.
    pub name: String,
    /// How many orders; of a person those in which they have a share.
    pub orders: i64,
    /// How much, in fen; of a person their shares.
    pub amount_fen: i64,
}

async fn sum(db: &impl ConnectionTrait, tree: &Tree, below: Option<i64>, day: &str, of: &str, orders: &str) -> Result<Vec<Won>, DbErr> {
    let sql = Sql::new(format!(
        "SELECT {of}.id, {of}.name, CAST(SUM(d.{orders}) AS BIGINT) AS orders, CAST(SUM(d.amount_fen) AS BIGINT) AS amount_fen \
         FROM sales_day d JOIN organisation o ON o.id = d.organisation_id JOIN hub_user u ON u.id = d.person_id WHERE d.day = "
    ));
    let ranked = format!(" GROUP BY {of}.id, {of}.name HAVING SUM(d.shares) > 0 ORDER BY 4 DESC, {of}.id");
    tree.filter_below(sql.bind(day), below).text(&ranked).all(db).await
}

/// What each organisation sold on a day, of one and those beneath it.
///
/// # Errors
/// What the database said.
pub async fn won(db: &impl ConnectionTrait, tree: &Tree, below: Option<i64>, day: &str) -> Result<Vec<Won>, DbErr> {
    sum(db, tree, below, day, "o", "orders").await
}

/// What each person sold.
///
/// # Errors
/// What the database said.
pub async fn won_by_person(db: &impl ConnectionTrait, tree: &Tree, below: Option<i64>, day: &str) -> Result<Vec<Won>, DbErr> {
    sum(db, tree, below, day, "u", "shares").await
}
