//! Files in the database, and the order in which row and bytes come and go.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, Value};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::owner::Owner;
use super::{Arrived, FileError, Files, Key};
use crate::db::storable;
use crate::platform::audit::{self, Change};
use crate::platform::clock::now_ms;
use crate::platform::once;
use crate::platform::sql::Sql;

/// A file as people see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FileRow {
    /// Number.
    pub id: i64,
    /// What it is called.
    pub name: String,
    /// What it is to its record, as `design_sketch`; empty for just a file.
    pub kind: String,
    /// Media type, as the hub found it.
    pub media: String,
    /// Size.
    pub bytes: i64,
    /// SHA-256, in hex.
    pub digest: String,
    /// Pixels across, of a picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub width: Option<i32>,
    /// Pixels down, of a picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub height: Option<i32>,
    /// Whether there is a small picture of it.
    pub thumbnail: bool,
    /// Who brought it.
    pub created_by: String,
    /// When.
    pub created_ms: i64,
}

/// A file as the hub keeps it.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Stored {
    /// Number.
    pub id: i64,
    key: String,
    /// What it is called.
    pub name: String,
    kind: String,
    /// Media type.
    pub media: String,
    /// Size.
    pub bytes: i64,
    digest: String,
    thumbnail: bool,
    width: Option<i32>,
    height: Option<i32>,
    /// What kind of record it belongs to.
    pub entity: String,
    /// Which one.
    pub record_id: i64,
    /// `arriving`, `kept` or `removed`.
    pub state: String,
    created_by: String,
    created_ms: i64,
}

impl Stored {
    /// What its bytes are called.
    ///
    /// # Errors
    /// [`FileError::Gone`] when the row was not written by this hub.
    pub fn key(&self) -> Result<Key, FileError> {
        Key::of(&self.key).ok_or(FileError::Gone)
    }

    /// Whether it belongs to a record as a kind of file.
    #[must_use]
    pub fn is_of(&self, owner: Owner, record: i64, kind: &str) -> bool {
        self.entity == owner.word() && self.record_id == record && self.kind == kind
    }

    /// Whether there is a small picture of it.
    #[must_use]
    pub const fn has_thumbnail(&self) -> bool {
        self.thumbnail
    }
}

impl From<Stored> for FileRow {
    fn from(row: Stored) -> Self {
        let Stored { id, name, kind, media, bytes, digest, thumbnail, width, height, created_by, created_ms, .. } = row;
        Self { id, name, kind, media, bytes, digest, width, height, thumbnail, created_by, created_ms }
    }
}

const STORED: &str = "SELECT id, key, name, kind, media, bytes, digest, thumbnail, width, height, entity, record_id, state, created_by, created_ms FROM file WHERE ";

/// Whose a new file is.
#[derive(Debug, Clone)]
pub struct NewFile<'a> {
    /// What kind of record it belongs to.
    pub entity: &'a str,
    /// Which one; 0 as long as there is none.
    pub record: i64,
    /// What it is to that record; empty for just a file.
    pub kind: &'a str,
    /// Who brought it.
    pub author: &'a str,
    /// When it is thrown away by itself.
    pub expires_ms: Option<i64>,
    /// What the request that brings it was told by; the same brings none again.
    pub once: Option<&'a str>,
}

/// Keeps a file that has arrived: first the row, then the bytes, then the row says so. The key of the request comes with the last, so that
/// one that broke off in between brings the file when it is sent again.
///
/// # Errors
/// [`FileError`]; what is left behind is thrown away by the keeper.
pub async fn keep(files: &Files, arrived: Arrived, new: NewFile<'_>) -> Result<FileRow, FileError> {
    let (key, now) = (Key::random(), now_ms());
    let size = arrived.thumbnail.as_ref().map(|(_, size)| *size);
    let pixels = |side: Option<u32>| side.and_then(|side| i32::try_from(side).ok());
    let values: [Value; 15] = [
        key.text().into(),
        storable(&arrived.name).into(),
        new.kind.into(),
        arrived.kind.media().into(),
        i64::try_from(arrived.bytes).unwrap_or(i64::MAX).into(),
        arrived.digest.clone().into(),
        size.is_some().into(),
        pixels(size.map(|size| size.width)).into(),
        pixels(size.map(|size| size.height)).into(),
        new.entity.into(),
        new.record.into(),
        "arriving".into(),
        new.author.into(),
        now.into(),
        new.expires_ms.into(),
    ];
    let into = "INSERT INTO file (key, name, kind, media, bytes, digest, thumbnail, width, height, entity, record_id, state, created_by, created_ms, expires_ms) VALUES ";
    let tx = files.db.begin().await?;
    if let Some(made) = once::made(&tx, "file", new.once).await? {
        return kept(&tx, made).await;
    }
    let id = Sql::new(into).list(values).text(" RETURNING id").number(&tx).await?;
    tx.commit().await?;
    if let Some((small, _)) = arrived.thumbnail {
        files.store.put(&key.thumbnail(), small).await?;
    }
    files.store.put(&key, arrived.path).await?;
    let tx = files.db.begin().await?;
    if let Some(made) = once::made(&tx, "file", new.once).await? {
        // Of two that came at once the other was faster; the keeper throws this one away.
        return kept(&tx, made).await;
    }
    Sql::new("UPDATE file SET state = 'kept', idempotency_key = ")
        .bind(new.once.map(str::to_owned))
        .text(" WHERE id = ")
        .bind(id)
        .run(&tx)
        .await?;
    let about = json!({"file": arrived.name, "kind": new.kind, "digest": arrived.digest});
    let change = match Owner::of_word(new.entity) {
        Some(owner) => of_record(new.author, owner, new.record, "attach"),
        None => Change { author: new.author, entity: "file", id: id.to_string(), action: "create" },
    };
    audit::record(&tx, change, audit::NOTHING, Some(about)).await?;
    tx.commit().await?;
    kept(files.db.read(), id).await
}

async fn kept(db: &impl ConnectionTrait, id: i64) -> Result<FileRow, FileError> {
    stored(db, id).await?.map(FileRow::from).ok_or(FileError::Gone)
}

/// A file that comes to a record or goes from it is part of that record's story.
fn of_record<'a>(author: &'a str, owner: Owner, record: i64, action: &'static str) -> Change<'a> {
    Change { author, entity: owner.word(), id: record.to_string(), action }
}

/// A file by number, in whichever state.
///
/// # Errors
/// What the database said.
pub async fn stored(db: &impl ConnectionTrait, id: i64) -> Result<Option<Stored>, DbErr> {
    Sql::new(STORED).text("id = ").bind(id).one(db).await
}

/// A file that is there, by number.
///
/// # Errors
/// What the database said.
pub async fn row(db: &impl ConnectionTrait, id: i64) -> Result<Option<Stored>, DbErr> {
    Ok(stored(db, id).await?.filter(|row| row.state == "kept"))
}

/// The files of a record, newest first.
///
/// # Errors
/// What the database said.
pub async fn list_of(db: &impl ConnectionTrait, entity: &str, record: i64) -> Result<Vec<FileRow>, DbErr> {
    let sql = Sql::new(STORED).text("state = 'kept' AND entity = ").bind(entity).text(" AND record_id = ").bind(record);
    let rows: Vec<Stored> = sql.text(" ORDER BY id DESC LIMIT 500").all(db).await?;
    Ok(rows.into_iter().map(FileRow::from).collect())
}

#[derive(FromQueryResult)]
struct Counted {
    kind: String,
    files: i64,
}

/// How many files of each kind a record has.
///
/// # Errors
/// What the database said.
pub async fn counts(db: &impl ConnectionTrait, owner: Owner, record: i64) -> Result<BTreeMap<String, i64>, DbErr> {
    let sql = Sql::new("SELECT kind, COUNT(*) AS files FROM file WHERE state = 'kept' AND entity = ").bind(owner.word());
    let counted: Vec<Counted> = sql.text(" AND record_id = ").bind(record).text(" GROUP BY kind").all(db).await?;
    Ok(counted.into_iter().map(|Counted { kind, files }| (kind, files)).collect())
}

#[derive(FromQueryResult)]
struct KindOf {
    record_id: i64,
    kind: String,
}

/// Which kinds of files some records have.
///
/// # Errors
/// What the database said.
pub async fn kinds(
    db: &impl ConnectionTrait,
    owner: Owner,
    records: impl IntoIterator<Item = i64>,
) -> Result<BTreeMap<i64, BTreeSet<String>>, DbErr> {
    let sql = Sql::new("SELECT DISTINCT record_id, kind FROM file WHERE state = 'kept' AND entity = ").bind(owner.word());
    let rows: Vec<KindOf> = sql.text(" AND record_id IN ").among(records).all(db).await?;
    let mut kinds: BTreeMap<i64, BTreeSet<String>> = BTreeMap::new();
    for KindOf { record_id, kind } in rows {
        kinds.entry(record_id).or_default().insert(kind);
    }
    Ok(kinds)
}

/// Says that a file is removed; the keeper throws its bytes away afterwards.
///
/// # Errors
/// What the database said.
pub async fn remove(tx: &impl ConnectionTrait, author: &str, file: &Stored) -> Result<(), DbErr> {
    let removed = Sql::new("UPDATE file SET state = 'removed', expires_ms = ").bind(now_ms()).text(" WHERE state <> 'removed' AND id = ");
    if removed.bind(file.id).run(tx).await? == 1 {
        let change = match Owner::of_word(&file.entity) {
            Some(owner) => of_record(author, owner, file.record_id, "detach"),
            None => Change { author, entity: "file", id: file.id.to_string(), action: "remove" },
        };
        let about = json!({"file": file.name});
        audit::record(tx, change, Some(about), audit::NOTHING).await?;
    }
    Ok(())
}
