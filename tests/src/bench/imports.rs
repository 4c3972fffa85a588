//! A catalogue out of a sheet: the real hub as a process, over its API, from the check to the undo; every hundredth row is wrong.
//!
//! The peer is the database alone: the same items and barcodes by plain inserts of many rows, in one transaction, with nothing checked, found,
//! audited or taken back.

use std::path::Path;
use std::time::{Duration, Instant};

use qitao_domain::catalog::Item;
use qitao_hub::db::Db;
use qitao_hub::demo::chain;
use qitao_hub::platform::sql::insert_many;
use sea_orm::Value as DbValue;
use serde_json::{Value, json};

use super::memory::resident;
use super::{Failure, Sizes, Table, times, whole};
use crate::api::Api;
use crate::process::HubProcess;

/// How long a step may take before it counts as stuck.
const PATIENCE: Duration = Duration::from_secs(1_800);

/// Goods that the hub does not have yet, as a sheet; every hundredth has no name.
fn sheet(items: &[Item]) -> String {
    let mut sheet = String::from("编码,名称,英文名,单位,包件数,条码\n");
    for (n, item) in items.iter().enumerate() {
        let name = if n % 100 == 99 { "" } else { &item.name };
        let barcodes: Vec<String> = item.barcodes.iter().map(|code| format!("N{}×{}", code.text, code.quantity)).collect();
        let (code, name_en, cartons) = (&item.code, item.name_en.replace(',', " "), item.cartons);
        sheet.push_str(&format!("N-{code},{name},{name_en},{},{cartons},{}\n", item.unit, barcodes.join(";")));
    }
    sheet
}

async fn plain(folder: &Path, items: &[Item]) -> Result<Duration, Failure> {
    let db = Db::open(&folder.join("plain.db").display().to_string()).await?;
    let began = Instant::now();
    let tx = db.begin().await?;
    let rows = items.iter().map(|item| -> Vec<DbValue> {
        let texts: [DbValue; 5] =
            [item.id.0.into(), item.code.clone().into(), item.name.clone().into(), item.name_en.clone().into(), item.unit.clone().into()];
        let plain: [DbValue; 5] = [i32::from(item.cartons).into(), item.by_lot.into(), false.into(), 1_i64.into(), false.into()];
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
    tx.commit().await?;
    let took = began.elapsed();
    db.close().await?;
    Ok(took)
}

async fn until(api: &Api, path: &str, busy: &[&str]) -> Result<Value, Failure> {
    let began = Instant::now();
    loop {
        let now = api.get(path).await?;
        if !now["state"].as_str().is_some_and(|state| busy.contains(&state)) {
            return Ok(now);
        }
        if began.elapsed() > PATIENCE {
            return Err(format!("{path} does not end: {now}").into());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn step(api: &Api, import: &Value, step: &str, wanted: &str) -> Result<(Duration, Value), Failure> {
    let (began, path) = (Instant::now(), format!("/imports/{}", import["id"]));
    api.post(&format!("{path}/{step}"), &json!({})).await?;
    let done = until(api, &path, &["checking", "running", "undoing"]).await?;
    if done["state"] == wanted { Ok((began.elapsed(), done)) } else { Err(format!("{step} ended with {done}").into()) }
}

/// Measures.
///
/// # Errors
/// When the hub does not start, or an import does not end as it ought to.
pub async fn measure(folder: &Path, sizes: Sizes) -> Result<Table, Failure> {
    let folder = tempfile::tempdir_in(folder)?;
    let items = chain(2, sizes.items).items;
    let goods: Vec<Item> = items.into_iter().filter(|item| item.parts.is_empty()).collect();
    let peer = plain(folder.path(), &goods).await?;
    let hub = HubProcess::start(&folder.path().join("hub"), &["--items", "200"])?;
    let api = hub.admin().await?;
    let process = hub.id().ok_or("the hub is gone")?.to_string();
    let many = f64::from(u32::try_from(goods.len())?);
    let title = format!("{} items out of a sheet, one in a hundred wrong", whole(many));
    let mut table = Table::new(title, ["step", "s", "rows a second", "of plain inserts", "hub's peak MiB"]);
    let mut row = |what: &str, took: Duration, peak: f64| {
        let ratio = times(took.as_secs_f64(), peer.as_secs_f64());
        table.row([what.to_owned(), format!("{:.1}", took.as_secs_f64()), whole(many / took.as_secs_f64()), ratio, whole(peak / 1024.0)]);
    };
    row("plain inserts", peer, 0.0);
    row("(the hub before)", Duration::from_secs(1), resident(&process)?.1);
    let import = api.upload("/imports", &[("kind", "items")], "items.csv", sheet(&goods).as_bytes()).await?;
    let (took, checked) = step(&api, &import, "check", "checked").await?;
    row("check of CSV", took, resident(&process)?.1);
    let bad = i64::try_from(goods.len() / 100)?;
    if checked["counts"]["bad"] != bad {
        return Err(format!("{bad} rows ought to be wrong: {}", checked["counts"]).into());
    }
    let (took, _) = step(&api, &import, "run", "done").await?;
    row("run", took, resident(&process)?.1);
    let began = Instant::now();
    let failed = api.bytes(&format!("/imports/{}/failed", import["id"])).await?;
    row("failed rows as xlsx", began.elapsed(), resident(&process)?.1);
    let began = Instant::now();
    let export = api.post("/exports", &json!({"list": "items"})).await?;
    let export = until(&api, &format!("/exports/{}", export["id"]), &["waiting"]).await?;
    row("export as xlsx", began.elapsed(), resident(&process)?.1);
    let xlsx = api.bytes(&format!("/exports/{}/content", export["id"])).await?;
    let again = api.upload("/imports", &[("kind", "items")], "items.xlsx", &xlsx).await?;
    let (took, _) = step(&api, &again, "check", "checked").await?;
    row("check of xlsx", took, resident(&process)?.1);
    let (took, undone) = step(&api, &import, "undo", "undone").await?;
    row("undo", took, resident(&process)?.1);
    let left = api.get("/items?q=N-&limit=1").await?["total"].clone();
    Ok(table.note(format!(
        "{} bytes of failed rows, {} bytes of xlsx with {} rows. The undo kept {} rows; {left} items are found afterwards.",
        failed.len(),
        xlsx.len(),
        export["rows"],
        undone["counts"]["kept"],
    )))
}
