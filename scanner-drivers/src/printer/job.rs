//! Printing with confirmation: asked before, sent, asked until done. A print is confirmed or it is a fault; silence is a fault.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::time::{Instant, sleep, timeout};

use super::port::{Port, SendError};
use super::status::{self, Fault, Status};
use qitao_labels::Language;

/// How patient to be with a printer.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// For an answer to a question about its state.
    pub answer: Duration,
    /// Between two questions while it prints.
    pub pause: Duration,
    /// For a whole job, beyond `per_label` for each label.
    pub job: Duration,
    /// For each label.
    pub per_label: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            answer: Duration::from_millis(1500),
            pause: Duration::from_millis(150),
            job: Duration::from_secs(20),
            per_label: Duration::from_secs(2),
        }
    }
}

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
    let unanswered = |fault| Status { fault: Some(fault), busy: false };
    port.discard().await;
    if port.send(status::question(language)).await.is_err() {
        return unanswered(Fault::Unreachable);
    }
    let mut answer = Vec::new();
    let deadline = Instant::now() + patience.answer;
    loop {
        match timeout(deadline.saturating_duration_since(Instant::now()), port.receive()).await {
            Ok(Ok(bytes)) if !bytes.is_empty() => answer.extend_from_slice(&bytes),
            Ok(_) => return unanswered(Fault::Unreachable),
            Err(_) => return unanswered(port.hint().await.unwrap_or(Fault::Silent)),
        }
        if let Some(status) = status::answer(language, &answer) {
            return status;
        }
    }
}

/// Prints a job of so many labels.
pub async fn print(port: &mut impl Port, language: Language, commands: &[u8], labels: u32, patience: Patience) -> Printed {
    if let Some(fault) = ask(port, language, patience).await.fault {
        return Printed::NotSent { fault };
    }
    match port.send(commands).await {
        Ok(()) => {}
        Err(SendError::Nothing) => return Printed::NotSent { fault: Fault::Unreachable },
        Err(SendError::Some) => return Printed::Uncertain { fault: Fault::Unreachable },
    }
    let deadline = Instant::now() + patience.job + patience.per_label * labels;
    loop {
        let status = ask(port, language, patience).await;
        match status {
            Status { fault: None, busy: false } => return Printed::Confirmed,
            Status { fault: Some(fault @ Fault::Unreachable), .. } => return Printed::Uncertain { fault },
            Status { fault, .. } if Instant::now() >= deadline => return Printed::Uncertain { fault: fault.unwrap_or(Fault::Other) },
            // Paper may be put in, the cover closed: the printer goes on by itself then.
            _ => sleep(patience.pause).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::VecDeque;
    use std::io;

    /// A printer that plays a script: one entry for each question, `None` = silence.
    struct Scripted {
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
            Self { answers: answers.iter().copied().collect(), waiting: None, sent: Vec::new(), breaks_after: None }
        }
    }

    impl Port for Scripted {
        async fn send(&mut self, bytes: &[u8]) -> Result<(), SendError> {
            if bytes == status::question(Language::Tspl) {
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
        };
        let printed = print(&mut printer, Language::Tspl, b"LABEL", 1, quick).await;
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
}
