//! The hub as a whole, in this process: real sockets, real database, real broker.

mod api;
mod desk;
mod work;
