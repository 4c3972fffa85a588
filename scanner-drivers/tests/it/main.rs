//! Integration tests of the drivers: pseudo-terminals, mocked USB devices, printers on sockets.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, reason = "helpers of tests are tests")]

mod families;
mod scripted;
mod serial_lines;
mod usb_mocked;
mod wire;
