//! People out of sheets, told by their logins. A sheet does what the page of people does and no more: nobody gives a role that allows more
//! than their own, somebody else's organisation is one that there is not, and what is about a person's life is sealed on the way in. There
//! are no passwords in it: who is new gets in by one that is made for them on their page, or by the identity provider.

mod back;
mod columns;
mod known;
mod row;
mod write;

use std::collections::BTreeSet;

use sea_orm::{DatabaseConnection, DatabaseTransaction, DbErr};

use self::columns::columns;
use self::known::{Administrators, Known};
use self::row::{Decided, House};
use super::PeopleError;
use super::store::administrators_before;
use super::written::Written;
use crate::http::problem::{Language, Problem, Text};
use crate::platform::audit;
use crate::platform::fields::{Broken, Fields, Subject};
use crate::platform::identity::{Actor, IdentityError, Right};
use crate::platform::import::{Column, Custom, Done, Fault, Importable, Made, Offer, Outcome, Parsed, Run, Seen};
use crate::platform::search;
use crate::platform::vault::{Vault, VaultError};

/// People.
pub struct People {
    /// Seals what is about their life.
    pub vault: Vault,
    /// Their custom fields.
    pub settings: Fields,
}

fn failed(error: VaultError) -> DbErr {
    match error {
        VaultError::Database(error) => error,
        other => DbErr::Custom(other.to_string()),
    }
}

fn broken(of: Broken) -> Fault {
    Fault::new(&of.field, of.rule, of.zh, of.en)
}

/// What a rule said of a row; the error where it was none but the database.
fn refused(error: PeopleError) -> Result<Vec<Fault>, DbErr> {
    match error {
        PeopleError::Database(error) | PeopleError::Identity(IdentityError::Database(error)) => Err(error),
        PeopleError::Vault(error) => Err(failed(error)),
        PeopleError::Custom(all) => Ok(all.into_iter().map(broken).collect()),
        other => Ok(vec![Fault::of_problem(&Problem::from(other))]),
    }
}

/// The error of a write that no rule refuses any more.
fn unwritten(error: PeopleError) -> DbErr {
    match refused(error) {
        Err(error) => error,
        Ok(faults) => DbErr::Custom(faults.first().map(|fault| fault.en.clone()).unwrap_or_default()),
    }
}

/// The custom fields of people, which every pass through a sheet of them has.
fn custom_of(run: &Run) -> Result<&Custom, DbErr> {
    run.custom.as_ref().ok_or_else(|| DbErr::Custom("a sheet of people without their custom fields".to_owned()))
}

/// What is remembered of an administrator whom an earlier row of a check would make none.
fn no_longer(person: i64) -> String {
    format!("no administrator {person}")
}

#[async_trait::async_trait]
impl Importable for People {
    fn word(&self) -> &'static str {
        "people"
    }

    fn title(&self) -> Text {
        Text::new("人员", "People")
    }

    fn dataset(&self) -> &'static str {
        "people"
    }

    fn of_sites(&self) -> bool {
        true
    }

    fn subject(&self) -> Option<Subject> {
        Some(Subject::Person)
    }

    fn right(&self) -> Option<Right> {
        Some(Right::People)
    }

    fn columns(&self) -> Vec<Column> {
        columns()
    }

    fn note(&self) -> Option<Text> {
        Some(Text::new(
            "表格里没有密码：新导入的人员还不能用密码登录。请在人员页面用“重设密码”给每个人一个初始密码，或让他们用单点登录进来。",
            "There are no passwords in a sheet: whoever is new cannot sign in with one yet. Give each a first password on their page (\"New \
             password\"), or let them come by single sign-on.",
        ))
    }

    async fn offers(&self, db: &DatabaseConnection, actor: &Actor, language: Language) -> Result<Vec<Offer>, DbErr> {
        let (organisations, roles) = Written::load(db, actor).await?.offers(actor, language);
        Ok(vec![Offer { column: "organisation", options: organisations }, Offer { column: "roles", options: roles }])
    }

    async fn take(&self, tx: &DatabaseTransaction, run: &Run, rows: Vec<Parsed>, seen: &mut Seen) -> Result<Vec<Done>, DbErr> {
        // Before any row is locked, as on the page: who changes the keys waits for this, never the other way round.
        let keys = if run.write { self.vault.for_writing(tx).await } else { self.vault.for_reading(tx).await }.map_err(failed)?;
        let custom = custom_of(run)?;
        let logins: BTreeSet<String> = rows.iter().filter_map(|row| row.text("login")).map(str::to_owned).collect();
        let known = Known::load(tx, &custom.set, &run.actor, logins).await?;
        if run.write && known.any() {
            administrators_before(tx).await?;
        }
        let mut administrators = Administrators::load(tx).await?;
        if !run.write {
            administrators.retain(|person| !seen.has(&no_longer(person)));
        }
        let written = Written::load(tx, &run.actor).await?;
        let personal = self.settings.personal().await?;
        let house = House { run, keys: &keys, set: &custom.set, zone: &custom.zone, written, personal };
        let (mut done, mut audited, mut records) = (Vec::with_capacity(rows.len()), Vec::new(), Vec::new());
        for row in rows {
            let (number, login) = (row.number, row.text("login").unwrap_or_default().to_owned());
            let Decided { was, wanted, values, changes } = match house.decide(tx, row, &known, &administrators, seen).await? {
                Ok(decided) => decided,
                Err(faults) => {
                    done.push(Done::bad(number, login, faults));
                    continue;
                }
            };
            seen.claim(&login);
            let outcome = Outcome::of(was.is_some(), &changes);
            let mut good = Done::good(number, login.clone(), outcome, changes);
            good.record = was.map(|was| was.id);
            if outcome != Outcome::Same {
                if let Some(was) = was
                    && administrators.note(was.id, wanted.disabled, &wanted.roles)
                    && !run.write
                {
                    seen.claim(&no_longer(was.id));
                }
                if run.write {
                    let (id, version, line) = match was {
                        None => write::new(tx, &house, &login, &wanted, &values).await?,
                        Some(was) => write::over(tx, &house, was, &wanted, &values).await?,
                    };
                    good.written(Some(id), version, was);
                    records.push(id.to_string());
                    audited.push(line);
                }
            }
            done.push(good);
        }
        search::index(tx, search::Kind::Person, &records).await?;
        audit::record_many(tx, audited).await?;
        Ok(done)
    }

    async fn take_back(&self, tx: &DatabaseTransaction, run: &Run, rows: Vec<Made>) -> Result<Vec<Option<Fault>>, DbErr> {
        let keys = self.vault.for_writing(tx).await.map_err(failed)?;
        let custom = custom_of(run)?;
        let written = Written::load(tx, &run.actor).await?;
        let personal = self.settings.personal().await?;
        let house = House { run, keys: &keys, set: &custom.set, zone: &custom.zone, written, personal };
        back::take_back(tx, &house, rows).await
    }
}
