//! What a caller gives: facts and state that go together, the right to send them, and their way to the disk.

use std::sync::mpsc;

use qitao_domain::event::Fact;
use qitao_domain::ids::Seq;
use serde::Serialize;
use tokio::sync::{OwnedSemaphorePermit, oneshot};

use super::record::{HEADER, MAX_RECORD};
use super::{OutboxError, Request};

/// What is committed together.
#[derive(Debug, Default)]
pub struct Append {
    /// As JSON.
    pub(super) fact: Option<Vec<u8>>,
    /// By key; `None` forgets.
    pub(super) states: Vec<(String, Option<Vec<u8>>)>,
}

impl Append {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// With a fact; the committer gives it its sequence number.
    ///
    /// # Errors
    /// [`OutboxError::TooLarge`].
    pub fn with_fact(mut self, fact: &Fact) -> Result<Self, OutboxError> {
        self.fact = Some(bounded(serde_json::to_vec(fact)?)?);
        Ok(self)
    }

    /// With a piece of state to keep under a key.
    ///
    /// # Errors
    /// [`OutboxError::TooLarge`].
    pub fn put(&mut self, key: impl Into<String>, value: &impl Serialize) -> Result<(), OutboxError> {
        self.states.push((key.into(), Some(bounded(serde_json::to_vec(value)?)?)));
        Ok(())
    }

    /// With a piece of state to forget.
    pub fn delete(&mut self, key: impl Into<String>) {
        self.states.push((key.into(), None));
    }

    /// Whether there is nothing to commit.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.fact.is_none() && self.states.is_empty()
    }
}

fn bounded(bytes: Vec<u8>) -> Result<Vec<u8>, OutboxError> {
    // A key has at most 200 bytes in practice; half a kilobyte is left for it.
    if bytes.len() + HEADER + 512 <= MAX_RECORD { Ok(bytes) } else { Err(OutboxError::TooLarge(bytes.len())) }
}

/// The right to send one append without waiting; taken before a decision is made, so that nothing waits while the floor is locked.
pub struct Slot {
    pub(super) permit: OwnedSemaphorePermit,
    pub(super) requests: mpsc::Sender<Request>,
}

/// An append on its way to the disk.
#[must_use = "the append is durable only when this says so"]
pub struct Pending(oneshot::Receiver<Option<Seq>>);

impl Slot {
    /// Queues the append. Order of calls is order in the stream.
    pub fn send(self, append: Append) -> Pending {
        let (reply, answer) = oneshot::channel();
        // A closed channel drops `reply`, and `Pending` then says `Stopped`.
        let _ = self.requests.send(Request::Append { append, reply, _permit: self.permit });
        Pending(answer)
    }
}

impl Pending {
    /// Waits until the append is on disk; the sequence number when there was a fact in it.
    ///
    /// # Errors
    /// [`OutboxError::Stopped`] when the commit failed: nobody knows whether it is on disk, and the process is about to end.
    pub async fn durable(self) -> Result<Option<Seq>, OutboxError> {
        self.0.await.map_err(|_| OutboxError::Stopped)
    }
}
