//! What people decide about jobs: what came out of an uncertain one, to print one again, to take one to another printer. Each decision is a fact.

use qitao_domain::event::{Effect, PrintOutcome};
use qitao_domain::work::Verdict;

use super::{Job, JobState, PrintError, Printing, drawing};
use crate::clock;
use crate::core::CoreError;

/// What a person saw at the printer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// So many of the doubtful labels are there, from the first on.
    Printed(u32),
    /// All of them.
    All,
    /// None.
    Nothing,
}

impl Printing {
    /// A person has looked at an uncertain job. What is there is done; what is not is printed again by a new job, marked as a reprint; labels that were never
    /// sent go on. Answers with the job that has work left, else with the old one.
    ///
    /// # Errors
    /// [`PrintError::NotUncertain`], or what [`Printing::submit`] may say; nothing is settled then.
    pub async fn settle(&self, number: u64, seen: Seen, printer: Option<&str>) -> Result<Job, PrintError> {
        let _deciding = self.inner.deciding.lock().await;
        let job = self.job(number).ok_or(PrintError::NotUncertain(number))?;
        if !matches!(job.state, JobState::Uncertain { .. }) {
            return Err(PrintError::NotUncertain(number));
        }
        let doubtful = job.doubtful();
        let there = match seen {
            Seen::All => doubtful,
            Seen::Nothing => 0,
            Seen::Printed(labels) if labels <= doubtful => labels,
            Seen::Printed(labels) => return Err(PrintError::ChangeCopies(labels)),
        };
        let printer = printer.unwrap_or(&job.printer).to_owned();
        let (missing, done) = (doubtful - there, job.done + there);
        if done < job.copies {
            self.fits(&job, &printer).await?;
        }
        let effect = |outcome, labels: std::ops::RangeInclusive<u32>| Effect::Printed {
            job: job.id(),
            outcome,
            labels: labels.end() + 1 - labels.start(),
            reprint_of: job.reprint_of.map(super::job::name),
            serials: labels.filter_map(|label| job.serial_of(label)).collect(),
        };
        let mut effects = Vec::new();
        if there > 0 {
            effects.push(effect(PrintOutcome::Confirmed, job.done + 1..=done));
        }
        if missing > 0 {
            effects.push(effect(PrintOutcome::Faulted, done + 1..=job.sent));
        }
        if missing == 0 {
            let mut job = Job { done, ..job };
            job.state = if done == job.copies { JobState::Settled } else { JobState::Queued };
            if job.state == JobState::Queued && job.printer != printer {
                job.moved_from.push(std::mem::replace(&mut job.printer, printer));
            }
            self.decide(&[job.clone()], "settled", effects, Verdict::LabelsPrinted { labels: there }, false).await?;
            self.inner.wake.notify_waiters();
            return Ok(job);
        }
        let reprint = Job {
            number: self.reserve_number(&job),
            printer,
            moved_from: Vec::new(),
            reprint_of: Some(number),
            again: missing,
            skipped: job.skipped + done,
            copies: job.copies - done,
            done: 0,
            sent: 0,
            asked_ms: clock::wall_ms(),
            state: JobState::Queued,
            ..job.clone()
        };
        let settled = Job { done, state: JobState::Settled, ..job };
        let both = [settled, reprint.clone()];
        let verdict = Verdict::PrinterFault { reason: format!("{missing} × {} 补打 reprinted by {}", both[0].id(), reprint.id()) };
        if let Err(error) = self.decide(&both, "reprint", effects, verdict, true).await {
            self.lock().remove(&reprint.number);
            return Err(error);
        }
        self.inner.wake.notify_waiters();
        Ok(reprint)
    }

    /// Prints a job again that is over: labels were spoilt or lost. The new job is marked as a reprint and has the same serial numbers.
    ///
    /// # Errors
    /// [`PrintError::NotOver`], or what [`Printing::submit`] may say.
    pub async fn reprint(&self, number: u64, printer: Option<&str>) -> Result<Job, PrintError> {
        let job = self.job(number).filter(|job| matches!(job.state, JobState::Confirmed | JobState::Settled));
        let job = job.ok_or(PrintError::NotOver(number))?;
        let printer = printer.unwrap_or(&job.printer).to_owned();
        self.fits(&job, &printer).await?;
        let reprint = Job {
            number: self.reserve_number(&job),
            printer,
            moved_from: Vec::new(),
            reprint_of: Some(number),
            again: job.copies,
            done: 0,
            sent: 0,
            asked_ms: clock::wall_ms(),
            state: JobState::Queued,
            ..job
        };
        if let Err(error) = self.decide(std::slice::from_ref(&reprint), "reprint", Vec::new(), Verdict::Noted, true).await {
            self.lock().remove(&reprint.number);
            return Err(error);
        }
        self.inner.wake.notify_waiters();
        Ok(reprint)
    }

    /// Takes a job that waits to another printer, where it takes its place by its number. What was printed of it stays printed.
    ///
    /// # Errors
    /// [`PrintError::NotWaiting`] when it is being sent, uncertain or over; [`PrintError::ChoosePrinter`]; [`PrintError::FixLabel`] when it does not fit there.
    pub async fn move_to(&self, number: u64, printer: &str) -> Result<Job, PrintError> {
        let job = self.job(number).ok_or(PrintError::NotWaiting(number))?;
        self.fits(&job, printer).await?;
        let (before, moved) = {
            let mut jobs = self.lock();
            // From here on the worker of the other printer sees it, and that of the old one no longer: nobody sends it twice.
            let job = jobs.get_mut(&number).filter(|job| job.state == JobState::Queued).ok_or(PrintError::NotWaiting(number))?;
            let before = job.clone();
            if job.printer != printer {
                job.moved_from.push(std::mem::replace(&mut job.printer, printer.to_owned()));
            }
            (before, job.clone())
        };
        if let Err(error) = self.keep(std::slice::from_ref(&moved), Vec::new(), false).await {
            self.lock().insert(number, before);
            return Err(error.into());
        }
        tracing::info!(job = moved.id(), from = before.printer, to = printer, "a label job goes to another printer");
        self.inner.wake.notify_waiters();
        Ok(moved)
    }

    /// Whether a job's labels can be drawn for a printer and fit what is loaded there.
    pub(super) async fn fits(&self, job: &Job, printer: &str) -> Result<(), PrintError> {
        let printer = self.printer(Some(printer))?.clone();
        let template = self.design(&job.template)?;
        if !printer.setup.takes(template.width, template.height) {
            return Err(PrintError::LoadLabels {
                width: template.width.round() as u32,
                height: template.height.round() as u32,
                printer: printer.id.to_string(),
            });
        }
        let job = job.clone();
        // Drawing takes milliseconds of a processor: not on a thread that answers scans.
        let drawn = tokio::task::spawn_blocking(move || drawing::draw(&template, &job, 1..=1, &printer).map(drop)).await;
        Ok(drawn.map_err(|_| PrintError::Core(CoreError::Stopping))??)
    }
}
