//! Integration tests of the domain, in one binary.

mod barcode;
mod ledger_rules;
mod sim;
mod stream_sim;
mod work_properties;
mod work_stories;
mod work_world;
