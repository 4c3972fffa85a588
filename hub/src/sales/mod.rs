//! Selling: what customers are offered, what they sign, what they order, and what groups are told of it.

pub mod contracts;
pub mod days;
mod discounts;
pub mod lines;
pub mod orders;
pub mod quotes;
pub mod reports;
