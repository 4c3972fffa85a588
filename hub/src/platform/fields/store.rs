//! Definitions of custom fields: kept in memory as they hold, changed in the database.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError, RwLock};

use sea_orm::{ConnectionTrait, DbErr};
use serde_json::Value;

use super::compile::{Compiled, DefinitionFault, compile, declared, option_faults};
use super::model::{Choice, Field, FieldSet, OptionList};
use super::personal::{self, is_personal};
use super::subject::Subject;
use super::{FieldError, access};
use crate::db::Db;
use crate::http::problem::Problem;
use crate::platform::drafts::{self, Editing};
use crate::platform::expressions::Declarations;
use crate::platform::sql::Sql;
use crate::platform::vault;
use crate::state::App;

/// Keeps the definitions that hold; clones share them. They are read again after the next publication.
#[derive(Debug, Clone)]
pub struct Fields {
    db: Db,
    kept: Arc<RwLock<Kept>>,
}

#[derive(Debug, Default)]
struct Kept {
    version: Option<String>,
    sets: BTreeMap<Subject, Arc<Compiled>>,
    lists: Arc<BTreeMap<String, OptionList>>,
}

/// A stored document; what another version of the hub wrote and this one cannot read is empty, and told to the log.
fn read<T: serde::de::DeserializeOwned + Default>(what: &str, document: Value) -> T {
    serde_json::from_value(document).unwrap_or_else(|error| {
        tracing::error!(%error, what, "settings cannot be read");
        T::default()
    })
}

/// The shared lists of options.
///
/// # Errors
/// What the database said.
pub async fn lists(db: &impl ConnectionTrait) -> Result<BTreeMap<String, OptionList>, DbErr> {
    let held = drafts::holding(db, drafts::Kind::Options).await?;
    Ok(held.into_iter().map(|(code, document)| (code, read("options", document))).collect())
}

async fn sets(db: &impl ConnectionTrait) -> Result<BTreeMap<Subject, FieldSet>, DbErr> {
    let held = drafts::holding(db, drafts::Kind::Fields).await?;
    Ok(held.into_iter().filter_map(|(word, document)| Some((Subject::of_word(&word)?, read("fields", document)))).collect())
}

impl Fields {
    /// Names of personal custom fields, as roles write them: `person.home`.
    ///
    /// # Errors
    /// What the database said.
    pub async fn personal(&self) -> Result<BTreeSet<String>, DbErr> {
        let set = self.of(Subject::Person).await?;
        Ok(set.personal().map(|of| format!("{}.{}", set.subject.word(), of.field.key)).collect())
    }

    /// Of a database; reads nothing yet.
    #[must_use]
    pub fn new(db: Db) -> Self {
        Self { db, kept: Arc::default() }
    }

    /// The custom fields of a kind of record as they hold now.
    ///
    /// # Errors
    /// What the database said.
    pub async fn of(&self, subject: Subject) -> Result<Arc<Compiled>, DbErr> {
        let found = self.kept(|kept| kept.sets.get(&subject).cloned()).await?;
        found.ok_or_else(|| DbErr::Custom("a kind of record has no set of fields".to_owned()))
    }

    /// The shared lists of options as they hold now, by their codes.
    ///
    /// # Errors
    /// What the database said.
    pub async fn lists(&self) -> Result<Arc<BTreeMap<String, OptionList>>, DbErr> {
        self.kept(|kept| kept.lists.clone()).await
    }

    /// Something of what holds now.
    async fn kept<T>(&self, of: impl Fn(&Kept) -> T) -> Result<T, DbErr> {
        // The number is read before the rows: a change in between makes the rows newer than the number, never older.
        let version = drafts::counter(self.db.read()).await?;
        {
            let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
            if kept.version == version && !kept.sets.is_empty() {
                return Ok(of(&kept));
            }
        }
        let (lists, mut sets) = (lists(self.db.read()).await?, sets(self.db.read()).await?);
        let none = BTreeMap::new();
        let ready = Subject::ALL.map(|subject| {
            let compiled = compile(subject, &sets.remove(&subject).unwrap_or_default(), &lists, &none).unwrap_or_else(|faults| {
                tracing::error!(entity = subject.word(), faults = faults.len(), "published fields cannot be worked with");
                Compiled { subject, groups: Vec::new(), fields: Vec::new() }
            });
            (subject, Arc::new(compiled))
        });
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        *kept = Kept { version, sets: ready.into(), lists: Arc::new(lists) };
        Ok(of(&kept))
    }
}

/// The variables of expressions about a kind of record, with the fields of its draft where there is one.
///
/// # Errors
/// A problem when there is no such kind.
pub async fn declared_for_editing(app: &App, word: &str) -> Result<Declarations, Problem> {
    let subject = Subject::of_word(word).ok_or_else(|| no_entity("entity"))?;
    let document = drafts::find(app.db.read(), drafts::Kind::Fields, word).await?;
    let set = match (document.draft, document.published) {
        (Some(draft), _) => read("draft of fields", draft),
        (None, 0) => FieldSet::default(),
        (None, number) => read("fields", drafts::version(app.db.read(), drafts::Kind::Fields, word, number).await?),
    };
    Ok(declared(subject, &set.fields))
}

fn no_entity(field: &'static str) -> Problem {
    Problem::invalid(
        "entity_exists",
        field,
        "没有这种可以加自定义字段的记录。",
        "There is no such kind of record that takes custom fields.",
    )
}

/// The fields of every version that was published.
async fn ever(db: &impl ConnectionTrait, subject: Subject) -> Result<Vec<Field>, DbErr> {
    let ever = drafts::ever(db, drafts::Kind::Fields, subject.word()).await?;
    let sets = ever.into_iter().map(|document| read::<FieldSet>("fields", document));
    Ok(sets.flat_map(|set| set.fields).collect())
}

/// Every mistake in definitions, as they would be published now.
///
/// # Errors
/// What the database said.
pub async fn faults(db: &impl ConnectionTrait, subject: Subject, set: &FieldSet) -> Result<Vec<DefinitionFault>, DbErr> {
    let (lists, ever) = (lists(db).await?, ever(db, subject).await?);
    let kinds = ever.iter().map(|field| (field.key.clone(), field.kind)).collect();
    let mut faults = compile(subject, set, &lists, &kinds).err().unwrap_or_default();
    faults.extend(personal::faults(subject, set, &ever));
    Ok(faults)
}

/// Publishes the draft, or an older version once more; the number of the new version.
///
/// # Errors
/// [`FieldError`] that names what will not do.
pub async fn publish(db: &Db, subject: Subject, editing: Editing<'_>, restores: Option<i64>) -> Result<i64, FieldError> {
    let tx = db.begin().await?;
    let wanted = editing.wanted(&tx, restores).await?;
    let set: FieldSet = read("fields", wanted.clone());
    let faults = faults(&tx, subject, &set).await?;
    if !faults.is_empty() {
        return Err(FieldError::Definitions(faults));
    }
    let was = sets(&tx).await?.remove(&subject).unwrap_or_default();
    let number = editing.publish(&tx, wanted, restores).await?;
    for gone in was.fields.iter().filter(|field| field.filter && !set.fields.iter().any(|now| now.key == field.key && now.filter)) {
        tx.execute_unprepared(&format!("DROP INDEX IF EXISTS {}", access::index_name(subject.table(), &gone.key))).await?;
    }
    make_indexes(&tx, subject, &set).await?;
    tx.commit().await?;
    Ok(number)
}

async fn make_indexes(db: &impl ConnectionTrait, subject: Subject, set: &FieldSet) -> Result<(), DbErr> {
    for field in set.fields.iter().filter(|field| field.filter && !is_personal(subject, field)) {
        if let Some(make) = access::index(db.get_database_backend(), subject.table(), &field.key, field.kind) {
            db.execute_unprepared(&make).await?;
        }
    }
    Ok(())
}

/// Takes the indexes away that were made of fields with the names of personal things, before such were sealed.
///
/// # Errors
/// What the database said.
pub async fn drop_personal_indexes(tx: &impl ConnectionTrait) -> Result<(), DbErr> {
    for key in vault::PERSONAL {
        tx.execute_unprepared(&format!("DROP INDEX IF EXISTS {}", access::index_name(Subject::Person.table(), key))).await?;
    }
    Ok(())
}

/// Makes the indexes of fields that lists narrow by, where they are not there: a database that was moved comes without them.
///
/// # Errors
/// What the database said.
pub async fn keep_indexes(tx: &impl ConnectionTrait) -> Result<(), DbErr> {
    for (subject, set) in sets(tx).await? {
        make_indexes(tx, subject, &set).await?;
    }
    Ok(())
}

/// What keeps a shared list of options from being published. What records may hold stays: an option is switched off, never taken away.
pub(super) fn list_faults(list: &OptionList, was: Option<&OptionList>) -> Vec<DefinitionFault> {
    let mut faults = option_faults("options", &list.options);
    if !(1..=60).contains(&list.title.trim().chars().count()) || list.title_en.chars().count() > 60 {
        faults.push(DefinitionFault::new("title", "title_length", "名称要有 1 到 60 个字。", "A title has 1 to 60 characters."));
    }
    if list.options.is_empty() {
        faults.push(DefinitionFault::new("options", "option_count", "至少要有一个选项。", "There is at least one option."));
    }
    for gone in gone(list, was) {
        let zh = format!("选项 {} 可能已有记录在用，只能停用，不能删除。", gone.code);
        let en = format!("Records may hold the option {}; switch it off, it cannot be taken away.", gone.code);
        faults.push(DefinitionFault::new("options", "option_stays", zh, en));
    }
    faults
}

/// Options that a list had and has no more.
fn gone<'a>(list: &OptionList, was: Option<&'a OptionList>) -> Vec<&'a Choice> {
    let stays = |option: &Choice| list.options.iter().any(|now| now.code == option.code);
    was.into_iter().flat_map(|was| &was.options).filter(|option| !stays(option)).collect()
}

/// Publishes the draft of a shared list of options, or an older version once more: options that came since are switched off then.
///
/// # Errors
/// [`FieldError`] that names what will not do.
pub async fn publish_list(db: &Db, editing: Editing<'_>, restores: Option<i64>) -> Result<i64, FieldError> {
    let tx = db.begin().await?;
    let mut list: OptionList = read("options", editing.wanted(&tx, restores).await?);
    let was = lists(&tx).await?.remove(editing.name);
    if restores.is_some() {
        let since: Vec<Choice> = gone(&list, was.as_ref()).into_iter().map(|option| Choice { active: false, ..option.clone() }).collect();
        list.options.extend(since);
    }
    let faults = list_faults(&list, was.as_ref());
    if !faults.is_empty() {
        return Err(FieldError::Definitions(faults));
    }
    let document = serde_json::to_value(&list).map_err(|error| DbErr::Json(error.to_string()))?;
    let number = editing.publish(&tx, crate::db::storable_json(document), restores).await?;
    tx.commit().await?;
    Ok(number)
}

/// The time zone of an organisation; that of the chain where it has none.
///
/// # Errors
/// What the database said.
pub async fn zone_of(db: &impl ConnectionTrait, organisation: Option<i64>, chain_zone: &str) -> Result<jiff::tz::TimeZone, DbErr> {
    let own = match organisation {
        Some(organisation) => Sql::new("SELECT time_zone FROM organisation WHERE id = ").bind(organisation).word(db).await?,
        None => None,
    };
    let named = jiff::tz::TimeZone::get(own.as_deref().unwrap_or(chain_zone));
    Ok(named.unwrap_or(jiff::tz::TimeZone::UTC))
}
