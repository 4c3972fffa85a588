//! Durable label jobs. A job is on disk before anybody is told that it is queued; it is printed once; a print is confirmed by the printer's own state
//! or it is a fault that a person sees. After a power cut a job that was being sent is *uncertain*: it is not printed again by itself.

mod job;
mod worker;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use qitao_domain::event::{Effect, PrintOutcome};
use qitao_domain::ids::StationId;
use qitao_domain::protocol::DeviceHealth;
use qitao_domain::work::Verdict;
use qitao_labels::{Fields, LabelError, Template, commands};
use qitao_scanner_drivers::printer::Fault;
use serde::Serialize;
use tokio::sync::{Notify, broadcast, watch};

use crate::clock;
use crate::config::PrinterSettings;
use crate::core::{Core, CoreError, Input};
use crate::outbox::{Append, OutboxError};
pub use job::{Job, JobState};

/// Most copies of one label in one job.
pub const MAX_COPIES: u32 = 500;
/// Jobs remembered after they are over.
const REMEMBERED: usize = 200;

/// Why a job is not taken.
#[derive(Debug, thiserror::Error)]
pub enum PrintError {
    /// No such printer here, or none at all.
    #[error("no printer {0:?} at this edge")]
    ChoosePrinter(String),
    /// Too many or too few copies.
    #[error("{0} copies: 1 to {MAX_COPIES} are possible in one job")]
    ChangeCopies(u32),
    /// The label cannot be drawn.
    #[error(transparent)]
    FixLabel(#[from] LabelError),
    /// No such job, or it is not in a state for this.
    #[error("job {0} is not waiting for a decision")]
    NotUncertain(u64),
    /// The job could not be kept.
    #[error(transparent)]
    Keep(#[from] OutboxError),
    /// The agent is ending.
    #[error(transparent)]
    Core(#[from] CoreError),
}

/// A printer as it is now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PrinterNow {
    /// Which.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// Why it does not print; `None` when nothing is known against it.
    pub fault: Option<Fault>,
    /// Jobs that wait for it.
    pub waiting: usize,
}

impl PrinterNow {
    /// As the hub's fleet page shows it.
    #[must_use]
    pub fn health(&self) -> DeviceHealth {
        DeviceHealth {
            id: self.id.clone(),
            kind: "printer".into(),
            model: self.name.clone(),
            state: self.fault.map_or_else(|| "online".to_owned(), |fault| fault.to_string()),
            station: None,
        }
    }
}

/// The printers of this edge and their jobs. Cheap to clone.
#[derive(Clone)]
pub struct Printing {
    inner: Arc<Inner>,
}

struct Inner {
    core: Arc<Core>,
    printers: Vec<PrinterSettings>,
    jobs: Mutex<BTreeMap<u64, Job>>,
    now: watch::Sender<Vec<PrinterNow>>,
    changed: broadcast::Sender<Job>,
    /// Rings for new jobs.
    wake: Notify,
    /// Rings when a printer may have come or gone.
    look: Notify,
}

impl Printing {
    /// Reads the jobs that were left. One that was being sent when the power went is uncertain now.
    #[must_use]
    pub fn new(core: Arc<Core>, printers: Vec<PrinterSettings>) -> Self {
        let kept = core.outbox().states::<Job>("print/");
        let jobs = kept.into_iter().map(|(_, mut job)| {
            if job.state == JobState::Sending {
                job.state = JobState::Uncertain { reason: "the agent stopped while it was sent".into() };
            }
            (job.number, job)
        });
        let jobs: BTreeMap<u64, Job> = jobs.collect();
        let now = printers
            .iter()
            .map(|printer| PrinterNow { id: printer.id.to_string(), name: title(printer), fault: None, waiting: 0 })
            .collect();
        let inner = Inner {
            core,
            printers,
            jobs: Mutex::new(jobs),
            now: watch::Sender::new(now),
            changed: broadcast::Sender::new(64),
            wake: Notify::new(),
            look: Notify::new(),
        };
        Self { inner: Arc::new(inner) }
    }

    /// The printers as they are now; follow it for changes.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<Vec<PrinterNow>> {
        self.inner.now.subscribe()
    }

    /// Follows the jobs.
    #[must_use]
    pub fn subscribe(&self) -> broadcast::Receiver<Job> {
        self.inner.changed.subscribe()
    }

    /// Jobs, newest first.
    #[must_use]
    pub fn jobs(&self) -> Vec<Job> {
        self.lock().values().rev().cloned().collect()
    }

    /// Takes a job. It is durable when this returns, and it will be printed once.
    ///
    /// # Errors
    /// [`PrintError`]; a label that cannot be drawn is refused here and not at the printer.
    pub async fn submit(
        &self,
        template: &str,
        data: Fields,
        copies: u32,
        printer: Option<&str>,
        station: Option<StationId>,
    ) -> Result<Job, PrintError> {
        let printer = self.printer(printer)?.clone();
        if !(1..=MAX_COPIES).contains(&copies) {
            return Err(PrintError::ChangeCopies(copies));
        }
        let design = Template::named(template).map_err(LabelError::from)?;
        let (drawing, dpi, language) = (data.clone(), printer.dpi, printer.language);
        // Drawing takes milliseconds of a processor: not on a thread that answers scans.
        let drawn = tokio::task::spawn_blocking(move || commands(&design, &drawing, dpi, language, copies).map(drop)).await;
        drawn.map_err(|_| PrintError::Core(CoreError::Stopping))??;
        let job = Job {
            number: 0,
            template: template.to_owned(),
            data,
            copies,
            printer: printer.id.to_string(),
            station,
            reprint_of: None,
            asked_ms: clock::wall_ms(),
            state: JobState::Queued,
        };
        self.enqueue(job).await
    }

    /// A person has looked at an uncertain job: it is there (`again` = false), or it is to be printed again, as a new job marked as a reprint.
    ///
    /// # Errors
    /// [`PrintError::NotUncertain`], or what [`Printing::submit`] may say.
    pub async fn settle(&self, number: u64, again: bool) -> Result<Job, PrintError> {
        let mut job = self.lock().get(&number).cloned().ok_or(PrintError::NotUncertain(number))?;
        if !matches!(job.state, JobState::Uncertain { .. }) {
            return Err(PrintError::NotUncertain(number));
        }
        job.state = JobState::Settled;
        // Not settled either when the new job would be refused: the question stays until it can be answered.
        self.keep(job.clone(), again).await?;
        if again {
            let reprint = Job { number: 0, reprint_of: Some(number), asked_ms: clock::wall_ms(), state: JobState::Queued, ..job };
            return self.enqueue(reprint).await;
        }
        Ok(job)
    }

    /// The end of a job, as a fact together with the job's row.
    async fn over(&self, job: Job, outcome: PrintOutcome, verdict: Verdict) -> Result<(), PrintError> {
        let station = match job.station.clone() {
            Some(station) => station,
            None => StationId::new(PRINT_STATION).map_err(|_| CoreError::Stopping)?,
        };
        let mut rows = Append::new();
        rows.put(key(job.number), &job)?;
        let effects = vec![Effect::Printed { job: job.id(), outcome, labels: job.copies }];
        self.inner.core.take(station, Input::Note { what: "print".into(), verdict, effects, rows }).await?;
        self.remember(job);
        Ok(())
    }

    async fn enqueue(&self, mut job: Job) -> Result<Job, PrintError> {
        {
            let mut jobs = self.lock();
            job.number = jobs.last_key_value().map_or(1, |(number, _)| number + 1);
            // Holds the number; the row follows. A printer takes only jobs that are on disk, so it is not queued yet.
            jobs.insert(job.number, Job { state: JobState::Refused { reason: "not kept".into() }, ..job.clone() });
        }
        self.keep(job.clone(), true).await?;
        self.inner.wake.notify_waiters();
        Ok(job)
    }

    /// New jobs are refused when the disk is nearly full; what becomes of those that are there is kept even then.
    async fn keep(&self, job: Job, new: bool) -> Result<(), OutboxError> {
        let mut rows = Append::new();
        rows.put(key(job.number), &job)?;
        for old in self.forgotten() {
            rows.delete(key(old));
        }
        let outbox = self.inner.core.outbox();
        let slot = if new { outbox.reserve().await? } else { outbox.reserve_even_when_full().await? };
        slot.send(rows).durable().await?;
        self.remember(job);
        Ok(())
    }

    fn remember(&self, job: Job) {
        self.lock().insert(job.number, job.clone());
        let waiting = |name: &str| self.lock().values().filter(|job| job.printer == name && job.is_waiting()).count();
        let count = waiting(&job.printer);
        self.inner.now.send_modify(|printers| {
            if let Some(printer) = printers.iter_mut().find(|printer| printer.id == job.printer) {
                printer.waiting = count;
            }
        });
        let _ = self.inner.changed.send(job);
    }

    /// Takes the oldest jobs that are over out of memory; the caller takes them off the disk.
    fn forgotten(&self) -> Vec<u64> {
        let mut jobs = self.lock();
        let over: Vec<u64> =
            jobs.values().filter(|job| matches!(job.state, JobState::Confirmed | JobState::Settled)).map(|job| job.number).collect();
        let old: Vec<u64> = over.iter().take(over.len().saturating_sub(REMEMBERED)).copied().collect();
        for number in &old {
            jobs.remove(number);
        }
        old
    }

    fn show(&self, id: &str, fault: Option<Fault>) {
        self.inner.now.send_if_modified(|printers| match printers.iter_mut().find(|printer| printer.id == id) {
            Some(printer) if printer.fault != fault => {
                match fault {
                    Some(fault) => tracing::warn!(printer = id, %fault, "printer cannot print"),
                    None => tracing::info!(printer = id, "printer is ready"),
                }
                printer.fault = fault;
                true
            }
            _ => false,
        });
    }

    fn printer(&self, name: Option<&str>) -> Result<&PrinterSettings, PrintError> {
        let printers = &self.inner.printers;
        let found = match name {
            Some(name) => printers.iter().find(|printer| printer.id.as_str() == name),
            None => printers.first(),
        };
        found.ok_or_else(|| PrintError::ChoosePrinter(name.unwrap_or_default().to_owned()))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<u64, Job>> {
        self.inner.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The station under which the ends of jobs are recorded that no station asked for.
pub const PRINT_STATION: &str = "printing";

fn title(printer: &PrinterSettings) -> String {
    if printer.name.is_empty() { printer.id.to_string() } else { printer.name.clone() }
}

fn key(number: u64) -> String {
    format!("print/{number:020}")
}
