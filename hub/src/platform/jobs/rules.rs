//! When a job is tried again. Pure.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Its time has not come, or no worker was free.
    Waiting,
    /// A worker holds it.
    Running,
    /// It has ended well.
    Done,
    /// It failed as often as it may, or cannot be done.
    Dead,
    /// Somebody cancelled it.
    Cancelled,
}

impl State {
    /// Its word in the database.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Done => "done",
            Self::Dead => "dead",
            Self::Cancelled => "cancelled",
        }
    }

    /// The state of a word.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        [Self::Waiting, Self::Running, Self::Done, Self::Dead, Self::Cancelled].into_iter().find(|state| state.word() == word)
    }
}

/// How long to wait after a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waits {
    /// Doubling from the first to the longest, in seconds.
    Doubling(u32, u32),
    /// One after the other, in seconds; the last one again and again.
    Steps(&'static [u32]),
}

/// How a kind of job is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// It takes minutes: few of these run at once, so that all others always find a worker.
    pub long: bool,
    /// Tries, the first one included.
    pub max_attempts: i32,
    /// How long a worker that says nothing keeps the job. A living one renews it three times as often.
    pub lease_ms: i64,
    /// Pauses between tries.
    pub waits: Waits,
}

impl Default for Policy {
    fn default() -> Self {
        Self { long: false, max_attempts: 8, lease_ms: 60_000, waits: Waits::Doubling(5, 3_600) }
    }
}

impl Policy {
    /// Milliseconds to wait after failure number `attempt` (1 is the first). `dice` in 0..1 spreads what failed together: the pause is
    /// between three quarters of its length and its length.
    #[must_use]
    pub fn wait_ms(&self, attempt: i32, dice: f64) -> i64 {
        let before = usize::try_from(attempt - 1).unwrap_or(0);
        let seconds = match self.waits {
            Waits::Doubling(first, longest) => u64::from(first).saturating_mul(1 << before.min(30)).min(u64::from(longest)),
            Waits::Steps(steps) => steps.get(before).or(steps.last()).map_or(60, |step| u64::from(*step)),
        };
        let most = i64::try_from(seconds).unwrap_or(i64::MAX / 1_000).saturating_mul(1_000);
        #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "a quarter of a pause, in milliseconds")]
        let less = (most as f64 * 0.25 * dice.clamp(0.0, 1.0)) as i64;
        most - less
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest_and_are_spread() {
        let policy = Policy::default();
        assert_eq!([1, 2, 3, 20].map(|attempt| policy.wait_ms(attempt, 0.0)), [5_000, 10_000, 20_000, 3_600_000]);
        assert_eq!(policy.wait_ms(1, 1.0), 3_750);
        let steps = Policy { waits: Waits::Steps(&[1, 60]), ..policy };
        assert_eq!([1, 2, 9].map(|attempt| steps.wait_ms(attempt, 0.0)), [1_000, 60_000, 60_000]);
    }

    #[test]
    fn every_state_has_its_word() {
        for state in [State::Waiting, State::Running, State::Done, State::Dead, State::Cancelled] {
            assert_eq!(State::of_word(state.word()), Some(state));
        }
    }
}
