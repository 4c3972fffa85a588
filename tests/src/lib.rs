//! What the system tests, the demonstration and the benchmarks stand on: real processes, a scanner on a pseudo-terminal, a label
//! printer on TCP, a network that can be cut.
//!
//! - [`process`] starts and kills hub and edge as an operator would, with nothing but their command lines;
//! - [`scanner`] is a serial scanner on a pseudo-terminal that can be unplugged;
//! - [`printer`] is a ZPL label printer on TCP 9100 manners, with paper that runs out;
//! - [`network`] is a cable that can be cut and mended;
//! - [`shift`] is an operator who scans and keeps count;
//! - [`api`] talks to the hub as the web pages do;
//! - [`bench`] measures, each figure beside a limit or a peer of the same run;
//! - [`campaign`] kills processes under load and holds the hub against what operators saw.

pub mod api;
pub mod bench;
pub mod campaign;
pub mod network;
pub mod printer;
pub mod process;
pub mod scanner;
pub mod shift;
