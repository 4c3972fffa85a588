//! People in the database.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::{ActiveModelTrait, ActiveValue::Set, ConnectionTrait, DbErr, EntityTrait, FromQueryResult};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use super::PeopleError;
use super::access::end_access;
use super::custom::{self, Custom, SealedFields};
use super::personal::{Contact, Reader};
use crate::db::Db;
use crate::db::entity::hub_user;
use crate::http::page::{Page, PageQuery, Sort};
use crate::http::problem::Problem;
use crate::platform::audit::{self, Change};
use crate::platform::fields::access::{Narrowed, Order};
use crate::platform::identity::{self, Actor, Breadth, Grant, IdentityError, Right, StoredRole};
use crate::platform::once::{self, Made};
use crate::platform::organisation::Tree;
use crate::platform::password;
use crate::platform::scope::{Entity, Owned, Scope};
use crate::platform::search;
use crate::platform::sql::Sql;
use crate::platform::vault::{PERSON_EMAIL, PERSON_PHONE, Sealed, Vault};

/// A role that somebody has, or is to have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RoleOfPerson {
    /// Number of the role.
    pub role: i64,
    /// Where it holds, in place of the person's own organisation; empty for that one.
    #[serde(default)]
    pub organisations: Vec<i64>,
}

/// A person as a reader sees them: what the reader's field rights hide is left away.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PersonRow {
    /// Number.
    pub id: i64,
    /// What they log in with.
    pub login: String,
    /// Name for people.
    pub name: String,
    /// The organisation they belong to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organisation: Option<i64>,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organisation_name: Option<String>,
    /// Whether they may not sign in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disabled: Option<bool>,
    /// Whether they give one-time codes when they sign in.
    pub codes: bool,
    /// Their roles.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub roles: Option<Vec<RoleOfPerson>>,
    /// Phone: whole or masked, as the reader's field right on `person.phone` says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// E-mail, by `person.email`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Custom fields, those of `/entities/person/columns`.
    #[schema(value_type = Object)]
    pub custom: Map<String, Value>,
    /// Grows with every change; send it back as If-Match.
    pub version: i64,
}

/// A person with all that decides what may be done with them. Phone, e-mail and custom fields are as the reader sees them.
#[derive(Debug, Clone)]
pub(super) struct Person {
    /// Number.
    pub id: i64,
    /// What they log in with.
    pub login: String,
    /// Name for people.
    pub name: String,
    /// The organisation they belong to.
    pub organisation: Option<i64>,
    /// Whether they may not sign in.
    pub disabled: bool,
    /// Their roles.
    pub roles: Vec<RoleOfPerson>,
    /// Grows with every change.
    pub version: i64,
    organisation_name: Option<String>,
    codes: bool,
    phone: Option<String>,
    email: Option<String>,
    custom: Map<String, Value>,
}

impl Person {
    /// As a reader sees them.
    pub fn seen_by(self, reader: &Reader) -> PersonRow {
        let sight = reader.sight(self.id, self.organisation);
        let shows = |key| reader.set.shows(&sight, key);
        let placed = shows("organisation");
        PersonRow {
            id: self.id,
            organisation: self.organisation.filter(|_| placed),
            organisation_name: self.organisation_name.filter(|_| placed),
            disabled: shows("disabled").then_some(self.disabled),
            codes: self.codes,
            roles: shows("roles").then_some(self.roles),
            login: self.login,
            name: self.name,
            phone: self.phone,
            email: self.email,
            custom: self.custom,
            version: self.version,
        }
    }
}

/// By which hashes somebody is found.
#[derive(Debug)]
pub(super) enum Hashed {
    /// Those of a column.
    Column(String, Vec<String>),
    /// Those of a personal custom field.
    Field(String, Vec<String>),
}

/// Which people.
#[derive(Debug, Default)]
pub(super) struct Asked {
    /// Of this organisation.
    pub organisation: Option<i64>,
    /// Of this organisation and all beneath it.
    pub below: Option<i64>,
    /// With this role.
    pub role: Option<i64>,
    /// Who may not sign in, or who may.
    pub disabled: Option<bool>,
    /// What login or name are found by; see [`search`].
    pub q: Option<String>,
    /// With one of these hashes, and there where the reader may see what they are of.
    pub hashed: Option<(Hashed, Scope)>,
}

impl Asked {
    /// Refuses to narrow a list by a field that is hidden from the reader somewhere in it.
    pub fn check(&self, reader: &Reader, actor: &Actor) -> Result<(), Problem> {
        let sight = actor.in_lists(Right::SeePeople);
        for (is_asked, key, parameter) in [
            (self.organisation.is_some(), "organisation", "organisation"),
            (self.below.is_some(), "organisation", "below"),
            (self.role.is_some(), "roles", "role"),
            (self.disabled.is_some(), "disabled", "disabled"),
        ] {
            if is_asked {
                reader.set.may_ask(&sight, key, parameter)?;
            }
        }
        Ok(())
    }
}

/// Whose a person is: everybody is their own.
pub(super) const OWNED: Owned<'static> =
    Owned { entity: Entity::Person, table: "hub_user", id: "u.id", organisation: "organisation_id", owner: "id" };

#[derive(FromQueryResult)]
struct Listed {
    id: i64,
    login: String,
    name: String,
    organisation_id: Option<i64>,
    organisation_name: Option<String>,
    disabled: bool,
    codes: i64,
    phone: Option<Sealed>,
    email: Option<Sealed>,
    custom: Value,
    version: i64,
    sort_text: Option<String>,
    sort_number: Option<f64>,
}

const LISTED: &str = "u.id, u.login, u.name, u.organisation_id, o.name AS organisation_name, u.disabled, \
    (SELECT COUNT(*) FROM one_time_secret s WHERE s.person_id = u.id AND s.confirmed_ms IS NOT NULL) AS codes, u.phone, u.email, u.custom, u.version \
    FROM hub_user u LEFT JOIN organisation o ON o.id = u.organisation_id WHERE 1 = 1";

/// Rows of the list, with the keys of the order where it is by a custom field.
fn listed(order: Option<&Order>) -> Sql {
    Sql::new(format!("SELECT {}, {LISTED}", Order::columns(order)))
}

#[derive(FromQueryResult)]
struct Held {
    person_id: i64,
    role_id: i64,
    organisations: String,
}

/// The roles of some people.
pub(super) async fn roles_of(
    db: &impl ConnectionTrait,
    people: impl IntoIterator<Item = i64>,
) -> Result<BTreeMap<i64, Vec<RoleOfPerson>>, DbErr> {
    let held: Vec<Held> = Sql::new("SELECT person_id, role_id, organisations FROM person_role WHERE person_id IN ")
        .among(people)
        .text(" ORDER BY person_id, role_id")
        .all(db)
        .await?;
    let mut roles: BTreeMap<i64, Vec<RoleOfPerson>> = BTreeMap::new();
    for Held { person_id, role_id: role, organisations } in held {
        let organisations = serde_json::from_str(&organisations).unwrap_or_default();
        roles.entry(person_id).or_default().push(RoleOfPerson { role, organisations });
    }
    Ok(roles)
}

/// Rows with what lies beside them: roles, and values that are sealed.
async fn whole(db: &impl ConnectionTrait, reader: &Reader, rows: Vec<Listed>) -> Result<Vec<Person>, DbErr> {
    let people: Vec<i64> = rows.iter().map(|row| row.id).collect();
    let mut roles = roles_of(db, people.iter().copied()).await?;
    let mut sealed: SealedFields = custom::sealed(db, &reader.set, people).await?;
    let row = |row: Listed| Person {
        roles: roles.remove(&row.id).unwrap_or_default(),
        id: row.id,
        login: row.login,
        name: row.name,
        organisation: row.organisation_id,
        organisation_name: row.organisation_name,
        disabled: row.disabled,
        codes: row.codes > 0,
        phone: reader.shown(&PERSON_PHONE, (row.id, row.organisation_id), row.phone.as_ref()),
        email: reader.shown(&PERSON_EMAIL, (row.id, row.organisation_id), row.email.as_ref()),
        custom: reader.custom((row.id, row.organisation_id), &row.custom, &sealed.remove(&row.id).unwrap_or_default()),
        version: row.version,
    };
    Ok(rows.into_iter().map(row).collect())
}

/// A page of people by login.
pub(super) async fn list(
    db: &impl ConnectionTrait,
    reader: &Reader,
    scope: &Scope,
    asked: Asked,
    narrowed: Narrowed,
    page: &PageQuery,
) -> Result<Page<PersonRow>, Problem> {
    let mut filter = scope.filter_owned(Sql::default(), OWNED).bind_if(" AND u.organisation_id = ", asked.organisation);
    filter = filter.bind_if(" AND u.disabled = ", asked.disabled);
    if let Some(role) = asked.role {
        filter = filter.text(" AND EXISTS (SELECT 1 FROM person_role r WHERE r.person_id = u.id AND r.role_id = ").bind(role).text(")");
    }
    let said = search::narrow(db, search::Kind::Person, asked.q.as_deref(), "u.id").await?;
    filter = reader.tree.filter_below(filter, asked.below).append(&said.filter);
    if let Some((hashed, seen)) = asked.hashed {
        filter = seen.filter_owned(filter, OWNED);
        filter = match hashed {
            Hashed::Column(column, hashes) => filter.text(&format!(" AND u.{column} IN ")).list(hashes),
            Hashed::Field(field, hashes) => {
                let sql = filter.text(" AND u.id IN (SELECT f.person_id FROM person_field f WHERE f.value_hash IN ").list(hashes);
                sql.text(" AND f.field = ").bind(field).text(")")
            }
        };
    }
    filter = filter.append(&narrowed.filter);
    let each = "SELECT 1 FROM hub_user u LEFT JOIN organisation o ON o.id = u.organisation_id WHERE 1 = 1";
    let each = Sql::new(each).append(&filter);
    let rows = listed(narrowed.order.as_ref()).append(&filter);
    let page = match &narrowed.order {
        None => page.rows(db, each, rows, Sort::up(&["u.login"]), |row: &Listed| row.login.clone()).await?,
        Some(order) => {
            let key = |row: &Listed| (Order::key(row.sort_text.as_deref(), row.sort_number), row.login.clone());
            page.rows(db, each, rows, order.sort(&[order.expression(), "u.login"]), key).await?
        }
    };
    let items = whole(db, reader, page.items).await?.into_iter().map(|person| person.seen_by(reader)).collect();
    Ok(Page { items, next: page.next, total: page.total, at_least: page.at_least })
}

/// A person in scope.
pub(super) async fn get(db: &impl ConnectionTrait, reader: &Reader, scope: &Scope, id: i64) -> Result<Option<Person>, DbErr> {
    let rows: Vec<Listed> = scope.filter_owned(listed(None).text(" AND u.id = ").bind(id), OWNED).all(db).await?;
    Ok(whole(db, reader, rows).await?.pop())
}

/// The grants that roles would be for somebody of an organisation.
pub(super) async fn grants_of(
    db: &impl ConnectionTrait,
    tree: &Tree,
    organisation: i64,
    roles: &[RoleOfPerson],
) -> Result<Vec<Grant>, PeopleError> {
    let sql = "SELECT id, code, name, name_en, built_in, scope, rights, fields, codes_required, version FROM role WHERE id IN ";
    let stored: Vec<StoredRole> = Sql::new(sql).list(roles.iter().map(|role| role.role)).all(db).await?;
    let mut seen = BTreeSet::new();
    let mut grants = Vec::with_capacity(roles.len());
    for RoleOfPerson { role, organisations } in roles {
        let found = stored.iter().find(|stored| stored.id == *role && seen.insert(*role)).ok_or(PeopleError::NoRole(*role))?;
        if let Some(unknown) = organisations.iter().find(|id| tree.node(**id).is_none()) {
            return Err(PeopleError::NoOrganisation(*unknown));
        }
        if found.breadth() == Breadth::Chosen && organisations.is_empty() {
            return Err(PeopleError::Chosen(found.code.clone()));
        }
        grants.push(Grant::at(found, Some(organisation), organisations.clone()));
    }
    Ok(grants)
}

/// A person as they are to be.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    /// Name.
    pub name: String,
    /// Their organisation.
    pub organisation: i64,
    /// Their roles.
    pub roles: Vec<RoleOfPerson>,
    /// Whether they may not sign in.
    pub disabled: bool,
    /// What is to be written of phone and e-mail.
    pub contact: Contact,
    /// What is to be written of custom fields; nothing leaves them as they are.
    pub custom: Option<Map<String, Value>>,
}

/// Checks a name.
pub(super) fn check_name(name: &str) -> Result<String, PeopleError> {
    let name = name.trim();
    let fits = (1..=60).contains(&name.chars().count()) && !name.chars().any(char::is_control);
    if fits { Ok(name.to_owned()) } else { Err(PeopleError::Name) }
}

fn check_organisation(tree: &Tree, organisation: i64) -> Result<(), PeopleError> {
    let active = tree.node(organisation).is_some_and(|node| node.active);
    if active { Ok(()) } else { Err(PeopleError::NoOrganisation(organisation)) }
}

/// Writes somebody's roles over those that they have.
pub(super) async fn write_roles(tx: &impl ConnectionTrait, person: i64, roles: &[RoleOfPerson]) -> Result<(), DbErr> {
    Sql::new("DELETE FROM person_role WHERE person_id = ").bind(person).run(tx).await?;
    for role in roles {
        let row: [sea_orm::Value; 3] = [person.into(), role.role.into(), json!(role.organisations).to_string().into()];
        Sql::new("INSERT INTO person_role (person_id, role_id, organisations) VALUES ").list(row).run(tx).await?;
    }
    Ok(())
}

/// Makes a person.
pub(super) async fn create(
    db: &Db,
    vault: &Vault,
    actor: &Actor,
    custom: Custom<'_>,
    (login, given): (String, String),
    wanted: Wanted,
    key: Option<&str>,
) -> Result<Made, PeopleError> {
    identity::check_login(&login)?;
    password::check_new(&given).map_err(IdentityError::from)?;
    let name = check_name(&wanted.name)?;
    check_organisation(&actor.tree, wanted.organisation)?;
    wanted.contact.check()?;
    let password_hash = password::hash(given).await.map_err(IdentityError::from)?;
    let tx = db.begin().await?;
    let keys = vault.for_writing(&tx).await?;
    if let Some(made) = once::made(&tx, "hub_user", key).await? {
        return Ok(Made::Before(made));
    }
    if identity::find(&tx, &login).await?.is_some() {
        return Err(IdentityError::Taken(login).into());
    }
    let values = custom::accepted(&tx, actor, custom, (&login, &wanted), None).await?;
    let made = hub_user::ActiveModel {
        login: Set(login),
        name: Set(name),
        password_hash: Set(password_hash),
        disabled: Set(wanted.disabled),
        organisation_id: Set(Some(wanted.organisation)),
        version: Set(1),
        ..Default::default()
    }
    .insert(&tx)
    .await?;
    once::keep(&tx, "hub_user", made.id, key).await?;
    search::index(&tx, search::Kind::Person, &[made.id.to_string()]).await?;
    write_roles(&tx, made.id, &wanted.roles).await?;
    custom::write(&tx, &keys, custom.set, made.id, &Map::new(), &values).await?;
    let change = Change { author: &actor.login, entity: "person", id: made.id.to_string(), action: "create" };
    let (_, mut contact) = wanted.contact.write(&tx, &keys, made.id).await?;
    if !values.is_empty() {
        contact.insert("custom".to_owned(), custom.set.for_audit(&values).into());
    }
    audit::record(&tx, change, audit::NOTHING, Some(with(for_audit(&made, &wanted.roles), contact))).await?;
    tx.commit().await?;
    Ok(Made::Now(made.id))
}

fn for_audit(person: &hub_user::Model, roles: &[RoleOfPerson]) -> Value {
    json!({"login": person.login, "name": person.name, "organisation": person.organisation_id, "disabled": person.disabled, "roles": roles})
}

fn with(mut state: Value, contact: serde_json::Map<String, Value>) -> Value {
    if let Value::Object(fields) = &mut state {
        fields.extend(contact);
    }
    state
}

/// Changes a person who is still at `version`. Who is disabled is signed out everywhere.
pub(super) async fn change(
    db: &Db,
    vault: &Vault,
    actor: &Actor,
    custom: Custom<'_>,
    (id, version): (i64, i64),
    wanted: Wanted,
) -> Result<(), PeopleError> {
    let name = check_name(&wanted.name)?;
    wanted.contact.check()?;
    let tx = db.begin().await?;
    // Before any row is locked: who changes the keys waits for this, never the other way round.
    let keys = vault.for_writing(&tx).await?;
    let was = hub_user::Entity::find_by_id(id).one(&tx).await?.ok_or(PeopleError::NoPerson)?;
    if was.organisation_id != Some(wanted.organisation) {
        check_organisation(&actor.tree, wanted.organisation)?;
    }
    let roles_were = roles_of(&tx, [id]).await?.remove(&id).unwrap_or_default();
    let guarded = administrators_before(&tx).await?;
    let custom_was = custom::opened(&tx, &keys, custom.set, id).await?;
    let values = match &wanted.custom {
        Some(_) => Some(custom::accepted(&tx, actor, custom, (&was.login, &wanted), Some(&custom_was)).await?),
        None => None,
    };
    let changed = Sql::new("UPDATE hub_user SET name = ")
        .bind(name)
        .text(", organisation_id = ")
        .bind(wanted.organisation)
        .text(", disabled = ")
        .bind(wanted.disabled)
        .text(", version = version + 1 WHERE id = ")
        .bind(id)
        .text(" AND version = ")
        .bind(version)
        .run(&tx)
        .await?;
    if changed == 0 {
        return Err(PeopleError::Changed);
    }
    search::index(&tx, search::Kind::Person, &[id.to_string()]).await?;
    if wanted.roles != roles_were {
        write_roles(&tx, id, &wanted.roles).await?;
    }
    if wanted.disabled {
        end_access(&tx, id).await?;
    }
    one_administrator_stays(&tx, guarded).await?;
    let is = hub_user::Entity::find_by_id(id).one(&tx).await?.ok_or(PeopleError::NoPerson)?;
    let change = Change { author: &actor.login, entity: "person", id: id.to_string(), action: "change" };
    let (mut old, mut new) = wanted.contact.write(&tx, &keys, id).await?;
    if let Some(values) = values {
        custom::write(&tx, &keys, custom.set, id, &custom_was, &values).await?;
        old.insert("custom".to_owned(), custom.set.for_audit(&custom_was).into());
        new.insert("custom".to_owned(), custom.set.for_audit(&values).into());
    }
    audit::record(&tx, change, Some(with(for_audit(&was, &roles_were), old)), Some(with(for_audit(&is, &wanted.roles), new))).await?;
    tx.commit().await?;
    Ok(())
}

/// How many administrators there are before a change. On PostgreSQL the role's row is locked, so that two changes cannot each leave the
/// other's administrator as the last.
pub(super) async fn administrators_before(tx: &impl ConnectionTrait) -> Result<i64, DbErr> {
    Sql::new("UPDATE role SET version = version WHERE code = ").bind(identity::Role::Admin.word()).run(tx).await?;
    identity::administrators(tx).await
}

/// Refuses a change that took the last administrator away.
pub(super) async fn one_administrator_stays(tx: &impl ConnectionTrait, before: i64) -> Result<(), PeopleError> {
    if before > 0 && identity::administrators(tx).await? == 0 { Err(PeopleError::LastAdministrator) } else { Ok(()) }
}
