//! Tests of the edge agent's parts together, against real files.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests are tests")]

mod agent_link;
mod agent_moves;
mod core_keeps;
mod core_limits;
mod core_once;
mod deployed;
mod device_settings;
mod fake_store;
#[allow(dead_code, reason = "shared with the system tests, which use more of it")]
#[path = "../../../tests/src/line.rs"]
mod line;
mod login_rules;
mod outbox_kill;
mod outbox_model;
mod outbox_recovery;
mod panel_door;
mod panel_full;
#[allow(dead_code, reason = "shared with the system tests, which use more of it")]
#[path = "../../../tests/src/printer/mod.rs"]
mod printer;
mod printing_campaign;
mod printing_decisions;
mod printing_desk;
mod printing_full;
mod printing_jobs;
mod replica_sync;
mod scanners_talk;
#[path = "../../../scanner-drivers/tests/it/scripted.rs"]
mod scripted;
mod settable;
mod support;
#[path = "../../../scanner-drivers/tests/it/wire.rs"]
mod wire;
