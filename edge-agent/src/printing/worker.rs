//! One worker for each printer: takes the jobs that wait for it in order, and knows how the printer is also while there are none.
//!
//! A printer is looked at when the agent starts, when something is plugged in or out, every now and then while it is idle, and soon again after a fault:
//! what the panel says of it is never older than that.

use std::time::Duration;

use qitao_domain::event::PrintOutcome;
use qitao_domain::work::Verdict;
use qitao_labels::{Template, commands};
use qitao_scanner_drivers::printer::{Fault, Patience, Printed, PrinterPort, job as wire};
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{Job, JobState, PrintError, Printing};
use crate::config::PrinterSettings;
use crate::core::CoreError;

/// How long a printer is left alone after a fault or a job before it is asked again.
const SOON: Duration = Duration::from_secs(3);
/// How long a printer without jobs is left alone before it is asked again.
const IDLE: Duration = Duration::from_secs(60);

impl Printing {
    /// Prints what waits, each printer its own jobs in order, until it is cancelled. `plugs` changes when something is plugged in or out.
    pub async fn run(self, mut plugs: watch::Receiver<u64>, stop: CancellationToken) {
        let mut workers: Vec<_> = self
            .inner
            .printers
            .iter()
            .cloned()
            .map(|printer| {
                let (printing, stop) = (self.clone(), stop.clone());
                tokio::spawn(async move { printing.serve(&printer, stop).await })
            })
            .collect();
        let printing = self.clone();
        workers.push(tokio::spawn(async move {
            while let Some(Ok(())) = stop.run_until_cancelled(plugs.changed()).await {
                printing.inner.look.notify_waiters();
            }
        }));
        futures_util::future::join_all(workers).await;
    }

    async fn serve(&self, printer: &PrinterSettings, stop: CancellationToken) {
        let id = printer.id.as_str();
        let mut next_look = Instant::now();
        loop {
            let (woken, plugged) = (self.inner.wake.notified(), self.inner.look.notified());
            let next = self.lock().values().find(|job| job.printer == id && job.state == JobState::Queued).cloned();
            match next {
                Some(job) => {
                    let fault = match self.print(printer, job).await {
                        Ok(fault) => fault,
                        Err(error) => {
                            tracing::error!(printer = id, %error, "printing stops");
                            return;
                        }
                    };
                    next_look = Instant::now() + SOON;
                    match fault {
                        None => continue,
                        fault => self.show(id, fault),
                    }
                }
                None if Instant::now() >= next_look => {
                    let fault = ready(printer).await.err();
                    self.show(id, fault);
                    next_look = Instant::now() + if fault.is_some() { SOON } else { IDLE };
                }
                None => {}
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = woken => {}
                () = plugged => next_look = Instant::now(),
                () = tokio::time::sleep_until(next_look) => {}
            }
        }
    }

    /// One job at one printer. Answers with the fault when nothing was sent, so that it is tried again later.
    async fn print(&self, printer: &PrinterSettings, mut job: Job) -> Result<Option<Fault>, PrintError> {
        let (design, data, copies) = (Template::named(&job.template), job.data.clone(), job.copies);
        let (dpi, language) = (printer.dpi, printer.language);
        let drawn = tokio::task::spawn_blocking(move || commands(&design?, &data, dpi, language, copies)).await;
        let bytes = match drawn.map_err(|_| CoreError::Stopping)? {
            Ok(bytes) => bytes,
            Err(error) => {
                job.state = JobState::Refused { reason: error.to_string() };
                self.keep(job, false).await?;
                return Ok(None);
            }
        };
        // Asked before anything is marked as being sent: most faults are found here, and then a power cut leaves the job simply queued.
        let mut port = match ready(printer).await {
            Ok(port) => port,
            Err(fault) => return Ok(Some(fault)),
        };
        job.state = JobState::Sending;
        self.keep(job.clone(), false).await?;
        match wire::print(&mut port, language, &bytes, job.copies, Patience::default(), |_| {}).await {
            Printed::Confirmed => {
                self.show(printer.id.as_str(), None);
                job.state = JobState::Confirmed;
                self.over(job, PrintOutcome::Confirmed, Verdict::LabelsPrinted { labels: copies }).await?;
                Ok(None)
            }
            Printed::NotSent { fault } => {
                job.state = JobState::Queued;
                self.keep(job, false).await?;
                Ok(Some(fault))
            }
            Printed::Uncertain { fault } => {
                self.show(printer.id.as_str(), Some(fault));
                job.state = JobState::Uncertain { reason: fault.to_string() };
                let verdict = Verdict::PrinterFault { reason: fault.to_string() };
                self.over(job, PrintOutcome::Uncertain, verdict).await?;
                Ok(None)
            }
        }
    }
}

/// The wire to a printer that has said that it can print.
async fn ready(printer: &PrinterSettings) -> Result<PrinterPort, Fault> {
    let mut port = PrinterPort::open(&printer.address).await.map_err(|error| {
        tracing::debug!(printer = %printer.id, %error, "printer cannot be reached");
        Fault::Unreachable
    })?;
    match wire::ask(&mut port, printer.language, Patience::default()).await.fault() {
        Some(fault) => Err(fault),
        None => Ok(port),
    }
}
