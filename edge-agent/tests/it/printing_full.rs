//! Printing on a nearly full disk: new jobs are refused, those that are there go on, and how each ended is known.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};

use qitao_domain::ids::{DeviceId, Seq, SiteId};
use qitao_edge_agent::config::PrinterSettings;
use qitao_edge_agent::core::Core;
use qitao_edge_agent::outbox::{DiskOptions, DiskState, OpenOptions, Outbox, OutboxError};
use qitao_edge_agent::printing::{Job, JobState, PrintError, Printing, Seen};
use qitao_edge_agent::replica::Replica;
use qitao_labels::{Fields, Language, Template};
use qitao_scanner_drivers::printer::PrinterAddress;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::fake_store::Fake;
use crate::support::{eventually, options};

const READY: u8 = 0;
const PAPER_OUT: u8 = 4;

/// A printer that says how it is, and perhaps hangs up on whoever sends it a label.
#[derive(Clone, Default)]
struct Printer {
    state: Arc<AtomicU8>,
    hangs_up: Arc<AtomicBool>,
}

impl Printer {
    async fn listen(self) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((mut wire, _)) = listener.accept().await {
                let printer = self.clone();
                tokio::spawn(async move {
                    let (mut bytes, mut labels) = ([0; 4096], false);
                    while let Ok(read @ 1..) = wire.read(&mut bytes).await {
                        let asked = bytes[..read].ends_with(b"\x1b!?");
                        labels |= !asked;
                        if labels && printer.hangs_up.load(Ordering::SeqCst) {
                            return;
                        }
                        if asked && wire.write_all(&[printer.state.load(Ordering::SeqCst)]).await.is_err() {
                            return;
                        }
                    }
                });
            }
        });
        address
    }
}

async fn submit(printing: &Printing) -> Result<Job, PrintError> {
    let fields: Fields = Template::named("command").unwrap().fields().into_iter().map(|name| (name, "1".to_owned())).collect();
    printing.submit("command", fields, 1, None, None).await
}

fn state(printing: &Printing, number: u64) -> JobState {
    printing.jobs().into_iter().find(|job| job.number == number).unwrap().state
}

#[tokio::test]
async fn jobs_go_on_on_a_nearly_full_disk_their_ends_are_recorded_and_the_printer_prints_when_there_is_room() {
    let (folder, engine, free) = (tempfile::tempdir().unwrap(), Fake::with(&[]), Arc::new(AtomicU64::new(1 << 30)));
    let asked = free.clone();
    let free_space = Arc::new(move |_: &std::path::Path| Ok(asked.load(Ordering::SeqCst)));
    let disk = DiskOptions { low: 2 << 20, full: 1 << 20, ballast: 0, free_space };
    let (outbox, _) = Outbox::open(folder.path(), OpenOptions { engine, disk, ..options() }).unwrap();
    let core = Core::new(outbox.clone(), Arc::new(Replica::default()), Some(SiteId(1)));
    let printer = Printer::default();
    printer.state.store(PAPER_OUT, Ordering::SeqCst);
    let address = PrinterAddress::Tcp(printer.clone().listen().await);
    let settings = PrinterSettings::at(DeviceId::new("labels").unwrap(), address, Language::Tspl);
    let printing = Printing::new(core, vec![settings]);
    let (plug, plugs) = watch::channel(0);
    let stop = CancellationToken::new();
    let running = tokio::spawn(printing.clone().run(plugs, stop.clone()));

    let first = submit(&printing).await.unwrap().number;
    let second = submit(&printing).await.unwrap().number;
    free.store(1000, Ordering::SeqCst);
    eventually("the refusal", || outbox.disk().state == DiskState::Full).await;
    assert!(matches!(submit(&printing).await, Err(PrintError::Keep(OutboxError::DiskNearlyFull))));

    printer.hangs_up.store(true, Ordering::SeqCst);
    printer.state.store(READY, Ordering::SeqCst);
    eventually("the end of the first", || {
        plug.send_modify(|plugs| *plugs += 1);
        matches!(state(&printing, first), JobState::Uncertain { .. })
    })
    .await;
    printer.hangs_up.store(false, Ordering::SeqCst);
    eventually("the end of the second", || {
        plug.send_modify(|plugs| *plugs += 1);
        !matches!(state(&printing, second), JobState::Queued | JobState::Sending)
    })
    .await;
    let facts = outbox.rows(Seq(1), 9).await.unwrap();
    assert_eq!(facts.len(), 2, "both ends are facts");
    assert!(facts.iter().all(|row| row.fact["effects"][0]["do"] == "printed"), "{facts:?}");
    let kept = outbox.states::<Job>("print/").into_iter().map(|(_, job)| (job.number, job.state)).collect::<Vec<_>>();
    assert_eq!(kept, [(first, state(&printing, first)), (second, state(&printing, second))], "and kept with their jobs");

    assert!(matches!(
        printing.settle(first, Seen { done: 0, sent: 1, printed: 0 }, None).await,
        Err(PrintError::Keep(OutboxError::DiskNearlyFull))
    ));
    assert!(matches!(state(&printing, first), JobState::Uncertain { .. }), "a reprint that is refused settles nothing");
    assert_eq!(printing.settle(first, Seen { done: 0, sent: 1, printed: 1 }, None).await.unwrap().state, JobState::Settled);

    free.store(1 << 30, Ordering::SeqCst);
    eventually("room", || outbox.disk().state == DiskState::Ok).await;
    let third = submit(&printing).await.unwrap().number;
    eventually("a label", || state(&printing, third) == JobState::Confirmed).await;
    stop.cancel();
    running.await.unwrap();
    outbox.close().await;
}
