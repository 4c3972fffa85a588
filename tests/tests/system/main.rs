//! System tests: real processes, real sockets, real faults.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests are tests")]

mod api_fuzz;
mod bad_input;
mod browser;
mod demo;
mod kill;
mod labels;
mod mosquitto;
mod postgres;
mod printers;
mod second_way;
mod serial;
mod usb;
