//! Mailboxes for edges that MQTT does not reach: what is for them waits here until they fetch it over HTTP.
//!
//! A mailbox lives as long as its edge keeps asking, and is no more trusted than a broker: what is lost with it, the edge asks for again.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use qitao_domain::ids::EdgeId;
use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};

/// An edge that has not asked for so long is gone. It asks again at once after each answer.
const SILENCE: Duration = Duration::from_secs(20);
/// Messages kept for one edge. The oldest go; the edge will ask again.
const WAITING: usize = 64;
/// Bytes of one answer, about: the first message is always in it.
const ANSWER: usize = 1024 * 1024;

/// Messages, and the number of the last.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Fetched {
    /// The messages, oldest first.
    pub messages: Vec<Vec<u8>>,
    /// Number of the last message that was ever fetched; asking with it says that all until it have arrived.
    pub through: u64,
}

#[derive(Debug)]
struct Inside {
    last: u64,
    waiting: VecDeque<(u64, Vec<u8>)>,
    asking: u32,
    asked: Instant,
    ended: bool,
}

/// One edge's mailbox, for one connection of it.
#[derive(Debug)]
pub struct Mailbox {
    session: u64,
    inside: Mutex<Inside>,
    news: Notify,
}

impl Mailbox {
    fn lock(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put(&self, bytes: Vec<u8>) {
        let mut inside = self.lock();
        inside.last += 1;
        let number = inside.last;
        inside.waiting.push_back((number, bytes));
        while inside.waiting.len() > WAITING {
            inside.waiting.pop_front();
        }
        drop(inside);
        self.news.notify_waiters();
    }

    fn look(&self, after: u64) -> Fetched {
        let mut inside = self.lock();
        while inside.waiting.front().is_some_and(|(number, _)| *number <= after) {
            inside.waiting.pop_front();
        }
        let mut fetched = Fetched { messages: Vec::new(), through: after };
        let mut bytes = 0;
        for (number, message) in &inside.waiting {
            bytes += message.len();
            if bytes > ANSWER && !fetched.messages.is_empty() {
                break;
            }
            fetched.messages.push(message.clone());
            fetched.through = *number;
        }
        fetched
    }

    /// What came after `after`, as soon as there is something, or nothing when `wait` is over.
    async fn fetch(&self, after: u64, wait: Duration) -> Fetched {
        let until = Instant::now() + wait;
        loop {
            let news = self.news.notified();
            tokio::pin!(news);
            // Listening begins before looking, so that nothing comes in between.
            news.as_mut().enable();
            let fetched = self.look(after);
            if !fetched.messages.is_empty() || self.lock().ended || timeout_at(until, news).await.is_err() {
                return fetched;
            }
        }
    }

    fn is_silent(&self, silence: Duration) -> bool {
        let inside = self.lock();
        inside.asking == 0 && inside.asked.elapsed() >= silence
    }

    /// Whoever waits here is answered.
    fn end(&self) {
        self.lock().ended = true;
        self.news.notify_waiters();
    }
}

/// Somebody is asking at a mailbox.
struct Asking<'a>(&'a Mailbox);

impl<'a> Asking<'a> {
    fn begin(mailbox: &'a Mailbox) -> Self {
        mailbox.lock().asking += 1;
        Self(mailbox)
    }
}

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        let mut inside = self.0.lock();
        inside.asking -= 1;
        inside.asked = Instant::now();
    }
}

/// All mailboxes.
#[derive(Debug)]
pub(super) struct Mailboxes {
    all: Mutex<HashMap<EdgeId, Arc<Mailbox>>>,
    silence: Duration,
}

impl Default for Mailboxes {
    fn default() -> Self {
        Self { all: Mutex::default(), silence: SILENCE }
    }
}

impl Mailboxes {
    fn lock(&self) -> MutexGuard<'_, HashMap<EdgeId, Arc<Mailbox>>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A fresh mailbox for a connection of an edge; an earlier one of this edge ends.
    pub(super) fn open(&self, edge: &EdgeId, session: u64) {
        let inside = Inside { last: 0, waiting: VecDeque::new(), asking: 0, asked: Instant::now(), ended: false };
        let mailbox = Arc::new(Mailbox { session, inside: Mutex::new(inside), news: Notify::new() });
        let before = self.lock().insert(edge.clone(), mailbox);
        if let Some(before) = before {
            before.end();
        }
    }

    fn of(&self, edge: &EdgeId, session: u64) -> Option<Arc<Mailbox>> {
        self.lock().get(edge).filter(|mailbox| mailbox.session == session).cloned()
    }

    /// Puts a message into the edge's mailbox. `false` when it has none.
    pub(super) fn put(&self, edge: &EdgeId, bytes: &[u8]) -> bool {
        let mailbox = self.lock().get(edge).cloned();
        mailbox.inspect(|mailbox| mailbox.put(bytes.to_vec())).is_some()
    }

    /// What came after `after`; `None` when this connection of the edge has no mailbox any more.
    pub(super) async fn fetch(&self, edge: &EdgeId, session: u64, after: u64, wait: Duration) -> Option<Fetched> {
        let mailbox = self.of(edge, session)?;
        let _asking = Asking::begin(&mailbox);
        let fetched = mailbox.fetch(after, wait).await;
        self.of(edge, session).map(|_| fetched)
    }

    /// Ends an edge's mailbox.
    pub(super) fn close(&self, edge: &EdgeId) {
        if let Some(mailbox) = self.lock().remove(edge) {
            mailbox.end();
        }
    }

    /// Ends all.
    pub(super) fn close_all(&self) {
        self.lock().drain().for_each(|(_, mailbox)| mailbox.end());
    }

    /// Waits until a connection's edge has gone silent or its mailbox has ended.
    pub(super) async fn gone(&self, edge: &EdgeId, session: u64) {
        while let Some(mailbox) = self.of(edge, session) {
            if mailbox.is_silent(self.silence) {
                self.lock().retain(|of, kept| of != edge || kept.session != session);
                return;
            }
            drop(mailbox);
            tokio::time::sleep(self.silence / 4).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(30);

    fn edge() -> EdgeId {
        EdgeId::new("e1").unwrap()
    }

    #[tokio::test]
    async fn a_message_stays_until_the_edge_says_that_it_arrived() {
        let boxes = Mailboxes::default();
        assert!(!boxes.put(&edge(), b"lost"));
        boxes.open(&edge(), 7);
        assert!(boxes.put(&edge(), b"a") && boxes.put(&edge(), b"b"));
        let both = Fetched { messages: vec![b"a".to_vec(), b"b".to_vec()], through: 2 };
        assert_eq!(boxes.fetch(&edge(), 7, 0, LONG).await, Some(both));
        // The answer was lost on its way: asking with the same number gives it again.
        assert_eq!(boxes.fetch(&edge(), 7, 1, LONG).await.unwrap().messages, [b"b"]);
        assert_eq!(boxes.fetch(&edge(), 7, 2, Duration::ZERO).await, Some(Fetched { messages: vec![], through: 2 }));
    }

    #[tokio::test]
    async fn a_waiting_edge_is_answered_at_once_and_another_connection_ends_it() {
        let boxes = Arc::new(Mailboxes::default());
        boxes.open(&edge(), 1);
        let ask = |boxes: Arc<Mailboxes>| tokio::spawn(async move { boxes.fetch(&edge(), 1, 0, LONG).await });
        let waiting = ask(boxes.clone());
        tokio::task::yield_now().await;
        boxes.put(&edge(), b"a");
        assert_eq!(waiting.await.unwrap().unwrap().through, 1);
        let waiting = tokio::spawn({
            let boxes = boxes.clone();
            async move { boxes.fetch(&edge(), 1, 1, LONG).await }
        });
        tokio::task::yield_now().await;
        boxes.open(&edge(), 2);
        assert_eq!(waiting.await.unwrap(), None);
        assert_eq!(boxes.fetch(&edge(), 1, 1, LONG).await, None);
        boxes.close(&edge());
        assert_eq!(boxes.fetch(&edge(), 2, 0, Duration::ZERO).await, None);
    }

    #[tokio::test]
    async fn who_does_not_ask_any_more_is_gone_and_who_asks_is_not() {
        let silence = Duration::from_millis(40);
        let boxes = Arc::new(Mailboxes { silence, ..Mailboxes::default() });
        boxes.open(&edge(), 1);
        let asking = tokio::spawn({
            let boxes = boxes.clone();
            async move { boxes.fetch(&edge(), 1, 0, LONG).await }
        });
        let own = edge();
        let gone = boxes.gone(&own, 1);
        tokio::pin!(gone);
        assert!(tokio::time::timeout(silence * 5, &mut gone).await.is_err());
        asking.abort();
        gone.await;
        assert!(!boxes.put(&edge(), b"a"));
    }

    #[tokio::test]
    async fn an_edge_that_does_not_fetch_fills_no_memory() {
        let boxes = Mailboxes::default();
        boxes.open(&edge(), 1);
        for n in 0..200_u8 {
            boxes.put(&edge(), &[n]);
        }
        let fetched = boxes.fetch(&edge(), 1, 0, LONG).await.unwrap();
        assert_eq!((fetched.messages.len(), fetched.through), (WAITING, 200));
    }
}
