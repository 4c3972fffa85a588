//! Option configuration (选配): which measures and options an item has, what they cost and what they consume, as data that head office drafts,
//! publishes and takes back ([`model`], [`check`], [`store`], [`api`]); and the one pure function that prices a choice ([`rules`]).
//!
//! Rules: the same configuration has the same price wherever it is asked for; the price is the sum of terms that are told one by one, each
//! rounded half up to the fen; what does not go is refused with every reason, each at the field to be changed; an item has one model.

pub mod api;
pub mod check;
pub mod model;
pub mod number;
pub mod rules;
pub mod store;
#[cfg(test)]
mod tests;

pub use check::Ready;
pub use model::{Configuration, Detail, Priced, Term, Violation};
pub use number::Number;
pub use rules::{Known, price};
pub use store::of_item;
