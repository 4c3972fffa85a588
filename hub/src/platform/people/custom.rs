//! Custom fields of people: personal ones sealed in rows of their own, the others open in the person's row.

use std::collections::BTreeMap;

use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use serde_json::{Map, Value};

use super::PeopleError;
use super::store::Wanted;
use crate::db::Db;
use crate::platform::expressions;
use crate::platform::fields::personal::text_of;
use crate::platform::fields::store::{drop_personal_indexes, zone_of};
use crate::platform::fields::{Compiled, Situation};
use crate::platform::identity::Actor;
use crate::platform::sql::Sql;
use crate::platform::vault::{Keys, PERSONAL, Sealed, Slot, Vault, VaultError};

/// What settings say of custom fields, and the chain's time zone.
#[derive(Clone, Copy)]
pub(super) struct Custom<'a> {
    /// The custom fields of people.
    pub set: &'a Compiled,
    /// The chain's time zone.
    pub chain_zone: &'a str,
}

/// Sealed values, by person and field.
pub(super) type SealedFields = BTreeMap<i64, BTreeMap<String, Sealed>>;

#[derive(FromQueryResult)]
struct Kept {
    person_id: i64,
    field: String,
    value: Sealed,
}

/// The sealed values of some people.
pub(super) async fn sealed(db: &impl ConnectionTrait, set: &Compiled, people: Vec<i64>) -> Result<SealedFields, DbErr> {
    let mut sealed = SealedFields::new();
    if set.personal().next().is_none() {
        return Ok(sealed);
    }
    let sql = Sql::new("SELECT person_id, field, value FROM person_field WHERE person_id IN ").among(people);
    for Kept { person_id, field, value } in sql.all::<Kept>(db).await? {
        sealed.entry(person_id).or_default().insert(field, value);
    }
    Ok(sealed)
}

#[derive(FromQueryResult)]
struct Stored {
    id: i64,
    custom: Value,
}

fn object(value: Value) -> Map<String, Value> {
    if let Value::Object(values) = value { values } else { Map::new() }
}

/// All values of a person, the personal ones opened. One that cannot be opened stays where it is, and is told to the log.
pub(super) async fn opened(tx: &impl ConnectionTrait, keys: &Keys, set: &Compiled, person: i64) -> Result<Map<String, Value>, DbErr> {
    let stored: Option<Stored> = Sql::new("SELECT id, custom FROM hub_user WHERE id = ").bind(person).one(tx).await?;
    let mut values = stored.map(|stored| object(stored.custom)).unwrap_or_default();
    let kept = sealed(tx, set, vec![person]).await?.remove(&person).unwrap_or_default();
    for of in set.personal() {
        let field = &of.field.key;
        let Some(sealed) = kept.get(field) else { continue };
        match keys.open_slot(Slot { person, field }, sealed) {
            Ok(plain) => {
                if let Some(value) = of.value_of(plain.expose()) {
                    values.insert(field.clone(), value);
                }
            }
            Err(error) => tracing::error!(%error, "a personal field cannot be opened"),
        }
    }
    Ok(values)
}

/// Custom fields as they are to be, held to their rules.
pub(super) async fn accepted(
    tx: &impl ConnectionTrait,
    actor: &Actor,
    custom: Custom<'_>,
    person: (&str, &Wanted),
    was: Option<&Map<String, Value>>,
) -> Result<Map<String, Value>, PeopleError> {
    use expressions::Value as Of;
    let (login, wanted) = person;
    let zone = zone_of(tx, Some(wanted.organisation), custom.chain_zone).await?;
    let (tree, organisation) = (&*actor.tree, Some(wanted.organisation));
    let at = Situation { tree, organisation, now: jiff::Timestamp::now(), zone, new: was.is_none() };
    let record = Of::object([
        ("login", Of::text(login)),
        ("name", Of::text(wanted.name.trim())),
        ("organisation", Of::Int(wanted.organisation)),
        ("disabled", Of::Bool(wanted.disabled)),
    ]);
    let none = Map::new();
    let given = wanted.custom.as_ref().unwrap_or(&none);
    custom.set.accept(&at, record, was.unwrap_or(&none), given).map_err(PeopleError::Custom)
}

/// Writes values, the personal ones that are new sealed.
pub(super) async fn write(
    tx: &impl ConnectionTrait,
    keys: &Keys,
    set: &Compiled,
    person: i64,
    was: &Map<String, Value>,
    values: &Map<String, Value>,
) -> Result<(), VaultError> {
    let mut open = values.clone();
    for of in set.personal() {
        let field = &of.field.key;
        let value = open.remove(field);
        if value.as_ref() != was.get(field) {
            keys.put_slot(tx, Slot { person, field }, value.as_ref().map(text_of).as_deref()).await?;
        }
    }
    write_open(tx, person, open).await?;
    Ok(())
}

async fn write_open(tx: &impl ConnectionTrait, person: i64, open: Map<String, Value>) -> Result<(), DbErr> {
    let sql = Sql::new("UPDATE hub_user SET custom = ").bind(Value::Object(open)).text(" WHERE id = ").bind(person);
    sql.run(tx).await.map(|_| ())
}

/// Seals what fields with the names of personal things held in clear before custom fields could be sealed; how many values.
///
/// # Errors
/// [`VaultError`] when the database fails.
pub async fn seal_clear(db: &Db, vault: &Vault) -> Result<usize, VaultError> {
    let has = PERSONAL.map(|name| format!("custom ->> '{name}' IS NOT NULL")).join(" OR ");
    if Sql::new(format!("SELECT COUNT(*) FROM hub_user WHERE {has}")).number(db.read()).await? == 0 {
        return Ok(0);
    }
    db.overwrite(true).await?;
    let sealed = seal_those(db, vault, &has).await;
    db.overwrite(false).await?;
    sealed
}

async fn seal_those(db: &Db, vault: &Vault, has: &str) -> Result<usize, VaultError> {
    let tx = db.begin().await?;
    let keys = vault.for_writing(&tx).await?;
    drop_personal_indexes(&tx).await?;
    let mut sealed = 0;
    let rows: Vec<Stored> = Sql::new(format!("SELECT id, custom FROM hub_user WHERE {has} ORDER BY id")).all(&tx).await?;
    for Stored { id: person, custom } in rows {
        let mut open = object(custom);
        for field in PERSONAL {
            let Some(value) = open.remove(field).filter(|value| !value.is_null()) else { continue };
            keys.put_slot(&tx, Slot { person, field }, Some(&text_of(&value))).await?;
            sealed += 1;
        }
        write_open(&tx, person, open).await?;
    }
    tx.commit().await?;
    Ok(sealed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::vault::MasterAt;

    #[tokio::test]
    async fn what_was_written_in_clear_is_sealed_and_its_bytes_are_gone_from_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("hub.db");
        let db = Db::open(&format!("sqlite:{}", file.display())).await.unwrap();
        let tx = db.begin().await.unwrap();
        for statement in [
            "INSERT INTO hub_user (id, login, name, password_hash, disabled, version, custom) VALUES \
             (1, 'li', 'li', '', FALSE, 1, '{\"address\":\"漕溪北路 88 号\",\"mobile\":13812345678,\"badge\":\"A7\"}'), \
             (2, 'han', 'han', '', FALSE, 1, '{\"badge\":\"A8\"}')",
            "CREATE INDEX custom_hub_user_address ON hub_user (COALESCE((custom ->> 'address'), ''))",
        ] {
            Sql::new(statement).run(&tx).await.unwrap();
        }
        tx.commit().await.unwrap();
        let holds = |clear: &str| {
            let read = |name: &str| std::fs::read(folder.path().join(name)).unwrap_or_default();
            [read("hub.db"), read("hub.db-wal")].iter().any(|bytes| bytes.windows(clear.len()).any(|part| part == clear.as_bytes()))
        };
        assert!(holds("漕溪北路") && holds("13812345678"));
        let vault = Vault::open(&db, MasterAt::of(None, folder.path(), |_| None)).await.unwrap();
        assert_eq!(seal_clear(&db, &vault).await.unwrap(), 2);
        assert!(!holds("漕溪北路") && !holds("13812345678") && holds("A8"));
        assert_eq!(seal_clear(&db, &vault).await.unwrap(), 0);
        let keys = vault.for_reading(db.read()).await.unwrap();
        let rows: Vec<Kept> = Sql::new("SELECT person_id, field, value FROM person_field ORDER BY field").all(db.read()).await.unwrap();
        let open = |row: &Kept| keys.open_slot(Slot { person: row.person_id, field: &row.field }, &row.value).unwrap().expose().to_owned();
        assert_eq!(rows.iter().map(open).collect::<Vec<_>>(), ["漕溪北路 88 号", "13812345678"]);
        assert!(keys.open_slot(Slot { person: 2, field: "address" }, &rows[0].value).is_err(), "moved to another person");
        assert!(keys.open_slot(Slot { person: 1, field: "mobile" }, &rows[0].value).is_err(), "moved to another field");
        let left: Option<Stored> = Sql::new("SELECT id, custom FROM hub_user WHERE id = 1").one(db.read()).await.unwrap();
        assert_eq!(left.unwrap().custom, serde_json::json!({"badge": "A7"}));
    }
}
