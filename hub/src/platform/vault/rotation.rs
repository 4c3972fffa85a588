//! New keys, and the way of old texts to them.

use std::time::Duration;

use sea_orm::{FromQueryResult, Value};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::{COLUMNS, Column, Keys, Kind, Purpose, Sealed, Vault, VaultError, add_key, slot, take_alone};
use crate::db::Db;
use crate::platform::audit::{self, Change};
use crate::platform::clock;
use crate::platform::sql::Sql;

/// Rows written anew in one transaction.
const BATCH: i64 = 200;
/// Between two batches, so that others get their turn.
const PAUSE: Duration = Duration::from_millis(20);
/// How often a running hub looks whether there is something to write anew.
const LOOK_AGAIN: Duration = Duration::from_secs(15 * 60);

/// What was done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Renewed {
    /// Texts that were written anew.
    pub texts: u64,
    /// Texts that cannot be opened and so stay as they are; their keys stay too.
    pub unreadable: u64,
    /// Keys that nothing used any more, and were wiped.
    pub retired: u64,
}

#[derive(FromQueryResult)]
struct Row {
    id: i64,
    sealed: Sealed,
}

#[derive(FromQueryResult)]
struct Clear {
    id: i64,
    text: String,
}

impl Vault {
    /// Makes new keys of these purposes; what is written from now on uses them.
    ///
    /// # Errors
    /// [`VaultError`] when they cannot be made.
    pub async fn rotate(&self, db: &Db, author: &str, purposes: &[Purpose]) -> Result<(), VaultError> {
        let tx = db.begin().await?;
        take_alone(&tx).await?;
        let master = self.master.read(false)?;
        for purpose in purposes {
            let id = add_key(&tx, &master, *purpose).await?;
            let change = Change { author, entity: "vault_key", id: id.to_string(), action: "rotate" };
            audit::record(&tx, change, audit::NOTHING, Some(json!({"purpose": purpose.word()}))).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// Writes everything anew that an old key made, a batch at a time, then wipes the keys that nothing uses any more.
    ///
    /// # Errors
    /// [`VaultError`] when the database fails; what was done stays done.
    pub async fn renew(&self, db: &Db) -> Result<Renewed, VaultError> {
        let mut done = Renewed::default();
        if old_keys(db).await? == 0 {
            return Ok(done);
        }
        for column in COLUMNS {
            let mut after = i64::MIN;
            while let Some(last) = self.renew_batch(db, column, after, &mut done).await? {
                after = last;
                tokio::time::sleep(PAUSE).await;
            }
        }
        let mut after = i64::MIN;
        while let Some(last) = self.renew_slots(db, after, &mut done).await? {
            after = last;
            tokio::time::sleep(PAUSE).await;
        }
        done.retired = self.retire(db).await?;
        Ok(done)
    }

    /// As [`Self::renew_batch`], for the values of personal custom fields.
    async fn renew_slots(&self, db: &Db, after: i64, done: &mut Renewed) -> Result<Option<i64>, VaultError> {
        let tx = db.begin().await?;
        let keys = self.for_writing(&tx).await?;
        let rows = keys.old_slots(&tx, after, BATCH).await?;
        let last = rows.last().map(|row| row.id);
        for row in rows {
            match keys.renew_slot(&tx, row).await? {
                Some(written) => done.texts += written,
                None => done.unreadable += 1,
            }
        }
        tx.commit().await?;
        Ok(last)
    }

    /// Seals what a column held before it became a sealed one. Only for a column whose texts in clear have no point in them, as sealed
    /// ones do.
    pub(super) async fn seal_clear(&self, db: &Db, column: &Column) -> Result<(), VaultError> {
        let Column { table, key, column: name, .. } = *column;
        let clear = format!("SELECT {key} AS id, {name} AS text FROM {table} WHERE {name} NOT LIKE '%.%'");
        if Sql::new(clear.clone()).all::<Clear>(db.read()).await?.is_empty() {
            return Ok(());
        }
        let tx = db.begin().await?;
        let keys = self.for_writing(&tx).await?;
        for Clear { id, text } in Sql::new(clear).all::<Clear>(&tx).await? {
            keys.put(&tx, column, id, Some(&text)).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// A batch behind a row; the last row that was looked at, nothing when there was none.
    async fn renew_batch(&self, db: &Db, column: &Column, after: i64, done: &mut Renewed) -> Result<Option<i64>, VaultError> {
        let Column { table, key, column: name, .. } = *column;
        let tx = db.begin().await?;
        let keys = self.for_writing(&tx).await?;
        let rows: Vec<Row> = Sql::new(format!("SELECT {key} AS id, {name} AS sealed FROM {table} WHERE {key} > "))
            .bind(after)
            .text(&format!(" AND {name} IS NOT NULL AND NOT ("))
            .append(&up_to_date(&keys, column))
            .text(&format!(") ORDER BY {key} LIMIT "))
            .bind(BATCH)
            .all(&tx)
            .await?;
        let last = rows.last().map(|row| row.id);
        for Row { id, sealed } in rows {
            let Ok(plain) = keys.open(column, id, &sealed) else {
                done.unreadable += 1;
                continue;
            };
            let mut sql = Sql::new(format!("UPDATE {table} SET "));
            for (n, (name, value)) in keys.columns(column, id, Some(plain.expose()))?.into_iter().enumerate() {
                sql = sql.text(if n > 0 { ", " } else { "" }).text(&name).text(" = ").bind(value);
            }
            // Somebody may have written it meanwhile: then theirs stays, and is of the new key.
            let sql = sql.text(&format!(" WHERE {key} = ")).bind(id).text(&format!(" AND {name} = ")).bind(Value::from(sealed));
            done.texts += sql.run(&tx).await?;
        }
        tx.commit().await?;
        Ok(last)
    }

    /// Wipes the old keys that nothing uses; how many.
    async fn retire(&self, db: &Db) -> Result<u64, VaultError> {
        let tx = db.begin().await?;
        // Whoever was writing with an old key has ended now, and what they wrote is seen below.
        take_alone(&tx).await?;
        let ring = self.read(&tx, 0).await?;
        let mut retired = 0;
        for (purpose, set) in [(Purpose::Data, &ring.data), (Purpose::Hash, &ring.hash)] {
            for id in set.keys.keys().filter(|id| **id != set.active) {
                if uses(&tx, purpose, *id).await? > 0 {
                    continue;
                }
                retired += Sql::new("UPDATE vault_key SET state = 'retired', wrapped = NULL, retired_ms = ")
                    .bind(clock::now_ms())
                    .text(" WHERE state = 'old' AND id = ")
                    .bind(*id)
                    .run(&tx)
                    .await?;
                let change = Change { author: "hub", entity: "vault_key", id: id.to_string(), action: "retire" };
                audit::record(&tx, change, audit::NOTHING, Some(json!({"purpose": purpose.word()}))).await?;
            }
        }
        tx.commit().await?;
        Ok(retired)
    }
}

async fn old_keys(db: &Db) -> Result<i64, VaultError> {
    Ok(Sql::new("SELECT COUNT(*) FROM vault_key WHERE state = 'old'").number(db.read()).await?)
}

/// How many columns hold something that a key made.
async fn uses(tx: &impl sea_orm::ConnectionTrait, purpose: Purpose, id: i64) -> Result<i64, VaultError> {
    let mut sum = slot::uses(tx, purpose, id).await?;
    for column in COLUMNS {
        let names = match (purpose, column.kind) {
            (Purpose::Data, _) => vec![column.column.to_owned()],
            (Purpose::Hash, Kind::Phone) => vec![column.hash_column(), column.last_column()],
            (Purpose::Hash, kind) if kind.is_found() => vec![column.hash_column()],
            (Purpose::Hash, _) => vec![],
        };
        let begins = if purpose == Purpose::Data { format!("1.{id}.%") } else { format!("{id}.%") };
        for name in names {
            let sql = format!("SELECT COUNT(*) FROM (SELECT 1 FROM {} WHERE {name} LIKE ", column.table);
            sum += Sql::new(sql).bind(begins.clone()).text(" LIMIT 1) AS used").number(tx).await?;
        }
    }
    Ok(sum)
}

/// What a row fulfils whose text and hash are of the active keys.
fn up_to_date(keys: &Keys, column: &Column) -> Sql {
    let sql = Sql::new(format!("{} LIKE ", column.column)).bind(format!("1.{}.%", keys.0.data.active));
    if !column.kind.is_found() {
        return sql;
    }
    sql.text(&format!(" AND {} LIKE ", column.hash_column())).bind(format!("{}.%", keys.0.hash.active))
}

/// In a running hub: writes anew what old keys made, now and then, until the hub stops.
pub async fn keep_renewing(vault: Vault, db: Db, stop: CancellationToken) {
    loop {
        let renewed = tokio::select! {
            () = stop.cancelled() => return,
            renewed = vault.renew(&db) => renewed,
        };
        match renewed {
            Ok(done) if done != Renewed::default() => {
                tracing::info!(
                    texts = done.texts,
                    unreadable = done.unreadable,
                    retired = done.retired,
                    "personal fields were sealed anew"
                );
            }
            Ok(_) => {}
            Err(error) => tracing::error!(%error, "personal fields cannot be sealed anew"),
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(LOOK_AGAIN) => {}
        }
    }
}
