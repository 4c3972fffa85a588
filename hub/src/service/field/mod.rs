//! The installer's phone: what it takes along for days without a signal, and what it sends when there is one again.
//!
//! Rules: an operation has 128 bits of its own and is applied at most once; it says which version of the ticket it was made from, so those of
//! a ticket are applied in order. One that was made from an older version is a conflict and is told what the ticket is now; one that comes
//! before its turn waits. Either holds up later ones of the same ticket only. A file is kept once for its operation, whatever breaks in between.

pub mod api;
mod apply;
mod files;
pub mod model;
