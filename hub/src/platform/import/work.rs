//! The jobs: check, run, undo. Each goes through its rows a few hundred at a time; what it has done and how far it is are one transaction.

use std::sync::Arc;

use jiff::tz::TimeZone;
use sea_orm::{EntityTrait as _, TransactionTrait as _};
use serde::Deserialize;
use serde_json::{Value as Json, json};
use tokio::sync::mpsc;

use super::read::{Go, Row, Shape, SheetError, rows};
use super::store::{self, Import, Preview};
use super::{Column, Custom, Importable, Outcome, Registry, Run, Seen, cells, closed};
use crate::catalog::alone;
use crate::db::entity::hub_user;
use crate::db::storable_json;
use crate::http::problem::Text;
use crate::platform::audit::{self, Change};
use crate::platform::fields::Fields;
use crate::platform::files::{FileError, Files, Local, stored};
use crate::platform::identity::{self, Actor, Right};
use crate::platform::jobs::{Handler, Policy, Trouble, Waits, Work};
use crate::platform::organisation::Organisations;
use crate::platform::scope::{self, Entity};
use crate::platform::sql::Sql;

/// Rows that are looked at, written or taken back in one go.
const AT_ONCE: usize = 500;
/// Keys that are read at once when an interrupted run goes on.
const KEYS_AT_ONCE: i64 = 5_000;

/// Kinds of jobs.
pub(super) const CHECK: &str = "import_check";
pub(super) const RUN: &str = "import_run";
pub(super) const UNDO: &str = "import_undo";

/// What the jobs need; clones share it.
#[derive(Clone)]
struct Means {
    files: Files,
    registry: Registry,
    organisations: Organisations,
    fields: Fields,
    zone: TimeZone,
}

/// The handlers of imports.
#[must_use]
pub fn handlers(files: Files, registry: Registry, organisations: Organisations, fields: Fields, zone: &str) -> Vec<Arc<dyn Handler>> {
    let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    let means = Means { files, registry, organisations, fields, zone };
    vec![Arc::new(Check(means.clone())), Arc::new(Write(means.clone())), Arc::new(Undo(means))]
}

#[derive(Deserialize)]
struct Args {
    import: i64,
    /// The rights of the program that began the step; nothing when a person did.
    #[serde(default)]
    rights: Option<Vec<Right>>,
}

/// An import that a job works on.
struct Job {
    import: Import,
    entity: Arc<dyn Importable>,
    columns: Vec<Column>,
    run: Run,
}

impl From<FileError> for Trouble {
    fn from(error: FileError) -> Self {
        match error {
            FileError::Gone => Self::Never("the file of the import is not there any more".into()),
            other => Self::Again(other.to_string()),
        }
    }
}

impl From<SheetError> for Trouble {
    fn from(error: SheetError) -> Self {
        Self::Never(error.to_string())
    }
}

impl Means {
    /// The import of a job; nothing when it is not in the state that the job is for.
    async fn job(&self, work: &Work, state: &str, write: bool) -> Result<Option<Job>, Trouble> {
        let Args { import, rights } = work.args()?;
        let db = work.db.read();
        let Some(import) = store::find(db, import).await?.filter(|import| import.state == state) else { return Ok(None) };
        let unknown = || Trouble::Never(format!("{} cannot be imported", import.entity));
        let entity = self.registry.get(&import.entity).ok_or_else(unknown)?.clone();
        let actor = self.actor(work, &entity, import.person_id, rights.as_deref()).await?;
        let sites = scope::with(&actor, Entity::Location, Some(Right::Import));
        let (mut columns, mut custom) = (entity.columns(), None);
        columns.retain(|column| entity.right_for(&column.id).is_none_or(|right| actor.has(right)));
        if let Some(subject) = entity.subject() {
            let set = self.fields.of(subject).await?;
            columns.retain(|column| column.is_writable(subject, &actor));
            columns.extend(set.for_sheets(&actor).map(Column::custom));
            custom = Some(Custom { set, tree: actor.tree.clone(), zone: self.zone.clone() });
        }
        let run = Run {
            import: import.id,
            author: work.created_by.clone(),
            actor,
            program: rights.is_some(),
            now_ms: work.clock.now_ms(),
            update_existing: import.update_existing,
            sites,
            custom,
            write,
        };
        Ok(Some(Job { import, entity, columns, run }))
    }

    /// The person with the rights they have now: some can be taken while a job waits. A program gives them no more than it has.
    async fn actor(&self, work: &Work, entity: &Arc<dyn Importable>, person: i64, program: Option<&[Right]>) -> Result<Actor, Trouble> {
        let none = || Trouble::Never("whoever began this import may not import any more".into());
        let db = work.db.read();
        let person = hub_user::Entity::find_by_id(person).one(db).await?.filter(|person| !person.disabled).ok_or_else(none)?;
        let mut actor = identity::actor(db, self.organisations.tree().await?, &person).await?;
        if let Some(rights) = program {
            for grant in &mut actor.grants {
                grant.rights.retain(|right| rights.contains(right));
            }
        }
        let closed = closed(entity.as_ref(), &actor).is_some() || entity.right().is_some_and(|right| !actor.has(right));
        if closed || !actor.has(Right::Import) || (!entity.of_sites() && actor.may_at(Right::Import, None).is_err()) {
            return Err(none());
        }
        Ok(actor)
    }

    /// The rows of the sheet from one on, a few hundred at a time, read by a thread of their own.
    async fn rows(&self, import: &Import, from: u32) -> Result<mpsc::Receiver<Result<Vec<Row>, SheetError>>, Trouble> {
        let gone = || Trouble::Never("the file of the import is not there any more".into());
        let file = stored(self.files.db.read(), import.file_id.ok_or_else(gone)?).await?.ok_or_else(gone)?;
        let local = self.files.local(&file.key()?).await?;
        let (shape, (send, receive)) = (import.shape()?, mpsc::channel(2));
        tokio::task::spawn_blocking(move || read(&local, &shape, from, &send));
        Ok(receive)
    }
}

fn read(local: &Local, shape: &Shape, from: u32, send: &mpsc::Sender<Result<Vec<Row>, SheetError>>) {
    let mut some = Vec::with_capacity(AT_ONCE);
    let read = rows(local.path(), shape, |row| {
        if row.number < from {
            return Go::On;
        }
        some.push(row);
        // Nobody listens any more when the job was cut off.
        if some.len() < AT_ONCE || send.blocking_send(Ok(std::mem::take(&mut some))).is_ok() { Go::On } else { Go::Stop }
    });
    let last = match read {
        Err(error) => Err(error),
        Ok(()) if some.is_empty() => return,
        Ok(()) => Ok(some),
    };
    // The same: then there is nobody to tell.
    drop(send.blocking_send(last));
}

fn thousandths(done: u32, of: u32) -> i32 {
    i32::try_from(u64::from(done) * 1000 / u64::from(of.max(1))).unwrap_or(1000).min(999)
}

const POLICY: Policy = Policy { long: true, max_attempts: 5, lease_ms: 60_000, waits: Waits::Doubling(5, 300) };

struct Check(Means);

#[async_trait::async_trait]
impl Handler for Check {
    fn kind(&self) -> &'static str {
        CHECK
    }

    fn policy(&self) -> Policy {
        POLICY
    }

    async fn run(&self, work: &Work) -> Result<Json, Trouble> {
        let Some(Job { import, entity, columns, run }) = self.0.job(work, "checking", false).await? else { return Ok(Json::Null) };
        let tx = work.db.begin().await?;
        store::forget_rows(&tx, import.id).await?;
        tx.commit().await?;
        let (mapping, mut seen) = (import.mapping()?, Seen::default());
        let (mut counts, mut preview) = (store::Counts::default(), Preview::default());
        let mut rows = self.0.rows(&import, 0).await?;
        while let Some(some) = rows.recv().await {
            let parsed = some?.iter().map(|row| cells::parse(&columns, &mapping, row, &self.0.zone)).collect();
            let looking = work.db.read().begin().await?;
            let done = entity.take(&looking, &run, parsed, &mut seen).await?;
            looking.rollback().await?;
            counts.add(&done);
            preview.add(&done);
            let bad: Vec<_> = done.into_iter().filter(|row| row.outcome == Outcome::Bad).collect();
            if !bad.is_empty() {
                let tx = work.db.begin().await?;
                store::write_rows(&tx, import.id, bad).await?;
                tx.commit().await?;
            }
            let words = Text::new(format!("已检查 {} 行", counts.rows), format!("{} rows checked", counts.rows));
            if let Err(trouble) = work.progress(0, &words).await {
                return Err(stopped(work, &import, "checking", "uploaded", trouble).await);
            }
        }
        let tx = work.db.begin().await?;
        let set = Sql::new("state = 'checked', error = NULL, counts = ").bind(json!(counts)).text(", checked = ").bind(json!(counts));
        let set = set.text(", preview = ");
        let set = set.bind(storable_json(json!(preview.rows()))).text(", checked_ms = ").bind(work.clock.now_ms());
        store::change(&tx, import.id, &["checking"], set).await?;
        let result = json!(counts);
        work.done_in(&tx, &result).await?;
        tx.commit().await?;
        Ok(result)
    }

    async fn died(&self, tx: &sea_orm::DatabaseTransaction, work: &Work, why: &str) -> Result<(), sea_orm::DbErr> {
        died(tx, work, why, "checking", "uploaded").await
    }
}

/// What is left when a job stops between two steps.
async fn stopped(work: &Work, import: &Import, busy: &str, then: &str, trouble: Trouble) -> Trouble {
    if !matches!(trouble, Trouble::Cancelled) {
        return trouble;
    }
    let noted = async {
        let tx = work.db.begin().await?;
        store::change(&tx, import.id, &[busy], Sql::new("state = ").bind(then)).await?;
        tx.commit().await
    };
    match noted.await {
        Ok(()) => trouble,
        Err(error) => error.into(),
    }
}

/// Ends what was written or taken back: the import's state (`set` ends with the column of the time), the audit and the job, all or nothing.
async fn finished(
    work: &Work,
    import: &Import,
    run: &Run,
    busy: &str,
    set: &str,
    action: &'static str,
    counts: &store::Counts,
) -> Result<Json, Trouble> {
    let tx = work.db.begin().await?;
    if !store::change(&tx, import.id, &[busy], Sql::new(set).bind(work.clock.now_ms())).await? {
        return Err(Trouble::Lost);
    }
    let change = Change { author: &run.author, entity: "import", id: import.id.to_string(), action };
    audit::record(&tx, change, audit::NOTHING, Some(json!({"entity": import.entity, "name": import.name, "counts": counts}))).await?;
    let result = json!(counts);
    work.done_in(&tx, &result).await?;
    tx.commit().await?;
    Ok(result)
}

async fn died(tx: &sea_orm::DatabaseTransaction, work: &Work, why: &str, busy: &str, then: &str) -> Result<(), sea_orm::DbErr> {
    let Ok(Args { import, .. }) = work.args() else { return Ok(()) };
    store::change(tx, import, &[busy], Sql::new("state = ").bind(then).text(", error = ").bind(why)).await.map(drop)
}

struct Write(Means);

#[async_trait::async_trait]
impl Handler for Write {
    fn kind(&self) -> &'static str {
        RUN
    }

    fn policy(&self) -> Policy {
        POLICY
    }

    async fn run(&self, work: &Work) -> Result<Json, Trouble> {
        let Some(Job { mut import, entity, columns, run }) = self.0.job(work, "running", true).await? else { return Ok(Json::Null) };
        let (mapping, mut seen, mut counts) = (import.mapping()?, Seen::default(), import.counts());
        let mut above = 0;
        loop {
            let some = store::keys(work.db.read(), import.id, above, KEYS_AT_ONCE).await?;
            let Some((last, _)) = some.last() else { break };
            above = *last;
            for (_, key) in &some {
                seen.claim(key);
            }
        }
        let of = expected(&import);
        let mut rows = self.0.rows(&import, u32::try_from(import.next_row).unwrap_or(0)).await?;
        while let Some(some) = rows.recv().await {
            let some = some?;
            let parsed: Vec<_> = some.iter().map(|row| cells::parse(&columns, &mapping, row, &self.0.zone)).collect();
            let next = some.last().and_then(|row| i32::try_from(row.number + 1).ok()).unwrap_or(i32::MAX);
            let tx = work.db.begin().await?;
            alone(&tx, entity.dataset()).await?;
            let done = entity.take(&tx, &run, parsed, &mut seen).await?;
            counts.add(&done);
            store::write_rows(&tx, import.id, done).await?;
            if !store::advance(&tx, &import, next, &counts).await? {
                return Err(Trouble::Lost);
            }
            tx.commit().await?;
            import.next_row = next;
            let words = Text::new(format!("已导入 {} 行", counts.rows), format!("{} rows imported", counts.rows));
            if let Err(trouble) = work.progress(thousandths(counts.rows, of), &words).await {
                return Err(stopped(work, &import, "running", "stopped", trouble).await);
            }
        }
        finished(work, &import, &run, "running", "state = 'done', error = NULL, ran_ms = ", "run", &counts).await
    }

    async fn died(&self, tx: &sea_orm::DatabaseTransaction, work: &Work, why: &str) -> Result<(), sea_orm::DbErr> {
        died(tx, work, why, "running", "stopped").await
    }
}

/// Rows that the check counted.
fn expected(import: &Import) -> u32 {
    import.expected_rows().max(import.counts().rows)
}

struct Undo(Means);

#[async_trait::async_trait]
impl Handler for Undo {
    fn kind(&self) -> &'static str {
        UNDO
    }

    fn policy(&self) -> Policy {
        POLICY
    }

    async fn run(&self, work: &Work) -> Result<Json, Trouble> {
        let Some(Job { mut import, entity, run, .. }) = self.0.job(work, "undoing", true).await? else { return Ok(Json::Null) };
        let (mut counts, mut above) = (import.counts(), i32::MAX);
        loop {
            let some = store::to_take_back(work.db.read(), import.id, above, i64::try_from(AT_ONCE).unwrap_or(i64::MAX)).await?;
            let Some(last) = some.last() else { break };
            above = i32::try_from(last.number).unwrap_or(i32::MAX);
            let numbers: Vec<u32> = some.iter().map(|row| row.number).collect();
            let tx = work.db.begin().await?;
            alone(&tx, entity.dataset()).await?;
            let refused = entity.take_back(&tx, &run, some).await?;
            let back: Vec<_> = numbers.into_iter().zip(refused).collect();
            for (_, refused) in &back {
                *if refused.is_none() { &mut counts.undone } else { &mut counts.kept } += 1;
            }
            store::note_taken_back(&tx, import.id, &back).await?;
            // The number only has to move here, so that two workers never take the same rows back.
            if !store::advance(&tx, &import, import.next_row.saturating_add(1), &counts).await? {
                return Err(Trouble::Lost);
            }
            tx.commit().await?;
            import.next_row = import.next_row.saturating_add(1);
            let done = counts.undone + counts.kept;
            let words = Text::new(format!("已撤销 {done} 行"), format!("{done} rows undone"));
            if let Err(trouble) = work.progress(thousandths(done, counts.new + counts.changed), &words).await {
                return Err(stopped(work, &import, "undoing", "stopped", trouble).await);
            }
        }
        finished(work, &import, &run, "undoing", "state = 'undone', error = NULL, undone_ms = ", "undo", &counts).await
    }

    async fn died(&self, tx: &sea_orm::DatabaseTransaction, work: &Work, why: &str) -> Result<(), sea_orm::DbErr> {
        died(tx, work, why, "undoing", "stopped").await
    }
}
