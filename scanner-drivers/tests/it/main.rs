//! Integration tests of the drivers: pseudo-terminals, mocked USB devices, printers on sockets.

mod serial_lines;
mod usb_mocked;
