//! Making an export: page by page out of the list, row by row into the sheet. For short ones at once, for long ones as a job.

use std::sync::Arc;

use jiff::tz::TimeZone;
use sea_orm::EntityTrait as _;
use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::columns::{self, Chosen};
use super::reading::Sites;
use super::sheet::{Format, MOST, Writer};
use super::store::{self, Export};
use super::{ExportError, Exportable, Filters, Reading, Registry};
use crate::db::entity::hub_user;
use crate::http::page::PageQuery;
use crate::http::problem::{Language, Text};
use crate::platform::audit::{self, Change};
use crate::platform::fields::Fields;
use crate::platform::files::kind::Kind;
use crate::platform::files::{Arrived, FileError, Files, NewFile, keep};
use crate::platform::identity::{self, Actor};
use crate::platform::jobs::{Handler, Policy, Trouble, Waits, Work};
use crate::platform::organisation::Organisations;
use crate::platform::sql::Sql;
use crate::platform::vault::Vault;

/// Kind of the job.
pub(super) const KIND: &str = "export";

/// What is to be written.
pub(super) struct Wanted<'a> {
    pub list: &'a dyn Exportable,
    pub format: Format,
    pub language: Language,
    pub filters: &'a Filters,
    /// Which columns, in which order; the usual ones when nobody says.
    pub columns: Option<&'a [String]>,
    pub actor: &'a Actor,
    pub fields: &'a Fields,
    pub vault: &'a Vault,
    pub zone: &'a TimeZone,
}

fn sheet_said(error: String) -> ExportError {
    ExportError::Sheet(error)
}

/// Writes a list into a file beside the store. With `most`, only a list of at most so many rows: nothing comes back for a longer one.
/// `told` hears how many rows are written, of how many.
pub(super) async fn write<F>(
    files: &Files,
    wanted: Wanted<'_>,
    most: Option<i64>,
    mut told: impl FnMut(u32, i64) -> F,
) -> Result<Option<(Arrived, u32)>, ExportError>
where
    F: Future<Output = Result<(), ExportError>>,
{
    let Wanted { list, format, language, filters, columns, actor, fields, vault, zone } = wanted;
    let db = files.db.read();
    let sites = Sites::load(db).await?;
    let set = match list.subject() {
        Some(subject) => Some(fields.of(subject).await?),
        None => None,
    };
    let custom = set.as_ref().map(|set| set.seen(actor)).unwrap_or_default();
    let all = columns::columns(list, &custom);
    let chosen = Chosen::of(&all, columns)?;
    let (settings, fields, custom) = (fields, set.as_ref(), custom.as_slice());
    let reading = Reading { db, actor, filters, language, zone, vault, settings, fields, custom, sites: &sites };
    let mut page = list.rows(&reading, &PageQuery::bulk(None)).await?;
    let total = page.total;
    if page.at_least {
        return Err(ExportError::TooLong(u32::try_from(total).unwrap_or(MOST)));
    }
    if total > i64::from(MOST) {
        return Err(ExportError::TooLong(MOST));
    }
    if most.is_some_and(|most| total > most) {
        return Ok(None);
    }
    let (draft, title) = (files.draft()?, list.title().in_language(language).to_owned());
    let heading = chosen.heading(&all, language);
    let mut writer = Writer::new(format, &draft, files.folder(), zone.clone(), &title, &heading).map_err(sheet_said)?;
    loop {
        if writer.rows() as usize + page.rows.len() > MOST as usize {
            return Err(ExportError::TooLong(MOST));
        }
        let (rows, next, chosen) = (std::mem::take(&mut page.rows), page.next.take(), chosen.clone());
        // Packing rows is work for a thread that may be busy.
        let written = tokio::task::spawn_blocking(move || {
            rows.into_iter().try_for_each(|row| writer.row(chosen.cells(row)))?;
            Ok(writer)
        });
        writer = written.await.map_err(|error| ExportError::Sheet(error.to_string()))?.map_err(sheet_said)?;
        told(writer.rows(), total).await?;
        if next.is_none() {
            break;
        }
        page = list.rows(&reading, &PageQuery::bulk(next)).await?;
    }
    let files = files.clone();
    let now = jiff::Timestamp::now().to_zoned(zone.clone()).strftime("%Y%m%d-%H%M").to_string();
    let ended = tokio::task::spawn_blocking(move || {
        let rows = writer.finish().map_err(sheet_said)?;
        let (kind, ending) = match format {
            Format::Xlsx => (Kind::Xlsx, "xlsx"),
            Format::Csv => (Kind::Text, "csv"),
        };
        Ok::<_, ExportError>((files.made(draft, &format!("{title} {now}.{ending}"), kind)?, rows))
    });
    Ok(Some(ended.await.map_err(|error| ExportError::Sheet(error.to_string()))??))
}

/// Keeps what was written, and says that it is there.
pub(super) async fn finish(files: &Files, export: &Export, made: (Arrived, u32), now: i64, work: Option<&Work>) -> Result<Json, Trouble> {
    let (arrived, rows) = made;
    let new = NewFile {
        entity: "export",
        record: export.id,
        kind: "",
        author: &export.created_by,
        expires_ms: Some(export.expires_ms),
        once: None,
    };
    let file = keep(files, arrived, new).await?;
    let tx = files.db.begin().await?;
    Sql::new("UPDATE export SET state = 'done', error = NULL, file_id = ")
        .bind(file.id)
        .text(", row_count = ")
        .bind(i64::from(rows))
        .text(", ended_ms = ")
        .bind(now)
        .text(" WHERE state = 'waiting' AND id = ")
        .bind(export.id)
        .run(&tx)
        .await?;
    let change = Change { author: &export.created_by, entity: "export", id: export.id.to_string(), action: "export" };
    let about = json!({"list": export.list, "format": export.format, "filters": export.query, "columns": export.columns().ok().flatten(), "rows": rows});
    audit::record(&tx, change, audit::NOTHING, Some(about)).await?;
    let result = json!({ "rows": rows });
    if let Some(work) = work {
        work.done_in(&tx, &result).await?;
    }
    tx.commit().await?;
    Ok(result)
}

/// The handler of long exports.
#[must_use]
pub fn handler(lists: Registry, files: Files, organisations: Organisations, fields: Fields, vault: Vault, zone: &str) -> Arc<dyn Handler> {
    Arc::new(Make { lists, files, organisations, fields, vault, zone: TimeZone::get(zone).unwrap_or(TimeZone::UTC) })
}

struct Make {
    lists: Registry,
    files: Files,
    organisations: Organisations,
    fields: Fields,
    vault: Vault,
    zone: TimeZone,
}

#[derive(Deserialize)]
struct Args {
    export: i64,
}

impl Make {
    /// Whoever asked, with the rights they have now, and of those no more than the token had that they asked with.
    async fn actor(&self, export: &Export) -> Result<Actor, Trouble> {
        let gone = || Trouble::Never("whoever asked for this export may not sign in any more".into());
        let db = self.files.db.read();
        let person = hub_user::Entity::find_by_id(export.person_id).one(db).await?.filter(|person| !person.disabled).ok_or_else(gone)?;
        let mut actor = identity::actor(db, self.organisations.tree().await?, &person).await?;
        if let Some(rights) = export.rights() {
            for grant in &mut actor.grants {
                grant.rights.retain(|right| rights.contains(right));
            }
        }
        Ok(actor)
    }
}

impl From<ExportError> for Trouble {
    fn from(error: ExportError) -> Self {
        match error {
            ExportError::Stopped(trouble) => trouble,
            ExportError::Refused(problem) if problem.status().is_server_error() => Self::Again(problem.rule().to_owned()),
            ExportError::Refused(_) | ExportError::TooLong(_) => Self::Never(error.to_string()),
            ExportError::File(FileError::Gone) => Self::Never(error.to_string()),
            ExportError::Sheet(_) | ExportError::File(_) | ExportError::Database(_) => Self::Again(error.to_string()),
        }
    }
}

#[async_trait::async_trait]
impl Handler for Make {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn policy(&self) -> Policy {
        Policy { long: true, max_attempts: 3, lease_ms: 60_000, waits: Waits::Doubling(5, 60) }
    }

    async fn run(&self, work: &Work) -> Result<Json, Trouble> {
        let Args { export } = work.args()?;
        let Some(export) = store::find(work.db.read(), export).await?.filter(|export| export.state == "waiting") else {
            return Ok(Json::Null);
        };
        let no = |what: &str| Trouble::Never(format!("the export's {what} cannot be read"));
        let filters: Filters = serde_json::from_value(export.query.clone()).map_err(|_| no("filters"))?;
        let columns = export.columns().map_err(|_| no("columns"))?;
        let actor = self.actor(&export).await?;
        let wanted = Wanted {
            list: self.lists.get(&export.list).ok_or_else(|| no("list"))?.as_ref(),
            format: if export.format == "csv" { Format::Csv } else { Format::Xlsx },
            language: if export.language == "en" { Language::English } else { Language::Chinese },
            filters: &filters,
            columns: columns.as_deref(),
            actor: &actor,
            fields: &self.fields,
            vault: &self.vault,
            zone: &self.zone,
        };
        let told = |rows: u32, total: i64| async move {
            let thousandths = i32::try_from(i64::from(rows) * 1000 / total.max(1)).unwrap_or(1000).min(999);
            let words = Text::new(format!("已导出 {rows} 行"), format!("{rows} rows exported"));
            work.progress(thousandths, &words).await.map_err(ExportError::Stopped)
        };
        let made = write(&self.files, wanted, None, told).await?.ok_or_else(|| no("rows"))?;
        finish(&self.files, &export, made, work.clock.now_ms(), Some(work)).await
    }

    async fn died(&self, tx: &sea_orm::DatabaseTransaction, work: &Work, why: &str) -> Result<(), sea_orm::DbErr> {
        let Ok(Args { export }) = work.args() else { return Ok(()) };
        let sql = Sql::new("UPDATE export SET state = 'failed', error = ").bind(why).text(", ended_ms = ").bind(work.clock.now_ms());
        sql.text(" WHERE state = 'waiting' AND id = ").bind(export).run(tx).await.map(drop)
    }
}
