//! The hub: where facts of all edges are booked, and from where the chain's catalogue and work go out.
//!
//! A hub in a process: [`Hub::build`] opens the database, starts the broker and takes the HTTP port; [`Hub::run`] serves until it is told to
//! stop. The command line is [`commands`].

pub mod broker;
pub mod catalog;
pub mod commands;
pub mod crm;
pub mod db;
pub mod demo;
pub mod devices;
pub mod edges;
pub mod exceptions;
pub mod feed;
pub mod figures;
pub mod finance;
pub mod http;
mod hub;
pub mod ingest;
pub mod inventory;
pub mod live;
pub mod platform;
pub mod sales;
pub mod service;
pub mod state;
pub mod warehouse;

pub use hub::{Hub, HubError};
pub use platform::config::Config;
