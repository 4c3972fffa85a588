//! What a HID scanner is told, beside the thread that reads it: signals at once, questions one by one.
//!
//! libusb lets one thread write while another reads. The thread that reads puts a [`Voice`] here while the device is open and takes it back when it
//! closes it; a task takes what the host has to say.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::output::{OutReport, PosOutput};
use crate::clock::Clock;
use crate::scanner::framing::Frame;
use crate::scanner::remote::{ExchangeError, Orders, Question, Reply, Request, Word};
use crate::scanner::speech::holding::Holding;
use crate::scanner::speech::{Order, Signal, SpeechSettings, honeywell, menu};

/// Sends one report; whether its first byte is its id.
type Writer = Box<dyn Fn(&[u8], bool) -> rusb::Result<()> + Send>;

/// An open device that can be told something.
pub(super) struct Voice {
    send: Writer,
    output: PosOutput,
    /// The command whose answer is awaited.
    asked: Option<String>,
}

/// What the reader and the task share.
struct Inside {
    voice: Option<Voice>,
    codes: Holding,
}

/// Where the reader and the task meet.
#[derive(Clone)]
pub(super) struct Booth {
    speech: SpeechSettings,
    clock: Arc<dyn Clock>,
    inside: Arc<Mutex<Inside>>,
    answers: mpsc::Sender<Reply>,
}

impl Voice {
    pub(super) fn new(send: impl Fn(&[u8], bool) -> rusb::Result<()> + Send + 'static, output: PosOutput) -> Self {
        Self { send: Box::new(send), output, asked: None }
    }

    fn tell(&mut self, signal: Signal) -> bool {
        let reports = self.output.say(signal);
        self.send(reports)
    }

    /// A device may refuse what its descriptor promises; that is no reason to stop reading it.
    fn send(&self, reports: Vec<OutReport>) -> bool {
        reports.iter().all(|(report, numbered)| {
            let sent = (self.send)(report, *numbered);
            if let Err(error) = &sent {
                tracing::debug!(%error, "a report to a scanner was not taken");
            }
            sent.is_ok()
        })
    }
}

impl Inside {
    /// What a device takes over USB it has heard.
    fn give(&mut self, order: Option<Order>) {
        let (Some(order), Some(voice)) = (order, self.voice.as_mut()) else { return };
        if voice.tell(Signal::Order(order)) {
            self.codes.heard();
        } else {
            self.codes.unsaid();
        }
    }
}

impl Booth {
    pub(super) fn new(speech: SpeechSettings, clock: Arc<dyn Clock>) -> (Self, mpsc::Receiver<Reply>) {
        let (answers, heard) = mpsc::channel(4);
        let inside = Inside { voice: None, codes: Holding::new(speech.hold) };
        (Self { speech, clock, inside: Arc::new(Mutex::new(inside)), answers }, heard)
    }

    fn lock(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now_us(&self) -> u64 {
        self.clock.stamp().mono_us
    }

    /// The device is open. One that was left unable to read is enabled.
    pub(super) fn enter(&self, voice: Voice) {
        let mut inside = self.lock();
        inside.voice = Some(voice);
        let order = inside.codes.connected(self.now_us());
        inside.give(order);
    }

    /// The device is closed, and these codes came with its end. Nothing keeps it open after this. Gives the number of the last code.
    pub(super) fn leave(&self, frames: &[Frame]) -> u64 {
        let mut inside = self.lock();
        inside.voice = None;
        inside.codes.disconnected(frames.len());
        inside.codes.number()
    }

    /// Takes the answer to a question out of what was read, and keeps the scanner from reading on while answers are owed. Gives the number of the last
    /// code.
    pub(super) fn hear(&self, frames: &mut Vec<Frame>) -> u64 {
        let mut inside = self.lock();
        if let Some(voice) = inside.voice.as_mut()
            && let Some(command) = voice.asked.clone()
        {
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
        let order = inside.codes.came(self.now_us(), frames.len(), false);
        inside.give(order);
        inside.codes.number()
    }

    /// Called by the reader whenever nothing came.
    pub(super) fn quiet(&self) {
        let mut inside = self.lock();
        let order = inside.codes.silence(self.now_us());
        inside.give(order);
    }

    fn say(&self, word: Word) {
        let (mut inside, now_us) = (self.lock(), self.now_us());
        match word {
            Word::Order(order) => {
                let order = inside.codes.ordered(now_us, order);
                inside.give(Some(order));
            }
            Word::Answer(number, tone) => {
                let Some(order) = inside.codes.answered(now_us, number) else { return };
                if let Some(voice) = inside.voice.as_mut().filter(|_| self.speech.feedback || self.speech.hold) {
                    voice.tell(Signal::Answer(tone));
                }
                inside.give(order);
            }
        }
    }

    fn ask(&self, request: &Request) -> Result<(), ExchangeError> {
        let mut inside = self.lock();
        let Some(voice) = inside.voice.as_mut() else { return Err(ExchangeError::Offline) };
        let Request::Menu(text) = request else { return Err(ExchangeError::Unsupported) };
        let reports = voice.output.menu(text).ok_or(ExchangeError::Unsupported)?;
        if !voice.send(reports) {
            return Err(ExchangeError::Silent);
        }
        voice.asked = Some(text.clone());
        Ok(())
    }

    fn give_up(&self) -> ExchangeError {
        match self.lock().voice.as_mut() {
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
                Some(word) = orders.words.recv() => {
                    self.blocking(move |booth| booth.say(word)).await;
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
                Some(word) = orders.words.recv() => drop(self.blocking(move |booth| booth.say(word)).await),
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
    let begins = honeywell::is_text(command) || honeywell::answer_start(command, payload) == Some(0);
    let whole = begins && honeywell::answer_end(payload) == Some(payload.len());
    whole.then(|| Reply::Menu(menu::answers(payload, honeywell::MARKS)))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

    use qitao_domain::scan::{Framing, Stamp};
    use qitao_domain::work::Tone;

    use super::super::descriptor;
    use super::*;
    use crate::scanner::speech::Family;
    use crate::scanner::speech::holding::{ENABLE_AGAIN_US, LONGEST_HOLD_US};

    /// Report 4: good read beep, error beep, prevent reading.
    const DESCRIPTOR: &[u8] = &[
        0x05, 0x8C, 0x09, 0x02, 0xA1, 0x01, 0x85, 0x04, 0x15, 0x00, 0x25, 0x01, 0x75, 0x01, 0x95, 0x01, 0x09, 0x86, 0x91, 0x02, 0x09, 0x85,
        0x91, 0x02, 0x09, 0x5F, 0x91, 0x02, 0x95, 0x05, 0x91, 0x01, 0xC0,
    ];
    const GOOD: u8 = 1;
    const BAD: u8 = 2;
    const PREVENT: u8 = 4;
    const OFF: u8 = 0;

    #[derive(Default)]
    struct HandClock(AtomicU64);

    impl Clock for HandClock {
        fn stamp(&self) -> Stamp {
            Stamp { wall_ms: 0, boot: 1, mono_us: self.0.load(Ordering::Relaxed) }
        }
    }

    /// A held scanner, what it was told, and whether it takes reports at all.
    struct Bench {
        booth: Booth,
        clock: Arc<HandClock>,
        told: Arc<Mutex<Vec<u8>>>,
        deaf: Arc<AtomicBool>,
    }

    impl Bench {
        fn new() -> Self {
            let (speech, clock) = (SpeechSettings { hold: true, ..SpeechSettings::default() }, Arc::<HandClock>::default());
            let bench = Self { booth: Booth::new(speech, clock.clone()).0, clock, told: Arc::default(), deaf: Arc::default() };
            bench.plug_in();
            bench
        }

        fn plug_in(&self) {
            let (told, deaf) = (self.told.clone(), self.deaf.clone());
            let send = move |report: &[u8], _: bool| {
                if deaf.load(Ordering::Relaxed) {
                    return Err(rusb::Error::Timeout);
                }
                told.lock().unwrap().push(report[1]);
                Ok(())
            };
            self.booth.enter(Voice::new(send, PosOutput::new(&descriptor::parse(DESCRIPTOR).unwrap(), Family::Generic, true)));
        }

        fn read(&self, code: &str) -> u64 {
            self.booth.hear(&mut vec![frame(code)])
        }

        fn told(&self) -> Vec<u8> {
            std::mem::take(&mut self.told.lock().unwrap())
        }

        fn told_after(&self, us: u64) -> Vec<u8> {
            self.clock.0.fetch_add(us, Ordering::Relaxed);
            self.booth.quiet();
            self.told()
        }
    }

    fn frame(code: &str) -> Frame {
        let at = Stamp { wall_ms: 0, boot: 1, mono_us: 0 };
        Frame { payload: code.into(), symbology: None, framing: Framing::Whole, at }
    }

    #[test]
    fn an_answer_that_comes_too_late_neither_sounds_nor_lets_the_scanner_read_on() {
        let bench = Bench::new();
        assert_eq!((bench.read("A"), bench.told()), (1, vec![OFF, PREVENT]));
        // Given up, and another one read.
        assert_eq!(bench.told_after(LONGEST_HOLD_US), [OFF]);
        assert_eq!((bench.read("B"), bench.told()), (2, vec![PREVENT]));
        bench.booth.say(Word::Answer(1, Tone::Right));
        assert!(bench.told().is_empty(), "B is not on disk yet");
        bench.booth.say(Word::Answer(2, Tone::Right));
        assert_eq!(bench.told(), [PREVENT | GOOD, PREVENT, OFF]);
        // Of an earlier connection.
        assert_eq!(bench.read("C"), 3);
        assert_eq!(bench.booth.leave(&[frame("torn")]), 4);
        bench.plug_in();
        assert_eq!(bench.read("D"), 5);
        bench.told();
        for number in [3, 4] {
            bench.booth.say(Word::Answer(number, Tone::Wrong));
        }
        assert!(bench.told().is_empty());
        bench.booth.say(Word::Answer(5, Tone::Wrong));
        assert_eq!(bench.told(), [PREVENT | BAD, PREVENT, OFF]);
    }

    #[test]
    fn a_scanner_that_did_not_take_the_order_to_read_again_is_told_until_it_does() {
        let bench = Bench::new();
        bench.read("A");
        bench.deaf.store(true, Ordering::Relaxed);
        bench.booth.say(Word::Answer(1, Tone::Right));
        assert_eq!(bench.told(), [OFF, PREVENT]);
        for _ in 0..9 {
            assert!(bench.told_after(ENABLE_AGAIN_US).is_empty());
        }
        bench.deaf.store(false, Ordering::Relaxed);
        assert!(bench.told_after(ENABLE_AGAIN_US / 2).is_empty(), "not in every turn of the reader");
        assert_eq!(bench.told_after(ENABLE_AGAIN_US / 2), [OFF]);
        assert!(bench.told_after(ENABLE_AGAIN_US).is_empty(), "it was taken");
    }

    #[test]
    fn an_answer_over_hid_is_told_from_a_code() {
        let Some(Reply::Menu(answers)) = answer("CBRENA?.", b"CBRENA1\x06.") else { panic!() };
        assert_eq!(answers[0].text, "CBRENA1");
        assert!(answer("REVINF.", b"Product Name: Voyager\r\nREVINF\x06.").is_some());
        assert!(answer("CBRENA?.", b"6901234567892").is_none());
        assert!(answer("REVINF.", b"6901234567892").is_none());
    }
}
