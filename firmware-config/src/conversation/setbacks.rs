//! What becomes of a conversation when there is no answer, or a refusal: what may have been written is counted, and a device is never left in a state in
//! which it reads no codes.

use super::{ATTEMPTS, Conversation, MUTE, Phase, Trouble};
use crate::plan::{Done, plan};
use crate::talk::{self, Held};

impl Conversation {
    /// What was sent last and not answered may have been a write to permanent memory. Then it is counted, and no longer known what stands there.
    pub(super) fn may_have_written(&mut self) {
        match self.phase {
            Phase::Keeping(at) => self.wrote(at, false),
            Phase::Setting(at) if !self.family.volatile => self.wrote(at, false),
            Phase::Leaving if self.changed && self.keeps() => self.kept.flash_writes += 1,
            _ => {}
        }
    }

    pub(super) fn not_answered(&mut self) {
        self.attempts += 1;
        // What can be looked at is looked at before it is sent again.
        let look = match self.phase {
            Phase::Setting(at) if self.items[at].readable => Some(Phase::Checking(at)),
            Phase::Keeping(at) if self.family.asks_flash => Some(Phase::CheckingKept(at)),
            _ => None,
        };
        if let Some(look) = look {
            (self.phase, self.unsure) = (look, true);
        }
        if self.attempts < ATTEMPTS {
            return;
        }
        self.mute += 1;
        match self.phase {
            Phase::Reading | Phase::ReadingKept if self.mute < MUTE => {
                // Some devices are silent about what they do not know, or about too much at once: the next question tells whether it is that.
                self.attempts = 0;
                let batch = self.questions.pop_front().unwrap_or_default();
                if batch.len() > 1 {
                    self.ask_again_alone(&batch);
                }
                self.go_on_reading();
            }
            _ => self.end(Trouble::Silent),
        }
    }

    pub(super) fn refused(&mut self) {
        self.attempts = 0;
        match self.phase {
            Phase::Setting(at) | Phase::Keeping(at) => self.was_set(at, false),
            Phase::Checking(at) | Phase::CheckingKept(at) => self.was_read_back(at, &Held::Unknown),
            Phase::Reading | Phase::ReadingKept => {
                let Some(batch) = self.questions.pop_front() else { return self.end(Trouble::Refused) };
                if let [at] = batch.as_slice() {
                    let held = if self.phase == Phase::Reading { &mut self.in_force } else { &mut self.permanent };
                    held.insert(self.items[*at].tag.clone(), Held::Unknown);
                } else {
                    // One of them is not known there: which one shows when each is asked alone.
                    self.ask_again_alone(&batch);
                }
                self.go_on_reading();
            }
            Phase::Entering | Phase::Leaving | Phase::Over => {
                self.may_have_written();
                self.end(Trouble::Refused);
            }
        }
    }

    pub(super) fn end(&mut self, trouble: Trouble) {
        if self.phase == Phase::Reading {
            self.plan = plan(self.family, &self.profile, &self.in_force);
        }
        self.trouble.get_or_insert(trouble);
        if self.keeps_at_the_end() {
            for line in self.plan.lines.iter_mut().filter(|line| matches!(line.done, Done::Set | Done::Sent)) {
                line.done = Done::Nothing;
            }
        }
        // A device must not be left in a state in which it reads no codes; what was changed there is given up. When it could not be left with its
        // changes, it is left without.
        let can_leave = self.leaves_with_changes() || !matches!(self.phase, Phase::Leaving | Phase::Over);
        let leave = can_leave && trouble != Trouble::Gone && trouble != Trouble::Unsupported;
        self.changed = false;
        self.attempts = 0;
        self.phase = if leave && talk::leave(self.family, false, false).is_some() { Phase::Leaving } else { Phase::Over };
    }
}
