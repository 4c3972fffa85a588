//! Printing with confirmation: asked before, sent, asked until done. A print is confirmed or it is a fault; silence is a fault.
//!
//! What confirms a job differs. ESC/POS sends a receipt from behind the job. CPCL answers only when it has finished, and tells when its power was gone. ZPL
//! and TSPL are asked until they are idle: a ready at once may come from before the job was read, so that it counts when work was seen before it, or when it
//! is said several times in a row. A printer that does not answer may have lost its power and with it the job: a ready after it confirms nothing.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::time::{Instant, sleep, timeout};

use super::port::{Port, SendError};
use super::status::{self, Ear, Fault, Status, Warning};
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
    /// It waits after each label until somebody has taken it.
    pub peels: bool,
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
            peels: false,
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
        // The short answer of TSPL is "ready" also while a label waits to be taken.
        Some(status) => status.faults == [Fault::Other] || (patience.peels && language == Language::Tspl && status.faults.is_empty()),
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
    if port.send(question).await.is_err() {
        // The wire may be well and know what keeps the printer from taking anything.
        return Err(port.hint().await.unwrap_or(Fault::Unreachable));
    }
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
/// How it is when it may not have heard, or may still hold labels of that job; it has to be told again.
pub async fn start_over(port: &mut impl Port, language: Language, label: usize, patience: Patience) -> Result<Status, Status> {
    if language == Language::Cpcl {
        // Inside a graphic it would not answer; and what fills one up is long. It answers ready when it has printed what it held, and prints that when its
        // paper is back.
        let status = ask(port, language, patience).await;
        match status.fault() {
            None => return Ok(status),
            Some(Fault::Silent) => {}
            Some(_) => return Err(status),
        }
    }
    let unreachable = |_| Status::of(Fault::Unreachable);
    port.send(&status::start_over(language, label)).await.map_err(unreachable)?;
    let deadline = Instant::now() + patience.job;
    loop {
        let status = ask(port, language, patience).await;
        match status.fault() {
            Some(Fault::Unreachable) => return Err(status),
            Some(Fault::Silent) if Instant::now() >= deadline => return Err(status),
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
    // A receipt of before the job is none of it.
    ear.drop_receipt();
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
    let last = Instant::now() + allowed + patience.repair;
    // The others say that a label waits to be taken.
    let unsaid = patience.peels && matches!(language, Language::EscPos | Language::Cpcl);
    let mut deadline = if unsaid { last } else { Instant::now() + allowed };
    let (mut ready, mut silent, mut worked, mut lapsed) = (0, 0, false, false);
    loop {
        // A receipt may come at any time; other languages answer late what they were asked before.
        if receipt.is_none() {
            port.discard().await;
        }
        let status = inquire(port, &mut ear, language, patience).await;
        let mute = status.fault() == Some(Fault::Silent);
        // CPCL answers when it has finished.
        let working = mute && (language == Language::Cpcl || patience.quiet);
        if !working {
            seen(&status);
        }
        if mute && !working {
            // Its power may have been gone since the last answer, and what was heard is noise of that.
            lapsed = true;
            ear.drop_receipt();
        }
        if ear.receipt() {
            return Printed::Confirmed;
        }
        if status.reset {
            return Printed::Uncertain { fault: Fault::Reset };
        }
        silent = if mute { silent + 1 } else { 0 };
        match status.fault() {
            Some(fault @ Fault::Unreachable) => return Printed::Uncertain { fault },
            Some(fault @ Fault::Silent) if silent >= SILENT && !working => return Printed::Uncertain { fault },
            Some(Fault::Silent) => (worked, ready) = (working, 0),
            // It says what it waits for: paper may be put in, the cover closed, and it goes on by itself then.
            Some(_) => (worked, ready, deadline) = (worked || !lapsed, 0, (Instant::now() + allowed).min(last)),
            None if status.busy => {
                (worked, ready) = (true, 0);
                if status.warnings.contains(&Warning::TakeLabel) {
                    // It waits for a hand, as for paper.
                    deadline = (Instant::now() + allowed).min(last);
                }
            }
            None if receipt.is_some() => {}
            None if lapsed && !worked => return Printed::Uncertain { fault: Fault::Silent },
            None => {
                ready += 1;
                let enough = if worked { 1 + u32::from(status::one_byte(language)) } else { patience.settle };
                if ready >= enough {
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
#[path = "job_tests.rs"]
mod tests;
