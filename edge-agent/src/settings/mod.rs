//! Devices are set as they should be, and it is noticed when one is not.
//!
//! What a device should be set to is a profile of `qitao-firmware-config`; the conversation with it is held there too, without input or output.
//! Here is what moves the bytes ([`wire`]), what is kept between conversations ([`kept`]), what the chain says of its devices ([`chain`]), which profile is whose ([`choice`]), and the watch over
//! attached devices that reports drift to the hub ([`watch`]).

pub mod chain;
pub mod choice;
pub mod kept;
pub mod watch;
pub mod wire;

pub use chain::ChainRules;
pub use choice::{Choice, ChoiceError};
pub use kept::KeptStore;
pub use watch::SettingsWatch;
