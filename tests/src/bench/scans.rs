//! The operator's wait: from a scan to the answer that comes only after the fact is on disk.
//!
//! The peer is the least that any design must do on the same folder: append 300 bytes to a file and `fdatasync`. With 64 writers it shares one
//! `fdatasync` among all that wait, as the outbox does. Everybody makes the next scan the moment the answer is there: the hardest load there is.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use qitao_domain::ids::{DeviceId, SiteId, StationId};
use qitao_domain::scan::{Framing, Scan};
use qitao_domain::work::Tone;
use qitao_edge_agent::clock;
use qitao_edge_agent::core::{Core, Input};
use qitao_edge_agent::outbox::{OpenOptions, Outbox};
use qitao_edge_agent::replica::Replica;
use qitao_edge_agent::replica::catalogue::{Catalogue, ItemsBuilder, Locations, Operators};
use qitao_hub::demo::{Chain, chain};
use tokio::sync::oneshot;

use super::{Failure, Samples, Sizes, Table, ms, times, whole};

/// Operators at work together.
pub const MANY: usize = 64;
/// Bytes of a record of the peer; a fact has about as many.
const RECORD: usize = 300;

/// What is scanned: badge, shelves, carton labels.
#[derive(Debug, Clone)]
pub struct Goods {
    badge: String,
    shelves: Vec<String>,
    cartons: Vec<String>,
}

impl Goods {
    /// Of the chain's first site.
    #[must_use]
    pub fn of(chain: &Chain) -> Self {
        let site = chain.sites.first().map_or(SiteId(0), |site| site.id);
        let bins = chain.locations.iter().filter(|place| place.site == site && place.kind.is_real());
        let goods = chain.items.iter().filter(|item| item.parts.is_empty() && !item.by_lot);
        Self {
            badge: chain.operators.first().map_or_else(String::new, |operator| format!("QT-OP-{}", operator.badge)),
            shelves: bins.map(|place| place.code.clone()).collect(),
            cartons: goods.flat_map(|item| (1..=item.cartons).map(|n| format!("{}/{n}-{}", item.code, item.cartons))).collect(),
        }
    }
}

/// Operators put goods away, each so many cartons on a shelf of their own; the time of each scan, and of all together.
///
/// # Errors
/// When a scan is answered wrong or not at all.
pub async fn put_away(core: &Arc<Core>, goods: &Goods, operators: usize, cartons: usize) -> Result<(Samples, Duration), Failure> {
    let mut stations = Vec::new();
    for n in 0..operators {
        let station = StationId::new(format!("bench-{n}")).map_err(|error| format!("{error:?}"))?;
        let shelf = goods.shelves.get(n % goods.shelves.len().max(1)).ok_or("a site without shelves")?;
        for text in [&goods.badge, shelf] {
            scan(core, &station, text).await?;
        }
        stations.push(station);
    }
    let began = Instant::now();
    let mut working = Vec::new();
    for (n, station) in stations.into_iter().enumerate() {
        let (core, labels) = (core.clone(), goods.cartons.clone());
        working.push(tokio::spawn(async move {
            let mut samples = Samples::default();
            for label in labels.iter().cycle().skip(n * 31 % labels.len().max(1)).take(cartons) {
                let began = Instant::now();
                scan(&core, &station, label).await?;
                samples.push(began.elapsed());
            }
            Ok::<_, Failure>(samples)
        }));
    }
    let mut samples = Samples::default();
    for operator in working {
        samples.extend(operator.await??);
    }
    Ok((samples, began.elapsed()))
}

async fn scan(core: &Arc<Core>, station: &StationId, text: &str) -> Result<(), Failure> {
    let scan = Scan {
        payload: text.as_bytes().to_vec(),
        symbology: None,
        device: DeviceId::new("bench").map_err(|error| format!("{error:?}"))?,
        captured_at: clock::stamp(),
        framing: Framing::Whole,
    };
    let recorded = core.take(station.clone(), Input::Scan(scan)).await?;
    match (recorded.fact.verdict.tone(), recorded.seq) {
        (Tone::Right | Tone::Attention, Some(_)) => Ok(()),
        _ => Err(format!("{text} was answered {:?}", recorded.fact.verdict).into()),
    }
}

/// A site in memory, as it comes from the hub.
fn catalogue(chain: &Chain) -> Catalogue {
    let mut items = ItemsBuilder::default();
    chain.items.iter().for_each(|item| items.push(item));
    let site = chain.sites.first().map(|site| site.id);
    let here = chain.locations.iter().filter(|place| Some(place.site) == site).cloned();
    Catalogue {
        items: items.build().into(),
        locations: Locations::new(here.collect()).into(),
        operators: Operators::new(chain.operators.clone()).into(),
    }
}

/// The agent's own side, in a folder of its own.
async fn through_core(folder: &Path, chain: &Chain, operators: usize, cartons: usize) -> Result<(Samples, Duration), Failure> {
    let folder = tempfile::tempdir_in(folder)?;
    let (outbox, _) = Outbox::open(folder.path(), OpenOptions::default())?;
    let replica = Replica::default();
    replica.replace(catalogue(chain));
    let core = Core::new(outbox, replica.into(), chain.sites.first().map(|site| site.id));
    let goods = Goods::of(chain);
    // The first scans of a station are not what an operator meets all day.
    put_away(&core, &goods, operators, 1 + cartons / 20).await?;
    let measured = put_away(&core, &goods, operators, cartons).await?;
    core.outbox().close().await;
    Ok(measured)
}

/// The peer for one: append and `fdatasync`.
fn append_alone(folder: &Path, writes: usize) -> Result<(Samples, Duration), Failure> {
    let mut file = tempfile::tempfile_in(folder)?;
    let mut samples = Samples::default();
    let all = Instant::now();
    for _ in 0..writes {
        let began = Instant::now();
        file.write_all(&[7; RECORD])?;
        file.sync_data()?;
        samples.push(began.elapsed());
    }
    Ok((samples, all.elapsed()))
}

/// One thread that appends what waits, with one `fdatasync` for all of it.
fn group_commit(mut file: File, waiting: &mpsc::Receiver<oneshot::Sender<()>>) -> std::io::Result<()> {
    while let Ok(first) = waiting.recv() {
        let group: Vec<_> = std::iter::once(first).chain(waiting.try_iter()).collect();
        file.write_all(&vec![7; RECORD * group.len()])?;
        file.sync_data()?;
        for writer in group {
            // A writer that went away needs no answer.
            let _ = writer.send(());
        }
    }
    Ok(())
}

/// The peer for many.
async fn append_together(folder: &Path, writers: usize, writes: usize) -> Result<(Samples, Duration), Failure> {
    let file = tempfile::tempfile_in(folder)?;
    let (queue, waiting) = mpsc::channel();
    let committer = std::thread::spawn(move || group_commit(file, &waiting));
    let all = Instant::now();
    let working: Vec<_> = (0..writers)
        .map(|_| {
            let queue = queue.clone();
            tokio::spawn(async move {
                let mut samples = Samples::default();
                for _ in 0..writes {
                    let began = Instant::now();
                    let (reply, answer) = oneshot::channel();
                    queue.send(reply)?;
                    answer.await?;
                    samples.push(began.elapsed());
                }
                Ok::<_, Failure>(samples)
            })
        })
        .collect();
    drop(queue);
    let mut samples = Samples::default();
    for writer in working {
        samples.extend(writer.await??);
    }
    let took = all.elapsed();
    committer.join().map_err(|_| "the peer's committer panicked")??;
    Ok((samples, took))
}

#[derive(Default)]
struct Side {
    samples: Samples,
    took: Duration,
}

impl Side {
    fn add(&mut self, (samples, took): (Samples, Duration)) {
        self.samples.extend(samples);
        self.took += took;
    }

    #[expect(clippy::cast_precision_loss, reason = "a count of scans")]
    fn per_second(&self) -> f64 {
        self.samples.len() as f64 / self.took.as_secs_f64()
    }
}

/// Measures both sides in turns.
///
/// # Errors
/// When a scan is not taken, or the disk fails.
pub async fn measure(folder: &Path, sizes: Sizes) -> Result<Table, Failure> {
    let chain = chain(1, 2_000);
    let mut table =
        Table::new("From scan to durable answer", ["what", "p50 ms", "p99 ms", "per s", "p50 beside the file", "p99 beside the file"]);
    for (operators, scans) in [(1, sizes.alone), (MANY, sizes.each)] {
        let (mut raw, mut ours) = (Side::default(), Side::default());
        for _ in 0..sizes.rounds {
            raw.add(if operators == 1 {
                let folder = folder.to_owned();
                tokio::task::spawn_blocking(move || append_alone(&folder, scans)).await??
            } else {
                append_together(folder, operators, scans).await?
            });
            ours.add(through_core(folder, &chain, operators, scans).await?);
        }
        let who = if operators == 1 { "1 station".to_owned() } else { format!("{operators} stations") };
        let peer = if operators == 1 { "1 writer".to_owned() } else { format!("{operators} writers, one flush for all that wait") };
        let beside = |percent| times(ours.samples.percentile(percent).as_secs_f64(), raw.samples.percentile(percent).as_secs_f64());
        let row = |what: String, side: &Side, beside: [String; 2]| {
            let [p50, p99] = beside;
            [what, ms(side.samples.percentile(50)), ms(side.samples.percentile(99)), whole(side.per_second()), p50, p99]
        };
        table.row(row(format!("{who}: scan → decided → on disk → answered"), &ours, [beside(50), beside(99)]));
        table.row(row(format!("file, append {RECORD} bytes + fdatasync, {peer}"), &raw, ["1".into(), "1".into()]));
    }
    Ok(table.note(format!(
        "{} rounds of {} scans (1 station) and {MANY} × {} scans, the sides in turns; the next scan follows the answer at once.",
        sizes.rounds, sizes.alone, sizes.each
    )))
}
