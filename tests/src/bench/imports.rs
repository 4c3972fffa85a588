//! A catalogue out of a sheet: the real hub as a process, over its API, from the check to the undo, on SQLite and on PostgreSQL, as CSV and as
//! xlsx; one row in a hundred is wrong. Afterwards nothing may be left of it in any table that an import writes records into.
//!
//! The peer is the database alone: the same items, barcodes and parts by plain inserts of many rows, in one transaction, with nothing checked,
//! found, audited or taken back.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::time::{Duration, Instant};

use qitao_domain::catalog::Item;
use qitao_hub::db::Db;
use qitao_hub::demo::chain;
use qitao_hub::platform::sql::{Sql, insert_many};
use rust_xlsxwriter::Workbook;
use sea_orm::Value as DbValue;
use serde_json::{Value, json};

use super::memory::resident;
use super::{Failure, Sizes, Table, told, whole};
use crate::api::Api;
use crate::postgres::Postgres;
use crate::process::HubProcess;

/// How long a step may take before it counts as stuck, and so often it says how far it is.
const PATIENCE: Duration = Duration::from_secs(3_600);
const TOLD: Duration = Duration::from_secs(30);
/// Columns of the sheet.
const HEADING: [&str; 7] = ["编码", "名称", "英文名", "单位", "包件数", "条码", "部件"];
/// Tables of what an import makes, and tables that remember what was done; the words of the search are kept for the next who uses them.
const MADE: [&str; 5] = ["item", "item_barcode", "kit_part", "search_record", "search_use"];
const REMEMBERED: [&str; 5] = ["audit", "import", "import_row", "file", "search_key"];

/// Items that the hub does not have yet, as rows of a sheet, and how many of them are wrong: without a name. No kit needs those.
fn rows(items: &[Item]) -> (Vec<[String; 7]>, usize) {
    let codes: HashMap<i64, &str> = items.iter().map(|item| (item.id.0, item.code.as_str())).collect();
    let parts: HashSet<i64> = items.iter().flat_map(|item| &item.parts).map(|part| part.item.0).collect();
    let free: Vec<i64> = items.iter().map(|item| item.id.0).filter(|id| !parts.contains(id)).collect();
    let wanted = items.len() / 100;
    let wrong: HashSet<i64> = free.iter().step_by((free.len() / wanted.max(1)).max(1)).take(wanted).copied().collect();
    let row = |item: &Item| {
        let barcodes: Vec<String> = item.barcodes.iter().map(|code| format!("N{}×{}", code.text, code.quantity)).collect();
        let code_of = |id: i64| codes.get(&id).copied().unwrap_or_default();
        let parts: Vec<String> = item.parts.iter().map(|part| format!("N-{}×{}", code_of(part.item.0), part.quantity)).collect();
        [
            format!("N-{}", item.code),
            if wrong.contains(&item.id.0) { String::new() } else { item.name.clone() },
            item.name_en.replace(',', " "),
            item.unit.clone(),
            item.cartons.to_string(),
            barcodes.join(";"),
            parts.join(";"),
        ]
    };
    (items.iter().map(row).collect(), wrong.len())
}

fn csv(rows: &[[String; 7]]) -> Vec<u8> {
    let lines = std::iter::once(HEADING.join(",")).chain(rows.iter().map(|row| row.join(",")));
    lines.flat_map(|line| line.into_bytes().into_iter().chain(*b"\n")).collect()
}

/// As Excel writes it: every text once, and its number in the cells.
fn xlsx(rows: &[[String; 7]]) -> Result<Vec<u8>, Failure> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write_row(0, 0, HEADING)?;
    for (at, row) in (1..).zip(rows) {
        sheet.write_row(at, 0, row)?;
    }
    Ok(book.save_to_buffer()?)
}

async fn plain(url: &str, items: &[Item]) -> Result<Duration, Failure> {
    let db = Db::open(url).await?;
    let began = Instant::now();
    let tx = db.begin().await?;
    let rows = items.iter().map(|item| -> Vec<DbValue> {
        let texts: [DbValue; 5] =
            [item.id.0.into(), item.code.clone().into(), item.name.clone().into(), item.name_en.clone().into(), item.unit.clone().into()];
        let plain: [DbValue; 5] =
            [i32::from(item.cartons).into(), item.by_lot.into(), (!item.parts.is_empty()).into(), 1_i64.into(), false.into()];
        texts.into_iter().chain(plain).collect()
    });
    let columns = ["id", "code", "name", "name_en", "unit", "cartons", "by_lot", "is_kit", "version", "deleted"];
    insert_many(&tx, "item", &columns, rows.collect::<Vec<_>>()).await?;
    let barcodes = items.iter().flat_map(|item| {
        let row = |code: &qitao_domain::catalog::ItemBarcode| -> Vec<DbValue> {
            vec![item.id.0.into(), code.text.clone().into(), code.quantity.raw().into()]
        };
        item.barcodes.iter().map(row)
    });
    insert_many(&tx, "item_barcode", &["item_id", "text", "quantity"], barcodes.collect::<Vec<_>>()).await?;
    let parts = items.iter().flat_map(|item| {
        item.parts.iter().map(|part| -> Vec<DbValue> { vec![item.id.0.into(), part.item.0.into(), part.quantity.raw().into()] })
    });
    insert_many(&tx, "kit_part", &["kit_id", "part_id", "quantity"], parts.collect::<Vec<_>>()).await?;
    tx.commit().await?;
    let took = began.elapsed();
    db.close().await?;
    Ok(took)
}

async fn rows_of<const N: usize>(url: &str, tables: [&'static str; N]) -> Result<Vec<(&'static str, i64)>, Failure> {
    let db = Db::open(url).await?;
    let mut all = Vec::new();
    for table in tables {
        all.push((table, Sql::new(format!("SELECT COUNT(*) FROM {table}")).number(db.read()).await?));
    }
    db.close().await?;
    Ok(all)
}

/// One sheet on its way through a hub of its own.
struct Way<'a> {
    name: String,
    api: Api,
    process: String,
    steps: Vec<Step>,
    wrong: usize,
    url: &'a str,
}

/// What a step took: its name, how many rows it went through, how long, and the hub's highest mark until then, in KiB.
struct Step {
    what: &'static str,
    rows: usize,
    took: Duration,
    peak: f64,
}

impl Way<'_> {
    fn took(&mut self, what: &'static str, rows: usize, took: Duration) -> Result<(), Failure> {
        let peak = resident(&self.process)?.1;
        told(&format!("{}: {what} took {:.1} s, the hub's peak is {:.0} MiB", self.name, took.as_secs_f64(), peak / 1024.0));
        self.steps.push(Step { what, rows, took, peak });
        Ok(())
    }

    async fn until(&self, path: &str, busy: &[&str]) -> Result<Value, Failure> {
        let (began, mut said) = (Instant::now(), Instant::now());
        loop {
            let now = self.api.get(path).await?;
            if !now["state"].as_str().is_some_and(|state| busy.contains(&state)) {
                return Ok(now);
            }
            if began.elapsed() > PATIENCE {
                return Err(format!("{path} does not end: {now}").into());
            }
            if said.elapsed() > TOLD {
                said = Instant::now();
                told(&format!("{}: {} {}", self.name, now["state"], now["counts"]));
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    async fn step(&mut self, what: &'static str, import: &Value, step: &str, wanted: &str, rows: usize) -> Result<Value, Failure> {
        let (began, path) = (Instant::now(), format!("/imports/{}", import["id"]));
        self.api.post(&format!("{path}/{step}"), &json!({})).await?;
        let done = self.until(&path, &["checking", "running", "undoing"]).await?;
        if done["state"] != wanted {
            return Err(format!("{step} ended with {done}").into());
        }
        self.took(what, rows, began.elapsed())?;
        Ok(done)
    }

    fn all_but_the_wrong_ones(&self, import: &Value, rows: usize) -> Result<(), Failure> {
        let (new, bad) = (import["counts"]["new"].as_u64(), import["counts"]["bad"].as_u64());
        let wanted = (u64::try_from(rows - self.wrong).ok(), u64::try_from(self.wrong).ok());
        if (new, bad) == wanted { Ok(()) } else { Err(format!("{wanted:?} rows ought to be new and wrong: {}", import["counts"]).into()) }
    }

    /// From the upload to the undo.
    async fn go(&mut self, file: &str, sheet: &[u8], rows: usize) -> Result<String, Failure> {
        let before = rows_of(self.url, MADE).await?;
        let began = Instant::now();
        let import = self.api.upload("/imports", &[("kind", "items")], file, sheet).await?;
        self.took("upload", rows, began.elapsed())?;
        let checked = self.step("check", &import, "check", "checked", rows).await?;
        self.all_but_the_wrong_ones(&checked, rows)?;
        let ran = self.step("run", &import, "run", "done", rows).await?;
        self.all_but_the_wrong_ones(&ran, rows)?;
        let began = Instant::now();
        let failed = self.api.bytes(&format!("/imports/{}/failed", import["id"])).await?;
        self.took("failed rows as xlsx", self.wrong, began.elapsed())?;
        let again = self.api.upload("/imports", &[("kind", "items")], "failed.xlsx", &failed).await?;
        let again = self.step("check of the failed rows", &again, "check", "checked", self.wrong).await?;
        if again["counts"]["bad"].as_u64() != u64::try_from(self.wrong).ok() {
            return Err(format!("{} rows ought to have come back: {}", self.wrong, again["counts"]).into());
        }
        let began = Instant::now();
        let export = self.api.post("/exports", &json!({"list": "items", "format": "xlsx"})).await?;
        let export = self.until(&format!("/exports/{}", export["id"]), &["waiting"]).await?;
        let exported = export["rows"].as_u64().and_then(|rows| usize::try_from(rows).ok()).unwrap_or_default();
        self.took("export as xlsx", exported, began.elapsed())?;
        let content = self.api.bytes(&format!("/exports/{}/content", export["id"])).await?;
        let back = self.api.upload("/imports", &[("kind", "items")], "export.xlsx", &content).await?;
        self.api.put(&format!("/imports/{}", back["id"]), &json!({"update_existing": true})).await?;
        let same = self.step("check of the export", &back, "check", "checked", exported).await?;
        if same["counts"]["same"].as_u64() != export["rows"].as_u64() {
            return Err(format!("the export ought to say what is there: {}", same["counts"]).into());
        }
        let undone = self.step("undo", &import, "undo", "undone", rows - self.wrong).await?;
        if undone["counts"]["kept"] != 0 {
            return Err(format!("the undo kept rows: {}", undone["counts"]).into());
        }
        let after = rows_of(self.url, MADE).await?;
        if after != before {
            return Err(format!("something is left: {before:?} before, {after:?} afterwards").into());
        }
        let remembered = rows_of(self.url, REMEMBERED).await?;
        Ok(remembered.iter().map(|(table, rows)| format!("{table} {rows}")).collect::<Vec<_>>().join(", "))
    }
}

/// Measures on every database there is, a table for each.
///
/// # Errors
/// When the hub does not start, an import does not end as it ought to, or something is left of it.
pub async fn measure(folder: &Path, sizes: Sizes) -> Result<Vec<Table>, Failure> {
    let folder = tempfile::tempdir_in(folder)?;
    let items = chain(2, sizes.items).items;
    let (rows, wrong) = rows(&items);
    let sheets = [("CSV", "items.csv", csv(&rows)), ("xlsx", "items.xlsx", xlsx(&rows)?)];
    let rows = rows.len();
    let count = |rows: usize| u32::try_from(rows).map_or(f64::MAX, f64::from);
    let mut server = Postgres::start()?;
    let mut tables = Vec::new();
    for database in ["SQLite", "PostgreSQL"] {
        let mut ways = Vec::new();
        let mut remembered = String::new();
        let at = folder.path().join(database);
        std::fs::create_dir_all(&at)?;
        let peer = match database {
            "SQLite" => plain(&format!("sqlite:{}", at.join("plain.db").display()), &items).await?,
            _ => plain(&server.database()?, &items).await?,
        };
        for (kind, file, sheet) in &sheets {
            let data = at.join(kind);
            let url = match database {
                "SQLite" => format!("sqlite:{}", data.join("data/hub.db").display()),
                _ => server.database()?,
            };
            let hub = HubProcess::start(&data, &["--items", "200", "--database", &url])?;
            let process = hub.id().ok_or("the hub is gone")?.to_string();
            let (name, steps) = (format!("{database}, {kind}"), Vec::new());
            let mut way = Way { name, api: hub.admin().await?, process, steps, wrong, url: &url };
            way.took("the hub's own beginning", 0, Duration::ZERO)?;
            remembered = way.go(file, sheet, rows).await?;
            ways.push(way.steps);
        }
        let title = format!("{database}: {} items out of a sheet, {} of them wrong", whole(count(rows)), whole(count(wrong)));
        let head = ["step", "CSV s", "rows a second", "peak MiB", "xlsx s", "rows a second", "peak MiB"];
        let mut table = Table::new(title, head);
        let pace = |rows: usize, took: Duration| whole(count(rows) / took.as_secs_f64().max(0.001));
        let mut cells = vec!["plain inserts (the peer)".to_owned(), format!("{:.1}", peer.as_secs_f64()), pace(rows, peer)];
        cells.extend(["–"; 4].map(str::to_owned));
        table.push(cells);
        for at in 0..ways.first().map_or(0, Vec::len) {
            let steps: Vec<&Step> = ways.iter().filter_map(|way| way.get(at)).collect();
            let mut cells = vec![steps.first().map_or("", |step| step.what).to_owned()];
            for step in steps {
                let (took, pace) = match step.rows {
                    0 => ("–".to_owned(), "–".to_owned()),
                    rows => (format!("{:.1}", step.took.as_secs_f64()), pace(rows, step.took)),
                };
                cells.extend([took, pace, whole(step.peak / 1024.0)]);
            }
            table.push(cells);
        }
        tables.push(table.note(format!(
            "The peak is the hub's highest mark until then. After the undo {} have as many rows as before; what was done is remembered: {remembered}.",
            MADE.join(", ")
        )));
    }
    Ok(tables)
}
