//! The language both ends of Qitao speak: ids, quantities, barcodes, catalogue, work, facts, ledger, protocol, stream.
//!
//! Everything here is pure: no I/O, no clock, no randomness, no async, no database. What a rule needs to know of the
//! moment (time, random bits, what is in the catalogue) is handed in. So the edge decides with exactly the code that the
//! hub replays, and a simulator can run millions of schedules of it.
//!
//! Read in this order: [`ids`], [`quantity`], [`scan`], [`catalog`], [`barcode`], [`work`], [`event`], [`ledger`],
//! [`protocol`], [`stream`].

pub mod barcode;
pub mod catalog;
pub mod event;
pub mod ids;
pub mod ledger;
pub mod protocol;
pub mod quantity;
pub mod scan;
pub mod stream;
pub mod work;
