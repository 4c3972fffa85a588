//! Throws away what nobody needs: bytes of removed and expired files, of those that never arrived whole, and drafts that were left behind.

use std::time::{Duration, SystemTime};

use sea_orm::FromQueryResult;
use tokio_util::sync::CancellationToken;

use super::{FileError, Files, Key};
use crate::platform::clock::now_ms;
use crate::platform::sql::Sql;

/// How drafts are called.
pub const DRAFT: &str = "draft-";
/// So long something may be on its way.
const ARRIVING_MS: i64 = 24 * 60 * 60 * 1000;
/// So often it looks.
const LOOK: Duration = Duration::from_secs(30 * 60);
/// Files thrown away in one go.
const AT_ONCE: i64 = 500;

#[derive(FromQueryResult)]
struct Old {
    id: i64,
    key: String,
}

/// Throws away what is due; how many files. One that the store does not let go is tried again another time, and holds up no other.
///
/// # Errors
/// What the database said; it is tried again.
pub async fn sweep(files: &Files, now: i64) -> Result<usize, FileError> {
    let old: Vec<Old> = Sql::new("SELECT id, key FROM file WHERE expires_ms <= ")
        .bind(now)
        .text(" OR (state = 'arriving' AND created_ms <= ")
        .bind(now - ARRIVING_MS)
        .text(") ORDER BY id LIMIT ")
        .bind(AT_ONCE)
        .all(files.db.read())
        .await?;
    let mut gone = 0;
    for file in &old {
        if let Some(key) = Key::of(&file.key)
            && let Err(error) = forget(files, &key).await
        {
            tracing::warn!(%error, file = file.id, "a file could not be thrown away; it is tried again");
            continue;
        }
        let tx = files.db.begin().await?;
        Sql::new("UPDATE import SET file_id = NULL WHERE file_id = ").bind(file.id).run(&tx).await?;
        Sql::new("UPDATE export SET file_id = NULL WHERE file_id = ").bind(file.id).run(&tx).await?;
        Sql::new("DELETE FROM file WHERE id = ").bind(file.id).run(&tx).await?;
        tx.commit().await?;
        gone += 1;
    }
    Ok(gone)
}

async fn forget(files: &Files, key: &Key) -> Result<(), FileError> {
    files.store.delete(&key.thumbnail()).await?;
    files.store.delete(key).await
}

/// Throws away drafts that are older than a day; how many.
///
/// # Errors
/// [`FileError::Store`].
pub fn sweep_drafts(files: &Files, now: SystemTime) -> Result<usize, FileError> {
    let mut gone = 0;
    for entry in std::fs::read_dir(files.folder())? {
        let entry = entry?;
        let age = now.duration_since(entry.metadata()?.modified()?).unwrap_or_default();
        if entry.file_name().to_string_lossy().starts_with(DRAFT) && age > Duration::from_secs(24 * 60 * 60) {
            std::fs::remove_file(entry.path())?;
            gone += 1;
        }
    }
    Ok(gone)
}

/// Keeps the store clean until `stop`.
pub async fn serve(files: Files, stop: CancellationToken) {
    loop {
        match sweep(&files, now_ms()).await {
            Ok(0) => {}
            Ok(gone) => tracing::info!(gone, "files that nobody needs were thrown away"),
            Err(error) => tracing::warn!(%error, "files could not be thrown away; it is tried again"),
        }
        if let Err(error) = sweep_drafts(&files, SystemTime::now()) {
            tracing::warn!(%error, "drafts of files could not be thrown away; it is tried again");
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(LOOK) => {}
        }
    }
}
