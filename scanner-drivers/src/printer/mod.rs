//! Label printers: where they are ([`port`]), how they are ([`status`]), how each is set up ([`setup`]), and printing with confirmation ([`job`]).

pub mod job;
pub mod port;
pub mod setup;
pub mod status;
pub mod usb;

pub use job::{Patience, Printed};
pub use port::{Port, PrinterAddress, PrinterPort};
pub use setup::Setup;
pub use status::{Fault, Status, Warning};
