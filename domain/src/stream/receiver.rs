//! The hub's end: decides what a hello or a batch means for an edge's stream.
//!
//! [`Stream`] is the edge's row. The shell loads it under the row's lock, calls [`Stream::hello`] or [`Stream::batch`], does what the answer
//! says, saves the row, commits, and only then publishes the reply. A transaction that fails is as if nothing had come: throw the row away.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::ids::{Epoch, ScanId, Seq};
use crate::protocol::{Batch, Down, Hello, OLDEST_VERSION, Refusal, VERSION, Welcome, scan_of};

/// So often must a process that was already replaced come back before it counts as a clone. One late hello makes two returns (its own, and that
/// of the rightful process), and hellos are seldom late; two living clones go on for ever.
pub const CLONE_RETURNS: u32 = 6;

/// Where an edge's stream stands at the hub. Serialisable as a whole, for a JSON column, or field by field.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Stream {
    /// Current epoch; 0 before the first hello.
    pub epoch: Epoch,
    /// Highest sequence number of the epoch in the database.
    pub committed: Seq,
    /// The fact at `committed`, when it says its id.
    pub head: Option<ScanId>,
    /// The epoch before this one, as far as the edge ever took it up. Until the edge has taken up a new epoch it may come again with the old
    /// one, and then this says what is missing.
    pub ended: Option<Ended>,
    /// Number of the current link; batches of others are ignored.
    pub link: u64,
    /// Process that the link belongs to.
    pub session: u64,
    /// Its latest hello.
    pub attempt: u32,
    /// The process before.
    pub previous_session: u64,
    /// Its latest hello.
    pub previous_attempt: u32,
    /// How often the process before came back since there are these two.
    pub returns: u32,
    /// Boot of the edge's machine, for the fleet page.
    pub boot: u64,
    /// Highest `next_seq` heard of in this epoch, for the fleet page: `next_seq_seen − 1 − committed` facts are still to come.
    pub next_seq_seen: Seq,
    /// Fingerprint of the machine that speaks; empty: take the next one.
    pub fingerprint: String,
    /// Set when nobody may speak until a person has looked; see [`Stream::forgive`].
    pub refused: Option<Refusal>,
}

/// An epoch that ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    /// Which.
    pub epoch: Epoch,
    /// Highest sequence number of it in the database.
    pub committed: Seq,
    /// The epoch that was minted then. There may have been more since, for hellos whose welcome was lost.
    pub next: Epoch,
}

/// What the hub knows when somebody says hello.
#[derive(Debug, Clone, Copy)]
pub struct Door {
    /// The edge is disabled at the hub.
    pub disabled: bool,
    /// How many facts may be on the way; 0 when the hub has too much to do.
    pub window: u32,
    /// The hub's clock, milliseconds since 1970 UTC.
    pub now_ms: i64,
    /// A random number, fresh for every hello: the number of the link.
    pub random: u64,
}

/// What to do about a hello.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Greeting {
    /// To be published after the commit; `None` for a hello that is out of date.
    pub reply: Option<Down>,
    /// To be made cases of, in the same transaction.
    pub news: Vec<News>,
}

/// What a person should hear of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "news", rename_all = "snake_case")]
pub enum News {
    /// The edge's disk is older than what the hub has of it: restored from an image, or a lost tail. Facts that were only on that disk are gone.
    EdgeWentBack {
        /// Epoch that ended, or the older one that the edge came with.
        old: Epoch,
        /// Epoch that began.
        new: Epoch,
    },
    /// The edge came without an epoch, though it once had one: a new disk, or one that was set aside.
    EdgeStartedAnew {
        /// Epoch that ended.
        old: Epoch,
        /// Epoch that began.
        new: Epoch,
    },
    /// The edge knows an epoch that the hub does not: the hub's database was restored from a backup of before it. The edge sends all it keeps;
    /// what it kept no longer may be missing.
    HubWentBack {
        /// The hub's epoch.
        hub: Epoch,
        /// The edge's.
        edge: Epoch,
        /// Epoch that began.
        new: Epoch,
    },
    /// These facts are neither in the hub's database nor on the edge's disk any more.
    Lost {
        /// Their epoch.
        epoch: Epoch,
        /// First of them.
        first: Seq,
        /// Last of them.
        last: Seq,
        /// Epoch that began.
        new: Epoch,
    },
    /// A machine with another fingerprint spoke for this edge and was refused. The original goes on.
    ClonedDisk {
        /// Fingerprint that was refused.
        fingerprint: String,
    },
    /// Two processes with the same fingerprint speak for this edge in turn. Both are refused from now on.
    ClonedProcess,
}

/// What to do about a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Which facts of the batch to insert, with sequence numbers from `first + start`; empty for nothing. The insert skips facts whose scan id is
    /// already there (they came in an earlier epoch), and keeps what it cannot read or apply as a case: each still counts as taken.
    pub apply: Range<usize>,
    /// To be published after the commit.
    pub reply: Option<Down>,
    /// Why it was ignored, for the log.
    pub ignored: Option<Ignored>,
}

/// Why a batch is nobody's business.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Ignored {
    /// Sent on a link that another hello has ended. The edge will notice the silence and say hello.
    #[error("batch of an earlier link")]
    OtherLink,
    /// Of another epoch.
    #[error("batch of another epoch")]
    OtherEpoch,
    /// Sequence numbers start at 1 and have 64 bits.
    #[error("sequence numbers out of range")]
    OutOfRange,
    /// The edge is refused.
    #[error("the edge is refused")]
    Refused,
}

impl Stream {
    /// Decides about a hello.
    pub fn hello(&mut self, hello: &Hello, door: Door) -> Greeting {
        let refuse = |reason, news| Greeting { reply: Some(Down::Refused { session: hello.session, reason }), news };
        if !(OLDEST_VERSION..=VERSION).contains(&hello.protocol) {
            return refuse(Refusal::Protocol, vec![]);
        }
        if door.disabled {
            return refuse(Refusal::Disabled, vec![]);
        }
        let known_attempt = match hello.session {
            session if session == self.session => self.attempt,
            session if session == self.previous_session => self.previous_attempt,
            _ => 0,
        };
        if hello.attempt < known_attempt || (hello.attempt == known_attempt && hello.session != self.session) {
            return Greeting { reply: None, news: vec![] };
        }
        if let Some(reason) = self.refused {
            return refuse(reason, vec![]);
        }
        if hello.epoch != Epoch(0) && !self.fingerprint.is_empty() && hello.fingerprint != self.fingerprint {
            return refuse(Refusal::Cloned, vec![News::ClonedDisk { fingerprint: hello.fingerprint.clone() }]);
        }
        if hello.session == self.session && hello.attempt == known_attempt && self.epoch != Epoch(0) {
            return Greeting { reply: Some(self.welcome(door)), news: vec![] };
        }
        if self.counts_as_clone(hello) {
            self.refused = Some(Refusal::Cloned);
            return refuse(Refusal::Cloned, vec![News::ClonedProcess]);
        }
        let Some(new) = self.epoch.max(hello.epoch).0.checked_add(1).map(Epoch) else { return refuse(Refusal::Protocol, vec![]) };
        let news = self.why_new_epoch(hello, new);
        if news.is_some() {
            if self.unheard_of(hello.epoch).is_none() && (self.committed > Seq(0) || hello.epoch >= self.epoch) {
                self.ended = Some(Ended { epoch: self.epoch, committed: self.committed, next: new });
            }
            (self.epoch, self.committed, self.head, self.next_seq_seen) = (new, Seq(0), None, Seq(1));
        } else {
            self.next_seq_seen = self.next_seq_seen.max(hello.next_seq);
        }
        self.fingerprint.clone_from(&hello.fingerprint);
        self.boot = hello.boot;
        self.link = door.random.max(1);
        Greeting { reply: Some(self.welcome(door)), news: news.unwrap_or_default() }
    }

    /// Decides about a batch, and takes the row forward to where it stands once the facts are inserted.
    pub fn batch(&mut self, batch: &Batch, window: u32) -> Step {
        let ignored = |why| Step { apply: 0..0, reply: None, ignored: Some(why) };
        if self.refused.is_some() {
            return ignored(Ignored::Refused);
        }
        if batch.link != self.link || self.epoch == Epoch(0) {
            return ignored(Ignored::OtherLink);
        }
        if batch.epoch != self.epoch {
            return ignored(Ignored::OtherEpoch);
        }
        let count = batch.facts.len();
        let Some(end) = u64::try_from(count).ok().and_then(|count| batch.first.0.checked_add(count)).filter(|_| batch.first.0 > 0) else {
            return ignored(Ignored::OutOfRange);
        };
        let expected = self.committed.next();
        if batch.first > expected {
            return Step { apply: 0..0, reply: Some(Down::Nack { link: self.link, epoch: self.epoch, expected }), ignored: None };
        }
        let new = usize::try_from(end.saturating_sub(expected.0)).unwrap_or(count).min(count);
        if new > 0 {
            self.committed = Seq(end - 1);
            self.head = batch.facts.last().and_then(scan_of);
            self.next_seq_seen = self.next_seq_seen.max(Seq(end));
        }
        Step { apply: count - new..count, reply: Some(self.ack(window)), ignored: None }
    }

    /// The state of things as an ack: after a batch, and whenever the hub wants to change the window of an edge that is connected.
    #[must_use]
    pub const fn ack(&self, window: u32) -> Down {
        Down::Ack { link: self.link, epoch: self.epoch, committed: self.committed, window }
    }

    /// A person has looked at a clone's alarm: the next machine that says hello is the edge.
    pub fn forgive(&mut self) {
        self.refused = None;
        self.returns = 0;
        self.fingerprint.clear();
    }

    const fn welcome(&self, door: Door) -> Down {
        Down::Welcome(Welcome {
            session: self.session,
            attempt: self.attempt,
            link: self.link,
            epoch: self.epoch,
            committed: self.committed,
            head: self.head,
            window: door.window,
            now_ms: door.now_ms,
        })
    }

    /// Notes who speaks now. One edge is one process (it holds a lock on its outbox), so a process that comes back after another has spoken is a
    /// clone, or a hello that was under way for long.
    fn counts_as_clone(&mut self, hello: &Hello) -> bool {
        if hello.session != self.session {
            self.returns = if hello.session == self.previous_session { self.returns + 1 } else { 0 };
            (self.previous_session, self.previous_attempt) = (self.session, self.attempt);
            self.session = hello.session;
        }
        self.attempt = hello.attempt;
        self.returns >= CLONE_RETURNS
    }

    /// The epoch to compare an edge with that has not heard of the current one.
    fn unheard_of(&self, edge: Epoch) -> Option<Ended> {
        self.ended.filter(|ended| self.committed == Seq(0) && edge < ended.next)
    }

    /// `None`: the epoch goes on. Otherwise what to report of its end, which may be nothing: a new epoch that the edge never heard of ends
    /// quietly, and what is to be said of the one before is said again.
    fn why_new_epoch(&self, hello: &Hello, new: Epoch) -> Option<Vec<News>> {
        let edge = hello.epoch;
        let (hub, committed) = self.unheard_of(edge).map_or((self.epoch, self.committed), |ended| (ended.epoch, ended.committed));
        let mut news = vec![];
        if edge > hub {
            news.push(News::HubWentBack { hub, edge, new });
        } else if edge < hub && committed > Seq(0) {
            news.push(if edge == Epoch(0) { News::EdgeStartedAnew { old: hub, new } } else { News::EdgeWentBack { old: edge, new } });
        } else if edge == hub && edge > Epoch(0) {
            if hello.diverged || committed >= hello.next_seq {
                news.push(News::EdgeWentBack { old: hub, new });
            }
            if committed.next() < hello.oldest_kept {
                news.push(News::Lost { epoch: hub, first: committed.next(), last: Seq(hello.oldest_kept.0 - 1), new });
            }
        }
        (!news.is_empty() || edge != self.epoch || edge == Epoch(0)).then_some(news)
    }
}

#[cfg(test)]
mod tests;
