//! What each device should be set to, and how it is told: everything about devices that is data, and the pure rules over it.
//!
//! - [`Library`]: device profiles (`profiles/`): how a device is recognised and what to assume of it: which interface to read, how codes end,
//!   which language a printer speaks, to which family it belongs. udev rules are made from the same data.
//! - [`vocabulary`], [`Profiles`]: the settings there are, named without any vendor, and what devices should be set to (`settings/`); a site adds
//!   its own, and faults are told at line and column.
//! - [`document`]: a profile of settings as the hub keeps and sends it.
//! - [`family`]: how each family is told its settings, with the manual it is from (`families/`).
//! - [`Conversation`]: plan, apply and verify with one device, without input or output; [`talk`] are the words, [`plan`] is the difference.
//! - [`sheet`]: programming barcodes for devices that cannot be set over the wire.
//!
//! ```
//! use qitao_firmware_config::{Interface, Language, Library};
//!
//! let library = Library::built_in();
//! let scanner = library.identify(0x1eab, 0x1d06, Some((2, 2, 1))).unwrap();
//! assert_eq!((scanner.id.as_str(), scanner.interface), ("newland-serial", Interface::Serial));
//! let printer = library.identify_printer("MFG:Gprinter;CMD:TSPL;MDL:GP-1324D;CLS:PRINTER;").unwrap();
//! assert_eq!((printer.language, printer.dpi), (Some(Language::Tspl), Some(203)));
//! let rules = library.udev_rules();
//! assert!(rules.contains("GROUP=\"qitao\""));
//! ```

mod conversation;
pub mod document;
pub mod family;
mod library;
pub mod plan;
mod profile;
pub mod sheet;
pub mod talk;
mod udev;
pub mod value;
pub mod vocabulary;
mod wanted;

pub use conversation::{Conversation, Goal, Report, Trouble};
pub use document::{Document, DocumentFault};
pub use library::{Fault, Library, Match};
pub use profile::{Framing, Interface, Language, Profile, Role};
pub use wanted::{Profiles, SettingsProfile, Summary};
