//! A large catalogue at the edge: what the real agent's process takes with it, and how long a barcode takes to be found.
//!
//! The peer is what one writes first: all items as they come in a `Vec`, and a `HashMap` from barcode to item.

use std::collections::HashMap;
use std::fs::{self, File};
use std::hint::black_box;
use std::io::{BufRead as _, BufReader, BufWriter, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use qitao_domain::catalog::{Directory as _, Item};
use qitao_edge_agent::replica::catalogue::{Catalogue, ItemsBuilder};
use qitao_edge_agent::replica::files::Contents;
use qitao_edge_agent::replica::{Dataset, Replica};
use qitao_hub::demo::chain;
use serde_json::json;

use super::{Failure, Sizes, Table, spread, times, whole};
use crate::process::{binary, free_address};

/// Argument under which the bench runs itself as the peer, so that it is measured in a process of its own.
pub const PEER: &str = "--hold-plain";

/// Resident set and its highest mark of a process, in KiB.
pub(super) fn resident(process: &str) -> Result<(f64, f64), Failure> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    let field = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        line.trim_start_matches(':').trim().trim_end_matches(" kB").parse::<f64>().ok()
    };
    Ok((field("VmRSS").ok_or("no VmRSS")?, field("VmHWM").ok_or("no VmHWM")?))
}

/// Kills what it holds, whatever happens.
struct Held(Child);

impl Drop for Held {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts the real agent on a data folder and waits until its panel answers; resident set in rest, and its highest mark.
fn agent(data: &Path) -> Result<(f64, f64), Failure> {
    let panel = free_address()?;
    let mut command = Command::new(binary("edge-agent"));
    command.args(["run", "--panel", &panel.to_string(), "--data"]).arg(data);
    let mut child = Held(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?);
    let began = Instant::now();
    while TcpStream::connect(panel).is_err() {
        if child.0.try_wait()?.is_some() || began.elapsed() > Duration::from_secs(60) {
            return Err("the agent did not start".into());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    std::thread::sleep(Duration::from_millis(500));
    resident(&child.0.id().to_string())
}

/// The peer's own process: reads JSON lines, holds them, says how much memory that took.
///
/// # Errors
/// When the file is not what [`measure`] wrote.
pub fn hold_plain(rows: &Path) -> Result<String, Failure> {
    let (before, _) = resident("self")?;
    let mut items = Vec::new();
    for line in BufReader::new(File::open(rows)?).lines() {
        items.push(serde_json::from_str::<Item>(&line?)?);
    }
    let barcodes = plain(&items);
    let (after, peak) = resident("self")?;
    black_box((items, barcodes));
    Ok(json!({ "held": after - before, "peak": peak - before }).to_string())
}

fn plain(items: &[Item]) -> HashMap<String, usize> {
    let barcodes = items.iter().enumerate().flat_map(|(at, item)| item.barcodes.iter().map(move |barcode| (barcode.text.clone(), at)));
    barcodes.collect()
}

/// The catalogue's file in an agent's data folder, as a sync would have left it.
fn lay(data: &Path, items: &[Item]) -> Result<(), Failure> {
    let body = data.join("body");
    let mut lines = zstd::Encoder::new(BufWriter::new(File::create(&body)?), 3)?;
    writeln!(lines, "{}", json!({ "dataset": "items", "version": 1, "kind": "snapshot", "count": items.len() }))?;
    for item in items {
        serde_json::to_writer(&mut lines, &json!({ "put": item }))?;
        writeln!(lines)?;
    }
    lines.finish()?.flush()?;
    Replica::open(&data.join("replica")).take(Dataset::Items, &body, Contents::Snapshot)?;
    Ok(())
}

/// Nanoseconds a look-up, over all barcodes in an order that no cache can guess.
#[expect(clippy::cast_precision_loss, reason = "a count of look-ups")]
fn look_up(order: &[&str], mut find: impl FnMut(&str) -> bool) -> Result<f64, Failure> {
    let began = Instant::now();
    let found = order.iter().filter(|text| find(black_box(text))).count();
    let took = began.elapsed();
    if found != order.len() {
        return Err(format!("{} barcodes were not found", order.len() - found).into());
    }
    Ok(took.as_nanos() as f64 / found as f64)
}

/// Measures both sides.
///
/// # Errors
/// When the agent does not start or a barcode is not found.
pub fn measure(folder: &Path, sizes: Sizes) -> Result<Table, Failure> {
    let folder = tempfile::tempdir_in(folder)?;
    let (empty, full, rows) = (folder.path().join("empty"), folder.path().join("full"), folder.path().join("rows.jsonl"));
    fs::create_dir_all(&empty)?;
    fs::create_dir_all(&full)?;
    let items = chain(1, sizes.items).items;
    lay(&full, &items)?;
    let mut lines = BufWriter::new(File::create(&rows)?);
    for item in &items {
        serde_json::to_writer(&mut lines, item)?;
        writeln!(lines)?;
    }
    lines.into_inner().map_err(|error| error.into_error())?.sync_all()?;

    let (mut without, mut with, mut with_peak, mut plains, mut plain_peaks) = (vec![], vec![], vec![], vec![], vec![]);
    for _ in 0..sizes.rounds {
        without.push(agent(&empty)?.0);
        let (rest, peak) = agent(&full)?;
        with.push(rest);
        with_peak.push(peak);
        let said = Command::new(std::env::current_exe()?).arg(PEER).arg(&rows).output()?;
        let said: serde_json::Value = serde_json::from_slice(&said.stdout)?;
        plains.push(said["held"].as_f64().unwrap_or_default());
        plain_peaks.push(said["peak"].as_f64().unwrap_or_default());
    }

    let mut builder = ItemsBuilder::default();
    items.iter().for_each(|item| builder.push(item));
    let catalogue = Catalogue { items: builder.build().into(), ..Catalogue::default() };
    let barcodes = plain(&items);
    let mut order: Vec<&str> = barcodes.keys().map(String::as_str).collect();
    order.sort_by_key(|text| text.bytes().rev().map(|byte| byte.wrapping_mul(151)).collect::<Vec<_>>());
    let (mut packed_ns, mut plain_ns) = (Vec::new(), Vec::new());
    for _ in 0..sizes.rounds.max(3) {
        packed_ns.push(look_up(&order, |text| catalogue.barcode(text).and_then(|hit| catalogue.item(hit.item)).is_some())?);
        plain_ns.push(look_up(&order, |text| barcodes.get(text).and_then(|at| items.get(*at)).is_some())?);
    }

    let mib = |kib: f64| format!("{:.1}", kib / 1024.0);
    let middle = |figures: Vec<f64>| spread(figures).0;
    let (without, with, with_peak) = (middle(without), middle(with), middle(with_peak));
    let (plain, plain_peak, packed_ns, plain_ns) = (middle(plains), middle(plain_peaks), middle(packed_ns), middle(plain_ns));
    let title = format!("{} items with {} barcodes at the edge", whole_of(items.len()), whole_of(order.len()));
    let mut table = Table::new(title, ["what", "resident MiB", "highest MiB", "ns per barcode"]);
    table.row(["agent without a catalogue".into(), mib(without), "".into(), "".into()]);
    table.row(["agent with it".into(), mib(with), mib(with_peak), "".into()]);
    let added = with - without;
    table.row(["added by the catalogue".into(), mib(added), mib(with_peak - without), whole(packed_ns)]);
    table.row(["the same in a `Vec` and a `HashMap`".into(), mib(plain), mib(plain_peak), whole(plain_ns)]);
    table.row(["ratio".into(), times(added, plain), times(with_peak - without, plain_peak), times(packed_ns, plain_ns)]);
    Ok(table.note(format!(
        "Middle of {} rounds. The packed form itself is {:.1} MiB. A barcode is looked up together with its item, in an order without locality.",
        sizes.rounds,
        mib_of(catalogue.items.bytes())
    )))
}

#[expect(clippy::cast_precision_loss, reason = "a count for people")]
fn whole_of(count: usize) -> String {
    whole(count as f64)
}

#[expect(clippy::cast_precision_loss, reason = "a size for people")]
fn mib_of(bytes: usize) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}
