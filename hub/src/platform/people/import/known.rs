//! The people whom some rows speak of, as they are, and what an import keeps of them to take it back: what is about their life stays sealed.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use sea_orm::{DatabaseTransaction, DbErr, FromQueryResult};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

use crate::platform::fields::Compiled;
use crate::platform::identity::{Actor, Role};
use crate::platform::people::custom;
use crate::platform::people::store::{OWNED, RoleOfPerson, roles_of};
use crate::platform::scope::{self, Entity};
use crate::platform::sql::Sql;
use crate::platform::vault::{Column, Keys, Kind, PERSON_EMAIL, PERSON_PHONE, Sealed, Slot};

/// What is about somebody's life, as the database holds it.
#[derive(Clone, Default, Serialize, Deserialize)]
struct Shut {
    phone: Option<Sealed>,
    email: Option<Sealed>,
    fields: BTreeMap<String, Sealed>,
}

/// A person as they are, or were before an import.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Stored {
    pub id: i64,
    pub version: i64,
    pub login: String,
    pub name: String,
    pub organisation: Option<i64>,
    pub roles: Vec<RoleOfPerson>,
    pub disabled: bool,
    custom: Map<String, Value>,
    /// Told to nobody: an answer leaves it away ([`crate::platform::import::SEALED`]).
    sealed: Shut,
}

#[derive(FromQueryResult)]
struct Row {
    id: i64,
    version: i64,
    login: String,
    name: String,
    organisation_id: Option<i64>,
    disabled: bool,
    phone: Option<Sealed>,
    email: Option<Sealed>,
    custom: Value,
}

const ROW: &str = "SELECT id, version, login, name, organisation_id, disabled, phone, email, custom FROM hub_user WHERE ";

async fn whole(tx: &DatabaseTransaction, set: &Compiled, rows: Vec<Row>) -> Result<Vec<Stored>, DbErr> {
    let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
    let mut roles = roles_of(tx, ids.iter().copied()).await?;
    let mut fields = custom::sealed(tx, set, ids).await?;
    let stored = |row: Row| Stored {
        roles: roles.remove(&row.id).unwrap_or_default(),
        custom: if let Value::Object(values) = row.custom { values } else { Map::new() },
        sealed: Shut { phone: row.phone, email: row.email, fields: fields.remove(&row.id).unwrap_or_default() },
        id: row.id,
        version: row.version,
        login: row.login,
        name: row.name,
        organisation: row.organisation_id,
        disabled: row.disabled,
    };
    Ok(rows.into_iter().map(stored).collect())
}

/// People by their numbers.
pub(super) async fn those(tx: &DatabaseTransaction, set: &Compiled, ids: &[i64]) -> Result<HashMap<i64, Stored>, DbErr> {
    let rows = Sql::new(ROW).text("id IN ").among(ids.iter().copied()).all(tx).await?;
    Ok(whole(tx, set, rows).await?.into_iter().map(|person| (person.id, person)).collect())
}

impl Stored {
    /// Phone or e-mail, opened; nothing where there is none, or it cannot be opened.
    pub fn contact(&self, keys: &Keys, column: &Column) -> Option<Zeroizing<String>> {
        let sealed = if column.kind == Kind::Phone { &self.sealed.phone } else { &self.sealed.email };
        let plain = keys.open(column, self.id, sealed.as_ref()?).ok()?;
        Some(Zeroizing::new(plain.expose().to_owned()))
    }

    /// All values of custom fields, the personal ones opened.
    pub fn values(&self, keys: &Keys, set: &Compiled) -> Map<String, Value> {
        let mut values = self.custom.clone();
        for of in set.personal() {
            let field = &of.field.key;
            let opened = self.sealed.fields.get(field).and_then(|sealed| keys.open_slot(Slot { person: self.id, field }, sealed).ok());
            if let Some(value) = opened.and_then(|plain| of.value_of(plain.expose())) {
                values.insert(field.clone(), value);
            }
        }
        values
    }

    /// Whether all that is sealed can be opened: only then is it written again as it was.
    pub fn opens(&self, keys: &Keys) -> bool {
        let column = |column: &Column, sealed: &Option<Sealed>| sealed.is_none() || self.contact(keys, column).is_some();
        let field = |(field, sealed): (&String, &Sealed)| keys.open_slot(Slot { person: self.id, field }, sealed).is_ok();
        column(&PERSON_PHONE, &self.sealed.phone) && column(&PERSON_EMAIL, &self.sealed.email) && self.sealed.fields.iter().all(field)
    }

    /// As the audit tells people, but for what is written beside them.
    pub fn state(&self) -> Map<String, Value> {
        state(&self.login, &self.name, self.organisation, self.disabled, &self.roles)
    }
}

/// As the audit tells people.
pub(super) fn state(login: &str, name: &str, organisation: Option<i64>, disabled: bool, roles: &[RoleOfPerson]) -> Map<String, Value> {
    let members = [
        ("login", json!(login)),
        ("name", json!(name)),
        ("organisation", json!(organisation)),
        ("disabled", json!(disabled)),
        ("roles", json!(roles)),
    ];
    members.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

/// Those who have some logins.
pub(super) struct Known {
    people: HashMap<String, Stored>,
    seen: HashSet<i64>,
}

impl Known {
    pub async fn load(tx: &DatabaseTransaction, set: &Compiled, actor: &Actor, logins: BTreeSet<String>) -> Result<Self, DbErr> {
        let rows = Sql::new(ROW).text("login IN ").among(logins).all(tx).await?;
        let people = whole(tx, set, rows).await?;
        let seen = Sql::new("SELECT u.id FROM hub_user u WHERE u.id IN ").among(people.iter().map(|person| person.id));
        let seen = scope::of(actor, Entity::Person).filter_owned(seen, OWNED).numbers(tx).await?.into_iter().collect();
        Ok(Self { people: people.into_iter().map(|person| (person.login.clone(), person)).collect(), seen })
    }

    /// Somebody with a login whom the importer sees.
    pub fn seen(&self, login: &str) -> Option<&Stored> {
        self.people.get(login).filter(|person| self.seen.contains(&person.id))
    }

    /// Whether somebody has a login, seen or not.
    pub fn has(&self, login: &str) -> bool {
        self.people.contains_key(login)
    }

    /// Whether anybody is there already.
    pub fn any(&self) -> bool {
        !self.people.is_empty()
    }
}

/// The administrators who can sign in, while rows are changed one by one: one of them stays.
pub(super) struct Administrators {
    role: i64,
    people: HashSet<i64>,
}

impl Administrators {
    pub async fn load(tx: &DatabaseTransaction) -> Result<Self, DbErr> {
        let role = Sql::new("SELECT id FROM role WHERE code = ").bind(Role::Admin.word()).number(tx).await?;
        let sql = "SELECT u.id FROM hub_user u JOIN person_role p ON p.person_id = u.id WHERE NOT u.disabled AND p.organisations = '[]' \
                   AND p.role_id = ";
        Ok(Self { role, people: Sql::new(sql).bind(role).numbers(tx).await?.into_iter().collect() })
    }

    /// Leaves those out who are none any more.
    pub fn retain(&mut self, stays: impl Fn(i64) -> bool) {
        self.people.retain(|id| stays(*id));
    }

    /// Whether this is the last one, and would not be one any more.
    pub fn would_lack(&self, person: i64, disabled: bool, roles: &[RoleOfPerson]) -> bool {
        self.people.len() == 1 && self.people.contains(&person) && !self.is_one(disabled, roles)
    }

    /// Notes what somebody is from now on; `true` when they were an administrator and are none any more.
    pub fn note(&mut self, person: i64, disabled: bool, roles: &[RoleOfPerson]) -> bool {
        if self.is_one(disabled, roles) {
            self.people.insert(person);
            return false;
        }
        self.people.remove(&person)
    }

    fn is_one(&self, disabled: bool, roles: &[RoleOfPerson]) -> bool {
        !disabled && roles.iter().any(|of| of.role == self.role && of.organisations.is_empty())
    }
}
