//! Finding in a large catalogue at the hub: from what somebody types to the best fifty items with their stock, on SQLite and on PostgreSQL.
//!
//! The peer is what a search without words would do on the same database: going through all names and codes with `LIKE '%…%'`.

use std::path::Path;
use std::time::{Duration, Instant};

use qitao_hub::catalog::store::list;
use qitao_hub::db::Db;
use qitao_hub::demo::chain;
use qitao_hub::http::page::PageQuery;
use qitao_hub::platform::fields::access::Narrowed;
use qitao_hub::platform::scope::Scope;
use qitao_hub::platform::search;
use qitao_hub::platform::sql::{Sql, insert_many};
use sea_orm::{ConnectionTrait, Value};

use super::{Failure, Samples, Sizes, Table, ms, whole};
use crate::postgres::Postgres;

/// Searches of a measurement, and those of them that the peer is given too.
const SEARCHES: usize = 200;
const PEER: usize = 20;

/// Fills a database and says how long the words took.
async fn fill(db: &Db, items: usize) -> Result<(Vec<String>, Duration), Failure> {
    let chain = chain(1, items);
    let rows = chain.items.iter().map(|item| -> Vec<Value> {
        let (name, code) = (item.name.clone(), item.code.clone());
        let plain: [Value; 5] =
            [i32::from(item.cartons).into(), item.by_lot.into(), (!item.parts.is_empty()).into(), 1_i64.into(), false.into()];
        let texts: [Value; 5] = [item.id.0.into(), code.into(), name.into(), item.name_en.clone().into(), item.unit.clone().into()];
        texts.into_iter().chain(plain).collect()
    });
    let tx = db.begin().await?;
    let columns = ["id", "code", "name", "name_en", "unit", "cartons", "by_lot", "is_kit", "version", "deleted"];
    insert_many(&tx, "item", &columns, rows.collect::<Vec<_>>()).await?;
    let barcodes = chain.items.iter().flat_map(|item| {
        item.barcodes
            .iter()
            .map(|barcode| -> Vec<Value> { vec![item.id.0.into(), barcode.text.clone().into(), barcode.quantity.raw().into()] })
    });
    insert_many(&tx, "item_barcode", &["item_id", "text", "quantity"], barcodes.collect::<Vec<_>>()).await?;
    let began = Instant::now();
    search::rebuild(&tx).await?;
    tx.commit().await?;
    let took = began.elapsed();
    // What people type: names whole and in part, pinyin, initials, two words, codes, barcodes, and what is nowhere.
    let typed = |(n, item): (usize, &qitao_domain::catalog::Item)| {
        let words: Vec<&str> = item.name.split(' ').collect();
        let word = words.get(1).or(words.first()).copied().unwrap_or_default();
        let end: String = word.chars().skip(word.chars().count().saturating_sub(2)).collect();
        match n % 10 {
            0 => item.name.clone(),
            1 => end,
            2 => format!("{} {end}", words.first().copied().unwrap_or_default()),
            3 => ["yigui", "shafa", "chuangdian", "canyi", "chuanglian", "xiangmu"].get(n / 10 % 6).copied().unwrap_or_default().to_owned(),
            4 => ["yg", "sf", "cd", "xmyg", "cl", "bsf"].get(n / 10 % 6).copied().unwrap_or_default().to_owned(),
            5 => item.code.clone(),
            6 => item.code.chars().take(5).collect(),
            7 => item.barcodes.first().map_or_else(String::new, |barcode| barcode.text.clone()),
            8 => item.name_en.split(' ').take(2).collect::<Vec<_>>().join(" "),
            _ => format!("没有{end}{n}"),
        }
    };
    let step = (chain.items.len() / SEARCHES).max(1);
    Ok((chain.items.iter().step_by(step).take(SEARCHES).enumerate().map(typed).collect(), took))
}

async fn search_all(db: &impl ConnectionTrait, typed: &[String]) -> Result<(Samples, usize), Failure> {
    let (mut samples, mut found) = (Samples::default(), 0);
    for q in typed {
        let began = Instant::now();
        let page = list(db, &Scope::All, Some(q), Narrowed::default(), &PageQuery::default()).await;
        let page = page.map_err(|problem| format!("{q}: {}", problem.rule()))?;
        samples.push(began.elapsed());
        found += usize::from(!page.items.is_empty());
    }
    Ok((samples, found))
}

async fn scan_all(db: &impl ConnectionTrait, typed: &[String]) -> Result<Samples, Failure> {
    let mut samples = Samples::default();
    for q in typed.iter().step_by(SEARCHES / PEER) {
        let began = Instant::now();
        Sql::new("SELECT COUNT(*) FROM item WHERE 1 = 1").matching(Some(q), &[], &["code", "name"]).number(db).await?;
        samples.push(began.elapsed());
    }
    Ok(samples)
}

/// Measures on every database there is.
///
/// # Errors
/// When a database cannot be filled or asked.
pub async fn measure(folder: &Path, sizes: Sizes) -> Result<Table, Failure> {
    let title = format!("Searches at the hub among {} items", whole(u32::try_from(sizes.items)?.into()));
    let mut table = Table::new(title, ["database", "p50 ms", "p95 ms", "longest ms", "found", "peer p50 ms", "index made in s"]);
    let folder = tempfile::tempdir_in(folder)?;
    let mut server = Postgres::start()?;
    let sqlite = folder.path().join("hub.db").display().to_string();
    for (name, url) in [("SQLite", sqlite), ("PostgreSQL", server.database()?)] {
        let db = Db::open(&url).await?;
        let (typed, made) = fill(&db, sizes.items).await?;
        let (samples, found) = search_all(db.read(), &typed).await?;
        let peer = scan_all(db.read(), &typed).await?;
        table.row([
            name.to_owned(),
            ms(samples.percentile(50)),
            ms(samples.percentile(95)),
            ms(samples.percentile(100)),
            format!("{found} of {}", samples.len()),
            ms(peer.percentile(50)),
            format!("{:.1}", made.as_secs_f64()),
        ]);
        db.close().await?;
    }
    Ok(table.note(
        "Names whole and in part, two words, pinyin, initials, codes, barcodes, English, and what is nowhere; one after the other, the first fifty \
         items with stock each time. The peer goes through all names and codes with LIKE.",
    ))
}
