//! Printing with confirmation: asked before, sent, asked until done. A print is confirmed or it is a fault; silence is a fault.
//!
//! What confirms a job differs. ESC/POS sends a receipt from behind the job. CPCL answers only when it has finished, and tells when its power was gone. ZPL
//! and TSPL are asked until they are idle: a ready at once may come from before the job was read, so that it counts when work was seen before it, or when it
//! is said several times in a row. A printer that does not answer at all may have lost its power and with it the job: what it says afterwards confirms nothing.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::time::{Instant, sleep, timeout};

use super::port::{Port, SendError};
use super::status::{self, Ear, Fault, Status};
use qitao_labels::Language;

/// How patient to be with a printer.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// For an answer to a question about its state. Shorter than any printer takes to start, so that a loss of power is seen as silence.
    pub answer: Duration,
    /// Between two questions while it prints.
    pub pause: Duration,
    /// For a whole job, beyond `per_label` for each label.
    pub job: Duration,
    /// For each label.
    pub per_label: Duration,
    /// For a person to put in paper or to close the cover while the printer holds the job.
    pub repair: Duration,
    /// Readies in a row that end a job during which no work was seen.
    pub settle: u32,
    /// It does not answer while it prints, as cheap firmware does: silence in a job is work then, and a loss of power on a serial line is not seen.
    pub quiet: bool,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            answer: Duration::from_millis(1500),
            pause: Duration::from_millis(150),
            job: Duration::from_secs(20),
            per_label: Duration::from_secs(2),
            repair: Duration::from_secs(30 * 60),
            settle: 3,
            quiet: false,
        }
    }
}

/// Questions in a row without any answer after which a printer is taken to have lost its job. One may be lost on the line.
const SILENT: u32 = 2;

/// How a job ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Printed {
    /// The printer's state after the job says that everything is out.
    Confirmed,
    /// Nothing was sent, so nothing was printed.
    NotSent {
        /// Why.
        fault: Fault,
    },
    /// Some bytes went out and then something happened: labels may or may not be printed. A person must look before it is printed again.
    Uncertain {
        /// What happened.
        fault: Fault,
    },
}

/// Asks a printer how it is.
pub async fn ask(port: &mut impl Port, language: Language, patience: Patience) -> Status {
    port.discard().await;
    inquire(port, &mut Ear::new(language), language, patience).await
}

/// Asks, and asks more closely where the language has a question for it.
async fn inquire(port: &mut impl Port, ear: &mut Ear, language: Language, patience: Patience) -> Status {
    ear.forget();
    let first = match exchange(port, ear, status::question(language), patience.answer).await {
        Ok(first) => first,
        Err(fault) => return Status::of(fault),
    };
    let unnamed = match &first {
        None => language == Language::Zpl,
        Some(status) => status.faults == [Fault::Other],
    };
    if unnamed && let Some(closer) = status::closer(language) {
        match exchange(port, ear, closer, patience.answer).await {
            Ok(Some(status)) => return status,
            Ok(None) => {}
            Err(fault) => return Status::of(fault),
        }
    }
    match first {
        Some(status) => status,
        None => Status::of(port.hint().await.unwrap_or(Fault::Silent)),
    }
}

/// One question and its answer; `None` without one.
async fn exchange(port: &mut impl Port, ear: &mut Ear, question: &[u8], patience: Duration) -> Result<Option<Status>, Fault> {
    port.send(question).await.map_err(|_| Fault::Unreachable)?;
    let deadline = Instant::now() + patience;
    loop {
        match timeout(deadline.saturating_duration_since(Instant::now()), port.receive()).await {
            Ok(Ok(bytes)) if !bytes.is_empty() => ear.hear(&bytes),
            Ok(_) => return Err(Fault::Unreachable),
            Err(_) => return Ok(None),
        }
        if let Some(status) = ear.answer() {
            return Ok(Some(status));
        }
    }
}

/// Tells a printer to speak unasked, where its language has such a thing. Whether it has.
pub async fn speak_up(port: &mut impl Port, language: Language) -> bool {
    match status::speak_up(language) {
        Some(command) => port.send(command).await.is_ok(),
        None => false,
    }
}

/// Waits until a printer says something unasked, and tells how it is then. May be dropped at any time.
pub async fn heed(port: &mut impl Port, language: Language, patience: Patience) -> Status {
    let mut ear = Ear::new(language);
    loop {
        match port.receive().await {
            Ok(bytes) if !bytes.is_empty() => ear.hear(&bytes),
            _ => return Status::of(Fault::Unreachable),
        }
        match ear.unasked() {
            Some(status) => return status,
            // Alerts of other languages are words for people: they ring, and the question tells.
            None if language != Language::EscPos => return ask(port, language, patience).await,
            None => {}
        }
    }
}

/// Has a printer forget a job that was cut off, and waits until it answers again; some start anew for it. `label` as for [`status::start_over`]. Answers
/// with how it is then.
///
/// # Errors
/// Why it may not have heard; it has to be told again.
pub async fn start_over(port: &mut impl Port, language: Language, label: usize, patience: Patience) -> Result<Status, Fault> {
    if language == Language::Cpcl {
        // Inside a graphic it would not answer; and what fills one up is long.
        let status = ask(port, language, patience).await;
        if status.fault() != Some(Fault::Silent) {
            return if status.fault() == Some(Fault::Unreachable) { Err(Fault::Unreachable) } else { Ok(status) };
        }
    }
    port.send(&status::start_over(language, label)).await.map_err(|_| Fault::Unreachable)?;
    let deadline = Instant::now() + patience.job;
    loop {
        let status = ask(port, language, patience).await;
        match status.fault() {
            Some(fault @ Fault::Unreachable) => return Err(fault),
            Some(fault @ Fault::Silent) if Instant::now() >= deadline => return Err(fault),
            Some(Fault::Silent) => sleep(patience.pause).await,
            _ => return Ok(status),
        }
    }
}

/// Prints a job of so many labels. `seen` is told how the printer is whenever it was asked.
pub async fn print(
    port: &mut impl Port,
    language: Language,
    commands: &[u8],
    labels: u32,
    patience: Patience,
    mut seen: impl FnMut(&Status) + Send,
) -> Printed {
    let mut ear = Ear::new(language);
    port.discard().await;
    let before = inquire(port, &mut ear, language, patience).await;
    seen(&before);
    if let Some(fault) = before.fault() {
        return Printed::NotSent { fault };
    }
    if before.reset
        && let Some(known) = status::seen_reset(language)
        && port.send(known).await.is_err()
    {
        return Printed::NotSent { fault: Fault::Unreachable };
    }
    let receipt = status::receipt(language);
    let sent = match receipt {
        Some(receipt) => port.send(&[commands, receipt].concat()).await,
        None => port.send(commands).await,
    };
    match sent {
        Ok(()) => {}
        Err(SendError::Nothing) => return Printed::NotSent { fault: Fault::Unreachable },
        Err(SendError::Some) => return Printed::Uncertain { fault: port.hint().await.unwrap_or(Fault::Unreachable) },
    }
    let allowed = patience.job + patience.per_label * labels;
    let (mut deadline, last) = (Instant::now() + allowed, Instant::now() + allowed + patience.repair);
    let (mut ready, mut silent, mut worked) = (0, 0, false);
    loop {
        // A receipt may come at any time; other languages answer late what they were asked before.
        if receipt.is_none() {
            port.discard().await;
        }
        let status = inquire(port, &mut ear, language, patience).await;
        // CPCL answers when it has finished.
        let working = status.fault() == Some(Fault::Silent) && (language == Language::Cpcl || patience.quiet);
        if !working {
            seen(&status);
        }
        if ear.receipt() {
            return Printed::Confirmed;
        }
        if status.reset {
            return Printed::Uncertain { fault: Fault::Reset };
        }
        silent = if status.fault() == Some(Fault::Silent) { silent + 1 } else { 0 };
        match status.fault() {
            Some(fault @ Fault::Unreachable) => return Printed::Uncertain { fault },
            Some(fault @ Fault::Silent) if silent >= SILENT && !working => return Printed::Uncertain { fault },
            Some(Fault::Silent) => worked |= working,
            // It says what it waits for: paper may be put in, the cover closed, and it goes on by itself then.
            Some(_) => (worked, ready, deadline) = (true, 0, (Instant::now() + allowed).min(last)),
            None if status.busy => (worked, ready) = (true, 0),
            None if receipt.is_some() => {}
            None => {
                ready += 1;
                if worked || ready >= patience.settle {
                    return Printed::Confirmed;
                }
            }
        }
        if Instant::now() >= deadline {
            // Busy for too long, or ready without the receipt.
            let unnamed = if status.busy { Fault::Other } else { Fault::Silent };
            return Printed::Uncertain { fault: status.fault().unwrap_or(unnamed) };
        }
        sleep(patience.pause).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::VecDeque;
    use std::io;

    /// A printer that plays a script: one entry for each question, `None` = silence.
    struct Scripted {
        language: Language,
        answers: VecDeque<Option<&'static [u8]>>,
        waiting: Option<&'static [u8]>,
        sent: Vec<u8>,
        breaks_after: Option<usize>,
    }

    const READY: &[u8] = b"\x00";
    const PRINTING: &[u8] = b"\x20";
    const PAPER_OUT: &[u8] = b"\x04";

    impl Scripted {
        fn new(answers: &[Option<&'static [u8]>]) -> Self {
            Self::of(Language::Tspl, answers)
        }

        fn of(language: Language, answers: &[Option<&'static [u8]>]) -> Self {
            Self { language, answers: answers.iter().copied().collect(), waiting: None, sent: Vec::new(), breaks_after: None }
        }
    }

    impl Port for Scripted {
        async fn send(&mut self, bytes: &[u8]) -> Result<(), SendError> {
            if bytes == status::question(self.language) || Some(bytes) == status::closer(self.language) {
                self.waiting = self.answers.pop_front().flatten();
                return Ok(());
            }
            if let Some(limit) = self.breaks_after {
                self.sent.extend_from_slice(&bytes[..limit]);
                return Err(if limit == 0 { SendError::Nothing } else { SendError::Some });
            }
            self.sent.extend_from_slice(bytes);
            Ok(())
        }
        async fn receive(&mut self) -> io::Result<Vec<u8>> {
            match self.waiting.take() {
                Some(answer) => Ok(answer.to_vec()),
                None => std::future::pending().await,
            }
        }
        async fn discard(&mut self) {}
    }

    async fn run(mut printer: Scripted) -> (Printed, Vec<u8>) {
        let quick = Patience {
            answer: Duration::from_millis(20),
            pause: Duration::from_millis(1),
            job: Duration::from_millis(60),
            per_label: Duration::ZERO,
            repair: Duration::from_millis(60),
            ..Patience::default()
        };
        let language = printer.language;
        let printed = print(&mut printer, language, b"LABEL", 1, quick, |_| {}).await;
        (printed, printer.sent)
    }

    #[tokio::test]
    async fn a_job_is_confirmed_only_when_the_printer_is_idle_again() {
        let (printed, sent) = run(Scripted::new(&[Some(READY), Some(PRINTING), Some(PRINTING), Some(READY)])).await;
        assert_eq!((printed, sent.as_slice()), (Printed::Confirmed, b"LABEL".as_slice()));
    }

    #[tokio::test]
    async fn nothing_is_sent_to_a_printer_with_a_fault_or_without_a_word() {
        assert_eq!(run(Scripted::new(&[Some(PAPER_OUT)])).await, (Printed::NotSent { fault: Fault::PaperOut }, vec![]));
        assert_eq!(run(Scripted::new(&[None])).await, (Printed::NotSent { fault: Fault::Silent }, vec![]));
    }

    #[tokio::test]
    async fn paper_put_in_during_the_job_confirms_it_and_silence_leaves_it_uncertain() {
        let (printed, _) = run(Scripted::new(&[Some(READY), Some(PAPER_OUT), Some(PAPER_OUT), Some(READY)])).await;
        assert_eq!(printed, Printed::Confirmed);
        let (printed, _) = run(Scripted::new(&[Some(READY)])).await;
        assert_eq!(printed, Printed::Uncertain { fault: Fault::Silent });
    }

    #[tokio::test]
    async fn a_half_sent_job_is_uncertain_and_an_unsent_one_is_not() {
        let printer = Scripted { breaks_after: Some(3), ..Scripted::new(&[Some(READY)]) };
        assert_eq!(run(printer).await.0, Printed::Uncertain { fault: Fault::Unreachable });
        let printer = Scripted { breaks_after: Some(0), ..Scripted::new(&[Some(READY)]) };
        assert_eq!(run(printer).await.0, Printed::NotSent { fault: Fault::Unreachable });
    }

    #[tokio::test]
    async fn a_ready_that_may_be_older_than_the_job_confirms_nothing_until_it_is_said_again() {
        let (printed, _) = run(Scripted::new(&[Some(READY); 4])).await;
        assert_eq!(printed, Printed::Confirmed);
        let (printed, _) = run(Scripted::new(&[Some(READY), Some(READY), Some(READY), None, None])).await;
        assert_eq!(printed, Printed::Uncertain { fault: Fault::Silent });
    }

    #[tokio::test]
    async fn a_printer_that_was_silent_for_long_has_lost_the_job_whatever_it_says_afterwards() {
        let (printed, _) = run(Scripted::new(&[Some(READY), Some(PRINTING), None, None, Some(READY)])).await;
        assert_eq!(printed, Printed::Uncertain { fault: Fault::Silent });
        let (printed, _) = run(Scripted::new(&[Some(READY), Some(PRINTING), None, Some(PRINTING), Some(READY)])).await;
        assert_eq!(printed, Printed::Confirmed, "one question may be lost");
    }

    #[tokio::test]
    async fn a_silent_zpl_printer_is_asked_more_closely_and_waited_for_when_it_names_its_fault() {
        const READY: &[u8] = b"\x02030,0,0,1245,000,0,0,0,000,0,0,0\x03\r\n\x02000,0,0,0,0,2,4,0,00000000,1,000\x03\r\n\x021234,0\x03\r\n";
        const OUT: &[u8] = b"PRINTER STATUS\r\nERRORS: 1 00000000 00000001\r\nWARNINGS: 0 00000000 00000000\r\n";
        let told = [Some(READY), None, Some(OUT), None, Some(OUT), None, Some(OUT), Some(READY)];
        assert_eq!(run(Scripted::of(Language::Zpl, &told)).await.0, Printed::Confirmed);
        let (printed, sent) = run(Scripted::of(Language::Zpl, &[None, Some(OUT)])).await;
        assert_eq!((printed, sent.is_empty()), (Printed::NotSent { fault: Fault::PaperOut }, true));
    }

    #[tokio::test]
    async fn an_escpos_job_is_confirmed_by_its_receipt_alone() {
        const READY: &[u8] = b"\x12\x12\x12\x12";
        const RECEIPT: &[u8] = b"\x12\x00\x12\x12\x12";
        let (printed, sent) = run(Scripted::of(Language::EscPos, &[Some(READY), Some(READY), Some(READY), Some(RECEIPT)])).await;
        assert_eq!((printed, sent.as_slice()), (Printed::Confirmed, b"LABEL\x1dr\x01".as_slice()));
        let (printed, _) = run(Scripted::of(Language::EscPos, &[Some(READY); 200])).await;
        assert_eq!(printed, Printed::Uncertain { fault: Fault::Silent }, "ready is not printed");
    }

    #[tokio::test]
    async fn a_cpcl_printer_may_be_silent_while_it_works_and_tells_when_its_power_was_gone() {
        let (ready, reset): (&[u8], &[u8]) = (b"\x00", b"\x10");
        let (printed, _) = run(Scripted::of(Language::Cpcl, &[Some(ready), None, None, Some(ready)])).await;
        assert_eq!(printed, Printed::Confirmed);
        let (printed, sent) = run(Scripted::of(Language::Cpcl, &[Some(reset), None, Some(reset)])).await;
        assert_eq!((printed, sent.as_slice()), (Printed::Uncertain { fault: Fault::Reset }, b"\x1bNLABEL".as_slice()));
    }
}
