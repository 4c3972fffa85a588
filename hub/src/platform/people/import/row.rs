//! What one row of a sheet does to a person, and whether whoever imports it may do that: by the rules of the page of people.

use std::collections::BTreeSet;

use jiff::tz::TimeZone;
use sea_orm::{DatabaseTransaction, DbErr};
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::known::{Administrators, Known, Stored};
use super::refused;
use crate::http::problem::{Language, Problem};
use crate::platform::fields::personal::text_of;
use crate::platform::fields::{Compiled, CompiledField};
use crate::platform::identity::{self, Grant, IdentityError, Right};
use crate::platform::import::{Fault, FieldChange, Parsed, Run, Seen, exists, missing, twice};
use crate::platform::people::PeopleError;
use crate::platform::people::custom::{self, Custom};
use crate::platform::people::personal::Contact;
use crate::platform::people::store::{Wanted, check_name, grants_of};
use crate::platform::people::written::Written;
use crate::platform::vault::{Column, Keys, PERSON_EMAIL, PERSON_PHONE};

/// All that rows are judged by.
pub(super) struct House<'a> {
    pub run: &'a Run,
    pub keys: &'a Keys,
    pub set: &'a Compiled,
    pub zone: &'a TimeZone,
    pub written: Written,
    /// Fields that are masked by their definition, as roles name them.
    pub personal: BTreeSet<String>,
}

/// What a row comes to.
pub(super) struct Decided<'a> {
    /// The person as they are; nobody for a new one.
    pub was: Option<&'a Stored>,
    pub wanted: Wanted,
    /// All custom fields as they are to be.
    pub values: Map<String, Value>,
    pub changes: Vec<FieldChange>,
}

/// What the cells of a row say, as far as it is new.
struct Said {
    name: String,
    organisation: Option<i64>,
    wanted: Wanted,
    /// Phone and e-mail; nothing leaves them as they are.
    contact: [Option<Zeroizing<String>>; 2],
    changes: Vec<FieldChange>,
    /// The fields of the hub itself that are written.
    named: Vec<&'static str>,
}

const CONTACT: [Column; 2] = [PERSON_PHONE, PERSON_EMAIL];

fn yes(flag: bool) -> &'static str {
    if flag { "是" } else { "否" }
}

/// What a cell says of a personal text: nothing where it holds what is there, or the masked form of it, as an export has it.
fn said_anew(column: &Column, given: Option<&str>, was: Option<&str>) -> Option<Zeroizing<String>> {
    let normal = Zeroizing::new(column.kind.normal(given?));
    let is_there = normal.as_str() == was.unwrap_or_default();
    let is_masked = was.is_some_and(|was| column.kind.normal(&column.kind.masked(was)) == *normal);
    (!is_there && !is_masked).then_some(normal)
}

fn taken(login: &str) -> Fault {
    Fault::of_problem(&Problem::from(IdentityError::Taken(login.to_owned())))
}

/// The fault of a row about the importer themself that would change what they may do.
fn own_row(column: &str) -> Fault {
    Fault::new(
        column,
        "own_row",
        "不能用表格改自己的组织、角色或停用自己，请由其他管理员在人员页面上改。",
        "A sheet does not change your own organisation or roles, nor disable you; another administrator does so on the page of people.",
    )
}

/// A fault of a personal field without what was written: faults are kept as they are.
fn without_value(of: Option<&CompiledField>, fault: Fault) -> Fault {
    if fault.rule != "field_option" || !of.is_some_and(|of| of.personal) {
        return fault;
    }
    Fault::new(&fault.column, &fault.rule, "没有这个选项，或它已停用。", "There is no such option, or it is no longer to be chosen.")
}

impl House<'_> {
    /// What a row does; or why it is not taken.
    pub async fn decide<'k>(
        &self,
        tx: &DatabaseTransaction,
        mut row: Parsed,
        known: &'k Known,
        administrators: &Administrators,
        seen: &Seen,
    ) -> Result<Result<Decided<'k>, Vec<Fault>>, DbErr> {
        let mut faults = std::mem::take(&mut row.faults);
        let login = row.text("login").unwrap_or_default().to_owned();
        let was = known.seen(&login);
        if !login.is_empty() {
            faults.extend(self.refuse_login(&login, was, known, seen));
        }
        let said = self.said(&row, was, &mut faults);
        if !faults.is_empty() {
            return Ok(Err(faults));
        }
        let Said { name, organisation, mut wanted, contact: [phone, email], mut changes, named } = said;
        let values_were = was.map(|was| was.values(self.keys, self.set)).unwrap_or_default();
        let mut values = values_were.clone();
        let given = self.given(&row, &values_were);
        let asks_custom = was.is_none() || !given.is_empty();
        if was.is_some() && changes.is_empty() && given.is_empty() {
            return Ok(Ok(Decided { was, wanted, values, changes }));
        }
        let Some(organisation) = organisation else { return Ok(Err(vec![missing("organisation")])) };
        wanted.organisation = organisation;
        wanted.custom = asks_custom.then(|| given.clone());
        if asks_custom {
            let zone = self.zone.iana_name().unwrap_or("UTC");
            let custom = Custom { set: self.set, chain_zone: zone };
            match custom::accepted(tx, &self.run.actor, custom, (&login, &wanted), was.map(|_| &values_were)).await {
                Ok(accepted) => values = accepted,
                Err(error) => {
                    let of = |fault: &Fault| fault.column.strip_prefix("custom.").and_then(|key| self.set.field(key));
                    faults.extend(refused(error)?.into_iter().map(|fault| without_value(of(&fault), fault)));
                }
            }
            changes.extend(given.keys().filter_map(|key| self.change_of(key, &values_were, &values)));
        }
        let sight = self.run.actor.at(was.map_or(Some(organisation), |was| was.organisation));
        let text = |text: Option<Zeroizing<String>>| text.map(|text| text.as_str().to_owned());
        match Contact::of(&sight, text(phone), text(email)) {
            Ok(contact) => wanted.contact = contact,
            Err(problem) => faults.push(Fault::of_problem(&problem)),
        }
        for error in [wanted.contact.check().err(), check_name(&name).err()].into_iter().flatten() {
            faults.extend(refused(error)?);
        }
        if was.is_none() || !changes.is_empty() {
            for fault in self.may(tx, was, &wanted, &named, &given).await? {
                if !faults.contains(&fault) {
                    faults.push(fault);
                }
            }
            if was.is_some_and(|was| administrators.would_lack(was.id, wanted.disabled, &wanted.roles)) {
                faults.extend(refused(PeopleError::LastAdministrator)?);
            }
        }
        Ok(if faults.is_empty() { Ok(Decided { was, wanted, values, changes }) } else { Err(faults) })
    }

    fn refuse_login(&self, login: &str, was: Option<&Stored>, known: &Known, seen: &Seen) -> Option<Fault> {
        if seen.has(login) {
            return Some(twice("login"));
        }
        match was {
            Some(_) if !self.run.update_existing => Some(exists("login")),
            Some(_) => None,
            // Out of sight, and as on the page nobody else's either.
            None if known.has(login) => Some(taken(login)),
            None => identity::check_login(login).err().map(|error| Fault::of_problem(&Problem::from(error))),
        }
    }

    /// Reads the cells of a row over what is there.
    fn said(&self, row: &Parsed, was: Option<&Stored>, faults: &mut Vec<Fault>) -> Said {
        let held = was.map(|was| was.roles.as_slice()).unwrap_or_default();
        let own = was.and_then(|was| was.organisation);
        let name = row.text("name").filter(|name| !name.is_empty()).or(was.map(|was| was.name.as_str())).unwrap_or_default();
        let mut organisation = own;
        match row.text("organisation") {
            Some("") => faults.push(missing("organisation")),
            Some(text) => match self.written.place_of("organisation", text, own.as_slice()) {
                Ok(id) => organisation = Some(id),
                Err(fault) => faults.push(fault),
            },
            None => {}
        }
        for (column, empty) in [("name", name.is_empty()), ("organisation", organisation.is_none() && was.is_none())] {
            if empty && !faults.iter().any(|fault| fault.column == column) {
                faults.push(missing(column));
            }
        }
        let roles = match row.text("roles").map(|text| self.written.roles_of(text, held)) {
            Some(Ok(roles)) => roles,
            Some(Err(fault)) => {
                faults.push(fault);
                held.to_vec()
            }
            None => held.to_vec(),
        };
        let disabled = row.flag("disabled").unwrap_or(was.is_some_and(|was| was.disabled));
        let (place, zh) = (|id: Option<i64>| id.map(|id| self.written.place(id)).unwrap_or_default(), Language::Chinese);
        let told = |old: Option<String>, new: String, column| FieldChange::of(column, old.as_deref(), &new);
        let off = |flag: bool| if flag || was.is_some() { yes(flag).to_owned() } else { String::new() };
        let mut changes: Vec<FieldChange> = [
            told(was.map(|was| was.name.clone()), name.to_owned(), "name"),
            told(was.map(|was| place(was.organisation)), place(organisation), "organisation"),
            told(was.map(|was| self.written.roles(&was.roles, zh)), self.written.roles(&roles, zh), "roles"),
            told(was.map(|was| yes(was.disabled).to_owned()), off(disabled), "disabled"),
        ]
        .into_iter()
        .flatten()
        .collect();
        let own_fields = ["name", "organisation", "roles", "disabled"];
        let mut named: Vec<&'static str> =
            own_fields.into_iter().filter(|key| changes.iter().any(|change| change.column == *key)).collect();
        if was.is_none() {
            named.push("login");
        }
        let contact = CONTACT.map(|column| {
            let old = was.and_then(|was| was.contact(self.keys, &column));
            let new = said_anew(&column, row.text(column.column), old.as_ref().map(|old| old.as_str()))?;
            let masked = |text: &str| if text.is_empty() { String::new() } else { column.kind.masked(text) };
            let (old, shown) = (old.map(|old| masked(&old)).unwrap_or_default(), masked(&new));
            changes.push(FieldChange { column: column.column.to_owned(), old, new: shown });
            Some(new)
        });
        let name = name.to_owned();
        let wanted = Wanted { name: name.clone(), organisation: 0, roles, disabled, contact: Contact::default(), custom: None };
        Said { name, organisation, wanted, contact, changes, named }
    }

    /// The custom fields of which a row says something new. What an export shows of a sealed one says nothing.
    fn given(&self, row: &Parsed, were: &Map<String, Value>) -> Map<String, Value> {
        let is_new = |key: &String, value: &Value| {
            let was = were.get(key);
            let is_masked = || {
                let of = self.set.field(key).filter(|of| of.personal);
                was.zip(of).is_some_and(|(was, of)| of.masked(&text_of(was)) == *value)
            };
            was.unwrap_or(&Value::Null) != value && !is_masked()
        };
        row.custom.iter().filter(|(key, value)| is_new(key, value)).map(|(key, value)| (key.clone(), value.clone())).collect()
    }

    fn change_of(&self, key: &str, were: &Map<String, Value>, are: &Map<String, Value>) -> Option<FieldChange> {
        if were.get(key) == are.get(key) {
            return None;
        }
        let cell = |values: &Map<String, Value>| {
            let (of, value) = (self.set.field(key)?, values.get(key)?);
            if !of.personal {
                return Some(of.cell(Some(value), Language::Chinese));
            }
            of.masked(&text_of(value)).as_str().map(str::to_owned)
        };
        let (old, new) = (cell(were).unwrap_or_default(), cell(are).unwrap_or_default());
        Some(FieldChange { column: format!("custom.{key}"), old, new })
    }

    /// Whether a person may be looked after by whoever imports, with grants that they have.
    pub fn may_look_after(&self, organisation: Option<i64>, grants: &[Grant], faults: &mut Vec<Fault>) {
        let actor = &self.run.actor;
        let may = [Right::People, Right::Import].iter().all(|right| actor.may_at(*right, organisation).is_ok());
        let place = (!may).then(|| {
            let zh = "您在这个组织没有导入和管理人员的权限，请联系系统管理员。";
            let en = "At this organisation you may not import and look after people; ask an administrator.";
            Fault::new("organisation", "role", zh, en)
        });
        let wider = actor.covers(grants, &self.personal).err().map(|problem| Fault::of_problem(&problem));
        for fault in place.into_iter().chain(wider) {
            if !faults.contains(&fault) {
                faults.push(fault);
            }
        }
    }

    /// Why a row may not be written by whoever imports it; nothing when it may.
    async fn may(
        &self,
        tx: &DatabaseTransaction,
        was: Option<&Stored>,
        wanted: &Wanted,
        named: &[&'static str],
        given: &Map<String, Value>,
    ) -> Result<Vec<Fault>, DbErr> {
        let (actor, mut faults) = (&self.run.actor, Vec::new());
        if let Some(was) = was {
            self.may_look_after(was.organisation, &identity::grants(tx, was.id, was.organisation).await?, &mut faults);
            if was.id == actor.id {
                faults.extend(named.iter().find(|key| **key != "name").map(|key| own_row(key)));
                faults.extend(self.run.program.then(|| own_row("")));
            }
        }
        match grants_of(tx, &actor.tree, wanted.organisation, &wanted.roles).await {
            Ok(grants) => self.may_look_after(Some(wanted.organisation), &grants, &mut faults),
            Err(error) => faults.extend(refused(error)?),
        }
        let old = was.map_or(Some(wanted.organisation), |was| was.organisation);
        for sight in [actor.at(old), actor.at(Some(wanted.organisation))] {
            for problem in [self.set.may_write_own(&sight, named), self.set.may_write(&sight, given)].into_iter().filter_map(Result::err) {
                faults.push(Fault::of_problem(&problem));
            }
        }
        Ok(faults)
    }
}
