//! System tests: real processes, real sockets, real faults.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests are tests")]

mod api_fuzz;
mod bad_input;
mod browser;
mod demo;
mod drift;
mod kill;
mod labels;
mod mosquitto;
mod postgres;
mod printers;
mod second_way;
mod serial;
#[allow(dead_code, reason = "shared with the edge agent's tests, which use more of it")]
#[path = "../../../edge-agent/tests/it/settable.rs"]
mod settable;
mod usb;
#[allow(dead_code, reason = "shared with the edge agent's tests, which use more of it")]
#[path = "../../../scanner-drivers/tests/it/wire.rs"]
mod wire;
