//! Work at the shelf as pure state machines: put-away, stocktake, pick with the complete-set check.
//!
//! `(station, floor, meaning, catalogue) → verdict + effects + new state`. The edge runs it at the shelf with the hub away; the hub and the
//! tests replay it. [`task`] is what the hub releases, [`progress`] how far it has come, [`share`] who has done what of it, [`floor`] all tasks
//! of an edge, [`station`] one operator's place, [`verdict`] the answer. Progress changes by [`TaskProgress::apply`] with the effects that are
//! recorded, and by what the hub says of other edges, so what the shelf shows and what the hub rebuilds from facts cannot differ.

pub mod floor;
mod goods;
mod pick;
pub mod progress;
mod prompt;
mod put_away;
pub mod share;
pub mod station;
mod stocktake;
pub mod task;
mod undo;
pub mod verdict;

pub use floor::Floor;
pub use progress::TaskProgress;
pub use share::{LineShare, Shares};
pub use station::{Outcome, Prompt, Station};
pub use task::{Task, TaskKind, TaskLine};
pub use verdict::{Tone, Verdict};
