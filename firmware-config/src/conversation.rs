//! One conversation with a device: what it holds is asked, compared, set where it differs, read back, and kept for good only when that was asked for.
//!
//! It does no input or output. Whoever runs it sends what [`Conversation::next`] gives and hands in what came back; silence, refusals, late and
//! repeated answers and a device that goes away are all answers here.
//!
//! A device's permanent memory takes a limited number of writes. So a change is made in volatile memory first and read back; it is written for good
//! only on request, only where what is kept there is not known to be right already, and every such write is counted in [`Kept`].

mod setbacks;

use std::collections::VecDeque;

use serde::Serialize;

use crate::family::{Family, Item};
use crate::plan::{Done, Holdings, Kept, Plan, State, plan};
use crate::talk::{self, Held, NoReply, NotMine, Reply, Request};
use crate::wanted::SettingsProfile;

/// How often a question is asked when nothing comes back.
const ATTEMPTS: u8 = 3;
/// After so many questions that were given up one after the other the device counts as silent.
const MUTE: u8 = 2;
/// How many answers to something else are passed over for one question; a device that talks without end has gone wrong.
const MOST_STRANGE: u8 = 8;

/// What the conversation is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Goal {
    /// To know what differs: `plan` and `verify`.
    Look,
    /// To make it equal.
    Apply {
        /// Also over a power cycle.
        permanent: bool,
    },
}

/// Why a conversation ended before it was complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Trouble {
    /// It did not answer; what was sent last may have taken effect.
    #[error("the device does not answer")]
    Silent,
    /// It went away.
    #[error("the device has gone")]
    Gone,
    /// It cannot be asked over this wire.
    #[error("the device cannot be set over this wire; print a sheet of programming codes")]
    Unsupported,
    /// It would not let itself be asked.
    #[error("the device refuses to be set")]
    Refused,
    /// Its settings are permanent by nature, and that was not asked for.
    #[error("this family keeps every change for good; say so with --permanent")]
    AskForPermanent,
}

/// How a conversation ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The device beside its profile, and what was done.
    #[serde(flatten)]
    pub plan: Plan,
    /// Writes to permanent memory in this conversation.
    pub flash_writes: u64,
    /// Why it is not complete.
    pub trouble: Option<Trouble>,
    /// To be kept for the next time.
    #[serde(skip)]
    pub kept: Kept,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Entering,
    /// What is in force.
    Reading,
    /// What is kept over a power cycle.
    ReadingKept,
    /// One item, in volatile memory, or for good where there is no other.
    Setting(usize),
    Checking(usize),
    /// One item, for good.
    Keeping(usize),
    CheckingKept(usize),
    Leaving,
    Over,
}

/// A conversation.
#[derive(Debug)]
pub struct Conversation {
    family: &'static Family,
    goal: Goal,
    items: Vec<Item>,
    plan: Plan,
    profile: SettingsProfile,
    kept: Kept,
    writes_before: u64,
    phase: Phase,
    /// Batches of places that are still to be asked.
    questions: VecDeque<Vec<usize>>,
    /// Places that were asked alone already.
    alone: Vec<bool>,
    in_force: Holdings,
    permanent: Holdings,
    /// Items that are still to be set.
    work: VecDeque<usize>,
    attempts: u8,
    strange: u8,
    /// Questions given up one after the other.
    mute: u8,
    changed: bool,
    /// A change was not answered: it may have been made or not, and is looked for before it is sent again.
    unsure: bool,
    /// How often the change that is in work was sent.
    sent: u8,
    trouble: Option<Trouble>,
}

impl Conversation {
    /// Begins.
    #[must_use]
    pub fn new(family: &'static Family, profile: &SettingsProfile, goal: Goal, kept: Kept) -> Self {
        let (items, _) = family.items(&profile.set);
        let plan = plan(family, profile, &Holdings::new());
        let mut conversation = Self {
            family,
            goal,
            alone: vec![false; items.len()],
            items,
            plan,
            profile: profile.clone(),
            writes_before: kept.flash_writes,
            kept,
            phase: Phase::Over,
            questions: VecDeque::new(),
            in_force: Holdings::new(),
            permanent: Holdings::new(),
            work: VecDeque::new(),
            attempts: 0,
            strange: 0,
            mute: 0,
            changed: false,
            unsure: false,
            sent: 0,
            trouble: None,
        };
        if matches!(goal, Goal::Apply { permanent: false }) && !family.volatile {
            conversation.trouble = Some(Trouble::AskForPermanent);
        } else if talk::enter(family).is_some() {
            conversation.phase = Phase::Entering;
        } else {
            conversation.read(false);
        }
        conversation
    }

    /// What to send now; the same again until it is answered. `None`: it is over.
    #[must_use]
    pub fn next(&self) -> Option<Request> {
        let protocol = self.family.protocol;
        let of = |batch: &[usize]| batch.iter().map(|at| &self.items[*at]).collect::<Vec<_>>();
        match self.phase {
            Phase::Over => None,
            Phase::Entering => talk::enter(self.family),
            Phase::Leaving => talk::leave(self.family, self.changed, self.keeps()),
            Phase::Reading => Some(talk::ask(protocol, &of(self.questions.front()?), false)),
            Phase::ReadingKept => Some(talk::ask(protocol, &of(self.questions.front()?), true)),
            Phase::Setting(at) => Some(talk::set(protocol, &self.items[at], !self.family.volatile)),
            Phase::Keeping(at) => Some(talk::set(protocol, &self.items[at], true)),
            Phase::Checking(at) => Some(talk::ask(protocol, &of(&[at]), false)),
            Phase::CheckingKept(at) => Some(talk::ask(protocol, &of(&[at]), self.family.asks_flash)),
        }
    }

    /// Takes what came back to the last [`Conversation::next`].
    pub fn answered(&mut self, answer: Result<Reply, NoReply>) {
        self.sent += u8::from(matches!(self.phase, Phase::Setting(_) | Phase::Keeping(_)));
        match answer {
            Ok(reply) => match self.hear(&reply) {
                Ok(()) => (self.attempts, self.strange, self.mute) = (0, 0, 0),
                Err(NotMine) => {
                    // A question is sent again. A change is not: it may have been made, and memory wears out.
                    let is_change = matches!(self.phase, Phase::Setting(_) | Phase::Keeping(_)) || self.leaves_with_changes();
                    self.may_have_written();
                    self.strange += 1;
                    if is_change || self.strange >= MOST_STRANGE {
                        self.strange = 0;
                        self.not_answered();
                    }
                }
            },
            Err(NoReply::Silent) => {
                self.may_have_written();
                self.not_answered();
            }
            Err(NoReply::Gone) => {
                self.may_have_written();
                self.end(Trouble::Gone);
            }
            Err(NoReply::Unsupported) => self.end(Trouble::Unsupported),
            Err(NoReply::Refused(_)) => self.refused(),
        }
    }

    /// How it ended.
    #[must_use]
    pub fn report(self) -> Report {
        Report { plan: self.plan, flash_writes: self.kept.flash_writes - self.writes_before, trouble: self.trouble, kept: self.kept }
    }

    fn leaves_with_changes(&self) -> bool {
        self.phase == Phase::Leaving && self.changed
    }

    fn keeps(&self) -> bool {
        self.goal == Goal::Apply { permanent: true }
    }

    /// A device whose volatile memory is made permanent as a whole when it is left.
    fn keeps_at_the_end(&self) -> bool {
        talk::leave(self.family, true, true).is_some()
    }

    fn hear(&mut self, reply: &Reply) -> Result<(), NotMine> {
        let protocol = self.family.protocol;
        match self.phase {
            Phase::Over => return Err(NotMine),
            Phase::Entering => {
                let Reply::Line(line) = reply else { return Err(NotMine) };
                if talk::accepted(line)? { self.read(false) } else { self.end(Trouble::Refused) }
            }
            Phase::Leaving => {
                let Reply::Line(line) = reply else { return Err(NotMine) };
                if talk::accepted(line)? {
                    self.left();
                } else {
                    self.may_have_written();
                    self.end(Trouble::Refused);
                }
            }
            Phase::Reading | Phase::ReadingKept => {
                let Some(batch) = self.questions.front().cloned() else { return Err(NotMine) };
                let asked: Vec<&Item> = batch.iter().map(|at| &self.items[*at]).collect();
                let found: Vec<(String, Held)> =
                    talk::held(protocol, &asked, reply)?.into_iter().map(|(at, held)| (asked[at].tag.clone(), held)).collect();
                if self.phase == Phase::Reading {
                    self.in_force.extend(found)
                } else {
                    self.permanent.extend(found)
                }
                self.questions.pop_front();
                self.ask_again_alone(&batch);
                self.go_on_reading();
            }
            Phase::Setting(at) | Phase::Keeping(at) => {
                let taken = talk::taken(self.family, &self.items[at], reply)?;
                self.was_set(at, taken);
            }
            Phase::Checking(at) | Phase::CheckingKept(at) => {
                let held = talk::held(protocol, &[&self.items[at]], reply)?.into_iter().next().map_or(Held::Unknown, |(_, held)| held);
                self.was_read_back(at, &held);
            }
        }
        Ok(())
    }

    /// Places of a batch that the answer did not speak of are asked once more, each alone: it may have been cut short.
    fn ask_again_alone(&mut self, batch: &[usize]) {
        for at in batch.iter().copied() {
            let answered = if self.phase == Phase::Reading { &self.in_force } else { &self.permanent }.contains_key(&self.items[at].tag);
            if !answered && !self.alone[at] {
                self.alone[at] = true;
                self.questions.push_back(vec![at]);
            }
        }
    }

    fn read(&mut self, kept: bool) {
        self.phase = if kept { Phase::ReadingKept } else { Phase::Reading };
        let readable: Vec<usize> = (0..self.items.len()).filter(|at| self.items[*at].readable).collect();
        self.questions = readable.chunks(talk::at_once(self.family.protocol)).map(<[usize]>::to_vec).collect();
        self.alone = vec![false; self.items.len()];
        self.go_on_reading();
    }

    fn go_on_reading(&mut self) {
        if !self.questions.is_empty() {
            return;
        }
        if self.phase == Phase::Reading {
            self.plan = plan(self.family, &self.profile, &self.in_force);
            if self.keeps() && self.family.volatile && self.family.asks_flash {
                return self.read(true);
            }
        }
        if matches!(self.goal, Goal::Apply { .. }) {
            self.work = (0..self.items.len()).filter(|at| self.needs(*at)).collect();
        }
        self.go_on_setting();
    }

    /// Whether something is to be done about an item.
    fn needs(&self, at: usize) -> bool {
        match self.plan.lines[at].state {
            State::Differs { .. } | State::Unreadable => true,
            State::Equal => self.needs_keeping(at) && !self.keeps_at_the_end(),
            State::Unknown | State::Unanswered => false,
        }
    }

    /// Whether an item is in force as it should be, from the beginning or by now.
    fn is_in_force(&self, at: usize) -> bool {
        let line = &self.plan.lines[at];
        line.done == Done::Set || (line.state == State::Equal && line.done == Done::Nothing)
    }

    /// Whether an item is to be written for good: on request, and unless it is known to be there.
    fn needs_keeping(&self, at: usize) -> bool {
        let item = &self.items[at];
        self.keeps()
            && self.family.volatile
            && match self.permanent.get(&item.tag) {
                Some(Held::Raw(raw)) => !self.family.holds(item, raw),
                Some(Held::Unknown) => false,
                None => self.kept.written.get(&item.tag) != Some(&item.raw),
            }
    }

    fn go_on_setting(&mut self) {
        let Some(at) = self.work.pop_front() else {
            // What is in force may be right and still not be kept.
            self.changed |= self.keeps_at_the_end() && (0..self.items.len()).any(|at| self.is_in_force(at) && self.needs_keeping(at));
            let leaves = talk::leave(self.family, self.changed, self.keeps()).is_some();
            self.phase = if leaves { Phase::Leaving } else { Phase::Over };
            return;
        };
        self.change(if self.plan.lines[at].state == State::Equal { Phase::Keeping(at) } else { Phase::Setting(at) });
    }

    /// Begins with a change.
    fn change(&mut self, phase: Phase) {
        (self.phase, self.unsure, self.sent) = (phase, false, 0);
    }

    fn was_set(&mut self, at: usize, taken: bool) {
        let for_good = matches!(self.phase, Phase::Keeping(_)) || !self.family.volatile;
        if for_good {
            self.wrote(at, taken);
        }
        if !taken {
            self.plan.lines[at].done = Done::Refused;
            return self.go_on_setting();
        }
        self.changed = true;
        if self.items[at].leaves {
            // It is another device now; it is looked at again when it is back.
            self.plan.lines[at].done = Done::Sent;
            self.phase = Phase::Over;
        } else if !self.items[at].readable {
            self.plan.lines[at].done = Done::Sent;
            self.go_on_setting();
        } else {
            self.phase = if matches!(self.phase, Phase::Keeping(_)) { Phase::CheckingKept(at) } else { Phase::Checking(at) };
        }
    }

    /// A write was sent to permanent memory. It counts whether or not it was taken.
    fn wrote(&mut self, at: usize, taken: bool) {
        self.kept.flash_writes += 1;
        let item = &self.items[at];
        if taken {
            self.kept.written.insert(item.tag.clone(), item.raw.clone());
        } else {
            self.kept.written.remove(&item.tag);
        }
    }

    fn was_read_back(&mut self, at: usize, held: &Held) {
        let item = &self.items[at];
        let holds = match held {
            Held::Raw(raw) => self.family.holds(item, raw),
            Held::Unknown => false,
        };
        if !holds && std::mem::take(&mut self.unsure) && self.sent < ATTEMPTS {
            self.phase = if matches!(self.phase, Phase::CheckingKept(_)) { Phase::Keeping(at) } else { Phase::Setting(at) };
            return;
        }
        let keeps_now = self.needs_keeping(at) && !self.keeps_at_the_end();
        let line = &mut self.plan.lines[at];
        if !holds {
            let holds = match held {
                Held::Raw(raw) => self.family.words(&item.tag, raw),
                Held::Unknown => "?".into(),
            };
            line.done = Done::NotTaken { holds };
            self.kept.written.remove(&item.tag);
            return self.go_on_setting();
        }
        // It was set, whether or not that was answered.
        self.changed |= matches!(self.phase, Phase::Checking(_));
        match self.phase {
            Phase::Checking(_) if keeps_now => {
                line.done = Done::Set;
                return self.change(Phase::Keeping(at));
            }
            Phase::CheckingKept(_) => {
                line.done = Done::Kept;
                self.kept.written.insert(item.tag.clone(), item.raw.clone());
            }
            _ => line.done = if self.family.volatile { Done::Set } else { Done::Kept },
        }
        self.go_on_setting();
    }

    fn left(&mut self) {
        if self.changed && self.keeps() {
            self.kept.flash_writes += 1;
            for at in (0..self.items.len()).filter(|at| self.is_in_force(*at)).collect::<Vec<_>>() {
                let item = &self.items[at];
                self.plan.lines[at].done = Done::Kept;
                self.kept.written.insert(item.tag.clone(), item.raw.clone());
            }
        }
        self.phase = Phase::Over;
    }
}

#[cfg(test)]
#[path = "conversation_tests.rs"]
mod tests;
