//! The operator's wait: from a scan to the answer that comes only after the fact is on disk.
//!
//! The peer writes 300 bytes to a file in the same folder and calls `fdatasync`. With 64 writers it shares one `fdatasync` among all that wait, as
//! the outbox does. There are two of it: a file that grows makes the file system journal its size as well, and then waits for whatever else
//! is in the journal; blocks that were written before need only themselves. The outbox's database grows in large steps, so the second is the honest
//! floor. Everybody makes the next scan the moment the answer is there: the hardest load there is.

use std::fs::File;
use std::io::{Seek as _, Write as _};
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

/// The agent's own side, in a folder of its own; also how many commits it took.
async fn through_core(folder: &Path, chain: &Chain, operators: usize, cartons: usize) -> Result<((Samples, Duration), u64), Failure> {
    let folder = tempfile::tempdir_in(folder)?;
    let (outbox, _) = Outbox::open(folder.path(), OpenOptions::default())?;
    let replica = Replica::default();
    replica.replace(catalogue(chain));
    let core = Core::new(outbox, replica.into(), chain.sites.first().map(|site| site.id));
    let goods = Goods::of(chain);
    // The first scans of a station are not what an operator meets all day.
    put_away(&core, &goods, operators, 1 + cartons / 20).await?;
    let before = core.outbox().stats().commits;
    let measured = put_away(&core, &goods, operators, cartons).await?;
    let commits = core.outbox().stats().commits - before;
    core.outbox().close().await;
    Ok((measured, commits))
}

/// What the peer writes to.
#[derive(Debug, Clone, Copy)]
enum Kind {
    /// A file with so many records, which are written over.
    Allocated,
    /// An empty file.
    Grows,
}

impl Kind {
    const ALL: [Self; 2] = [Self::Allocated, Self::Grows];

    const fn name(self) -> &'static str {
        match self {
            Self::Allocated => "over allocated blocks",
            Self::Grows => "at the end of a file that grows",
        }
    }

    fn file(self, folder: &Path, records: usize) -> std::io::Result<File> {
        let mut file = tempfile::tempfile_in(folder)?;
        if let Self::Allocated = self {
            file.write_all(&vec![0; RECORD * records])?;
            file.sync_all()?;
            file.rewind()?;
        }
        Ok(file)
    }
}

/// The peer for one: write and `fdatasync`.
fn write_alone(kind: Kind, folder: &Path, writes: usize) -> Result<(Samples, Duration), Failure> {
    let mut file = kind.file(folder, writes)?;
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

/// One thread that writes what waits, with one `fdatasync` for all of it.
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
async fn write_together(kind: Kind, folder: &Path, writers: usize, writes: usize) -> Result<(Samples, Duration), Failure> {
    let file = kind.file(folder, writers * writes)?;
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

    /// Scans to one commit.
    #[expect(clippy::cast_precision_loss, reason = "counts")]
    fn per(&self, commits: u64) -> String {
        format!("{:.1}", self.samples.len() as f64 / commits.max(1) as f64)
    }
}

/// Measures both sides in turns.
///
/// # Errors
/// When a scan is not taken, or the disk fails.
pub async fn measure(folder: &Path, sizes: Sizes) -> Result<Table, Failure> {
    let chain = chain(1, 2_000);
    let mut table = Table::new("From scan to durable answer", ["what", "p50 ms", "p99 ms", "per s", "p50: ours to it", "p99: ours to it"]);
    let mut shared = Vec::new();
    for (operators, scans) in [(1, sizes.alone), (MANY, sizes.each)] {
        let (mut peers, mut ours, mut commits) = ([Side::default(), Side::default()], Side::default(), 0);
        for _ in 0..sizes.rounds {
            for (kind, peer) in Kind::ALL.into_iter().zip(&mut peers) {
                peer.add(if operators == 1 {
                    let folder = folder.to_owned();
                    tokio::task::spawn_blocking(move || write_alone(kind, &folder, scans)).await??
                } else {
                    write_together(kind, folder, operators, scans).await?
                });
            }
            let (measured, took) = through_core(folder, &chain, operators, scans).await?;
            ours.add(measured);
            commits += took;
        }
        shared.push(ours.per(commits));
        let row = |what: String, side: &Side, [p50, p99]: [String; 2]| {
            [what, ms(side.samples.percentile(50)), ms(side.samples.percentile(99)), whole(side.per_second()), p50, p99]
        };
        let (station, writer) = if operators == 1 { ("station", "writer") } else { ("stations", "writers, one flush for all that wait") };
        table.row(row(format!("{operators} {station}: scan → decided → on disk → answered"), &ours, ["1".into(), "1".into()]));
        for (kind, peer) in Kind::ALL.into_iter().zip(&peers) {
            let seconds = |side: &Side, percent| side.samples.percentile(percent).as_secs_f64();
            let ratio = [50, 99].map(|percent| times(seconds(&ours, percent), seconds(peer, percent)));
            table.row(row(format!("file, {RECORD} bytes {} + fdatasync, {operators} {writer}", kind.name()), peer, ratio));
        }
    }
    Ok(table.note(format!(
        "{} rounds of {} scans (1 station) and {MANY} × {} scans, the sides in turns; the next scan follows the answer at once. Scans to one flush, on \
         average: {} with 1 station and with {MANY}.",
        sizes.rounds,
        sizes.alone,
        sizes.each,
        shared.join(" and ")
    )))
}
