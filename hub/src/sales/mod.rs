//! Selling: what customers are offered, what they sign, what they order.

pub mod days;
pub mod lines;
pub mod orders;
pub mod quotes;
