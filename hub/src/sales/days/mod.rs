//! What was sold, day by day and month by month: sums that are kept as orders are confirmed and cancelled, so that nobody adds up orders to read a figure.
//!
//! Rules: an order counts from its confirmation until it is cancelled, on the day of the confirmation where it was sold. It counts for the
//! people who sold it, each with their share to the fen; the order itself counts once, with the first of them. What was paid for it counts on
//! its day too, whenever it is paid. Whoever changes what an order counts for holds its customer's row, calls [`record`] with what it was and
//! what it is, in the same transaction and last: what is kept always is what [`rebuild`] makes of the orders anew.
//!
//! [`rules`] is pure, [`store`] keeps, [`won`] says who sold how much on a day; [`crate::figures`] reads the rest. It asks no other module
//! that may change an order.

pub mod rules;
mod store;
mod won;

pub use rules::{Counted, Sums, month};
pub use store::{COUNTED, counted, off, rebuild, record};
pub use won::{Won, won, won_by_person};
