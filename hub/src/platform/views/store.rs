//! Views in the database.

use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, Value};
use serde_json::json;

use super::ViewError;
use super::api::{ViewRow, ViewWanted};
use crate::db::Db;
use crate::platform::audit::{self, Change};
use crate::platform::clock;
use crate::platform::identity::Actor;
use crate::platform::once;
use crate::platform::sql::Sql;

/// Most views of one person.
const MOST: i64 = 200;
const LONGEST_QUERY: usize = 2_000;
const MOST_COLUMNS: usize = 60;
const LONGEST_NAME: usize = 60;

#[derive(FromQueryResult)]
pub(super) struct Stored {
    id: i64,
    person_id: i64,
    list: String,
    name: String,
    query: String,
    hidden: String,
    dense: bool,
    organisation_id: Option<i64>,
    organisation_name: Option<String>,
    role_id: Option<i64>,
    owner: String,
    version: i64,
}

const STORED: &str = "SELECT v.id, v.person_id, v.list, v.name, v.query, v.hidden, v.dense, v.organisation_id, \
    o.name AS organisation_name, v.role_id, u.name AS owner, v.version FROM saved_view v JOIN hub_user u ON u.id = v.person_id \
    LEFT JOIN organisation o ON o.id = v.organisation_id WHERE ";

impl Stored {
    pub(super) fn is_of(&self, reader: &Actor) -> bool {
        self.person_id == reader.id
    }

    /// As its reader sees it. Where it is shared is told to its owner, who chose it; others may not see that organisation.
    fn row(self, reader: &Actor) -> ViewRow {
        let mine = self.is_of(reader);
        ViewRow {
            id: self.id,
            list: self.list,
            name: self.name,
            query: self.query,
            hidden: serde_json::from_str(&self.hidden).unwrap_or_default(),
            dense: self.dense,
            mine,
            owner: (!mine).then_some(self.owner),
            organisation: self.organisation_id.filter(|_| mine),
            organisation_name: self.organisation_name.filter(|_| mine),
            role: self.role_id.filter(|_| mine),
            version: self.version,
        }
    }
}

/// Adds `(…)`: the reader's own views, and those shared with where they belong and what they are.
fn seen_by(sql: Sql, reader: &Actor) -> Sql {
    let path = reader.organisation.and_then(|own| reader.tree.node(own)).map_or("", |node| node.path.as_str());
    let above = path.split('/').filter_map(|part| part.parse::<i64>().ok());
    let roles = reader.grants.iter().map(|grant| grant.role);
    sql.text("(v.person_id = ")
        .bind(reader.id)
        .text(" OR (v.organisation_id IN ")
        .among(above)
        .text(" AND (v.role_id IS NULL OR v.role_id IN ")
        .among(roles)
        .text(")))")
}

/// The views of a reader, their own first.
pub(super) async fn list(db: &impl ConnectionTrait, reader: &Actor, of: Option<String>) -> Result<Vec<ViewRow>, DbErr> {
    let rows: Vec<Stored> = seen_by(Sql::new(STORED), reader)
        .bind_if(" AND v.list = ", of)
        .text(" ORDER BY CASE WHEN v.person_id = ")
        .bind(reader.id)
        .text(" THEN 0 ELSE 1 END, v.name, v.id")
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|row| row.row(reader)).collect())
}

/// A view that the reader sees.
pub(super) async fn get(db: &impl ConnectionTrait, reader: &Actor, id: i64) -> Result<Option<Stored>, DbErr> {
    seen_by(Sql::new(STORED), reader).text(" AND v.id = ").bind(id).one(db).await
}

pub(super) async fn row(db: &impl ConnectionTrait, reader: &Actor, id: i64) -> Result<Option<ViewRow>, DbErr> {
    Ok(get(db, reader, id).await?.map(|view| view.row(reader)))
}

#[derive(FromQueryResult)]
struct Shared {
    id: i64,
    list: String,
    name: String,
}

/// Gives the shared views of somebody who leaves to somebody else, so that one who goes on using them can still have them changed. A name
/// that the other has already gets a number behind it. How many.
///
/// # Errors
/// What the database said.
pub async fn hand_over(tx: &impl ConnectionTrait, author: &str, from: i64, to: i64) -> Result<usize, DbErr> {
    let shared: Vec<Shared> =
        Sql::new("SELECT id, list, name FROM saved_view WHERE organisation_id IS NOT NULL AND person_id = ").bind(from).all(tx).await?;
    for view in &shared {
        let mut name = view.name.clone();
        for n in 2.. {
            let taken = Sql::new("SELECT COUNT(*) FROM saved_view WHERE person_id = ").bind(to);
            let taken = taken.text(" AND list = ").bind(view.list.clone()).text(" AND name = ").bind(name.clone()).number(tx).await?;
            if taken == 0 {
                break;
            }
            let begin: String = view.name.chars().take(LONGEST_NAME - 6).collect();
            name = format!("{begin} {n}");
        }
        Sql::new("UPDATE saved_view SET version = version + 1, person_id = ")
            .bind(to)
            .text(", name = ")
            .bind(name.clone())
            .text(" WHERE id = ")
            .bind(view.id)
            .run(tx)
            .await?;
        let change = Change { author, entity: "view", id: view.id.to_string(), action: "hand_over" };
        audit::record(tx, change, Some(json!({"owner": from, "name": view.name})), Some(json!({"owner": to, "name": name}))).await?;
    }
    Ok(shared.len())
}

async fn check(tx: &impl ConnectionTrait, reader: &Actor, wanted: &ViewWanted, but: i64) -> Result<(), ViewError> {
    let plain = wanted.list.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if !(1..=40).contains(&wanted.list.len()) || !plain {
        return Err(ViewError::List);
    }
    if !(1..=LONGEST_NAME).contains(&wanted.name.trim().chars().count()) || wanted.name.chars().any(char::is_control) {
        return Err(ViewError::Name);
    }
    let wide = wanted.hidden.len() > MOST_COLUMNS || wanted.hidden.iter().any(|column| column.len() > 60);
    if wanted.query.len() > LONGEST_QUERY || wanted.query.chars().any(char::is_control) || wide {
        return Err(ViewError::Size);
    }
    match (wanted.role, wanted.organisation) {
        (Some(_), None) => return Err(ViewError::RoleAlone),
        (Some(role), _) if Sql::new("SELECT COUNT(*) FROM role WHERE id = ").bind(role).number(tx).await? == 0 => {
            return Err(ViewError::NoRole);
        }
        _ => {}
    }
    let taken = Sql::new("SELECT COUNT(*) FROM saved_view WHERE person_id = ")
        .bind(reader.id)
        .text(" AND list = ")
        .bind(wanted.list.as_str())
        .text(" AND name = ")
        .bind(wanted.name.trim())
        .text(" AND id <> ")
        .bind(but);
    if taken.number(tx).await? > 0 { Err(ViewError::Taken) } else { Ok(()) }
}

fn shown(wanted: &ViewWanted) -> serde_json::Value {
    json!({"list": wanted.list, "name": wanted.name.trim(), "organisation": wanted.organisation, "role": wanted.role})
}

/// Keeps a view.
pub(super) async fn create(db: &Db, reader: &Actor, wanted: ViewWanted, key: Option<&str>) -> Result<i64, ViewError> {
    let tx = db.begin().await?;
    if let Some(made) = once::made(&tx, "saved_view", key).await? {
        return Ok(made);
    }
    check(&tx, reader, &wanted, 0).await?;
    if Sql::new("SELECT COUNT(*) FROM saved_view WHERE person_id = ").bind(reader.id).number(&tx).await? >= MOST {
        return Err(ViewError::TooMany);
    }
    let after = shown(&wanted);
    let row: [Value; 10] = [
        reader.id.into(),
        wanted.list.into(),
        wanted.name.trim().into(),
        wanted.query.into(),
        json!(wanted.hidden).to_string().into(),
        wanted.dense.into(),
        wanted.organisation.into(),
        wanted.role.into(),
        clock::now_ms().into(),
        1_i64.into(),
    ];
    let columns = "person_id, list, name, query, hidden, dense, organisation_id, role_id, created_ms, version";
    let id = Sql::new(format!("INSERT INTO saved_view ({columns}) VALUES ")).list(row).text(" RETURNING id").number(&tx).await?;
    once::keep(&tx, "saved_view", id, key).await?;
    let change = Change { author: &reader.login, entity: "view", id: id.to_string(), action: "create" };
    audit::record(&tx, change, audit::NOTHING, Some(after)).await?;
    tx.commit().await?;
    Ok(id)
}

async fn own(tx: &impl ConnectionTrait, reader: &Actor, id: i64) -> Result<Stored, ViewError> {
    let view = get(tx, reader, id).await?.ok_or(ViewError::NoView)?;
    if view.is_of(reader) { Ok(view) } else { Err(ViewError::NotYours) }
}

fn before(view: &Stored) -> serde_json::Value {
    json!({"list": view.list, "name": view.name, "organisation": view.organisation_id, "role": view.role_id})
}

/// Changes a view that is still at `version`.
pub(super) async fn change(db: &Db, reader: &Actor, id: i64, version: i64, wanted: ViewWanted) -> Result<(), ViewError> {
    let tx = db.begin().await?;
    let was = own(&tx, reader, id).await?;
    check(&tx, reader, &wanted, id).await?;
    let after = shown(&wanted);
    let changed = Sql::new("UPDATE saved_view SET list = ")
        .bind(wanted.list)
        .text(", name = ")
        .bind(wanted.name.trim())
        .text(", query = ")
        .bind(wanted.query)
        .text(", hidden = ")
        .bind(json!(wanted.hidden).to_string())
        .text(", dense = ")
        .bind(wanted.dense)
        .text(", organisation_id = ")
        .bind(wanted.organisation)
        .text(", role_id = ")
        .bind(wanted.role)
        .text(", version = version + 1 WHERE id = ")
        .bind(id)
        .text(" AND version = ")
        .bind(version)
        .run(&tx)
        .await?;
    if changed == 0 {
        return Err(ViewError::Changed);
    }
    let change = Change { author: &reader.login, entity: "view", id: id.to_string(), action: "change" };
    audit::record(&tx, change, Some(before(&was)), Some(after)).await?;
    tx.commit().await?;
    Ok(())
}

/// Forgets a view.
pub(super) async fn remove(db: &Db, reader: &Actor, id: i64) -> Result<(), ViewError> {
    let tx = db.begin().await?;
    let was = own(&tx, reader, id).await?;
    Sql::new("DELETE FROM saved_view WHERE id = ").bind(id).run(&tx).await?;
    let change = Change { author: &reader.login, entity: "view", id: id.to_string(), action: "delete" };
    audit::record(&tx, change, Some(before(&was)), audit::NOTHING).await?;
    tx.commit().await?;
    Ok(())
}
