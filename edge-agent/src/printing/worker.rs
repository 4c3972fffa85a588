//! One worker for each printer: takes the jobs that wait for it in order, and knows how the printer is also while there are none.
//!
//! A printer is looked at when the agent starts, when something is plugged in or out, every now and then while it is idle, and soon again after a fault:
//! what the panel says of it is never older than that. Printers that speak unasked are listened to between jobs where the settings say so.
//!
//! A job goes out in small groups of labels, each confirmed before the next is sent: when something happens, few labels are in doubt, and which ones is known.

use std::time::Duration;

use qitao_domain::event::PrintOutcome;
use qitao_domain::work::Verdict;
use qitao_scanner_drivers::printer::setup::After;
use qitao_scanner_drivers::printer::{Fault, Patience, Printed, PrinterAddress, PrinterPort, Status, job as wire};
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{Job, JobState, PrintError, Printing, drawing};
use crate::config::PrinterSettings;
use crate::outbox::Append;

/// Labels sent before the printer is asked whether they are out.
const GROUP: u32 = 10;
/// A printer that may have half a label in it, as bytes of that label. On disk, because the half stays in the printer when the agent ends.
const CUT_OFF: &str = "cut-off/";
/// A label may be so large, bytes; for what a printer got from a process before this one.
const LARGE_LABEL: usize = 100_000;

/// How often printers are looked at, and how patiently they are waited for.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// With a printer.
    pub patience: Patience,
    /// How long a printer is left alone after a fault or a job before it is asked again.
    pub soon: Duration,
    /// How long a printer without jobs is left alone before it is asked again.
    pub idle: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self { patience: Patience::default(), soon: Duration::from_secs(3), idle: Duration::from_secs(60) }
    }
}

/// What a worker knows of its printer from one job to the next.
pub(super) struct Worker {
    printer: PrinterSettings,
    patience: Patience,
    /// Bytes of the label that was cut off, which the printer has to forget before anything else.
    cut_off: Option<usize>,
    /// Whether that is on disk.
    marked: bool,
    /// Since when it does not print.
    faulty: Option<Instant>,
    /// Held open to hear what it says unasked.
    listening: Option<PrinterPort>,
    /// Whether it was told on this wire to speak.
    told: bool,
}

impl Printing {
    /// Prints what waits, each printer its own jobs in order, until it is cancelled. `plugs` changes when something is plugged in or out.
    pub async fn run(self, mut plugs: watch::Receiver<u64>, stop: CancellationToken) {
        self.report_cut_off().await;
        let mut workers: Vec<_> = self
            .inner
            .printers
            .iter()
            .cloned()
            .map(|printer| {
                let (printing, stop) = (self.clone(), stop.clone());
                tokio::spawn(async move { printing.serve(printer, stop).await })
            })
            .collect();
        workers.push(tokio::spawn(self.clone().watch_for_twins(stop.clone())));
        let printing = self.clone();
        workers.push(tokio::spawn(async move {
            while let Some(Ok(())) = stop.run_until_cancelled(plugs.changed()).await {
                printing.inner.look.notify_waiters();
            }
        }));
        futures_util::future::join_all(workers).await;
    }

    async fn serve(&self, printer: PrinterSettings, stop: CancellationToken) {
        let id = printer.id.to_string();
        let pace = self.inner.pace;
        let peels = printer.setup.after == Some(After::Peel);
        let patience = Patience { quiet: pace.patience.quiet || printer.quiet, peels, ..pace.patience };
        let kept = self.inner.core.outbox().state(&format!("{CUT_OFF}{id}"));
        let cut_off = kept.or_else(|| self.inner.half_printed.contains(&id).then_some(LARGE_LABEL));
        let mut worker = Worker { printer, patience, cut_off, marked: kept.is_some(), faulty: None, listening: None, told: false };
        if let Err(error) = self.mark(&mut worker).await {
            tracing::error!(printer = id, %error, "that it may have half a label in it is not on disk yet");
        }
        let mut next_look = Instant::now();
        loop {
            let (woken, plugged) = (self.inner.wake.notified(), self.inner.look.notified());
            let next = self.lock().values().find(|job| job.printer == id && job.state == JobState::Queued).cloned();
            let (number, looks) = (next.as_ref().map(|job| job.number), Instant::now() >= next_look);
            if number.is_some() {
                self.put_off_talks(&id);
            } else if let Some(talk) = self.next_talk(&id) {
                self.talk(&mut worker, talk).await;
                continue;
            }
            let done = match next {
                Some(job) => self.print(&mut worker, job).await,
                None if looks => self.look(&mut worker).await,
                None => Ok(None),
            };
            let fault = match done {
                Ok(fault) => fault,
                Err(error) if error.is_final() => {
                    tracing::error!(printer = id, %error, "printing stops");
                    return;
                }
                Err(error) => {
                    tracing::error!(printer = id, job = number, %error, "printing goes on after a pause");
                    number.into_iter().for_each(|number| self.leave(number));
                    Some(Fault::Other)
                }
            };
            if number.is_some() && fault.is_none() {
                next_look = Instant::now() + pace.soon;
                if stop.is_cancelled() {
                    return;
                }
                continue;
            }
            if number.is_some() || looks {
                next_look = Instant::now() + if fault.is_some() { pace.soon } else { pace.idle };
            }
            self.stand_in(&mut worker).await;
            tokio::select! {
                () = stop.cancelled() => return,
                () = woken => {}
                () = plugged => next_look = Instant::now(),
                () = tokio::time::sleep_until(next_look) => {}
                status = worker.said() => {
                    self.show(&id, &status);
                    // A cable that is pulled ends listening; the next look tells more.
                    if status.fault() == Some(Fault::Unreachable) {
                        worker.listening = None;
                    }
                    next_look = Instant::now() + pace.soon;
                }
            }
        }
    }

    /// How an idle printer is; listened to from now on when it is well and the settings say so.
    async fn look(&self, worker: &mut Worker) -> Result<Option<Fault>, PrintError> {
        let ready = worker.ready().await;
        self.mark(worker).await?;
        let status = match ready {
            Ok((port, status)) => {
                worker.listen(port).await;
                status
            }
            Err(status) => status,
        };
        self.show(worker.printer.id.as_str(), &status);
        Ok(status.fault())
    }

    /// Keeps on disk whether the printer may have half a label in it.
    async fn mark(&self, worker: &mut Worker) -> Result<(), PrintError> {
        if worker.marked == worker.cut_off.is_some() {
            return Ok(());
        }
        let (mut rows, key) = (Append::new(), format!("{CUT_OFF}{}", worker.printer.id));
        match worker.cut_off {
            Some(label) => rows.put(key, &label)?,
            None => rows.delete(key),
        }
        self.inner.core.outbox().reserve_even_when_full().await?.send(rows).durable().await?;
        worker.marked = worker.cut_off.is_some();
        Ok(())
    }

    /// Takes what waits for a printer that has not printed for long to the one that stands in for it.
    async fn stand_in(&self, worker: &mut Worker) {
        let id = worker.printer.id.as_str();
        let well = |id: &str| self.inner.now.borrow().iter().any(|printer| printer.id == id && printer.fault.is_none());
        if well(id) {
            worker.faulty = None;
            return;
        }
        let since = *worker.faulty.get_or_insert_with(Instant::now);
        let Some(stand_in) = worker.printer.stand_in.as_ref() else { return };
        if since.elapsed() < Duration::from_secs(stand_in.after_s.into()) || !well(stand_in.printer.as_str()) {
            return;
        }
        let waiting: Vec<u64> = {
            let jobs = self.lock();
            jobs.values().filter(|job| job.printer == id && job.state == JobState::Queued).map(|job| job.number).collect()
        };
        for number in waiting {
            if let Err(error) = self.move_to(number, stand_in.printer.as_str()).await {
                tracing::warn!(job = number, from = id, to = %stand_in.printer, %error, "a label job stays where it is");
            }
        }
    }

    /// One job at one printer. Answers with the fault when the rest of it was not sent, so that it is tried again later.
    async fn print(&self, worker: &mut Worker, mut job: Job) -> Result<Option<Fault>, PrintError> {
        let id = worker.printer.id.to_string();
        let mut port = None;
        // One for all labels of the job, also when the chain publishes another one meanwhile.
        let template = self.design(&job.template);
        while job.done < job.copies {
            let last = job.copies.min(job.done + GROUP);
            let (template, drawing, labels, printer) = (template.clone(), job.clone(), job.done + 1..=last, worker.printer.clone());
            let bytes = match drawing::aside(move || drawing::draw(&template?, &drawing, labels, &printer)).await {
                Ok(bytes) => bytes,
                Err(error) if error.is_final() => return Err(error),
                Err(_) if !self.claim(&job) => return Ok(None),
                Err(error) => {
                    let reason = error.to_string();
                    job.state = JobState::Refused { reason: reason.clone() };
                    self.over(job, PrintOutcome::Faulted, Verdict::PrinterFault { reason }).await?;
                    return Ok(None);
                }
            };
            // Asked before anything is marked as being sent: most faults are found here, and then a power cut leaves the job simply queued.
            let wire = match &mut port {
                Some(wire) => wire,
                None => {
                    let ready = worker.ready().await;
                    self.mark(worker).await?;
                    match ready {
                        Ok((wire, status)) => {
                            self.show(&id, &status);
                            port.insert(wire)
                        }
                        Err(status) => {
                            self.show(&id, &status);
                            self.unsent(job).await?;
                            return Ok(status.fault());
                        }
                    }
                }
            };
            if !self.claim(&job) {
                // Taken to another printer meanwhile.
                return Ok(None);
            }
            job.state = JobState::Sending;
            job.sent = last;
            self.keep(std::slice::from_ref(&job), Vec::new(), false).await?;
            let seen = |status: &Status| self.show(&id, status);
            let group = last - job.done;
            match wire::print(wire, worker.printer.language, &bytes, group, worker.patience, seen).await {
                Printed::Confirmed => job.done = last,
                Printed::NotSent { fault } => {
                    job.sent = job.done;
                    self.unsent(job).await?;
                    return Ok(Some(fault));
                }
                Printed::Uncertain { fault } => {
                    self.show(&id, &Status::of(fault));
                    // Before anybody can settle the job: a process after this one must know as well.
                    worker.cut_off = Some(bytes.len());
                    self.mark(worker).await?;
                    job.state = JobState::Uncertain { reason: fault.to_string() };
                    let verdict = Verdict::PrinterFault { reason: fault.to_string() };
                    self.over(job, PrintOutcome::Uncertain, verdict).await?;
                    return Ok(None);
                }
            }
        }
        if let Some(wire) = port {
            worker.listen(wire).await;
        }
        job.state = JobState::Confirmed;
        let labels = job.copies;
        self.over(job, PrintOutcome::Confirmed, Verdict::LabelsPrinted { labels }).await?;
        Ok(None)
    }

    /// A job that was queued, or is being sent by this worker already, is its worker's from here on: nobody takes it away.
    fn claim(&self, job: &Job) -> bool {
        if job.state == JobState::Sending {
            return true;
        }
        let mut jobs = self.lock();
        // One that was asked for earlier may have come from another printer meanwhile.
        if jobs.range(..job.number).any(|(_, other)| other.printer == job.printer && other.state == JobState::Queued) {
            return false;
        }
        // Only as it was read: it may have been elsewhere since then.
        let kept = jobs.get_mut(&job.number).filter(|kept| *kept == job);
        kept.map(|kept| kept.state = JobState::Sending).is_some()
    }

    /// A job whose end could not be kept is in doubt, as it will be on disk when the agent starts again.
    fn leave(&self, number: u64) {
        if let Some(job) = self.lock().get_mut(&number) {
            *job = job.clone().left();
        }
        self.recount();
    }

    /// A job whose rest was not sent waits again; one that was never begun was not changed.
    async fn unsent(&self, mut job: Job) -> Result<(), PrintError> {
        if job.state == JobState::Sending {
            job.sent = job.done;
            job.state = JobState::Queued;
            self.keep(&[job], Vec::new(), false).await?;
        }
        Ok(())
    }
}

impl Worker {
    /// The wire to the printer and how it is, when it has said that it can print.
    async fn ready(&mut self) -> Result<(PrinterPort, Status), Status> {
        // A printer with one connection has no other while it is listened to.
        if let Some(mut port) = self.listening.take() {
            let status = wire::ask(&mut port, self.printer.language, self.patience).await;
            if status.faults.is_empty() && self.cut_off.is_none() {
                return Ok((port, status));
            }
            if status.fault() != Some(Fault::Unreachable) && self.cut_off.is_none() {
                self.listening = Some(port);
                return Err(status);
            }
        }
        self.told = false;
        let PrinterSettings { id, address, language, .. } = &self.printer;
        let mut port = PrinterPort::open(address).await.map_err(|error| {
            tracing::debug!(printer = %id, %error, "printer cannot be reached");
            Status::of(Fault::Unreachable)
        })?;
        let status = match self.cut_off {
            Some(label) => match wire::start_over(&mut port, *language, label, self.patience).await {
                Ok(status) => {
                    self.cut_off = None;
                    status
                }
                Err(status) => return Err(status),
            },
            None => wire::ask(&mut port, *language, self.patience).await,
        };
        if status.faults.is_empty() { Ok((port, status)) } else { Err(status) }
    }

    /// Keeps the wire to hear what the printer says unasked, when the settings and its language want it. It is told once to speak.
    pub(super) async fn listen(&mut self, mut port: PrinterPort) {
        if self.printer.listen && (self.told || wire::speak_up(&mut port, self.printer.language).await) {
            self.told = true;
            self.listening = Some(port);
        }
    }

    /// Whether it may have half a label in it.
    pub(super) const fn is_in_doubt(&self) -> bool {
        self.cut_off.is_some()
    }

    /// Where the printer is.
    pub(super) const fn address(&self) -> &PrinterAddress {
        &self.printer.address
    }

    /// The wire that is listened to, for something else; [`Worker::listen`] takes it back.
    pub(super) fn let_go(&mut self) -> Option<PrinterPort> {
        let port = self.listening.take();
        self.told &= port.is_some();
        port
    }

    /// What the printer says unasked; never when it is not listened to.
    async fn said(&mut self) -> Status {
        match &mut self.listening {
            Some(port) => wire::heed(port, self.printer.language, self.patience).await,
            None => std::future::pending().await,
        }
    }
}
