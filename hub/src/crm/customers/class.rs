//! The class of a customer follows what they sign: 意向 until the first, 成交 from it on, 老客户 when it is done. It only goes up.

use sea_orm::{ConnectionTrait, DbErr};
use serde_json::json;

use super::rules::Class;
use crate::platform::audit::{self, Change};
use crate::platform::sql::Sql;

/// Holds a customer's row until the transaction ends: whoever changes what they are, have or owe waits.
///
/// # Errors
/// What the database said.
pub async fn hold(tx: &impl ConnectionTrait, customer: i64) -> Result<(), DbErr> {
    // A write that changes nothing holds the row on both databases.
    Sql::new("UPDATE customer SET version = version WHERE id = ").bind(customer).run(tx).await.map(drop)
}

/// A customer has come as far as this class; one who was further stays there. The change stands in their timeline. Answers
/// with what they were. Holds their row: of two who come at once the second finds what the first has made of them.
///
/// # Errors
/// What the database said.
pub async fn reached(tx: &impl ConnectionTrait, customer: i64, class: Class, author: &str) -> Result<Class, DbErr> {
    hold(tx, customer).await?;
    let lower: Vec<&str> = Class::ALL.into_iter().take_while(|below| *below != class).map(Class::word).collect();
    let was = Sql::new("SELECT class FROM customer WHERE id = ").bind(customer).word(tx).await?.unwrap_or_default();
    let sql = Sql::new("UPDATE customer SET version = version + 1, class = ").bind(class.word()).text(" WHERE id = ").bind(customer);
    if sql.text(" AND class IN ").among(lower).run(tx).await? == 0 {
        return Ok(Class::of_word(&was));
    }
    let change = Change { author, entity: "customer", id: customer.to_string(), action: "class" };
    audit::record(tx, change, Some(json!({"class": was})), Some(json!({"class": class.word()}))).await?;
    Ok(Class::of_word(&was))
}
