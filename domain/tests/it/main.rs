//! Integration tests of the domain, in one binary.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests are tests")]

mod barcode;
mod ledger_rules;
mod protocol_forms;
mod protocol_golden;
mod protocol_hostile;
mod sim;
mod stream_sim;
mod work_properties;
mod work_shares;
mod work_stories;
mod work_world;
