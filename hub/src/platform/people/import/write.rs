//! Rows of a sheet, written: the person, their roles, what is sealed and what is not, and what the audit is to say.

use sea_orm::ActiveModelTrait as _;
use sea_orm::ActiveValue::Set;
use sea_orm::{DatabaseTransaction, DbErr};
use serde_json::{Map, Value};

use super::known::{Stored, state};
use super::row::House;
use super::{failed, unwritten};
use crate::db::entity::hub_user;
use crate::platform::audit::Change;
use crate::platform::people::access::end_access;
use crate::platform::people::custom;
use crate::platform::people::store::{Wanted, write_roles};
use crate::platform::sql::Sql;

/// A line of the audit: the change, what was, what is.
pub(super) type Line<'a> = (Change<'a>, Option<Value>, Option<Value>);

fn custom_state(house: &House<'_>, values: &Map<String, Value>) -> Value {
    house.set.for_audit(values).into()
}

/// Makes a person, without a password; their number, their version, the line of the audit.
pub(super) async fn new<'a>(
    tx: &DatabaseTransaction,
    house: &House<'a>,
    login: &str,
    wanted: &Wanted,
    values: &Map<String, Value>,
) -> Result<(i64, i64, Line<'a>), DbErr> {
    let made = hub_user::ActiveModel {
        login: Set(login.to_owned()),
        name: Set(wanted.name.trim().to_owned()),
        // Fits nothing.
        password_hash: Set(String::new()),
        disabled: Set(wanted.disabled),
        organisation_id: Set(Some(wanted.organisation)),
        version: Set(1),
        ..Default::default()
    };
    let made = made.insert(tx).await?;
    write_roles(tx, made.id, &wanted.roles).await?;
    custom::write(tx, house.keys, house.set, made.id, &Map::new(), values).await.map_err(failed)?;
    let (_, contact) = wanted.contact.write(tx, house.keys, made.id).await.map_err(unwritten)?;
    let mut told = state(&made.login, &made.name, made.organisation_id, made.disabled, &wanted.roles);
    told.extend(contact);
    if !values.is_empty() {
        told.insert("custom".to_owned(), custom_state(house, values));
    }
    let change = Change { author: &house.run.author, entity: "person", id: made.id.to_string(), action: "create" };
    Ok((made.id, made.version, (change, None, Some(Value::Object(told)))))
}

/// Changes a person who is still as they were. Who is disabled is signed out everywhere.
pub(super) async fn over<'a>(
    tx: &DatabaseTransaction,
    house: &House<'a>,
    was: &Stored,
    wanted: &Wanted,
    values: &Map<String, Value>,
) -> Result<(i64, i64, Line<'a>), DbErr> {
    let sql = Sql::new("UPDATE hub_user SET name = ").bind(wanted.name.trim()).text(", organisation_id = ").bind(wanted.organisation);
    let sql = sql.text(", disabled = ").bind(wanted.disabled).text(", version = version + 1 WHERE id = ").bind(was.id);
    let changed = sql.text(" AND version = ").bind(was.version).run(tx).await?;
    if changed == 0 {
        // The step is tried again, and judges the row by what is there then.
        return Err(DbErr::RecordNotUpdated);
    }
    if wanted.roles != was.roles {
        write_roles(tx, was.id, &wanted.roles).await?;
    }
    if wanted.disabled {
        end_access(tx, was.id).await?;
    }
    let (old_contact, new_contact) = wanted.contact.write(tx, house.keys, was.id).await.map_err(unwritten)?;
    let mut old = was.state();
    let mut new = state(&was.login, wanted.name.trim(), Some(wanted.organisation), wanted.disabled, &wanted.roles);
    old.extend(old_contact);
    new.extend(new_contact);
    let values_were = was.values(house.keys, house.set);
    if *values != values_were {
        custom::write(tx, house.keys, house.set, was.id, &values_were, values).await.map_err(failed)?;
        old.insert("custom".to_owned(), custom_state(house, &values_were));
        new.insert("custom".to_owned(), custom_state(house, values));
    }
    let change = Change { author: &house.run.author, entity: "person", id: was.id.to_string(), action: "change" };
    Ok((was.id, was.version + 1, (change, Some(Value::Object(old)), Some(Value::Object(new)))))
}
