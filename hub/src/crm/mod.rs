//! Customers, from the first word with them on, and what becomes of it.

pub mod collaborators;
pub mod customers;
pub mod opportunities;
