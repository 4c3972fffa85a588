//! The hub as a whole, in this process: real sockets, real database, real broker.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod added;
mod api;
mod comments;
mod contracts;
mod customers;
mod desk;
mod devices;
mod fields;
mod figures;
mod handovers;
mod labels;
mod opportunities;
mod orders;
mod organisation;
mod payments;
mod people_sheet;
mod prices;
mod provider;
mod quotes;
mod reports;
#[allow(dead_code, reason = "the unit tests use all of it")]
#[path = "../../src/db/rig.rs"]
mod rig;
mod scans;
mod seal;
mod service;
mod sheets;
mod sign_in;
mod stock;
mod tell;
mod tokens;
mod vault;
mod work;

use qitao_hub::db::Db;
