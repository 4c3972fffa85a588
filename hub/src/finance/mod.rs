//! Money: what customers paid, and what it was paid for.

pub mod payments;
