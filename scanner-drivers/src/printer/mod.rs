//! Label printers: where they are ([`port`]), how they are ([`status`]), and printing with confirmation ([`job`]).

pub mod job;
pub mod port;
pub mod status;
pub mod usb;

pub use job::{Patience, Printed};
pub use port::{Port, PrinterAddress, PrinterPort};
pub use status::{Fault, Status};
