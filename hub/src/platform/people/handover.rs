//! When somebody leaves: their records go to somebody else, one line of the audit for each, and they are let out of the house.

use std::collections::BTreeMap;

use sea_orm::{ConnectionTrait, DbErr, EntityTrait, FromQueryResult};
use serde_json::json;

use super::PeopleError;
use super::access::end_access;
use super::store::{administrators_before, one_administrator_stays};
use crate::db::Db;
use crate::db::entity::hub_user;
use crate::platform::audit::{self, Change};
use crate::platform::sql::Sql;
use crate::platform::views;

/// A table whose rows have an owner. Names are part of the program.
#[derive(Debug, Clone, Copy)]
pub struct OwnedTable {
    /// The records' word, as in the audit.
    pub entity: &'static str,
    /// The table, with a column `id`.
    pub table: &'static str,
    /// The column of the owner.
    pub owner: &'static str,
}

/// Every table whose rows have an owner; a module with such a table has its line here.
pub const OWNED: &[OwnedTable] = &[
    OwnedTable { entity: "customer", table: "customer", owner: "owner_id" },
    OwnedTable { entity: "opportunity", table: "opportunity", owner: "owner_id" },
    OwnedTable { entity: "ticket", table: "ticket", owner: "installer_id" },
    OwnedTable { entity: "quote", table: "quote", owner: "owner_id" },
    OwnedTable { entity: "contract", table: "contract", owner: "owner_id" },
    OwnedTable { entity: "order", table: "sales_order", owner: "owner_id" },
];

#[derive(FromQueryResult)]
struct Moved {
    id: i64,
}

/// Gives all records of one person to another: what they own, and what they work on beside its owner. How many of each kind.
///
/// # Errors
/// What the database said.
pub async fn hand_over(
    tx: &impl ConnectionTrait,
    author: &str,
    from: i64,
    to: i64,
    tables: &[OwnedTable],
) -> Result<BTreeMap<&'static str, usize>, DbErr> {
    let mut moved = BTreeMap::new();
    for OwnedTable { entity, table, owner } in tables {
        let rows: Vec<Moved> = Sql::new(format!("UPDATE {table} SET {owner} = "))
            .bind(to)
            .text(&format!(" WHERE {owner} = "))
            .bind(from)
            .text(" RETURNING id")
            .all(tx)
            .await?;
        for row in &rows {
            let change = Change { author, entity, id: row.id.to_string(), action: "hand_over" };
            audit::record(tx, change, Some(json!({"owner": from})), Some(json!({"owner": to}))).await?;
        }
        moved.insert(*entity, rows.len());
    }
    Sql::new("INSERT INTO collaborator (entity, record_id, person_id) SELECT entity, record_id, CAST(")
        .bind(to)
        .text(" AS BIGINT) FROM collaborator WHERE person_id = ")
        .bind(from)
        .text(" ON CONFLICT (entity, record_id, person_id) DO NOTHING")
        .run(tx)
        .await?;
    Sql::new("DELETE FROM collaborator WHERE person_id = ").bind(from).run(tx).await?;
    Ok(moved)
}

/// Hands a person's records over and, when they leave, disables them and ends their sessions and tokens; all or nothing.
pub(super) async fn leave(
    db: &Db,
    author: &str,
    from: i64,
    to: i64,
    disable: bool,
    tables: &[OwnedTable],
) -> Result<BTreeMap<&'static str, usize>, PeopleError> {
    let tx = db.begin().await?;
    let receiver = hub_user::Entity::find_by_id(to).one(&tx).await?;
    if from == to || receiver.is_none_or(|receiver| receiver.disabled) {
        return Err(PeopleError::Receiver);
    }
    let mut moved = hand_over(&tx, author, from, to, tables).await?;
    moved.insert("view", views::hand_over(&tx, author, from, to).await?);
    if disable {
        let guarded = administrators_before(&tx).await?;
        Sql::new("UPDATE hub_user SET disabled = TRUE, version = version + 1 WHERE id = ").bind(from).run(&tx).await?;
        end_access(&tx, from).await?;
        one_administrator_stays(&tx, guarded).await?;
    }
    let change = Change { author, entity: "person", id: from.to_string(), action: "hand_over" };
    audit::record(&tx, change, audit::NOTHING, Some(json!({"to": to, "disabled": disable, "moved": moved}))).await?;
    tx.commit().await?;
    Ok(moved)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::identity::{self, NewUser, Role};

    #[tokio::test]
    async fn every_record_gets_its_new_owner_and_a_line_of_the_audit() {
        let scratch = crate::db::rig::scratch().await;
        let db = Db::open(scratch.url()).await.unwrap();
        for login in ["li", "han"] {
            let user = NewUser { login: login.into(), name: login.into(), role: Role::Sales, site: None, password: "password-1".into() };
            identity::add(&db, "test", user).await.unwrap();
        }
        let tx = db.begin().await.unwrap();
        for statement in [
            "CREATE TABLE lead (id BIGINT PRIMARY KEY, owner_id BIGINT)",
            "INSERT INTO lead (id, owner_id) VALUES (1, 1), (2, 1), (3, 2)",
            "INSERT INTO collaborator (entity, record_id, person_id) VALUES ('lead', 3, 1), ('lead', 9, 1), ('lead', 9, 2)",
            "INSERT INTO saved_view (person_id, list, name, query, hidden, dense, organisation_id, created_ms, version) VALUES \
             (1, 'tasks', '今天', 'q=a', '[]', FALSE, 1, 1, 1), (1, 'tasks', '自己', 'q=b', '[]', FALSE, NULL, 1, 1), \
             (2, 'tasks', '今天', 'q=c', '[]', FALSE, NULL, 1, 1)",
        ] {
            Sql::new(statement).run(&tx).await.unwrap();
        }
        tx.commit().await.unwrap();
        let tables = [OwnedTable { entity: "lead", table: "lead", owner: "owner_id" }];
        let moved = leave(&db, "admin", 1, 2, true, &tables).await.unwrap();
        assert_eq!(moved, BTreeMap::from([("lead", 2), ("view", 1)]));
        let count = async |sql: &str| Sql::new(sql).number(db.read()).await.unwrap();
        assert_eq!(count("SELECT COUNT(*) FROM lead WHERE owner_id = 2").await, 3);
        assert_eq!(count("SELECT COUNT(*) FROM collaborator WHERE person_id = 2").await, 2);
        assert_eq!(count("SELECT COUNT(*) FROM collaborator WHERE person_id = 1").await, 0);
        assert_eq!(count("SELECT COUNT(*) FROM audit WHERE entity = 'lead' AND action = 'hand_over'").await, 2);
        let shared = Sql::new("SELECT name FROM saved_view WHERE person_id = 2 AND query = 'q=a'").word(db.read()).await.unwrap();
        assert_eq!(shared.as_deref(), Some("今天 2"), "a shared view stays, under a name that is free");
        assert_eq!(count("SELECT COUNT(*) FROM saved_view WHERE person_id = 1").await, 1, "their own");
        assert!(matches!(leave(&db, "admin", 2, 1, false, &tables).await, Err(PeopleError::Receiver)), "1 has left");
        assert!(matches!(leave(&db, "admin", 2, 2, false, &tables).await, Err(PeopleError::Receiver)));
    }
}
