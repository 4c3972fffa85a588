//! Stages of records as data: pipelines with stages, what has to be there to enter and to leave each, who owns it, how long it may take, why
//! something may be stuck ([`model`]); whether a record may move, and what is missing when not ([`rules`], pure). Drafted, published and taken
//! back like all settings ([`store`], [`api`]).
//!
//! Rules: moving forward fulfils every gate on the way, moving back asks for nothing; a stage that held once stays, for records may be in it,
//! and is switched off instead. A gate whose expression cannot be worked out stays closed and says why.

pub mod api;
pub mod model;
pub mod rules;
pub mod store;
#[cfg(test)]
mod tests;

pub use model::{Pipeline, Stage};
pub use rules::{Missing, Moving, Ready, may_move};
pub use store::{all, find};
