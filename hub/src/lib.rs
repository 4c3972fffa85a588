//! The hub: where facts of all edges are booked, and from where the chain's catalogue and work go out.

pub mod catalog;
pub mod db;
pub mod http;
pub mod platform;
pub mod state;
