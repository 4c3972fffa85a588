//! What is written for a search, in the transaction of the change that it follows.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::{ConnectionTrait, DbBackend, DbErr, FromQueryResult, Value};

use super::words::{Words, is_chinese, keys};
use super::{Kind, VERSION};
use crate::db::Db;
use crate::platform::sql::{Sql, insert_new, pieces};

/// Records that are looked at together.
const AT_ONCE: usize = 2_000;
/// Setting that says how the words in the database were cut.
const SETTING: &str = "search_version";

#[derive(FromQueryResult)]
struct Text {
    record: String,
    code: String,
    name: String,
    name_en: String,
    site_id: Option<i64>,
}

#[derive(FromQueryResult)]
struct Kept {
    record: String,
    words: String,
}

/// What a record is found by.
struct Found {
    site: Option<i64>,
    words: Words,
}

/// The texts of all records of a kind that can be found.
const fn texts(kind: Kind) -> &'static str {
    match kind {
        Kind::Item => {
            "SELECT CAST(t.id AS TEXT) AS record, t.code, t.name, t.name_en, CAST(NULL AS BIGINT) AS site_id FROM item t WHERE NOT t.deleted"
        }
        Kind::Location => {
            "SELECT CAST(t.id AS TEXT) AS record, t.code, t.name, '' AS name_en, t.site_id FROM location t WHERE NOT t.deleted"
        }
        Kind::Task => {
            "SELECT CAST(t.id AS TEXT) AS record, t.number AS code, t.reference AS name, '' AS name_en, t.site_id FROM task t WHERE 1 = 1"
        }
        Kind::Edge => "SELECT t.id AS record, t.id AS code, t.name, '' AS name_en, t.site_id FROM edge t WHERE 1 = 1",
        Kind::Person => {
            "SELECT CAST(t.id AS TEXT) AS record, t.login AS code, t.name, '' AS name_en, CAST(NULL AS BIGINT) AS site_id FROM hub_user t WHERE 1 = 1"
        }
        Kind::Ticket => {
            "SELECT CAST(t.id AS TEXT) AS record, COALESCE(t.code, '') AS code, '' AS name, '' AS name_en, CAST(NULL AS BIGINT) AS site_id \
             FROM ticket t WHERE 1 = 1"
        }
        Kind::Quote => {
            "SELECT CAST(t.id AS TEXT) AS record, COALESCE(t.code, '') AS code, c.name, '' AS name_en, CAST(NULL AS BIGINT) AS site_id \
             FROM quote t JOIN customer c ON c.id = t.customer_id WHERE 1 = 1"
        }
        Kind::Contract => {
            "SELECT CAST(t.id AS TEXT) AS record, COALESCE(t.code, '') AS code, c.name, '' AS name_en, CAST(NULL AS BIGINT) AS site_id \
             FROM contract t JOIN customer c ON c.id = t.customer_id WHERE 1 = 1"
        }
        Kind::Order => {
            "SELECT CAST(t.id AS TEXT) AS record, COALESCE(t.code, '') AS code, c.name, '' AS name_en, CAST(NULL AS BIGINT) AS site_id \
             FROM sales_order t JOIN customer c ON c.id = t.customer_id WHERE 1 = 1"
        }
        Kind::Customer => {
            "SELECT CAST(t.id AS TEXT) AS record, COALESCE(t.code, '') AS code, t.name, '' AS name_en, CAST(NULL AS BIGINT) AS site_id \
             FROM customer t WHERE 1 = 1"
        }
    }
}

/// A record's number as its table keeps it.
pub(super) fn key(kind: Kind, record: &str) -> Value {
    match kind {
        Kind::Edge => record.into(),
        _ => record.parse::<i64>().unwrap_or_default().into(),
    }
}

async fn cut(db: &impl ConnectionTrait, kind: Kind, texts: Vec<Text>) -> Result<BTreeMap<String, Found>, DbErr> {
    let mut cut = BTreeMap::new();
    let mut barcodes: BTreeMap<String, Vec<String>> = BTreeMap::new();
    if kind == Kind::Item {
        let rows: Vec<Kept> = Sql::new("SELECT CAST(b.item_id AS TEXT) AS record, b.text AS words FROM item_barcode b WHERE b.item_id IN ")
            .among(texts.iter().map(|text| key(kind, &text.record)))
            .all(db)
            .await?;
        for row in rows {
            barcodes.entry(row.record).or_default().push(row.words);
        }
    }
    for text in texts {
        let mut words = Words::default();
        words.code(&text.code);
        words.name(&text.name);
        words.name(&text.name_en);
        if kind == Kind::Task {
            // The reference is a number of somebody else's as often as a name.
            words.code(&text.name);
        }
        for barcode in barcodes.remove(&text.record).unwrap_or_default() {
            words.barcode(&barcode);
        }
        cut.insert(text.record, Found { site: text.site_id, words });
    }
    Ok(cut)
}

/// Writes keys of words that the chain has not had before. Always in the same order, so that two who write wait for each other in turn.
async fn add_keys(tx: &impl ConnectionTrait, words: BTreeSet<String>, known: &mut BTreeSet<String>) -> Result<(), DbErr> {
    let new: Vec<String> = words.into_iter().filter(|word| !known.contains(word)).collect();
    for some in new.chunks(AT_ONCE) {
        let there: Vec<Kept> = Sql::new("SELECT word AS record, '' AS words FROM search_key WHERE key = word AND key IN ")
            .among(some.iter().cloned())
            .all(tx)
            .await?;
        known.extend(there.into_iter().map(|row| row.record));
    }
    let mut rows = BTreeMap::new();
    for word in new.into_iter().filter(|word| known.insert(word.clone())) {
        for (key, tier) in keys(&word) {
            rows.insert((key, word.clone()), tier);
        }
    }
    let rows = rows.into_iter().map(|((key, word), tier)| vec![key.into(), word.into(), (tier as i32).into()]);
    insert_new(tx, "search_key", &["key", "word", "tier"], rows).await
}

async fn write(
    tx: &impl ConnectionTrait,
    kind: Kind,
    records: &BTreeMap<String, Found>,
    known: &mut BTreeSet<String>,
) -> Result<(), DbErr> {
    let mut uses: BTreeMap<(&str, &str), Vec<Value>> = BTreeMap::new();
    let mut chinese = BTreeSet::new();
    let mut kept = Vec::new();
    for (record, found) in records {
        let mut all = String::new();
        for (word, field) in &found.words.0 {
            let row = vec![kind.number().into(), word.clone().into(), record.clone().into(), (*field as i32).into(), found.site.into()];
            uses.insert((word.as_str(), record.as_str()), row);
            if is_chinese(word) {
                chinese.insert(word.clone());
            }
            all.push_str(word);
            all.push(' ');
        }
        let row: Vec<Value> = vec![kind.number().into(), record.clone().into(), all.trim_end().into()];
        kept.push(row);
    }
    insert_new(tx, "search_record", &["kind", "record", "words"], kept).await?;
    // In the order of the index: neighbours are written together.
    insert_new(tx, "search_use", &["kind", "word", "record", "field", "site_id"], uses.into_values()).await?;
    add_keys(tx, chinese, known).await
}

/// Records of a kind were made, changed or taken away: finds them by what they say now. In the transaction of the change.
///
/// # Errors
/// What the database said.
pub async fn index(tx: &impl ConnectionTrait, kind: Kind, records: &[String]) -> Result<(), DbErr> {
    let mut known = BTreeSet::new();
    for some in records.chunks(AT_ONCE) {
        let kept: Vec<Kept> = Sql::new("SELECT record, words FROM search_record WHERE kind = ")
            .bind(kind.number())
            .text(" AND record IN ")
            .among(some.iter().cloned())
            .all(tx)
            .await?;
        let mut uses: Vec<(&str, &str)> =
            kept.iter().flat_map(|row| row.words.split(' ').map(|word| (word, row.record.as_str()))).collect();
        uses.sort_unstable();
        for gone in pieces(&uses) {
            // SQLite looks up pairs one by one only when they come out of a plain SELECT: out of VALUES it would go through all words.
            Sql::new("DELETE FROM search_use WHERE kind = ")
                .bind(kind.number())
                .text(" AND (word, record) IN (WITH gone (word, record) AS (VALUES ")
                .rows(gone.iter().map(|(word, record)| vec![(*word).into(), (*record).into()]))
                .text(") SELECT word, record FROM gone)")
                .run(tx)
                .await?;
        }
        if !kept.is_empty() {
            Sql::new("DELETE FROM search_record WHERE kind = ")
                .bind(kind.number())
                .text(" AND record IN ")
                .among(kept.into_iter().map(|row| row.record))
                .run(tx)
                .await?;
        }
        let sql = Sql::new(texts(kind)).text(" AND t.id IN ").among(some.iter().map(|record| key(kind, record)));
        let found = cut(tx, kind, sql.all(tx).await?).await?;
        write(tx, kind, &found, &mut known).await?;
    }
    Ok(())
}

/// Makes everything anew; how many records can be found then.
///
/// # Errors
/// What the database said.
pub async fn rebuild(tx: &impl ConnectionTrait) -> Result<usize, DbErr> {
    for table in ["search_use", "search_key", "search_record"] {
        Sql::new(format!("DELETE FROM {table}")).run(tx).await?;
    }
    let (mut records, mut known) = (0, BTreeSet::new());
    for kind in Kind::ALL {
        let mut after: Option<Value> = None;
        loop {
            let sql = Sql::new(texts(kind)).bind_if(" AND t.id > ", after.take()).text(" ORDER BY t.id LIMIT ");
            let rows: Vec<Text> = sql.bind(i64::try_from(AT_ONCE).unwrap_or(i64::MAX)).all(tx).await?;
            let Some(last) = rows.last() else { break };
            after = Some(key(kind, &last.record));
            records += rows.len();
            let found = cut(tx, kind, rows).await?;
            write(tx, kind, &found, &mut known).await?;
        }
    }
    if tx.get_database_backend() == DbBackend::Postgres {
        // So that it plans well from the first question on.
        Sql::new("ANALYZE search_use, search_key").run(tx).await?;
    }
    Sql::new("INSERT INTO setting (key, value) VALUES ")
        .list([SETTING, VERSION])
        .text(" ON CONFLICT (key) DO UPDATE SET value = excluded.value")
        .run(tx)
        .await?;
    Ok(records)
}

/// Makes everything anew when the words in the database were cut in another way, or never.
///
/// # Errors
/// What the database said.
pub async fn ensure(db: &Db) -> Result<(), DbErr> {
    let is = Sql::new("SELECT value FROM setting WHERE key = ").bind(SETTING).word(db.read()).await?;
    if is.as_deref() == Some(VERSION) {
        return Ok(());
    }
    let began = std::time::Instant::now();
    let tx = db.begin().await?;
    let records = rebuild(&tx).await?;
    tx.commit().await?;
    tracing::info!(records, seconds = began.elapsed().as_secs(), "the search was made anew");
    Ok(())
}
