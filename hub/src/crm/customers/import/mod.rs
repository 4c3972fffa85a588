//! Customers out of sheets: brought over with their owner and their dates, told by the number of the old system or by their phone. What is
//! about their life is sealed on the way in; previews and notes of an import hold its masked form only.

mod back;
mod columns;
mod known;

use sea_orm::{DatabaseTransaction, DbErr};
use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

use self::back::Before;
use self::columns::columns;
use self::known::Known;
use super::CustomerError;
use super::model::Fields;
use super::rules::{Choices, Gender};
use super::write::{Personal, Plain, code_of, insert, sealed, write_beside};
use crate::http::problem::{Language, Problem, Text};
use crate::platform::audit::{self, Change};
use crate::platform::fields::{Fields as Settings, Subject};
use crate::platform::import::{Column, Done, Fault, FieldChange, Importable, Made, Outcome, Parsed, Run, Seen, exists, missing, twice};
use crate::platform::search;
use crate::platform::sql::Sql;
use crate::platform::vault::{Keys, Kind, Vault, VaultError};

/// Customers.
pub struct Customers {
    /// Seals what is about their life.
    pub vault: Vault,
    /// Says what can be chosen.
    pub settings: Settings,
}

fn failed(error: VaultError) -> DbErr {
    match error {
        VaultError::Database(error) => error,
        other => DbErr::Custom(other.to_string()),
    }
}

/// What a rule said, as a fault of a row.
fn fault(error: CustomerError) -> Fault {
    let problem = Problem::from(error);
    let (zh, en) = (problem.body(Language::Chinese), problem.body(Language::English));
    let word = |body: &Value, name: &str| body[name].as_str().unwrap_or_default().to_owned();
    let column = match word(&zh, "field").as_str() {
        "next_follow_ms" => "next_follow".to_owned(),
        other => other.to_owned(),
    };
    Fault::new(&column, &word(&zh, "rule"), word(&zh, "detail"), word(&en, "detail"))
}

/// What a row says of a customer, as far as it can be read.
fn said(row: &Parsed, known: &Known, choices: &Choices, is_new: bool, faults: &mut Vec<Fault>) -> Fields {
    let text = |column: &str| row.text(column).map(str::to_owned);
    let secret = |column: &str| text(column).map(Zeroizing::new);
    let mut no = |column: &str, rule: &str, zh: String, en: String| faults.push(Fault::new(column, rule, zh, en));
    let organisation = row.text("organisation").filter(|code| !code.is_empty()).and_then(|code| {
        let found = known.organisations.get(code).copied();
        if found.is_none() {
            no(
                "organisation",
                "organisation_exists",
                format!("没有编码为 {code} 的启用组织。"),
                format!("There is no active organisation {code}."),
            );
        }
        found
    });
    let owner = row.text("owner").map(|login| {
        let found = known.people.get(login).copied();
        if found.is_none() && !login.is_empty() {
            no(
                "owner",
                "owner_exists",
                format!("没有登录名为 {login} 的、能登录的人员。"),
                format!("There is nobody with the login {login} who can sign in."),
            );
        }
        found
    });
    if is_new {
        for column in ["name", "organisation"] {
            if row.text(column).is_none_or(str::is_empty) && !row.faults.iter().any(|fault| fault.column == column) {
                faults.push(missing(column));
            }
        }
    }
    Fields {
        name: text("name").filter(|name| !name.is_empty()),
        organisation,
        owner,
        gender: row.text("gender").map(Gender::of_word),
        birth_year: row.whole("birth_year").map(|year| i32::try_from(year).ok()),
        phone: secret("phone"),
        email: secret("email"),
        address: secret("address"),
        employer: text("employer"),
        position: text("position"),
        hobbies: text("hobbies"),
        source: row.text("source").map(|given| choices.source_named(given)),
        campaign: text("campaign"),
        note: secret("note"),
        tags: row.text("tags").map(|given| choices.tags_named(given)),
        next_follow_ms: row.moment("next_follow").map(Some),
        custom: None,
    }
}

/// What changes of sealed texts, masked; those that stay as they are are left away.
fn personal_changes(keys: &Keys, old: Option<&Before>, given: Vec<Personal>) -> (Vec<Personal>, Vec<FieldChange>) {
    let (mut written, mut changes) = (Vec::new(), Vec::new());
    for (column, text) in given {
        let was = old.and_then(|old| old.open(keys, &column));
        let (was, is) = (was.as_ref().map(|was| was.as_str()), text.as_ref().map(|text| text.as_str()));
        if was == is {
            continue;
        }
        let masked = |text: Option<&str>| text.map(|text| column.kind.masked(text)).unwrap_or_default();
        let (old, new) = (masked(was), masked(is));
        changes.push(FieldChange { column: column.column.to_owned(), old, new });
        written.push((column, text));
    }
    (written, changes)
}

/// What changes of the rest.
fn plain_changes(old: Option<&Plain>, new: &Plain, known: &Known, choices: &Choices) -> Vec<FieldChange> {
    let cells = |plain: &Plain| {
        [
            ("name", plain.name.clone()),
            ("organisation", known.code(plain.organisation)),
            ("owner", plain.owner.map(|owner| known.login(owner)).unwrap_or_default()),
            ("class", plain.class.clone()),
            ("gender", plain.gender.clone()),
            ("birth_year", plain.birth_year.map(|year| year.to_string()).unwrap_or_default()),
            ("employer", plain.employer.clone()),
            ("position", plain.position.clone()),
            ("hobbies", plain.hobbies.clone()),
            ("source", choices.source(&plain.source, true)),
            ("campaign", plain.campaign.clone()),
            ("tags", choices.titles(&plain.tags, true)),
            ("next_follow", plain.next_follow_ms.map(|ms| ms.to_string()).unwrap_or_default()),
            ("custom", if plain.custom.is_empty() { String::new() } else { json!(plain.custom).to_string() }),
        ]
    };
    let before = old.map(cells);
    let one = |(at, (column, new)): (usize, (&str, String))| {
        let old = before.as_ref().and_then(|before| before.get(at)).map(|(_, old)| old.as_str());
        FieldChange::of(column, old, &new)
    };
    cells(new).into_iter().enumerate().filter_map(one).collect()
}

/// A row that is to be written.
struct Row {
    at: usize,
    code: String,
    new: Plain,
    sealed: Vec<Personal>,
    old: Option<Before>,
    created_ms: i64,
    last_follow_ms: Option<i64>,
}

impl Row {
    /// Writes it; the number and the version of the customer, and what the audit is to say.
    async fn write(&self, tx: &DatabaseTransaction, keys: &Keys, run: &Run) -> Result<(i64, i64, Map<String, Value>), CustomerError> {
        let mut state = self.new.state();
        let (id, version) = match &self.old {
            None => {
                let own = (!self.code.is_empty()).then(|| self.code.clone());
                let idle = self.last_follow_ms.unwrap_or(self.created_ms);
                let more = [("code", own.into()), ("last_follow_ms", self.last_follow_ms.into()), ("idle_since_ms", idle.into())];
                (insert(tx, &self.new, (&run.author, self.created_ms), more).await?, 1)
            }
            Some(old) => {
                let mut sql = Sql::new("UPDATE customer SET version = version + 1");
                for (name, value) in self.new.columns() {
                    sql = sql.text(&format!(", {name} = ")).bind(value);
                }
                let sql = sql.text(" WHERE id = ").bind(old.id).text(" RETURNING version");
                (old.id, sql.number(tx).await?)
            }
        };
        write_beside(tx, keys, id, &self.new.tags, &self.sealed, &mut state).await?;
        Ok((id, version, state))
    }
}

#[async_trait::async_trait]
impl Importable for Customers {
    fn word(&self) -> &'static str {
        "customers"
    }

    fn title(&self) -> Text {
        Text::new("客户", "Customers")
    }

    fn dataset(&self) -> &'static str {
        "customers"
    }

    fn of_sites(&self) -> bool {
        false
    }

    fn subject(&self) -> Option<Subject> {
        Some(Subject::Customer)
    }

    fn columns(&self) -> Vec<Column> {
        columns()
    }

    async fn take(&self, tx: &DatabaseTransaction, run: &Run, rows: Vec<Parsed>, seen: &mut Seen) -> Result<Vec<Done>, DbErr> {
        let keys = if run.write { self.vault.for_writing(tx).await } else { self.vault.for_reading(tx).await }.map_err(failed)?;
        let choices = Choices::of(&*self.settings.lists().await?);
        let known = Known::load(tx, &keys, &rows).await?;
        let (mut done, mut writing) = (Vec::with_capacity(rows.len()), Vec::new());
        for (at, mut row) in rows.into_iter().enumerate() {
            let code = row.text("code").unwrap_or_default().to_owned();
            let phone = Kind::Phone.normal(row.text("phone").unwrap_or_default());
            let mut faults = std::mem::take(&mut row.faults);
            let old = known.meant(&code, &phone, &mut faults);
            let fields = said(&row, &known, &choices, old.is_none(), &mut faults);
            let start = old.map_or_else(|| Plain::new(fields.organisation.unwrap_or_default(), None), |old| old.plain.clone());
            let keyed = if code.is_empty() { fields.name.clone().unwrap_or_else(|| start.name.clone()) } else { code.clone() };
            if old.is_some() && !run.update_existing {
                faults.push(exists(if code.is_empty() { "phone" } else { "code" }));
            }
            for (column, key) in [("code", &code), ("phone", &phone)] {
                if !key.is_empty() && !seen.claim(&format!("customer {column} {key}")) {
                    faults.push(twice(column));
                }
            }
            let mut new = start.with(&fields, &choices, run.now_ms).unwrap_or_else(|error| {
                let fault = fault(error);
                if !faults.iter().any(|known| known.column == fault.column) {
                    faults.push(fault);
                }
                start.clone()
            });
            if let Some(class) = row.text("class").filter(|class| !class.is_empty()) {
                class.clone_into(&mut new.class);
            }
            let given = sealed(&fields).unwrap_or_else(|error| {
                faults.push(fault(error));
                Vec::new()
            });
            for column in ["created", "last_follow"] {
                if row.moment(column).is_some_and(|at| at > run.now_ms) {
                    faults.push(Fault::new(column, "moment", "这个日期还没有到。", "This day is still to come."));
                }
            }
            if let Some(custom) = run.custom.as_ref().filter(|_| faults.is_empty()) {
                match custom.accept(&row, run.now_ms, new.for_expressions(), old.map(|old| &old.plain.custom)) {
                    Ok(values) => new.custom = values,
                    Err(wrong) => faults.extend(wrong),
                }
            }
            if !faults.is_empty() {
                done.push(Done::bad(row.number, keyed, faults));
                continue;
            }
            let (personal, mut changes) = personal_changes(&keys, old, given);
            changes.extend(plain_changes(old.map(|old| &old.plain), &new, &known, &choices));
            let outcome = Outcome::of(old.is_some(), &changes);
            let mut good = Done::good(row.number, keyed, outcome, changes);
            good.record = old.map(|old| old.id);
            done.push(good);
            if outcome != Outcome::Same {
                let created_ms = row.moment("created").unwrap_or(run.now_ms);
                let last_follow_ms = row.moment("last_follow");
                writing.push(Row { at, code, new, sealed: personal, old: old.cloned(), created_ms, last_follow_ms });
            }
        }
        if !run.write {
            return Ok(done);
        }
        let (mut audited, mut records) = (Vec::new(), Vec::new());
        for row in writing {
            let (id, version, state) = row.write(tx, &keys, run).await.map_err(|error| match error {
                CustomerError::Database(error) => error,
                other => DbErr::Custom(other.to_string()),
            })?;
            if let Some(done) = done.get_mut(row.at) {
                done.written(Some(id), version, row.old.as_ref());
            }
            let action = if row.old.is_some() { "change" } else { "create" };
            let change = Change { author: &run.author, entity: "customer", id: id.to_string(), action };
            audited.push((change, row.old.map(|old| Value::Object(old.plain.state())), Some(Value::Object(state))));
            records.push(id.to_string());
        }
        search::index(tx, search::Kind::Customer, &records).await?;
        audit::record_many(tx, audited).await?;
        Ok(done)
    }

    async fn take_back(&self, tx: &DatabaseTransaction, run: &Run, rows: Vec<Made>) -> Result<Vec<Option<Fault>>, DbErr> {
        let keys = self.vault.for_writing(tx).await.map_err(failed)?;
        back::take_back(tx, &keys, run, rows).await
    }
}

/// Whether a number has the shape of those that the hub gives: of such an old system has none.
fn is_ours(code: &str) -> bool {
    code.strip_prefix('C').and_then(|digits| digits.parse().ok()).is_some_and(|id| code_of(id) == code)
}
