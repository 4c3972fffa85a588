//! Conversations about a printer's settings, between its jobs: they go over the wire of its worker, so that no job finds the printer taken. A job that comes
//! meanwhile breaks them off.

use std::time::Duration;

use qitao_firmware_config::{Conversation, Report};
use qitao_scanner_drivers::printer::PrinterPort;
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::worker::Worker;
use super::{JobState, Printing};
use crate::settings::wire::{LineWire, hold_until};

/// A conversation may last so long at most, with a printer that leaves half of the questions unanswered.
const LONGEST: Duration = Duration::from_secs(60);

/// A conversation that waits for its printer's worker.
pub(super) struct Talk {
    printer: String,
    conversation: Conversation,
    wait: Duration,
    answer: oneshot::Sender<Report>,
}

impl Printing {
    /// Holds a conversation with a printer when it has nothing to print, each answer within `wait`. `None`: it was busy, away, or in doubt about a label.
    pub async fn converse(&self, printer: &str, conversation: Conversation, wait: Duration) -> Option<Report> {
        let (answer, report) = oneshot::channel();
        self.talks().push(Talk { printer: printer.to_owned(), conversation, wait, answer });
        self.inner.wake.notify_waiters();
        timeout(LONGEST, report).await.ok()?.ok()
    }

    /// Takes the next conversation with a printer; those that nobody waits for any more are forgotten.
    pub(super) fn next_talk(&self, printer: &str) -> Option<Talk> {
        let mut talks = self.talks();
        talks.retain(|talk| !talk.answer.is_closed());
        let at = talks.iter().position(|talk| talk.printer == printer)?;
        Some(talks.swap_remove(at))
    }

    /// A job goes first: who wanted to talk asks again later.
    pub(super) fn put_off_talks(&self, printer: &str) {
        self.talks().retain(|talk| talk.printer != printer);
    }

    /// Until a job waits for the printer.
    async fn wanted(&self, printer: &str) {
        loop {
            let woken = self.inner.wake.notified();
            if self.lock().values().any(|job| job.printer == printer && job.state == JobState::Queued) {
                return;
            }
            woken.await;
        }
    }

    pub(super) async fn talk(&self, worker: &mut Worker, talk: Talk) {
        let Talk { printer, conversation, wait, mut answer } = talk;
        if worker.is_in_doubt() {
            return;
        }
        let mut port = match worker.let_go() {
            Some(port) => port,
            None => match PrinterPort::open(worker.address()).await {
                Ok(port) => port,
                Err(error) => return tracing::debug!(printer, %error, "a printer cannot be asked for its settings"),
            },
        };
        let pressing = async {
            tokio::select! {
                () = answer.closed() => {}
                () = self.wanted(&printer) => {}
            }
        };
        let report = hold_until(conversation, &mut LineWire::new(&mut port, wait), pressing).await;
        worker.listen(port).await;
        if let Some(report) = report {
            // Who asked may have gone meanwhile.
            let _ = answer.send(report);
        }
    }
}
