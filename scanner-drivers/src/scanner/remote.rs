//! The way from the host to a scanner: answers and orders that never wait, questions that are answered in their order.
//!
//! A [`Remote`] belongs to a worker, not to one plugging-in: it may be kept for as long as the worker lives.

use std::time::Duration;

use qitao_domain::work::Tone;
use tokio::sync::{mpsc, oneshot};

use super::speech::Order;
pub use super::speech::exchange::{ExchangeError, Reply, Request};

/// Answers and orders on their way at most; what does not fit is late anyway.
const WORDS: usize = 32;
/// Questions that wait at most.
const QUESTIONS: usize = 16;

/// Talks to one scanner. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Remote {
    words: mpsc::Sender<Word>,
    questions: mpsc::Sender<Question>,
}

/// Longest time that an answer is waited for.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// What does not wait for a reply.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Word {
    /// The answer to the code with this number.
    Answer(u64, Tone),
    /// Something to do.
    Order(Order),
}

/// A question on its way.
#[derive(Debug)]
pub(crate) struct Question {
    pub request: Request,
    pub wait: Duration,
    pub reply: oneshot::Sender<Result<Reply, ExchangeError>>,
}

impl Question {
    /// How long to wait for the answer, in microseconds.
    pub(crate) fn wait_us(&self) -> u64 {
        u64::try_from(self.wait.min(LONGEST_WAIT).as_micros()).unwrap_or(u64::MAX)
    }

    /// Answers it; who asked may have gone away.
    pub(crate) fn answer(self, result: Result<Reply, ExchangeError>) {
        let _ = self.reply.send(result);
    }
}

/// The worker's end.
#[derive(Debug)]
pub(crate) struct Orders {
    pub words: mpsc::Receiver<Word>,
    pub questions: mpsc::Receiver<Question>,
}

impl Remote {
    pub(crate) fn new() -> (Self, Orders) {
        let (words, heard) = mpsc::channel(WORDS);
        let (questions, asked) = mpsc::channel(QUESTIONS);
        (Self { words, questions }, Orders { words: heard, questions: asked })
    }

    /// Answers a scan by its number: it is on disk, or refused, and the scanner may forget it. Told to the person as well as the family can. Never waits,
    /// is forgotten while the device is away, and says nothing when the scan was given up or came over an earlier connection.
    pub fn answer(&self, number: u64, tone: Tone) {
        self.say(Word::Answer(number, tone));
    }

    /// Tells the scanner to do something, if its family can. Never waits, and is forgotten while the device is away.
    pub fn order(&self, order: Order) {
        self.say(Word::Order(order));
    }

    fn say(&self, word: Word) {
        if self.words.try_send(word).is_err() {
            tracing::debug!(?word, "a word to a scanner was not taken");
        }
    }

    /// Asks, and waits for the answer as long as told, counted from the asking of the device and at most a minute. Codes scanned meanwhile come as always.
    ///
    /// # Errors
    /// [`ExchangeError`] says what to do.
    pub async fn exchange(&self, request: Request, wait: Duration) -> Result<Reply, ExchangeError> {
        let (reply, answer) = oneshot::channel();
        match self.questions.try_send(Question { request, wait, reply }) {
            Ok(()) => answer.await.unwrap_or(Err(ExchangeError::Offline)),
            Err(mpsc::error::TrySendError::Full(_)) => Err(ExchangeError::Busy),
            Err(mpsc::error::TrySendError::Closed(_)) => Err(ExchangeError::Offline),
        }
    }
}

impl Orders {
    /// While the device is away: words are forgotten, questions are answered that it is. Never ends by itself.
    pub(crate) async fn decline(&mut self) {
        loop {
            tokio::select! {
                Some(_) = self.words.recv() => {}
                Some(question) = self.questions.recv() => question.answer(Err(ExchangeError::Offline)),
                else => std::future::pending().await,
            }
        }
    }
}
