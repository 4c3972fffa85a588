//! The edge's end: when to connect, to say hello, to send which facts, to wait, and to give a connection up.
//!
//! Go-back-N with cumulative acks. Nothing is resent on a mere guess: silence leads to a new hello, and the welcome says where to go on. See the
//! module above for how a shell drives it.

mod words;

use super::Position;
use crate::ids::{Epoch, ScanId, Seq};
use crate::protocol::{Down, MAX_BATCH, Refusal, Welcome};
pub use words::{Action, Hail, Input, LinkState, Timing};

/// Hellos in a row that need no wait between them.
const HURRIED_MOST: u32 = 4;

/// The edge's end of the stream. Keeps nothing durable: everything it needs to know again after a crash is in the outbox and at the hub.
#[derive(Debug)]
pub struct Sender {
    session: u64,
    timing: Timing,
    attempt: u32,
    /// Connections in a row that brought no welcome.
    failures: u32,
    diverged: bool,
    /// What the last hello said of the oldest fact kept.
    hailed: Seq,
    /// Hellos said without waiting since something last moved.
    hurried: u32,
    /// When something last moved.
    progress_at: u64,
    phase: Phase,
    shown: LinkState,
}

#[derive(Debug)]
enum Phase {
    Offline { until: u64 },
    Connecting { until: u64 },
    Greeting { until: u64, tries: u32 },
    Settling(Welcome),
    Streaming(Flow),
    Refused { reason: Refusal, until: u64 },
}

#[derive(Debug)]
struct Flow {
    link: u64,
    epoch: Epoch,
    acked: Seq,
    /// Where to go on from; back to `acked` after a nack.
    sent: Seq,
    /// Highest that ever went out on this link.
    highest: Seq,
    window: u32,
    filling: Option<Fill>,
    /// A gap that has been answered already.
    nacked: Option<Seq>,
    quiet_since: u64,
    jitter: u64,
    until: u64,
}

/// A batch that the shell is sending.
#[derive(Debug, Clone, Copy)]
struct Fill {
    first: Seq,
    last: Seq,
    /// A nack came meanwhile: where it ends is not where to go on.
    void: bool,
}

impl Sender {
    /// A sender of a process that has just started. `session` is random, new for every start.
    #[must_use]
    pub const fn new(session: u64, timing: Timing) -> Self {
        Self {
            session,
            timing,
            attempt: 0,
            failures: 0,
            diverged: false,
            hailed: Seq(0),
            hurried: 0,
            progress_at: 0,
            phase: Phase::Offline { until: 0 },
            shown: LinkState::Offline,
        }
    }

    /// When to hand in [`Input::Tick`] at the latest; `None` while only the shell has something to do.
    #[must_use]
    pub const fn deadline(&self) -> Option<u64> {
        match &self.phase {
            Phase::Offline { until } | Phase::Connecting { until } | Phase::Greeting { until, .. } | Phase::Refused { until, .. } => {
                Some(*until)
            }
            Phase::Settling(_) => None,
            Phase::Streaming(flow) => Some(flow.until),
        }
    }

    /// The link as the panel shows it.
    #[must_use]
    pub const fn link(&self) -> LinkState {
        match &self.phase {
            Phase::Offline { .. } | Phase::Connecting { .. } => LinkState::Offline,
            Phase::Greeting { .. } | Phase::Settling(_) => LinkState::Greeting,
            Phase::Streaming(Flow { window: 0, .. }) => LinkState::Paused,
            Phase::Streaming(_) => LinkState::Online,
            Phase::Refused { reason, .. } => LinkState::Refused(*reason),
        }
    }

    /// The fact of the current epoch whose scan id has to be handed in together with this message.
    #[must_use]
    pub fn wanted(&self, position: Position, message: &Down) -> Option<Seq> {
        match message {
            Down::Welcome(w) if self.answers(w) && w.epoch == position.epoch && w.head.is_some() && w.committed > Seq(0) => {
                Some(w.committed)
            }
            _ => None,
        }
    }

    /// Takes what happened and says what to do. `now_ms` is monotonic, `random` fresh for every call, `position` as it is on disk now.
    pub fn handle(&mut self, now_ms: u64, random: u64, position: Position, input: Input<'_>) -> Vec<Action> {
        let mut step = Turn { now: now_ms, random, position, actions: vec![] };
        match input {
            Input::Connected => {
                self.progress_at = now_ms;
                self.greet(&mut step, 0);
            }
            Input::Disconnected if matches!(self.phase, Phase::Offline { .. }) => {}
            Input::Disconnected => self.go_offline(&step),
            Input::Down { message, mine } => self.heard(&mut step, message, mine),
            Input::Settled => self.settled(&mut step),
            Input::Sent { link, through } => self.sent(&mut step, link, through),
            Input::Committed => {}
            Input::Tick => self.tick(&mut step),
        }
        self.pump(&mut step);
        let link = self.link();
        if link != self.shown {
            self.shown = link;
            step.actions.push(Action::Link(link));
        }
        step.actions
    }

    const fn answers(&self, welcome: &Welcome) -> bool {
        matches!(self.phase, Phase::Greeting { .. }) && welcome.session == self.session && welcome.attempt == self.attempt
    }

    fn greet(&mut self, step: &mut Turn, tries: u32) {
        self.attempt += 1;
        let wait = self.timing.welcome << tries.min(4);
        self.phase = Phase::Greeting { until: step.now + wait + step.jitter(wait), tries };
        let Position { epoch, next_seq, oldest_kept, .. } = step.position;
        self.hailed = oldest_kept;
        let hail = Hail { session: self.session, attempt: self.attempt, epoch, diverged: self.diverged, next_seq, oldest_kept };
        step.actions.push(Action::SendHello(hail));
    }

    /// Says hello because of something that cannot wait; but not for ever without a wait, should the two ends misunderstand each other.
    fn greet_soon(&mut self, step: &mut Turn) {
        if self.hurried < HURRIED_MOST {
            self.hurried += 1;
            return self.greet(step, 0);
        }
        self.attempt += 1; // No welcome answers this one.
        let wait = self.timing.welcome;
        self.phase = Phase::Greeting { until: step.now + wait + step.jitter(wait), tries: 0 };
    }

    fn go_offline(&mut self, step: &Turn) {
        let most = (self.timing.connect << self.failures.min(16)).min(self.timing.connect_most);
        self.failures = self.failures.saturating_add(1);
        self.phase = Phase::Offline { until: step.now + step.jitter(most) };
    }

    fn tick(&mut self, step: &mut Turn) {
        if self.deadline().is_none_or(|at| step.now < at) {
            return;
        }
        match &self.phase {
            Phase::Offline { .. } => {
                self.phase = Phase::Connecting { until: step.now + self.timing.connecting };
                step.actions.push(Action::Connect);
            }
            Phase::Greeting { tries, .. } => {
                let tries = *tries + 1;
                self.greet_or_give_up(step, tries);
            }
            Phase::Streaming(flow) if flow.sent > flow.acked => self.greet_or_give_up(step, 0),
            Phase::Streaming(_) | Phase::Refused { .. } => {
                self.progress_at = step.now;
                self.greet(step, 0);
            }
            Phase::Connecting { .. } => self.give_up(step),
            Phase::Settling(_) => {}
        }
    }

    fn greet_or_give_up(&mut self, step: &mut Turn, tries: u32) {
        if step.now.saturating_sub(self.progress_at) >= self.timing.watchdog {
            self.give_up(step);
        } else {
            self.greet(step, tries);
        }
    }

    fn give_up(&mut self, step: &mut Turn) {
        step.actions.push(Action::Reconnect);
        self.go_offline(step);
    }

    fn heard(&mut self, step: &mut Turn, message: &Down, mine: Option<ScanId>) {
        match message {
            Down::Welcome(welcome) if self.answers(welcome) => self.welcomed(step, welcome, mine),
            Down::Refused { session, reason } if *session == self.session && !matches!(self.phase, Phase::Offline { .. }) => {
                let wait = self.timing.refused;
                self.failures = 0;
                self.phase = Phase::Refused { reason: *reason, until: step.now + wait + step.jitter(wait) };
            }
            Down::Ack { link, epoch, committed, window } => self.acked(step, (*link, *epoch), *committed, Some(*window)),
            Down::Nack { link, epoch, expected } => self.nacked(step, (*link, *epoch), *expected),
            Down::Welcome(_) | Down::Refused { .. } | Down::Datasets { .. } | Down::Tasks { .. } | Down::Progress { .. } => {}
        }
    }

    fn welcomed(&mut self, step: &mut Turn, welcome: &Welcome, mine: Option<ScanId>) {
        let Position { epoch, oldest_kept, acked, .. } = step.position;
        if welcome.epoch < epoch || (welcome.epoch == epoch && self.diverged) || welcome.epoch == Epoch(0) {
            return; // Not an answer to what was asked; the timer asks again.
        }
        // Retention dropped rows after the hello: the hub has to hear of it when it lacks them, and in a new epoch only the hub knows.
        let lacks_more =
            if welcome.epoch == epoch { welcome.committed.0.saturating_add(1) < oldest_kept.0 } else { self.hailed < oldest_kept };
        if lacks_more {
            return self.greet_soon(step);
        }
        if welcome.epoch == epoch {
            let differs = welcome.committed > Seq(0) && welcome.head.is_some_and(|head| mine != Some(head));
            if differs || welcome.committed > step.position.last() {
                self.diverged = true;
                step.actions.push(Action::Diverged { epoch, at: welcome.committed });
                return self.greet_soon(step);
            }
        }
        if welcome.epoch != epoch || welcome.committed > acked || step.position.last() == welcome.committed || welcome.window == 0 {
            self.progress_at = step.now;
        }
        self.failures = 0;
        step.actions.push(Action::Settle { epoch: welcome.epoch, committed: welcome.committed });
        self.phase = Phase::Settling(welcome.clone());
    }

    fn settled(&mut self, step: &mut Turn) {
        let Phase::Settling(Welcome { link, epoch, committed, window, .. }) = self.phase else { return };
        self.diverged = false;
        self.phase = Phase::Streaming(Flow {
            link,
            epoch,
            acked: committed,
            sent: committed,
            highest: committed,
            window,
            filling: None,
            nacked: None,
            quiet_since: step.now,
            jitter: 0,
            until: step.now,
        });
    }

    /// Any cumulative receipt.
    fn acked(&mut self, step: &mut Turn, of: (u64, Epoch), committed: Seq, window: Option<u32>) {
        let Phase::Streaming(flow) = &mut self.phase else { return };
        if of != (flow.link, flow.epoch) {
            return;
        }
        if committed > flow.filling.map_or(flow.highest, |fill| fill.last.max(flow.highest)) {
            // Something was committed on this link that did not come from here. (The shell may still be about to say what it has sent.)
            return self.greet_soon(step);
        }
        if committed < flow.acked {
            return; // Overtaken by a later one, the window in it too.
        }
        if let Some(window) = window {
            flow.window = window;
            if window == 0 {
                flow.quiet_since = step.now;
                self.progress_at = step.now;
            }
        }
        if committed > flow.acked {
            flow.acked = committed;
            flow.sent = flow.sent.max(committed);
            flow.nacked = None;
            flow.quiet_since = step.now;
            self.progress_at = step.now;
            self.hurried = 0;
            step.actions.push(Action::MarkAcked { epoch: flow.epoch, through: committed });
        }
    }

    fn nacked(&mut self, step: &mut Turn, of: (u64, Epoch), expected: Seq) {
        let committed = Seq(expected.0.saturating_sub(1));
        if let Phase::Streaming(flow) = &self.phase
            && of == (flow.link, flow.epoch)
            && committed < flow.acked
        {
            // The hub went back on a living link, or a very late nack; the welcome will tell.
            return self.greet_soon(step);
        }
        self.acked(step, of, committed, None);
        if let Phase::Streaming(flow) = &mut self.phase
            && of == (flow.link, flow.epoch)
            && flow.nacked != Some(expected)
        {
            // Once only: every batch behind the gap brings the same nack.
            flow.nacked = Some(expected);
            flow.sent = committed;
            flow.filling = flow.filling.map(|fill| Fill { void: true, ..fill });
        }
    }

    fn sent(&mut self, step: &mut Turn, link: u64, through: Seq) {
        let Phase::Streaming(flow) = &mut self.phase else { return };
        let Some(fill) = flow.filling.filter(|_| link == flow.link) else { return };
        flow.filling = None;
        if through < fill.first {
            return self.greet_soon(step);
        }
        let through = through.min(fill.last);
        flow.highest = flow.highest.max(through);
        if !fill.void {
            if flow.sent == flow.acked {
                flow.quiet_since = step.now;
                self.progress_at = step.now;
            }
            flow.sent = flow.sent.max(through);
        }
    }

    /// Sends what may be sent, and sets the timer for what is waited for.
    fn pump(&mut self, step: &mut Turn) {
        let Phase::Streaming(flow) = &mut self.phase else { return };
        let Position { epoch, oldest_kept, .. } = step.position;
        let last = step.position.last();
        if epoch != flow.epoch || last < flow.sent {
            return self.greet_soon(step); // The disk is not the one that was settled.
        }
        let on_the_way = flow.sent.0 - flow.acked.0;
        let room = u64::from(flow.window).saturating_sub(on_the_way);
        let count = room.min(last.0 - flow.sent.0).min(MAX_BATCH as u64);
        // A part of a batch goes at once when nothing is on the way, and otherwise waits for the next receipt. So a lone fact does not wait, and many
        // fill their batches: small ones cost the hub a transaction each, and every receipt for one would make room for only another small one.
        let enough = (MAX_BATCH as u64).min(u64::from(flow.window) / 2).max(1);
        let worth_it = count >= enough || (count > 0 && on_the_way == 0);
        if flow.filling.is_none() && worth_it {
            let first = flow.sent.next();
            if first < oldest_kept {
                return self.greet_soon(step);
            }
            let fill = Fill { first, last: Seq(flow.sent.0 + count), void: false };
            flow.filling = Some(fill);
            step.actions.push(Action::SendBatch { link: flow.link, epoch, first, last: fill.last });
        }
        let wait = if on_the_way > 0 || flow.filling.is_some() {
            self.timing.silence
        } else if last > flow.sent {
            self.timing.pause
        } else {
            self.timing.idle
        };
        flow.jitter = flow.jitter.min(wait / 2);
        if flow.until <= step.now || flow.jitter == 0 {
            flow.jitter = step.jitter(wait / 2);
        }
        flow.until = flow.quiet_since + wait + flow.jitter;
    }
}

/// One call of [`Sender::handle`].
struct Turn {
    now: u64,
    random: u64,
    position: Position,
    actions: Vec<Action>,
}

impl Turn {
    /// Random between 0 and `most`.
    const fn jitter(&self, most: u64) -> u64 {
        self.random % (most + 1)
    }
}

#[cfg(test)]
mod tests;
