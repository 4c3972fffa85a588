//! What a HID scanner is told, beside the thread that reads it: signals at once, questions one by one.
//!
//! libusb lets one thread write while another reads. The thread that reads puts a [`Voice`] here while the device is open and takes it back when it
//! closes it; a task takes what the host has to say.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::output::{OutReport, PosOutput};
use crate::scanner::framing::Frame;
use crate::scanner::remote::{ExchangeError, Orders, Question, Reply, Request};
use crate::scanner::speech::{Signal, SpeechSettings, honeywell, menu};
use crate::usb::ReportWriter;

/// As on a serial line: a scanner that stays dead is worse than one that reads too early.
const LONGEST_HOLD: Duration = Duration::from_secs(10);

/// An open device that can be told something.
pub(super) struct Voice {
    pub(super) writer: ReportWriter,
    pub(super) output: PosOutput,
    /// Scans whose answer is owed, and since when.
    owed: u32,
    owed_since: Instant,
    /// The command whose answer is awaited.
    asked: Option<String>,
}

/// Where the reader and the task meet.
#[derive(Clone)]
pub(super) struct Booth {
    speech: SpeechSettings,
    voice: Arc<Mutex<Option<Voice>>>,
    answers: mpsc::Sender<Reply>,
}

impl Voice {
    pub(super) fn new(writer: ReportWriter, output: PosOutput) -> Self {
        Self { writer, output, owed: 0, owed_since: Instant::now(), asked: None }
    }

    fn tell(&mut self, signal: Signal) {
        let reports = self.output.say(signal);
        self.send(reports);
    }

    /// A device may refuse what its descriptor promises; that is no reason to stop reading it.
    fn send(&self, reports: Vec<OutReport>) -> bool {
        reports.iter().all(|(report, numbered)| {
            let sent = self.writer.send(report, *numbered);
            if let Err(error) = &sent {
                tracing::debug!(%error, "a report to a scanner was not taken");
            }
            sent.is_ok()
        })
    }
}

impl Booth {
    pub(super) fn new(speech: SpeechSettings) -> (Self, mpsc::Receiver<Reply>) {
        let (answers, heard) = mpsc::channel(4);
        (Self { speech, voice: Arc::default(), answers }, heard)
    }

    fn lock(&self) -> MutexGuard<'_, Option<Voice>> {
        self.voice.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The device is open. One that was left unable to read is enabled.
    pub(super) fn enter(&self, voice: Voice) {
        let mut slot = self.lock();
        let voice = slot.insert(voice);
        if self.speech.hold {
            voice.tell(Signal::Enable);
        }
    }

    /// The device is closed. Nothing keeps it open after this.
    pub(super) fn leave(&self) {
        self.lock().take();
    }

    /// Takes the answer to a question out of what was read, and keeps the scanner from reading on while answers are owed.
    pub(super) fn hear(&self, frames: &mut Vec<Frame>) {
        if frames.is_empty() {
            return;
        }
        let mut slot = self.lock();
        let Some(voice) = slot.as_mut() else { return };
        if let Some(command) = voice.asked.clone() {
            frames.retain(|frame| {
                let answer = answer(&command, &frame.payload);
                let is_code = answer.is_none();
                if let Some(reply) = answer {
                    voice.asked = None;
                    let _ = self.answers.try_send(reply);
                }
                is_code
            });
        }
        if self.speech.hold && !frames.is_empty() {
            if voice.owed == 0 {
                voice.tell(Signal::Disable);
            }
            voice.owed = voice.owed.saturating_add(u32::try_from(frames.len()).unwrap_or(u32::MAX));
            voice.owed_since = Instant::now();
        }
    }

    /// Called by the reader whenever nothing came.
    pub(super) fn quiet(&self) {
        if !self.speech.hold {
            return;
        }
        if let Some(voice) = self.lock().as_mut().filter(|voice| voice.owed > 0 && voice.owed_since.elapsed() >= LONGEST_HOLD) {
            tracing::warn!(owed = voice.owed, "a scan was not answered; the scanner may read again");
            voice.owed = 0;
            voice.tell(Signal::Enable);
        }
    }

    fn signal(&self, signal: Signal) {
        let mut slot = self.lock();
        let Some(voice) = slot.as_mut() else { return };
        if !signal.is_verdict() {
            return voice.tell(signal);
        }
        if self.speech.feedback || self.speech.hold {
            voice.tell(signal);
        }
        voice.owed = voice.owed.saturating_sub(1);
        if self.speech.hold && voice.owed == 0 {
            voice.tell(Signal::Enable);
        }
    }

    fn ask(&self, request: &Request) -> Result<(), ExchangeError> {
        let mut slot = self.lock();
        let Some(voice) = slot.as_mut() else { return Err(ExchangeError::Offline) };
        let Request::Menu(text) = request else { return Err(ExchangeError::Unsupported) };
        let reports = voice.output.menu(text).ok_or(ExchangeError::Unsupported)?;
        if !voice.send(reports) {
            return Err(ExchangeError::Silent);
        }
        voice.asked = Some(text.clone());
        Ok(())
    }

    fn give_up(&self) -> ExchangeError {
        match self.lock().as_mut() {
            Some(voice) => {
                voice.asked = None;
                ExchangeError::Silent
            }
            None => ExchangeError::Offline,
        }
    }

    /// Takes what the host has to say until the worker ends.
    pub(super) async fn serve(self, mut orders: Orders, mut answers: mpsc::Receiver<Reply>, stop: CancellationToken) {
        loop {
            let question = tokio::select! {
                () = stop.cancelled() => return,
                Some(signal) = orders.signals.recv() => {
                    self.blocking(move |booth| booth.signal(signal)).await;
                    continue;
                }
                Some(question) = orders.questions.recv() => question,
            };
            let request = question.request.clone();
            // An answer to an earlier question that nobody waited for any more.
            while answers.try_recv().is_ok() {}
            let asked = self.blocking(move |booth| booth.ask(&request)).await.unwrap_or(Err(ExchangeError::Offline));
            let result = match asked {
                Ok(()) => self.await_answer(&question, &mut orders, &mut answers, &stop).await,
                Err(error) => Err(error),
            };
            question.answer(result);
        }
    }

    async fn await_answer(
        &self,
        question: &Question,
        orders: &mut Orders,
        answers: &mut mpsc::Receiver<Reply>,
        stop: &CancellationToken,
    ) -> Result<Reply, ExchangeError> {
        let end = tokio::time::sleep(Duration::from_micros(question.wait_us()));
        tokio::pin!(end);
        loop {
            tokio::select! {
                () = stop.cancelled() => return Err(ExchangeError::Offline),
                Some(reply) = answers.recv() => return Ok(reply),
                Some(signal) = orders.signals.recv() => drop(self.blocking(move |booth| booth.signal(signal)).await),
                () = &mut end => return Err(self.give_up()),
            }
        }
    }

    /// Writing to USB blocks.
    async fn blocking<R: Send + 'static>(&self, what: impl FnOnce(&Self) -> R + Send + 'static) -> Option<R> {
        let booth = self.clone();
        tokio::task::spawn_blocking(move || what(&booth)).await.ok()
    }
}

/// What was read as an answer to this command; `None` when it is a code.
fn answer(command: &str, payload: &[u8]) -> Option<Reply> {
    let whole = honeywell::answer_start(command, payload) == Some(0) && honeywell::answer_end(payload) == Some(payload.len());
    whole.then(|| Reply::Menu(menu::answers(payload, honeywell::MARKS)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_over_hid_is_told_from_a_code() {
        let Some(Reply::Menu(answers)) = answer("CBRENA?.", b"CBRENA1\x06.") else { panic!() };
        assert_eq!(answers[0].text, "CBRENA1");
        assert!(answer("REVINF.", b"Product Name: Voyager\r\nREVINF\x06.").is_some());
        assert!(answer("CBRENA?.", b"6901234567892").is_none());
        assert!(answer("REVINF.", b"6901234567892").is_none());
    }
}
