//! What every business module stands on: who is asking ([`identity`], [`session`]), what they may see ([`scope`]), who changed what
//! ([`audit`]), settings ([`config`]).

pub mod api;
pub mod attempts;
pub mod audit;
pub mod clock;
pub mod config;
pub mod identity;
pub mod password;
pub mod scope;
pub mod session;
pub mod sql;
