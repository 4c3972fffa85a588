//! What the system tests, the demonstration and the benchmarks stand on: real processes, a scanner on a pseudo-terminal, a label
//! printer on TCP, a network that can be cut.
//!
//! - [`process`] starts and kills hub and edge as an operator would, with nothing but their command lines;
//! - [`scanner`] is a serial scanner on a pseudo-terminal ([`line`]) that can be unplugged;
//! - [`usb`] is a USB bus with a scanner and a printer that answer as they are asked;
//! - [`printer`] is a ZPL or TSPL label printer on TCP, a serial line or USB, with paper that runs out;
//! - [`network`] is a cable that can be cut and mended;
//! - [`group`] is a chat group whose bot keeps what it is told;
//! - [`postgres`] is a PostgreSQL server that can be killed;
//! - [`shift`] is an operator who scans and keeps count;
//! - [`api`] talks to the hub as the web pages do;
//! - [`bench`] measures, each figure beside a limit or a peer of the same run;
//! - [`campaign`] kills processes under load and holds the hub against what operators saw.

pub mod api;
pub mod bench;
pub mod campaign;
pub mod group;
pub mod line;
pub mod network;
pub mod postgres;
pub mod printer;
pub mod process;
pub mod scanner;
pub mod shift;
pub mod usb;
