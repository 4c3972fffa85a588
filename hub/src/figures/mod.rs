//! Figures (经营数据): how much was sold, by whom, compared with before, and what needs somebody now; for the dashboard and the wall screen.
//!
//! Rules: every figure goes through the scope of what it counts, and opens the list of its records by the same filters; of whoever sees the
//! own records only it is their share. What is not known is said to be so, and is not 0. Profit is told to those who see what things cost,
//! with how much of the sales it is known of.
//!
//! [`rules`] is pure, [`store`] reads what [`crate::sales::days`] keeps, [`stock`] values goods, [`now`] looks around, [`api`] is what pages
//! ask.

pub mod api;
pub mod model;
mod now;
mod rules;
mod stock;
mod store;
