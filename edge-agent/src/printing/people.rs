//! What people decide about jobs: what came out of an uncertain one, to print one again, to take one to another printer. Each decision is a fact.

use qitao_domain::event::{Effect, PrintOutcome};
use qitao_domain::work::Verdict;

use super::{Job, JobState, PrintError, Printing, drawing, to_its_end};
use crate::clock;
use crate::core::CoreError;

/// What a person saw at the printer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// [`Job::done`] and [`Job::sent`] as they were shown: the labels between them were looked for.
    pub done: u32,
    /// See `done`.
    pub sent: u32,
    /// So many of them are there, from the first on.
    pub printed: u32,
}

impl Printing {
    /// A person has looked at an uncertain job. What is there is done; what is not is printed again by a new job, marked as a reprint; labels that were never
    /// sent go on. A refused job, of which no label is in doubt, needs nothing more then. Answers with the job that has work left, else with the old one.
    ///
    /// # Errors
    /// [`PrintError::NotUncertain`], [`PrintError::LookAgain`], or what [`Printing::submit`] may say; nothing is settled then.
    pub async fn settle(&self, number: u64, seen: Seen, printer: Option<&str>) -> Result<Job, PrintError> {
        let (printing, printer) = (self.clone(), printer.map(str::to_owned));
        to_its_end(async move { printing.look_back(number, seen, printer).await }).await
    }

    async fn look_back(&self, number: u64, seen: Seen, printer: Option<String>) -> Result<Job, PrintError> {
        let _deciding = self.inner.deciding.lock().await;
        let job = self.job(number).ok_or(PrintError::NotUncertain(number))?;
        let refused = matches!(job.state, JobState::Refused { .. });
        if !refused && !matches!(job.state, JobState::Uncertain { .. }) {
            return Err(PrintError::NotUncertain(number));
        }
        if (seen.done, seen.sent) != (job.done, job.sent) {
            return Err(PrintError::LookAgain(number));
        }
        let missing = job.doubtful().checked_sub(seen.printed).ok_or(PrintError::ChangeCopies(seen.printed))?;
        let printer = printer.unwrap_or_else(|| job.printer.clone());
        let done = job.done + seen.printed;
        if done < job.copies && !refused {
            self.fits(&Job { again: missing, ..job.clone() }, &printer).await?;
        }
        let there = job.effect(PrintOutcome::Confirmed, job.told + 1..=done);
        let effects = there.into_iter().chain(job.effect(PrintOutcome::Faulted, done + 1..=done + missing)).collect();
        if missing == 0 {
            let mut job = Job { done, told: done, ..job };
            job.state = if refused || done == job.copies { JobState::Settled } else { JobState::Queued };
            if job.state == JobState::Queued && job.printer != printer {
                job.moved_from.push(std::mem::replace(&mut job.printer, printer));
            }
            self.decide(&[job.clone()], "settled", effects, Verdict::LabelsPrinted { labels: seen.printed }, false).await?;
            self.inner.wake.notify_waiters();
            return Ok(job);
        }
        // Labels of a reprint that were not sent yet are reprints still.
        let again = missing.max(job.again.saturating_sub(done));
        let reprint = self.rest(&job, done, again, printer);
        let settled = Job { done, told: done, state: JobState::Settled, ..job };
        let both = [settled, reprint];
        let verdict = Verdict::PrinterFault { reason: format!("{missing} × {} 补打 reprinted by {}", both[0].id(), both[1].id()) };
        self.print_again(both, effects, verdict).await
    }

    /// Prints a job again that is over: labels were spoilt or lost. The new job is marked as a reprint and has the same serial numbers. Of a refused job what is
    /// left is printed.
    ///
    /// # Errors
    /// [`PrintError::NotOver`], or what [`Printing::submit`] may say.
    pub async fn reprint(&self, number: u64, printer: Option<&str>) -> Result<Job, PrintError> {
        let (printing, printer) = (self.clone(), printer.map(str::to_owned));
        to_its_end(async move { printing.repeat(number, printer).await }).await
    }

    async fn repeat(&self, number: u64, printer: Option<String>) -> Result<Job, PrintError> {
        let _deciding = self.inner.deciding.lock().await;
        let job = self.job(number).filter(Job::is_over).ok_or(PrintError::NotOver(number))?;
        let printer = printer.unwrap_or_else(|| job.printer.clone());
        self.fits(&Job { again: job.copies, ..job.clone() }, &printer).await?;
        if matches!(job.state, JobState::Refused { .. }) {
            let rest = self.rest(&job, job.done, job.again.saturating_sub(job.done), printer);
            let settled = Job { state: JobState::Settled, ..job };
            return self.print_again([settled, rest], Vec::new(), Verdict::Noted).await;
        }
        let reprint = self.rest(&job, 0, job.copies, printer);
        self.print_again([reprint], Vec::new(), Verdict::Noted).await
    }

    /// A new job for the labels of a job behind so many, `again` of which are marked as reprints.
    fn rest(&self, job: &Job, done: u32, again: u32, printer: String) -> Job {
        Job {
            number: self.reserve_number(job),
            printer,
            moved_from: Vec::new(),
            key: None,
            reprint_of: Some(job.number),
            again,
            skipped: job.skipped + done,
            copies: job.copies - done,
            done: 0,
            sent: 0,
            told: 0,
            asked_ms: clock::wall_ms(),
            state: JobState::Queued,
            ..job.clone()
        }
    }

    /// Keeps jobs of which the last is new; answers with it.
    async fn print_again<const N: usize>(&self, jobs: [Job; N], effects: Vec<Effect>, verdict: Verdict) -> Result<Job, PrintError> {
        let kept = self.decide(&jobs, "reprint", effects, verdict, true).await;
        let new = jobs.into_iter().next_back().ok_or(CoreError::Stopping)?;
        if let Err(error) = kept {
            self.lock().remove(&new.number);
            return Err(error);
        }
        self.inner.wake.notify_waiters();
        Ok(new)
    }

    /// Takes a job that waits to another printer, where it takes its place by its number. What was printed of it stays printed.
    ///
    /// # Errors
    /// [`PrintError::NotWaiting`] when it is being sent, uncertain or over; [`PrintError::ChoosePrinter`]; [`PrintError::FixLabel`] when it does not fit there.
    pub async fn move_to(&self, number: u64, printer: &str) -> Result<Job, PrintError> {
        let (printing, printer) = (self.clone(), printer.to_owned());
        to_its_end(async move { printing.carry(number, printer).await }).await
    }

    async fn carry(&self, number: u64, printer: String) -> Result<Job, PrintError> {
        let job = self.job(number).ok_or(PrintError::NotWaiting(number))?;
        self.fits(&job, &printer).await?;
        let mut moved = {
            let mut jobs = self.lock();
            let job = jobs.get_mut(&number).filter(|job| job.state == JobState::Queued).ok_or(PrintError::NotWaiting(number))?;
            let moved = job.clone();
            // Until the disk knows where it is, no worker takes it: neither that of the printer which it leaves nor that of the one to which it goes.
            job.state = JobState::Sending;
            moved
        };
        if moved.printer != printer {
            moved.moved_from.push(std::mem::replace(&mut moved.printer, printer));
        }
        let kept = self.keep(std::slice::from_ref(&moved), Vec::new(), false).await;
        if kept.is_err()
            && let Some(job) = self.lock().get_mut(&number)
        {
            job.state = JobState::Queued;
        }
        self.inner.wake.notify_waiters();
        kept?;
        tracing::info!(job = moved.id(), from = moved.moved_from.last(), to = moved.printer, "a label job goes to another printer");
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
        drawing::aside(move || drawing::draw(&template, &job, 1..=1, &printer)).await.map(drop)
    }
}
