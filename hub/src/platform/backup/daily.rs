//! Backups on a schedule: the kind of job `backup` writes a new one into the folder of the settings and takes the oldest ones away.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::settings::Settings;
use super::{BackupError, Bucket, Lock, all_files, back_up};
use crate::http::problem::Text;
use crate::platform::identity::Right;
use crate::platform::jobs::{Handler, Policy, Trouble, Waits, Work};
use crate::platform::notifications::{Notice, notify};
use crate::platform::sql::Sql;

const BEGINS: &str = "qitao-";
const ENDS: &str = ".backup.age";
/// The setting that says when the last backup was made.
const LAST: &str = "last_backup";

/// The last backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Last {
    /// When.
    pub at_ms: i64,
    /// Its file.
    pub file: String,
    /// Rows in it.
    pub rows: u64,
}

/// The last backup that was made, by hand or on a schedule.
///
/// # Errors
/// What the database said.
pub async fn last(db: &impl ConnectionTrait) -> Result<Option<Last>, DbErr> {
    let text = Sql::new("SELECT value FROM setting WHERE key = ").bind(LAST).word(db).await?;
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
}

/// Writes down that a backup was made.
///
/// # Errors
/// What the database said.
pub async fn remember(tx: &impl ConnectionTrait, last: &Last) -> Result<(), DbErr> {
    Sql::new("INSERT INTO setting (key, value) VALUES ")
        .list([LAST.to_owned(), json!(last).to_string()])
        .text(" ON CONFLICT (key) DO UPDATE SET value = excluded.value")
        .run(tx)
        .await
        .map(|_| ())
}

/// The name of a backup that is made now.
#[must_use]
pub fn name_at(now_ms: i64) -> String {
    let at = Timestamp::from_millisecond(now_ms).unwrap_or_default();
    format!("{BEGINS}{}{ENDS}", at.strftime("%Y%m%dT%H%M%SZ"))
}

/// Takes all but the newest backups away; how many.
///
/// # Errors
/// [`BackupError::File`].
pub fn take_old_away(folder: &Path, keep: usize) -> Result<usize, BackupError> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(BackupError::at(folder))? {
        let name = entry.map_err(BackupError::at(folder))?.file_name();
        // Nothing else in the folder is ours.
        if let Some(name) = name.to_str().filter(|name| name.starts_with(BEGINS) && name.ends_with(ENDS)) {
            names.push(name.to_owned());
        }
    }
    names.sort_unstable();
    let old = names.len().saturating_sub(keep);
    for name in &names[..old] {
        let path = folder.join(name);
        std::fs::remove_file(&path).map_err(BackupError::at(&path))?;
    }
    Ok(old)
}

/// Does the job.
pub struct Daily {
    /// Where to, for whom, how many.
    pub settings: Settings,
    /// The data folder.
    pub data: PathBuf,
    /// The master key's file, when it is one.
    pub master: Option<PathBuf>,
    /// The bucket that files lie in, where it is not the data folder.
    pub bucket: Option<Arc<Bucket>>,
}

#[async_trait::async_trait]
impl Handler for Daily {
    fn kind(&self) -> &'static str {
        "backup"
    }

    fn policy(&self) -> Policy {
        Policy { long: true, max_attempts: 4, waits: Waits::Steps(&[60, 600, 3_600]), ..Policy::default() }
    }

    fn schedulable(&self) -> Option<Text> {
        Some(Text::new("备份全部数据（加密）", "Back everything up, encrypted"))
    }

    async fn run(&self, work: &Work) -> Result<Value, Trouble> {
        let (Some(folder), Some(recipient)) = (&self.settings.folder, &self.settings.recipient) else {
            return Err(Trouble::Never("the settings name no folder or no recipient ([backup] folder, recipient)".into()));
        };
        let never = |error: BackupError| Trouble::Never(error.to_string());
        let again = |error: BackupError| Trouble::Again(error.to_string());
        let lock = Lock::recipient(recipient).map_err(never)?;
        tokio::fs::create_dir_all(folder).await.map_err(|error| again(BackupError::at(folder)(error)))?;
        let (data, master, bucket, name) = (self.data.clone(), self.master.clone(), self.bucket.clone(), name_at(work.clock.now_ms()));
        let path = folder.join(&name);
        let db = work.db.clone();
        let files = move || all_files(&db, &data, master.as_deref(), bucket.as_ref());
        let contents = back_up(&work.db, files, &path, lock, |_, _| ()).await.map_err(again)?;
        let (folder, keep) = (folder.clone(), self.settings.keep);
        let gone = tokio::task::spawn_blocking(move || take_old_away(&folder, keep)).await;
        let gone = gone.map_err(|_| again(BackupError::Ended))?.map_err(again)?;
        let result = json!({"file": name, "rows": contents.rows, "files": contents.files, "bytes": contents.bytes, "taken_away": gone});
        let tx = work.db.begin().await?;
        remember(&tx, &Last { at_ms: work.clock.now_ms(), file: path.display().to_string(), rows: contents.rows }).await?;
        work.done_in(&tx, &result).await?;
        tx.commit().await?;
        Ok(result)
    }

    async fn died(&self, tx: &DatabaseTransaction, work: &Work, why: &str) -> Result<(), DbErr> {
        let notice = Notice::to_those_with(Right::Hub, "backup_failed", None, json!({"why": why}), "/jobs");
        notify(tx, notice.once(format!("backup_failed:{}", work.id)), work.clock.now_ms()).await.map(|_| ())
    }
}
