//! Lines of quotes, contracts and orders: the same goods go from one to the next without being typed again.
//!
//! Rules: money is whole fen; an amount is quantity times price less discount, rounded half up once; what is agreed for a document is
//! split among people to the fen. [`rules`] is pure, [`store`] keeps lines.

pub mod model;
pub mod rules;
pub mod store;
