//! Labels of many jobs on printers of every language and wire that lose power, paper and connection at random, under an agent that is restarted at random:
//! of each label it is known what became of it, none is printed twice without the mark of a reprint on its paper, none is missing without being reported.
//!
//! 200 labels by default; `QITAO_LABELS=1000` for the long run, `QITAO_SEED` for another course of events.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use qitao_domain::ids::{DeviceId, Seq, SiteId};
use qitao_edge_agent::config::{PrinterSettings, StandIn};
use qitao_edge_agent::core::Core;
use qitao_edge_agent::outbox::Outbox;
use qitao_edge_agent::printing::{Job, JobState, Pace, Printing, Seen};
use qitao_edge_agent::replica::Replica;
use qitao_labels::{Fields, Language, Template, commands};
use qitao_scanner_drivers::printer::{Patience, PrinterAddress};
use qitao_scanner_drivers::scanner::serial::Flow;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::watch;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::printer::{LabelPrinter, Mood, SerialPrinter, TcpPrinter};
use crate::support::options;

const LANGUAGES: [(&str, Language); 4] =
    [("zpl", Language::Zpl), ("tspl", Language::Tspl), ("escpos", Language::EscPos), ("cpcl", Language::Cpcl)];

/// Quick, so that hundreds of faults fit into a minute; a loss of power lasts longer than two answers are waited for, as it does in life.
fn pace() -> Pace {
    let ms = Duration::from_millis;
    let patience = Patience {
        answer: ms(60),
        pause: ms(3),
        job: ms(1500),
        per_label: ms(20),
        repair: ms(3000),
        settle: 3,
        quiet: false,
        peels: false,
    };
    Pace { patience, soon: ms(20), idle: ms(200) }
}
const OUTAGE: Duration = Duration::from_millis(500);

enum Wire {
    Tcp(TcpPrinter),
    Serial(SerialPrinter),
}

/// A printer, what is wrong with it, and until when.
struct Machine {
    id: String,
    language: Language,
    printer: LabelPrinter,
    wire: Wire,
}

impl Machine {
    async fn new(id: String, language: Language, tcp: bool, folder: &Path) -> (Self, PrinterSettings) {
        let printer = LabelPrinter::new(language);
        printer.slow();
        let (wire, address) = if tcp {
            let wire = TcpPrinter::connect(&printer).await.unwrap();
            let address = PrinterAddress::Tcp(wire.address());
            (Wire::Tcp(wire), address)
        } else {
            let path = folder.join(&id);
            (
                Wire::Serial(SerialPrinter::plug_in(&path, &printer).unwrap()),
                PrinterAddress::Serial { path, baud: 115_200, flow: Flow::None },
            )
        };
        let settings = PrinterSettings::at(DeviceId::new(&id).unwrap(), address, language);
        (Self { id, language, printer, wire }, settings)
    }

    /// Something happens to it, and is over some time later.
    async fn suffer(&mut self, random: u32, bytes: usize) {
        match random % 7 {
            0 => {
                self.printer.set(Mood::PaperOut);
                sleep(OUTAGE / 2).await;
            }
            1 => {
                self.printer.set(Mood::Off);
                sleep(OUTAGE).await;
            }
            2 => {
                self.printer.set_after(bytes, Mood::Off);
                sleep(OUTAGE).await;
            }
            3 => {
                self.printer.set_after(bytes, Mood::PaperOut);
                sleep(OUTAGE).await;
            }
            4 => {
                self.printer.set_after(bytes, Mood::Stuck);
                sleep(OUTAGE).await;
            }
            5 => {
                self.printer.has_paper_for(bytes % 12 + 1);
                sleep(OUTAGE).await;
            }
            _ => match &mut self.wire {
                Wire::Tcp(wire) => wire.cut(),
                Wire::Serial(wire) => {
                    wire.unplug();
                    sleep(OUTAGE / 4).await;
                    wire.replug().unwrap();
                }
            },
        }
        // Power is never away for less than it takes a printer to start.
        if self.printer.calm() == Mood::Off {
            sleep(OUTAGE).await;
        }
        self.printer.set(Mood::Well);
    }
}

/// An agent's printing, in a runtime of its own that can be taken away from under it.
struct Agent {
    runtime: Runtime,
    outbox: Outbox,
    printing: Printing,
    _plugs: watch::Sender<u64>,
}

impl Agent {
    fn start(folder: &Path, printers: Vec<PrinterSettings>) -> Self {
        let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let (outbox, _) = Outbox::open(&folder.join("outbox"), options()).unwrap();
        let core = Core::new(outbox.clone(), Arc::new(Replica::default()), Some(SiteId(1)));
        let printing = Printing::at_pace(core, printers, pace());
        let (plugs, seen) = watch::channel(0);
        runtime.spawn(printing.clone().run(seen, CancellationToken::new()));
        Self { runtime, outbox, printing, _plugs: plugs }
    }

    /// As when its process is killed: nothing more is sent or decided.
    async fn kill(self) {
        let Self { runtime, outbox, printing, _plugs } = self;
        drop(printing);
        tokio::task::spawn_blocking(move || runtime.shutdown_timeout(Duration::from_secs(10))).await.unwrap();
        outbox.close().await;
    }
}

fn data(order: usize) -> Fields {
    let ean = "6901234567892".to_owned();
    [("code", format!("A-{order:04}")), ("name", String::new()), ("ean", ean)].map(|(name, value)| (name.to_owned(), value)).into()
}

/// What is printed, which has a place for the mark.
const TEMPLATE: &str = "item";

/// What is on a label that is printed again.
fn with_mark(data: Fields) -> Fields {
    data.into_iter().chain([("reprint".to_owned(), "补打".to_owned())]).collect()
}

/// What of a label does not depend on how many are printed at once.
fn picture(language: Language, label: &[u8]) -> Vec<u8> {
    let find = |needle: &[u8]| label.windows(needle.len()).rposition(|window| window == needle);
    match language {
        Language::Zpl => label[..find(b"^PQ").unwrap_or(0)].to_vec(),
        Language::Tspl => label[..find(b"\r\nPRINT ").unwrap_or(0)].to_vec(),
        Language::EscPos => label.to_vec(),
        Language::Cpcl => label[label.iter().position(|byte| *byte == b'\n').unwrap()..].to_vec(),
    }
}

/// Which order each picture is of, in each language, and whether it has the mark.
struct Catalogue(BTreeMap<(&'static str, Vec<u8>), Lying>);

/// A label that lies at a printer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Lying {
    order: usize,
    marked: bool,
}

impl Catalogue {
    fn of(orders: usize) -> Self {
        let template = Template::named(TEMPLATE).unwrap();
        let mut all = BTreeMap::new();
        for order in 0..orders {
            for (marked, data) in [(false, data(order)), (true, with_mark(data(order)))] {
                for (name, language) in LANGUAGES {
                    let label = commands(&template, &data, 203, language, 1).unwrap();
                    let same = all.insert((name, picture(language, &label)), Lying { order, marked });
                    assert_eq!(same, None, "{name}: each is told from all others");
                }
            }
        }
        Self(all)
    }

    /// The labels that lie at a printer, first to last.
    fn read(&self, language: Language, printer: &LabelPrinter) -> Vec<Lying> {
        let name = LANGUAGES.iter().find(|(_, other)| *other == language).unwrap().0;
        let known = |label: &Vec<u8>| match self.0.get(&(name, picture(language, label))) {
            Some(lying) => *lying,
            None => {
                let like = self.0.iter().filter(|((other, _), _)| *other == name);
                let same =
                    like.map(|((_, whole), order)| (whole.iter().zip(label).take_while(|(a, b)| a == b).count(), whole.len(), *order));
                panic!("{name}: a label of {} bytes that nobody ordered; most like (bytes, of, order) {:?}", label.len(), same.max());
            }
        };
        printer.labels().iter().map(known).collect()
    }
}

fn asked(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_state_of_each_label_is_known_whatever_happens_to_printers_and_agent() {
    let (wanted, seed) = (asked("QITAO_LABELS", 200), asked("QITAO_SEED", 5));
    let mut random = StdRng::seed_from_u64(seed);
    let folder = tempfile::tempdir().unwrap();
    let mut orders = Vec::new();
    while orders.iter().sum::<u32>() < u32::try_from(wanted).unwrap() {
        orders.push(random.random_range(1..=14));
    }
    let catalogue = Catalogue::of(orders.len());

    let (mut machines, mut settings) = (Vec::new(), Vec::new());
    for (name, language) in LANGUAGES {
        for tcp in [true, false] {
            let id = format!("{name}-{}", if tcp { "tcp" } else { "line" });
            let (machine, setting) = Machine::new(id, language, tcp, folder.path()).await;
            machines.push(machine);
            settings.push(setting);
        }
    }
    // Two that stand in for each other.
    settings[0].stand_in = Some(StandIn { printer: settings[3].id.clone(), after_s: 1 });
    settings[3].stand_in = Some(StandIn { printer: settings[0].id.clone(), after_s: 1 });

    let papers: Vec<(Language, LabelPrinter)> = machines.iter().map(|machine| (machine.language, machine.printer.clone())).collect();
    let names: Vec<String> = machines.iter().map(|machine| machine.id.clone()).collect();
    let fair = CancellationToken::new();
    let mut troubles = Vec::new();
    for (place, mut machine) in machines.into_iter().enumerate() {
        let mut random = StdRng::seed_from_u64(seed * 100 + u64::try_from(place).unwrap());
        let fair = fair.clone();
        troubles.push(tokio::spawn(async move {
            while !fair.is_cancelled() {
                sleep(Duration::from_millis(random.random_range(20..300))).await;
                machine.suffer(random.random(), random.random_range(0..12_000)).await;
            }
            machine.printer.set(Mood::Well);
            machine
        }));
    }

    let mut agent = Agent::start(folder.path(), settings.clone());
    // The agent forgets old jobs that are over; nobody here does.
    let mut known = BTreeMap::new();
    let (mut asked_for, mut rounds, mut kills, mut settled, mut moved) = (0, 0_u32, 0, 0, 0);
    let lies = |order: usize| {
        papers.iter().flat_map(|(language, printer)| catalogue.read(*language, printer)).filter(move |one| one.order == order)
    };
    loop {
        sleep(Duration::from_millis(40)).await;
        rounds += 1;
        assert!(
            rounds < 20_000,
            "it does not come to an end: {:?}",
            agent.printing.jobs().iter().filter(|job| job.is_waiting()).collect::<Vec<_>>()
        );
        if asked_for < orders.len() && rounds % 2 == 0 {
            let printer = &names[random.random_range(0..names.len())];
            agent.printing.submit(TEMPLATE, data(asked_for), orders[asked_for], Some(printer), None).await.unwrap();
            asked_for += 1;
        }
        if random.random_ratio(1, 30) && !fair.is_cancelled() {
            agent.kill().await;
            kills += 1;
            agent = Agent::start(folder.path(), settings.clone());
        }
        known.extend(agent.printing.jobs().into_iter().map(|job| (job.number, job)));
        let jobs: Vec<Job> = known.values().cloned().collect();
        // Somebody takes what waits to another printer now and then.
        for job in jobs.iter().filter(|job| job.state == JobState::Queued) {
            if random.random_ratio(1, 40) {
                let other = &names[random.random_range(0..names.len())];
                moved += u32::from(agent.printing.move_to(job.number, other).await.is_ok());
            }
        }
        // Somebody looks at a printer that asks; most count the labels that lie there, some say that there are none.
        for job in jobs.iter().filter(|job| matches!(job.state, JobState::Uncertain { .. })) {
            let family: Vec<&Job> = jobs.iter().filter(|other| other.data == job.data).collect();
            let order: usize = job.data["code"][2..].parse().unwrap();
            let known: u32 = family.iter().map(|job| job.done).sum();
            let there = u32::try_from(lies(order).count()).unwrap().saturating_sub(known).min(job.doubtful());
            let printed = if random.random_ratio(1, 5) { 0 } else { there };
            let seen = Seen { done: job.done, sent: job.sent, printed };
            agent.printing.settle(job.number, seen, None).await.unwrap();
            settled += 1;
        }
        let open = agent.printing.jobs().iter().any(|job| job.is_waiting() || matches!(job.state, JobState::Uncertain { .. }));
        if asked_for == orders.len() {
            if !open {
                break;
            }
            // The last ones are printed in peace.
            if rounds > 8 * u32::try_from(orders.len()).unwrap() {
                fair.cancel();
            }
        }
    }
    fair.cancel();
    for trouble in troubles {
        trouble.await.unwrap();
    }

    // What the hub is told, and what is kept of the jobs.
    let facts = agent.outbox.rows(Seq(1), usize::MAX).await.unwrap();
    let effects: Vec<&serde_json::Value> = facts.iter().flat_map(|row| row.fact["effects"].as_array().into_iter().flatten()).collect();
    known.extend(agent.outbox.states::<Job>("print/").into_iter().map(|(_, job)| (job.number, job)));
    let jobs: Vec<Job> = known.into_values().collect();
    let (mut doubts, mut reprints, mut extra) = (0, 0, 0);
    for (order, copies) in orders.iter().enumerate() {
        let family: Vec<&Job> = jobs.iter().filter(|job| job.data == data(order)).collect();
        let printed = u32::try_from(lies(order).count()).unwrap();
        let marked = u32::try_from(lies(order).filter(|label| label.marked).count()).unwrap();
        let accounted: u32 = family.iter().map(|job| job.done).sum();
        assert!(family.iter().all(|job| matches!(job.state, JobState::Confirmed | JobState::Settled)), "{family:?}");
        assert_eq!(accounted, *copies, "each label of order {order} is known to be there: {family:?}");
        assert!(printed >= *copies, "order {order}: {printed} of {copies} labels, and nobody was told: {family:?}");
        assert!(printed - marked <= *copies, "order {order}: {printed} labels for {copies}, {marked} marked as printed again: {family:?}");
        extra += printed - copies;
        for job in family {
            let of_job: Vec<_> = effects.iter().filter(|effect| effect["job"] == job.id().as_str()).collect();
            assert!(!of_job.is_empty(), "the hub is told how {} ended", job.id());
            let root = job.reprint_of.map(|number| format!("L-{number:06}"));
            assert!(of_job.iter().all(|effect| effect["reprint_of"].as_str() == root.as_deref()), "a reprint is named as one");
            doubts += of_job.iter().filter(|effect| effect["outcome"] == "uncertain").count();
            reprints += usize::from(job.reprint_of.is_some());
        }
    }
    // Jobs that nothing happened to come out in the order in which they were asked for.
    for ((language, printer), name) in papers.iter().zip(&names) {
        let calm = |order: &usize| {
            let mut family = jobs.iter().filter(|job| job.data == data(*order));
            family.by_ref().take(1).all(|job| job.moved_from.is_empty() && job.state == JobState::Confirmed) && family.next().is_none()
        };
        let came: Vec<usize> = catalogue.read(*language, printer).into_iter().map(|label| label.order).filter(calm).collect();
        assert!(came.is_sorted(), "{name}: {came:?}");
    }
    println!(
        "seed {seed}: {} labels in {} jobs on {} printers: {kills} restarts, {moved} moves, {doubts} jobs in doubt, {settled} looked at, {reprints} reprints, {extra} labels printed twice and marked",
        orders.iter().sum::<u32>(),
        orders.len(),
        names.len()
    );
    agent.kill().await;
}
