//! The drivers on a real kernel's USB stack: printer class, HID point of sale, a scanner that types, CDC-ACM.
//!
//! [`machine`] packs this very program with a Debian kernel into a virtual machine (`tests/rigs/usb-vm`), starts it and holds what it says against the list
//! of tests. [`inside`] are those tests: outside they are ignored, in the machine they run one after the other. Their devices ([`gadget`]) are gadgets of the
//! kernel on its virtual host controller, so that everything between a device's own side and the drivers under test is what runs in a warehouse: host
//! controller, usbfs, `usbhid`, `usblp`, `cdc_acm`, the console's keyboard. There is no udev daemon in the machine.
//!
//! `make usb` runs this alone, `make usb ONLY=printer` the tests with a word in their name.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, reason = "helpers of tests are tests")]

mod gadget;
mod inside;
mod machine;
