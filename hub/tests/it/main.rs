//! The hub as a whole, in this process: real sockets, real database, real broker.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod api;
mod desk;
mod organisation;
mod work;
