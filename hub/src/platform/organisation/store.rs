//! Organisations in the database.

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, FromQueryResult, Value};
use serde_json::json;

use super::OrganisationError;
use super::model::{Change, NewOrganisation, OrganisationRow};
use super::rules::{Broken, Kind, check_code, check_move, check_name, check_new, check_switches, check_time_zone};
use super::tree::{Tree, VERSION, end_of};
use crate::db::Db;
use crate::http::page::{Page, PageQuery, Sort};
use crate::http::problem::Problem;
use crate::platform::audit;
use crate::platform::once;
use crate::platform::scope::Scope;
use crate::platform::sql::Sql;

#[derive(FromQueryResult)]
struct Stored {
    id: i64,
    parent_id: Option<i64>,
    kind: String,
    code: String,
    name: String,
    name_en: String,
    path: String,
    time_zone: String,
    active: bool,
    switches: String,
    version: i64,
}

const STORED: &str = "SELECT o.id, o.parent_id, o.kind, o.code, o.name, o.name_en, o.path, o.time_zone, o.active, o.switches, o.version FROM organisation o WHERE 1 = 1";

impl Stored {
    fn row(self, tree: &Tree, scope: &Scope) -> OrganisationRow {
        OrganisationRow {
            parent: self.parent_id.filter(|parent| scope.sees_organisation(Some(*parent))),
            kind: Kind::of_word(&self.kind).unwrap_or(Kind::Store),
            switches: serde_json::from_str(&self.switches).unwrap_or_default(),
            switched_off: tree.switched_off(self.id),
            site: tree.site_of(self.id),
            children: tree.children(self.id).filter(|(id, _)| scope.sees_organisation(Some(*id))).count(),
            id: self.id,
            code: self.code,
            name: self.name,
            name_en: self.name_en,
            time_zone: self.time_zone,
            active: self.active,
            version: self.version,
        }
    }

    fn for_audit(&self) -> serde_json::Value {
        json!({"parent": self.parent_id, "kind": self.kind, "code": self.code, "name": self.name, "name_en": self.name_en,
            "time_zone": self.time_zone, "active": self.active, "switches": self.switches})
    }
}

/// Which organisations.
#[derive(Debug, Default)]
pub(super) struct Asked {
    /// Right beneath this one.
    pub parent: Option<i64>,
    /// This one and all beneath it.
    pub below: Option<i64>,
    /// Of this kind.
    pub kind: Option<Kind>,
    /// In business or not.
    pub active: Option<bool>,
    /// Beginning of the code, or part of a name.
    pub q: Option<String>,
    /// Only those above which the reader sees nothing: where the tree begins for them.
    pub tops: bool,
}

/// A page of organisations by code.
pub(super) async fn list(
    db: &impl ConnectionTrait,
    tree: &Tree,
    scope: &Scope,
    asked: Asked,
    page: &PageQuery,
) -> Result<Page<OrganisationRow>, Problem> {
    let mut filter = scope.filter_organisation(Sql::default(), "o.id").bind_if(" AND o.parent_id = ", asked.parent);
    filter = filter.bind_if(" AND o.kind = ", asked.kind.map(Kind::word)).bind_if(" AND o.active = ", asked.active);
    filter = tree.filter_below(filter, asked.below);
    if asked.tops {
        filter = match scope {
            Scope::All => filter.text(" AND o.parent_id IS NULL"),
            _ => scope.filter_organisation(filter.text(" AND NOT (o.parent_id IS NOT NULL"), "o.parent_id").text(")"),
        };
    }
    filter = filter.matching(asked.q.as_deref(), &["o.code"], &["o.name", "o.name_en"]);
    let each = Sql::new("SELECT 1 FROM organisation o WHERE 1 = 1").append(&filter);
    let rows = Sql::new(STORED).append(&filter);
    let page = page.rows(db, each, rows, Sort::up(&["o.code"]), |row: &Stored| row.code.clone()).await?;
    Ok(page.map(|row| row.row(tree, scope)))
}

/// An organisation in scope.
pub(super) async fn get(db: &impl ConnectionTrait, tree: &Tree, scope: &Scope, id: i64) -> Result<Option<OrganisationRow>, DbErr> {
    let sql = Sql::new(STORED).text(" AND o.id = ").bind(id);
    Ok(scope.filter_organisation(sql, "o.id").one::<Stored>(db).await?.map(|row| row.row(tree, scope)))
}

/// Counts the tree up. Whoever changes the tree does this first: the row's lock keeps changes apart on PostgreSQL, so that two moves
/// that are right by themselves cannot make a circle together.
///
/// # Errors
/// What the database said.
pub async fn begin_change(tx: &impl ConnectionTrait) -> Result<(), DbErr> {
    let sql = Sql::new("UPDATE setting SET value = CAST(CAST(value AS BIGINT) + 1 AS TEXT) WHERE key = ").bind(VERSION);
    sql.run(tx).await.map(|_| ())
}

async fn code_is_free(tx: &impl ConnectionTrait, code: &str, but: i64) -> Result<(), OrganisationError> {
    let taken = Sql::new("SELECT COUNT(*) FROM organisation WHERE code = ").bind(code).text(" AND id <> ").bind(but).number(tx).await?;
    let site = Sql::new("SELECT COUNT(*) FROM site WHERE code = ").bind(code).text(" AND COALESCE(organisation_id, 0) <> ").bind(but);
    if taken + site.number(tx).await? == 0 { Ok(()) } else { Err(OrganisationError::CodeTaken(code.to_owned())) }
}

/// Makes an organisation, and its site when it is a store or a warehouse.
pub(super) async fn create(db: &Db, author: &str, new: NewOrganisation, key: Option<&str>) -> Result<i64, OrganisationError> {
    let (name, name_en) = (new.name.trim().to_owned(), new.name_en.trim().to_owned());
    check_code(&new.code)?;
    check_name(&name)?;
    if !name_en.is_empty() {
        check_name(&name_en)?;
    }
    let tx = db.begin().await?;
    if let Some(made) = once::made(&tx, "organisation", key).await? {
        return Ok(made);
    }
    begin_change(&tx).await?;
    let tree = Tree::read(&tx).await?;
    check_new(&tree, new.kind, new.parent)?;
    let above: Stored = one(&tx, new.parent).await?;
    let time_zone = new.time_zone.unwrap_or_else(|| above.time_zone.clone());
    check_time_zone(&time_zone)?;
    code_is_free(&tx, &new.code, 0).await?;
    let row: [Value; 10] = [
        new.parent.into(),
        new.kind.word().into(),
        new.code.clone().into(),
        name.clone().into(),
        name_en.into(),
        "".into(),
        time_zone.clone().into(),
        true.into(),
        "{}".into(),
        1_i64.into(),
    ];
    let insert = "INSERT INTO organisation (parent_id, kind, code, name, name_en, path, time_zone, active, switches, version) VALUES ";
    let id = Sql::new(insert).list(row).text(" RETURNING id").number(&tx).await?;
    let path = format!("{}{id}/", above.path);
    Sql::new("UPDATE organisation SET path = ").bind(path).text(" WHERE id = ").bind(id).run(&tx).await?;
    if new.kind.has_site() {
        let row: [Value; 4] = [new.code.into(), name.into(), time_zone.into(), id.into()];
        Sql::new("INSERT INTO site (code, name, time_zone, organisation_id) VALUES ").list(row).run(&tx).await?;
    }
    once::keep(&tx, "organisation", id, key).await?;
    let made: Stored = one(&tx, id).await?;
    let change = audit::Change { author, entity: "organisation", id: id.to_string(), action: "create" };
    audit::record(&tx, change, audit::NOTHING, Some(made.for_audit())).await?;
    tx.commit().await?;
    Ok(id)
}

async fn one(tx: &impl ConnectionTrait, id: i64) -> Result<Stored, OrganisationError> {
    let found = Sql::new(STORED).text(" AND o.id = ").bind(id).one(tx).await?;
    found.ok_or(OrganisationError::NoOrganisation(id))
}

/// Changes an organisation that is still at `version`; moves it with all beneath it when it gets another one above.
pub(super) async fn change(db: &Db, author: &str, id: i64, version: i64, asked: Change) -> Result<(), OrganisationError> {
    let tx = db.begin().await?;
    let mut was = one(&tx, id).await?;
    if was.version != version {
        return Err(OrganisationError::Changed);
    }
    let kind_was = Kind::of_word(&was.kind).ok_or(Broken::Top)?;
    let (kind, parent) = (asked.kind.unwrap_or(kind_was), asked.parent.or(was.parent_id));
    let active = asked.active.unwrap_or(was.active);
    let switches = match asked.switches {
        None => was.switches.clone(),
        Some(switches) => {
            check_switches(&switches)?;
            json!(switches).to_string()
        }
    };
    // Another name leaves the tree as it is; everybody would read ten thousand nodes again for it.
    let reshaped = kind != kind_was || parent != was.parent_id || active != was.active || switches != was.switches;
    let mut site_missing = false;
    if reshaped {
        begin_change(&tx).await?;
        let tree = Tree::read(&tx).await?;
        // Somebody above may have moved meanwhile, and its path with it.
        was = one(&tx, id).await?;
        check_move(&tree, id, kind, parent)?;
        site_missing = kind.has_site() && tree.site_of(id).is_none();
    }
    let code = asked.code.unwrap_or_else(|| was.code.clone());
    let name = asked.name.map_or_else(|| was.name.clone(), |name| name.trim().to_owned());
    let name_en = asked.name_en.map_or_else(|| was.name_en.clone(), |name| name.trim().to_owned());
    let time_zone = asked.time_zone.unwrap_or_else(|| was.time_zone.clone());
    check_name(&name)?;
    if !name_en.is_empty() {
        check_name(&name_en)?;
    }
    check_time_zone(&time_zone)?;
    if code != was.code {
        check_code(&code)?;
        code_is_free(&tx, &code, id).await?;
    }
    let changed = Sql::new("UPDATE organisation SET parent_id = ")
        .bind(parent)
        .text(", kind = ")
        .bind(kind.word())
        .text(", code = ")
        .bind(code.clone())
        .text(", name = ")
        .bind(name.clone())
        .text(", name_en = ")
        .bind(name_en)
        .text(", time_zone = ")
        .bind(time_zone.clone())
        .text(", active = ")
        .bind(active)
        .text(", switches = ")
        .bind(switches)
        .text(", version = version + 1 WHERE id = ")
        .bind(id)
        .text(" AND version = ")
        .bind(version)
        .run(&tx)
        .await?;
    if changed == 0 {
        return Err(OrganisationError::Changed);
    }
    // The site of a store or warehouse is the same house under the same name.
    Sql::new("UPDATE site SET name = ")
        .bind(name)
        .text(", time_zone = ")
        .bind(time_zone)
        .text(", code = ")
        .bind(code)
        .text(" WHERE organisation_id = ")
        .bind(id)
        .text(" AND code = ")
        .bind(was.code.clone())
        .run(&tx)
        .await?;
    if parent != was.parent_id
        && let Some(above) = parent
    {
        relocate(&tx, &was.path, &format!("{}{id}/", one(&tx, above).await?.path)).await?;
    }
    if site_missing {
        let insert =
            "INSERT INTO site (code, name, time_zone, organisation_id) SELECT code, name, time_zone, id FROM organisation WHERE id = ";
        Sql::new(insert).bind(id).run(&tx).await?;
    }
    let is = one(&tx, id).await?;
    let change = audit::Change { author, entity: "organisation", id: id.to_string(), action: "change" };
    audit::record(&tx, change, Some(was.for_audit()), Some(is.for_audit())).await?;
    tx.commit().await?;
    Ok(())
}

/// Rewrites the paths of a subtree.
async fn relocate(tx: &DatabaseTransaction, old: &str, new: &str) -> Result<(), DbErr> {
    let behind = i64::try_from(old.len()).unwrap_or(0) + 1;
    Sql::new("UPDATE organisation SET path = ")
        .bind(new)
        .text(" || SUBSTR(path, CAST(")
        .bind(behind)
        .text(" AS INTEGER)) WHERE path >= ")
        .bind(old)
        .text(" AND path < ")
        .bind(end_of(old))
        .run(tx)
        .await
        .map(|_| ())
}

/// Makes an organisation right beneath the headquarters for each site that has none: a seeded chain has sites before it has a tree.
///
/// # Errors
/// What the database said.
pub async fn adopt_sites(tx: &impl ConnectionTrait) -> Result<(), DbErr> {
    if Sql::new("SELECT COUNT(*) FROM site WHERE organisation_id IS NULL").number(tx).await? == 0 {
        return Ok(());
    }
    begin_change(tx).await?;
    for statement in [
        "INSERT INTO organisation (parent_id, kind, code, name, name_en, path, time_zone, active, switches, version) \
         SELECT o.id, CASE WHEN s.name LIKE '%仓%' THEN 'warehouse' ELSE 'store' END, s.code, s.name, '', '', s.time_zone, TRUE, '{}', 1 \
         FROM site s JOIN organisation o ON o.parent_id IS NULL WHERE s.organisation_id IS NULL ORDER BY s.id ON CONFLICT (code) DO NOTHING",
        "UPDATE organisation SET path = (SELECT o.path FROM organisation o WHERE o.parent_id IS NULL) || id || '/' WHERE path = ''",
        "UPDATE site SET organisation_id = (SELECT o.id FROM organisation o WHERE o.code = site.code) WHERE organisation_id IS NULL",
    ] {
        Sql::new(statement).run(tx).await?;
    }
    Ok(())
}
