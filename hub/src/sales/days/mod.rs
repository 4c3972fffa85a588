//! What was sold, day by day: sums that are kept as orders are confirmed and cancelled, so that nobody adds up orders to read a figure.
//!
//! Rules: an order counts from its confirmation until it is cancelled, on the day of the confirmation where it was sold. It counts for the
//! people who sold it, each with their share to the fen; the order itself counts once, with the first of them. Whoever changes what an order
//! counts for calls [`record`] with what it was and what it is, in the same transaction: what is kept always is what [`rebuild`] makes of the
//! orders anew.
//!
//! [`rules`] is pure, [`store`] keeps; [`crate::figures`] reads.

pub mod rules;
mod store;

pub use rules::Counted;
pub use store::{counted, off, rebuild, record};
