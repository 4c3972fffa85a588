//! Durable label jobs. A job is on disk before anybody is told that it is queued; it is printed once; a print is confirmed by the printer's own state
//! or it is a fault that a person sees. After a power cut a job that was being sent is *uncertain*: it is not printed again by itself.
//!
//! [`job`] is what is kept of a job, `error` why one is not taken, `drawing` makes commands of it, `worker` sends them, `people` are the decisions of
//! people, `twice` notices a label and its reprint when both turn up, `settings` are conversations with a printer between its jobs.

mod drawing;
mod error;
mod job;
mod people;
mod settings;
mod twice;
mod worker;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use qitao_domain::event::{Effect, PrintOutcome};
use qitao_domain::ids::StationId;
use qitao_domain::protocol::DeviceHealth;
use qitao_domain::work::Verdict;
use qitao_labels::{Fields, LabelError, Template};
use qitao_scanner_drivers::printer::{Fault, Status, Warning};
use serde::Serialize;
use tokio::sync::{Notify, broadcast, watch};

use crate::clock;
use crate::config::PrinterSettings;
use crate::core::{Core, CoreError, Input};
use crate::outbox::{Append, OutboxError};
pub use error::PrintError;
pub use job::{Job, JobState};
pub use people::Seen;
pub use worker::Pace;

/// Most copies of one label in one job.
pub const MAX_COPIES: u32 = 500;
/// Jobs remembered after they are over.
const REMEMBERED: usize = 200;

/// A printer as it is now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PrinterNow {
    /// Which.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// Why it does not print, the most pressing reason; `None` when nothing is known against it.
    pub fault: Option<Fault>,
    /// All reasons.
    pub faults: Vec<Fault>,
    /// What somebody should see to while it still prints.
    pub warnings: Vec<Warning>,
    /// Jobs that wait for it.
    pub waiting: usize,
}

impl PrinterNow {
    fn new(id: &str, name: &str, fault: Option<Fault>) -> Self {
        Self { id: id.into(), name: name.into(), fault, faults: fault.into_iter().collect(), warnings: Vec::new(), waiting: 0 }
    }

    /// As the hub's fleet page shows it.
    #[must_use]
    pub fn health(&self) -> DeviceHealth {
        DeviceHealth {
            id: self.id.clone(),
            kind: "printer".into(),
            model: self.name.clone(),
            state: self.fault.map_or_else(|| "online".to_owned(), |fault| fault.to_string()),
            station: None,
            settings: None,
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
    pace: Pace,
    twice: twice::Twice,
    /// Printers that may have half a label in them from the process before this one, whatever is decided about it meanwhile.
    half_printed: Vec<String>,
    jobs: Mutex<BTreeMap<u64, Job>>,
    /// Jobs that were being sent when the process before this one ended; to be reported.
    cut_off: Mutex<Vec<u64>>,
    now: watch::Sender<Vec<PrinterNow>>,
    changed: broadcast::Sender<Job>,
    /// Conversations that wait for their printers.
    talks: Mutex<Vec<settings::Talk>>,
    /// Held while a job is decided on, so that two people do not have it printed again twice.
    deciding: tokio::sync::Mutex<()>,
    /// Rings for new jobs and conversations.
    wake: Notify,
    /// Rings when a printer may have come or gone.
    look: Notify,
}

impl Printing {
    /// Reads the jobs that were left. One that was being sent when the power went is uncertain now.
    #[must_use]
    pub fn new(core: Arc<Core>, printers: Vec<PrinterSettings>) -> Self {
        Self::at_pace(core, printers, Pace::default())
    }

    /// As [`Printing::new`], as patient and as curious as this.
    #[must_use]
    pub fn at_pace(core: Arc<Core>, printers: Vec<PrinterSettings>, pace: Pace) -> Self {
        let kept = core.outbox().states::<Job>("print/");
        let cut_off = kept.iter().filter(|(_, job)| job.state == JobState::Sending).map(|(_, job)| job.number).collect();
        let jobs: BTreeMap<u64, Job> = kept.into_iter().map(|(_, job)| (job.number, job.left())).collect();
        let mut now: Vec<PrinterNow> = printers.iter().map(|printer| PrinterNow::new(printer.id.as_str(), &title(printer), None)).collect();
        // Jobs of printers that the settings no longer name: somebody takes them elsewhere.
        for job in jobs.values().filter(|job| job.is_waiting()) {
            if now.iter().all(|printer| printer.id != job.printer) {
                now.push(PrinterNow::new(&job.printer, &job.printer, Some(Fault::Unreachable)));
            }
        }
        let in_doubt = jobs.values().filter(|job| matches!(job.state, JobState::Uncertain { .. }));
        let half_printed = in_doubt.map(|job| job.printer.clone()).collect();
        let inner = Inner {
            half_printed,
            twice: twice::Twice::read(core.outbox()),
            core,
            printers,
            pace,
            jobs: Mutex::new(jobs),
            cut_off: Mutex::new(cut_off),
            now: watch::Sender::new(now),
            changed: broadcast::Sender::new(64),
            talks: Mutex::default(),
            deciding: tokio::sync::Mutex::default(),
            wake: Notify::new(),
            look: Notify::new(),
        };
        let printing = Self { inner: Arc::new(inner) };
        printing.recount();
        printing
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

    /// One job.
    #[must_use]
    pub fn job(&self, number: u64) -> Option<Job> {
        self.lock().get(&number).cloned()
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
        let printer = self.printer(printer)?.id.to_string();
        let (printing, template) = (self.clone(), template.to_owned());
        to_its_end(async move { printing.take_in(template, data, copies, printer, station, None).await }).await
    }

    /// As [`Printing::submit`], but a job that is asked for again under the same key is the job of the first time, for as long as it is remembered.
    ///
    /// # Errors
    /// As [`Printing::submit`].
    pub async fn submit_once(
        &self,
        key: &str,
        template: &str,
        data: Fields,
        copies: u32,
        printer: Option<&str>,
        station: Option<StationId>,
    ) -> Result<Job, PrintError> {
        let printer = self.printer(printer)?.id.to_string();
        let (printing, template, key) = (self.clone(), template.to_owned(), key.to_owned());
        let once = async move {
            // Until it is on disk: who brings this key meanwhile waits for this job.
            let _deciding = printing.inner.deciding.lock().await;
            let known = printing.lock().values().find(|job| job.key.as_ref() == Some(&key)).cloned();
            match known {
                Some(job) => Ok(job),
                None => printing.take_in(template, data, copies, printer, station, Some(key)).await,
            }
        };
        to_its_end(once).await
    }

    async fn take_in(
        &self,
        template: String,
        data: Fields,
        copies: u32,
        printer: String,
        station: Option<StationId>,
        key: Option<String>,
    ) -> Result<Job, PrintError> {
        if !(1..=MAX_COPIES).contains(&copies) {
            return Err(PrintError::ChangeCopies(copies));
        }
        drawing::allowed(&data, copies)?;
        let design = self.design(&template)?;
        let serial = drawing::wants_serial(&design, &data).then(drawing::new_serial);
        let mut job = Job {
            number: 0,
            template,
            data,
            copies,
            printer,
            moved_from: Vec::new(),
            station,
            key,
            reprint_of: None,
            again: 0,
            serial,
            skipped: 0,
            done: 0,
            sent: 0,
            told: 0,
            asked_ms: clock::wall_ms(),
            state: JobState::Queued,
        };
        self.fits(&job, &job.printer).await?;
        job.number = self.reserve_number(&job);
        if let Err(error) = self.keep(std::slice::from_ref(&job), Vec::new(), true).await {
            self.lock().remove(&job.number);
            return Err(error.into());
        }
        self.inner.wake.notify_waiters();
        Ok(job)
    }

    /// Holds the next number for a job. A printer takes only jobs that are on disk, so it is not queued yet: sending without a worker, as a job that is on
    /// its way to another printer.
    fn reserve_number(&self, job: &Job) -> u64 {
        let mut jobs = self.lock();
        let number = jobs.last_key_value().map_or(1, |(number, _)| number + 1);
        jobs.insert(number, Job { number, state: JobState::Sending, ..job.clone() });
        number
    }

    /// The end of a job, as a fact together with the job's row: what became of its labels behind those that are there.
    async fn over(&self, mut job: Job, outcome: PrintOutcome, verdict: Verdict) -> Result<(), PrintError> {
        let last = if outcome == PrintOutcome::Uncertain { job.sent } else { job.copies };
        let there = job.effect(PrintOutcome::Confirmed, job.told + 1..=job.done);
        let effects = there.into_iter().chain(job.effect(outcome, job.done + 1..=last)).collect();
        job.told = job.done;
        self.decide(&[job], "print", effects, verdict, false).await
    }

    /// Tells the hub of the jobs that the process before this one was sending.
    async fn report_cut_off(&self) {
        let cut_off = std::mem::take(&mut *self.inner.cut_off.lock().unwrap_or_else(PoisonError::into_inner));
        let _deciding = self.inner.deciding.lock().await;
        for job in cut_off.into_iter().filter_map(|number| self.job(number)) {
            if let JobState::Uncertain { reason } = job.state.clone()
                && let Err(error) = self.over(job, PrintOutcome::Uncertain, Verdict::PrinterFault { reason }).await
            {
                tracing::error!(%error, "a label job in doubt is not reported");
            }
        }
    }

    /// Jobs and the fact about them, together. `new` work is refused when the disk is nearly full.
    async fn decide(&self, jobs: &[Job], what: &str, effects: Vec<Effect>, verdict: Verdict, new: bool) -> Result<(), PrintError> {
        let twice = self.inner.twice.of_reprints(jobs);
        if self.inner.core.practice() {
            // Nothing is recorded then, but jobs are.
            return Ok(self.keep(jobs, twice, new).await?);
        }
        if new {
            drop(self.inner.core.outbox().reserve().await?);
        }
        let station = match jobs.first().and_then(|job| job.station.clone()) {
            Some(station) => station,
            None => StationId::new(PRINT_STATION).map_err(|_| CoreError::Stopping)?,
        };
        let rows = self.rows(jobs, &twice)?;
        self.inner.core.take(station, Input::Note { what: what.to_owned(), verdict, effects, rows }).await?;
        self.inner.twice.expect(twice);
        self.remember(jobs);
        Ok(())
    }

    /// Keeps jobs. New ones are refused when the disk is nearly full; what becomes of those that are there is kept even then.
    async fn keep(&self, jobs: &[Job], twice: Vec<twice::Pair>, new: bool) -> Result<(), OutboxError> {
        let rows = self.rows(jobs, &twice)?;
        let outbox = self.inner.core.outbox();
        let slot = if new { outbox.reserve().await? } else { outbox.reserve_even_when_full().await? };
        slot.send(rows).durable().await?;
        self.inner.twice.expect(twice);
        self.remember(jobs);
        Ok(())
    }

    fn rows(&self, jobs: &[Job], twice: &[twice::Pair]) -> Result<Append, OutboxError> {
        let mut rows = Append::new();
        for job in jobs {
            rows.put(key(job.number), job)?;
        }
        for old in self.forgotten() {
            rows.delete(key(old));
        }
        self.inner.twice.put(&mut rows, twice)?;
        Ok(rows)
    }

    fn remember(&self, jobs: &[Job]) {
        self.lock().extend(jobs.iter().map(|job| (job.number, job.clone())));
        self.recount();
        for job in jobs {
            let _ = self.inner.changed.send(job.clone());
        }
    }

    fn recount(&self) {
        let waiting = |name: &str| self.lock().values().filter(|job| job.printer == name && job.is_waiting()).count();
        self.inner.now.send_if_modified(|printers| {
            let mut news = false;
            for printer in printers.iter_mut() {
                let count = waiting(&printer.id);
                news |= printer.waiting != count;
                printer.waiting = count;
            }
            let shown = printers.len();
            printers.retain(|printer| printer.waiting > 0 || self.inner.printers.iter().any(|known| known.id.as_str() == printer.id));
            news || printers.len() != shown
        });
    }

    /// Takes the oldest jobs that are over out of memory; the caller takes them off the disk.
    fn forgotten(&self) -> Vec<u64> {
        let mut jobs = self.lock();
        let over: Vec<u64> = jobs.values().filter(|job| job.is_over()).map(|job| job.number).collect();
        let old: Vec<u64> = over.iter().take(over.len().saturating_sub(REMEMBERED)).copied().collect();
        for number in &old {
            jobs.remove(number);
        }
        old
    }

    fn show(&self, id: &str, status: &Status) {
        self.inner.now.send_if_modified(|printers| match printers.iter_mut().find(|printer| printer.id == id) {
            Some(printer) if printer.faults != status.faults || printer.warnings != status.warnings => {
                let fault = status.fault();
                if printer.fault != fault {
                    match fault {
                        Some(fault) => tracing::warn!(printer = id, %fault, "printer cannot print"),
                        None => tracing::info!(printer = id, "printer is ready"),
                    }
                }
                printer.fault = fault;
                (printer.faults, printer.warnings) = (status.faults.clone(), status.warnings.clone());
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

    /// The template of a name: the one that the chain published, or the standard one.
    fn design(&self, name: &str) -> Result<Template, LabelError> {
        Ok(self.inner.core.replica().catalogue().labels.template(name)?)
    }

    fn talks(&self) -> std::sync::MutexGuard<'_, Vec<settings::Talk>> {
        self.inner.talks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<u64, Job>> {
        self.inner.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Runs a decision to its end also when whoever asked for it has gone, as a page whose connection closes: what is on disk is known in memory too.
async fn to_its_end<T: Send + 'static>(decision: impl Future<Output = Result<T, PrintError>> + Send + 'static) -> Result<T, PrintError> {
    tokio::spawn(decision).await.map_err(|_| CoreError::Stopping)?
}

/// The station under which the ends of jobs are recorded that no station asked for.
pub const PRINT_STATION: &str = "printing";

fn title(printer: &PrinterSettings) -> String {
    if printer.name.is_empty() { printer.id.to_string() } else { printer.name.clone() }
}

fn key(number: u64) -> String {
    format!("print/{number:020}")
}
