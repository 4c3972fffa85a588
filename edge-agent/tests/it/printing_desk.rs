//! An edge's printing on a disk of its own, and the printers that it prints on.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use qitao_domain::ids::{DeviceId, Seq, SiteId};
use qitao_edge_agent::config::PrinterSettings;
use qitao_edge_agent::core::Core;
use qitao_edge_agent::outbox::{OpenOptions, Outbox};
use qitao_edge_agent::printing::{Job, JobState, Pace, PrintError, Printing, Seen};
use qitao_edge_agent::replica::Replica;
use qitao_labels::Language;
use qitao_scanner_drivers::printer::{Fault, Patience, PrinterAddress};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::core_keeps::catalogue;
use crate::printer::{LabelPrinter, TcpPrinter};
use crate::support::{eventually, options};

/// Bytes into a job: behind the question before it, inside the first label.
pub const INSIDE: usize = 400;

pub fn pace() -> Pace {
    let ms = Duration::from_millis;
    let patience = Patience { answer: ms(200), pause: ms(5), job: ms(2000), ..Patience::default() };
    Pace { patience, soon: ms(30), idle: Duration::from_secs(3600) }
}

/// An edge's printing on a disk.
pub struct Desk {
    pub core: Arc<Core>,
    pub outbox: Outbox,
    pub printing: Printing,
    stop: CancellationToken,
    running: tokio::task::JoinHandle<()>,
    _plugs: watch::Sender<u64>,
}

impl Desk {
    pub fn open(folder: &Path, printers: Vec<PrinterSettings>) -> Self {
        Self::with(folder, printers, options())
    }

    pub fn with(folder: &Path, printers: Vec<PrinterSettings>, disk: OpenOptions) -> Self {
        let (outbox, _) = Outbox::open(&folder.join("outbox"), disk).unwrap();
        let replica = Replica::default();
        replica.replace(catalogue());
        let core = Core::new(outbox.clone(), Arc::new(replica), Some(SiteId(1)));
        let printing = Printing::at_pace(core.clone(), printers, pace());
        let (plugs, seen) = watch::channel(0);
        let stop = CancellationToken::new();
        let running = tokio::spawn(printing.clone().run(seen, stop.clone()));
        Self { core, outbox, printing, stop, running, _plugs: plugs }
    }

    pub async fn close(self) {
        self.stop.cancel();
        self.running.await.unwrap();
        self.outbox.close().await;
    }

    pub async fn submit(&self, printer: &str, copies: u32) -> u64 {
        let data = [("code", "A-01"), ("name", "一楼 货架")].map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        self.printing.submit("location", data, copies, Some(printer), None).await.unwrap().number
    }

    /// Somebody says how many of the labels in doubt are there.
    pub async fn settle(&self, number: u64, printed: u32, printer: Option<&str>) -> Result<Job, PrintError> {
        let Job { done, sent, .. } = self.printing.job(number).unwrap();
        self.printing.settle(number, Seen { done, sent, printed }, printer).await
    }

    pub fn state(&self, number: u64) -> JobState {
        self.printing.job(number).unwrap().state
    }

    pub async fn confirmed(&self, number: u64) {
        eventually(&format!("job {number} confirmed"), || self.state(number) == JobState::Confirmed).await;
    }

    pub async fn in_doubt(&self, number: u64) -> Job {
        eventually(&format!("job {number} in doubt"), || matches!(self.state(number), JobState::Uncertain { .. })).await;
        self.printing.job(number).unwrap()
    }

    pub async fn shows(&self, printer: &str, fault: Option<Fault>) {
        let now = self.printing.watch();
        eventually(&format!("{printer} to show {fault:?}"), || {
            now.borrow().iter().any(|shown| shown.id == printer && shown.fault == fault)
        })
        .await;
    }

    /// As [`Desk::told`], when there are so many.
    pub async fn told_at_least(&self, effects: usize) -> Vec<serde_json::Value> {
        for _ in 0..500 {
            if self.told().await.len() >= effects {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        self.told().await
    }

    /// The effects that the hub is told of.
    pub async fn told(&self) -> Vec<serde_json::Value> {
        let facts = self.outbox.rows(Seq(1), usize::MAX).await.unwrap();
        facts.iter().flat_map(|row| row.fact["effects"].as_array().cloned().unwrap_or_default()).collect()
    }
}

pub fn settings(id: &str, address: PrinterAddress, language: Language) -> PrinterSettings {
    PrinterSettings::at(DeviceId::new(id).unwrap(), address, language)
}

pub async fn on_tcp(id: &str, language: Language) -> (TcpPrinter, PrinterSettings) {
    let wire = TcpPrinter::connect(&LabelPrinter::new(language)).await.unwrap();
    let address = PrinterAddress::Tcp(wire.address());
    (wire, settings(id, address, language))
}
