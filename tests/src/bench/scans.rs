//! The operator's wait: from a scan to the answer that comes only after the fact is on disk.
//!
//! The peer writes as many bytes as a scan's rows have to a file in the same folder and calls `fdatasync`. With 64 writers it shares one `fdatasync`
//! among all that wait, as the outbox does. There are two of it: a file that grows makes the file system journal its size as well, and then waits for
//! whatever else is in the journal; blocks that were written before need only themselves. The outbox's database grows in large steps, so the second is
//! the honest floor. Everybody makes the next scan the moment the answer is there: the hardest load there is. Beside it stands the load of a busy shop,
//! 64 people who scan five times a second, and pages that send every scan under a key of its own.

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
/// Scans after which it is known how many bytes one takes.
const WEIGHED: usize = 200;

/// How operators scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Manner {
    /// The next scan follows the answer at once.
    Hard,
    /// As hard, from pages that send each scan under a key, so that it may be sent again.
    Keyed,
    /// Five times a second.
    Busy,
}

impl Manner {
    const PACE: Duration = Duration::from_millis(200);

    const fn name(self) -> &'static str {
        match self {
            Self::Hard => "",
            Self::Keyed => ", each scan under a key of its page's",
            Self::Busy => ", five scans a second each",
        }
    }
}

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

/// Operators put goods away, each so many cartons on a shelf of their own, as fast as they are answered.
///
/// # Errors
/// When a scan is answered wrong or not at all.
pub async fn put_away(core: &Arc<Core>, goods: &Goods, operators: usize, cartons: usize) -> Result<(), Failure> {
    work(core, goods, operators, cartons, Manner::Hard).await.map(drop)
}

/// Logs in and goes to the shelf, which is not measured; then scans.
async fn work(core: &Arc<Core>, goods: &Goods, operators: usize, cartons: usize, manner: Manner) -> Result<Side, Failure> {
    let mut stations = Vec::new();
    for n in 0..operators {
        let station = StationId::new(format!("bench-{n}")).map_err(|error| format!("{error:?}"))?;
        let shelf = goods.shelves.get(n % goods.shelves.len().max(1)).ok_or("a site without shelves")?;
        for text in [&goods.badge, shelf] {
            scan(core, &station, text, Manner::Hard).await?;
        }
        stations.push(station);
    }
    let (before, began) = (core.outbox().stats(), Instant::now());
    let mut working = Vec::new();
    for (n, station) in stations.into_iter().enumerate() {
        let (core, labels) = (core.clone(), goods.cartons.clone());
        working.push(tokio::spawn(async move {
            let mut samples = Samples::default();
            let mut next = tokio::time::Instant::now() + Manner::PACE.mul_f64(rand::random());
            for label in labels.iter().cycle().skip(n * 31 % labels.len().max(1)).take(cartons) {
                if manner == Manner::Busy {
                    tokio::time::sleep_until(next).await;
                    next += Manner::PACE;
                }
                let began = Instant::now();
                scan(&core, &station, label, manner).await?;
                samples.push(began.elapsed());
            }
            Ok::<_, Failure>(samples)
        }));
    }
    let mut samples = Samples::default();
    for operator in working {
        samples.extend(operator.await??);
    }
    let (after, took) = (core.outbox().stats(), began.elapsed());
    Ok(Side { samples, took, flushes: after.commits - before.commits, written: after.written - before.written })
}

async fn scan(core: &Arc<Core>, station: &StationId, text: &str, manner: Manner) -> Result<(), Failure> {
    let input = Input::Scan(Scan {
        payload: text.as_bytes().to_vec(),
        symbology: None,
        device: DeviceId::new("bench").map_err(|error| format!("{error:?}"))?,
        captured_at: clock::stamp(),
        framing: Framing::Whole,
    });
    let recorded = match manner {
        Manner::Keyed => core.take_once(station.clone(), &format!("{:032x}", rand::random::<u128>()), input).await?,
        Manner::Hard | Manner::Busy => core.take(station.clone(), input).await?,
    };
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
        ..Catalogue::default()
    }
}

/// The agent's own side, in a folder of its own; also what it wrote.
async fn through_core(folder: &Path, chain: &Chain, operators: usize, cartons: usize, manner: Manner) -> Result<Side, Failure> {
    let folder = tempfile::tempdir_in(folder)?;
    let (outbox, _) = Outbox::open(folder.path(), OpenOptions::default())?;
    let replica = Replica::default();
    replica.replace(catalogue(chain));
    let core = Core::new(outbox, replica.into(), chain.sites.first().map(|site| site.id));
    let goods = Goods::of(chain);
    // The first scans of a station are not what an operator meets all day: it has nothing to take back yet.
    put_away(&core, &goods, operators, 20 + cartons / 20).await?;
    let side = work(&core, &goods, operators, cartons, manner).await?;
    core.outbox().close().await;
    Ok(side)
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

    fn file(self, folder: &Path, bytes: usize) -> std::io::Result<File> {
        let mut file = tempfile::tempfile_in(folder)?;
        if let Self::Allocated = self {
            file.write_all(&vec![0; bytes])?;
            file.sync_all()?;
            file.rewind()?;
        }
        Ok(file)
    }
}

/// The peer for one: write and `fdatasync`.
fn write_alone(kind: Kind, folder: &Path, writes: usize, record: usize) -> Result<Side, Failure> {
    let mut file = kind.file(folder, writes * record)?;
    let mut samples = Samples::default();
    let all = Instant::now();
    for _ in 0..writes {
        let began = Instant::now();
        file.write_all(&vec![7; record])?;
        file.sync_data()?;
        samples.push(began.elapsed());
    }
    Ok(Side { samples, took: all.elapsed(), flushes: writes as u64, written: (writes * record) as u64 })
}

/// One thread that writes what waits, with one `fdatasync` for all of it; how often it did.
fn group_commit(mut file: File, waiting: &mpsc::Receiver<oneshot::Sender<()>>, record: usize) -> std::io::Result<u64> {
    let mut flushes = 0;
    while let Ok(first) = waiting.recv() {
        let group: Vec<_> = std::iter::once(first).chain(waiting.try_iter()).collect();
        file.write_all(&vec![7; record * group.len()])?;
        file.sync_data()?;
        flushes += 1;
        for writer in group {
            // A writer that went away needs no answer.
            let _ = writer.send(());
        }
    }
    Ok(flushes)
}

/// The peer for many.
async fn write_together(kind: Kind, folder: &Path, writers: usize, writes: usize, record: usize) -> Result<Side, Failure> {
    let file = kind.file(folder, writers * writes * record)?;
    let (queue, waiting) = mpsc::channel();
    let committer = std::thread::spawn(move || group_commit(file, &waiting, record));
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
    let flushes = committer.join().map_err(|_| "the peer's committer panicked")??;
    Ok(Side { samples, took, flushes, written: (writers * writes * record) as u64 })
}

/// What one side did.
#[derive(Default)]
struct Side {
    samples: Samples,
    took: Duration,
    flushes: u64,
    written: u64,
}

impl Side {
    fn add(&mut self, other: Self) {
        self.samples.extend(other.samples);
        self.took += other.took;
        self.flushes += other.flushes;
        self.written += other.written;
    }

    #[expect(clippy::cast_precision_loss, reason = "a count of scans")]
    fn per_second(&self) -> f64 {
        self.samples.len() as f64 / self.took.as_secs_f64()
    }

    #[expect(clippy::cast_precision_loss, reason = "counts")]
    fn per_flush(&self) -> String {
        format!("{:.1}", self.samples.len() as f64 / self.flushes.max(1) as f64)
    }

    /// Bytes of the rows of one scan.
    fn record(&self) -> usize {
        usize::try_from(self.written).unwrap_or(usize::MAX) / self.samples.len().max(1)
    }

    /// How many times this side's wait is the other's.
    fn beside(&self, other: &Self) -> [String; 2] {
        [50, 99].map(|percent| times(self.samples.percentile(percent).as_secs_f64(), other.samples.percentile(percent).as_secs_f64()))
    }
}

/// Measures both sides in turns.
///
/// # Errors
/// When a scan is not taken, or the disk fails.
pub async fn measure(folder: &Path, sizes: Sizes) -> Result<Table, Failure> {
    let chain = chain(1, 2_000);
    let record = through_core(folder, &chain, 1, WEIGHED, Manner::Hard).await?.record();
    let head = ["what", "p50 ms", "p99 ms", "per s", "scans per flush", "p50: ours to it", "p99: ours to it"];
    let mut table = Table::new("From scan to durable answer", head);
    let row = |what: String, side: &Side, [p50, p99]: [String; 2]| {
        let [middle, most] = [50, 99].map(|percent| ms(side.samples.percentile(percent)));
        [what, middle, most, whole(side.per_second()), side.per_flush(), p50, p99]
    };
    let groups: [(usize, usize, &[Manner]); 2] =
        [(1, sizes.alone, &[Manner::Hard]), (MANY, sizes.each, &[Manner::Hard, Manner::Keyed, Manner::Busy])];
    for (operators, scans, manners) in groups {
        let mut peers = [Side::default(), Side::default()];
        let mut ours: Vec<Side> = manners.iter().map(|_| Side::default()).collect();
        for _ in 0..sizes.rounds {
            for (kind, peer) in Kind::ALL.into_iter().zip(&mut peers) {
                peer.add(if operators == 1 {
                    let folder = folder.to_owned();
                    tokio::task::spawn_blocking(move || write_alone(kind, &folder, scans, record)).await??
                } else {
                    write_together(kind, folder, operators, scans, record).await?
                });
            }
            for (manner, side) in manners.iter().zip(&mut ours) {
                let scans = if *manner == Manner::Busy { scans.min(sizes.busy) } else { scans };
                side.add(through_core(folder, &chain, operators, scans, *manner).await?);
            }
        }
        let (station, writer) = if operators == 1 { ("station", "writer") } else { ("stations", "writers, one flush for all that wait") };
        for (manner, side) in manners.iter().zip(&ours) {
            let beside = side.beside(&ours[0]);
            table.row(row(format!("{operators} {station}{}: scan → decided → on disk → answered", manner.name()), side, beside));
        }
        for (kind, peer) in Kind::ALL.into_iter().zip(&peers) {
            table.row(row(format!("file, {record} bytes {} + fdatasync, {operators} {writer}", kind.name()), peer, ours[0].beside(peer)));
        }
    }
    Ok(table.note(format!(
        "{} rounds of {} scans (1 station) and {MANY} × {} scans, the sides in turns; the next scan follows the answer at once, where nothing else is \
         said. A scan's rows (the fact, the station, what can be taken back) have {record} bytes, and so have the records of the files.",
        sizes.rounds, sizes.alone, sizes.each
    )))
}
