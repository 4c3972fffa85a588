//! Printers that play a script: what each answers, question by question, and how the job ends.

use std::collections::VecDeque;
use std::io;

use super::*;

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
const RESET: &[u8] = b"\x10";

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

fn quick() -> Patience {
    Patience {
        answer: Duration::from_millis(20),
        pause: Duration::from_millis(1),
        // Many answers long: a machine that is busy must not end a job.
        job: Duration::from_millis(400),
        per_label: Duration::ZERO,
        repair: Duration::from_millis(400),
        ..Patience::default()
    }
}

async fn run(mut printer: Scripted) -> (Printed, Vec<u8>) {
    let language = printer.language;
    let printed = print(&mut printer, language, b"LABEL", 1, quick(), |_| {}).await;
    (printed, printer.sent)
}

#[tokio::test]
async fn a_job_is_confirmed_only_when_the_printer_is_idle_again() {
    let (printed, sent) = run(Scripted::new(&[Some(READY), Some(PRINTING), Some(PRINTING), Some(READY), Some(READY)])).await;
    assert_eq!((printed, sent.as_slice()), (Printed::Confirmed, b"LABEL".as_slice()));
}

#[tokio::test]
async fn an_answer_of_one_byte_confirms_nothing_until_it_is_said_twice() {
    let (printed, _) = run(Scripted::new(&[Some(READY), Some(PRINTING), Some(READY), Some(PRINTING), None, None])).await;
    assert_eq!(printed, Printed::Uncertain { fault: Fault::Silent }, "a byte of noise");
    let (printed, _) = run(Scripted::of(Language::Cpcl, &[Some(READY), Some(READY), None, Some(RESET)])).await;
    assert_eq!(printed, Printed::Uncertain { fault: Fault::Reset }, "a line break when its power went");
}

#[tokio::test]
async fn nothing_is_sent_to_a_printer_with_a_fault_or_without_a_word() {
    assert_eq!(run(Scripted::new(&[Some(PAPER_OUT)])).await, (Printed::NotSent { fault: Fault::PaperOut }, vec![]));
    assert_eq!(run(Scripted::new(&[None])).await, (Printed::NotSent { fault: Fault::Silent }, vec![]));
}

#[tokio::test]
async fn paper_put_in_during_the_job_confirms_it_and_silence_leaves_it_uncertain() {
    let (printed, _) = run(Scripted::new(&[Some(READY), Some(PAPER_OUT), Some(PAPER_OUT), Some(READY), Some(READY)])).await;
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
    let (printed, _) = run(Scripted::new(&[Some(READY), Some(PRINTING), None, Some(PRINTING), Some(READY), Some(READY)])).await;
    assert_eq!(printed, Printed::Confirmed, "one question may be lost");
}

#[tokio::test]
async fn readies_after_a_silence_confirm_nothing() {
    for before in [READY, PRINTING, PAPER_OUT] {
        let mut told = vec![Some(READY), Some(before), None];
        told.extend([Some(READY); 5]);
        assert_eq!(run(Scripted::new(&told)).await.0, Printed::Uncertain { fault: Fault::Silent }, "{before:?}");
        told.insert(3, Some(PAPER_OUT));
        assert_eq!(run(Scripted::new(&told)).await.0, Printed::Uncertain { fault: Fault::Silent }, "{before:?}, and no paper");
    }
}

#[tokio::test]
async fn a_printer_that_waits_for_a_label_to_be_taken_has_time_until_somebody_comes() {
    const TAKE: Option<&[u8]> = Some(b"\x02L@@@\x03\r\n");
    const WELL: Option<&[u8]> = Some(b"\x02@@@@\x03\r\n");
    // The short answer is "ready" all the time.
    let mut told = vec![Some(READY), WELL];
    told.extend([Some(READY), TAKE].repeat(40));
    told.extend([Some(READY), WELL].repeat(2));
    let mut printer = Scripted::new(&told);
    let patience = Patience { peels: true, job: Duration::from_millis(30), repair: Duration::from_secs(60), ..quick() };
    let printed = print(&mut printer, Language::Tspl, b"LABEL", 1, Patience { pause: Duration::from_millis(2), ..patience }, |_| {}).await;
    assert_eq!((printed, printer.answers.len()), (Printed::Confirmed, 0));

    // Its language has no word for it: the receipt comes when the last label was taken.
    let mut told: Vec<Option<&[u8]>> = vec![Some(b"\x12\x12\x12\x12"); 40];
    told.push(Some(b"\x12\x12\x12\x12\x00"));
    let patience = Patience { pause: Duration::from_millis(2), ..patience };
    let printed = print(&mut Scripted::of(Language::EscPos, &told), Language::EscPos, b"LABEL", 1, patience, |_| {}).await;
    assert_eq!(printed, Printed::Confirmed);
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
async fn what_came_before_an_escpos_job_or_without_power_is_no_receipt() {
    const READY: &[u8] = b"\x12\x12\x12\x12";
    const STALE: &[u8] = b"\x00\x12\x12\x12\x12";
    // Unasked: paper out, cut at every byte by two questions of the job.
    const ASB: &[u8] = b"\x18\x00\x0c\x0f";
    let doubt = Printed::Uncertain { fault: Fault::Silent };
    assert_eq!(run(Scripted::of(Language::EscPos, &[Some(STALE), Some(READY), None, None])).await.0, doubt);
    assert_eq!(run(Scripted::of(Language::EscPos, &[Some(READY), Some(b"\x00"), None])).await.0, doubt, "a line break");
    for cut in 1..ASB.len() {
        let parts = [[READY, &ASB[..cut]].concat(), [&ASB[cut..], READY].concat()].map(|part| &*part.leak());
        let told = [Some(READY), Some(parts[0]), Some(parts[1]), None, None];
        assert_eq!(run(Scripted::of(Language::EscPos, &told)).await.0, doubt, "{cut}");
    }
}

#[tokio::test]
async fn a_cpcl_printer_may_be_silent_while_it_works_and_tells_when_its_power_was_gone() {
    let (ready, reset): (&[u8], &[u8]) = (b"\x00", b"\x10");
    let (printed, _) = run(Scripted::of(Language::Cpcl, &[Some(ready), None, None, Some(ready), Some(ready)])).await;
    assert_eq!(printed, Printed::Confirmed);
    let (printed, sent) = run(Scripted::of(Language::Cpcl, &[Some(reset), None, Some(reset)])).await;
    assert_eq!((printed, sent.as_slice()), (Printed::Uncertain { fault: Fault::Reset }, b"\x1bNLABEL".as_slice()));
}

#[tokio::test]
async fn a_cpcl_printer_with_a_fault_may_still_hold_the_job_that_was_cut_off() {
    let mut printer = Scripted::of(Language::Cpcl, &[Some(b"\x02"), Some(READY)]);
    let first = start_over(&mut printer, Language::Cpcl, 9, quick()).await;
    assert_eq!(first, Err(Status::of(Fault::PaperOut)));
    assert_eq!(start_over(&mut printer, Language::Cpcl, 9, quick()).await, Ok(Status::default()));
    assert!(printer.sent.is_empty());
}
