//! Assignments in the database: which devices get which profile.

use qitao_domain::catalog::{DEVICE_PROFILES, DeviceRule, DeviceSays};
use qitao_domain::ids::SiteId;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, Value};
use serde_json::json;

use super::rows::{DeviceAssignmentFields, DeviceAssignmentRow, DeviceRole};
use super::{DeviceError, profiles};
use crate::catalog::bump;
use crate::catalog::store::alone;
use crate::db::Db;
use crate::http::page::{Page, PageQuery, Sort};
use crate::http::problem::Problem;
use crate::platform::audit::{self, Change};
use crate::platform::once;
use crate::platform::sql::Sql;

#[derive(Debug, Clone, FromQueryResult)]
struct Stored {
    id: i64,
    role: String,
    site_id: Option<i64>,
    site_name: Option<String>,
    family: String,
    profile: String,
    version: i64,
}

impl From<Stored> for DeviceAssignmentRow {
    fn from(row: Stored) -> Self {
        Self {
            id: row.id,
            role: DeviceRole::of(&row.role),
            site: row.site_id,
            site_name: row.site_name,
            family: Some(row.family).filter(|family| !family.is_empty()),
            profile: row.profile,
            version: row.version,
        }
    }
}

const FROM: &str = "FROM device_assignment a LEFT JOIN site w ON w.id = a.site_id WHERE 1 = 1";

fn stored() -> Sql {
    Sql::new(format!("SELECT a.id, a.role, a.site_id, w.name AS site_name, a.family, a.profile, a.version {FROM}"))
}

/// A page of assignments: those of everywhere first, then by site.
pub(super) async fn list(db: &impl ConnectionTrait, profile: Option<&str>, page: &PageQuery) -> Result<Page<DeviceAssignmentRow>, Problem> {
    let filter = Sql::default().bind_if(" AND a.profile = ", profile);
    let (each, rows) = (Sql::new(format!("SELECT 1 {FROM}")).append(&filter), stored().append(&filter));
    let key = |row: &Stored| (row.site_id.unwrap_or(0), row.family.clone(), row.id);
    let sort = Sort::up(&["COALESCE(a.site_id, 0)", "a.family", "a.id"]);
    Ok(page.rows(db, each, rows, sort, key).await?.map(DeviceAssignmentRow::from))
}

/// Where a profile is assigned, everywhere first: the name of the site of each assignment, none for everywhere.
pub(super) async fn places(db: &impl ConnectionTrait, profile: &str) -> Result<Vec<Option<String>>, DbErr> {
    let rows: Vec<Stored> = stored().text(" AND a.profile = ").bind(profile).text(" ORDER BY COALESCE(a.site_id, 0), a.id").all(db).await?;
    Ok(rows.into_iter().map(|row| row.site_name).collect())
}

/// An assignment.
pub(super) async fn find(db: &impl ConnectionTrait, id: i64) -> Result<Option<DeviceAssignmentRow>, DbErr> {
    let row: Option<Stored> = stored().text(" AND a.id = ").bind(id).one(db).await?;
    Ok(row.map(DeviceAssignmentRow::from))
}

/// What the edges of a site are told: profiles, then assignments in the order in which they hold.
///
/// # Errors
/// What the database said.
pub async fn for_site(db: &impl ConnectionTrait, site: SiteId) -> Result<Vec<DeviceRule>, DbErr> {
    let here = stored().text(" AND (a.site_id IS NULL OR a.site_id = ").bind(site.0).text(")");
    let first = " ORDER BY CASE WHEN a.site_id IS NULL THEN 1 ELSE 0 END, CASE WHEN a.family = '' THEN 1 ELSE 0 END, a.id";
    let assignments: Vec<Stored> = here.text(first).all(db).await?;
    let assignments = assignments.into_iter().map(|row| DeviceSays::Assignment {
        role: row.role,
        family: Some(row.family).filter(|family| !family.is_empty()),
        profile: row.profile,
    });
    let says = profiles::said(db).await?.into_iter().chain(assignments);
    Ok((1..).zip(says).map(|(id, says)| DeviceRule { id, says }).collect())
}

async fn fits(tx: &impl ConnectionTrait, role: DeviceRole, profile: &str) -> Result<(), DeviceError> {
    match profiles::role(tx, profile).await? {
        Some(of) if DeviceRole::from(of) == role => Ok(()),
        _ => Err(DeviceError::NoProfile(profile.to_owned())),
    }
}

async fn note(tx: &impl ConnectionTrait, change: Change<'_>, old: Option<&str>, new: Option<&str>) -> Result<(), DbErr> {
    let said = |profile: &str| json!({"profile": profile});
    audit::record(tx, change, old.map(said), new.map(said)).await?;
    bump(tx, DEVICE_PROFILES).await.map(drop)
}

/// Assigns a profile; the number of the assignment.
pub(super) async fn create(db: &Db, author: &str, fields: DeviceAssignmentFields, key: Option<&str>) -> Result<i64, DeviceError> {
    let DeviceAssignmentFields { role, site, family, profile } = fields;
    if let Some(family) = family.as_deref().filter(|family| !role.has_family(family)) {
        return Err(DeviceError::NoFamily(family.to_owned()));
    }
    let tx = db.begin().await?;
    if let Some(made) = once::made(&tx, "device_assignment", key).await? {
        return Ok(made);
    }
    alone(&tx, DEVICE_PROFILES).await?;
    fits(&tx, role, &profile).await?;
    if let Some(site) = site
        && Sql::new("SELECT COUNT(*) FROM site WHERE id = ").bind(site).number(&tx).await? == 0
    {
        return Err(DeviceError::NoSite(site));
    }
    let row: [Value; 5] = [role.word().into(), site.into(), family.unwrap_or_default().into(), profile.as_str().into(), 1_i64.into()];
    let id = Sql::new("INSERT INTO device_assignment (role, site_id, family, profile, version) VALUES ")
        .list(row)
        .text(" ON CONFLICT (role, COALESCE(site_id, 0), family) DO NOTHING RETURNING id")
        .number(&tx)
        .await?;
    if id == 0 {
        return Err(DeviceError::Taken);
    }
    once::keep(&tx, "device_assignment", id, key).await?;
    let change = Change { author, entity: "device_assignment", id: id.to_string(), action: "create" };
    note(&tx, change, None, Some(&profile)).await?;
    tx.commit().await?;
    Ok(id)
}

/// Gives the same devices another profile.
pub(super) async fn change(db: &Db, author: &str, (id, version): (i64, i64), profile: &str) -> Result<(), DeviceError> {
    let tx = db.begin().await?;
    alone(&tx, DEVICE_PROFILES).await?;
    let old = find(&tx, id).await?.ok_or(DeviceError::NotThere)?;
    fits(&tx, old.role, profile).await?;
    let set = Sql::new("UPDATE device_assignment SET version = version + 1, profile = ").bind(profile).text(" WHERE id = ").bind(id);
    if set.text(" AND version = ").bind(version).run(&tx).await? == 0 {
        return Err(DeviceError::Changed);
    }
    let change = Change { author, entity: "device_assignment", id: id.to_string(), action: "change" };
    note(&tx, change, Some(&old.profile), Some(profile)).await?;
    tx.commit().await?;
    Ok(())
}

/// Takes an assignment away.
pub(super) async fn remove(db: &Db, author: &str, (id, version): (i64, i64)) -> Result<(), DeviceError> {
    let tx = db.begin().await?;
    alone(&tx, DEVICE_PROFILES).await?;
    let old = find(&tx, id).await?.ok_or(DeviceError::NotThere)?;
    let gone = Sql::new("DELETE FROM device_assignment WHERE id = ").bind(id).text(" AND version = ").bind(version);
    if gone.run(&tx).await? == 0 {
        return Err(DeviceError::Changed);
    }
    let change = Change { author, entity: "device_assignment", id: id.to_string(), action: "delete" };
    note(&tx, change, Some(&old.profile), None).await?;
    tx.commit().await?;
    Ok(())
}
