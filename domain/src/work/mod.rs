//! Work at the shelf as pure state machines: put-away, stocktake, pick with the complete-set check.
//!
//! `(station, floor, meaning, catalogue) → verdict + effects + new state`. The edge runs it at the shelf with the hub away; the hub and the
//! tests replay it. [`task`] is what the hub releases, [`station`] is one operator's place, [`verdict`] is the answer.

pub mod station;
pub mod task;
pub mod verdict;

pub use station::{Floor, Outcome, Prompt, Station};
pub use task::{Task, TaskKind, TaskLine, TaskProgress};
pub use verdict::{Tone, Verdict};
