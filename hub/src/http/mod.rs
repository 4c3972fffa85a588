//! The hub over HTTP: every route on one page ([`router`]), refusals ([`problem`]), pages of lists ([`page`]), versions of records
//! ([`version`]), the event stream ([`events`]), the document of the API ([`openapi`]), the web UI ([`ui`]).

pub mod events;
pub mod extract;
pub mod fleet;
pub mod headers;
pub mod health;
#[cfg(test)]
mod matrix;
pub mod openapi;
pub mod page;
pub mod problem;
pub mod router;
pub mod server;
pub mod stock;
pub mod ui;
pub mod version;
