//! Roles in the database.

use std::collections::BTreeSet;

use sea_orm::{ConnectionTrait, DbErr, Value};
use serde_json::json;

use super::RoleError;
use crate::db::Db;
use crate::platform::audit::{self, Change};
use crate::platform::fields::Subject;
use crate::platform::identity::{Breadth, FieldRight, Fields, Right, Role, StoredRole};
use crate::platform::once;
use crate::platform::sql::Sql;

const STORED: &str = "SELECT id, code, name, name_en, built_in, scope, rights, fields, codes_required, version FROM role";

/// A role as it is to be.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    /// Code.
    pub code: String,
    /// Chinese name.
    pub name: String,
    /// English name.
    pub name_en: String,
    /// How far it reaches.
    pub scope: Breadth,
    /// What it allows.
    pub rights: BTreeSet<Right>,
    /// What it allows with single fields.
    pub fields: Fields,
    /// Whether it asks for one-time codes.
    pub codes_required: bool,
}

/// Every role, the built-in ones first.
pub(super) async fn list(db: &impl ConnectionTrait) -> Result<Vec<StoredRole>, DbErr> {
    Sql::new(STORED).text(" ORDER BY id").all(db).await
}

/// A role.
pub(super) async fn get(db: &impl ConnectionTrait, id: i64) -> Result<Option<StoredRole>, DbErr> {
    Sql::new(STORED).text(" WHERE id = ").bind(id).one(db).await
}

fn check(wanted: &Wanted) -> Result<(), RoleError> {
    let plain = wanted.code.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    if !(2..=40).contains(&wanted.code.len()) || !plain {
        return Err(RoleError::Code);
    }
    let name = |name: &str| name.trim().chars().count() <= 60 && !name.chars().any(char::is_control);
    if wanted.name.trim().is_empty() || !name(&wanted.name) || !name(&wanted.name_en) {
        return Err(RoleError::Name);
    }
    let word = |word: &str| {
        !word.is_empty() && word.len() <= 60 && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
    };
    let field =
        |name: &&String| *name != "*" && !name.split_once('.').is_some_and(|(entity, field)| word(entity) && (field == "*" || word(field)));
    if let Some(wrong) = wanted.fields.0.keys().find(field) {
        return Err(RoleError::Field(wrong.clone()));
    }
    let stays = |name: &str| {
        let (entity, key) = name.split_once('.')?;
        Subject::of_word(entity)?.named(key).filter(|of| of.stays)
    };
    let hidden = wanted.fields.0.iter().find(|(name, right)| **right < FieldRight::Read && stays(name).is_some());
    hidden.map_or(Ok(()), |(name, _)| Err(RoleError::Shown(name.clone())))
}

async fn code_is_free(tx: &impl ConnectionTrait, code: &str, but: i64) -> Result<(), RoleError> {
    let taken = Sql::new("SELECT COUNT(*) FROM role WHERE code = ").bind(code).text(" AND id <> ").bind(but).number(tx).await?;
    if taken == 0 { Ok(()) } else { Err(RoleError::CodeTaken(code.to_owned())) }
}

fn for_audit(role: &StoredRole) -> serde_json::Value {
    json!({"code": role.code, "name": role.name, "name_en": role.name_en, "scope": role.scope, "rights": role.rights,
        "fields": role.fields, "codes_required": role.codes_required})
}

fn words(rights: &BTreeSet<Right>) -> String {
    json!(rights).to_string()
}

/// Makes a role.
pub(super) async fn create(db: &Db, author: &str, wanted: Wanted, key: Option<&str>) -> Result<i64, RoleError> {
    check(&wanted)?;
    let tx = db.begin().await?;
    if let Some(made) = once::made(&tx, "role", key).await? {
        return Ok(made);
    }
    code_is_free(&tx, &wanted.code, 0).await?;
    let row: [Value; 9] = [
        wanted.code.into(),
        wanted.name.trim().into(),
        wanted.name_en.trim().into(),
        false.into(),
        wanted.scope.word().into(),
        words(&wanted.rights).into(),
        json!(wanted.fields).to_string().into(),
        wanted.codes_required.into(),
        1_i64.into(),
    ];
    let insert = "INSERT INTO role (code, name, name_en, built_in, scope, rights, fields, codes_required, version) VALUES ";
    let id = Sql::new(insert).list(row).text(" RETURNING id").number(&tx).await?;
    once::keep(&tx, "role", id, key).await?;
    let made = get(&tx, id).await?.ok_or(RoleError::NoRole)?;
    audit::record(&tx, Change { author, entity: "role", id: id.to_string(), action: "create" }, audit::NOTHING, Some(for_audit(&made)))
        .await?;
    tx.commit().await?;
    Ok(id)
}

/// Changes a role that is still at `version`.
pub(super) async fn change(db: &Db, author: &str, id: i64, version: i64, wanted: Wanted) -> Result<(), RoleError> {
    check(&wanted)?;
    let tx = db.begin().await?;
    let was = get(&tx, id).await?.ok_or(RoleError::NoRole)?;
    let same = wanted.scope.word() == was.scope && wanted.rights == was.rights() && wanted.fields == was.fields();
    if (was.built_in && wanted.code != was.code) || (was.code == Role::Admin.word() && !same) {
        return Err(RoleError::BuiltIn);
    }
    code_is_free(&tx, &wanted.code, id).await?;
    // The administrator has also the rights of later versions, so their word for every right stays.
    let rights = if same { was.rights.clone() } else { words(&wanted.rights) };
    let changed = Sql::new("UPDATE role SET code = ")
        .bind(wanted.code)
        .text(", name = ")
        .bind(wanted.name.trim())
        .text(", name_en = ")
        .bind(wanted.name_en.trim())
        .text(", scope = ")
        .bind(wanted.scope.word())
        .text(", rights = ")
        .bind(rights)
        .text(", fields = ")
        .bind(json!(wanted.fields).to_string())
        .text(", codes_required = ")
        .bind(wanted.codes_required)
        .text(", version = version + 1 WHERE id = ")
        .bind(id)
        .text(" AND version = ")
        .bind(version)
        .run(&tx)
        .await?;
    if changed == 0 {
        return Err(RoleError::Changed);
    }
    let is = get(&tx, id).await?.ok_or(RoleError::NoRole)?;
    audit::record(
        &tx,
        Change { author, entity: "role", id: id.to_string(), action: "change" },
        Some(for_audit(&was)),
        Some(for_audit(&is)),
    )
    .await?;
    tx.commit().await?;
    Ok(())
}

/// Deletes a role that nobody has.
pub(super) async fn delete(db: &Db, author: &str, id: i64) -> Result<(), RoleError> {
    let tx = db.begin().await?;
    let was = get(&tx, id).await?.ok_or(RoleError::NoRole)?;
    if was.built_in {
        return Err(RoleError::BuiltIn);
    }
    let holders = Sql::new("SELECT COUNT(*) FROM person_role WHERE role_id = ").bind(id).number(&tx).await?;
    if holders > 0 {
        return Err(RoleError::InUse(holders));
    }
    Sql::new("DELETE FROM role WHERE id = ").bind(id).run(&tx).await?;
    audit::record(&tx, Change { author, entity: "role", id: id.to_string(), action: "delete" }, Some(for_audit(&was)), audit::NOTHING)
        .await?;
    tx.commit().await?;
    Ok(())
}
