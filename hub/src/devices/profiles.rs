//! Profiles of the chain in the database, beside those of the program.

use std::collections::{BTreeMap, HashMap};

use qitao_domain::catalog::{DEVICE_PROFILES, DeviceSays};
use qitao_firmware_config::{Document, Profiles, Role};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, Value};

use super::rows::{DeviceProfileFields, DeviceProfileRow, DeviceRole};
use super::{DeviceError, assignments};
use crate::catalog::bump;
use crate::catalog::store::alone;
use crate::db::Db;
use crate::platform::audit::{self, Change};
use crate::platform::sql::Sql;

#[derive(FromQueryResult)]
struct Stored {
    name: String,
    document: String,
    version: i64,
}

impl Stored {
    fn read(&self) -> Result<Document, DbErr> {
        serde_json::from_str(&self.document).map_err(|error| DbErr::Json(format!("device profile {}: {error}", self.name)))
    }
}

#[derive(FromQueryResult)]
struct Used {
    profile: String,
    devices: i64,
}

/// Devices that have a profile; those of machines that were switched off have none.
const USED: &str = "FROM device d JOIN edge e ON e.id = d.edge_id WHERE NOT e.disabled";

fn stored() -> Sql {
    Sql::new("SELECT name, document, version FROM device_profile")
}

fn row(document: Document, version: i64, devices: i64) -> DeviceProfileRow {
    let Document { id, name, role, set } = document;
    let standard = Profiles::built_in().get(&id).is_some();
    DeviceProfileRow { id, name, role: role.into(), set, standard, own: version > 0, devices, version }
}

/// Every profile that holds, by id.
///
/// # Errors
/// What the database said.
pub(super) async fn list(db: &impl ConnectionTrait) -> Result<Vec<DeviceProfileRow>, DbErr> {
    let used: Vec<Used> =
        Sql::new(format!("SELECT d.profile, COUNT(*) AS devices {USED} AND d.profile <> '' GROUP BY d.profile")).all(db).await?;
    let used: HashMap<String, i64> = used.into_iter().map(|one| (one.profile, one.devices)).collect();
    let devices = |id: &str| used.get(id).copied().unwrap_or(0);
    let built_in = Profiles::built_in().iter().map(|profile| (profile.id.clone(), row(Document::from(profile), 0, devices(&profile.id))));
    let mut all: BTreeMap<String, DeviceProfileRow> = built_in.collect();
    for own in stored().all::<Stored>(db).await? {
        all.insert(own.name.clone(), row(own.read()?, own.version, devices(&own.name)));
    }
    Ok(all.into_values().collect())
}

async fn own(db: &impl ConnectionTrait, id: &str) -> Result<Option<Stored>, DbErr> {
    stored().text(" WHERE name = ").bind(id).one(db).await
}

/// The profile of an id that holds.
pub(super) async fn find(db: &impl ConnectionTrait, id: &str) -> Result<Option<DeviceProfileRow>, DbErr> {
    let devices = Sql::new(format!("SELECT COUNT(*) {USED} AND d.profile = ")).bind(id).number(db).await?;
    Ok(match own(db, id).await? {
        Some(own) => Some(row(own.read()?, own.version, devices)),
        None => Profiles::built_in().get(id).map(|profile| row(Document::from(profile), 0, devices)),
    })
}

/// The role of a profile that holds.
pub(super) async fn role(db: &impl ConnectionTrait, id: &str) -> Result<Option<Role>, DbErr> {
    Ok(match own(db, id).await? {
        Some(own) => Some(own.read()?.role),
        None => Profiles::built_in().get(id).map(|profile| profile.role),
    })
}

/// What edges are told of the chain's own profiles.
pub(super) async fn said(db: &impl ConnectionTrait) -> Result<Vec<DeviceSays>, DbErr> {
    let all: Vec<Stored> = stored().text(" ORDER BY name").all(db).await?;
    Ok(all.into_iter().map(|one| DeviceSays::Profile { document: one.document }).collect())
}

/// Makes or changes the chain's profile of an id. `version`: what was read; 0 when the chain has none.
pub(super) async fn put(db: &Db, author: &str, (id, version): (&str, i64), fields: DeviceProfileFields) -> Result<(), DeviceError> {
    let DeviceProfileFields { name, role, set } = fields;
    let document = Document { id: id.to_owned(), name: name.trim().to_owned(), role: role.into(), set };
    document.read().map_err(DeviceError::Correct)?;
    let tx = db.begin().await?;
    alone(&tx, DEVICE_PROFILES).await?;
    let old = own(&tx, id).await?;
    if old.as_ref().map_or(0, |old| old.version) != version {
        return Err(DeviceError::Changed);
    }
    // Devices that have it would be without a profile.
    if self::role(&tx, id).await?.is_some_and(|before| before != document.role) {
        return Err(DeviceError::Role);
    }
    let text = serde_json::to_string(&document).map_err(|error| DbErr::Json(error.to_string()))?;
    let new: [Value; 5] = [id.into(), document.name.as_str().into(), role.word().into(), text.into(), (version + 1).into()];
    Sql::new("INSERT INTO device_profile (name, title, role, document, version) VALUES ")
        .list(new)
        .text(" ON CONFLICT (name) DO UPDATE SET title = excluded.title, document = excluded.document, version = excluded.version")
        .run(&tx)
        .await?;
    let action = if old.is_some() { "change" } else { "create" };
    let old = old.map(|old| old.read()).transpose()?;
    audit::record(&tx, Change { author, entity: "device_profile", id: id.to_owned(), action }, old, Some(document)).await?;
    bump(&tx, DEVICE_PROFILES).await?;
    tx.commit().await?;
    Ok(())
}

/// Takes the chain's profile of an id away; where the program has one, that one holds again.
pub(super) async fn remove(db: &Db, author: &str, (id, version): (&str, i64)) -> Result<(), DeviceError> {
    let tx = db.begin().await?;
    alone(&tx, DEVICE_PROFILES).await?;
    let old = own(&tx, id).await?.ok_or(DeviceError::NotThere)?;
    if old.version != version {
        return Err(DeviceError::Changed);
    }
    let assigned = assignments::places(&tx, id).await?;
    if !assigned.is_empty() && Profiles::built_in().get(id).is_none() {
        return Err(DeviceError::Assigned(assigned));
    }
    Sql::new("DELETE FROM device_profile WHERE name = ").bind(id).run(&tx).await?;
    let change = Change { author, entity: "device_profile", id: id.to_owned(), action: "delete" };
    audit::record(&tx, change, Some(old.read()?), None::<Document>).await?;
    bump(&tx, DEVICE_PROFILES).await?;
    tx.commit().await?;
    Ok(())
}

impl DeviceRole {
    /// What a family's devices are.
    pub(super) fn has_family(self, id: &str) -> bool {
        qitao_firmware_config::family::family(id).is_some_and(|family| Self::from(family.role) == self)
    }
}
